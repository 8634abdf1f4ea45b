/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the firmware management commands against the vectors, both ways and with every field;
 * unknown, cut, wrongly directed and oversize commands must give an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/packages/ts006.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tests/vectors.h"
#include "tools/calc.h"

enum { N_CASES = 65 };

static void check_fields(const json_t *c, const uint8_t *buf, size_t len)
{
    size_t at;
    json_t *array = json_array();
    const struct calc_app a = {TS006_FPORT, 1, vec_bool(c, "uplink"), buf, len};
    assert_int_equal(calc_app_list(array, &a, &at), 0);
    assert_int_equal(json_array_size(array), 1);
    const json_t *fields = vec_get(json_array_get(array, 0), "fields");
    if (!json_equal(fields, vec_get(c, "fields")))
        fail_msg("%s: other fields", vec_text(c, "hex"));
    json_decref(array);
}

static void check_case(const json_t *c)
{
    uint8_t buf[20], again[20];
    struct ts006 m;
    size_t at = 0, put = 0, len = vec_hex(c, "hex", buf, sizeof buf);
    bool uplink = vec_bool(c, "uplink");
    assert_int_equal(ts006_next(buf, len, &at, uplink, &m), 1);
    assert_int_equal(at, len);
    assert_int_equal(m.cid, vec_int(c, "cid"));
    assert_int_equal(ts006_size(&m), len);
    assert_true(len <= TS006_MAX_LEN);
    check_fields(c, buf, len);
    const char *name = ts006_name(m.cid, uplink);
    assert_int_equal(strncmp(vec_text(c, "name"), name, strlen(name)), 0);
    assert_int_equal(ts006_put(again, len - 1, &put, &m), SIM_ENOSPC);
    assert_int_equal(ts006_put(again, sizeof again, &put, &m), SIM_OK);
    assert_int_equal(put, len);
    assert_memory_equal(again, buf, len);
    for (size_t cut = 1; cut < len; cut++) {
        uint8_t *piece = mem_copy(buf, cut);
        at = 0;
        assert_int_equal(ts006_next(piece, cut, &at, uplink, &m), SIM_ETRUNC);
        assert_int_equal(at, 0);
        free(piece);
    }
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("app_commands_v1.json"), *c;
    size_t i;
    int n = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (json_integer_value(json_object_get(c, "fport")) != TS006_FPORT)
            continue;
        check_case(c);
        n++;
    }
    assert_int_equal(n, N_CASES);
    json_decref(root);
}

/* The vectors have no valid image: its version follows then, and only then. */
static void test_upgrade_image(void **state)
{
    (void)state;
    static const uint8_t valid[] = {0x04, 0xFF, 1, 2, 3, 4, 0x05, 0xFE};
    struct ts006 m;
    size_t at = 0;
    assert_int_equal(ts006_next(valid, 5, &at, true, &m), SIM_ETRUNC);
    assert_int_equal(ts006_next(valid, sizeof valid, &at, true, &m), 1);
    assert_int_equal(m.u.upgrade_image_ans.status, TS006_IMAGE_VALID);
    assert_int_equal(m.u.upgrade_image_ans.next_firmware_version, 0x04030201);
    assert_int_equal(ts006_size(&m), 6);
    assert_int_equal(ts006_next(valid, sizeof valid, &at, true, &m), 1);
    assert_true(m.u.delete_image_ans.invalid_version && !m.u.delete_image_ans.no_valid_image);
    assert_int_equal(ts006_next(valid, sizeof valid, &at, true, &m), 0);
    static const uint8_t other[] = {0x04, 0x02, 0x09};
    at = 0;
    assert_int_equal(ts006_next(other, sizeof other, &at, true, &m), 1);
    assert_int_equal(m.u.upgrade_image_ans.status, TS006_IMAGE_OTHER_HARDWARE);
    assert_int_equal(ts006_next(other, sizeof other, &at, true, &m), SIM_EPROTO);
    assert_int_equal(at, 2);
}

static void test_ranges(void **state)
{
    (void)state;
    uint8_t buf[20];
    size_t at = 0;
    struct ts006 m = {.cid = TS006_REBOOT_COUNTDOWN,
                      .u.reboot_countdown.countdown_s = TS006_COUNTDOWN_CANCEL + 1};
    assert_int_equal(ts006_put(buf, sizeof buf, &at, &m), SIM_ERANGE);
    m.u.reboot_countdown.countdown_s = TS006_COUNTDOWN_CANCEL;
    assert_int_equal(ts006_put(buf, sizeof buf, &at, &m), SIM_OK);
    assert_memory_equal(buf, "\3\xFF\xFF\xFF", 4);
    m = (struct ts006){.cid = TS006_UPGRADE_IMAGE, .uplink = true};
    m.u.upgrade_image_ans.status = 4;
    assert_int_equal(ts006_put(buf, sizeof buf, &at, &m), SIM_ERANGE);
    m = (struct ts006){.cid = 6};
    assert_int_equal(ts006_put(buf, sizeof buf, &at, &m), SIM_ENOENT);
    assert_int_equal(ts006_size(&m), SIM_ENOENT);
    assert_int_equal(at, 4);
}

static void test_unknown_cids(void **state)
{
    (void)state;
    for (int v = 0; v < 512; v++) {
        uint8_t buf[TS006_MAX_LEN] = {(uint8_t)(v >> 1)};
        size_t at = 0;
        struct ts006 m;
        bool known = buf[0] <= TS006_DELETE_IMAGE;
        assert_int_equal(ts006_name(buf[0], v & 1) != NULL, known);
        assert_int_equal(ts006_next(buf, sizeof buf, &at, v & 1, &m), known ? 1 : SIM_EPROTO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_upgrade_image),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_unknown_cids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
