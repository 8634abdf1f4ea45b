/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what an IP node does with what arrives, between three links: a router 1 with a host on each.
 * Links take 1 ms. sock_20 is a measurement on Linux 6.18 (ip_forward = 1, no routing daemon).
 * Leaves open: links with a rate, which is ns-3's part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/mroute_members.h"
#include "models/ip/mroute_proxy.h"
#include "models/ip/node.h"
#include "models/ip/topology.h"
#include "sim/err.h"
#include "sim/evq.h"
#include "sim/mem.h"
#include "tests/vectors.h"

enum { N_LINKS = 3, ROUTER = 0, N_NODES = 4, PORT = 5000, MAX_LOG = 200 };

struct wire_packet {
    struct wire_packet *before; /* all of a rig's, until its end */
    sim_time at;
    uint32_t node, iface;
    uint8_t dst[6];
    size_t len;
    uint8_t bytes[1500];
};

struct rig {
    struct evq *q;
    struct ip_graph g;
    struct ip_topology *t;
    struct gmp_room room, read_gmp;
    struct pim_room read_pim;
    struct gmp_cfg gmp[2];
    struct ip_node *node[N_NODES]; /* node i > 0 is the host on link i - 1 */
    struct ip_node_ops ops;
    struct ip_node_env env;
    struct ip_node_iface ifaces[N_NODES][N_LINKS];
    evq_kind arrive, wake;
    int n_messages[N_NODES][2]; /* of membership that came: IGMP, MLD */
    int n_got[N_NODES];         /* datagrams that sockets got */
    uint8_t last_ttl;           /* of the last datagram sent by the router */
    struct ip_mfc_entry entries[MAX_LOG];
    sim_time entry_at[MAX_LOG];
    int n_entries;
    struct wire_packet *sent;
    sim_time entry_life, gone_at[MAX_LOG];
    int n_gone;
};

static void mac_of(uint32_t node, uint32_t iface, uint8_t mac[6])
{
    const uint8_t m[6] = {2, 0, 0, 0, (uint8_t)node, (uint8_t)(iface - 1)};
    memcpy(mac, m, 6);
}

static struct rig *the_rig; /* of the test that runs: events carry a packet only */

static void receive(struct rig *r, uint32_t node, uint32_t iface, const uint8_t mac[6],
                    const uint8_t *packet, size_t len)
{
    struct ip_parcel_room room = {.gmp = &r->read_gmp, .pim = &r->read_pim};
    struct ip_parcel p;
    ip_parcel_read(&p, packet, len, &room);
    r->n_messages[node][p.dst.family == IP_V6] += p.kind == IP_PARCEL_GMP;
    ip_node_receive(r->node[node], iface, mac, &p);
}

static void on_arrive(void *obj, uint32_t arg)
{
    struct wire_packet *w = obj;
    (void)arg;
    receive(the_rig, w->node, w->iface, w->dst, w->bytes, w->len);
}

static void on_send(void *ctx, uint32_t number, uint32_t iface, const uint8_t dst[6],
                    const struct ip_parcel *p)
{
    struct rig *r = ctx;
    const struct ip_edge *l = &r->g.link[ip_graph_link_of(&r->g, number, iface - 1)];
    if (number == ROUTER && p->kind == IP_PARCEL_UDP)
        r->last_ttl = p->ttl;
    for (uint32_t k = l->first; k < l->first + l->n; k++) {
        if (r->g.end[k].node == number)
            continue;
        struct wire_packet *w = mem_alloc(1, sizeof *w);
        *w = (struct wire_packet){.before = r->sent,
                                  .at = evq_now(r->q),
                                  .node = r->g.end[k].node,
                                  .iface = r->g.end[k].iface + 1};
        int len = ip_parcel_write(p, w->bytes, sizeof w->bytes);
        assert_true(len > 0);
        assert_int_equal((size_t)len, ip_parcel_size(p));
        w->len = (size_t)len;
        r->sent = w;
        memcpy(w->dst, dst, 6);
        evq_push(r->q, evq_now(r->q) + SIM_MS(1), r->arrive, w, 0);
    }
}

