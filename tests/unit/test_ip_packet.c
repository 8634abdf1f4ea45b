/* SPDX-License-Identifier: GPL-2.0-only
 * Pins IP headers against the vectors' packets (they come back octet for octet), the checksum
 * against the example of RFC 1071, and each kind of broken header against its error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/packet.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/vectors.h"

enum { MAX = 400 };

static void test_checksum(void **state)
{
    (void)state;
    static const uint8_t rfc1071[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    assert_int_equal(ip_checksum(rfc1071, 8), (uint16_t)~0xddf2);
    assert_int_equal(ip_checksum(rfc1071, 3), (uint16_t) ~(0x0001 + 0xf200));
    assert_int_equal(ip_checksum(rfc1071, 0), 0xffff);
}

static void check_case(const json_t *c)
{
    uint8_t buf[MAX], again[MAX];
    size_t len = vec_hex(c, "packet_hex", buf, sizeof buf);
    struct ip_packet p;
    assert_int_equal(ip_packet_parse(&p, buf, len), SIM_OK);
    assert_true(p.router_alert || strcmp(vec_text(c, "id"), "igmp1-q") == 0);
    assert_int_equal(p.ttl, strcmp(vec_text(c, "id"), "mldneg-hlim") == 0 ? 64 : 1);
    assert_int_equal(p.protocol, p.src.family == IP_V4 ? IP_PROTO_IGMP : IP_PROTO_ICMPV6);
    if (p.src.family == IP_V4)
        assert_int_equal(ip_checksum(p.payload, p.payload_len), 0);
    else if (strcmp(vec_text(c, "id"), "mldneg-cksum") != 0)
        assert_int_equal(ip_checksum_pseudo(&p.src, &p.dst, p.protocol, p.payload, p.payload_len),
                         0);
    /* Linux writes other padding behind the alert, and flags into the fragment field. */
    if (p.src.family == IP_V4)
        buf[6] = 0, buf[10] = 0, buf[11] = 0;
    else
        memcpy(buf + 46, (uint8_t[]){1, 0}, 2);
    assert_int_equal(ip_packet_build(&p, again, sizeof again), len);
    if (p.src.family == IP_V4)
        again[10] = 0, again[11] = 0;
    assert_memory_equal(again, buf, len);
    assert_int_equal(ip_packet_build(&p, again, len - 1), SIM_ENOSPC);
}

static void test_vectors(void **state)
{
    (void)state;
    static const char *const files[] = {"/vectors/igmp_mld.json", "/vectors/igmp_mld_reject.json"};
    int n = 0;
    for (size_t f = 0; f < 2; f++) {
        char path[500];
        snprintf(path, sizeof path, TESTS_DIR "%s", files[f]);
        json_t *root = vectors_load(path), *c;
        size_t i;
        json_array_foreach(json_object_get(root, "cases"), i, c)
        {
            check_case(c);
            n++;
        }
        json_decref(root);
    }
    assert_int_equal(n, 18);
}

static int parse_hex(const char *hex, struct ip_packet *p, uint8_t *buf)
{
    size_t len;
    assert_int_equal(hex_parse(hex, buf, MAX, &len), SIM_OK);
    uint8_t *piece = mem_copy(buf, len);
    int rc = ip_packet_parse(p, piece, len);
    free(piece);
    return rc;
}

#define V6_TAIL "fe800000000000000000000000000001ff020000000000000000000000000001"

