/* SPDX-License-Identifier: GPL-2.0-only
 * Register states. Source: see pim_register.h. */
#include "models/ip/pim_register.h"

#include "models/ip/pim_neighbor.h"
#include "models/ip/pim_tree.h"

enum event { EV_COULD, EV_COULD_NOT, EV_STOP, EV_TIMER, EV_NEW_RP, EV_N };
enum action { NOTHING, CLEAR_TIMER, WAIT, PROBE };

static const struct {
    uint8_t to, action;
} table[PIM_REG_N][EV_N] = {
    [PIM_REG_NONE] = {[EV_COULD] = {PIM_REG_JOIN, NOTHING},
                      [EV_COULD_NOT] = {PIM_REG_NONE, NOTHING},
                      [EV_STOP] = {PIM_REG_NONE, NOTHING},
                      [EV_TIMER] = {PIM_REG_NONE, CLEAR_TIMER},
                      [EV_NEW_RP] = {PIM_REG_NONE, NOTHING}},
    [PIM_REG_JOIN] = {[EV_COULD] = {PIM_REG_JOIN, NOTHING},
                      [EV_COULD_NOT] = {PIM_REG_NONE, CLEAR_TIMER},
                      [EV_STOP] = {PIM_REG_PRUNE, WAIT},
                      [EV_TIMER] = {PIM_REG_JOIN, CLEAR_TIMER},
                      [EV_NEW_RP] = {PIM_REG_JOIN, NOTHING}},
    [PIM_REG_PENDING] = {[EV_COULD] = {PIM_REG_PENDING, NOTHING},
                         [EV_COULD_NOT] = {PIM_REG_NONE, CLEAR_TIMER},
                         [EV_STOP] = {PIM_REG_PRUNE, WAIT},
                         [EV_TIMER] = {PIM_REG_JOIN, CLEAR_TIMER},
                         [EV_NEW_RP] = {PIM_REG_JOIN, CLEAR_TIMER}},
    [PIM_REG_PRUNE] = {[EV_COULD] = {PIM_REG_PRUNE, NOTHING},
                       [EV_COULD_NOT] = {PIM_REG_NONE, CLEAR_TIMER},
                       [EV_STOP] = {PIM_REG_PRUNE, NOTHING},
                       [EV_TIMER] = {PIM_REG_PENDING, PROBE},
                       [EV_NEW_RP] = {PIM_REG_JOIN, CLEAR_TIMER}},
};

static void send_null(struct pim_router *r, const struct pim_group_state *g,
                      const struct pim_entry *e)
{
    const struct pim_msg m = {.kind = PIM_REGISTER,
                              .family = r->cfg->family,
                              .u.reg = {.null = true,
                                        .source = e->source,
                                        .group = g->group,
                                        .inner_len = pim_null_len(r->cfg->family)}};
    r->io->send(r->io->obj, PIM_NO_IFACE, &g->rp, &m);
}

static void take(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                 struct pim_entry *e, enum event event)
{
    const struct pim_cfg *cfg = r->cfg;
    uint8_t action = table[e->reg_state][event].action;
    e->reg_state = table[e->reg_state][event].to;
    if (action == CLEAR_TIMER) {
        e->reg_at = SIM_NEVER;
    } else if (action == PROBE) {
        send_null(r, g, e);
        e->reg_at = now + cfg->register_probe;
    } else if (action == WAIT) {
        sim_time t = cfg->register_suppression;
        const struct pim_draw_key key = {PIM_DRAW_REGISTER, &g->group, &e->source, &e->draws};
        e->reg_at = now + t / 2 - cfg->register_probe + pim_draw(r, now, &key, t);
    }
}

void pim_register_eval(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                       struct pim_entry *e)
{
    bool could = !g->is_ssm && g->has_rp && !g->am_rp && e->keepalive > now && e->reachable &&
                 e->route.connected && r->ifaces[e->route.iface].is_dr;
    if (could && e->reg_state != PIM_REG_NONE && !ip_addr_equal(&e->reg_rp, &g->rp))
        take(r, now, g, e, EV_NEW_RP);
    e->reg_rp = g->rp;
    take(r, now, g, e, could ? EV_COULD : EV_COULD_NOT);
}

void pim_register_wake(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                       struct pim_entry *e)
{
    if (e->reg_at <= now)
        take(r, now, g, e, EV_TIMER);
}

sim_time pim_register_next(const struct pim_entry *e)
{
    return e->reg_at;
}

