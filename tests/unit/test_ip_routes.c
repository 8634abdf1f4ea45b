/* SPDX-License-Identifier: GPL-2.0-only
 * Pins topologies and unicast routes: sizes of the generators, what is refused, shortest paths
 * against an all-pairs computation, ties, LANs, failures; and the links of multicast trees on k-ary
 * trees against their closed form. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/graph_make.h"
#include "models/ip/unicast.h"
#include "sim/err.h"
#include "sim/mem.h"

static struct rng_key key(void)
{
    return rng_key_make(1, 1, RNG_TEST);
}

static void generators(void **state)
{
    struct ip_graph g;
    (void)state;
    ip_graph_init(&g);
    assert_int_equal(ip_graph_line(&g, 5), 0);
    assert_int_equal(ip_graph_star(&g, 4), 5);
    assert_int_equal(ip_graph_k_ary_tree(&g, 3, 2), 10);
    assert_int_equal(ip_graph_grid(&g, 3, 2), 23);
    ip_graph_seal(&g);
    assert_int_equal(g.n_nodes, 29);
    assert_int_equal(g.n_links, 4 + 4 + 12 + 7);
    assert_int_equal(g.n_ifaces[5], 4);
    assert_int_equal(g.n_ifaces[11], 4); /* its parent and three children */
    assert_false(ip_graph_connected(&g));
    ip_graph_free(&g);
    assert_int_equal(ip_graph_k_ary_size(2, 10), 2047);
    assert_int_equal(ip_graph_k_ary_size(10, 10), UINT32_MAX);
}

static void random_generators(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct ip_graph g;
        ip_graph_init(&g);
        ip_graph_waxman(&g, 60, 0.1, 0.15, rng_key_make(seed, 1, RNG_TEST)); /* sparse: in parts */
        ip_graph_seal(&g);
        assert_true(ip_graph_connected(&g));
        ip_graph_free(&g);
        ip_graph_init(&g);
        ip_graph_barabasi_albert(&g, 200, 3, rng_key_make(seed, 1, RNG_TEST));
        ip_graph_seal(&g);
        assert_true(ip_graph_connected(&g));
        assert_int_equal(g.n_links, 6 + 196 * 3);
        uint32_t most = 0;
        for (uint32_t i = 0; i < 200; i++)
            most = g.n_ifaces[i] > most ? g.n_ifaces[i] : most;
        assert_true(most >= 20); /* hubs: a random graph of this density has about 13 */
        ip_graph_free(&g);
    }
}

/* Mean number of links of Waxman's rule: the sum of the probabilities, within five deviations. */
static void waxman_density(void **state)
{
    struct ip_graph g;
    (void)state;
    ip_graph_init(&g);
    ip_graph_waxman(&g, 400, 1, 1000, key()); /* almost surely every pair */
    assert_true(g.n_links > 79800 * 0.995 && g.n_links <= 79800);
    ip_graph_free(&g);
    ip_graph_init(&g);
    ip_graph_waxman(&g, 400, 0.25, 1000, key());
    assert_true(fabs(g.n_links - 19950.0) < 5 * sqrt(79800 * 0.25 * 0.75) + 20);
    ip_graph_free(&g);
}

static void links_that_cannot_be(void **state)
{
    struct ip_graph g;
    (void)state;
    ip_graph_init(&g);
    ip_graph_nodes(&g, 3);
    assert_int_equal(ip_graph_link(&g, (uint32_t[]){0, 3}, 2, 1), SIM_EINVAL);
    assert_int_equal(ip_graph_link(&g, (uint32_t[]){0, 1, 0}, 3, 1), SIM_EINVAL);
    assert_int_equal(ip_graph_link(&g, (uint32_t[]){0}, 1, 1), SIM_EINVAL);
    assert_int_equal(ip_graph_link(&g, (uint32_t[]){0, 1}, 2, 0), SIM_EINVAL);
    assert_int_equal(ip_graph_link(&g, (uint32_t[]){2, 1}, 2, 1), 0);
    ip_graph_seal(&g);
    assert_int_equal(ip_graph_iface_on(&g, 1, 0), 0);
    assert_int_equal(ip_graph_iface_on(&g, 0, 0), -1);
    assert_int_equal(ip_graph_link_of(&g, 2, 0), 0);
    ip_graph_free(&g);
}

