/* SPDX-License-Identifier: GPL-2.0-only
 * Multicast at the device: up to four groups, their counters and sessions.
 *
 * In a class C session RXC has the group's frequency and data rate instead of RX2's; class A
 * windows keep the device's own and go first, and so does a transmission. A frame counts when its
 * counter is new and lies in the group's range, and its MIC fits. Source: TS001-1.0.4, section 11;
 * TS005-2.0.0, section 4. */
#include <string.h>

#include "models/lorawan/devices_internal.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { FIRST_PACKAGE_PORT = 200 }; /* TS008: 200 to 203 */

/* The lowest number that none of its groups has. */
static uint8_t free_group_id(const struct dev_class_c *c)
{
    unsigned used = 0;
    for (unsigned i = 0; i < c->n_mc; i++)
        used |= 1u << c->mc[i].mc_group_id;
    uint8_t id = 0;
    while (used >> id & 1)
        id++;
    return id;
}

int devices_join_group(struct devices *ds, uint32_t device, const struct device_mc *group)
{
    struct device *d = &ds->d[device];
    if (!d->c) {
        d->c = mem_alloc(1, sizeof *d->c);
        d->c->since = SIM_NEVER;
    }
    if (d->c->n_mc == DEV_GROUPS)
        return SIM_ENOSPC;
    dev_energy_advance(d, evq_now(ds->s.evq));
    dev_b_share(ds, d);
    uint8_t next_id = free_group_id(d->c);
    d->c->mc = mem_grow(d->c->mc, d->c->n_mc + 1u, sizeof *d->c->mc);
    struct device_mc *g = &d->c->mc[d->c->n_mc++];
    *g = *group;
    if (g->class_b && g->open < g->close)
        dev_b_lend(ds, d);
    if (g->mc_group_id == DEVICE_MC_NEXT)
        g->mc_group_id = next_id;
    dev_clock_session(d, g);
    g->open = g->open > d->powered_at ? g->open : d->powered_at;
    return SIM_OK;
}

static struct device_mc *find_group(const struct device *d, uint32_t mc_addr)
{
    for (unsigned i = 0; d->c && i < d->c->n_mc; i++)
        if (d->c->mc[i].mc_addr == mc_addr)
            return &d->c->mc[i];
    return NULL;
}

const struct device_mc *dev_mc_find(const struct device *d, uint32_t mc_addr)
{
    return find_group(d, mc_addr);
}

int devices_group_id(const struct devices *ds, uint32_t device, uint32_t mc_addr)
{
    const struct device_mc *g = find_group(&ds->d[device], mc_addr);
    return g ? g->mc_group_id : -1;
}

/* Is RXC with another group's session, which opened earlier, on another channel? */
static bool taken_by_other(const struct dev_class_c *c, const struct device_mc *g, sim_time at)
{
    sim_time open = dev_session_at(g, at).open;
    for (unsigned i = 0; i < c->n_mc; i++) {
        const struct device_mc *o = &c->mc[i];
        struct dev_span s = dev_session_at(o, at);
        if (!o->class_b && s.open <= at && at < s.close &&
            (o->frequency_hz != g->frequency_hz || o->dr != g->dr) &&
            (s.open != open ? s.open < open : o->mc_addr < g->mc_addr))
            return true;
    }
    return false;
}

/* The group of a frame that the session's channel carries, or NULL. */
static const struct device_mc *tuned(const struct devices *ds, const struct device *d,
                                     const struct medium_tx *tx)
{
    const struct device_mc *g = find_group(d, tx->devaddr);
    if (!g || g->class_b || tx->dr != g->dr ||
        medium_channel_frequency(ds->s.medium, tx->channel) != g->frequency_hz)
        return NULL;
    return d->c->n_mc > 1 && taken_by_other(d->c, g, tx->start) ? NULL : g;
}

bool dev_mc_span(const struct devices *ds, const struct device *d, const struct medium_tx *tx,
                 struct dev_span *s)
{
    const struct device_mc *g = tuned(ds, d, tx);
    if (!g)
        return false;
    *s = dev_c_without_gaps(d, tx, dev_session_at(g, tx->start));
    return true;
}

enum loss_reason dev_mc_hears(const struct devices *ds, const struct device *d,
                              const struct medium_tx *tx)
{
    const struct device_mc *g = tuned(ds, d, tx);
    return g ? dev_c_preamble(ds, d, tx, dev_session_at(g, tx->start)) : LOSS_WINDOW;
}

void devices_count_session(struct devices *ds, const struct medium_tx *tx, uint32_t device,
                           enum loss_reason reason)
{
    struct device_mc *g = find_group(&ds->d[device], tx->devaddr);
    if (!g || reason == LOSS_ENDED)
        return;
    g->n_frames++;
    g->n_caught += reason != LOSS_WINDOW && reason != LOSS_DEVICE_TX;
}

bool dev_mc_in_session(const struct device *d, sim_time at)
{
    for (unsigned i = 0; d->c && i < d->c->n_mc; i++) {
        struct dev_span s = dev_session_at(&d->c->mc[i], at);
        if (!d->c->mc[i].class_b && s.open <= at && at < s.close)
            return true;
    }
    return false;
}

