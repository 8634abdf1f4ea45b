/* SPDX-License-Identifier: GPL-2.0-only
 * Interference: the five models as tables, and how overlap is gathered.
 *
 * peak:   the highest sum of the interferers of one spreading factor that are on the air at one
 * instant; croce and goursaud add simultaneous interferers, capture takes the strongest alone.
 * energy: power times overlap, summed over the frame, against the frame's own energy.
 * Sources: Croce et al. 2018; Goursaud and Gorce 2015; LoRaSim (Bor et al. 2016). */
#include <math.h>

#include "models/radio/medium_internal.h"
#include "sim/detmath.h"
#include "sim/err.h"
#include "sim/mem.h"

#define NO  SIR_NEVER
#define ALL SIR_ALWAYS

static const struct interference_model models[] = {
    [INTERFERENCE_CROCE] = {.ignore_head = true,
                            .threshold_cdb = {{100, -800, -900, -900, -900, -900, NO},
                                              {-1100, 100, -1100, -1200, -1300, -1300, NO},
                                              {-1500, -1300, 100, -1300, -1400, -1500, NO},
                                              {-1900, -1800, -1700, 100, -1700, -1800, NO},
                                              {-2200, -2200, -2100, -2000, 100, -2000, NO},
                                              {-2500, -2500, -2500, -2400, -2300, 100, NO},
                                              {NO, NO, NO, NO, NO, NO, 600}}},
    [INTERFERENCE_GOURSAUD] = {.threshold_cdb = {{600, -1600, -1800, -1900, -1900, -2000, NO},
                                                 {-2400, 600, -2000, -2200, -2200, -2200, NO},
                                                 {-2700, -2700, 600, -2300, -2500, -2500, NO},
                                                 {-3000, -3000, -3000, 600, -2600, -2800, NO},
                                                 {-3300, -3300, -3300, -3300, 600, -2900, NO},
                                                 {-3600, -3600, -3600, -3600, -3600, 600, NO},
                                                 {NO, NO, NO, NO, NO, NO, 600}}},
    [INTERFERENCE_CAPTURE] = {.ignore_head = true,
                              .strongest_only = true,
                              .threshold_cdb = {{600, NO, NO, NO, NO, NO, NO},
                                                {NO, 600, NO, NO, NO, NO, NO},
                                                {NO, NO, 600, NO, NO, NO, NO},
                                                {NO, NO, NO, 600, NO, NO, NO},
                                                {NO, NO, NO, NO, 600, NO, NO},
                                                {NO, NO, NO, NO, NO, 600, NO},
                                                {NO, NO, NO, NO, NO, NO, 600}}},
    [INTERFERENCE_ALOHA] = {.strongest_only = true,
                            .threshold_cdb = {{ALL, NO, NO, NO, NO, NO, NO},
                                              {NO, ALL, NO, NO, NO, NO, NO},
                                              {NO, NO, ALL, NO, NO, NO, NO},
                                              {NO, NO, NO, ALL, NO, NO, NO},
                                              {NO, NO, NO, NO, ALL, NO, NO},
                                              {NO, NO, NO, NO, NO, ALL, NO},
                                              {NO, NO, NO, NO, NO, NO, ALL}}},
    [INTERFERENCE_NONE] = {.threshold_cdb = {{NO, NO, NO, NO, NO, NO, NO},
                                             {NO, NO, NO, NO, NO, NO, NO},
                                             {NO, NO, NO, NO, NO, NO, NO},
                                             {NO, NO, NO, NO, NO, NO, NO},
                                             {NO, NO, NO, NO, NO, NO, NO},
                                             {NO, NO, NO, NO, NO, NO, NO},
                                             {NO, NO, NO, NO, NO, NO, NO}}},
};

static double ratio_of_threshold(int cdb)
{
    if (cdb == SIR_NEVER)
        return -1;
    if (cdb == SIR_ALWAYS)
        return (double)INFINITY;
    return det_ratio_of_cdb(cdb) * (1 - 1e-9); /* exactly at the threshold is enough */
}

void interference_init(struct medium *m)
{
    m->model = models[m->s.radio->interference];
    m->energy = m->s.radio->interference_sum == SUM_ENERGY;
    for (int i = 0; i < MEDIUM_N_SF; i++)
        for (int j = 0; j < MEDIUM_N_SF; j++)
            m->ratio[i][j] = ratio_of_threshold(m->model.threshold_cdb[i][j]);
    for (int i = 0; i < 512; i++)
        m->level_coarse[i] = det_ratio_of_cdb((i - 256) * 100);
    for (int i = 0; i < 100; i++)
        m->level_fine[i] = det_ratio_of_cdb(i);
}

double medium_linear(const struct medium *m, int centi_db)
{
    int at = centi_db + 25600;
    at = at < 0 ? 0 : at > 51199 ? 51199 : at;
    return m->level_coarse[at / 100] * m->level_fine[at % 100];
}

