/* SPDX-License-Identifier: GPL-2.0-only
 * AES-128 as LoRaWAN uses it, over nettle; keys are expanded once and kept. */
#ifndef LORAWAN_CRYPTO_H
#define LORAWAN_CRYPTO_H

#include <nettle/aes.h>
#include <nettle/cmac.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An expanded AES key. */
struct lw_aes {
    struct aes128_ctx ctx;
};

/* An expanded AES key with the two CMAC subkeys. */
struct lw_cmac {
    struct aes128_ctx ctx;
    struct cmac128_key sub;
};

void lw_aes_init(struct lw_aes *a, const uint8_t key[16]);
void lw_cmac_init(struct lw_cmac *c, const uint8_t key[16]);
void lw_aes_encrypt(const struct lw_aes *a, const uint8_t in[16], uint8_t out[16]);

/* First four octets of CMAC (RFC 4493) over prefix (16 octets, or NULL) and msg, as the
 * little-endian number that they are on the air. */
uint32_t lw_cmac4(const struct lw_cmac *c, const uint8_t *prefix, const uint8_t *msg, size_t len);

/* Encrypt or decrypt FRMPayload in place (the same operation). Source: TS001-1.0.4, section 4.3.3.
 */
void lw_crypt_payload(const struct lw_aes *a, bool uplink, uint32_t devaddr, uint32_t fcnt32,
                      uint8_t *payload, size_t len);

/* MIC of a data frame of LoRaWAN 1.0.x: msg is MHDR..FRMPayload. Source: TS001-1.0.4, section 4.4.
 */
uint32_t lw_data_mic(const struct lw_cmac *nwkskey, bool uplink, uint32_t devaddr, uint32_t fcnt32,
                     const uint8_t *msg, size_t len);

/* The keys of a 1.0.x session, expanded. Equal keys are kept once: device and server hold a
 * reference each. */
struct lw_session_keys {
    struct lw_cmac nwk; /* MIC */
    struct lw_aes app;  /* FRMPayload of FPort 1..255; FPort 0 uses nwk */
    uint8_t nwkskey[16], appskey[16];
};

struct keyring;
typedef uint32_t keyring_id; /* 0: none */

struct keyring *keyring_open(void);
void keyring_close(struct keyring *k);
/* The session keys, made or found; takes a reference. */
keyring_id keyring_take(struct keyring *k, const uint8_t nwkskey[16], const uint8_t appskey[16]);
void keyring_drop(struct keyring *k, keyring_id id); /* id 0: nothing */
/* Valid as long as the reference is held and at that address. */
const struct lw_session_keys *keyring_get(const struct keyring *k, keyring_id id);

/* Begin to fetch the keys into the cache; id 0 or unknown: nothing. */
void keyring_hint(const struct keyring *k, keyring_id id);

#endif
