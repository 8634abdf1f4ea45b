/* SPDX-License-Identifier: GPL-2.0-only
 * A small network of PIM routers for tests. */
#include "tests/support/pim_net.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

/* Registers take a little longer than what is not wrapped: no race at the RP. */
#define ENCAPSULATION SIM_US(1)
#define NO_ROUTER     UINT32_MAX
enum { MAX_PACKET = 1500, DATA_LEN = 100 };
enum event_kind { EV_WAKE, EV_PACKET, EV_DATA, EV_UNICAST };

struct pim_net_event {
    sim_time at;
    int64_t seq;
    uint8_t kind;
    uint32_t router; /* whom it is for; of data on a link who sent it */
    uint32_t link;
    uint8_t *packet; /* owned */
    size_t len;
    struct ip_addr source, group;
    uint8_t ttl;
    unsigned id;
};

static bool before(const struct pim_net_event *a, const struct pim_net_event *b)
{
    return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

static void post(struct pim_net *n, struct pim_net_event e)
{
    if (n->n_events == n->max_events) {
        n->max_events = n->max_events ? 2 * n->max_events : 64;
        n->events = mem_grow(n->events, n->max_events, sizeof *n->events);
    }
    int64_t seq = (int64_t)n->n_posted++;
    e.seq = n->lifo ? -seq : seq;
    size_t i = n->n_events++;
    for (; i > 0 && before(&e, &n->events[(i - 1) / 2]); i = (i - 1) / 2)
        n->events[i] = n->events[(i - 1) / 2];
    n->events[i] = e;
}

static struct pim_net_event pop(struct pim_net *n)
{
    struct pim_net_event first = n->events[0], last = n->events[--n->n_events];
    size_t i = 0;
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= n->n_events)
            break;
        if (c + 1 < n->n_events && before(&n->events[c + 1], &n->events[c]))
            c++;
        if (!before(&n->events[c], &last))
            break;
        n->events[i] = n->events[c];
        i = c;
    }
    if (n->n_events > 0)
        n->events[i] = last;
    return first;
}

void pim_net_init(struct pim_net *n, uint8_t family, uint64_t seed)
{
    *n = (struct pim_net){.family = family, .seed = seed};
    pim_room_init(&n->room);
}

void pim_net_fini(struct pim_net *n)
{
    for (uint32_t i = 0; i < n->n_routers; i++)
        pim_router_close(n->routers[i].router);
    for (size_t i = 0; i < n->n_events; i++)
        free(n->events[i].packet);
    free(n->events);
    pim_room_fini(&n->room);
}

struct ip_addr pim_net_addr(const struct pim_net *n, uint32_t link, uint32_t host)
{
    struct ip_addr a = ip_addr_of("2001:db8::");
    if (n->family == IP_V4)
        return ip_addr_v4(0x0a000000 | link << 16 | host);
    a.b[5] = (uint8_t)link;
    a.b[14] = (uint8_t)(host >> 8);
    a.b[15] = (uint8_t)host;
    return a;
}

struct ip_addr pim_net_group(const struct pim_net *n, uint8_t i, bool ssm)
{
    if (n->family == IP_V4)
        return ip_addr_v4((ssm ? 0xe8010100u : 0xef010100u) | i);
    struct ip_addr a = ip_addr_of(ssm ? "ff3e::" : "ff1e::");
    a.b[15] = i;
    return a;
}

static struct ip_addr link_local(uint32_t link, uint32_t host)
{
    struct ip_addr a = ip_addr_of("fe80::");
    a.b[13] = (uint8_t)link;
    a.b[15] = (uint8_t)host;
    return a;
}

static uint32_t link_of(const struct pim_net *n, const struct ip_addr *a)
{
    return n->family == IP_V4 ? a->b[1] : a->b[5];
}

