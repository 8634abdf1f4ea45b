/* SPDX-License-Identifier: GPL-2.0-only
 * Pins both machines of clock synchronisation by tables: what comes in, and which octets,
 * correction, reason and next wake come out. Then device and server against each other: after a
 * correction the clock is off by less than 1 s. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/packages/ts003_device.h"
#include "models/packages/ts003_server.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { NEVER = -1, ROOM = 242 };
static const uint32_t no_jitter = UINT32_C(1) << 31;

enum what { START, REQUEST, REQUEST_ANS, RX, RX_MULTICAST, WAKE, END };

struct device_step {
    enum what what;
    int at_s;
    int64_t clock_s;
    const char *in;   /* RX: hex */
    const char *want; /* hex of the uplink */
    int64_t correction_s;
    enum pkg_drop drop;
    int next_s;
};

static struct pkg_payload payload(const char *hex, uint8_t *buf, size_t size, bool multicast)
{
    struct pkg_payload p = {.buf = buf, .multicast = multicast};
    assert_int_equal(hex_parse(hex, buf, size, &p.len), SIM_OK);
    return p;
}

static const char *sent(const struct ts003 *c, int n, char *text)
{
    static const char none[] = "";
    uint8_t buf[256];
    size_t at = 0;
    for (int i = 0; i < n; i++)
        assert_int_equal(ts003_put(buf, sizeof buf, &at, &c[i]), SIM_OK);
    return n ? hex_print(buf, at, text) : none;
}

static void device_step(struct ts003_device *d, const struct device_step *s, int i)
{
    const struct pkg_now now = {
        .at = SIM_S(s->at_s), .gps_ns = SIM_S(s->clock_s), .random = no_jitter, .room = ROOM};
    struct ts003_device_out out = {0};
    uint8_t buf[300];
    char text[600];
    struct pkg_payload p;
    switch (s->what) {
    case START:
        ts003_device_start(d, &now, &out);
        break;
    case REQUEST:
    case REQUEST_ANS:
        ts003_device_request(d, &now, s->what == REQUEST_ANS, &out);
        break;
    case RX:
    case RX_MULTICAST:
        p = payload(s->in, buf, sizeof buf, s->what == RX_MULTICAST);
        ts003_device_receive(d, &now, &p, &out);
        break;
    case WAKE:
        ts003_device_wake(d, &now, &out);
        break;
    case END:
        break;
    }
    if (strcmp(sent(out.send, out.n_send, text), s->want) != 0)
        fail_msg("step %d: sent %s, not %s", i, text, s->want);
    if (out.drop != s->drop)
        fail_msg("step %d: %s", i, pkg_drop_text(out.drop));
    assert_int_equal(out.correction_s, s->correction_s);
    sim_time next = s->next_s == NEVER ? SIM_NEVER : SIM_S(s->next_s);
    if (ts003_device_next(d) != next)
        fail_msg("step %d: next wake at %lld ns", i, (long long)ts003_device_next(d));
}

static void run_device(const struct ts003_device_cfg *cfg, const struct device_step *steps)
{
    struct ts003_device d;
    ts003_device_init(&d, cfg);
    for (int i = 0; steps[i].what != END; i++)
        device_step(&d, &steps[i], i);
}

static const struct ts003_device_cfg v1 = {
    .version = 1, .periodicity_supported = true, .n_tries = 1, .spacing = SIM_S(6)};
static const struct ts003_device_cfg v2 = {.version = 2,
                                           .periodicity_supported = true,
                                           .ans = TS003_ANS_ALWAYS,
                                           .n_tries = 3,
                                           .spacing = SIM_S(6),
                                           .interval = SIM_S(3600)};

