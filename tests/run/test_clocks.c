/* SPDX-License-Identifier: GPL-2.0-only
 * Pins when devices with a clock of their own listen: class A windows and multicast sessions
 * against closed forms of their clocks, what a frame that misses a window is told as, and what
 * DeviceTimeAns does. Every expectation is computed from the stored rows alone. Left open: the
 * clocks themselves (unit test). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/radio/airtime.h"
#include "sim/err.h"
#include "tests/harness.h"

enum { N_MEMBERS = 40, N_SWEEP = 60, N_UPLINKS = 70, N_FRAMES = 700 };

/* A clock of constant drift, from its sample at the start: shows t + floor(t ppb / 10^9) + offset.
 */
struct line {
    int64_t offset, ppb;
};

static int64_t gained(int64_t ppb, sim_time t)
{
    int64_t x = ppb * t; /* under 2^63 for 1000 ppm and 2.5 h */
    return x / 1000000000 - (x % 1000000000 < 0);
}

static int64_t shown(struct line c, sim_time t)
{
    return t + gained(c.ppb, t) + c.offset;
}

/* The first true time at which a clock shows a time. */
static sim_time first_at(struct line c, int64_t device_ns)
{
    sim_time t = device_ns - c.offset;
    t -= gained(c.ppb, t) + 10000000;
    while (shown(c, t) < device_ns)
        t += device_ns - shown(c, t) > 100 ? (device_ns - shown(c, t)) / 2 : 1;
    return t;
}

static struct line line_of(const struct run *r, sim_entity device)
{
    for (int i = 0; i < r->n_clock; i++)
        if (r->clock[i].device == device && r->clock[i].source == CLOCK_SOURCE_START)
            return (struct line){r->clock[i].error_after_ns, r->clock[i].rate_ppb};
    return (struct line){0, 0};
}

static const struct row_loss *loss_of(const struct run *r, const struct row_tx *tx,
                                      sim_entity receiver)
{
    for (int i = 0; i < r->n_loss; i++)
        if (r->loss[i].final && r->loss[i].node == tx->node && r->loss[i].seq == tx->seq &&
            r->loss[i].receiver == receiver)
            return &r->loss[i];
    return NULL;
}

static int64_t away_from_zero_us(int64_t ns)
{
    return ns < 0 ? -((-ns + 999) / 1000) : (ns + 999) / 1000;
}

struct span {
    sim_time open, close;
};

/* Class A window of 24 symbols of SF7 (or 6 of SF12) after a transmission. */
static struct span class_a(struct line c, sim_time tx_end, sim_time delay, int sf)
{
    sim_time sym = airtime_symbol(sf, 125000), len = (sf == 7 ? 24 : 6) * sym;
    struct line count = {0, c.ppb}; /* the offset does not matter to a wait */
    sim_time open = first_at(count, shown(count, tx_end) + delay + 4 * sym - len / 2);
    return (struct span){open, open + len};
}

/* By how much a preamble missed a span, in us; 0: it did not. */
static int64_t miss_us(struct span s, sim_time start, int sf)
{
    sim_time sym = airtime_symbol(sf, 125000);
    if (start < s.open - 3 * sym)
        return away_from_zero_us(start - (s.open - 3 * sym));
    return start > s.close - 5 * sym ? away_from_zero_us(start - (s.close - 5 * sym)) : 0;
}

/* Without correction, RX1 after 1 s never misses for |d| <= 100 ppm; neither do joins. */
static void never_misses(void **state)
{
    (void)state;
    static const char *const drifts[] = {"-100ppm", "-30ppm", "-1ppm", "1ppm", "30ppm", "100ppm"};
    static const char *const rates[] = {"0", "5"};
    for (size_t i = 0; i < sizeof drifts / sizeof *drifts; i++)
        for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
            char device[200];
            snprintf(device, sizeof device,
                     "activation: otaa, data_rate: %s, clock: {offset: 5min, drift: %s, "
                     "radio_drift: %s}",
                     rates[k], drifts[i], drifts[i]);
            struct setup s = {.run = "duration: 4h",
                              .device = device,
                              .traffic = "kind: periodic, period: 600s, size: 10B, confirmed: "
                                         "100%, limit: 20"};
            struct run *r = run_setup(&s);
            assert_int_equal(run_device(r, "dev", 0)->n_join_requests, 1);
            assert_true(run_device(r, "dev", 0)->n_messages_delivered >= 19);
            assert_int_equal(run_n_lost(r, LOSS_WINDOW), 0);
            run_free(r);
        }
}

