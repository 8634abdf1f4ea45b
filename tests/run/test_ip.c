/* SPDX-License-Identifier: GPL-2.0-only
 * Pins whole runs of IP networks over links of ns-3: exact counts and times of membership, what
 * reaches whom through hubs, switches, proxies, failed and lossy links, and that runs repeat.
 * Skipped where the bridge was not built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "models/ip/gmp_packet.h"
#include "sim/entity.h"
#include "sim/mem.h"
#include "sim/trace.h"
#include "tools/world.h"

enum { MAX_STAT = 200, MAX_ENTRY = 400 };

struct entry {
    int64_t at, node, iface;
    char out[20];
};

struct log {
    struct row_ip_flow_stat stat[MAX_STAT]; /* flow: the text below */
    char flow[MAX_STAT][32];
    struct row_ip_link_stat link[MAX_STAT];
    struct entry entry[MAX_ENTRY];
    int n_stat, n_link, n_entry;
    int64_t last_received; /* when the last datagram came to anybody */
    int64_t n_dropped;
    uint64_t hash; /* of all rows */
    /* Membership messages that leave a node. */
    int n_queries[2], n_reports[2]; /* general queries; reports: IPv4, IPv6 */
    int64_t query_at[2][100];
    struct gmp_room room;
};

static void add_hash(struct log *l, const void *p, size_t len)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < len; i++)
        l->hash = (l->hash ^ b[i]) * UINT64_C(0x100000001b3);
}

static void hash_row(struct log *l, enum row_table_id table, const void *row)
{
    const struct row_table *t = &row_tables[table];
    add_hash(l, &table, sizeof table);
    for (unsigned i = 0; i < t->n_cols; i++) {
        const char *field = (const char *)row + 8 * i;
        const char *text;
        if (t->cols[i].type != ROW_COL_TEXT) {
            add_hash(l, field, 8);
            continue;
        }
        memcpy(&text, field, sizeof text);
        add_hash(l, text ? text : "", text ? strlen(text) : 0);
    }
}

static void keep_entry(struct log *l, const struct row_ip_forwarding *r)
{
    struct entry *e = &l->entry[l->n_entry++];
    assert_true(l->n_entry <= MAX_ENTRY);
    *e = (struct entry){.at = r->at_ns, .node = r->node, .iface = r->in_iface};
    snprintf(e->out, sizeof e->out, "%s", r->out_ifaces ? r->out_ifaces : "");
}

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct log *l = ctx;
    hash_row(l, table, row);
    switch (table) {
    case ROW_IP_FLOW_STAT:
        assert_true(l->n_stat < MAX_STAT);
        l->stat[l->n_stat] = *(const struct row_ip_flow_stat *)row;
        snprintf(l->flow[l->n_stat], sizeof *l->flow, "%s", l->stat[l->n_stat].flow);
        l->n_stat++;
        break;
    case ROW_IP_LINK_STAT:
        assert_true(l->n_link < MAX_STAT);
        l->link[l->n_link++] = *(const struct row_ip_link_stat *)row;
        break;
    case ROW_IP_FORWARDING:
        keep_entry(l, row);
        break;
    case ROW_IP_RECEIVED:
        l->last_received = ((const struct row_ip_received *)row)->at_ns;
        break;
    case ROW_IP_DROP:
        if (strcmp(((const struct row_ip_drop *)row)->protocol, "data") != 0)
            l->n_dropped += ((const struct row_ip_drop *)row)->n;
        break;
    case ROW_WARNING:
        fail_msg("warning: %s", ((const struct row_warning *)row)->text);
        break;
    default:
        break;
    }
}

static void on_packet(void *ctx, const struct trace_packet *p)
{
    struct log *l = ctx;
    struct gmp_packet g;
    if (!p->out || gmp_packet_decode(&g, p->bytes, p->len, &l->room) != GMP_DROP_NONE)
        return;
    int f = g.msg.family == IP_V6;
    if (g.msg.kind == GMP_QUERY && ip_addr_is_any(&g.msg.group)) {
        assert_true(l->n_queries[f] < 100);
        l->query_at[f][l->n_queries[f]++] = p->at_ns;
    }
    l->n_reports[f] += g.msg.kind == GMP_REPORT;
}

