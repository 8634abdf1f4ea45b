/* SPDX-License-Identifier: GPL-2.0-only
 * What takes the radio of a class B device from beacons and ping slots: its own transmissions, its
 * class A windows and what they receive. */
#include "models/lorawan/class_b.h"

static void add_busy(const struct devices *ds, struct dev_class_b *b, struct dev_gap gap)
{
    struct dev_b_busy *busy = dev_b_busy_of(ds, b);
    busy->gap[busy->n++ % DEV_B_BUSY] = gap;
    b->busy_until = gap.to > b->busy_until ? gap.to : b->busy_until;
}

void dev_b_uplink(struct devices *ds, struct device *d, const struct medium_tx *tx)
{
    struct dev_class_b *b = dev_b_of(ds, d);
    add_busy(ds, b, (struct dev_gap){tx->start, tx->end, LOSS_DEVICE_TX});
    if (b->state == DEV_B_COLD)
        b->rx_time -= tx->end - tx->start;
    for (int i = 1; i <= 2; i++) {
        struct dev_span s = dev_rx_window(ds, d, i);
        add_busy(ds, b, (struct dev_gap){s.open, s.close, LOSS_WINDOW});
        if (b->state == DEV_B_COLD)
            b->rx_time -= s.close - s.open; /* counted as a window */
    }
}

void dev_b_shut_rx2(struct devices *ds, struct device *d)
{
    struct dev_b_busy *busy = dev_b_busy_of(ds, dev_b_of(ds, d));
    sim_time open = dev_rx_window(ds, d, 2).open;
    unsigned n = busy->n < DEV_B_BUSY ? busy->n : DEV_B_BUSY;
    for (unsigned i = 0; i < n; i++)
        if (busy->gap[i].from == open && busy->gap[i].reason == LOSS_WINDOW)
            busy->gap[i] = (struct dev_gap){0, 0, LOSS_NONE};
}

void dev_b_reception(const struct devices *ds, struct device *d, const struct medium_tx *tx)
{
    add_busy(ds, dev_b_of(ds, d), (struct dev_gap){tx->start, tx->end, LOSS_RECEIVER_BUSY});
}

const struct dev_gap *dev_b_first_busy(const struct devices *ds, const struct dev_class_b *b,
                                       struct dev_span s, sim_time known)
{
    const struct dev_gap *first = NULL;
    if (b->busy_until <= s.open)
        return NULL;
    const struct dev_b_busy *busy = dev_b_busy_of(ds, b);
    unsigned n = busy->n < DEV_B_BUSY ? busy->n : DEV_B_BUSY;
    for (unsigned i = 0; i < n; i++) {
        const struct dev_gap *g = &busy->gap[i];
        if (g->from < s.close && g->to > s.open && g->from < known &&
            (!first || g->from < first->from))
            first = g;
    }
    return first;
}
