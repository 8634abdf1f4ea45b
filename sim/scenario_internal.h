/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the scenario reader share: the tree of what was written, the scenario, small
 * helpers. */
#ifndef SIM_SCENARIO_INTERNAL_H
#define SIM_SCENARIO_INTERNAL_H

#include "sim/scenario.h"

enum {
    SCN_MAX_NODES = 1000000, /* after aliases are resolved: guards against aliases of aliases */
    SCN_MAX_DEPTH = 60,
    SCN_MAX_KEYS = 1000, /* in one map */
    SCN_MAX_ANCHORS = 10000,
    SCN_MAX_BYTES = 64 << 20,
    SCN_MAX_PATH = 600,
    SCN_MAX_TEXT = 4096, /* of one text value, unless its key says less */
};

/* Where a node comes from; i > 0 is override i - 1. */
enum { SCN_FROM_DEFAULT = -1, SCN_FROM_FILE = 0 };

enum node_type { NODE_SCALAR, NODE_MAP, NODE_LIST };

/* One value as written. Aliases are copied and merge keys are applied, so it is a plain tree. */
struct node {
    enum node_type type;
    bool plain; /* scalar without quotes */
    int from;
    int line, column;    /* from 1 */
    char *text;          /* scalar: zero-terminated, no zero inside */
    struct node **items; /* list: n values; map: key, value, key, value, ... */
    size_t n, cap;
};

struct block; /* one piece of memory that the scenario frees */

struct scenario {
    struct block *blocks;
    const char *name;     /* of the file, for messages */
    const char *base_dir; /* absolute where it exists */
    const struct scn_section *root;
    void *out;    /* the caller's struct: fields are found by their addresses */
    void *values; /* a copy of it as read */
    struct node *doc;
    const char **overrides;
    size_t n_overrides;
    size_t n_nodes;
};

/* The walk over a table: where it is, as "devices.meters.count". */
struct scn_path {
    char text[SCN_MAX_PATH];
    size_t len;
};

struct scn_buf {
    char *p;
    size_t len, cap;
};

/* What a value is checked for: its key, what was written, and how to say so. */
struct scn_ctx {
    struct scenario *s;
    struct sim_error *e;
    struct scn_path path;
};

/* Zeroed memory that lives as long as the scenario. */
void *scn_own(struct scenario *s, size_t n, size_t size);
char *scn_own_text(struct scenario *s, const char *text, size_t len);

/* "file:line:column" of a node (NULL: of the file), or "--set path=value". Returns buf. */
char *scn_place(const struct scenario *s, const struct node *n, char *buf, size_t size);
/* The error of a value: place, path, text. A wrong default is our own mistake and ends the program.
 */
int scn_error(struct scn_ctx *c, const struct node *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* text in quotes, cut and with control characters made visible. Returns buf. */
char *scn_quote(const char *text, char *buf, size_t size);

/* Add ".name", or "[i]"; returns the length to go back to with scn_path_pop. */
size_t scn_path_push(struct scn_path *p, const char *name);
size_t scn_path_push_index(struct scn_path *p, size_t i);
void scn_path_pop(struct scn_path *p, size_t len);
/* Add the name of a list's item when the table names items and it has one, else [i]. */
size_t scn_path_push_item(struct scn_path *p, const struct scn_section *sub,
                          const struct node *item, size_t i);

/* YAML text (len bytes, a zero behind) to a tree. from: its source. Errors: SIM_ESCENARIO. */
int scn_yaml_read(struct scn_ctx *c, const char *text, size_t len, int from, struct node **out);
/* The value of a key of a map, or NULL; also NULL when map is NULL or no map. */
struct node *node_get(const struct node *map, const char *key);
struct node *node_new(struct scenario *s, enum node_type type, int from);
void node_add(struct scenario *s, struct node *n, struct node *item);
/* Written as nothing, ~ or null. */
bool node_is_null(const struct node *n);
/* "a map", "a list", "nothing" or the quoted text, for messages. Returns buf. */
char *node_describe(const struct node *n, char *buf, size_t size);

/* Apply all overrides to the tree. */
int scn_set_apply(struct scn_ctx *c);

/* The key of a table, or NULL. */
const struct scn_key *scn_key_find(const struct scn_section *sec, const char *name);
/* The error of a key that a table does not have; at: the node whose place is told. */
int scn_unknown_key(struct scn_ctx *c, const struct node *at, const struct scn_section *sec,
                    const char *name);
/* Check that a written value is a map (of this section) or a list; else the error. */
int scn_want_map(struct scn_ctx *c, const struct node *n);
int scn_want_list(struct scn_ctx *c, const struct node *n);
/* The bytes that a key's value takes in the struct. */
size_t scn_key_size(const struct scn_key *k);

/* Read a scalar (every kind but SECTION, LIST, VALUES, MATRIX) into field. */
int scn_value_read(struct scn_ctx *c, const struct scn_key *k, const struct node *n, void *field);
/* Read one element of SCN_VALUES or SCN_MATRIX. */
int scn_element_read(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                     int64_t *value);
/* Does a section have keys that must be written? */
bool scn_has_required(const struct scn_section *sec);
/* What is allowed for a key, e.g. "1s..100s" or "one of: a b c". Returns buf. */
char *scn_allowed(const struct scn_key *k, char *buf, size_t size);
/* "ns us ms s min h d"; "" for a number without unit. Returns buf. */
char *scn_unit_names(enum scn_unit unit, char *buf, size_t size);
/* Why a quantity was refused. */
enum scn_quantity_fault {
    QUANTITY_OK,
    QUANTITY_NO_NUMBER,
    QUANTITY_NO_UNIT,
    QUANTITY_OTHER_UNIT,
    QUANTITY_NOT_WHOLE,
    QUANTITY_TOO_LARGE
};
enum scn_quantity_fault scn_quantity_read(const char *text, enum scn_unit unit, int64_t *value,
                                          const char **unit_at);
/* A unit that fits a bare number of this key, for "write e.g.". */
const char *scn_unit_example(const struct scn_key *k, const char *number);
/* The base step of a unit, as text: "1ns". Returns buf. */
char *scn_unit_step(enum scn_unit unit, char *buf, size_t size);
/* One bound of a key (min or max, not NULL) in base units; a bad one is our own mistake. */
int64_t scn_bound(const struct scn_key *k, const char *text);

void scn_buf_add(struct scn_buf *b, const char *text, size_t len);
void scn_buf_print(struct scn_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Is it the default of a key? Never so for texts, files, lists, and keys without a default. */
bool scn_is_default(const struct scenario *s, const struct scn_key *k, const void *value);

#endif
