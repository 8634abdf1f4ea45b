/* SPDX-License-Identifier: GPL-2.0-only
 * Remote multicast set-up, device. Commands are carried out from first to last, each with its own
 * answer; an answer that does not fit into the uplink is dropped, the list of groups is shortened.
 * Source: TS005-1.0.0, TS005-2.0.0, sections 3 and 4.
 *
 * SessionTime counts modulo 2^32: the instant nearest to the device's clock is meant. A class B
 * start that is no multiple of 128 s (the text forbids it, and has no error bit for it) is moved to
 * the next beacon, the end stays. */
#include "models/packages/ts005_device.h"

#include <string.h>

#include "sim/err.h"

enum { DR_MASK = 15, MIN_FREQUENCY_HZ = 100000000 };

enum session_state { NONE, SCHEDULED, OPEN, N_STATES };
enum session_event { EV_REQUEST, EV_START, EV_END, EV_CANCEL, N_EVENTS };
enum { STOP = 1, SET = 2, START = 4 }; /* what to tell, in this order */

static const struct transition {
    uint8_t tell, to;
} transitions[N_STATES][N_EVENTS] = {
    /*             REQUEST                  START          END           CANCEL */
    [NONE] = {{SET, SCHEDULED}, {0, NONE}, {0, NONE}, {0, NONE}},
    [SCHEDULED] = {{STOP | SET, SCHEDULED}, {START, OPEN}, {STOP, NONE}, {STOP, NONE}},
    [OPEN] = {{STOP | SET, SCHEDULED}, {0, OPEN}, {STOP, NONE}, {STOP, NONE}},
};

static struct ts005_device_event *tell(struct ts005_device_out *out,
                                       enum ts005_device_event_kind kind, uint8_t mc_group_id)
{
    /* At most 3 for a session request of 11 octets, and 2 for each group there was before. */
    SIM_CHECK(out->n_events < TS005_MAX_EVENTS, "%d events of one payload", out->n_events);
    struct ts005_device_event *e = &out->events[out->n_events++];
    *e = (struct ts005_device_event){.kind = kind, .mc_group_id = mc_group_id};
    return e;
}

static void put(const struct pkg_now *now, const struct ts005 *c, struct ts005_device_out *out)
{
    size_t len = (size_t)ts005_size(c);
    if (out->n_send == PKG_MAX_SEND || out->len + len > now->room) {
        out->drop = PKG_DROP_NO_ROOM;
        return;
    }
    out->send[out->n_send++] = *c;
    out->len += len;
}

static void step(struct ts005_device *d, uint8_t id, enum session_event event,
                 enum ts005_stop reason, struct ts005_device_out *out)
{
    struct ts005_group *g = &d->groups[id];
    SIM_CHECK(g->state < N_STATES, "session in state %u", g->state);
    const struct transition *t = &transitions[g->state][event];
    if (t->tell & STOP) {
        struct ts005_device_event *e = tell(out, TS005_EV_SESSION_STOP, id);
        e->was_open = g->state == OPEN;
        e->reason = reason;
    }
    if (t->tell & SET)
        tell(out, TS005_EV_SESSION_SET, id);
    if (t->tell & START)
        tell(out, TS005_EV_SESSION_START, id);
    g->state = t->to;
}

void ts005_device_init(struct ts005_device *d, const struct ts005_device_cfg *cfg)
{
    SIM_CHECK(cfg->n_groups <= TS005_MAX_GROUPS && cfg->n_ranges <= TS005_MAX_RANGES,
              "%u groups, %u ranges of frequencies", cfg->n_groups, cfg->n_ranges);
    *d = (struct ts005_device){.cfg = cfg};
}

void ts005_device_out_init(struct ts005_device_out *out)
{
    out->n_send = 0;
    out->len = 0;
    out->n_events = 0;
    out->drop = PKG_DROP_NONE;
}

