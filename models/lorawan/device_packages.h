/* SPDX-License-Identifier: GPL-2.0-only
 * The seam between devices and the application packages that run on them: packets out and in, the
 * device's clock, and multicast groups that are made and opened while the run goes on.
 *
 * The packages live above: they fill in a table of functions. Only devices of groups that have a
 * package (package_cfg.h) may send packets. */
#ifndef LORAWAN_DEVICE_PACKAGES_H
#define LORAWAN_DEVICE_PACKAGES_H

#include "models/lorawan/devices.h"

enum { DEVICE_PACKET_MAX = 242 };

/* The payload of an uplink of a package. */
struct device_packet {
    uint8_t fport, len;
    bool adr_off; /* send it once, with the ADR bit clear */
    uint8_t bytes[DEVICE_PACKET_MAX];
};

/* A payload that came to a device, decrypted and borrowed for the call. */
struct device_received {
    int fport;
    const uint8_t *bytes;
    size_t len;
    bool multicast;      /* on a group's address */
    uint8_t mc_group_id; /* of that group */
};

/* Why a packet was not sent. */
enum device_packet_drop { DEVICE_PACKET_FULL, DEVICE_PACKET_TOO_LONG };

/* What the packages do with what a device brings. */
struct device_package_ops {
    void *ctx;
    /* Does it belong to a package? */
    bool (*received)(void *ctx, uint32_t device, const struct device_received *r);
    /* The device can send: it was powered (ABP) or has joined; at is now or later. */
    void (*joined)(void *ctx, uint32_t device, sim_time at);
    /* The device's clock was set right: timers that were set for its readings fire anew. */
    void (*corrected)(void *ctx, uint32_t device);
    /* The first bit of the packet leaves now, unless the device has to wait: then it is called
     * again. Its length must stay. */
    void (*stamp)(void *ctx, uint32_t device, struct device_packet *p);
    /* It was transmitted for the first time; or it never will be. */
    void (*sent)(void *ctx, uint32_t device, const struct device_packet *p);
    void (*dropped)(void *ctx, uint32_t device, const struct device_packet *p,
                    enum device_packet_drop why);
};

/* Copied; to be called before devices_start. */
void devices_set_packages(struct devices *ds, const struct device_package_ops *ops);

/* Send a packet in an uplink of its own as soon as the device may, before waiting messages. Four
 * may wait; a further one is dropped. */
void devices_send_packet(struct devices *ds, uint32_t device, const struct device_packet *p);
/* Octets of a packet that the next uplink has room for, when it carries no MAC commands. */
size_t devices_packet_room(const struct devices *ds, uint32_t device);

/* What the device's own clock shows at a time, GPS ns, with its granularity and jitter; and when a
 * timer that is set for gps_ns fires (SIM_NEVER: beyond any run; at least 0). */
int64_t devices_gps_ns(const struct devices *ds, uint32_t device, sim_time at);
sim_time devices_when_gps(const struct devices *ds, uint32_t device, int64_t gps_ns);

/* The device's timer: what its sleep crystal has counted since the start of the run, never set; and
 * when it has counted so much (SIM_NEVER: beyond any run). */
sim_time devices_uptime(const struct devices *ds, uint32_t device, sim_time at);
sim_time devices_when_uptime(const struct devices *ds, uint32_t device, sim_time uptime);

/* Add a step to the device's clock now, with a row; a perfect clock is not touched. False, and
 * nothing: a step of more than 36 years. */
bool devices_correct_clock(struct devices *ds, uint32_t device, int64_t step_ns,
                           enum clock_source source);

/* The device restarts now, and is off the air for a while: what it was sending, receiving or about
 * to answer is lost; groups, counters, the clock, and without rejoin the network session, are kept.
 * rejoin: OTAA devices join anew. */
void devices_restart(struct devices *ds, uint32_t device, sim_time off, bool rejoin);

/* A session of a group. */
struct device_mc_session {
    int64_t frequency_hz; /* class B: 0: the region's ping slot channels */
    uint8_t dr;
    bool class_b; /* ping slots instead of RXC */
    uint8_t periodicity;
    int64_t open_gps_ns, close_gps_ns; /* on the device's own clock */
};

/* Give a group another session, open from now on if its start has passed; what it has listened so
 * far counts. Unknown groups: nothing. */
void devices_set_session(struct devices *ds, uint32_t device, uint32_t mc_addr,
                         const struct device_mc_session *s);
/* Close the group's session now, if it is open or yet to come. */
void devices_end_session(struct devices *ds, uint32_t device, uint32_t mc_addr);
/* The same for all groups with these numbers (bit n: McGroupID n). */
void devices_end_sessions(struct devices *ds, uint32_t device, unsigned mc_group_mask);
/* Leave a group: the same, and its frames are no longer known. */
void devices_leave_group(struct devices *ds, uint32_t device, uint32_t mc_addr);

#endif
