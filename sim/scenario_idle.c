/* SPDX-License-Identifier: GPL-2.0-only
 * Keys that were written but have no effect, because another key of their section says so. A value
 * that is the key's default is no news: the resolved text, which has them all, stays silent. */
#include <inttypes.h>
#include <string.h>

#include "sim/mem.h"
#include "sim/scenario_internal.h"

struct idle_walk {
    const struct scenario *s;
    struct scn_path path;
    scenario_idle_fn *fn;
    void *ctx;
};

/* One section: its table, its values, and what was written. */
struct idle_spot {
    const struct scn_section *sec;
    const char *values;
    const struct node *node;
    const char *rule; /* that leaves all of it without effect; NULL: none does */
};

/* Is the word one of those in "a|b|c"? */
static bool among(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (;;) {
        size_t n = strcspn(words, "|");
        if (n == len && memcmp(words, word, n) == 0)
            return true;
        if (!words[n])
            return false;
        words += n + 1;
    }
}

/* only: "kind=a|b". */
static bool in_effect(const struct idle_spot *at, const char *only)
{
    char name[40];
    size_t n = strcspn(only, "=");
    SIM_CHECK(n < sizeof name && only[n], "rule %s", only);
    memcpy(name, only, n);
    name[n] = 0;
    const struct scn_key *k = scn_key_find(at->sec, name);
    SIM_CHECK(k && (k->kind == SCN_ENUM || k->kind == SCN_INT), "rule %s: no such key", only);
    if (k->kind == SCN_INT) {
        int64_t number;
        memcpy(&number, at->values + k->offset, sizeof number);
        snprintf(name, sizeof name, "%" PRId64, number);
        return among(only + n + 1, name);
    }
    int v;
    memcpy(&v, at->values + k->offset, sizeof v);
    return among(only + n + 1, k->names[v]);
}

bool scn_is_default(const struct scenario *s, const struct scn_key *k, const void *value)
{
    char text[100];
    _Alignas(16) char own[64] = {0};
    bool scalar = k->kind != SCN_SECTION && k->kind != SCN_LIST && k->kind != SCN_VALUES &&
                  k->kind != SCN_MATRIX && k->kind != SCN_TEXT && k->kind != SCN_FILE;
    if (!scalar || !k->def || scn_key_size(k) > sizeof own)
        return false;
    snprintf(text, sizeof text, "%s", k->def);
    struct node def = {.type = NODE_SCALAR, .from = SCN_FROM_DEFAULT, .text = text};
    struct sim_error e = {0};
    struct scenario none = *s;
    struct scn_ctx c = {.s = &none, .e = &e};
    return scn_value_read(&c, k, &def, own) == SIM_OK && memcmp(own, value, scn_key_size(k)) == 0;
}

static void walk_idle(struct idle_walk *w, const struct idle_spot *at);

static void walk_items(struct idle_walk *w, const struct scn_key *k, const struct idle_spot *at)
{
    const struct scn_list *list = (const struct scn_list *)(const void *)at->values;
    for (size_t i = 0; i < list->n && i < at->node->n; i++) {
        struct idle_spot item = {.sec = k->sub,
                                 .values = (const char *)list->items + i * k->sub->size,
                                 .node = at->node->items[i]};
        size_t back = scn_path_push_item(&w->path, k->sub, item.node, i);
        walk_idle(w, &item);
        scn_path_pop(&w->path, back);
    }
}

static void walk_idle(struct idle_walk *w, const struct idle_spot *at)
{
    for (const struct scn_key *k = at->sec->keys; k->name; k++) {
        const struct node *node = node_get(at->node, k->name);
        const char *field = at->values + k->offset;
        if (!node)
            continue;
        size_t back = scn_path_push(&w->path, k->name);
        char place[SCN_MAX_PATH];
        const char *rule = at->rule                             ? at->rule
                           : k->only && !in_effect(at, k->only) ? k->only
                                                                : NULL;
        struct idle_spot below = {.sec = k->sub, .values = field, .node = node, .rule = rule};
        if (k->kind == SCN_SECTION)
            walk_idle(w, &below);
        else if (rule && !scn_is_default(w->s, k, field))
            w->fn(w->ctx, scn_place(w->s, node, place, sizeof place), w->path.text, rule);
        else if (k->kind == SCN_LIST && node->type == NODE_LIST)
            walk_items(w, k, &below);
        scn_path_pop(&w->path, back);
    }
}

void scenario_idle(const struct scenario *s, scenario_idle_fn *fn, void *ctx)
{
    struct idle_walk w = {.s = s, .fn = fn, .ctx = ctx};
    struct idle_spot root = {.sec = s->root, .values = s->values, .node = s->doc};
    walk_idle(&w, &root);
}
