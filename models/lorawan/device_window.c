/* SPDX-License-Identifier: GPL-2.0-only
 * Receive windows as rows: what was on the air for them, and by how much a frame missed one. */
#include <stdlib.h>

#include "models/lorawan/devices_internal.h"
#include "models/radio/airtime.h"
#include "sim/mem.h"

enum { FSK_SYMBOL_US = 160 }; /* 8 bits at 50 kbit/s */

static sim_time symbol_of(const struct medium_tx *tx)
{
    return tx->symbol ? tx->symbol : SIM_US(FSK_SYMBOL_US);
}

/* LoRa: five of the preamble's eight symbols; FSK: two of its five octets. */
static sim_time preamble_of(const struct medium_tx *tx)
{
    return (tx->symbol ? 8 : 5) * symbol_of(tx);
}

static sim_time needed_of(const struct medium_tx *tx)
{
    return (tx->symbol ? 5 : 2) * symbol_of(tx);
}

bool dev_preamble_seen(const struct medium_tx *tx, sim_time start, struct dev_span s)
{
    sim_time preamble_end = start + preamble_of(tx);
    sim_time from = start > s.open ? start : s.open;
    sim_time to = preamble_end < s.close ? preamble_end : s.close;
    return to - from >= needed_of(tx);
}

static int64_t us_away_from_zero(int64_t ns)
{
    return ns < 0 ? -((-ns + 999) / 1000) : (ns + 999) / 1000;
}

/* From the nearest start that the window would have seen. */
static int64_t miss_of(const struct medium_tx *tx, sim_time start, struct dev_span s)
{
    if (s.open >= s.close)
        return ROW_NULL; /* it never opened */
    sim_time first = s.open - (preamble_of(tx) - needed_of(tx)), last = s.close - needed_of(tx);
    if (start < first)
        return us_away_from_zero(start - first);
    return start > last ? us_away_from_zero(start - last) : ROW_NULL;
}

int64_t devices_miss_us(struct devices *ds, const struct medium_tx *tx, uint32_t device)
{
    const struct device *d = &ds->d[device];
    struct dev_span s = {0, 0};
    sim_time start = tx->start;
    if (tx->window == MEDIUM_PING) {
        dev_ping_span(ds, d, tx, &s, &start);
    } else if (tx->targets) {
        dev_mc_span(ds, d, tx, &s);
    } else if (tx->window == 3) {
        dev_c_span(ds, d, tx, &s);
    } else if (tx->window && dev_window_fits(ds, d, tx, tx->window) &&
               !(tx->window == 2 && d->got_downlink)) {
        s = dev_rx_window(ds, d, tx->window);
    }
    return miss_of(tx, start, s);
}

static struct dev_window_log *log_of(const struct devices *ds, const struct device *d)
{
    const struct dev_group *g = dev_group_of(ds, d);
    return g->log ? &g->log[dev_index_in_group(ds, d)] : NULL;
}

void dev_window_log_open(struct devices *ds)
{
    for (unsigned g = 0; trace_wants(ds->s.trace, ROW_WINDOW) && g < ds->s.n_groups; g++) {
        struct dev_group *group = &ds->groups[g];
        if (group->g.cfg->log_windows)
            group->log = mem_alloc((size_t)group->g.cfg->count, sizeof *group->log);
    }
}

void dev_window_log_close(struct devices *ds)
{
    for (unsigned g = 0; g < ds->s.n_groups; g++)
        free(ds->groups[g].log);
}

void dev_window_log_begin(struct devices *ds, const struct device *d)
{
    struct dev_window_log *log = log_of(ds, d);
    for (int i = 0; log && i < 2; i++) {
        struct dev_span plan = dev_rx_nominal(ds, d, i + 1), real = dev_rx_window(ds, d, i + 1);
        const struct region_dr *m = &ds->s.region->dr[i == 0 ? d->rx1_dr : d->rx2_dr];
        sim_time symbol =
            m->modulation == REGION_LORA ? airtime_symbol(m->sf, m->bw_hz) : SIM_US(FSK_SYMBOL_US);
        log->quiet[i] = true;
        log->row[i] = (struct row_window){.device = d->id,
                                          .kind = i == 0 ? WINDOW_RX1 : WINDOW_RX2,
                                          .planned_ns = plan.open,
                                          .start_ns = real.open,
                                          .length_ns = real.close - real.open,
                                          .length_sym = (plan.close - plan.open) / symbol,
                                          .node = ROW_NULL,
                                          .seq = ROW_NULL,
                                          .devaddr = ROW_NULL};
    }
}

/* A good frame in RX1 has left RX2 shut. */
void dev_window_log_end(struct devices *ds, const struct device *d)
{
    struct dev_window_log *log = log_of(ds, d);
    for (int i = 0; log && i < 2; i++) {
        const struct dev_span *was = &d->energy.window[i];
        if (log->quiet[i] && was->open < was->close && log->row[i].start_ns < ds->s.duration)
            trace_row(ds->s.trace, ROW_WINDOW, &log->row[i]);
        log->quiet[i] = false;
    }
}

void dev_window_row(struct devices *ds, const struct device *d, const struct medium_tx *tx,
                    bool seen)
{
    if (tx->targets || tx->window < 1 || tx->window > 2 || !dev_window_fits(ds, d, tx, tx->window))
        return;
    struct dev_span plan = dev_rx_nominal(ds, d, tx->window),
                    real = dev_rx_window(ds, d, tx->window);
    struct dev_window_log *log = log_of(ds, d);
    if (log)
        log->quiet[tx->window - 1] = false;
    struct row_window r = {.device = d->id,
                           .kind = tx->window == 1 ? WINDOW_RX1 : WINDOW_RX2,
                           .planned_ns = plan.open,
                           .start_ns = real.open,
                           .length_ns = real.close - real.open,
                           .length_sym = (plan.close - plan.open) / symbol_of(tx),
                           .node = seen ? tx->node : ROW_NULL,
                           .seq = seen ? (int64_t)tx->seq : ROW_NULL,
                           .n_frames = 1,
                           .n_caught = seen,
                           .devaddr = ROW_NULL};
    trace_row(ds->s.trace, ROW_WINDOW, &r);
}

void dev_window_session(const struct devices *ds, const struct device *d, const struct device_mc *g)
{
    bool opened = g->open < g->close;
    struct row_window r = {.device = d->id,
                           .kind = g->class_b ? WINDOW_PING_SESSION : WINDOW_RXC,
                           .planned_ns = g->planned.open,
                           .start_ns = opened ? g->open : ROW_NULL,
                           .length_ns = opened ? g->close - g->open : 0,
                           .length_sym = ROW_NULL,
                           .node = ROW_NULL,
                           .seq = ROW_NULL,
                           .n_frames = g->n_frames,
                           .n_caught = g->n_caught,
                           .devaddr = g->mc_addr};
    if (g->n_frames)
        trace_row(ds->s.trace, ROW_WINDOW, &r);
}

void dev_window_sessions(const struct devices *ds, const struct device *d)
{
    for (unsigned i = 0; d->c && i < d->c->n_mc; i++)
        dev_window_session(ds, d, &d->c->mc[i]);
}
