/* SPDX-License-Identifier: GPL-2.0-only
 * Rules between the keys of a scenario: channels, data rates, payloads, windows, commands. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/maccmd.h"
#include "sim/bytes.h"
#include "sim/mem.h"
#include "tools/world_internal.h"
#include "tools/world_say.h"

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

static bool is_enabled(const struct network_cfg *n, int64_t frequency_hz)
{
    const int64_t *hz = n->enabled_channels.items;
    for (size_t i = 0; i < n->enabled_channels.n; i++)
        if (hz[i] == frequency_hz)
            return true;
    return n->enabled_channels.n == 0;
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
    for (int i = 0; i < w->region->max_channels; i++)
        if (!is_enabled(n, p->channel[i].frequency_hz))
            p->mask[i / 16] = (uint16_t)(p->mask[i / 16] & ~(1u << (i % 16)));
}

/* Is channel i of the list there before, or is it a default one? */
static bool channel_twice(const struct region *r, const int64_t *hz, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (hz[k] == hz[i])
            return true;
    for (int k = 0; k < r->n_default_channels; k++)
        if (region_default_channel(r, k).frequency_hz == hz[i])
            return true;
    return false;
}

/* "863MHz to 870MHz in steps of 100 Hz" or the sub-bands, where only these may be used. */
static void say_range(const struct region *r, struct say *s)
{
    struct say_values v = {.n = 0};
    if (r->n_sub_bands == 0)
        say_add(s, "%s to %s", say_value(&v, r->min_hz, SCN_FREQUENCY),
                say_value(&v, r->max_hz, SCN_FREQUENCY));
    for (int i = 0; i < r->n_sub_bands; i++)
        say_add(s, "%s to %s", say_value(&v, r->sub_bands[i].from_hz, SCN_FREQUENCY),
                say_value(&v, r->sub_bands[i].to_hz, SCN_FREQUENCY));
}

static bool channel_allowed(const struct region *r, int64_t hz)
{
    return plan_frequency_ok(r, hz) && hz % 100 == 0 &&
           (r->n_sub_bands == 0 || region_sub_band(r, hz) >= 0);
}

/* An empty list would be taken for a key that was not written. */
static int check_not_empty(const struct world *w, const struct scn_list *list, struct sim_error *e)
{
    if (list->n || !scenario_given(w->scenario, list))
        return SIM_OK;
    return scenario_fail(w->scenario, list, e,
                         "found an empty list; name a frequency, or remove the key");
}

static int check_channels(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    const struct region *r = w->region;
    const int64_t *hz = n->channels.items;
    struct say_values v = {.n = 0};
    size_t room = (size_t)(r->max_channels - r->n_default_channels);
    if (check_not_empty(w, &n->channels, e))
        return SIM_ESCENARIO;
    if (n->channels.n && r->fixed_channels)
        return scenario_fail(w->scenario, &n->channels, e,
                             "the channels of %s are fixed; remove the key, or choose eight of "
                             "them with sub_band",
                             r->name);
    if (n->channels.n > room)
        return scenario_fail(w->scenario, &n->channels, e,
                             "found %zu channels, allowed %zu beside the %d default ones of %s; "
                             "remove %zu",
                             n->channels.n, room, r->n_default_channels, r->name,
                             n->channels.n - room);
    for (size_t i = 0; i < n->channels.n; i++) {
        const char *text = say_value(&v, hz[i], SCN_FREQUENCY);
        struct say allowed = {.len = 0};
        if (channel_twice(r, hz, i))
            return scenario_fail(w->scenario, &n->channels, e,
                                 "found %s, which is there twice or is a default channel of %s; "
                                 "remove it",
                                 text, r->name);
        if (channel_allowed(r, hz[i]))
            continue;
        say_range(r, &allowed);
        return scenario_fail(w->scenario, &n->channels, e,
                             "found %s, allowed in %s: %s, in steps of 100 Hz", text, r->name,
                             allowed.text);
    }
    return SIM_OK;
}

