/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of a group of end devices: one table a section. */
#include "models/lorawan/device_cfg.h"

#include <stddef.h>

#include "models/radio/region.h"

#define T(field) offsetof(struct traffic_cfg, field)
#define D(field) offsetof(struct device_cfg, field)

static const char *const traffic_names[] = {"none", "periodic", "poisson", "trace", NULL};
static const char *const auto_names[] = {"gateway", "sx1272",  "sx1276", "sx1301",
                                         "sx1302",  "thermal", NULL};
static const char *const class_names[] = {"A", "B", "C", NULL};
static const char *const version_names[] = {"1.0.3", "1.0.4", NULL};
static const char *const activation_names[] = {"abp", "otaa", NULL};

/* The keys of traffic behind its kind: the same for both directions. */
#define TRAFFIC_KEYS                                                                               \
    {.name = "period",                                                                             \
     .kind = SCN_QUANTITY,                                                                         \
     .unit = SCN_TIME,                                                                             \
     .offset = T(period_ns),                                                                       \
     .min = "1ms",                                                                                 \
     .max = "3650d",                                                                               \
     .def = "600s",                                                                                \
     .only = "kind=periodic|poisson",                                                              \
     .help = "periodic: time between messages; poisson: mean time between messages."},             \
        {.name = "jitter",                                                                         \
         .kind = SCN_QUANTITY,                                                                     \
         .unit = SCN_TIME,                                                                         \
         .offset = T(jitter_ns),                                                                   \
         .min = "0s",                                                                              \
         .max = "3650d",                                                                           \
         .def = "0s",                                                                              \
         .only = "kind=periodic",                                                                  \
         .help =                                                                                   \
             "periodic: each message is made later by a time drawn uniformly from 0 to this; at "  \
             "most the period."},                                                                  \
        {.name = "phase",                                                                          \
         .kind = SCN_QUANTITY,                                                                     \
         .unit = SCN_TIME,                                                                         \
         .offset = T(phase_ns),                                                                    \
         .min = "0s",                                                                              \
         .max = "3650d",                                                                           \
         .def = "random",                                                                          \
         .word = "random",                                                                         \
         .only = "kind=periodic",                                                                  \
         .help =                                                                                   \
             "periodic: time of the first message after power-on; random: drawn uniformly within " \
             "one period."},                                                                       \
        {.name = "file",                                                                           \
         .kind = SCN_FILE,                                                                         \
         .offset = T(file),                                                                        \
         .help = "trace: CSV file with the columns time_s,device[,size_bytes]; device is the "     \
                 "index in "                                                                       \
                 "the group."},                                                                    \
        {.name = "size",                                                                           \
         .kind = SCN_DIST,                                                                         \
         .unit = SCN_SIZE,                                                                         \
         .offset = T(size_bytes),                                                                  \
         .min = "0B",                                                                              \
         .max = "242B",                                                                            \
         .def = "10B",                                                                             \
         .help = "Application payload (FRMPayload); trace: when the file has no size_bytes."},     \
        {.name = "fport",                                                                          \
         .kind = SCN_INT,                                                                          \
         .offset = T(fport),                                                                       \
         .min = "1",                                                                               \
         .max = "223",                                                                             \
         .def = "1",                                                                               \
         .help = "FPort of the messages."},                                                        \
        {.name = "confirmed",                                                                      \
         .kind = SCN_REAL,                                                                         \
         .unit = SCN_RATIO,                                                                        \
         .offset = T(confirmed_ratio),                                                             \
         .min = "0%",                                                                              \
         .max = "100%",                                                                            \
         .def = "0%",                                                                              \
         .help = "Share of the messages that ask for an acknowledgement."},                        \
    {                                                                                              \
        .name = "limit", .kind = SCN_INT, .offset = T(limit), .min = "1", .max = "1000000000",     \
        .def = "unlimited", .word = "unlimited", .help = "Messages that one device makes at most." \
    }

