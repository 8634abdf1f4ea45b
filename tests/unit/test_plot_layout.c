/* SPDX-License-Identifier: GPL-2.0-only
 * Pins layouts of graphs: trees from the root down or around it, grids upright with links of one
 * length, everything apart, leaves beside their neighbours; graphs in parts and of one node. How
 * good they look beyond that is not pinned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "models/ip/graph_make.h"
#include "sim/mem.h"
#include "tools/plot_layout.h"

enum { MAX_NODES = 3000, MAX_EDGES = 6000 };

struct drawing {
    uint32_t edge[MAX_EDGES][2], n_nodes, n_edges;
    double x[MAX_NODES], y[MAX_NODES];
};

static enum layout_style draw(struct drawing *d, const struct ip_graph *g, uint32_t root)
{
    assert_true(g->n_nodes <= MAX_NODES && g->n_links <= MAX_EDGES);
    d->n_nodes = g->n_nodes;
    d->n_edges = g->n_links;
    for (uint32_t i = 0; i < g->n_links; i++)
        for (uint32_t k = 0; k < 2; k++)
            d->edge[i][k] = g->end[g->link[i].first + k].node;
    struct layout_graph l = {d->n_nodes, d->n_edges, (const uint32_t(*)[2])d->edge, root};
    return plot_layout(&l, d->x, d->y);
}

static double apart(const struct drawing *d, uint32_t a, uint32_t b)
{
    return sqrt((d->x[a] - d->x[b]) * (d->x[a] - d->x[b]) +
                (d->y[a] - d->y[b]) * (d->y[a] - d->y[b]));
}

static double least_apart(const struct drawing *d)
{
    double least = 1e9;
    for (uint32_t i = 0; i < d->n_nodes; i++)
        for (uint32_t k = 0; k < i; k++)
            least = apart(d, i, k) < least ? apart(d, i, k) : least;
    return least;
}

static void links_between(const struct drawing *d, double low, double high)
{
    for (uint32_t e = 0; e < d->n_edges; e++) {
        double len = apart(d, d->edge[e][0], d->edge[e][1]);
        if (!(len >= low && len <= high)) /* also not a number */
            fail_msg("link %u - %u: %g, not %g to %g", (unsigned)d->edge[e][0],
                     (unsigned)d->edge[e][1], len, low, high);
    }
}

static struct drawing d, e; /* large */

static void trees_down(void **state)
{
    struct ip_graph g;
    (void)state;
    ip_graph_init(&g);
    ip_graph_k_ary_tree(&g, 3, 3);
    assert_int_equal(draw(&d, &g, 0), LAYOUT_DOWN);
    for (uint32_t i = 1; i < d.n_nodes; i++)
        assert_true(d.y[i] < d.y[(i - 1) / 3] - 0.9);
    for (uint32_t i = 14; i < 40; i++) /* leaves from the left to the right, all as far apart */
        assert_true(fabs(d.x[i] - d.x[i - 1] - 1) < 1e-9 && fabs(d.y[i] - d.y[13]) < 1e-9);
    assert_true(fabs(d.x[0] - (d.x[13] + d.x[39]) / 2) < 1e-9);
    draw(&d, &g, 13); /* another root: a leaf at the top */
    for (uint32_t i = 0; i < d.n_nodes; i++)
        assert_true(i == 13 || d.y[i] < d.y[13]);
    assert_true(least_apart(&d) > 0.9);
    ip_graph_free(&g);
}

static void trees_around(void **state)
{
    struct ip_graph g;
    (void)state;
    ip_graph_init(&g);
    ip_graph_k_ary_tree(&g, 2, 9);
    uint32_t source = ip_graph_nodes(&g, 1);
    ip_graph_link(&g, (uint32_t[]){source, 0}, 2, 1);
    assert_int_equal(draw(&d, &g, source), LAYOUT_AROUND);
    for (uint32_t i = 0, level = 0; i < source; i++) { /* around where it first branches */
        level += i == (1u << (level + 1)) - 1;
        assert_true(fabs(sqrt(d.x[i] * d.x[i] + d.y[i] * d.y[i]) - level) < 1e-9);
    }
    assert_true(fabs(apart(&d, source, 0) - 1) < 1e-9);
    assert_true(least_apart(&d) > 0.05);
    ip_graph_free(&g);
}