/* Tokens: taken only once, only the current one, only after a request. */
static void test_tokens(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 0, 100, "01 0500000000", "", 0, PKG_DROP_STALE, NEVER}, /* nobody asked */
        {START, 1, 101, NULL, "016500000010", 0, 0, NEVER},
        {RX, 2, 102, "01 0500000001", "", 0, PKG_DROP_STALE, NEVER}, /* another token */
        {REQUEST, 3, 103, NULL, "016700000000", 0, 0, NEVER},        /* again: the same token */
        {RX, 4, 104, "01 0500000000", "", 5, 0, NEVER},
        {RX, 5, 110, "01 0500000000", "", 0, PKG_DROP_STALE, NEVER}, /* repeated */
        {RX, 6, 111, "01 0500000001", "", 0, PKG_DROP_STALE, NEVER}, /* next, but not asked */
        {REQUEST_ANS, 7, 112, NULL, "017000000011", 0, 0, NEVER},
        {RX, 8, 113, "01 feffffff f1", "", -2, 0, NEVER}, /* RFU bits set */
        {END, 0, 0, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, steps);
    struct ts003_device d;
    ts003_device_init(&d, &v1);
    for (int i = 0; i < 40; i++) { /* modulo 16 */
        struct ts003_device_out out = {0};
        const struct pkg_now now = {.at = i, .room = ROOM};
        ts003_device_request(&d, &now, false, &out);
        assert_int_equal(out.send[0].u.app_time_req.token, i % 16);
        assert_true(out.adr_off);
        struct ts003 c = {.cid = TS003_APP_TIME};
        c.u.app_time_ans.token = (uint8_t)(i % 16);
        ts003_device_command(&d, &now, &c, &out);
        assert_true(out.corrected);
    }
}

/* AnsRequired until the first answer; forced repeats every 6 s until an answer; 0: ignored. */
static void test_force_resync(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {START, 0, 1, NULL, "010100000010", 0, 0, NEVER},
        {RX, 1, 2, "01 0000000000", "", 0, 0, NEVER},
        {RX, 2, 3, "0300", "", 0, PKG_DROP_NOTHING_TO_DO, NEVER},
        {RX, 10, 11, "03f8", "", 0, PKG_DROP_NOTHING_TO_DO, NEVER}, /* RFU bits do not count */
        {RX, 20, 21, "0303", "011500000001", 0, 0, 26},
        {WAKE, 25, 26, NULL, "", 0, 0, 26}, /* too early */
        {WAKE, 26, 27, NULL, "011b00000001", 0, 0, 32},
        {WAKE, 32, 33, NULL, "012100000001", 0, 0, NEVER}, /* the third and last */
        {WAKE, 38, 39, NULL, "", 0, 0, NEVER},
        {RX, 40, 41, "01 0100000001", "", 1, 0, NEVER}, /* still welcome */
        {RX, 50, 52, "0307", "013400000002", 0, 0, 56},
        {WAKE, 56, 58, NULL, "013a00000002", 0, 0, 62},
        {RX, 57, 59, "01 0000000002", "", 0, 0, NEVER}, /* an answer ends it */
        {RX, 60, 62, "0302", "013e00000003", 0, 0, 66},
        {RX, 61, 63, "0301", "013f00000003", 0, 0, NEVER}, /* the newer command counts */
        {END, 0, 0, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, steps);
}

/* Requests with AnsRequired are tried n times; own interval; the server's period replaces it. */
static void test_periodicity(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {START, 0, 1, NULL, "010100000010", 0, 0, 6},
        {RX, 1, 2, "01 0000000000", "", 0, 0, 3600},
        {WAKE, 3600, 3601, NULL, "01110e000011", 0, 0, 3606},
        {RX, 3601, 3602, "01 0000000001", "", 0, 0, 7200},
        {RX, 4000, 4001, "02f0", "0200a10f0000", 0, 0, 4128}, /* period 0, RFU bits set */
        {WAKE, 4128, 4129, NULL, "012110000012", 0, 0, 4134},
        {WAKE, 4134, 4135, NULL, "012710000012", 0, 0, 4140},
        {WAKE, 4140, 4141, NULL, "012d10000012", 0, 0, 4256}, /* the third; then the period */
        {RX, 4200, 4201, "020f", "020069100000", 0, 0, 4200 + (128 << 15)},
        {END, 0, 0, NULL, NULL, 0, 0, 0},
    };
    run_device(&v2, steps);
    static const struct ts003_device_cfg deaf = {.version = 1, .n_tries = 1};
    static const struct device_step refused[] = {
        {RX, 0, 7, "0203", "020107000000", 0, 0, NEVER},
        {END, 0, 0, NULL, NULL, 0, 0, 0},
    };
    run_device(&deaf, refused);
}

