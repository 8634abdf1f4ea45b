/* SPDX-License-Identifier: GPL-2.0-only
 * Whole IP packets as control protocols of multicast use them: headers with or without Router
 * Alert, and checksums.
 *
 * IPv4: | 4, IHL 8 | ToS 8 | total 16 | ID 16 | flags, offset 16 | TTL 8 | protocol 8 | checksum 16
 *       | source 32 | destination 32 | options | payload |        Router Alert: 94 04 00 00
 * IPv6: | 6, class, flow 32 | length 16 | next 8 | hop limit 8 | source 128 | destination 128
 *       | hop-by-hop: next 8, length 8, options | payload |       Router Alert: 05 02 00 00
 * Sources: RFC 791, RFC 1071, RFC 2113, RFC 2711, RFC 8200. */
#ifndef IP_PACKET_H
#define IP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/ip/address.h"

enum {
    IP_PROTO_IGMP = 2,
    IP_PROTO_UDP = 17,
    IP_PROTO_ICMPV6 = 58,
    IP_PROTO_PIM = 103,
    IP_TOS_CS6 = 0xc0, /* internetwork control */
    IP_MAX_PACKET = 65535,
};

struct ip_packet {
    struct ip_addr src, dst;
    uint8_t tos; /* or traffic class */
    uint8_t ttl; /* or hop limit */
    uint8_t protocol;
    bool router_alert;      /* with value 0 */
    uint16_t id;            /* IPv4 identification */
    const uint8_t *payload; /* behind all headers; borrowed */
    size_t payload_len;
};

/* Octets of the headers that ip_packet_build writes: 20 or 40, with Router Alert 24 or 48. */
size_t ip_header_len(uint8_t family, bool router_alert);

/* Headers and payload into buf (the payload may already stand at its place there). Returns the
 * length, or SIM_EINVAL (families differ), SIM_ELONG (over 65,535), SIM_ENOSPC. */
int ip_packet_build(const struct ip_packet *p, uint8_t *buf, size_t size);

/* Take a packet apart; what stands behind its length is padding of the link. Errors: SIM_ETRUNC;
 * SIM_EPROTO (version, lengths, IPv4 header checksum, an option that is cut); SIM_ENOTSUP (a
 * fragment). Of IPv6 only a hop-by-hop header is opened: others are the protocol. */
int ip_packet_parse(struct ip_packet *p, const uint8_t *buf, size_t len);

/* Internet checksum of len bytes, as the number that goes into the field; 0 over bytes that hold
 * a right one. */
uint16_t ip_checksum(const uint8_t *p, size_t len);
/* The same behind the pseudo-header of the packet (len octets of its protocol; RFC 8200 section
 * 8.1, RFC 768). */
uint16_t ip_checksum_pseudo(const struct ip_addr *src, const struct ip_addr *dst, uint8_t protocol,
                            const uint8_t *p, size_t len);

#endif
