/* SPDX-License-Identifier: GPL-2.0-only
 * Pins beacons on the air and what devices make of them: their times, bytes and channels, what they
 * take from gateways and devices, the sum of copies and the gateway's part, the way of the signal,
 * searches, commands, which ping slot goes first, and what listening costs. Runs start 110 s before
 * a multiple of 128 s of GPS time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/lorawan/beacon.h"
#include "models/lorawan/maccmd.h"
#include "models/radio/airtime.h"
#include "models/radio/region.h"
#include "tests/harness.h"

static const sim_time FIRST = SIM_S(110) + SIM_NS(1500), PERIOD = SIM_S(128),
                      START_S = INT64_C(1451260818); /* of run.start, GPS */

static int n_beacons(const struct run *r, const char *group, uint32_t index, int64_t reason)
{
    int n = 0;
    for (int i = 0; i < r->n_beacon; i++)
        n += r->beacon[i].device == entity_make(group, index) && r->beacon[i].reason == reason;
    return n;
}

static int n_steps(const struct run *r, const char *group, uint32_t index, int64_t step)
{
    int n = 0;
    for (int i = 0; i < r->n_class_b; i++)
        n += r->class_b[i].device == entity_make(group, index) && r->class_b[i].step == step;
    return n;
}

static void times_and_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *radio, *network;
        int len, sf;
    } cases[] = {{"region: EU868", "net_id: \"000013\", beacons: net_id", 17, 9},
                 {"region: US915", "beacons: position", 23, 12},
                 {"region: IN865", "beacons: position", 19, 8}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct setup s = {.run = "duration: 1h",
                          .radio = cases[c].radio,
                          .network = cases[c].network,
                          .gateway = "count: 2",
                          .gateway_points = "{x: 0m, y: 0m}, {x: -111320m, y: 55660m}"};
        struct run *r = run_setup(&s);
        int n = 0;
        for (int i = 0; i < r->n_frame; i++) {
            const struct run_frame *f = &r->frame[i];
            int k = n++ / 2;
            struct beacon b;
            assert_false(f->f.uplink);
            assert_int_equal(f->f.start_ns, FIRST + k * PERIOD);
            assert_int_equal(f->f.len, cases[c].len);
            assert_int_equal(f->f.sf, cases[c].sf);
            assert_int_equal(beacon_decode(beacon_layout(f->f.sf), &b, f->bytes, (size_t)f->f.len),
                             0);
            assert_true(b.gateway_ok);
            assert_int_equal(b.time_s, START_S + 110 + 128 * k);
            int64_t hz = c == 1   ? 923300000 + b.time_s / 128 % 8 * 600000
                         : c == 0 ? 869525000
                                  : 866550000;
            assert_int_equal(f->f.frequency_hz, hz);
            uint32_t netid, gateway;
            double lat, lon;
            beacon_netid_get(&b, &netid, &gateway);
            beacon_position_get(&b, &lat, &lon);
            if (c == 0)
                assert_int_equal(netid, 0x13);
            else if (f->f.gateway == entity_make("gw", 1))
                assert_true(lat > 0.4999 && lat < 0.5001 && lon < -0.9999 && lon > -1.0001);
        }
        assert_int_equal(n, 2 * 28);
        assert_int_equal(r->n_tx, n);
        run_free(r);
    }
}

/* Uplinks that meet a beacon, acknowledgements that would. */
static void take_the_gateway(void **state)
{
    (void)state;
    struct setup s = {.network = "beacons: net_id",
                      .device = "version: 1.0.3, confirmed_tries: 1",
                      .traffic = "kind: periodic, period: 128s, phase: 110s, size: 10B"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_lost(r, LOSS_GATEWAY_TX), 28);
    run_free(r);
    s.traffic = "kind: periodic, period: 128s, phase: 109s, size: 10B, confirmed: 100%";
    r = run_setup(&s); /* RX1 meets the beacon, RX2 the time reserved behind it */
    assert_int_equal(run_n_planned(r, DL_SENT), 0);
    assert_true(run_n_planned(r, DL_COLLISION_BEACON) >= 27);
    run_free(r);
    s.traffic = "kind: periodic, period: 128s, phase: 108500ms, size: 10B, confirmed: 100%";
    r = run_setup(&s); /* RX1 lies in the guard, which is for class B alone */
    assert_int_equal(run_n_planned(r, DL_SENT), 28);
    run_free(r);
}

