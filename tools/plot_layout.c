/* SPDX-License-Identifier: GPL-2.0-only
 * Trees, downwards or around, and which layout a graph gets. */
#include <stdbool.h>
#include <stdlib.h>

#include "sim/detmath.h"
#include "sim/mem.h"
#include "tools/plot_layout_internal.h"

enum {
    MAX_DOWN_LEAVES = 40, /* side by side */
    MAX_MESH_NODES = 1500 /* time and memory grow with the square */
};

static void lists_make(struct layout_lists *l, const struct layout_graph *g)
{
    *l = (struct layout_lists){.n = g->n_nodes,
                               .first = mem_alloc(g->n_nodes + 2, sizeof *l->first),
                               .to = mem_alloc(2 * (size_t)g->n_edges, sizeof *l->to)};
    for (uint32_t e = 0; e < g->n_edges; e++)
        for (int k = 0; k < 2; k++)
            l->first[g->edge[e][k] + 2]++;
    for (uint32_t i = 0; i < g->n_nodes; i++)
        l->first[i + 2] += l->first[i + 1];
    for (uint32_t e = 0; e < g->n_edges; e++)
        for (int k = 0; k < 2; k++)
            l->to[l->first[g->edge[e][k] + 1]++] = g->edge[e][1 - k];
}

/* A tree of shortest paths, and of each part of the graph that the root does not reach. */
struct tree {
    uint32_t *order; /* parents before children */
    uint32_t *parent, *depth;
    double *width, *left; /* leaves below, and how many are to the left */
    double n_leaves;
    uint32_t n_parts, max_depth;
};

static void visit(struct tree *t, const struct layout_lists *l, uint32_t from, uint32_t *n)
{
    uint32_t done = *n;
    t->parent[from] = from;
    t->order[(*n)++] = from;
    for (; done < *n; done++) {
        uint32_t i = t->order[done];
        t->max_depth = t->depth[i] > t->max_depth ? t->depth[i] : t->max_depth;
        for (uint32_t k = l->first[i]; k < l->first[i + 1]; k++) {
            uint32_t j = l->to[k];
            if (t->parent[j] != UINT32_MAX)
                continue;
            t->parent[j] = i;
            t->depth[j] = t->depth[i] + 1;
            t->order[(*n)++] = j;
        }
    }
    t->n_parts++;
}

/* Each node has as much room as it has leaves; children stand in the order of their links. */
static void give_room(struct tree *t, uint32_t n)
{
    bool *has_child = mem_alloc(n, sizeof *has_child);
    for (uint32_t k = n; k-- > 0;) {
        uint32_t i = t->order[k];
        if (!has_child[i])
            t->width[i] = 1;
        if (t->parent[i] != i) {
            has_child[t->parent[i]] = true;
            t->width[t->parent[i]] += t->width[i];
        }
    }
    double *used = mem_alloc(n, sizeof *used); /* of a node's room, by its children so far */
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = t->order[k], p = t->parent[i];
        t->left[i] = p == i ? t->n_leaves : t->left[p] + used[p];
        if (p == i)
            t->n_leaves += t->width[i];
        else
            used[p] += t->width[i];
    }
    free(has_child);
    free(used);
}

static void tree_make(struct tree *t, const struct layout_lists *l, uint32_t root)
{
    uint32_t n = 0;
    *t = (struct tree){.order = mem_alloc(l->n, sizeof *t->order),
                       .parent = mem_alloc(l->n, sizeof *t->parent),
                       .depth = mem_alloc(l->n, sizeof *t->depth),
                       .width = mem_alloc(l->n, sizeof *t->width),
                       .left = mem_alloc(l->n, sizeof *t->left)};
    for (uint32_t i = 0; i < l->n; i++)
        t->parent[i] = UINT32_MAX;
    visit(t, l, root, &n);
    for (uint32_t i = 0; i < l->n; i++)
        if (t->parent[i] == UINT32_MAX)
            visit(t, l, i, &n);
    give_room(t, n);
}

static void tree_free(struct tree *t)
{
    free(t->order);
    free(t->parent);
    free(t->depth);
    free(t->width);
    free(t->left);
}

/* Leaves side by side; a page is about 1.6 times as wide as high. */
static void place_down(const struct tree *t, uint32_t n, double *x, double *y)
{
    double step = t->max_depth ? t->n_leaves / (1.6 * t->max_depth) : 1;
    step = step > 1 ? step : 1;
    for (uint32_t i = 0; i < n; i++) {
        x[i] = t->left[i] + 0.5 * t->width[i];
        y[i] = -step * t->depth[i];
    }
}

static void place_around(const struct tree *t, uint32_t n, double *x, double *y)
{
    for (uint32_t i = 0; i < n; i++) {
        double turn = 0.25 - (t->left[i] + 0.5 * t->width[i]) / t->n_leaves;
        double radius = t->depth[i] + (t->n_parts > 1 ? 1 : 0);
        x[i] = radius * det_cos_turn(turn);
        y[i] = radius * det_sin_turn(turn);
    }
}

/* The first node from the root on where a tree has a branch. */
static uint32_t first_branch(const struct layout_lists *l, uint32_t root)
{
    uint32_t i = root, before = UINT32_MAX;
    while (layout_degree(l, i) <= 2) {
        uint32_t k = l->first[i];
        if (k < l->first[i + 1] && l->to[k] == before)
            k++;
        if (k == l->first[i + 1])
            return root; /* a line */
        before = i;
        i = l->to[k];
    }
    return i;
}

enum layout_style plot_layout(const struct layout_graph *g, double *x, double *y)
{
    struct layout_lists l;
    struct tree t;
    enum layout_style style = LAYOUT_DOWN;
    lists_make(&l, g);
    tree_make(&t, &l, g->root);
    bool is_tree = g->n_edges + t.n_parts == g->n_nodes;
    if (is_tree && t.n_leaves <= MAX_DOWN_LEAVES) {
        place_down(&t, g->n_nodes, x, y);
    } else if (!is_tree && g->n_nodes <= MAX_MESH_NODES) {
        layout_mesh(&l, g->root, x, y);
        style = LAYOUT_MESH;
    } else {
        uint32_t root = is_tree ? first_branch(&l, g->root) : g->root;
        tree_free(&t);
        tree_make(&t, &l, root);
        place_around(&t, g->n_nodes, x, y);
        style = LAYOUT_AROUND;
    }
    tree_free(&t);
    free(l.first);
    free(l.to);
    return style;
}
