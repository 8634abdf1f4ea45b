/* SPDX-License-Identifier: GPL-2.0-only
 * Pins ARP and neighbour discovery: messages captured between two interfaces of Linux 6.18 are read
 * and, where Linux adds nothing, written octet for octet; each broken message has its reason; the
 * cache goes through its states at the times of RFC 4861. Leaves open: who carries the frames
 * (run.ip). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/neighbor.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { MAX = 200, MAX_LOG = 64 };

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0x0a, 0}, mac_b[6] = {2, 0, 0, 0, 0x0b, 0};

/* Frames' payloads as captured; A is 10.0.0.1, fd00::1, B is 10.0.0.2, fd00::2. */
#define ARP_HEAD "0001080006040001"
#define ARP_ASK  ARP_HEAD "020000000a000a0000010000000000000a000002"
#define ARP_TELL "0001080006040002020000000b000a000002020000000a000a000001"
#define A6       "fd000000000000000000000000000001"
#define B6       "fd000000000000000000000000000002"
#define NS_ASK                                                                                     \
    "6000000000203aff" A6 "ff0200000000000000000001ff000002"                                       \
    "8700739800000000" B6 "0101020000000a00"
#define NA_TELL "6000000000203aff" B6 A6 "8800119c60000000" B6 "0201020000000b00"
#define NS_ALONE                                                                                   \
    "6000000000203afffe80000000000000000000fffe000b00" A6 "8700681f00000000" A6 "0101020000000b0"  \
    "0"
#define NA_SHORT                                                                                   \
    "6000000000183aff" A6 "fe80000000000000000000fffe000b00"                                       \
    "8800352840000000" A6
#define NS_FREE                                                                                    \
    "6000000000203aff00000000000000000000000000000000ff0200000000000000000001ff000001"             \
    "8700bd6200000000" A6 "0e01613a23bf2d40"

static enum ip_neighbor_reason read_hex(const char *hex, struct ip_neighbor_msg *m, uint8_t *buf,
                                        size_t *len)
{
    struct ip_packet p;
    assert_int_equal(hex_parse(hex, buf, MAX, len), SIM_OK);
    uint8_t *piece = mem_copy(buf, *len);
    enum ip_neighbor_reason reason;
    if (buf[0] >> 4 != 6) {
        reason = ip_neighbor_decode_arp(piece, *len, m);
    } else {
        assert_int_equal(ip_packet_parse(&p, piece, *len), SIM_OK);
        assert_true(ip_neighbor_is_nd(&p));
        reason = ip_neighbor_decode_nd(&p, m);
    }
    free(piece);
    return reason;
}

static void assert_addr(const struct ip_addr *a, const char *text)
{
    char buf[IP_TEXT_SIZE];
    assert_string_equal(ip_addr_print(a, buf), text);
}