static bool on_next_hop(void *ctx, uint32_t number, const struct ip_addr *dst,
                        struct ip_next_hop *hop)
{
    struct rig *r = ctx;
    struct ip_step s;
    if (!ip_topology_step(r->t, number, dst, &s))
        return false;
    hop->iface = s.iface + 1;
    mac_of(s.next.node, s.next.iface + 1, hop->mac);
    return true;
}

static void on_deliver(void *ctx, uint32_t number, struct ip_socket *k, const struct ip_datagram *d,
                       const struct ip_udp *u)
{
    struct rig *r = ctx;
    assert_int_equal(u->len, 4);
    assert_int_equal(k->port, d->port);
    r->n_got[number]++;
}

static void on_entry(void *ctx, uint32_t number, const struct ip_mfc_entry *e)
{
    struct rig *r = ctx;
    assert_int_equal(number, ROUTER);
    assert_true(r->n_entries < MAX_LOG);
    r->entry_at[r->n_entries] = evq_now(r->q);
    r->entries[r->n_entries++] = *e;
}

static void on_entry_gone(void *ctx, uint32_t number, const struct ip_mfc_entry *e)
{
    struct rig *r = ctx;
    assert_int_equal(number, ROUTER);
    assert_true(r->n_gone < MAX_LOG && e->iface == 1);
    r->gone_at[r->n_gone++] = evq_now(r->q);
}

static void address(struct ip_node_iface *f, uint32_t node, uint32_t iface)
{
    uint32_t link = node == ROUTER ? iface - 1 : node - 1;
    f->addr.index = iface;
    f->addr.v4 = ip_addr_v4(0x0a000000 | link << 8 | (node + 1));
    f->addr.v6 = ip_addr_of("fd00::");
    f->addr.v6.b[7] = (uint8_t)link;
    f->addr.v6.b[15] = (uint8_t)(node + 1);
    f->addr.v6_link = ip_addr_of("fe80::");
    f->addr.v6_link.b[14] = (uint8_t)iface;
    f->addr.v6_link.b[15] = (uint8_t)(node + 1);
    mac_of(node, iface, f->mac);
}

enum role { NO_ROLE, MEMBERS, PROXY };

static void add_node(struct rig *r, uint32_t node, const struct ip_node_iface *edit)
{
    struct ip_node_iface *f = r->ifaces[node];
    uint32_t n = node == ROUTER ? N_LINKS : 1;
    for (uint32_t i = 0; i < n; i++) {
        if (node == ROUTER && edit)
            f[i] = edit[i];
        address(&f[i], node, i + 1);
        ip_topology_give(r->t, &f[i].addr.v4, node, i);
        ip_topology_give(r->t, &f[i].addr.v6, node, i);
    }
    r->env = (struct ip_node_env){.gmp = {&r->gmp[0], &r->gmp[1]},
                                  .entry_life = r->entry_life,
                                  .room = &r->room,
                                  .key = rng_key_make(1, 1, RNG_TEST),
                                  .q = r->q,
                                  .wake_kind = r->wake,
                                  .ops = &r->ops};
    struct ip_node_cfg cfg = {.env = &r->env,
                              .number = node,
                              .entity = node,
                              .forwards = node == ROUTER,
                              .ifaces = f,
                              .n_ifaces = n};
    r->node[node] = ip_node_open(&cfg);
}

