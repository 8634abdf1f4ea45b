/* SPDX-License-Identifier: GPL-2.0-only
 * AU915. Source: RP002-1.0.4 section 2.8 (AU915-928). Joining uses DR2 on 125 kHz, since the 400 ms
 * uplink limit holds until TxParamSetupReq lifts it. */
#include "models/radio/region_plan.h"

static const region_rx1_row rx1[8] = {
    {8, 8, 8, 8, 8, 8},    {9, 8, 8, 8, 8, 8},     {10, 9, 8, 8, 8, 8},     {11, 10, 9, 8, 8, 8},
    {12, 11, 10, 9, 8, 8}, {13, 12, 11, 10, 9, 8}, {13, 13, 12, 11, 10, 9}, {9, 8, 8, 8, 8, 8},
};

static const struct region_plan plan = {
    .rx1 = rx1,
    .n_rx1_rows = 8,
    .fixed = {{64, 915200000, 200000, 0, 5}, {8, 915900000, 1600000, 6, 6}},
    .downlinks = {8, 923300000, 600000, 8, 13},
    .mask_control = REGION_MASK_72,
};

const struct region region_au915 = {
    .name = "AU915",
    .dr = {[0] = REGION_LORA_DR(12, 125000, true, false, 59, 0),
           [1] = REGION_LORA_DR(11, 125000, true, false, 59, 0),
           [2] = REGION_LORA_DR(10, 125000, true, false, 59, 19),
           [3] = REGION_LORA_DR(9, 125000, true, false, 123, 61),
           [4] = REGION_LORA_DR(8, 125000, true, false, 250, 133),
           [5] = REGION_LORA_DR(7, 125000, true, false, 250, 250),
           [6] = REGION_LORA_DR(8, 500000, true, false, 250, 250),
           [7] = REGION_LR_FHSS_DR(1523000, 58),
           [8] = REGION_LORA_DR(12, 500000, false, true, 61, 61),
           [9] = REGION_LORA_DR(11, 500000, false, true, 137, 137),
           [10] = REGION_LORA_DR(10, 500000, false, true, 250, 250),
           [11] = REGION_LORA_DR(9, 500000, false, true, 250, 250),
           [12] = REGION_LORA_DR(8, 500000, false, true, 250, 250),
           [13] = REGION_LORA_DR(7, 500000, false, true, 250, 250)},
    .fixed_channels = true,
    .hops = true,
    .tx_param_setup = true,
    .default_uplink_dwell = true,
    .n_default_channels = 72,
    .max_channels = 72,
    .max_eirp_cdbm = 3000,
    .n_tx_powers = 15,
    .rx2_frequency_hz = 923300000,
    .rx2_dr = 8,
    .rx1_max_offset = 5,
    .beacon_frequency_hz = 923300000,
    .beacon_step_hz = 600000,
    .n_beacon_channels = 8,
    .beacon_dr = 8,
    .ping_frequency_hz = 923300000,
    .ping_step_hz = 600000,
    .n_ping_channels = 8,
    .ping_dr = 8,
    .min_hz = 915000000,
    .max_hz = 928000000,
    .join_min_dr = 2,
    .join_max_dr = 6,
    .default_min_dr = 0,
    .default_max_dr = 5,
    .channels_min_dr_500 = 6,
    .channels_max_dr_500 = 6,
    .plan = &plan,
};
