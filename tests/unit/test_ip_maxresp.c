/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the codes of times against the vectors, and over all codes: monotone, and each value comes
 * back as the code that it came from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/maxresp.h"
#include "tests/vectors.h"

static void check_case(const json_t *c)
{
    const json_t *in = vec_get(c, "input"), *want = vec_get(c, "expect");
    if (json_object_get(in, "bits")) {
        bool wide = vec_int(in, "bits") == 16;
        uint32_t value = (uint32_t)vec_int(in, "value");
        uint16_t code = wide ? maxresp16_encode(value) : maxresp8_encode(value);
        assert_int_equal(code, vec_int(want, "code"));
        assert_int_equal(wide ? maxresp16_decode(code) : maxresp8_decode((uint8_t)code),
                         vec_int(want, "represents"));
    } else if (json_object_get(want, "value_ms")) {
        assert_int_equal(maxresp16_decode((uint16_t)vec_int(in, "code")),
                         vec_int(want, "value_ms"));
    } else {
        assert_int_equal(maxresp8_decode((uint8_t)vec_int(in, "code")), vec_int(want, "value"));
    }
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("ip_maxresp.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        check_case(c);
    }
    assert_int_equal(i, 16);
    json_decref(root);
}

static void test_all_codes(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= UINT8_MAX; code++) {
        uint32_t value = maxresp8_decode((uint8_t)code);
        assert_int_equal(maxresp8_encode(value), code);
        if (code > 0) {
            assert_true(value > maxresp8_decode((uint8_t)(code - 1)));
            assert_int_equal(maxresp8_encode(value - 1), code - 1);
        }
    }
    for (uint32_t code = 0; code <= UINT16_MAX; code++) {
        uint32_t value = maxresp16_decode((uint16_t)code);
        assert_int_equal(maxresp16_encode(value), code);
        if (code > 0) {
            assert_true(value > maxresp16_decode((uint16_t)(code - 1)));
            assert_int_equal(maxresp16_encode(value - 1), code - 1);
        }
    }
    assert_int_equal(maxresp8_decode(255), MAXRESP8_MAX);
    assert_int_equal(maxresp16_decode(65535), MAXRESP16_MAX);
    assert_int_equal(maxresp8_encode(UINT32_MAX), 255);
    assert_int_equal(maxresp16_encode(UINT32_MAX), 65535);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_all_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
