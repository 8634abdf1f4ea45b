/* SPDX-License-Identifier: GPL-2.0-only
 * Messages by which interfaces of a link find each other's Ethernet addresses: ARP for IPv4,
 * neighbour solicitations and advertisements for IPv6. One struct serves both.
 *
 * ARP: | 0001 16 | 0800 16 | 06 8 | 04 8 | operation 16 | sender's Ethernet 48 | sender's IP 32
 *      | target's Ethernet 48 | target's IP 32 |
 * NS:  | IPv6, hop limit 255 | 87 8 | 00 8 | checksum 16 | 0 32 | target 128 | options |
 * NA:  | IPv6, hop limit 255 | 88 8 | 00 8 | checksum 16 | R S O 3, 0 29 | target 128 | options |
 * Option: | type 8: 1 source's, 2 target's | octets / 8 8: 1 | Ethernet address 48 |
 * Sources: RFC 826, RFC 4861 sections 4.3, 4.4, 4.6.1, 7.1 and 7.2, RFC 5227 (probes). */
#ifndef IP_NEIGHBOR_PACKET_H
#define IP_NEIGHBOR_PACKET_H

#include "models/ip/packet.h"

enum {
    IP_ETHER_V4 = 0x0800,
    IP_ETHER_ARP = 0x0806,
    IP_ETHER_V6 = 0x86dd,
    IP_ARP_LEN = 28,
    IP_NEIGHBOR_MAX = 80, /* octets of the longest message that is written */
};

enum ip_neighbor_kind { IP_NEIGHBOR_SOLICIT, IP_NEIGHBOR_ADVERT };

/* Why a message is not used. */
#define IP_NEIGHBOR_REASON_MAP(X)                                                                  \
    X(NONE, "used")                                                                                \
    X(MALFORMED, "cut, or not for Ethernet and IP")                                                \
    X(CHECKSUM, "wrong checksum")                                                                  \
    X(HOP_LIMIT, "hop limit is not 255: it has come through a router")                             \
    X(CODE, "code is not 0")                                                                       \
    X(TARGET, "target that no interface can have")                                                 \
    X(SOURCE, "source address that no interface can have")                                         \
    X(DESTINATION, "sent to an address that it may not be sent to")                                \
    X(OPTION, "option without a length, or one that may not be there")                             \
    X(OURS, "somebody else uses an address of ours")                                               \
    X(OTHER_TARGET, "asks for somebody else")                                                      \
    X(NOT_ASKED, "answer that nobody here has asked for")                                          \
    X(NO_ADDRESS, "does not tell an Ethernet address that is not known here")                      \
    X(FULL, "no room for one more neighbour")

enum ip_neighbor_reason {
#define X(name, text) IP_NEIGHBOR_##name,
    IP_NEIGHBOR_REASON_MAP(X)
#undef X
        N_IP_NEIGHBOR_REASONS
};

/* "hop limit is not 255: it has come through a router"; never NULL. */
const char *ip_neighbor_reason_text(enum ip_neighbor_reason reason);

struct ip_neighbor_msg {
    uint8_t kind;       /* enum ip_neighbor_kind */
    uint8_t family;     /* IP_V4: ARP */
    struct ip_addr src; /* who says it; 0.0.0.0 or ::, it asks whether the target is free */
    struct ip_addr dst; /* IPv6: of the packet. IPv4: who is told, of an answer; else the target */
    struct ip_addr target; /* whose Ethernet address is asked for, or told */
    bool has_mac;
    uint8_t mac[6];                   /* a question's: of src; an answer's: of target */
    bool router, solicited, override; /* of an answer. ARP has no flags: one that is told to itself
                                         is not solicited, all override */
};

/* An ARP message, as it stands in a frame of type IP_ETHER_ARP; padding may follow. m is set as far
 * as it could be read. */
enum ip_neighbor_reason ip_neighbor_decode_arp(const uint8_t *p, size_t len,
                                               struct ip_neighbor_msg *m);
/* Is this packet a solicitation or an advertisement? */
bool ip_neighbor_is_nd(const struct ip_packet *ip);
/* Such a packet. */
enum ip_neighbor_reason ip_neighbor_decode_nd(const struct ip_packet *ip,
                                              struct ip_neighbor_msg *m);

/* IPv4: an ARP message (28 octets); IPv6: a whole packet. to: of an ARP answer, who is told.
 * Returns the length, or SIM_ENOSPC, SIM_EINVAL (families differ). */
int ip_neighbor_encode(const struct ip_neighbor_msg *m, const uint8_t to[6], uint8_t *buf,
                       size_t size);

/* ff02::1:ffXX:XXXX of an IPv6 address (RFC 4291 section 2.7.1). */
struct ip_addr ip_solicited_node(const struct ip_addr *a);

#endif
