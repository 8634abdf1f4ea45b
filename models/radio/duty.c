/* SPDX-License-Identifier: GPL-2.0-only
 * Duty cycle of one transmitter in one sub-band, exact in ns. A transmitter sends one frame at a
 * time.
 *
 * sliding_hour: let U(w) be the air time inside [w, w + 1 h). A new frame of air time T may start
 * at s when U(w) <= limit - T for every w from s + T - 1 h to s: those are the hours that hold all
 * of it, and an hour that holds only a part is never worse, since U changes by at most 1 ns a ns.
 * With no use after s (the usual case) U falls over that span, so only its start counts. */
#include "models/radio/duty.h"

#include <stdlib.h>

#include "sim/err.h"
#include "sim/mem.h"

#define HOUR SIM_S(3600)
/* Uses are kept this much longer than an hour: gateways ask about later times first (queue ahead:
 * 512 s). */
#define LOOK_BACK SIM_S(600)

struct duty_use {
    sim_time start, airtime;
};

enum { MAX_USES = 65535, FIRST_CAP = 4 };

static struct duty_use *use_at(const struct duty_band *b, unsigned i)
{
    unsigned k = b->head + i;
    return &b->uses[k < b->cap_uses ? k : k - b->cap_uses];
}

static sim_time end_of(const struct duty_use *u)
{
    return u->start + u->airtime;
}

static sim_time min_time(sim_time a, sim_time b)
{
    return a < b ? a : b;
}

static void drop_oldest(struct duty_band *b)
{
    b->used -= use_at(b, 0)->airtime;
    b->head = (uint16_t)(b->head + 1 < b->cap_uses ? b->head + 1 : 0);
    b->n_uses--;
}

static void drop_before(struct duty_band *b, sim_time t)
{
    while (b->n_uses && end_of(use_at(b, 0)) <= t)
        drop_oldest(b);
}

static void ring_grow(struct duty_band *b)
{
    unsigned cap = b->cap_uses ? 2u * b->cap_uses : FIRST_CAP;
    if (cap > MAX_USES)
        cap = MAX_USES;
    struct duty_use *uses = mem_alloc(cap, sizeof *uses);
    for (unsigned i = 0; i < b->n_uses; i++)
        uses[i] = *use_at(b, i);
    free(b->uses);
    b->uses = uses;
    b->cap_uses = (uint16_t)cap;
    b->head = 0;
}

/* Full at 65535 frames an hour (FSK frames of a few ms in a 10 % band): the two oldest become one
 * that ends with the second. It leaves the hour a little later than they would, so the limit still
 * holds. */
static void join_two_oldest(struct duty_band *b)
{
    sim_time airtime = use_at(b, 0)->airtime;
    drop_oldest(b);
    struct duty_use *u = use_at(b, 0);
    u->start -= airtime;
    u->airtime += airtime;
    b->used += airtime;
}

/* Air time inside [w, w + 1 h). */
static sim_time use_of_hour(const struct duty_band *b, sim_time w)
{
    sim_time sum = 0;
    for (unsigned i = 0; i < b->n_uses; i++) {
        const struct duty_use *u = use_at(b, i);
        sim_time from = u->start > w ? u->start : w;
        sim_time to = min_time(end_of(u), w + HOUR);
        if (to > from)
            sum += to - from;
    }
    return sum;
}

/* A place on the time line among the uses: i is the first use that ends after t. */
struct edge {
    unsigned i;
    sim_time t;
};

static void edge_move(const struct duty_band *b, struct edge *x, sim_time t)
{
    x->t = t;
    while (x->i < b->n_uses && end_of(use_at(b, x->i)) <= t)
        x->i++;
}

static bool edge_inside(const struct duty_band *b, const struct edge *x)
{
    return x->i < b->n_uses && use_at(b, x->i)->start <= x->t;
}

/* Time until the next start or end of a use. */
static sim_time edge_next(const struct duty_band *b, const struct edge *x)
{
    if (x->i >= b->n_uses)
        return SIM_NEVER;
    const struct duty_use *u = use_at(b, x->i);
    return (u->start > x->t ? u->start : end_of(u)) - x->t;
}

