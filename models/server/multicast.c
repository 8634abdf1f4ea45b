/* SPDX-License-Identifier: GPL-2.0-only
 * A multicast group on the air. A frame (one McFCnt) goes out in copies: gateways times repeats, in
 * the order of the schedule, within the sessions. Frames come from a source: the scenario's own
 * traffic, or whoever sets another one. */
#include "models/server/multicast.h"

#include <stdlib.h>
#include <string.h>

#include "models/lorawan/beacon.h"
#include "models/lorawan/frame.h"
#include "models/lorawan/mckeys.h"
#include "models/server/multicast_gateways.h"
#include "models/server/multicast_internal.h"
#include "sim/err.h"
#include "sim/mem.h"

/* How far ahead a copy is handed to its gateway. */
static const sim_time AHEAD = SIM_MS(500);

static void on_copy(void *obj, uint32_t arg);

static void add_gateway(struct multicast *mc, unsigned gateway)
{
    struct mc_gateway *g = &mc->gateways[mc->n_gateways++];
    g->gateway = (uint16_t)gateway;
    g->targets = mem_alloc(mc->s.n_members, sizeof *g->targets);
    for (uint32_t i = 0; i < mc->s.n_members; i++)
        if (multicast_reaches(mc->s.links, mc->members[i], gateway))
            g->targets[g->n_targets++] = mc->members[i];
}

static void choose_gateways(struct multicast *mc)
{
    const struct multicast_choice c = {.links = mc->s.links,
                                       .members = mc->members,
                                       .n_members = mc->s.n_members,
                                       .gateway_network = mc->s.gateway_network,
                                       .n_gateways = mc->s.n_gateways,
                                       .network = mc->s.network,
                                       .listed = mc->s.listed,
                                       .cover = mc->s.cfg->gateway_set == MC_GATEWAYS_COVER &&
                                                !mc->s.listed};
    uint16_t *chosen = mem_alloc(mc->s.n_gateways, sizeof *chosen);
    unsigned n = multicast_choose_gateways(&c, chosen, &mc->n_unreached);
    mc->gateways = mem_alloc(n, sizeof *mc->gateways);
    mc->together = mem_alloc(n, sizeof *mc->together);
    for (unsigned i = 0; i < n; i++)
        add_gateway(mc, chosen[i]);
    free(chosen);
}

/* The members' side; they get their group later when it is set up over the air. */
static int make_members(struct multicast *mc)
{
    uint8_t nwk[16], app[16];
    bool provisioned = mc->s.cfg->set_up == MC_PROVISIONED;
    mckeys_session(mc->s.mc_key, mc->s.mc_addr, nwk, app);
    mc->keys = keyring_take(mc->s.keyring, nwk, app);
    struct device_mc d = {.mc_addr = mc->s.mc_addr,
                          .keys = mc->keys,
                          .fcnt = (uint32_t)mc->s.cfg->min_mc_fcnt,
                          .min_fcnt = (uint32_t)mc->s.cfg->min_mc_fcnt,
                          .max_fcnt = (uint32_t)mc->s.cfg->max_mc_fcnt,
                          .mc_group_id = DEVICE_MC_NEXT,
                          .frequency_hz = mc->frequency_hz,
                          .dr = (uint8_t)mc->dr,
                          .class_b = mc->class_b,
                          .periodicity = (uint8_t)mc->s.cfg->periodicity,
                          .open = mc->open,
                          .close = mc->close}; /* equal when the sessions are yet to come */
    for (uint32_t i = 0; i < mc->s.n_members; i++) {
        int rc = provisioned ? devices_join_group(mc->s.devices, mc->members[i], &d) : SIM_OK;
        if (rc)
            return rc;
        mc->position[mc->members[i]] = i + 1;
        mc->member_ids[i] = devices_identity(mc->s.devices, mc->members[i]).id;
        if (mc->ready)
            mc->ready[i] = (struct mc_ready){SIM_NEVER, SIM_NEVER};
    }
    if (mc->s.trace->sessions) {
        struct trace_session t = {.devaddr = mc->s.mc_addr};
        memcpy(t.nwkskey, nwk, 16);
        memcpy(t.appskey, app, 16);
        trace_session(mc->s.trace, &t);
    }
    return SIM_OK;
}

/* The scenario's own traffic: count frames of one size. */
static enum multicast_next traffic_ready(void *ctx, int *len)
{
    const struct multicast *mc = ctx;
    *len = (int)mc->s.cfg->traffic.size_bytes;
    return mc->n_made < mc->s.cfg->traffic.count ? MULTICAST_FRAME : MULTICAST_DONE;
}

