/* SPDX-License-Identifier: GPL-2.0-only
 * YAML text to a tree of nodes with places, by libfyaml's events (YAML 1.2).
 *
 * Aliases are copied and merge keys (<<) applied while the tree is built, each copy counted, so
 * that aliases of aliases cannot fill the memory. Not taken from YAML: tags of one's own, several
 * documents, keys that are not scalars. */
#include "sim/scenario_internal.h"

#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "sim/mem.h"

struct anchor {
    char *name;
    struct node *node; /* NULL while it is being read */
};

struct builder {
    struct scn_ctx *c;
    struct fy_parser *parser;
    struct fy_diag *diag;
    int from;
    int line, column;         /* of the last event that had a place */
    int tab_line, tab_column; /* of the first tab in an indentation, or 0 */
    struct anchor *anchors;
    size_t n_anchors;
};

struct node *node_get(const struct node *map, const char *key)
{
    if (!map || map->type != NODE_MAP)
        return NULL;
    for (size_t i = 0; i + 1 < map->n; i += 2)
        if (strcmp(map->items[i]->text, key) == 0)
            return map->items[i + 1];
    return NULL;
}

struct node *node_new(struct scenario *s, enum node_type type, int from)
{
    struct node *n = scn_own(s, 1, sizeof *n);
    n->type = type;
    n->from = from;
    n->line = n->column = 1;
    return n;
}

void node_add(struct scenario *s, struct node *n, struct node *item)
{
    if (n->n == n->cap) {
        size_t cap = n->cap ? 2 * n->cap : 4;
        struct node **items = scn_own(s, cap, sizeof *items);
        if (n->n)
            memcpy(items, n->items, n->n * sizeof *items);
        n->items = items;
        n->cap = cap;
    }
    n->items[n->n++] = item;
}

bool node_is_null(const struct node *n)
{
    return n->type == NODE_SCALAR && n->plain &&
           (!*n->text || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0);
}

char *node_describe(const struct node *n, char *buf, size_t size)
{
    if (n->type == NODE_MAP)
        snprintf(buf, size, "a map");
    else if (n->type == NODE_LIST)
        snprintf(buf, size, "a list");
    else if (node_is_null(n))
        snprintf(buf, size, "nothing");
    else
        scn_quote(n->text, buf, size);
    return buf;
}

/* An error at the builder's last place. */
static int build_error(struct builder *b, const char *text)
{
    struct node at = {.from = b->from, .line = b->line, .column = b->column};
    return scn_error(b->c, &at, "%s", text);
}

static void note_place(struct builder *b, struct fy_token *t)
{
    const struct fy_mark *m = t ? fy_token_start_mark(t) : NULL;
    if (m) {
        b->line = m->line + 1;
        b->column = m->column + 1;
    }
}

/* What libfyaml said about the text, as one of our errors. */
static int syntax_error(struct builder *b)
{
    void *prev = NULL;
    if (b->tab_line) {
        struct node tab = {.from = b->from, .line = b->tab_line, .column = b->tab_column};
        return scn_error(b->c, &tab, "not valid YAML: found a tab in the indentation; use spaces");
    }
    struct fy_diag_error *d = fy_diag_errors_iterate(b->diag, &prev);
    if (!d || !d->msg)
        return build_error(b, "this is not valid YAML; look for indentation, quotes and colons");
    struct node at = {.from = b->from, .line = d->line > 0 ? d->line : 1, .column = 1};
    if (d->column > 0)
        at.column = d->column;
    char text[200];
    snprintf(text, sizeof text, "%s", d->msg);
    text[strcspn(text, "\n")] = 0;
    return scn_error(b->c, &at, "not valid YAML: %s; look at this place and the line before", text);
}

static struct node *new_node(struct builder *b, enum node_type type)
{
    struct scenario *s = b->c->s;
    if (s->n_nodes >= SCN_MAX_NODES) {
        build_error(
            b, "more than 1000000 values once aliases are resolved; use fewer aliases of aliases");
        return NULL;
    }
    s->n_nodes++;
    struct node *n = node_new(s, type, b->from);
    n->line = b->line;
    n->column = b->column;
    return n;
}

static int too_deep(struct builder *b)
{
    return build_error(b, "nested too deeply, allowed 60 levels; nothing in a scenario needs more");
}

