/* SPDX-License-Identifier: GPL-2.0-only
 * The matrix file: names are turned into entities and looked up among the scenario's nodes. */
#include "models/radio/loss_matrix.h"

#include <stdlib.h>
#include <string.h>

#include "sim/csv.h"
#include "sim/mem.h"

struct node {
    sim_entity id;
    uint32_t index;
};

static int node_compare(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* The nodes by entity; the caller frees. */
static struct node *nodes_sorted(const sim_entity *ids, size_t n)
{
    struct node *nodes = mem_alloc(n, sizeof *nodes);
    for (size_t i = 0; i < n; i++)
        nodes[i] = (struct node){ids[i], (uint32_t)i};
    qsort(nodes, n, sizeof *nodes, node_compare);
    return nodes;
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

static int find_node(const struct csv *c, int column, const struct node *nodes, size_t n,
                     uint32_t *index, struct sim_error *e)
{
    struct node key = {0};
    const char *text = c->field[column];
    if (parse_node(text, &key.id))
        return csv_fail(c, column, SIM_ESCENARIO, e,
                        "'%.60s' is not a node; write group/index, as in meters/0", text);
    const struct node *found = bsearch(&key, nodes, n, sizeof *nodes, node_compare);
    if (!found)
        return csv_fail(c, column, SIM_ESCENARIO, e,
                        "%.60s is not in the scenario as a %s; check the group's name and count",
                        text, c->column[column]);
    *index = found->index;
    return SIM_OK;
}

struct reading {
    struct csv csv;
    int device, gateway, loss; /* columns */
    struct node *devices, *gateways;
    const struct links_input *in;
};

static int read_entry(const struct reading *r, struct loss_entry *x, struct sim_error *e)
{
    int64_t loss;
    int rc = find_node(&r->csv, r->device, r->devices, r->in->n_devices, &x->device, e);
    if (!rc)
        rc = find_node(&r->csv, r->gateway, r->gateways, r->in->n_gateways, &x->gateway, e);
    if (!rc)
        rc = csv_decimal(&r->csv, r->loss, 2, 0, INT16_MAX, &loss, e);
    if (rc)
        return rc;
    x->loss_cdb = (int)loss;
    x->line = r->csv.line;
    return SIM_OK;
}

static int entry_compare(const void *a, const void *b)
{
    const struct loss_entry *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->gateway != y->gateway)
        return x->gateway < y->gateway ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static int read_entries(struct loss_matrix *m, struct reading *r, struct sim_error *e)
{
    int rc = csv_need(&r->csv, "device", &r->device, e);
    if (!rc)
        rc = csv_need(&r->csv, "gateway", &r->gateway, e);
    if (!rc)
        rc = csv_need(&r->csv, "loss_db", &r->loss, e);
    for (bool more = true; !rc;) {
        rc = csv_next(&r->csv, &more, e);
        if (rc || !more)
            break;
        if (m->n == m->cap)
            m->entry = mem_grow(m->entry, m->cap = m->cap ? 2 * m->cap : 64, sizeof *m->entry);
        rc = read_entry(r, &m->entry[m->n], e);
        m->n += rc ? 0 : 1;
    }
    return rc;
}

static int check_pairs(struct loss_matrix *m, const char *file, struct sim_error *e)
{
    if (m->n)
        qsort(m->entry, m->n, sizeof *m->entry, entry_compare);
    for (size_t i = 1; i < m->n; i++)
        if (m->entry[i].device == m->entry[i - 1].device &&
            m->entry[i].gateway == m->entry[i - 1].gateway)
            return sim_error_set(e, SIM_ESCENARIO,
                                 "%s:%zu: this pair of device and gateway was given in line %zu",
                                 file, m->entry[i].line, m->entry[i - 1].line);
    return SIM_OK;
}

static int fail_file(const struct links_input *in, struct sim_error *e, const char *text)
{
    if (in->scenario)
        return scenario_fail(in->scenario, &in->radio->path_loss.matrix_file, e, "%s", text);
    return sim_error_set(e, SIM_ESCENARIO, "%s", text);
}

int loss_matrix_read(struct loss_matrix *m, const struct links_input *in, struct sim_error *e)
{
    *m = (struct loss_matrix){0};
    const char *file = in->radio->path_loss.matrix_file;
    if (!file)
        return fail_file(
            in, e, "path loss model matrix needs matrix_file: a CSV with device,gateway,loss_db");
    struct reading r = {.in = in};
    struct sim_error why;
    int rc = csv_open(&r.csv, file, &why);
    if (rc)
        fail_file(in, e, why.text);
    r.devices = nodes_sorted(in->device_ids, in->n_devices);
    r.gateways = nodes_sorted(in->gateway_ids, in->n_gateways);
    if (!rc)
        rc = read_entries(m, &r, e);
    if (!rc)
        rc = check_pairs(m, file, e);
    free(r.devices);
    free(r.gateways);
    csv_close(&r.csv);
    if (!rc)
        return SIM_OK;
    loss_matrix_free(m);
    if (e)
        e->code = SIM_ESCENARIO;
    return SIM_ESCENARIO;
}

void loss_matrix_free(struct loss_matrix *m)
{
    free(m->entry);
    *m = (struct loss_matrix){0};
}
