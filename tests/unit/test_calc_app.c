/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what calc app and calc mckeys answer: names and values of the vectors, and for every kind of
 * wrong command line the exit code and a word of the message. */
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

/* One command line, run in process. */
struct shot {
    int exit_code;
    json_t *answer; /* NULL: no JSON on the output */
    char *out, *err;
};

enum { MAX_WORDS = 20 };

/* Words between spaces; no quoting. */
static struct shot run_line(const char *line)
{
    char *copy = mem_text(line), *argv[MAX_WORDS + 1] = {"calc"}, *save = NULL;
    int argc = 1;
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        assert_true(argc < MAX_WORDS);
        argv[argc++] = w;
    }
    struct shot s = {0};
    size_t out_len, err_len;
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

static void check_case(const json_t *c, int fport, int version)
{
    char line[200];
    bool uplink = vec_bool(c, "uplink");
    snprintf(line, sizeof line, "app %s --port %d --%s --version %d", vec_text(c, "hex"), fport,
             uplink ? "up" : "down", version);
    struct shot s = run_line(line);
    assert_int_equal(s.exit_code, 0);
    assert_int_equal(vec_int(s.answer, "fport"), fport);
    assert_int_equal(vec_int(s.answer, "version"), version);
    assert_int_equal(vec_bool(s.answer, "uplink"), uplink);
    const json_t *commands = vec_get(s.answer, "commands");
    assert_int_equal(json_array_size(commands), 1);
    const json_t *first = json_array_get(commands, 0);
    assert_int_equal(vec_int(first, "cid"), vec_int(c, "cid"));
    assert_string_equal(vec_text(first, "hex"), vec_text(c, "hex"));
    const json_t *fields = json_object_get(c, "fields");
    if (fields && !json_equal(vec_get(first, "fields"), fields))
        fail_msg("%s: other fields in %s", vec_text(c, "hex"), s.out);
    shot_free(&s);
}

static int check_file(json_t *root, int version)
{
    size_t i;
    json_t *c;
    int n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        int64_t fport = json_integer_value(json_object_get(c, "fport"));
        if (fport != 200 && fport != 202)
            continue;
        check_case(c, (int)fport, version);
        n++;
    }
    json_decref(root);
    return n;
}

static void test_app_vectors(void **state)
{
    (void)state;
    assert_int_equal(check_file(VECTORS("app_commands_v1.json"), 1), 106);
    assert_int_equal(check_file(VECTORS("app_commands_v2.json"), 2), 78);
}

/* Several commands; what cannot be read is shown after what could. Version 1 if not said. */
static void test_app_lists(void **state)
{
    (void)state;
    struct shot s = run_line("app 00010f0301 --port 200 --down");
    assert_int_equal(s.exit_code, 0);
    assert_int_equal(vec_int(s.answer, "version"), 1);
    assert_int_equal(json_array_size(vec_get(s.answer, "commands")), 3);
    assert_null(json_object_get(s.answer, "unread"));
    shot_free(&s);
    s = run_line("app 0406 --port 200 --down");
    assert_int_equal(s.exit_code, 2);
    assert_string_equal(vec_text(s.answer, "unread"), "0406");
    assert_non_null(strstr(s.err, "McClassCSessionReq"));
    shot_free(&s);
    s = run_line("app 0004aabb --port 202 --down --version 2");
    assert_int_equal(s.exit_code, 2);
    assert_int_equal(json_array_size(vec_get(s.answer, "commands")), 1);
    assert_string_equal(vec_text(s.answer, "unread"), "04aabb");
    assert_non_null(strstr(s.err, "no command 04"));
    shot_free(&s);
    s = run_line("app 0303 --port 202 --up");
    assert_int_equal(s.exit_code, 2);
    assert_non_null(strstr(s.err, "uplink direction"));
    shot_free(&s);
}

/* The status octet of a session answer: StartMissed in version 2, RFU in version 1. */
static void test_app_versions(void **state)
{
    (void)state;
    struct shot s = run_line("app 0423 --port 200 --up --version 2");
    assert_int_equal(s.exit_code, 0);
    const json_t *first = json_array_get(vec_get(s.answer, "commands"), 0);
    const json_t *fields = vec_get(first, "fields");
    assert_true(vec_bool(vec_get(fields, "StatusAndMcGroupID"), "StartMissed"));
    assert_true(json_is_null(vec_get(fields, "TimeToStart")));
    shot_free(&s);
    s = run_line("app 0423 --port 200 --up");
    assert_int_equal(s.exit_code, 2);
    shot_free(&s);
    s = run_line("app 0301 --port 202 --down");
    first = json_array_get(vec_get(s.answer, "commands"), 0);
    assert_string_equal(vec_text(first, "name"), "ForceDeviceResyncReq");
    shot_free(&s);
    s = run_line("app 0301 --port 202 --down --version 2");
    first = json_array_get(vec_get(s.answer, "commands"), 0);
    assert_string_equal(vec_text(first, "name"), "ForceDeviceResyncCmd");
    shot_free(&s);
}

