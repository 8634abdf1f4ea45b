/* SPDX-License-Identifier: GPL-2.0-only
 * Addresses of interfaces: given, or assigned from 10.0.0.0/8 and fd00::/8 by segment.
 *
 * IPv6: | fd00:0 32 | segment, from 1 on 32 | 02-00-node-iface as modified EUI-64 64 |
 * IPv4: a block of a power of two for each segment, with room for all its interfaces. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "models/ip/plan_internal.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/ns3/ns3_net.h"

static struct ip_node_iface *iface_of(const struct ip_plan *p, uint32_t node, uint32_t iface)
{
    return &p->ifaces[p->graph.first_of[node] + iface - 1];
}

/* RFC 4291 appendix A: ff:fe in the middle, the universal bit inverted. */
static void set_eui64(struct ip_addr *a, const uint8_t mac[6])
{
    const uint8_t id[8] = {
        (uint8_t)(mac[0] ^ 2), mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]};
    memcpy(a->b + 8, id, sizeof id);
}

static int give(struct ip_plan *p, const char *const *field, uint32_t node, uint32_t iface,
                struct ip_addr *to, struct sim_error *e)
{
    struct ip_addr a;
    struct ip_end owner;
    uint8_t family = to == &iface_of(p, node, iface)->addr.v4 ? IP_V4 : IP_V6;
    if (!*field)
        return SIM_OK;
    if (ip_addr_parse(*field, &a) || a.family != family)
        return scenario_fail(p->scenario, field, e, "found \"%.60s\", allowed an IPv%d address",
                             *field, family);
    if (!ip_addr_is_source(&a) || ip_addr_is_link_local(&a))
        return scenario_fail(p->scenario, field, e,
                             "found %.60s, which no interface can have; use a unicast address, "
                             "not a link-local one",
                             *field);
    if (to->family != IP_NONE)
        return scenario_fail(p->scenario, field, e, "%s has an IPv%d address on this link already",
                             p->node_name[node], family);
    if (ip_topology_give(p->topology, &a, node, iface - 1)) {
        ip_topology_owner(p->topology, &a, &owner);
        return scenario_fail(p->scenario, field, e,
                             "found %.60s, which %s has, too; each interface needs its own", *field,
                             p->node_name[owner.node]);
    }
    *to = a;
    return SIM_OK;
}

static int take_given(struct ip_plan *p, const struct ip_address_cfg *c, struct sim_error *e)
{
    struct ip_list nodes;
    uint32_t iface = 1;
    int rc = plan_nodes(p, &c->node, false, &nodes, e);
    uint32_t node = rc ? 0 : nodes.v[0];
    free(nodes.v);
    if (rc)
        return rc;
    if (p->layer[node] == IP_LAYER_FRAME)
        return scenario_fail(p->scenario, &c->node, e, "%s has no addresses: it is a %s",
                             p->node_name[node], ip_cfg_kind_name(ip_plan_group_of(p, node)->kind));
    if (p->graph.n_ifaces[node] == 0)
        return scenario_fail(p->scenario, &c->node, e, "%s has no link", p->node_name[node]);
    if (c->link && plan_iface_on(p, node, &c->link, &iface, e))
        return SIM_ESCENARIO;
    struct ip_iface *a = &iface_of(p, node, iface)->addr;
    rc = give(p, &c->v4, node, iface, &a->v4, e);
    return rc ? rc : give(p, &c->v6, node, iface, &a->v6, e);
}

/* Interfaces of each segment. */
static uint32_t *count_members(const struct ip_plan *p)
{
    uint32_t *n = mem_alloc(ip_topology_n_segments(p->topology), sizeof *n);
    for (uint32_t l = 0; l < p->graph.n_links; l++)
        for (uint32_t k = 0; k < p->graph.link[l].n; k++)
            if (p->layer[p->graph.end[p->graph.link[l].first + k].node] != IP_LAYER_FRAME)
                n[ip_topology_segment(p->topology, l)]++;
    return n;
}

/* Turn counts into the next free host number of each segment; the end of all. */
static uint64_t lay_out(uint32_t *members, uint32_t n)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t size = 4;
        while (size < (uint64_t)members[i] + 2)
            size *= 2;
        at = (at + size - 1) / size * size;
        members[i] = (uint32_t)at + 1;
        at += size;
    }
    return at;
}

static void assign_v4(struct ip_plan *p, uint32_t node, uint32_t iface, uint32_t *next)
{
    struct ip_addr *a = &iface_of(p, node, iface)->addr.v4;
    if (a->family != IP_NONE)
        return;
    do {
        *a = ip_addr_v4(0x0a000000 | (*next)++);
    } while (ip_topology_give(p->topology, a, node, iface - 1));
}