/* A periodic request that falls into a forced burst is left to it. */
static void test_period_in_burst(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {START, 0, 0, NULL, "010000000010", 0, 0, 6},
        {RX, 1, 1, "01 0000000000", "", 0, 0, 3600},
        {RX, 3595, 3595, "0303", "010b0e000011", 0, 0, 3600},
        {WAKE, 3600, 3600, NULL, "", 0, 0, 3601},
        {WAKE, 3601, 3601, NULL, "01110e000011", 0, 0, 3607},
        {WAKE, 3607, 3607, NULL, "01170e000011", 0, 0, 7200},
        {END, 0, 0, NULL, NULL, 0, 0, 0},
    };
    run_device(&v2, steps);
}

/* The random number moves the next request by at most 30 s, both ends and the middle. */
static void test_jitter(void **state)
{
    (void)state;
    static const struct {
        uint32_t random;
        sim_time lo, hi;
    } cases[] = {
        {0, SIM_S(98), SIM_S(98)},
        {UINT32_C(1) << 31, SIM_S(128), SIM_S(128)},
        {UINT32_MAX, SIM_S(158) - 1000, SIM_S(158)},
    };
    for (size_t i = 0; i < 3; i++) {
        struct ts003_device d;
        struct ts003_device_out out = {0};
        const struct pkg_now now = {.random = cases[i].random, .room = ROOM};
        struct ts003 c = {.cid = TS003_PERIODICITY};
        ts003_device_init(&d, &v1);
        ts003_device_command(&d, &now, &c, &out);
        assert_true(ts003_device_next(&d) >= cases[i].lo && ts003_device_next(&d) <= cases[i].hi);
    }
}

/* Own short intervals are moved by a quarter of their length. */
static void test_short_interval(void **state)
{
    (void)state;
    static const struct ts003_device_cfg cfg = {
        .version = 1, .n_tries = 1, .interval = SIM_S(40), .ans = TS003_ANS_NEVER};
    struct ts003_device d;
    struct ts003_device_out out = {0};
    const struct pkg_now now = {.room = ROOM};
    ts003_device_init(&d, &cfg);
    ts003_device_start(&d, &now, &out);
    assert_false(out.send[0].u.app_time_req.ans_required);
    assert_int_equal(ts003_device_next(&d), SIM_S(30));
}

/* Version 2: a correction at the end of the range is applied, and the time asked again, of the
 * corrected clock. Version 1 has no such rule. */
static void test_saturation(void **state)
{
    (void)state;
    static const struct device_step two[] = {
        {REQUEST_ANS, 0, 0, NULL, "010000000010", 0, 0, 6},
        {RX, 1, 1, "01 ffffff7f00", "010000008011", INT32_MAX, 0, 7},
        {RX, 2, 2147483650, "01 0000008001", "010200000012", INT32_MIN, 0, 8},
        {RX, 3, 3, "01 0a00000002", "", 10, 0, NEVER},
        {END, 0, 0, NULL, NULL, 0, 0, 0},
    };
    static const struct device_step one[] = {
        {REQUEST_ANS, 0, 0, NULL, "010000000010", 0, 0, NEVER},
        {RX, 1, 1, "01 ffffff7f00", "", INT32_MAX, 0, NEVER},
        {END, 0, 0, NULL, NULL, 0, 0, 0},
    };
    run_device(&v2, two);
    run_device(&v1, one);
}

