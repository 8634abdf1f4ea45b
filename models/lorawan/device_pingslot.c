/* SPDX-License-Identifier: GPL-2.0-only
 * Ping slots of a device, its own and those of its multicast groups, looked at when a downlink is
 * on the air: which slot of the beacon period by the device's clock, how wide, and whether the
 * radio is free for it. Class A goes first; a group's slot goes before the device's own where both
 * are open at once on other channels or data rates; among groups FPending decides, then the session
 * that opened first. Source: TS001-1.0.4, class B: downlink slot timing; TS005-2.0.0, section 4. */
#include "models/lorawan/class_b.h"

enum { FIRST_SYM = 8, MOST_SYM = 30 }; /* LoRaMac-node's ping slots */

/* Whose slots. */
struct slots {
    uint32_t addr;
    int periodicity, dr;
    int64_t frequency_hz; /* 0: the region's */
};

/* One of them. */
struct slot {
    sim_time planned; /* by the device's clock; with a perfect one true time */
    struct dev_b_width width;
    struct dev_span real;
    int64_t frequency_hz;
    int dr;
};

static sim_time symbol_of(const struct devices *ds, int dr)
{
    const struct region_dr *m = &ds->s.region->dr[dr];
    return m->modulation == REGION_LORA ? airtime_symbol(m->sf, m->bw_hz) : SIM_US(160);
}

/* In a beacon period: by the drift until its end, or by the beacons missed since the last one. */
static struct dev_b_width work_out_width(const struct devices *ds, const struct device_cfg *cfg,
                                         int dr, uint32_t missed)
{
    sim_time symbol = symbol_of(ds, dr);
    uint32_t n = missed > 2 ? 2 : missed;
    if (cfg->class_b.widening == WIDENING_PPM)
        return dev_b_centred(symbol, ds->s.region->dr[dr].modulation == REGION_LORA ? 8 : 5,
                             cfg->min_rx_symbols,
                             cfg->class_b.assumed_drift_ppb * BEACON_PERIOD_S * (missed + 1));
    int64_t sym = cfg->class_b.widening == WIDENING_DOUBLING ? FIRST_SYM << n : FIRST_SYM;
    return (struct dev_b_width){0, (sym > MOST_SYM ? MOST_SYM : sym) * symbol};
}

static struct dev_b_width width_of(const struct devices *ds, const struct dev_class_b *b, int dr,
                                   uint32_t number)
{
    struct dev_b_width_memo *m = &ds->beacons->ping_width;
    uint32_t missed = number - b->last;
    if (m->cfg != b->cfg || m->age != missed || m->dr != dr)
        *m = (struct dev_b_width_memo){b->cfg, missed, dr, work_out_width(ds, b->cfg, dr, missed)};
    return m->w;
}

/* The bits behind an address's offset; of multicast addresses they are kept, as members share them.
 */
static uint16_t random_of(struct devices *ds, const struct dev_class_b *b, uint32_t number,
                          uint32_t addr)
{
    if (b->random_of == number && addr == b->addr)
        return b->random;
    struct dev_ping_memo *m = &ds->beacons->memo[addr % DEV_B_MEMO];
    if (m->number != number || m->addr != addr) {
        m->number = number;
        m->addr = addr;
        m->random = pingslot_random(&ds->beacons->zero_key, number * BEACON_PERIOD_S, addr);
    }
    return m->random;
}

/* The slot nearest to a true time. */
static struct slot nearest(struct devices *ds, const struct dev_class_b *b, const struct slots *w,
                           sim_time at)
{
    sim_time shown = dev_b_time(b, at);
    int64_t gps_ns = ds->s.start_gps_ns + shown;
    uint32_t number = (uint32_t)(gps_ns / BEACON_PERIOD);
    sim_time since = gps_ns % BEACON_PERIOD;
    int offset = pingslot_offset_of(random_of(ds, b, number, w->addr), w->periodicity);
    sim_time first = pingslot_start(offset), step = pingslot_period(w->periodicity) * PINGSLOT_LEN;
    int64_t i = since < first ? 0 : (since - first + step / 2) / step;
    int64_t last = pingslot_nb(w->periodicity) - 1;
    struct slot s = {.planned = shown - since + first + (i > last ? last : i) * step,
                     .width = width_of(ds, b, w->dr, number),
                     .frequency_hz = w->frequency_hz,
                     .dr = w->dr};
    s.real = dev_b_open(b, s.planned, s.width);
    if (!s.frequency_hz)
        s.frequency_hz = pingslot_hz(ds->s.region, number * BEACON_PERIOD_S, w->addr);
    return s;
}

