/* SPDX-License-Identifier: GPL-2.0-only
 * Memberships, traffic and failures of a plan. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/ip/plan_internal.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/rng.h"

enum { WORD_SIZE = 160, MAX_JOINS = 20000000 };

int ip_plan_multicast(const struct ip_plan *p, const char *const *field, struct ip_addr *group,
                      struct sim_error *e)
{
    struct ip_group g;
    if (ip_addr_parse(*field, group))
        return scenario_fail(p->scenario, field, e,
                             "found \"%.60s\", allowed a multicast address, e.g. 239.1.1.1 or "
                             "ff15::1",
                             *field);
    if (ip_group_describe(group, &g))
        return scenario_fail(p->scenario, field, e,
                             "found %.60s, which is no multicast address; allowed 224.0.0.0/4 and "
                             "ff00::/8",
                             *field);
    if (!g.valid)
        return scenario_fail(p->scenario, field, e,
                             "found %.60s, whose flags or scope cannot be; use for instance "
                             "ff15::1, or ff35::1 for source-specific groups",
                             *field);
    if (!ip_plan_speaks(p, group->family))
        return scenario_fail(p->scenario, field, e, "found %.60s, but ip.families leaves IPv%d out",
                             *field, group->family);
    return SIM_OK;
}

/* Group number i of those that begin with a group. false: there is none. */
static bool group_behind(struct ip_addr *group, uint32_t i)
{
    uint8_t *low = &group->b[ip_addr_len(group->family) - 4];
    uint32_t v = (uint32_t)low[0] << 24 | (uint32_t)low[1] << 16 | (uint32_t)low[2] << 8 | low[3];
    if (v > UINT32_MAX - i)
        return false;
    for (int k = 0; k < 4; k++)
        low[k] = (uint8_t)((v + i) >> (24 - 8 * k));
    return true;
}

/* The last of several groups is of the first one's kind. */
static int check_groups(const struct ip_plan *p, const int64_t *field, const struct ip_addr *first,
                        struct sim_error *e)
{
    struct ip_addr last = *first;
    if (!group_behind(&last, (uint32_t)(*field - 1)) || !ip_addr_is_multicast(&last) ||
        ip_group_scope(&last) != ip_group_scope(first) ||
        ip_group_is_ssm(&last) != ip_group_is_ssm(first))
        return scenario_fail(p->scenario, field, e,
                             "found %" PRId64 " groups, which are more than follow with the same "
                             "scope and kind of addresses; begin with a lower one",
                             *field);
    return SIM_OK;
}

struct ip_addr ip_plan_address(const struct ip_plan *p, uint32_t node, uint8_t family)
{
    const struct ip_iface *a = &p->ifaces[p->graph.first_of[node]].addr;
    if (p->graph.n_ifaces[node] == 0)
        return (struct ip_addr){0};
    return family == IP_V4 ? a->v4 : a->v6;
}

static int add_source(const struct ip_plan *p, const struct ip_membership_cfg *c, const char *word,
                      struct ip_plan_wish *w, struct sim_error *e)
{
    struct ip_addr a;
    struct ip_list nodes = {0};
    if (ip_addr_parse(word, &a) == SIM_OK) {
        if (ip_addr_is_multicast(&a))
            return scenario_fail(p->scenario, &c->sources, e,
                                 "found %.60s, a multicast address, which is never a source", word);
        if (!ip_addr_is_source(&a) || a.family != w->group.family)
            return scenario_fail(p->scenario, &c->sources, e,
                                 "found %.60s, allowed IPv%d unicast addresses and nodes", word,
                                 w->group.family);
        ip_set_add(&w->filter.sources, &a);
        return SIM_OK;
    }
    int rc = plan_node_word(p, &c->sources, word, &nodes, e);
    for (uint32_t i = 0; !rc && i < nodes.n; i++) {
        a = ip_plan_address(p, nodes.v[i], w->group.family);
        if (a.family == IP_NONE)
            rc = scenario_fail(p->scenario, &c->sources, e, "%s has no address",
                               p->node_name[nodes.v[i]]);
        else
            ip_set_add(&w->filter.sources, &a);
    }
    free(nodes.v);
    return rc;
}

