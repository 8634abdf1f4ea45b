/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of a network share. */
#ifndef IP_NET_INTERNAL_H
#define IP_NET_INTERNAL_H

#include "models/ip/cast.h"
#include "models/ip/neighbor_packet.h"
#include "models/ip/net.h"
#include "models/ip/switch.h"
#include "sim/err.h"

struct net_count {
    uint64_t n_packets, n_bytes;
};

/* What did not arrive; few links have some. */
struct net_lost {
    uint64_t n_queue, n_down, n_lost, n_cut;
};

struct net_link {
    struct net_count count[N_IP_TRAFFIC];
    struct net_lost *lost;              /* by kind; NULL: nothing */
    const struct ip_plan_fault *faults; /* the net's list of this link's, n of them */
    uint32_t n_faults;
    bool down; /* as was seen last; net_is_down says what is */
    sim_entity id;
    double loss;
    bool capture;
};

/* A parcel on a link, as an interface sends or hears it. */
struct net_frame {
    uint32_t node, iface; /* whose; from 0 on */
    uint32_t link;
    bool bridged;  /* src is not that of the interface that sends */
    uint16_t type; /* of Ethernet */
    uint8_t src[6], dst[6];
    const struct ip_parcel *parcel; /* borrowed */
};

/* What brings frames from one interface of a link to the others. */
struct net_carrier {
    int (*open)(struct ip_net *net, struct sim_error *e);
    void (*close)(struct ip_net *net);
    /* The link is up. SIM_ENOSPC: a queue is full and the frame gone. */
    int (*send)(struct ip_net *net, const struct net_frame *f);
    int (*run)(struct ip_net *net, sim_time end, struct sim_error *e);
    uint64_t (*n_events)(const struct ip_net *net);
};
extern const struct net_carrier net_packet_carrier, net_tree_carrier;

struct net_neighbors;

struct ip_net {
    struct ip_net_setup s;
    const struct net_carrier *carrier;
    void *carried;        /* the carrier's own */
    struct gmp_room room; /* of what nodes' machines send */
    struct gmp_cfg gmp[2];
    struct ip_node_ops ops;
    struct ip_node_env env;
    struct ip_node **nodes;      /* NULL: a box of layer 2 */
    struct ip_switch **switches; /* NULL: a node */
    sim_entity *ids;
    bool *capture; /* of each node */
    struct net_link *links;
    struct ip_plan_fault *faults; /* by link */
    uint64_t *n_draws;            /* of losses, of each place of the graph's lists */
    struct rng_key loss_key;
    struct ip_cast *cast;
    struct net_neighbors *neighbors; /* of each place of the graph's lists; NULL: none asks */
    uint32_t *tap_of;                /* of each place: from 1 on; 0: none; NULL: none has any */
    ip_net_deliver_fn *deliver;      /* or NULL */
    void *deliver_ctx;
    evq_kind fault, converge;
    char *text; /* lists of addresses for rows */
    size_t text_len, text_cap;
};

/* The type of Ethernet of what carries a parcel. */
static inline uint16_t net_type(const struct ip_parcel *p)
{
    return p->dst.family == IP_V6 ? IP_ETHER_V6 : IP_ETHER_V4;
}

/* Has the link failed now? The times decide: events of this instant may come in any order. */
bool net_is_down(const struct ip_net *net, uint32_t link);
/* What a carrier brings: a parcel in a frame that has come to an interface. */
void net_arrive(struct ip_net *net, const struct net_frame *f);

/* Give a frame to the link of its interface: link is set here, src where it is not bridged. */
void net_put(struct ip_net *net, struct net_frame *f);

/* Interfaces of external nodes: a frame has come to one. */
void net_taps_open(struct ip_net *net);
void net_tap_out(struct ip_net *net, const struct net_frame *f);

/* Ethernet addresses of neighbours that are not known from the topology. */
void net_neighbors_open(struct ip_net *net);
void net_neighbors_close(struct ip_net *net);
/* A node's parcel for a neighbour whose address must be asked for: true, and it is dealt with. */
bool net_neighbors_send(struct ip_net *net, uint32_t node, uint32_t iface, const uint8_t dst[6],
                        const struct ip_parcel *p);
/* A frame at a node's interface: true: it was a message about neighbours. */
bool net_neighbors_frame(struct ip_net *net, const struct net_frame *f);
void net_neighbors_rows(struct ip_net *net, uint32_t node, uint32_t iface);

/* Rows. */
void net_row_drop(struct ip_net *net, uint32_t node, uint32_t iface, const char *protocol,
                  const char *reason, uint64_t n);
void net_rows_begin(struct ip_net *net);
void net_rows_end(struct ip_net *net);
void net_row_membership(struct ip_net *net, uint32_t node, uint32_t iface, enum ip_side side,
                        const struct ip_addr *group, const struct ip_filter *f);
void net_row_state(struct ip_net *net, uint32_t link, bool up);
void net_row_entry(struct ip_net *net, uint32_t node, const struct ip_mfc_entry *e, bool gone);

#endif
