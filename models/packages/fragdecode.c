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

/* A row that is being reduced, and its data. */
struct work {
    uint64_t row[FRAG_MAX_N / FRAG_WORD_BIT + 1];
    uint8_t data[FRAG_MAX_SIZE];
};

int fragdec_init(struct fragdec *d, const struct fragdec_cfg *cfg)
{
    if (cfg->block && (cfg->frag_size < 1 || cfg->frag_size > FRAG_MAX_SIZE))
        return SIM_ERANGE;
    *d = (struct fragdec){.rows = cfg->rows,
                          .block = cfg->block,
                          .max_lost =
                              (uint16_t)(cfg->max_lost < FRAG_MAX_N ? cfg->max_lost : FRAG_MAX_N),
                          .frag_size = (uint8_t)cfg->frag_size};
    d->have = mem_alloc(fragcode_words(fragrows_m(cfg->rows)), sizeof *d->have);
    return SIM_OK;
}

static void drop_matrix(struct fragdec *d)
{
    free(d->matrix);
    d->matrix = NULL;
}

void fragdec_fini(struct fragdec *d)
{
    drop_matrix(d);
    free(d->have);
    d->have = NULL;
}

bool fragdec_has(const struct fragdec *d, unsigned n)
{
    return bit_is_set(d->have, n - 1);
}

unsigned fragdec_rank(const struct fragdec *d)
{
    return (unsigned)d->n_have + d->n_pivots;
}

unsigned fragdec_missing(const struct fragdec *d)
{
    return fragrows_m(d->rows) - fragdec_rank(d);
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
    return d->block ? d->block + i * d->frag_size : NULL;
}

static void add_data(const struct fragdec *d, uint8_t *to, const uint8_t *from)
{
    if (d->block)
        fragcode_xor(to, from, d->frag_size);
}

/* The matrix, L columns:
 * | pivots L bits | open L bits | lost L * 16 bits | rows, without gaps: row 0 L bits, row 1 L - 1,
 * ... |, each part from a new word on. pivots: the row with this first column is there. open: the
 * column's fragment is still missing. lost: column -> index of the uncoded fragment, growing. Row c
 * begins at column c; a row that is not there is 0.
 */
static size_t n_words_of(const struct fragdec *d)
{
    return fragcode_words(d->n_lost);
}

static uint64_t *open_of(const struct fragdec *d)
{
    return d->matrix + n_words_of(d);
}

static uint16_t *lost_of(const struct fragdec *d)
{
    return (uint16_t *)(void *)(d->matrix + 2 * n_words_of(d));
}

static uint64_t *rows_of(const struct fragdec *d)
{
    return d->matrix + 2 * n_words_of(d) + fragcode_words((size_t)d->n_lost * 16);
}

/* Where in the rows column 0 of a row would be: never before their start. */
static size_t row_at(const struct fragdec *d, size_t row)
{
    return row * d->n_lost - row * (row - 1) / 2 - row;
}

static size_t matrix_words(const struct fragdec *d)
{
    size_t l = d->n_lost, n_bits = l * (l + 1) / 2;
    return 2 * n_words_of(d) + fragcode_words(l * 16) + fragcode_words(n_bits) +
           1; /* see get_word */
}

/* 64 bits from a place on. */
static uint64_t get_word(const uint64_t *bits, size_t at)
{
    const uint64_t *w = bits + at / FRAG_WORD_BIT;
    unsigned shift = at % FRAG_WORD_BIT;
    return shift ? w[0] >> shift | w[1] << (FRAG_WORD_BIT - shift) : w[0];
}

static void flip_word(uint64_t *bits, size_t at, uint64_t word)
{
    uint64_t *w = bits + at / FRAG_WORD_BIT;
    unsigned shift = at % FRAG_WORD_BIT;
    w[0] ^= word << shift;
    if (shift)
        w[1] ^= word >> (FRAG_WORD_BIT - shift);
}

/* Which bits of word i belong to a row. */
static uint64_t mask_of(const struct fragdec *d, size_t row, size_t i)
{
    uint64_t mask = ~(uint64_t)0;
    if (i == row / FRAG_WORD_BIT)
        mask <<= row % FRAG_WORD_BIT;
    if (i + 1 == n_words_of(d) && d->n_lost % FRAG_WORD_BIT)
        mask &= ~(uint64_t)0 >> (FRAG_WORD_BIT - d->n_lost % FRAG_WORD_BIT);
    return mask;
}