/* Distances of all pairs by relaxing until nothing changes. */
static uint32_t *all_pairs(const struct ip_graph *g, const bool *down)
{
    uint32_t n = g->n_nodes;
    uint32_t *d = mem_alloc((size_t)n * n, sizeof *d);
    for (uint32_t i = 0; i < n * n; i++)
        d[i] = i / n == i % n ? 0 : UINT32_MAX / 2;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t l = 0; l < g->n_links; l++)
            for (uint32_t a = 0; !down[l] && a < g->link[l].n; a++)
                for (uint32_t b = 0; b < g->link[l].n; b++)
                    for (uint32_t to = 0; a != b && to < n; to++) {
                        uint32_t x = g->end[g->link[l].first + a].node,
                                 y = g->end[g->link[l].first + b].node,
                                 over = d[y * n + to] + g->link[l].cost;
                        if (over < d[x * n + to]) {
                            d[x * n + to] = over;
                            changed = true;
                        }
                    }
    }
    return d;
}

/* Every step is a link that is up, gets nearer by its cost, and is the lowest of those that do. */
static void check_routes(const struct ip_graph *g, struct ip_unicast *u, const bool *down)
{
    uint32_t n = g->n_nodes;
    uint32_t *d = all_pairs(g, down);
    for (uint32_t from = 0; from < n; from++)
        for (uint32_t to = 0; to < n; to++) {
            struct ip_hop hop, best = {0};
            bool there = false;
            for (uint32_t i = g->first_of[from]; from != to && i < g->first_of[from + 1]; i++) {
                const struct ip_edge *l = &g->link[g->link_of[i]];
                for (uint32_t k = l->first; !down[g->link_of[i]] && k < l->first + l->n; k++) {
                    struct ip_hop h = {g->link_of[i], g->end[k].node,
                                       d[g->end[k].node * n + to] + l->cost};
                    if (h.node == from || h.distance != d[from * n + to] ||
                        h.distance >= UINT32_MAX / 2)
                        continue;
                    if (!there || h.node < best.node || (h.node == best.node && h.link < best.link))
                        best = h;
                    there = true;
                }
            }
            assert_int_equal(ip_unicast_next(u, from, to, &hop), there);
            if (there)
                assert_memory_equal(&hop, &best, sizeof hop);
        }
    free(d);
}

/* Random graphs with links of 2 to 5 ends and costs of 1 to 3, some of them down. */
static void against_all_pairs(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 60; trial++) {
        struct rng draws = rng_stream(key(), trial);
        struct ip_graph g;
        bool down[40] = {0};
        ip_graph_init(&g);
        ip_graph_nodes(&g, 15);
        while (g.n_links < 18) {
            uint32_t nodes[5], n = 2 + rng_below(&draws, 4);
            for (uint32_t i = 0; i < n; i++)
                nodes[i] = rng_below(&draws, 15);
            ip_graph_link(&g, nodes, n, 1 + rng_below(&draws, 3));
        }
        ip_graph_seal(&g);
        struct ip_unicast *u = ip_unicast_open(&g);
        check_routes(&g, u, down);
        for (uint32_t change = 0; change < 5; change++) {
            uint32_t l = rng_below(&draws, g.n_links);
            down[l] = !down[l];
            ip_unicast_set_link(u, l, !down[l]);
            check_routes(&g, u, down);
        }
        ip_unicast_close(u);
        ip_graph_free(&g);
    }
}

