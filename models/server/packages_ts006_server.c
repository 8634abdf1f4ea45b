/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware management, the server's end: what plans ask. */
#include <stdlib.h>

#include "models/server/packages_ts006.h"
#include "sim/err.h"
#include "sim/mem.h"

static struct package_command command_of(const struct ts006 *c)
{
    return (struct package_command){.fport = TS006_FPORT, .u.ts006 = *c};
}

/* A waiting copy of a request is replaced by its repetition: the CID is the key. */
static void take(struct packages *ps, struct pk_device *d, const struct ts006_server_out *out)
{
    static const enum package_result results[] = {[TS006_ACCEPTED] = PACKAGE_ACCEPTED,
                                                  [TS006_REFUSED] = PACKAGE_REFUSED,
                                                  [TS006_FAILED] = PACKAGE_NO_ANSWER,
                                                  [TS006_SENT] = PACKAGE_NO_ANSWER};
    for (int i = 0; i < out->n_send; i++) {
        struct package_command c = command_of(&out->send[i]);
        pk_server_send(ps, d, &c, out->send[i].cid);
    }
    for (int i = 0; i < out->n_news; i++) {
        const struct ts006_news *n = &out->news[i];
        struct package_command asked = command_of(&n->asked), answer = command_of(&n->answer);
        bool none = results[n->result] == PACKAGE_NO_ANSWER;
        pk_tell(ps, &(struct package_news){.device = d->device,
                                           .result = results[n->result],
                                           .asked = &asked,
                                           .answer = none ? NULL : &answer,
                                           .clock_known = n->clock_known,
                                           .clock_error_s = n->clock_error_s,
                                           .implausible = n->implausible});
    }
}

enum pkg_drop pk_ts006_server_command(struct packages *ps, struct pk_device *d,
                                      const struct pkg_now *now, const struct package_command *c)
{
    struct ts006_server_out out;
    if (!d->ts006->plan)
        return PKG_DROP_STALE;
    ts006_server_out_init(&out);
    ts006_server_command(&d->ts006->plan->server, now, &c->u.ts006, &out);
    take(ps, d, &out);
    return out.drop;
}

sim_time pk_ts006_server_next(struct packages *ps, struct pk_device *d)
{
    (void)ps;
    return d->ts006->plan ? ts006_server_next(&d->ts006->plan->server) : SIM_NEVER;
}

void pk_ts006_server_wake(struct packages *ps, struct pk_device *d)
{
    struct ts006_server_out out;
    struct pkg_now now = pk_server_now(ps, d);
    if (pk_ts006_server_next(ps, d) > now.at)
        return;
    ts006_server_out_init(&out);
    ts006_server_wake(&d->ts006->plan->server, &now, &out);
    take(ps, d, &out);
}

int pk_ts006_ask(struct packages *ps, struct pk_device *d, const struct package_command *c,
                 const struct pkg_retry *retry)
{
    struct pk_ts006 *t = d->ts006;
    struct ts006_server_out out;
    struct pkg_now now = pk_server_now(ps, d);
    if (!t->plan) {
        t->plan = mem_alloc(1, sizeof *t->plan);
        ts006_server_init(&t->plan->server, &t->plan->cfg);
    }
    t->plan->cfg.retry = *retry;
    ts006_server_out_init(&out);
    int rc = ts006_server_ask(&t->plan->server, &now, &c->u.ts006, &out);
    if (rc == SIM_OK)
        take(ps, d, &out);
    return rc;
}

void pk_ts006_cancel(struct packages *ps, struct pk_device *d)
{
    if (!d->ts006->plan)
        return;
    struct ts006_server *s = &d->ts006->plan->server;
    for (int i = 0; i < ASKS_MAX; i++)
        if (s->asks.open[i].request.state == PKG_REQUEST_OPEN)
            server_drop_packet(ps->s.servers[d->network], d->device, TS006_FPORT,
                               s->commands[i].cid);
    ts006_server_cancel(s);
}
