/* SPDX-License-Identifier: GPL-2.0-only
 * Packet forwarders: what they send when, and what they make of what comes in. */
#include "models/lorawan/forwarder.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"
#include "sim/rng.h"

enum { FSK_BIT_RATE = 50000 };

struct count {
    uint64_t n_sent, n_bytes, n_received, n_dropped;
};

struct gateway {
    struct forwarder_link link;
    uint16_t token;
    struct semtech_stat stat;
    uint32_t n_pushed, n_acknowledged; /* since the last status */
    struct count counts[N_BACKHAUL_KIND];
};

struct forwarder {
    struct forwarder_setup s;
    struct gateway *g;
    evq_kind pull_event, stat_event;
    struct semtech_msg msg; /* the one at hand */
};

static void on_pull(void *obj, uint32_t arg);
static void on_stat(void *obj, uint32_t arg);
static void on_answer(void *ctx, unsigned gateway, uint16_t token, enum downlink_result result);
static void on_receive(void *ctx, uint32_t gateway, uint32_t from, const uint8_t *bytes,
                       size_t len);

struct forwarder *forwarder_open(const struct forwarder_setup *s)
{
    struct forwarder *f = mem_alloc(1, sizeof *f);
    f->s = *s;
    f->s.links = NULL;
    f->g = mem_alloc(s->n_gateways, sizeof *f->g);
    f->pull_event = evq_kind_add(s->evq, on_pull, "PULL_DATA");
    f->stat_event = evq_kind_add(s->evq, on_stat, "status of a gateway");
    for (unsigned i = 0; i < s->n_gateways; i++) {
        f->g[i].link = s->links[i];
        if (s->links[i].used)
            s->links[i].backhaul.ops->listen(s->links[i].backhaul.obj, i, on_receive, f);
    }
    gateways_set_answer(s->gateways, on_answer, f);
    return f;
}

void forwarder_close(struct forwarder *f)
{
    if (!f)
        return;
    free(f->g);
    free(f);
}

/* Forwarders have been running before: their periods begin anywhere. */
void forwarder_start(struct forwarder *f)
{
    struct rng_key key = rng_key_make(f->s.seed, f->s.run, RNG_FORWARDER);
    for (unsigned i = 0; i < f->s.n_gateways; i++) {
        const struct forwarder_link *l = &f->g[i].link;
        uint64_t id = (uint64_t)f->s.ids[i];
        if (!l->used)
            continue;
        sim_time first = (sim_time)(rng_draw_uniform(key, id, 0) * (double)l->keepalive);
        if (first < f->s.duration)
            evq_push(f->s.evq, first, f->pull_event, f, i);
        if (l->stat_period == SIM_NEVER)
            continue;
        first = (sim_time)(rng_draw_uniform(key, id, 1) * (double)l->stat_period);
        if (first < f->s.duration)
            evq_push(f->s.evq, first, f->stat_event, f, i);
    }
}

static bool is_down(const struct forwarder *f, unsigned gateway)
{
    sim_time now = evq_now(f->s.evq);
    return medium_gateway_down(f->s.medium, gateway, now, now + 1);
}

void forwarder_count_sent(struct forwarder *f, unsigned gateway, enum backhaul_kind kind,
                          size_t len)
{
    f->g[gateway].counts[kind].n_sent++;
    f->g[gateway].counts[kind].n_bytes += len;
}

void forwarder_count_received(struct forwarder *f, unsigned gateway, enum backhaul_kind kind,
                              bool used)
{
    f->g[gateway].counts[kind].n_received += used;
    f->g[gateway].counts[kind].n_dropped += !used;
}

bool forwarder_is(const struct forwarder *f, unsigned gateway, uint64_t eui)
{
    return f->g[gateway].link.used && f->g[gateway].link.eui == eui;
}

