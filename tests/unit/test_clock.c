/* SPDX-License-Identifier: GPL-2.0-only
 * Pins device clocks: closed forms of drift and temperature, that both directions are exact and
 * strictly rising over 15 years, that the order of questions does not matter, statistics of wander,
 * reading, timers and corrections. Prints ns per mapping. What devices do with a clock is left
 * open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "models/clock/clock.h"
#include "models/clock/temperature.h"
#include "models/clock/wander.h"
#include "sim/detmath.h"
#include "sim/err.h"

#define DAY SIM_S(86400)

/* A linear generator, high bits. */
static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 11;
}

static int64_t below(uint64_t *state, int64_t limit)
{
    return (int64_t)((next_random(state) << 10 ^ next_random(state)) % (uint64_t)limit);
}

static int64_t between(uint64_t *state, int64_t min, int64_t max)
{
    return min + below(state, max - min + 1);
}

static const struct clock_cfg plain = {
    .temperature = {.mean_mdeg = 25000,
                    .swing_mdeg = 10000,
                    .warmest_ns = INT64_C(15) * 3600 * 1000000000,
                    .curvature_ppb = -34,
                    .turnover_mdeg = {SCN_FIXED, 25000, 0}},
};

static struct clock_group *open_group(const struct clock_cfg *cfg)
{
    static const struct clock_run run = {1, 1, 0};
    struct clock_group *g;
    struct sim_error e;
    assert_int_equal(clock_group_open(&g, cfg, &run, &e), SIM_OK);
    return g;
}

/* floor(t ppb / 10^9), the closed form of a constant drift. */
static int64_t drifted(int64_t t, int64_t ppb)
{
    const int64_t billion = 1000000000;
    int64_t part = t % billion * ppb, whole = part / billion - (part % billion < 0);
    return t / billion * ppb + whole;
}

static const int64_t times[] = {0,
                                1,
                                999999999,
                                SIM_S(10) - 1,
                                SIM_S(10),
                                SIM_S(10) + 1,
                                SIM_S(128),
                                SIM_S(7200) + 123456789,
                                DAY - 1,
                                365 * DAY + 987654321,
                                3650 * DAY + 1,
                                CLOCK_END};
enum { N_TIMES = sizeof times / sizeof *times };

static void test_linear(void **state)
{
    (void)state;
    static const int64_t drifts[] = {0,      1,     -1,      999,     10000,
                                     -10000, 30000, -100000, 1000000, -1000000};
    for (size_t k = 0; k < sizeof drifts / sizeof *drifts; k++) {
        struct clock_cfg cfg = plain;
        struct clock c;
        cfg.drift_ppb = (struct scn_dist){SCN_FIXED, drifts[k], 0};
        cfg.offset_ns = (struct scn_dist){SCN_FIXED, -SIM_S(3), 0};
        struct clock_group *g = open_group(&cfg);
        clock_init(&c, g, 5);
        for (size_t i = 0; i < N_TIMES; i++) {
            int64_t t = times[i];
            assert_true(clock_time(&c, t) == t + drifted(t, drifts[k]) - SIM_S(3));
            assert_true(clock_error(&c, t) == drifted(t, drifts[k]) - SIM_S(3));
            assert_true(clock_count_at(&c, t) == 16 * t + drifted(16 * t / 16, 16 * drifts[k]));
        }
        assert_int_equal(clock_rate_ppb(&c, DAY), drifts[k]);
        clock_group_close(g);
    }
}

static void test_perfect(void **state)
{
    (void)state;
    struct clock c;
    clock_init_perfect(&c);
    for (size_t i = 0; i < N_TIMES; i++) {
        assert_true(clock_time(&c, times[i]) == times[i]);
        assert_true(clock_when(&c, times[i]) == times[i]);
        assert_true(clock_read(&c, times[i]) == times[i]);
        assert_true(clock_alarm(&c, times[i]) == times[i]);
        assert_true(clock_radio_after(&c, 0, times[i]) == times[i]);
    }
    assert_int_equal(clock_rate_ppb(&c, 5), 0);
    assert_true(clock_when(&c, CLOCK_END + 1) == SIM_NEVER);
    assert_true(clock_when(&c, -1) == 0);
}

