/* SPDX-License-Identifier: GPL-2.0-only
 * Pins joins of 1.0 against the vectors: both frames both ways, the session keys, CFLists. Joins
 * of 1.1 must be refused by their MIC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/lorawan/join.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/vectors.h"

static void check_request(const json_t *c, const uint8_t *appkey)
{
    uint8_t phy[23], again[23];
    struct lw_join_request r;
    assert_int_equal(vec_hex(c, "join_request", phy, sizeof phy), 23);
    assert_int_equal(lw_join_request_parse(&r, phy, 23), SIM_OK);
    assert_true(r.joineui == vec_hex_number(c, "joineui"));
    assert_true(r.deveui == vec_hex_number(c, "deveui"));
    assert_int_equal(r.devnonce, vec_int(c, "devnonce"));
    assert_true(lw_join_request_mic_ok(&r, appkey, phy));
    r.mic = 0;
    assert_int_equal(lw_join_request_encode(&r, appkey, again), 23);
    assert_memory_equal(again, phy, 23);
    phy[9] ^= 1;
    assert_int_equal(lw_join_request_parse(&r, phy, 23), SIM_OK);
    assert_false(lw_join_request_mic_ok(&r, appkey, phy));
}

static void check_cflist(const json_t *c, const struct lw_join_accept *a)
{
    uint8_t want[16], again[16];
    int64_t frequency_hz[5];
    uint16_t mask[6];
    assert_int_equal(a->has_cflist ? 16 : 0, vec_hex(c, "cflist_hex", want, sizeof want));
    if (!a->has_cflist)
        return;
    assert_memory_equal(a->cflist, want, 16);
    int type = lw_cflist_parse(a->cflist, frequency_hz, mask);
    assert_int_equal(type, strcmp(vec_text(c, "cflist"), "mask") == 0);
    if (type == 0) {
        char text[80];
        snprintf(text, sizeof text, "[%lld %lld %lld %lld %lld]", (long long)frequency_hz[0],
                 (long long)frequency_hz[1], (long long)frequency_hz[2], (long long)frequency_hz[3],
                 (long long)frequency_hz[4]);
        assert_string_equal(text, vec_text(c, "cflist"));
        lw_cflist_frequencies(frequency_hz, again);
    } else {
        lw_cflist_masks(mask, again);
    }
    assert_memory_equal(again, want, 16);
}

static void check_accept(const json_t *c, const uint8_t *appkey, struct lw_join_accept *a)
{
    uint8_t phy[33], again[33], mic[4];
    size_t len = vec_hex(c, "join_accept", phy, sizeof phy);
    const json_t *dl = vec_get(c, "dlsettings");
    assert_int_equal(lw_join_accept_open(a, appkey, phy, len), SIM_OK);
    assert_int_equal(a->joinnonce, vec_int(c, "joinnonce"));
    assert_int_equal(a->netid, vec_hex_number(c, "netid"));
    assert_int_equal(a->devaddr, vec_hex_number(c, "devaddr"));
    assert_int_equal(a->rx1_dr_offset, vec_int(dl, "rx1droffset"));
    assert_int_equal(a->rx2_dr, vec_int(dl, "rx2dr"));
    assert_int_equal(a->optneg, vec_bool(dl, "optneg"));
    assert_int_equal(a->rx_delay, vec_int(c, "rxdelay"));
    assert_int_equal(vec_hex(c, "join_accept_mic", mic, 4), 4);
    assert_int_equal(a->mic >> 24, mic[3]);
    check_cflist(c, a);
    assert_int_equal(lw_join_accept_encode(a, appkey, again), len);
    assert_memory_equal(again, phy, len);
    phy[len - 1] ^= 0x80;
    struct lw_join_accept bad;
    assert_int_equal(lw_join_accept_open(&bad, appkey, phy, len), SIM_EMIC);
}

static void check_keys(const json_t *c, const uint8_t *appkey, const struct lw_join_accept *a)
{
    uint8_t nwkskey[16], appskey[16], want[16];
    const json_t *keys = vec_get(c, "session_keys");
    lw_join_keys(appkey, a->joinnonce, a->netid, (uint16_t)vec_int(c, "devnonce"), nwkskey,
                 appskey);
    vec_hex(keys, "nwkskey", want, sizeof want);
    assert_memory_equal(nwkskey, want, 16);
    vec_hex(keys, "appskey", want, sizeof want);
    assert_memory_equal(appskey, want, 16);
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("joins.json");
    size_t i, n = 0;
    json_t *c;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t appkey[16], phy[33];
        struct lw_join_accept a;
        vec_hex(c, "appkey", appkey, sizeof appkey);
        if (strcmp(vec_text(c, "version"), "1.0") != 0) {
            size_t len = vec_hex(c, "join_accept", phy, sizeof phy);
            assert_int_equal(lw_join_accept_open(&a, appkey, phy, len), SIM_EMIC);
            continue;
        }
        check_request(c, appkey);
        check_accept(c, appkey, &a);
        check_keys(c, appkey, &a);
        n++;
    }
    assert_int_equal(n, 18);
    json_decref(root);
}

/* Every length but the right ones is refused, in memory of just that size. */
static void test_lengths(void **state)
{
    (void)state;
    uint8_t appkey[16] = {0}, phy[40] = {0};
    for (size_t len = 0; len <= sizeof phy; len++) {
        struct lw_join_request r;
        struct lw_join_accept a;
        phy[0] = 0x00;
        uint8_t *exact = mem_copy(phy, len);
        int want = len < 23 ? SIM_ETRUNC : len > 23 ? SIM_ELONG : SIM_OK;
        assert_int_equal(lw_join_request_parse(&r, exact, len), want);
        free(exact);
        phy[0] = 0x20;
        exact = mem_copy(phy, len);
        want = len == 17 || len == 33 ? SIM_EMIC : len > 33 ? SIM_ELONG : SIM_ETRUNC;
        assert_int_equal(lw_join_accept_open(&a, appkey, exact, len), want);
        free(exact);
    }
}

