/* SPDX-License-Identifier: GPL-2.0-only
 * calc ip-group: what a multicast address says. */
#include <stdio.h>

#include "models/ip/address.h"
#include "tools/calc.h"

static void set_bool(json_t *o, const char *name, bool value)
{
    json_object_set_new(o, name, json_boolean(value));
}

static void set_addr(json_t *o, const char *name, const struct ip_addr *a)
{
    char text[IP_TEXT_SIZE];
    json_object_set_new(o, name, json_string(ip_addr_print(a, text)));
}

static void set_prefix(json_t *o, const struct ip_prefix *p)
{
    char addr[IP_TEXT_SIZE], text[IP_TEXT_SIZE + 4];
    snprintf(text, sizeof text, "%s/%d", ip_addr_print(&p->addr, addr), p->len);
    json_object_set_new(o, "prefix", json_string(text));
}

static void set_v4(json_t *o, const struct ip_group *g)
{
    set_bool(o, "link_local", g->scope == IP_SCOPE_LINK);
    set_bool(o, "glop", g->glop);
    if (g->glop)
        json_object_set_new(o, "glop_asn", json_integer(g->glop_asn));
    set_bool(o, "admin_scoped", g->admin_scoped);
    set_bool(o, "ipv4_local_scope", g->local_scope);
    set_bool(o, "ipv4_org_local_scope", g->org_scope);
    if (g->has_prefix)
        set_prefix(o, &g->prefix);
}

static void set_v6(json_t *o, const struct ip_group *g)
{
    set_bool(o, "valid", g->valid);
    json_object_set_new(o, "R", json_integer(g->r));
    json_object_set_new(o, "P", json_integer(g->p));
    json_object_set_new(o, "T", json_integer(g->t));
    if (g->p && !g->ssm)
        json_object_set_new(o, "prefix_len", json_integer(g->prefix_len));
    if (g->has_prefix && !g->r)
        set_prefix(o, &g->prefix);
    if (g->r) {
        json_object_set_new(o, "riid", json_integer(g->riid));
        if (g->has_rp)
            set_addr(o, "embedded_rp", &g->rp);
        else
            json_object_set_new(o, "embedded_rp", json_null());
    }
    if (g->p)
        calc_set_number_hex(o, "group_id32", g->group_id, 8);
}

static void set_mac(json_t *o, const struct ip_addr *a)
{
    uint8_t mac[6];
    char text[IP_MAC_TEXT_SIZE], addr[IP_TEXT_SIZE];
    ip_group_mac(a, mac);
    json_object_set_new(o, "mac", json_string(ip_mac_print(mac, text)));
    if (a->family == IP_V6) {
        json_object_set_new(o, "mac_shared_by", json_string("2^80"));
        return;
    }
    json_object_set_new(o, "mac_shared_by", json_string("32"));
    json_t *aliases = json_array();
    for (unsigned i = 0; i < IP_MAC_ALIASES_V4; i++) {
        struct ip_addr alias = ip_group_alias(a, i);
        if (!ip_addr_equal(&alias, a))
            json_array_append_new(aliases, json_string(ip_addr_print(&alias, addr)));
    }
    json_object_set_new(o, "aliases", aliases);
}

int calc_ip_group(const struct calc *c, int argc, char **argv)
{
    const char *text;
    enum calc_go go = calc_args(c, argc, argv, NULL, 0, &text, 1);
    if (go != CALC_GO)
        return go == CALC_HELP_SHOWN ? CALC_OK : CALC_USAGE;
    if (!text)
        return calc_fail(c, "the address is missing");
    struct ip_addr a;
    if (ip_addr_parse(text, &a))
        return calc_fail(c, "'%.60s' is neither an IPv4 nor an IPv6 address", text);
    json_t *o = json_object();
    struct ip_group g;
    set_addr(o, "address", &a);
    bool multicast = ip_group_describe(&a, &g) == 0;
    set_bool(o, "multicast", multicast);
    if (!multicast) {
        int rc = calc_print(c, o);
        calc_note(c, "groups are 224.0.0.0 to 239.255.255.255 and ff00::/8");
        return rc ? rc : CALC_NO;
    }
    json_object_set_new(o, "scope", json_integer(g.scope));
    json_object_set_new(o, "scope_name", json_string(ip_scope_name((int)g.scope)));
    set_bool(o, "ssm", g.ssm);
    if (a.family == IP_V4)
        set_v4(o, &g);
    else
        set_v6(o, &g);
    set_bool(o, "reported", ip_group_is_reported(&a));
    set_bool(o, "routed", ip_group_is_routed(&a));
    set_mac(o, &a);
    return calc_print(c, o);
}
