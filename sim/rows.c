/* SPDX-License-Identifier: GPL-2.0-only
 * The tables of sim/rows.h as data. */
#include "sim/rows.h"

#define COL(type, name, help) {#name, ROW_COL_##type, help},

#define DEFINE(NAME, name, level, help)                                                            \
    static const struct row_col name##_cols[] = {ROW_##NAME##_COLS(COL)};
ROW_MAP(DEFINE)

#define ROW_TABLE(NAME, name, level, help)                                                         \
    {#name, help, level, name##_cols, sizeof name##_cols / sizeof *name##_cols},
const struct row_table row_tables[N_ROW_TABLES] = {ROW_MAP(ROW_TABLE)};

const struct row_code row_codes[] = {
#define X(name, text, help) {"loss", "reason", text, help, LOSS_##name},
    LOSS_MAP(X)
#undef X
#define X(name, text, help) {"beacon", "reason", text, help, LOSS_##name},
        LOSS_MAP(X)
#undef X
#define X(name, text, help) {"tx", "kind", text, help, FRAME_##name},
            FRAME_KIND_MAP(X)
#undef X
#define X(name, text, help) {"downlink", "result", text, help, DL_##name},
                DOWNLINK_RESULT_MAP(X)
#undef X
#define X(name, text, help) {"node", "kind", text, help, NODE_##name},
                    NODE_KIND_MAP(X)
#undef X
#define X(name, text, help) {"window", "kind", text, help, WINDOW_##name},
                        WINDOW_KIND_MAP(X)
#undef X
#define X(name, text, help) {"clock_sample", "source", text, help, CLOCK_SOURCE_##name},
                            CLOCK_SOURCE_MAP(X)
#undef X
#define X(name, text, help) {"class_b", "step", text, help, CLASS_B_##name},
                                CLASS_B_MAP(X)
#undef X
#define X(name, text, help) {"energy", "phase", text, help, ENERGY_PHASE_##name},
                                    ENERGY_PHASE_MAP(X)
#undef X
#define X(name, text, help) {"fragment", "result", text, help, FRAGMENT_##name},
                                        FRAGMENT_RESULT_MAP(X)
#undef X
#define X(name, text, help) {"recovery", "result", text, help, RECOVERY_##name},
                                            RECOVERY_RESULT_MAP(X)
#undef X
#define X(name, text, help) {"recovery", "end_reason", text, help, SESSION_END_##name},
                                                SESSION_END_MAP(X)
#undef X
#define X(name, text, help)                                                                        \
    {"firmware", "image", text, help, IMAGE_STATUS_##name},                                        \
        {"firmware", "last_image", text, help, IMAGE_STATUS_##name},
                                                    IMAGE_STATUS_MAP(X)
#undef X
#define X(name, text, help) {"campaign_device", "state", text, help, CAMPAIGN_##name},
                                                        CAMPAIGN_STATE_MAP(X)
#undef X
#define X(name, text, help) {"campaign_state", "state", text, help, CAMPAIGN_##name},
                                                            CAMPAIGN_STATE_MAP(X)
#undef X
#define X(name, text, help) {"campaign_device", "reason", text, help, CAMPAIGN_R_##name},
                                                                CAMPAIGN_REASON_MAP(X)
#undef X
#define X(name, text, help) {"ip_membership", "side", text, help, IP_SIDE_##name},
                                                                    IP_SIDE_MAP(X)
#undef X
#define X(name, text, help) {"ip_link_stat", "kind", text, help, IP_TRAFFIC_##name},
                                                                        IP_TRAFFIC_MAP(X)
#undef X
#define X(name, text, help) {"backhaul_stat", "kind", text, help, BACKHAUL_##name},
                                                                            BACKHAUL_KIND_MAP(X)
#undef X
};
const unsigned row_n_codes = sizeof row_codes / sizeof *row_codes;
