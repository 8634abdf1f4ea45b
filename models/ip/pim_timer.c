/* SPDX-License-Identifier: GPL-2.0-only
 * A binary heap of timers. See pim_timer.h. */
#include "models/ip/pim_timer.h"

#include <stdlib.h>

#include "sim/mem.h"

void pim_timers_init(struct pim_timers *t)
{
    *t = (struct pim_timers){.first_at = SIM_NEVER};
}

void pim_timers_fini(struct pim_timers *t)
{
    free(t->heap);
    pim_timers_init(t);
}

static bool before(struct pim_timer_slot a, struct pim_timer_slot b)
{
    if (a.at != b.at)
        return a.at < b.at;
    if (a.timer->rank != b.timer->rank)
        return a.timer->rank < b.timer->rank;
    const struct ip_addr *x = a.timer->key, *y = b.timer->key;
    return x && y && ip_addr_cmp(x, y) < 0;
}

static void place(struct pim_timers *t, uint32_t pos, struct pim_timer_slot s)
{
    t->heap[pos] = s;
    s.timer->pos = pos;
}

static void sift_up(struct pim_timers *t, uint32_t pos)
{
    struct pim_timer_slot s = t->heap[pos];
    for (; pos > 1 && before(s, t->heap[pos / 2]); pos /= 2)
        place(t, pos, t->heap[pos / 2]);
    place(t, pos, s);
}

static void sift_down(struct pim_timers *t, uint32_t pos)
{
    struct pim_timer_slot s = t->heap[pos];
    while (2 * pos <= t->n) {
        uint32_t child = 2 * pos;
        if (child < t->n && before(t->heap[child + 1], t->heap[child]))
            child++;
        if (!before(t->heap[child], s))
            break;
        place(t, pos, t->heap[child]);
        pos = child;
    }
    place(t, pos, s);
}

static void drop(struct pim_timers *t, uint32_t pos)
{
    struct pim_timer_slot last = t->heap[t->n--];
    t->heap[pos].timer->pos = 0;
    if (pos > t->n)
        return;
    place(t, pos, last);
    sift_up(t, pos);
    sift_down(t, last.timer->pos);
}

static void add(struct pim_timers *t, struct pim_timer *x)
{
    if (t->n + 1 >= t->max) {
        t->max = t->max ? 2 * t->max : 8;
        t->heap = mem_grow(t->heap, t->max, sizeof *t->heap);
    }
    place(t, ++t->n, (struct pim_timer_slot){x->at, x});
}

void pim_timer_set(struct pim_timers *t, struct pim_timer *x, sim_time at)
{
    x->at = at;
    if (at == SIM_NEVER) {
        if (x->pos)
            drop(t, x->pos);
    } else {
        if (!x->pos)
            add(t, x);
        t->heap[x->pos].at = at;
        sift_up(t, x->pos);
        sift_down(t, x->pos);
    }
    t->first_at = t->n ? t->heap[1].at : SIM_NEVER;
}

void pim_timer_lower(struct pim_timers *t, struct pim_timer *x, sim_time at)
{
    if (at < x->at || !x->pos)
        pim_timer_set(t, x, at);
}

struct pim_timer *pim_timers_first(const struct pim_timers *t)
{
    return t->n ? t->heap[1].timer : NULL;
}
