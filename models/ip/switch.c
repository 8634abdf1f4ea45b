/* SPDX-License-Identifier: GPL-2.0-only
 * Forwarding of hubs and switches. Sources: see switch.h. */
#include "models/ip/switch.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

enum { MAC_LEN = 6, LEARN_S = 300 };

struct ip_switch_cfg ip_switch_cfg_default(enum ip_switch_kind kind, unsigned n_ports)
{
    return (struct ip_switch_cfg){
        .kind = (uint8_t)kind,
        .n_ports = (uint8_t)n_ports,
        .v4 = gmp_cfg_default(IP_V4),
        .v6 = gmp_cfg_default(IP_V6),
        .learn = SIM_S(LEARN_S),
    };
}

int ip_switch_init(struct ip_switch *s, const struct ip_switch_cfg *cfg)
{
    *s = (struct ip_switch){.cfg = *cfg};
    ip_snoop_init(&s->v4, &s->cfg.v4, cfg->by_mac);
    ip_snoop_init(&s->v6, &s->cfg.v6, cfg->by_mac);
    return cfg->n_ports >= 1 && cfg->n_ports <= IP_SWITCH_MAX_PORTS ? SIM_OK : SIM_ERANGE;
}

void ip_switch_fini(struct ip_switch *s)
{
    ip_snoop_fini(&s->v4);
    ip_snoop_fini(&s->v6);
    free(s->stations);
    s->stations = NULL;
    s->n_stations = s->max_stations = 0;
}

static ip_ports bit(unsigned port)
{
    return (ip_ports)1 << port;
}

static ip_ports all_ports(const struct ip_switch *s)
{
    return ~(ip_ports)0 >> (IP_SWITCH_MAX_PORTS - s->cfg.n_ports);
}

static bool is_group_mac(const uint8_t *mac)
{
    return mac[0] & 1;
}

