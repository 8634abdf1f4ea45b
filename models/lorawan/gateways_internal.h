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
    sim_time book_start, book_end; /* as the server has it */
    /* Over a backhaul; arrives is SIM_NEVER as long as it is under way. */
    bool carried, at_once;
    bool refused;    /* by the gateway; the server does not know yet */
    bool given_up;   /* the server waits no longer for an answer */
    uint16_t token;  /* of the order */
    sim_time offset; /* at_once, to a group: the gateway sends so much later */
};

struct sender {
    struct planned *planned; /* under way or queued, in no order */
    unsigned n, cap, n_queued;
    uint32_t seq; /* transmissions */
    uint32_t n_beacons;
    sim_time air_until;    /* end of the last one */
    sim_time book_until;   /* the same as the server has it */
    sim_time counter_base; /* its own counter at the start of the run, ns */
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
    struct gateways_carrier *carriers; /* of each network; without carry: none */
    gateways_answer_fn *answer;
    void *answer_ctx;
    uint16_t token; /* of the last order */
    evq_kind told_event;
};

/* Margin between two frames, and before a beacon. */
#define GATEWAYS_MARGIN        SIM_MS(1)
#define GATEWAYS_BEACON_MARGIN SIM_US(1500)

static inline const struct gateways_carrier *gateways_carrier_of(const struct gateways *gs,
                                                                 unsigned gateway)
{
    const struct gateways_carrier *c = &gs->carriers[gs->s.gateways[gateway].network];
    return c->carry ? c : NULL;
}

/* A downlink that the server has handed over, in its books. */
struct planned *gateways_book(struct gateways *gs, struct medium_tx *tx, uint32_t uplink_seq);
void gateways_unbook(struct gateways *gs, unsigned gateway, struct planned *p);
/* Row and count of what became of one. */
void gateways_note(struct gateways *gs, const struct planned *p, enum downlink_result result);
/* Is it one that starts at a GPS time? */
bool gateways_is_gps_timed(const struct medium_tx *tx);

/* Downlinks over a backhaul: make ready; hand one over; what the gateway says to one (it stays in
 * the books until the server knows); its start, where that is at once and only now known. */
void gateways_open_carried(struct gateways *gs);
void gateways_carry(struct gateways *gs, struct medium_tx *tx, uint32_t uplink_seq);
void gateways_refuse(struct gateways *gs, unsigned gateway, struct planned *p,
                     enum downlink_result result);
void gateways_start_at_once(const struct gateways *gs, unsigned gateway, struct planned *p);

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
