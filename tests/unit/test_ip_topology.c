/* SPDX-License-Identifier: GPL-2.0-only
 * Pins segments, loops among boxes of layer 2, owners of addresses and next hops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/ip/topology.h"
#include "sim/err.h"

/* Two switches s0 - s1, hosts on both, a router on s1, behind it a host with a second interface on
 * s0, and a far host.
 *   h0 - s0 - s1 - h1,  s1 - r - far,  two - s0,  two - r */
enum { H0, S0, S1, H1, R, FAR, TWO, N_NODES };
enum { L_H0, L_S, L_H1, L_R, L_FAR, L_TWO_S, L_TWO_R, N_LINKS };

static const uint8_t layers[N_NODES] = {
    [S0] = IP_LAYER_FRAME, [S1] = IP_LAYER_FRAME, [R] = IP_LAYER_ROUTE};

static void join(struct ip_graph *g, uint32_t a, uint32_t b)
{
    assert_true(ip_graph_link(g, (uint32_t[]){a, b}, 2, 1) >= 0);
}

static void make(struct ip_graph *g)
{
    ip_graph_init(g);
    ip_graph_nodes(g, N_NODES);
    join(g, H0, S0);
    join(g, S0, S1);
    join(g, S1, H1);
    join(g, S1, R);
    join(g, R, FAR);
    join(g, TWO, S0);
    join(g, TWO, R);
    ip_graph_seal(g);
}

static struct ip_addr addr_of(uint32_t node, uint32_t iface)
{
    return ip_addr_v4(0x0a000000 | node << 8 | iface);
}

static struct ip_topology *open_all(struct ip_graph *g)
{
    make(g);
    struct ip_topology *t = ip_topology_open(g, layers);
    for (uint32_t n = 0; n < N_NODES; n++)
        for (uint32_t i = 0; i < g->n_ifaces[n] && layers[n] != IP_LAYER_FRAME; i++) {
            struct ip_addr a = addr_of(n, i);
            assert_int_equal(ip_topology_give(t, &a, n, i), SIM_OK);
            assert_int_equal(ip_topology_give(t, &a, 0, 0), SIM_EEXIST);
        }
    return t;
}

static void segments(void **state)
{
    struct ip_graph g;
    (void)state;
    struct ip_topology *t = open_all(&g);
    assert_int_equal(ip_topology_n_segments(t), 3);
    assert_int_equal(ip_topology_segment(t, L_H0), 0);
    assert_int_equal(ip_topology_segment(t, L_TWO_S), 0);
    assert_int_equal(ip_topology_segment(t, L_R), 0);
    assert_int_equal(ip_topology_segment(t, L_FAR), 1);
    assert_int_equal(ip_topology_segment(t, L_TWO_R), 2);
    assert_int_equal(ip_topology_loop(&g, layers), -1);
    ip_topology_close(t);
    ip_graph_free(&g);
}

static void loops(void **state)
{
    struct ip_graph g;
    (void)state;
    make(&g);
    join(&g, S1, S0);
    ip_graph_seal(&g);
    assert_int_equal(ip_topology_loop(&g, layers), N_LINKS);
    ip_graph_free(&g);
}

static void step_is(struct ip_topology *t, uint32_t from, struct ip_addr to, uint32_t iface,
                    uint32_t node, uint32_t node_iface)
{
    struct ip_step s;
    assert_true(ip_topology_step(t, from, &to, &s));
    assert_int_equal(s.iface, iface);
    assert_int_equal(s.next.node, node);
    assert_int_equal(s.next.iface, node_iface);
}

static void steps(void **state)
{
    struct ip_graph g;
    struct ip_step s;
    (void)state;
    struct ip_topology *t = open_all(&g);
    step_is(t, H0, addr_of(H1, 0), 0, H1, 0); /* one segment */
    step_is(t, H0, addr_of(FAR, 0), 0, R, 0); /* not through the host with two interfaces */
    step_is(t, R, addr_of(H0, 0), 0, H0, 0);
    step_is(t, R, addr_of(TWO, 0), 0, TWO, 0);
    step_is(t, R, addr_of(TWO, 1), 2, TWO, 1);
    step_is(t, TWO, addr_of(FAR, 0), 0, R, 0); /* as far by either: the first */
    struct ip_addr own = addr_of(H0, 0), nobody = ip_addr_of("10.9.9.9");
    assert_false(ip_topology_step(t, H0, &own, &s));
    assert_false(ip_topology_step(t, H0, &nobody, &s));
    ip_topology_close(t);
    ip_graph_free(&g);
}

/* A link among switches that has failed cuts the segment; the host with two interfaces is no way
 * round, but reaches both halves itself. */
static void failures(void **state)
{
    struct ip_graph g;
    struct ip_step s;
    (void)state;
    struct ip_topology *t = open_all(&g);
    struct ip_addr far = addr_of(FAR, 0);
    ip_topology_set_link(t, L_S, false);
    assert_false(ip_topology_step(t, H0, &far, &s));
    step_is(t, TWO, far, 1, R, 2);
    step_is(t, TWO, addr_of(H0, 0), 0, H0, 0);
    assert_int_equal(ip_topology_n_segments(t), 3);
    ip_topology_set_link(t, L_S, true);
    step_is(t, H0, far, 0, R, 0);
    ip_topology_close(t);
    ip_graph_free(&g);
}

/* Networks behind the router are reached through it, and their addresses are not its own. */
static void networks(void **state)
{
    struct ip_graph g;
    struct ip_step s;
    struct ip_end owner;
    struct ip_prefix wide, narrow;
    struct ip_addr a = ip_addr_of("192.0.2.200"), b = ip_addr_of("192.0.2.1");
    (void)state;
    struct ip_topology *t = open_all(&g);
    assert_int_equal(ip_prefix_parse("192.0.2.0/24", &wide), SIM_OK);
    assert_int_equal(ip_prefix_parse("192.0.2.128/25", &narrow), SIM_OK);
    assert_false(ip_topology_owner(t, &a, &owner));
    ip_topology_give_network(t, &wide, R);
    ip_topology_give_network(t, &narrow, FAR);
    assert_true(ip_topology_owner(t, &b, &owner) && owner.node == R);
    assert_true(ip_topology_owner(t, &a, &owner) && owner.node == FAR);
    assert_true(ip_topology_step(t, H1, &b, &s));
    assert_int_equal(s.next.node, R);
    assert_false(s.connected);
    struct ip_addr own = addr_of(R, 0);
    assert_true(ip_topology_step(t, H1, &own, &s) && s.connected);
    ip_topology_close(t);
    ip_graph_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(segments), cmocka_unit_test(loops),
                                       cmocka_unit_test(steps), cmocka_unit_test(failures),
                                       cmocka_unit_test(networks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
