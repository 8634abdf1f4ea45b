/* SPDX-License-Identifier: GPL-2.0-only
 * What the two ends of fragmented block transport share. */
#ifndef SERVER_PACKAGES_TS004_H
#define SERVER_PACKAGES_TS004_H

#include "models/packages/ts004_device.h"
#include "models/packages/ts004_server.h"
#include "models/server/packages_internal.h"

/* What plans ask a device. */
struct pk_ts004_plan {
    struct ts004_server_cfg cfg;
    struct ts004_server server;
};

/* Both ends at one device. */
struct pk_ts004 {
    struct ts004_device device;
    uint8_t key[16];            /* DataBlockIntKey */
    uint32_t n_ended;           /* sessions */
    struct pk_ts004_plan *plan; /* at the server; or NULL */
};

/* What all devices share. */
struct pk_ts004_run {
    struct ts004_device_cfg *cfgs; /* of each device group */
    struct fragpool *pool;
    struct rng_key bytes_key;           /* which devices keep bytes */
    struct ts004_device_out out;        /* of the payload being received */
    struct ts004_server_out server_out; /* the same, at the server */
};

/* A payload that is one DataFragment is taken here, past all that others need; false: it is not. */
bool pk_ts004_fragment(struct packages *ps, struct pk_device *d, const struct device_received *r);
/* The device has restarted. */
void pk_ts004_restart(struct packages *ps, struct pk_device *d);

/* The server's end, for the table. */
enum pkg_drop pk_ts004_server_command(struct packages *ps, struct pk_device *d,
                                      const struct pkg_now *now, const struct package_command *c);
sim_time pk_ts004_server_next(struct packages *ps, struct pk_device *d);
void pk_ts004_server_wake(struct packages *ps, struct pk_device *d);
int pk_ts004_ask(struct packages *ps, struct pk_device *d, const struct package_command *c,
                 const struct pkg_retry *retry);
void pk_ts004_cancel(struct packages *ps, struct pk_device *d);

#endif
