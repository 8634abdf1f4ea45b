/* SPDX-License-Identifier: GPL-2.0-only
 * MAC commands: | CID 1 | payload |, one after another, little endian; the table at the end drives
 * both directions. RFU bits are sent as 0 and ignored. Source: TS001-1.0.4, section 5; TS001-1.1,
 * section 5. */
#include "models/lorawan/maccmd.h"

#include "sim/bytes.h"
#include "sim/err.h"

enum { FREQ_UNIT_HZ = 100, MAX_U24 = 0xFFFFFF, MAX_U4 = 15, MAX_U3 = 7 };

/* Bits hi:lo of an octet. */
static uint8_t bits(uint8_t octet, int hi, int lo)
{
    return (uint8_t)(octet >> lo & ((1 << (hi - lo + 1)) - 1));
}

/* Two fields in one octet: high in bits 7:4, low in 3:0. */
static int put_nibbles(struct wr *w, uint8_t high, uint8_t low)
{
    if (high > MAX_U4 || low > MAX_U4)
        return SIM_ERANGE;
    wr_u8(w, (uint8_t)(high << 4 | low));
    return SIM_OK;
}

static int put_flags(struct wr *w, bool bit2, bool bit1, bool bit0)
{
    wr_u8(w, (uint8_t)((bit2 ? 4 : 0) | (bit1 ? 2 : 0) | (bit0 ? 1 : 0)));
    return SIM_OK;
}

static uint32_t get_freq(struct rd *r)
{
    return rd_u24le(r) * FREQ_UNIT_HZ;
}

static int put_freq(struct wr *w, uint32_t frequency_hz)
{
    if (frequency_hz % FREQ_UNIT_HZ || frequency_hz / FREQ_UNIT_HZ > MAX_U24)
        return SIM_ERANGE;
    wr_u24le(w, frequency_hz / FREQ_UNIT_HZ);
    return SIM_OK;
}

static void dec_none(struct rd *r, struct lw_mac *m)
{
    (void)r;
    (void)m;
}

static int enc_none(struct wr *w, const struct lw_mac *m)
{
    (void)w;
    (void)m;
    return SIM_OK;
}

/* ResetInd, ResetConf, RekeyInd, RekeyConf: minor version in bits 3:0. */
static void dec_version(struct rd *r, struct lw_mac *m)
{
    m->u.version.minor = bits(rd_u8(r), 3, 0);
}

static int enc_version(struct wr *w, const struct lw_mac *m)
{
    return put_nibbles(w, 0, m->u.version.minor);
}

static void dec_link_check_ans(struct rd *r, struct lw_mac *m)
{
    m->u.link_check_ans.margin_db = rd_u8(r);
    m->u.link_check_ans.gw_cnt = rd_u8(r);
}

static int enc_link_check_ans(struct wr *w, const struct lw_mac *m)
{
    wr_u8(w, m->u.link_check_ans.margin_db);
    wr_u8(w, m->u.link_check_ans.gw_cnt);
    return SIM_OK;
}

/* | DataRate 7:4, TXPower 3:0 | ChMask 2 | RFU 7, ChMaskCntl 6:4, NbTrans 3:0 | */
static void dec_link_adr_req(struct rd *r, struct lw_mac *m)
{
    uint8_t dr_power = rd_u8(r);
    m->u.link_adr_req.dr = bits(dr_power, 7, 4);
    m->u.link_adr_req.tx_power = bits(dr_power, 3, 0);
    m->u.link_adr_req.ch_mask = rd_u16le(r);
    uint8_t redundancy = rd_u8(r);
    m->u.link_adr_req.ch_mask_cntl = bits(redundancy, 6, 4);
    m->u.link_adr_req.nb_trans = bits(redundancy, 3, 0);
}

static int enc_link_adr_req(struct wr *w, const struct lw_mac *m)
{
    if (m->u.link_adr_req.ch_mask_cntl > MAX_U3)
        return SIM_ERANGE;
    int rc = put_nibbles(w, m->u.link_adr_req.dr, m->u.link_adr_req.tx_power);
    if (rc)
        return rc;
    wr_u16le(w, m->u.link_adr_req.ch_mask);
    return put_nibbles(w, m->u.link_adr_req.ch_mask_cntl, m->u.link_adr_req.nb_trans);
}

