/* SPDX-License-Identifier: GPL-2.0-only
 * The air: transmissions from their first bit to their last, and what each receiver makes of them.
 */
#include "models/radio/medium.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "models/radio/medium_internal.h"
#include "models/radio/region.h"
#include "sim/err.h"
#include "sim/mem.h"

static void on_lock(void *obj, uint32_t arg);
static void on_uplink_end(void *obj, uint32_t arg);
static void on_downlink_end(void *obj, uint32_t arg);

struct medium *medium_open(const struct medium_setup *s)
{
    struct medium *m = mem_alloc(1, sizeof *m);
    m->s = *s;
    m->cross = s->radio->iq_isolation_cdb != SCN_WORD;
    m->fading = s->radio->fading.model != FADING_NONE;
    m->random_loss = s->radio->random_loss_ratio;
    m->gateways = mem_alloc(s->n_gateways, sizeof *m->gateways);
    for (unsigned i = 0; i < s->n_gateways; i++)
        m->gateways[i].cfg = s->gateways[i];
    m->fading_key = rng_key_make(s->seed, s->run, RNG_FADING);
    m->loss_key = rng_key_make(s->seed, s->run, RNG_LOSS);
    interference_init(m);
    m->lock_event = evq_kind_add(s->evq, on_lock, "preamble end");
    m->end_event = evq_kind_add(s->evq, on_uplink_end, "uplink end");
    m->downlink_end_event = evq_kind_add(s->evq, on_downlink_end, "downlink end");
    return m;
}

static void free_lists(struct medium *m)
{
    for (size_t i = 0; i < (size_t)m->s.n_gateways * m->cap_channels; i++)
        free(m->cells[i].items);
    for (unsigned i = 0; i < m->n_channels; i++) {
        free(m->channels[i].sending);
    }
    for (unsigned i = 0; i < m->s.n_gateways; i++) {
        free(m->gateways[i].demodulators);
        free(m->gateways[i].sent);
    }
}

void medium_close(struct medium *m)
{
    if (!m)
        return;
    free_lists(m);
    for (size_t i = 0; i < m->n_all; i++) {
        free(m->all[i]->receptions);
        free(m->all[i]->copies);
        free(m->all[i]);
    }
    medium_beacon_close(m);
    free(m->spare);
    free(m->all);
    free(m->cells);
    free(m->gateways);
    free(m);
}

void medium_set_ops(struct medium *m, const struct medium_ops *ops)
{
    m->ops = *ops;
}

static bool gateway_listens(const struct medium_gateway *g, int64_t frequency_hz)
{
    for (unsigned i = 0; i < g->n_frequencies; i++)
        if (g->frequencies_hz[i] == frequency_hz)
            return true;
    return false;
}

/* Make room for more channels: cells of a gateway stay together. */
static void grow_channels(struct medium *m)
{
    unsigned cap = m->cap_channels ? 2 * m->cap_channels : 16;
    size_t n_gw = m->s.n_gateways;
    struct air_list *cells = mem_alloc(n_gw * cap, sizeof *cells);
    for (size_t g = 0; g < n_gw && m->cap_channels; g++) {
        memcpy(&cells[g * cap], &m->cells[g * m->cap_channels], m->cap_channels * sizeof *cells);
    }
    free(m->cells);
    m->cells = cells;
    m->cap_channels = cap;
}

/* Where a channel is remembered: most look-ups end here. */
static uint16_t *channel_memo(struct medium *m, int64_t frequency_hz, int64_t bw_hz)
{
    return &m->memo[(uint64_t)(frequency_hz / 100000 + bw_hz / 125000 * 97) % AIR_MEMO];
}

static int find_channel(const struct medium *m, int64_t frequency_hz, int64_t bw_hz)
{
    for (unsigned i = 0; i < m->n_channels; i++)
        if (m->channels[i].frequency_hz == frequency_hz && m->channels[i].bw_hz == bw_hz)
            return (int)i;
    return -1;
}

