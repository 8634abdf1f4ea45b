/* SPDX-License-Identifier: GPL-2.0-only
 * The whole scenario, as read: the root of the tables of keys. */
#ifndef TOOLS_CASTBED_CFG_H
#define TOOLS_CASTBED_CFG_H

#include "models/ip/ip_cfg.h"
#include "models/lorawan/device_cfg.h"
#include "models/radio/radio_cfg.h"
#include "models/server/campaign_cfg.h"
#include "models/server/multicast_cfg.h"
#include "models/server/network_cfg.h"
#include "sim/scenario.h"

enum run_pace { RUN_FREE, RUN_WALL };

struct run_cfg {
    int64_t start_gps_ns;
    int64_t duration_ns;
    int64_t seed, number;
    int tie_order; /* enum evq_ties */
    int beacons;   /* 0: batch, 1: events */
    int pace;      /* enum run_pace */
};

struct fault_cfg {
    const char *node;       /* "network", "gateways" or "gateways/3" */
    int64_t from_ns, to_ns; /* to: SCN_WORD "end" */
};

struct store_cfg {
    int level; /* enum row_level */
};

struct castbed_cfg {
    struct run_cfg run;
    struct radio_cfg radio;
    struct scn_list networks;  /* struct network_cfg */
    struct scn_list devices;   /* struct device_cfg */
    struct scn_list multicast; /* struct multicast_cfg */
    struct scn_list campaigns; /* struct campaign_cfg */
    struct scn_list faults;    /* struct fault_cfg */
    struct ip_cfg ip;
    struct store_cfg store;
};
extern const struct scn_section castbed_section;

#endif
