/* SPDX-License-Identifier: GPL-2.0-only
 * An IP node: its making, its timers, its membership machines, and what it sends. What arrives:
 * node_receive.c. */
#include <stdlib.h>
#include <string.h>

#include "models/ip/node_internal.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/prefetch.h"

enum { UNICAST_TTL = 64, HINT_OCTETS = 512 };

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

/* One event is waited for: the earliest. The one that it puts off is remembered and serves when its
 * time is wanted again; others that are left over come, find that nothing is due and go. */
void node_arm(struct ip_node *n, sim_time at)
{
    sim_time was = n->wake_at;
    if (at >= was)
        return;
    n->wake_at = at;
    if (at != n->put_off_at || at <= evq_now(n->cfg.env->q))
        evq_push(n->cfg.env->q, at, n->cfg.env->wake_kind, n, 0);
    if (was != SIM_NEVER)
        n->put_off_at = was;
}

static sim_time machine_next(const struct node_gmp *g)
{
    sim_time host = g->host ? gmp_host_next(&g->host->m) : SIM_NEVER;
    sim_time router = g->router ? gmp_router_next(&g->router->m) : SIM_NEVER;
    return host < router ? host : router;
}

/* A machine may have a new timer. */
static void arm_machine(struct ip_node *n, const struct node_gmp *g)
{
    sim_time at = machine_next(g);
    n->gmp_at = at < n->gmp_at ? at : n->gmp_at;
    node_arm(n, at);
}

/* A router that has begun or ceased to ask forwards other things. */
static void note_querier(struct node_gmp *g, sim_time now)
{
    struct ip_node *n = g->node;
    if (!g->router || g->router->m.querier == g->was_querier)
        return;
    g->was_querier = g->router->m.querier;
    if (n->mrouting && n->mrouting->membership)
        n->mrouting->membership(n->role, now, g->iface, NULL);
}

static void wake_machine(struct node_gmp *g, sim_time now)
{
    if (machine_next(g) > now)
        return;
    if (g->host)
        gmp_host_wake(&g->host->m, now);
    if (g->router)
        gmp_router_wake(&g->router->m, now);
    note_querier(g, now);
}

static void wake_machines(struct ip_node *n, sim_time now)
{
    sim_time next = SIM_NEVER;
    for (uint32_t i = 0; i < n->cfg.n_ifaces; i++)
        for (int f = 0; f < 2; f++) {
            struct node_gmp *g = &n->ifaces[i].gmp[f];
            wake_machine(g, now);
            sim_time at = machine_next(g);
            next = at < next ? at : next;
        }
    n->gmp_at = next;
}

static sim_time earlier(sim_time a, sim_time b)
{
    return a < b ? a : b;
}

/* Of everything but the membership machines. */
static sim_time role_next(const struct ip_node *n)
{
    sim_time at = earlier(n->settle_at, n->expire_at);
    return n->mrouting && n->mrouting->next ? earlier(at, n->mrouting->next(n->role)) : at;
}

void node_catch_up(struct ip_node *n)
{
    sim_time now = evq_now(n->cfg.env->q), next = SIM_NEVER;
    if (now != n->wake_at)
        return;
    n->wake_at = SIM_NEVER;
    if (n->n_loops) {
        next = node_run_loops(n, now);
        n->gmp_at = now; /* what was given may have set timers */
    }
    if (n->gmp_at <= now)
        wake_machines(n, now);
    if (n->expire_at <= now)
        node_expire(n, now);
    if (n->settle_at <= now) {
        n->settle_at = SIM_NEVER;
        n->mrouting->settle(n->role, now);
    }
    if (n->mrouting && n->mrouting->wake)
        n->mrouting->wake(n->role, now);
    node_arm(n, earlier(earlier(next, n->gmp_at), role_next(n)));
}

static void on_wake(void *obj, uint32_t arg)
{
    (void)arg;
    node_catch_up(obj);
}

