/* SPDX-License-Identifier: GPL-2.0-only
 * The block of data that a campaign sends. */
#include "models/server/campaign_block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/packages/ts004.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/rng.h"

uint8_t *campaign_block_generate(uint64_t seed, size_t len)
{
    uint8_t *data = mem_alloc(len, 1);
    struct rng g = rng_open(seed, 0, RNG_IMAGE, 0);
    rng_bytes(&g, data, len);
    return data;
}

/* A ratio is written in decimal: what it is above a whole number by rounding does not count. */
unsigned campaign_block_parity(unsigned m, double ratio)
{
    double n = ceil(m * ratio - 1e-9);
    return n < FRAG_MAX_N ? (unsigned)n : FRAG_MAX_N;
}

int campaign_block_make(struct campaign_block *b, const struct campaign_cfg *c, uint8_t *image,
                        size_t len, int max_payload, int version)
{
    *b = (struct campaign_block){.len = len, .version = version};
    b->frag_size = c->frag_size_bytes == SCN_WORD
                       ? (unsigned)(max_payload - TS004_FRAGMENT_OVERHEAD)
                       : (unsigned)c->frag_size_bytes;
    int rc = fragcode_split(len, b->frag_size, &b->m, &b->padding);
    b->n_parity = c->n_parity == SCN_WORD ? campaign_block_parity(b->m, c->redundancy_ratio)
                                          : (unsigned)c->n_parity;
    b->code = version == 1                       ? FRAG_CODE_V1
              : c->rows == CAMPAIGN_ROWS_LITERAL ? FRAG_CODE_V2_LITERAL
                                                 : FRAG_CODE_V2;
    if (!rc && b->m + b->n_parity > FRAG_MAX_N)
        rc = SIM_ERANGE;
    if (!rc) {
        b->data = mem_alloc((size_t)b->m * b->frag_size, 1);
        memcpy(b->data, image, len);
    }
    free(image);
    return rc;
}

void campaign_block_free(struct campaign_block *b)
{
    free(b->data);
    b->data = NULL;
}
