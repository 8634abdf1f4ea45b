/* SPDX-License-Identifier: GPL-2.0-only
 * Remote multicast set-up, the server's end: the plan of each member's set-up. First
 * McGroupSetupReq, with its answer McClassBSessionReq or McClassCSessionReq; both are repeated
 * until they are answered, refused, tried often enough, or the deadline has come. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/mckeys.h"
#include "models/server/packages_ts005.h"
#include "sim/err.h"
#include "sim/mem.h"

/* 2 ns later than the plan says: behind what uplinks of that instant bring. */
static const sim_time AFTER = 2;

static struct pk_group *group_of(const struct packages *ps, const struct pk_member *m)
{
    return &ps->ts005->groups[m->group];
}

static uint8_t session_cid(const struct pk_group *g)
{
    return g->terms.class_b ? TS005_CLASS_B_SESSION : TS005_CLASS_C_SESSION;
}

/* A waiting copy of a request is replaced by its repetition. */
static uint32_t key_of(const struct ts005 *c, const struct pk_member *m)
{
    return (uint32_t)c->cid << 8 | m->mc_group_id;
}

enum { PLAN = 1 << 16 };

/* The same for what a plan asks. */
static uint32_t plan_key(const struct ts005 *c)
{
    return PLAN | (uint32_t)c->cid << 8 | ts005_server_group_of(c);
}

static struct package_command command_of(const struct ts005 *c)
{
    return (struct package_command){.fport = TS005_FPORT, .u.ts005 = *c};
}

static void send(struct packages *ps, struct pk_device *d, struct pk_member *m,
                 const struct ts005_server_out *out)
{
    for (int i = 0; i < out->n_send; i++) {
        struct package_command c = command_of(&out->send[i]);
        pk_server_send(ps, d, &c, key_of(&out->send[i], m));
        m->n_requests++;
    }
}

/* Nothing more is asked of this member for this group. */
static void end(struct packages *ps, struct pk_device *d, struct pk_member *m)
{
    const uint8_t cids[] = {TS005_GROUP_SETUP, session_cid(group_of(ps, m))};
    m->over = true;
    m->at = evq_now(ps->s.evq);
    ts005_server_cancel(&m->server);
    for (int i = 0; i < 2; i++) {
        struct ts005 c = {.cid = cids[i]};
        server_drop_packet(ps->s.servers[d->network], d->device, TS005_FPORT, key_of(&c, m));
    }
    for (unsigned i = 0; i < ps->n_plans; i++)
        ps->plans[i].member(ps->plans[i].ctx, m->group, d->device, m->state == PK_READY);
}

static void ask(struct packages *ps, struct pk_device *d, struct pk_member *m,
                const struct ts005 *c, enum pk_state state)
{
    struct ts005_server_out out = {0};
    struct pkg_now now = pk_server_now(ps, d);
    int rc = ts005_server_ask(&m->server, &now, c, &out);
    m->state = (uint8_t)(rc == SIM_OK ? state : PK_TOO_LATE);
    if (rc != SIM_OK)
        end(ps, d, m);
    send(ps, d, m, &out);
}

static void ask_group(struct packages *ps, struct pk_device *d, struct pk_member *m)
{
    const struct multicast_terms *t = &group_of(ps, m)->terms;
    struct ts005 c = {.cid = TS005_GROUP_SETUP};
    c.u.group_setup_req.mc_group_id = m->mc_group_id;
    c.u.group_setup_req.mc_addr = t->mc_addr;
    c.u.group_setup_req.min_mc_fcnt = t->min_fcnt;
    c.u.group_setup_req.max_mc_fcnt = t->max_fcnt;
    mckeys_wrap(d->ts005->mckekey, t->mc_key, c.u.group_setup_req.mc_key_encrypted);
    ask(ps, d, m, &c, PK_GROUP);
}

static void ask_session(struct packages *ps, struct pk_device *d, struct pk_member *m)
{
    const struct pk_group *g = group_of(ps, m);
    struct ts005 c = {.cid = session_cid(g)};
    c.u.session_req.mc_group_id = m->mc_group_id;
    c.u.session_req.session_time_s = (uint32_t)g->session_gps_s; /* modulo 2^32 */
    c.u.session_req.time_out = (uint8_t)g->cfg->session.timeout;
    c.u.session_req.frequency_hz = (uint32_t)g->terms.frequency_hz;
    c.u.session_req.dr = g->terms.dr;
    c.u.session_req.periodicity = g->terms.periodicity;
    ask(ps, d, m, &c, PK_SESSION);
}