static uint32_t iface_on(const struct pim_net *n, uint32_t router, uint32_t link)
{
    const struct pim_net_router *r = &n->routers[router];
    for (uint32_t i = 0; i < r->n_ifaces; i++)
        if (r->links[i] == link)
            return i;
    return PIM_NO_IFACE;
}

/* Distances of all routers to a link, over links that are up: Bellman and Ford. */
static void distances(const struct pim_net *n, uint32_t link, uint32_t *d)
{
    for (uint32_t i = 0; i < n->n_routers; i++)
        d[i] = !n->links[link].down && !n->routers[i].down && iface_on(n, i, link) != PIM_NO_IFACE
                   ? 0
                   : UINT32_MAX / 2;
    for (bool more = true; more;) {
        more = false;
        for (uint32_t l = 0; l < n->n_links; l++) {
            const struct pim_net_link *k = &n->links[l];
            for (uint32_t a = 0; !k->down && a < k->n; a++)
                for (uint32_t b = 0; b < k->n; b++)
                    if (!n->routers[k->routers[a]].down && !n->routers[k->routers[b]].down &&
                        d[k->routers[b]] + k->cost < d[k->routers[a]]) {
                        d[k->routers[a]] = d[k->routers[b]] + k->cost;
                        more = true;
                    }
        }
    }
}

/* The next router and link on the way; ties: the lowest interface, then router. */
static bool next_hop(const struct pim_net *n, uint32_t from, uint32_t link, uint32_t *iface,
                     uint32_t *router, uint32_t *metric)
{
    uint32_t d[PIM_NET_ROUTERS];
    const struct pim_net_router *r = &n->routers[from];
    distances(n, link, d);
    *metric = d[from];
    for (uint32_t i = 0; i < r->n_ifaces; i++) {
        const struct pim_net_link *k = &n->links[r->links[i]];
        for (uint32_t p = 0; !k->down && p < k->n; p++)
            if (k->routers[p] != from && !n->routers[k->routers[p]].down &&
                d[k->routers[p]] + k->cost == d[from] && d[from] < UINT32_MAX / 2) {
                *iface = i;
                *router = k->routers[p];
                return true;
            }
    }
    return false;
}

static bool find_route(void *obj, const struct ip_addr *to, struct pim_route *route)
{
    struct pim_net_router *r = obj;
    const struct pim_net *n = r->net;
    uint32_t link = link_of(n, to), iface, router, metric;
    if (link >= n->n_links)
        return false;
    iface = iface_on(n, r->index, link);
    if (iface != PIM_NO_IFACE && !n->links[link].down) {
        *route = (struct pim_route){.iface = iface, .connected = true};
        return true;
    }
    if (!next_hop(n, r->index, link, &iface, &router, &metric))
        return false;
    *route = (struct pim_route){.iface = iface,
                                .next_hop = pim_net_addr(n, r->links[iface], router + 1),
                                .preference = 110,
                                .metric = metric};
    return true;
}

static void count(struct pim_net *n, uint32_t link, const struct pim_msg *m)
{
    struct pim_net_link *k = &n->links[link];
    k->n_msgs[m->kind]++;
    k->octets[m->kind] += pim_size(m);
    for (size_t i = 0; m->kind == PIM_JOIN_PRUNE && i < m->u.jp.n_groups; i++) {
        k->n_joins += (unsigned)m->u.jp.groups[i].n_joins;
        k->n_prunes += (unsigned)m->u.jp.groups[i].n_prunes;
    }
}

static struct pim_net_event packet_of(const struct pim_msg *m, const struct ip_addr *src,
                                      const struct ip_addr *dst)
{
    uint8_t buf[MAX_PACKET];
    int len = pim_packet_encode(m, src, dst, buf, sizeof buf);
    SIM_CHECK(len > 0 && (size_t)len == pim_size(m), "%s: %d", pim_kind_name(m->kind), len);
    return (struct pim_net_event){.len = (size_t)len, .packet = mem_copy(buf, (size_t)len)};
}

