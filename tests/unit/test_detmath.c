/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the errors of the elementary functions against the C library's long double ones, special
 * values, and some results bit by bit: those must come out of every compiler and processor. */
#include "sim/detmath.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rng.h"

enum { N = 100000 };

static const long double pi = 3.14159265358979323846264338327950288L;

static void check_relative(double got, long double want, double at)
{
    long double err = want == 0 ? fabsl(got) : fabsl(got - want) / fabsl(want);
    if (!(err < 1e-14L))
        fail_msg("at %a: %.17g, want %.20Lg (error %Lg)", at, got, want, err);
}

static void check_absolute(double got, long double want, double at)
{
    if (!(fabsl(got - want) < 1e-15L))
        fail_msg("at %a: %.17g, want %.20Lg", at, got, want);
}

/* A positive number of any size, normal or not. */
static double any_positive(struct rng *g)
{
    double m = 0.5 + rng_uniform(g); /* before the next draw */
    return ldexp(m, (int)rng_below(g, 2080) - 1060);
}

static void test_logarithms(void **state)
{
    (void)state;
    struct rng g = rng_open(1, 0, RNG_TEST, 1);
    for (int i = 0; i < N; i++) {
        double x = any_positive(&g), near = 1.0 + (rng_uniform(&g) - 0.5) / (double)(1 + i);
        check_relative(det_log(x), logl(x), x);
        check_relative(det_log10(x), log10l(x), x);
        check_relative(det_log(near), logl(near), near);
        check_relative(det_log10(near), log10l(near), near);
    }
    assert_true(det_log(1.0) == 0.0 && det_log10(1.0) == 0.0);
    assert_true(det_log(0.0) == -HUGE_VAL && det_log10(0.0) == -HUGE_VAL);
    assert_true(isnan(det_log(-1.0)) && isnan(det_log10(-HUGE_VAL)) && isnan(det_log(NAN)));
    assert_true(det_log(HUGE_VAL) == HUGE_VAL && det_log10(HUGE_VAL) == HUGE_VAL);
    check_relative(det_log(DBL_MAX), logl(DBL_MAX), DBL_MAX);
    check_relative(det_log(DBL_TRUE_MIN), logl(DBL_TRUE_MIN), DBL_TRUE_MIN);
}

static void test_exponentials(void **state)
{
    (void)state;
    struct rng g = rng_open(1, 0, RNG_TEST, 2);
    for (int i = 0; i < N; i++) {
        double u = rng_uniform(&g);
        double x = -708.0 + 1417.0 * u, y = -307.0 + 615.0 * u, z = (u - 0.5) / (double)(1 + i);
        check_relative(det_exp(x), expl(x), x);
        check_relative(det_exp(z), expl(z), z);
        check_relative(det_pow10(y), powl(10.0L, y), y);
        check_relative(det_pow10(z), powl(10.0L, z), z);
    }
    assert_true(det_exp(0.0) == 1.0 && det_pow10(0.0) == 1.0);
    assert_true(det_pow10(3.0) == 1000.0 && det_pow10(-3.0) == 0.001 && det_pow10(22.0) == 1e22);
    assert_true(det_exp(-746.0) == 0.0 && det_exp(-HUGE_VAL) == 0.0 && det_pow10(-400.0) == 0.0);
    assert_true(det_exp(709.5) == HUGE_VAL && det_pow10(309.0) == HUGE_VAL);
    assert_true(isnan(det_exp(NAN)) && isnan(det_pow10(NAN)));
    /* Below the normal numbers there are fewer bits. */
    for (double x = -744.0; x < -708.0; x += 0.37)
        assert_true(fabsl(det_exp(x) - expl(x)) <= 0.51L * DBL_TRUE_MIN + 1e-14L * expl(x));
}

static void test_circle(void **state)
{
    (void)state;
    struct rng g = rng_open(1, 0, RNG_TEST, 3);
    for (int i = 0; i < N; i++) {
        double t = (rng_uniform(&g) - 0.5) * 4.0;
        check_absolute(det_cos_turn(t), cosl(2 * pi * t), t);
        check_absolute(det_sin_turn(t), sinl(2 * pi * t), t);
    }
    static const double cosine[] = {1, 0, -1, 0};
    for (int i = -8; i <= 8; i++) {
        assert_true(det_cos_turn(i * 0.25) == cosine[i & 3]);
        assert_true(det_sin_turn(i * 0.25) == cosine[(i + 3) & 3]);
    }
    assert_true(det_cos_turn(1e300) == 1.0 && det_sin_turn(-1e300) == 0.0);
    assert_true(isnan(det_cos_turn(HUGE_VAL)) && isnan(det_sin_turn(NAN)));
}

