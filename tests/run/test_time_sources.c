/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the clocks of gateways and servers: what DeviceTimeAns and AppTimeAns tell when GPS fails or
 * the server is wrong, when downlinks start by each clock, what is refused without GPS, and the
 * rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/talk.h"

#define EVERY_60S "kind: periodic, period: 60s, phase: 10s, size: 10B"
#define GROUP                                                                                      \
    "{name: g, members: [{devices: dev}], data_rate: 3, session: {start: 120s, timeout: 6}, "      \
    "traffic: {count: 5, period: 4s, size: 20B}"

static const sim_time FRACTION = SIM_S(1) / 256; /* DeviceTimeAns is cut to this */

/* An error is what is told, less up to the cut fraction. */
static void check_told(const struct row_clock_sample *c, int64_t told_ns)
{
    assert_true(c->error_after_ns <= told_ns);
    assert_true(c->error_after_ns > told_ns - FRACTION);
}

/* GPS fails at 1000 s: for 30 s the gateway's time goes on by its crystal, then the server takes
 * the time of arrival, 20 ms late; from 2000 s on GPS is back. */
static void gps_fails(void **state)
{
    (void)state;
    struct setup s = {.gateway = "clock: {fails: [{from: 1000s, to: 2000s}], drift: 100ppm}",
                      .device = "data_rate: 5, device_time_every: 1",
                      .traffic = "kind: periodic, period: 15s, phase: 10s, size: 10B"};
    struct run *r = run_setup(&s);
    int n = 0, n_holdover = 0, n_late = 0;
    for (int i = 0; i < r->n_clock; i++) {
        const struct row_clock_sample *c = &r->clock[i];
        if (c->source != CLOCK_SOURCE_DEVICE_TIME)
            continue;
        /* The answer comes 1 s behind the uplink. */
        sim_time asked = c->at_ns - SIM_S(1);
        if (asked < SIM_S(1000) || asked >= SIM_S(2000)) {
            check_told(c, 0);
            n++;
        } else if (asked < SIM_MS(1029800)) {
            assert_true(c->error_after_ns > -FRACTION && c->error_after_ns <= SIM_MS(3));
            n_holdover++;
        } else {
            check_told(c, SIM_MS(20));
            n_late++;
        }
    }
    assert_int_equal(n_holdover, 2); /* 1000 + 10 and 25 s */
    assert_in_range(n_late, 60, 65);
    assert_in_range(n, 170, 175);
    run_free(r);
}

/* Rows of the gateway's GPS time: at both ends, when it fails, and when it is back 100 ppm of 1000
 * s later. */
static void gateway_rows(void **state)
{
    (void)state;
    struct setup s = {.gateway = "clock: {fails: [{from: 1000s, to: 2000s}, {from: 3500s}], "
                                 "drift: 100ppm}"};
    struct run *r = run_setup(&s);
    static const struct {
        int64_t at_s, before_ns, after_ns;
        int source;
    } rows[] = {{0, 0, 0, CLOCK_SOURCE_START},
                {1000, 0, 0, CLOCK_SOURCE_GPS_LOST},
                {2000, SIM_MS(100), 0, CLOCK_SOURCE_GPS},
                {3500, 0, 0, CLOCK_SOURCE_GPS_LOST},
                {3600, SIM_MS(10), SIM_MS(10), CLOCK_SOURCE_END}};
    assert_int_equal(r->n_clock, 5);
    for (int i = 0; i < 5; i++) {
        const struct row_clock_sample *c = &r->clock[i];
        assert_int_equal(c->device, entity_make("gw", 0));
        assert_int_equal(c->at_ns, SIM_S(rows[i].at_s));
        assert_int_equal(c->source, rows[i].source);
        assert_int_equal(c->error_before_ns, rows[i].before_ns);
        assert_int_equal(c->error_after_ns, rows[i].after_ns);
        assert_int_equal(c->rate_ppb, 100000);
    }
    run_free(r);
}

/* A wrong server, asked by DeviceTimeReq: only where the gateways do not tell it better. */
static void server_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *server, *gateway;
        int64_t told_ms; /* at 100 s */
    } cases[] = {
        {"clock: {offset: 300ms}", NULL, 0},
        {"clock: {offset: 300ms}, time_from: server", NULL, 320},
        {"clock: {offset: 300ms, drift: 100ppm}, time_from: server", NULL, 330},
        {"time_from: server", "backhaul_delay: 70ms", 70},
        {"clock: {offset: -2s}", "clock: {gps: failed}", -1980},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setup s = {.server = cases[i].server,
                          .gateway = cases[i].gateway,
                          .device = "data_rate: 5, device_time_every: 1",
                          .traffic = "kind: periodic, period: 1h, phase: 100s, size: 10B"};
        struct run *r = run_setup(&s);
        int n = 0;
        for (int k = 0; k < r->n_clock; k++)
            if (r->clock[k].source == CLOCK_SOURCE_DEVICE_TIME) {
                /* The clock drifts for the air time, too. */
                int64_t told = SIM_MS(cases[i].told_ms);
                assert_true(r->clock[k].error_after_ns <= told + SIM_US(10));
                assert_true(r->clock[k].error_after_ns > told - FRACTION);
                n++;
            }
        assert_int_equal(n, 1);
        run_free(r);
    }
}

