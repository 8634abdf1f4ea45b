/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about the application packages of a group of devices, as read. */
#ifndef LORAWAN_PACKAGE_CFG_H
#define LORAWAN_PACKAGE_CFG_H

#include <stdint.h>

#include "models/lorawan/package_firmware_cfg.h"
#include "models/lorawan/package_fragment_cfg.h"
#include "sim/scenario.h"

enum package_starts { PACKAGE_STARTS_DEVICE, PACKAGE_STARTS_NETWORK };

/* When a device asks for the time by clock synchronisation, and how. */
struct package_time_cfg {
    int starts;            /* enum package_starts */
    struct scn_dist first; /* ns after power-on or join */
    int64_t period_ns;     /* SCN_WORD: never */
    int answer;            /* enum ts003_ans */
    int64_t tries;         /* transmissions of a request that requires an answer */
    int64_t spacing_ns;    /* from one to the next */
    bool periodicity;      /* DeviceAppTimePeriodicityReq is obeyed */
};

enum package_past { PACKAGE_PAST_LORAMAC, PACKAGE_PAST_OPEN };

struct package_cfg {
    int64_t multicast_setup;            /* version of TS005, 1 or 2; 0: not there */
    uint8_t gen_app_key[16];            /* zero: drawn per device */
    int64_t groups;                     /* multicast groups that it can hold, 1..4 */
    struct scn_list refuse_frequencies; /* int64_t, Hz */
    struct scn_list refuse_data_rates;  /* int64_t */
    int past_session;                   /* enum package_past, version 1 only */
    int64_t clock_sync;                 /* version of TS003, 1 or 2; 0: not there */
    struct package_time_cfg time;
    int64_t fragmentation; /* version of TS004, 1 or 2; 0: not there */
    struct package_fragment_cfg fragments;
    int64_t firmware; /* version of TS006, 1; 0: not there */
    struct package_firmware_cfg firmware_device;
};
extern const struct scn_section package_section;

/* Does the group have any package? */
static inline int package_any(const struct package_cfg *c)
{
    return c->multicast_setup || c->clock_sync || c->fragmentation || c->firmware;
}

#endif
