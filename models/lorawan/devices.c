/* SPDX-License-Identifier: GPL-2.0-only
 * The population: set-up, the one event of each device, and the rows at the end. */
#include "models/lorawan/devices.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/devaddr.h"
#include "models/lorawan/devices_internal.h"
#include "models/radio/airtime.h"
#include "sim/dist.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/prefetch.h"

static void on_wake(void *obj, uint32_t arg);
static void hint_wake(void *obj, uint32_t arg, unsigned stage);
static void find_bands(struct devices *ds, const struct plan *p);

uint32_t dev_index_in_group(const struct devices *ds, const struct device *d)
{
    return dev_index(ds, d) - dev_group_of(ds, d)->g.first;
}

sim_time devices_airtime(const struct region *r, int dr, int len, bool downlink)
{
    const struct region_dr *m = &r->dr[dr];
    if (m->modulation == REGION_FSK)
        return airtime_fsk(50000, len);
    struct airtime_lora a = {
        .sf = m->sf, .bw_hz = m->bw_hz, .cr = 1, .len = len, .preamble_sym = 8, .crc = !downlink};
    return airtime_lora(&a);
}

void devices_modulate(struct medium *m, const struct region *r, struct medium_tx *tx,
                      int64_t frequency_hz)
{
    const struct region_dr *dr = &r->dr[tx->dr];
    bool fsk = dr->modulation == REGION_FSK;
    tx->sfi = (uint8_t)(fsk ? MEDIUM_FSK : dr->sf - 7);
    tx->symbol = fsk ? 0 : airtime_symbol(dr->sf, dr->bw_hz);
    tx->channel = medium_channel(m, frequency_hz, fsk ? 0 : dr->bw_hz);
    tx->lock = tx->start + (fsk ? SIM_US(8 * 20 * 8) : airtime_preamble(dr->sf, dr->bw_hz, 8));
    tx->end = tx->start + devices_airtime(r, tx->dr, tx->len, !tx->uplink);
}

void devices_payload(uint32_t n, uint8_t *out, int size)
{
    for (int i = 0; i < size; i++)
        out[i] = (uint8_t)(i < 4 ? n >> (8 * i) : (uint32_t)i);
}

/* Symbols of a class A window, and its opening, for a clock error. Source: LoRaMac-node's rule:
 * max(min, ceil(((2 min - 8) Tsym + 2 E) / Tsym)), opened so that the window is centred on 4
 * symbols. */
static struct dev_window window_of(const struct region_dr *dr, const struct device_cfg *cfg)
{
    struct dev_window w = {0, 0};
    if (dr->modulation != REGION_LORA && dr->modulation != REGION_FSK)
        return w;
    sim_time sym = dr->modulation == REGION_FSK ? SIM_US(160) : airtime_symbol(dr->sf, dr->bw_hz);
    sim_time need = (2 * cfg->min_rx_symbols - 8) * sym + 2 * cfg->max_rx_error_ns;
    int64_t n = (need + sym - 1) / sym;
    n = n < cfg->min_rx_symbols ? cfg->min_rx_symbols : n;
    w.length = n * sym;
    w.offset = 4 * sym - w.length / 2;
    return w;
}

static void init_group(struct devices *ds, struct dev_group *g)
{
    const struct region *r = ds->s.region;
    const struct device_cfg *cfg = g->g.cfg;
    g->max_power_cdbm = cfg->tx_power_cdbm == SCN_WORD ? r->max_eirp_cdbm : (int)cfg->tx_power_cdbm;
    static const int64_t bw_hz[MEDIUM_N_BW] = {125000, 250000, 500000};
    for (int sfi = 0; sfi < MEDIUM_N_SF; sfi++)
        for (int b = 0; b < MEDIUM_N_BW; b++)
            g->sensitivity_cdbm[sfi][b] = (int16_t)radio_sensitivity_cdbm(
                (enum radio_receiver)cfg->receiver, sfi == MEDIUM_FSK ? 0 : sfi + 7, bw_hz[b],
                (int)cfg->noise_figure_cdb);
    for (int dr = 0; dr < REGION_N_DR; dr++)
        g->window[dr] = window_of(&r->dr[dr], cfg);
}

