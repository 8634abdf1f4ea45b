/* SPDX-License-Identifier: GPL-2.0-only
 * MAC commands at the device: one handler each, answers for the next uplink, and the ADR back-off.
 * Source: TS001-1.0.4, section 5; LinkADRReq blocks are carried out whole or not at all. */
#include <string.h>

#include "models/lorawan/devices_internal.h"
#include "sim/bytes.h"
#include "sim/err.h"

static void trace_command(const struct devices *ds, const struct device *d, const struct lw_mac *m,
                          const uint8_t *bytes, size_t len)
{
    if (!trace_wants(ds->s.trace, ROW_MAC_COMMAND))
        return;
    char hex[2 * LW_MAX_PHY + 1];
    struct row_mac_command r = {.at_ns = evq_now(ds->s.evq),
                                .device = d->id,
                                .uplink = m->uplink,
                                .cid = m->cid,
                                .name = lw_mac_name(m->cid, m->uplink),
                                .payload_hex = hex_print(bytes + 1, len - 1, hex)};
    trace_row(ds->s.trace, ROW_MAC_COMMAND, &r);
}

/* Put an answer behind the others; what does not fit any more is dropped (section 5 allows it). */
static void answer(struct devices *ds, struct device *d, const struct lw_mac *m, bool sticky)
{
    uint8_t *buf = sticky ? d->sticky : d->answers;
    size_t at = sticky ? d->n_sticky : d->n_answers, before = at;
    size_t others = sticky ? d->n_answers : d->n_sticky;
    if (lw_mac_put(buf, DEV_ANSWERS - (others < DEV_ANSWERS ? others : DEV_ANSWERS), &at, m) !=
        SIM_OK)
        return;
    if (sticky)
        d->n_sticky = (uint8_t)at;
    else
        d->n_answers = (uint8_t)at;
    trace_command(ds, d, m, buf + before, at - before);
}

void dev_mac_request(struct devices *ds, struct device *d, uint8_t cid)
{
    answer(ds, d, &(struct lw_mac){.cid = cid, .uplink = true}, false);
}

void dev_mac_ping_slot_info(struct devices *ds, struct device *d, uint8_t periodicity)
{
    struct lw_mac m = {.cid = LW_PING_SLOT_INFO, .uplink = true};
    m.u.ping_slot_info_req.periodicity = periodicity;
    answer(ds, d, &m, false);
}

/* A data rate that the device's radio can send. */
static bool up_dr_ok(const struct devices *ds, int dr)
{
    const struct region_dr *m = &ds->s.region->dr[dr];
    return m->up && (m->modulation == REGION_LORA || m->modulation == REGION_FSK);
}

static bool dr_usable(const struct plan *p, const uint16_t mask[PLAN_MASKS], int dr)
{
    for (int i = 0; i < REGION_MAX_CHANNELS; i++)
        if (p->channel[i].frequency_hz && mask[i / 16] >> (i % 16) & 1 &&
            dr >= p->channel[i].min_dr && dr <= p->channel[i].max_dr)
            return true;
    return false;
}

/* The masks of a block in turn: the last result counts, on the way there may be no channel. */
static bool apply_masks(const struct devices *ds, struct plan *p, const struct lw_mac *block, int n)
{
    static const uint16_t none[PLAN_MASKS];
    uint16_t defined[PLAN_MASKS];
    plan_defined(p, defined);
    int rc = SIM_EINVAL;
    for (int i = 0; i < n; i++) {
        rc = region_apply_channel_mask(ds->s.region, defined, block[i].u.link_adr_req.ch_mask_cntl,
                                       block[i].u.link_adr_req.ch_mask, p->mask);
        if (rc != SIM_OK && (rc != SIM_ERANGE || memcmp(p->mask, none, sizeof none) != 0))
            return false;
    }
    return rc == SIM_OK;
}

