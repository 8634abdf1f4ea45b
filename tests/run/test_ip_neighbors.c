/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what ip.neighbor_discovery: resolve puts on links: a designated router asks for its RP when
 * it has a Register for it, the RP asks alone later, and the datagrams are those of a run in which
 * neighbours are known. Times and states are pinned in unit.ip_neighbor. Skipped where the bridge
 * was not built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/ip_run.h"

static struct ip_run *run(const char *discovery, const char *families, const char *group,
                          const char *core)
{
    static const char text[] =
        "run: {duration: 30s}\n"
        "ip:\n"
        "  neighbor_discovery: %s\n"
        "  families: %s\n"
        "  pim: {rps: [{node: rp}]}\n"
        "  nodes:\n"
        "    - {name: dr, kind: router, multicast_routing: pim}\n"
        "    - {name: rp, kind: router, multicast_routing: pim}\n"
        "    - {name: sw, kind: switch}\n"
        "    - {name: source}\n"
        "    - {name: host}\n"
        "  links:\n"
        "    - {name: core, %s}\n"
        "    - {name: campus, nodes: \"source dr\"}\n"
        "    - {name: lan, nodes: \"rp host\"}\n"
        "  memberships: [{nodes: host, group: \"%s\", join: 1s}]\n"
        "  traffic: [{name: t, source: source, group: \"%s\", start: 5s, period: 1s}]\n";
    char yaml[2000];
    snprintf(yaml, sizeof yaml, text, discovery, families, core, group, group);
    if (!ip_run_possible(BUILD_DIR))
        skip();
    return ip_run_text(yaml);
}

static void same_data(const struct ip_run *a, const struct ip_run *b)
{
    const struct row_ip_flow_stat *s = ip_run_stat(a, "t", "host", 0);
    const struct row_ip_flow_stat *k = ip_run_stat(b, "t", "host", 0);
    assert_int_equal(s->n_expected, 25);
    assert_int_equal(s->n_received, 25);
    assert_int_equal(k->n_received, 25);
    assert_int_equal(s->n_duplicate, k->n_duplicate);
}

/* A question to all at 5 s, and its answer; who has asked is known then, and is asked alone when
 * 5 s have gone since a Register-Stop was sent to it. */
static void asked(void **state)
{
    static const char *const families[] = {"ipv4", "ipv6"}, *const groups[] = {"239.1.1.1",
                                                                               "ff15::1"};
    static const int kinds[] = {IP_TRAFFIC_ARP, IP_TRAFFIC_ND};
    (void)state;
    for (int f = 0; f < 2; f++) {
        struct ip_run *r = run("resolve", families[f], groups[f], "nodes: \"dr rp\"");
        struct ip_run *known = run("known", families[f], groups[f], "nodes: \"dr rp\"");
        same_data(r, known);
        assert_int_equal(ip_run_on_link(r, "core", 0, kinds[f]), 4);
        assert_int_equal(ip_run_on_link(r, "core", 0, kinds[1 - f]), 0);
        assert_int_equal(ip_run_on_link(r, "campus", 0, kinds[f]), 0);
        assert_int_equal(ip_run_on_link(known, "core", 0, kinds[f]), 0);
        assert_int_equal(r->n_drop, known->n_drop);
        ip_run_free(r);
        ip_run_free(known);
    }
}

/* A switch passes questions to all its ports and answers to one. */
static void through_a_switch(void **state)
{
    struct ip_run *r = run("resolve", "ipv4", "239.1.1.1", "each: \"dr rp\", to: sw");
    (void)state;
    assert_int_equal(ip_run_stat(r, "t", "host", 0)->n_received, 25);
    assert_int_equal(ip_run_on_link(r, "core", 0, IP_TRAFFIC_ARP), 4);
    assert_int_equal(ip_run_on_link(r, "core", 1, IP_TRAFFIC_ARP), 4);
    ip_run_free(r);
}

/* No frame of a point-to-point link has an Ethernet address: nobody asks. */
static void not_on_point_to_point(void **state)
{
    struct ip_run *r =
        run("resolve", "ipv4", "239.1.1.1", "nodes: \"dr rp\", kind: point_to_point");
    (void)state;
    assert_int_equal(ip_run_stat(r, "t", "host", 0)->n_received, 25);
    assert_int_equal(ip_run_on_link(r, "core", 0, IP_TRAFFIC_ARP), 0);
    ip_run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked),
        cmocka_unit_test(through_a_switch),
        cmocka_unit_test(not_on_point_to_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
