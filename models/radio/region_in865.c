/* SPDX-License-Identifier: GPL-2.0-only
 * IN865. Source: RP002-1.0.4 section 2.12 (IN865-867). The RX1 table skips DR6, which does not
 * exist here. No duty cycle, so no sub-bands. */
#include "models/radio/region_plan.h"

static const region_rx1_row rx1[8] = {
    {0, 0, 0, 0, 0, 0, 1, 2},
    {1, 0, 0, 0, 0, 0, 2, 3},
    {2, 1, 0, 0, 0, 0, 3, 4},
    {3, 2, 1, 0, 0, 0, 4, 5},
    {4, 3, 2, 1, 0, 0, 5, 5},
    {5, 4, 3, 2, 1, 0, 5, 7},
    {0},
    {7, 5, 5, 4, 3, 2, 7, 7},
};

static const struct region_plan plan = {
    .rx1 = rx1,
    .n_rx1_rows = 8,
    .rx1_missing = 1u << 6,
    .dynamic = {{865062500, 0, 5}, {865402500, 0, 5}, {865985000, 0, 5}},
    .mask_control = REGION_MASK_DYNAMIC,
};

const struct region region_in865 = {
    .name = "IN865",
    .dr = {[0] = REGION_LORA_DR(12, 125000, true, true, 59, 59),
           [1] = REGION_LORA_DR(11, 125000, true, true, 59, 59),
           [2] = REGION_LORA_DR(10, 125000, true, true, 59, 59),
           [3] = REGION_LORA_DR(9, 125000, true, true, 123, 123),
           [4] = REGION_LORA_DR(8, 125000, true, true, 250, 250),
           [5] = REGION_LORA_DR(7, 125000, true, true, 250, 250),
           [7] = REGION_FSK_DR(250, 250)},
    .n_default_channels = 3,
    .max_channels = 16,
    .n_cflist_channels = 5,
    .max_eirp_cdbm = 3000,
    .n_tx_powers = 11,
    .rx2_frequency_hz = 866550000,
    .rx2_dr = 2,
    .rx1_max_offset = 7,
    .beacon_frequency_hz = 866550000,
    .n_beacon_channels = 1,
    .beacon_dr = 4,
    .ping_frequency_hz = 866550000,
    .n_ping_channels = 1,
    .ping_dr = 4,
    .min_hz = 865000000,
    .max_hz = 867000000,
    .join_min_dr = 0,
    .join_max_dr = 5,
    .default_min_dr = 0,
    .default_max_dr = 5,
    .channels_min_dr_500 = -1,
    .channels_max_dr_500 = -1,
    .plan = &plan,
};
