/* SPDX-License-Identifier: GPL-2.0-only
 * Clocks that drift: what a device's clock shows at a true time, and when it will show something.
 *
 * A clock is a crystal that counts (never set, strictly rising, starts at 0 with the run) and an
 * offset that turns the count into the time the device believes; corrections change the offset
 * only. Both are ns since the start of the run; the count is kept in 1/16 ns so that no two true
 * nanoseconds share a count and the way back is exact, for slow clocks too. Formulas: README.md. */
#ifndef CLOCK_CLOCK_H
#define CLOCK_CLOCK_H

#include <stdint.h>

#include "models/clock/clock_cfg.h"
#include "models/clock/wander.h"
#include "sim/entity.h"
#include "sim/err.h"
#include "sim/time.h"

enum { CLOCK_PER_NS = 16 };
#define CLOCK_END SIM_S(473364000) /* 15 years: no true time beyond */

typedef int64_t clock_count; /* 1/16 ns that a crystal believes have passed since the start */

/* What the clocks of a group share: settings, temperature, keys of the draws. */
struct clock_group;

struct clock_run {
    uint64_t seed, run;
    int64_t start_gps_ns; /* run.start, for the time of day */
};

/* Errors: those of the temperature's file. The caller closes, after the group's last clock. */
int clock_group_open(struct clock_group **out, const struct clock_cfg *cfg,
                     const struct clock_run *run, struct sim_error *e);
void clock_group_close(struct clock_group *g);

/* One clock. Look at drifts and offset; the rest belongs to clock.c. */
struct clock {
    const struct clock_group *group; /* NULL: perfect */
    uint64_t entity;
    int64_t offset_ns; /* device time = count + offset */
    int32_t drift_ppb; /* sleep crystal, at its turnover temperature, without wander */
    int32_t radio_drift_ppb;
    int32_t turnover_mdeg;
    /* What was asked last, to be found again: */
    uint32_t cell;                /* 10 s of true time; its number + 1, 0: none */
    int64_t cell_start;           /* phase (count - 16 t) at its start */
    int32_t cell_gain;            /* and how much is gained in it */
    uint32_t unit;                /* 640 s; its number + 1, 0: none */
    int64_t unit_start, unit_end; /* wander at both ends */
    struct wander_near near;
};

/* The clock of an entity, with its own offset, drifts and turnover drawn; from a group or perfect.
 * Nothing to release. A copy is a clock of its own. */
void clock_init(struct clock *c, const struct clock_group *g, sim_entity id);
void clock_init_perfect(struct clock *c);

/* The count at a true time 0..CLOCK_END, rounded down; strictly rising. O(1). */
clock_count clock_count_at(struct clock *c, sim_time t);
/* The first true time at which the count is reached: clock_when_count(clock_count_at(t)) = t for
 * every t. 0 for counts not above 0, SIM_NEVER for what is not reached by CLOCK_END. O(1). */
sim_time clock_when_count(struct clock *c, clock_count count);

/* Device time at a true time, rounded down to ns, and the first true time at which the device time
 * is reached: at or less than 2 ns before the t it came from. */
sim_time clock_time(struct clock *c, sim_time t);
sim_time clock_when(struct clock *c, sim_time device_ns);

/* True time when a span, timed by the device from true time t on, is over. span_ns: not negative,
 * any length; the first counts the sleep crystal, the second the radio's (constant drift). */
sim_time clock_after(struct clock *c, sim_time t, int64_t span_ns);
sim_time clock_radio_after(const struct clock *c, sim_time t, int64_t span_ns);

/* Device time minus true time. */
int64_t clock_error(struct clock *c, sim_time t);
/* How much faster than true time the sleep crystal runs around t, in ppb (mean of 10 s). */
int32_t clock_rate_ppb(struct clock *c, sim_time t);

/* Device time as software reads it: a whole number of granularity steps of the count, rounded down,
 * plus offset and jitter. The jitter depends on t alone, not on what else is read. */
sim_time clock_read(struct clock *c, sim_time t);
/* True time at which a timer fires that software sets for a device time: the count's next whole
 * step of granularity, plus jitter (not before 0). */
sim_time clock_alarm(struct clock *c, sim_time device_ns);

/* A correction: a step of the offset at a true time. */
struct clock_correction {
    sim_time at;
    int64_t step_ns;
    int64_t error_before_ns, error_after_ns;
};
struct clock_correction clock_step(struct clock *c, sim_time t, int64_t step_ns);
/* The same without looking at the errors. */
void clock_shift(struct clock *c, int64_t step_ns);
/* Set the device time: the same with the step that makes clock_time(t) = device_ns. */
struct clock_correction clock_set(struct clock *c, sim_time t, sim_time device_ns);

#endif
