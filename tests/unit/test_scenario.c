/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the scenario reader: every kind of value, defaults, places and wording of each refusal,
 * overrides, places of fields, and that the resolved text reads back to the same values. Leaves
 * open: the models' own tables (their tests), and inputs that no person would write (the fuzz
 * target). */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/scenario.h"
#include "sim/time.h"

struct clock_cfg {
    struct scn_dist drift;
    int64_t offset_ns;
};

struct group_cfg {
    const char *name;
    int64_t count;
    uint8_t key[4];
    struct clock_cfg clock;
};

struct opt_cfg {
    int64_t period_ns;
    int64_t size;
};

struct all_cfg {
    bool on;
    int64_t n;
    int64_t duration_ns;
    int64_t power_cdbm;
    int64_t limit_ns;
    double exponent;
    double ratio;
    int model;
    const char *title;
    const char *file;
    uint8_t id[8];
    int64_t start_gps_ns;
    struct scn_dist wait;
    struct opt_cfg opt;
    struct scn_list groups;
    struct scn_list channels;
    struct scn_list matrix;
};

static const char *const models[] = {"log_distance", "okumura_hata", "matrix", NULL};

#define AT(type, field) .offset = offsetof(struct type, field)

static const struct scn_key clock_keys[] = {
    {.name = "drift",
     .kind = SCN_DIST,
     .unit = SCN_DRIFT,
     AT(clock_cfg, drift),
     .def = "normal(0ppm, 10ppm)",
     .min = "-1000ppm",
     .max = "1000ppm",
     .help = "Drift of each clock."},
    {.name = "offset",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     AT(clock_cfg, offset_ns),
     .def = "0s",
     .help = "Offset at the start."},
    {0},
};
static const struct scn_section clock_section = {
    .name = "clock", .help = "A clock.", .keys = clock_keys, .size = sizeof(struct clock_cfg)};

static const struct scn_key group_keys[] = {
    {.name = "name",
     .kind = SCN_TEXT,
     AT(group_cfg, name),
     .required = true,
     .min = "1",
     .max = "20",
     .help = "Name of the group."},
    {.name = "count",
     .kind = SCN_INT,
     AT(group_cfg, count),
     .def = "1",
     .min = "1",
     .max = "1000000",
     .help = "Devices in it."},
    {.name = "key", .kind = SCN_HEX, AT(group_cfg, key), .len = 4, .help = "A key."},
    {.name = "clock",
     .kind = SCN_SECTION,
     AT(group_cfg, clock),
     .sub = &clock_section,
     .help = "Its clock."},
    {0},
};
static const struct scn_section group_section = {.name = "group",
                                                 .help = "A group of devices.",
                                                 .keys = group_keys,
                                                 .size = sizeof(struct group_cfg),
                                                 .named = "name"};

static const struct scn_key opt_keys[] = {
    {.name = "period",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     AT(opt_cfg, period_ns),
     .required = true,
     .help = "Needed once the section is there."},
    {.name = "size",
     .kind = SCN_QUANTITY,
     .unit = SCN_SIZE,
     AT(opt_cfg, size),
     .def = "1.5KiB",
     .help = "Size."},
    {0},
};
static const struct scn_section opt_section = {.name = "opt",
                                               .help = "An optional section.",
                                               .keys = opt_keys,
                                               .size = sizeof(struct opt_cfg)};

static const struct scn_key all_keys[] = {
    {.name = "on", .kind = SCN_BOOL, AT(all_cfg, on), .def = "true", .help = "On or off."},
    {.name = "n",
     .kind = SCN_INT,
     AT(all_cfg, n),
     .def = "3",
     .min = "1",
     .max = "100",
     .help = "A | number."},
    {.name = "duration",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     AT(all_cfg, duration_ns),
     .def = "1h",
     .min = "1s",
     .max = "100h",
     .help = "How long."},
    {.name = "power",
     .kind = SCN_QUANTITY,
     .unit = SCN_POWER,
     AT(all_cfg, power_cdbm),
     .def = "14dBm",
     .help = "Power."},
    {.name = "limit",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     AT(all_cfg, limit_ns),
     .def = "unlimited",
     .min = "1s",
     .word = "unlimited",
     .help = "A limit."},
    {.name = "exponent",
     .kind = SCN_REAL,
     AT(all_cfg, exponent),
     .def = "3.76",
     .min = "1",
     .max = "6",
     .help = "Exponent."},
    {.name = "ratio",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     AT(all_cfg, ratio),
     .def = "0%",
     .min = "0",
     .max = "100%",
     .help = "A ratio."},
    {.name = "model",
     .kind = SCN_ENUM,
     AT(all_cfg, model),
     .names = models,
     .def = "okumura_hata",
     .help = "The model."},
    {.name = "title", .kind = SCN_TEXT, AT(all_cfg, title), .max = "40", .help = "A title."},
    {.name = "file", .kind = SCN_FILE, AT(all_cfg, file), .help = "A file."},
    {.name = "id", .kind = SCN_HEX, AT(all_cfg, id), .len = 8, .help = "An identifier."},
    {.name = "start",
     .kind = SCN_INSTANT,
     AT(all_cfg, start_gps_ns),
     .def = "2026-01-01T00:00:00Z",
     .help = "The start."},
    {.name = "wait",
     .kind = SCN_DIST,
     .unit = SCN_TIME,
     AT(all_cfg, wait),
     .def = "600s",
     .min = "0s",
     .max = "1d",
     .help = "A wait."},
    {.name = "opt",
     .kind = SCN_SECTION,
     AT(all_cfg, opt),
     .sub = &opt_section,
     .help = "Optional."},
    {.name = "groups",
     .kind = SCN_LIST,
     AT(all_cfg, groups),
     .sub = &group_section,
     .max = "3",
     .help = "Groups."},
    {.name = "channels",
     .kind = SCN_VALUES,
     .unit = SCN_FREQUENCY,
     AT(all_cfg, channels),
     .def = "[868.1MHz, 868.3MHz]",
     .min = "137MHz",
     .max = "1020MHz",
     .help = "Channels."},
    {.name = "matrix",
     .kind = SCN_MATRIX,
     .unit = SCN_LEVEL,
     AT(all_cfg, matrix),
     .help = "Losses."},
    {0},
};
static const struct scn_section all_section = {
    .name = "all", .help = "Every kind.", .keys = all_keys, .size = sizeof(struct all_cfg)};

