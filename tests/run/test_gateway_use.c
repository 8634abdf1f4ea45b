/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what limits transmissions: duty cycle of devices and gateways, half duplex, the way to the
 * gateway and back, copies of several gateways, the end of the run. Left open: more than 32
 * downlinks in one gateway's queue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/lorawan/maccmd.h"
#include "tests/harness.h"

#define THREE "{x: 10m, y: 0m}, {x: 20m, y: 0m}, {x: 30m, y: 0m}"
#define ONCE  "kind: periodic, period: 1h, phase: 10s, size: 10B"

/* DR0: 1.482752 s a frame; 24 of them are below 36 s in an hour. */
static void sliding_hour(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 2h",
                      .device = "data_rate: 0",
                      .traffic = "kind: periodic, period: 10s, phase: 10s, size: 10B"};
    struct run *r = run_setup(&s);
    int n = run_n_tx(r, "dev", 0);
    assert_int_equal(n, 48);
    for (int i = 0; i + 24 < n; i++)
        assert_true(run_tx(r, "dev", 0, i + 24)->end_ns - run_tx(r, "dev", 0, i)->start_ns >
                    SIM_S(3600));
    const struct row_device_stat *d = run_device(r, "dev", 0);
    assert_int_equal(d->n_messages, 719);
    assert_in_range(d->n_messages - d->n_messages_dropped, 48, 50); /* two wait */
    for (int i = 0; i < r->n_duty; i++)
        if (r->duty[i].node == ROW_NULL && strcmp(r->duty[i].sub_band, "M") == 0) {
            assert_int_equal(r->duty[i].airtime_ns, 48 * INT64_C(1482752000));
            /* The 25th starts as soon as the hour that holds its end has room. */
            assert_int_equal(r->duty[i].max_hour_ns, SIM_S(36));
        }
    run_free(r);
}

/* Silence of 99 times the air time. */
static void toff(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: EU868, duty_rule: toff",
                      .device = "data_rate: 0",
                      .traffic = "kind: periodic, period: 10s, phase: 10s, size: 10B"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_tx(r, "dev", 0), 25);
    assert_int_equal(run_device(r, "dev", 0)->gap_min_ns, INT64_C(148275200000));
    assert_int_equal(run_device(r, "dev", 0)->gap_max_ns, INT64_C(148275200000));
    run_free(r);
}

/* Acknowledgements of 0.991232 s in RX1 (DR0 by the offset): 36 fit into the gateway's 36 s. */
static void gateway_duty(void **state)
{
    (void)state;
    struct setup s = {.server = "rx_window: rx1, rx1_dr_offset: 5",
                      .device = "data_rate: 5",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 50, "
                                 "confirmed: 100%"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 36);
    assert_int_equal(run_n_planned(r, DL_DUTY_CYCLE), 14);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 36);
    assert_int_equal(r->downlink[40].gateway, ROW_NULL);
    for (int i = 0; i < r->n_duty; i++)
        if (r->duty[i].node == entity_make("gw", 0) && strcmp(r->duty[i].sub_band, "M") == 0) {
            assert_int_equal(r->duty[i].airtime_ns, 36 * INT64_C(991232000));
            assert_int_equal(r->duty[i].n_refused, 14);
        }
    run_free(r);
    s.server = "rx1_dr_offset: 5"; /* the rest go to RX2, in a band with 10 % */
    r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 50);
    assert_int_equal(r->downlink[35].window, 1);
    assert_int_equal(r->downlink[36].window, 2);
    run_free(r);
    s.radio = "region: EU868, duty_rule: toff"; /* 99.1 s of silence: every other one */
    s.server = "rx_window: rx1, rx1_dr_offset: 5";
    r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 25);
    run_free(r);
    s.radio = "region: EU868, duty_cycle: false";
    r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 50);
    run_free(r);
}

/* Three devices whose windows fall together at one gateway: RX1, RX2, nothing. */
static void half_duplex(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: EU868, interference: none",
                      .device = "data_rate: 5, count: 3",
                      .device_points = THREE,
                      .traffic = ONCE ", confirmed: 100%"};
    struct run *r = run_setup(&s);
    assert_int_equal(r->n_downlink, 3);
    int n[3] = {0};
    for (int i = 0; i < 3; i++)
        n[r->downlink[i].window == ROW_NULL ? 0 : r->downlink[i].window]++;
    assert_int_equal(n[0], 1);
    assert_int_equal(n[1], 1);
    assert_int_equal(n[2], 1);
    assert_int_equal(run_n_planned(r, DL_SENT), 2);
    assert_int_equal(run_n_planned(r, DL_NO_GATEWAY), 1);
    run_free(r);
}

