/* SPDX-License-Identifier: GPL-2.0-only
 * The server's end of the backhaul. An uplink is known by its gateway and the token of its
 * datagram; it is forgotten when nothing more of it can be expected, and lost when nothing came. */
#include "models/server/bridge.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

/* So long a datagram may be on its way. */
static const sim_time PATIENCE = SIM_S(10);

enum { FSK_DEVIATION_HZ = 25000 };

struct uplink {
    struct medium_tx *tx; /* held; NULL: free */
    sim_time until;       /* copies count before; 0: none has come */
    bool server_down;     /* a copy came while the server had failed */
    uint32_t next_free;   /* index + 1 */
};

/* A copy that is under way. */
struct sent {
    uint16_t token;
    uint32_t uplink; /* index */
};

struct path {
    struct sent *sent;
    unsigned n_sent, cap_sent;
    sim_time heard_at; /* last PULL_DATA; -1: none */
};

struct bridge {
    struct bridge_setup s;
    struct path *paths; /* of each gateway */
    struct uplink *uplinks;
    uint32_t n_uplinks, cap_uplinks, free_uplink;
    evq_kind forget_event;
    struct semtech_msg msg; /* the one at hand */
    uint64_t n_group_sent, n_group_bytes;
};

static void on_forget(void *obj, uint32_t arg);
static void on_receive(void *ctx, uint32_t at, uint32_t from, const uint8_t *bytes, size_t len);
static bool knows(void *ctx, unsigned gateway);
static void carry(void *ctx, const struct medium_tx *tx, uint16_t token,
                  const struct gateways_order *o, uint32_t group);

struct bridge *bridge_open(const struct bridge_setup *s)
{
    struct bridge *b = mem_alloc(1, sizeof *b);
    struct gateways_carrier c = {
        .ctx = b, .knows = knows, .carry = carry, .answer_timeout = s->answer_timeout};
    b->s = *s;
    b->paths = mem_alloc(s->n_gateways, sizeof *b->paths);
    for (unsigned i = 0; i < s->n_gateways; i++)
        b->paths[i].heard_at = -1;
    b->forget_event = evq_kind_add(s->evq, on_forget, "uplink is forgotten");
    s->backhaul.ops->listen(s->backhaul.obj, s->endpoint, on_receive, b);
    gateways_set_carrier(s->gateways, s->network, &c);
    return b;
}

void bridge_close(struct bridge *b)
{
    if (!b)
        return;
    for (unsigned i = 0; i < b->s.n_gateways; i++)
        free(b->paths[i].sent);
    free(b->paths);
    free(b->uplinks);
    free(b);
}

static bool is_down(const struct bridge *b, sim_time at)
{
    for (unsigned i = 0; i < b->s.n_down; i++)
        if (b->s.down[i].from <= at && at < b->s.down[i].to)
            return true;
    return false;
}

/* What it has heard before a failure is gone. */
static bool knows(void *ctx, unsigned gateway)
{
    const struct bridge *b = ctx;
    sim_time heard = b->paths[gateway].heard_at, now = evq_now(b->s.evq);
    for (unsigned i = 0; i < b->s.n_down; i++)
        if (heard < b->s.down[i].to && b->s.down[i].from <= now)
            return false;
    return heard >= 0;
}

static void send(struct bridge *b, unsigned gateway)
{
    uint8_t bytes[SEMTECH_MAX_LEN];
    int len = semtech_encode(&b->msg, bytes);
    SIM_CHECK(len > 0, "datagram %d: %s", b->msg.kind, sim_strerror(len));
    forwarder_count_sent(b->s.forwarder, gateway, b->msg.kind, (size_t)len);
    b->s.backhaul.ops->send(b->s.backhaul.obj, b->s.endpoint, gateway, bytes, (size_t)len);
}

static void acknowledge(struct bridge *b, unsigned gateway, enum backhaul_kind kind)
{
    b->msg.kind = kind; /* with the token of what came */
    send(b, gateway);
}

static uint32_t new_uplink(struct bridge *b, struct medium_tx *tx)
{
    uint32_t i = b->free_uplink - 1;
    if (b->free_uplink) {
        b->free_uplink = b->uplinks[i].next_free;
    } else {
        if (b->n_uplinks == b->cap_uplinks) {
            b->cap_uplinks = b->cap_uplinks ? 2 * b->cap_uplinks : 16;
            b->uplinks = mem_grow(b->uplinks, b->cap_uplinks, sizeof *b->uplinks);
        }
        i = b->n_uplinks++;
    }
    medium_tx_hold(tx);
    b->uplinks[i] = (struct uplink){.tx = tx};
    return i;
}

