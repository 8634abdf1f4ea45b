/* SPDX-License-Identifier: GPL-2.0-only
 * Assert states. Source: see pim_assert.h. */
#include "models/ip/pim_assert.h"

#include <string.h>

#include "models/ip/pim_neighbor.h"
#include "models/ip/pim_tree.h"
#include "sim/mem.h"

enum event {
    EV_CONTEST,    /* data or a worse assert, where the router would forward */
    EV_PREFERRED,  /* better than what is known */
    EV_ACCEPTABLE, /* from the winner, or better than the router's own, where it is followed */
    EV_INFERIOR,   /* from the winner: it gives up */
    EV_TIMER,
    EV_COULD_NOT, /* a winner that would not forward */
    EV_FREE,      /* a loser that need not follow, or whose winner is gone */
    EV_N
};

/* The specification's names of what is done. */
enum action { A0_NOTHING, A1_ASSERT, A2_STORE, A3_REPEAT, A4_CANCEL, A5_DELETE };

static const struct {
    uint8_t to, action;
} table[PIM_ASSERT_N][EV_N] = {
    [PIM_ASSERT_NONE] = {[EV_CONTEST] = {PIM_ASSERT_WINNER, A1_ASSERT},
                         [EV_PREFERRED] = {PIM_ASSERT_NONE, A0_NOTHING},
                         [EV_ACCEPTABLE] = {PIM_ASSERT_LOSER, A2_STORE},
                         [EV_INFERIOR] = {PIM_ASSERT_NONE, A0_NOTHING},
                         [EV_TIMER] = {PIM_ASSERT_NONE, A0_NOTHING},
                         [EV_COULD_NOT] = {PIM_ASSERT_NONE, A0_NOTHING},
                         [EV_FREE] = {PIM_ASSERT_NONE, A0_NOTHING}},
    [PIM_ASSERT_WINNER] = {[EV_CONTEST] = {PIM_ASSERT_WINNER, A3_REPEAT},
                           [EV_PREFERRED] = {PIM_ASSERT_LOSER, A2_STORE},
                           [EV_ACCEPTABLE] = {PIM_ASSERT_LOSER, A2_STORE},
                           [EV_INFERIOR] = {PIM_ASSERT_WINNER, A3_REPEAT},
                           [EV_TIMER] = {PIM_ASSERT_WINNER, A3_REPEAT},
                           [EV_COULD_NOT] = {PIM_ASSERT_NONE, A4_CANCEL},
                           [EV_FREE] = {PIM_ASSERT_WINNER, A0_NOTHING}},
    [PIM_ASSERT_LOSER] = {[EV_CONTEST] = {PIM_ASSERT_LOSER, A0_NOTHING},
                          [EV_PREFERRED] = {PIM_ASSERT_LOSER, A2_STORE},
                          [EV_ACCEPTABLE] = {PIM_ASSERT_LOSER, A2_STORE},
                          [EV_INFERIOR] = {PIM_ASSERT_NONE, A5_DELETE},
                          [EV_TIMER] = {PIM_ASSERT_NONE, A5_DELETE},
                          [EV_COULD_NOT] = {PIM_ASSERT_LOSER, A0_NOTHING},
                          [EV_FREE] = {PIM_ASSERT_NONE, A5_DELETE}},
};

struct pim_assert_if *pim_assert_find(const struct pim_entry *e, uint32_t iface)
{
    for (uint32_t k = 0; k < e->n_asserts; k++)
        if (e->asserts[k].iface == iface)
            return &e->asserts[k];
    return NULL;
}

void pim_assert_drop(struct pim_entry *e, uint32_t iface)
{
    struct pim_assert_if *a = pim_assert_find(e, iface);
    if (!a)
        return;
    e->n_asserts--;
    memmove(a, a + 1, (size_t)(e->asserts + e->n_asserts - a) * sizeof *a);
}

