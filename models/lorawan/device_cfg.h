/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about a group of end devices, as read. */
#ifndef LORAWAN_DEVICE_CFG_H
#define LORAWAN_DEVICE_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "models/clock/clock_cfg.h"
#include "models/lorawan/class_b_cfg.h"
#include "models/lorawan/package_cfg.h"
#include "models/radio/energy.h"
#include "models/radio/radio_cfg.h"

enum traffic_kind { TRAFFIC_NONE, TRAFFIC_PERIODIC, TRAFFIC_POISSON, TRAFFIC_TRACE };
enum lw_version { LW_1_0_3, LW_1_0_4 };
enum activation { ACT_ABP, ACT_OTAA };
enum lw_class { LW_CLASS_A, LW_CLASS_B, LW_CLASS_C };

struct traffic_cfg {
    int kind;          /* enum traffic_kind */
    int64_t period_ns; /* periodic: period; Poisson: mean */
    int64_t jitter_ns; /* periodic: each message uniformly in [0, jitter) later */
    int64_t phase_ns;  /* periodic: first message; SCN_WORD "random": uniform in [0, period) */
    const char *file;  /* trace: CSV */
    struct scn_dist size_bytes;
    int64_t fport;
    double confirmed_ratio;
    int64_t limit;   /* messages per device; SCN_WORD: unlimited */
    int64_t lead_ns; /* downlinks, class C: made this long before their start; SCN_WORD: at once */
};

struct device_cfg {
    const char *name;
    int64_t count;
    const char *network;
    struct place_cfg placement;
    int activation;        /* enum activation */
    int version;           /* enum lw_version */
    struct scn_dist start; /* power-on after the start of the run */
    bool adr;
    int64_t dr;        /* SCN_WORD: "auto", the fastest that its best gateway hears */
    int auto_receiver; /* what "auto" compares with: 0 the gateway, else 1 + enum radio_receiver */
    int64_t auto_margin_cdb; /* and how much power above it "auto" wants */
    int64_t tx_power_cdbm;   /* EIRP; SCN_WORD: the region's highest */
    int64_t nb_trans;
    int64_t confirmed_tries;  /* 1.0.3 */
    int receiver;             /* sensitivity column of the device */
    int64_t noise_figure_cdb; /* thermal */
    int64_t max_rx_error_ns;  /* class A windows are widened for this clock error */
    int64_t min_rx_symbols;
    bool log_windows;          /* rows of all RX1 and RX2, not only of those with a frame */
    bool must_reach;           /* refuse a device without any gateway */
    uint8_t dev_eui[8];        /* of index 0, the others count up; zero: made from the name */
    uint8_t join_eui[8];       /* zero: one per device */
    uint8_t app_key[16];       /* zero: drawn per device */
    int64_t link_check_every;  /* LinkCheckReq with every n-th message; 0: never */
    int64_t device_time_every; /* DeviceTimeReq likewise */
    int64_t battery;           /* 0..255 in DevStatusAns */
    int64_t queue;             /* messages that wait while one is being sent */
    int device_class;          /* enum lw_class */
    const char *service_profile;
    struct traffic_cfg traffic;
    struct traffic_cfg downlink; /* from the application server */
    struct class_b_cfg class_b;
    struct package_cfg packages;
    struct energy_cfg energy;
    struct clock_cfg clock;
};
extern const struct scn_section device_section;

#endif
