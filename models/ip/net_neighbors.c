/* SPDX-License-Identifier: GPL-2.0-only
 * Ethernet addresses of neighbours in a network at packet fidelity. A next hop is named by the
 * Ethernet address that the topology gives it (ns3_net_address). Where its real one is to be asked
 * for, because it is an external node or everybody asks, the parcel goes through the interface's
 * neighbour cache instead of onto the link. */
#include <stdlib.h>
#include <string.h>

#include "models/ip/neighbor.h"
#include "models/ip/net_internal.h"
#include "sim/mem.h"

enum {
    V4_TTL_AT = 8,
    V4_PROTOCOL_AT = 9,
    V4_SRC_AT = 12,
    V4_DST_AT = 16,
    V6_NEXT_AT = 6,
    V6_HOPS_AT = 7,
    V6_SRC_AT = 8,
    V6_DST_AT = 24,
};

/* One interface that asks and answers. */
struct asker {
    struct net_neighbors *all;
    uint32_t node, iface;
    struct ip_neighbors cache;
    struct ip_neighbor_io io;
    sim_time wake_at; /* SIM_NEVER: no event is waiting */
};

struct net_neighbors {
    struct ip_net *net;
    struct asker **of; /* each place of the graph's lists; NULL: does not ask */
    evq_kind wake;
};

static struct asker *asker_of(const struct ip_net *net, uint32_t node, uint32_t iface)
{
    const struct net_neighbors *a = net->neighbors;
    return a ? a->of[net->s.plan->graph.first_of[node] + iface] : NULL;
}

static void rearm(struct asker *k)
{
    sim_time next = ip_neighbors_next(&k->cache);
    if (next >= k->wake_at)
        return;
    k->wake_at = next;
    evq_push(k->all->net->s.q, next, k->all->wake, k, 0);
}

static void on_wake(void *obj, uint32_t zero)
{
    struct asker *k = obj;
    sim_time now = evq_now(k->all->net->s.q);
    (void)zero;
    if (now != k->wake_at)
        return;
    k->wake_at = SIM_NEVER;
    ip_neighbors_wake(&k->cache, now);
    rearm(k);
}

static void put(const struct asker *k, const uint8_t dst[6], uint16_t type,
                const struct ip_parcel *p)
{
    struct net_frame f = {.node = k->node, .iface = k->iface, .type = type, .parcel = p};
    memcpy(f.dst, dst, 6);
    net_put(k->all->net, &f);
}

/* Octets as they are: nobody here looks inside, and rooms for messages are in use. */
static struct ip_parcel whole_packet(const uint8_t *packet, size_t len)
{
    bool v6 = packet[0] >> 4 == 6;
    uint8_t family = v6 ? IP_V6 : IP_V4;
    return (struct ip_parcel){.kind = IP_PARCEL_OTHER,
                              .protocol = packet[v6 ? V6_NEXT_AT : V4_PROTOCOL_AT],
                              .ttl = packet[v6 ? V6_HOPS_AT : V4_TTL_AT],
                              .fault = GMP_DROP_PROTOCOL,
                              .src = ip_addr_make(family, packet + (v6 ? V6_SRC_AT : V4_SRC_AT)),
                              .dst = ip_addr_make(family, packet + (v6 ? V6_DST_AT : V4_DST_AT)),
                              .packet = packet,
                              .len = len,
                              .header_len = ip_header_len(family, false)};
}

static void on_message(void *obj, const struct ip_neighbor_msg *m, const uint8_t dst[6])
{
    uint8_t buf[IP_NEIGHBOR_MAX];
    int len = ip_neighbor_encode(m, dst, buf, sizeof buf);
    SIM_CHECK(len > 0, "message about neighbours: %s", sim_strerror(len));
    struct ip_parcel p = {.kind = IP_PARCEL_UNREADABLE, .packet = buf, .len = (size_t)len};
    if (m->family == IP_V6)
        p = whole_packet(buf, (size_t)len);
    put(obj, dst, m->family == IP_V6 ? IP_ETHER_V6 : IP_ETHER_ARP, &p);
}

static void on_pass(void *obj, const uint8_t dst[6], const uint8_t *packet, size_t len)
{
    struct ip_parcel p = whole_packet(packet, len);
    put(obj, dst, net_type(&p), &p);
}

