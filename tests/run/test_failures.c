/* SPDX-License-Identifier: GPL-2.0-only
 * Pins failures of gateways and servers: their reasons, their ends, and what happens to a downlink
 * that meets one. Left open: failures of many nodes at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/harness.h"

#define TRAFFIC "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 10"

static void gateway(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5",
                      .traffic = TRAFFIC,
                      .faults =
                          "{node: gw/0, from: 60s, to: 180s}, {node: gw, from: 310s, to: 311s}"};
    struct run *r = run_setup(&s); /* 70, 130 s; 310 s */
    assert_int_equal(run_n_lost(r, LOSS_GATEWAY_DOWN), 3);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 7);
    assert_int_equal(r->gateway[0].n_lost_gateway_down, 3);
    assert_int_equal(r->gateway[0].n_rx, 7);
    run_free(r);
}

/* Another gateway carries on. */
static void one_of_two(void **state)
{
    (void)state;
    struct setup s = {.gateway = "count: 2",
                      .gateway_points = "{x: 0m, y: 0m}, {x: 500m, y: 0m}",
                      .device = "data_rate: 5",
                      .traffic = TRAFFIC ", confirmed: 100%",
                      .faults = "{node: gw/0, from: 0s, to: 300s}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
    assert_int_equal(r->gateway[0].n_rx, 5);
    assert_int_equal(r->gateway[1].n_rx, 10);
    for (int i = 0; i < r->n_downlink; i++)
        assert_int_equal(r->downlink[i].gateway, entity_make("gw", i < 5 ? 1 : 0));
    run_free(r);
}

static void server(void **state)
{
    (void)state;
    struct setup s = {
        .device = "data_rate: 5", .traffic = TRAFFIC, .faults = "{node: net, from: 60s, to: 180s}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_lost(r, LOSS_SERVER_DOWN), 2);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 8);
    assert_int_equal(r->gateway[0].n_rx, 10);
    run_free(r);
}

/* The server fails while it gathers copies (10.08 to 10.28 s). */
static void server_in_between(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5",
                      .traffic = TRAFFIC,
                      .faults = "{node: net, from: 10200ms, to: 10300ms}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_lost(r, LOSS_SERVER_DOWN), 1);
    run_free(r);
    s.faults = "{node: net, from: 10100ms, to: 10200ms}"; /* it was there at both instants */
    r = run_setup(&s);
    assert_int_equal(run_n_lost(r, LOSS_SERVER_DOWN), 0);
    run_free(r);
}

/* The gateway fails before the request reaches it (10.30 s), or before it sends (11.06 s). */
static void downlink(void **state)
{
    (void)state;
    static const char *const faults[] = {"{node: gw/0, from: 10290ms, to: 10900ms}",
                                         "{node: gw/0, from: 11s, to: 11200ms}"};
    for (int i = 0; i < 2; i++) {
        struct setup s = {
            .device = "data_rate: 5", .traffic = TRAFFIC ", confirmed: 100%", .faults = faults[i]};
        struct run *r = run_setup(&s);
        assert_int_equal(r->downlink[0].result, DL_GATEWAY_DOWN);
        assert_int_equal(run_n_planned(r, DL_GATEWAY_DOWN), 1);
        assert_int_equal(run_n_planned(r, DL_SENT), 9);
        assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 9);
        run_free(r);
    }
}

/* Nobody is near enough. */
static void no_link(void **state)
{
    (void)state;
    struct setup s = {
        .device = "data_rate: 5", .device_points = "{x: 90km, y: 0m}", .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_lost(r, LOSS_NO_LINK), 10);
    assert_int_equal(run_device(r, "dev", 0)->best_gateway, ROW_NULL);
    assert_int_equal(run_device(r, "dev", 0)->best_dr, ROW_NULL);
    run_free(r);
    s.device_points = "{x: 9km, y: 0m}"; /* noticed, but too weak for SF7 */
    r = run_setup(&s);
    assert_int_equal(run_n_lost(r, LOSS_SENSITIVITY), 10);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gateway),  cmocka_unit_test(one_of_two),
        cmocka_unit_test(server),   cmocka_unit_test(server_in_between),
        cmocka_unit_test(downlink), cmocka_unit_test(no_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
