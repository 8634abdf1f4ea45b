/* SPDX-License-Identifier: GPL-2.0-only
 * calc netid and calc devaddr: type, prefix, NwkID and range of addresses. */
#include "models/lorawan/devaddr.h"
#include "tools/calc.h"

/* "1110" for type 3. */
static void set_prefix(json_t *o, int type)
{
    char text[9];
    for (int i = 0; i < type; i++)
        text[i] = '1';
    text[type] = '0';
    text[type + 1] = 0;
    json_object_set_new(o, "prefix", json_string(text));
    json_object_set_new(o, "prefix_bits", json_integer(type + 1));
}

static int hex_digits(int n_bits)
{
    return (n_bits + 7) / 8 * 2;
}

static void set_range(json_t *o, const struct netid_info *info)
{
    calc_set_number_hex(o, "devaddr_nwkid", info->nwkid, hex_digits(info->nwkid_bits));
    json_object_set_new(o, "nwkid_bits", json_integer(info->nwkid_bits));
    json_object_set_new(o, "nwkaddr_bits", json_integer(info->nwkaddr_bits));
    calc_set_number_hex(o, "devaddr_first", info->devaddr_first, 8);
    calc_set_number_hex(o, "devaddr_last", info->devaddr_last, 8);
}

/* The one word that netid and devaddr take. */
static int one_number(const struct calc *c, int argc, char **argv, size_t len, uint32_t *value,
                      enum calc_go *go)
{
    const char *hex;
    uint64_t v = 0;
    *go = calc_args(c, argc, argv, NULL, 0, &hex, 1);
    if (*go == CALC_HELP_SHOWN)
        return CALC_OK;
    if (*go == CALC_BAD)
        return CALC_USAGE;
    *go = CALC_BAD;
    if (!hex)
        return calc_fail(c, "the %zu hex digits are missing", 2 * len);
    if (!calc_hex_number(c, "HEX", hex, len, &v))
        return CALC_USAGE;
    *value = (uint32_t)v;
    *go = CALC_GO;
    return CALC_OK;
}

int calc_netid(const struct calc *c, int argc, char **argv)
{
    uint32_t netid = 0;
    enum calc_go go;
    int rc = one_number(c, argc, argv, 3, &netid, &go);
    if (go != CALC_GO)
        return rc;
    struct netid_info info;
    netid_info(netid, &info); /* three octets are always in range */
    static const int id_bits[8] = {6, 6, 9, 21, 21, 21, 21, 21};
    json_t *o = json_object();
    calc_set_number_hex(o, "netid", netid, 6);
    json_object_set_new(o, "type", json_integer(info.type));
    calc_set_number_hex(o, "netid_id", info.id, hex_digits(id_bits[info.type]));
    set_prefix(o, info.type);
    set_range(o, &info);
    return calc_print(c, o);
}

int calc_devaddr(const struct calc *c, int argc, char **argv)
{
    uint32_t devaddr = 0, nwkid, nwkaddr;
    enum calc_go go;
    int type, rc = one_number(c, argc, argv, 4, &devaddr, &go);
    if (go != CALC_GO)
        return rc;
    json_t *o = json_object();
    calc_set_number_hex(o, "devaddr", devaddr, 8);
    if (devaddr_split(devaddr, &type, &nwkid, &nwkaddr)) {
        json_object_set_new(o, "type", json_null());
        calc_note(c, "%08x begins with eight ones: no type of NetID has such addresses",
                  (unsigned)devaddr);
        rc = calc_print(c, o);
        return rc ? rc : CALC_NO;
    }
    struct netid_info info;
    netid_info((uint32_t)type << 21 | nwkid, &info);
    json_object_set_new(o, "type", json_integer(type));
    json_object_set_new(o, "devaddr_netid_type", json_integer(type));
    set_prefix(o, type);
    set_range(o, &info);
    calc_set_number_hex(o, "nwkaddr", nwkaddr, 1);
    return calc_print(c, o);
}
