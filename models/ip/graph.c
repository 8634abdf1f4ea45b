/* SPDX-License-Identifier: GPL-2.0-only
 * A topology as arrays: links with their ends, and per node the links of its interfaces. */
#include "models/ip/graph.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

void ip_graph_init(struct ip_graph *g)
{
    *g = (struct ip_graph){0};
}

void ip_graph_free(struct ip_graph *g)
{
    free(g->link);
    free(g->end);
    free(g->n_ifaces);
    free(g->first_of);
    free(g->link_of);
    *g = (struct ip_graph){0};
}

/* Room for n more of an array that holds used of cap. */
static void *room(void *p, uint32_t used, uint32_t n, uint32_t *cap, size_t size)
{
    if (used + n <= *cap)
        return p;
    *cap = 2 * *cap > used + n ? 2 * *cap : used + n + 16;
    return mem_grow(p, *cap, size);
}

uint32_t ip_graph_nodes(struct ip_graph *g, uint32_t n)
{
    uint32_t first = g->n_nodes;
    g->n_ifaces = room(g->n_ifaces, first, n, &g->cap_nodes, sizeof *g->n_ifaces);
    memset(&g->n_ifaces[first], 0, n * sizeof *g->n_ifaces);
    g->n_nodes += n;
    return first;
}

static bool valid(const struct ip_graph *g, const uint32_t *nodes, uint32_t n, uint32_t cost)
{
    for (uint32_t i = 0; i < n; i++) {
        if (nodes[i] >= g->n_nodes)
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (nodes[k] == nodes[i])
                return false;
    }
    return n >= 2 && cost >= 1;
}

int64_t ip_graph_link(struct ip_graph *g, const uint32_t *nodes, uint32_t n, uint32_t cost)
{
    if (!valid(g, nodes, n, cost))
        return SIM_EINVAL;
    g->link = room(g->link, g->n_links, 1, &g->cap_links, sizeof *g->link);
    g->end = room(g->end, g->n_ends, n, &g->cap_ends, sizeof *g->end);
    g->link[g->n_links] = (struct ip_edge){.first = g->n_ends, .n = n, .cost = cost};
    for (uint32_t i = 0; i < n; i++)
        g->end[g->n_ends++] = (struct ip_end){.node = nodes[i], .iface = g->n_ifaces[nodes[i]]++};
    return g->n_links++;
}

void ip_graph_seal(struct ip_graph *g)
{
    g->first_of = mem_grow(g->first_of, g->n_nodes + 1, sizeof *g->first_of);
    g->link_of = mem_grow(g->link_of, g->n_ends, sizeof *g->link_of);
    g->first_of[0] = 0;
    for (uint32_t i = 0; i < g->n_nodes; i++)
        g->first_of[i + 1] = g->first_of[i] + g->n_ifaces[i];
    for (uint32_t l = 0; l < g->n_links; l++)
        for (uint32_t k = g->link[l].first; k < g->link[l].first + g->link[l].n; k++)
            g->link_of[g->first_of[g->end[k].node] + g->end[k].iface] = l;
}

uint32_t ip_graph_link_of(const struct ip_graph *g, uint32_t node, uint32_t iface)
{
    return g->link_of[g->first_of[node] + iface];
}

int64_t ip_graph_iface_on(const struct ip_graph *g, uint32_t node, uint32_t link)
{
    const struct ip_edge *l = &g->link[link];
    for (uint32_t k = l->first; k < l->first + l->n; k++)
        if (g->end[k].node == node)
            return g->end[k].iface;
    return -1;
}

bool ip_graph_connected(const struct ip_graph *g)
{
    if (g->n_nodes == 0)
        return true;
    bool *seen = mem_alloc(g->n_nodes, sizeof *seen), *crossed = mem_alloc(g->n_links, 1);
    uint32_t *todo = mem_alloc(g->n_nodes, sizeof *todo), n = 1, at = 0;
    seen[0] = true;
    for (; at < n; at++)
        for (uint32_t i = g->first_of[todo[at]]; i < g->first_of[todo[at] + 1]; i++) {
            const struct ip_edge *l = &g->link[g->link_of[i]];
            for (uint32_t k = l->first; !crossed[g->link_of[i]] && k < l->first + l->n; k++) {
                uint32_t node = g->end[k].node;
                if (!seen[node])
                    todo[n++] = node;
                seen[node] = true;
            }
            crossed[g->link_of[i]] = true;
        }
    free(seen);
    free(crossed);
    free(todo);
    return n == g->n_nodes;
}
