/* SPDX-License-Identifier: GPL-2.0-only
 * Downlinks on the air: from one gateway to the device, or the members of a group, that it is for.
 * Other downlinks on the channel disturb it singly (their powers do not add up in peak mode);
 * uplinks do so only when radio.iq_isolation is given. */
#include <limits.h>

#include "models/radio/medium_internal.h"
#include "sim/err.h"
#include "sim/mem.h"

/* Antenna gain from a gateway to a device; false when the link is cut off. */
static bool find_gain(const struct medium *m, uint32_t device, unsigned gateway, int *gain_cdb)
{
    const struct links *l = m->s.links;
    for (uint32_t i = l->first[device]; i < l->first[device + 1]; i++) {
        if (l->link[i].gateway == gateway) {
            *gain_cdb = l->link[i].gain_cdb;
            return true;
        }
    }
    return false;
}

/* The same symbols at the same time: copies of a multicast frame, in step. */
static bool in_step(const struct medium *m, const struct medium_tx *a, const struct medium_tx *b)
{
    sim_time shift = a->start - b->start;
    return m->s.radio->same_frame == SAME_SYNCHRONOUS && a->targets && b->targets &&
           a->network == b->network && a->devaddr == b->devaddr && a->fcnt == b->fcnt &&
           a->dr == b->dr && a->len == b->len && shift <= a->symbol / 10 &&
           -shift <= a->symbol / 10;
}

static void disturb(struct medium *m, struct reception *victim, const struct medium_tx *by)
{
    int gain;
    if (in_step(m, victim->tx, by))
        return;
    if (by->node != victim->tx->node && find_gain(m, victim->device, by->gateway, &gain))
        interference_add(m, victim, by->sfi, medium_linear(m, by->power_cdbm + gain), by->start,
                         by->end);
}

/* Uplinks that are present at gateways on the channel are disturbed by this downlink. */
static void cross_at_gateways(struct medium *m, const struct medium_tx *tx)
{
    int iso = (int)m->s.radio->iq_isolation_cdb;
    for (unsigned g = 0; g < m->s.n_gateways; g++) {
        struct air_list *l = &m->cells[(size_t)g * m->cap_channels + tx->channel];
        int gain = m->s.links->gateway_gain_cdb[tx->gateway * m->s.n_gateways + g];
        for (uint32_t i = 0; i < l->n; i++)
            interference_add(m, l->items[i].r, tx->sfi,
                             medium_linear(m, tx->power_cdbm + gain - iso), tx->start, tx->end);
    }
}

/* And disturb its receivers. */
static void cross_at_device(struct medium *m, struct reception *own)
{
    int iso = (int)m->s.radio->iq_isolation_cdb;
    for (size_t i = 0; i < m->n_all; i++) {
        const struct medium_tx *up = m->all[i];
        if (!up->on_air || !up->uplink || up->channel != own->tx->channel || up->end <= own->start)
            continue;
        int gain = links_path_gain_cdb(&m->s.radio->path_loss, m->s.frequency_hz,
                                       &m->s.devices[up->device], &m->s.devices[own->device]);
        interference_add(m, own, up->sfi, medium_linear(m, up->power_cdbm + gain - iso), up->start,
                         up->end);
    }
}

static void add_sending(struct air_channel *c, struct medium_tx *tx)
{
    if (c->n_sending == c->cap_sending) {
        c->cap_sending = c->cap_sending ? 2 * c->cap_sending : 8;
        c->sending = mem_grow(c->sending, c->cap_sending, sizeof *c->sending);
    }
    c->sending[c->n_sending++] = tx;
}

static void remove_sending(struct air_channel *c, const struct medium_tx *tx)
{
    for (uint32_t i = 0; i < c->n_sending; i++)
        if (c->sending[i] == tx)
            c->sending[i--] = c->sending[--c->n_sending];
}

static void trace_sent(const struct medium *m, const struct medium_tx *tx)
{
    const struct air_channel *c = &m->channels[tx->channel];
    struct trace_frame f = {.gateway = m->gateways[tx->gateway].cfg.id,
                            .uplink = false,
                            .start_ns = tx->start,
                            .end_ns = tx->end,
                            .frequency_hz = c->frequency_hz,
                            .bandwidth_hz = c->bw_hz,
                            .sf = tx->sfi == MEDIUM_FSK ? 0 : tx->sfi + 7,
                            .power_cdbm = tx->power_cdbm,
                            .bytes = tx->phy,
                            .len = tx->len};
    trace_frame(m->s.trace, &f);
}

static int32_t narrow(int64_t miss_us)
{
    if (miss_us == ROW_NULL)
        return MISS_UNKNOWN;
    return (int32_t)(miss_us > INT32_MAX ? INT32_MAX : miss_us < -INT32_MAX ? -INT32_MAX : miss_us);
}

