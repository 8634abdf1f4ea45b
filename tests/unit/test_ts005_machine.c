/* SPDX-License-Identifier: GPL-2.0-only
 * Pins both machines of multicast set-up by tables: what comes in, and which octets, events, reason
 * and next wake come out; every error bit of every answer. Then device and server against each
 * other. What the times do to windows on the air is tested with the devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models/packages/ts005_device.h"
#include "models/packages/ts005_server.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { NEVER = -1, ROOM = 242 };

#define KEY_HEX "000102030405060708090a0b0c0d0e0f"
/* McGroupSetupReq of group n: McAddr 01020304, counters 5..9. */
#define SETUP(n) "020" #n "04030201" KEY_HEX "0500000009000000"
#define FREQ     "d2ad84" /* 869.525 MHz */

static const struct ts005_device_cfg v1 = {
    .version = 1,
    .n_groups = 2,
    .dr_mask = 0x003F,
    .n_ranges = 2,
    .ranges = {{863000000, 870000000}, {915000000, 915000000}},
};
static const struct ts005_device_cfg v2 = {
    .version = 2,
    .n_groups = 4,
    .dr_mask = 0x3F00,
    .default_frequency = true,
    .n_ranges = 1,
    .ranges = {{923300000, 927500000}},
};

enum what { RX, RX_MULTICAST, WAKE, LEAVE, END };

struct device_step {
    enum what what;
    int64_t clock_s;
    const char *in; /* hex */
    const char *want;
    /* In order: G set, D deleted, P planned, S started, and a stop: T time-out, M missed,
     * R replaced, X deleted, L left; in lower case when it was never open. With the group id. */
    const char *events;
    enum pkg_drop drop;
    int64_t next_s;
    int room; /* 0: enough */
};

static struct pkg_payload payload(const char *hex, uint8_t *buf, size_t size, bool multicast)
{
    struct pkg_payload p = {.buf = buf, .multicast = multicast};
    assert_int_equal(hex_parse(hex, buf, size, &p.len), SIM_OK);
    return p;
}

static const char *sent(const struct ts005 *c, int n, char *text)
{
    uint8_t buf[300];
    size_t at = 0;
    for (int i = 0; i < n; i++)
        assert_int_equal(ts005_put(buf, sizeof buf, &at, &c[i]), SIM_OK);
    return hex_print(buf, at, text);
}

static const char *letters(const struct ts005_device_out *out, char *text)
{
    static const char kinds[] = "GDPS", stops[] = "TMRXL", unopened[] = "tmrxl";
    for (int i = 0; i < out->n_events; i++) {
        const struct ts005_device_event *e = &out->events[i];
        text[2 * i] = e->kind != TS005_EV_SESSION_STOP ? kinds[e->kind]
                      : e->was_open                    ? stops[e->reason]
                                                       : unopened[e->reason];
        text[2 * i + 1] = (char)('0' + e->mc_group_id);
    }
    text[2 * out->n_events] = 0;
    return text;
}

static void device_step(struct ts005_device *d, const struct device_step *s, int i)
{
    const struct pkg_now now = {.gps_ns = SIM_S(s->clock_s),
                                .room = s->room ? (size_t)s->room : ROOM};
    static const char none[] = "";
    struct ts005_device_out out;
    struct pkg_payload p;
    uint8_t buf[300];
    char text[700], events[200];
    ts005_device_out_init(&out);
    switch (s->what) {
    case RX:
    case RX_MULTICAST:
        p = payload(s->in, buf, sizeof buf, s->what == RX_MULTICAST);
        ts005_device_receive(d, &now, &p, &out);
        break;
    case WAKE:
        ts005_device_wake(d, &now, &out);
        break;
    case LEAVE:
        ts005_device_leave(d, (uint8_t)(s->in[0] - '0'), &out);
        break;
    case END:
        break;
    }
    const char *want = s->want ? s->want : none, *want_events = s->events ? s->events : none;
    if (strcmp(sent(out.send, out.n_send, text), want) != 0)
        fail_msg("step %d: sent %s, not %s", i, text, want);
    assert_int_equal(out.len, strlen(want) / 2);
    if (strcmp(letters(&out, events), want_events) != 0)
        fail_msg("step %d: events %s, not %s", i, events, want_events);
    if (out.drop != s->drop)
        fail_msg("step %d: %s", i, pkg_drop_text(out.drop));
    int64_t next = s->next_s == NEVER ? INT64_MAX : SIM_S(s->next_s);
    if (ts005_device_next(d) != next)
        fail_msg("step %d: next wake at %lld", i, (long long)ts005_device_next(d));
}

static void run_device(const struct ts005_device_cfg *cfg, const struct device_step *steps)
{
    struct ts005_device d;
    ts005_device_init(&d, cfg);
    for (int i = 0; steps[i].what != END; i++)
        device_step(&d, &steps[i], i);
}

