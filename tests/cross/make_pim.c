/* SPDX-License-Identifier: GPL-2.0-only
 * For tests/cross/pim_tshark.sh: writes PIM messages of every kind as a capture (first argument)
 * and what a dissector should say of each on standard output: type and upstream neighbour, group,
 * joins and prunes where it has them. */
#include <stdio.h>

#include "models/ip/pim_packet.h"
#include "sim/err.h"
#include "tests/support/pim_samples.h"

enum { MAX = 1500, LINKTYPE_RAW = 101 };

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

static void print_sources(const struct pim_join_prune *jp, bool joins)
{
    char text[IP_TEXT_SIZE];
    bool first = true;
    for (size_t i = 0; i < jp->n_groups; i++) {
        const struct pim_group *g = &jp->groups[i];
        const struct pim_source *s = joins ? g->joins : g->prunes;
        for (size_t k = 0; k < (joins ? g->n_joins : g->n_prunes); k++) {
            printf("%s%s", first ? "" : ",", ip_addr_print(&s[k].addr, text));
            first = false;
        }
    }
}

/* The columns that pim_tshark.sh asks tshark for. */
static void print_expected(const struct pim_msg *m)
{
    char text[IP_TEXT_SIZE];
    bool list = m->kind == PIM_JOIN_PRUNE || m->kind == PIM_GRAFT || m->kind == PIM_GRAFT_ACK;
    printf("%d|", m->kind);
    if (list) {
        printf("%s|", ip_addr_print(&m->u.jp.upstream, text));
        print_sources(&m->u.jp, true);
        printf("|");
        print_sources(&m->u.jp, false);
        printf("\n");
        return;
    }
    printf("||\n");
}

static uint32_t put_family(FILE *f, uint8_t family, uint32_t n)
{
    struct pim_samples s;
    uint8_t buf[MAX];
    pim_samples_init(&s, family);
    for (size_t i = 0; i < s.n; i++) {
        const struct ip_addr *dst = s.dst[i].family ? &s.dst[i] : NULL;
        int len = pim_packet_encode(&s.msgs[i], &s.src[i], dst, buf, sizeof buf);
        SIM_CHECK(len > 0, "message %zu: %d", i, len);
        put_u32(f, n++);
        put_u32(f, 0);
        put_u32(f, (uint32_t)len);
        put_u32(f, (uint32_t)len);
        fwrite(buf, 1, (size_t)len, f);
        print_expected(&s.msgs[i]);
    }
    return n;
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "wb") : NULL;
    if (!f) {
        fprintf(stderr, "usage: make_pim FILE.pcap\n");
        return 2;
    }
    start_capture(f);
    put_family(f, IP_V6, put_family(f, IP_V4, 0));
    return fclose(f) ? 1 : 0;
}
