/* SPDX-License-Identifier: GPL-2.0-only
 * Duty cycle of one transmitter: when may it send again, and how much it used. */
#ifndef RADIO_DUTY_H
#define RADIO_DUTY_H

#include <stdint.h>

#include "models/radio/radio_cfg.h"
#include "models/radio/region.h"
#include "sim/time.h"

/* Use of one sub-band by one transmitter.
 * toff: after a frame of air time T, silence for T (1/duty - 1).
 * sliding_hour: in no window of 3600 s more than duty x 3600 s of air time. */
struct duty_band {
    sim_time next;         /* toff: not before this */
    struct duty_use *uses; /* sliding_hour: ring of what is younger than an hour */
    uint16_t n_uses, cap_uses, head;
    sim_time used; /* sliding_hour: sum of the ring, which may hold older uses too */
    sim_time last; /* sliding_hour: latest start */
};

/* Earliest time >= at when a frame of an air time may start; duty_ppm 1000000: at. SIM_NEVER when
 * the frame alone breaks the limit. Does not change the result of later calls (old uses may be
 * dropped). */
sim_time duty_earliest(struct duty_band *b, enum radio_duty_rule rule, int32_t duty_ppm,
                       sim_time at, sim_time airtime);

/* Count a frame that starts at start. */
void duty_add(struct duty_band *b, enum radio_duty_rule rule, int32_t duty_ppm, sim_time start,
              sim_time airtime);

/* sliding_hour: air time used in the hour before a time. */
sim_time duty_used(struct duty_band *b, sim_time at);

void duty_free(struct duty_band *b);

#endif