static void test_captured(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *src, *dst, *target;
        const uint8_t *mac, *to;
        int kind;
        bool solicited, override, same;
    } cases[] = {
        {ARP_ASK, "10.0.0.1", "10.0.0.2", "10.0.0.2", mac_a, mac_b, IP_NEIGHBOR_SOLICIT, false,
         false, true},
        {ARP_TELL, "10.0.0.2", "10.0.0.1", "10.0.0.2", mac_b, mac_a, IP_NEIGHBOR_ADVERT, true, true,
         true},
        {NS_ASK, "fd00::1", "ff02::1:ff00:2", "fd00::2", mac_a, mac_b, IP_NEIGHBOR_SOLICIT, false,
         false, true},
        {NA_TELL, "fd00::2", "fd00::1", "fd00::2", mac_b, mac_a, IP_NEIGHBOR_ADVERT, true, true,
         true},
        {NS_ALONE, "fe80::ff:fe00:b00", "fd00::1", "fd00::1", mac_b, mac_a, IP_NEIGHBOR_SOLICIT,
         false, false, true},
        {NA_SHORT, "fd00::1", "fe80::ff:fe00:b00", "fd00::1", NULL, mac_b, IP_NEIGHBOR_ADVERT, true,
         false, true},
        {NS_FREE, "::", "ff02::1:ff00:1", "fd00::1", NULL, mac_a, IP_NEIGHBOR_SOLICIT, false, false,
         false}, /* with a nonce, RFC 7527 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip_neighbor_msg m;
        uint8_t buf[MAX], again[MAX];
        size_t len;
        assert_int_equal(read_hex(cases[i].hex, &m, buf, &len), IP_NEIGHBOR_NONE);
        assert_int_equal(m.kind, cases[i].kind);
        assert_addr(&m.src, cases[i].src);
        assert_addr(&m.dst, cases[i].dst);
        assert_addr(&m.target, cases[i].target);
        assert_int_equal(m.has_mac, cases[i].mac != NULL);
        if (m.has_mac)
            assert_memory_equal(m.mac, cases[i].mac, 6);
        assert_int_equal(m.solicited, cases[i].solicited);
        assert_int_equal(m.override, cases[i].override);
        assert_false(m.router);
        if (!cases[i].same)
            continue;
        assert_int_equal(ip_neighbor_encode(&m, cases[i].to, again, sizeof again), len);
        assert_memory_equal(again, buf, len);
        assert_int_equal(ip_neighbor_encode(&m, cases[i].to, again, len - 1), SIM_ENOSPC);
    }
}

/* Put the right checksum into an ICMPv6 packet. */
static void mend(uint8_t *buf, size_t len)
{
    struct ip_packet p;
    assert_int_equal(ip_packet_parse(&p, buf, len), SIM_OK);
    buf[42] = buf[43] = 0;
    uint16_t sum = ip_checksum_pseudo(&p.src, &p.dst, p.protocol, p.payload, p.payload_len);
    buf[42] = (uint8_t)(sum >> 8), buf[43] = (uint8_t)sum;
}

static void test_bad_arp(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        int want;
    } cases[] = {
        {ARP_ASK "00000000", IP_NEIGHBOR_NONE}, /* padding of the link */
        {"0001080006040001020000000a000a0000010000000000000a0000", IP_NEIGHBOR_MALFORMED},
        {"0006080006040001020000000a000a0000010000000000000a000002", IP_NEIGHBOR_MALFORMED},
        {"0001080606040001020000000a000a0000010000000000000a000002", IP_NEIGHBOR_MALFORMED},
        {"0001080006100001020000000a000a0000010000000000000a000002", IP_NEIGHBOR_MALFORMED},
        {"0001080006040003020000000a000a0000010000000000000a000002", IP_NEIGHBOR_MALFORMED},
        {"0001080006040001030000000a000a0000010000000000000a000002", IP_NEIGHBOR_SOURCE},
        {"0001080006040001020000000a00e00000010000000000000a000002", IP_NEIGHBOR_SOURCE},
        {"0001080006040002020000000a00000000000000000000000a000002", IP_NEIGHBOR_SOURCE},
        {"0001080006040001020000000a00000000000000000000000a000002", IP_NEIGHBOR_NONE}, /* probe */
        {"0001080006040001020000000a000a000001000000000000e0000001", IP_NEIGHBOR_TARGET},
        {"0001080006040001020000000a000a000001000000000000ffffffff", IP_NEIGHBOR_TARGET},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip_neighbor_msg m;
        uint8_t buf[MAX];
        size_t len;
        int reason = (int)read_hex(cases[i].hex, &m, buf, &len);
        if (reason != cases[i].want)
            fail_msg("%s: %s", cases[i].hex, ip_neighbor_reason_text((unsigned)reason));
    }
}

