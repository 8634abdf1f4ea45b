/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the order of events against a sorted list, the boundary at the end of a run, stopping, and
 * cancelling. Leaves open how fast it is: tests/bench/bench_evq.c. */
#include "sim/evq.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/err.h"
#include "sim/evq_internal.h"
#include "sim/mem.h"
#include "sim/rng.h"

enum { REF_MAX = 40000 };

/* What should be in the queue, in order, with the ids of the cancellable ones. */
struct ref_event {
    sim_time at;
    uint32_t number;
    evq_id id;
};

struct world {
    struct evq *q;
    evq_kind kind;
    enum evq_ties ties;
    struct rng rng;
    int mode;
    struct ref_event *ref; /* ref[first..n-1] */
    size_t first, n;
    uint32_t next_number, n_run, n_to_push, n_wanted;
    evq_id old_id;
};

/* Run body(arg) in a child; true when it ended by a failed SIM_CHECK. */
static bool aborts(void (*body)(void *), void *arg)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        body(arg);
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void ref_insert(struct world *w, struct ref_event e)
{
    size_t lo = w->first, hi = w->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        bool before = w->ties == EVQ_FIFO ? w->ref[mid].at <= e.at : w->ref[mid].at < e.at;
        if (before)
            lo = mid + 1;
        else
            hi = mid;
    }
    memmove(w->ref + lo + 1, w->ref + lo, (w->n - lo) * sizeof *w->ref);
    w->ref[lo] = e;
    w->n++;
}

static sim_time random_delay(struct world *w)
{
    static const sim_time scale[] = {1,        SIM_US(1), SIM_MS(1),  SIM_S(1),
                                     SIM_S(1), SIM_S(60), SIM_S(600), SIM_S(100000000)};
    sim_time d = (sim_time)rng_below(&w->rng, 1000000);
    switch (w->mode) {
    case 0: /* all scales, many equal */
        return scale[rng_below(&w->rng, 8)] * (sim_time)rng_below(&w->rng, 5);
    case 1: /* uniform */
        return d * 1000;
    case 2: /* timers and short ones */
        return rng_below(&w->rng, 10) ? SIM_S(600) : SIM_MS(50) + d;
    default: /* changes its nature in the course of the run */
        return d * (w->n_run % 10000 < 5000 ? 5000 : 5) + (w->n_run % 3000 < 100 ? SIM_S(3600) : 0);
    }
}

static void push_one(struct world *w)
{
    struct ref_event e = {.at = evq_now(w->q) + random_delay(w), .number = w->next_number++};
    if (rng_below(&w->rng, 3) == 0)
        e.id = evq_push_cancellable(w->q, e.at, w->kind, w, e.number);
    else
        evq_push(w->q, e.at, w->kind, w, e.number);
    ref_insert(w, e);
}

static void cancel_one(struct world *w)
{
    evq_cancel(w->q, w->old_id); /* ran or was cancelled long ago */
    if (w->first == w->n)
        return;
    size_t i = w->first + rng_below(&w->rng, (uint32_t)(w->n - w->first));
    if (!w->ref[i].id)
        return;
    w->old_id = w->ref[i].id;
    evq_cancel(w->q, w->old_id);
    memmove(w->ref + i, w->ref + i + 1, (w->n - i - 1) * sizeof *w->ref);
    w->n--;
}

static void on_random(void *obj, uint32_t number)
{
    struct world *w = obj;
    assert_true(w->first < w->n);
    const struct ref_event e = w->ref[w->first++];
    assert_int_equal(number, e.number);
    assert_int_equal(evq_now(w->q), e.at);
    if (e.id)
        w->old_id = e.id;
    if (w->first > REF_MAX / 2) {
        memmove(w->ref, w->ref + w->first, (w->n - w->first) * sizeof *w->ref);
        w->n -= w->first;
        w->first = 0;
    }
    w->n_run++;
    bool grow = w->n - w->first < w->n_wanted;
    for (uint32_t i = rng_below(&w->rng, grow ? 4 : 2); i > 0 && w->n_to_push > 0; i--) {
        push_one(w);
        w->n_to_push--;
    }
    if (rng_below(&w->rng, 8) == 0)
        cancel_one(w);
    assert_int_equal(evq_n_pending(w->q), w->n - w->first);
}

