/* SPDX-License-Identifier: GPL-2.0-only
 * The server's side of remote multicast set-up, for one device: sends commands, repeats them until
 * they are answered, and says what the answers mean. What is asked, and when, is its owner's
 * plan. Source: TS005-1.0.0 and TS005-2.0.0. */
#ifndef PACKAGES_TS005_SERVER_H
#define PACKAGES_TS005_SERVER_H

#include "models/packages/package.h"
#include "models/packages/ts005.h"

enum { TS005_MAX_OPEN = 4, TS005_MAX_NEWS = 8, TS005_NO_GROUP = 255 };

struct ts005_server_cfg {
    uint8_t version;  /* 1 or 2: of the device's package */
    bool send_anyway; /* also sessions that the text forbids: in the past, class B off 128 s */
    struct pkg_retry retry;
};

/* Requests to one device that are not yet answered. Fields are for ts005_server_* only. */
struct ts005_server {
    const struct ts005_server_cfg *cfg;
    struct {
        struct pkg_request request;
        struct ts005 command;
    } open[TS005_MAX_OPEN];
};

enum ts005_result {
    TS005_ACCEPTED,
    TS005_REFUSED, /* an error bit is set: see the answer */
    TS005_FAILED,  /* never answered */
};

struct ts005_news {
    enum ts005_result result;
    struct ts005 asked;
    struct ts005 answer;   /* not with FAILED */
    bool clock_known;      /* of accepted sessions, unless TimeToStart may be cut off */
    int64_t clock_error_s; /* device's clock minus server's, as TimeToStart shows it */
};

struct ts005_server_out {
    struct ts005 send[TS005_MAX_OPEN]; /* downlinks on FPort 200, unicast */
    int n_send;
    struct ts005_news news[TS005_MAX_NEWS];
    int n_news;
    enum pkg_drop drop;
};

/* cfg is borrowed for the machine's life. */
void ts005_server_init(struct ts005_server *s, const struct ts005_server_cfg *cfg);

/* Send a command (uplink = false) now and until it is answered. now->gps_ns: the server's time.
 * A command with the CID and the group of an open one replaces it. Errors: SIM_ENOENT (no such
 * command), SIM_ERANGE (a field does not fit; a session in the past; class B and no multiple of
 * 128 s), SIM_EBUSY (TS005_MAX_OPEN others are open). */
int ts005_server_ask(struct ts005_server *s, const struct pkg_now *now, const struct ts005 *c,
                     struct ts005_server_out *out);

/* A command of the device. now->gps_ns: the server's time when the first bit of the uplink was
 * sent. */
void ts005_server_command(struct ts005_server *s, const struct pkg_now *now, const struct ts005 *c,
                          struct ts005_server_out *out);

/* An uplink on FPort 200: its commands from first to last. */
void ts005_server_receive(struct ts005_server *s, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts005_server_out *out);

/* Stop repeating what is open; late answers are stale then. */
void ts005_server_cancel(struct ts005_server *s);

/* Call this at ts005_server_next; earlier calls do nothing. A request that is still waiting in the
 * downlink queue is replaced by its repetition. */
void ts005_server_wake(struct ts005_server *s, const struct pkg_now *now,
                       struct ts005_server_out *out);
/* SIM_NEVER: no wake is needed. */
sim_time ts005_server_next(const struct ts005_server *s);

/* The group that a request or an answer is about, or TS005_NO_GROUP. */
uint8_t ts005_server_group_of(const struct ts005 *c);

/* Requests that are not yet answered. */
int ts005_server_n_open(const struct ts005_server *s);

#endif
