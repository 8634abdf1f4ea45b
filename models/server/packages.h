/* SPDX-License-Identifier: GPL-2.0-only
 * Application packages over the air: the machines of models/packages at both ends, one pair for
 * each device that has a package, fed by its uplinks and downlinks. The server's ends are driven by
 * what a scenario says (multicast groups set up by TS005) or by a plan that asks devices one by
 * one. */
#ifndef SERVER_PACKAGES_H
#define SERVER_PACKAGES_H

#include "models/packages/package.h"
#include "models/packages/ts003.h"
#include "models/packages/ts004.h"
#include "models/packages/ts005.h"
#include "models/packages/ts006.h"
#include "models/server/multicast.h"
#include "models/server/server.h"

struct packages_setup {
    struct evq *evq;
    const struct trace *trace;
    struct devices *devices;
    struct keyring *keyring;
    const struct region *region;
    struct server *const *servers; /* of each network; borrowed */
    unsigned n_networks;
    int64_t start_gps_ns;
    sim_time duration;
    uint64_t seed, run;
};

struct packages;

/* Makes both ends of every device that has a package, and hooks them to devices and servers. NULL
 * when no device has one. */
struct packages *packages_open(const struct packages_setup *s);
void packages_close(struct packages *ps); /* before the keyring is closed */

/* Set up a group over the air. mc and cfg are borrowed; members: device indices with multicast
 * set-up, each in four groups at most. The plan was checked: SessionTime is a whole GPS second.
 * Returns the group's number. */
uint32_t packages_add_group(struct packages *ps, struct multicast *mc,
                            const struct multicast_cfg *cfg, const uint32_t *members,
                            uint32_t n_members);

void packages_start(struct packages *ps);
/* Rows of what became of each member, and a warning for each group with members that were not set
 * up. */
void packages_finish(struct packages *ps);

/* A command of any package, as on the air. */
struct package_command {
    uint8_t fport; /* says which member of u counts */
    union {
        struct ts003 ts003;
        struct ts004 ts004;
        struct ts005 ts005;
        struct ts006 ts006;
    } u;
};

enum package_result {
    PACKAGE_ACCEPTED,
    PACKAGE_REFUSED,   /* an error bit is set: see the answer */
    PACKAGE_NO_ANSWER, /* to any of the tries */
    PACKAGE_TOLD,      /* the device said it by itself */
};

/* What the server has learned from a device. */
struct package_news {
    uint32_t device;
    enum package_result result;
    const struct package_command *asked;  /* borrowed for the call; NULL with TOLD */
    const struct package_command *answer; /* the same; NULL with NO_ANSWER */
    /* Sessions and reboot times that were accepted: the device's clock less the server's, as the
     * seconds left show it. */
    bool clock_known;
    int64_t clock_error_s;
    bool implausible; /* seconds to a reboot that cannot be right */
};

/* A plan: told of everything its own requests bring, and of members of groups. It may ask on while
 * it is being told. */
struct package_plan {
    void *ctx;
    void (*news)(void *ctx, const struct package_news *n);
    /* A member of a group is set up, or nothing more is asked of it. */
    void (*member)(void *ctx, uint32_t group, uint32_t device, bool ready);
};
/* Copied; up to four plans, each told of everything in the order in which they came. Errors:
 * SIM_ENOSPC. */
int packages_add_plan(struct packages *ps, const struct package_plan *p);

/* Ask a device now, and again until it answers; a newer request of the same kind (and, where there
 * are groups or sessions, for the same one) takes its place. retry counts for all requests of this
 * package that are open at the device. Errors: SIM_ENOENT (the device does not have the package, or
 * there is no such request), SIM_ERANGE (a field does not fit), SIM_EBUSY (too many are open). */
int packages_ask(struct packages *ps, uint32_t device, const struct package_command *c,
                 const struct pkg_retry *retry);
/* Send a device a command that has no answer. A waiting one with this key is replaced. Errors:
 * SIM_ENOENT (it does not have the package), SIM_ENOSPC (eight wait). */
int packages_send(struct packages *ps, uint32_t device, const struct package_command *c,
                  uint32_t key);
/* Ask nothing more of what a plan asked on this FPort: waiting requests are taken back. */
void packages_cancel(struct packages *ps, uint32_t device, uint8_t fport);

/* Make a fragmentation session at a device that needs no request over the air. Errors: SIM_ENOENT
 * (the device does not have the package), SIM_EINVAL (it would refuse the request: *why). */
int packages_provision(struct packages *ps, uint32_t device, const struct ts004_setup_req *setup,
                       enum pkg_drop *why);

/* An image that the vendor has signed; blocks are told apart by their descriptor. */
struct package_image {
    uint8_t descriptor[4];
    uint32_t version, hw_version;
    const uint8_t *bytes; /* borrowed as long as the packages live */
    size_t len;
};
/* Devices check blocks with this descriptor against it, octet by octet where they keep bytes; a
 * block of no signed image has a wrong signature. The last one with a descriptor counts. */
void packages_sign(struct packages *ps, const struct package_image *image);

/* Firmware of a device as it is now, whatever the server was told. */
struct package_firmware {
    uint32_t version, next_version;
    uint8_t image; /* enum ts006_image */
};
/* Errors: SIM_ENOENT (no firmware management). */
int packages_firmware(const struct packages *ps, uint32_t device, struct package_firmware *f);
/* Does it keep the bytes of blocks, rather than ranks alone? */
bool packages_keeps_bytes(const struct packages *ps, uint32_t device);
/* Independent fragments that a device still needs for its session; -1: it has no such session. */
int packages_missing(const struct packages *ps, uint32_t device, uint8_t frag_index);

/* The McGroupID of a further group of a device, for a plan that sets it up by itself. */
uint8_t packages_take_group_id(struct packages *ps, uint32_t device);

/* Begin the set-up of a member now instead of at its group's start; nothing when it has begun. */
void packages_set_up(struct packages *ps, uint32_t group, uint32_t device);

#endif
