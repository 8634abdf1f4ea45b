/* SPDX-License-Identifier: GPL-2.0-only
 * Pins that merging copies complete runs with all rows under new numbers, never twice, and changes
 * nothing when something is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/merge.h"
#include "results/store.h"
#include "sim/mem.h"

struct dir {
    char path[64];
    char file[6][128]; /* a.db ... f.db */
};

static int make_dir(void **state)
{
    struct dir *d = mem_alloc(1, sizeof *d);

    snprintf(d->path, sizeof d->path, "/tmp/castbed-merge-XXXXXX");
    if (!mkdtemp(d->path))
        return -1;
    for (int i = 0; i < 6; i++)
        snprintf(d->file[i], sizeof d->file[i], "%s/%c.db", d->path, 'a' + i);
    *state = d;
    return 0;
}

static int remove_dir(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    struct dir *d = *state;
    char path[160];

    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 4; k++) {
            snprintf(path, sizeof path, "%s%s", d->file[i], ends[k]);
            unlink(path);
        }
    rmdir(d->path);
    free(d);
    return 0;
}

/* Add a run with one warning and two metrics. */
static void add_run(const char *path, int64_t seed, bool complete)
{
    struct store_run run = {.scenario_name = "x.yaml",
                            .scenario_text = "run: {}",
                            .version = "1",
                            .options = "",
                            .seed = seed,
                            .duration_ns = 1};
    struct row_warning w = {.place = "x.yaml:1:1", .text = "beware"};
    struct row_metric m = {.name = "a_s", .node = ROW_NULL, .value = (double)seed};
    struct store *st;
    struct sim_error e = {0};

    if (store_open(&st, path, ROW_ALL, &run, &e) != SIM_OK)
        fail_msg("%s", e.text);
    store_param(st, "run.duration", "1ns");
    store_row(st, ROW_WARNING, &w);
    store_row(st, ROW_METRIC, &m);
    m.value += 0.5;
    store_row(st, ROW_METRIC, &m);
    assert_int_equal(store_close(st, complete, &e), SIM_OK);
}

/* All that a query gives, as "a|b;c|d;". */
static const char *ask(const char *path, const char *sql, char *buf, size_t size)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    size_t len = 0;

    buf[0] = 0;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW) {
        int n = sqlite3_column_count(q);
        for (int i = 0; i < n; i++) {
            const unsigned char *text = sqlite3_column_text(q, i);
            len += (size_t)snprintf(buf + len, size - len, "%s%s",
                                    text ? (const char *)text : "NULL", i + 1 < n ? "|" : ";");
        }
    }
    sqlite3_finalize(q);
    sqlite3_close(db);
    return buf;
}

static void runs_are_copied_once(void **state)
{
    struct dir *d = *state;
    const char *parts[] = {d->file[0], d->file[1]};
    struct sim_error e = {0};
    char buf[4096], schema[65536], merged_schema[65536];
    static const char every_row[] = "SELECT run, value FROM metric ORDER BY rowid";
    static const char every_schema[] = "SELECT name, sql FROM sqlite_schema ORDER BY rowid";
    size_t n_added;
    int64_t n;

    add_run(d->file[0], 7, true);
    add_run(d->file[1], 5, true);
    add_run(d->file[1], 6, false);
    add_run(d->file[1], 9, true);
    assert_int_equal(merge_databases(d->file[2], parts, 2, &n_added, &e), SIM_OK);
    assert_int_equal(n_added, 3);
    assert_string_equal(
        ask(d->file[2], "SELECT id, seed, status FROM run ORDER BY id", buf, sizeof buf),
        "1|7|complete;2|5|complete;3|9|complete;");
    assert_string_equal(ask(d->file[2], every_row, buf, sizeof buf),
                        "1|7.0;1|7.5;2|5.0;2|5.5;3|9.0;3|9.5;");
    assert_string_equal(ask(d->file[2], "SELECT run, text FROM warning", buf, sizeof buf),
                        "1|beware;2|beware;3|beware;");
    assert_string_equal(ask(d->file[2], "SELECT run, path, value FROM param", buf, sizeof buf),
                        "1|run.duration|1ns;2|run.duration|1ns;3|run.duration|1ns;");
    assert_string_equal(ask(d->file[0], every_schema, schema, sizeof schema),
                        ask(d->file[2], every_schema, merged_schema, sizeof merged_schema));
    assert_string_equal(ask(d->file[0], "SELECT * FROM code", schema, sizeof schema),
                        ask(d->file[2], "SELECT * FROM code", merged_schema, sizeof merged_schema));

    /* Again: nothing is new. A further run in the merged file goes on counting. */
    assert_int_equal(merge_databases(d->file[2], parts, 2, &n_added, &e), SIM_OK);
    assert_int_equal(n_added, 0);
    add_run(d->file[2], 11, true);
    assert_int_equal(merge_count_runs(d->file[2], &n, &e), SIM_OK);
    assert_int_equal(n, 4);
    assert_int_equal(merge_count_runs(d->file[1], &n, &e), SIM_OK);
    assert_int_equal(n, 2);
    assert_int_equal(merge_count_runs(d->file[5], &n, &e), SIM_OK);
    assert_int_equal(n, 0);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void wrong_files_change_nothing(void **state)
{
    struct dir *d = *state;
    const char *parts[] = {d->file[0], d->file[1]};
    struct sim_error e = {0};
    char buf[256];
    int64_t n;

    add_run(d->file[0], 7, true);
    write_text(d->file[1],
               "this is no database, but long enough to be looked at as one.............");
    assert_int_equal(merge_databases(d->file[2], parts, 2, NULL, &e), SIM_EDB);
    assert_non_null(strstr(e.text, d->file[1]));
    assert_string_equal(ask(d->file[2], "SELECT count(*) FROM sqlite_schema", buf, sizeof buf),
                        "0;");
    assert_int_equal(merge_databases(d->file[1], parts, 1, NULL, &e), SIM_EDB);
    assert_int_equal(merge_count_runs(d->file[1], &n, &e), SIM_EDB);
    parts[1] = d->file[4]; /* missing */
    assert_int_equal(merge_databases(d->file[2], parts, 2, NULL, &e), SIM_EIO);
    assert_int_not_equal(access(d->file[4], F_OK), 0);
    assert_int_equal(merge_databases("/nonexistent/x.db", parts, 1, NULL, &e), SIM_EIO);

    ask(parts[0], "PRAGMA user_version = 1", buf, sizeof buf);
    assert_int_equal(merge_databases(d->file[2], parts, 1, NULL, &e), SIM_EDB);
    assert_non_null(strstr(e.text, "was written by castbed with schema 1, this one "));

    /* Another program's database. */
    ask(d->file[3], "CREATE TABLE run(x)", buf, sizeof buf);
    assert_int_equal(merge_databases(d->file[3], parts, 1, NULL, &e), SIM_EDB);
    parts[0] = d->file[3];
    assert_int_equal(merge_databases(d->file[2], parts, 1, NULL, &e), SIM_EDB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runs_are_copied_once, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(wrong_files_change_nothing, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
