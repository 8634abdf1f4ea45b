/* SPDX-License-Identifier: GPL-2.0-only
 * Sets of interfaces. Source: see pim_set.h. */
#include "models/ip/pim_set.h"

#include <string.h>

enum { WORD = 64 };

size_t pim_set_words(size_t n_ifaces)
{
    return (n_ifaces + WORD - 1) / WORD;
}

void pim_set_clear(uint64_t *s, size_t n)
{
    memset(s, 0, n * sizeof *s);
}

void pim_set_copy(uint64_t *to, const uint64_t *from, size_t n)
{
    memcpy(to, from, n * sizeof *to);
}

void pim_set_put(uint64_t *s, size_t iface, bool in)
{
    uint64_t bit = UINT64_C(1) << iface % WORD;
    s[iface / WORD] = in ? s[iface / WORD] | bit : s[iface / WORD] & ~bit;
}

bool pim_set_has(const uint64_t *s, size_t iface)
{
    return s[iface / WORD] >> iface % WORD & 1;
}

bool pim_set_empty(const uint64_t *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i])
            return false;
    return true;
}

bool pim_set_equal(const uint64_t *a, const uint64_t *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

size_t pim_set_count(const uint64_t *s, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (uint64_t w = s[i]; w; w &= w - 1)
            count++;
    return count;
}

void pim_set_add(uint64_t *s, const uint64_t *other, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s[i] |= other[i];
}

void pim_set_remove(uint64_t *s, const uint64_t *other, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s[i] &= ~other[i];
}

int pim_set_next(const uint64_t *s, size_t n, size_t from)
{
    for (size_t i = from / WORD; i < n; i++, from = i * WORD) {
        uint64_t w = s[i] >> from % WORD;
        for (; w; w >>= 1, from++)
            if (w & 1)
                return (int)from;
    }
    return PIM_SET_END;
}

void pim_olist_star(const struct pim_sets *s, uint64_t *out)
{
    for (size_t i = 0; i < s->n; i++)
        out[i] = (s->joins_star[i] | s->include_star[i]) & ~s->lost_star[i];
}

void pim_olist_immediate(const struct pim_sets *s, uint64_t *out)
{
    for (size_t i = 0; i < s->n; i++)
        out[i] = (s->joins[i] | s->include[i]) & ~s->lost[i];
}

/* Word i of what the group wants of the source. */
static uint64_t shared(const struct pim_sets *s, size_t i)
{
    return (s->joins_star[i] & ~s->prunes_rpt[i]) | (s->include_star[i] & ~s->exclude[i]);
}

void pim_olist_rpt(const struct pim_sets *s, uint64_t *out)
{
    for (size_t i = 0; i < s->n; i++)
        out[i] = shared(s, i) & ~(s->lost_star[i] | s->lost_rpt[i]);
}

void pim_olist_inherited(const struct pim_sets *s, uint64_t *out)
{
    pim_olist_rpt(s, out);
    for (size_t i = 0; i < s->n; i++)
        out[i] = (out[i] | s->joins[i] | s->include[i]) & ~s->lost[i];
}

void pim_olist_assertable(const struct pim_sets *s, uint64_t *out)
{
    for (size_t i = 0; i < s->n; i++)
        out[i] = (shared(s, i) & ~s->lost_star[i]) | s->joins[i] | s->include[i];
}
