/* SPDX-License-Identifier: GPL-2.0-only
 * PIM version 2 messages, decoded: the types of sparse and dense mode, both families. Also why one
 * is not used, where each is sent, and its size. pim_read and pim_write are the codec.
 * Sources: RFC 7761 section 4.9 (types 0 to 3, 5), RFC 5059 section 4 (4, 8), RFC 3973 section 4.7
 * (6, 7, 9). */
#ifndef IP_PIM_H
#define IP_PIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/ip/address.h"

enum pim_kind {
    PIM_HELLO,
    PIM_REGISTER,
    PIM_REGISTER_STOP,
    PIM_JOIN_PRUNE,
    PIM_BOOTSTRAP,
    PIM_ASSERT,
    PIM_GRAFT,     /* a list of joins, as PIM_JOIN_PRUNE */
    PIM_GRAFT_ACK, /* the same list */
    PIM_CANDIDATE_RP,
    PIM_STATE_REFRESH,
    PIM_N_KINDS
};

/* Why a packet or message is not used; counted by whoever drops it. */
#define PIM_REASON_MAP(X)                                                                          \
    X(NONE, "used")                                                                                \
    X(IP, "no readable IP packet")                                                                 \
    X(FRAGMENT, "a fragment")                                                                      \
    X(PROTOCOL, "not PIM")                                                                         \
    X(VERSION, "PIM version is not 2")                                                             \
    X(TYPE, "unknown type")                                                                        \
    X(CHECKSUM, "checksum is wrong")                                                               \
    X(TRUNCATED, "message is cut")                                                                 \
    X(ADDRESS, "address of another family or encoding")                                            \
    X(MASK, "mask length does not fit")                                                            \
    X(FLAGS, "flags that may not stand together")                                                  \
    X(GROUP, "group is not a multicast address")                                                   \
    X(SOURCE, "source address is not allowed")                                                     \
    X(DESTINATION, "destination does not fit the type")                                            \
    X(TTL, "TTL or hop limit is not 1")                                                            \
    X(NOT_NEIGHBOR, "from a router that has sent no Hello")                                        \
    X(NOT_FOR_US, "for another router")                                                            \
    X(WRONG_RP, "RP is not that of the group")                                                     \
    X(SSM, "not for source-specific groups")                                                       \
    X(REGISTER, "register without a readable packet inside")                                       \
    X(STALE, "not from where the routing protocol expects it")                                     \
    X(ROLE, "not for this router")

enum pim_reason {
#define X(name, text) PIM_DROP_##name,
    PIM_REASON_MAP(X)
#undef X
        PIM_N_REASONS
};

#define PIM_METRIC_INFINITE UINT32_C(0xffffffff)
enum { PIM_HOLD_FOREVER = 0xffff, PIM_PREFERENCE_MAX = 0x7fffffff };

/* Hello, with the options that were there. */
struct pim_hello {
    bool has_holdtime, has_lan_delay, has_priority, has_gen_id, has_refresh, has_list;
    uint16_t holdtime_s; /* 0: goodbye; PIM_HOLD_FOREVER */
    bool t_bit;          /* LAN Prune Delay: can do without Join suppression */
    uint16_t propagation_ms, override_ms;
    uint32_t dr_priority;
    uint32_t gen_id;
    uint8_t refresh_interval_s;      /* State Refresh Capable */
    const struct ip_addr *secondary; /* Address List; borrowed */
    size_t n_secondary;
};

/* An encoded source. */
struct pim_source {
    struct ip_addr addr;
    bool sparse, wildcard, rpt; /* (*,G): all three; (S,G): sparse; (S,G,rpt): sparse, rpt */
};

struct pim_group {
    struct ip_prefix prefix;
    bool bidir, zone;
    const struct pim_source *joins, *prunes; /* borrowed */
    size_t n_joins, n_prunes;
};

