/* SPDX-License-Identifier: GPL-2.0-only
 * Warnings of a run: what to look at before its results are trusted. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/world_internal.h"
#include "tools/world_say.h"

void world_warn(const struct world *w, const void *field, const char *fmt, ...)
{
    char text[500], place[400] = "set-up";
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (field)
        scenario_where(w->scenario, field, place, sizeof place);
    struct row_warning r = {.place = place, .text = text};
    trace_row(w->trace, ROW_WARNING, &r);
}

/* Devices whose data rate at the start is too slow for the largest message: they drop it, until ADR
 * helps. */
void world_warn_payload(const struct world *w)
{
    for (size_t g = 0; g < w->n_groups; g++) {
        const struct device_cfg *c = w->groups[g].cfg;
        const struct scn_dist *size = &c->traffic.size_bytes;
        int64_t largest = size->kind == SCN_UNIFORM ? size->b : size->a;
        uint32_t n = 0;
        for (uint32_t k = 0; c->traffic.kind != TRAFFIC_NONE && k < c->count; k++) {
            int dr = devices_identity(w->devices, w->groups[g].first + k).dr;
            n += largest >
                 region_max_mac_payload(w->region, dr, w->region->default_uplink_dwell) - 8;
        }
        if (n)
            world_warn(w, size,
                       "%" PRIu32 " of %" PRId64
                       " devices of group %s start at a data rate that does not "
                       "carry %" PRId64 " octets: they drop such messages",
                       n, c->count, c->name, largest);
    }
}

/* "kind=a|b" as a sentence's end. */
static void idle_warning(void *ctx, const char *place, const char *path, const char *rule)
{
    const struct world *w = ctx;
    char text[700];
    size_t n = strcspn(rule, "=");
    struct say allowed = {.len = 0};
    for (const char *p = rule + n + 1; *p; p += strcspn(p, "|"), p += *p == '|')
        say_add(&allowed, "%.*s", (int)strcspn(p, "|"), p);
    snprintf(text, sizeof text, "%.200s has no effect: it is used only with %.*s: %s", path, (int)n,
             rule, allowed.text);
    struct row_warning r = {.place = place, .text = text};
    trace_row(w->trace, ROW_WARNING, &r);
}

/* No sub-band allows such a power, so every downlink has less. */
static void warn_power(const struct world *w, const struct gateway_cfg *c)
{
    const struct region *r = w->region;
    struct say_values v = {.n = 0};
    int most = r->n_sub_bands ? r->sub_bands[0].max_eirp_cdbm : r->max_eirp_cdbm;
    for (int b = 1; b < r->n_sub_bands; b++)
        most = r->sub_bands[b].max_eirp_cdbm > most ? r->sub_bands[b].max_eirp_cdbm : most;
    if (c->tx_power_cdbm != SCN_WORD && c->tx_power_cdbm > most)
        world_warn(w, &c->tx_power_cdbm,
                   "%s is more than any sub-band of %s allows: downlinks are sent with at most %s",
                   say_value(&v, c->tx_power_cdbm, SCN_POWER), r->name,
                   say_value(&v, most, SCN_POWER));
}

/* Antennas of a group outside the heights for which Okumura-Hata was measured. */
static void warn_heights(const struct world *w, const struct place_cfg *c, const struct place *p,
                         size_t n, int64_t min_m, int64_t max_m)
{
    size_t outside = 0;
    for (size_t i = 0; i < n; i++)
        outside += p[i].z_mm < 1000 * min_m || p[i].z_mm > 1000 * max_m;
    if (outside && w->cfg.radio.path_loss.model == LOSS_OKUMURA_HATA)
        world_warn(w, &c->z_mm,
                   "%zu of %zu nodes are not %" PRId64 " to %" PRId64
                   " m above ground: okumura_hata was measured only there",
                   outside, n, min_m, max_m);
}

static void warn_gateways(const struct world *w)
{
    for (size_t i = 0, n = 0; i < w->n_gw; i += n) {
        const struct gateway_cfg *c = w->gw[i].cfg;
        for (n = 1; i + n < w->n_gw && w->gw[i + n].cfg == c; n++)
            ;
        warn_power(w, c);
        warn_heights(w, &c->placement, &w->gw_places[i], n, 30, 200);
    }
}

/* Requests of a server that no device takes. */
static void warn_clock_sync(const struct world *w, size_t network)
{
    const struct network_cfg *n = w->networks[network].cfg;
    bool any = false;
    for (size_t g = 0; g < w->n_groups; g++)
        any |= w->groups[g].network == network && w->groups[g].cfg->packages.clock_sync;
    if (n->server.clock_sync.requests.n && !any)
        world_warn(w, &n->server.clock_sync.requests,
                   "nobody is asked: no devices of network %s have clock synchronisation "
                   "(packages.clock_sync)",
                   n->name);
}

static bool any_beacons(const struct world *w)
{
    for (size_t i = 0; i < w->n_gw; i++)
        if (w->senders[i].beacons)
            return true;
    return false;
}

/* Class B devices lock on any network's beacons. */
static void warn_class_b(const struct world *w)
{
    for (size_t g = 0; g < w->n_groups && !any_beacons(w); g++) {
        const struct device_cfg *c = w->groups[g].cfg;
        if (c->device_class == LW_CLASS_B)
            world_warn(w, &c->device_class,
                       "no gateway sends beacons: the devices of group %s stay in class A; write "
                       "for instance beacons: net_id in the network",
                       c->name);
    }
}

/* Class A members of class B sessions listen only in the slots of groups. */
static void warn_guest(const struct world *w, const struct device_cfg *c)
{
    if (c->device_class == LW_CLASS_A && scenario_changed(w->scenario, &c->class_b.periodicity))
        world_warn(w, &c->class_b.periodicity,
                   "class_b.periodicity has no effect: the devices of group %s are in class A and "
                   "have no ping slots of their own; those of a group have the group's periodicity",
                   c->name);
}

/* Class A and B downlinks go when the device listens. */
static void warn_lead(const struct world *w, const struct device_cfg *c)
{
    if (c->device_class != LW_CLASS_C && scenario_changed(w->scenario, &c->downlink.lead_ns))
        world_warn(w, &c->downlink.lead_ns,
                   "downlink.lead has no effect: the devices of group %s are in class %c, and "
                   "downlinks go when they listen; only class C devices take one at any time",
                   c->name, "AB"[c->device_class]);
}

void world_warn_keys(const struct world *w)
{
    for (size_t i = 0; i < w->n_networks; i++)
        warn_clock_sync(w, i);
    for (size_t g = 0; g < w->n_groups; g++)
        warn_class_b(w);
    for (size_t g = 0; g < w->n_groups; g++) {
        warn_guest(w, w->groups[g].cfg);
        warn_lead(w, w->groups[g].cfg);
    }
    for (uint32_t i = 0; w->ip && i < w->plan.n_warnings; i++)
        world_warn(w, w->plan.warnings[i].field, "%s", w->plan.warnings[i].text);
    scenario_idle(w->scenario, idle_warning, (void *)w);
    warn_gateways(w);
    for (size_t g = 0; g < w->n_groups; g++)
        warn_heights(w, &w->groups[g].cfg->placement, &w->places[w->groups[g].first],
                     (size_t)w->groups[g].cfg->count, 1, 10);
}
