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

#endif
