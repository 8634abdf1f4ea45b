/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the network server's class B: when and where it sends after uplinks with the ClassB bit, to
 * the nanosecond, what gateways, duty cycle and other devices do to that, commands and confirmed
 * downlinks, and what an uplink takes out of the queue. The uplinks are forged, so that nothing
 * depends on a device that follows beacons; what such a device hears is left open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/lorawan/devices_internal.h"
#include "models/lorawan/pingslot.h"
#include "tests/harness.h"
#include "tools/world.h"
#include "tools/world_internal.h"

#define START_GPS_S INT64_C(1451260800) /* 128 s after a beacon: simulated time 0 is one */
#define RUN         "duration: 30min, start: \"gps:1451260800\""
#define PING_HZ     869525000
#define DOWNLINK    "data_rate: 5, downlink: {kind: periodic, period: 60s, phase: 10s, size: 20B, "
#define TWO         "{x: 0m, y: 0m}, {x: 0m, y: 10m}"
#define FIVE        "{x: 1m, y: 0m}, {x: 2m, y: 0m}, {x: 3m, y: 0m}, {x: 4m, y: 0m}, {x: 5m, y: 0m}"
#define TWENTY      FIVE ", " FIVE ", " FIVE ", " FIVE
#define CROWD       TWENTY ", " TWENTY

struct talk {
    struct trace trace;
    struct world *w;
    struct run *r;
    struct keyring *ring;
    uint32_t fcnt[40];
    struct lw_aes zero;
};

static void begin(struct talk *t, struct setup s)
{
    memset(t, 0, sizeof *t);
    s.run = s.run ? s.run : RUN;
    t->r = run_begin(&s, &t->trace, &t->w);
    t->ring = keyring_open();
    pingslot_key_init(&t->zero);
}

static void end(struct talk *t, sim_time at)
{
    world_run_until(t->w, at);
    run_end(t->w);
    keyring_close(t->ring);
}

struct forged {
    bool class_b, ack, confirmed;
    const char *fopts; /* octets */
    uint8_t fopts_len;
};

/* An uplink of a device that begins at a time; one octet on FPort 2. */
static sim_time uplink(struct talk *t, uint32_t device, sim_time at, struct forged f)
{
    const struct trace_session *s = &t->r->session[device];
    struct lw_frame up = {.mtype = f.confirmed ? LW_CONFIRMED_UP : LW_UNCONFIRMED_UP,
                          .devaddr = s->devaddr,
                          .classb = f.class_b,
                          .ack = f.ack,
                          .fopts = (const uint8_t *)f.fopts,
                          .fopts_len = f.fopts_len,
                          .fport = 2,
                          .payload = (const uint8_t[]){0},
                          .payload_len = 1};
    world_run_until(t->w, at);
    struct medium_tx *tx = medium_tx_take(t->w->medium);
    tx->node = t->w->ids[device];
    tx->seq = t->fcnt[device];
    tx->device = device;
    tx->kind = f.confirmed ? FRAME_CONFIRMED_UP : FRAME_UP;
    tx->uplink = true;
    tx->dr = 5;
    tx->fport = 2;
    tx->devaddr = s->devaddr;
    tx->fcnt = t->fcnt[device];
    tx->len = (uint8_t)lw_frame_encode(
        &up, keyring_get(t->ring, keyring_take(t->ring, s->nwkskey, s->appskey)), t->fcnt[device]++,
        tx->phy);
    tx->power_cdbm = 1400;
    tx->start = at;
    devices_modulate(t->w->medium, t->w->region, tx, 868100000);
    sim_time over = tx->end;
    medium_send_uplink(t->w->medium, tx);
    return over;
}

static struct forged class_b(void)
{
    return (struct forged){.class_b = true};
}

/* PingSlotInfoReq with a periodicity, and the ClassB bit. */
static sim_time info(struct talk *t, uint32_t device, sim_time at, int periodicity)
{
    char fopts[2] = {LW_PING_SLOT_INFO, (char)periodicity};
    return uplink(t, device, at, (struct forged){.class_b = true, .fopts = fopts, .fopts_len = 2});
}

