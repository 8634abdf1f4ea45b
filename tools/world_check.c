/* SPDX-License-Identifier: GPL-2.0-only
 * Rules between the keys of a scenario: names, channels, data rates, payloads, identities, faults.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/maccmd.h"
#include "sim/bytes.h"
#include "sim/mem.h"
#include "tools/world_internal.h"

int world_find_network(const struct world *w, const char *name)
{
    for (size_t i = 0; i < w->cfg.networks.n; i++)
        if (strcmp(world_network_cfg(w, i)->name, name) == 0)
            return (int)i;
    return -1;
}

int world_find_group(const struct world *w, const char *name)
{
    for (size_t i = 0; i < w->cfg.devices.n; i++)
        if (strcmp(world_device_cfg(w, i)->name, name) == 0)
            return (int)i;
    return -1;
}

int world_network_of(const struct world *w, const struct device_cfg *d)
{
    if (d->network)
        return world_find_network(w, d->network);
    return w->cfg.networks.n == 1 ? 0 : -1;
}

void world_plan_of(const struct world *w, const struct network_cfg *n, struct plan *p)
{
    plan_default(w->region, p);
    const int64_t *hz = n->channels.items;
    for (size_t i = 0; i < n->channels.n; i++) {
        struct region_channel c = {.frequency_hz = hz[i],
                                   .min_dr = w->region->default_min_dr,
                                   .max_dr = w->region->default_max_dr};
        plan_set_channel(w->region, p, w->region->n_default_channels + (int)i, c);
    }
    if (n->sub_band != SCN_WORD)
        plan_keep_sub_band(w->region, p, (int)n->sub_band);
}

/* Names key the random draws and the database: each once, and no two with one hash. */
struct named {
    const char *name;
    const void *field;
};

static int check_name(const struct world *w, struct named *seen, size_t *n, const char *const *name,
                      struct sim_error *e)
{
    if (!**name || strchr(*name, '/') || strlen(*name) > 64)
        return scenario_fail(w->scenario, name, e,
                             "name \"%.80s\": a name has 1 to 64 characters and no '/'", *name);
    for (size_t i = 0; i < *n; i++) {
        char where[300];
        if (strcmp(seen[i].name, *name) == 0)
            return scenario_fail(w->scenario, name, e,
                                 "name \"%s\" is used already at %s; networks, gateways and "
                                 "devices share one space of names: choose another",
                                 *name,
                                 scenario_where(w->scenario, seen[i].field, where, sizeof where));
        if (entity_hash(seen[i].name) == entity_hash(*name))
            return scenario_fail(
                w->scenario, name, e,
                "names \"%s\" and \"%s\" share one 24-bit hash: rename one of them", *name,
                seen[i].name);
    }
    seen[(*n)++] = (struct named){*name, name};
    return SIM_OK;
}

static int check_names(const struct world *w, struct sim_error *e)
{
    size_t max = w->cfg.networks.n + w->cfg.devices.n, n = 0;
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
    free(seen);
    return rc;
}

static int check_channels(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    const struct region *r = w->region;
    const int64_t *hz = n->channels.items;
    size_t room = (size_t)(r->max_channels - r->n_default_channels);
    if (n->channels.n && r->fixed_channels)
        return scenario_fail(
            w->scenario, &n->channels, e,
            "networks.%s.channels: the channels of %s are fixed; use sub_band instead", n->name,
            r->name);
    if (n->channels.n > room)
        return scenario_fail(
            w->scenario, &n->channels, e,
            "networks.%s.channels: %zu channels, %s allows %zu beside its %d default ones", n->name,
            n->channels.n, r->name, room, r->n_default_channels);
    for (size_t i = 0; i < n->channels.n; i++) {
        bool twice = false;
        for (size_t k = 0; k < i; k++)
            twice |= hz[k] == hz[i];
        for (int k = 0; k < r->n_default_channels; k++)
            twice |= region_default_channel(r, k).frequency_hz == hz[i];
        if (twice)
            return scenario_fail(
                w->scenario, &n->channels, e,
                "networks.%s.channels: %.4f MHz is there twice, or is a default channel of %s",
                n->name, (double)hz[i] / 1e6, r->name);
        if (!plan_frequency_ok(r, hz[i]) || hz[i] % 100 ||
            (r->n_sub_bands && region_sub_band(r, hz[i]) < 0))
            return scenario_fail(w->scenario, &n->channels, e,
                                 "networks.%s.channels: %.4f MHz is outside what %s allows (%.4f "
                                 "to %.4f MHz, in its sub-bands, steps of 100 Hz)",
                                 n->name, (double)hz[i] / 1e6, r->name, (double)r->min_hz / 1e6,
                                 (double)r->max_hz / 1e6);
    }
    return SIM_OK;
}

