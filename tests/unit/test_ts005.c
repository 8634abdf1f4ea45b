/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the multicast set-up commands against the vectors of both versions, both ways and with every
 * field. Unknown, cut, wrongly directed and oversize commands must give an error; the answers of
 * variable length and the two readings of the session status have their own tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/packages/ts005.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/vectors.h"
#include "tools/calc.h"

enum { N_V1 = 68, N_V2 = 50 };

static void check_fields(const json_t *c, const uint8_t *buf, size_t len, int version)
{
    size_t at;
    json_t *array = json_array();
    const struct calc_app a = {TS005_FPORT, version, vec_bool(c, "uplink"), buf, len};
    assert_int_equal(calc_app_list(array, &a, &at), 0);
    assert_int_equal(json_array_size(array), 1);
    const json_t *fields = vec_get(json_array_get(array, 0), "fields");
    if (!json_equal(fields, vec_get(c, "fields")))
        fail_msg("%s: other fields", vec_text(c, "hex"));
    json_decref(array);
}

static void check_case(const json_t *c, int version)
{
    uint8_t buf[40], again[40];
    struct ts005 m;
    size_t at = 0, put = 0, len = vec_hex(c, "hex", buf, sizeof buf);
    bool uplink = vec_bool(c, "uplink");
    assert_int_equal(ts005_next(buf, len, &at, uplink, version, &m), 1);
    assert_int_equal(at, len);
    assert_int_equal(m.cid, vec_int(c, "cid"));
    assert_int_equal(ts005_size(&m), len);
    assert_int_equal(ts005_next(buf, len, &at, uplink, version, &m), 0);
    if (json_object_get(c, "fields"))
        check_fields(c, buf, len, version);
    if (json_object_get(c, "name")) {
        const char *name = ts005_name(m.cid, uplink);
        assert_int_equal(strncmp(vec_text(c, "name"), name, strlen(name)), 0);
    }
    assert_int_equal(ts005_put(again, sizeof again, &put, &m), SIM_OK);
    assert_int_equal(put, len);
    assert_memory_equal(again, buf, len);
    for (size_t cut = 1; cut < len; cut++) {
        uint8_t *piece = mem_copy(buf, cut);
        at = put = 0;
        assert_int_equal(ts005_next(piece, cut, &at, uplink, version, &m), SIM_ETRUNC);
        assert_int_equal(at, 0);
        free(piece);
    }
}

