/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware campaigns of a scenario: rules between their keys, and their blocks of data. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/beacon.h"
#include "models/packages/ts004.h"
#include "sim/mem.h"
#include "tools/read_file.h"
#include "tools/world_internal.h"

const struct campaign_cfg *world_campaign_cfg(const struct world *w, size_t i)
{
    return &((const struct campaign_cfg *)w->cfg.campaigns.items)[i];
}

const struct multicast_cfg *world_campaign_group(const struct world *w,
                                                 const struct campaign_cfg *c)
{
    const struct multicast_cfg *g = w->cfg.multicast.items;
    for (size_t i = 0; i < w->cfg.multicast.n; i++)
        if (strcmp(g[i].name, c->group) == 0)
            return &g[i];
    return NULL;
}

/* The campaign of a multicast group, or NULL. */
const struct campaign_cfg *world_campaign_of(const struct world *w, const struct multicast_cfg *g)
{
    for (size_t i = 0; i < w->cfg.campaigns.n; i++)
        if (strcmp(world_campaign_cfg(w, i)->group, g->name) == 0)
            return world_campaign_cfg(w, i);
    return NULL;
}

/* The first of n keys that was written with a value of its own, or NULL. */
static const void *first_given(const struct world *w, const void *const *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (scenario_changed(w->scenario, fields[i]))
            return fields[i];
    return NULL;
}

/* Sessions, set-up and traffic are the campaign's. */
static int check_keys_of_group(const struct world *w, const struct campaign_cfg *c,
                               const struct multicast_cfg *g, struct sim_error *e)
{
    const void *const fields[] = {
        &g->session.start_ns, &g->session.timeout, &g->session.margin_ns, &g->plan.start_ns,
        &g->plan.tries,       &g->plan.spacing_ns, &g->plan.deadline_ns,  &g->plan.send_anyway,
        &g->plan.group_id,    &g->traffic.count,   &g->traffic.period_ns, &g->traffic.size_bytes,
        &g->traffic.fport};
    const void *given = first_given(w, fields, sizeof fields / sizeof *fields);
    if (!given)
        return SIM_OK;
    return scenario_fail(w->scenario, given, e,
                         "group %s is that of campaign %s, which sets it up, makes its sessions "
                         "and what is sent; leave this out and use the keys of campaigns.%s",
                         g->name, c->name, c->name);
}

static int check_group(const struct world *w, const struct campaign_cfg *c, struct sim_error *e)
{
    const struct multicast_cfg *g = world_campaign_group(w, c);
    if (!g)
        return scenario_fail(w->scenario, &c->group, e,
                             "no multicast group is called \"%.64s\"; add it to multicast",
                             c->group);
    if (world_campaign_of(w, g) != c)
        return scenario_fail(w->scenario, &c->group, e,
                             "group %s has campaign %s already; a group has one", g->name,
                             world_campaign_of(w, g)->name);
    return check_keys_of_group(w, c, g, e);
}

static int check_image(const struct world *w, const struct campaign_cfg *c, struct sim_error *e)
{
    if (c->image && c->size_bytes != SCN_WORD)
        return scenario_fail(w->scenario, &c->size_bytes, e,
                             "campaigns.%s has an image, which tells its size; leave one of the "
                             "two out",
                             c->name);
    if (!c->image && c->size_bytes == SCN_WORD)
        return scenario_fail(w->scenario, &c->image, e,
                             "campaigns.%s has nothing to send; give an image (a file) or a size",
                             c->name);
    return SIM_OK;
}

/* A package that all members of a campaign must have, in one version. */
struct need {
    const char *key, *why;
    size_t offset; /* of its version in struct package_cfg */
};

static int64_t version_of(const struct package_cfg *p, const struct need *n)
{
    return *(const int64_t *)((const char *)p + n->offset);
}

static const struct package_cfg *packages_of(const struct world *w,
                                             const struct multicast_member_cfg *m)
{
    return &world_device_cfg(w, (size_t)world_find_group(w, m->devices))->packages;
}

