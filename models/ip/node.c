/* SPDX-License-Identifier: GPL-2.0-only
 * An IP node: its making, its timers, its membership machines, and what it sends. What arrives:
 * node_receive.c. */
#include <stdlib.h>
#include <string.h>

#include "models/ip/node_internal.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { UNICAST_TTL = 64 };

const char *ip_drop_text(enum ip_drop reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        IP_DROP_MAP(X)
#undef X
    };
    return texts[reason];
}

static unsigned family_index(uint8_t family)
{
    return family == IP_V4 ? 0 : 1;
}

/* One event at a time: the earliest. One that was put off comes, finds that and goes. */
void node_arm(struct ip_node *n, sim_time at)
{
    if (at >= n->wake_at)
        return;
    n->wake_at = at;
    evq_push(n->cfg.q, at, n->cfg.wake_kind, n, 0);
}

static sim_time machine_next(const struct node_gmp *g)
{
    sim_time host = g->is_host ? gmp_host_next(&g->host) : SIM_NEVER;
    sim_time router = g->is_router ? gmp_router_next(&g->router) : SIM_NEVER;
    return host < router ? host : router;
}

/* A router that has begun or ceased to ask forwards other things. */
static void note_querier(struct node_gmp *g, sim_time now)
{
    struct ip_node *n = g->node;
    if (!g->is_router || g->router.querier == g->was_querier)
        return;
    g->was_querier = g->router.querier;
    if (n->mrouting && n->mrouting->membership)
        n->mrouting->membership(n->role, now, g->iface, NULL);
}

static void wake_machine(struct node_gmp *g, sim_time now)
{
    if (machine_next(g) > now)
        return;
    if (g->is_host)
        gmp_host_wake(&g->host, now);
    if (g->is_router)
        gmp_router_wake(&g->router, now);
    note_querier(g, now);
}

void node_catch_up(struct ip_node *n)
{
    sim_time now = evq_now(n->cfg.q), next = SIM_NEVER;
    if (now != n->wake_at)
        return;
    n->wake_at = SIM_NEVER;
    if (n->n_loops)
        next = node_run_loops(n, now);
    for (uint32_t i = 0; i < n->cfg.n_ifaces; i++)
        for (int f = 0; f < 2; f++) {
            struct node_gmp *g = &n->ifaces[i].gmp[f];
            wake_machine(g, now);
            sim_time at = machine_next(g);
            next = at < next ? at : next;
        }
    if (n->expire_at <= now)
        node_expire(n, now);
    if (n->settle_at <= now) {
        n->settle_at = SIM_NEVER;
        n->mrouting->settle(n->role, now);
    }
    if (n->mrouting && n->mrouting->wake)
        n->mrouting->wake(n->role, now);
    node_arm(n, next);
    ip_node_rearm(n);
}

static void on_wake(void *obj, uint32_t arg)
{
    (void)arg;
    node_catch_up(obj);
}

uint32_t ip_node_wake_kind(struct evq *q)
{
    return evq_kind_add(q, on_wake, "ip node");
}

void ip_node_settle_soon(struct ip_node *n)
{
    if (n->settle_at == SIM_NEVER)
        n->settle_at = evq_now(n->cfg.q) + SIM_NS(1);
    node_arm(n, n->settle_at);
}

void ip_node_rearm(struct ip_node *n)
{
    if (n->settle_at != SIM_NEVER)
        node_arm(n, n->settle_at);
    if (n->expire_at != SIM_NEVER)
        node_arm(n, n->expire_at);
    if (n->mrouting && n->mrouting->next)
        node_arm(n, n->mrouting->next(n->role));
}

enum gmp_reason node_message(struct ip_node *n, uint32_t iface, const struct ip_addr *src,
                             const struct gmp_msg *m)
{
    struct node_gmp *g = &node_iface(n, iface)->gmp[family_index(m->family)];
    sim_time now = evq_now(n->cfg.q);
    enum gmp_reason reason = GMP_DROP_ROLE;
    if (n->mrouting && n->mrouting->message) {
        reason = n->mrouting->message(n->role, now, iface, src, m);
        ip_node_rearm(n);
        return reason;
    }
    if (g->is_host)
        reason = gmp_host_receive(&g->host, now, m);
    if (g->is_router && reason != GMP_DROP_NONE)
        reason = gmp_router_receive(&g->router, now, src, m);
    else if (g->is_router)
        gmp_router_receive(&g->router, now, src, m);
    note_querier(g, now);
    node_arm(n, machine_next(g));
    return reason;
}

