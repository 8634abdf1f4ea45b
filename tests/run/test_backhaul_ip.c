/* SPDX-License-Identifier: GPL-2.0-only
 * Pins gateways and servers on a network of IP nodes: what queues make late is refused by the
 * gateway and known to the server a way later, what links lose is lost with its reason, one
 * datagram to a multicast group takes the place of one for each gateway, at both fidelities and
 * with both families. Packet fidelity is skipped where the bridge was not built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/harness.h"

enum { N_GATEWAYS = 10 };

#define NODES                                                                                      \
    "nodes: [{name: core}, {name: r, kind: router, multicast_routing: members}, {name: site, "     \
    "count: 10}]"
#define ACCESS "{name: access, each: site, to: r, kind: point_to_point, rate: 10Mbps, delay: 5ms}"
/* The server's line: 20 kbit/s, so that a downlink takes about 0.1 s. */
#define SLOW                                                                                       \
    "links: [{name: line, nodes: \"core r\", kind: point_to_point, rate: 20kbps, delay: "          \
    "5ms}, " ACCESS "]"
#define FAST                                                                                       \
    "links: [{name: line, nodes: \"core r\", kind: point_to_point, rate: 10Mbps, delay: "          \
    "5ms}, " ACCESS "]"

static const char *const points = "{x: 0m, y: 0m}, {x: 1m, y: 0m}, {x: 2m, y: 0m}, {x: 3m, y: 0m}, "
                                  "{x: 4m, y: 0m}, {x: 5m, y: 0m}, {x: 6m, y: 0m}, {x: 7m, y: 0m}, "
                                  "{x: 8m, y: 0m}, {x: 9m, y: 0m}";

#define NETWORK                                                                                    \
    "net_id: \"000013\", backhaul: {transport: ip, server_node: core, stat_period: never, "        \
    "keepalive: 1min}"
#define GATEWAYS "count: 10, ip_node: site, backhaul_delay: 100ms"
#define GROUP(more)                                                                                \
    "{name: group, members: [{devices: dev}], gateways: all, schedule: simultaneous, data_rate: "  \
    "5, session: {start: 2min, timeout: 9}, traffic: {count: 20, period: 10s, size: 20B}, " more   \
    "}"

static bool has_bridge(void)
{
    return access(BUILD_DIR "/castbed-ns3.so", R_OK) == 0;
}

static int count(const struct run *r, const char *group, uint32_t index, int kind, bool received)
{
    for (int i = 0; i < r->n_backhaul; i++)
        if (r->backhaul[i].node == entity_make(group, index) && r->backhaul[i].kind == kind)
            return (int)(received ? r->backhaul[i].n_received : r->backhaul[i].n_sent);
    return 0;
}

/* Octets of IP on a link, of one kind. */
static int64_t octets(const struct run *r, const char *link, int kind)
{
    for (int i = 0; i < r->n_ip_link; i++)
        if (r->ip_link[i].link == entity_make(link, 0) && r->ip_link[i].kind == kind)
            return r->ip_link[i].n_bytes;
    return 0;
}

/* A burst of ten downlinks through the slow line: those that take longer than the half second by
 * which the server is ahead are too late, the others are sent together. */
static void test_burst(void **state)
{
    struct setup s = {.run = "duration: 10min",
                      .network = NETWORK,
                      .gateway = GATEWAYS,
                      .gateway_points = points,
                      .multicast = GROUP(""),
                      .ip = "families: ipv4, " NODES ", " SLOW};
    (void)state;
    if (!has_bridge())
        skip();
    struct run *r = run_setup(&s);
    int late = run_n_planned(r, DL_TOO_LATE), sent = run_n_planned(r, DL_SENT);
    assert_int_equal(late + sent, 20 * N_GATEWAYS);
    /* A PULL_RESP has 211 octets or so, 239 with headers, and 2 of PPP: 0.096 s; 0.5 s less the
     * queue's 32.5 ms and 10 ms for the way leave room for four. */
    assert_int_equal(sent, 20 * 4);
    for (uint32_t i = 0; i < N_GATEWAYS; i++) {
        assert_int_equal(run_n_tx(r, "gw", i), i < 4 ? 20 : 0);
        assert_int_equal(count(r, "gw", i, BACKHAUL_TX_ACK, true), 20);
    }
    run_free(r);
}

/* The same as one datagram: all in time, and an eighth of the octets. */
static void test_one_datagram(void **state)
{
    struct setup s = {.run = "duration: 10min",
                      .network = NETWORK,
                      .gateway = GATEWAYS,
                      .gateway_points = points,
                      .multicast = GROUP("backhaul: {downlink: multicast, group: 239.1.2.3}"),
                      .ip = "families: ipv4, " NODES ", " SLOW};
    (void)state;
    if (!has_bridge())
        skip();
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 20 * N_GATEWAYS);
    for (uint32_t i = 0; i < N_GATEWAYS; i++)
        for (int k = 0; k < 20; k++)
            assert_int_equal(run_tx(r, "gw", i, k)->start_ns, run_tx(r, "gw", 0, k)->start_ns);
    assert_int_equal(count(r, "net", 0, BACKHAUL_PULL_RESP, false), 20);
    assert_int_equal(octets(r, "line", IP_TRAFFIC_DATA) / 20,
                     octets(r, "access", IP_TRAFFIC_DATA) / 20);
    run_free(r);
}

static void check_equal(const struct run *a, const struct run *b)
{
    assert_int_equal(a->n_tx, b->n_tx);
    for (int i = 0; i < a->n_tx; i++)
        assert_int_equal(a->tx[i].start_ns, b->tx[i].start_ns);
}

