/* SPDX-License-Identifier: GPL-2.0-only
 * Clock synchronisation on FPort 202, both ends: a device asks by itself or when it is told to, the
 * server answers with the difference of the clocks, and the device steps its own. What the scenario
 * wants the server to ask is asked at its time. Source: TS003-1.0.0 and TS003-2.0.0. */
#include <stdlib.h>
#include <string.h>

#include "models/packages/ts003_device.h"
#include "models/packages/ts003_server.h"
#include "models/server/packages_internal.h"
#include "sim/dist.h"
#include "sim/err.h"
#include "sim/mem.h"

/* 2 ns later than the scenario says: behind what uplinks of that instant bring. */
static const sim_time AFTER = 2;
/* Of the draws of packages, the one that is no machine's: the first request. */
static const uint64_t DRAW_FIRST = UINT64_C(1) << 63 | TS003_FPORT;

/* Both ends at one device. */
struct pk_ts003 {
    struct ts003_device device;
    sim_time start; /* of the first own request, on the device's timer; SIM_NEVER: none, or done */
    struct ts003_server server;
    struct ts003_server_cfg server_cfg;
    sim_time asked; /* the scenario's requests up to here were made */
};

/* What all devices share. */
struct pk_ts003_run {
    struct ts003_device_cfg *cfgs; /* of each device group */
    struct ts003_device_out out;   /* of the payload being received */
};

static struct ts003_device_cfg device_cfg_of(const struct package_cfg *p)
{
    const struct package_time_cfg *t = &p->time;
    bool by_itself = t->starts == PACKAGE_STARTS_DEVICE;
    return (struct ts003_device_cfg){.version = (uint8_t)p->clock_sync,
                                     .periodicity_supported = t->periodicity,
                                     .ans = (uint8_t)t->answer,
                                     .n_tries = (uint8_t)t->tries,
                                     .spacing = t->spacing_ns,
                                     .interval =
                                         by_itself && t->period_ns != SCN_WORD ? t->period_ns : 0};
}

static const struct clock_sync_cfg *network_cfg_of(const struct packages *ps,
                                                   const struct pk_device *d)
{
    return &server_config(ps->s.servers[d->network])->clock_sync;
}

static void open_run(struct packages *ps)
{
    ps->ts003 = mem_alloc(1, sizeof *ps->ts003);
    ps->ts003->cfgs = mem_alloc(ps->n_groups, sizeof *ps->ts003->cfgs);
}

static void close_run(struct packages *ps)
{
    free(ps->ts003->cfgs);
    free(ps->ts003);
}

static void open(struct packages *ps, struct pk_device *d)
{
    const struct clock_sync_cfg *n = network_cfg_of(ps, d);
    struct ts003_device_cfg *cfg = &ps->ts003->cfgs[d->group];
    struct pk_ts003 *t = d->ts003 = mem_alloc(1, sizeof *d->ts003);
    *cfg = device_cfg_of(d->cfg);
    ts003_device_init(&t->device, cfg);
    t->start = SIM_NEVER;
    t->asked = -1;
    t->server_cfg = (struct ts003_server_cfg){
        .version = cfg->version,
        .threshold_s = (uint32_t)(n->threshold_ns / SIM_S(1)),
        .retry = {.n_tries = (uint8_t)n->tries, .spacing = n->spacing_ns}};
    ts003_server_init(&t->server, &t->server_cfg);
}

static void close(struct packages *ps, struct pk_device *d)
{
    (void)ps;
    free(d->ts003);
}

static void joined(struct packages *ps, struct pk_device *d, sim_time at)
{
    const struct package_time_cfg *t = &d->cfg->time;
    if (t->starts != PACKAGE_STARTS_DEVICE)
        return;
    sim_time wait = dist_draw(&t->first, ps->key, (uint64_t)d->id, DRAW_FIRST, 0, SIM_NEVER / 4);
    d->ts003->start = devices_uptime(ps->s.devices, d->device, at) + wait;
}

/* A request is sent once and without ADR in version 1: see the machine. */
static void send(struct packages *ps, const struct pk_device *d, const struct ts003_device_out *out)
{
    struct device_packet p = {.fport = TS003_FPORT, .adr_off = out->adr_off};
    size_t len = 0;
    for (int i = 0; i < out->n_send; i++) {
        int rc = ts003_put(p.bytes, sizeof p.bytes, &len, &out->send[i]);
        SIM_CHECK(rc == SIM_OK, "node %lld: command %d: %s", (long long)d->id, i, sim_strerror(rc));
    }
    p.len = (uint8_t)len;
    if (len)
        devices_send_packet(ps->s.devices, d->device, &p);
}

