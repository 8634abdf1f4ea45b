/* SPDX-License-Identifier: GPL-2.0-only
 * Codec of ARP and of neighbour solicitations and advertisements. Sources: see neighbor_packet.h.
 */
#include "models/ip/neighbor_packet.h"

#include <string.h>

#include "sim/bytes.h"
#include "sim/err.h"

enum {
    ARP_ETHERNET = 1,
    ARP_REQUEST = 1,
    ARP_REPLY = 2,
    ND_SOLICIT = 135,
    ND_ADVERT = 136,
    ND_FIXED = 24,
    ND_HOP_LIMIT = 255,
    OPT_SOURCE = 1,
    OPT_TARGET = 2,
    FLAG_ROUTER = 0x80,
    FLAG_SOLICITED = 0x40,
    FLAG_OVERRIDE = 0x20,
    CHECKSUM_AT = 2,
};

const char *ip_neighbor_reason_text(enum ip_neighbor_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        IP_NEIGHBOR_REASON_MAP(X)
#undef X
    };
    return texts[reason];
}

struct ip_addr ip_solicited_node(const struct ip_addr *a)
{
    struct ip_addr group = ip_addr_of("ff02::1:ff00:0");
    memcpy(group.b + 13, a->b + 13, 3);
    return group;
}

enum ip_neighbor_reason ip_neighbor_decode_arp(const uint8_t *p, size_t len,
                                               struct ip_neighbor_msg *m)
{
    struct rd r;
    *m = (struct ip_neighbor_msg){.family = IP_V4};
    rd_init(&r, p, len);
    bool known = rd_u16be(&r) == ARP_ETHERNET;
    known = rd_u16be(&r) == IP_ETHER_V4 && known;
    known = rd_u16be(&r) == 0x0604 && known;
    uint16_t operation = rd_u16be(&r);
    const uint8_t *mac = rd_bytes(&r, 6), *src = rd_bytes(&r, 4);
    rd_bytes(&r, 6);
    const uint8_t *target = rd_bytes(&r, 4);
    if (r.err || !known || (operation != ARP_REQUEST && operation != ARP_REPLY))
        return IP_NEIGHBOR_MALFORMED;
    m->kind = operation == ARP_REQUEST ? IP_NEIGHBOR_SOLICIT : IP_NEIGHBOR_ADVERT;
    m->src = ip_addr_make(IP_V4, src);
    m->dst = ip_addr_make(IP_V4, target);
    m->target = m->kind == IP_NEIGHBOR_SOLICIT ? m->dst : m->src;
    m->has_mac = true;
    memcpy(m->mac, mac, 6);
    m->solicited = m->kind == IP_NEIGHBOR_ADVERT && !ip_addr_equal(&m->src, &m->dst);
    m->override = m->kind == IP_NEIGHBOR_ADVERT;
    bool probe = m->kind == IP_NEIGHBOR_SOLICIT && ip_addr_is_any(&m->src);
    if ((!probe && !ip_addr_is_source(&m->src)) || mac[0] & 1)
        return IP_NEIGHBOR_SOURCE;
    return ip_addr_is_source(&m->target) ? IP_NEIGHBOR_NONE : IP_NEIGHBOR_TARGET;
}

bool ip_neighbor_is_nd(const struct ip_packet *ip)
{
    return ip->dst.family == IP_V6 && ip->protocol == IP_PROTO_ICMPV6 && ip->payload_len > 0 &&
           (ip->payload[0] == ND_SOLICIT || ip->payload[0] == ND_ADVERT);
}

/* The options; of those for the kind the first counts. false: one has no length or is cut. */
static bool read_options(struct rd *r, struct ip_neighbor_msg *m)
{
    uint8_t wanted = m->kind == IP_NEIGHBOR_SOLICIT ? OPT_SOURCE : OPT_TARGET;
    while (rd_left(r) > 0) {
        uint8_t type = rd_u8(r);
        size_t len = rd_u8(r) * (size_t)8;
        const uint8_t *value = len ? rd_bytes(r, len - 2) : NULL;
        if (r->err || !value)
            return false;
        if (type != wanted || len != 8 || m->has_mac)
            continue;
        m->has_mac = true;
        memcpy(m->mac, value, 6);
    }
    return true;
}

/* RFC 4861 section 7.1.1 and 7.1.2, behind what both share. */
static enum ip_neighbor_reason check_kind(const struct ip_neighbor_msg *m)
{
    bool group = ip_addr_is_multicast(&m->dst);
    if (m->has_mac && m->mac[0] & 1)
        return IP_NEIGHBOR_OPTION;
    if (m->kind == IP_NEIGHBOR_ADVERT) {
        if (!ip_addr_is_source(&m->src))
            return IP_NEIGHBOR_SOURCE;
        return group && m->solicited ? IP_NEIGHBOR_DESTINATION : IP_NEIGHBOR_NONE;
    }
    struct ip_addr asked = ip_solicited_node(&m->target);
    if (!ip_addr_is_any(&m->src))
        return ip_addr_is_source(&m->src) ? IP_NEIGHBOR_NONE : IP_NEIGHBOR_SOURCE;
    if (!ip_addr_equal(&m->dst, &asked))
        return IP_NEIGHBOR_DESTINATION;
    return m->has_mac ? IP_NEIGHBOR_OPTION : IP_NEIGHBOR_NONE;
}

