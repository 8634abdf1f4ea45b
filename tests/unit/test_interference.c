/* SPDX-License-Identifier: GPL-2.0-only
 * Pins which frame survives an overlap: cases worked out by hand for each model, both sums, the
 * protected part of a frame, boundaries, up- against downlinks, two gateways' downlinks; then
 * thousands of random frames against a plain calculation that looks at every pair and every
 * instant. Thresholds: Croce et al. 2018, Goursaud and Gorce 2015, LoRaSim (6 dB). */
#include "models/radio/medium.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/detmath.h"
#include "sim/rng.h"
#include "tests/support/air.h"

enum { CDBM = -10000 };

static const sim_time symbol7 = AIR_SYMBOL(7);

static void begin(struct air *a, int model)
{
    air_init(a, 1);
    a->radio.interference = model;
}

static void finish(struct air *a)
{
    air_run(a, SIM_NEVER);
    assert_int_equal(a->n_unbalanced, 0);
}

static bool lost(const struct air *a, unsigned i)
{
    assert_true(a->frames[i].reason == LOSS_NONE || a->frames[i].reason == LOSS_INTERFERENCE);
    return a->frames[i].reason == LOSS_INTERFERENCE;
}

static unsigned post(struct air *a, unsigned device, int sf, sim_time start, sim_time end, int cdbm)
{
    return air_post(a, (struct air_frame){
                           .device = device, .start = start, .end = end, .sf = sf, .cdbm = cdbm});
}

/* Two frames fully in one another's way: is the first lost when the second is stronger by d? */
static bool loses(int model, int sf, int other_sf, int stronger_cdb, int64_t other_hz)
{
    struct air a;
    begin(&a, model);
    unsigned first = post(&a, 0, sf, SIM_S(1), SIM_S(2), CDBM);
    air_post(&a, (struct air_frame){.device = 1,
                                    .start = SIM_MS(999),
                                    .end = SIM_S(3),
                                    .sf = other_sf,
                                    .hz = other_hz,
                                    .cdbm = CDBM + stronger_cdb});
    finish(&a);
    bool answer = lost(&a, first);
    air_fini(&a);
    return answer;
}

/* Survives 0.01 dB above the threshold, not 0.01 dB below. The threshold itself:
 * test_exact_threshold. */
static void assert_threshold(int model, int sf, int other_sf, int cdb)
{
    assert_false(loses(model, sf, other_sf, -cdb - 1, 0));
    assert_true(loses(model, sf, other_sf, -cdb + 1, 0));
}

static void test_thresholds(void **state)
{
    (void)state;
    assert_threshold(INTERFERENCE_CROCE, 7, 7, 100);
    assert_threshold(INTERFERENCE_CROCE, 12, 12, 100);
    assert_threshold(INTERFERENCE_CROCE, 7, 8, -800);
    assert_threshold(INTERFERENCE_CROCE, 8, 7, -1100);
    assert_threshold(INTERFERENCE_CROCE, 10, 12, -1800);
    assert_threshold(INTERFERENCE_CROCE, 12, 11, -2300);
    assert_threshold(INTERFERENCE_GOURSAUD, 7, 7, 600);
    assert_threshold(INTERFERENCE_GOURSAUD, 7, 12, -2000);
    assert_threshold(INTERFERENCE_GOURSAUD, 12, 7, -3600);
    assert_threshold(INTERFERENCE_GOURSAUD, 9, 10, -2300);
    assert_threshold(INTERFERENCE_CAPTURE, 7, 7, 600);
    assert_threshold(INTERFERENCE_CROCE, 0, 0, 600);
    assert_threshold(INTERFERENCE_GOURSAUD, 0, 0, 600);
}

/* What has no effect, however strong; what always has, however weak. */
static void test_never_and_always(void **state)
{
    (void)state;
    assert_false(loses(INTERFERENCE_CAPTURE, 7, 8, 9000, 0));
    assert_false(loses(INTERFERENCE_ALOHA, 7, 8, 9000, 0));
    assert_true(loses(INTERFERENCE_ALOHA, 7, 7, -2999, 0));
    assert_false(loses(INTERFERENCE_NONE, 7, 7, 9000, 0));
    assert_false(loses(INTERFERENCE_CROCE, 7, 0, 9000, 0));
    assert_false(loses(INTERFERENCE_CROCE, 0, 7, 9000, 0));
    for (int model = INTERFERENCE_CROCE; model <= INTERFERENCE_NONE; model++)
        assert_false(loses(model, 7, 7, 9000, AIR_F1));
}