/* entry_life: as of the nodes. */
static void rig_open_for(struct rig *r, enum role role, const struct ip_node_iface *edit,
                         sim_time entry_life)
{
    static const uint8_t layer[N_NODES] = {IP_LAYER_ROUTE};
    *r = (struct rig){.q = evq_open(EVQ_FIFO), .entry_life = entry_life};
    the_rig = r;
    r->arrive = evq_kind_add(r->q, on_arrive, "arrive");
    r->wake = ip_node_wake_kind(r->q);
    r->ops = (struct ip_node_ops){.ctx = r,
                                  .send = on_send,
                                  .next_hop = on_next_hop,
                                  .deliver = on_deliver,
                                  .entry = on_entry,
                                  .entry_gone = on_entry_gone};
    gmp_room_init(&r->room);
    gmp_room_init(&r->read_gmp);
    pim_room_init(&r->read_pim);
    r->gmp[0] = gmp_cfg_default(IP_V4);
    r->gmp[1] = gmp_cfg_default(IP_V6);
    ip_graph_init(&r->g);
    ip_graph_nodes(&r->g, N_NODES);
    for (uint32_t i = 1; i < N_NODES; i++)
        assert_true(ip_graph_link(&r->g, (uint32_t[]){ROUTER, i}, 2, 1) >= 0);
    ip_graph_seal(&r->g);
    r->t = ip_topology_open(&r->g, layer);
    for (uint32_t i = 0; i < N_NODES; i++)
        add_node(r, i, edit);
    if (role == MEMBERS)
        ip_mroute_members(r->node[ROUTER]);
    if (role == PROXY) {
        struct ip_mroute_proxy_cfg c = {
            .upstream = 1, .gmp = {&r->gmp[0], &r->gmp[1]}, .room = &r->room, .entity = 9};
        assert_int_equal(ip_mroute_proxy(r->node[ROUTER], &c), SIM_OK);
    }
    for (uint32_t i = 0; i < N_NODES; i++)
        ip_node_start(r->node[i]);
}

static void rig_open(struct rig *r, enum role role, const struct ip_node_iface *edit)
{
    rig_open_for(r, role, edit, 0);
}

static void rig_close(struct rig *r)
{
    for (uint32_t i = 0; i < N_NODES; i++)
        ip_node_close(r->node[i]);
    for (struct wire_packet *w = r->sent, *before; w; w = before) {
        before = w->before;
        free(w);
    }
    ip_topology_close(r->t);
    ip_graph_free(&r->g);
    gmp_room_fini(&r->room);
    gmp_room_fini(&r->read_gmp);
    pim_room_fini(&r->read_pim);
    evq_close(r->q);
}

static struct ip_socket *listen_on(struct rig *r, uint32_t node, const char *group)
{
    struct ip_addr g = ip_addr_of(group), any = ip_addr_any(g.family);
    struct ip_socket *k = ip_socket_open(ip_node_sockets(r->node[node]), g.family);
    if (ip_addr_is_multicast(&g))
        any = g; /* other groups are not for it */
    assert_int_equal(ip_socket_bind(ip_node_sockets(r->node[node]), k, &any, PORT), IP_SOCK_OK);
    if (ip_addr_is_multicast(&g))
        assert_int_equal(ip_socket_join(ip_node_sockets(r->node[node]), k, &g, 0), IP_SOCK_OK);
    return k;
}

static void send_to(struct rig *r, uint32_t node, const char *dst, uint8_t ttl)
{
    struct ip_addr a = ip_addr_of(dst);
    struct ip_socket *k = ip_socket_open(ip_node_sockets(r->node[node]), a.family);
    struct ip_udp u = {.src_port = 1, .dst_port = PORT, .data = (const uint8_t *)"data", .len = 4};
    k->ttl = ttl;
    assert_int_equal(ip_node_send(r->node[node], k, &a, &u), IP_SOCK_OK);
    ip_socket_close(ip_node_sockets(r->node[node]), k);
}

static void run_for(struct rig *r, sim_time t)
{
    evq_run(r->q, evq_now(r->q) + t);
}

static uint64_t dropped(const struct rig *r, uint32_t node, uint32_t iface, enum ip_drop reason)
{
    const struct ip_node_drops *d = ip_node_drops(r->node[node], iface);
    return d ? d->data[reason] : 0;
}

static void sock_20(void **state)
{
    static const char *const groups[] = {"239.1.1.1", "ff0e::1"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig r;
        rig_open(&r, NO_ROLE, NULL);
        listen_on(&r, 2, groups[i]);
        listen_on(&r, 2, i ? "::" : "0.0.0.0");
        run_for(&r, SIM_S(5));
        send_to(&r, 1, groups[i], 8);
        send_to(&r, 1, i ? "fd00:0:0:1::3" : "10.0.1.3", 8); /* unicast passes */
        run_for(&r, SIM_S(1));
        assert_int_equal(r.n_got[2], 1);
        assert_int_equal(dropped(&r, ROUTER, 1, IP_DROP_NO_ROLE), 1);
        rig_close(&r);
    }
}

