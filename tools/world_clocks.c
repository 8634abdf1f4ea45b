/* SPDX-License-Identifier: GPL-2.0-only
 * The clocks of the groups of devices, of gateways and of servers. */
#include "sim/mem.h"
#include "tools/world_internal.h"

static struct clock_run run_of(const struct world *w)
{
    return (struct clock_run){.seed = (uint64_t)w->cfg.run.seed,
                              .run = (uint64_t)w->cfg.run.number,
                              .start_gps_ns = w->cfg.run.start_gps_ns};
}

/* May a network tell a wrong time? */
static bool may_mislead(const struct network_cfg *n)
{
    const struct gateway_cfg *g = n->gateways.items;
    bool may = n->server.time_from == SERVER_TIME_SERVER || !clock_cfg_perfect(&n->server.clock);
    for (size_t i = 0; i < n->gateways.n; i++)
        may |= !gateway_clock_cfg_perfect(&g[i].clock);
    return may;
}

/* Does a group of devices take the time from its network? */
static bool listens(const struct device_cfg *d)
{
    return d->packages.clock_sync || d->device_time_every;
}

int world_make_clocks(struct world *w, size_t group, struct sim_error *e)
{
    const struct device_cfg *d = world_device_cfg(w, group);
    const struct clock_cfg *c = &d->clock;
    struct clock_run run = run_of(w);
    bool misled = listens(d) && may_mislead(world_network_cfg(w, (size_t)w->groups[group].network));
    if (clock_cfg_perfect(c) && !misled)
        return SIM_OK;
    int rc = clock_group_open(&w->clocks[group], c, &run, e);
    if (rc == SIM_EIO) {
        struct sim_error inner = *e;
        return scenario_fail(w->scenario, &c->temperature.file, e, "%.600s", inner.text);
    }
    w->groups[group].clock = w->clocks[group];
    return rc ? SIM_ESCENARIO : SIM_OK;
}

/* These have no temperature, so nothing can fail. */
static struct clock_group *open_group(const struct world *w, const struct clock_cfg *c)
{
    struct clock_run run = run_of(w);
    struct clock_group *g;
    struct sim_error e;
    int rc = clock_group_open(&g, c, &run, &e);
    SIM_CHECK(rc == SIM_OK, "%s", e.text);
    return g;
}

const struct clock_group *world_make_server_clock(struct world *w, size_t network)
{
    struct world_network *n = &w->networks[network];
    if (!clock_cfg_perfect(&n->cfg->server.clock))
        n->clock = open_group(w, &n->cfg->server.clock);
    return n->clock;
}

struct gateway_clock *world_make_gateway_clock(struct world *w, size_t gateway)
{
    struct world_gateway *g = &w->gw[gateway];
    const struct gateway_clock_cfg *c = &g->cfg->clock;
    if (gateway_clock_cfg_perfect(c))
        return NULL;
    if (g->index == 0 && !clock_cfg_perfect(&c->crystal))
        g->crystals = open_group(w, &c->crystal);
    g->clock = gateway_clock_open(c, w->gw[gateway - g->index].crystals, g->id);
    return g->clock;
}
