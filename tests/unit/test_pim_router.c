/* SPDX-License-Identifier: GPL-2.0-only
 * Pins PIM routers in small networks: counts of messages in steady state, joins of last hops, prune
 * overrides, asserts, the way from the shared tree to that of a source, RPs that fail, failures of
 * links, and that nothing hangs on the order of what happens in one instant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/mem.h"
#include "tests/support/pim_net.h"

static struct pim_net *net_open(uint8_t family, uint64_t seed)
{
    struct pim_net *n = mem_alloc(1, sizeof *n);
    pim_net_init(n, family, seed);
    return n;
}

static void net_close(struct pim_net *n)
{
    pim_net_fini(n);
    free(n);
}

/* Links 0..k: source's link, k - 1 point-to-point hops, members' link. */
static struct pim_net *line(uint8_t family, uint32_t n_routers, uint64_t seed)
{
    struct pim_net *n = net_open(family, seed);
    for (uint32_t i = 0; i < n_routers; i++)
        pim_net_router(n);
    pim_net_attach(n, 0, pim_net_link(n, SIM_MS(1)));
    for (uint32_t i = 0; i + 1 < n_routers; i++)
        pim_net_join(n, i, i + 1, SIM_MS(10));
    pim_net_attach(n, n_routers - 1, pim_net_link(n, SIM_MS(1)));
    return n;
}

static struct ip_filter from_one(const struct ip_addr *source)
{
    struct ip_filter f = {.exclude = false};
    ip_set_add(&f.sources, source);
    return f;
}

/* Hellos every 30 s; each hop refreshes its join every 60 s (RFC 7761 section 4.11): an hour. */
static void steady(uint8_t family, size_t hello, size_t join)
{
    struct pim_net *n = line(family, 4, 3);
    struct ip_addr group = pim_net_group(n, 1, true), source = pim_net_addr(n, 0, 500);
    struct ip_filter f = from_one(&source);
    pim_net_start(n);
    pim_net_run(n, SIM_S(20));
    pim_net_filter(n, 4, &group, &f);
    pim_net_run(n, SIM_S(600));
    pim_net_reset(n);
    pim_net_run(n, SIM_S(4200));
    for (uint32_t l = 0; l < n->n_links; l++) {
        unsigned n_routers = l == 0 || l == 4 ? 1 : 2, n_joins = l == 0 || l == 4 ? 0 : 60;
        assert_int_equal(n->links[l].n_msgs[PIM_HELLO], 120 * n_routers);
        assert_int_equal(n->links[l].octets[PIM_HELLO], 120 * n_routers * hello);
        assert_int_equal(n->links[l].n_msgs[PIM_JOIN_PRUNE], n_joins);
        assert_int_equal(n->links[l].octets[PIM_JOIN_PRUNE], n_joins * join);
        assert_int_equal(n->links[l].n_msgs[PIM_ASSERT], 0);
    }
    pim_net_data(n, 0, &source, &group, 16);
    pim_net_run(n, SIM_S(4201));
    assert_int_equal(n->links[4].n_data, 1);
    assert_int_equal(n->links[4].last_ttl, 12);
    assert_int_equal(n->links[4].last_at, SIM_S(4200) + SIM_MS(32));
    ip_filter_fini(&f);
    net_close(n);
}

static void test_steady_state(void **state)
{
    (void)state;
    steady(IP_V4, 54, 54);
    steady(IP_V6, 74 + 4 + 18, 110);
}

/* A join goes hop by hop with the links' delays, and so does a leave between two routers. */
static void test_join_and_leave(void **state)
{
    (void)state;
    struct pim_net *n = line(IP_V4, 4, 1);
    struct ip_addr group = pim_net_group(n, 1, true), source = pim_net_addr(n, 0, 500);
    struct ip_filter f = from_one(&source), nobody = {0};
    pim_net_start(n);
    pim_net_run(n, SIM_S(50));
    pim_net_filter(n, 4, &group, &f);
    pim_net_run(n, SIM_S(51));
    for (uint32_t i = 0; i < 4; i++) {
        struct pim_view v = pim_net_view(n, i, &group, &source);
        sim_time hops = 3 - i;
        assert_int_equal(n->routers[i].changed_at, SIM_S(50) + hops * SIM_MS(10) + hops + 1);
        assert_true(v.joined && v.spt);
        assert_int_equal(v.iif, 0);
        assert_int_equal(v.oifs[0], 2);
    }
    pim_net_filter(n, 4, &group, &nobody);
    pim_net_run(n, SIM_S(52));
    for (uint32_t i = 0; i < 4; i++) {
        sim_time hops = 3 - i;
        assert_int_equal(n->routers[i].changed_at, SIM_S(51) + hops * SIM_MS(10) + hops + 1);
        assert_int_equal(pim_router_n_groups(n->routers[i].router), 0);
    }
    ip_filter_fini(&f);
    net_close(n);
}

/* A link with an upstream router and two downstream ones, each with members: one of them leaves.
 * The other overrides, and its members miss nothing; that it did not was a bug of other routers. */
