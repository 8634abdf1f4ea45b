/* SPDX-License-Identifier: GPL-2.0-only
 * Pins class C: when RXC is open to the nanosecond (the test is the server then), and how the
 * server sends: at once, in order, while gateways are busy, out of duty cycle or failed, confirmed
 * with its time-out; at a GPS time, or at once when no gateway could. Left open: class C sessions
 * of multicast groups, in test_multicast.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "models/lorawan/devices_internal.h"
#include "tests/harness.h"
#include "tools/world.h"
#include "tools/world_internal.h"

#define SYMBOL SIM_US(1024) /* SF7 */
#define RX2_HZ 869525000

/* One class C device with one uplink at 10 s; RXC at SF7; the network server is down. */
struct talk {
    struct world *w;
    struct trace trace;
    struct run *r;
    struct keyring *ring;
    sim_time up, up_end; /* of the uplink */
    sim_time rx1, rx1_end;
    sim_time airtime; /* of what say sends in RXC */
    uint32_t fcnt;
};

static void begin(struct talk *t, const char *device)
{
    memset(t, 0, sizeof *t);
    struct setup s = {.run = "duration: 60s",
                      .device = device,
                      .server = "rx2_data_rate: 5",
                      .gateway_points = "{x: 0m, y: 0m}, {x: 0m, y: 10m}",
                      .gateway = "count: 2",
                      .faults = "{node: net, from: 0s}",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 1"};
    t->r = run_begin(&s, &t->trace, &t->w);
    t->ring = keyring_open();
    t->up = SIM_S(10);
    t->up_end = t->up + devices_airtime(t->w->region, 5, 23, false);
    const struct dev_window *w = &t->w->devices->groups[0].window[5];
    t->rx1 = t->up_end + SIM_S(1) + w->offset;
    t->rx1_end = t->rx1 + w->length;
    t->airtime = devices_airtime(t->w->region, 5, 14, true);
}

static struct medium_tx *frame(struct talk *t, unsigned gateway, sim_time start)
{
    struct lw_frame f = {.mtype = LW_UNCONFIRMED_DOWN,
                         .devaddr = t->r->session[0].devaddr,
                         .fport = 5,
                         .payload = (const uint8_t[]){(uint8_t)t->fcnt},
                         .payload_len = 1};
    const struct trace_session *s = &t->r->session[0];
    struct medium_tx *tx = medium_tx_take(t->w->medium);
    tx->target = t->w->ids[0];
    tx->device = 0;
    tx->gateway = (uint16_t)gateway;
    tx->network = 0;
    tx->kind = FRAME_DOWN;
    tx->uplink = false;
    tx->window = 3;
    tx->dr = 5;
    tx->fport = 5;
    tx->fcnt = t->fcnt;
    tx->len = (uint8_t)lw_frame_encode(
        &f, keyring_get(t->ring, keyring_take(t->ring, s->nwkskey, s->appskey)), t->fcnt, tx->phy);
    t->fcnt++;
    tx->start = start;
    tx->power_cdbm = 1400;
    return tx;
}

static void put(struct talk *t, struct medium_tx *tx, int64_t hz)
{
    devices_modulate(t->w->medium, t->w->region, tx, hz);
    gateways_submit(t->w->gateways, tx, 0);
}

/* What becomes of a downlink in RXC that starts at a time. */
static int rxc_at(const char *device, sim_time (*start)(const struct talk *t), sim_time more)
{
    struct talk t;
    begin(&t, device);
    sim_time at = start(&t) + more;
    world_run_until(t.w, at - SIM_MS(100));
    put(&t, frame(&t, 0, at), RX2_HZ);
    world_run_until(t.w, SIM_S(60));
    run_end(t.w);
    int n = (int)run_device(t.r, "dev", 0)->n_rx, reason = LOSS_NONE;
    for (int i = 0; i < t.r->n_loss; i++)
        if (t.r->loss[i].receiver == entity_make("dev", 0))
            reason = (int)t.r->loss[i].reason;
    assert_int_equal(n, reason == LOSS_NONE);
    keyring_close(t.ring);
    run_free(t.r);
    return reason;
}

static sim_time ends_at_uplink(const struct talk *t)
{
    return t->up - t->airtime;
}
static sim_time starts_behind_uplink(const struct talk *t)
{
    return t->up_end;
}
static sim_time ends_at_rx1(const struct talk *t)
{
    return t->rx1 - t->airtime;
}
static sim_time starts_behind_rx1(const struct talk *t)
{
    return t->rx1_end;
}
static sim_time across_rx2(const struct talk *t)
{
    return t->up_end + SIM_S(2) - t->airtime / 2;
}
static sim_time at_5s(const struct talk *t)
{
    (void)t;
    return SIM_S(5);
}

/* Transmission and RX1 are gaps; RX2 has RXC's parameters and is none; 5 of 8 symbols suffice. */
static void gaps(void **state)
{
    (void)state;
    const char *c = "class: C, data_rate: 5";
    assert_int_equal(rxc_at(c, ends_at_uplink, 0), LOSS_NONE);
    assert_int_equal(rxc_at(c, ends_at_uplink, 1), LOSS_DEVICE_TX);
    assert_int_equal(rxc_at(c, starts_behind_uplink, 0), LOSS_NONE);
    assert_int_equal(rxc_at(c, starts_behind_uplink, -3 * SYMBOL), LOSS_NONE);
    assert_int_equal(rxc_at(c, starts_behind_uplink, -3 * SYMBOL - 1), LOSS_DEVICE_TX);
    assert_int_equal(rxc_at(c, ends_at_rx1, 0), LOSS_NONE);
    assert_int_equal(rxc_at(c, ends_at_rx1, 1), LOSS_WINDOW);
    assert_int_equal(rxc_at(c, starts_behind_rx1, -3 * SYMBOL), LOSS_NONE);
    assert_int_equal(rxc_at(c, starts_behind_rx1, -3 * SYMBOL - 1), LOSS_WINDOW);
    assert_int_equal(rxc_at(c, across_rx2, 0), LOSS_NONE);
    assert_int_equal(rxc_at("class: A, data_rate: 5", ends_at_uplink, 0), LOSS_WINDOW);
}

/* Before the device is switched on nothing is heard. */
static void switched_on(void **state)
{
    (void)state;
    const char *c = "class: C, data_rate: 5, start: 5s";
    assert_int_equal(rxc_at(c, at_5s, -3 * SYMBOL), LOSS_NONE);
    assert_int_equal(rxc_at(c, at_5s, -3 * SYMBOL - 1), LOSS_WINDOW);
}

/* RX1 takes the receiver from a frame in RXC, and a transmission leaves it for good. */
static void interrupted(void **state)
{
    (void)state;
    struct talk t;
    begin(&t, "class: C, data_rate: 5");
    world_run_until(t.w, SIM_MS(10500));
    const struct row_tx *up = run_tx(t.r, "dev", 0, 0);
    put(&t, frame(&t, 0, t.rx1 - t.airtime / 2), RX2_HZ);
    struct medium_tx *a = frame(&t, 1, t.up_end + SIM_S(1));
    a->window = 1;
    put(&t, a, up->frequency_hz);
    world_run_until(t.w, SIM_S(60));
    run_end(t.w);
    assert_int_equal(run_device(t.r, "dev", 0)->n_rx, 1);
    assert_int_equal(run_n_lost(t.r, LOSS_WINDOW), 1);
    keyring_close(t.ring);
    run_free(t.r);

    begin(&t, "class: C, data_rate: 5");
    world_run_until(t.w, SIM_MS(9500));
    struct medium_tx *longer = frame(&t, 0, t.up - SIM_MS(10));
    longer->len = 100; /* ends behind the uplink: not for the other one */
    put(&t, longer, RX2_HZ);
    put(&t, frame(&t, 1, t.up_end), 869850000); /* another channel: not heard */
    world_run_until(t.w, SIM_S(60));
    run_end(t.w);
    assert_int_equal(run_n_lost(t.r, LOSS_DEVICE_TX), 1);
    assert_int_equal(run_n_lost(t.r, LOSS_WINDOW), 1);
    keyring_close(t.ring);
    run_free(t.r);
}

/* Of two that begin at once the receiver stays with the stronger, in whatever order they run. */
static void at_once_two(void **state)
{
    (void)state;
    for (int weaker = 0; weaker < 2; weaker++) {
        struct talk t;
        begin(&t, "class: C, data_rate: 5");
        world_run_until(t.w, SIM_S(20));
        struct medium_tx *tx[2] = {frame(&t, 0, SIM_S(21)), frame(&t, 1, SIM_S(21))};
        tx[weaker]->power_cdbm = 0;
        put(&t, tx[0], RX2_HZ);
        put(&t, tx[1], RX2_HZ);
        put(&t, frame(&t, 0, SIM_S(21) + t.airtime / 2 + SIM_S(1)), RX2_HZ);
        world_run_until(t.w, SIM_S(60));
        run_end(t.w);
        assert_int_equal(run_device(t.r, "dev", 0)->n_rx, weaker ? 2 : 2);
        assert_int_equal(run_n_lost(t.r, LOSS_RECEIVER_BUSY), 1);
        keyring_close(t.ring);
        run_free(t.r);
    }
}

#define UPLINK "kind: periodic, period: 1h, phase: 10s, size: 10B, limit: 1"

/* A gateway that heard the device sends as soon as it can: back-haul and queue; then the next. */
static void at_once(void **state)
{
    (void)state;
    struct setup s = {.device = "class: C, data_rate: 5, downlink: {kind: periodic, period: 100s, "
                                "phase: 100s, size: 10B, fport: 7, limit: 3}",
                      .gateway = "backhaul_delay: 20ms, jit_delay: 30ms",
                      .traffic = UPLINK};
    struct run *r = run_setup(&s);
    for (int i = 0; i < 3; i++) {
        const struct row_tx *d = run_down(r, "dev", 0, i);
        assert_int_equal(d->start_ns, SIM_S(100 * (i + 1)) + SIM_MS(50) + 1);
        assert_int_equal(d->fcnt, i);
        assert_int_equal(d->fport, 7);
        assert_int_equal(d->kind, FRAME_DOWN);
    }
    assert_int_equal(run_n_planned(r, DL_SENT), 3);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks, 3);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 3);
    run_free(r);
}

