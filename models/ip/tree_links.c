/* SPDX-License-Identifier: GPL-2.0-only
 * Sizes of distribution trees. */
#include "models/ip/tree_links.h"

#include <stdlib.h>

#include "sim/mem.h"

/* That none of m leaves is among `below` of all: C(all - below, m) / C(all, m). */
static double chance_of_none(double all, double below, uint32_t m)
{
    double p = 1;
    for (uint32_t i = 0; i < m && p > 0; i++)
        p *= all - below - i > 0 ? (all - below - i) / (all - i) : 0;
    return p;
}

double ip_tree_links_k_ary(uint32_t k, uint32_t depth, uint32_t m)
{
    double all = 1, sum = 0, n_links = 1;
    for (uint32_t l = 0; l < depth; l++)
        all *= k;
    for (uint32_t l = 1; l <= depth; l++) {
        n_links *= k;
        sum += n_links * (1 - chance_of_none(all, all / n_links, m < all ? m : (uint32_t)all));
    }
    return sum;
}

uint32_t ip_tree_links(struct ip_unicast *u, const struct ip_graph *g, uint32_t source,
                       const uint32_t *receivers, uint32_t m, bool *crossed)
{
    uint32_t *link = mem_alloc(g->n_links, sizeof *link), n = 0;
    for (uint32_t i = 0; i < m; i++) {
        struct ip_hop hop;
        for (uint32_t at = receivers[i]; ip_unicast_next(u, at, source, &hop); at = hop.node) {
            if (crossed[hop.link])
                break; /* and so are those behind it */
            crossed[hop.link] = true;
            link[n++] = hop.link;
        }
    }
    for (uint32_t i = 0; i < n; i++)
        crossed[link[i]] = false;
    free(link);
    return n;
}
