/* SPDX-License-Identifier: GPL-2.0-only
 * Planning of downlinks: which window, which gateway. What is wanted at one instant is planned 1 ns
 * later in the order of the devices, so that the order of events decides nothing. */
#include <stdlib.h>
#include <string.h>

#include "models/server/server_internal.h"
#include "sim/err.h"
#include "sim/mem.h"

/* Where and when a window is. */
struct slot {
    int window, dr;
    int64_t frequency_hz;
    sim_time start;
};

void ns_wish(struct server *ns, const struct wish *w)
{
    if (ns->n_wishes == ns->cap_wishes) {
        ns->cap_wishes = ns->cap_wishes ? 2 * ns->cap_wishes : 16;
        ns->wishes = mem_grow(ns->wishes, ns->cap_wishes, sizeof *ns->wishes);
    }
    if (w->up)
        medium_tx_hold(w->up);
    sim_time at = evq_now(ns->s.evq) + 1;
    ns->wishes[ns->n_wishes] = *w;
    ns->wishes[ns->n_wishes++].at = at;
    if (ns->plan_at == at)
        return;
    ns->plan_at = at;
    gateways_plan(ns->s.gateways, ns->s.index, ns_plan, ns);
}

static int by_device(const void *a, const void *b)
{
    const struct wish *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return x->window - y->window;
}

/* The uplink's channel in the device's plan, -1 when it is not there. */
static int channel_of(const struct plan *p, int64_t frequency_hz)
{
    for (int i = 0; i < REGION_MAX_CHANNELS; i++)
        if (p->channel[i].frequency_hz == frequency_hz)
            return i;
    return -1;
}

static bool fill_slot(const struct server *ns, const struct session *ss, const struct wish *w,
                      int window, struct slot *s)
{
    const struct region *r = ns->s.region;
    s->window = window;
    s->start = w->due; /* RXC, 0: as soon as the gateway can */
    if (window == MEDIUM_PING) {
        s->dr = ss->ping_dr;
        s->frequency_hz = w->ping.frequency_hz;
        s->start = w->ping.start;
        return true;
    }
    if (window == MEDIUM_RXC) {
        s->dr = ss->rx2_dr;
        s->frequency_hz = (int64_t)ss->rx2_frequency_100hz * 100;
        return true;
    }
    int64_t up_hz = medium_channel_frequency(ns->s.medium, w->up->channel);
    int delay = w->join ? 5 : ss->rx1_delay_s;
    s->start = w->up->end + SIM_S(delay + window - 1);
    if (window == 2) {
        s->dr = w->join ? r->rx2_dr : ss->rx2_dr;
        s->frequency_hz = w->join ? r->rx2_frequency_hz : (int64_t)ss->rx2_frequency_100hz * 100;
        return true;
    }
    const struct plan *p = plan_at(ns->s.plans, ss->plan);
    int c = channel_of(p, up_hz);
    s->dr =
        region_rx1_dr(r, w->up->dr, w->join ? 0 : ss->rx1_dr_offset, !w->join && ss->down_dwell);
    s->frequency_hz = c >= 0 && !w->join ? p->rx1_frequency_hz[c] : 0;
    if (!s->frequency_hz)
        s->frequency_hz = region_rx1_frequency(r, c < 0 ? 0 : c, up_hz);
    return s->dr >= 0;
}

/* Gateways that may send it: those with a copy of the uplink, or of the last one (class B, C). */
static unsigned candidates(const struct server *ns, const struct session *ss, const struct wish *w,
                           struct ns_via *list, unsigned max)
{
    unsigned n = 0;
    for (unsigned i = 0; w->window != NS_CLASS_A && i < ss->n_via && n < max; i++)
        list[n++] = ss->via[i];
    for (unsigned i = 0; w->window == NS_CLASS_A && i < w->up->n_copies && n < max; i++) {
        const struct medium_copy *c = &w->up->copies[i];
        if (ns_has_copy(ns, w->up, c))
            list[n++] = (struct ns_via){c->gateway, c->snr_cdb};
    }
    return n;
}

/* A class C device cannot listen to RXC while it gets another downlink or has RX1 open: a frame
 * that would meet RX1 goes where RX2 is. */
static sim_time rxc_free(const struct session *ss, sim_time at, sim_time airtime)
{
    at = at > ss->sent_until ? at : ss->sent_until;
    bool meets = at < ss->rx1_at + SIM_S(1) && at + airtime > ss->rx1_at - SIM_MS(100);
    return meets ? ss->rx1_at + SIM_S(1) : at;
}

