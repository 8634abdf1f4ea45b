/* SPDX-License-Identifier: GPL-2.0-only
 * Pins in figures what the headers of the PIM scenarios say that they show.
 * scenarios/ip-link-failure has its own test: model.link_failure.
 * Skipped where the bridge was not built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/packet.h"
#include "sim/entity.h"
#include "tests/support/ip_run.h"

#define N(list) (sizeof(list) / sizeof *(list))

static struct ip_run *run(const char *path, const char *const *set, size_t n)
{
    if (!ip_run_possible(BUILD_DIR))
        skip();
    return ip_run_file(path, set, n);
}

static void got(const struct ip_run *r, const char *flow, const char *group, uint32_t index,
                int64_t expected, int64_t duplicates)
{
    const struct row_ip_flow_stat *s = ip_run_stat(r, flow, group, index);
    assert_non_null(s);
    assert_int_equal(s->n_expected, expected);
    assert_int_equal(s->n_received, expected);
    assert_int_equal(s->n_duplicate, duplicates);
}

/* PIM messages on a link of a kind. */
static size_t messages(const struct ip_run *r, const char *link, int kind)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_packet; i++)
        n += r->packet[i].protocol == IP_PROTO_PIM && r->packet[i].kind == kind &&
             r->packet[i].link == entity_make(link, 0);
    return n;
}

/* When a node last sent data on a link. */
static sim_time last_data(const struct ip_run *r, const char *link)
{
    sim_time t = -1;
    for (size_t i = 0; i < r->n_packet; i++)
        if (r->packet[i].protocol == IP_PROTO_UDP && r->packet[i].link == entity_make(link, 0))
            t = r->packet[i].at;
    return t;
}

/* The first Join/Prune of a router after a time, with Joins or with Prunes. */
static sim_time next_join_prune(const struct ip_run *r, const char *router, uint32_t index,
                                sim_time after, bool prune)
{
    for (size_t i = 0; i < r->n_packet; i++) {
        const struct ip_run_packet *p = &r->packet[i];
        if (p->protocol == IP_PROTO_PIM && p->kind == PIM_JOIN_PRUNE &&
            p->node == entity_make(router, index) && p->at > after &&
            (prune ? p->n_prunes : p->n_joins) > 0)
            return p->at;
    }
    return SIM_NEVER;
}

/* Of 60 commands of the switch those from 125 s on go over the backbone, and all over subnet 1; a
 * controller's scene begins on the backbone. Nothing enters the corridor. */
static void room_a(void **state)
{
    struct ip_run *r = run(SOURCE_DIR "/scenarios/ip-room-a.yaml", NULL, 0);
    (void)state;
    got(r, "lights-on", "light-1", 0, 60, 0);
    got(r, "lights-on", "light-2", 0, 56, 0);
    got(r, "lights-on", "light-3", 0, 40, 0);
    got(r, "scene", "light-1", 0, 30, 0);
    got(r, "scene", "light-2", 0, 28, 0);
    got(r, "scene", "light-3", 0, 20, 0);
    assert_int_equal(ip_run_on_link(r, "subnet-1", 0, IP_TRAFFIC_DATA), 60 + 30);
    assert_int_equal(ip_run_on_link(r, "backbone", 0, IP_TRAFFIC_DATA), 56 + 30);
    assert_int_equal(ip_run_on_link(r, "subnet-2", 0, IP_TRAFFIC_DATA), 56 + 28);
    assert_int_equal(ip_run_on_link(r, "subnet-3", 0, IP_TRAFFIC_DATA), 0);
    assert_int_equal(r->n_warnings, 0);
    ip_run_free(r);
}

/* The hops left on the member's LAN: first by the RP, then without it. */
static void check_ttls(const struct ip_run *r, unsigned by_rp, unsigned direct)
{
    unsigned n[2][256] = {0};
    uint8_t last = 0;
    for (size_t i = 0; i < r->n_packet; i++) {
        const struct ip_run_packet *p = &r->packet[i];
        if (p->protocol != IP_PROTO_UDP || p->link != entity_make("lan", 0))
            continue;
        n[p->family == IP_V6][p->ttl]++;
        last = p->ttl;
    }
    for (int f = 0; f < 2; f++) {
        assert_int_equal(n[f][13], by_rp);
        assert_int_equal(n[f][14], direct);
    }
    assert_int_equal(last, direct ? 14 : 13);
}

/* 14,000 datagrams of each family while the member is there, and 100 until its router has asked
 * whether anybody is left. Two come by the RP before the source's tree stands: 20 ms are one
 * datagram's period and the way of the Join and back. */
