/* SPDX-License-Identifier: GPL-2.0-only
 * Pins that PIM's trees do no harm while they are torn and grown again: scenarios/ip-link-failure
 * with many seeds of its random failures, at both fidelities. No datagram runs until its hop limit
 * is used up; a datagram is doubled on the LAN by two routers only until their Assert; and it
 * crosses a link in one direction once, unless it was doubled on the LAN or was under way while a
 * router changed over to another way, on which old state let it pass too.
 * test_link_failure N: N seeds at each fidelity, with what was seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/node.h"
#include "sim/entity.h"
#include "sim/mem.h"
#include "tests/support/ip_run.h"

enum { MAX_NUMBER = 6000 };

static int n_seeds = 10;
static bool tell;

struct seen {
    unsigned n_seeds, n_failures, n_asserts;
    uint64_t n_data, n_lost, n_doubled, n_repeated, n_changed_over;
    unsigned longest; /* datagrams doubled one after the other */
};

/* Data of one sender on one link. */
static int by_way(const void *a, const void *b)
{
    const struct ip_run_packet *x = a, *y = b;
    if (x->link != y->link)
        return x->link < y->link ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* When was an Assert sent on the LAN, not before a time? */
static sim_time assert_after(const struct ip_run *r, int64_t lan, sim_time t)
{
    for (size_t i = 0; i < r->n_packet; i++) {
        const struct ip_run_packet *p = &r->packet[i];
        if (p->protocol == IP_PROTO_PIM && p->kind == PIM_ASSERT && p->link == lan && p->at >= t)
            return p->at;
    }
    return SIM_NEVER;
}

/* Datagrams that two routers brought to the LAN. An Assert comes with the copies or, where one
 * router is the winner of an earlier Assert and waits for the other, with those of the next
 * datagram. */
static void check_lan(const struct ip_run *r, const struct ip_run_packet *data, size_t n,
                      bool doubled[MAX_NUMBER], struct seen *seen)
{
    int64_t lan = entity_make("lan", 0);
    unsigned run = 0;
    uint32_t last = UINT32_MAX;
    for (size_t i = 1; i < n; i++) {
        if (data[i].link != lan || data[i - 1].link != lan ||
            data[i].number != data[i - 1].number || data[i].node == data[i - 1].node)
            continue;
        sim_time second = data[i].at > data[i - 1].at ? data[i].at : data[i - 1].at;
        sim_time first = data[i].at + data[i - 1].at - second;
        sim_time at = assert_after(r, lan, first);
        if (at - second > SIM_MS(110))
            fail_msg("seed %u: datagram %u is doubled at %.6f s, and the Assert comes at %.6f s",
                     seen->n_seeds + 1, (unsigned)data[i].number, (double)second / 1e9,
                     (double)at / 1e9);
        run = data[i].number == last + 1 ? run + 1 : 1;
        last = data[i].number;
        doubled[last] = true;
        seen->n_doubled++;
        seen->longest = run > seen->longest ? run : seen->longest;
    }
}

/* The first time that a datagram takes the same way twice. */
struct repeat {
    sim_time first, second; /* second 0: it never does */
    int64_t node, link;
};

/* Has a router taken up another way to the source between two times? */
static bool way_changed(const struct ip_run *r, int64_t node, sim_time from, sim_time to)
{
    int64_t iface = ROW_NULL;
    for (size_t i = 0; i < r->n_entry && r->entry[i].at <= to; i++) {
        const struct ip_run_entry *e = &r->entry[i];
        if (e->node != node)
            continue;
        if (e->at > from && e->iface != iface)
            return true;
        iface = e->iface;
    }
    return false;
}

/* What was not doubled on the LAN goes a way twice only behind a router that took it from its old
 * way and, having changed over while it was under way, from the new one. */
static void check_ways(const struct ip_run *r, const struct ip_run_packet *data, size_t n,
                       const bool doubled[MAX_NUMBER], struct seen *seen)
{
    struct repeat *first = mem_alloc(MAX_NUMBER, sizeof *first);
    for (size_t i = 1; i < n; i++) {
        const struct ip_run_packet *a = &data[i - 1], *b = &data[i];
        if (a->link != b->link || a->number != b->number || a->node != b->node)
            continue;
        struct repeat *f = &first[b->number];
        seen->n_repeated += doubled[b->number];
        if (!f->second || b->at < f->second)
            *f = (struct repeat){a->at, b->at, b->node, b->link};
    }
    for (unsigned i = 0; i < MAX_NUMBER; i++) {
        const struct repeat *f = &first[i];
        if (!f->second || doubled[i])
            continue;
        seen->n_changed_over++;
        if (!way_changed(r, f->node, f->first, f->second))
            fail_msg("seed %u: datagram %u crosses link %llx twice in one direction, at %.6f and "
                     "%.6f s",
                     seen->n_seeds + 1, i, (unsigned long long)f->link, (double)f->first / 1e9,
                     (double)f->second / 1e9);
    }
    free(first);
}

static void check_run(const struct ip_run *r, struct seen *seen)
{
    struct ip_run_packet *data = mem_alloc(r->n_packet, sizeof *data);
    bool doubled[MAX_NUMBER] = {0};
    size_t n = 0;
    for (size_t i = 0; i < r->n_packet; i++) {
        const struct ip_run_packet *p = &r->packet[i];
        seen->n_asserts += p->protocol == IP_PROTO_PIM && p->kind == PIM_ASSERT;
        if (p->protocol == IP_PROTO_UDP)
            data[n++] = *p;
    }
    qsort(data, n, sizeof *data, by_way);
    check_lan(r, data, n, doubled, seen);
    check_ways(r, data, n, doubled, seen);
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(ip_run_dropped(r, "r", i, "data", ip_drop_text(IP_DROP_TTL)), 0);
    for (size_t i = 0; i < r->n_stat; i++)
        seen->n_lost += (uint64_t)r->stat[i].n_lost;
    for (size_t i = 0; i < r->n_state; i++)
        seen->n_failures += !r->state[i].up;
    seen->n_data += n;
    seen->n_seeds++;
    free(data);
}

static void many_failures(void **state)
{
    char seed[40], fidelity[40];
    const char *set[] = {seed, fidelity, "run.duration=300s"};
    struct seen seen = {0};
    if (!ip_run_possible(BUILD_DIR))
        skip();
    snprintf(fidelity, sizeof fidelity, "ip.fidelity=%s", (const char *)*state);
    for (int i = 1; i <= n_seeds; i++) {
        snprintf(seed, sizeof seed, "run.seed=%d", i);
        struct ip_run *r = ip_run_file(SOURCE_DIR "/scenarios/ip-link-failure.yaml", set, 3);
        check_run(r, &seen);
        ip_run_free(r);
    }
    if (tell)
        printf("%s: %u seeds, %u failures, %llu copies on links, %llu datagrams lost to a member, "
               "%llu doubled on the LAN (at most %u in a row), %llu copies the same way twice "
               "behind that, %llu datagrams twice where a router changed over, %u Asserts\n",
               (const char *)*state, seen.n_seeds, seen.n_failures, (unsigned long long)seen.n_data,
               (unsigned long long)seen.n_lost, (unsigned long long)seen.n_doubled, seen.longest,
               (unsigned long long)seen.n_repeated, (unsigned long long)seen.n_changed_over,
               seen.n_asserts);
    assert_true(seen.n_failures > seen.n_seeds * 20);
    assert_in_range(seen.longest, 0, 2);
    assert_true(n_seeds < 8 || (seen.n_doubled > 0 && seen.n_asserts > 0));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(many_failures, "packet"),
        cmocka_unit_test_prestate(many_failures, "tree"),
    };
    if (argc > 1) {
        n_seeds = atoi(argv[1]);
        tell = true;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
