/* SPDX-License-Identifier: GPL-2.0-only
 * Which runs a plot shows, and whether they have what it needs. */
#include <sqlite3.h>
#include <string.h>

#include "results/store.h"
#include "tools/plot_data_internal.h"

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
        rc = plot_run_sql(d, "CREATE TEMP VIEW code AS SELECT * FROM f0.code");
    for (unsigned i = 0; i < N_ROW_TABLES && rc == SQLITE_OK; i++)
        rc = make_row_view(d, &row_tables[i]);
    if (rc == SQLITE_OK)
        rc = plot_run_sql(d, "PRAGMA query_only = 1"); /* also a user's SQL only reads */
    return rc == SQLITE_OK ? SIM_OK : plot_sql_error(d, d->paths[0], e);
}

/* The rest of the first line "-- KEY: value" of a SQL file, cut to fit. Returns where the next one
 * may be, or NULL if there is none. */
static const char *directive(const char *sql, const char *key, char *value, size_t size)
{
    char start[40];
    snprintf(start, sizeof start, "\n-- %s: ", key);
    const char *p = strstr(sql, start);
    if (!p)
        return NULL;
    p += strlen(start);
    snprintf(value, size, "%.*s", (int)strcspn(p, "\r\n"), p);
    return p;
}

static int64_t count_runs(struct plot_data *d, const char *where)
{
    int64_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += plot_ask(d, 0, "SELECT count(*) FROM f%u.run WHERE %s", (unsigned)i, where);
    return n;
}

/* Are the rows of a table not stored, or are there none to be stored? what: the hint of the plot.
 */
static int no_rows(struct plot_data *d, const struct row_table *t, const char *what,
                   struct sim_error *e)
{
    static const char *const levels[] = {
        [ROW_SUMMARY] = "summary", [ROW_FRAMES] = "frames", [ROW_ALL] = "all"};
    bool stored = t->level == ROW_SUMMARY;
    for (unsigned l = t->level; l <= ROW_ALL && !stored; l++)
        stored = plot_ask(d, 0, "SELECT 1 FROM run WHERE level = '%s'", levels[l]);
    if (!stored)
        return sim_error_set(e, SIM_ENODATA,
                             "%s: the run has no rows in table %s, which this plot needs; they are "
                             "stored from level %s on: run it again with --set store.level=%s",
                             d->paths[0], t->name, levels[t->level], levels[t->level]);
    return sim_error_set(e, SIM_ENODATA,
                         "%s: nothing happened in the run that makes rows in table %s (%s), which "
                         "this plot needs%s%s",
                         d->paths[0], t->name, t->help, *what ? ": " : "", what);
}

/* A line "TABLE" or "TABLE: what to do". */
static int check_need(struct plot_data *d, char *line, struct sim_error *e)
{
    size_t len = strcspn(line, ":");
    const char *what = line[len] ? line + len + 1 + strspn(line + len + 1, " ") : "";
    line[len] = 0;
    for (unsigned i = 0; i < N_ROW_TABLES; i++) {
        if (strcmp(row_tables[i].name, line) != 0)
            continue;
        if (plot_ask(d, 0, "SELECT 1 FROM %s WHERE run IN (SELECT id FROM run) LIMIT 1", line))
            return SIM_OK;
        return no_rows(d, &row_tables[i], what, e);
    }
    return sim_error_set(e, SIM_EINVAL, "the plot needs a table '%s', which does not exist", line);
}

int plot_data_check(struct plot_data *d, const char *sql, struct sim_error *e)
{
    char line[300];
    int error = SIM_OK;
    for (; !error && (sql = directive(sql, "needs", line, sizeof line));)
        error = check_need(d, line, e);
    return error;
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
            run = plot_ask(d, 0, "SELECT min(id) FROM f%u.run WHERE status = 'complete'",
                           (unsigned)i);
        if (n_complete > 1)
            fprintf(notes, "%lld complete runs: run %lld is shown, choose another with --run\n",
                    (long long)n_complete, (long long)run);
    }
    int error = make_views(d, run, e);
    if (error)
        return error;
    if (run && !plot_ask(d, 0, "SELECT id IS NOT NULL FROM run"))
        return sim_error_set(e, SIM_ENOENT,
                             "%s: has no complete run %lld; see SELECT id, status FROM run",
                             d->paths[0], (long long)run);
    return plot_data_check(d, sql, e);
}

bool plot_data_otherwise(const char *sql, char *kind, size_t size)
{
    return directive(sql, "otherwise", kind, size);
}

/* Does the SQL file say that this key varies? */
static bool varies(const char *sql, const char *path)
{
    char pattern[100];
    while ((sql = directive(sql, "varies", pattern, sizeof pattern)))
        if (sqlite3_strlike(pattern, path, 0) == 0)
            return true;
    return false;
}

void plot_data_note_mixed(const struct plot_data *d, const char *sql, const char *by, FILE *notes)
{
    static const char query[] =
        "SELECT r.scenario, p.path, count(DISTINCT p.value) FROM param p JOIN run r ON r.id = "
        "p.run "
        "WHERE p.path NOT IN ('run.seed', 'run.number', ?1) AND p.path NOT LIKE '%.count' "
        "GROUP BY r.scenario, p.path HAVING count(DISTINCT p.value) > 1 ORDER BY 1, 2";
    sqlite3_stmt *q;
    if (sqlite3_prepare_v2(d->db, query, -1, &q, NULL) != SQLITE_OK)
        return;
    sqlite3_bind_text(q, 1, by ? by : "", -1, SQLITE_STATIC);
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *path = (const char *)sqlite3_column_text(q, 1);
        if (!varies(sql, path))
            fprintf(notes,
                    "castbed plot: the runs of %s taken together differ in %s (%d values): use "
                    "--run, or --by where the plot has it\n",
                    (const char *)sqlite3_column_text(q, 0), path, sqlite3_column_int(q, 2));
    }
    sqlite3_finalize(q);
}
