/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the application's messages: times, sizes, queue, trace files. Left open: distributions'
 * shapes (unit.traffic has the draws). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness.h"

static void periodic(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, start: 7s",
                      .traffic = "kind: periodic, period: 100s, phase: 3s, jitter: 50s, limit: 20"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_tx(r, "dev", 0), 20);
    int n_late = 0;
    for (int i = 0; i < 20; i++) {
        sim_time late = run_tx(r, "dev", 0, i)->start_ns - SIM_S(10 + 100 * i);
        assert_in_range(late, 0, SIM_S(50));
        n_late += late > SIM_S(25);
    }
    assert_in_range(n_late, 3, 17);
    run_free(r);
}

/* 3600 expected, standard deviation 60. */
static void poisson(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 10h",
                      .radio = "region: EU868, duty_cycle: false",
                      .device = "data_rate: 5",
                      .traffic = "kind: poisson, period: 10s, size: 1B"};
    struct run *r = run_setup(&s);
    assert_in_range(run_device(r, "dev", 0)->n_messages, 3300, 3900);
    assert_int_equal(run_device(r, "dev", 0)->n_messages,
                     run_n_tx(r, "dev", 0) + run_device(r, "dev", 0)->n_messages_dropped);
    run_free(r);
}

/* Four messages within a second: one is sent, the queue keeps one more. */
static void queue(void **state)
{
    (void)state;
    for (int size = 1; size <= 3; size++) {
        char device[40];
        snprintf(device, sizeof device, "data_rate: 5, queue: %d", size);
        struct setup s = {
            .device = device,
            .traffic = "kind: periodic, period: 100ms, phase: 10s, size: 10B, limit: 4, confirmed: "
                       "100%"};
        struct run *r = run_setup(&s);
        assert_int_equal(run_device(r, "dev", 0)->n_messages, 4);
        assert_int_equal(run_device(r, "dev", 0)->n_messages_dropped, 4 - size);
        assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, size);
        run_free(r);
    }
}

static struct run *with_file(const char *text, const char *device)
{
    FILE *f = fopen(BUILD_DIR "/messages.csv", "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    struct setup s = {.device = device,
                      .device_points = "{x: 10m, y: 0m}, {x: 20m, y: 0m}",
                      .traffic = "kind: trace, file: " BUILD_DIR "/messages.csv, size: 7B"};
    struct run *r = run_try(&s);
    remove(BUILD_DIR "/messages.csv");
    return r;
}

static void trace(void **state)
{
    (void)state;
    struct run *r = with_file("time_s,device,size_bytes\n30.5,0,20\n10,1,\n20.000000001,0,3\n",
                              "data_rate: 5, count: 2");
    assert_string_equal(r->error, "");
    assert_int_equal(run_n_tx(r, "dev", 0), 2);
    assert_int_equal(run_n_tx(r, "dev", 1), 1);
    assert_int_equal(run_tx(r, "dev", 0, 0)->start_ns, SIM_S(20) + 1);
    assert_int_equal(run_tx(r, "dev", 0, 0)->size_bytes, 13 + 3);
    assert_int_equal(run_tx(r, "dev", 0, 1)->start_ns, SIM_MS(30500));
    assert_int_equal(run_tx(r, "dev", 0, 1)->size_bytes, 13 + 20);
    assert_int_equal(run_tx(r, "dev", 1, 0)->size_bytes, 13 + 7);
    run_free(r);
}

/* What can never be sent is refused at once; what does not fit after ADR is dropped in its turn. */
static void too_long(void **state)
{
    (void)state;
    struct run *r =
        with_file("time_s,device,size_bytes\n10,0,51\n60,0,52\n", "data_rate: 0, count: 2");
    assert_non_null(strstr(r->error, "allowed at most 51B"));
    run_free(r);
    struct setup s = {.server = "adr: false, mac_commands: [{at: 0s, hex: \"0300070001\"}]",
                      .device = "data_rate: 5, adr: true",
                      .traffic = "kind: periodic, period: 300s, phase: 10s, size: \"uniform(46B, "
                                 "55B)\", limit: 11"};
    r = run_setup(&s);
    const struct row_device_stat *d = run_device(r, "dev", 0);
    assert_int_equal(d->n_messages, 11);
    assert_in_range(d->n_messages_dropped, 1, 9);
    assert_int_equal(d->n_messages_delivered + d->n_messages_dropped, 11);
    /* LinkADRAns takes two octets of the first frame's room: one of 50 or 51 may follow it. */
    assert_in_range(run_n_tx(r, "dev", 0) - d->n_messages_delivered, 0, 1);
    run_free(r);
}

static void bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"time_s,size_bytes\n1,2\n", "device"},
        {"device\n1\n", "time_s"},
        {"time_s,device\n1,2\n", "messages.csv:2"},
        {"time_s,device\nsoon,0\n", "messages.csv:2"},
        {"time_s,device\n-1,0\n", "messages.csv:2"},
        {"time_s,device,size_bytes\n1,0,5\n1,0,243\n", "messages.csv:3"},
        {"time_s,device,size_bytes\n1,0,x\n", "messages.csv:2"},
        {"", "messages.csv"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run *r = with_file(cases[i].text, "data_rate: 5, count: 2");
        if (!strstr(r->error, cases[i].want))
            fail_msg("\"%s\" does not tell of \"%s\"", r->error, cases[i].want);
        run_free(r);
    }
    struct setup s = {.traffic = "kind: trace, file: " BUILD_DIR "/not-there.csv"};
    struct run *r = run_try(&s);
    assert_non_null(strstr(r->error, "not-there.csv"));
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periodic), cmocka_unit_test(poisson),  cmocka_unit_test(queue),
        cmocka_unit_test(trace),    cmocka_unit_test(too_long), cmocka_unit_test(bad_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
