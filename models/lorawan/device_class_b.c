/* SPDX-License-Identifier: GPL-2.0-only
 * Class B: how a device finds the beacons, follows them, does without them for two hours, and
 * returns to class A.
 *
 * Everything that comes of a beacon is worked out at one instant, the end of the beacon, for all
 * devices: in one event that goes through them (run.beacons: batch) or in one event each. In
 * between a device only answers questions: is it in class B, is a ping slot open.
 *
 *   OFF -> ASK (DeviceTimeReq) -> SEARCH (around the next beacons) -> LOCKED
 *   OFF -> COLD (listens without a break) -> LOCKED, or PAUSE and COLD again
 *   LOCKED, 120 min without a beacon -> OFF
 * LOCKED and with PingSlotInfoAns it is in class B. A class A member of a class B multicast session
 * does the same from a while before the session to its end, but has no ping slots of its own: it
 * leaves its ClassB bit clear. Source: TS001-1.0.4, class B; TS005-2.0.0, section 4. */
#include "models/lorawan/class_b.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"
#include "sim/prefetch.h"

enum { PERIODS_BEACONLESS = 56, MAX_ASK_GAP = 64, MANY = 64 };
static const sim_time BEACONLESS = SIM_S(7200), ASK_SPREAD = SIM_S(120), ASK_MARGIN = SIM_S(8),
                      COLD_MARGIN = SIM_S(2);

static void on_tick(void *obj, uint32_t arg);
static void on_one(void *obj, uint32_t arg);

sim_time dev_b_time(const struct dev_class_b *b, sim_time t)
{
    return b->clock ? clock_time(b->clock, t) : t;
}

sim_time dev_b_planned(const struct devices *ds, uint32_t number)
{
    return (sim_time)number * BEACON_PERIOD - ds->s.start_gps_ns + BEACON_DELAY;
}

struct dev_span dev_b_open(const struct dev_class_b *b, sim_time planned, struct dev_b_width w)
{
    sim_time from = planned - w.before;
    if (!b->clock)
        return (struct dev_span){from, from + w.length};
    sim_time open = clock_alarm(b->clock, from);
    if (open > CLOCK_END)
        return (struct dev_span){SIM_NEVER, SIM_NEVER};
    return (struct dev_span){open, clock_radio_after(b->clock, open, w.length)};
}

sim_time dev_b_deadline(const struct devices *ds, const struct dev_class_b *b)
{
    sim_time at = dev_b_planned(ds, b->last) + BEACONLESS;
    return b->clock ? clock_when(b->clock, at) : at;
}

bool dev_b_keeps_time(const struct devices *ds, const struct device *d, sim_time at)
{
    const struct dev_class_b *b = dev_b_of(ds, d);
    return b && b->state == DEV_B_LOCKED &&
           dev_b_time(b, at) < dev_b_planned(ds, b->last) + BEACONLESS;
}

bool dev_b_is_on(const struct devices *ds, const struct device *d, sim_time at)
{
    return d->class_b && dev_b_of(ds, d)->informed && dev_b_keeps_time(ds, d, at);
}

static void row_step(const struct devices *ds, const struct dev_class_b *b, sim_time at,
                     enum class_b_step step)
{
    if (!trace_wants(ds->s.trace, ROW_CLASS_B))
        return;
    uint32_t age = ds->beacons->number - b->last;
    bool counts = b->state == DEV_B_LOCKED && age > 0;
    struct row_class_b r = {
        .at_ns = at, .device = b->id, .step = step, .n_missed = counts ? age - 1 : 0};
    trace_row(ds->s.trace, ROW_CLASS_B, &r);
}

/* Requests for the next uplink, which goes out by itself at a random time within a beacon period,
 * then two, four and so on until they are answered: those who lock at one beacon spread. */
static bool holds(const struct device *d, uint8_t cid)
{
    struct lw_mac m;
    size_t at = 0;
    while (lw_mac_next(d->answers, d->n_answers, &at, true, &m) == 1)
        if (m.cid == cid)
            return true;
    return false;
}

