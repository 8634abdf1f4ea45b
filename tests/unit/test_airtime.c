/* SPDX-License-Identifier: GPL-2.0-only
 * Pins air times: every vector of four independent programs to the nanosecond, published examples,
 * SF5 and SF6 by hand, and the refusal of what is out of range. */
#include "models/radio/airtime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "sim/err.h"

static json_t *load_cases(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    json_t *cases = json_incref(json_object_get(root, "cases"));
    json_decref(root);
    assert_true(json_array_size(cases) > 0);
    return cases;
}

static long long number(const json_t *c, const char *key)
{
    return (long long)json_number_value(json_object_get(c, key));
}

static bool yes(const json_t *c, const char *key)
{
    return json_is_true(json_object_get(c, key));
}

static void test_lora_vectors(void **state)
{
    (void)state;
    json_t *cases = load_cases(TESTS_DIR "/vectors/time_on_air.json"), *c;
    size_t i;
    json_array_foreach(cases, i, c)
    {
        struct airtime_lora a = {
            .sf = (int)number(c, "sf"),
            .bw_hz = number(c, "bw_khz") * 1000,
            .cr = json_string_value(json_object_get(c, "cr"))[2] - '4',
            .len = (int)number(c, "len"),
            .preamble_sym = (int)number(c, "preamble"),
            .implicit_header = yes(c, "implicit_header"),
            .crc = yes(c, "crc"),
        };
        assert_int_equal(airtime_lora(&a), number(c, "airtime_us") * 1000);
        assert_int_equal(airtime_ldro(a.sf, a.bw_hz), yes(c, "ldro"));
    }
    json_decref(cases);
}

static void test_fsk_vectors(void **state)
{
    (void)state;
    json_t *cases = load_cases(TESTS_DIR "/vectors/fsk_time_on_air.json"), *c;
    size_t i;
    json_array_foreach(cases, i, c) assert_int_equal(
        airtime_fsk(number(c, "bitrate"), (int)number(c, "len")), number(c, "airtime_us") * 1000);
    json_decref(cases);
}

/* SF7, 23 octets: 61.696 ms; SF12, 51 octets: 2465.792 ms; EU868 beacon: 152.576 ms. */
static void test_published(void **state)
{
    (void)state;
    struct airtime_lora a = {7, 125000, 1, 23, 8, false, true};
    assert_int_equal(airtime_lora(&a), SIM_US(61696));
    a = (struct airtime_lora){12, 125000, 1, 51, 8, false, true};
    assert_int_equal(airtime_lora(&a), SIM_US(2465792));
    a = (struct airtime_lora){9, 125000, 1, 17, 10, true, false};
    assert_int_equal(airtime_lora(&a), SIM_US(152576));
}

/* SF6, 125 kHz, 12 symbols of preamble, 10 octets with CRC: 80 - 24 + 20 + 16 = 92 bits in blocks
 * of 24: 4 x 5 symbols, + 8 + 18.25 = 46.25 symbols of 512 us. */
static void test_short_spreading_factors(void **state)
{
    (void)state;
    struct airtime_lora a = {6, 125000, 1, 10, 12, false, true};
    assert_int_equal(airtime_lora(&a), SIM_US(23680));
    a.sf = 5; /* 96 bits in blocks of 20: 5 x 5; 51.25 symbols of 256 us */
    assert_int_equal(airtime_lora(&a), SIM_US(13120));
    assert_int_equal(airtime_preamble(6, 125000, 12), SIM_US(9344));
    assert_int_equal(airtime_preamble(7, 125000, 8), SIM_US(12544));
    assert_int_equal(airtime_symbol(12, 125000), SIM_US(32768));
    assert_int_equal(airtime_symbol(7, 500000), SIM_US(256));
}

static void test_refused(void **state)
{
    (void)state;
    static const struct airtime_lora bad[] = {
        {4, 125000, 1, 10, 8, false, true},     {13, 125000, 1, 10, 8, false, true},
        {7, 62500, 1, 10, 8, false, true},      {7, 125000, 0, 10, 8, false, true},
        {7, 125000, 5, 10, 8, false, true},     {7, 125000, 1, -1, 8, false, true},
        {7, 125000, 1, 256, 8, false, true},    {7, 125000, 1, 10, 5, false, true},
        {7, 125000, 1, 10, 65536, false, true},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(airtime_lora(&bad[i]), SIM_EINVAL);
    assert_int_equal(airtime_fsk(50000, 256), SIM_EINVAL);
    assert_int_equal(airtime_fsk(50000, -1), SIM_EINVAL);
    assert_int_equal(airtime_fsk(0, 1), SIM_EINVAL);
    assert_int_equal(airtime_fsk(30000, 1), SIM_EINVAL);
    struct airtime_lora longest = {12, 125000, 4, 255, 65535, false, true};
    assert_true(airtime_lora(&longest) > SIM_S(2000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lora_vectors), cmocka_unit_test(test_fsk_vectors),
        cmocka_unit_test(test_published),    cmocka_unit_test(test_short_spreading_factors),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
