/* SPDX-License-Identifier: GPL-2.0-only
 * A PIM router: neighbours, shared and source trees, registers, asserts, bootstrap. Sparse mode
 * with its source-specific part, one family. Decoded messages, memberships, arriving data and times
 * in; messages and forwarding entries out. It knows neither queues nor links nor routing protocols.
 *
 * What follows from inputs is decided 1 ns later, once: inputs of one instant may come in any
 * order, but for the messages of one neighbour, whose order is kept. Only data, Registers and
 * Bootstrap messages are answered at once.
 * Sources: RFC 7761, RFC 4607, RFC 5059. */
#ifndef IP_PIM_ROUTER_H
#define IP_PIM_ROUTER_H

#include "models/ip/filter.h"
#include "models/ip/pim.h"
#include "models/ip/pim_rpset.h"
#include "models/ip/pim_set.h"
#include "sim/rng.h"
#include "sim/time.h"

#define PIM_NO_IFACE UINT32_MAX /* no interface; messages that are routed */

/* When a last hop or RP leaves the shared tree for that of a source. */
enum pim_spt { PIM_SPT_FIRST_PACKET, PIM_SPT_NEVER, PIM_SPT_RATE };

struct pim_cfg {
    uint8_t family; /* enum ip_family */
    sim_time hello_period;
    sim_time triggered_hello; /* Hellos of the start and to new neighbours come within it */
    uint16_t hello_holdtime_s;
    bool lan_delay; /* Hellos carry the option LAN Prune Delay */
    bool t_bit;     /* without suppression of Joins */
    uint16_t propagation_ms, override_ms;
    sim_time jp_period;
    uint16_t jp_holdtime_s;
    sim_time keepalive;
    sim_time register_suppression, register_probe; /* the probe is shorter than half the other */
    sim_time assert_time, assert_override;
    enum pim_spt spt;      /* of a last hop */
    enum pim_spt rp_spt;   /* of an RP */
    uint64_t spt_bps;      /* PIM_SPT_RATE: more than that within a second */
    uint8_t hash_mask_len; /* of RPs of one range; as BSR it tells others; 0: 30 of IPv4, 126 */
    /* Bootstrap (RFC 5059). */
    bool is_candidate_bsr;
    uint8_t bsr_priority; /* higher is better */
    struct ip_addr bsr_addr;
    const struct ip_prefix *rp_ranges; /* to be RP of; borrowed for the router's life */
    size_t n_rp_ranges;
    uint8_t rp_priority; /* lower is better */
    struct ip_addr rp_addr;
    sim_time bsr_period, bsr_timeout, rp_period;
    uint16_t rp_holdtime_s;
};

/* RFC 7761 section 4.11, RFC 5059 section 5. */
struct pim_cfg pim_cfg_default(uint8_t family);

/* An interface. */
struct pim_iface_cfg {
    struct ip_addr addr;             /* of messages to neighbours; IPv6: link-local */
    const struct ip_addr *secondary; /* others, e.g. the routable ones of IPv6; borrowed */
    size_t n_secondary;
    bool no_priority; /* Hellos without a priority */
    uint32_t dr_priority;
};

/* Where unicast would go. */
struct pim_route {
    uint32_t iface;
    bool connected;          /* the address is on the interface's link */
    struct ip_addr next_hop; /* else */
    uint32_t preference, metric;
};

/* What the machine needs of its surroundings. Calls must not change the machine; it may be read. */
struct pim_router_io {
    void *obj;
    /* The route to an address that is not the router's own; false: there is none. */
    bool (*route)(void *obj, const struct ip_addr *to, struct pim_route *route);
    /* A message goes out on an interface to all PIM routers, or to dst (iface PIM_NO_IFACE: as
     * unicast is routed); borrowed for the call. */
    void (*send)(void *obj, uint32_t iface, const struct ip_addr *dst, const struct pim_msg *m);
    /* The forwarding entry of a source (any: all others) is another one; may be NULL. */
    void (*changed)(void *obj, const struct ip_addr *group, const struct ip_addr *source);
    /* What came in a Register goes on by these interfaces; may be NULL. */
    void (*decapsulated)(void *obj, const struct pim_register *reg, const uint64_t *oifs);
    struct rng_key key; /* delays: keyed by what they are for and how many before */
    uint64_t entity;    /* of the router */
};