/* Fetch what a wake looks at first: the node with its interfaces, and what its machines point to.
 */
static void hint_wake(void *obj, uint32_t zero, unsigned stage)
{
    const struct ip_node *n = obj;
    (void)zero;
    if (stage == 0) {
        prefetch(n, HINT_OCTETS);
    } else if (n->role) {
        if (stage == 1)
            prefetch(n->role, HINT_OCTETS / 2);
        else if (n->mrouting->hint)
            n->mrouting->hint(n->role);
    } else if (!n->cfg.forwards && n->cfg.n_ifaces > 0 && n->hosts->m.n_groups > 0) {
        struct gmp_host_group *const *groups = n->hosts->m.groups;
        prefetch(stage == 1 ? (const void *)groups : groups[0], stage == 1 ? 8 : HINT_OCTETS / 4);
    }
}

uint32_t ip_node_wake_kind(struct evq *q)
{
    evq_kind kind = evq_kind_add(q, on_wake, "ip node");
    evq_kind_hint(q, kind, hint_wake);
    return kind;
}

void ip_node_settle_soon(struct ip_node *n)
{
    if (n->settle_at == SIM_NEVER)
        n->settle_at = evq_now(n->cfg.env->q) + SIM_NS(1);
    node_arm(n, n->settle_at);
}

void ip_node_rearm(struct ip_node *n)
{
    node_arm(n, role_next(n));
}

enum gmp_reason node_message(struct ip_node *n, uint32_t iface, const struct ip_addr *src,
                             const struct gmp_msg *m)
{
    struct node_gmp *g = &node_iface(n, iface)->gmp[family_index(m->family)];
    sim_time now = evq_now(n->cfg.env->q);
    enum gmp_reason reason = GMP_DROP_ROLE;
    if (n->mrouting && n->mrouting->message) {
        reason = n->mrouting->message(n->role, now, iface, src, m);
        ip_node_rearm(n);
        return reason;
    }
    if (g->host)
        reason = gmp_host_receive(&g->host->m, now, m);
    if (g->router && reason != GMP_DROP_NONE)
        reason = gmp_router_receive(&g->router->m, now, src, m);
    else if (g->router)
        gmp_router_receive(&g->router->m, now, src, m);
    note_querier(g, now);
    arm_machine(n, g);
    return reason;
}

void ip_node_send_message(struct ip_node *n, uint32_t iface, const struct gmp_msg *m)
{
    const struct ip_iface *a = &node_iface(n, iface)->cfg->addr;
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
    n->cfg.env->ops->send(n->cfg.env->ops->ctx, n->cfg.number, iface, mac, p);
}

void node_on_message_out(void *obj, const struct gmp_msg *m)
{
    struct node_gmp *g = obj;
    ip_node_send_message(g->node, g->iface, m);
    if (g->host && g->router)
        node_loop_back(g, m);
}

void ip_node_tell_members(struct ip_node *n, uint32_t iface, const struct ip_addr *group,
                          const struct ip_filter *f)
{
    if (n->cfg.env->ops->members)
        n->cfg.env->ops->members(n->cfg.env->ops->ctx, n->cfg.number, iface, group, f);
}

static void on_members(void *obj, const struct ip_addr *group)
{
    struct node_gmp *g = obj;
    struct ip_node *n = g->node;
    sim_time now = evq_now(n->cfg.env->q);
    struct ip_filter f = {0};
    const struct gmp_group *k = gmp_router_group(&g->router->m, group);
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
    if (n->cfg.env->ops->wanted)
        n->cfg.env->ops->wanted(n->cfg.env->ops->ctx, n->cfg.number, iface, group, f);
    if (n->cfg.forwards && !g->host && n->cfg.env->gmp[family_index(group->family)])
        node_init_host(g, mem_alloc(1, sizeof *g->host));
    if (!g->host)
        return;
    gmp_host_set(&g->host->m, evq_now(n->cfg.env->q), group, f);
    arm_machine(n, g);
}

