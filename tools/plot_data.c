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

#include "results/schema.h"
#include "results/store.h"
#include "sim/mem.h"
#include "tools/plot_data_internal.h"
#include "tools/plot_functions.h"
#include "tools/plot_layout_table.h"

int plot_sql_error(const struct plot_data *d, const char *path, struct sim_error *e)
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

int plot_run_sql(struct plot_data *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *sql = sqlite3_vmprintf(fmt, ap);
    va_end(ap);
    int rc = sql ? sqlite3_exec(d->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
    return rc;
}

int64_t plot_ask(struct plot_data *d, int64_t none, const char *fmt, ...)
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
    int rc = plot_run_sql(d, "ATTACH '%s' AS f%u", uri, (unsigned)i);
    sqlite3_free(uri);
    return rc == SQLITE_OK ? plot_run_sql(d, "SELECT count(*) FROM f%u.sqlite_schema", (unsigned)i)
                           : rc;
}

static int attach_checked(struct plot_data *d, size_t i, struct sim_error *e)
{
    const char *path = d->paths[i];
    int rc = attach(d, i, "rw"); /* with ro the empty log would be left behind */
    if (rc == SQLITE_CANTOPEN || rc == SQLITE_READONLY) { /* no right to make a log in its folder */
        plot_run_sql(d, "DETACH f%u", (unsigned)i);
        char *log = sqlite3_mprintf("%s-wal", path);
        FILE *f = log ? fopen(log, "rb") : NULL;
        sqlite3_free(log);
        if (f)
            fclose(f);
        else
            rc = attach(d, i, "ro&immutable=1");
    }
    if (rc != SQLITE_OK)
        return plot_sql_error(d, path, e);
    if (plot_ask(d, 0, "PRAGMA f%u.application_id", (unsigned)i) != STORE_APPLICATION_ID)
        return sim_error_set(e, SIM_EDB, "%s: is not a castbed database", path);
    int64_t version = plot_ask(d, 0, "PRAGMA f%u.user_version", (unsigned)i);
    if (version != schema_version())
        return sim_error_set(e, SIM_EDB,
                             "%s: was written by castbed with schema %lld, this one reads %d: run "
                             "the scenario again",
                             path, (long long)version, schema_version());
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
            SQLITE_OK ||
        plot_functions_add(d->db) != SQLITE_OK)
        error = plot_sql_error(d, "memory", e);
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

static void bind_ns(sqlite3_stmt *q, const char *name, int64_t ns)
{
    int i = sqlite3_bind_parameter_index(q, name);
    if (i > 0)
        sqlite3_bind_int64(q, i, ns);
}

static void bind_text(sqlite3_stmt *q, const char *name, const char *text)
{
    int i = sqlite3_bind_parameter_index(q, name);
    if (i > 0)
        sqlite3_bind_text(q, i, text, -1, SQLITE_STATIC);
}

static void bind(sqlite3_stmt *q, const struct plot_params *p)
{
    bind_ns(q, ":from_ns", p->from_ns);
    bind_ns(q, ":to_ns", p->to_ns);
    if (p->from_given)
        bind_ns(q, ":begin_ns", p->from_ns);
    if (p->length_given)
        bind_ns(q, ":span_ns", p->to_ns - p->from_ns);
    bind_text(q, ":gateway", p->gateway);
    bind_text(q, ":by", p->by);
    bind_text(q, ":group", p->group);
    bind_text(q, ":campaign", p->campaign);
    bind_text(q, ":devices", p->devices);
    bind_text(q, ":flow", p->flow);
    if (p->at_given)
        bind_ns(q, ":at_ns", p->at_ns);
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
    if (!s->n) /* gnuplot looks at it even where it loops over none */
        fprintf(f, "%s_series[1] = \"\"\n", name);
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

/* What a statement makes, by the mark before it: variables, a data block, a table, or a table with
 * places of nodes; 0: no mark. */
enum statement {
    STATEMENT_NONE,
    STATEMENT_VARS,
    STATEMENT_BLOCK,
    STATEMENT_TABLE,
    STATEMENT_LAYOUT
};

static enum statement statement_kind(const char *from, const char *to, char *name, size_t size)
{
    static const struct {
        const char *mark;
        enum statement kind;
    } marks[] = {{"-- vars", STATEMENT_VARS},
                 {"-- $", STATEMENT_BLOCK},
                 {"-- table ", STATEMENT_TABLE},
                 {"-- layout ", STATEMENT_LAYOUT}};
    for (const char *p = from; p && p < to; p = strchr(p, '\n'), p = p ? p + 1 : p)
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
            size_t len = strlen(marks[i].mark);
            if (strncmp(p, marks[i].mark, len) != 0)
                continue;
            size_t n = strspn(p + len, "abcdefghijklmnopqrstuvwxyz_0123456789");
            snprintf(name, size, "%.*s", (int)n, p + len);
            if (n || marks[i].kind == STATEMENT_VARS)
                return marks[i].kind;
        }
    return STATEMENT_NONE;
}

/* Keep the rows of the statement [sql, tail) as a table. Returns an SQLite code. */
static int make_table(struct plot_data *d, const char *name, const char *sql, const char *tail,
                      const struct plot_params *p)
{
    char *text = sqlite3_mprintf("CREATE TEMP TABLE %s AS\n%.*s", name, (int)(tail - sql), sql);
    sqlite3_stmt *q = NULL;
    plot_run_sql(d, "PRAGMA query_only = 0");
    int rc = text ? sqlite3_prepare_v2(d->db, text, -1, &q, NULL) : SQLITE_NOMEM;
    if (rc == SQLITE_OK) {
        bind(q, p);
        sqlite3_step(q);
        rc = sqlite3_finalize(q);
    }
    sqlite3_free(text);
    if (rc == SQLITE_OK)
        plot_run_sql(d, "PRAGMA query_only = 1");
    return rc;
}

