/* SPDX-License-Identifier: GPL-2.0-only
 * Upstream states. Source: see pim_up.h. */
#include "models/ip/pim_up.h"

#include "models/ip/pim_assert.h"
#include "models/ip/pim_neighbor.h"
#include "models/ip/pim_tree.h"
#include "sim/mem.h"

/* The same to the same neighbour is said once. */
static void owe(struct pim_router *r, uint32_t iface, const struct ip_addr *upstream,
                const struct pim_source *s, bool is_join)
{
    for (size_t k = 0; k < r->n_owed; k++) {
        struct pim_owed *o = &r->owed[k];
        if (o->iface == iface && ip_addr_equal(&o->upstream, upstream) &&
            o->source.wildcard == s->wildcard && o->source.rpt == s->rpt &&
            ip_addr_equal(&o->source.addr, &s->addr)) {
            o->is_join = is_join;
            return;
        }
    }
    if (r->n_owed == r->max_owed) {
        r->max_owed = r->max_owed ? 2 * r->max_owed : 2;
        r->owed = mem_grow(r->owed, r->max_owed, sizeof *r->owed);
    }
    r->owed[r->n_owed++] =
        (struct pim_owed){.iface = iface, .is_join = is_join, .upstream = *upstream, .source = *s};
}

/* Append what is owed as first is, Joins or Prunes; returns how many. */
static size_t collect(struct pim_router *r, const struct pim_owed *first, bool joins, size_t at)
{
    size_t n = 0;
    for (size_t k = 0; k < r->n_owed; k++) {
        struct pim_owed *o = &r->owed[k];
        if (o->is_sent || o->is_join != joins || o->iface != first->iface ||
            !ip_addr_equal(&o->upstream, &first->upstream))
            continue;
        r->list[at + n++] = o->source;
        o->is_sent = true;
    }
    return n;
}

void pim_up_flush(struct pim_router *r, sim_time now, const struct pim_group_state *g)
{
    r->list = pim_room_reserve(r->list, &r->max_list, r->n_owed, sizeof *r->list);
    for (size_t k = 0; k < r->n_owed; k++) {
        const struct pim_owed first = r->owed[k];
        if (first.is_sent || !r->ifaces[first.iface].up)
            continue;
        struct pim_group one = {.prefix = {g->group, (uint8_t)(8 * ip_addr_len(g->group.family))},
                                .joins = r->list};
        one.n_joins = collect(r, &first, true, 0);
        one.prunes = r->list + one.n_joins;
        one.n_prunes = collect(r, &first, false, one.n_joins);
        const struct pim_msg m = {.kind = PIM_JOIN_PRUNE,
                                  .family = r->cfg->family,
                                  .u.jp = {.upstream = first.upstream,
                                           .holdtime_s = r->cfg->jp_holdtime_s,
                                           .groups = &one,
                                           .n_groups = 1}};
        pim_iface_introduce(r, now, &r->ifaces[first.iface]);
        r->io->send(r->io->obj, first.iface, NULL, &m);
    }
    r->n_owed = 0;
}

static struct pim_source own_source(const struct pim_group_state *g, const struct pim_entry *e)
{
    return (struct pim_source){.addr = e->is_star ? g->rp : e->source,
                               .sparse = true,
                               .wildcard = e->is_star,
                               .rpt = e->is_star};
}

/* Joins and Prunes go where the entry's upstream is. */
static void owe_own(struct pim_router *r, const struct pim_group_state *g,
                    const struct pim_entry *e, bool is_join)
{
    struct pim_source s = own_source(g, e);
    owe(r, e->upstream_iface, &e->upstream, &s, is_join);
}

static void owe_rpt(struct pim_router *r, const struct pim_group_state *g,
                    const struct pim_entry *e, bool is_join)
{
    const struct pim_source s = {.addr = e->source, .sparse = true, .rpt = true};
    struct ip_addr to = pim_entry_rpf_rpt(r, g, e);
    uint32_t iface = pim_entry_rpf_iface(g->star);
    if (to.family != IP_NONE && iface != PIM_NO_IFACE)
        owe(r, iface, &to, &s, is_join);
}

/* A Join(*,G) says in the same message which sources are to stay away (RFC 7761 section 4.5.6). */
static void owe_join(struct pim_router *r, const struct pim_group_state *g,
                     const struct pim_entry *e)
{
    owe_own(r, g, e, true);
    for (uint32_t k = 0; e->is_star && k < g->n_sg; k++)
        if (g->sg[k]->rpt_up == PIM_UP_RPT_PRUNED)
            owe_rpt(r, g, g->sg[k], false);
}

void pim_up_echo(struct pim_router *r, const struct pim_iface *i, const struct pim_group_state *g,
                 const struct pim_entry *e)
{
    struct pim_source s = own_source(g, e);
    owe(r, i->index, &i->cfg.addr, &s, false);
}

static bool has_upstream(const struct pim_entry *e)
{
    return e && e->joined && e->upstream.family != IP_NONE;
}

