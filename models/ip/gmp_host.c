/* SPDX-License-Identifier: GPL-2.0-only
 * Membership of a host's interface: state changes with their repetitions, answers to queries, older
 * versions. Sources: see gmp_host.h. */
#include "models/ip/gmp_host.h"

#include <stdlib.h>
#include <string.h>

#include "models/ip/gmp_report.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { V1_RESPONSE_S = 10, V1_PRESENT_S = 400 }; /* RFC 1112 appendix I; RFC 2236 section 4 */

/* What a delay is drawn for. */
enum draw_kind { DRAW_GENERAL = 1, DRAW_REPEAT, DRAW_GROUP, DRAW_OLD };

/* A source that further reports must speak of. */
struct change {
    struct ip_addr source;
    uint8_t left;
};

struct gmp_host_group {
    struct ip_addr group;
    bool dirty;         /* before differs from now, and nobody has been told */
    bool last_reporter; /* versions 1 and 2: nobody else has reported it since */
    uint8_t mode_left;  /* reports that must carry the filter mode */
    uint8_t old_left;   /* unasked reports of version 1 or 2 */
    uint32_t n_draws;
    struct ip_filter now, before;
    struct change *changes; /* ascending */
    uint32_t n_changes;
    sim_time answer_at; /* answer to a query for the group */
    struct ip_set asked;
    sim_time old_at; /* next report of version 1 or 2 */
};

/* In (0, max]; which one it is depends on nothing that happens to others. */
static sim_time draw(const struct gmp_host *h, enum draw_kind kind, uint32_t hash, uint32_t n,
                     sim_time max)
{
    uint64_t i = (uint64_t)kind << 56 | (uint64_t)(hash & 0xffffff) << 32 | n;
    if (max < 1)
        return 1;
    return 1 + (sim_time)(rng_draw_uniform(h->io->key, h->io->entity, i) * (double)max);
}

/* FNV-1a of the group's octets. */
static sim_time draw_for(const struct gmp_host *h, struct gmp_host_group *g, enum draw_kind kind,
                         sim_time max)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < sizeof g->group.b; i++)
        hash = (hash ^ g->group.b[i]) * 16777619u;
    return draw(h, kind, hash ^ hash >> 24, g->n_draws++, max);
}

void gmp_host_init(struct gmp_host *h, const struct gmp_cfg *cfg, const struct gmp_host_io *io)
{
    *h = (struct gmp_host){
        .cfg = cfg,
        .io = io,
        .mode = cfg->version,
        .robustness = cfg->robustness,
        .query_interval = cfg->query_interval,
        .flush_at = SIM_NEVER,
        .repeat_at = SIM_NEVER,
        .general_at = SIM_NEVER,
        .groups_at = SIM_NEVER,
    };
}

static void group_close(struct gmp_host_group *g)
{
    ip_filter_fini(&g->now);
    ip_filter_fini(&g->before);
    ip_set_fini(&g->asked);
    free(g->changes);
    free(g);
}

void gmp_host_fini(struct gmp_host *h)
{
    for (uint32_t i = 0; i < h->n_groups; i++)
        group_close(h->groups[i]);
    free(h->groups);
    h->groups = NULL;
    h->n_groups = 0;
}

static uint32_t place_of(const struct gmp_host *h, const struct ip_addr *group)
{
    uint32_t lo = 0, hi = h->n_groups;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (ip_addr_cmp(&h->groups[mid]->group, group) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct gmp_host_group *find(const struct gmp_host *h, const struct ip_addr *group)
{
    uint32_t i = place_of(h, group);
    return i < h->n_groups && ip_addr_equal(&h->groups[i]->group, group) ? h->groups[i] : NULL;
}

static struct gmp_host_group *add_group(struct gmp_host *h, const struct ip_addr *group)
{
    uint32_t i = place_of(h, group);
    if (h->n_groups == h->max_groups) {
        h->max_groups = h->max_groups ? 2 * h->max_groups : 2;
        h->groups = mem_grow(h->groups, h->max_groups, sizeof(struct gmp_host_group *));
    }
    memmove(h->groups + i + 1, h->groups + i, (h->n_groups - i) * sizeof *h->groups);
    h->n_groups++;
    h->groups[i] = mem_alloc(1, sizeof **h->groups);
    h->groups[i]->group = *group;
    h->groups[i]->answer_at = h->groups[i]->old_at = SIM_NEVER;
    h->groups[i]->last_reporter = true;
    return h->groups[i];
}

static bool has_left(const struct gmp_host_group *g)
{
    return g->mode_left > 0 || g->n_changes > 0;
}

/* Forget the groups that nobody is in and nothing more is to be said of. */
static void drop_groups(struct gmp_host *h)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < h->n_groups; i++) {
        struct gmp_host_group *g = h->groups[i];
        if (ip_filter_is_member(&g->now) || g->dirty || has_left(g))
            h->groups[n++] = g;
        else
            group_close(g);
    }
    h->n_groups = n;
}

