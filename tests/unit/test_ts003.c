/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the clock synchronisation commands against the vectors of both versions, both ways and with
 * every field. Unknown, cut, wrongly directed and oversize commands must give an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/packages/ts003.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/vectors.h"
#include "tools/calc.h"

enum { N_V1 = 38, N_V2 = 28 };

static void check_fields(const json_t *c, const uint8_t *buf, size_t len, int version)
{
    size_t at;
    json_t *array = json_array();
    const struct calc_app a = {TS003_FPORT, version, vec_bool(c, "uplink"), buf, len};
    assert_int_equal(calc_app_list(array, &a, &at), 0);
    assert_int_equal(json_array_size(array), 1);
    const json_t *fields = vec_get(json_array_get(array, 0), "fields");
    if (!json_equal(fields, vec_get(c, "fields")))
        fail_msg("%s: other fields", vec_text(c, "hex"));
    json_decref(array);
}

static void check_case(const json_t *c, int version)
{
    uint8_t buf[8], again[8];
    struct ts003 m;
    size_t at = 0, put = 0, len = vec_hex(c, "hex", buf, sizeof buf);
    bool uplink = vec_bool(c, "uplink");
    assert_int_equal(ts003_next(buf, len, &at, uplink, &m), 1);
    assert_int_equal(at, len);
    assert_int_equal(m.cid, vec_int(c, "cid"));
    assert_int_equal(ts003_next(buf, len, &at, uplink, &m), 0);
    if (json_object_get(c, "fields"))
        check_fields(c, buf, len, version);
    if (json_object_get(c, "name")) {
        const char *name = ts003_name(m.cid, uplink, version);
        assert_int_equal(strncmp(vec_text(c, "name"), name, strlen(name)), 0);
    }
    assert_int_equal(ts003_put(again, sizeof again, &put, &m), SIM_OK);
    assert_int_equal(put, len);
    assert_memory_equal(again, buf, len);
}

static void check_file(json_t *root, int version, int n_want)
{
    size_t i;
    json_t *c;
    int n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const json_t *fport = json_object_get(c, "fport");
        if (!fport || json_integer_value(fport) != TS003_FPORT)
            continue;
        check_case(c, strstr(vec_text(c, "package"), "-v2") ? 2 : version);
        n++;
    }
    assert_int_equal(n, n_want);
    json_decref(root);
}

static void test_vectors(void **state)
{
    (void)state;
    check_file(VECTORS("app_commands_v1.json"), 1, N_V1);
    check_file(VECTORS("app_commands_v2.json"), 2, N_V2);
}

/* The fields of the second version's vectors are a text of another program: some by hand. */
static void test_fields_v2(void **state)
{
    (void)state;
    static const uint8_t ans[] = {0x01, 0xda, 0xb0, 0x27, 0x95, 0x0c};
    static const uint8_t req[] = {0x01, 0xd0, 0x2c, 0x7e, 0x6e, 0x1e};
    struct ts003 m;
    size_t at = 0;
    assert_int_equal(ts003_next(ans, sizeof ans, &at, false, &m), 1);
    assert_int_equal(m.u.app_time_ans.correction_s, -1792560934);
    assert_int_equal(m.u.app_time_ans.token, 12);
    at = 0;
    assert_int_equal(ts003_next(req, sizeof req, &at, true, &m), 1);
    assert_int_equal(m.u.app_time_req.device_time_s, 1853762768);
    assert_true(m.u.app_time_req.ans_required);
    assert_int_equal(m.u.app_time_req.token, 14);
    assert_string_equal(ts003_name(TS003_FORCE_RESYNC, false, 1), "ForceDeviceResyncReq");
    assert_string_equal(ts003_name(TS003_FORCE_RESYNC, false, 2), "ForceDeviceResyncCmd");
}

/* The ends of the signed range are the saturated corrections of version 2. */
static void test_correction_ends(void **state)
{
    (void)state;
    static const int32_t ends[] = {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct ts003 a = {.cid = TS003_APP_TIME}, b;
        uint8_t buf[8];
        size_t put = 0, at = 0;
        a.u.app_time_ans.correction_s = ends[i];
        assert_int_equal(ts003_put(buf, sizeof buf, &put, &a), SIM_OK);
        assert_int_equal(ts003_next(buf, put, &at, false, &b), 1);
        assert_int_equal(b.u.app_time_ans.correction_s, ends[i]);
    }
}

