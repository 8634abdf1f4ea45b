/* SPDX-License-Identifier: GPL-2.0-only
 * Nodes that a data file names as group/index, found among those of the scenario. */
#ifndef RADIO_NODE_INDEX_H
#define RADIO_NODE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "sim/csv.h"
#include "sim/entity.h"
#include "sim/err.h"

struct node_index;

/* ids: n nodes, copied. */
struct node_index *node_index_open(const sim_entity *ids, size_t n);
void node_index_close(struct node_index *x);

/* The node that a field of the current row names: its place in ids. The column is called as what it
 * should be ("device"). Errors: SIM_ESCENARIO (not a node, not in the scenario). */
int node_index_field(const struct node_index *x, const struct csv *c, int column, uint32_t *index,
                     struct sim_error *e);

#endif
