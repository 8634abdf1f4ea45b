/* SPDX-License-Identifier: GPL-2.0-only
 * calc mac: MAC commands as JSON; one table says where each field of struct lw_mac goes. */
#include <stddef.h>
#include <string.h>

#include "models/lorawan/maccmd.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tools/calc.h"

enum field_kind {
    FIELD_U8,
    FIELD_I8,
    FIELD_U16,
    FIELD_U32,
    FIELD_BOOL,       /* true, false */
    FIELD_BIT,        /* the same as 0, 1 */
    FIELD_MASK16,     /* array of 16 booleans, bit 0 first */
    FIELD_DLSETTINGS, /* RX1 offset and RX2 data rate as the octet on the air, in hex */
    FIELD_GPS_NS,     /* seconds and 1/256 as ns */
};

struct field {
    uint8_t cid;
    bool uplink;
    const char *group; /* inner object, or NULL */
    const char *name;
    enum field_kind kind;
    size_t offset; /* in struct lw_mac */
};

enum { UP = true, DOWN = false };

#define U(member) offsetof(struct lw_mac, u.member)

/* clang-format off */
static const struct field fields[] = {
    {LW_RESET, UP, "devLoRaWANVersion", "minor", FIELD_U8, U(version.minor)},
    {LW_RESET, DOWN, "servLoRaWANVersion", "minor", FIELD_U8, U(version.minor)},
    {LW_LINK_CHECK, DOWN, NULL, "margin", FIELD_U8, U(link_check_ans.margin_db)},
    {LW_LINK_CHECK, DOWN, NULL, "gwCnt", FIELD_U8, U(link_check_ans.gw_cnt)},
    {LW_LINK_ADR, DOWN, NULL, "dataRate", FIELD_U8, U(link_adr_req.dr)},
    {LW_LINK_ADR, DOWN, NULL, "txPower", FIELD_U8, U(link_adr_req.tx_power)},
    {LW_LINK_ADR, DOWN, NULL, "chMask", FIELD_MASK16, U(link_adr_req.ch_mask)},
    {LW_LINK_ADR, DOWN, "redundancy", "chMaskCntl", FIELD_U8, U(link_adr_req.ch_mask_cntl)},
    {LW_LINK_ADR, DOWN, "redundancy", "nbRep", FIELD_U8, U(link_adr_req.nb_trans)},
    {LW_LINK_ADR, UP, NULL, "channelMaskAck", FIELD_BOOL, U(link_adr_ans.ch_mask_ack)},
    {LW_LINK_ADR, UP, NULL, "dataRateAck", FIELD_BOOL, U(link_adr_ans.dr_ack)},
    {LW_LINK_ADR, UP, NULL, "powerAck", FIELD_BOOL, U(link_adr_ans.power_ack)},
    {LW_DUTY_CYCLE, DOWN, NULL, "maxDCycle", FIELD_U8, U(duty_cycle_req.max_duty_cycle)},
    {LW_RX_PARAM_SETUP, DOWN, NULL, "frequency", FIELD_U32, U(rx_param_setup_req.frequency_hz)},
    {LW_RX_PARAM_SETUP, DOWN, NULL, "dlSettings", FIELD_DLSETTINGS, U(rx_param_setup_req)},
    {LW_RX_PARAM_SETUP, UP, NULL, "channelAck", FIELD_BOOL, U(rx_param_setup_ans.channel_ack)},
    {LW_RX_PARAM_SETUP, UP, NULL, "rx2DataRateAck", FIELD_BOOL, U(rx_param_setup_ans.rx2_dr_ack)},
    {LW_RX_PARAM_SETUP, UP, NULL, "rx1DROffsetAck", FIELD_BOOL,
     U(rx_param_setup_ans.rx1_dr_offset_ack)},
    {LW_DEV_STATUS, UP, NULL, "battery", FIELD_U8, U(dev_status_ans.battery)},
    {LW_DEV_STATUS, UP, NULL, "margin", FIELD_I8, U(dev_status_ans.margin_db)},
    {LW_NEW_CHANNEL, DOWN, NULL, "chIndex", FIELD_U8, U(new_channel_req.ch_index)},
    {LW_NEW_CHANNEL, DOWN, NULL, "freq", FIELD_U32, U(new_channel_req.frequency_hz)},
    {LW_NEW_CHANNEL, DOWN, NULL, "maxDR", FIELD_U8, U(new_channel_req.max_dr)},
    {LW_NEW_CHANNEL, DOWN, NULL, "minDR", FIELD_U8, U(new_channel_req.min_dr)},
    {LW_NEW_CHANNEL, UP, NULL, "channelFrequencyOK", FIELD_BOOL,
     U(new_channel_ans.channel_freq_ok)},
    {LW_NEW_CHANNEL, UP, NULL, "dataRateRangeOK", FIELD_BOOL, U(new_channel_ans.dr_range_ok)},
    {LW_RX_TIMING_SETUP, DOWN, NULL, "delay", FIELD_U8, U(rx_timing_setup_req.delay_s)},
    {LW_TX_PARAM_SETUP, DOWN, NULL, "downlinkDwellTime", FIELD_BIT,
     U(tx_param_setup_req.downlink_dwell)},
    {LW_TX_PARAM_SETUP, DOWN, NULL, "uplinkDwellTime", FIELD_BIT,
     U(tx_param_setup_req.uplink_dwell)},
    {LW_TX_PARAM_SETUP, DOWN, NULL, "maxEIRPCoded", FIELD_U8, U(tx_param_setup_req.max_eirp_code)},
    {LW_DL_CHANNEL, DOWN, NULL, "chIndex", FIELD_U8, U(dl_channel_req.ch_index)},
    {LW_DL_CHANNEL, DOWN, NULL, "freq", FIELD_U32, U(dl_channel_req.frequency_hz)},
    {LW_DL_CHANNEL, UP, NULL, "uplinkFrequencyExists", FIELD_BOOL,
     U(dl_channel_ans.uplink_freq_exists)},
    {LW_DL_CHANNEL, UP, NULL, "channelFrequencyOK", FIELD_BOOL, U(dl_channel_ans.channel_freq_ok)},
    {LW_REKEY, UP, "devLoRaWANVersion", "minor", FIELD_U8, U(version.minor)},
    {LW_REKEY, DOWN, "servLoRaWANVersion", "minor", FIELD_U8, U(version.minor)},
    {LW_ADR_PARAM_SETUP, DOWN, "adrParam", "limitExp", FIELD_U8, U(adr_param_setup_req.limit_exp)},
    {LW_ADR_PARAM_SETUP, DOWN, "adrParam", "delayExp", FIELD_U8, U(adr_param_setup_req.delay_exp)},
    {LW_DEVICE_TIME, DOWN, NULL, "timeSinceGPSEpoch", FIELD_GPS_NS, U(device_time_ans)},
    {LW_FORCE_REJOIN, DOWN, NULL, "period", FIELD_U8, U(force_rejoin_req.period)},
    {LW_FORCE_REJOIN, DOWN, NULL, "maxRetries", FIELD_U8, U(force_rejoin_req.max_retries)},
    {LW_FORCE_REJOIN, DOWN, NULL, "rejoinType", FIELD_U8, U(force_rejoin_req.rejoin_type)},
    {LW_FORCE_REJOIN, DOWN, NULL, "dr", FIELD_U8, U(force_rejoin_req.dr)},
    {LW_REJOIN_PARAM_SETUP, DOWN, NULL, "maxTimeN", FIELD_U8, U(rejoin_param_setup_req.max_time_n)},
    {LW_REJOIN_PARAM_SETUP, DOWN, NULL, "maxCountN", FIELD_U8,
     U(rejoin_param_setup_req.max_count_n)},
    {LW_REJOIN_PARAM_SETUP, UP, NULL, "timeOK", FIELD_BOOL, U(rejoin_param_setup_ans.time_ok)},
    {LW_PING_SLOT_INFO, UP, NULL, "periodicity", FIELD_U8, U(ping_slot_info_req.periodicity)},
    {LW_PING_SLOT_CHANNEL, DOWN, NULL, "frequency", FIELD_U32,
     U(ping_slot_channel_req.frequency_hz)},
    {LW_PING_SLOT_CHANNEL, DOWN, NULL, "dr", FIELD_U8, U(ping_slot_channel_req.dr)},
    {LW_PING_SLOT_CHANNEL, UP, NULL, "dataRateOK", FIELD_BOOL, U(ping_slot_channel_ans.dr_ok)},
    {LW_PING_SLOT_CHANNEL, UP, NULL, "channelFrequencyOK", FIELD_BOOL,
     U(ping_slot_channel_ans.channel_freq_ok)},
    {LW_BEACON_TIMING, DOWN, NULL, "delay", FIELD_U16, U(beacon_timing_ans.delay)},
    {LW_BEACON_TIMING, DOWN, NULL, "channel", FIELD_U8, U(beacon_timing_ans.channel)},
    {LW_BEACON_FREQ, DOWN, NULL, "frequency", FIELD_U32, U(beacon_freq_req.frequency_hz)},
    {LW_BEACON_FREQ, UP, NULL, "beaconFrequencyOK", FIELD_BOOL, U(beacon_freq_ans.beacon_freq_ok)},
    {LW_DEVICE_MODE, UP, NULL, "Class", FIELD_U8, U(device_mode.device_class)},
    {LW_DEVICE_MODE, DOWN, NULL, "Class", FIELD_U8, U(device_mode.device_class)},
};
/* clang-format on */
enum { N_FIELDS = sizeof fields / sizeof *fields };