/* A device of its own uplinks: the beacon that they cover, or RX1 and RX2 cover, is lost. */
static void class_a_first(void **state)
{
    (void)state;
    static const struct {
        const char *phase;
        enum loss_reason reason;
    } cases[] = {{"phase: 750s", LOSS_DEVICE_TX},
                 {"phase: 749s", LOSS_WINDOW},
                 {"phase: 747950ms", LOSS_WINDOW},
                 {"phase: 690s", LOSS_NONE}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char traffic[100];
        snprintf(traffic, sizeof traffic, "kind: periodic, period: 128s, %s, size: 10B",
                 cases[c].phase);
        struct setup s = {.network = "beacons: net_id",
                          .device = "class: B, data_rate: 5, class_b: {search: cold}",
                          .traffic = traffic};
        struct run *r = run_setup(&s);
        assert_int_equal(r->n_beacon, 28);
        for (int i = 0; i < r->n_beacon; i++)
            assert_int_equal(r->beacon[i].reason, i < 5 ? LOSS_NONE : cases[c].reason);
        run_free(r);
    }
}

/* Two gateways: powers add in the common part; the part of the stronger comes through from 1 dB on.
 */
static void copies_add(void **state)
{
    (void)state;
    static const struct {
        const char *count, *points;
        bool part;
        int power_cdb; /* of the sum against one alone */
    } cases[] = {
        {"count: 1", "{x: 0m, y: 0m}", true, 0},
        {"count: 2", "{x: 0m, y: 0m}, {x: 2000m, y: 0m}", false, 301},
        {"count: 3", "{x: 0m, y: 0m}, {x: 2000m, y: 0m}, {x: 1000m, y: 1000m}", false, 477},
        {"count: 2", "{x: 0m, y: 0m}, {x: 2100m, y: 0m}", true, 231}};
    int64_t alone = 0;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct setup s = {.network = "beacons: net_id",
                          .gateway = cases[c].count,
                          .gateway_points = cases[c].points,
                          .device = "class: B, class_b: {search: cold}",
                          .device_points = "{x: 1000m, y: 0m}"};
        struct run *r = run_setup(&s);
        assert_int_equal(r->n_beacon, 28);
        for (int i = 0; i < r->n_beacon; i++) {
            const struct row_beacon *b = &r->beacon[i];
            alone = c == 0 ? b->power_cdbm : alone;
            assert_int_equal(b->reason, LOSS_NONE);
            assert_int_equal(b->gateway != ROW_NULL, cases[c].part);
            assert_in_range(b->power_cdbm - alone + 1, cases[c].power_cdb, cases[c].power_cdb + 2);
        }
        run_free(r);
    }
}

/* A clock without drift is wrong by the way of the signal afterwards, 10 km in 33.36 us. */
static void way_of_the_signal(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: EU868, path_loss: {model: log_distance, exponent: 2}",
                      .network = "beacons: net_id",
                      .device = "class: B, class_b: {search: cold}, clock: {offset: 3h}",
                      .device_points = "{x: 10000m, y: 0m}"};
    struct run *r = run_setup(&s);
    assert_int_equal(r->n_beacon, 28);
    assert_int_equal(r->beacon[0].error_before_ns, SIM_S(10800));
    for (int i = 0; i < r->n_beacon; i++)
        assert_in_range(-r->beacon[i].error_after_ns, 33350, 33370);
    run_free(r);
}