static sim_time later(sim_time a, sim_time b)
{
    return a > b ? a : b;
}

static sim_time earlier(sim_time a, sim_time b)
{
    return a < b ? a : b;
}

/* Does interference of a level and spreading factor destroy what is wanted? */
static bool too_strong(const struct medium *m, double wanted, uint8_t wanted_sfi, double sum,
                       uint8_t sfi)
{
    double ratio = m->ratio[wanted_sfi][sfi];
    return sum > 0 && ratio >= 0 && wanted < ratio * sum;
}

void interference_add(const struct medium *m, struct reception *victim, uint8_t sfi, double linear,
                      sim_time start, sim_time end)
{
    sim_time from = later(start, victim->protect), to = earlier(end, victim->end);
    if (from >= to)
        return;
    if (m->energy)
        victim->sum[sfi] += linear * (double)(to - from);
    else if (too_strong(m, victim->linear, victim->sfi, linear, sfi))
        victim->killed = true;
}

/* Pair by pair: energies add up, or in peak mode the strongest interferer alone counts. */
static void start_pairs(const struct medium *m, struct air_list *list, struct reception *r)
{
    for (uint32_t i = 0; i < list->n; i++) {
        struct reception *o = list->items[i].r;
        interference_add(m, r, o->sfi, o->linear, o->start, o->end);
        interference_add(m, o, r->sfi, r->linear, r->start, r->end);
    }
}

/* Sum of r and of what is present with its spreading factor at a later instant, without the victim.
 */
static double sum_at(const struct air_list *list, const struct reception *r,
                     const struct air_item *victim, sim_time at)
{
    double sum = r->linear;
    for (uint32_t i = 0; i < list->n; i++) {
        const struct air_item *o = &list->items[i];
        if (o != victim && o->sfi == r->sfi && o->end > at)
            sum += o->linear;
    }
    return sum;
}

/* r's start changes the sum of its spreading factor: does that destroy one that is present? The
 * highest sum is reached where an interferer starts, or where the victim's protection begins. */
static void disturb_present(const struct medium *m, struct air_list *list,
                            const struct reception *r, double total)
{
    for (uint32_t i = 0; i < list->n; i++) {
        const struct air_item *o = &list->items[i];
        double sum = o->sfi == r->sfi ? total - o->linear : total;
        if (o->r->killed || o->end <= r->start || !too_strong(m, o->linear, o->sfi, sum, r->sfi))
            continue;
        if (o->protect > r->start &&
            (r->end <= o->protect ||
             !too_strong(m, o->linear, o->sfi, sum_at(list, r, o, o->protect), r->sfi)))
            continue;
        o->r->killed = true;
    }
}

static void start_peak(const struct medium *m, struct air_list *list, struct reception *r)
{
    double sum[MEDIUM_N_SF] = {0},
           total = r->linear; /* total: of r's spreading factor, at r's start */
    for (uint32_t i = 0; i < list->n; i++) {
        const struct air_item *o = &list->items[i];
        if (o->end <= r->start)
            continue;
        if (o->sfi == r->sfi)
            total += o->linear;
        if (o->end > r->protect)
            sum[o->sfi] += o->linear;
    }
    for (uint8_t sfi = 0; sfi < MEDIUM_N_SF; sfi++)
        r->killed |= too_strong(m, r->linear, r->sfi, sum[sfi], sfi);
    disturb_present(m, list, r, total);
}

void interference_start(const struct medium *m, struct air_list *list, struct reception *r)
{
    if (m->s.radio->interference == INTERFERENCE_NONE || list->n == 0)
        return;
    if (m->energy || m->model.strongest_only)
        start_pairs(m, list, r);
    else
        start_peak(m, list, r);
}

bool interference_kills(const struct medium *m, const struct reception *r)
{
    double wanted = r->linear * (double)(r->end - r->start);
    bool killed = r->killed;
    for (uint8_t i = 0; m->energy && i < MEDIUM_N_SF; i++)
        killed |= too_strong(m, wanted, r->sfi, r->sum[i], i);
    return killed;
}

void air_list_add(struct air_list *l, struct reception *r)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 8;
        l->items = mem_grow(l->items, l->cap, sizeof *l->items);
    }
    l->items[l->n++] = (struct air_item){
        .end = r->end, .protect = r->protect, .linear = r->linear, .r = r, .sfi = r->sfi};
}

void air_list_remove(struct air_list *l, const struct reception *r)
{
    for (uint32_t i = 0; i < l->n; i++) {
        if (l->items[i].r == r) {
            l->items[i] = l->items[--l->n];
            return;
        }
    }
    SIM_CHECK(false, "a reception of node %lld is in no list", (long long)r->tx->node);
}
