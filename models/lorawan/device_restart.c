/* SPDX-License-Identifier: GPL-2.0-only
 * A device restarts: it is off the air for a while, and what was in its memory is gone. Counters,
 * keys, multicast groups and the clock live on, as in non-volatile memory. A transmission that has
 * begun goes to its end; its windows stay shut. */
#include "models/lorawan/devices_internal.h"

/* What was being sent is not repeated; its counter is used. */
static void forget(struct device *d)
{
    struct dev_frame *f = &d->frame;
    if (f->active && f->tries > 0)
        d->fcnt_up++;
    d->n_dropped += d->n_messages - d->head;
    d->n_dropped += f->active && f->tries == 0 && f->message != UINT32_MAX;
    d->head = d->n_messages;
    *f = (struct dev_frame){.message = UINT32_MAX};
    d->n_answers = d->n_sticky = 0;
    d->ack_owed = d->uplink_wanted = false;
    if (d->p)
        d->p->n = 0;
    if (d->clock)
        d->clock->asked_end = -1;
}

void devices_restart(struct devices *ds, uint32_t device, sim_time off, bool rejoin)
{
    struct device *d = &ds->d[device];
    sim_time now = evq_now(ds->s.evq);
    sim_time until = (d->tx_end > now ? d->tx_end : now) + off;
    dev_energy_advance(d, now);
    forget(d);
    d->rx1_channel = UINT16_MAX; /* no class A window is open */
    d->got_downlink = true;
    d->free_at = until;
    d->retry_at = until;
    if (d->c)
        dev_c_restart(d, now, until);
    if (rejoin && dev_group_of(ds, d)->g.cfg->activation == ACT_OTAA)
        d->joined = false;
    dev_wake_at(ds, d, until);
}
