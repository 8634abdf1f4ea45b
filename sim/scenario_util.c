/* SPDX-License-Identifier: GPL-2.0-only
 * Small helpers of the scenario reader: memory that is freed at the end, paths, quotes, near names.
 */
#include "sim/scenario_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

struct block {
    struct block *next;
    max_align_t data[];
};

void *scn_own(struct scenario *s, size_t n, size_t size)
{
    size_t bytes = size && n > SIZE_MAX / 2 / size ? SIZE_MAX / 2 : n * size;
    struct block *b = mem_alloc(1, sizeof *b + (bytes ? bytes : 1));
    b->next = s->blocks;
    s->blocks = b;
    return b->data;
}

char *scn_own_text(struct scenario *s, const char *text, size_t len)
{
    char *p = scn_own(s, len + 1, 1);
    if (len)
        memcpy(p, text, len);
    return p;
}

void scenario_close(struct scenario *s)
{
    if (!s)
        return;
    while (s->blocks) {
        struct block *b = s->blocks;
        s->blocks = b->next;
        free(b);
    }
    free(s);
}

char *scn_quote(const char *text, char *buf, size_t size)
{
    size_t len = 0;
    buf[len++] = '"';
    for (; *text && len + 6 < size; text++) {
        unsigned char ch = (unsigned char)*text;
        if (ch < 0x20 || ch == 0x7f)
            buf[len++] = '?';
        else
            buf[len++] = *text;
    }
    if (*text) {
        while (len > 1 && ((unsigned char)*text & 0xc0) == 0x80) {
            text--; /* not in the middle of a character */
            len--;
        }
        memcpy(buf + len, "...", 3);
        len += 3;
    }
    buf[len++] = '"';
    buf[len] = 0;
    return buf;
}

char *scn_place(const struct scenario *s, const struct node *n, char *buf, size_t size)
{
    char q[200];
    if (!n || n->from == SCN_FROM_DEFAULT) {
        snprintf(buf, size, "%s:1:1", s->name);
    } else if (n->from == SCN_FROM_FILE) {
        snprintf(buf, size, "%s:%d:%d", s->name, n->line, n->column);
    } else {
        scn_quote(s->overrides[n->from - 1], q, sizeof q);
        snprintf(buf, size, "--set %.*s", (int)strlen(q) - 2, q + 1);
    }
    return buf;
}

int scn_error(struct scn_ctx *c, const struct node *n, const char *fmt, ...)
{
    char text[900], place[SCN_MAX_PATH];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    SIM_CHECK(!n || n->from != SCN_FROM_DEFAULT, "the table's default of %s: %s", c->path.text,
              text);
    return sim_error_set(c->e, SIM_ESCENARIO, "%s: %s%s%s", scn_place(c->s, n, place, sizeof place),
                         c->path.text, c->path.len ? ": " : "", text);
}

/* Add text as far as there is room; returns the length before. */
static size_t path_add(struct scn_path *p, const char *text)
{
    size_t back = p->len;
    for (; *text && p->len + 1 < sizeof p->text; text++)
        p->text[p->len++] = (unsigned char)*text < 0x20 ? '?' : *text;
    p->text[p->len] = 0;
    return back;
}

size_t scn_path_push(struct scn_path *p, const char *name)
{
    size_t back = p->len;
    if (p->len)
        path_add(p, ".");
    path_add(p, name);
    return back;
}

size_t scn_path_push_index(struct scn_path *p, size_t i)
{
    char text[32];
    snprintf(text, sizeof text, "[%zu]", i);
    return path_add(p, text);
}

size_t scn_path_push_item(struct scn_path *p, const struct scn_section *sub,
                          const struct node *item, size_t i)
{
    const struct node *name = sub->named ? node_get(item, sub->named) : NULL;
    if (name && name->type == NODE_SCALAR && *name->text && strlen(name->text) < 64)
        return scn_path_push(p, name->text);
    return scn_path_push_index(p, i);
}

void scn_path_pop(struct scn_path *p, size_t len)
{
    p->len = len;
    p->text[len] = 0;
}

void scn_buf_add(struct scn_buf *b, const char *text, size_t len)
{
    if (b->cap - b->len <= len) {
        b->cap = 2 * (b->len + len) + 256;
        b->p = mem_grow(b->p, b->cap, 1);
    }
    if (len)
        memcpy(b->p + b->len, text, len);
    b->len += len;
    b->p[b->len] = 0;
}

void scn_buf_print(struct scn_buf *b, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    SIM_CHECK(n >= 0 && (size_t)n < sizeof text, "a piece of text of %d bytes", n);
    scn_buf_add(b, text, (size_t)n);
}

enum { MAX_WORD = 48 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '-' ? '_' : c;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Edit distance with swaps of neighbours; capitals and - for _ count as equal. Lengths up to
 * MAX_WORD. */
static int edit_distance(const char *a, const char *b)
{
    int rows[3][MAX_WORD + 1];
    int na = (int)strlen(a), nb = (int)strlen(b);
    int *before = rows[0], *last = rows[1], *row = rows[2];
    for (int j = 0; j <= nb; j++)
        before[j] = last[j] = j;
    for (int i = 1; i <= na; i++) {
        row[0] = i;
        for (int j = 1; j <= nb; j++) {
            int change = lower(a[i - 1]) != lower(b[j - 1]);
            row[j] = least(least(last[j] + 1, row[j - 1] + 1), last[j - 1] + change);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        int *old = before;
        before = last;
        last = row;
        row = old;
    }
    return last[nb];
}

const char *scn_did_you_mean(const char *written, const char *const *names, size_t n)
{
    const char *best = NULL;
    int best_distance = 0;
    size_t len = strlen(written);
    if (!len || len > MAX_WORD)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t name_len = strlen(names[i]);
        if (name_len > MAX_WORD)
            continue;
        int d = edit_distance(written, names[i]);
        int near = (int)(name_len > len ? name_len : len) / 3;
        if (d <= (near ? near : 1) && d < (int)name_len && (!best || d < best_distance)) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}
