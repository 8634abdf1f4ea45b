/* SPDX-License-Identifier: GPL-2.0-only
 * Clock synchronisation, device: a request is sent up to n times with one token until an answer
 * with that token comes; then the token moves on. Source: TS003-2.0.0, section 3.
 *
 * The answer's correction holds whichever of the transmissions it belongs to: it is a difference
 * of clocks. Version 2 saturates what does not fit 32 bits: the device applies it and asks again.
 */
#include "models/packages/ts003_device.h"

#include "sim/err.h"

enum { TOKEN_MASK = 15, JITTER_S = 30, BASE_PERIOD_S = 128, JITTER_SHARE = 4 };

enum state { IDLE, REPEATING, WAITING, N_STATES };
enum event { EV_ASK_MORE, EV_ASK_LAST, EV_ANSWER, N_EVENTS };
enum action { ACT_SEND, ACT_APPLY, ACT_STALE };

/* IDLE: nothing is asked. REPEATING: asked, and will ask again. WAITING: asked for the last time,
 * an answer is still welcome. ASK_MORE, ASK_LAST: a transmission, the first or a further one. */
static const struct transition {
    uint8_t action, to;
} transitions[N_STATES][N_EVENTS] = {
    [IDLE] = {{ACT_SEND, REPEATING}, {ACT_SEND, WAITING}, {ACT_STALE, IDLE}},
    [REPEATING] = {{ACT_SEND, REPEATING}, {ACT_SEND, WAITING}, {ACT_APPLY, IDLE}},
    [WAITING] = {{ACT_SEND, REPEATING}, {ACT_SEND, WAITING}, {ACT_APPLY, IDLE}},
};

static bool put(struct ts003_device_out *out, const struct pkg_now *now, const struct ts003 *c)
{
    size_t len = 1 + (size_t)ts003_len(c->cid, true);
    if (out->n_send == PKG_MAX_SEND || out->len + len > now->room) {
        out->drop = PKG_DROP_NO_ROOM;
        return false;
    }
    out->send[out->n_send++] = *c;
    out->len += len;
    return true;
}

/* The clock after what this output corrects. */
static uint32_t clock_s(const struct pkg_now *now, const struct ts003_device_out *out)
{
    return (uint32_t)(pkg_gps_s(now->gps_ns) + out->correction_s);
}

static void send_request(const struct ts003_device *d, const struct pkg_now *now,
                         struct ts003_device_out *out)
{
    struct ts003 c = {.cid = TS003_APP_TIME, .uplink = true};
    c.u.app_time_req.device_time_s = clock_s(now, out);
    c.u.app_time_req.ans_required = d->ans_required;
    c.u.app_time_req.token = d->token;
    if (put(out, now, &c))
        out->adr_off = d->cfg->version == 1;
}

static void step(struct ts003_device *d, const struct pkg_now *now, enum event event,
                 struct ts003_device_out *out)
{
    SIM_CHECK(d->state < N_STATES, "TS003 device in state %u", d->state);
    const struct transition *t = &transitions[d->state][event];
    d->state = t->to;
    d->next_try = t->to == REPEATING ? pkg_later(now->at, d->cfg->spacing) : SIM_NEVER;
    switch ((enum action)t->action) {
    case ACT_SEND:
        send_request(d, now, out);
        break;
    case ACT_APPLY:
        d->token = (d->token + 1) & TOKEN_MASK;
        d->synced = true;
        out->corrected = true;
        break;
    case ACT_STALE:
        out->drop = PKG_DROP_STALE;
        break;
    }
}

/* Transmit once; n_left more are to follow. */
static void transmit(struct ts003_device *d, const struct pkg_now *now,
                     struct ts003_device_out *out)
{
    step(d, now, d->n_left > 0 ? EV_ASK_MORE : EV_ASK_LAST, out);
}

static void begin(struct ts003_device *d, const struct pkg_now *now, int n_transmissions,
                  struct ts003_device_out *out)
{
    d->n_left = (uint8_t)(n_transmissions > 1 ? n_transmissions - 1 : 0);
    transmit(d, now, out);
}

static bool wants_answer(const struct ts003_device *d)
{
    return d->cfg->ans == TS003_ANS_ALWAYS || (d->cfg->ans == TS003_ANS_UNSYNCED && !d->synced);
}

/* interval +- 30 s (or a quarter of it, for short ones), evenly. */
static void arm_period(struct ts003_device *d, const struct pkg_now *now)
{
    d->next_period = SIM_NEVER;
    if (d->interval <= 0)
        return;
    sim_time jitter = SIM_S(JITTER_S);
    if (jitter > d->interval / JITTER_SHARE)
        jitter = d->interval / JITTER_SHARE;
    sim_time drawn = (sim_time)(((uint64_t)jitter * 2 >> 8) * now->random >> 24);
    d->next_period = pkg_later(now->at, d->interval - jitter + drawn);
}

