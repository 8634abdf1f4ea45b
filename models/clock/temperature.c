/* SPDX-License-Identifier: GPL-2.0-only
 * Temperatures and their sums. With S1 = sum of T and S2 = sum of T^2 over the steps so far, the
 * sum of (T - T0)^2 is S2 - 2 T0 S1 + n T0^2 for any turnover T0: one table serves all devices.
 * Whole repeats of a curve multiply. */
#include "models/clock/temperature.h"

#include <stdlib.h>
#include <string.h>

#include "sim/csv.h"
#include "sim/detmath.h"
#include "sim/mem.h"
#include "sim/time.h"

enum {
    STEP_CELLS = 6, /* 60 s; longer where a file is long */
    DAY_STEPS = 1440,
    MAX_STEPS = 65536,
    MAX_ROWS = 10000000,
};
#define STEP SIM_S(STEP_CELLS *TEMPERATURE_CELL_S)

struct temperature {
    uint32_t step_cells;
    uint32_t n_steps;
    bool repeat;           /* else the last step stays */
    uint32_t period_cells; /* n_steps * step_cells */
    int64_t *s1, *s2;      /* n_steps + 1 sums over the steps before */
};

static struct temperature *make(uint32_t n_steps, uint32_t step_cells, bool repeat)
{
    struct temperature *t = mem_alloc(1, sizeof *t);
    *t = (struct temperature){.step_cells = step_cells,
                              .n_steps = n_steps,
                              .repeat = repeat,
                              .period_cells = n_steps * step_cells,
                              .s1 = mem_alloc(n_steps + 1, sizeof *t->s1),
                              .s2 = mem_alloc(n_steps + 1, sizeof *t->s2)};
    return t;
}

static void set_step(struct temperature *t, uint32_t i, int64_t mdeg)
{
    t->s1[i + 1] = t->s1[i] + mdeg;
    t->s2[i + 1] = t->s2[i] + mdeg * mdeg;
}

static struct temperature *make_daily(const struct temperature_cfg *cfg, int64_t time_of_day_ns)
{
    struct temperature *t = make(DAY_STEPS, STEP_CELLS, true);
    for (uint32_t i = 0; i < DAY_STEPS; i++) {
        int64_t at = time_of_day_ns + i * STEP + STEP / 2 - cfg->warmest_ns;
        double turns = (double)at / (double)(DAY_STEPS * STEP);
        int64_t swing = det_round((double)cfg->swing_mdeg * det_cos_turn(turns));
        set_step(t, i, cfg->mean_mdeg + swing);
    }
    return t;
}

/* The rows of a file: times in ns, temperatures in milli-degrees. */
struct points {
    int64_t *at, *mdeg;
    size_t n, room;
};

static void add_point(struct points *p, int64_t at, int64_t mdeg)
{
    if (p->n == p->room) {
        p->room = p->room ? 2 * p->room : 256;
        p->at = mem_grow(p->at, p->room, sizeof *p->at);
        p->mdeg = mem_grow(p->mdeg, p->room, sizeof *p->mdeg);
    }
    p->at[p->n] = at;
    p->mdeg[p->n++] = mdeg;
}

static int read_rows(struct csv *c, struct points *p, struct sim_error *e)
{
    int time_s, temperature_c, rc;
    bool more;
    if ((rc = csv_need(c, "time_s", &time_s, e)) ||
        (rc = csv_need(c, "temperature_c", &temperature_c, e)))
        return rc;
    while (!(rc = csv_next(c, &more, e)) && more) {
        int64_t at, mdeg;
        if ((rc = csv_decimal(c, time_s, 9, 0, SIM_S(1000000000), &at, e)) ||
            (rc = csv_decimal(c, temperature_c, 3, TEMPERATURE_MIN_MDEG, TEMPERATURE_MAX_MDEG,
                              &mdeg, e)))
            return rc;
        if (p->n > 0 && at <= p->at[p->n - 1])
            return csv_fail(c, time_s, SIM_ESYNTAX, e, "not later than the row before");
        if (p->n == MAX_ROWS)
            return csv_fail(c, -1, SIM_ERANGE, e, "more than %d rows", MAX_ROWS);
        add_point(p, at, mdeg);
    }
    if (rc == SIM_OK && p->n == 0)
        return csv_fail(c, -1, SIM_ESYNTAX, e, "no rows: give at least one");
    return rc;
}

/* On the straight line between the points around a time; *i: the point last passed. */
static int64_t interpolate(const struct points *p, int64_t at, size_t *i)
{
    while (*i + 1 < p->n && p->at[*i + 1] <= at)
        ++*i;
    if (at <= p->at[*i] || *i + 1 == p->n)
        return p->mdeg[*i];
    double part = (double)(at - p->at[*i]) / (double)(p->at[*i + 1] - p->at[*i]);
    return p->mdeg[*i] + det_round(part * (double)(p->mdeg[*i + 1] - p->mdeg[*i]));
}

