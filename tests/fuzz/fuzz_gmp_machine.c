/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target: any bytes as a story of messages, socket changes and waiting for a host and a router
 * that also hear each other. Wakes lead forward, times end, and what the router forwards is what
 * its timers say. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "models/ip/gmp_host.h"
#include "models/ip/gmp_router.h"
#include "sim/bytes.h"
#include "sim/err.h"

enum { MAX_SOURCES = 8, MAX_STEPS = 400 };

struct pair {
    struct gmp_cfg cfg;
    struct gmp_room room;
    struct gmp_host host;
    struct gmp_router router;
    sim_time now;
    int n_sent;
};

static void count(void *obj, const struct gmp_msg *m)
{
    struct pair *p = obj;
    size_t mtu = p->cfg.mtu;
    SIM_CHECK(gmp_size(m) <= mtu, "%zu octets", gmp_size(m));
    p->n_sent++;
}

static void look(void *obj, const struct ip_addr *group)
{
    struct pair *p = obj;
    struct ip_addr source = ip_addr_v4(0x0a000001);
    gmp_router_wants(&p->router, p->now, group, &source);
}

static size_t pick_sources(uint8_t mask, struct ip_addr *v)
{
    size_t n = 0;
    for (unsigned i = 0; i < MAX_SOURCES; i++)
        if (mask >> i & 1)
            v[n++] = ip_addr_v4(0x0a000001 + i);
    return n;
}

static void wait(struct pair *p, sim_time t)
{
    for (int n = 0; gmp_host_next(&p->host) <= t || gmp_router_next(&p->router) <= t; n++) {
        sim_time a = gmp_host_next(&p->host), b = gmp_router_next(&p->router);
        p->now = a < b ? a : b;
        gmp_host_wake(&p->host, p->now);
        gmp_router_wake(&p->router, p->now);
        SIM_CHECK(gmp_host_next(&p->host) > p->now, "host");
        SIM_CHECK(gmp_router_next(&p->router) > p->now, "router");
        SIM_CHECK(n < 100000, "wakes without end");
    }
    p->now = t;
}

static void hear(struct pair *p, uint8_t what, uint8_t group, uint8_t mask)
{
    struct ip_addr v[MAX_SOURCES], src = ip_addr_v4(0x0a000000u + what);
    struct gmp_record rec = {.type = (uint8_t)(1 + (what >> 4) % GMP_N_RECORD_TYPES),
                             .group = ip_addr_v4(0xef000000u + group % 4),
                             .sources = v,
                             .n_sources = pick_sources(mask, v)};
    struct gmp_msg m = {.kind = what % 3,
                        .version = (uint8_t)(1 + what / 3 % 3),
                        .family = IP_V4,
                        .group = group & 8 ? ip_addr_any(IP_V4) : rec.group,
                        .s_flag = what & 64,
                        .qrv = group >> 4 & 7,
                        .max_resp = SIM_MS(100) * mask,
                        .qqi = SIM_S(1) * (group & 0x70)};
    if (m.version == GMP_V3 && m.kind == GMP_QUERY) {
        m.sources = v;
        m.n_sources = group & 8 ? 0 : rec.n_sources;
    } else if (m.version == GMP_V3) {
        m.kind = GMP_REPORT;
        m.records = &rec;
        m.n_records = 1;
    } else if (m.kind != GMP_QUERY) {
        m.group = rec.group;
    }
    gmp_host_receive(&p->host, p->now, &m);
    gmp_router_receive(&p->router, p->now, &src, &m);
}

static void want(struct pair *p, uint8_t what, uint8_t group, uint8_t mask)
{
    struct ip_addr v[MAX_SOURCES], g = ip_addr_v4(0xef000000u + group % 4);
    struct ip_filter f = {.exclude = what & 1};
    ip_set_assign(&f.sources, v, pick_sources(mask, v));
    gmp_host_set(&p->host, p->now, &g, &f);
    ip_filter_fini(&f);
}

/* Between wakes no timer of a group may lie behind. */
static void check(const struct pair *p)
{
    for (uint32_t i = 0; i < p->router.n_groups; i++) {
        const struct gmp_group *g = p->router.groups[i];
        SIM_CHECK(gmp_group_next(g) > p->now, "a timer was missed");
        SIM_CHECK(gmp_group_next(g) >= p->router.groups_at, "a wake comes too late");
        SIM_CHECK(g->exclude || g->n_sources > 0, "an empty group");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct pair p = {.cfg = gmp_cfg_default(IP_V4)};
    p.cfg.version = (uint8_t)(1 + data[0] % 3);
    p.cfg.fast_leave = data[0] & 4;
    p.cfg.robustness = (uint8_t)(1 + data[1] % 9);
    p.cfg.mtu = 100;
    const struct gmp_host_io host_io = {
        .obj = &p, .send = count, .room = &p.room, .key = rng_key_make(1, 1, RNG_TEST)};
    const struct gmp_router_io router_io = {.obj = &p, .send = count, .changed = look};
    const struct ip_addr own = ip_addr_v4(0x0a000080);
    gmp_host_init(&p.host, &p.cfg, &host_io);
    gmp_router_init(&p.router, &p.cfg, &router_io, &own);
    gmp_router_start(&p.router, 0);
    struct rd r;
    rd_init(&r, data + 2, size - 2);
    for (int i = 0; i < MAX_STEPS && rd_left(&r) >= 4; i++) {
        uint8_t op = rd_u8(&r), what = rd_u8(&r), group = rd_u8(&r), mask = rd_u8(&r);
        wait(&p, p.now + (op & 0x80 ? SIM_S(op & 0x7f) : SIM_MS(op)));
        if (what & 1)
            hear(&p, what >> 1, group, mask);
        else
            want(&p, what >> 1, group, mask);
        check(&p);
    }
    wait(&p, p.now + SIM_S(1));
    gmp_host_fini(&p.host);
    gmp_router_fini(&p.router);
    gmp_room_fini(&p.room);
    return 0;
}
