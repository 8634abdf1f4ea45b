/* SPDX-License-Identifier: GPL-2.0-only
 * A multicast group on the air. A frame (one McFCnt) goes out in copies: gateways times repeats, in
 * the order of the schedule. It counts once for each member: received when any copy was, else lost
 * for the reason at the loudest copy. */
#include "models/server/multicast.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/frame.h"
#include "models/lorawan/mckeys.h"
#include "models/server/multicast_gateways.h"
#include "models/server/ping_plan.h"
#include "sim/err.h"
#include "sim/mem.h"

/* How far ahead a copy is handed to its gateway. */
static const sim_time AHEAD = SIM_MS(500);

/* What a member knows of a frame so far. */
struct mc_outcome {
    int64_t miss_us; /* reason LOSS_WINDOW */
    int16_t power_cdbm;
    uint8_t reason; /* enum loss_reason, or NOT_EXPECTED */
};
enum { NOT_EXPECTED = N_LOSS }; /* it was not set up in time */

struct mc_frame {
    uint32_t fcnt;
    uint32_t copies_left; /* not ended yet */
    sim_entity node;      /* of its first copy, which names it: start, then node */
    uint32_t seq;
    sim_time start;
    bool named;
    struct device_mc_opened opened;
    struct mc_outcome *outcomes; /* n_members */
};

struct mc_gateway {
    uint16_t gateway;
    uint32_t *targets; /* members that it reaches */
    uint32_t n_targets;
};

struct multicast {
    struct multicast_setup s;
    uint32_t *members;
    sim_entity *member_ids; /* node.id */
    uint32_t *position;     /* of a device among the members + 1; 0: none */
    sim_time *ready_at;     /* of each member; NULL: provisioned */
    struct mc_gateway *gateways;
    unsigned n_gateways;
    uint32_t n_unreached;
    keyring_id keys;
    int64_t frequency_hz; /* 0: class B, the region's ping slots */
    int dr;
    bool class_b;
    struct ping_plan ping;
    sim_time open, close;
    sim_time send_until;     /* the end of the session as the server sees it */
    uint64_t next_copy;      /* number of the next copy in the schedule */
    sim_time next_at;        /* not before */
    sim_time frame_at;       /* start of the first copy of the frame that is being sent */
    bool in_frame;           /* its first copy was sent */
    struct mc_frame *frames; /* count */
    evq_kind event;
    const struct medium_tx *parsed_of; /* the copy that is ending, or NULL */
    struct lw_frame parsed;
    bool parsed_ok;
};

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
                          .frequency_hz = mc->frequency_hz,
                          .dr = (uint8_t)mc->dr,
                          .class_b = mc->class_b,
                          .periodicity = (uint8_t)mc->s.cfg->periodicity,
                          .open = mc->open,
                          .close = mc->close};
    for (uint32_t i = 0; i < mc->s.n_members; i++) {
        int rc = provisioned ? devices_join_group(mc->s.devices, mc->members[i], &d) : SIM_OK;
        if (rc)
            return rc;
        mc->position[mc->members[i]] = i + 1;
        mc->member_ids[i] = devices_identity(mc->s.devices, mc->members[i]).id;
        if (!provisioned)
            mc->ready_at[i] = SIM_NEVER;
    }
    if (mc->s.trace->sessions) {
        struct trace_session t = {.devaddr = mc->s.mc_addr};
        memcpy(t.nwkskey, nwk, 16);
        memcpy(t.appskey, app, 16);
        trace_session(mc->s.trace, &t);
    }
    return SIM_OK;
}

static void set_session(struct multicast *mc)
{
    const struct multicast_cfg *c = mc->s.cfg;
    const struct region *r = mc->s.region;
    mc->class_b = c->group_class == MC_CLASS_B;
    mc->dr = c->dr != SCN_WORD ? (int)c->dr : mc->class_b ? r->ping_dr : r->rx2_dr;
    mc->frequency_hz = c->frequency_hz != SCN_WORD ? c->frequency_hz
                       : mc->class_b               ? 0
                                                   : r->rx2_frequency_hz;
    mc->open = c->session.start_ns;
    mc->close = mc->open + ((mc->class_b ? BEACON_PERIOD : SIM_S(1)) << c->session.timeout);
    ping_plan_init(&mc->ping, r, mc->s.start_gps_ns);
}