/* Which error bits an answer has. */
static uint8_t errors_of(const struct ts005 *c)
{
    const struct ts005_session_ans *a = &c->u.session_ans;
    if (c->cid == TS005_GROUP_SETUP)
        return c->u.group_setup_ans.id_error ? PK_ERR_ID : 0;
    return (uint8_t)((a->mc_group_undefined ? PK_ERR_UNDEFINED : 0) |
                     (a->freq_error ? PK_ERR_FREQ : 0) | (a->dr_error ? PK_ERR_DR : 0) |
                     (a->start_missed ? PK_ERR_MISSED : 0));
}

static void take_news(struct packages *ps, struct pk_device *d, struct pk_member *m,
                      const struct ts005_news *n)
{
    if (n->result == TS005_ACCEPTED && n->asked.cid == TS005_GROUP_SETUP) {
        ask_session(ps, d, m);
        return;
    }
    if (n->result == TS005_ACCEPTED) {
        m->state = PK_READY;
        m->clock_known = n->clock_known;
        m->clock_error_s = n->clock_error_s;
        multicast_ready(group_of(ps, m)->mc, d->device);
    } else if (n->result == TS005_REFUSED) {
        m->state = PK_REFUSED;
        m->cid = n->asked.cid;
        m->errors = errors_of(&n->answer);
    }
    end(ps, d, m);
}

/* What a machine gave, and when it wants to be called again. */
static void take(struct packages *ps, struct pk_device *d, struct pk_member *m,
                 const struct ts005_server_out *out)
{
    send(ps, d, m, out);
    for (int i = 0; i < out->n_news; i++)
        take_news(ps, d, m, &out->news[i]);
}

static sim_time next_of(const struct packages *ps, const struct pk_member *m)
{
    const struct pk_group *g = group_of(ps, m);
    if (m->over)
        return SIM_NEVER;
    if (m->state == PK_WAITING)
        return m->start == SIM_NEVER ? SIM_NEVER : m->start + AFTER;
    sim_time next = ts005_server_next(&m->server);
    return next < g->deadline + AFTER ? next : g->deadline + AFTER;
}

sim_time pk_ts005_server_next(struct packages *ps, struct pk_device *d)
{
    const struct pk_ts005 *t = d->ts005;
    sim_time at = t->plan ? ts005_server_next(&t->plan->server) : SIM_NEVER;
    for (unsigned i = 0; i < t->n_members; i++) {
        sim_time next = next_of(ps, &t->members[i]);
        at = next < at ? next : at;
    }
    return at;
}

/* The machines keep pointers to their group's configuration: only now the groups stay in place. */
void pk_ts005_server_start(struct packages *ps, struct pk_device *d)
{
    for (unsigned i = 0; i < d->ts005->n_members; i++) {
        struct pk_member *m = &d->ts005->members[i];
        ts005_server_init(&m->server, &group_of(ps, m)->server_cfg[d->cfg->multicast_setup - 1]);
    }
}

static void wake(struct packages *ps, struct pk_device *d, struct pk_member *m)
{
    struct ts005_server_out out = {0};
    sim_time now = evq_now(ps->s.evq);
    if (m->over || now < next_of(ps, m))
        return;
    if (m->state == PK_WAITING) {
        ask_group(ps, d, m);
        return;
    }
    if (now >= group_of(ps, m)->deadline + AFTER) {
        end(ps, d, m);
        return;
    }
    struct pkg_now at = pk_server_now(ps, d);
    ts005_server_wake(&m->server, &at, &out);
    take(ps, d, m, &out);
}

/* What a plan asked for: sent, and told when it has an outcome. */
static void take_plan(struct packages *ps, struct pk_device *d, const struct ts005_server_out *out)
{
    static const enum package_result results[] = {[TS005_ACCEPTED] = PACKAGE_ACCEPTED,
                                                  [TS005_REFUSED] = PACKAGE_REFUSED,
                                                  [TS005_FAILED] = PACKAGE_NO_ANSWER};
    for (int i = 0; i < out->n_send; i++) {
        struct package_command c = command_of(&out->send[i]);
        pk_server_send(ps, d, &c, plan_key(&out->send[i]));
    }
    for (int i = 0; i < out->n_news; i++) {
        struct package_command asked = command_of(&out->news[i].asked),
                               answer = command_of(&out->news[i].answer);
        bool failed = out->news[i].result == TS005_FAILED;
        pk_tell(ps, &(struct package_news){.device = d->device,
                                           .result = results[out->news[i].result],
                                           .asked = &asked,
                                           .answer = failed ? NULL : &answer,
                                           .clock_known = out->news[i].clock_known,
                                           .clock_error_s = out->news[i].clock_error_s});
    }
}