/* Whose address is it, of those that ns3_net_address makes? */
static struct ip_end owner_of(const uint8_t mac[6])
{
    return (struct ip_end){(uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 8 | mac[4], mac[5]};
}

/* The address on the link of who gets it. */
static struct ip_addr next_address(const struct ip_plan *plan, struct ip_end next,
                                   const struct ip_addr *dst)
{
    const struct ip_iface *a = &plan->ifaces[plan->graph.first_of[next.node] + next.iface].addr;
    if (ip_addr_is_link_local(dst))
        return *dst;
    return dst->family == IP_V4 ? a->v4 : a->v6.family ? a->v6 : a->v6_link;
}

bool net_neighbors_send(struct ip_net *net, uint32_t node, uint32_t iface, const uint8_t dst[6],
                        const struct ip_parcel *p)
{
    uint8_t buf[IP_PARCEL_MTU];
    const struct ip_plan *plan = net->s.plan;
    struct asker *k = asker_of(net, node, iface);
    if (!k || dst[0] & 1)
        return false;
    struct ip_end next = owner_of(dst);
    if (plan->cfg->neighbor_discovery == IP_NEIGHBORS_KNOWN &&
        !ip_plan_is_external(plan, next.node))
        return false;
    int len = ip_parcel_write(p, buf, sizeof buf);
    SIM_CHECK(len >= 0, "a parcel of kind %d: %s", p->kind, sim_strerror(len));
    struct ip_addr to = next_address(plan, next, &p->dst);
    ip_neighbors_send(&k->cache, evq_now(net->s.q), &to, buf, (size_t)len);
    rearm(k);
    return true;
}

bool net_neighbors_frame(struct ip_net *net, const struct net_frame *f)
{
    struct asker *k = asker_of(net, f->node, f->iface);
    const struct ip_parcel *p = f->parcel;
    struct ip_neighbor_msg m;
    struct ip_packet ip;
    enum ip_neighbor_reason reason;
    if (f->type == IP_ETHER_ARP) {
        reason = ip_neighbor_decode_arp(p->packet, p->len, &m);
    } else {
        if (p->kind != IP_PARCEL_OTHER || p->protocol != IP_PROTO_ICMPV6 || !p->packet ||
            ip_packet_parse(&ip, p->packet, p->len) || !ip_neighbor_is_nd(&ip))
            return false;
        reason = ip_neighbor_decode_nd(&ip, &m);
    }
    const uint8_t *own = net->s.plan->ifaces[net->s.plan->graph.first_of[f->node] + f->iface].mac;
    if (!k || (!(f->dst[0] & 1) && memcmp(f->dst, own, 6) != 0))
        return true; /* on a link where nobody needs to ask, or for somebody else */
    ip_neighbors_receive(&k->cache, evq_now(net->s.q), reason, &m);
    rearm(k);
    return true;
}

static void open_asker(struct net_neighbors *a, uint32_t node, uint32_t iface)
{
    const struct ip_plan *p = a->net->s.plan;
    uint32_t place = p->graph.first_of[node] + iface;
    struct ip_neighbor_cfg cfg = ip_neighbor_cfg_default();
    struct asker *k = mem_alloc(1, sizeof *k);
    *k = (struct asker){.all = a, .node = node, .iface = iface, .wake_at = SIM_NEVER};
    k->io = (struct ip_neighbor_io){.obj = k, .send = on_message, .pass = on_pass};
    ip_neighbors_init(&k->cache, &cfg, &k->io, &p->ifaces[place].addr, p->ifaces[place].mac,
                      p->layer[node] == IP_LAYER_ROUTE);
    a->of[place] = k;
}

/* Segments on which somebody asks. */
static bool *asking_segments(const struct ip_plan *p)
{
    bool *asks = mem_alloc(ip_topology_n_segments(p->topology), sizeof *asks);
    for (uint32_t l = 0; l < p->graph.n_links; l++)
        if (p->cfg->neighbor_discovery == IP_NEIGHBORS_RESOLVE &&
            ip_plan_links_of(p, l)->medium->kind == IP_LINK_CSMA)
            asks[ip_topology_segment(p->topology, l)] = true;
    for (uint32_t i = 0; i < p->n_taps; i++) {
        uint32_t link = ip_graph_link_of(&p->graph, p->taps[i].node, p->taps[i].iface);
        asks[ip_topology_segment(p->topology, link)] = true;
    }
    return asks;
}

void net_neighbors_open(struct ip_net *net)
{
    const struct ip_plan *p = net->s.plan;
    if (p->n_taps == 0 && p->cfg->neighbor_discovery == IP_NEIGHBORS_KNOWN)
        return;
    struct net_neighbors *a = mem_alloc(1, sizeof *a);
    *a = (struct net_neighbors){.net = net};
    a->of = mem_alloc(p->graph.n_ends, sizeof(struct asker *));
    a->wake = evq_kind_add(net->s.q, on_wake, "ip neighbors");
    net->neighbors = a;
    bool *asks = asking_segments(p);
    for (uint32_t l = 0; l < p->graph.n_links; l++)
        for (uint32_t k = p->graph.link[l].first; k < p->graph.link[l].first + p->graph.link[l].n;
             k++)
            if (asks[ip_topology_segment(p->topology, l)] && net->nodes[p->graph.end[k].node])
                open_asker(a, p->graph.end[k].node, p->graph.end[k].iface);
    free(asks);
}

void net_neighbors_close(struct ip_net *net)
{
    struct net_neighbors *a = net->neighbors;
    if (!a)
        return;
    for (uint32_t i = 0; i < net->s.plan->graph.n_ends; i++)
        if (a->of[i]) {
            ip_neighbors_fini(&a->of[i]->cache);
            free(a->of[i]);
        }
    free(a->of);
    free(a);
}

void net_neighbors_rows(struct ip_net *net, uint32_t node, uint32_t iface)
{
    const struct asker *k = asker_of(net, node, iface);
    if (!k)
        return;
    for (int i = IP_NEIGHBOR_NONE + 1; i < N_IP_NEIGHBOR_REASONS; i++)
        if (i != IP_NEIGHBOR_OTHER_TARGET) /* no fault of anybody */
            net_row_drop(net, node, iface + 1, "neighbor",
                         ip_neighbor_reason_text((enum ip_neighbor_reason)i),
                         k->cache.n_reasons[i]);
    net_row_drop(net, node, iface + 1, "neighbor", "packet whose next hop did not answer",
                 k->cache.n_unreachable);
    net_row_drop(net, node, iface + 1, "neighbor", "packet for whose next hop too many waited",
                 k->cache.n_driven_out);
}
