/* SPDX-License-Identifier: GPL-2.0-only
 * The server's side of clock synchronisation, for one device: answers its requests, and asks it
 * for its version, a periodicity or a resynchronisation, with repeats. Source: TS003-1.0.0 and
 * TS003-2.0.0. */
#ifndef PACKAGES_TS003_SERVER_H
#define PACKAGES_TS003_SERVER_H

#include "models/packages/package.h"
#include "models/packages/ts003.h"

struct ts003_server_cfg {
    uint8_t version;        /* 1 or 2: of the device's package */
    uint32_t threshold_s;   /* without AnsRequired: answer only when the clock is off by more */
    struct pkg_retry retry; /* of the server's own requests */
};

enum ts003_ask { TS003_ASK_VERSION, TS003_ASK_PERIOD, TS003_ASK_RESYNC, TS003_N_ASKS };

/* Fields are for ts003_server_* only. */
struct ts003_server {
    const struct ts003_server_cfg *cfg;
    struct pkg_request asks[TS003_N_ASKS];
    uint8_t values[TS003_N_ASKS]; /* what the request carries */
};

/* What the server learned. */
enum ts003_news_kind {
    TS003_NEWS_TIME,     /* the device's clock, from AppTimeReq or DeviceAppTimePeriodicityAns */
    TS003_NEWS_ANSWERED, /* one of our requests: see result */
    TS003_NEWS_FAILED,   /* it was never answered */
};

struct ts003_news {
    enum ts003_news_kind kind;
    int64_t offset_s;            /* TIME: server's clock minus device's, in whole seconds */
    bool was_answered;           /* TIME: AppTimeAns is in this output */
    enum ts003_ask ask;          /* ANSWERED, FAILED */
    bool refused;                /* ANSWERED: periodicity not supported */
    uint8_t identifier, version; /* ANSWERED, TS003_ASK_VERSION */
};

struct ts003_server_out {
    struct ts003 send[PKG_MAX_SEND]; /* downlinks on FPort 202, unicast */
    int n_send;
    struct ts003_news news[2 * PKG_MAX_SEND];
    int n_news;
    enum pkg_drop drop;
};

/* cfg is borrowed for the machine's life. */
void ts003_server_init(struct ts003_server *s, const struct ts003_server_cfg *cfg);

/* Ask the device. value: the period 0..15, or the transmissions 1..7 of a resynchronisation; 0 for
 * the version. A new request replaces one of the same kind. A resynchronisation counts as answered
 * by the device's next AppTimeReq. Errors: SIM_ERANGE. */
int ts003_server_ask(struct ts003_server *s, const struct pkg_now *now, enum ts003_ask ask,
                     uint8_t value, struct ts003_server_out *out);

/* A command of the device. now->gps_ns: the server's time when the first bit of the uplink was
 * sent, that is, of its reception less the air time. */
void ts003_server_command(struct ts003_server *s, const struct pkg_now *now, const struct ts003 *c,
                          struct ts003_server_out *out);

/* An uplink on FPort 202: its commands from first to last. */
void ts003_server_receive(struct ts003_server *s, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts003_server_out *out);

/* Stop repeating what is open; late answers are stale then. */
void ts003_server_cancel(struct ts003_server *s);

/* Call this at ts003_server_next; earlier calls do nothing. A request that is still waiting in the
 * downlink queue is replaced by its repetition. */
void ts003_server_wake(struct ts003_server *s, const struct pkg_now *now,
                       struct ts003_server_out *out);
/* SIM_NEVER: no wake is needed. */
sim_time ts003_server_next(const struct ts003_server *s);

#endif