enum gmp_version gmp_host_mode(const struct gmp_host *h, sim_time now)
{
    enum gmp_version mode = (enum gmp_version)h->cfg->version;
    if (now < h->v1_until)
        return GMP_V1;
    return now < h->v2_until && mode > GMP_V2 ? GMP_V2 : mode;
}

/* What was pending in the mode before is cancelled (RFC 3376 section 7.2.1). */
static void update_mode(struct gmp_host *h, sim_time now)
{
    uint8_t mode = (uint8_t)gmp_host_mode(h, now);
    if (mode == h->mode)
        return;
    h->mode = mode;
    h->general_at = h->repeat_at = h->groups_at = SIM_NEVER;
    for (uint32_t i = 0; i < h->n_groups; i++) {
        struct gmp_host_group *g = h->groups[i];
        g->answer_at = g->old_at = SIM_NEVER;
        g->mode_left = g->old_left = 0;
        g->n_changes = 0;
        ip_set_clear(&g->asked);
    }
    drop_groups(h);
}

static void earlier(sim_time *at, sim_time t)
{
    *at = t < *at ? t : *at;
}

/* A source's presence in further reports begins anew. */
static void note_change(struct gmp_host_group *g, const struct ip_addr *source, uint8_t left)
{
    uint32_t i = 0;
    while (i < g->n_changes && ip_addr_cmp(&g->changes[i].source, source) < 0)
        i++;
    if (i == g->n_changes || !ip_addr_equal(&g->changes[i].source, source)) {
        g->changes = mem_grow(g->changes, g->n_changes + 1, sizeof *g->changes);
        memmove(g->changes + i + 1, g->changes + i, (g->n_changes - i) * sizeof *g->changes);
        g->n_changes++;
        g->changes[i].source = *source;
    }
    g->changes[i].left = left;
}

/* What differs between before and now must be told robustness times. */
static void note_difference(struct gmp_host *h, struct gmp_host_group *g)
{
    const struct ip_set *a = &g->before.sources, *b = &g->now.sources;
    if (g->before.exclude != g->now.exclude) {
        g->mode_left = h->robustness;
        return;
    }
    for (uint32_t i = 0; i < a->n; i++)
        if (!ip_set_has(b, &a->v[i]))
            note_change(g, &a->v[i], h->robustness);
    for (uint32_t i = 0; i < b->n; i++)
        if (!ip_set_has(a, &b->v[i]))
            note_change(g, &b->v[i], h->robustness);
}

/* ALLOW or BLOCK of the sources in question. */
static void add_changes(struct gmp_report *r, const struct gmp_host_group *g, bool allow)
{
    struct ip_set picked = {0};
    for (uint32_t i = 0; i < g->n_changes; i++)
        if (ip_filter_passes(&g->now, &g->changes[i].source) == allow)
            ip_set_add(&picked, &g->changes[i].source);
    if (picked.n > 0)
        gmp_report_add(r, allow ? GMP_ALLOW : GMP_BLOCK, &g->group, &picked);
    ip_set_fini(&picked);
}

/* RFC 3376 section 5.1, RFC 3810 section 6.1: the last table. */
static void report_changes(struct gmp_report *r, struct gmp_host_group *g)
{
    if (g->mode_left > 0) {
        g->mode_left--;
        gmp_report_add(r, g->now.exclude ? GMP_TO_EX : GMP_TO_IN, &g->group, &g->now.sources);
    } else {
        add_changes(r, g, true);
        add_changes(r, g, false);
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_changes; i++)
        if (--g->changes[i].left > 0)
            g->changes[n++] = g->changes[i];
    g->n_changes = n;
    if (n == 0) {
        free(g->changes);
        g->changes = NULL;
    }
}

/* A report or leave of version 1 or 2. */
static void send_old(const struct gmp_host *h, const struct gmp_host_group *g, enum gmp_kind kind)
{
    const struct gmp_msg m = {
        .kind = (uint8_t)kind, .family = h->cfg->family, .version = h->mode, .group = g->group};
    h->io->send(h->io->obj, &m);
}

static struct gmp_times times_of(const struct gmp_host *h)
{
    struct gmp_times t = gmp_times_of(h->cfg, h->robustness, h->query_interval);
    if (h->cfg->unsolicited_interval == 0)
        t.unsolicited = h->mode == GMP_V3 ? SIM_S(1) : SIM_S(10);
    return t;
}

