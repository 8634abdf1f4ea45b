/* SPDX-License-Identifier: GPL-2.0-only
 * A cover of a group's members by gateways, greedily, or all of them. */
#include "models/server/multicast_gateways.h"

#include <stdlib.h>

#include "sim/mem.h"

bool multicast_reaches(const struct links *links, uint32_t device, unsigned gateway)
{
    for (uint32_t k = links->first[device]; k < links->first[device + 1]; k++)
        if (links->link[k].gateway == gateway)
            return true;
    return false;
}

static bool allowed(const struct multicast_choice *c, unsigned gateway)
{
    return c->gateway_network[gateway] == c->network && (!c->listed || c->listed[gateway]);
}

/* Members that a gateway reaches and that are not covered. */
static uint32_t gain_of(const struct multicast_choice *c, unsigned gateway, const bool *covered)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n_members; i++)
        n += !covered[i] && multicast_reaches(c->links, c->members[i], gateway);
    return n;
}

/* The next gateway, or -1: the best of those not used, or the first that reaches anybody. */
static int next_gateway(const struct multicast_choice *c, const bool *used, const bool *covered)
{
    int best = -1;
    uint32_t most = 0;
    for (unsigned g = 0; g < c->n_gateways; g++) {
        uint32_t n = allowed(c, g) && !used[g] ? gain_of(c, g, covered) : 0;
        if (n > most) {
            best = (int)g;
            most = n;
        }
        if (best >= 0 && !c->cover)
            return best;
    }
    return best;
}

unsigned multicast_choose_gateways(const struct multicast_choice *c, uint16_t *chosen,
                                   uint32_t *n_unreached)
{
    bool *covered = mem_alloc(c->n_members, sizeof *covered);
    bool *none = mem_alloc(c->n_members, sizeof *none);
    bool *used = mem_alloc(c->n_gateways, sizeof *used);
    unsigned n = 0;
    for (int g = next_gateway(c, used, none); g >= 0;
         g = next_gateway(c, used, c->cover ? covered : none)) {
        used[g] = true;
        chosen[n++] = (uint16_t)g;
        for (uint32_t i = 0; i < c->n_members; i++)
            covered[i] = covered[i] || multicast_reaches(c->links, c->members[i], (unsigned)g);
    }
    *n_unreached = 0;
    for (uint32_t i = 0; i < c->n_members; i++)
        *n_unreached += !covered[i];
    free(used);
    free(none);
    free(covered);
    return n;
}
