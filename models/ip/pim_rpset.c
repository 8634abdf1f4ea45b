/* SPDX-License-Identifier: GPL-2.0-only
 * RPs of groups. Sources: see pim_rpset.h. */
#include "models/ip/pim_rpset.h"

#include <stdlib.h>
#include <string.h>

#include "models/ip/pim_algo.h"
#include "sim/mem.h"

void pim_rpset_fini(struct pim_rpset *s)
{
    free(s->v);
    s->v = NULL;
    s->n = s->max = 0;
}

static int compare(const struct pim_mapping *a, const struct pim_mapping *b)
{
    int d = (int)a->prefix.len - (int)b->prefix.len;
    d = d ? d : ip_addr_cmp(&a->prefix.addr, &b->prefix.addr);
    return d ? d : ip_addr_cmp(&a->rp, &b->rp);
}

bool pim_rpset_put(struct pim_rpset *s, const struct pim_mapping *m)
{
    uint32_t i = 0;
    while (i < s->n && compare(&s->v[i], m) < 0)
        i++;
    if (i < s->n && compare(&s->v[i], m) == 0) {
        bool same = s->v[i].priority == m->priority;
        if (m->learnt && !s->v[i].learnt)
            return false;
        s->v[i] = *m;
        return !same;
    }
    if (s->n == s->max) {
        s->max = s->max ? 2 * s->max : 4;
        s->v = mem_grow(s->v, s->max, sizeof *s->v);
    }
    memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof *s->v);
    s->v[i] = *m;
    s->n++;
    return true;
}

bool pim_rpset_expire(struct pim_rpset *s, sim_time now)
{
    uint32_t n = 0, before = s->n;
    for (uint32_t i = 0; i < before; i++)
        if (!s->v[i].learnt || s->v[i].until > now)
            s->v[n++] = s->v[i];
    s->n = n;
    return n != before;
}

static bool is_kept(const struct pim_mapping *m, const struct ip_prefix *range,
                    const struct pim_rp *but, size_t n_but)
{
    if (!m->learnt || m->prefix.len != range->len || !ip_addr_equal(&m->prefix.addr, &range->addr))
        return true;
    for (size_t i = 0; i < n_but; i++)
        if (ip_addr_equal(&m->rp, &but[i].addr))
            return true;
    return false;
}

bool pim_rpset_clear(struct pim_rpset *s, const struct ip_prefix *range, const struct pim_rp *but,
                     size_t n_but)
{
    uint32_t n = 0, before = s->n;
    for (uint32_t i = 0; i < before; i++)
        if (is_kept(&s->v[i], range, but, n_but))
            s->v[n++] = s->v[i];
    s->n = n;
    return n != before;
}

sim_time pim_rpset_next(const struct pim_rpset *s)
{
    sim_time at = SIM_NEVER;
    for (uint32_t i = 0; i < s->n; i++)
        if (s->v[i].learnt && s->v[i].until < at)
            at = s->v[i].until;
    return at;
}

static bool better(const struct pim_mapping *a, const struct pim_mapping *b,
                   const struct ip_addr *group, uint8_t mask_len)
{
    if (a->prefix.len != b->prefix.len)
        return a->prefix.len > b->prefix.len;
    if (a->priority != b->priority)
        return a->priority < b->priority;
    uint32_t x = pim_rp_hash(group, mask_len, &a->rp), y = pim_rp_hash(group, mask_len, &b->rp);
    return x != y ? x > y : ip_addr_cmp(&a->rp, &b->rp) > 0;
}

bool pim_rpset_find(const struct pim_rpset *s, const struct ip_addr *group, struct ip_addr *rp)
{
    struct ip_group g;
    if (ip_group_describe(group, &g) || g.ssm || !ip_group_is_routed(group))
        return false;
    if (g.has_rp && !s->no_embedded) {
        *rp = g.rp;
        return true;
    }
    uint8_t mask_len = s->hash_mask_len         ? s->hash_mask_len
                       : group->family == IP_V4 ? PIM_HASH_MASK_V4
                                                : PIM_HASH_MASK_V6;
    const struct pim_mapping *best = NULL;
    for (uint32_t i = 0; i < s->n; i++) {
        const struct pim_mapping *m = &s->v[i];
        if (ip_prefix_has(&m->prefix, group) && (!best || better(m, best, group, mask_len)))
            best = m;
    }
    if (best)
        *rp = best->rp;
    return best != NULL;
}
