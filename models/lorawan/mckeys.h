/* SPDX-License-Identifier: GPL-2.0-only
 * Keys of multicast groups: from a device's root key to the key under which group keys travel, and
 * from a group's key to its session keys. Source: TS005-1.0.0 and TS005-2.0.0, McGroupSetupReq. */
#ifndef LORAWAN_MCKEYS_H
#define LORAWAN_MCKEYS_H

#include <stdint.h>

/* McRootKey of a LoRaWAN 1.0.x device: AES(GenAppKey, 16 * 00). */
void mckeys_root_from_genappkey(const uint8_t genappkey[16], uint8_t mcrootkey[16]);

/* McRootKey of a LoRaWAN 1.1 device: AES(AppKey, 20 | 15 * 00). */
void mckeys_root_from_appkey(const uint8_t appkey[16], uint8_t mcrootkey[16]);

/* McKEKey, under which this device gets the keys of groups: AES(McRootKey, 16 * 00). */
void mckeys_kek(const uint8_t mcrootkey[16], uint8_t mckekey[16]);

/* The device's side: McKey = AES encryption of McKey_encrypted. */
void mckeys_unwrap(const uint8_t mckekey[16], const uint8_t mckey_encrypted[16], uint8_t mckey[16]);

/* The server's side: McKey_encrypted = AES decryption of McKey, so that devices only encrypt. */
void mckeys_wrap(const uint8_t mckekey[16], const uint8_t mckey[16], uint8_t mckey_encrypted[16]);

/* Session keys of a group: mcnwkskey for the MIC (also called McNetSKey), mcappskey for the
 * payload. mc_addr enters least significant octet first. */
void mckeys_session(const uint8_t mckey[16], uint32_t mc_addr, uint8_t mcnwkskey[16],
                    uint8_t mcappskey[16]);

#endif
