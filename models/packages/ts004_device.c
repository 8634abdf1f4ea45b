/* SPDX-License-Identifier: GPL-2.0-only
 * Fragmented data block transport, device. Commands are carried out from first to last, each with
 * its own answer; an answer that does not fit into the uplink is dropped.
 * Source: TS004-1.0.0, TS004-2.0.0, section 3.
 *
 * A version 1 set-up that repeats the one the session was made with is answered again and changes
 * nothing: the server did not get the first answer. Otherwise the text wants a delete before, and
 * has no error bit for it: FragSessionIndexNotSupported. */
#include "models/packages/ts004_device.h"

#include <stdlib.h>
#include <string.h>

#include "models/packages/fragmic.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { MIN_DELAY_S = 16, N_RECEIVED_MAX = 0x3FFF };

enum state {
    WAITING, /* set up, no fragment yet */
    RECEIVING,
    OVER, /* complete, or called so */
};

struct ts004_session {
    struct fragdec decoder;
    struct ts004_setup_req setup;
    uint8_t state;
    bool wrong, mic_error, acknowledged;
    uint8_t n_acknowledge; /* FragDataBlockReceivedReq left to send */
    uint16_t n_uncoded, n_coded, n_repeated, n_refused;
    uint32_t n_late;
    sim_time status_at; /* a delayed answer; SIM_NEVER: none */
    sim_time acknowledge_at;
    sim_time first_at, over_at;
    uint64_t *coded; /* bits of coded fragments that came; NULL: none */
    uint16_t n_coded_words;
};

void ts004_device_init(struct ts004_device *d, const struct ts004_device_cfg *cfg,
                       struct fragpool *pool, const uint8_t *key, bool bytes)
{
    SIM_CHECK(cfg->n_sessions <= TS004_MAX_SESSIONS, "%u sessions", cfg->n_sessions);
    *d = (struct ts004_device){.cfg = cfg, .pool = pool, .key = key, .bytes = bytes};
    for (int i = 0; i < TS004_MAX_SESSIONS; i++)
        d->session_cnt_prev[i] = -1;
}

static void release(struct ts004_device *d, uint8_t i)
{
    struct ts004_session *s = d->sessions[i];
    uint8_t *block = s->decoder.block;
    fragdec_fini(&s->decoder);
    fragpool_drop(d->pool, (enum frag_code)d->cfg->code, s->setup.nb_frag);
    free(block);
    free(s->coded);
    free(s);
    d->sessions[i] = NULL;
}

void ts004_device_fini(struct ts004_device *d)
{
    for (uint8_t i = 0; i < TS004_MAX_SESSIONS; i++)
        if (d->sessions[i])
            release(d, i);
}

void ts004_device_out_init(struct ts004_device_out *out)
{
    out->n_send = 0;
    out->len = 0;
    out->n_events = 0;
    out->drop = PKG_DROP_NONE;
}

static struct ts004_device_event *tell(struct ts004_device_out *out,
                                       enum ts004_device_event_kind kind, uint8_t frag_index)
{
    /* At most 2 for a set-up of 11 octets, and one for each session there was before. */
    SIM_CHECK(out->n_events < TS004_MAX_EVENTS, "%d events of one payload", out->n_events);
    struct ts004_device_event *e = &out->events[out->n_events++];
    e->kind = kind;
    e->frag_index = frag_index;
    return e;
}

static void put(const struct ts004_device *d, const struct pkg_now *now, const struct ts004 *c,
                struct ts004_device_out *out)
{
    size_t len = (size_t)ts004_size(c, d->cfg->version);
    if (out->n_send == PKG_MAX_SEND || out->len + len > now->room) {
        out->drop = PKG_DROP_NO_ROOM;
        return;
    }
    out->send[out->n_send++] = *c;
    out->len += len;
}

/* Evenly in [0, 2^(4 + BlockAckDelay)) s; k: several delays of one input differ. */
static sim_time delay_of(const struct pkg_now *now, uint8_t block_ack_delay, uint32_t k)
{
    uint32_t random = now->random + k * 0x9E3779B9u;
    return (sim_time)((uint64_t)(random >> 12) * (uint64_t)SIM_S(MIN_DELAY_S << block_ack_delay) >>
                      20);
}

