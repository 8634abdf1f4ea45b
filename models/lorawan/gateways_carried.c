/* SPDX-License-Identifier: GPL-2.0-only
 * Downlinks that a backhaul carries: what the server orders, what the gateway makes of it, and how
 * the server learns that.
 *
 * A downlink stays in the server's books until it is sent, or until the server knows that it is
 * not: from the gateway's answer or, when none comes, from its own patience. What is sent when at
 * a gateway follows from the order alone: its counter has steps of 1 us, GPS times of 1 ms, powers
 * of 1 dB. An order that should start in the past is too late, where packet forwarders take it for
 * one in the far future and say TOO_EARLY. Source: PROTOCOL.TXT and jitqueue.c of packet_forwarder.
 */
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/gateways_internal.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/rng.h"

static sim_time counter_ns(const struct gateways *gs, unsigned gateway, sim_time at)
{
    return gs->g[gateway].counter_base + gateway_clock_count(gs->s.gateways[gateway].clock, at);
}

uint32_t gateways_count_us(const struct gateways *gs, unsigned gateway, sim_time at)
{
    return (uint32_t)(counter_ns(gs, gateway, at) / 1000);
}

/* The true time, near now, at which a gateway's counter comes to a reading. */
static sim_time when_count(const struct gateways *gs, unsigned gateway, uint32_t count_us,
                           sim_time now)
{
    int64_t us = counter_ns(gs, gateway, now) / 1000;
    us += (int32_t)(count_us - (uint32_t)us);
    return gateway_clock_when(gs->s.gateways[gateway].clock,
                              us * 1000 - gs->g[gateway].counter_base);
}

static struct planned *find(const struct gateways *gs, unsigned gateway, uint16_t token)
{
    struct sender *g = &gs->g[gateway];
    for (unsigned i = 0; i < g->n; i++)
        if (g->planned[i].carried && g->planned[i].token == token)
            return &g->planned[i];
    return NULL;
}

/* The server knows now. */
static void tell(struct gateways *gs, unsigned gateway, struct planned *p)
{
    gs->s.refused(gs->s.ctx, p->tx);
    gateways_unbook(gs, gateway, find(gs, gateway, p->token));
}

/* The server waits no longer for an answer, or has none to wait for. */
static void on_told(void *obj, uint32_t arg)
{
    struct gateways *gs = obj;
    unsigned gateway = arg >> 16;
    struct planned *p = find(gs, gateway, (uint16_t)arg);
    if (!p)
        return;
    p->given_up = true;
    if (!p->refused && !p->queued && p->arrives == SIM_NEVER)
        gateways_refuse(gs, gateway, p, DL_BACKHAUL);
    else if (p->refused)
        tell(gs, gateway, p);
}

void gateways_open_carried(struct gateways *gs)
{
    struct rng_key key = rng_key_make(gs->s.seed, gs->s.run, RNG_GATEWAY_COUNTER);
    gs->carriers = mem_alloc(gs->s.n_networks, sizeof *gs->carriers);
    gs->told_event = evq_kind_add(gs->s.evq, on_told, "downlink without answer");
    for (unsigned i = 0; i < gs->s.n_gateways; i++) {
        uint32_t word[4];
        rng_draw(key, (uint64_t)gs->s.gateways[i].id, 0, word);
        gs->g[i].counter_base = (sim_time)word[0] * 1000 + word[1] % 1000;
    }
}

void gateways_set_carrier(struct gateways *gs, unsigned network, const struct gateways_carrier *c)
{
    gs->carriers[network] = *c;
}

void gateways_set_answer(struct gateways *gs, gateways_answer_fn *answer, void *ctx)
{
    gs->answer = answer;
    gs->answer_ctx = ctx;
}

sim_time gateways_at_once(const struct gateways *gs, unsigned gateway)
{
    const struct gateway_sender *g = &gs->s.gateways[gateway];
    if (!gateways_carrier_of(gs, gateway))
        return gateways_earliest(gs, gateway);
    return evq_now(gs->s.evq) + g->backhaul_delay + g->immediate_delay;
}

