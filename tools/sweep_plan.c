/* SPDX-License-Identifier: GPL-2.0-only
 * Reads the options that say what a sweep runs. */
#include "tools/sweep_plan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

void sweep_plan_fini(struct sweep_plan *p)
{
    for (size_t i = 0; i < p->n_sets; i++)
        free(p->sets[i]);
    for (size_t i = 0; i < p->n_varies; i++) {
        for (size_t k = 0; k < p->varies[i].n; k++)
            free(p->varies[i].values[k]);
        free(p->varies[i].values);
        free(p->varies[i].path);
    }
    free(p->sets);
    free(p->varies);
    free(p->seeds);
    *p = (struct sweep_plan){0};
}

/* Read a number at *text and move behind it. */
static bool read_seed(const char **text, int64_t *value)
{
    char *end;

    if (**text < '0' || **text > '9')
        return false;
    errno = 0;
    *value = strtoll(*text, &end, 10);
    *text = end;
    return errno == 0;
}

static int add_seeds(struct sweep_plan *p, int64_t from, int64_t to, struct sim_error *e)
{
    if (to < from)
        return sim_error_set(e, SIM_ERANGE,
                             "--seeds %lld..%lld: the second number is below the first",
                             (long long)from, (long long)to);
    if (to - from >= SWEEP_MAX_RUNS - (int64_t)p->n_seeds)
        return sim_error_set(e, SIM_ERANGE, "--seeds: more than %d of them", SWEEP_MAX_RUNS);
    p->seeds = mem_grow(p->seeds, p->n_seeds + (size_t)(to - from) + 1, sizeof *p->seeds);
    for (int64_t i = 0; i <= to - from; i++)
        p->seeds[p->n_seeds++] = from + i;
    return SIM_OK;
}