static bool is_coded(const struct ts004_session *s, unsigned n)
{
    return n > s->setup.nb_frag;
}

/* Counters for the report; known: it came before. */
static void count(struct ts004_session *s, unsigned n, bool known)
{
    if (known)
        s->n_repeated = (uint16_t)(s->n_repeated + (s->n_repeated < UINT16_MAX));
    else if (is_coded(s, n))
        s->n_coded++;
    else
        s->n_uncoded++;
}

/* Marks coded fragment n; returns whether it was marked. */
static bool mark_coded(struct ts004_session *s, unsigned n)
{
    size_t i = n - s->setup.nb_frag - 1u, w = i / FRAG_WORD_BIT;
    if (w >= s->n_coded_words) {
        size_t n_words = w + 1 + s->n_coded_words / 4u;
        s->coded = mem_grow(s->coded, n_words, sizeof *s->coded);
        memset(s->coded + s->n_coded_words, 0, (n_words - s->n_coded_words) * sizeof *s->coded);
        s->n_coded_words = (uint16_t)n_words;
    }
    uint64_t bit = (uint64_t)1 << i % FRAG_WORD_BIT;
    bool was = s->coded[w] & bit;
    s->coded[w] |= bit;
    return was;
}

struct ts004_report ts004_device_report(const struct ts004_device *d, uint8_t frag_index)
{
    const struct ts004_session *s = d->sessions[frag_index];
    return (struct ts004_report){
        .setup = s->setup,
        .n_uncoded = s->n_uncoded,
        .n_coded = s->n_coded,
        .n_repeated = s->n_repeated,
        .n_refused = s->n_refused,
        .n_late = s->n_late,
        .missing = (uint16_t)fragdec_missing(&s->decoder),
        .complete = fragdec_complete(&s->decoder),
        .wrong = s->wrong,
        .mic_error = s->mic_error,
        .acknowledged = s->acknowledged,
        .first_at = s->first_at,
        .complete_at = s->over_at,
        .needed = s->state == OVER ? s->decoder.n_received : 0,
    };
}

static void end(struct ts004_device *d, uint8_t i, enum ts004_end why, struct ts004_device_out *out)
{
    if (!d->sessions[i])
        return;
    struct ts004_device_event *e = tell(out, TS004_EV_SESSION_END, i);
    e->report = ts004_device_report(d, i);
    e->report.end = why;
    release(d, i);
}

static void package_version(const struct ts004_device *d, const struct pkg_now *now,
                            struct ts004_device_out *out)
{
    struct ts004 a = {.cid = TS004_PACKAGE_VERSION, .uplink = true};
    a.u.package_version_ans.identifier = TS004_PACKAGE_ID;
    a.u.package_version_ans.version = d->cfg->version;
    put(d, now, &a, out);
}

/* Octets of a session: its block, and what its decoder needs. */
static size_t memory_of(const struct ts004_device *d, const struct ts004_setup_req *q)
{
    return (size_t)q->nb_frag * q->frag_size + fragdec_memory_size(q->nb_frag, d->cfg->max_lost);
}

static bool fits(const struct ts004_device *d, const struct ts004_setup_req *q)
{
    const struct ts004_device_cfg *c = d->cfg;
    if (q->nb_frag > FRAG_MAX_N || q->nb_frag > c->max_frags || q->frag_size > c->max_frag_size ||
        (uint32_t)q->nb_frag * q->frag_size > c->max_block)
        return false;
    size_t all = memory_of(d, q);
    for (uint8_t i = 0; i < TS004_MAX_SESSIONS; i++)
        if (d->sessions[i] && i != q->frag_index)
            all += memory_of(d, &d->sessions[i]->setup);
    return !c->memory || all <= c->memory;
}

static bool descriptor_fits(const struct ts004_device_cfg *c, const uint8_t *descriptor)
{
    for (int i = 0; i < 4; i++)
        if ((descriptor[i] ^ c->descriptor[i]) & c->descriptor_mask[i])
            return false;
    return true;
}

/* A block that nobody could send: the text has no bit for it. */
static bool makes_sense(const struct ts004_setup_req *q)
{
    return q->frag_algo == 0 && q->nb_frag > 0 && q->frag_size > 0 &&
           q->padding < (uint32_t)q->nb_frag * q->frag_size;
}

