/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the gateway's just-in-time queue: each refusal, and what the server may plan. Downlinks are
 * handed to it directly, in a world whose only device is silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/err.h"
#include "tests/harness.h"
#include "tools/world.h"
#include "tools/world_internal.h"

struct desk {
    struct world *w;
    struct trace trace;
    int n[N_DL];
    sim_time last_start;
};

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct desk *d = ctx;
    const struct row_downlink *r = row;
    (void)table;
    d->n[r->result]++;
    d->last_start = r->planned_start_ns;
}

static void desk_open(struct desk *d, const char *radio)
{
    struct setup s = {.run = "duration: 1h", .radio = radio};
    struct sim_error e = {0};
    struct trace_listener l = {.rows = 1u << ROW_DOWNLINK, .row = on_row, .ctx = d};
    memset(d, 0, sizeof *d);
    trace_init(&d->trace);
    trace_listen(&d->trace, &l);
    assert_int_equal(run_load(&d->w, &s, &e), 0);
    world_build(d->w, &d->trace);
    world_run_until(d->w, 0);
}

static void desk_close(struct desk *d)
{
    assert_int_equal(world_finish(d->w), 0);
    world_close(d->w);
}

static void submit(struct desk *d, sim_time start, int64_t frequency_hz, int power_cdbm)
{
    struct medium_tx *tx = medium_tx_take(d->w->medium);
    tx->target = d->w->ids[0];
    tx->kind = FRAME_DOWN;
    tx->window = 1;
    tx->dr = 5;
    tx->len = 12;
    tx->start = start;
    tx->power_cdbm = power_cdbm;
    devices_modulate(d->w->medium, d->w->region, tx, frequency_hz);
    gateways_submit(d->w->gateways, tx, 0);
}

static void refusals(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, "region: EU868, duty_cycle: false");
    submit(&d, SIM_MS(52), 868100000, 1400); /* arrives at 20 ms, 32.5 ms are needed */
    submit(&d, SIM_S(513), 868100000, 1400);
    submit(&d, SIM_S(1), 871000000, 1400);
    submit(&d, SIM_S(2), 868100000, 1400);
    submit(&d, SIM_S(2) + SIM_MS(42), 868100000, 1400); /* 41.2 ms and 1 ms between */
    submit(&d, SIM_S(2) + SIM_MS(43), 868300000, 1400);
    world_run_until(d.w, SIM_S(3));
    assert_int_equal(d.n[DL_TOO_LATE], 1);
    assert_int_equal(d.n[DL_TOO_EARLY], 1);
    assert_int_equal(d.n[DL_TX_FREQ], 1);
    assert_int_equal(d.n[DL_COLLISION_PACKET], 1);
    assert_int_equal(d.n[DL_SENT], 2);
    d.w->senders[0].max_power_cdbm = 1000;
    submit(&d, SIM_S(4), 868100000, 1001);
    submit(&d, SIM_S(5), 868100000, 1000);
    world_run_until(d.w, SIM_S(6));
    assert_int_equal(d.n[DL_TX_POWER], 1);
    assert_int_equal(d.n[DL_SENT], 3);
    desk_close(&d);
}

static void full(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, "region: EU868, duty_cycle: false");
    for (int i = 0; i < 40; i++)
        submit(&d, SIM_S(100 + 80 - 2 * i), 868100000, 1400);
    world_run_until(d.w, SIM_S(50));
    assert_int_equal(d.n[DL_FULL], 8);
    assert_int_equal(d.last_start, SIM_S(180)); /* the earliest ones were taken first */
    world_run_until(d.w, SIM_S(150));
    submit(&d, SIM_S(200), 868100000, 1400); /* there is room again */
    world_run_until(d.w, SIM_S(300));
    assert_int_equal(d.n[DL_SENT], 33);
    submit(&d, SIM_S(700), 868100000, 1400);
    submit(&d, SIM_S(600), 868100000, 1400);
    world_run_until(d.w, SIM_S(500));
    desk_close(&d);
    assert_int_equal(d.n[DL_ENDED], 2);
    assert_int_equal(d.last_start, SIM_S(700)); /* in the order of their times */
}

/* What the server asks before it plans: everything on its way counts. */
static void can_send(void **state)
{
    (void)state;
    struct desk d;
    sim_time airtime = 41216000;
    desk_open(&d, "region: EU868, duty_rule: toff");
    struct gateways *g = d.w->gateways;
    assert_int_equal(gateways_can_send(g, 0, 868100000, SIM_MS(52), airtime), DL_TOO_LATE);
    assert_int_equal(gateways_can_send(g, 0, 868100000, SIM_S(1), airtime), DL_SENT);
    submit(&d, SIM_S(1), 868100000, 1400);
    assert_int_equal(gateways_can_send(g, 0, 869525000, SIM_S(1), airtime), DL_COLLISION_PACKET);
    /* 1 %: the sub-band is silent until 1 + 4.1216 s, and before a planned frame as well. */
    assert_int_equal(gateways_can_send(g, 0, 868300000, SIM_S(5), airtime), DL_DUTY_CYCLE);
    assert_int_equal(gateways_can_send(g, 0, 868300000, SIM_MS(500), airtime), DL_DUTY_CYCLE);
    assert_int_equal(gateways_can_send(g, 0, 868300000, SIM_MS(5122), airtime), DL_SENT);
    assert_int_equal(gateways_can_send(g, 0, 869525000, SIM_S(2), airtime), DL_SENT);
    world_run_until(d.w, SIM_S(2));
    assert_int_equal(gateways_can_send(g, 0, 868300000, SIM_S(5), airtime), DL_DUTY_CYCLE);
    assert_int_equal(gateways_can_send(g, 0, 868300000, SIM_MS(5122), airtime), DL_SENT);
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),
        cmocka_unit_test(full),
        cmocka_unit_test(can_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
