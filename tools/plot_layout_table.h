/* SPDX-License-Identifier: GPL-2.0-only
 * "-- layout NAME" in the SQL of a plot: rows (a, b) of integers are the links of a graph, b NULL a
 * node without one; the root is the first row's a. They become a table NAME(node, x, y, style) with
 * the places of the nodes and the layout's style (enum layout_style), the same in all rows. */
#ifndef TOOLS_PLOT_LAYOUT_TABLE_H
#define TOOLS_PLOT_LAYOUT_TABLE_H

#include <sqlite3.h>

/* Run the statement and make the table. Returns an SQLite code. */
int plot_layout_table(sqlite3 *db, sqlite3_stmt *links, const char *name);

#endif