static bool same_setup(const struct ts004_setup_req *a, const struct ts004_setup_req *b)
{
    return a->mc_group_mask == b->mc_group_mask && a->nb_frag == b->nb_frag &&
           a->frag_size == b->frag_size && a->padding == b->padding &&
           a->block_ack_delay == b->block_ack_delay &&
           memcmp(a->descriptor, b->descriptor, sizeof a->descriptor) == 0;
}

/* Version 1: the index is in use by another session, which is not to be replaced. */
static bool is_in_use(const struct ts004_device *d, const struct ts004_setup_req *q)
{
    const struct ts004_session *s = d->sessions[q->frag_index];
    return d->cfg->version < 2 && !d->cfg->replace && s && !same_setup(&s->setup, q);
}

/* The answer's bits; the reason is that of the first one. */
static enum pkg_drop check_setup(const struct ts004_device *d, const struct ts004_setup_req *q,
                                 struct ts004 *a)
{
    bool unknown = q->frag_index >= d->cfg->n_sessions, in_use = !unknown && is_in_use(d, q);
    a->u.setup_ans.frag_index = q->frag_index;
    a->u.setup_ans.encoding_unsupported = !makes_sense(q);
    a->u.setup_ans.not_enough_memory = !fits(d, q);
    a->u.setup_ans.index_not_supported = unknown || in_use;
    a->u.setup_ans.wrong_descriptor = !descriptor_fits(d->cfg, q->descriptor);
    a->u.setup_ans.session_cnt_replay =
        d->cfg->version >= 2 && q->session_cnt <= d->session_cnt_prev[q->frag_index];
    return a->u.setup_ans.encoding_unsupported ? PKG_DROP_ENCODING
           : a->u.setup_ans.not_enough_memory  ? PKG_DROP_MEMORY
           : unknown                           ? PKG_DROP_INDEX
           : in_use                            ? PKG_DROP_IN_USE
           : a->u.setup_ans.wrong_descriptor   ? PKG_DROP_DESCRIPTOR
           : a->u.setup_ans.session_cnt_replay ? PKG_DROP_COUNTER
                                               : PKG_DROP_NONE;
}

static void make_session(struct ts004_device *d, const struct ts004_setup_req *q,
                         struct ts004_device_out *out)
{
    struct ts004_session *s = mem_alloc(1, sizeof *s);
    struct fragdec_cfg cfg = {.frag_size = q->frag_size, .max_lost = d->cfg->max_lost};
    int rc = fragpool_take(d->pool, (enum frag_code)d->cfg->code, q->nb_frag, &cfg.rows);
    SIM_CHECK(rc == SIM_OK, "%u fragments: %s", q->nb_frag, sim_strerror(rc));
    if (d->bytes)
        cfg.block = mem_alloc(q->nb_frag, q->frag_size);
    rc = fragdec_init(&s->decoder, &cfg);
    SIM_CHECK(rc == SIM_OK, "fragments of %u octets: %s", q->frag_size, sim_strerror(rc));
    s->setup = *q;
    s->status_at = s->acknowledge_at = SIM_NEVER;
    s->first_at = s->over_at = -1;
    d->sessions[q->frag_index] = s;
    tell(out, TS004_EV_SESSION_SET, q->frag_index);
}

static enum pkg_drop set_up(struct ts004_device *d, const struct ts004_setup_req *q,
                            struct ts004 *answer, struct ts004_device_out *out)
{
    enum pkg_drop drop = check_setup(d, q, answer);
    const struct ts004_session *s = d->sessions[q->frag_index];
    if (drop != PKG_DROP_NONE || (d->cfg->version < 2 && s && same_setup(&s->setup, q)))
        return drop;
    end(d, q->frag_index, TS004_END_REPLACED, out);
    make_session(d, q, out);
    return PKG_DROP_NONE;
}

bool ts004_device_provision(struct ts004_device *d, const struct ts004_setup_req *setup,
                            struct ts004_device_out *out)
{
    struct ts004 answer = {0};
    enum pkg_drop drop = set_up(d, setup, &answer, out);
    if (drop != PKG_DROP_NONE)
        out->drop = drop;
    return drop == PKG_DROP_NONE;
}

