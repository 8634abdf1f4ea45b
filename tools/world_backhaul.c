/* SPDX-License-Identifier: GPL-2.0-only
 * What is between the gateways and the servers of a scenario: rules between its keys, and what is
 * bound to what. Endpoints of the backhaul are the gateways by their indices, then the networks'
 * servers; its groups are the multicast groups by theirs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"
#include "tools/world_internal.h"

static const struct multicast_cfg *group_cfg(const struct world *w, size_t i)
{
    return &((const struct multicast_cfg *)w->cfg.multicast.items)[i];
}

bool world_is_carried(const struct world *w, size_t network)
{
    return world_network_cfg(w, network)->backhaul.transport != TRANSPORT_DIRECT;
}

uint64_t world_gateway_eui(const struct world *w, size_t gateway)
{
    return UINT64_C(0x0a00000000000000) | (uint64_t)w->gw[gateway].id;
}

void world_give_uplink(struct world_network *n, struct medium_tx *tx)
{
    if (n->bridge)
        bridge_uplink(n->bridge, tx);
    else
        server_uplink(n->server, tx);
}

/* With GPS or not, whatever its failures. */
static bool any_gps(const struct network_cfg *n)
{
    const struct gateway_cfg *g = n->gateways.items;
    for (size_t i = 0; i < n->gateways.n; i++)
        if (g[i].clock.gps == GATEWAY_GPS_LOCKED)
            return true;
    return false;
}

/* All that IP needs is named, and nothing that others would need. */
static int check_network(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    const struct gateway_cfg *g = n->gateways.items;
    const struct network_backhaul_cfg *b = &n->backhaul;
    bool over_ip = b->transport == TRANSPORT_IP;
    if (over_ip && !w->ip)
        return scenario_fail(w->scenario, &b->transport, e,
                             "ip needs IP nodes, of which there are none; describe them in section "
                             "ip, or use delay");
    if (over_ip && !b->server_node)
        return scenario_fail(w->scenario, &b->transport, e,
                             "ip needs a host for the server; name one of section ip in "
                             "server_node");
    for (size_t i = 0; i < n->gateways.n; i++) {
        if (over_ip && !g[i].ip_node)
            return scenario_fail(w->scenario, &g[i].name, e,
                                 "network %.60s has backhaul.transport: ip, but %.60s stand on no "
                                 "host; name hosts of section ip in ip_node",
                                 n->name, g[i].name);
        if (!over_ip && g[i].ip_node)
            return scenario_fail(w->scenario, &g[i].ip_node, e,
                                 "a host is for backhaul.transport: ip only, which network %.60s "
                                 "does not have; write it there, or remove this",
                                 n->name);
    }
    return SIM_OK;
}

/* One datagram to many gateways. */
static int check_to_group(const struct world *w, const struct multicast_cfg *c,
                          const struct network_cfg *n, struct sim_error *e)
{
    const struct multicast_backhaul_cfg *b = &c->backhaul;
    if (n->backhaul.transport == TRANSPORT_DIRECT)
        return scenario_fail(w->scenario, &b->downlink, e,
                             "multicast needs datagrams to the gateways, but network %.60s has "
                             "backhaul.transport: direct; write ip or delay there",
                             n->name);
    if (n->backhaul.transport == TRANSPORT_IP && !b->group)
        return scenario_fail(w->scenario, &b->downlink, e,
                             "multicast over IP needs a multicast address; write it in group");
    if (c->schedule == MC_ONE_BY_ONE)
        return scenario_fail(w->scenario, &c->schedule, e,
                             "one_by_one does not go with backhaul.downlink: multicast, where all "
                             "gateways get a frame together; use staggered or simultaneous");
    if (c->schedule == MC_STAGGERED && c->group_class == MC_CLASS_B)
        return scenario_fail(w->scenario, &c->schedule, e,
                             "staggered does not go with class: B and backhaul.downlink: "
                             "multicast: gateways add a fixed offset, and ping slots are not a "
                             "fixed time apart; use simultaneous");
    if (c->schedule == MC_SIMULTANEOUS && b->offset_ns != SCN_WORD)
        return scenario_fail(w->scenario, &b->offset_ns, e,
                             "an offset does not go with schedule: simultaneous; use staggered");
    if ((c->timing == MC_GPS_TIME || c->group_class == MC_CLASS_B) && !any_gps(n))
        return scenario_fail(
            w->scenario, &b->downlink, e,
            "one datagram to all gateways says when by GPS (tmms), which no gateway of network "
            "%.60s has, or at once: the counters (tmst) of gateways differ; use timing: "
            "server_clock, or gateways.clock.gps: locked",
            n->name);
    return SIM_OK;
}