static int check_sub_band(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    if (n->sub_band == SCN_WORD)
        return SIM_OK;
    if (!w->region->fixed_channels)
        return scenario_fail(w->scenario, &n->sub_band, e,
                             "networks.%s.sub_band: %s has no fixed channels; leave it out",
                             n->name, w->region->name);
    int max = w->region->max_channels / 8 > 8 && w->region->channels_min_dr_500 < 0 ? 12 : 8;
    if (n->sub_band > max)
        return scenario_fail(w->scenario, &n->sub_band, e,
                             "networks.%s.sub_band: found %" PRId64 ", %s has 1 to %d", n->name,
                             n->sub_band, w->region->name, max);
    return SIM_OK;
}

static int check_windows(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    const struct region *r = w->region;
    const struct server_cfg *s = &n->server;
    if (s->rx1_delay_ns % SIM_S(1))
        return scenario_fail(
            w->scenario, &s->rx1_delay_ns, e,
            "networks.%s.server.rx1_delay: whole seconds from 1s to 15s are allowed", n->name);
    if (s->rx1_dr_offset > r->rx1_max_offset)
        return scenario_fail(w->scenario, &s->rx1_dr_offset, e,
                             "networks.%s.server.rx1_dr_offset: found %" PRId64
                             ", %s allows 0 to %d",
                             n->name, s->rx1_dr_offset, r->name, r->rx1_max_offset);
    if (s->rx2_dr != SCN_WORD &&
        (r->dr[s->rx2_dr].modulation == REGION_NO_DR || !r->dr[s->rx2_dr].down))
        return scenario_fail(w->scenario, &s->rx2_dr, e,
                             "networks.%s.server.rx2_data_rate: DR%" PRId64
                             " is no downlink data rate of %s",
                             n->name, s->rx2_dr, r->name);
    if (s->rx2_frequency_hz != SCN_WORD &&
        (!plan_frequency_ok(r, s->rx2_frequency_hz) || s->rx2_frequency_hz % 100))
        return scenario_fail(
            w->scenario, &s->rx2_frequency_hz, e,
            "networks.%s.server.rx2_frequency: outside %s, %.4f to %.4f MHz in steps of 100 Hz",
            n->name, r->name, (double)r->min_hz / 1e6, (double)r->max_hz / 1e6);
    return SIM_OK;
}

static int check_mac_command(const struct world *w, const struct network_cfg *n,
                             const struct mac_command_cfg *c, struct sim_error *e)
{
    uint8_t bytes[64];
    size_t len = 0, at = 0;
    struct lw_mac m;
    int rc = hex_parse(c->hex, bytes, sizeof bytes, &len);
    if (rc || len == 0)
        return scenario_fail(
            w->scenario, &c->hex, e,
            "networks.%s.server.mac_commands.hex: \"%.40s\" is not 1 to 64 octets in hex", n->name,
            c->hex);
    while ((rc = lw_mac_next(bytes, len, &at, false, &m)) == 1)
        ;
    if (rc)
        return scenario_fail(w->scenario, &c->hex, e,
                             "networks.%s.server.mac_commands.hex: octet %zu begins no whole "
                             "downlink command (%s); see castbed calc mac HEX --down",
                             n->name, at + 1, sim_strerror(rc));
    if (c->devices && world_find_group(w, c->devices) < 0)
        return scenario_fail(
            w->scenario, &c->devices, e,
            "networks.%s.server.mac_commands.devices: no group of devices is called \"%.64s\"",
            n->name, c->devices);
    return SIM_OK;
}