/* The strongest link to a gateway of the device's network; false without one. */
static bool best_link(const struct devices *ds, uint32_t i, struct link *best)
{
    const struct links *l = ds->s.links;
    for (uint32_t k = l->first[i]; k < l->first[i + 1]; k++) {
        if (ds->s.gateway_network[l->link[k].gateway] == ds->d[i].network) {
            *best = l->link[k];
            return true;
        }
    }
    return false;
}

/* What data_rate: auto compares the power at a gateway with. */
static int auto_sensitivity(const struct devices *ds, const struct device_cfg *cfg,
                            unsigned gateway, const struct region_dr *dr)
{
    if (cfg->auto_receiver == 0)
        return medium_sensitivity_cdbm(ds->s.medium, gateway, dr->sf, dr->bw_hz);
    return radio_sensitivity_cdbm((enum radio_receiver)(cfg->auto_receiver - 1), dr->sf, dr->bw_hz,
                                  (int)cfg->noise_figure_cdb);
}

int devices_best_dr(const struct devices *ds, uint32_t i, const struct link *l)
{
    const struct dev_group *g = dev_group_of(ds, &ds->d[i]);
    const struct plan *p = plan_at(ds->s.plans, ds->s.networks[ds->d[i].network].plan);
    int power_cdbm = g->max_power_cdbm + l->gain_cdb - (int)g->g.cfg->auto_margin_cdb;
    int best = -1, best_sens = INT16_MIN;
    for (int dr = 0; dr < REGION_N_DR; dr++) {
        const struct region_dr *m = &ds->s.region->dr[dr];
        if (!p->n_usable[dr] || m->modulation != REGION_LORA || m->bw_hz != 125000 ||
            !region_max_mac_payload(ds->s.region, dr, ds->s.region->default_uplink_dwell))
            continue;
        int sens = auto_sensitivity(ds, g->g.cfg, l->gateway, m);
        if (power_cdbm > sens && sens > best_sens) {
            best = dr;
            best_sens = sens;
        }
    }
    return best;
}

static int slowest_dr(const struct devices *ds, const struct plan *p)
{
    for (int dr = 0; dr < REGION_N_DR; dr++)
        if (p->n_usable[dr] &&
            region_max_mac_payload(ds->s.region, dr, ds->s.region->default_uplink_dwell))
            return dr;
    return 0;
}

static uint8_t first_dr(const struct devices *ds, uint32_t i)
{
    const struct device_cfg *cfg = dev_group_of(ds, &ds->d[i])->g.cfg;
    if (cfg->dr != SCN_WORD)
        return (uint8_t)cfg->dr;
    struct link l;
    int dr = best_link(ds, i, &l) ? devices_best_dr(ds, i, &l) : -1;
    if (dr < 0)
        dr = slowest_dr(ds, plan_at(ds->s.plans, ds->s.networks[ds->d[i].network].plan));
    return (uint8_t)dr;
}

void dev_session_reset(struct devices *ds, struct device *d)
{
    const struct device_network *n = &ds->s.networks[d->network];
    const struct region *r = ds->s.region;
    bool abp = dev_group_of(ds, d)->g.cfg->activation == ACT_ABP;
    d->fcnt_up = d->fcnt_down = 0;
    d->rx1_delay_s = abp ? n->rx1_delay_s : 1;
    d->rx1_dr_offset = abp ? n->rx1_dr_offset : 0;
    d->rx2_dr = abp ? n->rx2_dr : (uint8_t)r->rx2_dr;
    d->rx2_frequency_100hz = (int32_t)((abp ? n->rx2_frequency_hz : r->rx2_frequency_hz) / 100);
    d->nb_trans = (uint8_t)dev_group_of(ds, d)->g.cfg->nb_trans;
    d->power_index = d->max_duty = 0;
    d->adr_ack_cnt = 0;
    d->n_answers = d->n_sticky = 0;
    d->up_dwell = r->default_uplink_dwell;
    d->down_dwell = false;
    d->max_eirp_cdbm = (int16_t)dev_group_of(ds, d)->max_power_cdbm;
    d->frame.active = d->ack_owed = d->uplink_wanted = false;
    if (d->class_b)
        dev_b_reset(ds, d);
}

