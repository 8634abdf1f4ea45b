/* SPDX-License-Identifier: GPL-2.0-only
 * Class C: RXC is open with the parameters of RX2 whenever the device neither transmits nor has a
 * class A window open. Its exact gaps are remembered for the last two uplinks; class A windows go
 * before RXC. Source: TS001-1.0.4, section 17. */
#include "models/lorawan/devices_internal.h"

static void add_gap(struct dev_class_c *c, sim_time from, sim_time to, enum loss_reason reason)
{
    c->gaps[c->n_gaps++ % DEV_GAPS] = (struct dev_gap){from, to, reason};
}

void dev_c_open(struct devices *ds, struct device *d, sim_time since)
{
    (void)ds;
    d->c->since = since;
}

/* RX2 is RXC itself, so the transmission and RX1 are gaps; in a multicast session RX2 is one too.
 */
void dev_c_uplink(struct devices *ds, struct device *d, const struct medium_tx *tx)
{
    struct dev_span rx1 = dev_rx_window(ds, d, 1), rx2 = dev_rx_window(ds, d, 2);
    add_gap(d->c, tx->start, tx->end, LOSS_DEVICE_TX);
    add_gap(d->c, rx1.open, rx1.close, LOSS_WINDOW);
    if (dev_mc_in_session(d, rx2.open)) {
        add_gap(d->c, rx2.open, rx2.close, LOSS_WINDOW);
        d->c->gap_in_session += tx->end - tx->start + rx1.close - rx1.open + rx2.close - rx2.open;
    }
}

/* The gap that meets [from, to) first, or NULL. */
static const struct dev_gap *first_gap(const struct dev_class_c *c, sim_time from, sim_time to)
{
    const struct dev_gap *first = NULL;
    unsigned n = c->n_gaps < DEV_GAPS ? c->n_gaps : DEV_GAPS;
    for (unsigned i = 0; i < n; i++) {
        const struct dev_gap *g = &c->gaps[i];
        if (g->from < to && g->to > from && (!first || g->from < first->from))
            first = g;
    }
    return first;
}

struct dev_span dev_c_without_gaps(const struct device *d, const struct medium_tx *tx,
                                   struct dev_span s)
{
    for (;;) {
        sim_time from = s.open > tx->start ? s.open : tx->start;
        const struct dev_gap *g = first_gap(d->c, from, tx->lock);
        if (!g || g->from > from) {
            s.close = g && g->from < s.close ? g->from : s.close;
            return s;
        }
        s.open = g->to; /* in a gap: RXC opens behind it */
    }
}

bool dev_c_span(const struct devices *ds, const struct device *d, const struct medium_tx *tx,
                struct dev_span *s)
{
    if (!d->c || !d->joined || tx->dr != d->rx2_dr || d->c->since > tx->lock ||
        medium_channel_frequency(ds->s.medium, tx->channel) !=
            (int64_t)d->rx2_frequency_100hz * 100)
        return false;
    if (dev_mc_in_session(d, tx->start))
        return false; /* RXC is the session's */
    *s = dev_c_without_gaps(d, tx, (struct dev_span){d->c->since, SIM_NEVER});
    return true;
}

bool dev_c_hears(const struct devices *ds, const struct device *d, const struct medium_tx *tx)
{
    struct dev_span s;
    return dev_c_span(ds, d, tx, &s) && dev_preamble_seen(tx, s);
}

enum loss_reason devices_stayed(const struct devices *ds, const struct medium_tx *tx,
                                uint32_t device)
{
    const struct device *d = &ds->d[device];
    if (!d->c || tx->window != 3)
        return LOSS_NONE;
    if (d->rx_from == tx->start && d->rx_node != tx->node)
        return LOSS_RECEIVER_BUSY; /* a stronger one began at the same instant */
    const struct dev_gap *g = first_gap(d->c, tx->start, tx->end);
    while (g && g->to <= tx->lock) /* it was over before the preamble was */
        g = first_gap(d->c, g->to, tx->end);
    return g ? g->reason : LOSS_NONE;
}
