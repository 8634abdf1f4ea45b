/* SPDX-License-Identifier: GPL-2.0-only
 * Rules for what is called or counted by name and number: names, DevEUIs, addresses, faults. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/devaddr.h"
#include "sim/mem.h"
#include "tools/world_internal.h"
#include "tools/world_say.h"

/* Names key the random draws and the database: each once, and no two with one hash. */
struct named {
    const char *name;
    const void *field;
};

static int check_name(const struct world *w, struct named *seen, size_t *n, const char *const *name,
                      struct sim_error *e)
{
    if (!**name || strchr(*name, '/') || strlen(*name) > 64)
        return scenario_fail(
            w->scenario, name, e,
            "found \"%.80s\", allowed 1 to 64 characters without '/'; choose another "
            "name",
            *name);
    for (size_t i = 0; i < *n; i++) {
        char where[300];
        if (strcmp(seen[i].name, *name) == 0)
            return scenario_fail(
                w->scenario, name, e,
                "found \"%s\", which is used at %s; networks, gateways, devices and IP nodes "
                "share one space of names: choose another",
                *name, scenario_where(w->scenario, seen[i].field, where, sizeof where));
        if (entity_hash(seen[i].name) == entity_hash(*name))
            return scenario_fail(w->scenario, name, e,
                                 "names \"%s\" and \"%s\" have the same 24-bit hash, which keys "
                                 "random draws: rename "
                                 "one of them",
                                 *name, seen[i].name);
    }
    seen[(*n)++] = (struct named){*name, name};
    return SIM_OK;
}

int world_check_names(const struct world *w, struct sim_error *e)
{
    size_t n = 0,
           max = w->cfg.networks.n + w->cfg.devices.n + w->cfg.ip.nodes.n + w->cfg.ip.topologies.n;
    for (size_t i = 0; i < w->cfg.networks.n; i++)
        max += world_network_cfg(w, i)->gateways.n;
    struct named *seen = mem_alloc(max, sizeof *seen);
    int rc = SIM_OK;
    for (size_t i = 0; !rc && i < w->cfg.networks.n; i++) {
        struct network_cfg *c = world_network_cfg(w, i);
        rc = check_name(w, seen, &n, &c->name, e);
        for (size_t g = 0; !rc && g < c->gateways.n; g++)
            rc = check_name(w, seen, &n, &((struct gateway_cfg *)c->gateways.items)[g].name, e);
    }
    for (size_t i = 0; !rc && i < w->cfg.devices.n; i++)
        rc = check_name(w, seen, &n, &world_device_cfg(w, i)->name, e);
    const struct ip_node_group_cfg *ip = w->cfg.ip.nodes.items;
    for (size_t i = 0; !rc && i < w->cfg.ip.nodes.n; i++)
        rc = check_name(w, seen, &n, &ip[i].name, e);
    const struct ip_topology_cfg *topologies = w->cfg.ip.topologies.items;
    for (size_t i = 0; !rc && i < w->cfg.ip.topologies.n; i++)
        rc = check_name(w, seen, &n, &topologies[i].name, e);
    free(seen);
    return rc;
}

static uint64_t eui_number(const uint8_t eui[8])
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | eui[i];
    return v;
}

/* DevEUIs given by hand must not meet. */
static int check_euis(const struct world *w, struct sim_error *e)
{
    for (size_t i = 0; i < w->cfg.devices.n; i++) {
        const struct device_cfg *a = world_device_cfg(w, i);
        uint64_t first = eui_number(a->dev_eui), last = first + (uint64_t)a->count - 1;
        if (last < first)
            return scenario_fail(w->scenario, a->dev_eui, e,
                                 "%" PRId64 " devices that count up from %016" PRIx64
                                 " pass the last DevEUI; begin lower",
                                 a->count, first);
        for (size_t k = 0; first && k < i; k++) {
            const struct device_cfg *b = world_device_cfg(w, k);
            uint64_t other = eui_number(b->dev_eui), end = other + (uint64_t)b->count - 1;
            if (other && first <= end && other <= last)
                return scenario_fail(w->scenario, a->dev_eui, e,
                                     "DevEUI %016" PRIx64
                                     " is in group %s too, whose devices have %016" PRIx64
                                     " to %016" PRIx64 "; begin behind these",
                                     first > other ? first : other, b->name, other, end);
        }
    }
    return SIM_OK;
}

