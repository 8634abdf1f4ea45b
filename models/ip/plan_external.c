/* SPDX-License-Identifier: GPL-2.0-only
 * External nodes of a plan: their taps, and the networks behind them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/ip/plan_internal.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { WORD_SIZE = 160 };

static int add_tap(struct ip_plan *p, uint32_t node, uint32_t iface, const char *const *field,
                   const char *name, struct sim_error *e)
{
    struct ip_plan_tap tap = {.node = node, .iface = iface};
    const struct ip_plan_group *l = ip_plan_links_of(p, ip_graph_link_of(&p->graph, node, iface));
    if (strlen(name) >= sizeof tap.name || strchr(name, '/'))
        return scenario_fail(p->scenario, field, e,
                             "found \"%.60s\", allowed names of devices: at most %zu characters, "
                             "without a slash",
                             name, sizeof tap.name - 1);
    if (l->medium->kind != IP_LINK_CSMA)
        return scenario_fail(
            p->scenario, field, e,
            "tap %s would be on link %s, which carries no Ethernet; use kind: csma", name, l->name);
    for (uint32_t i = 0; i < p->n_taps; i++)
        if (strcmp(p->taps[i].name, name) == 0)
            return scenario_fail(p->scenario, field, e,
                                 "found tap %s, which %s has, too; each link needs its own", name,
                                 p->node_name[p->taps[i].node]);
    tap.mtu = (uint16_t)l->medium->mtu_bytes;
    snprintf(tap.name, sizeof tap.name, "%s", name);
    p->taps = mem_grow(p->taps, p->n_taps + 1, sizeof *p->taps);
    p->taps[p->n_taps++] = tap;
    return SIM_OK;
}

static int add_node_taps(struct ip_plan *p, uint32_t node, struct sim_error *e)
{
    const struct ip_plan_group *g = ip_plan_group_of(p, node);
    char word[WORD_SIZE];
    const char *const *field = &g->nodes->taps, *at = *field ? *field : "";
    uint32_t n = 0, n_links = p->graph.n_ifaces[node];
    int rc = SIM_OK;
    if (p->cfg->fidelity != IP_PACKET)
        return scenario_fail(p->scenario, &g->nodes->kind, e,
                             "%s is a real program, which sends packets: it needs fidelity: packet",
                             g->name);
    if (g->n > 1)
        return scenario_fail(p->scenario, &g->nodes->count, e,
                             "found %" PRIu32 " external nodes; write each as one of its own, with "
                             "its taps",
                             g->n);
    for (; !rc && plan_word(&at, word, sizeof word); n++)
        if (n < n_links)
            rc = add_tap(p, node, n, field, word, e);
    if (rc || (n == n_links && n > 0))
        return rc;
    return scenario_fail(p->scenario, field, e,
                         "found %" PRIu32 " taps, allowed %" PRIu32
                         ": one for each link of %s, which needs at least one",
                         n, n_links, p->node_name[node]);
}

int plan_taps(struct ip_plan *p, struct sim_error *e)
{
    int rc = SIM_OK;
    if (p->cfg->fidelity != IP_PACKET && p->cfg->neighbor_discovery == IP_NEIGHBORS_RESOLVE)
        rc = scenario_fail(p->scenario, &p->cfg->neighbor_discovery, e,
                           "resolve goes with fidelity: packet; tree has no ARP and neighbour "
                           "discovery");
    for (uint32_t i = 0; !rc && i < p->graph.n_nodes; i++)
        if (ip_plan_is_external(p, i))
            rc = add_node_taps(p, i, e);
    return rc;
}

int plan_networks(struct ip_plan *p, struct sim_error *e)
{
    for (uint32_t i = 0; i < p->graph.n_nodes; i++) {
        const struct ip_plan_group *g = ip_plan_group_of(p, i);
        char word[WORD_SIZE];
        if (g->kind != IP_KIND_EXTERNAL_ROUTER || !g->nodes->networks)
            continue;
        for (const char *at = g->nodes->networks; plan_word(&at, word, sizeof word);) {
            struct ip_prefix k;
            if (ip_prefix_parse(word, &k) || ip_addr_is_multicast(&k.addr))
                return scenario_fail(
                    p->scenario, &g->nodes->networks, e,
                    "found \"%.60s\", allowed prefixes of unicast addresses without "
                    "bits behind their length, e.g. "
                    "10.9.0.0/24 or fd09::/64",
                    word);
            ip_topology_give_network(p->topology, &k, i);
        }
    }
    return SIM_OK;
}
