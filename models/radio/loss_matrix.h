/* SPDX-License-Identifier: GPL-2.0-only
 * Losses of links from a CSV file: device,gateway,loss_db with nodes as group/index. Only links.c
 * uses it. */
#ifndef RADIO_LOSS_MATRIX_H
#define RADIO_LOSS_MATRIX_H

#include <stddef.h>
#include <stdint.h>

#include "models/radio/links.h"
#include "sim/err.h"

struct loss_entry {
    uint32_t device, gateway; /* indices */
    int loss_cdb;             /* 0..32767 */
    size_t line;              /* of the file */
};

struct loss_matrix {
    struct loss_entry *entry; /* by device, then gateway */
    size_t n, cap;
    size_t next; /* place of a reader that goes through it */
};

/* Read in->radio->path_loss.matrix_file. Errors: SIM_ESCENARIO (no file, bad row, unknown node, a
 * pair twice). The caller frees, after success only. */
int loss_matrix_read(struct loss_matrix *m, const struct links_input *in, struct sim_error *e);
void loss_matrix_free(struct loss_matrix *m);

#endif