static void dec_link_adr_ans(struct rd *r, struct lw_mac *m)
{
    uint8_t status = rd_u8(r);
    m->u.link_adr_ans.power_ack = bits(status, 2, 2);
    m->u.link_adr_ans.dr_ack = bits(status, 1, 1);
    m->u.link_adr_ans.ch_mask_ack = bits(status, 0, 0);
}

static int enc_link_adr_ans(struct wr *w, const struct lw_mac *m)
{
    return put_flags(w, m->u.link_adr_ans.power_ack, m->u.link_adr_ans.dr_ack,
                     m->u.link_adr_ans.ch_mask_ack);
}

static void dec_duty_cycle_req(struct rd *r, struct lw_mac *m)
{
    m->u.duty_cycle_req.max_duty_cycle = bits(rd_u8(r), 3, 0);
}

static int enc_duty_cycle_req(struct wr *w, const struct lw_mac *m)
{
    return put_nibbles(w, 0, m->u.duty_cycle_req.max_duty_cycle);
}

/* | RFU 7, RX1DROffset 6:4, RX2DataRate 3:0 | frequency 3 | */
static void dec_rx_param_setup_req(struct rd *r, struct lw_mac *m)
{
    uint8_t dlsettings = rd_u8(r);
    m->u.rx_param_setup_req.dlsettings_bit7 = bits(dlsettings, 7, 7);
    m->u.rx_param_setup_req.rx1_dr_offset = bits(dlsettings, 6, 4);
    m->u.rx_param_setup_req.rx2_dr = bits(dlsettings, 3, 0);
    m->u.rx_param_setup_req.frequency_hz = get_freq(r);
}

static int enc_rx_param_setup_req(struct wr *w, const struct lw_mac *m)
{
    if (m->u.rx_param_setup_req.rx1_dr_offset > MAX_U3)
        return SIM_ERANGE;
    uint8_t high = (uint8_t)(m->u.rx_param_setup_req.rx1_dr_offset |
                             (m->u.rx_param_setup_req.dlsettings_bit7 ? 8 : 0));
    int rc = put_nibbles(w, high, m->u.rx_param_setup_req.rx2_dr);
    return rc ? rc : put_freq(w, m->u.rx_param_setup_req.frequency_hz);
}

static void dec_rx_param_setup_ans(struct rd *r, struct lw_mac *m)
{
    uint8_t status = rd_u8(r);
    m->u.rx_param_setup_ans.rx1_dr_offset_ack = bits(status, 2, 2);
    m->u.rx_param_setup_ans.rx2_dr_ack = bits(status, 1, 1);
    m->u.rx_param_setup_ans.channel_ack = bits(status, 0, 0);
}

static int enc_rx_param_setup_ans(struct wr *w, const struct lw_mac *m)
{
    return put_flags(w, m->u.rx_param_setup_ans.rx1_dr_offset_ack,
                     m->u.rx_param_setup_ans.rx2_dr_ack, m->u.rx_param_setup_ans.channel_ack);
}

/* | battery 1 | RFU 7:6, margin 5:0 as a signed number | */
static void dec_dev_status_ans(struct rd *r, struct lw_mac *m)
{
    m->u.dev_status_ans.battery = rd_u8(r);
    int margin_db = bits(rd_u8(r), 5, 0);
    m->u.dev_status_ans.margin_db = (int8_t)(margin_db > 31 ? margin_db - 64 : margin_db);
}

static int enc_dev_status_ans(struct wr *w, const struct lw_mac *m)
{
    int margin_db = m->u.dev_status_ans.margin_db;
    if (margin_db < -32 || margin_db > 31)
        return SIM_ERANGE;
    wr_u8(w, m->u.dev_status_ans.battery);
    wr_u8(w, (uint8_t)(margin_db & 63));
    return SIM_OK;
}

/* | ChIndex 1 | frequency 3 | MaxDR 7:4, MinDR 3:0 | */
static void dec_new_channel_req(struct rd *r, struct lw_mac *m)
{
    m->u.new_channel_req.ch_index = rd_u8(r);
    m->u.new_channel_req.frequency_hz = get_freq(r);
    uint8_t range = rd_u8(r);
    m->u.new_channel_req.max_dr = bits(range, 7, 4);
    m->u.new_channel_req.min_dr = bits(range, 3, 0);
}

