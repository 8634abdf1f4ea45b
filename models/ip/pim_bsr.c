/* SPDX-License-Identifier: GPL-2.0-only
 * The bootstrap router, its candidates, candidate RPs. Source: see pim_bsr.h. */
#include "models/ip/pim_bsr.h"

#include "models/ip/pim_neighbor.h"
#include "models/ip/pim_tree.h"
#include "sim/detmath.h"

enum { RP_BACKOFF_S = 3 };

static void set_timer(struct pim_router *r)
{
    struct pim_bsr *b = &r->bsr;
    sim_time at = b->at < b->adv_at ? b->at : b->adv_at, t = pim_rpset_next(&r->rps);
    pim_timer_set(&r->timers, &b->timer, t < at ? t : at);
}

/* Groups may have other RPs now. */
static void rps_changed(struct pim_router *r, sim_time now)
{
    r->route_version++;
    pim_tree_touch_all(r, now);
}

/* 32 bits as a number, of IPv6 the last: enough to tell candidates of a domain apart. */
static double number_of(const struct ip_addr *a)
{
    size_t at = a->family == IP_V4 ? 0 : 12;
    return ((a->b[at] * 256.0 + a->b[at + 1]) * 256.0 + a->b[at + 2]) * 256.0 + a->b[at + 3];
}

static double log2_of(double x)
{
    return det_log(x) / det_log(2);
}

/* BS_Rand_Override: better candidates speak first (RFC 5059 section 5). */
static sim_time override_delay(const struct pim_router *r)
{
    const struct pim_cfg *cfg = r->cfg;
    const struct pim_bsr *b = &r->bsr;
    bool known = b->addr.family != IP_NONE && b->priority >= cfg->bsr_priority;
    int best = known ? b->priority : cfg->bsr_priority;
    double own = number_of(&cfg->bsr_addr), addr_s = 2 - own / 2147483648.0;
    if (best == cfg->bsr_priority) {
        double other = known ? number_of(&b->addr) : own;
        addr_s = log2_of(1 + (other > own ? other - own : 0)) / 16;
    }
    double s = 5 + 2 * log2_of(1.0 + best - cfg->bsr_priority) + addr_s;
    return (sim_time)(s * 1e6) * 1000;
}

static bool same_range(const struct ip_prefix *a, const struct ip_prefix *b)
{
    return a->len == b->len && ip_addr_equal(&a->addr, &b->addr);
}

/* What is known, as a message; lists in the machine's own room. */
static struct pim_msg make_message(struct pim_router *r)
{
    struct pim_bsr *b = &r->bsr;
    struct pim_room *room = &b->room;
    struct pim_range *g = NULL;
    size_t n_ranges = 0, n_rps = 0;
    room->ranges =
        pim_room_reserve(room->ranges, &room->max_ranges, r->rps.n, sizeof *room->ranges);
    room->rps = pim_room_reserve(room->rps, &room->max_rps, r->rps.n, sizeof *room->rps);
    for (uint32_t i = 0; i < r->rps.n; i++) {
        const struct pim_mapping *m = &r->rps.v[i];
        if (!m->learnt)
            continue;
        if (!g || !same_range(&g->prefix, &m->prefix)) {
            g = &room->ranges[n_ranges++];
            *g = (struct pim_range){.prefix = m->prefix, .rps = &room->rps[n_rps]};
        }
        room->rps[n_rps++] = (struct pim_rp){m->rp, m->holdtime_s, m->priority};
        g->n_rps++;
        g->n_all++;
    }
    return (struct pim_msg){.kind = PIM_BOOTSTRAP,
                            .family = r->cfg->family,
                            .u.bootstrap = {.fragment_tag = b->tag,
                                            .hash_mask_len = b->hash_mask_len,
                                            .priority = b->priority,
                                            .bsr = b->addr,
                                            .ranges = room->ranges,
                                            .n_ranges = n_ranges}};
}

/* To all links with neighbours; back to where it came from only if others than its sender may be
 * there. */
static void flood(struct pim_router *r, sim_time now, const struct pim_msg *m, uint32_t from)
{
    for (uint32_t k = 0; k < r->n_ifaces; k++) {
        struct pim_iface *i = &r->ifaces[k];
        if (!i->up || i->n_neighbors < (k == from ? 2u : 1u))
            continue;
        pim_iface_introduce(r, now, i);
        r->io->send(r->io->obj, k, NULL, m);
    }
}

static void originate(struct pim_router *r, sim_time now)
{
    struct pim_bsr *b = &r->bsr;
    b->tag++;
    b->at = now + r->cfg->bsr_period;
    struct pim_msg m = make_message(r);
    flood(r, now, &m, PIM_NO_IFACE);
}

