/* SPDX-License-Identifier: GPL-2.0-only
 * The next ping slot that has room for a frame before the beacon guard. */
#include "models/server/ping_plan.h"

#include "models/lorawan/pingslot.h"
#include "models/radio/region.h"
#include "sim/err.h"

static const sim_time MAX_AIRTIME = SIM_S(100);

void ping_plan_init(struct ping_plan *p, const struct region *r, int64_t start_gps_ns)
{
    pingslot_key_init(&p->zero_key);
    p->region = r;
    p->start_gps_ns = start_gps_ns;
}

struct ping_place ping_plan_next(const struct ping_plan *p, const struct ping_listener *l,
                                 sim_time at, sim_time airtime)
{
    SIM_CHECK(at >= 0 && airtime <= MAX_AIRTIME, "%lld ns on the air at %lld ns",
              (long long)airtime, (long long)at);
    int64_t gps_ns = p->start_gps_ns + at;
    for (;;) {
        struct pingslot s = pingslot_next(&p->zero_key, l->addr, l->periodicity, gps_ns);
        int64_t guard = s.beacon_gps_ns + BEACON_PERIOD - BEACON_GUARD;
        if (s.start_gps_ns + airtime <= guard) {
            int64_t hz = l->frequency_hz;
            if (!hz)
                hz = pingslot_hz(p->region, beacon_time_of(s.beacon_gps_ns), l->addr);
            return (struct ping_place){s.start_gps_ns - p->start_gps_ns, hz};
        }
        gps_ns = s.start_gps_ns + 1;
    }
}
