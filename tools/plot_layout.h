/* SPDX-License-Identifier: GPL-2.0-only
 * Places for the nodes of a graph in a picture. Trees are drawn from their root down, or, when they
 * are wide, around it; other graphs so that distances in the picture are those along links (stress
 * majorization), with nodes of one link around the node they hang on. Equal input gives equal bits
 * on every processor.
 *
 * Sources: E. M. Reingold, J. S. Tilford, Tidier Drawings of Trees, IEEE TSE 7(2), 1981;
 * E. R. Gansner, Y. Koren, S. North, Graph Drawing by Stress Majorization, GD 2004; U. Brandes,
 * C. Pich, Eigensolver Methods for Progressive Multidimensional Scaling, GD 2006. */
#ifndef TOOLS_PLOT_LAYOUT_H
#define TOOLS_PLOT_LAYOUT_H

#include <stdint.h>

struct layout_graph {
    uint32_t n_nodes, n_edges;
    const uint32_t (*edge)[2]; /* two different nodes each */
    uint32_t root;
};

enum layout_style {
    LAYOUT_DOWN,   /* a tree, the root at the top, leaves in a row or several */
    LAYOUT_AROUND, /* a tree around its root; or a graph too large for LAYOUT_MESH, along one of its
                      trees */
    LAYOUT_MESH,
};

/* Place the nodes: x to the right and y up, links about 1 long; x, y: n_nodes each. */
enum layout_style plot_layout(const struct layout_graph *g, double *x, double *y);

#endif
