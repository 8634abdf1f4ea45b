/* SPDX-License-Identifier: GPL-2.0-only
 * For tests: whole runs of IP scenarios, what they gave in rows, and each PIM and data packet that
 * was sent. A run that cannot be read ends the program. */
#ifndef TESTS_IP_RUN_H
#define TESTS_IP_RUN_H

#include "models/ip/gmp_packet.h"
#include "models/ip/pim_packet.h"
#include "sim/rows.h"
#include "sim/time.h"

/* A row of ip_forwarding. */
struct ip_run_entry {
    sim_time at;
    int64_t node, iface; /* ROW_NULL: removed */
    char source[IP_TEXT_SIZE], group[IP_TEXT_SIZE], out[40];
};

struct ip_run_got {
    struct row_ip_received row;
    char flow[32];
};

struct ip_run_drop {
    struct row_ip_drop row;
    char protocol[8], reason[80];
};

enum ip_run_gmp { IP_RUN_NO_GMP, IP_RUN_GENERAL_QUERY, IP_RUN_OTHER_QUERY, IP_RUN_REPORT };

/* A packet that was given to a link. */
struct ip_run_packet {
    sim_time at;
    int64_t node, link;
    uint8_t protocol; /* IP_PROTO_PIM, IP_PROTO_UDP, or with gmp IGMP or ICMPv6 */
    uint8_t gmp;      /* enum ip_run_gmp */
    uint8_t kind;     /* enum pim_kind */
    uint8_t family, ttl;
    bool readable;    /* PIM: as the codec says */
    uint16_t len;     /* of IP */
    uint16_t encoded; /* PIM: what the encoder says of the message */
    uint16_t n_joins, n_prunes;
    uint32_t flow, number; /* UDP */
};

/* A link fails or is back. */
struct ip_run_state {
    sim_time at;
    int64_t link;
    bool up;
};

struct ip_run {
    struct ip_run_state *state;
    size_t n_state, max_state;
    struct ip_run_entry *entry;
    struct ip_run_got *got;
    struct ip_run_drop *drop;
    struct ip_run_packet *packet;
    struct row_ip_flow_stat *stat;
    char (*stat_flow)[32];
    struct row_ip_link_stat *link;
    size_t n_entry, n_got, n_drop, n_packet, n_stat, n_link;
    size_t max_entry, max_got, max_drop, max_packet, max_stat, max_link;
    unsigned n_warnings;
    char warning[400];
    struct pim_room room;
    struct gmp_room gmp_room;
    uint64_t hash; /* of all rows */
};

/* Can whole runs be made? false: the bridge to ns-3 was not built. */
bool ip_run_possible(const char *build_dir);
/* Run a text; a file of scenarios/ with n texts as of --set. */
struct ip_run *ip_run_text(const char *yaml);
struct ip_run *ip_run_file(const char *path, const char *const *set, size_t n);
void ip_run_free(struct ip_run *r);

/* NULL: no such row. */
const struct row_ip_flow_stat *ip_run_stat(const struct ip_run *r, const char *flow,
                                           const char *group, uint32_t index);
/* Packets of a kind (enum ip_traffic) on a link; 0: none. */
int64_t ip_run_on_link(const struct ip_run *r, const char *link, uint32_t index, int kind);
int64_t ip_run_octets_on_link(const struct ip_run *r, const char *link, uint32_t index, int kind);
/* Packets that ended at a node, of all its interfaces. */
int64_t ip_run_dropped(const struct ip_run *r, const char *group, uint32_t index,
                       const char *protocol, const char *reason);
/* The last row of an entry (source NULL: "*") at a time, or NULL. */
const struct ip_run_entry *ip_run_entry(const struct ip_run *r, sim_time at, const char *group_of,
                                        uint32_t index, const char *source, const char *group);

#endif
