/* SPDX-License-Identifier: GPL-2.0-only
 * The groups and sources of a PIM router, and what follows from their state: routes, lists of
 * outgoing interfaces, forwarding entries. Inside of models/ip only.
 * Source: RFC 7761 sections 4.1 and 4.5. */
#ifndef IP_PIM_TREE_H
#define IP_PIM_TREE_H

#include "models/ip/pim_internal.h"

/* NULL: not there. */
struct pim_group_state *pim_tree_find(const struct pim_router *r, const struct ip_addr *group);
struct pim_entry *pim_tree_source(const struct pim_group_state *g, const struct ip_addr *source);
/* Made if needed; what stays without state goes at the next evaluation. */
struct pim_group_state *pim_tree_group(struct pim_router *r, const struct ip_addr *group);
struct pim_entry *pim_tree_get_star(struct pim_router *r, struct pim_group_state *g);
struct pim_entry *pim_tree_get_source(struct pim_router *r, struct pim_group_state *g,
                                      const struct ip_addr *source);
void pim_tree_fini(struct pim_router *r);

/* Inputs of this instant count: look at the group 1 ns later. */
void pim_tree_touch(struct pim_router *r, sim_time now, struct pim_group_state *g);
void pim_tree_touch_all(struct pim_router *r, sim_time now);
/* The group has something to do at that time. */
void pim_tree_due(struct pim_router *r, struct pim_group_state *g, sim_time at);
/* An interface went down: nothing is known of it any more. */
void pim_tree_drop_iface(struct pim_router *r, sim_time now, uint32_t iface);
/* A neighbour has started anew and knows nothing. */
void pim_tree_reborn(struct pim_router *r, sim_time now, const struct pim_iface *i,
                     const struct ip_addr *neighbor);
void pim_tree_wake(struct pim_router *r, sim_time now, struct pim_group_state *g);

/* State of an interface in a list, or NULL. */
struct pim_down *pim_downs_find(const struct pim_downs *d, uint32_t iface);
/* Begin with a state, or remove it. */
struct pim_down *pim_downs_add(struct pim_downs *d, uint32_t iface);
void pim_downs_remove(struct pim_downs *d, uint32_t iface);

/* The route of an entry, to its source or RP, kept until routes change. */
void pim_entry_route(struct pim_router *r, const struct pim_group_state *g, struct pim_entry *e);
/* RPF interface; PIM_NO_IFACE: none, or the router is the RP itself. */
uint32_t pim_entry_rpf_iface(const struct pim_entry *e);
/* RPF'(*,G), RPF'(S,G): the winner of an assert, or the neighbour of the route; no family: none. */
struct ip_addr pim_entry_rpf(const struct pim_router *r, const struct pim_entry *e);
/* RPF'(S,G,rpt). */
struct ip_addr pim_entry_rpf_rpt(const struct pim_router *r, const struct pim_group_state *g,
                                 const struct pim_entry *e);

/* The sets of a group and a source (e NULL: of a source without state), in the router's scratch
 * memory until the next call. */
struct pim_sets pim_tree_sets(struct pim_router *r, const struct pim_group_state *g,
                              const struct pim_entry *e);
/* Room for the result of pim_olist_*; k: 0 or 1. */
uint64_t *pim_tree_out(struct pim_router *r, unsigned k);
bool pim_tree_star_desired(struct pim_router *r, const struct pim_group_state *g);
bool pim_tree_join_desired(struct pim_router *r, const struct pim_group_state *g,
                           const struct pim_entry *e, sim_time now);
bool pim_tree_prune_desired(struct pim_router *r, const struct pim_group_state *g,
                            const struct pim_entry *e);

#endif
