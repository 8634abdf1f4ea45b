/* SPDX-License-Identifier: GPL-2.0-only
 * AS923, groups 1 to 4: one table, moved by 0, -1.80, -6.60 and -5.90 MHz.
 * Source: RP002-1.0.4 and 1.0.5 section 2.10. M of DR2 is 123 (RP002; RP001 says 59), RX1 is
 * clamped at DR7 (RP002; RP001 at DR5). 1 % is the common limit of implementations: the real one is
 * each country's. The 400 ms uplink limit holds until TxParamSetupReq lifts it, hence joining at
 * DR2 to DR5. */
#include "models/radio/region_plan.h"

/* clamp(uplink DR - effective offset, 0, 7), the effective offsets being 0 1 2 3 4 5 -1 -2. */
static const region_rx1_row rx1[8] = {
    {0, 0, 0, 0, 0, 0, 1, 2}, {1, 0, 0, 0, 0, 0, 2, 3}, {2, 1, 0, 0, 0, 0, 3, 4},
    {3, 2, 1, 0, 0, 0, 4, 5}, {4, 3, 2, 1, 0, 0, 5, 6}, {5, 4, 3, 2, 1, 0, 6, 7},
    {6, 5, 4, 3, 2, 1, 7, 7}, {7, 6, 5, 4, 3, 2, 7, 7},
};

/* The same, with DR2 as the lowest: DR0 and DR1 cannot be sent within 400 ms. */
static const region_rx1_row rx1_dwell[8] = {
    {2, 2, 2, 2, 2, 2, 2, 2}, {2, 2, 2, 2, 2, 2, 2, 3}, {2, 2, 2, 2, 2, 2, 3, 4},
    {3, 2, 2, 2, 2, 2, 4, 5}, {4, 3, 2, 2, 2, 2, 5, 6}, {5, 4, 3, 2, 2, 2, 6, 7},
    {6, 5, 4, 3, 2, 2, 7, 7}, {7, 6, 5, 4, 3, 2, 7, 7},
};

#define AS923_PLAN(shift_hz)                                                                       \
    {                                                                                              \
        .rx1 = rx1, .rx1_dwell = rx1_dwell, .n_rx1_rows = 8,                                       \
        .dynamic = {{923200000 + (shift_hz), 0, 5}, {923400000 + (shift_hz), 0, 5}},               \
        .mask_control = REGION_MASK_DYNAMIC                                                        \
    }

#define AS923_REGION(name_, shift_hz, min_, max_, plan_)                                           \
    {                                                                                              \
        .name = (name_), .dr = {REGION_LORA_DR(12, 125000, true, true, 59, 0),                     \
                                REGION_LORA_DR(11, 125000, true, true, 59, 0),                     \
                                REGION_LORA_DR(10, 125000, true, true, 123, 19),                   \
                                REGION_LORA_DR(9, 125000, true, true, 123, 61),                    \
                                REGION_LORA_DR(8, 125000, true, true, 250, 133),                   \
                                REGION_LORA_DR(7, 125000, true, true, 250, 250),                   \
                                REGION_LORA_DR(7, 250000, true, true, 250, 250),                   \
                                REGION_FSK_DR(250, 250)},                                          \
        .tx_param_setup = true, .default_uplink_dwell = true, .n_default_channels = 2,             \
        .max_channels = 16, .n_cflist_channels = 5, .max_eirp_cdbm = 1600, .n_tx_powers = 8,       \
        .rx2_frequency_hz = 923200000 + (shift_hz), .rx2_dr = 2, .rx1_max_offset = 7,              \
        .beacon_frequency_hz = 923400000 + (shift_hz), .n_beacon_channels = 1, .beacon_dr = 3,     \
        .ping_frequency_hz = 923400000 + (shift_hz), .n_ping_channels = 1, .ping_dr = 3,           \
        .min_hz = (min_), .max_hz = (max_), .n_sub_bands = 1,                                      \
        .sub_bands = {{"all", (min_), (max_) + 1, 10000, 1600}}, .join_min_dr = 2,                 \
        .join_max_dr = 5, .default_min_dr = 0, .default_max_dr = 5, .channels_min_dr_500 = -1,     \
        .channels_max_dr_500 = -1, .plan = &(plan_)                                                \
    }

static const struct region_plan plan_1 = AS923_PLAN(0);
static const struct region_plan plan_2 = AS923_PLAN(-1800000);
static const struct region_plan plan_3 = AS923_PLAN(-6600000);
static const struct region_plan plan_4 = AS923_PLAN(-5900000);

const struct region region_as923_1 = AS923_REGION("AS923-1", 0, 915000000, 928000000, plan_1);
const struct region region_as923_2 =
    AS923_REGION("AS923-2", -1800000, 920000000, 923000000, plan_2);
const struct region region_as923_3 =
    AS923_REGION("AS923-3", -6600000, 915000000, 921000000, plan_3);
const struct region region_as923_4 =
    AS923_REGION("AS923-4", -5900000, 917000000, 920000000, plan_4);
