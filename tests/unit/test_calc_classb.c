/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what castbed calc pingslot, beacon and hop answer: names and values of the vectors, exit
 * codes and a word of the message for wrong command lines. The codecs have their own tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/mem.h"
#include "tests/vectors.h"
#include "tools/calc.h"

enum { MAX_WORDS = 20 };

struct shot {
    int exit_code;
    json_t *answer; /* NULL: no JSON on the output */
    char *out, *err;
};

/* Words between spaces; no quoting. */
static struct shot run_line(const char *line)
{
    struct shot s = {0};
    char *copy = mem_text(line), *argv[MAX_WORDS + 1] = {"calc"}, *save = NULL;
    int argc = 1;
    size_t out_len, err_len;
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        assert_true(argc < MAX_WORDS);
        argv[argc++] = w;
    }
    FILE *out = open_memstream(&s.out, &out_len), *err = open_memstream(&s.err, &err_len);
    assert_non_null(out);
    assert_non_null(err);
    s.exit_code = calc_run(argc, argv, out, err);
    fclose(out);
    fclose(err);
    s.answer = json_loads(s.out, 0, NULL);
    free(copy);
    return s;
}

static void shot_free(struct shot *s)
{
    json_decref(s->answer);
    free(s->out);
    free(s->err);
}

/* Every member of the vector, but for one name, is in the answer with the same value. */
static void check_members(const json_t *want, const struct shot *s, const char *skip)
{
    const char *name;
    json_t *value;
    assert_int_equal(s->exit_code, 0);
    json_object_foreach((json_t *)(uintptr_t)want, name, value)
    {
        if (strcmp(name, skip) != 0 && !json_equal(json_object_get(s->answer, name), value))
            fail_msg("\"%s\" differs from the vector in %s", name, s->out);
    }
}

static void test_pingslot(void **state)
{
    (void)state;
    json_t *root = VECTORS("ping_slots.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        char line[200];
        int periodicity = 0;
        while (32 << periodicity < vec_int(c, "ping_period"))
            periodicity++;
        snprintf(line, sizeof line, "pingslot --devaddr %s --beacon-time %lld --periodicity %d",
                 vec_text(c, "devaddr"), (long long)vec_int(c, "beacon_time"), periodicity);
        struct shot s = run_line(line);
        check_members(c, &s, "");
        shot_free(&s);
    }
    json_decref(root);
}

static void test_hop(void **state)
{
    (void)state;
    json_t *root = VECTORS("classb_hopping.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        char line[200];
        snprintf(line, sizeof line, "hop --region %s --devaddr %s --beacon-time %lld",
                 i % 2 ? "AU915" : "US915", vec_text(c, "devaddr"),
                 (long long)vec_int(c, "beacon_time"));
        struct shot s = run_line(line);
        check_members(c, &s, "");
        shot_free(&s);
    }
    json_decref(root);
    struct shot s = run_line("hop --region AS923 --devaddr 01020304 --beacon-time 1280");
    assert_int_equal(s.exit_code, 0);
    assert_int_equal(vec_int(s.answer, "beacon_freq"), 923400000);
    assert_int_equal(vec_int(s.answer, "pingslot_freq"), 923400000);
    assert_int_equal(vec_int(s.answer, "beacon_channel"), 0);
    shot_free(&s);
}

/* The first region of the vector's list. */
static void region_of(const json_t *c, char region[10])
{
    snprintf(region, 10, "%s", vec_text(c, "regions"));
    region[strcspn(region, ", ")] = '\0';
}

static void check_encode(const json_t *c)
{
    char line[300], region[10], info[120];
    region_of(c, region);
    if (json_object_get(c, "lat"))
        snprintf(info, sizeof info, "--lat %.17g --lon=%.17g", json_real_value(vec_get(c, "lat")),
                 json_real_value(vec_get(c, "lon")));
    else
        snprintf(info, sizeof info, "--info %s", vec_text(c, "info6"));
    snprintf(line, sizeof line, "beacon --region %s --time %lld --prec %lld --info-desc %lld %s",
             region, (long long)vec_int(c, "time"), (long long)vec_int(c, "param_prec"),
             (long long)vec_int(c, "infodesc"), info);
    struct shot s = run_line(line);
    json_t *plain = json_copy((json_t *)(uintptr_t)c);
    if (json_object_del(plain, "note") == 0)
        json_object_del(plain, "regions"); /* the published one names only EU868 */
    check_members(plain, &s, "");
    json_decref(plain);
    shot_free(&s);
}

static void check_decode(const json_t *c, bool with_region)
{
    char line[300], region[10];
    static const char *const same[] = {"sf", "time", "param_prec", "infodesc", "info6", "beacon"};
    region_of(c, region);
    snprintf(line, sizeof line, "beacon --decode %s%s%s", vec_text(c, "beacon"),
             with_region ? " --region " : "", with_region ? region : "");
    struct shot s = run_line(line);
    assert_int_equal(s.exit_code, 0);
    assert_true(vec_bool(s.answer, "crc1_ok") && vec_bool(s.answer, "crc2_ok"));
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_true(json_equal(vec_get(s.answer, same[i]), vec_get(c, same[i])));
    assert_int_equal(json_object_get(s.answer, "beacon_freq") != NULL, with_region);
    shot_free(&s);
}