static uint32_t station_place(const struct ip_switch *s, const uint8_t *mac)
{
    uint32_t lo = 0, hi = s->n_stations;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (memcmp(s->stations[mid].mac, mac, MAC_LEN) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct ip_station *find_station(const struct ip_switch *s, const uint8_t *mac)
{
    uint32_t i = station_place(s, mac);
    return i < s->n_stations && memcmp(s->stations[i].mac, mac, MAC_LEN) == 0 ? &s->stations[i]
                                                                              : NULL;
}

/* A group is never a source: such an address teaches nothing. */
static void learn(struct ip_switch *s, sim_time now, const struct ip_frame *f)
{
    if (is_group_mac(f->src_mac))
        return;
    struct ip_station *k = find_station(s, f->src_mac);
    if (!k) {
        uint32_t i = station_place(s, f->src_mac);
        if (s->n_stations == s->max_stations) {
            s->max_stations = s->max_stations ? 2 * s->max_stations : 8;
            s->stations = mem_grow(s->stations, s->max_stations, sizeof *s->stations);
        }
        memmove(s->stations + i + 1, s->stations + i, (s->n_stations - i) * sizeof *s->stations);
        s->n_stations++;
        k = &s->stations[i];
        memcpy(k->mac, f->src_mac, MAC_LEN);
    }
    k->port = (uint8_t)f->port;
    k->heard = now;
}

static ip_ports to_station(const struct ip_switch *s, sim_time now, const uint8_t *mac)
{
    const struct ip_station *k = find_station(s, mac);
    return k && now - k->heard < s->cfg.learn ? bit(k->port) : all_ports(s);
}

static struct ip_snoop *table(struct ip_switch *s, uint8_t family)
{
    return family == IP_V4 ? &s->v4 : &s->v6;
}

static sim_time present(const struct gmp_cfg *cfg)
{
    return gmp_times_of(cfg, cfg->robustness, cfg->query_interval).other_querier;
}

ip_ports ip_switch_routers(const struct ip_switch *s, sim_time now)
{
    ip_ports ports = s->cfg.router_ports & all_ports(s);
    for (unsigned i = 0; i < s->cfg.n_ports; i++)
        if (now < s->router_until[i])
            ports |= bit(i);
    return ports;
}

/* A router or querier is behind the port. */
static void note_router(struct ip_switch *s, sim_time now, const struct ip_frame *f)
{
    bool v4 = f->dst.family == IP_V4, query = f->m && f->m->kind == GMP_QUERY;
    sim_time until = now + present(v4 ? &s->cfg.v4 : &s->cfg.v6);
    s->router_until[f->port] = until;
    if (query)
        s->querier_until[v4 ? 0 : 1] = until;
}

/* Queries go everywhere, reports to routers only: a member that heard another one's report of
 * version 1 or 2 would stay silent (RFC 4541 section 2.1.1 rule 1). */
static ip_ports forward_membership(struct ip_switch *s, sim_time now, const struct ip_frame *f)
{
    struct ip_snoop *t = table(s, f->dst.family);
    if (f->m->kind != GMP_QUERY) {
        ip_snoop_report(t, now, f->port, f->m);
        return ip_switch_routers(s, now);
    }
    if (!ip_addr_is_any(&f->src))
        note_router(s, now, f);
    ip_snoop_query(t, now, f->m);
    return all_ports(s);
}

/* 224.0.0.0/24 and ff02::1 always go everywhere; other link-local groups of IPv6 are reported
 * (RFC 4541 section 2.1.2 rule 2 and section 3). */
static bool is_flooded(const struct ip_addr *group)
{
    if (group->family == IP_V4)
        return !ip_group_is_routed(group);
    return !ip_group_is_reported(group);
}

static ip_ports forward_group(struct ip_switch *s, sim_time now, const struct ip_frame *f)
{
    bool known, v4 = f->dst.family == IP_V4;
    if (is_flooded(&f->dst))
        return all_ports(s);
    if (s->cfg.flood_without_querier && now >= s->querier_until[v4 ? 0 : 1])
        return all_ports(s);
    ip_ports members = ip_snoop_ports(table(s, f->dst.family), now, &f->dst, &f->src, &known);
    if (!known)
        members = s->cfg.flood_unknown ? all_ports(s) : s->cfg.flood_ports & all_ports(s);
    return members | ip_switch_routers(s, now);
}

static ip_ports snoop(struct ip_switch *s, sim_time now, const struct ip_frame *f)
{
    if (!f->is_ip || !ip_addr_is_multicast(&f->dst))
        return f->reason == GMP_DROP_CHECKSUM ? 0 : all_ports(s);
    if (f->router_hello)
        note_router(s, now, f);
    switch (f->reason) {
    case GMP_DROP_NONE:
        return forward_membership(s, now, f);
    case GMP_DROP_PROTOCOL:
        return forward_group(s, now, f);
    case GMP_DROP_CHECKSUM:
        return 0; /* no state, and nobody else shall have it */
    default:
        return all_ports(s); /* unknown types and versions */
    }
}

ip_ports ip_switch_forward(struct ip_switch *s, sim_time now, const struct ip_frame *f)
{
    SIM_CHECK(f->port < s->cfg.n_ports, "port %u of %d", f->port, s->cfg.n_ports);
    ip_ports out = all_ports(s);
    if (s->cfg.kind != IP_SWITCH_HUB) {
        learn(s, now, f);
        if (!is_group_mac(f->dst_mac))
            out = to_station(s, now, f->dst_mac);
        else if (s->cfg.kind == IP_SWITCH_SNOOP)
            out = snoop(s, now, f);
    }
    return out & ~bit(f->port);
}

ip_ports ip_switch_port_down(struct ip_switch *s, sim_time now, unsigned port)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_stations; i++)
        if (s->stations[i].port != port)
            s->stations[n++] = s->stations[i];
    s->n_stations = n;
    s->router_until[port] = 0;
    ip_snoop_port_down(&s->v4, port);
    ip_snoop_port_down(&s->v6, port);
    if (s->cfg.kind != IP_SWITCH_SNOOP)
        return 0;
    return all_ports(s) & ~bit(port) & ~ip_switch_routers(s, now);
}
