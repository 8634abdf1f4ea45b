/* SPDX-License-Identifier: GPL-2.0-only
 * MAC commands at the server: answers to devices, requests that wait for their answers, and ADR.
 *
 * A request stays queued, and goes out again with the next downlink, until its answer comes; after
 * eight further downlinks without one it is given up. ADR: best SNR of the latest uplinks, minus
 * what the data rate needs, minus the installation margin, in steps of 3 dB: first faster, then
 * weaker (the algorithm that Semtech published). */
#include <string.h>

#include "models/server/server_internal.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { MAX_TRIES = 8, ADR_STEP_CDB = 300 };

bool ns_queue(struct session *ss, const uint8_t *bytes, size_t len)
{
    if (ss->n_commands + len > NS_COMMANDS)
        return false;
    memcpy(ss->commands + ss->n_commands, bytes, len);
    ss->n_commands = (uint8_t)(ss->n_commands + len);
    return true;
}

bool ns_queue_command(struct session *ss, const struct lw_mac *m)
{
    uint8_t bytes[8];
    size_t at = 0;
    int rc = lw_mac_put(bytes, sizeof bytes, &at, m);
    SIM_CHECK(rc == SIM_OK, "command %02x: %s", m->cid, sim_strerror(rc));
    return ns_queue(ss, bytes, at);
}

static size_t command_len(const struct session *ss, size_t at)
{
    int len = lw_mac_len(ss->commands[at], false);
    SIM_CHECK(len >= 0 && at + 1 + (size_t)len <= ss->n_commands, "command %02x", ss->commands[at]);
    return 1 + (size_t)len;
}

/* The command at a place, with the LinkADRReq behind it that make one block with it (as far as one
 * frame holds them). */
static size_t unit_len(const struct session *ss, size_t at)
{
    size_t len = command_len(ss, at);
    while (ss->commands[at] == LW_LINK_ADR && at + len < ss->n_commands &&
           ss->commands[at + len] == LW_LINK_ADR && len + command_len(ss, at + len) <= NS_FOPTS)
        len += command_len(ss, at + len);
    return len;
}

size_t ns_take_commands(const struct session *ss, uint8_t *fopts, size_t used)
{
    size_t at = 0;
    while (at < ss->n_commands) {
        size_t len = unit_len(ss, at);
        if (used + len > NS_FOPTS)
            break;
        memcpy(fopts + used, ss->commands + at, len);
        used += len;
        at += len;
    }
    return used;
}

static void drop_at(struct session *ss, size_t at)
{
    size_t len = command_len(ss, at);
    memmove(ss->commands + at, ss->commands + at + len, ss->n_commands - at - len);
    ss->n_commands = (uint8_t)(ss->n_commands - len);
    if (at < ss->n_sent)
        ss->n_sent = (uint8_t)(ss->n_sent - len);
}

bool ns_queued(const struct session *ss, uint8_t cid)
{
    for (size_t at = 0; at < ss->n_commands; at += command_len(ss, at))
        if (ss->commands[at] == cid)
            return true;
    return false;
}

void ns_commands_sent(struct session *ss, size_t n)
{
    if (n > ss->n_sent)
        ss->n_sent = (uint8_t)n;
    if (!n || ++ss->n_tries <= MAX_TRIES)
        return;
    size_t end = unit_len(ss, 0);
    if (ss->commands[0] == LW_LINK_ADR)
        ss->adr_pending = false;
    while (end > 0) {
        end -= command_len(ss, 0);
        drop_at(ss, 0);
    }
    ss->n_tries = 0;
}

/* The request on its way that an answer belongs to, decoded and taken out; false when there is
 * none. */
static bool take_request(struct session *ss, uint8_t cid, struct lw_mac *request)
{
    for (size_t at = 0; at < ss->n_sent; at += command_len(ss, at)) {
        if (ss->commands[at] != cid)
            continue;
        size_t next = at;
        if (lw_mac_next(ss->commands, ss->n_commands, &next, false, request) != 1)
            return false;
        drop_at(ss, at);
        ss->n_tries = 0;
        return true;
    }
    return false;
}

static void adr_answered(struct session *ss, const struct lw_mac *a, const struct lw_mac *request)
{
    if (a->u.link_adr_ans.power_ack && a->u.link_adr_ans.dr_ack && a->u.link_adr_ans.ch_mask_ack) {
        if (request->u.link_adr_req.dr != 15)
            ss->dr = request->u.link_adr_req.dr;
        if (request->u.link_adr_req.tx_power != 15)
            ss->power_index = request->u.link_adr_req.tx_power;
        ss->nb_trans = request->u.link_adr_req.nb_trans ? request->u.link_adr_req.nb_trans : 1;
    }
    ss->n_snr = ss->at_snr = 0; /* gather anew before the next decision */
    ss->adr_pending = false;
}

