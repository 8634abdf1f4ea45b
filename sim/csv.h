/* SPDX-License-Identifier: GPL-2.0-only
 * CSV files, row by row, with a header row and messages that name file, line and column.
 *
 * Comma separated; LF, CRLF or CR; a leading UTF-8 byte order mark, empty lines and lines that
 * start with '#' are skipped. A field may be quoted ("a ""b"", c"), also over lines; blanks around
 * it do not count. The first row names the columns, in any order. Every row must have as many
 * fields as the header. Source: RFC 4180, plus comments. */
#ifndef SIM_CSV_H
#define SIM_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/err.h"

struct csv {
    char *name; /* for messages */
    char *text; /* the whole file; rows are cut in place */
    size_t len, pos;
    size_t next_line; /* number of the line at pos, from 1 */
    size_t line;      /* of the row that csv_next gave */
    char **field;     /* n_columns texts of that row, valid until csv_close */
    char **column;    /* names */
    size_t n_columns;
};

/* Read a file and its header. Errors: SIM_EIO (cannot be read), SIM_ESYNTAX (no header, ...). The
 * caller closes, also after an error. */
int csv_open(struct csv *c, const char *path, struct sim_error *e);
/* The same from len bytes in memory, copied. */
int csv_open_text(struct csv *c, const char *name, const char *text, size_t len,
                  struct sim_error *e);
void csv_close(struct csv *c);

/* Column of a name, or -1. */
int csv_column(const struct csv *c, const char *name);
/* The same for a column that must be there: the message lists those found. Errors: SIM_ESYNTAX. */
int csv_need(const struct csv *c, const char *name, int *column, struct sim_error *e);

/* Next row into c->field; *more false at the end of the file. Errors: SIM_ESYNTAX. */
int csv_next(struct csv *c, bool *more, struct sim_error *e);

/* Fields of the current row. Errors: SIM_ESYNTAX, SIM_ERANGE. */
int csv_int(const struct csv *c, int column, int64_t min, int64_t max, int64_t *value,
            struct sim_error *e);
/* A decimal number ("-12.5", no exponent) times 10^decimals (0..9), exact; further digits are
 * rounded half away from zero. min, max: in that unit. */
int csv_decimal(const struct csv *c, int column, int decimals, int64_t min, int64_t max,
                int64_t *value, struct sim_error *e);

/* "file:line: column NAME: " (without the column when it is -1) before the formatted text; returns
 * code. */
int csv_fail(const struct csv *c, int column, int code, struct sim_error *e, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