/* RX1 after 15 s and drifts up to 1000 ppm: which downlinks miss, and by how much. */
static void misses_by_drift(void **state)
{
    (void)state;
    struct setup s = {
        .server = "rx_window: rx1, rx1_delay: 15s",
        .device_points = "{x: 100m, y: 0m}",
        .more_devices =
            "{name: sweep, count: 60, placement: {kind: disc, radius: 200m}, data_rate: 5, "
            "clock: {offset: \"uniform(-1h, 1h)\", drift: \"uniform(-1000ppm, 1000ppm)\"}, "
            "version: 1.0.3, confirmed_tries: 1, "
            "traffic: {kind: periodic, period: 20min, size: 10B, confirmed: 100%, limit: 2}}"};
    struct run *r = run_setup(&s);
    int n[3] = {0, 0, 0};
    for (uint32_t d = 0; d < N_SWEEP; d++) {
        sim_entity id = entity_make("sweep", d);
        for (int i = 0; i < r->n_downlink; i++) {
            if (r->downlink[i].device != id || r->downlink[i].result != DL_SENT)
                continue;
            const struct row_tx *up = run_tx(r, "sweep", d, (int)r->downlink[i].uplink_seq),
                                *down = NULL;
            for (int k = 0; k < r->n_tx; k++)
                if (r->tx[k].target == id && r->tx[k].start_ns == up->end_ns + SIM_S(15))
                    down = &r->tx[k];
            assert_non_null(down);
            struct span w = class_a(line_of(r, id), up->end_ns, SIM_S(15), 7);
            int64_t miss = miss_us(w, down->start_ns, 7);
            const struct row_loss *lost = loss_of(r, down, id);
            n[miss < 0 ? 0 : miss > 0 ? 2 : 1]++;
            if (miss) {
                assert_non_null(lost);
                assert_int_equal(lost->reason, LOSS_WINDOW);
                assert_int_equal(lost->miss_us, miss);
            } else {
                assert_true(!lost || lost->reason != LOSS_WINDOW);
            }
            bool found = false;
            for (int k = 0; k < r->n_window; k++) {
                const struct row_window *x = &r->window[k];
                if (x->device != id || x->planned_ns != up->end_ns + SIM_S(15) - SIM_US(8192))
                    continue;
                found = true;
                assert_int_equal(x->start_ns, w.open);
                assert_int_equal(x->length_ns, w.close - w.open);
                assert_int_equal(x->length_sym, 24);
                assert_int_equal(x->kind, WINDOW_RX1);
                assert_int_equal(x->seq, miss ? ROW_NULL : down->seq);
                assert_int_equal(x->n_caught, miss == 0);
            }
            assert_true(found);
        }
    }
    print_message("RX1 after 15 s, drift to 1000 ppm: %d too early, %d in time, %d too late\n",
                  n[0], n[1], n[2]);
    assert_true(n[0] > 5 && n[1] > 5 && n[2] > 5);
    run_free(r);
}

#define FLEET                                                                                      \
    "{name: fleet, members: [{devices: members}], frequency: 869.525MHz, data_rate: 5, session: "  \
    "{start: 5min, timeout: 9}, traffic: {count: 600, period: 1s, size: 20B}}"

/* Members at one gateway, with keys of theirs. */
static struct run *session_run(const char *keys, const char *multicast)
{
    char members[500];
    snprintf(members, sizeof members,
             "{name: members, count: %d, placement: {kind: disc, radius: 300m}, data_rate: 5, %s}",
             N_MEMBERS, keys);
    struct setup s = {.run = "duration: 20min", .more_devices = members, .multicast = multicast};
    return run_setup(&s);
}