int multicast_open(struct multicast **out, const struct multicast_setup *s)
{
    struct multicast *mc = mem_alloc(1, sizeof *mc);
    *out = mc;
    mc->s = *s;
    mc->members = mem_copy(s->members, s->n_members * sizeof *s->members);
    mc->member_ids = mem_alloc(s->n_members, sizeof *mc->member_ids);
    mc->position = mem_alloc(devices_count(s->devices), sizeof *mc->position);
    if (s->cfg->set_up == MC_OVER_THE_AIR)
        mc->ready_at = mem_alloc(s->n_members, sizeof *mc->ready_at);
    set_session(mc);
    mc->next_at = mc->open + s->cfg->session.margin_ns;
    mc->send_until = mc->close;
    if (s->cfg->timing == MC_SERVER_CLOCK && !mc->class_b) {
        mc->next_at = server_when(s->server, mc->next_at);
        mc->send_until = server_when(s->server, mc->close);
    }
    mc->frames = mem_alloc((size_t)s->cfg->traffic.count, sizeof *mc->frames);
    mc->event = evq_kind_add(s->evq, on_copy, "multicast copy");
    choose_gateways(mc);
    mc->s.listed = NULL;
    return make_members(mc);
}

void multicast_close(struct multicast *mc)
{
    if (!mc)
        return;
    for (int64_t i = 0; i < mc->s.cfg->traffic.count; i++)
        free(mc->frames[i].outcomes);
    for (unsigned g = 0; g < mc->n_gateways; g++)
        free(mc->gateways[g].targets);
    loss_model_close(mc->s.loss);
    keyring_drop(mc->s.keyring, mc->keys);
    free(mc->frames);
    free(mc->gateways);
    free(mc->position);
    free(mc->member_ids);
    free(mc->ready_at);
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
    mc->ready_at[mc->position[device] - 1] = evq_now(mc->s.evq);
}

/* Set up before this instant? */
static bool is_ready(const struct multicast *mc, uint32_t member)
{
    return !mc->ready_at || mc->ready_at[member] < evq_now(mc->s.evq);
}

static bool any_ready(const struct multicast *mc)
{
    for (uint32_t m = 0; m < mc->s.n_members; m++)
        if (is_ready(mc, m))
            return true;
    return false;
}

unsigned multicast_n_gateways(const struct multicast *mc)
{
    return mc->n_gateways;
}

uint32_t multicast_n_unreached(const struct multicast *mc)
{
    return mc->n_unreached;
}

static uint64_t n_copies(const struct multicast *mc)
{
    return (uint64_t)mc->s.cfg->traffic.count * mc->n_gateways *
           (uint64_t)mc->s.cfg->traffic.repeats;
}

/* Copy number n of the schedule: which frame, which gateway. */
static void copy_of(const struct multicast *mc, uint64_t n, uint32_t *frame, unsigned *gateway)
{
    uint64_t count = (uint64_t)mc->s.cfg->traffic.count,
             repeats = (uint64_t)mc->s.cfg->traffic.repeats;
    if (mc->s.cfg->schedule == MC_ONE_BY_ONE) {
        *gateway = (unsigned)(n / (count * repeats));
        *frame = (uint32_t)(n % (count * repeats) / repeats);
    } else {
        *frame = (uint32_t)(n / (mc->n_gateways * repeats));
        *gateway = (unsigned)(n % mc->n_gateways);
    }
}

void multicast_start(struct multicast *mc)
{
    if (n_copies(mc) == 0)
        return;
    sim_time at = mc->next_at > AHEAD ? mc->next_at - AHEAD : 0;
    if (at < mc->s.duration)
        evq_push(mc->s.evq, at, mc->event, mc, 0);
}

/* Is a frame's first copy due: the frame begins to count, for every member. */
static void begin_frame(struct multicast *mc, uint32_t i)
{
    struct mc_frame *f = &mc->frames[i];
    if (f->outcomes)
        return;
    f->fcnt = (uint32_t)mc->s.cfg->min_mc_fcnt + i;
    f->copies_left = (uint32_t)(mc->n_gateways * (uint64_t)mc->s.cfg->traffic.repeats);
    f->outcomes = mem_alloc(mc->s.n_members, sizeof *f->outcomes);
    for (uint32_t m = 0; m < mc->s.n_members; m++)
        f->outcomes[m] = (struct mc_outcome){
            ROW_NULL, INT16_MIN, is_ready(mc, m) ? LOSS_NO_LINK : (uint8_t)NOT_EXPECTED};
}

