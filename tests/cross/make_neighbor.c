/* SPDX-License-Identifier: GPL-2.0-only
 * For tests/cross/neighbor_tshark.sh: writes every kind of ARP and neighbour discovery message as a
 * capture of Ethernet frames (first argument) and what a dissector should say of each on standard
 * output: operation or type, target, Ethernet address, flags. */
#include <stdio.h>
#include <string.h>

#include "models/ip/neighbor_packet.h"
#include "sim/err.h"

enum { LINKTYPE_ETHERNET = 1 };

static void put_u32(FILE *f, uint32_t v)
{
    fwrite(&v, sizeof v, 1, f); /* the file's own byte order: readers look at the magic number */
}

static void start_capture(FILE *f)
{
    const uint16_t version[2] = {2, 4};
    put_u32(f, 0xa1b2c3d4);
    fwrite(version, sizeof version, 1, f);
    put_u32(f, 0);
    put_u32(f, 0);
    put_u32(f, 65535);
    put_u32(f, LINKTYPE_ETHERNET);
}

/* The columns that neighbor_tshark.sh asks tshark for. */
static void print_expected(const struct ip_neighbor_msg *m)
{
    char target[IP_TEXT_SIZE], src[IP_TEXT_SIZE], mac[IP_MAC_TEXT_SIZE];
    bool tells = m->kind == IP_NEIGHBOR_ADVERT;
    ip_addr_print(&m->target, target);
    ip_addr_print(tells && m->family == IP_V4 ? &m->target : &m->src, src);
    printf("%d|%s|%s|%s|", m->family == IP_V4 ? (tells ? 2 : 1) : (tells ? 136 : 135), src,
           m->family == IP_V4 && tells ? ip_addr_print(&m->dst, target) : target,
           m->has_mac ? ip_mac_print(m->mac, mac) : "");
    if (m->family == IP_V6 && tells)
        printf("%d%d%d", m->router, m->solicited, m->override);
    printf("\n");
}

static void put(FILE *f, const struct ip_neighbor_msg *m)
{
    static const uint8_t to[6] = {2, 0, 0, 0, 0x0b, 0}, from[6] = {2, 0, 0, 0, 0x0a, 0};
    const uint8_t type[2] = {m->family == IP_V4 ? 0x08 : 0x86, m->family == IP_V4 ? 0x06 : 0xdd};
    uint8_t buf[IP_NEIGHBOR_MAX];
    int len = ip_neighbor_encode(m, to, buf, sizeof buf);
    SIM_CHECK(len > 0, "%d", len);
    put_u32(f, 0);
    put_u32(f, 0);
    put_u32(f, (uint32_t)len + 14);
    put_u32(f, (uint32_t)len + 14);
    fwrite(to, 6, 1, f);
    fwrite(from, 6, 1, f);
    fwrite(type, 2, 1, f);
    fwrite(buf, 1, (size_t)len, f);
    print_expected(m);
}

static void put_family(FILE *f, const char *own, const char *other)
{
    struct ip_neighbor_msg m = {.src = ip_addr_of(own),
                                .target = ip_addr_of(other),
                                .has_mac = true,
                                .mac = {2, 0, 0, 0, 0x0a, 0}};
    m.family = m.src.family;
    m.dst = m.family == IP_V6 ? ip_solicited_node(&m.target) : m.target;
    put(f, &m);
    m.src = ip_addr_any(m.family); /* is it free? */
    m.has_mac = m.family == IP_V4;
    put(f, &m);
    m = (struct ip_neighbor_msg){.kind = IP_NEIGHBOR_ADVERT,
                                 .family = m.family,
                                 .src = ip_addr_of(own),
                                 .dst = ip_addr_of(other),
                                 .target = ip_addr_of(own),
                                 .mac = {2, 0, 0, 0, 0x0a, 0}};
    for (unsigned i = 0; i < 16; i++) {
        m.has_mac = (i & 8) || m.family == IP_V4;
        m.router = i & 4;
        m.solicited = i & 2;
        m.override = i & 1;
        put(f, &m);
    }
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "wb") : NULL;
    if (!f) {
        fprintf(stderr, "usage: make_neighbor FILE.pcap\n");
        return 2;
    }
    start_capture(f);
    put_family(f, "10.0.0.1", "10.0.0.2");
    put_family(f, "fd00::1", "fd00::2");
    put_family(f, "fe80::1", "fe80::aaaa:1:2");
    return fclose(f) ? 1 : 0;
}
