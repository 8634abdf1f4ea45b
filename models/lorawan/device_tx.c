/* SPDX-License-Identifier: GPL-2.0-only
 * A device transmits: which frame, on which channel, when the duty cycle allows, and how often
 * again.
 *
 * Repetitions keep counter and content. 1.0.3: an unconfirmed uplink is sent nb_trans times, a
 * confirmed one up to confirmed_tries times, each 1..3 s (ACK_TIMEOUT) after RECEIVE_DELAY2, until
 * it is acknowledged. 1.0.4: both nb_trans times, a confirmed one 1..3 s (RETRANSMIT_TIMEOUT) after
 * RECEIVE_DELAY2. Any other repetition ends with a downlink (1.0.4, 4.3.1.3). */
#include <string.h>

#include "models/lorawan/devices_internal.h"
#include "sim/err.h"

enum { ADR_ACK_LIMIT = 64, ADR_ACK_DELAY = 32 }; /* RP002-1.0.4 */
#define NO_MESSAGE UINT32_MAX

int dev_power_cdbm(const struct devices *ds, const struct device *d)
{
    return region_tx_power_cdbm(ds->s.region, d->power_index, d->max_eirp_cdbm);
}

/* Earliest start on a frequency: sub-band, aggregated duty cycle. */
static sim_time earliest_on(const struct devices *ds, struct device *d, int64_t frequency_hz,
                            sim_time now, sim_time airtime)
{
    sim_time at = d->duty_next > now ? d->duty_next : now;
    int b = region_sub_band(ds->s.region, frequency_hz);
    if (b < 0 || !ds->s.radio->duty_cycle)
        return at;
    return duty_earliest(&d->bands[b], (enum radio_duty_rule)ds->s.radio->duty_rule,
                         ds->s.region->sub_bands[b].duty_ppm, at, airtime);
}

static bool channel_clear(const struct devices *ds, const struct device *d, int dr,
                          int64_t frequency_hz)
{
    if (!ds->s.region->lbt_cdbm)
        return true;
    const struct region_dr *m = &ds->s.region->dr[dr];
    uint16_t c =
        medium_channel(ds->s.medium, frequency_hz, m->modulation == REGION_FSK ? 0 : m->bw_hz);
    return medium_channel_clear(ds->s.medium, dev_index(ds, d), c, ds->s.region->lbt_cdbm);
}

int dev_pick_channel(struct devices *ds, struct device *d, int dr, sim_time airtime, int *channel,
                     sim_time *when)
{
    const struct plan *p = plan_at(ds->s.plans, d->plan);
    uint32_t n = p->n_usable[dr];
    sim_time now = evq_now(ds->s.evq);
    *when = SIM_NEVER;
    uint32_t first = n ? rng_draw_below(ds->channel_key, (uint64_t)d->id, d->seq, n) : 0;
    for (uint32_t i = 0; i < n; i++) {
        int c = p->usable[dr][(first + i) % n];
        int64_t hz = p->channel[c].frequency_hz;
        sim_time at = earliest_on(ds, d, hz, now, airtime);
        if (at == now && !channel_clear(ds, d, dr, hz))
            at = now + SIM_MS(10); /* listen again */
        if (at == now) {
            *channel = c;
            return SIM_OK;
        }
        *when = at < *when ? at : *when;
    }
    return SIM_EBUSY;
}

static void count_use(struct devices *ds, struct device *d, int64_t frequency_hz, sim_time start,
                      sim_time airtime)
{
    if (d->max_duty)
        d->duty_next = start + (airtime << d->max_duty);
    int b = region_sub_band(ds->s.region, frequency_hz);
    if (b < 0)
        return;
    ds->band_use[b].airtime += airtime;
    if (!ds->s.radio->duty_cycle || ds->s.region->sub_bands[b].duty_ppm >= 1000000)
        return;
    duty_add(&d->bands[b], (enum radio_duty_rule)ds->s.radio->duty_rule,
             ds->s.region->sub_bands[b].duty_ppm, start, airtime);
    if (d->bands[b].used <= ds->band_use[b].max_hour)
        return;
    sim_time used = duty_used(&d->bands[b], start + airtime);
    if (used > ds->band_use[b].max_hour)
        ds->band_use[b].max_hour = used;
}

