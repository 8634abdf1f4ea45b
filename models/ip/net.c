/* SPDX-License-Identifier: GPL-2.0-only
 * Nodes and switches put together on links: what each sends is counted and given to the carrier,
 * and what a carrier brings comes to them, if it is not lost. */
#include <stdlib.h>
#include <string.h>

#include "models/ip/mroute_members.h"
#include "models/ip/mroute_pim.h"
#include "models/ip/mroute_proxy.h"
#include "models/ip/net_internal.h"
#include "sim/mem.h"
#include "sim/ns3/ns3_net.h"

static const struct ip_graph *graph_of(const struct ip_net *net)
{
    return &net->s.plan->graph;
}

/* Router solicitations to redirects: RFC 4861. */
static enum ip_traffic icmpv6_traffic(const struct ip_parcel *p)
{
    if (p->kind == IP_PARCEL_GMP)
        return IP_TRAFFIC_MLD;
    bool nd = p->packet && p->len > p->header_len && p->packet[p->header_len] >= 133 &&
              p->packet[p->header_len] <= 137;
    return nd ? IP_TRAFFIC_ND : IP_TRAFFIC_OTHER;
}

/* What a frame carries, for counting. */
static enum ip_traffic traffic_of(const struct net_frame *f)
{
    const struct ip_parcel *p = f->parcel;
    bool v6 = p->dst.family == IP_V6;
    if (f->type == IP_ETHER_ARP)
        return IP_TRAFFIC_ARP;
    switch (p->protocol) {
    case IP_PROTO_IGMP:
        return v6 ? IP_TRAFFIC_OTHER : IP_TRAFFIC_IGMP;
    case IP_PROTO_ICMPV6:
        return v6 ? icmpv6_traffic(p) : IP_TRAFFIC_OTHER;
    case IP_PROTO_PIM:
        return IP_TRAFFIC_PIM;
    case IP_PROTO_UDP:
        return ip_addr_is_multicast(&p->dst) ? IP_TRAFFIC_DATA : IP_TRAFFIC_UNICAST;
    default:
        return IP_TRAFFIC_OTHER;
    }
}

static uint32_t link_of(const struct ip_net *net, uint32_t node, uint32_t iface)
{
    return ip_graph_link_of(graph_of(net), node, iface);
}

bool net_is_down(const struct ip_net *net, uint32_t link)
{
    const struct net_link *l = &net->links[link];
    sim_time now = evq_now(net->s.q);
    for (uint32_t i = 0; i < l->n_faults; i++)
        if (l->faults[i].from <= now && now < l->faults[i].to)
            return true;
    return false;
}

/* Shown as octets, which are made for that where there are none. */
static void capture(const struct ip_net *net, const struct net_frame *f, bool out)
{
    uint8_t buf[IP_PARCEL_MTU];
    int len = ip_parcel_write(f->parcel, buf, sizeof buf);
    SIM_CHECK(len >= 0, "a parcel of kind %d: %s", f->parcel->kind, sim_strerror(len));
    struct trace_packet p = {.node = net->ids[f->node],
                             .link = net->links[f->link].id,
                             .iface = f->iface + 1,
                             .out = out,
                             .at_ns = evq_now(net->s.q),
                             .type = f->type,
                             .bytes = buf,
                             .len = (size_t)len};
    memcpy(p.src, f->src, 6);
    memcpy(p.dst, f->dst, 6);
    trace_packet(net->s.trace, &p);
}

static struct net_lost *lost_on(struct net_link *l, const struct net_frame *f)
{
    if (!l->lost)
        l->lost = mem_alloc(N_IP_TRAFFIC, sizeof *l->lost);
    return &l->lost[traffic_of(f)];
}

void net_put(struct ip_net *net, struct net_frame *f)
{
    f->link = link_of(net, f->node, f->iface);
    struct net_link *l = &net->links[f->link];
    struct net_count *c = &l->count[traffic_of(f)];
    if (!f->bridged)
        ns3_net_address((int)f->node, (int)f->iface, f->src);
    c->n_packets++;
    c->n_bytes += ip_parcel_size(f->parcel);
    if (net_is_down(net, f->link)) {
        lost_on(l, f)->n_down++;
        return;
    }
    if (net->s.trace->packets && (net->capture[f->node] || l->capture))
        capture(net, f, true);
    if (net->carrier->send(net, f) == SIM_ENOSPC)
        lost_on(l, f)->n_queue++;
}

