/* SPDX-License-Identifier: GPL-2.0-only
 * Rows of flows, of their receivers and of stays in groups. */
#include "models/ip/cast_internal.h"

static uint64_t count_lost(const struct cast_pair *p)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < 8 * p->n_octets; i++)
        n += cast_bit(p->expected, i) && !cast_bit(p->received, i);
    return n;
}

static unsigned row_pair(const struct cast_flow *f, const struct cast_pair *p)
{
    bool any = p->n_received + p->n_unexpected > 0;
    uint64_t lost = count_lost(p);
    struct row_ip_flow_stat r = {.flow = f->plan->name,
                                 .node = ip_plan_node_id(f->cast->s.plan, p->node),
                                 .n_expected = (int64_t)p->n_expected,
                                 .n_received = (int64_t)p->n_received,
                                 .n_lost = (int64_t)lost,
                                 .n_duplicate = (int64_t)p->n_duplicate,
                                 .n_unexpected = (int64_t)p->n_unexpected,
                                 .delay_min_ns = any ? p->delay_min : ROW_NULL,
                                 .delay_max_ns = any ? p->delay_max : ROW_NULL,
                                 .delay_sum_ns = p->delay_sum};
    trace_row(f->cast->s.trace, ROW_IP_FLOW_STAT, &r);
    return p->n_expected != p->n_received + lost;
}

/* Datagrams of a flow that were sent after the last one that came, and would have come by then. */
static int64_t count_missed(const struct cast_flow *f, const struct cast_receiver *r)
{
    const struct cast_pair *p = cast_pair_of(f, r->plan->node);
    const struct ip_traffic_cfg *t = f->plan->cfg;
    sim_time after = r->n_after ? r->last : r->left;
    sim_time by = r->wanted < f->cast->s.duration ? r->wanted : f->cast->s.duration;
    if (!p || p->n_received + p->n_unexpected == 0 ||
        !ip_filter_passes(&r->plan->wish->filter, &f->source))
        return 0;
    by -= p->delay_max;
    sim_time start = f->plan->start;
    int64_t n_after = after < start ? 0 : (after - start) / t->period_ns + 1;
    int64_t n_by = by < start ? 0 : (by - start) / t->period_ns + 1;
    int64_t n_all = (int64_t)f->n_sent + f->n_refused;
    n_by = n_by < n_all ? n_by : n_all;
    return n_by > n_after ? n_by - n_after : 0;
}

static int64_t or_null(sim_time t)
{
    return t == SIM_NEVER ? ROW_NULL : t;
}

static void row_stay(const struct ip_cast *c, const struct cast_receiver *r)
{
    char group[IP_TEXT_SIZE];
    bool left = r->left != SIM_NEVER;
    struct row_ip_join row = {.node = ip_plan_node_id(c->s.plan, r->plan->node),
                              .iface = r->iface,
                              .group_addr = ip_addr_print(&r->plan->wish->group, group),
                              .port = r->plan->wish->cfg->port,
                              .join_ns = r->joined,
                              .first_ns = or_null(r->first),
                              .leave_ns = or_null(r->left),
                              .n_after = left ? r->n_after : ROW_NULL,
                              .last_ns = or_null(r->last),
                              .n_missed = left ? 0 : ROW_NULL};
    for (uint32_t i = 0; left && i < c->s.plan->n_flows; i++)
        if (ip_addr_equal(&c->flows[i].plan->group, &r->plan->wish->group))
            row.n_missed += count_missed(&c->flows[i], r);
    trace_row(c->s.trace, ROW_IP_JOIN, &row);
}

static void rows_stays(const struct ip_cast *c)
{
    for (uint32_t i = 0; trace_wants(c->s.trace, ROW_IP_JOIN) && i < c->s.plan->n_joins; i++)
        if (c->receivers[i].joined != SIM_NEVER)
            row_stay(c, &c->receivers[i]);
}

unsigned ip_cast_finish(struct ip_cast *c)
{
    unsigned bad = 0;
    rows_stays(c);
    for (uint32_t i = 0; i < c->s.plan->n_flows; i++) {
        const struct cast_flow *f = &c->flows[i];
        char source[IP_TEXT_SIZE], group[IP_TEXT_SIZE];
        struct row_ip_flow r = {.name = f->plan->name,
                                .node = ip_plan_node_id(c->s.plan, f->plan->node),
                                .source = f->n_sent ? ip_addr_print(&f->source, source) : NULL,
                                .group_addr = ip_addr_print(&f->plan->group, group),
                                .port = f->plan->cfg->port,
                                .n_sent = f->n_sent,
                                .n_refused = f->n_refused,
                                .first_ns = or_null(f->first_sent),
                                .last_ns = or_null(f->last_sent)};
        trace_row(c->s.trace, ROW_IP_FLOW, &r);
        for (uint32_t k = 0; k < f->n_pairs; k++)
            bad += row_pair(f, &f->pairs[k]);
    }
    return bad;
}