static void lan_override(uint8_t family, uint64_t seed, bool with_source)
{
    struct pim_net *n = net_open(family, seed);
    for (int i = 0; i < 3; i++)
        pim_net_router(n);
    uint32_t source_link = pim_net_link(n, SIM_MS(1)), lan = pim_net_link(n, SIM_MS(2));
    uint32_t a = pim_net_link(n, SIM_MS(1)), b = pim_net_link(n, SIM_MS(1));
    pim_net_attach(n, 0, source_link);
    pim_net_attach(n, 0, lan);
    pim_net_attach(n, 1, lan);
    pim_net_attach(n, 2, lan);
    pim_net_attach(n, 1, a);
    pim_net_attach(n, 2, b);
    struct ip_addr rp = pim_net_addr(n, source_link, 1), source = pim_net_addr(n, source_link, 500);
    struct ip_addr group = pim_net_group(n, 1, with_source);
    struct ip_filter in = from_one(&source), out = {0};
    in.exclude = false;
    if (!with_source) {
        ip_filter_fini(&in);
        in = (struct ip_filter){.exclude = true};
    }
    pim_net_set_rp(n, &rp);
    pim_net_start(n);
    pim_net_run(n, SIM_S(40));
    pim_net_filter(n, a, &group, &in);
    pim_net_filter(n, b, &group, &in);
    pim_net_run(n, SIM_S(41));
    for (int t = 41; t < 201; t++) {
        if (t == 101)
            pim_net_filter(n, a, &group, &out);
        pim_net_data(n, source_link, &source, &group, 16);
        pim_net_run(n, SIM_S(t + 1));
    }
    assert_int_equal(n->links[b].n_data, 160);
    assert_int_equal(n->links[a].n_data, 60);
    /* Then the other one leaves, too: the upstream router waits 3 s, and tells nobody. */
    pim_net_filter(n, b, &group, &out);
    for (int t = 2010; t < 2070; t++) {
        pim_net_data(n, source_link, &source, &group, 16);
        pim_net_run(n, SIM_MS(100) * (t + 1));
    }
    assert_int_equal(n->links[b].n_data, 160);
    assert_in_range(n->links[lan].n_data, 190, 191);
    ip_filter_fini(&in);
    net_close(n);
}

static void test_prune_override(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        lan_override(IP_V4, seed, true);
        lan_override(IP_V4, seed, false);
    }
    lan_override(IP_V6, 1, true);
    lan_override(IP_V6, 1, false);
}

/* The shared tree first, then that of the source. Routers 0 (source), 1 (RP), 2 (members) in a
 * triangle: by the RP the datagram crosses four routers' hops, then three. */
static struct pim_net *triangle(uint8_t family, uint64_t seed)
{
    struct pim_net *n = net_open(family, seed);
    for (int i = 0; i < 3; i++)
        pim_net_router(n);
    pim_net_attach(n, 0, pim_net_link(n, SIM_MS(1))); /* 0: source */
    pim_net_join(n, 0, 1, SIM_MS(10));                /* 1 */
    pim_net_join(n, 1, 2, SIM_MS(10));                /* 2 */
    pim_net_join(n, 0, 2, SIM_MS(10));                /* 3 */
    pim_net_attach(n, 2, pim_net_link(n, SIM_MS(1))); /* 4: members */
    pim_net_attach(n, 1, pim_net_link(n, SIM_MS(1))); /* 5: of the RP */
    return n;
}

static void spt_switch(uint8_t family)
{
    struct pim_net *n = triangle(family, 1);
    struct ip_addr group = pim_net_group(n, 1, false), source = pim_net_addr(n, 0, 500);
    struct ip_addr rp = pim_net_addr(n, 5, 2);
    pim_net_set_rp(n, &rp);
    pim_net_start(n);
    pim_net_run(n, SIM_S(40));
    pim_net_member(n, 4, &group, true);
    pim_net_run(n, SIM_S(41));
    struct pim_view v = pim_net_view(n, 2, &group, NULL);
    assert_true(v.joined);
    assert_int_equal(v.oifs[0], 4); /* the interface to the members */
    pim_net_data(n, 0, &source, &group, 16);
    pim_net_run(n, SIM_S(41) + SIM_MS(500));
    assert_int_equal(n->links[4].n_data, 1);
    assert_int_equal(n->links[4].last_ttl, 13);
    assert_int_equal(n->n_registers, 1);
    for (int i = 0; i < 60; i++) {
        pim_net_data(n, 0, &source, &group, 16);
        pim_net_run(n, SIM_S(42 + i));
    }
    assert_int_equal(n->links[4].n_data, 61);
    assert_int_equal(n->links[4].last_ttl, 14);
    assert_in_range(n->links[2].n_data, 1, 4); /* off the shared tree at once */
    assert_in_range(n->n_duplicates, 0, 1);    /* at the RP, by Register and along the tree */
    v = pim_net_view(n, 2, &group, &source);
    assert_true(v.spt && v.joined && v.pruned);
    assert_true(n->n_stops >= 1);
    assert_in_range(n->n_registers, 2, 3);
    v = pim_net_view(n, 0, &group, &source);
    assert_true(v.spt && !v.registers);
    /* Nobody takes it along the shared tree any more. */
    pim_net_reset(n);
    pim_net_data(n, 0, &source, &group, 16);
    pim_net_run(n, SIM_S(110));
    assert_int_equal(n->links[2].n_data, 0);
    assert_int_equal(n->links[3].n_data, 1);
    /* The end: members leave, the source falls silent. */
    pim_net_member(n, 4, &group, false);
    pim_net_run(n, SIM_S(600)); /* null registers keep the RP interested for 210 s more */
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(pim_router_n_groups(n->routers[i].router), 0);
    net_close(n);
}

static void test_spt_switch(void **state)
{
    (void)state;
    spt_switch(IP_V4);
    spt_switch(IP_V6);
}

/* Two routers may bring the source's data to one LAN. Behind it two others have members and each a
 * route by another one of them; one forwards in the end, and each datagram is heard once. */
