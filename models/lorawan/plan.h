/* SPDX-License-Identifier: GPL-2.0-only
 * Channel plans of devices: which channels are defined and enabled. Equal plans are kept once, so a
 * population shares a few, and a command that changes a plan makes or finds another. */
#ifndef LORAWAN_PLAN_H
#define LORAWAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "models/radio/region.h"

enum { PLAN_MASKS = 6 };

struct plan {
    struct region_channel channel[REGION_MAX_CHANNELS];
    int64_t rx1_frequency_hz[REGION_MAX_CHANNELS]; /* 0: the region's rule */
    uint16_t mask[PLAN_MASKS];                     /* enabled */
    /* Derived: what can be used at each data rate. */
    uint8_t n_usable[REGION_N_DR];
    uint8_t usable[REGION_N_DR][REGION_MAX_CHANNELS];
};

struct plan_set {
    const struct region *region;
    struct plan **plans;
    uint16_t n, cap;
};

void plan_set_init(struct plan_set *s, const struct region *region);
void plan_set_fini(struct plan_set *s);

/* The region's default plan: default channels, all enabled. */
void plan_default(const struct region *region, struct plan *p);

/* The number of a plan equal to p, kept for the life of the set; derives what is usable. */
uint16_t plan_intern(struct plan_set *s, const struct plan *p);
const struct plan *plan_at(const struct plan_set *s, uint16_t number);

/* Masks of the channels that exist. */
void plan_defined(const struct plan *p, uint16_t defined[PLAN_MASKS]);

/* Add or change channel i of a dynamic plan (frequency 0: remove) and enable it. Errors:
 * SIM_ERANGE, SIM_EINVAL (a default channel, a fixed plan). */
int plan_set_channel(const struct region *region, struct plan *p, int i, struct region_channel c);

/* Apply a CFList of either type. Returns SIM_OK or SIM_EPROTO. */
int plan_apply_cflist(const struct region *region, struct plan *p, const uint8_t cflist[16]);

/* Only the channels of sub-band 1..8 (1..12 for 96 channels) of a fixed plan, with its 500 kHz
 * channel. */
void plan_keep_sub_band(const struct region *region, struct plan *p, int sub_band);

/* Is a frequency inside what devices of the region accept in commands? */
bool plan_frequency_ok(const struct region *region, int64_t frequency_hz);

#endif