static struct log *run_text(const char *yaml)
{
    struct log *l = mem_alloc(1, sizeof *l);
    struct sim_error e = {0};
    struct world *w;
    struct trace trace;
    struct trace_listener listener = {
        .rows = UINT64_MAX, .row = on_row, .packet = on_packet, .ctx = l};
    if (access(BUILD_DIR "/castbed-ns3.so", R_OK))
        skip();
    trace_init(&trace);
    trace_listen(&trace, &listener);
    gmp_room_init(&l->room);
    if (world_load_text(&w, "test", yaml, strlen(yaml), "/", &e) || world_place(w, &e))
        fail_msg("%s", e.text);
    world_build(w, &trace);
    if (world_run_until(w, world_cfg(w)->run.duration_ns))
        fail_msg("%s", world_error(w));
    assert_int_equal(world_finish(w), 0);
    world_close(w);
    return l;
}

static void log_free(struct log *l)
{
    gmp_room_fini(&l->room);
    free(l);
}

static const struct row_ip_flow_stat *stat_of(const struct log *l, const char *flow,
                                              const char *group, uint32_t index)
{
    for (int i = 0; i < l->n_stat; i++)
        if (strcmp(l->flow[i], flow) == 0 && l->stat[i].node == entity_make(group, index))
            return &l->stat[i];
    fail_msg("no %s at %s/%u", flow, group, index);
    return NULL;
}

static int64_t packets_on(const struct log *l, const char *link, uint32_t index,
                          enum ip_traffic kind)
{
    for (int i = 0; i < l->n_link; i++)
        if (l->link[i].link == entity_make(link, index) && l->link[i].kind == (int)kind)
            return l->link[i].n_packets;
    return 0;
}

static void got(const struct log *l, const char *flow, const char *group, uint32_t index,
                int64_t expected, int64_t received)
{
    const struct row_ip_flow_stat *s = stat_of(l, flow, group, index);
    assert_int_equal(s->n_expected, expected);
    assert_int_equal(s->n_received, received);
    assert_int_equal(s->n_lost, expected - received);
    assert_int_equal(s->n_duplicate, 0);
    assert_int_equal(s->n_unexpected, 0);
}

/* A querier from t = 0: 0, 31.25 s, then every 125 s: 30 in [0, 3600) s; each host answers each
 * query once. Beside the answers two reports for each change: solicited-node and one group. */
static void general_queries_of_an_hour(void **state)
{
    struct log *l = run_text("run: {duration: 1h}\n"
                             "ip:\n"
                             "  nodes: [{name: r, kind: router}, {name: h, count: 3}]\n"
                             "  links: [{name: lan, nodes: \"r h\"}]\n"
                             "  memberships:\n"
                             "    - {nodes: h, group: ff15::1, join: 1000s}\n"
                             "    - {nodes: h, group: 239.1.1.1, join: 1000s}\n");
    (void)state;
    for (int f = 0; f < 2; f++) {
        assert_int_equal(l->n_queries[f], 30);
        assert_int_equal(l->query_at[f][0], 0);
        assert_int_equal(l->query_at[f][1], SIM_MS(31250));
        for (int i = 2; i < 30; i++)
            assert_int_equal(l->query_at[f][i], SIM_MS(31250) + SIM_S(125) * (i - 1));
    }
    /* IPv6: 29 or 30 answers (the last query is at 3531.25 s), 2 + 2 for changes. */
    assert_int_equal(l->n_reports[1], 3 * (30 + 2 + 2));
    /* IPv4: nothing to answer before the join; queries at 1031.25 s and later: 21. */
    assert_int_equal(l->n_reports[0], 3 * (21 + 2));
    assert_int_equal(l->n_dropped, 0);
    log_free(l);
}

/* From leaving to the last forwarded datagram: 1 ns until it is told, the report on the link
 * (76 octets and 18 of Ethernet at 100 Mbit/s, 1 us), 2 s of last listener queries, 1 ns until the
 * router has looked at all that has changed. */
static void leave_latency(void **state)
{
    struct log *l =
        run_text("run: {duration: 60s}\n"
                 "ip:\n"
                 "  families: ipv6\n"
                 "  membership_protocol: {solicited_node: false}\n"
                 "  nodes: [{name: r, kind: router}, {name: h}, {name: s}]\n"
                 "  links: [{name: lan, nodes: \"r h\"}, {name: up, nodes: \"r s\"}]\n"
                 "  memberships: [{nodes: h, group: ff15::1, join: 1s, leave: 40s}]\n"
                 "  traffic: [{name: t, source: s, group: ff15::1, period: 10ms, size: 100B}]\n");
    sim_time report = 1 + SIM_NS((76 + 18) * 80) + SIM_US(1) + 1;
    (void)state;
    assert_int_equal(l->n_entry, 3);
    assert_int_equal(l->entry[1].at, SIM_S(1) + report);
    assert_int_equal(l->entry[2].at, SIM_S(40) + report + SIM_S(2));
    assert_string_equal(l->entry[0].out, "");
    assert_string_equal(l->entry[1].out, "1");
    assert_string_equal(l->entry[2].out, "");
    assert_int_equal(entity_make("r", 0), l->entry[0].node);
    got(l, "t", "h", 0, 3900, 3900); /* the report is faster than what is sent as it joins */
    log_free(l);
}