/* At the threshold exactly, at every power: enough, as powers are compared to 0.01 dB, and the last
 * bit of a ratio must not decide. */
static void test_exact_threshold(void **state)
{
    (void)state;
    for (int cdbm = -12000; cdbm < -9000; cdbm += 37) {
        struct air a;
        begin(&a, INTERFERENCE_GOURSAUD);
        unsigned first = post(&a, 0, 7, 0, SIM_S(1), cdbm);
        post(&a, 1, 7, 0, SIM_S(1), cdbm - 600);
        finish(&a);
        assert_false(lost(&a, first));
        air_fini(&a);
    }
}

/* An interferer of 20 dB more that ends after the third symbol, and one that ends just later. */
static void test_head(void **state)
{
    (void)state;
    static const struct {
        int model;
        sim_time end;
        bool lost;
    } cases[] = {
        {INTERFERENCE_CROCE, 3, false},    {INTERFERENCE_CAPTURE, 3, false},
        {INTERFERENCE_GOURSAUD, 3, true},  {INTERFERENCE_ALOHA, 3, true},
        {INTERFERENCE_GOURSAUD, 0, false}, {INTERFERENCE_ALOHA, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int later = 0; later < 2; later++) {
            struct air a;
            begin(&a, cases[i].model);
            unsigned first = post(&a, 0, 7, SIM_S(1), SIM_S(2), CDBM);
            sim_time end = SIM_S(1) + cases[i].end * symbol7 + later;
            unsigned other = post(&a, 1, 7, SIM_MS(500), end, CDBM + 2000);
            finish(&a);
            assert_int_equal(lost(&a, first), cases[i].lost || later);
            /* The one before is hit in its tail by what is 20 dB weaker. */
            assert_int_equal(lost(&a, other),
                             cases[i].model == INTERFERENCE_ALOHA && (cases[i].lost || later));
            air_fini(&a);
        }
    }
}

/* An interferer that is there in the first three symbols and still there afterwards counts; one
 * that comes and goes within them does not; the head of the slower frame is longer. */
static void test_head_of_slow_frame(void **state)
{
    (void)state;
    struct air a;
    begin(&a, INTERFERENCE_CROCE);
    unsigned slow = post(&a, 0, 12, SIM_S(1), SIM_S(3), CDBM);
    post(&a, 1, 7, SIM_S(1) + SIM_MS(10), SIM_S(1) + SIM_MS(90), CDBM + 2600); /* head: 98.3 ms */
    finish(&a);
    assert_false(lost(&a, slow));
    air_fini(&a);
    begin(&a, INTERFERENCE_CROCE);
    slow = post(&a, 0, 12, SIM_S(1), SIM_S(3), CDBM);
    post(&a, 1, 7, SIM_S(1) + SIM_MS(10), SIM_S(1) + SIM_MS(100), CDBM + 2600);
    finish(&a);
    assert_true(lost(&a, slow));
    air_fini(&a);
}

/* Frames that touch do not overlap, whichever event runs first; 1 ns of overlap is one. */
static void test_touch(void **state)
{
    (void)state;
    for (int k = 0; k < 8; k++) {
        struct air a;
        bool overlap = k & 1;
        begin(&a, INTERFERENCE_ALOHA);
        a.ties = k & 2 ? EVQ_LIFO : EVQ_FIFO;
        unsigned one, two;
        sim_time end = SIM_S(1) + overlap;
        if (k & 4) {
            one = post(&a, 0, 7, 0, end, CDBM);
            two = post(&a, 1, 7, SIM_S(1), SIM_S(2), CDBM);
        } else {
            two = post(&a, 1, 7, SIM_S(1), SIM_S(2), CDBM);
            one = post(&a, 0, 7, 0, end, CDBM);
        }
        finish(&a);
        assert_int_equal(lost(&a, one), overlap);
        assert_int_equal(lost(&a, two), overlap);
        air_fini(&a);
    }
}

