/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of the section ip: a network of IP nodes, their memberships and what is sent to
 * groups. */
#ifndef IP_IP_CFG_H
#define IP_IP_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "models/ip/gmp.h"
#include "sim/scenario.h"

enum ip_fidelity { IP_PACKET, IP_TREE };
enum ip_families { IP_BOTH, IP_ONLY_V4, IP_ONLY_V6 };

enum ip_node_kind {
    IP_KIND_HOST,
    IP_KIND_ROUTER,
    IP_KIND_PROXY,
    IP_KIND_EXTERNAL_HOST,
    IP_KIND_EXTERNAL_ROUTER,
    IP_KIND_HUB,
    IP_KIND_SWITCH,
    IP_KIND_SNOOPING_SWITCH,
};

enum ip_neighbor_discovery { IP_NEIGHBORS_KNOWN, IP_NEIGHBORS_RESOLVE };

enum ip_routing { IP_ROUTING_NONE, IP_ROUTING_MEMBERS, IP_ROUTING_PIM };

struct ip_snooping_cfg {
    bool by_mac, flood_unknown, flood_without_querier, fast_leave;
};

struct ip_node_group_cfg {
    const char *name;
    int kind; /* enum ip_node_kind */
    int64_t count;
    int routing;          /* enum ip_routing */
    int64_t dr_priority;  /* PIM routers */
    const char *upstream; /* proxies: a link */
    const char *taps;     /* external nodes: a tap device for each link */
    const char *networks; /* external routers: prefixes behind them */
    struct ip_snooping_cfg snooping;
    bool capture;
};

enum ip_link_kind { IP_LINK_CSMA, IP_LINK_POINT_TO_POINT };

/* What a link is made of, wherever it comes from. */
struct ip_medium_cfg {
    int kind; /* enum ip_link_kind */
    int64_t rate_bps, delay_ns, mtu_bytes;
    double loss;
    int64_t cost, ttl_threshold;
    int boundary; /* 0: none, else index of the scope's name */
    bool capture;
};

struct ip_link_cfg {
    const char *name;
    const char *nodes;     /* all of them, joined by one link */
    const char *each, *to; /* or a link from each of these to that node */
    struct ip_medium_cfg medium;
};

enum ip_topology_kind {
    IP_TOPOLOGY_LINE,
    IP_TOPOLOGY_STAR,
    IP_TOPOLOGY_K_ARY_TREE,
    IP_TOPOLOGY_GRID,
    IP_TOPOLOGY_WAXMAN,
    IP_TOPOLOGY_BARABASI_ALBERT,
    IP_TOPOLOGY_EDGES,
    IP_TOPOLOGY_GRAPHML,
};

/* What stands where in a file of edges. */
struct ip_edges_cfg {
    const char *file;
    const char *node_name, *cost, *rate, *delay;
    int64_t rate_unit_bps, delay_unit_ns;
    int parallel; /* enum ip_parallel */
};

enum ip_topology_hosts { IP_HOSTS_NONE, IP_HOSTS_LEAVES, IP_HOSTS_ALL };

/* Nodes name/0, name/1 ... and links name.links/0 ... by rule or out of a file; hosts
 * name.hosts/0 ... on links name.access/0 ... */
struct ip_topology_cfg {
    const char *name;
    int kind;      /* enum ip_topology_kind */
    int node_kind; /* enum ip_node_kind: host or router */
    int routing;
    int hosts; /* enum ip_topology_hosts */
    int64_t hosts_per_router;
    int64_t count, arity, depth, columns, rows, edges_per_node;
    double alpha, beta;
    struct ip_edges_cfg edges;
    struct ip_medium_cfg medium;
};

struct ip_address_cfg {
    const char *node, *link, *v4, *v6;
};

enum ip_mode { IP_MODE_AUTO, IP_MODE_INCLUDE, IP_MODE_EXCLUDE };

