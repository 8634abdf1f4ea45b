/* SPDX-License-Identifier: GPL-2.0-only
 * Topologies in GraphML, read with expat.
 *
 *   graphml
 *     key id for attr.name            what data stands for
 *       default                       its value where there is no data
 *     graph edgedefault
 *       node id
 *         data key                    text, perhaps with elements of others around it (yEd)
 *       edge source target directed
 *         data key
 *
 * Elements of other namespaces and what is not in this drawing are skipped with all that is in
 * them, except for what would change the topology: hyperedges, graphs in nodes, a second graph. */
#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/ip/graph_list.h"
#include "sim/mem.h"

enum { MAX_TEXT = 65536, MAX_DEPTH = 200 };
static const char NAMESPACE_END = '\x1f';

enum place_in { AT_TOP, IN_GRAPHML, IN_KEY, IN_DEFAULT, IN_GRAPH, IN_NODE, IN_EDGE, IN_DATA };

/* The values of edges, and the names of nodes. */
enum { WANTED_NAME = LIST_VALUES, N_WANTED };

struct wanted {
    const char *what;  /* an attribute's name, or a key's id; NULL: nothing */
    bool must;         /* the file must have it */
    char *id, *preset; /* the key that was found; its default */
    size_t line;       /* of the key */
};

struct reader {
    XML_Parser xml;
    struct graph_list *list;
    struct sim_error *e;
    int rc;
    enum place_in in;
    unsigned skip, depth; /* open elements that do not count; all open elements */
    char *ns;             /* the namespace of graphml, with its end; "" */
    bool seen_graph, directed;
    uint32_t node; /* in which we are */
    struct list_edge edge;
    bool has[N_WANTED]; /* values that the node or edge has got */
    struct wanted wanted[N_WANTED];
    int collect; /* index in wanted of the text that is read; -1: none */
    int key;     /* of the key that is read */
    char *text;
    size_t len, cap;
};

static struct list_place place(const struct reader *r)
{
    return (struct list_place){XML_GetCurrentLineNumber(r->xml),
                               XML_GetCurrentColumnNumber(r->xml) + 1};
}

/* After list_fail and the like: read no further. */
static void stop(struct reader *r, int rc)
{
    r->rc = rc;
    if (rc)
        XML_StopParser(r->xml, XML_FALSE);
}

#define FAIL(r, ...) stop((r), list_fail((r)->list, place(r), (r)->e, __VA_ARGS__))

static const char *attribute(const char **list, const char *name)
{
    for (; *list; list += 2)
        if (strcmp(*list, name) == 0)
            return list[1];
    return NULL;
}

/* The same for one that must be there. */
static const char *need(struct reader *r, const char **list, const char *name)
{
    const char *value = attribute(list, name);
    if (!value || !*value) {
        FAIL(r, "%s: found nothing; write the id of a node", name);
        return NULL;
    }
    return value;
}

/* The name of an element without its namespace; NULL: it is in another one. */
static const char *local_name(const struct reader *r, const char *name)
{
    size_t len = r->ns ? strlen(r->ns) : 0;
    if (!r->ns) {
        const char *end = strchr(name, NAMESPACE_END);
        return end ? end + 1 : name;
    }
    return strncmp(name, r->ns, len) == 0 && !strchr(name + len, NAMESPACE_END) ? name + len : NULL;
}

static void start_top(struct reader *r, const char *element, const char *name)
{
    if (strcmp(name, "graphml") != 0) {
        FAIL(r, "found <%.60s>; a GraphML file begins with <graphml>", name);
        return;
    }
    r->ns = mem_text(element);
    r->ns[name - element] = 0;
    r->in = IN_GRAPHML;
}

/* Which value of nodes or edges a key stands for, or -1. */
static int wanted_by(const struct reader *r, const char *id, const char *name, const char *of)
{
    bool all = !of || strcmp(of, "all") == 0;
    for (int i = 0; i < N_WANTED; i++) {
        const char *what = r->wanted[i].what;
        const char *element = i == WANTED_NAME ? "node" : "edge";
        if (what && (all || strcmp(of, element) == 0) &&
            (strcmp(what, id) == 0 || (name && strcmp(what, name) == 0)))
            return i;
    }
    return -1;
}