static int read_with(struct scenario **s, struct all_cfg *c, struct sim_error *e, const char *text,
                     const char *set)
{
    memset(e, 0, sizeof *e);
    return scenario_read_text(s, "f", text, strlen(text), "/base", &all_section, c, &set,
                              set != NULL, e);
}

/* The text is refused, and the message is exactly this. */
static void refused(const char *text, const char *set, const char *message)
{
    struct scenario *s;
    struct all_cfg c;
    struct sim_error e;
    assert_int_equal(read_with(&s, &c, &e, text, set), SIM_ESCENARIO);
    assert_string_equal(e.text, message);
    assert_null(s);
}

static struct scenario *accepted(struct all_cfg *c, const char *text, const char *set)
{
    struct scenario *s;
    struct sim_error e;
    int rc = read_with(&s, c, &e, text, set);
    if (rc)
        fail_msg("refused: %s", e.text);
    return s;
}

static void test_defaults(void **state)
{
    (void)state;
    struct all_cfg c;
    struct scenario *s = accepted(&c, "n: 4\n", NULL);
    assert_true(c.on);
    assert_int_equal(c.n, 4);
    assert_int_equal(c.duration_ns, SIM_S(3600));
    assert_int_equal(c.power_cdbm, 1400);
    assert_int_equal(c.limit_ns, SCN_WORD);
    assert_true(c.exponent == 3.76 && c.ratio == 0);
    assert_int_equal(c.model, 1);
    assert_null(c.title);
    assert_null(c.file);
    assert_int_equal(c.opt.size, 1536);
    assert_int_equal(c.groups.n, 0);
    assert_int_equal(c.channels.n, 2);
    assert_int_equal(((int64_t *)c.channels.items)[1], 868300000);
    assert_int_equal(c.wait.kind, SCN_FIXED);
    assert_int_equal(c.wait.a, SIM_S(600));
    assert_true(scenario_given(s, &c.n));
    assert_false(scenario_given(s, &c.duration_ns));
    scenario_close(s);
}

static const char full[] = "# every kind\n"
                           "on: false\n"
                           "n: 1e2\n"
                           "duration: 90min\n"
                           "power: -3.25 dBm\n"
                           "limit: 2s\n"
                           "exponent: 2.5e0\n"
                           "ratio: 15%\n"
                           "model: matrix\n"
                           "title: \"two words: \\\"x\\\" \\u00e9\\t\"\n"
                           "file: data/x y.csv\n"
                           "id: 00 11 22 33 44 55 66 ff\n"
                           "start: gps:1167264017.5\n"
                           "wait: uniform( 1s , 2.5s)\n"
                           "opt: {period: 100ms}\n"
                           "groups:\n"
                           "  - &a\n"
                           "    name: meters\n"
                           "    count: 100\n"
                           "    clock: {drift: 5ppm}\n"
                           "  - <<: *a\n"
                           "    name: \"a.b\"\n"
                           "    key: deadBEEF\n"
                           "channels: 868.0625MHz\n"
                           "matrix: [[1dB, 2dB], [0.01dB]]\n";

