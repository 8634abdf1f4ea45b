/* SPDX-License-Identifier: GPL-2.0-only
 * Pins whole runs of networks whose routers speak PIM, at both fidelities: shared trees, Registers,
 * the way to source trees, source-specific groups, the ways to an RP, and what ends at a router.
 * Rules that decide these are pinned in unit.pim_router. Skipped where the bridge was not built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/node.h"
#include "sim/entity.h"
#include "tests/support/ip_run.h"

/* state: the fidelity, which goes into section ip. */
static struct ip_run *run(void **state, const char *fmt, ...)
{
    char yaml[4000], whole[4100];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(yaml, sizeof yaml, fmt, ap);
    va_end(ap);
    const char *rest = strstr(yaml, "ip:\n") + 4;
    snprintf(whole, sizeof whole, "%.*s  fidelity: %s\n%s", (int)(rest - yaml), yaml,
             (const char *)*state, rest);
    if (!ip_run_possible(BUILD_DIR))
        skip();
    return ip_run_text(whole);
}

static void got(const struct ip_run *r, const char *flow, const char *group, uint32_t index,
                int64_t expected, int64_t received)
{
    const struct row_ip_flow_stat *s = ip_run_stat(r, flow, group, index);
    assert_non_null(s);
    assert_int_equal(s->n_expected, expected);
    assert_int_equal(s->n_received, received);
    assert_int_equal(s->n_duplicate, 0);
    assert_int_equal(s->n_unexpected, 0);
}

/* Messages of a kind that a router sent, and how many of them were refused by the codec. */
static int sent(const struct ip_run *r, const char *router, int kind)
{
    int n = 0;
    for (size_t i = 0; i < r->n_packet; i++) {
        const struct ip_run_packet *p = &r->packet[i];
        if (p->protocol != IP_PROTO_PIM)
            continue;
        assert_true(p->readable);
        n += p->node == entity_make(router, 0) && p->kind == kind;
    }
    return n;
}

/* What leaves an entry at a time: its outgoing interfaces; "-": there is none. */
static const char *out_of(const struct ip_run *r, double at_s, const char *router,
                          const char *source, const char *group)
{
    const struct ip_run_entry *e =
        ip_run_entry(r, (sim_time)(at_s * 1e9), router, 0, source, group);
    return e && e->iface != ROW_NULL ? e->out : "-";
}

static const char triangle[] =
    "run: {duration: 400s}\n"
    "ip:\n"
    "  families: %s\n"
    "  pim: {%s}\n"
    "  nodes:\n"
    "    - {name: dr, kind: router, multicast_routing: pim}\n"
    "    - {name: rp, kind: router, multicast_routing: pim}\n"
    "    - {name: last, kind: router, multicast_routing: pim}\n"
    "    - {name: source}\n"
    "    - {name: host}\n"
    "  links:\n"
    "    - {name: campus, nodes: \"source dr\"}\n"
    "    - {name: a, nodes: \"dr rp\", kind: point_to_point, delay: 1ms}\n"
    "    - {name: b, nodes: \"rp last\", kind: point_to_point, delay: 1ms%s}\n"
    "    - {name: c, nodes: \"dr last\", kind: point_to_point, delay: 1ms}\n"
    "    - {name: lan, nodes: \"last host\"}\n"
    "  addresses:\n"
    "    - {node: source, ipv4: 192.0.2.1, ipv6: \"2001:db8::1\"}\n"
    "    - {node: rp, ipv4: 192.0.2.9, ipv6: \"2001:db8:9::9\"}\n"
    "  memberships: [{nodes: host, group: \"%s\"%s, join: 10s, leave: 300s}]\n"
    "  traffic: [{name: t, source: source, group: \"%s\", start: 20500ms, size: %s}]\n";

