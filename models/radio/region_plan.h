/* SPDX-License-Identifier: GPL-2.0-only
 * What region.c reads beside struct region: RX1 tables, channel numbering, meaning of ChMaskCntl.
 * Only region*.c include this. */
#ifndef RADIO_REGION_PLAN_H
#define RADIO_REGION_PLAN_H

#include "models/radio/region.h"

enum { REGION_N_RX1_OFFSET = REGION_MAX_RX1_OFFSET + 1 };

/* Row: uplink data rate, column: RX1DROffset, value: downlink data rate; only the first rows and
 * columns count. */
typedef int8_t region_rx1_row[REGION_N_RX1_OFFSET];

/* A run of channels: number i (from 0) is at first_hz + i step_hz. */
struct region_channel_run {
    int n;
    int64_t first_hz, step_hz;
    int min_dr, max_dr;
};

enum region_mask_control {
    REGION_MASK_DYNAMIC, /* 0: channels 0-15, 6: all defined on */
    REGION_MASK_72,      /* US915, AU915: 0-3 banks, 4 the 500 kHz channels, 5 sub-bands, 6 and 7 */
    REGION_MASK_96,      /* CN470: 0-5 banks, 6 all on */
};

struct region_plan {
    const region_rx1_row *rx1;       /* n_rx1_rows rows */
    const region_rx1_row *rx1_dwell; /* with a 400 ms downlink limit; NULL: the same */
    int n_rx1_rows;
    uint16_t rx1_missing; /* bit k: uplink DR k has no row */
    struct region_channel dynamic[3];
    struct region_channel_run fixed[2];  /* fixed plans: uplinks, in the order of their numbers */
    struct region_channel_run downlinks; /* fixed plans: RX1 channel = uplink channel mod n */
    enum region_mask_control mask_control;
};

extern const struct region region_eu868, region_us915, region_au915, region_as923_1, region_as923_2,
    region_as923_3, region_as923_4, region_in865, region_kr920, region_cn470;

/* RX1 rows of max(0, uplink DR - offset), for the regions of the 125 kHz kind. */
extern const region_rx1_row region_rx1_plain[8];

/* Data rates: M without and with a 400 ms limit. */
#define REGION_LORA_DR(sf_, bw_, up_, down_, m_, m_dwell_)                                         \
    {                                                                                              \
        .modulation = REGION_LORA, .sf = (sf_), .bw_hz = (bw_), .up = (up_), .down = (down_),      \
        .max_mac_payload[0] = (m_), .max_mac_payload[1] = (m_dwell_)                               \
    }
#define REGION_FSK_DR(m_, m_dwell_)                                                                \
    {                                                                                              \
        .modulation = REGION_FSK, .up = true, .down = true, .max_mac_payload[0] = (m_),            \
        .max_mac_payload[1] = (m_dwell_)                                                           \
    }
#define REGION_LR_FHSS_DR(bw_, m_)                                                                 \
    {                                                                                              \
        .modulation = REGION_LR_FHSS, .bw_hz = (bw_), .up = true, .max_mac_payload[0] = (m_),      \
        .max_mac_payload[1] = (m_)                                                                 \
    }

#endif
