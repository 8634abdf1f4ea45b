/* SPDX-License-Identifier: GPL-2.0-only
 * Membership proxy. Source: see proxy.h. */
#include "models/ip/proxy.h"

#include <stdlib.h>

#include "sim/err.h"
#include "sim/mem.h"

static void send_up(void *obj, const struct gmp_msg *m)
{
    struct ip_proxy *p = obj;
    p->cfg.send(p->cfg.obj, IP_PROXY_UPSTREAM, m);
}

static void send_down(void *obj, const struct gmp_msg *m)
{
    struct ip_proxy_port *port = obj;
    port->proxy->cfg.send(port->proxy->cfg.obj, port->iface, m);
}

/* The database of the group: what all downstream interfaces want, told upstream when anything of it
 * could come from there. */
static void merge(void *obj, const struct ip_addr *group)
{
    const struct ip_proxy_port *port = obj;
    struct ip_proxy *p = port->proxy;
    struct ip_filter all = {0}, one = {0};
    for (unsigned i = 0; i < p->cfg.n_down; i++) {
        const struct gmp_group *g = gmp_router_group(&p->down[i].router, group);
        if (!g)
            continue;
        gmp_group_view(g, p->now, &one);
        ip_filter_merge(&all, &one);
    }
    if (ip_group_is_routed(group)) /* link-local groups are the link's own */
        gmp_host_set(&p->up, p->now, group, &all);
    ip_filter_fini(&all);
    ip_filter_fini(&one);
    if (p->cfg.changed)
        p->cfg.changed(p->cfg.obj, port->iface, group);
}

int ip_proxy_init(struct ip_proxy *p, const struct ip_proxy_cfg *cfg)
{
    *p = (struct ip_proxy){.cfg = *cfg};
    if (cfg->n_down < 1 || cfg->n_down > IP_PROXY_MAX_DOWN)
        return SIM_ERANGE;
    p->up_io = (struct gmp_host_io){
        .obj = p, .send = send_up, .room = cfg->room, .key = cfg->key, .entity = cfg->entity};
    gmp_host_init(&p->up, &p->cfg.up, &p->up_io);
    p->down = mem_alloc(cfg->n_down, sizeof *p->down);
    for (unsigned i = 0; i < cfg->n_down; i++) {
        struct ip_proxy_port *port = &p->down[i];
        port->proxy = p;
        port->iface = i + 1;
        port->io = (struct gmp_router_io){.obj = port, .send = send_down, .changed = merge};
        gmp_router_init(&port->router, &p->cfg.down, &port->io, &cfg->own[i + 1]);
    }
    p->cfg.own = NULL;
    return SIM_OK;
}

void ip_proxy_fini(struct ip_proxy *p)
{
    if (!p->down)
        return;
    for (unsigned i = 0; i < p->cfg.n_down; i++)
        gmp_router_fini(&p->down[i].router);
    gmp_host_fini(&p->up);
    free(p->down);
    p->down = NULL;
}

void ip_proxy_start(struct ip_proxy *p, sim_time now)
{
    p->now = now;
    for (unsigned i = 0; i < p->cfg.n_down; i++)
        gmp_router_start(&p->down[i].router, now);
}

enum gmp_reason ip_proxy_receive(struct ip_proxy *p, sim_time now, unsigned iface,
                                 const struct ip_addr *src, const struct gmp_msg *m)
{
    SIM_CHECK(iface <= p->cfg.n_down, "interface %u of %u", iface, p->cfg.n_down);
    p->now = now;
    if (iface == IP_PROXY_UPSTREAM)
        return gmp_host_receive(&p->up, now, m);
    return gmp_router_receive(&p->down[iface - 1].router, now, src, m);
}

void ip_proxy_wake(struct ip_proxy *p, sim_time now)
{
    p->now = now;
    for (unsigned i = 0; i < p->cfg.n_down; i++)
        gmp_router_wake(&p->down[i].router, now);
    gmp_host_wake(&p->up, now);
}

sim_time ip_proxy_next(const struct ip_proxy *p)
{
    sim_time at = gmp_host_next(&p->up);
    for (unsigned i = 0; i < p->cfg.n_down; i++) {
        sim_time t = gmp_router_next(&p->down[i].router);
        at = t < at ? t : at;
    }
    return at;
}

ip_proxy_ifaces ip_proxy_forward(const struct ip_proxy *p, sim_time now, unsigned iface,
                                 const struct ip_addr *src, const struct ip_addr *group)
{
    if (!ip_group_is_routed(group) || !ip_addr_is_source(src) || ip_addr_is_link_local(src))
        return 0;
    ip_proxy_ifaces out = 1u << IP_PROXY_UPSTREAM;
    for (unsigned i = 0; i < p->cfg.n_down; i++) {
        const struct gmp_router *r = &p->down[i].router;
        if (r->querier && gmp_router_wants(r, now, group, src))
            out |= 1u << (i + 1);
    }
    return out & ~(1u << iface);
}