static json_t *mask_value(uint16_t mask)
{
    json_t *array = json_array();
    for (int i = 0; i < 16; i++)
        json_array_append_new(array, json_boolean(mask >> i & 1));
    return array;
}

static json_t *dlsettings_value(const struct lw_mac *m)
{
    char text[3];
    uint8_t bit7 = m->u.rx_param_setup_req.dlsettings_bit7 ? 0x80 : 0;
    uint8_t octet = (uint8_t)(bit7 | m->u.rx_param_setup_req.rx1_dr_offset << 4 |
                              m->u.rx_param_setup_req.rx2_dr);
    return json_string(hex_print(&octet, 1, text));
}

static json_t *gps_value(const struct lw_mac *m)
{
    int64_t ns = (int64_t)m->u.device_time_ans.gps_s * 1000000000 +
                 (int64_t)m->u.device_time_ans.fraction_256 * 1000000000 / 256;
    return json_integer(ns);
}

static json_t *field_value(const struct lw_mac *m, const struct field *f)
{
    const uint8_t *p = (const uint8_t *)m + f->offset;
    uint16_t u16;
    uint32_t u32;
    bool flag;
    switch (f->kind) {
    case FIELD_U8:
        return json_integer(*p);
    case FIELD_I8:
        return json_integer(*p < 128 ? *p : *p - 256);
    case FIELD_U16:
        memcpy(&u16, p, sizeof u16);
        return json_integer(u16);
    case FIELD_U32:
        memcpy(&u32, p, sizeof u32);
        return json_integer(u32);
    case FIELD_BOOL:
        memcpy(&flag, p, sizeof flag);
        return json_boolean(flag);
    case FIELD_BIT:
        memcpy(&flag, p, sizeof flag);
        return json_integer(flag);
    case FIELD_MASK16:
        memcpy(&u16, p, sizeof u16);
        return mask_value(u16);
    case FIELD_DLSETTINGS:
        return dlsettings_value(m);
    case FIELD_GPS_NS:
        return gps_value(m);
    }
    return json_null();
}

