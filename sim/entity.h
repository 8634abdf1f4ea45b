/* SPDX-License-Identifier: GPL-2.0-only
 * Who a node is, whatever else is in the scenario: (hash of its group's name, index in the group)
 * in 48 bits. The same number keys its random streams and names it in the database. */
#ifndef SIM_ENTITY_H
#define SIM_ENTITY_H

#include <stdint.h>

enum { ENTITY_INDEX_BITS = 24 };

typedef int64_t sim_entity;

/* index: 0..2^24-1. Groups of devices, gateways and networks share one space of names. */
sim_entity entity_make(const char *group, uint32_t index);
/* The 24 bits of a name; two names of a scenario that share them are refused at load. */
uint32_t entity_hash(const char *group);

#endif
