/* SPDX-License-Identifier: GPL-2.0-only
 * Sockets, flows, and what became of each datagram. */
#include "models/ip/cast.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "models/ip/node.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { HEAD = 16, MAX_PAYLOAD = 1500 };

/* One membership of one host, with its last stay. Times are SIM_NEVER when it has not come to it.
 */
struct receiver {
    struct ip_cast *cast;
    const struct ip_plan_join *plan;
    struct ip_socket *socket; /* NULL: not joined */
    sim_time joined, first, left, last;
    sim_time wanted; /* after it had left, the interface wanted the group again, or still */
    uint32_t iface, n_after;
};

/* A flow and a node that is a member of its group at some time. */
struct pair {
    uint32_t node;
    uint32_t first, n;            /* receivers: flow's members[first ..) */
    uint8_t *expected, *received; /* bits by number of the datagram */
    uint32_t n_octets;
    uint64_t n_expected, n_received, n_duplicate, n_unexpected;
    sim_time delay_min, delay_max, delay_sum;
    uint32_t last_number, last_iface; /* the arrival that was counted last */
    sim_time last_at;
};

struct flow {
    struct ip_cast *cast;
    const struct ip_plan_flow *plan;
    uint32_t index;
    struct ip_socket *socket;
    struct ip_addr source;
    uint32_t *members;  /* indices of receivers, by node */
    struct pair *pairs; /* ascending by node */
    uint32_t n_members, n_pairs;
    uint32_t n_sent, n_refused;
    sim_time first_sent, last_sent; /* SIM_NEVER: none */
};

struct ip_cast {
    struct ip_cast_setup s;
    struct receiver *receivers;
    uint32_t *first_of, *of_node; /* receivers of node i: of_node[first_of[i] .. first_of[i + 1]) */
    struct flow *flows;
    evq_kind join, leave, send;
};

static struct ip_sockets *sockets_of(struct ip_cast *c, uint32_t node)
{
    return ip_node_sockets(c->s.nodes[node]);
}

static void must(enum ip_sock e, const char *what)
{
    SIM_CHECK(e == IP_SOCK_OK, "%s: %s", what, ip_sock_text(e));
}

/* The next receiver of a node from its place i on with this group and interface; NULL: no more. */
static struct receiver *next_of(const struct ip_cast *c, uint32_t node, uint32_t *i,
                                const struct ip_addr *group, uint32_t iface)
{
    while (*i < c->first_of[node + 1]) {
        struct receiver *r = &c->receivers[c->of_node[(*i)++]];
        if (r->joined != SIM_NEVER && r->iface == iface && ip_addr_equal(&r->plan->group, group))
            return r;
    }
    return NULL;
}

static void begin_stay(struct receiver *r)
{
    const struct ip_cast *c = r->cast;
    uint32_t i = c->first_of[r->plan->node];
    r->joined = evq_now(c->s.q);
    r->first = r->left = r->last = r->wanted = SIM_NEVER;
    r->n_after = 0;
    r->iface = r->socket->members[0].iface;
    for (struct receiver *o; (o = next_of(c, r->plan->node, &i, &r->plan->group, r->iface));)
        if (o->left != SIM_NEVER && o->wanted == SIM_NEVER)
            o->wanted = r->joined;
}

static void end_stay(struct receiver *r)
{
    const struct ip_cast *c = r->cast;
    uint32_t i = c->first_of[r->plan->node];
    r->left = evq_now(c->s.q);
    for (struct receiver *o; (o = next_of(c, r->plan->node, &i, &r->plan->group, r->iface));)
        if (o->socket)
            r->wanted = r->left;
}