/* A block of consecutive LinkADRReq: masks in turn, data rate, power and NbTrans from the last. */
static void link_adr(struct devices *ds, struct device *d, const struct lw_mac *block, int n)
{
    struct plan p = *plan_at(ds->s.plans, d->plan);
    bool mask_ok = apply_masks(ds, &p, block, n);
    const struct lw_mac *last = &block[n - 1];
    int dr = last->u.link_adr_req.dr == 15 ? d->dr : last->u.link_adr_req.dr;
    int power =
        last->u.link_adr_req.tx_power == 15 ? d->power_index : last->u.link_adr_req.tx_power;
    bool dr_ok = mask_ok && up_dr_ok(ds, dr) && dr_usable(&p, p.mask, dr) &&
                 region_max_mac_payload(ds->s.region, dr, d->up_dwell) > 0;
    bool power_ok = region_tx_power_cdbm(ds->s.region, power, d->max_eirp_cdbm) != SIM_EINVAL;
    if (mask_ok && dr_ok && power_ok) {
        d->plan = plan_intern(ds->s.plans, &p);
        d->dr = (uint8_t)dr;
        d->power_index = (uint8_t)power;
        d->nb_trans = last->u.link_adr_req.nb_trans ? last->u.link_adr_req.nb_trans : 1;
    }
    struct lw_mac a = {
        .cid = LW_LINK_ADR,
        .uplink = true,
        .u.link_adr_ans = {.power_ack = power_ok, .dr_ack = dr_ok, .ch_mask_ack = mask_ok}};
    for (int i = 0; i < n; i++)
        answer(ds, d, &a, false);
}

static void duty_cycle(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    d->max_duty = m->u.duty_cycle_req.max_duty_cycle;
    if (!d->max_duty)
        d->duty_next = 0;
    answer(ds, d, &(struct lw_mac){.cid = m->cid, .uplink = true}, false);
}

static bool down_dr_ok(const struct devices *ds, int dr)
{
    return dr < REGION_N_DR && ds->s.region->dr[dr].down &&
           ds->s.region->dr[dr].modulation != REGION_NO_DR;
}

static void rx_param_setup(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    struct lw_mac a = {.cid = m->cid, .uplink = true};
    int offset = m->u.rx_param_setup_req.rx1_dr_offset, dr = m->u.rx_param_setup_req.rx2_dr;
    int64_t hz = m->u.rx_param_setup_req.frequency_hz;
    a.u.rx_param_setup_ans.rx1_dr_offset_ack = offset <= ds->s.region->rx1_max_offset;
    a.u.rx_param_setup_ans.rx2_dr_ack = down_dr_ok(ds, dr);
    a.u.rx_param_setup_ans.channel_ack = plan_frequency_ok(ds->s.region, hz);
    if (a.u.rx_param_setup_ans.rx1_dr_offset_ack && a.u.rx_param_setup_ans.rx2_dr_ack &&
        a.u.rx_param_setup_ans.channel_ack) {
        d->rx1_dr_offset = (uint8_t)offset;
        d->rx2_dr = (uint8_t)dr;
        d->rx2_frequency_100hz = (int32_t)(hz / 100);
    }
    answer(ds, d, &a, true);
}

static void dev_status(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    int db = d->last_snr_cdb >= 0 ? (d->last_snr_cdb + 50) / 100 : -((-d->last_snr_cdb + 50) / 100);
    db = db < -32 ? -32 : db > 31 ? 31 : db;
    struct lw_mac a = {.cid = m->cid, .uplink = true};
    a.u.dev_status_ans.battery = (uint8_t)dev_group_of(ds, d)->g.cfg->battery;
    a.u.dev_status_ans.margin_db = (int8_t)db;
    answer(ds, d, &a, false);
}

static bool can_send(const struct devices *ds, const struct device *d, int dr)
{
    return plan_at(ds->s.plans, d->plan)->n_usable[dr] && up_dr_ok(ds, dr) &&
           region_max_mac_payload(ds->s.region, dr, d->up_dwell) > 0;
}

static void enable_defaults(struct devices *ds, struct device *d)
{
    struct plan all = *plan_at(ds->s.plans, d->plan);
    for (int i = 0; i < ds->s.region->n_default_channels; i++)
        all.mask[i / 16] = (uint16_t)(all.mask[i / 16] | 1u << (i % 16));
    d->plan = plan_intern(ds->s.plans, &all);
}

