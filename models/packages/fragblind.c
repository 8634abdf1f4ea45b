/* SPDX-License-Identifier: GPL-2.0-only
 * Blind spots of the parity rows, by refinement: fragments that were in the same rows so far stay
 * together in a class, and a class is split by the next rows. Nearly all classes are single after
 * 40 rows; only what is left is followed to the last row. */
#include "models/packages/fragblind.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

enum { FIRST_ROWS = 32, MORE_ROWS = 64 };

/* One fragment; with index m one that does not exist and is in no row. */
struct member {
    uint64_t rows; /* bit k: it is in row k of those just drawn */
    uint16_t class;
    uint16_t index;
};

struct search {
    enum frag_code code;
    unsigned m;
    size_t n; /* members left, class by class */
    struct member *members;
    uint64_t *row, *seen; /* one row; the next rows of every fragment, and a 0 */
    unsigned apart_after;
};

/* By class, then the row in which they differ first decides, so that neighbours share most. */
static int compare_members(const void *pa, const void *pb)
{
    const struct member *a = pa, *b = pb;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    uint64_t differ = a->rows ^ b->rows;
    if (differ)
        return a->rows & differ & (~differ + 1) ? 1 : -1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static void draw_rows(struct search *s, unsigned first, unsigned n_rows)
{
    memset(s->seen, 0, (s->m + 1) * sizeof *s->seen);
    for (unsigned k = 0; k < n_rows; k++) {
        fragcode_row(s->code, s->m, s->m + first + k + 1, s->row);
        for (size_t i = 0; i < fragcode_words(s->m); i++)
            for (uint64_t w = s->row[i]; w; w &= w - 1)
                s->seen[i * FRAG_WORD_BIT + fragcode_low_bit(w)] |= (uint64_t)1 << k;
    }
    for (size_t i = 0; i < s->n; i++)
        s->members[i].rows = s->seen[s->members[i].index];
}

static bool together(const struct member *a, const struct member *b)
{
    return a->class == b->class && a->rows == b->rows;
}

/* Split the classes by the rows just drawn, whose first has this number, and forget who is alone.
 */
static void split(struct search *s, unsigned first)
{
    size_t n = 0;
    uint16_t class = 0;
    struct member *m = s->members;
    qsort(m, s->n, sizeof *m, compare_members);
    for (size_t i = 1; i < s->n; i++) {
        uint64_t differ = m[i].rows ^ m[i - 1].rows;
        if (m[i].class != m[i - 1].class || !differ)
            continue;
        unsigned apart = first + fragcode_low_bit(differ) + 1;
        s->apart_after = apart > s->apart_after ? apart : s->apart_after;
    }
    for (size_t i = 0, end; i < s->n; i = end) {
        for (end = i + 1; end < s->n && together(&m[i], &m[end]);)
            end++;
        if (end - i == 1)
            continue;
        for (size_t j = i; j < end; j++)
            m[n++] = (struct member){.class = class, .index = m[j].index};
        class ++;
    }
    s->n = n;
}

/* What the classes left say; the last member of one may be the fragment that does not exist. */
static void count(const struct search *s, struct fragblind *b)
{
    const struct member *m = s->members;
    b->n_none = b->n_same = 0;
    for (size_t i = 0, end; i < s->n; i = end) {
        for (end = i + 1; end < s->n && m[end].class == m[i].class;)
            end++;
        bool none = m[end - 1].index == s->m;
        unsigned n_here = (unsigned)(end - i) - none;
        b->n_none += none ? n_here : 0;
        b->n_same += none ? 0 : n_here;
    }
}

static void show(const struct search *s, struct fragblind *b)
{
    const struct member *m = s->members;
    for (size_t i = 1; i < s->n && b->n_shown < FRAGBLIND_MAX_SHOWN; i++) {
        if (m[i].class != m[i - 1].class)
            continue;
        b->shown[b->n_shown].first = m[i - 1].index + 1u;
        b->shown[b->n_shown++].second = m[i].index == s->m ? 0 : m[i].index + 1u;
    }
}

int fragblind_check(enum frag_code code, unsigned m, struct fragblind *b)
{
    uint64_t probe[FRAG_MAX_N / FRAG_WORD_BIT + 1];
    int rc = fragcode_row(code, m, 1, probe);
    if (rc)
        return rc;
    struct search s = {.code = code, .m = m, .n = m + 1, .row = probe};
    s.members = mem_alloc(m + 1, sizeof *s.members);
    s.seen = mem_alloc(m + 1, sizeof *s.seen);
    for (unsigned i = 0; i <= m; i++)
        s.members[i].index = (uint16_t)i;
    *b = (struct fragblind){.m = m, .n_rows = FRAG_MAX_N - m};
    for (unsigned at = 0, step; at < b->n_rows && s.n; at += step) {
        unsigned left = b->n_rows - at, want = at < FRAGBLIND_GOOD_ROWS ? FIRST_ROWS : MORE_ROWS;
        step = left < want ? left : want;
        draw_rows(&s, at, step);
        split(&s, at);
        if (at + step == FRAGBLIND_GOOD_ROWS || (step == left && b->n_shown == 0))
            show(&s, b);
    }
    count(&s, b);
    if (b->n_same == 0 && b->n_none == 0)
        b->apart_after = s.apart_after;
    if (b->n_rows == 0)
        b->n_none = m;
    free(s.members);
    free(s.seen);
    return SIM_OK;
}

bool fragblind_bad(const struct fragblind *b)
{
    return b->apart_after == 0 || b->apart_after > FRAGBLIND_GOOD_ROWS;
}

static bool is_good(enum frag_code code, unsigned m, const uint16_t *known)
{
    struct fragblind b;
    if (m < 1 || m > FRAG_MAX_N)
        return false;
    unsigned apart_after = known ? known[m] : 0;
    if (!known && fragblind_check(code, m, &b) == SIM_OK)
        apart_after = b.apart_after;
    return apart_after && apart_after <= FRAGBLIND_GOOD_ROWS;
}

unsigned fragblind_nearest(enum frag_code code, unsigned m, const uint16_t *known)
{
    for (unsigned d = 0; d <= FRAG_MAX_N; d++) {
        if (is_good(code, m + d, known))
            return m + d;
        if (d < m && is_good(code, m - d, known))
            return m - d;
    }
    return 0;
}
