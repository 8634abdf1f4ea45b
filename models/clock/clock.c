/* SPDX-License-Identifier: GPL-2.0-only
 * Clocks. The phase (count - 16 t) is known as a whole number at every multiple of 10 s of true
 * time (a cell), by sums that do not depend on how long the run is, and goes straight in between:
 * count(t) = 16 t + start + floor(gain (t - t_cell) / cell). Since |gain| stays far below 16 cells
 * (bounds in clock_cfg.h: under 0.6 %), each ns adds at least 15 counts, and both directions are
 * exact whole-number arithmetic. */
#include "models/clock/clock.h"

#include <stdlib.h>

#include "models/clock/temperature.h"
#include "sim/dist.h"
#include "sim/mem.h"
#include "sim/rng.h"

#define CELL     SIM_S(TEMPERATURE_CELL_S)
#define GAIN_MAX INT64_C(922000000) /* 5762 ppm: times CELL it fits 63 bits */
enum {
    GAIN_PER_PPB = TEMPERATURE_CELL_S * CLOCK_PER_NS, /* 1 ppb over a cell */
    SQUARE_PER_GAIN = 1000000 / GAIN_PER_PPB,         /* squared milli-degrees at 1 ppb/degC^2 */
    CELLS_PER_UNIT = WANDER_UNIT_S / TEMPERATURE_CELL_S,
};
#define DAY SIM_S(86400)

enum { DRAW_OFFSET, DRAW_DRIFT, DRAW_RADIO_DRIFT, DRAW_TURNOVER };

struct clock_group {
    struct clock_cfg cfg;
    struct rng_key clock_key, jitter_key;
    struct wander wander;
    struct temperature *temperature; /* NULL: no effect */
};

/* UTC time of day of a GPS instant. */
static int64_t time_of_day(int64_t gps_ns)
{
    int64_t unix_s = sim_unix_from_gps(gps_ns / SIM_S(1));
    return SIM_S(unix_s % 86400) + gps_ns % SIM_S(1);
}

int clock_group_open(struct clock_group **out, const struct clock_cfg *cfg,
                     const struct clock_run *run, struct sim_error *e)
{
    struct clock_group *g = mem_alloc(1, sizeof *g);
    g->cfg = *cfg;
    g->clock_key = rng_key_make(run->seed, run->run, RNG_CLOCK);
    g->jitter_key = rng_key_make(run->seed, run->run, RNG_CLOCK_JITTER);
    g->wander = wander_make(rng_key_make(run->seed, run->run, RNG_CLOCK_WANDER), cfg->wander_ppb);
    int rc = SIM_OK;
    if (clock_cfg_has_temperature(&cfg->temperature))
        rc =
            temperature_open(&g->temperature, &cfg->temperature, time_of_day(run->start_gps_ns), e);
    if (rc) {
        clock_group_close(g);
        g = NULL;
    }
    *out = g;
    return rc;
}

void clock_group_close(struct clock_group *g)
{
    if (!g)
        return;
    temperature_close(g->temperature);
    free(g);
}

void clock_init(struct clock *c, const struct clock_group *g, sim_entity id)
{
    uint64_t entity = (uint64_t)id;
    const struct clock_cfg *cfg = &g->cfg;
    *c = (struct clock){.group = g, .entity = entity};
    c->offset_ns = dist_draw(&cfg->offset_ns, g->clock_key, entity, DRAW_OFFSET, -CLOCK_MAX_OFFSET,
                             CLOCK_MAX_OFFSET);
    c->drift_ppb = (int32_t)dist_draw(&cfg->drift_ppb, g->clock_key, entity, DRAW_DRIFT,
                                      -CLOCK_MAX_DRIFT, CLOCK_MAX_DRIFT);
    c->radio_drift_ppb = (int32_t)dist_draw(&cfg->radio_drift_ppb, g->clock_key, entity,
                                            DRAW_RADIO_DRIFT, -CLOCK_MAX_DRIFT, CLOCK_MAX_DRIFT);
    c->turnover_mdeg = (int32_t)dist_draw(&cfg->temperature.turnover_mdeg, g->clock_key, entity,
                                          DRAW_TURNOVER, TURNOVER_MIN_MDEG, TURNOVER_MAX_MDEG);
}

