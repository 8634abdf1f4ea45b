/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the stays of sockets in groups (table ip_join): first datagrams, what still comes after
 * leaving, and when that says something about the link. Skipped where the bridge was not built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/entity.h"
#include "sim/trace.h"
#include "tools/world.h"

enum { MAX_STAYS = 8 };

struct log {
    struct row_ip_join stay[MAX_STAYS]; /* group_addr is gone */
    struct row_ip_flow flow;            /* the last one's */
    int n;
};

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct log *l = ctx;
    if (table == ROW_IP_FLOW)
        l->flow = *(const struct row_ip_flow *)row;
    if (table != ROW_IP_JOIN)
        return;
    assert_true(l->n < MAX_STAYS);
    l->stay[l->n++] = *(const struct row_ip_join *)row;
}

/* A router, the source s of a datagram each 10 ms over [0, 60) s, and hosts h behind a hub. */
static void run_with(struct log *l, const char *memberships)
{
    static const char yaml[] =
        "run: {duration: 60s}\n"
        "ip:\n"
        "  families: ipv6\n"
        "  membership_protocol: {solicited_node: false}\n"
        "  nodes: [{name: r, kind: router}, {name: h, count: 2}, {name: s}]\n"
        "  links: [{name: lan, nodes: \"r h\"}, {name: up, nodes: \"r s\"}]\n"
        "  memberships:\n%s"
        "  traffic: [{name: t, source: s, group: ff15::1, period: 10ms, size: 100B}]\n";
    char text[2000];
    struct sim_error e = {0};
    struct world *w;
    struct trace trace;
    struct trace_listener listener = {.rows = UINT64_MAX, .row = on_row, .ctx = l};
    if (access(BUILD_DIR "/castbed-ns3.so", R_OK))
        skip();
    *l = (struct log){0};
    snprintf(text, sizeof text, yaml, memberships);
    trace_init(&trace);
    trace_listen(&trace, &listener);
    if (world_load_text(&w, "test", text, strlen(text), "/", &e) || world_place(w, &e))
        fail_msg("%s", e.text);
    world_build(w, &trace);
    if (world_run_until(w, world_cfg(w)->run.duration_ns))
        fail_msg("%s", world_error(w));
    assert_int_equal(world_finish(w), 0);
    world_close(w);
}

/* From s to h: twice 100 octets, UDP, IPv6, Ethernet at 100 Mbit/s and 1 us. */
#define WAY (2 * (SIM_NS((100 + 48 + 18) * 80) + SIM_US(1)))

/* The report is faster than the datagram that is sent as the host joins; what is sent 2 s after it
 * left is not forwarded any more. */
static void alone_on_the_link(void **state)
{
    struct log l;
    (void)state;
    run_with(&l, "    - {nodes: h/0, group: ff15::1, join: 1s, leave: 40s}\n");
    assert_int_equal(l.n, 1);
    assert_int_equal(l.stay[0].node, entity_make("h", 0));
    assert_int_equal(l.stay[0].iface, 1);
    assert_int_equal(l.stay[0].port, 40000);
    assert_int_equal(l.stay[0].join_ns, SIM_S(1));
    assert_int_equal(l.stay[0].first_ns, SIM_S(1) + WAY);
    assert_int_equal(l.stay[0].leave_ns, SIM_S(40));
    assert_int_equal(l.stay[0].n_after, 200);
    assert_int_equal(l.stay[0].last_ns, SIM_MS(41990) + WAY);
    assert_int_equal(l.stay[0].n_missed, 1800);
    assert_int_equal(l.flow.first_ns, 0);
    assert_int_equal(l.flow.last_ns, SIM_MS(59990));
}

/* Another host on the link stays: everything still comes. */
static void others_on_the_link(void **state)
{
    struct log l;
    (void)state;
    run_with(&l, "    - {nodes: h/0, group: ff15::1, join: 1s, leave: 40s}\n"
                 "    - {nodes: h/1, group: ff15::1, join: 1s}\n");
    assert_int_equal(l.n, 2);
    assert_int_equal(l.stay[0].n_after, 2000);
    assert_int_equal(l.stay[0].last_ns, SIM_MS(59990) + WAY);
    assert_int_equal(l.stay[0].n_missed, 0);
    assert_int_equal(l.stay[1].leave_ns, ROW_NULL);
    assert_int_equal(l.stay[1].n_after, ROW_NULL);
    assert_int_equal(l.stay[1].last_ns, ROW_NULL);
    assert_int_equal(l.stay[1].n_missed, ROW_NULL);
}

/* Another socket of the host stays, or joins before the link has been pruned, or after that. */
static void others_on_the_host(void **state)
{
    struct log l;
    (void)state;
    run_with(&l, "    - {nodes: h/0, group: ff15::1, join: 1s, leave: 10s}\n"
                 "    - {nodes: h/0, group: ff15::1, join: 5s, leave: 20s}\n"
                 "    - {nodes: h/0, group: ff15::1, join: 21s, leave: 30s}\n"
                 "    - {nodes: h/0, group: ff15::1, join: 40s}\n"
                 "    - {nodes: h/1, group: ff15::2, join: 1s, leave: 30s}\n");
    static const int64_t n_after[] = {0, 100, 200}, n_missed[] = {0, 0, 800};
    assert_int_equal(l.n, 5);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(l.stay[i].n_after, n_after[i]);
        assert_int_equal(l.stay[i].n_missed, n_missed[i]);
    }
    assert_int_equal(l.stay[3].first_ns, SIM_S(40) + WAY);
    assert_int_equal(l.stay[4].first_ns, ROW_NULL); /* nobody sends to this group */
    assert_int_equal(l.stay[4].n_after, 0);
    assert_int_equal(l.stay[4].n_missed, 0);
}

/* Leaving one socket and joining another at one instant is no gap, in whatever order. */
static void handed_over(void **state)
{
    struct log l;
    (void)state;
    run_with(&l, "    - {nodes: h/0, group: ff15::1, join: 1s, leave: 10s}\n"
                 "    - {nodes: h/0, group: ff15::1, join: 10s, leave: 20s}\n"
                 "    - {nodes: h/0, group: ff15::1, join: 20s}\n");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(l.stay[i].n_after, 0);
        assert_int_equal(l.stay[i].n_missed, 0);
    }
    assert_int_equal(l.stay[1].first_ns, SIM_S(10) + WAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_on_the_link), cmocka_unit_test(others_on_the_link),
        cmocka_unit_test(others_on_the_host), cmocka_unit_test(handed_over)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
