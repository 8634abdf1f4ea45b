/* SPDX-License-Identifier: GPL-2.0-only
 * Pins how long a device is in each state and what it draws there, to the nanosecond, in cases
 * worked out by hand: an uplink with both windows, an answer in RX1, joining, class C, sessions
 * with uplinks in them, runs that end in the middle. Left open: currents (unit.energy), how long
 * windows are (run.windows, run.clocks). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/harness.h"

#define CURRENTS                                                                                   \
    "energy: {voltage: 1V, tx: 44mA, tx_at: 14dBm, rx: 10mA, idle: 2mA, sleep: 1uA, mcu: 0nA}"
#define ONE_UPLINK "kind: periodic, period: 1h, phase: 10s, size: 10B"

/* SF7, 13 octets more than the payload; windows of 24 symbols of SF7, that open 8.192 ms early, and
 * of 6 symbols of SF12, that open 32.768 ms late. */
#define AIRTIME INT64_C(61696000)
#define RX1     INT64_C(24576000)
#define RX2     INT64_C(196608000)
#define TO_RX1  (SIM_S(1) - INT64_C(8192000))
#define TO_RX2  (SIM_S(1) + INT64_C(8192000) - RX1 + INT64_C(32768000))

static const struct row_energy *of(const struct run *r, uint32_t index)
{
    assert_true(index < (uint32_t)r->n_energy);
    const struct row_energy *e = &r->energy[index];
    assert_int_equal(e->device, entity_make("dev", index));
    assert_int_equal(e->phase, ENERGY_PHASE_RUN);
    return e;
}

static void times(const struct row_energy *e, sim_time tx, sim_time rx, sim_time idle, sim_time rxc,
                  sim_time join)
{
    assert_int_equal(e->tx_ns, tx);
    assert_int_equal(e->rx_ns, rx);
    assert_int_equal(e->idle_ns, idle);
    assert_int_equal(e->rxc_ns, rxc);
    assert_int_equal(e->join_ns, join);
}

/* 44 mA: 2714.6 uJ. Windows at 10 mA: 2211.8 uJ. 2.008192 s of waiting at 2 mA: 4016.4 uJ. The
 * rest of the hour at 1 uA: 3597.7 uJ. */
static void one_uplink(void **state)
{
    (void)state;
    struct run *r = run_setup(&(struct setup){.device = "data_rate: 5, tx_power: 14dBm, " CURRENTS,
                                              .traffic = ONE_UPLINK});
    const struct row_energy *e = of(r, 0);
    times(e, AIRTIME, RX1 + RX2, TO_RX1 + TO_RX2, 0, 0);
    assert_int_equal(e->from_ns, 0);
    assert_int_equal(e->length_ns, SIM_S(3600));
    assert_int_equal(e->tx_uj, 2715);
    assert_int_equal(e->rx_uj, 2212);
    assert_int_equal(e->idle_uj, 4016);
    assert_int_equal(e->sleep_uj, 3598);
    assert_int_equal(e->join_uj, 0);
    assert_int_equal(e->rxc_uj, 0);
    const struct row_device_stat *d = run_device(r, "dev", 0);
    assert_int_equal(d->energy_uj, 2715 + 2212 + 4016 + 3598);
    assert_int_equal(d->tx_energy_uj, 2715);
    assert_int_equal(d->rx_energy_uj, 2212);
    /* 12541 uJ at 1 V are 3.483611 uAh an hour; 1 % of 2600 mAh a year is 2.966005 uAh an hour. */
    assert_int_equal((int64_t)d->battery_days, 16796);
    run_free(r);
}

/* An answer in RX1 keeps RX2 shut, and is listened to until its end: 41.216 ms. */
static void answer_in_rx1(void **state)
{
    (void)state;
    struct run *r = run_setup(&(struct setup){.device = "data_rate: 5, " CURRENTS,
                                              .traffic = ONE_UPLINK ", confirmed: 100%"});
    times(of(r, 0), AIRTIME, 8192000 + 41216000, TO_RX1, 0, 0);
    assert_int_equal(run_device(r, "dev", 0)->rx_energy_uj, 494);
    run_free(r);
}

/* Both windows of a device at DR0 are of SF12; an answer in RX2 begins in it. */
static void answer_in_rx2(void **state)
{
    (void)state;
    struct run *r = run_setup(&(struct setup){.device = "data_rate: 5, " CURRENTS,
                                              .server = "rx_window: rx2",
                                              .traffic = ONE_UPLINK ", confirmed: 100%"});
    const struct row_tx *down = run_down(r, "dev", 0, 0);
    times(of(r, 0), AIRTIME, RX1 + down->end_ns - down->start_ns - 32768000, TO_RX1 + TO_RX2, 0, 0);
    run_free(r);
}

