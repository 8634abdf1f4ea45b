/* SPDX-License-Identifier: GPL-2.0-only
 * A device joins: requests on the join channels, data rates in turn, and the back-off that keeps
 * many devices that start together from blocking each other.
 *
 * Air time of join-requests since power-on: at most 36 s in the first hour, 36 s in the next ten
 * hours, then 8.7 s in each 24 h (TS001-1.0.4, section 7). Beside that a request is followed by a
 * silence that lets the budget last for its whole period: 1/2 to 3/2 of the air time's part of it,
 * drawn anew each time, so that requests spread out. */
#include <string.h>

#include "models/lorawan/devices_internal.h"
#include "models/lorawan/join.h"
#include "sim/err.h"

/* The period of the back-off that holds an instant: its end and its budget. */
static sim_time period_of(const struct device *d, sim_time now, sim_time *start, sim_time *budget)
{
    sim_time t = now - d->powered_at;
    *budget = SIM_S(36);
    if (t < SIM_S(3600)) {
        *start = d->powered_at;
        return d->powered_at + SIM_S(3600);
    }
    if (t < SIM_S(11 * 3600)) {
        *start = d->powered_at + SIM_S(3600);
        return d->powered_at + SIM_S(11 * 3600);
    }
    *budget = SIM_MS(8700);
    sim_time day = (t - SIM_S(11 * 3600)) / SIM_S(86400);
    *start = d->powered_at + SIM_S(11 * 3600) + day * SIM_S(86400);
    return *start + SIM_S(86400);
}

static double join_random(struct devices *ds, const struct device *d)
{
    return rng_draw_uniform(ds->join_key, (uint64_t)d->id, d->join_attempt);
}

/* SIM_NEVER when this request fits the budget now, else when the next period begins. */
static sim_time budget_wait(struct devices *ds, struct device *d, sim_time now, sim_time airtime)
{
    sim_time start, budget, end = period_of(d, now, &start, &budget);
    if (d->join_since != start) {
        d->join_since = start;
        d->join_used = 0;
    }
    if (d->join_used + airtime <= budget)
        return SIM_NEVER;
    return end + (sim_time)(join_random(ds, d) * 60e9);
}

static sim_time silence_after(struct devices *ds, const struct device *d, sim_time now,
                              sim_time airtime)
{
    sim_time start, budget, end = period_of(d, now, &start, &budget);
    double share = (double)(end - start) / (double)budget;
    return (sim_time)((0.5 + join_random(ds, d)) * share * (double)airtime);
}

static int attempt_dr(const struct devices *ds, const struct device *d)
{
    const struct device_cfg *cfg = dev_group_of(ds, d)->g.cfg;
    const struct region *r = ds->s.region;
    if (cfg->dr != SCN_WORD)
        return (int)cfg->dr;
    int n = r->join_max_dr - r->join_min_dr + 1;
    return r->join_max_dr - d->join_attempt % n;
}

static uint16_t next_devnonce(const struct devices *ds, const struct device *d)
{
    if (dev_group_of(ds, d)->g.cfg->version == LW_1_0_4)
        return d->devnonce; /* a counter */
    return (uint16_t)rng_draw_below(ds->nonce_key, (uint64_t)d->id, d->join_attempt, 65536);
}

static void encode(const struct devices *ds, const struct device *d, struct medium_tx *tx)
{
    struct device_identity id = devices_identity(ds, dev_index(ds, d));
    struct lw_join_request r = {
        .joineui = id.joineui, .deveui = id.deveui, .devnonce = d->devnonce};
    int rc = lw_join_request_encode(&r, id.appkey, tx->phy);
    SIM_CHECK(rc >= 0, "node %lld: %s", (long long)d->id, sim_strerror(rc));
    tx->kind = FRAME_JOIN_REQUEST;
    tx->len = LW_JOIN_REQUEST_LEN;
    tx->devaddr = 0;
    tx->fcnt = d->devnonce;
    tx->fport = -1;
}

/* A join channel that the duty cycle allows now; tries as many draws as there are join channels. */
static int pick(struct devices *ds, struct device *d, int *channel, int *dr, sim_time *when)
{
    const struct region *r = ds->s.region;
    int wanted = attempt_dr(ds, d);
    if (!r->fixed_channels) {
        *dr = wanted < r->join_min_dr   ? r->join_min_dr
              : wanted > r->join_max_dr ? r->join_max_dr
                                        : wanted;
        return dev_pick_channel(ds, d, *dr, devices_airtime(r, *dr, LW_JOIN_REQUEST_LEN, false),
                                channel, when);
    }
    uint32_t random = rng_draw_below(ds->channel_key, (uint64_t)d->id, d->seq, UINT32_MAX);
    region_join_channel(r, d->join_attempt, random, wanted, channel, dr);
    return SIM_OK;
}

