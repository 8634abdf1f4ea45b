/* SPDX-License-Identifier: GPL-2.0-only
 * Devices that no gateway of their network can hear: refused when the scenario asks for it, else a
 * warning. */
#include <inttypes.h>

#include "tools/world_internal.h"

static bool reached(const struct world *w, uint32_t d, uint16_t network)
{
    for (uint32_t k = w->links.first[d]; k < w->links.first[d + 1]; k++)
        if (w->gateway_network[w->links.link[k].gateway] == network)
            return true;
    return false;
}

/* Devices of a group that no gateway of their network reaches; the first one's index. */
static uint32_t unreached(const struct world *w, const struct device_group *g, uint32_t *first)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < g->cfg->count; k++)
        if (!reached(w, g->first + k, g->network)) {
            *first = n ? *first : k;
            n++;
        }
    return n;
}

int world_check_reach(const struct world *w, struct sim_error *e)
{
    for (size_t g = 0; g < w->n_groups; g++) {
        const struct device_cfg *c = w->groups[g].cfg;
        uint32_t first = 0, n = c->must_reach ? unreached(w, &w->groups[g], &first) : 0;
        if (n)
            return scenario_fail(
                w->scenario, &c->must_reach, e,
                "%" PRIu32 " of %" PRId64
                " devices have no gateway of their network in reach, first %s/%" PRIu32
                " (gain below %.2f dB); move it, add a gateway, or set must_reach: false",
                n, c->count, c->name, first, w->links.limit_cdb / 100.0);
    }
    return SIM_OK;
}

void world_warn_reach(const struct world *w)
{
    for (size_t g = 0; g < w->n_groups; g++) {
        const struct device_cfg *c = w->groups[g].cfg;
        uint32_t first = 0, n = unreached(w, &w->groups[g], &first);
        if (n)
            world_warn(w, &c->placement,
                       "%" PRIu32 " of %" PRId64
                       " devices of group %s have no gateway of their network in reach",
                       n, c->count, c->name);
    }
    if (w->links.n_cut)
        world_warn(
            w, NULL, "%zu links with a gain below %.2f dB are left out (radio.link_margin %.2f dB)",
            w->links.n_cut, w->links.limit_cdb / 100.0, (double)w->cfg.radio.link_margin_cdb / 100);
}
