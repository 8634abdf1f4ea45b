/* SPDX-License-Identifier: GPL-2.0-only
 * Application packages of a scenario: rules between keys, and their making. */
#include <inttypes.h>

#include "models/packages/ts005.h"
#include "sim/mem.h"
#include "tools/world_internal.h"

enum { MAX_REFUSED = 7 };

/* The package's port is not the application's. */
static int check_port(const struct world *w, const struct traffic_cfg *t, struct sim_error *e)
{
    if (t->kind == TRAFFIC_NONE || t->fport != TS005_FPORT)
        return SIM_OK;
    return scenario_fail(w->scenario, &t->fport, e,
                         "FPort %d belongs to remote multicast set-up, which these devices have "
                         "(packages.multicast_setup); use another one",
                         TS005_FPORT);
}

int world_check_packages(const struct world *w, const struct device_cfg *d, struct sim_error *e)
{
    const struct package_cfg *p = &d->packages;
    if (!p->multicast_setup)
        return SIM_OK;
    if (p->refuse_frequencies.n > MAX_REFUSED)
        return scenario_fail(w->scenario, &p->refuse_frequencies, e,
                             "found %zu frequencies, allowed at most %d", p->refuse_frequencies.n,
                             MAX_REFUSED);
    int rc = check_port(w, &d->traffic, e);
    return rc ? rc : check_port(w, &d->downlink, e);
}

void world_make_packages(struct world *w)
{
    w->servers = mem_alloc(w->n_networks, sizeof *w->servers);
    for (size_t i = 0; i < w->n_networks; i++)
        w->servers[i] = w->networks[i].server;
    struct packages_setup s = {.evq = w->evq,
                               .trace = w->trace,
                               .devices = w->devices,
                               .keyring = w->keyring,
                               .region = w->region,
                               .servers = w->servers,
                               .n_networks = (unsigned)w->n_networks,
                               .start_gps_ns = w->cfg.run.start_gps_ns,
                               .duration = w->cfg.run.duration_ns,
                               .seed = (uint64_t)w->cfg.run.seed,
                               .run = (uint64_t)w->cfg.run.number};
    w->packages = packages_open(&s);
}