static void on_send(void *ctx, uint32_t number, uint32_t iface, const uint8_t dst[6],
                    const struct ip_parcel *p)
{
    struct net_frame f = {.node = number, .iface = iface - 1, .type = net_type(p), .parcel = p};
    if (net_neighbors_send(ctx, number, iface - 1, dst, p))
        return;
    memcpy(f.dst, dst, 6);
    net_put(ctx, &f);
}

static bool on_next_hop(void *ctx, uint32_t number, const struct ip_addr *dst,
                        struct ip_next_hop *hop)
{
    struct ip_net *net = ctx;
    struct ip_step s;
    if (!ip_topology_step(net->s.plan->topology, number, dst, &s))
        return false;
    const struct ip_plan *p = net->s.plan;
    const struct ip_iface *a = &p->ifaces[p->graph.first_of[s.next.node] + s.next.iface].addr;
    *hop = (struct ip_next_hop){.iface = s.iface + 1,
                                .addr = dst->family == IP_V4           ? a->v4
                                        : a->v6_link.family != IP_NONE ? a->v6_link
                                                                       : a->v6,
                                .connected = s.connected,
                                .distance = s.distance};
    ns3_net_address((int)s.next.node, (int)s.next.iface, hop->mac);
    return true;
}

static void on_deliver(void *ctx, uint32_t number, struct ip_socket *k, const struct ip_datagram *d,
                       const struct ip_udp *u)
{
    struct ip_net *net = ctx;
    if (!net->deliver || !net->deliver(net->deliver_ctx, number, k, d, u))
        ip_cast_deliver(net->cast, number, k, d, u);
}

static void on_unwanted(void *ctx, uint32_t number, uint32_t iface, const struct ip_addr *src,
                        const struct ip_addr *group)
{
    struct ip_net *net = ctx;
    ip_cast_unwanted(net->cast, number, iface, src, group);
}

static void on_wanted(void *ctx, uint32_t number, uint32_t iface, const struct ip_addr *group,
                      const struct ip_filter *f)
{
    net_row_membership(ctx, number, iface, IP_SIDE_HOST, group, f);
}

static void on_members(void *ctx, uint32_t number, uint32_t iface, const struct ip_addr *group,
                       const struct ip_filter *f)
{
    net_row_membership(ctx, number, iface, IP_SIDE_ROUTER, group, f);
}

static void on_entry(void *ctx, uint32_t number, const struct ip_mfc_entry *e)
{
    net_row_entry(ctx, number, e, false);
}

static void on_entry_gone(void *ctx, uint32_t number, const struct ip_mfc_entry *e)
{
    net_row_entry(ctx, number, e, true);
}

/* A frame as a switch sees it. */
static struct ip_frame switch_frame(const struct net_frame *f)
{
    const struct ip_parcel *p = f->parcel;
    struct ip_frame out = {.port = f->iface, .reason = GMP_DROP_PROTOCOL};
    memcpy(out.src_mac, f->src, 6);
    memcpy(out.dst_mac, f->dst, 6);
    if (p->kind == IP_PARCEL_UNREADABLE)
        return out;
    out.is_ip = true;
    out.src = p->src;
    out.dst = p->dst;
    if (p->kind == IP_PARCEL_GMP || p->kind == IP_PARCEL_OTHER)
        out.reason = (enum gmp_reason)p->fault;
    if (p->kind == IP_PARCEL_GMP)
        out.m = p->u.gmp;
    out.router_hello = p->kind == IP_PARCEL_PIM && p->u.pim && p->u.pim->kind == PIM_HELLO;
    return out;
}

/* Send a frame from each of these interfaces of its node. */
static void send_ports(struct ip_net *net, struct net_frame f, ip_ports ports)
{
    for (f.iface = 0; f.iface < graph_of(net)->n_ifaces[f.node]; f.iface++)
        if (ports >> f.iface & 1)
            net_put(net, &f);
}

static void pass_on(struct ip_net *net, const struct net_frame *f)
{
    struct ip_frame frame = switch_frame(f);
    ip_ports ports = ip_switch_forward(net->switches[f->node], evq_now(net->s.q), &frame);
    struct net_frame out = *f;
    out.bridged = true;
    send_ports(net, out, ports);
}