/* A group goes to the links with members, once, with one hop less; the entry says so. */
static void forwards_to_members(void **state)
{
    static const char *const groups[] = {"239.1.1.1", "ff0e::1"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig r;
        rig_open(&r, MEMBERS, NULL);
        listen_on(&r, 3, groups[i]);
        run_for(&r, SIM_S(5));
        send_to(&r, 1, groups[i], 8);
        run_for(&r, SIM_S(1));
        assert_int_equal(r.n_got[1] + r.n_got[2], 0);
        assert_int_equal(r.n_got[3], 1);
        assert_int_equal(r.last_ttl, 7);
        assert_int_equal(r.n_entries, 1);
        assert_int_equal(r.entries[0].iface, 1);
        assert_int_equal(r.entries[0].out.w[0], 1 << 3);
        assert_int_equal(dropped(&r, 2, 1, IP_DROP_NOT_MEMBER), 0);
        rig_close(&r);
    }
}

/* The entry follows joins at once and leaves after last member queries: 2 s, and the links.
 * Both are told, and looked at, 1 ns late. */
static void entry_follows_members(void **state)
{
    struct rig r;
    (void)state;
    rig_open(&r, MEMBERS, NULL);
    send_to(&r, 1, "ff0e::1", 8);
    run_for(&r, SIM_S(200));
    struct ip_socket *k = listen_on(&r, 2, "ff0e::1");
    run_for(&r, SIM_S(100));
    sim_time left = evq_now(r.q);
    ip_socket_close(ip_node_sockets(r.node[2]), k);
    run_for(&r, SIM_S(100));
    assert_int_equal(r.n_entries, 3);
    assert_int_equal(r.entry_at[0], SIM_MS(1));
    assert_int_equal(r.entries[0].out.w[0], 0);
    assert_int_equal(r.entry_at[1], SIM_S(200) + SIM_MS(1) + 2);
    assert_int_equal(r.entries[1].out.w[0], 1 << 2);
    assert_int_equal(r.entry_at[2] - left, SIM_S(2) + SIM_MS(1) + 2);
    assert_int_equal(r.entries[2].out.w[0], 0);
    rig_close(&r);
}

/* One packet with any addresses, put into the router's interface 1. */
static void inject(struct rig *r, const char *src, const char *dst, uint8_t ttl)
{
    uint8_t buf[200], mac[6];
    struct ip_packet p = {.src = ip_addr_of(src), .dst = ip_addr_of(dst), .ttl = ttl};
    struct ip_udp u = {.src_port = 1, .dst_port = PORT, .data = (const uint8_t *)"data", .len = 4};
    int len = ip_udp_build(&p, &u, buf, sizeof buf);
    assert_true(len > 0);
    if (ip_addr_is_multicast(&p.dst))
        ip_group_mac(&p.dst, mac);
    else
        mac_of(ROUTER, 1, mac);
    receive(r, ROUTER, 1, mac, buf, (size_t)len);
}

