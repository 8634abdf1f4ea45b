/* SPDX-License-Identifier: GPL-2.0-only
 * Groups and sources. Source: see pim_tree.h. */
#include "models/ip/pim_tree.h"

#include <stdlib.h>
#include <string.h>

#include "models/ip/pim_assert.h"
#include "models/ip/pim_down.h"
#include "models/ip/pim_forward.h"
#include "models/ip/pim_neighbor.h"
#include "models/ip/pim_register.h"
#include "models/ip/pim_up.h"
#include "sim/mem.h"

struct pim_down *pim_downs_find(const struct pim_downs *d, uint32_t iface)
{
    for (uint32_t i = 0; i < d->n; i++)
        if (d->v[i].iface == iface)
            return &d->v[i];
    return NULL;
}

struct pim_down *pim_downs_add(struct pim_downs *d, uint32_t iface)
{
    uint32_t i = 0;
    if (d->n == d->max) {
        d->max = d->max ? 2 * d->max : 2;
        d->v = mem_grow(d->v, d->max, sizeof *d->v);
    }
    while (i < d->n && d->v[i].iface < iface)
        i++;
    memmove(d->v + i + 1, d->v + i, (d->n - i) * sizeof *d->v);
    d->v[i] = (struct pim_down){.iface = iface, .ppt = SIM_NEVER, .joined_at = -1};
    d->n++;
    return &d->v[i];
}

void pim_downs_remove(struct pim_downs *d, uint32_t iface)
{
    uint32_t i = 0;
    while (i < d->n && d->v[i].iface != iface)
        i++;
    if (i == d->n)
        return;
    d->n--;
    memmove(d->v + i, d->v + i + 1, (d->n - i) * sizeof *d->v);
}

