/* SPDX-License-Identifier: GPL-2.0-only
 * A received IP packet as a group membership message, with the checks of its envelope. */
#ifndef IP_GMP_PACKET_H
#define IP_GMP_PACKET_H

#include "models/ip/gmp.h"
#include "models/ip/packet.h"

struct gmp_packet {
    struct ip_packet ip;
    struct gmp_msg msg;
    uint8_t type;           /* of IGMP or ICMPv6, as on the wire */
    uint16_t max_resp_code; /* queries, as on the wire */
    uint8_t qqic;           /* queries of version 3, as on the wire */
    bool readable;          /* msg is whole; also of packets that are refused for their envelope */
    enum gmp_reason reason; /* GMP_DROP_NONE: to be used */
};

/* Read an IGMP or MLD packet from its IP header on (what is behind its length is padding). p
 * borrows from buf and room. Returns p->reason. */
enum gmp_reason gmp_packet_decode(struct gmp_packet *p, const uint8_t *buf, size_t len,
                                  struct gmp_room *room);

/* May it come from this address? */
bool gmp_is_source_right(const struct gmp_msg *m, const struct ip_addr *src);

/* The whole packet of a message: headers with Router Alert, TTL 1, checksums. src: the interface's
 * own address, of MLD link-local (any: none yet, for reports). Returns the length, or SIM_EINVAL
 * (a message that its family and version do not have), SIM_ENOSPC, SIM_ELONG. */
int gmp_packet_encode(const struct gmp_msg *m, const struct ip_addr *src, uint8_t *buf,
                      size_t size);

#endif
