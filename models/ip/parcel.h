/* SPDX-License-Identifier: GPL-2.0-only
 * An IP packet between nodes with its contents taken apart: what nodes and switches give and get,
 * whoever carries it. Octets are made and read at the edge: by a carrier that has packets.
 *
 * A parcel from octets keeps them (packet), so that it goes on as it came; one that a node made has
 * none until somebody asks for them. */
#ifndef IP_PARCEL_H
#define IP_PARCEL_H

#include "models/ip/gmp_packet.h"
#include "models/ip/pim_packet.h"
#include "models/ip/udp.h"

enum { IP_PARCEL_MTU = 1500 };

enum ip_parcel_kind {
    IP_PARCEL_UNREADABLE, /* no readable IP packet, or a fragment: nothing below is set */
    IP_PARCEL_OTHER,      /* of a protocol that is not looked into */
    IP_PARCEL_GMP,        /* IGMP or MLD */
    IP_PARCEL_PIM,
    IP_PARCEL_UDP,
};

/* Everything that is pointed to is borrowed. */
struct ip_parcel {
    uint8_t kind; /* enum ip_parcel_kind */
    uint8_t protocol;
    uint8_t ttl; /* or hop limit */
    /* What is wrong: PIM: enum pim_reason; UDP: none yet; others: enum gmp_reason as
     * gmp_packet_decode says. */
    uint8_t fault;
    struct ip_addr src, dst;
    union {
        const struct gmp_msg *gmp; /* NULL: not readable */
        const struct pim_msg *pim; /* NULL: not readable */
        struct ip_udp udp;         /* of parcels without octets; see ip_parcel_udp */
    } u;
    const struct ip_parcel *inner; /* of a Register that a node made: the datagram in it */
    const uint8_t *packet;         /* the octets that it came as, or NULL */
    size_t len;                    /* of them, without padding of the link */
    size_t header_len;             /* of them, in front of what the protocol carries */
};

/* Lists of messages that are read. */
struct ip_parcel_room {
    struct gmp_room *gmp;
    struct pim_room *pim;
    struct gmp_msg gmp_msg;
    struct pim_msg pim_msg;
};

/* Take a packet apart, with the checks of the envelope; p borrows from buf and room. Larger ones
 * than IP_PARCEL_MTU are unreadable. */
void ip_parcel_read(struct ip_parcel *p, const uint8_t *buf, size_t len,
                    struct ip_parcel_room *room);
/* Its octets. Of one that has been read they are those it came as, with its TTL. Returns the
 * length, or SIM_EINVAL (a message that its family and version do not have), SIM_ENOSPC,
 * SIM_ELONG. */
int ip_parcel_write(const struct ip_parcel *p, uint8_t *buf, size_t size);
/* Octets that ip_parcel_write writes. */
size_t ip_parcel_size(const struct ip_parcel *p);

/* The datagram inside. Of one that has been read it is checked now. Errors: as ip_udp_parse. */
int ip_parcel_udp(const struct ip_parcel *p, struct ip_udp *u);

/* The datagram in a Register; it borrows from p. Errors: SIM_EINVAL (no Register with one),
 * SIM_ETRUNC, SIM_EPROTO, SIM_ENOTSUP as ip_packet_parse. */
int ip_parcel_inner(const struct ip_parcel *p, struct ip_parcel *inner);

/* Messages as nodes send them. src: of the interface; dst NULL: where such messages go. */
struct ip_parcel ip_parcel_gmp(const struct gmp_msg *m, const struct ip_addr *src);
struct ip_parcel ip_parcel_pim(const struct pim_msg *m, const struct ip_addr *src,
                               const struct ip_addr *dst);

#endif
