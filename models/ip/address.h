/* SPDX-License-Identifier: GPL-2.0-only
 * IPv4 and IPv6 addresses, and what a multicast address says about itself: class, scope, flags,
 * embedded prefix or rendezvous point, Ethernet address.
 *
 * IPv6: | ff 8 | 0 R P T 4 | scope 4 | reserved 4 | RIID 4 | plen 8 | prefix 64 | group ID 32 |
 * Sources: RFC 1112 section 6.4, RFC 2365, RFC 2464 section 7, RFC 3306, RFC 3956, RFC 4291
 * section 2.7, RFC 4607, RFC 5771, RFC 6034, RFC 7346. */
#ifndef IP_ADDRESS_H
#define IP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum ip_family { IP_NONE = 0, IP_V4 = 4, IP_V6 = 6 };
enum { IP_TEXT_SIZE = 46, IP_MAC_TEXT_SIZE = 18, IP_MAC_ALIASES_V4 = 32 };

/* Equal addresses are equal bytes: of IPv4 the octets behind the fourth are 0. */
struct ip_addr {
    uint8_t family; /* enum ip_family; IP_NONE: no address */
    uint8_t b[16];  /* in the order on the wire */
};

struct ip_prefix {
    struct ip_addr addr; /* bits behind the prefix are not looked at */
    uint8_t len;         /* 0..32 or 0..128 bits */
};

/* Octets of an address: 4 or 16. */
size_t ip_addr_len(uint8_t family);
/* From octets on the wire; p holds ip_addr_len(family) of them. */
struct ip_addr ip_addr_make(uint8_t family, const uint8_t *p);
/* 0xc0000201 is 192.0.2.1. */
struct ip_addr ip_addr_v4(uint32_t host_order);
/* 0.0.0.0 or :: */
struct ip_addr ip_addr_any(uint8_t family);
/* "192.0.2.1" or "2001:db8::1" (no zone, no prefix). Error: SIM_ESYNTAX. */
int ip_addr_parse(const char *text, struct ip_addr *a);
/* An address that is known to be well-formed, for constants. */
struct ip_addr ip_addr_of(const char *text);
/* IPv6 as RFC 5952 says; buf holds IP_TEXT_SIZE; returns buf. */
char *ip_addr_print(const struct ip_addr *a, char *buf);
/* The family counts first, then the octets as on the wire: < 0, 0 or > 0. */
static inline int ip_addr_cmp(const struct ip_addr *a, const struct ip_addr *b)
{
    return memcmp(a, b, sizeof *a); /* octets only: there is no padding */
}
static inline bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b)
{
    uint64_t x[2], y[2];
    memcpy(x, a->b, sizeof x);
    memcpy(y, b->b, sizeof y);
    return ((uint64_t)(a->family ^ b->family) | (x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

bool ip_addr_is_any(const struct ip_addr *a);        /* 0.0.0.0 or :: */
bool ip_addr_is_multicast(const struct ip_addr *a);  /* 224.0.0.0/4 or ff00::/8 */
bool ip_addr_is_loopback(const struct ip_addr *a);   /* 127.0.0.0/8 or ::1 */
bool ip_addr_is_link_local(const struct ip_addr *a); /* 169.254.0.0/16 or fe80::/10, unicast */
/* May it stand as the source of a datagram that is routed? Never a group, the unspecified address,
 * loopback, 0.0.0.0/8 or 240.0.0.0/4. */
bool ip_addr_is_source(const struct ip_addr *a);
/* "239.1.0.0/16", or an address alone: all of its bits. Errors: SIM_ESYNTAX; SIM_ERANGE (too long,
 * or bits behind the length are set). */
int ip_prefix_parse(const char *text, struct ip_prefix *p);
bool ip_prefix_has(const struct ip_prefix *p, const struct ip_addr *a);

/* Scopes of IPv6; of IPv4 those that its ranges correspond to (RFC 2365). */
enum ip_scope {
    IP_SCOPE_RESERVED = 0,
    IP_SCOPE_INTERFACE = 1,
    IP_SCOPE_LINK = 2,
    IP_SCOPE_REALM = 3,
    IP_SCOPE_ADMIN = 4,
    IP_SCOPE_SITE = 5,
    IP_SCOPE_ORGANIZATION = 8,
    IP_SCOPE_GLOBAL = 14,
    IP_SCOPE_RESERVED_F = 15,
};

/* What a group's address says. */
struct ip_group {
    enum ip_scope scope;
    bool ssm;                    /* source-specific: 232.0.0.0/8, ff3x::/32 */
    bool valid;                  /* IPv6: flags that may stand together; scope not 0 or f */
    bool r, p, t;                /* IPv6 flags */
    bool glop;                   /* IPv4: the group belongs to glop_asn */
    bool admin_scoped;           /* 239.0.0.0/8 */
    bool local_scope, org_scope; /* 239.255.0.0/16, 239.192.0.0/14 */
    bool has_prefix;             /* prefix is that of the network that made the address */
    bool has_rp;                 /* rp is embedded */
    uint16_t glop_asn;           /* 16 bits */
    uint8_t riid;                /* of R = 1; 0: no RP */
    uint8_t prefix_len;          /* of P = 1 */
    uint32_t group_id;           /* IPv6: the last 32 bits */
    struct ip_prefix prefix;
    struct ip_addr rp;
};

/* Take a group's address apart. Error: SIM_EINVAL (not a multicast address). */
int ip_group_describe(const struct ip_addr *group, struct ip_group *g);
/* "link-local"; "unassigned" for those an administrator may define; never NULL. */
const char *ip_scope_name(int scope);
/* The scope alone; the group must be multicast. 224.0.0.0/24 is link-local, other IPv4 groups
 * outside of 239.0.0.0/8 are global. */
enum ip_scope ip_group_scope(const struct ip_addr *group);
bool ip_group_is_ssm(const struct ip_addr *group);
/* Do hosts report it? Not the all-nodes group, nor IPv6 scopes 0 and 1 (RFC 3810 section 6,
 * RFC 3376 section 4). */
bool ip_group_is_reported(const struct ip_addr *group);
/* May a router forward it at all? Not 224.0.0.0/24, nor IPv6 scopes 0 to 2. */
bool ip_group_is_routed(const struct ip_addr *group);

/* Ethernet address of a group: the low 23 bits behind 01:00:5e, the low 32 behind 33:33. */
void ip_group_mac(const struct ip_addr *group, uint8_t mac[6]);
/* "01:00:5e:00:00:01"; buf holds IP_MAC_TEXT_SIZE; returns buf. */
char *ip_mac_print(const uint8_t mac[6], char *buf);
/* IPv4 group i (0..31, ascending) of those that share this one's Ethernet address. Those of IPv6
 * are 2^80. */
struct ip_addr ip_group_alias(const struct ip_addr *group, unsigned i);

#endif
