/* SPDX-License-Identifier: GPL-2.0-only
 * Which state a device was in, exactly: time is cut into stretches in which nothing is decided any
 * more (until the next transmission, until a session changes, until the end), and each stretch is
 * shared out from what is known then: the last transmission, its windows as they turned out, RXC
 * and sessions. */
#include "models/lorawan/devices_internal.h"

static sim_time length(struct dev_span s)
{
    return s.close - s.open;
}

static struct dev_span common(struct dev_span s, struct dev_span with)
{
    sim_time open = s.open > with.open ? s.open : with.open;
    sim_time close = s.close < with.close ? s.close : with.close;
    return (struct dev_span){open, close > open ? close : open};
}

/* For how long RXC would be open within s, if there were neither transmissions nor windows. */
static sim_time rxc_time(const struct device *d, struct dev_span s)
{
    if (!d->c || s.close <= s.open)
        return 0;
    sim_time since = d->c->since < s.close ? d->c->since : s.close; /* class C from here on */
    sim_time always = s.close - (since > s.open ? since : s.open);
    return always + dev_mc_session_time(d->c, s.open, since);
}

void dev_energy_share(const struct device *d, struct dev_span now, struct energy_use *use)
{
    const struct dev_energy *e = &d->energy;
    struct dev_span w1 = e->window[0], w2 = e->window[1];
    w2.open = w2.open > w1.close ? w2.open : w1.close; /* a reception in RX1 may reach into RX2 */
    const struct dev_span part[] = {
        common(now, (struct dev_span){d->last_tx, d->tx_end}),
        common(now, w1),
        common(now, w2),
    };
    sim_time tx = length(part[0]);
    use->time[e->joining ? ENERGY_JOIN_TX : ENERGY_TX] += tx;
    *(e->joining ? &use->join_tx_pc : &use->tx_pc) += energy_charge_pc(tx, e->tx_na);
    use->time[e->joining ? ENERGY_JOIN_RX : ENERGY_RX] += length(part[1]) + length(part[2]);
    const struct dev_span wait[] = {{d->tx_end, w1.open}, {w1.close, w2.open}};
    for (int i = 0; i < 2; i++) {
        struct dev_span idle = common(now, wait[i]);
        if (length(e->window[i]) > 0) /* else it stays shut, and nothing is waited for */
            use->time[ENERGY_IDLE] += length(idle) - rxc_time(d, idle);
    }
    if (!d->c)
        return;
    use->time[ENERGY_RXC] += rxc_time(d, now);
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        use->time[ENERGY_RXC] -= rxc_time(d, part[i]);
}

void dev_energy_advance(struct device *d, sim_time to)
{
    struct dev_energy *e = &d->energy;
    struct dev_span now = {e->until, to};
    if (to <= e->until)
        return;
    e->until = to;
    dev_energy_share(d, now, &e->use);
    if (e->phases)
        dev_energy_phases_advance(d, now);
}

void dev_energy_beacons(const struct devices *ds, struct device *d)
{
    sim_time t = dev_b_take_rx_time(ds, d);
    d->energy.use.time[ENERGY_RX] += t;
    if (d->energy.phases)
        dev_energy_phases_rx(d->energy.phases, t);
}

void dev_energy_uplink(const struct devices *ds, struct device *d, int power_cdbm, bool joining)
{
    struct dev_energy *e = &d->energy;
    e->tx_na = energy_tx_na(&dev_group_of(ds, d)->g.cfg->energy, power_cdbm);
    e->joining = joining;
    for (int i = 0; i < 2; i++)
        e->window[i] = dev_rx_window(ds, d, i + 1);
}

struct energy_sum dev_energy_sum(const struct devices *ds, struct device *d)
{
    dev_energy_advance(d, ds->s.duration);
    dev_energy_beacons(ds, d);
    return energy_of(&dev_group_of(ds, d)->g.cfg->energy, &d->energy.use,
                     ds->s.duration - d->powered_at);
}

void dev_energy_phase_row(const struct devices *ds, const struct device *d, enum energy_phase phase,
                          sim_time from, sim_time length, const struct energy_use *u)
{
    const struct energy_cfg *cfg = &dev_group_of(ds, d)->g.cfg->energy;
    struct energy_sum s = energy_of(cfg, u, length);
    struct row_energy r = {.device = d->id,
                           .phase = phase,
                           .from_ns = from,
                           .length_ns = length,
                           .tx_ns = u->time[ENERGY_TX],
                           .rx_ns = u->time[ENERGY_RX],
                           .join_ns = u->time[ENERGY_JOIN_TX] + u->time[ENERGY_JOIN_RX],
                           .rxc_ns = u->time[ENERGY_RXC],
                           .idle_ns = u->time[ENERGY_IDLE],
                           .tx_uj = s.uj[ENERGY_TX],
                           .rx_uj = s.uj[ENERGY_RX],
                           .join_uj = s.uj[ENERGY_JOIN_TX] + s.uj[ENERGY_JOIN_RX],
                           .rxc_uj = s.uj[ENERGY_RXC],
                           .idle_uj = s.uj[ENERGY_IDLE],
                           .sleep_uj = s.uj[ENERGY_SLEEP]};
    trace_row(ds->s.trace, ROW_ENERGY, &r);
}

void dev_energy_rows(const struct devices *ds, const struct device *d)
{
    sim_time from = d->powered_at < ds->s.duration ? d->powered_at : ds->s.duration;
    dev_energy_phase_row(ds, d, ENERGY_PHASE_RUN, from, ds->s.duration - from, &d->energy.use);
    if (d->energy.phases)
        dev_energy_phases_rows(ds, d);
}