/* The socket takes what is sent to this group only, as its own membership says. */
static void on_join(void *obj, uint32_t arg)
{
    struct receiver *r = obj;
    const struct ip_plan_join *j = r->plan;
    struct ip_sockets *s = sockets_of(r->cast, j->node);
    (void)arg;
    r->socket = ip_socket_open(s, j->group.family);
    r->socket->all = false;
    must(ip_socket_bind(s, r->socket, &j->group, (uint16_t)j->cfg->port), "bind");
    if (j->filter.exclude)
        must(ip_socket_join(s, r->socket, &j->group, j->iface), "join");
    else
        must(ip_socket_source(s, r->socket, IP_SOCK_JOIN_SOURCE, &j->group, j->iface,
                              &j->filter.sources.v[0]),
             "join a source");
    if (j->filter.sources.n > (j->filter.exclude ? 0 : 1))
        must(ip_socket_set_filter(s, r->socket, &j->group, j->iface, &j->filter), "filter");
    begin_stay(r);
}

static void on_leave(void *obj, uint32_t arg)
{
    struct receiver *r = obj;
    (void)arg;
    ip_socket_close(sockets_of(r->cast, r->plan->node), r->socket);
    r->socket = NULL;
    end_stay(r);
}

static bool bit(const uint8_t *bits, uint32_t i)
{
    return bits[i / 8] >> (i % 8) & 1;
}

static void set_bit(uint8_t *bits, uint32_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << (i % 8));
}

static void reserve(struct pair *p, uint32_t number)
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
    const struct ip_membership_cfg *m = j->cfg;
    return m->join_ns <= now && (m->leave_ns == SCN_WORD || now < m->leave_ns);
}

static bool wants(const struct flow *f, const struct pair *p)
{
    sim_time now = evq_now(f->cast->s.q);
    for (uint32_t i = p->first; i < p->first + p->n; i++) {
        const struct receiver *r = &f->cast->receivers[f->members[i]];
        if (is_member(r->plan, now) && ip_filter_passes(&r->plan->filter, &f->source))
            return true;
    }
    return false;
}

static void expect(struct flow *f, uint32_t number)
{
    for (uint32_t i = 0; i < f->n_pairs; i++) {
        struct pair *p = &f->pairs[i];
        if (!wants(f, p))
            continue;
        reserve(p, number);
        set_bit(p->expected, number);
        p->n_expected++;
    }
}

static void on_send(void *obj, uint32_t arg)
{
    struct flow *f = obj;
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
        must(ip_node_send(c->s.nodes[f->plan->node], f->socket, &f->plan->group, &u), "send");
        f->first_sent = f->n_sent ? f->first_sent : now;
        f->last_sent = now;
        f->n_sent++;
    }
    bool more = cfg->count == SCN_WORD || f->n_sent + f->n_refused < cfg->count;
    if (more && cfg->period_ns < c->s.duration - now)
        evq_push(c->s.q, now + cfg->period_ns, c->send, f, 0);
}

static struct pair *find_pair(const struct flow *f, uint32_t node)
{
    uint32_t lo = 0, hi = f->n_pairs;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (f->pairs[mid].node < node)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < f->n_pairs && f->pairs[lo].node == node ? &f->pairs[lo] : NULL;
}

static void count_delay(struct pair *p, sim_time delay)
{
    bool first = p->n_received + p->n_unexpected == 0;
    p->delay_min = first || delay < p->delay_min ? delay : p->delay_min;
    p->delay_max = delay > p->delay_max ? delay : p->delay_max;
    p->delay_sum += delay;
}

static void row_received(const struct flow *f, const struct pair *p, sim_time delay, bool duplicate)
{
    struct row_ip_received r = {.at_ns = p->last_at,
                                .flow = f->plan->cfg->name,
                                .number = p->last_number,
                                .node = ip_plan_node_id(f->cast->s.plan, p->node),
                                .iface = p->last_iface,
                                .delay_ns = delay,
                                .duplicate = duplicate};
    trace_row(f->cast->s.trace, ROW_IP_RECEIVED, &r);
}