static void wake_for_uplink(struct devices *ds, struct device *d, sim_time spread)
{
    sim_time now = evq_now(ds->s.evq);
    double u = rng_draw_uniform(ds->beacons->ask_key, (uint64_t)d->id, (uint64_t)now);
    sim_time at = now + SIM_S(1) + (sim_time)(u * (double)spread);
    d->uplink_wanted = true;
    dev_wake_at(ds, d, at > d->free_at ? at : d->free_at);
}

static void ask(struct devices *ds, struct dev_class_b *b)
{
    uint32_t number = ds->beacons->number;
    if (number < b->ask_at)
        return;
    b->ask_gap = b->ask_gap ? 2 * b->ask_gap : 1;
    b->ask_gap = b->ask_gap > MAX_ASK_GAP ? MAX_ASK_GAP : b->ask_gap;
    b->ask_at = number + b->ask_gap;
    if (b->state == DEV_B_ASK && !holds(b->d, LW_DEVICE_TIME))
        dev_mac_request(ds, b->d, LW_DEVICE_TIME);
    if (!b->informed && !dev_b_is_lent(b) && !holds(b->d, LW_PING_SLOT_INFO))
        dev_mac_ping_slot_info(ds, b->d, b->periodicity);
    wake_for_uplink(ds, b->d, b->ask_gap * BEACON_PERIOD - ASK_MARGIN);
}

static void start_search(struct devices *ds, struct dev_class_b *b, sim_time since)
{
    b->ask_gap = b->ask_at = 0;
    b->since = since;
    b->state = b->cfg->class_b.search == SEARCH_COLD ? DEV_B_COLD : DEV_B_ASK;
    row_step(ds, b, since, b->state == DEV_B_COLD ? CLASS_B_COLD : CLASS_B_ASK);
}

/* A cold search that has had a beacon on its channel in reach, if there is one, rests. */
static void rest_from_search(const struct devices *ds, struct dev_class_b *b)
{
    sim_time lasts = BEACON_PERIOD * ds->s.region->n_beacon_channels + COLD_MARGIN;
    if (b->state != DEV_B_COLD || evq_now(ds->s.evq) - b->since < lasts)
        return;
    b->rx_time += lasts;
    b->since += lasts;
    b->state = DEV_B_PAUSE;
    row_step(ds, b, b->since, CLASS_B_PAUSE);
    b->since += b->cfg->class_b.search_pause_ns;
}

/* What time alone changes, before the beacon is looked at. */
static void pass_time(struct devices *ds, struct dev_class_b *b)
{
    const struct device *d = b->d;
    sim_time now = evq_now(ds->s.evq);
    uint32_t age = ds->beacons->number - b->last;
    if (!dev_b_wants_beacons(ds, b)) {
        b->state = DEV_B_OFF;
        row_step(ds, b, now, CLASS_B_OVER);
    } else if (b->state == DEV_B_LOCKED && age >= PERIODS_BEACONLESS &&
               dev_b_deadline(ds, b) <= now) {
        sim_time at = dev_b_deadline(ds, b);
        row_step(ds, b, at, CLASS_B_LOST);
        if (b->informed)
            wake_for_uplink(ds, b->d, ASK_SPREAD); /* its ClassB bit tells */
        start_search(ds, b, at);
    } else if (b->state == DEV_B_OFF) {
        b->addr = d->devaddr;
        b->random_of = UINT32_MAX;
        sim_time ready = d->joined_at > d->powered_at ? d->joined_at : d->powered_at;
        start_search(ds, b, dev_b_is_lent(b) ? now : ready);
    } else if (b->state == DEV_B_PAUSE && b->since <= now) {
        b->state = DEV_B_COLD;
        row_step(ds, b, b->since, CLASS_B_COLD);
    } else if (b->state == DEV_B_SEARCH && age >= PERIODS_BEACONLESS) {
        start_search(ds, b, now);
    }
}

/* The device noted when the beacon's first symbol came, and now knows when that was. */
static void set_clock(struct devices *ds, struct dev_class_b *b, sim_time noted,
                      struct row_beacon *row, bool log)
{
    if (!b->clock)
        return;
    int64_t step = dev_b_planned(ds, ds->beacons->told) - noted;
    if (log)
        row->error_after_ns = row->error_before_ns + step;
    if (log || b->shared)
        dev_clock_correct_quietly(ds, b->d, step, log);
    else
        dev_clock_shift(b->clock, step);
}

