/* SPDX-License-Identifier: GPL-2.0-only
 * Hellos and neighbours. Source: see pim_neighbor.h. */
#include "models/ip/pim_neighbor.h"

#include <stdlib.h>
#include <string.h>

#include "models/ip/pim_bsr.h"
#include "models/ip/pim_tree.h"
#include "sim/mem.h"

static uint32_t hash_addr(uint32_t hash, const struct ip_addr *a)
{
    for (size_t i = 0; a && i < sizeof a->b; i++)
        hash = (hash ^ a->b[i]) * 16777619u; /* FNV-1a */
    return hash;
}

/* The first draw may be at time 0. */
static uint32_t count(struct pim_draws *d, sim_time now)
{
    d->n += d->at != now || d->n == 0;
    d->at = now;
    return d->n;
}

sim_time pim_draw(const struct pim_router *r, sim_time now, const struct pim_draw_key *key,
                  sim_time max)
{
    uint32_t hash = hash_addr(hash_addr(2166136261u, key->a), key->b);
    uint64_t i = (uint64_t)key->kind << 56 | (uint64_t)((hash ^ hash >> 24) & 0xffffff) << 32 |
                 count(key->draws, now);
    if (max < 1)
        return 1;
    return 1 + (sim_time)(rng_draw_uniform(r->io->key, r->io->entity, i) * (double)max);
}

static uint32_t place_of(const struct pim_iface *i, const struct ip_addr *a)
{
    uint32_t k = 0;
    while (k < i->n_neighbors && ip_addr_cmp(&i->neighbors[k].addr, a) < 0)
        k++;
    return k;
}

const struct pim_neighbor *pim_iface_neighbor(const struct pim_iface *i, const struct ip_addr *a)
{
    uint32_t k = place_of(i, a);
    return k < i->n_neighbors && ip_addr_equal(&i->neighbors[k].addr, a) ? &i->neighbors[k] : NULL;
}

const struct pim_neighbor *pim_iface_nbr(const struct pim_iface *i, const struct ip_addr *a)
{
    const struct pim_neighbor *primary = pim_iface_neighbor(i, a);
    for (uint32_t k = 0; !primary && k < i->n_neighbors; k++)
        for (size_t s = 0; s < i->neighbors[k].n_secondary; s++)
            if (ip_addr_equal(&i->neighbors[k].secondary[s], a))
                return &i->neighbors[k];
    return primary;
}

bool pim_iface_is_own(const struct pim_iface *i, const struct ip_addr *a)
{
    bool own = ip_addr_equal(&i->cfg.addr, a);
    for (size_t s = 0; !own && s < i->cfg.n_secondary; s++)
        own = ip_addr_equal(&i->cfg.secondary[s], a);
    return own;
}

bool pim_router_is_own(const struct pim_router *r, const struct ip_addr *a)
{
    for (uint32_t i = 0; i < r->n_ifaces; i++)
        if (pim_iface_is_own(&r->ifaces[i], a))
            return true;
    return false;
}

/* Delays of the option count when everybody sends it (RFC 7761 section 4.3.3). */
static bool has_delays(const struct pim_router *r, const struct pim_iface *i)
{
    bool all = r->cfg->lan_delay;
    for (uint32_t k = 0; k < i->n_neighbors; k++)
        all &= i->neighbors[k].has_lan_delay;
    return all;
}

enum { DEFAULT_PROPAGATION_MS = 500, DEFAULT_OVERRIDE_MS = 2500 };

sim_time pim_iface_override(const struct pim_router *r, const struct pim_iface *i)
{
    uint16_t ms = r->cfg->override_ms;
    if (!has_delays(r, i))
        return SIM_MS(DEFAULT_OVERRIDE_MS);
    for (uint32_t k = 0; k < i->n_neighbors; k++)
        ms = i->neighbors[k].override_ms > ms ? i->neighbors[k].override_ms : ms;
    return SIM_MS(ms);
}

sim_time pim_iface_prune_delay(const struct pim_router *r, const struct pim_iface *i)
{
    uint16_t ms = r->cfg->propagation_ms;
    if (!has_delays(r, i))
        return SIM_MS(DEFAULT_PROPAGATION_MS + DEFAULT_OVERRIDE_MS);
    for (uint32_t k = 0; k < i->n_neighbors; k++)
        ms = i->neighbors[k].propagation_ms > ms ? i->neighbors[k].propagation_ms : ms;
    return SIM_MS(ms) + pim_iface_override(r, i);
}

