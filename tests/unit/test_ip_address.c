/* SPDX-License-Identifier: GPL-2.0-only
 * Pins addresses against the vectors of Ethernet addresses and at the edges of the ranges; which
 * sources and groups are good for what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/address.h"
#include "sim/err.h"
#include "tests/vectors.h"

static void test_mac_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("ip_macs.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        struct ip_addr a = ip_addr_of(vec_text(c, "input"));
        uint8_t mac[6];
        char text[IP_MAC_TEXT_SIZE];
        ip_group_mac(&a, mac);
        assert_string_equal(ip_mac_print(mac, text), vec_text(c, "expect"));
    }
    assert_int_equal(i, 9);
    json_decref(root);
}

/* All 32 aliases, each once, have the same Ethernet address; 224.1.1.1 is one of 239.129.1.1. */
static void test_aliases(void **state)
{
    (void)state;
    struct ip_addr g = ip_addr_of("239.129.1.1"), one = ip_addr_of("224.1.1.1"), before = {0};
    uint8_t want[6], mac[6];
    ip_group_mac(&g, want);
    int n_self = 0;
    for (unsigned i = 0; i < IP_MAC_ALIASES_V4; i++) {
        struct ip_addr a = ip_group_alias(&g, i);
        ip_group_mac(&a, mac);
        assert_memory_equal(mac, want, 6);
        assert_true(ip_addr_cmp(&before, &a) < 0);
        assert_true(ip_addr_is_multicast(&a));
        n_self += ip_addr_equal(&a, &g);
        before = a;
    }
    assert_int_equal(n_self, 1);
    struct ip_addr first = ip_group_alias(&g, 0);
    assert_true(ip_addr_equal(&first, &one));
}

static void test_text(void **state)
{
    (void)state;
    static const char *const good[] = {"0.0.0.0", "255.255.255.255",   "::",  "::1", "ff02::16",
                                       "fe80::1", "2001:db8:0:1::a:b", "1::8"};
    static const char *const bad[] = {"",          "1.2.3",      "1.2.3.4.5", "256.1.1.1",
                                      "01.2.3.4x", ":::",        "ff05:::fd", "fe80::1%e0",
                                      "1::2::3",   "10.0.0.0/8", " 1.2.3.4",  "2001:db8::g"};
    char text[IP_TEXT_SIZE];
    struct ip_addr a;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(ip_addr_parse(good[i], &a), SIM_OK);
        assert_string_equal(ip_addr_print(&a, text), good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ip_addr_parse(bad[i], &a), SIM_ESYNTAX);
        assert_int_equal(a.family, IP_NONE);
    }
    assert_string_equal(ip_addr_print(&a, text), "none");
    a = ip_addr_v4(0xc0000201);
    assert_string_equal(ip_addr_print(&a, text), "192.0.2.1");
}

static void test_order(void **state)
{
    (void)state;
    static const char *const sorted[] = {"0.0.0.0",   "9.255.0.0", "10.0.0.1", "10.0.1.0",
                                         "224.0.0.1", "::",        "fe80::1",  "fe80::2"};
    for (size_t i = 0; i < sizeof sorted / sizeof *sorted; i++)
        for (size_t k = 0; k < sizeof sorted / sizeof *sorted; k++) {
            struct ip_addr a = ip_addr_of(sorted[i]), b = ip_addr_of(sorted[k]);
            assert_int_equal(ip_addr_cmp(&a, &b) < 0, i < k);
            assert_int_equal(ip_addr_equal(&a, &b), i == k);
        }
}

static void test_sources(void **state)
{
    (void)state;
    static const char *const good[] = {"10.0.0.1",        "1.0.0.0", "169.254.0.1",
                                       "223.255.255.255", "fe80::1", "2001:db8::1"};
    static const char *const bad[] = {
        "224.0.0.1", "239.255.255.255", "240.0.0.0", "255.255.255.255",
        "0.0.0.0",   "0.0.0.7",         "127.0.0.1", "::",
        "::1",       "ff02::1",         "ff0e::1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct ip_addr a = ip_addr_of(good[i]);
        assert_true(ip_addr_is_source(&a));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ip_addr a = ip_addr_of(bad[i]);
        if (ip_addr_is_source(&a))
            fail_msg("%s is a source", bad[i]);
    }
}

static const struct {
    const char *group;
    enum ip_scope scope;
    bool ssm, reported, routed, valid;
} groups[] = {
    {"224.0.0.0", 2, false, true, false, true},
    {"224.0.0.1", 2, false, false, false, true},
    {"224.0.0.255", 2, false, true, false, true},
    {"224.0.1.0", 14, false, true, true, true},
    {"231.255.255.255", 14, false, true, true, true},
    {"232.0.0.0", 14, true, true, true, true},
    {"232.255.255.255", 14, true, true, true, true},
    {"233.0.0.0", 14, false, true, true, true},
    {"239.0.0.0", 4, false, true, true, true},
    {"239.191.255.255", 4, false, true, true, true},
    {"239.192.0.0", 8, false, true, true, true},
    {"239.195.255.255", 8, false, true, true, true},
    {"239.196.0.0", 4, false, true, true, true},
    {"239.255.0.0", 3, false, true, true, true},
    {"ff00::1", 0, false, false, false, false},
    {"ff01::1", 1, false, false, false, true},
    {"ff02::1", 2, false, false, false, true},
    {"ff02::2", 2, false, true, false, true},
    {"ff12::1", 2, false, true, false, true},
    {"ff03::1", 3, false, true, true, true},
    {"ff0f::1", 15, false, true, false, false},
    {"ff2e::1", 14, false, true, true, false}, /* P without T */
    {"ff5e::1", 14, false, true, true, false}, /* R without P */
    {"fffe:120:fd00::1", 14, false, true, true, false},
    {"ff3e::8000:1", 14, true, true, true, true},
    {"ff3e:0:1::1", 14, true, true, true, true}, /* the whole ff3e::/32 */
    {"ff3e:1::1", 14, false, true, true, true},
};

