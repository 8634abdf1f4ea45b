/* SPDX-License-Identifier: GPL-2.0-only
 * Beacons of gateways: one event every 128 s of GPS time for all of them, TBeaconDelay behind the
 * multiple. They go before everything else: downlinks keep clear of them, of 2.12 s behind them
 * and, class B, of 3 s before them; their share of the duty cycle is kept free. Source:
 * TS001-1.0.4, class B beaconing; the just-in-time queue of packet_forwarder. */
#include <string.h>

#include "models/lorawan/gateways_internal.h"
#include "models/radio/airtime.h"
#include "sim/err.h"
#include "sim/mem.h"

enum { BEACONS_AN_HOUR = 29 }; /* at most, in any hour */

bool gateways_beacons(const struct gateways *gs, unsigned gateway)
{
    return gs->s.gateways[gateway].beacons;
}

/* Of a time: since the beacon at or before it, as the period is 128 s of GPS time. */
static sim_time since_beacon(const struct gateways *gs, sim_time at)
{
    return (gs->s.start_gps_ns + at) % BEACON_PERIOD;
}

sim_time gateways_clear_of_beacons(const struct gateways *gs, unsigned gateway, sim_time at,
                                   sim_time airtime, sim_time before)
{
    if (!gs->s.gateways[gateway].beacons)
        return at;
    sim_time since = since_beacon(gs, at);
    if (since < BEACON_RESERVED)
        return at + BEACON_RESERVED - since;
    if (since + airtime + before > BEACON_PERIOD)
        return at + BEACON_PERIOD - since + BEACON_RESERVED;
    return at;
}

bool gateways_clear_of_guard(const struct gateways *gs, unsigned gateway, sim_time start,
                             sim_time end)
{
    return gateways_clear_of_beacons(gs, gateway, start, end - start, BEACON_GUARD) == start;
}

static bool in_band(const struct gateways *gs, unsigned gateway, int band)
{
    return gs->s.gateways[gateway].beacons &&
           region_sub_band(gs->s.region, gs->s.region->beacon_frequency_hz) == band;
}

sim_time gateways_beacon_reserve(const struct gateways *gs, unsigned gateway, int band)
{
    if (!in_band(gs, gateway, band))
        return 0;
    uint32_t sent = gs->g[gateway].n_beacons;
    uint32_t more = sent < BEACONS_AN_HOUR - 1 ? BEACONS_AN_HOUR - sent : 1;
    return more * beacon_airtime(beacon_layout_of(gs->s.region));
}

sim_time gateways_next_beacon(const struct gateways *gs, unsigned gateway, int band, sim_time at)
{
    if (!in_band(gs, gateway, band))
        return SIM_NEVER;
    return at + BEACON_PERIOD - since_beacon(gs, at);
}

/* The gateway's bytes, for captures. */
static void trace_bytes(const struct gateways *gs, const struct medium_beacon *b,
                        const struct medium_beacon_copy *c, const uint8_t *bytes, int64_t hz)
{
    struct trace_frame f = {.gateway = gs->s.gateways[c->gateway].id,
                            .beacon = true,
                            .start_ns = b->start + c->offset,
                            .end_ns = b->end + c->offset,
                            .frequency_hz = hz,
                            .bandwidth_hz = gs->s.region->dr[b->dr].bw_hz,
                            .sf = b->sfi + 7,
                            .power_cdbm = c->power_cdbm,
                            .bytes = bytes,
                            .len = b->len};
    trace_frame(gs->s.trace, &f);
}

/* May it send this one, and when? A gateway whose time is fast is early. */
static bool copy_of(struct gateways *gs, unsigned gateway, const struct medium_beacon *b,
                    int64_t hz, struct medium_beacon_copy *c)
{
    const struct gateway_sender *g = &gs->s.gateways[gateway];
    int64_t error = 0;
    if (!g->beacons || !gateway_clock_gps(g->clock, b->start, &error) ||
        medium_gateway_down(gs->s.medium, gateway, b->start - error, b->end - error))
        return false;
    *c = (struct medium_beacon_copy){.gateway = (uint16_t)gateway,
                                     .offset = -error,
                                     .power_cdbm = gateways_power_cdbm(gs, gateway, hz),
                                     .seq = gs->g[gateway].seq++};
    return true;
}

/* The bytes of one gateway's beacon. */
static void encode(const struct gateways *gs, unsigned gateway, uint32_t time_s, uint8_t *bytes)
{
    struct beacon frame = gs->s.gateways[gateway].beacon;
    frame.time_s = time_s;
    int len = beacon_encode(beacon_layout_of(gs->s.region), &frame, bytes);
    SIM_CHECK(len > 0, "beacon of %d octets", len);
}

static void count_copy(struct gateways *gs, const struct medium_beacon *b, uint32_t time_s,
                       const struct medium_beacon_copy *c, int64_t hz)
{
    struct sender *g = &gs->g[c->gateway];
    g->n_beacons++;
    g->air_until = b->end + c->offset > g->air_until ? b->end + c->offset : g->air_until;
    g->book_until = b->end + c->offset > g->book_until ? b->end + c->offset : g->book_until;
    gateways_count_use(gs, c->gateway, hz, b->start, b->end - b->start);
    if (!gs->s.trace->frames)
        return;
    uint8_t bytes[BEACON_MAX_LEN];
    encode(gs, c->gateway, time_s, bytes);
    trace_bytes(gs, b, c, bytes, hz);
}

static void post_next(struct gateways *gs, sim_time at)
{
    if (at < gs->s.duration)
        evq_push(gs->s.evq, at, gs->beacon_event, gs, 0);
}

static void on_beacon(void *obj, uint32_t arg)
{
    (void)arg;
    struct gateways *gs = obj;
    const struct region *r = gs->s.region;
    const struct beacon_layout *l = beacon_layout_of(r);
    sim_time now = evq_now(gs->s.evq);
    uint32_t time_s = beacon_time_of(gs->s.start_gps_ns + now);
    int64_t hz = beacon_hz(r, time_s);
    struct medium_beacon b = {.start = now,
                              .lock = now + beacon_airtime_lock(l),
                              .end = now + beacon_airtime(l),
                              .symbol = airtime_symbol(l->sf, l->bw_hz),
                              .channel = medium_channel(gs->s.medium, hz, l->bw_hz),
                              .dr = (uint8_t)r->beacon_dr,
                              .sfi = (uint8_t)(l->sf - 7),
                              .len = (uint8_t)l->len,
                              .number = time_s / BEACON_PERIOD_S,
                              .copies = gs->copies};
    for (unsigned i = 0; i < gs->s.n_gateways; i++)
        b.n_copies += copy_of(gs, i, &b, hz, &gs->copies[b.n_copies]);
    if (b.n_copies) {
        encode(gs, gs->copies[0].gateway, time_s, b.phy);
        medium_send_beacon(gs->s.medium, &b);
    }
    for (unsigned i = 0; i < b.n_copies; i++)
        count_copy(gs, &b, time_s, &gs->copies[i], hz);
    post_next(gs, now + BEACON_PERIOD);
}

void gateways_open_beacons(struct gateways *gs)
{
    bool any = false;
    for (unsigned i = 0; i < gs->s.n_gateways; i++)
        any |= gs->s.gateways[i].beacons;
    if (!any)
        return;
    gs->beacon_event = evq_kind_add(gs->s.evq, on_beacon, "beacon");
    gs->copies = mem_alloc(gs->s.n_gateways, sizeof *gs->copies);
    sim_time since = since_beacon(gs, 0);
    post_next(gs, (since ? BEACON_PERIOD - since : 0) + BEACON_DELAY);
}
