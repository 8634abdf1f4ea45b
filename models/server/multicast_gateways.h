/* SPDX-License-Identifier: GPL-2.0-only
 * Which gateways send for a multicast group. */
#ifndef SERVER_MULTICAST_GATEWAYS_H
#define SERVER_MULTICAST_GATEWAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "models/radio/links.h"

struct multicast_choice {
    const struct links *links;
    const uint32_t *members; /* device indices */
    uint32_t n_members;
    const uint16_t *gateway_network; /* of each gateway */
    unsigned n_gateways;
    uint16_t network;   /* whose gateways may send */
    const bool *listed; /* exactly these may; NULL: all of the network */
    bool cover;         /* take the one that reaches most of the rest, until nobody is left; else
                           every one that reaches a member */
};

/* Does a link to the gateway exist, at whatever power? */
bool multicast_reaches(const struct links *links, uint32_t device, unsigned gateway);

/* Their indices, in the order in which they send, into chosen (room for n_gateways); returns how
 * many. n_unreached: members that none of them reaches. */
unsigned multicast_choose_gateways(const struct multicast_choice *c, uint16_t *chosen,
                                   uint32_t *n_unreached);

#endif
