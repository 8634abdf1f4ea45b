/* SPDX-License-Identifier: GPL-2.0-only
 * The SQLite database of runs: a listener of sim/trace.h that writes rows (tables:
 * results/schema.sql).
 *
 * One file holds any number of runs. The row of a run is committed first, with status 'incomplete';
 * all its other rows follow in one transaction that ends by setting 'complete'. So a killed run, a
 * full disk or a power cut leaves a run that is visibly incomplete and has no rows, and never
 * touches other runs. Readers can look at the earlier runs at any time; only one program can write
 * at a time. Nothing in the file comes from the machine or the clock: the same input gives the same
 * dump. */
#ifndef RESULTS_STORE_H
#define RESULTS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/err.h"
#include "sim/rows.h"
#include "sim/trace.h"

enum {
    STORE_APPLICATION_ID = 0x63426564, /* "cBed": PRAGMA application_id of our files */
    STORE_BUSY_MS = 1000,              /* how long to wait for another program's lock */
};

struct store;

/* Where a run comes from; all texts are borrowed for the call of store_open, none may be NULL. */
struct store_run {
    const char *scenario_name; /* the scenario's file name without folders */
    const char *scenario_text; /* resolved YAML */
    const char *version;       /* of the program */
    const char *options;       /* what the command line changed, e.g. "--set devices.0.count=10" */
    int64_t seed, run_number;
    int64_t start_gps_ns; /* instant of simulated time 0 */
    int64_t duration_ns;
};

/* Open or create a database and begin a run in it.
 * level: tables above it, and at ROW_FRAMES the losses with final = 0, are not stored.
 * The caller closes with store_close. Errors (*st is then NULL, e says what to do): SIM_EINVAL
 * (empty path), SIM_EDB (not one of our databases, other schema version, damaged), SIM_EBUSY
 * (another program writes), SIM_EIO (cannot be created, opened or written), SIM_ENOSPC (disk full).
 */
int store_open(struct store **st, const char *path, enum row_level level,
               const struct store_run *run, struct sim_error *e);

/* Column run of everything that this store writes: 1, 2, ... in each file. */
int64_t store_run_id(const struct store *st);

/* Add a row to table param: a key of the resolved scenario and its value as text. */
void store_param(struct store *st, const char *path, const char *value);

/* Add a row of a table to the run, whatever the level (struct row_..., borrowed for the call). */
void store_row(struct store *st, enum row_table_id table, const void *row);

/* Receive the rows of a trace at the store's level, until store_close. */
void store_listen(struct store *st, struct trace *t);

/* Has writing failed (disk full)? Sticky: later rows are ignored, store_close says what happened.
 * The loop of a run asks this now and then and stops. */
bool store_failed(const struct store *st);

/* Does every frame have one outcome: n_sent = n_received + losses, for every network, kind and data
 * rate of this run? To be called when the run's last row has been given. SIM_OK, SIM_EINVAL with
 * the first breach in e, or what writing failed with. */
int store_check_balance(struct store *st, struct sim_error *e);

/* Write what is left, mark the run complete (or leave it incomplete, with its rows so far), close.
 * st may be NULL; it is freed in any case. Errors: SIM_ENOSPC, SIM_EIO, SIM_EDB: the run stays
 * incomplete, without rows. */
int store_close(struct store *st, bool complete, struct sim_error *e);

/* Remove the run, its row in table run included, and close. st may be NULL. */
void store_discard(struct store *st);

#endif
