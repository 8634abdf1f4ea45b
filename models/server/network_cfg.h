/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about a network: NetID, gateways, network server, join server. */
#ifndef SERVER_NETWORK_CFG_H
#define SERVER_NETWORK_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "models/lorawan/gateway_clock.h"
#include "models/radio/radio_cfg.h"

struct gateway_cfg {
    const char *name;
    int64_t count;
    struct place_cfg placement;
    int receiver; /* enum radio_receiver */
    int64_t noise_figure_cdb;
    int64_t demodulators;      /* SCN_WORD: unlimited */
    int64_t tx_power_cdbm;     /* highest EIRP; SCN_WORD: as the sub-band allows */
    int64_t backhaul_delay_ns; /* one way */
    int64_t jit_delay_ns;      /* how far ahead a downlink must arrive */
    int64_t immediate_delay_ns;
    const char *ip_node;      /* backhaul over IP: a host for each of them, or NULL */
    bool beacons;             /* sends them when its network does */
    struct scn_list channels; /* Hz; empty: the network's */
    struct gateway_clock_cfg clock;
};

/* What the gateway's part of the network's beacons carries. */
enum network_beacons { BEACONS_NONE, BEACONS_POSITION, BEACONS_NET_ID };

struct mac_command_cfg {
    int64_t at_ns;
    const char *devices; /* group, or NULL: all */
    const char *hex;     /* CID and payload */
};

/* What the server asks by clock synchronisation (TS003), when and of whom. */
struct clock_sync_request_cfg {
    int64_t at_ns;
    const char *devices; /* group, or NULL: all that have it */
    int ask;             /* enum ts003_ask */
    int64_t value;       /* Period 0..15, NbTransmissions 1..7; SCN_WORD: not given */
};

struct clock_sync_cfg {
    int64_t threshold_ns; /* whole seconds */
    int64_t tries, spacing_ns;
    struct scn_list requests; /* struct clock_sync_request_cfg */
};

/* Where the server has the time of an uplink from. */
enum server_time_from { SERVER_TIME_GATEWAYS, SERVER_TIME_SERVER };

/* Windows of class A that are used; the second and the third have their numbers. */
enum ns_windows { NS_WINDOWS_BOTH, NS_WINDOWS_RX1, NS_WINDOWS_RX2, NS_WINDOWS_FARTHER };

struct server_cfg {
    int64_t dedup_ns;
    bool adr;
    int64_t adr_margin_cdb;
    int64_t adr_history;
    int64_t adr_max_dr; /* SCN_WORD: the plan's fastest 125 kHz LoRa rate */
    int64_t nb_trans;
    int64_t rx1_delay_ns;
    int64_t rx1_dr_offset;
    int64_t rx2_dr;               /* SCN_WORD: the region's */
    int64_t rx2_frequency_hz;     /* SCN_WORD: the region's */
    int64_t ping_frequency_hz;    /* SCN_WORD: the region's, which may hop */
    int64_t ping_dr;              /* SCN_WORD: the region's */
    int rx_window;                /* enum ns_windows */
    int64_t dev_status_period_ns; /* SCN_WORD: never */
    struct scn_list mac_commands; /* struct mac_command_cfg */
    struct clock_sync_cfg clock_sync;
    int time_from;          /* enum server_time_from */
    struct clock_cfg clock; /* offset, drift, wander */
};

/* What carries frames between gateways and server. */
enum network_transport { TRANSPORT_DIRECT, TRANSPORT_DELAY, TRANSPORT_IP };

struct network_backhaul_cfg {
    int transport;           /* enum network_transport */
    const char *server_node; /* over IP: the server's host */
    int64_t port;
    int64_t keepalive_ns;
    int64_t stat_ns; /* SCN_WORD: never */
    int64_t answer_timeout_ns;
};

struct network_cfg {
    const char *name;
    uint8_t net_id[3];
    struct scn_list channels;         /* Hz, uplink channels behind the default ones (CFList) */
    struct scn_list enabled_channels; /* Hz; empty: all of the plan */
    int64_t sub_band;                 /* fixed plans: 1..8 (12); SCN_WORD: all */
    int beacons;                      /* enum network_beacons */
    struct scn_list gateways;         /* struct gateway_cfg */
    struct server_cfg server;
    struct network_backhaul_cfg backhaul;
};
extern const struct scn_section network_section;

#endif
