/* SPDX-License-Identifier: GPL-2.0-only
 * The clock of a device: when its receive windows and multicast sessions really open, and what
 * sets it right.
 *
 * The sleep crystal times the wait from the end of a transmission to a window, and sessions; the
 * radio's crystal times the symbols of a window. A window is computed once, when the transmission
 * begins, from clock readings only, so that a correction on the way does not move it. A session is
 * mapped to true time when the device becomes a member, and again behind each correction; one that
 * has opened stays open, one that has closed stays closed. */
#include "models/clock/clock.h"
#include "models/lorawan/devices_internal.h"
#include "sim/mem.h"

/* A step beyond this is not believed: 36 years. */
static const int64_t MAX_STEP = INT64_C(1) << 60;

void dev_clock_open(const struct devices *ds, struct device *d)
{
    const struct clock_group *g = dev_group_of(ds, d)->g.clock;
    if (!g)
        return;
    d->clock = mem_alloc(1, sizeof *d->clock);
    d->clock->asked_end = -1;
    clock_init(&d->clock->clock, g, d->id);
}

struct dev_span dev_rx_nominal(const struct devices *ds, const struct device *d, int window)
{
    const struct dev_window *w = &dev_group_of(ds, d)->window[window == 1 ? d->rx1_dr : d->rx2_dr];
    sim_time open = d->tx_end + SIM_S(d->rx_delay_now_s + window - 1) + w->offset;
    return (struct dev_span){open, open + w->length};
}

struct dev_span dev_rx_window(const struct devices *ds, const struct device *d, int window)
{
    return d->clock ? d->clock->rx[window - 1] : dev_rx_nominal(ds, d, window);
}

static sim_time length(struct dev_span s)
{
    return s.close - s.open;
}

/* Does the frame being sent ask for the time? */
static bool asks_time(const struct dev_frame *f)
{
    struct lw_mac m;
    size_t at = 0;
    while (lw_mac_next(f->fopts, f->fopts_len, &at, true, &m) == 1)
        if (m.cid == LW_DEVICE_TIME)
            return true;
    return false;
}

void dev_clock_uplink(const struct devices *ds, struct device *d, const struct medium_tx *tx)
{
    struct dev_clock *k = d->clock;
    sim_time ended = clock_read(&k->clock, d->tx_end); /* what the device noted */
    d->free_at = 0;
    for (int i = 0; i < 2; i++) {
        struct dev_span plan = dev_rx_nominal(ds, d, i + 1), *real = &k->rx[i];
        sim_time open = clock_alarm(&k->clock, ended + plan.open - d->tx_end);
        real->open = open > d->tx_end ? open : d->tx_end;
        real->close = clock_radio_after(&k->clock, real->open, length(plan));
        d->free_at = real->close > d->free_at ? real->close : d->free_at;
    }
    if (tx->kind != FRAME_JOIN_REQUEST && asks_time(&d->frame))
        k->asked_end = d->tx_end;
}

static void row_sample(const struct devices *ds, const struct device *d,
                       const struct clock_correction *c, enum clock_source source)
{
    struct row_clock_sample r = {.at_ns = c->at,
                                 .device = d->id,
                                 .source = source,
                                 .error_before_ns = c->error_before_ns,
                                 .error_after_ns = c->error_after_ns,
                                 .rate_ppb = clock_rate_ppb(&d->clock->clock, c->at)};
    trace_row(ds->s.trace, ROW_CLOCK_SAMPLE, &r);
}

void dev_clock_sample(const struct devices *ds, sim_time at, enum clock_source source)
{
    if (!trace_wants(ds->s.trace, ROW_CLOCK_SAMPLE))
        return;
    for (uint32_t i = 0; i < ds->s.n_devices; i++) {
        const struct device *d = &ds->d[i];
        if (!d->clock)
            continue;
        int64_t error = clock_error(&d->clock->clock, at);
        row_sample(
            ds, d,
            &(struct clock_correction){.at = at, .error_before_ns = error, .error_after_ns = error},
            source);
    }
}

void dev_clock_session(const struct device *d, struct device_mc *g)
{
    g->planned = (struct dev_span){g->open, g->close};
    g->changed = -1;
    if (!d->clock)
        return;
    g->open = clock_alarm(&d->clock->clock, g->planned.open);
    g->close = clock_alarm(&d->clock->clock, g->planned.close);
}

struct dev_span dev_session_at(const struct device_mc *g, sim_time at)
{
    return at <= g->changed ? g->before : (struct dev_span){g->open, g->close};
}

static sim_time later(sim_time a, sim_time b)
{
    return a > b ? a : b;
}

/* A corrected clock sees a session's ends anew, as far as they have not come. What begins at the
 * instant of the correction still meets the old ones, whichever event runs first. */
static void remap(struct clock *c, struct device_mc *g, sim_time now)
{
    g->before = (struct dev_span){g->open, g->close};
    g->changed = now;
    if (g->close <= now)
        return;
    if (g->open > now)
        g->open = later(clock_alarm(c, g->planned.open), now + 1);
    g->close = later(clock_alarm(c, g->planned.close), now + 1);
}

static bool believable(const struct clock *c, int64_t step_ns)
{
    return step_ns > -MAX_STEP && step_ns < MAX_STEP && c->offset_ns + step_ns > -MAX_STEP &&
           c->offset_ns + step_ns < MAX_STEP;
}

static bool correct(const struct devices *ds, struct device *d, int64_t step_ns,
                    enum clock_source source, bool log)
{
    struct clock *c = &d->clock->clock;
    if (!believable(c, step_ns))
        return false;
    dev_energy_advance(d, evq_now(ds->s.evq));
    struct clock_correction k = clock_step(c, evq_now(ds->s.evq), step_ns);
    if (log && trace_wants(ds->s.trace, ROW_CLOCK_SAMPLE))
        row_sample(ds, d, &k, source);
    for (unsigned i = 0; d->c && i < d->c->n_mc; i++)
        remap(c, &d->c->mc[i], k.at);
    if (d->p)
        ds->packages.corrected(ds->packages.ctx, dev_index(ds, d));
    return true;
}

bool dev_clock_correct(const struct devices *ds, struct device *d, int64_t step_ns,
                       enum clock_source source)
{
    return correct(ds, d, step_ns, source, true);
}

void dev_clock_correct_quietly(const struct devices *ds, struct device *d, int64_t step_ns,
                               bool log)
{
    correct(ds, d, step_ns, CLOCK_SOURCE_BEACON, log);
}

void dev_clock_shift(struct clock *c, int64_t step_ns)
{
    if (believable(c, step_ns))
        clock_shift(c, step_ns);
}

/* DeviceTimeAns: the time at the end of the uplink that asked. Its fraction is cut to 1/256 s, so
 * that the clock is up to 3.9 ms slow afterwards. A perfect clock is not touched. Source:
 * TS001-1.0.4, section 5.9. */
void dev_clock_device_time(const struct devices *ds, struct device *d, const struct lw_mac *m)
{
    if (!d->clock || d->clock->asked_end < 0)
        return;
    int64_t gps_ns =
        SIM_S(m->u.device_time_ans.gps_s) + SIM_S(1) / 256 * m->u.device_time_ans.fraction_256;
    int64_t told = gps_ns - ds->s.start_gps_ns;
    int64_t noted = clock_read(&d->clock->clock, d->clock->asked_end);
    d->clock->asked_end = -1;
    dev_clock_correct(ds, d, told - noted, CLOCK_SOURCE_DEVICE_TIME);
}
