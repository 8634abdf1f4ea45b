/* SPDX-License-Identifier: GPL-2.0-only
 * Sockets, flows, and what became of each datagram. */
#include "models/ip/cast_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "models/ip/node.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { HEAD = 16, MAX_PAYLOAD = 1500 };

static struct ip_sockets *sockets_of(struct ip_cast *c, uint32_t node)
{
    return ip_node_sockets(c->s.nodes[node]);
}

static void must(enum ip_sock e, const char *what)
{
    SIM_CHECK(e == IP_SOCK_OK, "%s: %s", what, ip_sock_text(e));
}

/* The next receiver of a node from its place i on with this group and interface; NULL: no more. */
static struct cast_receiver *next_of(const struct ip_cast *c, uint32_t node, uint32_t *i,
                                     const struct ip_addr *group, uint32_t iface)
{
    while (*i < c->first_of[node + 1]) {
        struct cast_receiver *r = &c->receivers[c->of_node[(*i)++]];
        if (r->joined != SIM_NEVER && r->iface == iface &&
            ip_addr_equal(&r->plan->wish->group, group))
            return r;
    }
    return NULL;
}

static void begin_stay(struct cast_receiver *r)
{
    const struct ip_cast *c = r->cast;
    uint32_t i = c->first_of[r->plan->node];
    r->joined = evq_now(c->s.q);
    r->first = r->left = r->last = r->wanted = SIM_NEVER;
    r->n_after = 0;
    for (struct cast_receiver *o;
         (o = next_of(c, r->plan->node, &i, &r->plan->wish->group, r->iface));)
        if (o->left != SIM_NEVER && o->wanted == SIM_NEVER)
            o->wanted = r->joined;
}

static void end_stay(struct cast_receiver *r)
{
    const struct ip_cast *c = r->cast;
    uint32_t i = c->first_of[r->plan->node];
    r->left = evq_now(c->s.q);
    for (struct cast_receiver *o;
         (o = next_of(c, r->plan->node, &i, &r->plan->wish->group, r->iface));)
        if (o->socket || o->unicast)
            r->wanted = r->left;
}

/* The socket takes what is sent to this group only, as its own membership says. */
static void join_group(struct cast_receiver *r)
{
    const struct ip_plan_join *j = r->plan;
    struct ip_sockets *s = sockets_of(r->cast, j->node);
    r->socket = ip_socket_open(s, j->wish->group.family);
    r->socket->all = false;
    must(ip_socket_bind(s, r->socket, &j->wish->group, (uint16_t)j->wish->cfg->port), "bind");
    if (j->wish->filter.exclude)
        must(ip_socket_join(s, r->socket, &j->wish->group, j->iface), "join");
    else
        must(ip_socket_source(s, r->socket, IP_SOCK_JOIN_SOURCE, &j->wish->group, j->iface,
                              &j->wish->filter.sources.v[0]),
             "join a source");
    if (j->wish->filter.sources.n > (j->wish->filter.exclude ? 0 : 1))
        must(ip_socket_set_filter(s, r->socket, &j->wish->group, j->iface, &j->wish->filter),
             "filter");
    r->iface = r->socket->members[0].iface;
}

/* For copies; groups leave by the first interface, and so is a member known by its address. */
static void open_unicast(struct cast_receiver *r)
{
    const struct ip_plan_join *j = r->plan;
    struct ip_sockets *s = sockets_of(r->cast, j->node);
    struct ip_addr any = ip_addr_any(j->wish->group.family);
    r->unicast = ip_socket_open(s, j->wish->group.family);
    must(ip_socket_bind(s, r->unicast, &any, (uint16_t)j->wish->cfg->port), "bind");
    r->iface = j->iface ? j->iface : 1;
}

static void join(struct cast_receiver *r)
{
    if (r->is_copied)
        open_unicast(r);
    if (r->joins)
        join_group(r);
    begin_stay(r);
}

static void leave(struct cast_receiver *r)
{
    if (r->socket)
        ip_socket_close(sockets_of(r->cast, r->plan->node), r->socket);
    if (r->unicast)
        ip_socket_close(sockets_of(r->cast, r->plan->node), r->unicast);
    r->socket = r->unicast = NULL;
    end_stay(r);
}

/* All that is due now; one event waits at a time, for the next. */
static void take_turns(struct ip_cast *c, struct cast_turns *t)
{
    for (; t->next < t->n && t->v[t->next].at == evq_now(c->s.q); t->next++)
        t->act(&c->receivers[t->v[t->next].receiver]);
    if (t->next < t->n)
        evq_push(c->s.q, t->v[t->next].at, c->turn, c, (uint32_t)(t - c->turns));
}

static void on_turn(void *obj, uint32_t which)
{
    struct ip_cast *c = obj;
    take_turns(c, &c->turns[which]);
}

static int compare_turns(const void *a, const void *b)
{
    const struct cast_turn *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->receiver < y->receiver ? -1 : 1;
}

