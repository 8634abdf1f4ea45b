/* SPDX-License-Identifier: GPL-2.0-only
 * Traffic of the application: each message's time, size and kind follows from its number alone
 * (a Poisson time also from the one before). */
#include "models/lorawan/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "sim/csv.h"
#include "sim/detmath.h"
#include "sim/dist.h"
#include "sim/mem.h"

static sim_time periodic_time(const struct traffic_cfg *cfg, const struct traffic_keys *keys,
                              sim_entity id, uint32_t n, sim_time start)
{
    sim_time phase = cfg->phase_ns;
    if (phase == SCN_WORD)
        phase = (sim_time)(rng_draw_uniform(keys->phase, (uint64_t)id, 0) * (double)cfg->period_ns);
    sim_time t = start + phase + (sim_time)n * cfg->period_ns;
    if (cfg->jitter_ns > 0)
        t += (sim_time)(rng_draw_uniform(keys->traffic, (uint64_t)id, n) * (double)cfg->jitter_ns);
    return t;
}

sim_time traffic_time(const struct traffic_cfg *cfg, const struct traffic_trace *trace,
                      const struct traffic_keys *keys, sim_entity id, uint32_t index, uint32_t n,
                      sim_time start, sim_time previous)
{
    if (cfg->limit != SCN_WORD && n >= cfg->limit)
        return SIM_NEVER;
    switch (cfg->kind) {
    case TRAFFIC_PERIODIC:
        return periodic_time(cfg, keys, id, n, start);
    case TRAFFIC_POISSON: {
        uint32_t w[4];
        rng_draw(keys->traffic, (uint64_t)id, n, w);
        double gap = rng_word_exponential(w[0], w[1]) * (double)cfg->period_ns;
        return (n == 0 ? start : previous) + det_round(gap);
    }
    case TRAFFIC_TRACE:
        if (!trace || trace->first[index] + n >= trace->first[index + 1])
            return SIM_NEVER;
        return trace->items[trace->first[index] + n].at;
    default:
        return SIM_NEVER;
    }
}

int traffic_size(const struct traffic_cfg *cfg, const struct traffic_trace *trace,
                 const struct traffic_keys *keys, sim_entity id, uint32_t index, uint32_t n)
{
    if (cfg->kind == TRAFFIC_TRACE && trace) {
        int32_t size = trace->items[trace->first[index] + n].size_bytes;
        if (size >= 0)
            return size;
    }
    return (int)dist_draw(&cfg->size_bytes, keys->payload, (uint64_t)id, n, 0, 242);
}

bool traffic_confirmed(const struct traffic_cfg *cfg, const struct traffic_keys *keys,
                       sim_entity id, uint32_t n)
{
    if (cfg->confirmed_ratio <= 0)
        return false;
    return rng_draw_uniform(keys->confirmed, (uint64_t)id, n) < cfg->confirmed_ratio;
}

struct raw_item {
    uint32_t device, line;
    struct traffic_item item;
};

static int by_device_time(const void *a, const void *b)
{
    const struct raw_item *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->item.at != y->item.at)
        return x->item.at < y->item.at ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static int read_row(const struct csv *c, const int col[3], uint32_t count, struct raw_item *r,
                    struct sim_error *e)
{
    int64_t at, device, size = -1;
    int rc = csv_decimal(c, col[0], 9, 0, SIM_S(315360000), &at, e);
    if (!rc)
        rc = csv_int(c, col[1], 0, (int64_t)count - 1, &device, e);
    if (!rc && col[2] >= 0 && c->field[col[2]][0])
        rc = csv_int(c, col[2], 0, 242, &size, e);
    if (rc)
        return rc;
    *r = (struct raw_item){.device = (uint32_t)device,
                           .line = (uint32_t)c->line,
                           .item = {.at = at, .size_bytes = (int32_t)size}};
    return SIM_OK;
}

static int read_rows(struct csv *c, uint32_t count, struct raw_item **rows, size_t *n,
                     struct sim_error *e)
{
    int col[3] = {0, 0, csv_column(c, "size_bytes")};
    int rc = csv_need(c, "time_s", &col[0], e);
    if (!rc)
        rc = csv_need(c, "device", &col[1], e);
    size_t cap = 0;
    bool more = true;
    while (!rc) {
        rc = csv_next(c, &more, e);
        if (rc || !more)
            break;
        if (*n == cap) {
            cap = cap ? 2 * cap : 1024;
            *rows = mem_grow(*rows, cap, sizeof **rows);
        }
        rc = read_row(c, col, count, &(*rows)[*n], e);
        *n += rc == SIM_OK;
    }
    return rc;
}

int traffic_trace_read(struct traffic_trace *t, const char *path, uint32_t count,
                       struct sim_error *e)
{
    memset(t, 0, sizeof *t);
    struct csv c;
    struct raw_item *rows = NULL;
    size_t n = 0;
    int rc = csv_open(&c, path, e);
    if (!rc)
        rc = read_rows(&c, count, &rows, &n, e);
    if (!rc) {
        qsort(rows, n, sizeof *rows, by_device_time);
        t->items = mem_alloc(n, sizeof *t->items);
        t->first = mem_alloc((size_t)count + 1, sizeof *t->first);
        for (size_t i = 0; i < n; i++) {
            t->items[i] = rows[i].item;
            t->first[rows[i].device + 1]++;
        }
        for (uint32_t i = 0; i < count; i++)
            t->first[i + 1] += t->first[i];
    }
    free(rows);
    csv_close(&c);
    return rc;
}

void traffic_trace_free(struct traffic_trace *t)
{
    free(t->items);
    free(t->first);
    memset(t, 0, sizeof *t);
}
