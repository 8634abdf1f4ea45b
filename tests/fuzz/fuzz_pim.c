/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as a PIM packet. With odd sizes the checksums are put right first, so that
 * the parsers behind them are reached. What is read can be written in as many octets as pim_size
 * says, and gives the same octets when it is read and written again. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "models/ip/pim_packet.h"
#include "sim/err.h"
#include "sim/mem.h"

static void put_sum(uint8_t *at, uint16_t sum)
{
    at[0] = (uint8_t)(sum >> 8);
    at[1] = (uint8_t)sum;
}

static void mend(uint8_t *buf, size_t size)
{
    struct ip_packet p;
    if (size >= 20 && buf[0] >> 4 == 4) {
        size_t header = (size_t)(buf[0] & 15) * 4;
        if (header < 20 || header > size)
            return;
        put_sum(buf + 10, 0);
        put_sum(buf + 10, ip_checksum(buf, header));
    }
    if (ip_packet_parse(&p, buf, size) || p.payload_len < 4)
        return;
    uint8_t *payload = buf + (p.payload - buf);
    put_sum(payload + 2, 0);
    put_sum(payload + 2, p.src.family == IP_V4 ? ip_checksum(payload, p.payload_len)
                                               : ip_checksum_pseudo(&p.src, &p.dst, p.protocol,
                                                                    payload, p.payload_len));
}

static void write_again(const struct pim_packet *p)
{
    struct pim_room room;
    struct pim_packet q;
    size_t size = pim_size(&p->msg);
    uint8_t *buf = mem_alloc(size, 1), *again = mem_alloc(size, 1);
    pim_room_init(&room);
    int len = pim_packet_encode(&p->msg, &p->ip.src, &p->ip.dst, buf, size);
    SIM_CHECK((size_t)len == size, "%d, not %zu", len, size);
    enum pim_reason reason = pim_packet_decode(&q, buf, size, &room);
    SIM_CHECK(reason == PIM_DROP_NONE, "%s", pim_reason_text(reason));
    SIM_CHECK(q.msg.kind == p->msg.kind, "kind %d", q.msg.kind);
    len = pim_packet_encode(&q.msg, &q.ip.src, &q.ip.dst, again, size);
    SIM_CHECK((size_t)len == size && memcmp(buf, again, size) == 0, "not the same octets");
    pim_room_fini(&room);
    free(buf);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pim_room room;
    struct pim_packet p;
    uint8_t *copy = mem_copy(data, size);
    if (size % 2)
        mend(copy, size);
    pim_room_init(&room);
    enum pim_reason reason = pim_packet_decode(&p, copy, size, &room);
    SIM_CHECK(reason != PIM_DROP_NONE || p.readable, "used and not readable");
    if (reason == PIM_DROP_NONE)
        write_again(&p);
    pim_room_fini(&room);
    free(copy);
    return 0;
}