static int copy_node(struct builder *b, const struct node *from, int depth, struct node **out)
{
    if (depth > SCN_MAX_DEPTH)
        return too_deep(b);
    struct node *n = new_node(b, from->type);
    if (!n)
        return SIM_ESCENARIO;
    n->plain = from->plain;
    n->line = from->line;
    n->column = from->column;
    n->text = from->text;
    for (size_t i = 0; i < from->n; i++) {
        struct node *item;
        int rc = copy_node(b, from->items[i], depth + 1, &item);
        if (rc)
            return rc;
        node_add(b->c->s, n, item);
    }
    *out = n;
    return SIM_OK;
}

static int build_alias(struct builder *b, struct fy_event *ev, int depth, struct node **out)
{
    note_place(b, ev->alias.anchor);
    b->column -= b->column > 1; /* the token begins behind the star */
    const char *name = fy_token_get_text0(ev->alias.anchor);
    for (size_t i = b->n_anchors; name && i-- > 0;) {
        if (strcmp(b->anchors[i].name, name) != 0)
            continue;
        if (!b->anchors[i].node)
            return build_error(b,
                               "an alias inside the value that it stands for; it would never end");
        return copy_node(b, b->anchors[i].node, depth, out);
    }
    char text[160], q[80];
    snprintf(text, sizeof text, "found alias %s, but no anchor of that name stands before it",
             scn_quote(name ? name : "", q, sizeof q));
    return build_error(b, text);
}

/* Remember a new anchor, still without its value. *index: of it, or n_anchors when t is NULL. */
static int anchor_open(struct builder *b, struct fy_token *t, size_t *index)
{
    *index = SIZE_MAX;
    const char *name = t ? fy_token_get_text0(t) : NULL;
    if (!name)
        return SIM_OK;
    if (b->n_anchors == SCN_MAX_ANCHORS)
        return build_error(b, "more than 10000 anchors; use fewer");
    if ((b->n_anchors & (b->n_anchors - 1)) == 0)
        b->anchors = mem_grow(b->anchors, b->n_anchors ? 2 * b->n_anchors : 1, sizeof *b->anchors);
    *index = b->n_anchors;
    b->anchors[b->n_anchors++] =
        (struct anchor){.name = scn_own_text(b->c->s, name, strlen(name)), .node = NULL};
    return SIM_OK;
}

/* YAML's own tags change nothing here, all others would be ignored silently. */
static int check_tag(struct builder *b, struct fy_token *tag)
{
    const char *text = tag ? fy_token_get_text0(tag) : NULL;
    if (!text || strncmp(text, "tag:yaml.org,2002:", 18) == 0 || strcmp(text, "!") == 0)
        return SIM_OK;
    note_place(b, tag);
    char message[160], q[80];
    snprintf(message, sizeof message, "found tag %s, allowed no tags; remove it",
             scn_quote(text, q, sizeof q));
    return build_error(b, message);
}

/* The text of a scalar, quotes and escapes resolved. Through the iterator, because
 * fy_token_get_text of libfyaml 0.7.12 leaks on lines with many escapes. *len: its bytes, zeros
 * included. */
static char *scalar_text(struct builder *b, struct fy_token *t, size_t *len)
{
    struct scn_buf text = {0};
    const struct fy_iter_chunk *chunk = NULL;
    struct fy_token_iter *iter = t ? fy_token_iter_create(t) : NULL;
    while (iter && (chunk = fy_token_iter_chunk_next(iter, chunk, NULL)) != NULL)
        scn_buf_add(&text, chunk->str, chunk->len);
    fy_token_iter_destroy(iter);
    char *own = scn_own_text(b->c->s, text.p, text.len);
    *len = text.len;
    free(text.p);
    return own;
}

static int build_scalar(struct builder *b, struct fy_event *ev, struct node **out)
{
    struct fy_token *t = ev->scalar.value;
    note_place(b, t);
    struct node *n = new_node(b, NODE_SCALAR);
    if (!n)
        return SIM_ESCENARIO;
    size_t len;
    n->text = scalar_text(b, t, &len);
    enum fy_scalar_style style = t ? fy_token_scalar_style(t) : FYSS_PLAIN;
    n->plain = style == FYSS_PLAIN;
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
        n->column -= n->column > 1; /* the token begins behind the quote */
    if (memchr(n->text, 0, len))
        return scn_error(b->c, n, "found a zero character in a text; remove it");
    *out = n;
    return SIM_OK;
}

static int build_any(struct builder *b, struct fy_event *ev, int depth, struct node **out);

/* The next value of a list or map; *out = NULL at its end. */
static int build_next(struct builder *b, int depth, struct node **out)
{
    *out = NULL;
    struct fy_event *ev = fy_parser_parse(b->parser);
    if (!ev)
        return syntax_error(b);
    int rc = SIM_OK;
    if (ev->type != FYET_SEQUENCE_END && ev->type != FYET_MAPPING_END)
        rc = build_any(b, ev, depth, out);
    fy_parser_event_free(b->parser, ev);
    return rc;
}

