/* SPDX-License-Identifier: GPL-2.0-only
 * Pins memberships of drawn nodes in several groups, hosts of topologies, and copies to each
 * member instead of multicast. Skipped where the bridge was not built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/entity.h"
#include "sim/mem.h"
#include "sim/trace.h"
#include "tools/world.h"

enum { MAX_JOINS = 4000, MAX_STATS = 200, MAX_NODES = 100 };

struct log {
    int64_t node[MAX_JOINS];
    char group[MAX_JOINS][20];
    int n_joins, n_nodes, n_flows;
    int64_t n_expected, n_received, n_lost;
    struct row_ip_link_stat link[MAX_STATS];
    int n_links;
    int64_t nodes[MAX_NODES];
    char flow[20]; /* the last */
    int64_t first_sent;
};

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct log *l = ctx;
    if (table == ROW_NODE)
        l->nodes[l->n_nodes++] = ((const struct row_node *)row)->id;
    if (table == ROW_IP_JOIN) {
        const struct row_ip_join *j = row;
        assert_true(l->n_joins < MAX_JOINS);
        l->node[l->n_joins] = j->node;
        snprintf(l->group[l->n_joins++], sizeof *l->group, "%s", j->group_addr);
    }
    if (table == ROW_IP_FLOW) {
        const struct row_ip_flow *f = row;
        snprintf(l->flow, sizeof l->flow, "%s", f->name);
        l->first_sent = f->first_ns;
        l->n_flows++;
    }
    if (table == ROW_IP_FLOW_STAT) {
        const struct row_ip_flow_stat *s = row;
        l->n_expected += s->n_expected;
        l->n_received += s->n_received;
        l->n_lost += s->n_lost;
    }
    if (table == ROW_IP_LINK_STAT) {
        assert_true(l->n_links < MAX_STATS);
        l->link[l->n_links++] = *(const struct row_ip_link_stat *)row;
    }
}

static struct log *run_text(const char *yaml)
{
    struct log *l = mem_alloc(1, sizeof *l);
    struct sim_error e = {0};
    struct world *w;
    struct trace trace;
    struct trace_listener listener = {.rows = UINT64_MAX, .row = on_row, .ctx = l};
    if (access(BUILD_DIR "/castbed-ns3.so", R_OK))
        skip();
    trace_init(&trace);
    trace_listen(&trace, &listener);
    if (world_load_text(&w, "test", yaml, strlen(yaml), "/", &e) || world_place(w, &e))
        fail_msg("%s", e.text);
    world_build(w, &trace);
    if (world_run_until(w, world_cfg(w)->run.duration_ns))
        fail_msg("%s", world_error(w));
    assert_int_equal(world_finish(w), 0);
    world_close(w);
    return l;
}

static int64_t packets_on(const struct log *l, const char *link, uint32_t index,
                          enum ip_traffic kind)
{
    for (int i = 0; i < l->n_links; i++)
        if (l->link[i].link == entity_make(link, index) && l->link[i].kind == (int)kind)
            return l->link[i].n_packets;
    return 0;
}

static bool has_node(const struct log *l, const char *group, uint32_t index)
{
    for (int i = 0; i < l->n_nodes; i++)
        if (l->nodes[i] == entity_make(group, index))
            return true;
    return false;
}

static struct log *run_sets(int seed, const char *more)
{
    char yaml[1000];
    snprintf(yaml, sizeof yaml,
             "run: {duration: 1s, seed: %d}\n"
             "ip:\n"
             "  families: ipv4\n"
             "  nodes: [{name: r, kind: router}, {name: h, count: 10}]\n"
             "  links: [{name: line, each: h, to: r}]\n"
             "  memberships:\n"
             "    - {nodes: h, group: 239.1.0.254, groups: 500, choose: 3, join: 999ms}\n"
             "%s",
             seed, more);
    return run_text(yaml);
}

/* Three different hosts of ten in each of 500 groups: 150 groups a host, with a standard deviation
 * of 10. Another seed draws others, another membership behind changes nothing. */
static void sets_are_drawn(void **state)
{
    struct log *l = run_sets(1, ""), *other = run_sets(2, "");
    struct log *more = run_sets(1, "    - {nodes: h, group: 239.9.9.9, choose: 2}\n");
    int n_of[10] = {0}, n_same = 0;
    (void)state;
    assert_int_equal(l->n_joins, 1500);
    for (int i = 0; i < l->n_joins; i++) {
        for (uint32_t h = 0; h < 10; h++)
            n_of[h] += l->node[i] == entity_make("h", h);
        for (int k = i - i % 3; k < i; k++) {
            assert_string_equal(l->group[k], l->group[i]);
            assert_int_not_equal(l->node[k], l->node[i]);
        }
        n_same += l->node[i] == other->node[i];
        assert_int_equal(l->node[i], more->node[i]);
    }
    for (int h = 0; h < 10; h++)
        assert_in_range(n_of[h], 110, 190);
    assert_true(n_same < 700);
    assert_string_equal(l->group[0], "239.1.0.254");
    assert_string_equal(l->group[6], "239.1.1.0");
    assert_string_equal(l->group[1499], "239.1.2.241");
    assert_int_equal(more->n_joins, 1502);
    free(l);
    free(other);
    free(more);
}

