/* SPDX-License-Identifier: GPL-2.0-only
 * Lists and envelopes of group membership messages. Sources: see gmp_wire.h. */
#include "models/ip/gmp_wire.h"

#include "models/ip/maxresp.h"
#include "sim/err.h"

struct ip_addr gmp_wire_addr(struct rd *r, uint8_t family)
{
    const uint8_t *p = rd_bytes(r, ip_addr_len(family));
    return p ? ip_addr_make(family, p) : ip_addr_any(family);
}

void gmp_wire_put_addr(struct wr *w, const struct ip_addr *a)
{
    wr_bytes(w, a->b, ip_addr_len(a->family));
}

void gmp_wire_fault(struct gmp_packet *p, bool fault, enum gmp_reason reason)
{
    if (fault && p->reason == GMP_DROP_NONE)
        p->reason = reason;
}

void gmp_wire_query(struct rd *r, struct gmp_packet *p, struct gmp_room *room)
{
    struct gmp_msg *m = &p->msg;
    uint8_t flags = rd_u8(r);
    m->s_flag = flags & 8;
    m->qrv = flags & 7;
    p->qqic = rd_u8(r);
    m->qqi = SIM_S(1) * maxresp8_decode(p->qqic);
    size_t n = rd_u16be(r);
    p->readable = !r->err && n <= rd_left(r) / ip_addr_len(m->family);
    gmp_wire_fault(p, !p->readable, GMP_DROP_TRUNCATED);
    if (!p->readable)
        return;
    gmp_room_reserve(room, 0, n);
    for (size_t i = 0; i < n; i++) {
        struct ip_addr a = gmp_wire_addr(r, m->family);
        gmp_room_source(room, &a);
    }
    m->sources = room->sources;
    m->n_sources = n;
}

void gmp_wire_put_query(struct wr *w, const struct gmp_msg *m)
{
    wr_u8(w, (uint8_t)((m->s_flag ? 8 : 0) | (m->qrv & 7)));
    wr_u8(w, maxresp8_encode((uint32_t)(m->qqi / SIM_S(1))));
    wr_u16be(w, (uint16_t)m->n_sources);
    for (size_t i = 0; i < m->n_sources; i++)
        gmp_wire_put_addr(w, &m->sources[i]);
}

/* One record; what has an unknown type or no multicast group is skipped, as is what cannot be a
 * source. */
static bool read_record(struct rd *r, struct gmp_msg *m, struct gmp_room *room)
{
    uint8_t type = rd_u8(r), aux_words = rd_u8(r);
    size_t n = rd_u16be(r), addr_len = ip_addr_len(m->family);
    struct ip_addr group = gmp_wire_addr(r, m->family);
    if (r->err || n * addr_len + aux_words * 4u > rd_left(r))
        return false;
    bool known = type >= 1 && type <= GMP_N_RECORD_TYPES && ip_addr_is_multicast(&group);
    if (known)
        gmp_room_record(room, (enum gmp_record_type)type, &group)->aux_words = aux_words;
    else
        m->n_ignored++;
    for (size_t i = 0; i < n; i++) {
        struct ip_addr a = gmp_wire_addr(r, m->family);
        if (known && ip_addr_is_source(&a))
            gmp_room_source(room, &a);
        else if (known)
            m->n_ignored++;
    }
    rd_bytes(r, aux_words * 4u);
    return true;
}

void gmp_wire_report(struct rd *r, struct gmp_packet *p, struct gmp_room *room)
{
    size_t addr_len = ip_addr_len(p->msg.family);
    rd_u16be(r);
    size_t n = rd_u16be(r);
    gmp_room_reserve(room, rd_left(r) / (4 + addr_len), rd_left(r) / addr_len);
    p->readable = !r->err;
    for (size_t i = 0; i < n && p->readable; i++)
        p->readable = read_record(r, &p->msg, room);
    gmp_wire_fault(p, !p->readable, GMP_DROP_TRUNCATED);
    p->msg.records = room->records;
    p->msg.n_records = room->n_records;
}

void gmp_wire_put_report(struct wr *w, const struct gmp_msg *m)
{
    wr_u16be(w, 0);
    wr_u16be(w, (uint16_t)m->n_records);
    for (size_t i = 0; i < m->n_records; i++) {
        const struct gmp_record *rec = &m->records[i];
        wr_u8(w, rec->type);
        wr_u8(w, 0);
        wr_u16be(w, (uint16_t)rec->n_sources);
        gmp_wire_put_addr(w, &rec->group);
        for (size_t k = 0; k < rec->n_sources; k++)
            gmp_wire_put_addr(w, &rec->sources[k]);
    }
}

/* A node takes what is sent to any address of its interface (RFC 3810 sections 5.1.15 and 5.2.14):
 * unicast is left to whoever has the address. Bridges ask for a group at all nodes too, and leaves
 * may go to the group (RFC 2236 section 6). Version 2 reports must go to their group. */
static bool destination_fits(const struct gmp_packet *p)
{
    const struct gmp_msg *m = &p->msg;
    struct ip_addr want = gmp_destination(m);
    if (ip_addr_equal(&p->ip.dst, &want))
        return true;
    if (!ip_addr_is_multicast(&p->ip.dst))
        return m->version == GMP_V3;
    const struct gmp_msg general = {
        .kind = GMP_QUERY, .family = m->family, .group = ip_addr_any(m->family)};
    struct ip_addr all_nodes = gmp_destination(&general);
    return (m->kind == GMP_QUERY && ip_addr_equal(&p->ip.dst, &all_nodes)) ||
           (m->kind == GMP_LEAVE && ip_addr_equal(&p->ip.dst, &m->group));
}

void gmp_wire_envelope(struct gmp_packet *p)
{
    const struct gmp_msg *m = &p->msg;
    gmp_wire_fault(p, p->ip.ttl != 1, GMP_DROP_TTL);
    /* IGMPv1 does not know the option. */
    gmp_wire_fault(p, !p->ip.router_alert && m->version != GMP_V1, GMP_DROP_ALERT);
    if (!p->readable)
        return;
    bool has_group = m->kind == GMP_QUERY ? !ip_addr_is_any(&m->group) || m->n_sources > 0
                                          : m->version != GMP_V3;
    gmp_wire_fault(p, has_group && !ip_addr_is_multicast(&m->group), GMP_DROP_GROUP);
    gmp_wire_fault(p, !destination_fits(p), GMP_DROP_DESTINATION);
}

int gmp_wire_wrap(const struct gmp_msg *m, const struct ip_addr *src, uint8_t *buf, size_t size,
                  size_t len)
{
    const struct ip_packet p = {
        .src = *src,
        .dst = gmp_destination(m),
        .tos = m->family == IP_V4 ? IP_TOS_CS6 : 0,
        .ttl = 1,
        .protocol = m->family == IP_V4 ? IP_PROTO_IGMP : IP_PROTO_ICMPV6,
        .router_alert = true,
        .payload = buf + ip_header_len(m->family, true),
        .payload_len = len,
    };
    return ip_packet_build(&p, buf, size);
}