static void rx_param_answered(struct session *ss, const struct lw_mac *a,
                              const struct lw_mac *request)
{
    if (!a->u.rx_param_setup_ans.channel_ack || !a->u.rx_param_setup_ans.rx2_dr_ack ||
        !a->u.rx_param_setup_ans.rx1_dr_offset_ack)
        return;
    ss->rx1_dr_offset = request->u.rx_param_setup_req.rx1_dr_offset;
    ss->rx2_dr = request->u.rx_param_setup_req.rx2_dr;
    ss->rx2_frequency_100hz = request->u.rx_param_setup_req.frequency_hz / 100;
}

static void channel_answered(struct server *ns, struct session *ss, const struct lw_mac *a,
                             const struct lw_mac *request)
{
    struct plan p = *plan_at(ns->s.plans, ss->plan);
    if (a->cid == LW_NEW_CHANNEL) {
        struct region_channel c = {.frequency_hz = request->u.new_channel_req.frequency_hz,
                                   .min_dr = request->u.new_channel_req.min_dr,
                                   .max_dr = request->u.new_channel_req.max_dr};
        if (!a->u.new_channel_ans.channel_freq_ok || !a->u.new_channel_ans.dr_range_ok ||
            plan_set_channel(ns->s.region, &p, request->u.new_channel_req.ch_index, c) != SIM_OK)
            return;
    } else {
        if (!a->u.dl_channel_ans.channel_freq_ok || !a->u.dl_channel_ans.uplink_freq_exists ||
            request->u.dl_channel_req.ch_index >= REGION_MAX_CHANNELS)
            return;
        p.rx1_frequency_hz[request->u.dl_channel_req.ch_index] =
            request->u.dl_channel_req.frequency_hz;
    }
    ss->plan = plan_intern(ns->s.plans, &p);
}

/* An answer changes what the server knows about the device. */
static void answered(struct server *ns, struct session *ss, const struct lw_mac *a)
{
    struct lw_mac request;
    if (!take_request(ss, a->cid, &request))
        return; /* a sticky answer again */
    switch (a->cid) {
    case LW_LINK_ADR:
        adr_answered(ss, a, &request);
        break;
    case LW_RX_PARAM_SETUP:
        rx_param_answered(ss, a, &request);
        break;
    case LW_RX_TIMING_SETUP:
        ss->rx1_delay_s =
            request.u.rx_timing_setup_req.delay_s ? request.u.rx_timing_setup_req.delay_s : 1;
        break;
    case LW_TX_PARAM_SETUP:
        ss->down_dwell = request.u.tx_param_setup_req.downlink_dwell;
        break;
    case LW_NEW_CHANNEL:
    case LW_DL_CHANNEL:
        channel_answered(ns, ss, a, &request);
        break;
    case LW_PING_SLOT_CHANNEL:
        ns_class_b_channel(ss, a, &request);
        break;
    default:
        break; /* DutyCycleAns, DevStatusAns, BeaconFreqAns: nothing that the server acts on */
    }
}

bool ns_has_copy(const struct server *ns, const struct medium_tx *tx, const struct medium_copy *c)
{
    if (ns->s.gateway_network[c->gateway] != ns->s.index)
        return false;
    return ns->s.carried ? c->at_server
                         : tx->end + ns->s.backhaul_delay[c->gateway] <= evq_now(ns->s.evq);
}

int ns_best_snr_cdb(const struct server *ns, const struct medium_tx *tx, unsigned *n_copies)
{
    int best = INT16_MIN;
    *n_copies = 0;
    for (unsigned i = 0; i < tx->n_copies; i++) {
        if (!ns_has_copy(ns, tx, &tx->copies[i]))
            continue;
        ++*n_copies;
        best = tx->copies[i].snr_cdb > best ? tx->copies[i].snr_cdb : best;
    }
    return best;
}

static int sf_of(const struct medium_tx *tx)
{
    return tx->sfi == MEDIUM_FSK ? 0 : tx->sfi + 7;
}

void ns_add_answer(struct wish *w, const struct lw_mac *m)
{
    size_t at = w->n_answers;
    if (lw_mac_put(w->answers, NS_FOPTS, &at, m) == SIM_OK)
        w->n_answers = (uint8_t)at;
}

static void link_check(struct server *ns, struct wish *w)
{
    unsigned n;
    int margin = (ns_best_snr_cdb(ns, w->up, &n) - radio_required_snr_cdb(sf_of(w->up))) / 100;
    struct lw_mac m = {.cid = LW_LINK_CHECK};
    m.u.link_check_ans.margin_db = (uint8_t)(margin < 0 ? 0 : margin > 254 ? 254 : margin);
    m.u.link_check_ans.gw_cnt = (uint8_t)(n > 255 ? 255 : n);
    ns_add_answer(w, &m);
}

static void device_time(struct server *ns, struct wish *w)
{
    int64_t gps_ns = ns_received_gps_ns(ns, w->up);
    struct lw_mac m = {.cid = LW_DEVICE_TIME};
    m.u.device_time_ans.gps_s = (uint32_t)(gps_ns / 1000000000);
    m.u.device_time_ans.fraction_256 = (uint8_t)(gps_ns % 1000000000 * 256 / 1000000000);
    ns_add_answer(w, &m);
}