static void make_keys(const struct devices *ds, const struct device *d, uint64_t which,
                      uint8_t key[16])
{
    uint32_t w[4];
    rng_draw(ds->keys_key, (uint64_t)d->id, which, w);
    for (int i = 0; i < 16; i++)
        key[i] = (uint8_t)(w[i / 4] >> (8 * (i % 4)));
}

static uint64_t eui_of(const uint8_t octets[8])
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | octets[i];
    return v;
}

struct device_identity devices_identity(const struct devices *ds, uint32_t device)
{
    const struct device *d = &ds->d[device];
    const struct dev_group *g = dev_group_of(ds, d);
    const struct device_cfg *cfg = g->g.cfg;
    uint32_t index = dev_index_in_group(ds, d);
    struct device_identity id = {.id = d->id,
                                 .otaa = cfg->activation == ACT_OTAA,
                                 .version = (enum lw_version)cfg->version,
                                 .group = d->group,
                                 .network = d->network,
                                 .dr = d->dr,
                                 .max_power_cdbm = g->max_power_cdbm,
                                 .cfg = cfg,
                                 .index_in_group = index,
                                 .downlink_trace = g->g.downlink_trace};
    static const uint8_t none[16];
    bool own_eui = memcmp(cfg->dev_eui, none, 8) != 0,
         own_join = memcmp(cfg->join_eui, none, 8) != 0;
    id.deveui =
        own_eui ? eui_of(cfg->dev_eui) + index : UINT64_C(0x0200000000000000) | (uint64_t)d->id;
    id.joineui = own_join ? eui_of(cfg->join_eui) : UINT64_C(0x0600000000000000) | (uint64_t)d->id;
    if (memcmp(cfg->app_key, none, 16) != 0)
        memcpy(id.appkey, cfg->app_key, 16);
    else
        make_keys(ds, d, 0, id.appkey);
    if (memcmp(cfg->packages.gen_app_key, none, 16) != 0)
        memcpy(id.genappkey, cfg->packages.gen_app_key, 16);
    else
        make_keys(ds, d, 3, id.genappkey);
    id.devaddr = devaddr_make(ds->s.networks[d->network].netid, g->g.devaddr_base + index);
    make_keys(ds, d, 1, id.nwkskey);
    make_keys(ds, d, 2, id.appskey);
    return id;
}

static void trace_keys(const struct devices *ds, const struct device_identity *id)
{
    if (!ds->s.trace->sessions)
        return;
    struct trace_session t = {
        .device = id->id, .devaddr = id->devaddr, .joineui = id->joineui, .root_only = id->otaa};
    memcpy(id->otaa ? t.appkey : t.nwkskey, id->otaa ? id->appkey : id->nwkskey, 16);
    if (!id->otaa)
        memcpy(t.appskey, id->appskey, 16);
    trace_session(ds->s.trace, &t);
}

