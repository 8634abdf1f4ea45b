/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware campaigns over the air: the machine of models/packages/campaign, whose requests go to
 * the application packages and whose fragments go to a multicast group. */
#ifndef SERVER_CAMPAIGNS_H
#define SERVER_CAMPAIGNS_H

#include "models/server/campaign_block.h"
#include "models/server/multicast.h"
#include "models/server/packages.h"

struct campaigns_setup {
    struct evq *evq;
    const struct trace *trace;
    struct devices *devices;
    struct packages *packages;
    sim_time duration;
    int64_t start_gps_ns;
};

struct campaigns;

struct campaigns *campaigns_open(const struct campaigns_setup *s);
void campaigns_close(struct campaigns *cs);

/* One campaign. What is pointed to is borrowed as long as the campaigns live, members for the call.
 * A device belongs to one campaign at most, and has what the campaign needs: that was checked. */
struct campaign_job {
    const struct campaign_cfg *cfg;
    const struct multicast_cfg *group;
    const struct campaign_block *block;
    struct multicast *mc;
    const uint32_t *members; /* device indices */
    uint32_t n_members;
    /* How long n frames of the block to the group take. */
    sim_time (*frames_take)(void *ctx, unsigned n);
    void *ctx;
};
void campaigns_add(struct campaigns *cs, const struct campaign_job *s);

void campaigns_start(struct campaigns *cs);
/* Verdicts of who has none, and rows. */
void campaigns_finish(struct campaigns *cs);

#endif
