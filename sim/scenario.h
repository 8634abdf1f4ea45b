/* SPDX-License-Identifier: GPL-2.0-only
 * Scenario files: YAML read through one table of keys into plain structs.
 *
 * A table (struct scn_section) lists the keys of one YAML map: name, kind, unit, range, default,
 * help and where the value goes in a struct. From the tables come the parser, every message
 * (file:line:column: what was found, what is allowed), the resolved text and the reference page.
 * This file knows no LoRaWAN and no IP: the tables stand beside the models that they configure. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/err.h"

/* The value of a key whose special word ("auto", "none", "unlimited") was written or is the
 * default. */
#define SCN_WORD INT64_MIN

enum scn_kind {
    SCN_BOOL,     /* bool: true or false */
    SCN_INT,      /* int64_t, a number without unit in min..max */
    SCN_QUANTITY, /* int64_t in the base of the unit (enum scn_unit); exact, or refused */
    SCN_REAL,     /* double; unit NONE or RATIO ("15%" or "0.15") */
    SCN_ENUM,     /* int: index into names (a NULL-terminated list) */
    SCN_TEXT,     /* const char *, owned by the scenario; NULL when not given and def is NULL */
    SCN_FILE, /* const char *, a path made absolute against the scenario's folder; NULL as above */
    SCN_HEX,  /* uint8_t[len], as written (most significant byte first); all zero when not given */
    SCN_INSTANT, /* int64_t, GPS nanoseconds */
    SCN_DIST, /* struct scn_dist: a quantity, or uniform(a, b), normal(mean, sd), exponential(mean)
               */
    SCN_SECTION, /* struct: a map with its own table (sub) */
    SCN_LIST,    /* struct scn_list of structs: a sequence of maps with the table sub */
    SCN_VALUES,  /* struct scn_list of int64_t: a sequence of quantities (or one) */
    SCN_MATRIX,  /* struct scn_list of struct scn_list of int64_t: a sequence of sequences of
                    quantities */
};

/* Base units. A written value must be a whole number of them ("0.1us" is 100 ns; "0.1ns" is
 * refused). */
enum scn_unit {
    SCN_NONE,
    SCN_TIME,        /* ns: ns us ms s min h d */
    SCN_FREQUENCY,   /* Hz: Hz kHz MHz GHz */
    SCN_POWER,       /* centi-dBm: dBm */
    SCN_LEVEL,       /* centi-dB: dB */
    SCN_LENGTH,      /* mm: mm cm m km */
    SCN_RATIO,       /* a double: % or a plain number */
    SCN_DRIFT,       /* ppb: ppb ppm */
    SCN_CURRENT,     /* nA: nA uA mA A */
    SCN_VOLTAGE,     /* mV: mV V */
    SCN_TEMPERATURE, /* milli-degree Celsius: degC */
    SCN_CHARGE,      /* uAh: uAh mAh Ah kAh */
    SCN_SIZE,        /* bytes: B kB (1000) KiB (1024) */
    SCN_BIT_RATE,    /* bit/s: bps kbps Mbps Gbps */
};

enum scn_dist_kind { SCN_FIXED, SCN_UNIFORM, SCN_NORMAL, SCN_EXPONENTIAL };

struct scn_dist {
    enum scn_dist_kind kind;
    int64_t a; /* the value, the lower bound or the mean */
    int64_t b; /* the upper bound or the standard deviation */
};

struct scn_list {
    void *items; /* n structs of the table's size, or n int64_t; owned by the scenario */
    size_t n;
};

struct scn_section;

struct scn_key {
    const char *name; /* NULL ends a table */
    enum scn_kind kind;
    enum scn_unit unit;
    size_t offset;         /* of the value in the section's struct */
    const char *min, *max; /* as a user would write them; NULL: no bound */
    const char *def;       /* as a user would write it; NULL: not given, or required (see below) */
    bool required;         /* must be written */
    const char *word;      /* a word allowed instead of a value; the value is then SCN_WORD */
    const char *const *names;      /* SCN_ENUM: the words, NULL at the end */
    size_t len;                    /* SCN_HEX: octets */
    const struct scn_section *sub; /* SCN_SECTION, SCN_LIST */
    const char *only; /* "kind=a|b": in effect only when this SCN_ENUM or SCN_INT key of the section
                         has one of these values; of a section all its keys; NULL: always */
    const char *help; /* one sentence for the reference page */
};