static void test_bad_payloads(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX_MULTICAST, 0, 1, "00", "", 0, PKG_DROP_MULTICAST, NEVER},
        {RX, 0, 1, "00 0204 04", "000101020001000000", 0, PKG_DROP_UNKNOWN, 2048},
        {RX, 0, 1, "00 01aabb", "000101", 0, PKG_DROP_CUT, 2048},
        {RX, 0, 1, "02", "", 0, PKG_DROP_CUT, 2048},
        {RX, 0, 1, "", "", 0, 0, 2048},
        {END, 0, 0, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, steps);
}

/* What does not fit into the uplink is not sent, and said; so is what is too long. */
static void test_room(void **state)
{
    (void)state;
    struct ts003_device d;
    struct ts003_device_out out = {0};
    uint8_t many[PKG_MAX_PAYLOAD + 1] = {0};
    struct pkg_now now = {.room = 8};
    struct pkg_payload p = {.buf = many, .len = 4};
    ts003_device_init(&d, &v1);
    ts003_device_receive(&d, &now, &p, &out); /* four times PackageVersionReq */
    assert_int_equal(out.n_send, 2);
    assert_int_equal(out.len, 6);
    assert_int_equal(out.drop, PKG_DROP_NO_ROOM);
    now.room = 1000;
    p.len = PKG_MAX_PAYLOAD;
    out = (struct ts003_device_out){0};
    ts003_device_receive(&d, &now, &p, &out);
    assert_int_equal(out.n_send, PKG_MAX_SEND);
    assert_int_equal(out.drop, PKG_DROP_NO_ROOM);
    p.len = sizeof many;
    out = (struct ts003_device_out){0};
    ts003_device_receive(&d, &now, &p, &out);
    assert_int_equal(out.n_send, 0);
    assert_int_equal(out.drop, PKG_DROP_TOO_LONG);
}

/* A command that waited gets the clock of its transmission. */
static void test_stamp(void **state)
{
    (void)state;
    struct ts003 req = {.cid = TS003_APP_TIME, .uplink = true};
    struct ts003 ans = {.cid = TS003_PERIODICITY, .uplink = true};
    struct ts003 down = {.cid = TS003_APP_TIME};
    ts003_device_stamp(&req, SIM_S(77) + 999999999);
    ts003_device_stamp(&ans, -1);
    ts003_device_stamp(&down, SIM_S(77));
    assert_int_equal(req.u.app_time_req.device_time_s, 77);
    assert_int_equal(ans.u.periodicity_ans.time_s, UINT32_MAX);
    assert_int_equal(down.u.app_time_ans.correction_s, 0);
}

struct server_step {
    enum { UP, ASK_VERSION, ASK_PERIOD, ASK_RESYNC, TICK, STOP } what;
    int at_s;
    int64_t clock_s;
    const char *in; /* UP: hex of the uplink; ASK: the value */
    const char *want;
    const char *news; /* one letter each: T time, A answered, R refused, F failed */
    int64_t offset_s; /* of the T */
    enum pkg_drop drop;
    int next_s;
};

static const char *letters(const struct ts003_server_out *out, int64_t *offset_s, char *text)
{
    *offset_s = 0;
    for (int i = 0; i < out->n_news; i++) {
        const struct ts003_news *n = &out->news[i];
        if (n->kind == TS003_NEWS_TIME)
            *offset_s = n->offset_s;
        text[i] = n->kind == TS003_NEWS_TIME     ? 'T'
                  : n->kind == TS003_NEWS_FAILED ? 'F'
                  : n->refused                   ? 'R'
                                                 : 'A';
    }
    text[out->n_news] = 0;
    return text;
}

