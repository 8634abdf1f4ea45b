/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the stays in groups that a plan draws: shares of groups, rates of change, times without
 * gaps, and that further nodes or groups leave the draws of others alone. Also hosts on a
 * topology's LANs. Leaves open: what sockets do with a stay, which whole runs pin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/plan.h"
#include "sim/err.h"
#include "tools/world.h"

static struct world *plan(const char *hosts, const char *membership)
{
    char yaml[2000];
    struct sim_error e;
    struct world *w;
    int len = snprintf(yaml, sizeof yaml,
                       "run: {duration: 1h}\n"
                       "ip:\n"
                       "  fidelity: tree\n"
                       "  families: ipv4\n"
                       "  nodes: [{name: other, count: 3}]\n"
                       "  topologies:\n"
                       "    - {name: net, topology: k_ary_tree, arity: 3, depth: 2, %s}\n"
                       "  memberships: [{nodes: net.hosts, %s}]\n",
                       hosts, membership);
    if (world_load_text(&w, "test", yaml, (size_t)len, "/", &e) || world_place(w, &e))
        fail_msg("%s", e.text);
    return w;
}

/* Nine leaves of thirteen routers; each LAN is a link of its router and its hosts, in order. */
static void hosts_of_routers(void **state)
{
    static const struct {
        const char *hosts;
        uint32_t n_hosts, n_lans, first_router;
    } cases[] = {{"hosts: leaves, hosts_per_router: 4", 36, 9, 4},
                 {"hosts: all, hosts_per_router: 2", 26, 13, 0}};
    (void)state;
    for (int c = 0; c < 2; c++) {
        struct world *w = plan(cases[c].hosts, "group: 239.1.1.1");
        const struct ip_plan *p = world_ip_plan(w);
        const struct ip_graph *g = &p->graph;
        assert_int_equal(g->n_nodes, 3 + 13 + cases[c].n_hosts);
        assert_int_equal(g->n_links, 12 + cases[c].n_lans);
        assert_int_equal(p->n_joins, cases[c].n_hosts);
        const struct ip_edge *lan = &g->link[12];
        assert_int_equal(g->end[lan->first].node, 3 + cases[c].first_router);
        assert_int_equal(g->end[lan->first + 1].node, 3 + 13);
        assert_string_equal(p->node_name[3 + 13 + 5], "net.hosts/5");
        assert_string_equal(p->node_name[3 + 4], "net/4");
        assert_int_equal(p->layer[3 + 13], IP_LAYER_HOST);
        world_close(w);
    }
}

/* 9,000 nodes choose among three groups: 3,000 each, deviation 45; a fourth group takes a quarter
 * of each and moves nobody else. */
static void choices(void **state)
{
    struct world *three = plan("hosts: leaves, hosts_per_router: 1000",
                               "group: 239.1.1.1, groups: 3, one_group: true");
    struct world *four = plan("hosts: leaves, hosts_per_router: 1000",
                              "group: 239.1.1.1, groups: 4, one_group: true");
    const struct ip_plan *a = world_ip_plan(three), *b = world_ip_plan(four);
    int n[3] = {0}, n_moved = 0;
    (void)state;
    assert_int_equal(a->n_joins, 9000);
    assert_int_equal(b->n_joins, 9000);
    for (uint32_t i = 0; i < 9000; i++) {
        const struct ip_addr *x = &a->joins[i].wish->group, *y = &b->joins[i].wish->group;
        n[x->b[3] - 1]++;
        assert_true(ip_addr_equal(x, y) || y->b[3] == 4);
        n_moved += y->b[3] == 4;
        assert_int_equal(a->joins[i].from, 0);
        assert_int_equal(a->joins[i].to, SIM_NEVER);
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(n[i], 3000 - 225, 3000 + 225);
    assert_in_range(n_moved, 2250 - 210, 2250 + 210);
    world_close(three);
    world_close(four);
}

/* 2 % a minute of 9,000 members for 50 minutes: 9,000 changes, deviation 95. A stay begins when the
 * one before ends, in another group. */
static void changes(void **state)
{
    struct world *w = plan("hosts: leaves, hosts_per_router: 1000",
                           "group: 239.1.1.1, groups: 2, one_group: true, churn: 2%, join: 5min, "
                           "leave: 55min, spread: 1min");
    const struct ip_plan *p = world_ip_plan(w);
    uint32_t n_changes = 0;
    (void)state;
    for (uint32_t i = 0; i < p->n_joins; i++) {
        const struct ip_plan_join *j = &p->joins[i], *next = j + 1;
        bool last = i + 1 == p->n_joins || next->node != j->node;
        assert_true(j->from < j->to);
        if (last) {
            assert_in_range(j->to, SIM_S(55 * 60), SIM_S(56 * 60));
            continue;
        }
        n_changes++;
        assert_int_equal(next->from, j->to);
        assert_true(next->wish != j->wish);
    }
    assert_int_equal(p->n_joins, 9000 + n_changes);
    assert_in_range(n_changes, 9000 - 500, 9000 + 500);
    world_close(w);
}

/* Nodes of other groups and more hosts on a LAN leave the draws of a node alone. */
static void draws_are_keyed(void **state)
{
    static const char one[] =
        "group: 239.1.1.1, groups: 2, one_group: true, churn: 10%, spread: 9s";
    struct world *few = plan("hosts: leaves", one),
                 *many = plan("hosts: leaves, hosts_per_router: 2", one);
    const struct ip_plan *a = world_ip_plan(few), *b = world_ip_plan(many);
    (void)state;
    for (uint32_t i = 0; i < a->n_joins; i++) {
        assert_int_equal(a->joins[i].node, b->joins[i].node);
        assert_int_equal(a->joins[i].from, b->joins[i].from);
        assert_int_equal(a->joins[i].to, b->joins[i].to);
        assert_true(ip_addr_equal(&a->joins[i].wish->group, &b->joins[i].wish->group));
    }
    world_close(few);
    world_close(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_of_routers),
        cmocka_unit_test(choices),
        cmocka_unit_test(changes),
        cmocka_unit_test(draws_are_keyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