static const char star[] = "run: {duration: 10s}\n"
                           "ip:\n"
                           "  families: ipv6\n"
                           "  membership_protocol: {solicited_node: false}\n"
                           "  nodes: [{name: s}, {name: r, kind: router}, {name: h, count: 8}]\n"
                           "  links: [{name: up, nodes: \"s r\"}, {name: line, each: h, to: r}]\n"
                           "  memberships: [{nodes: \"h/0 h/1 h/2 h/3 h/4\", group: ff15::1}]\n"
                           "  traffic:\n"
                           "    - {name: t, source: s, group: ff15::1, start: 1s, delivery: %s,\n"
                           "       period: 100ms, groups: %d}\n";

/* 90 datagrams: each once on the way up and once to each of five members, or five times. */
static void copies_instead(void **state)
{
    (void)state;
    for (int unicast = 0; unicast < 2; unicast++) {
        char yaml[1000];
        snprintf(yaml, sizeof yaml, star, unicast ? "unicast" : "multicast", 1);
        struct log *l = run_text(yaml);
        enum ip_traffic kind = unicast ? IP_TRAFFIC_UNICAST : IP_TRAFFIC_DATA;
        assert_int_equal(packets_on(l, "up", 0, kind), unicast ? 450 : 90);
        assert_int_equal(packets_on(l, "up", 0, unicast ? IP_TRAFFIC_DATA : IP_TRAFFIC_UNICAST), 0);
        for (uint32_t i = 0; i < 8; i++) {
            assert_int_equal(packets_on(l, "line", i, kind), i < 5 ? 90 : 0);
            /* One query, and reports of those that join. */
            int64_t n_mld = packets_on(l, "line", i, IP_TRAFFIC_MLD);
            assert_true(i < 5 && !unicast ? n_mld >= 3 : n_mld == 1);
        }
        assert_int_equal(l->n_expected, 450);
        assert_int_equal(l->n_received, 450);
        assert_string_equal(l->flow, "t");
        free(l);
    }
}

/* Four flows a quarter of the period apart; only the first group has members. */
static void flows_take_turns(void **state)
{
    char yaml[1000];
    (void)state;
    snprintf(yaml, sizeof yaml, star, "multicast", 4);
    struct log *l = run_text(yaml);
    assert_int_equal(l->n_flows, 4);
    assert_string_equal(l->flow, "t/3");
    assert_int_equal(l->first_sent, SIM_MS(1075));
    assert_int_equal(packets_on(l, "up", 0, IP_TRAFFIC_DATA), 360);
    assert_int_equal(l->n_expected, 450);
    free(l);
}

static struct log *run_tree(const char *hosts)
{
    char yaml[500];
    snprintf(yaml, sizeof yaml,
             "run: {duration: 1s}\n"
             "ip:\n"
             "  families: ipv4\n"
             "  topologies: [{name: t, topology: k_ary_tree, arity: 3, depth: 2, hosts: %s}]\n"
             "  nodes: [{name: s}]\n"
             "  links: [{name: up, nodes: \"s t/0\"}]\n",
             hosts);
    return run_text(yaml);
}

static void hosts_of_topologies(void **state)
{
    struct log *leaves = run_tree("leaves"), *all = run_tree("all");
    (void)state;
    assert_int_equal(leaves->n_nodes, 1 + 13 + 9);
    assert_true(has_node(leaves, "t.hosts", 8));
    assert_int_equal(all->n_nodes, 1 + 13 + 13);
    assert_true(has_node(all, "t.hosts", 12));
    /* One querier a link with a host, two between routers. */
    assert_int_equal(packets_on(leaves, "t.access", 8, IP_TRAFFIC_IGMP), 1);
    assert_int_equal(packets_on(leaves, "t.links", 11, IP_TRAFFIC_IGMP), 2);
    assert_int_equal(packets_on(all, "t.access", 12, IP_TRAFFIC_IGMP), 1);
    free(leaves);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_are_drawn), cmocka_unit_test(copies_instead),
        cmocka_unit_test(flows_take_turns), cmocka_unit_test(hosts_of_topologies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
