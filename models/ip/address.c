/* SPDX-License-Identifier: GPL-2.0-only
 * Addresses: text, order, kinds; ranges and bits of multicast addresses. Sources: see address.h. */
#include "models/ip/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "sim/err.h"

enum { V4_LEN = 4, V6_LEN = 16 };

size_t ip_addr_len(uint8_t family)
{
    return family == IP_V4 ? V4_LEN : V6_LEN;
}

struct ip_addr ip_addr_make(uint8_t family, const uint8_t *p)
{
    struct ip_addr a = {.family = family};
    memcpy(a.b, p, ip_addr_len(family));
    return a;
}

struct ip_addr ip_addr_v4(uint32_t host_order)
{
    const uint8_t b[V4_LEN] = {(uint8_t)(host_order >> 24), (uint8_t)(host_order >> 16),
                               (uint8_t)(host_order >> 8), (uint8_t)host_order};
    return ip_addr_make(IP_V4, b);
}

struct ip_addr ip_addr_any(uint8_t family)
{
    return (struct ip_addr){.family = family};
}

int ip_addr_parse(const char *text, struct ip_addr *a)
{
    *a = (struct ip_addr){.family = strchr(text, ':') ? IP_V6 : IP_V4};
    if (inet_pton(a->family == IP_V6 ? AF_INET6 : AF_INET, text, a->b) == 1)
        return SIM_OK;
    *a = (struct ip_addr){.family = IP_NONE};
    return SIM_ESYNTAX;
}

struct ip_addr ip_addr_of(const char *text)
{
    struct ip_addr a;
    int rc = ip_addr_parse(text, &a);
    SIM_CHECK(rc == SIM_OK, "'%s' is not an IP address", text);
    return a;
}

char *ip_addr_print(const struct ip_addr *a, char *buf)
{
    if (a->family == IP_NONE)
        return strcpy(buf, "none");
    inet_ntop(a->family == IP_V6 ? AF_INET6 : AF_INET, a->b, buf, IP_TEXT_SIZE);
    return buf;
}

bool ip_addr_is_any(const struct ip_addr *a)
{
    static const uint8_t zero[V6_LEN];
    return memcmp(a->b, zero, sizeof zero) == 0;
}

bool ip_addr_is_multicast(const struct ip_addr *a)
{
    return a->family == IP_V4 ? a->b[0] >> 4 == 14 : a->family == IP_V6 && a->b[0] == 0xff;
}

bool ip_addr_is_loopback(const struct ip_addr *a)
{
    static const uint8_t one[V6_LEN] = {[V6_LEN - 1] = 1};
    return a->family == IP_V4 ? a->b[0] == 127 : memcmp(a->b, one, sizeof one) == 0;
}

bool ip_addr_is_link_local(const struct ip_addr *a)
{
    if (a->family == IP_V4)
        return a->b[0] == 169 && a->b[1] == 254;
    return a->b[0] == 0xfe && a->b[1] >> 6 == 2;
}

bool ip_addr_is_source(const struct ip_addr *a)
{
    if (a->family == IP_NONE || ip_addr_is_any(a) || ip_addr_is_multicast(a) ||
        ip_addr_is_loopback(a))
        return false;
    return a->family == IP_V6 || (a->b[0] != 0 && a->b[0] < 240);
}

int ip_prefix_parse(const char *text, struct ip_prefix *p)
{
    char buf[IP_TEXT_SIZE];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    unsigned bits = 0;
    int used = 0;
    if (len >= sizeof buf)
        return SIM_ESYNTAX;
    memcpy(buf, text, len);
    buf[len] = 0;
    if (ip_addr_parse(buf, &p->addr))
        return SIM_ESYNTAX;
    unsigned max = (unsigned)(8 * ip_addr_len(p->addr.family));
    if (!slash)
        bits = max;
    else if (slash[1] < '0' || slash[1] > '9' || sscanf(slash, "/%3u%n", &bits, &used) != 1 ||
             slash[used])
        return SIM_ESYNTAX;
    if (bits > max)
        return SIM_ERANGE;
    p->len = (uint8_t)bits;
    for (unsigned i = bits; i < max; i++)
        if (p->addr.b[i / 8] >> (7 - i % 8) & 1)
            return SIM_ERANGE;
    return SIM_OK;
}

bool ip_prefix_has(const struct ip_prefix *p, const struct ip_addr *a)
{
    size_t whole = p->len / 8, rest = p->len % 8;
    if (p->addr.family != a->family || memcmp(p->addr.b, a->b, whole) != 0)
        return false;
    return rest == 0 || (p->addr.b[whole] ^ a->b[whole]) >> (8 - rest) == 0;
}

const char *ip_scope_name(int scope)
{
    switch (scope) {
    case IP_SCOPE_RESERVED:
    case IP_SCOPE_RESERVED_F:
        return "reserved";
    case IP_SCOPE_INTERFACE:
        return "interface-local";
    case IP_SCOPE_LINK:
        return "link-local";
    case IP_SCOPE_REALM:
        return "realm-local";
    case IP_SCOPE_ADMIN:
        return "admin-local";
    case IP_SCOPE_SITE:
        return "site-local";
    case IP_SCOPE_ORGANIZATION:
        return "organization-local";
    case IP_SCOPE_GLOBAL:
        return "global";
    default:
        return "unassigned";
    }
}

/* 239.255.0.0/16 grows downwards into 239.252.0.0/14; 239.192.0.0/14 is the organisation's. What
 * is left of 239.0.0.0/8 is for an administrator to define. RFC 2365 section 6. */
