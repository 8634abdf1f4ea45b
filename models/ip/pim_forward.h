/* SPDX-License-Identifier: GPL-2.0-only
 * What becomes of data, and when a group is looked at. Inside of models/ip only.
 * Source: RFC 7761 section 4.2. */
#ifndef IP_PIM_FORWARD_H
#define IP_PIM_FORWARD_H

#include "models/ip/pim_internal.h"

/* All states of a group follow what is the case now; what has none left goes. */
void pim_forward_eval(struct pim_router *r, sim_time now, struct pim_group_state *g);

#endif