/* On one of eight channels, a device that knows no time hears one beacon in eight. */
static void searches(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: US915",
                      .run = "duration: 40min",
                      .network = "beacons: net_id, sub_band: 2",
                      .more_devices = "{name: many, count: 40, class: B, class_b: {search: cold, "
                                      "search_pause: 0s}, placement: {kind: disc, radius: 500m}, "
                                      "traffic: {kind: none}}"};
    struct run *r = run_setup(&s);
    bool on[8] = {false};
    for (int i = 0; i < r->n_class_b; i++) {
        if (r->class_b[i].step != CLASS_B_LOCK)
            continue;
        assert_true(r->class_b[i].at_ns < SIM_S(110 + 1024));
        on[(r->class_b[i].at_ns - FIRST) / PERIOD] = true;
    }
    for (uint32_t d = 0; d < 40; d++)
        assert_int_equal(n_steps(r, "many", d, CLASS_B_LOCK), 1);
    for (int i = 0; i < 8; i++)
        assert_true(on[i]);
    run_free(r);
    s.radio = "region: EU868";
    s.network = "beacons: none";
    r = run_setup(&s); /* 130 s each, without a pause */
    assert_in_range(n_steps(r, "many", 0, CLASS_B_PAUSE), 8, 18);
    assert_int_equal(r->n_beacon, 0);
    run_free(r);
    s.network = "beacons: none";
    s.more_devices = "{name: many, class: B, class_b: {search: cold, search_pause: 20min}, "
                     "placement: {kind: disc, radius: 500m}, traffic: {kind: none}}";
    r = run_setup(&s);
    assert_in_range(n_steps(r, "many", 0, CLASS_B_PAUSE), 1, 2);
    run_free(r);
}

/* Commands of the server are obeyed, and show in what is heard. */
static void commands(void **state)
{
    (void)state;
    struct setup s = {.network = "beacons: net_id",
                      .server = "mac_commands: [{at: 10min, hex: \"13d09d84\"}, {at: 30min, hex: "
                                "\"13000000\"}, {at: 45min, hex: \"13010000\"}]",
                      .device = "class: B, data_rate: 5, class_b: {search: cold}",
                      .traffic = "kind: periodic, period: 1min, size: 5B"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, true, LW_BEACON_FREQ), 3);
    assert_string_equal(run_command(r, true, LW_BEACON_FREQ, 0)->hex, "01");
    assert_string_equal(run_command(r, true, LW_BEACON_FREQ, 1)->hex, "01");
    assert_string_equal(run_command(r, true, LW_BEACON_FREQ, 2)->hex, "00");
    for (int i = 0; i < r->n_beacon; i++) {
        const struct row_beacon *b = &r->beacon[i];
        bool away = b->start_ns > SIM_S(800) && b->start_ns < SIM_S(1700);
        bool here = b->start_ns < SIM_S(500) || b->start_ns > SIM_S(2100);
        if (away)
            assert_int_equal(b->reason, LOSS_WINDOW);
        if (here)
            assert_int_equal(b->reason, LOSS_NONE);
    }
    run_free(r);
}

/* An uplink nearby on the beacons' channel, of their polarity and spreading factor. */
static void uplinks_disturb(void **state)
{
    (void)state;
    struct setup s = {
        .radio = "region: EU868, duty_cycle: false",
        .network = "beacons: net_id, channels: [869.525MHz], enabled_channels: [869.525MHz]",
        .device = "class: B, class_b: {search: cold}",
        .device_points = "{x: 3000m, y: 0m}",
        .more_devices = "{name: neighbour, data_rate: 3, placement: {kind: list, points: [{x: "
                        "3010m, y: 0m}]}, traffic: {kind: periodic, period: 256s, phase: 110s, "
                        "size: 10B}}"};
    struct run *r = run_setup(&s);
    assert_int_equal(r->n_beacon, 28);
    assert_int_equal(n_beacons(r, "dev", 0, LOSS_INTERFERENCE), 14);
    assert_int_equal(n_beacons(r, "dev", 0, LOSS_NONE), 14);
    run_free(r);
}

