/* SPDX-License-Identifier: GPL-2.0-only
 * Hosts and routers on one link with a delay, with packets and without: the closed forms of
 * membership. 30 general queries in an hour and one answer to each from every host, whose octets
 * follow from the sizes; 2.00 s and two link times from a leave to the end of forwarding; a lost
 * report is made up for within the query interval. Messages that go through the codec give the same
 * run as those that do not. Sources: RFC 3376 section 8, RFC 3810 section 9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/gmp_host.h"
#include "models/ip/gmp_packet.h"
#include "models/ip/gmp_router.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { MAX_NODES = 12, MAX_FLYING = 4096, MAX_OCTETS = 1500 };

struct link;

struct node {
    struct link *link;
    struct ip_addr addr;
    bool is_router;
    struct gmp_host host;
    struct gmp_router router;
    struct gmp_host_io host_io;
    struct gmp_router_io router_io;
    int n_sent;
};

/* A message on its way, kept as its packet, or as a copy of its own lists. */
struct flying {
    sim_time at;
    const struct node *from;
    struct gmp_msg msg;
    uint8_t octets[MAX_OCTETS];
    int len;
};

struct link {
    struct gmp_cfg cfg;
    struct gmp_room room, rx_room;
    bool codec;
    double loss; /* of state-change reports, each by its own draw */
    sim_time delay, now;
    struct node nodes[MAX_NODES];
    int n_nodes;
    struct flying *flying; /* a ring: delays are equal, so first in, first out */
    int first, n_flying;
    int n_queries, n_answers, n_draws;
    sim_time query_at[64];
    uint64_t octets, hash;
    sim_time changed_at;
    bool wanted;
};

static void note(struct link *l, uint64_t v)
{
    l->hash = (l->hash ^ v) * 1099511628211u;
}

static void copy_lists(struct flying *f, const struct gmp_msg *m)
{
    f->msg = *m;
    SIM_CHECK(m->n_records <= 1 && m->n_sources == 0, "a long message");
    if (m->n_records == 0)
        return;
    struct gmp_record *rec = mem_copy(m->records, sizeof *rec);
    if (rec->n_sources > 0)
        rec->sources = mem_copy(rec->sources, rec->n_sources * sizeof *rec->sources);
    f->msg.records = rec;
}

static void drop_lists(struct flying *f)
{
    if (f->msg.n_records == 0)
        return;
    if (f->msg.records->n_sources > 0)
        free((void *)(uintptr_t)f->msg.records->sources);
    free((void *)(uintptr_t)f->msg.records);
}

static bool is_lost(struct link *l, const struct gmp_msg *m)
{
    bool change = m->kind == GMP_REPORT && m->n_records > 0 && m->records[0].type > GMP_IS_EX;
    if (!change || l->loss == 0)
        return false;
    return rng_draw_uniform(rng_key_make(5, 1, RNG_TEST), 1, (uint64_t)l->n_draws++) < l->loss;
}

static void send(void *obj, const struct gmp_msg *m)
{
    struct node *n = obj;
    struct link *l = n->link;
    n->n_sent++;
    l->octets += gmp_size(m);
    if (m->kind == GMP_QUERY && ip_addr_is_any(&m->group))
        l->query_at[l->n_queries++ % 64] = l->now;
    if (m->kind == GMP_REPORT && m->version == GMP_V3 && m->records[0].type <= GMP_IS_EX)
        l->n_answers++;
    if (is_lost(l, m))
        return;
    SIM_CHECK(l->n_flying < MAX_FLYING, "too many on the link");
    struct flying *f = &l->flying[(l->first + l->n_flying++) % MAX_FLYING];
    f->at = l->now + l->delay;
    f->from = n;
    f->len = gmp_packet_encode(m, &n->addr, f->octets, sizeof f->octets);
    assert_int_equal(f->len, gmp_size(m));
    copy_lists(f, m);
}