static void traffic_take(void *ctx, uint32_t frame, struct multicast_payload *p)
{
    struct multicast *mc = ctx;
    mc->n_made++;
    p->fport = (uint8_t)mc->s.cfg->traffic.fport;
    p->len = (uint8_t)mc->s.cfg->traffic.size_bytes;
    devices_payload(frame, p->bytes, p->len);
}

/* When the server does what it does at a time: its own clock may be wrong. */
static sim_time server_time(const struct multicast *mc, sim_time at)
{
    return mc->s.cfg->timing == MC_SERVER_CLOCK && !mc->class_b ? server_when(mc->s.server, at)
                                                                : at;
}

/* Go on with the next session, if it is known. */
static bool next_session(struct multicast *mc)
{
    if (mc->i_session == mc->n_sessions)
        return false;
    const struct multicast_session *n = &mc->sessions[mc->i_session++];
    mc->open = n->open;
    mc->close = n->close;
    sim_time from = server_time(mc, n->open + n->margin);
    mc->send_until = server_time(mc, n->close);
    mc->next_at = from > mc->next_at ? from : mc->next_at;
    return true;
}

void multicast_add_session(struct multicast *mc, const struct multicast_session *s)
{
    mc->sessions = mem_grow(mc->sessions, mc->n_sessions + 1, sizeof *mc->sessions);
    mc->sessions[mc->n_sessions++] = *s;
}

static void own_session(struct multicast *mc)
{
    const struct multicast_session_cfg *c = &mc->s.cfg->session;
    struct multicast_session s = {.open = c->start_ns,
                                  .close = c->start_ns +
                                           ((mc->class_b ? BEACON_PERIOD : SIM_S(1)) << c->timeout),
                                  .margin = c->margin_ns};
    multicast_add_session(mc, &s);
    next_session(mc);
}

/* Class, data rate and frequency of the group's sessions. */
static void set_class(struct multicast *mc)
{
    const struct multicast_cfg *c = mc->s.cfg;
    const struct region *r = mc->s.region;
    mc->class_b = c->group_class == MC_CLASS_B;
    mc->dr = c->dr != SCN_WORD ? (int)c->dr : mc->class_b ? r->ping_dr : r->rx2_dr;
    mc->frequency_hz = c->frequency_hz != SCN_WORD ? c->frequency_hz
                       : mc->class_b               ? 0
                                                   : r->rx2_frequency_hz;
    ping_plan_init(&mc->ping, r, mc->s.start_gps_ns);
}

void multicast_set_source(struct multicast *mc, const struct multicast_source *source)
{
    mc->source = *source;
}

int multicast_open(struct multicast **out, const struct multicast_setup *s)
{
    struct multicast *mc = mem_alloc(1, sizeof *mc);
    *out = mc;
    mc->s = *s;
    mc->members = mem_copy(s->members, s->n_members * sizeof *s->members);
    mc->member_ids = mem_alloc(s->n_members, sizeof *mc->member_ids);
    mc->position = mem_alloc(devices_count(s->devices), sizeof *mc->position);
    if (s->cfg->set_up == MC_OVER_THE_AIR || s->on_demand)
        mc->ready = mem_alloc(s->n_members, sizeof *mc->ready);
    mc->period = s->on_demand ? s->period : s->cfg->traffic.period_ns;
    set_class(mc);
    mc->event = evq_kind_add(s->evq, on_copy, "multicast copy");
    mc->source = (struct multicast_source){.ctx = mc, .ready = traffic_ready, .take = traffic_take};
    if (!s->on_demand)
        own_session(mc);
    choose_gateways(mc);
    mc->s.listed = NULL;
    return make_members(mc);
}

void multicast_close(struct multicast *mc)
{
    if (!mc)
        return;
    for (uint32_t i = 0; i < mc->n_frames; i++)
        mc_frame_free(&mc->frames[i]);
    for (unsigned g = 0; g < mc->n_gateways; g++)
        free(mc->gateways[g].targets);
    loss_model_close(mc->s.loss);
    keyring_drop(mc->s.keyring, mc->keys);
    free(mc->sessions);
    free(mc->frames);
    free(mc->gateways);
    free(mc->together);
    free(mc->position);
    free(mc->member_ids);
    free(mc->ready);
    free(mc->members);
    free(mc);
}

struct multicast_terms multicast_terms(const struct multicast *mc)
{
    struct multicast_terms t = {.mc_addr = mc->s.mc_addr,
                                .min_fcnt = (uint32_t)mc->s.cfg->min_mc_fcnt,
                                .max_fcnt = (uint32_t)mc->s.cfg->max_mc_fcnt,
                                .frequency_hz = mc->frequency_hz,
                                .dr = (uint8_t)mc->dr,
                                .class_b = mc->class_b,
                                .periodicity = (uint8_t)(mc->class_b ? mc->s.cfg->periodicity : 0)};
    memcpy(t.mc_key, mc->s.mc_key, sizeof t.mc_key);
    return t;
}

