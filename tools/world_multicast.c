/* SPDX-License-Identifier: GPL-2.0-only
 * Multicast groups of a scenario: the rules that an operator's platform enforces, and their making.
 * A breach creates nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/beacon.h"
#include "models/lorawan/devaddr.h"
#include "models/server/multicast_gateways.h"
#include "sim/mem.h"
#include "sim/rng.h"
#include "tools/world_internal.h"
#include "tools/world_plan.h"
#include "tools/world_say.h"

enum { MAX_GROUPS = 4 };

#define MOST_FREQUENCY_HZ (INT64_C(100) << 24) /* 24 bits of 100 Hz in commands */

static const struct multicast_cfg *group_cfg(const struct world *w, size_t i)
{
    return &((const struct multicast_cfg *)w->cfg.multicast.items)[i];
}

int world_group_network(const struct world *w, const struct multicast_cfg *c)
{
    if (c->network)
        return world_find_network(w, c->network);
    return w->cfg.networks.n == 1 ? 0 : -1;
}

static const struct multicast_member_cfg *members_of(const struct multicast_cfg *c)
{
    return c->members.items;
}

static int64_t count_of(const struct multicast_member_cfg *m, const struct device_cfg *d)
{
    return m->count == SCN_WORD ? d->count - m->first : m->count;
}

/* No device is in class B and C at once: TS001-1.0.4, class C. */
static int check_class(const struct world *w, const struct multicast_cfg *c,
                       const struct multicast_member_cfg *m, const struct device_cfg *d,
                       struct sim_error *e)
{
    int other = c->group_class == MC_CLASS_B ? LW_CLASS_C : LW_CLASS_B;
    if (d->device_class != other)
        return SIM_OK;
    const char *own = other == LW_CLASS_C ? "C" : "B", *session = other == LW_CLASS_C ? "B" : "C";
    return scenario_fail(w->scenario, &m->devices, e,
                         "rule \"class B or C\": %s are of class %s, the session is of class %s; "
                         "make them class A, or the group class: %s",
                         d->name, own, session, own);
}

/* Members: known, in the network, one service profile, nobody twice. */
static int check_member(const struct world *w, const struct multicast_cfg *c, size_t i,
                        struct sim_error *e)
{
    const struct multicast_member_cfg *m = &members_of(c)[i];
    int g = world_find_group(w, m->devices);
    if (g < 0)
        return scenario_fail(w->scenario, &m->devices, e, "no group of devices is called \"%.64s\"",
                             m->devices);
    const struct device_cfg *d = world_device_cfg(w, (size_t)g),
                            *first = world_device_cfg(
                                w, (size_t)world_find_group(w, members_of(c)->devices));
    if (m->first >= d->count || m->first + count_of(m, d) > d->count)
        return scenario_fail(w->scenario, &m->first, e,
                             "devices %" PRId64 " to %" PRId64 " of %s, which has 0 to %" PRId64,
                             m->first, m->first + count_of(m, d) - 1, d->name, d->count - 1);
    if (world_network_of(w, d) != world_group_network(w, c))
        return scenario_fail(w->scenario, &m->devices, e,
                             "rule \"one network\": %s/%" PRId64
                             " belongs to another network than the group",
                             d->name, m->first);
    if (strcmp(d->service_profile, first->service_profile) != 0)
        return scenario_fail(
            w->scenario, &m->devices, e,
            "rule \"one service profile\": %s/%" PRId64
            " has \"%.64s\", the first member has \"%.64s\"; the group is not made",
            d->name, m->first, d->service_profile, first->service_profile);
    int rc = check_class(w, c, m, d, e);
    if (rc)
        return rc;
    for (size_t k = 0; k < i; k++) {
        const struct multicast_member_cfg *o = &members_of(c)[k];
        if (strcmp(o->devices, m->devices) == 0 && o->first < m->first + count_of(m, d) &&
            m->first < o->first + count_of(o, d))
            return scenario_fail(w->scenario, &m->devices, e, "devices of %s are members twice",
                                 d->name);
    }
    return SIM_OK;
}

