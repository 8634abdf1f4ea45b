/* SPDX-License-Identifier: GPL-2.0-only
 * An IP node: a host or a router with its interfaces, sockets, membership machines and its
 * multicast forwarding table. Parcels come in and go out; who carries them, and whether as octets,
 * is not known here. What arrives is checked, delivered and forwarded step by step; each packet
 * that ends here without being used is counted with its one reason.
 *
 * A node without a multicast routing role forwards no group, whatever else it forwards, as Linux
 * without a routing daemon.
 * Sources: RFC 1112 section 7, RFC 1812 section 5, RFC 4007 section 9, RFC 8200; the envelope of
 * membership messages: gmp.h. */
#ifndef IP_NODE_H
#define IP_NODE_H

#include "models/ip/gmp_host.h"
#include "models/ip/gmp_router.h"
#include "models/ip/mfc.h"
#include "models/ip/parcel.h"
#include "models/ip/socket.h"

struct evq;

/* Why a packet ended at a node or on its way out. */
#define IP_DROP_MAP(X)                                                                             \
    X(NONE, "used")                                                                                \
    X(MALFORMED, "no readable IP packet, or a fragment")                                           \
    X(SOURCE, "source address that no datagram can have")                                          \
    X(CHECKSUM, "UDP length or checksum is wrong")                                                 \
    X(PROTOCOL, "protocol that is not spoken here")                                                \
    X(NOT_MEMBER, "nobody here wants it, and it is not forwarded")                                 \
    X(NO_ROLE, "group, and the router has no multicast routing")                                   \
    X(LINK_LOCAL, "link-local group or source: not forwarded")                                     \
    X(ZONE, "edge of the group's scope zone")                                                      \
    X(RPF, "group that came in elsewhere than from its source")                                    \
    X(TTL, "TTL or hop limit used up")                                                             \
    X(THRESHOLD, "TTL not above the threshold of any output")                                      \
    X(NO_OUTPUT, "no other interface wants it")                                                    \
    X(NO_ROUTE, "no route")                                                                        \
    X(NOT_OURS, "unicast for somebody else at a node that does not forward")                       \
    X(NO_SOCKET, "unicast for a port without socket")                                              \
    X(TOO_BIG, "larger than the MTU of the link")

enum ip_drop {
#define X(name, text) IP_DROP_##name,
    IP_DROP_MAP(X)
#undef X
        N_IP_DROPS
};

/* "TTL or hop limit used up"; never NULL. */
const char *ip_drop_text(enum ip_drop reason);

struct ip_node;

/* What routes multicast on a node: it keeps the forwarding table. Functions may be NULL where
 * nothing is to be done, but for close. */
struct ip_mrouting_ops {
    void (*start)(void *obj, sim_time now);
    void (*close)(void *obj);
    /* A membership message, instead of the node's own machines (which it then has not). */
    enum gmp_reason (*message)(void *obj, sim_time now, uint32_t iface, const struct ip_addr *src,
                               const struct gmp_msg *m);
    /* A datagram that may be forwarded has no entry: make one (ip_node_set_entry), or it ends. */
    void (*no_entry)(void *obj, sim_time now, uint32_t iface, const struct ip_parcel *p);
    /* It came in on another interface than the entry says. */
    void (*wrong_iface)(void *obj, sim_time now, uint32_t iface, const struct ip_mfc_entry *e);
    /* Instead of these two, for roles that look at datagrams themselves: one that has no entry,
     * came in on another interface, or whose entry is watched. It has passed the checks of zone and
     * TTL and is as it will leave, with one hop less. Fills out; returns why the datagram ends
     * here, if it leaves by none of these interfaces. */
    enum ip_drop (*data)(void *obj, sim_time now, uint32_t iface, const struct ip_parcel *p,
                         struct ip_ifset *out);
    /* What an interface's members want of a group has changed; NULL: of any group. */
    void (*membership)(void *obj, sim_time now, uint32_t iface, const struct ip_addr *group);
    /* 1 ns after ip_node_settle_soon: what has changed in one instant is looked at once, so that
     * its order does not matter. */
    void (*settle)(void *obj, sim_time now);
    /* Unicast routes have changed. */
    void (*routes)(void *obj, sim_time now);
    /* A PIM message (p->u.pim) for this router or all; from neighbours in IPv6 with a link-local
     * source. Returns why it is not used, or PIM_DROP_NONE. */
    enum pim_reason (*pim)(void *obj, sim_time now, uint32_t iface, const struct ip_parcel *p);
    /* Timers, as those of gmp_router. */
    void (*wake)(void *obj, sim_time now);
    sim_time (*next)(const void *obj);
    /* It wakes soon and has been fetched itself: fetch what it points to. */
    void (*hint)(const void *obj);
};

