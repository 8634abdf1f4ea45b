/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the CSV reader: forms that are allowed, exact decimals, and what is said about bad files. */
#include "sim/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rng.h"

static int open_text(struct csv *c, const char *text, struct sim_error *e)
{
    return csv_open_text(c, "f.csv", text, strlen(text), e);
}

static void expect_row(struct csv *c, size_t line, const char *a, const char *b)
{
    bool more = false;
    struct sim_error e = {0};
    int rc = csv_next(c, &more, &e);
    if (rc)
        fail_msg("%s", e.text);
    assert_true(more);
    assert_int_equal(c->line, line);
    assert_string_equal(c->field[0], a);
    assert_string_equal(c->field[1], b);
}

static void expect_end(struct csv *c)
{
    bool more = true;
    assert_int_equal(csv_next(c, &more, NULL), SIM_OK);
    assert_false(more);
}

static void test_forms(void **state)
{
    (void)state;
    struct csv c;
    assert_int_equal(open_text(&c,
                               "\xef\xbb\xbf# comment\r\n\r\n b , \"a\"\r\n"
                               "1,2\n"
                               "  # 3,4\n"
                               "\"x,\"\"y\"\"\" , two words \n"
                               "\"two\nlines\",\r"
                               ",last",
                               NULL),
                     SIM_OK);
    assert_int_equal(c.n_columns, 2);
    assert_int_equal(csv_column(&c, "a"), 1);
    assert_int_equal(csv_column(&c, "b"), 0);
    assert_int_equal(csv_column(&c, "c"), -1);
    expect_row(&c, 4, "1", "2");
    expect_row(&c, 6, "x,\"y\"", "two words");
    expect_row(&c, 7, "two\nlines", "");
    expect_row(&c, 9, "", "last");
    expect_end(&c);
    csv_close(&c);
}

static void test_header_only(void **state)
{
    (void)state;
    struct csv c;
    assert_int_equal(open_text(&c, "a,b", NULL), SIM_OK);
    expect_end(&c);
    expect_end(&c);
    csv_close(&c);
}

static const struct {
    const char *text, *says;
    int rc;
} bad[] = {
    {"", "f.csv: is empty", SIM_ESYNTAX},
    {"# only\n\n", "f.csv: is empty", SIM_ESYNTAX},
    {"a,a\n", "f.csv:1: column a is in the header twice", SIM_ESYNTAX},
    {"a,,b\n", "f.csv:1: column 2 of the header has no name", SIM_ESYNTAX},
    {"a,b\n1\n", "f.csv:2: 1 fields; the header names 2", SIM_ESYNTAX},
    {"a,b\n1,2\n1,2,3\n", "f.csv:3: more than 2 fields", SIM_ESYNTAX},
    {"a,b\n1,\"2\n", "f.csv:2: a quote is opened", SIM_ESYNTAX},
    {"a,b\n\"1\"x,2\n", "f.csv:2: text after a closing quote", SIM_ESYNTAX},
};

static int read_all(struct csv *c, struct sim_error *e)
{
    bool more = true;
    int rc = SIM_OK;
    while (!rc && more)
        rc = csv_next(c, &more, e);
    return rc;
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct csv c;
        struct sim_error e = {0};
        int rc = open_text(&c, bad[i].text, &e);
        if (!rc)
            rc = read_all(&c, &e);
        assert_int_equal(rc, bad[i].rc);
        if (!strstr(e.text, bad[i].says))
            fail_msg("'%s' does not say '%s'", e.text, bad[i].says);
        csv_close(&c);
    }
}