static void init_device(struct devices *ds, uint32_t i, uint16_t group)
{
    struct device *d = &ds->d[i];
    const struct dev_group *g = &ds->groups[group];
    d->id = ds->s.ids[i];
    d->group = group;
    d->network = g->g.network;
    d->plan = ds->s.networks[d->network].plan;
    d->tx_end = d->first_tx = d->joined_at = -1;
    d->gap_min = SIM_NEVER;
    d->wake = SIM_NEVER;
    d->powered_at =
        dist_draw(&g->g.cfg->start, ds->start_key, (uint64_t)d->id, 0, 0, SIM_NEVER / 4);
    d->message_at = d->energy.until = d->powered_at;
    dev_session_reset(ds, d);
    d->dr = first_dr(ds, i);
    d->joined = g->g.cfg->activation == ACT_ABP;
    if (!d->joined)
        d->plan = ds->default_plan;
    if (ds->s.region->n_sub_bands)
        d->bands = mem_alloc((size_t)ds->s.region->n_sub_bands, sizeof *d->bands);
    dev_clock_open(ds, d);
    struct device_identity id = devices_identity(ds, i);
    trace_keys(ds, &id);
    if (g->g.cfg->device_class == LW_CLASS_C) {
        d->c = mem_alloc(1, sizeof *d->c);
        d->c->since = SIM_NEVER;
    }
    dev_packages_init(d, &g->g.cfg->packages);
    if (!d->joined)
        return;
    if (g->g.cfg->device_class == LW_CLASS_C)
        dev_c_open(ds, d, d->powered_at);
    d->devaddr = id.devaddr;
    d->keys = keyring_take(ds->s.keyring, id.nwkskey, id.appskey);
}

struct devices *devices_open(const struct devices_setup *s)
{
    struct devices *ds = mem_alloc(1, sizeof *ds);
    ds->s = *s;
    ds->d = mem_alloc(s->n_devices, sizeof *ds->d);
    ds->groups = mem_alloc(s->n_groups, sizeof *ds->groups);
    ds->wake_event = evq_kind_add(s->evq, on_wake, "device");
    evq_kind_hint(s->evq, ds->wake_event, hint_wake);
    find_bands(ds, plan_at(s->plans, s->networks[0].plan));
    ds->traffic_keys =
        (struct traffic_keys){.phase = rng_key_make(s->seed, s->run, RNG_PHASE),
                              .traffic = rng_key_make(s->seed, s->run, RNG_TRAFFIC),
                              .payload = rng_key_make(s->seed, s->run, RNG_PAYLOAD),
                              .confirmed = rng_key_make(s->seed, s->run, RNG_CONFIRMED)};
    ds->channel_key = rng_key_make(s->seed, s->run, RNG_CHANNEL);
    ds->ack_key = rng_key_make(s->seed, s->run, RNG_ACK_TIMEOUT);
    ds->nonce_key = rng_key_make(s->seed, s->run, RNG_DEVNONCE);
    ds->join_key = rng_key_make(s->seed, s->run, RNG_JOIN_BACKOFF);
    ds->start_key = rng_key_make(s->seed, s->run, RNG_START);
    ds->keys_key = rng_key_make(s->seed, s->run, RNG_KEYS);
    struct plan p;
    plan_default(s->region, &p);
    ds->default_plan = plan_intern(s->plans, &p);
    for (unsigned g = 0; g < s->n_groups; g++) {
        ds->groups[g].g = s->groups[g];
        init_group(ds, &ds->groups[g]);
        for (uint32_t i = 0; i < s->groups[g].cfg->count; i++)
            init_device(ds, s->groups[g].first + i, (uint16_t)g);
    }
    dev_b_open_all(ds);
    dev_window_log_open(ds);
    return ds;
}

void devices_close(struct devices *ds)
{
    if (!ds)
        return;
    for (uint32_t i = 0; i < ds->s.n_devices; i++) {
        for (int b = 0; b < ds->s.region->n_sub_bands; b++)
            duty_free(&ds->d[i].bands[b]);
        free(ds->d[i].bands);
        if (ds->d[i].c)
            free(ds->d[i].c->mc);
        free(ds->d[i].c);
        free(ds->d[i].clock);
        dev_energy_phases_free(ds->d[i].energy.phases);
        if (ds->d[i].p)
            free(ds->d[i].p->queue);
        free(ds->d[i].p);
        keyring_drop(ds->s.keyring, ds->d[i].keys);
    }
    dev_b_close_all(ds);
    dev_window_log_close(ds);
    free(ds->d);
    free(ds->groups);
    free(ds);
}

uint32_t devices_count(const struct devices *ds)
{
    return ds->s.n_devices;
}

void dev_wake_at(struct devices *ds, struct device *d, sim_time at)
{
    if (at >= d->wake || at >= ds->s.duration)
        return;
    d->wake = at;
    evq_push(ds->s.evq, at, ds->wake_event, ds, dev_index(ds, d));
}

