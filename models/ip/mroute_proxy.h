/* SPDX-License-Identifier: GPL-2.0-only
 * Multicast routing of a membership proxy: the proxies of both families as a node's role.
 * Source: RFC 4605 section 4. */
#ifndef IP_MROUTE_PROXY_H
#define IP_MROUTE_PROXY_H

#include "models/ip/node.h"

struct ip_mroute_proxy_cfg {
    uint32_t upstream;            /* interface */
    const struct gmp_cfg *gmp[2]; /* IPv4, IPv6; NULL: not spoken */
    struct gmp_room *room;
    struct rng_key key; /* delays of reports upstream */
    uint64_t entity;
};

/* Give a node this role, before its start. Error: SIM_ERANGE (fewer than 2 interfaces, or more than
 * a proxy can have). */
int ip_mroute_proxy(struct ip_node *n, const struct ip_mroute_proxy_cfg *cfg);

#endif
