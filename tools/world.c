/* SPDX-License-Identifier: GPL-2.0-only
 * The life of a world: load, run, finish, close. */
#include "tools/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/mem.h"
#include "tools/world_internal.h"

/* What follows reading: rc is its result. */
static int load_read(struct world **out, struct world *w, int rc, struct sim_error *e)
{
    if (!rc) {
        w->region = region_at((size_t)w->cfg.radio.region);
        rc = world_check(w, e);
    }
    if (rc) {
        world_close(w);
        w = NULL;
    } else {
        world_list_gateways(w);
    }
    *out = w;
    return rc;
}

int world_load(struct world **out, const char *path, const char *const *overrides, size_t n,
               struct sim_error *e)
{
    struct world *w = mem_alloc(1, sizeof *w);
    int rc = scenario_read(&w->scenario, path, &castbed_section, &w->cfg, overrides, n, e);
    return load_read(out, w, rc, e);
}

int world_load_text(struct world **out, const char *name, const char *text, size_t len,
                    const char *base_dir, struct sim_error *e)
{
    struct world *w = mem_alloc(1, sizeof *w);
    int rc = scenario_read_text(&w->scenario, name, text, len, base_dir, &castbed_section, &w->cfg,
                                NULL, 0, e);
    return load_read(out, w, rc, e);
}

void world_close(struct world *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n_networks; i++) {
        server_close(w->networks[i].server);
        free(w->networks[i].down);
        free(w->networks[i].group_of_command);
        clock_group_close(w->networks[i].clock);
    }
    for (size_t i = 0; i < w->n_multicast; i++)
        multicast_close(w->multicast[i]);
    free(w->multicast);
    for (size_t i = 0; w->blocks && i < w->cfg.campaigns.n; i++)
        campaign_block_free(&w->blocks[i]);
    free(w->blocks);
    free(w->jobs);
    campaigns_close(w->campaigns);
    packages_close(w->packages);
    free(w->servers);
    devices_close(w->devices);
    world_close_backhaul(w);
    gateways_close(w->gateways);
    medium_close(w->medium);
    links_free(&w->links);
    plan_set_fini(&w->plans);
    if (w->keyring)
        keyring_close(w->keyring);
    tally_fini(&w->tally);
    ip_net_close(w->net);
    if (w->ip)
        ip_plan_free(&w->plan);
    if (w->evq)
        evq_close(w->evq);
    for (size_t i = 0; i < w->n_groups; i++)
        traffic_trace_free(&w->traces[i]);
    for (size_t i = 0; w->clocks && i < w->n_groups; i++)
        clock_group_close(w->clocks[i]);
    for (size_t i = 0; i < w->n_gw; i++) {
        free(w->gw[i].down);
        gateway_clock_close(w->gw[i].clock);
        clock_group_close(w->gw[i].crystals);
    }
    free(w->networks);
    free(w->network_ids);
    free(w->device_networks);
    free(w->groups);
    free(w->traces);
    free(w->clocks);
    free(w->gw);
    free(w->gw_places);
    free(w->places);
    free(w->gw_ids);
    free(w->ids);
    free(w->gateway_network);
    free(w->backhaul_delay);
    free(w->senders);
    scenario_close(w->scenario);
    free(w);
}

int world_use_ns3_simulator(struct world *w, struct sim_error *e)
{
    if (!w->ip)
        return sim_error_set(
            e, SIM_EINVAL,
            "ns-3's simulator runs scenarios with IP nodes only: there is no key ip");
    if (w->cfg.ip.fidelity != IP_PACKET)
        return sim_error_set(
            e, SIM_EINVAL,
            "ns-3's simulator does not go with ip.fidelity: tree, which has no ns-3 "
            "in it; use fidelity: packet, or leave --engine out");
    if (w->cfg.run.pace == RUN_WALL)
        return sim_error_set(e, SIM_EINVAL,
                             "ns-3's simulator is not paced: it needs run.pace: free");
    w->ns3_simulator = true;
    return SIM_OK;
}