static int enc_new_channel_req(struct wr *w, const struct lw_mac *m)
{
    wr_u8(w, m->u.new_channel_req.ch_index);
    int rc = put_freq(w, m->u.new_channel_req.frequency_hz);
    return rc ? rc : put_nibbles(w, m->u.new_channel_req.max_dr, m->u.new_channel_req.min_dr);
}

static void dec_new_channel_ans(struct rd *r, struct lw_mac *m)
{
    uint8_t status = rd_u8(r);
    m->u.new_channel_ans.dr_range_ok = bits(status, 1, 1);
    m->u.new_channel_ans.channel_freq_ok = bits(status, 0, 0);
}

static int enc_new_channel_ans(struct wr *w, const struct lw_mac *m)
{
    return put_flags(w, false, m->u.new_channel_ans.dr_range_ok,
                     m->u.new_channel_ans.channel_freq_ok);
}

static void dec_rx_timing_setup_req(struct rd *r, struct lw_mac *m)
{
    m->u.rx_timing_setup_req.delay_s = bits(rd_u8(r), 3, 0);
}

static int enc_rx_timing_setup_req(struct wr *w, const struct lw_mac *m)
{
    return put_nibbles(w, 0, m->u.rx_timing_setup_req.delay_s);
}

/* | RFU 7:6, DownlinkDwell 5, UplinkDwell 4, MaxEIRP 3:0 | */
static void dec_tx_param_setup_req(struct rd *r, struct lw_mac *m)
{
    uint8_t v = rd_u8(r);
    m->u.tx_param_setup_req.downlink_dwell = bits(v, 5, 5);
    m->u.tx_param_setup_req.uplink_dwell = bits(v, 4, 4);
    m->u.tx_param_setup_req.max_eirp_code = bits(v, 3, 0);
}

static int enc_tx_param_setup_req(struct wr *w, const struct lw_mac *m)
{
    uint8_t dwell = (uint8_t)((m->u.tx_param_setup_req.downlink_dwell ? 2 : 0) |
                              (m->u.tx_param_setup_req.uplink_dwell ? 1 : 0));
    return put_nibbles(w, dwell, m->u.tx_param_setup_req.max_eirp_code);
}

static void dec_dl_channel_req(struct rd *r, struct lw_mac *m)
{
    m->u.dl_channel_req.ch_index = rd_u8(r);
    m->u.dl_channel_req.frequency_hz = get_freq(r);
}

static int enc_dl_channel_req(struct wr *w, const struct lw_mac *m)
{
    wr_u8(w, m->u.dl_channel_req.ch_index);
    return put_freq(w, m->u.dl_channel_req.frequency_hz);
}

static void dec_dl_channel_ans(struct rd *r, struct lw_mac *m)
{
    uint8_t status = rd_u8(r);
    m->u.dl_channel_ans.uplink_freq_exists = bits(status, 1, 1);
    m->u.dl_channel_ans.channel_freq_ok = bits(status, 0, 0);
}

static int enc_dl_channel_ans(struct wr *w, const struct lw_mac *m)
{
    return put_flags(w, false, m->u.dl_channel_ans.uplink_freq_exists,
                     m->u.dl_channel_ans.channel_freq_ok);
}

/* | GPS seconds 4 | fraction 1, in 1/256 s | */
static void dec_device_time_ans(struct rd *r, struct lw_mac *m)
{
    m->u.device_time_ans.gps_s = rd_u32le(r);
    m->u.device_time_ans.fraction_256 = rd_u8(r);
}

static int enc_device_time_ans(struct wr *w, const struct lw_mac *m)
{
    wr_u32le(w, m->u.device_time_ans.gps_s);
    wr_u8(w, m->u.device_time_ans.fraction_256);
    return SIM_OK;
}

static void dec_ping_slot_info_req(struct rd *r, struct lw_mac *m)
{
    m->u.ping_slot_info_req.periodicity = bits(rd_u8(r), 2, 0);
}

static int enc_ping_slot_info_req(struct wr *w, const struct lw_mac *m)
{
    if (m->u.ping_slot_info_req.periodicity > MAX_U3)
        return SIM_ERANGE;
    wr_u8(w, m->u.ping_slot_info_req.periodicity);
    return SIM_OK;
}