static void test_atan2(void **state)
{
    (void)state;
    struct rng g = rng_open(1, 0, RNG_TEST, 4);
    for (int i = 0; i < N; i++) {
        double y = rng_normal(&g), x = rng_normal(&g) * (i % 3 ? 1.0 : 1e-5);
        check_relative(det_atan2_deg(y, x), atan2l(y, x) * 180 / pi, y / x);
        check_relative(det_atan2_deg(x, y), atan2l(x, y) * 180 / pi, x / y);
    }
    assert_true(det_atan2_deg(0, 1) == 0 && det_atan2_deg(0, 0) == 0);
    assert_true(det_atan2_deg(1, 0) == 90 && det_atan2_deg(-1, 0) == -90);
    assert_true(det_atan2_deg(0, -1) == 180 && det_atan2_deg(-2, -2) == -135);
    assert_true(det_atan2_deg(2, 2) == 45 && det_atan2_deg(HUGE_VAL, -HUGE_VAL) == 135);
    assert_true(isnan(det_atan2_deg(NAN, 1)) && isnan(det_atan2_deg(1, NAN)));
}

static void test_round(void **state)
{
    (void)state;
    static const struct {
        double x;
        int64_t want;
    } c[] = {{0.0, 0},
             {0.5, 1},
             {-0.5, -1},
             {0.49999999999999994, 0},
             {2.5, 3},
             {-2.5, -3},
             {1.25, 1},
             {-1.75, -2},
             {0x1p52 + 1, (INT64_C(1) << 52) + 1},
             {-0x1p61, -(INT64_C(1) << 61)},
             {4503599627370495.5, INT64_C(4503599627370496)}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        assert_int_equal(det_round(c[i].x), c[i].want);
}

static void test_levels(void **state)
{
    (void)state;
    for (int c = -40000; c <= 40000; c++) {
        double ratio = det_ratio_of_cdb(c);
        check_relative(ratio, powl(10.0L, c / 1000.0L), c);
        assert_int_equal(det_cdb_of_ratio(ratio), c);
    }
    assert_true(det_ratio_of_cdb(0) == 1.0 && det_ratio_of_cdb(1000) == 10.0);
    assert_true(det_ratio_of_cdb(INT_MAX) == 1e40 && det_ratio_of_cdb(INT_MIN) == 1e-40);
    assert_int_equal(det_cdb_of_ratio(2.0), 301);
    assert_int_equal(det_cdb_of_ratio(DBL_MAX), 308255);
    assert_int_equal(det_cdb_of_ratio(DBL_TRUE_MIN), -323306);
}

/* FNV-1a over the bits of results all over the ranges, and single values to see which one moved. */
static uint64_t hash_double(uint64_t h, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (h ^ bits) * UINT64_C(0x100000001b3);
}

static void test_bits(void **state)
{
    (void)state;
    assert_true(det_log(2.0) == 0x1.62e42fefa39efp-1);
    assert_true(det_log(1e-9) == -0x1.4b927f32bffb8p+4);
    assert_true(det_log10(7.0) == 0x1.b0b0b0b78cc3fp-1);
    assert_true(det_log10(3.5e-14) == -0x1.ae96fe9cd6f0cp+3);
    assert_true(det_exp(1.0) == 0x1.5bf0a8b14576ap+1);
    assert_true(det_exp(-87.25) == 0x1.1724770e1384dp-126);
    assert_true(det_pow10(-12.3) == 0x1.1a24b1437279cp-41);
    assert_true(det_pow10(0.25) == 0x1.c73d51c54470ep+0);
    assert_true(det_cos_turn(0.1) == 0x1.9e3779b97f4a8p-1);
    assert_true(det_sin_turn(0.7) == -0x1.e6f0e134454ffp-1);
    assert_true(det_atan2_deg(1.0, 3.0) == 0x1.26f58ce59e23cp+4);
    assert_true(det_atan2_deg(-5.0, -2.0) == -0x1.bf34a4b03a574p+6);
    assert_true(det_ratio_of_cdb(-11737) == 0x1.01e0159b24694p-39);
    assert_true(det_ratio_of_cdb(1400) == 0x1.91e6de449ff77p+4);
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    struct rng g = rng_open(1, 0, RNG_TEST, 5);
    for (int i = 0; i < 20000; i++) {
        double u = rng_uniform(&g), x = any_positive(&g);
        h = hash_double(h, det_log(x));
        h = hash_double(h, det_log10(x));
        h = hash_double(h, det_exp((u - 0.5) * 1400.0));
        h = hash_double(h, det_pow10((u - 0.5) * 600.0));
        h = hash_double(h, det_cos_turn(u));
        h = hash_double(h, det_sin_turn(u));
        h = hash_double(h, det_atan2_deg(u - 0.5, rng_uniform(&g) - 0.5));
        h = hash_double(h, det_ratio_of_cdb((int)rng_below(&g, 80001) - 40000));
        h = hash_double(h, rng_normal(&g));
    }
    assert_int_equal(h, UINT64_C(0x3106139f5e903a75));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logarithms), cmocka_unit_test(test_exponentials),
        cmocka_unit_test(test_circle),     cmocka_unit_test(test_atan2),
        cmocka_unit_test(test_round),      cmocka_unit_test(test_levels),
        cmocka_unit_test(test_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
