/* SPDX-License-Identifier: GPL-2.0-only
 * Receive windows as rows: what was on the air for them, and by how much a frame missed one. */
#include "models/lorawan/devices_internal.h"

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

void dev_window_row(struct devices *ds, const struct device *d, const struct medium_tx *tx,
                    bool seen)
{
    if (tx->targets || tx->window < 1 || tx->window > 2 || !dev_window_fits(ds, d, tx, tx->window))
        return;
    struct dev_span plan = dev_rx_nominal(ds, d, tx->window),
                    real = dev_rx_window(ds, d, tx->window);
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