/* As unicast is routed, in one step with the delays of the way. */
static void send_far(struct pim_net *n, uint32_t from, const struct ip_addr *dst,
                     const struct pim_msg *m)
{
    uint32_t link = link_of(n, dst), at = from, iface, router, metric;
    uint32_t target = (n->family == IP_V4 ? dst->b[3] : dst->b[15]) - 1u;
    struct ip_addr src = pim_net_addr(n, n->routers[from].links[0], from + 1);
    sim_time delay = 0;
    n->n_registers += m->kind == PIM_REGISTER && !m->u.reg.null;
    n->n_nulls += m->kind == PIM_REGISTER && m->u.reg.null;
    n->n_stops += m->kind == PIM_REGISTER_STOP;
    while (at != target) {
        uint32_t direct = iface_on(n, at, link);
        if (direct != PIM_NO_IFACE && !n->links[link].down) {
            delay += n->links[link].delay;
            break;
        }
        if (!next_hop(n, at, link, &iface, &router, &metric))
            return;
        delay += n->links[n->routers[at].links[iface]].delay;
        at = router;
    }
    struct pim_net_event e = packet_of(m, &src, dst);
    e.kind = EV_UNICAST;
    e.at = n->now + delay + ENCAPSULATION;
    e.router = target;
    post(n, e);
}

static void send(void *obj, uint32_t iface, const struct ip_addr *dst, const struct pim_msg *m)
{
    struct pim_net_router *r = obj;
    struct pim_net *n = r->net;
    if (iface == PIM_NO_IFACE) {
        send_far(n, r->index, dst, m);
        return;
    }
    struct pim_net_link *k = &n->links[r->links[iface]];
    count(n, r->links[iface], m);
    r->n_sent[iface] = r->sent_at[iface] == n->now ? r->n_sent[iface] + 1 : 0;
    r->sent_at[iface] = n->now;
    for (uint32_t p = 0; !k->down && p < k->n; p++) {
        if (k->routers[p] == r->index)
            continue;
        struct pim_net_event e = packet_of(m, &r->ifaces[iface].addr, dst);
        e.kind = EV_PACKET;
        e.at = n->now + k->delay + r->n_sent[iface]; /* one behind the other */
        e.router = k->routers[p];
        e.link = r->links[iface];
        post(n, e);
    }
}

static void changed(void *obj, const struct ip_addr *group, const struct ip_addr *source)
{
    struct pim_net_router *r = obj;
    (void)group;
    (void)source;
    r->n_changes++;
    r->changed_at = r->net->now;
}

/* A datagram goes onto a link; hosts and routers hear it after the delay. */
static void transmit(struct pim_net *n, uint32_t link, uint32_t from, struct pim_net_event e)
{
    if (n->links[link].down)
        return;
    e.kind = EV_DATA;
    e.at = n->now + n->links[link].delay;
    e.link = link;
    e.router = from;
    e.packet = NULL;
    post(n, e);
}

static void forward(struct pim_net_router *r, const uint64_t *oifs, struct pim_net_event e)
{
    size_t words = pim_router_words(r->router);
    for (int i = pim_set_next(oifs, words, 0); i != PIM_SET_END;
         i = pim_set_next(oifs, words, (size_t)i + 1))
        if (e.ttl > 1) {
            struct pim_net_event copy = e;
            copy.ttl--;
            transmit(r->net, r->links[i], r->index, copy);
        }
}

static void decapsulated(void *obj, const struct pim_register *reg, const uint64_t *oifs)
{
    struct pim_net_router *r = obj;
    struct ip_packet p;
    SIM_CHECK(ip_packet_parse(&p, reg->inner, reg->inner_len) == 0, "a packet in a Register");
    struct pim_net_event e = {.source = reg->source,
                              .group = reg->group,
                              .ttl = p.ttl,
                              .id = (unsigned)(p.payload[0] << 8 | p.payload[1])};
    forward(r, oifs, e);
}

