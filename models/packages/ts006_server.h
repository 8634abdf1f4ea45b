/* SPDX-License-Identifier: GPL-2.0-only
 * The server's side of firmware management, for one device: sends commands, repeats them until they
 * are answered, and says what the answers mean. Source: TS006-1.0.0. */
#ifndef PACKAGES_TS006_SERVER_H
#define PACKAGES_TS006_SERVER_H

#include "models/packages/asks.h"
#include "models/packages/ts006.h"

enum { TS006_MAX_NEWS = 2 * ASKS_MAX };

struct ts006_server_cfg {
    struct pkg_retry retry;
};

/* Fields are for ts006_server_* only. */
struct ts006_server {
    const struct ts006_server_cfg *cfg;
    struct asks asks;
    struct ts006 commands[ASKS_MAX]; /* of each open request */
};

enum ts006_result {
    TS006_ACCEPTED,
    TS006_REFUSED, /* it will not reboot then (0), or the image is not deleted: see the answer */
    TS006_FAILED,  /* never answered */
    TS006_SENT,    /* a reboot without a delay, which has no answer: its last repetition was sent */
};

struct ts006_news {
    enum ts006_result result;
    struct ts006 asked;
    struct ts006 answer; /* not with FAILED and SENT */
    /* Of accepted reboot times and countdowns (but not cancellations): device's clock minus
     * server's, as the seconds left show it (reboot times only), and whether those cannot be
     * right, as when a device answers with an absolute time. */
    bool clock_known;
    int64_t clock_error_s;
    bool implausible;
};

struct ts006_server_out {
    struct ts006 send[PKG_MAX_SEND]; /* downlinks on FPort 203, unicast */
    int n_send;
    struct ts006_news news[TS006_MAX_NEWS];
    int n_news;
    enum pkg_drop drop;
};

/* cfg is borrowed for the machine's life. */
void ts006_server_init(struct ts006_server *s, const struct ts006_server_cfg *cfg);
void ts006_server_out_init(struct ts006_server_out *out);

/* Send a command (uplink = false) now and until it is answered. A command with the CID of an open
 * one replaces it. Errors: SIM_ENOENT (no such command), SIM_ERANGE (a field does not fit; a reboot
 * time in the past), SIM_EBUSY (ASKS_MAX others are open). */
int ts006_server_ask(struct ts006_server *s, const struct pkg_now *now, const struct ts006 *c,
                     struct ts006_server_out *out);

/* A command of the device. now->gps_ns: the server's time when the first bit of the uplink was
 * sent. */
void ts006_server_command(struct ts006_server *s, const struct pkg_now *now, const struct ts006 *c,
                          struct ts006_server_out *out);
/* An uplink on FPort 203: its commands from first to last. */
void ts006_server_receive(struct ts006_server *s, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts006_server_out *out);

/* Stop repeating what is open; late answers are stale then. */
void ts006_server_cancel(struct ts006_server *s);

/* Call this at ts006_server_next; earlier calls do nothing. A request that is still waiting in the
 * downlink queue is replaced by its repetition. */
void ts006_server_wake(struct ts006_server *s, const struct pkg_now *now,
                       struct ts006_server_out *out);
sim_time ts006_server_next(const struct ts006_server *s); /* SIM_NEVER: no wake is needed */
int ts006_server_n_open(const struct ts006_server *s);

#endif