static const char room[] =
    "run: {duration: 100s, seed: %d}\n"
    "ip:\n"
    "  nodes:\n"
    "    - {name: r, kind: router, multicast_routing: %s}\n"
    "    - {name: s}\n"
    "    - {name: hub, kind: hub}\n"
    "    - {name: plain, kind: switch}\n"
    "    - {name: snoop, kind: snooping_switch}\n"
    "    - {name: a, count: 3}\n"
    "    - {name: b, count: 3}\n"
    "    - {name: c, count: 3}\n"
    "  links:\n"
    "    - {name: up, nodes: \"s r\", kind: point_to_point}\n"
    "    - {name: l1, nodes: \"r hub\"}\n"
    "    - {name: l2, nodes: \"r plain\"}\n"
    "    - {name: l3, nodes: \"r snoop\"}\n"
    "    - {name: p1, each: a, to: hub}\n"
    "    - {name: p2, each: b, to: plain}\n"
    "    - {name: p3, each: c, to: snoop, loss: %s}\n"
    "  memberships: [{nodes: \"a/0 b/0 c/0\", group: %s, join: 10s}]\n"
    "  traffic: [{name: t, source: s, group: %s, start: 20s, period: 100ms}]\n";

static struct log *run_room(int seed, const char *routing, const char *loss, const char *group)
{
    char yaml[2000];
    snprintf(yaml, sizeof yaml, room, seed, routing, loss, group, group);
    return run_text(yaml);
}

/* A hub and a plain switch send 800 datagrams to all hosts, a snooping one to its member. */
static void switches(void **state)
{
    static const char *const groups[] = {"239.1.1.1", "ff15::1"};
    (void)state;
    for (int f = 0; f < 2; f++) {
        struct log *l = run_room(1, "members", "0%", groups[f]);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(packets_on(l, "p1", i, IP_TRAFFIC_DATA), 800);
            assert_int_equal(packets_on(l, "p2", i, IP_TRAFFIC_DATA), 800);
            assert_int_equal(packets_on(l, "p3", i, IP_TRAFFIC_DATA), i ? 0 : 800);
        }
        got(l, "t", "a", 0, 800, 800);
        got(l, "t", "b", 0, 800, 800);
        got(l, "t", "c", 0, 800, 800);
        log_free(l);
    }
}

/* Linux without a routing daemon: nothing leaves the source's link. */
static void no_role_forwards_nothing(void **state)
{
    struct log *l = run_room(1, "none", "0%", "ff15::1");
    (void)state;
    got(l, "t", "a", 0, 800, 0);
    got(l, "t", "c", 0, 800, 0);
    assert_int_equal(packets_on(l, "l1", 0, IP_TRAFFIC_DATA), 0);
    assert_int_equal(packets_on(l, "up", 0, IP_TRAFFIC_DATA), 800);
    log_free(l);
}

/* Half of the frames to c/0 are lost; other losses with another seed, the same with the same. */
static void losses_and_repetition(void **state)
{
    struct log *l = run_room(1, "members", "50%", "ff15::1");
    struct log *again = run_room(1, "members", "50%", "ff15::1");
    struct log *other = run_room(2, "members", "50%", "ff15::1");
    const struct row_ip_flow_stat *s = stat_of(l, "t", "c", 0);
    (void)state;
    assert_int_equal(s->n_expected, 800);
    assert_in_range(s->n_received, 300, 500);
    got(l, "t", "a", 0, 800, 800);
    assert_true(l->hash == again->hash);
    assert_true(l->hash != other->hash);
    log_free(l);
    log_free(again);
    log_free(other);
}