static void set_old_timer(struct gmp_host *h, struct gmp_host_group *g, sim_time at)
{
    g->old_at = at;
    earlier(&h->groups_at, at);
}

/* A report that another one follows while some are left. */
static void report_old(struct gmp_host *h, struct gmp_host_group *g, sim_time now)
{
    send_old(h, g, GMP_REPORT);
    g->last_reporter = true;
    g->old_at = SIM_NEVER;
    if (g->old_left == 0)
        return;
    g->old_left--;
    set_old_timer(h, g, now + draw_for(h, g, DRAW_OLD, times_of(h).unsolicited));
}

static void flush_old(struct gmp_host *h, struct gmp_host_group *g, sim_time now)
{
    bool was = ip_filter_is_member(&g->before), is = ip_filter_is_member(&g->now);
    if (was == is)
        return;
    g->old_left = 0;
    g->old_at = SIM_NEVER;
    if (is) {
        g->old_left = (uint8_t)(h->robustness - 1);
        report_old(h, g, now);
    } else if (g->last_reporter && h->mode == GMP_V2) {
        send_old(h, g, GMP_LEAVE);
    }
}

static void report_init(const struct gmp_host *h, struct gmp_report *r)
{
    gmp_report_init(r, h->cfg->family, h->cfg->mtu, h->io->room);
    r->obj = h->io->obj;
    r->send = h->io->send;
}

/* State-change reports that are due: new ones, and repetitions of earlier ones. */
static void send_changes(struct gmp_host *h, sim_time now)
{
    bool flush = h->flush_at <= now, repeat = h->repeat_at <= now, more = false;
    struct gmp_report r;
    report_init(h, &r);
    if (repeat)
        h->repeat_at = SIM_NEVER;
    if (flush)
        h->flush_at = SIM_NEVER;
    for (uint32_t i = 0; i < h->n_groups; i++) {
        struct gmp_host_group *g = h->groups[i];
        bool told = flush && g->dirty;
        bool fresh = told && !ip_filter_equal(&g->before, &g->now);
        if (fresh && h->mode == GMP_V3)
            note_difference(h, g);
        else if (fresh)
            flush_old(h, g, now);
        if ((fresh || repeat) && has_left(g))
            report_changes(&r, g);
        if (told) {
            g->dirty = false;
            ip_filter_fini(&g->before);
        }
        more |= has_left(g);
    }
    gmp_report_end(&r);
    if (more && h->repeat_at == SIM_NEVER)
        h->repeat_at = now + draw(h, DRAW_REPEAT, 0, h->n_repeats++, times_of(h).unsolicited);
    drop_groups(h);
}

void gmp_host_set(struct gmp_host *h, sim_time now, const struct ip_addr *group,
                  const struct ip_filter *f)
{
    if (!ip_group_is_reported(group))
        return;
    gmp_host_wake(h, now);
    struct gmp_host_group *g = find(h, group);
    if (!g && !ip_filter_is_member(f))
        return;
    g = g ? g : add_group(h, group);
    if (!g->dirty)
        ip_filter_copy(&g->before, &g->now);
    g->dirty = true;
    ip_filter_copy(&g->now, f);
    earlier(&h->flush_at, now + SIM_NS(1));
}

/* Answer to a general query. */
static void send_all(struct gmp_host *h)
{
    struct gmp_report r;
    report_init(h, &r);
    for (uint32_t i = 0; i < h->n_groups; i++) {
        const struct gmp_host_group *g = h->groups[i];
        if (ip_filter_is_member(&g->now))
            gmp_report_add(&r, g->now.exclude ? GMP_IS_EX : GMP_IS_IN, &g->group, &g->now.sources);
    }
    gmp_report_end(&r);
}

/* Answer to a query for a group, and perhaps some sources (RFC 3376 section 5.2). */
static void send_one(struct gmp_host *h, struct gmp_host_group *g)
{
    struct gmp_report r;
    report_init(h, &r);
    if (g->asked.n == 0) {
        if (ip_filter_is_member(&g->now))
            gmp_report_add(&r, g->now.exclude ? GMP_IS_EX : GMP_IS_IN, &g->group, &g->now.sources);
    } else {
        if (g->now.exclude)
            ip_set_subtract(&g->asked, &g->now.sources);
        else
            ip_set_intersect(&g->asked, &g->now.sources);
        if (g->asked.n > 0)
            gmp_report_add(&r, GMP_IS_IN, &g->group, &g->asked);
    }
    gmp_report_end(&r);
    ip_set_fini(&g->asked);
    g->answer_at = SIM_NEVER;
}

