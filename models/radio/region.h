/* SPDX-License-Identifier: GPL-2.0-only
 * Regional parameters as data: channels, data rates, payload limits, receive windows, powers, duty
 * cycle. One const table a region in region_*.c; functions here read them. Source: RP001-1.0.3rA
 * and RP002-1.0.4/1.0.5. */
#ifndef RADIO_REGION_H
#define RADIO_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REGION_N_DR = 16,
    REGION_MAX_CHANNELS = 96, /* fixed plans: CN470 has 96 */
    REGION_MAX_SUB_BANDS = 8,
    REGION_MAX_RX1_OFFSET = 7,
};

enum region_modulation { REGION_NO_DR, REGION_LORA, REGION_FSK, REGION_LR_FHSS };

struct region_dr {
    enum region_modulation modulation;
    int sf;                 /* LoRa */
    int32_t bw_hz;          /* LoRa; LR-FHSS: occupied width */
    bool up, down;          /* usable in that direction */
    int max_mac_payload[2]; /* M in octets: [0] without, [1] with a 400 ms dwell limit; 0: not
                               usable */
};

struct region_channel {
    int64_t frequency_hz; /* 0: not defined */
    int min_dr, max_dr;
};

struct region_sub_band {
    const char *name;
    int64_t from_hz, to_hz; /* [from, to) */
    int32_t duty_ppm;       /* 10000 = 1 %; 1000000 = no limit */
    int32_t max_eirp_cdbm;
};

struct region_plan; /* RX1 tables and channel numbering: region_plan.h, for region_*.c only */

struct region {
    const char *name; /* "EU868" */
    const struct region_dr dr[REGION_N_DR];
    bool fixed_channels; /* US915, AU915, CN470: channels are numbered for good, CFList type 1 */
    bool hops;           /* beacons and ping slots hop over channels */
    bool tx_param_setup; /* AS923, AU915: TxParamSetupReq is understood */
    bool default_uplink_dwell; /* 400 ms limit before any TxParamSetupReq */
    int n_default_channels;    /* dynamic plans: the first 2 or 3; fixed plans: all */
    int max_channels;          /* dynamic: 16; fixed: 72 or 96 */
    int n_cflist_channels;     /* dynamic: 5 */
    int max_eirp_cdbm;         /* of devices */
    int n_tx_powers;           /* TXPower 0..n-1, each 2 dB less */
    int64_t rx2_frequency_hz;
    int rx2_dr;
    int rx1_max_offset;
    int64_t beacon_frequency_hz; /* first channel when it hops, step beacon_step_hz */
    int64_t beacon_step_hz;
    int n_beacon_channels; /* 1 or 8 */
    int beacon_dr;
    int64_t ping_frequency_hz;
    int64_t ping_step_hz;
    int n_ping_channels;
    int ping_dr;
    int64_t min_hz, max_hz; /* frequencies a device accepts in commands */
    int n_sub_bands;
    struct region_sub_band sub_bands[REGION_MAX_SUB_BANDS]; /* outside all of them: no transmission
                                                               where n_sub_bands > 0 */
    int lbt_cdbm; /* KR920, listen before talk threshold; 0: none */
    int join_min_dr, join_max_dr;
    int default_min_dr, default_max_dr; /* of the default and CFList channels */
    int channels_min_dr_500,
        channels_max_dr_500;        /* fixed plans with 500 kHz channels 64..71; else -1 */
    const struct region_plan *plan; /* what the functions below read */
};

/* The region of a name ("EU868"), or NULL. region_names: all, NULL at the end. */
const struct region *region_find(const char *name);
extern const char *const region_names[];
size_t region_count(void);
const struct region *region_at(size_t i); /* in the order of region_names */

/* Default uplink channel i (0..n_default_channels-1); frequency 0 when i is outside. */
struct region_channel region_default_channel(const struct region *r, int i);

/* Downlink data rate of RX1, or SIM_EINVAL for an uplink DR or offset the region does not have.
 * downlink_dwell: the 400 ms limit (AS923). */
int region_rx1_dr(const struct region *r, int uplink_dr, int rx1_dr_offset, bool downlink_dwell);

/* Frequency of RX1 for an uplink on channel i at a frequency (dynamic plans: the same, unless
 * DlChannelReq changed it). */
int64_t region_rx1_frequency(const struct region *r, int channel, int64_t uplink_frequency_hz);

/* Largest MACPayload (M) in octets at a data rate, 0 when it cannot be used. */
int region_max_mac_payload(const struct region *r, int dr, bool dwell);

/* EIRP of TXPower index i, or SIM_EINVAL. max_eirp_cdbm: the region's, or what TxParamSetupReq set.
 */
int region_tx_power_cdbm(const struct region *r, int index, int max_eirp_cdbm);

/* Sub-band of a frequency: index, -1 when it is in none (no limit if the region has no sub-bands at
 * all). */
int region_sub_band(const struct region *r, int64_t frequency_hz);

/* EIRP of MaxEIRP code 0..15 of TxParamSetupReq. */
int region_max_eirp_code_cdbm(int code);

/* Random join channel and data rate for attempt n (0, 1, ...), from a 32-bit random word.
 * Fixed plans alternate a 125 kHz channel (all 8 groups visited before repeating) and the 500 kHz
 * one of the group; dynamic plans take a default channel, DR: dr_wanted clamped to what joining
 * allows. */
void region_join_channel(const struct region *r, unsigned attempt, uint32_t random, int dr_wanted,
                         int *channel, int *dr);

/* Channel mask of LinkADRReq: apply ChMaskCntl and ChMask to mask[6] (96 bits, bit k = channel k).
 * defined: same form, which channels exist. Returns SIM_OK, SIM_EINVAL (RFU control), or SIM_ERANGE
 * when an undefined channel would be enabled (mask unchanged) or none is left (mask then all zero:
 * inside a block of commands a later one may enable some, so a caller judges the last result). */
int region_apply_channel_mask(const struct region *r, const uint16_t defined[6], int ch_mask_cntl,
                              uint16_t ch_mask, uint16_t mask[6]);

/* Typical numbers that the tables of LoRa receivers give: required SNR and sensitivities. */
int radio_required_snr_cdb(int sf); /* 5..12; FSK (0): 1000 */
enum radio_receiver { RX_SX1272, RX_SX1276, RX_SX1301, RX_SX1302, RX_THERMAL };
extern const char
    *const radio_receiver_names[]; /* "sx1272", "sx1276", "sx1301", "sx1302", "thermal" */
/* Sensitivity in centi-dBm at sf (0: FSK) and bandwidth; noise_figure_cdb only for RX_THERMAL. */
int radio_sensitivity_cdbm(enum radio_receiver rx, int sf, int64_t bw_hz, int noise_figure_cdb);
/* Noise floor of a bandwidth: -174 + 10 log10(bw) + noise figure, centi-dBm. */
int radio_noise_floor_cdbm(int64_t bw_hz, int noise_figure_cdb);

#endif