/* The links that a statement gives, laid out as a table. Returns an SQLite code. */
static int make_layout(struct plot_data *d, const char *name, sqlite3_stmt *q)
{
    plot_run_sql(d, "PRAGMA query_only = 0");
    int rc = plot_layout_table(d->db, q, name), end = sqlite3_finalize(q);
    plot_run_sql(d, "PRAGMA query_only = 1");
    return rc == SQLITE_OK ? end : rc;
}

/* Run a prepared statement as its kind says; seen_block: was there a data block before? */
static int write_statement(struct plot_data *d, sqlite3_stmt *q, enum statement kind,
                           const char *name, bool seen_block, FILE *f, struct sim_error *e)
{
    size_t n_rows = kind == STATEMENT_BLOCK ? write_block(q, name, f) : write_vars(q, f);
    if (sqlite3_finalize(q) != SQLITE_OK)
        return sim_error_set(e, SIM_EINVAL, "the plot's SQL: %s", sqlite3_errmsg(d->db));
    if (n_rows == 0 && !(kind == STATEMENT_BLOCK && seen_block))
        return sim_error_set(e, SIM_ENODATA, "%s: there is nothing to show", d->paths[0]);
    return SIM_OK;
}

/* Is a name (the first n bytes) there? query: SQL with one parameter, the name. */
static bool has_name(struct plot_data *d, const char *query, const char *name, int n)
{
    char *copy = mem_copy(name, (size_t)n);
    sqlite3_stmt *q = NULL;
    bool found = sqlite3_prepare_v2(d->db, query, -1, &q, NULL) == SQLITE_OK &&
                 sqlite3_bind_text(q, 1, copy, -1, SQLITE_STATIC) == SQLITE_OK &&
                 sqlite3_step(q) == SQLITE_ROW;
    sqlite3_finalize(q);
    free(copy);
    return found;
}

/* The names that the user gave are in the run? */
static int check_names(struct plot_data *d, const struct plot_params *p, struct sim_error *e)
{
    if (p->group &&
        !has_name(d, "SELECT 1 FROM session JOIN run ON run.id = session.run WHERE group_name = ?",
                  p->group, (int)strlen(p->group)))
        return sim_error_set(e, SIM_ENOENT,
                             "%s: the run has no multicast group called \"%.100s\"; see SELECT "
                             "group_name FROM session",
                             d->paths[0], p->group);
    if (p->campaign && !has_name(d,
                                 "SELECT 1 FROM campaign JOIN run ON run.id = campaign.run WHERE "
                                 "campaign = ?",
                                 p->campaign, (int)strlen(p->campaign)))
        return sim_error_set(e, SIM_ENOENT,
                             "%s: the run has no campaign called \"%.100s\"; see SELECT campaign "
                             "FROM campaign",
                             d->paths[0], p->campaign);
    if (p->flow &&
        !has_name(d, "SELECT 1 FROM ip_flow JOIN run ON run.id = ip_flow.run WHERE name = ?",
                  p->flow, (int)strlen(p->flow)))
        return sim_error_set(
            e, SIM_ENOENT,
            "%s: the run has no flow called \"%.100s\"; see SELECT name FROM ip_flow", d->paths[0],
            p->flow);
    for (const char *w = p->devices; w; w = strchr(w, ','), w = w ? w + 1 : w) {
        int n = (int)strcspn(w, ",");
        if (!has_name(d,
                      "SELECT 1 FROM node JOIN run ON run.id = node.run WHERE ?1 IN (name, "
                      "group_name) AND kind IN (SELECT code FROM code WHERE table_name = 'node' "
                      "AND name = 'device')",
                      w, n))
            return sim_error_set(e, SIM_ENOENT,
                                 "%s: the run has no device and no group of devices called "
                                 "\"%.*s\"; see SELECT name FROM node",
                                 d->paths[0], n < 100 ? n : 100, w);
    }
    return SIM_OK;
}

int plot_data_write(struct plot_data *d, const char *sql, const struct plot_params *p, FILE *f,
                    struct sim_error *e)
{
    bool seen_block = false;
    int error = check_names(d, p, e);
    for (const char *tail; *sql && !error; sql = tail) {
        sqlite3_stmt *q = NULL;
        if (sqlite3_prepare_v2(d->db, sql, -1, &q, &tail) != SQLITE_OK)
            return sim_error_set(e, SIM_EINVAL, "the plot's SQL: %s", sqlite3_errmsg(d->db));
        if (!q) /* only comments were left */
            return SIM_OK;
        char name[60];
        enum statement kind = statement_kind(sql, tail, name, sizeof name);
        bind(q, p);
        switch (kind) {
        case STATEMENT_NONE:
            sqlite3_finalize(q);
            return sim_error_set(e, SIM_EINVAL,
                                 "the plot's SQL: a statement needs a line '-- vars', '-- $name', "
                                 "'-- table name' or '-- layout name' before it");
        case STATEMENT_TABLE:
            sqlite3_finalize(q);
            if (make_table(d, name, sql, tail, p) != SQLITE_OK)
                return sim_error_set(e, SIM_EINVAL, "the plot's SQL: %s", sqlite3_errmsg(d->db));
            break;
        case STATEMENT_LAYOUT:
            if (make_layout(d, name, q) != SQLITE_OK)
                return sim_error_set(e, SIM_EINVAL, "the plot's SQL: %s", sqlite3_errmsg(d->db));
            break;
        case STATEMENT_VARS:
        case STATEMENT_BLOCK:
            error = write_statement(d, q, kind, name, seen_block, f, e);
            seen_block |= kind == STATEMENT_BLOCK;
        }
    }
    return error;
}
