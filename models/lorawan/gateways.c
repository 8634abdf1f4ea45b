/* SPDX-License-Identifier: GPL-2.0-only
 * Downlinks from the server's plan to the antenna. */
#include "models/lorawan/gateways_internal.h"

#include <stdlib.h>
#include <string.h>

#include "models/radio/duty.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { JIT_QUEUE = 32 };

/* Figures of the packet forwarders' just-in-time queue. */
static const sim_time JIT_MARGIN = GATEWAYS_MARGIN, JIT_TOO_EARLY = SIM_S(512),
                      BEACON_MARGIN = GATEWAYS_BEACON_MARGIN; /* to start the radio */

static void on_arrive(void *obj, uint32_t arg);
static void on_send(void *obj, uint32_t arg);
static void on_plan(void *obj, uint32_t arg);

struct gateways *gateways_open(const struct gateways_setup *s)
{
    struct gateways *gs = mem_alloc(1, sizeof *gs);
    gs->s = *s;
    gs->g = mem_alloc(s->n_gateways, sizeof *gs->g);
    gs->counts = mem_alloc((size_t)s->n_networks * MEDIUM_N_WINDOWS * N_DL, sizeof *gs->counts);
    gs->arrive_event = evq_kind_add(s->evq, on_arrive, "downlink at gateway");
    gs->plan_event = evq_kind_add(s->evq, on_plan, "downlink planning");
    gs->send_event = evq_kind_add(s->evq, on_send, "downlink start");
    gateways_open_beacons(gs);
    gateways_open_carried(gs);
    return gs;
}

void gateways_close(struct gateways *gs)
{
    if (!gs)
        return;
    for (unsigned i = 0; i < gs->s.n_gateways; i++) {
        for (int b = 0; b < REGION_MAX_SUB_BANDS; b++)
            duty_free(&gs->g[i].bands[b]);
        free(gs->g[i].planned);
    }
    free(gs->g);
    free(gs->counts);
    free(gs->planners);
    free(gs->running);
    free(gs->copies);
    free(gs->carriers);
    free(gs);
}

unsigned gateways_count(const struct gateways *gs)
{
    return gs->s.n_gateways;
}

int gateways_power_cdbm(const struct gateways *gs, unsigned gateway, int64_t frequency_hz)
{
    int b = region_sub_band(gs->s.region, frequency_hz);
    int limit = b >= 0 ? gs->s.region->sub_bands[b].max_eirp_cdbm : gs->s.region->max_eirp_cdbm;
    int own = gs->s.gateways[gateway].max_power_cdbm;
    return own < limit ? own : limit;
}

static int64_t frequency_of(const struct gateways *gs, const struct medium_tx *tx)
{
    return medium_channel_frequency(gs->s.medium, tx->channel);
}

/* toff: from the start of a frame to the next one. */
static sim_time off_time(sim_time airtime, int32_t duty_ppm)
{
    return (airtime * 1000000 + duty_ppm - 1) / duty_ppm;
}

/* Air time of what is planned in a sub-band and not sent yet. */
static sim_time planned_in(const struct gateways *gs, const struct sender *g, int b)
{
    sim_time sum = 0;
    for (unsigned i = 0; i < g->n; i++)
        if (region_sub_band(gs->s.region, frequency_of(gs, g->planned[i].tx)) == b)
            sum += g->planned[i].book_end - g->planned[i].book_start;
    return sum;
}

