/* SPDX-License-Identifier: GPL-2.0-only
 * Nodes and edges of a file, checked and joined. */
#include "models/ip/graph_list.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

enum { MAX_NODES = 1000000 };

void list_init(struct graph_list *l, const char *file, const struct ip_graph_names *names)
{
    *l = (struct graph_list){.file = file, .names = names};
}

static void table_free(struct list_table *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        free(t->text[i]);
    free(t->text);
    free(t->slot);
}

void list_free(struct graph_list *l)
{
    for (uint32_t i = 0; i < l->ids.n; i++)
        free(l->node[i].name);
    table_free(&l->ids);
    free(l->node);
    free(l->edge);
}

void ip_graph_file_free(struct ip_graph_file *f)
{
    for (uint32_t i = 0; i < f->n_nodes; i++)
        free(f->name[i]);
    free(f->name);
    free(f->rate_bps);
    free(f->delay_ns);
    *f = (struct ip_graph_file){0};
}

int list_fail(const struct graph_list *l, struct list_place at, struct sim_error *e,
              const char *fmt, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (at.column == 0)
        return sim_error_set(e, SIM_ESCENARIO, "%s:%zu: %s", l->file, at.line, text);
    return sim_error_set(e, SIM_ESCENARIO, "%s:%zu:%zu: %s", l->file, at.line, at.column, text);
}

static uint64_t hash_of(const char *text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return h;
}

static uint32_t *slot_of(const struct list_table *t, const char *text)
{
    uint64_t i = hash_of(text) & (t->n_slots - 1);
    while (t->slot[i] && strcmp(t->text[t->slot[i] - 1], text) != 0)
        i = (i + 1) & (t->n_slots - 1);
    return &t->slot[i];
}

static void table_grow(struct list_table *t)
{
    free(t->slot);
    t->n_slots = t->n_slots ? 2 * t->n_slots : 64;
    t->slot = mem_alloc(t->n_slots, sizeof *t->slot);
    for (uint32_t i = 0; i < t->n; i++)
        *slot_of(t, t->text[i]) = i + 1;
}

/* The number of a text; true: it is new. */
static bool table_put(struct list_table *t, const char *text, uint32_t *number)
{
    if (2 * t->n >= t->n_slots)
        table_grow(t);
    uint32_t *slot = slot_of(t, text);
    if (*slot) {
        *number = *slot - 1;
        return false;
    }
    if (t->n == t->cap) {
        t->cap = 2 * t->cap + 16;
        t->text = mem_grow(t->text, t->cap, sizeof *t->text);
    }
    *number = t->n;
    t->text[t->n++] = mem_text(text);
    *slot = t->n;
    return true;
}

uint32_t list_use(struct graph_list *l, const char *id, struct list_place at)
{
    uint32_t i, cap = l->ids.cap;
    if (!table_put(&l->ids, id, &i))
        return i;
    if (l->ids.cap != cap)
        l->node = mem_grow(l->node, l->ids.cap, sizeof *l->node);
    l->node[i] = (struct list_node){.id = l->ids.text[i], .at = at, .number = -1};
    return i;
}

int list_declare(struct graph_list *l, const char *id, struct list_place at, uint32_t *node,
                 struct sim_error *e)
{
    *node = list_use(l, id, at);
    struct list_node *n = &l->node[*node];
    if (n->number >= 0)
        return list_fail(l, at, e, "node \"%.60s\" is in line %zu already; remove one", id,
                         n->at.line);
    n->number = l->n_declared++;
    n->at = at;
    return SIM_OK;
}

int list_edge(struct graph_list *l, const struct list_edge *edge, struct sim_error *e)
{
    if (edge->end[0] == edge->end[1])
        return list_fail(l, edge->at, e, "%.60s is joined to itself; an edge needs two nodes",
                         l->node[edge->end[0]].id);
    if (l->n_edges == l->cap_edges) {
        l->cap_edges = 2 * l->cap_edges + 64;
        l->edge = mem_grow(l->edge, l->cap_edges, sizeof *l->edge);
    }
    l->edge[l->n_edges++] = *edge;
    return SIM_OK;
}

