/* SPDX-License-Identifier: GPL-2.0-only
 * Pins where frames leave hubs, plain and snooping switches: learning, router ports, the rules of
 * RFC 4541 one by one, aliases in tables of Ethernet addresses (32 to 1), absent queriers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/switch.h"
#include "sim/err.h"

enum { ROUTER = 0, A, B, C, N_PORTS };
enum { P_ROUTER = 1 << ROUTER, P_A = 1 << A, P_B = 1 << B, P_C = 1 << C, P_ALL = 15 };

struct rig {
    struct ip_switch s;
    sim_time now;
};

static void rig_init(struct rig *r, struct ip_switch_cfg cfg)
{
    *r = (struct rig){.now = SIM_S(1)};
    assert_int_equal(ip_switch_init(&r->s, &cfg), SIM_OK);
}

static void rig_snoop(struct rig *r)
{
    rig_init(r, ip_switch_cfg_default(IP_SWITCH_SNOOP, N_PORTS));
}

static struct ip_frame frame(unsigned port, const char *src, const char *dst)
{
    struct ip_frame f = {.port = port,
                         .src_mac = {2, 0, 0, 0, 0, (uint8_t)port},
                         .is_ip = true,
                         .src = ip_addr_of(src),
                         .dst = ip_addr_of(dst),
                         .reason = GMP_DROP_PROTOCOL};
    ip_group_mac(&f.dst, f.dst_mac);
    return f;
}

static ip_ports data(struct rig *r, unsigned port, const char *src, const char *dst)
{
    struct ip_frame f = frame(port, src, dst);
    return ip_switch_forward(&r->s, r->now, &f);
}

static ip_ports message(struct rig *r, unsigned port, const char *src, struct gmp_msg m)
{
    struct ip_addr from = ip_addr_of(src), to;
    m.family = from.family;
    to = gmp_destination(&m);
    char text[IP_TEXT_SIZE];
    struct ip_frame f = frame(port, src, ip_addr_print(&to, text));
    f.m = &m;
    f.reason = GMP_DROP_NONE;
    return ip_switch_forward(&r->s, r->now, &f);
}

static ip_ports query(struct rig *r, unsigned port, const char *src, const char *group)
{
    return message(r, port, src,
                   (struct gmp_msg){.kind = GMP_QUERY,
                                    .version = GMP_V3,
                                    .max_resp = SIM_S(1),
                                    .group = ip_addr_of(group)});
}

static ip_ports report(struct rig *r, unsigned port, enum gmp_record_type type, const char *group,
                       const char *source)
{
    struct ip_addr a = ip_addr_of(source ? source : "10.9.0.1");
    struct gmp_record rec = {.type = (uint8_t)type,
                             .group = ip_addr_of(group),
                             .sources = &a,
                             .n_sources = source != NULL};
    return message(
        r, port, rec.group.family == IP_V4 ? "10.0.0.5" : "fe80::5",
        (struct gmp_msg){.kind = GMP_REPORT, .version = GMP_V3, .records = &rec, .n_records = 1});
}

static void test_hub(void **state)
{
    (void)state;
    struct rig r;
    rig_init(&r, ip_switch_cfg_default(IP_SWITCH_HUB, N_PORTS));
    struct ip_frame f = {.port = A, .src_mac = {2, 1}, .dst_mac = {2, 2}};
    assert_int_equal(ip_switch_forward(&r.s, r.now, &f), P_ALL & ~P_A);
    f = (struct ip_frame){.port = B, .src_mac = {2, 2}, .dst_mac = {2, 1}};
    assert_int_equal(ip_switch_forward(&r.s, r.now, &f), P_ALL & ~P_B); /* it learns nothing */
    report(&r, A, GMP_IS_EX, "239.1.1.1", NULL);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), P_ALL & ~P_ROUTER);
    ip_switch_fini(&r.s);
}

