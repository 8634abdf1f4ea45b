/* SPDX-License-Identifier: GPL-2.0-only
 * Stays of nodes in groups, from when to when. What changes on the way is drawn beforehand: by node
 * and group, so that further nodes or groups move no draw of others. */
#include <stdlib.h>

#include "models/ip/plan_internal.h"
#include "sim/mem.h"
#include "sim/rng.h"

struct ip_plan_wish *plan_add_wish(struct ip_plan *p, const struct ip_plan_wish *w)
{
    p->wishes = mem_grow(p->wishes, p->n_wishes + 1, sizeof(struct ip_plan_wish *));
    p->wishes[p->n_wishes] = mem_copy(w, sizeof *w);
    return p->wishes[p->n_wishes++];
}

void plan_add_stay(struct ip_plan *p, const struct ip_plan_join *j)
{
    if (p->n_joins == p->max_joins) {
        p->max_joins = p->max_joins ? p->max_joins + p->max_joins / 2 : 64;
        p->joins = mem_grow(p->joins, p->max_joins, sizeof *p->joins);
    }
    p->joins[p->n_joins++] = *j;
}

/* FNV-1a of the address. */
static uint64_t hash(const struct ip_addr *a)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ a->family;
    for (size_t i = 0; i < sizeof a->b; i++)
        h = (h ^ a->b[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* One of n groups but for `not`: each draws for the node, and the highest wins. A group more takes
 * its share of the nodes and leaves the others where they are. */
static uint32_t choose(const struct ip_plan *p, struct ip_plan_wish *const *w, uint32_t n,
                       uint64_t node, uint32_t number, uint32_t not )
{
    struct rng_key key = rng_key_make(p->seed, p->run, RNG_IP_CHURN);
    uint32_t best = 0;
    double most = -1;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t h = hash(&w[i]->group);
        double x = i == not ? -2 : rng_draw_uniform(key, node, (h ^ h >> 32) << 32 | number);
        if (x > most) {
            most = x;
            best = i;
        }
    }
    return best;
}

/* An exponential time with the mean of a minute / churn, the first in front of stay 1. */
static sim_time stay_time(const struct ip_plan *p, double churn, uint64_t node, uint32_t number)
{
    struct rng_key key = rng_key_make(p->seed, p->run, RNG_IP_CHURN);
    uint32_t word[4];
    rng_draw(key, node, (uint64_t)1 << 31 | number, word);
    double t = rng_word_exponential(word[0], word[1]) * (double)SIM_S(60) / churn;
    return t < (double)SIM_S(1000000000) ? 1 + (sim_time)t : SIM_NEVER;
}

void plan_add_stays(struct ip_plan *p, struct ip_plan_join j, uint32_t first, uint32_t n)
{
    uint64_t node = (uint64_t)ip_plan_node_id(p, j.node);
    uint32_t at = choose(p, p->wishes + first, n, node, 0, n);
    double churn = p->wishes[first]->cfg->churn;
    sim_time end = j.to;
    for (uint32_t number = 1;; number++) {
        sim_time stay = churn > 0 ? stay_time(p, churn, node, number) : SIM_NEVER;
        bool last = end - j.from <= stay || p->duration - j.from <= stay;
        j.wish = p->wishes[first + at];
        j.to = last ? end : j.from + stay;
        plan_add_stay(p, &j);
        if (last)
            return;
        j.from = j.to;
        at = choose(p, p->wishes + first, n, node, number, at);
    }
}

sim_time plan_lateness(const struct ip_plan *p, const struct ip_membership_cfg *c, uint32_t node)
{
    struct rng_key key = rng_key_make(p->seed, p->run, RNG_IP_CHURN);
    double u = rng_draw_uniform(key, (uint64_t)ip_plan_node_id(p, node), (uint64_t)1 << 31);
    return (sim_time)(u * (double)c->spread_ns);
}
