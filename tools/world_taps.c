/* SPDX-License-Identifier: GPL-2.0-only
 * Real programs behind taps of a world's IP network: what they need, and what they send and get. */
#include "tools/world_internal.h"

int world_check_taps(const struct world *w, struct sim_error *e)
{
    if (w->plan.n_taps == 0 || w->cfg.run.pace == RUN_WALL)
        return SIM_OK;
    const struct ip_plan_group *g = ip_plan_group_of(&w->plan, w->plan.taps[0].node);
    return scenario_fail(w->scenario, &g->nodes->taps, e,
                         "%s is a real program, which lives in real time: taps need run.pace: wall",
                         g->name);
}

void world_set_taps(struct world *w,
                    void (*out)(void *ctx, uint32_t tap, const struct ns3_frame *f), void *ctx)
{
    w->tap = out;
    w->tap_ctx = ctx;
}

void world_tap(struct world *w, uint32_t tap, const uint8_t *frame, size_t len)
{
    ip_net_tap(w->net, tap, frame, len);
}

void world_warn_taps(const struct world *w)
{
    if (w->ip && w->plan.n_taps > 0)
        world_warn(w, &w->cfg.run.pace,
                   "nodes behind taps are real programs: what they send and when is not "
                   "repeatable, and so are the rows of this run");
}
