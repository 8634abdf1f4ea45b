/* SPDX-License-Identifier: GPL-2.0-only
 * Topologies by rule. */
#include "models/ip/graph_make.h"

#include <math.h>
#include <stdlib.h>

#include "sim/detmath.h"
#include "sim/err.h"
#include "sim/mem.h"

static void join(struct ip_graph *g, uint32_t a, uint32_t b)
{
    int64_t link = ip_graph_link(g, (uint32_t[]){a, b}, 2, 1);
    SIM_CHECK(link >= 0, "link %u - %u", (unsigned)a, (unsigned)b);
}

uint32_t ip_graph_line(struct ip_graph *g, uint32_t n)
{
    uint32_t first = ip_graph_nodes(g, n);
    for (uint32_t i = 1; i < n; i++)
        join(g, first + i - 1, first + i);
    return first;
}

uint32_t ip_graph_star(struct ip_graph *g, uint32_t n)
{
    uint32_t first = ip_graph_nodes(g, n + 1);
    for (uint32_t i = 1; i <= n; i++)
        join(g, first, first + i);
    return first;
}

uint32_t ip_graph_k_ary_size(uint32_t k, uint32_t depth)
{
    uint64_t n = 1, level = 1;
    for (uint32_t d = 0; d < depth; d++) {
        level *= k;
        n += level;
        if (n >= UINT32_MAX)
            return UINT32_MAX;
    }
    return (uint32_t)n;
}

uint32_t ip_graph_k_ary_tree(struct ip_graph *g, uint32_t k, uint32_t depth)
{
    uint32_t n = ip_graph_k_ary_size(k, depth), first = ip_graph_nodes(g, n);
    for (uint32_t i = 1; i < n; i++)
        join(g, first + (i - 1) / k, first + i);
    return first;
}

uint32_t ip_graph_grid(struct ip_graph *g, uint32_t columns, uint32_t rows)
{
    uint32_t first = ip_graph_nodes(g, columns * rows);
    for (uint32_t i = 0; i < columns * rows; i++) {
        if (i % columns + 1 < columns)
            join(g, first + i, first + i + 1);
        if (i / columns + 1 < rows)
            join(g, first + i, first + i + columns);
    }
    return first;
}

struct point {
    double x, y;
};

static double distance(struct point a, struct point b)
{
    return sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

/* The part that a node belongs to, by its lowest node; paths are halved on the way. */
static uint32_t part_of(uint32_t *part, uint32_t i)
{
    for (; part[i] != i; i = part[i])
        part[i] = part[part[i]];
    return i;
}

static void unite(uint32_t *part, uint32_t a, uint32_t b)
{
    a = part_of(part, a);
    b = part_of(part, b);
    part[a > b ? a : b] = a > b ? b : a;
}

/* Join the part of a node to that of node 0 where they are nearest. */
static void join_part(struct ip_graph *g, uint32_t first, const struct point *p, uint32_t *part,
                      uint32_t n, uint32_t node)
{
    uint32_t own = part_of(part, node), a = 0, b = node;
    double least = 10;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; part_of(part, i) == own && k < n; k++)
            if (part_of(part, k) == 0 && distance(p[i], p[k]) < least) {
                least = distance(p[i], p[k]);
                a = k;
                b = i;
            }
    join(g, first + a, first + b);
    unite(part, a, b);
}

uint32_t ip_graph_waxman(struct ip_graph *g, uint32_t n, double alpha, double beta,
                         struct rng_key key)
{
    uint32_t first = ip_graph_nodes(g, n);
    struct point *p = mem_alloc(n, sizeof *p);
    uint32_t *part = mem_alloc(n, sizeof *part);
    for (uint32_t i = 0; i < n; i++) {
        p[i] = (struct point){rng_draw_uniform(key, i, 0), rng_draw_uniform(key, i, 1)};
        part[i] = i;
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i; k++) {
            double chance = alpha * det_exp(-distance(p[i], p[k]) / (beta * sqrt(2)));
            if (rng_draw_uniform(key, i, 2 + (uint64_t)k) >= chance)
                continue;
            join(g, first + k, first + i);
            unite(part, i, k);
        }
    for (uint32_t i = 1; i < n; i++)
        if (part_of(part, i) != 0)
            join_part(g, first, p, part, n, i);
    free(p);
    free(part);
    return first;
}

/* Every link puts both its ends into a list: to draw from it is to draw by number of links. */
uint32_t ip_graph_barabasi_albert(struct ip_graph *g, uint32_t n, uint32_t m, struct rng_key key)
{
    uint32_t first = ip_graph_nodes(g, n), n_ends = 0, seed = m + 1 < n ? m + 1 : n;
    uint32_t *ends = mem_alloc((size_t)seed * (seed - 1) + 2 * (size_t)m * n, sizeof *ends);
    uint32_t *chosen = mem_alloc(m, sizeof *chosen);
    for (uint32_t i = 0; i < seed; i++)
        for (uint32_t k = 0; k < i; k++) {
            join(g, first + k, first + i);
            ends[n_ends++] = k;
            ends[n_ends++] = i;
        }
    for (uint32_t i = seed; i < n; i++) {
        struct rng draws = rng_stream(key, i);
        uint32_t n_chosen = 0;
        while (n_chosen < m) {
            uint32_t k = ends[rng_below(&draws, n_ends)], c = 0;
            while (c < n_chosen && chosen[c] != k)
                c++;
            if (c == n_chosen)
                chosen[n_chosen++] = k;
        }
        for (uint32_t c = 0; c < m; c++) {
            join(g, first + chosen[c], first + i);
            ends[n_ends++] = chosen[c];
            ends[n_ends++] = i;
        }
    }
    free(chosen);
    free(ends);
    return first;
}
