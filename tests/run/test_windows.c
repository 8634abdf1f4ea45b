/* SPDX-License-Identifier: GPL-2.0-only
 * Pins when and where class A windows are: RECEIVE_DELAY1 and 2, the data rate offset, RX2's
 * parameters, the length in symbols, that a downlink beside the window is a loss `window`, and the
 * rows that log_windows asks for.
 * Left open: FSK windows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/err.h"
#include "tests/harness.h"
#include "tools/world.h"
#include "tools/world_internal.h"

#define TRAFFIC "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 3, confirmed: 100%"

static void rx1(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 3", .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_tx(r, "dev", 0), 3);
    for (int i = 0; i < 3; i++) {
        const struct row_tx *up = run_tx(r, "dev", 0, i), *down = run_down(r, "dev", 0, i);
        assert_int_equal(up->start_ns, SIM_S(10 + 60 * i));
        assert_int_equal(run_delay(r, i, i), SIM_S(1));
        assert_int_equal(down->dr, 3);
        assert_int_equal(down->frequency_hz, up->frequency_hz);
        assert_int_equal(r->downlink[i].window, 1);
        assert_int_equal(r->downlink[i].uplink_seq, i);
    }
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 3);
    assert_int_equal(run_device(r, "dev", 0)->n_rx, 3);
    run_free(r);
}

static void rx1_offset(void **state)
{
    (void)state;
    struct setup s = {
        .server = "rx1_dr_offset: 2, rx1_delay: 3s", .device = "data_rate: 5", .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_down(r, "dev", 0, 0)->dr, 3);
    assert_int_equal(run_delay(r, 0, 0), SIM_S(3));
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 3);
    run_free(r);
}

static void rx2(void **state)
{
    (void)state;
    struct setup s = {.server = "rx_window: rx2", .device = "data_rate: 5", .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_delay(r, 0, 0), SIM_S(2));
    assert_int_equal(run_down(r, "dev", 0, 0)->frequency_hz, 869525000);
    assert_int_equal(run_down(r, "dev", 0, 0)->dr, 0);
    assert_int_equal(run_down(r, "dev", 0, 0)->power_cdbm, 2915);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 3);
    for (int i = 0; i < r->n_rx; i++)
        assert_true(r->rx[i].window == ROW_NULL || r->rx[i].window == 2);
    run_free(r);
}

static void rx2_other(void **state)
{
    (void)state;
    struct setup s = {.server = "rx_window: rx2, rx2_data_rate: 3, rx2_frequency: 869.5MHz, "
                                "rx1_delay: 5s",
                      .device = "data_rate: 5",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_delay(r, 0, 0), SIM_S(6));
    assert_int_equal(run_down(r, "dev", 0, 0)->frequency_hz, 869500000);
    assert_int_equal(run_down(r, "dev", 0, 0)->dr, 3);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 3);
    run_free(r);
}

/* In fixed plans RX1 is on one of eight downlink channels of 500 kHz. */
static void fixed_plan(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: US915",
                      .network = "sub_band: 2",
                      .device = "data_rate: 3",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    for (int i = 0; i < 3; i++) {
        int64_t channel = (run_tx(r, "dev", 0, i)->frequency_hz - 902300000) / 200000;
        assert_in_range(channel, 8, 15);
        assert_int_equal(run_down(r, "dev", 0, i)->frequency_hz,
                         923300000 + 600000 * (channel % 8));
        assert_int_equal(run_down(r, "dev", 0, i)->dr, 13);
    }
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 3);
    run_free(r);
}

/* RXTimingSetupReq: the device moves its windows at once, the server when the answer has come. */
static void delay_moves(void **state)
{
    (void)state;
    struct setup s = {.server = "rx_window: rx1, mac_commands: [{at: 5s, hex: \"0803\"}]",
                      .device = "data_rate: 5",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_delay(r, 0, 0), SIM_S(1));
    assert_int_equal(run_delay(r, 1, 1), SIM_S(3));
    assert_int_equal(run_delay(r, 2, 2), SIM_S(3));
    assert_int_equal(run_device(r, "dev", 0)->n_rx, 3);
    run_free(r);
}

