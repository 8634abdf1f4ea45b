/* SPDX-License-Identifier: GPL-2.0-only
 * Rows of a network: what it is made of, what interfaces want, what is forwarded, what ended. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "models/ip/net_internal.h"
#include "sim/mem.h"

static void text_clear(struct ip_net *net)
{
    net->text_len = 0;
}

/* Append a word, with a space before all but the first. */
static void text_add(struct ip_net *net, const char *word)
{
    size_t len = strlen(word);
    if (net->text_len + len + 2 > net->text_cap) {
        net->text_cap = 2 * (net->text_len + len + 2);
        net->text = mem_grow(net->text, net->text_cap, 1);
    }
    if (net->text_len > 0)
        net->text[net->text_len++] = ' ';
    memcpy(net->text + net->text_len, word, len + 1);
    net->text_len += len;
}

static const char *text_or_null(const struct ip_net *net)
{
    return net->text_len ? net->text : NULL;
}

static const char *address(const struct ip_addr *a, char buf[IP_TEXT_SIZE])
{
    return a->family == IP_NONE ? NULL : ip_addr_print(a, buf);
}

static void row_node(struct ip_net *net, uint32_t node)
{
    const struct ip_plan *p = net->s.plan;
    const struct ip_plan_group *g = ip_plan_group_of(p, node);
    struct row_node r = {.id = net->ids[node],
                         .kind = NODE_IP_HOST + g->kind,
                         .name = p->node_name[node],
                         .group_name = g->name,
                         .index_in_group = node - g->first,
                         .network = ROW_NULL,
                         .x_mm = ROW_NULL,
                         .y_mm = ROW_NULL,
                         .z_mm = ROW_NULL};
    trace_row(net->s.trace, ROW_NODE, &r);
}

static void row_interface(struct ip_net *net, uint32_t node, uint32_t iface)
{
    const struct ip_plan *p = net->s.plan;
    const struct ip_node_iface *f = &p->ifaces[p->graph.first_of[node] + iface - 1];
    char mac[IP_MAC_TEXT_SIZE], v4[IP_TEXT_SIZE], v6[IP_TEXT_SIZE], v6_link[IP_TEXT_SIZE];
    struct row_ip_interface r = {.node = net->ids[node],
                                 .iface = iface,
                                 .link =
                                     net->links[ip_graph_link_of(&p->graph, node, iface - 1)].id,
                                 .mac = net->nodes[node] ? ip_mac_print(f->mac, mac) : NULL,
                                 .ipv4 = address(&f->addr.v4, v4),
                                 .ipv6 = address(&f->addr.v6, v6),
                                 .ipv6_link = address(&f->addr.v6_link, v6_link)};
    trace_row(net->s.trace, ROW_IP_INTERFACE, &r);
}

static void row_link(struct ip_net *net, uint32_t link)
{
    const struct ip_plan *p = net->s.plan;
    const struct ip_medium_cfg *m = ip_plan_links_of(p, link)->medium;
    char name[96];
    struct row_ip_link r = {.id = net->links[link].id,
                            .name = ip_plan_link_name(p, link, name, sizeof name),
                            .medium = m->kind == IP_LINK_CSMA ? "csma" : "point_to_point",
                            .rate_bps = ip_plan_rate_bps(p, link),
                            .delay_ns = ip_plan_delay_ns(p, link),
                            .segment = ip_topology_segment(p->topology, link)};
    trace_row(net->s.trace, ROW_IP_LINK, &r);
}

void net_rows_begin(struct ip_net *net)
{
    const struct ip_graph *g = &net->s.plan->graph;
    for (uint32_t i = 0; i < g->n_nodes; i++)
        row_node(net, i);
    for (uint32_t i = 0; i < g->n_links; i++)
        row_link(net, i);
    for (uint32_t i = 0; i < g->n_nodes; i++)
        for (uint32_t k = 1; k <= g->n_ifaces[i]; k++)
            row_interface(net, i, k);
}

void net_row_membership(struct ip_net *net, uint32_t node, uint32_t iface, enum ip_side side,
                        const struct ip_addr *group, const struct ip_filter *f)
{
    char buf[IP_TEXT_SIZE], group_text[IP_TEXT_SIZE];
    if (!trace_wants(net->s.trace, ROW_IP_MEMBERSHIP))
        return;
    text_clear(net);
    for (uint32_t i = 0; i < f->sources.n; i++)
        text_add(net, ip_addr_print(&f->sources.v[i], buf));
    struct row_ip_membership r = {.at_ns = evq_now(net->s.q),
                                  .node = net->ids[node],
                                  .iface = iface,
                                  .side = side,
                                  .group_addr = ip_addr_print(group, group_text),
                                  .mode = !ip_filter_is_member(f) ? "none"
                                          : f->exclude            ? "exclude"
                                                                  : "include",
                                  .sources = text_or_null(net)};
    trace_row(net->s.trace, ROW_IP_MEMBERSHIP, &r);
}