int world_check_backhaul(const struct world *w, struct sim_error *e)
{
    int rc = SIM_OK;
    for (size_t i = 0; !rc && i < w->cfg.networks.n; i++)
        rc = check_network(w, world_network_cfg(w, i), e);
    for (size_t i = 0; !rc && i < w->cfg.multicast.n; i++) {
        const struct multicast_cfg *c = group_cfg(w, i);
        if (c->backhaul.downlink == MC_TO_GROUP)
            rc = check_to_group(w, c, world_network_cfg(w, (size_t)world_group_network(w, c)), e);
    }
    return rc;
}

/* Of the longest frame of a group, MIC and header included. */
static sim_time longest_airtime(const struct world *w, const struct multicast_cfg *c)
{
    const struct campaign_cfg *campaign = world_campaign_of(w, c);
    int64_t size = campaign ? campaign->frag_size_bytes + 3 : c->traffic.size_bytes;
    return devices_airtime(w->region, world_group_dr(w, c), (int)size + LW_DATA_OVERHEAD, true);
}

uint32_t world_backhaul_group(const struct world *w, size_t multicast, sim_time *offset)
{
    const struct multicast_cfg *c = group_cfg(w, multicast);
    *offset = 0;
    if (c->backhaul.downlink != MC_TO_GROUP)
        return GATEWAYS_NO_GROUP;
    if (c->schedule == MC_STAGGERED)
        *offset =
            c->backhaul.offset_ns != SCN_WORD
                ? c->backhaul.offset_ns
                : (longest_airtime(w, c) + MULTICAST_GAP + SIM_MS(1) - 1) / SIM_MS(1) * SIM_MS(1);
    return (uint32_t)multicast;
}

static uint32_t server_endpoint(const struct world *w, size_t network)
{
    return (uint32_t)(w->n_gw + network);
}

static bool is_over_ip(const struct world *w, size_t network)
{
    return world_network_cfg(w, network)->backhaul.transport == TRANSPORT_IP;
}

/* The hosts of a group of gateways: one each, or one for all. */
static int place_gateways(struct world *w, size_t first, struct sim_error *e)
{
    const struct gateway_cfg *c = w->gw[first].cfg;
    uint32_t *nodes, n;
    int rc = ip_plan_hosts(&w->plan, &c->ip_node, &nodes, &n, e);
    if (!rc && n != 1 && n != c->count)
        rc = scenario_fail(w->scenario, &c->ip_node, e,
                           "found %" PRIu32 " hosts for %" PRId64
                           " gateways, allowed one for each, or one for all",
                           n, c->count);
    for (size_t i = 0; !rc && i < (size_t)c->count; i++)
        w->backhaul_nodes[first + i] = nodes[n == 1 ? 0 : i];
    free(nodes);
    return rc;
}

static int place_server(struct world *w, size_t network, struct sim_error *e)
{
    const struct network_backhaul_cfg *c = &world_network_cfg(w, network)->backhaul;
    uint32_t *nodes, n;
    int rc = ip_plan_hosts(&w->plan, &c->server_node, &nodes, &n, e);
    if (!rc && n != 1)
        rc = scenario_fail(w->scenario, &c->server_node, e,
                           "found %" PRIu32 " hosts, allowed one; write for instance %s", n,
                           w->plan.node_name[nodes[0]]);
    for (size_t k = 0; !rc && k < network; k++)
        if (is_over_ip(w, k) && world_network_cfg(w, k)->backhaul.port == c->port &&
            w->backhaul_nodes[server_endpoint(w, k)] == nodes[0])
            rc = scenario_fail(w->scenario, &c->server_node, e,
                               "the server of network %.60s is on this host with the same port, "
                               "%" PRId64 "; give one of them another port",
                               world_network_cfg(w, k)->name, c->port);
    if (!rc)
        w->backhaul_nodes[server_endpoint(w, network)] = nodes[0];
    free(nodes);
    return rc;
}