uint32_t pim_net_router(struct pim_net *n)
{
    SIM_CHECK(n->n_routers < PIM_NET_ROUTERS, "%u routers", n->n_routers);
    struct pim_net_router *r = &n->routers[n->n_routers];
    *r =
        (struct pim_net_router){.net = n, .index = n->n_routers, .cfg = pim_cfg_default(n->family)};
    return n->n_routers++;
}

uint32_t pim_net_link(struct pim_net *n, sim_time delay)
{
    SIM_CHECK(n->n_links < PIM_NET_LINKS, "%u links", n->n_links);
    n->links[n->n_links] = (struct pim_net_link){.delay = delay, .cost = 1};
    return n->n_links++;
}

uint32_t pim_net_attach(struct pim_net *n, uint32_t router, uint32_t link)
{
    struct pim_net_router *r = &n->routers[router];
    struct pim_net_link *k = &n->links[link];
    SIM_CHECK(r->n_ifaces < PIM_NET_PORTS && k->n < PIM_NET_PORTS, "router %u", router);
    uint32_t i = r->n_ifaces++;
    r->links[i] = link;
    r->secondary[i] = pim_net_addr(n, link, router + 1);
    r->ifaces[i] = (struct pim_iface_cfg){.addr = r->secondary[i], .dr_priority = 1};
    if (n->family == IP_V6) {
        r->ifaces[i].addr = link_local(link, router + 1);
        r->ifaces[i].secondary = &r->secondary[i];
        r->ifaces[i].n_secondary = 1;
    }
    k->routers[k->n] = router;
    k->ifaces[k->n++] = i;
    return i;
}

uint32_t pim_net_join(struct pim_net *n, uint32_t a, uint32_t b, sim_time delay)
{
    uint32_t link = pim_net_link(n, delay);
    pim_net_attach(n, a, link);
    pim_net_attach(n, b, link);
    return link;
}

static void plan(struct pim_net *n, uint32_t router)
{
    sim_time at = pim_router_next(n->routers[router].router);
    if (at != SIM_NEVER)
        post(n, (struct pim_net_event){
                    .kind = EV_WAKE, .at = at > n->now ? at : n->now, .router = router});
}

static void plan_all(struct pim_net *n)
{
    for (uint32_t i = 0; i < n->n_routers; i++)
        plan(n, i);
}

static void open_routers(struct pim_net *n)
{
    for (uint32_t i = 0; i < n->n_routers; i++) {
        struct pim_net_router *r = &n->routers[i];
        if (r->router)
            continue;
        r->io = (struct pim_router_io){.obj = r,
                                       .route = find_route,
                                       .send = send,
                                       .changed = changed,
                                       .decapsulated = decapsulated,
                                       .key = rng_key_make(n->seed, 1, RNG_TEST),
                                       .entity = i};
        r->router = pim_router_open(&r->cfg, &r->io, r->ifaces, r->n_ifaces);
    }
}

void pim_net_set_rp(struct pim_net *n, const struct ip_addr *rp)
{
    struct ip_prefix all = {n->family == IP_V4 ? ip_addr_of("224.0.0.0") : ip_addr_of("ff00::"),
                            n->family == IP_V4 ? 4 : 8};
    open_routers(n);
    for (uint32_t i = 0; i < n->n_routers; i++)
        pim_router_set_rp(n->routers[i].router, n->now, &all, rp, 0);
}

void pim_net_start(struct pim_net *n)
{
    open_routers(n);
    for (uint32_t i = 0; i < n->n_routers; i++)
        pim_router_start(n->routers[i].router, n->now);
    plan_all(n);
}

void pim_net_poke(struct pim_net *n, uint32_t router)
{
    plan(n, router);
}

enum pim_reason pim_net_receive(struct pim_net *n, uint32_t router, const struct pim_input *in)
{
    enum pim_reason reason = pim_router_receive(n->routers[router].router, n->now, in);
    plan(n, router);
    return reason;
}

