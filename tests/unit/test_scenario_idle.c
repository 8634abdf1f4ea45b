/* SPDX-License-Identifier: GPL-2.0-only
 * Pins which written keys are told to be without effect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/scenario.h"

struct shape {
    int kind;
    int64_t radius_mm, side_mm;
    struct scn_list points;
};

struct all {
    struct scn_list shapes;
    struct shape one, two;
    int64_t version;
};

static const char *const kinds[] = {"none", "disc", "square", NULL};
static const struct scn_key shape_keys[] = {
    {.name = "kind",
     .kind = SCN_ENUM,
     .offset = offsetof(struct shape, kind),
     .names = kinds,
     .def = "disc",
     .help = "Kind."},
    {.name = "radius",
     .kind = SCN_QUANTITY,
     .unit = SCN_LENGTH,
     .offset = offsetof(struct shape, radius_mm),
     .def = "1km",
     .only = "kind=disc",
     .help = "Radius."},
    {.name = "side",
     .kind = SCN_QUANTITY,
     .unit = SCN_LENGTH,
     .offset = offsetof(struct shape, side_mm),
     .def = "1km",
     .only = "kind=square|disc",
     .help = "Side."},
    {.name = "points",
     .kind = SCN_VALUES,
     .unit = SCN_LENGTH,
     .offset = offsetof(struct shape, points),
     .only = "kind=none",
     .help = "Points."},
    {.name = NULL},
};
static const struct scn_section shape_section = {
    .name = "shape", .help = "A shape.", .keys = shape_keys, .size = sizeof(struct shape)};
static const struct scn_key all_keys[] = {
    {.name = "shapes",
     .kind = SCN_LIST,
     .offset = offsetof(struct all, shapes),
     .sub = &shape_section,
     .help = "Shapes."},
    {.name = "one",
     .kind = SCN_SECTION,
     .offset = offsetof(struct all, one),
     .sub = &shape_section,
     .help = "One."},
    {.name = "version",
     .kind = SCN_INT,
     .offset = offsetof(struct all, version),
     .def = "0",
     .help = "Version."},
    {.name = "two",
     .kind = SCN_SECTION,
     .offset = offsetof(struct all, two),
     .sub = &shape_section,
     .only = "version=1|2",
     .help = "Two."},
    {.name = NULL},
};
static const struct scn_section all_section = {
    .name = "all", .help = "All.", .keys = all_keys, .size = sizeof(struct all)};

static void note(void *ctx, const char *place, const char *path, const char *rule)
{
    char *to = ctx;
    size_t len = strlen(to);
    snprintf(to + len, 1000 - len, "%s %s %s\n", place, path, rule);
}

static void idle_of(const char *text, char *out)
{
    struct scenario *s;
    struct all all;
    struct sim_error e = {0};
    *out = 0;
    assert_int_equal(
        scenario_read_text(&s, "f", text, strlen(text), ".", &all_section, &all, NULL, 0, &e), 0);
    scenario_idle(s, note, out);
    scenario_close(s);
}

static void in_sections_and_lists(void **state)
{
    char out[1000];
    (void)state;
    idle_of("shapes:\n"
            "  - {kind: disc, radius: 2m, side: 3m, points: [1m]}\n"
            "  - {kind: square, radius: 2m, side: 3m}\n"
            "one: {kind: none, side: 2m, points: [1m, 2m]}\n",
            out);
    assert_string_equal(out, "f:2:48 shapes[0].points kind=none\n"
                             "f:3:28 shapes[1].radius kind=disc\n"
                             "f:4:25 one.side kind=square|disc\n");
}

/* The default of the deciding key counts too. */
static void by_default(void **state)
{
    char out[1000];
    (void)state;
    idle_of("one: {points: 1m, radius: 2m}\n", out);
    assert_string_equal(out, "f:1:15 one.points kind=none\n");
}

static void a_default_value_is_no_news(void **state)
{
    char out[1000];
    (void)state;
    idle_of("one: {kind: none, radius: 1000m, side: 1km}\n", out);
    assert_string_equal(out, "");
}

/* In lists and sections, whatever rules say; a section is not its first field. */
static void changed(void **state)
{
    static const char text[] = "shapes:\n"
                               "  - {kind: disc, radius: 2m, side: 1000m}\n"
                               "one: {kind: none, side: 2m}\n";
    struct scenario *s;
    struct all all;
    struct sim_error e = {0};
    (void)state;
    assert_int_equal(
        scenario_read_text(&s, "f", text, strlen(text), ".", &all_section, &all, NULL, 0, &e), 0);
    const struct shape *shape = all.shapes.items;
    assert_true(scenario_changed(s, &shape->radius_mm));
    assert_false(scenario_changed(s, &shape->side_mm));
    assert_false(scenario_changed(s, &shape->kind));
    assert_true(scenario_changed(s, &all.one.kind));
    assert_true(scenario_changed(s, &all.one.side_mm));
    assert_false(scenario_changed(s, &all.one.radius_mm));
    scenario_close(s);
}

/* A section that a number leaves without effect: its keys are told, but not those at their
 * defaults. */
static void a_whole_section(void **state)
{
    char out[1000];
    (void)state;
    idle_of("two: {kind: disc, radius: 2m, side: 1km}\n", out);
    assert_string_equal(out, "f:1:27 two.radius version=1|2\n");
    idle_of("version: 2\ntwo: {kind: disc, radius: 2m}\n", out);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_sections_and_lists), cmocka_unit_test(by_default),
        cmocka_unit_test(a_default_value_is_no_news), cmocka_unit_test(a_whole_section),
        cmocka_unit_test(changed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
