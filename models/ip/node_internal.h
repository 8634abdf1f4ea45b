/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of a node share. */
#ifndef IP_NODE_INTERNAL_H
#define IP_NODE_INTERNAL_H

#include "models/ip/node.h"
#include "sim/evq.h"

/* The membership machines of an interface and a family: the host's side, the router's, or both, at
 * a router that is a member itself. */
struct node_gmp {
    struct ip_node *node;
    struct node_host *host;     /* NULL: none */
    struct node_router *router; /* NULL: none */
    uint32_t iface;
    uint8_t family;
    bool was_querier;
};
struct node_host {
    struct gmp_host m;
    struct gmp_host_io io;
};
struct node_router {
    struct gmp_router m;
    struct gmp_router_io io;
};

struct node_iface {
    const struct ip_node_iface *cfg;
    struct node_gmp gmp[2];      /* IPv4, IPv6 */
    struct ip_node_drops *drops; /* NULL: none yet */
};

/* A message of one of our machines, on its way to the other one of the same interface. */
struct node_loop {
    struct node_gmp *g;
    sim_time at;
    struct ip_parcel p; /* borrows from room */
    void *room;
};

struct ip_node {
    struct ip_node_cfg cfg;
    sim_time wake_at;          /* SIM_NEVER: no event is waiting */
    sim_time put_off_at;       /* another event waits for this, if it is still to come */
    sim_time gmp_at;           /* not after what the first of the machines waits for */
    struct node_iface *ifaces; /* interface i is ifaces[i - 1]; behind the node */
    struct node_host *hosts;   /* of nodes that do not forward: behind the interfaces */
    struct ip_sockets sockets;
    struct ip_mfc mfc;
    const struct ip_mrouting_ops *mrouting; /* or NULL */
    void *role;
    struct node_loop *loops; /* in the order of their times */
    uint32_t n_loops, cap_loops;
    bool is_member;     /* sockets have joined something, some time; of nodes that forward */
    sim_time expire_at; /* not after the first entry's end; SIM_NEVER: there is none */
    sim_time settle_at; /* of the role; SIM_NEVER: not asked for */
};

static inline struct node_iface *node_iface(const struct ip_node *n, uint32_t iface)
{
    return &n->ifaces[iface - 1];
}

/* Is a parcel larger than what an interface's link takes? */
bool node_too_big(const struct ip_node *n, uint32_t iface, const struct ip_parcel *p);
/* The counts of an interface, to add to. */
struct ip_node_drops *node_drops(struct ip_node *n, uint32_t iface);
/* A message for the node's own machine of an interface. */
enum gmp_reason node_message(struct ip_node *n, uint32_t iface, const struct ip_addr *src,
                             const struct gmp_msg *m);
/* Give a datagram to a group to the sockets; how many got it. */
uint32_t node_deliver_group(struct ip_node *n, uint32_t iface, const struct ip_parcel *p,
                            const struct ip_udp *u);

/* A PIM packet for the node itself. false: it does not speak PIM. */
bool node_receive_pim(struct ip_node *n, uint32_t iface, const struct ip_parcel *p);
/* An entry was made. Remove those that nothing has used for their life. */
void node_entry_made(struct ip_node *n, struct ip_mfc_entry *e);
void node_expire(struct ip_node *n, sim_time now);
/* Get the host's side of an interface ready; it borrows h, which the node frees when it forwards.
 */
void node_init_host(struct node_gmp *g, struct node_host *h);
/* A message of one of our machines went out: the other one on the interface gets it, too, 1 ns
 * later. */
void node_loop_back(struct node_gmp *g, const struct gmp_msg *m);
/* Give what is due by now; the next time, SIM_NEVER: none. */
sim_time node_run_loops(struct ip_node *n, sim_time now);
void node_free_loops(struct ip_node *n);
/* Wake at a time. */
void node_arm(struct ip_node *n, sim_time at);
void node_on_message_out(void *obj, const struct gmp_msg *m);
bool node_is_own(const struct ip_node *n, const struct ip_addr *a);
/* Do what timers owe by now: what arrives at the same instant finds it done. */
void node_catch_up(struct ip_node *n);

#endif
