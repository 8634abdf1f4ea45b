/* SPDX-License-Identifier: GPL-2.0-only
 * Pins multicast on demand: frames from a source that has some now and some later, several
 * sessions with one growing counter, gateways one by one in batches, what happens when no session
 * has room, and who counts. Left open: what is sent (run.campaign). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/lorawan/device_packages.h"
#include "sim/mem.h"
#include "tests/harness.h"
#include "tools/world.h"
#include "tools/world_internal.h"

enum { SIZE = 50 };

/* A source that has limit frames in all; what it was told. */
struct feed {
    struct multicast *mc;
    struct multicast_cfg cfg;
    struct world *w;
    struct trace trace;
    struct run *r;
    uint32_t limit, taken, n_over, n_sent, n_full;
    bool more_later;
};

static enum multicast_next ready(void *ctx, int *len)
{
    const struct feed *f = ctx;
    *len = SIZE;
    if (f->taken < f->limit)
        return MULTICAST_FRAME;
    return f->more_later ? MULTICAST_WAIT : MULTICAST_DONE;
}

static void take(void *ctx, uint32_t frame, struct multicast_payload *p)
{
    struct feed *f = ctx;
    assert_int_equal(frame, f->taken);
    f->taken++;
    p->fport = 10;
    p->len = SIZE;
    memset(p->bytes, (int)frame, SIZE);
}

static void over(void *ctx, uint32_t frame, bool sent)
{
    struct feed *f = ctx;
    assert_true(frame < f->taken);
    f->n_over++;
    f->n_sent += sent;
}

static void full(void *ctx)
{
    ((struct feed *)ctx)->n_full++;
}

static void begin(struct feed *f, int schedule, uint32_t limit)
{
    struct setup s = {.run = "duration: 1h",
                      .gateway = "count: 2",
                      .gateway_points = "{x: 0m, y: 0m}, {x: 0m, y: 10m}",
                      .device = "count: 2",
                      .device_points = "{x: 1m, y: 0m}, {x: 2m, y: 0m}"};
    static const uint32_t members[] = {0, 1};
    memset(f, 0, sizeof *f);
    f->limit = limit;
    f->r = run_begin(&s, &f->trace, &f->w);
    f->cfg = (struct multicast_cfg){.name = "g",
                                    .frequency_hz = SCN_WORD,
                                    .dr = 5,
                                    .min_mc_fcnt = 7,
                                    .max_mc_fcnt = 1000,
                                    .gateway_set = MC_GATEWAYS_ALL,
                                    .schedule = schedule,
                                    .traffic = {.repeats = 1}};
    struct multicast_setup m = {.evq = f->w->evq,
                                .trace = f->w->trace,
                                .medium = f->w->medium,
                                .devices = f->w->devices,
                                .gateways = f->w->gateways,
                                .keyring = f->w->keyring,
                                .region = f->w->region,
                                .links = &f->w->links,
                                .cfg = &f->cfg,
                                .mc_addr = 0x260fff01,
                                .members = members,
                                .n_members = 2,
                                .gateway_network = f->w->gateway_network,
                                .n_gateways = 2,
                                .on_demand = true,
                                .duration = SIM_S(3600)};
    f->w->multicast = mem_grow(f->w->multicast, 1, sizeof *f->w->multicast);
    assert_int_equal(multicast_open(&f->w->multicast[0], &m), 0);
    f->w->n_multicast = 1;
    f->mc = f->w->multicast[0];
    struct multicast_source source = {f, ready, take, over, full};
    multicast_set_source(f->mc, &source);
    multicast_ready(f->mc, 0);
    world_run_until(f->w, SIM_S(10));
}

/* A session for the server and for both devices. */
static void session(struct feed *f, sim_time open, sim_time length)
{
    struct multicast_session s = {open, open + length, SIM_S(2)};
    struct device_mc_session d = {.frequency_hz = f->w->region->rx2_frequency_hz,
                                  .dr = 5,
                                  .open_gps_ns = f->w->cfg.run.start_gps_ns + open,
                                  .close_gps_ns = f->w->cfg.run.start_gps_ns + open + length};
    multicast_add_session(f->mc, &s);
    for (uint32_t i = 0; i < 2; i++)
        devices_set_session(f->w->devices, i, 0x260fff01, &d);
    multicast_wake(f->mc);
}

static void finish(struct feed *f)
{
    world_run_until(f->w, SIM_S(3600));
    run_end(f->w);
}

