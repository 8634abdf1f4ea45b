/* SPDX-License-Identifier: GPL-2.0-only
 * Downlinks of the application: made by the traffic of the scenario, kept until they can be sent.
 *
 * Class A devices get one in the windows of an uplink. Class C devices get them at once, one after
 * the other, through the gateway that heard the last uplink best; while none of those can send they
 * wait in one queue, first come first served, where one that waits for a busy gateway does not hold
 * up the next one at another. A confirmed downlink is sent again, with a new counter, when the next
 * uplink (class A) does not acknowledge it, or after CLASS_C_RESP_TIMEOUT; it is given up after
 * eight.
 *
 * Class C messages with a lead are handed to a gateway a little before the GPS time at which they
 * are to start; when each of its gateways has refused, or none can send then, they go at once from
 * that time on. */
#include <string.h>

#include "models/lorawan/beacon.h"
#include "models/server/server_internal.h"
#include "sim/mem.h"

enum { MAX_SENDS = 8, CLASS_C_TRIES = 64, CLASS_C_LOOK = 4096 };
#define CLASS_C_QUEUE UINT32_MAX /* argument of the event that wakes the queue */
static const sim_time CLASS_BC_RESP_TIMEOUT = SIM_S(8); /* of class B and of C; RP002-1.0.4 */
static const sim_time AHEAD = NS_QUEUE_AHEAD, REFUSED_WAIT = SIM_S(1);
static const sim_time TIMED_AHEAD = SIM_MS(500); /* beside the way to the gateways */

static const struct traffic_cfg *downlink_of(const struct server *ns, const struct session *ss)
{
    return &devices_identity(ns->s.devices, ss->device).cfg->downlink;
}

/* When the application makes downlink n, one after that of a time before. */
static sim_time time_of(const struct server *ns, const struct session *ss, uint32_t n,
                        sim_time before)
{
    struct device_identity id = devices_identity(ns->s.devices, ss->device);
    return traffic_time(&id.cfg->downlink, id.downlink_trace, &ns->downlink_keys, id.id,
                        id.index_in_group, n, 0, before);
}

static void post_next(struct server *ns, struct session *ss)
{
    ss->made_at = time_of(ns, ss, ss->n_made, ss->made_at);
    if (ss->made_at < ns->s.duration)
        evq_push(ns->s.evq, ss->made_at, ns->app_event, ns, (uint32_t)(ss - ns->sessions));
}

void ns_app_start(struct server *ns)
{
    for (uint32_t i = 0; i < ns->n_sessions; i++)
        if (downlink_of(ns, &ns->sessions[i])->kind != TRAFFIC_NONE) {
            post_next(ns, &ns->sessions[i]);
            ns->sessions[i].head_at = ns->sessions[i].made_at;
        }
}

bool ns_app_waiting(const struct session *ss)
{
    return ss->active && (ss->head < ss->n_made || (ss->packets && ss->packets->n));
}

struct ns_app_frame ns_app_next(const struct server *ns, const struct session *ss)
{
    struct device_identity id = devices_identity(ns->s.devices, ss->device);
    const struct traffic_cfg *t = &id.cfg->downlink;
    const struct ns_packets *p = ss->packets;
    if (p && p->n)
        return (struct ns_app_frame){.packet = &p->q[0],
                                     .size = p->q[0].len,
                                     .fport = p->q[0].fport,
                                     .more = p->n > 1 || ss->head < ss->n_made};
    return (struct ns_app_frame){.message = ss->head,
                                 .made = ss->head_at,
                                 .size = traffic_size(t, id.downlink_trace, &ns->downlink_keys,
                                                      id.id, id.index_in_group, ss->head),
                                 .fport = (int)t->fport,
                                 .confirmed =
                                     traffic_confirmed(t, &ns->downlink_keys, id.id, ss->head),
                                 .more = ss->head + 1 < ss->n_made};
}