static void take_packet(struct pim_net *n, const struct pim_net_event *e)
{
    struct pim_net_router *r = &n->routers[e->router];
    struct pim_packet p;
    uint32_t iface = e->kind == EV_UNICAST ? PIM_NO_IFACE : iface_on(n, e->router, e->link);
    if (r->down || (e->kind == EV_PACKET && n->links[e->link].down))
        return;
    enum pim_reason reason = pim_packet_decode(&p, e->packet, e->len, &n->room);
    SIM_CHECK(reason == PIM_DROP_NONE, "%s", pim_reason_text(reason));
    const struct pim_input in = {.iface = iface, .src = p.ip.src, .dst = p.ip.dst, .msg = &p.msg};
    if (!ip_addr_is_multicast(&p.ip.dst) && e->kind == EV_PACKET &&
        !ip_addr_equal(&p.ip.dst, &r->ifaces[iface].addr))
        return;
    r->n_dropped[pim_router_receive(r->router, n->now, &in)]++;
    plan(n, e->router);
}

/* Has it been on the link before, and by the same router? */
static void note(struct pim_net *n, const struct pim_net_link *k, const struct pim_net_event *e)
{
    uint32_t id = e->id % PIM_NET_PACKETS;
    uint8_t(*seen)[PIM_NET_PACKETS] = n->seen[e->link];
    n->n_duplicates += seen[PIM_NET_PORTS][id]++ > 0;
    for (uint32_t p = 0; p < k->n; p++)
        if (k->routers[p] == e->router)
            n->n_repeats += seen[p][id]++ > 0;
}

static void take_data(struct pim_net *n, const struct pim_net_event *e)
{
    struct pim_net_link *k = &n->links[e->link];
    uint64_t oifs[4];
    uint8_t buf[DATA_LEN], id[2] = {(uint8_t)(e->id >> 8), (uint8_t)e->id};
    uint8_t payload[DATA_LEN] = {id[0], id[1]};
    k->n_data++;
    k->last_ttl = e->ttl;
    k->last_at = n->now;
    note(n, k, e);
    const struct ip_packet p = {.src = e->source,
                                .dst = e->group,
                                .ttl = (uint8_t)(e->ttl - 1),
                                .protocol = IP_PROTO_UDP,
                                .payload = payload,
                                .payload_len = DATA_LEN - ip_header_len(n->family, false)};
    int len = ip_packet_build(&p, buf, sizeof buf);
    for (uint32_t i = 0; i < k->n; i++) {
        struct pim_net_router *r = &n->routers[k->routers[i]];
        const struct pim_data d = {.iface = k->ifaces[i],
                                   .group = e->group,
                                   .source = e->source,
                                   .inner = buf,
                                   .inner_len = (size_t)len};
        if (r->index == e->router || r->down || e->ttl <= 1)
            continue;
        pim_router_data(r->router, n->now, &d, oifs);
        forward(r, oifs, *e);
        plan(n, r->index);
    }
}

static void happen(struct pim_net *n, struct pim_net_event *e)
{
    struct pim_net_router *r = e->kind == EV_WAKE ? &n->routers[e->router] : NULL;
    switch (e->kind) {
    case EV_WAKE:
        if (!r->down && pim_router_next(r->router) <= n->now) {
            pim_router_wake(r->router, n->now);
            SIM_CHECK(pim_router_next(r->router) > n->now, "router %u stands still", e->router);
            plan(n, e->router);
        }
        break;
    case EV_DATA:
        take_data(n, e);
        break;
    default:
        take_packet(n, e);
        break;
    }
    free(e->packet);
}

void pim_net_run(struct pim_net *n, sim_time until)
{
    while (n->n_events > 0 && n->events[0].at < until) {
        struct pim_net_event e = pop(n);
        n->now = e.at;
        happen(n, &e);
    }
    n->now = until;
}

