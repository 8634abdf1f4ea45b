/* SPDX-License-Identifier: GPL-2.0-only
 * The device's end of the application packages: payloads come in and are taken apart for the
 * package of their FPort, timers fire, uplinks get the clock's reading. */
#include "models/server/packages_internal.h"
#include "models/server/packages_ts004.h"
#include "sim/err.h"

/* Each package has draws of its own. */
struct pkg_now pk_device_now(struct packages *ps, struct pk_device *d, const struct pk_kind *k)
{
    uint32_t word[4];
    sim_time now = evq_now(ps->s.evq);
    int i = k->fport - PK_FIRST_FPORT;
    rng_draw(ps->key, (uint64_t)d->id, (uint64_t)i << 32 | d->n_draws[i]++, word);
    return (struct pkg_now){.at = devices_uptime(ps->s.devices, d->device, now),
                            .gps_ns = devices_gps_ns(ps->s.devices, d->device, now),
                            .random = word[0],
                            .room = devices_packet_room(ps->s.devices, d->device)};
}

void pk_device_post(struct packages *ps, struct pk_device *d)
{
    sim_time now = evq_now(ps->s.evq), at = SIM_NEVER;
    for (int k = 0; k < PK_N; k++) {
        sim_time next = pk_has(d, k) ? pk_kind_at(k)->next_wake(ps, d) : SIM_NEVER;
        at = next < at ? next : at;
    }
    at = at > now ? at : now + 1;
    if (at >= ps->s.duration || d->wake == at)
        return;
    d->wake = at;
    evq_push(ps->s.evq, at, ps->device_event, ps, (uint32_t)(d - ps->d));
}

/* Commands from first to last, each with its row; what is left is in m. */
static int carry_out(struct packages *ps, struct pk_device *d, const struct pk_kind *k,
                     const struct device_received *r, struct pk_message *m)
{
    struct pk_input in = {
        .now = pk_device_now(ps, d, k), .multicast = r->multicast, .mc_group_id = r->mc_group_id};
    struct package_command c;
    size_t at = 0, from = 0;
    int rc, version = (int)k->version(d->cfg);
    k->begin(ps, d);
    while ((rc = k->next(r->bytes, r->len, &at, false, version, &c)) > 0) {
        in.alone = from == 0 && at == r->len;
        enum pkg_drop drop = k->command(ps, d, &in, &c);
        m->name = k->name(&c, false, version);
        m->bytes = r->bytes + from;
        m->len = at - from;
        m->result = pk_result(drop, k, version, &c, m->bytes, m->len);
        pk_row(ps, m);
        from = at;
    }
    m->name = NULL;
    m->bytes = r->bytes + from;
    m->len = r->len - from;
    return rc;
}

bool pk_device_received(void *ctx, uint32_t device, const struct device_received *r)
{
    struct packages *ps = ctx;
    struct pk_device *d = pk_find(ps, device);
    if (pk_ts004_fragment(ps, d, r))
        return true;
    const struct pk_kind *k = pk_kind_of(d, r->fport);
    struct pk_message m = {.at = evq_now(ps->s.evq),
                           .device = d->id,
                           .fport = r->fport,
                           .bytes = r->bytes,
                           .len = r->len};
    if (!k)
        return false;
    if (r->multicast && !k->takes_multicast) {
        m.result = pkg_drop_text(PKG_DROP_MULTICAST);
        pk_rows(ps, d, &m);
        return true;
    }
    int rc = carry_out(ps, d, k, r, &m);
    if (rc) {
        m.result = pkg_drop_text(pkg_drop_of(rc));
        pk_row(ps, &m);
    }
    k->end(ps, d);
    pk_device_post(ps, d);
    return true;
}

void pk_device_stamp(void *ctx, uint32_t device, struct device_packet *p)
{
    struct packages *ps = ctx;
    struct pk_device *d = pk_find(ps, device);
    const struct pk_kind *k = pk_kind_of(d, p->fport);
    int64_t gps_ns = devices_gps_ns(ps->s.devices, device, evq_now(ps->s.evq));
    struct package_command c;
    size_t at = 0, to = 0;
    while (k && k->next(p->bytes, p->len, &at, true, (int)k->version(d->cfg), &c) > 0) {
        k->stamp(ps, d, gps_ns, &c);
        if (k->put(p->bytes, at, &to, (int)k->version(d->cfg), &c) != SIM_OK)
            return; /* not an answer of ours */
    }
}

void pk_device_joined(void *ctx, uint32_t device, sim_time at)
{
    struct packages *ps = ctx;
    struct pk_device *d = pk_find(ps, device);
    for (int k = 0; k < PK_N; k++)
        if (pk_has(d, k) && pk_kind_at(k)->joined)
            pk_kind_at(k)->joined(ps, d, at);
    pk_device_post(ps, d);
}

static void wake_all(struct packages *ps, struct pk_device *d)
{
    for (int k = 0; k < PK_N; k++) {
        if (!pk_has(d, k))
            continue;
        struct pkg_now now = pk_device_now(ps, d, pk_kind_at(k));
        pk_kind_at(k)->wake(ps, d, &now);
    }
    pk_device_post(ps, d);
}

void pk_on_device(void *obj, uint32_t arg)
{
    struct packages *ps = obj;
    struct pk_device *d = &ps->d[arg];
    if (d->wake != evq_now(ps->s.evq))
        return; /* another event took its place */
    d->wake = SIM_NEVER;
    wake_all(ps, d);
}

void pk_device_corrected(void *ctx, uint32_t device)
{
    struct packages *ps = ctx;
    wake_all(ps, pk_find(ps, device));
}