/* At tree fidelity nothing queues; what is timed by GPS or counters is the same to the ns. IPv6,
 * and a source-specific group. */
static void test_fidelities(void **state)
{
    struct setup s = {.run = "duration: 10min",
                      .network = NETWORK,
                      .gateway = GATEWAYS,
                      .gateway_points = points,
                      .traffic = "kind: periodic, period: 1min, confirmed: 100%",
                      .multicast = GROUP("backhaul: {downlink: multicast, group: \"ff35::17\"}"),
                      .ip = "fidelity: tree, families: ipv6, " NODES ", " FAST};
    (void)state;
    struct run *tree = run_setup(&s);
    assert_int_equal(run_n_planned(tree, DL_SENT), 20 * N_GATEWAYS + 10);
    assert_int_equal(run_n_lost(tree, LOSS_BACKHAUL), 0);
    if (has_bridge()) {
        s.ip = "families: ipv6, " NODES ", " FAST;
        struct run *packet = run_setup(&s);
        check_equal(tree, packet);
        run_free(packet);
    }
    run_free(tree);
}

/* A gateway whose link loses everything: its uplinks are lost between it and the server, and count
 * so; downlinks never reach it, because the server does not know it. */
static void test_no_link(void **state)
{
    struct setup s = {.network = "backhaul: {transport: ip, server_node: core}",
                      .gateway = "ip_node: site",
                      .traffic = "kind: periodic, period: 1min, confirmed: 100%",
                      .ip = "fidelity: tree, nodes: [{name: core}, {name: site}], links: [{name: "
                            "line, nodes: \"core site\"}], faults: [{link: line, from: 30min}]"};
    (void)state;
    struct run *r = run_setup(&s);
    int n = run_n_tx(r, "dev", 0), lost = run_n_lost(r, LOSS_BACKHAUL);
    assert_int_equal(n, 60);
    assert_true(lost >= 29 && lost <= 31);
    assert_int_equal(run_n_planned(r, DL_SENT), n - lost);
    assert_int_equal(count(r, "gw", 0, BACKHAUL_PUSH_DATA, true),
                     count(r, "gw", 0, BACKHAUL_PUSH_ACK, true));
    run_free(r);
}

/* A downlink that gets lost on its way is given up, and sent again. */
static void test_lost_downlink(void **state)
{
    struct setup s = {.network = "backhaul: {transport: ip, server_node: core, answer_timeout: 2s}",
                      .gateway = "ip_node: site",
                      .device = "class: C, downlink: {kind: periodic, period: 1h, phase: 20min, "
                                "size: 10B}",
                      .traffic = "kind: periodic, period: 1h, phase: 1min",
                      .ip = "fidelity: tree, nodes: [{name: core}, {name: site}], links: [{name: "
                            "line, nodes: \"core site\"}], faults: [{link: line, from: 19min, to: "
                            "21min}]"};
    (void)state;
    struct run *r = run_setup(&s);
    int lost = run_n_planned(r, DL_BACKHAUL);
    assert_int_equal(run_n_planned(r, DL_SENT), 1);
    /* Each try: 1.02 s to its start, air time, 2 s for the answer, 1 s more. */
    const struct row_tx *tx = run_down(r, "dev", 0, 0);
    sim_time each = SIM_MS(1020) + tx->end_ns - tx->start_ns + SIM_S(3);
    assert_int_equal(lost, SIM_S(61) / each + 1); /* routes follow the link after 1 s */
    assert_true(tx->start_ns > SIM_S(1260));
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks, 1);
    run_free(r);
}

/* Several gateways on one host, and two networks that share the IP network: everybody gets what is
 * theirs. */
static void test_shared(void **state)
{
    struct setup s = {
        .network = NETWORK,
        .gateway = "count: 2, ip_node: site/0",
        .gateway_points = "{x: 0m, y: 0m}, {x: 0m, y: 10m}",
        .traffic = "kind: periodic, period: 5min, confirmed: 100%",
        .more_networks =
            "{name: other, net_id: \"000024\", backhaul: {transport: ip, server_node: core, port: "
            "1701}, gateways: [{name: mast, ip_node: site/0, placement: {kind: list, points: [{x: "
            "20m, y: 0m}]}}]}",
        .device = "network: net",
        .more_devices = "{name: more, network: other, placement: {kind: list, points: [{x: 50m, y: "
                        "0m}]}, traffic: {kind: periodic, period: 7min, confirmed: 100%}}",
        .multicast = "{name: group, network: net, members: [{devices: dev}], gateways: all, "
                     "data_rate: 5, session: {start: 2min, timeout: 9}, traffic: {count: 5}, "
                     "backhaul: {downlink: multicast, group: 239.1.2.3}}",
        .ip = "fidelity: tree, families: ipv4, " NODES ", " FAST};
    (void)state;
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_lost(r, LOSS_BACKHAUL), 0);
    assert_int_equal(count(r, "gw", 0, BACKHAUL_PULL_RESP, true) +
                         count(r, "gw", 1, BACKHAUL_PULL_RESP, true),
                     12 + 2 * 5);
    assert_int_equal(count(r, "mast", 0, BACKHAUL_PULL_RESP, true), run_n_tx(r, "more", 0));
    assert_int_equal(count(r, "mast", 0, BACKHAUL_PUSH_DATA, true),
                     count(r, "mast", 0, BACKHAUL_PUSH_ACK, true));
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst),         cmocka_unit_test(test_one_datagram),
        cmocka_unit_test(test_fidelities),    cmocka_unit_test(test_no_link),
        cmocka_unit_test(test_lost_downlink), cmocka_unit_test(test_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
