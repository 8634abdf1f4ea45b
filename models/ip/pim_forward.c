/* SPDX-License-Identifier: GPL-2.0-only
 * Forwarding. Source: see pim_forward.h. */
#include "models/ip/pim_forward.h"

#include "models/ip/pim_assert.h"
#include "models/ip/pim_down.h"
#include "models/ip/pim_neighbor.h"
#include "models/ip/pim_register.h"
#include "models/ip/pim_tree.h"
#include "models/ip/pim_up.h"

/* By which interfaces, along the source's tree or the shared one; e NULL: a source without state.
 * Returns where data must come in. */
static uint32_t entry_of(struct pim_router *r, const struct pim_group_state *g,
                         const struct pim_entry *e, bool spt, uint64_t *oifs)
{
    struct pim_sets s = pim_tree_sets(r, g, e);
    uint32_t iif = pim_entry_rpf_iface(g->star);
    if (spt) {
        pim_olist_inherited(&s, oifs);
        iif = pim_entry_rpf_iface(e);
    } else {
        pim_olist_rpt(&s, oifs);
    }
    if (iif != PIM_NO_IFACE)
        pim_set_put(oifs, iif, false);
    return iif;
}

static void publish(struct pim_router *r, const struct pim_group_state *g, struct pim_entry *e)
{
    uint64_t *oifs = pim_tree_out(r, 0);
    uint32_t iif = entry_of(r, g, e->is_star ? NULL : e, !e->is_star && e->spt, oifs);
    pim_set_put(oifs, r->n_ifaces, false); /* of no concern to others */
    if (iif == e->iif && pim_set_equal(oifs, e->oifs, r->n_words))
        return;
    e->iif = iif;
    pim_set_copy(e->oifs, oifs, r->n_words);
    if (r->io->changed)
        r->io->changed(r->io->obj, &g->group, &e->source);
}

void pim_forward_eval(struct pim_router *r, sim_time now, struct pim_group_state *g)
{
    g->eval_at = SIM_NEVER;
    if (g->star) {
        pim_entry_route(r, g, g->star);
        pim_down_settle(r, now, g, g->star);
        pim_assert_eval(r, now, g, g->star);
    }
    for (uint32_t k = 0; k < g->n_sg; k++) {
        pim_entry_route(r, g, g->sg[k]);
        pim_down_settle(r, now, g, g->sg[k]);
        pim_assert_eval(r, now, g, g->sg[k]);
        pim_register_eval(r, now, g, g->sg[k]);
        pim_register_settle(r, now, g, g->sg[k]);
    }
    pim_up_eval_star(r, now, g);
    for (uint32_t k = 0; k < g->n_sg; k++)
        pim_up_eval_source(r, now, g, g->sg[k]);
    if (g->star)
        publish(r, g, g->star);
    for (uint32_t k = 0; k < g->n_sg; k++)
        publish(r, g, g->sg[k]);
}

/* Update_SPTbit. */
static void update_spt(struct pim_router *r, sim_time now, struct pim_group_state *g,
                       struct pim_entry *e, uint32_t iface)
{
    if (e->spt || pim_entry_rpf_iface(e) != iface || !pim_tree_join_desired(r, g, e, now))
        return;
    const struct pim_assert_if *a = pim_assert_find(e, iface);
    uint64_t *out = pim_tree_out(r, 1);
    struct pim_sets s = pim_tree_sets(r, g, e);
    pim_olist_rpt(&s, out);
    struct ip_addr to_source = pim_entry_rpf(r, e);
    struct ip_addr to_rp =
        g->star ? pim_entry_rpf(r, g->star) : (struct ip_addr){.family = IP_NONE};
    bool same = to_rp.family != IP_NONE && ip_addr_equal(&to_source, &to_rp);
    if (!e->route.connected && pim_entry_rpf_iface(g->star) == iface &&
        !pim_set_empty(out, r->n_words) && !same && !(a && a->state == PIM_ASSERT_LOSER))
        return;
    e->spt = true;
    e->spt_at = now;
    pim_tree_touch(r, now, g);
}

