/* SPDX-License-Identifier: GPL-2.0-only
 * Downstream states. Source: see pim_down.h. */
#include "models/ip/pim_down.h"

#include "models/ip/pim_assert.h"
#include "models/ip/pim_neighbor.h"
#include "models/ip/pim_tree.h"
#include "models/ip/pim_up.h"
#include "sim/err.h"

enum down_event { DOWN_JOIN, DOWN_PRUNE, DOWN_PPT, DOWN_ET, DOWN_N_EVENTS };
enum rpt_event { RPT_STAR_JOIN, RPT_JOIN, RPT_PRUNE, RPT_END, RPT_PPT, RPT_ET, RPT_N_EVENTS };
enum action {
    SET_ET = 1,     /* the message's hold time */
    RAISE_ET = 2,   /* if that is later */
    START_PPT = 4,  /* once the instant is over */
    CANCEL_PPT = 8, /* somebody has overridden */
    ECHO = 16,      /* tell those who did not hear the Prune */
};

struct step {
    uint8_t to;
    uint8_t actions;
};

/* (*,G) and (S,G). */
static const struct step down_table[PIM_DOWN_N][DOWN_N_EVENTS] = {
    [PIM_DOWN_NONE] = {[DOWN_JOIN] = {PIM_DOWN_JOIN, SET_ET},
                       [DOWN_PRUNE] = {PIM_DOWN_NONE, 0},
                       [DOWN_PPT] = {PIM_DOWN_NONE, 0},
                       [DOWN_ET] = {PIM_DOWN_NONE, 0}},
    [PIM_DOWN_JOIN] = {[DOWN_JOIN] = {PIM_DOWN_JOIN, RAISE_ET},
                       [DOWN_PRUNE] = {PIM_DOWN_PENDING, START_PPT},
                       [DOWN_PPT] = {PIM_DOWN_JOIN, 0},
                       [DOWN_ET] = {PIM_DOWN_NONE, 0}},
    [PIM_DOWN_PENDING] = {[DOWN_JOIN] = {PIM_DOWN_JOIN, RAISE_ET | CANCEL_PPT},
                          [DOWN_PRUNE] = {PIM_DOWN_PENDING, 0},
                          [DOWN_PPT] = {PIM_DOWN_NONE, ECHO},
                          [DOWN_ET] = {PIM_DOWN_NONE, 0}},
};

/* (S,G,rpt). */
static const struct step rpt_table[PIM_RPT_N][RPT_N_EVENTS] = {
    [PIM_RPT_NONE] = {[RPT_STAR_JOIN] = {PIM_RPT_NONE, 0},
                      [RPT_JOIN] = {PIM_RPT_NONE, 0},
                      [RPT_PRUNE] = {PIM_RPT_PENDING, SET_ET | START_PPT},
                      [RPT_END] = {PIM_RPT_NONE, 0},
                      [RPT_PPT] = {PIM_RPT_NONE, 0},
                      [RPT_ET] = {PIM_RPT_NONE, 0}},
    [PIM_RPT_PRUNED] = {[RPT_STAR_JOIN] = {PIM_RPT_PRUNED_TMP, 0},
                        [RPT_JOIN] = {PIM_RPT_NONE, 0},
                        [RPT_PRUNE] = {PIM_RPT_PRUNED, RAISE_ET},
                        [RPT_END] = {PIM_RPT_PRUNED, 0},
                        [RPT_PPT] = {PIM_RPT_PRUNED, 0},
                        [RPT_ET] = {PIM_RPT_NONE, 0}},
    [PIM_RPT_PENDING] = {[RPT_STAR_JOIN] = {PIM_RPT_PENDING_TMP, 0},
                         [RPT_JOIN] = {PIM_RPT_NONE, CANCEL_PPT},
                         [RPT_PRUNE] = {PIM_RPT_PENDING, RAISE_ET},
                         [RPT_END] = {PIM_RPT_PENDING, 0},
                         [RPT_PPT] = {PIM_RPT_PRUNED, 0},
                         [RPT_ET] = {PIM_RPT_NONE, 0}},
    [PIM_RPT_PRUNED_TMP] = {[RPT_STAR_JOIN] = {PIM_RPT_PRUNED_TMP, 0},
                            [RPT_JOIN] = {PIM_RPT_NONE, 0},
                            [RPT_PRUNE] = {PIM_RPT_PRUNED, RAISE_ET},
                            [RPT_END] = {PIM_RPT_NONE, 0},
                            [RPT_PPT] = {PIM_RPT_PRUNED_TMP, 0},
                            [RPT_ET] = {PIM_RPT_NONE, 0}},
    [PIM_RPT_PENDING_TMP] = {[RPT_STAR_JOIN] = {PIM_RPT_PENDING_TMP, 0},
                             [RPT_JOIN] = {PIM_RPT_NONE, 0},
                             [RPT_PRUNE] = {PIM_RPT_PENDING, RAISE_ET},
                             [RPT_END] = {PIM_RPT_NONE, 0},
                             [RPT_PPT] = {PIM_RPT_PENDING_TMP, 0},
                             [RPT_ET] = {PIM_RPT_NONE, 0}},
};

