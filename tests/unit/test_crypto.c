/* SPDX-License-Identifier: GPL-2.0-only
 * Pins AES and CMAC against FIPS 197, RFC 4493 and nettle's own CMAC, the payload cipher as its own
 * inverse, and the keyring's promises. Frames' MICs are pinned in test_frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/lorawan/crypto.h"
#include "sim/bytes.h"
#include "sim/mem.h"

static void hex(const char *text, uint8_t *out, size_t want)
{
    size_t len;
    assert_int_equal(hex_parse(text, out, want, &len), 0);
    assert_int_equal(len, want);
}

/* FIPS 197, appendix C.1. */
static void test_aes(void **state)
{
    (void)state;
    uint8_t key[16], in[16], want[16], out[16];
    struct lw_aes a;
    hex("000102030405060708090a0b0c0d0e0f", key, 16);
    hex("00112233445566778899aabbccddeeff", in, 16);
    hex("69c4e0d86a7b0430d8cdb78070b4c55a", want, 16);
    lw_aes_init(&a, key);
    lw_aes_encrypt(&a, in, out);
    assert_memory_equal(out, want, 16);
}

/* RFC 4493, section 4: the first four octets. */
static void test_cmac_rfc4493(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint8_t mac[4];
    } cases[] = {
        {0, {0xbb, 0x1d, 0x69, 0x29}},
        {16, {0x07, 0x0a, 0x16, 0xb4}},
        {40, {0xdf, 0xa6, 0x67, 0x47}},
        {64, {0x51, 0xf0, 0xbe, 0xbf}},
    };
    uint8_t key[16], msg[64];
    struct lw_cmac c;
    hex("2b7e151628aed2a6abf7158809cf4f3c", key, 16);
    hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
        msg, 64);
    lw_cmac_init(&c, key);
    for (size_t i = 0; i < 4; i++) {
        struct rd r;
        rd_init(&r, cases[i].mac, 4);
        uint32_t want = rd_u32le(&r);
        assert_int_equal(lw_cmac4(&c, NULL, msg, cases[i].len), want);
        if (cases[i].len >= 16) /* the same message, its first block as the prefix */
            assert_int_equal(lw_cmac4(&c, msg, msg + 16, cases[i].len - 16), want);
    }
}

/* Every length up to 300 octets against nettle's CMAC. */
static void test_cmac_nettle(void **state)
{
    (void)state;
    uint8_t key[16], msg[316], digest[16];
    for (size_t i = 0; i < sizeof msg; i++)
        msg[i] = (uint8_t)(i * 7 + 3);
    memcpy(key, msg + 100, 16);
    struct lw_cmac c;
    struct cmac_aes128_ctx n;
    lw_cmac_init(&c, key);
    cmac_aes128_set_key(&n, key);
    for (size_t len = 0; len <= 300; len++) {
        struct rd r;
        cmac_aes128_update(&n, len + 16, msg);
        cmac_aes128_digest(&n, 16, digest);
        rd_init(&r, digest, 4);
        assert_int_equal(lw_cmac4(&c, msg, msg + 16, len), rd_u32le(&r));
    }
}

/* Encrypting twice gives the plain text, at every length; each length is a prefix of the next. */
static void test_payload(void **state)
{
    (void)state;
    uint8_t key[16] = {9, 8, 7}, plain[255], whole[255] = {0}, buf[255];
    struct lw_aes a;
    lw_aes_init(&a, key);
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(255 - i);
    memcpy(whole, plain, sizeof whole);
    lw_crypt_payload(&a, true, 0x01020304, 70000, whole, sizeof whole);
    for (size_t len = 0; len <= sizeof plain; len++) {
        memcpy(buf, plain, sizeof plain);
        lw_crypt_payload(&a, true, 0x01020304, 70000, buf, len);
        assert_memory_equal(buf, whole, len);
        assert_memory_equal(buf + len, plain + len, sizeof plain - len);
        lw_crypt_payload(&a, true, 0x01020304, 70000, buf, len);
        assert_memory_equal(buf, plain, sizeof plain);
    }
    lw_crypt_payload(&a, false, 0x01020304, 70000, buf, sizeof buf);
    assert_memory_not_equal(buf, whole, sizeof buf);
}

static void key_of(uint32_t n, uint8_t nwkskey[16], uint8_t appskey[16])
{
    memset(nwkskey, 0, 16);
    memset(appskey, 0x55, 16);
    for (int i = 0; i < 4; i++)
        nwkskey[i] = (uint8_t)(n >> (8 * i));
}

static keyring_id take(struct keyring *k, uint32_t n)
{
    uint8_t nwkskey[16], appskey[16];
    key_of(n, nwkskey, appskey);
    return keyring_take(k, nwkskey, appskey);
}

static void check_key(const struct keyring *k, keyring_id id, uint32_t n)
{
    uint8_t nwkskey[16], appskey[16], in[16] = {1}, got[16], want[16];
    struct lw_aes a;
    key_of(n, nwkskey, appskey);
    const struct lw_session_keys *s = keyring_get(k, id);
    assert_memory_equal(s->nwkskey, nwkskey, 16);
    assert_memory_equal(s->appskey, appskey, 16);
    lw_aes_init(&a, appskey);
    lw_aes_encrypt(&a, in, want);
    lw_aes_encrypt(&s->app, in, got);
    assert_memory_equal(got, want, 16);
}

static void test_keyring_shares(void **state)
{
    (void)state;
    struct keyring *k = keyring_open();
    keyring_id a = take(k, 1), b = take(k, 2);
    assert_int_not_equal(a, 0);
    assert_int_not_equal(a, b);
    assert_int_equal(take(k, 1), a);
    keyring_drop(k, a);
    check_key(k, a, 1); /* one reference is left */
    keyring_drop(k, a);
    keyring_id c = take(k, 3); /* the freed slot is used again */
    assert_int_equal(c, a);
    check_key(k, c, 3);
    check_key(k, b, 2);
    keyring_drop(k, 0);
    keyring_close(k);
    keyring_close(NULL);
}

/* Pointers stay valid while the ring grows, and every key is found again after many others went. */
static void test_keyring_many(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct keyring *k = keyring_open();
    keyring_id *id = mem_alloc(N, sizeof *id);
    id[0] = take(k, 0);
    const struct lw_session_keys *first = keyring_get(k, id[0]);
    for (uint32_t n = 1; n < N; n++)
        id[n] = take(k, n);
    assert_ptr_equal(keyring_get(k, id[0]), first);
    for (uint32_t round = 1; round < 6; round++) {
        for (uint32_t n = round; n < N; n += round + 1) {
            keyring_drop(k, id[n]);
            id[n] = 0;
        }
        for (uint32_t n = 0; n < N; n++) {
            if (!id[n])
                continue;
            assert_int_equal(take(k, n), id[n]);
            keyring_drop(k, id[n]);
        }
        for (uint32_t n = round; n < N; n += round + 1)
            id[n] = take(k, n);
    }
    for (uint32_t n = 0; n < N; n++) {
        assert_true(id[n] <= N); /* no slot was wasted */
        check_key(k, id[n], n);
    }
    free(id);
    keyring_close(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aes),
        cmocka_unit_test(test_cmac_rfc4493),
        cmocka_unit_test(test_cmac_nettle),
        cmocka_unit_test(test_payload),
        cmocka_unit_test(test_keyring_shares),
        cmocka_unit_test(test_keyring_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