/* Any clock the keys allow. */
static struct clock_cfg random_cfg(uint64_t *r)
{
    struct clock_cfg cfg = plain;
    int64_t sd = between(r, 0, 200000);
    cfg.drift_ppb = (struct scn_dist){SCN_NORMAL, between(r, -300000, 300000), sd};
    cfg.offset_ns = (struct scn_dist){SCN_UNIFORM, -SIM_S(1000), SIM_S(1000)};
    cfg.radio_drift_ppb = (struct scn_dist){SCN_UNIFORM, -20000, 20000};
    cfg.wander_ppb = below(r, 2) * between(r, 0, CLOCK_MAX_WANDER);
    cfg.temperature.kind = (int)below(r, 2);
    cfg.temperature.mean_mdeg = between(r, -20000, 50000);
    cfg.temperature.swing_mdeg = between(r, 0, 40000);
    cfg.temperature.curvature_ppb = between(r, -CURVATURE_MAX_PPB, CURVATURE_MAX_PPB);
    cfg.temperature.turnover_mdeg = (struct scn_dist){SCN_NORMAL, 25000, 20000};
    return cfg;
}

static void check_both_ways(struct clock *c, int64_t t)
{
    clock_count count = clock_count_at(c, t);
    assert_true(clock_when_count(c, count) == t);
    if (t > 0) { /* strictly rising, and exactly there */
        clock_count before = clock_count_at(c, t - 1);
        assert_true(count - before >= 15 && count - before <= 17);
        assert_true(clock_when_count(c, before + 1) == t);
    }
    int64_t back = clock_when(c, clock_time(c, t));
    assert_true(back <= t && back >= t - 2);
    assert_true(clock_time(c, back) >= clock_time(c, t));
}

static void test_both_ways(void **state)
{
    (void)state;
    uint64_t r = 7;
    for (int n = 0; n < 300; n++) {
        struct clock_cfg cfg = random_cfg(&r);
        struct clock_group *g = open_group(&cfg);
        struct clock c;
        clock_init(&c, g, n);
        for (size_t i = 0; i < N_TIMES; i++)
            check_both_ways(&c, times[i]);
        for (int i = 0; i < 40; i++) {
            int64_t t = below(&r, CLOCK_END);
            check_both_ways(&c, t);
            check_both_ways(&c, t / SIM_S(10) * SIM_S(10));   /* a cell's edge */
            check_both_ways(&c, t / SIM_S(640) * SIM_S(640)); /* a unit's edge */
            check_both_ways(&c, t / 1000000);
        }
        clock_group_close(g);
    }
}

/* Every ns around the edges of cells and units, one after the other. */
static void test_rising(void **state)
{
    (void)state;
    uint64_t r = 99;
    for (int n = 0; n < 100; n++) {
        struct clock_cfg cfg = random_cfg(&r);
        struct clock_group *g = open_group(&cfg);
        struct clock c;
        clock_init(&c, g, n);
        int64_t edge = between(&r, 1, CLOCK_END / SIM_S(640) - 1) * SIM_S(640);
        clock_count last = clock_count_at(&c, edge - 101);
        for (int64_t t = edge - 100; t < edge + 100; t++) {
            clock_count now = clock_count_at(&c, t);
            assert_true(now > last);
            for (clock_count k = last + 1; k <= now; k++)
                assert_true(clock_when_count(&c, k) == t);
            last = now;
        }
        clock_group_close(g);
    }
}

/* The worst that the keys allow stays within the bounds that the arithmetic needs. */
static void test_extremes(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct clock_cfg cfg = plain;
        cfg.drift_ppb = (struct scn_dist){SCN_FIXED, sign * 5 * CLOCK_MAX_DRIFT, 0}; /* clamped */
        cfg.wander_ppb = CLOCK_MAX_WANDER;
        cfg.temperature.mean_mdeg = TEMPERATURE_MAX_MDEG;
        cfg.temperature.turnover_mdeg = (struct scn_dist){SCN_FIXED, TURNOVER_MIN_MDEG, 0};
        cfg.temperature.curvature_ppb = sign * CURVATURE_MAX_PPB;
        struct clock_group *g = open_group(&cfg);
        for (int id = 0; id < 50; id++) {
            struct clock c;
            clock_init(&c, g, id);
            assert_int_equal(c.drift_ppb, sign * CLOCK_MAX_DRIFT);
            for (size_t i = 0; i < N_TIMES; i++)
                check_both_ways(&c, times[i]);
        }
        clock_group_close(g);
    }
}

