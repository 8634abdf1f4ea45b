/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware campaigns of a scenario: rules between their keys, and their blocks of data. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        &g->session.start_ns, &g->session.timeout,   &g->session.margin_ns,  &g->plan.start_ns,
        &g->plan.tries,       &g->plan.spacing_ns,   &g->plan.deadline_ns,   &g->plan.send_anyway,
        &g->traffic.count,    &g->traffic.period_ns, &g->traffic.size_bytes, &g->traffic.fport};
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

static int check_times(const struct world *w, const struct campaign_cfg *c, struct sim_error *e)
{
    const struct campaign_session_cfg *s = &c->session;
    if (s->start_ns == SCN_WORD)
        return SIM_OK;
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
    bool parity = b->m > 0 && b->m <= FRAG_MAX_N;
    return scenario_fail(w->scenario, &c->frag_size_bytes, e,
                         "%zu octets in fragments of %u are %zu, %s%u; allowed at most %d in all: "
                         "take larger fragments, or less redundancy",
                         b->len, b->frag_size, (b->len + b->frag_size - 1) / b->frag_size,
                         parity ? "with redundancy " : "and redundancy ",
                         parity ? b->m + b->n_parity : b->n_parity, FRAG_MAX_N);
}

static int make_block(struct world *w, size_t i, struct sim_error *e)
{
    const struct campaign_cfg *c = world_campaign_cfg(w, i);
    const struct multicast_cfg *g = world_campaign_group(w, c);
    int dr = g->dr == SCN_WORD ? w->region->rx2_dr : (int)g->dr;
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
    int version = c->version == SCN_WORD ? 2 : (int)c->version;
    rc = campaign_block_make(b, c, data, len, max, version);
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
        rc = rc ? rc : check_times(w, c, e);
        rc = rc ? rc : make_block(w, i, e);
    }
    return rc;
}
