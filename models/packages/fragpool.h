/* SPDX-License-Identifier: GPL-2.0-only
 * Parity rows for all who decode: one table a code and number of fragments, made for the first user
 * and released with the last one. */
#ifndef PACKAGES_FRAGPOOL_H
#define PACKAGES_FRAGPOOL_H

#include "models/packages/fragcode.h"

struct fragpool;

struct fragpool *fragpool_open(void);
/* All users have given back what they took. NULL: nothing. */
void fragpool_close(struct fragpool *pool);

/* The rows of blocks of m fragments; every take needs a drop. Errors as fragcode_row. */
int fragpool_take(struct fragpool *pool, enum frag_code code, unsigned m, struct fragrows **rows);
void fragpool_drop(struct fragpool *pool, enum frag_code code, unsigned m);

#endif
