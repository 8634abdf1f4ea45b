/* SPDX-License-Identifier: GPL-2.0-only
 * Beacons on the air: the same symbols from several gateways at one time, for everybody.
 *
 * Nobody is followed through a beacon: who listened asks when it is over. Copies that arrive within
 * a tenth of a symbol add up in the part that is the same; in the part in which gateways differ the
 * strongest must stand out of the others (the interference model's threshold for one spreading
 * factor). Beacons have the polarity of uplinks, so that these, on their channel, disturb each
 * other; downlinks and beacons do so only with radio.iq_isolation. */
#include <stdlib.h>

#include "models/radio/medium_internal.h"
#include "sim/detmath.h"
#include "sim/mem.h"

/* Light: 299792458 mm in a ms. */
static sim_time travel(int64_t distance_mm)
{
    return distance_mm * 1000000 / 299792458;
}

sim_time medium_travel(const struct medium *m, uint32_t device, unsigned gateway)
{
    if (!m->s.gateway_places)
        return 0;
    return travel(place_distance_mm(&m->s.devices[device], &m->s.gateway_places[gateway]));
}

/* What was on the beacon's channel at the same time. */
static void meet(struct medium *m, const struct medium_tx *tx)
{
    struct air_beacon *b = m->beacon;
    if (b->n_met == b->cap_met) {
        b->cap_met = b->cap_met ? 2 * b->cap_met : 16;
        b->met = mem_grow(b->met, b->cap_met, sizeof *b->met);
    }
    b->met[b->n_met++] = (struct air_met){.start = tx->start,
                                          .end = tx->end,
                                          .power_cdbm = tx->power_cdbm,
                                          .node = tx->uplink ? tx->device : tx->gateway,
                                          .uplink = tx->uplink,
                                          .sfi = tx->sfi};
}

/* The copies disturb what a gateway receives. */
static void disturb_uplink(struct medium *m, struct reception *r)
{
    const struct medium_beacon *b = &m->beacon->b;
    for (unsigned i = 0; i < b->n_copies; i++) {
        const struct medium_beacon_copy *c = &b->copies[i];
        int gain = m->s.links->gateway_gain_cdb[c->gateway * m->s.n_gateways + r->gateway];
        if (c->gateway != r->gateway)
            interference_add(m, r, b->sfi, medium_linear(m, c->power_cdbm + gain),
                             b->start + c->offset, b->end + c->offset);
    }
}

static void disturb_downlink(struct medium *m, struct reception *r)
{
    const struct medium_beacon *b = &m->beacon->b;
    const struct links *l = m->s.links;
    int iso = (int)m->s.radio->iq_isolation_cdb;
    for (uint32_t k = l->first[r->device]; k < l->first[r->device + 1]; k++)
        for (unsigned i = 0; i < b->n_copies; i++)
            if (b->copies[i].gateway == l->link[k].gateway)
                interference_add(
                    m, r, b->sfi,
                    medium_linear(m, b->copies[i].power_cdbm + l->link[k].gain_cdb - iso),
                    b->start + b->copies[i].offset, b->end + b->copies[i].offset);
}

void medium_meet_beacon(struct medium *m, struct medium_tx *tx)
{
    const struct medium_beacon *b = &m->beacon->b;
    if (tx->channel != b->channel || tx->end <= b->start || (!tx->uplink && !m->cross))
        return;
    meet(m, tx);
    for (unsigned i = 0; i < tx->n_receptions; i++) {
        if (tx->uplink)
            disturb_uplink(m, &tx->receptions[i]);
        else
            disturb_downlink(m, &tx->receptions[i]);
    }
}

static bool same_copies(const struct medium_beacon *a, const struct medium_beacon *b)
{
    bool same = a->n_copies == b->n_copies;
    for (unsigned i = 0; same && i < a->n_copies; i++)
        same = a->copies[i].gateway == b->copies[i].gateway &&
               a->copies[i].power_cdbm == b->copies[i].power_cdbm &&
               a->copies[i].offset == b->copies[i].offset;
    return same;
}

static void keep(struct medium *m, const struct medium_beacon *b)
{
    if (!m->beacon)
        m->beacon = mem_alloc(1, sizeof *m->beacon);
    struct air_beacon *k = m->beacon;
    uint32_t set = k->b.set + !same_copies(&k->b, b);
    struct medium_beacon_copy *copies = mem_copy(b->copies, b->n_copies * sizeof *copies);
    free(k->copies);
    k->copies = copies;
    k->b = *b;
    k->b.copies = copies;
    k->b.set = set;
    k->n_met = 0;
}

void medium_send_beacon(struct medium *m, const struct medium_beacon *b)
{
    keep(m, b);
    struct medium_tx tx = {.kind = FRAME_BEACON,
                           .target = ROW_NULL,
                           .dr = b->dr,
                           .sfi = b->sfi,
                           .channel = b->channel,
                           .len = b->len,
                           .fport = -1};
    for (unsigned i = 0; i < b->n_copies; i++) {
        const struct medium_beacon_copy *c = &b->copies[i];
        struct air_gateway *g = &m->gateways[c->gateway];
        gateway_sends(m, c->gateway, b->start + c->offset, b->end + c->offset);
        g->n_tx++;
        g->tx_airtime += b->end - b->start;
        tx.node = g->cfg.id;
        tx.network = g->cfg.network;
        tx.seq = c->seq;
        tx.power_cdbm = c->power_cdbm;
        tx.start = b->start + c->offset;
        tx.end = b->end + c->offset;
        tally_at(m->s.tally, tx.network, FRAME_BEACON, b->dr)->airtime += b->end - b->start;
        if (trace_wants(m->s.trace, ROW_TX))
            medium_row_tx(m, &tx);
    }
    for (size_t i = 0; i < m->n_all; i++)
        if (m->all[i]->on_air)
            medium_meet_beacon(m, m->all[i]);
}