/* A device's first ping slot at or after a time, straight from the formula. */
static sim_time slot(const struct talk *t, uint32_t device, int periodicity, sim_time at)
{
    uint32_t addr = t->r->session[device].devaddr;
    for (int64_t b = at / SIM_S(128);; b++) {
        int offset =
            pingslot_offset(&t->zero, (uint32_t)(START_GPS_S + 128 * b), addr, periodicity);
        for (int n = offset; n < 4096; n += 32 << periodicity) {
            sim_time s = b * SIM_S(128) + SIM_MS(2120) + n * SIM_MS(30);
            if (s >= at)
                return s;
        }
    }
}

/* The n-th downlink in a ping slot of a device. */
static const struct row_downlink *ping(const struct talk *t, uint32_t device, int n)
{
    for (int i = 0; i < t->r->n_downlink; i++) {
        const struct row_downlink *d = &t->r->downlink[i];
        if (d->device == entity_make("dev", device) && d->window == MEDIUM_PING && n-- == 0)
            return d;
    }
    return NULL;
}

static int n_pings(const struct talk *t, uint32_t device)
{
    int n = 0;
    while (ping(t, device, n))
        n++;
    return n;
}

static int n_in_window(const struct talk *t, int window)
{
    int n = 0;
    for (int i = 0; i < t->r->n_downlink; i++)
        n += t->r->downlink[i].window == window && t->r->downlink[i].result == DL_SENT;
    return n;
}

/* Each message, made every minute from 10 s on, goes out in the first slot behind it that the
 * server can still reach: 20 ms of backhaul, 32.5 ms in the gateway's queue, 5 ms. */
static void slots(void **state)
{
    (void)state;
    for (int p = 0; p <= 5; p++) {
        struct talk t;
        begin(&t, (struct setup){.device = DOWNLINK "limit: 10}"});
        info(&t, 0, SIM_S(1), p);
        end(&t, SIM_S(900));
        assert_int_equal(n_pings(&t, 0), 10);
        sim_time before = 0;
        for (int i = 0; i < 10; i++) {
            const struct row_downlink *d = ping(&t, 0, i);
            sim_time made = SIM_S(10) + i * SIM_S(60), after = made + SIM_US(57500);
            assert_int_equal(d->result, DL_SENT);
            assert_int_equal(d->planned_start_ns, slot(&t, 0, p, after > before ? after : before));
            assert_int_equal(d->made_ns, made);
            const struct row_tx *tx = run_down(t.r, "dev", 0, 1 + i); /* 0: PingSlotInfoAns */
            assert_int_equal(tx->start_ns, d->planned_start_ns);
            assert_int_equal(tx->frequency_hz, PING_HZ);
            assert_int_equal(tx->dr, 3);
            assert_int_equal(tx->fcnt, 1 + i);
            sim_time since = tx->start_ns % SIM_S(128);
            assert_true(since >= SIM_MS(2120));
            assert_true(since + tx->end_ns - tx->start_ns <= SIM_S(125));
            before = tx->end_ns;
        }
        run_free(t.r);
    }
}

/* Without PingSlotInfoReq: one slot every 128 s. Without the bit: nothing. */
static void bit(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, (struct setup){.device = DOWNLINK "limit: 3}"});
    uplink(&t, 0, SIM_S(1), class_b());
    uplink(&t, 0, SIM_S(250), (struct forged){.class_b = false}); /* RX1 takes the last one */
    end(&t, SIM_S(1000));
    assert_int_equal(n_pings(&t, 0), 2);
    assert_int_equal(ping(&t, 0, 0)->planned_start_ns, slot(&t, 0, 7, SIM_S(11)));
    assert_int_equal(ping(&t, 0, 1)->planned_start_ns, slot(&t, 0, 7, SIM_S(128)));
    assert_int_equal(n_in_window(&t, MEDIUM_RX1), 1);
    run_free(t.r);
}

