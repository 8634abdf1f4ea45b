/* SPDX-License-Identifier: GPL-2.0-only
 * Formulas of links.c: mean path gain, and the field of correlated shadowing. Only links.c and its
 * tests use it. */
#ifndef RADIO_PATH_LOSS_H
#define RADIO_PATH_LOSS_H

#include <stdint.h>

#include "models/radio/place.h"
#include "models/radio/radio_cfg.h"
#include "sim/rng.h"

/* What does not change from link to link, worked out once. */
struct path_loss {
    int model;               /* enum path_loss_model, not matrix */
    double ref_cdb, slope;   /* log_distance: loss = ref_cdb + slope log10(d^2 / d0^2) */
    double min_d2, inv_d0_2; /* in mm^2 */
    double log_f;            /* okumura_hata: log10 of MHz */
    double area_cdb;         /* okumura_hata: correction of the area */
    int area;
};

void path_loss_init(struct path_loss *p, const struct path_loss_cfg *cfg, int64_t frequency_hz);

/* Path gain, -32768..0 centi-dB, before shadowing. okumura_hata: base is the gateway. */
double path_loss_gain_cdb(const struct path_loss *p, const struct place *mobile,
                          const struct place *base);

/* A level in centi-dB as stored: rounded, -32768..0. */
int path_loss_round_gain(double gain_cdb);

/* Gaussian field over the plane around one gateway: mean 0, deviation 1, correlation exp(-d /
 * distance). */
enum { SHADOW_WAVES = 64 };
struct shadow_field {
    double kx[SHADOW_WAVES], ky[SHADOW_WAVES]; /* turns per mm */
    double phase[SHADOW_WAVES];                /* turns */
};
void shadow_field_init(struct shadow_field *f, struct rng_key key, sim_entity gateway,
                       int64_t distance_mm);
double shadow_field_at(const struct shadow_field *f, const struct place *at);

#endif