static bool gateway_named(const struct world *w, size_t i, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "%s/%" PRIu32, w->gw[i].cfg->name, w->gw[i].index);
    return strcmp(name, w->gw[i].cfg->name) == 0 || strcmp(name, full) == 0;
}

static int check_session(const struct world *w, const struct multicast_cfg *c, struct sim_error *e)
{
    const struct region *r = w->region;
    int own_dr = c->group_class == MC_CLASS_B ? r->ping_dr : r->rx2_dr;
    int dr = c->dr == SCN_WORD ? own_dr : (int)c->dr;
    if (r->dr[dr].modulation == REGION_NO_DR || !r->dr[dr].down)
        return scenario_fail(w->scenario, &c->dr, e, "DR%d is no downlink data rate of %s", dr,
                             r->name);
    bool over_the_air = c->set_up == MC_OVER_THE_AIR;
    bool outside = c->frequency_hz != SCN_WORD && !plan_frequency_ok(r, c->frequency_hz);
    if ((outside && !(over_the_air && c->plan.send_anyway)) ||
        (c->frequency_hz != SCN_WORD &&
         (c->frequency_hz % 100 || c->frequency_hz >= MOST_FREQUENCY_HZ)))
        return scenario_fail(w->scenario, &c->frequency_hz, e,
                             "%.4f MHz is outside %s, %.4f to %.4f MHz in steps of 100 Hz%s",
                             (double)c->frequency_hz / 1e6, r->name, (double)r->min_hz / 1e6,
                             (double)r->max_hz / 1e6,
                             over_the_air ? "; or set setup_plan.send_anyway to test devices" : "");
    int max = region_max_mac_payload(r, dr, false) - 8;
    if (c->traffic.size_bytes > max)
        return scenario_fail(w->scenario, &c->traffic.size_bytes, e,
                             "found %" PRId64 "B, allowed at most %dB at DR%d of %s",
                             c->traffic.size_bytes, max, dr, r->name);
    if (c->min_mc_fcnt + c->traffic.count > c->max_mc_fcnt)
        return scenario_fail(w->scenario, &c->max_mc_fcnt, e,
                             "%" PRId64 " frames from %" PRId64 " do not fit below %" PRId64,
                             c->traffic.count, c->min_mc_fcnt, c->max_mc_fcnt);
    return SIM_OK;
}

/* Class B: the network has beacons, and a session begins with one. */
static int check_beacons(const struct world *w, const struct multicast_cfg *c, struct sim_error *e)
{
    const int64_t *start = &c->session.start_ns;
    const struct network_cfg *n = world_network_cfg(w, (size_t)world_group_network(w, c));
    struct say_values v = {.n = 0};
    bool over_the_air = c->set_up == MC_OVER_THE_AIR;
    int64_t over = (w->cfg.run.start_gps_ns + *start) % BEACON_PERIOD;
    if (c->group_class != MC_CLASS_B)
        return SIM_OK;
    if (n->beacons == BEACONS_NONE)
        return scenario_fail(w->scenario, &c->group_class, e,
                             "members in class B follow beacons, and network %s sends none; set "
                             "its beacons to net_id or position",
                             n->name);
    if (over == 0 || (over_the_air && c->plan.send_anyway) || world_campaign_of(w, c))
        return SIM_OK; /* a campaign has sessions of its own */
    return scenario_fail(w->scenario, start, e,
                         "found %s, allowed for class B: multiples of 128 s of GPS time; use %s, "
                         "the next one%s",
                         say_value(&v, *start, SCN_TIME),
                         say_value(&v, *start - over + BEACON_PERIOD, SCN_TIME),
                         over_the_air ? ", or set setup_plan.send_anyway to test devices" : "");
}