void pk_ts005_server_wake(struct packages *ps, struct pk_device *d)
{
    struct pk_ts005 *t = d->ts005;
    for (unsigned i = 0; i < t->n_members; i++)
        wake(ps, d, &t->members[i]);
    if (!t->plan || evq_now(ps->s.evq) < ts005_server_next(&t->plan->server))
        return;
    struct ts005_server_out out = {0};
    struct pkg_now at = pk_server_now(ps, d);
    ts005_server_wake(&t->plan->server, &at, &out);
    take_plan(ps, d, &out);
}

/* A command of the device goes to the member, or the plan, that asked; what nobody asked is stale.
 */
enum pkg_drop pk_ts005_server_command(struct packages *ps, struct pk_device *d,
                                      const struct pkg_now *now, const struct package_command *c)
{
    struct pk_ts005 *t = d->ts005;
    for (unsigned i = 0; i < t->n_members; i++) {
        struct ts005_server_out out = {0};
        ts005_server_command(&t->members[i].server, now, &c->u.ts005, &out);
        take(ps, d, &t->members[i], &out);
        if (out.drop != PKG_DROP_STALE)
            return out.drop;
    }
    if (!t->plan)
        return PKG_DROP_STALE;
    struct ts005_server_out out = {0};
    ts005_server_command(&t->plan->server, now, &c->u.ts005, &out);
    take_plan(ps, d, &out);
    return out.drop;
}

int pk_ts005_ask(struct packages *ps, struct pk_device *d, const struct package_command *c,
                 const struct pkg_retry *retry)
{
    struct pk_ts005 *t = d->ts005;
    struct ts005_server_out out = {0};
    struct pkg_now now = pk_server_now(ps, d);
    if (!t->plan) {
        t->plan = mem_alloc(1, sizeof *t->plan);
        t->plan->cfg.version = (uint8_t)d->cfg->multicast_setup;
        ts005_server_init(&t->plan->server, &t->plan->cfg);
    }
    t->plan->cfg.retry = *retry;
    int rc = ts005_server_ask(&t->plan->server, &now, &c->u.ts005, &out);
    if (rc == SIM_OK)
        take_plan(ps, d, &out);
    return rc;
}

void pk_ts005_cancel(struct packages *ps, struct pk_device *d)
{
    if (!d->ts005->plan)
        return;
    struct ts005_server *s = &d->ts005->plan->server;
    for (int i = 0; i < TS005_MAX_OPEN; i++)
        if (s->open[i].request.state == PKG_REQUEST_OPEN)
            server_drop_packet(ps->s.servers[d->network], d->device, TS005_FPORT,
                               plan_key(&s->open[i].command));
    ts005_server_cancel(s);
}

void packages_set_up(struct packages *ps, uint32_t group, uint32_t device)
{
    struct pk_device *d = pk_find(ps, device);
    for (unsigned i = 0; d && d->ts005 && i < d->ts005->n_members; i++) {
        struct pk_member *m = &d->ts005->members[i];
        if (m->group == group && m->state == PK_WAITING && !m->over)
            ask_group(ps, d, m);
    }
    if (d)
        pk_server_post(ps, d);
}

/* A McGroupID of the device: that which is wanted, or the lowest that is free. */
static uint8_t take_id(struct pk_ts005 *d, int64_t wanted)
{
    uint8_t id = wanted == SCN_WORD ? 0 : (uint8_t)wanted;
    while (wanted == SCN_WORD && d->ids >> id & 1)
        id++;
    d->ids |= UINT32_C(1) << id;
    return id;
}