/* One step of a state; 0 is NONE in both tables, and such states are not kept. */
static uint8_t take(struct pim_downs *list, uint32_t iface, sim_time until, struct step s)
{
    struct pim_down *d = pim_downs_find(list, iface);
    if (s.to == 0) {
        pim_downs_remove(list, iface);
        return s.actions;
    }
    d = d ? d : pim_downs_add(list, iface);
    d->state = s.to;
    if (s.actions & SET_ET)
        d->until = until;
    if (s.actions & RAISE_ET)
        d->until = until > d->until ? until : d->until;
    if (s.actions & START_PPT)
        d->ppt = 0;
    if (s.actions & CANCEL_PPT)
        d->ppt = SIM_NEVER;
    return s.actions;
}

static uint8_t state_of(const struct pim_downs *list, uint32_t iface)
{
    const struct pim_down *d = pim_downs_find(list, iface);
    return d ? d->state : 0;
}

static uint8_t down_step(struct pim_entry *e, uint32_t iface, enum down_event event, sim_time until)
{
    return take(&e->down, iface, until, down_table[state_of(&e->down, iface)][event]);
}

/* true: it is another state, also once the message is read. */
static bool rpt_step(struct pim_entry *e, uint32_t iface, enum rpt_event event, sim_time until)
{
    static const uint8_t lasting[PIM_RPT_N] = {PIM_RPT_NONE, PIM_RPT_PRUNED, PIM_RPT_PENDING,
                                               PIM_RPT_PRUNED, PIM_RPT_PENDING};
    uint8_t from = state_of(&e->rpt, iface);
    take(&e->rpt, iface, until, rpt_table[from][event]);
    return lasting[from] != lasting[state_of(&e->rpt, iface)];
}

static void settle_down(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                        struct pim_entry *e, struct pim_down *d)
{
    struct pim_iface *i = &r->ifaces[d->iface];
    bool alone = i->n_neighbors <= 1;
    if (d->state == PIM_DOWN_PENDING && d->ppt == 0)
        d->ppt = alone ? now : now + pim_iface_prune_delay(r, i);
    if (d->until <= now)
        down_step(e, d->iface, DOWN_ET, 0);
    else if (d->ppt <= now && (down_step(e, d->iface, DOWN_PPT, 0) & ECHO) && !alone)
        pim_up_echo(r, i, g, e);
}

static void settle_rpt(struct pim_router *r, sim_time now, struct pim_entry *e, struct pim_down *d)
{
    struct pim_iface *i = &r->ifaces[d->iface];
    if (d->state == PIM_RPT_PENDING && d->ppt == 0)
        d->ppt = i->n_neighbors <= 1 ? now : now + pim_iface_prune_delay(r, i);
    if (d->until <= now) {
        rpt_step(e, d->iface, RPT_ET, 0);
    } else if (d->ppt <= now) {
        d->ppt = SIM_NEVER;
        rpt_step(e, d->iface, RPT_PPT, 0);
    }
}