static void test_bad(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        int want;
    } cases[] = {
        {"", SIM_ETRUNC},
        {"50", SIM_EPROTO},
        {"45", SIM_ETRUNC},
        {"60", SIM_ETRUNC},
        {"45c0001400000000010239230a090901e000", SIM_ETRUNC},
        {"45c000140000000001 02c61d0a090901e0000001", SIM_OK},
        {"45c000140000000001 02c61e0a090901e0000001", SIM_EPROTO},  /* checksum */
        {"44c000140000000001 02c71d0a090901e0000001", SIM_EPROTO},  /* 16 octets of header */
        {"45c000130000000001 02c61e0a090901e0000001", SIM_EPROTO},  /* total below header */
        {"45c000150000000001 02c61c0a090901e0000001", SIM_ETRUNC},  /* total beyond the octets */
        {"45c000140000200001 02a61d0a090901e0000001", SIM_ENOTSUP}, /* more fragments */
        {"45c000140000000101 02c61c0a090901e0000001", SIM_ENOTSUP}, /* offset 8 */
        {"45c000140000400001 02861d0a090901e0000001", SIM_OK},      /* do not fragment */
        {"46c000180000000001 0231159400 0a09 0901e0000001 94040000", SIM_EPROTO},
        {"46c000180000000001 0230b90a090901e0000001 94050000", SIM_EPROTO}, /* option is cut */
        {"46c000180000000001 0230c10a090901e0000001 94010000", SIM_EPROTO}, /* length 1 */
        {"6000000000003a01" V6_TAIL, SIM_OK},
        {"6000000000013a01" V6_TAIL, SIM_ETRUNC},
        {"6000000000003a01" V6_TAIL "00", SIM_OK}, /* padding of the link */
        {"6000000000080001" V6_TAIL "3a00050200000100", SIM_OK},
        {"6000000000080001" V6_TAIL "3a01050200000100", SIM_EPROTO}, /* 16 octets announced */
        {"6000000000080001" V6_TAIL "3a00050200000103", SIM_EPROTO}, /* option is cut */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip_packet p;
        uint8_t buf[MAX];
        int rc = parse_hex(cases[i].hex, &p, buf);
        if (rc != cases[i].want)
            fail_msg("%s: %d, not %d", cases[i].hex, rc, cases[i].want);
    }
}

/* The alert counts only with value 0 (RFC 2113, RFC 2711). */
static void test_alert(void **state)
{
    (void)state;
    static const char *const hex[] = {
        "6000000000080000" V6_TAIL "3a00050200000100",
        "6000000000080000" V6_TAIL "3a00010005020000",
        "6000000000080000" V6_TAIL "3a00050200000000",
        "6000000000080000" V6_TAIL "3a00050200010100",
        "6000000000080000" V6_TAIL "3a00010400000000",
        "46c000180000000001 0230ba0a090901e0000001 94040000",
        "46c000180000000001 0230b90a090901e0000001 94040001",
        "46c000180000000001 00c52d0a090901e0000001 01010100",
    };
    static const bool want[] = {true, true, true, false, false, true, false, false};
    for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) {
        struct ip_packet p;
        uint8_t buf[MAX];
        size_t len;
        assert_int_equal(hex_parse(hex[i], buf, MAX, &len), SIM_OK);
        if (buf[0] >> 4 == 4) { /* the checksum is not what is tested */
            buf[10] = buf[11] = 0;
            uint16_t sum = ip_checksum(buf, 24);
            buf[10] = (uint8_t)(sum >> 8), buf[11] = (uint8_t)sum;
        }
        assert_int_equal(ip_packet_parse(&p, buf, len), SIM_OK);
        if (p.router_alert != want[i])
            fail_msg("%s: alert %d", hex[i], p.router_alert);
    }
}

static void test_build(void **state)
{
    (void)state;
    uint8_t buf[100];
    struct ip_packet p = {.src = ip_addr_of("10.0.0.1"), .dst = ip_addr_of("ff02::1")};
    assert_int_equal(ip_packet_build(&p, buf, sizeof buf), SIM_EINVAL);
    p.src = ip_addr_of("fe80::1");
    assert_int_equal(ip_packet_build(&p, buf, sizeof buf), 40);
    p.router_alert = true;
    assert_int_equal(ip_packet_build(&p, buf, sizeof buf), 48);
    p.payload_len = IP_MAX_PACKET - 47;
    assert_int_equal(ip_packet_build(&p, buf, sizeof buf), SIM_ELONG);
    assert_int_equal(ip_header_len(IP_V4, false), 20);
    assert_int_equal(ip_header_len(IP_V4, true), 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum), cmocka_unit_test(test_vectors), cmocka_unit_test(test_bad),
        cmocka_unit_test(test_alert),    cmocka_unit_test(test_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
