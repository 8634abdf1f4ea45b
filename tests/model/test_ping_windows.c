/* SPDX-License-Identifier: GPL-2.0-only
 * Pins how long a class B device hears its ping slots after its last beacon: every downlink on the
 * air, for each way of widening, drift and direction, against the closed form of that way, computed
 * from the stored times alone. A network's only gateway with beacons fails; another one goes on
 * sending downlinks at SF7/125 kHz, of whose preamble of 8 symbols 5 are needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "models/radio/airtime.h"
#include "tests/harness.h"

enum { NEED = 5, PREAMBLE = 8, MIN_SYM = 6 };
enum way { PPM, DOUBLING, NONE };
static const char *const way_names[] = {"ppm", "doubling", "none"};

static const sim_time PING_PERIOD = SIM_MS(3840), PERIOD = SIM_S(128), SYMBOL = SIM_US(1024);

static struct run *run_drift(enum way way, int64_t drift_ppb)
{
    char device[400];
    snprintf(device, sizeof device,
             "class: B, data_rate: 5, class_b: {periodicity: 2, widening: %s, assumed_drift: "
             "%lldppb, log_beacons: true}, clock: {drift: %lldppb, radio_drift: 0ppb}, downlink: "
             "{kind: periodic, period: 3700ms, phase: 6min, size: 10B}",
             way_names[way], (long long)(drift_ppb < 0 ? -drift_ppb : drift_ppb),
             (long long)drift_ppb);
    struct setup s = {.run = "duration: 3h",
                      .radio = "region: EU868, duty_cycle: false",
                      .network = "beacons: net_id",
                      .server = "ping_slot_data_rate: 5",
                      .gateway = "beacons: false",
                      .more_gateways = "{name: beacons, placement: {kind: list, points: [{x: "
                                       "-150m, y: 0m}]}, tx_power: 0dBm}",
                      .device = device,
                      .faults = "{node: beacons, from: 20min}"};
    return run_setup(&s);
}

/* Start of the last beacon that came. */
static sim_time last_beacon(const struct run *r)
{
    sim_time at = -1;
    for (int i = 0; i < r->n_beacon; i++)
        if (r->beacon[i].reason == LOSS_NONE)
            at = r->beacon[i].start_ns;
    return at;
}

/* By how many ns more of the preamble than needed falls into the window, t after the last beacon.
 */
static int64_t spare_ns(enum way way, int64_t drift_ppb, sim_time t)
{
    int64_t missed = t / PERIOD, length = 8 * SYMBOL, before = 0;
    int64_t ahead = t / 1000000 * drift_ppb / 1000; /* of the clock; its windows open earlier */
    if (way == DOUBLING) {
        int64_t sym = missed > 1 ? 30 : 8 << missed;
        length = sym * SYMBOL;
    } else if (way == PPM) {
        int64_t error = (drift_ppb < 0 ? -drift_ppb : drift_ppb) * 128 * (missed + 1);
        int64_t sym = ((2 * MIN_SYM - PREAMBLE) * SYMBOL + 2 * error + SYMBOL - 1) / SYMBOL;
        length = (sym < MIN_SYM ? MIN_SYM : sym) * SYMBOL;
        before = length / 2 - PREAMBLE / 2 * SYMBOL;
    }
    int64_t open = -before - ahead, close = open + length;
    int64_t from = open > 0 ? open : 0, to = close < PREAMBLE * SYMBOL ? close : PREAMBLE * SYMBOL;
    return to - from - NEED * SYMBOL;
}

static const struct row_loss *loss_of(const struct run *r, const struct row_tx *tx)
{
    for (int i = 0; i < r->n_loss; i++)
        if (r->loss[i].node == tx->node && r->loss[i].seq == tx->seq)
            return &r->loss[i];
    return NULL;
}

/* Is it one of the 4096 slots? t counts from TBeaconDelay on. */
static bool in_slot(sim_time t)
{
    return (t + 1500) % PERIOD >= SIM_MS(2120) &&
           ((t + 1500) % PERIOD - SIM_MS(2120)) % SIM_MS(30) == 0;
}

struct seen {
    int n_heard, n_missed;
    sim_time last_heard; /* of the first stretch without a miss, t after the last beacon */
    sim_time first_missed;
};

/* Every downlink in a ping slot behind the last beacon; those within 5 us of the edge prove
 * nothing. */
