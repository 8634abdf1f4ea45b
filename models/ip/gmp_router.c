/* SPDX-License-Identifier: GPL-2.0-only
 * A router's memberships on a link: queries, election, reports. Sources: see gmp_router.h. */
#include "models/ip/gmp_router.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

enum { MAX_QRV = 7 };

static void earlier(sim_time *at, sim_time t)
{
    *at = t < *at ? t : *at;
}

void gmp_router_init(struct gmp_router *r, const struct gmp_cfg *cfg,
                     const struct gmp_router_io *io, const struct ip_addr *own)
{
    *r = (struct gmp_router){
        .cfg = cfg,
        .io = io,
        .own = *own,
        .robustness = cfg->robustness,
        .query_interval = cfg->query_interval,
        .query_at = SIM_NEVER,
        .other_until = SIM_NEVER,
        .groups_at = SIM_NEVER,
    };
}

void gmp_router_fini(struct gmp_router *r)
{
    for (uint32_t i = 0; i < r->n_groups; i++) {
        gmp_group_fini(r->groups[i]);
        free(r->groups[i]);
    }
    free(r->groups);
    r->groups = NULL;
    r->n_groups = r->max_groups = 0;
}

static struct gmp_times times_of(const struct gmp_router *r)
{
    return gmp_times_of(r->cfg, r->robustness, r->query_interval);
}