static void check_full(const struct all_cfg *c)
{
    static const uint8_t id[8] = {0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xff};
    assert_false(c->on);
    assert_int_equal(c->n, 100);
    assert_int_equal(c->duration_ns, SIM_S(5400));
    assert_int_equal(c->power_cdbm, -325);
    assert_int_equal(c->limit_ns, SIM_S(2));
    assert_true(c->exponent == 2.5 && c->ratio == 0.15);
    assert_int_equal(c->model, 2);
    assert_string_equal(c->title, "two words: \"x\" \xc3\xa9\t");
    assert_string_equal(c->file, "/base/data/x y.csv");
    assert_memory_equal(c->id, id, 8);
    assert_int_equal(c->start_gps_ns, SIM_S(1167264017) + SIM_MS(500));
    assert_int_equal(c->wait.kind, SCN_UNIFORM);
    assert_int_equal(c->wait.b, SIM_MS(2500));
    assert_int_equal(c->opt.period_ns, SIM_MS(100));
    assert_int_equal(c->groups.n, 2);
    const struct group_cfg *g = c->groups.items;
    assert_string_equal(g[1].name, "a.b");
    assert_int_equal(g[1].count, 100);
    assert_int_equal(g[1].key[0], 0xde);
    assert_int_equal(g[1].clock.drift.a, 5000);
    assert_int_equal(c->channels.n, 1);
    assert_int_equal(*(int64_t *)c->channels.items, 868062500);
    assert_int_equal(c->matrix.n, 2);
    const struct scn_list *row = c->matrix.items;
    assert_int_equal(row[1].n, 1);
    assert_int_equal(*(int64_t *)row[1].items, 1);
}

static void test_every_kind(void **state)
{
    (void)state;
    struct all_cfg c;
    struct scenario *s = accepted(&c, full, NULL);
    check_full(&c);
    scenario_close(s);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const char *const texts[] = {
        full,
        "n: 1\n",
        "opt: {period: 1ns}\ngroups: []\nchannels: []\n",
        "title: ''\nfile: /x\nlimit: unlimited\nwait: exponential(3661s)\n",
        "title: \"\\u2028\\ufeff\\x85\\\\ \\x07\"\ngroups:\n  - &a {name: a}\n  - {<<: [*a, "
        "{count: 5}], name: b}\n",
        "title: 'no'\nstart: 2030-02-28\nduration: 36h\nratio: 0.333\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct all_cfg a, b;
        struct scenario *s = accepted(&a, texts[i], NULL);
        char *once = scenario_resolved(s);
        struct scenario *t = accepted(&b, once, NULL);
        char *twice = scenario_resolved(t);
        assert_string_equal(once, twice);
        if (i == 0)
            check_full(&b);
        assert_int_equal(a.duration_ns, b.duration_ns);
        assert_int_equal(a.start_gps_ns, b.start_gps_ns);
        assert_true(a.ratio == b.ratio);
        scenario_close(s);
        scenario_close(t);
        free(once);
        free(twice);
    }
}

static void test_resolved_text(void **state)
{
    (void)state;
    struct all_cfg c;
    struct scenario *s = accepted(&c, full, NULL);
    char *text = scenario_resolved(s);
    assert_string_equal(text, "on: false\n"
                              "n: 100\n"
                              "duration: 1.5h\n"
                              "power: -3.25dBm\n"
                              "limit: 2s\n"
                              "exponent: 2.5\n"
                              "ratio: 0.15\n"
                              "model: matrix\n"
                              "title: \"two words: \\\"x\\\" \xc3\xa9\\x09\"\n"
                              "file: \"data/x y.csv\"\n"
                              "id: \"00112233445566ff\"\n"
                              "start: \"gps:1167264017.500000000\"\n"
                              "wait: uniform(1s, 2.5s)\n"
                              "opt:\n"
                              "  period: 100ms\n"
                              "  size: 1.5KiB\n"
                              "groups:\n"
                              "  - name: meters\n"
                              "    count: 100\n"
                              "    clock:\n"
                              "      drift: 5ppm\n"
                              "      offset: 0s\n"
                              "  - name: a.b\n"
                              "    count: 100\n"
                              "    key: \"deadbeef\"\n"
                              "    clock:\n"
                              "      drift: 5ppm\n"
                              "      offset: 0s\n"
                              "channels: [868.0625MHz]\n"
                              "matrix: [[1dB, 2dB], [0.01dB]]\n");
    free(text);
    scenario_close(s);
}

static void collect(void *ctx, const char *path, const char *value)
{
    char *all = ctx;
    size_t len = strlen(all);
    snprintf(all + len, 4000 - len, "%s=%s\n", path, value);
}

static void test_each(void **state)
{
    (void)state;
    struct all_cfg c;
    char all[4000] = "";
    struct scenario *s = accepted(&c, full, NULL);
    scenario_each(s, collect, all);
    assert_non_null(strstr(all, "\ngroups.meters.count=100\n"));
    assert_non_null(strstr(all, "\ngroups.a.b.clock.drift=5ppm\n"));
    assert_non_null(strstr(all, "\nopt.period=100ms\n"));
    assert_non_null(strstr(all, "\nmatrix=[[1dB, 2dB], [0.01dB]]\n"));
    scenario_close(s);
}

struct refusal {
    const char *text, *set, *message;
};

static void run_refusals(const struct refusal *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        refused(r[i].text, r[i].set, r[i].message);
}