static void drops_have_one_reason(void **state)
{
    static const struct {
        const char *src, *dst;
        uint8_t ttl;
        enum ip_drop reason;
    } cases[] = {
        {"239.1.1.1", "239.1.1.2", 8, IP_DROP_SOURCE},
        {"0.0.0.0", "239.1.1.2", 8, IP_DROP_SOURCE},
        {"127.0.0.1", "239.1.1.2", 8, IP_DROP_SOURCE},
        {"10.0.0.2", "224.0.0.99", 8, IP_DROP_LINK_LOCAL},
        {"fe80::102", "ff0e::1", 8, IP_DROP_LINK_LOCAL},
        {"fd00::2", "ff12::1", 8, IP_DROP_LINK_LOCAL},
        {"fd00::2", "ff01::1", 8, IP_DROP_LINK_LOCAL},
        {"fd00:0:0:1::3", "ff0e::1", 8, IP_DROP_RPF}, /* the host of link 1 comes in on 2 */
        {"fd00::2", "ff0e::1", 1, IP_DROP_TTL},
        {"fd00::2", "ff0e::1", 0, IP_DROP_TTL},
        {"fd00::2", "ff0e::9", 8, IP_DROP_NO_OUTPUT},
        {"fd00::2", "fd00:0:0:1::3", 1, IP_DROP_TTL},
        {"fd00::2", "fd00:0:0:9::3", 8, IP_DROP_NO_ROUTE},
        {"fd00::2", "fe80::103", 8, IP_DROP_LINK_LOCAL},
        {"fd00::2", "fd00::1", 8, IP_DROP_NO_SOCKET},
        {"fd00::2", "ff0e::1", 8, IP_DROP_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r;
        rig_open(&r, MEMBERS, NULL);
        listen_on(&r, 3, "ff0e::1");
        run_for(&r, SIM_S(1));
        inject(&r, cases[i].src, cases[i].dst, cases[i].ttl);
        for (int k = 0; k < N_IP_DROPS; k++)
            if (dropped(&r, ROUTER, 1, (enum ip_drop)k) != (k && k == (int)cases[i].reason))
                fail_msg("case %zu: reason %d", i, k);
        rig_close(&r);
    }
}

/* Interface 2 needs a TTL above 16; interface 3 is an edge of the site. */
static void thresholds_and_zones(void **state)
{
    static const struct ip_node_iface edges[N_LINKS] = {
        {.ttl_threshold = 0}, {.ttl_threshold = 16}, {.boundary = IP_SCOPE_SITE}};
    struct rig r;
    (void)state;
    rig_open(&r, MEMBERS, edges);
    listen_on(&r, 2, "ff05::1");
    listen_on(&r, 3, "ff05::1");
    listen_on(&r, 2, "ff08::1");
    listen_on(&r, 3, "ff08::1");
    run_for(&r, SIM_S(1));
    send_to(&r, 1, "ff05::1", 16); /* nowhere */
    run_for(&r, SIM_S(1));
    assert_int_equal(r.n_got[2] + r.n_got[3], 0);
    send_to(&r, 1, "ff05::1", 17);
    run_for(&r, SIM_S(1));
    assert_int_equal(r.n_got[2], 1);
    assert_int_equal(r.n_got[3], 0);
    send_to(&r, 1, "ff08::1", 16);
    run_for(&r, SIM_S(1));
    assert_int_equal(r.n_got[2], 1);
    assert_int_equal(r.n_got[3], 1);
    send_to(&r, 3, "ff05::1", 64); /* it may not come in, either; its own member hears it */
    run_for(&r, SIM_S(1));
    assert_int_equal(dropped(&r, ROUTER, 3, IP_DROP_ZONE), 1);
    assert_int_equal(r.n_got[2], 1);
    rig_close(&r);
}

/* A proxy reports upstream what its links want, and forwards both ways. */
static void proxy_forwards_both_ways(void **state)
{
    struct rig r;
    (void)state;
    rig_open(&r, PROXY, NULL);
    listen_on(&r, 2, "ff0e::1");
    listen_on(&r, 1, "ff0e::1"); /* upstream: gets what comes from below, member or not */
    run_for(&r, SIM_S(5));
    send_to(&r, 1, "ff0e::1", 8);
    run_for(&r, SIM_S(1));
    assert_int_equal(r.n_got[2], 1);
    send_to(&r, 3, "ff0e::1", 8);
    run_for(&r, SIM_S(1));
    assert_int_equal(r.n_got[2], 2);
    assert_int_equal(r.n_got[1], 2); /* its own copy, too */
    assert_int_equal(r.n_entries, 2);
    assert_int_equal(r.entries[1].iface, 3);
    assert_int_equal(r.entries[1].out.w[0], 1 << 1 | 1 << 2);
    rig_close(&r);
}

/* What is not for the node is not looked at; noise is counted. */
static void frames_for_others(void **state)
{
    struct rig r;
    uint8_t mac[6], noise[60] = {0x99};
    (void)state;
    rig_open(&r, MEMBERS, NULL);
    mac_of(3, 1, mac);
    receive(&r, ROUTER, 1, mac, noise, sizeof noise);
    assert_int_equal(dropped(&r, ROUTER, 1, IP_DROP_MALFORMED), 0);
    mac_of(ROUTER, 1, mac);
    receive(&r, ROUTER, 1, mac, noise, sizeof noise);
    receive(&r, ROUTER, 1, mac, noise, 0);
    assert_int_equal(dropped(&r, ROUTER, 1, IP_DROP_MALFORMED), 2);
    rig_close(&r);
}

static void udp_checksums(void **state)
{
    uint8_t buf[100];
    struct ip_packet p = {.src = ip_addr_of("fd00::1"), .dst = ip_addr_of("ff0e::1"), .ttl = 4}, q;
    struct ip_udp u = {.src_port = 1, .dst_port = 2, .data = buf, .len = 0}, v;
    (void)state;
    int len = ip_udp_build(&p, &u, buf, sizeof buf);
    assert_int_equal(len, 48);
    assert_int_equal(ip_packet_parse(&q, buf, 48), SIM_OK);
    assert_int_equal(ip_udp_parse(&v, &q), SIM_OK);
    assert_int_equal(v.dst_port, 2);
    buf[47] ^= 1;
    assert_int_equal(ip_udp_parse(&v, &q), SIM_EMIC);
    buf[46] = buf[47] = 0; /* none: not in IPv6 */
    assert_int_equal(ip_udp_parse(&v, &q), SIM_EMIC);
    buf[45] = 9; /* longer than the packet */
    assert_int_equal(ip_udp_parse(&v, &q), SIM_EPROTO);
    q.payload_len = 7;
    assert_int_equal(ip_udp_parse(&v, &q), SIM_ETRUNC);
    assert_int_equal(ip_udp_build(&p, &u, buf, 47), SIM_ENOSPC);
}

static void sets_of_interfaces(void **state)
{
    struct ip_ifset s = {0};
    static const uint32_t in[] = {1, 63, 64, 65, 128, 255};
    (void)state;
    assert_int_equal(ip_ifset_next(&s, 0), 0);
    for (int i = 0; i < 6; i++)
        ip_ifset_add(&s, in[i]);
    uint32_t at = 0;
    for (int i = 0; i < 6; i++)
        assert_int_equal(at = ip_ifset_next(&s, at), in[i]);
    assert_int_equal(ip_ifset_next(&s, at), 0);
    ip_ifset_remove(&s, 64);
    assert_false(ip_ifset_has(&s, 64));
    assert_int_equal(ip_ifset_next(&s, 63), 65);
}

/* The router joins on its interface 2, where nobody else is a member: it tells the link, forwards
 * there, and hears what goes out. It leaves: last member queries that nobody answers. */
static void a_router_is_a_member(void **state)
{
    static const char *const groups[] = {"239.1.1.1", "ff0e::1"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig r;
        struct ip_addr g = ip_addr_of(groups[i]), any = ip_addr_any(g.family);
        rig_open(&r, MEMBERS, NULL);
        send_to(&r, 1, groups[i], 8);
        run_for(&r, SIM_S(5));
        struct ip_socket *k = ip_socket_open(ip_node_sockets(r.node[ROUTER]), g.family);
        assert_int_equal(ip_socket_bind(ip_node_sockets(r.node[ROUTER]), k, &any, PORT), 0);
        assert_int_equal(ip_socket_join(ip_node_sockets(r.node[ROUTER]), k, &g, 2), 0);
        run_for(&r, SIM_S(1));
        assert_int_equal(r.n_messages[2][i], 3);
        send_to(&r, 1, groups[i], 8);
        run_for(&r, SIM_S(1));
        assert_int_equal(r.n_got[ROUTER], 1);
        run_for(&r, SIM_S(600)); /* its own queries are answered */
        send_to(&r, 1, groups[i], 8);
        run_for(&r, SIM_S(1));
        assert_int_equal(r.n_got[ROUTER], 2);
        assert_int_equal(r.n_entries, 2);
        assert_int_equal(r.entry_at[1], SIM_S(5) + 3);
        assert_int_equal(r.entries[1].out.w[0], 1 << 2);
        sim_time left = evq_now(r.q);
        ip_socket_close(ip_node_sockets(r.node[ROUTER]), k);
        run_for(&r, SIM_S(10));
        assert_int_equal(r.n_entries, 3);
        assert_int_equal(r.entries[2].out.w[0], 0);
        assert_true(r.entry_at[2] >= left + SIM_S(2) && r.entry_at[2] < left + SIM_S(2) + 10);
        rig_close(&r);
    }
}

/* Without a role it forwards nothing, but hears what comes in where it has joined. */
static void a_member_that_does_not_route(void **state)
{
    struct rig r;
    (void)state;
    rig_open(&r, NO_ROLE, NULL);
    listen_on(&r, ROUTER, "ff0e::1"); /* on its first interface */
    listen_on(&r, 3, "ff0e::1");
    send_to(&r, 2, "ff0e::1", 8);
    send_to(&r, 1, "ff0e::1", 8);
    run_for(&r, SIM_S(1));
    assert_int_equal(r.n_got[ROUTER], 1);
    assert_int_equal(r.n_got[3], 0);
    assert_int_equal(dropped(&r, ROUTER, 1, IP_DROP_NO_ROLE), 0);
    assert_int_equal(dropped(&r, ROUTER, 2, IP_DROP_NO_ROLE), 1);
    rig_close(&r);
}

/* Entries go a life after their last datagram, each for itself, and come again with the next. */
static void unused_entries_go(void **state)
{
    static const enum role roles[] = {MEMBERS, PROXY};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig r;
        rig_open_for(&r, roles[i], NULL, SIM_S(60));
        listen_on(&r, 2, "ff0e::1");
        listen_on(&r, 3, "239.1.1.1");
        run_for(&r, SIM_S(10));
        send_to(&r, 1, "ff0e::1", 8); /* taken at 10.001 s */
        run_for(&r, SIM_S(15));
        send_to(&r, 1, "239.1.1.1", 8); /* 25.001 s */
        run_for(&r, SIM_S(25));
        send_to(&r, 1, "ff0e::1", 8); /* 50.001 s */
        run_for(&r, SIM_S(150));
        assert_int_equal(r.n_entries, 2);
        assert_int_equal(r.n_gone, 2);
        assert_int_equal(r.gone_at[0], SIM_S(85) + SIM_MS(1));
        assert_int_equal(r.gone_at[1], SIM_S(110) + SIM_MS(1));
        assert_int_equal(ip_node_mfc(r.node[ROUTER])->n, 0);
        send_to(&r, 1, "239.1.1.1", 8);
        run_for(&r, SIM_S(59));
        assert_int_equal(r.n_entries, 3);
        assert_int_equal(r.n_got[3], 2);
        assert_int_equal(r.n_gone, 2);
        run_for(&r, SIM_S(2));
        assert_int_equal(r.n_gone, 3);
        rig_close(&r);
    }
}

