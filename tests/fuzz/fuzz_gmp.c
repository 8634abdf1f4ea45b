/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as an IGMP or MLD packet. With odd sizes the checksums are put right
 * first, so that the parsers behind them are reached. What is read can be written in as many
 * octets as gmp_size says, and reads as the same message again. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "models/ip/gmp_packet.h"
#include "sim/err.h"
#include "sim/mem.h"

static void mend(uint8_t *buf, size_t size)
{
    struct ip_packet p;
    if (size >= 20 && buf[0] >> 4 == 4) {
        size_t header = (size_t)(buf[0] & 15) * 4;
        if (header < 20 || header > size)
            return;
        buf[10] = buf[11] = 0;
        uint16_t sum = ip_checksum(buf, header);
        buf[10] = (uint8_t)(sum >> 8);
        buf[11] = (uint8_t)sum;
    }
    if (ip_packet_parse(&p, buf, size) || p.payload_len < 4)
        return;
    uint8_t *payload = buf + (p.payload - buf);
    payload[2] = payload[3] = 0;
    uint16_t sum = p.src.family == IP_V4
                       ? ip_checksum(payload, p.payload_len)
                       : ip_checksum_pseudo(&p.src, &p.dst, p.protocol, payload, p.payload_len);
    payload[2] = (uint8_t)(sum >> 8);
    payload[3] = (uint8_t)sum;
}

static void check_sources(const struct ip_addr *a, const struct ip_addr *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        SIM_CHECK(ip_addr_equal(&a[i], &b[i]), "source %zu", i);
}

static void check_same(const struct gmp_msg *a, const struct gmp_msg *b)
{
    SIM_CHECK(a->kind == b->kind && a->version == b->version && a->s_flag == b->s_flag &&
                  a->qrv == b->qrv && a->max_resp == b->max_resp && a->qqi == b->qqi &&
                  a->n_sources == b->n_sources && a->n_records == b->n_records,
              "kind %d %d", a->kind, b->kind);
    check_sources(a->sources, b->sources, a->n_sources);
    for (size_t i = 0; i < a->n_records; i++) {
        const struct gmp_record *r = &a->records[i], *s = &b->records[i];
        SIM_CHECK(r->type == s->type && r->n_sources == s->n_sources &&
                      ip_addr_equal(&r->group, &s->group),
                  "record %zu", i);
        check_sources(r->sources, s->sources, r->n_sources);
    }
}

static void write_again(const struct gmp_packet *p)
{
    struct gmp_room room;
    struct gmp_packet q;
    size_t size = gmp_size(&p->msg);
    uint8_t *buf = mem_alloc(size, 1);
    gmp_room_init(&room);
    int len = gmp_packet_encode(&p->msg, &p->ip.src, buf, size);
    SIM_CHECK(len == SIM_ELONG || (size_t)len == size, "%d, not %zu", len, size);
    if (len > 0) {
        enum gmp_reason reason = gmp_packet_decode(&q, buf, size, &room);
        SIM_CHECK(reason == GMP_DROP_NONE, "%s", gmp_reason_text(reason));
        check_same(&p->msg, &q.msg);
    }
    gmp_room_fini(&room);
    free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gmp_room room;
    struct gmp_packet p;
    uint8_t *copy = mem_copy(data, size);
    if (size % 2)
        mend(copy, size);
    gmp_room_init(&room);
    enum gmp_reason reason = gmp_packet_decode(&p, copy, size, &room);
    SIM_CHECK(reason != GMP_DROP_NONE || p.readable, "used and not readable");
    if (reason == GMP_DROP_NONE)
        write_again(&p);
    gmp_room_fini(&room);
    free(copy);
    return 0;
}
