/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the campaigns share. */
#ifndef SERVER_CAMPAIGNS_INTERNAL_H
#define SERVER_CAMPAIGNS_INTERNAL_H

#include "models/packages/campaign.h"
#include "models/packages/fragcode.h"
#include "models/server/campaigns.h"

/* A campaign and what it needs. */
struct campaign_run {
    struct campaigns *all;
    struct campaign_job s;
    struct campaign_rules rules;
    struct campaign machine;
    struct campaign_member *members;
    uint32_t *devices;     /* of each member */
    uint8_t *mc_group_ids; /* of each member: McGroupID at the device */
    struct fragrows *rows;
    struct campaign_session session;
    sim_time reboot_at; /* by DevRebootTimeReq; -1: not asked yet */
    sim_time wake;      /* the pending event that counts */
    bool provisioned;
};

struct campaigns {
    struct campaigns_setup s;
    struct campaign_run **runs;
    uint32_t n;
    struct {
        uint32_t run, member; /* run + 1; 0: in no campaign */
    } * of_device;
    evq_kind event;
};

/* Requests as commands on the air, and answers as the machine wants them. */
int campaign_ask(struct campaign_run *r, uint32_t member, enum campaign_request what);
/* Returns false when the news is none of the campaign's. */
bool campaign_answer_of(const struct campaign_run *r, const struct package_news *n,
                        struct campaign_answer *a);
/* FragSessionSetupReq for a member. */
struct ts004_setup_req campaign_setup_req(const struct campaign_run *r, uint32_t member);
/* DataFragment number n; data: frag_size octets, to which the command points. */
struct package_command campaign_fragment(const struct campaign_run *r, unsigned n, uint8_t *data);

#endif
