/* SPDX-License-Identifier: GPL-2.0-only
 * Air time of LoRa and FSK frames, exact in ns. */
#ifndef RADIO_AIRTIME_H
#define RADIO_AIRTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/time.h"

struct airtime_lora {
    int sf;           /* 5..12 */
    int64_t bw_hz;    /* 125000, 250000 or 500000 */
    int cr;           /* 1..4: coding rate 4/5..4/8 */
    int len;          /* PHY payload, 0..255 bytes */
    int preamble_sym; /* 6..65535; 8 for LoRaWAN frames, 10 for beacons */
    bool implicit_header;
    bool crc;
};

/* Air time of one LoRa frame in ns, or SIM_EINVAL (negative) outside the ranges above.
 * Low data rate optimisation is on when a symbol is longer than 16 ms.
 * Source: SX1276 data sheet rev. 7, section 4.1.1.7; SX126x data sheet for SF5 and SF6. */
sim_time airtime_lora(const struct airtime_lora *a);

/* Is low data rate optimisation on: symbol time over 16 ms? */
bool airtime_ldro(int sf, int64_t bw_hz);

/* One LoRa symbol in ns: 2^sf / bw. */
sim_time airtime_symbol(int sf, int64_t bw_hz);

/* From the first bit to the end of the preamble and sync word: preamble_sym + 4.25 symbols (6.25
 * for SF5, SF6). */
sim_time airtime_preamble(int sf, int64_t bw_hz, int preamble_sym);

/* Air time of an FSK frame: preamble 5 + sync 3 + length 1 + len 0..255 + CRC 2 octets. bitrate:
 * bit/s, 1000000000 divisible by it. SIM_EINVAL (negative) outside. */
sim_time airtime_fsk(int64_t bitrate_bps, int len);

#endif
