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

/* A vector's records have no names. */
static void drop_names(json_t *answer)
{
    json_t *r;
    size_t i;
    json_array_foreach(json_object_get(answer, "records"), i, r)
    {
        json_object_del(r, "name");
    }
}

static void check_packet(const json_t *c)
{
    char line[1000];
    const char *hex = vec_text(c, "packet_hex");
    snprintf(line, sizeof line, "%s %s", hex[0] == '4' ? "igmp" : "mld", hex);
    struct shot s = run_line(line);
    const json_t *want = json_object_get(c, "decoded");
    assert_int_equal(s.exit_code, want ? 0 : 1);
    drop_names(s.answer);
    if (want) {
        json_object_del((json_t *)(uintptr_t)want, "note");
        json_object_del((json_t *)(uintptr_t)want, "sender");
        check_members(want, &s, vec_text(c, "id"));
    }
    shot_free(&s);
}

static void test_packets(void **state)
{
    (void)state;
    json_t *root = VECTORS("igmp_mld.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        check_packet(c);
    }
    json_decref(root);
    root = VECTORS("igmp_mld_reject.json");
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        check_packet(c);
    }
    json_decref(root);
}

/* Remarks of the vectors are not fields. */
static void test_pim(void **state)
{
    (void)state;
    json_t *root = VECTORS("pim.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        char line[1000];
        snprintf(line, sizeof line, "pim %s", vec_text(c, "packet_hex"));
        struct shot s = run_line(line);
        json_t *want = json_object_get(c, "decoded");
        assert_int_equal(s.exit_code, 0);
        json_object_del(want, "note");
        json_object_del(want, "meaning");
        json_object_del(want, "checksum");
        check_members(want, &s, vec_text(c, "id"));
        shot_free(&s);
    }
    assert_int_equal(i, 10);
    json_decref(root);
}

static void test_codes(void **state)
{
    (void)state;
    json_t *root = VECTORS("ip_maxresp.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const json_t *in = vec_get(c, "input"), *want = vec_get(c, "expect");
        bool encode = json_object_get(in, "bits") != NULL;
        bool wide = encode ? vec_int(in, "bits") == 16 : json_object_get(want, "value_ms") != NULL;
        char line[100];
        snprintf(line, sizeof line, "mld-code%s %lld --bits %d", encode ? " --encode" : "",
                 (long long)vec_int(in, encode ? "value" : "code"), wide ? 16 : 8);
        struct shot s = run_line(line);
        assert_int_equal(s.exit_code, 0);
        assert_int_equal(vec_int(s.answer, encode ? "code" : "value"),
                         vec_int(want, encode ? "code"
                                       : wide ? "value_ms"
                                              : "value"));
        shot_free(&s);
    }
    json_decref(root);
    struct shot s = run_line("mld-code 35893");
    assert_int_equal(vec_int(s.answer, "value"), 57768);
    assert_string_equal(vec_text(s.answer, "code_hex"), "8c35");
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
        {"igmp", 2, "missing"},
        {"mld", 2, "missing"},
        {"mld -h", 0, ""},
        {"igmp 4", 2, "odd number"},
        {"igmp 45", 2, "no readable IP packet"},
        {"mld 45c0001c000000000102c6150a090901e00000011100eeff00000000", 2, "no ICMPv6 packet"},
        {"igmp 45c0001c000000000111c6060a090901e00000011100eeff00000000", 2, "neither"},
        {"igmp 45c0001c000000000202c5150a090901e00000011100eeff00000000", 1, "TTL"},
        {"pim", 2, "missing"},
        {"pim -h", 0, ""},
        {"pim 45", 2, "no readable IP packet"},
        {"pim 45c0001c000000000102c6150a090901e00000011100eeff00000000", 2, "not PIM"},
        {"pim 45c0002e000000000167ce9a0a000002e000000d2500d5cb01000020ef01010101000a090909fffffff"
         "fffffffff",
         1, "checksum"},
        {"mld-code", 2, "either"},
        {"mld-code 1 --encode 1", 2, "either"},
        {"mld-code 65536", 2, "0 to 65535"},
        {"mld-code 256 --bits 8", 2, "0 to 255"},
        {"mld-code 1 --bits 9", 2, "8 or 16"},
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
        cmocka_unit_test(test_groups),    cmocka_unit_test(test_group_mac),
        cmocka_unit_test(test_packets),   cmocka_unit_test(test_codes),
        cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_pim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