/* Several sockets of a node can get one arrival: it is one. */
static void arrive(struct flow *f, struct pair *p, uint32_t number, uint32_t iface, sim_time sent)
{
    sim_time now = evq_now(f->cast->s.q);
    bool any = p->n_received + p->n_unexpected > 0;
    if (any && p->last_number == number && p->last_iface == iface && p->last_at == now)
        return;
    reserve(p, number);
    bool duplicate = bit(p->received, number);
    p->last_number = number;
    p->last_iface = iface;
    p->last_at = now;
    if (duplicate) {
        p->n_duplicate++;
    } else {
        count_delay(p, now - sent);
        set_bit(p->received, number);
        if (bit(p->expected, number))
            p->n_received++;
        else
            p->n_unexpected++;
    }
    if (trace_wants(f->cast->s.trace, ROW_IP_RECEIVED))
        row_received(f, p, now - sent, duplicate);
}

/* The socket's first datagram. */
static void note_first(const struct flow *f, const struct pair *p, const struct ip_socket *k)
{
    for (uint32_t i = p->first; i < p->first + p->n; i++) {
        struct receiver *r = &f->cast->receivers[f->members[i]];
        if (r->socket == k && r->first == SIM_NEVER)
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
    struct pair *p = find_pair(&c->flows[flow], node);
    if (!p)
        return;
    note_first(&c->flows[flow], p, k);
    arrive(&c->flows[flow], p, number, d->iface, (sim_time)sent);
}

void ip_cast_unwanted(struct ip_cast *c, uint32_t node, uint32_t iface, const struct ip_addr *src,
                      const struct ip_addr *group)
{
    uint32_t i = c->first_of[node];
    for (struct receiver *r; (r = next_of(c, node, &i, group, iface));) {
        if (r->left == SIM_NEVER || r->wanted != SIM_NEVER ||
            !ip_filter_passes(&r->plan->filter, src))
            continue;
        r->last = evq_now(c->s.q);
        r->n_after++;
    }
}

static bool same_group(const struct ip_plan_flow *f, const struct ip_plan_join *j)
{
    return f->cfg->port == j->cfg->port && ip_addr_equal(&f->group, &j->group);
}

struct by_node {
    uint32_t node, receiver;
};

static int compare_nodes(const void *a, const void *b)
{
    const struct by_node *x = a, *y = b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->receiver < y->receiver ? -1 : x->receiver > y->receiver;
}

static void make_pairs(struct ip_cast *c, struct flow *f)
{
    const struct ip_plan *plan = c->s.plan;
    struct by_node *list = mem_alloc(plan->n_joins, sizeof *list);
    for (uint32_t i = 0; i < plan->n_joins; i++)
        if (same_group(f->plan, &plan->joins[i]))
            list[f->n_members++] = (struct by_node){plan->joins[i].node, i};
    if (f->n_members > 0)
        qsort(list, f->n_members, sizeof *list, compare_nodes);
    f->members = mem_alloc(f->n_members, sizeof *f->members);
    f->pairs = mem_alloc(f->n_members, sizeof *f->pairs);
    for (uint32_t i = 0; i < f->n_members; i++) {
        f->members[i] = list[i].receiver;
        if (i == 0 || list[i].node != list[i - 1].node)
            f->pairs[f->n_pairs++] = (struct pair){.node = list[i].node, .first = i};
        f->pairs[f->n_pairs - 1].n++;
    }
    free(list);
}

static void make_receivers(struct ip_cast *c)
{
    const struct ip_plan *p = c->s.plan;
    uint32_t n = p->graph.n_nodes;
    c->receivers = mem_alloc(p->n_joins, sizeof *c->receivers);
    c->first_of = mem_alloc(n + 2, sizeof *c->first_of);
    c->of_node = mem_alloc(p->n_joins, sizeof *c->of_node);
    for (uint32_t i = 0; i < p->n_joins; i++) {
        c->receivers[i] = (struct receiver){.cast = c, .plan = &p->joins[i], .joined = SIM_NEVER};
        c->first_of[p->joins[i].node + 2]++;
    }
    for (uint32_t i = 0; i < n; i++)
        c->first_of[i + 2] += c->first_of[i + 1];
    for (uint32_t i = 0; i < p->n_joins; i++)
        c->of_node[c->first_of[p->joins[i].node + 1]++] = i;
}

struct ip_cast *ip_cast_open(const struct ip_cast_setup *s)
{
    struct ip_cast *c = mem_alloc(1, sizeof *c);
    *c = (struct ip_cast){.s = *s};
    c->join = evq_kind_add(s->q, on_join, "ip join");
    c->leave = evq_kind_add(s->q, on_leave, "ip leave");
    c->send = evq_kind_add(s->q, on_send, "ip send");
    make_receivers(c);
    c->flows = mem_alloc(s->plan->n_flows, sizeof *c->flows);
    for (uint32_t i = 0; i < s->plan->n_flows; i++) {
        c->flows[i] = (struct flow){.cast = c,
                                    .plan = &s->plan->flows[i],
                                    .index = i,
                                    .first_sent = SIM_NEVER,
                                    .last_sent = SIM_NEVER};
        make_pairs(c, &c->flows[i]);
    }
    return c;
}

void ip_cast_close(struct ip_cast *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->s.plan->n_flows; i++) {
        struct flow *f = &c->flows[i];
        for (uint32_t k = 0; k < f->n_pairs; k++) {
            free(f->pairs[k].expected);
            free(f->pairs[k].received);
        }
        free(f->members);
        free(f->pairs);
    }
    free(c->flows);
    free(c->receivers);
    free(c->first_of);
    free(c->of_node);
    free(c);
}

