/* SPDX-License-Identifier: GPL-2.0-only
 * Overrides: --set path=value changes the tree before it is checked. Paths follow the tables, so
 * that a wrong one gives the same messages as a wrong key in the file. */
#include "sim/scenario_internal.h"

#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

/* One override on its way down the tree. */
struct set {
    struct scn_ctx *c;
    struct node at;     /* the place of messages: this override */
    const char *p;      /* the rest of the path */
    struct node *value; /* what to put at its end */
};

/* Put value under a key of a map, in place of what is there. */
static void put(struct scenario *s, struct node *map, const char *key, struct node *value)
{
    for (size_t i = 0; i < map->n; i += 2) {
        if (strcmp(map->items[i]->text, key) == 0) {
            map->items[i + 1] = value;
            return;
        }
    }
    struct node *k = node_new(s, NODE_SCALAR, value->from);
    k->text = scn_own_text(s, key, strlen(key));
    node_add(s, map, k);
    node_add(s, map, value);
}

static int bad_path(struct set *set, const char *text)
{
    return scn_error(set->c, &set->at,
                     "%s; write e.g. devices.meters.count=10 or devices[0].count=10", text);
}

/* "[3]" at the path's front. *index: 3. */
static int take_index(struct set *set, size_t n_items, size_t *index)
{
    char *end;
    const char *digits = set->p + 1;
    if (*digits < '0' || *digits > '9')
        return bad_path(set, "found no number between [ and ]");
    unsigned long i = strtoul(digits, &end, 10);
    if (*end != ']')
        return bad_path(set, "found [ without ]");
    if (i >= n_items) {
        char range[60] = "no index: the list has no items in the file";
        if (n_items)
            snprintf(range, sizeof range, "[0]..[%zu]", n_items - 1);
        return scn_error(set->c, &set->at, "found index [%lu], allowed %s; add items in the file",
                         i, range);
    }
    set->p = end + 1;
    scn_path_push_index(&set->c->path, i);
    *index = i;
    return SIM_OK;
}

/* The item whose name is the longest front part of the path, up to its end, a dot or a bracket. */
static bool take_name(struct set *set, const struct scn_section *sub, const struct node *list,
                      size_t *index)
{
    size_t best = 0;
    for (size_t i = 0; sub->named && i < list->n; i++) {
        const struct node *name = node_get(list->items[i], sub->named);
        if (!name || name->type != NODE_SCALAR)
            continue;
        size_t len = strlen(name->text);
        if (len > best && strncmp(set->p, name->text, len) == 0 && strchr(".[", set->p[len])) {
            best = len;
            *index = i;
        }
    }
    if (!best)
        return false;
    set->p += best;
    scn_path_push_item(&set->c->path, sub, list->items[*index], *index);
    return true;
}

/* No item has the name that the path asks for. */
static int unknown_item(struct set *set, const struct scn_section *sub, const struct node *list)
{
    char written[80], q[100], text[300];
    size_t len = strcspn(set->p, ".["), n = 0;
    snprintf(written, sizeof written, "%.*s", (int)(len < 70 ? len : 70), set->p);
    scn_quote(written, q, sizeof q);
    const char **names = mem_alloc(list->n, sizeof *names);
    for (size_t i = 0; sub->named && i < list->n; i++) {
        const struct node *name = node_get(list->items[i], sub->named);
        if (name && name->type == NODE_SCALAR)
            names[n++] = name->text;
    }
    const char *near = scn_did_you_mean(written, names, n);
    if (near)
        snprintf(text, sizeof text, "did you mean \"%.60s\"?", near);
    else
        snprintf(text, sizeof text, "use [index], from [0] to [%zu]", list->n ? list->n - 1 : 0);
    free(names);
    return scn_error(set->c, &set->at, "found no item %s in a list of %zu; %s", q, list->n, text);
}

static int set_section(struct set *set, const struct scn_section *sec, struct node *map);

