/* SPDX-License-Identifier: GPL-2.0-only
 * The beacon frame:
 * | RFU1 0..4 | Param 1 | Time 4 | CRC1 2 | InfoDesc 1 | Info 6 | RFU2 0..3 | CRC2 2 |
 * little endian; CRC1 over RFU1, Param and Time, CRC2 over InfoDesc, Info and RFU2.
 * Source: TS001-1.0.4, beacon frame content, and RP002-1.0.4 for the lengths of RFU1 and RFU2.
 * Before 1.0.4 Param was part of RFU1: the same octets. */
#include "models/lorawan/beacon.h"

#include <string.h>

#include "models/radio/airtime.h"
#include "models/radio/region.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { PARAM_TIME_LEN = 5, CRC_LEN = 2, GATEWAY_LEN = 1 + BEACON_INFO_LEN };

static const struct beacon_layout layouts[] = {
    {8, 125000, 0, 3, 19, "IN865"},
    {9, 125000, 1, 0, 17, "EU868, AS923, KR920, EU433, CN779, RU864"},
    {10, 125000, 2, 1, 19, "CN470"},
    {12, 500000, 4, 3, 23, "US915, AU915 (500 kHz)"},
};

const struct beacon_layout *beacon_layout(int sf)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].sf == sf)
            return &layouts[i];
    return NULL;
}

const struct beacon_layout *beacon_layout_of(const struct region *r)
{
    const struct beacon_layout *l = beacon_layout(r->dr[r->beacon_dr].sf);
    SIM_CHECK(l, "%s: no beacon has SF%d", r->name, r->dr[r->beacon_dr].sf);
    return l;
}

uint16_t beacon_crc(const uint8_t *p, size_t len)
{
    unsigned crc = 0;
    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned)p[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
    }
    return (uint16_t)crc;
}

static void put_zeros(struct wr *w, int n)
{
    static const uint8_t zero[BEACON_MAX_RFU];
    wr_bytes(w, zero, (size_t)n);
}

/* The CRC of what was written since octet from. */
static void put_crc(struct wr *w, size_t from)
{
    wr_u16le(w, beacon_crc(w->start + from, wr_len(w) - from));
}

int beacon_encode(const struct beacon_layout *l, const struct beacon *b, uint8_t *out)
{
    struct wr w;
    if (b->param > BEACON_MAX_PREC)
        return SIM_ERANGE;
    wr_init(&w, out, BEACON_MAX_LEN);
    put_zeros(&w, l->rfu1_len);
    wr_u8(&w, b->param);
    wr_u32le(&w, b->time_s);
    put_crc(&w, 0);
    size_t gateway = wr_len(&w);
    wr_u8(&w, b->info_desc);
    wr_bytes(&w, b->info, BEACON_INFO_LEN);
    put_zeros(&w, l->rfu2_len);
    put_crc(&w, gateway);
    SIM_CHECK(!w.err && wr_len(&w) == (size_t)l->len, "%zu octets for SF%d", wr_len(&w), l->sf);
    return l->len;
}

/* Is the CRC behind len octets theirs? */
static bool crc_fits(const uint8_t *p, size_t len)
{
    return beacon_crc(p, len) == (p[len] | p[len + 1] << 8);
}

int beacon_decode(const struct beacon_layout *l, struct beacon *b, const uint8_t *p, size_t len)
{
    if (len != (size_t)l->len)
        return len < (size_t)l->len ? SIM_ETRUNC : SIM_ELONG;
    size_t first = (size_t)l->rfu1_len + PARAM_TIME_LEN;
    size_t second = GATEWAY_LEN + (size_t)l->rfu2_len;
    if (!crc_fits(p, first))
        return SIM_EMIC;
    struct rd r;
    memset(b, 0, sizeof *b);
    rd_init(&r, p, len);
    rd_bytes(&r, (size_t)l->rfu1_len);
    b->param = rd_u8(&r);
    b->time_s = rd_u32le(&r);
    rd_u16le(&r);
    b->gateway_ok = crc_fits(r.p, second);
    if (b->gateway_ok) {
        b->info_desc = rd_u8(&r);
        memcpy(b->info, rd_bytes(&r, BEACON_INFO_LEN), BEACON_INFO_LEN);
    }
    return SIM_OK;
}

