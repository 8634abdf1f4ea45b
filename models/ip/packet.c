/* SPDX-License-Identifier: GPL-2.0-only
 * IP headers and the Internet checksum. Sources: see packet.h. */
#include "models/ip/packet.h"

#include <string.h>

#include "sim/bytes.h"
#include "sim/err.h"

enum {
    V4_HEADER = 20,
    V6_HEADER = 40,
    ALERT_V4 = 4,
    ALERT_V6 = 8,
    V4_CHECKSUM_AT = 10,
    HOP_BY_HOP = 0,
    OPT4_END = 0,
    OPT4_NOP = 1,
    OPT4_ALERT = 0x94,
    OPT6_PAD1 = 0,
    OPT6_ALERT = 5,
};

static const uint8_t alert_v4[ALERT_V4] = {OPT4_ALERT, 4, 0, 0};
/* Behind the next header: length 0, Router Alert, PadN of two octets. */
static const uint8_t alert_v6[ALERT_V6 - 1] = {0, OPT6_ALERT, 2, 0, 0, 1, 0};

/* Sum of 16-bit words; an odd octet is padded with 0. */
static uint64_t sum_words(uint64_t sum, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint64_t)(p[i] << 8 | p[i + 1]);
    if (len % 2)
        sum += (uint64_t)p[len - 1] << 8;
    return sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

uint16_t ip_checksum(const uint8_t *p, size_t len)
{
    return fold(sum_words(0, p, len));
}

uint16_t ip_checksum_pseudo(const struct ip_addr *src, const struct ip_addr *dst, uint8_t protocol,
                            const uint8_t *p, size_t len)
{
    size_t addr_len = ip_addr_len(src->family);
    uint64_t sum = sum_words(0, src->b, addr_len);
    sum = sum_words(sum, dst->b, addr_len);
    sum += (len >> 16) + (len & 0xffff) + protocol;
    return fold(sum_words(sum, p, len));
}

size_t ip_header_len(uint8_t family, bool router_alert)
{
    if (family == IP_V4)
        return router_alert ? V4_HEADER + ALERT_V4 : V4_HEADER;
    return router_alert ? V6_HEADER + ALERT_V6 : V6_HEADER;
}

static void build_v4(const struct ip_packet *p, uint8_t *buf, size_t header, size_t total)
{
    struct wr w;
    wr_init(&w, buf, header);
    wr_u8(&w, (uint8_t)(0x40 | header / 4));
    wr_u8(&w, p->tos);
    wr_u16be(&w, (uint16_t)total);
    wr_u16be(&w, p->id);
    wr_u16be(&w, 0);
    wr_u8(&w, p->ttl);
    wr_u8(&w, p->protocol);
    wr_u16be(&w, 0);
    wr_bytes(&w, p->src.b, 4);
    wr_bytes(&w, p->dst.b, 4);
    if (p->router_alert)
        wr_bytes(&w, alert_v4, sizeof alert_v4);
    uint16_t sum = ip_checksum(buf, header);
    buf[V4_CHECKSUM_AT] = (uint8_t)(sum >> 8);
    buf[V4_CHECKSUM_AT + 1] = (uint8_t)sum;
}

static void build_v6(const struct ip_packet *p, uint8_t *buf, size_t header, size_t total)
{
    struct wr w;
    wr_init(&w, buf, header);
    wr_u16be(&w, (uint16_t)(0x6000 | p->tos << 4));
    wr_u16be(&w, 0);
    wr_u16be(&w, (uint16_t)(total - V6_HEADER));
    wr_u8(&w, p->router_alert ? HOP_BY_HOP : p->protocol);
    wr_u8(&w, p->ttl);
    wr_bytes(&w, p->src.b, 16);
    wr_bytes(&w, p->dst.b, 16);
    if (!p->router_alert)
        return;
    wr_u8(&w, p->protocol);
    wr_bytes(&w, alert_v6, sizeof alert_v6);
}

