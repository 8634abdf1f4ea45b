/* SPDX-License-Identifier: GPL-2.0-only
 * Decoder of a fragmented data block. Rows of the matrix are kept by their first column, so that a
 * new row is reduced from the left; what is above the diagonal is cleared when the rank is M. */
#include "models/packages/fragdecode.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

static bool bit_is_set(const uint64_t *bits, size_t i)
{
    return bits[i / FRAG_WORD_BIT] >> i % FRAG_WORD_BIT & 1;
}

static void bit_set(uint64_t *bits, size_t i)
{
    bits[i / FRAG_WORD_BIT] |= (uint64_t)1 << i % FRAG_WORD_BIT;
}

static void bit_clear(uint64_t *bits, size_t i)
{
    bits[i / FRAG_WORD_BIT] &= ~((uint64_t)1 << i % FRAG_WORD_BIT);
}

int fragdec_init(struct fragdec *d, const struct fragdec_cfg *cfg)
{
    if (cfg->block && (cfg->frag_size < 1 || cfg->frag_size > FRAG_MAX_SIZE))
        return SIM_ERANGE;
    *d = (struct fragdec){.cfg = *cfg};
    d->have = mem_alloc(fragcode_words(fragrows_m(cfg->rows)), sizeof *d->have);
    return SIM_OK;
}

static void drop_matrix(struct fragdec *d)
{
    free(d->lost);
    free(d->matrix);
    d->lost = NULL;
    d->matrix = d->pivots = d->scratch = NULL;
}

void fragdec_fini(struct fragdec *d)
{
    drop_matrix(d);
    free(d->have);
    d->have = NULL;
}

unsigned fragdec_rank(const struct fragdec *d)
{
    return (unsigned)d->n_have + d->n_pivots;
}

unsigned fragdec_missing(const struct fragdec *d)
{
    return fragrows_m(d->cfg.rows) - fragdec_rank(d);
}

bool fragdec_complete(const struct fragdec *d)
{
    return fragdec_missing(d) == 0;
}

size_t fragdec_memory_size(unsigned m, unsigned max_lost)
{
    size_t l = max_lost < m ? max_lost : m;
    return (l * (l + 1) + 15) / 16 + 2 * (size_t)m;
}

/* Fragment i's place in the block; NULL without a block. */
static uint8_t *place(const struct fragdec *d, size_t i)
{
    return d->cfg.block ? d->cfg.block + i * d->cfg.frag_size : NULL;
}

static uint64_t *row_at(const struct fragdec *d, size_t column)
{
    return d->matrix + column * d->n_words;
}

static void add_data(const struct fragdec *d, uint8_t *to, const uint8_t *from)
{
    if (d->cfg.block)
        fragcode_xor(to, from, d->cfg.frag_size);
}

/* The columns are what is missing now. */
static void start_matrix(struct fragdec *d)
{
    unsigned m = fragrows_m(d->cfg.rows);
    d->n_lost = (uint16_t)(m - d->n_have);
    d->n_words = (uint16_t)fragcode_words(d->n_lost);
    d->lost = mem_alloc(d->n_lost, sizeof *d->lost);
    d->matrix = mem_alloc((size_t)(d->n_lost + 2) * d->n_words, sizeof *d->matrix);
    d->pivots = row_at(d, d->n_lost);
    d->scratch = row_at(d, (size_t)d->n_lost + 1);
    size_t n_words = fragcode_words(m), n = 0;
    for (size_t i = 0; i < n_words; i++)
        for (uint64_t w = ~d->have[i]; w; w &= w - 1) {
            size_t index = i * FRAG_WORD_BIT + fragcode_low_bit(w);
            if (index < m)
                d->lost[n++] = (uint16_t)index;
        }
}