static void test_beacons(void **state)
{
    (void)state;
    json_t *root = VECTORS("beacons.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        check_encode(c);
        check_decode(c, true);
        check_decode(c, false);
    }
    json_decref(root);
}

static void test_beacon_details(void **state)
{
    (void)state;
    struct shot s = run_line("beacon --region EU433 --time 1280 --netid c00035 --gwid 010203");
    assert_int_equal(s.exit_code, 0);
    assert_int_equal(vec_int(s.answer, "infodesc"), 3);
    assert_string_equal(vec_text(s.answer, "netid"), "c00035");
    assert_string_equal(vec_text(s.answer, "gwid"), "010203");
    assert_string_equal(vec_text(s.answer, "info6"), "3500c0030201");
    assert_null(json_object_get(s.answer, "beacon_freq"));
    assert_int_equal(vec_int(s.answer, "airtime_ns"), 152576000);
    shot_free(&s);
    /* The second CRC wrong: the time is there, the gateway's part is not. */
    s = run_line("beacon --decode 0000000002cca27e00012000008103de54");
    assert_int_equal(s.exit_code, 1);
    assert_int_equal(vec_int(s.answer, "time"), 3422683136);
    assert_true(vec_bool(s.answer, "crc1_ok"));
    assert_false(vec_bool(s.answer, "crc2_ok"));
    assert_null(json_object_get(s.answer, "infodesc"));
    shot_free(&s);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int exit_code;
        const char *message;
    } cases[] = {
        {"pingslot", 2, "--devaddr is missing"},
        {"pingslot --devaddr 01020304 --beacon-time 128", 2, "--periodicity is missing"},
        {"pingslot --devaddr 0102 --beacon-time 128 --periodicity 0", 2, "needed are 8"},
        {"pingslot --devaddr 01020304 --beacon-time 128 --periodicity 8", 2, "0 to 7"},
        {"pingslot --devaddr 01020304 --beacon-time -1 --periodicity 0", 2, "0 to 4294967295"},
        {"hop --region EU868 --devaddr 01020304", 2, "--beacon-time is missing"},
        {"hop --region EU869 --devaddr 01020304 --beacon-time 0", 2, "did you mean EU868"},
        {"hop --region X --devaddr 01020304 --beacon-time 0", 2, "allowed are EU868"},
        {"beacon", 2, "--region is missing"},
        {"beacon --region EU868", 2, "--time is missing"},
        {"beacon --region EU --time 0", 2, "there is no 'EU'"},
        {"beacon --region EU868 --time 4294967296", 2, "out of range"},
        {"beacon --region EU868 --time 0 --prec 4", 2, "0 to 3"},
        {"beacon --region EU868 --time 0 --info-desc 1", 2, "needs what it describes"},
        {"beacon --region EU868 --time 0 --lat 1", 2, "--lon is missing"},
        {"beacon --region EU868 --time 0 --lat 1 --lon 181", 2, "-180 to 180"},
        {"beacon --region EU868 --time 0 --lat nan --lon 1", 2, "-90 to 90"},
        {"beacon --region EU868 --time 0 --lat 1x --lon 1", 2, "-90 to 90"},
        {"beacon --region EU868 --time 0 --lat 1 --lon 1 --info-desc 3", 2, "0, 1 or 2"},
        {"beacon --region EU868 --time 0 --netid 000001", 2, "--gwid is missing"},
        {"beacon --region EU868 --time 0 --netid 000001 --gwid 000002 --info-desc 1", 2,
         "--info-desc 3"},
        {"beacon --region EU868 --time 0 --info 0102", 2, "needed are 12"},
        {"beacon --region EU868 --time 0 --info 010203040506 --lat 1 --lon 1", 2, "not several"},
        {"beacon --decode 00", 2, "17, 19 or 23"},
        {"beacon --decode 00 --region EU868", 2, "beacons of EU868 have 17"},
        {"beacon --decode 0g", 2, "not a hex digit"},
        {"beacon --decode 00 --time 1", 2, "--time is for making"},
        {"beacon --decode 0100000002cca27e00012000008103de55", 1, "first CRC"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shot s = run_line(cases[i].line);
        if (s.exit_code != cases[i].exit_code || !strstr(s.err, cases[i].message))
            fail_msg("calc %s: exit code %d, \"%s\"", cases[i].line, s.exit_code, s.err);
        assert_true(s.exit_code == 2 || s.out[0]);
        shot_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pingslot),  cmocka_unit_test(test_hop),
        cmocka_unit_test(test_beacons),   cmocka_unit_test(test_beacon_details),
        cmocka_unit_test(test_bad_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
