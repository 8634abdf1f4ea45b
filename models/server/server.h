/* SPDX-License-Identifier: GPL-2.0-only
 * The network server of one network: deduplication, sessions, counters, MIC, MAC commands, ADR,
 * and the planning of downlinks over its gateways. Source: TS001-1.0.3 and 1.0.4. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdint.h>

#include "models/lorawan/devices.h"
#include "models/lorawan/gateways.h"
#include "models/radio/medium.h"
#include "models/server/network_cfg.h"

struct server_setup {
    struct evq *evq;
    const struct trace *trace;
    struct medium *medium;
    struct devices *devices;
    struct gateways *gateways;
    struct keyring *keyring;
    struct plan_set *plans;
    const struct region *region;
    const struct network_cfg *cfg;
    const struct device_network *network;
    uint16_t index;                     /* of the network */
    const uint16_t *gateway_network;    /* network index of each gateway */
    const sim_time *backhaul_delay;     /* of each gateway */
    const struct medium_interval *down; /* failures of the server */
    unsigned n_down;
    const int64_t *group_of_command; /* device group index of each mac_commands item, -1: all */
    sim_time duration;
    int64_t start_gps_ns;
    uint64_t seed, run;
};

struct server;

struct server *server_open(const struct server_setup *s);
void server_close(struct server *ns);
/* Post the server's own events (scheduled MAC commands). */
void server_start(struct server *ns);

/* An uplink ended and some gateway of this network decoded it (tx->copies holds all networks'
 * copies). */
void server_uplink(struct server *ns, struct medium_tx *tx);

/* A gateway refused a downlink of this network. */
void server_refused(struct server *ns, const struct medium_tx *tx);

/* A downlink of this network left the air. */
void server_downlink_done(struct server *ns, const struct medium_tx *tx);

/* At the end of the run: frames of this network still waiting count as LOSS_ENDED; metric rows. */
void server_finish(struct server *ns);

#endif
