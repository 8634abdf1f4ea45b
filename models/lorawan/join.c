/* SPDX-License-Identifier: GPL-2.0-only
 * Join-request, join-accept and session keys of 1.0.x. Drawings and source: see join.h. */
#include "models/lorawan/join.h"

#include <string.h>

#include "models/lorawan/crypto.h"
#include "models/lorawan/frame.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { REQUEST_MSG = 19, ACCEPT_SHORT = 17, CFLIST_LEN = 16, BLOCK = 16 };
enum { MHDR_REQUEST = 0x00, MHDR_ACCEPT = 0x20, MHDR_MAJOR_MTYPE = 0xE3 /* without RFU bits */ };
enum { CFLIST_FREQUENCIES = 0, CFLIST_MASKS = 1, N_CFLIST_FREQ = 5, N_CFLIST_MASK = 6 };
enum { FREQ_UNIT_HZ = 100, MAX_U24 = 0xFFFFFF };

static uint32_t mic_of(const uint8_t appkey[16], const uint8_t *msg, size_t len)
{
    struct lw_cmac c;
    lw_cmac_init(&c, appkey);
    return lw_cmac4(&c, NULL, msg, len);
}

int lw_join_request_encode(const struct lw_join_request *r, const uint8_t appkey[16],
                           uint8_t phy[23])
{
    struct wr w;
    wr_init(&w, phy, LW_JOIN_REQUEST_LEN);
    wr_u8(&w, MHDR_REQUEST);
    wr_u64le(&w, r->joineui);
    wr_u64le(&w, r->deveui);
    wr_u16le(&w, r->devnonce);
    wr_u32le(&w, mic_of(appkey, phy, REQUEST_MSG));
    return LW_JOIN_REQUEST_LEN;
}

int lw_join_request_parse(struct lw_join_request *r, const uint8_t *phy, size_t len)
{
    if (len > 0 && (phy[0] & MHDR_MAJOR_MTYPE) != MHDR_REQUEST)
        return SIM_EPROTO;
    if (len < LW_JOIN_REQUEST_LEN)
        return SIM_ETRUNC;
    if (len > LW_JOIN_REQUEST_LEN)
        return SIM_ELONG;
    struct rd b;
    rd_init(&b, phy + 1, len - 1);
    r->joineui = rd_u64le(&b);
    r->deveui = rd_u64le(&b);
    r->devnonce = rd_u16le(&b);
    r->mic = rd_u32le(&b);
    return b.err;
}

bool lw_join_request_mic_ok(const struct lw_join_request *r, const uint8_t appkey[16],
                            const uint8_t phy[23])
{
    return r->mic == mic_of(appkey, phy, REQUEST_MSG);
}

int lw_join_accept_encode(const struct lw_join_accept *a, const uint8_t appkey[16], uint8_t *phy)
{
    if (a->joinnonce > MAX_U24 || a->netid > MAX_U24 || a->rx1_dr_offset > 7 || a->rx2_dr > 15 ||
        a->rx_delay > 15)
        return SIM_ERANGE;
    struct wr w;
    wr_init(&w, phy, LW_JOIN_ACCEPT_MAX);
    wr_u8(&w, MHDR_ACCEPT);
    wr_u24le(&w, a->joinnonce);
    wr_u24le(&w, a->netid);
    wr_u32le(&w, a->devaddr);
    wr_u8(&w, (uint8_t)((a->optneg ? 0x80 : 0) | a->rx1_dr_offset << 4 | a->rx2_dr));
    wr_u8(&w, a->rx_delay);
    if (a->has_cflist)
        wr_bytes(&w, a->cflist, CFLIST_LEN);
    wr_u32le(&w, mic_of(appkey, phy, wr_len(&w)));
    struct aes128_ctx d; /* the network decrypts, so that a device needs AES encryption only */
    aes128_set_decrypt_key(&d, appkey);
    aes128_decrypt(&d, wr_len(&w) - 1, phy + 1, phy + 1);
    return (int)wr_len(&w);
}

