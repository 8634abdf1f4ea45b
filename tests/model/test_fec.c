/* SPDX-License-Identifier: GPL-2.0-only
 * Recovery of fragmented blocks, version 1: 10 % of the uncoded fragments are lost, as is 10 % of
 * the parity; of how many received parity fragments more than were lost a block needs. Reference:
 * published shares for numbers of fragments without blind spots, each within 0.015; they are below
 * those of random matrices (0.289, 0.578, 0.770, 0.880, ...: product of 1 - 2^-i, i > k) by less
 * than that. 20,000 trials a number. Left open: whole campaigns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "models/packages/fragdecode.h"
#include "sim/err.h"
#include "sim/rng.h"

enum { N_TRIALS = 20000, MAX_EXTRA = 8 };

static const double loss_ratio = 0.1;

/* Received parity fragments beyond the lost ones when the block was complete. */
static unsigned extra_needed(struct fragrows *rows, struct rng *g)
{
    const struct fragdec_cfg cfg = {.rows = rows, .max_lost = FRAG_MAX_N};
    unsigned m = fragrows_m(rows), lost = 0, coded = 0;
    struct fragdec d;
    assert_int_equal(fragdec_init(&d, &cfg), SIM_OK);
    for (unsigned n = 1; n <= m; n++)
        if (rng_uniform(g) < loss_ratio)
            lost++;
        else
            fragdec_push(&d, n, NULL);
    for (unsigned n = m + 1; n <= FRAG_MAX_N && !fragdec_complete(&d); n++)
        if (rng_uniform(g) >= loss_ratio) {
            coded++;
            fragdec_push(&d, n, NULL);
        }
    assert_true(fragdec_complete(&d));
    fragdec_fini(&d);
    return coded - lost;
}

static void check_overhead(unsigned m)
{
    static const struct {
        unsigned k;
        double want;
    } published[] = {{0, .29}, {1, .575}, {2, .77}, {3, .88}, {4, .94}, {5, .97}, {7, .992}};
    struct rng g = rng_open(4, m, RNG_TEST, 0);
    struct fragrows *rows;
    unsigned n_within[MAX_EXTRA] = {0};
    assert_int_equal(fragrows_open(&rows, FRAG_CODE_V1, m), SIM_OK);
    for (int i = 0; i < N_TRIALS; i++)
        for (unsigned k = extra_needed(rows, &g); k < MAX_EXTRA; k++)
            n_within[k]++;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        double ratio = (double)n_within[published[i].k] / N_TRIALS;
        double off = ratio - published[i].want;
        if (off < -.015 || off > .015)
            fail_msg("M %u: %.4f with %u more than lost, not %.3f", m, ratio, published[i].k,
                     published[i].want);
    }
    fragrows_close(rows);
}

static void test_overhead(void **state)
{
    (void)state;
    static const unsigned numbers[] = {200, 300, 500, 1000};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        check_overhead(numbers[i]);
}

/* Share of blocks that are whole after m + redundancy fragments with 10 % loss, without repair.
 * Published: version 1 .254, .677, .950; version 2 .284, .750, .962 (M 100; 10, 15, 20 %). */
static void check_recovery(enum frag_code code, unsigned n_coded, double want)
{
    struct rng g = rng_open(5, n_coded, RNG_TEST, code);
    struct fragrows *rows;
    unsigned n_whole = 0;
    assert_int_equal(fragrows_open(&rows, code, 100), SIM_OK);
    for (int i = 0; i < N_TRIALS; i++) {
        const struct fragdec_cfg cfg = {.rows = rows, .max_lost = FRAG_MAX_N};
        struct fragdec d;
        assert_int_equal(fragdec_init(&d, &cfg), SIM_OK);
        for (unsigned n = 1; n <= 100 + n_coded; n++)
            if (rng_uniform(&g) >= loss_ratio)
                fragdec_push(&d, n, NULL);
        n_whole += fragdec_complete(&d);
        fragdec_fini(&d);
    }
    fragrows_close(rows);
    double off = (double)n_whole / N_TRIALS - want;
    if (off < -.02 || off > .02)
        fail_msg("version %d, %u coded: off by %.4f", code, n_coded, off);
}

static void test_recovery(void **state)
{
    (void)state;
    check_recovery(FRAG_CODE_V1, 10, .254);
    check_recovery(FRAG_CODE_V1, 15, .677);
    check_recovery(FRAG_CODE_V1, 20, .950);
    check_recovery(FRAG_CODE_V2, 10, .284);
    check_recovery(FRAG_CODE_V2, 15, .750);
    check_recovery(FRAG_CODE_V2, 20, .962);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overhead),
        cmocka_unit_test(test_recovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
