/* SPDX-License-Identifier: GPL-2.0-only
 * End devices of class A: a population in one array, one pending event each.
 *
 * A device makes messages, joins, sends, opens RX1 and RX2, carries out MAC commands and counts
 * what it did. Windows cost nothing until a downlink asks whether one is open. Source: TS001-1.0.3
 * and 1.0.4. */
#ifndef LORAWAN_DEVICES_H
#define LORAWAN_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/clock/clock.h"
#include "models/lorawan/crypto.h"
#include "models/lorawan/device_cfg.h"
#include "models/lorawan/frame.h"
#include "models/lorawan/plan.h"
#include "models/lorawan/traffic.h"
#include "models/radio/medium.h"
#include "models/radio/region.h"
#include "sim/evq.h"
#include "sim/rows.h"
#include "sim/trace.h"

/* What a network gives its devices from the start; for OTAA it comes with the join-accept. */
struct device_network {
    int64_t id; /* node.id */
    uint32_t netid;
    uint16_t plan; /* of ABP devices */
    uint8_t rx1_delay_s, rx1_dr_offset, rx2_dr;
    int64_t rx2_frequency_hz;
};

/* A group of devices, ready to run. */
struct device_group {
    const struct device_cfg *cfg;
    uint32_t first; /* index of its first device */
    uint16_t network;
    uint32_t devaddr_base;                              /* NwkAddr of index 0 */
    const struct traffic_trace *trace, *downlink_trace; /* or NULL */
    const struct clock_group *clock;                    /* NULL: perfect clocks */
};

struct devices_setup {
    struct evq *evq;
    const struct trace *trace;
    struct medium *medium;
    struct keyring *keyring;
    struct plan_set *plans;
    const struct region *region;
    const struct radio_cfg *radio;
    const struct links *links;
    const struct device_group *groups;
    unsigned n_groups;
    const struct device_network *networks;
    const uint16_t *gateway_network; /* of each gateway */
    uint32_t n_devices;
    const sim_entity *ids;
    int64_t start_gps_ns;
    sim_time duration;
    bool beacon_events; /* an event for each class B device and beacon, instead of one for all */
    uint64_t seed, run;
};

struct devices;

struct devices *devices_open(const struct devices_setup *s);
void devices_close(struct devices *ds);
/* Post the first event of every device. */
void devices_start(struct devices *ds);
/* Rows of what each device did, and of the duty cycle. gateway_ids: node.id of each gateway. */
void devices_finish(struct devices *ds, const int64_t *gateway_ids);

/* A time in which a radio listens. */
struct dev_span {
    sim_time open, close;
};

enum { DEVICE_MC_NEXT = 255 };

/* A multicast group as a device knows it. */
struct device_mc {
    uint32_t mc_addr;
    keyring_id keys;             /* McNwkSKey, McAppSKey; the group's own reference */
    uint32_t fcnt;               /* next expected McFCnt */
    uint32_t min_fcnt, max_fcnt; /* accepted: min <= McFCnt < max */
    uint8_t mc_group_id;         /* the device's number of it; DEVICE_MC_NEXT: the first free one */
    int64_t frequency_hz;        /* of the session */
    uint8_t dr;
    sim_time open, close; /* of the session; equal: none. devices_join_group takes them by the
                             device's clock and maps them to true time */
    bool class_b;         /* the session is one of ping slots (McAddr's), not of RXC */
    uint8_t periodicity;  /* of them, 0..7; frequency_hz 0: the region's, hopping where it hops */
    /* Filled in by devices_join_group: */
    struct dev_span planned;     /* by the device's clock */
    struct dev_span before;      /* the session up to and including the last correction */
    sim_time changed;            /* when that was; -1: never */
    bool fpending;               /* of the last frame received: its ping slots go first */
    uint32_t n_frames, n_caught; /* on the air in the session's parameters; preambles caught */
};

/* A frame that one member has opened: the next ones with the same key and counter need not. */
struct device_mc_opened {
    keyring_id keys;
    uint32_t fcnt32;
    bool ok, decrypted;
    uint8_t plain[LW_MAX_PHY]; /* its payload, when a package of some member wanted it */
};

/* Make a device a member. Errors: SIM_ENOSPC (four groups). */
int devices_join_group(struct devices *ds, uint32_t device, const struct device_mc *group);
/* The McGroupID of a device's group; -1: it is not in it. */
int devices_group_id(const struct devices *ds, uint32_t device, uint32_t mc_addr);
/* A member got the bytes of a multicast frame f: LOSS_NONE when it is new and good, or why it is
 * dropped. */
enum loss_reason devices_multicast(struct devices *ds, uint32_t device, const struct medium_tx *tx,
                                   const struct lw_frame *f, struct device_mc_opened *memo);

/* For the medium's operations. */
enum loss_reason devices_listen(struct devices *ds, const struct medium_tx *tx, uint32_t device,
                                int power_cdbm, int *snr_cdb);
/* After devices_listen gave LOSS_WINDOW: by how much the preamble missed the window, in us, away
 * from zero; negative: too early. ROW_NULL: there is no window of its frequency and data rate. */
int64_t devices_miss_us(struct devices *ds, const struct medium_tx *tx, uint32_t device);
/* A copy of a multicast frame ended at a member: count it for the session's row. */
void devices_count_session(struct devices *ds, const struct medium_tx *tx, uint32_t device,
                           enum loss_reason reason);
/* Was the receiver left to a reception that began, until its end? LOSS_NONE, or LOSS_DEVICE_TX,
 * LOSS_WINDOW. */
enum loss_reason devices_stayed(struct devices *ds, const struct medium_tx *tx, uint32_t device);
void devices_downlink(struct devices *ds, struct medium_tx *tx, uint32_t device,
                      enum loss_reason reason);

/* What the servers of a device's own network know before anything is on the air. */
struct device_identity {
    sim_entity id;
    uint64_t deveui, joineui;
    uint8_t appkey[16], genappkey[16];
    bool otaa;
    enum lw_version version;
    uint16_t group, network;
    uint32_t devaddr;                 /* ABP: its address; OTAA: the one its network will give */
    uint8_t nwkskey[16], appskey[16]; /* ABP */
    uint8_t dr;
    int max_power_cdbm;
    const struct device_cfg *cfg;
    uint32_t index_in_group;
    const struct traffic_trace *downlink_trace;
};
struct device_identity devices_identity(const struct devices *ds, uint32_t device);
uint32_t devices_count(const struct devices *ds);

/* The server received a transmission of the device; new_message: the first time for this message.
 */
/* The application server has a downlink for the device. */
void devices_note_downlink(struct devices *ds, uint32_t device);
void devices_note_received(struct devices *ds, uint32_t device, bool new_message);

/* What the device draws from now on counts for a phase of a firmware campaign, in a row of its own
 * (table energy); before the first call it is ENERGY_PHASE_REST. Class B windows count by beacon
 * periods: for the phase at whose end they had begun. */
void devices_energy_phase(struct devices *ds, uint32_t device, enum energy_phase phase);

/* Air time of a frame at a data rate. downlink: no payload CRC. */
sim_time devices_airtime(const struct region *r, int dr, int len, bool downlink);
/* Fill in modulation, times and channel of a transmission from its dr, len and start. */
void devices_modulate(struct medium *m, const struct region *r, struct medium_tx *tx,
                      int64_t frequency_hz);

/* The application payload of message n, size bytes: n as 4 octets, then counting up. */
void devices_payload(uint32_t n, uint8_t *out, int size);

#endif
