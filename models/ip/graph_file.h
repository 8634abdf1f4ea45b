/* SPDX-License-Identifier: GPL-2.0-only
 * Topologies out of files: a list of edges (CSV) or GraphML.
 *
 * Every edge is a link of two nodes; direction does not count: two directed edges between the same
 * nodes, one each way, are one link. Blanks and commas in names of nodes become "_", a run of them
 * one, so that lists of nodes can name them. */
#ifndef IP_GRAPH_FILE_H
#define IP_GRAPH_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "models/ip/graph.h"
#include "sim/err.h"

/* What becomes of edges that join nodes which are joined already. */
enum ip_parallel {
    IP_PARALLEL_REFUSE,
    IP_PARALLEL_FIRST, /* only the first counts */
    IP_PARALLEL_ALL,   /* each is a link */
};

/* Where things stand in the file. Names are those of columns (CSV), or of attributes or ids of keys
 * (GraphML); NULL: not wanted. What is wanted must be in the file's header or keys; a single edge
 * may lack it. */
struct ip_graph_names {
    const char *node_name; /* GraphML: else nodes are called by their ids */
    const char *cost;      /* NULL: "cost", when there is one */
    const char *rate, *delay;
    int64_t rate_unit_bps; /* what 1 means in the file */
    int64_t delay_unit_ns;
    enum ip_parallel parallel;
    uint32_t default_cost; /* of edges without one */
};

/* What a graph has no place for. */
struct ip_graph_file {
    char **name; /* of each node, in the order of the file */
    uint32_t n_nodes;
    int64_t *rate_bps, *delay_ns; /* of each link; -1: the file does not say */
    uint32_t n_links;
};
void ip_graph_file_free(struct ip_graph_file *f);

/* Add a file's nodes and links to g; the caller frees *f, also after an error. Nodes of a list of
 * edges are numbered as they first occur. CSV has the columns from and to; GraphML is read as
 * networkx, yEd and the Topology Zoo write it: one graph, no hyperedges, no graph within a node, no
 * document type (entities are not expanded). Errors: SIM_ESCENARIO (cannot be read, not
 * well-formed, a node twice, an edge to an unknown node or to itself, a number out of range,
 * parallel edges); e names file and line, of GraphML also the column. Source: U. Brandes et al.,
 * GraphML Progress Report, GD 2001; http://graphml.graphdrawing.org. */
int ip_graph_csv(struct ip_graph *g, const char *path, const struct ip_graph_names *names,
                 struct ip_graph_file *f, struct sim_error *e);
int ip_graph_graphml(struct ip_graph *g, const char *path, const struct ip_graph_names *names,
                     struct ip_graph_file *f, struct sim_error *e);
/* The same from len bytes in memory; file is for messages. */
int ip_graph_graphml_text(struct ip_graph *g, const char *file, const char *text, size_t len,
                          const struct ip_graph_names *names, struct ip_graph_file *f,
                          struct sim_error *e);

#endif