static struct ip_run *run_triangle(void **state, bool v6, const char *pim, const char *b,
                                   const char *group, const char *sources, const char *size)
{
    return run(state, triangle, v6 ? "both" : "ipv4", pim, b, group, sources, group, size);
}

/* (*,G) from the RP to the member; Registers until the RP and the member's router have the source's
 * tree; then neither Registers nor the shared tree. Nothing is lost or comes twice on the way. */
static void to_the_source_tree(void **state)
{
    static const char *const groups[] = {"239.1.1.1", "ff15::1"};
    static const char *const sources[] = {"192.0.2.1", "2001:db8::1"};
    for (int f = 0; f < 2; f++) {
        const char *g = groups[f], *s = sources[f];
        struct ip_run *r = run_triangle(state, f, "rps: [{node: rp}]", "", g, "", "100B");
        assert_int_equal(r->n_warnings, 0);
        got(r, "t", "host", 0, 280, 280);
        assert_string_equal(out_of(r, 15, "rp", NULL, g), "2");
        assert_string_equal(out_of(r, 15, "last", NULL, g), "3");
        assert_string_equal(out_of(r, 15, "dr", NULL, g), "-");
        assert_string_equal(out_of(r, 100, "dr", s, g), "3");
        assert_string_equal(out_of(r, 100, "last", s, g), "3");
        assert_string_equal(out_of(r, 100, "rp", s, g), "-"); /* pruned off */
        assert_string_equal(out_of(r, 399, "last", NULL, g), "-");
        assert_string_equal(out_of(r, 399, "dr", s, g), "-"); /* no state without members */
        /* Datagrams at 20.5, 21.5 and 22.5 s, the last with a Register-Stop; then
         * Null-Registers, each with its answer. */
        int n = sent(r, "dr", PIM_REGISTER), stops = sent(r, "rp", PIM_REGISTER_STOP);
        assert_in_range(n - stops, 2, 2);
        assert_in_range(stops, 4, 16);
        assert_int_equal(ip_run_on_link(r, "a", 0, IP_TRAFFIC_DATA), 1);
        assert_int_equal(ip_run_on_link(r, "c", 0, IP_TRAFFIC_DATA), 281);
        ip_run_free(r);
    }
}

/* Without the switchover all data goes by the RP, in Registers for ever. */
static void never_off_the_shared_tree(void **state)
{
    struct ip_run *r = run_triangle(state, false,
                                    "rps: [{node: rp}], spt_switchover: never, "
                                    "rp_spt_switchover: never",
                                    "", "239.1.1.1", "", "100B");
    got(r, "t", "host", 0, 280, 280);
    assert_string_equal(out_of(r, 200, "rp", NULL, "239.1.1.1"), "2");
    assert_int_equal(sent(r, "rp", PIM_REGISTER_STOP), 0);
    assert_int_equal(sent(r, "dr", PIM_REGISTER), 380);
    assert_int_equal(ip_run_on_link(r, "c", 0, IP_TRAFFIC_DATA), 0);
    assert_int_equal(ip_run_on_link(r, "b", 0, IP_TRAFFIC_DATA), 282);
    ip_run_free(r);
}

/* 128 octets a second are 1024 bit/s: a threshold below leaves the shared tree, one above stays. */
static void above_a_rate(void **state)
{
    for (int above = 0; above < 2; above++) {
        char pim[200];
        snprintf(pim, sizeof pim,
                 "rps: [{node: rp}], spt_switchover: rate, rp_spt_switchover: never, "
                 "spt_threshold: %d",
                 above ? 1023 : 1024);
        strcat(pim, "bps");
        struct ip_run *r = run_triangle(state, false, pim, "", "239.1.1.1", "", "100B");
        got(r, "t", "host", 0, 280, 280);
        assert_string_equal(out_of(r, 200, "dr", "192.0.2.1", "239.1.1.1"), above ? "3" : "");
        ip_run_free(r);
    }
}

