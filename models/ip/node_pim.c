/* SPDX-License-Identifier: GPL-2.0-only
 * PIM messages of a node: to its role, and from it. */
#include "models/ip/node_internal.h"

/* Nodes that do not speak PIM have not joined its group: their interfaces leave that out. */
bool node_receive_pim(struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    bool group = ip_addr_is_multicast(&p->dst);
    if (!group && !node_is_own(n, &p->dst))
        return false;
    if (!n->mrouting || !n->mrouting->pim)
        return group && !ip_group_is_routed(&p->dst);
    enum pim_reason reason = (enum pim_reason)p->fault;
    if (!reason) {
        reason = n->mrouting->pim(n->role, evq_now(n->cfg.env->q), iface, p);
        ip_node_rearm(n);
    }
    if (reason && reason != PIM_DROP_ROLE)
        node_drops(n, iface)->pim[reason]++;
    return true;
}

static struct ip_addr link_address(const struct ip_node *n, uint32_t iface, uint8_t family)
{
    const struct ip_iface *a = &node_iface(n, iface)->cfg->addr;
    return family == IP_V4 ? a->v4 : a->v6_link;
}

static struct ip_addr routable_address(const struct ip_node *n, uint32_t iface, uint8_t family)
{
    const struct ip_iface *a = &node_iface(n, iface)->cfg->addr;
    return family == IP_V4 ? a->v4 : a->v6;
}

static enum ip_drop send_unicast(struct ip_node *n, const struct pim_msg *m,
                                 const struct ip_pim_way *way)
{
    struct ip_next_hop hop;
    if (!ip_node_next_hop(n, way->dst, &hop))
        return IP_DROP_NO_ROUTE;
    struct ip_addr own = way->src     ? *way->src
                         : way->iface ? link_address(n, hop.iface, m->family)
                                      : routable_address(n, hop.iface, m->family);
    struct ip_parcel p = ip_parcel_pim(m, &own, way->dst);
    p.inner = way->inner;
    if (node_too_big(n, hop.iface, &p))
        return IP_DROP_TOO_BIG;
    n->cfg.env->ops->send(n->cfg.env->ops->ctx, n->cfg.number, hop.iface, hop.mac, &p);
    return IP_DROP_NONE;
}

enum ip_drop ip_node_send_pim(struct ip_node *n, const struct pim_msg *m,
                              const struct ip_pim_way *way)
{
    if (way->dst)
        return send_unicast(n, m, way);
    struct ip_addr own = link_address(n, way->iface, m->family);
    struct ip_parcel p = ip_parcel_pim(m, &own, NULL);
    if (node_too_big(n, way->iface, &p))
        return IP_DROP_TOO_BIG;
    ip_node_send_group(n, way->iface, &p);
    return IP_DROP_NONE;
}