bool pim_iface_suppresses(const struct pim_router *r, const struct pim_iface *i)
{
    bool all = has_delays(r, i) && r->cfg->t_bit;
    for (uint32_t k = 0; k < i->n_neighbors; k++)
        all &= i->neighbors[k].t_bit;
    return !all;
}

/* The next thing to do; hold times that were refreshed are found then. */
static void set_timer(struct pim_router *r, struct pim_iface *i)
{
    sim_time at = i->up ? i->hello_at : SIM_NEVER;
    for (uint32_t k = 0; k < i->n_neighbors; k++)
        at = i->neighbors[k].until < at ? i->neighbors[k].until : at;
    pim_timer_set(&r->timers, &i->timer, at);
}

static void send_hello(struct pim_router *r, struct pim_iface *i, uint16_t holdtime_s)
{
    const struct pim_cfg *cfg = r->cfg;
    const struct pim_msg m = {.kind = PIM_HELLO,
                              .family = cfg->family,
                              .u.hello = {.has_holdtime = true,
                                          .holdtime_s = holdtime_s,
                                          .has_lan_delay = cfg->lan_delay,
                                          .t_bit = cfg->t_bit,
                                          .propagation_ms = cfg->propagation_ms,
                                          .override_ms = cfg->override_ms,
                                          .has_priority = !i->cfg.no_priority,
                                          .dr_priority = i->cfg.dr_priority,
                                          .has_gen_id = true,
                                          .gen_id = i->gen_id,
                                          .has_list = i->cfg.n_secondary > 0,
                                          .secondary = i->cfg.secondary,
                                          .n_secondary = i->cfg.n_secondary}};
    i->owes_hello = false;
    r->io->send(r->io->obj, i->index, NULL, &m);
}

void pim_iface_introduce(struct pim_router *r, sim_time now, struct pim_iface *i)
{
    if (!i->owes_hello)
        return;
    send_hello(r, i, r->cfg->hello_holdtime_s);
    i->hello_at = now + r->cfg->hello_period;
    set_timer(r, i);
}

/* RFC 7761 section 4.3.2. */
static void elect(struct pim_router *r, sim_time now, struct pim_iface *i)
{
    bool was = i->is_dr;
    struct pim_dr_claim best = {i->cfg.addr, !i->cfg.no_priority, i->cfg.dr_priority};
    bool by_priority = best.has_priority;
    for (uint32_t k = 0; k < i->n_neighbors; k++)
        by_priority &= i->neighbors[k].has_priority;
    best.has_priority = by_priority;
    i->is_dr = i->up;
    for (uint32_t k = 0; k < i->n_neighbors; k++) {
        const struct pim_neighbor *n = &i->neighbors[k];
        const struct pim_dr_claim pair[] = {best, {n->addr, by_priority, n->dr_priority}};
        i->is_dr &= pim_elect_dr(pair, 2) == 0;
    }
    if (i->is_dr != was)
        pim_tree_touch_all(r, now);
}

static void forget(struct pim_router *r, sim_time now, struct pim_iface *i, uint32_t k)
{
    free(i->neighbors[k].secondary);
    i->n_neighbors--;
    memmove(i->neighbors + k, i->neighbors + k + 1, (i->n_neighbors - k) * sizeof *i->neighbors);
    pim_tree_touch_all(r, now);
}

void pim_iface_up(struct pim_router *r, sim_time now, struct pim_iface *i)
{
    i->up = true;
    const struct pim_draw_key gen_id = {PIM_DRAW_GEN_ID, &i->cfg.addr, NULL, &i->draws};
    const struct pim_draw_key hello = {PIM_DRAW_HELLO, &i->cfg.addr, NULL, &i->draws};
    i->gen_id = (uint32_t)pim_draw(r, now, &gen_id, UINT32_MAX);
    i->hello_at = now + pim_draw(r, now, &hello, r->cfg->triggered_hello);
    i->owes_hello = true;
    elect(r, now, i);
    set_timer(r, i);
}

void pim_iface_down(struct pim_router *r, sim_time now, struct pim_iface *i)
{
    i->up = false;
    while (i->n_neighbors > 0)
        forget(r, now, i, i->n_neighbors - 1);
    elect(r, now, i);
    pim_tree_drop_iface(r, now, i->index);
    set_timer(r, i);
}

