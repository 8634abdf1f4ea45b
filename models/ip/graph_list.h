/* SPDX-License-Identifier: GPL-2.0-only
 * What readers of topologies share (inside of this folder only): nodes and edges are noted as they
 * come, in any order, and checked and joined at the end. */
#ifndef IP_GRAPH_LIST_H
#define IP_GRAPH_LIST_H

#include <stdbool.h>

#include "models/ip/graph_file.h"

/* A place in the file; column 0: the line is meant. */
struct list_place {
    size_t line, column;
};

enum list_value { LIST_COST, LIST_RATE, LIST_DELAY, LIST_VALUES };

struct list_edge {
    uint32_t end[2];            /* as list_node gave them */
    int64_t value[LIST_VALUES]; /* -1: none */
    struct list_place at;
    bool directed;
    bool left_out; /* of no account: it repeats another one */
};

/* Texts in an open hash table of numbers + 1. */
struct list_table {
    uint32_t *slot, n_slots, n, cap;
    char **text;
};

struct list_node {
    const char *id;       /* in ids */
    struct list_place at; /* where it was declared, until then where it was first used */
    int64_t number;       /* in the order of declarations; -1: not declared yet */
    char *name;           /* or NULL: the id */
};

struct graph_list {
    const char *file;
    const struct ip_graph_names *names;
    struct list_table ids;
    struct list_node *node; /* as many as ids */
    uint32_t n_declared;
    struct list_edge *edge;
    uint32_t n_edges, cap_edges;
};

void list_init(struct graph_list *l, const char *file, const struct ip_graph_names *names);
void list_free(struct graph_list *l);

/* Put "file:line:column: " before the text, or "file:line: "; returns SIM_ESCENARIO. */
int list_fail(const struct graph_list *l, struct list_place at, struct sim_error *e,
              const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The index of a node that an edge names. */
uint32_t list_use(struct graph_list *l, const char *id, struct list_place at);
/* The node is there; *node is its index. Error: it was already. */
int list_declare(struct graph_list *l, const char *id, struct list_place at, uint32_t *node,
                 struct sim_error *e);
/* An edge between two used nodes. Error: they are one. */
int list_edge(struct graph_list *l, const struct list_edge *edge, struct sim_error *e);
/* A number as programs write them ("1e9", "2.5") in the file's unit to the edge's value. what: its
 * name in the file. */
int list_number(const struct graph_list *l, struct list_edge *edge, enum list_value kind,
                const char *what, const char *text, struct sim_error *e);

/* All is noted: check it, and add nodes and links to g. */
int list_join(struct graph_list *l, struct ip_graph *g, struct ip_graph_file *f,
              struct sim_error *e);

#endif
