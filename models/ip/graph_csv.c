/* SPDX-License-Identifier: GPL-2.0-only
 * Topologies from a list of edges. */
#include <stdlib.h>
#include <string.h>

#include "models/ip/graph_make.h"
#include "sim/csv.h"
#include "sim/mem.h"

/* Where a name is, in an open hash table of numbers + 1. */
struct name_table {
    struct ip_names *names;
    uint32_t *slot, n_slots, cap_names;
};

static uint64_t hash_of(const char *name)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    return h;
}

static uint32_t *slot_of(const struct name_table *t, const char *name)
{
    uint64_t i = hash_of(name) & (t->n_slots - 1);
    while (t->slot[i] && strcmp(t->names->name[t->slot[i] - 1], name) != 0)
        i = (i + 1) & (t->n_slots - 1);
    return &t->slot[i];
}

static void table_grow(struct name_table *t)
{
    free(t->slot);
    t->n_slots = t->n_slots ? 2 * t->n_slots : 64;
    t->slot = mem_alloc(t->n_slots, sizeof *t->slot);
    for (uint32_t i = 0; i < t->names->n; i++)
        *slot_of(t, t->names->name[i]) = i + 1;
}

/* The node of a name, a new one if need be. */
static uint32_t node_of(struct name_table *t, struct ip_graph *g, uint32_t first, const char *name)
{
    if (2 * t->names->n >= t->n_slots)
        table_grow(t);
    uint32_t *slot = slot_of(t, name);
    if (*slot)
        return first + *slot - 1;
    if (t->names->n == t->cap_names) {
        t->cap_names = 2 * t->cap_names + 16;
        t->names->name = mem_grow(t->names->name, t->cap_names, sizeof *t->names->name);
    }
    t->names->name[t->names->n++] = mem_text(name);
    *slot = t->names->n;
    return ip_graph_nodes(g, 1);
}

/* An edge as a number, to find those that are there twice. */
struct seen_edge {
    uint32_t a, b;
    size_t line;
};

static int compare_edges(const void *x, const void *y)
{
    const struct seen_edge *a = x, *b = y;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    if (a->b != b->b)
        return a->b < b->b ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

struct edge_list {
    struct seen_edge *edge;
    size_t n, cap;
};

static void edge_note(struct edge_list *l, uint32_t a, uint32_t b, size_t line)
{
    if (l->n == l->cap) {
        l->cap = 2 * l->cap + 64;
        l->edge = mem_grow(l->edge, l->cap, sizeof *l->edge);
    }
    l->edge[l->n++] = (struct seen_edge){a < b ? a : b, a < b ? b : a, line};
}

static int check_twice(struct csv *c, struct edge_list *l, const struct ip_names *names,
                       uint32_t first, struct sim_error *e)
{
    qsort(l->edge, l->n, sizeof *l->edge, compare_edges);
    for (size_t i = 1; i < l->n; i++)
        if (l->edge[i].a == l->edge[i - 1].a && l->edge[i].b == l->edge[i - 1].b) {
            c->line = l->edge[i].line;
            return csv_fail(c, -1, SIM_ESCENARIO, e,
                            "%.60s and %.60s are joined in line %zu already; remove one",
                            names->name[l->edge[i].a - first], names->name[l->edge[i].b - first],
                            l->edge[i - 1].line);
        }
    return SIM_OK;
}

struct columns {
    int from, to, cost;
};

static int read_edge(struct csv *c, const struct columns *col, struct name_table *t,
                     struct ip_graph *g, uint32_t first, struct edge_list *l, struct sim_error *e)
{
    int64_t cost = 1;
    const char *from = c->field[col->from], *to = c->field[col->to];
    if (!*from || !*to)
        return csv_fail(c, *from ? col->to : col->from, SIM_ESCENARIO, e,
                        "found nothing; write the name of a node");
    if (strcmp(from, to) == 0)
        return csv_fail(c, col->to, SIM_ESCENARIO, e,
                        "%.60s is joined to itself; an edge needs two nodes", to);
    if (col->cost >= 0 && csv_int(c, col->cost, 1, UINT32_MAX, &cost, e))
        return SIM_ESCENARIO;
    uint32_t ends[2];
    ends[0] = node_of(t, g, first, from);
    ends[1] = node_of(t, g, first, to);
    ip_graph_link(g, ends, 2, (uint32_t)cost);
    edge_note(l, ends[0], ends[1], c->line);
    return SIM_OK;
}

static int read_edges(struct csv *c, struct ip_graph *g, struct name_table *t, struct edge_list *l,
                      struct sim_error *e)
{
    struct columns col = {.cost = csv_column(c, "cost")};
    uint32_t first = g->n_nodes;
    bool more = true;
    if (csv_need(c, "from", &col.from, e) || csv_need(c, "to", &col.to, e))
        return SIM_ESCENARIO;
    for (;;) {
        if (csv_next(c, &more, e))
            return SIM_ESCENARIO;
        if (!more)
            break;
        if (read_edge(c, &col, t, g, first, l, e))
            return SIM_ESCENARIO;
    }
    if (l->n == 0)
        return csv_fail(c, -1, SIM_ESCENARIO, e, "there is no edge; add rows");
    return check_twice(c, l, t->names, first, e);
}

int ip_graph_csv(struct ip_graph *g, const char *path, struct ip_names *names, struct sim_error *e)
{
    struct csv c;
    struct name_table t = {.names = names};
    struct edge_list l = {0};
    *names = (struct ip_names){0};
    int rc = csv_open(&c, path, e) ? SIM_ESCENARIO : read_edges(&c, g, &t, &l, e);
    csv_close(&c);
    free(t.slot);
    free(l.edge);
    return rc;
}

void ip_names_free(struct ip_names *names)
{
    for (uint32_t i = 0; i < names->n; i++)
        free(names->name[i]);
    free(names->name);
    *names = (struct ip_names){0};
}
