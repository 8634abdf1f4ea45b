/* SPDX-License-Identifier: GPL-2.0-only
 * The server's end of the application packages: payloads come in and are taken apart for the
 * package of their FPort, timers fire, commands go out as packets. */
#include <string.h>

#include "models/server/packages_internal.h"
#include "sim/err.h"

struct pkg_now pk_server_now(const struct packages *ps, const struct pk_device *d)
{
    sim_time now = evq_now(ps->s.evq);
    return (struct pkg_now){.at = now, .gps_ns = server_gps_ns(ps->s.servers[d->network], now)};
}

bool pk_server_send(struct packages *ps, struct pk_device *d, const struct package_command *c,
                    uint32_t key)
{
    const struct pk_kind *k = pk_kind_of(d, c->fport);
    struct server_packet p = {.fport = c->fport, .key = key};
    size_t len = 0;
    int rc = k->put(p.bytes, sizeof p.bytes, &len, (int)k->version(d->cfg), c);
    SIM_CHECK(rc == SIM_OK, "node %lld, FPort %d: %s", (long long)d->id, c->fport,
              sim_strerror(rc));
    p.len = (uint8_t)len;
    if (server_send_packet(ps->s.servers[d->network], d->device, &p) == SIM_OK)
        return true;
    struct pk_message m = {.at = evq_now(ps->s.evq),
                           .device = d->id,
                           .fport = p.fport,
                           .result = "not sent: eight packets wait",
                           .bytes = p.bytes,
                           .len = p.len};
    pk_rows(ps, d, &m);
    return false;
}

void pk_server_post(struct packages *ps, struct pk_device *d)
{
    sim_time at = SIM_NEVER;
    for (int k = 0; k < PK_N; k++) {
        sim_time next = pk_has(d, k) ? pk_kind_at(k)->server_next_wake(ps, d) : SIM_NEVER;
        at = next < at ? next : at;
    }
    if (at >= ps->s.duration || at == d->server_wake)
        return;
    d->server_wake = at;
    evq_push(ps->s.evq, at, ps->server_event, ps, (uint32_t)(d - ps->d));
}

void pk_on_server(void *obj, uint32_t arg)
{
    struct packages *ps = obj;
    struct pk_device *d = &ps->d[arg];
    if (d->server_wake != evq_now(ps->s.evq))
        return; /* another event took its place */
    d->server_wake = SIM_NEVER;
    for (int k = 0; k < PK_N; k++)
        if (pk_has(d, k))
            pk_kind_at(k)->server_wake(ps, d);
    pk_server_post(ps, d);
}

/* Commands from first to last, each with its row; what is left is in m. */
static int carry_out(struct packages *ps, struct pk_device *d, const struct pk_kind *k,
                     const struct server_received *r, struct pk_message *m)
{
    struct pkg_now now = {.at = evq_now(ps->s.evq), .gps_ns = r->first_bit_gps_ns};
    struct package_command c;
    size_t at = 0, from = 0;
    int rc, version = (int)k->version(d->cfg);
    while ((rc = k->next(r->bytes, r->len, &at, true, version, &c)) > 0) {
        m->name = k->name(&c, true, version);
        m->bytes = r->bytes + from;
        m->len = at - from;
        m->result = pk_result(k->server_command(ps, d, &now, &c), k, version, &c, m->bytes, m->len);
        pk_row(ps, m);
        from = at;
    }
    m->name = NULL;
    m->bytes = r->bytes + from;
    m->len = r->len - from;
    return rc;
}

bool pk_server_received(void *ctx, const struct server_received *r)
{
    struct packages *ps = ctx;
    struct pk_device *d = pk_find(ps, r->device);
    const struct pk_kind *k = d ? pk_kind_of(d, r->fport) : NULL;
    if (!k)
        return false;
    struct pk_message m = {
        .at = evq_now(ps->s.evq), .device = d->id, .fport = r->fport, .uplink = true};
    int rc = carry_out(ps, d, k, r, &m);
    if (rc) {
        m.result = pkg_drop_text(pkg_drop_of(rc));
        pk_row(ps, &m);
    }
    pk_server_post(ps, d);
    return true;
}

int packages_send(struct packages *ps, uint32_t device, const struct package_command *c,
                  uint32_t key)
{
    struct pk_device *d = pk_find(ps, device);
    if (!d || !pk_kind_of(d, c->fport))
        return SIM_ENOENT;
    return pk_server_send(ps, d, c, key) ? SIM_OK : SIM_ENOSPC;
}
