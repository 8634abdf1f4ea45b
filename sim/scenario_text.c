/* SPDX-License-Identifier: GPL-2.0-only
 * The resolved scenario: every value, defaults included, as YAML that reads back to the same
 * values. */
#include "sim/scenario_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bytes.h"
#include "sim/mem.h"
#include "sim/time.h"

static bool is_plain_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("_./-", c);
}

/* May this text stand without quotes, for us and for other readers of YAML? */
static bool is_plain(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};
    if (!*text || *text == '-' || *text == '.')
        return false;
    for (const char *p = text; *p; p++)
        if (!is_plain_char(*p))
            return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(text) == strlen(words[i]) && scn_did_you_mean(text, &words[i], 1))
            return false;
    return true;
}

/* Text in double quotes; what YAML or a terminal could take amiss is escaped. */
static void add_quoted(struct scn_buf *b, const char *text)
{
    scn_buf_add(b, "\"", 1);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\') {
            scn_buf_print(b, "\\%c", *p);
        } else if (*p < 0x20 || *p == 0x7f) {
            scn_buf_print(b, "\\x%02x", *p);
        } else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa1) {
            scn_buf_print(b, "\\x%02x", *++p); /* C1 controls, no-break space */
        } else if (*p == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)) {
            scn_buf_print(b, "\\u20%02x", p[2] - 0x80); /* line and paragraph separator */
            p += 2;
        } else if (*p == 0xef && p[1] == 0xbb && p[2] == 0xbf) {
            scn_buf_print(b, "\\ufeff"); /* byte order mark */
            p += 2;
        } else {
            scn_buf_add(b, (const char *)p, 1);
        }
    }
    scn_buf_add(b, "\"", 1);
}

static void add_text(struct scn_buf *b, const char *text)
{
    if (is_plain(text))
        scn_buf_add(b, text, strlen(text));
    else
        add_quoted(b, text);
}

/* The shortest decimal text that reads back to the same number. */
static void add_real(struct scn_buf *b, double v)
{
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    scn_buf_add(b, text, strlen(text));
}

/* UTC, or GPS seconds inside a leap second, which UTC text cannot say here. */
static void add_instant(struct scn_buf *b, int64_t v)
{
    char text[64];
    int64_t again = 0;
    sim_instant_print(v, text, sizeof text);
    if (sim_instant_parse(text, &again) || again != v)
        snprintf(text, sizeof text, "gps:%" PRId64 ".%09" PRId64, v / 1000000000, v % 1000000000);
    add_text(b, text);
}

static void add_quantity(struct scn_buf *b, const struct scn_key *k, int64_t v)
{
    char text[64];
    if (v == SCN_WORD && k->word)
        add_text(b, k->word);
    else
        scn_buf_print(b, "%s", scn_quantity_print(v, k->unit, text, sizeof text));
}

static void add_dist(struct scn_buf *b, const struct scn_key *k, const struct scn_dist *d)
{
    static const char *const names[] = {"", "uniform", "normal", "exponential"};
    if (d->kind == SCN_FIXED) {
        add_quantity(b, k, d->a);
        return;
    }
    scn_buf_print(b, "%s(", names[d->kind]);
    add_quantity(b, k, d->a);
    if (d->kind != SCN_EXPONENTIAL) {
        scn_buf_print(b, ", ");
        add_quantity(b, k, d->b);
    }
    scn_buf_print(b, ")");
}

static void add_hex(struct scn_buf *b, const struct scn_key *k, const uint8_t *v)
{
    bool zero = true;
    for (size_t i = 0; i < k->len; i++)
        zero = zero && v[i] == 0;
    if (zero && k->word) {
        add_text(b, k->word);
        return;
    }
    char *text = mem_alloc(2 * k->len + 1, 1);
    hex_print(v, k->len, text);
    scn_buf_print(b, "\"%s\"", text);
    free(text);
}

/* A path below the scenario's folder is written relative to it: the text is then the same
 * everywhere. */
static void add_file(struct scn_buf *b, const struct scenario *s, const char *path)
{
    size_t len = strlen(s->base_dir);
    bool below = strncmp(path, s->base_dir, len) == 0 && path[len] == '/' && path[len + 1] &&
                 path[len + 1] != '/';
    add_text(b, below ? path + len + 1 : path);
}

static void add_values(struct scn_buf *b, const struct scn_key *k, const struct scn_list *list)
{
    const int64_t *v = list->items;
    scn_buf_print(b, "[");
    for (size_t i = 0; i < list->n; i++) {
        scn_buf_print(b, "%s", i ? ", " : "");
        add_quantity(b, k, v[i]);
    }
    scn_buf_print(b, "]");
}

static void add_matrix(struct scn_buf *b, const struct scn_key *k, const struct scn_list *list)
{
    const struct scn_list *row = list->items;
    scn_buf_print(b, "[");
    for (size_t i = 0; i < list->n; i++) {
        scn_buf_print(b, "%s", i ? ", " : "");
        add_values(b, k, &row[i]);
    }
    scn_buf_print(b, "]");
}

