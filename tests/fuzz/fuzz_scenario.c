/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target of the scenario reader: any bytes as a scenario, its last line as an override when it
 * begins with "--set ". What is accepted must resolve to a text that is accepted and resolves to
 * itself. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"
#include "sim/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct part {
    const char *name;
    struct scn_dist drift;
    uint8_t key[4];
    struct scn_list losses;
};

struct inner {
    int64_t period_ns;
    struct scn_list parts;
};

struct outer {
    bool on;
    int64_t n;
    int64_t limit_ns;
    double ratio;
    int colour;
    const char *text;
    const char *file;
    uint8_t id[8];
    int64_t start_gps_ns;
    struct scn_dist wait;
    struct inner inner;
    struct scn_list parts;
    struct scn_list channels;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

#define AT(type, field) .offset = offsetof(struct type, field)

static const struct scn_key part_keys[] = {
    {.name = "name", .kind = SCN_TEXT, AT(part, name), .required = true},
    {.name = "drift",
     .kind = SCN_DIST,
     .unit = SCN_DRIFT,
     AT(part, drift),
     .def = "normal(0ppm, 10ppm)"},
    {.name = "key", .kind = SCN_HEX, AT(part, key), .len = 4, .word = "auto", .def = "auto"},
    {.name = "losses", .kind = SCN_MATRIX, .unit = SCN_LEVEL, AT(part, losses), .word = "none"},
    {0},
};
static const struct scn_section part_section = {
    .name = "part", .keys = part_keys, .size = sizeof(struct part), .named = "name"};

static const struct scn_key inner_keys[] = {
    {.name = "period",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     AT(inner, period_ns),
     .required = true},
    {.name = "parts", .kind = SCN_LIST, AT(inner, parts), .sub = &part_section, .max = "5"},
    {0},
};
static const struct scn_section inner_section = {
    .name = "inner", .keys = inner_keys, .size = sizeof(struct inner)};

static const struct scn_key outer_keys[] = {
    {.name = "on", .kind = SCN_BOOL, AT(outer, on), .def = "false"},
    {.name = "n", .kind = SCN_INT, AT(outer, n), .def = "1", .min = "-5", .max = "1e9"},
    {.name = "limit",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     AT(outer, limit_ns),
     .def = "none",
     .word = "none"},
    {.name = "ratio",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     AT(outer, ratio),
     .def = "1%",
     .word = "any"},
    {.name = "colour", .kind = SCN_ENUM, AT(outer, colour), .names = colours, .def = "green"},
    {.name = "text", .kind = SCN_TEXT, AT(outer, text), .word = "nothing"},
    {.name = "file", .kind = SCN_FILE, AT(outer, file), .word = "nothing"},
    {.name = "id", .kind = SCN_HEX, AT(outer, id), .len = 8},
    {.name = "start",
     .kind = SCN_INSTANT,
     AT(outer, start_gps_ns),
     .def = "2026-01-01",
     .word = "now"},
    {.name = "wait",
     .kind = SCN_DIST,
     .unit = SCN_TIME,
     AT(outer, wait),
     .def = "1s",
     .min = "0s",
     .word = "none"},
    {.name = "inner", .kind = SCN_SECTION, AT(outer, inner), .sub = &inner_section},
    {.name = "parts", .kind = SCN_LIST, AT(outer, parts), .sub = &part_section},
    {.name = "channels",
     .kind = SCN_VALUES,
     .unit = SCN_FREQUENCY,
     AT(outer, channels),
     .def = "[868.1MHz, 868.3MHz]",
     .min = "0Hz",
     .word = "all"},
    {0},
};
static const struct scn_section outer_section = {
    .name = "outer", .keys = outer_keys, .size = sizeof(struct outer)};

static void count_value(void *ctx, const char *path, const char *value)
{
    *(size_t *)ctx += strlen(path) + strlen(value);
}

/* Everything that can be asked of an accepted scenario. */
static void use(const struct scenario *s, const struct outer *o)
{
    size_t n = 0;
    char buf[200];
    struct sim_error e;
    struct scenario *again;
    struct outer other;
    scenario_each(s, count_value, &n);
    for (size_t i = 0; i < sizeof *o; i += 4)
        scenario_where(s, (const char *)o + i, buf, sizeof buf);
    for (size_t i = 0; i < o->parts.n && i < 10; i++) {
        const struct part *p = (const struct part *)o->parts.items + i;
        scenario_fail(s, &p->drift, &e, "x");
        scenario_fail(s, p->losses.items, &e, "x");
    }
    char *once = scenario_resolved(s);
    int rc = scenario_read_text(&again, "again", once, strlen(once), "/base", &outer_section,
                                &other, NULL, 0, &e);
    SIM_CHECK(rc == SIM_OK, "resolved text refused: %s\n%s", e.text, once);
    char *twice = scenario_resolved(again);
    SIM_CHECK(strcmp(once, twice) == 0, "resolved twice:\n%s\n%s", once, twice);
    SIM_CHECK(o->n == other.n && o->limit_ns == other.limit_ns &&
                  o->start_gps_ns == other.start_gps_ns,
              "values changed:\n%s", once);
    free(once);
    free(twice);
    scenario_close(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scenario *s;
    struct outer o;
    struct sim_error e;
    char *text = mem_copy(data, size);
    const char *set = NULL;
    char *last = size ? strrchr(text, '\n') : NULL;
    if (last && strncmp(last + 1, "--set ", 6) == 0) {
        set = last + 7;
        size = (size_t)(last - text) + 1;
    }
    if (scenario_read_text(&s, "fuzz", text, size, "/base", &outer_section, &o, &set, set != NULL,
                           &e) == SIM_OK) {
        use(s, &o);
        scenario_close(s);
    }
    free(text);
    return 0;
}