void ns_mac_uplink(struct server *ns, struct session *ss, const uint8_t *commands, size_t len,
                   bool repeated, struct wish *w)
{
    struct lw_mac m;
    size_t at = 0;
    while (lw_mac_next(commands, len, &at, true, &m) == 1) {
        if (m.cid == LW_LINK_CHECK)
            link_check(ns, w);
        else if (m.cid == LW_DEVICE_TIME)
            device_time(ns, w);
        else if (m.cid == LW_PING_SLOT_INFO)
            ns_class_b_info(ns, ss, &m, w);
        else if (!repeated)
            answered(ns, ss, &m);
    }
}

static bool adr_rate(const struct server *ns, const struct plan *p, int dr)
{
    const struct region_dr *m = &ns->s.region->dr[dr];
    return p->n_usable[dr] && m->modulation == REGION_LORA && m->bw_hz == 125000;
}

static int max_adr_dr(const struct server *ns, const struct plan *p)
{
    int max = 0;
    int64_t limit = ns->s.cfg->server.adr_max_dr == SCN_WORD ? 15 : ns->s.cfg->server.adr_max_dr;
    for (int dr = 0; dr < REGION_N_DR && dr <= limit; dr++)
        if (adr_rate(ns, p, dr))
            max = dr;
    return max;
}

/* LinkADRReq with the plan's channels: one request, or two where a fixed plan uses one sub-band. */
static void queue_adr(struct server *ns, struct session *ss, int dr, int power)
{
    const struct plan *p = plan_at(ns->s.plans, ss->plan);
    struct lw_mac m = {.cid = LW_LINK_ADR};
    m.u.link_adr_req.dr = (uint8_t)dr;
    m.u.link_adr_req.tx_power = (uint8_t)power;
    m.u.link_adr_req.nb_trans = (uint8_t)ns->s.cfg->server.nb_trans;
    m.u.link_adr_req.ch_mask = p->mask[0];
    if (ns->s.region->fixed_channels && ns->s.cfg->sub_band == SCN_WORD) {
        m.u.link_adr_req.ch_mask_cntl = 6;
        m.u.link_adr_req.ch_mask = ns->s.region->channels_min_dr_500 >= 0 ? p->mask[4] : 0;
    } else if (ns->s.region->fixed_channels) {
        int bank = (int)(ns->s.cfg->sub_band - 1) / 2;
        if (ns->s.region->channels_min_dr_500 >= 0) {
            struct lw_mac off = m;
            off.u.link_adr_req.ch_mask_cntl = 7;
            off.u.link_adr_req.ch_mask = p->mask[4];
            if (!ns_queue_command(ss, &off))
                return;
        }
        m.u.link_adr_req.ch_mask_cntl = (uint8_t)bank;
        m.u.link_adr_req.ch_mask = p->mask[bank];
    }
    ss->adr_pending = ns_queue_command(ss, &m);
}

static int best_of_history(const struct session *ss)
{
    int best = INT16_MIN;
    for (unsigned i = 0; i < ss->n_snr; i++)
        best = ss->snr_cdb[i] > best ? ss->snr_cdb[i] : best;
    return best;
}

static void gather_snr(struct server *ns, struct session *ss, const struct medium_tx *tx)
{
    unsigned n;
    if (tx->dr != ss->dr) { /* the device changed by itself: its back-off starts at full power */
        if (tx->dr < ss->dr)
            ss->power_index = 0;
        ss->dr = tx->dr;
        ss->n_snr = ss->at_snr = 0;
    }
    ss->snr_cdb[ss->at_snr] = (int16_t)ns_best_snr_cdb(ns, tx, &n);
    ss->at_snr = (uint8_t)((ss->at_snr + 1) % ns->s.cfg->server.adr_history);
    if (ss->n_snr < ns->s.cfg->server.adr_history)
        ss->n_snr++;
}

void ns_adr(struct server *ns, struct session *ss, const struct medium_tx *tx)
{
    gather_snr(ns, ss, tx);
    const struct plan *p = plan_at(ns->s.plans, ss->plan);
    if (ss->adr_pending || ss->n_snr < ns->s.cfg->server.adr_history || !adr_rate(ns, p, tx->dr))
        return;
    int margin = best_of_history(ss) - radio_required_snr_cdb(sf_of(tx)) -
                 (int)ns->s.cfg->server.adr_margin_cdb;
    int steps =
        margin >= 0 ? margin / ADR_STEP_CDB : -((-margin + ADR_STEP_CDB - 1) / ADR_STEP_CDB);
    int dr = tx->dr, power = ss->power_index, max_dr = max_adr_dr(ns, p);
    for (; steps > 0 && dr < max_dr; steps--)
        dr++;
    for (; steps > 0 && power < ns->s.region->n_tx_powers - 1; steps--)
        power++;
    for (; steps < 0 && power > 0; steps++)
        power--;
    if (dr != tx->dr || power != ss->power_index || ns->s.cfg->server.nb_trans != ss->nb_trans)
        queue_adr(ns, ss, dr, power);
}
