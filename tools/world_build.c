/* SPDX-License-Identifier: GPL-2.0-only
 * From keys to nodes: networks, gateways, places, links, devices, servers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/devaddr.h"
#include "sim/mem.h"
#include "tools/world_internal.h"

/* The failures of one node, in order of time; several that overlap stay several. */
static int by_from(const void *a, const void *b)
{
    const struct medium_interval *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

static struct medium_interval *faults_of(const struct world *w, const char *group, int index,
                                         unsigned *n)
{
    const struct fault_cfg *f = w->cfg.faults.items;
    struct medium_interval *list = mem_alloc(w->cfg.faults.n, sizeof *list);
    char full[128];
    snprintf(full, sizeof full, "%s/%d", group, index);
    *n = 0;
    for (size_t i = 0; i < w->cfg.faults.n; i++) {
        if (strcmp(f[i].node, group) != 0 && (index < 0 || strcmp(f[i].node, full) != 0))
            continue;
        list[(*n)++] =
            (struct medium_interval){f[i].from_ns, f[i].to_ns == SCN_WORD ? SIM_NEVER : f[i].to_ns};
    }
    qsort(list, *n, sizeof *list, by_from);
    return list;
}

static void collect_frequencies(struct world_network *n)
{
    for (int i = 0; i < REGION_MAX_CHANNELS; i++)
        if (n->plan.channel[i].frequency_hz && n->plan.mask[i / 16] >> (i % 16) & 1)
            n->frequencies_hz[n->n_frequencies++] = n->plan.channel[i].frequency_hz;
}

static void make_network(struct world *w, size_t i)
{
    struct world_network *n = &w->networks[i];
    struct device_network *d = &w->device_networks[i];
    const struct network_cfg *c = world_network_cfg(w, i);
    const struct server_cfg *s = &c->server;
    n->cfg = c;
    world_plan_of(w, c, &n->plan);
    collect_frequencies(n);
    n->down = faults_of(w, c->name, -1, &n->n_down);
    n->group_of_command = mem_alloc(s->mac_commands.n, sizeof *n->group_of_command);
    const struct mac_command_cfg *m = s->mac_commands.items;
    for (size_t k = 0; k < s->mac_commands.n; k++)
        n->group_of_command[k] = m[k].devices ? world_find_group(w, m[k].devices) : -1;
    d->id = w->network_ids[i] = entity_make(c->name, 0);
    d->netid = (uint32_t)c->net_id[0] << 16 | (uint32_t)c->net_id[1] << 8 | c->net_id[2];
    d->plan = plan_intern(&w->plans, &n->plan);
    d->rx1_delay_s = (uint8_t)(s->rx1_delay_ns / SIM_S(1));
    d->rx1_dr_offset = (uint8_t)s->rx1_dr_offset;
    d->rx2_dr = (uint8_t)(s->rx2_dr == SCN_WORD ? w->region->rx2_dr : s->rx2_dr);
    d->rx2_frequency_hz =
        s->rx2_frequency_hz == SCN_WORD ? w->region->rx2_frequency_hz : s->rx2_frequency_hz;
}

static void make_networks(struct world *w)
{
    w->n_networks = w->cfg.networks.n;
    w->networks = mem_alloc(w->n_networks, sizeof *w->networks);
    w->network_ids = mem_alloc(w->n_networks, sizeof *w->network_ids);
    w->device_networks = mem_alloc(w->n_networks, sizeof *w->device_networks);
    for (size_t i = 0; i < w->n_networks; i++)
        make_network(w, i);
}

void world_list_gateways(struct world *w)
{
    for (size_t i = 0; i < w->cfg.networks.n; i++) {
        const struct network_cfg *n = world_network_cfg(w, i);
        for (size_t g = 0; g < n->gateways.n; g++)
            w->n_gw += (size_t)((struct gateway_cfg *)n->gateways.items)[g].count;
    }
    w->gw = mem_alloc(w->n_gw, sizeof *w->gw);
    size_t at = 0;
    for (size_t i = 0; i < w->cfg.networks.n; i++) {
        const struct network_cfg *n = world_network_cfg(w, i);
        for (size_t g = 0; g < n->gateways.n; g++) {
            const struct gateway_cfg *c = &((struct gateway_cfg *)n->gateways.items)[g];
            for (uint32_t k = 0; k < c->count; k++)
                w->gw[at++] = (struct world_gateway){
                    .cfg = c, .index = k, .network = (uint16_t)i, .id = entity_make(c->name, k)};
        }
    }
}

static int make_gateways(struct world *w, struct sim_error *e)
{
    w->gw_places = mem_alloc(w->n_gw, sizeof *w->gw_places);
    w->gw_ids = mem_alloc(w->n_gw, sizeof *w->gw_ids);
    w->gateway_network = mem_alloc(w->n_gw, sizeof *w->gateway_network);
    w->backhaul_delay = mem_alloc(w->n_gw, sizeof *w->backhaul_delay);
    int rc = SIM_OK;
    for (size_t i = 0; !rc && i < w->n_gw; i++) {
        struct world_gateway *g = &w->gw[i];
        g->down = faults_of(w, g->cfg->name, (int)g->index, &g->n_down);
        w->gw_ids[i] = g->id;
        w->gateway_network[i] = g->network;
        w->backhaul_delay[i] = g->cfg->backhaul_delay_ns;
        if (g->index == 0)
            rc = place_group(&g->cfg->placement, w->scenario, g->cfg->name, (size_t)g->cfg->count,
                             (uint64_t)w->cfg.run.seed, (uint64_t)w->cfg.run.number,
                             &w->gw_places[i], e);
    }
    return rc;
}

/* The file of a group's messages, none of them longer than its devices can send. */
static int read_trace(struct world *w, size_t i, struct sim_error *e)
{
    const struct device_cfg *c = world_device_cfg(w, i);
    struct traffic_trace *t = &w->traces[i];
    int rc = traffic_trace_read(t, c->traffic.file, (uint32_t)c->count, e), best;
    if (rc == SIM_EIO) {
        struct sim_error inner = *e;
        return scenario_fail(w->scenario, &c->traffic.file, e, "%.600s", inner.text);
    }
    if (rc)
        return SIM_ESCENARIO;
    best = world_max_payload(w, c);
    for (uint32_t d = 0; d < c->count; d++)
        for (uint32_t k = t->first[d]; k < t->first[d + 1]; k++)
            if (t->items[k].size_bytes > best)
                return scenario_fail(w->scenario, &c->traffic.file, e,
                                     "%.300s: device %" PRIu32 " has %" PRId32
                                     "B at %.3f s, allowed at most %dB; send less or use a faster "
                                     "data rate",
                                     c->traffic.file, d, t->items[k].size_bytes,
                                     (double)t->items[k].at / 1e9, best);
    w->groups[i].trace = t;
    return SIM_OK;
}

static int place_devices(struct world *w, struct sim_error *e)
{
    uint64_t seed = (uint64_t)w->cfg.run.seed, run = (uint64_t)w->cfg.run.number;
    w->n_groups = w->cfg.devices.n;
    w->groups = mem_alloc(w->n_groups, sizeof *w->groups);
    w->traces = mem_alloc(w->n_groups, sizeof *w->traces);
    w->clocks = mem_alloc(w->n_groups, sizeof *w->clocks);
    for (size_t i = 0; i < w->n_groups; i++)
        w->n_devices += (size_t)world_device_cfg(w, i)->count;
    w->places = mem_alloc(w->n_devices, sizeof *w->places);
    w->ids = mem_alloc(w->n_devices, sizeof *w->ids);
    uint32_t first = 0;
    int rc = SIM_OK;
    for (size_t i = 0; !rc && i < w->n_groups; i++) {
        const struct device_cfg *c = world_device_cfg(w, i);
        w->groups[i] = (struct device_group){
            .cfg = c, .first = first, .network = (uint16_t)world_network_of(w, c)};
        rc = place_group(&c->placement, w->scenario, c->name, (size_t)c->count, seed, run,
                         &w->places[first], e);
        for (uint32_t k = 0; k < c->count; k++)
            w->ids[first + k] = entity_make(c->name, k);
        if (!rc && c->traffic.kind == TRAFFIC_TRACE)
            rc = read_trace(w, i, e);
        if (!rc)
            rc = world_make_clocks(w, i, e);
        first += (uint32_t)c->count;
    }
    return rc;
}

/* NwkAddr blocks: each group's starts where its name's hash says, or behind the block it would
 * meet; in the order of the hashes, so that another group changes nothing but for such a meeting.
 */
static void give_addresses(struct world *w, size_t network)
{
    struct netid_info info;
    netid_info(w->device_networks[network].netid, &info);
    uint64_t space = UINT64_C(1) << info.nwkaddr_bits, next = 0;
    int64_t last = -1;
    for (size_t done = 0; done < w->n_groups; done++) {
        struct device_group *best = NULL;
        for (size_t i = 0; i < w->n_groups; i++) {
            int64_t h = entity_hash(w->groups[i].cfg->name);
            if (w->groups[i].network == network && h > last &&
                (!best || h < entity_hash(best->cfg->name)))
                best = &w->groups[i];
        }
        if (!best)
            return;
        last = entity_hash(best->cfg->name);
        uint64_t wish = (uint64_t)last * space >> 24;
        best->devaddr_base = (uint32_t)((wish > next ? wish : next) % space);
        next = (wish > next ? wish : next) + (uint64_t)best->cfg->count;
    }
}

static int gateway_sensitivity(const struct gateway_cfg *c, int sf, int64_t bw_hz)
{
    return radio_sensitivity_cdbm((enum radio_receiver)c->receiver, sf, bw_hz,
                                  (int)c->noise_figure_cdb);
}

/* The weakest power that a gateway can receive. */
static int best_sensitivity(const struct world *w, size_t gateway)
{
    int best = 0;
    for (int dr = 0; dr < REGION_N_DR; dr++) {
        const struct region_dr *m = &w->region->dr[dr];
        if (m->modulation != REGION_LORA || !m->up)
            continue;
        int s = gateway_sensitivity(w->gw[gateway].cfg, m->sf, m->bw_hz);
        best = s < best ? s : best;
    }
    return best;
}

static int highest_power(const struct world *w, size_t group)
{
    int64_t p = world_device_cfg(w, group)->tx_power_cdbm;
    return p == SCN_WORD ? w->region->max_eirp_cdbm : (int)p;
}

/* The weakest gain that is kept: best sensitivity, minus the margin, at the highest EIRP; and what
 * gateways and devices that are worse need beyond. Returns the limit. */
static int link_limits(const struct world *w, int16_t *device_extra, int16_t *gateway_extra)
{
    int best = 0, power = INT16_MIN;
    for (size_t i = 0; i < w->n_gw; i++)
        best = best_sensitivity(w, i) < best ? best_sensitivity(w, i) : best;
    for (size_t i = 0; i < w->n_groups; i++)
        power = highest_power(w, i) > power ? highest_power(w, i) : power;
    for (size_t i = 0; i < w->n_gw; i++)
        gateway_extra[i] = (int16_t)(best_sensitivity(w, i) - best);
    for (size_t i = 0; i < w->n_groups; i++)
        for (uint32_t k = 0; k < w->groups[i].cfg->count; k++)
            device_extra[w->groups[i].first + k] = (int16_t)(power - highest_power(w, i));
    return best - (int)w->cfg.radio.link_margin_cdb - power;
}

static int make_links(struct world *w, struct sim_error *e)
{
    int16_t *device_extra = mem_alloc(w->n_devices, sizeof *device_extra),
            *gateway_extra = mem_alloc(w->n_gw, sizeof *gateway_extra);
    struct links_input in = {.radio = &w->cfg.radio,
                             .scenario = w->scenario,
                             .frequency_hz = region_default_channel(w->region, 0).frequency_hz,
                             .devices = w->places,
                             .device_ids = w->ids,
                             .n_devices = w->n_devices,
                             .gateways = w->gw_places,
                             .gateway_ids = w->gw_ids,
                             .n_gateways = w->n_gw,
                             .limit_cdb = link_limits(w, device_extra, gateway_extra),
                             .device_extra_cdb = device_extra,
                             .gateway_extra_cdb = gateway_extra,
                             .seed = (uint64_t)w->cfg.run.seed,
                             .run = (uint64_t)w->cfg.run.number};
    int rc = links_make(&w->links, &in, e);
    free(device_extra);
    free(gateway_extra);
    return rc;
}

static void fill_medium_gateway(const struct world *w, size_t i, struct medium_gateway *m)
{
    const struct world_gateway *g = &w->gw[i];
    static const int64_t bw_hz[MEDIUM_N_BW] = {125000, 250000, 500000};
    m->id = g->id;
    m->network = g->network;
    for (int sfi = 0; sfi < MEDIUM_N_SF; sfi++)
        for (int b = 0; b < MEDIUM_N_BW; b++)
            m->sensitivity_cdbm[sfi][b] =
                (int16_t)gateway_sensitivity(g->cfg, sfi == MEDIUM_FSK ? 0 : sfi + 7, bw_hz[b]);
    m->n_demodulators =
        g->cfg->demodulators == SCN_WORD ? UINT32_MAX : (uint32_t)g->cfg->demodulators;
    m->frequencies_hz =
        g->cfg->channels.n ? g->cfg->channels.items : w->networks[g->network].frequencies_hz;
    m->n_frequencies =
        (unsigned)(g->cfg->channels.n ? g->cfg->channels.n : w->networks[g->network].n_frequencies);
    m->down = g->down;
    m->n_down = g->n_down;
}

/* Medium operations: uplinks go to every network that decoded a copy. */
static void on_uplink(void *ctx, struct medium_tx *tx)
{
    struct world *w = ctx;
    if (w->n_networks == 1) {
        if (tx->n_copies)
            world_give_uplink(&w->networks[0], tx);
        return;
    }
    for (size_t n = 0; n < w->n_networks; n++)
        for (unsigned i = 0; i < tx->n_copies; i++)
            if (w->gateway_network[tx->copies[i].gateway] == n) {
                world_give_uplink(&w->networks[n], tx);
                break;
            }
}

static enum loss_reason on_listen(void *ctx, const struct medium_tx *tx, uint32_t device,
                                  int power_cdbm, int *snr_cdb)
{
    return devices_listen(((struct world *)ctx)->devices, tx, device, power_cdbm, snr_cdb);
}

static int64_t on_miss_us(void *ctx, const struct medium_tx *tx, uint32_t device)
{
    return devices_miss_us(((struct world *)ctx)->devices, tx, device);
}

static enum loss_reason on_stayed(void *ctx, const struct medium_tx *tx, uint32_t device)
{
    return devices_stayed(((struct world *)ctx)->devices, tx, device);
}

static void on_downlink(void *ctx, struct medium_tx *tx, uint32_t device, enum loss_reason reason)
{
    struct world *w = ctx;
    if (tx->targets && trace_wants(w->trace, ROW_WINDOW))
        devices_count_session(w->devices, tx, device, reason);
    if (tx->targets)
        multicast_heard(world_multicast_of(w, tx), tx, device, reason);
    else
        devices_downlink(w->devices, tx, device, reason);
}

static void on_downlink_done(void *ctx, struct medium_tx *tx)
{
    struct world *w = ctx;
    if (tx->targets)
        multicast_copy_done(world_multicast_of(w, tx), tx);
    else
        server_downlink_done(w->networks[tx->network].server, tx);
}

static void make_medium(struct world *w)
{
    struct medium_gateway *g = mem_alloc(w->n_gw, sizeof *g);
    for (size_t i = 0; i < w->n_gw; i++)
        fill_medium_gateway(w, i, &g[i]);
    struct medium_setup s = {.radio = &w->cfg.radio,
                             .evq = w->evq,
                             .trace = w->trace,
                             .tally = &w->tally,
                             .links = &w->links,
                             .device_ids = w->ids,
                             .devices = w->places,
                             .frequency_hz = region_default_channel(w->region, 0).frequency_hz,
                             .gateways = g,
                             .gateway_places = w->gw_places,
                             .n_gateways = (unsigned)w->n_gw,
                             .n_networks = (unsigned)w->n_networks,
                             .network_ids = w->network_ids,
                             .seed = (uint64_t)w->cfg.run.seed,
                             .run = (uint64_t)w->cfg.run.number};
    w->medium = medium_open(&s);
    free(g);
    struct medium_ops ops = {.ctx = w,
                             .uplink = on_uplink,
                             .listen = on_listen,
                             .miss_us = on_miss_us,
                             .stayed = on_stayed,
                             .downlink = on_downlink,
                             .downlink_done = on_downlink_done};
    medium_set_ops(w->medium, &ops);
}

static void make_devices(struct world *w)
{
    struct devices_setup s = {.evq = w->evq,
                              .trace = w->trace,
                              .medium = w->medium,
                              .keyring = w->keyring,
                              .plans = &w->plans,
                              .region = w->region,
                              .radio = &w->cfg.radio,
                              .links = &w->links,
                              .groups = w->groups,
                              .n_groups = (unsigned)w->n_groups,
                              .networks = w->device_networks,
                              .gateway_network = w->gateway_network,
                              .n_devices = (uint32_t)w->n_devices,
                              .ids = w->ids,
                              .start_gps_ns = w->cfg.run.start_gps_ns,
                              .duration = w->cfg.run.duration_ns,
                              .beacon_events = w->cfg.run.beacons == 1,
                              .seed = (uint64_t)w->cfg.run.seed,
                              .run = (uint64_t)w->cfg.run.number};
    w->devices = devices_open(&s);
}

static void on_refused(void *ctx, const struct medium_tx *tx)
{
    struct world *w = ctx;
    if (tx->targets)
        multicast_refused(world_multicast_of(w, tx), tx);
    else
        server_refused(w->networks[tx->network].server, tx);
}

/* The gateway's part of its beacons. A degree of latitude is 111.32 km; x and y are small. */
static struct beacon beacon_of(const struct world *w, size_t i)
{
    const double mm_per_deg = 111320000;
    const struct world_gateway *g = &w->gw[i];
    struct beacon b = {.info_desc = BEACON_GPS_1};
    if (w->networks[g->network].cfg->beacons == BEACONS_POSITION)
        beacon_position_set(&b, (double)w->gw_places[i].y_mm / mm_per_deg,
                            (double)w->gw_places[i].x_mm / mm_per_deg);
    else
        beacon_netid_set(&b, w->device_networks[g->network].netid,
                         (entity_hash(g->cfg->name) + g->index) & 0xffffff);
    return b;
}

static void make_senders(struct world *w)
{
    struct gateway_sender *g = mem_alloc(w->n_gw, sizeof *g);
    for (size_t i = 0; i < w->n_gw; i++) {
        const struct gateway_cfg *c = w->gw[i].cfg;
        g[i] = (struct gateway_sender){
            .id = w->gw[i].id,
            .network = w->gw[i].network,
            .backhaul_delay = c->backhaul_delay_ns,
            .jit_delay = c->jit_delay_ns,
            .immediate_delay = c->immediate_delay_ns,
            .max_power_cdbm = c->tx_power_cdbm == SCN_WORD ? INT32_MAX : (int)c->tx_power_cdbm,
            .clock = world_make_gateway_clock(w, i),
            .beacons = w->networks[w->gw[i].network].cfg->beacons != BEACONS_NONE && c->beacons,
            .beacon = beacon_of(w, i)};
    }
    struct gateways_setup s = {.evq = w->evq,
                               .trace = w->trace,
                               .medium = w->medium,
                               .region = w->region,
                               .radio = &w->cfg.radio,
                               .gateways = g,
                               .n_gateways = (unsigned)w->n_gw,
                               .n_networks = (unsigned)w->n_networks,
                               .network_ids = w->network_ids,
                               .duration = w->cfg.run.duration_ns,
                               .start_gps_ns = w->cfg.run.start_gps_ns,
                               .seed = (uint64_t)w->cfg.run.seed,
                               .run = (uint64_t)w->cfg.run.number,
                               .refused = on_refused,
                               .ctx = w};
    w->gateways = gateways_open(&s);
    w->senders = g;
}

static void make_server(struct world *w, size_t i)
{
    struct world_network *n = &w->networks[i];
    struct server_setup s = {.evq = w->evq,
                             .trace = w->trace,
                             .medium = w->medium,
                             .devices = w->devices,
                             .gateways = w->gateways,
                             .keyring = w->keyring,
                             .plans = &w->plans,
                             .region = w->region,
                             .cfg = n->cfg,
                             .network = &w->device_networks[i],
                             .index = (uint16_t)i,
                             .gateway_network = w->gateway_network,
                             .backhaul_delay = w->backhaul_delay,
                             .carried = world_is_carried(w, i),
                             .down = n->down,
                             .n_down = n->n_down,
                             .clock = world_make_server_clock(w, i),
                             .group_of_command = n->group_of_command,
                             .duration = w->cfg.run.duration_ns,
                             .start_gps_ns = w->cfg.run.start_gps_ns,
                             .seed = (uint64_t)w->cfg.run.seed,
                             .run = (uint64_t)w->cfg.run.number};
    n->server = server_open(&s);
}

static int place_lorawan(struct world *w, struct sim_error *e)
{
    plan_set_init(&w->plans, w->region);
    make_networks(w);
    int rc = make_gateways(w, e);
    if (!rc)
        rc = place_devices(w, e);
    if (!rc)
        rc = make_links(w, e);
    if (!rc)
        rc = world_check_reach(w, e);
    return rc ? rc : world_check_groups(w, e);
}

int world_place(struct world *w, struct sim_error *e)
{
    int rc = w->lorawan ? place_lorawan(w, e) : SIM_OK;
    if (rc || !w->ip)
        return rc;
    const struct run_cfg *c = &w->cfg.run;
    const struct ip_plan_run run = {(uint64_t)c->seed, (uint64_t)c->number, c->duration_ns};
    rc = ip_plan_make(&w->plan, &w->cfg.ip, w->scenario, &run, e);
    rc = rc ? rc : world_check_taps(w, e);
    return rc ? rc : world_place_backhaul(w, e);
}

static void build_lorawan(struct world *w)
{
    w->keyring = keyring_open();
    tally_init(&w->tally, (unsigned)w->n_networks);
    for (size_t i = 0; i < w->n_networks; i++)
        give_addresses(w, i);
    make_medium(w);
    make_devices(w);
    make_senders(w);
    for (size_t i = 0; i < w->n_networks; i++)
        make_server(w, i);
    world_make_multicast(w);
    world_rows_nodes(w);
    world_warn_reach(w);
    world_warn_payload(w);
}

static void build_ip(struct world *w)
{
    struct ip_net_setup s = {.q = w->evq,
                             .trace = w->trace,
                             .plan = &w->plan,
                             .duration = w->cfg.run.duration_ns,
                             .ns3_simulator = w->ns3_simulator,
                             .tap = w->tap,
                             .tap_ctx = w->tap_ctx};
    ip_net_open(&w->net, &s, &w->error); /* a failure ends the run where it would begin */
}

void world_build(struct world *w, struct trace *trace)
{
    w->trace = trace;
    w->evq = evq_open((enum evq_ties)w->cfg.run.tie_order);
    if (w->lorawan)
        build_lorawan(w);
    if (w->ip)
        build_ip(w);
    world_make_backhaul(w);
    world_warn_taps(w);
    world_warn_keys(w);
}
