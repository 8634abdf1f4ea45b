/* SPDX-License-Identifier: GPL-2.0-only
 * Uplinks at the network server, from the first copy to the application. */
#include "models/server/server.h"

#include <stdlib.h>
#include <string.h>

#include "models/server/server_internal.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"

static void on_dedup(void *obj, uint32_t arg);
static void hint_dedup(void *obj, uint32_t arg, unsigned stage);
static void on_command(void *obj, uint32_t arg);

struct server *server_open(const struct server_setup *s)
{
    struct server *ns = mem_alloc(1, sizeof *ns);
    ns->s = *s;
    ns->plan_at = -1;
    ns->dedup_event = evq_kind_add(s->evq, on_dedup, "uplink at server");
    evq_kind_hint(s->evq, ns->dedup_event, hint_dedup);
    ns->command_event = evq_kind_add(s->evq, on_command, "scheduled MAC command");
    ns->app_event = evq_kind_add(s->evq, ns_on_app, "application downlink");
    ns->retry_event = evq_kind_add(s->evq, ns_on_retry, "downlink of class B or C");
    ns->class_b_event = evq_kind_add(s->evq, ns_on_class_b, "class B ping slot at server");
    ping_plan_init(&ns->ping, s->region, s->start_gps_ns);
    ns->downlink_keys =
        (struct traffic_keys){.phase = rng_key_make(s->seed, s->run, RNG_DL_PHASE),
                              .traffic = rng_key_make(s->seed, s->run, RNG_DL_TRAFFIC),
                              .payload = rng_key_make(s->seed, s->run, RNG_DL_PAYLOAD),
                              .confirmed = rng_key_make(s->seed, s->run, RNG_DL_CONFIRMED)};
    ns->free = mem_alloc(gateways_count(s->gateways), sizeof *ns->free);
    if (s->clock)
        clock_init(&ns->clock, s->clock, s->network->id);
    else
        clock_init_perfect(&ns->clock);
    sessions_open(ns);
    return ns;
}

void server_close(struct server *ns)
{
    if (!ns)
        return;
    for (uint32_t i = 0; i < ns->n_sessions; i++) {
        keyring_drop(ns->s.keyring, ns->sessions[i].keys);
        free(ns->sessions[i].packets);
    }
    free(ns->sessions);
    free(ns->session_of_device);
    free(ns->slots);
    join_server_close(ns->js);
    free(ns->wishes);
    free(ns->queue);
    free(ns->free);
    free(ns->waiting);
    free(ns->free_waiting);
    free(ns);
}

void server_start(struct server *ns)
{
    ns_app_start(ns);
    const struct scn_list *l = &ns->s.cfg->server.mac_commands;
    const struct mac_command_cfg *c = l->items;
    for (size_t i = 0; i < l->n; i++)
        if (c[i].at_ns < ns->s.duration)
            evq_push(ns->s.evq, c[i].at_ns, ns->command_event, ns, (uint32_t)i);
}

sim_time ns_up_at(const struct server *ns, sim_time at)
{
    for (unsigned i = 0; i < ns->s.n_down; i++)
        if (ns->s.down[i].from <= at && at < ns->s.down[i].to)
            return ns->s.down[i].to;
    return at;
}

static bool is_down(const struct server *ns, sim_time at)
{
    return ns_up_at(ns, at) > at;
}

static uint32_t keep_waiting(struct server *ns, struct medium_tx *tx)
{
    medium_tx_hold(tx);
    if (ns->n_free) {
        uint32_t i = ns->free_waiting[--ns->n_free];
        ns->waiting[i] = tx;
        return i;
    }
    if (ns->n_waiting == ns->cap_waiting) {
        ns->cap_waiting = ns->cap_waiting ? 2 * ns->cap_waiting : 64;
        ns->waiting = mem_grow(ns->waiting, ns->cap_waiting, sizeof *ns->waiting);
        ns->free_waiting = mem_grow(ns->free_waiting, ns->cap_waiting, sizeof *ns->free_waiting);
    }
    ns->waiting[ns->n_waiting] = tx;
    return ns->n_waiting++;
}

static void settle(struct server *ns, const struct medium_tx *tx, enum loss_reason reason)
{
    if (tx->network == ns->s.index)
        medium_settle(ns->s.medium, tx, reason, ns->s.network->id);
}

