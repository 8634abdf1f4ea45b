/* SPDX-License-Identifier: GPL-2.0-only
 * Air time of LoRa and FSK frames, counted in whole quarter symbols and octets: no rounding
 * anywhere. */
#include "models/radio/airtime.h"

#include "sim/err.h"

/* A quarter of a symbol in ns: whole for 125, 250 and 500 kHz, since 10^9 / bw is, and 2^sf / 4 is.
 */
static sim_time quarter_symbol(int sf, int64_t bw_hz)
{
    return ((sim_time)1 << (sf - 2)) * (SIM_S(1) / bw_hz);
}

static bool modulation_valid(int sf, int64_t bw_hz)
{
    return sf >= 5 && sf <= 12 && (bw_hz == 125000 || bw_hz == 250000 || bw_hz == 500000);
}

/* Preamble and sync word in quarter symbols: 4.25 symbols more than written, 6.25 for SF5 and SF6.
 */
static sim_time preamble_quarters(int sf, int preamble_sym)
{
    return 4 * (sim_time)preamble_sym + (sf < 7 ? 25 : 17);
}

/* Symbols of header, payload and CRC: 8 that always go, then blocks of cr + 4 symbols. */
static int payload_symbols(const struct airtime_lora *a)
{
    int bits = 8 * a->len - 4 * a->sf + (a->sf < 7 ? 20 : 28) + (a->crc ? 16 : 0) -
               (a->implicit_header ? 20 : 0);
    int per_block = 4 * (a->sf - (airtime_ldro(a->sf, a->bw_hz) ? 2 : 0));
    int blocks = bits > 0 ? (bits + per_block - 1) / per_block : 0;
    return 8 + blocks * (a->cr + 4);
}

bool airtime_ldro(int sf, int64_t bw_hz)
{
    SIM_CHECK(modulation_valid(sf, bw_hz), "sf %d, %lld Hz", sf, (long long)bw_hz);
    return airtime_symbol(sf, bw_hz) > SIM_MS(16);
}

sim_time airtime_symbol(int sf, int64_t bw_hz)
{
    SIM_CHECK(modulation_valid(sf, bw_hz), "sf %d, %lld Hz", sf, (long long)bw_hz);
    return 4 * quarter_symbol(sf, bw_hz);
}

sim_time airtime_preamble(int sf, int64_t bw_hz, int preamble_sym)
{
    SIM_CHECK(modulation_valid(sf, bw_hz), "sf %d, %lld Hz", sf, (long long)bw_hz);
    return preamble_quarters(sf, preamble_sym) * quarter_symbol(sf, bw_hz);
}

sim_time airtime_lora(const struct airtime_lora *a)
{
    if (!modulation_valid(a->sf, a->bw_hz) || a->cr < 1 || a->cr > 4 || a->len < 0 ||
        a->len > 255 || a->preamble_sym < 6 || a->preamble_sym > 65535)
        return SIM_EINVAL;
    sim_time quarters =
        preamble_quarters(a->sf, a->preamble_sym) + 4 * (sim_time)payload_symbols(a);
    return quarters * quarter_symbol(a->sf, a->bw_hz);
}

sim_time airtime_fsk(int64_t bitrate_bps, int len)
{
    if (bitrate_bps <= 0 || SIM_S(1) % bitrate_bps != 0 || len < 0 || len > 255)
        return SIM_EINVAL;
    return (SIM_S(1) / bitrate_bps) * 8 * (5 + 3 + 1 + len + 2);
}