/* Several commands in one payload, then one that nobody knows. */
static void test_sequence(void **state)
{
    (void)state;
    static const uint8_t buf[] = {0x00, 0x02, 0x05, 0x03, 0x02, 0x01, 1, 0, 0, 0, 7, 0x04, 0x00};
    static const uint8_t cids[] = {0, 2, 3, 1};
    struct ts003 m;
    size_t at = 0;
    for (size_t i = 0; i < sizeof cids; i++) {
        assert_int_equal(ts003_next(buf, sizeof buf, &at, false, &m), 1);
        assert_int_equal(m.cid, cids[i]);
    }
    assert_int_equal(at, 11);
    assert_int_equal(ts003_next(buf, sizeof buf, &at, false, &m), SIM_EPROTO);
    assert_int_equal(at, 11); /* stays at the octet that could not be read */
}

/* Every CID in both directions: known ones at every shorter length, unknown ones refused. */
static void test_all_cids(void **state)
{
    (void)state;
    int n_known = 0;
    for (int v = 0; v < 512; v++) {
        bool uplink = v & 1;
        uint8_t cid = (uint8_t)(v >> 1), buf[16] = {cid};
        int len = ts003_len(cid, uplink);
        struct ts003 m = {.cid = cid, .uplink = uplink};
        size_t at = 0;
        if (len < 0) {
            assert_int_equal(len, SIM_ENOENT);
            assert_null(ts003_name(cid, uplink, 1));
            assert_int_equal(ts003_next(buf, sizeof buf, &at, uplink, &m), SIM_EPROTO);
            assert_int_equal(ts003_put(buf, sizeof buf, &at, &m), SIM_ENOENT);
            continue;
        }
        n_known++;
        for (size_t cut = 1; cut <= (size_t)len; cut++) {
            uint8_t *piece = mem_copy(buf, cut);
            at = 0;
            assert_int_equal(ts003_next(piece, cut, &at, uplink, &m), SIM_ETRUNC);
            assert_int_equal(ts003_put(piece, cut, &at, &m), SIM_ENOSPC);
            assert_int_equal(at, 0);
            free(piece);
        }
        assert_int_equal(ts003_put(buf, 1 + (size_t)len, &at, &m), SIM_OK);
    }
    assert_int_equal(n_known, 7); /* ForceDeviceResync has no answer: 03 up is unknown */
}

/* RFU bits set on the air are ignored: they come back as 0. */
static void test_rfu(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *clean;
        bool uplink;
    } cases[] = {
        {"0100000000ff", "01000000001f", true},
        {"0100000000ff", "01000000000f", false},
        {"02f3", "0203", false},
        {"02fe00000000", "020000000000", true},
        {"03f9", "0301", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t buf[8], again[8];
        char text[20];
        size_t len, at = 0, put = 0;
        struct ts003 m;
        hex_parse(cases[i].hex, buf, sizeof buf, &len);
        assert_int_equal(ts003_next(buf, len, &at, cases[i].uplink, &m), 1);
        assert_int_equal(ts003_put(again, sizeof again, &put, &m), SIM_OK);
        assert_string_equal(hex_print(again, put, text), cases[i].clean);
    }
}

static int put(const struct ts003 *m)
{
    uint8_t buf[8];
    size_t at = 0;
    int rc = ts003_put(buf, sizeof buf, &at, m);
    assert_true(rc == SIM_OK || at == 0);
    return rc;
}

static void test_ranges(void **state)
{
    (void)state;
    struct ts003 m = {.cid = TS003_APP_TIME, .uplink = true};
    m.u.app_time_req.token = 16;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct ts003){.cid = TS003_APP_TIME};
    m.u.app_time_ans.token = 16;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct ts003){.cid = TS003_PERIODICITY};
    m.u.periodicity_req.period = 16;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct ts003){.cid = TS003_FORCE_RESYNC};
    m.u.force_resync.nb_transmissions = 8;
    assert_int_equal(put(&m), SIM_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),         cmocka_unit_test(test_fields_v2),
        cmocka_unit_test(test_correction_ends), cmocka_unit_test(test_sequence),
        cmocka_unit_test(test_all_cids),        cmocka_unit_test(test_rfu),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
