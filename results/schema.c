/* SPDX-License-Identifier: GPL-2.0-only
 * The tables of a database as SQL, made from sim/rows.h: every table and column carries its
 * comment, also in the database itself (.schema of the sqlite3 shell shows them). */
#include "results/schema.h"

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
        "PRAGMA application_id = %d;\nPRAGMA user_version = %d;\n\n",
        (int)STORE_APPLICATION_ID, (int)STORE_SCHEMA_VERSION);
    fputs(fixed_tables, f);
    for (unsigned i = 0; i < N_ROW_TABLES; i++)
        print_table(f, &row_tables[i]);
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
