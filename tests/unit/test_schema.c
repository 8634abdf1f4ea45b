/* SPDX-License-Identifier: GPL-2.0-only
 * Pins that results/schema.sql is the text that the program makes, that SQLite takes it, and that
 * every query of results/queries says in its first line which question it answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/files.h"
#include "results/schema.h"
#include "sim/mem.h"

static char *read_text(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be read", path);
    char *text = mem_alloc(200001, 1);
    size_t n = fread(text, 1, 200000, f);
    text[n] = 0;
    fclose(f);
    return text;
}

/* When this fails after a wanted change of sim/rows.h: the new text is in BUILD_DIR/schema.sql. */
static void test_file_is_up_to_date(void **state)
{
    (void)state;
    char *want = schema_text();
    FILE *f = fopen(BUILD_DIR "/schema.sql", "wb");
    assert_non_null(f);
    fputs(want, f);
    fclose(f);
    char *have = read_text(SOURCE_DIR "/results/schema.sql");
    if (strcmp(have, want) != 0)
        fail_msg("results/schema.sql is old: copy %s over it", BUILD_DIR "/schema.sql");
    free(have);
    free(want);
}

static void test_sqlite_takes_it(void **state)
{
    (void)state;
    sqlite3 *db;
    char *text = schema_text();
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    for (unsigned i = 0; i < N_ROW_TABLES; i++) {
        const struct row_table *t = &row_tables[i];
        sqlite3_stmt *q = NULL;
        char *sql = sqlite3_mprintf("SELECT * FROM %s", t->name);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_column_count(q), (int)t->n_cols + 1);
        assert_string_equal(sqlite3_column_name(q, 0), "run");
        for (unsigned k = 0; k < t->n_cols; k++)
            assert_string_equal(sqlite3_column_name(q, (int)k + 1), t->cols[k].name);
        sqlite3_finalize(q);
        sqlite3_free(sql);
    }
    sqlite3_close(db);
    free(text);
}

static void test_built_in_files(void **state)
{
    (void)state;
    unsigned n = 0;
    for (const struct results_file *f = results_files; f->name; f++, n++) {
        char path[1000];
        snprintf(path, sizeof path, "%s/results/%s", SOURCE_DIR, f->name);
        char *text = read_text(path);
        assert_string_equal(f->text, text);
        if (strncmp(f->name, "queries/", 8) == 0 && strncmp(text, "-- ", 3) != 0)
            fail_msg("%s does not begin with the question it answers", path);
        free(text);
    }
    assert_true(n >= 10);
    assert_non_null(results_file_text("queries/balance.sql"));
    assert_null(results_file_text("queries/nothing.sql"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_is_up_to_date),
        cmocka_unit_test(test_sqlite_takes_it),
        cmocka_unit_test(test_built_in_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