static void assert_lan(uint8_t family)
{
    struct pim_net *n = net_open(family, 1);
    for (int i = 0; i < 4; i++)
        pim_net_router(n);
    uint32_t source_link = pim_net_link(n, SIM_MS(1)), lan = pim_net_link(n, SIM_MS(1));
    for (uint32_t i = 0; i < 2; i++) {
        pim_net_attach(n, i, source_link);
        pim_net_attach(n, i, lan);
    }
    uint32_t a = pim_net_link(n, SIM_MS(1)), b = pim_net_link(n, SIM_MS(1));
    pim_net_attach(n, 2, lan);
    pim_net_attach(n, 3, lan);
    pim_net_attach(n, 2, a);
    pim_net_attach(n, 3, b);
    struct ip_addr group = pim_net_group(n, 1, true), source = pim_net_addr(n, source_link, 500);
    struct ip_filter f = from_one(&source);
    pim_net_start(n);
    pim_net_run(n, SIM_S(40));
    /* Router 3 talks to router 1 although its route leads to router 0, as after a change. */
    pim_net_filter(n, a, &group, &f);
    struct ip_addr to = n->routers[1].ifaces[1].addr, from = n->routers[3].ifaces[0].addr;
    struct pim_source join = {.addr = source, .sparse = true};
    struct pim_group g = {
        .prefix = {group, (uint8_t)(8 * ip_addr_len(family))}, .joins = &join, .n_joins = 1};
    struct pim_msg m = {.kind = PIM_JOIN_PRUNE,
                        .family = family,
                        .u.jp = {.upstream = to, .holdtime_s = 210, .groups = &g, .n_groups = 1}};
    struct pim_input in = {.iface = 1, .src = from, .msg = &m};
    assert_int_equal(pim_net_receive(n, 1, &in), PIM_DROP_NONE);
    pim_net_run(n, SIM_S(41));
    pim_net_data(n, source_link, &source, &group, 16);
    pim_net_run(n, SIM_S(42));
    assert_int_equal(n->links[lan].n_data, 2); /* by both */
    assert_true(n->links[lan].n_msgs[PIM_ASSERT] >= 2);
    unsigned n_asserts = n->links[lan].n_msgs[PIM_ASSERT];
    for (int t = 42; t < 62; t++) {
        pim_net_data(n, source_link, &source, &group, 16);
        pim_net_run(n, SIM_S(t + 1));
    }
    assert_int_equal(n->links[lan].n_data, 22);
    assert_int_equal(n->links[a].n_data, 22); /* a duplicate of the first one, and each once */
    assert_int_equal(n->links[lan].n_msgs[PIM_ASSERT], n_asserts);
    /* Equal routes: the higher address wins (RFC 7761 section 4.6.3). Joins follow the winner. */
    struct pim_view v = pim_net_view(n, 2, &group, &source);
    assert_true(ip_addr_equal(&v.upstream, &n->routers[1].ifaces[1].addr));
    v = pim_net_view(n, 1, &group, &source);
    assert_int_equal(v.oifs[0], 2);
    v = pim_net_view(n, 0, &group, &source);
    assert_int_equal(v.oifs[0], 0);
    /* The winner goes on: 177 s later it says so again. */
    pim_net_reset(n);
    for (int t = 62; t < 242; t++) {
        if (t == 217 || t == 219)
            assert_int_equal(n->links[lan].n_msgs[PIM_ASSERT], t == 219);
        pim_net_data(n, source_link, &source, &group, 16);
        pim_net_run(n, SIM_S(t + 1));
    }
    assert_int_equal(n->links[lan].n_data, 180);
    assert_int_equal(n->links[lan].n_msgs[PIM_ASSERT], 1);
    /* It answers a worse one. */
    struct pim_msg worse = {.kind = PIM_ASSERT,
                            .family = family,
                            .u.assert = {.group = g.prefix, .source = source, .preference = 200}};
    in.msg = &worse;
    pim_net_receive(n, 1, &in);
    pim_net_run(n, SIM_S(242) + 10);
    assert_int_equal(n->links[lan].n_msgs[PIM_ASSERT], 2);
    /* It dies: the loser takes over when the Hello's hold time is over, not after 180 s. */
    pim_net_kill(n, 1);
    pim_net_run(n, SIM_S(242 + 110));
    pim_net_reset(n);
    pim_net_data(n, source_link, &source, &group, 16);
    pim_net_run(n, SIM_S(242 + 111));
    assert_int_equal(n->links[a].n_data, 1);
    ip_filter_fini(&f);
    net_close(n);
}

static void test_assert(void **state)
{
    (void)state;
    assert_lan(IP_V4);
    assert_lan(IP_V6);
}

/* On one LAN a router stays on the shared tree and another one takes the source's: both upstream
 * routers forward, until the assert. The source's tree wins (RFC 7761 section 4.6.3) whatever the
 * addresses, nobody loses anything, and it lasts over the renewal of the assert. */
static void two_trees(bool swapped, uint8_t family)
{
    struct pim_net *n = net_open(family, 1);
    for (int i = 0; i < 6; i++)
        pim_net_router(n);
    uint32_t by_rp = swapped ? 3 : 2, by_source = swapped ? 2 : 3;
    uint32_t source_link = pim_net_link(n, SIM_MS(1)), lan = pim_net_link(n, SIM_MS(2));
    pim_net_attach(n, 0, source_link);
    pim_net_join(n, 0, 1, SIM_MS(10)); /* 2; router 1 is the RP */
    pim_net_join(n, 1, by_rp, SIM_MS(10));
    pim_net_join(n, 0, by_source, SIM_MS(10));
    for (uint32_t i = 2; i < 6; i++)
        pim_net_attach(n, i, lan);
    uint32_t rp_link = pim_net_link(n, SIM_MS(1)), a, b;
    pim_net_attach(n, 1, rp_link);
    pim_net_attach(n, 4, a = pim_net_link(n, SIM_MS(1)));
    pim_net_attach(n, 5, b = pim_net_link(n, SIM_MS(1)));
    n->routers[4].cfg.spt = PIM_SPT_NEVER;
    struct ip_addr group = pim_net_group(n, 1, false), source = pim_net_addr(n, source_link, 500);
    struct ip_addr rp = pim_net_addr(n, rp_link, 2);
    pim_net_set_rp(n, &rp);
    pim_net_start(n);
    pim_net_run(n, SIM_S(40));
    pim_net_member(n, a, &group, true);
    pim_net_member(n, b, &group, true);
    for (int t = 40; t < 440; t++) {
        pim_net_run(n, SIM_S(t) + SIM_MS(500));
        if (t == 60) /* all is settled */
            pim_net_reset(n);
        pim_net_data(n, source_link, &source, &group, 16);
    }
    pim_net_run(n, SIM_S(441));
    assert_int_equal(n->links[a].n_data, 380);
    assert_int_equal(n->links[b].n_data, 380);
    assert_int_equal(n->links[lan].n_data, 380);
    assert_in_range(n->links[lan].n_msgs[PIM_ASSERT], 2, 4);
    struct pim_view v = pim_net_view(n, by_source, &group, &source);
    assert_true(v.spt && pim_set_count(v.oifs, 1) == 1);
    v = pim_net_view(n, by_rp, &group, &source);
    assert_true(pim_set_empty(v.oifs, 1));
    net_close(n);
}