static int check_gateways(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    for (size_t g = 0; g < n->gateways.n; g++) {
        const struct gateway_cfg *c = &((struct gateway_cfg *)n->gateways.items)[g];
        const int64_t *hz = c->channels.items;
        for (size_t i = 0; i < c->channels.n; i++)
            if (!plan_frequency_ok(w->region, hz[i]))
                return scenario_fail(
                    w->scenario, &c->channels, e,
                    "networks.%s.gateways.%s.channels: %.4f MHz is outside %s, %.4f to %.4f MHz",
                    n->name, c->name, (double)hz[i] / 1e6, w->region->name,
                    (double)w->region->min_hz / 1e6, (double)w->region->max_hz / 1e6);
    }
    return SIM_OK;
}

static int check_network(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    if (n->gateways.n == 0)
        return scenario_fail(w->scenario, &n->gateways, e,
                             "networks.%s.gateways: at least one is needed", n->name);
    int rc = check_channels(w, n, e);
    if (!rc)
        rc = check_sub_band(w, n, e);
    if (!rc)
        rc = check_windows(w, n, e);
    if (!rc)
        rc = check_gateways(w, n, e);
    const struct mac_command_cfg *c = n->server.mac_commands.items;
    for (size_t i = 0; !rc && i < n->server.mac_commands.n; i++)
        rc = check_mac_command(w, n, &c[i], e);
    return rc;
}

/* Largest application payload (N) at a data rate with empty FOpts; 0: unusable. */
static int max_payload(const struct world *w, int dr)
{
    int m = region_max_mac_payload(w->region, dr, w->region->default_uplink_dwell);
    return m > 8 ? m - 8 : 0;
}

static int64_t largest_size(const struct traffic_cfg *t)
{
    return t->size_bytes.kind == SCN_UNIFORM ? t->size_bytes.b : t->size_bytes.a;
}

static int check_data_rate(const struct world *w, const struct device_cfg *d, struct sim_error *e)
{
    struct plan p;
    world_plan_of(w, world_network_cfg(w, (size_t)world_network_of(w, d)), &p);
    struct plan_set set;
    plan_set_init(&set, w->region);
    const struct plan *q = plan_at(&set, plan_intern(&set, &p));
    int best = 0;
    bool usable = d->dr == SCN_WORD || q->n_usable[d->dr];
    for (int dr = 0; dr < REGION_N_DR; dr++)
        if (q->n_usable[dr] && max_payload(w, dr) > best && (d->dr == SCN_WORD || dr == d->dr))
            best = max_payload(w, dr);
    plan_set_fini(&set);
    if (!usable || (d->dr != SCN_WORD && best == 0))
        return scenario_fail(
            w->scenario, &d->dr, e,
            "devices.%s.data_rate: DR%" PRId64 " cannot be used on the uplink channels of %s%s",
            d->name, d->dr, w->region->name,
            w->region->default_uplink_dwell ? " under its 400 ms dwell limit" : "");
    char rate[24] = "any data rate";
    if (d->dr != SCN_WORD)
        snprintf(rate, sizeof rate, "DR%" PRId64, d->dr);
    if (d->traffic.kind != TRAFFIC_NONE && largest_size(&d->traffic) > best)
        return scenario_fail(
            w->scenario, &d->traffic.size_bytes, e,
            "devices.%s.traffic.size: found %" PRId64
            "B, allowed at most %dB at %s of %s; send less or use a faster data rate",
            d->name, largest_size(&d->traffic), best, rate, w->region->name);
    return SIM_OK;
}