/* The column of uncoded fragment i, which is there because it was missing at the start. */
static size_t find_column(const struct fragdec *d, unsigned i)
{
    size_t lo = 0, hi = d->n_lost;
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;
        if (d->lost[mid] <= i)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* Reduce the row in scratch, with its data in carried, and keep what is left of it. Returns whether
 * the rank grew. */
static bool insert_row(struct fragdec *d)
{
    size_t n_words = d->n_words;
    uint64_t *row = d->scratch;
    for (size_t i = 0; i < n_words; i++)
        while (row[i]) {
            size_t column = i * FRAG_WORD_BIT + fragcode_low_bit(row[i]);
            uint64_t *kept = row_at(d, column);
            if (!bit_is_set(d->pivots, column)) {
                memcpy(kept, row, n_words * sizeof *row);
                bit_set(d->pivots, column);
                d->n_pivots++;
                if (d->cfg.block)
                    memcpy(place(d, d->lost[column]), d->carried, d->cfg.frag_size);
                return true;
            }
            for (size_t j = i; j < n_words; j++)
                row[j] ^= kept[j];
            add_data(d, d->carried, place(d, d->lost[column]));
        }
    return false;
}

/* The rank is M: from the last row to the first, take out what stands above the diagonal. */
static void finish(struct fragdec *d)
{
    for (size_t column = d->n_lost; d->cfg.block && column-- > 0;) {
        if (!bit_is_set(d->pivots, column))
            continue;
        uint64_t *row = row_at(d, column);
        bit_clear(row, column);
        for (size_t i = 0; i < d->n_words; i++)
            for (uint64_t w = row[i]; w; w &= w - 1)
                add_data(d, place(d, d->lost[column]),
                         place(d, d->lost[i * FRAG_WORD_BIT + fragcode_low_bit(w)]));
    }
    drop_matrix(d);
}

/* An uncoded fragment came behind coded ones: its column leaves the matrix. Its data is in its
 * place, and what lay there before in carried. */
static void leave_matrix(struct fragdec *d, unsigned i)
{
    size_t column = find_column(d, i);
    bool was_pivot = bit_is_set(d->pivots, column);
    if (was_pivot) {
        memcpy(d->scratch, row_at(d, column), d->n_words * sizeof *d->scratch);
        bit_clear(d->scratch, column);
        bit_clear(d->pivots, column);
        add_data(d, d->carried, place(d, i));
        d->n_pivots--;
    }
    for (size_t c = 0; c < column; c++) /* only rows that begin further left can hold it */
        if (bit_is_set(d->pivots, c) && bit_is_set(row_at(d, c), column)) {
            bit_clear(row_at(d, c), column);
            add_data(d, place(d, d->lost[c]), place(d, i));
        }
    if (was_pivot)
        insert_row(d);
}

static bool push_uncoded(struct fragdec *d, unsigned i, const uint8_t *data)
{
    if (bit_is_set(d->have, i))
        return false;
    unsigned rank = fragdec_rank(d);
    bit_set(d->have, i);
    d->n_have++;
    if (d->cfg.block) {
        memcpy(d->carried, place(d, i), d->cfg.frag_size);
        memcpy(place(d, i), data, d->cfg.frag_size);
    }
    if (d->matrix)
        leave_matrix(d, i);
    return fragdec_rank(d) > rank;
}

/* Take the uncoded fragments that are there out of the data. */
static void reduce_data(struct fragdec *d, const uint64_t *row)
{
    size_t n_words = fragcode_words(fragrows_m(d->cfg.rows));
    for (size_t i = 0; i < n_words; i++)
        for (uint64_t w = row[i] & d->have[i]; w; w &= w - 1)
            add_data(d, d->carried, place(d, i * FRAG_WORD_BIT + fragcode_low_bit(w)));
}

/* Into scratch: the row's bits at the columns whose fragments are still missing. */
static void gather(struct fragdec *d, const uint64_t *row)
{
    for (size_t i = 0, c = 0; i < d->n_words; i++) {
        uint64_t word = 0;
        for (unsigned k = 0; k < FRAG_WORD_BIT && c < d->n_lost; k++, c++) {
            unsigned j = d->lost[c];
            uint64_t open = row[j / FRAG_WORD_BIT] & ~d->have[j / FRAG_WORD_BIT];
            word |= (open >> j % FRAG_WORD_BIT & 1) << k;
        }
        d->scratch[i] = word;
    }
}

static int push_coded(struct fragdec *d, unsigned n, const uint8_t *data)
{
    unsigned m = fragrows_m(d->cfg.rows);
    if (!d->matrix && m - d->n_have > d->cfg.max_lost) {
        d->no_room = true;
        return FRAGDEC_NO_ROOM;
    }
    if (!d->matrix)
        start_matrix(d);
    const uint64_t *row = fragrows_get(d->cfg.rows, n);
    gather(d, row);
    if (d->cfg.block) {
        memcpy(d->carried, data, d->cfg.frag_size);
        reduce_data(d, row);
    }
    return insert_row(d) ? FRAGDEC_USED : FRAGDEC_NOTHING;
}

int fragdec_push(struct fragdec *d, unsigned n, const uint8_t *data)
{
    if (n < 1 || n > FRAG_MAX_N)
        return SIM_ERANGE;
    if (fragdec_complete(d))
        return FRAGDEC_LATE;
    SIM_CHECK(!d->cfg.block || data, "fragment %u without data", n);
    if (d->n_received < FRAG_MAX_N)
        d->n_received++;
    int step;
    if (n <= fragrows_m(d->cfg.rows))
        step = push_uncoded(d, n - 1, data) ? FRAGDEC_USED : FRAGDEC_NOTHING;
    else
        step = push_coded(d, n, data);
    if (!fragdec_complete(d))
        return step;
    if (d->matrix)
        finish(d);
    return FRAGDEC_COMPLETE;
}
