/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about multicast groups, as read. */
#ifndef SERVER_MULTICAST_CFG_H
#define SERVER_MULTICAST_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "models/radio/loss_model.h"
#include "sim/scenario.h"

enum multicast_gateways { MC_GATEWAYS_COVER, MC_GATEWAYS_ALL };
enum multicast_timing { MC_GPS_TIME, MC_SERVER_CLOCK };
enum multicast_class { MC_CLASS_C, MC_CLASS_B };
/* McFCnt of frames in the order in which they are sent. */
enum multicast_counters { MC_IN_ORDER, MC_SWAPPED };
enum multicast_schedule { MC_STAGGERED, MC_SIMULTANEOUS, MC_ONE_BY_ONE };

struct multicast_member_cfg {
    const char *devices;  /* group */
    int64_t first, count; /* count: SCN_WORD "all" */
};

struct multicast_gateway_cfg {
    const char *gateway; /* group, or group/index */
};

struct multicast_session_cfg {
    int64_t start_ns;
    int64_t timeout;   /* lasts at most 2^timeout s (class C) or beacon periods (class B) */
    int64_t margin_ns; /* nothing is sent before start + margin */
};

enum multicast_set_up { MC_PROVISIONED, MC_OVER_THE_AIR };

/* How members are told over the air. */
struct multicast_plan_cfg {
    int64_t start_ns;    /* first request */
    int64_t tries;       /* transmissions of each request */
    int64_t spacing_ns;  /* from one to the next */
    int64_t deadline_ns; /* then the server stops asking; SCN_WORD: at the session's start */
    int64_t group_id;    /* McGroupID; SCN_WORD: counts up at each device */
    bool send_anyway;    /* also what devices should refuse */
};

struct multicast_traffic_cfg {
    int64_t count;     /* frames */
    int64_t period_ns; /* between their starts, if the queue allows */
    int64_t size_bytes;
    int64_t fport;
    int64_t repeats; /* transmissions of each frame by each gateway */
};

/* How frames go to the gateways over a backhaul. */
enum multicast_downlink { MC_TO_EACH, MC_TO_GROUP };

struct multicast_backhaul_cfg {
    int downlink;      /* enum multicast_downlink */
    const char *group; /* multicast address that the gateways join; over IP */
    int64_t ttl;
    int64_t offset_ns; /* SCN_WORD: the longest frame's air time and a gap */
};

/* Mistakes of servers, made on purpose. */
struct multicast_mistakes_cfg {
    int counters; /* enum multicast_counters */
};

struct multicast_cfg {
    const char *name;
    const char *network;
    struct scn_list members; /* struct multicast_member_cfg */
    uint8_t mc_addr[4];      /* zero: made from the name, in the network's NetID */
    uint8_t mc_key[16];      /* zero: drawn */
    int64_t min_mc_fcnt, max_mc_fcnt;
    int group_class;              /* enum multicast_class: of its session */
    int64_t periodicity;          /* of the ping slots, class B */
    int64_t frequency_hz;         /* SCN_WORD: the region's RX2, or ping slots */
    int64_t dr;                   /* SCN_WORD: the same */
    int gateway_set;              /* enum multicast_gateways */
    struct scn_list gateway_list; /* struct multicast_gateway_cfg; given: exactly these */
    int timing;                   /* enum multicast_timing */
    int schedule;                 /* enum multicast_schedule */
    int set_up;                   /* enum multicast_set_up */
    struct multicast_plan_cfg plan;
    struct multicast_session_cfg session;
    struct multicast_traffic_cfg traffic;
    struct loss_model_cfg loss;
    struct multicast_backhaul_cfg backhaul;
    struct multicast_mistakes_cfg mistakes;
};
extern const struct scn_section multicast_section;

#endif