/* Is it lost on the way to this interface? Drawn by interface and how many before. */
static bool is_lost(struct ip_net *net, const struct net_frame *f)
{
    struct net_link *l = &net->links[f->link];
    uint32_t place = graph_of(net)->first_of[f->node] + f->iface;
    if (net_is_down(net, f->link)) {
        lost_on(l, f)->n_cut++;
        return true;
    }
    if (l->loss <= 0)
        return false;
    uint64_t entity = (uint64_t)net->ids[f->node] << 8 | f->iface;
    bool lost = rng_draw_uniform(net->loss_key, entity, net->n_draws[place]++) < l->loss;
    if (lost)
        lost_on(l, f)->n_lost++;
    return lost;
}

void net_arrive(struct ip_net *net, const struct net_frame *f)
{
    if (is_lost(net, f))
        return;
    if (net->s.trace->packets && net->capture[f->node])
        capture(net, f, false);
    if (net->switches[f->node])
        pass_on(net, f);
    else if (!net->nodes[f->node])
        net_tap_out(net, f);
    else if (!net_neighbors_frame(net, f))
        ip_node_receive(net->nodes[f->node], f->iface + 1, f->dst, f->parcel);
}

/* General queries of a switch that has no address, where stations may have moved. */
static void ask(struct ip_net *net, uint32_t node, ip_ports ports)
{
    for (int i = 0; ports && i < 2; i++) {
        const struct gmp_cfg *c = &net->gmp[i];
        struct gmp_msg m = {.kind = GMP_QUERY,
                            .family = c->family,
                            .version = c->version,
                            .qrv = c->robustness,
                            .max_resp = c->query_response,
                            .qqi = c->query_interval,
                            .group = ip_addr_any(c->family)};
        struct ip_addr src = ip_addr_any(c->family);
        struct ip_parcel p = ip_parcel_gmp(&m, &src);
        if (!ip_plan_speaks(net->s.plan, c->family))
            continue;
        struct net_frame f = {.node = node, .type = net_type(&p), .parcel = &p};
        ip_group_mac(&p.dst, f.dst);
        send_ports(net, f, ports);
    }
}

/* A fault begins or ends: several of one link may meet in an instant. */
static void on_fault(void *obj, uint32_t link)
{
    struct ip_net *net = obj;
    const struct ip_edge *l = &graph_of(net)->link[link];
    sim_time now = evq_now(net->s.q);
    bool down = net_is_down(net, link);
    if (net->links[link].down == down)
        return;
    net->links[link].down = down;
    net_row_state(net, link, !down);
    for (uint32_t k = l->first; down && k < l->first + l->n; k++) {
        struct ip_end end = graph_of(net)->end[k];
        if (net->switches[end.node])
            ask(net, end.node, ip_switch_port_down(net->switches[end.node], now, end.iface));
    }
    evq_push(net->s.q, now + net->s.plan->cfg->convergence_ns, net->converge, net, link);
}

/* Routes learn what the link is now. */
static void on_converge(void *obj, uint32_t link)
{
    struct ip_net *net = obj;
    ip_topology_set_link(net->s.plan->topology, link, !net_is_down(net, link));
    for (uint32_t i = 0; i < graph_of(net)->n_nodes; i++)
        if (net->nodes[i])
            ip_node_routes_changed(net->nodes[i]);
}

static void open_switch(struct ip_net *net, uint32_t node)
{
    const struct ip_plan_group *g = ip_plan_group_of(net->s.plan, node);
    enum ip_switch_kind kind = g->kind == IP_KIND_HUB      ? IP_SWITCH_HUB
                               : g->kind == IP_KIND_SWITCH ? IP_SWITCH_PLAIN
                                                           : IP_SWITCH_SNOOP;
    struct ip_switch_cfg c = ip_switch_cfg_default(kind, graph_of(net)->n_ifaces[node]);
    c.v4 = net->gmp[0];
    c.v6 = net->gmp[1];
    c.v4.fast_leave = c.v6.fast_leave = g->snooping->fast_leave;
    c.by_mac = g->snooping->by_mac;
    c.flood_unknown = g->snooping->flood_unknown;
    c.flood_without_querier = g->snooping->flood_without_querier;
    net->switches[node] = mem_alloc(1, sizeof **net->switches);
    int rc = c.n_ports ? ip_switch_init(net->switches[node], &c) : SIM_OK;
    SIM_CHECK(rc == SIM_OK, "a switch of %d ports", c.n_ports);
}

