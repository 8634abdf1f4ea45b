/* SPDX-License-Identifier: GPL-2.0-only
 * A device sends and receives for the application packages that run on it. */
#include "models/lorawan/device_packages.h"

#include "models/lorawan/devices_internal.h"
#include "sim/mem.h"

static const int64_t MAX_OFFSET = INT64_C(1) << 61; /* 73 years: no clock is that wrong */

void devices_set_packages(struct devices *ds, const struct device_package_ops *ops)
{
    ds->packages = *ops;
}

void dev_packages_init(struct device *d, const struct package_cfg *cfg)
{
    if (!package_any(cfg))
        return;
    d->p = mem_alloc(1, sizeof *d->p);
    if (cfg->multicast_setup && !d->c) {
        d->c = mem_alloc(1, sizeof *d->c);
        d->c->since = SIM_NEVER;
    }
}

/* 1 ns later: messages of this instant go first, in whatever order the events run. */
void devices_send_packet(struct devices *ds, uint32_t device, const struct device_packet *p)
{
    struct device *d = &ds->d[device];
    if (d->p->n == DEV_PACKETS) {
        ds->packages.dropped(ds->packages.ctx, device, p, DEVICE_PACKET_FULL);
        return;
    }
    if (!d->p->queue)
        d->p->queue = mem_alloc(DEV_PACKETS, sizeof *d->p->queue);
    struct dev_packet *q = &d->p->queue[(d->p->head + d->p->n++) % DEV_PACKETS];
    q->packet = *p;
    q->due = evq_now(ds->s.evq) + 1;
    dev_wake_at(ds, d, q->due);
}

static int room(const struct devices *ds, const struct device *d)
{
    int n = region_max_mac_payload(ds->s.region, d->dr, d->up_dwell) - 8;
    return n < 0 ? 0 : n > DEVICE_PACKET_MAX ? DEVICE_PACKET_MAX : n;
}

size_t devices_packet_room(const struct devices *ds, uint32_t device)
{
    return (size_t)room(ds, &ds->d[device]);
}

sim_time dev_packet_due(const struct device *d)
{
    return d->p && d->p->n ? d->p->queue[d->p->head].due : SIM_NEVER;
}

struct device_packet *dev_packet_first(const struct device *d)
{
    return &d->p->queue[d->p->head].packet;
}

void dev_packet_done(struct device *d)
{
    d->p->head = (d->p->head + 1) % DEV_PACKETS;
    d->p->n--;
}

const struct device_packet *dev_packet_take(struct devices *ds, struct device *d, sim_time now)
{
    while (dev_packet_due(d) <= now) {
        struct device_packet *p = dev_packet_first(d);
        if (p->len <= room(ds, d))
            return p;
        ds->packages.dropped(ds->packages.ctx, dev_index(ds, d), p, DEVICE_PACKET_TOO_LONG);
        dev_packet_done(d);
    }
    return NULL;
}

void dev_packages_joined(struct devices *ds, struct device *d, sim_time at)
{
    if (d->p)
        ds->packages.joined(ds->packages.ctx, dev_index(ds, d), at);
}

bool dev_package_received(struct devices *ds, struct device *d, const struct device_received *r)
{
    return d->p && ds->packages.received(ds->packages.ctx, dev_index(ds, d), r);
}

int64_t devices_gps_ns(const struct devices *ds, uint32_t device, sim_time at)
{
    const struct device *d = &ds->d[device];
    return ds->s.start_gps_ns + (d->clock ? clock_read(&d->clock->clock, at) : at);
}

sim_time devices_when_gps(const struct devices *ds, uint32_t device, int64_t gps_ns)
{
    const struct device *d = &ds->d[device];
    if (gps_ns <= ds->s.start_gps_ns - MAX_OFFSET)
        return 0;
    if (gps_ns == INT64_MAX || gps_ns - ds->s.start_gps_ns > MAX_OFFSET)
        return SIM_NEVER;
    int64_t reading = gps_ns - ds->s.start_gps_ns;
    sim_time at = d->clock ? clock_alarm(&d->clock->clock, reading) : reading;
    return at > 0 ? at : 0;
}

sim_time devices_uptime(const struct devices *ds, uint32_t device, sim_time at)
{
    const struct device *d = &ds->d[device];
    return d->clock ? clock_count_at(&d->clock->clock, at) / CLOCK_PER_NS : at;
}

sim_time devices_when_uptime(const struct devices *ds, uint32_t device, sim_time uptime)
{
    const struct device *d = &ds->d[device];
    if (uptime > CLOCK_END)
        return SIM_NEVER;
    return d->clock ? clock_when_count(&d->clock->clock, uptime * CLOCK_PER_NS) : uptime;
}

bool devices_correct_clock(struct devices *ds, uint32_t device, int64_t step_ns,
                           enum clock_source source)
{
    struct device *d = &ds->d[device];
    return !d->clock || dev_clock_correct(ds, d, step_ns, source);
}