struct ip_next_hop {
    uint32_t iface;
    uint8_t mac[6];      /* who gets it */
    struct ip_addr addr; /* its address there, of IPv6 link-local */
    bool connected;      /* it is the destination */
    uint32_t distance;   /* cost of the whole path */
};

/* What a node needs of its surroundings; number is its own. */
struct ip_node_ops {
    void *ctx;
    /* A parcel goes out; borrowed for the call. */
    void (*send)(void *ctx, uint32_t number, uint32_t iface, const uint8_t dst_mac[6],
                 const struct ip_parcel *p);
    /* The next hop towards a unicast address that is not the node's own. false: no route. */
    bool (*next_hop)(void *ctx, uint32_t number, const struct ip_addr *dst,
                     struct ip_next_hop *hop);
    /* A socket gets a datagram. */
    void (*deliver)(void *ctx, uint32_t number, struct ip_socket *k, const struct ip_datagram *d,
                    const struct ip_udp *u);
    /* To be told, or NULL: what a host's interface wants; what a router knows of its members. */
    void (*wanted)(void *ctx, uint32_t number, uint32_t iface, const struct ip_addr *group,
                   const struct ip_filter *f);
    void (*members)(void *ctx, uint32_t number, uint32_t iface, const struct ip_addr *group,
                    const struct ip_filter *f);
    /* A datagram to a group that no socket of a host wants. */
    void (*unwanted)(void *ctx, uint32_t number, uint32_t iface, const struct ip_addr *src,
                     const struct ip_addr *group);
    /* An entry of the forwarding table was made or changed; is about to be removed. */
    void (*entry)(void *ctx, uint32_t number, const struct ip_mfc_entry *e);
    void (*entry_gone)(void *ctx, uint32_t number, const struct ip_mfc_entry *e);
};

struct ip_node_iface {
    struct ip_iface addr; /* first; index: its place from 1 on */
    uint8_t mac[6];
    uint8_t ttl_threshold; /* datagrams to groups leave with a TTL above it */
    uint16_t mtu;          /* of its link; 0: IP_PARCEL_MTU, the most */
    uint8_t boundary;      /* groups of this scope or a smaller one do not cross; 0: none */
};

/* What the nodes of a network share. */
struct ip_node_env {
    const struct gmp_cfg *gmp[2]; /* IPv4, IPv6; NULL: the family is not spoken; borrowed */
    sim_time entry_life;   /* entries go when unused for so long, unless the role looks at datagrams
                              itself; 0: they stay */
    bool solicited_node;   /* hosts report the solicited-node groups of their addresses */
    struct gmp_room *room; /* shared by all */
    struct rng_key key;    /* delays of reports */
    struct evq *q;
    uint32_t wake_kind; /* ip_node_wake_kind of the queue */
    const struct ip_node_ops *ops;
};

struct ip_node_cfg {
    const struct ip_node_env *env; /* borrowed for the node's life */
    uint32_t number;
    uint64_t entity;                    /* of its draws: entity << 8 | interface */
    bool forwards;                      /* unicast, and groups when mrouting is there */
    const struct ip_node_iface *ifaces; /* borrowed for the node's life */
    uint32_t n_ifaces;
};

/* One interface's counts of packets that ended. */
struct ip_node_drops {
    uint64_t data[N_IP_DROPS];
    uint64_t gmp[2][GMP_N_REASONS]; /* IGMP, MLD */
    uint64_t pim[PIM_N_REASONS];    /* at a router that speaks PIM */
};