uint16_t medium_channel(struct medium *m, int64_t frequency_hz, int64_t bw_hz)
{
    uint16_t *memo = channel_memo(m, frequency_hz, bw_hz);
    const struct air_channel *known = &m->channels[*memo];
    if (known->frequency_hz == frequency_hz && known->bw_hz == bw_hz)
        return *memo;
    int found = find_channel(m, frequency_hz, bw_hz);
    if (found >= 0)
        return *memo = (uint16_t)found;
    SIM_CHECK(m->n_channels < AIR_MAX_CHANNELS, "more than %d channels", AIR_MAX_CHANNELS);
    if (m->n_channels == m->cap_channels)
        grow_channels(m);
    unsigned c = m->n_channels++;
    m->channels[c].frequency_hz = frequency_hz;
    m->channels[c].bw_hz = bw_hz;
    m->channels[c].i_bw = bw_hz == 500000 ? 2 : bw_hz == 250000 ? 1 : 0;
    for (size_t g = 0; g < m->s.n_gateways; g++)
        m->cells[g * m->cap_channels + c].listens =
            gateway_listens(&m->gateways[g].cfg, frequency_hz);
    return (uint16_t)c;
}

int64_t medium_channel_frequency(const struct medium *m, uint16_t channel)
{
    return m->channels[channel].frequency_hz;
}

int64_t medium_channel_bandwidth(const struct medium *m, uint16_t channel)
{
    return m->channels[channel].bw_hz;
}

struct medium_tx *medium_tx_take(struct medium *m)
{
    struct medium_tx *tx = m->free;
    if (tx) {
        m->free = tx->next_free;
    } else {
        tx = mem_alloc(1, sizeof *tx);
        if (m->n_all == m->cap_all) {
            m->cap_all = m->cap_all ? 2 * m->cap_all : 64;
            m->all = mem_grow(m->all, m->cap_all, sizeof *m->all);
        }
        tx->index = (uint32_t)m->n_all;
        m->all[m->n_all++] = tx;
    }
    tx->refs = 1;
    tx->n_receptions = tx->n_copies = 0;
    tx->reason = LOSS_NONE;
    tx->best_power_cdbm = INT32_MIN;
    tx->targets = NULL;
    tx->n_targets = 0;
    tx->gps_timed = false;
    tx->timed_from = 0;
    tx->made = -1;
    return tx;
}

void medium_tx_hold(struct medium_tx *tx)
{
    tx->refs++;
}

void medium_tx_release(struct medium *m, struct medium_tx *tx)
{
    if (--tx->refs)
        return;
    tx->next_free = m->free;
    m->free = tx;
}

static int sf_of(const struct medium_tx *tx)
{
    return tx->sfi == MEDIUM_FSK ? 0 : tx->sfi + 7;
}

void medium_row_tx(const struct medium *m, const struct medium_tx *tx)
{
    bool beacon = tx->kind == FRAME_BEACON;
    bool join = tx->kind == FRAME_JOIN_REQUEST || tx->kind == FRAME_JOIN_ACCEPT || beacon;
    struct row_tx r = {.node = tx->node,
                       .seq = tx->seq,
                       .network = m->s.network_ids[tx->network],
                       .target = tx->uplink ? ROW_NULL : tx->target,
                       .kind = tx->kind,
                       .start_ns = tx->start,
                       .end_ns = tx->end,
                       .frequency_hz = m->channels[tx->channel].frequency_hz,
                       .dr = tx->dr,
                       .sf = sf_of(tx),
                       .power_cdbm = tx->power_cdbm,
                       .size_bytes = tx->len,
                       .devaddr = join ? ROW_NULL : tx->devaddr,
                       .fcnt = tx->kind == FRAME_JOIN_ACCEPT || beacon ? ROW_NULL : tx->fcnt,
                       .fport = tx->fport < 0 ? ROW_NULL : tx->fport};
    trace_row(m->s.trace, ROW_TX, &r);
}

