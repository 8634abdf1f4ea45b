/* SPDX-License-Identifier: GPL-2.0-only
 * Class B beacons: the frame of every region, what it says about the gateway, its air time and the
 * channel it is sent on. Frame bytes only: who sends or hears them is decided elsewhere. */
#ifndef LORAWAN_BEACON_H
#define LORAWAN_BEACON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/time.h"

struct region;

enum {
    BEACON_MAX_LEN = 23,
    BEACON_INFO_LEN = 6,
    BEACON_PREAMBLE_SYM = 10,
    BEACON_PERIOD_S = 128,
    BEACON_MAX_PREC = 3,
    BEACON_MAX_RFU = 4,
};
#define BEACON_PERIOD   SIM_S(128)     /* beacons start at GPS multiples of it */
#define BEACON_DELAY    SIM_NS(1500)   /* TBeaconDelay: and this much later */
#define BEACON_RESERVED SIM_MS(2120)   /* from the beacon's start to ping slot 0 */
#define BEACON_WINDOW   SIM_MS(122880) /* 4096 ping slots */
#define BEACON_GUARD    SIM_S(3)       /* before the next beacon: no ping slot */

/* Where the fields of a beacon are: it depends on the spreading factor alone. */
struct beacon_layout {
    int sf;
    int32_t bw_hz;
    int rfu1_len, rfu2_len; /* octets; RFU1 without Param */
    int len;                /* of the whole beacon, 17..23 */
    const char *regions;    /* that send it, for people */
};

/* What the octet InfoDesc announces. */
enum beacon_info_desc {
    BEACON_GPS_1 = 0, /* position of the gateway's antenna 1, 2 or 3 */
    BEACON_GPS_3 = 2,
    BEACON_NETID = 3,     /* NetID and gateway number (TS001-1.0.4) */
    BEACON_PRIVATE = 128, /* this and above: the network's own */
};

/* A beacon. Times are GPS seconds modulo 2^32. */
struct beacon {
    uint8_t param; /* bits 1:0 Prec: timing precision 10^(Prec - 6) s; the others RFU, sent as 0 */
    uint32_t time_s;
    bool gateway_ok; /* decoding: the second CRC fits, so the next two count */
    uint8_t info_desc;
    uint8_t info[BEACON_INFO_LEN];
};

/* The layout for a spreading factor (8, 9, 10 or 12), or NULL. */
const struct beacon_layout *beacon_layout(int sf);
/* The layout of a region's beacons. */
const struct beacon_layout *beacon_layout_of(const struct region *r);

/* Encode into out (BEACON_MAX_LEN octets); returns the length, or SIM_ERANGE when Prec is not 0..3.
 * RFU octets are 0. Source: TS001-1.0.4, class B beaconing: beacon frame content. */
int beacon_encode(const struct beacon_layout *l, const struct beacon *b, uint8_t *out);

/* Decode exactly l->len octets. A device can lock on the first part alone: with a wrong second CRC
 * the answer is SIM_OK with gateway_ok false and the gateway's part all zero.
 * Errors: SIM_ETRUNC, SIM_ELONG (other length), SIM_EMIC (first CRC is wrong). RFU is ignored. */
int beacon_decode(const struct beacon_layout *l, struct beacon *b, const uint8_t *p, size_t len);

/* CRC of a beacon's parts: polynomial 0x1021, from 0, most significant bit first. */
uint16_t beacon_crc(const uint8_t *p, size_t len);

/* Air time: implicit header, preamble of 10 symbols, CR 4/5, no payload CRC. */
sim_time beacon_airtime(const struct beacon_layout *l);
/* From the beacon's start to the end of the octets that the first CRC covers and that CRC: what a
 * device must hear undisturbed to lock. Rounded up to the block of symbols that holds its last
 * bits. */
sim_time beacon_airtime_lock(const struct beacon_layout *l);

/* Position of a GPS descriptor: info holds latitude and longitude, 24 bits each, two's complement.
 * Degrees beyond +-90 and +-180 are clamped, and the topmost code (+90, +180) is one less, since it
 * has no code. Fractions are cut toward zero, as packet forwarders do. */
void beacon_position_set(struct beacon *b, double lat_deg, double lon_deg);
void beacon_position_get(const struct beacon *b, double *lat_deg, double *lon_deg);

/* NetID and gateway number, 24 bits each; sets info_desc to BEACON_NETID. SIM_ERANGE for more bits.
 */
int beacon_netid_set(struct beacon *b, uint32_t netid, uint32_t gateway_id);
void beacon_netid_get(const struct beacon *b, uint32_t *netid, uint32_t *gateway_id);

/* Start of the beacon period that a GPS time (ns, not negative) is in: the multiple of 128 s at or
 * before it; and the Time field of the beacon sent there. */
int64_t beacon_period_start(int64_t gps_ns);
uint32_t beacon_time_of(int64_t gps_ns);

/* Channel and frequency of the beacon with that Time field. Regions that do not hop have one
 * channel, 0. */
int beacon_channel(const struct region *r, uint32_t beacon_time_s);
int64_t beacon_hz(const struct region *r, uint32_t beacon_time_s);

#endif
