/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the sending side of gateways share. */
#ifndef LORAWAN_GATEWAYS_INTERNAL_H
#define LORAWAN_GATEWAYS_INTERNAL_H

#include "models/lorawan/gateways.h"
#include "models/radio/duty.h"

struct planned {
    struct medium_tx *tx;
    uint32_t uplink_seq;
    sim_time arrives;
    sim_time shift; /* of its start against what the server planned: the gateway's clocks */
    bool queued;    /* in the gateway's queue, not under way any more */
};

struct sender {
    struct planned *planned; /* under way or queued, in no order */
    unsigned n, cap, n_queued;
    uint32_t seq; /* transmissions */
    uint32_t n_beacons;
    sim_time air_until; /* end of the last one */
    struct duty_band bands[REGION_MAX_SUB_BANDS];
    sim_time airtime[REGION_MAX_SUB_BANDS], max_hour[REGION_MAX_SUB_BANDS];
    uint64_t n_refused[REGION_MAX_SUB_BANDS];
};

struct planner {
    sim_time at;
    int64_t rank;
    void (*plan)(void *obj);
    void *obj;
};

struct gateways {
    struct gateways_setup s;
    struct sender *g;
    uint64_t *counts; /* n_networks x MEDIUM_N_WINDOWS x N_DL */
    evq_kind arrive_event, send_event, plan_event, beacon_event;
    struct medium_beacon_copy *copies;  /* of a beacon; NULL: no gateway sends any */
    struct planner *planners, *running; /* who wants to plan; those whose turn it is */
    unsigned n_planners, cap_planners, cap_running;
};

/* Count a transmission in its sub-band. */
void gateways_count_use(struct gateways *gs, unsigned gateway, int64_t frequency_hz, sim_time start,
                        sim_time airtime);

/* Post the first beacon, if any gateway sends them. */
void gateways_open_beacons(struct gateways *gs);
/* Earliest start >= at at which a frame keeps clear of the gateway's beacons, the time reserved
 * behind them, and a time before them. */
sim_time gateways_clear_of_beacons(const struct gateways *gs, unsigned gateway, sim_time at,
                                   sim_time airtime, sim_time before);
/* Air time in a sub-band that an hour's beacons need beyond those already counted; and when the
 * next one behind a time starts there (SIM_NEVER: none). */
sim_time gateways_beacon_reserve(const struct gateways *gs, unsigned gateway, int band);
sim_time gateways_next_beacon(const struct gateways *gs, unsigned gateway, int band, sim_time at);

#endif
