/* SPDX-License-Identifier: GPL-2.0-only
 * What it takes to prepare a fleet for a campaign over the air: requests in class A downlinks, by
 * gateways with a duty cycle. A lower bound: gateways share the work evenly, every window can be
 * used, nothing is lost, nothing else is sent.
 *
 * Source: TS001-1.0.4 (class A windows), RP002-1.0.4 (RX1 data rates). */
#ifndef PACKAGES_CAMPAIGN_SETUP_H
#define PACKAGES_CAMPAIGN_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "models/radio/region.h"
#include "sim/time.h"

struct campaign_setup_request {
    const char *name;
    unsigned len; /* octets of FRMPayload */
    unsigned n;   /* to each member */
};

struct campaign_setup_input {
    const struct region *region;
    bool duty_cycle; /* obeyed at all */
    const struct campaign_setup_request *requests;
    unsigned n_requests;
    uint32_t n_at_dr[REGION_N_DR]; /* members by the data rate of their uplinks */
    unsigned n_gateways;           /* of the network */
    const int64_t *rx1_hz;         /* frequencies of RX1, used alike */
    unsigned n_rx1;
    int rx1_dr_offset;
    int rx2_dr;
    int64_t rx2_hz;
    bool use_rx1, use_rx2;
    sim_time uplink_period; /* of the member that sends least; SIM_NEVER: one sends nothing */
};

struct campaign_setup {
    unsigned n_gateways;               /* of the network, as given; at least 1 */
    uint64_t n_requests;               /* to all members */
    sim_time airtime_rx1, airtime_rx2; /* of all of them, in either window */
    sim_time by_duty;    /* what the gateways' duty cycle, or their one transmitter, needs */
    sim_time by_uplinks; /* a request needs an uplink before it; SIM_NEVER: a member sends none */
};

void campaign_setup_find(struct campaign_setup *s, const struct campaign_setup_input *in);

#endif
