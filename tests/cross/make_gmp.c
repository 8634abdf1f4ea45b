/* SPDX-License-Identifier: GPL-2.0-only
 * For tests/cross/gmp_tshark.sh: writes every kind of IGMP and MLD message as a capture (first
 * argument) and what a dissector should say of each on standard output: protocol, version or type,
 * groups, sources. */
#include <stdio.h>
#include <string.h>

#include "models/ip/gmp_packet.h"
#include "sim/err.h"

enum { MAX = 1500, LINKTYPE_RAW = 101, N_SOURCES = 3 };

struct maker {
    FILE *capture;
    uint32_t n;
    struct ip_addr group, sources[N_SOURCES], own;
    uint8_t family;
};

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
    put_u32(f, LINKTYPE_RAW);
}

static void print_list(const char *between, const struct ip_addr *a, size_t n)
{
    char text[IP_TEXT_SIZE];
    for (size_t i = 0; i < n; i++)
        printf("%s%s", i ? between : "", ip_addr_print(&a[i], text));
}

/* The columns that gmp_tshark.sh asks tshark for. */
static void print_expected(const struct gmp_msg *m, uint8_t type)
{
    struct ip_addr groups[8], sources[32];
    size_t n_groups = 0, n_sources = 0;
    if (m->kind == GMP_REPORT && m->version == GMP_V3) {
        for (size_t i = 0; i < m->n_records; i++) {
            groups[n_groups++] = m->records[i].group;
            for (size_t k = 0; k < m->records[i].n_sources; k++)
                sources[n_sources++] = m->records[i].sources[k];
        }
    } else {
        groups[n_groups++] = m->group;
        for (size_t k = 0; k < m->n_sources; k++)
            sources[n_sources++] = m->sources[k];
    }
    printf(m->family == IP_V4 ? "0x%02x|" : "%d|", type);
    print_list(",", groups, n_groups);
    printf("|");
    print_list(",", sources, n_sources);
    printf("\n");
}

static void put(struct maker *k, struct gmp_msg m)
{
    uint8_t buf[MAX];
    m.family = k->family;
    int len = gmp_packet_encode(&m, &k->own, buf, sizeof buf);
    SIM_CHECK(len > 0, "message %u: %d", k->n, len);
    put_u32(k->capture, k->n++);
    put_u32(k->capture, 0);
    put_u32(k->capture, (uint32_t)len);
    put_u32(k->capture, (uint32_t)len);
    fwrite(buf, 1, (size_t)len, k->capture);
    print_expected(&m, buf[ip_header_len(k->family, true)]);
}

static void put_queries(struct maker *k, uint8_t version)
{
    static const sim_time delays[] = {SIM_S(1), SIM_S(10), SIM_S(25), SIM_S(80)};
    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
        struct gmp_msg q = {.kind = GMP_QUERY,
                            .version = version,
                            .max_resp = delays[i],
                            .qqi = SIM_S(125) << i,
                            .qrv = 2,
                            .group = i % 2 ? k->group : ip_addr_any(k->family)};
        put(k, q);
        if (version != GMP_V3)
            continue;
        q.group = k->group;
        q.sources = k->sources;
        q.n_sources = 1 + i % N_SOURCES;
        q.s_flag = i % 2;
        put(k, q);
    }
}

/* All six types, with 0 to 3 sources, one and several records a report. */
static void put_reports(struct maker *k)
{
    struct gmp_record records[GMP_N_RECORD_TYPES];
    for (size_t i = 0; i < GMP_N_RECORD_TYPES; i++) {
        records[i] = (struct gmp_record){.type = (uint8_t)(i + 1),
                                         .group = k->group,
                                         .sources = k->sources,
                                         .n_sources = i % (N_SOURCES + 1)};
        records[i].group.b[ip_addr_len(k->family) - 1] = (uint8_t)(i + 1);
        put(k, (struct gmp_msg){
                   .kind = GMP_REPORT, .version = GMP_V3, .records = &records[i], .n_records = 1});
    }
    put(k, (struct gmp_msg){.kind = GMP_REPORT,
                            .version = GMP_V3,
                            .records = records,
                            .n_records = GMP_N_RECORD_TYPES});
}

static void put_family(struct maker *k)
{
    if (k->family == IP_V4) {
        put_queries(k, GMP_V1);
        put(k, (struct gmp_msg){.kind = GMP_REPORT, .version = GMP_V1, .group = k->group});
    }
    put_queries(k, GMP_V2);
    put_queries(k, GMP_V3);
    put(k, (struct gmp_msg){.kind = GMP_REPORT, .version = GMP_V2, .group = k->group});
    put(k, (struct gmp_msg){.kind = GMP_LEAVE, .version = GMP_V2, .group = k->group});
    put_reports(k);
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "wb") : NULL;
    if (!f) {
        fprintf(stderr, "usage: make_gmp FILE.pcap\n");
        return 2;
    }
    struct maker v4 = {
        .capture = f,
        .family = IP_V4,
        .own = ip_addr_of("10.0.0.1"),
        .group = ip_addr_of("239.1.2.3"),
        .sources = {ip_addr_of("10.1.0.1"), ip_addr_of("10.1.0.2"), ip_addr_of("192.0.2.9")}};
    struct maker v6 = {.capture = f,
                       .family = IP_V6,
                       .own = ip_addr_of("fe80::1"),
                       .group = ip_addr_of("ff15::abcd:3"),
                       .sources = {ip_addr_of("2001:db8::1"), ip_addr_of("2001:db8::2"),
                                   ip_addr_of("2001:db8:1::9")}};
    start_capture(f);
    put_family(&v4);
    v6.n = v4.n;
    put_family(&v6);
    v6.own = ip_addr_any(IP_V6); /* before there is a link-local address */
    put_reports(&v6);
    return fclose(f) ? 1 : 0;
}
