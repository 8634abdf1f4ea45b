/* SPDX-License-Identifier: GPL-2.0-only
 * Asserts: one forwarder a link, for (S,G) and (*,G). Inside of models/ip only.
 * Source: RFC 7761 section 4.6. */
#ifndef IP_PIM_ASSERT_H
#define IP_PIM_ASSERT_H

#include "models/ip/pim_internal.h"

/* State of an interface, or NULL: no info. */
struct pim_assert_if *pim_assert_find(const struct pim_entry *e, uint32_t iface);
void pim_assert_drop(struct pim_entry *e, uint32_t iface);
/* spt_assert_metric(S,I). */
struct pim_metric pim_assert_spt_metric(const struct pim_router *r, const struct pim_entry *e,
                                        uint32_t iface);

enum pim_reason pim_assert_receive(struct pim_router *r, sim_time now, struct pim_iface *i,
                                   const struct ip_addr *src, const struct pim_assert *a);
/* Data came by an interface that the router forwards to. */
void pim_assert_data(struct pim_router *r, sim_time now, struct pim_group_state *g,
                     struct pim_entry *e, uint32_t iface);
/* Join(S,G) on an interface. true: what was lost is lost no more. */
bool pim_assert_joined(struct pim_entry *e, uint32_t iface);
/* What routes, members, joins and neighbours say of the states by now. */
void pim_assert_eval(struct pim_router *r, sim_time now, struct pim_group_state *g,
                     struct pim_entry *e);
/* Timers by now. */
void pim_assert_wake(struct pim_router *r, sim_time now, struct pim_group_state *g,
                     struct pim_entry *e);
sim_time pim_assert_next(const struct pim_entry *e);

#endif