static void test_groups(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 0, "00", "000201", NULL, 0, NEVER, 0},
        {RX, 0, "010f", "0100", NULL, 0, NEVER, 0},
        {RX, 0, "0300", "0304", NULL, 0, NEVER, 0},   /* McGroupUndefined */
        {RX, 0, "0303", "0307", NULL, 0, NEVER, 0},   /* beyond what it supports, too */
        {RX, 0, SETUP(2), "0206", NULL, 0, NEVER, 0}, /* IDerror: groups 0 and 1 only */
        {RX, 0, SETUP(3), "0207", NULL, 0, NEVER, 0},
        {RX, 0, SETUP(1), "0201", "G1", 0, NEVER, 0},
        {RX, 0, "010f", "01120104030201", NULL, 0, NEVER, 0},
        {RX, 0, "0101", "0110", NULL, 0, NEVER, 0},   /* not asked for */
        {RX, 0, SETUP(1), "0201", "G1", 0, NEVER, 0}, /* overwritten */
        {RX, 0, SETUP(0), "0200", "G0", 0, NEVER, 0},
        {RX, 0, "01ff", "012300040302010104030201", NULL, 0, NEVER, 0},
        {RX, 0, "0301", "0301", "D1", 0, NEVER, 0},
        {RX, 0, "0301", "0305", NULL, 0, NEVER, 0},
        {RX, 0, "03fc", "0300", "D0", 0, NEVER, 0}, /* RFU bits set */
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, steps);
}

/* The list of groups is cut from the highest id on until it fits, with what is sent already. */
static void test_status_fits(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 0, SETUP(0) SETUP(1) SETUP(2) SETUP(3), "0200020102020203", "G0G1G2G3", 0, NEVER, 0},
        {RX, 0, "010f", "014f0004030201010403020102040302010304030201", NULL, 0, NEVER, 22},
        {RX, 0, "010f",
         "014700040302010104030201"
         "0204030201",
         NULL, PKG_DROP_NO_ROOM, NEVER, 21},
        {RX, 0, "010f",
         "0141"
         "0004030201",
         NULL, PKG_DROP_NO_ROOM, NEVER, 11},
        {RX, 0, "010c",
         "0144"
         "0204030201",
         NULL, PKG_DROP_NO_ROOM, NEVER, 7},
        {RX, 0, "010f", "0140", NULL, PKG_DROP_NO_ROOM, NEVER, 6},
        {RX, 0, "010f", "", NULL, PKG_DROP_NO_ROOM, NEVER, 1},
        {RX, 0, "00 010f",
         "000202"
         "0141"
         "0004030201",
         NULL, PKG_DROP_NO_ROOM, NEVER, 14},
        /* carried out all the same when its answer does not fit */
        {RX, 0, "0300 0301", "0300", "D0D1", PKG_DROP_NO_ROOM, NEVER, 3},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v2, steps);
}

/* Every error bit alone and all together, for both classes; a refused request changes nothing. */
static void test_error_bits_v1(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 1000, SETUP(0), "0200", "G0", 0, NEVER, 0},
        /* SessionTime 1100 = 044c: start in 100 s */
        {RX, 1000, "04 00 4c040000 03 " FREQ " 05", "0400640000", "P0", 0, 1100, 0},
        {RX, 1000, "04 01 4c040000 03 " FREQ " 05", "0411", NULL, 0, 1100, 0}, /* undefined */
        {RX, 1000, "04 03 4c040000 03 " FREQ " 05", "0413", NULL, 0, 1100, 0}, /* unsupported */
        {RX, 1000, "04 00 4c040000 03 000000 05", "0408", NULL, 0, 1100, 0},   /* frequencies */
        {RX, 1000, "04 00 4c040000 03 3f420f 05", "0408", NULL, 0, 1100, 0},   /* 99.9999 MHz */
        {RX, 1000, "04 00 4c040000 03 efae83 05", "0408", NULL, 0, 1100, 0},   /* 862.9999 */
        {RX, 1000, "04 00 4c040000 03 f0ae83 05", "0400640000", "r0P0", 0, 1100, 0}, /* 863.0 */
        {RX, 1000, "04 00 4c040000 03 60c084 05", "0400640000", "r0P0", 0, 1100, 0}, /* 870.0 */
        {RX, 1000, "04 00 4c040000 03 61c084 05", "0408", NULL, 0, 1100, 0},
        {RX, 1000, "04 00 4c040000 03 309e8b 05", "0400640000", "r0P0", 0, 1100, 0}, /* 915.0 */
        {RX, 1000, "04 00 4c040000 03 319e8b 05", "0408", NULL, 0, 1100, 0},
        {RX, 1000, "04 00 4c040000 03 " FREQ " 06", "0404", NULL, 0, 1100, 0}, /* data rate */
        {RX, 1000, "04 00 4c040000 03 " FREQ " f5", "0400640000", "r0P0", 0, 1100, 0}, /* RFU */
        {RX, 1000, "04 01 4c040000 03 000000 0f", "041d", NULL, 0, 1100, 0},           /* all */
        {RX, 1000, "05 01 80040000 03 000000 0f", "051d", NULL, 0, 1100, 0},
        {RX, 1000, "05 01 80040000 03 " FREQ " 05", "0511", NULL, 0, 1100, 0},
        {RX, 1000, "05 00 80040000 03 000000 05", "0508", NULL, 0, 1100, 0},
        {RX, 1000, "05 00 80040000 03 " FREQ " 06", "0504", NULL, 0, 1100, 0},
        {RX, 1000, "05 00 80040000 03 " FREQ " 05", "0500980000", "r0P0", 0, 1152, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, steps);
}

