/* SPDX-License-Identifier: GPL-2.0-only
 * The server's end of the application packages: the plan of each member's set-up. First
 * McGroupSetupReq, with its answer McClassCSessionReq; both are repeated until they are answered,
 * refused, tried often enough, or the deadline has come. */
#include <string.h>

#include "models/lorawan/mckeys.h"
#include "models/server/packages_internal.h"
#include "sim/err.h"

/* 2 ns later than the plan says: behind what uplinks of that instant bring. */
static const sim_time AFTER = 2;

struct pkg_now pk_server_now(const struct packages *ps, sim_time gps_at)
{
    return (struct pkg_now){.at = evq_now(ps->s.evq), .gps_ns = ps->s.start_gps_ns + gps_at};
}

static struct pk_group *group_of(const struct packages *ps, const struct pk_member *m)
{
    return &ps->groups[m->group];
}

/* A waiting copy of a request is replaced by its repetition. */
static uint32_t key_of(const struct ts005 *c, const struct pk_member *m)
{
    return (uint32_t)c->cid << 8 | m->mc_group_id;
}

static void send(struct packages *ps, struct pk_device *d, struct pk_member *m,
                 const struct ts005_server_out *out)
{
    for (int i = 0; i < out->n_send; i++) {
        struct server_packet p = {.fport = TS005_FPORT, .key = key_of(&out->send[i], m)};
        size_t len = 0;
        int rc = ts005_put(p.bytes, sizeof p.bytes, &len, &out->send[i]);
        SIM_CHECK(rc == SIM_OK, "group %s: %s", group_of(ps, m)->cfg->name, sim_strerror(rc));
        p.len = (uint8_t)len;
        /* Two requests of four groups at most: there is always room. */
        rc = server_send_packet(ps->s.servers[d->network], d->device, &p);
        SIM_CHECK(rc == SIM_OK, "device %u: %s", d->device, sim_strerror(rc));
        m->n_requests++;
    }
}

/* Nothing more is asked of this member for this group. */
static void end(struct packages *ps, const struct pk_device *d, struct pk_member *m)
{
    static const uint8_t cids[] = {TS005_GROUP_SETUP, TS005_CLASS_C_SESSION};
    m->over = true;
    m->at = evq_now(ps->s.evq);
    ts005_server_cancel(&m->server);
    for (int i = 0; i < 2; i++) {
        struct ts005 c = {.cid = cids[i]};
        server_drop_packet(ps->s.servers[d->network], d->device, TS005_FPORT, key_of(&c, m));
    }
}

static void ask(struct packages *ps, struct pk_device *d, struct pk_member *m,
                const struct ts005 *c, enum pk_state state)
{
    struct ts005_server_out out = {0};
    struct pkg_now now = pk_server_now(ps, evq_now(ps->s.evq));
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
    mckeys_wrap(d->mckekey, t->mc_key, c.u.group_setup_req.mc_key_encrypted);
    ask(ps, d, m, &c, PK_GROUP);
}

static void ask_session(struct packages *ps, struct pk_device *d, struct pk_member *m)
{
    const struct pk_group *g = group_of(ps, m);
    struct ts005 c = {.cid = TS005_CLASS_C_SESSION};
    c.u.session_req.mc_group_id = m->mc_group_id;
    c.u.session_req.session_time_s = (uint32_t)g->session_gps_s; /* modulo 2^32 */
    c.u.session_req.time_out = (uint8_t)g->cfg->session.timeout;
    c.u.session_req.frequency_hz = (uint32_t)g->terms.frequency_hz;
    c.u.session_req.dr = g->terms.dr;
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
        return g->cfg->plan.start_ns + AFTER;
    sim_time next = ts005_server_next(&m->server);
    return next < g->deadline + AFTER ? next : g->deadline + AFTER;
}

static void post(struct packages *ps, struct pk_device *d)
{
    sim_time at = SIM_NEVER;
    for (unsigned i = 0; i < d->n_members; i++) {
        sim_time next = next_of(ps, &d->members[i]);
        at = next < at ? next : at;
    }
    if (at >= ps->s.duration || at == d->server_wake)
        return;
    d->server_wake = at;
    evq_push(ps->s.evq, at, ps->server_event, ps, (uint32_t)(d - ps->d));
}

void pk_server_start(struct packages *ps, struct pk_device *d)
{
    for (unsigned i = 0; i < d->n_members; i++) {
        struct pk_member *m = &d->members[i];
        ts005_server_init(&m->server, &group_of(ps, m)->server_cfg[d->cfg->multicast_setup - 1]);
    }
    post(ps, d);
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
    struct pkg_now at = pk_server_now(ps, now);
    ts005_server_wake(&m->server, &at, &out);
    take(ps, d, m, &out);
}

void pk_on_server(void *obj, uint32_t arg)
{
    struct packages *ps = obj;
    struct pk_device *d = &ps->d[arg];
    if (d->server_wake != evq_now(ps->s.evq))
        return; /* another event took its place */
    d->server_wake = SIM_NEVER;
    for (unsigned i = 0; i < d->n_members; i++)
        wake(ps, d, &d->members[i]);
    post(ps, d);
}

/* A command of the device goes to the member that asked; what nobody asked is stale. */
static enum pkg_drop deliver(struct packages *ps, struct pk_device *d, const struct pkg_now *now,
                             const struct ts005 *c)
{
    for (unsigned i = 0; i < d->n_members; i++) {
        struct ts005_server_out out = {0};
        ts005_server_command(&d->members[i].server, now, c, &out);
        take(ps, d, &d->members[i], &out);
        if (out.drop != PKG_DROP_STALE)
            return out.drop;
    }
    return PKG_DROP_STALE;
}

bool pk_server_received(void *ctx, const struct server_received *r)
{
    struct packages *ps = ctx;
    if (!ps->of_device[r->device] || r->fport != TS005_FPORT)
        return false;
    struct pk_device *d = &ps->d[ps->of_device[r->device] - 1];
    struct pkg_now now = pk_server_now(ps, r->first_bit);
    struct pk_message m = {
        .at = evq_now(ps->s.evq), .device = d->id, .fport = r->fport, .uplink = true};
    struct ts005 c;
    size_t at = 0, from = 0;
    int rc;
    while ((rc = ts005_next(r->bytes, r->len, &at, true, (int)d->cfg->multicast_setup, &c)) > 0) {
        m.name = ts005_name(c.cid, true);
        m.bytes = r->bytes + from;
        m.len = at - from;
        m.result = pk_result(deliver(ps, d, &now, &c), &c, m.bytes, m.len);
        pk_row(ps, &m);
        from = at;
    }
    if (rc) {
        m.name = NULL;
        m.bytes = r->bytes + from;
        m.len = r->len - from;
        m.result = pkg_drop_text(pkg_drop_of(rc));
        pk_row(ps, &m);
    }
    post(ps, d);
    return true;
}
