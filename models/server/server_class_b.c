/* SPDX-License-Identifier: GPL-2.0-only
 * Class B at the network server: which devices have ping slots, and their queue of downlinks.
 *
 * The server believes the ClassB bit of the last uplink. What waits for such a device is looked at
 * just before its next ping slot, as late as its gateways allow, so that an uplink that comes
 * before takes it into its own windows. When no gateway can send in that slot, a later slot is
 * taken: the first one in which one of them may be free. A frame never begins while the device gets
 * another one, or has RX1 or RX2 of the last uplink open. Commands go out when there are new ones,
 * and again in RX1 or RX2 of an uplink that did not answer them. Source: TS001-1.0.4, class B. */
#include "models/lorawan/pingslot.h"
#include "models/server/server_internal.h"
#include "sim/err.h"

/* A slot is looked at this much earlier than its gateways need; and how long around RX1 and RX2 a
 * device may not listen to its slots. */
static const sim_time EARLY = SIM_MS(5), BEFORE_RX1 = SIM_MS(100), BEHIND_RX1 = SIM_MS(1500);

/* What the next downlink would carry. */
struct content {
    bool app, commands; /* carries an application's payload, queued commands */
    int len;            /* PHY payload; 0: nothing waits */
};

void ns_class_b_reset(struct server *ns, struct session *ss)
{
    ss->class_b = ss->asked = false;
    ss->periodicity = PINGSLOT_MAX_PERIODICITY;
    ss->ping_dr = (uint8_t)ns->s.region->ping_dr;
    ss->ping_frequency_100hz = 0;
}

/* Where the network wants ping slots to be, as a request. */
static struct lw_mac wanted_channel(const struct server *ns)
{
    const struct server_cfg *c = &ns->s.cfg->server;
    struct lw_mac m = {.cid = LW_PING_SLOT_CHANNEL};
    m.u.ping_slot_channel_req.frequency_hz =
        c->ping_frequency_hz == SCN_WORD ? 0 : (uint32_t)c->ping_frequency_hz;
    m.u.ping_slot_channel_req.dr =
        (uint8_t)(c->ping_dr == SCN_WORD ? ns->s.region->ping_dr : c->ping_dr);
    return m;
}

static void ask_channel(struct server *ns, struct session *ss)
{
    struct lw_mac m = wanted_channel(ns);
    if (m.u.ping_slot_channel_req.frequency_hz / 100 == ss->ping_frequency_100hz &&
        m.u.ping_slot_channel_req.dr == ss->ping_dr)
        return;
    if (!ns_queued(ss, LW_PING_SLOT_CHANNEL))
        ns_queue_command(ss, &m);
}

void ns_class_b_bit(struct server *ns, struct session *ss, bool class_b)
{
    if (class_b && !ss->class_b)
        ask_channel(ns, ss);
    ss->class_b = class_b;
    ss->asked = false;
}

void ns_class_b_info(struct server *ns, struct session *ss, const struct lw_mac *m, struct wish *w)
{
    ss->periodicity = m->u.ping_slot_info_req.periodicity;
    ask_channel(ns, ss);
    ns_add_answer(w, &(struct lw_mac){.cid = LW_PING_SLOT_INFO});
}

void ns_class_b_channel(struct session *ss, const struct lw_mac *answer,
                        const struct lw_mac *request)
{
    if (!answer->u.ping_slot_channel_ans.dr_ok || !answer->u.ping_slot_channel_ans.channel_freq_ok)
        return;
    ss->ping_dr = request->u.ping_slot_channel_req.dr;
    ss->ping_frequency_100hz = request->u.ping_slot_channel_req.frequency_hz / 100;
}

static bool fits(const struct server *ns, const struct session *ss, int len)
{
    return len - 5 <= region_max_mac_payload(ns->s.region, ss->ping_dr, ss->down_dwell);
}

/* The application's next one together with new commands; where that is too long the commands go
 * first. What is too long by itself for ping slots waits for an uplink. */
static struct content content_of(const struct server *ns, const struct session *ss)
{
    uint8_t fopts[NS_FOPTS];
    bool new_commands = ss->n_sent < ss->n_commands && (!ss->asked || ss->n_commands <= NS_FOPTS);
    int bare = LW_DATA_OVERHEAD - 1;
    int commands = new_commands ? (int)ns_take_commands(ss, fopts, 0) : 0;
    int app = ns_app_waiting(ss) && !ss->wants_ack ? 1 + ns_app_next(ns, ss).size : 0;
    if (app && fits(ns, ss, bare + app + commands))
        return (struct content){true, new_commands, bare + app + commands};
    if (new_commands)
        return (struct content){false, true, bare + commands};
    return (struct content){.len = 0};
}

