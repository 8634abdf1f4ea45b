/* SPDX-License-Identifier: GPL-2.0-only
 * State of one group on one link. Sources: see gmp_group.h. */
#include "models/ip/gmp_group.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

/* What becomes of a source. */
enum act {
    GONE,   /* is not in the state then */
    KEEP,   /* as it was */
    RENEW,  /* forwarded for the membership interval */
    STOP,   /* into Y */
    TIMER,  /* forwarded as long as the filter timer still runs */
    ASK = 8 /* and to be asked for */
};

/* B: the record's sources. Of an INCLUDE state X is A, and Y is empty. */
struct rule {
    uint8_t x, y, b, xb, yb; /* in X alone, Y alone, B alone, X and B, Y and B */
    bool exclude;            /* the state is EXCLUDE then, its timer renewed */
    bool ask_group;
};

/* RFC 3376 sections 6.4.1 and 6.4.2, RFC 3810 sections 7.4.1 and 7.4.2. */
static const struct rule include_rules[GMP_N_RECORD_TYPES + 1] = {
    [GMP_IS_IN] = {.x = KEEP, .b = RENEW, .xb = RENEW},
    [GMP_ALLOW] = {.x = KEEP, .b = RENEW, .xb = RENEW},
    [GMP_IS_EX] = {.x = GONE, .b = STOP, .xb = KEEP, .exclude = true},
    [GMP_TO_EX] = {.x = GONE, .b = STOP, .xb = KEEP | ASK, .exclude = true},
    [GMP_TO_IN] = {.x = KEEP | ASK, .b = RENEW, .xb = RENEW},
    [GMP_BLOCK] = {.x = KEEP, .b = GONE, .xb = KEEP | ASK},
};
static const struct rule exclude_rules[GMP_N_RECORD_TYPES + 1] = {
    [GMP_IS_IN] = {.x = KEEP, .y = KEEP, .b = RENEW, .xb = RENEW, .yb = RENEW},
    [GMP_ALLOW] = {.x = KEEP, .y = KEEP, .b = RENEW, .xb = RENEW, .yb = RENEW},
    [GMP_IS_EX] = {.x = GONE, .y = GONE, .b = RENEW, .xb = KEEP, .yb = KEEP, .exclude = true},
    [GMP_TO_EX] =
        {.x = GONE, .y = GONE, .b = TIMER | ASK, .xb = KEEP | ASK, .yb = KEEP, .exclude = true},
    [GMP_TO_IN] =
        {.x = KEEP | ASK, .y = KEEP, .b = RENEW, .xb = RENEW, .yb = RENEW, .ask_group = true},
    [GMP_BLOCK] = {.x = KEEP, .y = KEEP, .b = TIMER | ASK, .xb = KEEP | ASK, .yb = KEEP},
};

void gmp_group_init(struct gmp_group *g, const struct ip_addr *group)
{
    *g = (struct gmp_group){.group = *group, .query_at = SIM_NEVER};
}

void gmp_group_fini(struct gmp_group *g)
{
    free(g->sources);
    g->sources = NULL;
    g->n_sources = g->max_sources = 0;
}