/* From behind, since states may go. */
void pim_down_settle(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                     struct pim_entry *e)
{
    for (uint32_t k = e->down.n; k-- > 0;)
        settle_down(r, now, g, e, &e->down.v[k]);
    for (uint32_t k = e->rpt.n; k-- > 0;)
        settle_rpt(r, now, e, &e->rpt.v[k]);
}

static sim_time list_next(const struct pim_downs *list)
{
    sim_time at = SIM_NEVER;
    for (uint32_t k = 0; k < list->n; k++) {
        const struct pim_down *d = &list->v[k];
        at = d->until < at ? d->until : at;
        at = d->ppt > 0 && d->ppt < at ? d->ppt : at;
    }
    return at;
}

sim_time pim_down_next(const struct pim_entry *e)
{
    sim_time a = list_next(&e->down), b = list_next(&e->rpt);
    return a < b ? a : b;
}

/* What a message says, for one of its groups. */
struct block {
    struct pim_iface *iface;
    const struct pim_group *msg;
    struct pim_group_state *g;
    const struct ip_addr *src;
    sim_time now, until;
    bool changed; /* more than hold times */
};

static bool is_source(const struct pim_source *s)
{
    return ip_addr_is_source(&s->addr) && !ip_addr_is_link_local(&s->addr);
}

static void join(struct block *b, struct pim_entry *e)
{
    b->changed |= state_of(&e->down, b->iface->index) != PIM_DOWN_JOIN;
    down_step(e, b->iface->index, DOWN_JOIN, b->until);
    struct pim_down *d = pim_downs_find(&e->down, b->iface->index);
    bool several = d->joined_at == b->now && !ip_addr_equal(&d->joined_by, b->src);
    d->joined_by = several ? (struct ip_addr){.family = IP_NONE} : *b->src;
    d->joined_at = b->now;
}

/* Of one instant a Join outweighs a Prune, whichever came first. */
static void prune(struct block *b, struct pim_entry *e)
{
    const struct pim_down *d = pim_downs_find(&e->down, b->iface->index);
    if (!d || d->joined_at == b->now)
        return;
    down_step(e, b->iface->index, DOWN_PRUNE, b->until);
    b->changed = true;
}

/* (*,G) first: what it does to (S,G,rpt) ends with the message. */
static void use_star(struct pim_router *r, struct block *b)
{
    struct pim_group_state *g = b->g;
    for (size_t k = 0; k < b->msg->n_joins; k++) {
        const struct pim_source *s = &b->msg->joins[k];
        if (!s->wildcard || !g->has_rp || !ip_addr_equal(&s->addr, &g->rp))
            continue;
        join(b, pim_tree_get_star(r, g));
        for (uint32_t n = 0; n < g->n_sg; n++)
            b->changed |= rpt_step(g->sg[n], b->iface->index, RPT_STAR_JOIN, b->until);
    }
    for (size_t k = 0; k < b->msg->n_prunes; k++)
        if (b->msg->prunes[k].wildcard && g->star)
            prune(b, g->star);
}

/* Has another neighbour said in this instant that it wants the source along the shared tree? */
static bool rpt_wanted(const struct block *b, const struct pim_entry *e)
{
    const struct pim_entry *star = b->g->star;
    const struct pim_down *d = star ? pim_downs_find(&star->down, b->iface->index) : NULL;
    bool by_star = d && d->joined_at == b->now && !ip_addr_equal(&d->joined_by, b->src);
    return by_star || (e->rpt_join_at == b->now && e->rpt_join_iface == b->iface->index);
}

static void join_rpt(struct block *b, struct pim_entry *e)
{
    b->changed = true;
    e->rpt_join_at = b->now;
    e->rpt_join_iface = b->iface->index;
    rpt_step(e, b->iface->index, RPT_JOIN, b->until);
}

/* What was made for it and is not needed goes at the next look. */
static void prune_rpt(struct block *b, struct pim_entry *e)
{
    if (rpt_wanted(b, e))
        b->changed = true;
    else
        b->changed |= rpt_step(e, b->iface->index, RPT_PRUNE, b->until);
}