static int n_multicast(const struct run *r, sim_time *first)
{
    int n = 0;
    *first = SIM_NEVER;
    for (int i = 0; i < r->n_tx; i++) {
        if (r->tx[i].kind != FRAME_MULTICAST_DOWN)
            continue;
        *first = r->tx[i].start_ns < *first ? r->tx[i].start_ns : *first;
        n++;
    }
    return n;
}

static void perfect_session(void **state)
{
    (void)state;
    struct run *r = session_run("traffic: {kind: none}", FLEET);
    sim_time first;
    int n = n_multicast(r, &first);
    assert_true(n > 400);
    assert_true(first >= SIM_S(302));
    assert_int_equal(r->n_loss, 0);
    assert_int_equal(r->n_clock, 0);
    assert_int_equal(r->n_window, N_MEMBERS);
    for (uint32_t i = 0; i < N_MEMBERS; i++) {
        assert_int_equal(run_device(r, "members", i)->n_multicast, n);
        assert_int_equal(r->window[i].planned_ns, SIM_S(300));
        assert_int_equal(r->window[i].start_ns, SIM_S(300));
        assert_int_equal(r->window[i].length_ns, SIM_S(512));
        assert_int_equal(r->window[i].n_caught, n);
    }
    run_free(r);
}

/* What a member should make of a frame. */
struct outcome {
    enum loss_reason reason;
    int64_t miss; /* 0: not told here */
};

enum { AT_OPENING, AT_CLOSE, OWN_UPLINK, N_PLACES };

/* A time in which the member does something else takes the frame, if it leaves less than five
 * symbols of the preamble or begins before the frame's end. */
static void meet(struct outcome *o, sim_time *since, struct span gap, enum loss_reason reason,
                 const struct row_tx *tx)
{
    sim_time sym = airtime_symbol(7, 125000);
    if (gap.open >= tx->end_ns || gap.close <= tx->start_ns + 3 * sym || gap.open >= *since)
        return;
    *since = gap.open;
    *o = (struct outcome){reason, 0};
}

/* Own uplinks of a member and their windows. */
struct member {
    struct line clock;
    struct span session, up[N_UPLINKS], rx1[N_UPLINKS], rx2[N_UPLINKS];
    const struct row_loss *loss[N_FRAMES]; /* by number of the gateway's transmission */
    int n;
};

static struct member member_of(const struct run *r, uint32_t index)
{
    struct member m = {.clock = line_of(r, entity_make("members", index))};
    m.session = (struct span){first_at(m.clock, SIM_S(300)), first_at(m.clock, SIM_S(812))};
    m.n = run_n_tx(r, "members", index);
    assert_in_range(m.n, 1, N_UPLINKS);
    for (int i = 0; i < m.n; i++) {
        const struct row_tx *up = run_tx(r, "members", index, i);
        m.up[i] = (struct span){up->start_ns, up->end_ns};
        m.rx1[i] = class_a(m.clock, up->end_ns, SIM_S(1), 7);
        m.rx2[i] = class_a(m.clock, up->end_ns, SIM_S(2), 12);
    }
    for (int i = 0; i < r->n_loss; i++) {
        const struct row_loss *l = &r->loss[i];
        if (!l->final || l->receiver != entity_make("members", index))
            continue;
        assert_in_range(l->seq, 0, N_FRAMES - 1);
        m.loss[l->seq] = l;
    }
    return m;
}