/* Sub-band b with what is planned in it counted as used. */
static bool duty_allows(struct gateways *gs, unsigned gateway, int b, sim_time start,
                        sim_time airtime)
{
    struct sender *g = &gs->g[gateway];
    int32_t ppm = gs->s.region->sub_bands[b].duty_ppm;
    enum radio_duty_rule rule = (enum radio_duty_rule)gs->s.radio->duty_rule;
    sim_time planned = 0;
    for (unsigned i = 0; i < g->n; i++) {
        const struct planned *p = &g->planned[i];
        if (region_sub_band(gs->s.region, frequency_of(gs, p->tx)) != b)
            continue;
        sim_time own = p->book_end - p->book_start;
        planned += own;
        if (rule == DUTY_TOFF &&
            (p->book_start < start ? start < p->book_start + off_time(own, ppm)
                                   : p->book_start < start + off_time(airtime, ppm)))
            return false;
    }
    if (rule == DUTY_TOFF &&
        start + off_time(airtime, ppm) > gateways_next_beacon(gs, gateway, b, start))
        return false;
    planned += gateways_beacon_reserve(gs, gateway, b);
    sim_time counted = rule == DUTY_TOFF ? airtime : airtime + planned;
    return duty_earliest(&g->bands[b], rule, ppm, start, counted) <= start;
}

static bool overlaps(const struct sender *g, sim_time start, sim_time end)
{
    if (start < g->book_until + JIT_MARGIN && g->book_until > 0)
        return true;
    for (unsigned i = 0; i < g->n; i++) {
        const struct planned *p = &g->planned[i];
        if (p->book_start < end + JIT_MARGIN && start < p->book_end + JIT_MARGIN)
            return true;
    }
    return false;
}

enum downlink_result gateways_can_send(struct gateways *gs, unsigned gateway, int64_t frequency_hz,
                                       sim_time start, sim_time airtime)
{
    const struct gateway_sender *cfg = &gs->s.gateways[gateway];
    if (evq_now(gs->s.evq) + cfg->backhaul_delay + cfg->jit_delay > start)
        return DL_TOO_LATE;
    const struct gateways_carrier *c = gateways_carrier_of(gs, gateway);
    if (c && !c->knows(c->ctx, gateway))
        return DL_NO_PATH;
    if (overlaps(&gs->g[gateway], start, start + airtime))
        return DL_COLLISION_PACKET;
    if (gateways_clear_of_beacons(gs, gateway, start, airtime, BEACON_MARGIN) != start)
        return DL_COLLISION_BEACON;
    int b = region_sub_band(gs->s.region, frequency_hz);
    if (b >= 0 && gs->s.radio->duty_cycle && !duty_allows(gs, gateway, b, start, airtime)) {
        gs->g[gateway].n_refused[b]++;
        return DL_DUTY_CYCLE;
    }
    return DL_SENT;
}

sim_time gateways_earliest(const struct gateways *gs, unsigned gateway)
{
    const struct gateway_sender *g = &gs->s.gateways[gateway];
    return evq_now(gs->s.evq) + g->backhaul_delay + g->jit_delay;
}

/* Behind everything planned, and every beacon, that a frame would meet. */
static sim_time behind_planned(const struct gateways *gs, unsigned gateway, sim_time at,
                               sim_time airtime)
{
    const struct sender *g = &gs->g[gateway];
    if (g->book_until > 0 && at < g->book_until + JIT_MARGIN)
        at = g->book_until + JIT_MARGIN;
    for (bool moved = true; moved;) {
        sim_time clear = gateways_clear_of_beacons(gs, gateway, at, airtime, BEACON_MARGIN);
        moved = clear > at;
        at = clear;
        for (unsigned i = 0; i < g->n; i++) {
            const struct planned *p = &g->planned[i];
            if (p->book_start < at + airtime + JIT_MARGIN && at < p->book_end + JIT_MARGIN) {
                at = p->book_end + JIT_MARGIN;
                moved = true;
            }
        }
    }
    return at;
}

/* toff: the first time from at on that neither falls into the rest of a planned frame nor needs a
 * rest that one falls into. */
