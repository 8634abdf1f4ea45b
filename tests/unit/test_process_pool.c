/* SPDX-License-Identifier: GPL-2.0-only
 * Pins that children run at most N at once, that their texts and exit codes come back, and what a
 * program that is not there and a signal lead to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/err.h"
#include "tools/process_pool.h"

enum { N = 6, TEXT = 64 };

struct seen {
    int n;
    int64_t exit_code[N];
    char out[N][TEXT], err[N][TEXT];
    bool ran[N];
    struct pool_task *tasks;
};

static void note(void *ctx, struct pool_task *t)
{
    struct seen *s = ctx;
    long i = t - s->tasks;

    s->n++;
    s->exit_code[i] = t->exit_code;
    s->ran[i] = t->ran;
    snprintf(s->out[i], TEXT, "%s", t->out.p ? t->out.p : "");
    snprintf(s->err[i], TEXT, "%s", t->err.p ? t->err.p : "");
}

static void children_say_and_return(void **state)
{
    char sh[] = "/bin/sh", c[] = "-c", both[] = "echo out; echo err >&2; exit 3";
    char killed[] = "kill -9 $$", many[] = "head -c 100000 /dev/zero; exit 0",
         none[] = "/nonexistent";
    char *say[] = {sh, c, both, NULL}, *die[] = {sh, c, killed, NULL};
    char *flood[] = {sh, c, many, NULL}, *missing[] = {none, NULL};
    struct pool_task tasks[] = {
        {.argv = say, .keep_out = true},   {.argv = say},     {.argv = die},
        {.argv = flood, .keep_out = true}, {.argv = missing}, {.argv = say, .keep_out = true}};
    struct seen s = {.tasks = tasks};
    struct pool_options o = {.jobs = 2, .done = note, .ctx = &s};

    (void)state;
    assert_int_equal(pool_run(tasks, N, &o), SIM_OK);
    assert_int_equal(s.n, N);
    assert_string_equal(s.out[0], "out\n");
    assert_string_equal(s.err[0], "err\n");
    assert_int_equal(s.exit_code[0], 3);
    assert_string_equal(s.out[1], "");
    assert_int_equal(s.exit_code[2], 128 + SIGKILL);
    assert_int_equal(s.exit_code[3], 0);
    assert_int_equal(s.exit_code[4], -1);
    assert_non_null(strstr(s.err[4], "cannot be started"));
    assert_string_equal(s.out[5], "out\n");
    for (int i = 0; i < N; i++)
        assert_true(s.ran[i]);
}

/* The first child sends us the signal; the second is ended, the others never start. */
static void a_signal_stops(void **state)
{
    char sh[] = "/bin/sh", c[] = "-c", text[64], sleeps[] = "exec sleep 60";
    char *call[] = {sh, c, text, NULL}, *wait[] = {sh, c, sleeps, NULL};
    struct pool_task tasks[] = {{.argv = wait}, {.argv = call}, {.argv = wait},
                                {.argv = wait}, {.argv = wait}, {.argv = wait}};
    struct seen s = {.tasks = tasks};
    struct pool_options o = {.jobs = 2, .done = note, .ctx = &s};

    (void)state;
    snprintf(text, sizeof text, "kill -INT %ld; exec sleep 60", (long)getpid());
    assert_int_equal(pool_run(tasks, N, &o), SIM_ESTOPPED);
    assert_int_equal(s.n, 2);
    assert_false(s.ran[0]);
    assert_int_equal(s.exit_code[0], 128 + SIGTERM);
}

static void nothing_to_do(void **state)
{
    struct pool_options o = {.jobs = 2, .done = note};

    (void)state;
    assert_int_equal(pool_run(NULL, 0, &o), SIM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_say_and_return),
        cmocka_unit_test(a_signal_stops),
        cmocka_unit_test(nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
