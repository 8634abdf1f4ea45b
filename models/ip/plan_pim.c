/* SPDX-License-Identifier: GPL-2.0-only
 * PIM of a plan: its settings, RPs, candidates; what they cannot be. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "models/ip/plan_internal.h"
#include "sim/mem.h"

enum { WORD_SIZE = 160 };

bool ip_plan_is_pim(const struct ip_plan *p, uint32_t node)
{
    const struct ip_plan_group *g = ip_plan_group_of(p, node);
    return g->kind == IP_KIND_ROUTER && g->routing == IP_ROUTING_PIM;
}

/* Whole seconds of a time in messages; auto: a multiple of halves of the period. */
static uint16_t holdtime(int64_t ns, int64_t period_ns, int halves)
{
    int64_t s = ns == SCN_WORD ? period_ns * halves / 2 / SIM_S(1) : ns / SIM_S(1);
    return (uint16_t)(s > PIM_HOLD_FOREVER - 1 && ns == SCN_WORD ? PIM_HOLD_FOREVER - 1
                      : s < 1                                    ? 1
                                                                 : s);
}

static struct pim_cfg make_cfg(const struct ip_pim_cfg *c, uint8_t family)
{
    struct pim_cfg p = pim_cfg_default(family);
    p.hello_period = c->hello_period_ns;
    p.triggered_hello = c->triggered_hello_ns;
    p.hello_holdtime_s = holdtime(c->hello_holdtime_ns, c->hello_period_ns, 7);
    p.lan_delay = c->lan_prune_delay;
    p.t_bit = c->t_bit;
    p.propagation_ms = (uint16_t)(c->propagation_ns / SIM_MS(1));
    p.override_ms = (uint16_t)(c->override_ns / SIM_MS(1));
    p.jp_period = c->jp_period_ns;
    p.jp_holdtime_s = holdtime(c->jp_holdtime_ns, c->jp_period_ns, 7);
    p.keepalive = c->keepalive_ns;
    p.register_suppression = c->register_suppression_ns;
    p.register_probe = c->register_probe_ns;
    p.assert_time = c->assert_ns;
    p.assert_override = c->assert_override_ns;
    p.spt = (enum pim_spt)c->spt;
    p.rp_spt = (enum pim_spt)c->rp_spt;
    p.spt_bps = (uint64_t)c->spt_threshold_bps;
    p.hash_mask_len = (uint8_t)(family == IP_V4 ? c->hash_mask_len_v4 : c->hash_mask_len_v6);
    p.bsr_period = c->bs_period_ns;
    p.bsr_timeout = c->bs_timeout_ns;
    p.rp_period = c->rp_adv_period_ns;
    p.rp_holdtime_s = holdtime(c->rp_holdtime_ns, c->rp_adv_period_ns, 5);
    return p;
}

static int check_whole(const struct ip_plan *p, const int64_t *field, int64_t unit,
                       struct sim_error *e)
{
    if (*field == SCN_WORD || *field % unit == 0)
        return SIM_OK;
    return scenario_fail(p->scenario, field, e, "found %.6f s, allowed whole %s",
                         (double)*field / 1e9, unit == SIM_S(1) ? "seconds" : "milliseconds");
}

static int check_below(const struct ip_plan *p, const int64_t *field, const char *what,
                       int64_t limit, struct sim_error *e)
{
    if (*field < limit)
        return SIM_OK;
    return scenario_fail(p->scenario, field, e, "found %.3f s, allowed below %s, %.3f s",
                         (double)*field / 1e9, what, (double)limit / 1e9);
}

static int check_times(const struct ip_plan *p, struct sim_error *e)
{
    const struct ip_pim_cfg *c = &p->cfg->pim;
    int rc = check_whole(p, &c->hello_holdtime_ns, SIM_S(1), e);
    rc = rc ? rc : check_whole(p, &c->jp_holdtime_ns, SIM_S(1), e);
    rc = rc ? rc : check_whole(p, &c->rp_holdtime_ns, SIM_S(1), e);
    rc = rc ? rc : check_whole(p, &c->propagation_ns, SIM_MS(1), e);
    rc = rc ? rc : check_whole(p, &c->override_ns, SIM_MS(1), e);
    rc = rc ? rc
            : check_below(p, &c->register_probe_ns, "half of register_suppression_time",
                          c->register_suppression_ns / 2, e);
    rc = rc ? rc : check_below(p, &c->assert_override_ns, "assert_time", c->assert_ns, e);
    return rc ? rc : check_below(p, &c->bs_period_ns, "bs_timeout", c->bs_timeout_ns, e);
}