static int check_deadline(const struct world *w, const struct multicast_cfg *c, struct sim_error *e)
{
    const struct multicast_plan_cfg *p = &c->plan;
    int64_t deadline = p->deadline_ns == SCN_WORD ? c->session.start_ns : p->deadline_ns;
    if (deadline <= p->start_ns)
        return scenario_fail(w->scenario, &p->deadline_ns, e,
                             "%.3f s is not behind the start of the plan, %.3f s; make it later",
                             (double)deadline / 1e9, (double)p->start_ns / 1e9);
    if (deadline > c->session.start_ns && !p->send_anyway)
        return scenario_fail(w->scenario, &p->deadline_ns, e,
                             "behind the session's start, %.3f s; make it earlier, or set "
                             "send_anyway to test devices",
                             (double)c->session.start_ns / 1e9);
    return SIM_OK;
}

/* Over the air: members have the package, SessionTime is a whole GPS second and yet to come. */
static int check_plan(const struct world *w, const struct multicast_cfg *c, struct sim_error *e)
{
    const struct multicast_plan_cfg *p = &c->plan;
    if (c->set_up == MC_PROVISIONED || world_campaign_of(w, c))
        return SIM_OK; /* a campaign's own rules: world_check_campaigns */
    for (size_t k = 0; k < c->members.n; k++) {
        const struct multicast_member_cfg *m = &members_of(c)[k];
        if (!world_device_cfg(w, (size_t)world_find_group(w, m->devices))->packages.multicast_setup)
            return scenario_fail(w->scenario, &m->devices, e,
                                 "%s cannot be set up over the air; give them packages: "
                                 "{multicast_setup: 1} or 2",
                                 m->devices);
    }
    if ((w->cfg.run.start_gps_ns + c->session.start_ns) % SIM_S(1))
        return scenario_fail(w->scenario, &c->session.start_ns, e,
                             "SessionTime counts whole GPS seconds; this start is not one, round "
                             "it");
    if (p->start_ns >= c->session.start_ns && !p->send_anyway)
        return scenario_fail(w->scenario, &p->start_ns, e,
                             "not before the session's start, %.3f s; begin earlier, or set "
                             "send_anyway to test devices",
                             (double)c->session.start_ns / 1e9);
    return check_deadline(w, c, e);
}

/* Have two groups a member in common? */
static bool share_member(const struct world *w, const struct multicast_cfg *a,
                         const struct multicast_cfg *b)
{
    for (size_t i = 0; i < a->members.n; i++)
        for (size_t k = 0; k < b->members.n; k++) {
            const struct multicast_member_cfg *m = &members_of(a)[i], *o = &members_of(b)[k];
            int g = world_find_group(w, m->devices);
            if (g < 0 || strcmp(m->devices, o->devices) != 0)
                continue;
            const struct device_cfg *d = world_device_cfg(w, (size_t)g);
            if (o->first < m->first + count_of(m, d) && m->first < o->first + count_of(o, d))
                return true;
        }
    return false;
}

/* A McGroupID that is written: members take it, and it is the only group's that has it there. */
static int check_group_id(const struct world *w, size_t i, struct sim_error *e)
{
    const struct multicast_cfg *c = group_cfg(w, i);
    const int64_t *id = &c->plan.group_id;
    if (c->set_up == MC_PROVISIONED || world_campaign_of(w, c))
        return SIM_OK;
    for (size_t k = 0; k < c->members.n && *id != SCN_WORD && !c->plan.send_anyway; k++) {
        const char *name = members_of(c)[k].devices;
        const struct device_cfg *d = world_device_cfg(w, (size_t)world_find_group(w, name));
        if (*id >= d->packages.groups)
            return scenario_fail(w->scenario, id, e,
                                 "found %" PRId64 ", allowed for %.64s 0..%" PRId64
                                 " (packages.groups); use one of these, or set send_anyway to test "
                                 "devices",
                                 *id, name, d->packages.groups - 1);
    }
    for (size_t k = 0; k < i; k++) {
        const struct multicast_cfg *o = group_cfg(w, k);
        bool either = *id != SCN_WORD || o->plan.group_id != SCN_WORD;
        bool apart = *id != SCN_WORD && o->plan.group_id != SCN_WORD && *id != o->plan.group_id;
        if (o->set_up == MC_OVER_THE_AIR && !world_campaign_of(w, o) && either && !apart &&
            share_member(w, c, o))
            return scenario_fail(
                w->scenario, id, e,
                "group %.64s has members in common with this one: write a group_id "
                "for both, two different ones",
                o->name);
    }
    return SIM_OK;
}