static void accept_fields(struct lw_join_accept *a, const uint8_t *plain, size_t len)
{
    struct rd r;
    rd_init(&r, plain + 1, len - 1);
    a->joinnonce = rd_u24le(&r);
    a->netid = rd_u24le(&r);
    a->devaddr = rd_u32le(&r);
    uint8_t dlsettings = rd_u8(&r);
    a->optneg = dlsettings & 0x80;
    a->rx1_dr_offset = dlsettings >> 4 & 7;
    a->rx2_dr = dlsettings & 15;
    a->rx_delay = rd_u8(&r) & 15;
    a->has_cflist = len == LW_JOIN_ACCEPT_MAX;
    memset(a->cflist, 0, sizeof a->cflist);
    if (a->has_cflist)
        memcpy(a->cflist, rd_bytes(&r, CFLIST_LEN), CFLIST_LEN);
    a->mic = rd_u32le(&r);
}

int lw_join_accept_open(struct lw_join_accept *a, const uint8_t appkey[16], const uint8_t *phy,
                        size_t len)
{
    if (len > 0 && (phy[0] & MHDR_MAJOR_MTYPE) != MHDR_ACCEPT)
        return SIM_EPROTO;
    if (len > LW_JOIN_ACCEPT_MAX)
        return SIM_ELONG;
    if (len != ACCEPT_SHORT && len != LW_JOIN_ACCEPT_MAX)
        return SIM_ETRUNC;
    uint8_t plain[LW_JOIN_ACCEPT_MAX];
    struct lw_aes e;
    lw_aes_init(&e, appkey);
    plain[0] = phy[0];
    for (size_t at = 1; at < len; at += BLOCK)
        lw_aes_encrypt(&e, phy + at, plain + at);
    accept_fields(a, plain, len);
    return a->mic == mic_of(appkey, plain, len - LW_MIC_LEN) ? SIM_OK : SIM_EMIC;
}

void lw_join_keys(const uint8_t appkey[16], uint32_t joinnonce, uint32_t netid, uint16_t devnonce,
                  uint8_t nwkskey[16], uint8_t appskey[16])
{
    uint8_t b[BLOCK] = {0};
    struct wr w;
    struct lw_aes e;
    lw_aes_init(&e, appkey);
    wr_init(&w, b, sizeof b);
    wr_u8(&w, 0x01);
    wr_u24le(&w, joinnonce);
    wr_u24le(&w, netid);
    wr_u16le(&w, devnonce);
    lw_aes_encrypt(&e, b, nwkskey);
    b[0] = 0x02;
    lw_aes_encrypt(&e, b, appskey);
}

int lw_cflist_parse(const uint8_t cflist[16], int64_t frequency_hz[5], uint16_t mask[6])
{
    struct rd r;
    rd_init(&r, cflist, CFLIST_LEN);
    switch (cflist[CFLIST_LEN - 1]) {
    case CFLIST_FREQUENCIES:
        for (int i = 0; i < N_CFLIST_FREQ; i++)
            frequency_hz[i] = (int64_t)rd_u24le(&r) * FREQ_UNIT_HZ;
        return CFLIST_FREQUENCIES;
    case CFLIST_MASKS:
        for (int i = 0; i < N_CFLIST_MASK; i++)
            mask[i] = rd_u16le(&r);
        return CFLIST_MASKS;
    default:
        return SIM_EPROTO;
    }
}

void lw_cflist_frequencies(const int64_t frequency_hz[5], uint8_t cflist[16])
{
    struct wr w;
    wr_init(&w, cflist, CFLIST_LEN);
    for (int i = 0; i < N_CFLIST_FREQ; i++) {
        int64_t unit = frequency_hz[i] / FREQ_UNIT_HZ;
        SIM_CHECK(unit >= 0 && unit <= MAX_U24, "%lld Hz", (long long)frequency_hz[i]);
        wr_u24le(&w, (uint32_t)unit);
    }
    wr_u8(&w, CFLIST_FREQUENCIES);
}

void lw_cflist_masks(const uint16_t mask[6], uint8_t cflist[16])
{
    memset(cflist, 0, CFLIST_LEN);
    struct wr w;
    wr_init(&w, cflist, CFLIST_LEN);
    for (int i = 0; i < N_CFLIST_MASK; i++)
        wr_u16le(&w, mask[i]);
    cflist[CFLIST_LEN - 1] = CFLIST_MASKS;
}
