/* SPDX-License-Identifier: GPL-2.0-only
 * Decoder of one fragmented data block: Gaussian elimination over GF(2), a fragment at a time, in
 * any order, repeated or not. It knows its rank after every fragment, and it is complete exactly
 * when the rank is M, so it never calls a wrong block complete.
 *
 * Memory is that of a device: the block itself, and a matrix over at most max_lost columns. Columns
 * are the uncoded fragments that are missing when the first coded one comes; while more are missing
 * than max_lost, coded fragments cannot be used. A reduced coded fragment lies in the block, at the
 * place of a missing one. Without a block the decoder works on ranks alone, with the same outcome.
 *
 * Source: TS004-1.0.0 and TS004-2.0.0, annex on the forward error correction. */
#ifndef PACKAGES_FRAGDECODE_H
#define PACKAGES_FRAGDECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/packages/fragcode.h"

struct fragdec_cfg {
    struct fragrows *rows; /* borrowed as long as the decoder lives; tells M */
    unsigned frag_size;    /* 1..FRAG_MAX_SIZE; counts with a block only */
    unsigned max_lost;     /* uncoded fragments that can be repaired; 0: none, M and more: any */
    uint8_t *block;        /* M * frag_size octets, borrowed; valid when complete; or NULL */
};

/* What one fragment did. */
enum fragdec_step {
    FRAGDEC_USED,     /* the rank grew */
    FRAGDEC_COMPLETE, /* the rank grew to M: the block is there */
    FRAGDEC_NOTHING,  /* repeated, or tells nothing new */
    FRAGDEC_NO_ROOM,  /* coded, and more is lost than the matrix has columns */
    FRAGDEC_LATE,     /* the block was complete before: dropped and not counted */
};

/* 64 octets, and what it points to. */
struct fragdec {
    struct fragrows *rows;
    uint8_t *block;
    uint64_t *have;      /* M bits: uncoded fragments that are there */
    uint64_t *matrix;    /* from the first coded fragment to the end; see fragdecode.c */
    uint16_t n_have;     /* uncoded fragments that are there */
    uint16_t n_pivots;   /* rows in the matrix: independent coded fragments */
    uint16_t n_received; /* coded, uncoded and repeated ones; stays at FRAG_MAX_N */
    uint16_t n_lost;     /* columns of the matrix */
    uint16_t max_lost;
    uint8_t frag_size;
    bool no_room; /* a coded fragment could not be used */
};

/* Errors: SIM_ERANGE, frag_size. fragdec_fini releases what it holds. */
int fragdec_init(struct fragdec *d, const struct fragdec_cfg *cfg);
void fragdec_fini(struct fragdec *d);

/* Take fragment n; data: frag_size octets, or NULL when the decoder has no block. Returns an enum
 * fragdec_step, or SIM_ERANGE (n is not 1..FRAG_MAX_N: nothing has changed). */
int fragdec_push(struct fragdec *d, unsigned n, const uint8_t *data);

/* Is uncoded fragment n (1..M) there, or will be when the block is complete? Not after
 * fragdec_fini. */
bool fragdec_has(const struct fragdec *d, unsigned n);
/* Independent fragments so far, 0..M. */
unsigned fragdec_rank(const struct fragdec *d);
/* Independent fragments still needed, 0..M. */
unsigned fragdec_missing(const struct fragdec *d);
bool fragdec_complete(const struct fragdec *d);

/* Octets a device needs beside the block to repair max_lost of m fragments, as the annex counts:
 * half a square matrix of bits, and two octets a fragment. */
size_t fragdec_memory_size(unsigned m, unsigned max_lost);

#endif
