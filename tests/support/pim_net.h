/* SPDX-License-Identifier: GPL-2.0-only
 * For tests: a small network of PIM routers. Links join two or more of them and hosts; messages
 * travel as packets with the link's delay, data with its TTL; unicast routes are shortest paths.
 * Link L has 10.L.0.0/16 or 2001:db8:L::/64; router k is host k + 1 on each of its links. */
#ifndef TESTS_PIM_NET_H
#define TESTS_PIM_NET_H

#include "models/ip/pim_packet.h"
#include "models/ip/pim_router.h"

enum { PIM_NET_ROUTERS = 12, PIM_NET_LINKS = 16, PIM_NET_PORTS = 8, PIM_NET_PACKETS = 4000 };

struct pim_net;

struct pim_net_router {
    struct pim_net *net;
    uint32_t index;
    struct pim_cfg cfg; /* to be changed before the start */
    struct pim_router_io io;
    struct pim_iface_cfg ifaces[PIM_NET_PORTS];
    struct ip_addr secondary[PIM_NET_PORTS];
    uint32_t links[PIM_NET_PORTS]; /* by interface */
    uint32_t n_ifaces;
    sim_time sent_at[PIM_NET_PORTS], n_sent[PIM_NET_PORTS];
    bool down;
    struct pim_router *router;
    unsigned n_dropped[PIM_N_REASONS];
    unsigned n_changes;
    sim_time changed_at;
};

struct pim_net_link {
    sim_time delay;
    uint32_t cost;
    bool down;
    uint32_t routers[PIM_NET_PORTS], ifaces[PIM_NET_PORTS];
    uint32_t n;
    unsigned n_msgs[PIM_N_KINDS]; /* sent on it */
    size_t octets[PIM_N_KINDS];
    unsigned n_joins, n_prunes; /* entries in Join/Prunes */
    unsigned n_data;            /* datagrams, hosts hear them all */
    uint8_t last_ttl;
    sim_time last_at;
};

struct pim_net_event;

struct pim_net {
    uint8_t family;
    sim_time now;
    bool lifo; /* order of what happens in one instant */
    struct pim_net_router routers[PIM_NET_ROUTERS];
    struct pim_net_link links[PIM_NET_LINKS];
    uint32_t n_routers, n_links;
    struct pim_net_event *events; /* a heap */
    size_t n_events, max_events;
    uint64_t n_posted;
    struct pim_room room;
    unsigned n_registers, n_stops, n_nulls;
    unsigned n_duplicates; /* one datagram twice on one link */
    unsigned n_repeats;    /* one datagram twice on one link by one router */
    uint8_t seen[PIM_NET_LINKS][PIM_NET_PORTS + 1][PIM_NET_PACKETS]; /* by who sent it; last: all */
    unsigned n_sent;                                                 /* datagrams of hosts */
    uint64_t seed;
};

void pim_net_init(struct pim_net *n, uint8_t family, uint64_t seed);
void pim_net_fini(struct pim_net *n);
/* Their numbers. */
uint32_t pim_net_router(struct pim_net *n);
uint32_t pim_net_link(struct pim_net *n, sim_time delay);
/* Returns the interface. */
uint32_t pim_net_attach(struct pim_net *n, uint32_t router, uint32_t link);
/* A link between two. */
uint32_t pim_net_join(struct pim_net *n, uint32_t a, uint32_t b, sim_time delay);

struct ip_addr pim_net_addr(const struct pim_net *n, uint32_t link, uint32_t host);
/* 239.1.1.i or ff1e::i; source-specific: 232.1.1.i or ff3e::i. */
struct ip_addr pim_net_group(const struct pim_net *n, uint8_t i, bool ssm);

/* All routers get a static RP for all groups. */
void pim_net_set_rp(struct pim_net *n, const struct ip_addr *rp);
void pim_net_start(struct pim_net *n);
void pim_net_run(struct pim_net *n, sim_time until);
/* A router gets a message that nobody sent. */
enum pim_reason pim_net_receive(struct pim_net *n, uint32_t router, const struct pim_input *in);
/* A router was told something past the network: it is woken in time. */
void pim_net_poke(struct pim_net *n, uint32_t router);
/* All routers on the link learn that hosts want all of a group or nothing; one source. */
void pim_net_member(struct pim_net *n, uint32_t link, const struct ip_addr *group, bool in);
void pim_net_filter(struct pim_net *n, uint32_t link, const struct ip_addr *group,
                    const struct ip_filter *f);
/* A host sends a datagram of 100 octets in all, now. */
void pim_net_data(struct pim_net *n, uint32_t link, const struct ip_addr *source,
                  const struct ip_addr *group, uint8_t ttl);
/* Routes follow at once. */
void pim_net_set_link(struct pim_net *n, uint32_t link, bool up);
void pim_net_kill(struct pim_net *n, uint32_t router);
/* Forget what was counted on links. */
void pim_net_reset(struct pim_net *n);
/* (S,G) or (*,G) of a router; the test fails if there is none. */
struct pim_view pim_net_view(const struct pim_net *n, uint32_t router, const struct ip_addr *group,
                             const struct ip_addr *source);
/* Everything that routers say of a group, for comparing. */
uint64_t pim_net_digest(const struct pim_net *n, const struct ip_addr *group,
                        const struct ip_addr *source);

#endif
