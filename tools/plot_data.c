/* SPDX-License-Identifier: GPL-2.0-only
 * Runs of one or more databases as gnuplot data. The databases are attached to an empty one in
 * memory; temporary views with the names of the tables join them and leave out incomplete runs. */
#include "tools/plot_data.h"

#include <ctype.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "results/store.h"
#include "sim/mem.h"

struct plot_data {
    sqlite3 *db;
    const char *const *paths;
    size_t n;
};

static int sql_error(const struct plot_data *d, const char *path, struct sim_error *e)
{
    int rc = sqlite3_errcode(d->db);
    const char *text = sqlite3_errmsg(d->db);
    switch (rc) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return sim_error_set(e, SIM_EBUSY, "%s: locked by another program: try again later", path);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return sim_error_set(e, SIM_EIO, "%s: cannot be read (%s): is it there?", path, text);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return sim_error_set(e, SIM_EDB, "%s: is not a castbed database, or is damaged (%s)", path,
                             text);
    default:
        return sim_error_set(e, SIM_EINVAL, "%s: %s", path, text);
    }
}

/* Run SQL made by a printf format. Returns an SQLite code. */
__attribute__((format(printf, 2, 3))) static int run_sql(struct plot_data *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *sql = sqlite3_vmprintf(fmt, ap);
    va_end(ap);
    int rc = sql ? sqlite3_exec(d->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
    return rc;
}

/* First column of the first row of a query made by a printf format; none if there is no row or no
 * such table. */
__attribute__((format(printf, 3, 4))) static int64_t ask(struct plot_data *d, int64_t none,
                                                         const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *sql = sqlite3_vmprintf(fmt, ap);
    va_end(ap);
    sqlite3_stmt *q = NULL;
    int64_t value = none;
    if (sql && sqlite3_prepare_v2(d->db, sql, -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW && sqlite3_column_type(q, 0) != SQLITE_NULL)
        value = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_free(sql);
    return value;
}

/* A path as SQLite's URI. mode: its parameters. sqlite3_free. */
static char *path_uri(const char *path, const char *mode)
{
    sqlite3_str *s = sqlite3_str_new(NULL);
    sqlite3_str_appendall(s, *path == '/' ? "file://" : "file:");
    for (; *path; path++) {
        if (isalnum((unsigned char)*path) || strchr("/._-~", *path))
            sqlite3_str_appendchar(s, 1, *path);
        else
            sqlite3_str_appendf(s, "%%%02X", (unsigned)(unsigned char)*path);
    }
    sqlite3_str_appendf(s, "?mode=%s", mode);
    return sqlite3_str_finish(s);
}

static int attach(struct plot_data *d, size_t i, const char *mode)
{
    char *uri = path_uri(d->paths[i], mode);
    int rc = run_sql(d, "ATTACH '%s' AS f%u", uri, (unsigned)i);
    sqlite3_free(uri);
    return rc == SQLITE_OK ? run_sql(d, "SELECT count(*) FROM f%u.sqlite_schema", (unsigned)i) : rc;
}

static int attach_checked(struct plot_data *d, size_t i, struct sim_error *e)
{
    const char *path = d->paths[i];
    int rc = attach(d, i, "rw"); /* with ro the empty log would be left behind */
    if (rc == SQLITE_CANTOPEN || rc == SQLITE_READONLY) { /* no right to make a log in its folder */
        run_sql(d, "DETACH f%u", (unsigned)i);
        char *log = sqlite3_mprintf("%s-wal", path);
        FILE *f = log ? fopen(log, "rb") : NULL;
        sqlite3_free(log);
        if (f)
            fclose(f);
        else
            rc = attach(d, i, "ro&immutable=1");
    }
    if (rc != SQLITE_OK)
        return sql_error(d, path, e);
    if (ask(d, 0, "PRAGMA f%u.application_id", (unsigned)i) != STORE_APPLICATION_ID)
        return sim_error_set(e, SIM_EDB, "%s: is not a castbed database", path);
    int64_t version = ask(d, 0, "PRAGMA f%u.user_version", (unsigned)i);
    if (version != STORE_SCHEMA_VERSION)
        return sim_error_set(
            e, SIM_EDB,
            "%s: has tables of version %lld, this castbed reads version %d: run it again", path,
            (long long)version, (int)STORE_SCHEMA_VERSION);
    return SIM_OK;
}

int plot_data_open(struct plot_data **out, const char *const *paths, size_t n, struct sim_error *e)
{
    *out = NULL;
    if (n == 0 || n > PLOT_MAX_FILES)
        return sim_error_set(e, SIM_EINVAL, "%zu databases: give 1 to %d", n, (int)PLOT_MAX_FILES);
    struct plot_data *d = mem_alloc(1, sizeof *d);
    d->paths = paths;
    d->n = n;
    int error = SIM_OK;
    if (sqlite3_open_v2(":memory:", &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL) !=
        SQLITE_OK)
        error = sql_error(d, "memory", e);
    else
        sqlite3_busy_timeout(d->db, STORE_BUSY_MS);
    for (size_t i = 0; i < n && !error; i++)
        error = attach_checked(d, i, e);
    if (error) {
        plot_data_close(d);
        return error;
    }
    *out = d;
    return SIM_OK;
}

void plot_data_close(struct plot_data *d)
{
    if (!d)
        return;
    sqlite3_close(d->db);
    free(d);
}

/* Ids of runs of file i are moved by i << 32, so that they differ over the files. */
static int make_view(struct plot_data *d, const char *table, const char *cols, const char *where)
{
    bool is_run = strcmp(table, "run") == 0;
    sqlite3_str *s = sqlite3_str_new(d->db);
    sqlite3_str_appendf(s, "CREATE TEMP VIEW %s AS ", table);
    for (size_t i = 0; i < d->n; i++) {
        char id[64];
        snprintf(id, sizeof id, i ? "%s + %lld" : "%s", is_run ? "id" : "run", (long long)i << 32);
        sqlite3_str_appendf(s, "%sSELECT %s AS %s, %s FROM f%u.%s %s", i ? " UNION ALL " : "", id,
                            is_run ? "id" : "run", cols, (unsigned)i, table, where);
    }
    char *sql = sqlite3_str_finish(s);
    int rc = sql ? sqlite3_exec(d->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
    return rc;
}

static int make_row_view(struct plot_data *d, const struct row_table *t)
{
    sqlite3_str *s = sqlite3_str_new(d->db);
    for (unsigned i = 0; i < t->n_cols; i++)
        sqlite3_str_appendf(s, "%s%s", i ? ", " : "", t->cols[i].name);
    char *cols = sqlite3_str_finish(s);
    int rc = cols ? make_view(d, t->name, cols, "") : SQLITE_NOMEM;
    sqlite3_free(cols);
    return rc;
}

static int make_views(struct plot_data *d, int64_t run, struct sim_error *e)
{
    char where[100] = "WHERE status = 'complete'";
    if (run)
        snprintf(where, sizeof where, "WHERE status = 'complete' AND id = %lld", (long long)run);
    int rc =
        make_view(d, "run",
                  "scenario, seed, run_number, status, level, start_gps_ns, duration_ns, version, "
                  "options, scenario_text",
                  where);
    if (rc == SQLITE_OK)
        rc = make_view(d, "param", "path, value", "");
    if (rc == SQLITE_OK)
        rc = run_sql(d, "CREATE TEMP VIEW code AS SELECT * FROM f0.code");
    for (unsigned i = 0; i < N_ROW_TABLES && rc == SQLITE_OK; i++)
        rc = make_row_view(d, &row_tables[i]);
    if (rc == SQLITE_OK)
        rc = run_sql(d, "PRAGMA query_only = 1"); /* also a user's SQL only reads */
    return rc == SQLITE_OK ? SIM_OK : sql_error(d, d->paths[0], e);
}

/* The rest of the line "-- KEY: value" of a SQL file, cut to fit; false if there is none. */
static bool directive(const char *sql, const char *key, char *value, size_t size)
{
    char start[40];
    snprintf(start, sizeof start, "\n-- %s: ", key);
    const char *p = strstr(sql, start);
    if (!p)
        return false;
    p += strlen(start);
    snprintf(value, size, "%.*s", (int)strcspn(p, "\r\n"), p);
    return true;
}

static int64_t count_runs(struct plot_data *d, const char *where)
{
    int64_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += ask(d, 0, "SELECT count(*) FROM f%u.run WHERE %s", (unsigned)i, where);
    return n;
}

/* The table that a plot needs has rows of the chosen run? */
static int check_needs(struct plot_data *d, const char *sql, struct sim_error *e)
{
    static const char *const levels[] = {
        [ROW_SUMMARY] = "summary", [ROW_FRAMES] = "frames", [ROW_ALL] = "all"};
    char table[40];
    if (!directive(sql, "needs", table, sizeof table))
        return SIM_OK;
    for (unsigned i = 0; i < N_ROW_TABLES; i++) {
        const struct row_table *t = &row_tables[i];
        if (strcmp(t->name, table) != 0)
            continue;
        if (ask(d, 0, "SELECT 1 FROM %s WHERE run IN (SELECT id FROM run) LIMIT 1", table))
            return SIM_OK;
        return sim_error_set(e, SIM_ENOENT,
                             "%s: the run has no rows in table %s, which this plot needs; they are "
                             "stored from level %s on: run it again with --set store.level=%s",
                             d->paths[0], table, levels[t->level], levels[t->level]);
    }
    return sim_error_set(e, SIM_EINVAL, "the plot needs a table '%s', which does not exist", table);
}

int plot_data_select(struct plot_data *d, const char *sql, int64_t run, FILE *notes,
                     struct sim_error *e)
{
    int64_t n_complete = count_runs(d, "status = 'complete'");
    int64_t n_other = count_runs(d, "status <> 'complete'");
    if (n_complete == 0)
        return sim_error_set(e, SIM_ENOENT,
                             "%s: has no complete run (%lld incomplete): run it again", d->paths[0],
                             (long long)n_other);
    if (n_other)
        fprintf(notes, "%lld incomplete run%s left out\n", (long long)n_other,
                n_other == 1 ? "" : "s");
    char runs[10] = "";
    directive(sql, "runs", runs, sizeof runs);
    if (!run && strcmp(runs, "one") == 0) {
        for (size_t i = 0; i < d->n && !run; i++)
            run = ask(d, 0, "SELECT min(id) FROM f%u.run WHERE status = 'complete'", (unsigned)i);
        if (n_complete > 1)
            fprintf(notes, "%lld complete runs: run %lld is shown, choose another with --run\n",
                    (long long)n_complete, (long long)run);
    }
    int error = make_views(d, run, e);
    if (error)
        return error;
    if (run && !ask(d, 0, "SELECT id IS NOT NULL FROM run"))
        return sim_error_set(e, SIM_ENOENT,
                             "%s: has no complete run %lld; see SELECT id, status FROM run",
                             d->paths[0], (long long)run);
    return check_needs(d, sql, e);
}

void plot_data_note_mixed(const struct plot_data *d, const char *by, FILE *notes)
{
    static const char sql[] =
        "SELECT r.scenario, p.path, count(DISTINCT p.value) FROM param p JOIN run r ON r.id = "
        "p.run "
        "WHERE p.path NOT IN ('run.seed', 'run.number', ?1) AND p.path NOT LIKE '%.count' "
        "GROUP BY r.scenario, p.path HAVING count(DISTINCT p.value) > 1 ORDER BY 1, 2";
    sqlite3_stmt *q;
    if (sqlite3_prepare_v2(d->db, sql, -1, &q, NULL) != SQLITE_OK)
        return;
    sqlite3_bind_text(q, 1, by ? by : "", -1, SQLITE_STATIC);
    while (sqlite3_step(q) == SQLITE_ROW)
        fprintf(notes,
                "castbed plot: the runs of %s taken together differ in %s (%d values): use --run, "
                "or --by where "
                "the plot has it\n",
                (const char *)sqlite3_column_text(q, 0), (const char *)sqlite3_column_text(q, 1),
                sqlite3_column_int(q, 2));
    sqlite3_finalize(q);
}

void plot_data_quote(FILE *f, const char *text)
{
    fputc('"', f);
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fputc('\\', f);
        if (*p == '\\' && p[1] == 'n') /* \n of the SQL file stays a line break */
            fputc(*++p, f);
        else
            fputc((unsigned char)*p < ' ' ? ' ' : *p, f);
    }
    fputc('"', f);
}

static void bind(sqlite3_stmt *q, const struct plot_params *p)
{
    int i;
    if ((i = sqlite3_bind_parameter_index(q, ":from_ns")) > 0)
        sqlite3_bind_int64(q, i, p->from_ns);
    if ((i = sqlite3_bind_parameter_index(q, ":to_ns")) > 0)
        sqlite3_bind_int64(q, i, p->to_ns);
    if ((i = sqlite3_bind_parameter_index(q, ":gateway")) > 0)
        sqlite3_bind_text(q, i, p->gateway, -1, SQLITE_STATIC);
    if ((i = sqlite3_bind_parameter_index(q, ":by")) > 0)
        sqlite3_bind_text(q, i, p->by, -1, SQLITE_STATIC);
}

static void write_value(sqlite3_stmt *q, int col, FILE *f)
{
    switch (sqlite3_column_type(q, col)) {
    case SQLITE_NULL:
        fputs("NaN", f);
        break;
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
        fputs((const char *)sqlite3_column_text(q, col), f);
        break;
    default:
        plot_data_quote(f, (const char *)sqlite3_column_text(q, col));
    }
}

/* The first row as variables, named as the columns. Returns the number of rows (0 or 1). */
static size_t write_vars(sqlite3_stmt *q, FILE *f)
{
    if (sqlite3_step(q) != SQLITE_ROW)
        return 0;
    for (int i = 0, n = sqlite3_column_count(q); i < n; i++) {
        fprintf(f, "%s = ", sqlite3_column_name(q, i));
        write_value(q, i, f);
        fputc('\n', f);
    }
    return 1;
}

/* Names of the series, collected while their rows are written. */
struct series {
    char **names;
    size_t n;
};

static void next_series(struct series *s, const char *name, FILE *f)
{
    if (s->n && strcmp(s->names[s->n - 1], name) == 0)
        return;
    if (s->n)
        fputs("\n\n", f);
    s->names = mem_grow(s->names, s->n + 1, sizeof *s->names);
    s->names[s->n++] = mem_text(name);
}

static void write_series(const struct series *s, const char *name, FILE *f)
{
    fprintf(f, "%s_n = %zu\narray %s_series[%zu]\n", name, s->n, name, s->n ? s->n : 1);
    for (size_t i = 0; i < s->n; i++) {
        fprintf(f, "%s_series[%zu] = ", name, i + 1);
        plot_data_quote(f, s->names[i]);
        fputc('\n', f);
        free(s->names[i]);
    }
    free(s->names);
}

/* The rows as data block $name. Returns their number. */
static size_t write_block(sqlite3_stmt *q, const char *name, FILE *f)
{
    struct series s = {0};
    bool has_series = strcmp(sqlite3_column_name(q, 0), "series") == 0;
    size_t n_rows = 0;
    fprintf(f, "$%s << EOD\n", name);
    for (; sqlite3_step(q) == SQLITE_ROW; n_rows++) {
        const char *first = (const char *)sqlite3_column_text(q, 0);
        if (has_series)
            next_series(&s, first ? first : "", f);
        for (int i = 0, n = sqlite3_column_count(q); i < n; i++) {
            if (i)
                fputc('\t', f);
            write_value(q, i, f);
        }
        fputc('\n', f);
    }
    fprintf(f, "EOD\n%s_lines = %zu\n", name, n_rows);
    if (has_series)
        write_series(&s, name, f);
    return n_rows;
}

/* What a statement makes: "" for variables or the name of a data block; false without a mark. */
static bool statement_name(const char *from, const char *to, char *name, size_t size)
{
    for (const char *p = from; p && p < to; p = strchr(p, '\n'), p = p ? p + 1 : p) {
        if (strncmp(p, "-- vars", 7) == 0) {
            *name = 0;
            return true;
        }
        if (strncmp(p, "-- $", 4) == 0) {
            size_t n = strspn(p + 4, "abcdefghijklmnopqrstuvwxyz_0123456789");
            snprintf(name, size, "%.*s", (int)n, p + 4);
            return n > 0;
        }
    }
    return false;
}

int plot_data_write(struct plot_data *d, const char *sql, const struct plot_params *p, FILE *f,
                    struct sim_error *e)
{
    bool seen_block = false;
    while (*sql) {
        sqlite3_stmt *q = NULL;
        const char *tail;
        if (sqlite3_prepare_v2(d->db, sql, -1, &q, &tail) != SQLITE_OK)
            return sim_error_set(e, SIM_EINVAL, "the plot's SQL: %s", sqlite3_errmsg(d->db));
        if (!q) /* only comments were left */
            return SIM_OK;
        char name[60];
        if (!statement_name(sql, tail, name, sizeof name)) {
            sqlite3_finalize(q);
            return sim_error_set(
                e, SIM_EINVAL,
                "the plot's SQL: a statement needs a line '-- vars' or '-- $name' before it");
        }
        bind(q, p);
        size_t n_rows = *name ? write_block(q, name, f) : write_vars(q, f);
        if (sqlite3_finalize(q) != SQLITE_OK)
            return sim_error_set(e, SIM_EINVAL, "the plot's SQL: %s", sqlite3_errmsg(d->db));
        if (n_rows == 0 && !(*name && seen_block))
            return sim_error_set(e, SIM_ENOENT, "%s: there is nothing to show", d->paths[0]);
        seen_block |= *name != 0;
        sql = tail;
    }
    return SIM_OK;
}