/* Beyond the end, before the start, and numbers that would overflow. */
static void test_outside(void **state)
{
    (void)state;
    struct clock_cfg cfg = plain;
    cfg.drift_ppb = (struct scn_dist){SCN_FIXED, -50000, 0};
    cfg.offset_ns = (struct scn_dist){SCN_FIXED, SIM_S(100), 0};
    struct clock_group *g = open_group(&cfg);
    struct clock c;
    clock_init(&c, g, 1);
    clock_count end = clock_count_at(&c, CLOCK_END);
    assert_true(clock_when_count(&c, end) == CLOCK_END);
    assert_true(clock_when_count(&c, end + 16) == SIM_NEVER);
    assert_true(clock_when_count(&c, INT64_MAX) == SIM_NEVER);
    assert_true(clock_when_count(&c, 1) == 1);
    assert_true(clock_when_count(&c, 0) == 0);
    assert_true(clock_when_count(&c, INT64_MIN) == 0);
    assert_true(clock_when(&c, SIM_NEVER) == SIM_NEVER);
    assert_true(clock_when(&c, INT64_MIN) == 0);
    assert_true(clock_when(&c, SIM_S(99)) == 0);
    assert_true(clock_alarm(&c, SIM_NEVER) == SIM_NEVER);
    assert_true(clock_alarm(&c, INT64_MIN) == 0);
    assert_true(clock_after(&c, SIM_S(1), SIM_NEVER) == SIM_NEVER);
    assert_true(clock_after(&c, SIM_S(1), 0) == SIM_S(1));
    assert_true(clock_radio_after(&c, 0, SIM_NEVER) == SIM_NEVER);
    assert_true(clock_when(&c, clock_time(&c, DAY)) <= DAY);
    clock_group_close(g);
}

/* A constant temperature is a constant drift: curvature (T - T0)^2. -34 ppb x 20^2 = -13600 ppb. */
static void test_constant_temperature(void **state)
{
    (void)state;
    struct clock_cfg cfg = plain;
    cfg.temperature.mean_mdeg = 5000;
    cfg.drift_ppb = (struct scn_dist){SCN_FIXED, 2000, 0};
    struct clock_group *g = open_group(&cfg);
    struct clock c;
    clock_init(&c, g, 3);
    for (size_t i = 0; i < N_TIMES; i++)
        assert_true(clock_error(&c, times[i]) == drifted(times[i], 2000 - 13600));
    clock_group_close(g);
}

/* Error in ns after t of T = mean + swing cos(2 pi (t - warmest) / day), by the integral. */
static double daily_error(const struct temperature_cfg *cfg, double turnover, sim_time t)
{
    const double two_pi = 6.283185307179586, day = (double)DAY;
    double m = (double)cfg->mean_mdeg / 1000 - turnover, s = (double)cfg->swing_mdeg / 1000;
    double from = -(double)cfg->warmest_ns / day, to = ((double)t - (double)cfg->warmest_ns) / day;
    double one = day / two_pi * (det_sin_turn(to) - det_sin_turn(from));
    double two = day / two_pi / 4 * (det_sin_turn(2 * to) - det_sin_turn(2 * from));
    double squares = (m * m + s * s / 2) * (double)t + 2 * m * s * one + s * s * two;
    return (double)cfg->curvature_ppb * 1e-9 * squares;
}

/* Steps of 60 s and thousandths of a degree against the integral: the difference stays below 0.5 us
 * plus a millionth. */