static sim_time override(const struct pim_router *r, sim_time now, const struct pim_group_state *g,
                         struct pim_entry *e, const struct pim_iface *i, enum pim_draw kind)
{
    const struct pim_draw_key key = {kind, &g->group, &e->source, &e->draws};
    return now + pim_draw(r, now, &key, pim_iface_override(r, i));
}

static void lower_join(struct pim_router *r, sim_time now, struct pim_group_state *g,
                       struct pim_entry *e, const struct pim_iface *i)
{
    sim_time at = override(r, now, g, e, i, PIM_DRAW_OVERRIDE);
    if (at >= e->join_at)
        return;
    e->join_at = at;
    pim_tree_due(r, g, at);
}

void pim_up_repeat_soon(struct pim_router *r, sim_time now, struct pim_group_state *g,
                        struct pim_entry *e, const struct pim_iface *i,
                        const struct ip_addr *neighbor)
{
    if (has_upstream(e) && e->upstream_iface == i->index && ip_addr_equal(&e->upstream, neighbor))
        lower_join(r, now, g, e, i);
}

/* A Join of the same instant outweighs a Prune, whichever is heard first. */
static void suppress(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                     struct pim_entry *e, const struct pim_iface *i, sim_time hold)
{
    sim_time period = r->cfg->jp_period;
    if (!pim_iface_suppresses(r, i))
        return;
    if (e->seen_prune_at == now)
        e->join_at = e->join_was;
    e->seen_join_at = now;
    const struct pim_draw_key key = {PIM_DRAW_SUPPRESS, &g->group, &e->source, &e->draws};
    sim_time t = period / 10 * 11 + pim_draw(r, now, &key, period / 10 * 3);
    t = t < hold ? t : hold;
    e->join_at = now + t > e->join_at ? now + t : e->join_at;
}

static void see_prune(struct pim_router *r, sim_time now, struct pim_group_state *g,
                      struct pim_entry *e, const struct pim_iface *i)
{
    if (e->seen_join_at == now)
        return;
    if (e->seen_prune_at != now)
        e->join_was = e->join_at;
    e->seen_prune_at = now;
    lower_join(r, now, g, e, i);
}

static bool goes_to(const struct pim_entry *e, const struct pim_iface *i,
                    const struct ip_addr *upstream)
{
    return has_upstream(e) && e->upstream_iface == i->index &&
           ip_addr_equal(&e->upstream, upstream);
}

/* Does the entry's place on the shared tree hang on that neighbour? */
static bool rpt_goes_to(const struct pim_router *r, const struct pim_group_state *g,
                        const struct pim_entry *e, const struct pim_iface *i,
                        const struct ip_addr *upstream)
{
    struct ip_addr to = pim_entry_rpf_rpt(r, g, e);
    return pim_entry_rpf_iface(g->star) == i->index && ip_addr_equal(&to, upstream);
}

void pim_up_see_join(struct pim_router *r, sim_time now, struct pim_group_state *g,
                     const struct pim_iface *i, const struct ip_addr *upstream,
                     const struct pim_source *s, sim_time hold)
{
    struct pim_entry *e = s->wildcard ? g->star : pim_tree_source(g, &s->addr);
    if (!e)
        return;
    if (s->rpt && !s->wildcard) {
        if (e->rpt_up == PIM_UP_RPT_NOT_PRUNED && rpt_goes_to(r, g, e, i, upstream)) {
            e->override_at = SIM_NEVER;
            e->rpt_seen_join_at = now;
        }
        return;
    }
    if (goes_to(e, i, upstream))
        suppress(r, now, g, e, i, hold);
}

static void override_rpt(struct pim_router *r, sim_time now, struct pim_group_state *g,
                         struct pim_entry *e, const struct pim_iface *i)
{
    sim_time at = override(r, now, g, e, i, PIM_DRAW_RPT_OVERRIDE);
    if (e->rpt_up != PIM_UP_RPT_NOT_PRUNED || at >= e->override_at)
        return;
    e->override_at = at;
    pim_tree_due(r, g, at);
}

void pim_up_see_prune(struct pim_router *r, sim_time now, struct pim_group_state *g,
                      const struct pim_iface *i, const struct ip_addr *upstream,
                      const struct pim_source *s)
{
    if (s->wildcard) {
        if (goes_to(g->star, i, upstream))
            see_prune(r, now, g, g->star, i);
        for (uint32_t k = 0; k < g->n_sg; k++)
            if (goes_to(g->sg[k], i, upstream))
                see_prune(r, now, g, g->sg[k], i);
        return;
    }
    struct pim_entry *e = pim_tree_source(g, &s->addr);
    if (!e && s->rpt && goes_to(g->star, i, upstream)) {
        /* Data of the source is wanted here along the shared tree. */
        e = pim_tree_get_source(r, g, &s->addr);
        pim_entry_route(r, g, e);
        e->rpt_up = PIM_UP_RPT_NOT_PRUNED;
        pim_tree_touch(r, now, g);
    }
    if (!e)
        return;
    if (goes_to(e, i, upstream))
        see_prune(r, now, g, e, i);
    if (rpt_goes_to(r, g, e, i, upstream) && e->rpt_seen_join_at != now)
        override_rpt(r, now, g, e, i);
}

