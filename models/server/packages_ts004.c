/* SPDX-License-Identifier: GPL-2.0-only
 * Fragmented block transport on FPort 201: its table, and the device's end. Fragments go straight
 * to the session's decoder; blocks that are complete go to the firmware of the device. */
#include "models/server/packages_ts004.h"

#include <stdlib.h>
#include <string.h>

#include "models/packages/fragmic.h"
#include "models/server/packages_ts005.h"
#include "models/server/packages_ts006.h"
#include "sim/err.h"
#include "sim/mem.h"

/* Later than the machine says: behind what frames of that instant bring. */
static const sim_time AFTER = 2;

static uint32_t limit(int64_t value)
{
    return value == SCN_WORD ? 0 : (uint32_t)value;
}

static struct ts004_device_cfg cfg_of(const struct package_cfg *p)
{
    const struct package_fragment_memory_cfg *m = &p->fragments.memory;
    const struct package_fragment_rules_cfg *r = &p->fragments.rules;
    bool literal = r->rows == PACKAGE_ROWS_LITERAL;
    struct ts004_device_cfg c = {
        .version = (uint8_t)p->fragmentation,
        .code = p->fragmentation == 1 ? FRAG_CODE_V1
                : literal             ? FRAG_CODE_V2_LITERAL
                                      : FRAG_CODE_V2,
        .n_sessions = (uint8_t)m->sessions,
        .max_frag_size = (uint8_t)m->frag_size_bytes,
        .max_frags = (uint16_t)m->fragments,
        .max_lost = (uint16_t)(m->lost == SCN_WORD ? FRAG_MAX_N : m->lost),
        .max_block = (uint32_t)m->block_bytes,
        .memory = limit(m->total_bytes),
        .replace = r->in_use == PACKAGE_IN_USE_REPLACE,
        .delay_unicast = r->status_delay == PACKAGE_DELAY_ALWAYS,
        .long_no_session = r->no_session == PACKAGE_NO_SESSION_LONG,
        .calls_it_complete = r->overflow == PACKAGE_OVERFLOW_COMPLETE,
        .acknowledge = {.n_tries = (uint8_t)r->receipts, .spacing = r->receipt_spacing_ns}};
    memcpy(c.descriptor, r->descriptor, sizeof c.descriptor);
    memcpy(c.descriptor_mask, r->descriptor_mask, sizeof c.descriptor_mask);
    return c;
}

static void open_run(struct packages *ps)
{
    ps->ts004 = mem_alloc(1, sizeof *ps->ts004);
    ps->ts004->cfgs = mem_alloc(ps->n_groups, sizeof *ps->ts004->cfgs);
    ps->ts004->pool = fragpool_open();
    ps->ts004->bytes_key = rng_key_make(ps->s.seed, ps->s.run, RNG_REAL_BYTES);
}

static void close_run(struct packages *ps)
{
    fragpool_close(ps->ts004->pool);
    free(ps->ts004->cfgs);
    free(ps->ts004);
}

static void open(struct packages *ps, struct pk_device *d)
{
    struct ts004_device_cfg *cfg = &ps->ts004->cfgs[d->group];
    struct device_identity id = devices_identity(ps->s.devices, d->device);
    struct pk_ts004 *t = d->ts004 = mem_alloc(1, sizeof *t);
    bool bytes = rng_draw_uniform(ps->ts004->bytes_key, (uint64_t)d->id, 0) <
                 d->cfg->fragments.real_bytes_ratio;
    if (!cfg->version)
        *cfg = cfg_of(d->cfg);
    fragmic_key(id.genappkey, t->key);
    ts004_device_init(&t->device, cfg, ps->ts004->pool, t->key, bytes);
}

static void close(struct packages *ps, struct pk_device *d)
{
    (void)ps;
    ts004_device_fini(&d->ts004->device);
    free(d->ts004->plan);
    free(d->ts004);
}