/* When a gateway could send in the slot; class C waits a moment for one that is busy. */
static sim_time start_at(const struct server *ns, const struct session *ss, const struct slot *s,
                         unsigned gateway, sim_time airtime)
{
    if (s->start)
        return s->start;
    sim_time earliest = rxc_free(ss, gateways_at_once(ns->s.gateways, gateway), airtime);
    sim_time at = gateways_when(ns->s.gateways, gateway, s->frequency_hz, earliest, airtime);
    return at <= earliest + 2 * NS_QUEUE_AHEAD ? at : earliest;
}

/* The gateway with the best copy that can send a frame of this length in the slot; -1 and the
 * reason. */
static int pick_gateway(struct server *ns, const struct session *ss, const struct wish *w,
                        struct slot *s, int len, enum downlink_result *why)
{
    struct ns_via list[64];
    unsigned n = candidates(ns, ss, w, list, sizeof list / sizeof *list);
    sim_time airtime = devices_airtime(ns->s.region, s->dr, len, true);
    int best = -1, best_snr = INT16_MIN - 1;
    sim_time best_start = s->start;
    if (w->due && rxc_free(ss, w->due, airtime) != w->due)
        return -1;
    for (unsigned i = 0; i < n; i++) {
        if (list[i].snr_cdb <= best_snr)
            continue;
        sim_time start = start_at(ns, ss, s, list[i].gateway, airtime);
        enum downlink_result r =
            gateways_can_send(ns->s.gateways, list[i].gateway, s->frequency_hz, start, airtime);
        if (r == DL_SENT) {
            best = list[i].gateway;
            best_snr = list[i].snr_cdb;
            best_start = start;
        } else if (r == DL_DUTY_CYCLE || *why == DL_SENT) {
            *why = r == DL_COLLISION_PACKET ? DL_NO_GATEWAY : r;
        }
    }
    s->start = best_start;
    return best;
}

static void send(struct server *ns, struct session *ss, const struct wish *w, const struct slot *s,
                 int gateway, const uint8_t *phy, int len, enum frame_kind kind,
                 const struct ns_app_frame *app)
{
    struct medium_tx *tx = medium_tx_take(ns->s.medium);
    tx->device = ss->device;
    tx->target = w->node;
    tx->gateway = (uint16_t)gateway;
    tx->network = ns->s.index;
    tx->kind = kind;
    tx->uplink = false;
    tx->window = (uint8_t)s->window;
    tx->dr = (uint8_t)s->dr;
    tx->start = s->start;
    tx->timed_from = w->up ? w->up->end : 0;
    tx->gps_timed = w->due > 0;
    ss->timed |= tx->gps_timed;
    tx->len = (uint8_t)len;
    memcpy(tx->phy, phy, (size_t)len);
    tx->devaddr = ss->devaddr;
    tx->fcnt = ss->fcnt_down;
    tx->fport = (int16_t)(app ? app->fport : -1);
    tx->made = app && !app->packet ? app->made : -1;
    devices_modulate(ns->s.medium, ns->s.region, tx, s->frequency_hz);
    tx->power_cdbm = gateways_power_cdbm(ns->s.gateways, (unsigned)gateway, s->frequency_hz);
    ss->sent_until = tx->end;
    gateways_submit(ns->s.gateways, tx, w->seq);
}

/* A CFList for what the network's plan has beside the region's; false when there is nothing to say.
 */
static bool make_cflist(const struct server *ns, uint8_t cflist[16])
{
    const struct plan *p = plan_at(ns->s.plans, ns->s.network->plan);
    const struct region *r = ns->s.region;
    if (r->fixed_channels) {
        lw_cflist_masks(p->mask, cflist);
        return ns->s.cfg->sub_band != SCN_WORD;
    }
    int64_t hz[5] = {0};
    for (int i = 0; i < r->n_cflist_channels && i < 5; i++)
        hz[i] = p->channel[r->n_default_channels + i].frequency_hz;
    lw_cflist_frequencies(hz, cflist);
    return hz[0] != 0;
}

