/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of a cast share. */
#ifndef IP_CAST_INTERNAL_H
#define IP_CAST_INTERNAL_H

#include "models/ip/cast.h"
#include "models/ip/node.h"

/* One membership of one host, with its last stay. Times are SIM_NEVER when it has not come to it.
 */
struct cast_receiver {
    struct ip_cast *cast;
    const struct ip_plan_join *plan;
    struct ip_socket *socket;  /* NULL: not joined */
    struct ip_socket *unicast; /* of flows that are copied to each member; or NULL */
    bool is_copied, joins;     /* has such flows; and others, or none at all */
    sim_time joined, first, left, last;
    sim_time wanted; /* after it had left, the interface wanted the group again, or still */
    uint32_t iface, n_after;
};

/* A flow and a node that is a member of its group at some time. */
struct cast_pair {
    uint32_t node;
    uint32_t first, n;            /* receivers: flow's members[first ..) */
    uint8_t *expected, *received; /* bits by number of the datagram */
    uint32_t n_octets;
    uint64_t n_expected, n_received, n_duplicate, n_unexpected;
    sim_time delay_min, delay_max, delay_sum;
    uint32_t last_number, last_iface; /* the arrival that was counted last */
    sim_time last_at;
};

struct cast_flow {
    struct ip_cast *cast;
    const struct ip_plan_flow *plan;
    uint32_t index;
    struct ip_socket *socket;
    struct ip_addr source;
    uint32_t *members;       /* indices of receivers, by node */
    struct cast_pair *pairs; /* ascending by node */
    uint32_t n_members, n_pairs;
    uint32_t n_sent, n_refused;
    sim_time first_sent, last_sent; /* SIM_NEVER: none */
};

/* What receivers do at times of the plan, in the order of time. */
struct cast_turn {
    sim_time at;
    uint32_t receiver;
};
struct cast_turns {
    struct cast_turn *v;
    uint32_t n, next;
    void (*act)(struct cast_receiver *r);
};

struct ip_cast {
    struct ip_cast_setup s;
    struct cast_receiver *receivers;
    uint32_t *first_of, *of_node; /* receivers of node i: of_node[first_of[i] .. first_of[i + 1]) */
    struct cast_flow *flows;
    struct cast_turns turns[2]; /* joins, leaves */
    evq_kind turn, send;
};

/* The flow's pair with a node, or NULL. */
struct cast_pair *cast_pair_of(const struct cast_flow *f, uint32_t node);
/* Is this bit set? */
static inline bool cast_bit(const uint8_t *bits, uint32_t i)
{
    return bits[i / 8] >> (i % 8) & 1;
}
/* Make the kinds of events known to the queue. */
void cast_kinds(struct ip_cast *c);

#endif
