/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the beacon frame of every layout against the vectors, what a wrong octet anywhere does,
 * descriptors, air times and the hopping of beacons. Who hears a beacon is left open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/lorawan/beacon.h"
#include "models/radio/region.h"
#include "sim/err.h"
#include "tests/vectors.h"

static void check_position(const json_t *c, const struct beacon *b)
{
    struct beacon again = {0};
    double lat = json_real_value(vec_get(c, "lat")), lon = json_real_value(vec_get(c, "lon"));
    double lat_back, lon_back;
    beacon_position_set(&again, lat, lon);
    assert_memory_equal(again.info, b->info, BEACON_INFO_LEN);
    beacon_position_get(b, &lat_back, &lon_back);
    assert_true(lat - lat_back < 90.0 / 8388608 && lat_back - lat < 90.0 / 8388608);
    assert_true(lon - lon_back < 180.0 / 8388608 && lon_back - lon < 180.0 / 8388608);
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("beacons.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const struct beacon_layout *l = beacon_layout((int)vec_int(c, "sf"));
        uint8_t want[BEACON_MAX_LEN], got[BEACON_MAX_LEN];
        struct beacon b, out = {.param = (uint8_t)vec_int(c, "param_prec"),
                                .time_s = (uint32_t)vec_int(c, "time"),
                                .info_desc = (uint8_t)vec_int(c, "infodesc")};
        assert_non_null(l);
        assert_int_equal(vec_hex(c, "beacon", want, sizeof want), l->len);
        assert_int_equal(vec_int(c, "length"), l->len);
        assert_int_equal(vec_hex(c, "info6", out.info, BEACON_INFO_LEN), BEACON_INFO_LEN);
        assert_int_equal(beacon_encode(l, &out, got), l->len);
        assert_memory_equal(got, want, (size_t)l->len);
        assert_int_equal(beacon_decode(l, &b, want, (size_t)l->len), SIM_OK);
        assert_true(b.gateway_ok);
        assert_int_equal(b.param, out.param);
        assert_int_equal(b.time_s, out.time_s);
        assert_int_equal(b.info_desc, out.info_desc);
        assert_memory_equal(b.info, out.info, BEACON_INFO_LEN);
        if (json_object_get(c, "lat"))
            check_position(c, &b);
    }
    assert_int_equal(i, 17);
    json_decref(root);
}

/* One bit wrong: in the first part or its CRC nothing is believed, behind it only the gateway's
 * part is lost. A CRC of 16 bits finds every single bit. */
