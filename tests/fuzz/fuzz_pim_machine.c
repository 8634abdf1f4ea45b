/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as a story of messages, members, data, routes and waiting for a PIM router
 * with four interfaces. Wakes lead forward, every message can be written, no entry forwards to
 * where its data comes from, and when all is silent nothing is left. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "models/ip/pim_packet.h"
#include "models/ip/pim_router.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { N_IFACES = 4, MAX_STEPS = 300, N_SOURCES = 4, N_GROUPS = 3, MAX_PACKET = 2000 };

struct story {
    struct pim_router *router;
    struct pim_cfg cfg;
    struct pim_iface_cfg ifaces[N_IFACES];
    uint8_t routes; /* shifts where sources and RP are */
    sim_time now;
    unsigned n_sent;
};

static struct ip_addr on_link(uint32_t iface, uint32_t host)
{
    return ip_addr_v4(0x0a000000 | iface << 16 | host);
}

static struct ip_addr group(uint8_t i)
{
    return ip_addr_v4((i % N_GROUPS == 2 ? 0xe8010101u : 0xef010101u) + i % N_GROUPS);
}

static struct ip_addr source(uint8_t i)
{
    return ip_addr_v4(0x0a630001u + i % N_SOURCES);
}

static const struct ip_addr *rp(struct ip_addr *a)
{
    *a = ip_addr_v4(0x0a620001);
    return a;
}

static bool route(void *obj, const struct ip_addr *to, struct pim_route *out)
{
    const struct story *s = obj;
    uint8_t n = (uint8_t)(to->b[1] + to->b[3] + s->routes);
    if (to->b[1] < N_IFACES) {
        *out = (struct pim_route){.iface = to->b[1], .connected = true};
        return true;
    }
    *out = (struct pim_route){.iface = n % N_IFACES,
                              .connected = n % 7 == 0,
                              .next_hop = on_link(n % N_IFACES, 2u + n % 3),
                              .preference = 100,
                              .metric = n};
    return n % 11 != 0;
}

static void send(void *obj, uint32_t iface, const struct ip_addr *dst, const struct pim_msg *m)
{
    struct story *s = obj;
    uint8_t buf[MAX_PACKET];
    struct ip_addr src = on_link(iface == PIM_NO_IFACE ? 0 : iface, 1);
    int len = pim_packet_encode(m, &src, dst, buf, sizeof buf);
    SIM_CHECK(len > 0 && (size_t)len == pim_size(m), "%s: %d", pim_kind_name(m->kind), len);
    s->n_sent++;
}

static void check_entry(const struct story *s, const struct ip_addr *g, const struct ip_addr *src)
{
    struct pim_view v;
    if (!pim_router_view(s->router, g, src, &v))
        return;
    SIM_CHECK(v.iif == PIM_NO_IFACE || !pim_set_has(v.oifs, v.iif), "data goes back");
    SIM_CHECK(v.oifs[0] >> N_IFACES == 0, "an interface that is not there");
}

static void changed(void *obj, const struct ip_addr *g, const struct ip_addr *src)
{
    check_entry(obj, g, ip_addr_is_any(src) ? NULL : src);
}

static void wait(struct story *s, sim_time t)
{
    for (int n = 0; pim_router_next(s->router) <= t; n++) {
        sim_time at = pim_router_next(s->router);
        s->now = at > s->now ? at : s->now;
        pim_router_wake(s->router, s->now);
        SIM_CHECK(pim_router_next(s->router) > s->now, "a wake leads nowhere");
        SIM_CHECK(n < 100000, "wakes without end");
    }
    s->now = t;
}

static struct pim_source pick(uint8_t what)
{
    struct pim_source s = {.addr = source(what), .sparse = true, .rpt = what & 8};
    struct ip_addr a;
    if ((what & 0x30) == 0)
        s = (struct pim_source){.addr = *rp(&a), .sparse = true, .wildcard = true, .rpt = true};
    return s;
}

