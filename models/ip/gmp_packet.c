/* SPDX-License-Identifier: GPL-2.0-only
 * Which codec a packet belongs to. */
#include "models/ip/gmp_packet.h"

#include "models/ip/igmp.h"
#include "models/ip/mld.h"
#include "sim/err.h"

enum gmp_reason gmp_packet_decode(struct gmp_packet *p, const uint8_t *buf, size_t len,
                                  struct gmp_room *room)
{
    *p = (struct gmp_packet){0};
    int rc = ip_packet_parse(&p->ip, buf, len);
    if (rc)
        p->reason = rc == SIM_ENOTSUP ? GMP_DROP_FRAGMENT : GMP_DROP_IP;
    else if (p->ip.src.family == IP_V4 && p->ip.protocol == IP_PROTO_IGMP)
        igmp_decode(p, room);
    else if (p->ip.src.family == IP_V6 && p->ip.protocol == IP_PROTO_ICMPV6)
        mld_decode(p, room);
    else
        p->reason = GMP_DROP_PROTOCOL;
    return p->reason;
}

/* From 0.0.0.0 hosts without an address report, and snooping switches ask (RFC 4541); from :: hosts
 * report before they have a link-local address (RFC 3590). */
bool gmp_is_source_right(const struct gmp_msg *m, const struct ip_addr *src)
{
    if (m->family == IP_V4)
        return ip_addr_is_any(src) || ip_addr_is_source(src);
    return ip_addr_is_link_local(src) || (ip_addr_is_any(src) && m->kind == GMP_REPORT);
}

int gmp_packet_encode(const struct gmp_msg *m, const struct ip_addr *src, uint8_t *buf, size_t size)
{
    return m->family == IP_V4 ? igmp_encode(m, src, buf, size) : mld_encode(m, src, buf, size);
}
