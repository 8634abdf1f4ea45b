/* SPDX-License-Identifier: GPL-2.0-only
 * The carrier of tree fidelity: parcels stay as they are and reach the other ends of a link after
 * its delay; no packets, no queues, no transmission times.
 *
 * One event a link and instant brings all that arrives there then, in the order of the
 * stations it comes from. Copies under way are letters of a few sizes, which are used again. */
#include <stdlib.h>
#include <string.h>

#include "models/ip/net_internal.h"
#include "models/ip/parcel_copy.h"
#include "sim/mem.h"
#include "sim/ns3/ns3_net.h"

enum { SMALLEST = 512, N_SIZES = 8 }; /* the largest: 64 KiB, more than any packet's lists take */

struct letter {
    struct letter *next; /* on the wire, or free */
    sim_time due;
    struct net_frame frame;
    struct ip_parcel parcel; /* its room is behind */
    uint8_t size;
};

/* What is under way on a link, in the order of sending. */
struct wire {
    struct letter *first, *last;
    sim_time due; /* of the event that was pushed last */
};

struct tree {
    struct ip_net *net;
    struct wire *wires; /* of each link */
    struct letter *free[N_SIZES];
    evq_kind arrive;
    struct letter **batch; /* those of one link and instant */
    uint32_t n_batch, max_batch;
};

static size_t room_of(unsigned size)
{
    return ((size_t)SMALLEST << size) - sizeof(struct letter);
}

static struct letter *take(struct tree *t, unsigned size)
{
    struct letter *l = t->free[size];
    if (l)
        t->free[size] = l->next;
    else
        l = mem_alloc(1, (size_t)SMALLEST << size);
    l->size = (uint8_t)size;
    return l;
}

static void give_back(struct tree *t, struct letter *l)
{
    l->next = t->free[l->size];
    t->free[l->size] = l;
}

static struct letter *write_letter(struct tree *t, const struct net_frame *f)
{
    struct letter *l = take(t, 0);
    size_t need = ip_parcel_copy(&l->parcel, f->parcel, l + 1, room_of(0));
    unsigned size = 0;
    while (need > room_of(size)) {
        size++;
        SIM_CHECK(size < N_SIZES, "a parcel of %zu octets", need);
    }
    if (size > 0) {
        give_back(t, l);
        l = take(t, size);
        ip_parcel_copy(&l->parcel, f->parcel, l + 1, room_of(size));
    }
    l->frame = *f;
    l->frame.parcel = &l->parcel;
    l->next = NULL;
    return l;
}

static int on_send(struct ip_net *net, const struct net_frame *f)
{
    struct tree *t = net->carried;
    struct wire *w = &t->wires[f->link];
    sim_time delay = ip_plan_delay_ns(net->s.plan, f->link);
    struct letter *l = write_letter(t, f);
    /* Never in the same instant: what arrives there has been sent before. */
    l->due = evq_now(net->s.q) + (delay > 0 ? delay : 1);
    if (w->first)
        w->last->next = l;
    else
        w->first = l;
    w->last = l;
    if (w->due != l->due)
        evq_push(net->s.q, l->due, t->arrive, t, f->link);
    w->due = l->due;
    return SIM_OK;
}

/* Reports to routers, PIM to all PIM routers: nothing that a host listens to. */
static bool is_for_routers(const struct ip_parcel *p)
{
    if (p->kind == IP_PARCEL_PIM)
        return ip_addr_is_multicast(&p->dst);
    const struct gmp_msg *m = p->kind == IP_PARCEL_GMP ? p->u.gmp : NULL;
    return m && (m->kind == GMP_LEAVE || (m->kind == GMP_REPORT && m->version == GMP_V3));
}

