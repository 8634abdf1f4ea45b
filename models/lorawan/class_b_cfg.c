/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of class B of a group of devices. */
#include "models/lorawan/class_b_cfg.h"

#include <stddef.h>

#define B(field) offsetof(struct class_b_cfg, field)

static const char *const search_names[] = {"device_time", "cold", NULL};
static const char *const widening_names[] = {"ppm", "doubling", "none", NULL};

static const struct scn_key class_b_keys[] = {
    {.name = "search",
     .kind = SCN_ENUM,
     .offset = B(search),
     .names = search_names,
     .def = "device_time",
     .help = "First beacon: device_time: ask for the time (DeviceTimeReq), then listen around the "
             "next beacons; cold: listen without a break until one comes."},
    {.name = "periodicity",
     .kind = SCN_INT,
     .offset = B(periodicity),
     .min = "0",
     .max = "7",
     .def = "4",
     .help = "Ping slots: one about every 2^periodicity seconds (PingSlotInfoReq)."},
    {.name = "widening",
     .kind = SCN_ENUM,
     .offset = B(widening),
     .names = widening_names,
     .def = "ppm",
     .help = "Windows while beacons are missed: ppm: centred, wide enough for assumed_drift since "
             "the last beacon; doubling: from the nominal start on, 8 symbols, twice as many for "
             "each missed beacon up to 30 (beacons: up to 255, and opened 2 to 256 ms before); "
             "none: 8 symbols from the nominal start on."},
    {.name = "assumed_drift",
     .kind = SCN_QUANTITY,
     .unit = SCN_DRIFT,
     .offset = B(assumed_drift_ppb),
     .min = "0ppm",
     .max = "1000ppm",
     .def = "20ppm",
     .help =
         "Drift that a device assumes of its own clock, for widening: ppm and for a search after "
         "DeviceTimeAns."},
    {.name = "search_pause",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = B(search_pause_ns),
     .min = "0s",
     .max = "365d",
     .def = "1h",
     .only = "search=cold",
     .help = "Sleep after a cold search that found no beacon in 130 s, the beacon period and 2 s "
             "(regions that hop over eight channels: 1026 s on one of them)."},
    {.name = "session_lead",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = B(session_lead_ns),
     .min = "0s",
     .max = "365d",
     .def = "15min",
     .help = "Class A members of a class B multicast session begin to look for beacons this long "
             "before it: about three beacon periods are needed, each lost request doubles the last "
             "one."},
    {.name = "beacon_loss",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = B(beacon_loss_ratio),
     .min = "0%",
     .max = "100%",
     .def = "0%",
     .help = "Share of the beacons that a device loses at random, whatever the air does."},
    {.name = "log_beacons",
     .kind = SCN_BOOL,
     .offset = B(log_beacons),
     .def = "false",
     .help = "Keep a row of every beacon at store level frames too (always at level all)."},
    {.name = NULL},
};
const struct scn_section class_b_section = {.name = "class_b",
                                            .help = "Class B of a group of devices.",
                                            .keys = class_b_keys,
                                            .size = sizeof(struct class_b_cfg)};