/* The packages take what may come to a group, and say why they drop the rest. */
static void tell_packages(struct devices *ds, uint32_t device, const struct lw_frame *f,
                          uint8_t mc_group_id, struct device_mc_opened *memo)
{
    struct device_received r = {.fport = f->fport,
                                .bytes = memo->plain,
                                .len = f->payload_len,
                                .multicast = true,
                                .mc_group_id = mc_group_id};
    if (!memo->decrypted)
        lw_frame_decrypt(f, keyring_get(ds->s.keyring, memo->keys), memo->fcnt32, memo->plain);
    memo->decrypted = true;
    dev_package_received(ds, &ds->d[device], &r);
}

enum loss_reason devices_multicast(struct devices *ds, uint32_t device, const struct medium_tx *tx,
                                   const struct lw_frame *f, struct device_mc_opened *memo)
{
    struct device_mc *g = find_group(&ds->d[device], f->devaddr);
    if (!g)
        return LOSS_UNKNOWN_DEVICE;
    if (f->mtype != LW_UNCONFIRMED_DOWN || f->fport == 0 || f->fopts_len || f->ack)
        return LOSS_MALFORMED; /* TS001-1.0.4, section 11.1 */
    uint32_t fcnt32 = lw_fcnt_extend(g->fcnt, f->fcnt);
    if (fcnt32 < g->min_fcnt || fcnt32 >= g->max_fcnt)
        return LOSS_REPLAY;
    if (memo->keys != g->keys || memo->fcnt32 != fcnt32) {
        memo->keys = g->keys;
        memo->fcnt32 = fcnt32;
        memo->decrypted = false;
        memo->ok =
            lw_frame_mic_ok(f, keyring_get(ds->s.keyring, g->keys), fcnt32, tx->phy, tx->len);
    }
    if (!memo->ok) /* wrong, or of a counter that went by */
        return fcnt32 >= 65536 && lw_frame_mic_ok(f, keyring_get(ds->s.keyring, g->keys),
                                                  fcnt32 - 65536, tx->phy, tx->len)
                   ? LOSS_REPLAY
                   : LOSS_MIC;
    g->fcnt = fcnt32 + 1;
    g->fpending = f->fpending;
    ds->d[device].n_multicast++;
    if (ds->d[device].p && f->fport >= FIRST_PACKAGE_PORT)
        tell_packages(ds, device, f, g->mc_group_id, memo);
    return LOSS_NONE;
}

/* From one start of a session to the next; where several are open, the time counts once. */
sim_time dev_mc_session_time(const struct dev_class_c *c, sim_time from, sim_time to)
{
    sim_time sum = 0;
    while (from < to) {
        sim_time end = from, next = to;
        for (unsigned i = 0; i < c->n_mc; i++) {
            const struct device_mc *g = &c->mc[i];
            if (g->class_b)
                continue;
            if (g->open <= from && g->close > end)
                end = g->close;
            else if (g->open > from && g->open < next)
                next = g->open;
        }
        end = end < to ? end : to;
        sum += end - from;
        from = end > from ? end : next;
    }
    return sum;
}

/* The session ends now, or never begins. */
static void end_session(const struct devices *ds, struct device *d, struct device_mc *g)
{
    sim_time now = evq_now(ds->s.evq);
    dev_energy_advance(d, now);
    g->close = g->close < now ? g->close : now;
    g->open = g->open < g->close ? g->open : g->close;
}

/* It gives way to another one: its row. */
static void close_session(const struct devices *ds, struct device *d, struct device_mc *g)
{
    end_session(ds, d, g);
    dev_window_session(ds, d, g);
    g->n_frames = g->n_caught = 0;
}

void devices_set_session(struct devices *ds, uint32_t device, uint32_t mc_addr,
                         const struct device_mc_session *s)
{
    struct device *d = &ds->d[device];
    struct device_mc *g = find_group(d, mc_addr);
    if (!g)
        return;
    sim_time now = evq_now(ds->s.evq);
    close_session(ds, d, g);
    g->frequency_hz = s->frequency_hz;
    g->dr = s->dr;
    g->class_b = s->class_b;
    if (g->class_b)
        dev_b_lend(ds, d);
    g->periodicity = s->periodicity;
    g->open = s->open_gps_ns - ds->s.start_gps_ns;
    g->close = s->close_gps_ns - ds->s.start_gps_ns;
    dev_clock_session(d, g);
    g->open = g->open > now ? g->open : now;
    g->close = g->close > g->open ? g->close : g->open;
}

void devices_end_session(struct devices *ds, uint32_t device, uint32_t mc_addr)
{
    struct device_mc *g = find_group(&ds->d[device], mc_addr);
    if (g)
        end_session(ds, &ds->d[device], g);
}

void devices_end_sessions(struct devices *ds, uint32_t device, unsigned mc_group_mask)
{
    struct dev_class_c *c = ds->d[device].c;
    for (unsigned i = 0; c && i < c->n_mc; i++)
        if (mc_group_mask >> c->mc[i].mc_group_id & 1)
            end_session(ds, &ds->d[device], &c->mc[i]);
}

void devices_leave_group(struct devices *ds, uint32_t device, uint32_t mc_addr)
{
    struct device *d = &ds->d[device];
    struct device_mc *g = find_group(d, mc_addr);
    if (!g)
        return;
    close_session(ds, d, g);
    *g = d->c->mc[--d->c->n_mc];
}