/* f->msg to the gateway's server. */
static void send(struct forwarder *f, unsigned gateway)
{
    const struct forwarder_link *l = &f->g[gateway].link;
    uint8_t bytes[SEMTECH_MAX_LEN];
    f->msg.eui = l->eui;
    int len = semtech_encode(&f->msg, bytes);
    SIM_CHECK(len > 0, "datagram %d of gateway %u: %s", f->msg.kind, gateway, sim_strerror(len));
    forwarder_count_sent(f, gateway, f->msg.kind, (size_t)len);
    l->backhaul.ops->send(l->backhaul.obj, gateway, l->server, bytes, (size_t)len);
}

static void on_pull(void *obj, uint32_t gateway)
{
    struct forwarder *f = obj;
    struct gateway *g = &f->g[gateway];
    sim_time now = evq_now(f->s.evq);
    f->msg.kind = BACKHAUL_PULL_DATA;
    f->msg.token = ++g->token;
    if (!is_down(f, gateway))
        send(f, gateway);
    if (g->link.keepalive < f->s.duration - now)
        evq_push(f->s.evq, now + g->link.keepalive, f->pull_event, f, gateway);
}

/* The first time it says 100 %, as there is nothing to divide by. */
static void on_stat(void *obj, uint32_t gateway)
{
    struct forwarder *f = obj;
    struct gateway *g = &f->g[gateway];
    sim_time now = evq_now(f->s.evq);
    f->msg.kind = BACKHAUL_PUSH_DATA;
    f->msg.n_rxpk = 0;
    f->msg.has_stat = true;
    g->stat.time_s = (f->s.start_gps_ns + now) / SIM_S(1);
    g->stat.acknowledged_permille =
        (uint16_t)(g->n_pushed ? 1000u * g->n_acknowledged / g->n_pushed : 1000);
    if (g->stat.acknowledged_permille > 1000) /* answers to those before the last status */
        g->stat.acknowledged_permille = 1000;
    f->msg.stat = g->stat;
    f->msg.token = ++g->token;
    if (!is_down(f, gateway)) {
        g->n_pushed = 1;
        g->n_acknowledged = 0;
        send(f, gateway);
    }
    if (g->link.stat_period < f->s.duration - now)
        evq_push(f->s.evq, now + g->link.stat_period, f->stat_event, f, gateway);
}

struct semtech_radio forwarder_radio(const struct region *r, int dr, int64_t frequency_hz)
{
    bool lora = r->dr[dr].modulation == REGION_LORA;
    return (struct semtech_radio){.frequency_hz = frequency_hz,
                                  .sf = (uint8_t)(lora ? r->dr[dr].sf : 0),
                                  .bw_hz = lora ? r->dr[dr].bw_hz : 0,
                                  .coding = lora ? 5 : 0,
                                  .bit_rate = lora ? 0 : FSK_BIT_RATE};
}

/* Whole units of a value in hundredths, rounded to the nearest. */
static int16_t rounded(int value, int unit)
{
    return (int16_t)((value < 0 ? value - unit / 2 : value + unit / 2) / unit);
}

uint16_t forwarder_push(struct forwarder *f, const struct medium_tx *tx,
                        const struct medium_copy *c)
{
    struct gateway *g = &f->g[c->gateway];
    struct semtech_rxpk *r = &f->msg.rxpk[0];
    int64_t error_ns;
    f->msg.kind = BACKHAUL_PUSH_DATA;
    f->msg.has_stat = false;
    f->msg.n_rxpk = 1;
    f->msg.token = ++g->token;
    *r = (struct semtech_rxpk){
        .radio = forwarder_radio(f->s.region, tx->dr,
                                 medium_channel_frequency(f->s.medium, tx->channel)),
        .tmst = gateways_count_us(f->s.gateways, c->gateway, tx->end),
        .crc = 1,
        .channel = (uint8_t)tx->channel,
        .rssi_dbm = rounded(c->power_cdbm, 100),
        .snr_ddb = rounded(c->snr_cdb, 10),
        .len = tx->len};
    r->has_gps = gateways_gps(f->s.gateways, c->gateway, tx->end, &error_ns);
    if (r->has_gps) {
        r->time_us = (f->s.start_gps_ns + tx->end + error_ns) / 1000;
        r->tmms = r->time_us / 1000;
    }
    memcpy(r->phy, tx->phy, tx->len);
    g->stat.n_received++;
    g->stat.n_crc_ok++;
    g->stat.n_forwarded++;
    g->n_pushed++;
    send(f, c->gateway);
    return f->msg.token;
}

