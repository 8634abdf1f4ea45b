/* SPDX-License-Identifier: GPL-2.0-only
 * Pins GPS, unix and UTC time against the vectors, and what happens around a leap second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/err.h"
#include "sim/time.h"
#include "tests/vectors.h"

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("gps_time.json");
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        char utc[40];
        int64_t gps_ns, gps_s = vec_int(c, "gps_seconds"), unix_s = vec_int(c, "unix");
        assert_true(sim_gps_from_unix(unix_s) == gps_s);
        assert_true(sim_unix_from_gps(gps_s) == unix_s);
        assert_string_equal(sim_instant_print(gps_s * 1000000000, utc, sizeof utc),
                            vec_text(c, "utc"));
        assert_int_equal(sim_instant_parse(vec_text(c, "utc"), &gps_ns), SIM_OK);
        assert_true(gps_ns == gps_s * 1000000000);
    }
    assert_int_equal(i, 20);
    json_decref(root);
}

/* 2017-01-01: GPS - UTC goes from 17 to 18 s; GPS 1167264017 is 23:59:60, which unix time cannot
 * say. */
static void test_leap_second(void **state)
{
    (void)state;
    assert_int_equal(sim_gps_from_unix(1483228799), 1167264016);
    assert_int_equal(sim_gps_from_unix(1483228800), 1167264018);
    assert_int_equal(sim_unix_from_gps(1167264016), 1483228799);
    assert_int_equal(sim_unix_from_gps(1167264017), 1483228799);
    assert_int_equal(sim_unix_from_gps(1167264018), 1483228800);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int64_t unix_s = 315964800; unix_s < 1700000000; unix_s += 86399)
        assert_true(sim_unix_from_gps(sim_gps_from_unix(unix_s)) == unix_s);
    assert_int_equal(sim_gps_from_unix(315964800), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_leap_second),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
