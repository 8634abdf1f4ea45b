/* SPDX-License-Identifier: GPL-2.0-only
 * CSV: the file is read whole, then each row is cut into fields in place. */
#include "sim/csv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

enum { MAX_COLUMNS = 1000, MAX_MIB = 1024 };

int csv_fail(const struct csv *c, int column, int code, struct sim_error *e, const char *fmt, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (column < 0)
        return sim_error_set(e, code, "%s:%zu: %s", c->name, c->line, text);
    return sim_error_set(e, code, "%s:%zu: column %s: %s", c->name, c->line, c->column[column],
                         text);
}

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t';
}

static bool is_line_end(char ch)
{
    return ch == '\n' || ch == '\r';
}

static bool at_end(const struct csv *c)
{
    return c->pos >= c->len;
}

static void skip_blanks(struct csv *c)
{
    while (!at_end(c) && is_blank(c->text[c->pos]))
        c->pos++;
}

/* Step over LF, CRLF or CR, if the text stands there. */
static void skip_line_end(struct csv *c)
{
    if (at_end(c) || !is_line_end(c->text[c->pos]))
        return;
    bool cr = c->text[c->pos++] == '\r';
    if (cr && !at_end(c) && c->text[c->pos] == '\n')
        c->pos++;
    c->next_line++;
}

/* To the start of the next row's first field; false at the end of the file. */
static bool find_row(struct csv *c)
{
    for (;;) {
        skip_blanks(c);
        if (at_end(c))
            return false;
        if (c->text[c->pos] == '#')
            while (!at_end(c) && !is_line_end(c->text[c->pos]))
                c->pos++;
        else if (!is_line_end(c->text[c->pos]))
            return true;
        skip_line_end(c);
    }
}

/* Behind the opening quote: undo doubled quotes in place, up to the closing quote. */
static int read_quoted(struct csv *c, char **field, char **end, struct sim_error *e)
{
    char *to = *field = c->text + c->pos;
    for (; !at_end(c); c->pos++) {
        char ch = c->text[c->pos];
        if (ch == '"') {
            if (c->pos + 1 >= c->len || c->text[c->pos + 1] != '"')
                break;
            c->pos++;
        }
        if (ch == '\n')
            c->next_line++;
        *to++ = ch;
    }
    if (at_end(c))
        return csv_fail(c, -1, SIM_ESYNTAX, e, "a quote is opened and never closed");
    c->pos++;
    *end = to;
    skip_blanks(c);
    if (!at_end(c) && c->text[c->pos] != ',' && !is_line_end(c->text[c->pos]))
        return csv_fail(c, -1, SIM_ESYNTAX, e,
                        "text after a closing quote; a comma or the line's end must follow");
    return SIM_OK;
}

static void read_plain(struct csv *c, char **field, char **end)
{
    *field = c->text + c->pos;
    while (!at_end(c) && c->text[c->pos] != ',' && !is_line_end(c->text[c->pos]))
        c->pos++;
    *end = c->text + c->pos;
    while (*end > *field && is_blank((*end)[-1]))
        (*end)--;
}

/* One field, ended by a zero byte in place of what followed; *last: no comma behind it. */
static int read_field(struct csv *c, char **field, bool *last, struct sim_error *e)
{
    char *end = NULL;
    skip_blanks(c);
    if (!at_end(c) && c->text[c->pos] == '"') {
        c->pos++;
        int rc = read_quoted(c, field, &end, e);
        if (rc)
            return rc;
    } else {
        read_plain(c, field, &end);
    }
    *last = at_end(c) || c->text[c->pos] != ',';
    if (*last)
        skip_line_end(c);
    else
        c->pos++;
    *end = '\0';
    return SIM_OK;
}

/* A row of 1 to max fields; *n is how many. More are an error. */
static int read_row(struct csv *c, char **fields, size_t max, size_t *n, struct sim_error *e)
{
    bool last = false;
    for (*n = 0; !last; ++*n) {
        if (*n == max)
            return csv_fail(c, -1, SIM_ESYNTAX, e, "more than %zu fields", max);
        int rc = read_field(c, &fields[*n], &last, e);
        if (rc)
            return rc;
    }
    return SIM_OK;
}

static int check_header(struct csv *c, struct sim_error *e)
{
    for (size_t i = 0; i < c->n_columns; i++) {
        if (!c->column[i][0])
            return csv_fail(c, -1, SIM_ESYNTAX, e, "column %zu of the header has no name", i + 1);
        if (csv_column(c, c->column[i]) != (int)i)
            return csv_fail(c, -1, SIM_ESYNTAX, e, "column %s is in the header twice",
                            c->column[i]);
    }
    return SIM_OK;
}

static int read_header(struct csv *c, struct sim_error *e)
{
    if (c->len >= 3 && memcmp(c->text, "\xef\xbb\xbf", 3) == 0)
        c->pos = 3;
    if (memchr(c->text, 0, c->len))
        return sim_error_set(e, SIM_ESYNTAX, "%s: holds zero bytes; a CSV text is wanted", c->name);
    if (!find_row(c))
        return sim_error_set(e, SIM_ESYNTAX, "%s: is empty; the first row must name the columns",
                             c->name);
    c->line = c->next_line;
    c->column = mem_alloc(MAX_COLUMNS, sizeof *c->column);
    size_t n;
    int rc = read_row(c, c->column, MAX_COLUMNS, &n, e);
    if (rc)
        return rc;
    c->n_columns = n;
    c->field = mem_alloc(n, sizeof *c->field);
    return check_header(c, e);
}

