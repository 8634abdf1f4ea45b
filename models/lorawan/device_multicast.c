/* SPDX-License-Identifier: GPL-2.0-only
 * Multicast at the device: up to four groups, their counters and sessions.
 *
 * In a class C session RXC has the group's frequency and data rate instead of RX2's; class A
 * windows keep the device's own and go first, and so does a transmission. A frame counts when its
 * counter is new and lies in the group's range, and its MIC fits. Source: TS001-1.0.4, section 11;
 * TS005-2.0.0, section 4. */
#include <string.h>

#include "models/lorawan/devices_internal.h"
#include "sim/err.h"
#include "sim/mem.h"

int devices_join_group(struct devices *ds, uint32_t device, const struct device_mc *group)
{
    struct device *d = &ds->d[device];
    if (!d->c) {
        d->c = mem_alloc(1, sizeof *d->c);
        d->c->since = SIM_NEVER;
    }
    if (d->c->n_mc == DEV_GROUPS)
        return SIM_ENOSPC;
    struct device_mc *g = &d->c->mc[d->c->n_mc++];
    *g = *group;
    dev_clock_session(d, g);
    return SIM_OK;
}

static struct device_mc *find_group(const struct device *d, uint32_t mc_addr)
{
    for (unsigned i = 0; d->c && i < d->c->n_mc; i++)
        if (d->c->mc[i].mc_addr == mc_addr)
            return &d->c->mc[i];
    return NULL;
}

bool dev_mc_span(const struct devices *ds, const struct device *d, const struct medium_tx *tx,
                 struct dev_span *s)
{
    const struct device_mc *g = find_group(d, tx->devaddr);
    if (!g || tx->dr != g->dr ||
        medium_channel_frequency(ds->s.medium, tx->channel) != g->frequency_hz)
        return false;
    *s = dev_c_without_gaps(d, tx, dev_session_at(g, tx->start));
    return true;
}

bool dev_mc_hears(const struct devices *ds, const struct device *d, const struct medium_tx *tx)
{
    struct dev_span s;
    return dev_mc_span(ds, d, tx, &s) && dev_preamble_seen(tx, s);
}

void devices_count_session(struct devices *ds, const struct medium_tx *tx, uint32_t device,
                           enum loss_reason reason)
{
    struct device_mc *g = find_group(&ds->d[device], tx->devaddr);
    if (!g || reason == LOSS_ENDED)
        return;
    g->n_frames++;
    g->n_caught += reason != LOSS_WINDOW && reason != LOSS_DEVICE_TX;
}

bool dev_mc_in_session(const struct device *d, sim_time at)
{
    for (unsigned i = 0; d->c && i < d->c->n_mc; i++) {
        struct dev_span s = dev_session_at(&d->c->mc[i], at);
        if (s.open <= at && at < s.close)
            return true;
    }
    return false;
}

enum loss_reason devices_multicast(struct devices *ds, uint32_t device, const struct medium_tx *tx,
                                   const struct lw_frame *f, struct device_mc_opened *memo)
{
    struct device_mc *g = find_group(&ds->d[device], f->devaddr);
    if (!g)
        return LOSS_UNKNOWN_DEVICE;
    uint32_t fcnt32 = lw_fcnt_extend(g->fcnt, f->fcnt);
    if (fcnt32 < g->min_fcnt || fcnt32 >= g->max_fcnt)
        return LOSS_REPLAY;
    if (memo->keys != g->keys || memo->fcnt32 != fcnt32) {
        memo->keys = g->keys;
        memo->fcnt32 = fcnt32;
        memo->ok =
            lw_frame_mic_ok(f, keyring_get(ds->s.keyring, g->keys), fcnt32, tx->phy, tx->len);
    }
    if (!memo->ok) /* wrong, or of a counter that went by */
        return fcnt32 >= 65536 && lw_frame_mic_ok(f, keyring_get(ds->s.keyring, g->keys),
                                                  fcnt32 - 65536, tx->phy, tx->len)
                   ? LOSS_REPLAY
                   : LOSS_MIC;
    g->fcnt = fcnt32 + 1;
    ds->d[device].n_multicast++;
    return LOSS_NONE;
}

/* Listening time of the sessions, without the gaps that uplinks made in them. */
sim_time dev_mc_rx_time(const struct devices *ds, const struct device *d)
{
    sim_time sum = 0;
    for (unsigned i = 0; d->c && i < d->c->n_mc; i++) {
        const struct device_mc *g = &d->c->mc[i];
        sim_time close = g->close < ds->s.duration ? g->close : ds->s.duration;
        sum += close > g->open ? close - g->open : 0;
    }
    sum -= d->c ? d->c->gap_in_session : 0;
    return sum > 0 ? sum : 0;
}
