/* SPDX-License-Identifier: GPL-2.0-only
 * The matrix file, row by row. */
#include "models/radio/loss_matrix.h"

#include <stdlib.h>

#include "models/radio/node_index.h"
#include "sim/csv.h"
#include "sim/mem.h"

struct reading {
    struct csv csv;
    int device, gateway, loss; /* columns */
    struct node_index *devices, *gateways;
    const struct links_input *in;
};

static int read_entry(const struct reading *r, struct loss_entry *x, struct sim_error *e)
{
    int64_t loss;
    int rc = node_index_field(r->devices, &r->csv, r->device, &x->device, e);
    if (!rc)
        rc = node_index_field(r->gateways, &r->csv, r->gateway, &x->gateway, e);
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
    r.devices = node_index_open(in->device_ids, in->n_devices);
    r.gateways = node_index_open(in->gateway_ids, in->n_gateways);
    if (!rc)
        rc = read_entries(m, &r, e);
    if (!rc)
        rc = check_pairs(m, file, e);
    node_index_close(r.devices);
    node_index_close(r.gateways);
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
