/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as a story of ARP and neighbour discovery messages, packets to send and
 * waiting. What is read and written reads as the same again; wakes lead forward; what waits is
 * bounded. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "models/ip/neighbor.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { MAX_STEPS = 400, N_MAX = 8 };

struct rig {
    struct ip_neighbors t;
    sim_time now;
};

static void on_send(void *obj, const struct ip_neighbor_msg *m, const uint8_t dst[6])
{
    uint8_t buf[IP_NEIGHBOR_MAX];
    struct ip_neighbor_msg again;
    struct ip_packet p;
    (void)obj;
    int len = ip_neighbor_encode(m, dst, buf, sizeof buf);
    SIM_CHECK(len > 0, "%d", len);
    if (m->family == IP_V4) {
        ip_neighbor_decode_arp(buf, (size_t)len, &again);
    } else {
        SIM_CHECK(ip_packet_parse(&p, buf, (size_t)len) == SIM_OK, "not a packet");
        ip_neighbor_decode_nd(&p, &again);
    }
    SIM_CHECK(again.kind == m->kind && ip_addr_equal(&again.src, &m->src) &&
                  ip_addr_equal(&again.target, &m->target) && memcmp(again.mac, m->mac, 6) == 0,
              "not what was written");
}

static void on_pass(void *obj, const uint8_t dst[6], const uint8_t *packet, size_t len)
{
    (void)obj;
    SIM_CHECK(!(dst[0] & 1) && len == 1 && packet[0] == 7, "not what was sent");
}

static void wait(struct rig *r, sim_time t)
{
    for (int n = 0; ip_neighbors_next(&r->t) <= t; n++) {
        r->now = ip_neighbors_next(&r->t);
        ip_neighbors_wake(&r->t, r->now);
        SIM_CHECK(ip_neighbors_next(&r->t) > r->now, "at %lld", (long long)r->now);
        SIM_CHECK(n < 10000, "wakes without end");
    }
    r->now = t;
}

/* A message of few possible contents, so that it often means something. */
static void hear_made(struct rig *r, uint8_t a, uint8_t b)
{
    bool v6 = a & 1;
    struct ip_neighbor_msg m = {.kind = a >> 1 & 1,
                                .family = v6 ? IP_V6 : IP_V4,
                                .has_mac = a >> 2 & 1,
                                .mac = {2, 0, 0, 0, 0, (uint8_t)(b & 3)},
                                .solicited = a >> 3 & 1,
                                .override = a >> 4 & 1};
    m.src = v6 ? ip_addr_of("fd00::") : ip_addr_v4(0x0a000000);
    m.target = m.src;
    m.src.b[v6 ? 15 : 3] = b >> 2 & 15;
    m.target.b[v6 ? 15 : 3] = m.kind ? b >> 2 & 15 : 1;
    m.dst = m.target;
    ip_neighbors_receive(&r->t, r->now, IP_NEIGHBOR_NONE, &m);
}

/* Bytes as they come from the link. */
static void hear_bytes(struct rig *r, const uint8_t *p, size_t len)
{
    struct ip_neighbor_msg m;
    struct ip_packet ip;
    enum ip_neighbor_reason reason = ip_neighbor_decode_arp(p, len, &m);
    ip_neighbors_receive(&r->t, r->now, reason, &m);
    if (ip_packet_parse(&ip, p, len) || !ip_neighbor_is_nd(&ip))
        return;
    reason = ip_neighbor_decode_nd(&ip, &m);
    ip_neighbors_receive(&r->t, r->now, reason, &m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rig r = {0};
    struct ip_neighbor_cfg cfg = ip_neighbor_cfg_default();
    struct ip_neighbor_io io = {.obj = &r, .send = on_send, .pass = on_pass};
    struct ip_iface own = {.v4 = ip_addr_of("10.0.0.1"),
                           .v6 = ip_addr_of("fd00::1"),
                           .v6_link = ip_addr_of("fe80::1")};
    const uint8_t mac[6] = {2, 0, 0, 0, 1, 0}, packet[1] = {7};
    struct rd rd;
    cfg.n_max = N_MAX;
    ip_neighbors_init(&r.t, &cfg, &io, &own, mac, true);
    hear_bytes(&r, data, size);
    rd_init(&rd, data, size);
    for (int i = 0; i < MAX_STEPS && rd_left(&rd) >= 3; i++) {
        uint8_t what = rd_u8(&rd), a = rd_u8(&rd), b = rd_u8(&rd);
        struct ip_addr to = a & 1 ? ip_addr_of("fd00::2") : ip_addr_v4(0x0a000000);
        to.b[3] = b & 15;
        switch (what % 4) {
        case 0:
            wait(&r, r.now + SIM_MS(1) * a * b);
            break;
        case 1:
            ip_neighbors_send(&r.t, r.now, &to, packet, sizeof packet);
            break;
        case 2:
            hear_made(&r, a, b);
            break;
        default:
            hear_bytes(&r, rd.p, a < rd_left(&rd) ? a : rd_left(&rd));
            break;
        }
        SIM_CHECK(r.t.n <= N_MAX, "%u neighbours", r.t.n);
    }
    wait(&r, r.now + SIM_S(1000));
    for (uint32_t i = 0; i < r.t.n; i++)
        SIM_CHECK(r.t.v[i].state == IP_NEIGHBOR_STALE && r.t.v[i].n_waiting == 0, "left over");
    ip_neighbors_fini(&r.t);
    return 0;
}