static sim_time behind_rests(const struct gateways *gs, const struct sender *g, int b, sim_time at,
                             sim_time airtime)
{
    int32_t ppm = gs->s.region->sub_bands[b].duty_ppm;
    for (bool moved = true; moved;) {
        moved = false;
        for (unsigned i = 0; i < g->n; i++) {
            const struct planned *p = &g->planned[i];
            sim_time rest = off_time(p->book_end - p->book_start, ppm);
            if (region_sub_band(gs->s.region, frequency_of(gs, p->tx)) == b &&
                (p->book_start < at ? at < p->book_start + rest
                                    : p->book_start < at + off_time(airtime, ppm))) {
                at = p->book_start + rest;
                moved = true;
            }
        }
    }
    return at;
}

/* Rule toff: no pause between two beacons is as long as the frame asks for. */
static bool never_between_beacons(const struct gateways *gs, unsigned gateway, int b,
                                  sim_time airtime)
{
    return gs->s.radio->duty_rule == DUTY_TOFF &&
           gateways_next_beacon(gs, gateway, b, 0) != SIM_NEVER &&
           off_time(airtime, gs->s.region->sub_bands[b].duty_ppm) > BEACON_WINDOW;
}

sim_time gateways_when(struct gateways *gs, unsigned gateway, int64_t frequency_hz, sim_time at,
                       sim_time airtime)
{
    struct sender *g = &gs->g[gateway];
    sim_time earliest = gateways_earliest(gs, gateway);
    at = at > earliest ? at : earliest;
    int b = gs->s.radio->duty_cycle ? region_sub_band(gs->s.region, frequency_hz) : -1;
    for (;;) {
        at = behind_planned(gs, gateway, at, airtime);
        if (b < 0 || duty_allows(gs, gateway, b, at, airtime))
            return at;
        enum radio_duty_rule rule = (enum radio_duty_rule)gs->s.radio->duty_rule;
        if (never_between_beacons(gs, gateway, b, airtime))
            return SIM_NEVER;
        bool toff = rule == DUTY_TOFF;
        sim_time others = toff ? 0 : planned_in(gs, g, b) + gateways_beacon_reserve(gs, gateway, b);
        sim_time next =
            duty_earliest(&g->bands[b], rule, gs->s.region->sub_bands[b].duty_ppm,
                          toff ? behind_rests(gs, g, b, at, airtime) : at, airtime + others);
        if (next == SIM_NEVER)
            return SIM_NEVER;
        at = next > at ? next : at + SIM_S(1);
    }
}

static void note(struct gateways *gs, unsigned network, unsigned window,
                 enum downlink_result result, const struct row_downlink *row)
{
    gs->counts[((size_t)network * MEDIUM_N_WINDOWS + window) * N_DL + result]++;
    if (trace_wants(gs->s.trace, ROW_DOWNLINK))
        trace_row(gs->s.trace, ROW_DOWNLINK, row);
}

void gateways_note_unplanned(struct gateways *gs, unsigned network, int64_t device,
                             uint32_t uplink_seq, enum downlink_result why)
{
    struct row_downlink r = {.device = device,
                             .uplink_seq = uplink_seq,
                             .gateway = ROW_NULL,
                             .window = ROW_NULL,
                             .result = why,
                             .planned_start_ns = ROW_NULL,
                             .made_ns = ROW_NULL};
    note(gs, network, 0, why, &r);
}

void gateways_note(struct gateways *gs, const struct planned *p, enum downlink_result result)
{
    struct row_downlink r = {.device = p->tx->target,
                             .uplink_seq = p->uplink_seq,
                             .gateway = gs->s.gateways[p->tx->gateway].id,
                             .window = p->tx->window,
                             .result = result,
                             .planned_start_ns = p->tx->start - p->shift,
                             .made_ns = p->tx->made < 0 ? ROW_NULL : p->tx->made};
    note(gs, p->tx->network, p->tx->window, result, &r);
}

bool gateways_gps(const struct gateways *gs, unsigned gateway, sim_time at, int64_t *error_ns)
{
    return gateway_clock_gps(gs->s.gateways[gateway].clock, at, error_ns);
}

bool gateways_is_gps_timed(const struct medium_tx *tx)
{
    return tx->window == MEDIUM_PING || tx->gps_timed;
}

