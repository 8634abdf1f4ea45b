/* SPDX-License-Identifier: GPL-2.0-only
 * The device's end of the application packages: commands come in, answers go out as packets, and
 * multicast groups and their sessions are made at the device when its machine says so. */
#include <string.h>

#include "models/lorawan/mckeys.h"
#include "models/server/packages_internal.h"
#include "sim/err.h"

struct pkg_now pk_device_now(struct packages *ps, struct pk_device *d)
{
    uint32_t word[4];
    sim_time now = evq_now(ps->s.evq);
    rng_draw(ps->key, (uint64_t)d->id, d->n_draws++, word);
    return (struct pkg_now){.at = now,
                            .gps_ns = devices_gps_ns(ps->s.devices, d->device, now),
                            .random = word[0],
                            .room = devices_packet_room(ps->s.devices, d->device)};
}

void pk_device_open(struct packages *ps, struct pk_device *d, const struct ts005_device_cfg *cfg)
{
    uint8_t root[16];
    struct device_identity id = devices_identity(ps->s.devices, d->device);
    mckeys_root_from_genappkey(id.genappkey, root);
    mckeys_kek(root, d->mckekey);
    ts005_device_init(&d->ts005, cfg);
    d->wake = d->server_wake = SIM_NEVER;
}

static void forget(struct packages *ps, struct pk_device *d, uint8_t id)
{
    if (!d->groups[id].defined)
        return;
    devices_leave_group(ps->s.devices, d->device, d->groups[id].mc_addr);
    keyring_drop(ps->s.keyring, d->groups[id].keys);
    d->groups[id].defined = false;
}

void pk_device_close(struct packages *ps, struct pk_device *d)
{
    for (uint8_t id = 0; id < TS005_MAX_GROUPS; id++)
        if (d->groups[id].defined)
            keyring_drop(ps->s.keyring, d->groups[id].keys);
}

/* The group's keys are derived and it begins anew. A device that already has four others, or one
 * with this address, keeps those: its frames are then dropped. */
static void make_group(struct packages *ps, struct pk_device *d, uint8_t id, const uint8_t *wrapped)
{
    uint8_t mckey[16], nwk[16], app[16];
    const struct ts005_group *t = &d->ts005.groups[id];
    forget(ps, d, id);
    mckeys_unwrap(d->mckekey, wrapped, mckey);
    mckeys_session(mckey, t->mc_addr, nwk, app);
    struct device_mc g = {.mc_addr = t->mc_addr,
                          .keys = keyring_take(ps->s.keyring, nwk, app),
                          .fcnt = t->next_fcnt,
                          .min_fcnt = t->next_fcnt,
                          .max_fcnt = t->max_fcnt};
    if (devices_join_group(ps->s.devices, d->device, &g) != SIM_OK) {
        keyring_drop(ps->s.keyring, g.keys);
        return;
    }
    d->groups[id].defined = true;
    d->groups[id].mc_addr = t->mc_addr;
    d->groups[id].keys = g.keys;
}

/* When the device will open and close, by its own clock; a class B session opens nothing here. */
static void set_session(struct packages *ps, const struct pk_device *d, uint8_t id)
{
    const struct ts005_session *t = &d->ts005.groups[id].session;
    if (!d->groups[id].defined || t->class != TS005_CLASS_C)
        return;
    struct device_mc_session s = {.frequency_hz = t->frequency_hz,
                                  .dr = t->dr,
                                  .open_gps_ns = pkg_gps_ns(t->start_s),
                                  .close_gps_ns = pkg_gps_ns(t->end_s)};
    devices_set_session(ps->s.devices, d->device, d->groups[id].mc_addr, &s);
}

static void carry_out(struct packages *ps, struct pk_device *d, const struct ts005_device_event *e)
{
    switch (e->kind) {
    case TS005_EV_GROUP_SET:
        make_group(ps, d, e->mc_group_id, e->mc_key_encrypted);
        break;
    case TS005_EV_GROUP_DELETED:
        forget(ps, d, e->mc_group_id);
        break;
    case TS005_EV_SESSION_SET:
        set_session(ps, d, e->mc_group_id);
        break;
    case TS005_EV_SESSION_STOP:
        if (d->groups[e->mc_group_id].defined)
            devices_end_session(ps->s.devices, d->device, d->groups[e->mc_group_id].mc_addr);
        break;
    case TS005_EV_SESSION_START: /* its window was computed when it was set */
        break;
    }
}

/* The next wake is a reading of the device's clock. */
static void post(struct packages *ps, struct pk_device *d)
{
    sim_time now = evq_now(ps->s.evq);
    sim_time at = devices_when_gps(ps->s.devices, d->device, ts005_device_next(&d->ts005));
    at = at > now ? at : now + 1;
    if (at >= ps->s.duration || d->wake == at)
        return;
    d->wake = at;
    evq_push(ps->s.evq, at, ps->device_event, ps, (uint32_t)(d - ps->d));
}

