/* SPDX-License-Identifier: GPL-2.0-only
 * Inputs of a PIM router, and its one clock. Sources: see pim_router.h. */
#include "models/ip/pim_router.h"

#include <stdlib.h>
#include <string.h>

#include "models/ip/pim_assert.h"
#include "models/ip/pim_bsr.h"
#include "models/ip/pim_down.h"
#include "models/ip/pim_forward.h"
#include "models/ip/pim_internal.h"
#include "models/ip/pim_neighbor.h"
#include "models/ip/pim_register.h"
#include "models/ip/pim_tree.h"
#include "models/ip/pim_up.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/prefetch.h"

struct pim_cfg pim_cfg_default(uint8_t family)
{
    return (struct pim_cfg){.family = family,
                            .hello_period = SIM_S(30),
                            .triggered_hello = SIM_S(5),
                            .hello_holdtime_s = 105,
                            .lan_delay = true,
                            .propagation_ms = 500,
                            .override_ms = 2500,
                            .jp_period = SIM_S(60),
                            .jp_holdtime_s = 210,
                            .keepalive = SIM_S(210),
                            .register_suppression = SIM_S(60),
                            .register_probe = SIM_S(5),
                            .assert_time = SIM_S(180),
                            .assert_override = SIM_S(3),
                            .bsr_priority = 64,
                            .rp_priority = 192,
                            .bsr_period = SIM_S(60),
                            .bsr_timeout = SIM_S(130),
                            .rp_period = SIM_S(60),
                            .rp_holdtime_s = 150};
}

struct pim_router *pim_router_open(const struct pim_cfg *cfg, const struct pim_router_io *io,
                                   const struct pim_iface_cfg *ifaces, uint32_t n)
{
    struct pim_router *r = mem_alloc(1, sizeof *r);
    r->cfg = cfg;
    r->io = io;
    r->n_ifaces = n;
    r->n_words = pim_set_words(n + 1u);
    r->route_version = 1;
    pim_timers_init(&r->timers);
    r->ifaces = mem_alloc(n, sizeof *r->ifaces);
    for (uint32_t i = 0; i < n; i++) {
        struct pim_iface *f = &r->ifaces[i];
        f->cfg = ifaces[i];
        f->index = i;
        f->hello_at = SIM_NEVER;
        f->timer = (struct pim_timer){.rank = PIM_RANK_IFACE + i, .owner = f};
    }
    r->scratch = mem_alloc(PIM_N_SCRATCH * r->n_words, sizeof *r->scratch);
    r->list = pim_room_reserve(NULL, &r->max_list, 1, sizeof *r->list);
    r->rps.hash_mask_len = cfg->hash_mask_len;
    r->bsr.at = r->bsr.adv_at = SIM_NEVER;
    r->bsr.timer = (struct pim_timer){.rank = PIM_RANK_BSR, .owner = &r->bsr};
    pim_room_init(&r->bsr.room);
    return r;
}

void pim_router_close(struct pim_router *r)
{
    if (!r)
        return;
    pim_tree_fini(r);
    pim_bsr_fini(r);
    for (uint32_t i = 0; i < r->n_ifaces; i++) {
        for (uint32_t k = 0; k < r->ifaces[i].n_neighbors; k++)
            free(r->ifaces[i].neighbors[k].secondary);
        free(r->ifaces[i].neighbors);
    }
    free(r->ifaces);
    pim_timers_fini(&r->timers);
    pim_rpset_fini(&r->rps);
    free(r->scratch);
    free(r->owed);
    free(r->list);
    free(r);
}

void pim_router_start(struct pim_router *r, sim_time now)
{
    for (uint32_t i = 0; i < r->n_ifaces; i++)
        pim_iface_up(r, now, &r->ifaces[i]);
    pim_bsr_start(r, now);
}

void pim_router_set_iface(struct pim_router *r, sim_time now, uint32_t iface, bool up)
{
    struct pim_iface *i = &r->ifaces[iface];
    pim_router_wake(r, now);
    if (i->up == up)
        return;
    r->route_version++;
    if (up)
        pim_iface_up(r, now, i);
    else
        pim_iface_down(r, now, i);
    pim_tree_touch_all(r, now);
}

void pim_router_stop(struct pim_router *r, sim_time now)
{
    pim_router_wake(r, now);
    for (uint32_t i = 0; i < r->n_ifaces; i++)
        pim_iface_goodbye(r, &r->ifaces[i]);
}

void pim_router_set_rp(struct pim_router *r, sim_time now, const struct ip_prefix *groups,
                       const struct ip_addr *rp, uint8_t priority)
{
    const struct pim_mapping m = {
        .prefix = *groups, .rp = *rp, .priority = priority, .until = SIM_NEVER};
    pim_router_wake(r, now);
    if (!pim_rpset_put(&r->rps, &m))
        return;
    r->route_version++;
    pim_tree_touch_all(r, now);
}

void pim_router_routes_changed(struct pim_router *r, sim_time now)
{
    pim_router_wake(r, now);
    r->route_version++;
    pim_tree_touch_all(r, now);
}

/* What the filter says of sources that have state. */
static void set_members(struct pim_group_state *g, uint32_t iface, const struct ip_filter *f)
{
    if (g->star)
        pim_set_put(g->star->include, iface, f->exclude);
    for (uint32_t k = 0; k < g->n_sg; k++) {
        bool listed = ip_set_has(&f->sources, &g->sg[k]->source);
        pim_set_put(g->sg[k]->include, iface, listed && !f->exclude);
        pim_set_put(g->sg[k]->exclude, iface, listed && f->exclude);
    }
}

