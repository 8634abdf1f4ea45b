/* SPDX-License-Identifier: GPL-2.0-only
 * Pins downlinks of the application to class A devices: in the windows of uplinks, one each,
 * together with what else the server has to say, confirmed and repeated, refused by a gateway.
 * Left open: class C, in test_class_c.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/harness.h"

#define UPLINKS  "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 3"
#define DOWNLINK "data_rate: 5, downlink: {kind: periodic, period: 1s, phase: 1s, size: 20B, "

/* One in each uplink's RX1; FPending says that more wait, and the device asks for them soon. */
static void pending(void **state)
{
    (void)state;
    struct setup s = {.device = DOWNLINK "fport: 9, limit: 3}", .traffic = UPLINKS};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks, 3);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 3);
    assert_int_equal(run_n_tx(r, "dev", 0), 5);
    for (int i = 0; i < 3; i++) {
        const struct row_tx *down = run_down(r, "dev", 0, i);
        struct lw_frame f = run_frame_at(r, false, down->start_ns);
        assert_int_equal(run_delay(r, i, i), SIM_S(1));
        assert_int_equal(f.fpending, i < 2);
        assert_int_equal(f.payload_len, 20);
        assert_int_equal(f.mtype, LW_UNCONFIRMED_DOWN);
        assert_int_equal(down->fport, 9);
        assert_true(down->end_ns < SIM_S(30));
    }
    assert_int_equal(run_tx(r, "dev", 0, 1)->size_bytes, 12);
    assert_int_equal(run_tx(r, "dev", 0, 2)->size_bytes, 12);
    run_free(r);
}

/* Nothing is sent without an uplink. */
static void waits(void **state)
{
    (void)state;
    struct setup s = {.device = DOWNLINK "limit: 3}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks, 3);
    assert_int_equal(r->n_tx, 0);
    run_free(r);
}

/* Acknowledged in the next uplink, which comes soon. */
static void confirmed(void **state)
{
    (void)state;
    struct setup s = {.device = DOWNLINK "limit: 1, confirmed: 100%}", .traffic = UPLINKS};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 1);
    assert_int_equal(run_down(r, "dev", 0, 0)->kind, FRAME_CONFIRMED_DOWN);
    const struct row_tx *ack = run_tx(r, "dev", 0, 1);
    assert_in_range(ack->start_ns - run_down(r, "dev", 0, 0)->end_ns, SIM_S(1), SIM_S(3));
    assert_true(run_frame_at(r, true, ack->start_ns).ack);
    assert_int_equal(run_n_tx(r, "dev", 0), 4);
    run_free(r);
}

/* The gateway fails in the middle of the downlink: the next uplink does not acknowledge it, and it
 * comes again with a new counter. */