/* How much later than planned the gateway's clocks let a downlink begin. */
static sim_time shift_of(const struct gateways *gs, const struct medium_tx *tx)
{
    struct gateway_clock *c = gs->s.gateways[tx->gateway].clock;
    int64_t error_ns;
    if (gateways_is_gps_timed(tx))
        return gateway_clock_gps(c, tx->start, &error_ns) ? -error_ns : 0;
    if (!tx->timed_from)
        return 0;
    return gateway_clock_after(c, tx->timed_from, tx->start - tx->timed_from) - tx->start;
}

struct planned *gateways_book(struct gateways *gs, struct medium_tx *tx, uint32_t uplink_seq)
{
    struct sender *g = &gs->g[tx->gateway];
    if (g->n == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 8;
        g->planned = mem_grow(g->planned, g->cap, sizeof *g->planned);
    }
    g->planned[g->n] = (struct planned){.tx = tx,
                                        .uplink_seq = uplink_seq,
                                        .arrives = SIM_NEVER,
                                        .book_start = tx->start,
                                        .book_end = tx->end};
    return &g->planned[g->n++];
}

void gateways_submit(struct gateways *gs, struct medium_tx *tx, uint32_t uplink_seq)
{
    if (gateways_carrier_of(gs, tx->gateway)) {
        gateways_carry(gs, tx, uplink_seq);
        return;
    }
    sim_time shift = shift_of(gs, tx);
    tx->start += shift;
    tx->lock += shift;
    tx->end += shift;
    struct planned *p = gateways_book(gs, tx, uplink_seq);
    p->arrives = evq_now(gs->s.evq) + gs->s.gateways[tx->gateway].backhaul_delay;
    p->shift = shift;
    evq_push(gs->s.evq, p->arrives, gs->arrive_event, gs, tx->gateway);
}

/* What the gateway's queue says to a request that has just come in. */
static enum downlink_result jit_check(const struct gateways *gs, const struct sender *g,
                                      const struct planned *p, sim_time now)
{
    const struct medium_tx *tx = p->tx;
    const struct gateway_sender *cfg = &gs->s.gateways[tx->gateway];
    int64_t hz = frequency_of(gs, tx), error_ns;
    if (medium_gateway_down(gs->s.medium, tx->gateway, now, now + 1))
        return DL_GATEWAY_DOWN;
    if (gateways_is_gps_timed(tx) && !gateways_gps(gs, tx->gateway, now, &error_ns))
        return DL_GPS_UNLOCKED;
    if (tx->start - now < cfg->jit_delay)
        return DL_TOO_LATE;
    if (tx->start - now > JIT_TOO_EARLY)
        return DL_TOO_EARLY;
    if (hz < gs->s.region->min_hz || hz > gs->s.region->max_hz)
        return DL_TX_FREQ;
    if (tx->power_cdbm > cfg->max_power_cdbm)
        return DL_TX_POWER;
    if (g->n_queued >= JIT_QUEUE)
        return DL_FULL;
    if (tx->start < g->air_until) /* one radio: it would cut its own frame off */
        return DL_COLLISION_PACKET;
    sim_time guard = tx->window == MEDIUM_PING ? BEACON_GUARD : BEACON_MARGIN;
    sim_time planned = tx->start - p->shift; /* its beacons are shifted likewise */
    if (gateways_clear_of_beacons(gs, tx->gateway, planned, tx->end - tx->start, guard) != planned)
        return DL_COLLISION_BEACON;
    for (unsigned i = 0; i < g->n; i++) {
        const struct medium_tx *o = g->planned[i].tx;
        if (g->planned[i].queued && o->start < tx->end + JIT_MARGIN &&
            tx->start < o->end + JIT_MARGIN)
            return DL_COLLISION_PACKET;
    }
    return DL_SENT;
}

void gateways_unbook(struct gateways *gs, unsigned gateway, struct planned *p)
{
    struct sender *g = &gs->g[gateway];
    g->n_queued -= p->queued;
    medium_tx_release(gs->s.medium, p->tx);
    *p = g->planned[--g->n];
}