/* Data that a source's own router, or one on its tree, gets from the right side. */
static void keep_alive(struct pim_router *r, sim_time now, struct pim_group_state *g,
                       struct pim_entry *e, uint32_t iface)
{
    bool was = e->keepalive > now;
    if (pim_entry_rpf_iface(e) != iface)
        return;
    bool useful = e->route.connected;
    if (!useful && e->joined) {
        uint64_t *out = pim_tree_out(r, 1);
        struct pim_sets s = pim_tree_sets(r, g, e);
        pim_olist_inherited(&s, out);
        useful = !pim_set_empty(out, r->n_words);
    }
    if (!useful)
        return;
    e->keepalive = now + r->cfg->keepalive;
    if (!was)
        pim_tree_touch(r, now, g);
    pim_tree_due(r, g, e->keepalive);
}

/* CheckSwitchToSpt: are there members here, and is it time? */
static void check_switch(struct pim_router *r, sim_time now, struct pim_group_state *g,
                         struct pim_entry *e, size_t len)
{
    struct pim_sets s = pim_tree_sets(r, g, e);
    bool members = false;
    for (size_t w = 0; w < s.n; w++)
        members |= ((s.include_star[w] & ~s.exclude[w]) | s.include[w]) != 0;
    if (!members || !pim_wants_spt(r, now, e, r->cfg->spt, len))
        return;
    e->keepalive = now + r->cfg->keepalive;
    pim_tree_touch(r, now, g);
    pim_tree_due(r, g, e->keepalive);
}

/* Does this source need state of its own? That of its link, for Registers; and where members may
 * leave the shared tree. */
static bool needs_state(struct pim_router *r, const struct pim_group_state *g,
                        const struct pim_data *d)
{
    struct pim_route route;
    if (g && g->star && pim_entry_rpf_iface(g->star) == d->iface && r->cfg->spt != PIM_SPT_NEVER &&
        !pim_set_empty(g->star->include, r->n_words))
        return true;
    return r->io->route(r->io->obj, &d->source, &route) && route.connected &&
           route.iface == d->iface && r->ifaces[d->iface].is_dr;
}

static enum pim_fate forward(struct pim_router *r, sim_time now, struct pim_group_state *g,
                             struct pim_entry *e, const struct pim_data *d, uint64_t *oifs)
{
    bool spt = e && e->spt && (e->spt_at < now || pim_entry_rpf_iface(e) == d->iface);
    uint32_t iif = entry_of(r, g, e, spt, oifs);
    bool right = iif == d->iface;
    if (right && e && !spt)
        check_switch(r, now, g, e, d->inner_len);
    if (right)
        return PIM_FATE_TAKEN;
    if (pim_set_has(oifs, d->iface)) {
        struct pim_entry *judge = spt ? e : g->star;
        if (judge)
            pim_assert_data(r, now, g, judge, d->iface);
    }
    pim_set_clear(oifs, r->n_words);
    bool at_source = e && e->route.connected && pim_entry_rpf_iface(e) == d->iface;
    return at_source ? PIM_FATE_TAKEN : PIM_FATE_WRONG_IFACE;
}

/* Sources that may be forwarded, on a link that is there. */
static bool is_routable(const struct pim_router *r, const struct pim_data *d)
{
    return ip_group_is_routed(&d->group) && ip_addr_is_source(&d->source) &&
           !ip_addr_is_link_local(&d->source) && r->ifaces[d->iface].up;
}

enum pim_fate pim_router_data(struct pim_router *r, sim_time now, const struct pim_data *d,
                              uint64_t *oifs)
{
    pim_router_wake(r, now);
    pim_set_clear(oifs, r->n_words);
    if (!is_routable(r, d))
        return PIM_FATE_NO_STATE;
    bool ssm = ip_group_is_ssm(&d->group);
    struct pim_group_state *g = pim_tree_find(r, &d->group);
    if (g && g->star)
        pim_entry_route(r, g, g->star);
    struct pim_entry *e = g ? pim_tree_source(g, &d->source) : NULL;
    if (!e && !ssm && needs_state(r, g, d)) {
        g = pim_tree_group(r, &d->group);
        e = pim_tree_get_source(r, g, &d->source);
        pim_tree_touch(r, now, g);
    }
    if (!g || (!e && !g->star))
        return PIM_FATE_NO_STATE;
    if (e)
        pim_entry_route(r, g, e);
    if (e && !ssm) {
        keep_alive(r, now, g, e, d->iface);
        pim_register_eval(r, now, g, e);
        update_spt(r, now, g, e, d->iface);
    }
    enum pim_fate fate = forward(r, now, g, e, d, oifs);
    if (pim_set_has(oifs, r->n_ifaces))
        pim_register_send(r, e, d);
    pim_set_put(oifs, r->n_ifaces, false);
    return fate;
}
