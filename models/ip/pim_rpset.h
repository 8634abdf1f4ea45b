/* SPDX-License-Identifier: GPL-2.0-only
 * Which RP a group has: ranges of groups with their RPs, set or learnt from a bootstrap router.
 * Sources: RFC 7761 section 4.7, RFC 3956, RFC 5059 section 3. */
#ifndef IP_PIM_RPSET_H
#define IP_PIM_RPSET_H

#include "models/ip/pim.h"
#include "sim/time.h"

/* An RP of a range. */
struct pim_mapping {
    struct ip_prefix prefix;
    struct ip_addr rp;
    uint8_t priority; /* lower is better */
    sim_time until;   /* SIM_NEVER: set by hand, or held for ever */
    uint16_t holdtime_s;
    bool learnt;
};

/* Zeroed: no RPs. Fields may be read. */
struct pim_rpset {
    struct pim_mapping *v; /* ascending by prefix length, prefix, RP; each pair once */
    uint32_t n, max;
    uint8_t hash_mask_len; /* 0: 30 of IPv4, 126 of IPv6 */
    bool no_embedded;      /* groups with an RP in their address have none by it */
};

void pim_rpset_fini(struct pim_rpset *s);
/* Add a mapping, or replace that of the same range and RP; those set by hand are not replaced by
 * learnt ones. true: the set is another one, but for times. */
bool pim_rpset_put(struct pim_rpset *s, const struct pim_mapping *m);
/* Remove learnt mappings that are over by now (SIM_NEVER: all of them). true: there were some. */
bool pim_rpset_expire(struct pim_rpset *s, sim_time now);
/* Remove the learnt mappings of a range, but for some RPs. true: there were some. */
bool pim_rpset_clear(struct pim_rpset *s, const struct ip_prefix *range, const struct pim_rp *but,
                     size_t n_but);
/* When the next learnt mapping is over. */
sim_time pim_rpset_next(const struct pim_rpset *s);

/* The RP of a group: none for source-specific and unrouted groups; that in its address; else of the
 * longest range that has it the RP with the lowest priority, highest hash, highest address. */
bool pim_rpset_find(const struct pim_rpset *s, const struct ip_addr *group, struct ip_addr *rp);

#endif
