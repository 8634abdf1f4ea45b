/* SPDX-License-Identifier: GPL-2.0-only
 * Over-the-air activation of LoRaWAN 1.0.x: join-request, join-accept, session keys.
 *
 * join-request: | MHDR 1 | JoinEUI 8 | DevEUI 8 | DevNonce 2 | MIC 4 |
 * join-accept:  | MHDR 1 | JoinNonce 3 | NetID 3 | DevAddr 4 | DLSettings 1 | RxDelay 1 | [CFList
 * 16] | MIC 4 | little endian; the join-accept behind MHDR is encrypted with AES *decrypt*. Source:
 * TS001-1.0.4, section 6.2. */
#ifndef LORAWAN_JOIN_H
#define LORAWAN_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lw_join_request {
    uint64_t joineui, deveui;
    uint16_t devnonce;
    uint32_t mic;
};

struct lw_join_accept {
    uint32_t joinnonce; /* 24 bits */
    uint32_t netid;     /* 24 bits */
    uint32_t devaddr;
    uint8_t rx1_dr_offset; /* 0..7 */
    uint8_t rx2_dr;        /* 0..15 */
    bool optneg;           /* 1.1 */
    uint8_t rx_delay;      /* 0..15 s; 0 means 1 */
    bool has_cflist;
    uint8_t cflist[16];
    uint32_t mic;
};

enum { LW_JOIN_REQUEST_LEN = 23, LW_JOIN_ACCEPT_MAX = 33 };

/* Errors of the parsers: SIM_ETRUNC, SIM_ELONG, SIM_EPROTO (other MHDR), SIM_EMIC. */
int lw_join_request_encode(const struct lw_join_request *r, const uint8_t appkey[16],
                           uint8_t phy[23]);
int lw_join_request_parse(struct lw_join_request *r, const uint8_t *phy, size_t len);
bool lw_join_request_mic_ok(const struct lw_join_request *r, const uint8_t appkey[16],
                            const uint8_t phy[23]);

/* phy: at least 33 bytes; returns 17 or 33, or SIM_ERANGE when a field does not fit its bits. */
int lw_join_accept_encode(const struct lw_join_accept *a, const uint8_t appkey[16], uint8_t *phy);
/* Decrypt and check; SIM_EMIC when the key does not fit (a is filled in even then). */
int lw_join_accept_open(struct lw_join_accept *a, const uint8_t appkey[16], const uint8_t *phy,
                        size_t len);

/* Session keys of 1.0.x. */
void lw_join_keys(const uint8_t appkey[16], uint32_t joinnonce, uint32_t netid, uint16_t devnonce,
                  uint8_t nwkskey[16], uint8_t appskey[16]);

/* CFList type 0: five frequencies in Hz (0: unused); type 1: masks. Returns the type or SIM_EPROTO.
 */
int lw_cflist_parse(const uint8_t cflist[16], int64_t frequency_hz[5], uint16_t mask[6]);
void lw_cflist_frequencies(const int64_t frequency_hz[5], uint8_t cflist[16]);
void lw_cflist_masks(const uint16_t mask[6], uint8_t cflist[16]);

#endif