/* Nothing is known of where a device is before its first uplink. */
static void not_before_an_uplink(void **state)
{
    (void)state;
    struct setup s = {.device = "class: C, data_rate: 5, downlink: {kind: periodic, period: 1h, "
                                "phase: 5s, size: 10B, limit: 1}",
                      .traffic = UPLINK};
    struct run *r = run_setup(&s);
    const struct row_tx *up = run_tx(r, "dev", 0, 0), *down = run_down(r, "dev", 0, 0);
    assert_int_equal(down->start_ns, up->end_ns + SIM_S(2)); /* at SF12 it would meet RX1 */
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
    run_free(r);
}

/* OTAA: RXC opens with the join-accept. */
static void otaa(void **state)
{
    (void)state;
    struct setup s = {.device = "class: C, activation: otaa, data_rate: 5, downlink: {kind: "
                                "periodic, period: 100s, phase: 0s, size: 10B, limit: 2}",
                      .traffic = UPLINK};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 2);
    assert_int_equal(run_device(r, "dev", 0)->n_join_requests, 1);
    run_free(r);
}

/* Acknowledged: once, and then the next one. */
static void confirmed(void **state)
{
    (void)state;
    struct setup s = {.device = "class: C, data_rate: 5, downlink: {kind: periodic, period: 1s, "
                                "phase: 100s, size: 10B, limit: 3, confirmed: 100%}",
                      .traffic = UPLINK};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 3);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 3);
    assert_int_equal(run_n_tx(r, "dev", 0), 4);
    for (int i = 0; i < 3; i++) {
        const struct row_tx *ack = run_tx(r, "dev", 0, i + 1);
        assert_int_equal(run_down(r, "dev", 0, i)->kind, FRAME_CONFIRMED_DOWN);
        assert_true(run_frame_at(r, true, ack->start_ns).ack);
        assert_true(ack->start_ns > run_down(r, "dev", 0, i)->end_ns);
        assert_true(i == 2 || ack->end_ns < run_down(r, "dev", 0, i + 1)->start_ns);
    }
    run_free(r);
}

