/* SPDX-License-Identifier: GPL-2.0-only
 * Pins two networks in one air: foreign frames are heard and take demodulators but go nowhere, and
 * devices with the same DevAddr are told apart by their keys. Left open: roaming. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/harness.h"

#define AT(x, y) "placement: {kind: list, points: [{x: " x ", y: " y "}]}"
#define OTHER                                                                                      \
    "{name: other, gateways: [{name: og, " AT("50m", "0m") ", demodulators: 1}], server: {adr: "   \
                                                           "false}}"
#define SECOND_DEVICE(keys) "{name: second, network: other, " AT("60m", "0m") ", " keys "}"

static void foreign_frames(void **state)
{
    (void)state;
    struct setup s = {
        .more_networks = OTHER,
        .device = "network: net, data_rate: 5",
        .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 5",
        .more_devices = SECOND_DEVICE("data_rate: 4, traffic: {kind: periodic, period: 60s, phase: "
                                      "30s, size: 10B, limit: 3, confirmed: 100%}")};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 5);
    assert_int_equal(run_device(r, "second", 0)->n_messages_delivered, 3);
    assert_int_equal(run_device(r, "dev", 0)->n_rx, 0);
    for (int i = 0; i < 2; i++) {
        bool net = r->gateway[i].gateway == entity_make("gw", 0);
        assert_int_equal(r->gateway[i].n_rx, 8);
        assert_int_equal(r->gateway[i].n_rx_foreign, net ? 3 : 5);
        assert_int_equal(r->gateway[i].n_tx, net ? 0 : 3);
    }
    for (int i = 0; i < r->n_metric; i++)
        if (r->metric[i].node == entity_make("net", 0) &&
            r->metric[i].name[0] == 'f') /* foreign_frames */
            assert_int_equal((int)r->metric[i].value, 3);
    assert_int_equal(r->n_loss, 0);
    run_free(r);
}

/* The only demodulator of the other network's gateway is busy with a foreign frame (DR0, 1.48 s).
 */
static void demodulators(void **state)
{
    (void)state;
    struct setup s = {.more_networks = OTHER,
                      .device = "network: net, data_rate: 0",
                      .traffic = "kind: periodic, period: 600s, phase: 10s, size: 10B, limit: 1",
                      .more_devices =
                          SECOND_DEVICE("data_rate: 5, traffic: {kind: periodic, period: 600s, "
                                        "phase: 11s, size: 10B, limit: 1}")};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_lost(r, LOSS_NO_DEMODULATOR), 1);
    assert_int_equal(run_device(r, "second", 0)->n_messages_delivered, 0);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 1);
    run_free(r);
}

/* The hashes of g4885 and g2579 are neighbours: with the same NetID and four devices each, two
 * devices of one network have the addresses of two of the other. */
static void same_address(void **state)
{
    (void)state;
#define FOUR "kind: grid, columns: 2, rows: 2, spacing_x: 10m, spacing_y: 10m"
    struct setup s = {
        .more_networks = "{name: other, gateways: [{name: og, " AT("50m", "0m") "}]}",
        .device = "network: net",
        .more_devices =
            "{name: g4885, network: other, count: 4, data_rate: 5, placement: {" FOUR "}, traffic: "
            "{kind: periodic, period: 300s, size: 10B, confirmed: 50%}}, "
            "{name: g2579, network: net, count: 4, data_rate: 5, placement: {" FOUR "}, traffic: "
            "{kind: periodic, period: 300s, size: 10B, confirmed: 50%}}"};
    struct run *r = run_setup(&s);
    int n_same = 0;
    for (uint32_t i = 0; i < 4; i++)
        for (uint32_t k = 0; k < 4; k++)
            n_same += run_device(r, "g4885", i)->devaddr == run_device(r, "g2579", k)->devaddr;
    assert_int_equal(n_same, 2);
    for (uint32_t i = 0; i < 4; i++) {
        const struct row_device_stat *a = run_device(r, "g4885", i), *b = run_device(r, "g2579", i);
        assert_int_equal(a->n_messages_delivered, a->n_messages);
        assert_int_equal(b->n_messages_delivered, b->n_messages);
        assert_int_equal(a->n_messages, 12);
    }
    assert_int_equal(run_n_lost(r, LOSS_MIC), 0);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_frames),
        cmocka_unit_test(demodulators),
        cmocka_unit_test(same_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