static void changed(void *obj, const struct ip_addr *group)
{
    struct node *n = obj;
    struct link *l = n->link;
    struct ip_addr source = ip_addr_of("2001:db8::1");
    l->wanted = gmp_router_wants(&n->router, l->now, group, &source);
    l->changed_at = l->now;
    note(l, (uint64_t)l->now * 2 + l->wanted);
}

static struct link *link_open(int n_routers, int n_hosts, bool codec)
{
    struct link *l = mem_alloc(1, sizeof *l);
    *l = (struct link){.cfg = gmp_cfg_default(IP_V6),
                       .codec = codec,
                       .delay = SIM_US(50),
                       .n_nodes = n_routers + n_hosts,
                       .hash = 1469598103934665603u};
    l->flying = mem_alloc(MAX_FLYING, sizeof *l->flying);
    for (int i = 0; i < l->n_nodes; i++) {
        struct node *n = &l->nodes[i];
        n->link = l;
        n->is_router = i < n_routers;
        n->addr = ip_addr_of("fe80::");
        n->addr.b[15] = (uint8_t)(i + 1);
        n->host_io = (struct gmp_host_io){.obj = n,
                                          .send = send,
                                          .room = &l->room,
                                          .key = rng_key_make(1, 1, RNG_TEST),
                                          .entity = (uint64_t)i};
        n->router_io = (struct gmp_router_io){.obj = n, .send = send, .changed = changed};
        gmp_host_init(&n->host, &l->cfg, &n->host_io);
        gmp_router_init(&n->router, &l->cfg, &n->router_io, &n->addr);
        if (n->is_router)
            gmp_router_start(&n->router, 0);
    }
    return l;
}

static void link_close(struct link *l)
{
    for (int i = 0; i < l->n_nodes; i++) {
        gmp_host_fini(&l->nodes[i].host);
        gmp_router_fini(&l->nodes[i].router);
    }
    for (int i = 0; i < l->n_flying; i++)
        drop_lists(&l->flying[(l->first + i) % MAX_FLYING]);
    gmp_room_fini(&l->room);
    gmp_room_fini(&l->rx_room);
    free(l->flying);
    free(l);
}

static void arrive(struct link *l, struct flying *f)
{
    struct gmp_packet p;
    if (l->codec)
        assert_int_equal(gmp_packet_decode(&p, f->octets, (size_t)f->len, &l->rx_room),
                         GMP_DROP_NONE);
    const struct gmp_msg *m = l->codec ? &p.msg : &f->msg;
    note(l, (uint64_t)l->now ^ (uint64_t)f->len << 48);
    for (int i = 0; i < l->n_nodes; i++) {
        struct node *n = &l->nodes[i];
        if (n == f->from)
            continue;
        if (n->is_router)
            gmp_router_receive(&n->router, l->now, &f->from->addr, m);
        else
            gmp_host_receive(&n->host, l->now, m);
    }
}

static sim_time node_next(const struct node *n)
{
    return n->is_router ? gmp_router_next(&n->router) : gmp_host_next(&n->host);
}

/* Everything before a time. */
static void run(struct link *l, sim_time end)
{
    for (;;) {
        sim_time at = l->n_flying ? l->flying[l->first].at : SIM_NEVER;
        struct node *next = NULL;
        for (int i = 0; i < l->n_nodes; i++)
            if (node_next(&l->nodes[i]) < at) {
                next = &l->nodes[i];
                at = node_next(next);
            }
        if (at >= end)
            break;
        l->now = at;
        if (next && next->is_router) {
            gmp_router_wake(&next->router, at);
        } else if (next) {
            gmp_host_wake(&next->host, at);
        } else {
            struct flying *f = &l->flying[l->first];
            l->first = (l->first + 1) % MAX_FLYING;
            l->n_flying--;
            arrive(l, f);
            drop_lists(f);
        }
    }
    l->now = end;
}

static void set(struct link *l, int i, bool member)
{
    const struct ip_filter f = {.exclude = member};
    struct ip_addr group = ip_addr_of("ff15::1");
    gmp_host_set(&l->nodes[i].host, l->now, &group, &f);
}