static int check_need(const struct world *w, const struct campaign_cfg *c, const struct need *n,
                      struct sim_error *e)
{
    const struct scn_list *l = &world_campaign_group(w, c)->members;
    const struct multicast_member_cfg *m = l->items;
    for (size_t i = 0; i < l->n; i++) {
        int64_t has = version_of(packages_of(w, &m[i]), n),
                first = version_of(packages_of(w, &m[0]), n);
        if (!has)
            return scenario_fail(w->scenario, &m[i].devices, e,
                                 "campaign %s needs packages.%s of its devices (%s); %s do not "
                                 "have it",
                                 c->name, n->key, n->why, m[i].devices);
        if (has != first)
            return scenario_fail(w->scenario, &m[i].devices, e,
                                 "%s have version %" PRId64 " of packages.%s, %s have %" PRId64
                                 "; a campaign is for one version",
                                 m[i].devices, has, n->key, m[0].devices, first);
    }
    return SIM_OK;
}

#define VERSION(field) offsetof(struct package_cfg, field)

static int check_packages(const struct world *w, const struct campaign_cfg *c, struct sim_error *e)
{
    static const struct need fragments = {"fragmentation", "fragments", VERSION(fragmentation)},
                             group = {"multicast_setup", "its group is set up over the air",
                                      VERSION(multicast_setup)},
                             clock = {"clock_sync", "clock: {check: ts003}", VERSION(clock_sync)},
                             firmware = {"firmware",
                                         "image check and reboot; or write firmware: {check: "
                                         "false, reboot: none, verify: false}",
                                         VERSION(firmware)};
    bool told = world_campaign_group(w, c)->set_up == MC_OVER_THE_AIR;
    int rc = check_need(w, c, &fragments, e);
    if (!rc && told && c->session.max)
        rc = check_need(w, c, &group, e);
    if (!rc && told && c->clock.check == CAMPAIGN_CLOCK_TS003)
        rc = check_need(w, c, &clock, e);
    if (!rc &&
        (c->firmware.check || c->firmware.verify || c->firmware.reboot != CAMPAIGN_REBOOT_NONE))
        rc = check_need(w, c, &firmware, e);
    return rc;
}

static int ts004_version(const struct world *w, const struct campaign_cfg *c)
{
    return (int)packages_of(w, world_campaign_group(w, c)->members.items)->fragmentation;
}

/* Keys that do not go together. */
static int check_together(const struct world *w, const struct campaign_cfg *c, struct sim_error *e)
{
    int version = ts004_version(w, c);
    if (c->version != SCN_WORD && c->version != version)
        return scenario_fail(w->scenario, &c->version, e,
                             "found %" PRId64 ", but the members have packages.fragmentation %d",
                             c->version, version);
    if (c->end == CAMPAIGN_END_ACKNOWLEDGED && version == 1)
        return scenario_fail(w->scenario, &c->end, e,
                             "acknowledged needs FragDataBlockReceivedReq of version 2; the "
                             "members have packages.fragmentation 1: use sent or status");
    if (c->status == CAMPAIGN_STATUS_NONE && (c->repair.unicast || c->session.max == 0))
        return scenario_fail(w->scenario, &c->status, e,
                             "none does not go with fragments to single devices, which need "
                             "status answers: use all or missing, or repair.unicast 0 and at least "
                             "one session");
    if (c->session.max == 0 && c->repair.rounds == 0)
        return scenario_fail(w->scenario, &c->session.max, e,
                             "without a session and without repair rounds nothing would be sent");
    if (c->session.max == 0 && world_campaign_group(w, c)->set_up == MC_PROVISIONED)
        return scenario_fail(w->scenario, &c->session.max, e,
                             "0 is for devices that are set up over the air; set the group's "
                             "setup: over_the_air");
    return SIM_OK;
}

