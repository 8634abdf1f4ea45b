/* SPDX-License-Identifier: GPL-2.0-only
 * CN470, the 96-channel plan of RP001-1.0.3rA section 2.7 (CN470-510); not the four plans of RP002.
 * 48 downlink channels; beacons and ping slots hop over eight of them from 508.3 MHz. */
#include "models/radio/region_plan.h"

static const struct region_plan plan = {
    .rx1 = region_rx1_plain,
    .n_rx1_rows = 6,
    .fixed = {{96, 470300000, 200000, 0, 5}},
    .downlinks = {48, 500300000, 200000, 0, 5},
    .mask_control = REGION_MASK_96,
};

const struct region region_cn470 = {
    .name = "CN470",
    .dr = {REGION_LORA_DR(12, 125000, true, true, 59, 59),
           REGION_LORA_DR(11, 125000, true, true, 59, 59),
           REGION_LORA_DR(10, 125000, true, true, 59, 59),
           REGION_LORA_DR(9, 125000, true, true, 123, 123),
           REGION_LORA_DR(8, 125000, true, true, 250, 250),
           REGION_LORA_DR(7, 125000, true, true, 250, 250)},
    .fixed_channels = true,
    .hops = true,
    .n_default_channels = 96,
    .max_channels = 96,
    .max_eirp_cdbm = 1915,
    .n_tx_powers = 8,
    .rx2_frequency_hz = 505300000,
    .rx2_dr = 0,
    .rx1_max_offset = 5,
    .beacon_frequency_hz = 508300000,
    .beacon_step_hz = 200000,
    .n_beacon_channels = 8,
    .beacon_dr = 2,
    .ping_frequency_hz = 508300000,
    .ping_step_hz = 200000,
    .n_ping_channels = 8,
    .ping_dr = 2,
    .min_hz = 470000000,
    .max_hz = 510000000,
    .join_min_dr = 0,
    .join_max_dr = 5,
    .default_min_dr = 0,
    .default_max_dr = 5,
    .channels_min_dr_500 = -1,
    .channels_max_dr_500 = -1,
    .plan = &plan,
};
