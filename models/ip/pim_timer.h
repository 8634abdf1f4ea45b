/* SPDX-License-Identifier: GPL-2.0-only
 * The timers of one router, in a heap; it needs one wake-up time. At equal times the order is that
 * of ranks, then of addresses, however they were set. Inside of models/ip only. */
#ifndef IP_PIM_TIMER_H
#define IP_PIM_TIMER_H

#include "models/ip/address.h"
#include "sim/time.h"

struct pim_timer {
    sim_time at;  /* the last that was set */
    uint32_t pos; /* in the heap, from 1 on; 0: not set */
    uint32_t rank;
    const struct ip_addr *key; /* NULL, or different for each of a rank */
    void *owner;
};

/* A timer in the heap, with its time beside it: most comparisons need no more. */
struct pim_timer_slot {
    sim_time at;
    struct pim_timer *timer;
};

struct pim_timers {
    sim_time first_at; /* SIM_NEVER: none is set */
    struct pim_timer_slot *heap;
    uint32_t n, max;
};

void pim_timers_init(struct pim_timers *t);

void pim_timers_fini(struct pim_timers *t);
/* SIM_NEVER: it is not set any more. */
void pim_timer_set(struct pim_timers *t, struct pim_timer *x, sim_time at);
/* Only if it becomes earlier. */
void pim_timer_lower(struct pim_timers *t, struct pim_timer *x, sim_time at);
/* The first one, or NULL; it stays set. */
struct pim_timer *pim_timers_first(const struct pim_timers *t);

#endif
