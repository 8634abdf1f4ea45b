/* SPDX-License-Identifier: GPL-2.0-only
 * Pins identities: they are in every database, and key the random streams. */
#include "sim/entity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void test_pinned(void **state)
{
    (void)state;
    assert_int_equal(entity_hash(""), 0x383c52);
    assert_int_equal(entity_hash("meters"), 0xdaf374);
    assert_int_equal(entity_make("meters", 5), INT64_C(0xdaf374) << 24 | 5);
}

static void test_parts(void **state)
{
    (void)state;
    const uint32_t last = (1U << ENTITY_INDEX_BITS) - 1;
    sim_entity e = entity_make("gateways", last);
    assert_true(e > 0 && e < INT64_C(1) << 48);
    assert_int_equal(e & last, last);
    assert_int_equal(e >> ENTITY_INDEX_BITS, entity_hash("gateways"));
}

/* Of 1000 names of a usual form, about n^2 / 2^25 = 0.03 pairs share 24 bits. */
static void test_names_differ(void **state)
{
    (void)state;
    uint32_t h[1000];
    for (int i = 0; i < 1000; i++) {
        char name[24];
        snprintf(name, sizeof name, "group%d", i);
        h[i] = entity_hash(name);
        for (int j = 0; j < i; j++)
            assert_int_not_equal(h[i], h[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pinned),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_names_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
