/* SPDX-License-Identifier: GPL-2.0-only
 * Joins and prunes towards RP and source, their suppression and overrides. Inside of models/ip
 * only.
 * Source: RFC 7761 sections 4.5.4 to 4.5.6. */
#ifndef IP_PIM_UP_H
#define IP_PIM_UP_H

#include "models/ip/pim_internal.h"

/* What state, members, asserts and routes want now is told upstream. */
void pim_up_eval_star(struct pim_router *r, sim_time now, struct pim_group_state *g);
void pim_up_eval_source(struct pim_router *r, sim_time now, struct pim_group_state *g,
                        struct pim_entry *e);
/* Timers by now. */
void pim_up_wake(struct pim_router *r, sim_time now, struct pim_group_state *g,
                 struct pim_entry *e);
sim_time pim_up_next(const struct pim_entry *e);

/* Send what the group owes: one message to each neighbour. */
void pim_up_flush(struct pim_router *r, sim_time now, const struct pim_group_state *g);

/* Repeat a Prune for those on the link that did not hear it. */
void pim_up_echo(struct pim_router *r, const struct pim_iface *i, const struct pim_group_state *g,
                 const struct pim_entry *e);
/* Another router on the link has told the upstream neighbour. */
void pim_up_see_join(struct pim_router *r, sim_time now, struct pim_group_state *g,
                     const struct pim_iface *i, const struct ip_addr *upstream,
                     const struct pim_source *s, sim_time hold);
void pim_up_see_prune(struct pim_router *r, sim_time now, struct pim_group_state *g,
                      const struct pim_iface *i, const struct ip_addr *upstream,
                      const struct pim_source *s);
/* The upstream neighbour of an entry may have forgotten it. */
void pim_up_repeat_soon(struct pim_router *r, sim_time now, struct pim_group_state *g,
                        struct pim_entry *e, const struct pim_iface *i,
                        const struct ip_addr *neighbor);

#endif
