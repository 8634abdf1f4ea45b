/* SPDX-License-Identifier: GPL-2.0-only
 * Joins and prunes of neighbours downstream, for (*,G), (S,G) and (S,G,rpt). Inside of models/ip
 * only.
 * Source: RFC 7761 sections 4.5.1 to 4.5.3. */
#ifndef IP_PIM_DOWN_H
#define IP_PIM_DOWN_H

#include "models/ip/pim_internal.h"

/* A Join/Prune has arrived from a neighbour; what is sent to other routers counts for overrides.
 * Returns PIM_DROP_NONE, or why no group of it was used. */
enum pim_reason pim_down_receive(struct pim_router *r, sim_time now, struct pim_iface *i,
                                 const struct ip_addr *src, const struct pim_join_prune *jp);
/* Timers of an entry by now; states that wait for a decision get it. */
void pim_down_settle(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                     struct pim_entry *e);
/* When the next one is over. */
sim_time pim_down_next(const struct pim_entry *e);

#endif
