/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target of whole scenarios: any bytes through castbed's own table of keys and the rules
 * between them. What is refused has a message with a place; what is accepted resolves to a text
 * that is accepted too; a small one is placed, built and run for two simulated seconds, and its
 * counts must balance. Scenarios that name files are not placed. */
#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "tests/fuzz/fuzz.h"
#include "tools/world.h"

enum { MAX_NODES = 20 };

static bool places_file(const struct place_cfg *p)
{
    return p->kind == PLACE_FILE;
}

/* Small enough, with nothing to be read from files? */
static bool can_run(const struct world *w)
{
    const struct castbed_cfg *c = world_cfg(w);
    int64_t nodes = (int64_t)world_n_gateways(w);
    if (c->radio.path_loss.model == LOSS_MATRIX || c->ip.topologies.n > 0)
        return false;
    for (size_t i = 0; i < c->ip.nodes.n; i++)
        nodes += ((const struct ip_node_group_cfg *)c->ip.nodes.items)[i].count;
    for (size_t i = 0; i < c->networks.n; i++) {
        const struct network_cfg *n = (const struct network_cfg *)c->networks.items + i;
        for (size_t g = 0; g < n->gateways.n; g++)
            if (places_file(&((const struct gateway_cfg *)n->gateways.items)[g].placement))
                return false;
    }
    for (size_t i = 0; i < c->devices.n; i++) {
        const struct device_cfg *d = (const struct device_cfg *)c->devices.items + i;
        nodes += d->count;
        if (places_file(&d->placement) || d->traffic.kind == TRAFFIC_TRACE)
            return false;
    }
    return nodes <= MAX_NODES;
}

static void run(struct world *w)
{
    struct sim_error e;
    struct trace trace;
    trace_init(&trace);
    if (world_place(w, &e) != SIM_OK || world_n_ip_nodes(w) > 0)
        return; /* ns-3 is not for this */
    world_build(w, &trace);
    if (world_cfg(w)->run.duration_ns > SIM_S(2)) {
        world_run_until(w, SIM_S(2));
        return;
    }
    world_run_until(w, world_cfg(w)->run.duration_ns);
    SIM_CHECK(world_finish(w) == 0, "counts do not balance");
}

static void check_again(const struct world *w)
{
    struct sim_error e;
    struct world *again;
    char *once = scenario_resolved(world_scenario(w));
    int rc = world_load_text(&again, "again", once, strlen(once), "/base", &e);
    SIM_CHECK(rc == SIM_OK, "resolved text refused: %s\n%s", e.text, once);
    char *twice = scenario_resolved(world_scenario(again));
    SIM_CHECK(strcmp(once, twice) == 0, "resolved twice:\n%s\n%s", once, twice);
    free(once);
    free(twice);
    world_close(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sim_error e = {0};
    struct world *w;
    int rc = world_load_text(&w, "fuzz.yaml", (const char *)data, size, "/base", &e);
    if (rc != SIM_OK) {
        SIM_CHECK(w == NULL && strncmp(e.text, "fuzz.yaml:", 10) == 0, "message \"%s\"", e.text);
        return 0;
    }
    check_again(w);
    if (can_run(w))
        run(w);
    world_close(w);
    return 0;
}