static void test_daily_temperature(void **state)
{
    (void)state;
    struct clock_cfg cfg = plain;
    cfg.temperature.kind = TEMPERATURE_DAILY;
    cfg.temperature.mean_mdeg = 12000;
    cfg.temperature.turnover_mdeg = (struct scn_dist){SCN_FIXED, 28000, 0};
    struct clock_group *g = open_group(&cfg);
    struct clock c;
    clock_init(&c, g, 3);
    double worst = 0;
    for (sim_time t = SIM_S(60); t < 20 * DAY; t += SIM_S(60) * 97) {
        double want = daily_error(&cfg.temperature, 28, t), got = (double)clock_error(&c, t);
        double off = got > want ? got - want : want - got;
        worst = off > worst ? off : worst;
        assert_true(off < 500 - want * 1e-6);
    }
    print_message("daily temperature: at most %.0f ns from the integral in 20 days\n", worst);
    /* Whole days: ten years are 3650 times one day, but for the rounding of each (1/16 ns). */
    int64_t one = clock_error(&c, DAY), many = clock_error(&c, 3650 * DAY);
    assert_true(many - 3650 * one >= 0 && many - 3650 * one <= 3650);
    /* The time of day counts: with the start at noon the warmest hour comes three hours later. */
    struct clock_run noon = {1, 1, SIM_S(43200)};
    struct clock_group *from_noon;
    struct clock d;
    assert_int_equal(clock_group_open(&from_noon, &cfg, &noon, NULL), SIM_OK);
    clock_init(&d, from_noon, 3);
    assert_int_equal(clock_rate_ppb(&d, SIM_S(3 * 3600)), clock_rate_ppb(&c, SIM_S(15 * 3600)));
    assert_true(clock_rate_ppb(&d, SIM_S(3 * 3600)) > clock_rate_ppb(&c, SIM_S(3 * 3600)) + 5000);
    clock_group_close(from_noon);
    clock_group_close(g);
}

static const char *const file_path = BUILD_DIR "/test_clock_temperature.csv";

static int open_file(struct temperature **t, const char *text, bool repeat, struct sim_error *e)
{
    struct temperature_cfg cfg = plain.temperature;
    FILE *f = fopen(file_path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    cfg.kind = TEMPERATURE_FILE;
    cfg.file = file_path;
    cfg.repeat = repeat;
    int rc = temperature_open(t, &cfg, 0, e);
    remove(file_path);
    return rc;
}

/* The sums against adding cell by cell. */
static void check_sums(const struct temperature *t, int32_t turnover_mdeg, uint32_t n_cells)
{
    int64_t sum = 0;
    for (uint32_t cell = 0; cell < n_cells; cell++) {
        assert_true(temperature_squares(t, turnover_mdeg, cell) == sum);
        int64_t d = temperature_at(t, cell) - turnover_mdeg;
        sum += d * d;
    }
}

static void test_temperature_file(void **state)
{
    (void)state;
    static const char text[] = "temperature_c,time_s\n-10.5,0\n# dawn\n20,1800\n35.25,3600\n";
    struct temperature *t;
    struct sim_error e;
    assert_int_equal(open_file(&t, text, false, &e), SIM_OK);
    assert_int_equal(temperature_at(t, 0), -10500 + 30500 / 60); /* middle of the first minute */
    assert_int_equal(temperature_at(t, 179), 20000 - 508);
    assert_int_equal(temperature_at(t, 360), 35250);
    assert_int_equal(temperature_at(t, 1u << 31), 35250);
    check_sums(t, 25000, 2000);
    temperature_close(t);
    assert_int_equal(open_file(&t, text, true, &e), SIM_OK);
    assert_int_equal(temperature_at(t, 360), temperature_at(t, 0));
    assert_int_equal(temperature_at(t, 100 * 360 + 7), temperature_at(t, 7));
    check_sums(t, -40000, 2000);
    temperature_close(t);
    /* Half a year: coarser steps. */
    assert_int_equal(open_file(&t, "time_s,temperature_c\n0,0\n15768000,60\n", false, &e), SIM_OK);
    assert_int_equal(temperature_at(t, 788400), 30001); /* middle of 300 s */
    check_sums(t, 0, 3000);
    temperature_close(t);
    temperature_close(NULL);
}

static void test_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool repeat;
        const char *message;
    } bad[] = {
        {"", false, "is empty"},
        {"time_s\n1\n", false, "temperature_c"},
        {"time_s,temperature_c\n", false, "no rows"},
        {"time_s,temperature_c\n0,1\n0,2\n", false, ":3: column time_s: not later"},
        {"time_s,temperature_c\n0,1\n5,126\n", false, ":3: column temperature_c"},
        {"time_s,temperature_c\n-1,1\n", false, ":2: column time_s"},
        {"time_s,temperature_c\n0,x\n", false, ":2: column temperature_c"},
        {"time_s,temperature_c\n0,1\n61,2\n", true, "multiple of 60 s"},
        {"time_s,temperature_c\n0,1\n", true, "multiple of 60 s"},
        {"time_s,temperature_c\n0,1\n6000000,2\n", true, "at most 65536 min"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct temperature *t;
        struct sim_error e = {0};
        assert_true(open_file(&t, bad[i].text, bad[i].repeat, &e) < 0);
        assert_null(t);
        if (!strstr(e.text, bad[i].message))
            fail_msg("file %zu: \"%s\"", i, e.text);
    }
    struct clock_cfg cfg = plain;
    struct clock_run run = {1, 1, 0};
    struct clock_group *g;
    cfg.temperature.kind = TEMPERATURE_FILE;
    cfg.temperature.file = "/nowhere/t.csv";
    assert_int_equal(clock_group_open(&g, &cfg, &run, NULL), SIM_EIO);
    assert_null(g);
    cfg.temperature.file = NULL;
    assert_int_equal(clock_group_open(&g, &cfg, &run, NULL), SIM_EINVAL);
    clock_group_close(NULL);
}

