/* SPDX-License-Identifier: GPL-2.0-only
 * Puts the complete runs of several databases into one. Tables are copied as they stand in the
 * parts, whatever their columns: only run.id and every table's first column, run, change. */
#include "results/merge.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "results/schema.h"
#include "results/store.h"

struct file {
    sqlite3 *db;
    const char *path;
};

static int db_error(const struct file *f, const char *doing, struct sim_error *e)
{
    int rc = sqlite3_errcode(f->db) & 0xff;
    int error = sqlite3_system_errno(f->db);
    int code = SIM_EDB;

    if (rc == SQLITE_FULL || (rc == SQLITE_IOERR && (error == ENOSPC || error == EDQUOT)))
        code = SIM_ENOSPC;
    else if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
        code = SIM_EBUSY;
    else if (rc == SQLITE_CANTOPEN || rc == SQLITE_PERM || rc == SQLITE_IOERR ||
             rc == SQLITE_READONLY)
        code = SIM_EIO;
    return sim_error_set(e, code, "%s: failed while %s: %s: %s", f->path, doing,
                         sqlite3_errmsg(f->db), sim_strerror(code));
}

static int exec(const struct file *f, const char *sql, const char *doing, struct sim_error *e)
{
    if (sqlite3_exec(f->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return db_error(f, doing, e);
    return SIM_OK;
}

static int prepare(const struct file *f, const char *sql, sqlite3_stmt **q, struct sim_error *e)
{
    if (sqlite3_prepare_v2(f->db, sql, -1, q, NULL) != SQLITE_OK)
        return db_error(f, "reading it", e);
    return SIM_OK;
}

/* The one number that a query gives. */
static int query_int(const struct file *f, const char *sql, int64_t *out, struct sim_error *e)
{
    sqlite3_stmt *q;
    int err = prepare(f, sql, &q, e);

    *out = 0;
    if (err != SIM_OK)
        return err;
    if (sqlite3_step(q) == SQLITE_ROW)
        *out = sqlite3_column_int64(q, 0);
    if (sqlite3_finalize(q) != SQLITE_OK)
        return db_error(f, "reading it", e);
    return SIM_OK;
}

/* Open and look whether it is ours, or still empty (*is_new). The caller closes f->db in any case.
 */
static int open_file(struct file *f, const char *path, int flags, bool *is_new, struct sim_error *e)
{
    int64_t id = 0, version = 0, n_tables = 0;
    int err;

    f->path = path;
    if (sqlite3_open_v2(path, &f->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return db_error(f, "opening it", e);
    sqlite3_busy_timeout(f->db, STORE_BUSY_MS);
    err = query_int(f, "PRAGMA application_id", &id, e);
    if (err == SIM_OK)
        err = query_int(f, "PRAGMA user_version", &version, e);
    if (err == SIM_OK)
        err = query_int(f, "SELECT count(*) FROM sqlite_schema", &n_tables, e);
    *is_new = err == SIM_OK && id == 0 && n_tables == 0;
    if (err != SIM_OK || *is_new)
        return err;
    if (id != STORE_APPLICATION_ID)
        return sim_error_set(e, SIM_EDB,
                             "%s: is not a castbed database; it was left as it is: use another "
                             "file",
                             path);
    if (version != schema_version())
        return sim_error_set(e, SIM_EDB,
                             "%s: was written by castbed with schema %lld, this one writes %d; it "
                             "was left as it is: use another file",
                             path, (long long)version, schema_version());
    return SIM_OK;
}

int merge_count_runs(const char *path, int64_t *n_complete, struct sim_error *e)
{
    struct file f = {0};
    bool is_new = false;
    int err;

    *n_complete = 0;
    err = open_file(&f, path, SQLITE_OPEN_READWRITE, &is_new, e);
    if (err == SIM_EIO && (sqlite3_errcode(f.db) & 0xff) == SQLITE_CANTOPEN &&
        sqlite3_system_errno(f.db) == ENOENT)
        err = SIM_OK;
    else if (err == SIM_OK && !is_new)
        err = query_int(&f, "SELECT count(*) FROM run WHERE status = 'complete'", n_complete, e);
    sqlite3_close(f.db);
    return err;
}

/* Step a query to its end, giving each row to fn; stops at the first error of either. */
static int each_row(const struct file *f, const char *sql,
                    int (*fn)(void *ctx, sqlite3_stmt *row, struct sim_error *e), void *ctx,
                    struct sim_error *e)
{
    sqlite3_stmt *q;
    int rc = SQLITE_DONE, err = prepare(f, sql, &q, e);

    while (err == SIM_OK && (rc = sqlite3_step(q)) == SQLITE_ROW)
        err = fn(ctx, q, e);
    if (err == SIM_OK && rc != SQLITE_DONE)
        err = db_error(f, "reading it", e);
    sqlite3_finalize(q);
    return err;
}

/* Where rows go: an insert statement of as many values as the row has columns, the first replaced
 * by run. */
struct copy {
    const struct file *to;
    sqlite3_stmt *insert;
    int64_t run;
    bool replace_first;
};

static int copy_row(void *ctx, sqlite3_stmt *row, struct sim_error *e)
{
    struct copy *c = ctx;
    int n = sqlite3_column_count(row);

    for (int i = 0; i < n; i++)
        sqlite3_bind_value(c->insert, i + 1, sqlite3_column_value(row, i));
    if (c->replace_first)
        sqlite3_bind_int64(c->insert, 1, c->run);
    sqlite3_step(c->insert);
    if (sqlite3_reset(c->insert) != SQLITE_OK)
        return db_error(c->to, "adding a run", e);
    return SIM_OK;
}

/* INSERT INTO "table" VALUES(?, ?, ...) with the columns that the table has at the destination. */
static int prepare_insert(const struct file *to, const char *table, sqlite3_stmt **q,
                          struct sim_error *e)
{
    sqlite3_str *sql = sqlite3_str_new(to->db);
    char *count = sqlite3_mprintf("SELECT count(*) FROM pragma_table_info(%Q)", table);
    int64_t n = 0;
    int err = query_int(to, count, &n, e);
    char *text;

    sqlite3_str_appendf(sql, "INSERT INTO \"%w\" VALUES(", table);
    for (int64_t i = 0; i < n; i++)
        sqlite3_str_appendall(sql, i ? ", ?" : "?");
    sqlite3_str_appendall(sql, ")");
    text = sqlite3_str_finish(sql);
    if (err == SIM_OK)
        err = prepare(to, text, q, e);
    sqlite3_free(text);
    sqlite3_free(count);
    return err;
}

/* Copy the rows that a select gives into a table. */
static int copy_rows(const struct file *to, const struct file *from, const char *table,
                     const char *select, int64_t run, struct sim_error *e)
{
    struct copy c = {.to = to, .run = run, .replace_first = run > 0};
    int err = prepare_insert(to, table, &c.insert, e);

    if (err == SIM_OK)
        err = each_row(from, select, copy_row, &c, e);
    sqlite3_finalize(c.insert);
    return err;
}

static int make_object(void *ctx, sqlite3_stmt *row, struct sim_error *e)
{
    return exec(ctx, (const char *)sqlite3_column_text(row, 0), "making its tables", e);
}

/* The tables, views and codes of a part, in an empty database. */
static int make_schema(struct file *to, const struct file *from, struct sim_error *e)
{
    char *sql = sqlite3_mprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                (int)STORE_APPLICATION_ID, schema_version());
    int err = exec(to, sql, "making its tables", e);

    sqlite3_free(sql);
    if (err == SIM_OK)
        err = each_row(from, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
                       make_object, to, e);
    if (err == SIM_OK)
        err = copy_rows(to, from, "code", "SELECT * FROM code ORDER BY rowid", 0, e);
    return err;
}

struct merge {
    struct file to, from;
    int64_t old_run, new_run;
    size_t n_added;
};

static int copy_table(void *ctx, sqlite3_stmt *row, struct sim_error *e)
{
    struct merge *m = ctx;
    const char *table = (const char *)sqlite3_column_text(row, 0);
    char *select = sqlite3_mprintf("SELECT * FROM \"%w\" WHERE \"%w\" = %lld ORDER BY rowid", table,
                                   strcmp(table, "run") == 0 ? "id" : "run", (long long)m->old_run);
    int err = copy_rows(&m->to, &m->from, table, select, m->new_run, e);

    sqlite3_free(select);
    return err;
}

/* Is a run with this row (columns as in table run, id first) at the destination? */
static int is_there(const struct merge *m, sqlite3_stmt *row, bool *there, struct sim_error *e)
{
    sqlite3_str *sql = sqlite3_str_new(m->to.db);
    int n = sqlite3_column_count(row);
    sqlite3_stmt *q;
    char *text;
    int err;

    sqlite3_str_appendall(sql, "SELECT 1 FROM run WHERE 1");
    for (int i = 1; i < n; i++)
        sqlite3_str_appendf(sql, " AND \"%w\" IS ?", sqlite3_column_name(row, i));
    text = sqlite3_str_finish(sql);
    err = prepare(&m->to, text, &q, e);
    sqlite3_free(text);
    if (err != SIM_OK)
        return err;
    for (int i = 1; i < n; i++)
        sqlite3_bind_value(q, i, sqlite3_column_value(row, i));
    *there = sqlite3_step(q) == SQLITE_ROW;
    if (sqlite3_finalize(q) != SQLITE_OK)
        return db_error(&m->to, "looking for a run", e);
    return SIM_OK;
}

static int copy_run(void *ctx, sqlite3_stmt *row, struct sim_error *e)
{
    struct merge *m = ctx;
    bool there = false;
    int err = is_there(m, row, &there, e);

    if (err != SIM_OK || there)
        return err;
    m->old_run = sqlite3_column_int64(row, 0);
    err = query_int(&m->to, "SELECT coalesce(max(id), 0) + 1 FROM run", &m->new_run, e);
    if (err == SIM_OK)
        err = each_row(&m->from,
                       "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'code' "
                       "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
                       copy_table, m, e);
    if (err == SIM_OK)
        m->n_added++;
    return err;
}

static int add_part(struct merge *m, const char *path, bool *is_new, struct sim_error *e)
{
    bool part_is_new = false;
    int err = open_file(&m->from, path, SQLITE_OPEN_READWRITE, &part_is_new, e);

    if (err == SIM_OK && part_is_new)
        err = sim_error_set(e, SIM_EDB, "%s: has no runs", path);
    if (err == SIM_OK && *is_new)
        err = make_schema(&m->to, &m->from, e);
    if (err == SIM_OK) {
        *is_new = false;
        err = each_row(&m->from, "SELECT * FROM run WHERE status = 'complete' ORDER BY id",
                       copy_run, m, e);
    }
    sqlite3_close(m->from.db);
    m->from.db = NULL;
    return err;
}

/* One transaction: what the parts hold is in the file, or nothing of it. */
static int add_parts(struct merge *m, const char *const *parts, size_t n, bool is_new,
                     struct sim_error *e)
{
    int err = exec(&m->to, "BEGIN IMMEDIATE", "beginning to write", e);

    for (size_t i = 0; i < n && err == SIM_OK; i++)
        err = add_part(m, parts[i], &is_new, e);
    if (err == SIM_OK)
        err = exec(&m->to, "COMMIT", "completing it", e);
    return err;
}

int merge_databases(const char *path, const char *const *parts, size_t n, size_t *n_added,
                    struct sim_error *e)
{
    struct merge m = {0};
    bool is_new = false;
    int err = open_file(&m.to, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &is_new, e);

    if (err == SIM_OK && is_new)
        err = exec(&m.to, "PRAGMA page_size = 16384", "preparing it", e);
    if (err == SIM_OK)
        err = add_parts(&m, parts, n, is_new, e);
    if (err == SIM_OK && is_new) /* as results/store.h keeps its files */
        err = exec(&m.to, "PRAGMA journal_mode = WAL", "completing it", e);
    sqlite3_close(m.to.db); /* rolls back what was not committed */
    if (n_added)
        *n_added = err == SIM_OK ? m.n_added : 0;
    return err;
}
