/* SPDX-License-Identifier: GPL-2.0-only
 * What each device did, as rows. */
#include <inttypes.h>

#include "models/lorawan/devices_internal.h"

static void fill_link(const struct devices *ds, uint32_t i, struct row_device_stat *r,
                      const int64_t *gateway_ids)
{
    const struct links *l = ds->s.links;
    r->best_gateway = r->best_gain_cdb = r->best_dr = ROW_NULL;
    for (uint32_t k = l->first[i]; k < l->first[i + 1]; k++) {
        if (ds->s.gateway_network[l->link[k].gateway] != ds->d[i].network)
            continue;
        r->best_gateway = gateway_ids[l->link[k].gateway];
        r->best_gain_cdb = l->link[k].gain_cdb;
        int dr = devices_best_dr(ds, i, &l->link[k]);
        if (dr >= 0)
            r->best_dr = dr;
        return;
    }
}

static void fill_energy(const struct devices *ds, struct device *d, struct row_device_stat *r)
{
    struct energy_sum s = dev_energy_sum(ds, d);
    r->energy_uj = s.total_uj;
    r->tx_energy_uj = s.uj[ENERGY_TX] + s.uj[ENERGY_JOIN_TX];
    r->rx_energy_uj = s.uj[ENERGY_RX] + s.uj[ENERGY_JOIN_RX] + s.uj[ENERGY_RXC];
    r->battery_days = energy_battery_days(&dev_group_of(ds, d)->g.cfg->energy, s.total_uj,
                                          ds->s.duration - d->powered_at);
}

static void row_device(const struct devices *ds, uint32_t i, const int64_t *gateway_ids)
{
    struct device *d = &ds->d[i];
    struct row_device_stat r = {.device = d->id,
                                .devaddr = d->joined ? (int64_t)d->devaddr : ROW_NULL,
                                .dr = d->dr,
                                .tx_power_cdbm = dev_power_cdbm(ds, d),
                                .joined_ns = d->joined_at < 0 ? ROW_NULL : d->joined_at,
                                .n_join_requests = d->n_join_requests,
                                .n_messages = d->n_messages,
                                .n_messages_dropped = d->n_dropped,
                                .n_messages_delivered = d->n_delivered,
                                .n_tx = d->seq,
                                .n_tx_received = d->n_received,
                                .n_rx = d->n_rx,
                                .n_downlinks = d->n_downlinks,
                                .n_downlinks_delivered = d->n_downlinks_delivered,
                                .n_multicast = d->n_multicast,
                                .airtime_ns = d->airtime,
                                .gap_min_ns = d->gap_min == SIM_NEVER ? ROW_NULL : d->gap_min,
                                .gap_max_ns = d->gap_min == SIM_NEVER ? ROW_NULL : d->gap_max,
                                .gap_sum_ns = d->first_tx < 0 ? 0 : d->last_tx - d->first_tx};
    fill_energy(ds, d, &r);
    fill_link(ds, i, &r, gateway_ids);
    trace_row(ds->s.trace, ROW_DEVICE_STAT, &r);
    dev_energy_rows(ds, d);
}

static void rows_duty(const struct devices *ds)
{
    for (int b = 0; b < ds->s.region->n_sub_bands; b++) {
        uint64_t refused = 0;
        for (uint32_t i = 0; b == 0 && i < ds->s.n_devices; i++)
            refused += ds->d[i].n_duty_refused;
        struct row_duty_stat r = {.node = ROW_NULL,
                                  .sub_band = ds->s.region->sub_bands[b].name,
                                  .limit_ppm = ds->s.region->sub_bands[b].duty_ppm,
                                  .airtime_ns = ds->band_use[b].airtime,
                                  .max_hour_ns = ds->band_use[b].max_hour,
                                  .n_refused = (int64_t)refused};
        trace_row(ds->s.trace, ROW_DUTY_STAT, &r);
    }
}

void devices_finish(struct devices *ds, const int64_t *gateway_ids)
{
    for (uint32_t i = 0; i < ds->s.n_devices; i++)
        row_device(ds, i, gateway_ids);
    rows_duty(ds);
    dev_clock_sample(ds, ds->s.duration, CLOCK_SOURCE_END);
    for (uint32_t i = 0; trace_wants(ds->s.trace, ROW_WINDOW) && i < ds->s.n_devices; i++) {
        dev_window_log_end(ds, &ds->d[i]);
        dev_window_sessions(ds, &ds->d[i]);
    }
}