void medium_begin(struct medium *m, struct medium_tx *tx)
{
    SIM_CHECK(tx->start == evq_now(m->s.evq) && tx->end > tx->start, "node %lld",
              (long long)tx->node);
    tx->on_air = true;
    struct tally_cell *c = tally_at(m->s.tally, tx->network, tx->kind, tx->dr);
    c->n_sent += tx->targets == NULL; /* multicast: counted for each member when it is settled */
    c->airtime += tx->end - tx->start;
    if (trace_wants(m->s.trace, ROW_TX))
        medium_row_tx(m, tx);
}

void medium_count_sent(struct medium *m, const struct medium_tx *tx)
{
    tally_at(m->s.tally, tx->network, tx->kind, tx->dr)->n_sent++;
}

void medium_settle(struct medium *m, const struct medium_tx *tx, enum loss_reason reason,
                   int64_t receiver)
{
    struct tally_cell *c = tally_at(m->s.tally, tx->network, tx->kind, tx->dr);
    if (reason == LOSS_NONE) {
        c->n_received++;
        return;
    }
    c->n_lost[reason]++;
    if (!trace_wants(m->s.trace, ROW_LOSS))
        return;
    struct row_loss r = {.node = tx->node,
                         .seq = tx->seq,
                         .receiver = receiver,
                         .reason = reason,
                         .final = 1,
                         .power_cdbm =
                             tx->best_power_cdbm == INT32_MIN ? ROW_NULL : tx->best_power_cdbm,
                         .miss_us = reason == LOSS_WINDOW ? tx->miss_us : ROW_NULL};
    trace_row(m->s.trace, ROW_LOSS, &r);
}

int medium_sensitivity_cdbm(const struct medium *m, unsigned gateway, int sf, int64_t bw_hz)
{
    return m->gateways[gateway]
        .cfg.sensitivity_cdbm[sf == 0 ? MEDIUM_FSK : sf - 7][bw_hz == 500000   ? 2
                                                             : bw_hz == 250000 ? 1
                                                                               : 0];
}

bool medium_channel_clear(const struct medium *m, uint32_t device, uint16_t channel, int limit_cdbm)
{
    sim_time now = evq_now(m->s.evq);
    for (size_t i = 0; i < m->n_all; i++) {
        const struct medium_tx *tx = m->all[i];
        if (!tx->on_air || !tx->uplink || tx->channel != channel || tx->start >= now ||
            tx->end <= now)
            continue;
        int gain = links_path_gain_cdb(&m->s.radio->path_loss, m->s.frequency_hz,
                                       &m->s.devices[tx->device], &m->s.devices[device]);
        if (tx->power_cdbm + gain >= limit_cdbm)
            return false;
    }
    return true;
}

static sim_time protect_from(const struct medium *m, const struct medium_tx *tx)
{
    return m->model.ignore_head ? tx->start + 3 * tx->symbol : tx->start;
}

void medium_fill_reception(const struct medium *m, struct reception *r, struct medium_tx *tx,
                           int power_cdbm)
{
    *r = (struct reception){.tx = tx,
                            .start = tx->start,
                            .end = tx->end,
                            .protect = protect_from(m, tx),
                            .power_cdbm = power_cdbm,
                            .linear = medium_linear(m, power_cdbm),
                            .sfi = tx->sfi};
}

static void swap_receptions(struct medium *m, struct medium_tx *tx)
{
    struct reception *spare = m->spare;
    uint32_t cap = m->cap_spare;
    m->spare = tx->receptions;
    m->cap_spare = tx->cap_receptions;
    tx->receptions = spare;
    tx->cap_receptions = cap;
}

void medium_keep_receptions(struct medium *m, struct medium_tx *tx)
{
    tx->n_receptions = 0;
    if (tx->cap_receptions > m->cap_spare)
        swap_receptions(m, tx);
}

struct reception *medium_more_receptions(struct medium *m, struct medium_tx *tx, unsigned n)
{
    if (tx->cap_receptions < n && m->cap_spare > tx->cap_receptions)
        swap_receptions(m, tx);
    if (tx->cap_receptions < n) {
        tx->receptions = mem_grow(tx->receptions, n, sizeof *tx->receptions);
        tx->cap_receptions = n;
    }
    return tx->receptions;
}