void clock_init_perfect(struct clock *c)
{
    *c = (struct clock){.group = NULL};
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* curvature * sum / SQUARE_PER_GAIN, rounded down, without leaving 64 bits: sum <= 1.7e18. */
static int64_t phase_of_squares(int64_t curvature_ppb, int64_t sum)
{
    return curvature_ppb * (sum / SQUARE_PER_GAIN) +
           floor_div(curvature_ppb * (sum % SQUARE_PER_GAIN), SQUARE_PER_GAIN);
}

/* Wander after a part (0..CELLS_PER_UNIT cells) of the unit that was loaded. */
static int64_t wander_after(const struct clock *c, int64_t part)
{
    return c->unit_start + floor_div((c->unit_end - c->unit_start) * part, CELLS_PER_UNIT);
}

static void load_unit(struct clock *c, uint32_t unit)
{
    if (c->unit == unit + 1)
        return;
    wander_phase(&c->group->wander, c->entity, unit, &c->near, &c->unit_start, &c->unit_end);
    c->unit = unit + 1;
}

/* Phase at the start of a cell, and what is gained in it. */
static void load_cell(struct clock *c, uint32_t cell)
{
    if (c->cell == cell + 1)
        return;
    const struct clock_group *g = c->group;
    int64_t gain = (int64_t)GAIN_PER_PPB * c->drift_ppb, start = gain * cell, end = start + gain;
    if (g->temperature) {
        int64_t curvature_ppb = g->cfg.temperature.curvature_ppb;
        int64_t sum = temperature_squares(g->temperature, c->turnover_mdeg, cell);
        int64_t d = temperature_at(g->temperature, cell) - c->turnover_mdeg;
        start += phase_of_squares(curvature_ppb, sum);
        end += phase_of_squares(curvature_ppb, sum + d * d);
    }
    if (g->wander.step > 0) {
        load_unit(c, cell / CELLS_PER_UNIT);
        start += wander_after(c, cell % CELLS_PER_UNIT);
        end += wander_after(c, cell % CELLS_PER_UNIT + 1);
    }
    gain = end - start;
    SIM_CHECK(gain >= -GAIN_MAX && gain <= GAIN_MAX, "a clock gains %lld ns in 10 s",
              (long long)(gain / CLOCK_PER_NS));
    c->cell = cell + 1;
    c->cell_start = start;
    c->cell_gain = (int32_t)gain;
}

/* Count since the start of the loaded cell, r ns into it. */
static int64_t count_in_cell(const struct clock *c, int64_t r)
{
    return CLOCK_PER_NS * r + floor_div(c->cell_gain * r, CELL);
}

clock_count clock_count_at(struct clock *c, sim_time t)
{
    SIM_CHECK(t >= 0 && t <= CLOCK_END, "time %lld ns", (long long)t);
    if (!c->group)
        return CLOCK_PER_NS * t;
    uint32_t cell = (uint32_t)(t / CELL);
    int64_t from = cell * CELL;
    load_cell(c, cell);
    return CLOCK_PER_NS * from + c->cell_start + count_in_cell(c, t - from);
}

/* The first r in the loaded cell with count_in_cell(r) >= count; 0 < count <= that of its end. The
 * quotient in double is off by far less than one, the whole numbers decide. */
static int64_t when_in_cell(const struct clock *c, int64_t count)
{
    double slope = (double)(CLOCK_PER_NS * CELL + c->cell_gain) / (double)CELL;
    int64_t r = (int64_t)((double)count / slope);
    while (count_in_cell(c, r) < count)
        r++;
    while (count_in_cell(c, r - 1) >= count)
        r--;
    return r;
}

/* From one cell to the one that should hold the count if no drift changed anything; each jump is
 * wrong by under 0.6 % of its length, so that a few find the cell. */
sim_time clock_when_count(struct clock *c, clock_count count)
{
    const int64_t cell_count = CLOCK_PER_NS * CELL, last = CLOCK_END / CELL;
    if (count <= 0)
        return 0;
    sim_time t = count / CLOCK_PER_NS + (count % CLOCK_PER_NS != 0);
    if (c->group) {
        int64_t cell = c->cell > 0 ? (int64_t)c->cell - 1 : 0, left;
        for (;;) {
            load_cell(c, (uint32_t)cell);
            left = count - (cell_count * cell + c->cell_start);
            if (left > 0 && left <= cell_count + c->cell_gain)
                break;
            int64_t jump = floor_div(left - 1, cell_count);
            if (cell == last && jump >= 0)
                return SIM_NEVER;
            cell += jump ? jump : 1;
            cell = cell < 0 ? 0 : cell > last ? last : cell;
        }
        t = cell * CELL + when_in_cell(c, left);
    }
    return t <= CLOCK_END ? t : SIM_NEVER;
}

static int64_t count_ns(struct clock *c, sim_time t)
{
    return clock_count_at(c, t) / CLOCK_PER_NS;
}

sim_time clock_time(struct clock *c, sim_time t)
{
    return count_ns(c, t) + c->offset_ns;
}

/* The count (in ns) that belongs to a device time, within -1..INT64_MAX / CLOCK_PER_NS. */
static int64_t count_ns_of(const struct clock *c, sim_time device_ns)
{
    const int64_t max = INT64_MAX / CLOCK_PER_NS;
    if (device_ns < c->offset_ns)
        return -1;
    uint64_t ns = (uint64_t)device_ns - (uint64_t)c->offset_ns;
    return ns > (uint64_t)max ? max : (int64_t)ns;
}

sim_time clock_when(struct clock *c, sim_time device_ns)
{
    return clock_when_count(c, count_ns_of(c, device_ns) * CLOCK_PER_NS);
}

sim_time clock_after(struct clock *c, sim_time t, int64_t span_ns)
{
    clock_count now = clock_count_at(c, t);
    SIM_CHECK(span_ns >= 0, "span %lld ns", (long long)span_ns);
    if (span_ns > (INT64_MAX - now) / CLOCK_PER_NS)
        return SIM_NEVER;
    return clock_when_count(c, now + CLOCK_PER_NS * span_ns);
}

sim_time clock_radio_after(const struct clock *c, sim_time t, int64_t span_ns)
{
    const int64_t billion = 1000000000, in_billion = billion + c->radio_drift_ppb;
    SIM_CHECK(t >= 0 && t <= CLOCK_END && span_ns >= 0, "%lld ns from %lld ns on",
              (long long)span_ns, (long long)t);
    if (span_ns > 2 * CLOCK_END)
        return SIM_NEVER;
    int64_t whole = span_ns < in_billion ? 0 : span_ns / in_billion; /* windows: no division */
    int64_t rest = (span_ns - whole * in_billion) * billion;
    int64_t end = t + whole * billion + (rest + in_billion - 1) / in_billion;
    return end <= CLOCK_END ? end : SIM_NEVER;
}

int64_t clock_error(struct clock *c, sim_time t)
{
    return clock_time(c, t) - t;
}

int32_t clock_rate_ppb(struct clock *c, sim_time t)
{
    clock_count_at(c, t);
    return c->cell_gain / GAIN_PER_PPB;
}

/* Jitter of the reading or timer that an instant names. */
static int64_t jitter(const struct clock *c, uint64_t instant)
{
    if (!c->group)
        return 0;
    return dist_draw(&c->group->cfg.jitter_ns, c->group->jitter_key, c->entity, instant,
                     -CLOCK_MAX_JITTER, CLOCK_MAX_JITTER);
}

static int64_t granularity(const struct clock *c)
{
    return c->group && c->group->cfg.granularity_ns > 0 ? c->group->cfg.granularity_ns : 1;
}

sim_time clock_read(struct clock *c, sim_time t)
{
    int64_t step = granularity(c), ns = count_ns(c, t);
    if (step > 1)
        ns -= ns % step;
    return ns + c->offset_ns + jitter(c, (uint64_t)t);
}

sim_time clock_alarm(struct clock *c, sim_time device_ns)
{
    int64_t step = granularity(c), ns = count_ns_of(c, device_ns);
    if (ns > 2 * CLOCK_END)
        return SIM_NEVER;
    if (ns > 0 && step > 1)
        ns = (ns + step - 1) / step * step;
    sim_time t = clock_when_count(c, ns * CLOCK_PER_NS);
    if (t == SIM_NEVER)
        return SIM_NEVER;
    t += jitter(c, (uint64_t)device_ns | UINT64_C(1) << 63);
    return t > 0 ? t : 0;
}

void clock_shift(struct clock *c, int64_t step_ns)
{
    const int64_t limit = INT64_C(1) << 61;
    SIM_CHECK(step_ns > -limit && step_ns < limit, "step of %lld ns", (long long)step_ns);
    c->offset_ns += step_ns;
    SIM_CHECK(c->offset_ns > -limit && c->offset_ns < limit, "offset of %lld ns",
              (long long)c->offset_ns);
}

struct clock_correction clock_step(struct clock *c, sim_time t, int64_t step_ns)
{
    struct clock_correction k = {.at = t, .step_ns = step_ns};
    k.error_before_ns = clock_error(c, t);
    clock_shift(c, step_ns);
    k.error_after_ns = clock_error(c, t);
    return k;
}

struct clock_correction clock_set(struct clock *c, sim_time t, sim_time device_ns)
{
    return clock_step(c, t, device_ns - clock_time(c, t));
}