static int read_filter(const struct ip_plan *p, const struct ip_membership_cfg *c,
                       struct ip_plan_wish *w, struct sim_error *e)
{
    char word[WORD_SIZE];
    const char *at = c->sources ? c->sources : "";
    bool any = false, ssm = ip_group_is_ssm(&w->group);
    while (plan_word(&at, word, sizeof word)) {
        any = true;
        if (add_source(p, c, word, w, e))
            return SIM_ESCENARIO;
    }
    w->filter.exclude = c->mode == IP_MODE_EXCLUDE || (c->mode == IP_MODE_AUTO && !any);
    if (ssm && w->filter.exclude)
        return scenario_fail(p->scenario, any ? (const void *)&c->mode : &c->group, e,
                             "%.60s is source-specific: joining it needs sources, with mode: "
                             "include",
                             c->group);
    if (!w->filter.exclude && !any)
        return scenario_fail(p->scenario, &c->sources, e,
                             "mode: include needs sources; name them, or use exclude");
    uint32_t max = w->group.family == IP_V4 ? ip_sockets_cfg_default().v4.n_sources
                                            : ip_sockets_cfg_default().v6.n_sources;
    if (w->filter.sources.n > max)
        return scenario_fail(p->scenario, &c->sources, e,
                             "found %" PRIu32 " sources, allowed %" PRIu32 " in a socket's filter",
                             w->filter.sources.n, max);
    return SIM_OK;
}

static int check_kind(const struct ip_plan *p, uint32_t node, bool sends, const char *const *field,
                      struct sim_error *e)
{
    uint8_t kind = ip_plan_group_of(p, node)->kind;
    if (kind != IP_KIND_HOST && (sends || kind != IP_KIND_ROUTER))
        return scenario_fail(p->scenario, field, e, "%s is of kind %s; only hosts %s",
                             p->node_name[node], ip_cfg_kind_name(kind),
                             sends ? "send" : "and routers have sockets");
    if (p->graph.n_ifaces[node] == 0)
        return scenario_fail(p->scenario, field, e, "%s is not connected; give it a link",
                             p->node_name[node]);
    return SIM_OK;
}

static int check_members(const struct ip_plan *p, const struct ip_membership_cfg *c,
                         const struct ip_list *nodes, struct sim_error *e)
{
    for (uint32_t i = 0; i < nodes->n; i++)
        if (check_kind(p, nodes->v[i], false, &c->nodes, e))
            return SIM_ESCENARIO;
    if (c->choose != SCN_WORD && c->choose > nodes->n)
        return scenario_fail(p->scenario, &c->choose, e,
                             "found %" PRId64 ", but there are %" PRIu32 " nodes to choose from",
                             c->choose, nodes->n);
    int64_t n = p->n_joins +
                (c->choose == SCN_WORD ? nodes->n : c->choose) * (c->one_group ? 1 : c->n_groups);
    if (n > MAX_JOINS)
        return scenario_fail(p->scenario, &c->n_groups, e,
                             "makes %" PRId64 " memberships, allowed %d in all", n, MAX_JOINS);
    return SIM_OK;
}

/* Mark which of n nodes are members of group i of a membership: m different ones, each set as
 * likely. Source: R. W. Floyd, in J. Bentley, Programming Pearls, CACM 30(9), 1987. */
static void choose(const struct ip_plan *p, size_t membership, uint32_t i, uint32_t m, uint32_t n,
                   bool *chosen)
{
    struct rng_key key = rng_key_make(p->seed, p->run, RNG_IP_CHOICE);
    struct rng draws = rng_stream(key, (uint64_t)membership << 32 | i);
    for (uint32_t k = 0; k < n; k++)
        chosen[k] = m == n;
    for (uint32_t k = n - m; m < n && k < n; k++) {
        uint32_t one = rng_below(&draws, k + 1);
        chosen[chosen[one] ? k : one] = true;
    }
}