/* Octets of a good message are changed one by one; the checksum follows. */
static void test_bad_nd(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        size_t at;
        uint8_t to;
        int want;
    } cases[] = {
        {NS_ASK, 7, 254, IP_NEIGHBOR_HOP_LIMIT},
        {NS_ASK, 41, 1, IP_NEIGHBOR_CODE},
        {NS_ASK, 48, 0xff, IP_NEIGHBOR_TARGET},
        {NS_ASK, 65, 0, IP_NEIGHBOR_OPTION}, /* length 0 */
        {NS_ASK, 65, 2, IP_NEIGHBOR_OPTION}, /* longer than the packet */
        {NS_ASK, 66, 3, IP_NEIGHBOR_OPTION}, /* a group's Ethernet address */
        {NS_ASK, 64, 14, IP_NEIGHBOR_NONE},  /* unknown options are skipped */
        {NS_ASK, 8, 0xff, IP_NEIGHBOR_SOURCE},
        {NS_FREE, 64, 1, IP_NEIGHBOR_OPTION}, /* who has no address cannot tell it */
        {NS_FREE, 39, 2, IP_NEIGHBOR_DESTINATION},
        {NA_TELL, 7, 1, IP_NEIGHBOR_HOP_LIMIT},
        {NA_TELL, 24, 0xff, IP_NEIGHBOR_DESTINATION}, /* solicited, to a group */
        {NA_TELL, 8, 0xff, IP_NEIGHBOR_SOURCE},
        {NA_TELL, 44, 0xe0, IP_NEIGHBOR_NONE},
    };
    struct ip_neighbor_msg m;
    uint8_t buf[MAX];
    size_t len;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip_packet p;
        assert_int_equal(read_hex(cases[i].hex, &m, buf, &len), IP_NEIGHBOR_NONE);
        buf[cases[i].at] = cases[i].to;
        mend(buf, len);
        assert_int_equal(ip_packet_parse(&p, buf, len), SIM_OK);
        enum ip_neighbor_reason reason = ip_neighbor_decode_nd(&p, &m);
        if ((int)reason != cases[i].want)
            fail_msg("case %zu: %s", i, ip_neighbor_reason_text(reason));
        buf[55] ^= 1; /* now the checksum is wrong */
        reason = ip_neighbor_decode_nd(&p, &m);
        if (reason != IP_NEIGHBOR_CHECKSUM && reason != IP_NEIGHBOR_HOP_LIMIT)
            fail_msg("case %zu: %s", i, ip_neighbor_reason_text(reason));
    }
    assert_int_equal(read_hex("6000000000173aff" A6 A6 "8700000000000000"
                              "fd0000000000000000000000000000",
                              &m, buf, &len),
                     IP_NEIGHBOR_CHECKSUM);
    mend(buf, len);
    struct ip_packet p;
    assert_int_equal(ip_packet_parse(&p, buf, len), SIM_OK);
    assert_int_equal(ip_neighbor_decode_nd(&p, &m), IP_NEIGHBOR_MALFORMED);
}

static void test_solicited_node(void **state)
{
    (void)state;
    struct ip_addr a = ip_addr_of("4037::1:800:200e:8c6c"), g = ip_solicited_node(&a);
    assert_addr(&g, "ff02::1:ff0e:8c6c"); /* RFC 4291 section 2.7.1 */
}

/* ---- the cache ---- */

struct sent {
    sim_time at;
    bool is_packet;
    struct ip_neighbor_msg m;
    uint8_t dst[6];
    uint8_t first; /* octet of the packet */
};

struct rig {
    struct ip_neighbors t;
    struct ip_neighbor_io io;
    struct ip_iface own;
    sim_time now;
    struct sent log[MAX_LOG];
    int n_log, n_seen;
};

static struct sent *note(struct rig *r, const uint8_t dst[6])
{
    assert_true(r->n_log < MAX_LOG);
    struct sent *s = &r->log[r->n_log++];
    *s = (struct sent){.at = r->now};
    memcpy(s->dst, dst, 6);
    return s;
}

static void on_send(void *obj, const struct ip_neighbor_msg *m, const uint8_t dst[6])
{
    note(obj, dst)->m = *m;
}

static void on_pass(void *obj, const uint8_t dst[6], const uint8_t *packet, size_t len)
{
    struct sent *s = note(obj, dst);
    s->is_packet = true;
    s->first = packet[0];
    assert_int_equal(len, 2);
}

static void rig_open(struct rig *r)
{
    struct ip_neighbor_cfg cfg = ip_neighbor_cfg_default();
    *r = (struct rig){.own = {.v4 = ip_addr_of("10.0.0.1"),
                              .v6 = ip_addr_of("fd00::1"),
                              .v6_link = ip_addr_of("fe80::1")}};
    r->io = (struct ip_neighbor_io){.obj = r, .send = on_send, .pass = on_pass};
    cfg.n_max = 4;
    ip_neighbors_init(&r->t, &cfg, &r->io, &r->own, mac_a, true);
}

/* Let time pass, waking when asked to. */
static void run_to(struct rig *r, sim_time at)
{
    sim_time next;
    while ((next = ip_neighbors_next(&r->t)) <= at) {
        r->now = next;
        ip_neighbors_wake(&r->t, next);
    }
    r->now = at;
}

static void send_packet(struct rig *r, const char *to, uint8_t first)
{
    struct ip_addr a = ip_addr_of(to);
    uint8_t packet[2] = {first, 0};
    ip_neighbors_send(&r->t, r->now, &a, packet, sizeof packet);
}