static void use_sources(struct pim_router *r, struct block *b)
{
    struct pim_group_state *g = b->g;
    uint32_t iface = b->iface->index;
    for (size_t k = 0; k < b->msg->n_joins; k++) {
        const struct pim_source *s = &b->msg->joins[k];
        if (s->wildcard || !is_source(s) || (s->rpt && g->is_ssm))
            continue;
        struct pim_entry *e = pim_tree_get_source(r, g, &s->addr);
        if (s->rpt) {
            join_rpt(b, e);
            continue;
        }
        join(b, e);
        b->changed |= pim_assert_joined(e, iface);
    }
    for (size_t k = 0; k < b->msg->n_prunes; k++) {
        const struct pim_source *s = &b->msg->prunes[k];
        struct pim_entry *e = pim_tree_source(g, &s->addr);
        if (s->wildcard || !is_source(s) || (s->rpt && g->is_ssm))
            continue;
        if (s->rpt)
            prune_rpt(b, pim_tree_get_source(r, g, &s->addr));
        else if (e)
            prune(b, e);
    }
    for (uint32_t n = 0; n < g->n_sg; n++)
        b->changed |= rpt_step(g->sg[n], iface, RPT_END, b->until);
}

/* Others talk to their upstream neighbour: overrides and suppression. */
static void overhear(struct pim_router *r, struct block *b, const struct ip_addr *upstream,
                     sim_time hold)
{
    for (size_t k = 0; k < b->msg->n_joins; k++)
        pim_up_see_join(r, b->now, b->g, b->iface, upstream, &b->msg->joins[k], hold);
    for (size_t k = 0; k < b->msg->n_prunes; k++)
        pim_up_see_prune(r, b->now, b->g, b->iface, upstream, &b->msg->prunes[k]);
}

/* Is there anything in it that state could be made of? */
static bool makes_state(const struct pim_router *r, const struct pim_group *m, bool ssm)
{
    struct ip_addr rp;
    for (size_t k = 0; k < m->n_joins; k++)
        if (!m->joins[k].rpt || (m->joins[k].wildcard && !ssm))
            return true;
    for (size_t k = 0; k < m->n_prunes; k++)
        if (m->prunes[k].rpt && !m->prunes[k].wildcard && !ssm)
            return pim_rpset_find(&r->rps, &m->prefix.addr, &rp);
    return false;
}

/* RFC 7761 section 4.9.5.1: what is for a whole range was taken out. */
static bool is_usable(const struct pim_group *m)
{
    return m->prefix.len == 8 * ip_addr_len(m->prefix.addr.family) &&
           ip_group_is_routed(&m->prefix.addr);
}

enum pim_reason pim_down_receive(struct pim_router *r, sim_time now, struct pim_iface *i,
                                 const struct ip_addr *src, const struct pim_join_prune *jp)
{
    sim_time hold = jp->holdtime_s == PIM_HOLD_FOREVER ? SIM_NEVER - now : SIM_S(jp->holdtime_s);
    bool mine = pim_iface_is_own(i, &jp->upstream), used = jp->n_groups == 0;
    for (size_t k = 0; k < jp->n_groups; k++) {
        const struct pim_group *m = &jp->groups[k];
        if (!is_usable(m))
            continue;
        used = true;
        struct block b = {.iface = i, .msg = m, .src = src, .now = now, .until = now + hold};
        b.g = pim_tree_find(r, &m->prefix.addr);
        if (!b.g && mine && makes_state(r, m, ip_group_is_ssm(&m->prefix.addr)))
            b.g = pim_tree_group(r, &m->prefix.addr);
        if (!b.g)
            continue;
        if (mine) {
            if (!b.g->is_ssm)
                use_star(r, &b);
            use_sources(r, &b);
            if (b.changed || !b.g->timer.pos)
                pim_tree_touch(r, now, b.g);
        } else {
            overhear(r, &b, &jp->upstream, hold);
        }
    }
    return used ? PIM_DROP_NONE : PIM_DROP_GROUP;
}