static int compare_seeds(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int check_seeds_once(const struct sweep_plan *p, struct sim_error *e)
{
    int64_t *sorted = mem_copy(p->seeds, p->n_seeds * sizeof *sorted);
    int err = SIM_OK;

    qsort(sorted, p->n_seeds, sizeof *sorted, compare_seeds);
    for (size_t i = 1; i < p->n_seeds && err == SIM_OK; i++)
        if (sorted[i] == sorted[i - 1])
            err = sim_error_set(e, SIM_ERANGE, "--seeds: %lld stands there twice",
                                (long long)sorted[i]);
    free(sorted);
    return err;
}

int sweep_plan_seeds(struct sweep_plan *p, const char *text, struct sim_error *e)
{
    const char *at = text;
    int err;

    for (;;) {
        int64_t from, to;
        if (!read_seed(&at, &from))
            break;
        to = from;
        if (strncmp(at, "..", 2) == 0) {
            at += 2;
            if (!read_seed(&at, &to))
                break;
        }
        err = add_seeds(p, from, to, e);
        if (err != SIM_OK)
            return err;
        if (*at == 0)
            return check_seeds_once(p, e);
        if (*at++ != ',')
            break;
    }
    return sim_error_set(e, SIM_ESYNTAX,
                         "--seeds %s: not a list of numbers from 0 on, like 1..10 or 1,3,5", text);
}

/* Split "path=rest"; *rest points into text. The caller frees *path. */
static int split_path(const char *option, const char *text, char **path, const char **rest,
                      struct sim_error *e)
{
    const char *equals = strchr(text, '=');

    if (!equals || equals == text)
        return sim_error_set(e, SIM_ESYNTAX, "%s %s: write path=value, like run.duration=1h",
                             option, text);
    *path = mem_copy(text, (size_t)(equals - text));
    *rest = equals + 1;
    return SIM_OK;
}

static int check_path_free(const struct sweep_plan *p, const char *option, const char *path,
                           struct sim_error *e)
{
    size_t len = strlen(path);
    bool taken = false;

    if (strcmp(path, "run.seed") == 0)
        return sim_error_set(e, SIM_EEXIST, "%s %s: seeds are given with --seeds", option, path);
    for (size_t i = 0; i < p->n_varies; i++)
        taken = taken || strcmp(p->varies[i].path, path) == 0;
    for (size_t i = 0; i < p->n_sets; i++)
        taken = taken || (strncmp(p->sets[i], path, len) == 0 && p->sets[i][len] == '=');
    if (taken)
        return sim_error_set(e, SIM_EEXIST, "%s %s: this key is set or varied already", option,
                             path);
    return SIM_OK;
}

/* The length of the first value of a list: up to a comma outside of brackets, or the end. */
static size_t value_len(const char *text)
{
    int depth = 0;
    size_t len = 0;

    for (; text[len] && (depth > 0 || text[len] != ','); len++) {
        if (strchr("([{", text[len]))
            depth++;
        else if (strchr(")]}", text[len]) && depth > 0)
            depth--;
    }
    return len;
}

static int add_values(struct sweep_vary *v, const char *list, struct sim_error *e)
{
    for (;;) {
        size_t len = value_len(list);
        if (len == 0)
            return sim_error_set(e, SIM_ESYNTAX, "--vary %s: a value is empty; write path=a,b,c",
                                 v->path);
        v->values = mem_grow(v->values, v->n + 1, sizeof *v->values);
        v->values[v->n++] = mem_copy(list, len);
        for (size_t i = 0; i + 1 < v->n; i++)
            if (strcmp(v->values[i], v->values[v->n - 1]) == 0)
                return sim_error_set(e, SIM_EEXIST, "--vary %s: %s stands there twice", v->path,
                                     v->values[i]);
        if (list[len] == 0)
            return SIM_OK;
        list += len + 1;
    }
}

int sweep_plan_vary(struct sweep_plan *p, const char *text, struct sim_error *e)
{
    struct sweep_vary *v;
    const char *list = NULL;
    char *path = NULL;
    int err = split_path("--vary", text, &path, &list, e);

    if (err != SIM_OK)
        return err;
    err = check_path_free(p, "--vary", path, e);
    p->varies = mem_grow(p->varies, p->n_varies + 1, sizeof *p->varies);
    v = &p->varies[p->n_varies++];
    *v = (struct sweep_vary){.path = path};
    return err != SIM_OK ? err : add_values(v, list, e);
}

int sweep_plan_set(struct sweep_plan *p, const char *text, struct sim_error *e)
{
    const char *rest = NULL;
    char *path = NULL;
    int err = split_path("--set", text, &path, &rest, e);

    if (err != SIM_OK)
        return err;
    err = check_path_free(p, "--set", path, e);
    free(path);
    p->sets = mem_grow(p->sets, p->n_sets + 1, sizeof *p->sets);
    p->sets[p->n_sets++] = mem_text(text);
    return err;
}

int sweep_plan_combos(const struct sweep_plan *p, size_t *n, struct sim_error *e)
{
    *n = 1;
    for (size_t i = 0; i < p->n_varies; i++) {
        *n *= p->varies[i].n;
        if (*n > SWEEP_MAX_RUNS / p->n_seeds)
            return sim_error_set(e, SIM_ERANGE, "a sweep of more than %d runs", SWEEP_MAX_RUNS);
    }
    return SIM_OK;
}

void sweep_plan_combo(const struct sweep_plan *p, size_t i, char **texts)
{
    for (size_t k = 0; k < p->n_sets; k++)
        texts[k] = mem_text(p->sets[k]);
    for (size_t k = p->n_varies; k-- > 0;) {
        const struct sweep_vary *v = &p->varies[k];
        const char *value = v->values[i % v->n];
        size_t size = strlen(v->path) + strlen(value) + 2;
        char *text = mem_alloc(size, 1);
        snprintf(text, size, "%s=%s", v->path, value);
        texts[p->n_sets + k] = text;
        i /= v->n;
    }
}

uint64_t sweep_hash(uint64_t h, const void *data, size_t len)
{
    const unsigned char *p = data;

    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}