/* to ^= a row, from the word on in which it begins. */
static void add_row(const struct fragdec *d, size_t row, uint64_t *to)
{
    const uint64_t *rows = rows_of(d);
    size_t at = row_at(d, row), n_words = n_words_of(d);
    for (size_t i = row / FRAG_WORD_BIT; i < n_words; i++)
        to[i] ^= get_word(rows, at + i * FRAG_WORD_BIT) & mask_of(d, row, i);
}

/* A row ^= from, which is 0 before the row's first column. */
static void change_row(struct fragdec *d, size_t row, const uint64_t *from)
{
    size_t at = row_at(d, row), n_words = n_words_of(d);
    for (size_t i = row / FRAG_WORD_BIT; i < n_words; i++)
        flip_word(rows_of(d), at + i * FRAG_WORD_BIT, from[i] & mask_of(d, row, i));
}

/* The columns are what is missing now. */
static void start_matrix(struct fragdec *d)
{
    unsigned m = fragrows_m(d->rows);
    d->n_lost = (uint16_t)(m - d->n_have);
    size_t n = 0;
    d->matrix = mem_alloc(matrix_words(d), sizeof *d->matrix);
    uint16_t *lost = lost_of(d);
    memset(open_of(d), 0xFF, n_words_of(d) * sizeof *d->matrix);
    for (size_t i = 0; i < fragcode_words(m); i++)
        for (uint64_t w = ~d->have[i]; w; w &= w - 1) {
            size_t index = i * FRAG_WORD_BIT + fragcode_low_bit(w);
            if (index < m)
                lost[n++] = (uint16_t)index;
        }
}

