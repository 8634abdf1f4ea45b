/* SPDX-License-Identifier: GPL-2.0-only
 * Clock synchronisation, server. TimeCorrection = server's time - DeviceTime, in whole seconds;
 * version 1: modulo 2^32; version 2: saturated. Source: TS003-2.0.0, section 3. */
#include "models/packages/ts003_server.h"

#include "sim/err.h"

enum { MAX_PERIOD = 15, MAX_TRANSMISSIONS = 7 };

static void put(struct ts003_server_out *out, const struct ts003 *c)
{
    if (out->n_send == PKG_MAX_SEND)
        out->drop = PKG_DROP_NO_ROOM;
    else
        out->send[out->n_send++] = *c;
}

/* At most two for each command and one for each wake of a request: see PKG_MAX_SEND. */
static void tell(struct ts003_server_out *out, const struct ts003_news *news)
{
    if (out->n_news < (int)(sizeof out->news / sizeof *out->news))
        out->news[out->n_news++] = *news;
}

static void send_ask(const struct ts003_server *s, enum ts003_ask ask, struct ts003_server_out *out)
{
    struct ts003 c = {0};
    switch (ask) {
    case TS003_ASK_VERSION:
        c.cid = TS003_PACKAGE_VERSION;
        break;
    case TS003_ASK_PERIOD:
        c.cid = TS003_PERIODICITY;
        c.u.periodicity_req.period = s->values[ask];
        break;
    case TS003_ASK_RESYNC:
        c.cid = TS003_FORCE_RESYNC;
        c.u.force_resync.nb_transmissions = s->values[ask];
        break;
    case TS003_N_ASKS:
        return;
    }
    put(out, &c);
}

void ts003_server_init(struct ts003_server *s, const struct ts003_server_cfg *cfg)
{
    *s = (struct ts003_server){.cfg = cfg};
}

int ts003_server_ask(struct ts003_server *s, const struct pkg_now *now, enum ts003_ask ask,
                     uint8_t value, struct ts003_server_out *out)
{
    static const struct {
        uint8_t lo, hi;
    } range[TS003_N_ASKS] = {
        [TS003_ASK_VERSION] = {0, 0},
        [TS003_ASK_PERIOD] = {0, MAX_PERIOD},
        [TS003_ASK_RESYNC] = {1, MAX_TRANSMISSIONS},
    };
    SIM_CHECK(ask < TS003_N_ASKS, "TS003 request of kind %d", (int)ask);
    if (value < range[ask].lo || value > range[ask].hi)
        return SIM_ERANGE;
    s->values[ask] = value;
    pkg_request_start(&s->asks[ask], &s->cfg->retry, now->at);
    send_ask(s, ask, out);
    return SIM_OK;
}

/* Server's time less the device's: the nearest of the values that are equal modulo 2^32 in version
 * 1, of which it sends 32 bits; in version 2 the plain difference of the two 32-bit times. */
static int64_t offset_s(const struct ts003_server *s, const struct pkg_now *now, uint32_t device_s)
{
    uint32_t server_s = (uint32_t)pkg_gps_s(now->gps_ns);
    if (s->cfg->version >= 2)
        return (int64_t)server_s - device_s;
    uint32_t difference = server_s - device_s;
    return difference > INT32_MAX ? (int64_t)difference - ((int64_t)1 << 32) : difference;
}

