/* SPDX-License-Identifier: GPL-2.0-only
 * The server's end of Semtech's UDP protocol, between one network's server and the backhaul: it
 * answers gateways, gathers what they bring of each uplink, and sends downlinks to gateways that it
 * has heard of. Source: PROTOCOL.TXT 1.4 of packet_forwarder. */
#ifndef SERVER_BRIDGE_H
#define SERVER_BRIDGE_H

#include <stdint.h>

#include "models/lorawan/forwarder.h"
#include "models/lorawan/gateways.h"
#include "models/server/server.h"
#include "sim/backhaul.h"

struct bridge_setup {
    struct evq *evq;
    const struct trace *trace;
    struct medium *medium;
    struct gateways *gateways;
    struct forwarder *forwarder;
    struct server *server;
    const struct region *region;
    struct backhaul backhaul;
    uint32_t endpoint; /* the server's; those of gateways are their indices */
    const uint16_t *gateway_network;
    unsigned n_gateways;
    uint16_t network;
    int64_t id;                         /* node.id of the network */
    const struct medium_interval *down; /* failures of the server */
    unsigned n_down;
    sim_time answer_timeout;
};

struct bridge;

/* It also becomes the network's carrier (gateways_set_carrier). */
struct bridge *bridge_open(const struct bridge_setup *s);
void bridge_close(struct bridge *b);

/* An uplink ended and gateways decoded it: those of this network send it. */
void bridge_uplink(struct bridge *b, struct medium_tx *tx);

/* At the end of the run: uplinks that are under way count as LOSS_ENDED; rows. */
void bridge_finish(struct bridge *b);

#endif