/* The column of uncoded fragment i, which is there because it was missing at the start. */
static size_t find_column(const struct fragdec *d, unsigned i)
{
    const uint16_t *lost = lost_of(d);
    size_t lo = 0, hi = d->n_lost;
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;
        if (lost[mid] <= i)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static void keep_row(struct fragdec *d, size_t column, const struct work *work)
{
    change_row(d, column, work->row);
    bit_set(d->matrix, column);
    d->n_pivots++;
    if (d->block)
        memcpy(place(d, lost_of(d)[column]), work->data, d->frag_size);
}

/* Reduce a row, and keep what is left of it. Returns whether the rank grew. */
static bool insert_row(struct fragdec *d, struct work *work)
{
    size_t n_words = n_words_of(d);
    uint64_t *row = work->row;
    for (size_t i = 0; i < n_words; i++)
        while (row[i]) {
            size_t column = i * FRAG_WORD_BIT + fragcode_low_bit(row[i]);
            if (!bit_is_set(d->matrix, column)) {
                keep_row(d, column, work);
                return true;
            }
            add_row(d, column, row);
            if (d->block)
                add_data(d, work->data, place(d, lost_of(d)[column]));
        }
    return false;
}

/* The rank is M: from the last row to the first, take out what stands right of the diagonal. */
static void finish(struct fragdec *d)
{
    const uint16_t *lost = lost_of(d);
    struct work work;
    for (size_t column = d->n_lost; d->block && column-- > 0;) {
        size_t first = column / FRAG_WORD_BIT, n_words = n_words_of(d);
        if (!bit_is_set(d->matrix, column))
            continue;
        memset(work.row + first, 0, (n_words - first) * sizeof *work.row);
        add_row(d, column, work.row);
        bit_clear(work.row, column);
        for (size_t i = first; i < n_words; i++)
            for (uint64_t w = work.row[i]; w; w &= w - 1)
                add_data(d, place(d, lost[column]),
                         place(d, lost[i * FRAG_WORD_BIT + fragcode_low_bit(w)]));
    }
    drop_matrix(d);
}

/* An uncoded fragment came behind coded ones: its column leaves the matrix. Its data is in its
 * place, and what lay there before in work. */
static void leave_matrix(struct fragdec *d, unsigned i, struct work *work)
{
    const uint16_t *lost = lost_of(d);
    size_t column = find_column(d, i);
    bool was_pivot = bit_is_set(d->matrix, column);
    bit_clear(open_of(d), column);
    if (was_pivot) {
        memset(work->row, 0, n_words_of(d) * sizeof *work->row);
        add_row(d, column, work->row);
        change_row(d, column, work->row);
        bit_clear(work->row, column);
        bit_clear(d->matrix, column);
        add_data(d, work->data, place(d, i));
        d->n_pivots--;
    }
    for (size_t c = 0; c < column; c++) { /* only rows that begin further left can hold it */
        size_t at = row_at(d, c) + column;
        if (!bit_is_set(d->matrix, c) || !bit_is_set(rows_of(d), at))
            continue;
        bit_clear(rows_of(d), at);
        add_data(d, place(d, lost[c]), place(d, i));
    }
    if (was_pivot)
        insert_row(d, work);
}

static bool push_uncoded(struct fragdec *d, unsigned i, const uint8_t *data)
{
    if (bit_is_set(d->have, i))
        return false;
    struct work work;
    unsigned rank = fragdec_rank(d);
    bit_set(d->have, i);
    d->n_have++;
    if (d->block) {
        memcpy(work.data, place(d, i), d->frag_size);
        memcpy(place(d, i), data, d->frag_size);
    }
    if (d->matrix)
        leave_matrix(d, i, &work);
    return fragdec_rank(d) > rank;
}

/* Take the uncoded fragments that are there out of the data. */
static void reduce_data(struct fragdec *d, const uint64_t *row, uint8_t *data)
{
    size_t n_words = fragcode_words(fragrows_m(d->rows));
    for (size_t i = 0; i < n_words; i++)
        for (uint64_t w = row[i] & d->have[i]; w; w &= w - 1)
            add_data(d, data, place(d, i * FRAG_WORD_BIT + fragcode_low_bit(w)));
}

/* The row's bits at the columns whose fragments are still missing. */
static void gather(const struct fragdec *d, const uint64_t *row, uint64_t *out)
{
    const uint16_t *lost = lost_of(d);
    const uint64_t *open = open_of(d);
    size_t n_lost = d->n_lost;
    for (size_t c = 0; c < n_lost; c += FRAG_WORD_BIT) {
        unsigned n = n_lost - c < FRAG_WORD_BIT ? (unsigned)(n_lost - c) : FRAG_WORD_BIT;
        uint64_t word = 0;
        for (unsigned k = 0; k < n; k++) {
            unsigned j = lost[c + k];
            word |= (row[j / FRAG_WORD_BIT] >> j % FRAG_WORD_BIT & 1) << k;
        }
        out[c / FRAG_WORD_BIT] = word & open[c / FRAG_WORD_BIT];
    }
}

static int push_coded(struct fragdec *d, unsigned n, const uint8_t *data)
{
    struct work work;
    if (!d->matrix && fragrows_m(d->rows) - d->n_have > d->max_lost) {
        d->no_room = true;
        return FRAGDEC_NO_ROOM;
    }
    if (!d->matrix)
        start_matrix(d);
    const uint64_t *row = fragrows_get(d->rows, n);
    gather(d, row, work.row);
    if (d->block) {
        memcpy(work.data, data, d->frag_size);
        reduce_data(d, row, work.data);
    }
    return insert_row(d, &work) ? FRAGDEC_USED : FRAGDEC_NOTHING;
}

int fragdec_push(struct fragdec *d, unsigned n, const uint8_t *data)
{
    if (n < 1 || n > FRAG_MAX_N)
        return SIM_ERANGE;
    if (fragdec_complete(d))
        return FRAGDEC_LATE;
    SIM_CHECK(!d->block || data, "fragment %u without data", n);
    if (d->n_received < FRAG_MAX_N)
        d->n_received++;
    int step;
    if (n <= fragrows_m(d->rows))
        step = push_uncoded(d, n - 1, data) ? FRAGDEC_USED : FRAGDEC_NOTHING;
    else
        step = push_coded(d, n, data);
    if (!fragdec_complete(d))
        return step;
    if (d->matrix)
        finish(d);
    return FRAGDEC_COMPLETE;
}
