/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the times and counts that RFC 7761 and RFC 3376/3810 give whole networks, packet by packet
 * over links of ns-3: how long a group goes on after its last member has left, how many control
 * messages an interface sends in an hour, and that what is counted is what is encoded.
 * Skipped where the bridge was not built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/packet.h"
#include "sim/entity.h"
#include "tests/support/ip_run.h"

static struct ip_run *run(const char *fmt, ...)
{
    char yaml[4000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(yaml, sizeof yaml, fmt, ap);
    va_end(ap);
    if (!ip_run_possible(BUILD_DIR))
        skip();
    return ip_run_text(yaml);
}

static sim_time last_data(const struct ip_run *r, const char *link)
{
    sim_time t = -1;
    for (size_t i = 0; i < r->n_packet; i++)
        if (r->packet[i].protocol == IP_PROTO_UDP && r->packet[i].link == entity_make(link, 0))
            t = r->packet[i].at;
    return t;
}

/* A line of four routers from the source to the host; the links between them are LANs with one more
 * router, or point to point. */
static struct ip_run *run_line(const char *families, const char *group, const char *kind)
{
    bool lans = strcmp(kind, "csma") == 0;
    return run("run: {duration: 60s}\n"
               "ip:\n"
               "  families: %s\n"
               "  nodes:\n"
               "    - {name: r, kind: router, multicast_routing: pim, count: 4}\n"
               "    - {name: idle, kind: router, multicast_routing: pim, count: 3}\n"
               "    - {name: source}\n"
               "    - {name: host}\n"
               "  links:\n"
               "    - {name: campus, nodes: \"source r/0\"}\n"
               "    - {name: a, nodes: \"r/0 r/1%s\", kind: %s}\n"
               "    - {name: b, nodes: \"r/1 r/2%s\", kind: %s}\n"
               "    - {name: c, nodes: \"r/2 r/3%s\", kind: %s}\n"
               "    - {name: room, nodes: \"r/3 host\"}\n"
               "%s"
               "  memberships: [{nodes: host, group: \"%s\", sources: source, join: 10s, leave: "
               "40s}]\n"
               "  traffic: [{name: t, source: source, group: \"%s\", period: 1ms, size: 100B, "
               "start: 39s, count: 20000}]\n",
               families, lans ? " idle/0" : "", kind, lans ? " idle/1" : "", kind,
               lans ? " idle/2" : "", kind, lans ? "" : "    - {name: d, nodes: \"r/0 idle\"}\n",
               group, group);
}

/* From the socket's leaving: 2.00 s to the last datagram on the member's link. Upstream, each LAN
 * with several neighbours adds 3.00 s for an override, a point-to-point link nothing. Datagrams go
 * every millisecond, and links take less than one. */
static void from_leave_to_silence(void **state)
{
    static const char *const families[] = {"ipv4", "ipv6"};
    static const char *const groups[] = {"232.1.1.1", "ff35::1"};
    static const char *const links[] = {"room", "c", "b", "a"};
    static const char *const kinds[] = {"csma", "point_to_point"};
    (void)state;
    for (int f = 0; f < 2; f++)
        for (int k = 0; k < 2; k++) {
            struct ip_run *r = run_line(families[f], groups[f], kinds[k]);
            for (int i = 0; i < 4; i++) {
                sim_time until = SIM_S(42) + (k ? 0 : SIM_S(3 * i));
                assert_in_range(last_data(r, links[i]), until - SIM_MS(1), until + SIM_MS(1));
            }
            ip_run_free(r);
        }
}

/* Messages of a kind that an interface of a router sent in [600, 4200) s; octets. */
static size_t sent(const struct ip_run *r, const char *router, uint32_t index, const char *link,
                   int protocol, int kind)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_packet; i++) {
        const struct ip_run_packet *p = &r->packet[i];
        n += p->at >= SIM_S(600) && p->at < SIM_S(4200) && p->protocol == protocol &&
             p->kind == kind && p->node == entity_make(router, index) &&
             p->link == entity_make(link, 0);
    }
    return n;
}

/* An hour of a network at rest: 120 Hellos an interface and 60 Join/Prunes for each (S,G) and
 * point-to-point hop. Octets: those of each packet are what the encoder says beforehand, and the
 * sums are what the links have counted. */
static void an_hour_at_rest(void **state)
{
    struct ip_run *r = run("run: {duration: 4200s}\n"
                           "ip:\n"
                           "  nodes:\n"
                           "    - {name: r, kind: router, multicast_routing: pim, count: 3}\n"
                           "    - {name: source, count: 2}\n"
                           "    - {name: host}\n"
                           "  links:\n"
                           "    - {name: campus, nodes: \"source r/0\"}\n"
                           "    - {name: a, nodes: \"r/0 r/1\", kind: point_to_point}\n"
                           "    - {name: b, nodes: \"r/1 r/2\", kind: point_to_point}\n"
                           "    - {name: room, nodes: \"r/2 host\"}\n"
                           "  memberships:\n"
                           "    - {nodes: host, group: 232.1.1.1, sources: source, join: 10s}\n"
                           "    - {nodes: host, group: 232.1.1.2, sources: source/0, join: 11s}\n"
                           "    - {nodes: host, group: \"ff35::1\", sources: source, join: 12s}\n");
    static const char *const links[] = {"campus", "a", "b", "room"};
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(sent(r, "r", i, links[i], IP_PROTO_PIM, PIM_HELLO), 2 * 120);
        assert_int_equal(sent(r, "r", i, links[i + 1], IP_PROTO_PIM, PIM_HELLO), 2 * 120);
    }
    /* Both sources of a group share a message; its entries are two. */
    for (uint32_t i = 1; i < 3; i++)
        assert_int_equal(sent(r, "r", i, links[i], IP_PROTO_PIM, PIM_JOIN_PRUNE), 3 * 60);
    for (int l = 0; l < 4; l++) {
        size_t octets = 0, n = 0;
        for (size_t i = 0; i < r->n_packet; i++) {
            const struct ip_run_packet *p = &r->packet[i];
            if (p->protocol != IP_PROTO_PIM || p->link != entity_make(links[l], 0))
                continue;
            assert_true(p->readable);
            assert_int_equal(p->len, p->encoded);
            octets += p->len;
            n++;
        }
        assert_int_equal(ip_run_on_link(r, links[l], 0, IP_TRAFFIC_PIM), n);
        assert_int_equal(ip_run_octets_on_link(r, links[l], 0, IP_TRAFFIC_PIM), octets);
    }
    ip_run_free(r);
}