static double root_mean_square(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    double x = 1, mean = sum / (double)n;
    for (int i = 0; i < 200; i++)
        x = (x + mean / x) / 2;
    return x;
}

/* Over 4000 devices the deviation is known to 1.1 %: the bounds are 4.5 of it. Drift: sd sqrt(t).
 * Phase: sd t^1.5 / sqrt(3). Drift over one unit is its mean: sqrt(t - unit / 3) instead. */
static void test_wander_statistics(void **state)
{
    (void)state;
    enum { N = 4000 };
    static const uint32_t units[] = {1, 6, 135, 10000, WANDER_END - 2};
    struct wander w = wander_make(rng_key_make(1, 1, RNG_CLOCK_WANDER), 10);
    for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
        static double drift[N], phase[N];
        double hours = units[k] * 640.0 / 3600, unit_ns = 640e9 * 16;
        for (size_t i = 0; i < N; i++) {
            struct wander_near near = {0};
            int64_t a, b;
            wander_phase(&w, 1000 + i, units[k], &near, &a, &b);
            drift[i] = (double)(b - a) / unit_ns * 1e9;
            phase[i] = (double)a / unit_ns * 1e9 / units[k]; /* mean drift so far, ppb */
        }
        double d = root_mean_square(drift, N), p = root_mean_square(phase, N);
        double var_d = 100 * (hours + 640.0 / 3600 / 3), var_p = 100 * hours / 3;
        assert_true(d * d > var_d * 0.9 && d * d < var_d * 1.1);
        assert_true(p * p > var_p * 0.9 && p * p < var_p * 1.1);
    }
}

/* Steps of the drift over equal times do not depend on each other, wherever the bisection cuts. */
static void test_wander_increments(void **state)
{
    (void)state;
    enum { N = 4000, LAGS = 12 };
    struct wander w = wander_make(rng_key_make(3, 1, RNG_CLOCK_WANDER), 10);
    double product[LAGS] = {0}, square[LAGS] = {0};
    for (uint64_t id = 0; id < N; id++) {
        double step[LAGS + 1], last = 0;
        struct wander_near near = {0};
        for (uint32_t u = 0; u <= LAGS + 1; u++) {
            int64_t a, b;
            wander_phase(&w, id, 1018 + u, &near, &a, &b);
            if (u > 0)
                step[u - 1] = (double)(b - a) - last;
            last = (double)(b - a);
        }
        for (int k = 0; k < LAGS; k++) {
            square[k] += step[k] * step[k];
            product[k] += k + 2 <= LAGS ? step[k] * step[k + 2] : 0;
        }
    }
    for (int k = 0; k < LAGS; k++) {
        /* Means of neighbouring units: their difference has variance 2/3 of a unit's. */
        double want = w.step * w.step * 2 / 3;
        assert_true(square[k] / N > want * 0.88 && square[k] / N < want * 1.12);
        double correlation = product[k] / square[k];
        assert_true(correlation > -0.08 && correlation < 0.08);
    }
}

static void test_wander_fits_together(void **state)
{
    (void)state;
    struct wander w = wander_make(rng_key_make(2, 1, RNG_CLOCK_WANDER), 100);
    for (uint64_t id = 0; id < 20; id++) {
        struct wander_near near = {0};
        int64_t a, b, last = 0;
        for (uint32_t u = 0; u < 3000; u++) {
            struct wander_near fresh = {0};
            int64_t a2, b2;
            wander_phase(&w, id, u, &near, &a, &b);
            assert_true(a == last);
            last = b;
            wander_phase(&w, id, u, &fresh, &a2, &b2);
            assert_true(a2 == a && b2 == b);
        }
        wander_phase(&w, id, WANDER_END - 1, &near, &a, &b);
        int64_t end = a;
        wander_phase(&w, id, WANDER_END - 2, &near, &a, &b);
        assert_true(b == end);
    }
    struct wander none = wander_make(w.key, 0);
    struct wander_near near = {0};
    int64_t a, b;
    wander_phase(&none, 1, 12345, &near, &a, &b);
    assert_true(a == 0 && b == 0);
}

