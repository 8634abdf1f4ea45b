/* SPDX-License-Identifier: GPL-2.0-only
 * MLD messages from and to octets. Sources: see mld.h. */
#include "models/ip/mld.h"

#include "models/ip/gmp_wire.h"
#include "models/ip/maxresp.h"
#include "sim/err.h"

enum { V1_LEN = 24, V2_QUERY_LEN = 28, V2_REPORT_LEN = 8 };

/* 24 octets: MLDv1; 28 and more: MLDv2; others are ignored (RFC 3810 section 8.1). */
static void decode_query(struct gmp_packet *p, struct rd *r, uint16_t code, struct gmp_room *room)
{
    struct gmp_msg *m = &p->msg;
    size_t len = p->ip.payload_len;
    m->kind = GMP_QUERY;
    p->max_resp_code = code;
    m->group = gmp_wire_addr(r, IP_V6);
    if (len >= V2_QUERY_LEN) {
        m->version = GMP_V3;
        m->max_resp = SIM_MS(1) * maxresp16_decode(code);
        gmp_wire_query(r, p, room);
        return;
    }
    p->readable = len == V1_LEN;
    gmp_wire_fault(p, !p->readable, GMP_DROP_LENGTH);
    m->version = GMP_V2;
    m->max_resp = SIM_MS(code);
}

static void decode_v1(struct gmp_packet *p, struct rd *r, enum gmp_kind kind)
{
    p->msg.kind = (uint8_t)kind;
    p->msg.version = GMP_V2;
    p->msg.group = gmp_wire_addr(r, IP_V6);
    p->readable = !r->err;
    gmp_wire_fault(p, !p->readable, GMP_DROP_LENGTH);
}

/* Everything behind the checksum. */
static void decode_body(struct gmp_packet *p, struct rd *r, struct gmp_room *room)
{
    if (p->type == MLD_V2_REPORT) {
        p->msg.kind = GMP_REPORT;
        p->msg.version = GMP_V3;
        gmp_wire_report(r, p, room);
        return;
    }
    uint16_t delay = rd_u16be(r);
    rd_u16be(r);
    if (p->type == MLD_QUERY)
        decode_query(p, r, delay, room);
    else
        decode_v1(p, r, p->type == MLD_V1_REPORT ? GMP_REPORT : GMP_LEAVE);
}

bool mld_is_type(uint8_t type)
{
    return type == MLD_QUERY || type == MLD_V1_REPORT || type == MLD_V1_DONE ||
           type == MLD_V2_REPORT;
}

void mld_decode(struct gmp_packet *p, struct gmp_room *room)
{
    const struct ip_packet *ip = &p->ip;
    struct rd r;
    rd_init(&r, ip->payload, ip->payload_len);
    p->type = rd_u8(&r);
    rd_u8(&r);
    rd_u16be(&r);
    p->msg.family = IP_V6;
    gmp_wire_fault(p, ip->payload_len < V2_REPORT_LEN, GMP_DROP_LENGTH);
    gmp_wire_fault(p, !mld_is_type(p->type), GMP_DROP_TYPE);
    if (p->reason)
        return;
    gmp_wire_fault(
        p,
        ip_checksum_pseudo(&ip->src, &ip->dst, IP_PROTO_ICMPV6, ip->payload, ip->payload_len) != 0,
        GMP_DROP_CHECKSUM);
    decode_body(p, &r, room);
    gmp_wire_fault(p, !gmp_is_source_right(&p->msg, &ip->src), GMP_DROP_SOURCE);
    gmp_wire_envelope(p);
}

static int type_of(const struct gmp_msg *m)
{
    if (m->version != GMP_V2 && m->version != GMP_V3)
        return SIM_EINVAL;
    if (m->kind == GMP_QUERY)
        return MLD_QUERY;
    if (m->kind == GMP_LEAVE)
        return m->version == GMP_V2 ? MLD_V1_DONE : SIM_EINVAL;
    return m->version == GMP_V2 ? MLD_V1_REPORT : MLD_V2_REPORT;
}

static uint16_t query_code(const struct gmp_msg *m)
{
    uint32_t n = (uint32_t)(m->max_resp / SIM_MS(1));
    if (m->kind != GMP_QUERY)
        return 0;
    if (m->version == GMP_V3)
        return maxresp16_encode(n);
    return n > UINT16_MAX ? UINT16_MAX : (uint16_t)n;
}

int mld_encode(const struct gmp_msg *m, const struct ip_addr *src, uint8_t *buf, size_t size)
{
    int type = type_of(m);
    size_t header = ip_header_len(IP_V6, true);
    if (type < 0)
        return type;
    if (gmp_size(m) > size)
        return SIM_ENOSPC;
    struct wr w;
    wr_init(&w, buf + header, size - header);
    wr_u8(&w, (uint8_t)type);
    wr_u8(&w, 0);
    wr_u16be(&w, 0);
    if (type == MLD_V2_REPORT) {
        gmp_wire_put_report(&w, m);
    } else {
        wr_u16be(&w, query_code(m));
        wr_u16be(&w, 0);
        gmp_wire_put_addr(&w, &m->group);
    }
    if (m->kind == GMP_QUERY && m->version == GMP_V3)
        gmp_wire_put_query(&w, m);
    struct ip_addr dst = gmp_destination(m);
    uint16_t sum = ip_checksum_pseudo(src, &dst, IP_PROTO_ICMPV6, buf + header, wr_len(&w));
    buf[header + 2] = (uint8_t)(sum >> 8);
    buf[header + 3] = (uint8_t)sum;
    return gmp_wire_wrap(m, src, buf, size, wr_len(&w));
}