static enum ip_neighbor_reason hear(struct rig *r, const char *hex)
{
    struct ip_neighbor_msg m;
    uint8_t buf[MAX];
    size_t len;
    enum ip_neighbor_reason reason = read_hex(hex, &m, buf, &len);
    return ip_neighbors_receive(&r->t, r->now, reason, &m);
}

static const struct sent *next_sent(struct rig *r)
{
    assert_true(r->n_seen < r->n_log);
    return &r->log[r->n_seen++];
}

static void expect_question(struct rig *r, sim_time at, const char *target, const uint8_t *dst)
{
    const struct sent *s = next_sent(r);
    assert_false(s->is_packet);
    assert_int_equal(s->at, at);
    assert_int_equal(s->m.kind, IP_NEIGHBOR_SOLICIT);
    assert_addr(&s->m.target, target);
    assert_memory_equal(s->dst, dst, 6);
    assert_memory_equal(s->m.mac, mac_a, 6);
}

static void expect_packet(struct rig *r, uint8_t first, const uint8_t *dst)
{
    const struct sent *s = next_sent(r);
    assert_true(s->is_packet);
    assert_int_equal(s->first, first);
    assert_memory_equal(s->dst, dst, 6);
}

static void expect_nothing(struct rig *r)
{
    assert_int_equal(r->n_seen, r->n_log);
}

static int state_of(struct rig *r, const char *a)
{
    struct ip_addr addr = ip_addr_of(a);
    const struct ip_neighbor *k = ip_neighbors_find(&r->t, &addr);
    return k ? k->state : -1;
}

static const uint8_t to_all[6] = {255, 255, 255, 255, 255, 255};
static const uint8_t to_solicited_2[6] = {0x33, 0x33, 0xff, 0, 0, 2};

static void test_resolve(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    for (uint8_t i = 1; i <= 5; i++)
        send_packet(&r, "10.0.0.2", i);
    expect_question(&r, 0, "10.0.0.2", to_all);
    expect_nothing(&r);
    assert_int_equal(r.t.n_driven_out, 2);
    run_to(&r, SIM_MS(1500));
    expect_question(&r, SIM_S(1), "10.0.0.2", to_all);
    assert_int_equal(hear(&r, ARP_TELL), IP_NEIGHBOR_NONE);
    for (uint8_t i = 3; i <= 5; i++)
        expect_packet(&r, i, mac_b);
    assert_int_equal(state_of(&r, "10.0.0.2"), IP_NEIGHBOR_REACHABLE);
    send_packet(&r, "10.0.0.2", 6);
    expect_packet(&r, 6, mac_b);
    expect_nothing(&r);
    ip_neighbors_fini(&r.t);
}

static void test_nobody_answers(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    send_packet(&r, "fd00::2", 1);
    run_to(&r, SIM_S(10));
    for (int i = 0; i < 3; i++)
        expect_question(&r, SIM_S(i), "fd00::2", to_solicited_2);
    expect_nothing(&r);
    assert_addr(&r.log[0].m.src, "fd00::1");
    assert_int_equal(r.t.n_unreachable, 1);
    assert_int_equal(state_of(&r, "fd00::2"), -1);
    send_packet(&r, "fe80::2", 1); /* asked from the address of the same kind */
    assert_addr(&r.log[r.n_log - 1].m.src, "fe80::1");
    ip_neighbors_fini(&r.t);
}

/* RFC 4861 section 7.3.3: 30 s, then old; 5 s after it is used, asked alone, three times. */
static void test_unreachable_later(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    send_packet(&r, "fd00::2", 1);
    expect_question(&r, 0, "fd00::2", to_solicited_2);
    assert_int_equal(hear(&r, NA_TELL), IP_NEIGHBOR_NONE);
    expect_packet(&r, 1, mac_b);
    run_to(&r, SIM_S(30) - 1);
    assert_int_equal(state_of(&r, "fd00::2"), IP_NEIGHBOR_REACHABLE);
    run_to(&r, SIM_S(30));
    assert_int_equal(state_of(&r, "fd00::2"), IP_NEIGHBOR_STALE);
    run_to(&r, SIM_S(100));
    expect_nothing(&r);
    send_packet(&r, "fd00::2", 2);
    expect_packet(&r, 2, mac_b);
    assert_int_equal(state_of(&r, "fd00::2"), IP_NEIGHBOR_DELAY);
    run_to(&r, SIM_S(106));
    expect_question(&r, SIM_S(105), "fd00::2", mac_b);
    expect_question(&r, SIM_S(106), "fd00::2", mac_b);
    assert_int_equal(hear(&r, NA_TELL), IP_NEIGHBOR_NONE);
    assert_int_equal(state_of(&r, "fd00::2"), IP_NEIGHBOR_REACHABLE);
    run_to(&r, SIM_S(200));
    send_packet(&r, "fd00::2", 3);
    expect_packet(&r, 3, mac_b);
    run_to(&r, SIM_S(300));
    for (int i = 0; i < 3; i++)
        expect_question(&r, SIM_S(205 + i), "fd00::2", mac_b);
    expect_nothing(&r);
    assert_int_equal(state_of(&r, "fd00::2"), -1);
    ip_neighbors_fini(&r.t);
}