void server_uplink(struct server *ns, struct medium_tx *tx)
{
    sim_time first = SIM_NEVER;
    for (unsigned i = 0; i < tx->n_copies; i++) {
        sim_time at = tx->end + ns->s.backhaul_delay[tx->copies[i].gateway];
        if (ns->s.gateway_network[tx->copies[i].gateway] == ns->s.index && !is_down(ns, at) &&
            at < first)
            first = at;
    }
    if (first == SIM_NEVER) {
        settle(ns, tx, LOSS_SERVER_DOWN);
        return;
    }
    for (unsigned i = 0; i < tx->n_copies; i++)
        ns->n_late_copies += ns->s.gateway_network[tx->copies[i].gateway] == ns->s.index &&
                             tx->end + ns->s.backhaul_delay[tx->copies[i].gateway] >
                                 first + ns->s.cfg->server.dedup_ns;
    evq_push(ns->s.evq, first + ns->s.cfg->server.dedup_ns, ns->dedup_event, ns,
             keep_waiting(ns, tx));
}

sim_time server_first_copy(struct server *ns, struct medium_tx *tx)
{
    sim_time until = evq_now(ns->s.evq) + ns->s.cfg->server.dedup_ns;
    evq_push(ns->s.evq, until, ns->dedup_event, ns, keep_waiting(ns, tx));
    return until;
}

void server_late_copy(struct server *ns)
{
    ns->n_late_copies++;
}

void server_no_copy(struct server *ns, const struct medium_tx *tx, enum loss_reason reason)
{
    settle(ns, tx, reason);
}

/* The best gateways of an uplink, for class B and C. */
static void remember_gateways(const struct server *ns, struct session *ss,
                              const struct medium_tx *tx)
{
    if (!ss->class_c && !ss->class_b)
        return;
    ss->n_via = 0;
    ss->n_refused = 0;
    ss->ping_from = 0;
    ss->rx1_at = tx->end + SIM_S(tx->kind == FRAME_JOIN_REQUEST ? 5 : ss->rx1_delay_s);
    for (unsigned i = 0; i < tx->n_copies; i++) {
        const struct medium_copy *c = &tx->copies[i];
        if (!ns_has_copy(ns, tx, c))
            continue;
        unsigned at = ss->n_via < NS_VIA ? ss->n_via : NS_VIA - 1;
        if (ss->n_via == NS_VIA && ss->via[at].snr_cdb >= c->snr_cdb)
            continue;
        ss->n_via = (uint8_t)(at + 1);
        for (; at > 0 && ss->via[at - 1].snr_cdb < c->snr_cdb; at--)
            ss->via[at] = ss->via[at - 1];
        ss->via[at] = (struct ns_via){c->gateway, c->snr_cdb};
    }
}

static enum loss_reason join_request(struct server *ns, struct medium_tx *tx)
{
    struct join_answer a;
    int rc = join_server_request(ns->js, tx->phy, tx->len, ns->s.network->netid, &a);
    if (rc)
        return rc == SIM_ENOENT    ? LOSS_UNKNOWN_DEVICE
               : rc == SIM_EMIC    ? LOSS_MIC
               : rc == SIM_EREPLAY ? LOSS_REPLAY
                                   : LOSS_MALFORMED;
    uint32_t i = ns->session_of_device[a.device] - 1;
    session_start(ns, &ns->sessions[i], a.nwkskey, a.appskey);
    struct wish w = {.up = tx,
                     .node = tx->node,
                     .seq = tx->seq,
                     .session = i,
                     .join = true,
                     .joinnonce = a.joinnonce};
    ns_wish(ns, &w);
    remember_gateways(ns, &ns->sessions[i], tx);
    devices_note_received(ns->s.devices, a.device, false);
    return LOSS_NONE;
}

static void ask_status(struct server *ns, struct session *ss)
{
    sim_time period = ns->s.cfg->server.dev_status_period_ns, now = evq_now(ns->s.evq);
    if (period == SCN_WORD || (ss->status_asked && now - ss->status_asked < period))
        return;
    struct lw_mac m = {.cid = LW_DEV_STATUS};
    if (ns_queue_command(ss, &m))
        ss->status_asked = now;
}

/* FOpts, or FRMPayload on FPort 0; what the application gets is decrypted and goes no further,
 * unless it belongs to a package: true. */
static bool open_payload(struct server *ns, struct session *ss, const struct lw_frame *f,
                         uint32_t fcnt32, bool repeated, struct wish *w)
{
    uint8_t plain[LW_MAX_PHY];
    if (f->fopts_len)
        ns_mac_uplink(ns, ss, f->fopts, f->fopts_len, repeated, w);
    if (!f->payload_len)
        return false;
    lw_frame_decrypt(f, keyring_get(ns->s.keyring, ss->keys), fcnt32, plain);
    if (f->fport == 0)
        ns_mac_uplink(ns, ss, plain, f->payload_len, repeated, w);
    else if (f->fport >= 200 && !repeated && ns->packages.received)
        return ns_package_received(ns, ss, f, w->up, plain);
    return false;
}