int ip_packet_build(const struct ip_packet *p, uint8_t *buf, size_t size)
{
    size_t header = ip_header_len(p->dst.family, p->router_alert), total = header + p->payload_len;
    if (p->src.family != p->dst.family)
        return SIM_EINVAL;
    if (total > IP_MAX_PACKET)
        return SIM_ELONG;
    if (total > size)
        return SIM_ENOSPC;
    if (p->payload_len > 0)
        memmove(buf + header, p->payload, p->payload_len);
    if (p->dst.family == IP_V4)
        build_v4(p, buf, header, total);
    else
        build_v6(p, buf, header, total);
    return (int)total;
}

/* The options of an IPv4 header. */
static int parse_options_v4(struct ip_packet *p, const uint8_t *o, size_t len)
{
    for (size_t i = 0; i < len && o[i] != OPT4_END;) {
        if (o[i] == OPT4_NOP) {
            i++;
            continue;
        }
        if (len - i < 2 || o[i + 1] < 2 || o[i + 1] > len - i)
            return SIM_EPROTO;
        if (o[i] == OPT4_ALERT && o[i + 1] == 4 && o[i + 2] == 0 && o[i + 3] == 0)
            p->router_alert = true;
        i += o[i + 1];
    }
    return SIM_OK;
}

static int parse_v4(struct ip_packet *p, const uint8_t *buf, size_t len)
{
    if (len < V4_HEADER)
        return SIM_ETRUNC;
    size_t header = (size_t)(buf[0] & 15) * 4, total = (size_t)(buf[2] << 8 | buf[3]);
    if (header < V4_HEADER || total < header)
        return SIM_EPROTO;
    if (total > len)
        return SIM_ETRUNC;
    if (ip_checksum(buf, header) != 0)
        return SIM_EPROTO;
    if ((buf[6] & 0x3f) || buf[7])
        return SIM_ENOTSUP;
    p->tos = buf[1];
    p->id = (uint16_t)(buf[4] << 8 | buf[5]);
    p->ttl = buf[8];
    p->protocol = buf[9];
    p->src = ip_addr_make(IP_V4, buf + 12);
    p->dst = ip_addr_make(IP_V4, buf + 16);
    p->payload = buf + header;
    p->payload_len = total - header;
    return parse_options_v4(p, buf + V4_HEADER, header - V4_HEADER);
}

/* A hop-by-hop header at the start of the payload: the rest is the payload then. */
static int parse_hop_by_hop(struct ip_packet *p)
{
    const uint8_t *o = p->payload;
    if (p->payload_len < 8 || p->payload_len < (size_t)o[1] * 8 + 8)
        return SIM_EPROTO;
    size_t len = (size_t)o[1] * 8 + 8;
    for (size_t i = 2; i < len;) {
        if (o[i] == OPT6_PAD1) {
            i++;
            continue;
        }
        if (len - i < 2 || (size_t)o[i + 1] + 2 > len - i)
            return SIM_EPROTO;
        if (o[i] == OPT6_ALERT && o[i + 1] == 2 && o[i + 2] == 0 && o[i + 3] == 0)
            p->router_alert = true;
        i += (size_t)o[i + 1] + 2;
    }
    p->protocol = o[0];
    p->payload += len;
    p->payload_len -= len;
    return SIM_OK;
}

static int parse_v6(struct ip_packet *p, const uint8_t *buf, size_t len)
{
    if (len < V6_HEADER)
        return SIM_ETRUNC;
    p->tos = (uint8_t)(buf[0] << 4 | buf[1] >> 4);
    p->protocol = buf[6];
    p->ttl = buf[7];
    p->src = ip_addr_make(IP_V6, buf + 8);
    p->dst = ip_addr_make(IP_V6, buf + 24);
    p->payload = buf + V6_HEADER;
    p->payload_len = (size_t)(buf[4] << 8 | buf[5]);
    if (p->payload_len > len - V6_HEADER)
        return SIM_ETRUNC;
    return p->protocol == HOP_BY_HOP ? parse_hop_by_hop(p) : SIM_OK;
}

int ip_packet_parse(struct ip_packet *p, const uint8_t *buf, size_t len)
{
    *p = (struct ip_packet){0};
    if (len == 0)
        return SIM_ETRUNC;
    switch (buf[0] >> 4) {
    case 4:
        return parse_v4(p, buf, len);
    case 6:
        return parse_v6(p, buf, len);
    default:
        return SIM_EPROTO;
    }
}