/* A command took away the last channel of the data rate, or a dwell limit forbids it: the next
 * lower one, else the next higher one, at last on the default channels. */
static void keep_sending(struct devices *ds, struct device *d)
{
    for (int again = 0; again < 2 && !can_send(ds, d, d->dr); again++) {
        int dr = dev_lower_dr(ds, d);
        for (int up = d->dr + 1; dr < 0 && up < REGION_N_DR; up++)
            dr = can_send(ds, d, up) ? up : -1;
        if (dr >= 0)
            d->dr = (uint8_t)dr;
        else
            enable_defaults(ds, d);
    }
}

static void new_channel(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    if (ds->s.region->fixed_channels)
        return; /* not a command of fixed plans */
    struct plan p = *plan_at(ds->s.plans, d->plan);
    struct region_channel c = {.frequency_hz = m->u.new_channel_req.frequency_hz,
                               .min_dr = m->u.new_channel_req.min_dr,
                               .max_dr = m->u.new_channel_req.max_dr};
    struct lw_mac a = {.cid = m->cid, .uplink = true};
    int i = m->u.new_channel_req.ch_index;
    bool index_ok = i >= ds->s.region->n_default_channels && i < ds->s.region->max_channels;
    bool range = c.min_dr <= c.max_dr && up_dr_ok(ds, c.min_dr) && up_dr_ok(ds, c.max_dr);
    a.u.new_channel_ans.channel_freq_ok =
        index_ok && (c.frequency_hz == 0 || plan_frequency_ok(ds->s.region, c.frequency_hz));
    a.u.new_channel_ans.dr_range_ok = index_ok && (c.frequency_hz == 0 || range);
    if (a.u.new_channel_ans.channel_freq_ok && a.u.new_channel_ans.dr_range_ok &&
        plan_set_channel(ds->s.region, &p, i, c) == SIM_OK) {
        d->plan = plan_intern(ds->s.plans, &p);
        keep_sending(ds, d);
    }
    answer(ds, d, &a, false);
}

static void rx_timing_setup(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    d->rx1_delay_s = m->u.rx_timing_setup_req.delay_s ? m->u.rx_timing_setup_req.delay_s : 1;
    answer(ds, d, &(struct lw_mac){.cid = m->cid, .uplink = true}, true);
}

static void tx_param_setup(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    if (!ds->s.region->tx_param_setup)
        return; /* silently ignored elsewhere */
    int eirp = region_max_eirp_code_cdbm(m->u.tx_param_setup_req.max_eirp_code);
    int own = dev_group_of(ds, d)->max_power_cdbm;
    d->max_eirp_cdbm = (int16_t)(eirp < own ? eirp : own);
    d->up_dwell = m->u.tx_param_setup_req.uplink_dwell;
    d->down_dwell = m->u.tx_param_setup_req.downlink_dwell;
    keep_sending(ds, d);
    answer(ds, d, &(struct lw_mac){.cid = m->cid, .uplink = true}, true);
}

static void dl_channel(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    if (ds->s.region->fixed_channels)
        return;
    struct plan p = *plan_at(ds->s.plans, d->plan);
    int i = m->u.dl_channel_req.ch_index;
    struct lw_mac a = {.cid = m->cid, .uplink = true};
    a.u.dl_channel_ans.uplink_freq_exists =
        i < REGION_MAX_CHANNELS && p.channel[i].frequency_hz != 0;
    a.u.dl_channel_ans.channel_freq_ok =
        plan_frequency_ok(ds->s.region, m->u.dl_channel_req.frequency_hz);
    if (a.u.dl_channel_ans.uplink_freq_exists && a.u.dl_channel_ans.channel_freq_ok) {
        p.rx1_frequency_hz[i] = m->u.dl_channel_req.frequency_hz;
        d->plan = plan_intern(ds->s.plans, &p);
    }
    answer(ds, d, &a, true);
}

static void ignore(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    (void)ds; /* LinkCheckAns: for the application; others: of later classes or 1.1 */
    (void)d;
    (void)m;
}