/* A range of groups of any family. */
static int read_range(const struct ip_plan *p, const char *const *field, const char *word,
                      struct ip_prefix *range, struct sim_error *e)
{
    if (ip_prefix_parse(word, range) || !ip_addr_is_multicast(&range->addr) ||
        range->len < (range->addr.family == IP_V4 ? 4 : 8))
        return scenario_fail(p->scenario, field, e,
                             "found \"%.60s\", allowed ranges of groups without bits behind "
                             "their length, e.g. 239.1.0.0/16 or ff15::/16",
                             word);
    return SIM_OK;
}

/* The ranges of one family in a list; *out is the caller's. */
static int read_ranges(const struct ip_plan *p, const char *const *field, uint8_t family,
                       struct ip_prefix **out, size_t *n, struct sim_error *e)
{
    char word[WORD_SIZE];
    const char *at = *field;
    *out = NULL;
    *n = 0;
    while (plan_word(&at, word, sizeof word)) {
        struct ip_prefix range;
        if (read_range(p, field, word, &range, e))
            return SIM_ESCENARIO;
        if (range.addr.family != family)
            continue;
        *out = mem_grow(*out, *n + 1, sizeof **out);
        (*out)[(*n)++] = range;
    }
    return SIM_OK;
}

static int check_router(const struct ip_plan *p, const void *field, uint32_t node,
                        struct sim_error *e)
{
    if (!ip_plan_is_pim(p, node))
        return scenario_fail(p->scenario, field, e,
                             "%s does not speak PIM; name a router with multicast_routing: pim",
                             p->node_name[node]);
    if (p->graph.n_ifaces[node] == 0)
        return scenario_fail(p->scenario, field, e, "%s is not connected; give it a link",
                             p->node_name[node]);
    return SIM_OK;
}

/* Real programs may be RPs. */
static int check_rp(const struct ip_plan *p, const void *field, uint32_t node, struct sim_error *e)
{
    if (ip_plan_group_of(p, node)->kind == IP_KIND_EXTERNAL_ROUTER)
        return SIM_OK;
    return check_router(p, field, node, e);
}

/* The address of a router on a link, or on its first one. */
static int address_on(const struct ip_plan *p, uint32_t node, const char *const *link,
                      struct ip_addr addr[2], struct sim_error *e)
{
    uint32_t iface = 1;
    if (*link && plan_iface_on(p, node, link, &iface, e))
        return SIM_ESCENARIO;
    const struct ip_iface *a = &p->ifaces[p->graph.first_of[node] + iface - 1].addr;
    addr[0] = a->v4;
    addr[1] = a->v6;
    return SIM_OK;
}

static int rp_of_node(const struct ip_plan *p, const struct ip_pim_rp_cfg *c,
                      struct ip_addr addr[2], struct sim_error *e)
{
    struct ip_list nodes;
    int rc = plan_nodes(p, &c->node, false, &nodes, e);
    uint32_t node = rc ? 0 : nodes.v[0];
    free(nodes.v);
    if (!rc)
        rc = check_rp(p, &c->node, node, e);
    return rc ? rc : address_on(p, node, &c->link, addr, e);
}

static int rp_of_address(const struct ip_plan *p, const struct ip_pim_rp_cfg *c,
                         struct ip_addr addr[2], struct sim_error *e)
{
    struct ip_addr a;
    struct ip_end owner;
    if (ip_addr_parse(c->address, &a) || !ip_addr_is_source(&a) || ip_addr_is_link_local(&a))
        return scenario_fail(p->scenario, &c->address, e,
                             "found \"%.60s\", allowed a unicast address, not a link-local one",
                             c->address);
    if (!ip_topology_owner(p->topology, &a, &owner))
        return scenario_fail(p->scenario, &c->address, e,
                             "found %.60s, which no node has; write node: NAME instead, or give a "
                             "router this address in ip.addresses",
                             c->address);
    addr[a.family == IP_V6] = a;
    return check_rp(p, &c->address, owner.node, e);
}

static int add_rp(struct ip_plan *p, const struct ip_pim_rp_cfg *c, struct sim_error *e)
{
    struct ip_addr addr[2] = {0};
    bool used = false;
    if (!c->node == !c->address)
        return scenario_fail(p->scenario, &c->node, e, "an RP has node or address; found %s",
                             c->node ? "both" : "neither");
    if (c->address && c->link)
        return scenario_fail(p->scenario, &c->link, e, "link goes with node, not with address");
    int rc = c->node ? rp_of_node(p, c, addr, e) : rp_of_address(p, c, addr, e);
    for (int f = 0; !rc && f < 2; f++) {
        struct ip_prefix *ranges = NULL;
        size_t n = 0;
        if (addr[f].family != IP_NONE)
            rc = read_ranges(p, &c->groups, addr[f].family, &ranges, &n, e);
        p->pim.rps = mem_grow(p->pim.rps, p->pim.n_rps + n, sizeof *p->pim.rps);
        for (size_t i = 0; !rc && i < n; i++)
            p->pim.rps[p->pim.n_rps++] =
                (struct ip_mroute_rp){ranges[i], addr[f], (uint8_t)c->priority};
        used |= n > 0;
        free(ranges);
    }
    if (!rc && !used)
        rc = scenario_fail(p->scenario, &c->groups, e,
                           "found \"%.80s\", allowed a range of a family in which the RP has an "
                           "address",
                           c->groups);
    return rc;
}

