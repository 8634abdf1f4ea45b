/* SPDX-License-Identifier: GPL-2.0-only
 * Distributions of a scenario: uniform words made into whole numbers of the base unit. */
#include "sim/dist.h"

#include "sim/detmath.h"

int64_t dist_draw(const struct scn_dist *d, struct rng_key key, uint64_t entity, uint64_t n,
                  int64_t min, int64_t max)
{
    int64_t v = d->a;
    if (d->kind != SCN_FIXED) {
        uint32_t w[4];
        rng_draw(key, entity, n, w);
        if (d->kind == SCN_UNIFORM)
            v = d->a + (int64_t)(rng_word_uniform(w[0], w[1]) * (double)(d->b - d->a + 1));
        else if (d->kind == SCN_NORMAL)
            v = d->a + det_round(rng_word_normal(w) * (double)d->b);
        else
            v = det_round(rng_word_exponential(w[0], w[1]) * (double)d->a);
    }
    return v < min ? min : v > max ? max : v;
}
