/* SPDX-License-Identifier: GPL-2.0-only
 * Rows of what a scenario places: networks, gateways, devices and the links between them. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/world_internal.h"

static void row_node(const struct world *w, sim_entity id, enum node_kind kind, const char *group,
                     uint32_t index, uint16_t network, const struct place *p, const char *eui)
{
    char name[96];
    snprintf(name, sizeof name, kind == NODE_NETWORK ? "%s" : "%s/%" PRIu32, group, index);
    struct row_node r = {.id = id,
                         .kind = kind,
                         .name = name,
                         .group_name = group,
                         .index_in_group = index,
                         .network = w->network_ids[network],
                         .x_mm = p ? p->x_mm : ROW_NULL,
                         .y_mm = p ? p->y_mm : ROW_NULL,
                         .z_mm = p ? p->z_mm : ROW_NULL,
                         .eui = eui};
    trace_row(w->trace, ROW_NODE, &r);
}

static void rows_links(const struct world *w)
{
    for (size_t d = 0; d < w->n_devices; d++)
        for (uint32_t k = w->links.first[d]; k < w->links.first[d + 1]; k++) {
            const struct link *l = &w->links.link[k];
            struct row_link r = {.device = w->ids[d],
                                 .gateway = w->gw_ids[l->gateway],
                                 .gain_cdb = l->gain_cdb,
                                 .distance_mm =
                                     place_distance_mm(&w->places[d], &w->gw_places[l->gateway])};
            trace_row(w->trace, ROW_LINK, &r);
        }
}

void world_rows_nodes(const struct world *w)
{
    char eui[20];
    for (size_t i = 0; i < w->n_networks; i++)
        row_node(w, w->network_ids[i], NODE_NETWORK, w->networks[i].cfg->name, 0, (uint16_t)i, NULL,
                 NULL);
    for (size_t i = 0; i < w->n_gw; i++) {
        snprintf(eui, sizeof eui, "%016" PRIx64, world_gateway_eui(w, i));
        row_node(w, w->gw[i].id, NODE_GATEWAY, w->gw[i].cfg->name, w->gw[i].index, w->gw[i].network,
                 &w->gw_places[i], eui);
    }
    for (size_t g = 0; g < w->n_groups; g++)
        for (uint32_t k = 0; k < w->groups[g].cfg->count; k++) {
            uint32_t d = w->groups[g].first + k;
            struct device_identity id = devices_identity(w->devices, d);
            snprintf(eui, sizeof eui, "%016" PRIx64, id.deveui);
            row_node(w, w->ids[d], NODE_DEVICE, w->groups[g].cfg->name, k, w->groups[g].network,
                     &w->places[d], eui);
        }
    if (trace_wants(w->trace, ROW_LINK))
        rows_links(w);
}