/* When, and by which interface, a node joins. */
static int set_stay(const struct ip_plan *p, const struct ip_membership_cfg *c, uint32_t node,
                    struct ip_plan_join *j, struct sim_error *e)
{
    sim_time late = plan_lateness(p, c, node);
    *j = (struct ip_plan_join){.node = node,
                               .from = c->join_ns + late,
                               .to = c->leave_ns == SCN_WORD ? SIM_NEVER : c->leave_ns + late};
    return c->link ? plan_iface_on(p, node, &c->link, &j->iface, e) : SIM_OK;
}

/* The members of one group. */
static int add_members(struct ip_plan *p, const struct ip_plan_wish *w, const struct ip_list *nodes,
                       const bool *chosen, struct sim_error *e)
{
    struct ip_plan_join j;
    for (uint32_t i = 0; i < nodes->n; i++) {
        if (!chosen[i])
            continue;
        if (set_stay(p, w->cfg, nodes->v[i], &j, e))
            return SIM_ESCENARIO;
        j.wish = w;
        plan_add_stay(p, &j);
    }
    return SIM_OK;
}

static int add_all_members(struct ip_plan *p, size_t membership, uint32_t first,
                           const struct ip_list *nodes, struct sim_error *e)
{
    const struct ip_membership_cfg *c = p->wishes[first]->cfg;
    uint32_t m = c->choose == SCN_WORD ? nodes->n : (uint32_t)c->choose;
    bool *chosen = mem_alloc(nodes->n, sizeof *chosen);
    int rc = SIM_OK;
    for (uint32_t i = 0; !rc && i < c->n_groups; i++) {
        choose(p, membership, i, m, nodes->n, chosen);
        rc = add_members(p, p->wishes[first + i], nodes, chosen, e);
    }
    free(chosen);
    return rc;
}

int ip_plan_hosts(const struct ip_plan *p, const char *const *field, uint32_t **nodes, uint32_t *n,
                  struct sim_error *e)
{
    struct ip_list list;
    int rc = plan_nodes(p, field, true, &list, e);
    for (uint32_t i = 0; !rc && i < list.n; i++)
        rc = check_kind(p, list.v[i], true, field, e);
    *nodes = list.v;
    *n = list.n;
    return rc;
}

/* Nodes that are in one of the groups each. */
static int add_changing_members(struct ip_plan *p, uint32_t first, const struct ip_list *nodes,
                                struct sim_error *e)
{
    const struct ip_membership_cfg *c = p->wishes[first]->cfg;
    struct ip_plan_join j;
    for (uint32_t i = 0; i < nodes->n; i++) {
        if (set_stay(p, c, nodes->v[i], &j, e))
            return SIM_ESCENARIO;
        plan_add_stays(p, j, first, (uint32_t)c->n_groups);
    }
    return SIM_OK;
}

static void add_wishes(struct ip_plan *p, const struct ip_plan_wish *first)
{
    for (uint32_t i = 0; i < first->cfg->n_groups; i++) {
        struct ip_plan_wish w = *first;
        group_behind(&w.group, i);
        w.filter = (struct ip_filter){0};
        ip_filter_copy(&w.filter, &first->filter);
        plan_add_wish(p, &w);
    }
}

static int check_changes(const struct ip_plan *p, const struct ip_membership_cfg *c,
                         struct sim_error *e)
{
    if (c->leave_ns != SCN_WORD && c->leave_ns <= c->join_ns)
        return scenario_fail(p->scenario, &c->leave_ns, e,
                             "found %.3f s, allowed later than join, %.3f s; or write never",
                             (double)c->leave_ns / 1e9, (double)c->join_ns / 1e9);
    if (c->one_group && c->n_groups < 2)
        return scenario_fail(p->scenario, &c->one_group, e,
                             "each node joins one of the groups, but there is one; write groups: 2 "
                             "or more");
    if (c->churn > 0 && !c->one_group)
        return scenario_fail(p->scenario, &c->churn, e,
                             "members go over to another of the groups when each is in one; write "
                             "one_group: true, or leave churn out");
    if (c->one_group && c->choose != SCN_WORD)
        return scenario_fail(p->scenario, &c->choose, e,
                             "choose draws nodes for each group, one_group a group for each node; "
                             "leave one of them out");
    return SIM_OK;
}

