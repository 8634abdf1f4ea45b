/* SPDX-License-Identifier: GPL-2.0-only
 * Data frames: bytes to fields and back, MIC and encryption. Drawing and source: see frame.h.
 *
 * FCtrl, uplink:   | ADR 7 | ADRACKReq 6 | ACK 5 | ClassB 4   | FOptsLen 3..0 |
 * FCtrl, downlink: | ADR 7 | RFU 6       | ACK 5 | FPending 4 | FOptsLen 3..0 | */
#include "models/lorawan/frame.h"

#include <string.h>

#include "sim/bytes.h"
#include "sim/err.h"

enum { FCTRL_ADR = 0x80, FCTRL_ADRACKREQ = 0x40, FCTRL_ACK = 0x20, FCTRL_BIT4 = 0x10 };
enum { MIN_DATA = 12 /* MHDR 1, DevAddr 4, FCtrl 1, FCnt 2, MIC 4 */, MAX_FPORT = 255 };

int lw_mtype_of(const uint8_t *phy, size_t len)
{
    if (len < 1)
        return SIM_ETRUNC;
    if (phy[0] & 3)
        return SIM_ENOTSUP;
    return phy[0] >> 5;
}

static bool is_data(int mtype)
{
    return mtype >= LW_UNCONFIRMED_UP && mtype <= LW_CONFIRMED_DOWN;
}

static bool is_uplink(int mtype)
{
    return mtype == LW_UNCONFIRMED_UP || mtype == LW_CONFIRMED_UP;
}

static bool is_confirmed(int mtype)
{
    return mtype == LW_CONFIRMED_UP || mtype == LW_CONFIRMED_DOWN;
}

static void parse_fctrl(struct lw_frame *f, uint8_t fctrl)
{
    f->adr = fctrl & FCTRL_ADR;
    f->adrackreq = f->uplink && (fctrl & FCTRL_ADRACKREQ);
    f->ack = fctrl & FCTRL_ACK;
    f->classb = f->uplink && (fctrl & FCTRL_BIT4);
    f->fpending = !f->uplink && (fctrl & FCTRL_BIT4);
    f->fopts_len = fctrl & LW_MAX_FOPTS;
}

int lw_frame_parse(struct lw_frame *f, const uint8_t *phy, size_t len)
{
    int mtype = lw_mtype_of(phy, len);
    if (mtype < 0)
        return mtype;
    if (!is_data(mtype))
        return SIM_EPROTO;
    if (len < MIN_DATA)
        return SIM_ETRUNC;
    if (len > LW_MAX_PHY)
        return SIM_ELONG;
    struct rd r;
    rd_init(&r, phy + 1, len - 1 - LW_MIC_LEN);
    *f = (struct lw_frame){.mtype = (enum lw_mtype)mtype,
                           .uplink = is_uplink(mtype),
                           .confirmed = is_confirmed(mtype),
                           .fport = -1};
    f->devaddr = rd_u32le(&r);
    parse_fctrl(f, rd_u8(&r));
    f->fcnt = rd_u16le(&r);
    f->fopts = rd_bytes(&r, f->fopts_len);
    if (r.err)
        return r.err;
    if (rd_left(&r) > 0) {
        f->fport = rd_u8(&r);
        f->payload_len = (uint8_t)rd_left(&r);
    }
    f->payload = rd_bytes(&r, f->payload_len);
    if (f->fport == 0 && f->fopts_len > 0)
        return SIM_EPROTO;
    rd_init(&r, phy + len - LW_MIC_LEN, LW_MIC_LEN);
    f->mic = rd_u32le(&r);
    return SIM_OK;
}

bool lw_frame_mic_ok(const struct lw_frame *f, const struct lw_session_keys *k, uint32_t fcnt32,
                     const uint8_t *phy, size_t len)
{
    return f->mic == lw_data_mic(&k->nwk, f->uplink, f->devaddr, fcnt32, phy, len - LW_MIC_LEN);
}

/* Encrypt or decrypt in place with the key that belongs to the port. */
static void crypt_port(const struct lw_frame *f, bool uplink, const struct lw_session_keys *k,
                       uint32_t fcnt32, uint8_t *payload)
{
    if (f->fport == 0) {
        const struct lw_aes nwk = {k->nwk.ctx};
        lw_crypt_payload(&nwk, uplink, f->devaddr, fcnt32, payload, f->payload_len);
    } else {
        lw_crypt_payload(&k->app, uplink, f->devaddr, fcnt32, payload, f->payload_len);
    }
}

void lw_frame_decrypt(const struct lw_frame *f, const struct lw_session_keys *k, uint32_t fcnt32,
                      uint8_t *out)
{
    if (f->payload_len == 0)
        return;
    memmove(out, f->payload, f->payload_len);
    crypt_port(f, f->uplink, k, fcnt32, out);
}

static int check_encode(const struct lw_frame *f)
{
    if (!is_data((int)f->mtype) || f->fport < -1 || f->fport > MAX_FPORT ||
        f->fopts_len > LW_MAX_FOPTS)
        return SIM_EINVAL;
    if ((f->fport == 0 && f->fopts_len > 0) || (f->fport < 0 && f->payload_len > 0))
        return SIM_EINVAL;
    size_t len = MIN_DATA + (size_t)f->fopts_len + (f->fport >= 0 ? 1 : 0) + f->payload_len;
    return len > LW_MAX_PHY ? SIM_ELONG : SIM_OK;
}

static uint8_t make_fctrl(const struct lw_frame *f, bool uplink)
{
    bool bit4 = uplink ? f->classb : f->fpending;
    return (uint8_t)((f->adr ? FCTRL_ADR : 0) | (uplink && f->adrackreq ? FCTRL_ADRACKREQ : 0) |
                     (f->ack ? FCTRL_ACK : 0) | (bit4 ? FCTRL_BIT4 : 0) | f->fopts_len);
}

int lw_frame_encode(const struct lw_frame *f, const struct lw_session_keys *k, uint32_t fcnt32,
                    uint8_t *phy)
{
    int rc = check_encode(f);
    if (rc)
        return rc;
    bool uplink = is_uplink((int)f->mtype);
    struct wr w;
    wr_init(&w, phy, LW_MAX_PHY);
    wr_u8(&w, (uint8_t)(f->mtype << 5));
    wr_u32le(&w, f->devaddr);
    wr_u8(&w, make_fctrl(f, uplink));
    wr_u16le(&w, (uint16_t)fcnt32);
    wr_bytes(&w, f->fopts, f->fopts_len);
    if (f->fport >= 0)
        wr_u8(&w, (uint8_t)f->fport);
    if (f->payload_len > 0) {
        uint8_t *payload = w.p;
        wr_bytes(&w, f->payload, f->payload_len);
        crypt_port(f, uplink, k, fcnt32, payload);
    }
    wr_u32le(&w, lw_data_mic(&k->nwk, uplink, f->devaddr, fcnt32, phy, wr_len(&w)));
    return (int)wr_len(&w);
}

uint32_t lw_fcnt_extend(uint32_t expected, uint16_t fcnt16)
{
    return expected + (uint16_t)(fcnt16 - (uint16_t)expected);
}
