/* SPDX-License-Identifier: GPL-2.0-only
 * Application packages over the air: the machines of models/packages at both ends, one pair for
 * each device that has a package, fed by its uplinks and downlinks. And the plan of the server that
 * sets up multicast groups by TS005. */
#ifndef SERVER_PACKAGES_H
#define SERVER_PACKAGES_H

#include "models/server/multicast.h"
#include "models/server/server.h"

struct packages_setup {
    struct evq *evq;
    const struct trace *trace;
    struct devices *devices;
    struct keyring *keyring;
    const struct region *region;
    struct server *const *servers; /* of each network; borrowed */
    unsigned n_networks;
    int64_t start_gps_ns;
    sim_time duration;
    uint64_t seed, run;
};

struct packages;

/* Makes both ends of every device that has a package, and hooks them to devices and servers. NULL
 * when no device has one. */
struct packages *packages_open(const struct packages_setup *s);
void packages_close(struct packages *ps); /* before the keyring is closed */

/* Set up a group over the air. mc and cfg are borrowed; members: device indices with multicast
 * set-up, each in four groups at most. The plan was checked: SessionTime is a whole GPS second. */
void packages_add_group(struct packages *ps, struct multicast *mc, const struct multicast_cfg *cfg,
                        const uint32_t *members, uint32_t n_members);

void packages_start(struct packages *ps);
/* Rows of what became of each member, and a warning for each group with members that were not set
 * up. */
void packages_finish(struct packages *ps);

#endif
