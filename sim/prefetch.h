/* SPDX-License-Identifier: GPL-2.0-only
 * Fetching memory ahead of its use: the one place with the compiler's builtin for it (gcc and
 * clang; a hint to the processor that never changes a result). */
#ifndef SIM_PREFETCH_H
#define SIM_PREFETCH_H

#include <stddef.h>

/* Begin to fetch the cache lines (64 bytes) of len bytes from p. */
static inline void prefetch(const void *p, size_t len)
{
    for (size_t i = 0; i < len; i += 64)
        __builtin_prefetch((const char *)p + i);
    if (len)
        __builtin_prefetch((const char *)p + len - 1); /* the last line, when p is not aligned */
}

#endif
