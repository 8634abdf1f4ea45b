/* SPDX-License-Identifier: GPL-2.0-only
 * Pins ping offsets, slot times and ping channels against the vectors, and the next slot after a
 * time against a search over all slots. Prints ns per offset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "models/lorawan/crypto.h"
#include "models/lorawan/pingslot.h"
#include "models/radio/region.h"
#include "sim/err.h"
#include "tests/vectors.h"

static int periodicity_of(int64_t period)
{
    for (int p = 0; p <= PINGSLOT_MAX_PERIODICITY; p++)
        if (pingslot_period(p) == period)
            return p;
    fail_msg("no periodicity has %lld slots", (long long)period);
    return 0;
}

static void test_vectors(void **state)
{
    (void)state;
    struct lw_aes zero;
    pingslot_key_init(&zero);
    json_t *root = VECTORS("ping_slots.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        int p = periodicity_of(vec_int(c, "ping_period"));
        uint32_t addr = (uint32_t)vec_hex_number(c, "devaddr");
        int offset = pingslot_offset(&zero, (uint32_t)vec_int(c, "beacon_time"), addr, p);
        assert_int_equal(offset, vec_int(c, "ping_offset"));
        assert_int_equal(pingslot_nb(p), vec_int(c, "ping_nb"));
        assert_int_equal(pingslot_start(offset),
                         SIM_MS(vec_int(c, "first_slot_start_ms_after_beacon")));
    }
    assert_int_equal(i, 62);
    json_decref(root);
}

static void test_periodicities(void **state)
{
    (void)state;
    for (int p = 0; p <= PINGSLOT_MAX_PERIODICITY; p++) {
        assert_int_equal(pingslot_nb(p), 1 << (7 - p));
        assert_int_equal(pingslot_period(p), 1 << (5 + p));
    }
    assert_int_equal(pingslot_start(0), SIM_MS(2120));
    /* The last slot ends where the guard begins. */
    assert_int_equal(pingslot_start(4095) + PINGSLOT_LEN, BEACON_PERIOD - BEACON_GUARD);
    assert_int_equal(pingslot_offset_of(0xffff, 0), 31);
    assert_int_equal(pingslot_offset_of(0xffff, 7), 4095);
}

static void test_many(void **state)
{
    (void)state;
    enum { N = 300 };
    struct lw_aes zero;
    uint32_t addr[N];
    uint16_t random[N];
    pingslot_key_init(&zero);
    for (uint32_t i = 0; i < N; i++)
        addr[i] = 0x26011000 + i * 7919;
    const size_t sizes[] = {0, 1, 63, 64, 65, 128, 300};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        memset(random, 0, sizeof random);
        pingslot_random_many(&zero, 1280000000, addr, sizes[k], random);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(random[i],
                             i < sizes[k] ? pingslot_random(&zero, 1280000000, addr[i]) : 0);
    }
}

/* The first slot at or after a time, by looking at all slots of two beacon periods. */
static int64_t search(const struct lw_aes *zero, uint32_t addr, int p, int64_t after)
{
    for (int64_t beacon = beacon_period_start(after);; beacon += BEACON_PERIOD) {
        int offset = pingslot_offset(zero, beacon_time_of(beacon), addr, p);
        for (int slot = offset; slot < PINGSLOT_N; slot += pingslot_period(p))
            if (beacon + pingslot_start(slot) >= after)
                return beacon + pingslot_start(slot);
    }
}

static void test_next(void **state)
{
    (void)state;
    struct lw_aes zero;
    pingslot_key_init(&zero);
    uint64_t random = 1;
    for (int n = 0; n < 4000; n++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint32_t addr = (uint32_t)(random >> 40);
        int p = n % 8;
        int64_t after = SIM_S(1280000000) + (int64_t)((random >> 20) % (uint64_t)SIM_S(500));
        struct pingslot s = pingslot_next(&zero, addr, p, after);
        assert_int_equal(s.start_gps_ns, search(&zero, addr, p, after));
        assert_int_equal(s.start_gps_ns, s.beacon_gps_ns + pingslot_start(s.slot));
        assert_int_equal(s.slot, pingslot_offset(&zero, beacon_time_of(s.beacon_gps_ns), addr, p) +
                                     s.i * pingslot_period(p));
        /* A slot's own start finds it again, the ns behind it the next one. */
        struct pingslot same = pingslot_next(&zero, addr, p, s.start_gps_ns);
        assert_int_equal(same.start_gps_ns, s.start_gps_ns);
        struct pingslot next = pingslot_next(&zero, addr, p, s.start_gps_ns + 1);
        assert_int_equal(next.start_gps_ns, search(&zero, addr, p, s.start_gps_ns + 1));
        assert_true(next.start_gps_ns > s.start_gps_ns);
    }
}

static void test_hopping(void **state)
{
    (void)state;
    json_t *root = VECTORS("classb_hopping.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint32_t t = (uint32_t)vec_int(c, "beacon_time");
        uint32_t addr = (uint32_t)vec_hex_number(c, "devaddr");
        const struct region *us = region_find("US915"), *au = region_find("AU915");
        assert_int_equal(pingslot_channel(us, t, addr), vec_int(c, "pingslot_channel"));
        assert_int_equal(pingslot_channel(au, t, addr), vec_int(c, "pingslot_channel"));
        assert_int_equal(pingslot_hz(us, t, addr), vec_int(c, "pingslot_freq"));
        assert_int_equal(pingslot_hz(au, t, addr), vec_int(c, "pingslot_freq"));
        assert_int_equal(pingslot_channel(region_find("EU868"), t, addr), 0);
        assert_int_equal(pingslot_hz(region_find("IN865"), t, addr), 866550000);
    }
    assert_int_equal(i, 20);
    json_decref(root);
    assert_int_equal(pingslot_channel(region_find("US915"), 128, 0xffffffff), 0);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void test_speed(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct lw_aes zero;
    uint32_t *addr = calloc(N, sizeof *addr);
    uint16_t *random = calloc(N, sizeof *random);
    assert_true(addr && random);
    pingslot_key_init(&zero);
    for (uint32_t i = 0; i < N; i++)
        addr[i] = i * 2654435761u;
    double t0 = now_ns();
    pingslot_random_many(&zero, 1280000000, addr, N, random);
    double t1 = now_ns();
    unsigned sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += pingslot_random(&zero, 1280000000, addr[i]);
    double t2 = now_ns();
    for (size_t i = 0; i < N; i++)
        sum -= random[i];
    assert_int_equal(sum, 0);
    print_message("ping offset: %.1f ns each of many, %.1f ns alone\n", (t1 - t0) / N,
                  (t2 - t1) / N);
    free(addr);
    free(random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_periodicities),
        cmocka_unit_test(test_many),    cmocka_unit_test(test_next),
        cmocka_unit_test(test_hopping), cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