sim_time ns_app_due(const struct server *ns, const struct session *ss)
{
    int64_t lead = downlink_of(ns, ss)->lead_ns;
    bool packet = ss->packets && ss->packets->n;
    if (lead == SCN_WORD || packet || ss->head >= ss->n_made)
        return 0;
    return gateways_gps_tick(ns->s.gateways, ns->s.index, ss->head_at + lead);
}

static void done(const struct server *ns, struct session *ss)
{
    ss->head++;
    ss->head_at = time_of(ns, ss, ss->head, ss->head_at);
    ss->n_sends = 0;
    ss->wants_ack = false;
}

void ns_app_sent(struct server *ns, struct session *ss, const struct ns_app_frame *f)
{
    if (f->packet) {
        ns->packages.sent(ns->packages.ctx, ss->device, f->packet);
        ns_packet_remove(ss, 0);
        return;
    }
    if (f->confirmed) {
        ss->wants_ack = true;
        ss->n_sends++;
        return;
    }
    done(ns, ss);
}

/* Never on the air: it is the next one again, unless the queue has moved on in the meantime. */
void ns_app_refused(struct session *ss, const struct medium_tx *tx)
{
    if (tx->made < 0 || ss->app_fcnt != tx->fcnt)
        return;
    if (ss->wants_ack)
        ss->n_sends--;
    else
        ss->head--;
    ss->head_at = tx->made;
    ss->wants_ack = false;
}

/* Not acknowledged: once more, or given up. */
static void missed(const struct server *ns, struct session *ss)
{
    ss->wants_ack = false;
    if (ss->n_sends >= MAX_SENDS)
        done(ns, ss);
}

void ns_app_uplink(const struct server *ns, struct session *ss, bool ack, sim_time sent_before)
{
    if (!ss->wants_ack)
        return;
    if (ack)
        done(ns, ss);
    else if (!ss->by_timeout && ss->sent_until <= sent_before)
        missed(ns, ss);
}

void ns_class_c_at(struct server *ns, struct session *ss, sim_time at)
{
    ss->on_air = false;
    evq_push(ns->s.evq, at, ns->retry_event, ns, (uint32_t)(ss - ns->sessions));
}

/* When a message is handed over that is due at a time: early enough for each of its gateways to
 * refuse it; at that time when all of them have. */
static sim_time hand_over_at(const struct server *ns, const struct session *ss, sim_time due)
{
    sim_time now = evq_now(ns->s.evq), ahead = TIMED_AHEAD;
    for (unsigned i = 0; i < ss->n_via; i++)
        ahead += gateways_earliest(ns->s.gateways, ss->via[i].gateway) - now;
    return ss->n_refused < ss->n_via ? due - ahead : due;
}

static void class_c_try(struct server *ns, struct session *ss)
{
    if (!ss->class_c || ss->wants_ack || ss->on_air || !ns_app_waiting(ss) || ss->n_via == 0)
        return;
    sim_time now = evq_now(ns->s.evq), up = ns_up_at(ns, now);
    if (up > now) { /* a failed server sends nothing */
        if (up < ns->s.duration)
            evq_push(ns->s.evq, up, ns->retry_event, ns, (uint32_t)(ss - ns->sessions));
        return;
    }
    sim_time due = ns_app_due(ns, ss);
    if (due > now && hand_over_at(ns, ss, due) > now) {
        ns_class_c_at(ns, ss, hand_over_at(ns, ss, due));
        return;
    }
    ss->on_air = true;
    struct wish w = {.session = (uint32_t)(ss - ns->sessions),
                     .window = MEDIUM_RXC,
                     .app = true,
                     .node = session_id(ns, ss)};
    ns_wish(ns, &w);
}

void ns_serve(struct server *ns, struct session *ss)
{
    class_c_try(ns, ss);
    ns_class_b_try(ns, ss);
}

/* When a gateway could send what a device waits for in RXC. Asked once a round, again for a longer
 * frame. */
