/* SPDX-License-Identifier: GPL-2.0-only
 * MLDv1 and MLDv2 on the wire: ICMPv6 behind a hop-by-hop header.
 *
 * v1:       | type 8 | code 8 | checksum 16 | max resp delay 16, ms | 0 16 | group 128 |
 * v2 query: the same with a code for the delay, then the query's tail; v2 report: | 143 | 0 |
 * checksum 16 | then the report's body | (tail and body: gmp_wire.h)
 * Sources: RFC 2710 section 3, RFC 3810 section 5, RFC 3590. */
#ifndef IP_MLD_H
#define IP_MLD_H

#include "models/ip/gmp_packet.h"

enum mld_type { MLD_QUERY = 130, MLD_V1_REPORT = 131, MLD_V1_DONE = 132, MLD_V2_REPORT = 143 };

/* Is a type of ICMPv6 one of these? */
bool mld_is_type(uint8_t type);

/* The payload of p->ip, an IPv6 packet with next header 58, into p->msg and p->reason. */
void mld_decode(struct gmp_packet *p, struct gmp_room *room);
/* As gmp_packet_encode. */
int mld_encode(const struct gmp_msg *m, const struct ip_addr *src, uint8_t *buf, size_t size);

#endif