/* FPending while more wait; an uplink before the slot takes the message, once. */
static void uplink_first(void **state)
{
    (void)state;
    struct talk t;
    begin(&t,
          (struct setup){.device = "data_rate: 5, downlink: {kind: periodic, period: 1s, phase: "
                                   "10s, size: 20B, limit: 3}"});
    info(&t, 0, SIM_S(1), 7);
    sim_time first = slot(&t, 0, 7, SIM_S(11));
    sim_time over = uplink(&t, 0, SIM_S(20), class_b());
    assert_true(first > SIM_S(23)); /* so that it decides between RX1 and the slot */
    end(&t, SIM_S(600));
    assert_int_equal(n_in_window(&t, MEDIUM_RX1), 2); /* PingSlotInfoAns, message 0 */
    assert_int_equal(run_down(t.r, "dev", 0, 1)->start_ns, over + SIM_S(1));
    assert_int_equal(n_pings(&t, 0), 2);
    assert_int_equal(ping(&t, 0, 0)->planned_start_ns, first);
    assert_int_equal(ping(&t, 0, 1)->planned_start_ns, slot(&t, 0, 7, SIM_S(128)));
    for (int i = 1; i < 4; i++) {
        const struct row_tx *tx = run_down(t.r, "dev", 0, i);
        assert_int_equal(run_frame_at(t.r, false, tx->start_ns).fpending, i < 3);
        assert_int_equal(tx->fcnt, i);
    }
    run_free(t.r);
}

/* Did the server answer an uplink that ended then in RX1? */
static bool answered(const struct talk *t, sim_time over)
{
    for (int i = 0; i < t->r->n_downlink; i++)
        if (t->r->downlink[i].window == MEDIUM_RX1 &&
            t->r->downlink[i].planned_start_ns == over + SIM_S(1))
            return true;
    return false;
}

/* Nothing is on the air for a slot from 100 ms before RX1 to 500 ms behind RX2's start. */
static void class_a_windows(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, (struct setup){.device = "data_rate: 5, downlink: {kind: periodic, period: 100ms, "
                                       "phase: 10s, size: 5B, limit: 6000}"});
    info(&t, 0, SIM_S(1), 0);
    sim_time over[60];
    int n = 0;
    for (; n < 60; n++)
        over[n] = uplink(&t, 0, SIM_S(20) + n * SIM_MS(9700), class_b());
    end(&t, SIM_S(610));
    int n_near = 0;
    assert_true(n_pings(&t, 0) > 400);
    for (int i = 1; i < t.r->n_tx; i++) {
        const struct row_tx *tx = &t.r->tx[i];
        for (int k = 0; k < n && tx->dr == 3; k++) {
            if (!answered(&t, over[k]))
                continue; /* lost under a ping slot's frame: the server does not know of it */
            assert_false(tx->start_ns < over[k] + SIM_MS(2500) &&
                         tx->end_ns > over[k] + SIM_MS(900));
            n_near += tx->start_ns > over[k] && tx->start_ns < over[k] + SIM_S(4);
        }
    }
    assert_true(n_near > 40);
    /* Counters go up in the order of the air. */
    const struct row_tx *last = NULL;
    for (int i = 0; run_down(t.r, "dev", 0, i); i++) {
        const struct row_tx *tx = run_down(t.r, "dev", 0, i);
        assert_true(!last || (tx->start_ns >= last->end_ns && tx->fcnt == last->fcnt + 1));
        last = tx;
    }
    run_free(t.r);
}

/* Confirmed: again, with a new counter, in the first slot that can be reached 8 s after its end,
 * eight times in all; an uplink that does not acknowledge it (1) changes nothing, one that does (2)
 * ends it. */
static void confirmed(void **state)
{
    (void)state;
    for (int acked = 0; acked < 3; acked++) {
        struct talk t;
        begin(&t, (struct setup){.device = DOWNLINK "confirmed: 100%, limit: 2}"});
        info(&t, 0, SIM_S(1), 2);
        if (acked) {
            sim_time at = slot(&t, 0, 2, SIM_S(11)) + SIM_S(2);
            uplink(&t, 0, at, (struct forged){.class_b = true, .ack = acked == 2});
        }
        end(&t, SIM_S(600));
        int n = acked == 2 ? 1 : 8; /* of the first message */
        assert_int_equal(n_pings(&t, 0), n + 8);
        assert_int_equal(n_in_window(&t, MEDIUM_RX1), 1); /* PingSlotInfoAns */
        for (int i = 1; i < n_pings(&t, 0); i++) {
            const struct row_tx *a = run_down(t.r, "dev", 0, i),
                                *b = run_down(t.r, "dev", 0, i + 1);
            sim_time ready = a->end_ns + SIM_S(8);
            if (i == n && ready < SIM_S(70)) /* the second one is made */
                ready = SIM_S(70);
            assert_int_equal(b->kind, FRAME_CONFIRMED_DOWN);
            assert_int_equal(b->fcnt, a->fcnt + 1);
            assert_int_equal(b->start_ns, slot(&t, 0, 2, ready + SIM_US(57500)));
            assert_int_equal(ping(&t, 0, i)->made_ns, SIM_S(i < n ? 10 : 70));
        }
        run_free(t.r);
    }
}