/* Another router, or this one, is the BSR: candidate RPs introduce themselves. */
static void new_bsr(struct pim_router *r, sim_time now)
{
    const struct pim_draw_key key = {PIM_DRAW_BSR, &r->cfg->rp_addr, &r->bsr.addr, &r->bsr.draws};
    if (r->cfg->n_rp_ranges > 0)
        r->bsr.adv_at = now + pim_draw(r, now, &key, SIM_S(RP_BACKOFF_S));
}

static void elect_self(struct pim_router *r, sim_time now)
{
    const struct pim_cfg *cfg = r->cfg;
    struct pim_bsr *b = &r->bsr;
    b->state = PIM_BSR_ELECTED;
    b->addr = cfg->bsr_addr;
    b->priority = cfg->bsr_priority;
    b->hash_mask_len = cfg->hash_mask_len     ? cfg->hash_mask_len
                       : cfg->family == IP_V4 ? PIM_HASH_MASK_V4
                                              : PIM_HASH_MASK_V6;
    r->rps.hash_mask_len = b->hash_mask_len;
    new_bsr(r, now);
    originate(r, now);
}

void pim_bsr_start(struct pim_router *r, sim_time now)
{
    struct pim_bsr *b = &r->bsr;
    b->state = r->cfg->is_candidate_bsr ? PIM_BSR_PENDING : PIM_BSR_ANY;
    b->at = r->cfg->is_candidate_bsr ? now + override_delay(r) : SIM_NEVER;
    set_timer(r);
}

void pim_bsr_fini(struct pim_router *r)
{
    pim_room_fini(&r->bsr.room);
}

static void advertise(struct pim_router *r, sim_time now)
{
    const struct pim_cfg *cfg = r->cfg;
    const struct pim_msg m = {.kind = PIM_CANDIDATE_RP,
                              .family = cfg->family,
                              .u.candidate = {.priority = cfg->rp_priority,
                                              .holdtime_s = cfg->rp_holdtime_s,
                                              .rp = cfg->rp_addr,
                                              .groups = cfg->rp_ranges,
                                              .n_groups = cfg->n_rp_ranges}};
    r->bsr.adv_at = now + cfg->rp_period;
    if (r->bsr.state == PIM_BSR_ELECTED)
        pim_bsr_candidate(r, now, &m.u.candidate);
    else if (r->bsr.addr.family != IP_NONE)
        r->io->send(r->io->obj, PIM_NO_IFACE, &r->bsr.addr, &m);
}

/* The timer of the election is over (RFC 5059 section 3.1). */
static void timer_over(struct pim_router *r, sim_time now)
{
    struct pim_bsr *b = &r->bsr;
    switch (b->state) {
    case PIM_BSR_ELECTED:
        originate(r, now);
        break;
    case PIM_BSR_PENDING:
        elect_self(r, now);
        break;
    default:
        b->addr = (struct ip_addr){.family = IP_NONE};
        b->state = r->cfg->is_candidate_bsr ? PIM_BSR_PENDING : PIM_BSR_ANY;
        b->at = r->cfg->is_candidate_bsr ? now + override_delay(r) : SIM_NEVER;
        break;
    }
}

void pim_bsr_wake(struct pim_router *r, sim_time now)
{
    if (pim_rpset_expire(&r->rps, now))
        rps_changed(r, now);
    if (r->bsr.at <= now)
        timer_over(r, now);
    if (r->bsr.adv_at <= now)
        advertise(r, now);
    set_timer(r);
}

static bool put(struct pim_router *r, sim_time now, const struct ip_prefix *range,
                const struct pim_rp *rp)
{
    const struct pim_mapping m = {.prefix = *range,
                                  .rp = rp->addr,
                                  .priority = rp->priority,
                                  .holdtime_s = rp->holdtime_s,
                                  .until = now + SIM_S(rp->holdtime_s),
                                  .learnt = true};
    return ip_addr_is_source(&rp->addr) && pim_rpset_put(&r->rps, &m);
}

/* A candidate RP that says good-bye has hold time 0. */
enum pim_reason pim_bsr_candidate(struct pim_router *r, sim_time now,
                                  const struct pim_candidate_rp *c)
{
    const struct pim_rp rp = {c->rp, c->holdtime_s, c->priority};
    const struct ip_prefix all = {r->cfg->family == IP_V4 ? ip_addr_v4(0xe0000000)
                                                          : ip_addr_of("ff00::"),
                                  r->cfg->family == IP_V4 ? 4 : 8};
    bool changed = false;
    if (r->bsr.state != PIM_BSR_ELECTED)
        return PIM_DROP_ROLE;
    for (size_t i = 0; i < c->n_groups; i++)
        changed |= put(r, now, &c->groups[i], &rp);
    if (c->n_groups == 0)
        changed = put(r, now, &all, &rp);
    changed |= pim_rpset_expire(&r->rps, now);
    if (changed) {
        rps_changed(r, now);
        originate(r, now);
    }
    set_timer(r);
    return PIM_DROP_NONE;
}

