/* SPDX-License-Identifier: GPL-2.0-only
 * Receivers, flows and who of them belongs together, from a plan. */
#include <stdlib.h>

#include "models/ip/cast_internal.h"
#include "sim/mem.h"

struct cast_pair *cast_pair_of(const struct cast_flow *f, uint32_t node)
{
    uint32_t lo = 0, hi = f->n_pairs;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (f->pairs[mid].node < node)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < f->n_pairs && f->pairs[lo].node == node ? &f->pairs[lo] : NULL;
}

static bool same_group(const struct ip_plan_flow *f, const struct ip_plan_join *j)
{
    return f->cfg->port == j->wish->cfg->port && ip_addr_equal(&f->group, &j->wish->group);
}

/* Receivers of one group and port that stand together in the plan. */
struct run {
    uint32_t first, n;
};

static struct run *find_runs(const struct ip_plan *p, uint32_t *n_runs)
{
    struct run *runs = NULL;
    *n_runs = 0;
    for (uint32_t i = 0; i < p->n_joins; i++) {
        const struct ip_plan_join *j = &p->joins[i];
        if (i > 0 && j->wish->cfg->port == p->joins[i - 1].wish->cfg->port &&
            ip_addr_equal(&j->wish->group, &p->joins[i - 1].wish->group)) {
            runs[*n_runs - 1].n++;
            continue;
        }
        if ((*n_runs & (*n_runs - 1)) == 0)
            runs = mem_grow(runs, *n_runs ? 2 * (size_t)*n_runs : 1, sizeof *runs);
        runs[(*n_runs)++] = (struct run){i, 1};
    }
    return runs;
}

struct by_node {
    uint32_t node, receiver;
};

static int compare_nodes(const void *a, const void *b)
{
    const struct by_node *x = a, *y = b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->receiver < y->receiver ? -1 : x->receiver > y->receiver;
}

static void make_pairs(struct ip_cast *c, struct cast_flow *f, const struct run *runs,
                       uint32_t n_runs)
{
    const struct ip_plan *plan = c->s.plan;
    struct by_node *list = NULL;
    for (uint32_t k = 0; k < n_runs; k++) {
        if (!same_group(f->plan, &plan->joins[runs[k].first]))
            continue;
        list = mem_grow(list, f->n_members + runs[k].n, sizeof *list);
        for (uint32_t i = runs[k].first; i < runs[k].first + runs[k].n; i++)
            list[f->n_members++] = (struct by_node){plan->joins[i].node, i};
    }
    if (f->n_members > 0)
        qsort(list, f->n_members, sizeof *list, compare_nodes);
    f->members = mem_alloc(f->n_members, sizeof *f->members);
    f->pairs = mem_alloc(f->n_members, sizeof *f->pairs);
    for (uint32_t i = 0; i < f->n_members; i++) {
        f->members[i] = list[i].receiver;
        if (i == 0 || list[i].node != list[i - 1].node)
            f->pairs[f->n_pairs++] = (struct cast_pair){.node = list[i].node, .first = i};
        f->pairs[f->n_pairs - 1].n++;
        if (f->plan->cfg->delivery == IP_DELIVERY_UNICAST)
            c->receivers[list[i].receiver].is_copied = true;
        else
            c->receivers[list[i].receiver].joins = true;
    }
    free(list);
}

static void make_flows(struct ip_cast *c)
{
    const struct ip_plan *p = c->s.plan;
    uint32_t n_runs;
    struct run *runs = find_runs(p, &n_runs);
    c->flows = mem_alloc(p->n_flows, sizeof *c->flows);
    for (uint32_t i = 0; i < p->n_flows; i++) {
        c->flows[i] = (struct cast_flow){.cast = c,
                                         .plan = &p->flows[i],
                                         .index = i,
                                         .first_sent = SIM_NEVER,
                                         .last_sent = SIM_NEVER};
        make_pairs(c, &c->flows[i], runs, n_runs);
    }
    free(runs);
    for (uint32_t i = 0; i < p->n_joins; i++)
        c->receivers[i].joins |= !c->receivers[i].is_copied;
}

static void make_receivers(struct ip_cast *c)
{
    const struct ip_plan *p = c->s.plan;
    uint32_t n = p->graph.n_nodes;
    c->receivers = mem_alloc(p->n_joins, sizeof *c->receivers);
    c->first_of = mem_alloc(n + 2, sizeof *c->first_of);
    c->of_node = mem_alloc(p->n_joins, sizeof *c->of_node);
    for (uint32_t i = 0; i < p->n_joins; i++) {
        c->receivers[i] =
            (struct cast_receiver){.cast = c, .plan = &p->joins[i], .joined = SIM_NEVER};
        c->first_of[p->joins[i].node + 2]++;
    }
    for (uint32_t i = 0; i < n; i++)
        c->first_of[i + 2] += c->first_of[i + 1];
    for (uint32_t i = 0; i < p->n_joins; i++)
        c->of_node[c->first_of[p->joins[i].node + 1]++] = i;
}

struct ip_cast *ip_cast_open(const struct ip_cast_setup *s)
{
    struct ip_cast *c = mem_alloc(1, sizeof *c);
    *c = (struct ip_cast){.s = *s};
    cast_kinds(c);
    make_receivers(c);
    make_flows(c);
    return c;
}

void ip_cast_close(struct ip_cast *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->s.plan->n_flows; i++) {
        struct cast_flow *f = &c->flows[i];
        for (uint32_t k = 0; k < f->n_pairs; k++) {
            free(f->pairs[k].expected);
            free(f->pairs[k].received);
        }
        free(f->members);
        free(f->pairs);
    }
    free(c->flows);
    free(c->receivers);
    free(c->first_of);
    free(c->of_node);
    free(c->turns[0].v);
    free(c->turns[1].v);
    free(c);
}