static const struct scn_key traffic_keys[] = {
    {.name = "kind",
     .kind = SCN_ENUM,
     .offset = T(kind),
     .names = traffic_names,
     .def = "periodic",
     .help =
         "When messages are made: at a period, at random with a mean rate, from a file, or never."},
    TRAFFIC_KEYS,
    {.name = NULL},
};
static const struct scn_key downlink_keys[] = {
    {.name = "kind",
     .kind = SCN_ENUM,
     .offset = T(kind),
     .names = traffic_names,
     .def = "none",
     .help =
         "When messages are made: at a period, at random with a mean rate, from a file, or never."},
    TRAFFIC_KEYS,
    {.name = "lead",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = T(lead_ns),
     .min = "1ms",
     .max = "1d",
     .def = "at_once",
     .word = "at_once",
     .only = "kind=periodic|poisson|trace",
     .help = "class C: how long before its start a message is made: gateways start it at that GPS "
             "time; when none can, it goes at once from then on. at_once: as soon as it is made."},
    {.name = NULL},
};
static const struct scn_section downlink_section = {
    .name = "downlink",
    .help = "What the application server sends to each device. Class A: in the windows of the next "
            "uplink; class C: at once, or at a GPS time.",
    .keys = downlink_keys,
    .size = sizeof(struct traffic_cfg)};
static const struct scn_section traffic_section = {.name = "traffic",
                                                   .help =
                                                       "What the application on each device sends.",
                                                   .keys = traffic_keys,
                                                   .size = sizeof(struct traffic_cfg)};