static void count_gap(struct device *d, sim_time now)
{
    if (d->first_tx < 0) {
        d->first_tx = now;
    } else {
        sim_time gap = now - d->last_tx;
        d->gap_min = gap < d->gap_min ? gap : d->gap_min;
        d->gap_max = gap > d->gap_max ? gap : d->gap_max;
    }
    d->last_tx = now;
}

static void open_windows(struct devices *ds, struct device *d, const struct medium_tx *tx,
                         int64_t frequency_hz, int channel, int delay_s)
{
    const struct region *r = ds->s.region;
    const struct plan *p = plan_at(ds->s.plans, d->plan);
    const struct dev_group *g = dev_group_of(ds, d);
    if (g->log)
        dev_window_log_end(ds, d);
    int dr = region_rx1_dr(r, tx->dr, d->rx1_dr_offset, d->down_dwell);
    d->rx1_dr = (uint8_t)(dr < 0 ? d->rx2_dr : dr);
    int64_t hz = p->rx1_frequency_hz[channel];
    if (!hz)
        hz = region_rx1_frequency(r, channel, frequency_hz);
    const struct region_dr *m = &r->dr[d->rx1_dr];
    d->rx1_channel = medium_channel(ds->s.medium, hz, m->modulation == REGION_FSK ? 0 : m->bw_hz);
    d->rx_delay_now_s = (uint8_t)delay_s;
    d->tx_end = tx->end;
    d->got_downlink = false;
    const struct dev_window *w2 = &g->window[d->rx2_dr];
    d->free_at = tx->end + SIM_S(delay_s + 1) + w2->offset + w2->length;
    if (d->clock)
        dev_clock_uplink(ds, d, tx);
    dev_energy_uplink(ds, d, tx->power_cdbm, tx->kind == FRAME_JOIN_REQUEST);
    if (g->log)
        dev_window_log_begin(ds, d);
    if (d->c)
        dev_c_uplink(ds, d, tx);
    if (d->class_b)
        dev_b_uplink(ds, d, tx);
}

void dev_transmit(struct devices *ds, struct device *d, struct medium_tx *tx, int dr,
                  int64_t frequency_hz, int channel, int delay_s)
{
    tx->node = d->id;
    tx->seq = d->seq++;
    tx->device = dev_index(ds, d);
    tx->network = d->network;
    tx->uplink = true;
    tx->dr = (uint8_t)dr;
    tx->power_cdbm = dev_power_cdbm(ds, d);
    tx->start = evq_now(ds->s.evq);
    devices_modulate(ds->s.medium, ds->s.region, tx, frequency_hz);
    sim_time airtime = tx->end - tx->start;
    d->airtime += airtime;
    dev_energy_advance(d, tx->start);
    count_gap(d, tx->start);
    count_use(ds, d, frequency_hz, tx->start, airtime);
    open_windows(ds, d, tx, frequency_hz, channel, delay_s);
    medium_send_uplink(ds->s.medium, tx);
}

static int room_for_payload(const struct devices *ds, const struct device *d, int fopts_len)
{
    return region_max_mac_payload(ds->s.region, d->dr, d->up_dwell) - 8 - fopts_len;
}

static void count_adr(struct devices *ds, struct device *d)
{
    if (!dev_group_of(ds, d)->g.cfg->adr || d->frame.adr_off)
        return;
    int over = d->adr_ack_cnt - ADR_ACK_LIMIT;
    if (d->adr_ack_cnt < UINT16_MAX)
        d->adr_ack_cnt++;
    if (over > 0 && over % ADR_ACK_DELAY == 0)
        dev_adr_back_off(ds, d);
    /* 1.0.3, 4.3.1.1: not at the lowest data rate; 1.0.4 keeps asking. */
    d->frame.adrackreq =
        over >= 0 && (dev_group_of(ds, d)->g.cfg->version == LW_1_0_4 || dev_lower_dr(ds, d) >= 0);
}

/* As many whole commands as fit into room octets of FOpts. */
static void take_commands(struct dev_frame *f, const uint8_t *commands, size_t len, size_t room)
{
    struct lw_mac m;
    size_t at = 0, end = 0;
    while (lw_mac_next(commands, len, &at, true, &m) == 1 && f->fopts_len + at <= room)
        end = at;
    memcpy(f->fopts + f->fopts_len, commands, end);
    f->fopts_len = (uint8_t)(f->fopts_len + end);
}

