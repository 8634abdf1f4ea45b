/* SPDX-License-Identifier: GPL-2.0-only
 * UDP. Sources: see udp.h. */
#include "models/ip/udp.h"

#include <string.h>

#include "sim/bytes.h"
#include "sim/err.h"

enum { CHECKSUM_AT = 6 };

int ip_udp_build(const struct ip_packet *ip, const struct ip_udp *u, uint8_t *buf, size_t size)
{
    size_t header = ip_header_len(ip->dst.family, ip->router_alert), len = IP_UDP_HEADER + u->len;
    if (len > IP_MAX_PACKET - header)
        return SIM_ELONG;
    if (header + len > size)
        return SIM_ENOSPC;
    uint8_t *p = buf + header;
    struct wr w;
    wr_init(&w, p, len);
    wr_u16be(&w, u->src_port);
    wr_u16be(&w, u->dst_port);
    wr_u16be(&w, (uint16_t)len);
    wr_u16be(&w, 0);
    wr_bytes(&w, u->data, u->len);
    uint16_t sum = ip_checksum_pseudo(&ip->src, &ip->dst, IP_PROTO_UDP, p, len);
    if (sum == 0)
        sum = 0xffff; /* 0 would say that there is none */
    p[CHECKSUM_AT] = (uint8_t)(sum >> 8);
    p[CHECKSUM_AT + 1] = (uint8_t)sum;
    struct ip_packet whole = *ip;
    whole.protocol = IP_PROTO_UDP;
    whole.payload = p;
    whole.payload_len = len;
    return ip_packet_build(&whole, buf, size);
}

int ip_udp_parse(struct ip_udp *u, const struct ip_packet *ip)
{
    struct rd r;
    rd_init(&r, ip->payload, ip->payload_len);
    u->src_port = rd_u16be(&r);
    u->dst_port = rd_u16be(&r);
    size_t len = rd_u16be(&r);
    uint16_t sum = rd_u16be(&r);
    if (r.err)
        return SIM_ETRUNC;
    if (len < IP_UDP_HEADER || len > ip->payload_len)
        return SIM_EPROTO;
    u->data = ip->payload + IP_UDP_HEADER;
    u->len = len - IP_UDP_HEADER;
    if (sum == 0)
        return ip->src.family == IP_V4 ? SIM_OK : SIM_EMIC;
    return ip_checksum_pseudo(&ip->src, &ip->dst, IP_PROTO_UDP, ip->payload, len) ? SIM_EMIC
                                                                                  : SIM_OK;
}