static void start_key(struct reader *r, const char **attributes)
{
    const char *id = attribute(attributes, "id"), *name = attribute(attributes, "attr.name");
    r->in = IN_KEY;
    r->key = id ? wanted_by(r, id, name, attribute(attributes, "for")) : -1;
    if (r->key < 0)
        return;
    struct wanted *w = &r->wanted[r->key];
    if (w->id) {
        FAIL(r, "\"%.60s\" is in line %zu already; name the one that is meant by its id", w->what,
             w->line);
        return;
    }
    w->id = mem_text(id);
    w->line = place(r).line;
}

static void start_graph(struct reader *r, const char **attributes)
{
    const char *way = attribute(attributes, "edgedefault");
    if (r->seen_graph) {
        FAIL(r, "found a second graph; keep one in the file");
        return;
    }
    r->seen_graph = true;
    r->directed = way && strcmp(way, "directed") == 0;
    r->in = IN_GRAPH;
    for (int i = 0; i < N_WANTED; i++)
        if (r->wanted[i].must && !r->wanted[i].id) {
            FAIL(r, "no key of %s is called \"%.60s\"; name an attr.name or an id of the file",
                 i == WANTED_NAME ? "nodes" : "edges", r->wanted[i].what);
            return;
        }
}

static void start_node(struct reader *r, const char **attributes)
{
    const char *id = need(r, attributes, "id");
    if (!id)
        return;
    r->in = IN_NODE;
    r->has[WANTED_NAME] = false;
    stop(r, list_declare(r->list, id, place(r), &r->node, r->e));
}

static void start_edge(struct reader *r, const char **attributes)
{
    const char *source = need(r, attributes, "source");
    const char *target = source ? need(r, attributes, "target") : NULL;
    const char *directed = attribute(attributes, "directed");
    if (!target)
        return;
    r->in = IN_EDGE;
    r->edge = (struct list_edge){.value = {-1, -1, -1}, .at = place(r)};
    r->edge.directed = directed ? strcmp(directed, "true") == 0 : r->directed;
    r->edge.end[0] = list_use(r->list, source, r->edge.at);
    r->edge.end[1] = list_use(r->list, target, r->edge.at);
    for (int i = 0; i < LIST_VALUES; i++)
        r->has[i] = false;
}

static void start_in_graph(struct reader *r, const char *name, const char **attributes)
{
    if (strcmp(name, "node") == 0)
        start_node(r, attributes);
    else if (strcmp(name, "edge") == 0)
        start_edge(r, attributes);
    else if (strcmp(name, "hyperedge") == 0)
        FAIL(r, "found a hyperedge, allowed edges of two nodes; leave it out and write it under "
                "links, kind: csma");
    else
        r->skip = 1;
}

static void start_data(struct reader *r, const char **attributes)
{
    const char *key = attribute(attributes, "key");
    int from = r->in == IN_NODE ? WANTED_NAME : 0, to = r->in == IN_NODE ? N_WANTED : WANTED_NAME;
    r->collect = -1;
    for (int i = from; key && i < to; i++)
        if (r->wanted[i].id && strcmp(r->wanted[i].id, key) == 0)
            r->collect = i;
    r->len = 0;
    r->in = IN_DATA;
}

static void start_in_item(struct reader *r, const char *name, const char **attributes)
{
    if (strcmp(name, "data") == 0)
        start_data(r, attributes);
    else if (strcmp(name, "graph") == 0)
        FAIL(r, "found a graph within a node or edge, allowed one graph; ungroup it");
    else
        r->skip = 1;
}