static void dec_ping_slot_channel_req(struct rd *r, struct lw_mac *m)
{
    m->u.ping_slot_channel_req.frequency_hz = get_freq(r);
    m->u.ping_slot_channel_req.dr = bits(rd_u8(r), 3, 0);
}

static int enc_ping_slot_channel_req(struct wr *w, const struct lw_mac *m)
{
    int rc = put_freq(w, m->u.ping_slot_channel_req.frequency_hz);
    return rc ? rc : put_nibbles(w, 0, m->u.ping_slot_channel_req.dr);
}

static void dec_ping_slot_channel_ans(struct rd *r, struct lw_mac *m)
{
    uint8_t status = rd_u8(r);
    m->u.ping_slot_channel_ans.dr_ok = bits(status, 1, 1);
    m->u.ping_slot_channel_ans.channel_freq_ok = bits(status, 0, 0);
}

static int enc_ping_slot_channel_ans(struct wr *w, const struct lw_mac *m)
{
    return put_flags(w, false, m->u.ping_slot_channel_ans.dr_ok,
                     m->u.ping_slot_channel_ans.channel_freq_ok);
}

static void dec_beacon_timing_ans(struct rd *r, struct lw_mac *m)
{
    m->u.beacon_timing_ans.delay = rd_u16le(r);
    m->u.beacon_timing_ans.channel = rd_u8(r);
}

static int enc_beacon_timing_ans(struct wr *w, const struct lw_mac *m)
{
    wr_u16le(w, m->u.beacon_timing_ans.delay);
    wr_u8(w, m->u.beacon_timing_ans.channel);
    return SIM_OK;
}

static void dec_beacon_freq_req(struct rd *r, struct lw_mac *m)
{
    m->u.beacon_freq_req.frequency_hz = get_freq(r);
}

static int enc_beacon_freq_req(struct wr *w, const struct lw_mac *m)
{
    return put_freq(w, m->u.beacon_freq_req.frequency_hz);
}

static void dec_beacon_freq_ans(struct rd *r, struct lw_mac *m)
{
    m->u.beacon_freq_ans.beacon_freq_ok = bits(rd_u8(r), 0, 0);
}

static int enc_beacon_freq_ans(struct wr *w, const struct lw_mac *m)
{
    return put_flags(w, false, false, m->u.beacon_freq_ans.beacon_freq_ok);
}

static void dec_adr_param_setup_req(struct rd *r, struct lw_mac *m)
{
    uint8_t v = rd_u8(r);
    m->u.adr_param_setup_req.limit_exp = bits(v, 7, 4);
    m->u.adr_param_setup_req.delay_exp = bits(v, 3, 0);
}

static int enc_adr_param_setup_req(struct wr *w, const struct lw_mac *m)
{
    return put_nibbles(w, m->u.adr_param_setup_req.limit_exp, m->u.adr_param_setup_req.delay_exp);
}

/* 16 bits: | RFU 15:14 | Period 13:11 | MaxRetries 10:8 | RFU 7 | RejoinType 6:4 | DR 3:0 | */
static void dec_force_rejoin_req(struct rd *r, struct lw_mac *m)
{
    uint8_t low = rd_u8(r), high = rd_u8(r);
    m->u.force_rejoin_req.period = bits(high, 5, 3);
    m->u.force_rejoin_req.max_retries = bits(high, 2, 0);
    m->u.force_rejoin_req.rejoin_type = bits(low, 6, 4);
    m->u.force_rejoin_req.dr = bits(low, 3, 0);
}

static int enc_force_rejoin_req(struct wr *w, const struct lw_mac *m)
{
    if (m->u.force_rejoin_req.period > MAX_U3 || m->u.force_rejoin_req.max_retries > MAX_U3 ||
        m->u.force_rejoin_req.rejoin_type > MAX_U3)
        return SIM_ERANGE;
    int rc = put_nibbles(w, m->u.force_rejoin_req.rejoin_type, m->u.force_rejoin_req.dr);
    if (rc)
        return rc;
    wr_u8(w, (uint8_t)(m->u.force_rejoin_req.period << 3 | m->u.force_rejoin_req.max_retries));
    return SIM_OK;
}