static void init_router(struct node_gmp *g)
{
    const struct ip_node *n = g->node;
    const struct ip_iface *a = &node_iface(n, g->iface)->cfg->addr;
    g->router = mem_alloc(1, sizeof *g->router);
    g->router->io =
        (struct gmp_router_io){.obj = g, .send = node_on_message_out, .changed = on_members};
    gmp_router_init(&g->router->m, n->cfg.env->gmp[g->family == IP_V6], &g->router->io,
                    g->family == IP_V6 ? &a->v6_link : &a->v4);
}

static void init_sockets(struct ip_node *n)
{
    struct ip_sockets_cfg s = ip_sockets_cfg_default();
    s.ifaces = n->cfg.n_ifaces ? &n->cfg.ifaces->addr : NULL;
    s.iface_size = sizeof *n->cfg.ifaces;
    s.n_ifaces = n->cfg.n_ifaces;
    s.obj = n;
    s.route = route_of_sockets;
    s.wanted = on_wanted;
    ip_sockets_init(&n->sockets, &s);
}

/* A host's machines are behind it, in one piece of memory: there may be a million. */
struct ip_node *ip_node_open(const struct ip_node_cfg *cfg)
{
    const struct ip_node_env *env = cfg->env;
    size_t n_hosts =
        cfg->forwards ? 0 : cfg->n_ifaces * (size_t)(env->gmp[0] && env->gmp[1] ? 2 : 1);
    struct ip_node *n =
        mem_alloc(1, sizeof *n + cfg->n_ifaces * sizeof *n->ifaces + n_hosts * sizeof *n->hosts);
    *n = (struct ip_node){.cfg = *cfg,
                          .wake_at = SIM_NEVER,
                          .put_off_at = SIM_NEVER,
                          .gmp_at = SIM_NEVER,
                          .expire_at = SIM_NEVER,
                          .settle_at = SIM_NEVER};
    SIM_CHECK(cfg->n_ifaces <= IP_MAX_IFACES, "%u interfaces", cfg->n_ifaces);
    n->ifaces = (void *)(n + 1);
    n->hosts = (void *)(n->ifaces + cfg->n_ifaces);
    struct node_host *h = n->hosts;
    for (uint32_t i = 1; i <= cfg->n_ifaces; i++) {
        struct node_iface *k = node_iface(n, i);
        k->cfg = &cfg->ifaces[i - 1];
        for (int f = 0; f < 2; f++) {
            k->gmp[f] = (struct node_gmp){.node = n, .iface = i, .family = f ? IP_V6 : IP_V4};
            if (!cfg->forwards && env->gmp[f])
                node_init_host(&k->gmp[f], h++);
        }
    }
    init_sockets(n);
    return n;
}

void ip_node_set_mrouting(struct ip_node *n, const struct ip_mrouting_ops *ops, void *obj)
{
    n->mrouting = ops;
    n->role = obj;
    for (uint32_t i = 1; !ops->message && i <= n->cfg.n_ifaces; i++)
        for (int f = 0; f < 2; f++)
            if (n->cfg.env->gmp[f])
                init_router(&node_iface(n, i)->gmp[f]);
}

static void close_machines(struct node_gmp *g)
{
    if (g->host)
        gmp_host_fini(&g->host->m);
    if (g->router)
        gmp_router_fini(&g->router->m);
    if (g->node->cfg.forwards)
        free(g->host);
    free(g->router);
}

void ip_node_close(struct ip_node *n)
{
    if (!n)
        return;
    if (n->mrouting)
        n->mrouting->close(n->role);
    for (uint32_t i = 0; i < n->cfg.n_ifaces; i++) {
        close_machines(&n->ifaces[i].gmp[0]);
        close_machines(&n->ifaces[i].gmp[1]);
        free(n->ifaces[i].drops);
    }
    node_free_loops(n);
    ip_sockets_fini(&n->sockets);
    ip_mfc_fini(&n->mfc);
    free(n);
}