static void package_version(const struct ts005_device *d, const struct pkg_now *now,
                            struct ts005_device_out *out)
{
    struct ts005 a = {.cid = TS005_PACKAGE_VERSION, .uplink = true};
    a.u.package_version_ans.identifier = TS005_PACKAGE_ID;
    a.u.package_version_ans.version = d->cfg->version;
    put(now, &a, out);
}

/* Groups that are asked for, defined, and fit: the highest ids are left out first. */
static void group_status(const struct ts005_device *d, const struct pkg_now *now,
                         const struct ts005 *c, struct ts005_device_out *out)
{
    struct ts005 a = {.cid = TS005_GROUP_STATUS, .uplink = true};
    int n_items = 0;
    for (uint8_t id = 0; id < d->cfg->n_groups; id++) {
        const struct ts005_group *g = &d->groups[id];
        if (!g->defined)
            continue;
        a.u.group_status_ans.nb_total_groups++;
        if (!(c->u.group_status_req.group_mask >> id & 1))
            continue;
        a.u.group_status_ans.group_mask |= (uint8_t)(1 << id);
        if (out->len + (size_t)ts005_size(&a) > now->room) {
            a.u.group_status_ans.group_mask ^= (uint8_t)(1 << id);
            out->drop = PKG_DROP_NO_ROOM;
            continue;
        }
        a.u.group_status_ans.items[n_items].mc_group_id = id;
        a.u.group_status_ans.items[n_items++].mc_addr = g->mc_addr;
    }
    put(now, &a, out);
}

static void group_setup(struct ts005_device *d, const struct pkg_now *now, const struct ts005 *c,
                        struct ts005_device_out *out)
{
    uint8_t id = c->u.group_setup_req.mc_group_id;
    struct ts005 a = {.cid = TS005_GROUP_SETUP, .uplink = true};
    a.u.group_setup_ans.mc_group_id = id;
    a.u.group_setup_ans.id_error = id >= d->cfg->n_groups;
    if (!a.u.group_setup_ans.id_error) {
        step(d, id, EV_CANCEL, TS005_STOP_REPLACED, out);
        d->groups[id] = (struct ts005_group){
            .defined = true,
            .mc_addr = c->u.group_setup_req.mc_addr,
            .next_fcnt = c->u.group_setup_req.min_mc_fcnt,
            .max_fcnt = c->u.group_setup_req.max_mc_fcnt,
        };
        struct ts005_device_event *e = tell(out, TS005_EV_GROUP_SET, id);
        memcpy(e->mc_key_encrypted, c->u.group_setup_req.mc_key_encrypted,
               sizeof e->mc_key_encrypted);
    }
    put(now, &a, out);
}

static void group_delete(struct ts005_device *d, const struct pkg_now *now, const struct ts005 *c,
                         struct ts005_device_out *out)
{
    uint8_t id = c->u.group_delete_req.mc_group_id;
    struct ts005 a = {.cid = TS005_GROUP_DELETE, .uplink = true};
    a.u.group_delete_ans.mc_group_id = id;
    a.u.group_delete_ans.mc_group_undefined = !d->groups[id].defined;
    if (d->groups[id].defined) {
        step(d, id, EV_CANCEL, TS005_STOP_DELETED, out);
        d->groups[id] = (struct ts005_group){0};
        tell(out, TS005_EV_GROUP_DELETED, id);
    }
    put(now, &a, out);
}

static bool frequency_usable(const struct ts005_device_cfg *cfg, uint32_t frequency_hz,
                             bool class_b)
{
    if (frequency_hz == 0)
        return class_b && cfg->default_frequency;
    if (frequency_hz < MIN_FREQUENCY_HZ) /* reserved */
        return false;
    for (int i = 0; i < cfg->n_ranges; i++)
        if (frequency_hz >= cfg->ranges[i].lo_hz && frequency_hz <= cfg->ranges[i].hi_hz)
            return true;
    return false;
}

