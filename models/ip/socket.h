/* SPDX-License-Identifier: GPL-2.0-only
 * Sockets of one host, as far as they know multicast: who has joined what on which interface, how a
 * datagram to a group leaves, and who gets one that arrives. The rules are those of Linux, where it
 * was measured, but a TTL of 0 never reaches the wire.
 * Sources: RFC 1112 section 6, RFC 3493 section 5.2, RFC 3678 sections 4 and 5, RFC 3376 section 2.
 */
#ifndef IP_SOCKET_H
#define IP_SOCKET_H

#include "models/ip/filter.h"

/* What a call returns: Linux's names. */
#define IP_SOCK_MAP(X)                                                                             \
    X(OK, "")                                                                                      \
    X(EINVAL, "not a group, not a source, or any-source and source-specific calls are mixed")      \
    X(ENODEV, "no such interface, or no route to the group")                                       \
    X(EADDRINUSE, "this socket is a member already")                                               \
    X(EADDRNOTAVAIL, "no such membership or source, or it is there already")                       \
    X(ENOBUFS, "too many memberships or sources")                                                  \
    X(ENETUNREACH, "no route, and no interface was named")                                         \
    X(EMSGSIZE, "larger than the MTU of the interface")

enum ip_sock {
#define X(name, text) IP_SOCK_##name,
    IP_SOCK_MAP(X)
#undef X
};

/* "ENODEV"; its text. Never NULL. */
const char *ip_sock_name(enum ip_sock e);
const char *ip_sock_text(enum ip_sock e);

/* An interface of the host. */
struct ip_iface {
    uint32_t index;         /* from 1 on */
    struct ip_addr v4;      /* family IP_NONE: it has none */
    struct ip_addr v6_link; /* link-local */
    struct ip_addr v6;      /* of a wider scope */
};

struct ip_sock_limits {
    uint16_t n_memberships; /* of a socket; 0: any number */
    uint16_t n_sources;     /* of a filter */
};

struct ip_sockets_cfg {
    struct ip_sock_limits v4, v6;
    const struct ip_iface *ifaces; /* borrowed */
    size_t iface_size;             /* octets from one to the next; 0: those of the struct */
    size_t n_ifaces;
    void *obj;
    /* The interface towards an address; 0: no route. */
    uint32_t (*route)(void *obj, const struct ip_addr *dst);
    /* What an interface wants of a group from now on; f is borrowed for the call. */
    void (*wanted)(void *obj, uint32_t iface, const struct ip_addr *group,
                   const struct ip_filter *f);
};

/* Linux: 20 memberships and 10 sources of IPv4 (igmp_max_memberships, igmp_max_msf), any number
 * and 64 of IPv6 (mld_max_msf). */
struct ip_sockets_cfg ip_sockets_cfg_default(void);

struct ip_membership {
    struct ip_addr group;
    uint32_t iface;
    struct ip_filter filter; /* EXCLUDE: joined for any source */
};

/* May be read. */
struct ip_socket {
    uint8_t family;
    uint8_t ttl;           /* of datagrams to groups: 1 */
    bool loop;             /* local members get a copy: true */
    bool all;              /* hears groups that others joined on the interface: true */
    uint16_t port;         /* 0: not bound */
    struct ip_addr bound;  /* any; a group: only what is sent to it */
    uint32_t multicast_if; /* 0: the route decides */
    struct ip_membership *members;
    uint32_t n_members;
};

struct ip_sockets {
    struct ip_sockets_cfg cfg;
    struct ip_socket **sockets; /* in the order of opening */
    uint32_t n_sockets;
};

void ip_sockets_init(struct ip_sockets *s, const struct ip_sockets_cfg *cfg);
/* Closes every socket without saying so. */
void ip_sockets_fini(struct ip_sockets *s);

struct ip_socket *ip_socket_open(struct ip_sockets *s, uint8_t family);
/* Leaves all groups. */
void ip_socket_close(struct ip_sockets *s, struct ip_socket *k);
/* addr: any, an own address, or a group, which is a filter of destinations and never a source. */
enum ip_sock ip_socket_bind(struct ip_sockets *s, struct ip_socket *k, const struct ip_addr *addr,
                            uint16_t port);
/* The interface that groups are sent on; 0: again what the route says. */
enum ip_sock ip_socket_set_if(struct ip_sockets *s, struct ip_socket *k, uint32_t iface);

/* Join and leave for any source, on one interface; 0: the one the route names. A leave with 0 ends
 * the oldest membership of that group. */
enum ip_sock ip_socket_join(struct ip_sockets *s, struct ip_socket *k, const struct ip_addr *group,
                            uint32_t iface);
enum ip_sock ip_socket_leave(struct ip_sockets *s, struct ip_socket *k, const struct ip_addr *group,
                             uint32_t iface);

enum ip_sock_source { IP_SOCK_JOIN_SOURCE, IP_SOCK_LEAVE_SOURCE, IP_SOCK_BLOCK, IP_SOCK_UNBLOCK };
/* Source-specific memberships, and sources that an any-source membership does without. */
enum ip_sock ip_socket_source(struct ip_sockets *s, struct ip_socket *k, enum ip_sock_source what,
                              const struct ip_addr *group, uint32_t iface,
                              const struct ip_addr *source);
/* The whole filter of a membership (MCAST_MSFILTER); INCLUDE nobody leaves. */
enum ip_sock ip_socket_set_filter(struct ip_sockets *s, struct ip_socket *k,
                                  const struct ip_addr *group, uint32_t iface,
                                  const struct ip_filter *f);

/* How a datagram to a group goes out. */
struct ip_send {
    uint32_t iface;
    struct ip_addr src;
    uint8_t ttl;
    bool loop; /* members on this host, on that interface, get a copy */
    bool wire; /* it is sent on the interface; not with TTL 0 */
};

enum ip_sock ip_socket_send(const struct ip_sockets *s, const struct ip_socket *k,
                            const struct ip_addr *group, struct ip_send *out);

/* What an interface wants of a group, over all sockets; f is the caller's. */
void ip_sockets_filter(const struct ip_sockets *s, uint32_t iface, const struct ip_addr *group,
                       struct ip_filter *f);
/* Memberships of all sockets: users of the group on the interface. */
uint32_t ip_sockets_users(const struct ip_sockets *s, uint32_t iface, const struct ip_addr *group);

struct ip_datagram {
    uint32_t iface; /* it arrived on, or left by for its copies */
    struct ip_addr src, dst;
    uint16_t port; /* destination */
};

/* Call get for each socket that gets a datagram to a group, in the order of opening. Returns how
 * many. */
uint32_t ip_sockets_deliver(const struct ip_sockets *s, const struct ip_datagram *d, void *obj,
                            void (*get)(void *obj, struct ip_socket *k));

#endif
