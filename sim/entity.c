/* SPDX-License-Identifier: GPL-2.0-only
 * Stable identities from names: FNV-1a folded to 24 bits. */
#include "sim/entity.h"

uint32_t entity_hash(const char *group)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (const char *p = group; *p; p++)
        h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    return (uint32_t)(h & 0xffffff);
}

sim_entity entity_make(const char *group, uint32_t index)
{
    return (sim_entity)entity_hash(group) << ENTITY_INDEX_BITS | (sim_entity)index;
}
