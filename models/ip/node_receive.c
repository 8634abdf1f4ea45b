/* SPDX-License-Identifier: GPL-2.0-only
 * What arrives at a node: membership messages, datagrams for its sockets, and forwarding.
 *
 * A group is forwarded if its source can be one, neither is link-local, the interface is not the
 * edge of its zone, it came in where the table says, its TTL is above 1, and for each output that
 * is not the edge of its zone and whose threshold is below the TTL; never back where it came from.
 * Nothing is answered: there are no ICMP messages, not even about packets that are too big. */
#include <stddef.h>
#include <string.h>

#include "models/ip/node_internal.h"
#include "sim/err.h"

static void drop(struct ip_node *n, uint32_t iface, enum ip_drop reason)
{
    if (reason)
        node_drops(n, iface)->data[reason]++;
}

static void receive_membership(struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    enum gmp_reason reason = (enum gmp_reason)p->fault;
    unsigned f = p->dst.family == IP_V6;
    if (!reason && !n->cfg.env->gmp[f])
        reason = GMP_DROP_ROLE;
    if (!reason)
        reason = node_message(n, iface, &p->src, p->u.gmp);
    if (reason && reason != GMP_DROP_ROLE)
        node_drops(n, iface)->gmp[f][reason]++;
}

static bool crosses(const struct ip_node *n, uint32_t iface, enum ip_scope scope)
{
    return (uint8_t)scope > node_iface(n, iface)->cfg->boundary;
}

/* What came in by another link may be too big for this one. */
static bool is_narrow(const struct ip_node *n, uint32_t iface)
{
    uint16_t mtu = node_iface(n, iface)->cfg->mtu;
    return mtu && mtu < IP_PARCEL_MTU;
}

/* Sockets of a router that are members on an interface hear what goes out by it, as in Linux. */
static void deliver_output(struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    struct ip_udp u;
    if (n->is_member && p->kind == IP_PARCEL_UDP && !ip_parcel_udp(p, &u))
        node_deliver_group(n, iface, p, &u);
}

/* Send copies of a parcel, as it leaves, to some interfaces. Returns IP_DROP_NONE when one took it,
 * or else why not: what was in the way, or `other`. */
static enum ip_drop replicate(struct ip_node *n, uint32_t iface, const struct ip_parcel *copy,
                              const struct ip_ifset *out, enum ip_drop other)
{
    enum ip_scope scope = ip_group_scope(&copy->dst);
    enum ip_drop reason = other;
    bool sent = false;
    for (uint32_t i = 0; (i = ip_ifset_next(out, i));) {
        if (i == iface)
            continue;
        if (!crosses(n, i, scope)) {
            reason = IP_DROP_ZONE;
        } else if (copy->ttl < node_iface(n, i)->cfg->ttl_threshold) {
            reason = IP_DROP_THRESHOLD;
        } else if (is_narrow(n, i) && node_too_big(n, i, copy)) {
            drop(n, i, IP_DROP_TOO_BIG); /* a copy that ends where it would have left */
            sent = true;
        } else {
            ip_node_send_group(n, i, copy);
            deliver_output(n, i, copy);
            sent = true;
        }
    }
    return sent || other == IP_DROP_NONE ? IP_DROP_NONE : reason;
}

static bool may_leave(const struct ip_parcel *p)
{
    return ip_group_is_routed(&p->dst) && !ip_addr_is_link_local(&p->src);
}

/* The entry of a source, or that of all others. */
static struct ip_mfc_entry *find_entry(const struct ip_node *n, const struct ip_parcel *p)
{
    struct ip_mfc_entry *e = ip_mfc_find(&n->mfc, &p->src, &p->dst);
    struct ip_addr any = ip_addr_any(p->dst.family);
    return e || !n->mrouting->data ? e : ip_mfc_find(&n->mfc, &any, &p->dst);
}

