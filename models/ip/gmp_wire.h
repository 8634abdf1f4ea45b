/* SPDX-License-Identifier: GPL-2.0-only
 * What the codecs of IGMP and MLD share: lists on the wire and the checks of the envelope. Inside
 * of models/ip only.
 *
 * Query's tail, version 3: | rsv 4 S 1 QRV 3 | QQIC 8 | N 16 | N sources |
 * Report's body, version 3: | rsv 16 | M 16 | M records |
 * Record: | type 8 | aux words 8 | N 16 | group | N sources | auxiliary data |
 * Addresses are 4 or 16 octets. Sources: RFC 3376 sections 4.1 and 4.2, RFC 3810 sections 5.1 and
 * 5.2. */
#ifndef IP_GMP_WIRE_H
#define IP_GMP_WIRE_H

#include "models/ip/gmp.h"
#include "models/ip/gmp_packet.h"
#include "sim/bytes.h"

struct ip_addr gmp_wire_addr(struct rd *r, uint8_t family);
void gmp_wire_put_addr(struct wr *w, const struct ip_addr *a);

/* The tail of a query into p->msg; lists go into room. */
void gmp_wire_query(struct rd *r, struct gmp_packet *p, struct gmp_room *room);
void gmp_wire_put_query(struct wr *w, const struct gmp_msg *m);
/* The body of a report, from the reserved 16 bits on. */
void gmp_wire_report(struct rd *r, struct gmp_packet *p, struct gmp_room *room);
void gmp_wire_put_report(struct wr *w, const struct gmp_msg *m);

/* Keep the first reason that is found. */
void gmp_wire_fault(struct gmp_packet *p, bool fault, enum gmp_reason reason);
/* TTL, Router Alert and destination, for both families, once the message is read. */
void gmp_wire_envelope(struct gmp_packet *p);

/* Put headers around the message of len octets that stands behind them in buf; its checksum is
 * there. Returns the packet's length, or SIM_E... of ip_packet_build. */
int gmp_wire_wrap(const struct gmp_msg *m, const struct ip_addr *src, uint8_t *buf, size_t size,
                  size_t len);

#endif