sim_time gateways_gps_tick(const struct gateways *gs, unsigned network, sim_time at)
{
    if (!gs->carriers[network].carry)
        return at;
    int64_t over = (gs->s.start_gps_ns + at) % SIM_MS(1);
    return over ? at + SIM_MS(1) - over : at;
}

/* A number that none of the gateways has in its books. */
static uint16_t new_token(struct gateways *gs, struct medium_tx *const *tx, unsigned n)
{
    bool used;
    do {
        used = false;
        gs->token++;
        for (unsigned i = 0; !used && i < n; i++)
            used = find(gs, tx[i]->gateway, gs->token);
    } while (used);
    return gs->token;
}

/* How a downlink is told to a gateway. */
static struct gateways_order order_of(const struct gateways *gs, const struct medium_tx *tx)
{
    struct gateways_order o = {.timing = GATEWAYS_AT_ONCE,
                               .frequency_hz = medium_channel_frequency(gs->s.medium, tx->channel),
                               .power_cdbm = tx->power_cdbm,
                               .phy = tx->phy,
                               .len = tx->len};
    if (gateways_is_gps_timed(tx)) {
        int64_t gps_ns = gs->s.start_gps_ns + tx->start;
        o.timing = GATEWAYS_AT_GPS;
        o.gps_ms = gps_ns / SIM_MS(1);
        SIM_CHECK(gps_ns % SIM_MS(1) == 0, "a downlink at %lld ns, no whole ms of GPS",
                  (long long)tx->start);
    } else if (tx->timed_from) {
        o.timing = GATEWAYS_AT_COUNT;
        o.count_us = gateways_count_us(gs, tx->gateway, tx->timed_from) +
                     (uint32_t)((tx->start - tx->timed_from) / 1000);
    }
    return o;
}

static void book_carried(struct gateways *gs, struct medium_tx *tx, uint32_t uplink_seq,
                         uint16_t token, const struct gateways_order *o)
{
    const struct gateways_carrier *c = gateways_carrier_of(gs, tx->gateway);
    sim_time now = evq_now(gs->s.evq);
    struct planned *p = gateways_book(gs, tx, uplink_seq);
    p->carried = true;
    p->token = token;
    p->at_once = o->timing == GATEWAYS_AT_ONCE;
    evq_push(gs->s.evq, (p->book_end > now ? p->book_end : now) + c->answer_timeout, gs->told_event,
             gs, (uint32_t)tx->gateway << 16 | token);
}

void gateways_carry(struct gateways *gs, struct medium_tx *tx, uint32_t uplink_seq)
{
    const struct gateways_carrier *c = gateways_carrier_of(gs, tx->gateway);
    uint16_t token = new_token(gs, &tx, 1);
    struct gateways_order o = order_of(gs, tx);
    unsigned gateway = tx->gateway;
    book_carried(gs, tx, uplink_seq, token, &o);
    if (c->knows(c->ctx, gateway)) {
        c->carry(c->ctx, tx, token, &o, GATEWAYS_NO_GROUP);
        return;
    }
    struct planned *p = find(gs, gateway, token);
    p->refused = true;
    p->tx->reason = LOSS_BACKHAUL;
    gateways_note(gs, p, DL_NO_PATH);
    evq_push(gs->s.evq, evq_now(gs->s.evq) + 1, gs->told_event, gs,
             (uint32_t)gateway << 16 | token);
}

void gateways_submit_group(struct gateways *gs, struct medium_tx *const *tx, unsigned n,
                           uint32_t group)
{
    const struct gateways_carrier *c = gateways_carrier_of(gs, tx[0]->gateway);
    uint16_t token = new_token(gs, tx, n);
    struct gateways_order o = order_of(gs, tx[0]);
    for (unsigned i = 0; i < n; i++) {
        book_carried(gs, tx[i], 0, token, &o);
        find(gs, tx[i]->gateway, token)->offset = tx[i]->start - tx[0]->start;
    }
    c->carry(c->ctx, tx[0], token, &o, group);
}