/* 30 general queries of a router in an hour, at 0 s, 31.25 s and then every 125 s; each host
 * answers each once (reports are all of version 3 or MLDv2), and reports its change twice. */
static void queries_of_a_pim_router(void **state)
{
    struct ip_run *r = run("run: {duration: 1h}\n"
                           "ip:\n"
                           "  membership_protocol: {solicited_node: false}\n"
                           "  nodes:\n"
                           "    - {name: r, kind: router, multicast_routing: pim}\n"
                           "    - {name: source}\n"
                           "    - {name: host, count: 3}\n"
                           "  links:\n"
                           "    - {name: campus, nodes: \"source r\"}\n"
                           "    - {name: room, nodes: \"r host\"}\n"
                           "  memberships:\n"
                           "    - {nodes: host, group: 232.1.1.1, sources: source, join: 20s}\n"
                           "    - {nodes: host, group: \"ff35::1\", sources: source, join: 20s}\n");
    (void)state;
    for (int f = 0; f < 2; f++) {
        unsigned n = 0, n_reports = 0;
        for (size_t i = 0; i < r->n_packet; i++) {
            const struct ip_run_packet *p = &r->packet[i];
            if (p->family != (f ? IP_V6 : IP_V4) || p->link != entity_make("room", 0))
                continue;
            n_reports += p->gmp == IP_RUN_REPORT;
            if (p->gmp != IP_RUN_GENERAL_QUERY)
                continue;
            assert_int_equal(p->at, n == 0 ? 0 : SIM_MS(31250) + SIM_S(125) * ((sim_time)n - 1));
            n++;
        }
        assert_int_equal(n, 30);
        assert_int_equal(n_reports, 3 * (2 + 29)); /* the query at 0 s finds no member */
    }
    ip_run_free(r);
}

/* Joins on a LAN with three routers downstream in an hour. */
static size_t joins_on_lan(int seed, const char *t_bit)
{
    size_t n = 0;
    struct ip_run *r = run("run: {duration: 4200s, seed: %d}\n"
                           "ip:\n"
                           "  families: ipv4\n"
                           "  pim: {t_bit: %s}\n"
                           "  nodes:\n"
                           "    - {name: up, kind: router, multicast_routing: pim}\n"
                           "    - {name: down, kind: router, multicast_routing: pim, count: 3}\n"
                           "    - {name: source}\n"
                           "    - {name: host, count: 3}\n"
                           "  links:\n"
                           "    - {name: campus, nodes: \"source up\"}\n"
                           "    - {name: lan, nodes: \"up down\"}\n"
                           "    - {name: room-0, nodes: \"down/0 host/0\"}\n"
                           "    - {name: room-1, nodes: \"down/1 host/1\"}\n"
                           "    - {name: room-2, nodes: \"down/2 host/2\"}\n"
                           "  memberships:\n"
                           "    - {nodes: host/0, group: 232.1.1.1, sources: source, join: 10s}\n"
                           "    - {nodes: host/1, group: 232.1.1.1, sources: source, join: 30s}\n"
                           "    - {nodes: host/2, group: 232.1.1.1, sources: source, join: 55s}\n",
                           seed, t_bit);
    for (uint32_t i = 0; i < 3; i++)
        n += sent(r, "down", i, "lan", IP_PROTO_PIM, PIM_JOIN_PRUNE);
    ip_run_free(r);
    return n;
}

/* Without suppression three routers send 60 Joins an hour each. With it a router that hears a Join
 * waits 1.1 to 1.4 periods from then on, so it is always the same one that sends, and its 60 are
 * all: the mean over seeds and its interval (of 95 %) are that. */
static void suppressed_joins(void **state)
{
    double sum = 0, square = 0;
    enum { SEEDS = 8 };
    (void)state;
    for (int seed = 1; seed <= SEEDS; seed++) {
        double n = (double)joins_on_lan(seed, "false");
        sum += n;
        square += n * n;
    }
    double mean = sum / SEEDS, variance = (square - sum * mean) / (SEEDS - 1);
    assert_true(mean >= 60 && mean <= 60.5);
    assert_true(variance < 0.5);
    assert_int_equal(joins_on_lan(1, "true"), 3 * 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_leave_to_silence),
        cmocka_unit_test(an_hour_at_rest),
        cmocka_unit_test(queries_of_a_pim_router),
        cmocka_unit_test(suppressed_joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
