/* SPDX-License-Identifier: GPL-2.0-only
 * Elections and the hash of PIM. Source: see pim_algo.h. */
#include "models/ip/pim_algo.h"

#include "models/ip/pim.h"

uint32_t pim_digest(const struct ip_addr *a)
{
    uint32_t digest = 0;
    for (size_t i = 0; i < ip_addr_len(a->family); i += 4)
        digest ^= (uint32_t)a->b[i] << 24 | (uint32_t)a->b[i + 1] << 16 |
                  (uint32_t)a->b[i + 2] << 8 | a->b[i + 3];
    return digest;
}

uint32_t pim_rp_hash(const struct ip_addr *group, uint8_t mask_len, const struct ip_addr *rp)
{
    enum { FACTOR = 1103515245, SUMMAND = 12345, MASK = 0x7fffffff };
    struct ip_addr masked = *group;
    for (size_t i = 0; i < ip_addr_len(group->family); i++) {
        int keep = mask_len - (int)(8 * i);
        if (keep < 8)
            masked.b[i] &= (uint8_t)(keep <= 0 ? 0 : 0xff << (8 - keep));
    }
    uint32_t inner = (uint32_t)FACTOR * pim_digest(&masked) + SUMMAND;
    return ((uint32_t)FACTOR * (inner ^ pim_digest(rp)) + SUMMAND) & MASK;
}

size_t pim_elect_dr(const struct pim_dr_claim *claims, size_t n)
{
    bool by_priority = true;
    size_t best = 0;
    for (size_t i = 0; i < n; i++)
        by_priority &= claims[i].has_priority;
    for (size_t i = 1; i < n; i++) {
        const struct pim_dr_claim *a = &claims[i], *b = &claims[best];
        if (by_priority && a->priority != b->priority)
            best = a->priority > b->priority ? i : best;
        else if (ip_addr_cmp(&a->addr, &b->addr) > 0)
            best = i;
    }
    return best;
}

struct pim_metric pim_metric_infinite(uint8_t family)
{
    return (struct pim_metric){.rpt = true,
                               .preference = PIM_PREFERENCE_MAX,
                               .metric = PIM_METRIC_INFINITE,
                               .addr = ip_addr_any(family)};
}

bool pim_metric_is_infinite(const struct pim_metric *m)
{
    return m->rpt && m->preference == PIM_PREFERENCE_MAX && m->metric == PIM_METRIC_INFINITE;
}

bool pim_metric_better(const struct pim_metric *a, const struct pim_metric *b)
{
    if (a->rpt != b->rpt)
        return !a->rpt;
    if (a->preference != b->preference)
        return a->preference < b->preference;
    if (a->metric != b->metric)
        return a->metric < b->metric;
    return ip_addr_cmp(&a->addr, &b->addr) > 0;
}
