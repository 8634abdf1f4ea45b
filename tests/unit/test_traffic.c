/* SPDX-License-Identifier: GPL-2.0-only
 * Pins draws of distributions (means, limits), sizes, the share of confirmed messages, and that a
 * message follows from its number alone. Files are in run.messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "models/lorawan/traffic.h"
#include "sim/dist.h"

static struct traffic_keys keys(void)
{
    return (struct traffic_keys){.phase = rng_key_make(1, 1, RNG_PHASE),
                                 .traffic = rng_key_make(1, 1, RNG_TRAFFIC),
                                 .payload = rng_key_make(1, 1, RNG_PAYLOAD),
                                 .confirmed = rng_key_make(1, 1, RNG_CONFIRMED)};
}

static double mean(const struct scn_dist *d, int64_t min, int64_t max)
{
    double sum = 0;
    for (uint64_t n = 0; n < 20000; n++) {
        int64_t v = dist_draw(d, keys().payload, 5, n, min, max);
        assert_in_range(v - min, 0, max - min);
        sum += (double)v;
    }
    return sum / 20000;
}

static void draws(void **state)
{
    (void)state;
    struct scn_dist fixed = {.kind = SCN_FIXED, .a = 42}, uniform = {SCN_UNIFORM, 10, 20},
                    normal = {SCN_NORMAL, 1000, 50}, exponential = {SCN_EXPONENTIAL, 300, 0};
    assert_int_equal(dist_draw(&fixed, keys().payload, 1, 1, 0, 100), 42);
    assert_int_equal(dist_draw(&fixed, keys().payload, 1, 1, 0, 41), 41);
    assert_int_equal(dist_draw(&fixed, keys().payload, 1, 1, 43, 100), 43);
    assert_true(fabs(mean(&uniform, 10, 20) - 15) < 0.15);
    assert_true(fabs(mean(&normal, 0, 2000) - 1000) < 2);
    assert_true(fabs(mean(&exponential, 0, 1000000) - 300) < 12);
}

static void times(void **state)
{
    (void)state;
    struct traffic_keys k = keys();
    struct traffic_cfg c = {
        .kind = TRAFFIC_PERIODIC, .period_ns = SIM_S(100), .phase_ns = SCN_WORD, .limit = 3};
    sim_time first = traffic_time(&c, NULL, &k, 9, 0, 0, SIM_S(5), 0);
    assert_in_range(first, SIM_S(5), SIM_S(105));
    assert_int_equal(traffic_time(&c, NULL, &k, 9, 0, 2, SIM_S(5), 0), first + SIM_S(200));
    assert_int_equal(traffic_time(&c, NULL, &k, 9, 0, 3, SIM_S(5), 0), SIM_NEVER);
    assert_int_not_equal(traffic_time(&c, NULL, &k, 10, 0, 0, SIM_S(5), 0), first);
    c.kind = TRAFFIC_POISSON;
    c.limit = SCN_WORD;
    sim_time t = 0;
    for (uint32_t n = 0; n < 10000; n++)
        t = traffic_time(&c, NULL, &k, 9, 0, n, 0, t);
    assert_true(fabs((double)t / 1e15 - 1) < 0.04); /* standard deviation 1 % */
    c.kind = TRAFFIC_NONE;
    assert_int_equal(traffic_time(&c, NULL, &k, 9, 0, 0, 0, 0), SIM_NEVER);
    c.kind = TRAFFIC_TRACE;
    assert_int_equal(traffic_time(&c, NULL, &k, 9, 0, 0, 0, 0), SIM_NEVER);
}

static void messages(void **state)
{
    (void)state;
    struct traffic_keys k = keys();
    struct traffic_cfg c = {.kind = TRAFFIC_PERIODIC, .size_bytes = {SCN_UNIFORM, 5, 300}};
    int most = 0, n = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        int size = traffic_size(&c, NULL, &k, 3, 0, i);
        assert_int_equal(size, traffic_size(&c, NULL, &k, 3, 0, i));
        assert_in_range(size, 5, 242);
        most = size > most ? size : most;
    }
    assert_int_equal(most, 242);
    assert_false(traffic_confirmed(&c, &k, 3, 0));
    c.confirmed_ratio = 0.25;
    for (uint32_t i = 0; i < 10000; i++)
        n += traffic_confirmed(&c, &k, 3, i);
    assert_in_range(n, 2300, 2700);
    c.confirmed_ratio = 1;
    assert_true(traffic_confirmed(&c, &k, 3, 77));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws),
        cmocka_unit_test(times),
        cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
