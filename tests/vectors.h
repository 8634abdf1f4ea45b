/* SPDX-License-Identifier: GPL-2.0-only
 * Reading the test vectors: one JSON file holds {"provenance": ..., "cases": [...]}. For tests
 * only. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bytes.h"

#define VECTORS(name) vectors_load(TESTS_DIR "/vectors/" name)

/* The file's object; the caller releases it. Ends the test program when it is not there. */
static inline json_t *vectors_load(const char *path)
{
    json_error_t e;
    json_t *root = json_load_file(path, 0, &e);
    if (!root || !json_array_size(json_object_get(root, "cases"))) {
        fprintf(stderr, "%s: %s\n", path, root ? "no cases" : e.text);
        exit(1);
    }
    return root;
}

/* A member that must be there. */
static inline const json_t *vec_get(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    if (!v) {
        fprintf(stderr, "a vector has no \"%s\"\n", name);
        exit(1);
    }
    return v;
}

static inline const char *vec_text(const json_t *o, const char *name)
{
    return json_string_value(vec_get(o, name));
}

static inline int64_t vec_int(const json_t *o, const char *name)
{
    return json_integer_value(vec_get(o, name));
}

/* false also where the member is not there. */
static inline bool vec_bool(const json_t *o, const char *name)
{
    return json_is_true(json_object_get(o, name));
}

/* Hex digits, most significant first, as a number. */
static inline uint64_t vec_hex_number(const json_t *o, const char *name)
{
    return strtoull(vec_text(o, name), NULL, 16);
}

/* Octets; returns how many. */
static inline size_t vec_hex(const json_t *o, const char *name, uint8_t *out, size_t max)
{
    size_t len = 0;
    if (hex_parse(vec_text(o, name), out, max, &len)) {
        fprintf(stderr, "the vector's \"%s\" is not hex of at most %zu octets\n", name, max);
        exit(1);
    }
    return len;
}

#endif