static struct slots own_slots(const struct dev_class_b *b)
{
    return (struct slots){.addr = b->addr,
                          .periodicity = b->periodicity,
                          .dr = b->ping_dr,
                          .frequency_hz = (int64_t)b->ping_100hz * 100};
}

static struct slots group_slots(const struct device_mc *g)
{
    return (struct slots){.addr = g->mc_addr,
                          .periodicity = g->periodicity,
                          .dr = g->dr,
                          .frequency_hz = g->frequency_hz};
}

static bool in_session(const struct device_mc *g, sim_time at)
{
    struct dev_span s = dev_session_at(g, at);
    return g->class_b && s.open <= at && at < s.close;
}

bool dev_b_wants_beacons(const struct devices *ds, const struct dev_class_b *b)
{
    sim_time now = evq_now(ds->s.evq);
    if (!dev_b_is_lent(b))
        return true;
    for (unsigned i = 0; b->d->c && i < b->d->c->n_mc; i++) {
        const struct device_mc *g = &b->d->c->mc[i];
        if (g->class_b && g->open < g->close && now < g->close &&
            now >= g->open - b->cfg->class_b.session_lead_ns)
            return true;
    }
    return false;
}

/* Does group o go before g (NULL: the device's own slots)? */
static bool goes_before(const struct device_mc *o, const struct device_mc *g, sim_time at)
{
    if (!g || o->fpending != g->fpending)
        return !g || o->fpending;
    sim_time a = dev_session_at(o, at).open, b = dev_session_at(g, at).open;
    return a != b ? a < b : o->mc_addr < g->mc_addr;
}

/* Has another slot the radio at that time? */
static bool taken(struct devices *ds, const struct device *d, const struct device_mc *g,
                  const struct slot *s, sim_time at)
{
    for (unsigned i = 0; d->c && i < d->c->n_mc; i++) {
        const struct device_mc *o = &d->c->mc[i];
        if (o == g || !in_session(o, at) || !goes_before(o, g, at))
            continue;
        struct slots w = group_slots(o);
        struct slot other = nearest(ds, dev_b_of(ds, d), &w, at);
        if ((other.frequency_hz != s->frequency_hz || other.dr != s->dr) &&
            other.real.open < s->real.close && s->real.open < other.real.close)
            return true;
    }
    return false;
}

/* The slot that a downlink is for, with its frequency and data rate; false: there is none, or it
 * stays shut. */
static bool find(struct devices *ds, const struct device *d, const struct medium_tx *tx,
                 struct slot *s)
{
    const struct device_mc *g = tx->targets ? dev_mc_find(d, tx->devaddr) : NULL;
    const struct dev_class_b *b = dev_b_of(ds, d);
    if (!b || !dev_b_keeps_time(ds, d, tx->start) || (tx->targets && !g) ||
        (g ? !in_session(g, tx->start) : !b->informed))
        return false;
    struct slots w = g ? group_slots(g) : own_slots(b);
    if (w.dr != tx->dr)
        return false;
    *s = nearest(ds, b, &w, tx->start);
    return s->frequency_hz == medium_channel_frequency(ds->s.medium, tx->channel) &&
           !taken(ds, d, g, s, tx->start);
}

static sim_time arrival(const struct devices *ds, const struct device *d,
                        const struct medium_tx *tx)
{
    return tx->start + medium_travel(ds->s.medium, dev_index(ds, d), tx->gateway);
}