static enum loss_reason data_up(struct server *ns, struct medium_tx *tx)
{
    struct lw_frame f;
    uint32_t fcnt32;
    bool repeated;
    enum loss_reason why;
    if (lw_frame_parse(&f, tx->phy, tx->len) != SIM_OK || !f.uplink)
        return LOSS_MALFORMED;
    int i = session_find(ns, &f, tx, &fcnt32, &repeated, &why);
    if (i < 0)
        return why;
    struct session *ss = &ns->sessions[i];
    struct wish w = {.up = tx,
                     .node = tx->node,
                     .seq = tx->seq,
                     .session = (uint32_t)i,
                     .ack = f.confirmed,
                     .adrackreq = f.adrackreq};
    bool package = open_payload(ns, ss, &f, fcnt32, repeated, &w);
    ns->n_repeated += repeated;
    if (!repeated) {
        ss->fcnt_up = fcnt32 + 1;
        ss->heard = true;
        ns_class_b_bit(ns, ss, f.classb);
        if (f.adr && ns->s.cfg->server.adr)
            ns_adr(ns, ss, tx);
        ask_status(ns, ss);
    }
    devices_note_received(ns->s.devices, ss->device,
                          !repeated && !package && f.fport > 0 && !f.confirmed);
    remember_gateways(ns, ss, tx);
    ns_app_uplink(ns, ss, f.ack, tx->start);
    w.app = ns_app_waiting(ss) && !ss->wants_ack && !ss->class_c;
    if (w.ack || w.n_answers || ss->n_commands || f.adrackreq || w.app)
        ns_wish(ns, &w);
    ns_serve(ns, ss);
    return LOSS_NONE;
}

static void hint_dedup(void *obj, uint32_t arg, unsigned stage)
{
    const struct server *ns = obj;
    if (ns->waiting[arg])
        session_hint(ns, ns->waiting[arg], stage);
}

static void on_dedup(void *obj, uint32_t arg)
{
    struct server *ns = obj;
    struct medium_tx *tx = ns->waiting[arg];
    ns->waiting[arg] = NULL;
    ns->free_waiting[ns->n_free++] = arg;
    enum loss_reason reason;
    if (is_down(ns, evq_now(ns->s.evq)))
        reason = LOSS_SERVER_DOWN;
    else if (lw_mtype_of(tx->phy, tx->len) == LW_JOIN_REQUEST)
        reason = join_request(ns, tx);
    else
        reason = data_up(ns, tx);
    ns->n_foreign += tx->network != ns->s.index;
    settle(ns, tx, reason);
    medium_tx_release(ns->s.medium, tx);
}

static void on_command(void *obj, uint32_t arg)
{
    struct server *ns = obj;
    const struct mac_command_cfg *c = ns->s.cfg->server.mac_commands.items;
    uint8_t bytes[NS_COMMANDS];
    size_t len = 0;
    int rc = hex_parse(c[arg].hex, bytes, sizeof bytes, &len);
    SIM_CHECK(rc == SIM_OK, "command %s was checked before the run", c[arg].hex);
    int64_t group = ns->s.group_of_command[arg];
    for (uint32_t i = 0; i < ns->n_sessions; i++) {
        struct session *ss = &ns->sessions[i];
        if (group < 0 || devices_identity(ns->s.devices, ss->device).group == group)
            ns->n_unanswered += !ns_queue(ss, bytes, len);
        ns_serve(ns, ss);
    }
}

static void metric(const struct server *ns, const char *name, uint64_t value)
{
    struct row_metric r = {.name = name, .node = ns->s.network->id, .value = (double)value};
    trace_row(ns->s.trace, ROW_METRIC, &r);
}

static int by_node(const void *a, const void *b)
{
    const struct medium_tx *x = *(struct medium_tx *const *)a, *y = *(struct medium_tx *const *)b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void server_finish(struct server *ns)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ns->n_waiting; i++)
        if (ns->waiting[i])
            ns->waiting[n++] = ns->waiting[i];
    ns->n_waiting = n;
    if (n)
        qsort(ns->waiting, n, sizeof *ns->waiting, by_node);
    for (uint32_t i = 0; i < n; i++) {
        settle(ns, ns->waiting[i], LOSS_ENDED);
        medium_tx_release(ns->s.medium, ns->waiting[i]);
    }
    ns->n_waiting = 0;
    ns_clock_rows(ns);
    metric(ns, "foreign_frames", ns->n_foreign);
    metric(ns, "repeated_frames", ns->n_repeated);
    metric(ns, "late_copies", ns->n_late_copies);
    metric(ns, "mac_commands_not_queued", ns->n_unanswered);
}