static int add_joins(struct ip_plan *p, size_t membership, const struct ip_membership_cfg *c,
                     struct sim_error *e)
{
    struct ip_list nodes = {0};
    struct ip_plan_wish w = {.cfg = c};
    uint32_t first = p->n_wishes;
    int rc = ip_plan_multicast(p, &c->group, &w.group, e);
    if (!rc)
        rc = check_groups(p, &c->n_groups, &w.group, e);
    if (!rc)
        rc = read_filter(p, c, &w, e);
    if (!rc)
        rc = check_changes(p, c, e);
    if (!rc)
        rc = plan_nodes(p, &c->nodes, true, &nodes, e);
    if (!rc)
        rc = check_members(p, c, &nodes, e);
    if (!rc) {
        add_wishes(p, &w);
        rc = c->one_group ? add_changing_members(p, first, &nodes, e)
                          : add_all_members(p, membership, first, &nodes, e);
    }
    free(nodes.v);
    ip_filter_fini(&w.filter);
    return rc;
}

/* The flow to group number i. */
static struct ip_plan_flow flow_to(const struct ip_plan_flow *first, uint32_t i)
{
    const struct ip_traffic_cfg *c = first->cfg;
    struct ip_plan_flow f = *first;
    char name[96];
    group_behind(&f.group, i);
    f.start = c->start_ns + c->period_ns / c->n_groups * i;
    snprintf(name, sizeof name, "%.80s/%" PRIu32, c->name, i);
    f.name = mem_text(c->n_groups > 1 ? name : c->name);
    return f;
}

static int check_flow_size(const struct ip_plan *p, const struct ip_plan_flow *f,
                           struct sim_error *e)
{
    uint32_t iface = f->iface ? f->iface : 1; /* as routes have it */
    int64_t mtu = p->ifaces[p->graph.first_of[f->node] + iface - 1].mtu;
    int64_t max = mtu - (f->group.family == IP_V4 ? 20 : 40) - 8;
    if (f->cfg->size_bytes <= max)
        return SIM_OK;
    return scenario_fail(p->scenario, &f->cfg->size_bytes, e,
                         "found %" PRId64 "B, allowed up to %" PRId64
                         "B: with its headers it must fit the MTU of %s's link, %" PRId64 "B",
                         f->cfg->size_bytes, max, p->node_name[f->node], mtu);
}

static int add_flow(struct ip_plan *p, const struct ip_traffic_cfg *c, struct sim_error *e)
{
    struct ip_list nodes;
    struct ip_plan_flow f = {.cfg = c};
    int rc = ip_plan_multicast(p, &c->group, &f.group, e);
    if (!rc)
        rc = check_groups(p, &c->n_groups, &f.group, e);
    if (rc)
        return rc;
    rc = plan_nodes(p, &c->source, false, &nodes, e);
    f.node = rc ? 0 : nodes.v[0];
    free(nodes.v);
    if (!rc)
        rc = check_kind(p, f.node, true, &c->source, e);
    if (!rc && c->link)
        rc = plan_iface_on(p, f.node, &c->link, &f.iface, e);
    if (rc)
        return rc;
    rc = check_flow_size(p, &f, e);
    if (rc)
        return rc;
    p->flows = mem_grow(p->flows, p->n_flows + (size_t)c->n_groups, sizeof *p->flows);
    for (uint32_t i = 0; i < c->n_groups; i++)
        p->flows[p->n_flows++] = flow_to(&f, i);
    return SIM_OK;
}

