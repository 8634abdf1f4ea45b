/* SPDX-License-Identifier: GPL-2.0-only
 * Entries of the forwarding table from members of the router's own links. */
#include "models/ip/mroute_members.h"

static void on_close(void *obj)
{
    (void)obj; /* the node itself is all the state there is */
}

/* A router that another one has outbid leaves the link to it: nobody gets anything twice. */
static void resolve(struct ip_node *n, sim_time now, const struct ip_addr *src,
                    const struct ip_addr *group)
{
    struct ip_ifset out = {0};
    uint32_t from = ip_node_route(n, src);
    for (uint32_t i = 1; i <= ip_node_n_ifaces(n); i++) {
        const struct gmp_router *r = ip_node_router(n, i, group->family);
        if (i != from && r && r->querier && gmp_router_wants(r, now, group, src))
            ip_ifset_add(&out, i);
    }
    ip_node_set_entry(n, src, group, from, &out);
}

static void on_no_entry(void *obj, sim_time now, uint32_t iface, const struct ip_parcel *p)
{
    (void)iface;
    resolve(obj, now, &p->src, &p->dst);
}

static void resolve_all(void *obj, sim_time now)
{
    struct ip_node *n = obj;
    const struct ip_mfc *t = ip_node_mfc(n);
    for (uint32_t i = 0; i < t->n; i++)
        resolve(n, now, &t->entries[i]->src, &t->entries[i]->group);
}

static void on_membership(void *obj, sim_time now, uint32_t iface, const struct ip_addr *group)
{
    (void)now;
    (void)iface;
    (void)group;
    ip_node_settle_soon(obj);
}

static const struct ip_mrouting_ops ops = {
    .close = on_close,
    .no_entry = on_no_entry,
    .membership = on_membership,
    .settle = resolve_all,
    .routes = resolve_all,
};

void ip_mroute_members(struct ip_node *n)
{
    ip_node_set_mrouting(n, &ops, n);
}