static struct ns_free *ask_gateway(struct server *ns, const struct session *ss, unsigned gateway)
{
    int64_t hz = (int64_t)ss->rx2_frequency_100hz * 100;
    int fopts = ss->n_commands < NS_FOPTS ? ss->n_commands : NS_FOPTS;
    int len = LW_DATA_OVERHEAD + fopts + (ns_app_waiting(ss) ? ns_app_next(ns, ss).size : 0);
    sim_time airtime = devices_airtime(ns->s.region, ss->rx2_dr, len < 255 ? len : 255, true);
    struct ns_free *f = &ns->free[gateway];
    if (f->round == ns->round && f->frequency_hz == hz && f->airtime >= airtime)
        return f;
    f->taken = f->round == ns->round && f->taken;
    f->round = ns->round;
    f->frequency_hz = hz;
    f->airtime = airtime;
    sim_time now = evq_now(ns->s.evq);
    sim_time lag =
        gateways_at_once(ns->s.gateways, gateway) - gateways_earliest(ns->s.gateways, gateway);
    f->at = gateways_when(ns->s.gateways, gateway, hz, lag ? now + lag + AHEAD : now, airtime);
    f->at -= f->at == SIM_NEVER ? 0 : lag;
    return f;
}

/* When the first of its gateways is free that no other has taken in this round, and which: NULL:
 * never. */
static struct ns_free *first_free(struct server *ns, const struct session *ss)
{
    struct ns_free *best = NULL;
    for (unsigned i = 0; i < ss->n_via; i++) {
        struct ns_free *f = ask_gateway(ns, ss, ss->via[i].gateway);
        if (!f->taken && f->at != SIM_NEVER && (!best || f->at < best->at))
            best = f;
    }
    return best;
}

/* Wake the queue a little before a time. */
static void post_queue(struct server *ns, sim_time at)
{
    sim_time now = evq_now(ns->s.evq);
    if (at == SIM_NEVER)
        return;
    at = at - AHEAD > now ? at - AHEAD : now + AHEAD;
    if (ns->queue_at > now && ns->queue_at <= at)
        return;
    ns->queue_at = at;
    evq_push(ns->s.evq, at, ns->retry_event, ns, CLASS_C_QUEUE);
}

void ns_class_c_later(struct server *ns, struct session *ss)
{
    if (ns->n_queue == ns->cap_queue) {
        ns->cap_queue = ns->cap_queue ? 2 * ns->cap_queue : 64;
        ns->queue = mem_grow(ns->queue, ns->cap_queue, sizeof *ns->queue);
    }
    ns->queue[ns->n_queue++] = (uint32_t)(ss - ns->sessions);
    ns->round++;
    const struct ns_free *f = first_free(ns, ss);
    post_queue(ns, f ? f->at : evq_now(ns->s.evq) + REFUSED_WAIT);
}

void ns_class_c_sent(struct server *ns, const struct session *ss, unsigned gateway)
{
    ns->round++;
    if (ns->n_queue)
        post_queue(ns, ask_gateway(ns, ss, gateway)->at);
}

/* Take those whose gateway is free out of the queue, one a gateway, in their order; *next: when a
 * gateway that none of them has taken could be free. */
static uint32_t take_ready(struct server *ns, uint32_t *ready, sim_time *next)
{
    sim_time now = evq_now(ns->s.evq);
    uint32_t n = ns->n_queue < CLASS_C_LOOK ? ns->n_queue : CLASS_C_LOOK, kept = 0, n_ready = 0;
    ns->round++;
    *next = SIM_NEVER;
    for (uint32_t i = 0; i < n; i++) {
        const struct session *ss = &ns->sessions[ns->queue[i]];
        struct ns_free *f = first_free(ns, ss);
        if (f && f->at <= now + 2 * AHEAD && n_ready < CLASS_C_TRIES) {
            f->taken = true;
            ready[n_ready++] = ns->queue[i];
            continue;
        }
        *next = f && f->at < *next ? f->at : *next;
        ns->queue[kept++] = ns->queue[i];
    }
    memmove(ns->queue + kept, ns->queue + n, (ns->n_queue - n) * sizeof *ns->queue);
    ns->n_queue -= n_ready;
    return n_ready;
}