/* An uplink is heard by the second gateway while the first is about to send in a ping slot for 2.8
 * s: its acknowledgement would overtake the frame, so there is none. */
static void no_overtaking(void **state)
{
    (void)state;
    struct talk t;
    char ans[] = {LW_PING_SLOT_CHANNEL, 3};
    begin(&t, (struct setup){.gateway = "count: 2",
                             .gateway_points = TWO,
                             .server = "ping_slot_data_rate: 0",
                             .device = "data_rate: 5, downlink: {kind: periodic, period: 60s, "
                                       "phase: 10s, size: 50B, limit: 1}"});
    info(&t, 0, SIM_S(1), 1);
    uplink(&t, 0, SIM_S(4),
           (struct forged){.class_b = true, .fopts = ans, .fopts_len = sizeof ans});
    sim_time start = slot(&t, 0, 1, SIM_S(10) + SIM_US(57500)),
             airtime = devices_airtime(t.w->region, 5, 14, false);
    uplink(&t, 0, start - SIM_MS(250) - airtime,
           (struct forged){.class_b = true, .confirmed = true});
    end(&t, SIM_S(60));
    assert_int_equal(n_pings(&t, 0), 1);
    assert_int_equal(ping(&t, 0, 0)->planned_start_ns, start);
    assert_int_equal(run_n_planned(t.r, DL_NO_GATEWAY), 1);
    assert_int_equal(n_in_window(&t, MEDIUM_RX1) + n_in_window(&t, MEDIUM_RX2), 1);
    run_free(t.r);
}

/* Commands go out once in a slot, with them again those that are under way when a third one is
 * queued; the uplink answers two, and RX1 has the third. New ping slot parameters count when they
 * are acknowledged. */
static void commands(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, (struct setup){.device = DOWNLINK "limit: 4}",
                             .server = "mac_commands: [{at: 5s, hex: \"11d8ac8405\"}, {at: 6s, "
                                       "hex: \"13d2ad84\"}, {at: 80s, hex: \"0800\"}]"});
    info(&t, 0, SIM_S(1), 3);
    sim_time first = slot(&t, 0, 3, SIM_US(5057500)), second = slot(&t, 0, 3, SIM_US(6057500));
    assert_true(first == second); /* both in one frame */
    char ans[] = {LW_PING_SLOT_CHANNEL, 3, LW_BEACON_FREQ, 1};
    sim_time over = uplink(&t, 0, SIM_S(100),
                           (struct forged){.class_b = true, .fopts = ans, .fopts_len = sizeof ans});
    end(&t, SIM_S(300));
    assert_int_equal(n_pings(&t, 0), 6);
    struct lw_frame f = run_frame_at(t.r, false, first);
    assert_int_equal(f.fopts_len, 9);
    assert_int_equal(f.fport, -1);
    sim_time third = slot(&t, 0, 3, SIM_US(80057500));
    assert_int_equal(run_frame_at(t.r, false, third).fopts_len, 11);
    struct lw_frame again = run_frame_at(t.r, false, over + SIM_S(1));
    assert_int_equal(again.fopts_len, 2);
    assert_memory_equal(again.fopts, "\x08\x00", 2);
    for (int i = 0, n = 0; i < 6; i++) {
        sim_time start = ping(&t, 0, i)->planned_start_ns;
        if (start == first || start == third)
            continue;
        const struct row_tx *tx = run_down(t.r, "dev", 0, 1 + i + (start > over));
        assert_int_equal(tx->start_ns, start);
        assert_int_equal(run_frame_at(t.r, false, start).fopts_len, 0);
        assert_int_equal(tx->frequency_hz, n < 2 ? PING_HZ : 869500000);
        assert_int_equal(tx->dr, n++ < 2 ? 3 : 5);
    }
    run_free(t.r);
}

