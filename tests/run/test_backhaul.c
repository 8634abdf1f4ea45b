/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what goes over a backhaul of Semtech's UDP protocol with constant delays: the times of
 * downlinks in the steps of the protocol, how and when the server learns of refusals, keepalives,
 * and one datagram for many gateways. What queues and losses of IP do is left to other tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/harness.h"

#define OVER_DELAY "net_id: \"000013\", backhaul: {transport: delay, stat_period: never}"

static int64_t id_of(const char *group, uint32_t index)
{
    return entity_make(group, index);
}

/* Datagrams of a node and kind that were sent, and that arrived. */
static int n_sent(const struct run *r, int64_t node, int kind)
{
    for (int i = 0; i < r->n_backhaul; i++)
        if (r->backhaul[i].node == node && r->backhaul[i].kind == kind)
            return (int)r->backhaul[i].n_sent;
    return 0;
}

static int n_received(const struct run *r, int64_t node, int kind)
{
    for (int i = 0; i < r->n_backhaul; i++)
        if (r->backhaul[i].node == node && r->backhaul[i].kind == kind)
            return (int)r->backhaul[i].n_received;
    return 0;
}

/* Uplinks come through as without datagrams; RX1 begins at the counter's step before. */
static void test_class_a(void **state)
{
    struct setup s = {.network = OVER_DELAY,
                      .traffic = "kind: periodic, period: 100s, confirmed: 100%"};
    (void)state;
    struct run *r = run_setup(&s);
    s.network = NULL;
    struct run *direct = run_setup(&s);
    assert_int_equal(run_n_tx(r, "dev", 0), run_n_tx(direct, "dev", 0));
    assert_int_equal(run_n_tx(r, "gw", 0), run_n_tx(direct, "gw", 0));
    int exact = 0;
    for (int i = 0; i < run_n_tx(r, "dev", 0); i++) {
        sim_time delay = run_delay(r, i, i);
        assert_int_equal(run_delay(direct, i, i), SIM_S(1));
        assert_true(delay > SIM_S(1) - SIM_US(1) && delay <= SIM_S(1));
        exact += delay == SIM_S(1);
    }
    assert_int_equal(run_n_tx(r, "dev", 0), 36);
    assert_true(exact < 3); /* a counter is not in step with uplinks */
    int64_t gw = id_of("gw", 0);
    assert_int_equal(n_sent(r, gw, BACKHAUL_PUSH_DATA), 36);
    assert_int_equal(n_received(r, gw, BACKHAUL_PUSH_ACK), 36);
    assert_int_equal(n_sent(r, gw, BACKHAUL_PULL_RESP), 36);
    assert_int_equal(n_received(r, gw, BACKHAUL_TX_ACK), 36);
    assert_int_equal(n_sent(r, gw, BACKHAUL_PULL_DATA), 360);
    assert_int_equal(n_received(r, gw, BACKHAUL_PULL_ACK), 360);
    assert_int_equal(direct->n_backhaul, 0);
    run_free(direct);
    run_free(r);
}

/* A status every 30 s is another PUSH_DATA. */
static void test_status(void **state)
{
    struct setup s = {.network = "backhaul: {transport: delay, keepalive: 1min}"};
    (void)state;
    struct run *r = run_setup(&s);
    assert_int_equal(n_sent(r, id_of("gw", 0), BACKHAUL_PUSH_DATA), 120);
    assert_int_equal(n_sent(r, id_of("gw", 0), BACKHAUL_PULL_DATA), 60);
    run_free(r);
}

static const char *const three_points = "{x: 0m, y: 0m}, {x: 200m, y: 0m}, {x: 0m, y: 200m}";

#define GROUP(more)                                                                                \
    "{name: group, members: [{devices: dev}], gateways: all, data_rate: 5, session: {start: "      \
    "1min, timeout: 9}, traffic: {count: 20, period: 10s, size: 20B}, " more "}"

/* The n-th transmission of gateway gw/i. */
static sim_time start_of(const struct run *r, uint32_t i, int n)
{
    const struct row_tx *tx = run_tx(r, "gw", i, n);
    assert_non_null(tx);
    return tx->start_ns;
}

static struct run *run_group(const char *gateway, const char *multicast)
{
    struct setup s = {.network = OVER_DELAY,
                      .gateway = gateway,
                      .gateway_points = three_points,
                      .multicast = multicast};
    struct run *r = run_setup(&s);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(run_n_tx(r, "gw", i), 20);
    return r;
}

/* GPS times of the protocol are whole ms. */
static void check_whole_ms(const struct run *r)
{
    for (uint32_t i = 0; i < 3; i++)
        for (int k = 0; k < 20; k++)
            assert_int_equal(start_of(r, i, k) % SIM_MS(1), 0);
}