/* The candidate of a node, made if needed; the array may move. */
static struct ip_plan_candidate *candidate_of(struct ip_plan *p, uint32_t node)
{
    struct ip_plan_pim *m = &p->pim;
    uint32_t i = 0;
    while (i < m->n_candidates && m->candidates[i].node < node)
        i++;
    if (i < m->n_candidates && m->candidates[i].node == node)
        return &m->candidates[i];
    m->candidates = mem_grow(m->candidates, m->n_candidates + 1, sizeof *m->candidates);
    memmove(m->candidates + i + 1, m->candidates + i,
            (m->n_candidates - i) * sizeof *m->candidates);
    m->n_candidates++;
    m->candidates[i] = (struct ip_plan_candidate){.node = node, .cfg = {m->cfg[0], m->cfg[1]}};
    return &m->candidates[i];
}

static int set_rp(struct ip_plan *p, const struct ip_pim_candidate_cfg *c, uint32_t node,
                  const struct ip_addr addr[2], struct sim_error *e)
{
    struct ip_plan_candidate *k = candidate_of(p, node);
    if (k->ranges[0] || k->ranges[1])
        return scenario_fail(p->scenario, &c->nodes, e,
                             "%s is a candidate RP twice; name it once, with all its groups",
                             p->node_name[node]);
    for (int f = 0; f < 2; f++) {
        if (addr[f].family == IP_NONE)
            continue;
        if (read_ranges(p, &c->groups, addr[f].family, &k->ranges[f], &k->cfg[f].n_rp_ranges, e))
            return SIM_ESCENARIO;
        k->cfg[f].rp_ranges = k->ranges[f];
        k->cfg[f].rp_priority = (uint8_t)c->priority;
        k->cfg[f].rp_addr = addr[f];
    }
    if (!k->ranges[0] && !k->ranges[1])
        return scenario_fail(p->scenario, &c->groups, e,
                             "found \"%.80s\", allowed a range of a family that is spoken",
                             c->groups);
    return SIM_OK;
}

static int set_bsr(struct ip_plan *p, const struct ip_pim_candidate_cfg *c, uint32_t node,
                   const struct ip_addr addr[2], struct sim_error *e)
{
    struct ip_plan_candidate *k = candidate_of(p, node);
    for (int f = 0; f < 2; f++) {
        if (addr[f].family == IP_NONE)
            continue;
        if (k->cfg[f].is_candidate_bsr)
            return scenario_fail(p->scenario, &c->nodes, e,
                                 "%s is a candidate bootstrap router twice; name it once",
                                 p->node_name[node]);
        k->cfg[f].is_candidate_bsr = true;
        k->cfg[f].bsr_priority = (uint8_t)c->priority;
        k->cfg[f].bsr_addr = addr[f];
    }
    return SIM_OK;
}

static int add_candidates(struct ip_plan *p, const struct ip_pim_candidate_cfg *c, bool bsr,
                          struct sim_error *e)
{
    struct ip_list nodes;
    int rc = plan_nodes(p, &c->nodes, true, &nodes, e);
    for (uint32_t i = 0; !rc && i < nodes.n; i++) {
        struct ip_addr addr[2];
        rc = check_router(p, &c->nodes, nodes.v[i], e);
        if (!rc)
            rc = address_on(p, nodes.v[i], &c->link, addr, e);
        if (!rc)
            rc = bsr ? set_bsr(p, c, nodes.v[i], addr, e) : set_rp(p, c, nodes.v[i], addr, e);
    }
    free(nodes.v);
    return rc;
}

static int add_all(struct ip_plan *p, struct sim_error *e)
{
    const struct ip_pim_cfg *c = &p->cfg->pim;
    const struct ip_pim_rp_cfg *rps = c->rps.items;
    const struct ip_pim_candidate_cfg *candidates = c->candidate_rps.items;
    const struct ip_pim_candidate_cfg *bsrs = c->candidate_bsrs.items;
    int rc = SIM_OK;
    for (size_t i = 0; !rc && i < c->rps.n; i++)
        rc = add_rp(p, &rps[i], e);
    for (size_t i = 0; !rc && i < c->candidate_rps.n; i++)
        rc = add_candidates(p, &candidates[i], false, e);
    for (size_t i = 0; !rc && i < c->candidate_bsrs.n; i++)
        rc = add_candidates(p, &bsrs[i], true, e);
    if (!rc && c->candidate_rps.n > 0 && c->candidate_bsrs.n == 0)
        rc = scenario_fail(p->scenario, &candidates[0].nodes, e,
                           "candidate RPs tell a bootstrap router, and there is none; add "
                           "candidate_bsrs, or use rps");
    return rc;
}

