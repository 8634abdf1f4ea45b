/* SPDX-License-Identifier: GPL-2.0-only
 * MAC commands: a table of identifiers and lengths, structs of fields, and both directions of the
 * codec. Source: TS001-1.0.4, section 5 (and 1.1 for the commands marked there). */
#ifndef LORAWAN_MACCMD_H
#define LORAWAN_MACCMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lw_cid {
    LW_RESET = 0x01,
    LW_LINK_CHECK = 0x02,
    LW_LINK_ADR = 0x03,
    LW_DUTY_CYCLE = 0x04,
    LW_RX_PARAM_SETUP = 0x05,
    LW_DEV_STATUS = 0x06,
    LW_NEW_CHANNEL = 0x07,
    LW_RX_TIMING_SETUP = 0x08,
    LW_TX_PARAM_SETUP = 0x09,
    LW_DL_CHANNEL = 0x0A,
    LW_REKEY = 0x0B,
    LW_ADR_PARAM_SETUP = 0x0C,
    LW_DEVICE_TIME = 0x0D,
    LW_FORCE_REJOIN = 0x0E,
    LW_REJOIN_PARAM_SETUP = 0x0F,
    LW_PING_SLOT_INFO = 0x10,
    LW_PING_SLOT_CHANNEL = 0x11,
    LW_BEACON_TIMING = 0x12,
    LW_BEACON_FREQ = 0x13,
    LW_DEVICE_MODE = 0x20,
};

/* One command with its fields; which member of u counts follows from (cid, uplink). */
struct lw_mac {
    uint8_t cid;
    bool uplink; /* direction on the air */
    union {
        struct {
            uint8_t margin_db, gw_cnt;
        } link_check_ans;
        struct {
            uint8_t dr, tx_power, ch_mask_cntl, nb_trans;
            uint16_t ch_mask;
        } link_adr_req;
        struct {
            bool power_ack, dr_ack, ch_mask_ack;
        } link_adr_ans;
        struct {
            uint8_t max_duty_cycle;
        } duty_cycle_req;
        struct {
            uint8_t rx1_dr_offset, rx2_dr;
            bool dlsettings_bit7; /* RFU: kept as on the air, sent as 0 by us */
            uint32_t frequency_hz;
        } rx_param_setup_req;
        struct {
            bool rx1_dr_offset_ack, rx2_dr_ack, channel_ack;
        } rx_param_setup_ans;
        struct {
            uint8_t battery;
            int8_t margin_db;
        } dev_status_ans;
        struct {
            uint8_t ch_index, max_dr, min_dr;
            uint32_t frequency_hz;
        } new_channel_req;
        struct {
            bool dr_range_ok, channel_freq_ok;
        } new_channel_ans;
        struct {
            uint8_t delay_s;
        } rx_timing_setup_req; /* as on the air: 0 means 1 */
        struct {
            bool downlink_dwell, uplink_dwell;
            uint8_t max_eirp_code;
        } tx_param_setup_req;
        struct {
            uint8_t ch_index;
            uint32_t frequency_hz;
        } dl_channel_req;
        struct {
            bool uplink_freq_exists, channel_freq_ok;
        } dl_channel_ans;
        struct {
            uint32_t gps_s;
            uint8_t fraction_256;
        } device_time_ans;
        struct {
            uint8_t periodicity;
        } ping_slot_info_req;
        struct {
            uint32_t frequency_hz;
            uint8_t dr;
        } ping_slot_channel_req;
        struct {
            bool dr_ok, channel_freq_ok;
        } ping_slot_channel_ans;
        struct {
            uint16_t delay;
            uint8_t channel;
        } beacon_timing_ans;
        struct {
            uint32_t frequency_hz;
        } beacon_freq_req;
        struct {
            bool beacon_freq_ok;
        } beacon_freq_ans;
        struct {
            uint8_t minor;
        } version; /* Reset, Rekey, both directions */
        struct {
            uint8_t limit_exp, delay_exp;
        } adr_param_setup_req;
        struct {
            uint8_t period, max_retries, rejoin_type, dr;
        } force_rejoin_req;
        struct {
            uint8_t max_time_n, max_count_n;
        } rejoin_param_setup_req;
        struct {
            bool time_ok;
        } rejoin_param_setup_ans;
        struct {
            uint8_t device_class;
        } device_mode; /* both directions */
    } u;
};

/* Name as in the specification, e.g. "LinkADRReq", or NULL for an unknown (cid, direction). */
const char *lw_mac_name(uint8_t cid, bool uplink);
/* Payload octets behind the CID, or SIM_ENOENT for an unknown (cid, direction). */
int lw_mac_len(uint8_t cid, bool uplink);

/* Read the next command at buf[*at] and move *at behind it. Returns 1, 0 at the end, SIM_EPROTO at
 * an unknown CID (the rest cannot be read), SIM_ETRUNC when the payload is cut. */
int lw_mac_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, struct lw_mac *m);

/* Append a command at buf[*at], size bytes in all. Errors: SIM_ENOSPC, SIM_ERANGE (a field does not
 * fit its bits), SIM_ENOENT (unknown). */
int lw_mac_put(uint8_t *buf, size_t size, size_t *at, const struct lw_mac *m);

#endif