static void add_sent(struct path *p, uint16_t token, uint32_t uplink)
{
    if (p->n_sent == p->cap_sent) {
        p->cap_sent = p->cap_sent ? 2 * p->cap_sent : 8;
        p->sent = mem_grow(p->sent, p->cap_sent, sizeof *p->sent);
    }
    p->sent[p->n_sent++] = (struct sent){token, uplink};
}

static bool is_ours(const struct bridge *b, const struct medium_copy *c)
{
    return b->s.gateway_network[c->gateway] == b->s.network;
}

void bridge_uplink(struct bridge *b, struct medium_tx *tx)
{
    uint32_t i = new_uplink(b, tx);
    for (unsigned k = 0; k < tx->n_copies; k++)
        if (is_ours(b, &tx->copies[k])) {
            tx->copies[k].at_server = false;
            uint16_t token = forwarder_push(b->s.forwarder, tx, &tx->copies[k]);
            add_sent(&b->paths[tx->copies[k].gateway], token, i);
        }
    evq_push(b->s.evq, evq_now(b->s.evq) + PATIENCE, b->forget_event, b, i);
}

static void forget_copies(struct path *p, uint32_t uplink)
{
    for (unsigned i = 0; i < p->n_sent;)
        if (p->sent[i].uplink == uplink)
            p->sent[i] = p->sent[--p->n_sent];
        else
            i++;
}

static void on_forget(void *obj, uint32_t arg)
{
    struct bridge *b = obj;
    struct uplink *u = &b->uplinks[arg];
    for (unsigned k = 0; k < u->tx->n_copies; k++)
        if (is_ours(b, &u->tx->copies[k]))
            forget_copies(&b->paths[u->tx->copies[k].gateway], arg);
    if (!u->until)
        server_no_copy(b->s.server, u->tx, u->server_down ? LOSS_SERVER_DOWN : LOSS_BACKHAUL);
    medium_tx_release(b->s.medium, u->tx);
    u->tx = NULL;
    u->next_free = b->free_uplink;
    b->free_uplink = arg + 1;
}

/* The uplink of a datagram that came from a gateway, which comes but once; NULL: not known. */
static struct uplink *take_sent(struct bridge *b, unsigned gateway, uint16_t token)
{
    struct path *p = &b->paths[gateway];
    for (unsigned i = 0; i < p->n_sent; i++)
        if (p->sent[i].token == token) {
            struct uplink *u = &b->uplinks[p->sent[i].uplink];
            p->sent[i] = p->sent[--p->n_sent];
            return u;
        }
    return NULL;
}

/* A copy is there, with what the gateway says of it. Those that come when the wait is over, or at
 * that very time, are late. */
static bool take_copy(struct bridge *b, unsigned gateway, const struct semtech_rxpk *r)
{
    struct uplink *u = take_sent(b, gateway, b->msg.token);
    sim_time now = evq_now(b->s.evq);
    if (!u)
        return false;
    struct medium_tx *tx = u->tx;
    SIM_CHECK(r->len == tx->len && memcmp(r->phy, tx->phy, tx->len) == 0,
              "datagram %u of gateway %u brings another frame", b->msg.token, gateway);
    if (u->until && now >= u->until) {
        server_late_copy(b->s.server);
        return true;
    }
    for (unsigned i = 0; i < tx->n_copies; i++)
        if (tx->copies[i].gateway == gateway) {
            tx->copies[i].at_server = true;
            tx->copies[i].snr_cdb =
                (int16_t)(r->radio.sf ? r->snr_ddb * 10 : tx->copies[i].snr_cdb);
        }
    if (!u->until)
        u->until = server_first_copy(b->s.server, tx);
    return true;
}

/* A failed server hears nothing; of an uplink it is known why. */
static void note_down(struct bridge *b, unsigned gateway)
{
    struct uplink *u = b->msg.kind == BACKHAUL_PUSH_DATA && b->msg.n_rxpk
                           ? take_sent(b, gateway, b->msg.token)
                           : NULL;
    if (u)
        u->server_down = true;
    forwarder_count_received(b->s.forwarder, gateway, b->msg.kind, false);
}

