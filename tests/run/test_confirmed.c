/* SPDX-License-Identifier: GPL-2.0-only
 * Pins confirmed traffic and repetitions in both versions: how often, when, with which counter, and
 * what the server makes of them. Left open: an acknowledgement that comes with commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/harness.h"

#define CONFIRMED   "kind: periodic, period: 600s, phase: 10s, size: 10B, limit: 2, confirmed: 100%"
#define UNCONFIRMED "kind: periodic, period: 600s, phase: 10s, size: 10B, limit: 2"

/* Tries of both messages: the same counter, 1 to 3 s after RECEIVE_DELAY2. */
static void check_tries(const struct run *r, int tries)
{
    assert_int_equal(run_n_tx(r, "dev", 0), 2 * tries);
    bool early = false, late = false;
    for (int i = 0; i < 2 * tries; i++) {
        const struct row_tx *t = run_tx(r, "dev", 0, i);
        assert_int_equal(t->fcnt, i / tries);
        assert_int_equal(t->kind, FRAME_CONFIRMED_UP);
        if (i % tries == 0)
            continue;
        sim_time gap = t->start_ns - run_tx(r, "dev", 0, i - 1)->end_ns;
        assert_in_range(gap, SIM_S(3), SIM_S(5));
        early |= gap < SIM_S(4);
        late |= gap > SIM_S(4);
    }
    if (tries > 4)
        assert_true(early && late);
}

static void give_up_1_0_3(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, version: 1.0.3",
                      .traffic = CONFIRMED,
                      .faults = "{node: net, from: 0s}"};
    struct run *r = run_setup(&s);
    check_tries(r, 8);
    assert_int_equal(run_n_lost(r, LOSS_SERVER_DOWN), 16);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 0);
    run_free(r);
}

static void give_up_1_0_4(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, version: 1.0.4, nb_trans: 6",
                      .traffic = CONFIRMED,
                      .faults = "{node: net, from: 0s}"};
    struct run *r = run_setup(&s);
    check_tries(r, 6);
    run_free(r);
    s.device = "data_rate: 5, version: 1.0.4";
    r = run_setup(&s);
    check_tries(r, 1);
    run_free(r);
}

static void acknowledged(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, version: 1.0.3", .traffic = CONFIRMED};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_tx(r, "dev", 0), 2);
    assert_int_equal(run_tx(r, "dev", 0, 1)->fcnt, 1);
    for (int i = 0; i < 2; i++) {
        struct lw_frame f = run_frame_at(r, false, run_down(r, "dev", 0, i)->start_ns);
        assert_true(f.ack);
        assert_int_equal(f.fcnt, i);
        assert_int_equal(f.fport, -1);
        assert_int_equal(f.mtype, LW_UNCONFIRMED_DOWN);
    }
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 2);
    run_free(r);
}

/* The gateway whispers: uplinks arrive, acknowledgements do not. The server answers every
 * repetition, and the message counts once. */
static void ack_lost(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, version: 1.0.3",
                      .device_points = "{x: 700m, y: 0m}",
                      .gateway = "tx_power: -20dBm",
                      .traffic = CONFIRMED};
    struct run *r = run_setup(&s);
    check_tries(r, 8);
    assert_int_equal(run_n_planned(r, DL_SENT), 16);
    assert_int_equal(run_n_lost(r, LOSS_SENSITIVITY), 16);
    assert_int_equal((int)run_metric(r, "repeated_frames"), 14);
    const struct row_device_stat *d = run_device(r, "dev", 0);
    assert_int_equal(d->n_tx_received, 16);
    assert_int_equal(d->n_messages_delivered, 0); /* none was acknowledged */
    for (int i = 0; i < 16; i++)
        assert_int_equal(run_down(r, "dev", 0, i)->fcnt, i);
    run_free(r);
}

/* The gateway comes back in the middle: the next try succeeds and ends it. */
static void ack_late(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, version: 1.0.3",
                      .traffic = CONFIRMED,
                      .faults = "{node: gw/0, from: 0s, to: 18s}"};
    struct run *r = run_setup(&s);
    int n = run_n_tx(r, "dev", 0);
    assert_int_equal(run_n_lost(r, LOSS_GATEWAY_DOWN), n - 2);
    assert_in_range(n - 2, 2, 3);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 2);
    run_free(r);
}