enum loss_reason dev_ping_hears(struct devices *ds, const struct device *d,
                                const struct medium_tx *tx)
{
    struct slot s;
    if (!find(ds, d, tx, &s))
        return LOSS_WINDOW;
    sim_time start = arrival(ds, d, tx);
    enum loss_reason reason = LOSS_WINDOW;
    while (dev_preamble_seen(tx, start, s.real)) {
        const struct dev_gap *g =
            dev_b_first_busy(ds, dev_b_of(ds, d),
                             (struct dev_span){s.real.open > start ? s.real.open : start, tx->end},
                             evq_now(ds->s.evq));
        if (!g)
            return LOSS_NONE;
        reason = g->reason;
        s.real.open = g->to;
    }
    return reason;
}

bool dev_ping_span(struct devices *ds, const struct device *d, const struct medium_tx *tx,
                   struct dev_span *span, sim_time *start)
{
    struct slot s;
    if (!find(ds, d, tx, &s))
        return false;
    *span = s.real;
    *start = arrival(ds, d, tx);
    return true;
}

void dev_ping_row(struct devices *ds, const struct device *d, const struct medium_tx *tx, bool seen)
{
    struct slot s;
    if (!find(ds, d, tx, &s))
        return;
    struct row_window r = {.device = d->id,
                           .kind = WINDOW_PING,
                           .planned_ns = s.planned - s.width.before,
                           .start_ns = s.real.open,
                           .length_ns = s.real.close - s.real.open,
                           .length_sym = s.width.length / symbol_of(ds, s.dr),
                           .node = seen ? tx->node : ROW_NULL,
                           .seq = seen ? (int64_t)tx->seq : ROW_NULL,
                           .n_frames = 1,
                           .n_caught = seen};
    trace_row(ds->s.trace, ROW_WINDOW, &r);
}

/* How many of an address's slots of the period start in [from, to), true times. */
static int64_t count_slots(struct devices *ds, const struct dev_class_b *b, const struct slots *w,
                           sim_time from, sim_time to)
{
    uint32_t number = ds->beacons->number;
    int offset = pingslot_offset_of(random_of(ds, b, number, w->addr), w->periodicity);
    sim_time begin = dev_b_planned(ds, number) - BEACON_DELAY,
             step = pingslot_period(w->periodicity) * PINGSLOT_LEN,
             first = begin + pingslot_start(offset);
    int64_t nb = pingslot_nb(w->periodicity);
    int64_t before = from <= first ? 0 : (from - first + step - 1) / step,
            until = to <= first ? 0 : (to - first + step - 1) / step;
    return (until > nb ? nb : until) - (before > nb ? nb : before);
}

static sim_time time_of(struct devices *ds, const struct dev_class_b *b, const struct slots *w,
                        sim_time from, sim_time to)
{
    sim_time end = ds->s.duration;
    if (ds->beacons->number - b->last > 54) { /* the two hours may end in this period */
        sim_time deadline = dev_b_deadline(ds, b);
        end = end < deadline ? end : deadline;
    }
    to = to < end ? to : end;
    if (from >= to)
        return 0;
    sim_time each = width_of(ds, b, w->dr, ds->beacons->number).length,
             step = pingslot_period(w->periodicity) * PINGSLOT_LEN;
    return count_slots(ds, b, w, from, to) * (each < step ? each : step);
}

sim_time dev_ping_rx_time(struct devices *ds, const struct dev_class_b *b, sim_time from)
{
    struct slots own = own_slots(b);
    return time_of(ds, b, &own, from, SIM_NEVER);
}

sim_time dev_ping_rx_time_of_groups(struct devices *ds, const struct dev_class_b *b)
{
    sim_time sum = 0;
    for (unsigned i = 0; b->d->c && i < b->d->c->n_mc; i++) {
        const struct device_mc *g = &b->d->c->mc[i];
        struct slots w = group_slots(g);
        if (g->class_b && g->open < g->close)
            sum += time_of(ds, b, &w, g->open, g->close);
    }
    return sum;
}