static void on_receive(void *ctx, uint32_t at, uint32_t gateway, const uint8_t *bytes, size_t len)
{
    struct bridge *b = ctx;
    bool used = true;
    (void)at;
    if (gateway >= b->s.n_gateways || semtech_decode(&b->msg, bytes, len) ||
        !forwarder_is(b->s.forwarder, gateway, b->msg.eui))
        return; /* from nobody that it knows */
    if (is_down(b, evq_now(b->s.evq))) {
        note_down(b, gateway);
        return;
    }
    enum backhaul_kind kind = b->msg.kind;
    uint16_t token = b->msg.token;
    if (kind == BACKHAUL_PUSH_DATA && b->msg.n_rxpk)
        used = take_copy(b, gateway, &b->msg.rxpk[0]);
    else if (kind == BACKHAUL_PULL_DATA)
        b->paths[gateway].heard_at = evq_now(b->s.evq);
    forwarder_count_received(b->s.forwarder, gateway, kind, used);
    if (kind == BACKHAUL_PUSH_DATA)
        acknowledge(b, gateway, BACKHAUL_PUSH_ACK);
    else if (kind == BACKHAUL_PULL_DATA)
        acknowledge(b, gateway, BACKHAUL_PULL_ACK);
    else if (kind == BACKHAUL_TX_ACK)
        gateways_answered(b->s.gateways, gateway, token);
}

/* Whole dBm, no more than asked for. */
static uint8_t dbm_of(int power_cdbm)
{
    return (uint8_t)(power_cdbm < 0 ? 0 : power_cdbm / 100);
}

static void carry(void *ctx, const struct medium_tx *tx, uint16_t token,
                  const struct gateways_order *o, uint32_t group)
{
    struct bridge *b = ctx;
    struct semtech_txpk *t = &b->msg.txpk;
    *t = (struct semtech_txpk){.radio = forwarder_radio(b->s.region, tx->dr, o->frequency_hz),
                               .timing = o->timing == GATEWAYS_AT_ONCE    ? SEMTECH_IMME
                                         : o->timing == GATEWAYS_AT_COUNT ? SEMTECH_TMST
                                                                          : SEMTECH_TMMS,
                               .tmst = o->count_us,
                               .tmms = o->gps_ms,
                               .power_dbm = dbm_of(o->power_cdbm),
                               .len = o->len};
    t->inverted = t->radio.sf != 0;
    t->deviation_hz = t->radio.sf ? 0 : FSK_DEVIATION_HZ;
    memcpy(t->phy, o->phy, o->len);
    b->msg.kind = BACKHAUL_PULL_RESP;
    b->msg.token = token;
    if (group == GATEWAYS_NO_GROUP) {
        send(b, tx->gateway);
        return;
    }
    uint8_t bytes[SEMTECH_MAX_LEN];
    int len = semtech_encode(&b->msg, bytes);
    SIM_CHECK(len > 0, "downlink to a group: %s", sim_strerror(len));
    b->n_group_sent++;
    b->n_group_bytes += (uint64_t)len;
    b->s.backhaul.ops->send_group(b->s.backhaul.obj, b->s.endpoint, group, bytes, (size_t)len);
}

static int by_node(const void *a, const void *b)
{
    const struct medium_tx *x = ((const struct uplink *)a)->tx, *y = ((const struct uplink *)b)->tx;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void bridge_finish(struct bridge *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->n_uplinks; i++)
        if (b->uplinks[i].tx)
            b->uplinks[n++] = b->uplinks[i];
    if (n)
        qsort(b->uplinks, n, sizeof *b->uplinks, by_node);
    for (uint32_t i = 0; i < n; i++) {
        if (!b->uplinks[i].until)
            server_no_copy(b->s.server, b->uplinks[i].tx, LOSS_ENDED);
        medium_tx_release(b->s.medium, b->uplinks[i].tx);
    }
    b->n_uplinks = 0;
    struct row_backhaul_stat r = {.node = b->s.id,
                                  .kind = BACKHAUL_PULL_RESP,
                                  .n_sent = (int64_t)b->n_group_sent,
                                  .n_bytes = (int64_t)b->n_group_bytes};
    if (b->n_group_sent)
        trace_row(b->s.trace, ROW_BACKHAUL_STAT, &r);
}