/* What a device makes of a downlink on RX1's channel that begins this long after the exact time. */
static enum loss_reason heard(sim_time late, int dr, int64_t shift_hz)
{
    struct setup s = {.network = "enabled_channels: [868.1MHz]",
                      .device = "data_rate: 5",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 1"};
    struct sim_error e = {0};
    struct trace trace;
    struct world *w;
    trace_init(&trace);
    assert_int_equal(run_load(&w, &s, &e), 0);
    world_build(w, &trace);
    world_run_until(w, SIM_S(10) + SIM_MS(500));
    struct medium_tx *tx = medium_tx_take(w->medium);
    tx->dr = (uint8_t)dr;
    tx->len = 20;
    tx->start = SIM_S(11) + SIM_US(61696) + late;
    devices_modulate(w->medium, w->region, tx, 868100000 + shift_hz);
    int snr;
    enum loss_reason reason = devices_listen(w->devices, tx, tx->device, -10000, &snr);
    medium_tx_release(w->medium, tx);
    world_finish(w);
    world_close(w);
    return reason;
}

/* SF7: open from -8.192 to 16.384 ms; five of the preamble's eight symbols must fall into it. */
static void edges(void **state)
{
    (void)state;
    assert_int_equal(heard(0, 5, 0), LOSS_NONE);
    assert_int_equal(heard(-SIM_US(11264), 5, 0), LOSS_NONE);
    assert_int_equal(heard(-SIM_US(11264) - 1, 5, 0), LOSS_WINDOW);
    assert_int_equal(heard(SIM_US(11264), 5, 0), LOSS_NONE);
    assert_int_equal(heard(SIM_US(11264) + 1, 5, 0), LOSS_WINDOW);
    assert_int_equal(heard(0, 4, 0), LOSS_WINDOW);
    assert_int_equal(heard(0, 5, 200000), LOSS_WINDOW);
    assert_int_equal(heard(-SIM_S(2), 5, 0), LOSS_DEVICE_TX);
}

/* Energy tells how long the windows were: SF7, 10 ms of clock error, at least 6 symbols:
 * max(6, ceil((4 Tsym + 20 ms) / Tsym)) = 24 symbols of 1.024 ms; RX2 at SF12: 6 symbols and 20 ms
 * are ceil((4 x 32.768 + 20) / 32.768) = 5, so 6 symbols of 32.768 ms. */
static void window_lengths(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, energy: {voltage: 1V, rx: 1mA, mcu: 0nA}",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 1"};
    struct run *r = run_setup(&s);
    int64_t ns = 24 * INT64_C(1024000) + 6 * INT64_C(32768000);
    assert_int_equal(run_device(r, "dev", 0)->rx_energy_uj, (ns + 500000) / 1000000);
    run_free(r);
}

#define LOGGED "data_rate: 5, log_windows: true"

static int n_windows(const struct run *r, int64_t kind, int64_t n_frames)
{
    int n = 0;
    for (int i = 0; i < r->n_window; i++)
        n += r->window[i].kind == kind && r->window[i].n_frames == n_frames;
    return n;
}

/* log_windows: with nothing on the air both windows of each uplink, where the closed form has them;
 * SF7: 24 symbols from 8.192 ms before the second, SF12: 6 from 32.768 ms behind it. */
static void quiet_windows(void **state)
{
    (void)state;
    struct setup s = {.device = LOGGED,
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 3"};
    struct run *r = run_setup(&s);
    assert_int_equal(r->n_window, 6);
    assert_int_equal(n_windows(r, WINDOW_RX1, 0), 3);
    assert_int_equal(n_windows(r, WINDOW_RX2, 0), 3);
    for (int i = 0; i < 3; i++) {
        const struct row_window *w = &r->window[2 * i];
        sim_time end = run_tx(r, "dev", 0, i)->end_ns;
        assert_int_equal(w[0].start_ns, end + SIM_S(1) - SIM_US(8192));
        assert_int_equal(w[0].planned_ns, w[0].start_ns);
        assert_int_equal(w[0].length_sym, 24);
        assert_int_equal(w[0].length_ns, 24 * SIM_US(1024));
        assert_int_equal(w[1].start_ns, end + SIM_S(2) + SIM_US(32768));
        assert_int_equal(w[1].length_sym, 6);
        assert_int_equal(w[1].n_caught, 0);
        assert_true(w[1].node == ROW_NULL && w[1].seq == ROW_NULL && w[1].devaddr == ROW_NULL);
    }
    run_free(r);
    s.device = "data_rate: 5";
    r = run_setup(&s);
    assert_int_equal(r->n_window, 0);
    run_free(r);
}

/* What RX1 catches leaves RX2 shut, without a row; a frame in RX2 comes behind a quiet RX1. Joins
 * have windows too. No window has two rows. */
static void windows_with_frames(void **state)
{
    (void)state;
    struct setup s = {.device = LOGGED ", activation: otaa", .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    int n_up = run_n_tx(r, "dev", 0);
    assert_int_equal(n_up, 4);
    assert_int_equal(n_windows(r, WINDOW_RX1, 1), n_up);
    assert_int_equal(r->n_window, n_up);
    run_free(r);
    s = (struct setup){.server = "rx_window: rx2", .device = LOGGED, .traffic = TRAFFIC};
    r = run_setup(&s);
    assert_int_equal(n_windows(r, WINDOW_RX1, 0), 3);
    assert_int_equal(n_windows(r, WINDOW_RX2, 1), 3);
    assert_int_equal(r->n_window, 6);
    run_free(r);
}

/* By the device's clock, and none that would open behind the end of the run. */
static void quiet_windows_of_clocks(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 11500ms",
                      .device = LOGGED ", clock: {drift: 100ppm, radio_drift: 0ppm}",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B"};
    struct run *r = run_setup(&s);
    assert_int_equal(r->n_window, 1);
    sim_time end = run_tx(r, "dev", 0, 0)->end_ns, wait = SIM_S(1) - SIM_US(8192);
    assert_int_equal(r->window[0].planned_ns, end + wait);
    assert_in_range(r->window[0].start_ns, end + wait - wait / 10000 - 1,
                    end + wait - wait / 10001 + 2);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rx1),
        cmocka_unit_test(rx1_offset),
        cmocka_unit_test(rx2),
        cmocka_unit_test(rx2_other),
        cmocka_unit_test(fixed_plan),
        cmocka_unit_test(delay_moves),
        cmocka_unit_test(edges),
        cmocka_unit_test(window_lengths),
        cmocka_unit_test(quiet_windows),
        cmocka_unit_test(windows_with_frames),
        cmocka_unit_test(quiet_windows_of_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