static void test_other_frames(void **state)
{
    (void)state;
    uint8_t appkey[16] = {0}, phy[33] = {0};
    struct lw_join_request r;
    struct lw_join_accept a;
    static const uint8_t mhdr[] = {0x01, 0x03, 0x40, 0x60, 0xC0, 0xE0, 0x21};
    for (size_t i = 0; i < sizeof mhdr; i++) {
        phy[0] = mhdr[i];
        assert_int_equal(lw_join_request_parse(&r, phy, 23), SIM_EPROTO);
        assert_int_equal(lw_join_accept_open(&a, appkey, phy, 33), SIM_EPROTO);
    }
}

static void test_accept_ranges(void **state)
{
    (void)state;
    uint8_t appkey[16] = {0}, phy[33];
    const struct lw_join_accept good = {.joinnonce = 0xFFFFFF, .netid = 0xFFFFFF, .rx_delay = 15};
    struct lw_join_accept a = good;
    assert_int_equal(lw_join_accept_encode(&a, appkey, phy), 17);
    a.joinnonce = 0x1000000;
    assert_int_equal(lw_join_accept_encode(&a, appkey, phy), SIM_ERANGE);
    a = good;
    a.netid = 0x1000000;
    assert_int_equal(lw_join_accept_encode(&a, appkey, phy), SIM_ERANGE);
    a = good;
    a.rx1_dr_offset = 8;
    assert_int_equal(lw_join_accept_encode(&a, appkey, phy), SIM_ERANGE);
    a = good;
    a.rx2_dr = 16;
    assert_int_equal(lw_join_accept_encode(&a, appkey, phy), SIM_ERANGE);
    a = good;
    a.rx_delay = 16;
    assert_int_equal(lw_join_accept_encode(&a, appkey, phy), SIM_ERANGE);
}

static void test_cflist_type(void **state)
{
    (void)state;
    uint8_t cflist[16] = {0};
    int64_t frequency_hz[5];
    uint16_t mask[6];
    for (int type = 2; type < 256; type++) {
        cflist[15] = (uint8_t)type;
        assert_int_equal(lw_cflist_parse(cflist, frequency_hz, mask), SIM_EPROTO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),      cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_other_frames), cmocka_unit_test(test_accept_ranges),
        cmocka_unit_test(test_cflist_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