static void test_assert_of_two_trees(void **state)
{
    (void)state;
    two_trees(false, IP_V4);
    two_trees(true, IP_V4);
    two_trees(false, IP_V6);
    two_trees(true, IP_V6);
}

/* The highest priority, else address; without one of them all addresses. Goodbye works at once. */
static void test_designated_router(void **state)
{
    (void)state;
    struct pim_net *n = net_open(IP_V4, 1);
    uint32_t lan = pim_net_link(n, SIM_MS(1));
    for (uint32_t i = 0; i < 3; i++)
        pim_net_attach(n, pim_net_router(n), lan);
    n->routers[0].ifaces[0].dr_priority = 5;
    pim_net_start(n);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(pim_router_is_dr(n->routers[i].router, 0)); /* alone, as far as it knows */
    pim_net_run(n, SIM_S(20));
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(pim_router_is_dr(n->routers[i].router, 0), i == 0);
        assert_int_equal(pim_router_n_neighbors(n->routers[i].router, 0), 2);
    }
    pim_router_stop(n->routers[0].router, n->now);
    n->routers[0].down = true;
    pim_net_run(n, SIM_S(21));
    assert_int_equal(pim_router_n_neighbors(n->routers[1].router, 0), 1);
    assert_false(pim_router_is_dr(n->routers[1].router, 0));
    assert_true(pim_router_is_dr(n->routers[2].router, 0));
    pim_net_kill(n, 2); /* without a word: 105 s after its last Hello */
    pim_net_run(n, SIM_S(21 + 74));
    assert_false(pim_router_is_dr(n->routers[1].router, 0));
    pim_net_run(n, SIM_S(21 + 106));
    assert_true(pim_router_is_dr(n->routers[1].router, 0));
    net_close(n);
}

/* Two ways to the last hop: data goes on within the time of one Join after a link fails, by the
 * other way; and back when it is repaired. */
static void test_link_failure(void **state)
{
    (void)state;
    struct pim_net *n = triangle(IP_V4, 1);
    struct ip_addr group = pim_net_group(n, 1, true), source = pim_net_addr(n, 0, 500);
    struct ip_filter f = from_one(&source);
    pim_net_start(n);
    pim_net_run(n, SIM_S(40));
    pim_net_filter(n, 4, &group, &f);
    pim_net_run(n, SIM_S(41));
    static const struct {
        bool up;
        uint8_t ttl;
    } steps[] = {{true, 14}, {false, 13}, {true, 14}};
    for (int i = 0; i < 3; i++) {
        pim_net_reset(n);
        if (i > 0)
            pim_net_set_link(n, 3, steps[i].up);
        pim_net_run(n, n->now + SIM_S(40)); /* Hellos on the repaired link */
        pim_net_data(n, 0, &source, &group, 16);
        pim_net_run(n, n->now + SIM_S(1));
        assert_int_equal(n->links[4].n_data, 1);
        assert_int_equal(n->links[4].last_ttl, steps[i].ttl);
        assert_int_equal(n->n_duplicates, 0);
        assert_int_equal(n->links[2].n_data, !steps[i].up); /* the other way is pruned */
    }
    ip_filter_fini(&f);
    net_close(n);
}

/* Nobody wants it: the RP stops Registers; null ones ask again every 25 to 85 s, 5 s before they
 * would begin anew. */
static void test_register_probe(void **state)
{
    (void)state;
    struct pim_net *n = triangle(IP_V4, 5);
    struct ip_addr group = pim_net_group(n, 1, false), source = pim_net_addr(n, 0, 500);
    struct ip_addr rp = pim_net_addr(n, 5, 2);
    pim_net_set_rp(n, &rp);
    pim_net_start(n);
    pim_net_run(n, SIM_S(40));
    for (int t = 0; t < 600; t++) {
        pim_net_data(n, 0, &source, &group, 16);
        pim_net_run(n, n->now + SIM_S(1));
    }
    assert_int_equal(n->n_registers, 1);
    assert_in_range(n->n_nulls, 600 / 90, 600 / 25);
    assert_int_equal(n->n_stops, 1 + n->n_nulls);
    /* Members appear at the RP: it knows of the source and joins it at once. */
    pim_net_member(n, 5, &group, true);
    pim_net_run(n, n->now + SIM_S(1));
    pim_net_data(n, 0, &source, &group, 16);
    pim_net_run(n, n->now + SIM_S(1));
    assert_int_equal(n->links[5].n_data, 1);
    assert_int_equal(n->n_registers, 1);
    net_close(n);
}

/* Last hops that never leave the shared tree, or above a rate (100 octets a datagram). */
static void test_spt_policies(void **state)
{
    (void)state;
    static const struct {
        enum pim_spt spt;
        uint64_t bps;
        int per_s;
        uint8_t ttl;
    } cases[] = {{PIM_SPT_FIRST_PACKET, 0, 1, 14},
                 {PIM_SPT_NEVER, 0, 10, 13},
                 {PIM_SPT_RATE, 4000, 4, 13},
                 {PIM_SPT_RATE, 4000, 10, 14}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pim_net *n = triangle(IP_V4, 1);
        struct ip_addr group = pim_net_group(n, 1, false), source = pim_net_addr(n, 0, 500);
        struct ip_addr rp = pim_net_addr(n, 5, 2);
        n->routers[2].cfg.spt = cases[i].spt;
        n->routers[2].cfg.spt_bps = cases[i].bps;
        pim_net_set_rp(n, &rp);
        pim_net_start(n);
        pim_net_run(n, SIM_S(40));
        pim_net_member(n, 4, &group, true);
        pim_net_run(n, SIM_S(41));
        for (int k = 0; k < 10 * cases[i].per_s; k++) {
            pim_net_data(n, 0, &source, &group, 16);
            pim_net_run(n, n->now + SIM_S(1) / cases[i].per_s);
        }
        assert_int_equal(n->links[4].last_ttl, cases[i].ttl);
        net_close(n);
    }
}