static void open_socket(struct ip_cast *c, struct flow *f)
{
    struct ip_sockets *s = sockets_of(c, f->plan->node);
    f->socket = ip_socket_open(s, f->plan->group.family);
    f->socket->ttl = (uint8_t)f->plan->cfg->ttl;
    must(ip_socket_set_if(s, f->socket, f->plan->iface), "interface");
}

void ip_cast_start(struct ip_cast *c)
{
    for (uint32_t i = 0; i < c->s.plan->n_joins; i++) {
        struct receiver *r = &c->receivers[i];
        const struct ip_membership_cfg *m = r->plan->cfg;
        if (m->join_ns >= c->s.duration)
            continue;
        evq_push(c->s.q, m->join_ns, c->join, r, 0);
        if (m->leave_ns != SCN_WORD && m->leave_ns < c->s.duration)
            evq_push(c->s.q, m->leave_ns, c->leave, r, 0);
    }
    for (uint32_t i = 0; i < c->s.plan->n_flows; i++) {
        open_socket(c, &c->flows[i]);
        if (c->flows[i].plan->cfg->start_ns < c->s.duration)
            evq_push(c->s.q, c->flows[i].plan->cfg->start_ns, c->send, &c->flows[i], 0);
    }
}

static uint64_t count_lost(const struct pair *p)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < 8 * p->n_octets; i++)
        n += bit(p->expected, i) && !bit(p->received, i);
    return n;
}

static unsigned row_pair(const struct flow *f, const struct pair *p)
{
    bool any = p->n_received + p->n_unexpected > 0;
    uint64_t lost = count_lost(p);
    struct row_ip_flow_stat r = {.flow = f->plan->cfg->name,
                                 .node = ip_plan_node_id(f->cast->s.plan, p->node),
                                 .n_expected = (int64_t)p->n_expected,
                                 .n_received = (int64_t)p->n_received,
                                 .n_lost = (int64_t)lost,
                                 .n_duplicate = (int64_t)p->n_duplicate,
                                 .n_unexpected = (int64_t)p->n_unexpected,
                                 .delay_min_ns = any ? p->delay_min : ROW_NULL,
                                 .delay_max_ns = any ? p->delay_max : ROW_NULL,
                                 .delay_sum_ns = p->delay_sum};
    trace_row(f->cast->s.trace, ROW_IP_FLOW_STAT, &r);
    return p->n_expected != p->n_received + lost;
}