static int add_faults(struct ip_plan *p, const struct ip_fault_cfg *c, struct sim_error *e)
{
    struct ip_list links;
    sim_time to = c->to_ns == SCN_WORD ? SIM_NEVER : c->to_ns;
    if (to <= c->from_ns)
        return scenario_fail(p->scenario, &c->to_ns, e,
                             "found %.3f s, allowed later than from, %.3f s; or write end",
                             (double)to / 1e9, (double)c->from_ns / 1e9);
    if ((c->mean_up_ns == SCN_WORD) != (c->mean_down_ns == SCN_WORD))
        return scenario_fail(p->scenario,
                             c->mean_up_ns == SCN_WORD ? &c->mean_up_ns : &c->mean_down_ns, e,
                             "mean_up and mean_down go together; write both, or neither");
    int rc = plan_links(p, &c->link, &links, e);
    if (c->mean_up_ns != SCN_WORD) {
        p->flapping = mem_grow(p->flapping, p->n_flapping + links.n, sizeof *p->flapping);
        for (uint32_t i = 0; i < links.n; i++)
            p->flapping[p->n_flapping++] = (struct ip_plan_flapping){
                links.v[i], c->from_ns, to, c->mean_up_ns, c->mean_down_ns};
        free(links.v);
        return rc;
    }
    p->faults = mem_grow(p->faults, p->n_faults + links.n, sizeof *p->faults);
    for (uint32_t i = 0; i < links.n; i++)
        p->faults[p->n_faults++] = (struct ip_plan_fault){links.v[i], c->from_ns, to};
    free(links.v);
    return rc;
}

static void add_fault(struct ip_plan *p, uint32_t *cap, uint32_t link, sim_time from, sim_time to)
{
    if (p->n_faults >= *cap) {
        *cap = 2 * p->n_faults + 16;
        p->faults = mem_grow(p->faults, *cap, sizeof *p->faults);
    }
    p->faults[p->n_faults++] = (struct ip_plan_fault){link, from, to};
}

/* Up, down, up ... of one link; keyed by the link, so others change nothing. */
static void flap(struct ip_plan *p, uint32_t *cap, const struct ip_plan_flapping *f, sim_time until)
{
    struct rng_key key = rng_key_make(p->seed, p->run, RNG_IP_FAULTS);
    uint64_t entity = (uint64_t)ip_plan_link_id(p, f->link);
    sim_time at = f->from;
    until = f->to < until ? f->to : until;
    for (uint64_t n = 0; at < until; n++) {
        uint32_t word[4];
        rng_draw(key, entity, n, word);
        double up = rng_word_exponential(word[0], word[1]) * (double)f->mean_up;
        double down = rng_word_exponential(word[2], word[3]) * (double)f->mean_down;
        if (up >= (double)(until - at))
            return;
        sim_time from = at + (sim_time)up + 1;
        at = down < (double)(until - from) ? from + (sim_time)down + 1 : until;
        if (from < until)
            add_fault(p, cap, f->link, from, at < f->to ? at : f->to);
    }
}

void ip_plan_draw_faults(struct ip_plan *p, sim_time until)
{
    uint32_t cap = p->n_faults;
    for (uint32_t i = 0; i < p->n_flapping; i++)
        flap(p, &cap, &p->flapping[i], until);
    p->n_flapping = 0;
}

int plan_cast(struct ip_plan *p, struct sim_error *e)
{
    const struct ip_membership_cfg *m = p->cfg->memberships.items;
    const struct ip_traffic_cfg *t = p->cfg->traffic.items;
    const struct ip_fault_cfg *f = p->cfg->faults.items;
    int rc = SIM_OK;
    for (size_t i = 0; !rc && i < p->cfg->memberships.n; i++)
        rc = add_joins(p, i, &m[i], e);
    for (size_t i = 0; !rc && i < p->cfg->traffic.n; i++)
        rc = add_flow(p, &t[i], e);
    for (size_t i = 0; !rc && i < p->cfg->faults.n; i++)
        rc = add_faults(p, &f[i], e);
    return rc;
}
