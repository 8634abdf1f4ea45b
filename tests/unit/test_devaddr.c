/* SPDX-License-Identifier: GPL-2.0-only
 * Pins NetID types and DevAddr prefixes against the vectors and the published examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/lorawan/devaddr.h"
#include "sim/err.h"
#include "tests/vectors.h"

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("netid_devaddr.json");
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        struct netid_info info;
        uint32_t netid = (uint32_t)vec_hex_number(c, "netid"), nwkid, nwkaddr;
        uint32_t devaddr = (uint32_t)vec_hex_number(c, "devaddr_with_prefix");
        int type;
        assert_int_equal(netid_info(netid, &info), SIM_OK);
        assert_int_equal(info.type, vec_int(c, "type"));
        assert_int_equal(info.id, vec_hex_number(c, "netid_id"));
        assert_int_equal(info.nwkaddr_bits, vec_int(c, "nwkaddr_bits"));
        assert_int_equal(info.nwkid, vec_hex_number(c, "devaddr_nwkid"));
        assert_int_equal(info.prefix_bits + info.nwkid_bits + info.nwkaddr_bits, 32);
        assert_int_equal(devaddr_make(netid, (uint32_t)vec_hex_number(c, "random_addr")), devaddr);
        assert_true(devaddr >= info.devaddr_first && devaddr <= info.devaddr_last);
        assert_int_equal(devaddr_type(devaddr), vec_int(c, "devaddr_netid_type"));
        assert_int_equal(devaddr_split(devaddr, &type, &nwkid, &nwkaddr), SIM_OK);
        assert_int_equal(type, info.type);
        assert_int_equal(nwkid, info.nwkid);
        assert_int_equal(nwkaddr, vec_hex_number(c, "nwkaddr"));
    }
    assert_int_equal(i, 40);
    json_decref(root);
}

/* NetID, type and ID as printed by the named projects. */
static void test_published(void **state)
{
    (void)state;
    json_t *root = VECTORS("published_examples.json");
    size_t i, k, n = 0;
    json_t *c, *e;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (strcmp(vec_text(c, "what"), "NetID -> type, ID") != 0)
            continue;
        json_array_foreach(json_object_get(c, "cases"), k, e)
        {
            struct netid_info info;
            const char *netid = json_string_value(json_array_get(e, 0));
            const char *id = json_string_value(json_array_get(e, 2));
            assert_int_equal(netid_info((uint32_t)strtoul(netid, NULL, 16), &info), SIM_OK);
            assert_int_equal(info.type, json_integer_value(json_array_get(e, 1)));
            assert_int_equal(info.id, strtoul(id, NULL, 16));
            n++;
        }
    }
    assert_int_equal(n, 8);
    json_decref(root);
}

static void test_edges(void **state)
{
    (void)state;
    struct netid_info info;
    uint32_t nwkid, nwkaddr;
    int type;
    assert_int_equal(netid_info(0x1000000, &info), SIM_ERANGE);
    assert_int_equal(netid_info(0xFFFFFF, &info), SIM_OK);
    assert_int_equal(info.devaddr_first, 0xFEFFFF80);
    assert_int_equal(info.devaddr_last, 0xFEFFFFFF);
    assert_int_equal(netid_info(0, &info), SIM_OK);
    assert_int_equal(info.devaddr_first, 0);
    assert_int_equal(info.devaddr_last, 0x01FFFFFF);
    assert_int_equal(devaddr_type(0xFEFFFFFF), 7);
    assert_int_equal(devaddr_type(0xFF000000), 8);
    assert_int_equal(devaddr_type(0xFFFFFFFF), 8);
    assert_int_equal(devaddr_split(0xFF000000, &type, &nwkid, &nwkaddr), SIM_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
