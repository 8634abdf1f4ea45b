/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of a network share. */
#ifndef IP_NET_INTERNAL_H
#define IP_NET_INTERNAL_H

#include "models/ip/cast.h"
#include "models/ip/net.h"
#include "models/ip/switch.h"
#include "sim/err.h"
#include "sim/ns3/ns3_net.h"

struct net_count {
    uint64_t n_packets, n_bytes, n_queue, n_down, n_lost, n_cut;
};

struct net_link {
    struct net_count count[N_IP_TRAFFIC];
    uint32_t n_failures; /* at present; 0: up */
    sim_entity id;
    double loss;
    bool capture;
};

struct ip_net {
    struct ip_net_setup s;
    struct ns3_net *ns3;
    struct gmp_room room; /* of what nodes' machines send */
    struct gmp_room read_gmp;
    struct pim_room read_pim;
    struct ip_parcel_room parcels; /* what frames are read into */
    struct gmp_cfg gmp[2];
    struct ip_node_ops ops;
    struct ip_node **nodes;      /* NULL: a box of layer 2 */
    struct ip_switch **switches; /* NULL: a node */
    sim_entity *ids;
    bool *capture; /* of each node */
    struct net_link *links;
    uint64_t *n_draws; /* of losses, of each place of the graph's lists */
    struct rng_key loss_key;
    struct ip_cast *cast;
    evq_kind fault, repair, converge;
    struct sim_error error; /* the first of ns-3 */
    char *text;             /* lists of addresses for rows */
    size_t text_len, text_cap;
};

/* Send a parcel from an interface (from 0 on); src NULL: its own address. */
void net_send(struct ip_net *net, uint32_t node, uint32_t iface, const uint8_t *src,
              const uint8_t dst[6], const struct ip_parcel *p);

/* Rows. */
void net_rows_begin(struct ip_net *net);
void net_rows_end(struct ip_net *net);
void net_row_membership(struct ip_net *net, uint32_t node, uint32_t iface, enum ip_side side,
                        const struct ip_addr *group, const struct ip_filter *f);
void net_row_entry(struct ip_net *net, uint32_t node, const struct ip_mfc_entry *e);

#endif
