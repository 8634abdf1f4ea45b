/* SPDX-License-Identifier: GPL-2.0-only
 * Sets of addresses as sorted arrays; source filters. Sources: see filter.h. */
#include "models/ip/filter.h"

#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

/* Where a stands or would stand. */
static uint32_t place_of(const struct ip_set *s, const struct ip_addr *a)
{
    uint32_t lo = 0, hi = s->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (ip_addr_cmp(&s->v[mid], a) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void reserve(struct ip_set *s, uint32_t n)
{
    if (n <= s->cap)
        return;
    s->cap = n > 2 * s->cap ? n : 2 * s->cap;
    s->v = mem_grow(s->v, s->cap, sizeof *s->v);
}

void ip_set_fini(struct ip_set *s)
{
    free(s->v);
    *s = (struct ip_set){0};
}

void ip_set_clear(struct ip_set *s)
{
    s->n = 0;
}

bool ip_set_has(const struct ip_set *s, const struct ip_addr *a)
{
    uint32_t i = place_of(s, a);
    return i < s->n && ip_addr_equal(&s->v[i], a);
}

bool ip_set_add(struct ip_set *s, const struct ip_addr *a)
{
    uint32_t i = place_of(s, a);
    if (i < s->n && ip_addr_equal(&s->v[i], a))
        return false;
    reserve(s, s->n + 1);
    memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof *s->v);
    s->v[i] = *a;
    s->n++;
    return true;
}

bool ip_set_remove(struct ip_set *s, const struct ip_addr *a)
{
    uint32_t i = place_of(s, a);
    if (i == s->n || !ip_addr_equal(&s->v[i], a))
        return false;
    s->n--;
    memmove(s->v + i, s->v + i + 1, (s->n - i) * sizeof *s->v);
    return true;
}

static int compare(const void *a, const void *b)
{
    return ip_addr_cmp(a, b);
}

void ip_set_assign(struct ip_set *s, const struct ip_addr *v, size_t n)
{
    s->n = 0;
    if (n == 0)
        return;
    reserve(s, (uint32_t)n);
    memcpy(s->v, v, n * sizeof *v);
    qsort(s->v, n, sizeof *s->v, compare);
    for (size_t i = 0; i < n; i++)
        if (s->n == 0 || !ip_addr_equal(&s->v[s->n - 1], &s->v[i]))
            s->v[s->n++] = s->v[i];
}

void ip_set_copy(struct ip_set *to, const struct ip_set *from)
{
    reserve(to, from->n);
    if (from->n > 0)
        memcpy(to->v, from->v, from->n * sizeof *from->v);
    to->n = from->n;
}

bool ip_set_equal(const struct ip_set *a, const struct ip_set *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof *a->v) == 0);
}

void ip_set_unite(struct ip_set *s, const struct ip_set *other)
{
    for (uint32_t i = 0; i < other->n; i++)
        ip_set_add(s, &other->v[i]);
}

/* Keep those of s whose presence in other is as wanted. */
static void keep(struct ip_set *s, const struct ip_set *other, bool wanted)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n; i++)
        if (ip_set_has(other, &s->v[i]) == wanted)
            s->v[n++] = s->v[i];
    s->n = n;
}

void ip_set_subtract(struct ip_set *s, const struct ip_set *other)
{
    keep(s, other, false);
}

void ip_set_intersect(struct ip_set *s, const struct ip_set *other)
{
    keep(s, other, true);
}

void ip_filter_fini(struct ip_filter *f)
{
    ip_set_fini(&f->sources);
    f->exclude = false;
}

void ip_filter_copy(struct ip_filter *to, const struct ip_filter *from)
{
    to->exclude = from->exclude;
    ip_set_copy(&to->sources, &from->sources);
}

bool ip_filter_equal(const struct ip_filter *a, const struct ip_filter *b)
{
    return a->exclude == b->exclude && ip_set_equal(&a->sources, &b->sources);
}

bool ip_filter_is_member(const struct ip_filter *f)
{
    return f->exclude || f->sources.n > 0;
}

bool ip_filter_passes(const struct ip_filter *f, const struct ip_addr *source)
{
    return ip_set_has(&f->sources, source) != f->exclude;
}

/* EXCLUDE wins: what all exclude and nobody includes (RFC 3376 section 3.2). */
void ip_filter_merge(struct ip_filter *into, const struct ip_filter *f)
{
    if (!into->exclude && !f->exclude) {
        ip_set_unite(&into->sources, &f->sources);
    } else if (into->exclude && f->exclude) {
        ip_set_intersect(&into->sources, &f->sources);
    } else if (into->exclude) {
        ip_set_subtract(&into->sources, &f->sources);
    } else {
        struct ip_set included = into->sources;
        into->sources = (struct ip_set){0};
        ip_set_copy(&into->sources, &f->sources);
        ip_set_subtract(&into->sources, &included);
        into->exclude = true;
        ip_set_fini(&included);
    }
}