/* Unconfirmed: nb_trans times, each behind the windows of the one before, counted once. */
static void nb_trans(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, nb_trans: 3", .traffic = UNCONFIRMED};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_tx(r, "dev", 0), 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(run_tx(r, "dev", 0, i)->fcnt, i / 3);
    /* RX2: 6 symbols of 32.768 ms centred on the fourth. */
    assert_int_equal(run_tx(r, "dev", 0, 1)->start_ns - run_tx(r, "dev", 0, 0)->end_ns,
                     SIM_S(2) + 7 * INT64_C(32768000));
    assert_int_equal((int)run_metric(r, "repeated_frames"), 4);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 2);
    assert_int_equal(run_device(r, "dev", 0)->n_tx_received, 6);
    run_free(r);
}

static void downlink_ends_repetition(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, nb_trans: 3, link_check_every: 1",
                      .traffic = UNCONFIRMED};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_tx(r, "dev", 0), 2);
    run_free(r);
}

/* NbTrans by LinkADRReq: 3, then 0, which stands for the default of 1. */
static void nb_trans_by_server(void **state)
{
    (void)state;
    struct setup s = {
        .server = "adr: false, mac_commands: [{at: 0s, hex: \"0350070003\"}, {at: 200s, hex: "
                  "\"0350070000\"}]",
        .device = "data_rate: 5, adr: true",
        .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 7"};
    struct run *r = run_setup(&s);
    int n[7] = {0};
    for (int i = 0; i < run_n_tx(r, "dev", 0); i++)
        n[run_tx(r, "dev", 0, i)->fcnt]++;
    /* 10 s: the request comes. 70, 130, 190 s: three times. 250 s: the downlink ends it. */
    static const int want[7] = {1, 3, 3, 3, 1, 1, 1};
    for (int i = 0; i < 7; i++)
        assert_int_equal(n[i], want[i]);
    run_free(r);
}

/* 1.0.3: NbTrans is for unconfirmed uplinks only. */
static void nb_trans_confirmed_1_0_3(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, version: 1.0.3, nb_trans: 2, confirmed_tries: 4",
                      .traffic = CONFIRMED,
                      .faults = "{node: net, from: 0s}"};
    struct run *r = run_setup(&s);
    check_tries(r, 4);
    run_free(r);
}

/* LinkADRReq moves the device to DR0 while a long frame is being repeated: that frame is given up,
 * later ones are dropped. The gateway whispers the acknowledgement away and comes near for the
 * command. */
static void too_long_to_repeat(void **state)
{
    (void)state;
    struct setup s = {.server = "adr: false, mac_commands: [{at: 15s, hex: \"0300070001\"}]",
                      .device = "data_rate: 5, version: 1.0.3, adr: true, nb_trans: 15",
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 100B, limit: 4"};
    struct run *r = run_setup(&s);
    const struct row_device_stat *d = run_device(r, "dev", 0);
    assert_int_equal(d->dr, 0);
    assert_int_equal(d->n_messages_delivered + d->n_messages_dropped, 4);
    assert_true(d->n_messages_dropped >= 2);
    for (int i = 0; i < run_n_tx(r, "dev", 0); i++)
        if (run_tx(r, "dev", 0, i)->dr == 0)
            assert_true(run_tx(r, "dev", 0, i)->size_bytes <= 64);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(give_up_1_0_3),
        cmocka_unit_test(give_up_1_0_4),
        cmocka_unit_test(acknowledged),
        cmocka_unit_test(ack_lost),
        cmocka_unit_test(ack_late),
        cmocka_unit_test(nb_trans),
        cmocka_unit_test(downlink_ends_repetition),
        cmocka_unit_test(nb_trans_by_server),
        cmocka_unit_test(nb_trans_confirmed_1_0_3),
        cmocka_unit_test(too_long_to_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