/* The data sheet's currents by power: 8 dBm are 21.5 mA, with 2 dB of antenna gain 20 mA. */
static void by_power(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, tx_power: 8dBm, energy: {voltage: 1V, mcu: 0nA}",
                      .traffic = ONE_UPLINK};
    struct run *r = run_setup(&s);
    assert_int_equal(of(r, 0)->tx_uj, 1326); /* 1326.5 less a part of a pC */
    run_free(r);
    s.device = "data_rate: 5, tx_power: 8dBm, energy: {voltage: 1V, mcu: 0nA, antenna_gain: 2dB}";
    r = run_setup(&s);
    assert_int_equal(of(r, 0)->tx_uj, 1234);
    run_free(r);
}

/* The run ends while it transmits, waits, listens, waits again. */
static void cut_off(void **state)
{
    (void)state;
    static const struct {
        const char *run;
        sim_time tx, rx, idle;
    } ends[] = {
        {"duration: 10s", 0, 0, 0},
        {"duration: 10030ms", SIM_MS(30), 0, 0},
        {"duration: 10100ms", AIRTIME, 0, SIM_MS(100) - AIRTIME},
        {"duration: 11070ms", AIRTIME, SIM_MS(1070) - AIRTIME - TO_RX1, TO_RX1},
        {"duration: 12s", AIRTIME, RX1, SIM_S(2) - AIRTIME - RX1},
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct run *r = run_setup(&(struct setup){
            .run = ends[i].run, .device = "data_rate: 5, " CURRENTS, .traffic = ONE_UPLINK});
        times(of(r, 0), ends[i].tx, ends[i].rx, ends[i].idle, 0, 0);
        run_free(r);
    }
}

/* A join-request of 23 octets, its accept in RX1 after 5 s; then RXC for a class C device. */
static void joining(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, activation: otaa, start: 100s, " CURRENTS};
    for (int class_c = 0; class_c < 2; class_c++) {
        if (class_c)
            s.device = "data_rate: 5, activation: otaa, start: 100s, class: C, " CURRENTS;
        struct run *r = run_setup(&s);
        const struct row_tx *down = run_down(r, "dev", 0, 0);
        const struct row_energy *e = of(r, 0);
        assert_int_equal(run_n_tx(r, "dev", 0), 1);
        sim_time heard = down->end_ns - down->start_ns + 8192000;
        times(e, 0, 0, SIM_S(4) + TO_RX1, class_c ? SIM_S(3600) - down->end_ns : 0,
              AIRTIME + heard);
        assert_int_equal(e->from_ns, SIM_S(100));
        assert_int_equal(e->length_ns, SIM_S(3500));
        assert_in_range(e->join_uj, 2714 + heard / 100000, 2716 + heard / 100000);
        run_free(r);
    }
}

/* Class C never waits or sleeps. */
static void class_c(void **state)
{
    (void)state;
    struct run *r = run_setup(&(struct setup){.device = "data_rate: 5, class: C, " CURRENTS,
                                              .traffic = ONE_UPLINK,
                                              .run = "duration: 60s"});
    times(of(r, 0), AIRTIME, RX1 + RX2, 0, SIM_S(60) - AIRTIME - RX1 - RX2, 0);
    assert_int_equal(of(r, 0)->sleep_uj, 0);
    run_free(r);
}

/* Sessions from 60 to 316 s and, on another channel, from 300 to 556 s. An uplink at 59 s has RX1
 * before the first, RX2 in it, another one at 310 s is in both. */
static void in_sessions(void **state)
{
    (void)state;
    struct run *r = run_setup(&(struct setup){
        .run = "duration: 10min",
        .device = "data_rate: 5, " CURRENTS,
        .traffic = "kind: periodic, period: 251s, phase: 59s, size: 10B, limit: 2",
        .multicast =
            "{name: one, members: [{devices: dev}], data_rate: 5, session: {start: 60s, timeout: "
            "8}, traffic: {count: 1}}, {name: two, members: [{devices: dev}], frequency: "
            "869.525MHz, data_rate: 3, session: {start: 300s, timeout: 8}, traffic: {count: 1}}"});
    sim_time rx1 = SIM_S(59) + AIRTIME + TO_RX1; /* 60.0535 s: in the session too */
    assert_true(rx1 > SIM_S(60));
    times(of(r, 0), 2 * AIRTIME, 2 * (RX1 + RX2), SIM_S(1) - AIRTIME,
          SIM_S(556 - 60) - AIRTIME - 2 * (RX1 + RX2), 0);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_uplink),    cmocka_unit_test(answer_in_rx1),
        cmocka_unit_test(answer_in_rx2), cmocka_unit_test(by_power),
        cmocka_unit_test(cut_off),       cmocka_unit_test(joining),
        cmocka_unit_test(class_c),       cmocka_unit_test(in_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