static enum ip_scope scope_v4(const uint8_t *b)
{
    if (b[0] == 224 && b[1] == 0 && b[2] == 0)
        return IP_SCOPE_LINK;
    if (b[0] != 239)
        return IP_SCOPE_GLOBAL;
    if (b[1] == 255)
        return IP_SCOPE_REALM;
    return b[1] >> 2 == 192 >> 2 ? IP_SCOPE_ORGANIZATION : IP_SCOPE_ADMIN;
}

enum ip_scope ip_group_scope(const struct ip_addr *group)
{
    SIM_CHECK(ip_addr_is_multicast(group), "the first octet is %d", group->b[0]);
    return group->family == IP_V4 ? scope_v4(group->b) : (enum ip_scope)(group->b[1] & 15);
}

bool ip_group_is_ssm(const struct ip_addr *group)
{
    if (group->family == IP_V4)
        return group->b[0] == 232;
    return group->b[0] == 0xff && group->b[1] >> 4 == 3 && group->b[2] == 0 && group->b[3] == 0;
}

bool ip_group_is_reported(const struct ip_addr *group)
{
    static const uint8_t all_systems[V4_LEN] = {224, 0, 0, 1};
    static const uint8_t all_nodes[V6_LEN] = {0xff, 2, [V6_LEN - 1] = 1};
    if (!ip_addr_is_multicast(group))
        return false;
    if (group->family == IP_V4)
        return memcmp(group->b, all_systems, V4_LEN) != 0;
    return (group->b[1] & 15) > IP_SCOPE_INTERFACE && memcmp(group->b, all_nodes, V6_LEN) != 0;
}

bool ip_group_is_routed(const struct ip_addr *group)
{
    return ip_addr_is_multicast(group) && ip_group_scope(group) > IP_SCOPE_LINK &&
           ip_group_scope(group) < IP_SCOPE_RESERVED_F;
}

static void describe_v4(const uint8_t *b, struct ip_group *g)
{
    g->valid = true;
    g->glop = b[0] == 233 && b[1] < 252;
    if (g->glop)
        g->glop_asn = (uint16_t)(b[1] << 8 | b[2]);
    g->admin_scoped = b[0] == 239;
    g->local_scope = g->admin_scoped && b[1] == 255;
    g->org_scope = g->admin_scoped && b[1] >> 2 == 192 >> 2;
    g->has_prefix = b[0] == 234; /* RFC 6034: 234, then 24 bits of the prefix */
    if (g->has_prefix) {
        const uint8_t net[V4_LEN] = {b[1], b[2], b[3], 0};
        g->prefix_len = 24;
        g->prefix = (struct ip_prefix){ip_addr_make(IP_V4, net), 24};
    }
}

/* The first len bits of octets 4 to 11 of the group. */
static struct ip_addr embedded(const uint8_t *b, uint8_t len)
{
    struct ip_addr a = {.family = IP_V6};
    memcpy(a.b, b + 4, 8);
    for (size_t i = 0; i < 8; i++) {
        size_t bits = len > 8 * i ? len - 8 * i : 0;
        if (bits < 8)
            a.b[i] = (uint8_t)(a.b[i] & ~(0xffu >> bits));
    }
    return a;
}

/* A prefix of length 0 belongs to nobody; RFC 3306 section 4, RFC 3956 section 3. */
static void describe_prefix(const uint8_t *b, struct ip_group *g)
{
    g->prefix_len = b[3];
    g->has_prefix = b[3] >= 1 && b[3] <= 64;
    if (g->has_prefix)
        g->prefix = (struct ip_prefix){embedded(b, b[3]), b[3]};
    g->riid = g->r ? b[2] & 15 : 0;
    g->has_rp = g->has_prefix && g->riid > 0;
    if (g->has_rp) {
        g->rp = g->prefix.addr;
        g->rp.b[V6_LEN - 1] |= g->riid;
    }
}

static void describe_v6(const uint8_t *b, struct ip_group *g)
{
    unsigned flags = b[1] >> 4;
    g->r = flags & 4;
    g->p = flags & 2;
    g->t = flags & 1;
    g->group_id = (uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 | b[15];
    bool flags_ok = (!g->r || g->p) && (!g->p || g->t) && flags < 8;
    g->valid = flags_ok && g->scope > IP_SCOPE_RESERVED && g->scope < IP_SCOPE_RESERVED_F;
    if (flags_ok && g->p)
        describe_prefix(b, g);
}

int ip_group_describe(const struct ip_addr *group, struct ip_group *g)
{
    *g = (struct ip_group){0};
    if (!ip_addr_is_multicast(group))
        return SIM_EINVAL;
    g->scope = ip_group_scope(group);
    g->ssm = ip_group_is_ssm(group);
    if (group->family == IP_V4)
        describe_v4(group->b, g);
    else
        describe_v6(group->b, g);
    return SIM_OK;
}

void ip_group_mac(const struct ip_addr *group, uint8_t mac[6])
{
    const uint8_t *b = group->b;
    if (group->family == IP_V4)
        memcpy(mac, (uint8_t[]){1, 0, 0x5e, b[1] & 0x7f, b[2], b[3]}, 6);
    else
        memcpy(mac, (uint8_t[]){0x33, 0x33, b[12], b[13], b[14], b[15]}, 6);
}

char *ip_mac_print(const uint8_t mac[6], char *buf)
{
    snprintf(buf, IP_MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
    return buf;
}

/* The 5 bits that are lost: the low four of the first octet and the high one of the second. */
struct ip_addr ip_group_alias(const struct ip_addr *group, unsigned i)
{
    SIM_CHECK(group->family == IP_V4 && i < IP_MAC_ALIASES_V4, "family %d, alias %u", group->family,
              i);
    struct ip_addr a = *group;
    a.b[0] = (uint8_t)(0xe0 | i >> 1);
    a.b[1] = (uint8_t)((group->b[1] & 0x7f) | (i & 1) << 7);
    return a;
}
