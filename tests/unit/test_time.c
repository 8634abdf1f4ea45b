/* SPDX-License-Identifier: GPL-2.0-only
 * Pins GPS against UTC at known instants and around every leap second, and instants as text. */
#include "sim/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/err.h"

static void test_units(void **state)
{
    (void)state;
    assert_int_equal(SIM_NS(7), 7);
    assert_int_equal(SIM_US(7), 7000);
    assert_int_equal(SIM_MS(7), 7000000);
    assert_int_equal(SIM_S(7), INT64_C(7000000000));
}

static void test_known_instants(void **state)
{
    static const struct {
        int64_t unix_s, gps_s;
    } known[] = {
        {315964800, 0},           /* 1980-01-06, the epoch */
        {362793599, 46828799},    /* before the first leap second, 1981-07-01 */
        {362793600, 46828801},    /* behind it */
        {1136073600, 820108814},  /* 2006-01-01, 14 s */
        {1483228799, 1167264016}, /* before the last one, 2017-01-01 */
        {1483228800, 1167264018}, /* behind it, 18 s */
        {1767225600, 1451260818}, /* 2026-01-01 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_int_equal(sim_gps_from_unix(known[i].unix_s), known[i].gps_s);
        assert_int_equal(sim_unix_from_gps(known[i].gps_s), known[i].unix_s);
    }
    assert_int_equal(sim_unix_from_gps(1167264017), 1483228799); /* 23:59:60 */
    assert_int_equal(sim_gps_from_unix(315964799), -1);
}

static void test_every_leap_second(void **state)
{
    (void)state;
    int64_t leaps = 0, last = sim_gps_from_unix(315964800);
    for (int64_t day = 315964800 + 86400; day < INT64_C(1800000000); day += 86400) {
        int64_t gps = sim_gps_from_unix(day);
        leaps += gps - last - 86400;
        last = gps;
        assert_int_equal(sim_unix_from_gps(gps), day);
        assert_int_equal(sim_unix_from_gps(gps - 1), day - 1);
    }
    assert_int_equal(leaps, 18);
}

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int64_t gps_ns;
    } good[] = {
        {"1980-01-06T00:00:00Z", 0},
        {"1980-01-06", 0},
        {"1980-01-06T00:00Z", 0},
        {"1980-01-07Z", INT64_C(86400000000000)},
        {"2026-01-01T00:00:00Z", INT64_C(1451260818000000000)},
        {"2026-01-01T00:00:00.25Z", INT64_C(1451260818250000000)},
        {"2026-01-01T00:00:00.1234567891Z", INT64_C(1451260818123456789)},
        {"2024-02-29T23:59:59Z", INT64_C(1393286417000000000)},
        {"gps:0", 0},
        {"gps:12.5", INT64_C(12500000000)},
        {"gps:1451260818.000000001", INT64_C(1451260818000000001)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t gps_ns = -1;
        assert_int_equal(sim_instant_parse(good[i].text, &gps_ns), SIM_OK);
        if (gps_ns != good[i].gps_ns)
            fail_msg("%s: %lld ns", good[i].text, (long long)gps_ns);
    }
}

static void test_parse_bad(void **state)
{
    static const struct {
        const char *text;
        int want;
    } bad[] = {
        {"", SIM_ESYNTAX},
        {"yesterday", SIM_ESYNTAX},
        {"26-01-01", SIM_ESYNTAX},
        {"2026-1-1", SIM_ESYNTAX},
        {"2026-01-01T", SIM_ESYNTAX},
        {"2026-01-01T1:00Z", SIM_ESYNTAX},
        {"2026-01-01T00:00:0Z", SIM_ESYNTAX},
        {"2026-01-01T00:00:00", SIM_ESYNTAX},
        {"2026-01-01T00:00:00+01:00", SIM_ESYNTAX},
        {"2026-01-01T00:00:00Zx", SIM_ESYNTAX},
        {"2026-13-01", SIM_ERANGE},
        {"2026-00-01", SIM_ERANGE},
        {"2026-01-32", SIM_ERANGE},
        {"2023-02-29", SIM_ERANGE},
        {"2026-01-01T24:00:00Z", SIM_ERANGE},
        {"2026-01-01T00:60:00Z", SIM_ERANGE},
        {"2016-12-31T23:59:60Z", SIM_ERANGE},
        {"1980-01-05T23:59:59Z", SIM_ERANGE},
        {"2201-01-01", SIM_ERANGE},
        {"gps:", SIM_ESYNTAX},
        {"gps:-1", SIM_ESYNTAX},
        {"gps:12x", SIM_ESYNTAX},
        {"gps:99999999999999999999", SIM_ERANGE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t gps_ns = -1;
        int rc = sim_instant_parse(bad[i].text, &gps_ns);
        if (rc != bad[i].want || gps_ns != -1)
            fail_msg("%s: %d, %lld ns", bad[i].text, rc, (long long)gps_ns);
    }
}

static void test_print(void **state)
{
    (void)state;
    char buf[32];
    assert_string_equal(sim_instant_print(0, buf, sizeof buf), "1980-01-06T00:00:00Z");
    assert_string_equal(sim_instant_print(INT64_C(1451260818000000000), buf, sizeof buf),
                        "2026-01-01T00:00:00Z");
    assert_string_equal(sim_instant_print(INT64_C(1393286417000000042), buf, sizeof buf),
                        "2024-02-29T23:59:59.000000042Z");
    char small[8];
    assert_string_equal(sim_instant_print(1, small, sizeof small), "1980-01");
}

/* What is printed can be read, over 220 years. */
static void test_round_trip(void **state)
{
    (void)state;
    for (int64_t t = 0; t < INT64_C(6900000000000000000); t += INT64_C(1234567890123456)) {
        char buf[32];
        int64_t back = -1;
        assert_int_equal(sim_instant_parse(sim_instant_print(t, buf, sizeof buf), &back), SIM_OK);
        assert_int_equal(back, t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_known_instants),
        cmocka_unit_test(test_every_leap_second),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_bad),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
