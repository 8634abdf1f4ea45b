/* SPDX-License-Identifier: GPL-2.0-only
 * When and where class B devices listen: ping slots and the channels they hop over. Times of slots
 * are GPS nanoseconds. Source: TS001-1.0.4, class B: downlink slot timing, slot randomisation and
 * downlinks with frequency hopping; RP002-1.0.4 for the channels. */
#ifndef LORAWAN_PINGSLOT_H
#define LORAWAN_PINGSLOT_H

#include <stddef.h>
#include <stdint.h>

#include "models/lorawan/beacon.h"
#include "sim/time.h"

struct lw_aes;
struct region;

enum {
    PINGSLOT_N = 4096, /* slots between two beacons */
    PINGSLOT_MAX_PERIODICITY = 7,
};
#define PINGSLOT_LEN SIM_MS(30)

/* Slots per beacon period that a device opens (128..1), and from one to the next (32..4096 slots).
 * periodicity: 0..7, about every 2^periodicity seconds. */
int pingslot_nb(int periodicity);
int pingslot_period(int periodicity);

/* The key of 16 zero octets that all ping offsets are made with: expand it once, share it. */
void pingslot_key_init(struct lw_aes *zero_key);

/* The 16 bits that give an address its offset in one beacon period, whatever its periodicity.
 * beacon_time_s: the Time field of the beacon that starts the period. addr: DevAddr or McAddr. */
uint16_t pingslot_random(const struct lw_aes *zero_key, uint32_t beacon_time_s, uint32_t addr);
/* The same for n addresses at once, several times as fast each. */
void pingslot_random_many(const struct lw_aes *zero_key, uint32_t beacon_time_s,
                          const uint32_t *addr, size_t n, uint16_t *random);
/* The offset (0..period-1, in slots) that those bits mean. */
int pingslot_offset_of(uint16_t random, int periodicity);
int pingslot_offset(const struct lw_aes *zero_key, uint32_t beacon_time_s, uint32_t addr,
                    int periodicity);

/* From a beacon's start to the start of slot 0..4095. */
sim_time pingslot_start(int slot);

/* One ping slot of an address. */
struct pingslot {
    int64_t beacon_gps_ns; /* start of its beacon period, a multiple of 128 s */
    int64_t start_gps_ns;
    int slot; /* 0..4095 */
    int i;    /* which of the period's slots, 0..pingNb-1 */
};

/* The first slot of an address that starts at or after a time (GPS ns, not negative). */
struct pingslot pingslot_next(const struct lw_aes *zero_key, uint32_t addr, int periodicity,
                              int64_t after_gps_ns);

/* Channel and frequency of the ping slots behind the beacon with that Time field, while no
 * PingSlotChannelReq has set a frequency. Regions that do not hop have one channel, 0. */
int pingslot_channel(const struct region *r, uint32_t beacon_time_s, uint32_t addr);
int64_t pingslot_hz(const struct region *r, uint32_t beacon_time_s, uint32_t addr);

#endif
