/* SPDX-License-Identifier: GPL-2.0-only
 * The receiving side of a gateway: demodulators, half duplex, failures.
 *
 * A frame takes a demodulator at the end of its preamble (or at its start), whoever's it is and
 * whatever becomes of it, until its end. While the gateway transmits nothing is received:
 * receptions in progress are lost and free their demodulators. Among frames that ask at one instant
 * the lowest (node, seq) wins. */
#include "models/radio/medium_internal.h"
#include "sim/mem.h"

static bool before(const struct medium_tx *a, const struct medium_tx *b)
{
    return a->node != b->node ? a->node < b->node : a->seq < b->seq;
}

static sim_time asked_at(const struct medium *m, const struct reception *r)
{
    return m->s.radio->demod_lock == LOCK_FRAME_START ? r->start : r->tx->lock;
}

static void drop_ended(struct air_gateway *g, sim_time at)
{
    for (uint32_t i = 0; i < g->n_busy;) {
        if (g->demodulators[i]->end <= at)
            g->demodulators[i] = g->demodulators[--g->n_busy];
        else
            i++;
    }
}

/* The last in rank of those that asked at this very instant, if it ranks behind r; else NULL. */
static struct reception **loser_of_tie(const struct medium *m, struct air_gateway *g,
                                       const struct reception *r, sim_time at)
{
    struct reception **worst = NULL;
    for (uint32_t i = 0; i < g->n_busy; i++) {
        struct reception **d = &g->demodulators[i];
        if (asked_at(m, *d) == at && before(r->tx, (*d)->tx) &&
            (!worst || before((*worst)->tx, (*d)->tx)))
            worst = d;
    }
    return worst;
}

void gateway_lock(struct medium *m, struct reception *r, sim_time at)
{
    struct air_gateway *g = &m->gateways[r->gateway];
    if (!r->heard || gateway_sent_within(m, r->gateway, r->start, at + 1) ||
        medium_gateway_down(m, r->gateway, r->start, at + 1))
        return;
    drop_ended(g, at);
    if (g->n_busy < g->cfg.n_demodulators) {
        if (g->n_busy == g->cap_busy) {
            g->cap_busy = g->cap_busy ? 2 * g->cap_busy : 16;
            g->demodulators = mem_grow(g->demodulators, g->cap_busy, sizeof *g->demodulators);
        }
        g->demodulators[g->n_busy++] = r;
        r->locked = true;
        return;
    }
    struct reception **loser = loser_of_tie(m, g, r, at);
    if (loser) {
        (*loser)->locked = false;
        (*loser)->refused = true;
        *loser = r;
        r->locked = true;
    } else {
        r->refused = true;
    }
}

void gateway_unlock(struct medium *m, struct reception *r)
{
    struct air_gateway *g = &m->gateways[r->gateway];
    for (uint32_t i = 0; r->locked && i < g->n_busy; i++) {
        if (g->demodulators[i] == r) {
            g->demodulators[i] = g->demodulators[--g->n_busy];
            return;
        }
    }
}

void gateway_sends(struct medium *m, unsigned gateway, sim_time from, sim_time to)
{
    struct air_gateway *g = &m->gateways[gateway];
    if (!g->sent)
        g->sent = mem_alloc(AIR_SENT_RING, sizeof *g->sent);
    g->sent[g->n_sent++ % AIR_SENT_RING] = (struct medium_interval){from, to};
    g->n_busy = 0;
}

bool gateway_sent_within(const struct medium *m, unsigned gateway, sim_time from, sim_time to)
{
    const struct air_gateway *g = &m->gateways[gateway];
    uint32_t n = g->n_sent < AIR_SENT_RING ? g->n_sent : AIR_SENT_RING;
    for (uint32_t i = 0; i < n; i++)
        if (g->sent[i].from < to && g->sent[i].to > from)
            return true;
    return false;
}

bool medium_gateway_down(const struct medium *m, unsigned gateway, sim_time from, sim_time to)
{
    const struct medium_gateway *g = &m->gateways[gateway].cfg;
    for (unsigned i = 0; i < g->n_down && g->down[i].from < to; i++)
        if (g->down[i].to > from)
            return true;
    return false;
}