/* A device that may not transmit for its duty cycle: eight times, 8 s apart, then the next one. */
static void unanswered(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 100s",
                      .device = "class: C, data_rate: 0, downlink: {kind: periodic, period: 1s, "
                                "phase: 15s, size: 1B, limit: 2, confirmed: 100%}",
                      .server = "rx2_data_rate: 5",
                      .gateway = "backhaul_delay: 20ms, jit_delay: 30ms",
                      .radio = "region: EU868, duty_rule: toff",
                      .traffic = UPLINK};
    struct run *r = run_setup(&s);
    for (int i = 1; i < 9; i++)
        assert_int_equal(run_down(r, "dev", 0, i)->start_ns,
                         run_down(r, "dev", 0, i - 1)->end_ns + SIM_S(8) + SIM_MS(50) + 1);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(run_down(r, "dev", 0, i)->fcnt, i);
        assert_int_equal(run_frame_at(r, false, run_down(r, "dev", 0, i)->start_ns).payload_len, 1);
    }
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 2);
    assert_int_equal(run_n_tx(r, "dev", 0), 1);
    run_free(r);
}

/* While its only gateway has failed a downlink waits, a second at a time; confirmed or not. */
static void failed_gateway(void **state)
{
    (void)state;
    for (int c = 0; c < 2; c++) {
        struct setup s = {
            .device = c ? "class: C, data_rate: 5, downlink: {kind: periodic, period: 1h, phase: "
                          "100s, size: 10B, limit: 1, confirmed: 100%}"
                        : "class: C, data_rate: 5, downlink: {kind: periodic, period: 1h, phase: "
                          "100s, size: 10B, limit: 1}",
            .faults = "{node: gw/0, from: 90s, to: 120s}",
            .traffic = UPLINK};
        struct run *r = run_setup(&s);
        assert_int_equal(run_n_planned(r, DL_SENT), 1);
        assert_in_range(run_n_planned(r, DL_GATEWAY_DOWN), 19, 20);
        assert_in_range(run_down(r, "dev", 0, 0)->start_ns, SIM_S(120), SIM_MS(121200));
        assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
        run_free(r);
    }
}