/* Links of a grid are upright or level and about 1 long; the root is at the top left. */
static void grids(void **state)
{
    struct ip_graph g;
    (void)state;
    ip_graph_init(&g);
    ip_graph_grid(&g, 7, 5);
    uint32_t host = ip_graph_nodes(&g, 3);
    for (uint32_t i = 0; i < 3; i++)
        ip_graph_link(&g, (uint32_t[]){8, host + i}, 2, 1);
    assert_int_equal(draw(&d, &g, 0), LAYOUT_MESH);
    assert_int_equal(draw(&e, &g, 0), LAYOUT_MESH);
    for (uint32_t i = 0; i < d.n_nodes; i++)
        assert_true(d.x[i] >= e.x[i] && d.x[i] <= e.x[i] && d.y[i] >= e.y[i] && d.y[i] <= e.y[i]);
    for (uint32_t i = 0; i < d.n_edges - 3; i++) {
        uint32_t a = d.edge[i][0], b = d.edge[i][1];
        double dx = fabs(d.x[a] - d.x[b]), dy = fabs(d.y[a] - d.y[b]);
        assert_true((dx < dy ? dx : dy) < 0.2);
        assert_true(apart(&d, a, b) > 0.7 && apart(&d, a, b) < 1.3);
    }
    for (uint32_t i = 0; i < 3; i++)
        assert_true(fabs(apart(&d, 8, host + i) - 0.45) < 1e-9);
    assert_true(d.x[0] < 0 && d.y[0] > 0);
    assert_true(fabs(d.x[6] - d.x[0]) > fabs(d.y[28] - d.y[0])); /* lies down */
    assert_true(least_apart(&d) > 0.2);
    ip_graph_free(&g);
}

static void meshes(void **state)
{
    struct ip_graph g;
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct rng_key key = rng_key_make(seed, 0, RNG_TEST);
        ip_graph_init(&g);
        ip_graph_barabasi_albert(&g, 60, 2, key);
        assert_int_equal(draw(&d, &g, 0), LAYOUT_MESH);
        links_between(&d, 0.05, 4);
        assert_true(least_apart(&d) > 0.01);
        ip_graph_free(&g);
    }
    ip_graph_init(&g); /* too many for all pairs */
    ip_graph_grid(&g, 50, 50);
    assert_int_equal(draw(&d, &g, 0), LAYOUT_AROUND);
    ip_graph_free(&g);
}

static void parts_and_corners(void **state)
{
    struct ip_graph g;
    (void)state;
    ip_graph_init(&g);
    ip_graph_nodes(&g, 1);
    draw(&d, &g, 0);
    assert_true(isfinite(d.x[0]) && isfinite(d.y[0]));
    ip_graph_line(&g, 3); /* two parts */
    draw(&d, &g, 0);
    assert_true(least_apart(&d) > 0.9);
    ip_graph_grid(&g, 3, 3);                     /* one of them has cycles */
    ip_graph_link(&g, (uint32_t[]){4, 5}, 2, 1); /* two links between two nodes */
    assert_int_equal(draw(&d, &g, 0), LAYOUT_MESH);
    links_between(&d, 0.1, 3);
    assert_true(least_apart(&d) > 0.1);
    ip_graph_free(&g);
    ip_graph_init(&g);
    ip_graph_nodes(&g, 2);
    for (int i = 0; i < 2; i++)
        ip_graph_link(&g, (uint32_t[]){0, 1}, 2, 1);
    draw(&d, &g, 1);
    links_between(&d, 0.5, 1.5);
    ip_graph_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(trees_down), cmocka_unit_test(trees_around),
                                       cmocka_unit_test(grids), cmocka_unit_test(meshes),
                                       cmocka_unit_test(parts_and_corners)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