enum ip_neighbor_reason ip_neighbor_decode_nd(const struct ip_packet *ip, struct ip_neighbor_msg *m)
{
    struct rd r;
    *m = (struct ip_neighbor_msg){.family = IP_V6, .src = ip->src, .dst = ip->dst};
    if (ip->ttl != ND_HOP_LIMIT)
        return IP_NEIGHBOR_HOP_LIMIT;
    if (ip_checksum_pseudo(&ip->src, &ip->dst, IP_PROTO_ICMPV6, ip->payload, ip->payload_len))
        return IP_NEIGHBOR_CHECKSUM;
    rd_init(&r, ip->payload, ip->payload_len);
    m->kind = rd_u8(&r) == ND_SOLICIT ? IP_NEIGHBOR_SOLICIT : IP_NEIGHBOR_ADVERT;
    uint8_t code = rd_u8(&r);
    rd_u16be(&r);
    uint32_t flags = rd_u32be(&r) >> 24;
    const uint8_t *target = rd_bytes(&r, 16);
    if (r.err)
        return IP_NEIGHBOR_MALFORMED;
    m->target = ip_addr_make(IP_V6, target);
    if (m->kind == IP_NEIGHBOR_ADVERT) {
        m->router = flags & FLAG_ROUTER;
        m->solicited = flags & FLAG_SOLICITED;
        m->override = flags & FLAG_OVERRIDE;
    }
    if (code != 0)
        return IP_NEIGHBOR_CODE;
    if (!ip_addr_is_source(&m->target))
        return IP_NEIGHBOR_TARGET;
    if (!read_options(&r, m))
        return IP_NEIGHBOR_OPTION;
    return check_kind(m);
}

static int encode_arp(const struct ip_neighbor_msg *m, const uint8_t to[6], uint8_t *buf,
                      size_t size)
{
    static const uint8_t nobody[6] = {0};
    struct wr w;
    bool asks = m->kind == IP_NEIGHBOR_SOLICIT;
    wr_init(&w, buf, size);
    wr_u16be(&w, ARP_ETHERNET);
    wr_u16be(&w, IP_ETHER_V4);
    wr_u16be(&w, 0x0604);
    wr_u16be(&w, asks ? ARP_REQUEST : ARP_REPLY);
    wr_bytes(&w, m->mac, 6);
    wr_bytes(&w, asks ? m->src.b : m->target.b, 4);
    wr_bytes(&w, asks ? nobody : to, 6);
    wr_bytes(&w, asks ? m->target.b : m->dst.b, 4);
    return w.err ? w.err : IP_ARP_LEN;
}

static int encode_nd(const struct ip_neighbor_msg *m, uint8_t *buf, size_t size)
{
    uint8_t body[ND_FIXED + 8];
    struct wr w;
    bool asks = m->kind == IP_NEIGHBOR_SOLICIT;
    uint32_t flags = asks ? 0
                          : (m->router ? FLAG_ROUTER : 0u) | (m->solicited ? FLAG_SOLICITED : 0u) |
                                (m->override ? FLAG_OVERRIDE : 0u);
    wr_init(&w, body, sizeof body);
    wr_u8(&w, asks ? ND_SOLICIT : ND_ADVERT);
    wr_u8(&w, 0);
    wr_u16be(&w, 0);
    wr_u32be(&w, flags << 24);
    wr_bytes(&w, m->target.b, 16);
    if (m->has_mac) {
        wr_u8(&w, asks ? OPT_SOURCE : OPT_TARGET);
        wr_u8(&w, 1);
        wr_bytes(&w, m->mac, 6);
    }
    uint16_t sum = ip_checksum_pseudo(&m->src, &m->dst, IP_PROTO_ICMPV6, body, wr_len(&w));
    body[CHECKSUM_AT] = (uint8_t)(sum >> 8);
    body[CHECKSUM_AT + 1] = (uint8_t)sum;
    struct ip_packet ip = {.src = m->src,
                           .dst = m->dst,
                           .ttl = ND_HOP_LIMIT,
                           .protocol = IP_PROTO_ICMPV6,
                           .payload = body,
                           .payload_len = wr_len(&w)};
    return ip_packet_build(&ip, buf, size);
}

int ip_neighbor_encode(const struct ip_neighbor_msg *m, const uint8_t to[6], uint8_t *buf,
                       size_t size)
{
    if (m->src.family != m->family || m->dst.family != m->family || m->target.family != m->family)
        return SIM_EINVAL;
    return m->family == IP_V4 ? encode_arp(m, to, buf, size) : encode_nd(m, buf, size);
}
