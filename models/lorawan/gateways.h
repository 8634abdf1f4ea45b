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
    uint16_t network;
    sim_time backhaul_delay; /* one way; over a backhaul: what the server takes it for */
    sim_time jit_delay;
    sim_time immediate_delay;    /* over a backhaul: from the arrival of a downlink that is to go at
                                    once to its start */
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
    uint64_t seed, run;
    /* A downlink was refused after it was submitted, and the server knows that. */
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

/* The earliest start of a downlink that is submitted now: at a time, or at once. */
sim_time gateways_earliest(const struct gateways *gs, unsigned gateway);
sim_time gateways_at_once(const struct gateways *gs, unsigned gateway);
/* The first time >= at that can be told to a gateway of a network as a GPS time. */
sim_time gateways_gps_tick(const struct gateways *gs, unsigned network, sim_time at);

/* The server sends a downlink (tx filled in, with its start) towards its gateway now; it arrives
 * after the backhaul's delay, and starts when the gateway's clocks say so. Takes over the
 * reference. uplink_seq: for the row. */
void gateways_submit(struct gateways *gs, struct medium_tx *tx, uint32_t uplink_seq);

/* The same downlink for n gateways of a network with a carrier, as one datagram to a group of the
 * backhaul. tx: of each gateway, with its own start, which may be later than the first's by what
 * the gateway adds itself. */
void gateways_submit_group(struct gateways *gs, struct medium_tx *const *tx, unsigned n,
                           uint32_t group);

/* A downlink that no gateway could take: row and count. */
void gateways_note_unplanned(struct gateways *gs, unsigned network, int64_t device,
                             uint32_t uplink_seq, enum downlink_result why);

/* Where a backhaul carries downlinks (else they take backhaul_delay): the server's end gets them as
 * orders, and the gateway's end tells what came of them. An order names when to send in one of
 * three ways. */
enum gateways_timing { GATEWAYS_AT_ONCE, GATEWAYS_AT_COUNT, GATEWAYS_AT_GPS };
struct gateways_order {
    enum gateways_timing timing;
    uint32_t count_us; /* AT_COUNT: reading of the gateway's counter */
    int64_t gps_ms;    /* AT_GPS: since the GPS epoch */
    int64_t frequency_hz;
    int power_cdbm;
    const uint8_t *phy;
    uint8_t len;
};
#define GATEWAYS_NO_GROUP UINT32_MAX
struct gateways_carrier {
    void *ctx;
    /* Is the way to a gateway open? */
    bool (*knows)(void *ctx, unsigned gateway);
    /* Take an order to the gateway of tx, or to all gateways of a group. */
    void (*carry)(void *ctx, const struct medium_tx *tx, uint16_t token,
                  const struct gateways_order *o, uint32_t group);
    sim_time answer_timeout; /* a downlink counts as refused so long behind its end */
};
/* The gateways' end: the answer to an order, DL_SENT (it is queued) or why not. */
typedef void gateways_answer_fn(void *ctx, unsigned gateway, uint16_t token,
                                enum downlink_result result);

/* Before anything is submitted. carrier: copied. */
void gateways_set_carrier(struct gateways *gs, unsigned network, const struct gateways_carrier *c);
void gateways_set_answer(struct gateways *gs, gateways_answer_fn *answer, void *ctx);
/* An order has reached a gateway; its answer follows 1 ns later, or never when it is down. */
void gateways_arrived(struct gateways *gs, unsigned gateway, uint16_t token,
                      const struct gateways_order *o);
/* An answer has reached the server. */
void gateways_answered(struct gateways *gs, unsigned gateway, uint16_t token);
/* Reading of a gateway's own counter, us: it starts anywhere and goes by the crystal. */
uint32_t gateways_count_us(const struct gateways *gs, unsigned gateway, sim_time at);

/* At the end of the run: what was not sent yet, and the rows of downlinks and duty cycle. */
void gateways_finish(struct gateways *gs);

#endif
