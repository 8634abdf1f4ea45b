/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what the calculators of IP multicast answer: the vectors' members, and for wrong command
 * lines the exit code and a word of the message. */
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

struct shot {
    int exit_code;
    json_t *answer;
    char *out, *err;
};

/* Words between spaces. */
static struct shot run_line(const char *line)
{
    struct shot s = {0};
    size_t out_len, err_len;
    FILE *out = open_memstream(&s.out, &out_len), *err = open_memstream(&s.err, &err_len);
    char *copy = mem_text(line), *argv[12] = {"calc"}, *save = NULL;
    int argc = 1;
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    s.exit_code = calc_run(argc, argv, out, err);
    fclose(out);
    fclose(err);
    free(copy);
    s.answer = json_loads(s.out, 0, NULL);
    return s;
}

static void shot_free(struct shot *s)
{
    json_decref(s->answer);
    free(s->out);
    free(s->err);
}

/* The members of want are in the answer with the same value. */
static void check_members(const json_t *want, const struct shot *s, const char *id)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)want, name, value)
    {
        if (!json_equal(json_object_get(s->answer, name), value))
            fail_msg("%s: \"%s\" differs in %s", id, name, s->out);
    }
}

static void test_groups(void **state)
{
    (void)state;
    json_t *root = VECTORS("ip_addresses.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        char line[100];
        snprintf(line, sizeof line, "ip-group %s", vec_text(c, "input"));
        struct shot s = run_line(line);
        assert_int_equal(s.exit_code, vec_bool(vec_get(c, "expect"), "multicast") ? 0 : 1);
        check_members(vec_get(c, "expect"), &s, vec_text(c, "id"));
        shot_free(&s);
    }
    assert_int_equal(i, 13);
    json_decref(root);
}

static void test_group_mac(void **state)
{
    (void)state;
    struct shot s = run_line("ip-group 239.129.1.1");
    assert_string_equal(vec_text(s.answer, "mac"), "01:00:5e:01:01:01");
    assert_int_equal(json_array_size(vec_get(s.answer, "aliases")), 31);
    shot_free(&s);
    s = run_line("ip-group ff15::4200:f7fe:ed37:abcd");
    assert_string_equal(vec_text(s.answer, "mac"), "33:33:ed:37:ab:cd");
    assert_string_equal(vec_text(s.answer, "mac_shared_by"), "2^80");
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
        {"ip-group", 2, "missing"},
        {"ip-group -h", 0, ""},
        {"ip-group ff05:::fd", 2, "neither"},
        {"ip-group 224.0.0.1 224.0.0.2", 2, "one word too many"},
        {"ip-group 10.0.0.1", 1, "ff00::/8"},
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
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_group_mac),
        cmocka_unit_test(test_bad_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