/* What does not fit into 15 octets waits for the next uplink. */
static void many_commands(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, (struct setup){.device = "data_rate: 5",
                             .server = "mac_commands: [{at: 5s, hex: "
                                       "\"05d2ad840005d2ad840005d2ad840005d2ad8400\"}]"});
    info(&t, 0, SIM_S(1), 3);
    char ans[] = {LW_RX_PARAM_SETUP, 7, LW_RX_PARAM_SETUP, 7, LW_RX_PARAM_SETUP, 7};
    sim_time over = uplink(&t, 0, SIM_S(100),
                           (struct forged){.class_b = true, .fopts = ans, .fopts_len = sizeof ans});
    end(&t, SIM_S(300));
    assert_int_equal(n_pings(&t, 0), 1);
    assert_int_equal(run_frame_at(t.r, false, ping(&t, 0, 0)->planned_start_ns).fopts_len, 15);
    assert_int_equal(run_frame_at(t.r, false, over + SIM_S(1)).fopts_len, 5);
    run_free(t.r);
}

/* Would a frame of that length from there on meet another one of a gateway (1 ms apart)? */
static bool met(const struct run *r, const struct row_tx *own, int64_t gateway, sim_time start)
{
    sim_time end = start + own->end_ns - own->start_ns;
    for (int i = 0; i < r->n_tx; i++) {
        const struct row_tx *o = &r->tx[i];
        if (o != own && o->node == gateway && start < o->end_ns + SIM_MS(1) &&
            o->start_ns < end + SIM_MS(1))
            return true;
    }
    return false;
}

static const struct row_tx *sent_at(const struct run *r, uint32_t device, sim_time start)
{
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].start_ns == start && r->tx[i].target == entity_make("dev", device))
            return &r->tx[i];
    return NULL;
}

/* Forty devices want to be told something at once: each is, in its own first slot in which a
 * gateway is free; no two frames of a gateway meet. */
static void crowd(void **state)
{
    (void)state;
    for (uint32_t n_gateways = 1; n_gateways <= 2; n_gateways++) {
        struct talk t;
        begin(&t, (struct setup){.device = "count: 40, " DOWNLINK "limit: 3}",
                                 .device_points = CROWD,
                                 .gateway = n_gateways == 2 ? "count: 2" : NULL,
                                 .gateway_points = n_gateways == 2 ? TWO : NULL});
        for (uint32_t d = 0; d < 40; d++)
            info(&t, d, SIM_MS(100) + d * SIM_MS(190), 3);
        end(&t, SIM_S(600));
        int n_later = 0, n_second = 0;
        for (uint32_t d = 0; d < 40; d++) {
            assert_int_equal(n_pings(&t, d), 3);
            for (int i = 0; i < 3; i++) {
                sim_time start = ping(&t, d, i)->planned_start_ns;
                const struct row_tx *own = sent_at(t.r, d, start);
                assert_non_null(own);
                assert_false(met(t.r, own, own->node, start));
                n_second += own->node == entity_make("gw", 1);
                sim_time at = slot(&t, d, 3, SIM_S(10 + 60 * i) + SIM_US(57500));
                for (; at < start; at = slot(&t, d, 3, at + 1), n_later++)
                    for (uint32_t g = 0; g < n_gateways; g++)
                        assert_true(met(t.r, own, entity_make("gw", g), at));
                assert_int_equal(at, start);
            }
        }
        assert_true(n_later > 3);
        assert_true(n_gateways == 1 || (n_second > 10 && n_second < 60));
        run_free(t.r);
    }
}

/* 10 % of an hour and no more, however much waits; slots that it leaves are used. */
static void duty_cycle(void **state)
{
    (void)state;
    struct talk t;
    begin(&t,
          (struct setup){.run = "duration: 2h, start: \"gps:1451260800\"",
                         .server = "ping_slot_data_rate: 0",
                         .device = "data_rate: 5, downlink: {kind: periodic, period: 2s, phase: "
                                   "10s, size: 50B}"});
    char ans[] = {LW_PING_SLOT_CHANNEL, 3};
    info(&t, 0, SIM_S(1), 0);
    uplink(&t, 0, SIM_S(5),
           (struct forged){.class_b = true, .fopts = ans, .fopts_len = sizeof ans});
    end(&t, SIM_S(7200));
    const struct row_duty_stat *p = NULL;
    for (int i = 0; i < t.r->n_duty; i++)
        if (t.r->duty[i].node == entity_make("gw", 0) && t.r->duty[i].limit_ppm == 100000)
            p = &t.r->duty[i];
    assert_non_null(p);
    assert_in_range(p->max_hour_ns, SIM_S(354), SIM_S(360));
    assert_true(p->airtime_ns > SIM_S(700));
    run_free(t.r);
}