/* Is a frame of one second lost to two interferers 7 dB weaker (with 6 dB asked for)? */
static bool lost_to_two(int model, int sum, sim_time second_start)
{
    struct air a;
    begin(&a, model);
    a.radio.interference_sum = sum;
    unsigned first = post(&a, 0, 7, 0, SIM_S(1), CDBM);
    post(&a, 1, 7, SIM_MS(100), SIM_MS(500), CDBM - 700);
    post(&a, 2, 7, second_start, second_start + SIM_MS(400), CDBM - 700);
    finish(&a);
    bool answer = lost(&a, first);
    air_fini(&a);
    return answer;
}

/* Together they are 4 dB weaker; one after the other each is 7 dB weaker; the energy is 0.8 of a
 * frame 7 dB weaker, however they lie. */
static void test_two_interferers(void **state)
{
    (void)state;
    assert_true(lost_to_two(INTERFERENCE_GOURSAUD, SUM_PEAK, SIM_MS(499)));
    assert_false(lost_to_two(INTERFERENCE_GOURSAUD, SUM_PEAK, SIM_MS(500)));
    assert_false(lost_to_two(INTERFERENCE_CAPTURE, SUM_PEAK, SIM_MS(100)));
    assert_false(lost_to_two(INTERFERENCE_GOURSAUD, SUM_ENERGY, SIM_MS(100)));
    assert_false(lost_to_two(INTERFERENCE_GOURSAUD, SUM_ENERGY, SIM_MS(500)));
}

/* Energy: an interferer as strong as the frame may cover 1 / 10^0.6 = 25.1 % of it. */
static void test_energy(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct air a;
        begin(&a, INTERFERENCE_GOURSAUD);
        a.radio.interference_sum = SUM_ENERGY;
        unsigned first = post(&a, 0, 7, 0, SIM_S(1), CDBM);
        post(&a, 1, 7, SIM_MS(100), SIM_MS(220), CDBM);
        post(&a, 2, 7, SIM_MS(600), SIM_MS(600) + SIM_MS(k ? 132 : 131), CDBM);
        finish(&a);
        assert_int_equal(lost(&a, first), k);
        air_fini(&a);
    }
}

/* Different spreading factors are judged one by one, also at once. */
static void test_spreading_factors_apart(void **state)
{
    (void)state;
    struct air a;
    begin(&a, INTERFERENCE_CROCE);
    unsigned first = post(&a, 0, 7, 0, SIM_S(1), CDBM);
    post(&a, 1, 8, 0, SIM_S(1), CDBM + 799);
    post(&a, 2, 9, 0, SIM_S(1), CDBM + 899);
    finish(&a);
    assert_false(lost(&a, first));
    air_fini(&a);
    begin(&a, INTERFERENCE_CROCE);
    first = post(&a, 0, 7, 0, SIM_S(1), CDBM);
    post(&a, 1, 8, 0, SIM_S(1), CDBM + 600);
    post(&a, 2, 8, 0, SIM_S(1), CDBM + 600); /* together 9 dB */
    finish(&a);
    assert_true(lost(&a, first));
    air_fini(&a);
}

/* A frame below the sensitivity interferes all the same; a frame of a foreign network too. */
static void test_who_interferes(void **state)
{
    (void)state;
    struct air a;
    begin(&a, INTERFERENCE_ALOHA);
    unsigned first = post(&a, 0, 7, 0, SIM_S(1), CDBM);
    post(&a, 1, 7, SIM_MS(500), SIM_MS(700), -13500);
    finish(&a);
    assert_true(lost(&a, first));
    air_fini(&a);
    begin(&a, INTERFERENCE_CROCE);
    first = post(&a, 0, 7, 0, SIM_S(1), CDBM);
    unsigned foreign = air_post(&a, (struct air_frame){.device = 1,
                                                       .start = SIM_MS(500),
                                                       .end = SIM_MS(700),
                                                       .sf = 7,
                                                       .cdbm = CDBM,
                                                       .network = 1});
    finish(&a);
    assert_true(lost(&a, first));
    assert_int_equal(a.frames[foreign].at[0], LOSS_INTERFERENCE);
    air_fini(&a);
}