static void lock(struct devices *ds, struct dev_class_b *b)
{
    uint32_t number = ds->beacons->told;
    bool followed = b->state == DEV_B_LOCKED && number - b->last == 1;
    if (!followed) {
        bool first = b->state != DEV_B_LOCKED;
        row_step(ds, b, evq_now(ds->s.evq), CLASS_B_LOCK);
        b->state = DEV_B_LOCKED;
        b->last = number;
        if (first && b->informed) {
            row_step(ds, b, evq_now(ds->s.evq), CLASS_B_ON);
            wake_for_uplink(ds, b->d, ASK_SPREAD);
        }
        if (first)
            b->ask_at = b->ask_gap = 0;
    }
    b->last = number;
}

/* The frame counts once for every device that expects it. */
static void settle(struct devices *ds, const struct dev_class_b *b, enum loss_reason reason,
                   int64_t miss_us)
{
    struct medium_tx *t = &ds->beacons->name;
    const struct medium_beacon *m = medium_beacon(ds->s.medium);
    t->network = b->d->network;
    t->node = medium_gateway_id(ds->s.medium, b->reached ? b->at.gateway : m->copies[0].gateway);
    t->seq = b->reached ? b->at.seq : m->copies[0].seq;
    t->best_power_cdbm = b->reached ? b->at.power_cdbm : INT32_MIN;
    t->miss_us = miss_us;
    medium_count_sent(ds->s.medium, t);
    medium_settle(ds->s.medium, t, reason, b->id);
}

static bool wants_rows(const struct devices *ds, const struct dev_class_b *b)
{
    return trace_wants(ds->s.trace, ROW_BEACON) &&
           (ds->beacons->log_all || b->cfg->class_b.log_beacons);
}

static void fill_row(const struct devices *ds, const struct dev_class_b *b, struct dev_span s,
                     struct row_beacon *r)
{
    const struct dev_beacons *k = ds->beacons;
    bool cold = b->state == DEV_B_COLD;
    int64_t error = b->clock ? clock_error(b->clock, evq_now(ds->s.evq)) : 0;
    *r = (struct row_beacon){
        .device = b->id,
        .number = k->number,
        .start_ns = dev_b_planned(ds, k->number),
        .n_missed = b->state == DEV_B_LOCKED ? (int64_t)(k->number - b->last) - 1 : ROW_NULL,
        .gateway = ROW_NULL,
        .power_cdbm = ROW_NULL,
        .open_ns = s.open,
        .length_ns = cold ? ROW_NULL : s.close - s.open,
        .error_before_ns = error,
        .error_after_ns = error};
}

static void finish_row(const struct devices *ds, const struct dev_class_b *b,
                       enum loss_reason reason, bool part, struct row_beacon *r)
{
    r->reason = reason;
    if (ds->beacons->sent && b->reached) {
        r->power_cdbm = b->at.power_cdbm;
        if (reason == LOSS_NONE && part)
            r->gateway = medium_gateway_id(ds->s.medium, b->at.gateway);
    }
    trace_row(ds->s.trace, ROW_BEACON, r);
}

/* Listening time of a window, or of the search that ends here. */
static void count_rx_time(const struct devices *ds, struct dev_class_b *b, struct dev_span s,
                          bool received)
{
    if (received)
        b->rx_time += medium_beacon(ds->s.medium)->end + b->at.delay - s.open;
    else if (b->state != DEV_B_COLD)
        b->rx_time += s.close - s.open;
}