static void test_files(void **state)
{
    (void)state;
    struct csv c;
    struct sim_error e = {0};
    assert_int_equal(csv_open(&c, TESTS_DIR "/no-such.csv", &e), SIM_EIO);
    assert_non_null(strstr(e.text, "no-such.csv: cannot be opened"));
    csv_close(&c);
    assert_int_equal(csv_open(&c, TESTS_DIR, &e), SIM_EIO);
    csv_close(&c);
    assert_int_equal(csv_open_text(&c, "z", "a\0b", 3, &e), SIM_ESYNTAX);
    csv_close(&c);
    int column;
    assert_int_equal(open_text(&c, "a,b\n", &e), SIM_OK);
    assert_int_equal(csv_need(&c, "b", &column, &e), SIM_OK);
    assert_int_equal(column, 1);
    assert_int_equal(csv_need(&c, "x", &column, &e), SIM_ESYNTAX);
    assert_non_null(strstr(e.text, "the column x is missing; the header names a, b"));
    csv_close(&c);
}

static void test_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rc;
        int64_t value;
    } cases[] = {
        {"1", SIM_OK, 1000},
        {"-1.5", SIM_OK, -1500},
        {"+0.001", SIM_OK, 1},
        {".5", SIM_OK, 500},
        {"7.", SIM_OK, 7000},
        {"0.0004", SIM_OK, 0},
        {"0.0005", SIM_OK, 1},
        {"-0.0005", SIM_OK, -1},
        {"1.23449", SIM_OK, 1234},
        {"1e3", SIM_ESYNTAX, 0},
        {"-", SIM_ESYNTAX, 0},
        {".", SIM_ESYNTAX, 0},
        {"1 m", SIM_ESYNTAX, 0},
        {"10.001", SIM_ERANGE, 0},
        {"-10.001", SIM_ERANGE, 0},
        {"nan", SIM_ESYNTAX, 0},
        {"99999999999999999999", SIM_ERANGE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        struct csv c;
        struct sim_error e = {0};
        bool more;
        int64_t value = 0;
        snprintf(text, sizeof text, "v\n%s\n", cases[i].text);
        assert_int_equal(open_text(&c, text, &e), SIM_OK);
        assert_int_equal(csv_next(&c, &more, &e), SIM_OK);
        assert_int_equal(csv_decimal(&c, 0, 3, -10000, 10000, &value, &e), cases[i].rc);
        if (cases[i].rc == SIM_OK)
            assert_int_equal(value, cases[i].value);
        else
            assert_non_null(strstr(e.text, "f.csv:2: column v: "));
        csv_close(&c);
    }
}

static void test_int(void **state)
{
    (void)state;
    struct csv c;
    struct sim_error e = {0};
    bool more;
    int64_t value;
    assert_int_equal(open_text(&c, "n,m\n-12,3.0\n", &e), SIM_OK);
    assert_int_equal(csv_next(&c, &more, &e), SIM_OK);
    assert_int_equal(csv_int(&c, 0, -20, 20, &value, &e), SIM_OK);
    assert_int_equal(value, -12);
    assert_int_equal(csv_int(&c, 0, 0, 20, &value, &e), SIM_ERANGE);
    assert_string_equal(e.text, "f.csv:2: column n: -12: must be 0 to 20");
    assert_int_equal(csv_int(&c, 1, -20, 20, &value, &e), SIM_ESYNTAX);
    csv_close(&c);
}

/* Random text of the characters that matter: an answer, never a read outside (sanitizers look on).
 */
static void test_random(void **state)
{
    (void)state;
    static const char set[] = "a,\"\n\r# 1";
    struct rng g = rng_open(1, 1, RNG_TEST, 2);
    for (int i = 0; i < 20000; i++) {
        char text[24];
        size_t len = rng_below(&g, sizeof text);
        for (size_t k = 0; k < len; k++)
            text[k] = set[rng_below(&g, sizeof set - 1)];
        struct csv c;
        struct sim_error e;
        if (!csv_open_text(&c, "r", text, len, &e))
            read_all(&c, &e);
        csv_close(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),    cmocka_unit_test(test_header_only),
        cmocka_unit_test(test_bad),      cmocka_unit_test(test_files),
        cmocka_unit_test(test_decimals), cmocka_unit_test(test_int),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