/* Each gateway has its own view. */
static void test_two_gateways(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 2);
    a.radio.interference = INTERFERENCE_CROCE;
    a.gain_cdb[0][1] = a.gain_cdb[1][0] = -1000;
    unsigned one = post(&a, 0, 7, 0, SIM_S(1), CDBM);
    unsigned two = post(&a, 1, 7, 0, SIM_S(1), CDBM);
    finish(&a);
    assert_int_equal(a.frames[one].at[0], LOSS_NONE);
    assert_int_equal(a.frames[one].at[1], LOSS_INTERFERENCE);
    assert_int_equal(a.frames[two].at[0], LOSS_INTERFERENCE);
    assert_int_equal(a.frames[two].at[1], LOSS_NONE);
    air_fini(&a);
}

static struct air_frame downlink(unsigned device, unsigned gateway, sim_time start, int cdbm)
{
    return (struct air_frame){.device = device,
                              .gateway = gateway,
                              .start = start,
                              .end = start + SIM_S(1),
                              .sf = 7,
                              .cdbm = cdbm,
                              .down = true};
}

/* Two gateways send on one channel to one device each. Device 0 hears gateway 1 by 5.99 or 6.01 dB
 * weaker than its own; device 1 hears its own alone. In either order of sending. */
static void test_downlinks(void **state)
{
    (void)state;
    for (int k = 0; k < 8; k++) {
        struct air a;
        air_init(&a, 2);
        a.radio.interference = INTERFERENCE_GOURSAUD;
        a.radio.interference_sum = k & 4 ? SUM_ENERGY : SUM_PEAK;
        bool near = k & 1;
        a.gain_cdb[0][1] = (int16_t)(near ? -599 : -601);
        a.gain_cdb[1][0] = AIR_NO_LINK;
        sim_time first = k & 2 ? 0 : SIM_MS(near), second = k & 2 ? SIM_MS(near) : 0;
        if (k & 4)
            first = second = 0;
        unsigned one = air_post(&a, downlink(0, 0, first, CDBM));
        unsigned two = air_post(&a, downlink(1, 1, second, CDBM));
        finish(&a);
        assert_int_equal(lost(&a, one), near);
        assert_false(lost(&a, two));
        air_fini(&a);
    }
}

/* Downlinks that touch, are on other channels or have other spreading factors do not interfere. */
static void test_downlinks_apart(void **state)
{
    (void)state;
    struct air a;
    air_init(&a, 2);
    a.radio.interference = INTERFERENCE_ALOHA;
    unsigned one = air_post(&a, downlink(0, 0, 0, CDBM));
    unsigned next = air_post(&a, downlink(1, 1, SIM_S(1), CDBM));
    struct air_frame f = downlink(2, 1, SIM_MS(500), CDBM);
    f.hz = AIR_F1;
    f.end = SIM_S(1);
    unsigned channel = air_post(&a, f);
    unsigned last = air_post(&a, downlink(0, 0, SIM_S(3), CDBM));
    f = downlink(1, 1, SIM_S(3), CDBM);
    f.sf = 9;
    unsigned factor = air_post(&a, f);
    finish(&a);
    assert_false(lost(&a, one));
    assert_false(lost(&a, next));
    assert_false(lost(&a, channel));
    assert_false(lost(&a, last));
    assert_false(lost(&a, factor));
    air_fini(&a);
}

/* A downlink of 14 dBm from gateway 1, -100 dB away from gateway 0, against an uplink of -100 dBm
 * there: -86 dBm less the isolation. 6 dB are left at 20 dB of isolation. */
