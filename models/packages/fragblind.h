/* SPDX-License-Identifier: GPL-2.0-only
 * Blind spots of the parity rows: uncoded fragments that appear in exactly the same rows, so that
 * losing two of them cannot be repaired whatever is sent, or that appear in no row at all. Some
 * last for all fragment numbers, some for the first hundreds of rows. Which numbers M of fragments
 * have them follows from how rows are drawn, see models/packages/fragcode.h. */
#ifndef PACKAGES_FRAGBLIND_H
#define PACKAGES_FRAGBLIND_H

#include <stdbool.h>
#include <stdint.h>

#include "models/packages/fragcode.h"

enum {
    FRAGBLIND_MAX_SHOWN = 8,
    FRAGBLIND_GOOD_ROWS = 64, /* most M need fewer than 45 */
};

struct fragblind {
    unsigned m;
    unsigned n_rows; /* all parity rows there can be: FRAG_MAX_N - m */
    unsigned n_same; /* uncoded fragments whose rows are those of another one as well */
    unsigned n_none; /* uncoded fragments in no row */
    /* After so many rows any two fragments differ and each was in one; 0: not even after all. */
    unsigned apart_after;
    /* Pairs not yet apart after FRAGBLIND_GOOD_ROWS rows (after all, when there are fewer):
     * fragment numbers from 1; second is 0 where first was in no row. */
    unsigned n_shown;
    struct {
        unsigned first, second;
    } shown[FRAGBLIND_MAX_SHOWN];
};

/* Look at blocks of m fragments, in all rows up to fragment FRAG_MAX_N. Errors as fragcode_row. */
int fragblind_check(enum frag_code code, unsigned m, struct fragblind *b);

/* Does a block have a blind spot: fragments still together after FRAGBLIND_GOOD_ROWS rows? */
bool fragblind_bad(const struct fragblind *b);

/* The nearest number of fragments, m itself included, that has no blind spot after
 * FRAGBLIND_GOOD_ROWS rows; the larger one of two that are equally near; 0 when there is none.
 * known: apart_after for every number 0..FRAG_MAX_N, or NULL: looked up here. */
unsigned fragblind_nearest(enum frag_code code, unsigned m, const uint16_t *known);

#endif
