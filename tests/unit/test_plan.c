/* SPDX-License-Identifier: GPL-2.0-only
 * Pins channel plans: what is usable at a data rate, equal plans kept once, channels added and
 * removed, CFLists of both types, sub-bands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/lorawan/join.h"
#include "models/lorawan/plan.h"
#include "sim/err.h"

static void interned(void **state)
{
    (void)state;
    struct plan_set s;
    struct plan p;
    const struct region *eu = region_find("EU868");
    plan_set_init(&s, eu);
    plan_default(eu, &p);
    uint16_t first = plan_intern(&s, &p);
    assert_int_equal(plan_intern(&s, &p), first);
    assert_int_equal(plan_at(&s, first)->n_usable[0], 3);
    assert_int_equal(plan_at(&s, first)->n_usable[5], 3);
    assert_int_equal(plan_at(&s, first)->n_usable[6], 0);
    for (int i = 3; i < 16; i++) {
        struct region_channel c = {867000000 + 10000 * i, 0, i == 3 ? 6 : 5};
        assert_int_equal(plan_set_channel(eu, &p, i, c), SIM_OK);
        assert_int_equal(plan_intern(&s, &p), first + i - 2);
    }
    const struct plan *last = plan_at(&s, (uint16_t)(first + 13));
    assert_int_equal(last->n_usable[5], 16);
    assert_int_equal(last->n_usable[6], 1);
    assert_int_equal(last->usable[6][0], 3);
    uint16_t defined[PLAN_MASKS];
    plan_defined(last, defined);
    assert_int_equal(defined[0], 0xffff);
    assert_int_equal(defined[1], 0);
    plan_set_fini(&s);
}

static void channels(void **state)
{
    (void)state;
    struct plan p;
    const struct region *eu = region_find("EU868"), *us = region_find("US915");
    struct region_channel c = {867100000, 0, 5}, far = {433000000, 0, 5},
                          twisted = {867100000, 5, 0}, none = {0, 0, 0}, wide = {867100000, 0, 16};
    plan_default(eu, &p);
    assert_int_equal(plan_set_channel(eu, &p, 2, c), SIM_EINVAL);
    assert_int_equal(plan_set_channel(eu, &p, 16, c), SIM_EINVAL);
    assert_int_equal(plan_set_channel(us, &p, 3, c), SIM_EINVAL);
    assert_int_equal(plan_set_channel(eu, &p, 3, far), SIM_ERANGE);
    assert_int_equal(plan_set_channel(eu, &p, 3, twisted), SIM_ERANGE);
    assert_int_equal(plan_set_channel(eu, &p, 3, wide), SIM_ERANGE);
    p.rx1_frequency_hz[3] = 869000000;
    assert_int_equal(plan_set_channel(eu, &p, 3, c), SIM_OK);
    assert_int_equal(p.rx1_frequency_hz[3], 0); /* DlChannelReq's wish goes with the old channel */
    assert_int_equal(p.mask[0], 0x000f);
    assert_int_equal(plan_set_channel(eu, &p, 3, none), SIM_OK);
    assert_int_equal(p.mask[0], 0x0007);
    assert_int_equal(p.channel[3].frequency_hz, 0);
    assert_true(plan_frequency_ok(eu, 863000000));
    assert_false(plan_frequency_ok(eu, 862999900));
}

static void cflist_frequencies(void **state)
{
    (void)state;
    struct plan p;
    const struct region *eu = region_find("EU868");
    uint8_t list[16];
    int64_t hz[5] = {867100000, 0, 867500000, 433000000, 867900000};
    plan_default(eu, &p);
    lw_cflist_frequencies(hz, list);
    assert_int_equal(plan_apply_cflist(eu, &p, list), SIM_OK);
    assert_int_equal(p.mask[0], 0x00af); /* 3, 5 and 7; 433 MHz is ignored */
    assert_int_equal(p.channel[7].frequency_hz, 867900000);
    assert_int_equal(p.channel[7].max_dr, 5);
    list[15] = 1;
    assert_int_equal(plan_apply_cflist(eu, &p, list), SIM_EPROTO);
    list[15] = 9;
    assert_int_equal(plan_apply_cflist(eu, &p, list), SIM_EPROTO);
}

static void cflist_masks(void **state)
{
    (void)state;
    struct plan p, before;
    const struct region *us = region_find("US915");
    uint8_t list[16];
    uint16_t mask[6] = {0xff00, 0, 0, 0, 0xff02, 0x1234};
    plan_default(us, &p);
    lw_cflist_masks(mask, list);
    assert_int_equal(plan_apply_cflist(us, &p, list), SIM_OK);
    assert_int_equal(p.mask[0], 0xff00);
    assert_int_equal(p.mask[4], 0x0002); /* only channels that exist */
    assert_int_equal(p.mask[5], 0);
    before = p;
    memset(mask, 0, sizeof mask);
    lw_cflist_masks(mask, list);
    assert_int_equal(plan_apply_cflist(us, &p, list), SIM_EPROTO); /* would leave no channel */
    assert_memory_equal(&before, &p, sizeof p);
    list[15] = 0;
    assert_int_equal(plan_apply_cflist(us, &p, list), SIM_EPROTO);
}

static void sub_bands(void **state)
{
    (void)state;
    struct plan p;
    const struct region *us = region_find("US915"), *cn = region_find("CN470");
    plan_default(us, &p);
    plan_keep_sub_band(us, &p, 2);
    assert_int_equal(p.mask[0], 0xff00);
    assert_int_equal(p.mask[1], 0);
    assert_int_equal(p.mask[4], 0x0002);
    plan_default(cn, &p);
    plan_keep_sub_band(cn, &p, 12);
    assert_int_equal(p.mask[5], 0xff00);
    assert_int_equal(p.mask[4], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interned),           cmocka_unit_test(channels),
        cmocka_unit_test(cflist_frequencies), cmocka_unit_test(cflist_masks),
        cmocka_unit_test(sub_bands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