/* Stations are learnt and forgotten after 300 s; groups go everywhere, broadcasts too. */
static void test_plain(void **state)
{
    (void)state;
    struct rig r;
    rig_init(&r, ip_switch_cfg_default(IP_SWITCH_PLAIN, N_PORTS));
    struct ip_frame a = {.port = A, .src_mac = {2, 1}, .dst_mac = {2, 2}};
    struct ip_frame b = {.port = B, .src_mac = {2, 2}, .dst_mac = {2, 1}};
    struct ip_frame same = {.port = A, .src_mac = {2, 3}, .dst_mac = {2, 1}};
    struct ip_frame all = {
        .port = A, .src_mac = {0x33, 1}, .dst_mac = {255, 255, 255, 255, 255, 255}};
    assert_int_equal(ip_switch_forward(&r.s, r.now, &a), P_ALL & ~P_A);
    assert_int_equal(ip_switch_forward(&r.s, r.now, &b), P_A);
    assert_int_equal(ip_switch_forward(&r.s, r.now, &a), P_B);
    assert_int_equal(ip_switch_forward(&r.s, r.now, &same), 0);
    assert_int_equal(ip_switch_forward(&r.s, r.now, &all), P_ALL & ~P_A);
    assert_int_equal(r.s.n_stations, 3); /* a group is no station */
    report(&r, A, GMP_IS_EX, "239.1.1.1", NULL);
    assert_int_equal(data(&r, B, "10.9.0.1", "239.1.1.1"), P_ALL & ~P_B);
    r.now += SIM_S(300);
    assert_int_equal(ip_switch_forward(&r.s, r.now, &a), P_ALL & ~P_A);
    assert_int_equal(ip_switch_forward(&r.s, r.now, &b), P_A);
    b.port = C; /* it has moved */
    ip_switch_forward(&r.s, r.now, &b);
    assert_int_equal(ip_switch_forward(&r.s, r.now, &a), P_C);
    assert_int_equal(ip_switch_port_down(&r.s, r.now, C), 0);
    assert_int_equal(ip_switch_forward(&r.s, r.now, &a), P_ALL & ~P_A);
    ip_switch_fini(&r.s);
}

/* Rule 1: reports reach routers only. Rule 2: who is one, and for how long. */
static void test_router_ports(void **state)
{
    (void)state;
    struct rig r;
    rig_snoop(&r);
    assert_int_equal(report(&r, A, GMP_IS_EX, "239.1.1.1", NULL), 0);
    assert_int_equal(query(&r, ROUTER, "0.0.0.0", "0.0.0.0"), P_ALL & ~P_ROUTER);
    assert_int_equal(ip_switch_routers(&r.s, r.now), 0); /* a spoofed query */
    assert_int_equal(query(&r, ROUTER, "10.0.0.1", "0.0.0.0"), P_ALL & ~P_ROUTER);
    assert_int_equal(ip_switch_routers(&r.s, r.now), P_ROUTER);
    assert_int_equal(report(&r, A, GMP_IS_EX, "239.1.1.1", NULL), P_ROUTER);
    struct ip_frame hello = frame(C, "10.0.0.2", "224.0.0.13");
    hello.router_hello = true;
    ip_switch_forward(&r.s, r.now, &hello);
    assert_int_equal(report(&r, A, GMP_IS_EX, "239.1.1.1", NULL), P_ROUTER | P_C);
    assert_int_equal(report(&r, C, GMP_IS_EX, "239.1.1.1", NULL), P_ROUTER);
    assert_int_equal(ip_switch_routers(&r.s, r.now + SIM_S(255) - 1), P_ROUTER | P_C);
    assert_int_equal(ip_switch_routers(&r.s, r.now + SIM_S(255)), 0);
    ip_switch_fini(&r.s);
    struct ip_switch_cfg cfg = ip_switch_cfg_default(IP_SWITCH_SNOOP, N_PORTS);
    cfg.router_ports = P_B | 1u << 20;
    rig_init(&r, cfg);
    assert_int_equal(report(&r, A, GMP_IS_EX, "239.1.1.1", NULL), P_B);
    ip_switch_fini(&r.s);
}

/* Rule 3: what is unknown goes everywhere. Rule 8: a wrong checksum goes nowhere and teaches
 * nothing. */
static void test_faulty(void **state)
{
    (void)state;
    struct rig r;
    rig_snoop(&r);
    query(&r, ROUTER, "10.0.0.1", "0.0.0.0");
    struct gmp_record rec = {.type = GMP_IS_EX, .group = ip_addr_of("239.1.1.1")};
    const struct gmp_msg m = {
        .kind = GMP_REPORT, .family = IP_V4, .version = GMP_V3, .records = &rec, .n_records = 1};
    struct ip_frame f = frame(A, "10.0.0.5", "224.0.0.22");
    f.m = &m;
    f.reason = GMP_DROP_CHECKSUM;
    assert_int_equal(ip_switch_forward(&r.s, r.now, &f), 0);
    assert_int_equal(r.s.v4.n_entries, 0);
    f.reason = GMP_DROP_TYPE;
    assert_int_equal(ip_switch_forward(&r.s, r.now, &f), P_ALL & ~P_A);
    assert_int_equal(r.s.v4.n_entries, 0);
    ip_switch_fini(&r.s);
}