/* Both gateways have refused; the one that is back takes the downlink when its turn comes,
 * whichever heard the last uplink better. */
static void gateways_in_turn(void **state)
{
    (void)state;
    for (int back = 0; back < 2; back++) {
        char faults[120];
        snprintf(faults, sizeof faults,
                 "{node: gw/%d, from: 90s, to: 110s}, {node: gw/%d, from: 90s, to: 10min}", back,
                 !back);
        struct setup s = {.device = "class: C, data_rate: 5, downlink: {kind: periodic, period: "
                                    "1h, phase: 100s, size: 10B, limit: 1}",
                          .gateway = "count: 2",
                          .gateway_points = "{x: 0m, y: 0m}, {x: 50m, y: 0m}",
                          .faults = faults,
                          .traffic = UPLINK};
        struct run *r = run_setup(&s);
        assert_int_equal(run_n_planned(r, DL_SENT), 1);
        assert_in_range(run_n_planned(r, DL_GATEWAY_DOWN), 10, 13);
        assert_in_range(run_down(r, "dev", 0, 0)->start_ns, SIM_S(110), SIM_MS(112400));
        assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
        run_free(r);
    }
}

/* A failed server sends nothing, and goes on when it is back. */
static void failed_server(void **state)
{
    (void)state;
    struct setup s = {.device = "class: C, data_rate: 5, downlink: {kind: periodic, period: 10s, "
                                "phase: 100s, size: 10B, limit: 2}",
                      .gateway = "backhaul_delay: 20ms, jit_delay: 30ms",
                      .faults = "{node: net, from: 90s, to: 130s}",
                      .traffic = UPLINK};
    struct run *r = run_setup(&s);
    assert_int_equal(run_down(r, "dev", 0, 0)->start_ns, SIM_S(130) + SIM_MS(50) + 1);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 2);
    run_free(r);
}