static void run_server(const struct ts003_server_cfg *cfg, const struct server_step *steps)
{
    struct ts003_server s;
    ts003_server_init(&s, cfg);
    for (int i = 0; steps[i].what != STOP; i++) {
        const struct server_step *k = &steps[i];
        const struct pkg_now now = {.at = SIM_S(k->at_s), .gps_ns = SIM_S(k->clock_s)};
        struct ts003_server_out out = {0};
        uint8_t buf[300], value = 0;
        char text[600], news[64];
        int64_t offset_s;
        if (k->what == UP) {
            struct pkg_payload p = payload(k->in, buf, sizeof buf, false);
            ts003_server_receive(&s, &now, &p, &out);
        } else if (k->what == TICK) {
            ts003_server_wake(&s, &now, &out);
        } else {
            enum ts003_ask ask = k->what == ASK_VERSION  ? TS003_ASK_VERSION
                                 : k->what == ASK_PERIOD ? TS003_ASK_PERIOD
                                                         : TS003_ASK_RESYNC;
            value = (uint8_t)atoi(k->in);
            assert_int_equal(ts003_server_ask(&s, &now, ask, value, &out), SIM_OK);
        }
        if (strcmp(sent(out.send, out.n_send, text), k->want) != 0)
            fail_msg("step %d: sent %s, not %s", i, text, k->want);
        assert_string_equal(letters(&out, &offset_s, news), k->news);
        assert_int_equal(offset_s, k->offset_s);
        assert_int_equal(out.drop, k->drop);
        assert_int_equal(ts003_server_next(&s), k->next_s == NEVER ? SIM_NEVER : SIM_S(k->next_s));
    }
}

static const struct ts003_server_cfg server1 = {
    .version = 1, .threshold_s = 1, .retry = {.n_tries = 2, .spacing = SIM_S(10)}};
static const struct ts003_server_cfg server2 = {
    .version = 2,
    .threshold_s = 0,
    .retry = {.n_tries = 3, .spacing = SIM_S(10), .limit = SIM_S(60)}};