static void to_the_source_tree(void **state)
{
    struct ip_run *r = run(SOURCE_DIR "/scenarios/ip-pim-sm-spt.yaml", NULL, 0);
    (void)state;
    got(r, "stream-4", "member", 0, 14000, 0);
    got(r, "stream-6", "member", 0, 14000, 0);
    check_ttls(r, 2, 14098);
    const struct row_ip_flow_stat *s = ip_run_stat(r, "stream-4", "member", 0);
    assert_in_range(s->delay_min_ns, SIM_MS(10), SIM_US(10500));
    assert_in_range(s->delay_max_ns, SIM_MS(20), SIM_US(20500));
    assert_in_range(messages(r, "first-rp", PIM_REGISTER), 8, 60);
    assert_in_range(messages(r, "first-rp", PIM_REGISTER_STOP), 4, 60);
    ip_run_free(r);
}

static void never_off_the_shared_tree(void **state)
{
    static const char *const set[] = {
        "run.duration=61s", "ip.pim.spt_switchover=never", "ip.pim.rp_spt_switchover=never",
        "ip.traffic.stream-4.count=2000", "ip.traffic.stream-6.count=2000"};
    struct ip_run *r = run(SOURCE_DIR "/scenarios/ip-pim-sm-spt.yaml", set, N(set));
    (void)state;
    got(r, "stream-4", "member", 0, 2000, 0);
    check_ttls(r, 2000, 0);
    assert_int_equal(messages(r, "first-rp", PIM_REGISTER), 4000);
    assert_int_equal(messages(r, "first-rp", PIM_REGISTER_STOP), 0);
    assert_int_equal(ip_run_on_link(r, "first-last", 0, IP_TRAFFIC_DATA), 0);
    ip_run_free(r);
}

static void above_a_rate(void **state)
{
    static const char *const set[] = {"run.duration=1min", "ip.pim.spt_switchover=rate",
                                      "ip.pim.spt_threshold=1Mbps"};
    struct ip_run *r = run(SOURCE_DIR "/scenarios/ip-pim-sm-spt.yaml", set, N(set));
    (void)state;
    assert_int_equal(ip_run_on_link(r, "first-last", 0, IP_TRAFFIC_DATA), 0);
    ip_run_free(r);
    static const char *const low[] = {
        "run.duration=61s", "ip.pim.spt_switchover=rate", "ip.pim.spt_threshold=400kbps",
        "ip.traffic.stream-4.count=2000", "ip.traffic.stream-6.count=2000"};
    r = run(SOURCE_DIR "/scenarios/ip-pim-sm-spt.yaml", low, N(low));
    assert_true(ip_run_on_link(r, "first-last", 0, IP_TRAFFIC_DATA) > 3800);
    /* The one that comes to the RP in a Register and then, as the first, by itself. */
    got(r, "stream-4", "member", 0, 2000, 1);
    ip_run_free(r);
}

static void prune_and_override(void **state)
{
    struct ip_run *r = run(SOURCE_DIR "/scenarios/ip-pim-lan-override.yaml", NULL, 0);
    (void)state;
    got(r, "video", "member", 0, 10000, 0);
    got(r, "video", "member", 1, 18000, 0);
    sim_time prune = next_join_prune(r, "down", 0, SIM_S(120), true);
    sim_time override = next_join_prune(r, "down", 1, prune, false);
    assert_in_range(prune, SIM_S(122), SIM_MS(122001));
    assert_in_range(override, prune, prune + SIM_MS(2500) + SIM_MS(1));
    prune = next_join_prune(r, "down", 1, SIM_S(200), true);
    assert_in_range(prune, SIM_S(202), SIM_MS(202001));
    /* Every 10 ms one: the last is sent less than that before. */
    assert_in_range(last_data(r, "lan"), prune + SIM_MS(2990), prune + SIM_MS(3001));
    ip_run_free(r);
    static const char *const set[] = {"ip.pim.override_interval=500ms"};
    r = run(SOURCE_DIR "/scenarios/ip-pim-lan-override.yaml", set, N(set));
    got(r, "video", "member", 1, 18000, 0);
    prune = next_join_prune(r, "down", 1, SIM_S(200), true);
    assert_in_range(last_data(r, "lan"), prune + SIM_MS(990), prune + SIM_MS(1001));
    ip_run_free(r);
}

/* One datagram is on the LAN twice. Each of the two sends an Assert, and the winner answers the
 * loser's; it repeats its own before the loser's timer ends, every 177 s. */
static void one_assert(void **state)
{
    struct ip_run *r = run(SOURCE_DIR "/scenarios/ip-assert.yaml", NULL, 0);
    (void)state;
    got(r, "video", "member", 0, 5600, 1);
    got(r, "video", "behind", 0, 5600, 1);
    assert_int_equal(ip_run_on_link(r, "lan", 0, IP_TRAFFIC_DATA), 5601);
    assert_int_equal(ip_run_on_link(r, "root-far", 0, IP_TRAFFIC_DATA), 1);
    assert_int_equal(messages(r, "lan", PIM_ASSERT), 4);
    ip_run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_a),
        cmocka_unit_test(to_the_source_tree),
        cmocka_unit_test(never_off_the_shared_tree),
        cmocka_unit_test(above_a_rate),
        cmocka_unit_test(prune_and_override),
        cmocka_unit_test(one_assert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
