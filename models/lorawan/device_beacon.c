/* SPDX-License-Identifier: GPL-2.0-only
 * A beacon at one device: the window that it opens for it on its own clock, and whether what was
 * on the air came through. A device locks on the common part alone. Class A goes first: its
 * transmissions, windows and receptions take the radio away. */
#include "models/lorawan/class_b.h"

/* DeviceTimeAns tells the time to +-100 ms (TS001-1.0.4, section 5.9). */
static const sim_time TIME_ACCURACY = SIM_MS(100);
/* LoRaMac-node's growth: the window, and how much earlier it opens. */
enum { FIRST_SYM = 8, MOST_SYM = 255, NEED_SYM = 5 };
static const sim_time FIRST_MOVE = SIM_MS(2), MOST_MOVE = SIM_MS(256);

struct dev_b_width dev_b_centred(sim_time symbol, int preamble_sym, int64_t min_sym, sim_time error)
{
    sim_time need = (2 * min_sym - preamble_sym) * symbol + 2 * error;
    int64_t n = (need + symbol - 1) / symbol;
    n = n < min_sym ? min_sym : n;
    return (struct dev_b_width){n * symbol / 2 - preamble_sym * symbol / 2, n * symbol};
}

static struct dev_b_width doubled(sim_time symbol, uint32_t n_missed)
{
    uint32_t n = n_missed > 7 ? 7 : n_missed;
    int64_t sym = FIRST_SYM << n;
    sim_time move = FIRST_MOVE << n;
    return (struct dev_b_width){move > MOST_MOVE ? MOST_MOVE : move,
                                (sym > MOST_SYM ? MOST_SYM : sym) * symbol};
}

static struct dev_b_width width_of(const struct dev_beacons *k, const struct dev_class_b *b,
                                   uint32_t age)
{
    const struct device_cfg *cfg = b->cfg;
    sim_time error = cfg->class_b.assumed_drift_ppb * BEACON_PERIOD_S * age;
    if (b->state == DEV_B_SEARCH)
        return dev_b_centred(k->symbol, BEACON_PREAMBLE_SYM, cfg->min_rx_symbols,
                             error + TIME_ACCURACY);
    if (cfg->class_b.widening == WIDENING_PPM)
        return dev_b_centred(k->symbol, BEACON_PREAMBLE_SYM, cfg->min_rx_symbols, error);
    if (cfg->class_b.widening == WIDENING_DOUBLING)
        return doubled(k->symbol, age - 1);
    return (struct dev_b_width){0, FIRST_SYM * k->symbol};
}

struct dev_span dev_beacon_window(struct devices *ds, const struct dev_class_b *b)
{
    struct dev_beacons *k = ds->beacons;
    uint32_t age = k->number - b->last;
    if (b->state == DEV_B_COLD)
        return (struct dev_span){b->since, SIM_NEVER};
    if (b->state == DEV_B_SEARCH)
        return dev_b_open(b, k->planned, width_of(k, b, age));
    struct dev_b_width_memo *memo = &k->beacon_width;
    if (memo->cfg != b->cfg || memo->age != age)
        *memo = (struct dev_b_width_memo){.cfg = b->cfg, .age = age, .w = width_of(k, b, age)};
    return dev_b_open(b, k->planned, memo->w);
}

void dev_beacon_arrive(struct devices *ds, struct dev_class_b *b)
{
    const struct medium_beacon *m = medium_beacon(ds->s.medium);
    if (b->set == m->set + 1 && !medium_fades(ds->s.medium))
        return;
    b->reached = medium_beacon_at(ds->s.medium, dev_index(ds, b->d), &b->at);
    b->set = m->set + 1;
}

/* A device that searches without knowing the time stays on one of the channels. */
static int64_t frequency_of(const struct devices *ds, const struct dev_class_b *b)
{
    const struct region *r = ds->s.region;
    if (b->beacon_100hz)
        return (int64_t)b->beacon_100hz * 100;
    if (b->state == DEV_B_COLD && r->n_beacon_channels > 1)
        return r->beacon_frequency_hz + b->id % r->n_beacon_channels * r->beacon_step_hz;
    return beacon_hz(r, ds->beacons->number * BEACON_PERIOD_S);
}