static void test_every_bit(void **state)
{
    (void)state;
    const int sf[] = {8, 9, 10, 12};
    for (size_t i = 0; i < 4; i++) {
        const struct beacon_layout *l = beacon_layout(sf[i]);
        const struct beacon out = {
            .param = 1, .time_s = 1280000000, .info_desc = 2, .info = {1, 2, 3, 4, 5, 6}};
        uint8_t frame[BEACON_MAX_LEN];
        assert_int_equal(beacon_encode(l, &out, frame), l->len);
        for (int bit = 0; bit < 8 * l->len; bit++) {
            struct beacon b;
            bool first = bit / 8 < l->rfu1_len + 7;
            frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
            int rc = beacon_decode(l, &b, frame, (size_t)l->len);
            assert_int_equal(rc, first ? SIM_EMIC : SIM_OK);
            if (!first) {
                const uint8_t none[BEACON_INFO_LEN] = {0};
                assert_false(b.gateway_ok);
                assert_int_equal(b.time_s, out.time_s);
                assert_int_equal(b.info_desc, 0);
                assert_memory_equal(b.info, none, BEACON_INFO_LEN);
            }
            frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

static void test_bad_lengths(void **state)
{
    (void)state;
    const struct beacon_layout *l = beacon_layout(9);
    const struct beacon out = {.time_s = 128};
    uint8_t frame[BEACON_MAX_LEN + 1] = {0};
    struct beacon b;
    assert_int_equal(beacon_encode(l, &out, frame), 17);
    for (size_t len = 0; len < 17; len++)
        assert_int_equal(beacon_decode(l, &b, frame, len), SIM_ETRUNC);
    assert_int_equal(beacon_decode(l, &b, frame, 18), SIM_ELONG);
    assert_int_equal(beacon_decode(beacon_layout(12), &b, frame, 24), SIM_ELONG);
    const struct beacon bad = {.param = 4};
    assert_int_equal(beacon_encode(l, &bad, frame), SIM_ERANGE);
    for (int sf = 0; sf < 14; sf++)
        assert_int_equal(beacon_layout(sf) != NULL, sf == 8 || sf == 9 || sf == 10 || sf == 12);
}

/* RFU bits of Param and RFU octets may be set by a later version: they are kept or skipped. */
static void test_rfu(void **state)
{
    (void)state;
    const struct beacon_layout *l = beacon_layout(10);
    uint8_t f[19] = {0xff, 0xee, 0xfd, 0x80, 1, 0, 0};
    struct beacon b;
    uint16_t crc = beacon_crc(f, 7);
    f[7] = (uint8_t)crc;
    f[8] = (uint8_t)(crc >> 8);
    f[9] = 200;
    f[16] = 0x55;
    crc = beacon_crc(f + 9, 8);
    f[17] = (uint8_t)crc;
    f[18] = (uint8_t)(crc >> 8);
    assert_int_equal(beacon_decode(l, &b, f, 19), SIM_OK);
    assert_true(b.gateway_ok);
    assert_int_equal(b.param & BEACON_MAX_PREC, 1);
    assert_int_equal(b.time_s, 0x180);
    assert_int_equal(b.info_desc, 200);
}

static void test_descriptors(void **state)
{
    (void)state;
    struct beacon b = {0};
    uint32_t netid, gateway_id;
    double lat, lon;
    assert_int_equal(beacon_netid_set(&b, 0xc00035, 0x010203), SIM_OK);
    assert_int_equal(b.info_desc, BEACON_NETID);
    const uint8_t want[] = {0x35, 0x00, 0xc0, 0x03, 0x02, 0x01};
    assert_memory_equal(b.info, want, 6);
    beacon_netid_get(&b, &netid, &gateway_id);
    assert_int_equal(netid, 0xc00035);
    assert_int_equal(gateway_id, 0x010203);
    assert_int_equal(beacon_netid_set(&b, 0x1000000, 0), SIM_ERANGE);
    assert_int_equal(beacon_netid_set(&b, 0, 0x1000000), SIM_ERANGE);
    assert_memory_equal(b.info, want, 6);
    /* The corners of the world: +90 and +180 have no code. */
    beacon_position_set(&b, 90, 180);
    const uint8_t top[] = {0xff, 0xff, 0x7f, 0xff, 0xff, 0x7f};
    assert_memory_equal(b.info, top, 6);
    beacon_position_set(&b, -90, -180);
    const uint8_t bottom[] = {0, 0, 0x80, 0, 0, 0x80};
    assert_memory_equal(b.info, bottom, 6);
    beacon_position_get(&b, &lat, &lon);
    assert_true(lat == -90 && lon == -180);
    beacon_position_set(&b, -1e300, 1e300);
    beacon_position_get(&b, &lat, &lon);
    assert_true(lat == -90 && lon > 179.99 && lon < 180);
}

/* Air time by the data sheet's formula: n = 8 + 5 ceil((8 len - 4 SF + 28 - 20) / (4 SF)) symbols
 * behind 10 + 4.25. SF9, 17 octets: 8 + 5 x 3 = 23 -> 37.25 x 4.096 ms = 152.576 ms, the figure of
 * the 1.0.3 specification rounded. */
static void test_airtime(void **state)
{
    (void)state;
    assert_int_equal(beacon_airtime(beacon_layout(9)), 152576000);
    assert_int_equal(beacon_airtime(beacon_layout(8)), SIM_US(2048) * 169 / 4);  /* 28 symbols */
    assert_int_equal(beacon_airtime(beacon_layout(10)), SIM_US(8192) * 149 / 4); /* 23 */
    assert_int_equal(beacon_airtime(beacon_layout(12)), SIM_US(8192) * 149 / 4); /* 23 */
    /* SF9: 8 octets of the first part, 8 + 5 x 1 symbols. */
    assert_int_equal(beacon_airtime_lock(beacon_layout(9)), SIM_US(4096) * 109 / 4);
    for (size_t i = 0; i < region_count(); i++) {
        const struct beacon_layout *l = beacon_layout_of(region_at(i));
        assert_true(beacon_airtime_lock(l) < beacon_airtime(l));
        assert_true(beacon_airtime(l) < BEACON_RESERVED);
        assert_int_equal(l->bw_hz, region_at(i)->dr[region_at(i)->beacon_dr].bw_hz);
    }
    assert_int_equal(BEACON_RESERVED + BEACON_WINDOW + BEACON_GUARD, BEACON_PERIOD);
}

static void test_hopping(void **state)
{
    (void)state;
    static const char *const hopping[] = {"US915", "AU915"};
    json_t *root = VECTORS("classb_hopping.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint32_t t = (uint32_t)vec_int(c, "beacon_time");
        for (size_t k = 0; k < 2; k++) {
            const struct region *r = region_find(hopping[k]);
            assert_int_equal(beacon_channel(r, t), vec_int(c, "us915_au915_beacon_channel"));
            assert_int_equal(beacon_hz(r, t), vec_int(c, "beacon_freq"));
        }
        assert_int_equal(beacon_hz(region_find("EU868"), t), 869525000);
        assert_int_equal(beacon_hz(region_find("CN470"), t),
                         508300000 + 200000 * vec_int(c, "us915_au915_beacon_channel"));
    }
    assert_int_equal(i, 20);
    json_decref(root);
}

static void test_periods(void **state)
{
    (void)state;
    assert_int_equal(beacon_period_start(0), 0);
    assert_int_equal(beacon_period_start(SIM_S(128) - 1), 0);
    assert_int_equal(beacon_period_start(SIM_S(128)), SIM_S(128));
    assert_int_equal(beacon_time_of(SIM_S(1280000127)), 1280000000);
    /* The field has 32 bits: it starts again in 2116. */
    assert_int_equal(beacon_time_of(SIM_S(4294967296 + 300)), 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),     cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_bad_lengths), cmocka_unit_test(test_rfu),
        cmocka_unit_test(test_descriptors), cmocka_unit_test(test_airtime),
        cmocka_unit_test(test_hopping),     cmocka_unit_test(test_periods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