/* An hour of defaults with ten hosts in one group each. */
static void test_hour(void **state)
{
    (void)state;
    uint64_t hash[2];
    for (int codec = 0; codec < 2; codec++) {
        struct link *l = link_open(1, 10, codec);
        for (int i = 1; i <= 10; i++)
            set(l, i, true);
        run(l, SIM_S(3600));
        assert_int_equal(l->n_queries, 30);
        assert_int_equal(l->query_at[1], SIM_MS(31250));
        assert_int_equal(l->query_at[29], SIM_MS(31250) + 28 * SIM_S(125));
        assert_int_equal(l->n_answers, 30 * 10);
        for (int i = 1; i <= 10; i++)
            assert_int_equal(l->nodes[i].n_sent, 2 + 30); /* the join, twice */
        assert_int_equal(l->octets, 30 * 76 + (30 + 2) * 10 * 76);
        /* Steady: 6.7 octets a second. */
        uint64_t before = l->octets;
        run(l, SIM_S(3600 + 125 * 100));
        assert_int_equal(l->octets - before, 100 * (76 + 10 * 76));
        hash[codec] = l->hash;
        link_close(l);
    }
    assert_int_equal(hash[0], hash[1]);
}

/* The lower address asks; the others hear it and stay silent, also when reports come. */
static void test_two_routers(void **state)
{
    (void)state;
    struct link *l = link_open(3, 2, true);
    set(l, 3, true);
    run(l, SIM_S(3600));
    assert_int_equal(l->nodes[0].n_sent, 30);
    assert_int_equal(l->nodes[1].n_sent, 1);
    assert_int_equal(l->nodes[2].n_sent, 1);
    struct ip_addr group = ip_addr_of("ff15::1"), source = ip_addr_of("2001:db8::1");
    for (int i = 0; i < 3; i++)
        assert_true(gmp_router_wants(&l->nodes[i].router, l->now, &group, &source));
    set(l, 3, false);
    run(l, l->now + SIM_S(3));
    for (int i = 0; i < 3; i++)
        assert_false(gmp_router_wants(&l->nodes[i].router, l->now, &group, &source));
    link_close(l);
}

/* From leave to the end of forwarding: 1 ns until the report, one link time, LLQT. */
static void test_leave_latency(void **state)
{
    (void)state;
    struct link *l = link_open(1, 2, true);
    set(l, 1, true);
    set(l, 2, true);
    run(l, SIM_S(1000));
    sim_time left = l->now;
    set(l, 1, false);
    run(l, SIM_S(1010));
    assert_true(l->wanted); /* the other one has answered */
    left = l->now;
    set(l, 2, false);
    run(l, SIM_S(1020));
    assert_false(l->wanted);
    assert_int_equal(l->changed_at - left, SIM_NS(1) + l->delay + SIM_S(2));
    link_close(l);
}

/* P(unheard) = p^2 with robustness 2, within 4 deviations; queries repair it within 135 s. */
static void test_loss(void **state)
{
    (void)state;
    enum { N = 2000 };
    int n_unheard = 0;
    struct link *l = link_open(1, 1, false);
    l->loss = 0.3;
    run(l, SIM_S(100));
    for (int i = 0; i < N; i++) {
        sim_time joined = l->now;
        set(l, 1, true);
        run(l, joined + SIM_S(2)); /* both reports, and no query yet to be answered */
        bool heard = l->wanted;
        n_unheard += !heard;
        run(l, joined + SIM_S(2 + 135));
        assert_true(l->wanted);
        l->loss = 0;
        set(l, 1, false);
        run(l, l->now + SIM_S(500) - l->now % SIM_S(125)); /* 31.25 s before a query */
        assert_false(l->wanted);
        l->loss = 0.3;
    }
    /* 180 expected, deviation 12.8 */
    assert_in_range(n_unheard, 180 - 51, 180 + 51);
    link_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hour),
        cmocka_unit_test(test_two_routers),
        cmocka_unit_test(test_leave_latency),
        cmocka_unit_test(test_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