/* Rule 4: link-local groups of IPv4 and all nodes of IPv6 always, other ff02::/16 by the table. */
static void test_link_local(void **state)
{
    (void)state;
    struct rig r;
    rig_snoop(&r);
    query(&r, ROUTER, "10.0.0.1", "0.0.0.0");
    assert_int_equal(data(&r, A, "10.0.0.5", "224.0.0.251"), P_ALL & ~P_A);
    assert_int_equal(data(&r, A, "10.0.0.5", "224.0.1.251"), P_ROUTER);
    assert_int_equal(data(&r, A, "fe80::5", "ff02::1"), P_ALL & ~P_A);
    assert_int_equal(data(&r, A, "fe80::5", "ff02::1:ff00:7"), P_ROUTER);
    report(&r, B, GMP_IS_EX, "ff02::1:ff00:7", NULL);
    assert_int_equal(data(&r, A, "fe80::5", "ff02::1:ff00:7"), P_ROUTER | P_B);
    struct ip_frame arp = {.port = A, .src_mac = {2, 1}, .dst_mac = {255, 255, 255, 255, 255, 255}};
    assert_int_equal(ip_switch_forward(&r.s, r.now, &arp), P_ALL & ~P_A);
    ip_switch_fini(&r.s);
}

/* Rules 5 and 6: members and routers; groups that nobody reports. */
static void test_data(void **state)
{
    (void)state;
    struct rig r;
    rig_snoop(&r);
    query(&r, ROUTER, "10.0.0.1", "0.0.0.0");
    assert_int_equal(data(&r, A, "10.9.0.1", "239.1.1.1"), P_ROUTER);
    report(&r, B, GMP_TO_EX, "239.1.1.1", NULL);
    assert_int_equal(data(&r, A, "10.9.0.1", "239.1.1.1"), P_ROUTER | P_B);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), P_B);
    assert_int_equal(data(&r, B, "10.9.0.1", "239.1.1.1"), P_ROUTER);
    r.s.cfg.flood_ports = P_C;
    assert_int_equal(data(&r, A, "10.9.0.1", "239.1.1.2"), P_ROUTER | P_C);
    r.s.cfg.flood_unknown = true;
    assert_int_equal(data(&r, A, "10.9.0.1", "239.1.1.2"), P_ALL & ~P_A);
    assert_int_equal(data(&r, A, "10.9.0.1", "239.1.1.1"), P_ROUTER | P_B);
    ip_switch_fini(&r.s);
}

/* Rule 12: what any host on the port wants. */
static void test_sources(void **state)
{
    (void)state;
    struct rig r;
    rig_snoop(&r);
    query(&r, ROUTER, "10.0.0.1", "0.0.0.0");
    report(&r, A, GMP_ALLOW, "232.1.1.1", "10.9.0.1");
    report(&r, B, GMP_ALLOW, "232.1.1.1", "10.9.0.2");
    report(&r, B, GMP_ALLOW, "232.1.1.1", "10.9.0.1");
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "232.1.1.1"), P_A | P_B);
    assert_int_equal(data(&r, ROUTER, "10.9.0.2", "232.1.1.1"), P_B);
    assert_int_equal(data(&r, ROUTER, "10.9.0.3", "232.1.1.1"), 0);
    report(&r, A, GMP_IS_EX, "239.1.1.1", "10.9.0.1");
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), 0);
    report(&r, A, GMP_IS_IN, "239.1.1.1", "10.9.0.1"); /* another host there */
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), P_A);
    assert_int_equal(data(&r, ROUTER, "10.9.0.2", "239.1.1.1"), P_A);
    ip_switch_fini(&r.s);
}

