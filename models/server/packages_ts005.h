/* SPDX-License-Identifier: GPL-2.0-only
 * What the two ends of remote multicast set-up share. */
#ifndef SERVER_PACKAGES_TS005_H
#define SERVER_PACKAGES_TS005_H

#include "models/packages/ts005_device.h"
#include "models/packages/ts005_server.h"
#include "models/server/packages_internal.h"

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
    X(SESSION, "no answer to the session's request")                                               \
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
    sim_time start; /* of its set-up */
    sim_time at;    /* of the outcome; -1: none yet */
    int64_t clock_error_s;
    uint32_t n_requests;
    struct ts005_server server;
};

enum { PK_ERR_ID = 1, PK_ERR_UNDEFINED = 2, PK_ERR_FREQ = 4, PK_ERR_DR = 8, PK_ERR_MISSED = 16 };

/* What a plan asks, beside the set-up of groups. */
struct pk_ts005_plan {
    struct ts005_server_cfg cfg;
    struct ts005_server server;
};

/* Both ends at one device. */
struct pk_ts005 {
    uint8_t mckekey[16];
    /* On the device. */
    struct ts005_device device;
    struct {
        bool defined;
        uint32_t mc_addr;
        keyring_id keys;
    } groups[TS005_MAX_GROUPS];
    /* At the server. */
    struct pk_member members[TS005_MAX_GROUPS];
    unsigned n_members;
    uint32_t ids;               /* McGroupIDs in use, a bit each */
    struct pk_ts005_plan *plan; /* or NULL */
};

/* What all devices share. */
struct pk_ts005_run {
    struct ts005_device_cfg *cfgs; /* of each device group */
    struct pk_group *groups;
    uint32_t n_groups;
    struct ts005_device_out out; /* of the payload being received */
};

/* The device has what it wanted of these groups (bit n: McGroupID n): their sessions end. */
void pk_ts005_leave(struct packages *ps, struct pk_device *d, unsigned mc_group_mask);

/* The server's end, for the table. */
void pk_ts005_server_start(struct packages *ps, struct pk_device *d);
enum pkg_drop pk_ts005_server_command(struct packages *ps, struct pk_device *d,
                                      const struct pkg_now *now, const struct package_command *c);
sim_time pk_ts005_server_next(struct packages *ps, struct pk_device *d);
void pk_ts005_server_wake(struct packages *ps, struct pk_device *d);
int pk_ts005_ask(struct packages *ps, struct pk_device *d, const struct package_command *c,
                 const struct pkg_retry *retry);
void pk_ts005_cancel(struct packages *ps, struct pk_device *d);
void pk_ts005_finish(struct packages *ps);

#endif
