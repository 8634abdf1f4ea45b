/* SPDX-License-Identifier: GPL-2.0-only
 * Parcels from and to octets. */
#include "models/ip/parcel.h"

#include <string.h>

#include "models/ip/mld.h"
#include "sim/err.h"

enum { V4_TTL_AT = 8, V4_SUM_AT = 10, V6_HOPS_AT = 7 };

static bool is_membership(const struct ip_packet *p)
{
    if (p->dst.family == IP_V4)
        return p->protocol == IP_PROTO_IGMP;
    return p->protocol == IP_PROTO_ICMPV6 && p->payload_len > 0 && mld_is_type(p->payload[0]);
}

static void read_gmp(struct ip_parcel *p, const struct ip_packet *ip, const uint8_t *buf,
                     struct ip_parcel_room *room)
{
    struct gmp_packet g;
    p->fault = (uint8_t)gmp_packet_decode(&g, buf, p->len, room->gmp);
    if (!is_membership(ip))
        return;
    room->gmp_msg = g.msg;
    p->kind = IP_PARCEL_GMP;
    p->u.gmp = g.readable ? &room->gmp_msg : NULL;
}

static void read_pim(struct ip_parcel *p, const uint8_t *buf, struct ip_parcel_room *room)
{
    struct pim_packet m;
    p->fault = (uint8_t)pim_packet_decode(&m, buf, p->len, room->pim);
    room->pim_msg = m.msg;
    p->kind = IP_PARCEL_PIM;
    p->u.pim = m.readable ? &room->pim_msg : NULL;
}

void ip_parcel_read(struct ip_parcel *p, const uint8_t *buf, size_t len,
                    struct ip_parcel_room *room)
{
    struct ip_packet ip;
    *p = (struct ip_parcel){.kind = IP_PARCEL_UNREADABLE, .packet = buf, .len = len};
    if (len > IP_PARCEL_MTU || ip_packet_parse(&ip, buf, len))
        return;
    p->kind = IP_PARCEL_OTHER;
    p->fault = GMP_DROP_PROTOCOL;
    p->protocol = ip.protocol;
    p->ttl = ip.ttl;
    p->src = ip.src;
    p->dst = ip.dst;
    p->header_len = (size_t)(ip.payload - buf);
    p->len = p->header_len + ip.payload_len;
    if (ip.protocol == IP_PROTO_UDP)
        p->kind = IP_PARCEL_UDP;
    else if (ip.protocol == IP_PROTO_PIM)
        read_pim(p, buf, room);
    else if (ip.protocol == IP_PROTO_IGMP || ip.protocol == IP_PROTO_ICMPV6)
        read_gmp(p, &ip, buf, room);
}

/* As it came, but for the TTL. Of IPv4 the header's checksum follows. */
static int copy_packet(const struct ip_parcel *p, uint8_t *buf, size_t size)
{
    if (p->len > size)
        return SIM_ENOSPC;
    memcpy(buf, p->packet, p->len);
    if (p->kind == IP_PARCEL_UNREADABLE)
        return (int)p->len;
    if (p->dst.family == IP_V6) {
        buf[V6_HOPS_AT] = p->ttl;
        return (int)p->len;
    }
    if (buf[V4_TTL_AT] == p->ttl)
        return (int)p->len;
    buf[V4_TTL_AT] = p->ttl;
    buf[V4_SUM_AT] = buf[V4_SUM_AT + 1] = 0;
    uint16_t sum = ip_checksum(buf, (size_t)(buf[0] & 15) * 4);
    buf[V4_SUM_AT] = (uint8_t)(sum >> 8);
    buf[V4_SUM_AT + 1] = (uint8_t)sum;
    return (int)p->len;
}

/* A Register made from what it carries. */
static int write_register(const struct ip_parcel *p, uint8_t *buf, size_t size)
{
    uint8_t inner[IP_PARCEL_MTU];
    struct pim_msg m = *p->u.pim;
    int len = ip_parcel_write(p->inner, inner, sizeof inner);
    if (len < 0)
        return len;
    m.u.reg.inner = inner;
    m.u.reg.inner_len = (size_t)len;
    return pim_packet_encode(&m, &p->src, &p->dst, buf, size);
}