static int check_enabled(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    const int64_t *hz = n->enabled_channels.items;
    if (check_not_empty(w, &n->enabled_channels, e))
        return SIM_ESCENARIO;
    if (n->enabled_channels.n && w->region->fixed_channels)
        return scenario_fail(w->scenario, &n->enabled_channels, e,
                             "the channels of %s are fixed; remove the key, or choose eight of "
                             "them with sub_band",
                             w->region->name);
    struct plan p;
    struct say_values v = {.n = 0};
    world_plan_of(w, n, &p);
    for (size_t i = 0; i < n->enabled_channels.n; i++) {
        bool found = false;
        for (int k = 0; k < w->region->max_channels; k++)
            found |= p.channel[k].frequency_hz == hz[i];
        if (!found)
            return scenario_fail(w->scenario, &n->enabled_channels, e,
                                 "found %s, which is neither a default channel of %s nor one of "
                                 "the network's channels; add it to channels first",
                                 say_value(&v, hz[i], SCN_FREQUENCY), w->region->name);
    }
    return SIM_OK;
}

static int check_sub_band(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    if (n->sub_band == SCN_WORD)
        return SIM_OK;
    if (!w->region->fixed_channels)
        return scenario_fail(w->scenario, &n->sub_band, e,
                             "%s has no fixed channels; remove the key, or use channels",
                             w->region->name);
    int max = w->region->max_channels / 8 > 8 && w->region->channels_min_dr_500 < 0 ? 12 : 8;
    if (n->sub_band > max)
        return scenario_fail(w->scenario, &n->sub_band, e,
                             "found %" PRId64 ", allowed 1 to %d in %s", n->sub_band, max,
                             w->region->name);
    return SIM_OK;
}

static bool is_downlink_rate(const struct region *r, int64_t dr)
{
    return r->dr[dr].modulation != REGION_NO_DR && r->dr[dr].down;
}

static bool is_adr_rate(const struct region *r, int64_t dr)
{
    return r->dr[dr].up &&
           (r->dr[dr].modulation == REGION_LORA || r->dr[dr].modulation == REGION_FSK);
}

/* Data rate and frequency of RX2, or of ping slots. */
static int check_window(const struct world *w, const int64_t *rate, const int64_t *hz,
                        struct sim_error *e)
{
    const struct region *r = w->region;
    struct say_values v = {.n = 0};
    struct say rates = {.len = 0};
    if (*rate != SCN_WORD && !is_downlink_rate(r, *rate)) {
        for (int dr = 0; dr < REGION_N_DR; dr++)
            if (is_downlink_rate(r, dr))
                say_add(&rates, "%d", dr);
        return scenario_fail(w->scenario, rate, e,
                             "found %" PRId64 ", allowed for downlinks in %s: %s", *rate, r->name,
                             rates.text);
    }
    if (*hz != SCN_WORD && (!plan_frequency_ok(r, *hz) || *hz % 100))
        return scenario_fail(
            w->scenario, hz, e, "found %s, allowed in %s: %s to %s, in steps of 100 Hz",
            say_value(&v, *hz, SCN_FREQUENCY), r->name, say_value(&v, r->min_hz, SCN_FREQUENCY),
            say_value(&v, r->max_hz, SCN_FREQUENCY));
    return SIM_OK;
}

static int check_server(const struct world *w, const struct server_cfg *s, struct sim_error *e)
{
    const struct region *r = w->region;
    struct say_values v = {.n = 0};
    if (s->rx1_delay_ns % SIM_S(1))
        return scenario_fail(w->scenario, &s->rx1_delay_ns, e,
                             "found %s, allowed whole seconds from 1s to 15s; round it",
                             say_value(&v, s->rx1_delay_ns, SCN_TIME));
    if (s->rx1_dr_offset > r->rx1_max_offset)
        return scenario_fail(w->scenario, &s->rx1_dr_offset, e,
                             "found %" PRId64 ", allowed 0 to %d in %s", s->rx1_dr_offset,
                             r->rx1_max_offset, r->name);
    if (s->adr_max_dr != SCN_WORD && !is_adr_rate(r, s->adr_max_dr)) {
        struct say rates = {.len = 0};
        for (int dr = 0; dr < REGION_N_DR; dr++)
            if (is_adr_rate(r, dr))
                say_add(&rates, "%d", dr);
        return scenario_fail(w->scenario, &s->adr_max_dr, e,
                             "found %" PRId64 ", allowed for uplinks in %s: %s, or auto",
                             s->adr_max_dr, r->name, rates.text);
    }
    int rc = check_window(w, &s->rx2_dr, &s->rx2_frequency_hz, e);
    return rc ? rc : check_window(w, &s->ping_dr, &s->ping_frequency_hz, e);
}