static uint32_t place_of(const struct gmp_router *r, const struct ip_addr *group)
{
    uint32_t lo = 0, hi = r->n_groups;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (ip_addr_cmp(&r->groups[mid]->group, group) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct gmp_group *find(const struct gmp_router *r, const struct ip_addr *group)
{
    uint32_t i = place_of(r, group);
    return i < r->n_groups && ip_addr_equal(&r->groups[i]->group, group) ? r->groups[i] : NULL;
}

static struct gmp_group *add_group(struct gmp_router *r, const struct ip_addr *group)
{
    uint32_t i = place_of(r, group);
    if (r->n_groups == r->max_groups) {
        r->max_groups = r->max_groups ? 2 * r->max_groups : 4;
        r->groups = mem_grow(r->groups, r->max_groups, sizeof(struct gmp_group *));
    }
    memmove(r->groups + i + 1, r->groups + i, (r->n_groups - i) * sizeof *r->groups);
    r->n_groups++;
    r->groups[i] = mem_alloc(1, sizeof **r->groups);
    gmp_group_init(r->groups[i], group);
    return r->groups[i];
}

static void remove_group(struct gmp_router *r, const struct ip_addr *group)
{
    uint32_t i = place_of(r, group);
    gmp_group_fini(r->groups[i]);
    free(r->groups[i]);
    r->n_groups--;
    memmove(r->groups + i, r->groups + i + 1, (r->n_groups - i) * sizeof *r->groups);
}

const struct gmp_group *gmp_router_group(const struct gmp_router *r, const struct ip_addr *group)
{
    return find(r, group);
}

bool gmp_router_wants(const struct gmp_router *r, sim_time now, const struct ip_addr *group,
                      const struct ip_addr *source)
{
    const struct gmp_group *g = find(r, group);
    return g && gmp_group_passes(g, now, source);
}

/* Times are sent as their codes can say them. */
static struct gmp_msg make_query(const struct gmp_router *r, const struct ip_addr *group)
{
    const struct gmp_cfg *cfg = r->cfg;
    sim_time max_resp = ip_addr_is_any(group) ? cfg->query_response : cfg->last_member_interval;
    struct gmp_msg m = {
        .kind = GMP_QUERY,
        .family = cfg->family,
        .version = cfg->version,
        .group = *group,
        .max_resp = gmp_coded_max_resp(cfg->family, cfg->version, max_resp),
    };
    if (cfg->version == GMP_V3) {
        m.qrv = r->robustness > MAX_QRV ? 0 : r->robustness;
        m.qqi = gmp_coded_qqi(r->query_interval);
    }
    return m;
}

static void send_general(struct gmp_router *r, sim_time now)
{
    struct ip_addr any = ip_addr_any(r->cfg->family);
    struct gmp_msg m = make_query(r, &any);
    r->io->send(r->io->obj, &m);
    if (r->startup_left > 0)
        r->startup_left--;
    r->query_at = now + (r->startup_left > 0 ? times_of(r).startup_interval : r->query_interval);
}

/* The sources of a group that are owed a query, those with timers beyond the last member's time
 * with the S flag, the others without (RFC 3376 section 6.6.3.2). */
static void send_sources(struct gmp_router *r, struct gmp_group *g, sim_time limit, bool s_flag)
{
    size_t max = gmp_max_sources(r->cfg->family, GMP_QUERY, r->cfg->mtu), n = 0;
    struct ip_addr *list = mem_alloc(g->n_sources, sizeof *list);
    for (uint32_t i = 0; i < g->n_sources; i++) {
        const struct gmp_source *s = &g->sources[i];
        if (s->left > 0 && s->until > 0 && (s->until > limit) == s_flag)
            list[n++] = s->addr;
    }
    for (size_t i = 0; i < n; i += max) {
        struct gmp_msg m = make_query(r, &g->group);
        m.s_flag = s_flag;
        m.sources = list + i;
        m.n_sources = n - i < max ? n - i : max;
        r->io->send(r->io->obj, &m);
    }
    free(list);
}

/* One round of the queries that a group is owed. */
static void send_specific(struct gmp_router *r, struct gmp_group *g, sim_time now)
{
    sim_time limit = now + times_of(r).last_member;
    bool more = false, any = false;
    if (g->left > 0) {
        struct gmp_msg m = make_query(r, &g->group);
        m.s_flag = r->cfg->version == GMP_V3 && g->exclude && g->filter_until > limit;
        r->io->send(r->io->obj, &m);
        more = --g->left > 0;
    }
    for (uint32_t i = 0; i < g->n_sources; i++)
        any |= g->sources[i].left > 0;
    if (any) {
        send_sources(r, g, limit, true);
        send_sources(r, g, limit, false);
    }
    for (uint32_t i = 0; i < g->n_sources; i++)
        if (g->sources[i].left > 0)
            more |= --g->sources[i].left > 0;
    g->query_at = more ? now + r->cfg->last_member_interval : SIM_NEVER;
    earlier(&r->groups_at, g->query_at);
}

/* What a record wants to be asked: the timers are lowered and the first queries sent; what is
 * being asked already is not begun anew. With fast leave nobody is asked. Others than the querier
 * wait for its queries. */
static void ask(struct gmp_router *r, struct gmp_group *g, sim_time now)
{
    struct gmp_times t = times_of(r);
    sim_time limit = r->cfg->fast_leave ? now : now + t.last_member;
    bool due = false;
    if (!r->querier && !r->cfg->fast_leave)
        return;
    for (uint32_t i = 0; i < g->n_sources; i++) {
        struct gmp_source *s = &g->sources[i];
        if (!s->ask || s->until <= limit)
            continue;
        s->until = limit;
        s->left = (uint8_t)t.last_member_count;
        due = true;
    }
    if (g->ask && g->filter_until > limit) {
        g->filter_until = limit;
        g->left = (uint8_t)t.last_member_count;
        due = true;
    }
    if (due && !r->cfg->fast_leave && r->cfg->version > GMP_V1)
        send_specific(r, g, now);
}

/* Tell when the group passes other sources than before, and forget it when nobody is left. */
static void settle(struct gmp_router *r, struct gmp_group *g, sim_time now,
                   const struct ip_filter *before)
{
    struct ip_filter after = {0};
    struct ip_addr group = g->group;
    bool stays = gmp_group_settle(g, now);
    gmp_group_view(g, now, &after);
    bool changed = !ip_filter_equal(before, &after);
    ip_filter_fini(&after);
    if (stays) {
        earlier(&r->groups_at, gmp_group_next(g));
        earlier(&r->groups_at, g->query_at);
    } else {
        remove_group(r, &group);
    }
    if (changed && r->io->changed)
        r->io->changed(r->io->obj, &group);
}

static enum gmp_reason use_record(struct gmp_router *r, sim_time now, const struct gmp_record *rec,
                                  enum gmp_version version)
{
    struct gmp_times t = times_of(r);
    struct ip_filter before = {0};
    struct gmp_group *g = find(r, &rec->group);
    g = g ? g : add_group(r, &rec->group);
    gmp_group_view(g, now, &before);
    enum gmp_reason reason = gmp_group_record(g, now, &t, rec);
    if (reason == GMP_DROP_NONE) {
        if (version != GMP_V3 && rec->type == GMP_IS_EX)
            gmp_group_old(g, now, &t, version);
        ask(r, g, now);
    }
    settle(r, g, now, &before);
    ip_filter_fini(&before);
    return reason;
}

static enum gmp_reason receive_report(struct gmp_router *r, sim_time now, const struct gmp_msg *m)
{
    enum gmp_reason last = GMP_DROP_NONE;
    bool used = m->n_records == 0;
    for (size_t i = 0; i < m->n_records; i++) {
        enum gmp_reason reason = use_record(r, now, &m->records[i], GMP_V3);
        used |= reason == GMP_DROP_NONE;
        last = reason ? reason : last;
    }
    return used ? GMP_DROP_NONE : last;
}

/* MLD: the low 64 bits decide (RFC 3810 section 7.6.2: link-local prefixes are equal). Without an
 * own address everybody else is the querier. */
static bool is_lower(const struct ip_addr *a, const struct ip_addr *own)
{
    if (ip_addr_is_any(own))
        return true;
    if (a->family == IP_V4)
        return memcmp(a->b, own->b, 4) < 0;
    return memcmp(a->b + 8, own->b + 8, 8) < 0;
}

/* RFC 3376 section 6.6.2. */
static void yield_to(struct gmp_router *r, sim_time now, const struct ip_addr *src,
                     const struct gmp_msg *m)
{
    r->querier = false;
    r->elected = *src;
    r->startup_left = 0;
    r->query_at = SIM_NEVER;
    if (m->version == GMP_V3) {
        r->robustness = m->qrv ? m->qrv : r->cfg->robustness;
        r->query_interval = m->qqi ? m->qqi : r->cfg->query_interval;
    }
    r->other_until = now + times_of(r).other_querier;
    for (uint32_t i = 0; i < r->n_groups; i++) {
        struct gmp_group *g = r->groups[i];
        g->query_at = SIM_NEVER;
        g->left = 0;
        for (uint32_t k = 0; k < g->n_sources; k++)
            g->sources[k].left = 0;
    }
}

static enum gmp_reason receive_query(struct gmp_router *r, sim_time now, const struct ip_addr *src,
                                     const struct gmp_msg *m)
{
    if (ip_addr_is_any(src))
        return GMP_DROP_UNSPECIFIED;
    if (ip_addr_equal(src, &r->own))
        return GMP_DROP_ROLE;
    if (is_lower(src, &r->own))
        yield_to(r, now, src, m);
    struct gmp_group *g = find(r, &m->group);
    if (!g || m->s_flag)
        return GMP_DROP_NONE;
    struct ip_filter before = {0};
    gmp_group_view(g, now, &before);
    gmp_group_lower(g, now + times_of(r).last_member, m->sources, m->n_sources);
    settle(r, g, now, &before);
    ip_filter_fini(&before);
    return GMP_DROP_NONE;
}

enum gmp_reason gmp_router_receive(struct gmp_router *r, sim_time now, const struct ip_addr *src,
                                   const struct gmp_msg *m)
{
    SIM_CHECK(m->family == r->cfg->family, "family %d on a link of %d", m->family, r->cfg->family);
    gmp_router_wake(r, now);
    if (m->kind == GMP_QUERY)
        return receive_query(r, now, src, m);
    if (m->family == IP_V6 && ip_addr_is_any(src))
        return GMP_DROP_UNSPECIFIED; /* RFC 3590 */
    if (m->version > r->cfg->version)
        return GMP_DROP_VERSION;
    if (m->version == GMP_V3)
        return receive_report(r, now, m);
    if (ip_group_is_ssm(&m->group))
        return GMP_DROP_SSM;
    const struct gmp_record rec = {.type = m->kind == GMP_LEAVE ? GMP_TO_IN : GMP_IS_EX,
                                   .group = m->group};
    return use_record(r, now, &rec, (enum gmp_version)m->version);
}

void gmp_router_start(struct gmp_router *r, sim_time now)
{
    r->querier = true;
    r->elected = r->own;
    r->robustness = r->cfg->robustness;
    r->query_interval = r->cfg->query_interval;
    r->other_until = SIM_NEVER;
    r->startup_left = times_of(r).startup_count;
    r->query_at = now;
}

/* The querier has been silent for too long (RFC 3376 section 6.6.2). */
static void take_over(struct gmp_router *r, sim_time now)
{
    gmp_router_start(r, now);
    r->startup_left = 0;
}

static void wake_groups(struct gmp_router *r, sim_time now)
{
    r->groups_at = SIM_NEVER;
    for (uint32_t i = 0; i < r->n_groups;) {
        struct gmp_group *g = r->groups[i];
        uint32_t n = r->n_groups;
        if (g->query_at <= now)
            send_specific(r, g, now);
        if (gmp_group_next(g) <= now) {
            struct ip_filter before = {0};
            gmp_group_view(g, gmp_group_next(g) - 1, &before);
            settle(r, g, now, &before);
            ip_filter_fini(&before);
        } else {
            earlier(&r->groups_at, gmp_group_next(g));
            earlier(&r->groups_at, g->query_at);
        }
        i += r->n_groups == n;
    }
}

void gmp_router_wake(struct gmp_router *r, sim_time now)
{
    if (r->other_until <= now)
        take_over(r, now);
    if (r->query_at <= now)
        send_general(r, now);
    if (r->groups_at <= now)
        wake_groups(r, now);
}

sim_time gmp_router_next(const struct gmp_router *r)
{
    sim_time at = r->query_at;
    earlier(&at, r->other_until);
    earlier(&at, r->groups_at);
    return at;
}