uint32_t packages_add_group(struct packages *ps, struct multicast *mc,
                            const struct multicast_cfg *cfg, const uint32_t *members,
                            uint32_t n_members)
{
    struct pk_ts005_run *run = ps->ts005;
    run->groups = mem_grow(run->groups, run->n_groups + 1, sizeof *run->groups);
    struct pk_group *g = &run->groups[run->n_groups];
    *g = (struct pk_group){.mc = mc, .cfg = cfg, .terms = multicast_terms(mc)};
    int64_t start_gps_ns = ps->s.start_gps_ns + cfg->session.start_ns;
    g->session_gps_s = pkg_gps_s(start_gps_ns);
    g->deadline = cfg->plan.deadline_ns == SCN_WORD ? cfg->session.start_ns : cfg->plan.deadline_ns;
    for (int v = 0; v < 2; v++)
        g->server_cfg[v] = (struct ts005_server_cfg){
            .version = (uint8_t)(v + 1),
            .send_anyway = cfg->plan.send_anyway,
            .retry = {.n_tries = (uint8_t)cfg->plan.tries, .spacing = cfg->plan.spacing_ns}};
    for (uint32_t i = 0; i < n_members; i++) {
        struct pk_ts005 *d = pk_find(ps, members[i])->ts005;
        d->members[d->n_members] = (struct pk_member){.group = run->n_groups,
                                                      .mc_group_id = take_id(d, cfg->plan.group_id),
                                                      .start = cfg->plan.start_ns,
                                                      .at = -1};
        d->n_members++;
    }
    return run->n_groups++;
}

uint8_t packages_take_group_id(struct packages *ps, uint32_t device)
{
    return take_id(pk_find(ps, device)->ts005, SCN_WORD);
}

/* The error bits of a refusal by their names. */
static const char *reason_of(const struct packages *ps, const struct pk_member *m, char *buf,
                             size_t size)
{
    static const char *const states[] = {
#define X(name, text) text,
        PK_STATE_MAP(X)
#undef X
    };
    static const char *const errors[] = {"IDerror", "McGroupUndefined", "FreqError", "DRError",
                                         "StartMissed"};
    if (m->state == PK_SESSION) {
        snprintf(buf, size, "no answer to %s", ts005_name(session_cid(group_of(ps, m)), false));
        return buf;
    }
    if (m->state != PK_REFUSED)
        return states[m->state];
    int n = snprintf(buf, size, "%s:", ts005_name(m->cid, true));
    for (int i = 0; i < 5; i++)
        if (m->errors >> i & 1 && n > 0 && (size_t)n < size)
            n += snprintf(buf + n, size - (size_t)n, " %s", errors[i]);
    return buf;
}

static void member_row(const struct packages *ps, const struct pk_device *d,
                       const struct pk_member *m)
{
    char reason[120];
    struct row_group_member r = {.group_name = ps->ts005->groups[m->group].cfg->name,
                                 .device = d->id,
                                 .mc_group_id = m->mc_group_id,
                                 .ready = m->state == PK_READY,
                                 .at_ns = m->at < 0 ? ROW_NULL : m->at,
                                 .reason = reason_of(ps, m, reason, sizeof reason),
                                 .n_requests = m->n_requests,
                                 .clock_error_s = m->clock_known ? m->clock_error_s : ROW_NULL};
    trace_row(ps->s.trace, ROW_GROUP_MEMBER, &r);
}

/* Of each group: its members, and those that are not ready. */
struct census {
    uint32_t all, missing;
};

static void count_member(const struct packages *ps, const struct pk_device *d,
                         const struct pk_member *m, struct census *groups)
{
    groups[m->group].all++;
    groups[m->group].missing += m->state != PK_READY;
    member_row(ps, d, m);
}

static void warn(const struct packages *ps, const char *group, struct census c)
{
    char text[200], place[100];
    if (!c.missing)
        return;
    snprintf(place, sizeof place, "multicast.%.80s", group);
    snprintf(text, sizeof text,
             "%" PRIu32 " of %" PRIu32
             " members were not set up in time and are not expected to receive (table "
             "group_member says why)",
             c.missing, c.all);
    struct row_warning r = {.place = place, .text = text};
    trace_row(ps->s.trace, ROW_WARNING, &r);
}

void pk_ts005_finish(struct packages *ps)
{
    const struct pk_ts005_run *run = ps->ts005;
    struct census *groups = mem_alloc(run->n_groups, sizeof *groups);
    for (uint32_t i = 0; i < ps->n; i++) {
        const struct pk_ts005 *t = ps->d[i].ts005;
        for (unsigned k = 0; t && k < t->n_members; k++)
            count_member(ps, &ps->d[i], &t->members[k], groups);
    }
    for (uint32_t g = 0; g < run->n_groups; g++)
        warn(ps, run->groups[g].cfg->name, groups[g]);
    free(groups);
}
