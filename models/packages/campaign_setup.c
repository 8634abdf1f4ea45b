/* SPDX-License-Identifier: GPL-2.0-only
 * Bounds on the set-up of a fleet. */
#include "models/packages/campaign_setup.h"

#include "models/lorawan/devices.h"
#include "models/lorawan/frame.h"

enum { ALL_PPM = 1000000, MAC_HEAD = 8 };

static int32_t duty_of(const struct campaign_setup_input *in, int64_t hz)
{
    int band = region_sub_band(in->region, hz);
    return in->duty_cycle && band >= 0 ? in->region->sub_bands[band].duty_ppm : ALL_PPM;
}

/* Air time an hour, as a share, that a gateway has for frames spread over RX1's frequencies: the
 * sub-band that is exhausted first decides. */
static double rx1_share(const struct campaign_setup_input *in)
{
    double least = 1;
    for (unsigned i = 0; i < in->n_rx1; i++) {
        unsigned n_same = 0;
        for (unsigned k = 0; k < in->n_rx1; k++)
            n_same += region_sub_band(in->region, in->rx1_hz[k]) ==
                      region_sub_band(in->region, in->rx1_hz[i]);
        double share = duty_of(in, in->rx1_hz[i]) * (double)in->n_rx1 / n_same / ALL_PPM;
        least = share < least ? share : least;
    }
    return least;
}

static bool shares_band(const struct campaign_setup_input *in)
{
    for (unsigned i = 0; i < in->n_rx1; i++)
        if (region_sub_band(in->region, in->rx1_hz[i]) == region_sub_band(in->region, in->rx2_hz))
            return true;
    return false;
}

/* Of every request to the members at an uplink data rate, in a window of this data rate. */
static sim_time airtime_of(const struct campaign_setup_input *in, int dr)
{
    sim_time sum = 0;
    for (unsigned i = 0; i < in->n_requests; i++)
        sum += in->requests[i].n *
               devices_airtime(in->region, dr, (int)in->requests[i].len + LW_DATA_OVERHEAD, true);
    return sum;
}

static bool fits(const struct campaign_setup_input *in, int dr)
{
    for (unsigned i = 0; i < in->n_requests; i++)
        if ((int)in->requests[i].len > region_max_mac_payload(in->region, dr, false) - MAC_HEAD)
            return false;
    return true;
}

/* Both windows work side by side in bands of their own, else the better one alone. */
static double seconds_of(const struct campaign_setup_input *in, const struct campaign_setup *s,
                         bool rx1_fits)
{
    double share1 = rx1_share(in), share2 = (double)duty_of(in, in->rx2_hz) / ALL_PPM;
    double t1 = (double)s->airtime_rx1 / 1e9 / share1, t2 = (double)s->airtime_rx2 / 1e9 / share2;
    if (!in->use_rx1 || !rx1_fits)
        return t2;
    if (!in->use_rx2)
        return t1;
    if (shares_band(in) || share1 >= 1 || share2 >= 1) /* one transmitter */
        return t1 < t2 ? t1 : t2;
    return 1 / (1 / t1 + 1 / t2);
}

void campaign_setup_find(struct campaign_setup *s, const struct campaign_setup_input *in)
{
    uint64_t n_members = 0;
    unsigned per_member = 0;
    bool rx1_fits = true;
    *s = (struct campaign_setup){.n_gateways = in->n_gateways ? in->n_gateways : 1};
    for (unsigned i = 0; i < in->n_requests; i++)
        per_member += in->requests[i].n;
    for (int dr = 0; dr < REGION_N_DR; dr++) {
        if (!in->n_at_dr[dr])
            continue;
        int rx1_dr = region_rx1_dr(in->region, dr, in->rx1_dr_offset, false);
        n_members += in->n_at_dr[dr];
        rx1_fits = rx1_fits && rx1_dr >= 0 && fits(in, rx1_dr);
        if (rx1_dr >= 0)
            s->airtime_rx1 += in->n_at_dr[dr] * airtime_of(in, rx1_dr);
        s->airtime_rx2 += in->n_at_dr[dr] * airtime_of(in, in->rx2_dr);
    }
    s->n_requests = n_members * per_member;
    if (!s->n_requests)
        return;
    double seconds = seconds_of(in, s, rx1_fits) / s->n_gateways;
    s->by_duty = (sim_time)(seconds * 1e9);
    s->by_uplinks = in->uplink_period == SIM_NEVER ? SIM_NEVER : per_member * in->uplink_period;
}
