/* SPDX-License-Identifier: GPL-2.0-only
 * The backhaul over a network of IP nodes: each endpoint is a UDP socket of a host, and each group
 * a multicast address that endpoints join. Who sent a datagram is told by its source address and
 * port. */
#ifndef TOOLS_BACKHAUL_IP_H
#define TOOLS_BACKHAUL_IP_H

#include "models/ip/net.h"
#include "sim/backhaul.h"

/* Ports of endpoints without one of their own: so much and their number. */
enum { BACKHAUL_FIRST_PORT = 49152, BACKHAUL_MAX_PORTS = 65536 - BACKHAUL_FIRST_PORT };

struct backhaul_ip_endpoint {
    bool used;
    uint32_t node; /* of the net: a connected host */
    uint16_t port; /* 0: none of its own */
};

struct backhaul_ip_group {
    struct ip_addr addr; /* family IP_NONE: not used */
    uint16_t port;
    uint8_t ttl;
    uint32_t source; /* endpoint that sends to it: source-specific groups are joined for that */
};

struct backhaul_ip_setup {
    struct ip_net *net;
    const struct ip_plan *plan;
    uint8_t family;                               /* of datagrams to one endpoint */
    const struct backhaul_ip_endpoint *endpoints; /* copied, as are the groups */
    uint32_t n_endpoints;
    const struct backhaul_ip_group *groups;
    uint32_t n_groups;
};

struct backhaul_ip;

/* What setup points to is borrowed for its life, but for what is copied; the nodes close its
 * sockets. */
struct backhaul_ip *backhaul_ip_open(const struct backhaul_ip_setup *s);
void backhaul_ip_close(struct backhaul_ip *b);
/* As the seam that others see. */
struct backhaul backhaul_ip_seam(struct backhaul_ip *b);

#endif
