/* SPDX-License-Identifier: GPL-2.0-only
 * What the parts of castbed plan share. Inside of tools/ only. */
#ifndef TOOLS_PLAN_H
#define TOOLS_PLAN_H

#include <jansson.h>
#include <stdio.h>

#include "models/packages/campaign_recovery.h"
#include "models/packages/campaign_say.h"
#include "tools/world_plan.h"

enum { PLAN_N_LOSS = 7, PLAN_N_REDUNDANCY = 7, PLAN_MAX_WARNINGS = 12, PLAN_TEXT_SIZE = 500 };

/* The campaign at one data rate. */
struct plan_rate {
    int dr;
    struct campaign_plan_input input;
    struct campaign_plan plan;
    sim_time earliest_end; /* by the duty cycle alone, as if one session lasted for ever */
    uint32_t n_in_reach;
};

/* Everything about one campaign that is worth telling. */
struct plan_report {
    struct world_campaign campaign;
    struct plan_rate rates[REGION_N_DR];
    unsigned n_rates;
    const struct plan_rate *chosen; /* at the group's data rate */
    /* Expected shares at the chosen M: loss ratios down, parity fragments across. */
    double losses[PLAN_N_LOSS];
    unsigned n_coded[PLAN_N_REDUNDANCY], n_columns;
    struct campaign_recovery_share shares[PLAN_N_LOSS][PLAN_N_REDUNDANCY];
    unsigned n_trials[PLAN_N_LOSS];
    bool has_own; /* with the group's own loss model, at the campaign's redundancy */
    struct campaign_recovery_share own;
    struct campaign_setup_request requests[WORLD_MAX_REQUESTS];
    unsigned n_requests;
    bool not_told; /* nobody is asked anything: the requests of a group that is not provisioned */
    struct campaign_setup setup;
    char warnings[PLAN_MAX_WARNINGS][PLAN_TEXT_SIZE];
    unsigned n_warnings;
    char problem[PLAN_TEXT_SIZE]; /* why it cannot work; empty: it can */
};

/* Plan campaign i of a built world. n_trials: of each share; 0: as many as go in about a second.
 * plan_report_free releases it. */
void plan_report_make(struct plan_report *r, const struct world *w, size_t i, unsigned n_trials);
void plan_report_free(struct plan_report *r);

void plan_print(FILE *f, const struct plan_report *r);
/* A new reference. */
json_t *plan_json(const struct plan_report *r);

#endif