static int32_t saturate(int64_t v)
{
    return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

/* The request of this kind is answered; false when it was not open. */
static bool settle(struct ts003_server *s, enum ts003_ask ask, bool accepted,
                   struct ts003_news *news)
{
    if (!pkg_request_answer(&s->asks[ask], accepted))
        return false;
    news->kind = TS003_NEWS_ANSWERED;
    news->ask = ask;
    news->refused = !accepted;
    return true;
}

static void app_time_req(struct ts003_server *s, const struct pkg_now *now, const struct ts003 *c,
                         struct ts003_server_out *out)
{
    struct ts003_news resynced = {0}, news = {.kind = TS003_NEWS_TIME};
    news.offset_s = offset_s(s, now, c->u.app_time_req.device_time_s);
    int64_t size_s = news.offset_s < 0 ? -news.offset_s : news.offset_s;
    news.was_answered = c->u.app_time_req.ans_required || size_s > s->cfg->threshold_s;
    if (news.was_answered) {
        struct ts003 a = {.cid = TS003_APP_TIME};
        a.u.app_time_ans.correction_s = saturate(news.offset_s);
        a.u.app_time_ans.token = c->u.app_time_req.token;
        put(out, &a);
    }
    tell(out, &news);
    if (settle(s, TS003_ASK_RESYNC, true, &resynced))
        tell(out, &resynced);
}

static void periodicity_ans(struct ts003_server *s, const struct pkg_now *now,
                            const struct ts003 *c, struct ts003_server_out *out)
{
    struct ts003_news answer = {0}, news = {.kind = TS003_NEWS_TIME};
    if (!settle(s, TS003_ASK_PERIOD, !c->u.periodicity_ans.not_supported, &answer)) {
        out->drop = PKG_DROP_STALE;
        return;
    }
    tell(out, &answer);
    news.offset_s = offset_s(s, now, c->u.periodicity_ans.time_s);
    tell(out, &news);
}

static void version_ans(struct ts003_server *s, const struct ts003 *c, struct ts003_server_out *out)
{
    struct ts003_news news = {.identifier = c->u.package_version_ans.identifier,
                              .version = c->u.package_version_ans.version};
    if (settle(s, TS003_ASK_VERSION, true, &news))
        tell(out, &news);
    else
        out->drop = PKG_DROP_STALE;
}

void ts003_server_command(struct ts003_server *s, const struct pkg_now *now, const struct ts003 *c,
                          struct ts003_server_out *out)
{
    SIM_CHECK(c->uplink, "command %02x is a server's own", c->cid);
    switch ((enum ts003_cid)c->cid) {
    case TS003_PACKAGE_VERSION:
        version_ans(s, c, out);
        break;
    case TS003_APP_TIME:
        app_time_req(s, now, c, out);
        break;
    case TS003_PERIODICITY:
        periodicity_ans(s, now, c, out);
        break;
    case TS003_FORCE_RESYNC:
        break; /* has no answer */
    }
}

void ts003_server_receive(struct ts003_server *s, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts003_server_out *out)
{
    if (p->len > PKG_MAX_PAYLOAD) {
        out->drop = PKG_DROP_TOO_LONG;
        return;
    }
    struct ts003 c;
    size_t at = 0;
    int rc;
    while ((rc = ts003_next(p->buf, p->len, &at, true, &c)) > 0)
        ts003_server_command(s, now, &c, out);
    if (rc)
        out->drop = pkg_drop_of(rc);
}

void ts003_server_cancel(struct ts003_server *s)
{
    for (int i = 0; i < TS003_N_ASKS; i++)
        pkg_request_cancel(&s->asks[i]);
}

void ts003_server_wake(struct ts003_server *s, const struct pkg_now *now,
                       struct ts003_server_out *out)
{
    for (int i = 0; i < TS003_N_ASKS; i++) {
        enum ts003_ask ask = (enum ts003_ask)i;
        enum pkg_request_act act = pkg_request_wake(&s->asks[i], &s->cfg->retry, now->at);
        if (act == PKG_REQUEST_SEND)
            send_ask(s, ask, out);
        else if (act == PKG_REQUEST_GIVE_UP)
            tell(out, &(struct ts003_news){.kind = TS003_NEWS_FAILED, .ask = ask});
    }
}

sim_time ts003_server_next(const struct ts003_server *s)
{
    sim_time next = SIM_NEVER;
    for (int i = 0; i < TS003_N_ASKS; i++) {
        sim_time at = pkg_request_next(&s->asks[i]);
        next = at < next ? at : next;
    }
    return next;
}