/* While it sends the gateway hears nothing. */
static void deaf_while_sending(void **state)
{
    (void)state;
    struct setup s = {.server = "rx_window: rx2",
                      .device = "data_rate: 5",
                      .traffic = ONCE ", confirmed: 100%",
                      .more_devices =
                          "{name: second, placement: {kind: list, points: [{x: 9m, y: 1m}]}, "
                          "data_rate: 5, traffic: {kind: periodic, period: 1h, phase: 12500ms}}"};
    struct run *r = run_setup(&s); /* RX2 is from 12.06 to 13.05 s */
    assert_int_equal(run_n_lost(r, LOSS_GATEWAY_TX), 1);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 1);
    assert_int_equal(run_device(r, "second", 0)->n_messages_delivered, 0);
    run_free(r);
}

static void slow_backhaul(void **state)
{
    (void)state;
    struct setup s = {.gateway = "backhaul_delay: 450ms",
                      .device = "data_rate: 5",
                      .traffic = ONCE ", confirmed: 100%"};
    struct run *r = run_setup(&s); /* 450 + 200 + 450 + 32.5 ms: RX2 */
    assert_int_equal(run_delay(r, 0, 0), SIM_S(2));
    run_free(r);
    s.gateway = "backhaul_delay: 1s"; /* 2.23 s: too late for both */
    r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_TOO_LATE), 1);
    assert_int_equal(r->n_downlink, 1);
    assert_int_equal(r->downlink[0].window, ROW_NULL);
    assert_int_equal(r->downlink[0].planned_start_ns, ROW_NULL);
    run_free(r);
    s.gateway = "backhaul_delay: 1s";
    s.server = "rx1_delay: 3s";
    r = run_setup(&s);
    assert_int_equal(run_delay(r, 0, 0), SIM_S(3));
    run_free(r);
}

/* Two gateways: two copies, one message. The later copy counts only within the window. */
static void copies(void **state)
{
    (void)state;
    struct setup s = {.gateway = "backhaul_delay: 10ms",
                      .more_gateways = "{name: far, placement: {kind: list, points: [{x: 100m, y: "
                                       "5m}]}, backhaul_delay: 200ms}",
                      .device = "data_rate: 5, link_check_every: 1",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 5"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 5);
    assert_int_equal(run_device(r, "dev", 0)->n_tx_received, 5);
    assert_int_equal((int)run_metric(r, "late_copies"), 0);
    assert_int_equal(r->n_rx, 15); /* 10 uplink copies, 5 answers */
    assert_string_equal(run_command(r, false, LW_LINK_CHECK, 0)->hex + 2, "02");
    assert_int_equal(r->downlink[0].gateway, entity_make("far", 0));
    run_free(r);
    s.gateway = "backhaul_delay: 10ms";
    s.server = "dedup_window: 150ms"; /* over at 160 ms, the better copy comes at 200 ms */
    r = run_setup(&s);
    assert_int_equal((int)run_metric(r, "late_copies"), 5);
    assert_string_equal(run_command(r, false, LW_LINK_CHECK, 0)->hex + 2, "01");
    assert_int_equal(r->downlink[0].gateway, entity_make("gw", 0));
    run_free(r);
}

/* The run ends in each phase of one confirmed exchange: nothing is lost from the books. */
static void ends(void **state)
{
    (void)state;
    static const struct {
        const char *run;
        int n_ended, n_planned_ended;
    } cases[] = {
        {"duration: 10030ms", 1, 0}, /* on the air */
        {"duration: 10150ms", 1, 0}, /* copies are gathered */
        {"duration: 10285ms", 0, 1}, /* on the way to the gateway */
        {"duration: 10500ms", 0, 1}, /* in its queue */
        {"duration: 11080ms", 1, 0}, /* the downlink is on the air */
        {"duration: 12s", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setup s = {
            .run = cases[i].run, .device = "data_rate: 5", .traffic = ONCE ", confirmed: 100%"};
        struct run *r = run_setup(&s);
        assert_int_equal(run_n_lost(r, LOSS_ENDED), cases[i].n_ended);
        assert_int_equal(run_n_planned(r, DL_ENDED), cases[i].n_planned_ended);
        run_free(r);
    }
}

/* A gateway with a limit of its own sends no louder; in RX2 the sub-band allows 29.15 dBm. */
static void gateway_power(void **state)
{
    (void)state;
    struct setup s = {.server = "rx_window: rx2",
                      .gateway = "tx_power: 20dBm",
                      .device = "data_rate: 5",
                      .traffic = ONCE ", confirmed: 100%"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_down(r, "dev", 0, 0)->power_cdbm, 2000);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sliding_hour),
        cmocka_unit_test(toff),
        cmocka_unit_test(gateway_duty),
        cmocka_unit_test(half_duplex),
        cmocka_unit_test(deaf_while_sending),
        cmocka_unit_test(slow_backhaul),
        cmocka_unit_test(copies),
        cmocka_unit_test(ends),
        cmocka_unit_test(gateway_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