struct ip_membership_cfg {
    const char *nodes, *group, *link, *sources;
    int mode; /* enum ip_mode */
    int64_t port, n_groups;
    int64_t choose; /* SCN_WORD "all" */
    bool one_group;
    double churn; /* members that change groups, a minute */
    int64_t spread_ns;
    int64_t join_ns, leave_ns; /* leave: SCN_WORD "never" */
};

enum ip_delivery { IP_DELIVERY_MULTICAST, IP_DELIVERY_UNICAST };

struct ip_traffic_cfg {
    const char *name, *source, *group, *link;
    int delivery; /* enum ip_delivery */
    int64_t port, n_groups, size_bytes, ttl, period_ns, start_ns;
    int64_t count; /* SCN_WORD "unlimited" */
};

struct ip_fault_cfg {
    const char *link;
    int64_t from_ns, to_ns;           /* to: SCN_WORD "end" */
    int64_t mean_up_ns, mean_down_ns; /* SCN_WORD "none" */
};

struct ip_gmp_cfg {
    int64_t igmp_version, mld_version, robustness;
    int64_t query_interval_ns, query_response_ns;
    int64_t startup_interval_ns, startup_count;         /* SCN_WORD "auto" */
    int64_t last_member_interval_ns, last_member_count; /* count: SCN_WORD "auto" */
    int64_t unsolicited_interval_ns;                    /* SCN_WORD "auto" */
    bool fast_leave, solicited_node;
};

/* An RP set by hand. */
struct ip_pim_rp_cfg {
    const char *node, *link, *address, *groups;
    int64_t priority;
};

/* Candidate RPs and bootstrap routers; these have no groups. */
struct ip_pim_candidate_cfg {
    const char *nodes, *link, *groups;
    int64_t priority;
};

struct ip_pim_cfg {
    int64_t hello_period_ns, triggered_hello_ns;
    int64_t hello_holdtime_ns; /* SCN_WORD "auto" */
    bool lan_prune_delay, t_bit;
    int64_t propagation_ns, override_ns;
    int64_t jp_period_ns;
    int64_t jp_holdtime_ns; /* SCN_WORD "auto" */
    int64_t keepalive_ns, register_suppression_ns, register_probe_ns;
    int64_t assert_ns, assert_override_ns;
    int spt, rp_spt; /* enum pim_spt */
    int64_t spt_threshold_bps;
    int64_t hash_mask_len_v4, hash_mask_len_v6, preference;
    int64_t bs_period_ns, bs_timeout_ns, rp_adv_period_ns;
    int64_t rp_holdtime_ns;         /* SCN_WORD "auto" */
    struct scn_list rps;            /* struct ip_pim_rp_cfg */
    struct scn_list candidate_rps;  /* struct ip_pim_candidate_cfg */
    struct scn_list candidate_bsrs; /* struct ip_pim_candidate_cfg */
};

struct ip_cfg {
    int fidelity, families;
    int neighbor_discovery; /* enum ip_neighbor_discovery */
    int64_t entry_life_ns;  /* SCN_WORD "never" */
    int64_t convergence_ns;
    struct ip_gmp_cfg gmp;
    struct ip_pim_cfg pim;
    struct scn_list nodes;       /* struct ip_node_group_cfg */
    struct scn_list links;       /* struct ip_link_cfg */
    struct scn_list topologies;  /* struct ip_topology_cfg */
    struct scn_list addresses;   /* struct ip_address_cfg */
    struct scn_list memberships; /* struct ip_membership_cfg */
    struct scn_list traffic;     /* struct ip_traffic_cfg */
    struct scn_list faults;      /* struct ip_fault_cfg */
};
extern const struct scn_section ip_section;
/* Parts of it. */
extern const struct scn_section ip_membership_section, ip_traffic_section, ip_fault_section,
    ip_gmp_section, ip_pim_section;

/* The settings of membership of a family. */
struct gmp_cfg ip_cfg_gmp(const struct ip_gmp_cfg *c, uint8_t family);
/* "router" of a kind. */
const char *ip_cfg_kind_name(int kind);

#endif
