/* SPDX-License-Identifier: GPL-2.0-only
 * Dijkstra from the destination outwards. A link with many ends is crossed once: the first end that
 * is settled gives all others their distance, because crossing costs the same for all. */
#include "models/ip/unicast.h"

#include <stdlib.h>

#include "sim/err.h"
#include "sim/mem.h"

/* Distances and first steps of all nodes towards one destination. */
struct tree {
    uint64_t generation; /* of the links' state; 0: not computed */
    uint32_t *distance;  /* UINT32_MAX: no path */
    uint32_t *next, *link;
};

struct entry {
    uint32_t distance, node;
};

struct ip_unicast {
    const struct ip_graph *g;
    bool *down;
    uint64_t generation;
    uint64_t n_computed;
    struct tree **tree; /* of each destination, or NULL */
    /* Scratch of a computation. */
    struct entry *heap;
    uint32_t n_heap, cap_heap;
    bool *settled, *crossed;
};

struct ip_unicast *ip_unicast_open(const struct ip_graph *graph)
{
    struct ip_unicast *u = mem_alloc(1, sizeof *u);
    *u = (struct ip_unicast){.g = graph, .generation = 1};
    u->down = mem_alloc(graph->n_links, sizeof *u->down);
    u->tree = mem_alloc(graph->n_nodes, sizeof *u->tree);
    u->settled = mem_alloc(graph->n_nodes, sizeof *u->settled);
    u->crossed = mem_alloc(graph->n_links, sizeof *u->crossed);
    return u;
}

static void tree_free(struct tree *t)
{
    if (!t)
        return;
    free(t->distance);
    free(t->next);
    free(t->link);
    free(t);
}

void ip_unicast_close(struct ip_unicast *u)
{
    if (!u)
        return;
    for (uint32_t i = 0; i < u->g->n_nodes; i++)
        tree_free(u->tree[i]);
    free(u->tree);
    free(u->down);
    free(u->heap);
    free(u->settled);
    free(u->crossed);
    free(u);
}

void ip_unicast_set_link(struct ip_unicast *u, uint32_t link, bool up)
{
    if (u->down[link] == !up)
        return;
    u->down[link] = !up;
    u->generation++;
}

static bool before(struct entry a, struct entry b)
{
    return a.distance != b.distance ? a.distance < b.distance : a.node < b.node;
}

static void heap_push(struct ip_unicast *u, struct entry e)
{
    if (u->n_heap == u->cap_heap) {
        u->cap_heap = 2 * u->cap_heap + 64;
        u->heap = mem_grow(u->heap, u->cap_heap, sizeof *u->heap);
    }
    uint32_t i = u->n_heap++;
    for (; i > 0 && before(e, u->heap[(i - 1) / 2]); i = (i - 1) / 2)
        u->heap[i] = u->heap[(i - 1) / 2];
    u->heap[i] = e;
}

static struct entry heap_pop(struct ip_unicast *u)
{
    struct entry least = u->heap[0], last = u->heap[--u->n_heap];
    uint32_t i = 0;
    for (uint32_t c = 1; c < u->n_heap; c = 2 * i + 1) {
        c += c + 1 < u->n_heap && before(u->heap[c + 1], u->heap[c]);
        if (!before(u->heap[c], last))
            break;
        u->heap[i] = u->heap[c];
        i = c;
    }
    u->heap[i] = last;
    return least;
}

/* A path of node through via over a link: shorter, or as long and with lower numbers. */
static void offer(struct ip_unicast *u, struct tree *t, uint32_t node, struct ip_hop hop)
{
    if (hop.distance > t->distance[node])
        return;
    if (hop.distance == t->distance[node]) {
        if (hop.node > t->next[node] || (hop.node == t->next[node] && hop.link >= t->link[node]))
            return;
    } else {
        heap_push(u, (struct entry){hop.distance, node});
    }
    t->distance[node] = hop.distance;
    t->next[node] = hop.node;
    t->link[node] = hop.link;
}

static void cross_links(struct ip_unicast *u, struct tree *t, uint32_t node)
{
    const struct ip_graph *g = u->g;
    for (uint32_t i = g->first_of[node]; i < g->first_of[node + 1]; i++) {
        uint32_t link = g->link_of[i];
        if (u->down[link] || u->crossed[link])
            continue;
        u->crossed[link] = true;
        const struct ip_edge *l = &g->link[link];
        uint32_t distance = t->distance[node] + l->cost;
        if (distance < t->distance[node])
            continue; /* beyond 2^32 */
        for (uint32_t k = l->first; k < l->first + l->n; k++)
            if (!u->settled[g->end[k].node])
                offer(u, t, g->end[k].node, (struct ip_hop){link, node, distance});
    }
}

static void compute(struct ip_unicast *u, struct tree *t, uint32_t to)
{
    const struct ip_graph *g = u->g;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        t->distance[i] = UINT32_MAX;
        u->settled[i] = false;
    }
    for (uint32_t i = 0; i < g->n_links; i++)
        u->crossed[i] = false;
    t->distance[to] = 0;
    t->next[to] = to;
    u->n_heap = 0;
    heap_push(u, (struct entry){0, to});
    while (u->n_heap) {
        struct entry e = heap_pop(u);
        if (u->settled[e.node])
            continue;
        u->settled[e.node] = true;
        cross_links(u, t, e.node);
    }
    t->generation = u->generation;
    u->n_computed++;
}

static const struct tree *tree_to(struct ip_unicast *u, uint32_t to)
{
    struct tree *t = u->tree[to];
    if (!t) {
        uint32_t n = u->g->n_nodes;
        t = u->tree[to] = mem_alloc(1, sizeof *t);
        t->distance = mem_alloc(n, sizeof *t->distance);
        t->next = mem_alloc(n, sizeof *t->next);
        t->link = mem_alloc(n, sizeof *t->link);
    }
    if (t->generation != u->generation)
        compute(u, t, to);
    return t;
}

bool ip_unicast_next(struct ip_unicast *u, uint32_t from, uint32_t to, struct ip_hop *hop)
{
    SIM_CHECK(from < u->g->n_nodes && to < u->g->n_nodes, "nodes %u, %u", (unsigned)from,
              (unsigned)to);
    if (from == to)
        return false;
    const struct tree *t = tree_to(u, to);
    if (t->distance[from] == UINT32_MAX)
        return false;
    *hop = (struct ip_hop){t->link[from], t->next[from], t->distance[from]};
    return true;
}

uint64_t ip_unicast_n_computed(const struct ip_unicast *u)
{
    return u->n_computed;
}