/* The last w in lo..hi with U(w) > room, or SIM_NEVER: walk over the straight pieces of U. */
static sim_time last_over(const struct duty_band *b, sim_time lo, sim_time hi, sim_time room)
{
    struct edge left = {0}, right = {0};
    edge_move(b, &left, lo);
    edge_move(b, &right, lo + HOUR);
    sim_time u = use_of_hour(b, lo), last = SIM_NEVER;
    for (sim_time w = lo;;) {
        sim_time step = min_time(edge_next(b, &left), edge_next(b, &right));
        if (step > hi - w)
            step = hi - w;
        int slope = (edge_inside(b, &right) ? 1 : 0) - (edge_inside(b, &left) ? 1 : 0);
        if (u + slope * step > room)
            last = w + step;
        else if (u > room) /* falls: over until room is reached */
            last = w + (u - room - 1);
        if (w + step >= hi)
            return last;
        u += slope * step;
        w += step;
        edge_move(b, &left, w);
        edge_move(b, &right, w + HOUR);
    }
}

/* No use ends after s: the earliest start is when enough of the oldest has left the hour. */
static sim_time earliest_after_all(const struct duty_band *b, sim_time s, sim_time airtime,
                                   sim_time room)
{
    sim_time excess = b->used - room;
    for (unsigned i = 0; excess > 0; i++) {
        const struct duty_use *u = use_at(b, i);
        if (u->airtime >= excess) {
            sim_time start = u->start + excess + HOUR - airtime;
            return start > s ? start : s;
        }
        excess -= u->airtime;
    }
    return s;
}

static sim_time earliest_in_hour(struct duty_band *b, int32_t duty_ppm, sim_time at,
                                 sim_time airtime)
{
    sim_time room = SIM_S(3600) / 1000000 * duty_ppm - airtime;
    if (room < 0)
        return SIM_NEVER;
    if (b->used <= room) /* without a look at the ring */
        return at;
    drop_before(b, at - HOUR - LOOK_BACK);
    if (b->used <= room)
        return at;
    if (end_of(use_at(b, b->n_uses - 1u)) <= at)
        return earliest_after_all(b, at, airtime, room);
    for (sim_time s = at;;) {
        sim_time over = last_over(b, s + airtime - HOUR, s, room);
        if (over == SIM_NEVER)
            return s;
        s = over + 1 + HOUR - airtime;
    }
}

sim_time duty_earliest(struct duty_band *b, enum radio_duty_rule rule, int32_t duty_ppm,
                       sim_time at, sim_time airtime)
{
    if (duty_ppm >= 1000000)
        return at;
    if (duty_ppm <= 0)
        return SIM_NEVER;
    if (rule == DUTY_TOFF)
        return at > b->next ? at : b->next;
    return earliest_in_hour(b, duty_ppm, at, airtime);
}

/* Air time over duty, rounded up. */
static sim_time toff_span(sim_time airtime, int32_t duty_ppm)
{
    sim_time whole = airtime / duty_ppm, rest = airtime % duty_ppm;
    return whole * 1000000 + (rest * 1000000 + duty_ppm - 1) / duty_ppm;
}

void duty_add(struct duty_band *b, enum radio_duty_rule rule, int32_t duty_ppm, sim_time start,
              sim_time airtime)
{
    if (duty_ppm >= 1000000 || duty_ppm <= 0 || airtime <= 0)
        return;
    if (rule == DUTY_TOFF) {
        sim_time next = start + toff_span(airtime, duty_ppm);
        b->next = next > b->next ? next : b->next;
        return;
    }
    if (b->n_uses == b->cap_uses)
        drop_before(b, start - HOUR - LOOK_BACK);
    if (b->n_uses == MAX_USES)
        join_two_oldest(b);
    if (b->n_uses == b->cap_uses)
        ring_grow(b);
    unsigned i = b->n_uses++;
    for (; start < b->last && i > 0 && use_at(b, i - 1)->start > start; i--)
        *use_at(b, i) = *use_at(b, i - 1);
    b->last = start > b->last ? start : b->last;
    *use_at(b, i) = (struct duty_use){start, airtime};
    b->used += airtime;
}

sim_time duty_used(struct duty_band *b, sim_time at)
{
    return use_of_hour(b, at - HOUR);
}

void duty_free(struct duty_band *b)
{
    free(b->uses);
    *b = (struct duty_band){0};
}