static sim_time airtime_of(const struct beacon_layout *l, int len)
{
    struct airtime_lora a = {
        .sf = l->sf,
        .bw_hz = l->bw_hz,
        .cr = 1,
        .len = len,
        .preamble_sym = BEACON_PREAMBLE_SYM,
        .implicit_header = true,
    };
    sim_time ns = airtime_lora(&a);
    SIM_CHECK(ns > 0, "SF%d, %d octets", l->sf, len);
    return ns;
}

sim_time beacon_airtime(const struct beacon_layout *l)
{
    return airtime_of(l, l->len);
}

/* Octets go out in order, in blocks of symbols: those of a shorter frame of the same kind. */
sim_time beacon_airtime_lock(const struct beacon_layout *l)
{
    return airtime_of(l, l->rfu1_len + PARAM_TIME_LEN + CRC_LEN);
}

/* A part of full (+-1.0 = 2^23) as a 24-bit two's complement code. */
static uint32_t angle_code(double deg, double full_deg)
{
    double v = deg * 8388608.0 / full_deg;
    if (!(v > -8388608.0)) /* also what is not a number */
        v = -8388608.0;
    if (v > 8388607.0)
        v = 8388607.0;
    return (uint32_t)(int32_t)v & 0xffffff;
}

static double angle_deg(uint32_t code, double full_deg)
{
    int32_t v = code & 0x800000 ? (int32_t)code - 0x1000000 : (int32_t)code;
    return v * full_deg / 8388608.0;
}

static void info_set(struct beacon *b, uint32_t first, uint32_t second)
{
    struct wr w;
    wr_init(&w, b->info, BEACON_INFO_LEN);
    wr_u24le(&w, first);
    wr_u24le(&w, second);
}

static void info_get(const struct beacon *b, uint32_t *first, uint32_t *second)
{
    struct rd r;
    rd_init(&r, b->info, BEACON_INFO_LEN);
    *first = rd_u24le(&r);
    *second = rd_u24le(&r);
}

void beacon_position_set(struct beacon *b, double lat_deg, double lon_deg)
{
    info_set(b, angle_code(lat_deg, 90.0), angle_code(lon_deg, 180.0));
}

void beacon_position_get(const struct beacon *b, double *lat_deg, double *lon_deg)
{
    uint32_t lat, lon;
    info_get(b, &lat, &lon);
    *lat_deg = angle_deg(lat, 90.0);
    *lon_deg = angle_deg(lon, 180.0);
}

int beacon_netid_set(struct beacon *b, uint32_t netid, uint32_t gateway_id)
{
    if (netid > 0xffffff || gateway_id > 0xffffff)
        return SIM_ERANGE;
    b->info_desc = BEACON_NETID;
    info_set(b, netid, gateway_id);
    return SIM_OK;
}

void beacon_netid_get(const struct beacon *b, uint32_t *netid, uint32_t *gateway_id)
{
    info_get(b, netid, gateway_id);
}

int64_t beacon_period_start(int64_t gps_ns)
{
    SIM_CHECK(gps_ns >= 0, "GPS time %lld ns", (long long)gps_ns);
    return gps_ns - gps_ns % BEACON_PERIOD;
}

uint32_t beacon_time_of(int64_t gps_ns)
{
    return (uint32_t)(beacon_period_start(gps_ns) / SIM_S(1));
}

int beacon_channel(const struct region *r, uint32_t beacon_time_s)
{
    return (int)(beacon_time_s / BEACON_PERIOD_S % (unsigned)r->n_beacon_channels);
}

int64_t beacon_hz(const struct region *r, uint32_t beacon_time_s)
{
    return r->beacon_frequency_hz + beacon_channel(r, beacon_time_s) * r->beacon_step_hz;
}