static void device_time(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    dev_clock_device_time(ds, d, m);
    if (d->class_b)
        dev_b_device_time(ds, d);
}

static void ping_slot_info(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    (void)m;
    if (d->class_b)
        dev_b_informed(ds, d);
}

/* Frequency 0: back to the region's, hopping where it hops. */
static bool class_b_frequency_ok(const struct devices *ds, int64_t hz)
{
    return hz == 0 || plan_frequency_ok(ds->s.region, hz);
}

static void ping_slot_channel(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    int64_t hz = m->u.ping_slot_channel_req.frequency_hz;
    struct lw_mac a = {.cid = m->cid, .uplink = true};
    if (!d->class_b)
        return; /* not a command of this class */
    a.u.ping_slot_channel_ans.dr_ok = down_dr_ok(ds, m->u.ping_slot_channel_req.dr);
    a.u.ping_slot_channel_ans.channel_freq_ok = class_b_frequency_ok(ds, hz);
    if (a.u.ping_slot_channel_ans.dr_ok && a.u.ping_slot_channel_ans.channel_freq_ok)
        dev_b_set_ping(ds, d, hz, m->u.ping_slot_channel_req.dr);
    answer(ds, d, &a, false);
}

static void beacon_freq(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    int64_t hz = m->u.beacon_freq_req.frequency_hz;
    struct lw_mac a = {.cid = m->cid, .uplink = true};
    if (!d->class_b)
        return;
    a.u.beacon_freq_ans.beacon_freq_ok = class_b_frequency_ok(ds, hz);
    if (a.u.beacon_freq_ans.beacon_freq_ok)
        dev_b_set_beacon(ds, d, hz);
    answer(ds, d, &a, false);
}

typedef void (*mac_handler)(struct devices *, struct device *, const struct lw_mac *);

static const struct {
    uint8_t cid;
    mac_handler run;
} handlers[] = {
    {LW_LINK_CHECK, ignore},
    {LW_DUTY_CYCLE, duty_cycle},
    {LW_RX_PARAM_SETUP, rx_param_setup},
    {LW_DEV_STATUS, dev_status},
    {LW_NEW_CHANNEL, new_channel},
    {LW_RX_TIMING_SETUP, rx_timing_setup},
    {LW_TX_PARAM_SETUP, tx_param_setup},
    {LW_DL_CHANNEL, dl_channel},
    {LW_DEVICE_TIME, device_time},
    {LW_PING_SLOT_INFO, ping_slot_info},
    {LW_PING_SLOT_CHANNEL, ping_slot_channel},
    {LW_BEACON_FREQ, beacon_freq},
};

static void run(struct devices *ds, struct device *d, const struct lw_mac *m)
{
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        if (handlers[i].cid == m->cid) {
            handlers[i].run(ds, d, m);
            return;
        }
    }
}

void dev_mac_downlink(struct devices *ds, struct device *d, const uint8_t *commands, size_t len)
{
    struct lw_mac m, block[DEV_PAYLOAD_MAX / 5];
    int n_block = 0;
    size_t at = 0, before = 0;
    while (lw_mac_next(commands, len, &at, false, &m) == 1) {
        trace_command(ds, d, &m, commands + before, at - before);
        before = at;
        if (m.cid == LW_LINK_ADR && n_block < (int)(sizeof block / sizeof *block)) {
            block[n_block++] = m;
            continue;
        }
        if (n_block)
            link_adr(ds, d, block, n_block);
        n_block = 0;
        run(ds, d, &m);
    }
    if (n_block)
        link_adr(ds, d, block, n_block);
}

int dev_lower_dr(const struct devices *ds, const struct device *d)
{
    int dr = d->dr - 1;
    while (dr >= 0 && !can_send(ds, d, dr))
        dr--;
    return dr;
}

/* TS001-1.0.4, table 9. */
void dev_adr_back_off(struct devices *ds, struct device *d)
{
    int lower = dev_lower_dr(ds, d);
    if (d->power_index) {
        d->power_index = 0;
    } else if (lower >= 0) {
        d->dr = (uint8_t)lower;
    } else {
        enable_defaults(ds, d);
        d->nb_trans = 1;
    }
}