/* Keys about what is told over the air, and mistakes in it. */
static int check_told(const struct world *w, const struct campaign_cfg *c, struct sim_error *e)
{
    const void *const fields[] = {&c->remove, &c->mistakes.group_removed_after,
                                  &c->mistakes.set_up_stalls};
    const void *given = first_given(w, fields, sizeof fields / sizeof *fields);
    if (given && world_campaign_group(w, c)->set_up == MC_PROVISIONED)
        return scenario_fail(w->scenario, given, e,
                             "group %s is provisioned, its members are asked nothing; set its "
                             "setup: over_the_air, or leave this out",
                             c->group);
    if (c->mistakes.group_removed_after != SCN_WORD && c->session.max == 0)
        return scenario_fail(w->scenario, &c->mistakes.group_removed_after, e,
                             "without a session (session.max 0) no group is set up; leave this "
                             "out");
    if (c->mistakes.set_up_stalls && c->session.start_ns != SCN_WORD)
        return scenario_fail(w->scenario, &c->mistakes.set_up_stalls, e,
                             "a session with a start of its own does not wait for the set-up; "
                             "leave session.start at auto");
    return SIM_OK;
}

static bool share_devices(const struct scn_list *a, const struct scn_list *b)
{
    const struct multicast_member_cfg *x = a->items, *y = b->items;
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < b->n; k++)
            if (strcmp(x[i].devices, y[k].devices) == 0 &&
                (x[i].count == SCN_WORD || y[k].first < x[i].first + x[i].count) &&
                (y[k].count == SCN_WORD || x[i].first < y[k].first + y[k].count))
                return true;
    return false;
}

static int check_others(const struct world *w, size_t i, struct sim_error *e)
{
    const struct campaign_cfg *c = world_campaign_cfg(w, i);
    for (size_t k = 0; k < i; k++) {
        const struct campaign_cfg *o = world_campaign_cfg(w, k);
        if (share_devices(&world_campaign_group(w, c)->members,
                          &world_campaign_group(w, o)->members))
            return scenario_fail(w->scenario, &c->group, e,
                                 "group %s has devices of group %s, which is that of campaign %s; "
                                 "a device takes part in one campaign",
                                 c->group, o->group, o->name);
    }
    return SIM_OK;
}

/* Devices know an image by its descriptor. */
static int check_descriptor(const struct world *w, size_t i, struct sim_error *e)
{
    const struct campaign_cfg *c = world_campaign_cfg(w, i);
    for (size_t k = 0; k < i; k++) {
        const struct campaign_cfg *o = world_campaign_cfg(w, k);
        if (memcmp(o->descriptor, c->descriptor, sizeof c->descriptor) == 0)
            return scenario_fail(w->scenario, c->descriptor, e,
                                 "%02x%02x%02x%02x is that of campaign %s too, and devices know "
                                 "an image by it; give each campaign its own",
                                 c->descriptor[0], c->descriptor[1], c->descriptor[2],
                                 c->descriptor[3], o->name);
    }
    return SIM_OK;
}

static int check_times(const struct world *w, const struct campaign_cfg *c, struct sim_error *e)
{
    const struct campaign_session_cfg *s = &c->session;
    bool class_b = world_campaign_group(w, c)->group_class == MC_CLASS_B;
    if (s->start_ns == SCN_WORD)
        return SIM_OK;
    if (class_b && (w->cfg.run.start_gps_ns + s->start_ns) % BEACON_PERIOD)
        return scenario_fail(w->scenario, &s->start_ns, e,
                             "a class B session begins at a multiple of 128 s of GPS time; this "
                             "start is none, auto finds one");
    if ((w->cfg.run.start_gps_ns + s->start_ns) % SIM_S(1))
        return scenario_fail(w->scenario, &s->start_ns, e,
                             "SessionTime counts whole GPS seconds; this start is not one");
    if (s->start_ns < c->start_ns)
        return scenario_fail(w->scenario, &s->start_ns, e,
                             "before the campaign's own start, %.3f s; begin that earlier",
                             (double)c->start_ns / 1e9);
    return SIM_OK;
}

