/* SPDX-License-Identifier: GPL-2.0-only
 * Downlinks on the air: from one gateway to the one device that it is for.
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

static void disturb(struct medium *m, struct reception *victim, const struct medium_tx *by)
{
    int gain;
    if (by->node != victim->tx->node && find_gain(m, victim->tx->device, by->gateway, &gain))
        interference_add(m, victim, by->sfi, medium_linear(m, by->power_cdbm + gain), by->start,
                         by->end);
}

/* Uplinks that are present at gateways on the channel are disturbed by this downlink, and disturb
 * it. */
static void cross_downlink(struct medium *m, struct medium_tx *tx, struct reception *own)
{
    int iso = (int)m->s.radio->iq_isolation_cdb;
    for (unsigned g = 0; g < m->s.n_gateways; g++) {
        struct air_list *l = &m->cells[(size_t)g * m->cap_channels + tx->channel];
        int gain = m->s.links->gateway_gain_cdb[tx->gateway * m->s.n_gateways + g];
        for (uint32_t i = 0; i < l->n; i++)
            interference_add(m, l->items[i].r, tx->sfi,
                             medium_linear(m, tx->power_cdbm + gain - iso), tx->start, tx->end);
    }
    for (size_t i = 0; i < m->n_all && own; i++) {
        const struct medium_tx *up = m->all[i];
        if (!up->on_air || !up->uplink || up->channel != tx->channel || up->end <= tx->start)
            continue;
        int gain = links_path_gain_cdb(&m->s.radio->path_loss, m->s.frequency_hz,
                                       &m->s.devices[up->device], &m->s.devices[tx->device]);
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

/* What the target makes of the first symbols; the reception is followed on when it listens. */
static void begin_at_target(struct medium *m, struct medium_tx *tx)
{
    struct air_channel *c = &m->channels[tx->channel];
    struct reception *r = NULL;
    int gain = 0;
    if (find_gain(m, tx->device, tx->gateway, &gain)) {
        gain += medium_fading(m, tx, tx->target);
        tx->best_power_cdbm = tx->power_cdbm + gain;
        tx->reason = m->ops.listen(m->ops.ctx, tx, tx->best_power_cdbm, &tx->snr_cdb);
    } else {
        tx->reason = LOSS_SENSITIVITY;
    }
    if (tx->reason == LOSS_NONE) {
        r = medium_more_receptions(tx, 1);
        tx->n_receptions = 1;
        medium_fill_reception(m, r, tx, tx->best_power_cdbm);
        for (uint32_t i = 0; i < c->n_sending; i++)
            disturb(m, r, c->sending[i]);
        air_list_add(&c->downlinks, r);
    }
    if (m->cross)
        cross_downlink(m, tx, r);
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
    for (uint32_t i = 0; i < c->downlinks.n; i++)
        disturb(m, c->downlinks.items[i].r, tx);
    begin_at_target(m, tx);
    add_sending(c, tx);
    evq_push(m->s.evq, tx->end, m->downlink_end_event, m, tx->index);
}

static void row_rx(const struct medium *m, const struct medium_tx *tx)
{
    struct row_rx r = {.node = tx->node,
                       .seq = tx->seq,
                       .receiver = tx->target,
                       .power_cdbm = tx->best_power_cdbm,
                       .snr_cdb = tx->snr_cdb,
                       .window = tx->window};
    trace_row(m->s.trace, ROW_RX, &r);
}

void medium_downlink_end(struct medium *m, struct medium_tx *tx)
{
    struct air_channel *c = &m->channels[tx->channel];
    remove_sending(c, tx);
    if (tx->n_receptions) {
        struct reception *r = &tx->receptions[0];
        air_list_remove(&c->downlinks, r);
        if (medium_gateway_down(m, tx->gateway, tx->start, tx->end))
            tx->reason = LOSS_GATEWAY_DOWN;
        else if (interference_kills(m, r))
            tx->reason = LOSS_INTERFERENCE;
        else if (medium_random_loss(m, tx, tx->target))
            tx->reason = LOSS_RANDOM;
    }
    tx->on_air = false;
    if (tx->reason == LOSS_NONE && trace_wants(m->s.trace, ROW_RX))
        row_rx(m, tx);
    m->ops.downlink(m->ops.ctx, tx, tx->reason);
    medium_tx_release(m, tx);
}