/* What one ping slot costs: 6 symbols of SF9 with a perfect clock and no assumed drift. */
static void listening_costs(void **state)
{
    (void)state;
    int64_t uj[2];
    for (int i = 0; i < 2; i++) {
        struct setup s = {.run = "duration: 1d",
                          .network = "beacons: net_id",
                          .device = i ? "class: B, energy: {voltage: 1V, rx: 1A, sleep: 0nA}, "
                                        "class_b: {periodicity: 6, assumed_drift: 0ppm}"
                                      : "class: B, energy: {voltage: 1V, rx: 1A, sleep: 0nA}, "
                                        "class_b: {periodicity: 7, assumed_drift: 0ppm}"};
        struct run *r = run_setup(&s);
        uj[i] = run_device(r, "dev", 0)->rx_energy_uj;
        assert_int_equal(n_steps(r, "dev", 0, CLASS_B_ON), 1);
        run_free(r);
    }
    sim_time slot = 6 * airtime_symbol(9, 125000);
    assert_in_range((uj[1] - uj[0]) * 1000, 672 * slot, 675 * slot); /* one more a period */
}

/* A group's slot takes the radio from the device's own one at the same time, when both have other
 * parameters, and only then. */
static void group_before_own(void **state)
{
    (void)state;
    int lost[2];
    for (int i = 0; i < 2; i++) {
        struct setup s = {
            .run = "duration: 2h",
            .radio = "region: EU868, duty_cycle: false",
            .network = "beacons: net_id",
            .device = "class: B, data_rate: 5, class_b: {periodicity: 0, search: cold}, "
                      "downlink: {kind: periodic, period: 1s, phase: 20min, size: 5B}",
            .multicast =
                i ? "{name: g, members: [{devices: dev}], class: B, periodicity: 0, "
                    "data_rate: 0, session: {start: 1134s, timeout: 5}, traffic: {count: "
                    "0}}"
                  : "{name: g, members: [{devices: dev}], class: B, periodicity: 0, "
                    "data_rate: 3, session: {start: 1134s, timeout: 5}, traffic: {count: 0}}"};
        struct run *r = run_setup(&s);
        lost[i] = run_n_lost(r, LOSS_WINDOW);
        assert_true(run_device(r, "dev", 0)->n_rx > 500);
        run_free(r);
    }
    assert_int_equal(lost[0], 0);
    assert_true(lost[1] > 20);
}

/* GPS fails after 20 min: the crystal, 20 ppm fast, sends beacons early for half an hour, then
 * none.
 */
static void without_gps(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 90min",
                      .network = "beacons: net_id",
                      .gateway = "clock: {fails: [{from: 20min, to: 80min}], holdover: 30min, "
                                 "drift: 20ppm}",
                      .device = "class: B, class_b: {search: cold, assumed_drift: 40ppm}, "
                                "clock: {drift: 1ppm}"}; /* set by each of them */
    struct run *r = run_setup(&s);
    int n = 0, n_early = 0;
    for (int i = 0; i < r->n_tx; i++) {
        const struct row_tx *tx = &r->tx[i];
        if (tx->kind != FRAME_BEACON)
            continue;
        sim_time k = (tx->start_ns - FIRST + PERIOD / 2) / PERIOD, due = FIRST + k * PERIOD;
        bool failed = due > SIM_S(1200) && due < SIM_S(4800);
        sim_time early = failed ? (due - SIM_S(1200)) / 50000 : 0;
        assert_true(!failed || due < SIM_S(3000));
        assert_in_range(due - tx->start_ns + 1000, early, early + 2000);
        n++;
        n_early += failed;
    }
    assert_int_equal(n_early, 14);
    assert_int_equal(n, 9 + 14 + 5);
    assert_int_equal(n_beacons(r, "dev", 0, LOSS_NONE), n);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_and_bytes),   cmocka_unit_test(take_the_gateway),
        cmocka_unit_test(class_a_first),     cmocka_unit_test(copies_add),
        cmocka_unit_test(way_of_the_signal), cmocka_unit_test(searches),
        cmocka_unit_test(commands),          cmocka_unit_test(uplinks_disturb),
        cmocka_unit_test(listening_costs),   cmocka_unit_test(group_before_own),
        cmocka_unit_test(without_gps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