/* AppTimeAns follows the server, whose error the device then has, and less than a second more. */
static void app_time(void **state)
{
    (void)state;
    struct setup s = {.server = "clock: {offset: -1h}, time_from: server",
                      .device = "data_rate: 5, packages: {clock_sync: 2, time_requests: {first: "
                                "10s, period: 10min}}"};
    struct run *r = run_setup(&s);
    int n = 0;
    for (int i = 0; i < r->n_clock; i++)
        if (r->clock[i].source == CLOCK_SOURCE_TS003) {
            assert_true(llabs(r->clock[i].error_after_ns + SIM_S(3600) - SIM_MS(20)) < SIM_S(1));
            n++;
        }
    assert_true(n >= 1);
    run_free(r);
}

/* Downlinks behind an uplink count on the gateway's crystal, GPS or not: 1 s by one that is 100 ppm
 * fast is 1 / 1.0001 s. */
static void counter(void **state)
{
    (void)state;
    static const struct {
        const char *gateway;
        sim_time delay;
    } cases[] = {{"clock: {drift: 100ppm}", 999900010}, {"clock: {drift: -100ppm}", 1000100010}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setup s = {.gateway = cases[i].gateway,
                          .device = "data_rate: 5, device_time_every: 1",
                          .traffic = EVERY_60S};
        struct run *r = run_setup(&s);
        assert_int_equal(run_delay(r, 0, 0), cases[i].delay);
        assert_int_equal(r->downlink[0].planned_start_ns - run_tx(r, "dev", 0, 0)->end_ns,
                         SIM_S(1));
        run_free(r);
    }
}

static const struct row_tx *multicast_tx(const struct run *r, int n)
{
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].kind == FRAME_MULTICAST_DOWN && n-- == 0)
            return &r->tx[i];
    return NULL;
}

/* Frames at 122, 126, ... 138 s by GPS, which fails at 110 s: a crystal that is 100 ppm fast starts
 * them too early by what it has gained, until the holdover ends at 140 s; with one of 15 s (up to
 * 125 s) the later ones are refused. */
static void gps_timed(void **state)
{
    (void)state;
    struct setup s = {.gateway = "clock: {fails: [{from: 110s}], drift: 100ppm}",
                      .device = "data_rate: 5",
                      .multicast = GROUP "}"};
    struct run *r = run_setup(&s);
    for (int i = 0; i < 5; i++) {
        sim_time planned = SIM_S(122 + 4 * i);
        assert_int_equal(multicast_tx(r, i)->start_ns, planned - (planned - SIM_S(110)) / 10000);
        assert_int_equal(r->downlink[i].planned_start_ns, planned);
    }
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 5);
    run_free(r);
    s.gateway = "clock: {fails: [{from: 110s}], holdover: 15s}";
    r = run_setup(&s);
    assert_int_equal(run_n_planned(r, DL_SENT), 1);
    assert_int_equal(run_n_planned(r, DL_GPS_UNLOCKED), 4);
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 1);
    run_free(r);
}

/* Timed by a server that is 10 s ahead: frames leave at 112, 116 and 120 s, before the session and
 * at its start, and then in it; GPS does not matter. */
static void server_timed(void **state)
{
    (void)state;
    struct setup s = {.server = "clock: {offset: 10s}",
                      .gateway = "clock: {gps: failed}",
                      .device = "data_rate: 5",
                      .multicast = GROUP ", timing: server_clock}"};
    struct run *r = run_setup(&s);
    for (int i = 0; i < 5; i++)
        assert_int_equal(multicast_tx(r, i)->start_ns, SIM_S(112 + 4 * i));
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 3);
    assert_int_equal(run_n_lost(r, LOSS_WINDOW), 2);
    run_free(r);
}

/* A perfect device believes a server that is 20 s behind, and opens its session 20 s late. */
static void misled(void **state)
{
    (void)state;
    struct setup s = {.server = "clock: {offset: -20s}, time_from: server",
                      .device = "data_rate: 5, device_time_every: 1",
                      .traffic = "kind: periodic, period: 1h, phase: 60s, size: 10B",
                      .multicast = GROUP "}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 0); /* the last one at 138 s */
    assert_int_equal(run_n_lost(r, LOSS_WINDOW), 5);
    run_free(r);
}

static void check(const char *gateway, const char *text)
{
    struct setup s = {.gateway = gateway};
    struct run *r = run_try(&s);
    if (!strstr(r->error, text))
        fail_msg("\"%s\" is not in \"%s\"", text, r->error);
    run_free(r);
}

static void bad_scenarios(void **state)
{
    (void)state;
    check("clock: {fails: [{from: 20s, to: 20s}]}", "to is not behind from");
    check("clock: {fails: [{from: 20s, to: 30s}, {from: 25s}]}", "one after the other");
    check("clock: {fails: [{from: 20s}, {from: 25s}]}", "one after the other");
    check("clock: {gps: none}", "allowed locked, failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gps_fails),       cmocka_unit_test(gateway_rows),
        cmocka_unit_test(server_is_wrong), cmocka_unit_test(app_time),
        cmocka_unit_test(counter),         cmocka_unit_test(gps_timed),
        cmocka_unit_test(server_timed),    cmocka_unit_test(misled),
        cmocka_unit_test(bad_scenarios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