/* The gateway says no. */
static void refuse(struct gateways *gs, unsigned gateway, struct planned *p,
                   enum downlink_result result)
{
    if (p->carried) {
        gateways_refuse(gs, gateway, p, result);
        return;
    }
    gateways_note(gs, p, result);
    gs->s.refused(gs->s.ctx, p->tx);
    gateways_unbook(gs, gateway, p);
}

/* The one of those that have arrived and are not queued yet with the lowest (start, target); -1:
 * none. */
static int next_arrived(const struct sender *g, sim_time now)
{
    int best = -1;
    for (unsigned i = 0; i < g->n; i++) {
        const struct planned *p = &g->planned[i];
        if (p->queued || p->refused || p->arrives > now)
            continue;
        const struct medium_tx *b = best < 0 ? NULL : g->planned[best].tx;
        if (!b || p->tx->start < b->start ||
            (p->tx->start == b->start && p->tx->target < b->target))
            best = (int)i;
    }
    return best;
}

static void on_arrive(void *obj, uint32_t arg)
{
    struct gateways *gs = obj;
    struct sender *g = &gs->g[arg];
    sim_time now = evq_now(gs->s.evq);
    for (int i = next_arrived(g, now); i >= 0; i = next_arrived(g, now)) {
        struct planned *p = &g->planned[i];
        if (p->at_once)
            gateways_start_at_once(gs, arg, p);
        enum downlink_result r = jit_check(gs, g, p, p->arrives);
        if (r != DL_SENT) {
            refuse(gs, arg, p, r);
            continue;
        }
        p->queued = true;
        g->n_queued++;
        evq_push(gs->s.evq, p->tx->start, gs->send_event, gs, arg);
        if (p->carried)
            gs->answer(gs->answer_ctx, arg, p->token, DL_SENT);
    }
}

void gateways_count_use(struct gateways *gs, unsigned gateway, int64_t frequency_hz, sim_time start,
                        sim_time airtime)
{
    struct sender *g = &gs->g[gateway];
    int b = region_sub_band(gs->s.region, frequency_hz);
    if (b < 0)
        return;
    g->airtime[b] += airtime;
    if (!gs->s.radio->duty_cycle)
        return;
    duty_add(&g->bands[b], (enum radio_duty_rule)gs->s.radio->duty_rule,
             gs->s.region->sub_bands[b].duty_ppm, start, airtime);
    sim_time used =
        g->bands[b].used > g->max_hour[b] ? duty_used(&g->bands[b], start + airtime) : 0;
    if (used > g->max_hour[b])
        g->max_hour[b] = used;
}

static void send(struct gateways *gs, struct sender *g, unsigned i)
{
    struct planned *p = &g->planned[i];
    struct medium_tx *tx = p->tx;
    if (medium_gateway_down(gs->s.medium, tx->gateway, tx->start, tx->start + 1)) {
        refuse(gs, tx->gateway, p, DL_GATEWAY_DOWN);
        return;
    }
    tx->node = gs->s.gateways[tx->gateway].id;
    tx->seq = g->seq++;
    gateways_note(gs, p, DL_SENT);
    gateways_count_use(gs, tx->gateway, frequency_of(gs, tx), tx->start, tx->end - tx->start);
    g->air_until = tx->end;
    g->book_until = p->book_end;
    medium_tx_hold(tx);
    gateways_unbook(gs, tx->gateway, p);
    medium_send_downlink(gs->s.medium, tx);
}

static void on_send(void *obj, uint32_t arg)
{
    struct gateways *gs = obj;
    struct sender *g = &gs->g[arg];
    sim_time now = evq_now(gs->s.evq);
    for (unsigned i = 0; i < g->n;) {
        if (g->planned[i].queued && g->planned[i].tx->start == now) {
            send(gs, g, i);
            i = 0;
        } else {
            i++;
        }
    }
}

