/* SPDX-License-Identifier: GPL-2.0-only
 * Nodes and links of ns-3 on the program's event queue: frames go in at one interface and come out
 * at others, later. What is in the frames is not known here. One network at a time in a process. */
#ifndef SIM_NS3_NS3_NET_H
#define SIM_NS3_NS3_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The address of interface i of node n: 02:00:nn:nn:nn:ii, locally administered. */
static inline void ns3_net_address(int node, int iface, uint8_t mac[6])
{
    mac[0] = 2;
    mac[1] = 0;
    mac[2] = (uint8_t)(node >> 16);
    mac[3] = (uint8_t)(node >> 8);
    mac[4] = (uint8_t)node;
    mac[5] = (uint8_t)iface;
}

enum ns3_link_kind { NS3_CSMA, NS3_POINT_TO_POINT };

/* A link: CSMA between any number of nodes, or point-to-point between two. */
struct ns3_link_spec {
    enum ns3_link_kind kind;
    const int *nodes;
    size_t n_nodes;
    uint64_t bits_per_s;
    int64_t delay_ns; /* from one end to another */
    uint64_t stream;  /* 62 bits: the draws of its back-offs */
};

/* An Ethernet frame, its type and payload apart. Point-to-point links carry types 0x0800 (IPv4) and
 * 0x86dd (IPv6) only, and ignore addresses. */
struct ns3_frame {
    int node, iface;
    uint8_t src[6], dst[6];
    uint16_t type;
    const uint8_t *bytes;
    size_t len; /* 0..1500 */
};

struct ns3_net_ops {
    void *ctx;
    /* A frame came to an interface, whoever it is addressed to; bytes are borrowed for the call. */
    void (*frame)(void *ctx, const struct ns3_frame *f);
    /* Is a frame lost on its way to this interface? NULL: none is. */
    bool (*lost)(void *ctx, int node, int iface);
};

struct evq;
struct sim_error;
struct ns3_net;

/* Errors of all functions: SIM_EIO (no bridge), SIM_EBUSY (there is a network already), SIM_EINVAL
 * (a link that cannot be), SIM_EGUEST (ns-3 ended with an error); e says more. */
int ns3_net_open(struct ns3_net **net, struct evq *q, const struct ns3_net_ops *ops,
                 struct sim_error *e);
/* The same with ns-3's own simulator as q's engine: it keeps the order of all events up to end_ns.
 * Nothing may have been pushed into q before. */
int ns3_net_open_default(struct ns3_net **net, struct evq *q, const struct ns3_net_ops *ops,
                         int64_t end_ns, struct sim_error *e);
/* After the queue has run for the last time; what still waits in it must never run. */
void ns3_net_close(struct ns3_net *net);

/* A node; its number: 0, 1, ... */
int ns3_net_node(struct ns3_net *net, int *node, struct sim_error *e);
/* A link; ifaces (n_nodes): the interface it got at each node, counted from 0 per node. */
int ns3_net_link(struct ns3_net *net, const struct ns3_link_spec *spec, int *ifaces,
                 struct sim_error *e);

/* Send f->bytes to f->dst at f->iface of f->node, now. src: all zero for the interface's own, else
 * that of whom a bridge sends for. SIM_ENOSPC, without a text: the interface's queue is full and
 * the frame is gone. */
int ns3_net_send(struct ns3_net *net, const struct ns3_frame *f, struct sim_error *e);

/* evq_run inside ns-3's guard. Returns as evq_run, or SIM_EGUEST. */
int ns3_net_run(struct ns3_net *net, int64_t end_ns, struct sim_error *e);

/* Events of ns-3 that have run. */
uint64_t ns3_net_n_events(const struct ns3_net *net);

#endif
