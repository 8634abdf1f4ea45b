/* SPDX-License-Identifier: GPL-2.0-only
 * The temperature at a group's devices over the run, in steps of constant temperature, and the sums
 * over it from which a crystal's phase follows in O(1). */
#ifndef CLOCK_TEMPERATURE_H
#define CLOCK_TEMPERATURE_H

#include <stdint.h>

#include "models/clock/clock_cfg.h"
#include "sim/err.h"

/* Time is counted in cells of 10 s since the start of the run. */
enum { TEMPERATURE_CELL_S = 10 };

struct temperature;

/* A curve from the scenario; reads the file of kind: file. time_of_day_ns: UTC since midnight at
 * the start of the run, 0..86400 s. The caller closes. Errors: SIM_EIO, SIM_ESYNTAX, SIM_ERANGE. */
int temperature_open(struct temperature **out, const struct temperature_cfg *cfg,
                     int64_t time_of_day_ns, struct sim_error *e);
void temperature_close(struct temperature *t);

/* Temperature during a cell, in milli-degrees Celsius, -60000..125000. cell: 0..2^31. */
int32_t temperature_at(const struct temperature *t, uint32_t cell);

/* Sum over the cells 0..cell-1 of (temperature - turnover)^2, in squared milli-degrees, exact.
 * turnover_mdeg: -40000..85000; cell: up to 2^27. */
int64_t temperature_squares(const struct temperature *t, int32_t turnover_mdeg, uint32_t cell);

#endif