static void make_turns(struct ip_cast *c, struct cast_turns *t, bool joins)
{
    const struct ip_plan *p = c->s.plan;
    t->act = joins ? join : leave;
    for (int fill = 0; fill < 2; fill++) {
        t->v = fill ? mem_alloc(t->n, sizeof *t->v) : NULL;
        t->n = 0;
        for (uint32_t i = 0; i < p->n_joins; i++) {
            const struct ip_plan_join *j = &p->joins[i];
            sim_time at = joins ? j->from : j->to;
            if (j->from >= c->s.duration || at >= c->s.duration)
                continue;
            if (fill)
                t->v[t->n] = (struct cast_turn){at, i};
            t->n++;
        }
    }
    if (t->n > 0)
        qsort(t->v, t->n, sizeof *t->v, compare_turns);
}

static void set_bit(uint8_t *bits, uint32_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << (i % 8));
}

static void reserve(struct cast_pair *p, uint32_t number)
{
    uint32_t n = number / 8 + 1, old = p->n_octets;
    if (n <= old)
        return;
    n = n < 2 * old ? 2 * old : n;
    p->expected = mem_grow(p->expected, n, 1);
    p->received = mem_grow(p->received, n, 1);
    memset(p->expected + old, 0, n - old);
    memset(p->received + old, 0, n - old);
    p->n_octets = n;
}

/* By the times, not by the events, which may come in any order within an instant. */
static bool is_member(const struct ip_plan_join *j, sim_time now)
{
    return j->from <= now && now < j->to;
}

/* A membership of the pair's node that lets the flow pass now, or NULL. */
static const struct cast_receiver *wanting(const struct cast_flow *f, const struct cast_pair *p)
{
    sim_time now = evq_now(f->cast->s.q);
    for (uint32_t i = p->first; i < p->first + p->n; i++) {
        const struct cast_receiver *r = &f->cast->receivers[f->members[i]];
        if (is_member(r->plan, now) && ip_filter_passes(&r->plan->wish->filter, &f->source))
            return r;
    }
    return NULL;
}

static void expect(struct cast_flow *f, uint32_t number)
{
    for (uint32_t i = 0; i < f->n_pairs; i++) {
        struct cast_pair *p = &f->pairs[i];
        if (!wanting(f, p))
            continue;
        reserve(p, number);
        set_bit(p->expected, number);
        p->n_expected++;
    }
}

/* A copy to each member's address. One that cannot be reached gets none. */
static void send_copies(struct cast_flow *f, const struct ip_udp *u)
{
    struct ip_cast *c = f->cast;
    const struct ip_plan *plan = c->s.plan;
    for (uint32_t i = 0; i < f->n_pairs; i++) {
        const struct cast_pair *p = &f->pairs[i];
        const struct cast_receiver *r = wanting(f, p);
        if (!r)
            continue;
        uint32_t iface = r->plan->iface ? r->plan->iface : 1;
        const struct ip_iface *a = &plan->ifaces[plan->graph.first_of[p->node] + iface - 1].addr;
        const struct ip_addr *to = f->plan->group.family == IP_V4 ? &a->v4 : &a->v6;
        ip_node_send(c->s.nodes[f->plan->node], f->socket, to, u);
    }
}

static void on_send(void *obj, uint32_t arg)
{
    struct cast_flow *f = obj;
    struct ip_cast *c = f->cast;
    const struct ip_traffic_cfg *cfg = f->plan->cfg;
    uint8_t data[MAX_PAYLOAD];
    struct ip_send how;
    struct wr w;
    sim_time now = evq_now(c->s.q);
    (void)arg;
    wr_init(&w, data, sizeof data);
    wr_u16be(&w, (uint16_t)(f->index >> 16));
    wr_u16be(&w, (uint16_t)f->index);
    wr_u32be(&w, f->n_sent);
    wr_u32be(&w, (uint32_t)((uint64_t)now >> 32));
    wr_u32be(&w, (uint32_t)now);
    for (int64_t i = HEAD; i < cfg->size_bytes; i++)
        wr_u8(&w, (uint8_t)i);
    struct ip_udp u = {.src_port = (uint16_t)cfg->port,
                       .dst_port = (uint16_t)cfg->port,
                       .data = data,
                       .len = (size_t)cfg->size_bytes};
    if (ip_socket_send(sockets_of(c, f->plan->node), f->socket, &f->plan->group, &how)) {
        f->n_refused++;
    } else {
        f->source = how.src;
        expect(f, f->n_sent);
        if (cfg->delivery == IP_DELIVERY_UNICAST)
            send_copies(f, &u);
        else
            must(ip_node_send(c->s.nodes[f->plan->node], f->socket, &f->plan->group, &u), "send");
        f->first_sent = f->n_sent ? f->first_sent : now;
        f->last_sent = now;
        f->n_sent++;
    }
    bool more = cfg->count == SCN_WORD || f->n_sent + f->n_refused < cfg->count;
    if (more && cfg->period_ns < c->s.duration - now)
        evq_push(c->s.q, now + cfg->period_ns, c->send, f, 0);
}

