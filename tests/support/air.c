/* SPDX-License-Identifier: GPL-2.0-only
 * A small air for tests of the medium. */
#include "tests/support/air.h"

#include <stdlib.h>

#include "models/radio/region.h"
#include "sim/mem.h"

static const int64_t frequencies_hz[] = {AIR_F0, AIR_F1, AIR_F2};
static const int64_t network_ids[] = {1000, 1001};

static sim_entity gateway_id(unsigned g)
{
    return entity_make("gw", g);
}

void air_init(struct air *a, unsigned n_gateways)
{
    *a = (struct air){.n_gateways = n_gateways};
    a->radio = (struct radio_cfg){
        .path_loss = {.exponent = 2, .reference_loss_cdb = 0, .reference_distance_mm = 1000},
        .interference = INTERFERENCE_NONE,
        .iq_isolation_cdb = SCN_WORD};
    for (unsigned g = 0; g < n_gateways; g++) {
        struct medium_gateway *w = &a->gateways[g];
        *w = (struct medium_gateway){.id = gateway_id(g),
                                     .n_demodulators = UINT32_MAX,
                                     .frequencies_hz = frequencies_hz,
                                     .n_frequencies = 3};
        for (int s = 0; s < MEDIUM_N_SF; s++)
            for (int b = 0; b < MEDIUM_N_BW; b++)
                w->sensitivity_cdbm[s][b] = (int16_t)radio_sensitivity_cdbm(
                    RX_SX1301, s == MEDIUM_FSK ? 0 : s + 7, INT64_C(125000) << b, 0);
    }
    a->frames = mem_alloc(AIR_FRAMES, sizeof *a->frames);
    a->order = mem_alloc(AIR_FRAMES, sizeof *a->order);
}

unsigned air_post(struct air *a, struct air_frame f)
{
    f.hz = f.hz ? f.hz : AIR_F0;
    sim_time preamble = f.sf ? 12 * AIR_SYMBOL(f.sf) : SIM_US(800), half = (f.end - f.start) / 2;
    f.lock = f.lock ? f.lock : f.start + (preamble < half ? preamble : half);
    for (int g = 0; g < AIR_GATEWAYS; g++)
        f.at[g] = AIR_UNKNOWN;
    a->frames[a->n] = f;
    a->order[a->n] = a->n;
    return a->n++;
}

unsigned air_uplink(struct air *a, unsigned device, sim_time start, sim_time end, int cdbm)
{
    return air_post(
        a, (struct air_frame){.device = device, .start = start, .end = end, .sf = 7, .cdbm = cdbm});
}

static void on_send(void *obj, uint32_t arg)
{
    struct air *a = obj;
    const struct air_frame *f = &a->frames[arg];
    struct medium_tx *tx = medium_tx_take(a->medium);
    tx->node = f->down ? gateway_id(f->gateway) : entity_make("dev", f->device);
    tx->seq = arg;
    tx->device = f->device;
    tx->target = entity_make("dev", f->device);
    tx->gateway = (uint16_t)f->gateway;
    tx->network = (uint16_t)f->network;
    tx->kind = f->down ? FRAME_DOWN : FRAME_UP;
    tx->uplink = !f->down;
    tx->dr = 5;
    tx->sfi = (uint8_t)(f->sf ? f->sf - 7 : MEDIUM_FSK);
    tx->window = 1;
    tx->channel = medium_channel(a->medium, f->hz, f->sf ? 125000 : 0);
    tx->power_cdbm = f->cdbm;
    tx->symbol = f->sf ? AIR_SYMBOL(f->sf) : 0;
    tx->start = f->start;
    tx->lock = f->lock;
    tx->end = f->end;
    tx->fport = -1;
    tx->len = 1;
    if (f->down)
        medium_send_downlink(a->medium, tx);
    else
        medium_send_uplink(a->medium, tx);
}

static void on_uplink(void *ctx, struct medium_tx *tx)
{
    struct air *a = ctx;
    struct air_frame *f = &a->frames[tx->seq];
    f->n_ends++;
    f->reason = (int)tx->reason;
    f->n_copies = tx->n_copies;
    for (unsigned i = 0; i < tx->n_copies; i++) {
        f->at[tx->copies[i].gateway] = LOSS_NONE;
        f->snr[tx->copies[i].gateway] = tx->copies[i].snr_cdb;
    }
    if (tx->reason == LOSS_NONE)
        medium_settle(a->medium, tx, LOSS_NONE, network_ids[tx->network]);
}

static enum loss_reason on_listen(void *ctx, const struct medium_tx *tx, uint32_t device,
                                  int power_cdbm, int *snr_cdb)
{
    struct air *a = ctx;
    (void)device;
    *snr_cdb = power_cdbm;
    return a->frames[tx->seq].listen;
}

static enum loss_reason on_stayed(void *ctx, const struct medium_tx *tx, uint32_t device)
{
    (void)ctx;
    (void)tx;
    (void)device;
    return LOSS_NONE;
}

static void on_downlink_done(void *ctx, struct medium_tx *tx)
{
    (void)ctx;
    (void)tx;
}

