/* SPDX-License-Identifier: GPL-2.0-only
 * Events with their keys, heaps of them, and sorting: the parts of the event queue that know
 * nothing of time buckets. Only for evq.c and its tests. */
#ifndef SIM_EVQ_INTERNAL_H
#define SIM_EVQ_INTERNAL_H

#include "sim/evq.h"

/* | time 64 | sequence 40 (complemented for EVQ_LIFO) | slot 24 (0: not cancellable) | */
__extension__ typedef unsigned __int128 evq_key;

struct evq_event {
    evq_key key;
    void *obj;
    evq_kind kind;
    uint32_t arg;
};

enum { EVQ_HEAP_ROOT = 3 }; /* children of i are 4 (i - 2) and the three behind it */

/* Events v[EVQ_HEAP_ROOT .. EVQ_HEAP_ROOT + n - 1]. */
struct evq_heap {
    struct evq_event *v;
    size_t n, cap;
};

/* A growing array of events. */
struct evq_list {
    struct evq_event *v;
    size_t n, cap;
};

struct evq_kind_info {
    evq_fn fn;
    const char *name;
    evq_hint_fn hint; /* or NULL */
};

struct evq_bucket {
    uint32_t chunk; /* the newest; the others follow by next[] */
    uint32_t n;
};

struct evq_slot {
    uint64_t gen; /* of the event that has it now; the next one's when it is over */
    uint32_t next_free;
    bool dead; /* cancelled, its event still queued */
};

static inline sim_time evq_key_time(evq_key k)
{
    return (sim_time)(uint64_t)(k >> 64);
}

/* Make room for n events in all. */
void evq_list_reserve(struct evq_list *l, size_t n);
/* Move a heap's events behind those of a list that has room for them. */
void evq_list_take_heap(struct evq_list *l, struct evq_heap *h);

void evq_heap_push(struct evq_heap *h, const struct evq_event *e);
/* Take the event with the least key out of a heap that has one. */
void evq_heap_pop(struct evq_heap *h, struct evq_event *e);

/* Sort v by key, in O(n log n) and O(n) when it is in order. tmp: room for n events. */
void evq_sort(struct evq_event *v, size_t n, struct evq_event *tmp);

#endif