static void route_by_pim(struct ip_net *net, uint32_t node)
{
    const struct ip_plan *p = net->s.plan;
    const struct ip_plan_group *g = ip_plan_group_of(p, node);
    struct ip_mroute_pim_cfg c = {.rps = p->pim.rps,
                                  .n_rps = p->pim.n_rps,
                                  .dr_priority = g->nodes ? (uint32_t)g->nodes->dr_priority : 1,
                                  .preference = (uint32_t)p->cfg->pim.preference,
                                  .key = rng_key_make(p->seed, p->run, RNG_IP_PIM),
                                  .entity = (uint64_t)net->ids[node]};
    ip_plan_pim_cfg(p, node, c.pim);
    ip_mroute_pim(net->nodes[node], &c);
}

static void open_node(struct ip_net *net, uint32_t node)
{
    const struct ip_plan *p = net->s.plan;
    const struct ip_plan_group *g = ip_plan_group_of(p, node);
    struct ip_node_cfg c = {.env = &net->env,
                            .number = node,
                            .entity = (uint64_t)net->ids[node],
                            .forwards = p->layer[node] == IP_LAYER_ROUTE,
                            .ifaces = &p->ifaces[p->graph.first_of[node]],
                            .n_ifaces = p->graph.n_ifaces[node]};
    net->nodes[node] = ip_node_open(&c);
    if (g->kind == IP_KIND_ROUTER && g->routing == IP_ROUTING_MEMBERS)
        ip_mroute_members(net->nodes[node]);
    if (ip_plan_is_pim(p, node))
        route_by_pim(net, node);
    if (g->kind != IP_KIND_PROXY)
        return;
    struct ip_mroute_proxy_cfg proxy = {.upstream = p->upstream[node],
                                        .gmp = {net->env.gmp[0], net->env.gmp[1]},
                                        .room = &net->room,
                                        .key = net->env.key,
                                        .entity = (uint64_t)net->ids[node]};
    int rc = ip_mroute_proxy(net->nodes[node], &proxy);
    SIM_CHECK(rc == SIM_OK, "proxy %s", p->node_name[node]);
}

static int by_link(const void *a, const void *b)
{
    const struct ip_plan_fault *x = a, *y = b;
    return x->link < y->link ? -1 : x->link > y->link;
}

static void give_faults(struct ip_net *net)
{
    const struct ip_plan *p = net->s.plan;
    net->faults = mem_alloc(p->n_faults, sizeof *net->faults);
    for (uint32_t i = 0; i < p->n_faults; i++)
        net->faults[i] = p->faults[i];
    if (p->n_faults > 0)
        qsort(net->faults, p->n_faults, sizeof *net->faults, by_link);
    for (uint32_t i = 0; i < p->n_faults; i++) {
        struct net_link *l = &net->links[net->faults[i].link];
        l->faults = l->n_faults++ ? l->faults : &net->faults[i];
    }
}

static void open_links(struct ip_net *net)
{
    const struct ip_plan *p = net->s.plan;
    net->links = mem_alloc(p->graph.n_links, sizeof *net->links);
    for (uint32_t i = 0; i < p->graph.n_links; i++) {
        const struct ip_plan_group *g = ip_plan_links_of(p, i);
        net->links[i] = (struct net_link){
            .id = ip_plan_link_id(p, i), .loss = g->medium->loss, .capture = g->capture};
    }
    give_faults(net);
}

static void open_env(struct ip_net *net)
{
    const struct ip_plan *p = net->s.plan;
    net->env = (struct ip_node_env){
        .gmp = {ip_plan_speaks(p, IP_V4) ? &net->gmp[0] : NULL,
                ip_plan_speaks(p, IP_V6) ? &net->gmp[1] : NULL},
        .entry_life = p->cfg->entry_life_ns == SCN_WORD ? 0 : p->cfg->entry_life_ns,
        .solicited_node = p->cfg->gmp.solicited_node,
        .room = &net->room,
        .key = rng_key_make(p->seed, p->run, RNG_IP_REPORT),
        .q = net->s.q,
        .wake_kind = ip_node_wake_kind(net->s.q),
        .ops = &net->ops};
}