static int read_image(const struct world *w, const struct campaign_cfg *c, uint8_t **data,
                      size_t *len, struct sim_error *e)
{
    struct sim_error inner;
    if (!c->image) {
        *len = (size_t)c->size_bytes;
        *data = campaign_block_generate((uint64_t)c->image_seed, *len);
        return SIM_OK;
    }
    int rc = read_file(c->image, FRAG_MAX_LEN, data, len, &inner);
    if (rc)
        return scenario_fail(w->scenario, &c->image, e, "%.600s", inner.text);
    if (*len == 0) {
        free(*data);
        return scenario_fail(w->scenario, &c->image, e,
                             "%.300s is empty; a campaign needs octets to send", c->image);
    }
    return SIM_OK;
}

/* Fragment numbers have 14 bits. */
static int too_many(const struct world *w, const struct campaign_cfg *c,
                    const struct campaign_block *b, struct sim_error *e)
{
    size_t m = (b->len + b->frag_size - 1) / b->frag_size;
    if (m > FRAG_MAX_N)
        return scenario_fail(w->scenario, &c->frag_size_bytes, e,
                             "%zu octets in fragments of %u are %zu, allowed at most %d; take "
                             "larger fragments",
                             b->len, b->frag_size, m, FRAG_MAX_N);
    return scenario_fail(w->scenario,
                         c->n_parity == SCN_WORD ? (const void *)&c->redundancy_ratio
                                                 : (const void *)&c->n_parity,
                         e,
                         "%zu fragments and %u redundant ones, allowed at most %d in all; take "
                         "larger fragments or less redundancy",
                         m, b->n_parity, FRAG_MAX_N);
}

static int make_block(struct world *w, size_t i, struct sim_error *e)
{
    const struct campaign_cfg *c = world_campaign_cfg(w, i);
    const struct multicast_cfg *g = world_campaign_group(w, c);
    int dr = world_group_dr(w, g);
    int max = region_max_mac_payload(w->region, dr, false) - 8;
    if (c->frag_size_bytes != SCN_WORD && c->frag_size_bytes > max - TS004_FRAGMENT_OVERHEAD)
        return scenario_fail(w->scenario, &c->frag_size_bytes, e,
                             "found %" PRId64 "B, allowed at most %dB: DR%d of %s carries %dB, and "
                             "DataFragment needs %d of them",
                             c->frag_size_bytes, max - TS004_FRAGMENT_OVERHEAD, dr, w->region->name,
                             max, TS004_FRAGMENT_OVERHEAD);
    uint8_t *data;
    size_t len;
    int rc = read_image(w, c, &data, &len, e);
    if (rc)
        return rc;
    struct campaign_block *b = &w->blocks[i];
    rc = campaign_block_make(b, c, data, len, max, ts004_version(w, c));
    return rc ? too_many(w, c, b, e) : SIM_OK;
}

int world_check_campaigns(struct world *w, struct sim_error *e)
{
    int rc = SIM_OK;
    w->blocks = mem_alloc(w->cfg.campaigns.n, sizeof *w->blocks);
    for (size_t i = 0; !rc && i < w->cfg.campaigns.n; i++) {
        const struct campaign_cfg *c = world_campaign_cfg(w, i);
        rc = check_group(w, c, e);
        rc = rc ? rc : check_image(w, c, e);
        rc = rc ? rc : check_packages(w, c, e);
        rc = rc ? rc : check_together(w, c, e);
        rc = rc ? rc : check_told(w, c, e);
        rc = rc ? rc : check_others(w, i, e);
        rc = rc ? rc : check_descriptor(w, i, e);
        rc = rc ? rc : check_times(w, c, e);
        rc = rc ? rc : make_block(w, i, e);
    }
    return rc;
}
