/* SPDX-License-Identifier: GPL-2.0-only
 * Remote multicast set-up, server: a few requests to one device at a time, told apart by their CID
 * and group. Source: TS005-1.0.0, TS005-2.0.0. */
#include "models/packages/ts005_server.h"

#include "sim/err.h"

uint8_t ts005_server_group_of(const struct ts005 *c)
{
    switch ((enum ts005_cid)c->cid) {
    case TS005_GROUP_SETUP:
        return c->uplink ? c->u.group_setup_ans.mc_group_id : c->u.group_setup_req.mc_group_id;
    case TS005_GROUP_DELETE:
        return c->uplink ? c->u.group_delete_ans.mc_group_id : c->u.group_delete_req.mc_group_id;
    case TS005_CLASS_C_SESSION:
    case TS005_CLASS_B_SESSION:
        return c->uplink ? c->u.session_ans.mc_group_id : c->u.session_req.mc_group_id;
    case TS005_PACKAGE_VERSION:
    case TS005_GROUP_STATUS:
        break;
    }
    return TS005_NO_GROUP;
}

static bool is_session(const struct ts005 *c)
{
    return c->cid == TS005_CLASS_C_SESSION || c->cid == TS005_CLASS_B_SESSION;
}

/* The open request with this CID and group, or -1. */
static int find_open(const struct ts005_server *s, const struct ts005 *c)
{
    for (int i = 0; i < TS005_MAX_OPEN; i++) {
        const struct ts005 *o = &s->open[i].command;
        if (s->open[i].request.state == PKG_REQUEST_OPEN && o->cid == c->cid &&
            ts005_server_group_of(o) == ts005_server_group_of(c))
            return i;
    }
    return -1;
}

static int find_free(const struct ts005_server *s)
{
    for (int i = 0; i < TS005_MAX_OPEN; i++)
        if (s->open[i].request.state != PKG_REQUEST_OPEN)
            return i;
    return -1;
}

static void put(struct ts005_server_out *out, const struct ts005 *c)
{
    if (out->n_send == TS005_MAX_OPEN)
        out->drop = PKG_DROP_NO_ROOM;
    else
        out->send[out->n_send++] = *c;
}

/* One for each open request at most, but a new one may be opened for the same output. */
static struct ts005_news *tell(struct ts005_server_out *out, enum ts005_result result,
                               const struct ts005 *asked)
{
    SIM_CHECK(out->n_news < TS005_MAX_NEWS, "%d news of one device", out->n_news);
    struct ts005_news *n = &out->news[out->n_news++];
    *n = (struct ts005_news){.result = result, .asked = *asked};
    return n;
}

/* SessionTime less the server's time; nearest modulo 2^32. */
static int64_t ahead_s(const struct ts005 *c, const struct pkg_now *now)
{
    uint32_t ahead = c->u.session_req.session_time_s - (uint32_t)pkg_gps_s(now->gps_ns);
    return ahead > INT32_MAX ? (int64_t)ahead - ((int64_t)1 << 32) : ahead;
}

static bool session_allowed(const struct ts005 *c, const struct pkg_now *now)
{
    if (ahead_s(c, now) <= 0)
        return false;
    return c->cid != TS005_CLASS_B_SESSION ||
           c->u.session_req.session_time_s % TS005_BEACON_PERIOD_S == 0;
}

void ts005_server_init(struct ts005_server *s, const struct ts005_server_cfg *cfg)
{
    *s = (struct ts005_server){.cfg = cfg};
}

int ts005_server_ask(struct ts005_server *s, const struct pkg_now *now, const struct ts005 *c,
                     struct ts005_server_out *out)
{
    uint8_t octets[TS005_MAX_LEN];
    size_t at = 0;
    int rc = c->uplink ? SIM_ENOENT : ts005_put(octets, sizeof octets, &at, c);
    if (rc)
        return rc;
    if (is_session(c) && !s->cfg->send_anyway && !session_allowed(c, now))
        return SIM_ERANGE;
    int i = find_open(s, c);
    if (i < 0)
        i = find_free(s);
    if (i < 0)
        return SIM_EBUSY;
    s->open[i].command = *c;
    pkg_request_start(&s->open[i].request, &s->cfg->retry, now->at);
    put(out, c);
    return SIM_OK;
}