static struct outcome expect(const struct member *m, const struct row_tx *tx, int *place)
{
    struct outcome o = {LOSS_NONE, 0};
    sim_time since = SIM_NEVER;
    *place = OWN_UPLINK;
    for (int i = 0; i < m->n; i++) {
        meet(&o, &since, m->up[i], LOSS_DEVICE_TX, tx);
        meet(&o, &since, m->rx1[i], LOSS_WINDOW, tx);
        if (m->rx2[i].open >= m->session.open && m->rx2[i].open < m->session.close)
            meet(&o, &since, m->rx2[i], LOSS_WINDOW, tx);
    }
    int64_t miss = miss_us(m->session, tx->start_ns, 7);
    if (miss == 0)
        return o;
    *place = miss < 0 ? AT_OPENING : AT_CLOSE;
    if (o.reason != LOSS_DEVICE_TX || since > tx->start_ns)
        o = (struct outcome){LOSS_WINDOW, miss};
    return o;
}

/* Class C session, clocks wrong by up to 5 s: what each member loses at the opening, at the
 * close and to its own uplinks, frame by frame. */
static void wrong_session(void **state)
{
    (void)state;
    static const char *const clocks[] = {
        "offset: \"uniform(-5s, 5s)\"",
        "offset: \"uniform(-5s, 5s)\", drift: \"uniform(-1000ppm, 1000ppm)\""};
    for (size_t k = 0; k < 2; k++) {
        char keys[200];
        snprintf(keys, sizeof keys,
                 "clock: {%s}, traffic: {kind: periodic, period: 20s, size: 10B}", clocks[k]);
        struct run *r = session_run(keys, FLEET);
        int n[N_PLACES] = {0}, place, n_frames = 0, n_lost = 0;
        for (uint32_t d = 0; d < N_MEMBERS; d++) {
            struct member m = member_of(r, d);
            for (int i = 0; i < r->n_tx; i++) {
                if (r->tx[i].kind != FRAME_MULTICAST_DOWN)
                    continue;
                assert_true(r->tx[i].start_ns >= SIM_S(302));
                struct outcome o = expect(&m, &r->tx[i], &place);
                const struct row_loss *lost = m.loss[r->tx[i].seq];
                n_frames++;
                n_lost += o.reason != LOSS_NONE;
                assert_int_equal(lost ? (int)lost->reason : LOSS_NONE, (int)o.reason);
                if (o.miss)
                    assert_int_equal(lost->miss_us, o.miss);
                if (o.reason != LOSS_NONE)
                    n[place]++;
            }
        }
        print_message("session, %s: of %d frames %d lost at the opening, %d at the close, %d to "
                      "own uplinks\n",
                      clocks[k], n_frames, n[AT_OPENING], n[AT_CLOSE], n[OWN_UPLINK]);
        assert_true(n[AT_OPENING] > 10 && n[AT_CLOSE] > 10 && n[OWN_UPLINK] > 10);
        assert_int_equal(n_lost, run_n_lost(r, LOSS_WINDOW) + run_n_lost(r, LOSS_DEVICE_TX));
        for (int i = 0; i < r->n_window; i++) {
            const struct row_window *w = &r->window[i];
            assert_int_equal(w->kind, WINDOW_RXC);
            struct line c = line_of(r, w->device);
            assert_int_equal(w->start_ns, first_at(c, SIM_S(300)));
            assert_int_equal(w->start_ns + w->length_ns, first_at(c, SIM_S(812)));
            assert_int_equal(w->n_frames, n_frames / N_MEMBERS);
        }
        run_free(r);
    }
}

/* DeviceTimeAns: the clock is at most 1/256 s slow, and what it gains until the next one is what
 * its drift says. */