/* Downlinks for thirty devices at one instant: one after the other, each once, in one order. */
static void queue(void **state)
{
    (void)state;
    struct setup t = {.run = "duration: 2h", .server = "rx2_data_rate: 3"};
    t.more_devices =
        "{name: many, class: C, data_rate: 5, count: 30, placement: {kind: disc, radius: 500m}, "
        "traffic: {kind: periodic, period: 1h, limit: 1}, downlink: {kind: periodic, period: 1h, "
        "phase: 3000s, size: 10B, limit: 2}}";
    struct run *r = run_setup(&t);
    sim_time end = 0;
    int n = 0, n_at_once = 0;
    for (int i = 0; i < r->n_tx; i++) {
        if (r->tx[i].kind != FRAME_DOWN)
            continue;
        n++;
        assert_true(r->tx[i].start_ns >= end);
        n_at_once += r->tx[i].start_ns <= end + SIM_MS(60);
        end = r->tx[i].end_ns;
    }
    assert_int_equal(n, 60);
    assert_int_equal(n_at_once, 55); /* two begin, three had their first uplink later */
    for (uint32_t i = 0; i < 30; i++)
        assert_int_equal(run_device(r, "many", i)->n_downlinks_delivered, 2);
    run_free(r);
}

/* Eighty devices wait for a gateway that is out of duty cycle: another gateway's device does not
 * wait with them. */
static void no_starvation(void **state)
{
    (void)state;
    struct setup s = {
        .run = "duration: 3h",
        .gateway_points = "{x: 0m, y: 0m}, {x: 300km, y: 0m}",
        .gateway = "count: 2",
        .more_devices =
            "{name: near, class: C, data_rate: 5, count: 80, placement: {kind: disc, radius: "
            "500m}, traffic: {kind: periodic, period: 900s, limit: 1}, downlink: {kind: periodic, "
            "period: 10h, phase: 1000s, size: 10B, limit: 1}},"
            "{name: away, class: C, data_rate: 5, placement: {kind: disc, x: 300km, radius: 500m},"
            "traffic: {kind: periodic, period: 10h, limit: 1, phase: 10s}, downlink: {kind: "
            "periodic, period: 10h, phase: 1001s, size: 10B, limit: 1}}",
        .radio = "region: EU868, duty_rule: toff"};
    struct run *r = run_setup(&s);
    assert_true(run_down(r, "away", 0, 0)->start_ns < SIM_MS(1001200));
    sim_time first = SIM_NEVER, last = 0;
    for (uint32_t i = 0; i < 80; i++) {
        sim_time at = run_down(r, "near", i, 0)->start_ns;
        first = at < first ? at : first;
        last = at > last ? at : last;
        assert_int_equal(run_device(r, "near", i)->n_downlinks_delivered, 1);
    }
    sim_time airtime = run_down(r, "near", 0, 0)->end_ns - run_down(r, "near", 0, 0)->start_ns;
    assert_in_range(last - first, 79 * 10 * airtime, 79 * 10 * airtime + SIM_S(80));
    run_free(r);
}

#define TIMED(more)                                                                                \
    "class: C, data_rate: 5, downlink: {kind: periodic, phase: 100s, size: 10B, " more "}"

/* Each starts its lead behind its making, to the nanosecond, whatever the way to the gateway; also
 * those that are made while others wait for theirs. With a lead shorter than that way: at once from
 * that time on. */
