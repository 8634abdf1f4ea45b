/* SPDX-License-Identifier: GPL-2.0-only
 * Fragmented block transport, the server's end: what plans ask, and what devices say by themselves.
 * Fragments to a group are the group's frames, not this file's. */
#include <stdlib.h>

#include "models/server/packages_ts004.h"
#include "sim/err.h"
#include "sim/mem.h"

static struct pk_ts004_plan *plan_of(struct pk_device *d)
{
    struct pk_ts004 *t = d->ts004;
    if (!t->plan) {
        t->plan = mem_alloc(1, sizeof *t->plan);
        t->plan->cfg.version = (uint8_t)d->cfg->fragmentation;
        ts004_server_init(&t->plan->server, &t->plan->cfg);
    }
    return t->plan;
}

/* A waiting copy of a request is replaced by its repetition. */
static uint32_t key_of(const struct ts004 *c)
{
    uint32_t about = c->cid == TS004_SESSION_SETUP    ? c->u.setup_req.frag_index
                     : c->cid == TS004_SESSION_DELETE ? c->u.delete_req.frag_index
                     : c->cid == TS004_SESSION_STATUS ? c->u.status_req.frag_index
                     : c->cid == TS004_BLOCK_RECEIVED ? c->u.block_received_ans.frag_index
                                                      : 0;
    return (uint32_t)c->cid << 8 | about;
}

static struct package_command command_of(const struct ts004 *c)
{
    return (struct package_command){.fport = TS004_FPORT, .u.ts004 = *c};
}

static void tell(struct packages *ps, const struct pk_device *d, const struct ts004_news *n)
{
    static const enum package_result results[] = {[TS004_ACCEPTED] = PACKAGE_ACCEPTED,
                                                  [TS004_REFUSED] = PACKAGE_REFUSED,
                                                  [TS004_FAILED] = PACKAGE_NO_ANSWER,
                                                  [TS004_TOLD] = PACKAGE_TOLD};
    struct package_command asked = command_of(&n->asked), answer = command_of(&n->answer);
    pk_tell(ps, &(struct package_news){.device = d->device,
                                       .result = results[n->result],
                                       .asked = n->result == TS004_TOLD ? NULL : &asked,
                                       .answer = n->result == TS004_FAILED ? NULL : &answer});
}

/* Plans may ask on while they are told, which needs the output. */
static void take(struct packages *ps, struct pk_device *d, const struct ts004_server_out *out)
{
    struct ts004_news news[ASKS_MAX];
    int n_news = out->n_news < ASKS_MAX ? out->n_news : ASKS_MAX;
    for (int i = 0; i < out->n_send; i++) {
        struct package_command c = command_of(&out->send[i]);
        pk_server_send(ps, d, &c, key_of(&out->send[i]));
    }
    for (int i = 0; i < n_news; i++)
        news[i] = out->news[i];
    for (int i = 0; i < n_news; i++)
        tell(ps, d, &news[i]);
}

enum pkg_drop pk_ts004_server_command(struct packages *ps, struct pk_device *d,
                                      const struct pkg_now *now, const struct package_command *c)
{
    struct ts004_server_out *out = &ps->ts004->server_out;
    ts004_server_out_init(out);
    ts004_server_command(&plan_of(d)->server, now, &c->u.ts004, out);
    enum pkg_drop drop = out->drop;
    take(ps, d, out);
    return drop;
}

sim_time pk_ts004_server_next(struct packages *ps, struct pk_device *d)
{
    (void)ps;
    return d->ts004->plan ? ts004_server_next(&d->ts004->plan->server) : SIM_NEVER;
}

void pk_ts004_server_wake(struct packages *ps, struct pk_device *d)
{
    struct ts004_server_out *out = &ps->ts004->server_out;
    struct pkg_now now = pk_server_now(ps, d);
    if (pk_ts004_server_next(ps, d) > now.at)
        return;
    ts004_server_out_init(out);
    ts004_server_wake(&d->ts004->plan->server, &now, out);
    take(ps, d, out);
}

int pk_ts004_ask(struct packages *ps, struct pk_device *d, const struct package_command *c,
                 const struct pkg_retry *retry)
{
    struct ts004_server_out *out = &ps->ts004->server_out;
    struct pkg_now now = pk_server_now(ps, d);
    struct pk_ts004_plan *p = plan_of(d);
    p->cfg.retry = *retry;
    ts004_server_out_init(out);
    int rc = ts004_server_ask(&p->server, &now, &c->u.ts004, out);
    if (rc == SIM_OK)
        take(ps, d, out);
    return rc;
}

void pk_ts004_cancel(struct packages *ps, struct pk_device *d)
{
    if (!d->ts004->plan)
        return;
    struct ts004_server *s = &d->ts004->plan->server;
    for (int i = 0; i < ASKS_MAX; i++)
        if (s->asks.open[i].request.state == PKG_REQUEST_OPEN)
            server_drop_packet(ps->s.servers[d->network], d->device, TS004_FPORT,
                               key_of(&s->commands[i]));
    ts004_server_cancel(s);
}