/* One computation a destination, and again only after a change. */
static void on_demand(void **state)
{
    struct ip_graph g;
    struct ip_hop hop;
    (void)state;
    ip_graph_init(&g);
    ip_graph_grid(&g, 30, 30);
    ip_graph_seal(&g);
    struct ip_unicast *u = ip_unicast_open(&g);
    for (uint32_t i = 0; i < 900; i++)
        ip_unicast_next(u, i, 7, &hop);
    assert_int_equal(ip_unicast_n_computed(u), 1);
    ip_unicast_set_link(u, 3, true); /* it was up */
    ip_unicast_next(u, 0, 7, &hop);
    assert_int_equal(ip_unicast_n_computed(u), 1);
    ip_unicast_set_link(u, 3, false);
    assert_true(ip_unicast_next(u, 0, 7, &hop));
    ip_unicast_next(u, 0, 8, &hop);
    assert_int_equal(ip_unicast_n_computed(u), 3);
    ip_unicast_close(u);
    ip_graph_free(&g);
}

/* Links of the tree from m distinct leaves to the root. */
static uint32_t tree_links(struct ip_unicast *u, const struct ip_graph *g, const uint32_t *leaves,
                           uint32_t m, uint32_t *mark, uint32_t round)
{
    uint32_t n = 0;
    (void)g;
    for (uint32_t i = 0; i < m; i++)
        for (uint32_t at = leaves[i]; at != 0 && mark[at] != round;) {
            struct ip_hop hop;
            mark[at] = round;
            assert_true(ip_unicast_next(u, at, 0, &hop));
            n++;
            at = hop.node;
        }
    return n;
}

/* Sum over levels of k^l (1 - C(M - k^(D-l), m) / C(M, m)), M = k^D. */
static double closed_form(uint32_t k, uint32_t depth, uint32_t m)
{
    double leaves = pow(k, depth), sum = 0;
    for (uint32_t l = 1; l <= depth; l++) {
        double below = pow(k, depth - l), none = 1;
        for (uint32_t i = 0; i < m; i++)
            none *= fmax(leaves - below - i, 0) / (leaves - i);
        sum += pow(k, l) * (1 - none);
    }
    return sum;
}

static void k_ary_tree_links(void **state)
{
    static const struct {
        uint32_t k, depth, m;
        double links;
    } cases[] = {{2, 10, 1, 10},      {2, 10, 2, 19.01}, {2, 10, 8, 63.83},  {2, 10, 128, 556.46},
                 {2, 10, 1024, 2046}, {4, 5, 2, 9.67},   {4, 5, 32, 106.25}, {4, 5, 1024, 1364}};
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        uint32_t m = cases[c].m, round = 0;
        struct ip_graph g;
        ip_graph_init(&g);
        ip_graph_k_ary_tree(&g, cases[c].k, cases[c].depth);
        ip_graph_seal(&g);
        struct ip_unicast *u = ip_unicast_open(&g);
        uint32_t n_leaves = (uint32_t)pow(cases[c].k, cases[c].depth);
        uint32_t *leaf = mem_alloc(n_leaves, sizeof *leaf), *mark = mem_alloc(g.n_nodes, 4);
        for (uint32_t i = 0; i < n_leaves; i++)
            leaf[i] = g.n_nodes - n_leaves + i;
        struct rng draws = rng_stream(key(), 1000 + c);
        double sum = 0;
        for (round = 1; round <= 1000; round++) {
            for (uint32_t i = 0; i < m; i++) { /* m distinct ones to the front */
                uint32_t j = i + rng_below(&draws, n_leaves - i), t = leaf[i];
                leaf[i] = leaf[j];
                leaf[j] = t;
            }
            sum += tree_links(u, &g, leaf, m, mark, round);
        }
        assert_true(fabs(closed_form(cases[c].k, cases[c].depth, m) / cases[c].links - 1) < 0.001);
        assert_true(fabs(sum / 1000 / cases[c].links - 1) < 0.01);
        free(leaf);
        free(mark);
        ip_unicast_close(u);
        ip_graph_free(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generators),        cmocka_unit_test(random_generators),
        cmocka_unit_test(waxman_density),    cmocka_unit_test(links_that_cannot_be),
        cmocka_unit_test(against_all_pairs), cmocka_unit_test(on_demand),
        cmocka_unit_test(k_ary_tree_links)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