static void test_isolation_at_gateway(void **state)
{
    (void)state;
    static const struct {
        int64_t isolation_cdb;
        bool lost;
    } cases[] = {{2001, false}, {1999, true}, {0, true}, {SCN_WORD, false}};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct air a;
        air_init(&a, 2);
        a.radio.interference = INTERFERENCE_GOURSAUD;
        a.radio.iq_isolation_cdb = cases[i / 2].isolation_cdb;
        a.gateway_gain_cdb[0][1] = a.gateway_gain_cdb[1][0] = -10000;
        a.gain_cdb[0][1] = AIR_NO_LINK;
        a.gain_cdb[7][0] = AIR_NO_LINK;
        a.gain_cdb[7][1] = -9000;
        a.places[7].x_mm = INT64_C(100000000000); /* the uplink is weak at the downlink's target */
        bool first = i % 2;
        unsigned up = post(&a, 0, 7, first ? SIM_MS(1) : SIM_MS(5), SIM_S(1), CDBM);
        air_post(&a, downlink(7, 1, first ? SIM_MS(5) : SIM_MS(1), 1400));
        finish(&a);
        assert_int_equal(lost(&a, up), cases[i / 2].lost);
        air_fini(&a);
    }
}

/* An uplink of 14 dBm, 60 dB (1 km, exponent 2) away from a device that receives -60 dBm: -46 dBm
 * less the isolation, 6 dB are left at 20 dB. Whichever is first on the air. */
static void test_isolation_at_device(void **state)
{
    (void)state;
    static const struct {
        int64_t isolation_cdb;
        bool lost;
    } cases[] = {{2001, false}, {1999, true}, {SCN_WORD, false}};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct air a;
        air_init(&a, 1);
        a.radio.interference = INTERFERENCE_GOURSAUD;
        a.radio.iq_isolation_cdb = cases[i / 2].isolation_cdb;
        a.gain_cdb[1][0] = AIR_NO_LINK;
        a.places[1].x_mm = 1000000;
        bool first = i % 2;
        unsigned down = air_post(&a, downlink(0, 0, first ? SIM_MS(1) : SIM_MS(5), -6000));
        unsigned up = post(&a, 1, 7, first ? SIM_MS(5) : SIM_MS(1), SIM_S(2), 1400);
        finish(&a);
        assert_int_equal(lost(&a, down), cases[i / 2].lost);
        assert_int_equal(a.frames[up].reason, LOSS_NO_LINK);
        air_fini(&a);
    }
}

/* The tables once more, as published; NO: no effect, ALL: always lost. */
enum { NO = -10000, ALL = 10000 };

static int threshold_db(int model, int sf, int other)
{
    static const int croce[6][6] = {{1, -8, -9, -9, -9, -9},      {-11, 1, -11, -12, -13, -13},
                                    {-15, -13, 1, -13, -14, -15}, {-19, -18, -17, 1, -17, -18},
                                    {-22, -22, -21, -20, 1, -20}, {-25, -25, -25, -24, -23, 1}};
    static const int goursaud[6][6] = {{6, -16, -18, -19, -19, -20}, {-24, 6, -20, -22, -22, -22},
                                       {-27, -27, 6, -23, -25, -25}, {-30, -30, -30, 6, -26, -28},
                                       {-33, -33, -33, -33, 6, -29}, {-36, -36, -36, -36, -36, 6}};
    if (model == INTERFERENCE_CROCE)
        return croce[sf - 7][other - 7];
    if (model == INTERFERENCE_GOURSAUD)
        return goursaud[sf - 7][other - 7];
    if (sf != other || model == INTERFERENCE_NONE)
        return NO;
    return model == INTERFERENCE_CAPTURE ? 6 : ALL;
}

static double overlap(const struct air_frame *o, sim_time from, sim_time to)
{
    sim_time start = o->start > from ? o->start : from, end = o->end < to ? o->end : to;
    return end > start ? (double)(end - start) : 0;
}

/* Interference of one spreading factor with frame v in [from, v->end): at one instant, in all, or
 * the strongest, as the model wants. */
static double interference(const struct air *a, const struct air_frame *v, sim_time from, int sf,
                           sim_time at)
{
    double sum = 0;
    bool strongest = a->radio.interference == INTERFERENCE_CAPTURE ||
                     a->radio.interference == INTERFERENCE_ALOHA;
    bool energy = a->radio.interference_sum == SUM_ENERGY;
    for (unsigned i = 0; i < a->n; i++) {
        const struct air_frame *o = &a->frames[i];
        double p = det_ratio_of_cdb(o->cdbm), share = overlap(o, from, v->end);
        if (o == v || o->sf != sf || share <= 0)
            continue;
        if (energy)
            sum += p * share;
        else if (strongest)
            sum = p > sum ? p : sum;
        else if (o->start <= at && o->end > at)
            sum += p;
    }
    return sum;
}