/* With AnsRequired always; without, from a difference above the threshold on. */
static void test_server_answers(void **state)
{
    (void)state;
    static const struct server_step steps[] = {
        {UP, 0, 100, "01 64000000 15", "010000000005", "T", 0, 0, NEVER},
        {UP, 0, 100, "01 64000000 05", "", "T", 0, 0, NEVER},
        {UP, 0, 100, "01 63000000 05", "", "T", 1, 0, NEVER},
        {UP, 0, 100, "01 62000000 05", "010200000005", "T", 2, 0, NEVER},
        {UP, 0, 100, "01 66000000 0f", "01feffffff0f", "T", -2, 0, NEVER},
        {UP, 0, 100, "01 62000000 05 01 64000000 11", "010200000005010000000001", "TT", 0, 0,
         NEVER},
        {STOP, 0, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_server(&server1, steps);
}

/* Differences that do not fit 32 bits: modulo 2^32 in version 1, saturated in version 2. */
static void test_server_saturation(void **state)
{
    (void)state;
    static const struct server_step one[] = {
        {UP, 0, 4000000000, "01 00000000 10", "0100286bee00", "T", 4000000000 - 4294967296, 0,
         NEVER},
        {UP, 0, 10, "01 feffffff 10", "010c00000000", "T", 12, 0, NEVER},
        {STOP, 0, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    static const struct server_step two[] = {
        {UP, 0, 4000000000, "01 00000000 10", "01ffffff7f00", "T", 4000000000, 0, NEVER},
        {UP, 0, 10, "01 feffffff 10", "010000008000", "T", 10 - 4294967294, 0, NEVER},
        {UP, 0, 2147483647, "01 00000000 10", "01ffffff7f00", "T", 2147483647, 0, NEVER},
        {STOP, 0, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_server(&server1, one);
    run_server(&server2, two);
}

/* Own requests: repeated, answered, refused, given up, replaced. */
static void test_server_requests(void **state)
{
    (void)state;
    static const struct server_step one[] = {
        {ASK_VERSION, 0, 0, "0", "00", "", 0, 0, 10},
        {TICK, 9, 0, NULL, "", "", 0, 0, 10},
        {TICK, 10, 0, NULL, "00", "", 0, 0, 20},
        {UP, 11, 0, "000101", "", "A", 0, 0, NEVER},
        {UP, 12, 0, "000101", "", "", 0, PKG_DROP_STALE, NEVER},
        {ASK_PERIOD, 20, 0, "5", "0205", "", 0, 0, 30},
        {UP, 21, 9, "02 01 07000000", "", "RT", 2, 0, NEVER},
        {UP, 22, 9, "02 00 07000000", "", "", 0, PKG_DROP_STALE, NEVER},
        {ASK_PERIOD, 30, 0, "15", "020f", "", 0, 0, 40},
        {TICK, 40, 0, NULL, "020f", "", 0, 0, 50},
        {TICK, 50, 0, NULL, "", "F", 0, 0, NEVER},
        {ASK_RESYNC, 60, 0, "3", "0303", "", 0, 0, 70},
        {ASK_RESYNC, 65, 0, "7", "0307", "", 0, 0, 75},
        {UP, 66, 10, "01 0a000000 00", "", "TA", 0, 0, NEVER},
        {UP, 67, 0, "03", "", "", 0, PKG_DROP_UNKNOWN, NEVER},
        {UP, 67, 0, "0001", "", "", 0, PKG_DROP_CUT, NEVER},
        {STOP, 0, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    static const struct server_step two[] = {
        {ASK_PERIOD, 0, 0, "0", "0200", "", 0, 0, 10}, {TICK, 10, 0, NULL, "0200", "", 0, 0, 20},
        {TICK, 20, 0, NULL, "0200", "", 0, 0, 60}, /* the last; then the limit */
        {TICK, 59, 0, NULL, "", "", 0, 0, 60},         {TICK, 60, 0, NULL, "", "F", 0, 0, NEVER},
        {STOP, 0, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_server(&server1, one);
    run_server(&server2, two);
    struct ts003_server s;
    struct ts003_server_out out = {0};
    const struct pkg_now now = {0};
    ts003_server_init(&s, &server1);
    assert_int_equal(ts003_server_ask(&s, &now, TS003_ASK_PERIOD, 16, &out), SIM_ERANGE);
    assert_int_equal(ts003_server_ask(&s, &now, TS003_ASK_RESYNC, 0, &out), SIM_ERANGE);
    assert_int_equal(ts003_server_ask(&s, &now, TS003_ASK_RESYNC, 8, &out), SIM_ERANGE);
    assert_int_equal(ts003_server_ask(&s, &now, TS003_ASK_VERSION, 1, &out), SIM_ERANGE);
    assert_int_equal(out.n_send, 0);
}

/* More in one uplink than one output holds; more than a frame holds. */
static void test_server_limits(void **state)
{
    (void)state;
    struct ts003_server s;
    struct ts003_server_out out = {0};
    const struct pkg_now now = {0};
    uint8_t many[PKG_MAX_PAYLOAD + 1] = {0};
    struct pkg_payload p = {.buf = many};
    for (; p.len + 6 <= PKG_MAX_PAYLOAD; p.len += 6) {
        many[p.len] = TS003_APP_TIME;
        many[p.len + 5] = 0x10;
    }
    ts003_server_init(&s, &server1);
    ts003_server_receive(&s, &now, &p, &out);
    assert_int_equal(out.n_send, PKG_MAX_SEND);
    assert_int_equal(out.n_news, 41);
    assert_int_equal(out.drop, PKG_DROP_NO_ROOM);
    p.len = sizeof many;
    out = (struct ts003_server_out){0};
    ts003_server_receive(&s, &now, &p, &out);
    assert_int_equal(out.drop, PKG_DROP_TOO_LONG);
}

static void test_times(void **state)
{
    (void)state;
    assert_int_equal(pkg_gps_s(SIM_S(5)), 5);
    assert_int_equal(pkg_gps_s(SIM_S(5) - 1), 4);
    assert_int_equal(pkg_gps_s(-1), -1);
    assert_int_equal(pkg_gps_s(-SIM_S(1)), -1);
    assert_int_equal(pkg_gps_ns(-7), -SIM_S(7));
    assert_int_equal(pkg_gps_ns(INT64_MAX / SIM_S(1) + 1), INT64_MAX);
    assert_int_equal(pkg_gps_ns(INT64_MIN / SIM_S(1) - 1), INT64_MIN);
    assert_int_equal(pkg_later(SIM_NEVER - 1, 2), SIM_NEVER);
    assert_int_equal(pkg_later(3, 4), 7);
    assert_string_equal(pkg_drop_text(PKG_DROP_STALE), "answers nothing that was asked");
    assert_string_equal(pkg_drop_text((enum pkg_drop)99), "unknown reason");
}

/* One exchange; returns the device's clock after it. */
static int64_t exchange(struct ts003_device *d, struct ts003_server *s, int64_t device_ns,
                        int64_t server_ns)
{
    struct ts003_device_out out = {0};
    struct pkg_now device = {.gps_ns = device_ns, .room = ROOM};
    const struct pkg_now server = {.gps_ns = server_ns};
    ts003_device_request(d, &device, true, &out);
    for (int i = 0; i < 3 && out.n_send > 0; i++) {
        struct ts003_server_out back = {0};
        struct ts003 req = out.send[0];
        ts003_server_command(s, &server, &req, &back);
        assert_int_equal(back.n_send, 1);
        out = (struct ts003_device_out){0};
        ts003_device_command(d, &device, &back.send[0], &out);
        assert_true(out.corrected);
        device.gps_ns += out.correction_s * SIM_S(1);
    }
    assert_int_equal(out.n_send, 0);
    return device.gps_ns;
}

/* From any error, also one beyond 32 bits of seconds, to less than 1 s. */
static void test_both(void **state)
{
    (void)state;
    static const int64_t offsets_ns[] = {
        0,        1,         -1,          499999999,   999999999,        -999999999,
        SIM_S(1), -SIM_S(1), SIM_S(3600), -SIM_S(900), SIM_S(INT32_MAX), -SIM_S(1400000000),
    };
    for (uint8_t version = 1; version <= 2; version++) {
        const struct ts003_server_cfg sc = {.version = version};
        const struct ts003_device_cfg dc = {.version = version, .n_tries = 1};
        for (size_t i = 0; i < sizeof offsets_ns / sizeof *offsets_ns; i++) {
            struct ts003_device d;
            struct ts003_server s;
            ts003_device_init(&d, &dc);
            ts003_server_init(&s, &sc);
            int64_t truth = SIM_S(1450000000) + 123456789;
            int64_t left = exchange(&d, &s, truth + offsets_ns[i], truth) - truth;
            assert_true(left > -SIM_S(1) && left < SIM_S(1));
        }
    }
    /* Version 2, in two steps: the device's clock is beyond the range of one correction. */
    const struct ts003_server_cfg sc = {.version = 2};
    const struct ts003_device_cfg dc = {.version = 2, .n_tries = 1};
    struct ts003_device d;
    struct ts003_server s;
    ts003_device_init(&d, &dc);
    ts003_server_init(&s, &sc);
    assert_int_equal(exchange(&d, &s, SIM_S(4290000000), SIM_S(1450000000)), SIM_S(1450000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_force_resync),
        cmocka_unit_test(test_periodicity),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_bad_payloads),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_stamp),
        cmocka_unit_test(test_server_answers),
        cmocka_unit_test(test_server_saturation),
        cmocka_unit_test(test_server_requests),
        cmocka_unit_test(test_both),
        cmocka_unit_test(test_short_interval),
        cmocka_unit_test(test_server_limits),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_period_in_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