static struct pim_assert_if *add(struct pim_entry *e, uint32_t iface)
{
    uint32_t k = 0;
    if (e->n_asserts == e->max_asserts) {
        e->max_asserts = e->max_asserts ? 2 * e->max_asserts : 2;
        e->asserts = mem_grow(e->asserts, e->max_asserts, sizeof *e->asserts);
    }
    while (k < e->n_asserts && e->asserts[k].iface < iface)
        k++;
    memmove(e->asserts + k + 1, e->asserts + k, (e->n_asserts - k) * sizeof *e->asserts);
    e->asserts[k] = (struct pim_assert_if){.iface = iface};
    e->n_asserts++;
    return &e->asserts[k];
}

static struct pim_metric route_metric(const struct pim_router *r, const struct pim_entry *e,
                                      uint32_t iface, bool rpt, bool direct)
{
    struct pim_metric m = pim_metric_infinite(r->cfg->family);
    if (e && (e->reachable || direct)) {
        m = (struct pim_metric){.rpt = rpt,
                                .preference = direct ? 0 : e->route.preference,
                                .metric = direct ? 0 : e->route.metric};
    }
    m.addr = r->ifaces[iface].cfg.addr;
    return m;
}

struct pim_metric pim_assert_spt_metric(const struct pim_router *r, const struct pim_entry *e,
                                        uint32_t iface)
{
    return route_metric(r, e, iface, false, false);
}

/* Of an RP itself the way to the RP is the shortest there is. */
static struct pim_metric rpt_metric(const struct pim_router *r, const struct pim_group_state *g,
                                    uint32_t iface)
{
    return route_metric(r, g->star, iface, true, g->am_rp);
}

/* CouldAssert(S,G,I), CouldAssert(*,G,I). */
static bool could(struct pim_router *r, const struct pim_group_state *g, const struct pim_entry *e,
                  uint32_t iface)
{
    uint64_t *out = pim_tree_out(r, 1);
    struct pim_sets s = pim_tree_sets(r, g, e);
    if (e->is_star)
        return pim_entry_rpf_iface(e) != iface && (e->reachable || g->am_rp) &&
               (pim_set_has(s.joins_star, iface) || pim_set_has(s.include_star, iface));
    pim_olist_assertable(&s, out);
    return e->spt && e->reachable && pim_entry_rpf_iface(e) != iface && pim_set_has(out, iface);
}

/* AssertTrackingDesired. */
static bool tracks(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                   const struct pim_entry *e, uint32_t iface)
{
    uint64_t *out = pim_tree_out(r, 1);
    const struct pim_assert_if *a = pim_assert_find(e, iface);
    bool speaks = r->ifaces[iface].is_dr || (a && a->state == PIM_ASSERT_WINNER);
    if (pim_set_has(e->include, iface) && speaks)
        return true;
    if (e->is_star)
        return could(r, g, e, iface) ||
               (pim_entry_rpf_iface(e) == iface && pim_tree_star_desired(r, g));
    if (pim_entry_rpf_iface(e) == iface && pim_tree_join_desired(r, g, e, now))
        return true;
    if (!e->spt && pim_entry_rpf_iface(g->star) == iface && pim_tree_star_desired(r, g))
        return true;
    struct pim_sets s = pim_tree_sets(r, g, e);
    pim_olist_assertable(&s, out);
    return pim_set_has(out, iface);
}

/* my_assert_metric. */
static struct pim_metric own_metric(struct pim_router *r, const struct pim_group_state *g,
                                    const struct pim_entry *e, uint32_t iface)
{
    if (!e->is_star && could(r, g, e, iface))
        return pim_assert_spt_metric(r, e, iface);
    if (g->star && could(r, g, g->star, iface))
        return rpt_metric(r, g, iface);
    struct pim_metric m = pim_metric_infinite(r->cfg->family);
    m.addr = r->ifaces[iface].cfg.addr;
    return m;
}

