/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the MAC commands against the vectors, both ways and with every field; BeaconTimingAns, which
 * they lack, by hand. Unknown, cut and oversize commands must give an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <strings.h>

#include "models/lorawan/maccmd.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/vectors.h"
#include "tools/calc.h"

/* The vectors' names end in Payload where there is one. */
static void check_name(const char *got, const char *want)
{
    size_t len = strlen(want);
    const char *end = strstr(want, "Payload");
    if (end)
        len = (size_t)(end - want);
    assert_int_equal(strlen(got), len);
    assert_int_equal(strncasecmp(got, want, len), 0);
}

static void check_fields(const json_t *c, const uint8_t *buf, size_t len)
{
    size_t at;
    json_t *array = json_array();
    assert_int_equal(calc_mac_list(array, buf, len, vec_bool(c, "uplink"), &at), 0);
    assert_int_equal(json_array_size(array), 1);
    const json_t *fields = vec_get(json_array_get(array, 0), "fields");
    if (!json_equal(fields, vec_get(c, "fields")))
        fail_msg("%s: other fields", vec_text(c, "hex"));
    json_decref(array);
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("mac_commands.json");
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t buf[8], again[8];
        struct lw_mac m;
        size_t at = 0, put = 0, len = vec_hex(c, "hex", buf, sizeof buf);
        bool uplink = vec_bool(c, "uplink");
        assert_int_equal(lw_mac_next(buf, len, &at, uplink, &m), 1);
        assert_int_equal(at, len);
        assert_int_equal(m.cid, vec_int(c, "cid"));
        assert_int_equal(lw_mac_next(buf, len, &at, uplink, &m), 0);
        check_name(lw_mac_name(m.cid, uplink), vec_text(c, "name"));
        check_fields(c, buf, len);
        assert_int_equal(lw_mac_put(again, sizeof again, &put, &m), SIM_OK);
        assert_int_equal(put, len);
        assert_memory_equal(again, buf, len);
    }
    assert_int_equal(i, 124);
    json_decref(root);
}

static void test_beacon_timing(void **state)
{
    (void)state;
    static const uint8_t buf[] = {0x12, 0x34, 0x02, 0x07};
    uint8_t again[4];
    struct lw_mac m;
    size_t at = 0, put = 0;
    assert_int_equal(lw_mac_next(buf, sizeof buf, &at, false, &m), 1);
    assert_int_equal(m.u.beacon_timing_ans.delay, 0x0234);
    assert_int_equal(m.u.beacon_timing_ans.channel, 7);
    assert_int_equal(lw_mac_put(again, sizeof again, &put, &m), SIM_OK);
    assert_memory_equal(again, buf, 4);
}

/* Several commands in one go, then one that nobody knows. */
static void test_sequence(void **state)
{
    (void)state;
    static const uint8_t buf[] = {0x03, 0x52, 0xFF, 0x00, 0x61, 0x06, 0x0D,
                                  1,    2,    3,    4,    128,  0x80, 9};
    struct lw_mac m;
    size_t at = 0;
    assert_int_equal(lw_mac_next(buf, sizeof buf, &at, false, &m), 1);
    assert_int_equal(m.u.link_adr_req.dr, 5);
    assert_int_equal(m.u.link_adr_req.tx_power, 2);
    assert_int_equal(m.u.link_adr_req.ch_mask, 0x00FF);
    assert_int_equal(m.u.link_adr_req.ch_mask_cntl, 6);
    assert_int_equal(m.u.link_adr_req.nb_trans, 1);
    assert_int_equal(lw_mac_next(buf, sizeof buf, &at, false, &m), 1);
    assert_int_equal(m.cid, LW_DEV_STATUS);
    assert_int_equal(lw_mac_next(buf, sizeof buf, &at, false, &m), 1);
    assert_int_equal(m.u.device_time_ans.gps_s, 0x04030201);
    assert_int_equal(m.u.device_time_ans.fraction_256, 128);
    assert_int_equal(at, 12);
    assert_int_equal(lw_mac_next(buf, sizeof buf, &at, false, &m), SIM_EPROTO);
    assert_int_equal(at, 12); /* stays at the octet that could not be read */
}