sim_time dev_join_step(struct devices *ds, struct device *d, sim_time now)
{
    if (now < d->powered_at)
        return d->powered_at;
    if (now < d->free_at || now < d->retry_at)
        return d->free_at > d->retry_at ? d->free_at : d->retry_at;
    int channel, dr;
    sim_time when;
    if (pick(ds, d, &channel, &dr, &when) != SIM_OK) {
        d->retry_at = when > now ? when : now + SIM_S(1);
        return d->retry_at;
    }
    sim_time airtime = devices_airtime(ds->s.region, dr, LW_JOIN_REQUEST_LEN, false);
    sim_time wait = budget_wait(ds, d, now, airtime);
    if (wait != SIM_NEVER) {
        d->retry_at = wait;
        return wait;
    }
    d->devnonce = next_devnonce(ds, d);
    struct medium_tx *tx = medium_tx_take(ds->s.medium);
    encode(ds, d, tx);
    struct region_channel c = plan_at(ds->s.plans, d->plan)->channel[channel];
    dev_transmit(ds, d, tx, dr, c.frequency_hz, channel, 5);
    d->join_used += airtime;
    d->n_join_requests++;
    if (dev_group_of(ds, d)->g.cfg->version == LW_1_0_4)
        d->devnonce++;
    d->retry_at = d->free_at + silence_after(ds, d, now, airtime);
    d->join_attempt++;
    return d->retry_at;
}

/* Take over what the join-accept brings; the data rate stays what the scenario gave. */
static void start_session(struct devices *ds, struct device *d, const struct device_identity *id,
                          const struct lw_join_accept *a, uint16_t devnonce)
{
    struct trace_session t = {.device = d->id, .devaddr = a->devaddr, .joineui = id->joineui};
    lw_join_keys(id->appkey, a->joinnonce, a->netid, devnonce, t.nwkskey, t.appskey);
    memcpy(t.appkey, id->appkey, 16);
    dev_session_reset(ds, d);
    keyring_drop(ds->s.keyring, d->keys);
    d->keys = keyring_take(ds->s.keyring, t.nwkskey, t.appskey);
    d->devaddr = a->devaddr;
    d->rx1_dr_offset = a->rx1_dr_offset;
    d->rx2_dr = a->rx2_dr;
    d->rx2_frequency_100hz = (int32_t)(ds->s.region->rx2_frequency_hz / 100);
    d->rx1_delay_s = a->rx_delay ? a->rx_delay : 1;
    struct plan p;
    plan_default(ds->s.region, &p);
    if (a->has_cflist)
        plan_apply_cflist(ds->s.region, &p, a->cflist); /* a bad list is ignored, as 6.2.3 says */
    d->plan = plan_intern(ds->s.plans, &p);
    d->joined = true;
    if (dev_group_of(ds, d)->g.cfg->device_class == LW_CLASS_C)
        dev_c_open(ds, d, evq_now(ds->s.evq));
    d->got_downlink = true;
    if (d->joined_at < 0)
        d->joined_at = evq_now(ds->s.evq);
    if (ds->s.trace->sessions)
        trace_session(ds->s.trace, &t);
}

void dev_join_accept(struct devices *ds, struct device *d, struct medium_tx *tx)
{
    struct device_identity id = devices_identity(ds, dev_index(ds, d));
    struct lw_join_accept a;
    int rc = lw_join_accept_open(&a, id.appkey, tx->phy, tx->len);
    uint16_t devnonce = (uint16_t)(d->devnonce - (id.version == LW_1_0_4 ? 1 : 0));
    bool waiting = !d->joined;
    if (rc == SIM_OK && waiting) {
        dev_shut_rx2(ds, d, tx);
        start_session(ds, d, &id, &a, devnonce);
        d->retry_at = 0;
        d->head = d->n_messages;
        dev_wake_at(ds, d, d->message_at > d->free_at ? d->message_at : d->free_at);
        dev_packages_joined(ds, d, evq_now(ds->s.evq));
    }
    enum loss_reason reason = rc == SIM_OK     ? (waiting ? LOSS_NONE : LOSS_REPLAY)
                              : rc == SIM_EMIC ? LOSS_MIC
                                               : LOSS_MALFORMED;
    d->n_rx += reason == LOSS_NONE;
    medium_settle(ds->s.medium, tx, reason, d->id);
}