static void test_wrong_values(void **state)
{
    (void)state;
    static const struct refusal r[] = {
        {"n: 101\n", NULL, "f:1:4: n: found \"101\", allowed 1..100; write a value in this range"},
        {"\nduration: 400h\n", NULL,
         "f:2:11: duration: found \"400h\", allowed 1s..100h; write a value in this range"},
        {"duration: 600\n", NULL,
         "f:1:11: duration: found \"600\" without a unit, allowed units ns us ms s min h d; write "
         "e.g. \"600s\""},
        {"duration: 6 sec\n", NULL,
         "f:1:11: duration: found unit \"sec\" in \"6 sec\", allowed units ns us ms s min h d; "
         "write e.g. \"6s\""},
        {"duration: 1000000000.5ns\n", NULL,
         "f:1:11: duration: found \"1000000000.5ns\", allowed only whole multiples of 1ns; round "
         "it"},
        {"channels: [868100000]\n", NULL,
         "f:1:12: channels[0]: found \"868100000\" without a unit, allowed units Hz kHz MHz GHz; "
         "write e.g. "
         "\"868100000Hz\""},
        {"n: 5s\n", NULL,
         "f:1:4: n: found \"5s\" with \"s\" behind the number, allowed 1..100; write the number "
         "alone"},
        {"n: x\n", NULL, "f:1:4: n: found \"x\", allowed 1..100; begin with a number"},
        {"on: yes\n", NULL,
         "f:1:5: on: found \"yes\", allowed true or false; write one of the two words"},
        {"exponent: nan\n", NULL,
         "f:1:11: exponent: found \"nan\", allowed 1..6; write a number alone"},
        {"exponent: 7\n", NULL,
         "f:1:11: exponent: found \"7\", allowed 1..6; write a value in this range"},
        {"ratio: 101%\n", NULL,
         "f:1:8: ratio: found \"101%\", allowed 0..100% (as 0.15 or 15%); write a value in this "
         "range"},
        {"model: okumura\n", NULL,
         "f:1:8: model: found \"okumura\", allowed log_distance, okumura_hata, matrix; write one "
         "of them"},
        {"model: okumara-hata\n", NULL,
         "f:1:8: model: found \"okumara-hata\", allowed log_distance, okumura_hata, matrix; did "
         "you mean "
         "\"okumura_hata\"?"},
        {"title: 12345678901234567890123456789012345678901\n", NULL,
         "f:1:8: title: found \"12345678901234567890123456789012345678901\" of 41 bytes, allowed "
         "0..40 bytes; make "
         "it shorter"},
        {"id: 0011\n", NULL,
         "f:1:5: id: found \"0011\", allowed 16 hex digits; these are 4 digits: add the missing "
         "ones"},
        {"id: 001x\n", NULL,
         "f:1:5: id: found \"001x\", allowed 16 hex digits; use 0-9 and a-f, two digits a byte, "
         "nothing else"},
        {"start: 2026-02-30\n", NULL,
         "f:1:8: start: found \"2026-02-30\", allowed an instant as 2026-01-01T00:00:00Z or "
         "gps:1234567890; this "
         "date or time does not exist or is outside 1980..2200"},
        {"wait: unifrom(1s, 2s)\n", NULL,
         "f:1:7: wait: found \"unifrom(1s, 2s)\", allowed a value like 1s, uniform(a, b), "
         "normal(mean, sd) or "
         "exponential(mean); did you mean \"uniform\"?"},
        {"wait: uniform(2s, 1s)\n", NULL,
         "f:1:7: wait: found \"uniform(2s, 1s)\", allowed uniform(a, b) with a <= b; swap the two"},
        {"wait: uniform(1s, 2d)\n", NULL,
         "f:1:7: wait: found \"2d\", allowed 0s..1d; write a value in this range"},
        {"wait: normal(1s, -2s)\n", NULL,
         "f:1:7: wait: found \"normal(1s, -2s)\", allowed a standard deviation of 0 or more; "
         "remove its sign"},
        {"wait: exponential(0s)\n", NULL,
         "f:1:7: wait: found \"exponential(0s)\", allowed a mean above 0; write a larger mean"},
        {"wait: normal(1s)\n", NULL,
         "f:1:7: wait: found \"normal(1s)\", allowed a value like 1s, uniform(a, b), normal(mean, "
         "sd) or "
         "exponential(mean); write one of these forms"},
        {"wait: uniform(1s, 2s, 3s)\n", NULL,
         "f:1:7: wait: found \"uniform(1s, 2s, 3s)\", allowed a value like 1s, uniform(a, b), "
         "normal(mean, sd) or "
         "exponential(mean); write one of these forms"},
        {"power: 1e20dBm\n", NULL,
         "f:1:8: power: found \"1e20dBm\", which is too large, allowed a number with a unit (dBm); "
         "write a smaller "
         "value"},
        {"channels: [868MHz, [1]]\n", NULL,
         "f:1:20: channels[1]: found a list, allowed 137MHz..1020MHz; write one value here"},
        {"file: ''\n", NULL,
         "f:1:7: file: found \"\", allowed the path of a file; write a path, or leave the key out"},
        {"groups:\n  - name: ''\n", NULL,
         "f:2:11: groups[0].name: found \"\" of 0 bytes, allowed 1..20 bytes; make it longer"},
        {"<<: 3\nn: 1\n", NULL,
         "f:1:5: found << with something that is no map; write \"<<: *anchor\" of a map"},
        {"limit: 0s\n", NULL,
         "f:1:8: limit: found \"0s\", allowed at least 1s or the word unlimited; write a value in "
         "this range"},
    };
    run_refusals(r, sizeof r / sizeof *r);
}