struct pim_router;

/* cfg, io and what ifaces borrow stay for the router's life; the array is copied. Interfaces are
 * 0..n - 1. Nothing happens before pim_router_start. */
struct pim_router *pim_router_open(const struct pim_cfg *cfg, const struct pim_router_io *io,
                                   const struct pim_iface_cfg *ifaces, uint32_t n);
void pim_router_close(struct pim_router *r);

/* All interfaces go up. */
void pim_router_start(struct pim_router *r, sim_time now);
/* An interface goes up, or down without a word. */
void pim_router_set_iface(struct pim_router *r, sim_time now, uint32_t iface, bool up);
/* Say good-bye to all neighbours: their routers forget this one at once. */
void pim_router_stop(struct pim_router *r, sim_time now);

/* Set an RP by hand. */
void pim_router_set_rp(struct pim_router *r, sim_time now, const struct ip_prefix *groups,
                       const struct ip_addr *rp, uint8_t priority);
/* The unicast routes are others. */
void pim_router_routes_changed(struct pim_router *r, sim_time now);
/* What members on an interface want of a group (INCLUDE nobody: nothing). */
void pim_router_member(struct pim_router *r, sim_time now, uint32_t iface,
                       const struct ip_addr *group, const struct ip_filter *f);

/* A message that has arrived. */
struct pim_input {
    uint32_t iface;
    struct ip_addr src, dst; /* dst counts for messages to one router */
    const struct pim_msg *msg;
};
/* Returns why it is not used, or PIM_DROP_NONE. Of a Join/Prune only some groups may be used. */
enum pim_reason pim_router_receive(struct pim_router *r, sim_time now, const struct pim_input *in);

/* A datagram to a group; inner: as it is forwarded, for a Register (may be NULL: only its length
 * counts). */
struct pim_data {
    uint32_t iface;
    struct ip_addr group, source;
    const uint8_t *inner;
    size_t inner_len;
};
enum pim_fate {
    PIM_FATE_TAKEN,      /* goes where oifs say, or nobody wants it */
    PIM_FATE_NO_STATE,   /* nothing is known of the group here */
    PIM_FATE_WRONG_IFACE /* not by the way that leads back to source or RP */
};
/* Decide what becomes of it; oifs, of pim_router_words words, becomes the interfaces to forward to.
 * A Register is sent by io->send. */
enum pim_fate pim_router_data(struct pim_router *r, sim_time now, const struct pim_data *d,
                              uint64_t *oifs);
size_t pim_router_words(const struct pim_router *r);

/* Call this at pim_router_next; earlier calls do nothing. Other inputs do it first. */
void pim_router_wake(struct pim_router *r, sim_time now);
/* SIM_NEVER: no wake is needed. It may be early: what was refreshed keeps its old time until then.
 */
sim_time pim_router_next(const struct pim_router *r);

/* It is used soon: fetch it. Changes nothing. */
void pim_router_hint(const struct pim_router *r);

/* A forwarding entry and what is behind it. */
struct pim_view {
    uint32_t iif;            /* PIM_NO_IFACE: none, e.g. of an RP */
    const uint64_t *oifs;    /* of pim_router_words words; without the iif */
    bool joined;             /* at upstream */
    struct ip_addr upstream; /* no family: none */
    bool spt;                /* (S,G): data comes along the source's tree */
    bool registers;          /* (S,G): data goes to the RP in Registers */
    bool pruned;             /* (S,G): off the shared tree */
};
/* source NULL: (*,G). false: there is no such entry. */
bool pim_router_view(const struct pim_router *r, const struct ip_addr *group,
                     const struct ip_addr *source, struct pim_view *v);
bool pim_router_is_dr(const struct pim_router *r, uint32_t iface);
uint32_t pim_router_n_neighbors(const struct pim_router *r, uint32_t iface);
/* Groups with state. */
uint32_t pim_router_n_groups(const struct pim_router *r);
/* The RP of a group; false: none is known. */
bool pim_router_rp(const struct pim_router *r, const struct ip_addr *group, struct ip_addr *rp);
/* The bootstrap router; false: none is known. */
bool pim_router_bsr(const struct pim_router *r, struct ip_addr *bsr);

#endif
