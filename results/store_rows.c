/* SPDX-License-Identifier: GPL-2.0-only
 * Rows on their way into SQLite.
 *
 * All fields of a row are 8 bytes wide, so that a row is copied with one memcpy. A full buffer is
 * shown to SQLite as a virtual table and goes in with one "INSERT INTO tx SELECT ?1, * FROM
 * buffer_tx": one step a buffer instead of binding and stepping each row. */
#include "results/store_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

enum {
    BUFFER_BYTES = 128 * 1024, /* of one table's rows: stays in the processor's cache */
    ARENA_BYTES = 64 * 1024,   /* first block of texts; a larger one follows when full */
    SQL_BYTES = 128,
};

union row_value {
    int64_t i;
    double d;
    const char *s;
};

/* Copies of texts; blocks never move, so that rows can point into them. */
struct arena_block {
    struct arena_block *next;
    size_t used, size;
    char bytes[];
};

struct row_buffer {
    const struct row_table *table;
    union row_value *values; /* cap x n_cols, allocated with the first row */
    unsigned n, cap;
    struct arena_block *texts;
    sqlite3_stmt *insert;
};

struct store_rows {
    sqlite3 *db;
    int64_t run;
    struct row_buffer buffers[N_ROW_TABLES];
};

/* The virtual table: one cursor walks the buffer from its first row to its last. */

struct buffer_vtab {
    sqlite3_vtab base;
    const struct row_buffer *buffer;
};

struct buffer_cursor {
    sqlite3_vtab_cursor base;
    const struct row_table *table;
    const union row_value *row, *end;
};

static int buffer_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                          sqlite3_vtab **out, char **error)
{
    (void)argc, (void)argv, (void)error;
    struct row_buffer *b = aux;
    sqlite3_str *sql = sqlite3_str_new(db);
    for (unsigned i = 0; i < b->table->n_cols; i++)
        sqlite3_str_appendf(sql, "%s%s", i ? "," : "CREATE TABLE x(", b->table->cols[i].name);
    sqlite3_str_appendall(sql, ")");
    char *text = sqlite3_str_finish(sql);
    int rc = text ? sqlite3_declare_vtab(db, text) : SQLITE_NOMEM;
    sqlite3_free(text);
    if (rc != SQLITE_OK)
        return rc;
    struct buffer_vtab *v = mem_alloc(1, sizeof *v);
    v->buffer = b;
    *out = &v->base;
    return SQLITE_OK;
}

static int buffer_disconnect(sqlite3_vtab *v)
{
    free(v);
    return SQLITE_OK;
}

static int buffer_best_index(sqlite3_vtab *v, sqlite3_index_info *info)
{
    (void)v, (void)info; /* there is only the walk from first to last */
    return SQLITE_OK;
}

static int buffer_open(sqlite3_vtab *v, sqlite3_vtab_cursor **out)
{
    (void)v;
    struct buffer_cursor *c = mem_alloc(1, sizeof *c);
    *out = &c->base;
    return SQLITE_OK;
}

static int buffer_close(sqlite3_vtab_cursor *c)
{
    free(c);
    return SQLITE_OK;
}

static int buffer_filter(sqlite3_vtab_cursor *cursor, int n, const char *s, int argc,
                         sqlite3_value **argv)
{
    (void)n, (void)s, (void)argc, (void)argv;
    struct buffer_cursor *c = (struct buffer_cursor *)cursor;
    const struct row_buffer *b = ((const struct buffer_vtab *)cursor->pVtab)->buffer;
    c->table = b->table;
    c->row = b->values;
    c->end = b->values + (size_t)b->n * b->table->n_cols;
    return SQLITE_OK;
}

static int buffer_next(sqlite3_vtab_cursor *cursor)
{
    struct buffer_cursor *c = (struct buffer_cursor *)cursor;
    c->row += c->table->n_cols;
    return SQLITE_OK;
}

static int buffer_eof(sqlite3_vtab_cursor *cursor)
{
    const struct buffer_cursor *c = (const struct buffer_cursor *)cursor;
    return c->row >= c->end;
}

static int buffer_column(sqlite3_vtab_cursor *cursor, sqlite3_context *ctx, int i)
{
    const struct buffer_cursor *c = (const struct buffer_cursor *)cursor;
    const union row_value *v = &c->row[i];
    switch (c->table->cols[i].type) {
    case ROW_COL_INT:
        if (v->i != ROW_NULL) /* without a result the value is NULL */
            sqlite3_result_int64(ctx, v->i);
        break;
    case ROW_COL_REAL:
        sqlite3_result_double(ctx, v->d);
        break;
    case ROW_COL_TEXT:
        if (v->s)
            sqlite3_result_text(ctx, v->s, -1, SQLITE_STATIC);
        break;
    }
    return SQLITE_OK;
}