/* PingSlotChannelReq with the first answer; the default is used until it is acknowledged, and again
 * when the device refuses. */
static void channel_of_network(void **state)
{
    (void)state;
    for (char ok = 0; ok <= 3; ok++) {
        struct talk t;
        begin(&t, (struct setup){.server = "ping_slot_frequency: 869.6MHz, ping_slot_data_rate: 4",
                                 .device = DOWNLINK "limit: 4}"});
        info(&t, 0, SIM_S(1), 2);
        char ans[] = {LW_PING_SLOT_CHANNEL, ok};
        uplink(&t, 0, SIM_S(100),
               (struct forged){.class_b = true, .fopts = ans, .fopts_len = sizeof ans});
        end(&t, SIM_S(300));
        struct lw_frame f = run_frame_at(t.r, false, run_down(t.r, "dev", 0, 0)->start_ns);
        assert_int_equal(f.fopts_len, 1 + 5);
        assert_memory_equal(f.fopts, "\x10\x11\xc0\xb0\x84\x04", 6);
        assert_int_equal(n_pings(&t, 0), 4);
        for (int i = 0; i < 4; i++) {
            const struct row_tx *tx = run_down(t.r, "dev", 0, 1 + i);
            bool changed = ok == 3 && i >= 2;
            assert_int_equal(tx->frequency_hz, changed ? 869600000 : PING_HZ);
            assert_int_equal(tx->dr, changed ? 4 : 3);
        }
        run_free(t.r);
    }
}

/* What is too long for ping slots waits for an uplink, and so does what is behind it. */
static void too_long(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, (struct setup){.device = "data_rate: 5, downlink: {kind: periodic, period: 60s, "
                                       "phase: 10s, size: 116B, limit: 1}"});
    info(&t, 0, SIM_S(1), 1);
    sim_time over = uplink(&t, 0, SIM_S(200), class_b());
    end(&t, SIM_S(600));
    assert_int_equal(n_pings(&t, 0), 0);
    assert_int_equal(run_down(t.r, "dev", 0, 1)->start_ns, over + SIM_S(1));
    run_free(t.r);
}

/* A failed server sends nothing and keeps what it was given. A gateway that has failed refuses:
 * once more after 2, 4 ... 128 s, until it is back. */
static void failures(void **state)
{
    (void)state;
    const char *nodes[] = {"{node: net, from: 20s, to: 300s}", "{node: gw/0, from: 20s, to: 300s}"};
    for (int k = 0; k < 2; k++) {
        struct talk t;
        begin(&t, (struct setup){.device = DOWNLINK "limit: 3}", .faults = nodes[k]});
        info(&t, 0, SIM_S(1), 1);
        end(&t, SIM_S(600));
        assert_int_equal(run_n_planned(t.r, DL_SENT), 1 + 3);
        assert_in_range(run_n_planned(t.r, DL_GATEWAY_DOWN), k ? 7 : 0, k ? 9 : 0);
        for (int i = 0; i < n_pings(&t, 0); i++)
            assert_true(i == 0 || ping(&t, 0, i)->made_ns >= ping(&t, 0, i - 1)->made_ns);
        for (int i = 1; i < 3; i++)
            assert_int_equal(ping(&t, 0, n_pings(&t, 0) - 3 + i)->made_ns, SIM_S(10 + 60 * i));
        sim_time first = run_down(t.r, "dev", 0, 2)->start_ns;
        assert_in_range(first, SIM_S(300), SIM_S(k ? 432 : 304));
        assert_true(run_down(t.r, "dev", 0, 3)->start_ns < first + SIM_S(4));
        run_free(t.r);
    }
}

/* The better gateway fails, and refuses once: the other one sends until an uplink is heard better
 * again. */