int ip_parcel_write(const struct ip_parcel *p, uint8_t *buf, size_t size)
{
    if (p->packet)
        return copy_packet(p, buf, size);
    const struct ip_packet ip = {.src = p->src, .dst = p->dst, .ttl = p->ttl};
    switch ((enum ip_parcel_kind)p->kind) {
    case IP_PARCEL_GMP:
        return gmp_packet_encode(p->u.gmp, &p->src, buf, size);
    case IP_PARCEL_PIM:
        if (p->inner)
            return write_register(p, buf, size);
        return pim_packet_encode(p->u.pim, &p->src, &p->dst, buf, size);
    case IP_PARCEL_UDP:
        return ip_udp_build(&ip, &p->u.udp, buf, size);
    default:
        return SIM_EINVAL;
    }
}

size_t ip_parcel_size(const struct ip_parcel *p)
{
    if (p->packet)
        return p->len;
    switch ((enum ip_parcel_kind)p->kind) {
    case IP_PARCEL_GMP:
        return gmp_size(p->u.gmp);
    case IP_PARCEL_PIM:
        return pim_size(p->u.pim);
    case IP_PARCEL_UDP:
        return ip_header_len(p->dst.family, false) + IP_UDP_HEADER + p->u.udp.len;
    default:
        return 0;
    }
}

int ip_parcel_udp(const struct ip_parcel *p, struct ip_udp *u)
{
    if (!p->packet) {
        *u = p->u.udp;
        return SIM_OK;
    }
    const struct ip_packet ip = {.src = p->src,
                                 .dst = p->dst,
                                 .payload = p->packet + p->header_len,
                                 .payload_len = p->len - p->header_len};
    return ip_udp_parse(u, &ip);
}

int ip_parcel_inner(const struct ip_parcel *p, struct ip_parcel *inner)
{
    struct ip_packet ip;
    if (p->inner) {
        *inner = *p->inner;
        return SIM_OK;
    }
    if (p->kind != IP_PARCEL_PIM || !p->u.pim || p->u.pim->kind != PIM_REGISTER ||
        !p->u.pim->u.reg.inner)
        return SIM_EINVAL;
    const struct pim_register *reg = &p->u.pim->u.reg;
    int rc = ip_packet_parse(&ip, reg->inner, reg->inner_len);
    if (rc)
        return rc;
    size_t header_len = (size_t)(ip.payload - reg->inner);
    *inner =
        (struct ip_parcel){.kind = ip.protocol == IP_PROTO_UDP ? IP_PARCEL_UDP : IP_PARCEL_OTHER,
                           .protocol = ip.protocol,
                           .ttl = ip.ttl,
                           .src = ip.src,
                           .dst = ip.dst,
                           .packet = reg->inner,
                           .len = header_len + ip.payload_len,
                           .header_len = header_len};
    return SIM_OK;
}

struct ip_parcel ip_parcel_gmp(const struct gmp_msg *m, const struct ip_addr *src)
{
    return (struct ip_parcel){.kind = IP_PARCEL_GMP,
                              .protocol = m->family == IP_V4 ? IP_PROTO_IGMP : IP_PROTO_ICMPV6,
                              .ttl = 1,
                              .fault =
                                  gmp_is_source_right(m, src) ? GMP_DROP_NONE : GMP_DROP_SOURCE,
                              .src = *src,
                              .dst = gmp_destination(m),
                              .u.gmp = m};
}

struct ip_parcel ip_parcel_pim(const struct pim_msg *m, const struct ip_addr *src,
                               const struct ip_addr *dst)
{
    return (struct ip_parcel){
        .kind = IP_PARCEL_PIM,
        .protocol = IP_PROTO_PIM,
        .ttl = pim_ttl((enum pim_kind)m->kind),
        .fault = pim_is_source_right(m, src) ? PIM_DROP_NONE : PIM_DROP_SOURCE,
        .src = *src,
        .dst = dst ? *dst : pim_destination(m->family, (enum pim_kind)m->kind),
        .u.pim = m};
}