static void test_to_each(void **state)
{
    (void)state;
    struct run *r = run_group("count: 3", GROUP("schedule: staggered"));
    check_whole_ms(r);
    assert_int_equal(n_sent(r, id_of("gw", 2), BACKHAUL_PULL_RESP), 20);
    assert_int_equal(n_sent(r, id_of("net", 0), BACKHAUL_PULL_RESP), 0);
    run_free(r);
}

/* One datagram a frame; all gateways begin at one instant. */
static void test_to_group(void **state)
{
    (void)state;
    struct run *r = run_group("count: 3", GROUP("schedule: simultaneous, backhaul: {downlink: "
                                                "multicast}"));
    check_whole_ms(r);
    for (int k = 0; k < 20; k++)
        for (uint32_t i = 1; i < 3; i++)
            assert_int_equal(start_of(r, i, k), start_of(r, 0, k));
    assert_int_equal(n_sent(r, id_of("net", 0), BACKHAUL_PULL_RESP), 20);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(n_sent(r, id_of("gw", i), BACKHAUL_PULL_RESP), 0);
        assert_int_equal(n_received(r, id_of("gw", i), BACKHAUL_PULL_RESP), 20);
        assert_int_equal(n_received(r, id_of("gw", i), BACKHAUL_TX_ACK), 20);
    }
    run_free(r);
}

/* One datagram, but each gateway adds its offset. */
static void test_offsets(void **state)
{
    (void)state;
    struct run *r = run_group("count: 3", GROUP("backhaul: {downlink: multicast, offset: 777ms}"));
    for (int k = 0; k < 20; k++)
        for (uint32_t i = 1; i < 3; i++)
            assert_int_equal(start_of(r, i, k) - start_of(r, 0, k), (int64_t)i * SIM_MS(777));
    assert_int_equal(n_sent(r, id_of("net", 0), BACKHAUL_PULL_RESP), 20);
    run_free(r);
    r = run_group("count: 3", GROUP("backhaul: {downlink: multicast}"));
    sim_time airtime = run_tx(r, "gw", 0, 0)->end_ns - run_tx(r, "gw", 0, 0)->start_ns;
    sim_time step = start_of(r, 1, 0) - start_of(r, 0, 0);
    assert_true(step >= airtime + SIM_MS(5) && step < airtime + SIM_MS(6));
    run_free(r);
}

/* At once: a second behind the arrival, which differs from gateway to gateway. */
static void test_at_once(void **state)
{
    struct setup s = {
        .network = OVER_DELAY,
        .gateway = "backhaul_delay: 20ms",
        .more_gateways = "{name: far, backhaul_delay: 90ms, placement: {kind: list, points: [{x: "
                         "200m, y: 0m}]}}",
        .multicast =
            GROUP("schedule: simultaneous, timing: server_clock, backhaul: {downlink: multicast}")};
    (void)state;
    struct run *r = run_setup(&s);
    for (int k = 0; k < 20; k++) {
        assert_int_equal(run_tx(r, "far", 0, k)->start_ns - start_of(r, 0, k), SIM_MS(70));
        /* planned for the farthest gateway, 62 s being start and margin */
        assert_int_equal(run_tx(r, "far", 0, k)->start_ns, SIM_S(62) + k * SIM_S(10) + 1);
    }
    run_free(r);
    s.gateway = "backhaul_delay: 20ms, immediate_delay: 300ms";
    s.multicast = GROUP("timing: server_clock, backhaul: {downlink: multicast, offset: 2s}");
    r = run_setup(&s);
    for (int k = 0; k < 20; k++) /* 700 ms by the gateways' delays, 70 ms by the way, 2 s offset */
        assert_int_equal(run_tx(r, "far", 0, k)->start_ns - start_of(r, 0, k), SIM_MS(2770));
    run_free(r);
}

/* Equally strong copies that begin together are lost, unless they are taken for the same symbols;
 * that holds up to a tenth of a symbol (DR3: 0.41 ms). */
static int n_heard(const char *radio, const char *far, const char *multicast)
{
    struct setup s = {.network = OVER_DELAY,
                      .radio = radio,
                      .device_points = "{x: 100m, y: 0m}",
                      .more_gateways = far,
                      .multicast = multicast};
    struct run *r = run_setup(&s);
    int n = (int)run_device(r, "dev", 0)->n_multicast;
    run_free(r);
    return n;
}

#define FAR(delay)                                                                                 \
    "{name: far, backhaul_delay: " delay ", placement: {kind: list, points: [{x: 200m, y: 0m}]}}"
