/* SPDX-License-Identifier: GPL-2.0-only
 * The backhaul with a constant delay: every endpoint is so far away from a point in the middle, and
 * nothing is lost. */
#ifndef SIM_BACKHAUL_DELAY_H
#define SIM_BACKHAUL_DELAY_H

#include "sim/backhaul.h"
#include "sim/evq.h"
#include "sim/time.h"

struct backhaul_delay;

/* delay: of each endpoint; copied. */
struct backhaul_delay *backhaul_delay_open(struct evq *q, const sim_time *delay,
                                           uint32_t n_endpoints, uint32_t n_groups);
void backhaul_delay_close(struct backhaul_delay *d);
/* As the seam that others see. */
struct backhaul backhaul_delay_seam(struct backhaul_delay *d);

#endif