static sim_time next_message_at(const struct devices *ds, const struct device *d)
{
    const struct dev_group *g = dev_group_of(ds, d);
    return traffic_time(&g->g.cfg->traffic, g->g.trace, &ds->traffic_keys, d->id,
                        dev_index_in_group(ds, d), d->n_messages, d->powered_at, d->message_at);
}

void devices_start(struct devices *ds)
{
    dev_clock_sample(ds, 0, CLOCK_SOURCE_START);
    dev_b_start(ds);
    for (uint32_t i = 0; i < ds->s.n_devices; i++) {
        struct device *d = &ds->d[i];
        d->message_at = next_message_at(ds, d);
        dev_wake_at(ds, d,
                    d->joined && d->message_at > d->powered_at ? d->message_at : d->powered_at);
        if (d->joined)
            dev_packages_joined(ds, d, d->powered_at);
    }
}

/* Messages that are due: kept up to the queue's length, the oldest waiting one gives way. */
static void make_messages(struct devices *ds, struct device *d, sim_time now)
{
    bool sending = d->frame.active && !d->frame.package;
    int64_t room = dev_group_of(ds, d)->g.cfg->queue - (sending ? 1 : 0);
    while (d->message_at <= now) {
        d->n_messages++;
        if (!d->joined || d->n_messages - d->head > room) {
            d->head++;
            d->n_dropped++;
        }
        d->message_at = next_message_at(ds, d);
    }
}

static void on_wake(void *obj, uint32_t arg)
{
    struct devices *ds = obj;
    struct device *d = &ds->d[arg];
    sim_time now = evq_now(ds->s.evq);
    if (now != d->wake)
        return; /* an earlier event took its place */
    d->wake = SIM_NEVER;
    make_messages(ds, d, now);
    sim_time next = d->joined ? dev_send_step(ds, d, now) : dev_join_step(ds, d, now);
    dev_wake_at(ds, d, next < d->message_at ? next : d->message_at);
}

/* Fetch a device's state, then what it points to, before its event. */
static void hint_wake(void *obj, uint32_t arg, unsigned stage)
{
    const struct devices *ds = obj;
    const struct device *d = &ds->d[arg];
    if (stage == 0) {
        prefetch(d, sizeof *d);
        prefetch(&ds->s.links->first[arg], 2 * sizeof *ds->s.links->first);
    } else if (stage == 1) {
        keyring_hint(ds->s.keyring, d->keys);
        dev_b_hint(ds, d);
        if (d->bands)
            prefetch(&d->bands[ds->first_band], ds->n_bands * sizeof *d->bands);
        const uint32_t *row = &ds->s.links->first[arg];
        prefetch(&ds->s.links->link[row[0]], (row[1] - row[0]) * sizeof *ds->s.links->link);
    } else if (d->bands) {
        for (unsigned b = ds->first_band; b < ds->first_band + ds->n_bands; b++)
            prefetch(d->bands[b].uses, d->bands[b].uses ? 128 : 0);
    }
}

/* The sub-bands that uplinks use, for hints. */
static void find_bands(struct devices *ds, const struct plan *p)
{
    int first = REGION_MAX_SUB_BANDS, last = -1;
    for (int i = 0; i < REGION_MAX_CHANNELS; i++) {
        int b = p->channel[i].frequency_hz
                    ? region_sub_band(ds->s.region, p->channel[i].frequency_hz)
                    : -1;
        if (b < 0)
            continue;
        first = b < first ? b : first;
        last = b > last ? b : last;
    }
    ds->first_band = last < 0 ? 0 : (unsigned)first;
    ds->n_bands = last < 0 ? 0 : (unsigned)(last - first + 1);
}

void devices_note_downlink(struct devices *ds, uint32_t device)
{
    ds->d[device].n_downlinks++;
}

void devices_note_received(struct devices *ds, uint32_t device, bool new_message)
{
    ds->d[device].n_received++;
    ds->d[device].n_delivered += new_message;
}
