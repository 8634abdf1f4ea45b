/* SPDX-License-Identifier: GPL-2.0-only
 * The files of results/queries and results/plots, built into the program (see results/embed.cmake),
 * so that an installed program needs no folder beside it. */
#ifndef RESULTS_FILES_H
#define RESULTS_FILES_H

struct results_file {
    const char *name; /* below results/: "queries/v_delivery.sql" */
    const char *text; /* ends with a zero byte */
};

extern const struct results_file results_files[]; /* sorted by name; a NULL name ends it */

/* The text of a file, or NULL. */
const char *results_file_text(const char *name);

#endif
