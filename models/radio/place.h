/* SPDX-License-Identifier: GPL-2.0-only
 * Where the nodes of a group stand. */
#ifndef RADIO_PLACE_H
#define RADIO_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "models/radio/radio_cfg.h"
#include "sim/entity.h"
#include "sim/err.h"

struct place {
    int64_t x_mm, y_mm, z_mm;
};

/* Positions of the n nodes of a group; drawn per (seed, run, RNG_PLACEMENT, entity of group and
 * index). s: for file:line:column of errors. out: n elements. Errors: SIM_ESCENARIO (too few
 * points, bad file). */
int place_group(const struct place_cfg *cfg, const struct scenario *s, const char *group, size_t n,
                uint64_t seed, uint64_t run, struct place *out, struct sim_error *e);

/* Straight-line distance in mm. */
int64_t place_distance_mm(const struct place *a, const struct place *b);

#endif
