/* SPDX-License-Identifier: GPL-2.0-only
 * US915. Sources: RP002-1.0.4 section 2.5 (US902-928), RX1 table of RP001-1.0.3rA. The FCC's 400 ms
 * dwell time is in the data rates (DR0 is SF10): the payload limits are the same with and without
 * it. */
#include "models/radio/region_plan.h"

static const region_rx1_row rx1[7] = {
    {10, 9, 8, 8},    {11, 10, 9, 8}, {12, 11, 10, 9}, {13, 12, 11, 10},
    {13, 13, 12, 11}, {10, 9, 8, 8},  {11, 10, 9, 8},
};

static const struct region_plan plan = {
    .rx1 = rx1,
    .n_rx1_rows = 7,
    .fixed = {{64, 902300000, 200000, 0, 3}, {8, 903000000, 1600000, 4, 4}},
    .downlinks = {8, 923300000, 600000, 8, 13},
    .mask_control = REGION_MASK_72,
};

const struct region region_us915 = {
    .name = "US915",
    .dr = {[0] = REGION_LORA_DR(10, 125000, true, false, 19, 19),
           [1] = REGION_LORA_DR(9, 125000, true, false, 61, 61),
           [2] = REGION_LORA_DR(8, 125000, true, false, 133, 133),
           [3] = REGION_LORA_DR(7, 125000, true, false, 250, 250),
           [4] = REGION_LORA_DR(8, 500000, true, false, 250, 250),
           [5] = REGION_LR_FHSS_DR(1523000, 58),
           [6] = REGION_LR_FHSS_DR(1523000, 133),
           [8] = REGION_LORA_DR(12, 500000, false, true, 61, 61),
           [9] = REGION_LORA_DR(11, 500000, false, true, 137, 137),
           [10] = REGION_LORA_DR(10, 500000, false, true, 250, 250),
           [11] = REGION_LORA_DR(9, 500000, false, true, 250, 250),
           [12] = REGION_LORA_DR(8, 500000, false, true, 250, 250),
           [13] = REGION_LORA_DR(7, 500000, false, true, 250, 250)},
    .fixed_channels = true,
    .hops = true,
    .n_default_channels = 72,
    .max_channels = 72,
    .max_eirp_cdbm = 3000,
    .n_tx_powers = 15,
    .rx2_frequency_hz = 923300000,
    .rx2_dr = 8,
    .rx1_max_offset = 3,
    .beacon_frequency_hz = 923300000,
    .beacon_step_hz = 600000,
    .n_beacon_channels = 8,
    .beacon_dr = 8,
    .ping_frequency_hz = 923300000,
    .ping_step_hz = 600000,
    .n_ping_channels = 8,
    .ping_dr = 8,
    .min_hz = 902000000,
    .max_hz = 928000000,
    .join_min_dr = 0,
    .join_max_dr = 4,
    .default_min_dr = 0,
    .default_max_dr = 3,
    .channels_min_dr_500 = 4,
    .channels_max_dr_500 = 4,
    .plan = &plan,
};
