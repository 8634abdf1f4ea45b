/* SPDX-License-Identifier: GPL-2.0-only
 * The tables of a database as SQL, made from sim/rows.h. */
#ifndef RESULTS_SCHEMA_H
#define RESULTS_SCHEMA_H

#include <stdio.h>

#include "sim/rows.h"

/* Write the statements that make the tables, with a comment for each table and column: the text of
 * results/schema.sql. */
void schema_print(FILE *f);

/* The same in memory; the caller frees. */
char *schema_text(void);

/* PRAGMA user_version of our files: a number 100000..999999 made from the names and types of all
 * columns and from the names of codes. It changes with any of them, so nobody has to count. */
int schema_version(void);

#endif
