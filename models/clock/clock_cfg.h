/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about the clocks of a group, as read. */
#ifndef CLOCK_CFG_H
#define CLOCK_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario.h"

enum temperature_kind { TEMPERATURE_CONSTANT, TEMPERATURE_DAILY, TEMPERATURE_FILE };

/* What the keys allow; the mapping's arithmetic and its monotony rest on these bounds. */
enum {
    TEMPERATURE_MIN_MDEG = -60000,
    TEMPERATURE_MAX_MDEG = 125000,
    TURNOVER_MIN_MDEG = -40000,
    TURNOVER_MAX_MDEG = 85000,
    CURVATURE_MAX_PPB = 100,   /* per square degree, either sign */
    CLOCK_MAX_DRIFT = 1000000, /* ppb, either sign */
    CLOCK_MAX_WANDER = 100,    /* ppb per square root of an hour */
};
#define CLOCK_MAX_OFFSET (INT64_C(10000) * 86400 * 1000000000) /* ns, either sign */
#define CLOCK_MAX_JITTER INT64_C(1000000000)                   /* ns, either sign */

struct temperature_cfg {
    int kind;           /* enum temperature_kind */
    int64_t mean_mdeg;  /* constant: the temperature */
    int64_t swing_mdeg; /* daily: above and below the mean */
    int64_t warmest_ns; /* daily: UTC time of day */
    const char *file;   /* file: CSV time_s,temperature_c */
    bool repeat;        /* file: start again after the last row */
    int64_t curvature_ppb;
    struct scn_dist turnover_mdeg;
};

struct clock_cfg {
    struct scn_dist offset_ns;
    struct scn_dist drift_ppb;
    struct scn_dist radio_drift_ppb;
    struct temperature_cfg temperature;
    int64_t wander_ppb; /* per square root of an hour */
    int64_t granularity_ns;
    struct scn_dist jitter_ns;
};
extern const struct scn_section clock_section;

/* Has the temperature an effect: is it not constant and at the turnover of every device? */
bool clock_cfg_has_temperature(const struct temperature_cfg *t);
/* Are all clocks perfect: no offset, no drift, exact readings? */
bool clock_cfg_perfect(const struct clock_cfg *cfg);

/* What the table cannot say: a file where one is needed, mean and swing within the allowed
 * temperatures. s: the scenario that holds cfg, for the place in the message. SIM_ESCENARIO. */
int clock_cfg_check(const struct clock_cfg *cfg, const struct scenario *s, struct sim_error *e);

#endif