/* Every CID in both directions: known ones at every shorter length, unknown ones refused. */
static void test_all_cids(void **state)
{
    (void)state;
    int n_known = 0;
    for (int v = 0; v < 512; v++) {
        bool uplink = v & 1;
        uint8_t cid = (uint8_t)(v >> 1), buf[16] = {cid};
        int len = lw_mac_len(cid, uplink);
        struct lw_mac m = {.cid = cid, .uplink = uplink};
        size_t at = 0;
        if (len < 0) {
            assert_int_equal(len, SIM_ENOENT);
            assert_null(lw_mac_name(cid, uplink));
            assert_int_equal(lw_mac_next(buf, sizeof buf, &at, uplink, &m), SIM_EPROTO);
            assert_int_equal(lw_mac_put(buf, sizeof buf, &at, &m), SIM_ENOENT);
            continue;
        }
        n_known++;
        for (size_t cut = 1; cut <= (size_t)len; cut++) {
            uint8_t *piece = mem_copy(buf, cut);
            at = 0;
            assert_int_equal(lw_mac_next(piece, cut, &at, uplink, &m), SIM_ETRUNC);
            assert_int_equal(lw_mac_put(piece, cut, &at, &m), SIM_ENOSPC);
            assert_int_equal(at, 0);
            free(piece);
        }
        assert_int_equal(lw_mac_put(buf, 1 + (size_t)len, &at, &m), SIM_OK);
    }
    assert_int_equal(n_known, 39);
}

/* RFU bits are dropped: what any payload octets decode to encodes, and decodes to the same again.
 */
static void test_rfu(void **state)
{
    (void)state;
    for (int v = 0; v < 512; v++) {
        uint8_t first[8], second[8];
        struct lw_mac a, b;
        size_t at = 0, put = 0, again = 0;
        memset(first, 0xFF, sizeof first);
        first[0] = (uint8_t)(v >> 1);
        if (lw_mac_next(first, sizeof first, &at, v & 1, &a) != 1)
            continue;
        assert_int_equal(lw_mac_put(second, sizeof second, &put, &a), SIM_OK);
        assert_int_equal(put, at);
        assert_int_equal(lw_mac_next(second, put, &again, v & 1, &b), 1);
        put = 0;
        assert_int_equal(lw_mac_put(first, sizeof first, &put, &b), SIM_OK);
        assert_memory_equal(first, second, put);
    }
}

static int put(const struct lw_mac *m)
{
    uint8_t buf[8];
    size_t at = 0;
    int rc = lw_mac_put(buf, sizeof buf, &at, m);
    assert_true(rc == SIM_OK || at == 0);
    return rc;
}

static void test_ranges(void **state)
{
    (void)state;
    struct lw_mac m = {.cid = LW_LINK_ADR};
    m.u.link_adr_req.dr = 16;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct lw_mac){.cid = LW_LINK_ADR};
    m.u.link_adr_req.ch_mask_cntl = 8;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct lw_mac){.cid = LW_NEW_CHANNEL};
    m.u.new_channel_req.frequency_hz = 1677721500;
    assert_int_equal(put(&m), SIM_OK);
    m.u.new_channel_req.frequency_hz = 1677721600;
    assert_int_equal(put(&m), SIM_ERANGE);
    m.u.new_channel_req.frequency_hz = 868100050; /* no multiple of 100 Hz */
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct lw_mac){.cid = LW_DEV_STATUS, .uplink = true};
    m.u.dev_status_ans.margin_db = -32;
    assert_int_equal(put(&m), SIM_OK);
    m.u.dev_status_ans.margin_db = 32;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct lw_mac){.cid = LW_PING_SLOT_INFO, .uplink = true};
    m.u.ping_slot_info_req.periodicity = 8;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct lw_mac){.cid = LW_RX_PARAM_SETUP};
    m.u.rx_param_setup_req.rx1_dr_offset = 8;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct lw_mac){.cid = LW_FORCE_REJOIN};
    m.u.force_rejoin_req.period = 8;
    assert_int_equal(put(&m), SIM_ERANGE);
    m = (struct lw_mac){.cid = LW_RX_TIMING_SETUP};
    m.u.rx_timing_setup_req.delay_s = 16;
    assert_int_equal(put(&m), SIM_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),  cmocka_unit_test(test_beacon_timing),
        cmocka_unit_test(test_sequence), cmocka_unit_test(test_all_cids),
        cmocka_unit_test(test_rfu),      cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
