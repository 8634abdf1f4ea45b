/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the counts of frames: every cell its own, rows only for what was sent, and the balance
 * sent = received + lost noticed cell by cell. */
#include "models/radio/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct seen {
    struct row_traffic_stat traffic[10];
    struct row_loss_stat loss[10];
    int n_traffic, n_loss;
};

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct seen *s = ctx;
    if (table == ROW_TRAFFIC_STAT)
        s->traffic[s->n_traffic++] = *(const struct row_traffic_stat *)row;
    else if (table == ROW_LOSS_STAT)
        s->loss[s->n_loss++] = *(const struct row_loss_stat *)row;
}

static void rows_of(const struct tally *t, struct seen *s)
{
    static const int64_t networks[2] = {70, 80};
    struct trace trace;
    struct trace_listener l = {.rows = UINT32_MAX, .row = on_row, .ctx = s};
    memset(s, 0, sizeof *s);
    trace_init(&trace);
    trace_listen(&trace, &l);
    tally_rows(t, networks, &trace);
}

static void test_empty(void **state)
{
    (void)state;
    struct tally t;
    struct seen s;
    tally_init(&t, 2);
    rows_of(&t, &s);
    assert_int_equal(s.n_traffic, 0);
    assert_int_equal(s.n_loss, 0);
    assert_int_equal(tally_unbalanced(&t), 0);
    tally_fini(&t);
    tally_fini(&t); /* nothing happens */
}

static void test_rows(void **state)
{
    (void)state;
    struct tally t;
    struct seen s;
    tally_init(&t, 2);
    struct tally_cell *c = tally_at(&t, 1, FRAME_CONFIRMED_DOWN, 15);
    *c = (struct tally_cell){.n_sent = 5, .n_received = 2, .airtime = 99};
    c->n_lost[LOSS_WINDOW] = 1;
    c->n_lost[LOSS_ENDED] = 2;
    *tally_at(&t, 0, FRAME_JOIN_REQUEST, 0) = (struct tally_cell){.n_sent = 1, .n_received = 1};
    assert_ptr_equal(tally_at(&t, 1, FRAME_CONFIRMED_DOWN, 15), c);
    assert_int_equal(tally_unbalanced(&t), 0);
    rows_of(&t, &s);
    assert_int_equal(s.n_traffic, 2);
    assert_int_equal(s.traffic[0].network, 70);
    assert_int_equal(s.traffic[0].kind, FRAME_JOIN_REQUEST);
    assert_int_equal(s.traffic[0].dr, 0);
    assert_int_equal(s.traffic[1].network, 80);
    assert_int_equal(s.traffic[1].kind, FRAME_CONFIRMED_DOWN);
    assert_int_equal(s.traffic[1].dr, 15);
    assert_int_equal(s.traffic[1].n_sent, 5);
    assert_int_equal(s.traffic[1].n_received, 2);
    assert_int_equal(s.traffic[1].airtime_ns, 99);
    assert_int_equal(s.n_loss, 2);
    assert_int_equal(s.loss[0].reason, LOSS_WINDOW);
    assert_int_equal(s.loss[0].n, 1);
    assert_int_equal(s.loss[1].reason, LOSS_ENDED);
    assert_int_equal(s.loss[1].n, 2);
    assert_int_equal(s.loss[1].network, 80);
    tally_fini(&t);
}

static void test_balance(void **state)
{
    (void)state;
    struct tally t;
    tally_init(&t, 1);
    tally_at(&t, 0, FRAME_UP, 3)->n_sent = 1;
    assert_int_equal(tally_unbalanced(&t), 1);
    tally_at(&t, 0, FRAME_UP, 4)->n_received = 1; /* the other way round, elsewhere */
    assert_int_equal(tally_unbalanced(&t), 2);
    tally_at(&t, 0, FRAME_UP, 3)->n_lost[LOSS_RANDOM] = 1;
    assert_int_equal(tally_unbalanced(&t), 1);
    tally_at(&t, 0, FRAME_UP, 4)->n_sent = 1;
    assert_int_equal(tally_unbalanced(&t), 0);
    tally_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_balance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