static void start_counted(struct reader *r, const char *element, const char *name,
                          const char **attributes)
{
    switch (r->in) {
    case AT_TOP:
        start_top(r, element, name);
        break;
    case IN_GRAPHML:
        if (strcmp(name, "key") == 0)
            start_key(r, attributes);
        else if (strcmp(name, "graph") == 0)
            start_graph(r, attributes);
        else
            r->skip = 1;
        break;
    case IN_KEY:
        if (strcmp(name, "default") == 0) {
            r->collect = r->key;
            r->len = 0;
            r->in = IN_DEFAULT;
        } else {
            r->skip = 1;
        }
        break;
    case IN_GRAPH:
        start_in_graph(r, name, attributes);
        break;
    case IN_NODE:
    case IN_EDGE:
        start_in_item(r, name, attributes);
        break;
    default: /* elements around a text */
        r->skip = 1;
    }
}

static void XMLCALL on_start(void *ctx, const char *element, const char **attributes)
{
    struct reader *r = ctx;
    const char *name;
    if (r->rc)
        return;
    if (++r->depth > MAX_DEPTH)
        FAIL(r, "more than %d elements within one another", (int)MAX_DEPTH);
    else if (r->skip)
        r->skip++;
    else if (!(name = local_name(r, element)))
        r->skip = 1;
    else
        start_counted(r, element, name, attributes);
}

/* The text that was read, without the blanks around it. */
static const char *text_of(struct reader *r)
{
    char *p = r->text;
    if (r->len == 0)
        return "";
    p[r->len] = 0;
    p += strspn(p, " \t\r\n");
    for (size_t len = strlen(p); len > 0 && strchr(" \t\r\n", p[len - 1]); len--)
        p[len - 1] = 0;
    return p;
}

/* An edge or a node has a value. */
static void take(struct reader *r, int i, const char *text)
{
    if (!*text)
        return;
    if (r->has[i]) {
        FAIL(r, "a second value of \"%.60s\"; leave one out", r->wanted[i].what);
        return;
    }
    r->has[i] = true;
    if (i == WANTED_NAME)
        r->list->node[r->node].name = mem_text(text);
    else
        stop(r, list_number(r->list, &r->edge, (enum list_value)i, r->wanted[i].what, text, r->e));
}

/* Defaults of keys for what had no data. */
static void take_presets(struct reader *r, int from, int to)
{
    for (int i = from; i < to && !r->rc; i++)
        if (!r->has[i] && r->wanted[i].preset)
            take(r, i, r->wanted[i].preset);
}

static void end_text(struct reader *r)
{
    int i = r->collect;
    r->collect = -1;
    if (i < 0)
        return;
    if (r->in == IN_DATA) {
        take(r, i, text_of(r));
    } else {
        free(r->wanted[i].preset);
        r->wanted[i].preset = mem_text(text_of(r));
    }
}

static void XMLCALL on_end(void *ctx, const char *element)
{
    struct reader *r = ctx;
    (void)element;
    if (r->rc)
        return;
    r->depth--;
    if (r->skip) {
        r->skip--;
        return;
    }
    switch (r->in) {
    case IN_DATA:
        end_text(r);
        r->in = r->edge.at.line ? IN_EDGE : IN_NODE;
        break;
    case IN_DEFAULT:
        end_text(r);
        r->in = IN_KEY;
        break;
    case IN_NODE:
        take_presets(r, WANTED_NAME, N_WANTED);
        r->in = IN_GRAPH;
        break;
    case IN_EDGE:
        take_presets(r, 0, LIST_VALUES);
        if (!r->rc)
            stop(r, list_edge(r->list, &r->edge, r->e));
        r->edge.at.line = 0;
        r->in = IN_GRAPH;
        break;
    case IN_KEY:
    case IN_GRAPH:
        r->in = IN_GRAPHML;
        break;
    default:
        r->in = AT_TOP;
    }
}

static void XMLCALL on_text(void *ctx, const char *text, int len)
{
    struct reader *r = ctx;
    if (r->rc || r->collect < 0)
        return;
    if (r->len + (size_t)len > MAX_TEXT) {
        FAIL(r, "a value of more than %d octets", (int)MAX_TEXT);
        return;
    }
    if (r->len + (size_t)len + 1 > r->cap) {
        r->cap = 2 * (r->len + (size_t)len) + 64;
        r->text = mem_grow(r->text, r->cap, 1);
    }
    memcpy(r->text + r->len, text, (size_t)len);
    r->len += (size_t)len;
}

