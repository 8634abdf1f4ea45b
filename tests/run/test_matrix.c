/* SPDX-License-Identifier: GPL-2.0-only
 * Pins runs with a loss matrix where two devices matter to each other: imperfect IQ isolation and
 * listen before talk. It knows links to gateways only, so devices neither disturb nor hear each
 * other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/harness.h"

static const char two_devices[] = "device,gateway,loss_db\ndev/0,gw/0,100\ndev/1,gw/0,100\n";

/* Both devices send at the same times, on channels drawn for each. */
static struct run *run_matrix(const char *more_radio, const char *traffic)
{
    char path[] = "/tmp/castbed-matrix-XXXXXX", radio[200];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, two_devices, sizeof two_devices - 1), sizeof two_devices - 1);
    close(fd);
    snprintf(radio, sizeof radio, "path_loss: {model: matrix, matrix_file: %s}, %s", path,
             more_radio);
    struct setup s = {
        .radio = radio,
        .device = "count: 2",
        .device_points = "{x: 1m, y: 0m}, {x: 2m, y: 0m}",
        .traffic = traffic,
    };
    struct run *r = run_setup(&s);
    unlink(path);
    return r;
}

static void iq_isolation(void **state)
{
    (void)state;
    struct run *r =
        run_matrix("iq_isolation: 0dB, duty_cycle: false",
                   "kind: periodic, period: 7s, jitter: 6s, size: 20B, confirmed: 100%");
    assert_true(run_device(r, "dev", 0)->n_messages_delivered > 300);
    assert_true(run_device(r, "dev", 1)->n_messages_delivered > 300);
    run_free(r);
}

static void listen_before_talk(void **state)
{
    (void)state;
    struct run *r = run_matrix("region: KR920, duty_cycle: false",
                               "kind: periodic, period: 4s, phase: 1s, size: 20B");
    assert_int_equal(run_n_tx(r, "dev", 0), 900);
    assert_int_equal(run_n_tx(r, "dev", 1), 900);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(iq_isolation),
                                       cmocka_unit_test(listen_before_talk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
