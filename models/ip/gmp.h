/* SPDX-License-Identifier: GPL-2.0-only
 * Group membership messages, decoded: what IGMP and MLD have in common. Versions are those of
 * IGMP; MLDv1 is version 2 here and MLDv2 version 3. Also their sizes, destinations, timers, and
 * the reasons why one is not used.
 * Sources: RFC 1112, RFC 2236, RFC 3376, RFC 2710, RFC 3810. */
#ifndef IP_GMP_H
#define IP_GMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/ip/address.h"
#include "sim/time.h"

enum gmp_kind { GMP_QUERY, GMP_REPORT, GMP_LEAVE }; /* MLD calls a leave "done" */
enum gmp_version { GMP_V1 = 1, GMP_V2 = 2, GMP_V3 = 3 };

enum gmp_record_type {
    GMP_IS_IN = 1,
    GMP_IS_EX,
    GMP_TO_IN,
    GMP_TO_EX,
    GMP_ALLOW,
    GMP_BLOCK,
    GMP_N_RECORD_TYPES = GMP_BLOCK,
};

/* Why a packet or message is not used; counted by whoever drops it. */
#define GMP_REASON_MAP(X)                                                                          \
    X(NONE, "used")                                                                                \
    X(IP, "no readable IP packet")                                                                 \
    X(FRAGMENT, "a fragment")                                                                      \
    X(PROTOCOL, "neither IGMP nor MLD")                                                            \
    X(CHECKSUM, "checksum is wrong")                                                               \
    X(TTL, "TTL or hop limit is not 1")                                                            \
    X(ALERT, "no Router Alert")                                                                    \
    X(SOURCE, "source address is not allowed")                                                     \
    X(DESTINATION, "destination does not fit")                                                     \
    X(LENGTH, "length fits no version")                                                            \
    X(TRUNCATED, "a list is cut")                                                                  \
    X(TYPE, "unknown type")                                                                        \
    X(GROUP, "group is not a multicast address")                                                   \
    X(UNSPECIFIED, "report without a source address")                                              \
    X(VERSION, "of a version that is not spoken here")                                             \
    X(OLD_MODE, "not used while a group has members of older versions")                            \
    X(SSM, "any-source report for a source-specific group")                                        \
    X(UNREPORTED, "group that is not reported")                                                    \
    X(ROLE, "not for this side")

enum gmp_reason {
#define X(name, text) GMP_DROP_##name,
    GMP_REASON_MAP(X)
#undef X
        GMP_N_REASONS
};

struct gmp_record {
    uint8_t type; /* enum gmp_record_type */
    uint8_t aux_words;
    struct ip_addr group;
    const struct ip_addr *sources; /* borrowed */
    size_t n_sources;
};

struct gmp_msg {
    uint8_t kind;                  /* enum gmp_kind */
    uint8_t family;                /* enum ip_family */
    uint8_t version;               /* enum gmp_version */
    bool s_flag;                   /* queries of version 3: suppress router-side processing */
    uint8_t qrv;                   /* queries of version 3: querier's robustness; 0: over 7 */
    sim_time max_resp;             /* queries; of version 1 it is 0 */
    sim_time qqi;                  /* queries of version 3 */
    struct ip_addr group;          /* any: a general query. Not of reports of version 3 */
    const struct ip_addr *sources; /* queries of version 3; borrowed */
    size_t n_sources;
    const struct gmp_record *records; /* reports of version 3; borrowed */
    size_t n_records;
    unsigned n_ignored; /* records and sources that were not taken over */
};

/* Memory for the lists of one message at a time, grown as needed and used again: for decoders and
 * machines, one for a whole run. */
struct gmp_room {
    struct gmp_record *records;
    struct ip_addr *sources;
    size_t n_records, n_sources;     /* in use */
    size_t max_records, max_sources; /* there is room for */
};

void gmp_room_init(struct gmp_room *room);
void gmp_room_fini(struct gmp_room *room);
/* Empty it and make room: what is added later, up to these numbers, does not move. */
void gmp_room_reserve(struct gmp_room *room, size_t n_records, size_t n_sources);
/* Append a source of the record that was begun last; the first begins its list. */
void gmp_room_source(struct gmp_room *room, const struct ip_addr *source);
/* Append a record without sources; what gmp_room_source appends is its list. */
struct gmp_record *gmp_room_record(struct gmp_room *room, enum gmp_record_type type,
                                   const struct ip_addr *group);

/* Text of a reason, of a record type ("IS_IN"); never NULL. */
const char *gmp_reason_text(enum gmp_reason reason);
const char *gmp_record_name(int type);

/* Where a message is sent: 224.0.0.1, 224.0.0.2, 224.0.0.22 and their like, or the group. */
struct ip_addr gmp_destination(const struct gmp_msg *m);
/* Octets of the whole IP packet, as the encoders write it (no link header). */
size_t gmp_size(const struct gmp_msg *m);
/* Octets that a record adds. */
size_t gmp_record_size(uint8_t family, size_t n_sources);
/* How many sources a query or a one-record report of an MTU can carry. */
size_t gmp_max_sources(uint8_t family, enum gmp_kind kind, size_t mtu);
/* Times as they arrive at the other end, after the rounding of their codes. */
sim_time gmp_coded_max_resp(uint8_t family, uint8_t version, sim_time t);
sim_time gmp_coded_qqi(sim_time t);

/* What is set on a link. Zero where "0:" is said stands for the formula behind it. */
struct gmp_cfg {
    uint8_t family;                /* enum ip_family */
    uint8_t version;               /* enum gmp_version spoken as long as nobody is older */
    uint8_t robustness;            /* 2; 1 to 255 */
    uint8_t startup_count;         /* 0: robustness */
    uint8_t last_member_count;     /* 0: robustness */
    bool fast_leave;               /* one host a link: nothing is asked before a member is gone */
    uint16_t mtu;                  /* reports and queries are split below it; from 100 on */
    sim_time query_interval;       /* 125 s */
    sim_time query_response;       /* 10 s; below the query interval */
    sim_time startup_interval;     /* 0: a quarter of the query interval */
    sim_time last_member_interval; /* 1 s */
    sim_time unsolicited_interval; /* 0: 1 s, of versions 1 and 2 10 s */
};

/* RFC 3376 section 8, RFC 3810 section 9. */
struct gmp_cfg gmp_cfg_default(uint8_t family);

/* What follows from them. */
struct gmp_times {
    sim_time membership;    /* MALI, group membership interval */
    sim_time other_querier; /* other querier present */
    sim_time startup_interval;
    sim_time last_member;   /* LLQT: the leave latency */
    sim_time older_host;    /* older version host present, of a router */
    sim_time older_querier; /* older version querier present, of a host */
    sim_time unsolicited;
    unsigned startup_count, last_member_count;
};

/* robustness and query_interval: those of the querier where they are adopted. */
struct gmp_times gmp_times_of(const struct gmp_cfg *cfg, unsigned robustness,
                              sim_time query_interval);

#endif
