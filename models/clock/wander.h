/* SPDX-License-Identifier: GPL-2.0-only
 * Wander: the phase that a random walk of the drift adds, at any time without walking there. */
#ifndef CLOCK_WANDER_H
#define CLOCK_WANDER_H

#include <stdint.h>

#include "sim/rng.h"

/* Time is counted in units of 640 s since the start of the run, phase in 1/16 ns. */
enum {
    WANDER_UNIT_S = 640,
    WANDER_LEVELS = 20,
    WANDER_END = 1 << WANDER_LEVELS, /* 21 years */
};

struct wander {
    struct rng_key key;
    double step; /* standard deviation of the drift after one unit, in phase per unit; 0: none */
    double drift_sd[WANDER_LEVELS]; /* of the middle of 2^(i + 1) units, given both ends */
    double phase_sd[WANDER_LEVELS];
};

/* ppb: standard deviation of the drift after one hour. */
struct wander wander_make(struct rng_key key, int64_t ppb);

/* Where an entity's walk is at one time. */
struct wander_point {
    double drift, phase;
};

/* The stretch of 64 units that was asked last, so that its neighbours are found in a third of the
 * time. Starts as zeros; one for each entity. It changes no answer. */
struct wander_near {
    struct wander_point lo, hi;
    uint32_t stretch; /* its number + 1, 0: none */
};

/* Phase at the start and at the end of a unit (0..WANDER_END-1), for an entity; 0 at unit 0.
 * The phase at the end of one unit is the phase at the start of the next, to the last bit. */
void wander_phase(const struct wander *w, uint64_t entity, uint32_t unit, struct wander_near *near,
                  int64_t *start, int64_t *end);

#endif
