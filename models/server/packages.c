/* SPDX-License-Identifier: GPL-2.0-only
 * Application packages over the air: their making, their rows, plans, the end. */
#include "models/server/packages.h"

#include <stdlib.h>
#include <string.h>

#include "models/server/packages_internal.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"

static const struct pk_kind *const kinds[PK_N] = {
    [PK_TS005] = &pk_ts005, [PK_TS004] = &pk_ts004, [PK_TS003] = &pk_ts003, [PK_TS006] = &pk_ts006};

const struct pk_kind *pk_kind_at(int index)
{
    return kinds[index];
}

const struct pk_kind *pk_kind_of(const struct pk_device *d, int fport)
{
    for (int k = 0; k < PK_N; k++)
        if (kinds[k]->fport == fport)
            return pk_has(d, k) ? kinds[k] : NULL;
    return NULL;
}

struct pk_device *pk_find(const struct packages *ps, uint32_t device)
{
    uint32_t i = ps->of_device[device];
    return i ? &ps->d[i - 1] : NULL;
}

/* A packet was sent, or dropped by the device. */
static void device_packet_row(struct packages *ps, uint32_t device, const struct device_packet *p,
                              const char *result)
{
    const struct pk_device *d = pk_find(ps, device);
    struct pk_message m = {.at = evq_now(ps->s.evq),
                           .device = d->id,
                           .fport = p->fport,
                           .uplink = true,
                           .result = result,
                           .bytes = p->bytes,
                           .len = p->len};
    pk_rows(ps, d, &m);
}

static void on_device_sent(void *ctx, uint32_t device, const struct device_packet *p)
{
    device_packet_row(ctx, device, p, "sent");
}

static void on_device_dropped(void *ctx, uint32_t device, const struct device_packet *p,
                              enum device_packet_drop why)
{
    device_packet_row(ctx, device, p,
                      why == DEVICE_PACKET_FULL ? "not sent: four packets wait"
                                                : "not sent: too long at this data rate");
}

static void server_packet_row(struct packages *ps, uint32_t device, const struct server_packet *p,
                              const char *result)
{
    const struct pk_device *d = pk_find(ps, device);
    struct pk_message m = {.at = evq_now(ps->s.evq),
                           .device = d->id,
                           .fport = p->fport,
                           .result = result,
                           .bytes = p->bytes,
                           .len = p->len};
    pk_rows(ps, d, &m);
}

static void on_server_sent(void *ctx, uint32_t device, const struct server_packet *p)
{
    server_packet_row(ctx, device, p, "sent");
}

static void on_server_dropped(void *ctx, uint32_t device, const struct server_packet *p)
{
    server_packet_row(ctx, device, p, "not sent: too long for RXC");
}

static void hook(struct packages *ps)
{
    struct device_package_ops device = {.ctx = ps,
                                        .received = pk_device_received,
                                        .joined = pk_device_joined,
                                        .corrected = pk_device_corrected,
                                        .stamp = pk_device_stamp,
                                        .sent = on_device_sent,
                                        .dropped = on_device_dropped};
    struct server_package_ops server = {.ctx = ps,
                                        .received = pk_server_received,
                                        .sent = on_server_sent,
                                        .dropped = on_server_dropped};
    devices_set_packages(ps->s.devices, &device);
    for (unsigned i = 0; i < ps->s.n_networks; i++)
        server_set_packages(ps->s.servers[i], &server);
}

static void open_device(struct packages *ps, struct pk_device *d, uint32_t device)
{
    struct device_identity id = devices_identity(ps->s.devices, device);
    d->device = device;
    d->id = id.id;
    d->group = id.group;
    d->network = id.network;
    d->cfg = &id.cfg->packages;
    d->wake = d->server_wake = SIM_NEVER;
    for (int k = 0; k < PK_N; k++)
        if (pk_has(d, k))
            kinds[k]->open(ps, d);
}

/* Which devices have a package; n of them. */
static uint32_t count(const struct packages_setup *s, uint32_t *n_groups)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < devices_count(s->devices); i++) {
        struct device_identity id = devices_identity(s->devices, i);
        n += package_any(&id.cfg->packages) ? 1 : 0;
        *n_groups = id.group + 1u;
    }
    return n;
}

static void open_devices(struct packages *ps)
{
    uint32_t all = devices_count(ps->s.devices);
    ps->of_device = mem_alloc(all, sizeof *ps->of_device);
    ps->d = mem_alloc(ps->n, sizeof *ps->d);
    for (uint32_t i = 0, at = 0; i < all; i++) {
        if (!package_any(&devices_identity(ps->s.devices, i).cfg->packages))
            continue;
        open_device(ps, &ps->d[at++], i);
        ps->of_device[i] = at;
    }
}