/* Rule 7: 224.1.1.1, 225.1.1.1 and 239.129.1.1 are one Ethernet address. */
static void test_aliases(void **state)
{
    (void)state;
    struct ip_switch_cfg cfg = ip_switch_cfg_default(IP_SWITCH_SNOOP, N_PORTS);
    for (int by_mac = 0; by_mac < 2; by_mac++) {
        struct rig r;
        cfg.by_mac = by_mac;
        rig_init(&r, cfg);
        query(&r, ROUTER, "10.0.0.1", "0.0.0.0");
        report(&r, A, GMP_TO_EX, "224.1.1.1", NULL);
        report(&r, B, GMP_ALLOW, "239.129.1.1", "10.9.0.1");
        ip_ports both = by_mac ? P_A | P_B : 0;
        assert_int_equal(data(&r, ROUTER, "10.9.0.1", "224.1.1.1"), P_A | both);
        assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.129.1.1"), P_B | both);
        assert_int_equal(data(&r, ROUTER, "10.9.0.2", "239.129.1.1"), both); /* no sources either */
        assert_int_equal(data(&r, ROUTER, "10.9.0.1", "225.1.1.1"), both);
        assert_int_equal(data(&r, ROUTER, "10.9.0.1", "224.1.1.2"), 0);
        r.now += SIM_S(260);
        assert_int_equal(data(&r, C, "10.9.0.1", "224.1.1.1"), 0);
        ip_switch_fini(&r.s);
    }
}

/* Rule 9: without answers entries go after 260 s. A leave alone changes nothing: the querier's
 * question does, after 2 s. */
static void test_ages(void **state)
{
    (void)state;
    struct rig r;
    rig_snoop(&r);
    query(&r, ROUTER, "10.0.0.1", "0.0.0.0");
    report(&r, A, GMP_TO_EX, "239.1.1.1", NULL);
    report(&r, B, GMP_TO_EX, "239.1.1.1", NULL);
    sim_time joined = r.now;
    report(&r, A, GMP_TO_IN, "239.1.1.1", NULL);
    r.now += SIM_S(100);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), P_A | P_B);
    assert_int_equal(query(&r, ROUTER, "10.0.0.1", "239.1.1.1"), P_ALL & ~P_ROUTER);
    r.now += SIM_S(1);
    report(&r, B, GMP_IS_EX, "239.1.1.1", NULL); /* B answers */
    assert_int_equal(ip_snoop_next(&r.s.v4), joined + SIM_S(102));
    r.now += SIM_S(1) - 1;
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), P_A | P_B);
    r.now += 1;
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), P_B);
    ip_snoop_wake(&r.s.v4, r.now);
    assert_int_equal(r.s.v4.n_entries, 1);
    r.now = joined + SIM_S(101 + 260);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), 0);
    ip_snoop_wake(&r.s.v4, r.now);
    assert_int_equal(r.s.v4.n_entries, 0);
    assert_int_equal(ip_snoop_next(&r.s.v4), SIM_NEVER);
    ip_switch_fini(&r.s);
}

static void test_specific_queries(void **state)
{
    (void)state;
    struct rig r;
    rig_snoop(&r);
    struct ip_addr sources[] = {ip_addr_of("10.9.0.1")};
    report(&r, A, GMP_ALLOW, "232.1.1.1", "10.9.0.1");
    report(&r, A, GMP_ALLOW, "232.1.1.1", "10.9.0.2");
    struct gmp_msg m = {.kind = GMP_QUERY,
                        .version = GMP_V3,
                        .s_flag = true,
                        .group = ip_addr_of("232.1.1.1"),
                        .sources = sources,
                        .n_sources = 1};
    message(&r, ROUTER, "10.0.0.1", m);
    r.now += SIM_S(2);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "232.1.1.1"), P_A);
    m.s_flag = false;
    message(&r, ROUTER, "10.0.0.1", m);
    r.now += SIM_S(2);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "232.1.1.1"), 0);
    assert_int_equal(data(&r, ROUTER, "10.9.0.2", "232.1.1.1"), P_A);
    ip_switch_fini(&r.s);
}

