/* SPDX-License-Identifier: GPL-2.0-only
 * Simulated time, GPS and UTC. Integer nanoseconds everywhere; no double holds a time. */
#ifndef SIM_TIME_H
#define SIM_TIME_H

#include <stddef.h>
#include <stdint.h>

typedef int64_t sim_time; /* ns since the start of the run */

#define SIM_NS(n) ((sim_time)(n))
#define SIM_US(n) ((sim_time)(n)*1000)
#define SIM_MS(n) ((sim_time)(n)*1000000)
#define SIM_S(n)  ((sim_time)(n)*1000000000)
#define SIM_NEVER INT64_MAX /* later than anything that happens */

/* GPS seconds of a UTC instant given as unix seconds, leap seconds included.
 * unix_s: from 315964800 (1980-01-06) on. Returns seconds since the GPS epoch; before it, negative
 * values without leap seconds. Source: IERS leap second table to 2017-01-01 (18 s). */
int64_t sim_gps_from_unix(int64_t unix_s);

/* Unix seconds of a GPS instant; during a leap second the second before is returned. */
int64_t sim_unix_from_gps(int64_t gps_s);

/* Parse an instant: "2026-01-01T00:00:00Z" (fraction and missing seconds allowed) or "gps:N" with N
 * in seconds. Writes GPS nanoseconds. Errors: SIM_ESYNTAX, SIM_ERANGE (before 1980-01-06 or after
 * 2200). */
int sim_instant_parse(const char *text, int64_t *gps_ns);

/* Write a GPS instant as UTC, "2026-01-01T00:00:00.000000000Z", without the fraction when it is 0.
 * buf: at least 32 bytes; returns buf. */
char *sim_instant_print(int64_t gps_ns, char *buf, size_t size);

#endif