void net_row_entry(struct ip_net *net, uint32_t node, const struct ip_mfc_entry *e, bool gone)
{
    char src[IP_TEXT_SIZE], group[IP_TEXT_SIZE], number[12];
    if (!trace_wants(net->s.trace, ROW_IP_FORWARDING))
        return;
    text_clear(net);
    for (uint32_t i = 0; !gone && (i = ip_ifset_next(&e->out, i));) {
        snprintf(number, sizeof number, "%" PRIu32, i);
        text_add(net, number);
    }
    struct row_ip_forwarding r = {.at_ns = evq_now(net->s.q),
                                  .node = net->ids[node],
                                  .source =
                                      ip_addr_is_any(&e->src) ? "*" : ip_addr_print(&e->src, src),
                                  .group_addr = ip_addr_print(&e->group, group),
                                  .in_iface = gone ? ROW_NULL : e->iface,
                                  .out_ifaces = text_or_null(net)};
    trace_row(net->s.trace, ROW_IP_FORWARDING, &r);
}

void net_row_state(struct ip_net *net, uint32_t link, bool up)
{
    struct row_ip_link_state r = {
        .at_ns = evq_now(net->s.q), .link = net->links[link].id, .up = up};
    trace_row(net->s.trace, ROW_IP_LINK_STATE, &r);
}

void net_row_drop(struct ip_net *net, uint32_t node, uint32_t iface, const char *protocol,
                  const char *reason, uint64_t n)
{
    struct row_ip_drop r = {.node = net->ids[node],
                            .iface = iface,
                            .protocol = protocol,
                            .reason = reason,
                            .n = (int64_t)n};
    if (n > 0)
        trace_row(net->s.trace, ROW_IP_DROP, &r);
}

/* Messages for the other side of a link are no fault of anybody. */
static void rows_drops(struct ip_net *net, uint32_t node, uint32_t iface)
{
    const struct ip_node_drops *d = ip_node_drops(net->nodes[node], iface);
    if (!d)
        return;
    for (int i = IP_DROP_NONE + 1; i < N_IP_DROPS; i++)
        net_row_drop(net, node, iface, "data", ip_drop_text((enum ip_drop)i), d->data[i]);
    for (int f = 0; f < 2; f++)
        for (int i = GMP_DROP_NONE + 1; i < GMP_N_REASONS; i++)
            if (i != GMP_DROP_ROLE)
                net_row_drop(net, node, iface, f ? "mld" : "igmp",
                             gmp_reason_text((enum gmp_reason)i), d->gmp[f][i]);
    for (int i = PIM_DROP_NONE + 1; i < PIM_N_REASONS; i++)
        net_row_drop(net, node, iface, "pim", pim_reason_text((enum pim_reason)i), d->pim[i]);
}

static void row_link_stat(struct ip_net *net, uint32_t link, int kind)
{
    const struct net_link *l = &net->links[link];
    const struct net_count *c = &l->count[kind];
    const struct net_lost lost = l->lost ? l->lost[kind] : (struct net_lost){0};
    struct row_ip_link_stat r = {.link = net->links[link].id,
                                 .kind = kind,
                                 .n_packets = (int64_t)c->n_packets,
                                 .n_bytes = (int64_t)c->n_bytes,
                                 .n_queue = (int64_t)lost.n_queue,
                                 .n_down = (int64_t)lost.n_down,
                                 .n_lost = (int64_t)lost.n_lost,
                                 .n_cut = (int64_t)lost.n_cut};
    if (c->n_packets + lost.n_lost + lost.n_cut > 0)
        trace_row(net->s.trace, ROW_IP_LINK_STAT, &r);
}

void net_rows_end(struct ip_net *net)
{
    const struct ip_graph *g = &net->s.plan->graph;
    for (uint32_t i = 0; i < g->n_links; i++)
        for (int k = 0; k < N_IP_TRAFFIC; k++)
            row_link_stat(net, i, k);
    for (uint32_t i = 0; i < g->n_nodes; i++)
        for (uint32_t k = 1; net->nodes[i] && k <= g->n_ifaces[i]; k++) {
            rows_drops(net, i, k);
            net_neighbors_rows(net, i, k - 1);
        }
}