static int encode_join_accept(struct server *ns, const struct session *ss, const struct wish *w,
                              uint8_t *phy)
{
    struct lw_join_accept a = {.joinnonce = w->joinnonce,
                               .netid = ns->s.network->netid,
                               .devaddr = ss->devaddr,
                               .rx1_dr_offset = ns->s.network->rx1_dr_offset,
                               .rx2_dr = ns->s.network->rx2_dr,
                               .rx_delay = ns->s.network->rx1_delay_s};
    a.has_cflist = make_cflist(ns, a.cflist);
    return join_server_accept(ns->js, ss->device, &a, phy);
}

/* A data frame: answers, commands, acknowledgement, and the application's payload if there is one
 * (app). */
static int encode_data(struct server *ns, const struct session *ss, struct wish *w,
                       const struct ns_app_frame *app, uint8_t *phy)
{
    uint8_t fopts[NS_FOPTS], payload[LW_MAX_PHY];
    memcpy(fopts, w->answers, w->n_answers);
    size_t n = w->no_commands ? w->n_answers : ns_take_commands(ss, fopts, w->n_answers);
    w->n_commands = n - w->n_answers;
    struct lw_frame f = {.mtype = app && app->confirmed ? LW_CONFIRMED_DOWN : LW_UNCONFIRMED_DOWN,
                         .devaddr = ss->devaddr,
                         .ack = w->ack,
                         .adr = ns->s.cfg->server.adr,
                         .fopts = fopts,
                         .fopts_len = (uint8_t)n,
                         .fport = -1};
    if (app) {
        if (app->packet)
            memcpy(payload, app->packet->bytes, app->packet->len);
        else
            devices_payload(app->message, payload, app->size);
        f.fport = app->fport;
        f.payload = payload;
        f.payload_len = (uint8_t)app->size;
        f.fpending = app->more && !ss->class_c;
    }
    return lw_frame_encode(&f, keyring_get(ns->s.keyring, ss->keys), ss->fcnt_down, phy);
}

/* A frame for a ping slot or a GPS time is under way, with a lower counter: nothing may overtake
 * it. */
static bool meets_timed(const struct session *ss, sim_time start)
{
    return (ss->class_b || ss->timed) && ss->on_air && start < ss->sent_until;
}

/* How far a window reaches: power at the antenna of the gateway with the best copy over what the
 * data rate needs, centi-dB. */
static int reach_cdb(const struct server *ns, const struct session *ss, const struct wish *w,
                     const struct slot *s)
{
    const struct region_dr *dr = &ns->s.region->dr[s->dr];
    struct ns_via list[64];
    unsigned n = candidates(ns, ss, w, list, sizeof list / sizeof *list), best = 0;
    for (unsigned i = 1; i < n; i++)
        best = list[i].snr_cdb > list[best].snr_cdb ? i : best;
    if (n == 0)
        return 0;
    return gateways_power_cdbm(ns->s.gateways, list[best].gateway, s->frequency_hz) -
           radio_noise_floor_cdbm(dr->bw_hz, 0) - radio_required_snr_cdb(dr->sf);
}

/* The windows of class A in the order in which they are tried; how many. */
static int windows_of(const struct server *ns, const struct session *ss, const struct wish *w,
                      int list[2])
{
    struct slot one, two;
    int use = ns->s.cfg->server.rx_window;
    list[0] = w->window == NS_CLASS_A ? 1 : w->window;
    list[1] = 2;
    if (w->window != NS_CLASS_A)
        return 1;
    if (use == NS_WINDOWS_RX2)
        list[0] = 2;
    if (use == NS_WINDOWS_RX1 || use == NS_WINDOWS_RX2)
        return 1;
    if (use == NS_WINDOWS_FARTHER && fill_slot(ns, ss, w, 1, &one) &&
        fill_slot(ns, ss, w, 2, &two) && reach_cdb(ns, ss, w, &two) > reach_cdb(ns, ss, w, &one)) {
        list[0] = 2;
        list[1] = 1;
    }
    return 2;
}

/* The first window, and its best gateway, that can take a frame of a length; false: none. */
static bool find_slot(struct server *ns, const struct session *ss, const struct wish *w, int len,
                      struct slot *s, int *gateway, enum downlink_result *why)
{
    bool a = w->window == NS_CLASS_A;
    int list[2], n = windows_of(ns, ss, w, list);
    for (int i = 0; i < n; i++) {
        if (!fill_slot(ns, ss, w, list[i], s) || (a && meets_timed(ss, s->start)) ||
            region_max_mac_payload(ns->s.region, s->dr, ss->down_dwell) < len - 5)
            continue;
        *gateway = pick_gateway(ns, ss, w, s, len, why);
        if (*gateway >= 0)
            return true;
    }
    return false;
}