static void run_random(enum evq_ties ties, int mode, uint32_t n_wanted, uint32_t n_events)
{
    struct world w = {.q = evq_open(ties),
                      .ties = ties,
                      .mode = mode,
                      .n_wanted = n_wanted,
                      .n_to_push = n_events,
                      .rng = rng_open(7, n_wanted, RNG_TEST, (uint64_t)mode)};
    w.kind = evq_kind_add(w.q, on_random, "random");
    w.ref = mem_alloc(REF_MAX, sizeof *w.ref);
    for (uint32_t i = 0; i < n_wanted; i++)
        push_one(&w);
    sim_time step = 1;
    while (evq_n_pending(w.q)) {
        /* Cancelled ones may come first; what is asked changes nothing. */
        assert_true(evq_next(w.q) <= w.ref[w.first].at && evq_next(w.q) >= evq_now(w.q));
        assert_int_equal(evq_run(w.q, evq_now(w.q) + step), SIM_OK);
        step = step < SIM_S(100000) ? step * 2 : step;
        if (w.n_to_push > 0)
            push_one(&w);
    }
    assert_int_equal(w.first, w.n);
    while (evq_next(w.q) != SIM_NEVER) /* what was cancelled is still there */
        evq_run(w.q, evq_next(w.q) + 1);
    assert_int_equal(evq_n_run(w.q), w.n_run);
    evq_close(w.q);
    free(w.ref);
}

static void test_random(void **state)
{
    (void)state;
    for (int mode = 0; mode < 4; mode++) {
        run_random(EVQ_FIFO, mode, 20, 10000);
        run_random(EVQ_LIFO, mode, 20, 10000);
        run_random(EVQ_FIFO, mode, 2500, 20000);
        run_random(EVQ_LIFO, mode, 2500, 20000);
    }
}

/* Counts, and checks that arguments come in order. */
struct counter {
    struct evq *q;
    evq_kind kind;
    uint32_t n, next;
    int32_t step;
    sim_time stop_at;
    evq_id id;
    uint32_t n_children;
};

static void on_count(void *obj, uint32_t arg)
{
    struct counter *c = obj;
    if (c->step)
        assert_int_equal(arg, c->next);
    c->next += (uint32_t)c->step;
    c->n++;
    if (evq_now(c->q) == c->stop_at)
        evq_stop(c->q);
    if (c->n_children > 0) {
        c->n_children--;
        evq_push(c->q, evq_now(c->q), c->kind, c, arg + 100000);
    }
}

static struct counter counter_open(enum evq_ties ties)
{
    struct counter c = {.q = evq_open(ties), .stop_at = -1};
    c.kind = evq_kind_add(c.q, on_count, "count");
    return c;
}

static void test_storm(void **state)
{
    (void)state;
    enum { N = 100000 };
    for (enum evq_ties ties = EVQ_FIFO; ties <= EVQ_LIFO; ties++) {
        struct counter c = counter_open(ties);
        for (uint32_t i = 0; i < N; i++)
            evq_push(c.q, SIM_S(5), c.kind, &c, i);
        c.step = ties == EVQ_FIFO ? 1 : -1;
        c.next = ties == EVQ_FIFO ? 0 : N - 1;
        c.n_children = ties == EVQ_FIFO ? N : 0; /* each pushes another one at the same instant */
        assert_int_equal(evq_run(c.q, SIM_S(5)), SIM_OK);
        assert_int_equal(c.n, 0);
        assert_int_equal(evq_run(c.q, SIM_S(5) + 1), SIM_OK);
        assert_int_equal(c.n, ties == EVQ_FIFO ? 2 * N : N);
        assert_int_equal(evq_n_pending(c.q), 0);
        evq_close(c.q);
    }
}

static void test_end_is_excluded(void **state)
{
    (void)state;
    struct counter c = counter_open(EVQ_FIFO);
    evq_push(c.q, 99, c.kind, &c, 0);
    evq_push(c.q, 100, c.kind, &c, 0);
    assert_int_equal(evq_run(c.q, 100), SIM_OK);
    assert_int_equal(c.n, 1);
    assert_int_equal(evq_now(c.q), 100);
    assert_int_equal(evq_run(c.q, 100), SIM_OK); /* nothing before 100 is left */
    assert_int_equal(c.n, 1);
    assert_int_equal(evq_run(c.q, 101), SIM_OK);
    assert_int_equal(c.n, 2);
    assert_int_equal(evq_n_run(c.q), 2);
    evq_close(c.q);
}