struct scn_section {
    const char *name;
    const char *help;
    const struct scn_key *keys;
    size_t size;       /* of the struct */
    const char *named; /* SCN_LIST: the key that names an item, e.g. "name" (used by --set paths),
                          or NULL */
};

struct scenario; /* a read scenario: its values, places and texts */

/* Read a scenario file (or "-" for standard input) by the table root into *out (root->size bytes,
 * set to defaults first; pointers in it live as long as the scenario). overrides: n texts
 * "path=value" as given to --set, applied before checking; a path is keys joined by dots, list
 * items by name or [index]: devices.meters.count or devices[0].count. base_dir NULL: the folder of
 * the file. Errors: SIM_ESCENARIO (wrong content), SIM_EIO (cannot be read); e has file:line:column
 * and the next step. */
int scenario_read(struct scenario **s, const char *path, const struct scn_section *root, void *out,
                  const char *const *overrides, size_t n_overrides, struct sim_error *e);

/* The same from text in memory (len bytes); name is used in messages, base_dir for relative files.
 */
int scenario_read_text(struct scenario **s, const char *name, const char *text, size_t len,
                       const char *base_dir, const struct scn_section *root, void *out,
                       const char *const *overrides, size_t n_overrides, struct sim_error *e);
void scenario_close(struct scenario *s);

/* A section (or list item) and its first field share an address: in the next three the field is
 * meant.
 *
 * A message about a value that was read: "file:line:column: " of the field at address field
 * (anywhere in out or in a list's items), or of the section that should hold it when the key was
 * not written (the text then says which key and default), before the formatted text. Returns
 * SIM_ESCENARIO. */
int scenario_fail(const struct scenario *s, const void *field, struct sim_error *e, const char *fmt,
                  ...) __attribute__((format(printf, 4, 5)));

/* The same place for a warning: writes "file:line:column" into buf; returns buf. */
char *scenario_where(const struct scenario *s, const void *field, char *buf, size_t size);

/* Was this key written (in the file or by an override), rather than left to its default? */
bool scenario_given(const struct scenario *s, const void *field);

/* Was it written with another value than its default? For keys that others rule out: the resolved
 * text, which has all keys, then reads as the scenario does. */
bool scenario_changed(const struct scenario *s, const void *field);

/* Call fn for every key that was written, with a value that is not its default, and that has no
 * effect (scn_key.only): place "file:line:column", path "devices.meters.traffic.jitter", rule
 * "kind=periodic". In the order of the tables. */
typedef void scenario_idle_fn(void *ctx, const char *place, const char *path, const char *rule);
void scenario_idle(const struct scenario *s, scenario_idle_fn *fn, void *ctx);

/* The resolved scenario as YAML: every key, defaults included, with units. The caller frees. */
char *scenario_resolved(const struct scenario *s);

/* Call fn for every scalar key of the resolved scenario: path ("devices.meters.count"), value as
 * text. */
void scenario_each(const struct scenario *s,
                   void (*fn)(void *ctx, const char *path, const char *value), void *ctx);

/* Write the reference page (Markdown) of a root table: one heading a section, one row a key. */
void scenario_reference(FILE *out, const struct scn_section *root);

/* A quantity as a person writes it, in the largest unit that keeps it whole: "1.5s". Returns buf.
 */
char *scn_quantity_print(int64_t value, enum scn_unit unit, char *buf, size_t size);
/* Parse "1.5s" and the like to the unit's base. Errors: SIM_ESYNTAX, SIM_ERANGE (not whole, or too
 * large). */
int scn_quantity_parse(const char *text, enum scn_unit unit, int64_t *value);

/* The nearest of n names to what was written, or NULL when none is near (edit distance). */
const char *scn_did_you_mean(const char *written, const char *const *names, size_t n);

#endif