/* The draws of one frame at one receiver are keyed by both, whatever else is in the scenario. */
static uint32_t receiver_key(sim_entity receiver)
{
    return (uint32_t)(receiver ^ (receiver >> 24) * 0x9e3779) & 0xffffff;
}

int medium_fading(const struct medium *m, const struct medium_tx *tx, sim_entity receiver)
{
    if (!m->fading)
        return 0;
    return links_fading_cdb(&m->s.radio->fading, m->fading_key, tx->node, tx->seq,
                            receiver_key(receiver));
}

/* Downlinks on the air disturb this uplink at its gateways, and it disturbs devices that receive.
 */
static void cross_uplink(struct medium *m, struct medium_tx *tx)
{
    struct air_channel *c = &m->channels[tx->channel];
    int iso = (int)m->s.radio->iq_isolation_cdb;
    for (uint32_t i = 0; i < c->n_sending; i++) {
        const struct medium_tx *o = c->sending[i];
        for (unsigned k = 0; k < tx->n_receptions; k++) {
            struct reception *r = &tx->receptions[k];
            int gain = m->s.links->gateway_gain_cdb[o->gateway * m->s.n_gateways + r->gateway];
            interference_add(m, r, o->sfi, medium_linear(m, o->power_cdbm + gain - iso), o->start,
                             o->end);
        }
    }
    for (uint32_t i = 0; i < c->n_sending; i++)
        for (unsigned k = 0; k < c->sending[i]->n_receptions; k++) {
            struct reception *v = &c->sending[i]->receptions[k];
            int gain = links_path_gain_cdb(&m->s.radio->path_loss, m->s.frequency_hz,
                                           &m->s.devices[tx->device], &m->s.devices[v->device]);
            interference_add(m, v, tx->sfi, medium_linear(m, tx->power_cdbm + gain - iso),
                             tx->start, tx->end);
        }
}

void medium_send_uplink(struct medium *m, struct medium_tx *tx)
{
    medium_begin(m, tx);
    const struct links *l = m->s.links;
    uint32_t first = l->first[tx->device], n = l->first[tx->device + 1] - first;
    struct reception *rec = medium_more_receptions(m, tx, n);
    uint8_t i_bw = m->channels[tx->channel].i_bw;
    bool heard = false;
    for (uint32_t i = 0; i < n; i++) {
        const struct link *k = &l->link[first + i];
        struct air_list *cell = &m->cells[(size_t)k->gateway * m->cap_channels + tx->channel];
        if (!cell->listens)
            continue;
        struct reception *r = &rec[tx->n_receptions++];
        medium_fill_reception(m, r, tx,
                              tx->power_cdbm + k->gain_cdb +
                                  medium_fading(m, tx, m->gateways[k->gateway].cfg.id));
        r->gateway = k->gateway;
        r->heard = r->power_cdbm >= m->gateways[k->gateway].cfg.sensitivity_cdbm[tx->sfi][i_bw];
        heard |= r->heard;
        interference_start(m, cell, r);
        air_list_add(cell, r);
    }
    if (m->cross)
        cross_uplink(m, tx);
    if (m->beacon && m->beacon->b.end > tx->start)
        medium_meet_beacon(m, tx);
    if (heard && m->s.radio->demod_lock == LOCK_FRAME_START)
        for (unsigned i = 0; i < tx->n_receptions; i++)
            gateway_lock(m, &rec[i], tx->start);
    else if (heard)
        evq_push(m->s.evq, tx->lock, m->lock_event, m, tx->index);
    evq_push(m->s.evq, tx->end, m->end_event, m, tx->index);
}

static void on_lock(void *obj, uint32_t arg)
{
    struct medium *m = obj;
    struct medium_tx *tx = m->all[arg];
    for (unsigned i = 0; i < tx->n_receptions; i++)
        gateway_lock(m, &tx->receptions[i], tx->lock);
}

bool medium_random_loss(const struct medium *m, const struct medium_tx *tx, sim_entity receiver)
{
    if (m->random_loss <= 0)
        return false;
    uint64_t n = (uint64_t)receiver_key(receiver) << 40 | tx->seq;
    return rng_draw_uniform(m->loss_key, (uint64_t)tx->node, n) < m->random_loss;
}