static enum recovery_result result_of(const struct pk_device *d, const struct ts004_report *r)
{
    if (r->wrong)
        return RECOVERY_WRONG;
    if (r->complete)
        return r->mic_error ? RECOVERY_MIC : RECOVERY_COMPLETE;
    unsigned lost = r->setup.nb_frag - r->n_uncoded;
    return r->n_coded && lost > d->ts004->device.cfg->max_lost ? RECOVERY_NO_ROOM
                                                               : RECOVERY_INCOMPLETE;
}

static void recovery_row(struct packages *ps, struct pk_device *d, const struct ts004_report *r)
{
    bool over = r->complete || r->wrong;
    struct row_recovery row = {
        .device = d->id,
        .frag_index = r->setup.frag_index,
        .number = d->ts004->n_ended++,
        .m = r->setup.nb_frag,
        .frag_size_bytes = r->setup.frag_size,
        .result = result_of(d, r),
        .end_reason = (int64_t)r->end,
        .n_uncoded = r->n_uncoded,
        .n_coded = r->n_coded,
        .n_repeated = r->n_repeated,
        .n_late = r->n_late,
        .n_refused = r->n_refused,
        .n_missing = r->missing,
        .first_ns = r->first_at < 0 ? ROW_NULL : r->first_at,
        .complete_ns = over ? r->complete_at : ROW_NULL,
        .n_needed = over ? r->needed : ROW_NULL,
        .overhead = over ? r->needed - (int64_t)r->setup.nb_frag : ROW_NULL,
        .real_bytes = d->ts004->device.bytes,
        .acknowledged = r->acknowledged,
    };
    trace_row(ps->s.trace, ROW_RECOVERY, &row);
}

/* A block is complete, or called so: it is the firmware's. One whose integrity code is wrong is
 * dropped. */
static void block(struct packages *ps, struct pk_device *d, uint8_t frag_index)
{
    const struct ts004_device *t = &d->ts004->device;
    struct ts004_report r = ts004_device_report(t, frag_index);
    struct pk_block b = {.whole = !r.wrong, .block_ack_delay = r.setup.block_ack_delay};
    if (!d->ts006 || r.mic_error)
        return;
    b.bytes = ts004_device_block(t, frag_index, &b.len);
    b.len = (size_t)r.setup.nb_frag * r.setup.frag_size - r.setup.padding;
    memcpy(b.descriptor, r.setup.descriptor, sizeof b.descriptor);
    pk_ts006_block(ps, d, &b);
}

/* Groups that feed this session and no other one that misses fragments. */
static unsigned groups_done(const struct ts004_device *t, uint8_t frag_index)
{
    unsigned mask = ts004_device_report(t, frag_index).setup.mc_group_mask;
    for (uint8_t k = 0; k < TS004_MAX_SESSIONS; k++) {
        if (!ts004_device_has_session(t, k))
            continue;
        struct ts004_report r = ts004_device_report(t, k);
        if (!r.complete && !r.wrong)
            mask &= ~(unsigned)r.setup.mc_group_mask;
    }
    return mask;
}

static void leave_sessions(struct packages *ps, struct pk_device *d, uint8_t frag_index)
{
    if (d->cfg->fragments.rules.after_block != PACKAGE_AFTER_LEAVE)
        return;
    unsigned mask = groups_done(&d->ts004->device, frag_index);
    devices_end_sessions(ps->s.devices, d->device, mask);
    if (d->ts005)
        pk_ts005_leave(ps, d, mask);
}

/* Events from first on are carried out. */
static void carry_out(struct packages *ps, struct pk_device *d, const struct ts004_device_out *out,
                      int first)
{
    for (int i = first; i < out->n_events; i++) {
        const struct ts004_device_event *e = &out->events[i];
        if (e->kind == TS004_EV_SESSION_END)
            recovery_row(ps, d, &e->report);
        if (e->kind == TS004_EV_BLOCK) {
            block(ps, d, e->frag_index);
            leave_sessions(ps, d, e->frag_index);
        }
    }
}

