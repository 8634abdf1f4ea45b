/* SPDX-License-Identifier: GPL-2.0-only
 * The SQLite database of runs: opening and checking the file, the life of a run, errors for people.
 */
#include "results/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/files.h"
#include "results/schema.h"
#include "results/store_rows.h"
#include "sim/mem.h"

struct store {
    sqlite3 *db;
    char *path;
    enum row_level level;
    int64_t run;
    struct store_rows *rows;
    sqlite3_stmt *param;
    struct sim_error error; /* of the first write that failed */
};

static const char *const level_names[] = {
    [ROW_SUMMARY] = "summary", [ROW_FRAMES] = "frames", [ROW_ALL] = "all"};

/* errno of the system call that failed. SQLite forgets it when a COMMIT fails. */
static int system_errno(sqlite3 *db)
{
    int error = sqlite3_system_errno(db);
    return error ? error : errno;
}

static bool no_space(sqlite3 *db, int rc)
{
    int error = system_errno(db);
    return (rc & 0xff) == SQLITE_FULL ||
           ((rc & 0xff) == SQLITE_IOERR && (error == ENOSPC || error == EDQUOT || error == EFBIG));
}

/* SQLite tries again for reading only and then reports that file's absence: what is the matter with
 * the folder? */
static int folder_errno(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_copy(path, (size_t)(slash - path) + 1) : mem_text(".");
    int error = access(folder, W_OK | X_OK) ? errno : 0;
    free(folder);
    return error;
}

/* Turn what SQLite said into a message with the next step. */
static int db_error(const struct store *st, int rc, const char *doing, struct sim_error *e)
{
    int error = system_errno(st->db), folder = 0;
    if ((rc & 0xff) == SQLITE_CANTOPEN)
        folder = folder_errno(st->path);
    error = folder ? folder : error;
    const char *system = error ? strerror(error) : sqlite3_errmsg(st->db);
    if (no_space(st->db, rc))
        return sim_error_set(e, SIM_ENOSPC,
                             "%s: no room left while %s; complete runs in it are intact: free disk "
                             "space, or store less (--set store.level=summary)",
                             st->path, doing);
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return sim_error_set(e, SIM_EBUSY,
                             "%s: locked by another program for over %d s while %s; one run at a "
                             "time can write a database: wait for the other, or use another file",
                             st->path, STORE_BUSY_MS / 1000, doing);
    case SQLITE_READONLY:
        return sim_error_set(e, SIM_EIO,
                             "%s: cannot be written while %s (%s): give the right to write it and "
                             "its folder, or use another file",
                             st->path, doing, sqlite3_errstr(rc));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return sim_error_set(e, SIM_EDB,
                             "%s: is not a castbed database, or is damaged (%s); it was left as it "
                             "is: use another file",
                             st->path, sqlite3_errmsg(st->db));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_IOERR:
        return sim_error_set(e, SIM_EIO, "%s: failed while %s: %s: check the folder and its rights",
                             st->path, doing, system);
    default:
        return sim_error_set(e, SIM_EDB, "%s: failed while %s: %s", st->path, doing,
                             sqlite3_errmsg(st->db));
    }
}

/* The first column of the first row of a query; 0 when there is none. */
static int query_int(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *q = NULL;
    *out = 0;
    int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
    if (rc != SQLITE_OK)
        return rc;
    if (sqlite3_step(q) == SQLITE_ROW)
        *out = sqlite3_column_int64(q, 0);
    return sqlite3_finalize(q);
}