/* The one reason why a gateway did not decode a frame, the first that holds in this order. */
static enum loss_reason reason_of(const struct medium *m, const struct reception *r)
{
    if (medium_gateway_down(m, r->gateway, r->start, r->end))
        return LOSS_GATEWAY_DOWN;
    if (!r->heard)
        return LOSS_SENSITIVITY;
    if (gateway_sent_within(m, r->gateway, r->start, r->end))
        return LOSS_GATEWAY_TX;
    if (!r->locked)
        return LOSS_NO_DEMODULATOR;
    if (interference_kills(m, r))
        return LOSS_INTERFERENCE;
    return medium_random_loss(m, r->tx, m->gateways[r->gateway].cfg.id) ? LOSS_RANDOM : LOSS_NONE;
}

static int snr_of(const struct medium *m, const struct medium_tx *tx, const struct reception *r)
{
    int sens = m->gateways[r->gateway].cfg.sensitivity_cdbm[tx->sfi][m->channels[tx->channel].i_bw];
    return r->power_cdbm - sens + radio_required_snr_cdb(sf_of(tx));
}

static void trace_copy(const struct medium *m, const struct medium_tx *tx,
                       const struct medium_copy *c)
{
    int64_t gateway = m->gateways[c->gateway].cfg.id;
    if (trace_wants(m->s.trace, ROW_RX)) {
        struct row_rx r = {.node = tx->node,
                           .seq = tx->seq,
                           .receiver = gateway,
                           .power_cdbm = c->power_cdbm,
                           .snr_cdb = c->snr_cdb,
                           .window = ROW_NULL};
        trace_row(m->s.trace, ROW_RX, &r);
    }
    if (!m->s.trace->frames)
        return;
    struct trace_frame f = {.gateway = gateway,
                            .uplink = true,
                            .start_ns = tx->start,
                            .end_ns = tx->end,
                            .frequency_hz = m->channels[tx->channel].frequency_hz,
                            .bandwidth_hz = m->channels[tx->channel].bw_hz,
                            .sf = sf_of(tx),
                            .power_cdbm = c->power_cdbm,
                            .snr_cdb = c->snr_cdb,
                            .bytes = tx->phy,
                            .len = tx->len};
    trace_frame(m->s.trace, &f);
}

static void add_copy(struct medium *m, struct medium_tx *tx, const struct reception *r)
{
    struct air_gateway *g = &m->gateways[r->gateway];
    g->n_rx++;
    g->n_rx_foreign += g->cfg.network != tx->network;
    if (tx->cap_copies < tx->n_receptions) {
        tx->copies = mem_grow(tx->copies, tx->n_receptions, sizeof *tx->copies);
        tx->cap_copies = (uint16_t)tx->n_receptions;
    }
    struct medium_copy *c = &tx->copies[tx->n_copies++];
    c->gateway = r->gateway;
    c->power_cdbm = (int16_t)r->power_cdbm;
    c->snr_cdb = (int16_t)snr_of(m, tx, r);
    if (m->s.trace->rows || m->s.trace->frames)
        trace_copy(m, tx, c);
}

static void row_copy_lost(const struct medium *m, const struct reception *r)
{
    struct row_loss row = {.node = r->tx->node,
                           .seq = r->tx->seq,
                           .receiver = m->gateways[r->gateway].cfg.id,
                           .reason = r->reason,
                           .final = 0,
                           .power_cdbm = r->power_cdbm,
                           .miss_us = ROW_NULL};
    trace_row(m->s.trace, ROW_LOSS, &row);
}

static void end_reception(struct medium *m, struct medium_tx *tx, struct reception *r)
{
    air_list_remove(&m->cells[(size_t)r->gateway * m->cap_channels + tx->channel], r);
    gateway_unlock(m, r);
    r->reason = reason_of(m, r);
    struct air_gateway *g = &m->gateways[r->gateway];
    if (r->reason == LOSS_NONE)
        add_copy(m, tx, r);
    else
        g->n_lost[r->reason]++;
    if (r->reason != LOSS_NONE && trace_wants(m->s.trace, ROW_LINK)) /* store: all */
        row_copy_lost(m, r);
}