static int check_group(const struct world *w, size_t i, struct sim_error *e)
{
    const struct multicast_cfg *c = group_cfg(w, i);
    int rc = SIM_OK;
    if (world_group_network(w, c) < 0)
        return scenario_fail(w->scenario, &c->network, e,
                             c->network ? "no network is called that"
                                        : "there are several networks; say which");
    if (c->members.n == 0)
        return scenario_fail(w->scenario, &c->members, e, "at least one is needed");
    for (size_t k = 0; !rc && k < c->members.n; k++)
        rc = check_member(w, c, k, e);
    if (!rc)
        rc = check_beacons(w, c, e);
    if (!rc)
        rc = check_plan(w, c, e);
    if (!rc)
        rc = check_group_id(w, i, e);
    return rc ? rc : check_session(w, c, e);
}

int world_check_multicast(const struct world *w, struct sim_error *e)
{
    int rc = SIM_OK;
    for (size_t i = 0; !rc && i < w->cfg.multicast.n; i++)
        rc = check_group(w, i, e);
    return rc;
}

/* The gateways of gateway_list, or NULL when it is empty; fails on a name that is none of the
 * network's. */
static int listed_gateways(const struct world *w, const struct multicast_cfg *c, bool **out,
                           struct sim_error *e)
{
    const struct multicast_gateway_cfg *list = c->gateway_list.items;
    *out = NULL;
    if (c->gateway_list.n == 0)
        return SIM_OK;
    bool *listed = mem_alloc(w->n_gw, sizeof *listed);
    for (size_t i = 0; i < c->gateway_list.n; i++) {
        bool found = false;
        for (size_t g = 0; g < w->n_gw; g++)
            if (w->gw[g].network == world_group_network(w, c) &&
                gateway_named(w, g, list[i].gateway))
                listed[g] = found = true;
        if (!found) {
            free(listed);
            return scenario_fail(w->scenario, &list[i].gateway, e,
                                 "\"%.80s\" is no gateway of the network", list[i].gateway);
        }
    }
    *out = listed;
    return SIM_OK;
}

static uint32_t *list_members(const struct world *w, const struct multicast_cfg *c, uint32_t *n)
{
    uint32_t *list = mem_alloc(w->n_devices, sizeof *list);
    *n = 0;
    for (size_t i = 0; i < c->members.n; i++) {
        const struct multicast_member_cfg *m = &members_of(c)[i];
        const struct device_group *g = &w->groups[world_find_group(w, m->devices)];
        for (int64_t k = 0; k < count_of(m, g->cfg); k++)
            list[(*n)++] = g->first + (uint32_t)(m->first + k);
    }
    return list;
}

void world_group_free(struct world_group *g)
{
    free(g->gateways);
    free(g->members);
    *g = (struct world_group){0};
}

static void fill_identity(const struct world *w, const struct multicast_cfg *c, int network,
                          struct multicast_setup *s)
{
    static const uint8_t none[16];
    uint32_t word[4];
    rng_draw(rng_key_make((uint64_t)w->cfg.run.seed, (uint64_t)w->cfg.run.number, RNG_KEYS),
             (uint64_t)entity_make(c->name, 0), 0, word);
    bool given = memcmp(c->mc_key, none, 16) != 0;
    for (int i = 0; i < 16; i++)
        s->mc_key[i] = (uint8_t)(given ? c->mc_key[i] : word[i / 4] >> (8 * (i % 4)));
    s->mc_addr = (uint32_t)c->mc_addr[0] << 24 | (uint32_t)c->mc_addr[1] << 16 |
                 (uint32_t)c->mc_addr[2] << 8 | c->mc_addr[3];
    if (!s->mc_addr)
        s->mc_addr = devaddr_make(w->device_networks[network].netid, ~entity_hash(c->name));
}