static void check_key(const struct shot *s, const json_t *c, const char *name)
{
    assert_string_equal(vec_text(s->answer, name), vec_text(c, name));
}

static void check_mckeys(const json_t *c, const char *root_option, const char *root_name,
                         const char *scheme)
{
    char line[300], name[3][64];
    snprintf(name[0], sizeof name[0], "mcrootkey_from_%s", scheme);
    snprintf(name[1], sizeof name[1], "mckekey_from_%s", scheme);
    snprintf(name[2], sizeof name[2], "mckey_encrypted_under_%s_mckekey", scheme);
    for (int encrypted = 0; encrypted < 2; encrypted++) {
        snprintf(line, sizeof line, "mckeys %s %s %s %s --mcaddr %s", root_option,
                 vec_text(c, root_name), encrypted ? "--mckey-encrypted" : "--mckey",
                 vec_text(c, encrypted ? name[2] : "mckey"), vec_text(c, "mcaddr"));
        struct shot s = run_line(line);
        assert_int_equal(s.exit_code, 0);
        for (int i = 0; i < 3; i++)
            check_key(&s, c, name[i]);
        check_key(&s, c, "mcaddr");
        check_key(&s, c, "mckey");
        check_key(&s, c, "mcappskey");
        check_key(&s, c, "mcnetskey");
        shot_free(&s);
    }
}

static void test_mckeys_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("multicast_keys.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        char line[200];
        check_mckeys(c, "--genappkey", "genappkey_1_0", "genappkey");
        check_mckeys(c, "--appkey", "appkey_1_1", "appkey");
        snprintf(line, sizeof line, "mckeys --mckey %s --mcaddr %s", vec_text(c, "mckey"),
                 vec_text(c, "mcaddr"));
        struct shot s = run_line(line);
        assert_int_equal(s.exit_code, 0);
        check_key(&s, c, "mcnetskey");
        assert_null(json_object_get(s.answer, "mckekey_from_genappkey"));
        shot_free(&s);
    }
    json_decref(root);
}

static void test_bad_lines(void **state)
{
    (void)state;
#define K "00112233445566778899aabbccddeeff"
    static const struct {
        const char *line, *word;
    } cases[] = {
        {"app --port 200 --up", "missing"},
        {"app 00 --up", "--port"},
        {"app 00 --port 204 --up", "no package"},
        {"app 00 --port 203 --up --version 2", "no version 2"},
        {"fragmic 00", "either"},
        {"fragmic 00 --appkey " K, "--session-cnt"},
        {"app 00 --port 0 --up", "out of range"},
        {"app 00 --port x --up", "whole number"},
        {"app 00 --port 200", "--up or --down"},
        {"app 00 --port 200 --up --down", "--up or --down"},
        {"app 00 --port 200 --down --version 3", "out of range"},
        {"app 0 --port 200 --down", "HEX"},
        {"app 00 01 --port 200 --down", "one word too many"},
        {"app 00 --prot 200 --down", "--prot"},
        {"mckeys", "--mckey"},
        {"mckeys --mckey " K, "--mcaddr"},
        {"mckeys --mckey " K " --mckey-encrypted " K " --mcaddr 01020304", "either"},
        {"mckeys --mckey-encrypted " K " --mcaddr 01020304", "--genappkey"},
        {"mckeys --genappkey " K " --appkey " K " --mckey " K " --mcaddr 01020304", "either"},
        {"mckeys --mckey 0011 --mcaddr 01020304", "--mckey"},
        {"mckeys --mckey " K " --mcaddr 0102030", "--mcaddr"},
        {"mckeys --mckey " K " --mcaddr 010203zz", "--mcaddr"},
        {"mckeys --genappkey 00 --mckey " K " --mcaddr 01020304", "--genappkey"},
        {"mckeys word --mckey " K " --mcaddr 01020304", "one word too many"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shot s = run_line(cases[i].line);
        if (s.exit_code != 2 || s.answer || !strstr(s.err, cases[i].word))
            fail_msg("'%s': exit code %d, %s", cases[i].line, s.exit_code, s.err);
        shot_free(&s);
    }
    static const char *const helps[] = {"app -h", "mckeys --help"};
    for (size_t i = 0; i < 2; i++) {
        struct shot s = run_line(helps[i]);
        assert_int_equal(s.exit_code, 0);
        assert_non_null(strstr(s.out, "castbed calc"));
        shot_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_app_vectors),  cmocka_unit_test(test_app_lists),
        cmocka_unit_test(test_app_versions), cmocka_unit_test(test_mckeys_vectors),
        cmocka_unit_test(test_bad_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
