/* SPDX-License-Identifier: GPL-2.0-only
 * MIC of a data block: the first four octets of CMAC(DataBlockIntKey, B0 | block), where
 * B0 = | 49 | SessionCnt 2 | FragIndex 1 | Descriptor 4 | 00 4 | length 4 |, little endian.
 * DataBlockIntKey = AES(root key, 30 | 15 * 00). */
#include "models/packages/fragmic.h"

#include "models/lorawan/crypto.h"
#include "models/packages/fragcode.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { BLOCK_LEN = 16, FIRST_KEY = 0x30, FIRST_B0 = 0x49 };

void fragmic_key(const uint8_t root_key[16], uint8_t data_block_int_key[16])
{
    const uint8_t in[BLOCK_LEN] = {FIRST_KEY};
    struct lw_aes aes;
    lw_aes_init(&aes, root_key);
    lw_aes_encrypt(&aes, in, data_block_int_key);
}

void fragmic_block(const uint8_t data_block_int_key[16], const struct fragmic_session *s,
                   const uint8_t *block, size_t len, uint8_t mic[4])
{
    uint8_t b0[BLOCK_LEN];
    struct wr w;
    struct lw_cmac key;
    SIM_CHECK(len <= FRAG_MAX_LEN, "a block of %zu octets", len);
    wr_init(&w, b0, sizeof b0);
    wr_u8(&w, FIRST_B0);
    wr_u16le(&w, s->session_cnt);
    wr_u8(&w, s->frag_index);
    wr_bytes(&w, s->descriptor, sizeof s->descriptor);
    wr_u32le(&w, 0);
    wr_u32le(&w, (uint32_t)len);
    lw_cmac_init(&key, data_block_int_key);
    wr_init(&w, mic, 4);
    wr_u32le(&w, lw_cmac4(&key, b0, block, len));
}