/* What one receiver makes of the first symbols; what it can hear is followed to the end. */
static void begin_at(struct medium *m, struct medium_tx *tx, uint32_t device, struct reception *r)
{
    const struct air_channel *c = &m->channels[tx->channel];
    int gain = 0;
    bool reached = find_gain(m, device, tx->gateway, &gain);
    gain += reached ? medium_fading(m, tx, m->s.device_ids[device]) : 0;
    medium_fill_reception(m, r, tx, reached ? tx->power_cdbm + gain : INT16_MIN);
    r->device = device;
    r->heard = reached;
    r->reason = LOSS_SENSITIVITY;
    r->miss_us = MISS_UNKNOWN;
    if (reached)
        r->reason = m->ops.listen(m->ops.ctx, tx, device, r->power_cdbm, &r->snr_cdb);
    if (r->reason == LOSS_WINDOW && m->ops.miss_us && trace_wants(m->s.trace, ROW_LOSS))
        r->miss_us = narrow(m->ops.miss_us(m->ops.ctx, tx, device));
    if (r->reason != LOSS_NONE)
        return;
    for (uint32_t i = 0; i < c->n_sending; i++)
        disturb(m, r, c->sending[i]);
    if (m->cross)
        cross_at_device(m, r);
}

void medium_send_downlink(struct medium *m, struct medium_tx *tx)
{
    medium_begin(m, tx);
    struct air_channel *c = &m->channels[tx->channel];
    gateway_sends(m, tx->gateway, tx->start, tx->end);
    struct air_gateway *g = &m->gateways[tx->gateway];
    g->n_tx++;
    g->tx_airtime += tx->end - tx->start;
    if (m->s.trace->frames)
        trace_sent(m, tx);
    for (uint32_t i = 0; i < c->n_sending; i++)
        for (unsigned k = 0; k < c->sending[i]->n_receptions; k++)
            disturb(m, &c->sending[i]->receptions[k], tx);
    uint32_t n = tx->targets ? tx->n_targets : 1;
    struct reception *r = medium_more_receptions(m, tx, n);
    for (uint32_t i = 0; i < n; i++)
        begin_at(m, tx, tx->targets ? tx->targets[i] : tx->device, &r[i]);
    tx->n_receptions = n;
    if (m->cross)
        cross_at_gateways(m, tx);
    if (m->beacon && m->beacon->b.end > tx->start)
        medium_meet_beacon(m, tx);
    add_sending(c, tx);
    evq_push(m->s.evq, tx->end, m->downlink_end_event, m, tx->index);
}

static void row_rx(const struct medium *m, const struct medium_tx *tx, const struct reception *r)
{
    struct row_rx row = {.node = tx->node,
                         .seq = tx->seq,
                         .receiver = m->s.device_ids[r->device],
                         .power_cdbm = r->power_cdbm,
                         .snr_cdb = r->snr_cdb,
                         .window = tx->window ? tx->window : ROW_NULL};
    trace_row(m->s.trace, ROW_RX, &row);
}

static enum loss_reason outcome(const struct medium *m, const struct reception *r, bool down)
{
    if (r->reason != LOSS_NONE)
        return r->reason;
    enum loss_reason left = m->ops.stayed(m->ops.ctx, r->tx, r->device);
    if (left != LOSS_NONE)
        return left;
    if (down)
        return LOSS_GATEWAY_DOWN;
    if (interference_kills(m, r))
        return LOSS_INTERFERENCE;
    return medium_random_loss(m, r->tx, m->s.device_ids[r->device]) ? LOSS_RANDOM : LOSS_NONE;
}

static void tell(struct medium *m, struct medium_tx *tx, const struct reception *r,
                 enum loss_reason reason)
{
    tx->best_power_cdbm = r->heard ? r->power_cdbm : INT32_MIN;
    tx->snr_cdb = r->snr_cdb;
    tx->miss_us = r->miss_us == MISS_UNKNOWN ? ROW_NULL : r->miss_us;
    m->ops.downlink(m->ops.ctx, tx, r->device, reason);
}

void medium_downlink_end(struct medium *m, struct medium_tx *tx)
{
    remove_sending(&m->channels[tx->channel], tx);
    tx->on_air = false;
    bool down = medium_gateway_down(m, tx->gateway, tx->start, tx->end);
    for (unsigned i = 0; i < tx->n_receptions; i++) {
        const struct reception *r = &tx->receptions[i];
        enum loss_reason reason = outcome(m, r, down);
        if (reason == LOSS_NONE && trace_wants(m->s.trace, ROW_RX))
            row_rx(m, tx, r);
        tell(m, tx, r, reason);
    }
    m->ops.downlink_done(m->ops.ctx, tx);
    if (tx->targets)
        medium_keep_receptions(m, tx);
    medium_tx_release(m, tx);
}

void medium_downlink_abort(struct medium *m, struct medium_tx *tx)
{
    for (unsigned i = 0; i < tx->n_receptions; i++)
        tell(m, tx, &tx->receptions[i], LOSS_ENDED);
    m->ops.downlink_done(m->ops.ctx, tx);
}