static void test_wrong_shape(void **state)
{
    (void)state;
    static const struct refusal r[] = {
        {"duratoin: 1h\n", NULL,
         "f:1:1: duratoin: found unknown key \"duratoin\"; did you mean \"duration\"?"},
        {"opt: {period: 1s, zzzz: 1}\n", NULL,
         "f:1:19: opt.zzzz: found unknown key \"zzzz\", allowed period, size; use one of these or "
         "remove it"},
        {"n: 1\nn: 2\n", NULL, "f:2:1: found key \"n\" twice, first at f:1:1; remove one of them"},
        {"n: [1]\n", NULL, "f:1:4: n: found a list, allowed 1..100; write one value"},
        {"n:\n", NULL,
         "f:1:1: n: found nothing, allowed 1..100; write a value, or remove the key to use its "
         "default"},
        {"opt:\n", NULL,
         "f:1:1: opt: found nothing, allowed a map of keys; write its keys below it, or remove it"},
        {"opt: 3\n", NULL,
         "f:1:6: opt: found \"3\", allowed a map of keys; write \"key: value\" lines below it"},
        {"opt:\n  - period: 1s\n", NULL,
         "f:2:3: opt: found a list, allowed a map of keys; remove the \"- \" before its keys"},
        {"opt:\n  size: 1B\n", NULL,
         "f:2:3: opt.period: found nothing, allowed a number with a unit (ns us ms s min h d); add "
         "the key period here"},
        {"groups:\n  name: a\n", NULL,
         "f:2:3: groups: found a map, allowed a list; write \"- \" before the first key of each "
         "item"},
        {"groups:\n  - count: 1\n", NULL,
         "f:2:5: groups[0].name: found nothing, allowed a text; add the key name here"},
        {"groups:\n  - name: a\n  - name: b\n  - name: a\n", NULL,
         "f:4:11: groups[2].name: found \"a\" again, first at f:2:11; give each item a name of its "
         "own"},
        {"groups: [{name: a}, {name: b}, {name: c}, {name: d}]\n", NULL,
         "f:1:9: groups: found 4 items, allowed 0..3; remove items"},
        {"groups:\n  - name: a\n    clock: {drift: 2000ppm}\n", NULL,
         "f:3:20: groups.a.clock.drift: found \"2000ppm\", allowed -1000ppm..1000ppm; write a "
         "value in this range"},
        {"matrix: [[1dB], 2dB]\n", NULL,
         "f:1:17: matrix[1]: found \"2dB\", allowed a list; write each item on a line after \"- "
         "\""},
        {"", NULL, "f:1:1: the file is empty; write the sections of a scenario into it"},
        {"# nothing\n", NULL, "f:1:1: the file is empty; write the sections of a scenario into it"},
        {"- a\n", NULL,
         "f:1:1: found a list, allowed a map of keys; remove the \"- \" before its keys"},
        {"n: 1\n---\nn: 2\n", NULL,
         "f:2:1: a second document (---), allowed one; put it into a file of its own"},
        {"a: &x [*x]\n", NULL,
         "f:1:8: an alias inside the value that it stands for; it would never end"},
        {"n: *x\n", NULL, "f:1:4: found alias \"x\", but no anchor of that name stands before it"},
        {"n: !secret 1\n", NULL, "f:1:4: found tag \"!secret\", allowed no tags; remove it"},
        {"n: 1\ntitle: \"\\0\"\n", NULL, "f:2:8: found a zero character in a text; remove it"},
        {"n: 1\ntitle: \xff\n", NULL,
         "f:2:8: found a byte that is not UTF-8; save the file as UTF-8"},
    };
    run_refusals(r, sizeof r / sizeof *r);
}

