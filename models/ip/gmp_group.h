/* SPDX-License-Identifier: GPL-2.0-only
 * What a router or a snooping port knows of one group on one link: INCLUDE(A) or EXCLUDE(X, Y) with
 * their timers, and the tables by which reports change it. It sends nothing: it says what is to be
 * asked.
 * Sources: RFC 3376 sections 6.2 to 6.5 and 7.3.2, RFC 3810 sections 7.2 to 7.5 and 8.3.2,
 * RFC 4604 section 2.2. */
#ifndef IP_GMP_GROUP_H
#define IP_GMP_GROUP_H

#include "models/ip/filter.h"
#include "models/ip/gmp.h"

struct gmp_source {
    struct ip_addr addr;
    sim_time until; /* forwarded until then: in A or X; 0: in Y */
    bool ask;       /* after a record: to be asked for */
    uint8_t left;   /* the owner's: queries still to be sent */
};

/* May be read; is changed by gmp_group_* only, but for what is the owner's. */
struct gmp_group {
    struct ip_addr group;
    bool exclude;
    bool ask;                    /* after a record: the group is to be asked for */
    uint8_t left;                /* the owner's: queries still to be sent */
    sim_time query_at;           /* the owner's: the next of them */
    sim_time filter_until;       /* EXCLUDE until then */
    sim_time v1_until, v2_until; /* members of older versions are there */
    struct gmp_source *sources;  /* ascending */
    uint32_t n_sources, max_sources;
};

/* Nobody is in it. */
void gmp_group_init(struct gmp_group *g, const struct ip_addr *group);
void gmp_group_fini(struct gmp_group *g);

/* What a member reports: type and sources of a record; reports and leaves of older versions are
 * IS_EX({}) and TO_IN({}) after gmp_group_old. t: the link's timers. Sets ask. Returns why it is
 * not used, or GMP_DROP_NONE. */
enum gmp_reason gmp_group_record(struct gmp_group *g, sim_time now, const struct gmp_times *t,
                                 const struct gmp_record *rec);
/* A member of version 1 or 2 has reported. */
void gmp_group_old(struct gmp_group *g, sim_time now, const struct gmp_times *t,
                   enum gmp_version version);
/* Somebody asked for the group (n 0) or some sources: they are gone t->last_member from now if
 * nobody answers. */
void gmp_group_lower(struct gmp_group *g, sim_time until, const struct ip_addr *sources, size_t n);

/* Do what timers have brought by now. Returns whether anybody is left. */
bool gmp_group_settle(struct gmp_group *g, sim_time now);
/* When that will change something; SIM_NEVER: nobody is in it. */
sim_time gmp_group_next(const struct gmp_group *g);

/* Is what the source sends to be forwarded? Also right when timers are due and not settled. */
bool gmp_group_passes(const struct gmp_group *g, sim_time now, const struct ip_addr *source);
/* The same for all sources, as a filter; f is the caller's. */
void gmp_group_view(const struct gmp_group *g, sim_time now, struct ip_filter *f);

#endif
