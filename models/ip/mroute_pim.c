/* SPDX-License-Identifier: GPL-2.0-only
 * A PIM router bound to a node. The machine counts interfaces from 0, the node from 1. */
#include "models/ip/mroute_pim.h"

#include <stdlib.h>

#include "sim/err.h"
#include "sim/mem.h"

/* One family. */
struct side {
    struct role *role;
    struct pim_router *router; /* NULL: not spoken */
    struct pim_router_io io;
    uint64_t *oifs;            /* of the datagram at hand */
    struct ip_addr *secondary; /* of each interface: the routable address of IPv6 */
};

struct role {
    struct ip_node *node;
    struct ip_mroute_pim_cfg cfg;
    struct side side[2]; /* IPv4, IPv6 */
    /* Of the input at hand. */
    const struct ip_parcel *arrived; /* a message */
    uint32_t iface;
    const struct ip_parcel *datagram; /* as it leaves */
    bool registered;
    enum ip_drop unsent; /* why a Register was not sent */
};

static struct side *side_of(struct role *r, uint8_t family)
{
    return &r->side[family == IP_V6];
}

static bool on_route(void *obj, const struct ip_addr *to, struct pim_route *route)
{
    const struct side *s = obj;
    struct ip_next_hop hop;
    if (!ip_node_next_hop(s->role->node, to, &hop))
        return false;
    *route = (struct pim_route){.iface = hop.iface - 1,
                                .connected = hop.connected,
                                .next_hop = hop.addr,
                                .preference = s->role->cfg.preference,
                                .metric = hop.distance};
    return true;
}

/* Register-Stops come from the address that was asked. */
static void on_send(void *obj, uint32_t iface, const struct ip_addr *dst, const struct pim_msg *m)
{
    const struct side *s = obj;
    struct role *r = s->role;
    bool carries = m->kind == PIM_REGISTER && !m->u.reg.null;
    const struct ip_pim_way way = {.iface = iface == PIM_NO_IFACE ? 0 : iface + 1,
                                   .src = m->kind == PIM_REGISTER_STOP ? &r->arrived->dst : NULL,
                                   .dst = dst,
                                   .inner = carries ? r->datagram : NULL};
    enum ip_drop why = ip_node_send_pim(r->node, m, &way);
    if (!carries)
        return;
    r->registered = !why;
    r->unsent = why;
}

static struct ip_ifset to_ifset(const struct side *s, const uint64_t *oifs)
{
    struct ip_ifset out = {0};
    size_t n = pim_router_words(s->router);
    for (int i = pim_set_next(oifs, n, 0); i != PIM_SET_END;
         i = pim_set_next(oifs, n, (size_t)i + 1))
        ip_ifset_add(&out, (uint32_t)i + 1);
    return out;
}

static void on_changed(void *obj, const struct ip_addr *group, const struct ip_addr *source)
{
    const struct side *s = obj;
    struct ip_node *n = s->role->node;
    struct ip_ifset out = {0};
    struct pim_view v;
    bool there = pim_router_view(s->router, group, ip_addr_is_any(source) ? NULL : source, &v);
    if (there)
        out = to_ifset(s, v.oifs);
    if (!there || (v.iif == PIM_NO_IFACE && ip_ifset_empty(&out))) {
        ip_node_remove_entry(n, source, group);
        return;
    }
    ip_node_set_entry(n, source, group, v.iif == PIM_NO_IFACE ? 0 : v.iif + 1, &out);
    ip_node_watch_entry(n, source, group, !ip_group_is_ssm(group));
}

static void on_decapsulated(void *obj, const struct pim_register *reg, const uint64_t *oifs)
{
    const struct side *s = obj;
    struct ip_ifset out = to_ifset(s, oifs);
    (void)reg;
    ip_node_forward_inner(s->role->node, s->role->iface, s->role->arrived, &out);
}

static void on_start(void *obj, sim_time now)
{
    struct role *r = obj;
    for (uint32_t i = 0; i < r->cfg.n_rps; i++) {
        const struct ip_mroute_rp *rp = &r->cfg.rps[i];
        struct side *s = side_of(r, rp->addr.family);
        if (s->router)
            pim_router_set_rp(s->router, now, &rp->groups, &rp->addr, rp->priority);
    }
    for (int f = 0; f < 2; f++)
        if (r->side[f].router)
            pim_router_start(r->side[f].router, now);
}

static void on_close(void *obj)
{
    struct role *r = obj;
    for (int f = 0; f < 2; f++) {
        pim_router_close(r->side[f].router);
        free(r->side[f].oifs);
        free(r->side[f].secondary);
    }
    free(r);
}