/* Is this key new in the map? Both places are told when it is not. */
static int check_key(struct builder *b, const struct node *map, const struct node *key)
{
    if (key->type != NODE_SCALAR || node_is_null(key)) {
        char q[80];
        return scn_error(b->c, key, "found %s as a key, allowed a word; write \"key: value\"",
                         node_describe(key, q, sizeof q));
    }
    if (map->n >= (size_t)2 * SCN_MAX_KEYS)
        return scn_error(b->c, key, "more than 1000 keys in one map; no section has so many");
    for (size_t i = 0; i < map->n; i += 2) {
        const struct node *first = map->items[i];
        if (strcmp(first->text, key->text) == 0) {
            char q[80], place[SCN_MAX_PATH];
            return scn_error(b->c, key, "found key %s twice, first at %s; remove one of them",
                             scn_quote(key->text, q, sizeof q),
                             scn_place(b->c->s, first, place, sizeof place));
        }
    }
    return SIM_OK;
}

/* Add the keys of a merged map that are not there yet. */
static int merge_map(struct builder *b, struct node *map, const struct node *more)
{
    if (more->type != NODE_MAP)
        return scn_error(b->c, more,
                         "found << with something that is no map; write \"<<: *anchor\" of a map");
    for (size_t i = 0; i < more->n; i += 2) {
        if (node_get(map, more->items[i]->text))
            continue;
        if (map->n >= (size_t)2 * SCN_MAX_KEYS)
            return scn_error(b->c, more, "more than 1000 keys in one map; no section has so many");
        node_add(b->c->s, map, more->items[i]);
        node_add(b->c->s, map, more->items[i + 1]);
    }
    return SIM_OK;
}

/* Replace the key << by what it stands for: a map, or a list of maps of which earlier ones win. */
static int merge_apply(struct builder *b, struct node *map)
{
    struct node *more = NULL;
    for (size_t i = 0; i < map->n && !more; i += 2) {
        if (!map->items[i]->plain || strcmp(map->items[i]->text, "<<") != 0)
            continue;
        more = map->items[i + 1];
        memmove(map->items + i, map->items + i + 2, (map->n - i - 2) * sizeof *map->items);
        map->n -= 2;
    }
    if (!more)
        return SIM_OK;
    if (more->type != NODE_LIST)
        return merge_map(b, map, more);
    for (size_t i = 0; i < more->n; i++) {
        int rc = merge_map(b, map, more->items[i]);
        if (rc)
            return rc;
    }
    return SIM_OK;
}

static int build_map(struct builder *b, struct node *map, int depth)
{
    for (;;) {
        struct node *key, *value;
        int rc = build_next(b, depth + 1, &key);
        if (rc)
            return rc;
        if (!key)
            return merge_apply(b, map);
        rc = check_key(b, map, key);
        if (rc)
            return rc;
        rc = build_next(b, depth + 1, &value);
        if (rc)
            return rc;
        if (!value)
            return build_error(b, "a key without value; write \"key: value\"");
        node_add(b->c->s, map, key);
        node_add(b->c->s, map, value);
    }
}

static int build_list(struct builder *b, struct node *list, int depth)
{
    for (;;) {
        struct node *item;
        int rc = build_next(b, depth + 1, &item);
        if (rc || !item)
            return rc;
        node_add(b->c->s, list, item);
    }
}

static int build_collection(struct builder *b, struct fy_event *ev, int depth, struct node **out)
{
    bool map = ev->type == FYET_MAPPING_START;
    note_place(b, map ? ev->mapping_start.mapping_start : ev->sequence_start.sequence_start);
    if (depth >= SCN_MAX_DEPTH)
        return too_deep(b);
    struct node *n = new_node(b, map ? NODE_MAP : NODE_LIST);
    if (!n)
        return SIM_ESCENARIO;
    *out = n;
    return map ? build_map(b, n, depth) : build_list(b, n, depth);
}

