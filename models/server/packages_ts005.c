/* SPDX-License-Identifier: GPL-2.0-only
 * Remote multicast set-up on FPort 200: its table, and the device's end, where multicast groups and
 * their sessions are made when the machine says so. */
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/mckeys.h"
#include "models/server/packages_ts005.h"
#include "sim/err.h"
#include "sim/mem.h"

static bool has(const int64_t *list, size_t n, int64_t value)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == value)
            return true;
    return false;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The region's frequencies but for the refused ones: what is left between them. */
static void fill_ranges(struct ts005_device_cfg *c, const struct region *r,
                        const struct scn_list *l)
{
    int64_t refused[TS005_MAX_RANGES], lo = r->min_hz;
    size_t n = l->n < TS005_MAX_RANGES - 1 ? l->n : TS005_MAX_RANGES - 1;
    if (n)
        memcpy(refused, l->items, n * sizeof *refused);
    qsort(refused, n, sizeof *refused, by_value);
    for (size_t i = 0; i <= n; i++) {
        int64_t hi = i < n ? refused[i] - 1 : r->max_hz;
        hi = hi < r->max_hz ? hi : r->max_hz;
        if (hi >= lo) {
            c->ranges[c->n_ranges].lo_hz = (uint32_t)lo;
            c->ranges[c->n_ranges++].hi_hz = (uint32_t)hi;
        }
        if (i < n && refused[i] + 1 > lo)
            lo = refused[i] + 1;
    }
}

/* What the devices of a group support. */
static struct ts005_device_cfg support_of(const struct package_cfg *p, const struct region *r)
{
    struct ts005_device_cfg c = {
        .version = (uint8_t)p->multicast_setup,
        .n_groups = (uint8_t)p->groups,
        .past = p->past_session == PACKAGE_PAST_OPEN ? TS005_PAST_OPEN : TS005_PAST_LORAMAC,
        .default_frequency =
            !has(p->refuse_frequencies.items, p->refuse_frequencies.n, r->ping_frequency_hz)};
    for (int dr = 0; dr < REGION_N_DR; dr++)
        if (r->dr[dr].down && r->dr[dr].modulation != REGION_NO_DR &&
            !has(p->refuse_data_rates.items, p->refuse_data_rates.n, dr))
            c.dr_mask |= (uint16_t)(1 << dr);
    fill_ranges(&c, r, &p->refuse_frequencies);
    return c;
}

static void open_run(struct packages *ps)
{
    ps->ts005 = mem_alloc(1, sizeof *ps->ts005);
    ps->ts005->cfgs = mem_alloc(ps->n_groups, sizeof *ps->ts005->cfgs);
}

static void close_run(struct packages *ps)
{
    free(ps->ts005->cfgs);
    free(ps->ts005->groups);
    free(ps->ts005);
}

static void open(struct packages *ps, struct pk_device *d)
{
    uint8_t root[16];
    struct device_identity id = devices_identity(ps->s.devices, d->device);
    struct ts005_device_cfg *cfg = &ps->ts005->cfgs[d->group];
    if (!cfg->version)
        *cfg = support_of(d->cfg, ps->s.region);
    d->ts005 = mem_alloc(1, sizeof *d->ts005);
    mckeys_root_from_genappkey(id.genappkey, root);
    mckeys_kek(root, d->ts005->mckekey);
    ts005_device_init(&d->ts005->device, cfg);
}

static void forget(struct packages *ps, struct pk_device *d, uint8_t id)
{
    struct pk_ts005 *t = d->ts005;
    if (!t->groups[id].defined)
        return;
    devices_leave_group(ps->s.devices, d->device, t->groups[id].mc_addr);
    keyring_drop(ps->s.keyring, t->groups[id].keys);
    t->groups[id].defined = false;
}

static void close(struct packages *ps, struct pk_device *d)
{
    for (uint8_t id = 0; id < TS005_MAX_GROUPS; id++)
        if (d->ts005->groups[id].defined)
            keyring_drop(ps->s.keyring, d->ts005->groups[id].keys);
    free(d->ts005->plan);
    free(d->ts005);
}

/* The group's keys are derived and it begins anew. A device that already has four others, or one
 * with this address, keeps those: its frames are then dropped. */
static void make_group(struct packages *ps, struct pk_device *d, uint8_t id, const uint8_t *wrapped)
{
    uint8_t mckey[16], nwk[16], app[16];
    const struct ts005_group *t = &d->ts005->device.groups[id];
    forget(ps, d, id);
    mckeys_unwrap(d->ts005->mckekey, wrapped, mckey);
    mckeys_session(mckey, t->mc_addr, nwk, app);
    struct device_mc g = {.mc_addr = t->mc_addr,
                          .keys = keyring_take(ps->s.keyring, nwk, app),
                          .fcnt = t->next_fcnt,
                          .min_fcnt = t->next_fcnt,
                          .max_fcnt = t->max_fcnt,
                          .mc_group_id = id};
    if (devices_join_group(ps->s.devices, d->device, &g) != SIM_OK) {
        keyring_drop(ps->s.keyring, g.keys);
        return;
    }
    d->ts005->groups[id].defined = true;
    d->ts005->groups[id].mc_addr = t->mc_addr;
    d->ts005->groups[id].keys = g.keys;
}

