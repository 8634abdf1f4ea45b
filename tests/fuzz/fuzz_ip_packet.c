/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as an IP packet. What is read can be written, and reads as the same
 * again. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "models/ip/packet.h"
#include "sim/err.h"
#include "sim/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ip_packet p, q;
    if (ip_packet_parse(&p, data, size))
        return 0;
    SIM_CHECK(p.payload >= data && p.payload + p.payload_len <= data + size, "payload outside");
    size_t room = ip_header_len(p.dst.family, true) + p.payload_len;
    uint8_t *buf = mem_alloc(room, 1);
    int len = ip_packet_build(&p, buf, room);
    SIM_CHECK(len >= 0 || len == SIM_ELONG, "%d", len);
    if (len < 0 || (p.dst.family == IP_V6 && !p.router_alert && p.protocol == 0)) {
        free(buf); /* a second hop-by-hop header would be opened now */
        return 0;
    }
    int rc = ip_packet_parse(&q, buf, (size_t)len);
    SIM_CHECK(rc == SIM_OK, "%d", rc);
    SIM_CHECK(ip_addr_equal(&p.src, &q.src) && ip_addr_equal(&p.dst, &q.dst), "addresses");
    SIM_CHECK(p.ttl == q.ttl && p.tos == q.tos && p.protocol == q.protocol && p.id == q.id &&
                  p.router_alert == q.router_alert && p.payload_len == q.payload_len &&
                  (p.payload_len == 0 || memcmp(p.payload, q.payload, p.payload_len) == 0),
              "fields");
    free(buf);
    return 0;
}
