/* SPDX-License-Identifier: GPL-2.0-only
 * Multicast routing of a router that speaks no routing protocol: what comes in from the side of its
 * source goes to each other link of its own where it is the querier and has members. Enough where
 * one router lies between a source and its members; several in a row need PIM. */
#ifndef IP_MROUTE_MEMBERS_H
#define IP_MROUTE_MEMBERS_H

#include "models/ip/node.h"

/* Give a node this role, before its start. */
void ip_mroute_members(struct ip_node *n);

#endif