void ip_node_send_message(struct ip_node *n, uint32_t iface, const struct gmp_msg *m)
{
    const struct ip_iface *a = &node_iface(n, iface)->cfg.addr;
    struct ip_addr src = m->family == IP_V4 ? a->v4 : a->v6_link;
    if (src.family == IP_NONE)
        src = ip_addr_any(m->family);
    struct ip_parcel p = ip_parcel_gmp(m, &src);
    ip_node_send_group(n, iface, &p);
}

void ip_node_send_group(struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    uint8_t mac[6];
    ip_group_mac(&p->dst, mac);
    n->cfg.ops->send(n->cfg.ops->ctx, n->cfg.number, iface, mac, p);
}

void node_on_message_out(void *obj, const struct gmp_msg *m)
{
    struct node_gmp *g = obj;
    ip_node_send_message(g->node, g->iface, m);
    if (g->is_host && g->is_router)
        node_loop_back(g, m);
}

void ip_node_tell_members(struct ip_node *n, uint32_t iface, const struct ip_addr *group,
                          const struct ip_filter *f)
{
    if (n->cfg.ops->members)
        n->cfg.ops->members(n->cfg.ops->ctx, n->cfg.number, iface, group, f);
}

static void on_members(void *obj, const struct ip_addr *group)
{
    struct node_gmp *g = obj;
    struct ip_node *n = g->node;
    sim_time now = evq_now(n->cfg.q);
    struct ip_filter f = {0};
    const struct gmp_group *k = gmp_router_group(&g->router, group);
    if (k)
        gmp_group_view(k, now, &f);
    ip_node_tell_members(n, g->iface, group, &f);
    ip_filter_fini(&f);
    if (n->mrouting && n->mrouting->membership)
        n->mrouting->membership(n->role, now, g->iface, group);
    ip_node_rearm(n);
}

static uint32_t route_of_sockets(void *obj, const struct ip_addr *dst)
{
    const struct ip_node *n = obj;
    if (ip_addr_is_multicast(dst))
        return n->cfg.n_ifaces > 0; /* a host's default route: its first interface */
    return ip_node_route(n, dst);
}

static void on_wanted(void *obj, uint32_t iface, const struct ip_addr *group,
                      const struct ip_filter *f)
{
    struct ip_node *n = obj;
    struct node_gmp *g = &node_iface(n, iface)->gmp[family_index(group->family)];
    if (n->cfg.ops->wanted)
        n->cfg.ops->wanted(n->cfg.ops->ctx, n->cfg.number, iface, group, f);
    if (n->cfg.forwards && !g->is_host)
        node_init_host(g);
    if (!g->is_host)
        return;
    gmp_host_set(&g->host, evq_now(n->cfg.q), group, f);
    node_arm(n, gmp_host_next(&g->host));
}

static void init_machine(struct ip_node *n, uint32_t iface, int f)
{
    struct node_gmp *g = &node_iface(n, iface)->gmp[f];
    const struct ip_iface *a = &node_iface(n, iface)->cfg.addr;
    *g = (struct node_gmp){.node = n, .iface = iface, .family = f ? IP_V6 : IP_V4};
    if (!n->cfg.gmp[f])
        return;
    if (!n->cfg.forwards) {
        node_init_host(g);
    } else if (n->mrouting && !n->mrouting->message) {
        g->is_router = true;
        g->router_io =
            (struct gmp_router_io){.obj = g, .send = node_on_message_out, .changed = on_members};
        gmp_router_init(&g->router, n->cfg.gmp[f], &g->router_io, f ? &a->v6_link : &a->v4);
    }
}

struct ip_node *ip_node_open(const struct ip_node_cfg *cfg)
{
    struct ip_node *n = mem_alloc(1, sizeof *n);
    *n = (struct ip_node){
        .cfg = *cfg, .expire_at = SIM_NEVER, .settle_at = SIM_NEVER, .wake_at = SIM_NEVER};
    SIM_CHECK(cfg->n_ifaces <= IP_MAX_IFACES, "%u interfaces", cfg->n_ifaces);
    n->ifaces = mem_alloc(cfg->n_ifaces, sizeof *n->ifaces);
    n->addrs = mem_alloc(cfg->n_ifaces, sizeof *n->addrs);
    for (uint32_t i = 0; i < cfg->n_ifaces; i++) {
        n->ifaces[i].cfg = cfg->ifaces[i];
        n->ifaces[i].cfg.addr.index = i + 1;
        n->addrs[i] = n->ifaces[i].cfg.addr;
    }
    n->cfg.ifaces = NULL;
    struct ip_sockets_cfg s = ip_sockets_cfg_default();
    s.ifaces = n->addrs;
    s.n_ifaces = cfg->n_ifaces;
    s.obj = n;
    s.route = route_of_sockets;
    s.wanted = on_wanted;
    ip_sockets_init(&n->sockets, &s);
    for (uint32_t i = 1; i <= cfg->n_ifaces; i++)
        for (int f = 0; f < 2; f++)
            init_machine(n, i, f);
    return n;
}