static void join_prune(struct story *s, const uint8_t *b)
{
    uint32_t iface = b[1] % N_IFACES;
    struct pim_source list[4] = {pick(b[2]), pick((uint8_t)(b[2] >> 1)), pick(b[3]),
                                 pick((uint8_t)(b[3] >> 1))};
    struct pim_group g = {.prefix = {group(b[1] >> 4), 32},
                          .joins = list,
                          .n_joins = b[0] >> 4 & 1,
                          .prunes = list + 2,
                          .n_prunes = b[0] >> 5 & 1};
    g.n_joins += g.n_joins && (b[3] & 0x80);
    const struct pim_msg m = {.kind = PIM_JOIN_PRUNE,
                              .family = IP_V4,
                              .u.jp = {.upstream = on_link(iface, 1u + (b[1] >> 2 & 3)),
                                       .holdtime_s = b[3],
                                       .groups = &g,
                                       .n_groups = 1}};
    const struct pim_input in = {
        .iface = iface, .src = on_link(iface, 2u + (b[2] >> 6)), .msg = &m};
    pim_router_receive(s->router, s->now, &in);
}

static void neighbor(struct story *s, const uint8_t *b)
{
    uint32_t iface = b[1] % N_IFACES;
    struct pim_msg m = {.kind = PIM_HELLO,
                        .family = IP_V4,
                        .u.hello = {.has_holdtime = true,
                                    .holdtime_s = b[2] & 1 ? 105 : b[2],
                                    .has_lan_delay = b[3] & 1,
                                    .t_bit = b[3] & 2,
                                    .override_ms = (uint16_t)(b[3] << 4),
                                    .has_priority = b[3] & 4,
                                    .dr_priority = b[3] >> 5,
                                    .has_gen_id = true,
                                    .gen_id = b[3] >> 3 & 1}};
    struct pim_input in = {.iface = iface, .src = on_link(iface, 2u + (b[1] >> 6)), .msg = &m};
    pim_router_receive(s->router, s->now, &in);
}

static void contest(struct story *s, const uint8_t *b)
{
    uint32_t iface = b[1] % N_IFACES;
    const struct pim_msg m = {
        .kind = PIM_ASSERT,
        .family = IP_V4,
        .u.assert = {.group = {group(b[1] >> 4), 32},
                     .source = b[2] & 1 ? ip_addr_any(IP_V4) : source(b[2] >> 1),
                     .rpt = b[3] & 1,
                     .preference = b[3] == 255 ? PIM_PREFERENCE_MAX : 100,
                     .metric = b[3] == 255 ? PIM_METRIC_INFINITE : b[3]}};
    const struct pim_input in = {
        .iface = iface, .src = on_link(iface, 2u + (b[2] >> 6)), .msg = &m};
    pim_router_receive(s->router, s->now, &in);
}

static void far_message(struct story *s, const uint8_t *b)
{
    struct ip_addr a;
    struct pim_msg m = {.kind = b[3] & 1 ? PIM_REGISTER : PIM_REGISTER_STOP, .family = IP_V4};
    if (m.kind == PIM_REGISTER)
        m.u.reg = (struct pim_register){
            .null = b[3] & 2, .source = source(b[2]), .group = group(b[1]), .inner_len = 100};
    else
        m.u.stop = (struct pim_register_stop){{group(b[1]), 32},
                                              b[3] & 2 ? ip_addr_any(IP_V4) : source(b[2])};
    const struct pim_input in = {
        .iface = PIM_NO_IFACE, .src = on_link(1, 9), .dst = *rp(&a), .msg = &m};
    pim_router_receive(s->router, s->now, &in);
}

static void bootstrap(struct story *s, const uint8_t *b)
{
    struct ip_addr a;
    uint32_t iface = b[1] % N_IFACES;
    struct pim_rp rps[2] = {{*rp(&a), b[2], 1}, {ip_addr_v4(0x0a610001), b[3], 1}};
    struct pim_range range = {.prefix = {ip_addr_v4(0xe0000000), 4},
                              .n_all = 1u + (b[2] & 1),
                              .rps = rps,
                              .n_rps = 1u + (b[2] & 1)};
    const struct pim_msg m = {.kind = PIM_BOOTSTRAP,
                              .family = IP_V4,
                              .u.bootstrap = {.fragment_tag = b[2],
                                              .hash_mask_len = 30,
                                              .priority = b[3],
                                              .no_forward = b[1] & 0x80,
                                              .bsr = ip_addr_v4(0x0a600001 + (b[1] >> 6 & 1)),
                                              .ranges = &range,
                                              .n_ranges = 1}};
    const struct pim_input in = {
        .iface = iface, .src = on_link(iface, 2u + (b[1] >> 4 & 3)), .msg = &m};
    pim_router_receive(s->router, s->now, &in);
}

