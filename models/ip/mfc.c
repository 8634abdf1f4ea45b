/* SPDX-License-Identifier: GPL-2.0-only
 * The multicast forwarding table: a sorted list of entries. */
#include "models/ip/mfc.h"

#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

static uint64_t bit(uint32_t iface)
{
    return UINT64_C(1) << (iface & 63);
}

void ip_ifset_add(struct ip_ifset *s, uint32_t iface)
{
    s->w[iface >> 6] |= bit(iface);
}

void ip_ifset_remove(struct ip_ifset *s, uint32_t iface)
{
    s->w[iface >> 6] &= ~bit(iface);
}

bool ip_ifset_has(const struct ip_ifset *s, uint32_t iface)
{
    return iface <= IP_MAX_IFACES && s->w[iface >> 6] & bit(iface);
}

bool ip_ifset_empty(const struct ip_ifset *s)
{
    return !(s->w[0] | s->w[1] | s->w[2] | s->w[3]);
}

bool ip_ifset_equal(const struct ip_ifset *a, const struct ip_ifset *b)
{
    return memcmp(a->w, b->w, sizeof a->w) == 0;
}

uint32_t ip_ifset_next(const struct ip_ifset *s, uint32_t iface)
{
    for (uint32_t i = iface + 1; i <= IP_MAX_IFACES; i++) {
        if (!(s->w[i >> 6] >> (i & 63))) {
            i |= 63; /* no more in this word */
            continue;
        }
        if (ip_ifset_has(s, i))
            return i;
    }
    return 0;
}

void ip_mfc_fini(struct ip_mfc *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        free(t->entries[i]);
    free(t->entries);
    *t = (struct ip_mfc){0};
}

/* Where the entry is, or belongs. */
static uint32_t place(const struct ip_mfc *t, const struct ip_addr *src,
                      const struct ip_addr *group)
{
    uint32_t lo = 0, hi = t->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int order = ip_addr_cmp(&t->entries[mid]->group, group);
        if (order == 0)
            order = ip_addr_cmp(&t->entries[mid]->src, src);
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool is_at(const struct ip_mfc *t, uint32_t i, const struct ip_addr *src,
                  const struct ip_addr *group)
{
    return i < t->n && ip_addr_equal(&t->entries[i]->src, src) &&
           ip_addr_equal(&t->entries[i]->group, group);
}

struct ip_mfc_entry *ip_mfc_find(const struct ip_mfc *t, const struct ip_addr *src,
                                 const struct ip_addr *group)
{
    uint32_t i = place(t, src, group);
    return is_at(t, i, src, group) ? t->entries[i] : NULL;
}

struct ip_mfc_entry *ip_mfc_add(struct ip_mfc *t, const struct ip_addr *src,
                                const struct ip_addr *group, bool *made)
{
    uint32_t i = place(t, src, group);
    *made = !is_at(t, i, src, group);
    if (!*made)
        return t->entries[i];
    if (t->n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 8;
        t->entries = mem_grow(t->entries, t->cap, sizeof(struct ip_mfc_entry *));
    }
    memmove(t->entries + i + 1, t->entries + i, (t->n - i) * sizeof *t->entries);
    struct ip_mfc_entry *e = mem_alloc(1, sizeof *e);
    *e = (struct ip_mfc_entry){.src = *src, .group = *group};
    t->entries[i] = e;
    t->n++;
    return e;
}

void ip_mfc_remove(struct ip_mfc *t, struct ip_mfc_entry *e)
{
    uint32_t i = place(t, &e->src, &e->group);
    t->n--;
    memmove(t->entries + i, t->entries + i + 1, (t->n - i) * sizeof *t->entries);
    free(e);
}
