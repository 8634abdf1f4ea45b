/* SPDX-License-Identifier: GPL-2.0-only
 * A membership proxy: asks on its downstream interfaces as a router, reports upstream as a host
 * what all of them want, and forwards by that without any routing protocol. For trees only: the
 * configuration must have no loops.
 * Source: RFC 4605 section 4. */
#ifndef IP_PROXY_H
#define IP_PROXY_H

#include "models/ip/gmp_host.h"
#include "models/ip/gmp_router.h"

enum { IP_PROXY_UPSTREAM = 0, IP_PROXY_MAX_DOWN = 31 };

/* Interfaces as a set: bit 0 is upstream, bit i the i-th downstream one. */
typedef uint32_t ip_proxy_ifaces;

struct ip_proxy_cfg {
    struct gmp_cfg up, down;   /* of one family */
    unsigned n_down;           /* 1 to IP_PROXY_MAX_DOWN */
    const struct ip_addr *own; /* of the interfaces, upstream first; borrowed for init */
    struct gmp_room *room;
    struct rng_key key; /* delays of reports upstream */
    uint64_t entity;
    void *obj;
    /* A message goes out on an interface; borrowed for the call. */
    void (*send)(void *obj, unsigned iface, const struct gmp_msg *m);
    /* What a downstream interface's members want of a group has changed; may be NULL. */
    void (*changed)(void *obj, unsigned iface, const struct ip_addr *group);
};

struct ip_proxy;

struct ip_proxy_port {
    struct ip_proxy *proxy;
    unsigned iface;
    struct gmp_router router;
    struct gmp_router_io io;
};

/* Fields may be read. */
struct ip_proxy {
    struct ip_proxy_cfg cfg;
    struct gmp_host up;
    struct gmp_host_io up_io;
    struct ip_proxy_port *down; /* interface i is down[i - 1] */
    sim_time now;
};

/* p must not move afterwards. Error: SIM_ERANGE (number of interfaces). */
int ip_proxy_init(struct ip_proxy *p, const struct ip_proxy_cfg *cfg);
void ip_proxy_fini(struct ip_proxy *p);
/* All links are up. */
void ip_proxy_start(struct ip_proxy *p, sim_time now);

/* As those of gmp_host and gmp_router. */
enum gmp_reason ip_proxy_receive(struct ip_proxy *p, sim_time now, unsigned iface,
                                 const struct ip_addr *src, const struct gmp_msg *m);
void ip_proxy_wake(struct ip_proxy *p, sim_time now);
sim_time ip_proxy_next(const struct ip_proxy *p);

/* Where a datagram to a group goes that came in on an interface. */
ip_proxy_ifaces ip_proxy_forward(const struct ip_proxy *p, sim_time now, unsigned iface,
                                 const struct ip_addr *src, const struct ip_addr *group);

#endif
