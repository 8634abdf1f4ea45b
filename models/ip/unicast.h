/* SPDX-License-Identifier: GPL-2.0-only
 * Unicast routes: the shortest paths to a destination, computed for one destination when it is
 * first asked for, never for all pairs.
 *
 * Of several paths of one length a node takes the one through the neighbour with the lowest number,
 * then over the link with the lowest: routes are the same in every run and on every node. What a
 * route says is what the routing protocol believes: the caller tells it of a link's failure when
 * the protocol would have noticed (its convergence delay). */
#ifndef IP_UNICAST_H
#define IP_UNICAST_H

#include <stdbool.h>
#include <stdint.h>

#include "models/ip/graph.h"

struct ip_unicast;

/* graph: sealed, borrowed. All links are up. */
struct ip_unicast *ip_unicast_open(const struct ip_graph *graph);
void ip_unicast_close(struct ip_unicast *u);

/* The protocol has noticed that a link went down or came up. */
void ip_unicast_set_link(struct ip_unicast *u, uint32_t link, bool up);

/* The first step of a path. */
struct ip_hop {
    uint32_t link;
    uint32_t node;     /* the next one */
    uint32_t distance; /* cost of the whole path */
};

/* From a node towards another one. false: there is no path, or they are the same. */
bool ip_unicast_next(struct ip_unicast *u, uint32_t from, uint32_t to, struct ip_hop *hop);

/* How many destinations have been computed so far, again after changes included. */
uint64_t ip_unicast_n_computed(const struct ip_unicast *u);

#endif
