/* SPDX-License-Identifier: GPL-2.0-only
 * Sockets of gateways and servers, and whose is what. */
#include "tools/backhaul_ip.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

struct endpoint {
    struct backhaul_ip_endpoint cfg;
    struct ip_socket *sockets[2]; /* IPv4, IPv6; NULL: not yet */
    backhaul_receive_fn *receive; /* NULL: nobody listens */
    void *ctx;
};

/* A socket of a node, and the endpoint whose it is. */
struct owner {
    uint32_t node, endpoint;
    const struct ip_socket *socket;
};

struct backhaul_ip {
    struct backhaul_ip_setup s;
    struct endpoint *endpoints;
    struct backhaul_ip_group *groups;
    struct owner *owners; /* by node, in the order of making */
    uint32_t n_owners, cap_owners;
};

static void must(enum ip_sock e, const char *what)
{
    SIM_CHECK(e == IP_SOCK_OK, "%s: %s", what, ip_sock_text(e));
}

/* The first owner of a node, or where one would be. */
static uint32_t first_owner(const struct backhaul_ip *b, uint32_t node)
{
    uint32_t lo = 0, hi = b->n_owners;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (b->owners[mid].node < node)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void add_owner(struct backhaul_ip *b, uint32_t endpoint, const struct ip_socket *k)
{
    uint32_t node = b->endpoints[endpoint].cfg.node, i = first_owner(b, node + 1);
    if (b->n_owners == b->cap_owners) {
        b->cap_owners = b->cap_owners ? 2 * b->cap_owners : 16;
        b->owners = mem_grow(b->owners, b->cap_owners, sizeof *b->owners);
    }
    memmove(b->owners + i + 1, b->owners + i, (b->n_owners - i) * sizeof *b->owners);
    b->owners[i] = (struct owner){node, endpoint, k};
    b->n_owners++;
}

static struct ip_sockets *sockets_of(const struct backhaul_ip *b, uint32_t endpoint)
{
    return ip_node_sockets(ip_net_node(b->s.net, b->endpoints[endpoint].cfg.node));
}

static struct ip_socket *open_socket(struct backhaul_ip *b, uint32_t endpoint,
                                     const struct ip_addr *bound, uint16_t port)
{
    struct ip_sockets *s = sockets_of(b, endpoint);
    struct ip_socket *k = ip_socket_open(s, bound->family);
    k->all = false;
    must(ip_socket_bind(s, k, bound, port), "bind");
    add_owner(b, endpoint, k);
    return k;
}

static uint16_t port_of(const struct backhaul_ip *b, uint32_t endpoint)
{
    uint16_t own = b->endpoints[endpoint].cfg.port;
    return own ? own : (uint16_t)(BACKHAUL_FIRST_PORT + endpoint);
}

static bool has_address(const struct backhaul_ip *b, uint32_t endpoint, const struct ip_addr *a)
{
    const struct ip_plan *p = b->s.plan;
    uint32_t node = b->endpoints[endpoint].cfg.node;
    for (uint32_t i = 0; i < p->graph.n_ifaces[node]; i++) {
        const struct ip_iface *k = &p->ifaces[p->graph.first_of[node] + i].addr;
        if (ip_addr_equal(a, &k->v4) || ip_addr_equal(a, &k->v6))
            return true;
    }
    return false;
}

/* Whose source address and port they are; n_endpoints: nobody's. */
static uint32_t sender_of(const struct backhaul_ip *b, const struct ip_addr *src, uint16_t port)
{
    uint32_t i = port >= BACKHAUL_FIRST_PORT ? (uint32_t)(port - BACKHAUL_FIRST_PORT) : 0;
    for (; i < b->s.n_endpoints; i++)
        if (b->endpoints[i].cfg.used && port_of(b, i) == port && has_address(b, i, src))
            return i;
    return b->s.n_endpoints;
}

static bool on_deliver(void *ctx, uint32_t node, const struct ip_socket *k,
                       const struct ip_datagram *d, const struct ip_udp *u)
{
    struct backhaul_ip *b = ctx;
    for (uint32_t i = first_owner(b, node); i < b->n_owners && b->owners[i].node == node; i++) {
        const struct endpoint *e = &b->endpoints[b->owners[i].endpoint];
        if (b->owners[i].socket != k)
            continue;
        uint32_t from = sender_of(b, &d->src, u->src_port);
        if (e->receive && from < b->s.n_endpoints)
            e->receive(e->ctx, b->owners[i].endpoint, from, u->data, u->len);
        return true;
    }
    return false;
}

static void on_listen(void *obj, uint32_t endpoint, backhaul_receive_fn *receive, void *ctx)
{
    struct backhaul_ip *b = obj;
    b->endpoints[endpoint].receive = receive;
    b->endpoints[endpoint].ctx = ctx;
}

static void on_join(void *obj, uint32_t endpoint, uint32_t group)
{
    struct backhaul_ip *b = obj;
    const struct backhaul_ip_group *g = &b->groups[group];
    struct ip_sockets *s = sockets_of(b, endpoint);
    struct ip_socket *k = open_socket(b, endpoint, &g->addr, g->port);
    struct ip_addr source =
        ip_plan_address(b->s.plan, b->endpoints[g->source].cfg.node, g->addr.family);
    if (ip_group_is_ssm(&g->addr))
        must(ip_socket_source(s, k, IP_SOCK_JOIN_SOURCE, &g->addr, 0, &source), "join");
    else
        must(ip_socket_join(s, k, &g->addr, 0), "join");
}

static struct ip_socket *socket_of(struct backhaul_ip *b, uint32_t endpoint, uint8_t family)
{
    struct ip_socket **k = &b->endpoints[endpoint].sockets[family == IP_V6];
    struct ip_addr any = ip_addr_any(family);
    if (!*k)
        *k = open_socket(b, endpoint, &any, port_of(b, endpoint));
    return *k;
}

/* A datagram for which there is no route just does not arrive. */
static void send(struct backhaul_ip *b, uint32_t from, const struct ip_addr *to, uint16_t port,
                 const uint8_t *bytes, size_t len)
{
    struct ip_node *n = ip_net_node(b->s.net, b->endpoints[from].cfg.node);
    struct ip_udp u = {.src_port = port_of(b, from), .dst_port = port, .data = bytes, .len = len};
    enum ip_sock rc = ip_node_send(n, socket_of(b, from, to->family), to, &u);
    SIM_CHECK(rc == IP_SOCK_OK || rc == IP_SOCK_ENETUNREACH, "send: %s", ip_sock_text(rc));
}

static void on_send(void *obj, uint32_t from, uint32_t to, const uint8_t *bytes, size_t len)
{
    struct backhaul_ip *b = obj;
    struct ip_addr dst = ip_plan_address(b->s.plan, b->endpoints[to].cfg.node, b->s.family);
    send(b, from, &dst, port_of(b, to), bytes, len);
}

static void on_send_group(void *obj, uint32_t from, uint32_t group, const uint8_t *bytes,
                          size_t len)
{
    struct backhaul_ip *b = obj;
    const struct backhaul_ip_group *g = &b->groups[group];
    socket_of(b, from, g->addr.family)->ttl = g->ttl;
    send(b, from, &g->addr, g->port, bytes, len);
}

struct backhaul backhaul_ip_seam(struct backhaul_ip *b)
{
    static const struct backhaul_ops ops = {
        .listen = on_listen, .join = on_join, .send = on_send, .send_group = on_send_group};
    return (struct backhaul){&ops, b};
}

struct backhaul_ip *backhaul_ip_open(const struct backhaul_ip_setup *s)
{
    struct backhaul_ip *b = mem_alloc(1, sizeof *b);
    *b = (struct backhaul_ip){.s = *s};
    b->endpoints = mem_alloc(s->n_endpoints, sizeof *b->endpoints);
    b->groups = mem_copy(s->groups, s->n_groups * sizeof *s->groups);
    for (uint32_t i = 0; i < s->n_endpoints; i++) {
        b->endpoints[i].cfg = s->endpoints[i];
        if (s->endpoints[i].used)
            socket_of(b, i, s->family);
    }
    ip_net_set_deliver(s->net, on_deliver, b);
    return b;
}

void backhaul_ip_close(struct backhaul_ip *b)
{
    if (!b)
        return;
    free(b->endpoints);
    free(b->groups);
    free(b->owners);
    free(b);
}