static int buffer_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out)
{
    const struct buffer_cursor *c = (const struct buffer_cursor *)cursor;
    *out = c->end - c->row;
    return SQLITE_OK;
}

static const sqlite3_module buffer_module = {
    .xConnect = buffer_connect,
    .xDisconnect = buffer_disconnect,
    .xBestIndex = buffer_best_index,
    .xOpen = buffer_open,
    .xClose = buffer_close,
    .xFilter = buffer_filter,
    .xNext = buffer_next,
    .xEof = buffer_eof,
    .xColumn = buffer_column,
    .xRowid = buffer_rowid,
};

static const char *arena_copy(struct row_buffer *b, const char *s)
{
    size_t n = strlen(s) + 1;
    struct arena_block *a = b->texts;
    if (!a || a->size - a->used < n) {
        size_t size = n > ARENA_BYTES ? n : ARENA_BYTES;
        a = mem_alloc(1, sizeof *a + size);
        a->size = size;
        a->next = b->texts;
        b->texts = a;
    }
    char *copy = a->bytes + a->used;
    memcpy(copy, s, n);
    a->used += n;
    return copy;
}

static void arena_free(struct row_buffer *b)
{
    while (b->texts) {
        struct arena_block *next = b->texts->next;
        free(b->texts);
        b->texts = next;
    }
}

int store_rows_open(struct store_rows **out, sqlite3 *db, int64_t run)
{
    *out = NULL;
    struct store_rows *r = mem_alloc(1, sizeof *r);
    r->db = db;
    r->run = run;
    for (unsigned i = 0; i < N_ROW_TABLES; i++) {
        struct row_buffer *b = &r->buffers[i];
        char name[SQL_BYTES];
        b->table = &row_tables[i];
        b->cap = BUFFER_BYTES / (unsigned)(b->table->n_cols * sizeof *b->values);
        snprintf(name, sizeof name, "buffer_%s", b->table->name);
        int rc = sqlite3_create_module(db, name, &buffer_module, b);
        if (rc != SQLITE_OK) {
            store_rows_close(r);
            return rc;
        }
    }
    *out = r;
    return SQLITE_OK;
}

static int prepare(struct store_rows *r, struct row_buffer *b)
{
    char sql[SQL_BYTES];
    snprintf(sql, sizeof sql, "INSERT INTO %s SELECT ?1, * FROM buffer_%s", b->table->name,
             b->table->name);
    int rc = sqlite3_prepare_v3(r->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &b->insert, NULL);
    return rc == SQLITE_OK ? sqlite3_bind_int64(b->insert, 1, r->run) : rc;
}

static int flush(struct store_rows *r, struct row_buffer *b)
{
    if (b->n == 0)
        return SQLITE_OK;
    int rc = b->insert ? SQLITE_OK : prepare(r, b);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_step(b->insert);
    rc = sqlite3_reset(b->insert);
    b->n = 0;
    arena_free(b);
    return rc;
}

int store_rows_add(struct store_rows *r, enum row_table_id table, const void *row)
{
    struct row_buffer *b = &r->buffers[table];
    unsigned n_cols = b->table->n_cols;
    if (!b->values)
        b->values = mem_alloc((size_t)b->cap * n_cols, sizeof *b->values);
    union row_value *v = b->values + (size_t)b->n * n_cols;
    memcpy(v, row, n_cols * sizeof *v);
    for (unsigned i = 0; i < n_cols; i++)
        if (b->table->cols[i].type == ROW_COL_TEXT && v[i].s)
            v[i].s = arena_copy(b, v[i].s);
    b->n++;
    return b->n == b->cap ? flush(r, b) : SQLITE_OK;
}

int store_rows_flush(struct store_rows *r)
{
    for (unsigned i = 0; i < N_ROW_TABLES; i++) {
        int rc = flush(r, &r->buffers[i]);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

void store_rows_close(struct store_rows *r)
{
    if (!r)
        return;
    for (unsigned i = 0; i < N_ROW_TABLES; i++) {
        struct row_buffer *b = &r->buffers[i];
        sqlite3_finalize(b->insert);
        arena_free(b);
        free(b->values);
    }
    free(r);
}
