/* SPDX-License-Identifier: GPL-2.0-only
 * The only file that ends the program for want of memory. */
#include "sim/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(size_t n, size_t size, const char *file, int line)
{
    fprintf(stderr, "castbed: out of memory: %zu x %zu bytes wanted at %s:%d\n", n, size, file,
            line);
    exit(3);
}

void *mem_alloc_at(size_t n, size_t size, const char *file, int line)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p)
        out_of_memory(n, size, file, line);
    return p;
}

void *mem_grow_at(void *p, size_t n, size_t size, const char *file, int line)
{
    if (size && n > SIZE_MAX / size)
        out_of_memory(n, size, file, line);
    size_t bytes = n * size;
    void *q = realloc(p, bytes ? bytes : 1);
    if (!q)
        out_of_memory(n, size, file, line);
    return q;
}

char *mem_text(const char *s)
{
    return mem_copy(s, strlen(s));
}

void *mem_copy(const void *p, size_t len)
{
    char *q = mem_alloc(len + 1, 1);
    if (len)
        memcpy(q, p, len);
    return q;
}
