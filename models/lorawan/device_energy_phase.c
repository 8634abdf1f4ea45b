/* SPDX-License-Identifier: GPL-2.0-only
 * In which phase of a firmware campaign a device drew what. A phase that begins is noted only; time
 * is shared out when nothing is decided any more, as for the whole run, and cut at the notes. */
#include <stdlib.h>

#include "models/lorawan/devices_internal.h"
#include "sim/mem.h"

/* From an instant on. */
struct mark {
    sim_time at;
    enum energy_phase phase;
};

struct dev_energy_phases {
    enum energy_phase now; /* of the time shared out last */
    unsigned n_marks;      /* not shared out yet */
    struct mark *marks;    /* in the order of time */
    struct energy_use use[N_ENERGY_PHASE];
    sim_time from[N_ENERGY_PHASE], length[N_ENERGY_PHASE]; /* begin of the first, sum of all */
};

void dev_energy_phases_free(struct dev_energy_phases *p)
{
    if (p)
        free(p->marks);
    free(p);
}

/* What came before the campaign. */
static struct dev_energy_phases *make(const struct device *d)
{
    struct dev_energy_phases *p = mem_alloc(1, sizeof *p);
    p->now = ENERGY_PHASE_REST;
    p->use[p->now] = d->energy.use;
    p->from[p->now] = d->powered_at;
    p->length[p->now] = d->energy.until - d->powered_at;
    return p;
}

static enum energy_phase newest(const struct dev_energy_phases *p)
{
    return p->n_marks ? p->marks[p->n_marks - 1].phase : p->now;
}

void dev_energy_phases_rx(struct dev_energy_phases *p, sim_time t)
{
    p->use[newest(p)].time[ENERGY_RX] += t;
}

void devices_energy_phase(struct devices *ds, uint32_t device, enum energy_phase phase)
{
    struct device *d = &ds->d[device];
    if (!d->energy.phases)
        d->energy.phases = make(d);
    struct dev_energy_phases *p = d->energy.phases;
    dev_energy_beacons(ds, d);
    if (newest(p) == phase)
        return;
    p->marks = mem_grow(p->marks, p->n_marks + 1, sizeof *p->marks);
    p->marks[p->n_marks++] = (struct mark){evq_now(ds->s.evq), phase};
}

static void count(const struct device *d, struct dev_energy_phases *p, struct dev_span s)
{
    if (s.close <= s.open)
        return;
    if (p->length[p->now] == 0)
        p->from[p->now] = s.open;
    p->length[p->now] += s.close - s.open;
    dev_energy_share(d, s, &p->use[p->now]);
}

void dev_energy_phases_advance(const struct device *d, struct dev_span s)
{
    struct dev_energy_phases *p = d->energy.phases;
    unsigned n = 0;
    for (; n < p->n_marks && p->marks[n].at <= s.close; n++) {
        count(d, p, (struct dev_span){s.open, p->marks[n].at});
        s.open = p->marks[n].at > s.open ? p->marks[n].at : s.open;
        p->now = p->marks[n].phase;
    }
    p->n_marks -= n;
    for (unsigned i = 0; i < p->n_marks; i++)
        p->marks[i] = p->marks[i + n];
    count(d, p, s);
}

void dev_energy_phases_rows(const struct devices *ds, const struct device *d)
{
    const struct dev_energy_phases *p = d->energy.phases;
    for (enum energy_phase i = 0; i < N_ENERGY_PHASE; i++)
        if (p->length[i] > 0)
            dev_energy_phase_row(ds, d, i, p->from[i], p->length[i], &p->use[i]);
}