/* Join/Prune, Graft, Graft-Ack. */
struct pim_join_prune {
    struct ip_addr upstream;
    uint16_t holdtime_s;
    const struct pim_group *groups; /* borrowed */
    size_t n_groups;
};

/* What is inside is an IP packet; of a null register only a header (that the encoder makes when
 * inner is NULL). Machines look at its addresses only, and without packets its length is enough. */
struct pim_register {
    bool border, null;
    struct ip_addr source, group; /* of the packet inside */
    const uint8_t *inner;         /* borrowed */
    size_t inner_len;
};

struct pim_register_stop {
    struct ip_prefix group;
    struct ip_addr source; /* any: all sources */
};

struct pim_assert {
    struct ip_prefix group;
    struct ip_addr source; /* any: (*,G) */
    bool rpt;
    uint32_t preference; /* 31 bits */
    uint32_t metric;
};

struct pim_rp {
    struct ip_addr addr;
    uint16_t holdtime_s;
    uint8_t priority; /* lower is better */
};

/* A range of groups with its RPs, or a part of them. */
struct pim_range {
    struct ip_prefix prefix;
    bool bidir, zone;
    uint8_t n_all;            /* RPs of the range in all fragments of the message */
    const struct pim_rp *rps; /* borrowed */
    size_t n_rps;
};

struct pim_bootstrap {
    uint16_t fragment_tag;
    uint8_t hash_mask_len, priority; /* of the BSR: higher is better */
    bool no_forward;                 /* RFC 5059 section 4.1 */
    struct ip_addr bsr;
    const struct pim_range *ranges; /* borrowed */
    size_t n_ranges;
};

struct pim_candidate_rp {
    uint8_t priority;
    uint16_t holdtime_s;
    struct ip_addr rp;
    const struct ip_prefix *groups; /* borrowed; none: all groups */
    size_t n_groups;
};

struct pim_state_refresh {
    struct ip_prefix group;
    struct ip_addr source, originator;
    bool rpt;
    uint32_t preference, metric;
    uint8_t mask_len, ttl;
    bool prune_indicator, prune_now, assert_override;
    uint8_t interval_s;
};

struct pim_msg {
    uint8_t kind;   /* enum pim_kind */
    uint8_t family; /* enum ip_family */
    union {
        struct pim_hello hello;
        struct pim_register reg;
        struct pim_register_stop stop;
        struct pim_join_prune jp;
        struct pim_bootstrap bootstrap;
        struct pim_assert assert;
        struct pim_candidate_rp candidate;
        struct pim_state_refresh refresh;
    } u;
};

/* Memory for the lists of one message at a time, grown as needed and used again. */
struct pim_room {
    struct pim_group *groups;
    struct pim_source *sources;
    struct pim_range *ranges;
    struct pim_rp *rps;
    struct ip_addr *addrs;
    struct ip_prefix *prefixes;
    size_t max_groups, max_sources, max_ranges, max_rps, max_addrs, max_prefixes;
};

/* Make room for n elements of a list: p, or a larger one whose elements are not set. */
void *pim_room_reserve(void *p, size_t *max, size_t n, size_t size);
void pim_room_init(struct pim_room *room);
void pim_room_fini(struct pim_room *room);

/* "Join/Prune", and the text of a reason; never NULL. */
const char *pim_kind_name(int kind);
const char *pim_reason_text(enum pim_reason reason);

/* 224.0.0.13 or ff02::d for types that go to all PIM routers; no address for those that go to
 * one. */
struct ip_addr pim_destination(uint8_t family, enum pim_kind kind);
/* TTL or hop limit: 1 to neighbours, 64 to farther routers. */
uint8_t pim_ttl(enum pim_kind kind);
/* Octets of what a null register has inside. */
size_t pim_null_len(uint8_t family);
/* Octets of the whole IP packet, as pim_packet_encode writes it (no link header). */
size_t pim_size(const struct pim_msg *m);

#endif