/* What is done to a valid membership packet before it arrives. */
enum harm { NOTHING, BAD_CHECKSUM, BAD_TTL, CUT, AS_IT_IS };

static size_t harm_packet(uint8_t *b, size_t len, enum harm harm)
{
    bool v6 = b[0] >> 4 == 6;
    if (harm == BAD_CHECKSUM)
        b[len - 1] ^= 0x80;
    if (harm == BAD_TTL && v6)
        b[7] = 2;
    if (harm == BAD_TTL && !v6) {
        unsigned sum = (~((unsigned)b[10] << 8 | b[11]) & 0xffff) + 0x100; /* of the header */
        sum = ~((sum & 0xffff) + (sum >> 16));
        b[8] = 2;
        b[10] = (uint8_t)(sum >> 8);
        b[11] = (uint8_t)sum;
    }
    return harm == CUT ? len - 1 : len;
}

/* Membership packets of a file to every node, one a second; how many there were. */
static size_t feed_file(struct rig *r, const char *file, enum harm harm)
{
    json_t *root = vectors_load(file), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t buf[1500], mac[6];
        struct ip_packet p;
        size_t len = vec_hex(c, "packet_hex", buf, sizeof buf);
        assert_int_equal(ip_packet_parse(&p, buf, len), SIM_OK);
        ip_group_mac(&p.dst, mac);
        len = harm_packet(buf, len, harm);
        run_for(r, SIM_S(1));
        for (uint32_t node = 0; node < N_NODES; node++)
            receive(r, node, 1, mac, buf, len);
    }
    json_decref(root);
    return i;
}

