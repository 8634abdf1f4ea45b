/* SPDX-License-Identifier: GPL-2.0-only
 * Data frames of LoRaWAN: bytes to fields and back.
 *
 * | MHDR 1 | DevAddr 4 | FCtrl 1 | FCnt 2 | FOpts 0..15 | FPort 0..1 | FRMPayload 0..N | MIC 4 |
 * All fields little endian. Source: TS001-1.0.4, section 4. */
#ifndef LORAWAN_FRAME_H
#define LORAWAN_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/lorawan/crypto.h"

enum lw_mtype {
    LW_JOIN_REQUEST,
    LW_JOIN_ACCEPT,
    LW_UNCONFIRMED_UP,
    LW_UNCONFIRMED_DOWN,
    LW_CONFIRMED_UP,
    LW_CONFIRMED_DOWN,
    LW_REJOIN_REQUEST,
    LW_PROPRIETARY,
};

enum {
    LW_MAX_PHY = 255,
    LW_MIC_LEN = 4,
    LW_MAX_FOPTS = 15,
    LW_DATA_OVERHEAD = 13 /* MHDR FHDR FPort MIC */
};

struct lw_frame {
    enum lw_mtype mtype;
    bool uplink;    /* follows from mtype */
    bool confirmed; /* follows from mtype */
    uint32_t devaddr;
    bool adr, adrackreq, ack, classb, fpending; /* adrackreq, classb: uplink; fpending: downlink */
    uint16_t fcnt;                              /* 16 bits on the air */
    uint8_t fopts_len;
    const uint8_t *fopts;   /* borrowed from the bytes */
    int fport;              /* -1: none */
    const uint8_t *payload; /* FRMPayload, encrypted on the air */
    uint8_t payload_len;
    uint32_t mic; /* as the little-endian number on the air */
};

/* Message type of an MHDR octet; the major version (bits 1:0) must be 0, else SIM_ENOTSUP. */
int lw_mtype_of(const uint8_t *phy, size_t len);

/* Split the bytes of a data frame. f borrows from phy. Errors: SIM_ETRUNC, SIM_ELONG (over 255),
 * SIM_EPROTO (not a data frame; FOpts together with FPort 0), SIM_ENOTSUP (major version). */
int lw_frame_parse(struct lw_frame *f, const uint8_t *phy, size_t len);

/* Does the MIC fit with these keys and this 32-bit counter? phy, len: the whole frame that f was
 * parsed from. */
bool lw_frame_mic_ok(const struct lw_frame *f, const struct lw_session_keys *k, uint32_t fcnt32,
                     const uint8_t *phy, size_t len);

/* Decrypt FRMPayload into out (f->payload_len bytes, at most 242). */
void lw_frame_decrypt(const struct lw_frame *f, const struct lw_session_keys *k, uint32_t fcnt32,
                      uint8_t *out);

/* Encode, encrypt and sign: f->payload and f->fopts are plain, f->mic and f->fcnt are ignored
 * (fcnt32 counts). phy: at least 255 bytes. Returns the length, or SIM_EINVAL (mtype, fport outside
 * -1..255, fopts over 15, fopts with FPort 0, payload without FPort), SIM_ELONG (over 255 octets).
 */
int lw_frame_encode(const struct lw_frame *f, const struct lw_session_keys *k, uint32_t fcnt32,
                    uint8_t *phy);

/* The 32-bit counter that a 16-bit one on the air stands for, at or after expected (the next not
 * yet seen). */
uint32_t lw_fcnt_extend(uint32_t expected, uint16_t fcnt16);

#endif
