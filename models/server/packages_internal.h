/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the application packages share: the table that each package fills in, and what
 * all of them use. A package is one file (or one for each end) behind its table. */
#ifndef SERVER_PACKAGES_INTERNAL_H
#define SERVER_PACKAGES_INTERNAL_H

#include "models/lorawan/device_packages.h"
#include "models/server/packages.h"
#include "sim/rng.h"

enum { PK_PLANS = 4, PK_FIRST_FPORT = 200, PK_N_FPORTS = 4 };

/* The packages by FPort; at one instant the lower FPort goes first. */
enum pk_index { PK_TS005, PK_TS004, PK_TS003, PK_TS006, PK_N };

/* Both ends of one device. */
struct pk_device {
    uint32_t device; /* index */
    sim_entity id;
    uint16_t group, network;
    const struct package_cfg *cfg;
    uint32_t n_draws[PK_N_FPORTS];
    sim_time wake, server_wake; /* the pending events that count */
    /* NULL: it does not have the package. */
    struct pk_ts003 *ts003;
    struct pk_ts004 *ts004;
    struct pk_ts005 *ts005;
    struct pk_ts006 *ts006;
};

struct packages {
    struct packages_setup s;
    struct pk_device *d;
    uint32_t n, n_groups; /* devices with packages; groups of devices */
    uint32_t *of_device;  /* index + 1; 0: it has no package */
    evq_kind device_event, server_event;
    struct rng_key key;
    struct package_plan plans[PK_PLANS];
    unsigned n_plans;
    /* What the devices share. */
    struct pk_ts003_run *ts003;
    struct pk_ts004_run *ts004;
    struct pk_ts005_run *ts005;
    struct pk_ts006_run *ts006;
};

/* Where and when a command is carried out. */
struct pk_input {
    struct pkg_now now;
    bool multicast;      /* it came on a group's address; only with takes_multicast */
    uint8_t mc_group_id; /* of that group */
    bool alone;          /* it is the payload's only command */
};

/* One package. The functions are called for devices that have it. */
struct pk_kind {
    uint8_t fport;
    bool takes_multicast; /* some of its commands may come on a group's address */
    int64_t (*version)(const struct package_cfg *c); /* 0: the devices do not have it */

    /* Codec: as ts005_next, _put, _name. */
    int (*next)(const uint8_t *buf, size_t len, size_t *at, bool uplink, int version,
                struct package_command *c);
    int (*put)(uint8_t *buf, size_t size, size_t *at, int version, const struct package_command *c);
    const char *(*name)(const struct package_command *c, bool uplink, int version);

    /* The run's state, before that of the first device; and each device's. */
    void (*open_run)(struct packages *ps);
    void (*close_run)(struct packages *ps);
    void (*open)(struct packages *ps, struct pk_device *d);
    void (*close)(struct packages *ps, struct pk_device *d);
    void (*finish)(struct packages *ps); /* rows at the end of the run; or NULL */

    /* At the device. It can send from at on; or NULL. */
    void (*joined)(struct packages *ps, struct pk_device *d, sim_time at);
    /* A payload begins, its commands come one by one, it ends and is answered. */
    void (*begin)(struct packages *ps, struct pk_device *d);
    enum pkg_drop (*command)(struct packages *ps, struct pk_device *d, const struct pk_input *in,
                             const struct package_command *c);
    void (*end)(struct packages *ps, struct pk_device *d);
    /* True time of the next wake, SIM_NEVER: none; called then, and after each correction of the
     * clock. */
    sim_time (*next_wake)(struct packages *ps, struct pk_device *d);
    void (*wake)(struct packages *ps, struct pk_device *d, const struct pkg_now *now);
    /* The first bit of the uplink with this command leaves now: put the clock's reading into it. */
    void (*stamp)(const struct packages *ps, const struct pk_device *d, int64_t gps_ns,
                  struct package_command *c);

    /* At the server: the run starts (or NULL); the same as above; the requests of plans. */
    void (*server_start)(struct packages *ps, struct pk_device *d);
    enum pkg_drop (*server_command)(struct packages *ps, struct pk_device *d,
                                    const struct pkg_now *now, const struct package_command *c);
    sim_time (*server_next_wake)(struct packages *ps, struct pk_device *d);
    void (*server_wake)(struct packages *ps, struct pk_device *d);
    int (*ask)(struct packages *ps, struct pk_device *d, const struct package_command *c,
               const struct pkg_retry *retry);
    void (*cancel)(struct packages *ps, struct pk_device *d);
};
extern const struct pk_kind pk_ts003, pk_ts004, pk_ts005, pk_ts006;

/* The package with an index; the one with an FPort that a device has, or NULL. */
const struct pk_kind *pk_kind_at(int index);
const struct pk_kind *pk_kind_of(const struct pk_device *d, int fport);
static inline bool pk_has(const struct pk_device *d, int index)
{
    return pk_kind_at(index)->version(d->cfg) != 0;
}
struct pk_device *pk_find(const struct packages *ps, uint32_t device); /* or NULL */

/* What the machines want to know of now: at the device, whose delays are counted on its own timer
 * (devices_uptime), and at the server, by its own clock. */
struct pkg_now pk_device_now(struct packages *ps, struct pk_device *d, const struct pk_kind *k);
struct pkg_now pk_server_now(const struct packages *ps, const struct pk_device *d);

/* The device's end. */
bool pk_device_received(void *ctx, uint32_t device, const struct device_received *r);
void pk_device_stamp(void *ctx, uint32_t device, struct device_packet *p);
void pk_device_corrected(void *ctx, uint32_t device);
void pk_device_joined(void *ctx, uint32_t device, sim_time at);
void pk_on_device(void *obj, uint32_t arg);
/* Post the next wake of a device's packages. */
void pk_device_post(struct packages *ps, struct pk_device *d);

/* The server's end. */
bool pk_server_received(void *ctx, const struct server_received *r);
void pk_on_server(void *obj, uint32_t arg);
void pk_server_post(struct packages *ps, struct pk_device *d);
/* Give a command to the network server; a waiting one with this key is replaced. Eight may wait:
 * false, and a row, beyond. */
bool pk_server_send(struct packages *ps, struct pk_device *d, const struct package_command *c,
                    uint32_t key);
/* Plans are told. */
void pk_tell(struct packages *ps, const struct package_news *n);

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
/* A row for each command of a payload. */
void pk_rows(const struct packages *ps, const struct pk_device *d, const struct pk_message *m);
/* Why a command that was read had no effect, or not all of it; "received" when there is nothing to
 * say. */
const char *pk_result(enum pkg_drop drop, const struct pk_kind *k, int version,
                      const struct package_command *c, const uint8_t *bytes, size_t len);

#endif