int world_check_asked_group(const struct world *w, const struct network_cfg *n,
                            const char *const *devices, struct sim_error *e)
{
    int group = *devices ? world_find_group(w, *devices) : -1;
    if (*devices && group < 0) {
        struct say known = {.len = 0};
        say_device_groups(w, &known);
        return scenario_fail(w->scenario, devices, e,
                             "found \"%.64s\", allowed a group of devices: %s", *devices,
                             known.text);
    }
    if (group >= 0) {
        int network = world_network_of(w, world_device_cfg(w, (size_t)group));
        if (network >= 0 && world_network_cfg(w, (size_t)network) != n)
            return scenario_fail(w->scenario, devices, e,
                                 "group %s belongs to network %s, not to %s; write the command "
                                 "there",
                                 *devices, world_network_cfg(w, (size_t)network)->name, n->name);
    }
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
        return scenario_fail(w->scenario, &c->hex, e,
                             "found \"%.40s\", allowed 1 to 64 octets, two hex digits each, for "
                             "instance 06",
                             c->hex);
    while ((rc = lw_mac_next(bytes, len, &at, false, &m)) == 1)
        ;
    if (rc == SIM_ETRUNC)
        return scenario_fail(w->scenario, &c->hex, e,
                             "the command that begins at octet %zu (%02x) is cut off; add the "
                             "missing octets (castbed calc mac HEX --down explains commands)",
                             at + 1, bytes[at]);
    if (rc)
        return scenario_fail(w->scenario, &c->hex, e,
                             "octet %zu (%02x) is no downlink MAC command (castbed calc "
                             "mac HEX --down explains commands)",
                             at + 1, bytes[at]);
    return world_check_asked_group(w, n, &c->devices, e);
}

static int check_placement(const struct world *w, const struct place_cfg *p, struct sim_error *e)
{
    if (scenario_given(w->scenario, &p->kind))
        return SIM_OK;
    return scenario_fail(w->scenario, &p->kind, e,
                         "nobody knows where the nodes stand; write for instance placement: {kind: "
                         "disc, radius: 3km}");
}

static bool listens_to_any(const struct plan *p, const struct scn_list *channels)
{
    const int64_t *hz = channels->items;
    for (size_t i = 0; i < channels->n; i++)
        for (int k = 0; k < REGION_MAX_CHANNELS; k++)
            if (p->channel[k].frequency_hz == hz[i] && p->mask[k / 16] >> (k % 16) & 1)
                return true;
    return false;
}

static int check_gateways(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    struct say_values v = {.n = 0};
    const struct region *r = w->region;
    struct plan p;
    world_plan_of(w, n, &p);
    for (size_t g = 0; g < n->gateways.n; g++) {
        const struct gateway_cfg *c = &((struct gateway_cfg *)n->gateways.items)[g];
        const int64_t *hz = c->channels.items;
        int rc = check_placement(w, &c->placement, e);
        rc = rc ? rc : check_not_empty(w, &c->channels, e);
        rc = rc ? rc : gateway_clock_cfg_check(&c->clock, w->scenario, e);
        if (rc)
            return rc;
        for (size_t i = 0; i < c->channels.n; i++)
            if (!plan_frequency_ok(r, hz[i]))
                return scenario_fail(w->scenario, &c->channels, e,
                                     "found %s, allowed in %s: %s to %s",
                                     say_value(&v, hz[i], SCN_FREQUENCY), r->name,
                                     say_value(&v, r->min_hz, SCN_FREQUENCY),
                                     say_value(&v, r->max_hz, SCN_FREQUENCY));
        if (c->channels.n && !listens_to_any(&p, &c->channels))
            return scenario_fail(w->scenario, &c->channels, e,
                                 "found none of the network's uplink channels: the gateway would "
                                 "hear nothing; name some of them, or leave channels out for all");
    }
    return SIM_OK;
}

