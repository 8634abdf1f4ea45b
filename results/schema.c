/* SPDX-License-Identifier: GPL-2.0-only
 * The tables of a database as SQL, made from sim/rows.h: every table and column carries its
 * comment, also in the database itself (.schema of the sqlite3 shell shows them). */
#include "results/schema.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "results/store.h"
#include "sim/err.h"
#include "sim/mem.h"

/* Tables that are not rows of a trace. */
static const char fixed_tables[] =
    "CREATE TABLE run ( -- one row a run; its id is column run of every other table\n"
    "  id INTEGER PRIMARY KEY, -- 1, 2, ... in the order in which runs were begun\n"
    "  scenario TEXT NOT NULL, -- file name of the scenario\n"
    "  seed INTEGER NOT NULL, -- which experiment\n"
    "  run_number INTEGER NOT NULL, -- which repetition of it\n"
    "  status TEXT NOT NULL, -- incomplete or complete; results of an incomplete run mean nothing\n"
    "  level TEXT NOT NULL, -- what was stored: summary, frames or all\n"
    "  start_gps_ns INTEGER NOT NULL, -- simulated time 0, since the GPS epoch\n"
    "  duration_ns INTEGER NOT NULL, -- simulated time\n"
    "  version TEXT NOT NULL, -- of the program\n"
    "  options TEXT NOT NULL, -- what the command line changed\n"
    "  scenario_text TEXT NOT NULL -- YAML with every default resolved\n"
    ");\n\n"
    "CREATE TABLE param ( -- keys of the resolved scenario, to select runs by\n"
    "  run INTEGER NOT NULL, -- run.id\n"
    "  path TEXT NOT NULL, -- e.g. run.duration\n"
    "  value TEXT -- as written in the resolved scenario\n"
    ");\n\n"
    "CREATE TABLE code ( -- names of the numbers in columns of codes\n"
    "  table_name TEXT NOT NULL, -- of the table that the name is made for; other tables share it\n"
    "  column_name TEXT NOT NULL, -- e.g. kind, reason, result\n"
    "  code INTEGER NOT NULL, -- the number in the column\n"
    "  name TEXT NOT NULL, -- short name\n"
    "  help TEXT NOT NULL -- what it means\n"
    ");\n";

static void print_table(FILE *f, const struct row_table *t)
{
    static const char *const types[] = {
        [ROW_COL_INT] = "INTEGER", [ROW_COL_REAL] = "REAL", [ROW_COL_TEXT] = "TEXT"};
    static const char *const levels[] = {[ROW_SUMMARY] = "always stored",
                                         [ROW_FRAMES] = "stored at levels frames and all",
                                         [ROW_ALL] = "stored at level all"};
    fprintf(f, "\nCREATE TABLE %s ( -- %s; %s\n  run INTEGER NOT NULL, -- run.id\n", t->name,
            t->help, levels[t->level]);
    for (unsigned i = 0; i < t->n_cols; i++) {
        const struct row_col *c = &t->cols[i];
        fprintf(f, "  %s %s%s%s%s\n", c->name, types[c->type], i + 1 < t->n_cols ? "," : "",
                *c->help ? " -- " : "", c->help);
    }
    fputs(");\n", f);
}

void schema_print(FILE *f)
{
    fprintf(
        f,
        "-- The tables of a castbed database. Made from sim/rows.h; a test compares it.\n"
        "-- Times are integer nanoseconds since the start of the run, powers hundredths of dBm;\n"
        "-- the unit is at the end of each column's name. Views: results/queries.\n"
        "PRAGMA application_id = %d; -- user_version is made from what follows "
        "(results/schema.h)\n\n",
        (int)STORE_APPLICATION_ID);
    fputs(fixed_tables, f);
    for (unsigned i = 0; i < N_ROW_TABLES; i++)
        print_table(f, &row_tables[i]);
}

/* FNV-1a over a text and its end. */
static uint32_t hash_text(uint32_t hash, const char *text)
{
    do
        hash = (hash ^ (uint8_t)*text) * UINT32_C(16777619);
    while (*text++);
    return hash;
}

int schema_version(void)
{
    uint32_t hash = hash_text(UINT32_C(2166136261), fixed_tables);
    for (unsigned i = 0; i < N_ROW_TABLES; i++) {
        const struct row_table *t = &row_tables[i];
        hash = hash_text(hash, t->name);
        for (unsigned k = 0; k < t->n_cols; k++)
            hash = hash_text(hash, t->cols[k].name) + (uint32_t)t->cols[k].type;
    }
    for (unsigned i = 0; i < row_n_codes; i++) {
        const struct row_code *c = &row_codes[i];
        hash =
            hash_text(hash_text(hash_text(hash, c->table), c->column), c->name) + (uint32_t)c->code;
    }
    return (int)(100000 + hash % 900000);
}

char *schema_text(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    SIM_CHECK(f, "no memory stream");
    schema_print(f);
    SIM_CHECK(fclose(f) == 0 && text, "memory stream of %zu bytes", len);
    return text;
}