struct packages *packages_open(const struct packages_setup *s)
{
    uint32_t n_groups = 0, n = count(s, &n_groups);
    if (!n)
        return NULL;
    struct packages *ps = mem_alloc(1, sizeof *ps);
    ps->s = *s;
    ps->n = n;
    ps->n_groups = n_groups;
    ps->key = rng_key_make(s->seed, s->run, RNG_PACKAGES);
    ps->device_event = evq_kind_add(s->evq, pk_on_device, "package on device");
    ps->server_event = evq_kind_add(s->evq, pk_on_server, "package at server");
    for (int k = 0; k < PK_N; k++)
        kinds[k]->open_run(ps);
    open_devices(ps);
    hook(ps);
    return ps;
}

void packages_close(struct packages *ps)
{
    if (!ps)
        return;
    for (uint32_t i = 0; i < ps->n; i++)
        for (int k = 0; k < PK_N; k++)
            if (pk_has(&ps->d[i], k))
                kinds[k]->close(ps, &ps->d[i]);
    for (int k = 0; k < PK_N; k++)
        kinds[k]->close_run(ps);
    free(ps->d);
    free(ps->of_device);
    free(ps);
}

void packages_start(struct packages *ps)
{
    for (uint32_t i = 0; ps && i < ps->n; i++) {
        for (int k = 0; k < PK_N; k++)
            if (pk_has(&ps->d[i], k) && kinds[k]->server_start)
                kinds[k]->server_start(ps, &ps->d[i]);
        pk_server_post(ps, &ps->d[i]);
    }
}

void packages_finish(struct packages *ps)
{
    for (int k = 0; ps && k < PK_N; k++)
        if (kinds[k]->finish)
            kinds[k]->finish(ps);
}

int packages_add_plan(struct packages *ps, const struct package_plan *p)
{
    if (ps->n_plans == PK_PLANS)
        return SIM_ENOSPC;
    ps->plans[ps->n_plans++] = *p;
    return SIM_OK;
}

void pk_tell(struct packages *ps, const struct package_news *n)
{
    for (unsigned i = 0; i < ps->n_plans; i++)
        ps->plans[i].news(ps->plans[i].ctx, n);
}

int packages_ask(struct packages *ps, uint32_t device, const struct package_command *c,
                 const struct pkg_retry *retry)
{
    struct pk_device *d = pk_find(ps, device);
    const struct pk_kind *k = d ? pk_kind_of(d, c->fport) : NULL;
    if (!k)
        return SIM_ENOENT;
    int rc = k->ask(ps, d, c, retry);
    pk_server_post(ps, d);
    return rc;
}

void packages_cancel(struct packages *ps, uint32_t device, uint8_t fport)
{
    struct pk_device *d = pk_find(ps, device);
    const struct pk_kind *k = d ? pk_kind_of(d, fport) : NULL;
    if (k)
        k->cancel(ps, d);
}

void pk_row(const struct packages *ps, const struct pk_message *m)
{
    if (!trace_wants(ps->s.trace, ROW_MESSAGE))
        return;
    char hex[2 * PKG_MAX_PAYLOAD + 1];
    hex_print(m->bytes, m->len < PKG_MAX_PAYLOAD ? m->len : PKG_MAX_PAYLOAD, hex);
    struct row_message r = {.at_ns = m->at,
                            .device = m->device,
                            .fport = m->fport,
                            .uplink = m->uplink,
                            .name = m->name,
                            .payload_hex = hex,
                            .result = m->result};
    trace_row(ps->s.trace, ROW_MESSAGE, &r);
}

void pk_rows(const struct packages *ps, const struct pk_device *d, const struct pk_message *m)
{
    const struct pk_kind *k = pk_kind_of(d, m->fport);
    struct package_command c;
    size_t at = 0, from = 0;
    struct pk_message one = *m;
    int version = k ? (int)k->version(d->cfg) : 0;
    if (!trace_wants(ps->s.trace, ROW_MESSAGE))
        return;
    while (k && k->next(m->bytes, m->len, &at, m->uplink, version, &c) > 0) {
        one.name = k->name(&c, m->uplink, version);
        one.bytes = m->bytes + from;
        one.len = at - from;
        pk_row(ps, &one);
        from = at;
    }
    if (from == m->len)
        return;
    one.name = NULL;
    one.bytes = m->bytes + from;
    one.len = m->len - from;
    pk_row(ps, &one);
}

/* RFU bits are ignored: the command's own octets show whether some were set. */
const char *pk_result(enum pkg_drop drop, const struct pk_kind *k, int version,
                      const struct package_command *c, const uint8_t *bytes, size_t len)
{
    uint8_t own[PKG_MAX_PAYLOAD];
    size_t n = 0;
    if (drop != PKG_DROP_NONE)
        return pkg_drop_text(drop);
    if (k->put(own, sizeof own, &n, version, c) != SIM_OK || n != len ||
        memcmp(own, bytes, len) != 0)
        return "received, RFU bits ignored";
    return "received";
}