static int make_curve(struct temperature **out, const struct points *p, bool repeat,
                      const char *path, struct sim_error *e)
{
    int64_t end = p->at[p->n - 1], n = end / STEP + (repeat ? 0 : 1);
    if (repeat && (n == 0 || end % STEP != 0))
        return sim_error_set(
            e, SIM_ERANGE,
            "%s: repeated, so the time of the last row must be a multiple of 60 s; "
            "it is %lld ns",
            path, (long long)end);
    if (repeat && n > MAX_STEPS)
        return sim_error_set(e, SIM_ERANGE,
                             "%s: repeated, so at most %d min long; it has %lld: shorten it, or "
                             "repeat: false",
                             path, MAX_STEPS, (long long)n);
    int64_t merge = (n + MAX_STEPS - 1) / MAX_STEPS;
    n = (n + merge - 1) / merge;
    struct temperature *t = make((uint32_t)n, (uint32_t)(merge * STEP_CELLS), repeat);
    size_t last = 0;
    for (int64_t i = 0; i < n; i++)
        set_step(t, (uint32_t)i, interpolate(p, (2 * i + 1) * merge * STEP / 2, &last));
    *out = t;
    return SIM_OK;
}

static int make_from_file(struct temperature **out, const struct temperature_cfg *cfg,
                          struct sim_error *e)
{
    struct points p = {0};
    struct csv c;
    if (!cfg->file)
        return sim_error_set(e, SIM_EINVAL, "temperature: kind file needs a file");
    int rc = csv_open(&c, cfg->file, e);
    if (rc == SIM_OK)
        rc = read_rows(&c, &p, e);
    if (rc == SIM_OK)
        rc = make_curve(out, &p, cfg->repeat, cfg->file, e);
    csv_close(&c);
    free(p.at);
    free(p.mdeg);
    return rc;
}

int temperature_open(struct temperature **out, const struct temperature_cfg *cfg,
                     int64_t time_of_day_ns, struct sim_error *e)
{
    *out = NULL;
    if (cfg->kind == TEMPERATURE_FILE)
        return make_from_file(out, cfg, e);
    if (cfg->kind == TEMPERATURE_DAILY) {
        if (cfg->mean_mdeg + cfg->swing_mdeg > TEMPERATURE_MAX_MDEG ||
            cfg->mean_mdeg - cfg->swing_mdeg < TEMPERATURE_MIN_MDEG)
            return sim_error_set(e, SIM_ERANGE,
                                 "temperature: mean and swing reach beyond %d to %d degC",
                                 TEMPERATURE_MIN_MDEG / 1000, TEMPERATURE_MAX_MDEG / 1000);
        *out = make_daily(cfg, time_of_day_ns);
        return SIM_OK;
    }
    *out = make(1, 1, true);
    set_step(*out, 0, cfg->mean_mdeg);
    return SIM_OK;
}

void temperature_close(struct temperature *t)
{
    if (!t)
        return;
    free(t->s1);
    free(t->s2);
    free(t);
}

int32_t temperature_at(const struct temperature *t, uint32_t cell)
{
    if (t->repeat)
        cell %= t->period_cells;
    uint32_t step = cell / t->step_cells;
    if (step >= t->n_steps)
        step = t->n_steps - 1;
    return (int32_t)(t->s1[step + 1] - t->s1[step]);
}

/* Sum over the first steps, times the cells of one. */
static int64_t squares_of_steps(const struct temperature *t, int64_t turnover_mdeg, uint32_t n)
{
    int64_t sum = t->s2[n] - 2 * turnover_mdeg * t->s1[n] + n * turnover_mdeg * turnover_mdeg;
    return sum * t->step_cells;
}

int64_t temperature_squares(const struct temperature *t, int32_t turnover_mdeg, uint32_t cell)
{
    uint32_t whole = cell / t->period_cells, rest = cell % t->period_cells;
    if (whole > 0 && !t->repeat) { /* the last step stays */
        int64_t d = temperature_at(t, cell) - turnover_mdeg;
        return squares_of_steps(t, turnover_mdeg, t->n_steps) + (cell - t->period_cells) * d * d;
    }
    uint32_t step = rest / t->step_cells, part = rest % t->step_cells;
    int64_t d = t->s1[step + 1] - t->s1[step] - turnover_mdeg;
    return whole * squares_of_steps(t, turnover_mdeg, t->n_steps) +
           squares_of_steps(t, turnover_mdeg, step) + part * d * d;
}
