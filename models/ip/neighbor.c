/* SPDX-License-Identifier: GPL-2.0-only
 * The neighbour cache. Sources: see neighbor.h. */
#include "models/ip/neighbor.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct ip_neighbor_packet {
    struct ip_neighbor_packet *next;
    size_t len;
    uint8_t bytes[];
};

struct ip_neighbor_cfg ip_neighbor_cfg_default(void)
{
    return (struct ip_neighbor_cfg){.retransmit = SIM_S(1),
                                    .reachable = SIM_S(30),
                                    .delay = SIM_S(5),
                                    .n_asks = 3,
                                    .n_waiting = 3,
                                    .n_max = 512};
}

void ip_neighbors_init(struct ip_neighbors *t, const struct ip_neighbor_cfg *cfg,
                       const struct ip_neighbor_io *io, const struct ip_iface *own,
                       const uint8_t mac[6], bool router)
{
    *t = (struct ip_neighbors){.cfg = *cfg, .io = io, .own = own, .router = router};
    memcpy(t->mac, mac, 6);
}

static void take_first(struct ip_neighbor *k)
{
    struct ip_neighbor_packet *p = k->first;
    k->first = p->next;
    if (!k->first)
        k->last = NULL;
    k->n_waiting--;
    free(p);
}

static void forget_packets(struct ip_neighbor *k)
{
    while (k->first)
        take_first(k);
}

void ip_neighbors_fini(struct ip_neighbors *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        forget_packets(&t->v[i]);
    free(t->v);
}

