/* SPDX-License-Identifier: GPL-2.0-only
 * Application packages of a scenario: rules between keys, and their making. */
#include <inttypes.h>

#include "models/packages/ts003_server.h"
#include "models/packages/ts004.h"
#include "models/packages/ts005.h"
#include "models/packages/ts006.h"
#include "sim/mem.h"
#include "tools/world_internal.h"

enum { MAX_REFUSED = 7 };

/* A package's port is not the application's. */
static int check_port(const struct world *w, const struct package_cfg *p,
                      const struct traffic_cfg *t, struct sim_error *e)
{
    const struct {
        int64_t version;
        int fport;
        const char *what, *key;
    } ports[] = {{p->multicast_setup, TS005_FPORT, "remote multicast set-up", "multicast_setup"},
                 {p->fragmentation, TS004_FPORT, "fragmented blocks", "fragmentation"},
                 {p->clock_sync, TS003_FPORT, "clock synchronisation", "clock_sync"},
                 {p->firmware, TS006_FPORT, "firmware management", "firmware"}};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (t->kind != TRAFFIC_NONE && ports[i].version && t->fport == ports[i].fport)
            return scenario_fail(w->scenario, &t->fport, e,
                                 "FPort %d belongs to %s, which these devices have (packages.%s); "
                                 "use another one",
                                 ports[i].fport, ports[i].what, ports[i].key);
    return SIM_OK;
}

/* What a server asks of devices that have clock synchronisation. */
static int check_sync_request(const struct world *w, const struct network_cfg *n,
                              const struct clock_sync_request_cfg *r, struct sim_error *e)
{
    static const char *const allowed[TS003_N_ASKS] = {"no value", "0 to 15, the Period",
                                                      "1 to 7, the NbTransmissions"};
    static const int64_t lo[TS003_N_ASKS] = {0, 0, 1}, hi[TS003_N_ASKS] = {-1, 15, 7};
    int rc = world_check_asked_group(w, n, &r->devices, e);
    if (rc)
        return rc;
    if (r->value == SCN_WORD && r->ask != TS003_ASK_VERSION)
        return scenario_fail(w->scenario, &r->value, e, "value is missing, allowed %s",
                             allowed[r->ask]);
    if (r->ask != TS003_ASK_VERSION && (r->value < lo[r->ask] || r->value > hi[r->ask]))
        return scenario_fail(w->scenario, &r->value, e, "found %" PRId64 ", allowed %s", r->value,
                             allowed[r->ask]);
    int group = r->devices ? world_find_group(w, r->devices) : -1;
    if (group >= 0 && !world_device_cfg(w, (size_t)group)->packages.clock_sync)
        return scenario_fail(w->scenario, &r->devices, e,
                             "devices of group %s have no clock synchronisation; give them "
                             "packages: {clock_sync: 2}",
                             r->devices);
    return SIM_OK;
}

int world_check_clock_sync(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    const struct clock_sync_cfg *c = &n->server.clock_sync;
    const struct clock_sync_request_cfg *r = c->requests.items;
    int rc = SIM_OK;
    if (c->threshold_ns % SIM_S(1))
        return scenario_fail(w->scenario, &c->threshold_ns, e,
                             "clocks are compared in whole seconds; write for instance 1s");
    for (size_t i = 0; !rc && i < c->requests.n; i++)
        rc = check_sync_request(w, n, &r[i], e);
    return rc;
}

/* Rules of one version of fragmented blocks, and a join that nobody makes. */
static int check_versions(const struct world *w, const struct device_cfg *d, struct sim_error *e)
{
    const struct package_cfg *p = &d->packages;
    const struct package_fragment_rules_cfg *r = &p->fragments.rules;
    if (r->rows == PACKAGE_ROWS_LITERAL && p->fragmentation != 2)
        return scenario_fail(w->scenario, &r->rows, e,
                             "literal rows exist in version 2 only; set packages.fragmentation: 2");
    if (r->in_use == PACKAGE_IN_USE_REPLACE && p->fragmentation != 1)
        return scenario_fail(w->scenario, &r->in_use, e,
                             "only version 1 has the choice; set packages.fragmentation: 1, or "
                             "leave it out");
    if (p->firmware_device.rejoin && d->activation != ACT_OTAA)
        return scenario_fail(w->scenario, &p->firmware_device.rejoin, e,
                             "only devices with activation: otaa join; leave it out");
    return SIM_OK;
}

int world_check_packages(const struct world *w, const struct device_cfg *d, struct sim_error *e)
{
    const struct package_cfg *p = &d->packages;
    if (p->refuse_frequencies.n > MAX_REFUSED)
        return scenario_fail(w->scenario, &p->refuse_frequencies, e,
                             "found %zu frequencies, allowed at most %d", p->refuse_frequencies.n,
                             MAX_REFUSED);
    int rc = check_versions(w, d, e);
    rc = rc ? rc : check_port(w, p, &d->traffic, e);
    return rc ? rc : check_port(w, p, &d->downlink, e);
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
