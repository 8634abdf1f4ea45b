/* SPDX-License-Identifier: GPL-2.0-only
 * Packet forwarders: the gateways' end of Semtech's UDP protocol. Uplinks go out as they end,
 * PULL_DATA keeps the way open, a status follows now and then; downlinks that come in are orders
 * for the gateway, and its answer goes back. Source: PROTOCOL.TXT 1.4 of packet_forwarder. */
#ifndef LORAWAN_FORWARDER_H
#define LORAWAN_FORWARDER_H

#include <stdint.h>

#include "models/lorawan/gateways.h"
#include "models/lorawan/semtech.h"
#include "sim/backhaul.h"

/* A gateway's way to its server; its own endpoint of the backhaul is its index. */
struct forwarder_link {
    bool used; /* the gateway's network has a backhaul */
    struct backhaul backhaul;
    uint32_t server; /* endpoint */
    uint64_t eui;
    sim_time keepalive;   /* from one PULL_DATA to the next */
    sim_time stat_period; /* from one status to the next; SIM_NEVER: none */
};

struct forwarder_setup {
    struct evq *evq;
    const struct trace *trace;
    struct medium *medium;
    struct gateways *gateways;
    const struct region *region;
    const struct forwarder_link *links; /* of each gateway; copied */
    const int64_t *ids;                 /* node.id of each gateway; borrowed */
    unsigned n_gateways;
    sim_time duration;
    int64_t start_gps_ns;
    uint64_t seed, run;
};

struct forwarder;

/* It also becomes who answers for the gateways (gateways_set_answer). */
struct forwarder *forwarder_open(const struct forwarder_setup *s);
void forwarder_close(struct forwarder *f);
void forwarder_start(struct forwarder *f);

/* A gateway has received an uplink, which ends now: send it. Returns the datagram's token. */
uint16_t forwarder_push(struct forwarder *f, const struct medium_tx *tx,
                        const struct medium_copy *c);

/* For the server's end: is this gateway's EUI that one; and what it counts. */
bool forwarder_is(const struct forwarder *f, unsigned gateway, uint64_t eui);
void forwarder_count_sent(struct forwarder *f, unsigned gateway, enum backhaul_kind kind,
                          size_t len);
void forwarder_count_received(struct forwarder *f, unsigned gateway, enum backhaul_kind kind,
                              bool used);

/* The modulation of a transmission as the protocol has it. */
struct semtech_radio forwarder_radio(const struct region *r, int dr, int64_t frequency_hz);

/* At the end of the run: rows. */
void forwarder_finish(struct forwarder *f);

#endif