static void begin(struct packages *ps, struct pk_device *d)
{
    (void)d;
    ps->ts003->out = (struct ts003_device_out){0};
}

/* A correction holds at once: what follows in the payload sees the new time. */
static enum pkg_drop command(struct packages *ps, struct pk_device *d, const struct pk_input *in,
                             const struct package_command *c)
{
    struct ts003_device_out *out = &ps->ts003->out;
    int64_t before_s = out->correction_s;
    out->drop = PKG_DROP_NONE;
    out->corrected = false;
    ts003_device_command(&d->ts003->device, &in->now, &c->u.ts003, out);
    if (!out->corrected ||
        devices_correct_clock(ps->s.devices, d->device, SIM_S(out->correction_s - before_s),
                              CLOCK_SOURCE_TS003))
        return out->drop;
    out->correction_s = before_s;
    return PKG_DROP_NOT_BELIEVED;
}

static void end(struct packages *ps, struct pk_device *d)
{
    send(ps, d, &ps->ts003->out);
}

static sim_time next_wake(struct packages *ps, struct pk_device *d)
{
    sim_time next = ts003_device_next(&d->ts003->device);
    return devices_when_uptime(ps->s.devices, d->device,
                               d->ts003->start < next ? d->ts003->start : next);
}

static void wake(struct packages *ps, struct pk_device *d, const struct pkg_now *now)
{
    struct pk_ts003 *t = d->ts003;
    struct ts003_device_out out = {0};
    if (now->at >= t->start) {
        t->start = SIM_NEVER;
        ts003_device_start(&t->device, now, &out);
    } else {
        ts003_device_wake(&t->device, now, &out);
    }
    send(ps, d, &out);
}

static void stamp(const struct packages *ps, const struct pk_device *d, int64_t gps_ns,
                  struct package_command *c)
{
    (void)ps;
    (void)d;
    ts003_device_stamp(&c->u.ts003, gps_ns);
}

static struct package_command command_of(const struct ts003 *c)
{
    return (struct package_command){.fport = TS003_FPORT, .u.ts003 = *c};
}

/* What the server asked, as it was sent. */
static struct package_command asked_command(const struct ts003_server *s, enum ts003_ask ask)
{
    static const uint8_t cids[TS003_N_ASKS] = {[TS003_ASK_VERSION] = TS003_PACKAGE_VERSION,
                                               [TS003_ASK_PERIOD] = TS003_PERIODICITY,
                                               [TS003_ASK_RESYNC] = TS003_FORCE_RESYNC};
    struct ts003 c = {.cid = cids[ask]};
    if (ask == TS003_ASK_PERIOD)
        c.u.periodicity_req.period = s->values[ask];
    else if (ask == TS003_ASK_RESYNC)
        c.u.force_resync.nb_transmissions = s->values[ask];
    return command_of(&c);
}

static void tell(struct packages *ps, const struct pk_device *d, const struct ts003_news *n,
                 const struct package_command *answer)
{
    struct package_command asked = {0};
    struct package_news news = {.device = d->device, .result = PACKAGE_TOLD, .answer = answer};
    if (n->kind != TS003_NEWS_TIME) {
        asked = asked_command(&d->ts003->server, n->ask);
        news.asked = &asked;
        news.result = n->kind == TS003_NEWS_FAILED ? PACKAGE_NO_ANSWER
                      : n->refused                 ? PACKAGE_REFUSED
                                                   : PACKAGE_ACCEPTED;
    }
    pk_tell(ps, &news);
}

/* What the machine gave is sent and told; answer: the device's command that brought it, or NULL. */
static void take(struct packages *ps, struct pk_device *d, const struct ts003_server_out *out,
                 const struct package_command *answer)
{
    for (int i = 0; i < out->n_send; i++) {
        struct package_command c = command_of(&out->send[i]);
        pk_server_send(ps, d, &c, out->send[i].cid);
    }
    for (int i = 0; i < out->n_news; i++)
        tell(ps, d, &out->news[i], answer);
}

static int ask_device(struct packages *ps, struct pk_device *d, enum ts003_ask ask, uint8_t value)
{
    struct ts003_server_out out = {0};
    struct pkg_now now = pk_server_now(ps, d);
    int rc = ts003_server_ask(&d->ts003->server, &now, ask, value, &out);
    take(ps, d, &out, NULL);
    return rc;
}

