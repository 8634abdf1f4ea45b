/* SPDX-License-Identifier: GPL-2.0-only
 * The server's side of fragmented data block transport, for one device: sends commands, repeats
 * them until they are answered, confirms received blocks, and says what the answers mean. The
 * fragments themselves are its owner's. Source: TS004-1.0.0 and TS004-2.0.0. */
#ifndef PACKAGES_TS004_SERVER_H
#define PACKAGES_TS004_SERVER_H

#include "models/packages/asks.h"
#include "models/packages/ts004.h"

enum { TS004_MAX_NEWS = ASKS_MAX + PKG_MAX_PAYLOAD / 2 };

struct ts004_server_cfg {
    uint8_t version; /* 1 or 2: of the device's package */
    struct pkg_retry retry;
    /* Of FragSessionStatusReq, whose answer may wait 2^(4 + BlockAckDelay) s; n_tries 0: as the
     * others. */
    struct pkg_retry status_retry;
};

/* Fields are for ts004_server_* only. */
struct ts004_server {
    const struct ts004_server_cfg *cfg;
    struct asks asks;
    struct ts004 commands[ASKS_MAX]; /* of each open request */
};

enum ts004_result {
    TS004_ACCEPTED,
    TS004_REFUSED, /* an error bit is set: see the answer */
    TS004_FAILED,  /* never answered */
    TS004_TOLD,    /* not asked for here: a block was received, or a status that a group was asked
                    * for; see the answer */
};

struct ts004_news {
    enum ts004_result result;
    struct ts004 asked;  /* not with TOLD */
    struct ts004 answer; /* not with FAILED */
};

struct ts004_server_out {
    struct ts004 send[PKG_MAX_SEND]; /* downlinks on FPort 201, unicast */
    int n_send;
    struct ts004_news news[TS004_MAX_NEWS];
    int n_news;
    enum pkg_drop drop;
};

/* cfg is borrowed for the machine's life. */
void ts004_server_init(struct ts004_server *s, const struct ts004_server_cfg *cfg);
/* Empty, ready for one input; cheaper than zeroing it. */
void ts004_server_out_init(struct ts004_server_out *out);

/* Send a command (uplink = false) now and until it is answered: PackageVersionReq,
 * FragSessionSetupReq, FragSessionStatusReq, FragSessionDeleteReq. A command with the CID and
 * session of an open one replaces it. A status request that asks only who misses fragments may stay
 * without an answer: it FAILED then. Errors: SIM_ENOENT (no such command), SIM_ERANGE (a field
 * does not fit), SIM_EBUSY (ASKS_MAX others are open). */
int ts004_server_ask(struct ts004_server *s, const struct pkg_now *now, const struct ts004 *c,
                     struct ts004_server_out *out);

/* A command of the device. A received block is confirmed at once. */
void ts004_server_command(struct ts004_server *s, const struct pkg_now *now, const struct ts004 *c,
                          struct ts004_server_out *out);
/* An uplink on FPort 201: its commands from first to last. */
void ts004_server_receive(struct ts004_server *s, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts004_server_out *out);

/* Stop repeating what is open; late answers are stale then, but for status. */
void ts004_server_cancel(struct ts004_server *s);

/* Call this at ts004_server_next; earlier calls do nothing. A request that is still waiting in the
 * downlink queue is replaced by its repetition. */
void ts004_server_wake(struct ts004_server *s, const struct pkg_now *now,
                       struct ts004_server_out *out);
/* SIM_NEVER: no wake is needed. */
sim_time ts004_server_next(const struct ts004_server *s);
/* Requests that are not yet answered. */
int ts004_server_n_open(const struct ts004_server *s);

#endif