static void check_file(json_t *root, int version, int n_want)
{
    size_t i;
    json_t *c;
    int n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const json_t *fport = json_object_get(c, "fport");
        if (!fport || json_integer_value(fport) != TS005_FPORT)
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

static struct ts005 read_hex(const char *hex, bool uplink, int version, int want)
{
    uint8_t buf[40];
    size_t len, at = 0;
    struct ts005 m = {0};
    assert_int_equal(hex_parse(hex, buf, sizeof buf, &len), SIM_OK);
    uint8_t *piece = mem_copy(buf, len);
    assert_int_equal(ts005_next(piece, len, &at, uplink, version, &m), want);
    assert_int_equal(at, want == 1 ? len : 0);
    free(piece);
    return m;
}

/* The fields of the second version's vectors are a text of another program: some by hand. */
static void test_fields_v2(void **state)
{
    (void)state;
    struct ts005 m = read_hex("05010d836f8b7167f8ff07", false, 2, 1);
    assert_int_equal(m.u.session_req.mc_group_id, 1);
    assert_int_equal(m.u.session_req.session_time_s, 2339341069);
    assert_int_equal(m.u.session_req.time_out, 1);
    assert_int_equal(m.u.session_req.periodicity, 7);
    assert_int_equal(m.u.session_req.frequency_hz, 0xFFF867 * 100);
    assert_int_equal(m.u.session_req.dr, 7);
    m = read_hex("0433", true, 2, 1);
    assert_true(m.u.session_ans.start_missed && m.u.session_ans.mc_group_undefined);
    assert_int_equal(m.u.session_ans.mc_group_id, 3);
    m = read_hex("0501ea69a6", true, 2, 1);
    assert_int_equal(m.u.session_ans.time_to_start_s, 10906090);
}

/* Version 1 ignores bits 7:5, so TimeToStart follows; in version 2 each of them is an error. */
static void test_status_versions(void **state)
{
    (void)state;
    static const char *const octets[] = {"04 22", "04 42", "04 82", "05 22"};
    for (size_t i = 0; i < 4; i++) {
        char longer[20];
        struct ts005 m = read_hex(octets[i], true, 2, 1);
        assert_false(ts005_session_ok(&m.u.session_ans));
        assert_int_equal(m.u.session_ans.start_missed, i == 0 || i == 3);
        assert_int_equal(m.u.session_ans.reserved, i == 1 ? 1 : i == 2 ? 2 : 0);
        read_hex(octets[i], true, 1, SIM_ETRUNC);
        snprintf(longer, sizeof longer, "%s 010000", octets[i]);
        m = read_hex(longer, true, 1, 1);
        assert_true(ts005_session_ok(&m.u.session_ans));
        assert_false(m.u.session_ans.start_missed);
        assert_int_equal(m.u.session_ans.time_to_start_s, 1);
    }
}

/* The list is as long as the mask has bits: all 16 masks, complete and cut by one octet. */
static void test_group_status_lengths(void **state)
{
    (void)state;
    static const int n_of[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    for (int mask = 0; mask < 16; mask++) {
        uint8_t buf[2 + 4 * 5] = {TS005_GROUP_STATUS, (uint8_t)(0x80 | 4 << 4 | mask)};
        size_t len = 2 + 5 * (size_t)n_of[mask], at = 0, put = 0;
        for (size_t i = 2; i < len; i++)
            buf[i] = (uint8_t)((i - 2) % 5 == 0 ? 0xFC | (i - 2) / 5 : i);
        uint8_t *piece = mem_copy(buf, len), again[sizeof buf];
        struct ts005 m;
        assert_int_equal(ts005_next(piece, len - 1, &at, true, 1, &m), SIM_ETRUNC);
        assert_int_equal(ts005_next(piece, len, &at, true, 1, &m), 1);
        assert_int_equal(m.u.group_status_ans.nb_total_groups, 4);
        assert_int_equal(m.u.group_status_ans.group_mask, mask);
        assert_int_equal(ts005_put(again, len - 1, &put, &m), SIM_ENOSPC);
        assert_int_equal(ts005_put(again, len, &put, &m), SIM_OK);
        assert_int_equal(put, len);
        for (int i = 0; i < n_of[mask]; i++) {
            assert_int_equal(m.u.group_status_ans.items[i].mc_group_id, i); /* RFU bits dropped */
            assert_int_equal(m.u.group_status_ans.items[i].mc_addr & 0xFF, 5 * i + 3);
        }
        free(piece);
    }
}

/* Several commands in one payload, then one that nobody knows. */
static void test_sequence(void **state)
{
    (void)state;
    static const uint8_t up[] = {0x00, 2,    1,    0x01, 0x11, 0,    1,    2, 3, 4, 0x02,
                                 0x05, 0x03, 0x06, 0x04, 0x10, 0x05, 0x01, 9, 0, 0, 0x06};
    struct ts005 m;
    size_t at = 0;
    for (uint8_t cid = 0; cid < 6; cid++) {
        assert_int_equal(ts005_next(up, sizeof up, &at, true, 1, &m), 1);
        assert_int_equal(m.cid, cid);
    }
    assert_int_equal(m.u.session_ans.time_to_start_s, 9);
    assert_int_equal(ts005_next(up, sizeof up, &at, true, 1, &m), SIM_EPROTO);
    assert_int_equal(at, sizeof up - 1); /* stays at the octet that could not be read */
}

static void test_unknown_cids(void **state)
{
    (void)state;
    uint8_t buf[TS005_MAX_LEN] = {0};
    for (int v = 0; v < 512; v++) {
        size_t at = 0;
        struct ts005 m = {.cid = (uint8_t)(v >> 1), .uplink = v & 1};
        buf[0] = m.cid;
        bool known = m.cid <= TS005_CLASS_B_SESSION;
        assert_int_equal(ts005_name(m.cid, m.uplink) != NULL, known);
        assert_int_equal(ts005_size(&m) > 0, known);
        assert_int_equal(ts005_put(buf, sizeof buf, &at, &m), known ? SIM_OK : SIM_ENOENT);
        at = 0;
        assert_int_equal(ts005_next(buf, sizeof buf, &at, v & 1, 1 + (v >> 2 & 1), &m),
                         known ? 1 : SIM_EPROTO);
    }
}

/* RFU bits set on the air are ignored: they come back as 0. */
static void test_rfu(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *clean;
        bool uplink;
    } cases[] = {
        {"01f5", "0105", false},
        {"01f0", "0170", true},
        {"02ff", "0207", true},
        {"03fd", "0301", false},
        {"03fa", "0302", true},
        {"04fe11223344f501020305", "0402112233440501020305", false}, /* no Periodicity in class C */
        {"05fe11223344f501020305", "0502112233447501020305", false},
        {"04e1090000", "0401090000", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t again[40];
        char text[80];
        size_t put = 0;
        struct ts005 m = read_hex(cases[i].hex, cases[i].uplink, 1, 1);
        assert_int_equal(ts005_put(again, sizeof again, &put, &m), SIM_OK);
        assert_string_equal(hex_print(again, put, text), cases[i].clean);
    }
}

/* What one side sends is no command of the other side where the lengths differ. */
static void test_wrong_direction(void **state)
{
    (void)state;
    read_hex("0415", false, 1, SIM_ETRUNC); /* an answer read as McClassCSessionReq */
    read_hex("0205", false, 1, SIM_ETRUNC); /* an answer read as McGroupSetupReq */
    read_hex("00", true, 1, SIM_ETRUNC);    /* PackageVersionReq read as its answer */
    read_hex("010f", true, 1, SIM_ETRUNC);  /* McGroupStatusReq read as its answer */
}

static int put(const struct ts005 *m)
{
    uint8_t buf[40];
    size_t at = 0;
    int rc = ts005_put(buf, sizeof buf, &at, m);
    assert_true(rc == SIM_OK || at == 0);
    return rc;
}

static void test_ranges(void **state)
{
    (void)state;
    struct ts005 m = {.cid = TS005_GROUP_STATUS};
    m.u.group_status_req.group_mask = 16;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct ts005){.cid = TS005_GROUP_STATUS, .uplink = true};
    m.u.group_status_ans.nb_total_groups = 8;
    assert_int_equal(put(&m), SIM_ERANGE);
    m.u.group_status_ans.nb_total_groups = 1;
    m.u.group_status_ans.group_mask = 1;
    m.u.group_status_ans.items[0].mc_group_id = 4;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct ts005){.cid = TS005_GROUP_SETUP};
    m.u.group_setup_req.mc_group_id = 4;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct ts005){.cid = TS005_CLASS_C_SESSION};
    m.u.session_req.frequency_hz = 869525050; /* no multiple of 100 Hz */
    assert_int_equal(put(&m), SIM_ERANGE);
    m.u.session_req.frequency_hz = 1677721600;
    assert_int_equal(put(&m), SIM_ERANGE);
    m.u.session_req.frequency_hz = 1677721500;
    assert_int_equal(put(&m), SIM_OK);
    m.u.session_req.time_out = 16;
    assert_int_equal(put(&m), SIM_ERANGE);
    m.u.session_req.time_out = 15;
    m.u.session_req.periodicity = 1;
    assert_int_equal(put(&m), SIM_ERANGE);
    m.cid = TS005_CLASS_B_SESSION;
    assert_int_equal(put(&m), SIM_OK);
    m.u.session_req.periodicity = 8;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct ts005){.cid = TS005_CLASS_B_SESSION, .uplink = true};
    m.u.session_ans.time_to_start_s = TS005_MAX_TIME_TO_START;
    assert_int_equal(put(&m), SIM_OK);
    m.u.session_ans.time_to_start_s++;
    assert_int_equal(put(&m), SIM_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_fields_v2),
        cmocka_unit_test(test_status_versions),
        cmocka_unit_test(test_group_status_lengths),
        cmocka_unit_test(test_sequence),
        cmocka_unit_test(test_unknown_cids),
        cmocka_unit_test(test_rfu),
        cmocka_unit_test(test_wrong_direction),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