static void at_gps_time(void **state)
{
    (void)state;
    static const struct {
        const char *device;
        sim_time period, lead, late;
    } cases[] = {
        {TIMED("period: 100s, limit: 3, lead: 3s"), SIM_S(100), SIM_S(3), 0},
        {TIMED("period: 1s, limit: 3, lead: 3s"), SIM_S(1), SIM_S(3), 0},
        {TIMED("period: 100s, limit: 3, lead: 200ms"), SIM_S(100), SIM_MS(200), 0},
        {TIMED("period: 100s, limit: 3, lead: 200s"), SIM_S(100), SIM_S(200), 0},
        {TIMED("period: 100s, limit: 3, lead: 50ms"), SIM_S(100), SIM_MS(50), SIM_MS(50) + 1}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct setup s = {.device = cases[c].device,
                          .gateway = "backhaul_delay: 20ms, jit_delay: 30ms",
                          .server = "rx2_data_rate: 5",
                          .traffic = UPLINK};
        struct run *r = run_setup(&s);
        for (int i = 0; i < 3; i++) {
            const struct row_tx *d = run_down(r, "dev", 0, i);
            assert_int_equal(d->start_ns,
                             SIM_S(100) + i * cases[c].period + cases[c].lead + cases[c].late);
            assert_int_equal(d->fcnt, i);
        }
        assert_int_equal(run_n_planned(r, DL_SENT), 3);
        assert_int_equal(r->n_downlink, 3);
        assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 3);
        run_free(r);
    }
}

/* Its only gateway has lost GPS: it refuses once, and sends at once from that time on. With a
 * crystal that is 100 ppm fast in its holdover it starts too early. */
static void at_gps_time_without_gps(void **state)
{
    (void)state;
    struct setup s = {.device = TIMED("period: 1h, limit: 1, lead: 3s"),
                      .gateway = "backhaul_delay: 20ms, jit_delay: 30ms, clock: {gps: failed}",
                      .traffic = UPLINK};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_GPS_UNLOCKED), 1);
    assert_int_equal(run_n_planned(r, DL_SENT), 1);
    assert_int_equal(run_down(r, "dev", 0, 0)->start_ns, SIM_S(103) + SIM_MS(50) + 1);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
    run_free(r);
    s.gateway = "clock: {fails: [{from: 93s}], drift: 100ppm}";
    r = run_setup(&s);
    assert_int_equal(r->downlink[0].planned_start_ns, SIM_S(103));
    assert_int_equal(run_down(r, "dev", 0, 0)->start_ns, SIM_S(103) - SIM_MS(1));
    run_free(r);
}

/* The better of two gateways is down when it is asked: the other one starts the frame, on time;
 * down when it is to start: the other one, at once. */
static void at_gps_time_elsewhere(void **state)
{
    (void)state;
    static const struct {
        const char *faults;
        sim_time start;
    } cases[] = {{"{node: gw/0, from: 101s, to: 110s}", SIM_S(103)},
                 {"{node: gw/0, from: 102900ms, to: 110s}", SIM_S(103) + SIM_MS(50) + 1},
                 {"{node: gw/0, from: 102s, to: 104s}, {node: gw/1, from: 102s, to: 104s}",
                  SIM_S(104) + SIM_MS(50)}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct setup s = {.device = TIMED("period: 1h, limit: 1, lead: 3s"),
                          .gateway_points = "{x: 0m, y: 0m}, {x: 3km, y: 0m}",
                          .gateway = "count: 2, backhaul_delay: 20ms, jit_delay: 30ms",
                          .faults = cases[c].faults,
                          .traffic = UPLINK};
        struct run *r = run_setup(&s);
        const struct row_tx *d = run_down(r, "dev", 0, 0);
        assert_int_equal(r->downlink[0].gateway, entity_make("gw", 0));
        assert_int_equal(r->downlink[0].result, DL_GATEWAY_DOWN);
        assert_int_equal(r->downlink[1].gateway, entity_make("gw", 1));
        if (c < 2) {
            assert_int_equal(d->node, entity_make("gw", 1));
            assert_int_equal(d->start_ns, cases[c].start);
        } else {
            assert_in_range(d->start_ns, cases[c].start, cases[c].start + SIM_S(1));
        }
        assert_int_equal(run_n_planned(r, DL_SENT), 1);
        assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
        run_free(r);
    }
}