int world_place_backhaul(struct world *w, struct sim_error *e)
{
    struct ip_addr a;
    int rc = SIM_OK;
    w->backhaul_nodes = mem_alloc(w->n_gw + w->n_networks, sizeof *w->backhaul_nodes);
    for (size_t i = 0; !rc && i < w->n_networks; i++)
        if (is_over_ip(w, i))
            rc = place_server(w, i, e);
    for (size_t i = 0; !rc && i < w->n_gw; i++)
        if (is_over_ip(w, w->gw[i].network) && w->gw[i].index == 0)
            rc = place_gateways(w, i, e);
    for (size_t i = 0; !rc && i < w->cfg.multicast.n; i++) {
        const struct multicast_cfg *c = group_cfg(w, i);
        if (c->backhaul.downlink == MC_TO_GROUP && is_over_ip(w, (size_t)world_group_network(w, c)))
            rc = ip_plan_multicast(&w->plan, &c->backhaul.group, &a, e);
    }
    if (!rc && w->n_gw > BACKHAUL_MAX_PORTS)
        rc = scenario_fail(w->scenario, &w->cfg.networks, e,
                           "found %zu gateways, allowed at most %d where a backhaul goes over IP",
                           w->n_gw, BACKHAUL_MAX_PORTS);
    return rc;
}

static void fill_ip_endpoint(const struct world *w, struct backhaul_ip_endpoint *list, uint32_t i,
                             size_t network, uint16_t port)
{
    list[i] = (struct backhaul_ip_endpoint){
        .used = is_over_ip(w, network), .node = w->backhaul_nodes[i], .port = port};
}

static struct backhaul_ip_group ip_group_of(const struct world *w, size_t i)
{
    const struct multicast_cfg *c = group_cfg(w, i);
    size_t network = (size_t)world_group_network(w, c);
    struct backhaul_ip_group g = {.port = (uint16_t)world_network_cfg(w, network)->backhaul.port,
                                  .ttl = (uint8_t)c->backhaul.ttl,
                                  .source = server_endpoint(w, network)};
    if (c->backhaul.downlink == MC_TO_GROUP && is_over_ip(w, network)) {
        int rc = ip_plan_multicast(&w->plan, &c->backhaul.group, &g.addr, NULL);
        SIM_CHECK(rc == SIM_OK, "group %s was checked", c->backhaul.group);
    }
    return g;
}

static void open_ip(struct world *w)
{
    uint32_t n = (uint32_t)(w->n_gw + w->n_networks);
    struct backhaul_ip_endpoint *list = mem_alloc(n, sizeof *list);
    struct backhaul_ip_group *groups = mem_alloc(w->cfg.multicast.n, sizeof *groups);
    for (uint32_t i = 0; i < w->n_gw; i++)
        fill_ip_endpoint(w, list, i, w->gw[i].network, 0);
    for (size_t i = 0; i < w->n_networks; i++)
        fill_ip_endpoint(w, list, server_endpoint(w, i), i,
                         (uint16_t)world_network_cfg(w, i)->backhaul.port);
    for (size_t i = 0; i < w->cfg.multicast.n; i++)
        groups[i] = ip_group_of(w, i);
    struct backhaul_ip_setup s = {.net = w->net,
                                  .plan = &w->plan,
                                  .family = ip_plan_speaks(&w->plan, IP_V4) ? IP_V4 : IP_V6,
                                  .endpoints = list,
                                  .n_endpoints = n,
                                  .groups = groups,
                                  .n_groups = (uint32_t)w->cfg.multicast.n};
    w->over_ip = backhaul_ip_open(&s);
    free(list);
    free(groups);
}

/* What carries the datagrams of a network. */
static struct backhaul seam_of(const struct world *w, size_t network)
{
    return is_over_ip(w, network) ? backhaul_ip_seam(w->over_ip) : backhaul_delay_seam(w->delays);
}

static void open_delays(struct world *w)
{
    size_t n = w->n_gw + w->n_networks;
    sim_time *delay = mem_alloc(n, sizeof *delay);
    memcpy(delay, w->backhaul_delay, w->n_gw * sizeof *delay);
    w->delays = backhaul_delay_open(w->evq, delay, (uint32_t)n, (uint32_t)w->cfg.multicast.n);
    free(delay);
}