static void session_setup(struct ts004_device *d, const struct pkg_now *now, const struct ts004 *c,
                          struct ts004_device_out *out)
{
    struct ts004 a = {.cid = TS004_SESSION_SETUP, .uplink = true};
    enum pkg_drop drop = set_up(d, &c->u.setup_req, &a, out);
    if (drop != PKG_DROP_NONE)
        out->drop = drop;
    put(d, now, &a, out);
}

static void session_delete(struct ts004_device *d, const struct pkg_now *now, const struct ts004 *c,
                           struct ts004_device_out *out)
{
    struct ts004 a = {.cid = TS004_SESSION_DELETE, .uplink = true};
    uint8_t i = c->u.delete_req.frag_index;
    a.u.delete_ans.frag_index = i;
    a.u.delete_ans.session_does_not_exist = !d->sessions[i];
    if (!d->sessions[i])
        out->drop = PKG_DROP_NO_SESSION;
    end(d, i, TS004_END_DELETED, out);
    put(d, now, &a, out);
}

/* More is lost than can be repaired, as far as it is known by now. */
static bool lacks_matrix(const struct ts004_session *s)
{
    return s->decoder.no_room && !s->decoder.matrix && !fragdec_complete(&s->decoder);
}

static void answer_status(const struct ts004_device *d, const struct pkg_now *now, uint8_t i,
                          struct ts004_device_out *out)
{
    const struct ts004_session *s = d->sessions[i];
    struct ts004 a = {.cid = TS004_SESSION_STATUS, .uplink = true};
    struct ts004_status_ans *t = &a.u.status_ans;
    t->has_counts = s || d->cfg->long_no_session;
    t->session_does_not_exist = !s;
    if (t->has_counts)
        t->frag_index = i;
    if (s) {
        unsigned missing = s->wrong ? 0 : fragdec_missing(&s->decoder);
        t->nb_frag_received = s->decoder.n_received & N_RECEIVED_MAX;
        t->missing_frag = (uint8_t)(missing < TS004_MAX_MISSING ? missing : TS004_MAX_MISSING);
        t->memory_error = lacks_matrix(s) && !s->wrong;
        t->mic_error = s->mic_error;
    }
    put(d, now, &a, out);
}

/* An answer that waits already answers this one, too. */
static void session_status(struct ts004_device *d, const struct pkg_now *now, bool multicast,
                           const struct ts004 *c, struct ts004_device_out *out)
{
    uint8_t i = c->u.status_req.frag_index;
    struct ts004_session *s = d->sessions[i];
    if (!s) {
        out->drop = PKG_DROP_NO_SESSION;
        if (d->cfg->version >= 2 && !multicast) /* no BlockAckDelay is known for the others */
            answer_status(d, now, i, out);
    } else if (!c->u.status_req.participants && s->state == OVER) {
        out->drop = PKG_DROP_NOTHING_MISSING;
    } else if (!multicast && !d->cfg->delay_unicast) {
        answer_status(d, now, i, out);
    } else if (s->status_at == SIM_NEVER) {
        s->status_at = pkg_later(now->at, delay_of(now, s->setup.block_ack_delay, i));
    }
}

/* Padding is not part of the block. */
static size_t block_len(const struct ts004_session *s)
{
    return (size_t)s->setup.nb_frag * s->setup.frag_size - s->setup.padding;
}

const uint8_t *ts004_device_block(const struct ts004_device *d, uint8_t frag_index, size_t *len)
{
    const struct ts004_session *s = d->sessions[frag_index];
    if (!s || s->state != OVER || !s->decoder.block)
        return NULL;
    *len = block_len(s);
    return s->decoder.block;
}

static bool mic_fits(const struct ts004_device *d, const struct ts004_session *s)
{
    uint8_t mic[4];
    struct fragmic_session m = {.session_cnt = s->setup.session_cnt,
                                .frag_index = s->setup.frag_index};
    if (d->cfg->version < 2 || !d->key || !s->decoder.block)
        return !s->wrong;
    memcpy(m.descriptor, s->setup.descriptor, sizeof m.descriptor);
    fragmic_block(d->key, &m, s->decoder.block, block_len(s), mic);
    return memcmp(mic, s->setup.mic, sizeof mic) == 0;
}