int ip_net_open(struct ip_net **out, const struct ip_net_setup *s, struct sim_error *e)
{
    struct ip_net *net = mem_alloc(1, sizeof *net);
    uint32_t n = s->plan->graph.n_nodes;
    ip_plan_draw_faults(s->plan, s->duration);
    *net = (struct ip_net){.s = *s,
                           .carrier = s->plan->cfg->fidelity == IP_TREE ? &net_tree_carrier
                                                                        : &net_packet_carrier};
    net->nodes = mem_alloc(n, sizeof(struct ip_node *));
    net->switches = mem_alloc(n, sizeof(struct ip_switch *));
    net->ids = mem_alloc(n, sizeof *net->ids);
    net->capture = mem_alloc(n, sizeof *net->capture);
    open_links(net);
    net->n_draws = mem_alloc(s->plan->graph.n_ends, sizeof *net->n_draws);
    net->loss_key = rng_key_make(s->plan->seed, s->plan->run, RNG_IP_LOSS);
    net->gmp[0] = ip_cfg_gmp(&s->plan->cfg->gmp, IP_V4);
    net->gmp[1] = ip_cfg_gmp(&s->plan->cfg->gmp, IP_V6);
    net->gmp[0].mtu = net->gmp[1].mtu = ip_plan_least_mtu(s->plan);
    net->ops = (struct ip_node_ops){.ctx = net,
                                    .send = on_send,
                                    .next_hop = on_next_hop,
                                    .deliver = on_deliver,
                                    .wanted = on_wanted,
                                    .members = on_members,
                                    .unwanted = on_unwanted,
                                    .entry = on_entry,
                                    .entry_gone = on_entry_gone};
    gmp_room_init(&net->room);
    *out = net;
    int rc = net->carrier->open(net, e);
    if (rc) {
        ip_net_close(net);
        *out = NULL;
        return rc;
    }
    open_env(net);
    net->fault = evq_kind_add(s->q, on_fault, "ip fault");
    net->converge = evq_kind_add(s->q, on_converge, "ip routes");
    for (uint32_t i = 0; i < n; i++) {
        net->ids[i] = ip_plan_node_id(s->plan, i);
        net->capture[i] = ip_plan_group_of(s->plan, i)->capture;
        if (s->plan->layer[i] == IP_LAYER_FRAME)
            open_switch(net, i);
        else if (!ip_plan_is_external(s->plan, i))
            open_node(net, i);
    }
    net_taps_open(net);
    net_neighbors_open(net);
    struct ip_cast_setup c = {.q = s->q,
                              .trace = s->trace,
                              .plan = s->plan,
                              .nodes = net->nodes,
                              .duration = s->duration};
    net->cast = ip_cast_open(&c);
    net_rows_begin(net);
    return SIM_OK;
}

void ip_net_close(struct ip_net *net)
{
    if (!net)
        return;
    ip_cast_close(net->cast);
    for (uint32_t i = 0; i < graph_of(net)->n_nodes; i++) {
        ip_node_close(net->nodes[i]);
        if (net->switches[i])
            ip_switch_fini(net->switches[i]);
        free(net->switches[i]);
    }
    net_neighbors_close(net);
    net->carrier->close(net);
    gmp_room_fini(&net->room);
    free(net->nodes);
    free(net->switches);
    free(net->ids);
    free(net->capture);
    for (uint32_t i = 0; i < graph_of(net)->n_links; i++)
        free(net->links[i].lost);
    free(net->links);
    free(net->faults);
    free(net->n_draws);
    free(net->tap_of);
    free(net->text);
    free(net);
}

struct ip_node *ip_net_node(const struct ip_net *net, uint32_t node)
{
    return net->nodes[node];
}

void ip_net_set_deliver(struct ip_net *net, ip_net_deliver_fn *deliver, void *ctx)
{
    net->deliver = deliver;
    net->deliver_ctx = ctx;
}

void ip_net_start(struct ip_net *net)
{
    const struct ip_plan *p = net->s.plan;
    for (uint32_t i = 0; i < p->n_faults; i++) {
        const struct ip_plan_fault *f = &p->faults[i];
        if (f->from < net->s.duration)
            evq_push(net->s.q, f->from, net->fault, net, f->link);
        if (f->to < net->s.duration)
            evq_push(net->s.q, f->to, net->fault, net, f->link);
    }
    for (uint32_t i = 0; i < graph_of(net)->n_nodes; i++)
        if (net->nodes[i])
            ip_node_start(net->nodes[i]);
    ip_cast_start(net->cast);
}

int ip_net_run(struct ip_net *net, sim_time end, struct sim_error *e)
{
    return net->carrier->run(net, end, e);
}

uint64_t ip_net_n_events(const struct ip_net *net)
{
    return net->carrier->n_events(net);
}

unsigned ip_net_finish(struct ip_net *net)
{
    unsigned bad = ip_cast_finish(net->cast);
    net_rows_end(net);
    return bad;
}
