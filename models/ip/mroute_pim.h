/* SPDX-License-Identifier: GPL-2.0-only
 * Multicast routing by PIM: a node's role around one PIM router a family. It knows messages,
 * memberships, datagrams and routes as the node gives them, and no packets.
 *
 * The forwarding table shows (S,G) and, with source any, (*,G). Entries of source-specific groups
 * forward by themselves; of all others the machine sees each datagram, because timers, Registers
 * and the way to the source's tree hang on them.
 * Source: RFC 7761 section 4.2. */
#ifndef IP_MROUTE_PIM_H
#define IP_MROUTE_PIM_H

#include "models/ip/node.h"
#include "models/ip/pim_router.h"

/* An RP set by hand. */
struct ip_mroute_rp {
    struct ip_prefix groups;
    struct ip_addr addr;
    uint8_t priority; /* lower is better */
};

struct ip_mroute_pim_cfg {
    const struct pim_cfg *pim[2];   /* IPv4, IPv6; NULL: the family is not spoken; borrowed */
    const struct ip_mroute_rp *rps; /* of both families; borrowed until the start */
    uint32_t n_rps;
    uint32_t dr_priority; /* on all interfaces */
    uint32_t preference;  /* of routes, for Asserts */
    struct rng_key key;
    uint64_t entity;
};

/* Give a node the role, before its start. */
void ip_mroute_pim(struct ip_node *n, const struct ip_mroute_pim_cfg *cfg);

#endif
