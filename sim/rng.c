/* SPDX-License-Identifier: GPL-2.0-only
 * Philox4x32-10, keys of streams, and what is made of uniform words.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. */
#include "sim/rng.h"

#include <math.h>

#include "sim/detmath.h"
#include "sim/err.h"

enum { PHILOX_ROUNDS = 10 };

void rng_philox(const uint32_t key[2], const uint32_t ctr[4], uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t c0 = ctr[0], c1 = ctr[1], c2 = ctr[2], c3 = ctr[3];
    for (int i = 0; i < PHILOX_ROUNDS; i++) {
        uint64_t p0 = UINT64_C(0xd2511f53) * c0;
        uint64_t p1 = UINT64_C(0xcd9e8d57) * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* One step of splitmix64: every bit of x reaches every bit of the result.
 * Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

struct rng_key rng_key_make(uint64_t seed, uint64_t run, enum rng_use use)
{
    uint64_t h = mix(mix(mix(seed) + run) + (uint64_t)use);
    return (struct rng_key){{(uint32_t)h, (uint32_t)(h >> 32)}};
}

void rng_draw(struct rng_key key, uint64_t entity, uint64_t n, uint32_t out[4])
{
    const uint32_t ctr[4] = {(uint32_t)n, (uint32_t)(n >> 32), (uint32_t)entity,
                             (uint32_t)(entity >> 32)};
    rng_philox(key.k, ctr, out);
}

double rng_draw_uniform(struct rng_key key, uint64_t entity, uint64_t n)
{
    uint32_t w[4];
    rng_draw(key, entity, n, w);
    return rng_word_uniform(w[0], w[1]);
}

uint32_t rng_draw_below(struct rng_key key, uint64_t entity, uint64_t n, uint32_t limit)
{
    uint32_t w[4];
    SIM_CHECK(limit > 0, "no number is below 0");
    rng_draw(key, entity, n, w);
    /* The high 32 bits of (64-bit fraction) x limit. */
    uint64_t low = (uint64_t)w[1] * limit >> 32;
    return (uint32_t)(((uint64_t)w[0] * limit + low) >> 32);
}

struct rng rng_open(uint64_t seed, uint64_t run, enum rng_use use, uint64_t entity)
{
    return rng_stream(rng_key_make(seed, run, use), entity);
}

struct rng rng_stream(struct rng_key key, uint64_t entity)
{
    return (struct rng){.key = key, .entity = entity};
}

uint32_t rng_u32(struct rng *g)
{
    if (g->left == 0) {
        rng_draw(g->key, g->entity, g->n++, g->out);
        g->left = 4;
    }
    return g->out[4 - g->left--];
}

uint64_t rng_u64(struct rng *g)
{
    uint64_t hi = rng_u32(g);
    return hi << 32 | rng_u32(g);
}

double rng_uniform(struct rng *g)
{
    uint32_t hi = rng_u32(g);
    return rng_word_uniform(hi, rng_u32(g));
}

/* Multiply and take the high word; the low word tells whether the draw belongs to the uneven rest.
 * Source: Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019. */
uint32_t rng_below(struct rng *g, uint32_t limit)
{
    SIM_CHECK(limit > 0, "no number is below 0");
    uint32_t rest = (uint32_t)(0 - limit) % limit;
    uint64_t p;
    do
        p = (uint64_t)rng_u32(g) * limit;
    while ((uint32_t)p < rest);
    return (uint32_t)(p >> 32);
}

double rng_normal(struct rng *g)
{
    uint32_t w[4];
    for (int i = 0; i < 4; i++)
        w[i] = rng_u32(g);
    return rng_word_normal(w);
}

double rng_exponential(struct rng *g)
{
    uint32_t hi = rng_u32(g);
    return rng_word_exponential(hi, rng_u32(g));
}

void rng_bytes(struct rng *g, uint8_t *out, size_t len)
{
    uint32_t w = 0;
    for (size_t i = 0; i < len; i++) {
        if (i % 4 == 0)
            w = rng_u32(g);
        out[i] = (uint8_t)(w >> (8 * (i % 4)));
    }
}

double rng_word_uniform(uint32_t hi, uint32_t lo)
{
    return (double)(((uint64_t)hi << 32 | lo) >> 11) * 0x1p-53;
}

/* Box-Muller; only the cosine is used, so that one draw is one number. */
double rng_word_normal(const uint32_t w[4])
{
    double u = 1.0 - rng_word_uniform(w[0], w[1]); /* (0, 1] */
    return sqrt(-2.0 * det_log(u)) * det_cos_turn(rng_word_uniform(w[2], w[3]));
}

double rng_word_exponential(uint32_t hi, uint32_t lo)
{
    return -det_log(1.0 - rng_word_uniform(hi, lo));
}