static void other_gateway(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, (struct setup){.device = DOWNLINK "limit: 8}",
                             .gateway = "count: 2",
                             .gateway_points = "{x: 100m, y: 0m}, {x: 2000m, y: 0m}",
                             .faults = "{node: gw/0, from: 100s, to: 310s}"});
    info(&t, 0, SIM_S(1), 2);
    uplink(&t, 0, SIM_S(320), class_b());
    end(&t, SIM_S(600));
    assert_int_equal(run_n_planned(t.r, DL_GATEWAY_DOWN), 1);
    for (int i = 0, n = 0; i < n_pings(&t, 0); i++) {
        if (ping(&t, 0, i)->result != DL_SENT)
            continue;
        bool first = n < 2 || n > 5;
        assert_int_equal(ping(&t, 0, i)->gateway, entity_make("gw", first ? 0 : 1));
        assert_int_equal(ping(&t, 0, i)->made_ns, SIM_S(10 + 60 * n));
        n++;
    }
    assert_int_equal(n_pings(&t, 0), 9);
    run_free(t.r);
}

/* Only one gateway, without GPS for 20 minutes: it is asked after 2, 4 ... 128 s, not in each slot,
 * and soon after its GPS is back. */
static void no_gps(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, (struct setup){.device = DOWNLINK "limit: 1}",
                             .gateway = "clock: {holdover: 0s, fails: [{from: 5s, to: 20min}]}"});
    info(&t, 0, SIM_S(1), 0);
    end(&t, SIM_S(1600));
    assert_in_range(run_n_planned(t.r, DL_GPS_UNLOCKED), 14, 15);
    const struct row_downlink *last = ping(&t, 0, n_pings(&t, 0) - 1);
    assert_int_equal(last->result, DL_SENT);
    assert_in_range(last->planned_start_ns, SIM_S(1200), SIM_S(1200 + 131));
    for (int i = 0; i + 1 < n_pings(&t, 0); i++) {
        sim_time gap = ping(&t, 0, i + 1)->planned_start_ns - ping(&t, 0, i)->planned_start_ns;
        assert_in_range(gap, SIM_S(i < 6 ? 2 << i : 128), SIM_S(i < 6 ? 2 << i : 128) + SIM_S(3));
    }
    run_free(t.r);
}

/* A failure that begins between the message and its slot. */
static void fails_before_slot(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, (struct setup){.device = DOWNLINK "limit: 1}",
                             .faults = "{node: net, from: 10100ms, to: 300s}"});
    info(&t, 0, SIM_S(1), 3);
    assert_true(slot(&t, 0, 3, SIM_S(10)) > SIM_MS(10200));
    end(&t, SIM_S(600));
    assert_int_equal(n_pings(&t, 0), 1);
    assert_int_equal(ping(&t, 0, 0)->planned_start_ns, slot(&t, 0, 3, SIM_US(300052500)));
    run_free(t.r);
}

/* Beacons and the 2.12 s reserved for them stay free, and the guard before them. */
static void beacons(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, (struct setup){.network = "beacons: net_id",
                             .server = "ping_slot_data_rate: 5",
                             .device = "data_rate: 5, downlink: {kind: periodic, period: 500ms, "
                                       "phase: 10s, size: 100B, limit: 3000}"});
    char ans[] = {LW_PING_SLOT_CHANNEL, 3};
    info(&t, 0, SIM_S(3), 0);
    uplink(&t, 0, SIM_S(6),
           (struct forged){.class_b = true, .fopts = ans, .fopts_len = sizeof ans});
    end(&t, SIM_S(1500));
    int n = n_pings(&t, 0);
    assert_true(n > 700);
    sim_time latest = 0;
    for (int i = 0; i < n; i++) {
        sim_time since = ping(&t, 0, i)->planned_start_ns % SIM_S(128);
        assert_int_equal((since - SIM_MS(2120)) % SIM_MS(30), 0);
        assert_true(since >= SIM_MS(2120));
        latest = since > latest ? since : latest;
    }
    sim_time airtime = devices_airtime(region_find("EU868"), 5, 113, true);
    assert_in_range(latest + airtime, SIM_S(124), SIM_S(125));
    run_free(t.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots),         cmocka_unit_test(bit),
        cmocka_unit_test(uplink_first),  cmocka_unit_test(class_a_windows),
        cmocka_unit_test(confirmed),     cmocka_unit_test(no_overtaking),
        cmocka_unit_test(commands),      cmocka_unit_test(many_commands),
        cmocka_unit_test(crowd),         cmocka_unit_test(duty_cycle),
        cmocka_unit_test(too_long),      cmocka_unit_test(channel_of_network),
        cmocka_unit_test(failures),      cmocka_unit_test(fails_before_slot),
        cmocka_unit_test(other_gateway), cmocka_unit_test(no_gps),
        cmocka_unit_test(beacons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
