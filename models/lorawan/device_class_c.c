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

void dev_c_restart(struct device *d, sim_time from, sim_time to)
{
    add_gap(d->c, from, to, LOSS_WINDOW);
}

/* RX2 is RXC itself, so the transmission and RX1 are gaps; in a multicast session RX2 is one too.
 */
void dev_c_uplink(struct devices *ds, struct device *d, const struct medium_tx *tx)
{
    struct dev_span rx1 = dev_rx_window(ds, d, 1), rx2 = dev_rx_window(ds, d, 2);
    add_gap(d->c, tx->start, tx->end, LOSS_DEVICE_TX);
    add_gap(d->c, rx1.open, rx1.close, LOSS_WINDOW);
    if (dev_mc_in_session(d, rx2.open))
        add_gap(d->c, rx2.open, rx2.close, LOSS_WINDOW);
}

void dev_c_shut_rx2(struct devices *ds, struct device *d)
{
    struct dev_gap *g = &d->c->gaps[(d->c->n_gaps - 1) % DEV_GAPS];
    if (d->c->n_gaps == 0 || g->from <= evq_now(ds->s.evq))
        return; /* it has begun, or the last gap is RX1 */
    *g = (struct dev_gap){0, 0, LOSS_NONE};
}

/* The gap that meets [from, to) first, of those that began before a time; or NULL. */
static const struct dev_gap *first_gap(const struct dev_class_c *c, sim_time from, sim_time to,
                                       sim_time known)
{
    const struct dev_gap *first = NULL;
    unsigned n = c->n_gaps < DEV_GAPS ? c->n_gaps : DEV_GAPS;
    for (unsigned i = 0; i < n; i++) {
        const struct dev_gap *g = &c->gaps[i];
        if (g->from < to && g->to > from && g->from < known && (!first || g->from < first->from))
            first = g;
    }
    return first;
}

struct dev_span dev_c_without_gaps(const struct device *d, const struct medium_tx *tx,
                                   struct dev_span s)
{
    for (;;) {
        sim_time from = s.open > tx->start ? s.open : tx->start;
        const struct dev_gap *g = first_gap(d->c, from, tx->lock, SIM_NEVER);
        if (!g || g->from > from) {
            s.close = g && g->from < s.close ? g->from : s.close;
            return s;
        }
        s.open = g->to; /* in a gap: RXC opens behind it */
    }
}

/* Behind each gap enough of the preamble must be left. At the frame's start only gaps that began
 * before it count: those of this very instant, and later ones, count at its end. */
enum loss_reason dev_c_preamble(const struct devices *ds, const struct device *d,
                                const struct medium_tx *tx, struct dev_span s)
{
    enum loss_reason reason = LOSS_WINDOW;
    while (dev_preamble_seen(tx, tx->start, s)) {
        const struct dev_gap *g =
            first_gap(d->c, s.open > tx->start ? s.open : tx->start, tx->end, evq_now(ds->s.evq));
        if (!g)
            return LOSS_NONE;
        reason = g->reason;
        s.open = g->to;
    }
    return reason;
}

static bool rxc_fits(const struct devices *ds, const struct device *d, const struct medium_tx *tx)
{
    if (!d->c || !d->joined || tx->dr != d->rx2_dr || d->c->since > tx->lock ||
        medium_channel_frequency(ds->s.medium, tx->channel) !=
            (int64_t)d->rx2_frequency_100hz * 100)
        return false;
    if (dev_mc_in_session(d, tx->start))
        return false; /* RXC is the session's */
    return true;
}

bool dev_c_span(const struct devices *ds, const struct device *d, const struct medium_tx *tx,
                struct dev_span *s)
{
    if (!rxc_fits(ds, d, tx))
        return false;
    *s = dev_c_without_gaps(d, tx, (struct dev_span){d->c->since, SIM_NEVER});
    return true;
}

enum loss_reason dev_c_hears(const struct devices *ds, const struct device *d,
                             const struct medium_tx *tx)
{
    if (!rxc_fits(ds, d, tx))
        return LOSS_WINDOW;
    return dev_c_preamble(ds, d, tx, (struct dev_span){d->c->since, SIM_NEVER});
}

/* Was the receiver with the frame's window until its end? */
static enum loss_reason kept(struct devices *ds, const struct device *d, const struct medium_tx *tx)
{
    if (tx->window == MEDIUM_PING)
        return dev_ping_hears(ds, d, tx);
    return tx->targets ? dev_mc_hears(ds, d, tx) : dev_c_hears(ds, d, tx);
}

enum loss_reason devices_stayed(struct devices *ds, const struct medium_tx *tx, uint32_t device)
{
    const struct device *d = &ds->d[device];
    if (tx->window < MEDIUM_RXC || (tx->window == MEDIUM_RXC && !d->c))
        return LOSS_NONE;
    if (d->rx_from == tx->start && d->rx_node != tx->node)
        return LOSS_RECEIVER_BUSY; /* a stronger one began at the same instant */
    enum loss_reason left = kept(ds, d, tx);
    if (left != LOSS_NONE)
        return left;
    /* That stronger one is over, and the receiver took another one since. */
    return d->rx_from > tx->start && d->rx_from < tx->end ? LOSS_RECEIVER_BUSY : LOSS_NONE;
}
