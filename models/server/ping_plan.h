/* SPDX-License-Identifier: GPL-2.0-only
 * Which ping slot takes a class B downlink, as the server sees it: with a perfect clock. Source:
 * TS001-1.0.4, class B: downlink slot timing, ping slot randomisation, frequency hopping. */
#ifndef SERVER_PING_PLAN_H
#define SERVER_PING_PLAN_H

#include <stdint.h>

#include "models/lorawan/crypto.h"
#include "sim/time.h"

struct region;

/* What all ping slots of a run share. */
struct ping_plan {
    struct lw_aes zero_key;
    const struct region *region;
    int64_t start_gps_ns; /* of simulated time 0 */
};

/* Whose slots: a device's, or a multicast group's. */
struct ping_listener {
    uint32_t addr;        /* DevAddr or McAddr */
    int periodicity;      /* 0..7 */
    int64_t frequency_hz; /* 0: the region's default, which may hop */
};

/* One of them. */
struct ping_place {
    sim_time start;
    int64_t frequency_hz;
};

void ping_plan_init(struct ping_plan *p, const struct region *r, int64_t start_gps_ns);

/* The listener's first ping slot that starts at or after a time (not negative) and in which a frame
 * of an air time, at most 100 s, is over before the beacon guard begins: a frame may outlast its
 * slot, but not the beacon window. */
struct ping_place ping_plan_next(const struct ping_plan *p, const struct ping_listener *l,
                                 sim_time at, sim_time airtime);

#endif