static void send(struct packages *ps, const struct pk_device *d, const struct ts004_device_out *out)
{
    struct device_packet p = {.fport = TS004_FPORT};
    size_t len = 0;
    for (int i = 0; i < out->n_send; i++) {
        int rc =
            ts004_put(p.bytes, sizeof p.bytes, &len, (int)d->cfg->fragmentation, &out->send[i]);
        SIM_CHECK(rc == SIM_OK, "node %lld: answer %d: %s", (long long)d->id, i, sim_strerror(rc));
    }
    p.len = (uint8_t)len;
    if (len)
        devices_send_packet(ps->s.devices, d->device, &p);
}

static void begin(struct packages *ps, struct pk_device *d)
{
    (void)d;
    ts004_device_out_init(&ps->ts004->out);
}

static enum pkg_drop command(struct packages *ps, struct pk_device *d, const struct pk_input *in,
                             const struct package_command *c)
{
    struct ts004_device_out *out = &ps->ts004->out;
    const struct pkg_payload p = {.multicast = in->multicast, .mc_group_id = in->mc_group_id};
    int n_events = out->n_events;
    out->drop = PKG_DROP_NONE;
    ts004_device_command(&d->ts004->device, &in->now, &p, in->alone, &c->u.ts004, out);
    carry_out(ps, d, out, n_events);
    return out->drop;
}

static void end(struct packages *ps, struct pk_device *d)
{
    send(ps, d, &ps->ts004->out);
}

static sim_time next_wake(struct packages *ps, struct pk_device *d)
{
    sim_time next = ts004_device_next(&d->ts004->device);
    if (next == SIM_NEVER)
        return next;
    return pkg_later(devices_when_uptime(ps->s.devices, d->device, next), AFTER);
}

static void wake(struct packages *ps, struct pk_device *d, const struct pkg_now *now)
{
    struct ts004_device_out *out = &ps->ts004->out;
    if (ts004_device_next(&d->ts004->device) > now->at)
        return;
    ts004_device_out_init(out);
    ts004_device_wake(&d->ts004->device, now, out);
    send(ps, d, out);
}

/* Its answers carry no time; counts are those of the moment when they were given. */
static void stamp(const struct packages *ps, const struct pk_device *d, int64_t gps_ns,
                  struct package_command *c)
{
    (void)ps;
    (void)d;
    (void)gps_ns;
    (void)c;
}

static void fragment_row(struct packages *ps, const struct pk_device *d,
                         const struct device_received *r, const struct ts004 *c,
                         const struct ts004_pushed *p)
{
    static const enum fragment_result results[] = {[FRAGDEC_USED] = FRAGMENT_USED,
                                                   [FRAGDEC_COMPLETE] = FRAGMENT_COMPLETE,
                                                   [FRAGDEC_NOTHING] = FRAGMENT_NOTHING,
                                                   [FRAGDEC_NO_ROOM] = FRAGMENT_NO_ROOM,
                                                   [FRAGDEC_LATE] = FRAGMENT_LATE};
    struct row_fragment row = {.at_ns = evq_now(ps->s.evq),
                               .device = d->id,
                               .frag_index = c->u.data_fragment.frag_index,
                               .n = c->u.data_fragment.n,
                               .multicast = r->multicast,
                               .result = p->step < 0 ? FRAGMENT_REFUSED : results[p->step],
                               .fragment_rank = p->rank};
    trace_row(ps->s.trace, ROW_FRAGMENT, &row);
}

static void refused_row(const struct packages *ps, const struct pk_device *d,
                        const struct device_received *r, enum pkg_drop why)
{
    struct pk_message m = {.at = evq_now(ps->s.evq),
                           .device = d->id,
                           .fport = r->fport,
                           .name = ts004_name(TS004_DATA_FRAGMENT, false, 1),
                           .result = pkg_drop_text(why),
                           .bytes = r->bytes,
                           .len = r->len};
    pk_row(ps, &m);
}

static void block_ended(struct packages *ps, struct pk_device *d, uint8_t frag_index)
{
    struct ts004_device_out *out = &ps->ts004->out;
    struct pkg_now now = pk_device_now(ps, d, &pk_ts004);
    ts004_device_out_init(out);
    ts004_device_ended(&d->ts004->device, &now, frag_index, out);
    carry_out(ps, d, out, 0);
    send(ps, d, out);
    pk_device_post(ps, d);
}