/* For a role that looks at datagrams itself. */
static enum ip_drop forward_watched(struct ip_node *n, uint32_t iface, const struct ip_parcel *p,
                                    struct ip_mfc_entry *e)
{
    struct ip_ifset out = {0};
    enum ip_drop reason = IP_DROP_NO_OUTPUT;
    struct ip_parcel copy = *p;
    if (p->ttl <= 1)
        return IP_DROP_TTL;
    copy.ttl--;
    if (e && e->iface == iface && !e->watched) {
        out = e->out;
    } else {
        reason = n->mrouting->data(n->role, evq_now(n->cfg.env->q), iface, &copy, &out);
        ip_node_rearm(n);
        e = find_entry(n, p);
    }
    if (e) {
        e->n_packets += reason != IP_DROP_RPF;
        e->n_wrong += reason == IP_DROP_RPF;
    }
    return replicate(n, iface, &copy, &out, reason);
}

static enum ip_drop forward_by_entry(struct ip_node *n, uint32_t iface, const struct ip_parcel *p,
                                     struct ip_mfc_entry *e)
{
    struct ip_parcel copy = *p;
    if (!e)
        return IP_DROP_NO_OUTPUT;
    if (e->iface != iface) {
        e->n_wrong++;
        if (n->mrouting->wrong_iface)
            n->mrouting->wrong_iface(n->role, evq_now(n->cfg.env->q), iface, e);
        ip_node_rearm(n);
        return IP_DROP_RPF;
    }
    e->n_packets++;
    e->used_at = evq_now(n->cfg.env->q);
    if (p->ttl <= 1)
        return IP_DROP_TTL;
    copy.ttl--;
    return replicate(n, iface, &copy, &e->out, IP_DROP_NO_OUTPUT);
}

static enum ip_drop forward_group(struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    if (!may_leave(p))
        return IP_DROP_LINK_LOCAL;
    if (!n->mrouting)
        return IP_DROP_NO_ROLE;
    if (!crosses(n, iface, ip_group_scope(&p->dst)))
        return IP_DROP_ZONE;
    struct ip_mfc_entry *e = find_entry(n, p);
    if (n->mrouting->data)
        return forward_watched(n, iface, p, e);
    if (!e && n->mrouting->no_entry) {
        n->mrouting->no_entry(n->role, evq_now(n->cfg.env->q), iface, p);
        ip_node_rearm(n);
        e = find_entry(n, p);
    }
    return forward_by_entry(n, iface, p, e);
}

void ip_node_forward_inner(struct ip_node *n, uint32_t iface, const struct ip_parcel *reg,
                           const struct ip_ifset *out)
{
    struct ip_parcel p;
    enum ip_drop reason;
    if (ip_parcel_inner(reg, &p)) {
        reason = IP_DROP_MALFORMED;
    } else if (!ip_addr_is_source(&p.src) || !ip_addr_is_multicast(&p.dst)) {
        reason = IP_DROP_SOURCE;
    } else if (!may_leave(&p)) {
        reason = IP_DROP_LINK_LOCAL;
    } else if (p.ttl <= 1) {
        reason = IP_DROP_TTL;
    } else {
        p.ttl--;
        reason = replicate(n, 0, &p, out, IP_DROP_NO_OUTPUT);
    }
    drop(n, iface, reason);
}

/* To sockets that are members on the interface it came in by. */
static enum ip_drop deliver_group(struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    struct ip_udp u;
    if (p->kind != IP_PARCEL_UDP)
        return IP_DROP_PROTOCOL;
    if (ip_parcel_udp(p, &u))
        return IP_DROP_CHECKSUM;
    if (node_deliver_group(n, iface, p, &u))
        return IP_DROP_NONE;
    if (n->cfg.env->ops->unwanted)
        n->cfg.env->ops->unwanted(n->cfg.env->ops->ctx, n->cfg.number, iface, &p->src, &p->dst);
    return IP_DROP_NOT_MEMBER;
}