static bool fault_node_exists(const struct world *w, const char *node)
{
    if (world_find_network(w, node) >= 0)
        return true;
    for (size_t i = 0; i < w->cfg.networks.n; i++) {
        const struct network_cfg *n = world_network_cfg(w, i);
        for (size_t g = 0; g < n->gateways.n; g++) {
            const struct gateway_cfg *c = &((struct gateway_cfg *)n->gateways.items)[g];
            size_t len = strlen(c->name);
            int index, used = 0;
            if (strcmp(node, c->name) == 0)
                return true;
            if (strncmp(node, c->name, len) == 0 && node[len] == '/' &&
                sscanf(node + len, "/%9d%n", &index, &used) == 1 && !node[len + (size_t)used] &&
                index >= 0 && index < c->count)
                return true;
        }
    }
    return false;
}

static int check_faults(const struct world *w, struct sim_error *e)
{
    for (size_t i = 0; i < w->cfg.faults.n; i++) {
        const struct fault_cfg *f = &((struct fault_cfg *)w->cfg.faults.items)[i];
        if (!fault_node_exists(w, f->node)) {
            struct say known = {.len = 0};
            say_fault_nodes(w, &known);
            return scenario_fail(w->scenario, &f->node, e,
                                 "found \"%.80s\", allowed a network or gateways: %s", f->node,
                                 known.text);
        }
        struct say_values v = {.n = 0};
        if (f->to_ns != SCN_WORD && f->to_ns <= f->from_ns)
            return scenario_fail(
                w->scenario, &f->to_ns, e, "found %s, allowed later than from, %s; or write end",
                say_value(&v, f->to_ns, SCN_TIME), say_value(&v, f->from_ns, SCN_TIME));
    }
    return SIM_OK;
}

static int check_counts(const struct world *w, struct sim_error *e)
{
    int64_t gateways = 0, devices = 0;
    for (size_t i = 0; i < w->cfg.networks.n; i++) {
        const struct network_cfg *n = world_network_cfg(w, i);
        for (size_t g = 0; g < n->gateways.n; g++)
            gateways += ((struct gateway_cfg *)n->gateways.items)[g].count;
    }
    for (size_t i = 0; i < w->cfg.devices.n; i++)
        devices += world_device_cfg(w, i)->count;
    if (gateways > 10000)
        return scenario_fail(w->scenario, &w->cfg.networks, e,
                             "found %" PRId64 " gateways, allowed 10000 in all; lower the counts",
                             gateways);
    if (devices > 16000000)
        return scenario_fail(w->scenario, &w->cfg.devices, e,
                             "found %" PRId64 " devices, allowed 16000000 in all; lower the counts",
                             devices);
    return SIM_OK;
}

/* Every device of a network needs an address of its NetID. */
static int check_addresses(const struct world *w, struct sim_error *e)
{
    for (size_t i = 0; i < w->cfg.networks.n; i++) {
        const struct network_cfg *n = world_network_cfg(w, i);
        const uint8_t *id = n->net_id;
        struct netid_info info;
        int64_t devices = 0;
        netid_info((uint32_t)id[0] << 16 | (uint32_t)id[1] << 8 | id[2], &info);
        for (size_t k = 0; k < w->cfg.devices.n; k++)
            if (world_network_of(w, world_device_cfg(w, k)) == (int)i)
                devices += world_device_cfg(w, k)->count;
        if (devices > INT64_C(1) << info.nwkaddr_bits)
            return scenario_fail(w->scenario, n->net_id, e,
                                 "network %s has %" PRId64
                                 " devices, allowed %ld addresses under a NetID of type %d; use "
                                 "fewer devices or a NetID of a lower type",
                                 n->name, devices, 1L << info.nwkaddr_bits, info.type);
    }
    return SIM_OK;
}

int world_check_identities(const struct world *w, struct sim_error *e)
{
    int rc = check_euis(w, e);
    if (!rc)
        rc = check_faults(w, e);
    if (!rc)
        rc = check_counts(w, e);
    return rc ? rc : check_addresses(w, e);
}