/* A bootstrap router and two candidates for RP: everybody learns them; the better RP dies, and
 * within its hold time and a period of the bootstrap router all groups have the other one, and data
 * flows again. Then the bootstrap router dies, and another candidate takes over. */
static void rp_failover(uint8_t family)
{
    struct pim_net *n = net_open(family, 2);
    for (int i = 0; i < 5; i++)
        pim_net_router(n);
    uint32_t source_link = pim_net_link(n, SIM_MS(1)); /* 0 */
    pim_net_attach(n, 0, source_link);
    for (uint32_t i = 1; i < 5; i++) /* links 1 to 4: a star around router 0 */
        pim_net_join(n, 0, i, SIM_MS(10));
    uint32_t members = pim_net_link(n, SIM_MS(1)); /* 5 */
    pim_net_attach(n, 4, members);
    struct ip_prefix all = {family == IP_V4 ? ip_addr_of("224.0.0.0") : ip_addr_of("ff00::"),
                            family == IP_V4 ? 4 : 8};
    for (uint32_t i = 1; i < 4; i++) { /* 1: RP; 2: worse RP and BSR; 3: worse BSR */
        struct pim_cfg *cfg = &n->routers[i].cfg;
        cfg->is_candidate_bsr = i >= 2;
        cfg->bsr_addr = cfg->rp_addr = pim_net_addr(n, i, i + 1);
        cfg->bsr_priority = (uint8_t)(100 - i);
        cfg->rp_priority = (uint8_t)i;
        cfg->rp_ranges = &all;
        cfg->n_rp_ranges = i <= 2;
    }
    struct ip_addr group = pim_net_group(n, 1, false), source = pim_net_addr(n, 0, 500), rp, bsr;
    pim_net_start(n);
    pim_net_run(n, SIM_S(100));
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(pim_router_bsr(n->routers[i].router, &bsr));
        assert_true(ip_addr_equal(&bsr, &n->routers[2].cfg.bsr_addr));
        assert_true(pim_router_rp(n->routers[i].router, &group, &rp));
        assert_true(ip_addr_equal(&rp, &n->routers[1].cfg.rp_addr));
    }
    n->routers[4].cfg.spt = PIM_SPT_NEVER;
    pim_net_member(n, members, &group, true);
    pim_net_run(n, SIM_S(110));
    pim_net_data(n, source_link, &source, &group, 16);
    pim_net_run(n, SIM_S(111));
    assert_int_equal(n->links[members].n_data, 1);
    pim_net_kill(n, 1);
    pim_net_run(n, SIM_S(111 + 150 + 61));
    for (uint32_t i = 0; i < 5; i++) {
        if (i == 1)
            continue;
        assert_true(pim_router_rp(n->routers[i].router, &group, &rp));
        assert_true(ip_addr_equal(&rp, &n->routers[2].cfg.rp_addr));
    }
    for (int k = 0; k < 10; k++) {
        pim_net_data(n, source_link, &source, &group, 16);
        pim_net_run(n, n->now + SIM_S(1));
    }
    assert_int_equal(n->links[members].n_data, 11);
    pim_net_kill(n, 2);
    /* What the old one said of itself is held, told on by the new one, and held again. */
    pim_net_run(n, n->now + SIM_S(400));
    assert_true(pim_router_bsr(n->routers[4].router, &bsr));
    assert_true(ip_addr_equal(&bsr, &n->routers[3].cfg.bsr_addr));
    assert_false(pim_router_rp(n->routers[4].router, &group, &rp)); /* nobody is left */
    net_close(n);
}

static void test_rp_failover(void **state)
{
    (void)state;
    rp_failover(IP_V4);
    rp_failover(IP_V6);
}

/* A router that comes late learns the RPs from its neighbour, not with the next round. */
static void test_late_router(void **state)
{
    (void)state;
    struct pim_net *n = line(IP_V6, 3, 1);
    struct ip_prefix all = {ip_addr_of("ff00::"), 8};
    struct pim_cfg *cfg = &n->routers[0].cfg;
    struct ip_addr group = pim_net_group(n, 1, false), rp;
    cfg->is_candidate_bsr = true;
    cfg->bsr_addr = cfg->rp_addr = pim_net_addr(n, 0, 1);
    cfg->rp_ranges = &all;
    cfg->n_rp_ranges = 1;
    pim_net_start(n);
    pim_net_set_link(n, 2, false);
    pim_net_run(n, SIM_S(100));
    assert_true(pim_router_rp(n->routers[1].router, &group, &rp));
    assert_false(pim_router_rp(n->routers[2].router, &group, &rp));
    unsigned n_rounds = n->links[1].n_msgs[PIM_BOOTSTRAP];
    pim_net_set_link(n, 2, true);
    pim_net_run(n, SIM_S(107));
    assert_true(pim_router_rp(n->routers[2].router, &group, &rp));
    assert_true(ip_addr_equal(&rp, &cfg->rp_addr));
    assert_int_equal(n->links[1].n_msgs[PIM_BOOTSTRAP], n_rounds);
    net_close(n);
}

