/* SPDX-License-Identifier: GPL-2.0-only
 * Pins byte orders, and that reading and writing past the end gives an error that stays and moves
 * nothing. */
#include "sim/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "sim/err.h"

static const uint8_t ramp[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                               0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10,
                               0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};

static void test_read(void **state)
{
    (void)state;
    struct rd r;
    rd_init(&r, ramp, sizeof ramp);
    assert_int_equal(rd_u8(&r), 0x01);
    assert_int_equal(rd_u16le(&r), 0x0302);
    assert_int_equal(rd_u24le(&r), 0x060504);
    assert_int_equal(rd_u32le(&r), 0x0a090807);
    assert_int_equal(rd_u64le(&r), UINT64_C(0x1211100f0e0d0c0b));
    assert_int_equal(rd_u16be(&r), 0x1314);
    assert_int_equal(rd_left(&r), 4);
    assert_int_equal(rd_u32be(&r), 0x15161718);
    assert_int_equal(r.err, SIM_OK);
    assert_int_equal(rd_left(&r), 0);
}

static void test_read_past_end(void **state)
{
    (void)state;
    struct rd r;
    rd_init(&r, ramp, 3);
    assert_int_equal(rd_u32le(&r), 0);
    assert_int_equal(r.err, SIM_ETRUNC);
    assert_int_equal(rd_left(&r), 3);
    assert_int_equal(rd_u8(&r), 0); /* there would be one, but the error stays */
    assert_null(rd_bytes(&r, 1));
    rd_init(&r, ramp, 3);
    assert_ptr_equal(rd_bytes(&r, 3), ramp);
    assert_non_null(rd_bytes(&r, 0));
    assert_null(rd_bytes(&r, SIZE_MAX));
    assert_int_equal(r.err, SIM_ETRUNC);
    rd_init(&r, NULL, 0);
    assert_int_equal(rd_left(&r), 0);
    assert_int_equal(rd_u16be(&r), 0);
    assert_int_equal(r.err, SIM_ETRUNC);
}

static void test_write(void **state)
{
    (void)state;
    uint8_t buf[sizeof ramp];
    struct wr w;
    wr_init(&w, buf, sizeof buf);
    wr_u8(&w, 0x01);
    wr_u16le(&w, 0x0302);
    wr_u24le(&w, 0x060504);
    wr_u32le(&w, 0x0a090807);
    wr_u64le(&w, UINT64_C(0x1211100f0e0d0c0b));
    wr_u16be(&w, 0x1314);
    wr_u32be(&w, 0x15161718);
    assert_int_equal(w.err, SIM_OK);
    assert_int_equal(wr_len(&w), sizeof ramp);
    assert_memory_equal(buf, ramp, sizeof ramp);
}

static void test_write_past_end(void **state)
{
    (void)state;
    uint8_t buf[4] = {0xee, 0xee, 0xee, 0xee};
    struct wr w;
    wr_init(&w, buf, 3);
    wr_u16le(&w, 0x0201);
    wr_bytes(&w, NULL, 0);
    assert_int_equal(w.err, SIM_OK);
    wr_u16le(&w, 0x0403);
    assert_int_equal(w.err, SIM_ENOSPC);
    wr_u8(&w, 0x03); /* there would be room, but the error stays */
    assert_int_equal(wr_len(&w), 2);
    assert_memory_equal(buf, ((const uint8_t[]){0x01, 0x02, 0xee, 0xee}), 4);
}

static void test_hex(void **state)
{
    (void)state;
    uint8_t out[4];
    size_t len = 99;
    char text[9];
    assert_int_equal(hex_parse("", out, 0, &len), SIM_OK);
    assert_int_equal(len, 0);
    assert_int_equal(hex_parse(" 0a1B  fFc0 ", out, 4, &len), SIM_OK);
    assert_int_equal(len, 4);
    assert_string_equal(hex_print(out, len, text), "0a1bffc0");
    assert_string_equal(hex_print(out, 0, text), "");
}

static void test_bad_hex(void **state)
{
    static const struct {
        const char *text;
        int want;
    } bad[] = {
        {"0", SIM_ESYNTAX},        {"0 1", SIM_ESYNTAX},       {"0g", SIM_ESYNTAX},
        {"g0", SIM_ESYNTAX},       {"0x", SIM_ESYNTAX},        {"-1", SIM_ESYNTAX},
        {"0102030405", SIM_ELONG}, {"010203040", SIM_ESYNTAX}, {"01:02", SIM_ESYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t out[4];
        size_t len = 99;
        assert_int_equal(hex_parse(bad[i].text, out, sizeof out, &len), bad[i].want);
        assert_int_equal(len, 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),  cmocka_unit_test(test_read_past_end),
        cmocka_unit_test(test_write), cmocka_unit_test(test_write_past_end),
        cmocka_unit_test(test_hex),   cmocka_unit_test(test_bad_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