/* What a group loses besides the radio; the caller closes it. */
static int open_loss(const struct world *w, const struct multicast_cfg *c, const uint32_t *members,
                     uint32_t n_members, struct loss_model **loss, struct sim_error *e)
{
    const struct loss_model_setup s = {.cfg = &c->loss,
                                       .scenario = w->scenario,
                                       .group = c->name,
                                       .device_ids = w->ids,
                                       .n_devices = w->n_devices,
                                       .members = members,
                                       .n_members = n_members,
                                       .first_fcnt = (uint32_t)c->min_mc_fcnt,
                                       .seed = (uint64_t)w->cfg.run.seed,
                                       .run = (uint64_t)w->cfg.run.number};
    return loss_model_open(loss, &s, e);
}

int world_group_dr(const struct world *w, const struct multicast_cfg *c)
{
    if (c->dr != SCN_WORD)
        return (int)c->dr;
    return c->group_class == MC_CLASS_B ? w->region->ping_dr : w->region->rx2_dr;
}

void world_group_find(const struct world *w, size_t i, struct world_group *g)
{
    const struct multicast_cfg *c = group_cfg(w, i);
    struct multicast_setup s = {0};
    struct sim_error e;
    bool *listed;
    int rc = listed_gateways(w, c, &listed, &e);
    SIM_CHECK(rc == SIM_OK, "%s", e.text);
    *g = (struct world_group){.cfg = c, .network = world_group_network(w, c)};
    fill_identity(w, c, g->network, &s);
    g->mc_addr = s.mc_addr;
    g->dr = world_group_dr(w, c);
    g->frequency_hz = c->frequency_hz != SCN_WORD    ? c->frequency_hz
                      : c->group_class == MC_CLASS_B ? w->region->ping_frequency_hz
                                                     : w->region->rx2_frequency_hz;
    g->members = list_members(w, c, &g->n_members);
    g->gateways = mem_alloc(w->n_gw, sizeof *g->gateways);
    const struct multicast_choice choice = {.links = &w->links,
                                            .members = g->members,
                                            .n_members = g->n_members,
                                            .gateway_network = w->gateway_network,
                                            .n_gateways = (unsigned)w->n_gw,
                                            .network = (uint16_t)g->network,
                                            .listed = listed,
                                            .cover =
                                                c->gateway_set == MC_GATEWAYS_COVER && !listed};
    g->n_gateways = multicast_choose_gateways(&choice, g->gateways, &g->n_unreached);
    free(listed);
}

static const struct device_group *group_of(const struct world *w, uint32_t device)
{
    size_t g = 0;
    while (g + 1 < w->n_groups && w->groups[g + 1].first <= device)
        g++;
    return &w->groups[g];
}

/* At most four groups a device, at most one group an address, gateways that exist. */
static int check_made(const struct world *w, size_t i, uint8_t *n_groups, struct sim_error *e)
{
    const struct multicast_cfg *c = group_cfg(w, i);
    bool *listed;
    int rc = listed_gateways(w, c, &listed, e);
    free(listed);
    struct multicast_setup a, b;
    fill_identity(w, c, world_group_network(w, c), &a);
    for (size_t k = 0; !rc && k < i; k++) {
        fill_identity(w, group_cfg(w, k), world_group_network(w, group_cfg(w, k)), &b);
        if (a.mc_addr == b.mc_addr &&
            world_group_network(w, c) == world_group_network(w, group_cfg(w, k)))
            rc = scenario_fail(w->scenario, c->mc_addr, e,
                               "%08" PRIx32 " is the address of group %s too", a.mc_addr,
                               group_cfg(w, k)->name);
    }
    uint32_t n;
    uint32_t *members = list_members(w, c, &n);
    for (uint32_t m = 0; !rc && m < n; m++)
        if (++n_groups[members[m]] > MAX_GROUPS) {
            const struct device_group *g = group_of(w, members[m]);
            rc = scenario_fail(w->scenario, &c->members, e,
                               "rule \"at most %d groups a device\": %s/%" PRIu32
                               " is in %d groups already",
                               MAX_GROUPS, g->cfg->name, members[m] - g->first, MAX_GROUPS);
        }
    struct loss_model *loss = NULL;
    if (!rc)
        rc = open_loss(w, c, members, n, &loss, e);
    loss_model_close(loss);
    free(members);
    return rc;
}

