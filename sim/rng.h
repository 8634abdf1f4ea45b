/* SPDX-License-Identifier: GPL-2.0-only
 * Random numbers from counters: Philox4x32-10. A stream is keyed by (seed, run, use, entity), so
 * what one entity draws never depends on another, nor on the order of creation.
 *
 * Two faces: struct rng, a stream that remembers its place, and rng_draw, draw number n of a stream
 * without any memory. Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers", SC 2011. */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stddef.h>
#include <stdint.h>

/* What a number is drawn for. New uses go at the end: results of old ones then do not move. */
#define RNG_USE_MAP(X)                                                                             \
    X(TEST)                                                                                        \
    X(KEYS)                                                                                        \
    X(PLACEMENT)                                                                                   \
    X(SHADOWING)                                                                                   \
    X(FADING)                                                                                      \
    X(TRAFFIC)                                                                                     \
    X(PHASE)                                                                                       \
    X(CHANNEL)                                                                                     \
    X(PAYLOAD)                                                                                     \
    X(DEVNONCE)                                                                                    \
    X(JOIN_BACKOFF)                                                                                \
    X(ACK_TIMEOUT)                                                                                 \
    X(CONFIRMED)                                                                                   \
    X(START)                                                                                       \
    X(DEVICE)                                                                                      \
    X(SERVER)                                                                                      \
    X(LOSS)                                                                                        \
    X(CLOCK)                                                                                       \
    X(CLOCK_WANDER)                                                                                \
    X(CLOCK_JITTER)                                                                                \
    X(DL_PHASE)                                                                                    \
    X(DL_TRAFFIC)                                                                                  \
    X(DL_PAYLOAD)                                                                                  \
    X(DL_CONFIRMED)                                                                                \
    X(PACKAGES)                                                                                    \
    X(NS3)                                                                                         \
    X(IMAGE)                                                                                       \
    X(MULTICAST_LOSS)                                                                              \
    X(BEACON_LOSS)                                                                                 \
    X(CLASS_B)                                                                                     \
    X(REAL_BYTES)                                                                                  \
    X(IP_TOPOLOGY)                                                                                 \
    X(IP_REPORT)                                                                                   \
    X(IP_LOSS)                                                                                     \
    X(IP_PIM)                                                                                      \
    X(IP_FAULTS)                                                                                   \
    X(IP_CHOICE)                                                                                   \
    X(GATEWAY_COUNTER)                                                                             \
    X(FORWARDER)                                                                                   \
    X(IP_CHURN)

enum rng_use {
#define X(name) RNG_##name,
    RNG_USE_MAP(X)
#undef X
};

/* An entity is (hash of its group's name, index in the group): sim_entity in sim/entity.h. */
struct rng_key {
    uint32_t k[2]; /* of (seed, run, use) */
};

struct rng {
    struct rng_key key;
    uint64_t entity;
    uint64_t n; /* blocks drawn so far */
    uint32_t out[4];
    unsigned left; /* words of out not yet given */
};

/* Philox4x32-10: out = f(key, counter). */
void rng_philox(const uint32_t key[2], const uint32_t ctr[4], uint32_t out[4]);

struct rng_key rng_key_make(uint64_t seed, uint64_t run, enum rng_use use);

/* Block n of the stream of an entity: four independent 32-bit words. */
void rng_draw(struct rng_key key, uint64_t entity, uint64_t n, uint32_t out[4]);
/* Draw n of the stream of an entity, uniform in [0, 1), 53 bits. */
double rng_draw_uniform(struct rng_key key, uint64_t entity, uint64_t n);
/* Draw n of the stream of an entity, uniform in 0..limit-1 (limit 1..2^32-1; bias below 2^-32). */
uint32_t rng_draw_below(struct rng_key key, uint64_t entity, uint64_t n, uint32_t limit);

struct rng rng_open(uint64_t seed, uint64_t run, enum rng_use use, uint64_t entity);
struct rng rng_stream(struct rng_key key, uint64_t entity);
uint32_t rng_u32(struct rng *g);
uint64_t rng_u64(struct rng *g);
double rng_uniform(struct rng *g);                 /* [0, 1) */
uint32_t rng_below(struct rng *g, uint32_t limit); /* 0..limit-1, without bias */
double rng_normal(struct rng *g);                  /* mean 0, deviation 1 */
double rng_exponential(struct rng *g);             /* mean 1 */
void rng_bytes(struct rng *g, uint8_t *out, size_t len);

/* Transforms of uniform words, for use with rng_draw. */
double rng_word_uniform(uint32_t hi, uint32_t lo); /* [0, 1), 53 bits */
double rng_word_normal(const uint32_t w[4]);
double rng_word_exponential(uint32_t hi, uint32_t lo);

#endif