static bool accepts(const struct ts005 *c)
{
    switch ((enum ts005_cid)c->cid) {
    case TS005_GROUP_SETUP:
        return !c->u.group_setup_ans.id_error;
    case TS005_GROUP_DELETE:
        return !c->u.group_delete_ans.mc_group_undefined;
    case TS005_CLASS_C_SESSION:
    case TS005_CLASS_B_SESSION:
        return ts005_session_ok(&c->u.session_ans);
    case TS005_PACKAGE_VERSION:
    case TS005_GROUP_STATUS:
        break;
    }
    return true;
}

/* The device's clock shows SessionTime - TimeToStart. A TimeToStart at its end may be saturated;
 * one of version 1 may lack its high bits, when the session is that far away. */
static void compare_clocks(const struct pkg_now *now, struct ts005_news *n)
{
    int64_t ahead = ahead_s(&n->asked, now);
    uint32_t told_s = n->answer.u.session_ans.time_to_start_s;
    n->clock_known = told_s < TS005_MAX_TIME_TO_START && ahead < TS005_MAX_TIME_TO_START;
    n->clock_error_s = n->clock_known ? ahead - (int64_t)told_s : 0;
}

void ts005_server_command(struct ts005_server *s, const struct pkg_now *now, const struct ts005 *c,
                          struct ts005_server_out *out)
{
    SIM_CHECK(c->uplink, "command %02x is a server's own", c->cid);
    int i = find_open(s, c);
    if (i < 0) {
        out->drop = PKG_DROP_STALE;
        return;
    }
    bool accepted = accepts(c);
    pkg_request_answer(&s->open[i].request, accepted);
    struct ts005_news *n =
        tell(out, accepted ? TS005_ACCEPTED : TS005_REFUSED, &s->open[i].command);
    n->answer = *c;
    if (accepted && is_session(c))
        compare_clocks(now, n);
}

void ts005_server_receive(struct ts005_server *s, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts005_server_out *out)
{
    if (p->len > PKG_MAX_PAYLOAD) {
        out->drop = PKG_DROP_TOO_LONG;
        return;
    }
    struct ts005 c;
    size_t at = 0;
    int rc;
    while ((rc = ts005_next(p->buf, p->len, &at, true, s->cfg->version, &c)) > 0)
        ts005_server_command(s, now, &c, out);
    if (rc)
        out->drop = pkg_drop_of(rc);
}

void ts005_server_cancel(struct ts005_server *s)
{
    for (int i = 0; i < TS005_MAX_OPEN; i++)
        pkg_request_cancel(&s->open[i].request);
}

void ts005_server_wake(struct ts005_server *s, const struct pkg_now *now,
                       struct ts005_server_out *out)
{
    for (int i = 0; i < TS005_MAX_OPEN; i++) {
        enum pkg_request_act act = pkg_request_wake(&s->open[i].request, &s->cfg->retry, now->at);
        if (act == PKG_REQUEST_SEND)
            put(out, &s->open[i].command);
        else if (act == PKG_REQUEST_GIVE_UP)
            tell(out, TS005_FAILED, &s->open[i].command);
    }
}

sim_time ts005_server_next(const struct ts005_server *s)
{
    sim_time next = SIM_NEVER;
    for (int i = 0; i < TS005_MAX_OPEN; i++) {
        sim_time at = pkg_request_next(&s->open[i].request);
        next = at < next ? at : next;
    }
    return next;
}

int ts005_server_n_open(const struct ts005_server *s)
{
    int n = 0;
    for (int i = 0; i < TS005_MAX_OPEN; i++)
        n += s->open[i].request.state == PKG_REQUEST_OPEN;
    return n;
}