static void device_time(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 6h, start: 2026-03-01T12:34:56.789Z",
                      .device = "data_rate: 5, device_time_every: 2, clock: {offset: -3s, drift: "
                                "30ppm}",
                      .traffic = "kind: periodic, period: 10min, phase: 10s, size: 10B"};
    struct run *r = run_setup(&s);
    assert_int_equal(r->n_clock, 1 + 18 + 1);
    assert_int_equal(r->clock[0].source, CLOCK_SOURCE_START);
    assert_int_equal(r->clock[0].at_ns, 0);
    assert_int_equal(r->clock[0].error_after_ns, -SIM_S(3));
    for (int i = 1; i < r->n_clock; i++) {
        const struct row_clock_sample *c = &r->clock[i], *last = c - 1;
        assert_int_equal(c->source, i < 19 ? CLOCK_SOURCE_DEVICE_TIME : CLOCK_SOURCE_END);
        assert_int_equal(c->rate_ppb, 30000);
        assert_int_equal(c->error_before_ns - last->error_after_ns,
                         gained(30000, c->at_ns) - gained(30000, last->at_ns));
        if (i == 19) {
            assert_int_equal(c->at_ns, SIM_S(6 * 3600));
            continue;
        }
        sim_time end = run_tx(r, "dev", 0, 2 * (i - 1))->end_ns;
        assert_in_range(c->at_ns - end, SIM_S(1), SIM_S(3));
        int64_t drift = gained(30000, c->at_ns) - gained(30000, end);
        assert_true(c->error_after_ns <= drift);
        assert_true(c->error_after_ns > drift - SIM_S(1) / 256 - 4);
    }
    run_free(r);
}

/* A perfect clock is left alone, and an answer that nobody asked for changes nothing. */
static void not_asked(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, device_time_every: 1",
                      .traffic = "kind: periodic, period: 10min, phase: 10s, size: 10B"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, false, 0x0D), 6);
    assert_int_equal(r->n_clock, 0);
    run_free(r);
    s.device = "data_rate: 5, clock: {offset: 1s}";
    s.server = "mac_commands: [{at: 0s, hex: \"0DFFFFFFFFFF\"}]";
    r = run_setup(&s);
    assert_true(run_n_commands(r, false, 0x0D) >= 1);
    assert_int_equal(r->n_clock, 2);
    assert_int_equal(r->clock[1].error_after_ns, SIM_S(1));
    run_free(r);
}

/* Corrected before the session, a clock that was a minute wrong hears all of it; corrected within
 * it, it opens late and closes in time. */
static void corrected_session(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        sim_time open;
    } cases[] = {
        {"device_time_every: 1, clock: {offset: -60s}, traffic: {kind: periodic, period: 1d, "
         "phase: 1min, size: 10B, jitter: 1min}",
         SIM_S(300)},
        {"device_time_every: 1, clock: {offset: -400s}, traffic: {kind: periodic, period: 1d, "
         "phase: 360500ms, size: 10B}",
         SIM_S(361)},
    };
    for (size_t k = 0; k < 2; k++) {
        char members[500];
        snprintf(members, sizeof members,
                 "{name: members, placement: {kind: disc, radius: 300m}, data_rate: 5, %s}",
                 cases[k].keys);
        struct setup s = {.run = "duration: 20min", .more_devices = members, .multicast = FLEET};
        struct run *r = run_setup(&s);
        assert_int_equal(r->n_clock, 3);
        assert_int_equal(r->clock[1].source, CLOCK_SOURCE_DEVICE_TIME);
        const struct row_window *w = &r->window[r->n_window - 1];
        assert_int_equal(w->kind, WINDOW_RXC);
        assert_in_range(w->start_ns, cases[k].open, cases[k].open + SIM_S(2));
        assert_in_range(w->start_ns + w->length_ns, SIM_S(812), SIM_S(812) + SIM_MS(4));
        if (k == 1)
            assert_int_equal(w->start_ns, r->clock[1].at_ns + 1);
        int late = 0, early = 0;
        for (int i = 0; i < r->n_loss; i++) {
            early += r->loss[i].reason == LOSS_WINDOW && r->loss[i].miss_us < 0;
            late += r->loss[i].reason == LOSS_WINDOW && r->loss[i].miss_us > 0;
        }
        assert_int_equal(late, 0);
        assert_true(k == 0 ? early == 0 : early >= 59);
        run_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_misses),      cmocka_unit_test(misses_by_drift),
        cmocka_unit_test(perfect_session),   cmocka_unit_test(wrong_session),
        cmocka_unit_test(device_time),       cmocka_unit_test(not_asked),
        cmocka_unit_test(corrected_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
