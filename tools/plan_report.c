/* SPDX-License-Identifier: GPL-2.0-only
 * Plans of a campaign at each data rate, expected recovery, set-up and warnings. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "models/packages/fragdecode.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tools/plan.h"
#include "tools/world_internal.h"

static const double losses[PLAN_N_LOSS] = {.01, .02, .05, .1, .15, .2, .3};
/* Parts per million of M; the campaign's own goes among them. */
static const unsigned redundancies_ppm[PLAN_N_REDUNDANCY - 1] = {50000,  100000, 150000,
                                                                 200000, 300000, 500000};

static void warn(struct plan_report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void warn(struct plan_report *r, const char *fmt, ...)
{
    if (r->n_warnings == PLAN_MAX_WARNINGS)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(r->warnings[r->n_warnings++], PLAN_TEXT_SIZE, fmt, ap);
    va_end(ap);
}

static sim_time earliest_end(const struct campaign_plan_input *in)
{
    struct campaign_plan_input bare = *in;
    struct campaign_plan p;
    bare.margin = bare.pause = bare.gap = 0;
    bare.timeout = CAMPAIGN_PLAN_AUTO;
    bare.max_sessions = 0;
    campaign_plan_make(&p, &bare);
    sim_time end = p.end;
    campaign_plan_free(&p);
    return end;
}

static void plan_rates(struct plan_report *r, const struct world *w)
{
    const struct campaign_plan_input *own = &r->campaign.input;
    for (int dr = 0; dr < REGION_N_DR; dr++) {
        const struct region_dr *d = &own->region->dr[dr];
        if (dr != own->dr && (!d->down || d->modulation == REGION_LR_FHSS))
            continue;
        struct plan_rate *x = &r->rates[r->n_rates++];
        *x = (struct plan_rate){.dr = dr, .input = *own};
        x->input.dr = dr;
        campaign_plan_make(&x->plan, &x->input);
        x->earliest_end = earliest_end(&x->input);
        if (d->down)
            x->n_in_reach = world_n_in_reach(w, &r->campaign.group, dr);
        if (dr == own->dr)
            r->chosen = x;
    }
}

static int compare_numbers(const void *a, const void *b)
{
    const unsigned *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The columns: growing, the campaign's own number among them, no more than there are numbers. */
static void choose_columns(struct plan_report *r)
{
    const struct campaign_plan *p = &r->chosen->plan;
    for (unsigned k = 0; k < PLAN_N_REDUNDANCY - 1; k++) {
        uint64_t n =
            ((uint64_t)p->m * redundancies_ppm[k] + CAMPAIGN_PLAN_PPM - 1) / CAMPAIGN_PLAN_PPM;
        r->n_coded[k] = p->m + n > FRAG_MAX_N ? FRAG_MAX_N - p->m : (unsigned)n;
    }
    r->n_coded[PLAN_N_REDUNDANCY - 1] = p->n_coded;
    qsort(r->n_coded, PLAN_N_REDUNDANCY, sizeof *r->n_coded, compare_numbers);
    r->n_columns = 0;
    for (unsigned k = 0; k < PLAN_N_REDUNDANCY; k++)
        if (k == 0 || r->n_coded[k] != r->n_coded[r->n_columns - 1])
            r->n_coded[r->n_columns++] = r->n_coded[k];
}

static void find_shares(struct plan_report *r, struct fragrows *rows, uint64_t seed,
                        unsigned n_trials)
{
    unsigned most = r->n_coded[r->n_columns - 1];
    for (unsigned i = 0; i < PLAN_N_LOSS; i++) {
        struct loss_model_cfg loss = {.kind = LOSS_MODEL_BERNOULLI, .loss_ratio = losses[i]};
        const struct campaign_recovery_input in = {.rows = rows,
                                                   .max_coded = most,
                                                   .max_lost = FRAG_MAX_N,
                                                   .loss = &loss,
                                                   .seed = seed,
                                                   .n_trials = n_trials};
        struct campaign_recovery found;
        struct sim_error e;
        int rc = campaign_recovery_find(&found, &in, &e);
        SIM_CHECK(rc == SIM_OK, "%s", e.text);
        r->losses[i] = losses[i];
        r->n_trials[i] = found.n_trials;
        for (unsigned k = 0; k < r->n_columns; k++)
            r->shares[i][k] = campaign_recovery_share(&found, r->n_coded[k]);
        campaign_recovery_free(&found);
    }
}

/* With the group's own loss model and members; a recording answers for them once. */
static void find_own(struct plan_report *r, const struct world *w, struct fragrows *rows,
                     unsigned n_trials)
{
    const struct world_group *g = &r->campaign.group;
    const struct loss_model_cfg *loss = &g->cfg->loss;
    const struct loss_model_setup members = {.cfg = loss,
                                             .scenario = w->scenario,
                                             .device_ids = w->ids,
                                             .n_devices = w->n_devices,
                                             .members = g->members,
                                             .n_members = g->n_members,
                                             .first_fcnt = (uint32_t)g->cfg->min_mc_fcnt};
    bool named = loss->kind == LOSS_MODEL_PER_DEVICE || loss->kind == LOSS_MODEL_TRACE;
    const struct campaign_recovery_input in = {
        .rows = rows,
        .max_coded = r->chosen->plan.n_coded,
        .max_lost = FRAG_MAX_N,
        .loss = loss,
        .seed = (uint64_t)w->cfg.run.seed,
        .members = named ? &members : NULL,
        .n_trials = loss->kind == LOSS_MODEL_TRACE ? g->n_members : n_trials};
    struct campaign_recovery found;
    struct sim_error e;
    if (loss->kind == LOSS_MODEL_NONE)
        return;
    int rc = campaign_recovery_find(&found, &in, &e);
    SIM_CHECK(rc == SIM_OK, "%s", e.text);
    r->has_own = true;
    r->own = campaign_recovery_share(&found, in.max_coded);
    campaign_recovery_free(&found);
}

static void find_recovery(struct plan_report *r, const struct world *w, unsigned n_trials)
{
    struct fragrows *rows;
    const struct campaign_plan *p = &r->chosen->plan;
    if (!p->n_frames)
        return;
    int rc = fragrows_open(&rows, r->campaign.input.code, p->m);
    SIM_CHECK(rc == SIM_OK, "%s", sim_strerror(rc));
    choose_columns(r);
    find_shares(r, rows, (uint64_t)w->cfg.run.seed, n_trials);
    find_own(r, w, rows, n_trials);
    fragrows_close(rows);
}

static void warn_reach(struct plan_report *r, const struct world *w)
{
    char text[PLAN_TEXT_SIZE];
    if (r->chosen->n_in_reach < r->campaign.group.n_members)
        warn(r, "%s", world_say_far(w, &r->campaign.group, text, sizeof text));
}

static void warn_blind(struct plan_report *r)
{
    struct campaign_plan_advice a;
    char text[CAMPAIGN_SAY_SIZE];
    if (!r->chosen->plan.m)
        return;
    campaign_plan_advise(&r->chosen->plan, &r->chosen->input, &a);
    if (a.blind)
        warn(r, "%s", campaign_say_blind(&a, text, sizeof text));
}

static void warn_setup(struct plan_report *r)
{
    const struct campaign_cfg *cfg = r->campaign.cfg;
    char a[32], b[32];
    if (r->not_told)
        return;
    if (r->setup.by_uplinks == SIM_NEVER)
        warn(r, "there are members without uplinks: no class A request reaches them");
    if (r->campaign.group.cfg->set_up != MC_OVER_THE_AIR || cfg->session.start_ns == SCN_WORD)
        return;
    sim_time there = cfg->session.start_ns - cfg->start_ns;
    sim_time need = r->setup.by_duty > r->setup.by_uplinks && r->setup.by_uplinks != SIM_NEVER
                        ? r->setup.by_duty
                        : r->setup.by_uplinks;
    if (need != SIM_NEVER && need > there)
        warn(r, "the set-up takes %s at least, the first session starts %s after it begins",
             campaign_say_time(need, a, sizeof a), campaign_say_time(there, b, sizeof b));
}

static void warn_schedule(struct plan_report *r, const struct world *w)
{
    const struct campaign_plan *p = &r->chosen->plan;
    const struct campaign_cfg *cfg = r->campaign.cfg;
    char a[32], b[32];
    if (r->campaign.group.cfg->schedule == MC_SIMULTANEOUS && r->campaign.group.n_gateways > 1)
        warn(r,
             "%u gateways send at the same time on one frequency: their copies interfere where "
             "both are heard",
             r->campaign.group.n_gateways);
    sim_time start = cfg->session.start_ns == SCN_WORD ? cfg->start_ns : cfg->session.start_ns;
    if (p->end > w->cfg.run.duration_ns - start)
        warn(r, "the last frame ends %s after the first session's start, the run lasts %s",
             campaign_say_time(p->end, a, sizeof a),
             campaign_say_time(w->cfg.run.duration_ns, b, sizeof b));
}

void plan_report_make(struct plan_report *r, const struct world *w, size_t i, unsigned n_trials)
{
    *r = (struct plan_report){0};
    world_campaign_find(w, i, &r->campaign);
    plan_rates(r, w);
    const struct campaign_plan *p = &r->chosen->plan;
    if (p->problem != CAMPAIGN_PLAN_POSSIBLE)
        campaign_say_problem(p, &r->chosen->input, r->problem, sizeof r->problem);
    else if (world_far_is_fatal(w, &r->campaign))
        world_say_far(w, &r->campaign.group, r->problem, sizeof r->problem);
    find_recovery(r, w, n_trials);
    bool told = r->campaign.group.cfg->set_up == MC_OVER_THE_AIR;
    r->n_requests = world_requests(&r->campaign, p->n_sessions, told, r->requests);
    r->not_told = !r->n_requests;
    if (r->not_told)
        r->n_requests = world_requests(&r->campaign, p->n_sessions, true, r->requests);
    world_setup_find(w, &r->campaign, r->requests, r->n_requests, &r->setup);
    warn_blind(r);
    if (!r->problem[0])
        warn_reach(r, w);
    warn_setup(r);
    warn_schedule(r, w);
}

void plan_report_free(struct plan_report *r)
{
    for (unsigned i = 0; i < r->n_rates; i++)
        campaign_plan_free(&r->rates[i].plan);
    world_campaign_free(&r->campaign);
}