/* The source's link fails from 20 to 40 s, and routes follow 2 s later. */
static void a_link_fails(void **state)
{
    struct log *l = run_text(
        "run: {duration: 60s}\n"
        "ip:\n"
        "  convergence: 2s\n"
        "  families: ipv4\n"
        "  nodes: [{name: s}, {name: r, kind: router}, {name: h}]\n"
        "  links:\n"
        "    - {name: short, nodes: \"s r\"}\n"
        "    - {name: down, nodes: \"r h\"}\n"
        "  memberships: [{nodes: h, group: 239.1.1.1}]\n"
        "  traffic: [{name: t, source: s, group: 239.1.1.1, start: 10050ms, period: 100ms}]\n"
        "  faults: [{link: short, from: 20s, to: 40s}]\n");
    (void)state;
    /* 200 of 500 are sent into the failed link; of the rest 2 s are dropped, because the router
     * has no route back to the source yet and they come from nowhere. */
    got(l, "t", "h", 0, 500, 280);
    assert_int_equal(l->n_entry, 3);
    assert_int_equal(l->entry[1].at, SIM_S(22));
    assert_int_equal(l->entry[1].iface, 0);
    assert_int_equal(l->entry[2].at, SIM_S(42));
    assert_int_equal(l->entry[2].iface, 1);
    log_free(l);
}

/* Joined where the route points, a host does not hear its other interface. */
static void joins_are_per_interface(void **state)
{
    struct log *l = run_text(
        "run: {duration: 30s}\n"
        "ip:\n"
        "  families: ipv4\n"
        "  nodes: [{name: a}, {name: b}, {name: one}, {name: both}]\n"
        "  links: [{name: left, nodes: \"a one both\"}, {name: right, nodes: \"b one both\"}]\n"
        "  memberships:\n"
        "    - {nodes: one, group: 239.1.1.1}\n"
        "    - {nodes: both, group: 239.1.1.1, link: left}\n"
        "    - {nodes: both, group: 239.1.1.1, link: right}\n"
        "  traffic:\n"
        "    - {name: l, source: a, group: 239.1.1.1, ttl: 1, start: 50ms, period: 100ms}\n"
        "    - {name: r, source: b, group: 239.1.1.1, ttl: 1, start: 50ms, period: 100ms}\n");
    (void)state;
    got(l, "l", "one", 0, 300, 300);
    got(l, "r", "one", 0, 300, 0);
    got(l, "l", "both", 0, 300, 300);
    got(l, "r", "both", 0, 300, 300);
    log_free(l);
}

/* What is wanted below goes down the proxy, what is sent below goes up always. */
static void proxies(void **state)
{
    struct log *l = run_text(
        "run: {duration: 100s}\n"
        "ip:\n"
        "  nodes:\n"
        "    - {name: r, kind: router}\n"
        "    - {name: p, kind: proxy, upstream: wan}\n"
        "    - {name: s}\n"
        "    - {name: h, count: 2}\n"
        "  links:\n"
        "    - {name: lan, each: h, to: p}\n"
        "    - {name: wan, nodes: \"r p\", kind: point_to_point, rate: 10Mbps, delay: 5ms}\n"
        "    - {name: up, nodes: \"r s\"}\n"
        "  memberships:\n"
        "    - {nodes: h/0, group: 232.1.1.1, sources: s, join: 10s, leave: 50s}\n"
        "    - {nodes: s, group: ff15::9}\n"
        "  traffic:\n"
        "    - {name: down, source: s, group: 232.1.1.1, start: 50ms, period: 100ms}\n"
        "    - {name: up, source: h/1, group: ff15::9, start: 50ms, period: 100ms}\n");
    (void)state;
    got(l, "down", "h", 0, 400, 400);
    got(l, "up", "s", 0, 1000, 1000);
    /* 40 s, and 2 s after the leave, on the lan; 2 s more on the wan, whose router asks too. */
    assert_int_equal(packets_on(l, "lan", 0, IP_TRAFFIC_DATA), 400 + 20);
    assert_int_equal(packets_on(l, "lan", 1, IP_TRAFFIC_DATA), 1000);
    assert_int_equal(packets_on(l, "wan", 0, IP_TRAFFIC_DATA), 1000 + 400 + 40);
    /* The proxy tells of no link-local group: 2 queries at 0 and 31.25 s, nothing to answer. */
    assert_int_equal(packets_on(l, "wan", 0, IP_TRAFFIC_MLD), 2);
    log_free(l);
}

/* Topologies by rule: a tree of routers has one router between a source at its root's host and
 * hosts of the root only, so this pins counts of nodes, links and addresses. */