/* The value of a field as YAML on one line. */
static void add_value(struct scn_buf *b, const struct scenario *s, const struct scn_key *k,
                      const void *field)
{
    const char *const *text = field;
    switch (k->kind) {
    case SCN_BOOL:
        scn_buf_print(b, "%s", *(const bool *)field ? "true" : "false");
        break;
    case SCN_REAL:
        if (k->word && *(const double *)field == (double)SCN_WORD)
            add_text(b, k->word);
        else
            add_real(b, *(const double *)field);
        break;
    case SCN_ENUM:
        add_text(b, k->names[*(const int *)field]);
        break;
    case SCN_TEXT:
    case SCN_FILE:
        if (!*text)
            add_text(b, k->word ? k->word : "");
        else if (k->kind == SCN_FILE)
            add_file(b, s, *text);
        else
            add_text(b, *text);
        break;
    case SCN_HEX:
        add_hex(b, k, field);
        break;
    case SCN_INSTANT:
        if (k->word && *(const int64_t *)field == SCN_WORD)
            add_text(b, k->word);
        else
            add_instant(b, *(const int64_t *)field);
        break;
    case SCN_DIST:
        add_dist(b, k, field);
        break;
    case SCN_VALUES:
        add_values(b, k, field);
        break;
    case SCN_MATRIX:
        add_matrix(b, k, field);
        break;
    default:
        add_quantity(b, k, *(const int64_t *)field);
    }
}

/* The walk over all values: writes YAML, or calls back for each (fn). */
struct walk {
    const struct scenario *s;
    struct scn_buf out;
    size_t indent;
    bool dash; /* the next line begins an item */
    struct scn_path path;
    void (*fn)(void *ctx, const char *path, const char *value);
    void *ctx;
};

static void begin_line(struct walk *w)
{
    for (size_t i = w->dash ? 2 : 0; i < w->indent; i++)
        scn_buf_print(&w->out, " ");
    if (w->dash)
        scn_buf_print(&w->out, "- ");
    w->dash = false;
}

static void head_line(struct walk *w, const struct scn_key *k, const char *rest)
{
    if (w->fn)
        return;
    begin_line(w);
    scn_buf_add(&w->out, k->name, strlen(k->name));
    scn_buf_print(&w->out, ":%s\n", rest);
}

static void walk_section(struct walk *w, const struct scn_section *sec, const struct node *node,
                         const char *values);

static void walk_list(struct walk *w, const struct scn_key *k, const struct node *node,
                      const struct scn_list *list)
{
    head_line(w, k, list->n ? "" : " []");
    w->indent += 4;
    for (size_t i = 0; i < list->n; i++) {
        const struct node *item =
            node && node->type == NODE_LIST && i < node->n ? node->items[i] : NULL;
        size_t back =
            item ? scn_path_push_item(&w->path, k->sub, item, i) : scn_path_push_index(&w->path, i);
        w->dash = true;
        walk_section(w, k->sub, item, (const char *)list->items + i * k->sub->size);
        if (w->dash && !w->fn) {
            begin_line(w);
            scn_buf_print(&w->out, "{}\n");
        }
        scn_path_pop(&w->path, back);
    }
    w->dash = false;
    w->indent -= 4;
}

static void walk_value(struct walk *w, const struct scn_key *k, const void *field)
{
    if (w->fn) {
        struct scn_buf value = {0};
        add_value(&value, w->s, k, field);
        w->fn(w->ctx, w->path.text, value.p);
        free(value.p);
        return;
    }
    begin_line(w);
    scn_buf_add(&w->out, k->name, strlen(k->name));
    scn_buf_print(&w->out, ": ");
    add_value(&w->out, w->s, k, field);
    scn_buf_print(&w->out, "\n");
}

/* Sections that were left out are written when all their keys have defaults or may be left out. */
static void walk_below(struct walk *w, const struct scn_key *k, const struct node *node,
                       const char *values)
{
    if (!node && scn_has_required(k->sub))
        return;
    size_t start = w->out.len;
    bool dash = w->dash;
    head_line(w, k, "");
    size_t head = w->out.len;
    w->indent += 2;
    walk_section(w, k->sub, node, values);
    w->indent -= 2;
    if (w->fn || w->out.len != head)
        return;
    w->out.len = start; /* nothing in it */
    w->dash = dash;
    if (node)
        head_line(w, k, " {}");
}

static void walk_section(struct walk *w, const struct scn_section *sec, const struct node *node,
                         const char *values)
{
    for (const struct scn_key *k = sec->keys; k->name; k++) {
        const struct node *child = node_get(node, k->name);
        const char *field = values + k->offset;
        size_t back = scn_path_push(&w->path, k->name);
        if (k->kind == SCN_SECTION)
            walk_below(w, k, child, field);
        else if (!child && !k->def)
            ; /* not given: nothing to write */
        else if (k->kind == SCN_LIST)
            walk_list(w, k, child, (const struct scn_list *)(const void *)field);
        else
            walk_value(w, k, field);
        scn_path_pop(&w->path, back);
    }
}

char *scenario_resolved(const struct scenario *s)
{
    struct walk w = {.s = s};
    scn_buf_add(&w.out, "", 0);
    walk_section(&w, s->root, s->doc, s->values);
    w.out.p[w.out.len] = 0;
    if (!w.out.len)
        scn_buf_print(&w.out, "{}\n");
    return w.out.p;
}

void scenario_each(const struct scenario *s,
                   void (*fn)(void *ctx, const char *path, const char *value), void *ctx)
{
    struct walk w = {.s = s, .fn = fn, .ctx = ctx};
    walk_section(&w, s->root, s->doc, s->values);
    free(w.out.p);
}