/* The answers do not depend on the order of questions, nor on who else asks. */
static void test_order(void **state)
{
    (void)state;
    enum { N = 400 };
    uint64_t r = 12;
    struct clock_cfg cfg = random_cfg(&r);
    cfg.wander_ppb = 20;
    cfg.temperature.kind = TEMPERATURE_DAILY;
    cfg.jitter_ns = (struct scn_dist){SCN_NORMAL, 0, 20000};
    struct clock_group *g = open_group(&cfg), *again = open_group(&cfg);
    struct clock c, d;
    static int64_t t[N], want[N], read[N];
    clock_init(&c, g, 77);
    for (int i = 0; i < N; i++) {
        t[i] = below(&r, 30 * DAY);
        want[i] = clock_time(&c, t[i]);
        read[i] = clock_read(&c, t[i]);
    }
    clock_init(&d, again, 78); /* another device in between changes nothing */
    clock_time(&d, DAY);
    clock_init(&d, again, 77);
    for (int i = N - 1; i >= 0; i--) {
        assert_true(clock_read(&d, t[i]) == read[i]);
        assert_true(clock_time(&d, t[i]) == want[i]);
    }
    clock_init(&d, again, 78);
    assert_true(clock_time(&d, DAY) != clock_time(&c, DAY));
    clock_group_close(g);
    clock_group_close(again);
}

static void test_draws(void **state)
{
    (void)state;
    enum { N = 4000 };
    struct clock_cfg cfg = plain;
    cfg.offset_ns = (struct scn_dist){SCN_UNIFORM, -SIM_S(5), SIM_S(5)};
    cfg.drift_ppb = (struct scn_dist){SCN_NORMAL, 0, 10000};
    cfg.radio_drift_ppb = (struct scn_dist){SCN_NORMAL, 1000, 2000};
    struct clock_group *g = open_group(&cfg);
    static double drift[N];
    double offset = 0, radio = 0;
    for (int i = 0; i < N; i++) {
        struct clock c;
        clock_init(&c, g, i);
        assert_true(c.offset_ns >= -SIM_S(5) && c.offset_ns <= SIM_S(5));
        assert_int_equal(c.turnover_mdeg, 25000);
        drift[i] = c.drift_ppb;
        offset += (double)c.offset_ns / N;
        radio += (double)c.radio_drift_ppb / N;
    }
    double sd = root_mean_square(drift, N);
    assert_true(sd > 9500 && sd < 10500);
    assert_true(offset > -2e8 && offset < 2e8);
    assert_true(radio > 850 && radio < 1150);
    clock_group_close(g);
}

static void test_reading(void **state)
{
    (void)state;
    struct clock_cfg cfg = plain;
    cfg.drift_ppb = (struct scn_dist){SCN_FIXED, 100000, 0};
    cfg.offset_ns = (struct scn_dist){SCN_FIXED, 123, 0};
    cfg.granularity_ns = SIM_MS(1);
    struct clock_group *g = open_group(&cfg);
    struct clock c;
    clock_init(&c, g, 1);
    uint64_t r = 5;
    for (int i = 0; i < 1000; i++) {
        int64_t t = below(&r, 400 * DAY), shown = clock_read(&c, t), exact = clock_time(&c, t);
        assert_true((shown - 123) % SIM_MS(1) == 0);
        assert_true(shown <= exact && shown > exact - SIM_MS(1));
        /* A timer fires at the first step at or after what was asked, seen on the same clock. */
        int64_t at = clock_alarm(&c, exact);
        assert_true(clock_read(&c, at) >= exact && clock_read(&c, at - 1) < exact);
        assert_true(at >= t - 1 && at <= t + SIM_MS(1));
    }
    clock_group_close(g);
    cfg.granularity_ns = 0;
    cfg.jitter_ns = (struct scn_dist){SCN_UNIFORM, 0, 500000};
    g = open_group(&cfg);
    clock_init(&c, g, 1);
    double mean = 0;
    for (int i = 1; i <= 1000; i++) {
        int64_t late = clock_alarm(&c, SIM_S(i) + 123) - clock_when(&c, SIM_S(i) + 123);
        int64_t more = clock_read(&c, SIM_S(i)) - clock_time(&c, SIM_S(i));
        assert_true(late >= 0 && late <= 500000 && more >= 0 && more <= 500000);
        mean += (double)(late + more) / 2000;
    }
    assert_true(mean > 230000 && mean < 270000);
    clock_group_close(g);
}

