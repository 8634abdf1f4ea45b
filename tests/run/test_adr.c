/* SPDX-License-Identifier: GPL-2.0-only
 * Pins ADR: what the server asks for with a margin, and the device's back-off (TS001-1.0.4, table
 * 9; 1.0.3 does not ask at its lowest data rate). Left open: ADR under loss and fading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/harness.h"

#define RADIO   "region: EU868, duty_cycle: false"
#define TRAFFIC "kind: periodic, period: 10s, phase: 5s, size: 1B"

/* 100 m away: best data rate, least power, told once after twenty uplinks. */
static void strong(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 1000s",
                      .radio = RADIO,
                      .device = "data_rate: 0, adr: true",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, false, 0x03), 1);
    assert_string_equal(run_command(r, false, 0x03, 0)->hex, "57070001");
    assert_string_equal(run_command(r, true, 0x03, 0)->hex, "07");
    assert_int_equal(run_tx(r, "dev", 0, 19)->dr, 0);
    assert_int_equal(run_tx(r, "dev", 0, 20)->dr, 5);
    assert_int_equal(run_tx(r, "dev", 0, 20)->power_cdbm, 200);
    assert_int_equal(run_device(r, "dev", 0)->tx_power_cdbm, 200);
    run_free(r);
}

/* SNR 3.1 dB at SF12: 23.1 over the floor, 13.1 over the margin: four steps of 3 dB, DR4. */
static void middle(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 1000s",
                      .radio = RADIO ", path_loss: {exponent: 2, reference_loss: 135.4dB}",
                      .device = "data_rate: 0, adr: true",
                      .device_points = "{x: 1m, y: 0m}",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(r->rx[0].snr_cdb, 310);
    assert_string_equal(run_command(r, false, 0x03, 0)->hex, "40070001");
    assert_int_equal(run_tx(r, "dev", 0, 20)->dr, 4);
    /* 3.1 dB over the margin of SF8: one step more. */
    assert_string_equal(run_command(r, false, 0x03, 1)->hex, "50070001");
    assert_int_equal(run_tx(r, "dev", 0, 40)->dr, 5);
    assert_int_equal(run_n_commands(r, false, 0x03), 2);
    run_free(r);
}

/* The margin key moves it: 4 dB more leave two steps. */
static void margin(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 1000s",
                      .radio = RADIO ", path_loss: {exponent: 2, reference_loss: 135.4dB}",
                      .server =
                          "adr_margin: 15dB, adr_history: 10, adr_max_data_rate: 3, nb_trans: 2",
                      .device = "data_rate: 0, adr: true",
                      .device_points = "{x: 1m, y: 0m}",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_string_equal(run_command(r, false, 0x03, 0)->hex, "20070002");
    assert_int_equal(run_tx(r, "dev", 0, 9)->dr, 0);
    assert_int_equal(run_tx(r, "dev", 0, 10)->dr, 2);
    assert_int_equal(run_tx(r, "dev", 0, 11)->fcnt, 10);
    run_free(r);
}

/* NbTrans alone is worth a command. */
static void nb_trans_only(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 1000s",
                      .radio = RADIO ", path_loss: {exponent: 2, reference_loss: 135.4dB}",
                      .server = "adr_max_data_rate: 0, adr_margin: 23dB, nb_trans: 3",
                      .device = "data_rate: 0, adr: true",
                      .device_points = "{x: 1m, y: 0m}",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, false, 0x03), 1);
    assert_string_equal(run_command(r, false, 0x03, 0)->hex, "00070003");
    run_free(r);
}

static void not_wanted(void **state)
{
    (void)state;
    struct setup s = {
        .run = "duration: 1000s", .radio = RADIO, .device = "data_rate: 0", .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, false, 0x03), 0);
    assert_false(run_frame_at(r, true, SIM_S(5)).adr);
    run_free(r);
}

/* LinkADRReq after uplink 19, its answer in uplink 20, then the server is gone. Uplink 20 has
 * ADR_ACK_CNT 0: ADRACKReq from 84, full power from 116, DR4 from 148, DR3 from 180. */