static void run_queue(struct server *ns)
{
    uint32_t ready[CLASS_C_TRIES];
    sim_time next;
    uint32_t n = take_ready(ns, ready, &next);
    for (uint32_t i = 0; i < n; i++) {
        ns->sessions[ready[i]].on_air = false;
        class_c_try(ns, &ns->sessions[ready[i]]);
    }
    post_queue(ns, next);
}

/* Class B: when all gateways in turn have refused, twice as long for each round, a beacon period at
 * most: what they lack may not come back soon. */
static sim_time back_off(struct session *ss)
{
    unsigned rounds = ss->n_via ? ss->n_refused / ss->n_via : 0;
    sim_time wait = REFUSED_WAIT << (rounds < 7 ? rounds : 7);
    return wait < BEACON_PERIOD ? wait : BEACON_PERIOD;
}

/* Class B and C: a gateway that refused a downlink is the last choice until the next uplink: behind
 * those that refused before, which have their turn again first. */
static void put_last(struct session *ss, unsigned gateway)
{
    enum { LAST = INT16_MIN, LAST_BUT = INT16_MIN + 1000 }; /* centi-dB that no copy has */
    for (unsigned i = 0; i < ss->n_via; i++) {
        struct ns_via *v = &ss->via[i];
        if (v->gateway == gateway)
            v->snr_cdb = LAST;
        else if (v->snr_cdb < LAST_BUT)
            v->snr_cdb++;
    }
}

void server_refused(struct server *ns, const struct medium_tx *tx)
{
    struct session *ss = &ns->sessions[ns->session_of_device[tx->device] - 1];
    ns_app_refused(ss, tx);
    ss->sent_until = evq_now(ns->s.evq);
    if (tx->window < MEDIUM_RXC && !ss->class_b)
        return;
    if (tx->window >= MEDIUM_RXC) {
        ss->on_air = ss->timed = false;
        put_last(ss, tx->gateway);
    }
    bool timed = tx->window == MEDIUM_RXC && tx->gps_timed;
    sim_time wait = timed ? 0 : REFUSED_WAIT; /* the next gateway, while there is time */
    ss->n_refused += timed;
    if (tx->window == MEDIUM_PING) {
        ss->n_refused++;
        wait = back_off(ss);
        ss->ping_from = evq_now(ns->s.evq) + wait;
    }
    evq_push(ns->s.evq, evq_now(ns->s.evq) + wait, ns->retry_event, ns,
             (uint32_t)(ss - ns->sessions));
}

void server_downlink_done(struct server *ns, const struct medium_tx *tx)
{
    uint32_t i = tx->targets ? 0 : ns->session_of_device[tx->device];
    if (!i || (tx->window < MEDIUM_RXC && !ns->sessions[i - 1].class_b))
        return;
    struct session *ss = &ns->sessions[i - 1];
    ss->n_refused = 0;
    ss->on_air &= tx->window < MEDIUM_RXC;
    ss->timed &= ss->on_air;
    sim_time wait = ss->wants_ack ? CLASS_BC_RESP_TIMEOUT : 0;
    evq_push(ns->s.evq, evq_now(ns->s.evq) + wait, ns->retry_event, ns, i - 1);
}

void ns_on_retry(void *obj, uint32_t arg)
{
    struct server *ns = obj;
    if (arg == CLASS_C_QUEUE) {
        if (ns->queue_at == evq_now(ns->s.evq))
            run_queue(ns);
        return;
    }
    struct session *ss = &ns->sessions[arg];
    if (ss->wants_ack && ss->by_timeout && !ss->on_air &&
        ss->sent_until + CLASS_BC_RESP_TIMEOUT <= evq_now(ns->s.evq))
        missed(ns, ss);
    ns_serve(ns, ss);
}

void ns_on_app(void *obj, uint32_t arg)
{
    struct server *ns = obj;
    struct session *ss = &ns->sessions[arg];
    ss->n_made++;
    devices_note_downlink(ns->s.devices, ss->device);
    post_next(ns, ss);
    ns_serve(ns, ss);
}