/* Events from first on are carried out; answers are sent when the payload is at its end. */
static void carry_out_all(struct packages *ps, struct pk_device *d,
                          const struct ts005_device_out *out, int first)
{
    for (int i = first; i < out->n_events; i++)
        carry_out(ps, d, &out->events[i]);
}

static void send_answers(struct packages *ps, struct pk_device *d,
                         const struct ts005_device_out *out)
{
    struct device_packet p = {.fport = TS005_FPORT};
    size_t len = 0;
    for (int i = 0; i < out->n_send; i++) {
        int rc = ts005_put(p.bytes, sizeof p.bytes, &len, &out->send[i]);
        SIM_CHECK(rc == SIM_OK, "node %lld: answer %d: %s", (long long)d->id, i, sim_strerror(rc));
    }
    p.len = (uint8_t)len;
    if (len)
        devices_send_packet(ps->s.devices, d->device, &p);
}

/* Commands from first to last, each with its row. */
static int carry_out_commands(struct packages *ps, struct pk_device *d,
                              const struct device_received *r, struct pk_message *m)
{
    struct ts005_device_out *out = &ps->out;
    struct pkg_now now = pk_device_now(ps, d);
    struct ts005 c;
    size_t at = 0, from = 0;
    int rc;
    ts005_device_out_init(out);
    while ((rc = ts005_next(r->bytes, r->len, &at, false, d->ts005.cfg->version, &c)) > 0) {
        int n_events = out->n_events;
        out->drop = PKG_DROP_NONE;
        ts005_device_command(&d->ts005, &now, &c, out);
        carry_out_all(ps, d, out, n_events);
        m->name = ts005_name(c.cid, false);
        m->bytes = r->bytes + from;
        m->len = at - from;
        m->result = pk_result(out->drop, &c, m->bytes, m->len);
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
    struct pk_device *d = &ps->d[ps->of_device[device] - 1];
    struct pk_message m = {.at = evq_now(ps->s.evq),
                           .device = d->id,
                           .fport = r->fport,
                           .bytes = r->bytes,
                           .len = r->len};
    if (r->fport != TS005_FPORT || !d->cfg->multicast_setup)
        return false;
    if (r->multicast) {
        m.result = pkg_drop_text(PKG_DROP_MULTICAST);
        pk_rows(ps, d, &m);
        return true;
    }
    int rc = carry_out_commands(ps, d, r, &m);
    if (rc) {
        m.result = pkg_drop_text(pkg_drop_of(rc));
        pk_row(ps, &m);
    }
    send_answers(ps, d, &ps->out);
    post(ps, d);
    return true;
}

void pk_device_stamp(void *ctx, uint32_t device, struct device_packet *p)
{
    struct packages *ps = ctx;
    struct pk_device *d = &ps->d[ps->of_device[device] - 1];
    int64_t gps_ns = devices_gps_ns(ps->s.devices, device, evq_now(ps->s.evq));
    struct ts005 c;
    size_t at = 0, to = 0;
    while (ts005_next(p->bytes, p->len, &at, true, d->ts005.cfg->version, &c) > 0) {
        ts005_device_stamp(&d->ts005, &c, gps_ns);
        if (ts005_put(p->bytes, at, &to, &c) != SIM_OK)
            return; /* not an answer of ours */
    }
}

static void wake(struct packages *ps, struct pk_device *d, const struct pkg_now *now)
{
    struct ts005_device_out out;
    ts005_device_out_init(&out);
    ts005_device_wake(&d->ts005, now, &out);
    carry_out_all(ps, d, &out, 0);
    post(ps, d);
}

/* A timer was set for a reading of the clock: it has come, though granularity and jitter may show
 * a little less. */
void pk_on_device(void *obj, uint32_t arg)
{
    struct packages *ps = obj;
    struct pk_device *d = &ps->d[arg];
    if (d->wake != evq_now(ps->s.evq))
        return; /* another event took its place */
    d->wake = SIM_NEVER;
    struct pkg_now now = pk_device_now(ps, d);
    int64_t due = ts005_device_next(&d->ts005);
    if (due > now.gps_ns && devices_when_gps(ps->s.devices, d->device, due) <= now.at)
        now.gps_ns = due;
    wake(ps, d, &now);
}

void pk_device_corrected(void *ctx, uint32_t device)
{
    struct packages *ps = ctx;
    struct pk_device *d = &ps->d[ps->of_device[device] - 1];
    struct pkg_now now = pk_device_now(ps, d);
    wake(ps, d, &now);
}
