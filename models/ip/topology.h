/* SPDX-License-Identifier: GPL-2.0-only
 * A graph of nodes and links as IP sees it: boxes of layer 2 join links to segments, addresses
 * belong to interfaces, and the next hop towards an address follows the shortest path.
 *
 * Hosts are the ends of paths, never in the middle of one: each interface of a host is a leaf of
 * its own. What a route says is what routing believes; a failed link counts when
 * ip_topology_set_link is called, which is when it would have been noticed. */
#ifndef IP_TOPOLOGY_H
#define IP_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

#include "models/ip/address.h"
#include "models/ip/graph.h"

enum ip_layer {
    IP_LAYER_HOST,  /* has addresses, forwards nothing */
    IP_LAYER_ROUTE, /* has addresses, forwards datagrams */
    IP_LAYER_FRAME, /* switches and hubs: no addresses */
};

struct ip_topology;

/* graph: sealed; layer: of each node; both are borrowed. All links are up. */
struct ip_topology *ip_topology_open(const struct ip_graph *graph, const uint8_t *layer);
void ip_topology_close(struct ip_topology *t);

/* The first link that closes a loop among boxes of layer 2, or -1. */
int64_t ip_topology_loop(const struct ip_graph *graph, const uint8_t *layer);

/* Segments, as built: links that boxes of layer 2 join. They are numbered by their first links. */
uint32_t ip_topology_n_segments(const struct ip_topology *t);
uint32_t ip_topology_segment(const struct ip_topology *t, uint32_t link);

/* Routing has noticed that a link went down or came up. */
void ip_topology_set_link(struct ip_topology *t, uint32_t link, bool up);

/* An address of an interface (counted from 0). Error: SIM_EEXIST (somebody has it already). */
int ip_topology_give(struct ip_topology *t, const struct ip_addr *a, uint32_t node, uint32_t iface);
/* What is reached through a node besides its addresses; of two prefixes that an address has, the
 * longer counts. */
void ip_topology_give_network(struct ip_topology *t, const struct ip_prefix *network,
                              uint32_t node);
/* Whose address is it, or through whom is it reached? false: nobody. */
bool ip_topology_owner(const struct ip_topology *t, const struct ip_addr *a, struct ip_end *owner);

/* The first step of a path. */
struct ip_step {
    uint32_t iface;     /* it leaves by, counted from 0 */
    struct ip_end next; /* who gets it, and on which of its interfaces */
    bool connected;     /* that interface has the address */
    uint32_t distance;  /* cost of the whole path */
};

/* From a node towards an address. false: nobody has the address, there is no path, or it is the
 * node's own. */
bool ip_topology_step(struct ip_topology *t, uint32_t from, const struct ip_addr *to,
                      struct ip_step *step);

#endif