static void take_answers(const struct devices *ds, struct device *d)
{
    if (!d->n_sticky && !d->n_answers)
        return;
    int room = region_max_mac_payload(ds->s.region, d->dr, d->up_dwell) - 7; /* FHDR */
    room = room < 0 ? 0 : room > DEV_ANSWERS ? DEV_ANSWERS : room;
    take_commands(&d->frame, d->sticky, d->n_sticky, (size_t)room);
    take_commands(&d->frame, d->answers, d->n_answers, (size_t)room);
    d->n_answers = 0;
}

/* The next frame: the first packet of the packages, the oldest waiting message, or an empty frame
 * when one is wanted. False: nothing to send. */
static bool begin_frame(struct devices *ds, struct device *d)
{
    const struct dev_group *g = dev_group_of(ds, d);
    const struct traffic_cfg *t = &g->g.cfg->traffic;
    uint32_t in_group = dev_index_in_group(ds, d);
    while (d->head < d->n_messages &&
           traffic_size(t, g->g.trace, &ds->traffic_keys, d->id, in_group, d->head) >
               room_for_payload(ds, d, 0)) {
        d->head++; /* too long at this data rate */
        d->n_dropped++;
    }
    const struct device_packet *packet = dev_packet_take(ds, d, evq_now(ds->s.evq));
    bool waiting = d->head < d->n_messages && !packet;
    if (!waiting && !packet && !d->uplink_wanted)
        return false;
    struct dev_frame *f = &d->frame;
    memset(f, 0, sizeof *f);
    f->active = true;
    f->message = NO_MESSAGE;
    f->ack = d->ack_owed;
    d->ack_owed = d->uplink_wanted = false;
    if (waiting && g->g.cfg->link_check_every && d->head % g->g.cfg->link_check_every == 0)
        dev_mac_request(ds, d, LW_LINK_CHECK);
    if (waiting && g->g.cfg->device_time_every && d->head % g->g.cfg->device_time_every == 0)
        dev_mac_request(ds, d, LW_DEVICE_TIME);
    f->adr_off = packet && packet->adr_off;
    count_adr(ds, d); /* may lower the data rate, and with it the room */
    take_answers(ds, d);
    if (packet) { /* or the commands go alone, and it follows */
        f->package = packet->len <= room_for_payload(ds, d, f->fopts_len);
        return true;
    }
    if (!waiting || traffic_size(t, g->g.trace, &ds->traffic_keys, d->id, in_group, d->head) >
                        room_for_payload(ds, d, f->fopts_len)) {
        d->uplink_wanted = false; /* the commands go alone, the message follows */
        return true;
    }
    f->message = d->head++;
    f->confirmed = traffic_confirmed(t, &ds->traffic_keys, d->id, f->message);
    return true;
}

static void encode(struct devices *ds, struct device *d, struct medium_tx *tx)
{
    const struct dev_group *g = dev_group_of(ds, d);
    const struct dev_frame *f = &d->frame;
    uint8_t payload[DEV_PAYLOAD_MAX];
    int size = 0, fport = f->message == NO_MESSAGE ? -1 : (int)g->g.cfg->traffic.fport;
    if (f->package) {
        struct device_packet *p = dev_packet_first(d);
        if (f->tries == 0)
            ds->packages.stamp(ds->packages.ctx, dev_index(ds, d), p);
        memcpy(payload, p->bytes, p->len);
        size = p->len;
        fport = p->fport;
    } else if (f->message != NO_MESSAGE) {
        size = traffic_size(&g->g.cfg->traffic, g->g.trace, &ds->traffic_keys, d->id,
                            dev_index_in_group(ds, d), f->message);
        devices_payload(f->message, payload, size);
    }
    struct lw_frame w = {.mtype = f->confirmed ? LW_CONFIRMED_UP : LW_UNCONFIRMED_UP,
                         .uplink = true,
                         .devaddr = d->devaddr,
                         .adr = g->g.cfg->adr && !f->adr_off,
                         .adrackreq = f->adrackreq,
                         .ack = f->ack,
                         .classb = d->class_b && dev_b_is_on(ds, d, evq_now(ds->s.evq)),
                         .fopts_len = f->fopts_len,
                         .fopts = f->fopts,
                         .fport = fport,
                         .payload = payload,
                         .payload_len = (uint8_t)size};
    int len = lw_frame_encode(&w, keyring_get(ds->s.keyring, d->keys), d->fcnt_up, tx->phy);
    SIM_CHECK(len > 0, "node %lld: %s", (long long)d->id, sim_strerror(len));
    tx->kind = f->confirmed ? FRAME_CONFIRMED_UP : FRAME_UP;
    tx->devaddr = d->devaddr;
    tx->fcnt = d->fcnt_up;
    tx->fport = (int16_t)w.fport;
    tx->len = (uint8_t)len;
}

