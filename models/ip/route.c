/* SPDX-License-Identifier: GPL-2.0-only
 * Longest prefix match over a short list. */
#include "models/ip/route.h"

static bool is_better(const struct ip_route *a, const struct ip_route *b)
{
    if (a->prefix.len != b->prefix.len)
        return a->prefix.len > b->prefix.len;
    return a->metric < b->metric;
}

const struct ip_route *ip_route_find(const struct ip_route *routes, size_t n,
                                     const struct ip_addr *dst)
{
    const struct ip_route *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (ip_prefix_has(&routes[i].prefix, dst) && (!best || is_better(&routes[i], best)))
            best = &routes[i];
    return best;
}
