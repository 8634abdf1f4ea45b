/* SPDX-License-Identifier: GPL-2.0-only
 * Parity rows and encoder of fragmented data blocks. Each row is drawn with a 23-bit shift
 * register, x^23 + x^5 + 1, that starts at 1 + 1001 * seed. */
#include "models/packages/fragcode.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

enum { SEED_STEP = 1001, FEEDBACK_TAP = 5, FEEDBACK_TO = 22 };

size_t fragcode_words(size_t n_bits)
{
    return (n_bits + FRAG_WORD_BIT - 1) / FRAG_WORD_BIT;
}

/* By a de Bruijn sequence: the top six bits of (lowest bit * sequence) differ for every bit. */
unsigned fragcode_low_bit(uint64_t word)
{
    static const uint8_t place[64] = {
        0,  1,  2,  7,  3,  13, 8,  19, 4,  25, 14, 28, 9,  34, 20, 40, 5,  17, 26, 38, 15, 46,
        29, 48, 10, 31, 35, 54, 21, 50, 41, 57, 63, 6,  12, 18, 24, 27, 33, 39, 16, 37, 45, 47,
        30, 53, 49, 56, 62, 11, 23, 32, 36, 44, 52, 55, 61, 22, 43, 51, 60, 42, 59, 58};
    return place[((word & (~word + 1)) * 0x0218A392CD3D5DBFu) >> 58];
}

/* The sum, not an "or": a start value may have 24 bits, and then it carries. */
static uint32_t prbs23(uint32_t x)
{
    return (x >> 1) + (((x ^ x >> FEEDBACK_TAP) & 1) << FEEDBACK_TO);
}

static bool is_power_of_two(unsigned m)
{
    return (m & (m - 1)) == 0;
}

static void draw_row(uint64_t *row, unsigned m, unsigned seed, bool repeats_count)
{
    unsigned modulus = m + is_power_of_two(m);
    uint32_t x = 1 + SEED_STEP * (uint32_t)seed;
    for (unsigned n_ones = 0; n_ones < m / 2;) {
        x = prbs23(x);
        uint32_t r = x % modulus;
        if (r >= m)
            continue;
        uint64_t bit = (uint64_t)1 << r % FRAG_WORD_BIT, *word = &row[r / FRAG_WORD_BIT];
        n_ones += repeats_count || !(*word & bit);
        *word |= bit;
    }
}

int fragcode_row(enum frag_code code, unsigned m, unsigned n, uint64_t *row)
{
    if (m < 1 || m > FRAG_MAX_N || n < 1 || n > FRAG_MAX_N)
        return SIM_ERANGE;
    if (code < FRAG_CODE_V1 || code > FRAG_CODE_V2_LITERAL)
        return SIM_EINVAL;
    memset(row, 0, fragcode_words(m) * sizeof *row);
    if (n <= m)
        row[(n - 1) / FRAG_WORD_BIT] = (uint64_t)1 << (n - 1) % FRAG_WORD_BIT;
    else
        draw_row(row, m, code == FRAG_CODE_V2_LITERAL ? n : n - m, code == FRAG_CODE_V1);
    return SIM_OK;
}

struct fragrows {
    enum frag_code code;
    unsigned m;
    size_t n_words;
    size_t n_room;   /* of the list: rows of fragments m + 1, m + 2, ... */
    uint64_t **list; /* NULL: nobody asked for this one yet */
};

int fragrows_open(struct fragrows **rows, enum frag_code code, unsigned m)
{
    if (m < 1 || m > FRAG_MAX_N)
        return SIM_ERANGE;
    if (code < FRAG_CODE_V1 || code > FRAG_CODE_V2_LITERAL)
        return SIM_EINVAL;
    struct fragrows *r = mem_alloc(1, sizeof *r);
    *r = (struct fragrows){.code = code, .m = m, .n_words = fragcode_words(m)};
    *rows = r;
    return SIM_OK;
}

void fragrows_close(struct fragrows *rows)
{
    if (!rows)
        return;
    for (size_t i = 0; i < rows->n_room; i++)
        free(rows->list[i]);
    free(rows->list);
    free(rows);
}

unsigned fragrows_m(const struct fragrows *rows)
{
    return rows->m;
}

static void make_room(struct fragrows *t, size_t n_rows)
{
    if (n_rows <= t->n_room)
        return;
    size_t n_room = n_rows < 2 * t->n_room ? 2 * t->n_room : n_rows;
    t->list = mem_grow(t->list, n_room, sizeof *t->list);
    while (t->n_room < n_room)
        t->list[t->n_room++] = NULL;
}

const uint64_t *fragrows_get(struct fragrows *t, unsigned n)
{
    SIM_CHECK(n > t->m && n <= FRAG_MAX_N, "fragment %u of %u is not coded", n, t->m);
    size_t i = n - t->m - 1;
    make_room(t, i + 1);
    if (!t->list[i]) {
        t->list[i] = mem_alloc(t->n_words, sizeof *t->list[i]);
        fragcode_row(t->code, t->m, n, t->list[i]);
    }
    return t->list[i];
}

int fragcode_split(size_t len, unsigned frag_size, unsigned *m, unsigned *padding)
{
    if (len == 0 || frag_size < 1 || frag_size > FRAG_MAX_SIZE ||
        len > (size_t)FRAG_MAX_N * frag_size)
        return SIM_ERANGE;
    *m = (unsigned)((len + frag_size - 1) / frag_size);
    *padding = (unsigned)((size_t)*m * frag_size - len);
    return SIM_OK;
}

void fragcode_xor(uint8_t *to, const uint8_t *from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] ^= from[i];
}

int fragcode_encode(struct fragrows *rows, const uint8_t *block, unsigned frag_size, unsigned n,
                    uint8_t *out)
{
    if (n < 1 || n > FRAG_MAX_N)
        return SIM_ERANGE;
    if (n <= rows->m) {
        memcpy(out, block + (size_t)(n - 1) * frag_size, frag_size);
        return SIM_OK;
    }
    const uint64_t *row = fragrows_get(rows, n);
    memset(out, 0, frag_size);
    for (size_t i = 0; i < rows->n_words; i++)
        for (uint64_t w = row[i]; w; w &= w - 1)
            fragcode_xor(out, block + (i * FRAG_WORD_BIT + fragcode_low_bit(w)) * frag_size,
                         frag_size);
    return SIM_OK;
}