/* An IPv6 group that carries its RP needs no other word of it. */
static void test_embedded_rp(void **state)
{
    (void)state;
    struct pim_net *n = line(IP_V6, 3, 1);
    /* 2001:db8:1::2 is router 1 on link 1. */
    struct ip_addr group = ip_addr_of("ff7e:230:2001:db8:1::99"), source = pim_net_addr(n, 0, 500);
    pim_net_start(n);
    pim_net_run(n, SIM_S(40));
    pim_net_member(n, 3, &group, true);
    pim_net_run(n, SIM_S(41));
    struct pim_view v = pim_net_view(n, 1, &group, NULL);
    assert_int_equal(v.iif, PIM_NO_IFACE);
    for (int k = 0; k < 5; k++) {
        pim_net_data(n, 0, &source, &group, 16);
        pim_net_run(n, n->now + SIM_S(1));
    }
    assert_int_equal(n->links[3].n_data, 5);
    net_close(n);
}

/* A life of a network: members come and go, sources send, a link fails, on a LAN and a ring. */
static uint64_t life(uint64_t seed, bool lifo)
{
    struct pim_net *n = net_open(IP_V4, seed);
    n->lifo = lifo;
    for (int i = 0; i < 6; i++)
        pim_net_router(n);
    uint32_t source_link = pim_net_link(n, SIM_MS(1)), lan = pim_net_link(n, SIM_MS(5));
    pim_net_attach(n, 0, source_link);
    for (uint32_t i = 0; i < 4; i++)
        pim_net_attach(n, i, lan);
    pim_net_join(n, 0, 4, SIM_MS(10)); /* 2 */
    pim_net_join(n, 4, 5, SIM_MS(10)); /* 3 */
    pim_net_join(n, 5, 3, SIM_MS(10)); /* 4 */
    uint32_t at[4];
    for (uint32_t i = 0; i < 4; i++) /* 5 to 8 */
        pim_net_attach(n, i + 2, at[i] = pim_net_link(n, SIM_MS(1)));
    struct ip_addr rp = pim_net_addr(n, 2, 5), group = pim_net_group(n, 1, false);
    struct ip_addr source = pim_net_addr(n, source_link, 500);
    pim_net_set_rp(n, &rp);
    pim_net_start(n);
    struct rng g = rng_open(seed, 1, RNG_TEST, 99);
    for (int t = 0; t < 300; t++) {
        pim_net_run(n, SIM_S(20) + SIM_S(t));
        /* Several things in one instant, in either order. */
        uint32_t a = rng_below(&g, 4), b = rng_below(&g, 4), what = rng_below(&g, 8);
        for (int k = 0; k < 2 && a != b && what < 2; k++)
            pim_net_member(n, at[(k == 0) != lifo ? a : b], &group,
                           ((k == 0) != lifo) == (what == 0));
        if (t % 100 == 50)
            pim_net_set_link(n, 3, t != 150);
        pim_net_data(n, source_link, &source, &group, 16);
    }
    pim_net_run(n, SIM_S(321));
    uint64_t digest = pim_net_digest(n, &group, &source);
    net_close(n);
    return digest;
}

static void test_order_of_an_instant(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        assert_int_equal(life(seed, false), life(seed, false));
        assert_int_equal(life(seed, false), life(seed, true));
        assert_true(life(seed, false) != life(seed + 1, false));
    }
}

/* A ring of eight with chords and a LAN; links fail and come back. Whatever happens, no router
 * sends a datagram twice onto a link, and when things are quiet every member gets one copy. */
static void failures(uint64_t seed, bool ssm)
{
    enum { N = 8, N_HOSTS = 4, FIRST_HOSTS = N + 3 };
    struct pim_net *n = net_open(IP_V4, seed);
    struct rng g = rng_open(seed, 1, RNG_TEST, 98);
    for (uint32_t i = 0; i < N; i++)
        pim_net_router(n);
    for (uint32_t i = 0; i < N; i++)
        pim_net_join(n, i, (i + 1) % N, SIM_MS(1 + rng_below(&g, 20)));
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t a = rng_below(&g, N);
        pim_net_join(n, a, (a + 2 + rng_below(&g, N - 3)) % N, SIM_MS(1 + rng_below(&g, 20)));
    }
    uint32_t lan = pim_net_link(n, SIM_MS(3));
    for (uint32_t i = 0; i < N; i += 2)
        pim_net_attach(n, i, lan);
    for (uint32_t i = 0; i < N_HOSTS; i++) /* 0: the source's */
        pim_net_attach(n, 2 * i + (i & 1), pim_net_link(n, SIM_MS(1)));
    struct ip_addr group = pim_net_group(n, 1, ssm);
    struct ip_addr source = pim_net_addr(n, FIRST_HOSTS, 500), rp = pim_net_addr(n, lan, 5);
    struct ip_filter f = from_one(&source), all = {.exclude = true};
    pim_net_set_rp(n, &rp);
    pim_net_start(n);
    for (uint32_t i = 1; i < N_HOSTS; i++)
        pim_net_filter(n, FIRST_HOSTS + i, &group, ssm ? &f : &all);
    for (int t = 0; t < 300; t++) {
        uint32_t link = rng_below(&g, 4 * (N + 3));
        if (t < 150 && link < N + 3)
            pim_net_set_link(n, link, n->links[link].down);
        for (uint32_t l = 0; t == 150 && l < N + 3; l++)
            if (n->links[l].down && l % 3)
                pim_net_set_link(n, l, true);
        pim_net_data(n, FIRST_HOSTS, &source, &group, 32);
        pim_net_run(n, SIM_S(t + 1));
    }
    if (ssm)
        assert_int_equal(n->n_repeats, 0);
    pim_net_reset(n);
    for (int t = 300; t < 310; t++) {
        pim_net_data(n, FIRST_HOSTS, &source, &group, 32);
        pim_net_run(n, SIM_S(t + 1));
    }
    for (uint32_t i = 1; i < N_HOSTS; i++)
        if (n->links[FIRST_HOSTS + i].n_data != 10)
            fail_msg("seed %d: %u datagrams on link %u", (int)seed,
                     n->links[FIRST_HOSTS + i].n_data, FIRST_HOSTS + i);
    assert_int_equal(n->n_duplicates, 0);
    ip_filter_fini(&f);
    net_close(n);
}