/* Its place, or where it would be. */
static uint32_t place_of(const struct ip_neighbors *t, const struct ip_addr *a)
{
    uint32_t lo = 0, hi = t->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (ip_addr_cmp(&t->v[mid].addr, a) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct ip_neighbor *find(const struct ip_neighbors *t, const struct ip_addr *a)
{
    uint32_t i = place_of(t, a);
    return i < t->n && ip_addr_equal(&t->v[i].addr, a) ? &t->v[i] : NULL;
}

const struct ip_neighbor *ip_neighbors_find(const struct ip_neighbors *t, const struct ip_addr *a)
{
    return find(t, a);
}

static void remove_at(struct ip_neighbors *t, uint32_t i)
{
    forget_packets(&t->v[i]);
    t->n--;
    memmove(&t->v[i], &t->v[i + 1], (t->n - i) * sizeof *t->v);
}

/* The one that has not been used for longest makes room; those that are asked for stay. */
static bool make_room(struct ip_neighbors *t)
{
    uint32_t oldest = UINT32_MAX;
    if (t->n < t->cfg.n_max)
        return true;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->v[i].state != IP_NEIGHBOR_INCOMPLETE &&
            (oldest == UINT32_MAX || t->v[i].used_at < t->v[oldest].used_at))
            oldest = i;
    if (oldest == UINT32_MAX)
        return false;
    remove_at(t, oldest);
    return true;
}

/* NULL: there is no room. */
static struct ip_neighbor *add(struct ip_neighbors *t, sim_time now, const struct ip_addr *a)
{
    if (!make_room(t))
        return NULL;
    uint32_t i = place_of(t, a);
    if (t->n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 4;
        t->v = mem_grow(t->v, t->cap, sizeof *t->v);
    }
    memmove(&t->v[i + 1], &t->v[i], (t->n - i) * sizeof *t->v);
    t->n++;
    t->v[i] = (struct ip_neighbor){
        .addr = *a, .state = IP_NEIGHBOR_INCOMPLETE, .at = SIM_NEVER, .used_at = now};
    return &t->v[i];
}

/* The own address that asks: of the target's kind. */
static struct ip_addr asker(const struct ip_neighbors *t, const struct ip_addr *target)
{
    if (target->family == IP_V4)
        return t->own->v4.family ? t->own->v4 : ip_addr_any(IP_V4);
    if (ip_addr_is_link_local(target) || t->own->v6.family == IP_NONE)
        return t->own->v6_link;
    return t->own->v6;
}

static void ask(struct ip_neighbors *t, sim_time now, struct ip_neighbor *k)
{
    bool alone = k->state == IP_NEIGHBOR_PROBE;
    uint8_t group_mac[6];
    struct ip_neighbor_msg m = {.kind = IP_NEIGHBOR_SOLICIT,
                                .family = k->addr.family,
                                .src = asker(t, &k->addr),
                                .dst = k->addr,
                                .target = k->addr,
                                .has_mac = true};
    const uint8_t *to = alone ? k->mac : broadcast;
    if (!alone && k->addr.family == IP_V6) {
        m.dst = ip_solicited_node(&k->addr);
        ip_group_mac(&m.dst, group_mac);
        to = group_mac;
    }
    memcpy(m.mac, t->mac, 6);
    k->n_asked++;
    k->at = now + t->cfg.retransmit;
    t->io->send(t->io->obj, &m, to);
}

static void reachable(struct ip_neighbors *t, sim_time now, struct ip_neighbor *k)
{
    k->state = IP_NEIGHBOR_REACHABLE;
    k->at = now + t->cfg.reachable;
}

static void stale(struct ip_neighbor *k)
{
    k->state = IP_NEIGHBOR_STALE;
    k->at = SIM_NEVER;
}

/* A timer has come. false: the neighbour is given up. */
static bool expire(struct ip_neighbors *t, sim_time now, struct ip_neighbor *k)
{
    switch ((enum ip_neighbor_state)k->state) {
    case IP_NEIGHBOR_REACHABLE:
        stale(k);
        return true;
    case IP_NEIGHBOR_DELAY:
        k->state = IP_NEIGHBOR_PROBE;
        k->n_asked = 0;
        break;
    default:
        break;
    }
    if (k->n_asked == t->cfg.n_asks)
        return false;
    ask(t, now, k);
    return true;
}

void ip_neighbors_wake(struct ip_neighbors *t, sim_time now)
{
    for (uint32_t i = 0; i < t->n;) {
        struct ip_neighbor *k = &t->v[i];
        if (k->at > now || expire(t, now, k)) {
            i++;
            continue;
        }
        t->n_unreachable += k->n_waiting;
        remove_at(t, i);
    }
}

sim_time ip_neighbors_next(const struct ip_neighbors *t)
{
    sim_time next = SIM_NEVER;
    for (uint32_t i = 0; i < t->n; i++)
        next = t->v[i].at < next ? t->v[i].at : next;
    return next;
}

static void wait_for(struct ip_neighbors *t, struct ip_neighbor *k, const uint8_t *packet,
                     size_t len)
{
    struct ip_neighbor_packet *p = mem_alloc(1, sizeof *p + len);
    p->len = len;
    memcpy(p->bytes, packet, len);
    if (k->n_waiting == t->cfg.n_waiting) {
        take_first(k);
        t->n_driven_out++;
    }
    if (k->last)
        k->last->next = p;
    else
        k->first = p;
    k->last = p;
    k->n_waiting++;
}

/* It is used: an old address is to be checked soon. */
static void pass(struct ip_neighbors *t, sim_time now, struct ip_neighbor *k, const uint8_t *packet,
                 size_t len)
{
    if (k->state == IP_NEIGHBOR_STALE) {
        k->state = IP_NEIGHBOR_DELAY;
        k->at = now + t->cfg.delay;
    }
    t->io->pass(t->io->obj, k->mac, packet, len);
}

void ip_neighbors_send(struct ip_neighbors *t, sim_time now, const struct ip_addr *to,
                       const uint8_t *packet, size_t len)
{
    ip_neighbors_wake(t, now);
    struct ip_neighbor *k = find(t, to);
    if (!k && !(k = add(t, now, to))) {
        t->n_driven_out++;
        return;
    }
    k->used_at = now;
    if (k->state != IP_NEIGHBOR_INCOMPLETE) {
        pass(t, now, k, packet, len);
        return;
    }
    if (t->cfg.n_waiting > 0)
        wait_for(t, k, packet, len);
    if (k->n_asked == 0)
        ask(t, now, k);
}

/* Its Ethernet address has become known: what waited goes out. */
static void flush(struct ip_neighbors *t, sim_time now, struct ip_neighbor *k)
{
    while (k->first) {
        pass(t, now, k, k->first->bytes, k->first->len);
        take_first(k);
    }
}

static bool is_own(const struct ip_neighbors *t, const struct ip_addr *a)
{
    return ip_addr_equal(a, &t->own->v4) || ip_addr_equal(a, &t->own->v6) ||
           ip_addr_equal(a, &t->own->v6_link);
}

/* What a question says of who asks. */
static void learn_asker(struct ip_neighbors *t, sim_time now, struct ip_neighbor *k,
                        const struct ip_neighbor_msg *m)
{
    bool same = k->state != IP_NEIGHBOR_INCOMPLETE && memcmp(k->mac, m->mac, 6) == 0;
    if (same)
        return;
    memcpy(k->mac, m->mac, 6);
    k->used_at = now;
    stale(k);
    flush(t, now, k);
}

/* Tell an own address; to: who gets it. */
static void answer(struct ip_neighbors *t, const struct ip_neighbor_msg *asked, const uint8_t to[6])
{
    bool probe = ip_addr_is_any(&asked->src);
    struct ip_neighbor_msg m = {.kind = IP_NEIGHBOR_ADVERT,
                                .family = asked->family,
                                .src = asked->target,
                                .dst = asked->src,
                                .target = asked->target,
                                .has_mac = true,
                                .router = t->router,
                                .solicited = !probe,
                                .override = true};
    memcpy(m.mac, t->mac, 6);
    if (probe && asked->family == IP_V6)
        m.dst = ip_addr_of("ff02::1");
    t->io->send(t->io->obj, &m, to);
}

static enum ip_neighbor_reason receive_question(struct ip_neighbors *t, sim_time now,
                                                const struct ip_neighbor_msg *m)
{
    bool ours = is_own(t, &m->target), probe = ip_addr_is_any(&m->src);
    struct ip_neighbor *k = probe ? NULL : find(t, &m->src);
    uint8_t all_nodes[6] = {0x33, 0x33, 0, 0, 0, 1};
    if (!ours && (m->family == IP_V6 || !k))
        return IP_NEIGHBOR_OTHER_TARGET;
    if (!probe && m->has_mac && ours && !k && !(k = add(t, now, &m->src)))
        return IP_NEIGHBOR_FULL;
    if (k && m->has_mac)
        learn_asker(t, now, k, m);
    if (!ours)
        return IP_NEIGHBOR_OTHER_TARGET;
    if (probe)
        answer(t, m, m->family == IP_V4 ? m->mac : all_nodes);
    else if (k && k->state != IP_NEIGHBOR_INCOMPLETE)
        answer(t, m, k->mac);
    else
        return IP_NEIGHBOR_NO_ADDRESS;
    return IP_NEIGHBOR_NONE;
}

/* RFC 4861 section 7.2.5. */
static enum ip_neighbor_reason receive_answer(struct ip_neighbors *t, sim_time now,
                                              const struct ip_neighbor_msg *m)
{
    struct ip_neighbor *k = find(t, &m->target);
    if (!k)
        return IP_NEIGHBOR_NOT_ASKED;
    bool complete = k->state != IP_NEIGHBOR_INCOMPLETE;
    bool other = m->has_mac && (!complete || memcmp(m->mac, k->mac, 6) != 0);
    if (!complete && !m->has_mac)
        return IP_NEIGHBOR_NO_ADDRESS;
    if (complete && other && !m->override) {
        if (k->state == IP_NEIGHBOR_REACHABLE)
            stale(k);
        return IP_NEIGHBOR_NONE;
    }
    if (other)
        memcpy(k->mac, m->mac, 6);
    if (m->solicited)
        reachable(t, now, k);
    else if (other)
        stale(k);
    flush(t, now, k);
    return IP_NEIGHBOR_NONE;
}

enum ip_neighbor_reason ip_neighbors_receive(struct ip_neighbors *t, sim_time now,
                                             enum ip_neighbor_reason reason,
                                             const struct ip_neighbor_msg *m)
{
    ip_neighbors_wake(t, now);
    if (!reason && (is_own(t, &m->src) || (m->kind == IP_NEIGHBOR_ADVERT && is_own(t, &m->target))))
        reason = IP_NEIGHBOR_OURS;
    if (!reason)
        reason = m->kind == IP_NEIGHBOR_SOLICIT ? receive_question(t, now, m)
                                                : receive_answer(t, now, m);
    t->n_reasons[reason]++;
    return reason;
}