void pim_net_filter(struct pim_net *n, uint32_t link, const struct ip_addr *group,
                    const struct ip_filter *f)
{
    const struct pim_net_link *k = &n->links[link];
    for (uint32_t i = 0; i < k->n; i++) {
        if (n->routers[k->routers[i]].down)
            continue;
        pim_router_member(n->routers[k->routers[i]].router, n->now, k->ifaces[i], group, f);
        plan(n, k->routers[i]);
    }
}

void pim_net_member(struct pim_net *n, uint32_t link, const struct ip_addr *group, bool in)
{
    const struct ip_filter f = {.exclude = in};
    pim_net_filter(n, link, group, &f);
}

void pim_net_data(struct pim_net *n, uint32_t link, const struct ip_addr *source,
                  const struct ip_addr *group, uint8_t ttl)
{
    const struct pim_net_event e = {
        .source = *source, .group = *group, .ttl = ttl, .id = n->n_sent++};
    transmit(n, link, NO_ROUTER, e);
}

void pim_net_set_link(struct pim_net *n, uint32_t link, bool up)
{
    struct pim_net_link *k = &n->links[link];
    k->down = !up;
    for (uint32_t i = 0; i < k->n; i++)
        pim_router_set_iface(n->routers[k->routers[i]].router, n->now, k->ifaces[i], up);
    for (uint32_t i = 0; i < n->n_routers; i++)
        pim_router_routes_changed(n->routers[i].router, n->now);
    plan_all(n);
}

void pim_net_kill(struct pim_net *n, uint32_t router)
{
    n->routers[router].down = true;
    for (uint32_t i = 0; i < n->n_routers; i++)
        if (!n->routers[i].down)
            pim_router_routes_changed(n->routers[i].router, n->now);
    plan_all(n);
}

void pim_net_reset(struct pim_net *n)
{
    for (uint32_t i = 0; i < n->n_links; i++) {
        struct pim_net_link *k = &n->links[i];
        memset(k->n_msgs, 0, sizeof k->n_msgs);
        memset(k->octets, 0, sizeof k->octets);
        k->n_joins = k->n_prunes = k->n_data = 0;
        k->last_ttl = 0;
    }
    n->n_registers = n->n_stops = n->n_nulls = n->n_duplicates = 0;
}

struct pim_view pim_net_view(const struct pim_net *n, uint32_t router, const struct ip_addr *group,
                             const struct ip_addr *source)
{
    struct pim_view v;
    SIM_CHECK(pim_router_view(n->routers[router].router, group, source, &v), "router %u has no %s",
              router, source ? "(S,G)" : "(*,G)");
    return v;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    return (h ^ v) * UINT64_C(1099511628211);
}

static uint64_t mix_view(uint64_t h, const struct pim_view *v)
{
    h = mix(h, v->iif);
    h = mix(h, v->oifs[0]);
    h = mix(h, (uint64_t)(v->joined | v->spt << 1 | v->registers << 2 | v->pruned << 3));
    for (size_t i = 0; i < sizeof v->upstream.b; i++)
        h = mix(h, v->upstream.b[i]);
    return h;
}

uint64_t pim_net_digest(const struct pim_net *n, const struct ip_addr *group,
                        const struct ip_addr *source)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (uint32_t i = 0; i < n->n_routers; i++) {
        struct pim_view v;
        h = mix(h, i);
        if (pim_router_view(n->routers[i].router, group, NULL, &v))
            h = mix_view(h, &v);
        if (pim_router_view(n->routers[i].router, group, source, &v))
            h = mix_view(h, &v);
        h = mix(h, (uint64_t)n->routers[i].changed_at);
    }
    for (uint32_t i = 0; i < n->n_links; i++) {
        h = mix(h, n->links[i].n_data);
        for (size_t k = 0; k < PIM_N_KINDS; k++)
            h = mix(h, n->links[i].octets[k]);
    }
    return h;
}