/* The largest ratio of interference to what is allowed: above 1 the frame is lost. */
static double excess(const struct air *a, const struct air_frame *v)
{
    int model = a->radio.interference;
    bool head = model == INTERFERENCE_CROCE || model == INTERFERENCE_CAPTURE;
    sim_time from = v->start + (head ? 3 * AIR_SYMBOL(v->sf) : 0);
    double wanted = det_ratio_of_cdb(v->cdbm), worst = 0;
    if (a->radio.interference_sum == SUM_ENERGY)
        wanted *= (double)(v->end - v->start);
    for (int sf = 7; sf <= 12; sf++) {
        int t = threshold_db(model, v->sf, sf);
        double need = t == ALL ? 1e30 : det_ratio_of_cdb(t * 100);
        for (unsigned i = 0; t != NO && i < a->n; i++) {
            sim_time at = a->frames[i].start > from ? a->frames[i].start : from;
            double x = at < v->end ? need * interference(a, v, from, sf, at) / wanted : 0;
            worst = x > worst ? x : worst;
        }
    }
    return worst;
}

/* Random frames on a coarse grid of time, so that many begin and end together; none shorter than a
 * preamble. */
static void random_frames(struct air *a, uint64_t seed, unsigned n)
{
    struct rng g = rng_open(seed, 0, RNG_TEST, 0);
    for (unsigned i = 0; i < n; i++) {
        int sf = 7 + (int)rng_below(&g, seed % 2 ? 2 : 6);
        sim_time start = (sim_time)rng_below(&g, 100) * AIR_SYMBOL(12);
        sim_time len = (sim_time)(13 + rng_below(&g, 30)) * AIR_SYMBOL(sf);
        post(a, i % AIR_DEVICES, sf, start, start + len, CDBM - (int)rng_below(&g, 1500));
    }
}

static void test_random(void **state)
{
    (void)state;
    unsigned n_lost = 0, n = 0;
    for (uint64_t seed = 0; seed < 120; seed++) {
        struct air a;
        int model = (int)(seed % 5);
        bool energy = seed / 5 % 2;
        if (energy && model == INTERFERENCE_CAPTURE)
            continue; /* refused in scenarios */
        begin(&a, model);
        a.radio.interference_sum = energy ? SUM_ENERGY : SUM_PEAK;
        a.ties = seed / 10 % 2 ? EVQ_LIFO : EVQ_FIFO;
        for (int s = 0; s < MEDIUM_N_SF; s++)
            a.gateways[0].sensitivity_cdbm[s][0] = INT16_MIN;
        random_frames(&a, seed, 20 + (unsigned)(seed % 40));
        finish(&a);
        for (unsigned i = 0; i < a.n; i++) {
            double x = excess(&a, &a.frames[i]);
            n++;
            n_lost += x > 1;
            if (x > 1 - 1e-9 && x < 1 + 1e-9)
                continue;
            if (lost(&a, i) != (x > 1))
                fail_msg("seed %d, frame %u: excess %.6f", (int)seed, i, x);
        }
        air_fini(&a);
    }
    assert_in_range(n_lost, n / 10, n - n / 10); /* else it would show little */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_never_and_always),
        cmocka_unit_test(test_exact_threshold),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_head_of_slow_frame),
        cmocka_unit_test(test_touch),
        cmocka_unit_test(test_two_interferers),
        cmocka_unit_test(test_energy),
        cmocka_unit_test(test_spreading_factors_apart),
        cmocka_unit_test(test_who_interferes),
        cmocka_unit_test(test_two_gateways),
        cmocka_unit_test(test_downlinks),
        cmocka_unit_test(test_downlinks_apart),
        cmocka_unit_test(test_isolation_at_gateway),
        cmocka_unit_test(test_isolation_at_device),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
