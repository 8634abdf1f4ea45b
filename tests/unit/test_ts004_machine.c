/* SPDX-License-Identifier: GPL-2.0-only
 * Pins both machines of fragmented blocks by tables: what comes in, and which octets, events,
 * reason and next wake come out; every error bit of every answer, refused fragments, delays,
 * receipts. Then blocks with bytes against ranks, and device and server against each other. What
 * happens on the air is tested in runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/packages/fragmic.h"
#include "models/packages/ts004_device.h"
#include "models/packages/ts004_server.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/rng.h"

enum { NEVER = -1, ROOM = 242 };

static const struct ts004_device_cfg v1 = {
    .version = 1,
    .code = FRAG_CODE_V1,
    .n_sessions = 2,
    .max_frag_size = 4,
    .max_frags = 6,
    .max_lost = 2,
    .max_block = 20,
    .descriptor = {0xAA, 0, 0, 0x10},
    .descriptor_mask = {0xFF, 0, 0, 0xF0},
};
static const struct ts004_device_cfg v2 = {
    .version = 2,
    .code = FRAG_CODE_V2,
    .n_sessions = 4,
    .max_frag_size = 50,
    .max_frags = 100,
    .max_lost = 100,
    .max_block = 5000,
    .acknowledge = {.n_tries = 2, .spacing = SIM_S(7)},
};

enum what { RX, RX_GROUP_0, RX_GROUP_1, WAKE, RESTART, END };

struct device_step {
    enum what what;
    int64_t at_s;
    const char *in; /* hex */
    const char *want;
    const char *events; /* S set, B block, and an end: R replaced, D deleted, X restart; index */
    enum pkg_drop drop;
    int64_t next_s;
    int room; /* 0: enough */
};

static struct pkg_payload payload(const char *hex, uint8_t *buf, size_t size)
{
    struct pkg_payload p = {.buf = buf};
    assert_int_equal(hex_parse(hex, buf, size, &p.len), SIM_OK);
    return p;
}

static const char *sent(const struct ts004 *c, int n, int version, char *text)
{
    uint8_t buf[300];
    size_t at = 0;
    for (int i = 0; i < n; i++)
        assert_int_equal(ts004_put(buf, sizeof buf, &at, version, &c[i]), SIM_OK);
    return hex_print(buf, at, text);
}

static const char *letters(const struct ts004_device_out *out, char *text)
{
    static const char ends[] = "?RDX";
    for (int i = 0; i < out->n_events; i++) {
        const struct ts004_device_event *e = &out->events[i];
        text[2 * i] = e->kind == TS004_EV_SESSION_SET ? 'S'
                      : e->kind == TS004_EV_BLOCK     ? 'B'
                                                      : ends[e->report.end];
        text[2 * i + 1] = (char)('0' + e->frag_index);
    }
    text[2 * out->n_events] = 0;
    return text;
}

static void device_step(struct ts004_device *d, const struct device_step *s, int i)
{
    /* Half of any delay. */
    const struct pkg_now now = {
        .at = SIM_S(s->at_s), .random = 0x80000000, .room = s->room ? (size_t)s->room : ROOM};
    struct ts004_device_out out;
    uint8_t buf[300];
    char text[700], events[200];
    struct pkg_payload p = {0};
    ts004_device_out_init(&out);
    if (s->in)
        p = payload(s->in, buf, sizeof buf);
    p.multicast = s->what == RX_GROUP_0 || s->what == RX_GROUP_1;
    p.mc_group_id = s->what == RX_GROUP_1;
    if (s->what == WAKE)
        ts004_device_wake(d, &now, &out);
    else if (s->what == RESTART)
        ts004_device_restart(d, &out);
    else
        ts004_device_receive(d, &now, &p, &out);
    const char *want = s->want ? s->want : "", *want_events = s->events ? s->events : "";
    if (strcmp(sent(out.send, out.n_send, d->cfg->version, text), want) != 0)
        fail_msg("step %d: sent %s, not %s", i, text, want);
    assert_int_equal(out.len, strlen(want) / 2);
    if (strcmp(letters(&out, events), want_events) != 0)
        fail_msg("step %d: events %s, not %s", i, events, want_events);
    if (out.drop != s->drop)
        fail_msg("step %d: %s", i, pkg_drop_text(out.drop));
    sim_time next = s->next_s == NEVER ? SIM_NEVER : SIM_S(s->next_s);
    if (ts004_device_next(d) != next)
        fail_msg("step %d: next wake at %lld", i, (long long)ts004_device_next(d));
}

