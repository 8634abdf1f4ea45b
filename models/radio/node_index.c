/* SPDX-License-Identifier: GPL-2.0-only
 * Names of nodes in data files are turned into entities and looked up. */
#include "models/radio/node_index.h"

#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

struct node {
    sim_entity id;
    uint32_t index;
};

struct node_index {
    struct node *nodes; /* by entity */
    size_t n;
};

static int node_compare(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

struct node_index *node_index_open(const sim_entity *ids, size_t n)
{
    struct node_index *x = mem_alloc(1, sizeof *x);
    *x = (struct node_index){.nodes = mem_alloc(n, sizeof *x->nodes), .n = n};
    for (size_t i = 0; i < n; i++)
        x->nodes[i] = (struct node){ids[i], (uint32_t)i};
    if (n)
        qsort(x->nodes, n, sizeof *x->nodes, node_compare);
    return x;
}

void node_index_close(struct node_index *x)
{
    if (!x)
        return;
    free(x->nodes);
    free(x);
}

/* "group/index" to an entity. Errors: SIM_ESYNTAX. */
static int parse_node(const char *text, sim_entity *id)
{
    const char *slash = strrchr(text, '/');
    if (!slash || slash == text || !slash[1] || strlen(slash + 1) > 8 ||
        strspn(slash + 1, "0123456789") != strlen(slash + 1))
        return SIM_ESYNTAX;
    unsigned long index = strtoul(slash + 1, NULL, 10);
    if (index >> ENTITY_INDEX_BITS)
        return SIM_ESYNTAX;
    char *group = mem_copy(text, (size_t)(slash - text));
    *id = entity_make(group, (uint32_t)index);
    free(group);
    return SIM_OK;
}

int node_index_field(const struct node_index *x, const struct csv *c, int column, uint32_t *index,
                     struct sim_error *e)
{
    struct node key = {0};
    const char *text = c->field[column];
    if (parse_node(text, &key.id))
        return csv_fail(c, column, SIM_ESCENARIO, e,
                        "'%.60s' is not a node; write group/index, as in meters/0", text);
    const struct node *found = bsearch(&key, x->nodes, x->n, sizeof *x->nodes, node_compare);
    if (!found)
        return csv_fail(c, column, SIM_ESCENARIO, e,
                        "%.60s is not in the scenario as a %s; check the group's name and count",
                        text, c->column[column]);
    *index = found->index;
    return SIM_OK;
}