/* One beacon period at one device. */
static void receive(struct devices *ds, struct dev_class_b *b)
{
    struct row_beacon row;
    bool log = wants_rows(ds, b), part = false;
    enum loss_reason reason = LOSS_WINDOW;
    int64_t miss_us = ROW_NULL;
    sim_time noted = 0;
    if (ds->beacons->sent) {
        dev_beacon_arrive(ds, b);
        sim_time start = medium_beacon(ds->s.medium)->start + b->at.delay;
        noted = b->clock ? clock_read(b->clock, start) : 0;
    }
    struct dev_span s = dev_beacon_window(ds, b);
    if (log)
        fill_row(ds, b, s, &row);
    if (ds->beacons->sent) {
        reason = dev_beacon_hear(ds, b, s, &part, &miss_us);
        settle(ds, b, reason, miss_us);
    }
    count_rx_time(ds, b, s, reason == LOSS_NONE);
    if (reason == LOSS_NONE) {
        set_clock(ds, b, noted, &row, log);
        lock(ds, b);
    } else if (b->state == DEV_B_LOCKED && ds->beacons->number - b->last == 1) {
        row_step(ds, b, evq_now(ds->s.evq), CLASS_B_BEACONLESS);
    }
    if (log && ds->beacons->sent)
        finish_row(ds, b, reason, part, &row);
}

static void step(struct devices *ds, struct dev_class_b *b)
{
    const struct device *d = b->d;
    if (b->state == DEV_B_OFF &&
        (!d->joined || d->powered_at > evq_now(ds->s.evq) || !dev_b_wants_beacons(ds, b)))
        return;
    pass_time(ds, b);
    bool listens = b->state == DEV_B_LOCKED || b->state == DEV_B_SEARCH || b->state == DEV_B_COLD;
    if (listens)
        receive(ds, b);
    rest_from_search(ds, b);
    if (b->state == DEV_B_ASK || (b->state == DEV_B_LOCKED && !b->informed && !dev_b_is_lent(b)))
        ask(ds, b);
    if (b->state != DEV_B_LOCKED)
        return;
    if (b->informed)
        b->rx_time += dev_ping_rx_time(ds, b, 0);
    if (b->shared)
        b->rx_time += dev_ping_rx_time_of_groups(ds, b);
}

/* What the bytes of this beacon say: the same for all, so they are read once. */
static void begin_tick(struct devices *ds)
{
    struct dev_beacons *k = ds->beacons;
    int64_t gps_ns = ds->s.start_gps_ns + evq_now(ds->s.evq);
    const struct medium_beacon *m = medium_beacon(ds->s.medium);
    k->number = (uint32_t)(gps_ns / BEACON_PERIOD);
    k->planned = dev_b_planned(ds, k->number);
    k->sent = m && m->number == k->number;
    if (!k->sent)
        return;
    struct beacon b;
    SIM_CHECK(beacon_decode(k->layout, &b, m->phy, m->len) == SIM_OK, "beacon %u", k->number);
    k->told = b.time_s / BEACON_PERIOD_S;
}

/* Ping offsets of the period that begins, several at once. */
static void draw_offsets(struct dev_beacons *k, struct dev_class_b *b, uint32_t n)
{
    uint32_t addr[MANY] = {0};
    uint16_t random[MANY];
    for (uint32_t i = 0; i < n; i++)
        addr[i] = b[i].addr;
    pingslot_random_many(&k->zero_key, k->number * BEACON_PERIOD_S, addr, n, random);
    for (uint32_t i = 0; i < n; i++) {
        b[i].random = random[i];
        b[i].random_of = k->number;
    }
}

static void post_next(struct devices *ds, evq_kind kind, uint32_t arg)
{
    sim_time at = evq_now(ds->s.evq) + BEACON_PERIOD;
    if (at < ds->s.duration)
        evq_push(ds->s.evq, at, kind, ds, arg);
}

/* The clock of one that comes soon; what wander needs lies at its end. */
static void hint(const struct dev_beacons *k, uint32_t i)
{
    if (i + 8 < k->n && k->b[i + 8].clock)
        prefetch(k->b[i + 8].clock, offsetof(struct clock, unit_start));
}

static void on_tick(void *obj, uint32_t arg)
{
    struct devices *ds = obj;
    struct dev_beacons *k = ds->beacons;
    (void)arg;
    begin_tick(ds);
    for (uint32_t from = 0; from < k->n; from += MANY) {
        uint32_t n = k->n - from < MANY ? k->n - from : MANY;
        draw_offsets(k, &k->b[from], n);
        for (uint32_t i = from; i < from + n; i++) {
            hint(k, i);
            step(ds, &k->b[i]);
        }
    }
    post_next(ds, k->tick_event, 0);
}

