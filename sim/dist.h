/* SPDX-License-Identifier: GPL-2.0-only
 * Values of a scenario's distributions. */
#ifndef SIM_DIST_H
#define SIM_DIST_H

#include <stdint.h>

#include "sim/rng.h"
#include "sim/scenario.h"

/* A value of a distribution from draw n of an entity's stream, clamped to [min, max]. */
int64_t dist_draw(const struct scn_dist *d, struct rng_key key, uint64_t entity, uint64_t n,
                  int64_t min, int64_t max);

#endif
