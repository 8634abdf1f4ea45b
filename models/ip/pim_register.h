/* SPDX-License-Identifier: GPL-2.0-only
 * Registers: the designated router of a source sends its data to the RP until the RP has joined the
 * source's tree or wants none. And the decision to join that tree. Inside of models/ip only.
 * Source: RFC 7761 sections 4.2.1 and 4.4. */
#ifndef IP_PIM_REGISTER_H
#define IP_PIM_REGISTER_H

#include "models/ip/pim_internal.h"

/* SwitchToSptDesired: len octets of a source have arrived along the shared tree. */
bool pim_wants_spt(const struct pim_router *r, sim_time now, struct pim_entry *e, enum pim_spt spt,
                   size_t len);

/* The state of the designated router's side, from what is the case now. */
void pim_register_eval(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                       struct pim_entry *e);
void pim_register_wake(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                       struct pim_entry *e);
sim_time pim_register_next(const struct pim_entry *e);
/* What Register-Stops of the last instant do. */
void pim_register_settle(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                         struct pim_entry *e);
/* Data goes to the RP. */
void pim_register_send(struct pim_router *r, const struct pim_entry *e, const struct pim_data *d);

/* At the RP; at the designated router. */
enum pim_reason pim_register_receive(struct pim_router *r, sim_time now, const struct ip_addr *src,
                                     const struct ip_addr *dst, const struct pim_register *reg);
enum pim_reason pim_register_stop_receive(struct pim_router *r, sim_time now,
                                          const struct pim_register_stop *stop);

#endif
