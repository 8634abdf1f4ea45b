/* SPDX-License-Identifier: GPL-2.0-only
 * A table of routes by prefix, as a host has one: the most specific decides. */
#ifndef IP_ROUTE_H
#define IP_ROUTE_H

#include "models/ip/address.h"

struct ip_route {
    struct ip_prefix prefix;
    uint32_t metric; /* of equal prefixes the lowest */
    uint32_t iface;  /* from 1 on */
};

/* The route towards an address, or NULL; of equal ones the first. */
const struct ip_route *ip_route_find(const struct ip_route *routes, size_t n,
                                     const struct ip_addr *dst);

#endif
