/* SPDX-License-Identifier: GPL-2.0-only
 * Pins data frames of 1.0 against the vectors (parse, MIC, plain text, and back byte by byte), and
 * that bad bytes give an error. Of 1.1 frames only the fields are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/lorawan/frame.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/vectors.h"

static void session_of(const json_t *c, struct lw_session_keys *k)
{
    vec_hex(c, "nwkskey", k->nwkskey, 16);
    vec_hex(c, "appskey", k->appskey, 16);
    lw_cmac_init(&k->nwk, k->nwkskey);
    lw_aes_init(&k->app, k->appskey);
}

static void check_fields(const json_t *c, const struct lw_frame *f, const uint8_t *phy, size_t len)
{
    uint8_t mic[4];
    assert_int_equal(f->uplink, vec_bool(c, "uplink"));
    assert_int_equal(f->confirmed, vec_bool(c, "confirmed"));
    assert_int_equal(f->devaddr, vec_hex_number(c, "devaddr"));
    assert_int_equal(f->adr, vec_bool(c, "adr"));
    assert_int_equal(f->ack, vec_bool(c, "ack"));
    assert_int_equal(f->adrackreq, vec_bool(c, "adrackreq"));
    assert_int_equal(f->classb, vec_bool(c, "classb"));
    assert_int_equal(f->fpending, vec_bool(c, "fpending"));
    assert_int_equal(f->fcnt, vec_int(c, "fcnt32") & 0xFFFF);
    const json_t *fport = vec_get(c, "fport");
    assert_int_equal(f->fport, json_is_null(fport) ? -1 : json_integer_value(fport));
    assert_int_equal(vec_hex(c, "mic", mic, 4), 4);
    assert_memory_equal(mic, phy + len - 4, 4);
    assert_int_equal(f->mic & 255, mic[0]);
    assert_int_equal(f->mic >> 24, mic[3]);
}

static void check_case(const json_t *c)
{
    uint8_t phy[255], fopts[15], plain[255], got[255], again[255];
    struct lw_session_keys k;
    struct lw_frame f;
    session_of(c, &k);
    uint32_t fcnt32 = (uint32_t)vec_int(c, "fcnt32");
    size_t len = vec_hex(c, "phypayload", phy, sizeof phy);
    size_t fopts_len = vec_hex(c, "fopts_plain", fopts, sizeof fopts);
    size_t plain_len = vec_hex(c, "frmpayload_plain", plain, sizeof plain);

    assert_int_equal(lw_frame_parse(&f, phy, len), SIM_OK);
    check_fields(c, &f, phy, len);
    assert_int_equal(f.fopts_len, fopts_len);
    assert_memory_equal(f.fopts, fopts, fopts_len);
    assert_int_equal(f.payload_len, plain_len);
    assert_true(lw_frame_mic_ok(&f, &k, fcnt32, phy, len));
    assert_false(lw_frame_mic_ok(&f, &k, fcnt32 + 65536, phy, len));
    lw_frame_decrypt(&f, &k, fcnt32, got);
    assert_memory_equal(got, plain, plain_len);

    f.payload = plain;
    f.mic = 0;
    assert_int_equal(lw_frame_encode(&f, &k, fcnt32, again), len);
    assert_memory_equal(again, phy, len);
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("data_frames.json");
    size_t i, n = 0;
    json_t *c;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (strcmp(vec_text(c, "version"), "1.0") == 0) {
            check_case(c);
            n++;
            continue;
        }
        uint8_t phy[255];
        struct lw_frame f;
        size_t len = vec_hex(c, "phypayload", phy, sizeof phy);
        assert_int_equal(lw_frame_parse(&f, phy, len), SIM_OK);
        check_fields(c, &f, phy, len);
    }
    assert_int_equal(n, 37);
    json_decref(root);
}

/* Every shorter piece of a frame, in memory of just that size, so that a sanitizer sees any read
 * outside. */
static void test_truncated(void **state)
{
    (void)state;
    json_t *root = VECTORS("data_frames.json");
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t phy[255];
        struct lw_frame f;
        size_t len = vec_hex(c, "phypayload", phy, sizeof phy);
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t *piece = mem_copy(phy, cut);
            int rc = lw_frame_parse(&f, piece, cut);
            assert_true(rc == SIM_OK || rc == SIM_ETRUNC);
            assert_true(rc == SIM_ETRUNC || cut >= 12 + (size_t)f.fopts_len);
            assert_true(rc == SIM_OK || cut < 12 + (size_t)(cut > 5 ? phy[5] & 15 : 0));
            free(piece);
        }
    }
    json_decref(root);
}

