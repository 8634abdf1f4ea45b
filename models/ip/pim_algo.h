/* SPDX-License-Identifier: GPL-2.0-only
 * What PIM routers compute alike: the hash that picks an RP, who is the designated router, whose
 * assert is better.
 * Source: RFC 7761 sections 4.3.2, 4.6.3 and 4.7.2. */
#ifndef IP_PIM_ALGO_H
#define IP_PIM_ALGO_H

#include "models/ip/address.h"

enum { PIM_HASH_MASK_V4 = 30, PIM_HASH_MASK_V6 = 126 };

/* An address in 32 bits: of IPv6 its four words, xored. */
uint32_t pim_digest(const struct ip_addr *a);
/* What an RP counts for a group; the highest value wins, then the highest address. mask_len: 0..32
 * or 0..128, groups that share that many bits share their RP. 31 bits. */
uint32_t pim_rp_hash(const struct ip_addr *group, uint8_t mask_len, const struct ip_addr *rp);

/* Who may be the designated router of a link. */
struct pim_dr_claim {
    struct ip_addr addr;
    bool has_priority;
    uint32_t priority;
};

/* Which of n claims wins: the highest priority, then the highest address; priorities count only if
 * all have one. n is 1 at least. */
size_t pim_elect_dr(const struct pim_dr_claim *claims, size_t n);

/* What an assert says of a router. */
struct pim_metric {
    bool rpt; /* of the shared tree: worse */
    uint32_t preference, metric;
    struct ip_addr addr;
};

/* Worse than any other: a router that would not forward. */
struct pim_metric pim_metric_infinite(uint8_t family);
bool pim_metric_is_infinite(const struct pim_metric *m);
/* Is a better than b? */
bool pim_metric_better(const struct pim_metric *a, const struct pim_metric *b);

#endif