static void repeated(void **state)
{
    (void)state;
    struct setup s = {.device = DOWNLINK "limit: 1, confirmed: 100%}",
                      .traffic = UPLINKS,
                      .faults = "{node: gw/0, from: 11075ms, to: 11200ms}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 2);
    assert_int_equal(run_n_lost(r, LOSS_GATEWAY_DOWN), 1);
    assert_int_equal(run_down(r, "dev", 0, 0)->fcnt, 0);
    assert_int_equal(run_down(r, "dev", 0, 1)->fcnt, 1);
    assert_int_equal(run_down(r, "dev", 0, 1)->start_ns, run_tx(r, "dev", 0, 1)->end_ns + SIM_S(1));
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
    assert_int_equal(run_n_tx(r, "dev", 0), 4);
    run_free(r);
}

/* The acknowledgement is lost (the server has failed): the message comes twice and counts once. */
static void lost_acknowledgement(void **state)
{
    (void)state;
    struct setup s = {.device = DOWNLINK "limit: 1, confirmed: 100%}",
                      .traffic = UPLINKS,
                      .faults = "{node: net, from: 11500ms, to: 30s}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 2);
    assert_int_equal(run_device(r, "dev", 0)->n_rx, 2);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks, 1);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
    run_free(r);
}

/* A gateway that fails before RX1 refuses it: it was not on the air, so it is sent again as it was.
 */
static void refused(void **state)
{
    (void)state;
    for (int c = 0; c < 2; c++) {
        struct setup s = {.device =
                              c ? DOWNLINK "limit: 1, confirmed: 100%}" : DOWNLINK "limit: 1}",
                          .traffic = UPLINKS,
                          .faults = "{node: gw/0, from: 10900ms, to: 30s}"};
        struct run *r = run_setup(&s);
        assert_int_equal(run_n_planned(r, DL_GATEWAY_DOWN), 1);
        assert_int_equal(run_n_planned(r, DL_SENT), 1);
        assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
        assert_int_equal(run_down(r, "dev", 0, 0)->fcnt, 1);
        run_free(r);
    }
}

/* 100 octets do not fit at DR0 of RX1, but at DR3 of RX2. */
static void second_window(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 0, downlink: {kind: periodic, period: 1s, phase: 1s, "
                                "size: 100B, limit: 1}",
                      .server = "rx2_data_rate: 3",
                      .traffic = UPLINKS};
    struct run *r = run_setup(&s);
    assert_int_equal(run_delay(r, 0, 0), SIM_S(2));
    assert_int_equal(run_down(r, "dev", 0, 0)->dr, 3);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
    run_free(r);
}

/* EU868: RX2 has 27 dBm and SF12, RX1 14 dBm and the uplink's SF. With a gateway of 14 dBm the
 * spreading factors decide, and of equal ones RX1. */
static void farther_window(void **state)
{
    static const struct {
        const char *device, *server, *gateway;
        int delay_s;
    } cases[] = {{"data_rate: 5", "rx_window: farther", NULL, 2},
                 {"data_rate: 5", "rx_window: both", NULL, 1},
                 {"data_rate: 5", "rx_window: farther, rx2_data_rate: 5", "tx_power: 14dBm", 1},
                 {"data_rate: 0", "rx_window: farther, rx2_data_rate: 5", "tx_power: 14dBm", 1},
                 {"data_rate: 0", "rx_window: farther", "tx_power: 14dBm", 1},
                 {"data_rate: 0", "rx_window: farther", NULL, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char device[200];
        snprintf(device, sizeof device,
                 "%s, downlink: {kind: periodic, period: 1s, phase: 1s, size: 20B, limit: 1}",
                 cases[i].device);
        struct setup s = {.device = device,
                          .server = cases[i].server,
                          .gateway = cases[i].gateway,
                          .traffic = UPLINKS};
        struct run *r = run_setup(&s);
        assert_int_equal(run_delay(r, 0, 0), SIM_S(cases[i].delay_s));
        assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
        run_free(r);
    }
}

/* 200 octets fit nowhere: an acknowledgement goes alone. */
static void too_long(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 0, downlink: {kind: periodic, period: 1s, phase: 1s, "
                                "size: 200B, limit: 1}",
                      .traffic = UPLINKS ", confirmed: 100%"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 3);
    assert_int_equal(run_down(r, "dev", 0, 0)->size_bytes, 12);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 0);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 3);
    run_free(r);
}

/* One frame carries an acknowledgement, a command and the message. */
static void together(void **state)
{
    (void)state;
    struct setup s = {.device = DOWNLINK "fport: 4, limit: 1}",
                      .server = "mac_commands: [{at: 5s, hex: \"06\"}]",
                      .traffic = UPLINKS ", confirmed: 100%"};
    struct run *r = run_setup(&s);
    struct lw_frame f = run_frame_at(r, false, run_down(r, "dev", 0, 0)->start_ns);
    assert_true(f.ack);
    assert_int_equal(f.fopts_len, 1);
    assert_int_equal(f.fport, 4);
    assert_int_equal(f.payload_len, 20);
    assert_int_equal(run_n_commands(r, false, 6), 1);
    assert_int_equal(run_n_commands(r, true, 6), 1);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 3);
    run_free(r);
}

/* OTAA: the first data uplink brings it, not the join. */
static void otaa(void **state)
{
    (void)state;
    struct setup s = {.device = DOWNLINK "limit: 1}, activation: otaa", .traffic = UPLINKS};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_downlinks_delivered, 1);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pending),       cmocka_unit_test(waits),
        cmocka_unit_test(confirmed),     cmocka_unit_test(repeated),
        cmocka_unit_test(refused),       cmocka_unit_test(lost_acknowledgement),
        cmocka_unit_test(second_window), cmocka_unit_test(farther_window),
        cmocka_unit_test(too_long),      cmocka_unit_test(together),
        cmocka_unit_test(otaa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
