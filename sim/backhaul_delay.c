/* SPDX-License-Identifier: GPL-2.0-only
 * Datagrams under way are kept in slots that events carry the number of. */
#include "sim/backhaul_delay.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

struct endpoint {
    sim_time delay;
    backhaul_receive_fn *receive; /* NULL: nobody listens */
    void *ctx;
};

struct group {
    uint32_t *members;
    uint32_t n, cap;
};

struct datagram {
    uint32_t from, to;
    size_t len;
    uint32_t next_free; /* slot + 1 */
    uint8_t bytes[BACKHAUL_MAX_LEN];
};

struct backhaul_delay {
    struct evq *q;
    evq_kind arrive;
    struct endpoint *endpoints;
    uint32_t n_endpoints;
    struct group *groups;
    uint32_t n_groups;
    struct datagram **slots; /* they stay where they are while more are made */
    uint32_t n_slots, cap_slots, free_slot;
};

static struct datagram *take_slot(struct backhaul_delay *d, uint32_t *slot)
{
    if (d->free_slot) {
        *slot = d->free_slot - 1;
        d->free_slot = d->slots[*slot]->next_free;
        return d->slots[*slot];
    }
    if (d->n_slots == d->cap_slots) {
        d->cap_slots = d->cap_slots ? 2 * d->cap_slots : 16;
        d->slots = mem_grow(d->slots, d->cap_slots, sizeof(struct datagram *));
    }
    *slot = d->n_slots++;
    d->slots[*slot] = mem_alloc(1, sizeof **d->slots);
    return d->slots[*slot];
}

static void on_arrive(void *obj, uint32_t slot)
{
    struct backhaul_delay *d = obj;
    struct datagram *g = d->slots[slot];
    const struct endpoint *e = &d->endpoints[g->to];
    if (e->receive)
        e->receive(e->ctx, g->to, g->from, g->bytes, g->len);
    g->next_free = d->free_slot;
    d->free_slot = slot + 1;
}

static void on_listen(void *obj, uint32_t endpoint, backhaul_receive_fn *receive, void *ctx)
{
    struct backhaul_delay *d = obj;
    d->endpoints[endpoint].receive = receive;
    d->endpoints[endpoint].ctx = ctx;
}

static void on_join(void *obj, uint32_t endpoint, uint32_t group)
{
    struct backhaul_delay *d = obj;
    struct group *g = &d->groups[group];
    if (g->n == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 8;
        g->members = mem_grow(g->members, g->cap, sizeof *g->members);
    }
    g->members[g->n++] = endpoint;
}

static void on_send(void *obj, uint32_t from, uint32_t to, const uint8_t *bytes, size_t len)
{
    struct backhaul_delay *d = obj;
    uint32_t slot;
    SIM_CHECK(len <= BACKHAUL_MAX_LEN, "a datagram of %zu octets", len);
    struct datagram *g = take_slot(d, &slot);
    g->from = from;
    g->to = to;
    g->len = len;
    memcpy(g->bytes, bytes, len);
    evq_push(d->q, evq_now(d->q) + d->endpoints[from].delay + d->endpoints[to].delay, d->arrive, d,
             slot);
}

static void on_send_group(void *obj, uint32_t from, uint32_t group, const uint8_t *bytes,
                          size_t len)
{
    struct backhaul_delay *d = obj;
    for (uint32_t i = 0; i < d->groups[group].n; i++)
        on_send(d, from, d->groups[group].members[i], bytes, len);
}

struct backhaul backhaul_delay_seam(struct backhaul_delay *d)
{
    static const struct backhaul_ops ops = {
        .listen = on_listen, .join = on_join, .send = on_send, .send_group = on_send_group};
    return (struct backhaul){&ops, d};
}

struct backhaul_delay *backhaul_delay_open(struct evq *q, const sim_time *delay,
                                           uint32_t n_endpoints, uint32_t n_groups)
{
    struct backhaul_delay *d = mem_alloc(1, sizeof *d);
    *d = (struct backhaul_delay){.q = q, .n_endpoints = n_endpoints, .n_groups = n_groups};
    d->arrive = evq_kind_add(q, on_arrive, "backhaul");
    d->endpoints = mem_alloc(n_endpoints, sizeof *d->endpoints);
    d->groups = mem_alloc(n_groups, sizeof *d->groups);
    for (uint32_t i = 0; i < n_endpoints; i++)
        d->endpoints[i].delay = delay[i];
    return d;
}

void backhaul_delay_close(struct backhaul_delay *d)
{
    if (!d)
        return;
    for (uint32_t i = 0; i < d->n_slots; i++)
        free(d->slots[i]);
    for (uint32_t i = 0; i < d->n_groups; i++)
        free(d->groups[i].members);
    free(d->slots);
    free(d->groups);
    free(d->endpoints);
    free(d);
}