/* Go into (or replace) one item of a list of maps. */
static int set_item(struct set *set, const struct scn_section *sub, struct node *list)
{
    size_t i = 0;
    int rc = scn_want_list(set->c, list);
    if (rc)
        return rc;
    if (*set->p == '[') {
        rc = take_index(set, list->n, &i);
    } else {
        set->p++; /* the dot */
        if (!take_name(set, sub, list, &i))
            rc = unknown_item(set, sub, list);
    }
    if (rc)
        return rc;
    if (!*set->p) {
        list->items[i] = set->value;
        return SIM_OK;
    }
    if (*set->p != '.')
        return bad_path(set, "found something else than a dot behind an item");
    set->p++;
    rc = scn_want_map(set->c, list->items[i]);
    return rc ? rc : set_section(set, sub, list->items[i]);
}

/* Replace a value of a list of values, or a row or value of a matrix. */
static int set_element(struct set *set, struct node *list)
{
    size_t i = 0;
    int rc = scn_want_list(set->c, list);
    if (!rc && *set->p != '[')
        rc = bad_path(set, "found a name behind a list of values");
    if (!rc)
        rc = take_index(set, list->n, &i);
    if (rc)
        return rc;
    if (*set->p)
        return set_element(set, list->items[i]);
    list->items[i] = set->value;
    return SIM_OK;
}

/* The rest of the path behind a key that is there, or is created when it is a section. */
static int set_below(struct set *set, const struct scn_key *k, struct node *map)
{
    struct scenario *s = set->c->s;
    struct node *child = node_get(map, k->name);
    if (k->kind == SCN_SECTION && *set->p == '.') {
        if (!child) {
            child = node_new(s, NODE_MAP, set->at.from);
            put(s, map, k->name, child);
        }
        set->p++;
        int rc = scn_want_map(set->c, child);
        return rc ? rc : set_section(set, k->sub, child);
    }
    bool list = k->kind == SCN_LIST || k->kind == SCN_VALUES || k->kind == SCN_MATRIX;
    if (!list)
        return bad_path(set, "the path goes on behind a key that has no parts");
    struct node none = {.type = NODE_LIST, .from = set->at.from};
    child = child ? child : &none;
    return k->kind == SCN_LIST ? set_item(set, k->sub, child) : set_element(set, child);
}

static int set_section(struct set *set, const struct scn_section *sec, struct node *map)
{
    size_t len = strcspn(set->p, ".[");
    char *name = scn_own_text(set->c->s, set->p, len);
    const struct scn_key *k = scn_key_find(sec, name);
    if (!len)
        return bad_path(set, "found an empty name in the path");
    scn_path_push(&set->c->path, name);
    if (!k)
        return scn_unknown_key(set->c, &set->at, sec, name);
    set->p += len;
    if (*set->p)
        return set_below(set, k, map);
    put(set->c->s, map, k->name, set->value);
    return SIM_OK;
}

static int apply_one(struct scn_ctx *c, size_t i)
{
    struct scenario *s = c->s;
    const char *text = s->overrides[i];
    const char *equals = strchr(text, '=');
    struct set set = {.c = c, .at = {.from = (int)i + 1}};
    if (!equals)
        return bad_path(&set, "found no =");
    int rc = scn_yaml_read(c, equals + 1, strlen(equals + 1), set.at.from, &set.value);
    if (rc)
        return rc;
    if (!set.value) {
        set.value = node_new(s, NODE_SCALAR, set.at.from);
        set.value->plain = true;
        set.value->text = scn_own_text(s, "", 0);
    }
    set.p = scn_own_text(s, text, (size_t)(equals - text));
    rc = set_section(&set, s->root, s->doc);
    scn_path_pop(&c->path, 0);
    return rc;
}

int scn_set_apply(struct scn_ctx *c)
{
    for (size_t i = 0; i < c->s->n_overrides; i++) {
        int rc = apply_one(c, i);
        if (rc)
            return rc;
    }
    return SIM_OK;
}
