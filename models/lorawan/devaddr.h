/* SPDX-License-Identifier: GPL-2.0-only
 * NetID and DevAddr: types, prefixes, NwkID. Source: TS002-1.0 with its errata, LoRaWAN 1.0.4
 * section 6.1. */
#ifndef LORAWAN_DEVADDR_H
#define LORAWAN_DEVADDR_H

#include <stdint.h>

struct netid_info {
    int type;        /* 0..7: three most significant bits */
    uint32_t id;     /* least significant bits: 6, 6, 9 or 21 */
    int prefix_bits; /* of a DevAddr: type + 1 */
    int nwkid_bits, nwkaddr_bits;
    uint32_t nwkid; /* nwkid_bits least significant bits of id */
    uint32_t devaddr_first, devaddr_last;
};

/* netid: 0..0xffffff, else SIM_ERANGE. */
int netid_info(uint32_t netid, struct netid_info *info);

/* The DevAddr with this NetID's prefix and NwkID; nwkaddr is cut to its bits. */
uint32_t devaddr_make(uint32_t netid, uint32_t nwkaddr);

/* Type of a DevAddr: the number of leading ones, 0..7; 8 for FFxxxxxx (no type). */
int devaddr_type(uint32_t devaddr);
/* NwkID and NwkAddr of a DevAddr; SIM_EINVAL when it has no type. */
int devaddr_split(uint32_t devaddr, int *type, uint32_t *nwkid, uint32_t *nwkaddr);

#endif
