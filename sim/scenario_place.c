/* SPDX-License-Identifier: GPL-2.0-only
 * From the address of a field back to the place where its value was written.
 *
 * The tables are walked beside the values and the tree: list items are found by their addresses, so
 * nothing has to be kept per value. A section and its first field have one address: the field is
 * meant. */
#include "sim/scenario_internal.h"

#include <stdarg.h>

struct found {
    uintptr_t wanted;
    const struct scn_key *key;
    const struct node *node;   /* as written; NULL: left to its default */
    const struct node *holder; /* the nearest section around it that was written */
    struct scn_path path;
};

/* One section: its table, where its fields are (at), a copy of them (values), and what was written.
 */
struct spot {
    const struct scn_section *sec;
    uintptr_t at;
    const char *values;
    const struct node *node;
    const struct node *holder;
};

static bool find_in_section(struct found *f, const struct spot *in);

static bool inside(uintptr_t p, uintptr_t start, size_t size)
{
    return p >= start && p - start < size;
}

static bool find_in_list(struct found *f, const struct spot *in, const struct scn_key *k,
                         const struct node *node)
{
    const struct scn_list *list = (const struct scn_list *)(const void *)(in->values + k->offset);
    uintptr_t start = (uintptr_t)list->items;
    if (k->kind == SCN_MATRIX) {
        const struct scn_list *row = list->items;
        for (size_t i = 0; i < list->n; i++)
            if (inside(f->wanted, (uintptr_t)row[i].items, row[i].n * sizeof(int64_t)))
                return true;
        return inside(f->wanted, start, list->n * sizeof *row);
    }
    if (k->kind == SCN_VALUES) {
        if (!inside(f->wanted, start, list->n * sizeof(int64_t)))
            return false;
        if (node && node->type == NODE_LIST) {
            size_t i = (f->wanted - start) / sizeof(int64_t);
            scn_path_push_index(&f->path, i);
            f->node = node->items[i];
        }
        return true;
    }
    size_t size = k->sub->size;
    size_t first = 0, end = list->n;
    if (inside(f->wanted, start, list->n * size)) {
        first = (f->wanted - start) / size;
        end = first + 1;
    }
    for (size_t i = first; i < end; i++) {
        const struct node *item =
            node && node->type == NODE_LIST && i < node->n ? node->items[i] : NULL;
        struct spot below = {.sec = k->sub,
                             .at = start + i * size,
                             .values = (const char *)list->items + i * size,
                             .node = item,
                             .holder = item ? item : in->holder};
        size_t back = item ? scn_path_push_item(&f->path, k->sub, item, i) : f->path.len;
        if (find_in_section(f, &below))
            return true;
        scn_path_pop(&f->path, back);
    }
    return false;
}

static bool find_key(struct found *f, const struct spot *in, const struct scn_key *k)
{
    const struct node *node = node_get(in->node, k->name);
    uintptr_t at = in->at + k->offset;
    f->key = k;
    f->node = node;
    f->holder = in->holder;
    if (k->kind == SCN_SECTION) {
        struct spot below = {.sec = k->sub,
                             .at = at,
                             .values = in->values + k->offset,
                             .node = node,
                             .holder = node ? node : in->holder};
        if (find_in_section(f, &below))
            return true;
        f->key = k;
        f->node = node;
        f->holder = in->holder;
    } else if (k->kind == SCN_LIST || k->kind == SCN_VALUES || k->kind == SCN_MATRIX) {
        if (find_in_list(f, in, k, node))
            return true;
        f->key = k;
        f->node = node;
        f->holder = in->holder;
    }
    return inside(f->wanted, at, scn_key_size(k));
}

static bool find_in_section(struct found *f, const struct spot *in)
{
    for (const struct scn_key *k = in->sec->keys; k->name; k++) {
        size_t back = scn_path_push(&f->path, k->name);
        if (find_key(f, in, k))
            return true;
        scn_path_pop(&f->path, back);
    }
    return false;
}

static bool find(const struct scenario *s, const void *field, struct found *f)
{
    struct spot root = {.sec = s->root,
                        .at = (uintptr_t)s->out,
                        .values = s->values,
                        .node = s->doc,
                        .holder = s->doc};
    *f = (struct found){.wanted = (uintptr_t)field};
    return find_in_section(f, &root);
}

char *scenario_where(const struct scenario *s, const void *field, char *buf, size_t size)
{
    struct found f;
    bool known = find(s, field, &f);
    return scn_place(s, !known ? s->doc : f.node ? f.node : f.holder, buf, size);
}

bool scenario_given(const struct scenario *s, const void *field)
{
    struct found f;
    return find(s, field, &f) && f.node;
}

bool scenario_changed(const struct scenario *s, const void *field)
{
    struct found f;
    return find(s, field, &f) && f.node && !scn_is_default(s, f.key, field);
}

int scenario_fail(const struct scenario *s, const void *field, struct sim_error *e, const char *fmt,
                  ...)
{
    struct found f;
    char text[700], place[SCN_MAX_PATH];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    scenario_where(s, field, place, sizeof place);
    if (!find(s, field, &f))
        return sim_error_set(e, SIM_ESCENARIO, "%s: %s", place, text);
    if (f.node)
        return sim_error_set(e, SIM_ESCENARIO, "%s: %s: %s", place, f.path.text, text);
    const char *def = f.key->def;
    return sim_error_set(e, SIM_ESCENARIO, "%s: %s (not written, default %s): %s", place,
                         f.path.text, def ? def : "none", text);
}