#define SLOW_GROUP(timing)                                                                         \
    "{name: group, members: [{devices: dev}], gateways: all, data_rate: 3, schedule: "             \
    "simultaneous, timing: " timing                                                                \
    ", session: {start: 1min, timeout: 9}, traffic: {count: 20, period: 10s, size: 20B}, "         \
    "backhaul: {downlink: multicast}}"

static void test_in_step(void **state)
{
    static const char together[] = "same_frame: synchronous";
    (void)state;
    assert_int_equal(n_heard("region: EU868", FAR("20ms"), SLOW_GROUP("gps_time")), 0);
    assert_int_equal(n_heard(together, FAR("20ms"), SLOW_GROUP("gps_time")), 20);
    assert_int_equal(n_heard(together, FAR("90ms"), SLOW_GROUP("gps_time")), 20);
    assert_int_equal(n_heard(together, FAR("20400us"), SLOW_GROUP("server_clock")), 20);
    assert_int_equal(n_heard(together, FAR("20420us"), SLOW_GROUP("server_clock")), 0);
}

/* What a gateway without GPS refuses is known to the server when the answer has come back. */
static void test_refusal(void **state)
{
    struct setup s = {.network = OVER_DELAY,
                      .gateway = "backhaul_delay: 50ms, clock: {gps: failed}",
                      .more_gateways = "{name: near, backhaul_delay: 30ms, placement: {kind: list, "
                                       "points: [{x: 3km, y: 0m}]}}",
                      .device = "class: C, downlink: {kind: periodic, period: 5min, phase: 1min, "
                                "size: 10B, lead: 5s}",
                      .traffic = "kind: periodic, period: 150s, phase: 0s"};
    (void)state;
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_GPS_UNLOCKED), 12);
    int n = 0;
    for (int i = 0; i < r->n_downlink; i++)
        if (r->downlink[i].result == DL_SENT) {
            assert_int_equal(r->downlink[i].gateway, id_of("near", 0));
            assert_int_equal(r->downlink[i].planned_start_ns, r->downlink[i].made_ns + SIM_S(5));
            n++;
        }
    assert_int_equal(n, 12);
    run_free(r);
}

/* Nothing goes to a gateway that has not been heard of, nor after a failure of the server. */
static void test_path(void **state)
{
    struct setup s = {.network = "backhaul: {transport: delay, keepalive: 1h}",
                      .traffic = "kind: periodic, period: 60s, confirmed: 100%"};
    (void)state;
    struct run *r = run_setup(&s);
    int none = run_n_planned(r, DL_NO_PATH), sent = run_n_planned(r, DL_SENT);
    assert_true(none > 0 && sent > 0);
    sim_time last_none = 0, first_sent = SIM_NEVER;
    for (int i = 0, k = 0; i < r->n_downlink; i++)
        if (r->downlink[i].result == DL_NO_PATH)
            last_none = run_tx(r, "dev", 0, k++)->end_ns;
        else
            first_sent = r->downlink[i].planned_start_ns < first_sent
                             ? r->downlink[i].planned_start_ns
                             : first_sent;
    assert_true(last_none < first_sent);
    run_free(r);
}

/* A gateway that is down says nothing: the server gives the downlink up after a while, and sends it
 * through another one. */
static void test_no_answer(void **state)
{
    struct setup s = {.network = "backhaul: {transport: delay, answer_timeout: 3s}",
                      .more_gateways =
                          "{name: near, placement: {kind: list, points: [{x: 3km, y: 0m}]}}",
                      .device = "class: C, downlink: {kind: periodic, period: 1h, phase: 10min, "
                                "size: 10B}",
                      .traffic = "kind: periodic, period: 1h, phase: 1min",
                      .faults = "{node: gw, from: 5min}"};
    (void)state;
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_GATEWAY_DOWN), 1);
    assert_int_equal(run_n_planned(r, DL_SENT), 1);
    const struct row_tx *tx = run_down(r, "dev", 0, 0);
    sim_time airtime = tx->end_ns - tx->start_ns;
    /* Planned 1 ns later for 1.02 s later; its end and 3 s are waited for, 1 s more before the next
     * one, which again takes 1 ns and 1.02 s, and 1 ns at the gateway. */
    assert_int_equal(tx->start_ns,
                     SIM_S(600) + 2 * SIM_MS(1020) + airtime + SIM_S(3) + SIM_S(1) + 3);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class_a),   cmocka_unit_test(test_status),
        cmocka_unit_test(test_to_each),   cmocka_unit_test(test_to_group),
        cmocka_unit_test(test_offsets),   cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_refusal),   cmocka_unit_test(test_path),
        cmocka_unit_test(test_no_answer), cmocka_unit_test(test_in_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
