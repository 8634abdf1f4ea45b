/* SPDX-License-Identifier: GPL-2.0-only
 * What the section ip of a scenario describes, checked and counted out: nodes, links, addresses,
 * memberships, traffic, failures. Everything that can be wrong with it is found here. */
#ifndef IP_PLAN_H
#define IP_PLAN_H

#include "models/ip/filter.h"
#include "models/ip/ip_cfg.h"
#include "models/ip/mroute_pim.h"
#include "models/ip/node.h"
#include "models/ip/topology.h"
#include "sim/entity.h"
#include "sim/time.h"

/* A name of several nodes or links, name/0, name/1, ... */
struct ip_plan_group {
    const char *name;
    uint32_t first, n;
    uint8_t kind, routing;                  /* nodes */
    const struct ip_snooping_cfg *snooping; /* snooping switches */
    const struct ip_node_group_cfg *nodes;  /* or NULL: of a topology */
    const struct ip_medium_cfg *medium;     /* links */
    const void *field;                      /* for messages: where the name stands */
    bool capture;
    bool own_names; /* nodes of a file */
};

/* A group of a membership of the scenario, shared by all who join it. */
struct ip_plan_wish {
    const struct ip_membership_cfg *cfg;
    struct ip_addr group;
    struct ip_filter filter;
};

/* One stay of a node in a group. */
struct ip_plan_join {
    const struct ip_plan_wish *wish;
    uint32_t node, iface; /* iface 0: as the route says */
    sim_time from, to;    /* to: SIM_NEVER */
};

struct ip_plan_flow {
    const struct ip_traffic_cfg *cfg;
    char *name; /* cfg's, or name/0, name/1, ... of several groups */
    sim_time start;
    uint32_t node, iface;
    struct ip_addr group;
};

/* An interface of an external node (from 0 on), and the tap device that it is. */
struct ip_plan_tap {
    uint32_t node, iface;
    uint16_t mtu; /* of the link */
    char name[16];
};

struct ip_plan_fault {
    uint32_t link;
    sim_time from, to;
};

/* Faults that are drawn, between these times. */
struct ip_plan_flapping {
    uint32_t link;
    sim_time from, to, mean_up, mean_down;
};

/* What a file says of a link; -1: nothing, the medium counts. */
struct ip_plan_speed {
    int64_t rate_bps, delay_ns;
};

/* A router with settings of its own: a candidate RP or bootstrap router. */
struct ip_plan_candidate {
    uint32_t node;
    struct pim_cfg cfg[2];       /* IPv4, IPv6 */
    struct ip_prefix *ranges[2]; /* to be RP of */
};

/* PIM. */
struct ip_plan_pim {
    bool any;              /* there are routers that speak it */
    struct pim_cfg cfg[2]; /* IPv4, IPv6: of routers that are no candidates */
    struct ip_mroute_rp *rps;
    uint32_t n_rps;
    struct ip_plan_candidate *candidates; /* ascending by node */
    uint32_t n_candidates;
};

/* Something to look at before results are trusted. */
struct ip_plan_warning {
    const void *field;
    char *text;
};

struct ip_plan {
    const struct ip_cfg *cfg;
    const struct scenario *scenario;
    uint64_t seed, run;
    sim_time duration;
    struct ip_graph graph;
    uint8_t *layer;               /* of each node: enum ip_layer */
    uint32_t *node_group;         /* of each node */
    uint32_t *link_group;         /* of each link */
    char **node_name;             /* of each node: "group/index", or a name out of a file */
    uint32_t *upstream;           /* of each node: a proxy's interface, from 1 on */
    struct ip_node_iface *ifaces; /* of each place of the graph's lists; zero for ports */
    struct ip_topology *topology;
    struct ip_plan_group *node_groups, *link_groups;
    uint32_t n_node_groups, n_link_groups;
    struct ip_plan_wish **wishes;
    uint32_t n_wishes;
    struct ip_plan_join *joins;
    uint32_t n_joins, max_joins;
    struct ip_plan_flow *flows;
    uint32_t n_flows;
    struct ip_plan_fault *faults;
    uint32_t n_faults;
    struct ip_plan_flapping *flapping;
    uint32_t n_flapping;
    struct ip_plan_pim pim;
    struct ip_plan_warning *warnings;
    uint32_t n_warnings;
    struct ip_plan_tap *taps;
    uint32_t n_taps;
    void **kept; /* memory that names and media stand in */
    uint32_t n_kept;
    struct ip_plan_speed *speeds; /* of the first n_speeds links: those that a file tells */
    uint32_t n_speeds;
};

/* What else a plan depends on. */
struct ip_plan_run {
    uint64_t seed, number;
    sim_time duration;
};

/* cfg and scenario are borrowed for the plan's life. Error: SIM_ESCENARIO, with the place in e; the
 * plan is then to be freed as well. */
int ip_plan_make(struct ip_plan *p, const struct ip_cfg *cfg, const struct scenario *scenario,
                 const struct ip_plan_run *run, struct sim_error *e);
void ip_plan_free(struct ip_plan *p);
/* Draw what is flapping up to a time: it becomes faults. Once. */
void ip_plan_draw_faults(struct ip_plan *p, sim_time until);

bool ip_plan_speaks(const struct ip_plan *p, uint8_t family);
/* For keys of other sections that name connected hosts, in their order, and a multicast address.
 * The caller frees *nodes, also after an error. SIM_ESCENARIO, with the place in e. */
int ip_plan_hosts(const struct ip_plan *p, const char *const *field, uint32_t **nodes, uint32_t *n,
                  struct sim_error *e);
int ip_plan_multicast(const struct ip_plan *p, const char *const *field, struct ip_addr *group,
                      struct sim_error *e);
/* The address of a node by which others know it: that of its first interface; family IP_NONE: it
 * has none. */
struct ip_addr ip_plan_address(const struct ip_plan *p, uint32_t node, uint8_t family);
static inline const struct ip_plan_group *ip_plan_group_of(const struct ip_plan *p, uint32_t node)
{
    return &p->node_groups[p->node_group[node]];
}
static inline const struct ip_plan_group *ip_plan_links_of(const struct ip_plan *p, uint32_t link)
{
    return &p->link_groups[p->link_group[link]];
}
/* The smallest MTU of all interfaces: messages of membership are split below it. */
uint16_t ip_plan_least_mtu(const struct ip_plan *p);
/* Of a link. */
int64_t ip_plan_rate_bps(const struct ip_plan *p, uint32_t link);
int64_t ip_plan_delay_ns(const struct ip_plan *p, uint32_t link);
bool ip_plan_is_pim(const struct ip_plan *p, uint32_t node);
/* The settings of a PIM router, as IPv4 and IPv6; NULL: not spoken. */
void ip_plan_pim_cfg(const struct ip_plan *p, uint32_t node, const struct pim_cfg *cfg[2]);
/* Is the node a real program's, behind taps? */
static inline bool ip_plan_is_external(const struct ip_plan *p, uint32_t node)
{
    uint8_t kind = ip_plan_group_of(p, node)->kind;
    return kind == IP_KIND_EXTERNAL_HOST || kind == IP_KIND_EXTERNAL_ROUTER;
}
/* node.id, ip_link.id. */
sim_entity ip_plan_node_id(const struct ip_plan *p, uint32_t node);
sim_entity ip_plan_link_id(const struct ip_plan *p, uint32_t link);
/* "group", or "group/index" when there are several; buf is returned. */
char *ip_plan_link_name(const struct ip_plan *p, uint32_t link, char *buf, size_t size);

#endif