/* All bytes of a file, with a zero byte behind them. */
static int read_file(const char *path, char **text, size_t *len, struct sim_error *e)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return sim_error_set(e, SIM_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    size_t cap = 65536, n = 0, got;
    char *p = mem_alloc(cap + 1, 1);
    while (n >> 20 < MAX_MIB && (got = fread(p + n, 1, cap - n, f)) > 0) {
        n += got;
        if (n == cap)
            p = mem_grow(p, (cap *= 2) + 1, 1);
    }
    int rc = ferror(f) ? sim_error_set(e, SIM_EIO, "%s: cannot be read: %s", path, strerror(errno))
                       : SIM_OK;
    fclose(f);
    if (n >> 20 >= MAX_MIB)
        rc = sim_error_set(e, SIM_EIO, "%s: is larger than %d MiB; cut it into smaller files", path,
                           (int)MAX_MIB);
    p[n] = '\0';
    *text = p;
    *len = n;
    return rc;
}

int csv_open(struct csv *c, const char *path, struct sim_error *e)
{
    *c = (struct csv){.name = mem_text(path), .next_line = 1};
    int rc = read_file(path, &c->text, &c->len, e);
    return rc ? rc : read_header(c, e);
}

int csv_open_text(struct csv *c, const char *name, const char *text, size_t len,
                  struct sim_error *e)
{
    *c = (struct csv){.name = mem_text(name), .next_line = 1, .len = len};
    c->text = mem_copy(text, len);
    return read_header(c, e);
}

void csv_close(struct csv *c)
{
    free(c->name);
    free(c->text);
    free(c->field);
    free(c->column);
    *c = (struct csv){0};
}

int csv_column(const struct csv *c, const char *name)
{
    for (size_t i = 0; i < c->n_columns; i++)
        if (strcmp(c->column[i], name) == 0)
            return (int)i;
    return -1;
}

int csv_need(const struct csv *c, const char *name, int *column, struct sim_error *e)
{
    *column = csv_column(c, name);
    if (*column >= 0)
        return SIM_OK;
    char found[300] = "";
    size_t used = 0;
    for (size_t i = 0; i < c->n_columns && used < sizeof found; i++)
        used += (size_t)snprintf(found + used, sizeof found - used, "%s%s", i ? ", " : "",
                                 c->column[i]);
    return sim_error_set(e, SIM_ESYNTAX, "%s: the column %s is missing; the header names %s",
                         c->name, name, found);
}

int csv_next(struct csv *c, bool *more, struct sim_error *e)
{
    *more = find_row(c);
    c->line = c->next_line;
    if (!*more)
        return SIM_OK;
    size_t n;
    int rc = read_row(c, c->field, c->n_columns, &n, e);
    if (rc)
        return rc;
    if (n != c->n_columns)
        return csv_fail(c, -1, SIM_ESYNTAX, e, "%zu fields; the header names %zu columns", n,
                        c->n_columns);
    return SIM_OK;
}

/* Append a decimal digit; false on overflow. */
static bool push_digit(int64_t *value, int digit)
{
    if (*value > (INT64_MAX - 9) / 10)
        return false;
    *value = *value * 10 + digit;
    return true;
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

/* Text to an integer times 10^decimals: SIM_ESYNTAX or SIM_ERANGE. */
static int parse_decimal(const char *p, int decimals, int64_t *value)
{
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    int64_t v = 0;
    bool digits = false, fits = true, up = false;
    for (; is_digit(*p); p++, digits = true)
        fits = fits && push_digit(&v, *p - '0');
    int left = decimals;
    if (*p == '.')
        for (p++; is_digit(*p); p++, digits = true) {
            if (left > 0)
                fits = fits && push_digit(&v, *p - '0');
            else if (left == 0)
                up = *p >= '5';
            left--;
        }
    if (!digits || *p)
        return SIM_ESYNTAX;
    for (; left > 0; left--)
        fits = fits && push_digit(&v, 0);
    if (!fits)
        return SIM_ERANGE;
    v += up ? 1 : 0;
    *value = negative ? -v : v;
    return SIM_OK;
}

/* A bound for a message: value / 10^decimals. */
static double unscaled(int64_t value, int decimals)
{
    double unit = 1;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    return (double)value / unit;
}

int csv_decimal(const struct csv *c, int column, int decimals, int64_t min, int64_t max,
                int64_t *value, struct sim_error *e)
{
    SIM_CHECK(column >= 0 && (size_t)column < c->n_columns && decimals >= 0 && decimals <= 9,
              "column %d, %d decimals", column, decimals);
    const char *text = c->field[column];
    int rc = parse_decimal(text, decimals, value);
    if (rc == SIM_ESYNTAX)
        return csv_fail(c, column, rc, e, "'%.60s' is not a %s", text,
                        decimals ? "decimal number" : "whole number");
    if (rc == SIM_OK && *value >= min && *value <= max)
        return SIM_OK;
    return csv_fail(c, column, SIM_ERANGE, e, "%.60s: must be %.15g to %.15g", text,
                    unscaled(min, decimals), unscaled(max, decimals));
}

int csv_int(const struct csv *c, int column, int64_t min, int64_t max, int64_t *value,
            struct sim_error *e)
{
    if (strchr(c->field[column], '.'))
        return csv_fail(c, column, SIM_ESYNTAX, e, "'%.60s' is not a whole number",
                        c->field[column]);
    return csv_decimal(c, column, 0, min, max, value, e);
}