void medium_beacon_close(struct medium *m)
{
    if (!m->beacon)
        return;
    free(m->beacon->copies);
    free(m->beacon->met);
    free(m->beacon);
}

const struct medium_beacon *medium_beacon(const struct medium *m)
{
    return m->beacon ? &m->beacon->b : NULL;
}

static const struct medium_beacon_copy *copy_from(const struct medium_beacon *b, unsigned gateway)
{
    unsigned low = 0, high = b->n_copies; /* in order of gateways */
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (b->copies[mid].gateway < gateway)
            low = mid + 1;
        else
            high = mid;
    }
    return low < b->n_copies && b->copies[low].gateway == gateway ? &b->copies[low] : NULL;
}

/* Power of a copy at a device; its fading is keyed as that of any other frame. */
static int power_at(const struct medium *m, const struct medium_beacon_copy *c,
                    const struct link *l, uint32_t device)
{
    struct medium_tx tx = {.node = m->gateways[c->gateway].cfg.id, .seq = c->seq};
    return c->power_cdbm + l->gain_cdb +
           (m->fading ? medium_fading(m, &tx, m->s.device_ids[device]) : 0);
}

/* The strongest copy, the lowest gateway of equal ones. */
static const struct medium_beacon_copy *strongest(const struct medium *m, uint32_t device,
                                                  int *power_cdbm)
{
    const struct links *l = m->s.links;
    const struct medium_beacon_copy *best = NULL;
    for (uint32_t k = l->first[device]; k < l->first[device + 1]; k++) {
        const struct medium_beacon_copy *c = copy_from(&m->beacon->b, l->link[k].gateway);
        int power = c ? power_at(m, c, &l->link[k], device) : INT16_MIN;
        if (c && (!best || power > *power_cdbm ||
                  (power == *power_cdbm && c->gateway < best->gateway))) {
            best = c;
            *power_cdbm = power;
        }
    }
    return best;
}

bool medium_beacon_at(const struct medium *m, uint32_t device, struct medium_beacon_at *out)
{
    const struct links *l = m->s.links;
    const struct medium_beacon *b = &m->beacon->b;
    int best_cdbm = INT16_MIN;
    const struct medium_beacon_copy *best = strongest(m, device, &best_cdbm);
    *out = (struct medium_beacon_at){.power_cdbm = INT16_MIN};
    if (!best)
        return false;
    double wanted = medium_linear(m, best_cdbm), sum = wanted, others = 0, apart = 0;
    for (uint32_t k = l->first[device]; k < l->first[device + 1]; k++) {
        const struct medium_beacon_copy *c = copy_from(b, l->link[k].gateway);
        if (!c || c == best)
            continue;
        double linear = medium_linear(m, power_at(m, c, &l->link[k], device));
        sim_time shift = c->offset - best->offset;
        if (shift < b->symbol / 10 && shift > -b->symbol / 10)
            sum += linear;
        else
            apart = m->model.strongest_only && linear < apart ? apart
                    : m->model.strongest_only                 ? linear
                                                              : apart + linear;
        others = m->model.strongest_only ? (linear > others ? linear : others) : others + linear;
    }
    double ratio = m->ratio[b->sfi][b->sfi];
    out->gateway = best->gateway;
    out->seq = best->seq;
    out->power_cdbm = sum > wanted ? best_cdbm + det_cdb_of_ratio(sum / wanted) : best_cdbm;
    out->delay = best->offset + medium_travel(m, device, best->gateway);
    out->torn = apart > 0 && ratio >= 0 && sum < ratio * apart;
    out->part = others <= 0 || ratio < 0 || wanted >= ratio * others;
    return true;
}

bool medium_beacon_disturbed(const struct medium *m, uint32_t device, int power_cdbm, sim_time from,
                             sim_time to)
{
    const struct air_beacon *k = m->beacon;
    if (!k->n_met || m->s.radio->interference == INTERFERENCE_NONE)
        return false;
    struct reception r = {
        .start = from,
        .end = to,
        .protect = m->model.ignore_head && from == k->b.start ? from + 5 * k->b.symbol : from,
        .linear = medium_linear(m, power_cdbm),
        .sfi = k->b.sfi};
    int iso = m->cross ? (int)m->s.radio->iq_isolation_cdb : 0;
    for (unsigned i = 0; i < k->n_met; i++) {
        const struct air_met *o = &k->met[i];
        int gain = INT16_MIN;
        if (o->uplink && o->node != device)
            gain = links_path_gain_cdb(&m->s.radio->path_loss, m->s.frequency_hz,
                                       &m->s.devices[o->node], &m->s.devices[device]);
        const struct links *l = m->s.links;
        for (uint32_t n = l->first[device]; !o->uplink && n < l->first[device + 1]; n++)
            if (l->link[n].gateway == o->node)
                gain = l->link[n].gain_cdb - iso;
        if (gain > INT16_MIN)
            interference_add(m, &r, o->sfi, medium_linear(m, o->power_cdbm + gain), o->start,
                             o->end);
    }
    return interference_kills(m, &r);
}

sim_entity medium_gateway_id(const struct medium *m, unsigned gateway)
{
    return m->gateways[gateway].cfg.id;
}

bool medium_fades(const struct medium *m)
{
    return m->fading;
}
