/* SPDX-License-Identifier: GPL-2.0-only
 * EU868. Sources: RP002-1.0.4 section 2.4 (EU863-870); sub-bands: ETSI EN 300 220-2, annex B, as
 * ERP; EIRP is ERP + 2.15 dB. 869.7-870 MHz is taken with its 1 % at 25 mW, not as 5 mW without
 * limit. */
#include "models/radio/region_plan.h"

/* LR-FHSS uplinks are answered in RX1 as DR1 (8, 10) and DR2 (9, 11). */
static const region_rx1_row rx1[12] = {
    {0, 0, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0}, {2, 1, 0, 0, 0, 0}, {3, 2, 1, 0, 0, 0},
    {4, 3, 2, 1, 0, 0}, {5, 4, 3, 2, 1, 0}, {6, 5, 4, 3, 2, 1}, {7, 6, 5, 4, 3, 2},
    {1, 0, 0, 0, 0, 0}, {2, 1, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0}, {2, 1, 0, 0, 0, 0},
};

static const struct region_plan plan = {
    .rx1 = rx1,
    .n_rx1_rows = 12,
    .dynamic = {{868100000, 0, 5}, {868300000, 0, 5}, {868500000, 0, 5}},
    .mask_control = REGION_MASK_DYNAMIC,
};

const struct region region_eu868 = {
    .name = "EU868",
    .dr = {REGION_LORA_DR(12, 125000, true, true, 59, 59),
           REGION_LORA_DR(11, 125000, true, true, 59, 59),
           REGION_LORA_DR(10, 125000, true, true, 59, 59),
           REGION_LORA_DR(9, 125000, true, true, 123, 123),
           REGION_LORA_DR(8, 125000, true, true, 250, 250),
           REGION_LORA_DR(7, 125000, true, true, 250, 250),
           REGION_LORA_DR(7, 250000, true, true, 250, 250), REGION_FSK_DR(250, 250),
           REGION_LR_FHSS_DR(137000, 58), REGION_LR_FHSS_DR(137000, 123),
           REGION_LR_FHSS_DR(336000, 58), REGION_LR_FHSS_DR(336000, 123)},
    .n_default_channels = 3,
    .max_channels = 16,
    .n_cflist_channels = 5,
    .max_eirp_cdbm = 1600,
    .n_tx_powers = 8,
    .rx2_frequency_hz = 869525000,
    .rx2_dr = 0,
    .rx1_max_offset = 5,
    .beacon_frequency_hz = 869525000,
    .n_beacon_channels = 1,
    .beacon_dr = 3,
    .ping_frequency_hz = 869525000,
    .n_ping_channels = 1,
    .ping_dr = 3,
    .min_hz = 863000000,
    .max_hz = 870000000,
    .n_sub_bands = 6,
    .sub_bands = {{"K", 863000000, 865000000, 1000, 1615},
                  {"L", 865000000, 868000000, 10000, 1615},
                  {"M", 868000000, 868600000, 10000, 1615},
                  {"N", 868700000, 869200000, 1000, 1615},
                  {"P", 869400000, 869650000, 100000, 2915},
                  {"Q", 869700000, 870000000, 10000, 1615}},
    .join_min_dr = 0,
    .join_max_dr = 5,
    .default_min_dr = 0,
    .default_max_dr = 5,
    .channels_min_dr_500 = -1,
    .channels_max_dr_500 = -1,
    .plan = &plan,
};
