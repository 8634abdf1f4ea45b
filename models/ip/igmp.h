/* SPDX-License-Identifier: GPL-2.0-only
 * IGMPv1, v2 and v3 on the wire.
 *
 * v1, v2:   | type 8 | max resp 8, 0.1 s | checksum 16 | group 32 |
 * v3 query: the same with a code for max resp, then the query's tail; v3 report: | 22 | 0 |
 * checksum 16 | then the report's body | (tail and body: gmp_wire.h) Sources: RFC 1112 appendix I,
 * RFC 2236 section 2, RFC 3376 section 4. */
#ifndef IP_IGMP_H
#define IP_IGMP_H

#include "models/ip/gmp_packet.h"

enum igmp_type {
    IGMP_QUERY = 0x11,
    IGMP_V1_REPORT = 0x12,
    IGMP_V2_REPORT = 0x16,
    IGMP_V2_LEAVE = 0x17,
    IGMP_V3_REPORT = 0x22,
};

/* The payload of p->ip, an IPv4 packet with protocol 2, into p->msg and p->reason. */
void igmp_decode(struct gmp_packet *p, struct gmp_room *room);
/* As gmp_packet_encode. */
int igmp_encode(const struct gmp_msg *m, const struct ip_addr *src, uint8_t *buf, size_t size);

#endif