void ts004_device_ended(struct ts004_device *d, const struct pkg_now *now, uint8_t frag_index,
                        struct ts004_device_out *out)
{
    struct ts004_session *s = d->sessions[frag_index];
    s->mic_error = d->cfg->version >= 2 && !mic_fits(d, s);
    if (d->cfg->version >= 2 && s->setup.ack_reception) {
        s->n_acknowledge = d->cfg->acknowledge.n_tries;
        s->acknowledge_at = pkg_later(now->at, delay_of(now, s->setup.block_ack_delay, 0));
    }
    tell(out, TS004_EV_BLOCK, frag_index);
}

/* Is it a fragment that this session takes? */
static enum pkg_drop check_fragment(const struct ts004_session *s, int mc_group_id,
                                    const struct ts004 *c)
{
    if (!s)
        return PKG_DROP_NO_SESSION;
    if (mc_group_id >= 0 &&
        (mc_group_id >= TS004_MAX_SESSIONS || !(s->setup.mc_group_mask >> mc_group_id & 1)))
        return PKG_DROP_OTHER_GROUP;
    if (c->u.data_fragment.len != s->setup.frag_size)
        return PKG_DROP_WRONG_SIZE;
    return c->u.data_fragment.n == 0 || c->u.data_fragment.n > FRAG_MAX_N ? PKG_DROP_WRONG_NUMBER
                                                                          : PKG_DROP_NONE;
}

/* The first fragment of a session makes its counter the last one used. */
static void begin(struct ts004_device *d, struct ts004_session *s, sim_time at)
{
    if (s->state != WAITING)
        return;
    s->state = RECEIVING;
    s->first_at = at;
    if (d->cfg->version >= 2)
        d->session_cnt_prev[s->setup.frag_index] = s->setup.session_cnt;
}

static void finish(struct ts004_session *s, sim_time at)
{
    s->state = OVER;
    s->over_at = at;
    s->wrong = !fragdec_complete(&s->decoder);
    free(s->coded);
    s->coded = NULL;
    s->n_coded_words = 0;
}

struct ts004_pushed ts004_device_push(struct ts004_device *d, sim_time at, int mc_group_id,
                                      const struct ts004 *c)
{
    struct ts004_session *s = d->sessions[c->u.data_fragment.frag_index];
    struct ts004_pushed p = {.step = -1, .drop = check_fragment(s, mc_group_id, c)};
    unsigned n = c->u.data_fragment.n;
    if (p.drop != PKG_DROP_NONE) {
        if (s)
            s->n_refused = (uint16_t)(s->n_refused + (s->n_refused < UINT16_MAX));
        return p;
    }
    if (s->state == OVER) {
        s->n_late++;
        p.step = FRAGDEC_LATE;
        p.drop = PKG_DROP_COMPLETE;
        p.rank = (uint16_t)fragdec_rank(&s->decoder);
        return p;
    }
    begin(d, s, at);
    uint16_t n_have = s->decoder.n_have;
    p.step = fragdec_push(&s->decoder, n, c->u.data_fragment.data);
    count(s, n, is_coded(s, n) ? mark_coded(s, n) : s->decoder.n_have == n_have);
    p.rank = (uint16_t)fragdec_rank(&s->decoder);
    if (p.step == FRAGDEC_NO_ROOM)
        p.drop = PKG_DROP_NO_MATRIX;
    p.ended =
        p.step == FRAGDEC_COMPLETE || (p.step == FRAGDEC_NO_ROOM && d->cfg->calls_it_complete);
    if (p.ended)
        finish(s, at);
    return p;
}

static void data_fragment(struct ts004_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, const struct ts004 *c,
                          struct ts004_device_out *out)
{
    struct ts004_pushed pushed =
        ts004_device_push(d, now->at, p->multicast ? p->mc_group_id : -1, c);
    if (pushed.drop != PKG_DROP_NONE)
        out->drop = pushed.drop;
    if (pushed.ended)
        ts004_device_ended(d, now, c->u.data_fragment.frag_index, out);
}