static uint32_t group_place(const struct pim_router *r, const struct ip_addr *group)
{
    uint32_t lo = 0, hi = r->n_groups;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (ip_addr_cmp(&r->groups[mid]->group, group) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct pim_group_state *pim_tree_find(const struct pim_router *r, const struct ip_addr *group)
{
    uint32_t i = group_place(r, group);
    return i < r->n_groups && ip_addr_equal(&r->groups[i]->group, group) ? r->groups[i] : NULL;
}

static uint32_t source_place(const struct pim_group_state *g, const struct ip_addr *source)
{
    uint32_t lo = 0, hi = g->n_sg;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (ip_addr_cmp(&g->sg[mid]->source, source) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct pim_entry *pim_tree_source(const struct pim_group_state *g, const struct ip_addr *source)
{
    uint32_t i = source_place(g, source);
    return i < g->n_sg && ip_addr_equal(&g->sg[i]->source, source) ? g->sg[i] : NULL;
}

static void find_rp(const struct pim_router *r, struct pim_group_state *g)
{
    g->has_rp = pim_rpset_find(&r->rps, &g->group, &g->rp);
    g->am_rp = g->has_rp && pim_router_is_own(r, &g->rp);
}

struct pim_group_state *pim_tree_group(struct pim_router *r, const struct ip_addr *group)
{
    uint32_t i = group_place(r, group);
    if (i < r->n_groups && ip_addr_equal(&r->groups[i]->group, group))
        return r->groups[i];
    if (r->n_groups == r->max_groups) {
        r->max_groups = r->max_groups ? 2 * r->max_groups : 4;
        r->groups = mem_grow(r->groups, r->max_groups, sizeof(struct pim_group_state *));
    }
    memmove(r->groups + i + 1, r->groups + i, (r->n_groups - i) * sizeof *r->groups);
    r->n_groups++;
    struct pim_group_state *g = mem_alloc(1, sizeof *g);
    g->group = *group;
    g->is_ssm = ip_group_is_ssm(group);
    g->eval_at = SIM_NEVER;
    g->timer = (struct pim_timer){.rank = PIM_RANK_GROUP, .key = &g->group, .owner = g};
    find_rp(r, g);
    r->groups[i] = g;
    return g;
}

static struct pim_entry *entry_open(const struct pim_router *r, const struct ip_addr *source,
                                    bool is_star)
{
    struct pim_entry *e = mem_alloc(1, sizeof *e);
    e->source = *source;
    e->is_star = is_star;
    e->include = mem_alloc(3 * r->n_words, sizeof *e->include);
    e->exclude = e->include + r->n_words;
    e->oifs = e->exclude + r->n_words;
    e->iif = e->upstream_iface = PIM_NO_IFACE;
    e->join_at = e->override_at = e->reg_at = SIM_NEVER;
    e->rate_from = -SIM_S(2);
    e->spt_at = -1;
    e->seen_join_at = e->seen_prune_at = e->rpt_join_at = e->rpt_seen_join_at = -1;
    return e;
}

static void entry_close(struct pim_entry *e)
{
    if (!e)
        return;
    free(e->down.v);
    free(e->rpt.v);
    free(e->asserts);
    free(e->include);
    free(e);
}

struct pim_entry *pim_tree_get_star(struct pim_router *r, struct pim_group_state *g)
{
    struct ip_addr any = ip_addr_any(r->cfg->family);
    if (!g->star)
        g->star = entry_open(r, &any, true);
    return g->star;
}

struct pim_entry *pim_tree_get_source(struct pim_router *r, struct pim_group_state *g,
                                      const struct ip_addr *source)
{
    uint32_t i = source_place(g, source);
    if (i < g->n_sg && ip_addr_equal(&g->sg[i]->source, source))
        return g->sg[i];
    if (g->n_sg == g->max_sg) {
        g->max_sg = g->max_sg ? 2 * g->max_sg : 2;
        g->sg = mem_grow(g->sg, g->max_sg, sizeof(struct pim_entry *));
    }
    memmove(g->sg + i + 1, g->sg + i, (g->n_sg - i) * sizeof *g->sg);
    g->n_sg++;
    g->sg[i] = entry_open(r, source, false);
    g->sg[i]->spt = g->is_ssm;
    return g->sg[i];
}

static void group_close(struct pim_router *r, struct pim_group_state *g)
{
    pim_timer_set(&r->timers, &g->timer, SIM_NEVER);
    for (uint32_t i = 0; i < g->n_sg; i++)
        entry_close(g->sg[i]);
    entry_close(g->star);
    free(g->sg);
    free(g);
}

void pim_tree_fini(struct pim_router *r)
{
    for (uint32_t i = 0; i < r->n_groups; i++)
        group_close(r, r->groups[i]);
    free(r->groups);
    r->groups = NULL;
    r->n_groups = r->max_groups = 0;
}

void pim_tree_due(struct pim_router *r, struct pim_group_state *g, sim_time at)
{
    pim_timer_lower(&r->timers, &g->timer, at);
}

void pim_tree_touch(struct pim_router *r, sim_time now, struct pim_group_state *g)
{
    g->eval_at = now + 1 < g->eval_at ? now + 1 : g->eval_at;
    pim_tree_due(r, g, g->eval_at);
}

void pim_tree_touch_all(struct pim_router *r, sim_time now)
{
    for (uint32_t i = 0; i < r->n_groups; i++) {
        find_rp(r, r->groups[i]);
        pim_tree_touch(r, now, r->groups[i]);
    }
}

static void drop_from(struct pim_entry *e, uint32_t iface)
{
    if (!e)
        return;
    pim_downs_remove(&e->down, iface);
    pim_downs_remove(&e->rpt, iface);
    pim_assert_drop(e, iface);
    pim_set_put(e->include, iface, false);
    pim_set_put(e->exclude, iface, false);
}

void pim_tree_drop_iface(struct pim_router *r, sim_time now, uint32_t iface)
{
    for (uint32_t i = 0; i < r->n_groups; i++) {
        struct pim_group_state *g = r->groups[i];
        drop_from(g->star, iface);
        for (uint32_t k = 0; k < g->n_sg; k++)
            drop_from(g->sg[k], iface);
    }
    pim_tree_touch_all(r, now);
}

void pim_entry_route(struct pim_router *r, const struct pim_group_state *g, struct pim_entry *e)
{
    const struct ip_addr *to = e->is_star ? &g->rp : &e->source;
    if (e->route_version == r->route_version)
        return;
    e->route_version = r->route_version;
    e->target = *to;
    e->reachable = (!e->is_star || (g->has_rp && !g->am_rp)) &&
                   r->io->route(r->io->obj, to, &e->route) && r->ifaces[e->route.iface].up;
}

uint32_t pim_entry_rpf_iface(const struct pim_entry *e)
{
    return e && e->reachable ? e->route.iface : PIM_NO_IFACE;
}

struct ip_addr pim_entry_rpf(const struct pim_router *r, const struct pim_entry *e)
{
    uint32_t iface = pim_entry_rpf_iface(e);
    const struct ip_addr none = {.family = IP_NONE};
    if (iface == PIM_NO_IFACE)
        return none;
    const struct pim_assert_if *a = pim_assert_find(e, iface);
    if (a && a->state == PIM_ASSERT_LOSER)
        return a->winner.addr;
    const struct ip_addr *hop = e->route.connected ? &e->target : &e->route.next_hop;
    const struct pim_neighbor *n = pim_iface_nbr(&r->ifaces[iface], hop);
    return n ? n->addr : none;
}

struct ip_addr pim_entry_rpf_rpt(const struct pim_router *r, const struct pim_group_state *g,
                                 const struct pim_entry *e)
{
    uint32_t iface = pim_entry_rpf_iface(g->star);
    const struct pim_assert_if *a = iface == PIM_NO_IFACE ? NULL : pim_assert_find(e, iface);
    if (a && a->state == PIM_ASSERT_LOSER)
        return a->winner.addr;
    return g->star ? pim_entry_rpf(r, g->star) : (struct ip_addr){.family = IP_NONE};
}

uint64_t *pim_tree_out(struct pim_router *r, unsigned k)
{
    return r->scratch + (PIM_N_SCRATCH - 1 - k) * r->n_words;
}

/* Interfaces in the first list of states; of (S,G,rpt) only those that are pruned. */
static void put_downs(uint64_t *set, const struct pim_downs *d, bool rpt)
{
    for (uint32_t i = 0; i < d->n; i++)
        if (!rpt || d->v[i].state == PIM_RPT_PRUNED || d->v[i].state == PIM_RPT_PRUNED_TMP)
            pim_set_put(set, d->v[i].iface, true);
}

/* Members count where the router is the designated one and has lost no assert, or has won one. */
static void put_members(const struct pim_router *r, uint64_t *set, const uint64_t *members,
                        const struct pim_entry *judge)
{
    for (int i = pim_set_next(members, r->n_words, 0); i != PIM_SET_END;
         i = pim_set_next(members, r->n_words, (size_t)i + 1)) {
        const struct pim_assert_if *a = judge ? pim_assert_find(judge, (uint32_t)i) : NULL;
        bool won = a && a->state == PIM_ASSERT_WINNER;
        bool lost = a && a->state == PIM_ASSERT_LOSER && pim_entry_rpf_iface(judge) != (uint32_t)i;
        if (won || (r->ifaces[i].is_dr && !lost))
            pim_set_put(set, (size_t)i, true);
    }
}

/* Asserts that were lost and matter (RFC 7761 section 4.1.6). */
static void put_lost(struct pim_router *r, const struct pim_group_state *g,
                     const struct pim_entry *e, uint64_t *lost, uint64_t *lost_rpt)
{
    for (uint32_t i = 0; i < e->n_asserts; i++) {
        const struct pim_assert_if *a = &e->asserts[i];
        if (a->state != PIM_ASSERT_LOSER)
            continue;
        bool to_source = pim_entry_rpf_iface(e) == a->iface;
        if (e->is_star) {
            pim_set_put(lost, a->iface, !to_source);
            continue;
        }
        struct pim_metric own = pim_assert_spt_metric(r, e, a->iface);
        bool to_rp = pim_entry_rpf_iface(g->star) == a->iface;
        pim_set_put(lost, a->iface, !to_source && pim_metric_better(&a->winner, &own));
        pim_set_put(lost_rpt, a->iface, !to_rp && !(to_source && e->spt));
    }
}

struct pim_sets pim_tree_sets(struct pim_router *r, const struct pim_group_state *g,
                              const struct pim_entry *e)
{
    uint64_t *s[9];
    pim_set_clear(r->scratch, 9 * r->n_words);
    for (size_t i = 0; i < 9; i++)
        s[i] = r->scratch + i * r->n_words;
    if (g->star) {
        put_downs(s[0], &g->star->down, false);
        put_members(r, s[1], g->star->include, g->star);
        put_lost(r, g, g->star, s[2], NULL);
    }
    if (e && !e->is_star) {
        put_downs(s[3], &e->down, false);
        pim_set_put(s[3], r->n_ifaces, e->reg_state == PIM_REG_JOIN);
        put_members(r, s[4], e->include, e);
        put_lost(r, g, e, s[5], s[8]);
        put_downs(s[6], &e->rpt, true);
        put_members(r, s[7], e->exclude, g->star);
    }
    return (struct pim_sets){.n = r->n_words,
                             .joins_star = s[0],
                             .include_star = s[1],
                             .lost_star = s[2],
                             .joins = s[3],
                             .include = s[4],
                             .lost = s[5],
                             .prunes_rpt = s[6],
                             .exclude = s[7],
                             .lost_rpt = s[8]};
}

bool pim_tree_star_desired(struct pim_router *r, const struct pim_group_state *g)
{
    uint64_t *out = pim_tree_out(r, 1);
    if (!g->star || !g->has_rp)
        return false;
    struct pim_sets s = pim_tree_sets(r, g, NULL);
    pim_olist_star(&s, out);
    return !pim_set_empty(out, r->n_words);
}

/* Of source-specific groups the keepalive timer always runs (RFC 4607, RFC 7761 section 4.8.1). */
bool pim_tree_join_desired(struct pim_router *r, const struct pim_group_state *g,
                           const struct pim_entry *e, sim_time now)
{
    uint64_t *out = pim_tree_out(r, 1);
    struct pim_sets s = pim_tree_sets(r, g, e);
    pim_olist_immediate(&s, out);
    if (!pim_set_empty(out, r->n_words))
        return true;
    if (e->keepalive <= now)
        return false;
    pim_olist_inherited(&s, out);
    return !pim_set_empty(out, r->n_words);
}

bool pim_tree_prune_desired(struct pim_router *r, const struct pim_group_state *g,
                            const struct pim_entry *e)
{
    uint64_t *out = pim_tree_out(r, 1);
    if (!pim_tree_star_desired(r, g))
        return false;
    struct pim_sets s = pim_tree_sets(r, g, e);
    pim_olist_rpt(&s, out);
    if (pim_set_empty(out, r->n_words))
        return true;
    struct ip_addr to_source = pim_entry_rpf(r, e), to_rp = pim_entry_rpf(r, g->star);
    return e->spt && !ip_addr_equal(&to_source, &to_rp);
}

static void reborn_one(struct pim_router *r, sim_time now, struct pim_group_state *g,
                       struct pim_entry *e, const struct pim_iface *i,
                       const struct ip_addr *neighbor)
{
    if (e)
        pim_up_repeat_soon(r, now, g, e, i, neighbor);
}

void pim_tree_reborn(struct pim_router *r, sim_time now, const struct pim_iface *i,
                     const struct ip_addr *neighbor)
{
    for (uint32_t k = 0; k < r->n_groups; k++) {
        struct pim_group_state *g = r->groups[k];
        reborn_one(r, now, g, g->star, i, neighbor);
        for (uint32_t s = 0; s < g->n_sg; s++)
            reborn_one(r, now, g, g->sg[s], i, neighbor);
    }
}

/* Has an entry anything that would be missed? */
static bool is_idle(const struct pim_router *r, sim_time now, const struct pim_entry *e)
{
    return e->down.n == 0 && e->rpt.n == 0 && e->n_asserts == 0 && !e->joined &&
           e->keepalive <= now && e->rpt_up != PIM_UP_RPT_PRUNED && e->override_at == SIM_NEVER &&
           now - e->rate_from > SIM_S(1) && pim_set_empty(e->include, r->n_words) &&
           pim_set_empty(e->exclude, r->n_words);
}

/* What went had a forwarding entry: others hear of its end. */
static void bury(struct pim_router *r, const struct pim_group_state *g, struct pim_entry *e)
{
    struct ip_addr group = g->group, source = e->source;
    bool had = e->iif != PIM_NO_IFACE || !pim_set_empty(e->oifs, r->n_words);
    entry_close(e);
    if (had && r->io->changed)
        r->io->changed(r->io->obj, &group, &source);
}

static void tidy(struct pim_router *r, sim_time now, struct pim_group_state *g)
{
    for (uint32_t k = g->n_sg; k-- > 0;) {
        struct pim_entry *e = g->sg[k];
        if (!is_idle(r, now, e))
            continue;
        g->n_sg--;
        memmove(g->sg + k, g->sg + k + 1, (g->n_sg - k) * sizeof *g->sg);
        bury(r, g, e);
    }
    if (g->star && is_idle(r, now, g->star)) {
        struct pim_entry *e = g->star;
        g->star = NULL;
        bury(r, g, e);
    }
}

static sim_time entry_next(const struct pim_entry *e, sim_time now)
{
    sim_time at = pim_down_next(e), t = pim_up_next(e);
    at = t < at ? t : at;
    t = pim_assert_next(e);
    at = t < at ? t : at;
    t = pim_register_next(e);
    at = t < at ? t : at;
    at = e->keepalive > now && e->keepalive < at ? e->keepalive : at;
    t = e->rate_from + SIM_S(1) + 1;
    return t > now && t < at ? t : at;
}

static void set_timer(struct pim_router *r, struct pim_group_state *g, sim_time now)
{
    sim_time at = g->eval_at;
    if (g->star && entry_next(g->star, now) < at)
        at = entry_next(g->star, now);
    for (uint32_t k = 0; k < g->n_sg; k++) {
        sim_time t = entry_next(g->sg[k], now);
        at = t < at ? t : at;
    }
    pim_timer_set(&r->timers, &g->timer, at);
}

static bool is_due(const struct pim_entry *e, sim_time now)
{
    sim_time a = pim_down_next(e), b = pim_assert_next(e), c = pim_register_next(e);
    bool over = e->keepalive > 0 && e->keepalive <= now;
    return a <= now || b <= now || c <= now || over;
}

static void wake_entry(struct pim_router *r, sim_time now, struct pim_group_state *g,
                       struct pim_entry *e)
{
    if (is_due(e, now))
        g->eval_at = now;
    if (e->keepalive <= now)
        e->keepalive = 0;
    pim_assert_wake(r, now, g, e);
    pim_register_wake(r, now, g, e);
}

static void remove_group(struct pim_router *r, struct pim_group_state *g)
{
    uint32_t i = group_place(r, &g->group);
    r->n_groups--;
    memmove(r->groups + i, r->groups + i + 1, (r->n_groups - i) * sizeof *r->groups);
    group_close(r, g);
}

/* A refresh that is due is sent; the rest is looked at only when something has happened. */
void pim_tree_wake(struct pim_router *r, sim_time now, struct pim_group_state *g)
{
    if (g->star)
        wake_entry(r, now, g, g->star);
    for (uint32_t k = 0; k < g->n_sg; k++)
        wake_entry(r, now, g, g->sg[k]);
    if (g->eval_at <= now)
        pim_forward_eval(r, now, g);
    if (g->star)
        pim_up_wake(r, now, g, g->star);
    for (uint32_t k = 0; k < g->n_sg; k++)
        pim_up_wake(r, now, g, g->sg[k]);
    pim_up_flush(r, now, g);
    tidy(r, now, g);
    if (!g->star && g->n_sg == 0)
        remove_group(r, g);
    else
        set_timer(r, g, now);
}