static enum pim_reason on_pim(void *obj, sim_time now, uint32_t iface, const struct ip_parcel *p)
{
    struct role *r = obj;
    const struct side *s = side_of(r, p->dst.family);
    const struct pim_input in = {.iface = iface - 1, .src = p->src, .dst = p->dst, .msg = p->u.pim};
    if (!s->router)
        return PIM_DROP_ROLE;
    r->arrived = p;
    r->iface = iface;
    return pim_router_receive(s->router, now, &in);
}

static enum ip_drop on_data(void *obj, sim_time now, uint32_t iface, const struct ip_parcel *p,
                            struct ip_ifset *out)
{
    struct role *r = obj;
    const struct side *s = side_of(r, p->dst.family);
    const struct pim_data data = {
        .iface = iface - 1, .group = p->dst, .source = p->src, .inner_len = ip_parcel_size(p)};
    if (!s->router)
        return IP_DROP_NO_ROLE;
    r->datagram = p;
    r->registered = false;
    r->unsent = IP_DROP_NONE;
    enum pim_fate fate = pim_router_data(s->router, now, &data, s->oifs);
    *out = to_ifset(s, s->oifs);
    if (fate == PIM_FATE_WRONG_IFACE)
        return IP_DROP_RPF;
    if (r->unsent)
        return r->unsent;
    return r->registered ? IP_DROP_NONE : IP_DROP_NO_OUTPUT;
}

/* Who asks on a link does not matter: the designated router forwards. */
static void on_membership(void *obj, sim_time now, uint32_t iface, const struct ip_addr *group)
{
    struct role *r = obj;
    struct ip_filter f = {0};
    if (!group)
        return;
    const struct side *s = side_of(r, group->family);
    const struct gmp_router *links = ip_node_router(r->node, iface, group->family);
    const struct gmp_group *g = gmp_router_group(links, group);
    if (!s->router)
        return;
    if (g)
        gmp_group_view(g, now, &f);
    pim_router_member(s->router, now, iface - 1, group, &f);
    ip_filter_fini(&f);
}

static void on_routes(void *obj, sim_time now)
{
    struct role *r = obj;
    for (int f = 0; f < 2; f++)
        if (r->side[f].router)
            pim_router_routes_changed(r->side[f].router, now);
}

static void on_wake(void *obj, sim_time now)
{
    struct role *r = obj;
    for (int f = 0; f < 2; f++)
        if (r->side[f].router)
            pim_router_wake(r->side[f].router, now);
}

static sim_time on_next(const void *obj)
{
    const struct role *r = obj;
    sim_time at = SIM_NEVER;
    for (int f = 0; f < 2; f++) {
        sim_time t = r->side[f].router ? pim_router_next(r->side[f].router) : SIM_NEVER;
        at = t < at ? t : at;
    }
    return at;
}

static void on_hint(const void *obj)
{
    const struct role *r = obj;
    for (int f = 0; f < 2; f++)
        if (r->side[f].router)
            pim_router_hint(r->side[f].router);
}

static const struct ip_mrouting_ops ops = {
    .start = on_start,
    .close = on_close,
    .data = on_data,
    .membership = on_membership,
    .routes = on_routes,
    .pim = on_pim,
    .wake = on_wake,
    .next = on_next,
    .hint = on_hint,
};

static void open_side(struct role *r, int f)
{
    struct side *s = &r->side[f];
    uint32_t n = ip_node_n_ifaces(r->node);
    struct pim_iface_cfg *ifaces = mem_alloc(n, sizeof *ifaces);
    s->secondary = mem_alloc(n, sizeof *s->secondary);
    for (uint32_t i = 0; i < n; i++) {
        const struct ip_iface *a = &ip_node_iface(r->node, i + 1)->addr;
        s->secondary[i] = a->v6;
        ifaces[i] = (struct pim_iface_cfg){.addr = f ? a->v6_link : a->v4,
                                           .secondary = &s->secondary[i],
                                           .n_secondary = f && a->v6.family != IP_NONE,
                                           .dr_priority = r->cfg.dr_priority};
    }
    s->role = r;
    s->io = (struct pim_router_io){.obj = s,
                                   .route = on_route,
                                   .send = on_send,
                                   .changed = on_changed,
                                   .decapsulated = on_decapsulated,
                                   .key = r->cfg.key,
                                   .entity = r->cfg.entity << 1 | (uint64_t)f};
    s->router = pim_router_open(r->cfg.pim[f], &s->io, ifaces, n);
    s->oifs = mem_alloc(pim_router_words(s->router), sizeof *s->oifs);
    free(ifaces);
}

void ip_mroute_pim(struct ip_node *n, const struct ip_mroute_pim_cfg *cfg)
{
    struct role *r = mem_alloc(1, sizeof *r);
    *r = (struct role){.node = n, .cfg = *cfg};
    for (int f = 0; f < 2; f++)
        if (cfg->pim[f])
            open_side(r, f);
    ip_node_set_mrouting(n, &ops, r);
}