static int check_network(const struct world *w, const struct network_cfg *n, struct sim_error *e)
{
    if (n->gateways.n == 0)
        return scenario_fail(w->scenario, &n->gateways, e,
                             "at least one is needed; add a gateway with a name and a placement");
    int rc = check_channels(w, n, e);
    if (!rc)
        rc = check_enabled(w, n, e);
    if (!rc)
        rc = check_sub_band(w, n, e);
    if (!rc)
        rc = check_server(w, &n->server, e);
    if (!rc)
        rc = check_gateways(w, n, e);
    const struct mac_command_cfg *c = n->server.mac_commands.items;
    for (size_t i = 0; !rc && i < n->server.mac_commands.n; i++)
        rc = check_mac_command(w, n, &c[i], e);
    return rc ? rc : world_check_clock_sync(w, n, e);
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

/* Bit dr: the network's devices can send there. */
static unsigned usable_rates(const struct world *w, const struct network_cfg *n)
{
    struct plan p;
    unsigned rates = 0;
    world_plan_of(w, n, &p);
    for (int i = 0; i < REGION_MAX_CHANNELS; i++)
        if (p.channel[i].frequency_hz && p.mask[i / 16] >> (i % 16) & 1)
            for (int dr = p.channel[i].min_dr; dr <= p.channel[i].max_dr; dr++)
                rates |= max_payload(w, dr) > 0 ? 1u << dr : 0;
    return rates;
}

int world_max_payload(const struct world *w, const struct device_cfg *d)
{
    unsigned rates = usable_rates(w, world_network_cfg(w, (size_t)world_network_of(w, d)));
    int best = 0;
    for (int dr = 0; dr < REGION_N_DR; dr++)
        if (rates >> dr & 1 && (d->dr == SCN_WORD || dr == d->dr) && max_payload(w, dr) > best)
            best = max_payload(w, dr);
    return best;
}

static int check_data_rate(const struct world *w, const struct device_cfg *d, struct sim_error *e)
{
    unsigned rates = usable_rates(w, world_network_cfg(w, (size_t)world_network_of(w, d)));
    if (d->dr != SCN_WORD && !(rates >> d->dr & 1)) {
        struct say allowed = {.len = 0};
        for (int dr = 0; dr < REGION_N_DR; dr++)
            if (rates >> dr & 1)
                say_add(&allowed, "%d", dr);
        return scenario_fail(
            w->scenario, &d->dr, e, "found %" PRId64 ", allowed on the uplink channels of %s%s: %s",
            d->dr, w->region->name,
            w->region->default_uplink_dwell ? " under its 400 ms dwell limit" : "", allowed.text);
    }
    int best = world_max_payload(w, d);
    if (d->traffic.kind == TRAFFIC_NONE || largest_size(&d->traffic) <= best)
        return SIM_OK;
    char rate[24] = "any data rate";
    if (d->dr != SCN_WORD)
        snprintf(rate, sizeof rate, "DR%" PRId64, d->dr);
    return scenario_fail(w->scenario, &d->traffic.size_bytes, e,
                         "found %" PRId64 "B, allowed at most %dB at %s of %s; send less or use a "
                         "faster data rate",
                         largest_size(&d->traffic), best, rate, w->region->name);
}

static int check_traffic(const struct world *w, const struct device_cfg *d, struct sim_error *e)
{
    const struct traffic_cfg *t = &d->traffic;
    struct say_values v = {.n = 0};
    if (t->kind == TRAFFIC_PERIODIC && t->jitter_ns > t->period_ns)
        return scenario_fail(w->scenario, &t->jitter_ns, e,
                             "found %s, allowed at most the period, %s: messages would overtake "
                             "each other",
                             say_value(&v, t->jitter_ns, SCN_TIME),
                             say_value(&v, t->period_ns, SCN_TIME));
    if (t->kind == TRAFFIC_TRACE && !t->file)
        return scenario_fail(w->scenario, &t->file, e,
                             "kind trace needs a CSV file with the columns "
                             "time_s,device[,size_bytes]; name one");
    if (t->kind != TRAFFIC_TRACE && t->file)
        return scenario_fail(w->scenario, &t->file, e,
                             "a file is given, but kind is not trace; write kind: trace or remove "
                             "the file");
    return SIM_OK;
}

static int check_device_network(const struct world *w, const struct device_cfg *d,
                                struct sim_error *e)
{
    struct say known = {.len = 0};
    if (world_network_of(w, d) >= 0)
        return SIM_OK;
    say_networks(w, &known);
    if (d->network)
        return scenario_fail(w->scenario, &d->network, e, "found \"%.64s\", allowed %s", d->network,
                             known.text);
    return scenario_fail(w->scenario, &d->network, e,
                         "there are %zu networks (%s); say which one the devices belong to",
                         w->cfg.networks.n, known.text);
}

static int check_devices(const struct world *w, const struct device_cfg *d, struct sim_error *e)
{
    int rc = check_placement(w, &d->placement, e);
    if (!rc)
        rc = check_device_network(w, d, e);
    if (rc)
        return rc;
    struct say_values v = {.n = 0};
    if (d->tx_power_cdbm != SCN_WORD && d->tx_power_cdbm > w->region->max_eirp_cdbm)
        return scenario_fail(w->scenario, &d->tx_power_cdbm, e,
                             "found %s, allowed at most %s EIRP in %s",
                             say_value(&v, d->tx_power_cdbm, SCN_POWER),
                             say_value(&v, w->region->max_eirp_cdbm, SCN_POWER), w->region->name);
    const struct network_cfg *n = world_network_cfg(w, (size_t)world_network_of(w, d));
    if (d->activation == ACT_OTAA && n->enabled_channels.n)
        return scenario_fail(w->scenario, &d->activation, e,
                             "otaa needs the default channels, but network %s has "
                             "enabled_channels; use abp or remove these",
                             n->name);
    rc = check_data_rate(w, d, e);
    if (!rc)
        rc = clock_cfg_check(&d->clock, w->scenario, e);
    if (!rc)
        rc = energy_cfg_check(&d->energy, w->scenario, e);
    if (!rc)
        rc = check_traffic(w, d, e);
    return rc ? rc : world_check_packages(w, d, e);
}

/* Networks and devices, IP nodes, or all. */
static int check_parts(struct world *w, struct sim_error *e)
{
    const struct castbed_cfg *c = &w->cfg;
    const struct scn_list *of_networks[] = {&c->multicast, &c->campaigns, &c->faults};
    w->lorawan = c->networks.n > 0 || c->devices.n > 0;
    w->ip = c->ip.nodes.n > 0 || c->ip.topologies.n > 0;
    if (c->networks.n == 0 && (c->devices.n > 0 || !w->ip))
        return scenario_fail(w->scenario, &c->networks, e,
                             "at least one is needed, unless there are IP nodes only (ip.nodes); "
                             "add an item that begins with \"- name:\"");
    if (c->devices.n == 0 && w->lorawan)
        return scenario_fail(w->scenario, &c->devices, e,
                             "at least one is needed; add an item that begins with \"- name:\"");
    for (size_t i = 0; !w->lorawan && i < sizeof of_networks / sizeof *of_networks; i++)
        if (of_networks[i]->n > 0)
            return scenario_fail(w->scenario, of_networks[i], e,
                                 "there are no networks and devices; add some, or remove this "
                                 "(failures of IP links stand in ip.faults)");
    if (w->ip && c->ip.fidelity == IP_PACKET && c->run.tie_order == EVQ_LIFO)
        return scenario_fail(w->scenario, &c->run.tie_order, e,
                             "lifo does not go with ip.fidelity: packet: links of ns-3 rely on the "
                             "order of events at one instant; use fifo, or fidelity: tree");
    return SIM_OK;
}

int world_check(struct world *w, struct sim_error *e)
{
    if (check_parts(w, e))
        return SIM_ESCENARIO;
    if (w->cfg.radio.interference >= INTERFERENCE_CAPTURE &&
        w->cfg.radio.interference_sum == SUM_ENERGY)
        return scenario_fail(
            w->scenario, &w->cfg.radio.interference_sum, e,
            "energy does not go with interference: capture, aloha or none, which do not add "
            "interferers up; use peak, or croce or goursaud");
    int rc = world_check_names(w, e);
    for (size_t i = 0; !rc && i < w->cfg.networks.n; i++)
        rc = check_network(w, world_network_cfg(w, i), e);
    for (size_t i = 0; !rc && i < w->cfg.devices.n; i++)
        rc = check_devices(w, world_device_cfg(w, i), e);
    rc = rc ? rc : world_check_multicast(w, e);
    rc = rc ? rc : world_check_backhaul(w, e);
    rc = rc ? rc : world_check_campaigns(w, e);
    return rc ? rc : world_check_identities(w, e);
}