int list_number(const struct graph_list *l, struct list_edge *edge, enum list_value kind,
                const char *what, const char *text, struct sim_error *e)
{
    static const struct {
        double min, max;
        const char *unit;
    } range[] = {{1, UINT32_MAX, ""}, {1e3, 1e12, " bit/s"}, {0, 1e10, " ns"}};
    double unit = kind == LIST_RATE    ? (double)l->names->rate_unit_bps
                  : kind == LIST_DELAY ? (double)l->names->delay_unit_ns
                                       : 1;
    char *end = NULL;
    double v = strspn(text, "+-.0123456789eE") == strlen(text) ? strtod(text, &end) : 0;
    if (!end || end == text || *end)
        return list_fail(l, edge->at, e, "%.60s: \"%.60s\" is not a number", what, text);
    if (!(v * unit >= range[kind].min && v * unit <= range[kind].max))
        return list_fail(l, edge->at, e,
                         "%.60s: found %.60s, which is %.15g%s: must be %.15g to %.15g", what, text,
                         v * unit, range[kind].unit, range[kind].min, range[kind].max);
    if (kind == LIST_COST && v != floor(v))
        return list_fail(l, edge->at, e, "%.60s: \"%.60s\" is not a whole number", what, text);
    edge->value[kind] = (int64_t)floor(v * unit + 0.5);
    return SIM_OK;
}

/* Edges by their pair of nodes, whatever the direction; equal ones in the order of the file. */
struct pair {
    uint32_t a, b, edge;
};

static int compare_pairs(const void *x, const void *y)
{
    const struct pair *p = x, *q = y;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    if (p->b != q->b)
        return p->b < q->b ? -1 : 1;
    return p->edge < q->edge ? -1 : p->edge > q->edge;
}

static struct pair *sort_pairs(const struct graph_list *l)
{
    struct pair *p = mem_alloc(l->n_edges, sizeof *p);
    for (uint32_t i = 0; i < l->n_edges; i++) {
        uint32_t a = l->edge[i].end[0], b = l->edge[i].end[1];
        p[i] = (struct pair){a < b ? a : b, a < b ? b : a, i};
    }
    qsort(p, l->n_edges, sizeof *p, compare_pairs);
    return p;
}

static int merge(struct graph_list *l, const struct list_edge *there, struct list_edge *back,
                 struct sim_error *e)
{
    if (memcmp(there->value, back->value, sizeof there->value) != 0)
        return list_fail(l, back->at, e,
                         "%.60s and %.60s have other values than in the other direction, in line "
                         "%zu; a link has the same both ways",
                         l->node[back->end[0]].id, l->node[back->end[1]].id, there->at.line);
    back->left_out = true;
    return SIM_OK;
}

/* The k-th directed edge one way and the k-th back are one link. */
static int merge_directed(struct graph_list *l, const struct pair *p, uint32_t n,
                          struct sim_error *e)
{
    uint32_t at[2] = {0, 0};
    for (;;) {
        for (uint32_t way = 0; way < 2; way++)
            while (at[way] < n && !(l->edge[p[at[way]].edge].directed &&
                                    l->edge[p[at[way]].edge].end[way] == p->a))
                at[way]++;
        if (at[0] >= n || at[1] >= n)
            return SIM_OK;
        uint32_t first = at[0] < at[1] ? at[0] : at[1], last = at[0] < at[1] ? at[1] : at[0];
        if (merge(l, &l->edge[p[first].edge], &l->edge[p[last].edge], e))
            return SIM_ESCENARIO;
        at[0]++;
        at[1]++;
    }
}

/* n edges between the same two nodes. */
static int check_pair(struct graph_list *l, const struct pair *p, uint32_t n, struct sim_error *e)
{
    const struct list_edge *first = NULL;
    if (merge_directed(l, p, n, e))
        return SIM_ESCENARIO;
    if (l->names->parallel == IP_PARALLEL_ALL)
        return SIM_OK;
    for (uint32_t i = 0; i < n; i++) {
        struct list_edge *edge = &l->edge[p[i].edge];
        if (edge->left_out)
            continue;
        if (first && l->names->parallel == IP_PARALLEL_REFUSE)
            return list_fail(l, edge->at, e,
                             "%.60s and %.60s are joined in line %zu already; remove one, or say "
                             "parallel_edges: first or all",
                             l->node[edge->end[0]].id, l->node[edge->end[1]].id, first->at.line);
        edge->left_out = first != NULL;
        first = first ? first : edge;
    }
    return SIM_OK;
}

