/* SPDX-License-Identifier: GPL-2.0-only
 * What the two ends of firmware management share. */
#ifndef SERVER_PACKAGES_TS006_H
#define SERVER_PACKAGES_TS006_H

#include "models/packages/ts006_device.h"
#include "models/packages/ts006_server.h"
#include "models/server/packages_internal.h"

/* What plans ask a device. */
struct pk_ts006_plan {
    struct ts006_server_cfg cfg;
    struct ts006_server server;
};

/* Both ends at one device. */
struct pk_ts006 {
    struct firmware firmware;
    struct ts006_device device;
    uint8_t last_image; /* enum ts006_image, when it came */
    uint32_t image_version;
    sim_time image_at, reboot_at; /* -1: never */
    struct pk_ts006_plan *plan;   /* at the server; or NULL */
};

/* What all devices share. */
struct pk_ts006_run {
    struct firmware_cfg *boards; /* of each device group */
    struct ts006_device_cfg *cfgs;
    struct package_image *images;
    uint32_t n_images;
    struct ts006_device_out out; /* of the payload being received */
};

/* A block as a device has it. */
struct pk_block {
    uint8_t descriptor[4];
    uint8_t block_ack_delay;
    const uint8_t *bytes; /* NULL: the device works on ranks */
    size_t len;           /* without padding */
    bool whole;           /* every fragment is right */
};
/* A device with firmware management has a new block. */
void pk_ts006_block(struct packages *ps, struct pk_device *d, const struct pk_block *b);

/* The server's end, for the table. */
enum pkg_drop pk_ts006_server_command(struct packages *ps, struct pk_device *d,
                                      const struct pkg_now *now, const struct package_command *c);
sim_time pk_ts006_server_next(struct packages *ps, struct pk_device *d);
void pk_ts006_server_wake(struct packages *ps, struct pk_device *d);
int pk_ts006_ask(struct packages *ps, struct pk_device *d, const struct package_command *c,
                 const struct pkg_retry *retry);
void pk_ts006_cancel(struct packages *ps, struct pk_device *d);

#endif