static void dec_rejoin_param_setup_req(struct rd *r, struct lw_mac *m)
{
    uint8_t v = rd_u8(r);
    m->u.rejoin_param_setup_req.max_time_n = bits(v, 7, 4);
    m->u.rejoin_param_setup_req.max_count_n = bits(v, 3, 0);
}

static int enc_rejoin_param_setup_req(struct wr *w, const struct lw_mac *m)
{
    return put_nibbles(w, m->u.rejoin_param_setup_req.max_time_n,
                       m->u.rejoin_param_setup_req.max_count_n);
}

static void dec_rejoin_param_setup_ans(struct rd *r, struct lw_mac *m)
{
    m->u.rejoin_param_setup_ans.time_ok = bits(rd_u8(r), 0, 0);
}

static int enc_rejoin_param_setup_ans(struct wr *w, const struct lw_mac *m)
{
    return put_flags(w, false, false, m->u.rejoin_param_setup_ans.time_ok);
}

static void dec_device_mode(struct rd *r, struct lw_mac *m)
{
    m->u.device_mode.device_class = rd_u8(r);
}

static int enc_device_mode(struct wr *w, const struct lw_mac *m)
{
    wr_u8(w, m->u.device_mode.device_class);
    return SIM_OK;
}

struct command {
    uint8_t cid;
    bool uplink;
    const char *name;
    uint8_t len; /* payload octets behind the CID: decode may read so many, encode writes so many */
    void (*decode)(struct rd *r, struct lw_mac *m);
    int (*encode)(struct wr *w, const struct lw_mac *m);
};

enum { UP = true, DOWN = false };

