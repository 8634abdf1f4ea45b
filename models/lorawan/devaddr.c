/* SPDX-License-Identifier: GPL-2.0-only
 * NetID types and DevAddr prefixes. Sources: see devaddr.h; types 3 and 4 as in the errata to
 * TS002-1.0. */
#include "models/lorawan/devaddr.h"

#include "sim/err.h"

enum { N_TYPES = 8, MAX_NETID = 0xFFFFFF, NO_TYPE = 8 };

/* Widths by type; type + 1 prefix bits, NwkID and NwkAddr are 32 in all. */
static const struct {
    uint8_t id_bits, nwkid_bits, nwkaddr_bits;
} type_bits[N_TYPES] = {
    {6, 6, 25},   {6, 6, 24},   {9, 9, 20},   {21, 11, 17},
    {21, 12, 15}, {21, 13, 13}, {21, 15, 10}, {21, 17, 7},
};

static uint32_t low_bits(int n)
{
    return (UINT32_C(1) << n) - 1;
}

/* type ones and a zero, in the most significant bits. */
static uint32_t prefix_of(int type)
{
    return ~(UINT32_MAX >> type);
}

int netid_info(uint32_t netid, struct netid_info *info)
{
    if (netid > MAX_NETID)
        return SIM_ERANGE;
    int type = (int)(netid >> 21);
    info->type = type;
    info->id = netid & low_bits(type_bits[type].id_bits);
    info->prefix_bits = type + 1;
    info->nwkid_bits = type_bits[type].nwkid_bits;
    info->nwkaddr_bits = type_bits[type].nwkaddr_bits;
    info->nwkid = info->id & low_bits(info->nwkid_bits);
    info->devaddr_first = prefix_of(type) | info->nwkid << info->nwkaddr_bits;
    info->devaddr_last = info->devaddr_first | low_bits(info->nwkaddr_bits);
    return SIM_OK;
}

uint32_t devaddr_make(uint32_t netid, uint32_t nwkaddr)
{
    struct netid_info info;
    SIM_CHECK(netid_info(netid, &info) == SIM_OK, "NetID %x", netid);
    return info.devaddr_first | (nwkaddr & low_bits(info.nwkaddr_bits));
}

int devaddr_type(uint32_t devaddr)
{
    int type = 0;
    while (type < NO_TYPE && devaddr & (UINT32_C(0x80000000) >> type))
        type++;
    return type;
}

int devaddr_split(uint32_t devaddr, int *type, uint32_t *nwkid, uint32_t *nwkaddr)
{
    int t = devaddr_type(devaddr);
    if (t == NO_TYPE)
        return SIM_EINVAL;
    *type = t;
    *nwkid = devaddr >> type_bits[t].nwkaddr_bits & low_bits(type_bits[t].nwkid_bits);
    *nwkaddr = devaddr & low_bits(type_bits[t].nwkaddr_bits);
    return SIM_OK;
}