/* Is the file ours, or still empty (*is_new)? Reads only. */
static int check_ours(const struct store *st, bool *is_new, struct sim_error *e)
{
    int64_t id, version, n_tables;
    int rc = query_int(st->db, "PRAGMA application_id", &id);
    if (rc == SQLITE_OK)
        rc = query_int(st->db, "PRAGMA user_version", &version);
    if (rc == SQLITE_OK)
        rc = query_int(st->db, "SELECT count(*) FROM sqlite_schema", &n_tables);
    if (rc != SQLITE_OK)
        return db_error(st, rc, "reading it", e);
    *is_new = id == 0 && version == 0 && n_tables == 0;
    if (*is_new)
        return SIM_OK;
    if (id != STORE_APPLICATION_ID)
        return sim_error_set(e, SIM_EDB,
                             "%s: is a database of another program (application_id %lld); it was "
                             "left as it is: use another file",
                             st->path, (long long)id);
    if (version != schema_version())
        return sim_error_set(e, SIM_EDB,
                             "%s: was written by castbed with schema %lld, this one writes %d: use "
                             "another file",
                             st->path, (long long)version, schema_version());
    return SIM_OK;
}

static int create_views(sqlite3 *db)
{
    static const char prefix[] = "queries/v_";
    for (const struct results_file *f = results_files; f->name; f++) {
        if (strncmp(f->name, prefix, sizeof prefix - 1) != 0)
            continue;
        const char *name = f->name + strlen("queries/");
        char *sql = sqlite3_mprintf("CREATE VIEW %.*s AS\n%s", (int)(strlen(name) - strlen(".sql")),
                                    name, f->text);
        int rc = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
        sqlite3_free(sql);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

static int create_codes(sqlite3 *db)
{
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(db, "INSERT INTO code VALUES(?, ?, ?, ?, ?)", -1, &q, NULL);
    for (unsigned i = 0; i < row_n_codes && rc == SQLITE_OK; i++) {
        const struct row_code *c = &row_codes[i];
        sqlite3_bind_text(q, 1, c->table, -1, SQLITE_STATIC);
        sqlite3_bind_text(q, 2, c->column, -1, SQLITE_STATIC);
        sqlite3_bind_int(q, 3, c->code);
        sqlite3_bind_text(q, 4, c->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(q, 5, c->help, -1, SQLITE_STATIC);
        sqlite3_step(q);
        rc = sqlite3_reset(q);
    }
    sqlite3_finalize(q);
    return rc;
}

static int create_schema(sqlite3 *db)
{
    char *text = schema_text(), version[60];
    int rc = sqlite3_exec(db, text, NULL, NULL, NULL);
    free(text);
    snprintf(version, sizeof version, "PRAGMA user_version = %d", schema_version());
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, version, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = create_views(db);
    return rc == SQLITE_OK ? create_codes(db) : rc;
}

static int insert_run(struct store *st, const struct store_run *run)
{
    int rc = query_int(st->db, "SELECT coalesce(max(id), 0) + 1 FROM run", &st->run);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_stmt *q = NULL;
    rc = sqlite3_prepare_v2(st->db,
                            "INSERT INTO run(id, scenario, seed, run_number, status, level, "
                            "start_gps_ns, duration_ns, version, options, scenario_text) "
                            "VALUES(?, ?, ?, ?, 'incomplete', ?, ?, ?, ?, ?, ?)",
                            -1, &q, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(q, 1, st->run);
    sqlite3_bind_text(q, 2, run->scenario_name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 3, run->seed);
    sqlite3_bind_int64(q, 4, run->run_number);
    sqlite3_bind_text(q, 5, level_names[st->level], -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 6, run->start_gps_ns);
    sqlite3_bind_int64(q, 7, run->duration_ns);
    sqlite3_bind_text(q, 8, run->version, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 9, run->options, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 10, run->scenario_text, -1, SQLITE_STATIC);
    sqlite3_step(q);
    return sqlite3_finalize(q);
}

static int exec(struct store *st, const char *sql)
{
    return sqlite3_exec(st->db, sql, NULL, NULL, NULL);
}

/* Open the file without changing it: nothing is written before it is known to be ours. */
static int open_file(struct store *st, struct sim_error *e)
{
    int rc = sqlite3_open_v2(
        st->path, &st->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return db_error(st, rc, "opening it", e);
    sqlite3_extended_result_codes(st->db, 1);
    sqlite3_busy_timeout(st->db, STORE_BUSY_MS);
    if (sqlite3_db_readonly(st->db, "main") == 1)
        return db_error(st, SQLITE_READONLY, "opening it", e);
    bool is_new;
    return check_ours(st, &is_new, e);
}

/* Write-ahead log: readers see the earlier runs meanwhile. synchronous = NORMAL: a power cut
 * can take the newest commit but damages nothing; the checkpoint at the end of a run is
 * synchronised. */
static int tune(struct store *st, struct sim_error *e)
{
    static const char *const pragmas[] = {
        "PRAGMA page_size = 16384", /* counts only for a new file */
        "PRAGMA journal_mode = WAL",  "PRAGMA synchronous = NORMAL",
        "PRAGMA cache_size = -8000", /* KiB */
        "PRAGMA temp_store = MEMORY",
    };
    for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++) {
        int rc = exec(st, pragmas[i]);
        if (rc != SQLITE_OK)
            return db_error(st, rc, "preparing it", e);
    }
    return SIM_OK;
}

/* Commit the run's row as incomplete, then begin the one transaction of all its other rows; the
 * file stays locked for other writers from there on. */
static int begin_run(struct store *st, const struct store_run *run, struct sim_error *e)
{
    static const char doing[] = "beginning a run";
    int rc = exec(st, "BEGIN IMMEDIATE");
    if (rc != SQLITE_OK)
        return db_error(st, rc, doing, e);
    bool is_new; /* asked again behind the lock: another program may have made the tables */
    int error = check_ours(st, &is_new, e);
    if (error)
        return error;
    if (is_new)
        rc = create_schema(st->db);
    if (rc == SQLITE_OK)
        rc = insert_run(st, run);
    if (rc == SQLITE_OK)
        rc = exec(st, "COMMIT");
    if (rc == SQLITE_OK)
        rc = exec(st, "BEGIN IMMEDIATE");
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(st->db, "INSERT INTO param VALUES(?1, ?2, ?3)", -1, &st->param,
                                NULL);
    if (rc == SQLITE_OK)
        rc = store_rows_open(&st->rows, st->db, st->run);
    return rc == SQLITE_OK ? SIM_OK : db_error(st, rc, doing, e);
}

/* Everything but the file's content. */
static void release(struct store *st)
{
    sqlite3_finalize(st->param);
    store_rows_close(st->rows);
    sqlite3_close(st->db);
    free(st->path);
    free(st);
}

int store_open(struct store **out, const char *path, enum row_level level,
               const struct store_run *run, struct sim_error *e)
{
    *out = NULL;
    if (!*path)
        return sim_error_set(e, SIM_EINVAL, "the name of the database is empty");
    struct store *st = mem_alloc(1, sizeof *st);
    st->path = mem_text(path);
    st->level = level;
    int error = open_file(st, e);
    if (!error)
        error = tune(st, e);
    if (!error)
        error = begin_run(st, run, e);
    if (error) {
        release(st); /* rolls back */
        return error;
    }
    *out = st;
    return SIM_OK;
}

int64_t store_run_id(const struct store *st)
{
    return st->run;
}

static void fail(struct store *st, int rc)
{
    if (!st->error.code)
        db_error(st, rc, "writing rows", &st->error);
}

void store_param(struct store *st, const char *path, const char *value)
{
    if (st->error.code)
        return;
    sqlite3_bind_int64(st->param, 1, st->run);
    sqlite3_bind_text(st->param, 2, path, -1, SQLITE_STATIC);
    sqlite3_bind_text(st->param, 3, value, -1, SQLITE_STATIC);
    sqlite3_step(st->param);
    int rc = sqlite3_reset(st->param);
    if (rc != SQLITE_OK)
        fail(st, rc);
}

void store_row(struct store *st, enum row_table_id table, const void *row)
{
    if (st->error.code)
        return;
    int rc = store_rows_add(st->rows, table, row);
    if (rc != SQLITE_OK)
        fail(st, rc);
}

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct store *st = ctx;
    if (table == ROW_LOSS && st->level < ROW_ALL && !((const struct row_loss *)row)->final)
        return;
    store_row(st, table, row);
}

void store_listen(struct store *st, struct trace *t)
{
    struct trace_listener l = {.row = on_row, .ctx = st};
    for (unsigned i = 0; i < N_ROW_TABLES; i++)
        if (row_tables[i].level <= st->level)
            l.rows |= UINT64_C(1) << i;
    trace_listen(t, &l);
}

bool store_failed(const struct store *st)
{
    return st->error.code != SIM_OK;
}

static int report(const struct store *st, struct sim_error *e)
{
    return sim_error_set(e, st->error.code, "%s", st->error.text);
}

static void flush(struct store *st)
{
    if (st->error.code)
        return;
    int rc = store_rows_flush(st->rows);
    if (rc != SQLITE_OK)
        fail(st, rc);
}

int store_check_balance(struct store *st, struct sim_error *e)
{
    flush(st);
    if (st->error.code)
        return report(st, e);
    const char *sql = results_file_text("queries/balance.sql");
    SIM_CHECK(sql, "no query of the balance");
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(st->db, sql, -1, &q, NULL);
    int error = SIM_OK;
    while (rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW) {
        if (error || sqlite3_column_int64(q, 0) != st->run)
            continue;
        error = sim_error_set(
            e, SIM_EINVAL, "network %s, %s, data rate %s: %s sent, but %s received and %s lost",
            sqlite3_column_text(q, 1), sqlite3_column_text(q, 2), sqlite3_column_text(q, 3),
            sqlite3_column_text(q, 4), sqlite3_column_text(q, 5), sqlite3_column_text(q, 6));
    }
    int end = sqlite3_finalize(q);
    if (rc != SQLITE_OK || end != SQLITE_OK)
        return db_error(st, rc != SQLITE_OK ? rc : end, "checking the balance", e);
    return error;
}

/* Commit and copy the log into the file, unless a reader still needs the old pages. */
static int commit(struct store *st, struct sim_error *e)
{
    int rc = exec(st, "COMMIT");
    if (rc != SQLITE_OK)
        return db_error(st, rc, "completing the run", e);
    sqlite3_busy_timeout(st->db, 0);
    rc = sqlite3_wal_checkpoint_v2(st->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY)
        return SIM_OK;
    if (no_space(st->db, rc))
        return sim_error_set(e, SIM_ENOSPC,
                             "%s: no room left to tidy up; the run is in it, but only together "
                             "with %s-wal: free disk space, then open it with any SQLite program",
                             st->path, st->path);
    return db_error(st, rc, "completing the run", e);
}

int store_close(struct store *st, bool complete, struct sim_error *e)
{
    if (!st)
        return SIM_OK;
    flush(st);
    if (!st->error.code && complete) {
        char *sql = sqlite3_mprintf("UPDATE run SET status = 'complete' WHERE id = %lld",
                                    (long long)st->run);
        int rc = sql ? exec(st, sql) : SQLITE_NOMEM;
        sqlite3_free(sql);
        if (rc != SQLITE_OK)
            fail(st, rc);
    }
    int error = st->error.code ? report(st, e) : commit(st, e);
    release(st); /* rolls back when nothing was committed */
    return error;
}

void store_discard(struct store *st)
{
    if (!st)
        return;
    if (!sqlite3_get_autocommit(st->db))
        exec(st, "ROLLBACK");
    char *sql = sqlite3_mprintf("DELETE FROM run WHERE id = %lld", (long long)st->run);
    if (sql)
        exec(st, sql);
    sqlite3_free(sql);
    release(st);
}
