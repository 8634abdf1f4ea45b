/* SPDX-License-Identifier: GPL-2.0-only
 * Topologies by rule. All links join two nodes at cost 1; what is drawn is
 * drawn per pair or node, so it does not depend on the order of anything. Each adds its nodes and
 * links to g and returns its first node; the caller seals. */
#ifndef IP_GRAPH_MAKE_H
#define IP_GRAPH_MAKE_H

#include <stdint.h>

#include "models/ip/graph.h"
#include "sim/rng.h"

/* 0 - 1 - ... - n-1. */
uint32_t ip_graph_line(struct ip_graph *g, uint32_t n);
/* n leaves 1..n around node 0. */
uint32_t ip_graph_star(struct ip_graph *g, uint32_t n);
/* A tree of a depth in which every inner node has k children: node 0 is the root, levels follow one
 * another, the children of i are k i + 1 .. k i + k. */
uint32_t ip_graph_k_ary_tree(struct ip_graph *g, uint32_t k, uint32_t depth);
/* Nodes of a tree: 1 + k + ... + k^depth; UINT32_MAX: too many. */
uint32_t ip_graph_k_ary_size(uint32_t k, uint32_t depth);
/* columns x rows, row by row, each joined to its right and its upper neighbour. */
uint32_t ip_graph_grid(struct ip_graph *g, uint32_t columns, uint32_t rows);

/* Waxman: nodes uniform in the unit square, a link between two at distance d with probability alpha
 * exp(-d / (beta sqrt 2)). Parts that have no link to node 0's are joined to it between their
 * nearest nodes. Source: B. M. Waxman, Routing of Multipoint Connections, IEEE JSAC 6(9), 1988. */
uint32_t ip_graph_waxman(struct ip_graph *g, uint32_t n, double alpha, double beta,
                         struct rng_key key);

/* Barabasi-Albert: begins with m + 1 nodes that are all joined; each further one is joined to m
 * nodes drawn with probabilities in proportion to their numbers of links. Source: Barabasi and
 * Albert, Emergence of Scaling in Random Networks, Science 286, 1999. */
uint32_t ip_graph_barabasi_albert(struct ip_graph *g, uint32_t n, uint32_t m, struct rng_key key);

#endif