struct ip_node_drops *node_drops(struct ip_node *n, uint32_t iface)
{
    struct node_iface *k = node_iface(n, iface);
    if (!k->drops)
        k->drops = mem_alloc(1, sizeof *k->drops);
    return k->drops;
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
    sim_time now = evq_now(n->cfg.env->q);
    for (uint32_t i = 1; i <= n->cfg.n_ifaces; i++) {
        struct node_iface *k = node_iface(n, i);
        for (int f = 0; f < 2; f++)
            if (k->gmp[f].router) {
                gmp_router_start(&k->gmp[f].router->m, now);
                k->gmp[f].was_querier = true;
            }
        if (k->gmp[1].host && n->cfg.env->solicited_node) {
            const struct ip_iface *a = &k->cfg->addr;
            join_solicited(n, i, &a->v6_link);
            if (memcmp(a->v6.b + 13, a->v6_link.b + 13, 3) != 0)
                join_solicited(n, i, &a->v6);
        }
        arm_machine(n, &k->gmp[0]);
        arm_machine(n, &k->gmp[1]);
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
    const struct ip_node_ops *ops = v->node->cfg.env->ops;
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
    uint16_t mtu = node_iface(n, iface)->cfg->mtu;
    return ip_parcel_size(p) > (mtu ? mtu : IP_PARCEL_MTU);
}

static enum ip_sock send_unicast(struct ip_node *n, const struct ip_addr *dst,
                                 const struct ip_udp *u)
{
    struct ip_next_hop hop;
    if (!n->cfg.env->ops->next_hop(n->cfg.env->ops->ctx, n->cfg.number, dst, &hop))
        return IP_SOCK_ENETUNREACH;
    const struct ip_iface *a = &node_iface(n, hop.iface)->cfg->addr;
    bool local = ip_addr_is_link_local(dst) || a->v6.family == IP_NONE;
    const struct ip_addr *src = dst->family == IP_V4 ? &a->v4 : local ? &a->v6_link : &a->v6;
    struct ip_parcel p = datagram(src, dst, UNICAST_TTL, u);
    if (src->family == IP_NONE)
        return IP_SOCK_EINVAL;
    if (node_too_big(n, hop.iface, &p))
        return IP_SOCK_EMSGSIZE;
    n->cfg.env->ops->send(n->cfg.env->ops->ctx, n->cfg.number, hop.iface, hop.mac, &p);
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
    return node_iface(n, iface)->cfg;
}

const struct gmp_router *ip_node_router(const struct ip_node *n, uint32_t iface, uint8_t family)
{
    const struct node_gmp *g = &node_iface(n, iface)->gmp[family_index(family)];
    return g->router ? &g->router->m : NULL;
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
    if (n->cfg.env->ops->entry)
        n->cfg.env->ops->entry(n->cfg.env->ops->ctx, n->cfg.number, e);
}

void ip_node_remove_entry(struct ip_node *n, const struct ip_addr *src, const struct ip_addr *group)
{
    struct ip_mfc_entry *e = ip_mfc_find(&n->mfc, src, group);
    if (!e)
        return;
    if (n->cfg.env->ops->entry_gone)
        n->cfg.env->ops->entry_gone(n->cfg.env->ops->ctx, n->cfg.number, e);
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
    return n->cfg.env->ops->next_hop(n->cfg.env->ops->ctx, n->cfg.number, dst, hop);
}

uint32_t ip_node_route(const struct ip_node *n, const struct ip_addr *dst)
{
    struct ip_next_hop hop;
    return ip_node_next_hop(n, dst, &hop) ? hop.iface : 0;
}

void ip_node_routes_changed(struct ip_node *n)
{
    if (n->mrouting && n->mrouting->routes)
        n->mrouting->routes(n->role, evq_now(n->cfg.env->q));
    ip_node_rearm(n);
}

const struct ip_node_drops *ip_node_drops(const struct ip_node *n, uint32_t iface)
{
    return node_iface(n, iface)->drops;
}
