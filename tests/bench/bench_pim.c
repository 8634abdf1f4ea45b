/* SPDX-License-Identifier: GPL-2.0-only
 * PIM machines without packets: a binary tree of routers with the source at the root and members at
 * every leaf, in ten source-specific groups; ten minutes of Hellos and refreshes. Prints time a
 * message and memory a router. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "models/ip/pim_router.h"
#include "sim/mem.h"

enum { N_ROUTERS = 16383, N_GROUPS = 10, SECONDS = 600 };

/* Interface 0 leads to the parent, 1 and 2 to children; a leaf has its members on 1. */
struct node {
    struct net *net;
    uint32_t index, n_ifaces;
    struct pim_router *router;
    struct pim_router_io io;
};

/* A message under way: the lists of these are short. */
struct letter {
    uint32_t to, iface;
    struct ip_addr src;
    struct pim_msg msg;
    struct pim_group group;
    struct pim_source sources[2];
};

struct net {
    struct node nodes[N_ROUTERS];
    uint32_t heap[N_ROUTERS + 1], place[N_ROUTERS];
    sim_time at[N_ROUTERS];
    struct letter *letters;
    size_t n_letters, max_letters;
    uint64_t n_messages, n_octets;
};

static struct ip_addr addr_of(uint32_t child, uint32_t host)
{
    return ip_addr_v4(0x0a000000 | child << 2 | host);
}

static bool find_route(void *obj, const struct ip_addr *to, struct pim_route *route)
{
    const struct node *n = obj;
    (void)to;
    *route = (struct pim_route){.iface = 0,
                                .connected = n->index == 0,
                                .next_hop = addr_of(n->index, 1),
                                .preference = 110,
                                .metric = 1};
    return true;
}

static void send(void *obj, uint32_t iface, const struct ip_addr *dst, const struct pim_msg *m)
{
    struct node *n = obj;
    struct net *net = n->net;
    uint32_t child = iface == 0 ? n->index : 2 * n->index + iface;
    (void)dst;
    net->n_messages++;
    net->n_octets += pim_size(m);
    if (child == 0 || child >= N_ROUTERS)
        return; /* of the source and members: nobody there */
    net->letters =
        pim_room_reserve(net->letters, &net->max_letters, net->n_letters + 1, sizeof *net->letters);
    struct letter *l = &net->letters[net->n_letters++];
    *l = (struct letter){.to = iface == 0 ? (child - 1) / 2 : child,
                         .iface = iface == 0 ? 2 - child % 2 : 0,
                         .src = addr_of(child, iface == 0 ? 2 : 1),
                         .msg = *m};
    if (m->kind == PIM_JOIN_PRUNE) {
        l->group = m->u.jp.groups[0];
        l->sources[0] = l->group.n_joins ? l->group.joins[0] : l->group.prunes[0];
    }
}

static void sift(struct net *net, uint32_t pos)
{
    uint32_t who = net->heap[pos];
    for (; pos > 1 && net->at[who] < net->at[net->heap[pos / 2]]; pos /= 2) {
        net->heap[pos] = net->heap[pos / 2];
        net->place[net->heap[pos]] = pos;
    }
    for (uint32_t c; (c = 2 * pos) <= N_ROUTERS; pos = c) {
        c += c < N_ROUTERS && net->at[net->heap[c + 1]] < net->at[net->heap[c]];
        if (net->at[net->heap[c]] >= net->at[who])
            break;
        net->heap[pos] = net->heap[c];
        net->place[net->heap[pos]] = pos;
    }
    net->heap[pos] = who;
    net->place[who] = pos;
}

static void plan(struct net *net, uint32_t who)
{
    net->at[who] = pim_router_next(net->nodes[who].router);
    sift(net, net->place[who]);
}

static void deliver(struct net *net, sim_time now)
{
    for (size_t i = 0; i < net->n_letters; i++) {
        struct letter l = net->letters[i];
        const struct pim_input in = {.iface = l.iface, .src = l.src, .msg = &l.msg};
        if (l.msg.kind == PIM_JOIN_PRUNE) {
            l.group.joins = l.group.prunes = l.sources;
            l.msg.u.jp.groups = &l.group;
        }
        pim_router_receive(net->nodes[l.to].router, now, &in);
        plan(net, l.to);
    }
    net->n_letters = 0;
}

static void build(struct net *net, const struct pim_cfg *cfg)
{
    for (uint32_t i = 0; i < N_ROUTERS; i++) {
        struct node *n = &net->nodes[i];
        struct pim_iface_cfg ifaces[3];
        n->net = net;
        n->index = i;
        n->n_ifaces = 2 * i + 1 < N_ROUTERS ? 3 : 2;
        for (uint32_t k = 0; k < n->n_ifaces; k++)
            ifaces[k] = (struct pim_iface_cfg){
                .addr = k == 0 ? addr_of(i, 2) : addr_of(2 * i + k, 1), .dr_priority = 1};
        n->io = (struct pim_router_io){.obj = n,
                                       .route = find_route,
                                       .send = send,
                                       .key = rng_key_make(1, 1, RNG_TEST),
                                       .entity = i};
        n->router = pim_router_open(cfg, &n->io, ifaces, n->n_ifaces);
        pim_router_start(n->router, 0);
        net->heap[i + 1] = i;
        net->place[i] = i + 1;
        net->at[i] = SIM_NEVER;
    }
    for (uint32_t i = 0; i < N_ROUTERS; i++)
        plan(net, i);
}

static void run(struct net *net, sim_time until)
{
    while (net->at[net->heap[1]] < until) {
        uint32_t who = net->heap[1];
        sim_time now = net->at[who];
        pim_router_wake(net->nodes[who].router, now);
        plan(net, who);
        deliver(net, now);
    }
}

static void join_all(struct net *net, sim_time now)
{
    struct ip_filter f = {.exclude = false};
    struct ip_addr source = addr_of(0, 3);
    ip_set_add(&f.sources, &source);
    for (uint32_t i = N_ROUTERS / 2; i < N_ROUTERS; i++) {
        for (uint32_t g = 0; g < N_GROUPS; g++) {
            struct ip_addr group = ip_addr_v4(0xe8010100 + g);
            pim_router_member(net->nodes[i].router, now, 1, &group, &f);
        }
        plan(net, i);
    }
    ip_filter_fini(&f);
}

static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

int main(void)
{
    const struct pim_cfg cfg = pim_cfg_default(IP_V4);
    struct net *net = mem_alloc(1, sizeof *net);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    build(net, &cfg);
    run(net, SIM_S(40));
    join_all(net, SIM_S(40));
    run(net, SIM_S(100));
    net->n_messages = net->n_octets = 0;
    double start = seconds();
    run(net, SIM_S(100 + SECONDS));
    double used = seconds() - start;
    getrusage(RUSAGE_SELF, &after);
    printf("%d routers, %d groups, %d s: %llu messages, %llu octets in %.2f s, %.0f ns a message\n",
           N_ROUTERS, N_GROUPS, SECONDS, (unsigned long long)net->n_messages,
           (unsigned long long)net->n_octets, used, 1e9 * used / (double)net->n_messages);
    printf("%.0f octets a router, %.0f a forwarding entry\n",
           1024.0 * (double)(after.ru_maxrss - before.ru_maxrss) / N_ROUTERS,
           1024.0 * (double)(after.ru_maxrss - before.ru_maxrss) / N_ROUTERS / N_GROUPS);
    for (uint32_t i = 0; i < N_ROUTERS; i++)
        pim_router_close(net->nodes[i].router);
    free(net->letters);
    free(net);
    return 0;
}