static void test_stop(void **state)
{
    (void)state;
    struct counter c = counter_open(EVQ_FIFO);
    c.stop_at = 50;
    evq_stop(c.q); /* nothing runs: forgotten at the next run */
    for (uint32_t i = 0; i < 100; i++)
        evq_push(c.q, i, c.kind, &c, i);
    assert_int_equal(evq_run(c.q, 1000), SIM_ESTOPPED);
    assert_int_equal(evq_now(c.q), 50);
    assert_int_equal(c.n, 51);
    assert_int_equal(evq_n_pending(c.q), 49);
    assert_int_equal(evq_run(c.q, 1000), SIM_OK);
    assert_int_equal(evq_now(c.q), 1000);
    assert_int_equal(c.n, 100);
    evq_close(c.q);
}

static void on_cancel(void *obj, uint32_t arg)
{
    struct counter *c = obj;
    (void)arg;
    evq_cancel(c->q, c->id);
    c->n++;
}

static void test_cancel(void **state)
{
    (void)state;
    struct counter c = counter_open(EVQ_FIFO);
    evq_kind cancel = evq_kind_add(c.q, on_cancel, "cancel");
    evq_cancel(c.q, 0);
    evq_cancel(c.q, UINT64_MAX);
    evq_id first = evq_push_cancellable(c.q, 10, c.kind, &c, 0);
    assert_true(first != 0);
    evq_cancel(c.q, first);
    evq_cancel(c.q, first);
    assert_int_equal(evq_n_pending(c.q), 0);
    /* One event at an instant takes back another one at the same instant, then itself. */
    evq_push(c.q, 20, cancel, &c, 0);
    c.id = evq_push_cancellable(c.q, 20, c.kind, &c, 0);
    assert_int_equal(evq_run(c.q, 30), SIM_OK);
    assert_int_equal(c.n, 1);
    c.id = evq_push_cancellable(c.q, 30, cancel, &c, 0);
    assert_int_equal(evq_run(c.q, 40), SIM_OK);
    assert_int_equal(c.n, 2);
    /* The slot is used again; the old id means nothing now. */
    evq_id again = evq_push_cancellable(c.q, 50, c.kind, &c, 0);
    assert_true(again != first && again != c.id);
    evq_cancel(c.q, first);
    evq_cancel(c.q, c.id);
    assert_int_equal(evq_n_pending(c.q), 1);
    assert_int_equal(evq_run(c.q, 60), SIM_OK);
    assert_int_equal(c.n, 3);
    assert_int_equal(evq_n_run(c.q), 3);
    evq_close(c.q);
}

/* Many time-outs are armed and taken back; far more than the queue may hold at once. */
static void test_cancel_storm(void **state)
{
    (void)state;
    struct counter c = counter_open(EVQ_FIFO);
    for (uint32_t i = 0; i < 200000; i++) {
        evq_id id = evq_push_cancellable(c.q, SIM_S(3600) + i, c.kind, &c, i);
        if (i % 1000)
            evq_cancel(c.q, id);
        assert_true((id & 0xffffff) < 8192); /* slots of cancelled events come back */
    }
    assert_int_equal(evq_n_pending(c.q), 200);
    assert_int_equal(evq_run(c.q, SIM_S(7200)), SIM_OK);
    assert_int_equal(c.n, 200);
    evq_id ids[1025];
    for (uint32_t i = 0; i < 1025; i++)
        ids[i] = evq_push_cancellable(c.q, SIM_S(8000), c.kind, &c, i);
    for (uint32_t i = 0; i < 1025; i++)
        evq_cancel(c.q, ids[i]);
    assert_int_equal(evq_n_pending(c.q), 0);
    evq_close(c.q);
}

static void test_far_times(void **state)
{
    (void)state;
    struct counter c = counter_open(EVQ_FIFO);
    const sim_time last = INT64_MAX / 2;
    c.step = 1;
    evq_push(c.q, last, c.kind, &c, 5);
    evq_push(c.q, last - 1, c.kind, &c, 4);
    evq_push(c.q, SIM_S(86400) * 36500, c.kind, &c, 3);
    evq_push(c.q, SIM_S(86400) * 365, c.kind, &c, 2);
    evq_push(c.q, 0, c.kind, &c, 0);
    evq_push(c.q, 1, c.kind, &c, 1);
    assert_int_equal(evq_run(c.q, last), SIM_OK);
    assert_int_equal(c.n, 5);
    assert_int_equal(evq_run(c.q, SIM_NEVER), SIM_OK);
    assert_int_equal(c.n, 6);
    assert_int_equal(evq_now(c.q), SIM_NEVER);
    evq_close(c.q);
    evq_close(NULL);
}