static sim_time overlap(struct dev_span a, struct dev_span b)
{
    sim_time from = a.open > b.open ? a.open : b.open;
    sim_time to = a.close < b.close ? a.close : b.close;
    return to - from;
}

/* Behind each busy time enough of the preamble must be left, and nothing may come until the end of
 * the common part. */
static enum loss_reason stays(const struct devices *ds, const struct dev_class_b *b,
                              struct dev_span s, bool *part)
{
    const struct medium_beacon *m = medium_beacon(ds->s.medium);
    sim_time start = m->start + b->at.delay;
    struct dev_span preamble = {start, start + BEACON_PREAMBLE_SYM * m->symbol};
    enum loss_reason reason = LOSS_WINDOW;
    while (overlap(preamble, s) >= NEED_SYM * m->symbol) {
        sim_time from = s.open > start ? s.open : start, lock = m->lock + b->at.delay;
        const struct dev_gap *g = dev_b_first_busy(ds, b, (struct dev_span){from, lock}, SIM_NEVER);
        if (!g) {
            struct dev_span rest = {lock, m->end + b->at.delay};
            *part = !dev_b_first_busy(ds, b, rest, SIM_NEVER);
            return LOSS_NONE;
        }
        reason = g->reason;
        s.open = g->to;
    }
    return reason;
}

static int64_t us_away_from_zero(sim_time ns)
{
    return ns < 0 ? -((-ns + 999) / 1000) : (ns + 999) / 1000;
}

/* From the nearest start that the window would have seen. */
static int64_t miss_of(const struct dev_class_b *b, const struct medium_beacon *m,
                       struct dev_span s)
{
    sim_time start = m->start + b->at.delay, spare = BEACON_PREAMBLE_SYM - NEED_SYM;
    sim_time first = s.open - spare * m->symbol, last = s.close - NEED_SYM * m->symbol;
    if (start < first)
        return us_away_from_zero(start - first);
    return s.close != SIM_NEVER && start > last ? us_away_from_zero(start - last) : ROW_NULL;
}

/* Does the scenario ask for its loss? */
static bool lost_at_random(const struct devices *ds, const struct dev_class_b *b)
{
    double own = b->cfg->class_b.beacon_loss_ratio, all = ds->s.radio->random_loss_ratio;
    if (own <= 0 && all <= 0)
        return false;
    return rng_draw_uniform(ds->beacons->loss_key, (uint64_t)b->id, ds->beacons->number) <
           1 - (1 - own) * (1 - all);
}

/* Air alone: power and what else was on the channel. */
static enum loss_reason through_air(struct devices *ds, struct dev_class_b *b,
                                    const struct medium_beacon *m, bool *part)
{
    uint32_t i = dev_index(ds, b->d);
    if (b->at.torn || medium_beacon_disturbed(ds->s.medium, i, b->at.power_cdbm, m->start, m->lock))
        return LOSS_INTERFERENCE;
    *part &=
        b->at.part && !medium_beacon_disturbed(ds->s.medium, i, b->at.power_cdbm, m->lock, m->end);
    return LOSS_NONE;
}

enum loss_reason dev_beacon_hear(struct devices *ds, struct dev_class_b *b, struct dev_span s,
                                 bool *part, int64_t *miss_us)
{
    const struct medium_beacon *m = medium_beacon(ds->s.medium);
    *part = false;
    *miss_us = ROW_NULL;
    if (!b->reached)
        return LOSS_NO_LINK;
    if (b->at.power_cdbm < b->sensitivity_cdbm)
        return LOSS_SENSITIVITY;
    if (frequency_of(ds, b) != medium_channel_frequency(ds->s.medium, m->channel))
        return LOSS_WINDOW;
    enum loss_reason reason = stays(ds, b, s, part);
    if (reason == LOSS_WINDOW)
        *miss_us = miss_of(b, m, s);
    if (reason == LOSS_NONE)
        reason = through_air(ds, b, m, part);
    if (reason == LOSS_NONE && lost_at_random(ds, b))
        reason = LOSS_RANDOM;
    return reason;
}
