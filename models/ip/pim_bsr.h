/* SPDX-License-Identifier: GPL-2.0-only
 * Bootstrap: who collects the RPs of a domain, and how all routers learn them; without scope zones.
 * Inside of models/ip only.
 * Source: RFC 5059. */
#ifndef IP_PIM_BSR_H
#define IP_PIM_BSR_H

#include "models/ip/pim_internal.h"

void pim_bsr_start(struct pim_router *r, sim_time now);
void pim_bsr_fini(struct pim_router *r);
void pim_bsr_wake(struct pim_router *r, sim_time now);
enum pim_reason pim_bsr_receive(struct pim_router *r, sim_time now, const struct pim_input *in);
enum pim_reason pim_bsr_candidate(struct pim_router *r, sim_time now,
                                  const struct pim_candidate_rp *c);
/* A new neighbour learns at once what the designated router knows. */
void pim_bsr_greet(struct pim_router *r, sim_time now, struct pim_iface *i,
                   const struct ip_addr *neighbor);

#endif