static void member(struct story *s, const uint8_t *b)
{
    struct ip_filter f = {.exclude = b[2] & 1};
    struct ip_addr g = group(b[1] >> 4), a;
    for (uint8_t i = 0; i < N_SOURCES; i++)
        if (b[3] >> i & 1) {
            a = source(i);
            ip_set_add(&f.sources, &a);
        }
    pim_router_member(s->router, s->now, b[1] % N_IFACES, &g, &f);
    ip_filter_fini(&f);
}

static void data(struct story *s, const uint8_t *b)
{
    uint64_t oifs[1];
    uint8_t packet[40] = {0x45};
    const struct pim_data d = {.iface = b[1] % N_IFACES,
                               .group = group(b[1] >> 4),
                               .source = source(b[2]),
                               .inner = packet,
                               .inner_len = sizeof packet};
    enum pim_fate fate = pim_router_data(s->router, s->now, &d, oifs);
    SIM_CHECK(!pim_set_has(oifs, d.iface), "data goes back");
    SIM_CHECK(fate == PIM_FATE_TAKEN || oifs[0] == 0, "refused and forwarded");
}

/* One step of the story (dispatch). */
static void step(struct story *s, const uint8_t *b)
{
    switch (b[0] & 15) {
    case 0:
    case 1:
    case 2:
    case 3:
        join_prune(s, b);
        break;
    case 4:
    case 5:
        neighbor(s, b);
        break;
    case 6:
        contest(s, b);
        break;
    case 7:
        far_message(s, b);
        break;
    case 8:
        bootstrap(s, b);
        break;
    case 9:
    case 10:
        member(s, b);
        break;
    case 11:
        s->routes = b[1];
        pim_router_routes_changed(s->router, s->now);
        break;
    case 12:
        pim_router_set_iface(s->router, s->now, b[1] % N_IFACES, b[2] & 3);
        break;
    default:
        data(s, b);
        break;
    }
}

static void silence(struct story *s)
{
    const struct ip_filter nobody = {0};
    for (uint32_t i = 0; i < N_IFACES; i++)
        for (uint8_t g = 0; g < N_GROUPS; g++) {
            struct ip_addr a = group(g);
            pim_router_member(s->router, s->now, i, &a, &nobody);
        }
    wait(s, s->now + SIM_S(2000));
    SIM_CHECK(pim_router_n_groups(s->router) == 0, "%u groups are left",
              pim_router_n_groups(s->router));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct story s = {.cfg = pim_cfg_default(IP_V4)};
    struct ip_addr a;
    if (size < 2)
        return 0;
    for (uint32_t i = 0; i < N_IFACES; i++)
        s.ifaces[i] = (struct pim_iface_cfg){.addr = on_link(i, 1), .dr_priority = 1};
    struct ip_addr second = *rp(&a);
    if (bytes[0] & 1) { /* it is the RP itself */
        s.ifaces[0].secondary = &second;
        s.ifaces[0].n_secondary = 1;
    }
    s.cfg.is_candidate_bsr = bytes[0] & 2;
    s.cfg.bsr_addr = on_link(0, 1);
    s.cfg.spt = (enum pim_spt)(bytes[0] >> 2 & 3) % 3;
    s.cfg.spt_bps = 1000;
    const struct pim_router_io io = {.obj = &s,
                                     .route = route,
                                     .send = send,
                                     .changed = changed,
                                     .key = rng_key_make(1, 1, RNG_TEST)};
    s.router = pim_router_open(&s.cfg, &io, s.ifaces, N_IFACES);
    const struct ip_prefix all = {ip_addr_v4(0xe0000000), 4};
    if (bytes[0] & 16)
        pim_router_set_rp(s.router, 0, &all, rp(&a), 0);
    pim_router_start(s.router, 0);
    struct rd r;
    rd_init(&r, bytes + 1, size - 1);
    for (int i = 0; i < MAX_STEPS && rd_left(&r) >= 5; i++) {
        uint8_t op = rd_u8(&r);
        wait(&s, s.now + (op & 0x80 ? SIM_S(op & 0x7f) : SIM_MS(op)));
        step(&s, rd_bytes(&r, 4));
    }
    silence(&s);
    pim_router_close(s.router);
    return 0;
}