void multicast_ready(struct multicast *mc, uint32_t device)
{
    mc->ready[mc->position[device] - 1] = (struct mc_ready){evq_now(mc->s.evq), SIM_NEVER};
}

void multicast_not_ready(struct multicast *mc, uint32_t device)
{
    mc->ready[mc->position[device] - 1].until = evq_now(mc->s.evq);
}

bool mc_is_ready(const struct multicast *mc, uint32_t member)
{
    const struct mc_ready *r = mc->ready ? &mc->ready[member] : NULL;
    sim_time now = evq_now(mc->s.evq);
    return !r || (r->since < now && now <= r->until);
}

static bool any_ready(const struct multicast *mc)
{
    for (uint32_t m = 0; m < mc->s.n_members; m++)
        if (mc_is_ready(mc, m))
            return true;
    return false;
}

bool multicast_is_reached(const struct multicast *mc, uint32_t device)
{
    for (unsigned g = 0; g < mc->n_gateways; g++)
        if (multicast_reaches(mc->s.links, device, mc->gateways[g].gateway))
            return true;
    return false;
}

unsigned multicast_n_gateways(const struct multicast *mc)
{
    return mc->n_gateways;
}

unsigned multicast_gateway(const struct multicast *mc, unsigned i)
{
    return mc->gateways[i].gateway;
}

uint32_t multicast_n_unreached(const struct multicast *mc)
{
    return mc->n_unreached;
}

/* Copies of a frame that go out before the next frame's. */
static uint32_t n_in_a_row(const struct multicast *mc)
{
    return (uint32_t)mc->s.cfg->traffic.repeats *
           (mc->s.cfg->schedule == MC_ONE_BY_ONE ? 1 : mc->n_gateways);
}

static unsigned gateway_of(const struct multicast *mc)
{
    return mc->s.cfg->schedule == MC_ONE_BY_ONE ? mc->cursor.pass
                                                : mc->cursor.copy % mc->n_gateways;
}

/* Is there a copy to send? len: of its payload. one_by_one: when the source has no more for the
 * first gateway, the next one begins with the frames of that pass. */
static enum multicast_next next_copy(struct multicast *mc, int *len)
{
    struct mc_cursor *c = &mc->cursor;
    enum multicast_next next = MULTICAST_FRAME;
    if (c->frame == mc->n_frames)
        next = c->pass == 0 ? mc->source.ready(mc->source.ctx, len) : MULTICAST_DONE;
    if (next == MULTICAST_DONE && mc->s.cfg->schedule == MC_ONE_BY_ONE &&
        mc->first_of_batch < mc->n_frames) {
        c->pass++;
        c->frame = mc->first_of_batch;
        if (c->pass < mc->n_gateways) {
            next = MULTICAST_FRAME;
        } else {
            c->pass = 0;
            c->frame = mc->first_of_batch = mc->n_frames;
            next = mc->source.ready(mc->source.ctx, len);
        }
    }
    if (next == MULTICAST_FRAME && c->frame < mc->n_frames)
        *len = mc->frames[c->frame].live->payload.len;
    return next;
}

static void post(struct multicast *mc, sim_time at)
{
    if (mc->posted)
        return;
    mc->posted = true;
    evq_push(mc->s.evq, at, mc->event, mc, 0);
}

/* Are gateways told to send at once, which takes them a while, instead of when? */
static bool sends_at_once(const struct multicast *mc)
{
    return mc->s.carried && mc->s.cfg->timing == MC_SERVER_CLOCK && !mc->class_b;
}

/* How long before its start a copy is handed over. */
static sim_time ahead_of(const struct multicast *mc)
{
    sim_time now = evq_now(mc->s.evq), ahead = sends_at_once(mc) ? 0 : AHEAD;
    for (unsigned i = 0; sends_at_once(mc) && i < mc->n_gateways; i++) {
        sim_time own = gateways_at_once(mc->s.gateways, mc->gateways[i].gateway) - now;
        ahead = own > ahead ? own : ahead;
    }
    return ahead;
}

/* When to plan a copy that is to start at a time: planning takes 1 ns. */
static sim_time wake_for(const struct multicast *mc, sim_time start)
{
    return start - ahead_of(mc) - (sends_at_once(mc) ? 1 : 0);
}

