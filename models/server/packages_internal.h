/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the application packages share. */
#ifndef SERVER_PACKAGES_INTERNAL_H
#define SERVER_PACKAGES_INTERNAL_H

#include "models/lorawan/device_packages.h"
#include "models/packages/ts005_device.h"
#include "models/packages/ts005_server.h"
#include "models/server/packages.h"
#include "sim/rng.h"

/* A multicast group that is set up over the air. */
struct pk_group {
    struct multicast *mc;
    const struct multicast_cfg *cfg;
    struct multicast_terms terms;
    struct ts005_server_cfg server_cfg[2]; /* versions 1 and 2 */
    sim_time deadline;
    int64_t session_gps_s;
};

/* How far a member's set-up is; the row's reason. */
#define PK_STATE_MAP(X)                                                                            \
    X(WAITING, "not asked")                                                                        \
    X(GROUP, "no answer to McGroupSetupReq")                                                       \
    X(SESSION, "no answer to McClassCSessionReq")                                                  \
    X(READY, "ready")                                                                              \
    X(REFUSED, "refused")                                                                          \
    X(TOO_LATE, "the session's start had passed")

enum pk_state {
#define X(name, text) PK_##name,
    PK_STATE_MAP(X)
#undef X
};

/* A group as one of its members is told of it. */
struct pk_member {
    uint32_t group; /* index */
    uint8_t mc_group_id;
    uint8_t state;  /* enum pk_state */
    bool over;      /* nothing more is asked */
    uint8_t cid;    /* of the refused request */
    uint8_t errors; /* of the refusal: PK_ERR_* */
    bool clock_known;
    sim_time at; /* of the outcome; -1: none yet */
    int64_t clock_error_s;
    uint32_t n_requests;
    struct ts005_server server;
};

enum { PK_ERR_ID = 1, PK_ERR_UNDEFINED = 2, PK_ERR_FREQ = 4, PK_ERR_DR = 8, PK_ERR_MISSED = 16 };

/* Both ends of one device. */
struct pk_device {
    uint32_t device;
    sim_entity id;
    uint16_t network;
    const struct package_cfg *cfg;
    uint8_t mckekey[16];
    uint32_t n_draws;
    /* On the device. */
    struct ts005_device ts005;
    struct {
        bool defined;
        uint32_t mc_addr;
        keyring_id keys;
    } groups[TS005_MAX_GROUPS];
    sim_time wake; /* the pending event that counts */
    /* At the server. */
    struct pk_member members[TS005_MAX_GROUPS];
    unsigned n_members;
    sim_time server_wake;
};

struct packages {
    struct packages_setup s;
    struct pk_device *d;
    uint32_t n;
    uint32_t *of_device;           /* index + 1; 0: it has no package */
    struct ts005_device_cfg *cfgs; /* of each device group */
    unsigned n_cfgs;
    struct pk_group *groups;
    uint32_t n_groups;
    evq_kind device_event, server_event;
    struct rng_key key;
    struct ts005_device_out out; /* scratch */
};

/* What the machines want to know of now: at the device, and at the server when the first bit of an
 * uplink was sent. */
struct pkg_now pk_device_now(struct packages *ps, struct pk_device *d);
struct pkg_now pk_server_now(const struct packages *ps, sim_time gps_at);

/* The device's end. */
void pk_device_open(struct packages *ps, struct pk_device *d, const struct ts005_device_cfg *cfg);
void pk_device_close(struct packages *ps, struct pk_device *d);
bool pk_device_received(void *ctx, uint32_t device, const struct device_received *r);
void pk_device_stamp(void *ctx, uint32_t device, struct device_packet *p);
void pk_device_corrected(void *ctx, uint32_t device);
void pk_on_device(void *obj, uint32_t arg);

/* The server's end. */
void pk_server_start(struct packages *ps, struct pk_device *d);
bool pk_server_received(void *ctx, const struct server_received *r);
void pk_on_server(void *obj, uint32_t arg);

/* Rows. */
struct pk_message {
    sim_time at;
    sim_entity device;
    int fport;
    bool uplink;
    const char *name, *result;
    const uint8_t *bytes;
    size_t len;
};
void pk_row(const struct packages *ps, const struct pk_message *m);
/* A row for each command of a payload of TS005. */
void pk_rows(const struct packages *ps, const struct pk_device *d, const struct pk_message *m);
/* Why a command that was read had no effect, or not all of it; "received" when there is nothing to
 * say. */
const char *pk_result(enum pkg_drop drop, const struct ts005 *c, const uint8_t *bytes, size_t len);

#endif