static int check_traffic(const struct world *w, const struct device_cfg *d, struct sim_error *e)
{
    const struct traffic_cfg *t = &d->traffic;
    if (t->kind == TRAFFIC_PERIODIC && t->jitter_ns > t->period_ns)
        return scenario_fail(
            w->scenario, &t->jitter_ns, e,
            "devices.%s.traffic.jitter: larger than the period; messages would overtake each other",
            d->name);
    if (t->kind == TRAFFIC_TRACE && !t->file)
        return scenario_fail(w->scenario, &t->file, e,
                             "devices.%s.traffic.file: kind trace needs a CSV file with the "
                             "columns time_s,device[,size_bytes]",
                             d->name);
    if (t->kind != TRAFFIC_TRACE && t->file)
        return scenario_fail(w->scenario, &t->file, e,
                             "devices.%s.traffic.file: given, but kind is not trace; write kind: "
                             "trace or leave the file out",
                             d->name);
    return SIM_OK;
}

static int check_devices(const struct world *w, const struct device_cfg *d, struct sim_error *e)
{
    if (world_network_of(w, d) < 0)
        return d->network ? scenario_fail(w->scenario, &d->network, e,
                                          "devices.%s.network: no network is called \"%.64s\"",
                                          d->name, d->network)
                          : scenario_fail(w->scenario, &d->network, e,
                                          "devices.%s.network: there are %zu networks; say which",
                                          d->name, w->cfg.networks.n);
    if (d->tx_power_cdbm != SCN_WORD && d->tx_power_cdbm > w->region->max_eirp_cdbm)
        return scenario_fail(w->scenario, &d->tx_power_cdbm, e,
                             "devices.%s.tx_power: %s allows at most %.2fdBm EIRP", d->name,
                             w->region->name, (double)w->region->max_eirp_cdbm / 100);
    int rc = check_data_rate(w, d, e);
    return rc ? rc : check_traffic(w, d, e);
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
        uint64_t first = eui_number(a->dev_eui);
        for (size_t k = 0; first && k < i; k++) {
            const struct device_cfg *b = world_device_cfg(w, k);
            uint64_t other = eui_number(b->dev_eui);
            if (other && first < other + (uint64_t)b->count && other < first + (uint64_t)a->count)
                return scenario_fail(w->scenario, a->dev_eui, e,
                                     "devices.%s.dev_eui: DevEUI %016" PRIx64
                                     " is also a device of group %s; the group's %" PRId64
                                     " devices count up from it",
                                     a->name, first > other ? first : other, b->name, a->count);
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
        if (!fault_node_exists(w, f->node))
            return scenario_fail(w->scenario, &f->node, e,
                                 "faults.node: \"%.80s\" is no network, no group of gateways and "
                                 "no gateway (group/index)",
                                 f->node);
        if (f->to_ns != SCN_WORD && f->to_ns <= f->from_ns)
            return scenario_fail(w->scenario, &f->to_ns, e, "faults.to: must be after from");
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
                             "%" PRId64 " gateways, allowed 10000 in all", gateways);
    if (devices > 16000000)
        return scenario_fail(w->scenario, &w->cfg.devices, e,
                             "%" PRId64 " devices, allowed 16000000 in all", devices);
    return SIM_OK;
}

int world_check(struct world *w, struct sim_error *e)
{
    if (w->cfg.networks.n == 0 || w->cfg.devices.n == 0)
        return scenario_fail(w->scenario, w->cfg.networks.n ? &w->cfg.devices : &w->cfg.networks, e,
                             "%s: at least one is needed",
                             w->cfg.networks.n ? "devices" : "networks");
    if (w->cfg.radio.interference == INTERFERENCE_CAPTURE &&
        w->cfg.radio.interference_sum == SUM_ENERGY)
        return scenario_fail(w->scenario, &w->cfg.radio.interference_sum, e,
                             "radio.interference_sum: interference capture compares with the "
                             "strongest interferer; energy goes with croce, goursaud and aloha");
    int rc = check_names(w, e);
    for (size_t i = 0; !rc && i < w->cfg.networks.n; i++)
        rc = check_network(w, world_network_cfg(w, i), e);
    for (size_t i = 0; !rc && i < w->cfg.devices.n; i++)
        rc = check_devices(w, world_device_cfg(w, i), e);
    if (!rc)
        rc = check_euis(w, e);
    if (!rc)
        rc = check_faults(w, e);
    return rc ? rc : check_counts(w, e);
}
