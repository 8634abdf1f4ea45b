/* SPDX-License-Identifier: GPL-2.0-only
 * The router's side of group membership on one link and for one family: who wants what, learnt by
 * asking; and who asks, when there are several routers. Decoded messages and times in and out.
 * Sources: RFC 3376 sections 6 and 7.3, RFC 3810 sections 7 and 8.3. */
#ifndef IP_GMP_ROUTER_H
#define IP_GMP_ROUTER_H

#include "models/ip/gmp_group.h"

/* What the machine needs of its surroundings. Calls must not change the machine; it may be read. */
struct gmp_router_io {
    void *obj;
    /* A query goes out; it is borrowed for the call. */
    void (*send)(void *obj, const struct gmp_msg *m);
    /* What is to be forwarded of a group has changed; may be NULL. */
    void (*changed)(void *obj, const struct ip_addr *group);
};

/* Fields may be read. */
struct gmp_router {
    const struct gmp_cfg *cfg;
    const struct gmp_router_io *io;
    struct ip_addr own;        /* address on the link */
    bool querier;              /* false before the start, too */
    struct ip_addr elected;    /* who asks when we do not */
    uint8_t robustness;        /* of the querier */
    sim_time query_interval;   /* of the querier */
    unsigned startup_left;     /* general queries until the start is over */
    sim_time query_at;         /* next general query */
    sim_time other_until;      /* the querier is believed to be there */
    sim_time groups_at;        /* not after the first timer of a group */
    struct gmp_group **groups; /* ascending */
    uint32_t n_groups, max_groups;
};

/* cfg and io are borrowed for the machine's life. own: the link's address, of MLD link-local; it
 * decides elections. */
void gmp_router_init(struct gmp_router *r, const struct gmp_cfg *cfg,
                     const struct gmp_router_io *io, const struct ip_addr *own);
void gmp_router_fini(struct gmp_router *r);

/* The link is up: begin to ask, as querier, at once. */
void gmp_router_start(struct gmp_router *r, sim_time now);

/* A message from the link with its source address; those of one instant should come in the order
 * of their addresses. Returns why it is not used, or GMP_DROP_NONE; of a report with several
 * records the last reason, when no record was used. */
enum gmp_reason gmp_router_receive(struct gmp_router *r, sim_time now, const struct ip_addr *src,
                                   const struct gmp_msg *m);

/* Call this at gmp_router_next; earlier calls do nothing. gmp_router_receive does it first. */
void gmp_router_wake(struct gmp_router *r, sim_time now);
/* SIM_NEVER: no wake is needed. It may be early: memberships that were refreshed keep their old
 * time until then. */
sim_time gmp_router_next(const struct gmp_router *r);

/* The state of a group, or NULL: nobody is in it. */
const struct gmp_group *gmp_router_group(const struct gmp_router *r, const struct ip_addr *group);
/* Is what the source sends to the group wanted on the link? */
bool gmp_router_wants(const struct gmp_router *r, sim_time now, const struct ip_addr *group,
                      const struct ip_addr *source);

#endif
