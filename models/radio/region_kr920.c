/* SPDX-License-Identifier: GPL-2.0-only
 * KR920. Source: RP002-1.0.4 section 2.11 (KR920-923). Listen before talk instead of a duty cycle;
 * the two sub-bands carry only the devices' power limit (10 dBm up to 921.9 MHz, 14 dBm from 922.1
 * MHz). */
#include "models/radio/region_plan.h"

static const struct region_plan plan = {
    .rx1 = region_rx1_plain,
    .n_rx1_rows = 6,
    .dynamic = {{922100000, 0, 5}, {922300000, 0, 5}, {922500000, 0, 5}},
    .mask_control = REGION_MASK_DYNAMIC,
};

const struct region region_kr920 = {
    .name = "KR920",
    .dr = {REGION_LORA_DR(12, 125000, true, true, 59, 59),
           REGION_LORA_DR(11, 125000, true, true, 59, 59),
           REGION_LORA_DR(10, 125000, true, true, 59, 59),
           REGION_LORA_DR(9, 125000, true, true, 123, 123),
           REGION_LORA_DR(8, 125000, true, true, 250, 250),
           REGION_LORA_DR(7, 125000, true, true, 250, 250)},
    .n_default_channels = 3,
    .max_channels = 16,
    .n_cflist_channels = 5,
    .max_eirp_cdbm = 1400,
    .n_tx_powers = 8,
    .rx2_frequency_hz = 921900000,
    .rx2_dr = 0,
    .rx1_max_offset = 5,
    .beacon_frequency_hz = 923100000,
    .n_beacon_channels = 1,
    .beacon_dr = 3,
    .ping_frequency_hz = 923100000,
    .n_ping_channels = 1,
    .ping_dr = 3,
    .min_hz = 920900000,
    .max_hz = 923300000,
    .n_sub_bands = 2,
    .sub_bands = {{"low", 920800000, 922000000, 1000000, 1000},
                  {"high", 922000000, 923400000, 1000000, 1400}},
    .lbt_cdbm = -6500,
    .join_min_dr = 0,
    .join_max_dr = 5,
    .default_min_dr = 0,
    .default_max_dr = 5,
    .channels_min_dr_500 = -1,
    .channels_max_dr_500 = -1,
    .plan = &plan,
};