static void on_one(void *obj, uint32_t arg)
{
    struct devices *ds = obj;
    begin_tick(ds);
    draw_offsets(ds->beacons, &ds->beacons->b[arg], 1);
    step(ds, &ds->beacons->b[arg]);
    post_next(ds, ds->beacons->one_event, arg);
}

static uint32_t count_class_b(const struct devices *ds)
{
    uint32_t n = 0;
    for (unsigned g = 0; g < ds->s.n_groups; g++)
        if (ds->groups[g].g.cfg->device_class == LW_CLASS_B)
            n += (uint32_t)ds->groups[g].g.cfg->count;
    return n;
}

static void init_one(struct devices *ds, struct dev_class_b *b, struct device *d)
{
    b->d = d;
    d->class_b = (uint32_t)(b - ds->beacons->b) + 1;
    b->id = d->id;
    b->clock = d->clock ? &d->clock->clock : NULL;
    b->cfg = dev_group_of(ds, d)->g.cfg;
    b->shared = d->c || d->p;
    const struct beacon_layout *l = ds->beacons->layout;
    b->sensitivity_cdbm =
        dev_group_of(ds, d)->sensitivity_cdbm[l->sf - 7][l->bw_hz == 500000 ? 2 : 0];
    b->random_of = UINT32_MAX;
    b->periodicity = (uint8_t)b->cfg->class_b.periodicity;
    dev_b_reset(ds, d);
}

/* What all share, with room for n devices. */
static void open_shared(struct devices *ds, uint32_t n)
{
    struct dev_beacons *k = ds->beacons = mem_alloc(1, sizeof *k);
    k->b = mem_alloc(n, sizeof *k->b);
    k->busy = mem_alloc(n, sizeof *k->busy);
    k->cap = n;
    k->layout = beacon_layout_of(ds->s.region);
    k->symbol = airtime_symbol(k->layout->sf, k->layout->bw_hz);
    k->airtime = beacon_airtime(k->layout);
    k->loss_key = rng_key_make(ds->s.seed, ds->s.run, RNG_BEACON_LOSS);
    k->ask_key = rng_key_make(ds->s.seed, ds->s.run, RNG_CLASS_B);
    k->log_all = trace_wants(ds->s.trace, ROW_LINK);
    k->name = (struct medium_tx){.kind = FRAME_BEACON, .dr = (uint8_t)ds->s.region->beacon_dr};
    pingslot_key_init(&k->zero_key);
    memset(k->memo, 0xff, sizeof k->memo);
    k->tick_event = evq_kind_add(ds->s.evq, on_tick, "beacons at devices");
    k->one_event = evq_kind_add(ds->s.evq, on_one, "beacon at a device");
}

void dev_b_open_all(struct devices *ds)
{
    uint32_t n = count_class_b(ds);
    if (!n)
        return;
    open_shared(ds, n);
    for (uint32_t i = 0; i < ds->s.n_devices; i++)
        if (dev_group_of(ds, &ds->d[i])->g.cfg->device_class == LW_CLASS_B)
            init_one(ds, &ds->beacons->b[ds->beacons->n++], &ds->d[i]);
}

void dev_b_close_all(struct devices *ds)
{
    if (!ds->beacons)
        return;
    free(ds->beacons->b);
    free(ds->beacons->busy);
    free(ds->beacons);
}

/* The first end of a beacon behind a time. */
static sim_time next_end(const struct devices *ds, sim_time at)
{
    sim_time end = BEACON_DELAY + ds->beacons->airtime;
    int64_t since = ds->s.start_gps_ns + at - end;
    return at + BEACON_PERIOD - since % BEACON_PERIOD;
}