static void run_device(const struct ts004_device_cfg *cfg, const uint8_t *key,
                       const struct device_step *steps)
{
    struct fragpool *pool = fragpool_open();
    struct ts004_device d;
    ts004_device_init(&d, cfg, pool, key, true);
    for (int i = 0; steps[i].what != END; i++)
        device_step(&d, &steps[i], i);
    ts004_device_fini(&d);
    fragpool_close(pool);
}

/* FragSession, NbFrag, FragSize, Control, Padding, Descriptor. */
#define D "aa000010"

static void test_setup_v1(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 0, "00", "000301", NULL, 0, NEVER, 0},
        {RX, 0, "02 00 0500 04 00 03 " D, "0200", "S0", 0, NEVER, 0},
        {RX, 0, "02 00 0500 04 00 03 " D, "0200", NULL, 0, NEVER, 0}, /* the same again */
        {RX, 0, "02 00 0400 04 00 03 " D, "0204", NULL, PKG_DROP_IN_USE, NEVER, 0},
        {RX, 0, "02 1f 0500 04 00 00 " D, "0240", "S1", 0, NEVER, 0},
        {RX, 0, "02 20 0500 04 00 00 " D, "0284", NULL, PKG_DROP_INDEX, NEVER, 0},
        {RX, 0, "03 00", "0300", "D0", 0, NEVER, 0},
        {RX, 0, "03 00", "0304", NULL, PKG_DROP_NO_SESSION, NEVER, 0},
        {RX, 0, "03 03", "0307", NULL, PKG_DROP_NO_SESSION, NEVER, 0},
        /* every bit alone, and all */
        {RX, 0, "02 00 0500 04 08 00 " D, "0201", NULL, PKG_DROP_ENCODING, NEVER, 0},
        {RX, 0, "02 00 0000 04 00 00 " D, "0201", NULL, PKG_DROP_ENCODING, NEVER, 0},
        {RX, 0, "02 00 0500 00 00 00 " D, "0201", NULL, PKG_DROP_ENCODING, NEVER, 0},
        {RX, 0, "02 00 0100 04 00 04 " D, "0201", NULL, PKG_DROP_ENCODING, NEVER, 0}, /* padding */
        {RX, 0, "02 00 0700 02 00 00 " D, "0202", NULL, PKG_DROP_MEMORY, NEVER, 0},
        {RX, 0, "02 00 ffff 01 00 00 " D, "0202", NULL, PKG_DROP_MEMORY, NEVER, 0},
        {RX, 0, "02 00 0500 05 00 00 " D, "0202", NULL, PKG_DROP_MEMORY, NEVER, 0},
        {RX, 0, "02 00 0600 04 00 00 " D, "0202", NULL, PKG_DROP_MEMORY, NEVER, 0}, /* 24 > 20 */
        {RX, 0, "02 00 0500 04 00 00 ab000010", "0208", NULL, PKG_DROP_DESCRIPTOR, NEVER, 0},
        {RX, 0, "02 00 0500 04 00 00 aa000020", "0208", NULL, PKG_DROP_DESCRIPTOR, NEVER, 0},
        {RX, 0, "02 f0 ff00 ff 38 00 00000000", "02cf", NULL, PKG_DROP_ENCODING, NEVER, 0},
        {RX, 0, "02 c0 0500 04 c7 03 aa12341f", "0200", "S0", 0, NEVER, 0}, /* RFU, unmasked */
        {RX_GROUP_0, 0, "03 00", NULL, NULL, PKG_DROP_MULTICAST, NEVER, 0},
        {RX_GROUP_0, 0, "00", NULL, NULL, PKG_DROP_MULTICAST, NEVER, 0},
        {RX_GROUP_0, 0, "02 00 0500 04 00 03 " D, NULL, NULL, PKG_DROP_MULTICAST, NEVER, 0},
        {RESTART, 0, NULL, NULL, "X0X1", 0, NEVER, 0},
        {RX, 0, "00 02 00 0500 04 00 03 " D, "000301", "S0", PKG_DROP_NO_ROOM, NEVER, 4},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, NULL, steps);
    struct ts004_device_cfg replacing = v1;
    static const struct device_step replace[] = {
        {RX, 0, "02 00 0500 04 00 03 " D, "0200", "S0", 0, NEVER, 0},
        {RX, 0, "02 00 0400 04 00 03 " D, "0200", "R0S0", 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    replacing.replace = true;
    run_device(&replacing, NULL, replace);
}

/* Memory of all sessions together: block, and a matrix over two columns, 5 * 2 + 1. */
static void test_memory(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 0, "02 00 0500 04 00 00 " D, "0200", "S0", 0, NEVER, 0},
        {RX, 0, "02 10 0500 04 00 00 " D, "0242", NULL, PKG_DROP_MEMORY, NEVER, 0},
        {RX, 0, "02 10 0500 01 00 00 " D, "0240", "S1", 0, NEVER, 0},
        {RX, 0, "02 10 0500 01 00 00 " D, "0240", NULL, 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    struct ts004_device_cfg cfg = v1;
    cfg.memory = 20 + 11 + 5 + 11;
    run_device(&cfg, NULL, steps);
}

/* Five fragments of four octets, 17 of them the block. Group 1 may feed it. */
static void test_fragments_v1(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 0, "08 0100 01020304", NULL, NULL, PKG_DROP_NO_SESSION, NEVER, 0},
        {RX, 0, "02 02 0500 04 00 03 " D, "0200", "S0", 0, NEVER, 0},
        {RX, 0, "08 0140 01020304", NULL, NULL, PKG_DROP_NO_SESSION, NEVER, 0}, /* index 1 */
        {RX, 0, "08 01c0 01020304", NULL, NULL, PKG_DROP_NO_SESSION, NEVER, 0}, /* index 3 */
        {RX, 0, "08 0100 010203", NULL, NULL, PKG_DROP_WRONG_SIZE, NEVER, 0},
        {RX, 0, "08 0100 0102030405", NULL, NULL, PKG_DROP_WRONG_SIZE, NEVER, 0},
        {RX, 0, "08 0100", NULL, NULL, PKG_DROP_WRONG_SIZE, NEVER, 0},
        {RX, 0, "08 01", NULL, NULL, PKG_DROP_CUT, NEVER, 0},
        {RX, 0, "08 0000 01020304", NULL, NULL, PKG_DROP_WRONG_NUMBER, NEVER, 0},
        {RX_GROUP_0, 0, "08 0100 01020304", NULL, NULL, PKG_DROP_OTHER_GROUP, NEVER, 0},
        {RX, 0, "0301 08 0100 01020304", "0305", NULL, PKG_DROP_NOT_ALONE, NEVER, 0},
        {RX_GROUP_1, 0, "08 0100 01020304", NULL, NULL, 0, NEVER, 0},
        {RX_GROUP_1, 0, "08 0100 01020304", NULL, NULL, 0, NEVER, 0}, /* repeated */
        /* parity while three are missing: more than it can repair */
        {RX, 0, "08 0200 11121314", NULL, NULL, 0, NEVER, 0},
        {RX, 0, "08 ff3f 00000000", NULL, NULL, PKG_DROP_NO_MATRIX, NEVER, 0},
        {RX, 0, "01 01", "0104000301", NULL, 0, NEVER, 0},
        {RX, 0, "08 0300 21222324", NULL, NULL, 0, NEVER, 0},
        {RX, 0, "01 00", "0105000201", NULL, 0, NEVER, 0},
        {RX, 0, "08 0500 41ffffff", NULL, NULL, 0, NEVER, 0},
        {RX, 0, "08 0400 31323334", NULL, "B0", 0, NEVER, 0},
        {RX, 0, "01 00", NULL, NULL, PKG_DROP_NOTHING_MISSING, NEVER, 0},
        {RX, 0, "01 01", "0107000000", NULL, 0, NEVER, 0},
        {RX, 0, "08 0100 01020304", NULL, NULL, PKG_DROP_COMPLETE, NEVER, 0},
        {RX, 0, "01 07", NULL, NULL, PKG_DROP_NO_SESSION, NEVER, 0}, /* version 1 has no bit */
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v1, NULL, steps);
}

