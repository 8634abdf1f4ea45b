/* SPDX-License-Identifier: GPL-2.0-only
 * What a sweep is: a scenario, values to vary, seeds; and the list of runs that follows from them.
 */
#ifndef TOOLS_SWEEP_PLAN_H
#define TOOLS_SWEEP_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "sim/err.h"

enum { SWEEP_MAX_RUNS = 1000000 };
#define SWEEP_HASH_START 0xcbf29ce484222325u

struct sweep_vary {
    char *path; /* of a key, as for --set */
    char **values;
    size_t n;
};

struct sweep_plan {
    const char *scenario; /* borrowed */
    char **sets;          /* n_sets texts "path=value" for every run */
    size_t n_sets;
    struct sweep_vary *varies;
    size_t n_varies;
    int64_t *seeds;
    size_t n_seeds;
};

void sweep_plan_fini(struct sweep_plan *p);

/* Take seeds: "1..10", "1,3,5", "1..3,7"; 0 and up, each once. Errors: SIM_ESYNTAX, SIM_ERANGE. */
int sweep_plan_seeds(struct sweep_plan *p, const char *text, struct sim_error *e);

/* Add "path=a,b,c"; commas between brackets separate nothing: "interval=fixed(1s),uniform(1s, 2s)".
 * Errors: SIM_ESYNTAX, SIM_EEXIST (the path is varied or set already, or is run.seed). */
int sweep_plan_vary(struct sweep_plan *p, const char *text, struct sim_error *e);

/* Add "path=value" for every run. Errors: SIM_ESYNTAX, SIM_EEXIST. */
int sweep_plan_set(struct sweep_plan *p, const char *text, struct sim_error *e);

/* How many combinations of values: 1 without any --vary. SIM_ERANGE when runs would be over
 * SWEEP_MAX_RUNS. */
int sweep_plan_combos(const struct sweep_plan *p, size_t *n, struct sim_error *e);

/* The texts "path=value" of combination i (the first --vary changes slowest), those of --set first.
 * Writes n_sets + n_varies strings to texts; the caller frees each. */
void sweep_plan_combo(const struct sweep_plan *p, size_t i, char **texts);

/* FNV-1a over len bytes, going on from h; begin with SWEEP_HASH_START. */
uint64_t sweep_hash(uint64_t h, const void *data, size_t len);

#endif