static void block_received(struct ts004_device *d, const struct ts004 *c,
                           struct ts004_device_out *out)
{
    struct ts004_session *s = d->sessions[c->u.block_received_ans.frag_index];
    if (!s || s->state != OVER || !s->setup.ack_reception) {
        out->drop = s ? PKG_DROP_STALE : PKG_DROP_NO_SESSION;
        return;
    }
    s->acknowledged = true;
    s->n_acknowledge = 0;
    s->acknowledge_at = SIM_NEVER;
}

void ts004_device_command(struct ts004_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, bool alone, const struct ts004 *c,
                          struct ts004_device_out *out)
{
    SIM_CHECK(!c->uplink, "command %02x is a device's own", c->cid);
    bool for_groups = c->cid == TS004_SESSION_STATUS || c->cid == TS004_DATA_FRAGMENT;
    if (p->multicast && !for_groups) {
        out->drop = PKG_DROP_MULTICAST;
        return;
    }
    switch ((enum ts004_cid)c->cid) {
    case TS004_PACKAGE_VERSION:
        package_version(d, now, out);
        break;
    case TS004_SESSION_STATUS:
        session_status(d, now, p->multicast, c, out);
        break;
    case TS004_SESSION_SETUP:
        session_setup(d, now, c, out);
        break;
    case TS004_SESSION_DELETE:
        session_delete(d, now, c, out);
        break;
    case TS004_BLOCK_RECEIVED:
        block_received(d, c, out);
        break;
    case TS004_DATA_FRAGMENT:
        if (alone)
            data_fragment(d, now, p, c, out);
        else
            out->drop = PKG_DROP_NOT_ALONE;
        break;
    }
}

void ts004_device_receive(struct ts004_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts004_device_out *out)
{
    if (p->len > PKG_MAX_PAYLOAD) {
        out->drop = PKG_DROP_TOO_LONG;
        return;
    }
    struct ts004 c;
    size_t at = 0, from = 0;
    int rc;
    while ((rc = ts004_next(p->buf, p->len, &at, false, d->cfg->version, &c)) > 0) {
        ts004_device_command(d, now, p, from == 0 && at == p->len, &c, out);
        from = at;
    }
    if (rc)
        out->drop = pkg_drop_of(rc);
}

static void acknowledge(const struct ts004_device *d, const struct pkg_now *now,
                        struct ts004_session *s, struct ts004_device_out *out)
{
    struct ts004 c = {.cid = TS004_BLOCK_RECEIVED, .uplink = true};
    c.u.block_received_req.frag_index = s->setup.frag_index;
    c.u.block_received_req.mic_error = s->mic_error;
    put(d, now, &c, out);
    s->n_acknowledge--;
    s->acknowledge_at =
        s->n_acknowledge ? pkg_later(now->at, d->cfg->acknowledge.spacing) : SIM_NEVER;
}

void ts004_device_wake(struct ts004_device *d, const struct pkg_now *now,
                       struct ts004_device_out *out)
{
    for (uint8_t i = 0; i < TS004_MAX_SESSIONS; i++) {
        struct ts004_session *s = d->sessions[i];
        if (s && s->status_at <= now->at) {
            s->status_at = SIM_NEVER;
            answer_status(d, now, i, out);
        }
        if (s && s->n_acknowledge && s->acknowledge_at <= now->at)
            acknowledge(d, now, s, out);
    }
}

sim_time ts004_device_next(const struct ts004_device *d)
{
    sim_time next = SIM_NEVER;
    for (int i = 0; i < TS004_MAX_SESSIONS; i++) {
        const struct ts004_session *s = d->sessions[i];
        if (s && s->status_at < next)
            next = s->status_at;
        if (s && s->acknowledge_at < next)
            next = s->acknowledge_at;
    }
    return next;
}

void ts004_device_restart(struct ts004_device *d, struct ts004_device_out *out)
{
    for (uint8_t i = 0; i < TS004_MAX_SESSIONS; i++)
        end(d, i, TS004_END_RESTART, out);
}

bool ts004_device_has_session(const struct ts004_device *d, uint8_t frag_index)
{
    return frag_index < TS004_MAX_SESSIONS && d->sessions[frag_index];
}

bool ts004_device_has(const struct ts004_device *d, uint8_t frag_index, unsigned n)
{
    return fragdec_has(&d->sessions[frag_index]->decoder, n);
}
