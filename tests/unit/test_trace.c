/* SPDX-License-Identifier: GPL-2.0-only
 * Pins who gets which row, frame and session, and in which order. */
#include "sim/trace.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A listener that notes what it heard; all of a test share one clock. */
struct ear {
    int *clock;
    int n_rows, n_frames, n_sessions, last_at;
    enum row_table_id last_table;
    const void *last;
};

static void hear(struct ear *ear, const void *what)
{
    ear->last = what;
    ear->last_at = ++*ear->clock;
}

static void hear_row(void *ctx, enum row_table_id table, const void *row)
{
    struct ear *ear = ctx;
    ear->n_rows++;
    ear->last_table = table;
    hear(ear, row);
}

static void hear_frame(void *ctx, const struct trace_frame *f)
{
    struct ear *ear = ctx;
    ear->n_frames++;
    hear(ear, f);
}

static void hear_session(void *ctx, const struct trace_session *s)
{
    struct ear *ear = ctx;
    ear->n_sessions++;
    hear(ear, s);
}

static void test_nobody(void **state)
{
    (void)state;
    struct trace t;
    memset(&t, 0xff, sizeof t);
    trace_init(&t);
    for (int i = 0; i < N_ROW_TABLES; i++)
        assert_false(trace_wants(&t, (enum row_table_id)i));
    assert_false(t.frames || t.sessions);
    trace_row(&t, (enum row_table_id)0, NULL);
    trace_frame(&t, NULL);
    trace_session(&t, NULL);
}

static void test_rows(void **state)
{
    (void)state;
    const enum row_table_id first = (enum row_table_id)0, second = (enum row_table_id)1,
                            last = (enum row_table_id)(N_ROW_TABLES - 1);
    int clock = 0, row = 0;
    struct ear a = {.clock = &clock}, b = {.clock = &clock};
    struct trace t;
    trace_init(&t);
    trace_listen(&t, &(struct trace_listener){.rows = UINT64_C(1) << first | UINT64_C(1) << last,
                                              .row = hear_row,
                                              .ctx = &a});
    trace_listen(&t,
                 &(struct trace_listener){
                     .rows = UINT64_C(1) << last, .row = hear_row, .frame = hear_frame, .ctx = &b});
    assert_true(trace_wants(&t, first) && trace_wants(&t, last));
    assert_false(trace_wants(&t, second));
    trace_row(&t, first, &row);
    assert_int_equal(a.n_rows, 1);
    assert_int_equal(b.n_rows, 0);
    trace_row(&t, second, &row);
    assert_int_equal(clock, 1);
    trace_row(&t, last, &row);
    assert_int_equal(a.n_rows, 2);
    assert_int_equal(b.n_rows, 1);
    assert_int_equal(b.last_table, last);
    assert_ptr_equal(b.last, &row);
    assert_true(a.last_at < b.last_at);
}

static void test_frames_and_sessions(void **state)
{
    (void)state;
    int clock = 0;
    struct ear a = {.clock = &clock}, b = {.clock = &clock};
    struct trace_frame f = {.gateway = 1};
    struct trace_session s = {.device = 2};
    struct trace t;
    trace_init(&t);
    trace_listen(&t, &(struct trace_listener){.frame = hear_frame, .ctx = &a});
    assert_true(t.frames && !t.sessions);
    trace_listen(&t, &(struct trace_listener){.session = hear_session, .ctx = &b});
    assert_true(t.frames && t.sessions);
    trace_frame(&t, &f);
    trace_session(&t, &s);
    assert_int_equal(a.n_frames, 1);
    assert_int_equal(b.n_sessions, 1);
    assert_int_equal(clock, 2);
    assert_ptr_equal(a.last, &f);
    assert_ptr_equal(b.last, &s);
}

static void test_too_many(void **state)
{
    (void)state;
    struct trace t;
    trace_init(&t);
    const struct trace_listener deaf = {0};
    for (int i = 0; i < TRACE_MAX_LISTENERS; i++)
        trace_listen(&t, &deaf);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        if (freopen("/dev/null", "w", stderr))
            trace_listen(&t, &deaf);
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_frames_and_sessions),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