void pim_register_send(struct pim_router *r, const struct pim_entry *e, const struct pim_data *d)
{
    const struct pim_msg m = {
        .kind = PIM_REGISTER,
        .family = r->cfg->family,
        .u.reg = {
            .source = d->source, .group = d->group, .inner = d->inner, .inner_len = d->inner_len}};
    r->io->send(r->io->obj, PIM_NO_IFACE, &e->reg_rp, &m);
}

enum pim_reason pim_register_stop_receive(struct pim_router *r, sim_time now,
                                          const struct pim_register_stop *stop)
{
    struct pim_group_state *g = pim_tree_find(r, &stop->group.addr);
    bool all = ip_addr_is_any(&stop->source);
    for (uint32_t k = 0; g && k < g->n_sg; k++) {
        struct pim_entry *e = g->sg[k];
        if (!all && !ip_addr_equal(&e->source, &stop->source))
            continue;
        e->reg_stopped = true;
        pim_tree_touch(r, now, g);
    }
    return PIM_DROP_NONE;
}

void pim_register_settle(struct pim_router *r, sim_time now, const struct pim_group_state *g,
                         struct pim_entry *e)
{
    if (e->reg_stopped)
        take(r, now, g, e, EV_STOP);
    e->reg_stopped = false;
}

bool pim_wants_spt(const struct pim_router *r, sim_time now, struct pim_entry *e, enum pim_spt spt,
                   size_t len)
{
    if (spt != PIM_SPT_RATE)
        return spt == PIM_SPT_FIRST_PACKET;
    if (now - e->rate_from >= SIM_S(1)) {
        e->rate_from = now;
        e->rate_octets = 0;
    }
    e->rate_octets += len;
    return 8 * e->rate_octets > r->cfg->spt_bps;
}

static void send_stop(struct pim_router *r, const struct ip_addr *to,
                      const struct pim_register *reg)
{
    const struct pim_msg m = {
        .kind = PIM_REGISTER_STOP,
        .family = r->cfg->family,
        .u.stop = {.group = {reg->group, (uint8_t)(8 * ip_addr_len(reg->group.family))},
                   .source = reg->source}};
    r->io->send(r->io->obj, PIM_NO_IFACE, to, &m);
}

/* How long a Register-Stop keeps the source's state (RFC 7761 section 4.11). */
static sim_time rp_keepalive(const struct pim_cfg *cfg)
{
    sim_time t = 3 * cfg->register_suppression + cfg->register_probe;
    return t > cfg->keepalive ? t : cfg->keepalive;
}

static void serve(struct pim_router *r, sim_time now, struct pim_group_state *g,
                  const struct ip_addr *src, const struct pim_register *reg)
{
    struct pim_entry *e = pim_tree_get_source(r, g, &reg->source);
    uint64_t *out = pim_tree_out(r, 0);
    pim_entry_route(r, g, e);
    struct pim_sets s = pim_tree_sets(r, g, e);
    pim_olist_inherited(&s, out);
    bool wanted = !pim_set_empty(out, r->n_words);
    bool to_spt = pim_wants_spt(r, now, e, r->cfg->rp_spt, reg->inner_len);
    bool spt = e->spt && e->spt_at < now;
    bool stop = spt || (to_spt && !wanted);
    sim_time until = now + (stop ? rp_keepalive(r->cfg) : r->cfg->keepalive);
    if (stop)
        send_stop(r, src, reg);
    if ((spt || to_spt) && until > e->keepalive)
        e->keepalive = until;
    pim_olist_rpt(&s, out);
    if (!spt && !reg->null && r->io->decapsulated && !pim_set_empty(out, r->n_words))
        r->io->decapsulated(r->io->obj, reg, out);
    pim_tree_touch(r, now, g);
}

enum pim_reason pim_register_receive(struct pim_router *r, sim_time now, const struct ip_addr *src,
                                     const struct ip_addr *dst, const struct pim_register *reg)
{
    if (!pim_router_is_own(r, dst))
        return PIM_DROP_NOT_FOR_US;
    bool ssm = ip_group_is_ssm(&reg->group);
    struct ip_addr rp;
    if (ssm || !pim_rpset_find(&r->rps, &reg->group, &rp) || !ip_addr_equal(&rp, dst)) {
        send_stop(r, src, reg);
        return ssm ? PIM_DROP_SSM : PIM_DROP_WRONG_RP;
    }
    serve(r, now, pim_tree_group(r, &reg->group), src, reg);
    return PIM_DROP_NONE;
}