/* What an order says goes out, whatever was meant. */
static void obey(const struct gateways *gs, unsigned gateway, struct planned *p,
                 const struct gateways_order *o)
{
    struct medium_tx *tx = p->tx;
    sim_time start = tx->start, now = evq_now(gs->s.evq);
    int64_t error_ns;
    SIM_CHECK(medium_channel_frequency(gs->s.medium, tx->channel) == o->frequency_hz &&
                  tx->len == o->len,
              "order %u is another one", p->token);
    memcpy(tx->phy, o->phy, o->len);
    tx->power_cdbm = o->power_cdbm;
    p->arrives = now + 1; /* all that come in at one instant are looked at together */
    if (o->timing == GATEWAYS_AT_COUNT) {
        start = when_count(gs, gateway, o->count_us, now);
    } else if (o->timing == GATEWAYS_AT_GPS) {
        start = o->gps_ms * SIM_MS(1) - gs->s.start_gps_ns + p->offset;
        start -= gateway_clock_gps(gs->s.gateways[gateway].clock, start, &error_ns) ? error_ns : 0;
    }
    p->shift = start - p->book_start;
    tx->lock += start - tx->start;
    tx->end += start - tx->start;
    tx->start = start;
}

void gateways_arrived(struct gateways *gs, unsigned gateway, uint16_t token,
                      const struct gateways_order *o)
{
    struct planned *p = find(gs, gateway, token);
    if (!p || p->refused || p->arrives != SIM_NEVER) { /* it was there already, or is long past */
        gs->answer(gs->answer_ctx, gateway, token, p ? DL_COLLISION_PACKET : DL_TOO_LATE);
        return;
    }
    obey(gs, gateway, p, o);
    evq_push(gs->s.evq, p->arrives, gs->arrive_event, gs, gateway);
}

void gateways_start_at_once(const struct gateways *gs, unsigned gateway, struct planned *p)
{
    const struct gateway_sender *cfg = &gs->s.gateways[gateway];
    const struct sender *g = &gs->g[gateway];
    struct medium_tx *tx = p->tx;
    sim_time airtime = tx->end - tx->start, at = p->arrives + cfg->immediate_delay + p->offset;
    if (at < g->air_until + GATEWAYS_MARGIN)
        at = g->air_until + GATEWAYS_MARGIN;
    for (bool moved = true; moved;) {
        sim_time clear =
            gateways_clear_of_beacons(gs, gateway, at, airtime, GATEWAYS_BEACON_MARGIN);
        moved = clear > at;
        at = clear;
        for (unsigned i = 0; i < g->n; i++) {
            const struct medium_tx *o = g->planned[i].tx;
            if (!g->planned[i].queued || o->start >= at + airtime + GATEWAYS_MARGIN ||
                at >= o->end + GATEWAYS_MARGIN)
                continue;
            at = o->end + 2 * cfg->jit_delay;
            moved = true;
        }
    }
    tx->lock += at - tx->start;
    tx->end += at - tx->start;
    tx->start = at;
    p->shift = 0;
}

void gateways_refuse(struct gateways *gs, unsigned gateway, struct planned *p,
                     enum downlink_result result)
{
    bool was_queued = p->queued, given_up = p->given_up;
    uint16_t token = p->token;
    bool on_way = result == DL_BACKHAUL || result == DL_TOO_LATE;
    p->tx->reason = on_way ? LOSS_BACKHAUL : LOSS_GATEWAY_DOWN;
    gateways_note(gs, p, result);
    gs->g[gateway].n_queued -= p->queued;
    p->queued = false;
    p->refused = true;
    if (given_up)
        tell(gs, gateway, p);
    else if (!was_queued && result != DL_GATEWAY_DOWN)
        gs->answer(gs->answer_ctx, gateway, token, result);
}

void gateways_answered(struct gateways *gs, unsigned gateway, uint16_t token)
{
    struct planned *p = find(gs, gateway, token);
    if (p && p->refused)
        tell(gs, gateway, p);
}