static void wake_groups(struct gmp_host *h, sim_time now)
{
    h->groups_at = SIM_NEVER;
    for (uint32_t i = 0; i < h->n_groups; i++) {
        struct gmp_host_group *g = h->groups[i];
        if (g->answer_at <= now)
            send_one(h, g);
        if (g->old_at <= now)
            report_old(h, g, now);
        earlier(&h->groups_at, g->answer_at);
        earlier(&h->groups_at, g->old_at);
    }
}

void gmp_host_wake(struct gmp_host *h, sim_time now)
{
    update_mode(h, now);
    if (h->flush_at <= now || h->repeat_at <= now)
        send_changes(h, now);
    if (h->general_at <= now) {
        h->general_at = SIM_NEVER;
        send_all(h);
    }
    if (h->groups_at <= now)
        wake_groups(h, now);
}

sim_time gmp_host_next(const struct gmp_host *h)
{
    sim_time at = h->flush_at;
    earlier(&at, h->repeat_at);
    earlier(&at, h->general_at);
    earlier(&at, h->groups_at);
    return at;
}

/* RFC 3376 section 5.2 rules 1 to 5. */
static void answer_later(struct gmp_host *h, sim_time now, const struct gmp_msg *m)
{
    if (ip_addr_is_any(&m->group)) {
        earlier(&h->general_at, now + draw(h, DRAW_GENERAL, 0, h->n_general++, m->max_resp));
        return;
    }
    struct gmp_host_group *g = find(h, &m->group);
    if (!g || !ip_filter_is_member(&g->now))
        return;
    sim_time at = now + draw_for(h, g, DRAW_GROUP, m->max_resp);
    if (h->general_at < at)
        return;
    bool pending = g->answer_at != SIM_NEVER;
    if (m->n_sources == 0 || (pending && g->asked.n == 0)) {
        ip_set_clear(&g->asked);
    } else {
        for (size_t i = 0; i < m->n_sources; i++)
            ip_set_add(&g->asked, &m->sources[i]);
    }
    earlier(&g->answer_at, at);
    earlier(&h->groups_at, g->answer_at);
}

/* RFC 2236 section 3: a timer of each group, which a shorter delay shortens. */
static void answer_old(struct gmp_host *h, sim_time now, const struct gmp_msg *m)
{
    sim_time max = m->version == GMP_V1 ? SIM_S(V1_RESPONSE_S) : m->max_resp;
    for (uint32_t i = 0; i < h->n_groups; i++) {
        struct gmp_host_group *g = h->groups[i];
        bool asked = ip_addr_is_any(&m->group) || ip_addr_equal(&m->group, &g->group);
        if (!asked || !ip_filter_is_member(&g->now))
            continue;
        sim_time at = now + draw_for(h, g, DRAW_GROUP, max);
        if (g->old_at > now + max)
            set_old_timer(h, g, at);
    }
}

/* A querier of an older version counts until it has been silent for long. */
static void note_querier(struct gmp_host *h, sim_time now, const struct gmp_msg *m)
{
    sim_time until = now + gmp_times_of(h->cfg, h->robustness, h->query_interval).older_querier;
    if (m->version == GMP_V1)
        h->v1_until = h->cfg->version == GMP_V2 ? now + SIM_S(V1_PRESENT_S) : until;
    else if (m->version == GMP_V2)
        h->v2_until = until;
    update_mode(h, now);
    if (m->version != GMP_V3 || h->mode != GMP_V3)
        return;
    h->robustness = m->qrv ? m->qrv : h->cfg->robustness;
    h->query_interval = m->qqi ? m->qqi : h->cfg->query_interval;
}

enum gmp_reason gmp_host_receive(struct gmp_host *h, sim_time now, const struct gmp_msg *m)
{
    SIM_CHECK(m->family == h->cfg->family, "family %d on an interface of %d", m->family,
              h->cfg->family);
    gmp_host_wake(h, now);
    if (m->kind == GMP_QUERY) {
        note_querier(h, now, m);
        if (h->mode == GMP_V3)
            answer_later(h, now, m);
        else
            answer_old(h, now, m);
        return GMP_DROP_NONE;
    }
    /* Another member has reported: there is no need to (RFC 2236 section 3). */
    if (m->kind != GMP_REPORT || m->version == GMP_V3 || h->mode == GMP_V3)
        return GMP_DROP_ROLE;
    struct gmp_host_group *g = find(h, &m->group);
    if (g) {
        g->old_at = SIM_NEVER;
        g->old_left = 0;
        g->last_reporter = false;
    }
    return GMP_DROP_NONE;
}