static const struct command commands[] = {
    {LW_RESET, UP, "ResetInd", 1, dec_version, enc_version},
    {LW_RESET, DOWN, "ResetConf", 1, dec_version, enc_version},
    {LW_LINK_CHECK, UP, "LinkCheckReq", 0, dec_none, enc_none},
    {LW_LINK_CHECK, DOWN, "LinkCheckAns", 2, dec_link_check_ans, enc_link_check_ans},
    {LW_LINK_ADR, DOWN, "LinkADRReq", 4, dec_link_adr_req, enc_link_adr_req},
    {LW_LINK_ADR, UP, "LinkADRAns", 1, dec_link_adr_ans, enc_link_adr_ans},
    {LW_DUTY_CYCLE, DOWN, "DutyCycleReq", 1, dec_duty_cycle_req, enc_duty_cycle_req},
    {LW_DUTY_CYCLE, UP, "DutyCycleAns", 0, dec_none, enc_none},
    {LW_RX_PARAM_SETUP, DOWN, "RXParamSetupReq", 4, dec_rx_param_setup_req, enc_rx_param_setup_req},
    {LW_RX_PARAM_SETUP, UP, "RXParamSetupAns", 1, dec_rx_param_setup_ans, enc_rx_param_setup_ans},
    {LW_DEV_STATUS, DOWN, "DevStatusReq", 0, dec_none, enc_none},
    {LW_DEV_STATUS, UP, "DevStatusAns", 2, dec_dev_status_ans, enc_dev_status_ans},
    {LW_NEW_CHANNEL, DOWN, "NewChannelReq", 5, dec_new_channel_req, enc_new_channel_req},
    {LW_NEW_CHANNEL, UP, "NewChannelAns", 1, dec_new_channel_ans, enc_new_channel_ans},
    {LW_RX_TIMING_SETUP, DOWN, "RXTimingSetupReq", 1, dec_rx_timing_setup_req,
     enc_rx_timing_setup_req},
    {LW_RX_TIMING_SETUP, UP, "RXTimingSetupAns", 0, dec_none, enc_none},
    {LW_TX_PARAM_SETUP, DOWN, "TxParamSetupReq", 1, dec_tx_param_setup_req, enc_tx_param_setup_req},
    {LW_TX_PARAM_SETUP, UP, "TxParamSetupAns", 0, dec_none, enc_none},
    {LW_DL_CHANNEL, DOWN, "DlChannelReq", 4, dec_dl_channel_req, enc_dl_channel_req},
    {LW_DL_CHANNEL, UP, "DlChannelAns", 1, dec_dl_channel_ans, enc_dl_channel_ans},
    {LW_REKEY, UP, "RekeyInd", 1, dec_version, enc_version},
    {LW_REKEY, DOWN, "RekeyConf", 1, dec_version, enc_version},
    {LW_ADR_PARAM_SETUP, DOWN, "ADRParamSetupReq", 1, dec_adr_param_setup_req,
     enc_adr_param_setup_req},
    {LW_ADR_PARAM_SETUP, UP, "ADRParamSetupAns", 0, dec_none, enc_none},
    {LW_DEVICE_TIME, UP, "DeviceTimeReq", 0, dec_none, enc_none},
    {LW_DEVICE_TIME, DOWN, "DeviceTimeAns", 5, dec_device_time_ans, enc_device_time_ans},
    {LW_FORCE_REJOIN, DOWN, "ForceRejoinReq", 2, dec_force_rejoin_req, enc_force_rejoin_req},
    {LW_REJOIN_PARAM_SETUP, DOWN, "RejoinParamSetupReq", 1, dec_rejoin_param_setup_req,
     enc_rejoin_param_setup_req},
    {LW_REJOIN_PARAM_SETUP, UP, "RejoinParamSetupAns", 1, dec_rejoin_param_setup_ans,
     enc_rejoin_param_setup_ans},
    {LW_PING_SLOT_INFO, UP, "PingSlotInfoReq", 1, dec_ping_slot_info_req, enc_ping_slot_info_req},
    {LW_PING_SLOT_INFO, DOWN, "PingSlotInfoAns", 0, dec_none, enc_none},
    {LW_PING_SLOT_CHANNEL, DOWN, "PingSlotChannelReq", 4, dec_ping_slot_channel_req,
     enc_ping_slot_channel_req},
    {LW_PING_SLOT_CHANNEL, UP, "PingSlotChannelAns", 1, dec_ping_slot_channel_ans,
     enc_ping_slot_channel_ans},
    {LW_BEACON_TIMING, UP, "BeaconTimingReq", 0, dec_none, enc_none},
    {LW_BEACON_TIMING, DOWN, "BeaconTimingAns", 3, dec_beacon_timing_ans, enc_beacon_timing_ans},
    {LW_BEACON_FREQ, DOWN, "BeaconFreqReq", 3, dec_beacon_freq_req, enc_beacon_freq_req},
    {LW_BEACON_FREQ, UP, "BeaconFreqAns", 1, dec_beacon_freq_ans, enc_beacon_freq_ans},
    {LW_DEVICE_MODE, UP, "DeviceModeInd", 1, dec_device_mode, enc_device_mode},
    {LW_DEVICE_MODE, DOWN, "DeviceModeConf", 1, dec_device_mode, enc_device_mode},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find_command(uint8_t cid, bool uplink)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (commands[i].cid == cid && commands[i].uplink == uplink)
            return &commands[i];
    return NULL;
}

const char *lw_mac_name(uint8_t cid, bool uplink)
{
    const struct command *c = find_command(cid, uplink);
    return c ? c->name : NULL;
}

int lw_mac_len(uint8_t cid, bool uplink)
{
    const struct command *c = find_command(cid, uplink);
    return c ? c->len : SIM_ENOENT;
}

int lw_mac_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, struct lw_mac *m)
{
    if (*at >= len)
        return 0;
    const struct command *c = find_command(buf[*at], uplink);
    if (!c)
        return SIM_EPROTO;
    if (len - *at - 1 < c->len)
        return SIM_ETRUNC;
    struct rd r;
    rd_init(&r, buf + *at + 1, c->len);
    *m = (struct lw_mac){.cid = c->cid, .uplink = uplink};
    c->decode(&r, m);
    *at += 1 + (size_t)c->len;
    return 1;
}

int lw_mac_put(uint8_t *buf, size_t size, size_t *at, const struct lw_mac *m)
{
    const struct command *c = find_command(m->cid, m->uplink);
    if (!c)
        return SIM_ENOENT;
    if (*at > size || size - *at < 1 + (size_t)c->len)
        return SIM_ENOSPC;
    struct wr w;
    wr_init(&w, buf + *at, 1 + (size_t)c->len);
    wr_u8(&w, c->cid);
    int rc = c->encode(&w, m);
    if (rc)
        return rc;
    *at += 1 + (size_t)c->len;
    return SIM_OK;
}
