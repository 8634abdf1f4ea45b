/* SPDX-License-Identifier: GPL-2.0-only
 * Keys of multicast groups: one AES block each.
 * | 00, 20, 01 or 02 | McAddr 4, little endian, for the session keys | 00 up to 16 octets | */
#include "models/lorawan/mckeys.h"

#include <nettle/aes.h>

#include "models/lorawan/crypto.h"
#include "sim/bytes.h"

enum { BLOCK_LEN = 16, FIRST_ROOT_1_1 = 0x20, FIRST_APPSKEY = 0x01, FIRST_NWKSKEY = 0x02 };

static void encrypt_block(const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
    struct lw_aes aes;
    lw_aes_init(&aes, key);
    lw_aes_encrypt(&aes, in, out);
}

/* AES(key, first | 15 * 00) */
static void derive(const uint8_t key[16], uint8_t first, uint8_t out[16])
{
    const uint8_t block[BLOCK_LEN] = {first};
    encrypt_block(key, block, out);
}

void mckeys_root_from_genappkey(const uint8_t genappkey[16], uint8_t mcrootkey[16])
{
    derive(genappkey, 0, mcrootkey);
}

void mckeys_root_from_appkey(const uint8_t appkey[16], uint8_t mcrootkey[16])
{
    derive(appkey, FIRST_ROOT_1_1, mcrootkey);
}

void mckeys_kek(const uint8_t mcrootkey[16], uint8_t mckekey[16])
{
    derive(mcrootkey, 0, mckekey);
}

void mckeys_unwrap(const uint8_t mckekey[16], const uint8_t mckey_encrypted[16], uint8_t mckey[16])
{
    encrypt_block(mckekey, mckey_encrypted, mckey);
}

void mckeys_wrap(const uint8_t mckekey[16], const uint8_t mckey[16], uint8_t mckey_encrypted[16])
{
    struct aes128_ctx ctx;
    aes128_set_decrypt_key(&ctx, mckekey);
    aes128_decrypt(&ctx, BLOCK_LEN, mckey_encrypted, mckey);
}

static void derive_session(const uint8_t mckey[16], uint8_t first, uint32_t mc_addr,
                           uint8_t out[16])
{
    uint8_t block[BLOCK_LEN] = {first};
    struct wr w;
    wr_init(&w, block + 1, BLOCK_LEN - 1);
    wr_u32le(&w, mc_addr);
    encrypt_block(mckey, block, out);
}

void mckeys_session(const uint8_t mckey[16], uint32_t mc_addr, uint8_t mcnwkskey[16],
                    uint8_t mcappskey[16])
{
    derive_session(mckey, FIRST_NWKSKEY, mc_addr, mcnwkskey);
    derive_session(mckey, FIRST_APPSKEY, mc_addr, mcappskey);
}
