/* SPDX-License-Identifier: GPL-2.0-only
 * Pins Philox4x32-10 by the known answers of its authors (Random123, kat_vectors), the layout of
 * counters, that streams are apart, and the moments of each distribution. Limits of the statistics
 * are five standard deviations; the numbers are always the same, so a test that passed once passes
 * always. */
#include "sim/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

enum { N = 200000 };

static void test_known_answers(void **state)
{
    static const struct {
        uint32_t key[2], ctr[4], want[4];
    } kat[] = {
        {{0, 0}, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0xa4093822, 0x299f31d0},
         {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kat / sizeof *kat; i++) {
        uint32_t out[4];
        rng_philox(kat[i].key, kat[i].ctr, out);
        assert_memory_equal(out, kat[i].want, sizeof out);
    }
}

static void test_counter_layout(void **state)
{
    (void)state;
    struct rng_key key = {{0xa4093822, 0x299f31d0}};
    uint32_t out[4];
    rng_draw(key, UINT64_C(0x0370734413198a2e), UINT64_C(0x85a308d3243f6a88), out);
    assert_int_equal(out[0], 0xd16cfe09);
    assert_int_equal(out[3], 0x24126ea1);
}

/* A stream gives the words of block 0, 1, ... in order. */
static void test_stream_is_blocks(void **state)
{
    (void)state;
    struct rng_key key = rng_key_make(1, 2, RNG_TRAFFIC);
    struct rng g = rng_stream(key, 77);
    for (uint64_t n = 0; n < 3; n++) {
        uint32_t out[4];
        rng_draw(key, 77, n, out);
        for (int i = 0; i < 4; i++)
            assert_int_equal(rng_u32(&g), out[i]);
    }
    uint32_t out[4];
    rng_draw(key, 77, 3, out);
    assert_int_equal(rng_u64(&g), (uint64_t)out[0] << 32 | out[1]);
    assert_true(rng_draw_uniform(key, 77, 3) == rng_word_uniform(out[0], out[1]));
    assert_true(rng_uniform(&g) == rng_word_uniform(out[2], out[3]));
}

/* Streams that differ in one of seed, run, use, entity share no word at the same place. */
static void test_streams_apart(void **state)
{
    (void)state;
    struct rng g[] = {
        rng_open(0, 0, RNG_TEST, 0),
        rng_open(1, 0, RNG_TEST, 0),
        rng_open(0, 1, RNG_TEST, 0),
        rng_open(0, 0, RNG_KEYS, 0),
        rng_open(0, 0, RNG_TEST, 1),
        rng_open(UINT64_C(1) << 32, 0, RNG_TEST, 0),
        rng_open(0, UINT64_C(1) << 63, RNG_TEST, 0),
        rng_open(0, 0, RNG_TEST, UINT64_C(1) << 40),
    };
    enum { N_STREAMS = sizeof g / sizeof *g };
    for (int k = 0; k < 1000; k++) {
        uint64_t x[N_STREAMS];
        for (int i = 0; i < N_STREAMS; i++) {
            x[i] = rng_u64(&g[i]);
            for (int j = 0; j < i; j++)
                assert_true(x[i] != x[j]);
        }
    }
}

/* The key is part of every result ever made: it must not move. */
static void test_key_is_pinned(void **state)
{
    (void)state;
    struct rng_key k = rng_key_make(1, 0, RNG_TRAFFIC);
    assert_int_equal(k.k[0], 0xe741e653);
    assert_int_equal(k.k[1], 0xf3dd8a1);
}

/* Chi-squared of 256 cells: mean 255, deviation sqrt(2 * 255) = 22.6. */
static void check_even(const unsigned cells[256], unsigned n)
{
    double chi = 0, want = n / 256.0;
    for (int i = 0; i < 256; i++)
        chi += (cells[i] - want) * (cells[i] - want) / want;
    assert_true(chi > 255 - 5 * 22.6 && chi < 255 + 5 * 22.6);
}

static void test_uniform(void **state)
{
    (void)state;
    struct rng g = rng_open(3, 0, RNG_TEST, 5);
    unsigned high[256] = {0}, low[256] = {0}, below[256] = {0};
    double sum = 0, sum2 = 0;
    for (int i = 0; i < N; i++) {
        double u = rng_uniform(&g);
        assert_true(u >= 0.0 && u < 1.0);
        sum += u;
        sum2 += u * u;
        high[(int)(u * 256)]++;
        low[(uint64_t)(u * 0x1p53) & 255]++;
        below[rng_below(&g, 256)]++;
    }
    assert_true(fabs(sum / N - 0.5) < 5 * sqrt(1.0 / 12 / N));
    assert_true(fabs(sum2 / N - 1.0 / 3) < 5 * sqrt(4.0 / 45 / N));
    check_even(high, N);
    check_even(low, N);
    check_even(below, N);
    assert_true(rng_word_uniform(0, 0) == 0.0);
    assert_true(rng_word_uniform(UINT32_MAX, UINT32_MAX) == 1.0 - 0x1p-53);
}

static void test_below(void **state)
{
    (void)state;
    static const uint32_t limits[] = {
        1, 2, 3, 7, 1000, UINT32_C(1) << 31, UINT32_C(3) << 30, UINT32_MAX};
    struct rng_key key = rng_key_make(3, 0, RNG_CHANNEL);
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
        struct rng g = rng_stream(key, k);
        double limit = limits[k], sum = 0, sum_draw = 0;
        for (uint32_t i = 0; i < 20000; i++) {
            uint32_t x = rng_below(&g, limits[k]), y = rng_draw_below(key, k, i, limits[k]);
            assert_true(x < limits[k] && y < limits[k]);
            sum += x;
            sum_draw += y;
        }
        double sigma = sqrt((limit * limit - 1) / 12 / 20000);
        assert_true(fabs(sum / 20000 - (limit - 1) / 2) <= 5 * sigma);
        assert_true(fabs(sum_draw / 20000 - (limit - 1) / 2) <= 5 * sigma);
    }
}