/* Datagrams of a flow that were sent after the last one that came, and would have come by then. */
static int64_t count_missed(const struct flow *f, const struct receiver *r)
{
    const struct pair *p = find_pair(f, r->plan->node);
    const struct ip_traffic_cfg *t = f->plan->cfg;
    sim_time after = r->n_after ? r->last : r->left;
    sim_time by = r->wanted < f->cast->s.duration ? r->wanted : f->cast->s.duration;
    if (!p || p->n_received + p->n_unexpected == 0 ||
        !ip_filter_passes(&r->plan->filter, &f->source))
        return 0;
    by -= p->delay_max;
    int64_t n_after = after < t->start_ns ? 0 : (after - t->start_ns) / t->period_ns + 1;
    int64_t n_by = by < t->start_ns ? 0 : (by - t->start_ns) / t->period_ns + 1;
    int64_t n_all = (int64_t)f->n_sent + f->n_refused;
    n_by = n_by < n_all ? n_by : n_all;
    return n_by > n_after ? n_by - n_after : 0;
}

static int64_t or_null(sim_time t)
{
    return t == SIM_NEVER ? ROW_NULL : t;
}

static void row_stay(const struct ip_cast *c, const struct receiver *r)
{
    char group[IP_TEXT_SIZE];
    bool left = r->left != SIM_NEVER;
    struct row_ip_join row = {.node = ip_plan_node_id(c->s.plan, r->plan->node),
                              .iface = r->iface,
                              .group_addr = ip_addr_print(&r->plan->group, group),
                              .port = r->plan->cfg->port,
                              .join_ns = r->joined,
                              .first_ns = or_null(r->first),
                              .leave_ns = or_null(r->left),
                              .n_after = left ? r->n_after : ROW_NULL,
                              .last_ns = or_null(r->last),
                              .n_missed = left ? 0 : ROW_NULL};
    for (uint32_t i = 0; left && i < c->s.plan->n_flows; i++)
        if (ip_addr_equal(&c->flows[i].plan->group, &r->plan->group))
            row.n_missed += count_missed(&c->flows[i], r);
    trace_row(c->s.trace, ROW_IP_JOIN, &row);
}

static void rows_stays(const struct ip_cast *c)
{
    for (uint32_t i = 0; trace_wants(c->s.trace, ROW_IP_JOIN) && i < c->s.plan->n_joins; i++)
        if (c->receivers[i].joined != SIM_NEVER)
            row_stay(c, &c->receivers[i]);
}

unsigned ip_cast_finish(struct ip_cast *c)
{
    unsigned bad = 0;
    rows_stays(c);
    for (uint32_t i = 0; i < c->s.plan->n_flows; i++) {
        const struct flow *f = &c->flows[i];
        char source[IP_TEXT_SIZE], group[IP_TEXT_SIZE];
        struct row_ip_flow r = {.name = f->plan->cfg->name,
                                .node = ip_plan_node_id(c->s.plan, f->plan->node),
                                .source = f->n_sent ? ip_addr_print(&f->source, source) : NULL,
                                .group_addr = ip_addr_print(&f->plan->group, group),
                                .port = f->plan->cfg->port,
                                .n_sent = f->n_sent,
                                .n_refused = f->n_refused,
                                .first_ns = or_null(f->first_sent),
                                .last_ns = or_null(f->last_sent)};
        trace_row(c->s.trace, ROW_IP_FLOW, &r);
        for (uint32_t k = 0; k < f->n_pairs; k++)
            bad += row_pair(f, &f->pairs[k]);
    }
    return bad;
}