static void open_forwarder(struct world *w)
{
    struct forwarder_link *l = mem_alloc(w->n_gw, sizeof *l);
    for (size_t i = 0; i < w->n_gw; i++) {
        const struct network_backhaul_cfg *c = &w->networks[w->gw[i].network].cfg->backhaul;
        l[i] =
            (struct forwarder_link){.used = c->transport != TRANSPORT_DIRECT,
                                    .backhaul = seam_of(w, w->gw[i].network),
                                    .server = server_endpoint(w, w->gw[i].network),
                                    .eui = world_gateway_eui(w, i),
                                    .keepalive = c->keepalive_ns,
                                    .stat_period = c->stat_ns == SCN_WORD ? SIM_NEVER : c->stat_ns};
    }
    struct forwarder_setup s = {.evq = w->evq,
                                .trace = w->trace,
                                .medium = w->medium,
                                .gateways = w->gateways,
                                .region = w->region,
                                .links = l,
                                .ids = w->gw_ids,
                                .n_gateways = (unsigned)w->n_gw,
                                .duration = w->cfg.run.duration_ns,
                                .start_gps_ns = w->cfg.run.start_gps_ns,
                                .seed = (uint64_t)w->cfg.run.seed,
                                .run = (uint64_t)w->cfg.run.number};
    w->forwarder = forwarder_open(&s);
    free(l);
}

static void open_bridge(struct world *w, size_t network)
{
    struct world_network *n = &w->networks[network];
    struct bridge_setup s = {.evq = w->evq,
                             .trace = w->trace,
                             .medium = w->medium,
                             .gateways = w->gateways,
                             .forwarder = w->forwarder,
                             .server = n->server,
                             .region = w->region,
                             .backhaul = seam_of(w, network),
                             .endpoint = server_endpoint(w, network),
                             .gateway_network = w->gateway_network,
                             .n_gateways = (unsigned)w->n_gw,
                             .network = (uint16_t)network,
                             .id = w->network_ids[network],
                             .down = n->down,
                             .n_down = n->n_down,
                             .answer_timeout = n->cfg->backhaul.answer_timeout_ns};
    n->bridge = bridge_open(&s);
}

/* Frames that gateways send by themselves one after the other, and that overlap. */
static void warn_offset(const struct world *w, size_t i)
{
    const struct multicast_cfg *c = group_cfg(w, i);
    sim_time offset;
    if (world_backhaul_group(w, i, &offset) != GATEWAYS_NO_GROUP && offset &&
        offset < longest_airtime(w, c) && multicast_n_gateways(w->multicast[i]) > 1)
        world_warn(w, &c->backhaul.offset_ns,
                   "frames of multicast group %s last up to %.3f s, but its gateways start %.3f s "
                   "one after the other: they interfere where two are heard",
                   c->name, (double)longest_airtime(w, c) / 1e9, (double)offset / 1e9);
}

void world_make_backhaul(struct world *w)
{
    bool any = false, over_ip = false;
    for (size_t i = 0; i < w->n_networks; i++) {
        any |= world_is_carried(w, i);
        over_ip |= is_over_ip(w, i);
    }
    if (!any || (over_ip && !w->net)) /* ns-3 could not be opened: the run ends before it begins */
        return;
    open_delays(w);
    if (over_ip)
        open_ip(w);
    open_forwarder(w);
    for (size_t i = 0; i < w->n_networks; i++)
        if (world_is_carried(w, i))
            open_bridge(w, i);
    for (size_t i = 0; i < w->n_multicast; i++)
        warn_offset(w, i);
}

void world_start_backhaul(struct world *w)
{
    sim_time offset;
    if (!w->forwarder)
        return;
    for (size_t i = 0; i < w->n_multicast; i++) {
        struct backhaul b = seam_of(w, (size_t)world_group_network(w, group_cfg(w, i)));
        bool group = world_backhaul_group(w, i, &offset) != GATEWAYS_NO_GROUP;
        for (unsigned k = 0; group && k < multicast_n_gateways(w->multicast[i]); k++)
            b.ops->join(b.obj, multicast_gateway(w->multicast[i], k), (uint32_t)i);
    }
    forwarder_start(w->forwarder);
}

void world_finish_backhaul(struct world *w)
{
    if (!w->forwarder)
        return;
    for (size_t i = 0; i < w->n_networks; i++)
        if (w->networks[i].bridge)
            bridge_finish(w->networks[i].bridge);
    forwarder_finish(w->forwarder);
}

void world_close_backhaul(struct world *w)
{
    for (size_t i = 0; i < w->n_networks; i++)
        bridge_close(w->networks[i].bridge);
    forwarder_close(w->forwarder);
    backhaul_delay_close(w->delays);
    backhaul_ip_close(w->over_ip);
    free(w->backhaul_nodes);
}