void pim_iface_goodbye(struct pim_router *r, struct pim_iface *i)
{
    if (i->up)
        send_hello(r, i, 0);
}

void pim_iface_wake(struct pim_router *r, sim_time now, struct pim_iface *i)
{
    bool gone = false;
    for (uint32_t k = i->n_neighbors; k-- > 0;)
        if (i->neighbors[k].until <= now) {
            forget(r, now, i, k);
            gone = true;
        }
    if (gone)
        elect(r, now, i);
    if (i->up && i->hello_at <= now) {
        send_hello(r, i, r->cfg->hello_holdtime_s);
        i->hello_at = now + r->cfg->hello_period;
    }
    set_timer(r, i);
}

static void insert(struct pim_iface *i, uint32_t k, const struct ip_addr *src)
{
    if (i->n_neighbors == i->max_neighbors) {
        i->max_neighbors = i->max_neighbors ? 2 * i->max_neighbors : 1;
        i->neighbors = mem_grow(i->neighbors, i->max_neighbors, sizeof *i->neighbors);
    }
    memmove(i->neighbors + k + 1, i->neighbors + k, (i->n_neighbors - k) * sizeof *i->neighbors);
    i->neighbors[k] = (struct pim_neighbor){.addr = *src};
    i->n_neighbors++;
}

/* true: it has other addresses than before. */
static bool set_secondary(struct pim_neighbor *n, const struct pim_hello *h)
{
    bool same = n->n_secondary == h->n_secondary;
    for (size_t k = 0; same && k < h->n_secondary; k++)
        same = ip_addr_equal(&n->secondary[k], &h->secondary[k]);
    if (same)
        return false;
    n->secondary = mem_grow(n->secondary, h->n_secondary + 1, sizeof *n->secondary);
    for (size_t k = 0; k < h->n_secondary; k++)
        n->secondary[k] = h->secondary[k];
    n->n_secondary = h->n_secondary;
    return true;
}

/* true: the options that elections and trees look at are others. */
static bool set_options(struct pim_neighbor *n, const struct pim_hello *h)
{
    struct pim_neighbor old = *n;
    n->has_gen_id = h->has_gen_id;
    n->gen_id = h->gen_id;
    n->has_priority = h->has_priority;
    n->dr_priority = h->dr_priority;
    n->has_lan_delay = h->has_lan_delay;
    n->t_bit = h->t_bit;
    n->propagation_ms = h->propagation_ms;
    n->override_ms = h->override_ms;
    bool moved = set_secondary(n, h);
    return moved || old.has_priority != n->has_priority || old.dr_priority != n->dr_priority;
}

enum pim_reason pim_iface_hello(struct pim_router *r, sim_time now, struct pim_iface *i,
                                const struct ip_addr *src, const struct pim_hello *h)
{
    enum { DEFAULT_HOLDTIME_S = 105 };
    uint32_t k = place_of(i, src);
    bool known = k < i->n_neighbors && ip_addr_equal(&i->neighbors[k].addr, src);
    uint16_t hold_s = h->has_holdtime ? h->holdtime_s : DEFAULT_HOLDTIME_S;
    if (hold_s == 0) {
        if (known) {
            forget(r, now, i, k);
            elect(r, now, i);
        }
        return PIM_DROP_NONE;
    }
    if (!known)
        insert(i, k, src);
    struct pim_neighbor *n = &i->neighbors[k];
    bool reborn = known && (n->has_gen_id != h->has_gen_id || n->gen_id != h->gen_id);
    bool changed = set_options(n, h);
    n->until = hold_s == PIM_HOLD_FOREVER ? SIM_NEVER : now + SIM_S(hold_s);
    pim_timer_lower(&r->timers, &i->timer, n->until);
    if (!known || reborn) {
        const struct pim_draw_key hello = {PIM_DRAW_HELLO, &i->cfg.addr, src, &i->draws};
        sim_time at = now + pim_draw(r, now, &hello, r->cfg->triggered_hello);
        i->hello_at = at < i->hello_at ? at : i->hello_at;
        i->owes_hello = true;
        pim_timer_lower(&r->timers, &i->timer, i->hello_at);
        pim_bsr_greet(r, now, i, src);
    }
    if (reborn)
        pim_tree_reborn(r, now, i, src);
    if (!known || changed || reborn)
        pim_tree_touch_all(r, now);
    elect(r, now, i);
    return PIM_DROP_NONE;
}
