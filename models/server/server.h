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
    bool carried;                       /* by a backhaul, not these delays: server_copy */
    const struct medium_interval *down; /* failures of the server */
    unsigned n_down;
    const struct clock_group *clock; /* NULL: perfect */
    const int64_t *group_of_command; /* device group index of each mac_commands item, -1: all */
    sim_time duration;
    int64_t start_gps_ns;
    uint64_t seed, run;
};

enum { SERVER_PACKET_MAX = 242 };

/* The payload of a downlink of an application package. */
struct server_packet {
    uint32_t key; /* a newer packet with this key and FPort takes its place while it waits */
    uint8_t fport, len;
    uint8_t bytes[SERVER_PACKET_MAX];
};

/* A payload that came from a device for the first time, decrypted and borrowed for the call. */
struct server_received {
    uint32_t device;
    int64_t first_bit_gps_ns; /* when the device sent it, as far as the server knows: end of
                                 reception less the air time */
    int fport;
    const uint8_t *bytes;
    size_t len;
};

/* What the application packages do with what the server brings. */
struct server_package_ops {
    void *ctx;
    /* Does it belong to a package? */
    bool (*received)(void *ctx, const struct server_received *r);
    /* A packet was handed to a gateway; or dropped, because no window can take its length. */
    void (*sent)(void *ctx, uint32_t device, const struct server_packet *p);
    void (*dropped)(void *ctx, uint32_t device, const struct server_packet *p);
};

struct server;

struct server *server_open(const struct server_setup *s);
void server_close(struct server *ns);
/* Post the server's own events (scheduled MAC commands). */
void server_start(struct server *ns);

/* An uplink ended and some gateway of this network decoded it (tx->copies holds all networks'
 * copies). */
void server_uplink(struct server *ns, struct medium_tx *tx);

/* carried, instead of server_uplink: the first copy of an uplink is at the server, which takes
 * those with at_server when it has gathered copies for so long; one that came later; an uplink of
 * which none came. */
sim_time server_first_copy(struct server *ns, struct medium_tx *tx);
void server_late_copy(struct server *ns);
void server_no_copy(struct server *ns, const struct medium_tx *tx, enum loss_reason reason);

/* A gateway refused a downlink of this network. */
void server_refused(struct server *ns, const struct medium_tx *tx);

/* A downlink of this network left the air. */
void server_downlink_done(struct server *ns, const struct medium_tx *tx);

/* GPS time by the server's clock, and when that shows a GPS time given as ns since run.start (at
 * least 0; SIM_NEVER: beyond any run). */
int64_t server_gps_ns(struct server *ns, sim_time at);
sim_time server_when(struct server *ns, sim_time planned);

/* What the scenario says about the server. */
const struct server_cfg *server_config(const struct server *ns);

/* Copied; to be called before server_start. */
void server_set_packages(struct server *ns, const struct server_package_ops *ops);
/* Send a packet to a device of this network before its other downlinks: class A in the windows of
 * the next uplink (of this one, while received is being called), class C at once. Eight may wait;
 * SIM_ENOSPC beyond. */
int server_send_packet(struct server *ns, uint32_t device, const struct server_packet *p);
/* Take back the packet with this FPort and key, if it still waits. */
void server_drop_packet(struct server *ns, uint32_t device, uint8_t fport, uint32_t key);

/* At the end of the run: frames of this network still waiting count as LOSS_ENDED; metric rows. */
void server_finish(struct server *ns);

#endif