static void test_corrections(void **state)
{
    (void)state;
    struct clock_cfg cfg = plain;
    cfg.drift_ppb = (struct scn_dist){SCN_FIXED, -20000, 0};
    cfg.offset_ns = (struct scn_dist){SCN_FIXED, SIM_S(2), 0};
    struct clock_group *g = open_group(&cfg);
    struct clock c;
    clock_init(&c, g, 1);
    struct clock_correction k = clock_step(&c, DAY, -SIM_S(1));
    assert_true(k.at == DAY && k.step_ns == -SIM_S(1));
    assert_true(k.error_before_ns == SIM_S(2) - INT64_C(86400) * 20000);
    assert_true(k.error_after_ns == k.error_before_ns - SIM_S(1));
    k = clock_set(&c, 2 * DAY, 2 * DAY);
    assert_true(k.error_after_ns == 0);
    assert_true(k.error_before_ns == SIM_S(1) - INT64_C(2) * 86400 * 20000);
    assert_true(clock_error(&c, 2 * DAY + SIM_S(1000)) == -20000 * 1000);
    /* The crystal was not touched. */
    assert_true(clock_count_at(&c, DAY) == 16 * (DAY - INT64_C(86400) * 20000));
    clock_group_close(g);
}

/* A device that sleeps for a span wakes when its slow crystal has counted it: span / (1 + d). */
static void test_spans(void **state)
{
    (void)state;
    struct clock_cfg cfg = plain;
    cfg.drift_ppb = (struct scn_dist){SCN_FIXED, -100000, 0};
    cfg.radio_drift_ppb = (struct scn_dist){SCN_FIXED, 250000, 0};
    struct clock_group *g = open_group(&cfg);
    struct clock c;
    clock_init(&c, g, 1);
    /* 1 s / 0.9999 = 1.00010001000100... s, rounded up */
    assert_true(clock_after(&c, 0, SIM_S(1)) == 1000100011);
    assert_true(clock_after(&c, SIM_S(9999), SIM_S(1)) == SIM_S(9999) + 1000100011);
    /* 1 s / 1.00025 = 0.99975006248... s */
    assert_true(clock_radio_after(&c, 5, SIM_S(1)) == 5 + 999750063);
    assert_true(clock_radio_after(&c, 0, INT64_C(1000250000) * 100000) == SIM_S(100000));
    assert_true(clock_radio_after(&c, 7, 0) == 7);
    clock_group_close(g);
}

static void test_section(void **state)
{
    (void)state;
    static const char good[] = "offset: uniform(-5s, 5s)\n"
                               "drift: normal(0ppm, 10ppm)\n"
                               "temperature: {kind: daily, mean: 12degC, swing: 8degC}\n"
                               "wander: 2ppb\n"
                               "granularity: 1ms\n";
    struct clock_cfg cfg;
    struct scenario *s;
    struct sim_error e;
    assert_int_equal(scenario_read_text(&s, "c.yaml", good, strlen(good), ".", &clock_section, &cfg,
                                        NULL, 0, &e),
                     SIM_OK);
    assert_true(cfg.offset_ns.kind == SCN_UNIFORM && cfg.offset_ns.a == -SIM_S(5));
    assert_true(cfg.drift_ppb.kind == SCN_NORMAL && cfg.drift_ppb.b == 10000);
    assert_int_equal(cfg.radio_drift_ppb.a, 0);
    assert_int_equal(cfg.temperature.kind, TEMPERATURE_DAILY);
    assert_int_equal(cfg.temperature.curvature_ppb, -34);
    assert_int_equal(cfg.temperature.turnover_mdeg.a, 25000);
    assert_int_equal(cfg.wander_ppb, 2);
    assert_int_equal(cfg.granularity_ns, SIM_MS(1));
    assert_int_equal(clock_cfg_check(&cfg, s, &e), SIM_OK);
    scenario_close(s);
}

