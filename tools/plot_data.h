/* SPDX-License-Identifier: GPL-2.0-only
 * What a plot shows: runs of one or more databases, asked with the SQL file of the plot, written as
 * gnuplot data.
 *
 * The SQL file sees the tables of results/schema.sql over all databases, with only complete runs in
 * table run. Comments steer it: the first line says what the plot shows; "-- runs: one" takes one
 * run, "-- varies: PATTERN" (of SQL's LIKE) names keys in which several may differ, "-- needs:
 * TABLE" or "-- needs: TABLE: what to do" refuses runs that stored no rows there, "-- otherwise:
 * KIND" shows them by another kind instead, if they have what that one needs. Each statement
 * stands behind "-- table NAME" (its rows become a table for the statements behind it), "-- vars"
 * (its first row becomes variables named as the columns) or "-- $NAME" (its rows become the data
 * block $NAME, and NAME_lines their number; with a first column called series, each of its values
 * begins a new index, and NAME_n and NAME_series[] count and name them). */
#ifndef TOOLS_PLOT_DATA_H
#define TOOLS_PLOT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/err.h"

struct plot_data;

/* Values for the parameters of the SQL file. */
struct plot_params {
    int64_t from_ns, to_ns;        /* :from_ns, :to_ns */
    bool from_given, length_given; /* if not, :begin_ns and :span_ns, the same times, are NULL */
    const char *gateway;           /* :gateway, or NULL */
    const char *by;                /* :by, or NULL */
    const char *group;             /* :group, or NULL */
    const char *campaign;          /* :campaign, or NULL */
    const char *flow;              /* :flow, or NULL */
    int64_t at_ns;                 /* :at_ns */
    bool at_given;                 /* if not, :at_ns is NULL */
    const char *devices;           /* :devices, names of devices or groups with a comma between, or
                                      NULL */
};

enum { PLOT_MAX_FILES = 10 }; /* as many as SQLite attaches */

/* Open 1..PLOT_MAX_FILES databases to read. paths: n, borrowed until plot_data_close.
 * Errors: SIM_EINVAL (too many), SIM_EIO (cannot be opened), SIM_EDB (not ours, other version),
 * SIM_EBUSY. */
int plot_data_open(struct plot_data **out, const char *const *paths, size_t n, struct sim_error *e);

/* Choose what the SQL file asks for: run is run.id, or 0 for all (a plot of one run takes the
 * first). notes gets remarks for the user, one a line. Errors: SIM_ENOENT (no complete run, no such
 * run), SIM_ENODATA (needed rows not stored). */
int plot_data_select(struct plot_data *d, const char *sql, int64_t run, FILE *notes,
                     struct sim_error *e);

/* After a selection that failed for want of rows: the kind that the SQL file names for such runs.
 * Returns false when it names none. */
bool plot_data_otherwise(const char *sql, char *kind, size_t size);
/* Have the selected runs what this other SQL file needs? Errors: as of plot_data_select. */
int plot_data_check(struct plot_data *d, const char *sql, struct sim_error *e);

/* Tell notes when runs that a plot takes together differ in a key other than seed, run number,
 * counts, by (NULL: none) and what the SQL says varies. */
void plot_data_note_mixed(const struct plot_data *d, const char *sql, const char *by, FILE *notes);

/* Run the statements and write variables and data blocks. Errors: SIM_EINVAL (the SQL), SIM_ENOENT
 * (no such device), SIM_ENODATA (no rows for the variables or the first data block). */
int plot_data_write(struct plot_data *d, const char *sql, const struct plot_params *p, FILE *f,
                    struct sim_error *e);

/* d may be NULL. */
void plot_data_close(struct plot_data *d);

/* A text as a gnuplot string in double quotes. */
void plot_data_quote(FILE *f, const char *text);

#endif
