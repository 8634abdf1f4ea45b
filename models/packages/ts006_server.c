/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware management, server: a few requests to one device at a time, told apart by their CID.
 * Source: TS006-1.0.0, section 3. */
#include "models/packages/ts006_server.h"

#include "sim/err.h"

/* More seconds to a reboot than this differ from what was asked cannot be a clock's error. */
enum { MAX_CLOCK_ERROR_S = 1 << 24 };

static bool is_now(const struct ts006 *c)
{
    return (c->cid == TS006_REBOOT_TIME && c->u.reboot_time.time_s == TS006_REBOOT_NOW) ||
           (c->cid == TS006_REBOOT_COUNTDOWN &&
            c->u.reboot_countdown.countdown_s == TS006_COUNTDOWN_NOW);
}

static bool is_cancel(const struct ts006 *c)
{
    return (c->cid == TS006_REBOOT_TIME && c->u.reboot_time.time_s == TS006_REBOOT_CANCEL) ||
           (c->cid == TS006_REBOOT_COUNTDOWN &&
            c->u.reboot_countdown.countdown_s == TS006_COUNTDOWN_CANCEL);
}

/* RebootTime less the server's time; nearest modulo 2^32. */
static int64_t ahead_s(const struct ts006 *c, const struct pkg_now *now)
{
    uint32_t ahead = c->u.reboot_time.time_s - (uint32_t)pkg_gps_s(now->gps_ns);
    return ahead > INT32_MAX ? (int64_t)ahead - ((int64_t)1 << 32) : ahead;
}

void ts006_server_init(struct ts006_server *s, const struct ts006_server_cfg *cfg)
{
    *s = (struct ts006_server){.cfg = cfg};
}

void ts006_server_out_init(struct ts006_server_out *out)
{
    out->n_send = 0;
    out->n_news = 0;
    out->drop = PKG_DROP_NONE;
}

static void put(struct ts006_server_out *out, const struct ts006 *c)
{
    if (out->n_send == PKG_MAX_SEND)
        out->drop = PKG_DROP_NO_ROOM;
    else
        out->send[out->n_send++] = *c;
}

/* One for each open request at most, but a new one may be opened for the same output. */
static struct ts006_news *tell(struct ts006_server_out *out, enum ts006_result result,
                               const struct ts006 *asked)
{
    SIM_CHECK(out->n_news < TS006_MAX_NEWS, "%d news of one device", out->n_news);
    struct ts006_news *n = &out->news[out->n_news++];
    *n = (struct ts006_news){.result = result, .asked = *asked};
    return n;
}

int ts006_server_ask(struct ts006_server *s, const struct pkg_now *now, const struct ts006 *c,
                     struct ts006_server_out *out)
{
    uint8_t octets[TS006_MAX_LEN];
    size_t at = 0;
    int rc = c->uplink ? SIM_ENOENT : ts006_put(octets, sizeof octets, &at, c);
    if (rc)
        return rc;
    if (c->cid == TS006_REBOOT_TIME && !is_now(c) && !is_cancel(c) && ahead_s(c, now) <= 0)
        return SIM_ERANGE;
    int i = asks_start(&s->asks, c->cid, 0, &s->cfg->retry, now->at);
    if (i < 0)
        return i;
    s->commands[i] = *c;
    put(out, c);
    return SIM_OK;
}

static bool accepts(const struct ts006 *asked, const struct ts006 *c)
{
    switch ((enum ts006_cid)c->cid) {
    case TS006_REBOOT_TIME:
        return is_cancel(asked) == is_cancel(c) && (is_cancel(asked) || !is_now(c));
    case TS006_REBOOT_COUNTDOWN:
        return is_cancel(asked) == is_cancel(c);
    case TS006_DELETE_IMAGE:
        return !c->u.delete_image_ans.no_valid_image && !c->u.delete_image_ans.invalid_version;
    case TS006_PACKAGE_VERSION:
    case TS006_DEV_VERSION:
    case TS006_UPGRADE_IMAGE:
        break;
    }
    return true;
}

/* The device's clock shows RebootTime less the seconds that it says are left. A countdown cannot
 * grow. */
static void check_seconds(const struct pkg_now *now, struct ts006_news *n)
{
    if (is_cancel(&n->asked))
        return;
    if (n->asked.cid == TS006_REBOOT_TIME) {
        int64_t error_s = ahead_s(&n->asked, now) - (int64_t)n->answer.u.reboot_time.time_s;
        n->implausible = error_s > MAX_CLOCK_ERROR_S || error_s < -MAX_CLOCK_ERROR_S;
        n->clock_known = !n->implausible;
        n->clock_error_s = n->clock_known ? error_s : 0;
    } else if (n->asked.cid == TS006_REBOOT_COUNTDOWN) {
        n->implausible =
            n->answer.u.reboot_countdown.countdown_s > n->asked.u.reboot_countdown.countdown_s;
    }
}

void ts006_server_command(struct ts006_server *s, const struct pkg_now *now, const struct ts006 *c,
                          struct ts006_server_out *out)
{
    SIM_CHECK(c->uplink, "command %02x is a server's own", c->cid);
    int i = asks_find(&s->asks, c->cid, 0);
    if (i < 0) {
        out->drop = PKG_DROP_STALE;
        return;
    }
    bool accepted = accepts(&s->commands[i], c);
    struct ts006_news *n = tell(out, accepted ? TS006_ACCEPTED : TS006_REFUSED, &s->commands[i]);
    n->answer = *c;
    asks_answer(&s->asks, i, accepted);
    if (accepted)
        check_seconds(now, n);
}

void ts006_server_receive(struct ts006_server *s, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts006_server_out *out)
{
    if (p->len > PKG_MAX_PAYLOAD) {
        out->drop = PKG_DROP_TOO_LONG;
        return;
    }
    struct ts006 c;
    size_t at = 0;
    int rc;
    while ((rc = ts006_next(p->buf, p->len, &at, true, &c)) > 0)
        ts006_server_command(s, now, &c, out);
    if (rc)
        out->drop = pkg_drop_of(rc);
}

void ts006_server_cancel(struct ts006_server *s)
{
    asks_cancel(&s->asks);
}

void ts006_server_wake(struct ts006_server *s, const struct pkg_now *now,
                       struct ts006_server_out *out)
{
    for (int i = 0; i < ASKS_MAX; i++) {
        const struct ts006 *c = &s->commands[i];
        enum pkg_request_act act = asks_wake(&s->asks, i, &s->cfg->retry, now->at);
        if (act == PKG_REQUEST_SEND)
            put(out, c);
        else if (act == PKG_REQUEST_GIVE_UP)
            tell(out, is_now(c) ? TS006_SENT : TS006_FAILED, c);
    }
}

sim_time ts006_server_next(const struct ts006_server *s)
{
    return asks_next(&s->asks);
}

int ts006_server_n_open(const struct ts006_server *s)
{
    return asks_n_open(&s->asks);
}