static void back_off(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 2000s",
                      .radio = RADIO,
                      .device = "data_rate: 5, adr: true",
                      .traffic = TRAFFIC,
                      .faults = "{node: net, from: 206s}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_tx(r, "dev", 0), 200);
    for (int i = 20; i < 200; i++) {
        const struct row_tx *t = run_tx(r, "dev", 0, i);
        assert_int_equal(run_frame_at(r, true, t->start_ns).adrackreq, i >= 84);
        assert_int_equal(t->power_cdbm, i < 116 ? 200 : 1600);
        assert_int_equal(t->dr, i < 148 ? 5 : i < 180 ? 4 : 3);
    }
    assert_int_equal(run_n_lost(r, LOSS_SERVER_DOWN), 179);
    run_free(r);
}

/* At the bottom all default channels come back and NbTrans is 1 again. */
static void back_off_end(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 2000s",
                      .radio = RADIO,
                      .server = "adr: false, mac_commands: [{at: 1s, hex: \"0310010002\"}]",
                      .device = "data_rate: 1, adr: true",
                      .traffic = TRAFFIC,
                      .faults = "{node: net, from: 22s}"};
    struct run *r = run_setup(&s);
    /* The command comes after uplink 0: uplink 1 is the first with one channel and two sendings.
     * 97: DR0; 129: channels, NbTrans. */
    for (int i = 0; i < run_n_tx(r, "dev", 0); i++) {
        const struct row_tx *t = run_tx(r, "dev", 0, i);
        if (t->fcnt >= 1 && t->fcnt < 129)
            assert_int_equal(t->frequency_hz, 868100000);
        assert_int_equal(t->dr, t->fcnt < 97 ? 1 : 0);
    }
    int n_other = 0, n_twice = 0;
    for (int i = 1; i < run_n_tx(r, "dev", 0); i++) {
        const struct row_tx *t = run_tx(r, "dev", 0, i);
        n_other += t->fcnt >= 129 && t->frequency_hz != 868100000;
        n_twice += t->fcnt == run_tx(r, "dev", 0, i - 1)->fcnt;
    }
    assert_true(n_other > 10);
    assert_in_range(n_twice, 126, 128);
    run_free(r);
}

/* A server that is there answers ADRACKReq, and nothing changes. */
static void answered(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 1305s",
                      .radio = RADIO,
                      .server = "adr: false",
                      .device = "data_rate: 3, adr: true",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_tx(r, "dev", 0), 130);
    assert_int_equal(run_n_planned(r, DL_SENT), 2);
    assert_int_equal(r->downlink[0].uplink_seq, 64);
    assert_int_equal(r->downlink[1].uplink_seq, 129);
    assert_int_equal(run_device(r, "dev", 0)->dr, 3);
    run_free(r);
}

static void lowest_rate(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 1000s",
                      .radio = RADIO,
                      .device = "data_rate: 0, adr: true, version: 1.0.3",
                      .traffic = TRAFFIC,
                      .faults = "{node: net, from: 0s}"};
    for (int version = 3; version <= 4; version++) {
        s.device = version == 3 ? "data_rate: 0, adr: true, version: 1.0.3"
                                : "data_rate: 0, adr: true, version: 1.0.4";
        struct run *r = run_setup(&s);
        for (int i = 0; i < run_n_tx(r, "dev", 0); i++)
            assert_int_equal(run_frame_at(r, true, run_tx(r, "dev", 0, i)->start_ns).adrackreq,
                             version == 4 && i >= 64);
        run_free(r);
    }
}

/* A fixed plan on one sub-band needs two requests: all 125 kHz channels off, then some on. */
static void fixed_plan(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 1000s",
                      .radio = "region: US915",
                      .network = "sub_band: 2",
                      .device = "data_rate: 0, adr: true",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, false, 0x03), 2);
    assert_string_equal(run_command(r, false, 0x03, 0)->hex, "3e020071");
    assert_string_equal(run_command(r, false, 0x03, 1)->hex, "3e00ff01");
    assert_int_equal(run_n_commands(r, true, 0x03), 2);
    assert_string_equal(run_command(r, true, 0x03, 1)->hex, "07");
    assert_int_equal(run_device(r, "dev", 0)->dr, 3);
    assert_int_equal(run_n_lost(r, LOSS_CHANNEL), 0);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strong),       cmocka_unit_test(middle),
        cmocka_unit_test(margin),       cmocka_unit_test(nb_trans_only),
        cmocka_unit_test(not_wanted),   cmocka_unit_test(back_off),
        cmocka_unit_test(back_off_end), cmocka_unit_test(answered),
        cmocka_unit_test(lowest_rate),  cmocka_unit_test(fixed_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
