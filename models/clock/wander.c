/* SPDX-License-Identifier: GPL-2.0-only
 * A random walk of the drift W and its integral, the phase I, by bisection: the end of the longest
 * run is drawn first, then the middle of the interval that holds the wanted unit, given W and I at
 * both ends of the interval, and so on, WANDER_LEVELS times. Draws are keyed by the place of the
 * middle, so that every unit can be asked in any order and all answers fit together.
 *
 * For a walk with W(t) - W(0) of variance s^2 t, given W0, W1, I0, I1 over a length T, with
 * J = I1 - I0 - T (W0 + W1) / 2:
 *   W at T/2 = (W0 + W1) / 2 + 3 J / (2 T) + s sqrt(T) / 4 g
 *   I at T/2 = I0 + T W0 / 2 + T (W1 - W0) / 8 + J / 2 + s sqrt(T^3 / 192) h
 * with g, h independent, mean 0, deviation 1 (README.md has the derivation). g and h are sums of
 * four uniform numbers: all variances and covariances are those of the walk, and the bounds that
 * the clock needs are hard: |g|, |h| < 3.47. */
#include "models/clock/wander.h"

#include <math.h>

#include "sim/detmath.h"
#include "sim/err.h"

/* 1 ppb over a unit, in 1/16 ns. */
#define PHASE_PER_PPB (16.0 * WANDER_UNIT_S)

enum { NEAR_LEVEL = 6 /* a stretch is 2^6 units */ };

struct wander wander_make(struct rng_key key, int64_t ppb)
{
    double per_unit = sqrt(WANDER_UNIT_S / 3600.0) * PHASE_PER_PPB;
    struct wander w = {.key = key, .step = (double)ppb * per_unit};
    for (int i = 0; i < WANDER_LEVELS; i++) {
        double len = (double)(UINT32_C(2) << i);
        w.drift_sd[i] = w.step * sqrt(len) / 4;
        w.phase_sd[i] = w.step * len * sqrt(len / 192);
    }
    return w;
}

/* Four 16-bit numbers, each uniform in 0..65535: mean of the sum 131070, variance (2^32 - 1) / 3.
 */
static double sum_of_four(uint32_t a, uint32_t b)
{
    uint32_t sum = (a & 0xffff) + (a >> 16) + (b & 0xffff) + (b >> 16);
    return ((double)sum - 131070.0) * 0x1.bb67ae86627e8p-16; /* sqrt(3 / (2^32 - 1)) */
}

/* Two numbers of mean 0 and deviation 1 for the point at a unit. */
static void draw(const struct wander *w, uint64_t entity, uint32_t at, double *g, double *h)
{
    uint32_t word[4];
    rng_draw(w->key, entity, at, word);
    *g = sum_of_four(word[0], word[1]);
    *h = sum_of_four(word[2], word[3]);
}

/* The point after a length T from (0, 0): variances s^2 T and s^2 T^3 / 3. */
static struct wander_point draw_end(const struct wander *w, uint64_t entity)
{
    double g, h, len = WANDER_END;
    draw(w, entity, WANDER_END, &g, &h);
    struct wander_point p = {.drift = w->step * sqrt(len) * g};
    p.phase = len * p.drift / 2 + w->step * len * sqrt(len / 12) * h;
    return p;
}

/* The middle (unit mid) of 2^(level + 1) units with these ends. */
static struct wander_point draw_middle(const struct wander *w, uint64_t entity, uint32_t mid,
                                       int level, struct wander_point lo, struct wander_point hi)
{
    double g, h, len = (double)(UINT32_C(2) << level);
    double curve = hi.phase - lo.phase - len * (lo.drift + hi.drift) / 2;
    struct wander_point p;
    draw(w, entity, mid, &g, &h);
    p.drift = (lo.drift + hi.drift) / 2 + 1.5 * curve / len + w->drift_sd[level] * g;
    p.phase = lo.phase + len * lo.drift / 2 + len * (hi.drift - lo.drift) / 8 + curve / 2 +
              w->phase_sd[level] * h;
    return p;
}

/* Halve the 2^(from) units around a unit down to 2^(to); lo and hi become the ends of those. */
static void bisect(const struct wander *w, uint64_t entity, uint32_t unit, int from, int to,
                   struct wander_point *lo, struct wander_point *hi)
{
    for (int level = from - 1; level >= to; level--) {
        uint32_t mid = (unit >> (level + 1) << (level + 1)) + (UINT32_C(1) << level);
        struct wander_point p = draw_middle(w, entity, mid, level, *lo, *hi);
        *(unit < mid ? hi : lo) = p;
    }
}

void wander_phase(const struct wander *w, uint64_t entity, uint32_t unit, struct wander_near *near,
                  int64_t *start, int64_t *end)
{
    uint32_t stretch = unit >> NEAR_LEVEL;
    SIM_CHECK(unit < WANDER_END, "unit %u", (unsigned)unit);
    if (near->stretch != stretch + 1) {
        near->lo = (struct wander_point){0, 0};
        near->hi = draw_end(w, entity);
        bisect(w, entity, unit, WANDER_LEVELS, NEAR_LEVEL, &near->lo, &near->hi);
        near->stretch = stretch + 1;
    }
    struct wander_point lo = near->lo, hi = near->hi;
    bisect(w, entity, unit, NEAR_LEVEL, 0, &lo, &hi);
    *start = det_round(lo.phase);
    *end = det_round(hi.phase);
}