static void topologies_by_rule(void **state)
{
    struct log *l = run_text("run: {duration: 10s}\n"
                             "ip:\n"
                             "  topologies:\n"
                             "    - {name: t, topology: k_ary_tree, arity: 3, depth: 2}\n"
                             "    - {name: g, topology: grid, columns: 2, rows: 2, kind: "
                             "point_to_point}\n"
                             "    - {name: w, topology: waxman, count: 8}\n"
                             "    - {name: ba, topology: barabasi_albert, count: 8}\n");
    (void)state;
    /* Queries at 0 s of each interface: 2 a link of the tree (12), the grid (4), and so on. */
    assert_int_equal(packets_on(l, "t.links", 0, IP_TRAFFIC_MLD), 1 + 1);
    assert_int_equal(packets_on(l, "t.links", 11, IP_TRAFFIC_MLD), 1 + 1);
    assert_int_equal(packets_on(l, "t.links", 12, IP_TRAFFIC_MLD), 0);
    assert_int_equal(packets_on(l, "g.links", 3, IP_TRAFFIC_IGMP), 2);
    log_free(l);
}

/* Rate and delay of a link out of a file: 128 octets and 18 of Ethernet at 2 Mbit/s, 12 km at 5 us.
 * Where the file has no rate, that of the topology counts: 100 Mbit/s, 80 km. */
static void links_of_a_file(void **state)
{
    static const char yaml[] =
        "run: {duration: 20s}\n"
        "ip:\n"
        "  families: ipv4\n"
        "  topologies:\n"
        "    - {name: t, topology: graphml, file: " SOURCE_DIR "/scenarios/data/backbone.graphml,\n"
        "       nodes: host, node_name: label, edge_rate: LinkSpeedRaw, edge_delay: km,\n"
        "       edge_delay_unit: 5us}\n"
        "  memberships: [{nodes: t/%s, group: 239.1.1.1, join: 1s}]\n"
        "  traffic: [{name: f, source: t/South_Port, link: t.links/%d, group: 239.1.1.1, start: "
        "10s,\n"
        "             size: 100B, count: 1}]\n";
    char text[sizeof yaml + 40];
    (void)state;
    snprintf(text, sizeof text, yaml, "Island", 6);
    struct log *l = run_text(text);
    got(l, "f", "t", 5, 1, 1);
    assert_int_equal(l->last_received, SIM_S(10) + SIM_NS((128 + 18) * 4000) + SIM_US(60));
    log_free(l);
    snprintf(text, sizeof text, yaml, "Lake, link: t.links/5", 5);
    l = run_text(text);
    got(l, "f", "t", 2, 1, 1);
    assert_int_equal(l->last_received, SIM_S(10) + SIM_NS((128 + 18) * 80) + SIM_US(400));
    log_free(l);
}

static long resident_kb(void)
{
    long pages = 0, size = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &size, &pages), 2);
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE) / 1024;
}

/* Whole runs in one process: the first one's rows are those of a fresh process (it comes first
 * here), every later one's are the same, and memory stays. */
static void two_hundred_runs(void **state)
{
    static const char yaml[] =
        "run: {duration: 20s, seed: 5}\n"
        "ip:\n"
        "  nodes: [{name: r, kind: router}, {name: s}, {name: h, count: 6}, {name: sw, kind: "
        "snooping_switch}]\n"
        "  links:\n"
        "    - {name: up, nodes: \"s r\", kind: point_to_point, loss: 10%}\n"
        "    - {name: down, each: h, to: sw, loss: 5%}\n"
        "    - {name: trunk, nodes: \"r sw\"}\n"
        "    - {name: lan, nodes: \"h r\", rate: 1Mbps}\n"
        "  memberships: [{nodes: h, group: ff15::1, join: 1s, leave: 15s}]\n"
        "  traffic: [{name: t, source: s, group: ff15::1, period: 200ms, size: 200B}]\n";
    uint64_t first = 0;
    long at_20 = 0;
    (void)state;
    for (int run = 1; run <= 200; run++) {
        struct log *l = run_text(yaml);
        assert_true(l->n_stat == 6 && l->stat[0].n_received > 50);
        first = run == 1 ? l->hash : first;
        assert_true(l->hash == first);
        log_free(l);
        if (run == 20)
            at_20 = resident_kb();
    }
    print_message("resident: %ld kB at run 20, %ld kB at run 200\n", at_20, resident_kb());
#ifndef __SANITIZE_ADDRESS__
    assert_true(resident_kb() - at_20 < 1024);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hundred_runs), /* before the others */
        cmocka_unit_test(general_queries_of_an_hour),
        cmocka_unit_test(leave_latency),
        cmocka_unit_test(switches),
        cmocka_unit_test(no_role_forwards_nothing),
        cmocka_unit_test(losses_and_repetition),
        cmocka_unit_test(a_link_fails),
        cmocka_unit_test(joins_are_per_interface),
        cmocka_unit_test(proxies),
        cmocka_unit_test(topologies_by_rule),
        cmocka_unit_test(links_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