int world_check_groups(const struct world *w, struct sim_error *e)
{
    uint8_t *n_groups = mem_alloc(w->n_devices, sizeof *n_groups);
    int rc = SIM_OK;
    for (size_t i = 0; !rc && i < w->cfg.multicast.n; i++)
        rc = check_made(w, i, n_groups, e);
    free(n_groups);
    return rc;
}

static void make_group(struct world *w, size_t i)
{
    const struct multicast_cfg *c = group_cfg(w, i);
    const struct campaign_cfg *campaign = world_campaign_of(w, c);
    int network = world_group_network(w, c);
    bool *listed;
    struct sim_error e;
    int rc = listed_gateways(w, c, &listed, &e);
    SIM_CHECK(rc == SIM_OK, "%s", e.text);
    struct multicast_setup s = {.evq = w->evq,
                                .trace = w->trace,
                                .medium = w->medium,
                                .devices = w->devices,
                                .gateways = w->gateways,
                                .server = w->networks[network].server,
                                .keyring = w->keyring,
                                .region = w->region,
                                .links = &w->links,
                                .cfg = c,
                                .network = (uint16_t)network,
                                .gateway_network = w->gateway_network,
                                .n_gateways = (unsigned)w->n_gw,
                                .listed = listed,
                                .on_demand = campaign != NULL,
                                .period = campaign ? campaign->period_ns : 0,
                                .duration = w->cfg.run.duration_ns,
                                .start_gps_ns = w->cfg.run.start_gps_ns,
                                .carried = world_is_carried(w, (size_t)network)};
    s.backhaul_group = world_backhaul_group(w, i, &s.offset);
    s.to_group = s.backhaul_group != GATEWAYS_NO_GROUP;
    fill_identity(w, c, network, &s);
    uint32_t *members = list_members(w, c, &s.n_members);
    s.members = members;
    rc = open_loss(w, c, members, s.n_members, &s.loss, &e);
    SIM_CHECK(rc == SIM_OK, "%s", e.text);
    uint32_t n_silent = loss_model_n_silent(s.loss);
    rc = multicast_open(&w->multicast[i], &s);
    SIM_CHECK(rc == SIM_OK, "multicast group %s: %s", c->name, sim_strerror(rc));
    w->n_multicast = i + 1;
    if (c->set_up == MC_OVER_THE_AIR && !campaign)
        packages_add_group(w->packages, w->multicast[i], c, members, s.n_members);
    free(members);
    free(listed);
    uint32_t unreached = multicast_n_unreached(w->multicast[i]);
    if (unreached)
        world_warn(w, &c->members,
                   "%" PRIu32 " of %" PRIu32
                   " members of multicast group %s are reached by none of its %u gateways",
                   unreached, s.n_members, c->name, multicast_n_gateways(w->multicast[i]));
    if (n_silent)
        world_warn(w, &c->loss.file,
                   "%" PRIu32 " of %" PRIu32
                   " members of multicast group %s have no row in the trace: they receive nothing",
                   n_silent, s.n_members, c->name);
}

void world_make_multicast(struct world *w)
{
    world_make_packages(w); /* groups may be set up over the air */
    w->multicast = mem_alloc(w->cfg.multicast.n, sizeof *w->multicast);
    for (size_t i = 0; i < w->cfg.multicast.n; i++)
        make_group(w, i);
    world_make_campaigns(w);
}

struct multicast *world_multicast_of(const struct world *w, const struct medium_tx *tx)
{
    for (size_t i = 0; i < w->n_multicast; i++)
        if (multicast_owns(w->multicast[i], tx))
            return w->multicast[i];
    return NULL;
}