/* A source-specific group has a source tree at once, and neither RP nor Registers. */
static void source_specific(void **state)
{
    static const char *const groups[] = {"232.1.1.1", "ff35::1"};
    for (int f = 0; f < 2; f++) {
        struct ip_run *r = run_triangle(state, f, "", "", groups[f], ", sources: source", "100B");
        assert_int_equal(r->n_warnings, 0);
        got(r, "t", "host", 0, 280, 280);
        assert_int_equal(sent(r, "dr", PIM_REGISTER), 0);
        assert_string_equal(out_of(r, 15, "dr", f ? "2001:db8::1" : "192.0.2.1", groups[f]), "3");
        assert_int_equal(ip_run_on_link(r, "a", 0, IP_TRAFFIC_DATA), 0);
        ip_run_free(r);
    }
}

/* The RP in the group's address (RFC 3956): interface 9 of 2001:db8:9::/64. */
static void embedded_rp(void **state)
{
    struct ip_run *r = run_triangle(state, true, "", "", "ff75:940:2001:db8:9:0:0:1", "", "100B");
    assert_int_equal(r->n_warnings, 0);
    got(r, "t", "host", 0, 280, 280);
    assert_string_equal(out_of(r, 15, "rp", NULL, "ff75:940:2001:db8:9::1"), "2");
    ip_run_free(r);
}

/* Candidates: the bootstrap router with the higher priority, the RP with the lower one. */
static void elected_rp(void **state)
{
    struct ip_run *r = run_triangle(state, true,
                                    "candidate_bsrs: [{nodes: last, priority: 70}, {nodes: dr}], "
                                    "candidate_rps: [{nodes: \"dr last\"}, "
                                    "{nodes: rp, priority: 7, groups: \"239.0.0.0/8\"}]",
                                    "", "239.1.1.1", "", "100B");
    assert_int_equal(r->n_warnings, 0);
    got(r, "t", "host", 0, 280, 280);
    assert_string_equal(out_of(r, 20.4, "rp", NULL, "239.1.1.1"), "2");
    assert_in_range(sent(r, "rp", PIM_CANDIDATE_RP), 6, 9);
    assert_true(sent(r, "last", PIM_BOOTSTRAP) > sent(r, "dr", PIM_BOOTSTRAP));
    ip_run_free(r);
}

/* Without an RP a group stays on the source's link, and the run warns. */
static void no_rp(void **state)
{
    struct ip_run *r = run_triangle(state, false, "", "", "239.1.1.1", "", "100B");
    assert_int_equal(r->n_warnings, 1);
    assert_non_null(strstr(r->warning, "group 239.1.1.1 has no RP"));
    got(r, "t", "host", 0, 280, 0);
    assert_int_equal(ip_run_dropped(r, "dr", 0, "data", ip_drop_text(IP_DROP_NO_OUTPUT)), 380);
    ip_run_free(r);
}

/* What the RP takes out of Registers obeys thresholds and zones as what comes in itself. */
static void decapsulated_within_zones(void **state)
{
    static const char *const edges[] = {", ttl_threshold: 15", ", ttl_threshold: 14",
                                        ", boundary: admin_local", ", boundary: realm_local"};
    for (int i = 0; i < 4; i++) {
        struct ip_run *r = run_triangle(state, false,
                                        "rps: [{node: rp}], spt_switchover: never, "
                                        "rp_spt_switchover: never",
                                        edges[i], "239.1.1.1", "", "100B");
        got(r, "t", "host", 0, 280, i % 2 ? 280 : 0);
        assert_int_equal(ip_run_dropped(r, "rp", 0, "data",
                                        ip_drop_text(i < 2 ? IP_DROP_THRESHOLD : IP_DROP_ZONE)),
                         i % 2 ? 0 : 282);
        ip_run_free(r);
    }
}

