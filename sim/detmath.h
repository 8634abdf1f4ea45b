/* SPDX-License-Identifier: GPL-2.0-only
 * Elementary functions with the same bits on every processor: only IEEE-754 + - * / and sqrt, in a
 * fixed order (build without contraction). The C library's log10, pow, exp and cos differ in their
 * last bits between processors, so nothing that decides a draw or a time may use them.
 * Errors are below 1e-14 relative (sine and cosine: 1e-15 absolute). */
#ifndef SIM_DETMATH_H
#define SIM_DETMATH_H

#include <stdint.h>

double det_log(double x); /* natural; x > 0 and normal, else -inf for 0, nan below */
double det_log10(double x);
double det_exp(double x); /* 0 below -745, inf above 709 */
double det_pow10(double x);
double det_cos_turn(double turns); /* cos(2 pi turns) */
double det_sin_turn(double turns);
double det_atan2_deg(double y, double x); /* degrees, -180..180 */
int64_t det_round(double x);              /* half away from zero; |x| < 2^62 */

/* 10^(centi_db / 1000): power ratio of a level in hundredths of a decibel, -40000..40000 (else
 * clamped). */
double det_ratio_of_cdb(int centi_db);
/* 1000 log10(ratio), rounded to an integer; ratio > 0. */
int det_cdb_of_ratio(double ratio);

#endif
