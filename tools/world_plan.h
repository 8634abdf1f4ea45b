/* SPDX-License-Identifier: GPL-2.0-only
 * The campaigns of a placed world, planned. */
#ifndef TOOLS_WORLD_PLAN_H
#define TOOLS_WORLD_PLAN_H

#include "models/packages/campaign_plan.h"
#include "models/packages/campaign_setup.h"
#include "models/server/campaign_cfg.h"
#include "models/server/multicast_cfg.h"
#include "tools/world.h"

/* A multicast group once nodes are placed. */
struct world_group {
    const struct multicast_cfg *cfg;
    int network;
    uint32_t *members; /* device indices */
    uint32_t n_members;
    uint16_t *gateways; /* that send, in their order */
    unsigned n_gateways;
    uint32_t n_unreached; /* members that none of them reaches at any power */
    uint32_t mc_addr;
    int dr;
    int64_t frequency_hz;
};

/* i: place in the scenario's list. world_group_free releases it. */
void world_group_find(const struct world *w, size_t i, struct world_group *g);
void world_group_free(struct world_group *g);

/* A campaign, as campaign_plan_make takes it, at the data rate of its group. */
struct world_campaign {
    const struct campaign_cfg *cfg;
    struct world_group group;
    struct campaign_plan_input input;
};

size_t world_n_campaigns(const struct world *w);
void world_campaign_find(const struct world *w, size_t i, struct world_campaign *c);
void world_campaign_free(struct world_campaign *c);

/* Members of a group that hear one of its gateways at a data rate, by mean power, without fading.
 */
uint32_t world_n_in_reach(const struct world *w, const struct world_group *g, int dr);
/* Members that do not, at the group's data rate, in words; NULL: there are none. */
const char *world_say_far(const struct world *w, const struct world_group *g, char *buf,
                          size_t size);
/* Do these rule the campaign out: all of them, or any and the campaign must reach all? */
bool world_far_is_fatal(const struct world *w, const struct world_campaign *c);

/* The requests that a campaign begins and ends with, and how often each member gets them.
 * n_sessions: as planned. told: group and sessions are told over the air, which they are unless the
 * group is provisioned. Returns how many of them there are. */
enum { WORLD_MAX_REQUESTS = 14 };
unsigned world_requests(const struct world_campaign *c, unsigned n_sessions, bool told,
                        struct campaign_setup_request requests[WORLD_MAX_REQUESTS]);
/* The bound on a campaign's set-up; only after world_build, which gives devices their data rates.
 */
void world_setup_find(const struct world *w, const struct world_campaign *c,
                      const struct campaign_setup_request *requests, unsigned n,
                      struct campaign_setup *s);

/* Refuse the first campaign whose plan cannot work, at its place in the scenario, with the numbers;
 * after world_place. Errors: SIM_ESCENARIO. */
int world_check_plans(const struct world *w, struct sim_error *e);

#endif
