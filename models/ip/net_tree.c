/* SPDX-License-Identifier: GPL-2.0-only
 * The carrier of tree fidelity: parcels stay as they are and reach the other ends of a link after
 * its delay; no packets, no queues, no transmission times.
 *
 * One event an instant brings all that arrives then, by links and the stations it comes from, so
 * that the order in which it was sent does not matter. Copies under way are letters of a few sizes,
 * which are used again. */
#include <stdlib.h>
#include <string.h>

#include "models/ip/net_internal.h"
#include "models/ip/parcel_copy.h"
#include "sim/mem.h"
#include "sim/ns3/ns3_net.h"
#include "sim/prefetch.h"

enum { N_SIZES = 17, HINT_ENDS = 12, HINT_OCTETS = 448 };

struct letter {
    struct letter *next; /* of its instant, or free */
    struct net_frame frame;
    struct ip_parcel parcel; /* its room is behind */
    uint32_t number;         /* of all that arrive at its instant, as they were sent */
    uint8_t size;
};

/* An instant at which something arrives; there is an event for each. */
struct instant {
    sim_time at;
    struct letter *letters; /* the last one first; NULL: the place is free */
    uint32_t n;
};

struct tree {
    struct ip_net *net;
    struct instant *instants; /* a table open to the next free place, by time */
    uint32_t n_instants, cap_instants;
    struct letter *free[N_SIZES];
    evq_kind arrive;
    struct letter **batch; /* those of the instant that is now */
    uint32_t max_batch;
};

/* 256, 384, 512, 768 ... octets; the largest, 64 KiB, is more than any packet's lists take. */
static size_t octets_of(unsigned size)
{
    return (size_t)(size % 2 ? 384 : 256) << size / 2;
}

static size_t room_of(unsigned size)
{
    return octets_of(size) - sizeof(struct letter);
}

static struct letter *take(struct tree *t, unsigned size)
{
    struct letter *l = t->free[size];
    if (l)
        t->free[size] = l->next;
    else
        l = mem_alloc(1, octets_of(size));
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
    return l;
}

static uint32_t home_of(const struct tree *t, sim_time at)
{
    uint64_t h = (uint64_t)at * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32) & (t->cap_instants - 1);
}

/* Its place, or the free one where it would be. */
static struct instant *find_instant(const struct tree *t, sim_time at)
{
    uint32_t i = home_of(t, at);
    while (t->instants[i].letters && t->instants[i].at != at)
        i = (i + 1) & (t->cap_instants - 1);
    return &t->instants[i];
}

static void grow(struct tree *t)
{
    struct instant *old = t->instants;
    uint32_t n = t->cap_instants;
    t->cap_instants = n ? 2 * n : 256;
    t->instants = mem_alloc(t->cap_instants, sizeof *t->instants);
    for (uint32_t i = 0; i < n; i++)
        if (old[i].letters)
            *find_instant(t, old[i].at) = old[i];
    free(old);
}

/* Those behind it move up, so that none is cut off from its home. */
static void remove_instant(struct tree *t, struct instant *k)
{
    uint32_t mask = t->cap_instants - 1, hole = (uint32_t)(k - t->instants);
    t->n_instants--;
    for (uint32_t i = (hole + 1) & mask; t->instants[i].letters; i = (i + 1) & mask) {
        uint32_t home = home_of(t, t->instants[i].at);
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        t->instants[hole] = t->instants[i];
        hole = i;
    }
    t->instants[hole].letters = NULL;
}

static int on_send(struct ip_net *net, const struct net_frame *f)
{
    struct tree *t = net->carried;
    sim_time delay = ip_plan_delay_ns(net->s.plan, f->link);
    /* Never in the same instant: what arrives there has been sent before. */
    sim_time due = evq_now(net->s.q) + (delay > 0 ? delay : 1);
    struct letter *l = write_letter(t, f);
    if (2 * t->n_instants >= t->cap_instants)
        grow(t);
    struct instant *k = find_instant(t, due);
    if (!k->letters) {
        *k = (struct instant){.at = due};
        t->n_instants++;
        evq_push(net->s.q, due, t->arrive, t, f->link);
    }
    l->number = k->n++;
    l->next = k->letters;
    k->letters = l;
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

/* By link and by the station they come from, which switches leave as it is; those of one station as
 * they were sent. */
static int compare(const void *a, const void *b)
{
    const struct letter *x = *(struct letter *const *)a, *y = *(struct letter *const *)b;
    if (x->frame.link != y->frame.link)
        return x->frame.link < y->frame.link ? -1 : 1;
    int c = memcmp(x->frame.src, y->frame.src, sizeof x->frame.src);
    return c ? c : x->number < y->number ? -1 : 1;
}

/* Fetch what a delivery looks at first: the link's counts and ends, and the nodes at them. */
static void hint_arrive(void *obj, uint32_t link, unsigned stage)
{
    const struct tree *t = obj;
    const struct ip_graph *g = &t->net->s.plan->graph;
    const struct ip_edge *l = &g->link[link];
    uint32_t n = 0;
    if (stage == 0) {
        prefetch(l, sizeof *l);
        prefetch(&t->net->links[link], sizeof *t->net->links);
    } else if (stage == 1) {
        prefetch(&g->end[l->first], (l->n < HINT_ENDS ? l->n : HINT_ENDS) * sizeof *g->end);
    } else {
        for (uint32_t k = l->first; n < HINT_ENDS && k < l->first + l->n; k++, n++)
            if (t->net->nodes[g->end[k].node])
                prefetch(t->net->nodes[g->end[k].node], HINT_OCTETS);
    }
}

/* first: the link of what was sent first. */
static void on_arrive(void *obj, uint32_t first)
{
    struct tree *t = obj;
    struct instant *k = find_instant(t, evq_now(t->net->s.q));
    uint32_t n = k->n;
    (void)first;
    if (n > t->max_batch) {
        t->max_batch = 2 * n;
        t->batch = mem_grow(t->batch, t->max_batch, sizeof(struct letter *));
    }
    struct letter *l = k->letters;
    for (uint32_t i = 0; i < n; i++, l = l->next)
        t->batch[i] = l;
    remove_instant(t, k);
    if (n > 1)
        qsort(t->batch, n, sizeof *t->batch, compare);
    for (uint32_t i = 0; i < n; i++) {
        deliver(t->net, t->batch[i]);
        give_back(t, t->batch[i]);
    }
}

static int on_open(struct ip_net *net, struct sim_error *e)
{
    struct tree *t = mem_alloc(1, sizeof *t);
    (void)e;
    *t = (struct tree){.net = net};
    t->arrive = evq_kind_add(net->s.q, on_arrive, "ip links");
    evq_kind_hint(net->s.q, t->arrive, hint_arrive);
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
    for (uint32_t i = 0; i < t->cap_instants; i++)
        free_letters(t->instants[i].letters);
    for (int i = 0; i < N_SIZES; i++)
        free_letters(t->free[i]);
    free(t->instants);
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