static int encode(const struct multicast *mc, uint32_t i, uint8_t *phy)
{
    uint8_t payload[LW_MAX_PHY];
    int size = (int)mc->s.cfg->traffic.size_bytes;
    devices_payload(i, payload, size);
    struct lw_frame f = {.mtype = LW_UNCONFIRMED_DOWN,
                         .devaddr = mc->s.mc_addr,
                         .fport = (int)mc->s.cfg->traffic.fport,
                         .payload = payload,
                         .payload_len = (uint8_t)size,
                         .fpending = mc->class_b && i + 1 < mc->s.cfg->traffic.count};
    int len = lw_frame_encode(&f, keyring_get(mc->s.keyring, mc->keys), mc->frames[i].fcnt, phy);
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
    tx->fcnt = mc->frames[frame].fcnt;
    tx->fport = (int16_t)mc->s.cfg->traffic.fport;
    tx->target = ROW_NULL;
    tx->gps_timed = mc->class_b || mc->s.cfg->timing == MC_GPS_TIME;
    tx->targets = g->targets;
    tx->n_targets = g->n_targets;
    tx->len = (uint8_t)encode(mc, frame, tx->phy);
    tx->start = 0;
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

/* The session closed first, no gateway time is left, or nobody is set up: the rest is not sent. */
static void give_up(struct multicast *mc)
{
    mc->next_copy = n_copies(mc);
}

/* When all of n gateways could send together; not before a time. */
static sim_time all_free(struct multicast *mc, unsigned first, unsigned n, int64_t frequency_hz,
                         sim_time at, sim_time airtime)
{
    for (unsigned tries = 0; tries < 16; tries++) {
        sim_time before = at;
        for (unsigned i = 0; i < n; i++)
            at = gateways_when(mc->s.gateways, mc->gateways[first + i].gateway, frequency_hz, at,
                               airtime);
        if (at == before || at == SIM_NEVER)
            break;
    }
    return at;
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

static void advance(struct multicast *mc, uint32_t frame, sim_time start, sim_time end)
{
    uint32_t next;
    unsigned gateway;
    sim_time least = end + MULTICAST_GAP;
    if (!mc->in_frame)
        mc->frame_at = start;
    mc->in_frame = true;
    if (mc->next_copy < n_copies(mc)) {
        copy_of(mc, mc->next_copy, &next, &gateway);
        sim_time due = mc->frame_at + mc->s.cfg->traffic.period_ns;
        mc->in_frame = next == frame;
        if (next != frame && due > least)
            least = due;
    }
    mc->next_at = least;
}

/* Send the next copy, or those that go together. */
static void plan_copy(void *obj)
{
    struct multicast *mc = obj;
    if (mc->next_copy == 0 && !any_ready(mc))
        give_up(mc);
    if (mc->next_copy >= n_copies(mc))
        return;
    uint32_t frame;
    unsigned gateway;
    copy_of(mc, mc->next_copy, &frame, &gateway);
    begin_frame(mc, frame);
    unsigned n = mc->s.cfg->schedule == MC_SIMULTANEOUS ? mc->n_gateways : 1;
    sim_time airtime = devices_airtime(mc->s.region, mc->dr,
                                       (int)mc->s.cfg->traffic.size_bytes + LW_DATA_OVERHEAD, true);
    struct ping_place p = place_for(mc, gateway, n, airtime);
    sim_time start = p.start, now = evq_now(mc->s.evq);
    if (start == SIM_NEVER || start + airtime > mc->send_until) {
        give_up(mc);
        return;
    }
    if (start > now + 2 * AHEAD) { /* the duty cycle, or the queue, lets it wait */
        evq_push(mc->s.evq, start - AHEAD, mc->event, mc, 0);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        struct medium_tx *tx = make_copy(mc, frame, gateway + i, p.frequency_hz);
        shift_to(tx, start);
        gateways_submit(mc->s.gateways, tx, 0);
    }
    mc->next_copy += n;
    advance(mc, frame, start, start + airtime);
    sim_time again = mc->next_at - AHEAD > now ? mc->next_at - AHEAD : now + 1;
    evq_push(mc->s.evq, again, mc->event, mc, 0);
}

static void on_copy(void *obj, uint32_t arg)
{
    struct multicast *mc = obj;
    (void)arg;
    gateways_plan(mc->s.gateways, entity_make(mc->s.cfg->name, 0), plan_copy, mc);
}

bool multicast_owns(const struct multicast *mc, const struct medium_tx *tx)
{
    return tx->kind == FRAME_MULTICAST_DOWN && tx->network == mc->s.network &&
           tx->devaddr == mc->s.mc_addr;
}

static struct mc_frame *frame_of(struct multicast *mc, const struct medium_tx *tx)
{
    return &mc->frames[tx->fcnt - (uint32_t)mc->s.cfg->min_mc_fcnt];
}

/* All members get the same bytes. */
static void parse_once(struct multicast *mc, const struct medium_tx *tx)
{
    if (mc->parsed_of == tx)
        return;
    mc->parsed_of = tx;
    mc->parsed_ok = lw_frame_parse(&mc->parsed, tx->phy, tx->len) == SIM_OK;
}

/* The copy with more power tells why a frame was lost. Of equal ones, which may have ended at one
 * instant in any order, that of the first reason and miss. */
static bool counts_more(const struct mc_outcome *a, const struct mc_outcome *b)
{
    if (a->power_cdbm != b->power_cdbm || b->reason == LOSS_NO_LINK)
        return a->power_cdbm >= b->power_cdbm;
    return a->reason != b->reason ? a->reason < b->reason : a->miss_us < b->miss_us;
}

void multicast_heard(struct multicast *mc, struct medium_tx *tx, uint32_t device,
                     enum loss_reason reason)
{
    struct mc_frame *f = frame_of(mc, tx);
    struct mc_outcome *o = &f->outcomes[mc->position[device] - 1];
    if (o->reason == LOSS_NONE)
        return; /* another copy was received */
    if (reason == LOSS_NONE && loss_model_lost(mc->s.loss, mc->position[device] - 1, tx->fcnt))
        reason = LOSS_RANDOM;
    if (reason == LOSS_NONE) {
        parse_once(mc, tx);
        reason = mc->parsed_ok
                     ? devices_multicast(mc->s.devices, device, tx, &mc->parsed, &f->opened)
                     : LOSS_MALFORMED;
    }
    if (o->reason == NOT_EXPECTED)
        return;
    int power = tx->best_power_cdbm == INT32_MIN ? INT16_MIN : tx->best_power_cdbm;
    struct mc_outcome own = {tx->miss_us, (int16_t)power, (uint8_t)reason};
    if (reason == LOSS_NONE || counts_more(&own, o))
        *o = own;
}

/* All copies have ended: one outcome for each member. */
static void settle(struct multicast *mc, struct mc_frame *f)
{
    struct medium_tx name = {.node = f->node,
                             .seq = f->seq,
                             .network = mc->s.network,
                             .kind = FRAME_MULTICAST_DOWN,
                             .dr = (uint8_t)mc->dr};
    for (uint32_t m = 0; m < mc->s.n_members; m++) {
        const struct mc_outcome *o = &f->outcomes[m];
        if (o->reason == NOT_EXPECTED)
            continue;
        name.best_power_cdbm = o->power_cdbm == INT16_MIN ? INT32_MIN : o->power_cdbm;
        name.miss_us = o->miss_us;
        medium_count_sent(mc->s.medium, &name);
        medium_settle(mc->s.medium, &name, (enum loss_reason)o->reason, mc->member_ids[m]);
    }
    free(f->outcomes);
    f->outcomes = NULL;
    f->copies_left = 0;
}

static void copy_ended(struct multicast *mc, const struct medium_tx *tx)
{
    struct mc_frame *f = frame_of(mc, tx);
    if (f->copies_left && --f->copies_left == 0 && f->named)
        settle(mc, f);
}

void multicast_copy_done(struct multicast *mc, const struct medium_tx *tx)
{
    struct mc_frame *f = frame_of(mc, tx);
    mc->parsed_of = NULL;
    if (!f->named || tx->start < f->start || (tx->start == f->start && tx->node < f->node)) {
        f->named = true;
        f->start = tx->start;
        f->node = tx->node;
        f->seq = tx->seq;
    }
    copy_ended(mc, tx);
}

void multicast_refused(struct multicast *mc, const struct medium_tx *tx)
{
    struct mc_frame *f = frame_of(mc, tx);
    for (uint32_t i = 0; f->outcomes && i < tx->n_targets; i++) {
        struct mc_outcome *o = &f->outcomes[mc->position[tx->targets[i]] - 1];
        if (o->reason == LOSS_NO_LINK)
            o->reason = LOSS_GATEWAY_DOWN;
    }
    copy_ended(mc, tx);
}

static void session_row(const struct multicast *mc)
{
    struct row_session r = {.group_name = mc->s.cfg->name,
                            .devaddr = mc->s.mc_addr,
                            .planned_ns = mc->open,
                            .length_ns = mc->close - mc->open,
                            .frequency_hz = mc->frequency_hz,
                            .dr = mc->dr,
                            .n_members = mc->s.n_members};
    trace_row(mc->s.trace, ROW_SESSION, &r);
}

void multicast_finish(struct multicast *mc)
{
    session_row(mc);
    for (int64_t i = 0; i < mc->s.cfg->traffic.count; i++) {
        struct mc_frame *f = &mc->frames[i];
        if (f->outcomes && f->named)
            settle(mc, f);
        free(f->outcomes);
        f->outcomes = NULL;
    }
}