static bool plan_join(struct server *ns, struct session *ss, struct wish *w,
                      enum downlink_result *why)
{
    uint8_t phy[LW_MAX_PHY];
    struct slot s;
    int gateway, len = encode_join_accept(ns, ss, w, phy);
    SIM_CHECK(len > 0, "device %u: %s", ss->device, sim_strerror(len));
    if (!find_slot(ns, ss, w, len, &s, &gateway, why))
        return false;
    send(ns, ss, w, &s, gateway, phy, len, FRAME_JOIN_ACCEPT, NULL);
    return true;
}

bool ns_plan_data(struct server *ns, struct session *ss, struct wish *w,
                  const struct ns_app_frame *app, enum downlink_result *why)
{
    uint8_t phy[LW_MAX_PHY];
    struct slot s;
    int gateway, len = encode_data(ns, ss, w, app, phy);
    if (len == SIM_ELONG)
        return false;
    SIM_CHECK(len > 0, "device %u: %s", ss->device, sim_strerror(len));
    if (!find_slot(ns, ss, w, len, &s, &gateway, why))
        return false;
    send(ns, ss, w, &s, gateway, phy, len,
         app && app->confirmed ? FRAME_CONFIRMED_DOWN : FRAME_DOWN, app);
    ss->app_fcnt = app && !app->packet ? ss->fcnt_down : ss->app_fcnt;
    ss->fcnt_down++;
    ss->asked |= w->n_commands > 0;
    if (app && app->confirmed)
        ss->by_timeout = w->window != NS_CLASS_A || ss->class_b;
    ns_commands_sent(ss, w->n_commands);
    if (app)
        ns_app_sent(ns, ss, app);
    if (w->window == MEDIUM_RXC)
        ns_class_c_sent(ns, ss, (unsigned)gateway);
    return true;
}

static void plan_one(struct server *ns, struct wish *w)
{
    struct session *ss = &ns->sessions[w->session];
    enum downlink_result why = DL_SENT;
    bool sent = false;
    if (w->join) {
        sent = plan_join(ns, ss, w, &why);
    } else if (w->app && ns_app_waiting(ss)) { /* not taken back in the meantime */
        struct ns_app_frame app = ns_app_next(ns, ss);
        sim_time due = w->window == MEDIUM_RXC ? ns_app_due(ns, ss) : 0;
        w->due = due >= w->at ? due : 0;
        sent = ns_plan_data(ns, ss, w, &app, &why);
        if (!sent && w->window == MEDIUM_RXC)
            ns_app_too_long(ns, ss, &app);
    }
    bool must = w->ack || w->n_answers || ss->n_commands || w->adrackreq;
    if (!sent && !w->join && must && w->window == NS_CLASS_A)
        sent = ns_plan_data(ns, ss, w, NULL, &why);
    if (sent)
        return;
    if (w->window == MEDIUM_RXC && !ns_app_waiting(ss))
        ss->on_air = false;
    else if (w->due) /* no gateway can then: as soon as one can from then on */
        ns_class_c_at(ns, ss, w->due);
    else if (w->window == MEDIUM_RXC) /* waits for a gateway */
        ns_class_c_later(ns, ss);
    else
        gateways_note_unplanned(ns->s.gateways, ns->s.index, w->node, w->seq,
                                why == DL_SENT ? DL_NO_GATEWAY : why);
}

void ns_plan(void *obj)
{
    struct server *ns = obj;
    sim_time now = evq_now(ns->s.evq);
    if (ns->n_wishes > 1)
        qsort(ns->wishes, ns->n_wishes, sizeof *ns->wishes, by_device);
    uint32_t n = 0;
    for (; n < ns->n_wishes && ns->wishes[n].at <= now; n++) {
        if (ns->wishes[n].window == MEDIUM_PING)
            ns_class_b_plan(ns, &ns->wishes[n]);
        else
            plan_one(ns, &ns->wishes[n]);
        if (ns->wishes[n].up)
            medium_tx_release(ns->s.medium, ns->wishes[n].up);
    }
    ns->n_wishes -= n;
    memmove(ns->wishes, ns->wishes + n, ns->n_wishes * sizeof *ns->wishes);
}
