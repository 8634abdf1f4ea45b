/* SPDX-License-Identifier: GPL-2.0-only
 * Pins how the options of castbed sweep become a list of runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sweep_plan.h"

static void seeds_are_read(void **state)
{
    static const int64_t expected[] = {1, 2, 3, 7, 9223372036854775807};
    struct sweep_plan p = {0};

    (void)state;
    assert_int_equal(sweep_plan_seeds(&p, "1..3,7,9223372036854775807", NULL), SIM_OK);
    assert_int_equal(p.n_seeds, 5);
    assert_memory_equal(p.seeds, expected, sizeof expected);
    sweep_plan_fini(&p);
}

static void wrong_seeds_are_refused(void **state)
{
    static const struct {
        const char *text;
        int err;
    } cases[] = {
        {"", SIM_ESYNTAX},          {"x", SIM_ESYNTAX},
        {"1,", SIM_ESYNTAX},        {",1", SIM_ESYNTAX},
        {"1..", SIM_ESYNTAX},       {"1...3", SIM_ESYNTAX},
        {"-1", SIM_ESYNTAX},        {"1.5", SIM_ESYNTAX},
        {"1 2", SIM_ESYNTAX},       {"3..1", SIM_ERANGE},
        {"1,2,1", SIM_ERANGE},      {"1..3,2..4", SIM_ERANGE},
        {"0..1000000", SIM_ERANGE}, {"9223372036854775808", SIM_ESYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sweep_plan p = {0};
        struct sim_error e = {0};
        assert_int_equal(sweep_plan_seeds(&p, cases[i].text, &e), cases[i].err);
        assert_true(e.text[0] != 0);
        sweep_plan_fini(&p);
    }
}

static void combinations_are_counted_and_named(void **state)
{
    static const char *const expected[][3] = {
        {"x=0", "a=1", "b=f(1, 2)"},
        {"x=0", "a=1", "b=3"},
        {"x=0", "a=2", "b=f(1, 2)"},
        {"x=0", "a=2", "b=3"},
    };
    struct sweep_plan p = {0};
    size_t n;

    (void)state;
    assert_int_equal(sweep_plan_vary(&p, "a=1,2", NULL), SIM_OK);
    assert_int_equal(sweep_plan_set(&p, "x=0", NULL), SIM_OK);
    assert_int_equal(sweep_plan_vary(&p, "b=f(1, 2),3", NULL), SIM_OK);
    assert_int_equal(sweep_plan_seeds(&p, "1,2", NULL), SIM_OK);
    assert_int_equal(sweep_plan_combos(&p, &n, NULL), SIM_OK);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        char *texts[3];
        sweep_plan_combo(&p, i, texts);
        for (int k = 0; k < 3; k++) {
            assert_string_equal(texts[k], expected[i][k]);
            free(texts[k]);
        }
    }
    sweep_plan_fini(&p);
}

static void wrong_values_are_refused(void **state)
{
    struct sweep_plan p = {0};

    (void)state;
    assert_int_equal(sweep_plan_vary(&p, "a", NULL), SIM_ESYNTAX);
    assert_int_equal(sweep_plan_vary(&p, "=1", NULL), SIM_ESYNTAX);
    assert_int_equal(sweep_plan_vary(&p, "a=", NULL), SIM_ESYNTAX);
    assert_int_equal(sweep_plan_vary(&p, "b=1,", NULL), SIM_ESYNTAX);
    assert_int_equal(sweep_plan_vary(&p, "c=1,1", NULL), SIM_EEXIST);
    assert_int_equal(sweep_plan_set(&p, "d=1", NULL), SIM_OK);
    assert_int_equal(sweep_plan_vary(&p, "d=1,2", NULL), SIM_EEXIST);
    assert_int_equal(sweep_plan_set(&p, "c=1", NULL), SIM_EEXIST);
    assert_int_equal(sweep_plan_set(&p, "nothing", NULL), SIM_ESYNTAX);
    assert_int_equal(sweep_plan_vary(&p, "run.seed=1,2", NULL), SIM_EEXIST);
    sweep_plan_fini(&p);
}

static void too_many_runs_are_refused(void **state)
{
    struct sweep_plan p = {0};
    struct sim_error e = {0};
    size_t n;

    (void)state;
    assert_int_equal(sweep_plan_seeds(&p, "1..500000", &e), SIM_OK);
    assert_int_equal(sweep_plan_vary(&p, "a=1,2,3", &e), SIM_OK);
    assert_int_equal(sweep_plan_combos(&p, &n, &e), SIM_ERANGE);
    sweep_plan_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_are_read),
        cmocka_unit_test(wrong_seeds_are_refused),
        cmocka_unit_test(combinations_are_counted_and_named),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(too_many_runs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
