/* SPDX-License-Identifier: GPL-2.0-only
 * Memberships and traffic of a plan while it runs: sockets join and leave, flows send, and each
 * datagram is followed to each node that was a member when it was sent.
 *
 * Payload: | flow 32 | number 32 | sent, ns 64 | octets counted up |. */
#ifndef IP_CAST_H
#define IP_CAST_H

#include "models/ip/plan.h"
#include "sim/evq.h"
#include "sim/trace.h"

struct ip_cast;

struct ip_cast_setup {
    struct evq *q;
    struct trace *trace;
    const struct ip_plan *plan;
    struct ip_node *const *nodes; /* of the plan's graph; NULL: boxes of layer 2 */
    sim_time duration;
};

/* What setup points to is borrowed for the cast's life; the nodes close its sockets. */
struct ip_cast *ip_cast_open(const struct ip_cast_setup *s);
void ip_cast_close(struct ip_cast *c);
/* Begin: what is to be at time 0 waits in the queue. */
void ip_cast_start(struct ip_cast *c);
/* A socket of a node got a datagram. */
void ip_cast_deliver(struct ip_cast *c, uint32_t node, const struct ip_socket *k,
                     const struct ip_datagram *d, const struct ip_udp *u);
/* One came to an interface of a node that does not want it. */
void ip_cast_unwanted(struct ip_cast *c, uint32_t node, uint32_t iface, const struct ip_addr *src,
                      const struct ip_addr *group);
/* Give the rows of flows and stays. Returns how many receivers' counts do not balance, which must
 * be 0. */
unsigned ip_cast_finish(struct ip_cast *c);

#endif