/* Most events come and go within one bucket, then the queue shrinks from many to few. */
static void test_grow_and_shrink(void **state)
{
    (void)state;
    struct counter c = counter_open(EVQ_FIFO);
    for (uint32_t i = 0; i < 100000; i++)
        evq_push(c.q, SIM_US(i), c.kind, &c, i);
    c.step = 1;
    assert_int_equal(evq_run(c.q, SIM_US(99990)), SIM_OK);
    assert_int_equal(evq_n_pending(c.q), 10);
    c.step = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        evq_push(c.q, evq_now(c.q) + SIM_S(1), c.kind, &c, i);
        assert_int_equal(evq_run(c.q, evq_now(c.q) + SIM_S(2)), SIM_OK);
    }
    assert_int_equal(c.n, 105000);
    evq_close(c.q);
}

static void push_in_past(void *arg)
{
    struct counter *c = arg;
    evq_push(c->q, 99, c->kind, c, 0);
}

static void push_never(void *arg)
{
    struct counter *c = arg;
    evq_push(c->q, SIM_NEVER, c->kind, c, 0);
}

static void push_no_kind(void *arg)
{
    struct counter *c = arg;
    evq_push(c->q, 100, 0, c, 0);
}

static void run_backwards(void *arg)
{
    struct counter *c = arg;
    evq_run(c->q, 99);
}

static void on_run_inside(void *obj, uint32_t arg)
{
    struct counter *c = obj;
    evq_run(c->q, 2000 + (sim_time)arg);
}

static void run_inside(void *arg)
{
    struct counter *c = arg;
    evq_push(c->q, 150, evq_kind_add(c->q, on_run_inside, "inside"), c, 0);
    evq_run(c->q, 200);
}

static void test_broken_promises(void **state)
{
    (void)state;
    struct counter c = counter_open(EVQ_FIFO);
    assert_int_equal(evq_run(c.q, 100), SIM_OK);
    assert_true(aborts(push_in_past, &c));
    assert_true(aborts(push_never, &c));
    assert_true(aborts(push_no_kind, &c));
    assert_true(aborts(run_backwards, &c));
    assert_true(aborts(run_inside, &c));
    evq_close(c.q);
}

static void test_sort(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct evq_event *v = mem_alloc(N, sizeof *v), *tmp = mem_alloc(N, sizeof *v);
    struct rng g = rng_open(1, 1, RNG_TEST, 0);
    for (size_t n = 0; n < N; n = n * 2 + 1) {
        for (size_t i = 0; i < n; i++)
            v[i].key = (evq_key)rng_below(&g, 1000) << 64 | i;
        evq_sort(v, n, tmp);
        for (size_t i = 1; i < n; i++)
            assert_true(v[i - 1].key < v[i].key);
    }
    free(v);
    free(tmp);
}

static void test_next(void **state)
{
    struct counter c = {.q = evq_open(EVQ_FIFO)};
    (void)state;
    c.kind = evq_kind_add(c.q, on_count, "count");
    assert_true(evq_next(c.q) == SIM_NEVER);
    evq_push(c.q, SIM_S(5), c.kind, &c, 0);
    assert_int_equal(evq_next(c.q), SIM_S(5));
    evq_push(c.q, 3, c.kind, &c, 0); /* before what has been looked at */
    assert_int_equal(evq_next(c.q), 3);
    assert_int_equal(evq_run(c.q, 4), SIM_OK);
    assert_int_equal(c.n, 1);
    assert_int_equal(evq_next(c.q), SIM_S(5));
    evq_push(c.q, SIM_S(400000), c.kind, &c, 0);
    assert_int_equal(evq_run(c.q, SIM_S(6)), SIM_OK);
    assert_int_equal(evq_next(c.q), SIM_S(400000));
    evq_close(c.q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_storm),
        cmocka_unit_test(test_end_is_excluded),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_storm),
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_far_times),
        cmocka_unit_test(test_grow_and_shrink),
        cmocka_unit_test(test_broken_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
