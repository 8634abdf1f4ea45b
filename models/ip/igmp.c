/* SPDX-License-Identifier: GPL-2.0-only
 * IGMP messages from and to octets. Sources: see igmp.h. */
#include "models/ip/igmp.h"

#include "models/ip/gmp_wire.h"
#include "models/ip/maxresp.h"
#include "sim/err.h"

enum { OLD_LEN = 8, V3_QUERY_LEN = 12, V3_REPORT_LEN = 8 };

/* 8 octets: version 1 or 2, told by the code; 12 and more: version 3 (RFC 3376 section 7.1). */
static void decode_query(struct gmp_packet *p, struct rd *r, uint8_t code, struct gmp_room *room)
{
    struct gmp_msg *m = &p->msg;
    size_t len = p->ip.payload_len;
    m->kind = GMP_QUERY;
    p->max_resp_code = code;
    m->group = gmp_wire_addr(r, IP_V4);
    if (len >= V3_QUERY_LEN) {
        m->version = GMP_V3;
        m->max_resp = SIM_MS(100) * maxresp8_decode(code);
        gmp_wire_query(r, p, room);
        return;
    }
    p->readable = len == OLD_LEN;
    gmp_wire_fault(p, !p->readable, GMP_DROP_LENGTH);
    m->version = code == 0 ? GMP_V1 : GMP_V2;
    m->max_resp = SIM_MS(100) * code;
}

/* Reports and leaves of versions 1 and 2; what follows the eight octets does not count. */
static void decode_old(struct gmp_packet *p, struct rd *r, enum gmp_kind kind,
                       enum gmp_version version)
{
    p->msg.kind = (uint8_t)kind;
    p->msg.version = (uint8_t)version;
    p->msg.group = gmp_wire_addr(r, IP_V4);
    p->readable = !r->err;
}

void igmp_decode(struct gmp_packet *p, struct gmp_room *room)
{
    struct rd r;
    rd_init(&r, p->ip.payload, p->ip.payload_len);
    p->type = rd_u8(&r);
    uint8_t code = rd_u8(&r);
    rd_u16be(&r);
    p->msg.family = IP_V4;
    gmp_wire_fault(p, p->ip.payload_len < OLD_LEN, GMP_DROP_LENGTH);
    if (p->reason)
        return;
    gmp_wire_fault(p, ip_checksum(p->ip.payload, p->ip.payload_len) != 0, GMP_DROP_CHECKSUM);
    switch (p->type) {
    case IGMP_QUERY:
        decode_query(p, &r, code, room);
        break;
    case IGMP_V1_REPORT:
        decode_old(p, &r, GMP_REPORT, GMP_V1);
        break;
    case IGMP_V2_REPORT:
        decode_old(p, &r, GMP_REPORT, GMP_V2);
        break;
    case IGMP_V2_LEAVE:
        decode_old(p, &r, GMP_LEAVE, GMP_V2);
        break;
    case IGMP_V3_REPORT:
        p->msg.kind = GMP_REPORT;
        p->msg.version = GMP_V3;
        gmp_wire_report(&r, p, room);
        break;
    default:
        gmp_wire_fault(p, true, GMP_DROP_TYPE);
        return;
    }
    gmp_wire_fault(p, !gmp_is_source_right(&p->msg, &p->ip.src), GMP_DROP_SOURCE);
    gmp_wire_envelope(p);
}

static int type_of(const struct gmp_msg *m)
{
    if (m->kind == GMP_QUERY)
        return IGMP_QUERY;
    if (m->kind == GMP_LEAVE)
        return m->version == GMP_V2 ? IGMP_V2_LEAVE : SIM_EINVAL;
    switch (m->version) {
    case GMP_V1:
        return IGMP_V1_REPORT;
    case GMP_V2:
        return IGMP_V2_REPORT;
    default:
        return IGMP_V3_REPORT;
    }
}

/* Version 2 has no code for zero: it would be a version 1 query. */
static uint8_t query_code(const struct gmp_msg *m)
{
    uint32_t n = (uint32_t)(m->max_resp / SIM_MS(100));
    if (m->version == GMP_V1)
        return 0;
    if (m->version == GMP_V3)
        return maxresp8_encode(n);
    return n > UINT8_MAX ? UINT8_MAX : n == 0 ? 1 : (uint8_t)n;
}

int igmp_encode(const struct gmp_msg *m, const struct ip_addr *src, uint8_t *buf, size_t size)
{
    int type = type_of(m);
    size_t header = ip_header_len(IP_V4, true);
    if (type < 0)
        return type;
    if (gmp_size(m) > size)
        return SIM_ENOSPC;
    struct wr w;
    wr_init(&w, buf + header, size - header);
    wr_u8(&w, (uint8_t)type);
    wr_u8(&w, m->kind == GMP_QUERY ? query_code(m) : 0);
    wr_u16be(&w, 0);
    if (type == IGMP_V3_REPORT)
        gmp_wire_put_report(&w, m);
    else
        gmp_wire_put_addr(&w, &m->group);
    if (m->kind == GMP_QUERY && m->version == GMP_V3)
        gmp_wire_put_query(&w, m);
    uint16_t sum = ip_checksum(buf + header, wr_len(&w));
    buf[header + 2] = (uint8_t)(sum >> 8);
    buf[header + 3] = (uint8_t)sum;
    return gmp_wire_wrap(m, src, buf, size, wr_len(&w));
}