static int check_edges(struct graph_list *l, struct sim_error *e)
{
    struct pair *p = sort_pairs(l);
    int rc = SIM_OK;
    for (uint32_t i = 0, n; !rc && i < l->n_edges; i += n) {
        for (n = 1; i + n < l->n_edges && p[i + n].a == p[i].a && p[i + n].b == p[i].b;)
            n++;
        if (n > 1)
            rc = check_pair(l, &p[i], n, e);
    }
    free(p);
    return rc;
}

static int check_nodes(const struct graph_list *l, struct sim_error *e)
{
    for (uint32_t i = 0; i < l->ids.n; i++)
        if (l->node[i].number < 0)
            return list_fail(l, l->node[i].at, e,
                             "found \"%.60s\", which is no node; allowed the id of a node of this "
                             "file",
                             l->node[i].id);
    if (l->ids.n > MAX_NODES)
        return sim_error_set(e, SIM_ESCENARIO, "%s: more than %d nodes; use a smaller topology",
                             l->file, (int)MAX_NODES);
    return SIM_OK;
}

/* Names stand in lists with blanks and commas between. */
static char *word_of(const char *name)
{
    char *word = mem_text(name), *to = word;
    for (const char *p = name; *p; p++)
        if (!strchr(" ,\t\r\n", *p))
            *to++ = *p;
        else if (to == word || to[-1] != '_')
            *to++ = '_';
    *to = 0;
    return word;
}

static int take_names(const struct graph_list *l, struct ip_graph_file *f, struct sim_error *e)
{
    struct list_table used = {0};
    uint32_t *by_number = mem_alloc(l->ids.n, sizeof *by_number), same;
    int rc = SIM_OK;
    for (uint32_t i = 0; i < l->ids.n; i++)
        by_number[l->node[i].number] = i;
    f->name = mem_alloc(l->ids.n, sizeof *f->name);
    for (; f->n_nodes < l->ids.n && !rc; f->n_nodes++) {
        const struct list_node *n = &l->node[by_number[f->n_nodes]];
        f->name[f->n_nodes] = word_of(n->name ? n->name : n->id);
        if (!table_put(&used, f->name[f->n_nodes], &same))
            rc = list_fail(l, n->at, e,
                           "node \"%.60s\" is called \"%.60s\", as is \"%.60s\" in line %zu; give "
                           "each a name of its own%s",
                           n->id, f->name[f->n_nodes], l->node[by_number[same]].id,
                           l->node[by_number[same]].at.line,
                           l->names->node_name ? ", or leave node_name out" : "");
    }
    table_free(&used);
    free(by_number);
    return rc;
}

static void add_links(const struct graph_list *l, struct ip_graph *g, struct ip_graph_file *f)
{
    uint32_t first = ip_graph_nodes(g, l->ids.n);
    f->rate_bps = mem_alloc(l->n_edges, sizeof *f->rate_bps);
    f->delay_ns = mem_alloc(l->n_edges, sizeof *f->delay_ns);
    for (uint32_t i = 0; i < l->n_edges; i++) {
        const struct list_edge *edge = &l->edge[i];
        int64_t cost = edge->value[LIST_COST];
        uint32_t ends[2];
        if (edge->left_out)
            continue;
        for (int k = 0; k < 2; k++)
            ends[k] = first + (uint32_t)l->node[edge->end[k]].number;
        SIM_CHECK(ip_graph_link(g, ends, 2, cost < 0 ? l->names->default_cost : (uint32_t)cost) >=
                      0,
                  "edge of line %zu", edge->at.line);
        f->rate_bps[f->n_links] = edge->value[LIST_RATE];
        f->delay_ns[f->n_links++] = edge->value[LIST_DELAY];
    }
}

int list_join(struct graph_list *l, struct ip_graph *g, struct ip_graph_file *f,
              struct sim_error *e)
{
    if (l->n_edges == 0)
        return sim_error_set(e, SIM_ESCENARIO, "%s: there is no edge; a topology needs one",
                             l->file);
    if (check_nodes(l, e) || check_edges(l, e) || take_names(l, f, e))
        return SIM_ESCENARIO;
    add_links(l, g, f);
    return SIM_OK;
}
