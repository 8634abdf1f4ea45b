/* SPDX-License-Identifier: GPL-2.0-only
 * Log-distance and Okumura-Hata path loss; correlated shadowing as a sum of plane waves.
 *
 * Okumura-Hata, in dB with f in MHz, heights in m, d in km (Hata, "Empirical formula for
 * propagation loss in land mobile radio services", IEEE Trans. Veh. Technol. 29(3), 1980): 69.55
 * + 26.16 lg f - 13.82 lg hb - a(hm) + (44.9 - 6.55 lg hb) lg d small city, suburbs, open: a = (1.1
 * lg f - 0.7) hm - (1.56 lg f - 0.8) large city: a = 3.2 lg^2(11.75 hm) - 4.97 from 300 MHz, 8.29
 * lg^2(1.54 hm) - 1.1 below suburbs: - 2 lg^2(f / 28) - 5.4;  open: - 4.78 lg^2 f + 18.33 lg f
 * - 40.94 It holds for 150 to 1500 MHz, hb 30 to 200 m, hm 1 to 10 m, d 1 to 20 km, and is used as
 * it stands beyond them; only heights below 1 m count as 1 m and distances below 20 m as 20 m.
 *
 * Correlated shadowing: the plane waves' numbers k follow the spectrum of exp(-d / dc) in two
 * dimensions, whose distribution is 1 - 1 / sqrt(1 + (2 pi k dc)^2); lengths and directions are
 * drawn in strata, so that one field of 64 waves comes near that correlation. The field belongs to
 * the gateway: a device's value does not depend on which others exist. Heights do not count. */
#include "models/radio/path_loss.h"

#include <math.h>

#include "sim/detmath.h"

enum { GAIN_MIN_CDB = -32768 };
#define HATA_MIN_D2     (20e3 * 20e3)
#define TWO_PI          6.283185307179586
#define GOLDEN_FRACTION 0.6180339887498949
/* Waves shorter than 6e-6 of the distance are not drawn: phases stay far below 2^62 turns. */
#define MAX_QUANTILE 0.999999

static double square(double x)
{
    return x * x;
}

static double hata_area_db(int area, double log_f)
{
    if (area == HATA_SUBURBAN)
        return -2 * square(log_f - det_log10(28)) - 5.4;
    if (area == HATA_OPEN)
        return -4.78 * square(log_f) + 18.33 * log_f - 40.94;
    return 0;
}

void path_loss_init(struct path_loss *p, const struct path_loss_cfg *cfg, int64_t frequency_hz)
{
    *p = (struct path_loss){.model = cfg->model, .area = cfg->area};
    if (cfg->model == LOSS_LOG_DISTANCE) {
        p->min_d2 = square((double)cfg->reference_distance_mm);
        p->inv_d0_2 = 1 / p->min_d2;
        p->ref_cdb = (double)cfg->reference_loss_cdb;
        p->slope = 500 * cfg->exponent;
        return;
    }
    p->min_d2 = HATA_MIN_D2;
    p->inv_d0_2 = 1e-12; /* km */
    p->log_f = det_log10((double)frequency_hz / 1e6);
    p->area_cdb = 100 * hata_area_db(cfg->area, p->log_f);
}

/* Correction for the mobile's height, dB. */
static double hata_mobile_db(const struct path_loss *p, double hm)
{
    if (p->area != HATA_URBAN_LARGE)
        return (1.1 * p->log_f - 0.7) * hm - (1.56 * p->log_f - 0.8);
    if (p->log_f >= det_log10(300))
        return 3.2 * square(det_log10(11.75 * hm)) - 4.97;
    return 8.29 * square(det_log10(1.54 * hm)) - 1.1;
}

static double height_m(const struct place *at)
{
    return at->z_mm > 1000 ? (double)at->z_mm / 1000 : 1;
}

static double hata_loss_cdb(const struct path_loss *p, double hm, double hb, double log_d2)
{
    double log_hb = det_log10(hb);
    double db = 69.55 + 26.16 * p->log_f - 13.82 * log_hb - hata_mobile_db(p, hm) +
                (44.9 - 6.55 * log_hb) * 0.5 * log_d2;
    return 100 * db + p->area_cdb;
}

double path_loss_gain_cdb(const struct path_loss *p, const struct place *mobile,
                          const struct place *base)
{
    double d2 = square((double)(mobile->x_mm - base->x_mm)) +
                square((double)(mobile->y_mm - base->y_mm)) +
                square((double)(mobile->z_mm - base->z_mm));
    double log_d2 = det_log10((d2 > p->min_d2 ? d2 : p->min_d2) * p->inv_d0_2);
    if (p->model == LOSS_LOG_DISTANCE)
        return -(p->ref_cdb + p->slope * log_d2);
    return -hata_loss_cdb(p, height_m(mobile), height_m(base), log_d2);
}

int path_loss_round_gain(double gain_cdb)
{
    if (gain_cdb >= 0)
        return 0;
    return gain_cdb <= GAIN_MIN_CDB ? GAIN_MIN_CDB : (int)det_round(gain_cdb);
}

static double fraction(double x)
{
    return x - floor(x);
}

void shadow_field_init(struct shadow_field *f, struct rng_key key, sim_entity gateway,
                       int64_t distance_mm)
{
    struct rng g = rng_stream(key, (uint64_t)gateway);
    double first = rng_uniform(&g);
    for (int i = 0; i < SHADOW_WAVES; i++) {
        double u = (i + rng_uniform(&g)) / SHADOW_WAVES;
        u = u < MAX_QUANTILE ? u : MAX_QUANTILE;
        double k = sqrt(1 / square(1 - u) - 1) / (TWO_PI * (double)distance_mm);
        double direction =
            0.5 * fraction(first + GOLDEN_FRACTION * i); /* half a turn: waves are even */
        f->kx[i] = k * det_cos_turn(direction);
        f->ky[i] = k * det_sin_turn(direction);
        f->phase[i] = rng_uniform(&g);
    }
}

/* cos(2 pi x), |x| < 2^62, to 1e-8: enough for a level in centi-dB, five times as fast as
 * det_cos_turn. */
static double cos_turn_coarse(double x)
{
    double whole = (double)(int64_t)x, y = x > whole ? x - whole : whole - x; /* cosine is even */
    double z = TWO_PI * (y - 0.5), t = z * z; /* cos(2 pi y) = -cos(z), |z| <= pi */
    double sum = 1 - t * (1.0 / 380);
    sum = 1 - t * (1.0 / 306) * sum;
    sum = 1 - t * (1.0 / 240) * sum;
    sum = 1 - t * (1.0 / 182) * sum;
    sum = 1 - t * (1.0 / 132) * sum;
    sum = 1 - t * (1.0 / 90) * sum;
    sum = 1 - t * (1.0 / 56) * sum;
    sum = 1 - t * (1.0 / 30) * sum;
    sum = 1 - t * (1.0 / 12) * sum;
    return 0.5 * t * sum - 1;
}

double shadow_field_at(const struct shadow_field *f, const struct place *at)
{
    double x = (double)at->x_mm, y = (double)at->y_mm, sum = 0;
    for (int i = 0; i < SHADOW_WAVES; i++)
        sum += cos_turn_coarse(f->kx[i] * x + f->ky[i] * y + f->phase[i]);
    return sum * sqrt(2.0 / SHADOW_WAVES);
}