void pim_router_member(struct pim_router *r, sim_time now, uint32_t iface,
                       const struct ip_addr *group, const struct ip_filter *f)
{
    pim_router_wake(r, now);
    bool member = ip_filter_is_member(f) && r->ifaces[iface].up, ssm = ip_group_is_ssm(group);
    struct pim_group_state *g = pim_tree_find(r, group);
    if (!ip_group_is_routed(group) || (!g && !member) || (ssm && f->exclude))
        return;
    g = g ? g : pim_tree_group(r, group);
    if (member && f->exclude)
        pim_tree_get_star(r, g);
    for (uint32_t k = 0; member && k < f->sources.n; k++)
        if (ip_addr_is_source(&f->sources.v[k]))
            pim_tree_get_source(r, g, &f->sources.v[k]);
    set_members(g, iface, f);
    pim_tree_touch(r, now, g);
}

/* Join/Prunes and Asserts count only from routers that have said Hello. */
static enum pim_reason receive_from(struct pim_router *r, sim_time now, struct pim_iface *i,
                                    const struct pim_input *in)
{
    if (!pim_iface_neighbor(i, &in->src))
        return PIM_DROP_NOT_NEIGHBOR;
    if (in->msg->kind == PIM_JOIN_PRUNE)
        return pim_down_receive(r, now, i, &in->src, &in->msg->u.jp);
    return pim_assert_receive(r, now, i, &in->src, &in->msg->u.assert);
}

enum pim_reason pim_router_receive(struct pim_router *r, sim_time now, const struct pim_input *in)
{
    const struct pim_msg *m = in->msg;
    bool far = pim_ttl((enum pim_kind)m->kind) > 1;
    SIM_CHECK(m->family == r->cfg->family, "family %d at a router of %d", m->family,
              r->cfg->family);
    SIM_CHECK(far || in->iface < r->n_ifaces, "interface %u of %u", in->iface, r->n_ifaces);
    pim_router_wake(r, now);
    struct pim_iface *i = far ? NULL : &r->ifaces[in->iface];
    if (i && !i->up)
        return PIM_DROP_ROLE;
    if (i && pim_iface_is_own(i, &in->src))
        return PIM_DROP_SOURCE;
    switch (m->kind) {
    case PIM_HELLO:
        return pim_iface_hello(r, now, i, &in->src, &m->u.hello);
    case PIM_JOIN_PRUNE:
    case PIM_ASSERT:
        return receive_from(r, now, i, in);
    case PIM_REGISTER:
        return pim_register_receive(r, now, &in->src, &in->dst, &m->u.reg);
    case PIM_REGISTER_STOP:
        return pim_register_stop_receive(r, now, &m->u.stop);
    case PIM_BOOTSTRAP:
        return pim_bsr_receive(r, now, in);
    case PIM_CANDIDATE_RP:
        return pim_bsr_candidate(r, now, &m->u.candidate);
    default:
        return PIM_DROP_ROLE; /* of dense mode */
    }
}

size_t pim_router_words(const struct pim_router *r)
{
    return r->n_words;
}

void pim_router_hint(const struct pim_router *r)
{
    prefetch(r, offsetof(struct pim_router, bsr));
}

void pim_router_wake(struct pim_router *r, sim_time now)
{
    while (r->timers.first_at <= now) {
        struct pim_timer *t = pim_timers_first(&r->timers);
        if (t->rank == PIM_RANK_GROUP)
            pim_tree_wake(r, now, t->owner);
        else if (t->rank == PIM_RANK_BSR)
            pim_bsr_wake(r, now);
        else
            pim_iface_wake(r, now, t->owner);
    }
}

sim_time pim_router_next(const struct pim_router *r)
{
    return r->timers.first_at;
}

bool pim_router_view(const struct pim_router *r, const struct ip_addr *group,
                     const struct ip_addr *source, struct pim_view *v)
{
    const struct pim_group_state *g = pim_tree_find(r, group);
    const struct pim_entry *e = !g ? NULL : source ? pim_tree_source(g, source) : g->star;
    if (!e)
        return false;
    *v = (struct pim_view){.iif = e->iif,
                           .oifs = e->oifs,
                           .joined = e->joined,
                           .upstream = e->upstream,
                           .spt = e->spt,
                           .registers = e->reg_state == PIM_REG_JOIN,
                           .pruned = e->rpt_up == PIM_UP_RPT_PRUNED};
    return true;
}

bool pim_router_is_dr(const struct pim_router *r, uint32_t iface)
{
    return r->ifaces[iface].is_dr;
}

uint32_t pim_router_n_neighbors(const struct pim_router *r, uint32_t iface)
{
    return r->ifaces[iface].n_neighbors;
}

uint32_t pim_router_n_groups(const struct pim_router *r)
{
    return r->n_groups;
}

bool pim_router_rp(const struct pim_router *r, const struct ip_addr *group, struct ip_addr *rp)
{
    return pim_rpset_find(&r->rps, group, rp);
}

bool pim_router_bsr(const struct pim_router *r, struct ip_addr *bsr)
{
    *bsr = r->bsr.addr;
    return bsr->family != IP_NONE;
}
