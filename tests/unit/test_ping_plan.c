/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the choice of ping slots: first slots against the vectors, the next slot with room before
 * the beacon guard against a search over all 4096 slots, frequencies fixed and hopping. Left open:
 * what gateways are doing then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/lorawan/pingslot.h"
#include "models/radio/region.h"
#include "models/server/ping_plan.h"
#include "tests/vectors.h"

enum { ADDR = 0x26011bda };
static const int64_t BEACON_S = 1451260928; /* a multiple of 128 */

static int periodicity_of(int64_t period)
{
    int p = 0;
    while (pingslot_period(p) != period)
        p++;
    return p;
}

/* From a beacon on, the first slot is the vector's. */
static void test_vectors(void **state)
{
    (void)state;
    struct ping_plan plan;
    json_t *root = VECTORS("ping_slots.json"), *c;
    size_t i;
    int n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        struct ping_listener l = {.addr = (uint32_t)vec_hex_number(c, "devaddr"),
                                  .periodicity = periodicity_of(vec_int(c, "ping_period"))};
        if (vec_int(c, "beacon_time") % 128)
            continue; /* an offset, but no beacon is sent then */
        ping_plan_init(&plan, region_find("EU868"), SIM_S(vec_int(c, "beacon_time")));
        struct ping_place p = ping_plan_next(&plan, &l, 0, 0);
        assert_int_equal(p.start, SIM_MS(vec_int(c, "first_slot_start_ms_after_beacon")));
        assert_int_equal(p.frequency_hz, 869525000);
        n++;
    }
    assert_int_equal(n, 61);
    json_decref(root);
}

/* All slots of three beacon periods, one after the other. */
static sim_time search(const struct ping_plan *plan, const struct ping_listener *l, sim_time at,
                       sim_time airtime)
{
    for (int64_t b = 0; b < 3; b++) {
        uint32_t time_s = (uint32_t)(BEACON_S + 128 * b);
        int offset = pingslot_offset(&plan->zero_key, time_s, l->addr, l->periodicity);
        for (int n = offset; n < PINGSLOT_N; n += pingslot_period(l->periodicity)) {
            sim_time start = b * BEACON_PERIOD + SIM_MS(2120) + n * SIM_MS(30);
            if (start >= at && start + airtime <= b * BEACON_PERIOD + SIM_S(125))
                return start;
        }
    }
    return -1;
}

static void test_guard(void **state)
{
    (void)state;
    struct ping_plan plan;
    ping_plan_init(&plan, region_find("EU868"), SIM_S(BEACON_S));
    const sim_time airtimes[] = {0, SIM_MS(30), SIM_MS(30) + 1, SIM_MS(206), SIM_S(3), SIM_S(100)};
    int n_moved = 0;
    for (int p = 0; p <= PINGSLOT_MAX_PERIODICITY; p++)
        for (size_t k = 0; k < sizeof airtimes / sizeof *airtimes; k++)
            for (sim_time at = 0; at < SIM_S(130); at += SIM_MS(977)) {
                struct ping_listener l = {.addr = ADDR, .periodicity = p};
                sim_time want = search(&plan, &l, at, airtimes[k]);
                if (want < 0)
                    continue; /* periodicity 7: none of three slots is early enough */
                assert_int_equal(ping_plan_next(&plan, &l, at, airtimes[k]).start, want);
                n_moved += want != search(&plan, &l, at, 0);
            }
    assert_true(n_moved > 100);
}

/* A slot that starts exactly then counts; 1 ns later the next one does. */
static void test_edges(void **state)
{
    (void)state;
    struct ping_plan plan;
    ping_plan_init(&plan, region_find("EU868"), SIM_S(BEACON_S) - SIM_S(50));
    struct ping_listener l = {.addr = ADDR, .periodicity = 2};
    sim_time first = ping_plan_next(&plan, &l, SIM_S(50), SIM_MS(100)).start;
    assert_int_equal(ping_plan_next(&plan, &l, first, SIM_MS(100)).start, first);
    assert_int_equal(ping_plan_next(&plan, &l, first + 1, SIM_MS(100)).start,
                     first + 128 * SIM_MS(30));
    /* The last slot of the window takes a frame of one slot's length, no longer one. */
    sim_time last = first + 31 * 128 * SIM_MS(30), end = SIM_S(50) + SIM_S(125);
    assert_int_equal(ping_plan_next(&plan, &l, last, end - last).start, last);
    assert_true(ping_plan_next(&plan, &l, last, end - last + 1).start > SIM_S(50 + 128));
}

static void test_frequency(void **state)
{
    (void)state;
    struct ping_plan plan;
    const struct region *us = region_find("US915");
    ping_plan_init(&plan, us, SIM_S(BEACON_S));
    struct ping_listener l = {.addr = ADDR, .periodicity = 7};
    for (int64_t b = 0; b < 20; b++) {
        struct ping_place p = ping_plan_next(&plan, &l, b * BEACON_PERIOD, SIM_MS(100));
        int64_t channel = (ADDR + (BEACON_S + p.start / SIM_S(1)) / 128) % 8;
        assert_int_equal(p.frequency_hz, 923300000 + 600000 * channel);
    }
    l.frequency_hz = 923900000; /* PingSlotChannelReq ends the hopping */
    for (int64_t b = 0; b < 8; b++)
        assert_int_equal(ping_plan_next(&plan, &l, b * BEACON_PERIOD, 0).frequency_hz, 923900000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_frequency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