static struct seen check(const struct run *r, enum way way, int64_t drift_ppb)
{
    struct seen n = {.first_missed = -1};
    sim_time last = last_beacon(r);
    assert_true(last > SIM_S(100));
    for (int i = 0; i < r->n_tx; i++) {
        const struct row_tx *tx = &r->tx[i];
        sim_time t = tx->start_ns - last;
        if (tx->target != entity_make("dev", 0) || t < 0 || t > SIM_S(7200) || tx->dr != 5 ||
            !in_slot(t))
            continue;
        const struct row_loss *l = loss_of(r, tx);
        int64_t spare = spare_ns(way, drift_ppb, t);
        if (spare > 5000 && l && l->reason == LOSS_WINDOW)
            fail_msg("%s %lld ppb: missed %lld s after the beacon", way_names[way],
                     (long long)drift_ppb, (long long)(t / SIM_S(1)));
        if (spare < -5000 && !l)
            fail_msg("%s %lld ppb: heard %lld s after the beacon", way_names[way],
                     (long long)drift_ppb, (long long)(t / SIM_S(1)));
        bool missed = l && l->reason == LOSS_WINDOW;
        n.n_heard += !missed;
        n.n_missed += missed;
        if (missed && n.first_missed < 0)
            n.first_missed = t;
        if (!missed && n.first_missed < 0)
            n.last_heard = t;
    }
    return n;
}

static void all_ways(void **state)
{
    (void)state;
    static const int ppm[] = {1, 10, 30, 100, -1, -10, -30, -100};
    for (int way = PPM; way <= NONE; way++)
        for (size_t i = 0; i < sizeof ppm / sizeof *ppm; i++) {
            struct run *r = run_drift((enum way)way, ppm[i] * 1000);
            struct seen n = check(r, (enum way)way, ppm[i] * 1000);
            print_message("%-8s %4d ppm: heard %4d, missed %4d, first miss after %.2f min\n",
                          way_names[way], ppm[i], n.n_heard, n.n_missed,
                          (double)n.first_missed / 60e9);
            assert_true(n.n_heard + n.n_missed > 1000);
            if (way == PPM)
                assert_int_equal(n.n_missed, 0);
            run_free(r);
        }
}

/* The two times that are easy to work out: doubling, 10 ppm: (30 - 5) symbols / d fast, (8 - 5)
 * symbols / d slow. */
static void doubling_at_10_ppm(void **state)
{
    (void)state;
    static const struct {
        int64_t ppb;
        sim_time last;
    } cases[] = {{10000, SIM_S(2560)}, {-10000, SIM_MS(307200)}};
    for (size_t i = 0; i < 2; i++) {
        struct run *r = run_drift(DOUBLING, cases[i].ppb);
        struct seen n = check(r, DOUBLING, cases[i].ppb);
        assert_true(n.last_heard <= cases[i].last + SIM_MS(600));
        assert_true(n.last_heard > cases[i].last - 2 * PING_PERIOD);
        assert_true(n.first_missed >= cases[i].last - SIM_MS(600));
        assert_true(n.first_missed <= cases[i].last + PING_PERIOD + SIM_MS(600));
        run_free(r);
    }
}

/* Two hours after the last beacon the device is back in class A, and says so; with a beacon again
 * it returns. */
static void two_hours(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 4h",
                      .network = "beacons: position",
                      .gateway = "beacons: false",
                      .more_gateways = "{name: beacons, placement: {kind: list, points: [{x: "
                                       "-150m, y: 0m}]}}",
                      .device = "class: B, class_b: {periodicity: 5}, clock: {drift: 15ppm}",
                      .traffic = "kind: periodic, period: 5min, size: 5B",
                      .faults = "{node: beacons, from: 20min, to: 3h}"};
    struct run *r = run_setup(&s);
    sim_time lost = -1, on[2] = {-1, -1};
    int n_on = 0;
    for (int i = 0; i < r->n_class_b; i++) {
        if (r->class_b[i].step == CLASS_B_LOST)
            lost = r->class_b[i].at_ns;
        if (r->class_b[i].step == CLASS_B_ON && n_on < 2)
            on[n_on++] = r->class_b[i].at_ns;
    }
    assert_int_equal(n_on, 2);
    sim_time last = -1; /* beacon before the failure */
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].kind == FRAME_BEACON && r->tx[i].start_ns < SIM_S(1200))
            last = r->tx[i].start_ns;
    /* By its clock, which is 15 ppm fast. */
    assert_in_range(lost, last + SIM_S(7200) - SIM_MS(109), last + SIM_S(7200) - SIM_MS(107));
    assert_true(on[1] > SIM_S(10800));
    int n[2] = {0, 0};
    for (int i = 0; i < r->n_tx; i++) {
        const struct row_tx *tx = &r->tx[i];
        if (tx->node != entity_make("dev", 0))
            continue;
        struct lw_frame f = run_frame_at(r, true, tx->start_ns);
        bool in_b = (tx->start_ns > on[0] && tx->start_ns < lost) || tx->start_ns > on[1];
        assert_int_equal(f.classb, in_b);
        n[in_b]++;
    }
    assert_true(n[0] > 8 && n[1] > 20);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ways),
        cmocka_unit_test(doubling_at_10_ppm),
        cmocka_unit_test(two_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