/* Why a frame that no gateway of its network could even notice was lost. */
static enum loss_reason unnoticed(const struct medium *m, const struct medium_tx *tx)
{
    const struct links *l = m->s.links;
    for (uint32_t i = l->first[tx->device]; i < l->first[tx->device + 1]; i++)
        if (m->gateways[l->link[i].gateway].cfg.network == tx->network)
            return LOSS_CHANNEL;
    return LOSS_NO_LINK;
}

/* The frame's outcome for its own network: received, or the reason at the strongest gateway. */
static void conclude(const struct medium *m, struct medium_tx *tx)
{
    bool received = false;
    for (unsigned i = 0; i < tx->n_receptions; i++) {
        const struct reception *r = &tx->receptions[i];
        if (m->gateways[r->gateway].cfg.network != tx->network)
            continue;
        received |= r->reason == LOSS_NONE;
        if (r->power_cdbm > tx->best_power_cdbm) {
            tx->best_power_cdbm = r->power_cdbm;
            tx->reason = r->reason;
        }
    }
    if (received)
        tx->reason = LOSS_NONE;
    else if (tx->best_power_cdbm == INT32_MIN)
        tx->reason = unnoticed(m, tx);
}

static void on_uplink_end(void *obj, uint32_t arg)
{
    struct medium *m = obj;
    struct medium_tx *tx = m->all[arg];
    for (unsigned i = 0; i < tx->n_receptions; i++)
        end_reception(m, tx, &tx->receptions[i]);
    conclude(m, tx);
    tx->on_air = false;
    if (tx->reason != LOSS_NONE)
        medium_settle(m, tx, tx->reason, m->s.network_ids[tx->network]);
    m->ops.uplink(m->ops.ctx, tx);
    medium_tx_release(m, tx);
}

static void on_downlink_end(void *obj, uint32_t arg)
{
    struct medium *m = obj;
    medium_downlink_end(m, m->all[arg]);
}

static void row_gateway(const struct medium *m, const struct air_gateway *g)
{
    struct row_gateway_stat r = {.gateway = g->cfg.id,
                                 .n_rx = (int64_t)g->n_rx,
                                 .n_rx_foreign = (int64_t)g->n_rx_foreign,
                                 .n_tx = (int64_t)g->n_tx,
                                 .tx_airtime_ns = g->tx_airtime,
                                 .n_lost_interference = (int64_t)g->n_lost[LOSS_INTERFERENCE],
                                 .n_lost_sensitivity = (int64_t)g->n_lost[LOSS_SENSITIVITY],
                                 .n_lost_no_demodulator = (int64_t)g->n_lost[LOSS_NO_DEMODULATOR],
                                 .n_lost_gateway_tx = (int64_t)g->n_lost[LOSS_GATEWAY_TX],
                                 .n_lost_gateway_down = (int64_t)g->n_lost[LOSS_GATEWAY_DOWN]};
    trace_row(m->s.trace, ROW_GATEWAY_STAT, &r);
}

static int by_name(const void *a, const void *b)
{
    const struct medium_tx *x = *(struct medium_tx *const *)a, *y = *(struct medium_tx *const *)b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void medium_finish(struct medium *m)
{
    struct medium_tx **left = mem_alloc(m->n_all, sizeof *left);
    size_t n = 0;
    for (size_t i = 0; i < m->n_all; i++)
        if (m->all[i]->on_air)
            left[n++] = m->all[i];
    qsort(left, n, sizeof *left, by_name);
    for (size_t i = 0; i < n; i++) {
        if (left[i]->uplink)
            medium_settle(m, left[i], LOSS_ENDED, m->s.network_ids[left[i]->network]);
        else
            medium_downlink_abort(m, left[i]);
    }
    free(left);
    for (unsigned i = 0; i < m->s.n_gateways; i++)
        row_gateway(m, &m->gateways[i]);
}
