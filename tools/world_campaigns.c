/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware campaigns of a world, made. */
#include "sim/mem.h"
#include "tools/world_internal.h"
#include "tools/world_plan.h"

/* What a campaign's machine is told of its group. */
struct world_job {
    const struct world *w;
    size_t i; /* of the campaign */
};

/* As castbed plan finds it, for a block of n fragments that goes out in one go. */
static sim_time frames_take(void *ctx, unsigned n)
{
    const struct world_job *job = ctx;
    struct world_campaign c;
    struct campaign_plan p;
    if (n == 0)
        return 0;
    world_campaign_find(job->w, job->i, &c);
    c.input.frag_size = job->w->blocks[job->i].frag_size;
    c.input.image_len = (size_t)n * c.input.frag_size;
    c.input.n_coded = 0;
    c.input.timeout = CAMPAIGN_PLAN_MAX_TIMEOUT;
    c.input.max_sessions = 1;
    c.input.slot_len = 0;
    campaign_plan_make(&p, &c.input);
    sim_time end = p.problem == CAMPAIGN_PLAN_POSSIBLE
                       ? p.end - c.input.margin
                       : campaign_plan_session_length(c.input.class_b, c.input.timeout);
    campaign_plan_free(&p);
    world_campaign_free(&c);
    return end;
}

static size_t index_of_group(const struct world *w, const struct multicast_cfg *g)
{
    return (size_t)(g - (const struct multicast_cfg *)w->cfg.multicast.items);
}

static void make_campaign(struct world *w, size_t i)
{
    struct world_group g;
    const struct campaign_cfg *c = world_campaign_cfg(w, i);
    size_t group = index_of_group(w, world_campaign_group(w, c));
    world_group_find(w, group, &g);
    w->jobs[i] = (struct world_job){w, i};
    struct campaign_job job = {.cfg = c,
                               .group = g.cfg,
                               .block = &w->blocks[i],
                               .mc = w->multicast[group],
                               .members = g.members,
                               .n_members = g.n_members,
                               .frames_take = frames_take,
                               .ctx = &w->jobs[i]};
    campaigns_add(w->campaigns, &job);
    world_group_free(&g);
}

void world_make_campaigns(struct world *w)
{
    struct campaigns_setup s = {.evq = w->evq,
                                .trace = w->trace,
                                .devices = w->devices,
                                .packages = w->packages,
                                .duration = w->cfg.run.duration_ns,
                                .start_gps_ns = w->cfg.run.start_gps_ns};
    if (w->cfg.campaigns.n == 0)
        return;
    w->jobs = mem_alloc(w->cfg.campaigns.n, sizeof *w->jobs);
    w->campaigns = campaigns_open(&s);
    for (size_t i = 0; i < w->cfg.campaigns.n; i++)
        make_campaign(w, i);
}
