/* SPDX-License-Identifier: GPL-2.0-only
 * Folders and names of capture files. */
#ifndef RESULTS_CAPTURE_PATH_H
#define RESULTS_CAPTURE_PATH_H

#include "sim/err.h"

/* a, between and b in a row; the caller frees. */
char *capture_text_join(const char *a, const char *between, const char *b);
/* dir/name with the suffix; of name, what is not a letter, a digit, '.', '_' or '-' becomes '-'.
 * The caller frees. */
char *capture_file_path(const char *dir, const char *name, const char *suffix);
/* Make a folder unless it is there. Error: SIM_EIO. */
int capture_make_dir(const char *dir, struct sim_error *e);
/* SIM_EIO, with what errno says of path. */
int capture_io_error(struct sim_error *e, const char *path);

#endif
