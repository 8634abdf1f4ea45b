/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of the application packages of a group of devices. */
#include "models/lorawan/package_cfg.h"

#include <stddef.h>

#define P(field) offsetof(struct package_cfg, field)

static const char *const past_names[] = {"loramac", "open", NULL};

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
    {.name = NULL},
};
const struct scn_section package_section = {.name = "packages",
                                            .help = "Application packages that run on the devices.",
                                            .keys = package_keys,
                                            .size = sizeof(struct package_cfg)};