static void send(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                 const struct pim_entry *e, uint32_t iface, const struct pim_metric *m)
{
    struct ip_prefix group = {g->group, (uint8_t)(8 * ip_addr_len(g->group.family))};
    const struct pim_msg msg = {.kind = PIM_ASSERT,
                                .family = r->cfg->family,
                                .u.assert = {.group = group,
                                             .source = e->source,
                                             .rpt = m->rpt,
                                             .preference = m->preference,
                                             .metric = m->metric}};
    pim_iface_introduce(r, now, &r->ifaces[iface]);
    r->io->send(r->io->obj, iface, NULL, &msg);
}

static void store(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                  struct pim_entry *e, struct pim_assert_if *a, const struct pim_metric *m)
{
    const struct pim_neighbor *n = pim_iface_neighbor(&r->ifaces[a->iface], &m->addr);
    a->winner = *m;
    a->winner_gen_id = n ? n->gen_id : 0;
    a->was_rpf = pim_entry_rpf_iface(e) == a->iface;
    a->at = now + r->cfg->assert_time;
    if (a->was_rpf && !e->is_star && e->joined && !g->is_ssm)
        e->spt = true; /* data comes along the source's tree (A6) */
}

/* m: of the message; NULL where there is none. */
static void take(struct pim_router *r, sim_time now, struct pim_group_state *g, struct pim_entry *e,
                 uint32_t iface, enum event event, const struct pim_metric *m)
{
    struct pim_assert_if *a = pim_assert_find(e, iface);
    uint8_t state = a ? a->state : PIM_ASSERT_NONE;
    uint8_t to = table[state][event].to;
    struct pim_metric own = own_metric(r, g, e, iface);
    sim_time again;
    if (to != PIM_ASSERT_NONE && !a)
        a = add(e, iface);
    switch (table[state][event].action) {
    case A1_ASSERT:
    case A3_REPEAT:
        again = now + r->cfg->assert_time - r->cfg->assert_override;
        a->owes |= a->at != again; /* once an instant */
        a->winner = own;
        a->at = again;
        break;
    case A2_STORE:
        store(r, now, g, e, a, m);
        break;
    case A4_CANCEL:
        own = pim_metric_infinite(r->cfg->family);
        send(r, now, g, e, iface, &own);
        break;
    default:
        break;
    }
    if (to == PIM_ASSERT_NONE)
        pim_assert_drop(e, iface);
    else
        a->state = to;
    if (to != PIM_ASSERT_NONE)
        pim_tree_due(r, g, a->at);
    pim_tree_touch(r, now, g);
}

/* What a received assert is to the state of an entry. */
static void judge(struct pim_router *r, sim_time now, struct pim_group_state *g,
                  struct pim_entry *e, uint32_t iface, const struct pim_metric *m)
{
    const struct pim_assert_if *a = pim_assert_find(e, iface);
    struct pim_metric own = own_metric(r, g, e, iface);
    bool better = pim_metric_better(m, &own), right_tree = m->rpt == e->is_star;
    if (!a) {
        if (!better && could(r, g, e, iface))
            take(r, now, g, e, iface, EV_CONTEST, m);
        else if (better && right_tree && tracks(r, now, g, e, iface))
            take(r, now, g, e, iface, EV_ACCEPTABLE, m);
        return;
    }
    if (a->state == PIM_ASSERT_WINNER) {
        take(r, now, g, e, iface, better ? EV_PREFERRED : EV_INFERIOR, m);
        return;
    }
    bool from_winner = ip_addr_equal(&m->addr, &a->winner.addr);
    if (from_winner && (!better || pim_metric_is_infinite(m)))
        take(r, now, g, e, iface, EV_INFERIOR, m);
    else if (from_winner || pim_metric_better(m, &a->winner))
        take(r, now, g, e, iface, EV_PREFERRED, m);
}

/* Asserts of the shared tree concern sources too that the router forwards along their own. */
static void judge_star(struct pim_router *r, sim_time now, struct pim_group_state *g,
                       uint32_t iface, const struct pim_metric *m)
{
    for (uint32_t k = 0; k < g->n_sg; k++)
        if (could(r, g, g->sg[k], iface))
            take(r, now, g, g->sg[k], iface, EV_CONTEST, m);
    if (g->star)
        judge(r, now, g, g->star, iface, m);
}

