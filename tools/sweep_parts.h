/* SPDX-License-Identifier: GPL-2.0-only
 * The folder in which a sweep keeps the databases of its runs until all are merged. */
#ifndef TOOLS_SWEEP_PARTS_H
#define TOOLS_SWEEP_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/err.h"

struct sweep_parts {
    char *dir; /* FILE.db.parts */
    int lock;  /* descriptor; -1: none */
};

/* Make the folder beside the database out, or take it over from a sweep that was killed, and lock
 * it against others. What children of the killed one left half done is removed. Errors: SIM_EIO,
 * SIM_EBUSY (another sweep is at work there). The caller ends with sweep_parts_fini. */
int sweep_parts_init(struct sweep_parts *p, const char *out, struct sim_error *e);

/* Unlock, and remove what is half written; the folder and every part in it too, when asked. */
void sweep_parts_fini(struct sweep_parts *p, bool remove);

/* The file of the run with a key, complete, or while it is being written; the caller frees. */
char *sweep_parts_path(const struct sweep_parts *p, uint64_t key, bool complete);

/* Is the run with this key there and complete? A file that is not is removed. */
bool sweep_parts_has(const struct sweep_parts *p, uint64_t key);

/* A run was written: give it its name as a complete one. Errors: SIM_EIO, SIM_EDB (it is not
 * complete). */
int sweep_parts_keep(const struct sweep_parts *p, uint64_t key, struct sim_error *e);

#endif
