/* SPDX-License-Identifier: GPL-2.0-only
 * Parity rows by code and number of fragments, with their users counted. */
#include "models/packages/fragpool.h"

#include <stdlib.h>

#include "sim/err.h"
#include "sim/mem.h"

struct entry {
    struct fragrows *rows;
    uint32_t n_users;
};

struct fragpool {
    struct entry *entries[FRAG_CODE_V2_LITERAL + 1]; /* by M; of codes that were asked for */
};

struct fragpool *fragpool_open(void)
{
    return mem_alloc(1, sizeof(struct fragpool));
}

void fragpool_close(struct fragpool *pool)
{
    for (int code = FRAG_CODE_V1; pool && code <= FRAG_CODE_V2_LITERAL; code++) {
        for (unsigned m = 0; pool->entries[code] && m <= FRAG_MAX_N; m++)
            fragrows_close(pool->entries[code][m].rows);
        free(pool->entries[code]);
    }
    free(pool);
}

int fragpool_take(struct fragpool *pool, enum frag_code code, unsigned m, struct fragrows **rows)
{
    if (m < 1 || m > FRAG_MAX_N)
        return SIM_ERANGE;
    if (code < FRAG_CODE_V1 || code > FRAG_CODE_V2_LITERAL)
        return SIM_EINVAL;
    if (!pool->entries[code])
        pool->entries[code] = mem_alloc(FRAG_MAX_N + 1, sizeof *pool->entries[code]);
    struct entry *e = &pool->entries[code][m];
    if (e->n_users++ == 0)
        fragrows_open(&e->rows, code, m);
    *rows = e->rows;
    return SIM_OK;
}

void fragpool_drop(struct fragpool *pool, enum frag_code code, unsigned m)
{
    struct entry *e = &pool->entries[code][m];
    SIM_CHECK(e->n_users > 0, "rows of %u fragments have no user", m);
    if (--e->n_users)
        return;
    fragrows_close(e->rows);
    e->rows = NULL;
}
