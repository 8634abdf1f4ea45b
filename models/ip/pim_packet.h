/* SPDX-License-Identifier: GPL-2.0-only
 * PIM messages in IP packets: headers, checksums, and the checks of what arrives.
 * Sources: RFC 7761 section 4.9, RFC 5059 sections 3 and 4. */
#ifndef IP_PIM_PACKET_H
#define IP_PIM_PACKET_H

#include "models/ip/packet.h"
#include "models/ip/pim.h"

struct pim_packet {
    struct ip_packet ip;
    struct pim_msg msg;
    bool readable;          /* msg is whole; also of packets that are refused for their envelope */
    enum pim_reason reason; /* PIM_DROP_NONE: to be used */
};

/* Read a packet from its IP header on (what is behind its length is padding). The first fault
 * counts: version, checksum, what is inside, source, TTL, destination. A Register's checksum covers
 * its first 8 octets, or all (old routers). p borrows from buf and room. Returns p->reason. */
enum pim_reason pim_packet_decode(struct pim_packet *p, const uint8_t *buf, size_t len,
                                  struct pim_room *room);

/* May it come from this address? Neighbours write from the link: of IPv6 link-local. Farther
 * routers need an address to be answered at. */
bool pim_is_source_right(const struct pim_msg *m, const struct ip_addr *src);

/* The whole packet of a message. src: the interface's own address (of IPv6 link-local), or a
 * routable one for messages to farther routers. dst: for messages to one router; NULL: all PIM
 * routers. Returns the length, or SIM_EINVAL (no destination, or as pim_encode), SIM_ENOSPC,
 * SIM_ELONG. */
int pim_packet_encode(const struct pim_msg *m, const struct ip_addr *src, const struct ip_addr *dst,
                      uint8_t *buf, size_t size);

#endif