/* What the gateway makes of an order, in the protocol's words: a full queue is one of collisions.
 */
static enum semtech_error error_of(enum downlink_result r)
{
    switch (r) {
    case DL_SENT:
        return SEMTECH_NONE;
    case DL_TOO_LATE:
        return SEMTECH_TOO_LATE;
    case DL_TOO_EARLY:
        return SEMTECH_TOO_EARLY;
    case DL_COLLISION_BEACON:
        return SEMTECH_COLLISION_BEACON;
    case DL_TX_FREQ:
        return SEMTECH_TX_FREQ;
    case DL_TX_POWER:
        return SEMTECH_TX_POWER;
    case DL_GPS_UNLOCKED:
        return SEMTECH_GPS_UNLOCKED;
    default:
        return SEMTECH_COLLISION_PACKET;
    }
}

static void on_answer(void *ctx, unsigned gateway, uint16_t token, enum downlink_result result)
{
    struct forwarder *f = ctx;
    f->msg.kind = BACKHAUL_TX_ACK;
    f->msg.token = token;
    f->msg.error = error_of(result);
    f->msg.warning = false;
    f->g[gateway].stat.n_sent += result == DL_SENT;
    send(f, gateway);
}

static void obey(struct forwarder *f, unsigned gateway)
{
    const struct semtech_txpk *t = &f->msg.txpk;
    struct gateways_order o = {.timing = t->timing == SEMTECH_IMME   ? GATEWAYS_AT_ONCE
                                         : t->timing == SEMTECH_TMST ? GATEWAYS_AT_COUNT
                                                                     : GATEWAYS_AT_GPS,
                               .count_us = t->tmst,
                               .gps_ms = t->tmms,
                               .frequency_hz = t->radio.frequency_hz,
                               .power_cdbm = t->power_dbm * 100,
                               .phy = t->phy,
                               .len = t->len};
    f->g[gateway].stat.n_downlinks++;
    gateways_arrived(f->s.gateways, gateway, f->msg.token, &o);
}

static void on_receive(void *ctx, uint32_t gateway, uint32_t from, const uint8_t *bytes, size_t len)
{
    struct forwarder *f = ctx;
    (void)from;
    if (semtech_decode(&f->msg, bytes, len)) {
        forwarder_count_received(f, gateway, BACKHAUL_PULL_RESP, false);
        return;
    }
    enum backhaul_kind kind = f->msg.kind;
    bool used = !is_down(f, gateway) && (kind == BACKHAUL_PUSH_ACK || kind == BACKHAUL_PULL_ACK ||
                                         kind == BACKHAUL_PULL_RESP);
    forwarder_count_received(f, gateway, kind, used);
    f->g[gateway].n_acknowledged += used && kind == BACKHAUL_PUSH_ACK;
    if (kind == BACKHAUL_PULL_RESP) /* one that is down: the outcome is known all the same */
        obey(f, gateway);
}

static void rows_of(const struct forwarder *f, unsigned gateway)
{
    for (int k = 0; k < N_BACKHAUL_KIND; k++) {
        const struct count *c = &f->g[gateway].counts[k];
        struct row_backhaul_stat r = {.node = f->s.ids[gateway],
                                      .kind = k,
                                      .n_sent = (int64_t)c->n_sent,
                                      .n_bytes = (int64_t)c->n_bytes,
                                      .n_received = (int64_t)c->n_received,
                                      .n_dropped = (int64_t)c->n_dropped};
        if (c->n_sent || c->n_received || c->n_dropped)
            trace_row(f->s.trace, ROW_BACKHAUL_STAT, &r);
    }
}

void forwarder_finish(struct forwarder *f)
{
    for (unsigned i = 0; i < f->s.n_gateways; i++)
        if (f->g[i].link.used)
            rows_of(f, i);
}