/* 1452 octets and their headers fill the link: 28 more for a Register do not fit. */
static void too_big_for_a_register(void **state)
{
    for (int fits = 0; fits < 2; fits++) {
        struct ip_run *r = run_triangle(state, false, "rps: [{node: rp}]", "", "239.1.1.1", "",
                                        fits ? "1444B" : "1445B");
        got(r, "t", "host", 0, 280, fits ? 280 : 0);
        assert_int_equal(ip_run_dropped(r, "dr", 0, "data", ip_drop_text(IP_DROP_TOO_BIG)),
                         fits ? 0 : 380);
        ip_run_free(r);
    }
}

/* The link of the source's tree fails: data goes round by the RP when routes have followed. */
static void a_tree_moves(void **state)
{
    struct ip_run *r =
        run(state, "run: {duration: 100s}\n"
                   "ip:\n"
                   "  families: ipv4\n"
                   "  convergence: 2s\n"
                   "  nodes:\n"
                   "    - {name: r, kind: router, multicast_routing: pim, count: 3}\n"
                   "    - {name: source}\n"
                   "    - {name: host}\n"
                   "  links:\n"
                   "    - {name: campus, nodes: \"source r/0\"}\n"
                   "    - {name: a, nodes: \"r/0 r/1\", kind: point_to_point}\n"
                   "    - {name: b, nodes: \"r/1 r/2\", kind: point_to_point}\n"
                   "    - {name: c, nodes: \"r/0 r/2\", kind: point_to_point}\n"
                   "    - {name: lan, nodes: \"r/2 host\"}\n"
                   "  memberships: [{nodes: host, group: 232.1.1.1, sources: source}]\n"
                   "  traffic: [{name: t, source: source, group: 232.1.1.1, period: "
                   "100ms, start: 10050ms}]\n"
                   "  faults: [{link: c, from: 40s, to: 60s}]\n");
    /* Of 900 the 20 of the 2 s are lost. The way back loses none: the old one goes with the
     * Prune, when the new one stands. */
    got(r, "t", "host", 0, 900, 880);
    assert_int_equal(ip_run_on_link(r, "a", 0, IP_TRAFFIC_DATA), 200);
    ip_run_free(r);
}

/* sock_20: a router that routes unicast and has no multicast role forwards no group; with PIM it
 * does, and it takes part in nothing else. */
static void sock_20(void **state)
{
    static const char *const roles[] = {"none", "pim"};
    for (int i = 0; i < 2; i++) {
        struct ip_run *r = run(state,
                               "run: {duration: 30s}\n"
                               "ip:\n"
                               "  families: ipv4\n"
                               "  pim: {%s}\n"
                               "  nodes:\n"
                               "    - {name: r, kind: router, multicast_routing: %s}\n"
                               "    - {name: source}\n"
                               "    - {name: host}\n"
                               "  links:\n"
                               "    - {name: up, nodes: \"source r\"}\n"
                               "    - {name: down, nodes: \"r host\"}\n"
                               "  memberships: [{nodes: host, group: 239.1.1.1}]\n"
                               "  traffic: [{name: t, source: source, group: 239.1.1.1, start: "
                               "10s, period: 100ms}]\n",
                               i ? "rps: [{node: r}]" : "", roles[i]);
        got(r, "t", "host", 0, 200, i ? 200 : 0);
        ip_run_free(r);
    }
}

/* Routers are members themselves, on the link that the stream comes by or on another one, where
 * nobody else is: it comes to each once, at both fidelities. */