/* Is the device meant by a request of the scenario? */
static bool is_meant(const struct packages *ps, const struct pk_device *d,
                     const struct clock_sync_request_cfg *r)
{
    return !r->devices ||
           strcmp(r->devices, devices_identity(ps->s.devices, d->device).cfg->name) == 0;
}

static sim_time server_next_wake(struct packages *ps, struct pk_device *d)
{
    const struct scn_list *l = &network_cfg_of(ps, d)->requests;
    const struct clock_sync_request_cfg *r = l->items;
    sim_time next = ts003_server_next(&d->ts003->server);
    for (size_t i = 0; i < l->n; i++)
        if (r[i].at_ns + AFTER > d->ts003->asked && r[i].at_ns + AFTER < next &&
            is_meant(ps, d, &r[i]))
            next = r[i].at_ns + AFTER;
    return next;
}

static void server_wake(struct packages *ps, struct pk_device *d)
{
    const struct scn_list *l = &network_cfg_of(ps, d)->requests;
    const struct clock_sync_request_cfg *r = l->items;
    sim_time now = evq_now(ps->s.evq), before = d->ts003->asked;
    struct pkg_now at = pk_server_now(ps, d);
    struct ts003_server_out out = {0};
    d->ts003->asked = now;
    for (size_t i = 0; i < l->n; i++)
        if (r[i].at_ns + AFTER > before && r[i].at_ns + AFTER <= now && is_meant(ps, d, &r[i]))
            ask_device(ps, d, (enum ts003_ask)r[i].ask,
                       (uint8_t)(r[i].value == SCN_WORD ? 0 : r[i].value));
    ts003_server_wake(&d->ts003->server, &at, &out);
    take(ps, d, &out, NULL);
}

static enum pkg_drop server_command(struct packages *ps, struct pk_device *d,
                                    const struct pkg_now *now, const struct package_command *c)
{
    struct ts003_server_out out = {0};
    ts003_server_command(&d->ts003->server, now, &c->u.ts003, &out);
    take(ps, d, &out, c);
    return out.drop;
}

static int ask(struct packages *ps, struct pk_device *d, const struct package_command *c,
               const struct pkg_retry *retry)
{
    const struct ts003 *t = &c->u.ts003;
    d->ts003->server_cfg.retry = *retry;
    switch ((enum ts003_cid)t->cid) {
    case TS003_PACKAGE_VERSION:
        return ask_device(ps, d, TS003_ASK_VERSION, 0);
    case TS003_PERIODICITY:
        return ask_device(ps, d, TS003_ASK_PERIOD, t->u.periodicity_req.period);
    case TS003_FORCE_RESYNC:
        return ask_device(ps, d, TS003_ASK_RESYNC, t->u.force_resync.nb_transmissions);
    case TS003_APP_TIME:
        break; /* only an answer */
    }
    return SIM_ENOENT;
}

static void cancel(struct packages *ps, struct pk_device *d)
{
    static const uint8_t cids[] = {TS003_PACKAGE_VERSION, TS003_PERIODICITY, TS003_FORCE_RESYNC};
    ts003_server_cancel(&d->ts003->server);
    for (size_t i = 0; i < sizeof cids; i++)
        server_drop_packet(ps->s.servers[d->network], d->device, TS003_FPORT, cids[i]);
}

static int64_t version(const struct package_cfg *c)
{
    return c->clock_sync;
}

static int next(const uint8_t *buf, size_t len, size_t *at, bool uplink, int v,
                struct package_command *c)
{
    (void)v;
    c->fport = TS003_FPORT;
    return ts003_next(buf, len, at, uplink, &c->u.ts003);
}

static int put(uint8_t *buf, size_t size, size_t *at, int v, const struct package_command *c)
{
    (void)v;
    return ts003_put(buf, size, at, &c->u.ts003);
}

static const char *name(const struct package_command *c, bool uplink, int v)
{
    return ts003_name(c->u.ts003.cid, uplink, v);
}

const struct pk_kind pk_ts003 = {
    .fport = TS003_FPORT,
    .version = version,
    .next = next,
    .put = put,
    .name = name,
    .open_run = open_run,
    .close_run = close_run,
    .open = open,
    .close = close,
    .joined = joined,
    .begin = begin,
    .command = command,
    .end = end,
    .next_wake = next_wake,
    .wake = wake,
    .stamp = stamp,
    .server_command = server_command,
    .server_next_wake = server_next_wake,
    .server_wake = server_wake,
    .ask = ask,
    .cancel = cancel,
};