static int max_tries(const struct devices *ds, const struct device *d)
{
    const struct device_cfg *cfg = dev_group_of(ds, d)->g.cfg;
    if (d->frame.adr_off)
        return 1;
    if (d->frame.confirmed && cfg->version == LW_1_0_3)
        return (int)cfg->confirmed_tries;
    return d->nb_trans;
}

static void end_frame(struct device *d)
{
    if (d->frame.package)
        dev_packet_done(d);
    d->frame.active = d->frame.package = false;
    d->fcnt_up++;
}

/* After a transmission: is the frame done at once, or does it wait for its windows? */
static void after_transmission(struct devices *ds, struct device *d)
{
    struct dev_frame *f = &d->frame;
    if (f->package && f->tries == 0)
        ds->packages.sent(ds->packages.ctx, dev_index(ds, d), dev_packet_first(d));
    f->tries++;
    if (!f->confirmed && f->tries >= max_tries(ds, d)) {
        end_frame(d);
        return;
    }
    d->retry_at = d->free_at;
    if (f->confirmed) /* from RECEIVE_DELAY2 on */
        d->retry_at = d->tx_end + SIM_S(d->rx_delay_now_s + 2) +
                      (sim_time)(rng_draw_uniform(ds->ack_key, (uint64_t)d->id, d->seq) * 2e9);
}

/* Is the frame that was repeated so far done? */
static bool frame_done(const struct devices *ds, const struct device *d)
{
    const struct dev_frame *f = &d->frame;
    if (f->tries == 0)
        return false;
    if (f->tries >= max_tries(ds, d))
        return true;
    /* Any downlink ends it; in 1.0.3 a confirmed frame waits for its acknowledgement. */
    return d->got_downlink && (!f->confirmed || dev_group_of(ds, d)->g.cfg->version == LW_1_0_4);
}

/* A repetition that is too long for a data rate that came in the meantime? */
static bool too_long(const struct devices *ds, const struct device *d, const struct medium_tx *tx)
{
    return d->frame.tries > 0 &&
           tx->len - 5 > region_max_mac_payload(ds->s.region, d->dr, d->up_dwell);
}

static sim_time send_now(struct devices *ds, struct device *d, sim_time now)
{
    struct medium_tx *tx = medium_tx_take(ds->s.medium);
    encode(ds, d, tx);
    if (too_long(ds, d, tx)) {
        medium_tx_release(ds->s.medium, tx);
        end_frame(d);
        return SIM_NEVER;
    }
    sim_time airtime = devices_airtime(ds->s.region, d->dr, tx->len, false), when;
    int channel;
    if (dev_pick_channel(ds, d, d->dr, airtime, &channel, &when) != SIM_OK) {
        medium_tx_release(ds->s.medium, tx);
        d->n_duty_refused++;
        d->retry_at = when > now ? when : now + SIM_S(1);
        return d->retry_at;
    }
    const struct plan *p = plan_at(ds->s.plans, d->plan);
    dev_transmit(ds, d, tx, d->dr, p->channel[channel].frequency_hz, channel, d->rx1_delay_s);
    after_transmission(ds, d);
    return d->frame.active ? d->retry_at : SIM_NEVER;
}

sim_time dev_send_step(struct devices *ds, struct device *d, sim_time now)
{
    if (d->frame.active && now >= d->retry_at && now >= d->free_at && frame_done(ds, d))
        end_frame(d); /* not acknowledged, or all repetitions sent */
    bool wants = d->frame.active || d->head < d->n_messages || d->uplink_wanted;
    sim_time due = dev_packet_due(d);
    if (!wants && due > now)
        return due;
    sim_time ready = d->free_at > d->retry_at ? d->free_at : d->retry_at;
    if (now < ready)
        return ready;
    if (!d->frame.active && !begin_frame(ds, d))
        return SIM_NEVER;
    sim_time next = send_now(ds, d, now);
    if (next == SIM_NEVER && (d->head < d->n_messages || dev_packet_due(d) != SIM_NEVER))
        next = d->free_at;
    return next;
}