void pim_bsr_greet(struct pim_router *r, sim_time now, struct pim_iface *i,
                   const struct ip_addr *neighbor)
{
    if (!i->is_dr || r->bsr.addr.family == IP_NONE)
        return;
    pim_iface_introduce(r, now, i); /* of strangers it is not taken */
    struct pim_msg m = make_message(r);
    m.u.bootstrap.no_forward = true;
    r->io->send(r->io->obj, i->index, neighbor, &m);
}

/* Is it from the neighbour towards the BSR? One to this router alone counts while none is known. */
static enum pim_reason check_way(struct pim_router *r, const struct pim_input *in)
{
    const struct pim_bootstrap *m = &in->msg->u.bootstrap;
    const struct pim_iface *i = &r->ifaces[in->iface];
    struct pim_route route;
    if (!pim_iface_neighbor(i, &in->src))
        return PIM_DROP_NOT_NEIGHBOR;
    if (pim_router_is_own(r, &m->bsr) || !ip_addr_is_source(&m->bsr))
        return PIM_DROP_ROLE;
    if (m->no_forward)
        return r->bsr.addr.family == IP_NONE ? PIM_DROP_NONE : PIM_DROP_STALE;
    if (!r->io->route(r->io->obj, &m->bsr, &route) || route.iface != in->iface)
        return PIM_DROP_STALE;
    const struct pim_neighbor *n = pim_iface_nbr(i, route.connected ? &m->bsr : &route.next_hop);
    return n && ip_addr_equal(&n->addr, &in->src) ? PIM_DROP_NONE : PIM_DROP_STALE;
}

/* As good as what is known, or as this router itself. */
static bool is_preferred(const struct pim_router *r, const struct pim_bootstrap *m)
{
    const struct pim_bsr *b = &r->bsr;
    bool self = b->state == PIM_BSR_PENDING || b->state == PIM_BSR_ELECTED;
    uint8_t priority = self ? r->cfg->bsr_priority : b->priority;
    const struct ip_addr *addr = self ? &r->cfg->bsr_addr : &b->addr;
    if (b->state == PIM_BSR_ANY || m->priority != priority)
        return b->state == PIM_BSR_ANY || m->priority > priority;
    return ip_addr_cmp(&m->bsr, addr) >= 0;
}

static void learn(struct pim_router *r, sim_time now, const struct pim_bootstrap *m)
{
    bool changed = r->rps.hash_mask_len != m->hash_mask_len;
    r->rps.hash_mask_len = m->hash_mask_len;
    for (size_t i = 0; i < m->n_ranges; i++) {
        const struct pim_range *g = &m->ranges[i];
        for (size_t k = 0; k < g->n_rps; k++)
            changed |= put(r, now, &g->prefix, &g->rps[k]);
        if (g->n_all == g->n_rps) /* no other fragment has more of them */
            changed |= pim_rpset_clear(&r->rps, &g->prefix, g->rps, g->n_rps);
    }
    changed |= pim_rpset_expire(&r->rps, now);
    if (changed)
        rps_changed(r, now);
}

static void accept(struct pim_router *r, sim_time now, const struct pim_input *in)
{
    const struct pim_bootstrap *m = &in->msg->u.bootstrap;
    struct pim_bsr *b = &r->bsr;
    bool other = !ip_addr_equal(&b->addr, &m->bsr);
    b->state = PIM_BSR_PREFERRED;
    b->addr = m->bsr;
    b->priority = m->priority;
    b->hash_mask_len = m->hash_mask_len;
    b->tag = m->fragment_tag;
    b->at = now + r->cfg->bsr_timeout;
    if (other)
        new_bsr(r, now);
    learn(r, now, m);
    if (!m->no_forward)
        flood(r, now, in->msg, in->iface);
}

enum pim_reason pim_bsr_receive(struct pim_router *r, sim_time now, const struct pim_input *in)
{
    const struct pim_bootstrap *m = &in->msg->u.bootstrap;
    struct pim_bsr *b = &r->bsr;
    enum pim_reason reason = check_way(r, in);
    if (reason)
        return reason;
    if (is_preferred(r, m)) {
        accept(r, now, in);
    } else if (b->state == PIM_BSR_ELECTED) {
        originate(r, now);
    } else if (b->state == PIM_BSR_PREFERRED && r->cfg->is_candidate_bsr &&
               ip_addr_equal(&b->addr, &m->bsr)) {
        b->state = PIM_BSR_PENDING; /* the BSR is worse than it was */
        b->at = now + override_delay(r);
    }
    set_timer(r);
    return PIM_DROP_NONE;
}