static void count_delay(struct cast_pair *p, sim_time delay)
{
    bool first = p->n_received + p->n_unexpected == 0;
    p->delay_min = first || delay < p->delay_min ? delay : p->delay_min;
    p->delay_max = delay > p->delay_max ? delay : p->delay_max;
    p->delay_sum += delay;
}

static void row_received(const struct cast_flow *f, const struct cast_pair *p, sim_time delay,
                         bool duplicate)
{
    struct row_ip_received r = {.at_ns = p->last_at,
                                .flow = f->plan->name,
                                .number = p->last_number,
                                .node = ip_plan_node_id(f->cast->s.plan, p->node),
                                .iface = p->last_iface,
                                .delay_ns = delay,
                                .duplicate = duplicate};
    trace_row(f->cast->s.trace, ROW_IP_RECEIVED, &r);
}

/* Several sockets of a node can get one arrival: it is one. */
static void arrive(struct cast_flow *f, struct cast_pair *p, uint32_t number, uint32_t iface,
                   sim_time sent)
{
    sim_time now = evq_now(f->cast->s.q);
    bool any = p->n_received + p->n_unexpected > 0;
    if (any && p->last_number == number && p->last_iface == iface && p->last_at == now)
        return;
    reserve(p, number);
    bool duplicate = cast_bit(p->received, number);
    p->last_number = number;
    p->last_iface = iface;
    p->last_at = now;
    if (duplicate) {
        p->n_duplicate++;
    } else {
        count_delay(p, now - sent);
        set_bit(p->received, number);
        if (cast_bit(p->expected, number))
            p->n_received++;
        else
            p->n_unexpected++;
    }
    if (trace_wants(f->cast->s.trace, ROW_IP_RECEIVED))
        row_received(f, p, now - sent, duplicate);
}

/* The socket's first datagram. */
static void note_first(const struct cast_flow *f, const struct cast_pair *p,
                       const struct ip_socket *k)
{
    for (uint32_t i = p->first; i < p->first + p->n; i++) {
        struct cast_receiver *r = &f->cast->receivers[f->members[i]];
        bool its = r->socket == k || (r->unicast && f->plan->cfg->delivery == IP_DELIVERY_UNICAST);
        if (its && r->first == SIM_NEVER)
            r->first = evq_now(f->cast->s.q);
    }
}

void ip_cast_deliver(struct ip_cast *c, uint32_t node, const struct ip_socket *k,
                     const struct ip_datagram *d, const struct ip_udp *u)
{
    struct rd r;
    rd_init(&r, u->data, u->len);
    uint32_t flow = rd_u32be(&r), number = rd_u32be(&r);
    uint64_t sent = (uint64_t)rd_u32be(&r) << 32;
    sent |= rd_u32be(&r);
    if (r.err || flow >= c->s.plan->n_flows || number >= c->flows[flow].n_sent + 1)
        return; /* not of a flow */
    struct cast_pair *p = cast_pair_of(&c->flows[flow], node);
    if (!p)
        return;
    note_first(&c->flows[flow], p, k);
    arrive(&c->flows[flow], p, number, d->iface, (sim_time)sent);
}

void ip_cast_unwanted(struct ip_cast *c, uint32_t node, uint32_t iface, const struct ip_addr *src,
                      const struct ip_addr *group)
{
    uint32_t i = c->first_of[node];
    for (struct cast_receiver *r; (r = next_of(c, node, &i, group, iface));) {
        if (r->left == SIM_NEVER || r->wanted != SIM_NEVER ||
            !ip_filter_passes(&r->plan->wish->filter, src))
            continue;
        r->last = evq_now(c->s.q);
        r->n_after++;
    }
}

void cast_kinds(struct ip_cast *c)
{
    c->turn = evq_kind_add(c->s.q, on_turn, "ip join");
    c->send = evq_kind_add(c->s.q, on_send, "ip send");
}

static void open_socket(struct ip_cast *c, struct cast_flow *f)
{
    struct ip_sockets *s = sockets_of(c, f->plan->node);
    f->socket = ip_socket_open(s, f->plan->group.family);
    f->socket->ttl = (uint8_t)f->plan->cfg->ttl;
    must(ip_socket_set_if(s, f->socket, f->plan->iface), "interface");
}

void ip_cast_start(struct ip_cast *c)
{
    for (int i = 0; i < 2; i++) {
        make_turns(c, &c->turns[i], i == 0);
        take_turns(c, &c->turns[i]);
    }
    for (uint32_t i = 0; i < c->s.plan->n_flows; i++) {
        open_socket(c, &c->flows[i]);
        if (c->flows[i].plan->start < c->s.duration)
            evq_push(c->s.q, c->flows[i].plan->start, c->send, &c->flows[i], 0);
    }
}