/* The kind of event by which nodes wake; one for all nodes on a queue. */
uint32_t ip_node_wake_kind(struct evq *q);

struct ip_node *ip_node_open(const struct ip_node_cfg *cfg);
void ip_node_close(struct ip_node *n);

/* Give a multicast routing role to a node that forwards, before the start; the node closes obj. */
void ip_node_set_mrouting(struct ip_node *n, const struct ip_mrouting_ops *ops, void *obj);
/* All links are up. */
void ip_node_start(struct ip_node *n);

/* A parcel came in; dst_mac is whom its frame was for. */
void ip_node_receive(struct ip_node *n, uint32_t iface, const uint8_t dst_mac[6],
                     const struct ip_parcel *p);

struct ip_sockets *ip_node_sockets(struct ip_node *n);
/* Send from a socket. */
enum ip_sock ip_node_send(struct ip_node *n, const struct ip_socket *k, const struct ip_addr *dst,
                          const struct ip_udp *u);

/* For roles. */
uint32_t ip_node_number(const struct ip_node *n);
uint32_t ip_node_n_ifaces(const struct ip_node *n);
const struct ip_node_iface *ip_node_iface(const struct ip_node *n, uint32_t iface);
/* The membership machine of an interface; NULL: none, or not of this family. */
const struct gmp_router *ip_node_router(const struct ip_node *n, uint32_t iface, uint8_t family);
const struct ip_mfc *ip_node_mfc(const struct ip_node *n);
/* Make or change an entry. */
void ip_node_set_entry(struct ip_node *n, const struct ip_addr *src, const struct ip_addr *group,
                       uint32_t iface, const struct ip_ifset *out);
/* Remove an entry, if it is there. */
void ip_node_remove_entry(struct ip_node *n, const struct ip_addr *src,
                          const struct ip_addr *group);
/* Show the role each datagram of an entry (ip_mrouting_ops.data), or no longer. */
void ip_node_watch_entry(struct ip_node *n, const struct ip_addr *src, const struct ip_addr *group,
                         bool watched);
/* The interface towards a unicast address; 0: no route, or its own. */
uint32_t ip_node_route(const struct ip_node *n, const struct ip_addr *dst);
/* The next hop, with all that is known of it. false: no route, or its own. */
bool ip_node_next_hop(const struct ip_node *n, const struct ip_addr *dst, struct ip_next_hop *hop);
/* Send a membership message, or a parcel to a group, from an interface. */
void ip_node_send_message(struct ip_node *n, uint32_t iface, const struct gmp_msg *m);
void ip_node_send_group(struct ip_node *n, uint32_t iface, const struct ip_parcel *p);

/* How a PIM message leaves: from an interface, to all PIM routers (dst NULL) or to one on the link;
 * or (iface 0) routed to dst, from src or (NULL) the address of the interface it leaves by. */
struct ip_pim_way {
    uint32_t iface;
    const struct ip_addr *src, *dst;
    const struct ip_parcel *inner; /* of a Register, but for Null-Registers */
};
/* Returns why it was not sent (IP_DROP_NO_ROUTE, IP_DROP_TOO_BIG), or IP_DROP_NONE. */
enum ip_drop ip_node_send_pim(struct ip_node *n, const struct pim_msg *m,
                              const struct ip_pim_way *way);
/* Forward what a Register that came in on an interface carries, with the checks of a datagram that
 * came in itself but for where. */
void ip_node_forward_inner(struct ip_node *n, uint32_t iface, const struct ip_parcel *reg,
                           const struct ip_ifset *out);
/* Tell the surroundings of members. */
void ip_node_tell_members(struct ip_node *n, uint32_t iface, const struct ip_addr *group,
                          const struct ip_filter *f);
/* The role has a new timer. */
void ip_node_rearm(struct ip_node *n);
/* The role's settle is to be called 1 ns from now, once. */
void ip_node_settle_soon(struct ip_node *n);
/* Unicast routes have changed. */
void ip_node_routes_changed(struct ip_node *n);

/* NULL: none. What was used, or is for the other side of a link, is not counted. */
const struct ip_node_drops *ip_node_drops(const struct ip_node *n, uint32_t iface);

#endif
