/* SPDX-License-Identifier: GPL-2.0-only
 * A topology: nodes, and links that join two or more of them. Nodes and links are numbered in the
 * order in which they were added; the interfaces of a node too. */
#ifndef IP_GRAPH_H
#define IP_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One end of a link. */
struct ip_end {
    uint32_t node;
    uint32_t iface; /* number within the node */
};

struct ip_edge {
    uint32_t first, n; /* its ends are end[first .. first + n) */
    uint32_t cost;     /* of crossing it, 1 or more; the same in all directions */
};

struct ip_graph {
    uint32_t n_nodes, n_links, n_ends;
    struct ip_edge *link;
    struct ip_end *end;
    uint32_t cap_links, cap_ends;
    uint32_t *n_ifaces; /* of each node */
    uint32_t cap_nodes;
    /* Made by ip_graph_seal: the ends of node i, in the order of its interfaces. */
    uint32_t *first_of; /* n_nodes + 1 */
    uint32_t *link_of;  /* n_ends: the link of interface k of node i is link_of[first_of[i] + k] */
};

void ip_graph_init(struct ip_graph *g);
void ip_graph_free(struct ip_graph *g);

/* Add n nodes; the number of the first. */
uint32_t ip_graph_nodes(struct ip_graph *g, uint32_t n);
/* Join n nodes (2 or more, each once) by one link; its number. Errors: SIM_EINVAL (unknown node, a
 * node twice, fewer than two, cost 0). */
int64_t ip_graph_link(struct ip_graph *g, const uint32_t *nodes, uint32_t n, uint32_t cost);
/* No more is added: make the lists of each node's links. */
void ip_graph_seal(struct ip_graph *g);

/* Link of an interface (of a sealed graph), and the node's interface on a link, -1: it has none. */
uint32_t ip_graph_link_of(const struct ip_graph *g, uint32_t node, uint32_t iface);
int64_t ip_graph_iface_on(const struct ip_graph *g, uint32_t node, uint32_t link);

/* Can every node be reached from node 0? */
bool ip_graph_connected(const struct ip_graph *g);

#endif