static sim_time airtime_of(const struct server *ns, const struct session *ss, int len)
{
    return devices_airtime(ns->s.region, ss->ping_dr, len, true);
}

/* How long before its slot a frame must leave the server, whichever gateway takes it. */
static sim_time lead_of(const struct server *ns, const struct session *ss)
{
    sim_time now = evq_now(ns->s.evq), lead = 0;
    for (unsigned i = 0; i < ss->n_via; i++) {
        sim_time own = gateways_earliest(ns->s.gateways, ss->via[i].gateway) - now;
        lead = own > lead ? own : lead;
    }
    return lead;
}

static bool meets_class_a(const struct session *ss, sim_time start, sim_time airtime)
{
    return start < ss->rx1_at + BEHIND_RX1 && start + airtime > ss->rx1_at - BEFORE_RX1;
}

/* The first slot from a time on in which the device can be expected to listen for an air time. */
static struct ping_place next_slot(const struct server *ns, const struct session *ss, sim_time at,
                                   sim_time airtime)
{
    struct ping_listener l = {.addr = ss->devaddr,
                              .periodicity = ss->periodicity,
                              .frequency_hz = (int64_t)ss->ping_frequency_100hz * 100};
    at = at > ss->sent_until ? at : ss->sent_until;
    for (;;) {
        struct ping_place p = ping_plan_next(&ns->ping, &l, at, airtime);
        if (!meets_class_a(ss, p.start, airtime))
            return p;
        at = p.start + 1;
    }
}

/* Look at the queue just before a slot; the earliest such time counts. */
static void post(struct server *ns, struct session *ss, sim_time slot)
{
    sim_time now = evq_now(ns->s.evq), at = slot - lead_of(ns, ss) - EARLY;
    at = at > now ? at : now;
    if (at >= ns->s.duration || ss->slot_at <= at)
        return;
    ss->slot_at = at;
    evq_push(ns->s.evq, at, ns->class_b_event, ns, (uint32_t)(ss - ns->sessions));
}

void ns_class_b_try(struct server *ns, struct session *ss)
{
    if (!ss->class_b || ss->on_air || ss->n_via == 0)
        return;
    struct content c = content_of(ns, ss);
    if (!c.len)
        return;
    sim_time from = evq_now(ns->s.evq);
    from = from > ss->ping_from ? from : ss->ping_from;
    sim_time at = ns_up_at(ns, from) + lead_of(ns, ss) + EARLY;
    post(ns, ss, next_slot(ns, ss, at, airtime_of(ns, ss, c.len)).start);
}

void ns_on_class_b(void *obj, uint32_t arg)
{
    struct server *ns = obj;
    struct session *ss = &ns->sessions[arg];
    if (ss->slot_at != evq_now(ns->s.evq))
        return; /* an earlier one took its place */
    ss->slot_at = SIM_NEVER;
    struct wish w = {.session = arg, .window = MEDIUM_PING, .node = session_id(ns, ss)};
    ns_wish(ns, &w);
}

/* No gateway can send in a slot: the first one in which one of them can. */
static void later(struct server *ns, struct session *ss, const struct ping_place *p,
                  sim_time airtime)
{
    sim_time best = SIM_NEVER;
    for (unsigned i = 0; i < ss->n_via; i++) {
        sim_time at = gateways_when(ns->s.gateways, ss->via[i].gateway, p->frequency_hz,
                                    p->start + 1, airtime);
        if (at == SIM_NEVER)
            continue; /* its duty cycle never allows it */
        at = next_slot(ns, ss, at, airtime).start;
        best = at < best ? at : best;
    }
    if (best != SIM_NEVER)
        post(ns, ss, best);
}

void ns_class_b_plan(struct server *ns, struct wish *w)
{
    struct session *ss = &ns->sessions[w->session];
    struct content c = content_of(ns, ss);
    if (!ss->class_b || ss->on_air || ss->n_via == 0 || !c.len)
        return; /* an uplink took it, or ended class B */
    sim_time now = evq_now(ns->s.evq), lead = lead_of(ns, ss), airtime = airtime_of(ns, ss, c.len);
    w->ping = next_slot(ns, ss, ns_up_at(ns, now) + lead, airtime);
    if (w->ping.start > now + lead + EARLY) {
        post(ns, ss, w->ping.start);
        return;
    }
    enum downlink_result why = DL_SENT;
    struct ns_app_frame app;
    if (c.app)
        app = ns_app_next(ns, ss);
    w->no_commands = !c.commands;
    ss->on_air = ns_plan_data(ns, ss, w, c.app ? &app : NULL, &why);
    if (!ss->on_air)
        later(ns, ss, &w->ping, airtime);
}