static void members_that_are_routers(void **state)
{
    struct ip_run *r = run(
        state, "run: {duration: 400s}\n"
               "ip:\n"
               "  nodes: [{name: s}, {name: h}]\n"
               "  topologies:\n"
               "    - {name: r, topology: line, count: 4, multicast_routing: pim, delay: 1ms}\n"
               "  links: [{name: in, nodes: \"s r/0\"}, {name: out, nodes: \"r/3 h\"}]\n"
               "  memberships:\n"
               "    - {nodes: r/1, group: \"ff35::1\", sources: s, join: 10s, leave: 300s}\n"
               "    - {nodes: r/3, link: out, group: \"ff35::1\", sources: s, join: 10s, leave: "
               "300s}\n"
               "    - {nodes: r/2, group: 232.1.1.1, sources: s, join: 10s, leave: 300s}\n"
               "  traffic:\n"
               "    - {name: six, source: s, group: \"ff35::1\", start: 20500ms}\n"
               "    - {name: four, source: s, group: 232.1.1.1, start: 20500ms}\n");
    got(r, "six", "r", 1, 280, 280);
    got(r, "six", "r", 3, 280, 280);
    got(r, "four", "r", 2, 280, 280);
    assert_int_equal(r->n_warnings, 0);
    /* Until the last listener queries are over, and the prune of a link of two routers. */
    assert_in_range(ip_run_on_link(r, "out", 0, IP_TRAFFIC_DATA), 280, 284);
    assert_in_range(ip_run_on_link(r, "r.links", 1, IP_TRAFFIC_DATA), 560, 568);
    assert_in_range(ip_run_on_link(r, "r.links", 2, IP_TRAFFIC_DATA), 280, 284);
    ip_run_free(r);
}

/* A link with a smaller MTU takes what fits; each copy that does not is counted where it would have
 * left. Senders are held to the MTU of their own link. */
static void a_narrow_link(void **state)
{
    struct ip_run *r =
        run(state,
            "run: {duration: 60s}\n"
            "ip:\n"
            "  nodes: [{name: r, kind: router}, {name: s}, {name: wide}, {name: narrow}]\n"
            "  links:\n"
            "    - {name: in, nodes: \"s r\"}\n"
            "    - {name: out, nodes: \"r wide\"}\n"
            "    - {name: dsl, nodes: \"r narrow\", mtu: 1400B}\n"
            "  memberships:\n"
            "    - {nodes: \"wide narrow\", group: \"ff15::1\", join: 1s}\n"
            "    - {nodes: \"narrow\", group: 239.1.1.1, join: 1s}\n"
            "  traffic:\n"
            "    - {name: fits, source: s, group: \"ff15::1\", start: 10s, size: 1352B, count: "
            "10}\n"
            "    - {name: large, source: s, group: \"ff15::1\", start: 10s, size: 1353B, count: "
            "7}\n"
            "    - {name: fits4, source: s, group: 239.1.1.1, start: 10s, size: 1372B, count: 10}\n"
            "    - {name: large4, source: s, group: 239.1.1.1, start: 10s, size: 1373B, count: "
            "5}\n");
    got(r, "fits", "wide", 0, 10, 10);
    got(r, "fits", "narrow", 0, 10, 10);
    got(r, "large", "wide", 0, 7, 7);
    got(r, "large", "narrow", 0, 7, 0);
    got(r, "fits4", "narrow", 0, 10, 10);
    got(r, "large4", "narrow", 0, 5, 0);
    assert_int_equal(ip_run_dropped(r, "r", 0, "data", ip_drop_text(IP_DROP_TOO_BIG)), 12);
    ip_run_free(r);
}

/* At packet fidelity and at tree fidelity. */
#define BOTH(test)                                                                                 \
    {#test " packet", test, NULL, NULL, "packet"},                                                 \
    {                                                                                              \
#test " tree", test, NULL, NULL, "tree"                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(to_the_source_tree),
        BOTH(never_off_the_shared_tree),
        BOTH(above_a_rate),
        BOTH(source_specific),
        BOTH(embedded_rp),
        BOTH(elected_rp),
        BOTH(no_rp),
        BOTH(decapsulated_within_zones),
        BOTH(too_big_for_a_register),
        BOTH(a_tree_moves),
        BOTH(sock_20),
        BOTH(members_that_are_routers),
        BOTH(a_narrow_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