static void test_bad_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        int want;
    } cases[] = {
        {"", SIM_ETRUNC},
        {"40", SIM_ETRUNC},
        {"4001020304000000aabbcc", SIM_ETRUNC},   /* MIC cut */
        {"4001020304000000aabbccdd", SIM_OK},     /* the shortest frame */
        {"4001020304010000aabbccdd", SIM_ETRUNC}, /* FOptsLen 1, none there */
        {"40010203040f0000"
         "0102030405060708090a0b0c0d0e"
         "aabbccdd",
         SIM_ETRUNC},
        {"40010203040f0000"
         "0102030405060708090a0b0c0d0e0f"
         "aabbccdd",
         SIM_OK},
        {"4001020304010000"
         "02"
         "00"
         "aabbccdd",
         SIM_EPROTO}, /* FOpts with FPort 0 */
        {"4001020304010000"
         "02"
         "01"
         "aabbccdd",
         SIM_OK},                                  /* FPort without payload */
        {"4101020304000000aabbccdd", SIM_ENOTSUP}, /* major version 1 */
        {"4301020304000000aabbccdd", SIM_ENOTSUP},
        {"5c01020304000000aabbccdd", SIM_OK},     /* RFU bits of MHDR are ignored */
        {"0001020304000000aabbccdd", SIM_EPROTO}, /* other kinds of frame */
        {"2001020304000000aabbccdd", SIM_EPROTO},
        {"c001020304000000aabbccdd", SIM_EPROTO},
        {"e001020304000000aabbccdd", SIM_EPROTO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t b[64];
        size_t len;
        struct lw_frame f;
        assert_int_equal(hex_parse(cases[i].hex, b, sizeof b, &len), 0);
        uint8_t *exact = mem_copy(b, len);
        assert_int_equal(lw_frame_parse(&f, exact, len), cases[i].want);
        free(exact);
    }
}

static void test_length_limits(void **state)
{
    (void)state;
    uint8_t phy[256] = {0x40}, out[255], payload[255] = {1};
    struct lw_session_keys k = {0};
    struct lw_frame f;
    assert_int_equal(lw_frame_parse(&f, phy, 255), SIM_OK);
    assert_int_equal(f.payload_len, 242);
    lw_frame_decrypt(&f, &k, 0, out);
    assert_int_equal(lw_frame_parse(&f, phy, 256), SIM_ELONG);
    f = (struct lw_frame){.mtype = LW_CONFIRMED_DOWN, .fport = 1, .payload = payload};
    f.payload_len = 242;
    assert_int_equal(lw_frame_encode(&f, &k, 1, phy), 255);
    f.payload_len = 243;
    assert_int_equal(lw_frame_encode(&f, &k, 1, phy), SIM_ELONG);
}

static void test_encode_refuses(void **state)
{
    (void)state;
    uint8_t phy[255], some[16] = {2};
    struct lw_session_keys k = {0};
    const struct lw_frame good = {.mtype = LW_UNCONFIRMED_UP,
                                  .fport = 1,
                                  .payload = some,
                                  .payload_len = 1,
                                  .fopts = some,
                                  .fopts_len = 1};
    struct lw_frame f = good;
    assert_int_equal(lw_frame_encode(&f, &k, 0, phy), 15);
    f.mtype = LW_JOIN_REQUEST;
    assert_int_equal(lw_frame_encode(&f, &k, 0, phy), SIM_EINVAL);
    f = good;
    f.fport = 256;
    assert_int_equal(lw_frame_encode(&f, &k, 0, phy), SIM_EINVAL);
    f.fport = -2;
    assert_int_equal(lw_frame_encode(&f, &k, 0, phy), SIM_EINVAL);
    f.fport = -1; /* payload without a port */
    assert_int_equal(lw_frame_encode(&f, &k, 0, phy), SIM_EINVAL);
    f.fport = 0; /* FOpts with port 0 */
    assert_int_equal(lw_frame_encode(&f, &k, 0, phy), SIM_EINVAL);
    f = good;
    f.fopts_len = 16;
    assert_int_equal(lw_frame_encode(&f, &k, 0, phy), SIM_EINVAL);
}

static void test_mtype(void **state)
{
    (void)state;
    for (int m = 0; m < 8; m++) {
        uint8_t mhdr = (uint8_t)(m << 5);
        assert_int_equal(lw_mtype_of(&mhdr, 1), m);
    }
}

static void test_fcnt_extend(void **state)
{
    (void)state;
    assert_int_equal(lw_fcnt_extend(0, 0), 0);
    assert_int_equal(lw_fcnt_extend(0, 65535), 65535);
    assert_int_equal(lw_fcnt_extend(65535, 65535), 65535);
    assert_int_equal(lw_fcnt_extend(65535, 0), 65536);
    assert_int_equal(lw_fcnt_extend(65537, 0), 131072);
    assert_int_equal(lw_fcnt_extend(0x12345678, 0x5678), 0x12345678);
    assert_int_equal(lw_fcnt_extend(0x12345678, 0x5677), 0x12355677);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_bad_bytes),      cmocka_unit_test(test_length_limits),
        cmocka_unit_test(test_encode_refuses), cmocka_unit_test(test_mtype),
        cmocka_unit_test(test_fcnt_extend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
