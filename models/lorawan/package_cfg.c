/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of the application packages of a group of devices. */
#include "models/lorawan/package_cfg.h"

#include <stddef.h>

#define P(field) offsetof(struct package_cfg, field)
#define T(field) offsetof(struct package_time_cfg, field)

static const char *const past_names[] = {"loramac", "open", NULL};

static const char *const starts_names[] = {"device", "network", NULL};
static const char *const answer_names[] = {"unsynced", "never", "always", NULL};

static const struct scn_key time_keys[] = {
    {.name = "starts",
     .kind = SCN_ENUM,
     .offset = T(starts),
     .names = starts_names,
     .def = "device",
     .help = "device: it asks by itself; network: only when the server has told it to "
             "(networks.server.clock_sync)."},
    {.name = "first",
     .kind = SCN_DIST,
     .unit = SCN_TIME,
     .offset = T(first),
     .min = "0s",
     .max = "365d",
     .def = "uniform(0s, 1min)",
     .only = "starts=device",
     .help = "First AppTimeReq after power-on (ABP) or join."},
    {.name = "period",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = T(period_ns),
     .min = "1min",
     .max = "365d",
     .def = "never",
     .word = "never",
     .only = "starts=device",
     .help = "Then again this often, 30 s more or less (a quarter of the period, when that is "
             "less), until the server sets another period."},
    {.name = "answer_required",
     .kind = SCN_ENUM,
     .offset = T(answer),
     .names = answer_names,
     .def = "unsynced",
     .help = "Requests with AnsRequired; unsynced: until the first correction. Others are answered "
             "only when the clock is off by more than the server's threshold."},
    {.name = "tries",
     .kind = SCN_INT,
     .offset = T(tries),
     .min = "1",
     .max = "255",
     .def = "3",
     .help = "Transmissions of a request that requires an answer, all with one token, unless it is "
             "answered."},
    {.name = "spacing",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = T(spacing_ns),
     .min = "1s",
     .max = "1d",
     .def = "30s",
     .help = "Time from one of them to the next, also of those that ForceDeviceResyncReq orders."},
    {.name = "periodicity",
     .kind = SCN_BOOL,
     .offset = T(periodicity),
     .def = "true",
     .help = "Obey DeviceAppTimePeriodicityReq; false: answer NotSupported."},
    {.name = NULL},
};
static const struct scn_section time_section = {
    .name = "time_requests",
    .help = "When a device asks for the time by clock synchronisation, and how.",
    .keys = time_keys,
    .size = sizeof(struct package_time_cfg)};

static const struct scn_key package_keys[] = {
    {.name = "multicast_setup",
     .kind = SCN_INT,
     .offset = P(multicast_setup),
     .min = "0",
     .max = "2",
     .def = "0",
     .help = "Version of remote multicast set-up (TS005, FPort 200); 0: not there."},
    {.name = "gen_app_key",
     .kind = SCN_HEX,
     .offset = P(gen_app_key),
     .len = 16,
     .help = "GenAppKey of all, from which the key follows under which group keys travel; left "
             "out: drawn per device."},
    {.name = "groups",
     .kind = SCN_INT,
     .offset = P(groups),
     .min = "1",
     .max = "4",
     .def = "4",
     .help = "Multicast groups that a device can be told of: McGroupID 0 to groups - 1, others get "
             "IDerror."},
    {.name = "refuse_frequencies",
     .kind = SCN_VALUES,
     .unit = SCN_FREQUENCY,
     .offset = P(refuse_frequencies),
     .min = "100MHz",
     .max = "3GHz",
     .help = "Frequencies of sessions that a device refuses with FreqError, at most seven, besides "
             "those outside the region."},
    {.name = "refuse_data_rates",
     .kind = SCN_VALUES,
     .offset = P(refuse_data_rates),
     .min = "0",
     .max = "15",
     .help = "Data rates of sessions that a device refuses with DRError, besides those that are no "
             "downlink data rates of the region."},
    {.name = "past_session",
     .kind = SCN_ENUM,
     .offset = P(past_session),
     .names = past_names,
     .def = "loramac",
     .help = "What version 1 says to a session whose start has passed on its clock; loramac: "
             "McGroupUndefined, as LoRaMac-node; open: no error, and it listens for the rest."},
    {.name = "clock_sync",
     .kind = SCN_INT,
     .offset = P(clock_sync),
     .min = "0",
     .max = "2",
     .def = "0",
     .help = "Version of clock synchronisation (TS003, FPort 202); 0: not there."},
    {.name = "time_requests",
     .kind = SCN_SECTION,
     .offset = P(time),
     .sub = &time_section,
     .help = "When a device asks for the time by clock synchronisation, and how."},
    {.name = NULL},
};
const struct scn_section package_section = {.name = "packages",
                                            .help = "Application packages that run on the devices.",
                                            .keys = package_keys,
                                            .size = sizeof(struct package_cfg)};