static void test_groups(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        struct ip_addr a = ip_addr_of(groups[i].group);
        struct ip_group g;
        assert_int_equal(ip_group_describe(&a, &g), SIM_OK);
        if (g.scope != groups[i].scope || g.ssm != groups[i].ssm || g.valid != groups[i].valid ||
            ip_group_is_reported(&a) != groups[i].reported ||
            ip_group_is_routed(&a) != groups[i].routed)
            fail_msg("%s: scope %d ssm %d valid %d", groups[i].group, g.scope, g.ssm, g.valid);
        assert_false(g.has_rp);
    }
    struct ip_group g;
    struct ip_addr a = ip_addr_of("223.255.255.255");
    assert_int_equal(ip_group_describe(&a, &g), SIM_EINVAL);
    assert_false(ip_group_is_reported(&a) || ip_group_is_routed(&a));
    a = ip_addr_of("fe80::1");
    assert_int_equal(ip_group_describe(&a, &g), SIM_EINVAL);
}

/* Bits behind an embedded prefix do not count; a prefix over 64 bits is none. */
static void test_embedded(void **state)
{
    (void)state;
    struct ip_group g;
    char text[IP_TEXT_SIZE];
    struct ip_addr a = ip_addr_of("ff7e:323:2001:db8:ffff::9");
    assert_int_equal(ip_group_describe(&a, &g), SIM_OK);
    assert_true(g.has_rp);
    assert_int_equal(g.prefix.len, 0x23);
    assert_string_equal(ip_addr_print(&g.rp, text), "2001:db8:e000::3");
    a = ip_addr_of("ff7e:341:2001:db8:ffff::9");
    assert_int_equal(ip_group_describe(&a, &g), SIM_OK);
    assert_false(g.has_rp || g.has_prefix);
    a = ip_addr_of("ff7e:300:2001:db8:ffff::9");
    assert_int_equal(ip_group_describe(&a, &g), SIM_OK);
    assert_false(g.has_rp || g.has_prefix);
    a = ip_addr_of("234.192.0.2");
    assert_int_equal(ip_group_describe(&a, &g), SIM_OK);
    assert_string_equal(ip_addr_print(&g.prefix.addr, text), "192.0.2.0");
}

static void test_prefixes(void **state)
{
    (void)state;
    static const struct {
        const char *net;
        uint8_t len;
        const char *addr;
        bool in;
    } cases[] = {
        {"0.0.0.0", 0, "255.1.2.3", true},
        {"224.0.0.0", 4, "239.255.255.255", true},
        {"224.0.0.0", 4, "240.0.0.0", false},
        {"10.1.2.3", 32, "10.1.2.3", true},
        {"10.1.2.3", 32, "10.1.2.2", false},
        {"10.1.2.3", 31, "10.1.2.2", true},
        {"::", 0, "10.1.2.2", false},
        {"2001:db8::", 33, "2001:db8:7fff::", true},
        {"2001:db8::", 33, "2001:db8:8000::", false},
        {"2001:db8::1", 128, "2001:db8::1", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip_prefix p = {ip_addr_of(cases[i].net), cases[i].len};
        struct ip_addr a = ip_addr_of(cases[i].addr);
        assert_int_equal(ip_prefix_has(&p, &a), cases[i].in);
    }
}

static void test_prefix_texts(void **state)
{
    static const struct {
        const char *text;
        int rc;
        uint8_t len;
    } cases[] = {
        {"239.1.0.0/16", SIM_OK, 16},
        {"ff15::/16", SIM_OK, 16},
        {"239.1.1.1", SIM_OK, 32},
        {"ff15::1", SIM_OK, 128},
        {"0.0.0.0/0", SIM_OK, 0},
        {"128.0.0.0/1", SIM_OK, 1},
        {"ff15::1/127", SIM_ERANGE, 0},
        {"239.1.1.1/16", SIM_ERANGE, 0},
        {"239.1.0.0/33", SIM_ERANGE, 0},
        {"::/129", SIM_ERANGE, 0},
        {"239.1.0.0/", SIM_ESYNTAX, 0},
        {"239.1.0.0/x", SIM_ESYNTAX, 0},
        {"239.1.0.0/16 ", SIM_ESYNTAX, 0},
        {"/16", SIM_ESYNTAX, 0},
        {"239.1.0/16", SIM_ESYNTAX, 0},
        {"", SIM_ESYNTAX, 0},
        {"239.1.0.0/-1", SIM_ESYNTAX, 0},
        {"239.1.0.0/1/2", SIM_ESYNTAX, 0},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/8", SIM_ESYNTAX, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip_prefix p;
        assert_int_equal(ip_prefix_parse(cases[i].text, &p), cases[i].rc);
        if (cases[i].rc == SIM_OK)
            assert_int_equal(p.len, cases[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mac_vectors),  cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_text),         cmocka_unit_test(test_order),
        cmocka_unit_test(test_sources),      cmocka_unit_test(test_groups),
        cmocka_unit_test(test_embedded),     cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_prefix_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