static void test_normal(void **state)
{
    (void)state;
    struct rng g = rng_open(4, 0, RNG_SHADOWING, 9);
    double s1 = 0, s2 = 0, s3 = 0, s4 = 0, product = 0, last = 0;
    unsigned tail = 0;
    for (int i = 0; i < N; i++) {
        double x = rng_normal(&g);
        s1 += x;
        s2 += x * x;
        s3 += x * x * x;
        s4 += x * x * x * x;
        product += x * last;
        last = x;
        tail += fabs(x) > 2.0;
    }
    assert_true(fabs(s1 / N) < 5 * sqrt(1.0 / N));
    assert_true(fabs(s2 / N - 1) < 5 * sqrt(2.0 / N));
    assert_true(fabs(s3 / N) < 5 * sqrt(15.0 / N));
    assert_true(fabs(s4 / N - 3) < 5 * sqrt(96.0 / N));
    assert_true(fabs(product / N) < 5 * sqrt(1.0 / N));
    assert_true(fabs(tail / (double)N - 0.0455003) < 5 * sqrt(0.0455 * 0.9545 / N));
    const uint32_t least[4] = {UINT32_MAX, UINT32_MAX, 0, 0};
    assert_true(rng_word_normal(least) > 8.5 && rng_word_normal(least) < 8.6);
}

static void test_exponential(void **state)
{
    (void)state;
    struct rng g = rng_open(5, 0, RNG_TRAFFIC, 9);
    double s1 = 0, s2 = 0;
    unsigned above = 0;
    for (int i = 0; i < N; i++) {
        double x = rng_exponential(&g);
        assert_true(x >= 0.0);
        s1 += x;
        s2 += x * x;
        above += x > 1.0;
    }
    assert_true(fabs(s1 / N - 1) < 5 * sqrt(1.0 / N));
    assert_true(fabs(s2 / N - 2) < 5 * sqrt(20.0 / N));
    assert_true(fabs(above / (double)N - 0.3678794) < 5 * sqrt(0.3679 * 0.6321 / N));
    assert_true(rng_word_exponential(0, 0) == 0.0);
    assert_true(rng_word_exponential(UINT32_MAX, UINT32_MAX) < 37.0);
}

static void test_bytes(void **state)
{
    (void)state;
    struct rng a = rng_open(6, 0, RNG_PAYLOAD, 1), b = a;
    uint8_t bytes[11] = {0};
    rng_bytes(&a, bytes, 10);
    for (int i = 0; i < 10; i += 4) {
        uint32_t w = rng_u32(&b);
        for (int j = 0; j < 4 && i + j < 10; j++)
            assert_int_equal(bytes[i + j], w >> (8 * j) & 0xff);
    }
    assert_int_equal(bytes[10], 0);
    rng_bytes(&a, bytes, 0);
    assert_int_equal(rng_u32(&a), rng_u32(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_counter_layout),
        cmocka_unit_test(test_stream_is_blocks),
        cmocka_unit_test(test_streams_apart),
        cmocka_unit_test(test_key_is_pinned),
        cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_exponential),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