enum pim_reason pim_assert_receive(struct pim_router *r, sim_time now, struct pim_iface *i,
                                   const struct ip_addr *src, const struct pim_assert *a)
{
    struct pim_metric m = {a->rpt, a->preference, a->metric, *src};
    struct pim_group_state *g = pim_tree_find(r, &a->group.addr);
    if (!g)
        return PIM_DROP_NONE;
    if (g->star)
        pim_entry_route(r, g, g->star);
    if (ip_addr_is_any(&a->source)) {
        judge_star(r, now, g, i->index, &m);
        return PIM_DROP_NONE;
    }
    if (!ip_addr_is_source(&a->source))
        return PIM_DROP_SOURCE;
    struct pim_entry *e = pim_tree_get_source(r, g, &a->source);
    pim_entry_route(r, g, e);
    judge(r, now, g, e, i->index, &m);
    if (m.rpt && g->star && !pim_assert_find(e, i->index))
        judge(r, now, g, g->star, i->index, &m);
    pim_tree_touch(r, now, g);
    return PIM_DROP_NONE;
}

void pim_assert_data(struct pim_router *r, sim_time now, struct pim_group_state *g,
                     struct pim_entry *e, uint32_t iface)
{
    if (!pim_assert_find(e, iface) && could(r, g, e, iface))
        take(r, now, g, e, iface, EV_CONTEST, NULL);
}

bool pim_assert_joined(struct pim_entry *e, uint32_t iface)
{
    const struct pim_assert_if *a = pim_assert_find(e, iface);
    if (!a || a->state != PIM_ASSERT_LOSER)
        return false;
    pim_assert_drop(e, iface);
    return true;
}

/* Has what a loser follows, or why it follows, gone? */
static bool is_free(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                    const struct pim_entry *e, const struct pim_assert_if *a)
{
    const struct pim_neighbor *n = pim_iface_neighbor(&r->ifaces[a->iface], &a->winner.addr);
    if (!n || n->gen_id != a->winner_gen_id || !tracks(r, now, g, e, a->iface))
        return true;
    struct pim_metric own = own_metric(r, g, e, a->iface);
    return pim_metric_better(&own, &a->winner) ||
           (a->was_rpf && pim_entry_rpf_iface(e) != a->iface);
}

static void speak(struct pim_router *r, sim_time now, struct pim_group_state *g,
                  struct pim_entry *e, struct pim_assert_if *a)
{
    struct pim_metric own = own_metric(r, g, e, a->iface);
    a->owes = false;
    if (a->state == PIM_ASSERT_WINNER)
        send(r, now, g, e, a->iface, &own);
}

void pim_assert_eval(struct pim_router *r, sim_time now, struct pim_group_state *g,
                     struct pim_entry *e)
{
    for (uint32_t k = e->n_asserts; k-- > 0;) {
        const struct pim_assert_if *a = &e->asserts[k];
        if (a->state == PIM_ASSERT_WINNER && !could(r, g, e, a->iface))
            take(r, now, g, e, a->iface, EV_COULD_NOT, NULL);
        else if (a->state == PIM_ASSERT_LOSER && is_free(r, now, g, e, a))
            take(r, now, g, e, a->iface, EV_FREE, NULL);
    }
    for (uint32_t k = 0; k < e->n_asserts; k++)
        if (e->asserts[k].owes)
            speak(r, now, g, e, &e->asserts[k]);
}

void pim_assert_wake(struct pim_router *r, sim_time now, struct pim_group_state *g,
                     struct pim_entry *e)
{
    for (uint32_t k = e->n_asserts; k-- > 0;)
        if (e->asserts[k].at <= now)
            take(r, now, g, e, e->asserts[k].iface, EV_TIMER, NULL);
}

sim_time pim_assert_next(const struct pim_entry *e)
{
    sim_time at = SIM_NEVER;
    for (uint32_t k = 0; k < e->n_asserts; k++)
        at = e->asserts[k].at < at ? e->asserts[k].at : at;
    return at;
}
