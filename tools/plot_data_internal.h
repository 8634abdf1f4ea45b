/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of plot_data share. */
#ifndef TOOLS_PLOT_DATA_INTERNAL_H
#define TOOLS_PLOT_DATA_INTERNAL_H

#include <sqlite3.h>

#include "tools/plot_data.h"

struct plot_data {
    sqlite3 *db; /* the databases are attached as f0, f1, ... */
    const char *const *paths;
    size_t n;
};

/* Put SQLite's last error into e, about a file. Returns its code. */
int plot_sql_error(const struct plot_data *d, const char *path, struct sim_error *e);
/* Run SQL made by a printf format. Returns an SQLite code. */
__attribute__((format(printf, 2, 3))) int plot_run_sql(struct plot_data *d, const char *fmt, ...);
/* First column of the first row of a query made by a printf format; none if there is no row or no
 * such table. */
__attribute__((format(printf, 3, 4))) int64_t plot_ask(struct plot_data *d, int64_t none,
                                                       const char *fmt, ...);

#endif
