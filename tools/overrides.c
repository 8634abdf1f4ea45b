/* SPDX-License-Identifier: GPL-2.0-only
 * A list of "path=value". */
#include "tools/overrides.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

void overrides_add(struct overrides *o, const char *path, const char *value)
{
    if (o->n == o->cap) {
        o->cap = o->cap ? 2 * o->cap : 8;
        o->texts = mem_grow(o->texts, o->cap, sizeof *o->texts);
    }
    if (!value) {
        o->texts[o->n++] = mem_text(path);
        return;
    }
    size_t size = strlen(path) + strlen(value) + 2;
    char *text = mem_alloc(size, 1);
    snprintf(text, size, "%s=%s", path, value);
    o->texts[o->n++] = text;
}

void overrides_free(struct overrides *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->texts[i]);
    free(o->texts);
    memset(o, 0, sizeof *o);
}

char *overrides_text(const struct overrides *o)
{
    size_t size = 1;
    for (size_t i = 0; i < o->n; i++)
        size += strlen(o->texts[i]) + 7;
    char *text = mem_alloc(size, 1), *p = text;
    for (size_t i = 0; i < o->n; i++)
        p += sprintf(p, "%s--set %s", i ? " " : "", o->texts[i]);
    return text;
}