static void test_random_failures(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        failures(seed, true);
        failures(seed, false);
    }
}

/* What routers do not take, and why. */
static void test_reasons(void **state)
{
    (void)state;
    struct pim_net *n = triangle(IP_V4, 1);
    pim_net_start(n);
    pim_net_run(n, SIM_S(20));
    struct pim_router *r = n->routers[0].router;
    struct ip_addr own = n->routers[0].ifaces[1].addr, peer = pim_net_addr(n, 1, 2);
    struct ip_addr stranger = pim_net_addr(n, 1, 77), rp = pim_net_addr(n, 5, 2);
    struct ip_addr source = pim_net_addr(n, 4, 500);
    struct pim_msg jp = {.kind = PIM_JOIN_PRUNE, .family = IP_V4, .u.jp = {.upstream = own}};
    struct pim_input in = {.iface = 1, .src = stranger, .dst = own, .msg = &jp};
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_NOT_NEIGHBOR);
    in.src = peer;
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_NONE);
    in.src = own;
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_SOURCE);
    /* A Join for another RP than this router knows makes no state. */
    struct pim_source star = {.addr = rp, .sparse = true, .wildcard = true, .rpt = true};
    struct pim_group g = {.prefix = {pim_net_group(n, 1, false), 32}, .joins = &star, .n_joins = 1};
    jp.u.jp.groups = &g;
    jp.u.jp.n_groups = 1;
    jp.u.jp.holdtime_s = 210;
    in.src = peer;
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_NONE);
    pim_net_run(n, SIM_S(21));
    assert_int_equal(pim_router_n_groups(r), 0);
    g.prefix.len = 24;
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_GROUP);
    /* Registers for others, for groups without that RP, for source-specific groups. */
    struct pim_msg reg = {
        .kind = PIM_REGISTER,
        .family = IP_V4,
        .u.reg = {.null = true, .source = source, .group = pim_net_group(n, 1, false)}};
    in = (struct pim_input){.iface = PIM_NO_IFACE, .src = peer, .dst = rp, .msg = &reg};
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_NOT_FOR_US);
    in.dst = own;
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_WRONG_RP);
    reg.u.reg.group = pim_net_group(n, 1, true);
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_SSM);
    assert_int_equal(n->n_stops, 2);
    /* Bootstrap messages by another way than that to their router. */
    struct pim_msg boot = {
        .kind = PIM_BOOTSTRAP, .family = IP_V4, .u.bootstrap = {.bsr = pim_net_addr(n, 4, 3)}};
    in = (struct pim_input){.iface = 1, .src = peer, .msg = &boot};
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_STALE);
    in.src = stranger;
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_NOT_NEIGHBOR);
    struct pim_msg dense = {.kind = PIM_GRAFT, .family = IP_V4};
    in = (struct pim_input){.iface = 1, .src = peer, .msg = &dense};
    assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_ROLE);
    /* Any-source members of source-specific groups, and unrouted groups, make no state. */
    struct ip_filter all = {.exclude = true};
    struct ip_addr ssm = pim_net_group(n, 1, true), local = ip_addr_of("224.0.0.5");
    pim_router_member(r, n->now, 0, &ssm, &all);
    pim_router_member(r, n->now, 0, &local, &all);
    assert_int_equal(pim_router_n_groups(r), 0);
    net_close(n);
}

/* A LAN with an upstream router and k others that all have members. */
static struct pim_net *lan_of(uint32_t k, uint64_t seed, bool t_bit)
{
    struct pim_net *n = net_open(IP_V4, seed);
    uint32_t source_link = pim_net_link(n, SIM_MS(1)), lan = pim_net_link(n, SIM_MS(2));
    for (uint32_t i = 0; i <= k; i++) {
        pim_net_router(n);
        n->routers[i].cfg.t_bit = t_bit;
        if (i == 0)
            pim_net_attach(n, i, source_link);
        pim_net_attach(n, i, lan);
        if (i > 0)
            pim_net_attach(n, i, pim_net_link(n, SIM_MS(1)));
    }
    return n;
}

/* Of three routers that join one source one at a time speaks, every 60 to 84 s; with the T bit all
 * do. */
static void test_suppression(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        for (int t_bit = 0; t_bit < 2; t_bit++) {
            struct pim_net *n = lan_of(3, seed, t_bit);
            struct ip_addr group = pim_net_group(n, 1, true), source = pim_net_addr(n, 0, 500);
            struct ip_filter f = from_one(&source);
            pim_net_start(n);
            pim_net_run(n, SIM_S(40));
            for (uint32_t l = 2; l < 5; l++) {
                pim_net_filter(n, l, &group, &f);
                pim_net_run(n, n->now + SIM_S(7));
            }
            pim_net_run(n, SIM_S(600));
            pim_net_reset(n);
            pim_net_run(n, SIM_S(4200));
            if (t_bit)
                assert_int_equal(n->links[1].n_joins, 180);
            else
                assert_in_range(n->links[1].n_joins, 3600 / 84, 3600 / 60);
            ip_filter_fini(&f);
            net_close(n);
        }
}

/* Of two routers on a LAN one has members. They leave: the upstream router waits 3 s for the other
 * one, then repeats the Prune as its own. */
static void test_leave_on_lan(void **state)
{
    (void)state;
    struct pim_net *n = lan_of(2, 1, false);
    struct ip_addr group = pim_net_group(n, 1, true), source = pim_net_addr(n, 0, 500);
    struct ip_filter f = from_one(&source), nobody = {0};
    pim_net_start(n);
    pim_net_run(n, SIM_S(40));
    pim_net_filter(n, 2, &group, &f);
    pim_net_run(n, SIM_S(50));
    pim_net_reset(n);
    pim_net_filter(n, 2, &group, &nobody);
    pim_net_run(n, SIM_S(60));
    assert_int_equal(n->routers[0].changed_at, SIM_S(53) + SIM_MS(2) + 2);
    assert_int_equal(n->links[1].n_prunes, 2);
    ip_filter_fini(&f);
    net_close(n);
}

