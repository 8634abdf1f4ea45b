/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the world share. */
#ifndef TOOLS_WORLD_INTERNAL_H
#define TOOLS_WORLD_INTERNAL_H

#include "models/ip/net.h"
#include "models/lorawan/devices.h"
#include "models/lorawan/forwarder.h"
#include "models/lorawan/gateways.h"
#include "models/radio/links.h"
#include "models/radio/medium.h"
#include "models/radio/tally.h"
#include "models/server/bridge.h"
#include "models/server/campaign_block.h"
#include "models/server/campaigns.h"
#include "models/server/multicast.h"
#include "models/server/packages.h"
#include "models/server/server.h"
#include "sim/backhaul_delay.h"
#include "sim/evq.h"
#include "tools/backhaul_ip.h"
#include "tools/world.h"

/* A network and what it owns while the world runs. */
struct world_network {
    const struct network_cfg *cfg;
    struct plan plan; /* as its devices get it */
    int64_t frequencies_hz[REGION_MAX_CHANNELS];
    unsigned n_frequencies;
    struct medium_interval *down;
    unsigned n_down;
    int64_t *group_of_command;
    struct clock_group *clock; /* or NULL: perfect */
    struct server *server;
    struct bridge *bridge; /* or NULL: no datagrams between it and its gateways */
};

struct world_gateway {
    const struct gateway_cfg *cfg;
    uint32_t index; /* in its group */
    uint16_t network;
    sim_entity id;
    struct medium_interval *down;
    unsigned n_down;
    struct clock_group *crystals; /* of its group, at index 0; or NULL: perfect */
    struct gateway_clock *clock;  /* or NULL: perfect */
};

struct world {
    struct castbed_cfg cfg;
    struct scenario *scenario;
    const struct region *region;
    struct trace *trace;
    struct evq *evq;
    struct tally tally;
    struct links links;
    struct medium *medium;
    struct keyring *keyring;
    struct plan_set plans;
    struct devices *devices;
    struct gateways *gateways;
    struct gateway_sender *senders;
    struct world_network *networks;
    int64_t *network_ids;
    struct device_network *device_networks;
    struct device_group *groups;
    struct traffic_trace *traces;
    struct clock_group **clocks; /* of each group of devices; NULL: perfect */
    struct world_gateway *gw;
    struct place *gw_places, *places;
    sim_entity *gw_ids, *ids;
    uint16_t *gateway_network;
    sim_time *backhaul_delay;
    size_t n_networks, n_groups, n_gw, n_devices;
    struct multicast **multicast;
    size_t n_multicast;
    struct server **servers;       /* of each network, for the packages */
    struct packages *packages;     /* or NULL */
    struct campaign_block *blocks; /* of each campaign */
    struct campaigns *campaigns;   /* or NULL */
    struct world_job *jobs;        /* world_campaigns.c */
    bool lorawan;                  /* has networks and devices */
    bool ip;                       /* has IP nodes */
    bool ns3_simulator;            /* keeps the order of events */
    struct world_watch watch;
    evq_kind watch_kind;
    struct backhaul_delay *delays; /* carry datagrams, or NULL */
    struct backhaul_ip *over_ip;   /* the same; or NULL */
    uint32_t *backhaul_nodes;      /* over IP: of each endpoint */
    struct forwarder *forwarder;   /* or NULL: no network has a backhaul */
    struct ip_plan plan;           /* of these */
    void (*tap)(void *ctx, uint32_t tap, const struct ns3_frame *f);
    void *tap_ctx;
    struct ip_net *net; /* or NULL */
    struct sim_error error;
    bool started;
};

static inline struct network_cfg *world_network_cfg(const struct world *w, size_t i)
{
    return &((struct network_cfg *)w->cfg.networks.items)[i];
}

static inline struct device_cfg *world_device_cfg(const struct world *w, size_t i)
{
    return &((struct device_cfg *)w->cfg.devices.items)[i];
}

/* Everything that can be wrong between keys, before anything is built. */
int world_check(struct world *w, struct sim_error *e);

/* Its parts in world_check_names.c: names of networks, gateways and device groups; DevEUIs, faults,
 * counts, addresses. */