/* BlockAckDelay 2: up to 64 s. On a multicast address always, on the own one only where it is
 * asked for; a second request does not start it anew. */
static void test_delays(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 0, "02 01 0500 04 02 00 " D, "0200", "S0", 0, NEVER, 0},
        {RX_GROUP_0, 100, "01 01", NULL, NULL, 0, 132, 0},
        {RX_GROUP_0, 120, "01 00", NULL, NULL, 0, 132, 0},
        {WAKE, 131, NULL, NULL, NULL, 0, 132, 0},
        {RX, 131, "08 0100 01020304", NULL, NULL, 0, 132, 0}, /* counts: as it is sent */
        {WAKE, 132, NULL, "0101000400", NULL, 0, NEVER, 0},
        {RX, 140, "01 01", "0101000400", NULL, 0, NEVER, 0},
        {RX_GROUP_0, 150, "01 01", NULL, NULL, 0, 182, 0},
        {RX, 151, "03 00", "0300", "D0", 0, NEVER, 0}, /* the answer goes, too */
        {RX_GROUP_0, 160, "01 01", NULL, NULL, PKG_DROP_NO_SESSION, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    static const struct device_step delayed[] = {
        {RX, 0, "02 01 0500 04 07 00 " D, "0200", "S0", 0, NEVER, 0},
        {RX, 0, "01 01", NULL, NULL, 0, 1024, 0},
        {WAKE, 1024, NULL, "0100000500", NULL, 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    struct ts004_device_cfg cfg = v1;
    run_device(&cfg, NULL, steps);
    cfg.delay_unicast = true;
    run_device(&cfg, NULL, delayed);
}

/* The session's counter must grow once a fragment of it came; not before, and each index has its
 * own. */
static void test_counter_v2(void **state)
{
    (void)state;
#define V2(session, cnt) "02" session "0200 02 00 00 01020304" cnt "00000000"
    static const struct device_step steps[] = {
        {RX, 0, "00", "000302", NULL, 0, NEVER, 0},
        {RX, 0, V2("00", "0000"), "0200", "S0", 0, NEVER, 0},
        {RX, 0, V2("00", "0000"), "0200", "R0S0", 0, NEVER, 0},
        {RX, 0, "08 0100 0102", NULL, NULL, 0, NEVER, 0},
        {RX, 0, V2("00", "0000"), "0210", NULL, PKG_DROP_COUNTER, NEVER, 0},
        {RX, 0, V2("10", "0000"), "0240", "S1", 0, NEVER, 0},
        {RX, 0, V2("00", "0500"), "0200", "R0S0", 0, NEVER, 0},
        {RX, 0, V2("00", "0100"), "0200", "R0S0", 0, NEVER, 0},
        {RESTART, 0, NULL, NULL, "X0X1", 0, NEVER, 0},
        {RX, 0, V2("00", "0000"), "0210", NULL, PKG_DROP_COUNTER, NEVER, 0},
        {RX, 0, V2("00", "ffff"), "0200", "S0", 0, NEVER, 0},
        {RX, 0, "08 0200 0102", NULL, NULL, 0, NEVER, 0},
        {RX, 0, V2("00", "ffff"), "0210", NULL, PKG_DROP_COUNTER, NEVER, 0},
        {RX, 0, "01 04", "0104", NULL, PKG_DROP_NO_SESSION, NEVER, 0}, /* index 2 */
        {RX_GROUP_0, 0, "01 05", NULL, NULL, PKG_DROP_NO_SESSION, NEVER, 0},
        {RX, 0, "01 01", "0100010001", NULL, 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    static const struct device_step liberal[] = {
        {RX, 0, "01 04", "0104008000", NULL, PKG_DROP_NO_SESSION, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    struct ts004_device_cfg cfg = v2;
    run_device(&cfg, NULL, steps);
    cfg.long_no_session = true;
    run_device(&cfg, NULL, liberal);
}

/* Receipts: after the delay (BlockAckDelay 0: half of 16 s), twice, 7 s apart, until confirmed. A
 * wrong integrity code is told in both answers. */
static void test_receipts(void **state)
{
    (void)state;
    static const uint8_t key[16] = {1, 2, 3}, block[3] = {0x61, 0x62, 0x63};
    const struct fragmic_session m = {
        .session_cnt = 9, .frag_index = 1, .descriptor = {1, 2, 3, 4}};
    uint8_t mic[4];
    char good[80], hex[9];
    fragmic_block(key, &m, block, sizeof block, mic);
    snprintf(good, sizeof good, "02 10 0200 02 40 01 01020304 0900 %s",
             hex_print(mic, sizeof mic, hex));
    const struct device_step steps[] = {
        {RX, 0, good, "0240", "S1", 0, NEVER, 0},
        {RX, 0, "04 01", NULL, NULL, PKG_DROP_STALE, NEVER, 0}, /* nothing to confirm */
        {RX, 0, "08 0140 6162", NULL, NULL, 0, NEVER, 0},
        {RX, 10, "08 0240 63ff", NULL, "B1", 0, 18, 0},
        {WAKE, 18, NULL, "0401", NULL, 0, 25, 0},
        {WAKE, 25, NULL, "0401", NULL, 0, NEVER, 0},
        {RX, 26, "04 01", NULL, NULL, 0, NEVER, 0},
        {RX, 26, "01 03", "0100024000", NULL, 0, NEVER, 0},
        {RX, 26, "04 02", NULL, NULL, PKG_DROP_NO_SESSION, NEVER, 0},
        /* again, now with a wrong octet */
        {RX, 30, "02 10 0200 02 40 01 01020304 0a00 00000000", "0240", "R1S1", 0, NEVER, 0},
        {RX, 30, "08 0140 6162", NULL, NULL, 0, NEVER, 0},
        {RX, 30, "08 0240 63ff", NULL, "B1", 0, 38, 0},
        {WAKE, 38, NULL, "0405", NULL, 0, 45, 0},
        {RX, 39, "04 01", NULL, NULL, 0, NEVER, 0},
        {WAKE, 45, NULL, NULL, NULL, 0, NEVER, 0},
        {RX, 46, "01 03", "0102024000", NULL, 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    run_device(&v2, key, steps);
}

/* What LoRaMac-node does when more is lost than it can store: the block is called complete. */
static void test_called_complete(void **state)
{
    (void)state;
    static const struct device_step steps[] = {
        {RX, 0, "02 00 0500 04 00 00 " D, "0200", "S0", 0, NEVER, 0},
        {RX, 0, "08 0100 01020304", NULL, NULL, 0, NEVER, 0},
        {RX, 0, "08 0600 01020304", NULL, "B0", PKG_DROP_NO_MATRIX, NEVER, 0},
        {RX, 0, "01 01", "0102000000", NULL, 0, NEVER, 0},
        {END, 0, NULL, NULL, NULL, 0, 0, 0},
    };
    struct ts004_device_cfg cfg = v1;
    cfg.calls_it_complete = true;
    run_device(&cfg, NULL, steps);
}

/* ---- blocks ---- */

struct side {
    struct ts004_device d;
    struct ts004_device_out out;
};

static void open_side(struct side *s, const struct ts004_device_cfg *cfg, struct fragpool *pool,
                      bool bytes, const struct ts004_setup_req *q)
{
    ts004_device_init(&s->d, cfg, pool, NULL, bytes);
    ts004_device_out_init(&s->out);
    assert_true(ts004_device_provision(&s->d, q, &s->out));
}

/* Fragments in a random order, some lost, some twice: ranks and bytes go the same way, and what is
 * complete is the block. */
static void one_case(const struct ts004_device_cfg *cfg, struct fragpool *pool, struct rng *g)
{
    struct ts004_setup_req q = {.nb_frag = (uint16_t)(2 + rng_below(g, 60)),
                                .frag_size = (uint8_t)(1 + rng_below(g, 20)),
                                .frag_index = (uint8_t)rng_below(g, cfg->n_sessions)};
    static uint8_t block[62 * 20];
    uint8_t data[FRAG_MAX_SIZE];
    struct fragrows *rows;
    struct side b, r;
    rng_bytes(g, block, sizeof block);
    open_side(&b, cfg, pool, true, &q);
    open_side(&r, cfg, pool, false, &q);
    assert_int_equal(fragpool_take(pool, (enum frag_code)cfg->code, q.nb_frag, &rows), SIM_OK);
    for (int i = 0; i < 150; i++) {
        unsigned n = 1 + rng_below(g, q.nb_frag + 40u);
        struct ts004 c = {.cid = TS004_DATA_FRAGMENT};
        fragcode_encode(rows, block, q.frag_size, n, data);
        c.u.data_fragment.frag_index = q.frag_index;
        c.u.data_fragment.n = (uint16_t)n;
        c.u.data_fragment.data = data;
        c.u.data_fragment.len = q.frag_size;
        struct ts004_pushed x = ts004_device_push(&b.d, i, -1, &c);
        struct ts004_pushed y = ts004_device_push(&r.d, i, -1, &c);
        assert_int_equal(x.step, y.step);
        assert_int_equal(x.drop, y.drop);
        assert_int_equal(x.ended, y.ended);
        size_t len;
        const uint8_t *rebuilt = ts004_device_block(&b.d, q.frag_index, &len);
        assert_null(ts004_device_block(&r.d, q.frag_index, &len));
        struct ts004_report report = ts004_device_report(&b.d, q.frag_index);
        assert_int_equal(rebuilt != NULL, report.complete);
        assert_int_equal(report.n_late + report.n_uncoded + report.n_coded + report.n_repeated,
                         (uint32_t)i + 1);
        if (rebuilt)
            assert_memory_equal(rebuilt, block, (size_t)q.nb_frag * q.frag_size);
    }
    fragpool_drop(pool, (enum frag_code)cfg->code, q.nb_frag);
    ts004_device_fini(&b.d);
    ts004_device_fini(&r.d);
}

static void test_ranks_as_bytes(void **state)
{
    (void)state;
    struct fragpool *pool = fragpool_open();
    struct rng g = rng_open(1, 1, RNG_TEST, 4);
    struct ts004_device_cfg cfg = v2;
    for (int i = 0; i < 600; i++) {
        cfg.max_lost = (uint16_t)(i % 2 ? 100 : i % 20);
        cfg.version = (uint8_t)(i % 3 ? 2 : 1);
        cfg.code = (uint8_t)(i % 3 ? FRAG_CODE_V2 : FRAG_CODE_V1);
        one_case(&cfg, pool, &g);
    }
    fragpool_close(pool);
}

/* Four sessions at once, their fragments one after the other. */
static void test_four_sessions(void **state)
{
    (void)state;
    struct fragpool *pool = fragpool_open();
    struct ts004_device d;
    struct ts004_device_out out;
    uint8_t data[4];
    ts004_device_init(&d, &v2, pool, NULL, true);
    ts004_device_out_init(&out);
    for (uint8_t k = 0; k < 4; k++) {
        struct ts004_setup_req q = {.frag_index = k, .nb_frag = 9, .frag_size = 4};
        assert_true(ts004_device_provision(&d, &q, &out));
    }
    for (uint16_t n = 1; n <= 9; n++)
        for (uint8_t k = 0; k < 4; k++) {
            struct ts004 c = {.cid = TS004_DATA_FRAGMENT};
            memset(data, 16 * k + n, sizeof data);
            c.u.data_fragment.frag_index = k;
            c.u.data_fragment.n = n;
            c.u.data_fragment.data = data;
            c.u.data_fragment.len = sizeof data;
            assert_int_equal(ts004_device_push(&d, n, -1, &c).ended, n == 9);
        }
    for (uint8_t k = 0; k < 4; k++) {
        size_t len;
        const uint8_t *block = ts004_device_block(&d, k, &len);
        assert_int_equal(len, 36);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(block[i], 16u * k + 1 + i / 4);
    }
    ts004_device_fini(&d);
    fragpool_close(pool);
}

/* ---- the server ---- */

static const struct ts004_server_cfg server_v2 = {
    .version = 2,
    .retry = {.n_tries = 2, .spacing = SIM_S(10)},
    .status_retry = {.n_tries = 1, .spacing = SIM_S(100)}};

static const struct ts004_news *rx(struct ts004_server *s, const char *hex,
                                   struct ts004_server_out *out)
{
    uint8_t buf[64];
    struct pkg_payload p = payload(hex, buf, sizeof buf);
    struct pkg_now now = {.at = SIM_S(5)};
    ts004_server_out_init(out);
    ts004_server_receive(s, &now, &p, out);
    return out->n_news ? &out->news[0] : NULL;
}

static void test_server_answers(void **state)
{
    (void)state;
    static struct ts004_server_out out;
    struct ts004_server s;
    struct pkg_now now = {0};
    ts004_server_init(&s, &server_v2);
    ts004_server_out_init(&out);
    struct ts004 setup = {.cid = TS004_SESSION_SETUP}, erase = {.cid = TS004_SESSION_DELETE},
                 status = {.cid = TS004_SESSION_STATUS}, version = {.cid = TS004_PACKAGE_VERSION};
    setup.u.setup_req.frag_index = erase.u.delete_req.frag_index = 2;
    status.u.status_req.frag_index = 1;
    const struct ts004 *all[] = {&setup, &erase, &status, &version};
    for (int i = 0; i < 4; i++)
        assert_int_equal(ts004_server_ask(&s, &now, all[i], &out), SIM_OK);
    assert_int_equal(out.n_send, 4);
    assert_int_equal(ts004_server_n_open(&s), 4);
    struct ts004 more = setup;
    more.u.setup_req.frag_index = 0;
    assert_int_equal(ts004_server_ask(&s, &now, &more, &out), SIM_EBUSY);
    more.u.setup_req.frag_index = 4;
    assert_int_equal(ts004_server_ask(&s, &now, &more, &out), SIM_ERANGE);
    more.cid = TS004_DATA_FRAGMENT;
    assert_int_equal(ts004_server_ask(&s, &now, &more, &out), SIM_ENOENT);
    /* of another session; unknown; cut */
    assert_null(rx(&s, "0240", &out));
    assert_int_equal(out.drop, PKG_DROP_STALE);
    assert_null(rx(&s, "09", &out));
    assert_int_equal(out.drop, PKG_DROP_UNKNOWN);
    assert_null(rx(&s, "02", &out));
    assert_int_equal(out.drop, PKG_DROP_CUT);
    const struct ts004_news *n = rx(&s, "0290", &out);
    assert_int_equal(n->result, TS004_REFUSED);
    assert_true(n->answer.u.setup_ans.session_cnt_replay);
    assert_int_equal(n->asked.u.setup_req.frag_index, 2);
    assert_int_equal(rx(&s, "0302", &out)->result, TS004_ACCEPTED);
    assert_int_equal(rx(&s, "000302", &out)->result, TS004_ACCEPTED);
    assert_int_equal(rx(&s, "0104", &out)->result, TS004_REFUSED); /* no session, no counts */
    assert_int_equal(ts004_server_n_open(&s), 0);
    assert_int_equal(ts004_server_next(&s), SIM_NEVER);
    /* what a group was asked, and a receipt, which is confirmed */
    assert_int_equal(rx(&s, "0100014005", &out)->result, TS004_TOLD);
    n = rx(&s, "0407", &out);
    assert_int_equal(n->result, TS004_TOLD);
    assert_true(n->answer.u.block_received_req.mic_error);
    assert_int_equal(out.n_send, 1);
    assert_int_equal(out.send[0].u.block_received_ans.frag_index, 3);
}

static void test_server_repeats(void **state)
{
    (void)state;
    static struct ts004_server_out out;
    struct ts004_server s;
    struct pkg_now now = {0};
    struct ts004 setup = {.cid = TS004_SESSION_SETUP}, status = {.cid = TS004_SESSION_STATUS};
    ts004_server_init(&s, &server_v2);
    ts004_server_out_init(&out);
    ts004_server_ask(&s, &now, &setup, &out);
    ts004_server_ask(&s, &now, &status, &out);
    static const struct {
        int64_t at_s;
        int n_send, n_news;
        int64_t next_s;
    } steps[] = {{9, 0, 0, 10}, {10, 1, 0, 20}, {20, 0, 1, 100}, {99, 0, 0, 100}, {100, 0, 1, -1}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        now.at = SIM_S(steps[i].at_s);
        ts004_server_out_init(&out);
        ts004_server_wake(&s, &now, &out);
        assert_int_equal(out.n_send, steps[i].n_send);
        assert_int_equal(out.n_news, steps[i].n_news);
        if (out.n_news)
            assert_int_equal(out.news[0].result, TS004_FAILED);
        assert_int_equal(ts004_server_next(&s),
                         steps[i].next_s < 0 ? SIM_NEVER : SIM_S(steps[i].next_s));
    }
    ts004_server_ask(&s, &now, &setup, &out);
    ts004_server_cancel(&s);
    assert_int_equal(ts004_server_n_open(&s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_setup_v1),        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_fragments_v1),    cmocka_unit_test(test_delays),
        cmocka_unit_test(test_counter_v2),      cmocka_unit_test(test_receipts),
        cmocka_unit_test(test_called_complete), cmocka_unit_test(test_ranks_as_bytes),
        cmocka_unit_test(test_four_sessions),   cmocka_unit_test(test_server_answers),
        cmocka_unit_test(test_server_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
