/* SPDX-License-Identifier: GPL-2.0-only
 * Integrity code of a fragmented data block in version 2. Source: TS004-2.0.0, FragSessionSetupReq.
 */
#ifndef PACKAGES_FRAGMIC_H
#define PACKAGES_FRAGMIC_H

#include <stddef.h>
#include <stdint.h>

/* What the code covers besides the block. */
struct fragmic_session {
    uint16_t session_cnt;
    uint8_t frag_index;
    uint8_t descriptor[4]; /* as sent */
};

/* DataBlockIntKey; root_key: GenAppKey of a LoRaWAN 1.0.x device, AppKey of a 1.1 device. */
void fragmic_key(const uint8_t root_key[16], uint8_t data_block_int_key[16]);

/* The four octets as FragSessionSetupReq carries them. block: len octets, without padding; len at
 * most FRAG_MAX_LEN. */
void fragmic_block(const uint8_t data_block_int_key[16], const struct fragmic_session *s,
                   const uint8_t *block, size_t len, uint8_t mic[4]);

#endif