/* Frames on the air, each by both gateways. */
static int on_air(const struct run *r, const struct row_tx **list, int size)
{
    int n = 0;
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].kind == FRAME_MULTICAST_DOWN && n < size)
            list[n++] = &r->tx[i];
    return n;
}

static void counts(const struct run *r, int64_t sent, int64_t received)
{
    for (int i = 0; i < r->n_traffic; i++)
        if (r->traffic[i].kind == FRAME_MULTICAST_DOWN) {
            sent -= r->traffic[i].n_sent;
            received -= r->traffic[i].n_received;
        }
    assert_int_equal(sent, 0);
    assert_int_equal(received, 0);
}

/* Five frames now, five more when the source is woken; only a ready member counts. */
static void now_and_later(void **state)
{
    (void)state;
    struct feed f;
    const struct row_tx *t[100];
    begin(&f, MC_STAGGERED, 5);
    f.more_later = true;
    session(&f, SIM_S(60), SIM_S(600));
    world_run_until(f.w, SIM_S(300));
    assert_int_equal(f.taken, 5);
    assert_int_equal(f.n_over, 5);
    f.limit = 10;
    multicast_ready(f.mc, 1);
    multicast_wake(f.mc);
    world_run_until(f.w, SIM_S(400));
    multicast_not_ready(f.mc, 0);
    f.limit = 11;
    multicast_wake(f.mc);
    multicast_wake(f.mc); /* once is enough */
    finish(&f);
    assert_int_equal(on_air(f.r, t, 100), 22);
    assert_int_equal(t[0]->start_ns, SIM_S(62));
    assert_true(t[10]->start_ns >= SIM_S(300) && t[10]->start_ns < SIM_S(301));
    for (int i = 0; i < 22; i++)
        assert_int_equal(t[i]->fcnt, 7 + i / 2);
    assert_int_equal(f.n_sent, 11);
    counts(f.r, 5 + 2 * 5 + 1, 5 + 2 * 5 + 1);
    assert_int_equal(run_device(f.r, "dev", 1)->n_multicast, 11);
    run_free(f.r);
}

/* What does not fit goes on in the next session with the next counter, and full says so. */
static void sessions(void **state)
{
    (void)state;
    struct feed f;
    const struct row_tx *t[400];
    begin(&f, MC_STAGGERED, 100);
    session(&f, SIM_S(60), SIM_S(8));
    world_run_until(f.w, SIM_S(200));
    uint32_t first = f.taken;
    assert_in_range(first, 10, 40);
    assert_int_equal(f.n_full, 1);
    session(&f, SIM_S(600), SIM_S(600));
    finish(&f);
    assert_int_equal(f.taken, 100);
    assert_int_equal(f.n_full, 1);
    assert_int_equal(on_air(f.r, t, 400), 200);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(t[i]->fcnt, 7 + i / 2);
        if (t[i]->start_ns < SIM_S(300))
            assert_true(t[i]->end_ns <= SIM_S(68));
        else
            assert_true(t[i]->start_ns >= SIM_S(602));
    }
    counts(f.r, 100, 100);
    run_free(f.r);
}

/* One gateway sends all that the source has, then the other one the same; then a new batch. */
static void batches(void **state)
{
    (void)state;
    struct feed f;
    const struct row_tx *t[100];
    static const int frame[] = {0, 1, 2, 0, 1, 2, 3, 4, 3, 4};
    static const uint32_t gateway[] = {0, 0, 0, 1, 1, 1, 0, 0, 1, 1};
    begin(&f, MC_ONE_BY_ONE, 3);
    session(&f, SIM_S(60), SIM_S(600));
    world_run_until(f.w, SIM_S(300));
    f.limit = 5;
    multicast_wake(f.mc);
    finish(&f);
    assert_int_equal(on_air(f.r, t, 100), 10);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(t[i]->fcnt, 7 + frame[i]);
        assert_int_equal(t[i]->node, entity_make("gw", gateway[i]));
    }
    assert_int_equal(f.n_over, 5);
    counts(f.r, 5, 5);
    run_free(f.r);
}

/* Without any session nothing is sent, and the source is told. */
static void no_session(void **state)
{
    (void)state;
    struct feed f;
    const struct row_tx *t[10];
    begin(&f, MC_SIMULTANEOUS, 3);
    multicast_wake(f.mc);
    finish(&f);
    assert_int_equal(on_air(f.r, t, 10), 0);
    assert_int_equal(f.taken, 0);
    assert_int_equal(f.n_full, 1);
    run_free(f.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(now_and_later),
        cmocka_unit_test(sessions),
        cmocka_unit_test(batches),
        cmocka_unit_test(no_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
