/* SPDX-License-Identifier: GPL-2.0-only
 * Rows on their way into SQLite: collected in memory, table by table, and inserted some thousand at
 * a time. */
#ifndef RESULTS_STORE_ROWS_H
#define RESULTS_STORE_ROWS_H

#include <sqlite3.h>
#include <stdint.h>

#include "sim/rows.h"

struct store_rows;

/* Make the buffers of all tables; nothing is prepared yet. run: column run of every row. The
 * database must stay open until store_rows_close. Returns SQLITE_OK or an SQLite error (*out is
 * then NULL). */
int store_rows_open(struct store_rows **out, sqlite3 *db, int64_t run);

/* Add a copy of a row, texts included. Returns SQLITE_OK or what inserting a full buffer failed
 * with. */
int store_rows_add(struct store_rows *r, enum row_table_id table, const void *row);

/* Insert everything that waits, in the order of the tables. Returns SQLITE_OK or an SQLite error.
 */
int store_rows_flush(struct store_rows *r);

/* Free; rows that wait are lost. r may be NULL. */
void store_rows_close(struct store_rows *r);

#endif
