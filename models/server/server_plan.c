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
    medium_tx_hold(w->up);
    ns->wishes[ns->n_wishes++] = *w;
    sim_time at = evq_now(ns->s.evq) + 1;
    if (ns->plan_at == at)
        return;
    ns->plan_at = at;
    evq_push(ns->s.evq, at, ns->plan_event, ns, 0);
}

static int by_device(const void *a, const void *b)
{
    const struct medium_tx *x = ((const struct wish *)a)->up, *y = ((const struct wish *)b)->up;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
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
    int64_t up_hz = medium_channel_frequency(ns->s.medium, w->up->channel);
    int delay = w->join ? 5 : ss->rx1_delay_s;
    s->window = window;
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

/* The gateway with the best copy that can send a frame of this length in the slot; -1 and the
 * reason. */
static int pick_gateway(struct server *ns, const struct wish *w, const struct slot *s, int len,
                        enum downlink_result *why)
{
    sim_time airtime = devices_airtime(ns->s.region, s->dr, len, true);
    int best = -1, best_snr = INT16_MIN - 1;
    for (unsigned i = 0; i < w->up->n_copies; i++) {
        const struct medium_copy *c = &w->up->copies[i];
        if (!ns_has_copy(ns, w->up, c) || c->snr_cdb <= best_snr)
            continue;
        enum downlink_result r =
            gateways_can_send(ns->s.gateways, c->gateway, s->frequency_hz, s->start, airtime);
        if (r == DL_SENT) {
            best = c->gateway;
            best_snr = c->snr_cdb;
        } else if (r == DL_DUTY_CYCLE || *why == DL_SENT) {
            *why = r == DL_COLLISION_PACKET ? DL_NO_GATEWAY : r;
        }
    }
    return best;
}

static void send(struct server *ns, const struct session *ss, const struct wish *w,
                 const struct slot *s, int gateway, const uint8_t *phy, int len,
                 enum frame_kind kind)
{
    struct medium_tx *tx = medium_tx_take(ns->s.medium);
    tx->device = ss->device;
    tx->target = w->up->node;
    tx->gateway = (uint16_t)gateway;
    tx->network = ns->s.index;
    tx->kind = kind;
    tx->uplink = false;
    tx->window = (uint8_t)s->window;
    tx->dr = (uint8_t)s->dr;
    tx->start = s->start;
    tx->len = (uint8_t)len;
    memcpy(tx->phy, phy, (size_t)len);
    tx->devaddr = ss->devaddr;
    tx->fcnt = ss->fcnt_down;
    tx->fport = -1;
    devices_modulate(ns->s.medium, ns->s.region, tx, s->frequency_hz);
    tx->power_cdbm = gateways_power_cdbm(ns->s.gateways, (unsigned)gateway, s->frequency_hz);
    gateways_submit(ns->s.gateways, tx, w->up->seq);
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

static int encode_data(struct server *ns, const struct session *ss, struct wish *w, uint8_t *phy)
{
    uint8_t fopts[NS_FOPTS];
    memcpy(fopts, w->answers, w->n_answers);
    size_t n = ns_take_commands(ss, fopts, w->n_answers);
    w->n_commands = n - w->n_answers;
    struct lw_frame f = {.mtype = LW_UNCONFIRMED_DOWN,
                         .devaddr = ss->devaddr,
                         .ack = w->ack,
                         .adr = ns->s.cfg->server.adr,
                         .fopts = fopts,
                         .fopts_len = (uint8_t)n,
                         .fport = -1};
    return lw_frame_encode(&f, keyring_get(ns->s.keyring, ss->keys), ss->fcnt_down, phy);
}

static void plan_one(struct server *ns, struct wish *w)
{
    struct session *ss = &ns->sessions[w->session];
    uint8_t phy[LW_MAX_PHY];
    int len = w->join ? encode_join_accept(ns, ss, w, phy) : encode_data(ns, ss, w, phy);
    SIM_CHECK(len > 0, "device %u: %s", ss->device, sim_strerror(len));
    enum downlink_result why = DL_SENT;
    for (int window = 1; window <= 2; window++) {
        struct slot s;
        if ((ns->s.cfg->server.rx_window && ns->s.cfg->server.rx_window != window) ||
            !fill_slot(ns, ss, w, window, &s) ||
            region_max_mac_payload(ns->s.region, s.dr, ss->down_dwell) < len - 5)
            continue;
        int gateway = pick_gateway(ns, w, &s, len, &why);
        if (gateway < 0)
            continue;
        send(ns, ss, w, &s, gateway, phy, len, w->join ? FRAME_JOIN_ACCEPT : FRAME_DOWN);
        if (!w->join) {
            ss->fcnt_down++;
            ns_commands_sent(ss, w->n_commands);
        }
        return;
    }
    gateways_note_unplanned(ns->s.gateways, ns->s.index, w->up->node, w->up->seq,
                            why == DL_SENT ? DL_NO_GATEWAY : why);
}

void ns_plan(struct server *ns)
{
    qsort(ns->wishes, ns->n_wishes, sizeof *ns->wishes, by_device);
    for (uint32_t i = 0; i < ns->n_wishes; i++) {
        plan_one(ns, &ns->wishes[i]);
        medium_tx_release(ns->s.medium, ns->wishes[i].up);
    }
    ns->n_wishes = 0;
}