void gateways_plan(struct gateways *gs, int64_t rank, void (*plan)(void *obj), void *obj)
{
    if (gs->n_planners == gs->cap_planners) {
        gs->cap_planners = gs->cap_planners ? 2 * gs->cap_planners : 8;
        gs->planners = mem_grow(gs->planners, gs->cap_planners, sizeof *gs->planners);
    }
    sim_time at = evq_now(gs->s.evq) + 1;
    bool posted = gs->n_planners > 0 && gs->planners[gs->n_planners - 1].at == at;
    gs->planners[gs->n_planners++] = (struct planner){at, rank, plan, obj};
    if (!posted)
        evq_push(gs->s.evq, at, gs->plan_event, gs, 0);
}

static int by_rank(const void *a, const void *b)
{
    const struct planner *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* Those that asked 1 ns ago; who asks at this instant waits for the next. */
static void on_plan(void *obj, uint32_t arg)
{
    (void)arg;
    struct gateways *gs = obj;
    sim_time now = evq_now(gs->s.evq);
    if (gs->n_planners > 1)
        qsort(gs->planners, gs->n_planners, sizeof *gs->planners, by_rank);
    unsigned n = 0;
    while (n < gs->n_planners && gs->planners[n].at <= now)
        n++;
    if (gs->cap_running < n) {
        gs->running = mem_grow(gs->running, n, sizeof *gs->running);
        gs->cap_running = n;
    }
    memcpy(gs->running, gs->planners, n * sizeof *gs->running);
    gs->n_planners -= n;
    memmove(gs->planners, gs->planners + n, gs->n_planners * sizeof *gs->planners);
    for (unsigned i = 0; i < n; i++)
        gs->running[i].plan(gs->running[i].obj);
}

static void rows_duty(const struct gateways *gs, unsigned gateway)
{
    const struct sender *g = &gs->g[gateway];
    for (int b = 0; b < gs->s.region->n_sub_bands; b++) {
        struct row_duty_stat r = {.node = gs->s.gateways[gateway].id,
                                  .sub_band = gs->s.region->sub_bands[b].name,
                                  .limit_ppm = gs->s.region->sub_bands[b].duty_ppm,
                                  .airtime_ns = g->airtime[b],
                                  .max_hour_ns = g->max_hour[b],
                                  .n_refused = (int64_t)g->n_refused[b]};
        trace_row(gs->s.trace, ROW_DUTY_STAT, &r);
    }
}

static int by_start(const void *a, const void *b)
{
    const struct medium_tx *x = ((const struct planned *)a)->tx,
                           *y = ((const struct planned *)b)->tx;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->target < y->target ? -1 : x->target > y->target;
}

void gateways_finish(struct gateways *gs)
{
    for (unsigned i = 0; i < gs->s.n_gateways; i++) {
        struct sender *g = &gs->g[i];
        if (g->n)
            qsort(g->planned, g->n, sizeof *g->planned, by_start);
        for (unsigned k = 0; k < g->n; k++)
            if (!g->planned[k].refused)
                gateways_note(gs, &g->planned[k], DL_ENDED);
        rows_duty(gs, i);
        if (gs->s.gateways[i].clock)
            gateway_clock_rows(gs->s.gateways[i].clock, gs->s.trace, gs->s.duration);
    }
    for (unsigned n = 0; n < gs->s.n_networks; n++)
        for (int w = 0; w < MEDIUM_N_WINDOWS; w++)
            for (int r = 0; r < N_DL; r++) {
                uint64_t count =
                    gs->counts[((size_t)n * MEDIUM_N_WINDOWS + (size_t)w) * N_DL + (size_t)r];
                struct row_downlink_stat row = {
                    .network = gs->s.network_ids[n], .window = w, .result = r, .n = (int64_t)count};
                if (count)
                    trace_row(gs->s.trace, ROW_DOWNLINK_STAT, &row);
            }
}