static void assign_v6(struct ip_plan *p, uint32_t node, uint32_t iface, uint32_t segment)
{
    struct ip_iface *a = &iface_of(p, node, iface)->addr;
    uint32_t number = segment + 1;
    if (!ip_plan_is_external(p, node)) { /* theirs are not known */
        a->v6_link = ip_addr_of("fe80::");
        set_eui64(&a->v6_link, iface_of(p, node, iface)->mac);
        ip_topology_give(p->topology, &a->v6_link, node, iface - 1);
    }
    if (a->v6.family != IP_NONE)
        return;
    a->v6 = ip_addr_of("fd00::");
    for (int i = 0; i < 4; i++)
        a->v6.b[4 + i] = (uint8_t)(number >> (24 - 8 * i));
    set_eui64(&a->v6, iface_of(p, node, iface)->mac);
    ip_topology_give(p->topology, &a->v6, node, iface - 1);
}

/* What the link gives to an interface. */
static void set_up(struct ip_plan *p, uint32_t node, uint32_t iface, uint32_t link)
{
    const struct ip_medium_cfg *m = ip_plan_links_of(p, link)->medium;
    struct ip_node_iface *f = iface_of(p, node, iface);
    ns3_net_address((int)node, (int)iface - 1, f->mac);
    f->addr.index = iface;
    f->ttl_threshold = (uint8_t)m->ttl_threshold;
    f->boundary = (uint8_t)m->boundary;
    f->mtu = (uint16_t)m->mtu_bytes;
}

static void assign(struct ip_plan *p, uint32_t *next)
{
    for (uint32_t l = 0; l < p->graph.n_links; l++)
        for (uint32_t k = 0; k < p->graph.link[l].n; k++) {
            struct ip_end end = p->graph.end[p->graph.link[l].first + k];
            uint32_t segment = ip_topology_segment(p->topology, l);
            set_up(p, end.node, end.iface + 1, l);
            if (p->layer[end.node] == IP_LAYER_FRAME)
                continue;
            if (ip_plan_speaks(p, IP_V4))
                assign_v4(p, end.node, end.iface + 1, &next[segment]);
            if (ip_plan_speaks(p, IP_V6))
                assign_v6(p, end.node, end.iface + 1, segment);
        }
}

/* Boxes of layer 2 do not tell anybody that a frame is too long for the next link. Links are in
 * the order of their numbers, segments in that of their first links. */
static int check_mtus(const struct ip_plan *p, struct sim_error *e)
{
    uint32_t n = ip_topology_n_segments(p->topology);
    uint32_t *first = mem_alloc(n, sizeof *first); /* of each segment, + 1 */
    int rc = SIM_OK;
    for (uint32_t l = 0; !rc && l < p->graph.n_links; l++) {
        uint32_t *f = &first[ip_topology_segment(p->topology, l)];
        *f = *f ? *f : l + 1;
        const struct ip_medium_cfg *m = ip_plan_links_of(p, l)->medium;
        const struct ip_medium_cfg *o = ip_plan_links_of(p, *f - 1)->medium;
        char name[96];
        if (m->mtu_bytes != o->mtu_bytes)
            rc = scenario_fail(p->scenario, &m->mtu_bytes, e,
                               "found %" PRId64 "B, but link %s of the same segment has %" PRId64
                               "B; give both the same",
                               m->mtu_bytes, ip_plan_link_name(p, *f - 1, name, sizeof name),
                               o->mtu_bytes);
    }
    free(first);
    return rc;
}

int plan_addresses(struct ip_plan *p, struct sim_error *e)
{
    const struct ip_address_cfg *given = p->cfg->addresses.items;
    int rc = SIM_OK;
    p->topology = ip_topology_open(&p->graph, p->layer);
    p->ifaces = mem_alloc(p->graph.n_ends, sizeof *p->ifaces);
    for (size_t i = 0; !rc && i < p->cfg->addresses.n; i++)
        rc = take_given(p, &given[i], e);
    if (!rc)
        rc = check_mtus(p, e);
    if (rc)
        return rc;
    uint32_t *next = count_members(p);
    if (lay_out(next, ip_topology_n_segments(p->topology)) > UINT32_C(1) << 24)
        rc = scenario_fail(p->scenario, &p->cfg->links, e,
                           "10.0.0.0/8 is too small for all interfaces; use fewer nodes");
    else
        assign(p, next);
    free(next);
    return rc;
}
