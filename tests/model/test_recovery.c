/* SPDX-License-Identifier: GPL-2.0-only
 * Expected share of recovered devices: against published shares (M 100, 10 % loss of all fragments;
 * version 1 .254, .677, .950, version 2 .284, .750, .962 at 10, 15, 20 % redundancy, within 0.02),
 * against the closed form where the rank does not matter, the confidence interval against its
 * textbook values and its coverage, and that trials are the same whenever they are asked for. Left
 * open: whole campaigns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/packages/campaign_recovery.h"
#include "models/packages/fragdecode.h"
#include "sim/err.h"

static struct campaign_recovery find(enum frag_code code, unsigned m, unsigned max_coded,
                                     struct loss_model_cfg loss, unsigned max_lost, unsigned n,
                                     uint64_t seed)
{
    struct campaign_recovery r;
    struct fragrows *rows;
    struct sim_error e = {0};
    assert_int_equal(fragrows_open(&rows, code, m), SIM_OK);
    const struct campaign_recovery_input in = {.rows = rows,
                                               .max_coded = max_coded,
                                               .max_lost = max_lost,
                                               .loss = &loss,
                                               .seed = seed,
                                               .n_trials = n};
    assert_int_equal(campaign_recovery_find(&r, &in, &e), SIM_OK);
    fragrows_close(rows);
    return r;
}

static struct loss_model_cfg bernoulli(double loss_ratio)
{
    return (struct loss_model_cfg){.kind = LOSS_MODEL_BERNOULLI, .loss_ratio = loss_ratio};
}

static void near(double found, double want, double within)
{
    if (found < want - within || found > want + within)
        fail_msg("found %.4f, not %.4f +- %.4f", found, want, within);
}

static void test_published(void **state)
{
    (void)state;
    static const struct {
        enum frag_code code;
        double want[3];
    } published[] = {{FRAG_CODE_V1, {.254, .677, .950}}, {FRAG_CODE_V2, {.284, .750, .962}}};
    for (size_t i = 0; i < 2; i++) {
        struct campaign_recovery r =
            find(published[i].code, 100, 20, bernoulli(.1), FRAG_MAX_N, 20000, 1);
        for (unsigned k = 0; k < 3; k++)
            near(campaign_recovery_share(&r, 10 + 5 * k).share, published[i].want[k], .02);
        campaign_recovery_free(&r);
    }
}

/* Without parity a block of 20 is whole when nothing is lost. */
static void test_no_parity(void **state)
{
    (void)state;
    double all = 1;
    for (int i = 0; i < 20; i++)
        all *= .95;
    struct campaign_recovery r = find(FRAG_CODE_V1, 20, 40, bernoulli(.05), 20, 20000, 1);
    near(campaign_recovery_share(&r, 0).share, all, .018);
    for (unsigned k = 1; k <= 40; k++)
        assert_true(r.n_whole[k] >= r.n_whole[k - 1]);
    near(campaign_recovery_share(&r, 40).share, 1, .002);
    campaign_recovery_free(&r);
    r = find(FRAG_CODE_V1, 20, 40, bernoulli(0), 20, 50, 1);
    assert_int_equal(r.n_whole[0], 50);
    campaign_recovery_free(&r);
    r = find(FRAG_CODE_V1, 20, 40, bernoulli(1), 20, 50, 1);
    assert_int_equal(r.n_whole[40], 0);
    campaign_recovery_free(&r);
}

/* A device that can repair one fragment is whole exactly when it lost none, or one that some parity
 * row it got contains; with 40 rows nearly always. */
static void test_memory(void **state)
{
    (void)state;
    double none = 1, one = 20 * .1;
    for (int i = 0; i < 20; i++)
        none *= .9;
    for (int i = 0; i < 19; i++)
        one *= .9;
    struct campaign_recovery r = find(FRAG_CODE_V1, 20, 40, bernoulli(.1), 1, 20000, 1);
    near(campaign_recovery_share(&r, 40).share, none + one, .018);
    campaign_recovery_free(&r);
}

/* Losses in bursts of the same mean hurt more. */
static void test_bursts(void **state)
{
    (void)state;
    const struct loss_model_cfg bursts = {.kind = LOSS_MODEL_GILBERT_ELLIOTT,
                                          .to_bad_ratio = .02,
                                          .to_good_ratio = .18,
                                          .bad_loss_ratio = 1};
    struct campaign_recovery a = find(FRAG_CODE_V1, 100, 25, bernoulli(.1), 100, 4000, 1),
                             b = find(FRAG_CODE_V1, 100, 25, bursts, 100, 4000, 1);
    assert_true(campaign_recovery_share(&a, 25).low > campaign_recovery_share(&b, 25).high + .1);
    campaign_recovery_free(&a);
    campaign_recovery_free(&b);
}

/* Wilson's interval: 0 of 10 is 0 to .2775, 5 of 10 is .2366 to .7634 (Agresti and Coull 1998). */
static void test_interval(void **state)
{
    (void)state;
    struct campaign_recovery_share s = campaign_recovery_interval(0, 10);
    near(s.low, 0, 1e-12);
    near(s.high, .2775, 5e-5);
    s = campaign_recovery_interval(5, 10);
    near(s.low, .2366, 5e-5);
    near(s.high, .7634, 5e-5);
    s = campaign_recovery_interval(10, 10);
    near(s.low, .7225, 5e-5);
    near(s.high, 1, 1e-12);
}

/* 100 seeds: the intervals hold the published share about 95 times. */
static void test_coverage(void **state)
{
    (void)state;
    struct campaign_recovery all =
        find(FRAG_CODE_V1, 50, 8, bernoulli(.1), FRAG_MAX_N, 40000, 1000);
    double truth = campaign_recovery_share(&all, 8).share;
    unsigned n_in = 0;
    campaign_recovery_free(&all);
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct campaign_recovery r =
            find(FRAG_CODE_V1, 50, 8, bernoulli(.1), FRAG_MAX_N, 300, seed);
        struct campaign_recovery_share s = campaign_recovery_share(&r, 8);
        n_in += s.low <= truth && truth <= s.high;
        campaign_recovery_free(&r);
    }
    assert_in_range(n_in, 88, 100);
}

/* A large block: fewer trials, within the effort. */
static void test_effort(void **state)
{
    (void)state;
    struct campaign_recovery r = find(FRAG_CODE_V1, 3000, 600, bernoulli(.1), FRAG_MAX_N, 0, 1);
    assert_in_range(r.n_trials, CAMPAIGN_RECOVERY_MIN_TRIALS, CAMPAIGN_RECOVERY_MAX_TRIALS - 1);
    near(campaign_recovery_share(&r, 600).share, 1, .02);
    campaign_recovery_free(&r);
    r = find(FRAG_CODE_V2, 100, 20, bernoulli(.1), FRAG_MAX_N, 0, 1);
    assert_int_equal(r.n_trials, CAMPAIGN_RECOVERY_MAX_TRIALS);
    campaign_recovery_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published), cmocka_unit_test(test_no_parity),
        cmocka_unit_test(test_memory),    cmocka_unit_test(test_bursts),
        cmocka_unit_test(test_interval),  cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_effort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