static void test_set(void **state)
{
    (void)state;
    struct all_cfg c;
    struct scenario *s = accepted(&c, "opt: {period: 1s}\n", "opt.size=2kB");
    assert_int_equal(c.opt.size, 2000);
    scenario_close(s);
    s = accepted(&c, "n: 1\n", "opt.period=5s"); /* creates the section */
    assert_int_equal(c.opt.period_ns, SIM_S(5));
    assert_true(scenario_given(s, &c.opt.period_ns));
    scenario_close(s);
    s = accepted(&c, full, "groups.a.b.clock.offset=1ms"); /* a name with a dot */
    const struct group_cfg *g = c.groups.items;
    assert_int_equal(g[1].clock.offset_ns, SIM_MS(1));
    assert_int_equal(g[0].clock.offset_ns, 0); /* the anchor is not touched */
    scenario_close(s);
    s = accepted(&c, full, "groups[0].count=7");
    assert_int_equal(((struct group_cfg *)c.groups.items)->count, 7);
    scenario_close(s);
    s = accepted(&c, full, "matrix[0][1]=9dB");
    assert_int_equal(((int64_t *)((struct scn_list *)c.matrix.items)->items)[1], 900);
    scenario_close(s);
    s = accepted(&c, full, "groups=[{name: x}, {name: y}, {name: z}]");
    assert_int_equal(c.groups.n, 3);
    scenario_close(s);
}

static void test_set_refused(void **state)
{
    (void)state;
    static const struct refusal r[] = {
        {full, "n=0", "--set n=0: n: found \"0\", allowed 1..100; write a value in this range"},
        {full, "n=",
         "--set n=: n: found nothing, allowed 1..100; write a value, or remove the key to use its "
         "default"},
        {full, "opt.perod=1s",
         "--set opt.perod=1s: opt.perod: found unknown key \"perod\"; did you mean \"period\"?"},
        {full, "groups.metres.count=1",
         "--set groups.metres.count=1: groups: found no item \"metres\" in a list of 2; did you "
         "mean \"meters\"?"},
        {full, "groups[2].count=1",
         "--set groups[2].count=1: groups: found index [2], allowed [0]..[1]; add items in the "
         "file"},
        {full, "groups[x].count=1",
         "--set groups[x].count=1: groups: found no number between [ and ]; write e.g. "
         "devices.meters.count=10 or "
         "devices[0].count=10"},
        {"n: 1\n", "groups[0].count=1",
         "--set groups[0].count=1: groups: found index [0], allowed no index: the list has no "
         "items in the file; "
         "add items in the file"},
        {full, "groups[0=1",
         "--set groups[0=1: groups: found [ without ]; write e.g. devices.meters.count=10 or "
         "devices[0].count=10"},
        {full, "groups[0]x=1",
         "--set groups[0]x=1: groups[0]: found something else than a dot behind an item; write "
         "e.g. "
         "devices.meters.count=10 or devices[0].count=10"},
        {full, "matrix.a=1",
         "--set matrix.a=1: matrix: found a name behind a list of values; write e.g. "
         "devices.meters.count=10 or "
         "devices[0].count=10"},
        {full, "groups.zzzzzzzz.count=1",
         "--set groups.zzzzzzzz.count=1: groups: found no item \"zzzzzzzz\" in a list of 2; use "
         "[index], from [0] to "
         "[1]"},
        {full, "n=[",
         "--set n=[: not valid YAML: flow sequence without a closing bracket; look at this place "
         "and "
         "the line before"},
        {full, "groups[1]={name: meters}",
         "--set groups[1]={name: meters}: groups[1].name: found \"meters\" again, first at "
         "f:18:11; give each item a "
         "name of its own"},
        {full, "n",
         "--set n: found no =; write e.g. devices.meters.count=10 or devices[0].count=10"},
        {full, "n.x=1",
         "--set n.x=1: n: the path goes on behind a key that has no parts; write e.g. "
         "devices.meters.count=10 or "
         "devices[0].count=10"},
        {full, "=1",
         "--set =1: found an empty name in the path; write e.g. devices.meters.count=10 or "
         "devices[0].count=10"},
    };
    run_refusals(r, sizeof r / sizeof *r);
}

/* What stands at the beginning of a message about a field. */
static void placed(const struct scenario *s, const void *field, const char *want)
{
    struct sim_error e;
    assert_int_equal(scenario_fail(s, field, &e, "text %d", 1), SIM_ESCENARIO);
    assert_string_equal(e.text, want);
}

static void test_places(void **state)
{
    (void)state;
    struct all_cfg c;
    char buf[100];
    struct scenario *s = accepted(&c, full, "power=1dBm");
    const struct group_cfg *g = c.groups.items;
    placed(s, &c.duration_ns, "f:4:11: duration: text 1");
    placed(s, &g[0].count, "f:19:12: groups.meters.count: text 1");
    placed(s, &g[1].key, "f:23:10: groups.a.b.key: text 1");
    placed(s, &g[1].clock.offset_ns,
           "f:20:12: groups.a.b.clock.offset (not written, default 0s): text 1");
    placed(s, &c.opt.size, "f:15:6: opt.size (not written, default 1.5KiB): text 1");
    placed(s, &c.power_cdbm, "--set power=1dBm: power: text 1");
    placed(s, &((struct scn_list *)c.matrix.items)[1], "f:25:9: matrix: text 1");
    placed(s, buf, "f:2:1: text 1");
    assert_string_equal(scenario_where(s, &c.groups, buf, sizeof buf), "f:17:3");
    scenario_close(s);
    s = accepted(&c, "n: 1\nchannels: [868MHz, 869MHz]\n", NULL);
    placed(s, &((int64_t *)c.channels.items)[1], "f:2:20: channels[1]: text 1");
    placed(s, &c.opt.period_ns, "f:1:1: opt.period (not written, default none): text 1");
    scenario_close(s);
}