/* Where a source stands or would stand. */
static uint32_t place_of(const struct gmp_group *g, const struct ip_addr *a)
{
    uint32_t lo = 0, hi = g->n_sources;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (ip_addr_cmp(&g->sources[mid].addr, a) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct gmp_source *find(const struct gmp_group *g, const struct ip_addr *a)
{
    uint32_t i = place_of(g, a);
    return i < g->n_sources && ip_addr_equal(&g->sources[i].addr, a) ? &g->sources[i] : NULL;
}

static struct gmp_source *insert(struct gmp_group *g, const struct ip_addr *a)
{
    uint32_t i = place_of(g, a);
    if (g->n_sources == g->max_sources) {
        g->max_sources = g->max_sources ? 2 * g->max_sources : 1;
        g->sources = mem_grow(g->sources, g->max_sources, sizeof *g->sources);
    }
    memmove(g->sources + i + 1, g->sources + i, (g->n_sources - i) * sizeof *g->sources);
    g->n_sources++;
    g->sources[i] = (struct gmp_source){.addr = *a};
    return &g->sources[i];
}

struct times {
    sim_time renewed, filter;
};

/* Returns whether the source stays. */
static bool act_on(struct gmp_source *s, unsigned act, const struct times *t)
{
    s->ask = act & ASK;
    switch ((enum act)(act & ~(unsigned)ASK)) {
    case GONE:
        return false;
    case KEEP:
    case ASK:
        break;
    case RENEW:
        s->until = t->renewed;
        break;
    case STOP:
        s->until = 0;
        break;
    case TIMER:
        s->until = t->filter;
        break;
    }
    return true;
}

static void apply(struct gmp_group *g, const struct rule *rule, const struct ip_set *b,
                  const struct times *t)
{
    uint32_t n = 0, n_old = g->n_sources;
    for (uint32_t i = 0; i < n_old; i++) {
        struct gmp_source *s = &g->sources[i];
        bool in_b = ip_set_has(b, &s->addr), in_y = s->until == 0;
        unsigned act = in_y ? (in_b ? rule->yb : rule->y) : (in_b ? rule->xb : rule->x);
        struct gmp_source kept = *s;
        kept.ask = false;
        if (act_on(&kept, act, t))
            g->sources[n++] = kept;
    }
    g->n_sources = n;
    for (uint32_t i = 0; i < b->n && rule->b != GONE; i++)
        if (!find(g, &b->v[i]))
            act_on(insert(g, &b->v[i]), rule->b, t);
}

/* Members of older versions cannot block sources, and of version 1 not leave (RFC 3376 section
 * 7.3.2). Returns the sources that count through n. */
static enum gmp_reason check_old(const struct gmp_group *g, sim_time now,
                                 const struct gmp_record *rec, size_t *n)
{
    bool v1 = now < g->v1_until;
    *n = rec->n_sources;
    if (!v1 && now >= g->v2_until)
        return GMP_DROP_NONE;
    if (rec->type == GMP_TO_EX)
        *n = 0;
    if (rec->type == GMP_BLOCK || (v1 && rec->type == GMP_TO_IN))
        return GMP_DROP_OLD_MODE;
    return GMP_DROP_NONE;
}

enum gmp_reason gmp_group_record(struct gmp_group *g, sim_time now, const struct gmp_times *t,
                                 const struct gmp_record *rec)
{
    size_t n;
    if (!ip_group_is_reported(&rec->group))
        return GMP_DROP_UNREPORTED;
    if ((rec->type == GMP_IS_EX || rec->type == GMP_TO_EX) && ip_group_is_ssm(&rec->group))
        return GMP_DROP_SSM;
    enum gmp_reason reason = check_old(g, now, rec, &n);
    if (reason)
        return reason;
    gmp_group_settle(g, now);
    const struct rule *rule = g->exclude ? &exclude_rules[rec->type] : &include_rules[rec->type];
    const struct times times = {.renewed = now + t->membership, .filter = g->filter_until};
    struct ip_set b = {0};
    ip_set_assign(&b, rec->sources, n);
    apply(g, rule, &b, &times);
    ip_set_fini(&b);
    g->ask = rule->ask_group;
    if (rule->exclude) {
        g->exclude = true;
        g->filter_until = now + t->membership;
    }
    return GMP_DROP_NONE;
}

void gmp_group_old(struct gmp_group *g, sim_time now, const struct gmp_times *t,
                   enum gmp_version version)
{
    if (version == GMP_V1)
        g->v1_until = now + t->older_host;
    else
        g->v2_until = now + t->older_host;
}

void gmp_group_lower(struct gmp_group *g, sim_time until, const struct ip_addr *sources, size_t n)
{
    if (n == 0 && g->exclude && g->filter_until > until)
        g->filter_until = until;
    for (size_t i = 0; i < n; i++) {
        struct gmp_source *s = find(g, &sources[i]);
        if (s && s->until > until)
            s->until = until;
    }
}

bool gmp_group_settle(struct gmp_group *g, sim_time now)
{
    bool ends = g->exclude && g->filter_until <= now;
    if (ends)
        g->exclude = false;
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_sources; i++) {
        struct gmp_source s = g->sources[i];
        if (s.until <= now)
            s.until = 0;
        if (g->exclude || s.until > 0)
            g->sources[n++] = s;
    }
    g->n_sources = n;
    return g->exclude || n > 0;
}

sim_time gmp_group_next(const struct gmp_group *g)
{
    sim_time at = g->exclude ? g->filter_until : SIM_NEVER;
    for (uint32_t i = 0; i < g->n_sources; i++)
        if (g->sources[i].until > 0 && g->sources[i].until < at)
            at = g->sources[i].until;
    return at;
}

bool gmp_group_passes(const struct gmp_group *g, sim_time now, const struct ip_addr *source)
{
    const struct gmp_source *s = find(g, source);
    return s ? s->until > now : g->exclude && g->filter_until > now;
}

void gmp_group_view(const struct gmp_group *g, sim_time now, struct ip_filter *f)
{
    f->exclude = g->exclude && g->filter_until > now;
    ip_set_clear(&f->sources);
    for (uint32_t i = 0; i < g->n_sources; i++)
        if ((g->sources[i].until > now) != f->exclude)
            ip_set_add(&f->sources, &g->sources[i].addr);
}
