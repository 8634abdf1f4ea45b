/* SPDX-License-Identifier: GPL-2.0-only
 * Scenario files: getting the text, and filling structs from the tree by the tables. Written values
 * and defaults take the same way. */
#include "sim/scenario.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/mem.h"
#include "sim/scenario_internal.h"

/* A map that must have been written, or a section that was left out altogether. */
struct section_at {
    const struct scn_section *sec;
    const struct node *node; /* NULL: left out */
};

static int fill_section(struct scn_ctx *c, struct section_at at, char *base);

const struct scn_key *scn_key_find(const struct scn_section *sec, const char *name)
{
    for (const struct scn_key *k = sec->keys; k->name; k++)
        if (strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

size_t scn_key_size(const struct scn_key *k)
{
    switch (k->kind) {
    case SCN_BOOL:
        return sizeof(bool);
    case SCN_REAL:
        return sizeof(double);
    case SCN_ENUM:
        return sizeof(int);
    case SCN_TEXT:
    case SCN_FILE:
        return sizeof(char *);
    case SCN_HEX:
        return k->len;
    case SCN_DIST:
        return sizeof(struct scn_dist);
    case SCN_SECTION:
        return k->sub->size;
    case SCN_LIST:
    case SCN_VALUES:
    case SCN_MATRIX:
        return sizeof(struct scn_list);
    default:
        return sizeof(int64_t);
    }
}

bool scn_has_required(const struct scn_section *sec)
{
    for (const struct scn_key *k = sec->keys; k->name; k++)
        if (k->required)
            return true;
    return false;
}

int scn_unknown_key(struct scn_ctx *c, const struct node *at, const struct scn_section *sec,
                    const char *name)
{
    char q[80], list[700];
    const char *names[SCN_MAX_KEYS];
    size_t n = 0, len = 0;
    for (const struct scn_key *k = sec->keys; k->name && n < SCN_MAX_KEYS; k++)
        names[n++] = k->name;
    scn_quote(name, q, sizeof q);
    const char *near = scn_did_you_mean(name, names, n);
    if (near)
        return scn_error(c, at, "found unknown key %s; did you mean \"%s\"?", q, near);
    if (strchr(name, ')'))
        return scn_error(c, at,
                         "found unknown key %s; a value with a comma, as uniform(1s, 2s), needs "
                         "quotes inside { }",
                         q);
    list[0] = 0;
    for (size_t i = 0; i < n && len < sizeof list - 1; i++) {
        int w = snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", names[i]);
        len += (size_t)w;
    }
    return scn_error(c, at, "found unknown key %s, allowed %s; use one of these or remove it", q,
                     list);
}

int scn_want_map(struct scn_ctx *c, const struct node *n)
{
    char q[100];
    if (n->type == NODE_MAP)
        return SIM_OK;
    return scn_error(c, n, "found %s, allowed a map of keys; %s", node_describe(n, q, sizeof q),
                     node_is_null(n)        ? "write its keys below it, or remove it"
                     : n->type == NODE_LIST ? "remove the \"- \" before its keys"
                                            : "write \"key: value\" lines below it");
}

int scn_want_list(struct scn_ctx *c, const struct node *n)
{
    char q[100];
    if (n->type == NODE_LIST)
        return SIM_OK;
    return scn_error(c, n, "found %s, allowed a list; %s", node_describe(n, q, sizeof q),
                     n->type == NODE_MAP ? "write \"- \" before the first key of each item"
                     : node_is_null(n) ? "write its items below it, each after \"- \", or remove it"
                                       : "write each item on a line after \"- \"");
}

static int check_keys(struct scn_ctx *c, struct section_at at)
{
    int rc = scn_want_map(c, at.node);
    for (size_t i = 0; !rc && i < at.node->n; i += 2) {
        const struct node *key = at.node->items[i];
        if (scn_key_find(at.sec, key->text))
            continue;
        size_t back = scn_path_push(&c->path, key->text);
        rc = scn_unknown_key(c, key, at.sec, key->text);
        scn_path_pop(&c->path, back);
    }
    return rc;
}

/* A default as a node: YAML in brackets for lists, else one scalar. */
static int default_node(struct scn_ctx *c, const struct scn_key *k, const struct node **out)
{
    bool list = k->kind == SCN_VALUES || k->kind == SCN_MATRIX || k->kind == SCN_LIST;
    struct node *n = NULL;
    if (list && *k->def == '[') {
        SIM_CHECK(k->kind != SCN_LIST || strcmp(k->def, "[]") == 0,
                  "key %s: the default of a list can only be []", k->name);
        size_t n_nodes = c->s->n_nodes;
        int rc = scn_yaml_read(c, k->def, strlen(k->def), SCN_FROM_DEFAULT, &n);
        c->s->n_nodes = n_nodes; /* the limit is for what was written */
        *out = n;
        return rc;
    }
    n = node_new(c->s, NODE_SCALAR, SCN_FROM_DEFAULT);
    n->text = scn_own_text(c->s, k->def, strlen(k->def));
    *out = n;
    return SIM_OK;
}

static int fill_values(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                       struct scn_list *list)
{
    bool many = n->type == NODE_LIST;
    size_t count = many ? n->n : 1;
    int64_t *v = scn_own(c->s, count, sizeof *v);
    for (size_t i = 0; i < count; i++) {
        size_t back = many ? scn_path_push_index(&c->path, i) : c->path.len;
        int rc = scn_element_read(c, k, many ? n->items[i] : n, &v[i]);
        scn_path_pop(&c->path, back);
        if (rc)
            return rc;
    }
    *list = (struct scn_list){.items = v, .n = count};
    return SIM_OK;
}

/* Rows of values; a single value or a plain list of values is one row. */
static int fill_matrix(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                       struct scn_list *list)
{
    bool rows = n->type == NODE_LIST && n->n && n->items[0]->type == NODE_LIST;
    size_t count = rows ? n->n : n->type == NODE_LIST && !n->n ? 0 : 1;
    struct scn_list *row = scn_own(c->s, count, sizeof *row);
    for (size_t i = 0; i < count; i++) {
        size_t back = rows ? scn_path_push_index(&c->path, i) : c->path.len;
        int rc = rows ? scn_want_list(c, n->items[i]) : SIM_OK;
        if (!rc)
            rc = fill_values(c, k, rows ? n->items[i] : n, &row[i]);
        scn_path_pop(&c->path, back);
        if (rc)
            return rc;
    }
    *list = (struct scn_list){.items = row, .n = count};
    return SIM_OK;
}

struct named_item {
    const struct node *name;
    size_t i;
};

static int compare_names(const void *a, const void *b)
{
    const struct named_item *x = a, *y = b;
    int order = strcmp(x->name->text, y->name->text);
    return order ? order : x->i < y->i ? -1 : x->i > y->i;
}

/* No two items of a named list may have the same name; of several pairs the first in the file is
 * told. */
static int check_names(struct scn_ctx *c, const struct scn_section *sub, const struct node *n)
{
    struct named_item *all = mem_alloc(n->n, sizeof *all);
    const struct named_item *again = NULL;
    size_t count = 0;
    int rc = SIM_OK;
    for (size_t i = 0; i < n->n; i++) {
        const struct node *name = node_get(n->items[i], sub->named);
        if (name && name->type == NODE_SCALAR)
            all[count++] = (struct named_item){.name = name, .i = i};
    }
    qsort(all, count, sizeof *all, compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(all[i - 1].name->text, all[i].name->text) == 0 &&
            (!again || all[i].i < again->i))
            again = &all[i];
    if (again) {
        char q[80], place[SCN_MAX_PATH];
        size_t back = scn_path_push_index(&c->path, again->i);
        scn_path_push(&c->path, sub->named);
        rc = scn_error(c, again->name,
                       "found %s again, first at %s; give each item a name of its own",
                       scn_quote(again->name->text, q, sizeof q),
                       scn_place(c->s, again[-1].name, place, sizeof place));
        scn_path_pop(&c->path, back);
    }
    free(all);
    return rc;
}

static int check_count(struct scn_ctx *c, const struct scn_key *k, const struct node *n)
{
    int64_t count = (int64_t)n->n;
    if ((!k->min || count >= scn_bound(k, k->min)) && (!k->max || count <= scn_bound(k, k->max)))
        return SIM_OK;
    return scn_error(c, n, "found %" PRId64 " items, allowed %s..%s; %s", count,
                     k->min ? k->min : "0", k->max ? k->max : "any number",
                     k->min && count < scn_bound(k, k->min) ? "add items" : "remove items");
}

static int fill_list(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                     struct scn_list *list)
{
    int rc = scn_want_list(c, n);
    if (!rc)
        rc = check_count(c, k, n);
    if (rc)
        return rc;
    char *items = scn_own(c->s, n->n, k->sub->size);
    for (size_t i = 0; !rc && i < n->n; i++) {
        size_t back = scn_path_push_item(&c->path, k->sub, n->items[i], i);
        rc = fill_section(c, (struct section_at){k->sub, n->items[i]}, items + i * k->sub->size);
        scn_path_pop(&c->path, back);
    }
    if (!rc && k->sub->named)
        rc = check_names(c, k->sub, n);
    if (rc)
        return rc;
    *list = (struct scn_list){.items = items, .n = n->n};
    return SIM_OK;
}

static int fill_key(struct scn_ctx *c, const struct scn_key *k, const struct node *n, char *field)
{
    if (k->kind == SCN_SECTION)
        return fill_section(c, (struct section_at){k->sub, n}, field);
    if (!n && !k->def)
        return SIM_OK;
    int rc = n ? SIM_OK : default_node(c, k, &n);
    if (rc)
        return rc;
    if (k->kind == SCN_LIST)
        return fill_list(c, k, n, (struct scn_list *)(void *)field);
    if (k->kind == SCN_VALUES)
        return fill_values(c, k, n, (struct scn_list *)(void *)field);
    if (k->kind == SCN_MATRIX)
        return fill_matrix(c, k, n, (struct scn_list *)(void *)field);
    return scn_value_read(c, k, n, field);
}

static int missing_key(struct scn_ctx *c, const struct scn_key *k, const struct node *section)
{
    char allowed[400];
    return scn_error(c, section, "found nothing, allowed %s; add the key %s here",
                     scn_allowed(k, allowed, sizeof allowed), k->name);
}

static int fill_section(struct scn_ctx *c, struct section_at at, char *base)
{
    int rc = at.node ? check_keys(c, at) : SIM_OK;
    for (const struct scn_key *k = at.sec->keys; !rc && k->name; k++) {
        const struct node *n = node_get(at.node, k->name);
        size_t back = scn_path_push(&c->path, k->name);
        if (!n && k->required && at.node)
            rc = missing_key(c, k, at.node);
        else
            rc = fill_key(c, k, n, base + k->offset);
        scn_path_pop(&c->path, back);
    }
    return rc;
}

/* The folder that relative files are looked up in, absolute unless the current folder is gone. */
static const char *folder(struct scenario *s, const char *dir)
{
    char here[SCN_MAX_TEXT];
    while (dir[0] == '.' && dir[1] == '/')
        dir += 2;
    if (*dir == '/' || !getcwd(here, sizeof here))
        return scn_own_text(s, dir, strlen(dir));
    bool same = !*dir || strcmp(dir, ".") == 0;
    size_t size = strlen(here) + strlen(dir) + 2;
    char *full = scn_own(s, size, 1);
    snprintf(full, size, "%s%s%s", here, same ? "" : "/", same ? "" : dir);
    return full;
}

static int read_document(struct scn_ctx *c, const char *text, size_t len, void *out)
{
    struct scenario *s = c->s;
    int rc = scn_yaml_read(c, text, len, SCN_FROM_FILE, &s->doc);
    if (rc)
        return rc;
    if (!s->doc || node_is_null(s->doc))
        return scn_error(c, NULL, "the file is empty; write the sections of a scenario into it");
    rc = scn_want_map(c, s->doc);
    if (!rc)
        rc = scn_set_apply(c);
    if (!rc)
        rc = fill_section(c, (struct section_at){s->root, s->doc}, out);
    return rc;
}

int scenario_read_text(struct scenario **sp, const char *name, const char *text, size_t len,
                       const char *base_dir, const struct scn_section *root, void *out,
                       const char *const *overrides, size_t n_overrides, struct sim_error *e)
{
    struct scenario *s = mem_alloc(1, sizeof *s);
    struct scn_ctx c = {.s = s, .e = e};
    *sp = NULL;
    memset(out, 0, root->size);
    s->name = scn_own_text(s, name, strlen(name));
    s->base_dir = folder(s, base_dir ? base_dir : ".");
    s->root = root;
    s->out = out;
    s->overrides = scn_own(s, n_overrides, sizeof *s->overrides);
    for (; s->n_overrides < n_overrides; s->n_overrides++) {
        const char *o = overrides[s->n_overrides];
        s->overrides[s->n_overrides] = scn_own_text(s, o, strlen(o));
    }
    char *copy = mem_copy(text, len);
    int rc = read_document(&c, copy, len, out);
    free(copy);
    if (rc) {
        memset(out, 0, root->size);
        scenario_close(s);
        return rc;
    }
    s->values = scn_own(s, 1, root->size);
    memcpy(s->values, out, root->size);
    *sp = s;
    return SIM_OK;
}

/* All of a stream, at most one byte more than is allowed. *text is to be freed. Errors: SIM_EIO. */
static int read_stream(FILE *f, char **text, size_t *len)
{
    size_t cap = 0;
    *text = NULL;
    *len = 0;
    do {
        if (*len == cap) {
            cap = cap ? 2 * cap : 65536;
            *text = mem_grow(*text, cap, 1);
        }
        *len += fread(*text + *len, 1, cap - *len, f);
    } while (!feof(f) && !ferror(f) && *len <= SCN_MAX_BYTES);
    return ferror(f) ? SIM_EIO : SIM_OK;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_text(".");
    return mem_copy(path, slash == path ? 1 : (size_t)(slash - path));
}

static int read_failed(struct sim_error *e, const char *path, int err)
{
    const char *next = err == ENOENT   ? "check the path"
                       : err == EISDIR ? "give a file in it"
                       : err == EACCES ? "ask for the right to read it"
                                       : "check the path and the disk";
    return sim_error_set(e, SIM_EIO, "%s: cannot read the scenario: %s; %s", path, strerror(err),
                         next);
}

int scenario_read(struct scenario **s, const char *path, const struct scn_section *root, void *out,
                  const char *const *overrides, size_t n_overrides, struct sim_error *e)
{
    bool standard = strcmp(path, "-") == 0;
    char *text = NULL;
    size_t len = 0;
    *s = NULL;
    memset(out, 0, root->size);
    FILE *f = standard ? stdin : fopen(path, "rb");
    if (!f)
        return read_failed(e, path, errno);
    errno = 0;
    int rc = read_stream(f, &text, &len);
    int err = errno ? errno : EIO;
    if (!standard)
        fclose(f);
    char *dir = standard ? mem_text(".") : folder_of(path);
    const char *name = standard ? "<stdin>" : path;
    if (rc)
        rc = read_failed(e, name, err);
    else
        rc = scenario_read_text(s, name, text, len, dir, root, out, overrides, n_overrides, e);
    free(dir);
    free(text);
    return rc;
}