void ts003_device_init(struct ts003_device *d, const struct ts003_device_cfg *cfg)
{
    *d = (struct ts003_device){
        .cfg = cfg, .next_try = SIM_NEVER, .next_period = SIM_NEVER, .interval = cfg->interval};
}

void ts003_device_request(struct ts003_device *d, const struct pkg_now *now, bool ans_required,
                          struct ts003_device_out *out)
{
    d->ans_required = ans_required;
    begin(d, now, ans_required ? d->cfg->n_tries : 1, out);
}

void ts003_device_start(struct ts003_device *d, const struct pkg_now *now,
                        struct ts003_device_out *out)
{
    arm_period(d, now);
    ts003_device_request(d, now, wants_answer(d), out);
}

static void answer_version(const struct ts003_device *d, const struct pkg_now *now,
                           struct ts003_device_out *out)
{
    struct ts003 c = {.cid = TS003_PACKAGE_VERSION, .uplink = true};
    c.u.package_version_ans.identifier = TS003_PACKAGE_ID;
    c.u.package_version_ans.version = d->cfg->version;
    put(out, now, &c);
}

static void correct(struct ts003_device *d, const struct pkg_now *now, const struct ts003 *c,
                    struct ts003_device_out *out)
{
    int32_t correction_s = c->u.app_time_ans.correction_s;
    bool asked = d->state != IDLE;
    if (c->u.app_time_ans.token != d->token) {
        out->drop = PKG_DROP_STALE;
        return;
    }
    step(d, now, EV_ANSWER, out);
    if (!asked)
        return;
    out->correction_s += correction_s;
    if (d->cfg->version >= 2 && (correction_s == INT32_MAX || correction_s == INT32_MIN))
        ts003_device_request(d, now, true, out);
}

static void set_period(struct ts003_device *d, const struct pkg_now *now, const struct ts003 *c,
                       struct ts003_device_out *out)
{
    struct ts003 a = {.cid = TS003_PERIODICITY, .uplink = true};
    a.u.periodicity_ans.not_supported = !d->cfg->periodicity_supported;
    a.u.periodicity_ans.time_s = clock_s(now, out);
    if (d->cfg->periodicity_supported) {
        d->interval = SIM_S(BASE_PERIOD_S) << c->u.periodicity_req.period;
        arm_period(d, now);
    }
    put(out, now, &a);
}

static void resync(struct ts003_device *d, const struct pkg_now *now, const struct ts003 *c,
                   struct ts003_device_out *out)
{
    if (c->u.force_resync.nb_transmissions == 0) {
        out->drop = PKG_DROP_NOTHING_TO_DO;
        return;
    }
    d->ans_required = wants_answer(d);
    begin(d, now, c->u.force_resync.nb_transmissions, out);
}

void ts003_device_command(struct ts003_device *d, const struct pkg_now *now, const struct ts003 *c,
                          struct ts003_device_out *out)
{
    SIM_CHECK(!c->uplink, "command %02x is a device's own", c->cid);
    switch ((enum ts003_cid)c->cid) {
    case TS003_PACKAGE_VERSION:
        answer_version(d, now, out);
        break;
    case TS003_APP_TIME:
        correct(d, now, c, out);
        break;
    case TS003_PERIODICITY:
        set_period(d, now, c, out);
        break;
    case TS003_FORCE_RESYNC:
        resync(d, now, c, out);
        break;
    }
}

void ts003_device_receive(struct ts003_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts003_device_out *out)
{
    if (p->multicast || p->len > PKG_MAX_PAYLOAD) {
        out->drop = p->multicast ? PKG_DROP_MULTICAST : PKG_DROP_TOO_LONG;
        return;
    }
    struct ts003 c;
    size_t at = 0;
    int rc;
    while ((rc = ts003_next(p->buf, p->len, &at, false, &c)) > 0)
        ts003_device_command(d, now, &c, out);
    if (rc)
        out->drop = pkg_drop_of(rc);
}

void ts003_device_wake(struct ts003_device *d, const struct pkg_now *now,
                       struct ts003_device_out *out)
{
    if (now->at >= d->next_try) {
        d->n_left--;
        transmit(d, now, out);
    }
    if (now->at < d->next_period)
        return;
    arm_period(d, now);
    if (d->state != REPEATING && out->n_send == 0) /* else one is on its way already */
        ts003_device_request(d, now, wants_answer(d), out);
}

sim_time ts003_device_next(const struct ts003_device *d)
{
    return d->next_try < d->next_period ? d->next_try : d->next_period;
}

void ts003_device_stamp(struct ts003 *c, int64_t gps_ns)
{
    uint32_t clock = (uint32_t)pkg_gps_s(gps_ns);
    if (c->uplink && c->cid == TS003_APP_TIME)
        c->u.app_time_req.device_time_s = clock;
    else if (c->uplink && c->cid == TS003_PERIODICITY)
        c->u.periodicity_ans.time_s = clock;
}
