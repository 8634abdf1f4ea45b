/* SPDX-License-Identifier: GPL-2.0-only
 * The carrier of packet fidelity: parcels as octets over links of ns-3. Node numbers and interfaces
 * are the same in the plan's graph and in ns-3. */
#include <stdlib.h>
#include <string.h>

#include "models/ip/net_internal.h"
#include "sim/mem.h"
#include "sim/ns3/ns3_net.h"

struct guest {
    struct ns3_net *ns3;
    struct sim_error error; /* the first of ns-3 */
    struct gmp_room gmp;
    struct pim_room pim;
    struct ip_parcel_room room; /* what frames are read into */
};

/* What is counted beforehand is what goes out. */
static int send_octets(struct ip_net *net, const struct net_frame *frame)
{
    struct guest *g = net->carried;
    uint8_t buf[IP_PARCEL_MTU];
    int len = ip_parcel_write(frame->parcel, buf, sizeof buf);
    SIM_CHECK(len >= 0, "a parcel of kind %d: %s", frame->parcel->kind, sim_strerror(len));
    SIM_CHECK((size_t)len == ip_parcel_size(frame->parcel), "a parcel of kind %d: %d octets",
              frame->parcel->kind, len);
    struct ns3_frame f = {.node = (int)frame->node,
                          .iface = (int)frame->iface,
                          .type = frame->type,
                          .bytes = buf,
                          .len = (size_t)len};
    memcpy(f.dst, frame->dst, 6);
    if (frame->bridged)
        memcpy(f.src, frame->src, 6);
    struct sim_error e;
    int rc = ns3_net_send(g->ns3, &f, &e);
    if (!rc || rc == SIM_ENOSPC)
        return rc;
    if (!g->error.code)
        g->error = e;
    evq_stop(net->s.q);
    return rc;
}

static void on_frame(void *ctx, const struct ns3_frame *f)
{
    struct ip_net *net = ctx;
    struct guest *g = net->carried;
    struct ip_parcel p;
    struct net_frame frame = {.node = (uint32_t)f->node, .iface = (uint32_t)f->iface, .parcel = &p};
    frame.link = ip_graph_link_of(&net->s.plan->graph, frame.node, frame.iface);
    memcpy(frame.src, f->src, 6);
    memcpy(frame.dst, f->dst, 6);
    frame.type = f->type;
    size_t len = f->type == IP_ETHER_ARP && f->len > IP_ARP_LEN ? IP_ARP_LEN : f->len; /* padding */
    ip_parcel_read(&p, f->bytes, len, &g->room);
    net_arrive(net, &frame);
}

/* A link of ns-3; its back-offs are drawn from a stream of its own. */
static int open_link(const struct ip_net *net, uint32_t link, struct sim_error *e)
{
    const struct ip_plan *p = net->s.plan;
    const struct ip_edge *l = &p->graph.link[link];
    const struct ip_plan_group *g = ip_plan_links_of(p, link);
    struct rng_key key = rng_key_make(p->seed, p->run, RNG_NS3);
    int *nodes = mem_alloc(l->n, sizeof *nodes), *ifaces = mem_alloc(l->n, sizeof *ifaces);
    uint32_t word[4];
    rng_draw(key, (uint64_t)net->links[link].id, 0, word);
    for (uint32_t i = 0; i < l->n; i++)
        nodes[i] = (int)p->graph.end[l->first + i].node;
    struct ns3_link_spec spec = {.kind = g->medium->kind == IP_LINK_CSMA ? NS3_CSMA
                                                                         : NS3_POINT_TO_POINT,
                                 .nodes = nodes,
                                 .n_nodes = l->n,
                                 .bits_per_s = (uint64_t)ip_plan_rate_bps(p, link),
                                 .delay_ns = ip_plan_delay_ns(p, link),
                                 .stream = (uint64_t)word[0] << 32 | word[1]};
    const struct guest *g3 = net->carried;
    int rc = ns3_net_link(g3->ns3, &spec, ifaces, e);
    for (uint32_t i = 0; !rc && i < l->n; i++)
        SIM_CHECK((uint32_t)ifaces[i] == p->graph.end[l->first + i].iface, "link %u", link);
    free(nodes);
    free(ifaces);
    return rc;
}

static int on_open(struct ip_net *net, struct sim_error *e)
{
    const struct ip_graph *graph = &net->s.plan->graph;
    struct guest *g = mem_alloc(1, sizeof *g);
    struct ns3_net_ops ops = {.ctx = net, .frame = on_frame};
    *g = (struct guest){.room = {.gmp = &g->gmp, .pim = &g->pim}};
    gmp_room_init(&g->gmp);
    pim_room_init(&g->pim);
    net->carried = g;
    int number, rc = net->s.ns3_simulator
                         ? ns3_net_open_default(&g->ns3, net->s.q, &ops, net->s.duration, e)
                         : ns3_net_open(&g->ns3, net->s.q, &ops, e);
    for (uint32_t i = 0; !rc && i < graph->n_nodes; i++)
        rc = ns3_net_node(g->ns3, &number, e);
    for (uint32_t i = 0; !rc && i < graph->n_links; i++)
        rc = open_link(net, i, e);
    return rc;
}

static void on_close(struct ip_net *net)
{
    struct guest *g = net->carried;
    if (!g)
        return;
    ns3_net_close(g->ns3);
    gmp_room_fini(&g->gmp);
    pim_room_fini(&g->pim);
    free(g);
}

static int on_run(struct ip_net *net, sim_time end, struct sim_error *e)
{
    const struct guest *g = net->carried;
    int rc = ns3_net_run(g->ns3, end, e);
    if (g->error.code)
        return sim_error_set(e, g->error.code, "%s", g->error.text);
    return rc;
}

static uint64_t on_n_events(const struct ip_net *net)
{
    const struct guest *g = net->carried;
    return ns3_net_n_events(g->ns3);
}

const struct net_carrier net_packet_carrier = {
    .open = on_open,
    .close = on_close,
    .send = send_octets,
    .run = on_run,
    .n_events = on_n_events,
};
