/* SPDX-License-Identifier: GPL-2.0-only
 * Topologies from a list of edges. */
#include "models/ip/graph_list.h"
#include "sim/csv.h"

struct columns {
    int from, to, value[LIST_VALUES];
};

static struct list_place place(const struct csv *c)
{
    return (struct list_place){.line = c->line};
}

static int read_end(struct csv *c, int column, struct graph_list *l, uint32_t *node,
                    struct sim_error *e)
{
    const char *name = c->field[column];
    if (!*name)
        return csv_fail(c, column, SIM_ESCENARIO, e, "found nothing; write the name of a node");
    *node = list_use(l, name, place(c));
    return l->node[*node].number >= 0 ? SIM_OK : list_declare(l, name, place(c), node, e);
}

static int read_edge(struct csv *c, const struct columns *col, struct graph_list *l,
                     struct sim_error *e)
{
    struct list_edge edge = {.value = {-1, -1, -1}, .at = place(c)};
    if (read_end(c, col->from, l, &edge.end[0], e) || read_end(c, col->to, l, &edge.end[1], e))
        return SIM_ESCENARIO;
    for (int k = 0; k < LIST_VALUES; k++) {
        int at = col->value[k];
        if (at >= 0 && c->field[at][0] &&
            list_number(l, &edge, (enum list_value)k, c->column[at], c->field[at], e))
            return SIM_ESCENARIO;
    }
    return list_edge(l, &edge, e);
}

static int find_columns(const struct csv *c, const struct ip_graph_names *names,
                        struct columns *col, struct sim_error *e)
{
    const char *wanted[] = {names->cost, names->rate, names->delay};
    if (csv_need(c, "from", &col->from, e) || csv_need(c, "to", &col->to, e))
        return SIM_ESCENARIO;
    for (int k = 0; k < LIST_VALUES; k++) {
        col->value[k] = -1;
        if (wanted[k] && csv_need(c, wanted[k], &col->value[k], e))
            return SIM_ESCENARIO;
    }
    if (!names->cost)
        col->value[LIST_COST] = csv_column(c, "cost");
    return SIM_OK;
}

static int read_edges(struct csv *c, struct graph_list *l, struct sim_error *e)
{
    struct columns col;
    bool more = true;
    if (find_columns(c, l->names, &col, e))
        return SIM_ESCENARIO;
    for (;;) {
        if (csv_next(c, &more, e))
            return SIM_ESCENARIO;
        if (!more)
            return SIM_OK;
        if (read_edge(c, &col, l, e))
            return SIM_ESCENARIO;
    }
}

int ip_graph_csv(struct ip_graph *g, const char *path, const struct ip_graph_names *names,
                 struct ip_graph_file *f, struct sim_error *e)
{
    struct csv c;
    struct graph_list l;
    *f = (struct ip_graph_file){0};
    list_init(&l, path, names);
    int rc = csv_open(&c, path, e) ? SIM_ESCENARIO : read_edges(&c, &l, e);
    if (!rc)
        rc = list_join(&l, g, f, e);
    csv_close(&c);
    list_free(&l);
    return rc;
}
