/* SPDX-License-Identifier: GPL-2.0-only
 * Pins both duty cycle rules: examples by hand, and the sliding hour against a brute force that
 * looks at every hour and tries every start, on a coarse time grid (all times multiples of 1 s,
 * where the answer is too). */
#include "models/radio/duty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rng.h"

static void test_no_limit(void **state)
{
    (void)state;
    struct duty_band b = {0};
    for (int i = 0; i < 100; i++)
        duty_add(&b, DUTY_SLIDING_HOUR, 1000000, SIM_S(i), SIM_S(1));
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, 1000000, 5, SIM_S(9)), 5);
    assert_int_equal(b.n_uses, 0);
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, 0, 5, 1), SIM_NEVER);
    duty_free(&b);
}

static void test_toff(void **state)
{
    (void)state;
    struct duty_band b = {0};
    assert_int_equal(duty_earliest(&b, DUTY_TOFF, 10000, SIM_S(3), SIM_S(1)), SIM_S(3));
    duty_add(&b, DUTY_TOFF, 10000, SIM_S(3), SIM_S(1));
    /* 1 s of air, 99 s of silence */
    assert_int_equal(duty_earliest(&b, DUTY_TOFF, 10000, SIM_S(5), SIM_S(1)), SIM_S(103));
    assert_int_equal(duty_earliest(&b, DUTY_TOFF, 10000, SIM_S(200), SIM_S(1)), SIM_S(200));
    duty_add(&b, DUTY_TOFF, 300000, SIM_S(200), 1);
    assert_int_equal(duty_earliest(&b, DUTY_TOFF, 300000, SIM_S(200), 1), SIM_S(200) + 4);
    duty_free(&b);
}

static void test_hour_by_hand(void **state)
{
    (void)state;
    struct duty_band b = {0};
    const int32_t ppm = 10000; /* 36 s an hour */
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, 7, SIM_S(36)), 7);
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, 7, SIM_S(36) + 1), SIM_NEVER);
    duty_add(&b, DUTY_SLIDING_HOUR, ppm, SIM_S(10), SIM_S(30));
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, SIM_S(50), SIM_S(6)), SIM_S(50));
    /* 7 s: 1 s of the old frame must have left by the new one's end: 11 s + 3600 s - 7 s */
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, SIM_S(50), SIM_S(7)), SIM_S(3604));
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, SIM_S(50), SIM_S(36)), SIM_S(3604));
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, SIM_S(3604) + 1, SIM_S(7)),
                     SIM_S(3604) + 1);
    /* asking does not change: again */
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, SIM_S(50), SIM_S(7)), SIM_S(3604));
    duty_free(&b);
}

/* A frame already planned for later bounds an earlier one, too. */
static void test_hour_with_later_use(void **state)
{
    (void)state;
    struct duty_band b = {0};
    const int32_t ppm = 10000;
    duty_add(&b, DUTY_SLIDING_HOUR, ppm, SIM_S(1000), SIM_S(30));
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, 0, SIM_S(6)), 0);
    assert_int_equal(duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, 0, SIM_S(7)),
                     SIM_S(1001 + 3600 - 7));
    duty_free(&b);
}

enum { MAX = 400, GRID_HOUR = 3600 };

struct brute {
    int start[MAX], airtime[MAX], n;
};

static int brute_use(const struct brute *x, int w)
{
    int sum = 0;
    for (int i = 0; i < x->n; i++) {
        int from = x->start[i] > w ? x->start[i] : w;
        int to = x->start[i] + x->airtime[i];
        to = to < w + GRID_HOUR ? to : w + GRID_HOUR;
        sum += to > from ? to - from : 0;
    }
    return sum;
}

/* With the frame added last: is every hour within the limit? */
static bool brute_fits(struct brute *x, int s, int airtime, int limit)
{
    x->start[x->n] = s;
    x->airtime[x->n++] = airtime;
    bool fits = true;
    for (int w = s - GRID_HOUR; fits && w <= s + airtime; w++)
        fits = brute_use(x, w) <= limit;
    x->n--;
    return fits;
}

