/* SPDX-License-Identifier: GPL-2.0-only
 * How many links a distribution tree has: by closed form on k-ary trees, and by routes on any
 * graph. What runs count is compared with these.
 * Sources: G. Phillips, S. Shenker, H. Tangmunarunkit, Scaling of Multicast Trees: Comments on the
 * Chuang-Sirbu Scaling Law, SIGCOMM 1999, section 3, for distinct receivers; J. Chuang, M. Sirbu,
 * Pricing Multicast Communication: A Cost-Based Approach, INET 1998. */
#ifndef IP_TREE_LINKS_H
#define IP_TREE_LINKS_H

#include <stdint.h>

#include "models/ip/unicast.h"

/* Mean number of links of the tree from the root of a k-ary tree (k 1 or more) of a depth to m of
 * its k^depth leaves, all different and each set as likely: the sum over levels l = 1..depth of
 * k^l (1 - C(M - k^(depth - l), m) / C(M, m)) with M = k^depth. m above M counts as M. */
double ip_tree_links_k_ary(uint32_t k, uint32_t depth, uint32_t m);

/* Links of the tree that reverse shortest paths make from a source to m receivers. crossed: one
 * mark a link of the graph, all false before and after. Receivers that cannot be reached add
 * nothing. */
uint32_t ip_tree_links(struct ip_unicast *u, const struct ip_graph *g, uint32_t source,
                       const uint32_t *receivers, uint32_t m, bool *crossed);

#endif
