/* SPDX-License-Identifier: GPL-2.0-only
 * The device's side of firmware management: versions, the image in the slot, and one reboot, at a
 * time on the device's own clock or after a countdown; the last request wins. What a reboot does is
 * its owner's. Source: TS006-1.0.0. */
#ifndef PACKAGES_TS006_DEVICE_H
#define PACKAGES_TS006_DEVICE_H

#include "models/packages/firmware.h"
#include "models/packages/package.h"

struct ts006_device_cfg {
    bool absolute_answer; /* wrong on purpose: DevRebootTimeAns says the GPS time of the reboot */
    bool no_clock;        /* it does not know the time: DevRebootTimeReq is answered with 0 */
};

/* For ts006_device_* only. */
struct ts006_device {
    const struct ts006_device_cfg *cfg;
    struct firmware *firmware;
    sim_time reboot_at;    /* countdown; SIM_NEVER: none */
    int64_t reboot_gps_ns; /* INT64_MAX: none */
};

struct ts006_device_out {
    struct ts006 send[PKG_MAX_SEND]; /* in one uplink on FPort 203 */
    int n_send;
    size_t len;  /* octets of these */
    bool reboot; /* now, without an answer to this payload: ts006_device_rebooted follows */
    enum pkg_drop drop;
};

/* cfg and firmware are borrowed for the machine's life. */
void ts006_device_init(struct ts006_device *d, const struct ts006_device_cfg *cfg,
                       struct firmware *firmware);
void ts006_device_out_init(struct ts006_device_out *out);

/* A command from the server. Adds to *out: several commands of one payload have one output. */
void ts006_device_command(struct ts006_device *d, const struct pkg_now *now, const struct ts006 *c,
                          struct ts006_device_out *out);
/* A payload on FPort 203: its commands from first to last, or to an immediate reboot. On a
 * multicast address: dropped. */
void ts006_device_receive(struct ts006_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts006_device_out *out);

/* Reboot when it is due: call it at ts006_device_next_at, when the device's clock reads
 * ts006_device_next_gps_ns, and after each correction of the clock. */
void ts006_device_wake(struct ts006_device *d, const struct pkg_now *now,
                       struct ts006_device_out *out);
sim_time ts006_device_next_at(const struct ts006_device *d);    /* SIM_NEVER: none */
int64_t ts006_device_next_gps_ns(const struct ts006_device *d); /* INT64_MAX: none */
/* Plan a reboot on the device's own account, in place of any other. */
void ts006_device_plan(struct ts006_device *d, sim_time at);
/* It has restarted: nothing is planned. */
void ts006_device_rebooted(struct ts006_device *d);

/* Put the seconds left as of the first bit of the uplink into a reboot answer; for uplinks that had
 * to wait. */
void ts006_device_stamp(const struct ts006_device *d, struct ts006 *c, const struct pkg_now *now);

#endif