static void on_downlink(void *ctx, struct medium_tx *tx, uint32_t device, enum loss_reason reason)
{
    struct air *a = ctx;
    (void)device;
    struct air_frame *f = &a->frames[tx->seq];
    f->n_ends++;
    f->reason = (int)reason;
    medium_settle(a->medium, tx, reason, tx->target);
}

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct air *a = ctx;
    if (table == ROW_GATEWAY_STAT) {
        const struct row_gateway_stat *r = row;
        for (unsigned g = 0; g < a->n_gateways; g++)
            if (gateway_id(g) == r->gateway) {
                a->n_rx[g] = r->n_rx;
                a->n_rx_foreign[g] = r->n_rx_foreign;
                a->n_tx[g] = r->n_tx;
            }
    }
    if (table != ROW_LOSS)
        return;
    const struct row_loss *r = row;
    struct air_frame *f = &a->frames[r->seq];
    for (unsigned g = 0; !r->final && g < a->n_gateways; g++)
        if (gateway_id(g) == r->receiver)
            f->at[g] = (int)r->reason;
    if (r->final && r->reason == LOSS_ENDED) {
        f->ended = true;
        f->reason = LOSS_ENDED;
    }
}

static void make_links(struct air *a)
{
    struct links *l = &a->links;
    l->n_devices = AIR_DEVICES;
    l->n_gateways = a->n_gateways;
    l->first = mem_alloc(AIR_DEVICES + 1, sizeof *l->first);
    l->link = mem_alloc(AIR_DEVICES * AIR_GATEWAYS, sizeof *l->link);
    l->gateway_gain_cdb = mem_alloc(AIR_GATEWAYS * AIR_GATEWAYS, sizeof *l->gateway_gain_cdb);
    uint32_t n = 0;
    for (unsigned d = 0; d < AIR_DEVICES; d++) {
        l->first[d] = n;
        for (unsigned g = 0; g < a->n_gateways; g++)
            if (a->gain_cdb[d][g] != AIR_NO_LINK)
                l->link[n++] = (struct link){(uint16_t)g, a->gain_cdb[d][g]};
        for (uint32_t i = l->first[d] + 1; i < n; i++) /* by falling gain */
            for (uint32_t k = i; k > l->first[d] && l->link[k].gain_cdb > l->link[k - 1].gain_cdb;
                 k--) {
                struct link t = l->link[k];
                l->link[k] = l->link[k - 1];
                l->link[k - 1] = t;
            }
    }
    l->first[AIR_DEVICES] = n;
    for (unsigned i = 0; i < a->n_gateways; i++)
        for (unsigned k = 0; k < a->n_gateways; k++)
            l->gateway_gain_cdb[i * a->n_gateways + k] = a->gateway_gain_cdb[i][k];
}

static void start(struct air *a)
{
    a->evq = evq_open(a->ties);
    trace_init(&a->trace);
    struct trace_listener listener = {.rows = 1u << ROW_LOSS | 1u << ROW_LINK | 1u << ROW_RX |
                                              1u << ROW_TX | 1u << ROW_GATEWAY_STAT,
                                      .row = on_row,
                                      .ctx = a};
    trace_listen(&a->trace, &listener);
    tally_init(&a->tally, 2);
    make_links(a);
    for (unsigned i = 0; i < AIR_DEVICES; i++)
        a->device_ids[i] = entity_make("dev", i);
    struct medium_setup s = {.radio = &a->radio,
                             .evq = a->evq,
                             .trace = &a->trace,
                             .tally = &a->tally,
                             .links = &a->links,
                             .device_ids = a->device_ids,
                             .devices = a->places,
                             .frequency_hz = AIR_F0,
                             .gateways = a->gateways,
                             .n_gateways = a->n_gateways,
                             .n_networks = 2,
                             .network_ids = network_ids,
                             .seed = 1,
                             .run = 1};
    a->medium = medium_open(&s);
    struct medium_ops ops = {.ctx = a,
                             .uplink = on_uplink,
                             .listen = on_listen,
                             .stayed = on_stayed,
                             .downlink = on_downlink,
                             .downlink_done = on_downlink_done};
    medium_set_ops(a->medium, &ops);
    a->send = evq_kind_add(a->evq, on_send, "send");
}

void air_ask(struct air *a, sim_time at, evq_fn fn, void *obj)
{
    a->ask = fn;
    a->ask_obj = obj;
    a->ask_at = at;
}

void air_run(struct air *a, sim_time end)
{
    start(a);
    sim_time last = 0;
    for (unsigned i = 0; i < a->n; i++) {
        unsigned k = a->order[i];
        evq_push(a->evq, a->frames[k].start, a->send, a, k);
        last = a->frames[k].end > last ? a->frames[k].end : last;
    }
    if (a->ask)
        evq_push(a->evq, a->ask_at, evq_kind_add(a->evq, a->ask, "ask"), a->ask_obj, 0);
    evq_run(a->evq, end == SIM_NEVER ? last + 1 : end);
    medium_finish(a->medium);
    a->n_unbalanced = tally_unbalanced(&a->tally);
}

void air_fini(struct air *a)
{
    medium_close(a->medium);
    if (a->evq)
        evq_close(a->evq);
    tally_fini(&a->tally);
    links_free(&a->links);
    free(a->frames);
    free(a->order);
}
