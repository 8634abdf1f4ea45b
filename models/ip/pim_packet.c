/* SPDX-License-Identifier: GPL-2.0-only
 * PIM packets. Sources: see pim_packet.h. */
#include "models/ip/pim_packet.h"

#include "models/ip/pim_read.h"
#include "models/ip/pim_wire.h"
#include "models/ip/pim_write.h"
#include "sim/err.h"

enum { CHECKSUM_AT = 2 };

static void fault(struct pim_packet *p, bool wrong, enum pim_reason reason)
{
    if (wrong && p->reason == PIM_DROP_NONE)
        p->reason = reason;
}

static uint16_t checksum(const struct ip_addr *src, const struct ip_addr *dst, const uint8_t *p,
                         size_t len)
{
    return src->family == IP_V4 ? ip_checksum(p, len)
                                : ip_checksum_pseudo(src, dst, IP_PROTO_PIM, p, len);
}

static bool is_sum_right(const struct ip_packet *ip)
{
    bool is_register = (ip->payload[0] & 15) == PIM_REGISTER;
    if (is_register && ip->payload_len >= PIM_WIRE_REGISTER_SUM &&
        checksum(&ip->src, &ip->dst, ip->payload, PIM_WIRE_REGISTER_SUM) == 0)
        return true;
    return checksum(&ip->src, &ip->dst, ip->payload, ip->payload_len) == 0;
}

bool pim_is_source_right(const struct pim_msg *m, const struct ip_addr *src)
{
    bool far = pim_ttl((enum pim_kind)m->kind) > 1, v6 = src->family == IP_V6;
    if (!ip_addr_is_source(src))
        return false;
    return !v6 || ip_addr_is_link_local(src) != far;
}

/* Bootstrap messages may go to a new neighbour alone (RFC 5059 section 3.5.1). */
static bool is_destination_right(const struct pim_packet *p)
{
    struct ip_addr all = pim_destination(p->ip.dst.family, (enum pim_kind)p->msg.kind);
    if (all.family == IP_NONE || !ip_addr_is_multicast(&p->ip.dst))
        return !ip_addr_is_multicast(&p->ip.dst) &&
               (all.family == IP_NONE || p->msg.kind == PIM_BOOTSTRAP);
    return ip_addr_equal(&p->ip.dst, &all);
}

enum pim_reason pim_packet_decode(struct pim_packet *p, const uint8_t *buf, size_t len,
                                  struct pim_room *room)
{
    *p = (struct pim_packet){0};
    int rc = ip_packet_parse(&p->ip, buf, len);
    fault(p, rc == SIM_ENOTSUP, PIM_DROP_FRAGMENT);
    fault(p, rc != 0, PIM_DROP_IP);
    if (rc)
        return p->reason;
    fault(p, p->ip.protocol != IP_PROTO_PIM, PIM_DROP_PROTOCOL);
    fault(p, p->ip.payload_len < PIM_WIRE_HEADER, PIM_DROP_TRUNCATED);
    if (p->reason)
        return p->reason;
    fault(p, p->ip.payload[0] >> 4 != PIM_WIRE_VERSION, PIM_DROP_VERSION);
    fault(p, !is_sum_right(&p->ip), PIM_DROP_CHECKSUM);
    enum pim_reason inside =
        pim_decode(&p->msg, p->ip.src.family, p->ip.payload, p->ip.payload_len, room);
    p->readable = inside == PIM_DROP_NONE;
    fault(p, !p->readable, inside);
    fault(p, !pim_is_source_right(&p->msg, &p->ip.src), PIM_DROP_SOURCE);
    fault(p, ip_addr_is_multicast(&p->ip.dst) && p->ip.ttl != 1, PIM_DROP_TTL);
    fault(p, !is_destination_right(p), PIM_DROP_DESTINATION);
    return p->reason;
}

int pim_packet_encode(const struct pim_msg *m, const struct ip_addr *src, const struct ip_addr *dst,
                      uint8_t *buf, size_t size)
{
    enum pim_kind kind = (enum pim_kind)m->kind;
    struct ip_addr to = dst ? *dst : pim_destination(m->family, kind);
    size_t header = ip_header_len(m->family, false);
    if (to.family != m->family || src->family != m->family)
        return SIM_EINVAL;
    if (size < header)
        return SIM_ENOSPC;
    uint8_t *payload = buf + header;
    int len = pim_encode(m, payload, size - header);
    if (len < 0)
        return len;
    uint16_t sum =
        checksum(src, &to, payload, kind == PIM_REGISTER ? PIM_WIRE_REGISTER_SUM : (size_t)len);
    payload[CHECKSUM_AT] = (uint8_t)(sum >> 8);
    payload[CHECKSUM_AT + 1] = (uint8_t)sum;
    const struct ip_packet p = {.src = *src,
                                .dst = to,
                                .tos = IP_TOS_CS6,
                                .ttl = pim_ttl(kind),
                                .protocol = IP_PROTO_PIM,
                                .payload = payload,
                                .payload_len = (size_t)len};
    return ip_packet_build(&p, buf, size);
}