/* Can a router find the RP of this group? */
static bool has_rp(const struct ip_plan *p, const struct ip_addr *group)
{
    const struct ip_plan_pim *m = &p->pim;
    struct ip_group g;
    struct ip_end owner;
    int f = group->family == IP_V6;
    if (ip_group_describe(group, &g) || g.ssm || !ip_group_is_routed(group))
        return true;
    if (g.has_rp)
        return ip_topology_owner(p->topology, &g.rp, &owner) && ip_plan_is_pim(p, owner.node);
    for (uint32_t i = 0; i < m->n_rps; i++)
        if (ip_prefix_has(&m->rps[i].groups, group))
            return true;
    for (uint32_t i = 0; i < m->n_candidates; i++)
        for (size_t k = 0; k < m->candidates[i].cfg[f].n_rp_ranges; k++)
            if (ip_prefix_has(&m->candidates[i].ranges[f][k], group))
                return true;
    return false;
}

static void warn_group(struct ip_plan *p, const struct ip_addr *group, const void *field)
{
    struct ip_group g;
    char text[IP_TEXT_SIZE], rp[IP_TEXT_SIZE];
    ip_addr_print(group, text);
    ip_group_describe(group, &g);
    if (g.has_rp)
        plan_warn(p, field,
                  "the RP in group %s is %s, which no PIM router has: none forwards the group; "
                  "give that address to a router in ip.addresses",
                  text, ip_addr_print(&g.rp, rp));
    else
        plan_warn(p, field,
                  "group %s has no RP: PIM routers do not forward it; add one in ip.pim.rps, or "
                  "use a source-specific group",
                  text);
}

/* Each group once, where it stands first. */
static void warn_groups(struct ip_plan *p)
{
    struct ip_set seen = {0};
    for (uint32_t i = 0; i < p->n_wishes; i++) {
        const struct ip_plan_wish *w = p->wishes[i];
        if (!has_rp(p, &w->group) && ip_set_add(&seen, &w->group))
            warn_group(p, &w->group, &w->cfg->group);
    }
    for (uint32_t i = 0; i < p->n_flows; i++)
        if (!has_rp(p, &p->flows[i].group) && ip_set_add(&seen, &p->flows[i].group))
            warn_group(p, &p->flows[i].group, &p->flows[i].cfg->group);
    ip_set_fini(&seen);
}

static void warn_idle(struct ip_plan *p)
{
    const struct ip_pim_cfg *c = &p->cfg->pim;
    if (scenario_changed(p->scenario, &c->spt_threshold_bps) && c->spt != PIM_SPT_RATE &&
        c->rp_spt != PIM_SPT_RATE)
        plan_warn(p, &c->spt_threshold_bps,
                  "spt_threshold has no effect: it is used with spt_switchover: rate or "
                  "rp_spt_switchover: rate");
}

int plan_pim(struct ip_plan *p, struct sim_error *e)
{
    for (uint32_t i = 0; i < p->graph.n_nodes && !p->pim.any; i++)
        p->pim.any = ip_plan_is_pim(p, i);
    p->pim.cfg[0] = make_cfg(&p->cfg->pim, IP_V4);
    p->pim.cfg[1] = make_cfg(&p->cfg->pim, IP_V6);
    int rc = check_times(p, e);
    if (!rc)
        rc = add_all(p, e);
    if (rc || !p->pim.any)
        return rc;
    warn_groups(p);
    warn_idle(p);
    return SIM_OK;
}

void plan_pim_free(struct ip_plan *p)
{
    for (uint32_t i = 0; i < p->pim.n_candidates; i++)
        for (int f = 0; f < 2; f++)
            free(p->pim.candidates[i].ranges[f]);
    free(p->pim.candidates);
    free(p->pim.rps);
}

void ip_plan_pim_cfg(const struct ip_plan *p, uint32_t node, const struct pim_cfg *cfg[2])
{
    const struct pim_cfg *own = p->pim.cfg;
    for (uint32_t i = 0; i < p->pim.n_candidates; i++)
        if (p->pim.candidates[i].node == node)
            own = p->pim.candidates[i].cfg;
    cfg[0] = ip_plan_speaks(p, IP_V4) ? &own[0] : NULL;
    cfg[1] = ip_plan_speaks(p, IP_V6) ? &own[1] : NULL;
}