static const struct scn_key device_keys[] = {
    {.name = "name",
     .kind = SCN_TEXT,
     .offset = D(name),
     .required = true,
     .help = "Name of the group; keys the random draws of its devices."},
    {.name = "count",
     .kind = SCN_INT,
     .offset = D(count),
     .min = "1",
     .max = "10000000",
     .def = "1",
     .help = "Number of devices."},
    {.name = "network",
     .kind = SCN_TEXT,
     .offset = D(network),
     .help = "Name of the network they belong to; not needed when there is one."},
    {.name = "placement",
     .kind = SCN_SECTION,
     .offset = D(placement),
     .sub = &place_section,
     .help = "Where they stand."},
    {.name = "activation",
     .kind = SCN_ENUM,
     .offset = D(activation),
     .names = activation_names,
     .def = "abp",
     .help = "abp: a session from the start; otaa: they join."},
    {.name = "version",
     .kind = SCN_ENUM,
     .offset = D(version),
     .names = version_names,
     .def = "1.0.4",
     .help = "LoRaWAN version: confirmed retries, DevNonce and counter rules differ."},
    {.name = "start",
     .kind = SCN_DIST,
     .unit = SCN_TIME,
     .offset = D(start),
     .min = "0s",
     .max = "3650d",
     .def = "0s",
     .help = "Power-on after the start of the run."},
    {.name = "adr",
     .kind = SCN_BOOL,
     .offset = D(adr),
     .def = "false",
     .help = "Set the ADR bit and let the server choose data rate and power."},
    {.name = "data_rate",
     .kind = SCN_INT,
     .offset = D(dr),
     .min = "0",
     .max = "15",
     .def = "auto",
     .word = "auto",
     .help = "Data rate index at the start; auto: the fastest whose auto_receiver sensitivity the "
             "power at the best gateway of the network exceeds by auto_margin."},
    {.name = "auto_receiver",
     .kind = SCN_ENUM,
     .offset = D(auto_receiver),
     .names = auto_names,
     .def = "gateway",
     .help = "Sensitivity for data_rate: auto: that of the best gateway itself, or a table."},
    {.name = "auto_margin",
     .kind = SCN_QUANTITY,
     .unit = SCN_LEVEL,
     .offset = D(auto_margin_cdb),
     .min = "-30dB",
     .max = "60dB",
     .def = "0dB",
     .help = "Power above that sensitivity that data_rate: auto asks for."},
    {.name = "tx_power",
     .kind = SCN_QUANTITY,
     .unit = SCN_POWER,
     .offset = D(tx_power_cdbm),
     .min = "-20dBm",
     .max = "36dBm",
     .def = "max",
     .word = "max",
     .help = "EIRP of TXPower 0; max: the region's highest."},
    {.name = "nb_trans",
     .kind = SCN_INT,
     .offset = D(nb_trans),
     .min = "1",
     .max = "15",
     .def = "1",
     .help = "Transmissions of each unconfirmed uplink (1.0.4: of each uplink) until LinkADRReq "
             "says otherwise."},
    {.name = "confirmed_tries",
     .kind = SCN_INT,
     .offset = D(confirmed_tries),
     .min = "1",
     .max = "15",
     .def = "8",
     .only = "version=1.0.3",
     .help = "1.0.3: transmissions of a confirmed uplink before it is given up."},
    {.name = "receiver",
     .kind = SCN_ENUM,
     .offset = D(receiver),
     .names = radio_receiver_names,
     .def = "sx1272",
     .help = "Sensitivity table of the devices."},
    {.name = "noise_figure",
     .kind = SCN_QUANTITY,
     .unit = SCN_LEVEL,
     .offset = D(noise_figure_cdb),
     .min = "0dB",
     .max = "20dB",
     .def = "6dB",
     .help = "Noise figure, for receiver: thermal."},
    {.name = "max_rx_error",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = D(max_rx_error_ns),
     .min = "0ms",
     .max = "500ms",
     .def = "10ms",
     .help = "Clock error for which class A receive windows are widened."},
    {.name = "min_rx_symbols",
     .kind = SCN_INT,
     .offset = D(min_rx_symbols),
     .min = "5",
     .max = "255",
     .def = "6",
     .help = "Shortest receive window in symbols."},
    {.name = "log_windows",
     .kind = SCN_BOOL,
     .offset = D(log_windows),
     .def = "false",
     .help =
         "Keep a row of every RX1 and RX2 that opened, not only of those in which something was "
         "on the air for the device (store levels frames and all)."},
    {.name = "must_reach",
     .kind = SCN_BOOL,
     .offset = D(must_reach),
     .def = "false",
     .help = "Refuse the scenario when a device has no gateway of its network in reach."},
    {.name = "dev_eui",
     .kind = SCN_HEX,
     .offset = D(dev_eui),
     .len = 8,
     .help =
         "DevEUI of the first device, the others count up; left out: made from the group's name."},
    {.name = "join_eui",
     .kind = SCN_HEX,
     .offset = D(join_eui),
     .len = 8,
     .help = "JoinEUI of all; left out: one per device, so that a capture's join-requests can all "
             "be verified."},
    {.name = "app_key",
     .kind = SCN_HEX,
     .offset = D(app_key),
     .len = 16,
     .help = "AppKey of all; left out: drawn per device."},
    {.name = "link_check_every",
     .kind = SCN_INT,
     .offset = D(link_check_every),
     .min = "0",
     .max = "1000000",
     .def = "0",
     .help = "Send LinkCheckReq with every n-th message; 0: never."},
    {.name = "device_time_every",
     .kind = SCN_INT,
     .offset = D(device_time_every),
     .min = "0",
     .max = "1000000",
     .def = "0",
     .help = "Send DeviceTimeReq with every n-th message; 0: never."},
    {.name = "battery",
     .kind = SCN_INT,
     .offset = D(battery),
     .min = "0",
     .max = "255",
     .def = "255",
     .help = "Battery octet of DevStatusAns: 0 external power, 255 unknown."},
    {.name = "queue",
     .kind = SCN_INT,
     .offset = D(queue),
     .min = "1",
     .max = "16",
     .def = "2",
     .help =
         "Messages that a device holds, the one being sent included; a further one is dropped."},
    {.name = "class",
     .kind = SCN_ENUM,
     .offset = D(device_class),
     .names = class_names,
     .def = "A",
     .help = "A: listens after its own uplinks; B: also in ping slots, as soon as it follows the "
             "beacons; C: also with the parameters of RX2 whenever it does not transmit and no "
             "class A window is open."},
    {.name = "class_b",
     .kind = SCN_SECTION,
     .offset = D(class_b),
     .sub = &class_b_section,
     .only = "class=A|B",
     .help = "How they find and keep the beacons, and when they listen: class B, and class A "
             "members of class B sessions."},
    {.name = "service_profile",
     .kind = SCN_TEXT,
     .offset = D(service_profile),
     .def = "default",
     .help = "Service profile; all members of a multicast group must have the same."},
    {.name = "downlink",
     .kind = SCN_SECTION,
     .offset = D(downlink),
     .sub = &downlink_section,
     .help = "What the application server sends to each device."},
    {.name = "traffic",
     .kind = SCN_SECTION,
     .offset = D(traffic),
     .sub = &traffic_section,
     .help = "What the application sends."},
    {.name = "packages",
     .kind = SCN_SECTION,
     .offset = D(packages),
     .sub = &package_section,
     .help = "Application packages that run on them."},
    {.name = "energy",
     .kind = SCN_SECTION,
     .offset = D(energy),
     .sub = &energy_section,
     .help = "Currents of the states."},
    {.name = "clock",
     .kind = SCN_SECTION,
     .offset = D(clock),
     .sub = &clock_section,
     .help = "The clock of each device; left out: perfect. Receive windows and multicast sessions "
             "open by it; messages are made in true time."},
    {.name = NULL},
};
const struct scn_section device_section = {.name = "devices",
                                           .help = "Groups of end devices.",
                                           .keys = device_keys,
                                           .size = sizeof(struct device_cfg),
                                           .named = "name"};