/* A Prune and a Join of two neighbours in one instant, first one, then the other first: the Join
 * counts, for (S,G) and off the shared tree alike. */
static void test_join_outweighs_prune(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++)
        for (int rpt = 0; rpt < 2; rpt++) {
            struct pim_net *n = lan_of(2, 1, false);
            struct ip_addr group = pim_net_group(n, 1, false), source = pim_net_addr(n, 0, 500);
            struct ip_addr own = pim_net_addr(n, 1, 1);
            pim_net_set_rp(n, &own);
            pim_net_start(n);
            pim_net_run(n, SIM_S(40));
            struct pim_source star = {own, true, true, true}, s = {source, true, false, rpt};
            struct pim_group both = {.prefix = {group, 32}, .joins = &star, .n_joins = 1};
            struct pim_group join = {.prefix = {group, 32}, .joins = &s, .n_joins = 1};
            struct pim_group prune = {.prefix = {group, 32}, .prunes = &s, .n_prunes = 1};
            struct pim_msg m = {.kind = PIM_JOIN_PRUNE,
                                .family = IP_V4,
                                .u.jp = {.upstream = own, .holdtime_s = 210, .n_groups = 1}};
            struct pim_input in = {.iface = 1, .src = pim_net_addr(n, 1, 2), .msg = &m};
            m.u.jp.groups = &both;
            assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_NONE);
            m.u.jp.groups = &join;
            assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_NONE);
            pim_net_run(n, SIM_S(41));
            for (int k = 0; k < 2; k++) {
                bool is_join = k == order;
                in.src = pim_net_addr(n, 1, is_join ? 3 : 2);
                m.u.jp.groups = is_join ? &join : &prune;
                assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_NONE);
            }
            pim_net_run(n, SIM_S(50));
            pim_net_data(n, 0, &source, &group, 16);
            pim_net_run(n, SIM_S(51));
            assert_int_equal(n->links[1].n_data, 1);
            net_close(n);
        }
}

/* A router loses its memory and says so with another GenID: it hears the Join again within the
 * time of a Hello (5 s) and of an override (2.5 s), not at the next refresh. */
static void test_new_gen_id(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct pim_net *n = line(IP_V4, 3, seed);
        struct ip_addr group = pim_net_group(n, 1, true), source = pim_net_addr(n, 0, 500);
        struct ip_filter f = from_one(&source);
        struct pim_view v;
        pim_net_start(n);
        pim_net_run(n, SIM_S(40));
        pim_net_filter(n, 3, &group, &f);
        pim_net_run(n, SIM_S(50));
        pim_router_set_iface(n->routers[0].router, n->now, 1, false);
        pim_net_run(n, SIM_S(50) + SIM_MS(1));
        pim_router_set_iface(n->routers[0].router, n->now, 1, true);
        pim_net_poke(n, 0);
        pim_net_run(n, SIM_S(51) - SIM_MS(990));
        assert_false(pim_router_view(n->routers[0].router, &group, &source, &v));
        pim_net_run(n, SIM_S(50 + 8));
        v = pim_net_view(n, 0, &group, &source);
        assert_int_equal(v.oifs[0], 2);
        ip_filter_fini(&f);
        net_close(n);
    }
}

/* Pruned off the shared tree as long as the Joins of the group say so; the first one that does not
 * ends it. */
static void test_rpt_prune_ends(void **state)
{
    (void)state;
    struct pim_net *n = lan_of(1, 1, false);
    struct ip_addr group = pim_net_group(n, 1, false), source = pim_net_addr(n, 0, 500);
    struct ip_addr own = pim_net_addr(n, 1, 1);
    pim_net_set_rp(n, &own);
    pim_net_start(n);
    pim_net_run(n, SIM_S(40));
    struct pim_source star = {own, true, true, true}, s = {source, true, false, true};
    struct pim_group g = {
        .prefix = {group, 32}, .joins = &star, .n_joins = 1, .prunes = &s, .n_prunes = 1};
    struct pim_msg m = {.kind = PIM_JOIN_PRUNE,
                        .family = IP_V4,
                        .u.jp = {.upstream = own, .holdtime_s = 210, .groups = &g, .n_groups = 1}};
    struct pim_input in = {.iface = 1, .src = pim_net_addr(n, 1, 2), .msg = &m};
    static const unsigned n_prunes[] = {1, 1, 0, 0, 1};
    for (size_t i = 0; i < 5; i++) {
        g.n_prunes = n_prunes[i];
        assert_int_equal(pim_net_receive(n, 0, &in), PIM_DROP_NONE);
        pim_net_run(n, n->now + SIM_S(1));
        pim_net_reset(n);
        pim_net_data(n, 0, &source, &group, 16);
        pim_net_run(n, n->now + SIM_S(1));
        assert_int_equal(n->links[1].n_data, !n_prunes[i]);
    }
    net_close(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady_state),
        cmocka_unit_test(test_join_and_leave),
        cmocka_unit_test(test_prune_override),
        cmocka_unit_test(test_spt_switch),
        cmocka_unit_test(test_assert),
        cmocka_unit_test(test_assert_of_two_trees),
        cmocka_unit_test(test_designated_router),
        cmocka_unit_test(test_link_failure),
        cmocka_unit_test(test_register_probe),
        cmocka_unit_test(test_spt_policies),
        cmocka_unit_test(test_rp_failover),
        cmocka_unit_test(test_random_failures),
        cmocka_unit_test(test_late_router),
        cmocka_unit_test(test_embedded_rp),
        cmocka_unit_test(test_order_of_an_instant),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_suppression),
        cmocka_unit_test(test_leave_on_lan),
        cmocka_unit_test(test_join_outweighs_prune),
        cmocka_unit_test(test_new_gen_id),
        cmocka_unit_test(test_rpt_prune_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
