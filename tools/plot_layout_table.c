/* SPDX-License-Identifier: GPL-2.0-only
 * Links out of a statement, places into a table. */
#include "tools/plot_layout_table.h"

#include <stdbool.h>
#include <stdlib.h>

#include "sim/mem.h"
#include "tools/plot_layout.h"

struct links {
    sqlite3_int64 (*pair)[2]; /* as they came; both the same: a node without a link */
    size_t n, cap;
    sqlite3_int64 *id; /* of the nodes, ascending */
    uint32_t n_nodes;
};

static int compare_ids(const void *a, const void *b)
{
    sqlite3_int64 x = *(const sqlite3_int64 *)a, y = *(const sqlite3_int64 *)b;
    return x < y ? -1 : x > y;
}

static int read_links(struct links *l, sqlite3_stmt *q)
{
    int rc;
    while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
        bool alone = sqlite3_column_type(q, 1) == SQLITE_NULL;
        if (l->n == l->cap) {
            l->cap = 2 * l->cap + 64;
            l->pair = mem_grow(l->pair, l->cap, sizeof *l->pair);
        }
        l->pair[l->n][0] = sqlite3_column_int64(q, 0);
        l->pair[l->n][1] = sqlite3_column_int64(q, alone ? 0 : 1);
        l->n++;
    }
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Number the nodes by their ids. */
static void number_nodes(struct links *l)
{
    l->id = mem_alloc(2 * l->n, sizeof *l->id);
    for (size_t i = 0; i < l->n; i++)
        for (int k = 0; k < 2; k++)
            l->id[2 * i + (size_t)k] = l->pair[i][k];
    if (l->n > 0)
        qsort(l->id, 2 * l->n, sizeof *l->id, compare_ids);
    for (size_t i = 0; i < 2 * l->n; i++)
        if (i == 0 || l->id[i] != l->id[i - 1])
            l->id[l->n_nodes++] = l->id[i];
}

static uint32_t number_of(const struct links *l, sqlite3_int64 id)
{
    const sqlite3_int64 *found = bsearch(&id, l->id, l->n_nodes, sizeof *l->id, compare_ids);
    return (uint32_t)(found - l->id);
}

static int write_places(sqlite3 *db, const struct links *l, const char *name)
{
    uint32_t(*edge)[2] = mem_alloc(l->n, sizeof *edge), n_edges = 0;
    double *x = mem_alloc(l->n_nodes, sizeof *x), *y = mem_alloc(l->n_nodes, sizeof *y);
    for (size_t i = 0; i < l->n; i++) {
        if (l->pair[i][0] == l->pair[i][1])
            continue;
        edge[n_edges][0] = number_of(l, l->pair[i][0]);
        edge[n_edges++][1] = number_of(l, l->pair[i][1]);
    }
    struct layout_graph g = {l->n_nodes, n_edges, (const uint32_t(*)[2])edge,
                             number_of(l, l->pair[0][0])};
    enum layout_style style = plot_layout(&g, x, y);
    char *sql = sqlite3_mprintf("INSERT INTO temp.%s VALUES(?, ?, ?, %d)", name, (int)style);
    sqlite3_stmt *q = NULL;
    int rc = sql ? sqlite3_prepare_v2(db, sql, -1, &q, NULL) : SQLITE_NOMEM;
    for (uint32_t i = 0; rc == SQLITE_OK && i < l->n_nodes; i++) {
        sqlite3_bind_int64(q, 1, l->id[i]);
        sqlite3_bind_double(q, 2, x[i]);
        sqlite3_bind_double(q, 3, y[i]);
        rc = sqlite3_step(q) == SQLITE_DONE ? sqlite3_reset(q) : SQLITE_ERROR;
    }
    sqlite3_finalize(q);
    sqlite3_free(sql);
    free(edge);
    free(x);
    free(y);
    return rc;
}

int plot_layout_table(sqlite3 *db, sqlite3_stmt *links, const char *name)
{
    struct links l = {0};
    char *sql =
        sqlite3_mprintf("CREATE TEMP TABLE %s(node INTEGER PRIMARY KEY, x, y, style)", name);
    int rc = read_links(&l, links);
    if (rc == SQLITE_OK)
        rc = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
    if (rc == SQLITE_OK && l.n > 0) {
        number_nodes(&l);
        rc = write_places(db, &l, name);
    }
    free(l.pair);
    free(l.id);
    return rc;
}