void ip_node_set_mrouting(struct ip_node *n, const struct ip_mrouting_ops *ops, void *obj)
{
    n->mrouting = ops;
    n->role = obj;
    for (uint32_t i = 1; i <= n->cfg.n_ifaces; i++)
        for (int f = 0; f < 2; f++)
            init_machine(n, i, f);
}

void ip_node_close(struct ip_node *n)
{
    if (!n)
        return;
    if (n->mrouting)
        n->mrouting->close(n->role);
    for (uint32_t i = 0; i < n->cfg.n_ifaces; i++)
        for (int f = 0; f < 2; f++) {
            struct node_gmp *g = &n->ifaces[i].gmp[f];
            if (g->is_host)
                gmp_host_fini(&g->host);
            if (g->is_router)
                gmp_router_fini(&g->router);
        }
    node_free_loops(n);
    ip_sockets_fini(&n->sockets);
    ip_mfc_fini(&n->mfc);
    free(n->ifaces);
    free(n->addrs);
    free(n);
}

/* ff02::1:ffXX:XXXX of the low 24 bits (RFC 4291 section 2.7.1). */
static void join_solicited(struct ip_node *n, uint32_t iface, const struct ip_addr *own)
{
    struct ip_filter all = {.exclude = true};
    struct ip_addr group = ip_addr_of("ff02::1:ff00:0");
    if (own->family != IP_V6)
        return;
    memcpy(group.b + 13, own->b + 13, 3);
    on_wanted(n, iface, &group, &all);
}

void ip_node_start(struct ip_node *n)
{
    sim_time now = evq_now(n->cfg.q);
    for (uint32_t i = 1; i <= n->cfg.n_ifaces; i++) {
        struct node_iface *k = node_iface(n, i);
        for (int f = 0; f < 2; f++)
            if (k->gmp[f].is_router) {
                gmp_router_start(&k->gmp[f].router, now);
                k->gmp[f].was_querier = true;
            }
        if (k->gmp[1].is_host && n->cfg.solicited_node) {
            const struct ip_iface *a = &k->cfg.addr;
            join_solicited(n, i, &a->v6_link);
            if (memcmp(a->v6.b + 13, a->v6_link.b + 13, 3) != 0)
                join_solicited(n, i, &a->v6);
        }
        node_arm(n, machine_next(&k->gmp[0]));
        node_arm(n, machine_next(&k->gmp[1]));
    }
    if (n->mrouting && n->mrouting->start)
        n->mrouting->start(n->role, now);
    ip_node_rearm(n);
}

struct ip_sockets *ip_node_sockets(struct ip_node *n)
{
    return &n->sockets;
}

struct delivery {
    struct ip_node *node;
    const struct ip_datagram *d;
    const struct ip_udp *u;
};

static void on_get(void *obj, struct ip_socket *k)
{
    const struct delivery *v = obj;
    const struct ip_node_ops *ops = v->node->cfg.ops;
    ops->deliver(ops->ctx, v->node->cfg.number, k, v->d, v->u);
}

uint32_t node_deliver_group(struct ip_node *n, uint32_t iface, const struct ip_parcel *p,
                            const struct ip_udp *u)
{
    struct ip_datagram d = {.iface = iface, .src = p->src, .dst = p->dst, .port = u->dst_port};
    struct delivery v = {n, &d, u};
    return ip_sockets_deliver(&n->sockets, &d, &v, on_get);
}

static struct ip_parcel datagram(const struct ip_addr *src, const struct ip_addr *dst, uint8_t ttl,
                                 const struct ip_udp *u)
{
    return (struct ip_parcel){.kind = IP_PARCEL_UDP,
                              .protocol = IP_PROTO_UDP,
                              .ttl = ttl,
                              .src = *src,
                              .dst = *dst,
                              .u.udp = *u};
}

bool node_too_big(const struct ip_node *n, uint32_t iface, const struct ip_parcel *p)
{
    uint16_t mtu = node_iface(n, iface)->cfg.mtu;
    return ip_parcel_size(p) > (mtu ? mtu : IP_PARCEL_MTU);
}