/* The session that is asked for, on the device's clock. */
static struct ts005_session session_of(const struct ts005 *c, int64_t now_s, bool *off_beacon)
{
    const struct ts005_session_req *q = &c->u.session_req;
    bool class_b = c->cid == TS005_CLASS_B_SESSION;
    uint32_t ahead = q->session_time_s - (uint32_t)now_s;
    int64_t start_s = now_s + (ahead > INT32_MAX ? (int64_t)ahead - ((int64_t)1 << 32) : ahead);
    int64_t duration_s = (int64_t)(class_b ? TS005_BEACON_PERIOD_S : 1) << q->time_out;
    uint32_t over = class_b ? q->session_time_s % TS005_BEACON_PERIOD_S : 0;
    *off_beacon = over != 0;
    return (struct ts005_session){
        .start_s = over ? start_s + TS005_BEACON_PERIOD_S - over : start_s,
        .end_s = start_s + duration_s,
        .frequency_hz = q->frequency_hz,
        .class = class_b ? TS005_CLASS_B : TS005_CLASS_C,
        .dr = q->dr & DR_MASK,
        .periodicity = q->periodicity,
    };
}

/* 24 bits: version 2 saturates, version 1 says nothing and the low bits are sent. */
static uint32_t time_to_start_s(const struct ts005_device *d, int64_t start_s, int64_t now_s)
{
    int64_t s = start_s > now_s ? start_s - now_s : 0;
    if (d->cfg->version >= 2 && s > TS005_MAX_TIME_TO_START)
        return TS005_MAX_TIME_TO_START;
    return (uint32_t)(s & TS005_MAX_TIME_TO_START);
}

/* Open, close or miss the session of one group. */
static void advance(struct ts005_device *d, uint8_t id, int64_t gps_ns,
                    struct ts005_device_out *out)
{
    const struct ts005_group *g = &d->groups[id];
    int64_t now_s = pkg_gps_s(gps_ns);
    if (g->state != NONE && now_s >= g->session.end_s)
        step(d, id, EV_END, g->state == OPEN ? TS005_STOP_TIME_OUT : TS005_STOP_MISSED, out);
    else if (g->state == SCHEDULED && now_s >= g->session.start_s)
        step(d, id, EV_START, TS005_STOP_TIME_OUT, out);
}

static void session_request(struct ts005_device *d, const struct pkg_now *now,
                            const struct ts005 *c, struct ts005_device_out *out)
{
    const struct ts005_session_req *q = &c->u.session_req;
    struct ts005 answer = {.cid = c->cid, .uplink = true};
    struct ts005_session_ans *a = &answer.u.session_ans;
    struct ts005_group *g = &d->groups[q->mc_group_id];
    int64_t now_s = pkg_gps_s(now->gps_ns);
    bool off_beacon;
    struct ts005_session s = session_of(c, now_s, &off_beacon);
    bool missed = now->gps_ns > pkg_gps_ns(s.start_s);
    a->mc_group_id = q->mc_group_id;
    a->mc_group_undefined =
        !g->defined || (missed && d->cfg->version == 1 && d->cfg->past == TS005_PAST_LORAMAC);
    a->freq_error = !frequency_usable(d->cfg, s.frequency_hz, s.class == TS005_CLASS_B);
    a->dr_error = !(d->cfg->dr_mask >> s.dr & 1);
    a->start_missed = missed && d->cfg->version >= 2;
    if (off_beacon)
        out->drop = PKG_DROP_OFF_BEACON;
    if (ts005_session_ok(a)) {
        a->time_to_start_s = time_to_start_s(d, s.start_s, now_s);
        step(d, q->mc_group_id, EV_REQUEST, TS005_STOP_REPLACED, out);
        g->session = s;
        advance(d, q->mc_group_id, now->gps_ns, out);
    }
    put(now, &answer, out);
}

