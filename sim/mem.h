/* SPDX-License-Identifier: GPL-2.0-only
 * Memory that is there or ends the program with place and size; nobody else needs to check. */
#ifndef SIM_MEM_H
#define SIM_MEM_H

#include <stddef.h>

void *mem_alloc_at(size_t n, size_t size, const char *file, int line);
void *mem_grow_at(void *p, size_t n, size_t size, const char *file, int line);

/* n zeroed elements of the size; n = 0 gives a pointer that can be freed. The caller frees. */
#define mem_alloc(n, size) mem_alloc_at((n), (size), __FILE__, __LINE__)
/* p (or NULL) made to hold n elements; what is added is not set. The caller frees. */
#define mem_grow(p, n, size) mem_grow_at((p), (n), (size), __FILE__, __LINE__)

/* A copy of a string; the caller frees. */
char *mem_text(const char *s);
/* A copy of len bytes, with a zero byte behind them; the caller frees. */
void *mem_copy(const void *p, size_t len);

#endif