/* A little before the next copy may start. */
static void post_next(struct multicast *mc, sim_time least)
{
    sim_time at = wake_for(mc, mc->next_at);
    post(mc, at > least ? at : least);
}

void multicast_start(struct multicast *mc)
{
    int len;
    if (mc->n_gateways == 0 || mc->s.on_demand || next_copy(mc, &len) != MULTICAST_FRAME)
        return;
    sim_time at = wake_for(mc, mc->next_at);
    if (at < mc->s.duration)
        post(mc, at > 0 ? at : 0);
}

void multicast_wake(struct multicast *mc)
{
    if (mc->n_gateways)
        post_next(mc, evq_now(mc->s.evq) + 1);
}

static int encode(const struct multicast *mc, uint32_t i, uint8_t *phy)
{
    const struct multicast_payload *p = &mc->frames[i].live->payload;
    struct lw_frame f = {.mtype = LW_UNCONFIRMED_DOWN,
                         .devaddr = mc->s.mc_addr,
                         .fport = p->fport,
                         .payload = p->bytes,
                         .payload_len = p->len,
                         .fpending = mc->frames[i].live->more};
    int len = lw_frame_encode(&f, keyring_get(mc->s.keyring, mc->keys), mc_fcnt(mc, i), phy);
    SIM_CHECK(len > 0, "multicast %s: %s", mc->s.cfg->name, sim_strerror(len));
    return len;
}

static struct medium_tx *make_copy(const struct multicast *mc, uint32_t frame, unsigned gateway,
                                   int64_t frequency_hz)
{
    const struct mc_gateway *g = &mc->gateways[gateway];
    struct medium_tx *tx = medium_tx_take(mc->s.medium);
    tx->gateway = g->gateway;
    tx->network = mc->s.network;
    tx->kind = FRAME_MULTICAST_DOWN;
    tx->uplink = false;
    tx->window = mc->class_b ? MEDIUM_PING : MEDIUM_RXC;
    tx->dr = (uint8_t)mc->dr;
    tx->devaddr = mc->s.mc_addr;
    tx->fcnt = mc_fcnt(mc, frame);
    tx->fport = mc->frames[frame].live->payload.fport;
    tx->target = ROW_NULL;
    tx->targets = g->targets;
    tx->n_targets = g->n_targets;
    tx->len = (uint8_t)encode(mc, frame, tx->phy);
    tx->start = 0;
    tx->gps_timed = mc->s.cfg->timing == MC_GPS_TIME;
    devices_modulate(mc->s.medium, mc->s.region, tx, frequency_hz);
    tx->power_cdbm = gateways_power_cdbm(mc->s.gateways, g->gateway, frequency_hz);
    return tx;
}

static void shift_to(struct medium_tx *tx, sim_time start)
{
    tx->lock += start - tx->start;
    tx->end += start - tx->start;
    tx->start = start;
}

/* A time that a start can be told as. */
static sim_time start_tick(const struct multicast *mc, sim_time at)
{
    return sends_at_once(mc) ? at : gateways_gps_tick(mc->s.gateways, mc->s.network, at);
}

/* When n gateways could send together, or one after the other by the offset; not before a time. */
static sim_time all_free(struct multicast *mc, unsigned first, unsigned n, int64_t frequency_hz,
                         sim_time at, sim_time airtime)
{
    for (unsigned tries = 0; tries < 16; tries++) {
        sim_time before = at = start_tick(mc, at);
        for (unsigned i = 0; i < n && at != SIM_NEVER; i++) {
            sim_time later = (sim_time)i * mc->s.offset;
            at = gateways_when(mc->s.gateways, mc->gateways[first + i].gateway, frequency_hz,
                               at + later, airtime);
            at -= at == SIM_NEVER ? 0 : later;
        }
        if (at == before || at == SIM_NEVER)
            break;
    }
    return at == SIM_NEVER ? at : start_tick(mc, at);
}

/* Where and when the copies go that go out together: one, or those of all gateways (simultaneous).
 * Class B: in the first of the group's ping slots in which they can. */
static struct ping_place place_for(struct multicast *mc, unsigned first, unsigned n,
                                   sim_time airtime)
{
    struct ping_listener l = {.addr = mc->s.mc_addr,
                              .periodicity = (int)mc->s.cfg->periodicity,
                              .frequency_hz = mc->frequency_hz};
    struct ping_place p = {mc->next_at, mc->frequency_hz};
    sim_time least = evq_now(mc->s.evq) + ahead_of(mc);
    if (sends_at_once(mc) && p.start < least)
        p.start = least;
    for (;;) {
        if (mc->class_b)
            p = ping_plan_next(&mc->ping, &l, p.start, airtime);
        sim_time at = all_free(mc, first, n, p.frequency_hz, p.start, airtime);
        bool found = at == p.start || p.start > mc->send_until;
        p.start = at;
        if (!mc->class_b || found || at == SIM_NEVER)
            return p;
    }
}

