/* SPDX-License-Identifier: GPL-2.0-only
 * The code of fragmented data blocks (FragAlgo 0): which uncoded fragments a fragment is the XOR
 * of, and the encoder. A block of M fragments is sent as fragments 1..M as they are (uncoded), then
 * M+1.. (coded, parity). Fragment numbers have 14 bits, so M plus parity is at most 16,383.
 *
 * Sources: TS004-1.0.0 and TS004-2.0.0, annex on the forward error correction; for the seed of
 * version 2, where the text and all running implementations differ, see FRAG_CODE_V2. */
#ifndef PACKAGES_FRAGCODE_H
#define PACKAGES_FRAGCODE_H

#include <stddef.h>
#include <stdint.h>

enum {
    FRAG_MAX_N = 16383, /* largest fragment number */
    FRAG_MAX_SIZE = 255,
    FRAG_MAX_LEN = FRAG_MAX_N * FRAG_MAX_SIZE, /* octets of the largest block */
    FRAG_WORD_BIT = 64,
};

/* How parity rows are drawn. Versions 1 and 2 cannot be mixed. */
enum frag_code {
    FRAG_CODE_V1 = 1,         /* a repeated draw counts: rows hold at most M/2 ones */
    FRAG_CODE_V2 = 2,         /* exactly M/2 ones; seed N - M, as every deployed version 2 does */
    FRAG_CODE_V2_LITERAL = 3, /* the same with seed N, as the text of TS004-2.0.0 reads */
};

/* 64-bit words that hold n bits; bit i is bit i % 64 of word i / 64. */
size_t fragcode_words(size_t n_bits);
/* Trailing zeros of a word that is not 0. */
unsigned fragcode_low_bit(uint64_t word);

/* The row of fragment n of a block of m: bit r is set when uncoded fragment r + 1 is part of it.
 * row: fragcode_words(m) words. For n <= m only bit n - 1 is set.
 * Errors: SIM_ERANGE, m or n is not 1..FRAG_MAX_N; SIM_EINVAL, unknown code. */
int fragcode_row(enum frag_code code, unsigned m, unsigned n, uint64_t *row);

/* Parity rows of one block, drawn once and shared by everybody who decodes it. */
struct fragrows;

/* m: 1..FRAG_MAX_N. Errors as fragcode_row. fragrows_close releases it. */
int fragrows_open(struct fragrows **rows, enum frag_code code, unsigned m);
void fragrows_close(struct fragrows *rows);
unsigned fragrows_m(const struct fragrows *rows);
/* The row of coded fragment n, m < n <= FRAG_MAX_N: fragcode_words(m) words, valid as long as the
 * table (a row that nobody asked for before is drawn now). */
const uint64_t *fragrows_get(struct fragrows *rows, unsigned n);

/* Into how many fragments len octets are cut, and how many octets of padding fill the last one.
 * Errors: SIM_ERANGE (an empty block, size not 1..FRAG_MAX_SIZE, more than FRAG_MAX_N fragments).
 */
int fragcode_split(size_t len, unsigned frag_size, unsigned *m, unsigned *padding);

/* Fragment n of a padded block of m * frag_size octets, into out (frag_size octets). n is
 * 1..FRAG_MAX_N, else SIM_ERANGE. */
int fragcode_encode(struct fragrows *rows, const uint8_t *block, unsigned frag_size, unsigned n,
                    uint8_t *out);
/* to ^= from, len octets. */
void fragcode_xor(uint8_t *to, const uint8_t *from, size_t len);

#endif