static void XMLCALL on_doctype(void *ctx, const char *name, const char *system_id,
                               const char *public_id, int internal)
{
    struct reader *r = ctx;
    (void)system_id, (void)public_id, (void)internal;
    if (!r->rc)
        FAIL(r, "found <!DOCTYPE %.60s>, which could define entities; remove it", name);
}

static void open_reader(struct reader *r, struct graph_list *list, struct sim_error *e)
{
    const struct ip_graph_names *n = list->names;
    *r = (struct reader){.list = list, .e = e, .collect = -1};
    r->wanted[LIST_COST] = (struct wanted){.what = n->cost ? n->cost : "cost", .must = n->cost};
    r->wanted[LIST_RATE] = (struct wanted){.what = n->rate, .must = n->rate};
    r->wanted[LIST_DELAY] = (struct wanted){.what = n->delay, .must = n->delay};
    r->wanted[WANTED_NAME] = (struct wanted){.what = n->node_name, .must = n->node_name};
    r->xml = XML_ParserCreateNS(NULL, NAMESPACE_END);
    SIM_CHECK(r->xml, "no memory for %s", list->file);
    XML_SetUserData(r->xml, r);
    XML_SetElementHandler(r->xml, on_start, on_end);
    XML_SetCharacterDataHandler(r->xml, on_text);
    XML_SetStartDoctypeDeclHandler(r->xml, on_doctype);
}

static void close_reader(struct reader *r)
{
    XML_ParserFree(r->xml);
    for (int i = 0; i < N_WANTED; i++) {
        free(r->wanted[i].id);
        free(r->wanted[i].preset);
    }
    free(r->ns);
    free(r->text);
}

/* Some more of the file; last: there is no more. */
static void feed(struct reader *r, const char *text, size_t len, bool last)
{
    if (r->rc || XML_Parse(r->xml, text, (int)len, last) != XML_STATUS_ERROR || r->rc)
        return;
    r->rc = list_fail(r->list, place(r), r->e, "not well-formed XML: %s",
                      XML_ErrorString(XML_GetErrorCode(r->xml)));
}

static int finish(struct reader *r, struct ip_graph *g, struct ip_graph_file *f)
{
    if (!r->rc && !r->seen_graph)
        r->rc = list_fail(r->list, place(r), r->e, "there is no graph");
    return r->rc ? r->rc : list_join(r->list, g, f, r->e);
}

int ip_graph_graphml_text(struct ip_graph *g, const char *file, const char *text, size_t len,
                          const struct ip_graph_names *names, struct ip_graph_file *f,
                          struct sim_error *e)
{
    struct graph_list list;
    struct reader r;
    *f = (struct ip_graph_file){0};
    list_init(&list, file, names);
    open_reader(&r, &list, e);
    feed(&r, text, len, true);
    int rc = finish(&r, g, f);
    close_reader(&r);
    list_free(&list);
    return rc;
}

int ip_graph_graphml(struct ip_graph *g, const char *path, const struct ip_graph_names *names,
                     struct ip_graph_file *f, struct sim_error *e)
{
    FILE *in = fopen(path, "rb");
    struct graph_list list;
    struct reader r;
    char buf[65536];
    size_t n;
    *f = (struct ip_graph_file){0};
    if (!in)
        return sim_error_set(e, SIM_ESCENARIO, "%s: cannot be opened: %s", path, strerror(errno));
    list_init(&list, path, names);
    open_reader(&r, &list, e);
    while (!r.rc && (n = fread(buf, 1, sizeof buf, in)) > 0)
        feed(&r, buf, n, false);
    if (!r.rc && ferror(in))
        r.rc = sim_error_set(e, SIM_ESCENARIO, "%s: cannot be read: %s", path, strerror(errno));
    feed(&r, NULL, 0, true);
    int rc = finish(&r, g, f);
    fclose(in);
    close_reader(&r);
    list_free(&list);
    return rc;
}