/* The upstream neighbour is another one. After an assert its winner hears of the router soon, and
 * the loser need not. */
static void move(struct pim_router *r, sim_time now, struct pim_group_state *g, struct pim_entry *e,
                 const struct ip_addr *to, uint32_t iface)
{
    const struct pim_assert_if *a = iface == PIM_NO_IFACE ? NULL : pim_assert_find(e, iface);
    bool follows = a && a->state == PIM_ASSERT_LOSER;
    bool by_assert = e->upstream_iface == iface && (follows || e->by_assert);
    if (!by_assert && e->upstream.family != IP_NONE)
        owe_own(r, g, e, false);
    bool was_none = e->upstream.family == IP_NONE;
    e->upstream = *to;
    e->upstream_iface = iface;
    e->by_assert = follows;
    if (to->family == IP_NONE) {
        e->join_at = SIM_NEVER;
    } else if (by_assert && !was_none) {
        lower_join(r, now, g, e, &r->ifaces[iface]);
    } else {
        owe_join(r, g, e);
        e->join_at = now + r->cfg->jp_period;
    }
}

/* What (*,G) and (S,G) have in common. */
static void follow(struct pim_router *r, sim_time now, struct pim_group_state *g,
                   struct pim_entry *e, bool desired)
{
    struct ip_addr to = pim_entry_rpf(r, e);
    uint32_t iface = pim_entry_rpf_iface(e);
    if (!desired) {
        if (has_upstream(e))
            owe_own(r, g, e, false);
        e->joined = false;
        e->join_at = SIM_NEVER;
        e->upstream = (struct ip_addr){.family = IP_NONE};
        return;
    }
    if (!e->joined) {
        e->joined = true;
        e->by_assert = false;
        e->upstream = (struct ip_addr){.family = IP_NONE};
        e->upstream_iface = PIM_NO_IFACE;
    }
    if (!ip_addr_equal(&to, &e->upstream) || iface != e->upstream_iface)
        move(r, now, g, e, &to, iface);
}

void pim_up_eval_star(struct pim_router *r, sim_time now, struct pim_group_state *g)
{
    if (g->star)
        follow(r, now, g, g->star, pim_tree_star_desired(r, g));
}

/* RFC 7761 section 4.5.6. */
static void eval_rpt(struct pim_router *r, sim_time now, struct pim_group_state *g,
                     struct pim_entry *e)
{
    bool on_tree = pim_tree_star_desired(r, g);
    bool pruned = on_tree && pim_tree_prune_desired(r, g, e);
    struct ip_addr to = pim_entry_rpf_rpt(r, g, e);
    bool back = e->rpt_up == PIM_UP_RPT_NOT_PRUNED && to.family != IP_NONE &&
                !ip_addr_equal(&to, &e->rpt_upstream) && g->star &&
                ip_addr_equal(&to, &g->star->upstream);
    if (!on_tree) {
        e->rpt_up = PIM_UP_RPT_NOT_JOINED;
        e->override_at = SIM_NEVER;
    } else if (pruned && e->rpt_up != PIM_UP_RPT_PRUNED) {
        owe_rpt(r, g, e, false);
        e->rpt_up = PIM_UP_RPT_PRUNED;
        e->override_at = SIM_NEVER;
    } else if (!pruned && e->rpt_up == PIM_UP_RPT_PRUNED) {
        e->rpt_up = PIM_UP_RPT_NOT_PRUNED;
        owe_rpt(r, g, e, true);
    } else if (!pruned) {
        e->rpt_up = PIM_UP_RPT_NOT_PRUNED;
        if (back && e->rpt_upstream.family != IP_NONE)
            override_rpt(r, now, g, e, &r->ifaces[pim_entry_rpf_iface(g->star)]);
    }
    e->rpt_upstream = to;
}

void pim_up_eval_source(struct pim_router *r, sim_time now, struct pim_group_state *g,
                        struct pim_entry *e)
{
    bool desired = pim_tree_join_desired(r, g, e, now);
    follow(r, now, g, e, desired);
    if (!desired)
        e->spt = g->is_ssm;
    if (!g->is_ssm)
        eval_rpt(r, now, g, e);
}

void pim_up_wake(struct pim_router *r, sim_time now, struct pim_group_state *g, struct pim_entry *e)
{
    if (e->join_at <= now) {
        owe_join(r, g, e);
        e->join_at = now + r->cfg->jp_period;
    }
    if (e->override_at <= now) {
        e->override_at = SIM_NEVER;
        owe_rpt(r, g, e, true);
    }
}

sim_time pim_up_next(const struct pim_entry *e)
{
    return e->join_at < e->override_at ? e->join_at : e->override_at;
}
