/* SPDX-License-Identifier: GPL-2.0-only
 * Positions of a group's nodes. A random position depends only on (seed, run, group, index). */
#include "models/radio/place.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "sim/csv.h"
#include "sim/detmath.h"
#include "sim/rng.h"

/* Coordinates of a file, in mm: as far as a written key may go. */
#define MAX_MM INT64_C(10000000000)

struct placing {
    const struct place_cfg *cfg;
    const struct scenario *s; /* may be NULL */
    const char *group;
    size_t n;
    struct place *out;
    struct sim_error *e;
};

static int fail(const struct placing *p, const void *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(const struct placing *p, const void *field, const char *fmt, ...)
{
    char text[700];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (p->s)
        return scenario_fail(p->s, field, p->e, "placement of %s: %s", p->group, text);
    return sim_error_set(p->e, SIM_ESCENARIO, "placement of %s: %s", p->group, text);
}

static int place_list(const struct placing *p)
{
    const struct scn_list *points = &p->cfg->points;
    if (points->n < p->n)
        return fail(p, points, "%zu points for %zu nodes; give a point for every node", points->n,
                    p->n);
    const struct place_point *at = points->items;
    for (size_t i = 0; i < p->n; i++)
        p->out[i] = (struct place){at[i].x_mm, at[i].y_mm,
                                   at[i].z_mm == SCN_WORD ? p->cfg->z_mm : at[i].z_mm};
    return SIM_OK;
}

static size_t ceil_div(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* Smallest k with k * k >= n. */
static size_t ceil_sqrt(size_t n)
{
    size_t k = (size_t)sqrt((double)n);
    while (k * k < n)
        k++;
    while (k > 0 && (k - 1) * (k - 1) >= n)
        k--;
    return k;
}

static int place_grid(const struct placing *p)
{
    const struct place_cfg *cfg = p->cfg;
    size_t rows = cfg->rows == SCN_WORD ? 0 : (size_t)cfg->rows;
    size_t columns = cfg->columns != SCN_WORD ? (size_t)cfg->columns
                     : rows                   ? ceil_div(p->n, rows)
                                              : ceil_sqrt(p->n);
    columns = columns ? columns : 1;
    rows = rows ? rows : ceil_div(p->n, columns);
    if (columns * rows < p->n)
        return fail(p, &cfg->columns,
                    "a grid of %zu columns x %zu rows has %zu points for %zu nodes; give more rows "
                    "or columns, or leave one of them at auto",
                    columns, rows, columns * rows, p->n);
    for (size_t i = 0; i < p->n; i++) {
        int64_t twice_x = 2 * (int64_t)(i % columns) - (int64_t)(columns - 1);
        int64_t twice_y = 2 * (int64_t)(i / columns) - (int64_t)(rows - 1);
        p->out[i] = (struct place){cfg->x_mm + twice_x * cfg->spacing_x_mm / 2,
                                   cfg->y_mm + twice_y * cfg->spacing_y_mm / 2, cfg->z_mm};
    }
    return SIM_OK;
}

/* Two uniform numbers of node i. */
static void draw_two(struct rng_key key, const char *group, size_t i, double u[2])
{
    uint32_t w[4];
    rng_draw(key, (uint64_t)entity_make(group, (uint32_t)i), 0, w);
    u[0] = rng_word_uniform(w[0], w[1]);
    u[1] = rng_word_uniform(w[2], w[3]);
}

/* Uniform by area: the square of the distance is uniform between the squares of both radii. */
static int place_disc(const struct placing *p, struct rng_key key)
{
    const struct place_cfg *cfg = p->cfg;
    if (cfg->inner_radius_mm > cfg->radius_mm)
        return fail(p, &cfg->inner_radius_mm,
                    "inner_radius (%.3f m) is larger than radius (%.3f m)",
                    (double)cfg->inner_radius_mm / 1000, (double)cfg->radius_mm / 1000);
    double inner = (double)cfg->inner_radius_mm, outer = (double)cfg->radius_mm;
    for (size_t i = 0; i < p->n; i++) {
        double u[2];
        draw_two(key, p->group, i, u);
        double r = sqrt(inner * inner + u[0] * (outer * outer - inner * inner));
        p->out[i] = (struct place){cfg->x_mm + det_round(r * det_cos_turn(u[1])),
                                   cfg->y_mm + det_round(r * det_sin_turn(u[1])), cfg->z_mm};
    }
    return SIM_OK;
}

static int place_rectangle(const struct placing *p, struct rng_key key)
{
    const struct place_cfg *cfg = p->cfg;
    for (size_t i = 0; i < p->n; i++) {
        double u[2];
        draw_two(key, p->group, i, u);
        p->out[i] =
            (struct place){cfg->x_mm + det_round((u[0] - 0.5) * (double)cfg->width_mm),
                           cfg->y_mm + det_round((u[1] - 0.5) * (double)cfg->height_mm), cfg->z_mm};
    }
    return SIM_OK;
}

static int read_point(const struct csv *c, const int column[3], int64_t z_mm, struct place *out,
                      struct sim_error *e)
{
    int rc = csv_decimal(c, column[0], 3, -MAX_MM, MAX_MM, &out->x_mm, e);
    if (!rc)
        rc = csv_decimal(c, column[1], 3, -MAX_MM, MAX_MM, &out->y_mm, e);
    out->z_mm = z_mm;
    if (!rc && column[2] >= 0 && c->field[column[2]][0])
        rc = csv_decimal(c, column[2], 3, 0, INT64_C(100000000), &out->z_mm, e);
    return rc;
}

static int read_points(const struct placing *p, struct csv *c)
{
    int column[3];
    int rc = csv_need(c, "x_m", &column[0], p->e);
    if (!rc)
        rc = csv_need(c, "y_m", &column[1], p->e);
    column[2] = csv_column(c, "z_m");
    for (size_t i = 0; !rc && i < p->n; i++) {
        bool more;
        rc = csv_next(c, &more, p->e);
        if (!rc && !more)
            return fail(p, &p->cfg->file, "%s has %zu points for %zu nodes", c->name, i, p->n);
        if (!rc)
            rc = read_point(c, column, p->cfg->z_mm, &p->out[i], p->e);
    }
    return rc;
}

static int place_file(const struct placing *p)
{
    if (!p->cfg->file)
        return fail(p, &p->cfg->file, "kind file needs the key file: a CSV with x_m,y_m[,z_m]");
    struct csv c;
    struct sim_error why;
    int rc = csv_open(&c, p->cfg->file, &why);
    if (rc)
        fail(p, &p->cfg->file, "%s", why.text);
    else
        rc = read_points(p, &c);
    csv_close(&c);
    if (rc && p->e)
        p->e->code = SIM_ESCENARIO;
    return rc ? SIM_ESCENARIO : SIM_OK;
}

int place_group(const struct place_cfg *cfg, const struct scenario *s, const char *group, size_t n,
                uint64_t seed, uint64_t run, struct place *out, struct sim_error *e)
{
    const struct placing p = {cfg, s, group, n, out, e};
    struct rng_key key = rng_key_make(seed, run, RNG_PLACEMENT);
    switch (cfg->kind) {
    case PLACE_LIST:
        return place_list(&p);
    case PLACE_GRID:
        return place_grid(&p);
    case PLACE_DISC:
        return place_disc(&p, key);
    case PLACE_RECTANGLE:
        return place_rectangle(&p, key);
    default:
        return place_file(&p);
    }
}

int64_t place_distance_mm(const struct place *a, const struct place *b)
{
    double dx = (double)(a->x_mm - b->x_mm), dy = (double)(a->y_mm - b->y_mm),
           dz = (double)(a->z_mm - b->z_mm);
    return det_round(sqrt(dx * dx + dy * dy + dz * dz));
}