static void starts_with(const char *text, const char *front)
{
    struct scenario *s;
    struct all_cfg c;
    struct sim_error e;
    assert_int_equal(read_with(&s, &c, &e, text, NULL), SIM_ESCENARIO);
    if (strncmp(e.text, front, strlen(front)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", e.text, front);
}

static void test_bad_yaml(void **state)
{
    (void)state;
    starts_with("n: [1, 2\n", "f:");
    starts_with("n: 1\n\tduration: 1s\n",
                "f:2:1: not valid YAML: found a tab in the indentation; use spaces");
    starts_with("n: \"abc\n", "f:1:5: not valid YAML: ");
    starts_with("n: 1\n duration: 2h\n", "f:");
    starts_with("? [a]\n: b\n", "f:1:3: found a list as a key");
    starts_with("%YAML 9.9\n---\nn: 1\n", "f:");
    starts_with("@\n", "f:1:1: not valid YAML: ");
}

static void test_limits(void **state)
{
    (void)state;
    char text[4000] = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len,
                 "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    struct scenario *s;
    struct all_cfg c;
    struct sim_error e;
    assert_int_equal(read_with(&s, &c, &e, text, NULL), SIM_ESCENARIO);
    assert_non_null(strstr(e.text, "more than 1000000 values once aliases are resolved"));
    memset(text, '[', 3000);
    text[3000] = 0;
    starts_with(text, "f:1:");
    strcpy(text, "a: &a0 [x]\n");
    for (int i = 1; i < 80; i++) /* deep by aliases only */
        snprintf(text + strlen(text), 40, "b%d: &a%d [*a%d]\n", i, i, i - 1);
    assert_int_equal(read_with(&s, &c, &e, text, NULL), SIM_ESCENARIO);
    assert_non_null(strstr(e.text, "nested too deeply"));
}

static void test_bytes(void **state)
{
    (void)state;
    struct all_cfg c;
    struct sim_error e;
    struct scenario *s =
        accepted(&c, "\xef\xbb\xbfn: 5\r\nduration: 2h\r\n", NULL); /* as Windows writes */
    assert_int_equal(c.n, 5);
    assert_int_equal(c.duration_ns, SIM_S(7200));
    scenario_close(s);
    assert_int_equal(
        scenario_read_text(&s, "f", "n: 1\0\n", 6, NULL, &all_section, &c, NULL, 0, &e),
        SIM_ESCENARIO);
    assert_string_equal(e.text, "f:1:5: found a zero byte; a scenario is a text file");
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_files(void **state)
{
    (void)state;
    struct scenario *s;
    struct all_cfg c;
    struct sim_error e;
    char dir[] = "/tmp/test_scenario.XXXXXX", path[100], want[200];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/x.yaml", dir);
    snprintf(want, sizeof want, "%s/../a.csv", dir);
    write_file(path, "file: ../a.csv\n");
    assert_int_equal(scenario_read(&s, path, &all_section, &c, NULL, 0, &e), SIM_OK);
    assert_string_equal(c.file, want);
    scenario_close(s);
    write_file(path, "");
    assert_int_equal(scenario_read(&s, path, &all_section, &c, NULL, 0, &e), SIM_ESCENARIO);
    unlink(path);
    assert_int_equal(scenario_read(&s, path, &all_section, &c, NULL, 0, &e), SIM_EIO);
    snprintf(want, sizeof want,
             "%s: cannot read the scenario: No such file or directory; check the path", path);
    assert_string_equal(e.text, want);
    assert_int_equal(scenario_read(&s, dir, &all_section, &c, NULL, 0, &e), SIM_EIO);
    snprintf(want, sizeof want, "%s: cannot read the scenario: Is a directory; give a file in it",
             dir);
    assert_string_equal(e.text, want);
    rmdir(dir);
}

static void test_quantities(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum scn_unit unit;
        int rc;
        int64_t value;
        const char *print;
    } q[] = {
        {"1.5s", SCN_TIME, SIM_OK, 1500000000, "1.5s"},
        {"0.1us", SCN_TIME, SIM_OK, 100, "100ns"},
        {"0.1ns", SCN_TIME, SIM_ERANGE, 0, NULL},
        {"100min", SCN_TIME, SIM_OK, INT64_C(6000000000000), "100min"},
        {"0.000001d", SCN_TIME, SIM_OK, 86400000, "86.4ms"},
        {"106751d", SCN_TIME, SIM_OK, INT64_C(9223286400000000000), "106751d"},
        {"106752d", SCN_TIME, SIM_ERANGE, 0, NULL},
        {"99999999999999999999999s", SCN_TIME, SIM_ERANGE, 0, NULL},
        {"1e3 ms", SCN_TIME, SIM_OK, 1000000000, "1s"},
        {"1e-9s", SCN_TIME, SIM_OK, 1, "1ns"},
        {"1e999s", SCN_TIME, SIM_ERANGE, 0, NULL},
        {"0e999s", SCN_TIME, SIM_OK, 0, "0s"},
        {"1e-999s", SCN_TIME, SIM_ERANGE, 0, NULL},
        {"1.5e", SCN_NONE, SIM_ESYNTAX, 0, NULL},
        {"10", SCN_TIME, SIM_ESYNTAX, 0, NULL},
        {"s", SCN_TIME, SIM_ESYNTAX, 0, NULL},
        {"", SCN_NONE, SIM_ESYNTAX, 0, NULL},
        {"-0.5dBm", SCN_POWER, SIM_OK, -50, "-0.5dBm"},
        {"0.001dB", SCN_LEVEL, SIM_ERANGE, 0, NULL},
        {"868100000Hz", SCN_FREQUENCY, SIM_OK, 868100000, "868.1MHz"},
        {"20ppm", SCN_DRIFT, SIM_OK, 20000, "20ppm"},
        {"-12ppb", SCN_DRIFT, SIM_OK, -12, "-12ppb"},
        {"3km", SCN_LENGTH, SIM_OK, 3000000, "3km"},
        {"1.5uA", SCN_CURRENT, SIM_OK, 1500, "1.5uA"},
        {"3.3V", SCN_VOLTAGE, SIM_OK, 3300, "3.3V"},
        {"-40degC", SCN_TEMPERATURE, SIM_OK, -40000, "-40degC"},
        {"2.6Ah", SCN_CHARGE, SIM_OK, 2600000, "2.6Ah"},
        {"0.5uAh", SCN_CHARGE, SIM_ERANGE, 0, NULL},
        {"1KiB", SCN_SIZE, SIM_OK, 1024, "1KiB"},
        {"51B", SCN_SIZE, SIM_OK, 51, "51B"},
        {"0.1Mbps", SCN_BIT_RATE, SIM_OK, 100000, "100kbps"},
        {"-7", SCN_NONE, SIM_OK, -7, "-7"},
    };
    for (size_t i = 0; i < sizeof q / sizeof *q; i++) {
        int64_t v = 0;
        char buf[64];
        int rc = scn_quantity_parse(q[i].text, q[i].unit, &v);
        if (rc != q[i].rc || v != q[i].value)
            fail_msg("%s: rc %d, value %" PRId64, q[i].text, rc, v);
        if (!rc)
            assert_string_equal(scn_quantity_print(v, q[i].unit, buf, sizeof buf), q[i].print);
    }
}

static void test_quantity_round_trip(void **state)
{
    (void)state;
    uint64_t x = 1;
    for (int i = 0; i < 20000; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int64_t v = (int64_t)(x >> 1) >> (x % 63), again = 0;
        enum scn_unit unit = (enum scn_unit)((x >> 32) % (SCN_BIT_RATE + 1));
        char buf[64];
        if (i & 1)
            v = -v;
        scn_quantity_print(v, unit, buf, sizeof buf);
        if (scn_quantity_parse(buf, unit, &again) || again != v)
            fail_msg("%" PRId64 " printed as %s reads back as %" PRId64, v, buf, again);
    }
}

static void test_reference(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    scenario_reference(f, &all_section);
    fclose(f);
    assert_non_null(strstr(text, "\n| `n` | whole number | 1..100 | `3` | A \\| number. |\n"));
    assert_non_null(
        strstr(text, "\n| `limit` | quantity (ns us ms s min h d) | at least 1s or `unlimited` | "
                     "`unlimited` | A limit. |\n"));
    assert_non_null(strstr(text, "\n## groups[].clock\n"));
    assert_non_null(
        strstr(text, "\n| `name` | text | 1..20 bytes | required | Name of the group. |\n"));
    free(text);
}

static void test_near_names(void **state)
{
    (void)state;
    static const char *const names[] = {"duration", "seed", "n"};
    assert_string_equal(scn_did_you_mean("Duration", names, 3), "duration");
    assert_string_equal(scn_did_you_mean("sede", names, 3), "seed");
    assert_null(scn_did_you_mean("x", names, 3));
    assert_null(scn_did_you_mean("", names, 3));
    assert_null(scn_did_you_mean("throughput", names, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),    cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_resolved_text),
        cmocka_unit_test(test_each),        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_wrong_shape), cmocka_unit_test(test_set),
        cmocka_unit_test(test_set_refused), cmocka_unit_test(test_places),
        cmocka_unit_test(test_bad_yaml),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bytes),       cmocka_unit_test(test_files),
        cmocka_unit_test(test_quantities),  cmocka_unit_test(test_quantity_round_trip),
        cmocka_unit_test(test_reference),   cmocka_unit_test(test_near_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