static int brute_earliest(struct brute *x, int at, int airtime, int limit)
{
    while (!brute_fits(x, at, airtime, limit))
        at++;
    return at;
}

static bool overlaps(const struct brute *x, int s, int airtime)
{
    for (int i = 0; i < x->n; i++)
        if (s < x->start[i] + x->airtime[i] && x->start[i] < s + airtime)
            return true;
    return false;
}

/* ahead 0: requests in order of time, always taken; else they look up to ahead seconds into the
 * future, in any order, and what comes out more than 500 s ahead is not sent. */
static void against_brute(uint64_t seed, int32_t ppm, int ahead, int rounds)
{
    struct rng g = rng_open(seed, 1, RNG_TEST, 1);
    struct brute x = {.n = 0};
    struct duty_band b = {0};
    int limit = (int)((int64_t)GRID_HOUR * ppm / 1000000), now = 0;
    for (int i = 0; i < rounds; i++) {
        now += (int)rng_below(&g, ahead ? 300 : 60);
        int at = now + (ahead ? (int)rng_below(&g, (uint32_t)ahead) : 0);
        int airtime = 1 + (int)rng_below(&g, (uint32_t)limit / (ahead ? 5 : 2));
        sim_time s = duty_earliest(&b, DUTY_SLIDING_HOUR, ppm, SIM_S(at), SIM_S(airtime));
        assert_int_equal(s, SIM_S(brute_earliest(&x, at, airtime, limit)));
        int start = (int)(s / SIM_S(1));
        if (overlaps(&x, start, airtime) || (ahead && start > now + 500))
            continue;
        duty_add(&b, DUTY_SLIDING_HOUR, ppm, s, SIM_S(airtime));
        x.start[x.n] = start;
        x.airtime[x.n++] = airtime;
        if (!ahead)
            now = start + airtime;
    }
    assert_true(x.n > 30);
    duty_free(&b);
}

static void test_hour_in_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        against_brute(seed, seed % 2 ? 10000 : 100000, 0, 40);
}

static void test_hour_out_of_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        against_brute(seed, seed % 2 ? 10000 : 100000, 450, 120);
}

/* A frame a second for a day at 10 %: memory stays at about an hour's worth, the limit is held to
 * the ns. */
static void test_memory_and_rate(void **state)
{
    (void)state;
    struct duty_band b = {0};
    sim_time t = 0, airtime = SIM_MS(150), total = 0;
    int n = 0;
    for (; t < SIM_S(86400); n++) {
        t = duty_earliest(&b, DUTY_SLIDING_HOUR, 100000, t, airtime);
        duty_add(&b, DUTY_SLIDING_HOUR, 100000, t, airtime);
        t += airtime;
        total += airtime;
    }
    assert_true(total <= SIM_S(8640) + SIM_S(360));
    assert_true(total >= SIM_S(8640) - SIM_S(1));
    assert_true(b.cap_uses <= 8192);
    duty_free(&b);
}

/* More frames an hour than the ring can hold: FSK frames of 2 ms at 10 %. */
static void test_ring_full(void **state)
{
    (void)state;
    struct duty_band b = {0};
    sim_time t = 0, airtime = SIM_MS(2);
    for (int i = 0; i < 170000; i++) {
        t = duty_earliest(&b, DUTY_SLIDING_HOUR, 100000, t, airtime);
        duty_add(&b, DUTY_SLIDING_HOUR, 100000, t, airtime);
        t += airtime;
    }
    assert_int_equal(b.n_uses, 65535);
    assert_int_equal(b.used, 170000 * airtime);
    duty_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_limit),        cmocka_unit_test(test_toff),
        cmocka_unit_test(test_hour_by_hand),    cmocka_unit_test(test_hour_with_later_use),
        cmocka_unit_test(test_hour_in_order),   cmocka_unit_test(test_hour_out_of_order),
        cmocka_unit_test(test_memory_and_rate), cmocka_unit_test(test_ring_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