/* Five devices and one gateway: the first at that time, the others behind it, each once. */
static void at_gps_time_together(void **state)
{
    (void)state;
    struct setup s = {
        .server = "rx2_data_rate: 5",
        .more_devices =
            "{name: five, count: 5, class: C, data_rate: 5, placement: {kind: disc, radius: 500m}, "
            "traffic: {kind: periodic, period: 10h, phase: 10s, jitter: 60s, limit: 1}, downlink: "
            "{kind: periodic, period: 10h, phase: 1000s, size: 10B, limit: 1, lead: 3s}}"};
    struct run *r = run_setup(&s);
    sim_time first = SIM_NEVER, last = 0;
    for (uint32_t i = 0; i < 5; i++) {
        sim_time at = run_down(r, "five", i, 0)->start_ns;
        first = at < first ? at : first;
        last = at > last ? at : last;
        assert_int_equal(run_device(r, "five", i)->n_downlinks_delivered, 1);
    }
    assert_int_equal(first, SIM_S(1003));
    assert_in_range(last, SIM_S(1003) + SIM_MS(200), SIM_S(1004));
    run_free(r);
}

/* An uplink that asks for an acknowledgement ends a moment before. Where the server knows of it
 * when it hands the frame over, that starts behind RX1; where not, RX1 would begin while the frame
 * at a GPS time, with the lower counter, is on the air. The acknowledgement goes behind it in RX2,
 * or not at all. */
static void at_gps_time_not_overtaken(void **state)
{
    (void)state;
    for (int ms = 99000; ms <= 104000; ms += 100) {
        char traffic[160];
        snprintf(traffic, sizeof traffic,
                 "kind: periodic, period: %dms, phase: 10s, size: 10B, limit: 2, confirmed: 100%%",
                 ms - 10000);
        struct setup s = {.device = TIMED("period: 1h, limit: 1, lead: 3s"), .traffic = traffic};
        struct run *r = run_setup(&s);
        sim_time before = 0;
        int n = 0;
        const struct row_tx *d;
        for (int i = 0; (d = run_down(r, "dev", 0, i)) != NULL; i++) {
            assert_true(d->start_ns >= before);
            assert_int_equal(d->fcnt, i);
            before = d->end_ns;
            n += d->start_ns == SIM_S(103);
        }
        assert_int_equal(n, ms < 101000 || ms > 102100);
        run_free(r);
    }
}

/* Said where it has no effect: classes A and B, and without messages. */
static void lead_warned(void **state)
{
    (void)state;
    static const struct {
        const char *device;
        int n_warnings;
    } cases[] = {{TIMED("period: 1h, lead: 3s"), 0},
                 {"class: C, downlink: {lead: 3s}", 1},
                 {"downlink: {kind: periodic, lead: 3s}", 1},
                 {"downlink: {kind: periodic, lead: at_once}", 0}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct setup s = {.device = cases[c].device, .traffic = UPLINK};
        struct run *r = run_setup(&s);
        assert_int_equal(r->n_warning, cases[c].n_warnings);
        run_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps),
        cmocka_unit_test(switched_on),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(at_once_two),
        cmocka_unit_test(at_once),
        cmocka_unit_test(not_before_an_uplink),
        cmocka_unit_test(otaa),
        cmocka_unit_test(confirmed),
        cmocka_unit_test(unanswered),
        cmocka_unit_test(failed_gateway),
        cmocka_unit_test(gateways_in_turn),
        cmocka_unit_test(failed_server),
        cmocka_unit_test(queue),
        cmocka_unit_test(no_starvation),
        cmocka_unit_test(at_gps_time),
        cmocka_unit_test(at_gps_time_without_gps),
        cmocka_unit_test(at_gps_time_elsewhere),
        cmocka_unit_test(at_gps_time_together),
        cmocka_unit_test(at_gps_time_not_overtaken),
        cmocka_unit_test(lead_warned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
