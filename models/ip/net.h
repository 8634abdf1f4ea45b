/* SPDX-License-Identifier: GPL-2.0-only
 * The network of a plan: nodes and switches on links, with failures, losses, counts of what each
 * link carries, and rows of what happens. At packet fidelity the links are ns-3's; at tree fidelity
 * nothing is transmitted: what is sent arrives after the link's delay. */
#ifndef IP_NET_H
#define IP_NET_H

#include "models/ip/node.h"
#include "models/ip/plan.h"
#include "sim/evq.h"
#include "sim/trace.h"

struct ip_net;
struct ns3_frame;

struct ip_net_setup {
    struct evq *q; /* packet fidelity: EVQ_FIFO */
    struct trace *trace;
    struct ip_plan *plan;
    sim_time duration;
    bool ns3_simulator; /* packet fidelity: ns-3's own simulator keeps the order of q's events:
                           nothing may have been pushed into q, and ip_net_run goes to the duration
                           at once */
    /* A frame for the real program behind a tap of the plan; NULL: it is gone. */
    void (*tap)(void *ctx, uint32_t tap, const struct ns3_frame *f);
    void *tap_ctx;
};

/* Make it and give the rows of nodes, links and interfaces. What setup points to is borrowed for
 * the net's life. Errors: SIM_EIO (ns-3 cannot be opened), SIM_EBUSY (a network of this process is
 * open), SIM_EGUEST (ns-3 ended with an error); e says more. */
int ip_net_open(struct ip_net **net, const struct ip_net_setup *s, struct sim_error *e);
void ip_net_close(struct ip_net *net);
/* For those who have sockets of their own besides the scenario's memberships and traffic: a node,
 * which must not be a box of layer 2; and who is told first of what a socket gets (true: it was one
 * of theirs). Before the start. */
struct ip_node *ip_net_node(const struct ip_net *net, uint32_t node);
typedef bool ip_net_deliver_fn(void *ctx, uint32_t node, const struct ip_socket *k,
                               const struct ip_datagram *d, const struct ip_udp *u);
void ip_net_set_deliver(struct ip_net *net, ip_net_deliver_fn *deliver, void *ctx);
/* All links are up; memberships and traffic wait in the queue. */
void ip_net_start(struct ip_net *net);
/* evq_run, in ns-3's guard. Returns as evq_run, or SIM_EGUEST or SIM_EINVAL after an error of ns-3.
 */
int ip_net_run(struct ip_net *net, sim_time end, struct sim_error *e);
/* A frame came from the real program behind a tap: it goes onto the tap's link now. Between two
 * calls of ip_net_run. Frames that are no Ethernet II frame of 14 to 1514 octets are ignored. */
void ip_net_tap(struct ip_net *net, uint32_t tap, const uint8_t *frame, size_t len);
/* Events of ns-3 that have run; on its own simulator those of q are among them. */
uint64_t ip_net_n_events(const struct ip_net *net);
/* The summary rows. Returns how many receivers' counts do not balance, which must be 0. */
unsigned ip_net_finish(struct ip_net *net);

#endif