static void expect_answer(struct rig *r, const char *target, const char *dst, const uint8_t *mac,
                          bool solicited)
{
    const struct sent *s = next_sent(r);
    assert_int_equal(s->m.kind, IP_NEIGHBOR_ADVERT);
    assert_addr(&s->m.target, target);
    assert_addr(&s->m.dst, dst);
    assert_memory_equal(s->dst, mac, 6);
    assert_int_equal(s->m.solicited, solicited);
    assert_true(s->m.override && s->m.router && s->m.has_mac);
    assert_memory_equal(s->m.mac, mac_a, 6);
}

static void test_answers(void **state)
{
    (void)state;
    static const uint8_t all_nodes[6] = {0x33, 0x33, 0, 0, 0, 1};
    struct rig r;
    rig_open(&r);
    assert_int_equal(hear(&r, ARP_HEAD "020000000b000a0000020000000000000a000001"), 0);
    expect_answer(&r, "10.0.0.1", "10.0.0.2", mac_b, true);
    assert_int_equal(hear(&r, NS_ALONE), IP_NEIGHBOR_NONE);
    expect_answer(&r, "fd00::1", "fe80::ff:fe00:b00", mac_b, true);
    assert_int_equal(hear(&r, NS_FREE), IP_NEIGHBOR_NONE); /* our address is not free */
    expect_answer(&r, "fd00::1", "ff02::1", all_nodes, false);
    assert_int_equal(hear(&r, ARP_HEAD "020000000b00000000000000000000000a000001"), 0);
    expect_answer(&r, "10.0.0.1", "0.0.0.0", mac_b, false);
    expect_nothing(&r);
    /* Who has asked is known, and is asked before long. */
    assert_int_equal(state_of(&r, "10.0.0.2"), IP_NEIGHBOR_STALE);
    send_packet(&r, "10.0.0.2", 1);
    expect_packet(&r, 1, mac_b);
    assert_int_equal(state_of(&r, "10.0.0.2"), IP_NEIGHBOR_DELAY);
    assert_int_equal(r.t.n_reasons[IP_NEIGHBOR_NONE], 4);
    ip_neighbors_fini(&r.t);
}

static void test_not_used(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    assert_int_equal(hear(&r, NA_TELL), IP_NEIGHBOR_NOT_ASKED);
    assert_int_equal(hear(&r, ARP_TELL), IP_NEIGHBOR_NOT_ASKED);
    assert_int_equal(hear(&r, ARP_HEAD "020000000b000a0000020000000000000a000009"),
                     IP_NEIGHBOR_OTHER_TARGET);
    assert_int_equal(hear(&r, NS_ASK), IP_NEIGHBOR_OURS); /* fd00::1 elsewhere */
    assert_int_equal(hear(&r, NA_SHORT), IP_NEIGHBOR_OURS);
    assert_int_equal(hear(&r, ARP_ASK), IP_NEIGHBOR_OURS);
    assert_int_equal(hear(&r, ARP_HEAD "00"), IP_NEIGHBOR_MALFORMED);
    assert_int_equal(r.t.n, 0);
    expect_nothing(&r);
    assert_int_equal(r.t.n_reasons[IP_NEIGHBOR_OURS], 3);
    ip_neighbors_fini(&r.t);
}