static int build_any(struct builder *b, struct fy_event *ev, int depth, struct node **out)
{
    struct fy_token *tag = NULL, *anchor = NULL;
    if (ev->type == FYET_ALIAS)
        return build_alias(b, ev, depth, out);
    if (ev->type == FYET_SCALAR) {
        tag = ev->scalar.tag;
        anchor = ev->scalar.anchor;
    } else if (ev->type == FYET_MAPPING_START) {
        tag = ev->mapping_start.tag;
        anchor = ev->mapping_start.anchor;
    } else if (ev->type == FYET_SEQUENCE_START) {
        tag = ev->sequence_start.tag;
        anchor = ev->sequence_start.anchor;
    } else {
        return build_error(b, "this is not valid YAML: a value is missing here");
    }
    size_t index;
    int rc = check_tag(b, tag);
    if (!rc)
        rc = anchor_open(b, anchor, &index);
    if (!rc)
        rc = ev->type == FYET_SCALAR ? build_scalar(b, ev, out)
                                     : build_collection(b, ev, depth, out);
    if (!rc && index != SIZE_MAX)
        b->anchors[index].node = *out;
    return rc;
}

/* Events up to the document's value, the value, and nothing behind. */
static int build_document(struct builder *b, struct node **out)
{
    bool done = false;
    *out = NULL;
    for (;;) {
        struct fy_event *ev = fy_parser_parse(b->parser);
        if (!ev)
            return syntax_error(b);
        enum fy_event_type type = ev->type;
        int rc = SIM_OK;
        if (type == FYET_DOCUMENT_START && done) {
            note_place(b, ev->document_start.document_start);
            rc = build_error(b,
                             "a second document (---), allowed one; put it into a file of its own");
        } else if (type != FYET_STREAM_START && type != FYET_DOCUMENT_START &&
                   type != FYET_DOCUMENT_END && type != FYET_STREAM_END) {
            rc = build_any(b, ev, 0, out);
            done = true;
        }
        fy_parser_event_free(b->parser, ev);
        if (rc || type == FYET_STREAM_END)
            return rc;
    }
}

/* Length of the UTF-8 character at p, or 0. Source: Unicode 15, table 3-7. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xc2 && p[0] < 0xe0   ? 2
               : (p[0] & 0xf0) == 0xe0       ? 3
               : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                             : 0;
    if (!n || left < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool outside = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
    return overlong || outside ? 0 : n;
}

/* A scenario is UTF-8 text; what is not is told with its place before YAML looks at it. */
static int check_bytes(struct builder *b, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    bool indent = true;
    b->line = b->column = 1;
    for (size_t i = 0; i < len;) {
        size_t n = p[i] ? utf8_len(p + i, len - i) : 0;
        if (!n)
            return build_error(b, p[i] ? "found a byte that is not UTF-8; save the file as UTF-8"
                                       : "found a zero byte; a scenario is a text file");
        if (p[i] == '\t' && indent && !b->tab_line) {
            b->tab_line = b->line;
            b->tab_column = b->column;
        }
        indent = p[i] == '\n' || (indent && p[i] == ' ');
        b->column++;
        if (p[i] == '\n') {
            b->line++;
            b->column = 1;
        }
        i += n;
    }
    b->line = b->column = 1;
    return SIM_OK;
}

/* libfyaml's messages are collected, never printed. */
static void diag_silent(struct fy_diag *diag, void *user, const char *buf, size_t len)
{
    (void)diag;
    (void)user;
    (void)buf;
    (void)len;
}

static int parse_all(struct builder *b, const char *text, size_t len, struct node **out)
{
    struct fy_diag_cfg dc;
    fy_diag_cfg_default(&dc);
    dc.fp = NULL;
    dc.output_fn = diag_silent;
    dc.colorize = false;
    b->diag = fy_diag_create(&dc);
    if (!b->diag)
        return build_error(b, "the YAML reader could not start (out of memory?)");
    fy_diag_set_collect_errors(b->diag, true);
    struct fy_parse_cfg pc = {.flags = FYPCF_DEFAULT_PARSE, .diag = b->diag};
    b->parser = fy_parser_create(&pc);
    int rc = SIM_ESCENARIO;
    if (!b->parser || fy_parser_set_string(b->parser, text, len))
        build_error(b, "the YAML reader could not start (out of memory?)");
    else
        rc = build_document(b, out);
    if (b->parser)
        fy_parser_destroy(b->parser);
    fy_diag_destroy(b->diag);
    return rc;
}

int scn_yaml_read(struct scn_ctx *c, const char *text, size_t len, int from, struct node **out)
{
    struct builder b = {.c = c, .from = from, .line = 1, .column = 1};
    *out = NULL;
    if (len > SCN_MAX_BYTES)
        return build_error(&b, "the file is larger than 64 MiB; put long lists into CSV files");
    int rc = check_bytes(&b, text, len);
    if (!rc && len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3; /* the byte order mark that some editors write */
        len -= 3;
    }
    if (!rc && len)
        rc = parse_all(&b, text, len, out);
    free(b.anchors);
    return rc;
}
