/* SPDX-License-Identifier: GPL-2.0-only
 * The host's side of group membership on one interface and for one family: says what the interface
 * wants to hear when that changes and when it is asked. Decoded messages and times in and out; the
 * version follows the oldest querier.
 *
 * Changes of one instant go into one report 1 ns later, so that their order does not matter, and
 * are repeated robustness - 1 times.
 * Sources: RFC 3376 sections 5 and 7.2, RFC 3810 sections 6 and 8.2; RFC 2236 section 3 and
 * RFC 2710 section 4 for older versions. */
#ifndef IP_GMP_HOST_H
#define IP_GMP_HOST_H

#include "models/ip/filter.h"
#include "models/ip/gmp.h"
#include "sim/rng.h"

/* What the machine needs of its surroundings. */
struct gmp_host_io {
    void *obj;
    /* A message goes out. It is borrowed for the call, which must not call the machine. */
    void (*send)(void *obj, const struct gmp_msg *m);
    struct gmp_room *room; /* shared by all machines of a run */
    struct rng_key key;    /* delays: keyed by interface, kind, group and how many before */
    uint64_t entity;       /* the interface */
};

struct gmp_host_group;

/* Fields are for gmp_host_* only. */
struct gmp_host {
    const struct gmp_cfg *cfg;
    const struct gmp_host_io *io;
    struct gmp_host_group **groups; /* ascending */
    uint32_t n_groups, max_groups;
    uint32_t n_general, n_repeats; /* draws taken */
    uint8_t mode;                  /* enum gmp_version in use */
    uint8_t robustness;
    sim_time query_interval;     /* of the last querier */
    sim_time v1_until, v2_until; /* older queriers are there */
    sim_time flush_at, repeat_at, general_at;
    sim_time groups_at; /* not after the first timer of a group */
};

/* cfg and io are borrowed for the machine's life. */
void gmp_host_init(struct gmp_host *h, const struct gmp_cfg *cfg, const struct gmp_host_io *io);
void gmp_host_fini(struct gmp_host *h);

/* What the interface wants of a group from now on: the merged filter of its sockets. Groups that
 * are not reported (224.0.0.1, ff02::1, scopes 0 and 1) are none of the machine's business. */
void gmp_host_set(struct gmp_host *h, sim_time now, const struct ip_addr *group,
                  const struct ip_filter *f);

/* A message from the link. Returns why it is not used, or GMP_DROP_NONE. */
enum gmp_reason gmp_host_receive(struct gmp_host *h, sim_time now, const struct gmp_msg *m);

/* Call this at gmp_host_next; earlier calls do nothing. Everything else does what is due first, so
 * a message at that very time finds the same state before and after. */
void gmp_host_wake(struct gmp_host *h, sim_time now);
/* SIM_NEVER: no wake is needed. It may be early, when what it was for has gone. */
sim_time gmp_host_next(const struct gmp_host *h);

/* The version in use: that of the oldest querier heard lately. */
enum gmp_version gmp_host_mode(const struct gmp_host *h, sim_time now);

#endif