static void test_error_bits_v2(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 1000, SETUP(3), "0203", "G3", 0, NEVER, 0},
        {RX, 1000, "04 03 e7030000 03 68e28c 08", "0423", NULL, 0, NEVER, 0}, /* start missed */
        {RX, 1000, "04 02 e7030000 03 000000 00", "043e", NULL, 0, NEVER, 0}, /* all */
        {RX, 1000, "05 02 80030000 03 000000 00", "0536", NULL, 0, NEVER, 0}, /* 0: hopping */
        {RX, 1000, "05 03 80030000 03 68e28c 08", "0523", NULL, 0, NEVER, 0},
        {RX, 1000, "05 03 00040000 73 000000 08", "0503180000", "P3", 0, 1024, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v2, steps);
}

/* TimeToStart beyond 24 bits: the low bits in version 1, saturated in version 2. */
static void test_time_to_start(void **state)
{
    (void)state;
    static const struct device_step one[] = {
        {RX, 0, SETUP(0), "0200", "G0", 0, NEVER, 0},
        {RX, 5, "04 00 04000001 00 " FREQ " 00", "0400ffffff", "P0", 0, 0x1000004, 0},
        {RX, 5, "04 00 06000001 00 " FREQ " 00", "0400010000", "r0P0", 0, 0x1000006, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    static const struct device_step two[] = {
        {RX, 0, SETUP(0), "0200", "G0", 0, NEVER, 0},
        {RX, 5, "04 00 03000001 00 68e28c 08", "0400feffff", "P0", 0, 0x1000003, 0},
        {RX, 5, "04 00 06000001 00 68e28c 08", "0400ffffff", "r0P0", 0, 0x1000006, 0},
        /* modulo 2^32: 5 s before the turn, a SessionTime of 10 lies 15 s ahead */
        {RX, 4294967291, "04 00 0a000000 00 68e28c 08", "04000f0000", "r0P0", 0, 4294967306, 0},
        {RX, 4294967301, "04 00 fbffffff 00 68e28c 08", "0420", NULL, 0, 4294967306, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, one);
    run_device(&v2, two);
}

/* Starts and stops on the device's clock: [SessionTime, SessionTime + 2^TimeOut). */
static void test_class_c_session(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {WAKE, 0, NULL, NULL, NULL, 0, NEVER, 0},
        {RX, 1000, SETUP(0) SETUP(1), "02000201", "G0G1", 0, NEVER, 0},
        {RX, 1000, "04 00 4c040000 03 " FREQ " 05", "0400640000", "P0", 0, 1100, 0},
        {RX, 1000, "04 01 4d040000 00 " FREQ " 05", "0401650000", "P1", 0, 1100, 0},
        {WAKE, 1099, NULL, NULL, NULL, 0, 1100, 0},
        {WAKE, 1100, NULL, NULL, "S0", 0, 1101, 0},
        {WAKE, 1101, NULL, NULL, "S1", 0, 1102, 0},
        {WAKE, 1050, NULL, NULL, NULL, 0, 1102, 0}, /* the clock steps back: both stay open */
        {WAKE, 1102, NULL, NULL, "T1", 0, 1108, 0},
        {WAKE, 1107, NULL, NULL, NULL, 0, 1108, 0},
        {WAKE, 1108, NULL, NULL, "T0", 0, NEVER, 0},
        /* starts now */
        {RX, 1200, "04 00 b0040000 03 " FREQ " 05", "0400000000", "P0S0", 0, 1208, 0},
        /* again while it is open: replaced */
        {RX, 1201, "04 00 b8040000 03 " FREQ " 05", "0400070000", "R0P0", 0, 1208, 0},
        {LEAVE, 1202, "0", NULL, "l0", 0, NEVER, 0},
        {LEAVE, 1202, "0", NULL, NULL, 0, NEVER, 0},
        {RX, 1202, "04 00 b8040000 03 " FREQ " 05", "0400060000", "P0", 0, 1208, 0},
        {WAKE, 5000, NULL, NULL, "m0", 0, NEVER, 0}, /* the clock steps over all of it */
        {RX, 1202, "04 00 b8040000 0f " FREQ " 05", "0400060000", "P0", 0, 1208, 0},
        {WAKE, 5000, NULL, NULL, "S0", 0, 1208 + 32768, 0}, /* over its start */
        {LEAVE, 5001, "0", NULL, "L0", 0, NEVER, 0},
        {RX, 1202, "04 01 b8040000 0f " FREQ " 05", "0401060000", "P1", 0, 1208, 0},
        {RX, 1203, SETUP(1), "0201", "r1G1", 0, NEVER, 0}, /* a new group has no session */
        {RX, 1204, "04 01 b8040000 0f " FREQ " 05", "0401040000", "P1", 0, 1208, 0},
        {WAKE, 1208, NULL, NULL, "S1", 0, 1208 + 32768, 0},
        {RX, 1209, "0301", "0301", "X1D1", 0, NEVER, 0},
        {LEAVE, 1210, "7", NULL, NULL, 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, steps);
}

/* Unit of the time-out: 128 s; a start off the beacons is moved to the next one, the end stays. */
static void test_class_b_session(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 1000, SETUP(0), "0200", "G0", 0, NEVER, 0},
        {RX, 1000, "05 00 80040000 51 " FREQ " 03", "0500980000", "P0", 0, 1152, 0},
        {WAKE, 1152, NULL, NULL, "S0", 0, 1152 + 256, 0},
        {WAKE, 1152 + 256, NULL, NULL, "T0", 0, NEVER, 0},
        {RX, 2000, "05 00 01080000 01 " FREQ " 03", "0500b00000", "P0", PKG_DROP_OFF_BEACON, 2176,
         0},
        {WAKE, 2176, NULL, NULL, "S0", 0, 2049 + 256, 0},
        {LEAVE, 2177, "0", NULL, "L0", 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, steps);
    struct ts005_device d;
    struct ts005_device_out out;
    const struct pkg_now now = {.gps_ns = SIM_S(1000), .room = ROOM};
    uint8_t buf[300];
    ts005_device_init(&d, &v1);
    ts005_device_out_init(&out);
    struct pkg_payload p = payload(SETUP(0) "0500800400005f" FREQ "f3", buf, sizeof buf, false);
    ts005_device_receive(&d, &now, &p, &out);
    const struct ts005_session *s = &d.groups[0].session;
    assert_int_equal(s->class, TS005_CLASS_B);
    assert_int_equal(s->periodicity, 5);
    assert_int_equal(s->dr, 3);
    assert_int_equal(s->frequency_hz, 869525000);
    assert_int_equal(s->end_s - s->start_s, 128 << 15);
    assert_memory_equal(out.events[0].mc_key_encrypted, &buf[6], 16);
}

/* Version 1 and a start in the past: LoRaMac-node's way, and the other one. */
static void test_past_v1(void **state)
{
    (void)state;
    static const struct device_step loramac[] = {
        {RX, 0, SETUP(0), "0200", "G0", 0, NEVER, 0},
        {RX, 1000, "04 00 e7030000 03 " FREQ " 05", "0410", NULL, 0, NEVER, 0},
        {RX, 1000, "05 00 80030000 03 " FREQ " 05", "0510", NULL, 0, NEVER, 0},
        {RX, 1000, "04 00 e8030000 03 " FREQ " 05", "0400000000", "P0S0", 0, 1008, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    static const struct device_step open[] = {
        {RX, 0, SETUP(0), "0200", "G0", 0, NEVER, 0},
        {RX, 1000, "04 00 e7030000 03 " FREQ " 05", "0400000000", "P0S0", 0, 1007, 0},
        {RX, 2000, "04 00 e7030000 03 " FREQ " 05", "0400000000", "R0P0m0", 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, loramac);
    struct ts005_device_cfg cfg = v1;
    cfg.past = TS005_PAST_OPEN;
    run_device(&cfg, open);
    /* A fraction of a second counts. */
    struct ts005_device d;
    struct ts005_device_out out;
    const struct pkg_now now = {.gps_ns = SIM_S(1000) + 1, .room = ROOM};
    uint8_t buf[300];
    char text[100];
    ts005_device_init(&d, &v1);
    ts005_device_out_init(&out);
    struct pkg_payload p = payload(SETUP(0) "0400e803000003" FREQ "05", buf, sizeof buf, false);
    ts005_device_receive(&d, &now, &p, &out);
    assert_string_equal(sent(out.send, out.n_send, text), "02000410");
}

static void test_bad_payloads(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX_MULTICAST, 0, SETUP(0), NULL, NULL, PKG_DROP_MULTICAST, NEVER, 0},
        {RX, 0, "00 06 00", "000201", NULL, PKG_DROP_UNKNOWN, NEVER, 0},
        {RX, 0, "00 0200", "000201", NULL, PKG_DROP_CUT, NEVER, 0},
        {RX, 0, "0412", NULL, NULL, PKG_DROP_CUT, NEVER, 0}, /* an uplink, by its length */
        {RX, 0, "", NULL, NULL, 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, steps);
    struct ts005_device d;
    struct ts005_device_out out;
    const struct pkg_now now = {.room = 1000};
    uint8_t many[PKG_MAX_PAYLOAD + 1] = {0};
    struct pkg_payload p = {.buf = many, .len = PKG_MAX_PAYLOAD};
    ts005_device_init(&d, &v1);
    ts005_device_out_init(&out);
    ts005_device_receive(&d, &now, &p, &out);
    assert_int_equal(out.n_send, PKG_MAX_SEND);
    assert_int_equal(out.drop, PKG_DROP_NO_ROOM);
    ts005_device_out_init(&out);
    p.len++;
    ts005_device_receive(&d, &now, &p, &out);
    assert_int_equal(out.n_send, 0);
    assert_int_equal(out.drop, PKG_DROP_TOO_LONG);
}

/* The fullest payloads: most events of one input. */
static void test_many_events(void **state)
{
    (void)state;
    struct ts005_device d;
    struct ts005_device_out out;
    struct ts005_device_cfg cfg = v1;
    const struct pkg_now now = {.gps_ns = SIM_S(1000), .room = ROOM};
    uint8_t buf[300], many[PKG_MAX_PAYLOAD];
    struct pkg_payload p = payload(SETUP(0), buf, sizeof buf, false);
    cfg.past = TS005_PAST_OPEN;
    ts005_device_init(&d, &cfg);
    ts005_device_out_init(&out);
    ts005_device_receive(&d, &now, &p, &out);
    struct pkg_payload one = payload("0400e803000003" FREQ "05", buf, sizeof buf, false);
    struct pkg_payload all = {.buf = many};
    for (; all.len + one.len <= sizeof many; all.len += one.len)
        memcpy(many + all.len, one.buf, one.len);
    ts005_device_out_init(&out);
    ts005_device_receive(&d, &now, &all, &out);
    assert_int_equal(out.n_events, 22 * 3 - 1);
}

static void test_counters(void **state)
{
    (void)state;
    struct ts005_device d;
    struct ts005_device_out out;
    const struct pkg_now now = {.room = ROOM};
    struct ts005 c = {.cid = TS005_GROUP_SETUP};
    c.u.group_setup_req.mc_group_id = 1;
    c.u.group_setup_req.mc_addr = 0x01020304;
    c.u.group_setup_req.min_mc_fcnt = 0x1FFFE;
    c.u.group_setup_req.max_mc_fcnt = 0x20005;
    ts005_device_init(&d, &v1);
    ts005_device_out_init(&out);
    ts005_device_command(&d, &now, &c, &out);
    assert_int_equal(ts005_device_find(&d, 0x01020304), 1);
    assert_int_equal(ts005_device_find(&d, 0), -1);
    assert_int_equal(ts005_device_accept(&d, 0, 0x1FFFE), SIM_ENOENT);
    assert_int_equal(ts005_device_accept(&d, 4, 0x1FFFE), SIM_ENOENT);
    assert_int_equal(ts005_device_accept(&d, 1, 0x1FFFD), SIM_EREPLAY); /* below minMcFCnt */
    assert_int_equal(ts005_device_fcnt32(&d, 1, 0xFFFE), 0x1FFFE);
    assert_int_equal(ts005_device_fcnt32(&d, 1, 0xFFFD), 0x2FFFD);
    assert_int_equal(ts005_device_fcnt32(&d, 1, 0x0003), 0x20003);
    assert_int_equal(ts005_device_accept(&d, 1, 0x1FFFE), SIM_OK);
    assert_int_equal(ts005_device_accept(&d, 1, 0x1FFFE), SIM_EREPLAY);
    assert_int_equal(ts005_device_accept(&d, 1, 0x20005), SIM_ERANGE); /* maxMcFCnt is out */
    assert_int_equal(ts005_device_accept(&d, 1, 0x20004), SIM_OK);
    assert_int_equal(ts005_device_accept(&d, 1, 0x20004), SIM_EREPLAY);
    ts005_device_command(&d, &now, &c, &out); /* overwritten: the range begins again */
    assert_int_equal(ts005_device_accept(&d, 1, 0x1FFFE), SIM_OK);
}

static void test_stamp(void **state)
{
    (void)state;
    struct ts005_device d;
    struct ts005_device_out out;
    const struct pkg_now now = {.gps_ns = SIM_S(1000), .room = ROOM};
    uint8_t buf[300];
    struct pkg_payload p = payload(SETUP(0) "04004c04000003" FREQ "05"
                                            "04014c04000003" FREQ "05",
                                   buf, sizeof buf, false);
    ts005_device_init(&d, &v1);
    ts005_device_out_init(&out);
    ts005_device_receive(&d, &now, &p, &out);
    assert_int_equal(out.n_send, 3);
    assert_int_equal(out.send[1].u.session_ans.time_to_start_s, 100);
    for (int i = 0; i < 3; i++)
        ts005_device_stamp(&d, &out.send[i], SIM_S(1005) + 1);
    assert_int_equal(out.send[1].u.session_ans.time_to_start_s, 95);
    assert_true(out.send[2].u.session_ans.mc_group_undefined);
    ts005_device_stamp(&d, &out.send[1], SIM_S(2000));
    assert_int_equal(out.send[1].u.session_ans.time_to_start_s, 0);
}

struct server_step {
    enum { ASK, UP, TICK, CANCEL, STOP } what;
    int at_s;
    int64_t clock_s;
    const char *in;
    int rc; /* of ASK */
    const char *want;
    /* A accepted, R refused, F failed, each with the CID asked; for sessions the error of the
     * device's clock behind it. */
    const char *news;
    enum pkg_drop drop;
    int next_s, n_open;
};

static const char *news_text(const struct ts005_server_out *out, char *text, size_t size)
{
    static const char results[] = "ARF";
    size_t n = 0;
    text[0] = 0;
    for (int i = 0; i < out->n_news; i++) {
        const struct ts005_news *k = &out->news[i];
        n += (size_t)snprintf(text + n, size - n, "%c%u", results[k->result], k->asked.cid);
        if (k->clock_known)
            n += (size_t)snprintf(text + n, size - n, "(%lld)", (long long)k->clock_error_s);
    }
    return text;
}

static void server_step(struct ts005_server *s, const struct server_step *k, int i)
{
    const struct pkg_now now = {.at = SIM_S(k->at_s), .gps_ns = SIM_S(k->clock_s)};
    struct ts005_server_out out = {0};
    struct ts005 c;
    uint8_t buf[300];
    char text[700], news[200];
    size_t at = 0;
    struct pkg_payload p = payload(k->in ? k->in : "", buf, sizeof buf, false);
    switch (k->what) {
    case ASK:
        assert_int_equal(ts005_next(p.buf, p.len, &at, false, 1, &c), 1);
        assert_int_equal(ts005_server_ask(s, &now, &c, &out), k->rc);
        break;
    case UP:
        ts005_server_receive(s, &now, &p, &out);
        break;
    case TICK:
        ts005_server_wake(s, &now, &out);
        break;
    case CANCEL:
        ts005_server_cancel(s);
        break;
    case STOP:
        break;
    }
    if (strcmp(sent(out.send, out.n_send, text), k->want) != 0)
        fail_msg("step %d: sent %s, not %s", i, text, k->want);
    if (strcmp(news_text(&out, news, sizeof news), k->news) != 0)
        fail_msg("step %d: news %s, not %s", i, news, k->news);
    assert_int_equal(out.drop, k->drop);
    assert_int_equal(ts005_server_next(s), k->next_s == NEVER ? SIM_NEVER : SIM_S(k->next_s));
    assert_int_equal(ts005_server_n_open(s), k->n_open);
}

static void run_server(const struct ts005_server_cfg *cfg, const struct server_step *steps)
{
    struct ts005_server s;
    ts005_server_init(&s, cfg);
    for (int i = 0; steps[i].what != STOP; i++)
        server_step(&s, &steps[i], i);
}

static const struct ts005_server_cfg server1 = {.version = 1,
                                                .retry = {.n_tries = 2, .spacing = SIM_S(10)}};
static const struct ts005_server_cfg server2 = {
    .version = 2,
    .send_anyway = true,
    .retry = {.n_tries = 5, .spacing = SIM_S(10), .limit = SIM_S(25)}};

#define SESSION_C                                                                                  \
    "0400"                                                                                         \
    "4c040000"                                                                                     \
    "03" FREQ "05" /* at 1100 s */
#define SESSION_B                                                                                  \
    "0501"                                                                                         \
    "80040000"                                                                                     \
    "03" FREQ "05" /* at 1152 s */

static void test_server_results(void **state)
{
    (void)state;
    static const struct server_step steps[] = {
        {ASK, 0, 0, "00", 0, "00", "", 0, 10, 1},
        {UP, 1, 0, "000201", 0, "", "A0", 0, NEVER, 0},
        {UP, 1, 0, "000201", 0, "", "", PKG_DROP_STALE, NEVER, 0},
        {ASK, 0, 0, SETUP(1), 0, SETUP(1), "", 0, 10, 1},
        {UP, 0, 0, "0200", 0, "", "", PKG_DROP_STALE, 10, 1}, /* another group */
        {UP, 0, 0, "0201", 0, "", "A2", 0, NEVER, 0},
        {ASK, 0, 0, SETUP(1), 0, SETUP(1), "", 0, 10, 1},
        {UP, 0, 0, "0205", 0, "", "R2", 0, NEVER, 0}, /* IDerror */
        {ASK, 0, 0, "0302", 0, "0302", "", 0, 10, 1},
        {UP, 0, 0, "0302", 0, "", "A3", 0, NEVER, 0},
        {ASK, 0, 0, "0302", 0, "0302", "", 0, 10, 1},
        {UP, 0, 0, "0306", 0, "", "R3", 0, NEVER, 0}, /* McGroupUndefined */
        {ASK, 0, 0, "0103", 0, "0103", "", 0, 10, 1},
        {UP, 0, 0, "0111 0001020304", 0, "", "A1", 0, NEVER, 0},
        {ASK, 0, 1000, SESSION_C, 0, SESSION_C, "", 0, 10, 1},
        {UP, 0, 1005, "0404", 0, "", "R4", 0, NEVER, 0}, /* DRError */
        {ASK, 0, 1000, SESSION_C, 0, SESSION_C, "", 0, 10, 1},
        {UP, 0, 1005, "0408", 0, "", "R4", 0, NEVER, 0}, /* FreqError */
        {ASK, 0, 1000, SESSION_C, 0, SESSION_C, "", 0, 10, 1},
        {UP, 0, 1005, "0410", 0, "", "R4", 0, NEVER, 0}, /* McGroupUndefined */
        {ASK, 0, 1000, SESSION_C, 0, SESSION_C, "", 0, 10, 1},
        {UP, 0, 1005, "0420 5f0000", 0, "", "A4(0)", 0, NEVER, 0}, /* RFU in version 1 */
        {ASK, 0, 1000, SESSION_B, 0, SESSION_B, "", 0, 10, 1},
        {UP, 0, 1005, "0501 960000", 0, "", "A5(-3)", 0, NEVER, 0}, /* the device is late */
        {STOP, 0, 0, NULL, 0, NULL, NULL, 0, 0, 0},
    };
    static const struct server_step two[] = {
        {ASK, 0, 1000, SESSION_C, 0, SESSION_C, "", 0, 10, 1},
        {UP, 0, 1005, "0420", 0, "", "R4", 0, NEVER, 0}, /* StartMissed */
        {ASK, 0, 1000, SESSION_C, 0, SESSION_C, "", 0, 10, 1},
        {UP, 0, 1005, "0440", 0, "", "R4", 0, NEVER, 0}, /* an error to come */
        {ASK, 0, 1000, SESSION_C, 0, SESSION_C, "", 0, 10, 1},
        {UP, 0, 1005, "0400 ffffff", 0, "", "A4", 0, NEVER, 0}, /* saturated: nobody knows */
        {ASK, 0, 1000, SESSION_B, 0, SESSION_B, "", 0, 10, 1},
        {UP, 0, 1005, "0501 940000", 0, "", "A5(-1)", 0, NEVER, 0},
        {STOP, 0, 0, NULL, 0, NULL, NULL, 0, 0, 0},
    };
    run_server(&server1, steps);
    run_server(&server2, two);
}

static void test_server_retries(void **state)
{
    (void)state;
    static const struct server_step one[] = {
        {ASK, 0, 1000, "0300", 0, "0300", "", 0, 10, 1},
        {ASK, 4, 1000, "0301", 0, "0301", "", 0, 10, 2},
        {TICK, 10, 0, NULL, 0, "0300", "", 0, 14, 2},
        {TICK, 14, 0, NULL, 0, "0301", "", 0, 20, 2},
        {UP, 15, 0, "0301", 0, "", "A3", 0, 20, 1},
        {TICK, 20, 0, NULL, 0, "", "F3", 0, NEVER, 0},
        {UP, 21, 0, "0300", 0, "", "", PKG_DROP_STALE, NEVER, 0},
        {ASK, 30, 0, "0300", 0, "0300", "", 0, 40, 1},
        {ASK, 35, 0, "0300", 0, "0300", "", 0, 45, 1}, /* replaces itself */
        {ASK, 35, 0, "0301", 0, "0301", "", 0, 45, 2},
        {ASK, 35, 0, "0302", 0, "0302", "", 0, 45, 3},
        {ASK, 35, 0, "0303", 0, "0303", "", 0, 45, 4},
        {ASK, 35, 0, "00", SIM_EBUSY, "", "", 0, 45, 4},
        {UP, 36, 0, "0300 0305 0302 0303", 0, "", "A3R3A3A3", 0, NEVER, 0},
        {ASK, 40, 0, "00", 0, "00", "", 0, 50, 1},
        {CANCEL, 41, 0, NULL, 0, "", "", 0, NEVER, 0},
        {UP, 42, 0, "000201", 0, "", "", PKG_DROP_STALE, NEVER, 0},
        {UP, 42, 0, "000201 06", 0, "", "", PKG_DROP_UNKNOWN, NEVER, 0},
        {UP, 42, 0, "0002", 0, "", "", PKG_DROP_CUT, NEVER, 0},
        {STOP, 0, 0, NULL, 0, NULL, NULL, 0, 0, 0},
    };
    static const struct server_step limit[] = {
        {ASK, 0, 0, "00", 0, "00", "", 0, 10, 1},      {TICK, 10, 0, NULL, 0, "00", "", 0, 20, 1},
        {TICK, 20, 0, NULL, 0, "00", "", 0, 25, 1}, /* the limit comes before the next try */
        {TICK, 25, 0, NULL, 0, "", "F0", 0, NEVER, 0}, {STOP, 0, 0, NULL, 0, NULL, NULL, 0, 0, 0},
    };
    run_server(&server1, one);
    run_server(&server2, limit);
}

/* What the text forbids is not sent, unless it shall be. */
static void test_server_forbidden(void **state)
{
    (void)state;
    static const struct server_step one[] = {
        {ASK, 0, 1100, SESSION_C, SIM_ERANGE, "", "", 0, NEVER, 0},
        {ASK, 0, 1101, SESSION_C, SIM_ERANGE, "", "", 0, NEVER, 0},
        {ASK, 0, 1000, "0501 81040000 03" FREQ "05", SIM_ERANGE, "", "", 0, NEVER, 0},
        {STOP, 0, 0, NULL, 0, NULL, NULL, 0, 0, 0},
    };
    static const struct server_step two[] = {
        {ASK, 0, 1101, SESSION_C, 0, SESSION_C, "", 0, 10, 1},
        {ASK, 0, 1000, "0501 81040000 03" FREQ "05", 0, "05018104000003" FREQ "05", "", 0, 10, 2},
        {STOP, 0, 0, NULL, 0, NULL, NULL, 0, 0, 0},
    };
    run_server(&server1, one);
    run_server(&server2, two);
    struct ts005_server s;
    struct ts005_server_out out = {0};
    const struct pkg_now now = {0};
    struct ts005 c = {.cid = TS005_GROUP_DELETE};
    ts005_server_init(&s, &server1);
    c.u.group_delete_req.mc_group_id = 4;
    assert_int_equal(ts005_server_ask(&s, &now, &c, &out), SIM_ERANGE);
    c = (struct ts005){.cid = 6};
    assert_int_equal(ts005_server_ask(&s, &now, &c, &out), SIM_ENOENT);
    c = (struct ts005){.cid = TS005_PACKAGE_VERSION, .uplink = true};
    assert_int_equal(ts005_server_ask(&s, &now, &c, &out), SIM_ENOENT);
    assert_int_equal(out.n_send, 0);
}

/* Set-up and session of one device whose clock is 3 s ahead: the server sees it. */
static void test_both(void **state)
{
    (void)state;
    for (uint8_t version = 1; version <= 2; version++) {
        struct ts005_server_cfg sc = server1;
        struct ts005_device_cfg dc = v1;
        struct ts005_server s;
        struct ts005_device d;
        sc.version = dc.version = version;
        ts005_server_init(&s, &sc);
        ts005_device_init(&d, &dc);
        static const char *const asks[] = {"00", SETUP(0), "0101", SESSION_C};
        for (int i = 0; i < 4; i++) {
            const struct pkg_now server = {.gps_ns = SIM_S(1000)};
            const struct pkg_now device = {.gps_ns = SIM_S(1003), .room = ROOM};
            struct ts005_server_out down = {0}, news = {0};
            struct ts005_device_out up;
            struct ts005 c;
            uint8_t buf[300];
            size_t at = 0;
            struct pkg_payload p = payload(asks[i], buf, sizeof buf, false);
            assert_int_equal(ts005_next(p.buf, p.len, &at, false, version, &c), 1);
            assert_int_equal(ts005_server_ask(&s, &server, &c, &down), SIM_OK);
            ts005_device_out_init(&up);
            ts005_device_command(&d, &device, &down.send[0], &up);
            assert_int_equal(up.n_send, 1);
            ts005_server_command(&s, &server, &up.send[0], &news);
            assert_int_equal(news.n_news, 1);
            assert_int_equal(news.news[0].result, TS005_ACCEPTED);
            assert_int_equal(news.news[0].clock_error_s, i == 3 ? 3 : 0);
        }
        assert_int_equal(ts005_device_next(&d), SIM_S(1100));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),           cmocka_unit_test(test_status_fits),
        cmocka_unit_test(test_error_bits_v1),    cmocka_unit_test(test_error_bits_v2),
        cmocka_unit_test(test_time_to_start),    cmocka_unit_test(test_class_c_session),
        cmocka_unit_test(test_class_b_session),  cmocka_unit_test(test_past_v1),
        cmocka_unit_test(test_bad_payloads),     cmocka_unit_test(test_many_events),
        cmocka_unit_test(test_counters),         cmocka_unit_test(test_stamp),
        cmocka_unit_test(test_server_results),   cmocka_unit_test(test_server_retries),
        cmocka_unit_test(test_server_forbidden), cmocka_unit_test(test_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