static enum ip_sock send_unicast(struct ip_node *n, const struct ip_addr *dst,
                                 const struct ip_udp *u)
{
    struct ip_next_hop hop;
    if (!n->cfg.ops->next_hop(n->cfg.ops->ctx, n->cfg.number, dst, &hop))
        return IP_SOCK_ENETUNREACH;
    const struct ip_iface *a = &node_iface(n, hop.iface)->cfg.addr;
    bool local = ip_addr_is_link_local(dst) || a->v6.family == IP_NONE;
    const struct ip_addr *src = dst->family == IP_V4 ? &a->v4 : local ? &a->v6_link : &a->v6;
    struct ip_parcel p = datagram(src, dst, UNICAST_TTL, u);
    if (src->family == IP_NONE)
        return IP_SOCK_EINVAL;
    if (node_too_big(n, hop.iface, &p))
        return IP_SOCK_EMSGSIZE;
    n->cfg.ops->send(n->cfg.ops->ctx, n->cfg.number, hop.iface, hop.mac, &p);
    return IP_SOCK_OK;
}

enum ip_sock ip_node_send(struct ip_node *n, const struct ip_socket *k, const struct ip_addr *dst,
                          const struct ip_udp *u)
{
    struct ip_send how;
    if (!ip_addr_is_multicast(dst))
        return send_unicast(n, dst, u);
    enum ip_sock e = ip_socket_send(&n->sockets, k, dst, &how);
    if (e)
        return e;
    struct ip_parcel p = datagram(&how.src, dst, how.ttl, u);
    if (how.src.family != dst->family)
        return IP_SOCK_EINVAL;
    if (node_too_big(n, how.iface, &p))
        return IP_SOCK_EMSGSIZE;
    if (how.loop)
        node_deliver_group(n, how.iface, &p, u);
    if (how.wire)
        ip_node_send_group(n, how.iface, &p);
    return IP_SOCK_OK;
}

uint32_t ip_node_number(const struct ip_node *n)
{
    return n->cfg.number;
}

uint32_t ip_node_n_ifaces(const struct ip_node *n)
{
    return n->cfg.n_ifaces;
}

const struct ip_node_iface *ip_node_iface(const struct ip_node *n, uint32_t iface)
{
    return &node_iface(n, iface)->cfg;
}

const struct gmp_router *ip_node_router(const struct ip_node *n, uint32_t iface, uint8_t family)
{
    const struct node_gmp *g = &node_iface(n, iface)->gmp[family_index(family)];
    return g->is_router ? &g->router : NULL;
}

const struct ip_mfc *ip_node_mfc(const struct ip_node *n)
{
    return &n->mfc;
}

void ip_node_set_entry(struct ip_node *n, const struct ip_addr *src, const struct ip_addr *group,
                       uint32_t iface, const struct ip_ifset *out)
{
    bool made;
    struct ip_mfc_entry *e = ip_mfc_add(&n->mfc, src, group, &made);
    if (!made && e->iface == iface && ip_ifset_equal(&e->out, out))
        return;
    e->iface = iface;
    e->out = *out;
    if (made)
        node_entry_made(n, e);
    if (n->cfg.ops->entry)
        n->cfg.ops->entry(n->cfg.ops->ctx, n->cfg.number, e);
}

void ip_node_remove_entry(struct ip_node *n, const struct ip_addr *src, const struct ip_addr *group)
{
    struct ip_mfc_entry *e = ip_mfc_find(&n->mfc, src, group);
    if (!e)
        return;
    if (n->cfg.ops->entry_gone)
        n->cfg.ops->entry_gone(n->cfg.ops->ctx, n->cfg.number, e);
    ip_mfc_remove(&n->mfc, e);
}

void ip_node_watch_entry(struct ip_node *n, const struct ip_addr *src, const struct ip_addr *group,
                         bool watched)
{
    struct ip_mfc_entry *e = ip_mfc_find(&n->mfc, src, group);
    if (e)
        e->watched = watched;
}

bool ip_node_next_hop(const struct ip_node *n, const struct ip_addr *dst, struct ip_next_hop *hop)
{
    return n->cfg.ops->next_hop(n->cfg.ops->ctx, n->cfg.number, dst, hop);
}

uint32_t ip_node_route(const struct ip_node *n, const struct ip_addr *dst)
{
    struct ip_next_hop hop;
    return ip_node_next_hop(n, dst, &hop) ? hop.iface : 0;
}

void ip_node_routes_changed(struct ip_node *n)
{
    if (n->mrouting && n->mrouting->routes)
        n->mrouting->routes(n->role, evq_now(n->cfg.q));
    ip_node_rearm(n);
}

const struct ip_node_drops *ip_node_drops(const struct ip_node *n, uint32_t iface)
{
    return &node_iface(n, iface)->drops;
}
