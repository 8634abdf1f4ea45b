/* SPDX-License-Identifier: GPL-2.0-only
 * The device's side of clock synchronisation: asks for the time, now and then, when told to, or
 * when its owner wants it, and says by how much the clock is to be corrected. It does not hold the
 * clock. Source: TS003-1.0.0 and TS003-2.0.0. */
#ifndef PACKAGES_TS003_DEVICE_H
#define PACKAGES_TS003_DEVICE_H

#include "models/packages/package.h"
#include "models/packages/ts003.h"

/* When a request carries AnsRequired. The specification leaves it to the device. */
enum ts003_ans { TS003_ANS_UNSYNCED, TS003_ANS_NEVER, TS003_ANS_ALWAYS };

struct ts003_device_cfg {
    uint8_t version; /* 1 or 2 */
    bool periodicity_supported;
    uint8_t ans;       /* enum ts003_ans */
    uint8_t n_tries;   /* transmissions of a request that requires an answer; 0 counts as 1 */
    sim_time spacing;  /* between the transmissions of one request */
    sim_time interval; /* of own requests, until the server sets another; 0: none */
};

/* All zeros but cfg: nothing asked yet. Fields are for ts003_device_* only. */
struct ts003_device {
    const struct ts003_device_cfg *cfg;
    sim_time next_try, next_period; /* SIM_NEVER: none */
    sim_time interval;
    uint8_t state, token, n_left;
    bool ans_required, synced;
};

struct ts003_device_out {
    struct ts003 send[PKG_MAX_SEND]; /* in one unconfirmed uplink on FPort 202 */
    int n_send;
    size_t len;   /* octets of these */
    bool adr_off; /* version 1: send it with ADR off and NbTrans 1 */
    bool corrected;
    int64_t correction_s; /* add so many seconds to the clock, at once */
    enum pkg_drop drop;   /* the last reason, if any */
};

/* cfg is borrowed for the machine's life. */
void ts003_device_init(struct ts003_device *d, const struct ts003_device_cfg *cfg);

/* The device has joined: ask for the time, and begin the own interval. */
void ts003_device_start(struct ts003_device *d, const struct pkg_now *now,
                        struct ts003_device_out *out);

/* Ask for the time now. */
void ts003_device_request(struct ts003_device *d, const struct pkg_now *now, bool ans_required,
                          struct ts003_device_out *out);

/* A command from the server. Adds to *out: several commands of one payload have one output. */
void ts003_device_command(struct ts003_device *d, const struct pkg_now *now, const struct ts003 *c,
                          struct ts003_device_out *out);

/* A payload on FPort 202: its commands from first to last. On a multicast address: dropped. */
void ts003_device_receive(struct ts003_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts003_device_out *out);

/* Call this at ts003_device_next; earlier calls do nothing. */
void ts003_device_wake(struct ts003_device *d, const struct pkg_now *now,
                       struct ts003_device_out *out);
/* On the clock of pkg_now.at; SIM_NEVER: no wake is needed. */
sim_time ts003_device_next(const struct ts003_device *d);

/* Put the clock's reading at the first bit of the uplink into a command that carries it; for
 * uplinks that had to wait. */
void ts003_device_stamp(struct ts003 *c, int64_t gps_ns);

#endif