static json_t *mac_fields(const struct lw_mac *m)
{
    json_t *object = json_object();
    for (size_t i = 0; i < N_FIELDS; i++) {
        const struct field *f = &fields[i];
        if (f->cid != m->cid || f->uplink != m->uplink)
            continue;
        json_t *into = object;
        if (f->group) {
            if (!json_object_get(object, f->group))
                json_object_set_new(object, f->group, json_object());
            into = json_object_get(object, f->group);
        }
        json_object_set_new(into, f->name, field_value(m, f));
    }
    return object;
}

int calc_mac_list(json_t *array, const uint8_t *buf, size_t len, bool uplink, size_t *at)
{
    struct lw_mac m;
    int rc;
    size_t start = *at = 0;
    while ((rc = lw_mac_next(buf, len, at, uplink, &m)) > 0) {
        json_t *o = json_object();
        json_object_set_new(o, "cid", json_integer(m.cid));
        json_object_set_new(o, "name", json_string(lw_mac_name(m.cid, uplink)));
        json_object_set_new(o, "uplink", json_boolean(uplink));
        calc_set_hex(o, "hex", buf + start, *at - start);
        json_object_set_new(o, "fields", mac_fields(&m));
        json_array_append_new(array, o);
        start = *at;
    }
    return rc;
}

void calc_mac_complain(const struct calc *c, int rc, const uint8_t *buf, size_t at, bool uplink)
{
    const char *direction = uplink ? "up" : "down";
    const char *name = lw_mac_name(buf[at], uplink);
    if (rc == SIM_ETRUNC && name)
        calc_note(c, "MAC command %02x (%s) at octet %zu is cut: it has %d octets behind its CID",
                  buf[at], name, at, lw_mac_len(buf[at], uplink));
    else
        calc_note(c,
                  "there is no MAC command %02x in the %slink direction (octet %zu): its length is "
                  "unknown, so the rest cannot be read",
                  buf[at], direction, at);
}

int calc_mac(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[] = {{"--up", true, NULL}, {"--down", true, NULL}};
    const char *hex;
    enum calc_go go = calc_args(c, argc, argv, opts, 2, &hex, 1);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    if (!hex)
        return calc_fail(c, "the commands are missing (HEX)");
    if (!opts[0].value == !opts[1].value)
        return calc_fail(c, "give either --up or --down: the same CID means two commands");
    uint8_t buf[255];
    size_t len, at;
    if (!calc_hex(c, "HEX", hex, buf, sizeof buf, &len))
        return CALC_USAGE;
    bool uplink = opts[0].value;
    json_t *array = json_array(), *answer = json_object();
    int rc = calc_mac_list(array, buf, len, uplink, &at);
    json_object_set_new(answer, "uplink", json_boolean(uplink));
    json_object_set_new(answer, "mac_commands", array);
    if (rc) {
        calc_set_hex(answer, "unread", buf + at, len - at);
        calc_mac_complain(c, rc, buf, at, uplink);
    }
    int written = calc_print(c, answer);
    return written ? written : rc ? CALC_USAGE : CALC_OK;
}