/* Five minutes around such packets, with members of both families. */
static size_t run_with(struct rig *r, const char *file, enum harm harm)
{
    rig_open(r, MEMBERS, NULL);
    listen_on(r, 1, "ff15::abcd");
    listen_on(r, 2, "239.1.2.3");
    run_for(r, SIM_S(5));
    size_t n = harm == NOTHING ? 0 : feed_file(r, file, harm);
    run_for(r, SIM_S(300) - evq_now(r->q));
    return n;
}

static bool sent_the_same(const struct rig *a, const struct rig *b)
{
    const struct wire_packet *x = a->sent, *y = b->sent;
    for (; x && y; x = x->before, y = y->before)
        if (x->at != y->at || x->node != y->node || x->iface != y->iface || x->len != y->len ||
            memcmp(x->bytes, y->bytes, x->len) != 0)
            return false;
    return x == y;
}

static uint64_t refused(const struct rig *r, uint32_t node, enum gmp_reason reason)
{
    const struct ip_node_drops *d = ip_node_drops(r->node[node], 1);
    return d->gmp[0][reason] + d->gmp[1][reason];
}

/* Wrong membership packets are counted with their reason and change nothing: whatever the nodes
 * send afterwards is what they would have sent. The same packets unharmed do change it. */
static void wrong_packets_change_nothing(void **state)
{
    static const char good[] = TESTS_DIR "/vectors/igmp_mld.json",
                      bad[] = TESTS_DIR "/vectors/igmp_mld_reject.json";
    static const struct {
        const char *file;
        enum harm harm;
        enum gmp_reason reason; /* of all of them */
    } cases[] = {{good, BAD_CHECKSUM, GMP_DROP_CHECKSUM},
                 {good, BAD_TTL, GMP_DROP_TTL},
                 {good, CUT, GMP_DROP_NONE}, /* no packet any more */
                 {bad, AS_IT_IS, GMP_DROP_NONE}};
    struct rig clean, r;
    (void)state;
    run_with(&clean, NULL, NOTHING);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = run_with(&r, cases[i].file, cases[i].harm);
        assert_true(sent_the_same(&r, &clean));
        for (uint32_t node = 0; node < N_NODES; node++) {
            if (cases[i].reason)
                assert_int_equal(refused(&r, node, cases[i].reason), n);
            if (cases[i].harm == CUT)
                assert_int_equal(dropped(&r, node, 1, IP_DROP_MALFORMED), n);
            if (cases[i].file != bad)
                continue;
            assert_int_equal(n, 3);
            assert_int_equal(refused(&r, node, GMP_DROP_CHECKSUM), 1);
            assert_int_equal(refused(&r, node, GMP_DROP_TTL), 1);
            assert_int_equal(refused(&r, node, GMP_DROP_LENGTH), 1);
        }
        rig_close(&r);
    }
    run_with(&r, good, AS_IT_IS);
    assert_false(sent_the_same(&r, &clean));
    rig_close(&r);
    rig_close(&clean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sock_20),
        cmocka_unit_test(forwards_to_members),
        cmocka_unit_test(entry_follows_members),
        cmocka_unit_test(drops_have_one_reason),
        cmocka_unit_test(thresholds_and_zones),
        cmocka_unit_test(proxy_forwards_both_ways),
        cmocka_unit_test(frames_for_others),
        cmocka_unit_test(udp_checksums),
        cmocka_unit_test(sets_of_interfaces),
        cmocka_unit_test(wrong_packets_change_nothing),
        cmocka_unit_test(unused_entries_go),
        cmocka_unit_test(a_router_is_a_member),
        cmocka_unit_test(a_member_that_does_not_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
