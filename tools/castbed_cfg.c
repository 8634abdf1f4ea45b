/* SPDX-License-Identifier: GPL-2.0-only
 * The root of the tables of keys: run, radio, networks, devices, multicast, campaigns, faults,
 * store. */
#include "tools/castbed_cfg.h"

#include <stddef.h>

#define R(field) offsetof(struct run_cfg, field)
#define F(field) offsetof(struct fault_cfg, field)
#define C(field) offsetof(struct castbed_cfg, field)

static const char *const tie_names[] = {"fifo", "lifo", NULL};
static const char *const beacon_names[] = {"batch", "events", NULL};
static const char *const pace_names[] = {"free", "wall", NULL};
static const char *const level_names[] = {"summary", "frames", "all", NULL};

static const struct scn_key run_keys[] = {
    {.name = "start",
     .kind = SCN_INSTANT,
     .offset = R(start_gps_ns),
     .def = "2026-01-01T00:00:00Z",
     .help = "The instant of simulated time 0."},
    {.name = "duration",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = R(duration_ns),
     .min = "1ms",
     .max = "3650d",
     .def = "1h",
     .help = "Simulated time."},
    {.name = "seed",
     .kind = SCN_INT,
     .offset = R(seed),
     .min = "0",
     .max = "9223372036854775807",
     .def = "1",
     .help = "Seed of all random draws."},
    {.name = "number",
     .kind = SCN_INT,
     .offset = R(number),
     .min = "0",
     .max = "9223372036854775807",
     .def = "1",
     .help = "Run number: other draws with the same seed."},
    {.name = "tie_order",
     .kind = SCN_ENUM,
     .offset = R(tie_order),
     .names = tie_names,
     .def = "fifo",
     .help =
         "Order of events at one instant; lifo must give the same rows, and exists to test that."},
    {.name = "beacons",
     .kind = SCN_ENUM,
     .offset = R(beacons),
     .names = beacon_names,
     .def = "batch",
     .help = "How beacons are worked out at class B devices: all in one event, or each in its own; "
             "events must give the same rows, and exists to test that."},
    {.name = "pace",
     .kind = SCN_ENUM,
     .offset = R(pace),
     .names = pace_names,
     .def = "free",
     .help = "free: as fast as it goes; wall: a simulated second lasts a second, as real programs "
             "behind taps need it (ip.nodes.taps); what they do differs from run to run."},
    {.name = NULL},
};
static const struct scn_section run_section = {
    .name = "run", .help = "Time and chance.", .keys = run_keys, .size = sizeof(struct run_cfg)};

static const struct scn_key fault_keys[] = {
    {.name = "node",
     .kind = SCN_TEXT,
     .offset = F(node),
     .required = true,
     .help =
         "What fails: a network (its server), a group of gateways, or one gateway as group/index."},
    {.name = "from",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = F(from_ns),
     .min = "0s",
     .max = "3650d",
     .def = "0s",
     .help = "When it fails."},
    {.name = "to",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = F(to_ns),
     .min = "0s",
     .max = "3650d",
     .def = "end",
     .word = "end",
     .help = "When it is back."},
    {.name = NULL},
};
static const struct scn_section fault_section = {.name = "faults",
                                                 .help = "Failures of gateways and servers.",
                                                 .keys = fault_keys,
                                                 .size = sizeof(struct fault_cfg)};

static const struct scn_key store_keys[] = {
    {.name = "level",
     .kind = SCN_ENUM,
     .offset = offsetof(struct store_cfg, level),
     .names = level_names,
     .def = "summary",
     .help = "summary: counts only; frames: every transmission, decoded copy and lost frame; all: "
             "also each gateway's losses, links and MAC commands."},
    {.name = NULL},
};
static const struct scn_section store_section = {.name = "store",
                                                 .help = "How much goes into the database.",
                                                 .keys = store_keys,
                                                 .size = sizeof(struct store_cfg)};

static const struct scn_key castbed_keys[] = {
    {.name = "run",
     .kind = SCN_SECTION,
     .offset = C(run),
     .sub = &run_section,
     .help = "Time and chance."},
    {.name = "radio",
     .kind = SCN_SECTION,
     .offset = C(radio),
     .sub = &radio_section,
     .help = "The air."},
    {.name = "networks",
     .kind = SCN_LIST,
     .offset = C(networks),
     .sub = &network_section,
     .help = "Networks, with their gateways and servers."},
    {.name = "devices",
     .kind = SCN_LIST,
     .offset = C(devices),
     .sub = &device_section,
     .help = "Groups of end devices."},
    {.name = "multicast",
     .kind = SCN_LIST,
     .offset = C(multicast),
     .sub = &multicast_section,
     .help = "Multicast groups."},
    {.name = "campaigns",
     .kind = SCN_LIST,
     .offset = C(campaigns),
     .sub = &campaign_section,
     .help = "Firmware campaigns over multicast groups."},
    {.name = "faults",
     .kind = SCN_LIST,
     .offset = C(faults),
     .sub = &fault_section,
     .help = "Failures of gateways and servers."},
    {.name = "ip",
     .kind = SCN_SECTION,
     .offset = C(ip),
     .sub = &ip_section,
     .help = "A network of IP nodes over links of ns-3; with or without networks and devices."},
    {.name = "store",
     .kind = SCN_SECTION,
     .offset = C(store),
     .sub = &store_section,
     .help = "How much goes into the database."},
    {.name = NULL},
};
const struct scn_section castbed_section = {.name = "scenario",
                                            .help =
                                                "One scenario file: a run or the base of a sweep.",
                                            .keys = castbed_keys,
                                            .size = sizeof(struct castbed_cfg)};
