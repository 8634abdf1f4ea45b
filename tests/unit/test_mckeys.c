/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the keys of multicast groups against the vectors, in both schemes and both ways, and against
 * the example that LoRaMac-node publishes; frames under these keys against the vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/lorawan/frame.h"
#include "models/lorawan/mckeys.h"
#include "sim/err.h"
#include "tests/vectors.h"

static void check_key(const json_t *c, const char *name, const uint8_t got[16])
{
    char text[33];
    assert_string_equal(hex_print(got, 16, text), vec_text(c, name));
}

static void check_scheme(const json_t *c, const uint8_t mcrootkey[16], const char *kek_name,
                         const char *wrapped_name)
{
    uint8_t kek[16], mckey[16], wrapped[16], opened[16];
    mckeys_kek(mcrootkey, kek);
    check_key(c, kek_name, kek);
    assert_int_equal(vec_hex(c, "mckey", mckey, 16), 16);
    mckeys_wrap(kek, mckey, wrapped);
    check_key(c, wrapped_name, wrapped);
    mckeys_unwrap(kek, wrapped, opened);
    assert_memory_equal(opened, mckey, 16);
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("multicast_keys.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t key[16], mcrootkey[16], nwk[16], app[16];
        vec_hex(c, "genappkey_1_0", key, 16);
        mckeys_root_from_genappkey(key, mcrootkey);
        check_key(c, "mcrootkey_from_genappkey", mcrootkey);
        check_scheme(c, mcrootkey, "mckekey_from_genappkey",
                     "mckey_encrypted_under_genappkey_mckekey");
        vec_hex(c, "appkey_1_1", key, 16);
        mckeys_root_from_appkey(key, mcrootkey);
        check_key(c, "mcrootkey_from_appkey", mcrootkey);
        check_scheme(c, mcrootkey, "mckekey_from_appkey", "mckey_encrypted_under_appkey_mckekey");
        vec_hex(c, "mckey", key, 16);
        mckeys_session(key, (uint32_t)vec_hex_number(c, "mcaddr"), nwk, app);
        check_key(c, "mcnetskey", nwk);
        check_key(c, "mcappskey", app);
    }
    assert_int_equal(i, 12);
    json_decref(root);
}

/* LoRaMac-node, fuota-test-01. */
static void test_published(void **state)
{
    (void)state;
    uint8_t kek[16], wrapped[16], mckey[16], nwk[16], app[16];
    char text[33];
    size_t len;
    hex_parse("2c578f7927a949d3b511ae8fb69145c6", kek, 16, &len);
    hex_parse("015e85f4b99dc0b944066cd07498330b", wrapped, 16, &len);
    mckeys_unwrap(kek, wrapped, mckey);
    assert_string_equal(hex_print(mckey, 16, text), "0102030405060708090a0b0c0d0e0f10");
    mckeys_session(mckey, 0x01FFFFFF, nwk, app);
    assert_string_equal(hex_print(app, 16, text), "c3f6c39b6b6496c29629f7e7e9b0cd29");
    assert_string_equal(hex_print(nwk, 16, text), "bb75c362588f5d65fcc61c080b76dba3");
}

/* From McKey to the bytes and back; nothing opens under another counter or another group's keys. */
static void check_frame(const json_t *c, struct keyring *ring, keyring_id other)
{
    uint8_t mckey[16], nwk[16], app[16], plain[LW_MAX_PHY], wanted[LW_MAX_PHY], phy[LW_MAX_PHY];
    uint32_t addr = (uint32_t)vec_hex_number(c, "devaddr"), fcnt = (uint32_t)vec_int(c, "fcnt32");
    vec_hex(c, "mckey", mckey, 16);
    mckeys_session(mckey, addr, nwk, app);
    check_key(c, "nwkskey", nwk);
    check_key(c, "appskey", app);
    keyring_id id = keyring_take(ring, nwk, app);
    size_t n = vec_hex(c, "frmpayload_plain", plain, sizeof plain),
           len = vec_hex(c, "phypayload", wanted, sizeof wanted);
    struct lw_frame f = {.mtype = LW_UNCONFIRMED_DOWN,
                         .devaddr = addr,
                         .fpending = vec_bool(c, "fpending"),
                         .fport = (int)vec_int(c, "fport"),
                         .payload = plain,
                         .payload_len = (uint8_t)n};
    assert_int_equal(lw_frame_encode(&f, keyring_get(ring, id), fcnt, phy), len);
    assert_memory_equal(phy, wanted, len);
    assert_int_equal(lw_frame_parse(&f, wanted, len), SIM_OK);
    assert_false(f.uplink || f.confirmed || f.adr || f.ack || f.fopts_len);
    assert_int_equal(f.devaddr, addr);
    assert_int_equal(lw_fcnt_extend(fcnt, f.fcnt), fcnt);
    assert_true(lw_frame_mic_ok(&f, keyring_get(ring, id), fcnt, wanted, len));
    assert_false(lw_frame_mic_ok(&f, keyring_get(ring, id), fcnt + 65536, wanted, len));
    assert_false(lw_frame_mic_ok(&f, keyring_get(ring, other), fcnt, wanted, len));
    uint8_t opened[LW_MAX_PHY];
    lw_frame_decrypt(&f, keyring_get(ring, id), fcnt, opened);
    assert_int_equal(f.payload_len, n);
    assert_memory_equal(opened, plain, n);
    keyring_drop(ring, id);
}

static void test_frames(void **state)
{
    (void)state;
    json_t *root = VECTORS("multicast_frames.json"), *c;
    struct keyring *ring = keyring_open();
    keyring_id other = keyring_take(ring, (const uint8_t[16]){1}, (const uint8_t[16]){2});
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        check_frame(c, ring, other);
    }
    assert_int_equal(i, 10);
    keyring_close(ring);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