/* What an answer of other content does in each state: RFC 4861 section 7.2.5. */
static void test_other_address(void **state)
{
    (void)state;
    static const uint8_t mac_c[6] = {2, 0, 0, 0, 0x0c, 0};
    struct ip_neighbor_msg m = {.kind = IP_NEIGHBOR_ADVERT,
                                .family = IP_V6,
                                .src = ip_addr_of("fd00::2"),
                                .dst = ip_addr_of("ff02::1"),
                                .target = ip_addr_of("fd00::2")};
    struct rig r;
    rig_open(&r);
    send_packet(&r, "fd00::2", 1);
    assert_int_equal(ip_neighbors_receive(&r.t, 0, 0, &m), IP_NEIGHBOR_NO_ADDRESS);
    assert_int_equal(hear(&r, NA_TELL), IP_NEIGHBOR_NONE);
    m.has_mac = true;
    memcpy(m.mac, mac_c, 6);
    ip_neighbors_receive(&r.t, 0, 0, &m);
    assert_int_equal(state_of(&r, "fd00::2"), IP_NEIGHBOR_STALE);
    assert_memory_equal(ip_neighbors_find(&r.t, &m.target)->mac, mac_b, 6);
    ip_neighbors_receive(&r.t, 0, 0, &m);
    assert_memory_equal(ip_neighbors_find(&r.t, &m.target)->mac, mac_b, 6);
    m.override = true;
    ip_neighbors_receive(&r.t, 0, 0, &m);
    assert_int_equal(state_of(&r, "fd00::2"), IP_NEIGHBOR_STALE);
    assert_memory_equal(ip_neighbors_find(&r.t, &m.target)->mac, mac_c, 6);
    m.solicited = true;
    m.dst = r.own.v6;
    m.has_mac = m.override = false; /* as Linux answers who is asked alone */
    ip_neighbors_receive(&r.t, 0, 0, &m);
    assert_int_equal(state_of(&r, "fd00::2"), IP_NEIGHBOR_REACHABLE);
    ip_neighbors_fini(&r.t);
}

/* What is asked of others tells nothing in IPv6; in ARP it mends what is known (RFC 826). */
static void test_asked_of_others(void **state)
{
    (void)state;
    struct ip_neighbor_msg m = {.family = IP_V6,
                                .src = ip_addr_of("fd00::2"),
                                .dst = ip_addr_of("ff02::1:ff00:9"),
                                .target = ip_addr_of("fd00::9"),
                                .has_mac = true,
                                .mac = {2, 0, 0, 0, 0x0c, 0}};
    struct rig r;
    rig_open(&r);
    send_packet(&r, "fd00::2", 1);
    send_packet(&r, "10.0.0.2", 1);
    assert_int_equal(hear(&r, NA_TELL), IP_NEIGHBOR_NONE);
    assert_int_equal(hear(&r, ARP_TELL), IP_NEIGHBOR_NONE);
    assert_int_equal(ip_neighbors_receive(&r.t, 0, 0, &m), IP_NEIGHBOR_OTHER_TARGET);
    assert_int_equal(state_of(&r, "fd00::2"), IP_NEIGHBOR_REACHABLE);
    assert_int_equal(hear(&r, ARP_HEAD "020000000c000a0000020000000000000a000009"),
                     IP_NEIGHBOR_OTHER_TARGET);
    assert_int_equal(state_of(&r, "10.0.0.2"), IP_NEIGHBOR_STALE);
    m.src = ip_addr_of("10.0.0.2");
    assert_memory_equal(ip_neighbors_find(&r.t, &m.src)->mac, m.mac, 6);
    ip_neighbors_fini(&r.t);
}

static void test_room(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    send_packet(&r, "10.0.0.2", 1);
    assert_int_equal(hear(&r, ARP_TELL), IP_NEIGHBOR_NONE);
    r.now = 1;
    for (int i = 3; i <= 6; i++) {
        char text[20];
        snprintf(text, sizeof text, "10.0.0.%d", i);
        send_packet(&r, text, 1);
    }
    assert_int_equal(r.t.n, 4);
    assert_int_equal(state_of(&r, "10.0.0.2"), -1); /* the only one that was not being asked for */
    send_packet(&r, "10.0.0.7", 1);
    assert_int_equal(r.t.n_driven_out, 1);
    assert_int_equal(hear(&r, ARP_HEAD "020000000b000a0000080000000000000a000001"),
                     IP_NEIGHBOR_FULL);
    ip_neighbors_fini(&r.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captured),
        cmocka_unit_test(test_bad_arp),
        cmocka_unit_test(test_bad_nd),
        cmocka_unit_test(test_solicited_node),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_nobody_answers),
        cmocka_unit_test(test_unreachable_later),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_not_used),
        cmocka_unit_test(test_other_address),
        cmocka_unit_test(test_asked_of_others),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
