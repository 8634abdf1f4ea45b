/* SPDX-License-Identifier: GPL-2.0-only
 * Interfaces of a PIM router: Hellos, neighbours, the designated router. Inside of models/ip only.
 * Source: RFC 7761 section 4.3. */
#ifndef IP_PIM_NEIGHBOR_H
#define IP_PIM_NEIGHBOR_H

#include "models/ip/pim_internal.h"

void pim_iface_up(struct pim_router *r, sim_time now, struct pim_iface *i);
void pim_iface_down(struct pim_router *r, sim_time now, struct pim_iface *i);
/* Hello with hold time 0. */
void pim_iface_goodbye(struct pim_router *r, struct pim_iface *i);
void pim_iface_wake(struct pim_router *r, sim_time now, struct pim_iface *i);
enum pim_reason pim_iface_hello(struct pim_router *r, sim_time now, struct pim_iface *i,
                                const struct ip_addr *src, const struct pim_hello *h);
/* Before a Join/Prune or Assert goes out: neighbours must know this router. */
void pim_iface_introduce(struct pim_router *r, sim_time now, struct pim_iface *i);

/* NULL: no neighbour. By primary address; by any address. */
const struct pim_neighbor *pim_iface_neighbor(const struct pim_iface *i, const struct ip_addr *a);
const struct pim_neighbor *pim_iface_nbr(const struct pim_iface *i, const struct ip_addr *a);
bool pim_iface_is_own(const struct pim_iface *i, const struct ip_addr *a);
/* Is it an address of one of the router's interfaces? */
bool pim_router_is_own(const struct pim_router *r, const struct ip_addr *a);

sim_time pim_iface_override(const struct pim_router *r, const struct pim_iface *i);
/* J/P_Override_Interval: with the propagation delay. */
sim_time pim_iface_prune_delay(const struct pim_router *r, const struct pim_iface *i);
bool pim_iface_suppresses(const struct pim_router *r, const struct pim_iface *i);

/* What a draw is for; a and b may be NULL. */
struct pim_draw_key {
    enum pim_draw kind;
    const struct ip_addr *a, *b;
    struct pim_draws *draws;
};
/* A delay in (0, max], keyed by what it is for and how many instants with draws there were before:
 * neither the order of inputs of one instant nor its time decides. Asked for twice in one instant
 * it is the same. */
sim_time pim_draw(const struct pim_router *r, sim_time now, const struct pim_draw_key *key,
                  sim_time max);

#endif