bool pk_ts004_fragment(struct packages *ps, struct pk_device *d, const struct device_received *r)
{
    struct ts004 c;
    size_t at = 0;
    if (r->fport != TS004_FPORT || !d->ts004 || r->len == 0 || r->bytes[0] != TS004_DATA_FRAGMENT ||
        ts004_next(r->bytes, r->len, &at, false, 1, &c) <= 0)
        return false;
    struct ts004_pushed p = ts004_device_push(&d->ts004->device, evq_now(ps->s.evq),
                                              r->multicast ? r->mc_group_id : -1, &c);
    if (trace_wants(ps->s.trace, ROW_FRAGMENT))
        fragment_row(ps, d, r, &c, &p);
    if (p.step < 0 && trace_wants(ps->s.trace, ROW_MESSAGE))
        refused_row(ps, d, r, p.drop);
    if (p.ended)
        block_ended(ps, d, c.u.data_fragment.frag_index);
    return true;
}

void pk_ts004_restart(struct packages *ps, struct pk_device *d)
{
    struct ts004_device_out *out = &ps->ts004->out;
    ts004_device_out_init(out);
    ts004_device_restart(&d->ts004->device, out);
    carry_out(ps, d, out, 0);
}

int packages_provision(struct packages *ps, uint32_t device, const struct ts004_setup_req *setup,
                       enum pkg_drop *why)
{
    struct pk_device *d = pk_find(ps, device);
    struct ts004_device_out *out = &ps->ts004->out;
    if (!d || !d->ts004)
        return SIM_ENOENT;
    ts004_device_out_init(out);
    bool taken = ts004_device_provision(&d->ts004->device, setup, out);
    carry_out(ps, d, out, 0);
    *why = out->drop;
    return taken ? SIM_OK : SIM_EINVAL;
}

bool packages_keeps_bytes(const struct packages *ps, uint32_t device)
{
    const struct pk_device *d = pk_find(ps, device);
    return d && d->ts004 && d->ts004->device.bytes;
}

int packages_missing(const struct packages *ps, uint32_t device, uint8_t frag_index)
{
    const struct pk_device *d = pk_find(ps, device);
    if (!d || !d->ts004 || !ts004_device_has_session(&d->ts004->device, frag_index))
        return -1;
    return ts004_device_report(&d->ts004->device, frag_index).missing;
}

static void finish(struct packages *ps)
{
    for (uint32_t i = 0; i < ps->n; i++) {
        struct pk_device *d = &ps->d[i];
        for (uint8_t k = 0; d->ts004 && k < TS004_MAX_SESSIONS; k++) {
            if (!ts004_device_has_session(&d->ts004->device, k))
                continue;
            struct ts004_report r = ts004_device_report(&d->ts004->device, k);
            recovery_row(ps, d, &r);
        }
    }
}

static int64_t version(const struct package_cfg *c)
{
    return c->fragmentation;
}

static int next(const uint8_t *buf, size_t len, size_t *at, bool uplink, int v,
                struct package_command *c)
{
    c->fport = TS004_FPORT;
    return ts004_next(buf, len, at, uplink, v, &c->u.ts004);
}

static int put(uint8_t *buf, size_t size, size_t *at, int v, const struct package_command *c)
{
    return ts004_put(buf, size, at, v, &c->u.ts004);
}

static const char *name(const struct package_command *c, bool uplink, int v)
{
    return ts004_name(c->u.ts004.cid, uplink, v);
}

const struct pk_kind pk_ts004 = {
    .fport = TS004_FPORT,
    .takes_multicast = true,
    .version = version,
    .next = next,
    .put = put,
    .name = name,
    .open_run = open_run,
    .close_run = close_run,
    .open = open,
    .close = close,
    .finish = finish,
    .begin = begin,
    .command = command,
    .end = end,
    .next_wake = next_wake,
    .wake = wake,
    .stamp = stamp,
    .server_command = pk_ts004_server_command,
    .server_next_wake = pk_ts004_server_next,
    .server_wake = pk_ts004_server_wake,
    .ask = pk_ts004_ask,
    .cancel = pk_ts004_cancel,
};
