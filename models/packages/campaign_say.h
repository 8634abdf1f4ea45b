/* SPDX-License-Identifier: GPL-2.0-only
 * What a plan of a campaign says, in words. */
#ifndef PACKAGES_CAMPAIGN_SAY_H
#define PACKAGES_CAMPAIGN_SAY_H

#include <stddef.h>

#include "models/packages/campaign_plan.h"

enum { CAMPAIGN_SAY_SIZE = 400 };

/* Why a plan cannot work, with its numbers and what to do, as one sentence without a full stop.
 * p->problem is not CAMPAIGN_PLAN_POSSIBLE. Returns buf. */
char *campaign_say_problem(const struct campaign_plan *p, const struct campaign_plan_input *c,
                           char *buf, size_t size);

/* A time as a person reads it: "0.45 s", "30.3 min", "17.8 h". Returns buf. */
char *campaign_say_time(sim_time t, char *buf, size_t size);

/* The blind spot of a number of fragments, and what to do: as above. a->blind is set. */
char *campaign_say_blind(const struct campaign_plan_advice *a, char *buf, size_t size);

#endif