/* When the device will open and close, by its own clock. */
static void set_session(struct packages *ps, const struct pk_device *d, uint8_t id)
{
    const struct ts005_session *t = &d->ts005->device.groups[id].session;
    if (!d->ts005->groups[id].defined)
        return;
    struct device_mc_session s = {.frequency_hz = t->frequency_hz,
                                  .dr = t->dr,
                                  .class_b = t->class == TS005_CLASS_B,
                                  .periodicity = t->periodicity,
                                  .open_gps_ns = pkg_gps_ns(t->start_s),
                                  .close_gps_ns = pkg_gps_ns(t->end_s)};
    devices_set_session(ps->s.devices, d->device, d->ts005->groups[id].mc_addr, &s);
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
        if (d->ts005->groups[e->mc_group_id].defined)
            devices_end_session(ps->s.devices, d->device, d->ts005->groups[e->mc_group_id].mc_addr);
        break;
    case TS005_EV_SESSION_START: /* its window was computed when it was set */
        break;
    }
}

/* Events from first on are carried out; answers are sent when the payload is at its end. */
static void carry_out_all(struct packages *ps, struct pk_device *d,
                          const struct ts005_device_out *out, int first)
{
    for (int i = first; i < out->n_events; i++)
        carry_out(ps, d, &out->events[i]);
}

void pk_ts005_leave(struct packages *ps, struct pk_device *d, unsigned mc_group_mask)
{
    struct ts005_device_out *out = &ps->ts005->out;
    ts005_device_out_init(out);
    for (uint8_t id = 0; id < TS005_MAX_GROUPS; id++)
        if (mc_group_mask >> id & 1)
            ts005_device_leave(&d->ts005->device, id, out);
    carry_out_all(ps, d, out, 0);
}

static void begin(struct packages *ps, struct pk_device *d)
{
    (void)d;
    ts005_device_out_init(&ps->ts005->out);
}

static enum pkg_drop command(struct packages *ps, struct pk_device *d, const struct pk_input *in,
                             const struct package_command *c)
{
    struct ts005_device_out *out = &ps->ts005->out;
    int n_events = out->n_events;
    out->drop = PKG_DROP_NONE;
    ts005_device_command(&d->ts005->device, &in->now, &c->u.ts005, out);
    carry_out_all(ps, d, out, n_events);
    return out->drop;
}

static void end(struct packages *ps, struct pk_device *d)
{
    const struct ts005_device_out *out = &ps->ts005->out;
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

/* A reading of the device's clock. */
static sim_time next_wake(struct packages *ps, struct pk_device *d)
{
    return devices_when_gps(ps->s.devices, d->device, ts005_device_next(&d->ts005->device));
}

/* A timer that was set for a reading of the clock and has come counts as that reading, though
 * granularity and jitter may show a little less. */
static void wake(struct packages *ps, struct pk_device *d, const struct pkg_now *now)
{
    struct ts005_device_out out;
    struct pkg_now at = *now;
    int64_t due = ts005_device_next(&d->ts005->device);
    if (due > at.gps_ns && devices_when_gps(ps->s.devices, d->device, due) <= evq_now(ps->s.evq))
        at.gps_ns = due;
    ts005_device_out_init(&out);
    ts005_device_wake(&d->ts005->device, &at, &out);
    carry_out_all(ps, d, &out, 0);
}

static void stamp(const struct packages *ps, const struct pk_device *d, int64_t gps_ns,
                  struct package_command *c)
{
    (void)ps;
    ts005_device_stamp(&d->ts005->device, &c->u.ts005, gps_ns);
}

static int64_t version(const struct package_cfg *c)
{
    return c->multicast_setup;
}

static int next(const uint8_t *buf, size_t len, size_t *at, bool uplink, int v,
                struct package_command *c)
{
    c->fport = TS005_FPORT;
    return ts005_next(buf, len, at, uplink, v, &c->u.ts005);
}

static int put(uint8_t *buf, size_t size, size_t *at, int v, const struct package_command *c)
{
    (void)v;
    return ts005_put(buf, size, at, &c->u.ts005);
}

static const char *name(const struct package_command *c, bool uplink, int v)
{
    (void)v;
    return ts005_name(c->u.ts005.cid, uplink);
}

const struct pk_kind pk_ts005 = {
    .fport = TS005_FPORT,
    .version = version,
    .next = next,
    .put = put,
    .name = name,
    .open_run = open_run,
    .close_run = close_run,
    .open = open,
    .close = close,
    .finish = pk_ts005_finish,
    .begin = begin,
    .command = command,
    .end = end,
    .next_wake = next_wake,
    .wake = wake,
    .stamp = stamp,
    .server_start = pk_ts005_server_start,
    .server_command = pk_ts005_server_command,
    .server_next_wake = pk_ts005_server_next,
    .server_wake = pk_ts005_server_wake,
    .ask = pk_ts005_ask,
    .cancel = pk_ts005_cancel,
};
