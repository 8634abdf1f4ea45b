/* SPDX-License-Identifier: GPL-2.0-only
 * Whatever comes in at a router, a proxy, a host or a PIM router, the node stays whole: packets in
 * a row, each | node 2 bits, group address 1 bit | length 1 | octets |, with timers between them.
 * What the PIM router gets has its checksums put right, so that changed messages come through. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "models/ip/mroute_members.h"
#include "models/ip/mroute_pim.h"
#include "models/ip/mroute_proxy.h"
#include "sim/err.h"
#include "sim/evq.h"

enum { ROUTER, PROXY, HOST, PIM, N_NODES };

static void on_send(void *ctx, uint32_t number, uint32_t iface, const uint8_t dst[6],
                    const struct ip_parcel *parcel)
{
    struct ip_packet p;
    uint8_t packet[IP_PARCEL_MTU];
    (void)ctx;
    (void)dst;
    SIM_CHECK(number < N_NODES && iface >= 1 && iface <= 3, "%u %u", number, iface);
    int len = ip_parcel_write(parcel, packet, sizeof packet);
    SIM_CHECK(len > 0 && (size_t)len == ip_parcel_size(parcel), "%d octets", len);
    SIM_CHECK(ip_packet_parse(&p, packet, (size_t)len) == SIM_OK, "a packet of %d octets", len);
}

static bool on_next_hop(void *ctx, uint32_t number, const struct ip_addr *dst,
                        struct ip_next_hop *hop)
{
    (void)ctx;
    (void)number;
    *hop = (struct ip_next_hop){.iface = dst->b[3] % 3 + 1u,
                                .addr = ip_addr_v4(0x0a000063),
                                .connected = dst->b[2] & 1,
                                .distance = dst->b[1]};
    if (dst->family == IP_V6)
        hop->addr = ip_addr_of("fe80::99");
    return (dst->b[0] & 1 || number == PIM) && number != HOST;
}

static void on_deliver(void *ctx, uint32_t number, struct ip_socket *k, const struct ip_datagram *d,
                       const struct ip_udp *u)
{
    (void)ctx;
    SIM_CHECK(number == HOST && k->port == d->port && u->len <= 255, "%zu octets", u->len);
}

static const struct ip_node_ops ops = {
    .send = on_send, .next_hop = on_next_hop, .deliver = on_deliver};

static void address(struct ip_node_iface *f, uint8_t node, uint8_t iface)
{
    f->addr.index = iface + 1u;
    f->addr.v4 = ip_addr_v4(0x0a000000 | (uint32_t)iface << 8 | node);
    f->addr.v6 = ip_addr_of("fd00::1");
    f->addr.v6.b[15] = (uint8_t)(iface << 4 | node);
    f->addr.v6_link = ip_addr_of("fe80::1");
    f->addr.v6_link.b[15] = (uint8_t)(iface << 4 | node);
}

static struct ip_node *make(uint32_t number, const struct ip_node_env *env, struct ip_node_iface *f,
                            const struct ip_mroute_pim_cfg *pim)
{
    f[0].ttl_threshold = 3;
    f[1].boundary = IP_SCOPE_SITE;
    for (uint8_t i = 0; i < 3; i++)
        address(&f[i], (uint8_t)number, i);
    struct ip_node_cfg c = {.env = env,
                            .number = number,
                            .entity = number,
                            .forwards = number != HOST,
                            .ifaces = f,
                            .n_ifaces = number == HOST ? 1 : 3};
    struct ip_node *n = ip_node_open(&c);
    struct ip_mroute_proxy_cfg p = {.upstream = 2,
                                    .gmp = {env->gmp[0], env->gmp[1]},
                                    .room = env->room,
                                    .key = env->key,
                                    .entity = number};
    if (number == PIM)
        ip_mroute_pim(n, pim);
    if (number == ROUTER)
        ip_mroute_members(n);
    if (number == PROXY)
        SIM_CHECK(ip_mroute_proxy(n, &p) == SIM_OK, "proxy");
    ip_node_start(n);
    return n;
}

static void join(struct ip_node *n, const char *group)
{
    struct ip_addr a = ip_addr_of(group);
    struct ip_socket *k = ip_socket_open(ip_node_sockets(n), a.family);
    ip_socket_join(ip_node_sockets(n), k, &a, 0);
    k->port = 40000;
}

static void put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* The checksums of a header without options and of the PIM message behind it. */
static void put_right(uint8_t *p, size_t len)
{
    bool v6 = len > 0 && p[0] >> 4 == 6;
    size_t head = v6 ? 40 : 20;
    if (len < head + 8)
        return;
    uint8_t *m = p + head;
    size_t n = len - head;
    if ((m[0] & 15) == 1)
        n = 8; /* a Register */
    if (v6) {
        put16(p + 4, (uint16_t)(len - head));
    } else {
        p[0] = 0x45;
        put16(p + 2, (uint16_t)len);
        put16(p + 10, 0);
        put16(p + 10, ip_checksum(p, head));
    }
    if (p[v6 ? 6 : 9] != IP_PROTO_PIM)
        return;
    struct ip_addr src = ip_addr_make(v6 ? IP_V6 : IP_V4, p + (v6 ? 8 : 12));
    struct ip_addr dst = ip_addr_make(v6 ? IP_V6 : IP_V4, p + (v6 ? 24 : 16));
    put16(m + 2, 0);
    put16(m + 2, v6 ? ip_checksum_pseudo(&src, &dst, IP_PROTO_PIM, m, n) : ip_checksum(m, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t group_mac[6] = {0x33, 0x33}, own_mac[6] = {0};
    struct evq *q = evq_open(EVQ_FIFO);
    struct gmp_room room, read_gmp;
    struct pim_room read_pim;
    struct ip_parcel_room parcels = {.gmp = &read_gmp, .pim = &read_pim};
    struct gmp_cfg gmp[2] = {gmp_cfg_default(IP_V4), gmp_cfg_default(IP_V6)};
    struct pim_cfg pim[2] = {pim_cfg_default(IP_V4), pim_cfg_default(IP_V6)};
    const struct ip_mroute_rp rps[] = {{{ip_addr_of("224.0.0.0"), 4}, ip_addr_of("10.0.1.3"), 1},
                                       {{ip_addr_of("ff00::"), 8}, ip_addr_of("2001:db8::9"), 1}};
    struct ip_mroute_pim_cfg role = {.pim = {&pim[0], &pim[1]},
                                     .rps = rps,
                                     .n_rps = 2,
                                     .dr_priority = 1,
                                     .key = rng_key_make(1, 1, RNG_TEST)};
    struct ip_node *nodes[N_NODES];
    gmp_room_init(&room);
    gmp_room_init(&read_gmp);
    pim_room_init(&read_pim);
    const struct ip_node_env env = {.gmp = {&gmp[0], &gmp[1]},
                                    .solicited_node = true,
                                    .room = &room,
                                    .key = rng_key_make(1, 1, RNG_TEST),
                                    .q = q,
                                    .wake_kind = ip_node_wake_kind(q),
                                    .ops = &ops};
    struct ip_node_iface ifaces[N_NODES][3] = {0};
    for (uint32_t i = 0; i < N_NODES; i++)
        nodes[i] = make(i, &env, ifaces[i], &role);
    join(nodes[HOST], "ff15::1");
    join(nodes[HOST], "239.1.1.1");
    while (size >= 2) {
        size_t len = data[1] < size - 2 ? data[1] : size - 2;
        uint32_t node = (data[0] & 3) % N_NODES, iface = node == HOST ? 1 : (data[0] >> 3) % 3 + 1u;
        struct ip_parcel p;
        uint8_t packet[256];
        memcpy(packet, data + 2, len);
        if (node == PIM)
            put_right(packet, len);
        ip_parcel_read(&p, packet, len, &parcels);
        ip_node_receive(nodes[node], iface, data[0] & 4 ? own_mac : group_mac, &p);
        evq_run(q, evq_now(q) + SIM_MS(400));
        data += len + 2;
        size -= len + 2;
    }
    evq_run(q, evq_now(q) + SIM_S(400));
    for (uint32_t i = 0; i < N_NODES; i++)
        ip_node_close(nodes[i]);
    gmp_room_fini(&room);
    gmp_room_fini(&read_gmp);
    pim_room_fini(&read_pim);
    evq_close(q);
    return 0;
}
