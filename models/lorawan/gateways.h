/* SPDX-License-Identifier: GPL-2.0-only
 * The sending side of gateways: the just-in-time queue with its refusals, duty cycle, and the books
 * that the server keeps about what it already planned. Source: the queue of sx1302_hal and
 * packet_forwarder. */
#ifndef LORAWAN_GATEWAYS_H
#define LORAWAN_GATEWAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "models/lorawan/beacon.h"
#include "models/lorawan/gateway_clock.h"
#include "models/radio/medium.h"
#include "models/radio/radio_cfg.h"
#include "models/radio/region.h"
#include "sim/evq.h"
#include "sim/trace.h"

struct gateway_sender {
    sim_entity id;
    sim_time backhaul_delay; /* one way */
    sim_time jit_delay;
    struct gateway_clock *clock; /* NULL: perfect; borrowed */
    int max_power_cdbm;          /* INT32_MAX: as the sub-band allows */
    bool beacons;                /* sends class B beacons */
    struct beacon beacon;        /* with the gateway's part */
};

struct gateways_setup {
    struct evq *evq;
    const struct trace *trace;
    struct medium *medium;
    const struct region *region;
    const struct radio_cfg *radio;
    const struct gateway_sender *gateways;
    unsigned n_gateways, n_networks;
    const int64_t *network_ids;
    sim_time duration;
    int64_t start_gps_ns;
    /* A downlink was refused after it was submitted. */
    void (*refused)(void *ctx, const struct medium_tx *tx);
    void *ctx;
};

struct gateways;

struct gateways *gateways_open(const struct gateways_setup *s);
void gateways_close(struct gateways *gs);
unsigned gateways_count(const struct gateways *gs);

/* Have plan(obj) called 1 ns from now. All who plan at one instant do so in the order of rank, so
 * that the order of events decides nothing. */
void gateways_plan(struct gateways *gs, int64_t rank, void (*plan)(void *obj), void *obj);

/* EIRP of a downlink on a frequency: the sub-band's limit or the gateway's, whichever is less. */
int gateways_power_cdbm(const struct gateways *gs, unsigned gateway, int64_t frequency_hz);

/* Does a gateway send beacons? */
bool gateways_beacons(const struct gateways *gs, unsigned gateway);
/* Does a frame keep out of the guard of 3 s before the gateway's next beacon? Class B downlinks
 * must; other ones need only not meet the beacon and the 2.12 s reserved for it, which
 * gateways_can_send and gateways_when see to. Source: TS001-1.0.4, class B: beacon timing; the
 * just-in-time queue of packet_forwarder. */
bool gateways_clear_of_guard(const struct gateways *gs, unsigned gateway, sim_time start,
                             sim_time end);

/* May the server plan a frame of an air time at start: not down, not overlapping what is planned
 * or a beacon, duty cycle left with everything planned counted? DL_SENT, or the reason why not. */
enum downlink_result gateways_can_send(struct gateways *gs, unsigned gateway, int64_t frequency_hz,
                                       sim_time start, sim_time airtime);

/* Earliest time >= at when the server may plan a frame of an air time: queue and duty cycle as in
 * gateways_can_send. SIM_NEVER when the duty cycle never allows it. */
sim_time gateways_when(struct gateways *gs, unsigned gateway, int64_t frequency_hz, sim_time at,
                       sim_time airtime);

/* Does a gateway know GPS time, and by how much is what it takes for it wrong (its time minus true
 * time)? What it sends at a GPS time goes out by that much too early. */
bool gateways_gps(const struct gateways *gs, unsigned gateway, sim_time at, int64_t *error_ns);

/* The earliest start of a downlink that is submitted now. */
sim_time gateways_earliest(const struct gateways *gs, unsigned gateway);

/* The server sends a downlink (tx filled in, with its start) towards its gateway now; it arrives
 * after the backhaul's delay, and starts when the gateway's clocks say so. Takes over the
 * reference. uplink_seq: for the row. */
void gateways_submit(struct gateways *gs, struct medium_tx *tx, uint32_t uplink_seq);

/* A downlink that no gateway could take: row and count. */
void gateways_note_unplanned(struct gateways *gs, unsigned network, int64_t device,
                             uint32_t uplink_seq, enum downlink_result why);

/* At the end of the run: what was not sent yet, and the rows of downlinks and duty cycle. */
void gateways_finish(struct gateways *gs);

#endif