/* Would the node at an end look at it? A saving: nodes leave out the same by themselves. */
static bool concerns(const struct ip_net *net, const struct letter *l, struct ip_end end,
                     bool for_routers)
{
    uint8_t mac[6];
    uint8_t layer = net->s.plan->layer[end.node];
    if (layer == IP_LAYER_FRAME)
        return true;
    if (l->frame.dst[0] & 1)
        return layer != IP_LAYER_HOST || !for_routers;
    ns3_net_address((int)end.node, (int)end.iface, mac);
    return memcmp(mac, l->frame.dst, sizeof mac) == 0;
}

/* Each end hears it but its sender. Where frames are lost each copy is a draw of its own. */
static void deliver(struct ip_net *net, const struct letter *l)
{
    const struct ip_graph *g = &net->s.plan->graph;
    const struct ip_edge *link = &g->link[l->frame.link];
    const struct net_link *state = &net->links[l->frame.link];
    bool all = state->loss > 0 || net_is_down(net, l->frame.link);
    bool for_routers = is_for_routers(&l->parcel);
    struct net_frame f = l->frame;
    for (uint32_t k = link->first; k < link->first + link->n; k++) {
        f.node = g->end[k].node;
        f.iface = g->end[k].iface;
        if ((f.node != l->frame.node || f.iface != l->frame.iface) &&
            (all || concerns(net, l, g->end[k], for_routers)))
            net_arrive(net, &f);
    }
}

/* By the stations they come from; what switches pass on keeps its own. */
static bool is_before(const struct letter *a, const struct letter *b)
{
    return memcmp(a->frame.src, b->frame.src, sizeof a->frame.src) < 0;
}

/* Take what arrives now off a wire: by station, and of one station as it was sent. */
static void collect(struct tree *t, struct wire *w)
{
    sim_time now = evq_now(t->net->s.q);
    t->n_batch = 0;
    while (w->first && w->first->due == now) {
        struct letter *l = w->first;
        uint32_t i = t->n_batch++;
        w->first = l->next;
        if (i == t->max_batch) {
            t->max_batch = t->max_batch ? 2 * t->max_batch : 16;
            t->batch = mem_grow(t->batch, t->max_batch, sizeof(struct letter *));
        }
        for (; i > 0 && is_before(l, t->batch[i - 1]); i--)
            t->batch[i] = t->batch[i - 1];
        t->batch[i] = l;
    }
}

static void on_arrive(void *obj, uint32_t link)
{
    struct tree *t = obj;
    collect(t, &t->wires[link]);
    for (uint32_t i = 0; i < t->n_batch; i++) {
        deliver(t->net, t->batch[i]);
        give_back(t, t->batch[i]);
    }
}

static int on_open(struct ip_net *net, struct sim_error *e)
{
    struct tree *t = mem_alloc(1, sizeof *t);
    (void)e;
    *t = (struct tree){.net = net};
    t->wires = mem_alloc(net->s.plan->graph.n_links, sizeof *t->wires);
    for (uint32_t i = 0; i < net->s.plan->graph.n_links; i++)
        t->wires[i].due = -1;
    t->arrive = evq_kind_add(net->s.q, on_arrive, "ip link");
    net->carried = t;
    return SIM_OK;
}

static void free_letters(struct letter *l)
{
    for (struct letter *next; l; l = next) {
        next = l->next;
        free(l);
    }
}

static void on_close(struct ip_net *net)
{
    struct tree *t = net->carried;
    if (!t)
        return;
    for (uint32_t i = 0; i < net->s.plan->graph.n_links; i++)
        free_letters(t->wires[i].first);
    for (int i = 0; i < N_SIZES; i++)
        free_letters(t->free[i]);
    free(t->wires);
    free(t->batch);
    free(t);
}

static int on_run(struct ip_net *net, sim_time end, struct sim_error *e)
{
    (void)e;
    return evq_run(net->s.q, end);
}

static uint64_t on_n_events(const struct ip_net *net)
{
    return evq_n_run(net->s.q);
}

const struct net_carrier net_tree_carrier = {
    .open = on_open,
    .close = on_close,
    .send = on_send,
    .run = on_run,
    .n_events = on_n_events,
};
