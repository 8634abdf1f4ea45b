/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of plot_layout share. */
#ifndef TOOLS_PLOT_LAYOUT_INTERNAL_H
#define TOOLS_PLOT_LAYOUT_INTERNAL_H

#include "tools/plot_layout.h"

/* Each node's neighbours: to[first[i] .. first[i + 1]), in the order of the edges. */
struct layout_lists {
    uint32_t n;
    uint32_t *first, *to;
};

static inline uint32_t layout_degree(const struct layout_lists *l, uint32_t i)
{
    return l->first[i + 1] - l->first[i];
}

/* A graph that is no tree, of not too many nodes. */
void layout_mesh(const struct layout_lists *l, uint32_t root, double *x, double *y);

#endif