/* Left out everything is a perfect clock; what the table cannot refuse, the check does. */
static void test_section_bad(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"temperature: {kind: file}\n", "c.yaml:1:"},
        {"temperature: {kind: file}\n", "needs file"},
        {"drift: 1ppm\ntemperature:\n  file: x.csv\n", "c.yaml:3:"},
        {"temperature:\n  kind: daily\n  mean: 90degC\n  swing: 40degC\n", "c.yaml:4:"},
        {"drift: 2000ppm\n", "c.yaml:1:8"},
        {"wander: 1ppm\n", "c.yaml:1:9"},
        {"temperature: {curvature: 1ppm}\n", "100ppb"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct clock_cfg cfg;
        struct scenario *s = NULL;
        struct sim_error e = {0};
        int rc = scenario_read_text(&s, "c.yaml", bad[i].text, strlen(bad[i].text), ".",
                                    &clock_section, &cfg, NULL, 0, &e);
        if (rc == SIM_OK)
            rc = clock_cfg_check(&cfg, s, &e);
        assert_int_equal(rc, SIM_ESCENARIO);
        if (!strstr(e.text, bad[i].message))
            fail_msg("%s: \"%s\"", bad[i].text, e.text);
        scenario_close(s);
    }
    struct clock_cfg cfg;
    struct scenario *s;
    struct clock c;
    assert_int_equal(
        scenario_read_text(&s, "c.yaml", "{}\n", 3, ".", &clock_section, &cfg, NULL, 0, NULL),
        SIM_OK);
    struct clock_group *g = open_group(&cfg);
    clock_init(&c, g, 1);
    assert_true(clock_error(&c, 3650 * DAY) == 0);
    assert_true(clock_read(&c, 12345) == 12345);
    clock_group_close(g);
    scenario_close(s);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Like class B: each device in turn, time going on; so no device finds its last cell again. */
static void measure(const char *what, const struct clock_cfg *cfg, sim_time step, sim_time from)
{
    enum { N = 1000, ROUNDS = 100 };
    static struct clock c[N];
    struct clock_group *g = open_group(cfg);
    for (int i = 0; i < N; i++)
        clock_init(&c[i], g, i);
    uint64_t sum = 0;
    double t0 = now_ns();
    for (int k = 0; k < ROUNDS; k++)
        for (int i = 0; i < N; i++)
            sum += (uint64_t)clock_count_at(&c[i], from + k * step);
    double t1 = now_ns();
    for (int k = 0; k < ROUNDS; k++)
        for (int i = 0; i < N; i++)
            sum += (uint64_t)clock_when_count(&c[i], CLOCK_PER_NS * (from + k * step));
    double t2 = now_ns();
    assert_true(sum != 1);
    print_message("%-34s %6.1f ns to device time, %6.1f ns back\n", what, (t1 - t0) / N / ROUNDS,
                  (t2 - t1) / N / ROUNDS);
    clock_group_close(g);
}

static void test_speed(void **state)
{
    (void)state;
    struct clock_cfg cfg = plain;
    cfg.drift_ppb = (struct scn_dist){SCN_NORMAL, 0, 10000};
    measure("drift, every ms:", &cfg, SIM_MS(1), SIM_S(1));
    measure("drift, every 128 s:", &cfg, SIM_S(128), SIM_S(1));
    cfg.temperature.kind = TEMPERATURE_DAILY;
    measure("and temperature, every 128 s:", &cfg, SIM_S(128), SIM_S(1));
    cfg.wander_ppb = 5;
    measure("and wander, every 128 s:", &cfg, SIM_S(128), SIM_S(1));
    measure("the same after 10 years:", &cfg, SIM_S(128), 3650 * DAY);
    measure("the same, every day:", &cfg, DAY, SIM_S(1));
    print_message("a clock has %zu bytes\n", sizeof(struct clock));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_perfect),
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_rising),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_constant_temperature),
        cmocka_unit_test(test_daily_temperature),
        cmocka_unit_test(test_temperature_file),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_wander_statistics),
        cmocka_unit_test(test_wander_increments),
        cmocka_unit_test(test_wander_fits_together),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_draws),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_corrections),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_section),
        cmocka_unit_test(test_section_bad),
        cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
