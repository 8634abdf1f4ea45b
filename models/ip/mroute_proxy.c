/* SPDX-License-Identifier: GPL-2.0-only
 * Entries of the forwarding table from a proxy's answers. */
#include "models/ip/mroute_proxy.h"

#include <stdlib.h>

#include "models/ip/proxy.h"
#include "sim/err.h"
#include "sim/mem.h"

struct role {
    struct ip_node *node;
    struct ip_proxy proxy[2]; /* IPv4, IPv6 */
    bool speaks[2];
    uint32_t iface_of[IP_PROXY_MAX_DOWN + 1]; /* the node's, of each of the proxy's */
    unsigned n_ifaces;
    bool queriers[2][IP_PROXY_MAX_DOWN + 1]; /* as they were told last */
};

static unsigned family_index(const struct ip_addr *a)
{
    return a->family == IP_V6;
}

/* The proxy's number of a node's interface. */
static unsigned number_of(const struct role *r, uint32_t iface)
{
    unsigned i = 0;
    while (r->iface_of[i] != iface)
        i++;
    return i;
}

static void on_send(void *obj, unsigned iface, const struct gmp_msg *m)
{
    struct role *r = obj;
    ip_node_send_message(r->node, r->iface_of[iface], m);
}

/* A datagram has to come from the side of its source; without a route, from where it comes. */
static void resolve(struct role *r, sim_time now, const struct ip_addr *src,
                    const struct ip_addr *group, uint32_t came)
{
    const struct ip_proxy *p = &r->proxy[family_index(group)];
    uint32_t from = ip_node_route(r->node, src);
    struct ip_ifset out = {0};
    if (!r->speaks[family_index(group)])
        return;
    if (from == 0)
        from = came;
    ip_proxy_ifaces ports = ip_proxy_forward(p, now, number_of(r, from), src, group);
    for (unsigned i = 0; i < r->n_ifaces; i++)
        if (ports >> i & 1)
            ip_ifset_add(&out, r->iface_of[i]);
    ip_node_set_entry(r->node, src, group, from, &out);
}

static void resolve_all(void *obj, sim_time now)
{
    struct role *r = obj;
    const struct ip_mfc *t = ip_node_mfc(r->node);
    for (uint32_t i = 0; i < t->n; i++) {
        const struct ip_mfc_entry *e = t->entries[i];
        resolve(r, now, &e->src, &e->group, e->iface);
    }
}

static void on_changed(void *obj, unsigned iface, const struct ip_addr *group)
{
    struct role *r = obj;
    struct ip_proxy *p = &r->proxy[family_index(group)];
    const struct gmp_group *g = gmp_router_group(&p->down[iface - 1].router, group);
    struct ip_filter f = {0};
    if (g)
        gmp_group_view(g, p->now, &f);
    ip_node_tell_members(r->node, r->iface_of[iface], group, &f);
    ip_filter_fini(&f);
    ip_node_settle_soon(r->node);
}

/* A proxy that is outbid on a link does not forward there. */
static void note_queriers(struct role *r)
{
    bool changed = false;
    for (int f = 0; f < 2; f++)
        for (unsigned i = 1; r->speaks[f] && i < r->n_ifaces; i++) {
            bool is = r->proxy[f].down[i - 1].router.querier;
            changed |= is != r->queriers[f][i];
            r->queriers[f][i] = is;
        }
    if (changed)
        ip_node_settle_soon(r->node);
}

static void on_start(void *obj, sim_time now)
{
    struct role *r = obj;
    for (int f = 0; f < 2; f++)
        if (r->speaks[f])
            ip_proxy_start(&r->proxy[f], now);
    note_queriers(r);
}

static void on_close(void *obj)
{
    struct role *r = obj;
    for (int f = 0; f < 2; f++)
        if (r->speaks[f])
            ip_proxy_fini(&r->proxy[f]);
    free(r);
}

static enum gmp_reason on_message(void *obj, sim_time now, uint32_t iface,
                                  const struct ip_addr *src, const struct gmp_msg *m)
{
    struct role *r = obj;
    unsigned f = m->family == IP_V6;
    if (!r->speaks[f])
        return GMP_DROP_ROLE;
    enum gmp_reason reason = ip_proxy_receive(&r->proxy[f], now, number_of(r, iface), src, m);
    note_queriers(r);
    return reason;
}

static void on_no_entry(void *obj, sim_time now, uint32_t iface, const struct ip_parcel *p)
{
    resolve(obj, now, &p->src, &p->dst, iface);
}

static void on_wake(void *obj, sim_time now)
{
    struct role *r = obj;
    for (int f = 0; f < 2; f++)
        if (r->speaks[f])
            ip_proxy_wake(&r->proxy[f], now);
    note_queriers(r);
}

static sim_time on_next(const void *obj)
{
    const struct role *r = obj;
    sim_time at = SIM_NEVER;
    for (int f = 0; f < 2; f++) {
        sim_time t = r->speaks[f] ? ip_proxy_next(&r->proxy[f]) : SIM_NEVER;
        at = t < at ? t : at;
    }
    return at;
}

static const struct ip_mrouting_ops ops = {
    .start = on_start,
    .close = on_close,
    .message = on_message,
    .no_entry = on_no_entry,
    .settle = resolve_all,
    .routes = resolve_all,
    .wake = on_wake,
    .next = on_next,
};

static void open_family(struct role *r, int f, const struct ip_mroute_proxy_cfg *cfg)
{
    struct ip_addr own[IP_PROXY_MAX_DOWN + 1];
    for (unsigned i = 0; i < r->n_ifaces; i++) {
        const struct ip_iface *a = &ip_node_iface(r->node, r->iface_of[i])->addr;
        own[i] = f ? a->v6_link : a->v4;
    }
    struct ip_proxy_cfg c = {.up = *cfg->gmp[f],
                             .down = *cfg->gmp[f],
                             .n_down = r->n_ifaces - 1,
                             .own = own,
                             .room = cfg->room,
                             .key = cfg->key,
                             .entity = cfg->entity << 8 | cfg->upstream,
                             .obj = r,
                             .send = on_send,
                             .changed = on_changed};
    int rc = ip_proxy_init(&r->proxy[f], &c);
    SIM_CHECK(rc == SIM_OK, "a proxy of %u interfaces", r->n_ifaces);
    r->speaks[f] = true;
}

int ip_mroute_proxy(struct ip_node *n, const struct ip_mroute_proxy_cfg *cfg)
{
    uint32_t count = ip_node_n_ifaces(n);
    if (count < 2 || count > IP_PROXY_MAX_DOWN + 1)
        return SIM_ERANGE;
    struct role *r = mem_alloc(1, sizeof *r);
    *r = (struct role){.node = n, .n_ifaces = count};
    r->iface_of[IP_PROXY_UPSTREAM] = cfg->upstream;
    for (uint32_t i = 1, k = 1; i <= count; i++)
        if (i != cfg->upstream)
            r->iface_of[k++] = i;
    for (int f = 0; f < 2; f++)
        if (cfg->gmp[f])
            open_family(r, f, cfg);
    ip_node_set_mrouting(n, &ops, r);
    return SIM_OK;
}