/* n copies have been handed to their gateways. */
static void advance(struct multicast *mc, unsigned n, sim_time start, sim_time end)
{
    int len;
    struct mc_cursor *c = &mc->cursor;
    uint32_t frame = c->frame;
    if (!mc->in_frame)
        mc->frame_at = start;
    c->copy += n;
    if (c->copy >= n_in_a_row(mc)) {
        c->copy = 0;
        c->frame++;
    }
    next_copy(mc, &len); /* may turn to the next gateway */
    mc->in_frame = c->frame == frame;
    mc->next_at = end + MULTICAST_GAP;
    sim_time due = mc->frame_at + mc->period;
    if (!mc->in_frame && due > mc->next_at)
        mc->next_at = due;
}

/* Where and when the next copies can go out, in this session or a later one; SIM_NEVER: in none. */
static struct ping_place find_place(struct multicast *mc, unsigned gateway, unsigned n,
                                    sim_time airtime)
{
    for (;;) {
        struct ping_place p = {0};
        if (mc->i_session)
            p = place_for(mc, gateway, n, airtime);
        sim_time last = p.start == SIM_NEVER ? 0 : p.start + (sim_time)(n - 1) * mc->s.offset;
        if (p.start == SIM_NEVER || (mc->i_session && last + airtime <= mc->send_until))
            return p;
        if (!next_session(mc))
            return (struct ping_place){.start = SIM_NEVER};
    }
}

/* The sessions have no room, or the gateways no time, or nobody is set up. */
static void stop(struct multicast *mc)
{
    mc->given_up = !mc->source.full;
    if (mc->source.full)
        mc->source.full(mc->source.ctx);
}

/* FPending tells members in class B that another frame follows. */
static void begin_frame(struct multicast *mc)
{
    int len;
    uint32_t frame = mc->cursor.frame;
    mc_frame_begin(mc);
    struct mc_live *live = mc->frames[frame].live;
    mc->source.take(mc->source.ctx, frame, &live->payload);
    live->more = mc->class_b && mc->source.ready(mc->source.ctx, &len) == MULTICAST_FRAME;
}

static void send_copies(struct multicast *mc, unsigned gateway, unsigned n,
                        const struct ping_place *p)
{
    if (mc->cursor.frame == mc->n_frames)
        begin_frame(mc);
    for (unsigned i = 0; i < n; i++) {
        struct medium_tx *tx = make_copy(mc, mc->cursor.frame, gateway + i, p->frequency_hz);
        shift_to(tx, p->start + (sim_time)i * mc->s.offset);
        mc->together[i] = tx;
        if (!mc->s.to_group)
            gateways_submit(mc->s.gateways, tx, 0);
    }
    if (mc->s.to_group)
        gateways_submit_group(mc->s.gateways, mc->together, n, mc->s.backhaul_group);
}

/* Send the next copy, or those that go together. */
static void plan_copy(void *obj)
{
    struct multicast *mc = obj;
    int len = 0;
    mc->posted = false;
    if (mc->n_frames == 0 && !mc->s.on_demand && !any_ready(mc))
        mc->given_up = true;
    if (mc->given_up || next_copy(mc, &len) != MULTICAST_FRAME)
        return;
    unsigned gateway = gateway_of(mc);
    bool together = mc->s.cfg->schedule == MC_SIMULTANEOUS || mc->s.to_group;
    unsigned n = together ? mc->n_gateways : 1;
    sim_time airtime = devices_airtime(mc->s.region, mc->dr, len + LW_DATA_OVERHEAD, true);
    struct ping_place p = find_place(mc, gateway, n, airtime);
    sim_time now = evq_now(mc->s.evq);
    if (p.start == SIM_NEVER) {
        stop(mc);
        return;
    }
    if (p.start > now + (sends_at_once(mc) ? ahead_of(mc) : 2 * AHEAD)) {
        post(mc, wake_for(mc, p.start)); /* the duty cycle, or the queue, lets it wait */
        return;
    }
    send_copies(mc, gateway, n, &p);
    advance(mc, n, p.start, p.start + (sim_time)(n - 1) * mc->s.offset + airtime);
    post_next(mc, now + 1);
}

static void on_copy(void *obj, uint32_t arg)
{
    struct multicast *mc = obj;
    (void)arg;
    gateways_plan(mc->s.gateways, entity_make(mc->s.cfg->name, 0), plan_copy, mc);
}