void ts005_device_command(struct ts005_device *d, const struct pkg_now *now, const struct ts005 *c,
                          struct ts005_device_out *out)
{
    SIM_CHECK(!c->uplink, "command %02x is a device's own", c->cid);
    switch ((enum ts005_cid)c->cid) {
    case TS005_PACKAGE_VERSION:
        package_version(d, now, out);
        break;
    case TS005_GROUP_STATUS:
        group_status(d, now, c, out);
        break;
    case TS005_GROUP_SETUP:
        group_setup(d, now, c, out);
        break;
    case TS005_GROUP_DELETE:
        group_delete(d, now, c, out);
        break;
    case TS005_CLASS_C_SESSION:
    case TS005_CLASS_B_SESSION:
        session_request(d, now, c, out);
        break;
    }
}

void ts005_device_receive(struct ts005_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts005_device_out *out)
{
    if (p->multicast || p->len > PKG_MAX_PAYLOAD) {
        out->drop = p->multicast ? PKG_DROP_MULTICAST : PKG_DROP_TOO_LONG;
        return;
    }
    struct ts005 c;
    size_t at = 0;
    int rc;
    while ((rc = ts005_next(p->buf, p->len, &at, false, d->cfg->version, &c)) > 0)
        ts005_device_command(d, now, &c, out);
    if (rc)
        out->drop = pkg_drop_of(rc);
}

void ts005_device_wake(struct ts005_device *d, const struct pkg_now *now,
                       struct ts005_device_out *out)
{
    for (uint8_t id = 0; id < TS005_MAX_GROUPS; id++)
        advance(d, id, now->gps_ns, out);
}

int64_t ts005_device_next(const struct ts005_device *d)
{
    int64_t next = INT64_MAX;
    for (int id = 0; id < TS005_MAX_GROUPS; id++) {
        const struct ts005_group *g = &d->groups[id];
        if (g->state == NONE)
            continue;
        int64_t at_s = g->state == OPEN ? g->session.end_s : g->session.start_s;
        int64_t at_ns = pkg_gps_ns(at_s);
        next = at_ns < next ? at_ns : next;
    }
    return next;
}

void ts005_device_leave(struct ts005_device *d, uint8_t mc_group_id, struct ts005_device_out *out)
{
    if (mc_group_id < TS005_MAX_GROUPS)
        step(d, mc_group_id, EV_CANCEL, TS005_STOP_LEFT, out);
}

int ts005_device_find(const struct ts005_device *d, uint32_t mc_addr)
{
    for (int id = 0; id < TS005_MAX_GROUPS; id++)
        if (d->groups[id].defined && d->groups[id].mc_addr == mc_addr)
            return id;
    return -1;
}

uint32_t ts005_device_fcnt32(const struct ts005_device *d, uint8_t mc_group_id, uint16_t fcnt16)
{
    uint32_t next = mc_group_id < TS005_MAX_GROUPS ? d->groups[mc_group_id].next_fcnt : 0;
    return next + (uint16_t)(fcnt16 - next);
}

int ts005_device_accept(struct ts005_device *d, uint8_t mc_group_id, uint32_t fcnt32)
{
    if (mc_group_id >= TS005_MAX_GROUPS || !d->groups[mc_group_id].defined)
        return SIM_ENOENT;
    struct ts005_group *g = &d->groups[mc_group_id];
    if (fcnt32 >= g->max_fcnt)
        return SIM_ERANGE;
    if (fcnt32 < g->next_fcnt)
        return SIM_EREPLAY;
    g->next_fcnt = fcnt32 + 1; /* no overflow: below max_fcnt */
    return SIM_OK;
}

void ts005_device_stamp(const struct ts005_device *d, struct ts005 *c, int64_t gps_ns)
{
    bool session = c->cid == TS005_CLASS_C_SESSION || c->cid == TS005_CLASS_B_SESSION;
    if (!c->uplink || !session || !ts005_session_ok(&c->u.session_ans))
        return;
    const struct ts005_group *g = &d->groups[c->u.session_ans.mc_group_id];
    c->u.session_ans.time_to_start_s =
        g->state == NONE ? 0 : time_to_start_s(d, g->session.start_s, pkg_gps_s(gps_ns));
}