/* Devices from first on look at their beacons: each by itself, or with all others. */
static void post_from(struct devices *ds, uint32_t first, sim_time at)
{
    struct dev_beacons *k = ds->beacons;
    if (at >= ds->s.duration || (k->ticking && !ds->s.beacon_events))
        return;
    k->ticking = true;
    if (!ds->s.beacon_events)
        evq_push(ds->s.evq, at, k->tick_event, ds, 0);
    else
        for (uint32_t i = first; i < k->n; i++)
            evq_push(ds->s.evq, at, k->one_event, ds, i);
}

void dev_b_start(struct devices *ds)
{
    ds->started = true;
    if (!ds->beacons)
        return;
    sim_time since = ds->s.start_gps_ns % BEACON_PERIOD;
    post_from(ds, 0, (since ? BEACON_PERIOD - since : 0) + BEACON_DELAY + ds->beacons->airtime);
}

void dev_b_lend(struct devices *ds, struct device *d)
{
    if (d->class_b)
        return;
    if (!ds->beacons)
        open_shared(ds, 8);
    struct dev_beacons *k = ds->beacons;
    if (k->n == k->cap) {
        k->cap *= 2;
        k->b = mem_grow(k->b, k->cap, sizeof *k->b);
        k->busy = mem_grow(k->busy, k->cap, sizeof *k->busy);
    }
    k->busy[k->n].n = 0;
    struct dev_class_b *b = &k->b[k->n++];
    *b = (struct dev_class_b){.d = NULL};
    init_one(ds, b, d);
    if (ds->started)
        post_from(ds, k->n - 1, next_end(ds, evq_now(ds->s.evq)));
}

void dev_b_reset(struct devices *ds, struct device *d)
{
    struct dev_class_b *b = dev_b_of(ds, d);
    b->state = DEV_B_OFF;
    b->informed = false;
    b->beacon_100hz = b->ping_100hz = 0;
    b->ping_dr = (uint8_t)ds->s.region->ping_dr;
}

void dev_b_device_time(struct devices *ds, struct device *d)
{
    struct dev_class_b *b = dev_b_of(ds, d);
    if (b->state != DEV_B_ASK)
        return;
    sim_time shown = ds->s.start_gps_ns + dev_b_time(b, evq_now(ds->s.evq));
    b->last = (uint32_t)(shown / BEACON_PERIOD);
    b->state = DEV_B_SEARCH;
    row_step(ds, b, evq_now(ds->s.evq), CLASS_B_SEARCH);
}

void dev_b_informed(struct devices *ds, struct device *d)
{
    struct dev_class_b *b = dev_b_of(ds, d);
    sim_time now = evq_now(ds->s.evq);
    if (b->informed)
        return;
    b->informed = true;
    if (!dev_b_keeps_time(ds, d, now))
        return;
    b->rx_time += dev_ping_rx_time(ds, b, now);
    row_step(ds, b, now, CLASS_B_ON);
    wake_for_uplink(ds, d, SIM_S(2));
}

void dev_b_share(const struct devices *ds, const struct device *d)
{
    struct dev_class_b *b = dev_b_of(ds, d);
    if (b)
        b->shared = true;
}

void dev_b_hint(const struct devices *ds, const struct device *d)
{
    if (!d->class_b)
        return;
    prefetch(dev_b_of(ds, d), sizeof(struct dev_class_b));
    prefetch(dev_b_busy_of(ds, dev_b_of(ds, d)), sizeof(struct dev_b_busy));
    if (d->clock)
        prefetch(d->clock, sizeof *d->clock);
}

sim_time dev_b_take_rx_time(const struct devices *ds, struct device *d)
{
    struct dev_class_b *b = dev_b_of(ds, d);
    sim_time taken = b ? b->rx_time : 0;
    if (b)
        b->rx_time = 0;
    return taken;
}

void dev_b_set_beacon(const struct devices *ds, struct device *d, int64_t frequency_hz)
{
    dev_b_of(ds, d)->beacon_100hz = (int32_t)(frequency_hz / 100);
}

void dev_b_set_ping(const struct devices *ds, struct device *d, int64_t frequency_hz, uint8_t dr)
{
    dev_b_of(ds, d)->ping_100hz = (int32_t)(frequency_hz / 100);
    dev_b_of(ds, d)->ping_dr = dr;
}
