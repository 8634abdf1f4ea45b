/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of a node share. */
#ifndef IP_NODE_INTERNAL_H
#define IP_NODE_INTERNAL_H

#include "models/ip/node.h"
#include "sim/evq.h"

/* One membership machine of an interface: either side of one family. */
struct node_gmp {
    struct ip_node *node;
    uint32_t iface;
    uint8_t family;
    bool is_host, is_router;
    bool was_querier;
    struct gmp_host host;
    struct gmp_router router;
    struct gmp_host_io host_io;
    struct gmp_router_io router_io;
};

struct node_iface {
    struct ip_node_iface cfg;
    struct node_gmp gmp[2]; /* IPv4, IPv6 */
    struct ip_node_drops drops;
};

struct ip_node {
    struct ip_node_cfg cfg;
    struct node_iface *ifaces; /* interface i is ifaces[i - 1] */
    struct ip_iface *addrs;    /* for the sockets */
    struct ip_sockets sockets;
    struct ip_mfc mfc;
    const struct ip_mrouting_ops *mrouting; /* or NULL */
    void *role;
    sim_time settle_at; /* of the role; SIM_NEVER: not asked for */
    sim_time wake_at;   /* SIM_NEVER: no event is waiting */
};

static inline struct node_iface *node_iface(const struct ip_node *n, uint32_t iface)
{
    return &n->ifaces[iface - 1];
}

/* A message for the node's own machine of an interface. */
enum gmp_reason node_message(struct ip_node *n, uint32_t iface, const struct ip_addr *src,
                             const struct gmp_msg *m);
/* Give a datagram to a group to the sockets; how many got it. */
uint32_t node_deliver_group(struct ip_node *n, uint32_t iface, const struct ip_parcel *p,
                            const struct ip_udp *u);

/* A PIM packet for the node itself. false: it does not speak PIM. */
bool node_receive_pim(struct ip_node *n, uint32_t iface, const struct ip_parcel *p);
bool node_is_own(const struct ip_node *n, const struct ip_addr *a);
/* Do what timers owe by now: what arrives at the same instant finds it done. */
void node_catch_up(struct ip_node *n);

#endif
