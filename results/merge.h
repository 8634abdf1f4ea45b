/* SPDX-License-Identifier: GPL-2.0-only
 * Puts the complete runs of several databases into one, for sweeps. */
#ifndef RESULTS_MERGE_H
#define RESULTS_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/err.h"

/* Copy the complete runs of n databases, in that order, into the database at path, which is made
 * when it is missing. Runs get the next free numbers; a run that is there already (equal in every
 * column of table run but id) is left out. All or nothing: a kill or an error leaves path as it
 * was. n_added: how many runs were copied, or NULL. Errors: SIM_EDB (not one of our databases, or
 * of another schema version), SIM_EBUSY, SIM_ENOSPC, SIM_EIO; e names the file. */
int merge_databases(const char *path, const char *const *parts, size_t n, size_t *n_added,
                    struct sim_error *e);

/* Count the complete runs of a database; 0 for a file that is missing or empty. Errors as above. */
int merge_count_runs(const char *path, int64_t *n_complete, struct sim_error *e);

#endif