int world_check_names(const struct world *w, struct sim_error *e);
int world_check_identities(const struct world *w, struct sim_error *e);

/* Largest application payload that a group's devices can send, at the data rate it begins with. */
int world_max_payload(const struct world *w, const struct device_cfg *d);

/* The gateways of all networks, not placed yet. */
void world_list_gateways(struct world *w);
/* Rows of nodes and, if they are wanted, links; devices have been made. */
void world_rows_nodes(const struct world *w);
uint64_t world_gateway_eui(const struct world *w, size_t gateway);

/* Clocks of a group of devices that are not perfect. SIM_ESCENARIO: the temperature's file. */
int world_make_clocks(struct world *w, size_t group, struct sim_error *e);
/* The clocks of a server and of a gateway; NULL: perfect. */
const struct clock_group *world_make_server_clock(struct world *w, size_t network);
struct gateway_clock *world_make_gateway_clock(struct world *w, size_t gateway);

/* Devices without a gateway of their network: must_reach, else a warning. */
int world_check_reach(const struct world *w, struct sim_error *e);
void world_warn_reach(const struct world *w);

/* Devices that a network's server is to ask for something: a group of this network. */
int world_check_asked_group(const struct world *w, const struct network_cfg *n,
                            const char *const *devices, struct sim_error *e);

/* Application packages: rules between keys; both ends of them. */
int world_check_clock_sync(const struct world *w, const struct network_cfg *n, struct sim_error *e);
int world_check_packages(const struct world *w, const struct device_cfg *d, struct sim_error *e);
void world_make_packages(struct world *w);

/* Multicast groups: rules between keys; the groups; the one that a transmission belongs to. */
int world_check_multicast(const struct world *w, struct sim_error *e);
int world_check_groups(const struct world *w, struct sim_error *e); /* once nodes are placed */
int world_group_dr(const struct world *w, const struct multicast_cfg *c);
int world_group_network(const struct world *w, const struct multicast_cfg *c);
void world_make_multicast(struct world *w);
struct multicast *world_multicast_of(const struct world *w, const struct medium_tx *tx);

/* What is between gateways and servers: rules between keys; on which IP nodes they are; is there
 * one that datagrams go through;
 * how a group's frames go there (GATEWAYS_NO_GROUP, or the group's number); to be made when all
 * else is; an uplink that gateways of a network have; the gateways join their groups and begin. */
int world_check_backhaul(const struct world *w, struct sim_error *e);
int world_place_backhaul(struct world *w, struct sim_error *e);
bool world_is_carried(const struct world *w, size_t network);
uint32_t world_backhaul_group(const struct world *w, size_t multicast, sim_time *offset);
void world_make_backhaul(struct world *w);
void world_give_uplink(struct world_network *n, struct medium_tx *tx);
void world_start_backhaul(struct world *w);
void world_finish_backhaul(struct world *w);
void world_close_backhaul(struct world *w);

/* Campaigns: rules between keys; a campaign's keys and group; the campaign of a group, or NULL. */
int world_check_campaigns(struct world *w, struct sim_error *e);
void world_make_campaigns(struct world *w);
const struct campaign_cfg *world_campaign_cfg(const struct world *w, size_t i);
const struct multicast_cfg *world_campaign_group(const struct world *w,
                                                 const struct campaign_cfg *c);
const struct campaign_cfg *world_campaign_of(const struct world *w, const struct multicast_cfg *g);

/* Index of a network or device group by name, -1 when there is none. */
int world_find_network(const struct world *w, const char *name);
int world_find_group(const struct world *w, const char *name);
/* The network of a device group: named, or the only one; -1 when it cannot be told. */
int world_network_of(const struct world *w, const struct device_cfg *d);
/* The channel plan of a network's devices; checked before. */
void world_plan_of(const struct world *w, const struct network_cfg *n, struct plan *p);

/* What the largest message does at the data rates that devices start with. */
/* Taps need real time; rows of runs with taps are warned of. */
int world_check_taps(const struct world *w, struct sim_error *e);
void world_warn_taps(const struct world *w);

/* Keys that were written but have no effect, or less than they say. */
void world_warn_keys(const struct world *w);
void world_warn_payload(const struct world *w);
void world_warn(const struct world *w, const void *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