static void push_watch(struct world *w)
{
    sim_time at = evq_now(w->evq) + w->watch.period_ns;
    if (at < w->cfg.run.duration_ns)
        evq_push(w->evq, at, w->watch_kind, w, 0);
}

static void on_watch(void *obj, uint32_t zero)
{
    struct world *w = obj;
    (void)zero;
    if (w->watch.look(w->watch.ctx))
        push_watch(w);
    else
        evq_stop(w->evq);
}

void world_set_watch(struct world *w, const struct world_watch *watch)
{
    SIM_CHECK(!w->started && watch->period_ns > 0, "period %" PRId64 " ns", watch->period_ns);
    w->watch = *watch;
    w->watch_kind = evq_kind_add(w->evq, on_watch, "watch");
}

static void start(struct world *w)
{
    w->started = true;
    if (w->watch.look)
        push_watch(w);
    if (w->net)
        ip_net_start(w->net);
    if (!w->lorawan)
        return;
    devices_start(w->devices);
    world_start_backhaul(w);
    for (size_t i = 0; i < w->n_networks; i++)
        server_start(w->networks[i].server);
    for (size_t i = 0; i < w->n_multicast; i++)
        multicast_start(w->multicast[i]);
    packages_start(w->packages);
    campaigns_start(w->campaigns);
}

int world_run_until(struct world *w, sim_time t)
{
    sim_time end = w->cfg.run.duration_ns;
    if (w->error.code)
        return w->error.code;
    if (!w->started)
        start(w);
    end = t < end ? t : end;
    if (w->net)
        return ip_net_run(w->net, end, &w->error);
    return evq_run(w->evq, end);
}

const char *world_error(const struct world *w)
{
    return w->error.text;
}

static void finish_lorawan(struct world *w)
{
    for (size_t i = 0; i < w->n_networks; i++)
        server_finish(w->networks[i].server);
    world_finish_backhaul(w);
    medium_finish(w->medium);
    for (size_t i = 0; i < w->n_multicast; i++)
        multicast_finish(w->multicast[i]);
    campaigns_finish(w->campaigns);
    packages_finish(w->packages);
    gateways_finish(w->gateways);
    devices_finish(w->devices, w->gw_ids);
    tally_rows(&w->tally, w->network_ids, w->trace);
}

unsigned world_finish(struct world *w)
{
    unsigned bad = 0;
    if (w->net)
        bad += ip_net_finish(w->net);
    if (!w->lorawan)
        return bad;
    finish_lorawan(w);
    return bad + tally_unbalanced(&w->tally);
}

const struct castbed_cfg *world_cfg(const struct world *w)
{
    return &w->cfg;
}

const struct scenario *world_scenario(const struct world *w)
{
    return w->scenario;
}

sim_time world_now(const struct world *w)
{
    return evq_now(w->evq);
}

/* What is to start at 0 is in the queue once it has been started. */
sim_time world_next(const struct world *w)
{
    return w->started ? evq_next(w->evq) : 0;
}

uint64_t world_n_events(const struct world *w)
{
    return w->ns3_simulator && w->net ? ip_net_n_events(w->net) : evq_n_run(w->evq);
}

size_t world_n_pending(const struct world *w)
{
    return evq_n_pending(w->evq);
}

size_t world_n_devices(const struct world *w)
{
    return w->n_devices;
}

size_t world_n_ip_nodes(const struct world *w)
{
    return w->plan.graph.n_nodes;
}

const struct ip_plan *world_ip_plan(const struct world *w)
{
    return &w->plan;
}

size_t world_n_gateways(const struct world *w)
{
    return w->n_gw;
}

int64_t world_gateway(const struct world *w, size_t i, char *name, size_t size)
{
    snprintf(name, size, "%s/%" PRIu32, w->gw[i].cfg->name, w->gw[i].index);
    return w->gw[i].id;
}

size_t world_n_links(const struct world *w, size_t *n_cut, int *limit_cdb)
{
    *n_cut = w->links.n_cut;
    *limit_cdb = w->links.limit_cdb;
    return w->links.first ? w->links.first[w->n_devices] : 0;
}