/* Older versions, reports from hosts without an address (rule 10), fast leave. */
static void test_older(void **state)
{
    (void)state;
    struct rig r;
    rig_snoop(&r);
    const struct gmp_msg v2 = {
        .kind = GMP_REPORT, .version = GMP_V2, .group = ip_addr_of("239.1.1.1")};
    const struct gmp_msg leave = {
        .kind = GMP_LEAVE, .version = GMP_V2, .group = ip_addr_of("239.1.1.1")};
    query(&r, ROUTER, "10.0.0.1", "0.0.0.0");
    assert_int_equal(message(&r, A, "0.0.0.0", v2), P_ROUTER);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), P_A);
    assert_int_equal(message(&r, A, "0.0.0.0", leave), P_ROUTER);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), P_A);
    r.s.cfg.v4.fast_leave = true;
    message(&r, A, "10.0.0.5", leave);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), 0);
    report(&r, A, GMP_ALLOW, "232.1.1.1", "10.9.0.1");
    report(&r, A, GMP_ALLOW, "232.1.1.1", "10.9.0.2");
    report(&r, A, GMP_BLOCK, "232.1.1.1", "10.9.0.2");
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "232.1.1.1"), P_A);
    assert_int_equal(data(&r, ROUTER, "10.9.0.2", "232.1.1.1"), 0);
    report(&r, A, GMP_TO_IN, "232.1.1.1", NULL);
    assert_int_equal(r.s.v4.n_entries, 0);
    ip_switch_fini(&r.s);
}

/* Nobody asks: entries age out and traffic stops, or the switch gives up and floods. */
static void test_no_querier(void **state)
{
    (void)state;
    for (int flood = 0; flood < 2; flood++) {
        struct ip_switch_cfg cfg = ip_switch_cfg_default(IP_SWITCH_SNOOP, N_PORTS);
        struct rig r;
        cfg.flood_without_querier = flood;
        rig_init(&r, cfg);
        assert_int_equal(data(&r, A, "10.9.0.1", "239.1.1.1"), flood ? P_ALL & ~P_A : 0);
        query(&r, ROUTER, "10.0.0.1", "0.0.0.0");
        report(&r, B, GMP_TO_EX, "239.1.1.1", NULL);
        assert_int_equal(data(&r, A, "10.9.0.1", "239.1.1.1"), P_ROUTER | P_B);
        assert_int_equal(data(&r, A, "2001:db8::1", "ff15::1"), flood ? P_ALL & ~P_A : P_ROUTER);
        r.now += SIM_S(255);
        assert_int_equal(data(&r, A, "10.9.0.1", "239.1.1.1"), flood ? P_ALL & ~P_A : P_B);
        r.now += SIM_S(5);
        assert_int_equal(data(&r, A, "10.9.0.1", "239.1.1.1"), flood ? P_ALL & ~P_A : 0);
        ip_switch_fini(&r.s);
    }
}

/* Rule 11: a lost link; hosts may come back elsewhere, so they are asked. */
static void test_port_down(void **state)
{
    (void)state;
    struct rig r;
    rig_snoop(&r);
    query(&r, ROUTER, "10.0.0.1", "0.0.0.0");
    report(&r, A, GMP_TO_EX, "239.1.1.1", NULL);
    report(&r, B, GMP_TO_EX, "239.1.1.1", NULL);
    assert_int_equal(ip_switch_port_down(&r.s, r.now, A), P_B | P_C);
    assert_int_equal(data(&r, ROUTER, "10.9.0.1", "239.1.1.1"), P_B);
    assert_int_equal(ip_switch_port_down(&r.s, r.now, ROUTER), P_A | P_B | P_C);
    ip_switch_fini(&r.s);
}

static void test_ports(void **state)
{
    (void)state;
    struct ip_switch_cfg cfg = ip_switch_cfg_default(IP_SWITCH_SNOOP, 64);
    struct rig r;
    rig_init(&r, cfg);
    assert_int_equal(data(&r, 63, "10.0.0.5", "224.0.0.5"), UINT64_MAX >> 1);
    report(&r, 63, GMP_TO_EX, "239.1.1.1", NULL);
    assert_int_equal(data(&r, 0, "10.0.0.5", "239.1.1.1"), (ip_ports)1 << 63);
    ip_switch_fini(&r.s);
    cfg.n_ports = 65;
    assert_int_equal(ip_switch_init(&r.s, &cfg), SIM_ERANGE);
    cfg.n_ports = 0;
    assert_int_equal(ip_switch_init(&r.s, &cfg), SIM_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hub),          cmocka_unit_test(test_plain),
        cmocka_unit_test(test_router_ports), cmocka_unit_test(test_faulty),
        cmocka_unit_test(test_link_local),   cmocka_unit_test(test_data),
        cmocka_unit_test(test_sources),      cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_ages),         cmocka_unit_test(test_specific_queries),
        cmocka_unit_test(test_older),        cmocka_unit_test(test_no_querier),
        cmocka_unit_test(test_port_down),    cmocka_unit_test(test_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
