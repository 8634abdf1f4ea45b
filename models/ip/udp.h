/* SPDX-License-Identifier: GPL-2.0-only
 * UDP: | source port 16 | destination port 16 | length 16 | checksum 16 | data |, with the checksum
 * over the pseudo-header; 0 means none in IPv4 and is refused in IPv6.
 * Sources: RFC 768, RFC 8200 section 8.1. */
#ifndef IP_UDP_H
#define IP_UDP_H

#include "models/ip/packet.h"

enum { IP_UDP_HEADER = 8 };

struct ip_udp {
    uint16_t src_port, dst_port;
    const uint8_t *data; /* borrowed */
    size_t len;
};

/* The whole packet: ip's addresses, tos, ttl and id; its payload is written here. Returns the
 * length, or SIM_ELONG, SIM_ENOSPC, SIM_EINVAL (families differ). */
int ip_udp_build(const struct ip_packet *ip, const struct ip_udp *u, uint8_t *buf, size_t size);

/* The payload of a packet. Errors: SIM_ETRUNC, SIM_EPROTO (length field), SIM_EMIC (checksum). */
int ip_udp_parse(struct ip_udp *u, const struct ip_packet *ip);

#endif
