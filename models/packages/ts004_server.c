/* SPDX-License-Identifier: GPL-2.0-only
 * Fragmented data block transport, server: a few requests to one device at a time, told apart by
 * their CID and session. Source: TS004-1.0.0, TS004-2.0.0, section 3. */
#include "models/packages/ts004_server.h"

#include "sim/err.h"

/* The session that a command speaks of; 0 when it speaks of none. A version 2 status answer without
 * a session and without counts does not say which: NO_INDEX. */
enum { NO_INDEX = 255 };

static uint8_t index_of(const struct ts004 *c)
{
    switch ((enum ts004_cid)c->cid) {
    case TS004_SESSION_STATUS:
        if (!c->uplink)
            return c->u.status_req.frag_index;
        return c->u.status_ans.has_counts ? c->u.status_ans.frag_index : NO_INDEX;
    case TS004_SESSION_SETUP:
        return c->uplink ? c->u.setup_ans.frag_index : c->u.setup_req.frag_index;
    case TS004_SESSION_DELETE:
        return c->uplink ? c->u.delete_ans.frag_index : c->u.delete_req.frag_index;
    case TS004_PACKAGE_VERSION:
    case TS004_BLOCK_RECEIVED:
    case TS004_DATA_FRAGMENT:
        break;
    }
    return 0;
}

static bool can_be_asked(const struct ts004 *c)
{
    return !c->uplink && (c->cid == TS004_PACKAGE_VERSION || c->cid == TS004_SESSION_STATUS ||
                          c->cid == TS004_SESSION_SETUP || c->cid == TS004_SESSION_DELETE);
}

static const struct pkg_retry *retry_of(const struct ts004_server *s, uint8_t cid)
{
    bool own = cid == TS004_SESSION_STATUS && s->cfg->status_retry.n_tries;
    return own ? &s->cfg->status_retry : &s->cfg->retry;
}

void ts004_server_init(struct ts004_server *s, const struct ts004_server_cfg *cfg)
{
    *s = (struct ts004_server){.cfg = cfg};
}

void ts004_server_out_init(struct ts004_server_out *out)
{
    out->n_send = 0;
    out->n_news = 0;
    out->drop = PKG_DROP_NONE;
}

static void put(struct ts004_server_out *out, const struct ts004 *c)
{
    if (out->n_send == PKG_MAX_SEND)
        out->drop = PKG_DROP_NO_ROOM;
    else
        out->send[out->n_send++] = *c;
}

/* The shortest commands of a payload have two octets. */
static struct ts004_news *tell(struct ts004_server_out *out, enum ts004_result result)
{
    SIM_CHECK(out->n_news < TS004_MAX_NEWS, "%d news of one device", out->n_news);
    struct ts004_news *n = &out->news[out->n_news++];
    *n = (struct ts004_news){.result = result};
    return n;
}

int ts004_server_ask(struct ts004_server *s, const struct pkg_now *now, const struct ts004 *c,
                     struct ts004_server_out *out)
{
    uint8_t octets[32];
    size_t at = 0;
    int rc =
        can_be_asked(c) ? ts004_put(octets, sizeof octets, &at, s->cfg->version, c) : SIM_ENOENT;
    if (rc)
        return rc;
    int i = asks_start(&s->asks, c->cid, index_of(c), retry_of(s, c->cid), now->at);
    if (i < 0)
        return i;
    s->commands[i] = *c;
    put(out, c);
    return SIM_OK;
}

static bool accepts(const struct ts004 *c)
{
    switch ((enum ts004_cid)c->cid) {
    case TS004_SESSION_STATUS:
        return !c->u.status_ans.session_does_not_exist;
    case TS004_SESSION_SETUP:
        return !c->u.setup_ans.encoding_unsupported && !c->u.setup_ans.not_enough_memory &&
               !c->u.setup_ans.index_not_supported && !c->u.setup_ans.wrong_descriptor &&
               !c->u.setup_ans.session_cnt_replay;
    case TS004_SESSION_DELETE:
        return !c->u.delete_ans.session_does_not_exist;
    case TS004_PACKAGE_VERSION:
    case TS004_BLOCK_RECEIVED:
    case TS004_DATA_FRAGMENT:
        break;
    }
    return true;
}

/* The open request that a command answers, or -1. A status that does not say its session answers
 * the first one that is open. */
static int asked_by(const struct ts004_server *s, const struct ts004 *c)
{
    if (c->cid == TS004_BLOCK_RECEIVED)
        return -1;
    uint8_t index = index_of(c);
    if (index != NO_INDEX)
        return asks_find(&s->asks, c->cid, index);
    int place = -1;
    for (uint8_t i = 0; i < TS004_MAX_SESSIONS && place < 0; i++)
        place = asks_find(&s->asks, c->cid, i);
    return place;
}

void ts004_server_command(struct ts004_server *s, const struct pkg_now *now, const struct ts004 *c,
                          struct ts004_server_out *out)
{
    SIM_CHECK(c->uplink, "command %02x is a server's own", c->cid);
    (void)now;
    int i = asked_by(s, c);
    if (i >= 0) {
        bool accepted = accepts(c);
        struct ts004_news *n = tell(out, accepted ? TS004_ACCEPTED : TS004_REFUSED);
        n->asked = s->commands[i];
        n->answer = *c;
        asks_answer(&s->asks, i, accepted);
        return;
    }
    if (c->cid != TS004_SESSION_STATUS && c->cid != TS004_BLOCK_RECEIVED) {
        out->drop = PKG_DROP_STALE;
        return;
    }
    tell(out, TS004_TOLD)->answer = *c;
    if (c->cid == TS004_BLOCK_RECEIVED) {
        struct ts004 a = {.cid = TS004_BLOCK_RECEIVED};
        a.u.block_received_ans.frag_index = c->u.block_received_req.frag_index;
        put(out, &a);
    }
}

void ts004_server_receive(struct ts004_server *s, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts004_server_out *out)
{
    if (p->len > PKG_MAX_PAYLOAD) {
        out->drop = PKG_DROP_TOO_LONG;
        return;
    }
    struct ts004 c;
    size_t at = 0;
    int rc;
    while ((rc = ts004_next(p->buf, p->len, &at, true, s->cfg->version, &c)) > 0)
        ts004_server_command(s, now, &c, out);
    if (rc)
        out->drop = pkg_drop_of(rc);
}

void ts004_server_cancel(struct ts004_server *s)
{
    asks_cancel(&s->asks);
}

void ts004_server_wake(struct ts004_server *s, const struct pkg_now *now,
                       struct ts004_server_out *out)
{
    for (int i = 0; i < ASKS_MAX; i++) {
        const struct ts004 *c = &s->commands[i];
        enum pkg_request_act act = asks_wake(&s->asks, i, retry_of(s, c->cid), now->at);
        if (act == PKG_REQUEST_SEND)
            put(out, c);
        else if (act == PKG_REQUEST_GIVE_UP)
            tell(out, TS004_FAILED)->asked = *c;
    }
}

sim_time ts004_server_next(const struct ts004_server *s)
{
    return asks_next(&s->asks);
}

int ts004_server_n_open(const struct ts004_server *s)
{
    return asks_n_open(&s->asks);
}