static enum ip_drop receive_group(struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    enum ip_drop here = IP_DROP_NOT_MEMBER, away = IP_DROP_NONE;
    if (!ip_addr_is_source(&p->src))
        return IP_DROP_SOURCE;
    if (!n->cfg.forwards || n->is_member)
        here = deliver_group(n, iface, p);
    if (n->cfg.forwards)
        away = forward_group(n, iface, p);
    return here == IP_DROP_NONE || !n->cfg.forwards ? here : away;
}

bool node_is_own(const struct ip_node *n, const struct ip_addr *a)
{
    for (uint32_t i = 0; i < n->cfg.n_ifaces; i++) {
        const struct ip_iface *k = &n->ifaces[i].cfg->addr;
        if (ip_addr_equal(a, &k->v4) || ip_addr_equal(a, &k->v6) || ip_addr_equal(a, &k->v6_link))
            return true;
    }
    return false;
}

static enum ip_drop deliver_unicast(struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    struct ip_udp u;
    if (p->kind != IP_PARCEL_UDP)
        return IP_DROP_PROTOCOL;
    if (ip_parcel_udp(p, &u))
        return IP_DROP_CHECKSUM;
    struct ip_datagram d = {.iface = iface, .src = p->src, .dst = p->dst, .port = u.dst_port};
    for (uint32_t i = 0; i < n->sockets.n_sockets; i++) {
        struct ip_socket *k = n->sockets.sockets[i];
        if (k->port != d.port || k->family != p->dst.family ||
            !(ip_addr_is_any(&k->bound) || ip_addr_equal(&k->bound, &d.dst)))
            continue;
        n->cfg.env->ops->deliver(n->cfg.env->ops->ctx, n->cfg.number, k, &d, &u);
        return IP_DROP_NONE;
    }
    return IP_DROP_NO_SOCKET;
}

static enum ip_drop receive_unicast(struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    struct ip_next_hop hop;
    if (!ip_addr_is_source(&p->src))
        return IP_DROP_SOURCE;
    if (node_is_own(n, &p->dst))
        return deliver_unicast(n, iface, p);
    if (!n->cfg.forwards)
        return IP_DROP_NOT_OURS;
    if (ip_addr_is_link_local(&p->dst) || ip_addr_is_link_local(&p->src))
        return IP_DROP_LINK_LOCAL;
    if (p->ttl <= 1)
        return IP_DROP_TTL;
    if (!n->cfg.env->ops->next_hop(n->cfg.env->ops->ctx, n->cfg.number, &p->dst, &hop))
        return IP_DROP_NO_ROUTE;
    if (is_narrow(n, hop.iface) && node_too_big(n, hop.iface, p))
        return IP_DROP_TOO_BIG;
    struct ip_parcel copy = *p;
    copy.ttl--;
    n->cfg.env->ops->send(n->cfg.env->ops->ctx, n->cfg.number, hop.iface, hop.mac, &copy);
    return IP_DROP_NONE;
}

void ip_node_receive(struct ip_node *n, uint32_t iface, const uint8_t dst_mac[6],
                     const struct ip_parcel *p)
{
    bool group_mac = dst_mac[0] & 1;
    if (!group_mac && memcmp(dst_mac, node_iface(n, iface)->cfg->mac, 6) != 0)
        return; /* for somebody else on the link */
    node_catch_up(n);
    if (p->kind == IP_PARCEL_UNREADABLE)
        drop(n, iface, IP_DROP_MALFORMED);
    else if (p->kind == IP_PARCEL_GMP)
        receive_membership(n, iface, p);
    else if (p->kind == IP_PARCEL_PIM && node_receive_pim(n, iface, p))
        return;
    else if (ip_addr_is_multicast(&p->dst))
        drop(n, iface, receive_group(n, iface, p));
    else
        drop(n, iface, receive_unicast(n, iface, p));
}
