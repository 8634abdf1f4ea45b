/* SPDX-License-Identifier: GPL-2.0-only
 * The clocks of a gateway. Its GPS time is a function of true time alone: exact, or since the start
 * of a failure by the count of the crystal. */
#include "models/lorawan/gateway_clock.h"

#include <stddef.h>
#include <stdlib.h>

#include "sim/mem.h"

#define F(field) offsetof(struct gateway_clock_fail_cfg, field)
#define G(field) offsetof(struct gateway_clock_cfg, field)

static const char *const gps_names[] = {"locked", "failed", NULL};

static const struct scn_key fail_keys[] = {
    {.name = "from",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = F(from_ns),
     .min = "0s",
     .max = "3650d",
     .def = "0s",
     .help = "When GPS fails."},
    {.name = "to",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = F(to_ns),
     .min = "0s",
     .max = "3650d",
     .def = "end",
     .word = "end",
     .help = "When it is back."},
    {.name = NULL},
};
static const struct scn_section fail_section = {.name = "gps_fails",
                                                .help = "When a gateway's GPS fails.",
                                                .keys = fail_keys,
                                                .size = sizeof(struct gateway_clock_fail_cfg)};

static const struct scn_key clock_keys[] = {
    {.name = "gps",
     .kind = SCN_ENUM,
     .offset = G(gps),
     .names = gps_names,
     .def = "locked",
     .help = "locked: the gateway knows GPS time but for its failures; failed: it never does."},
    {.name = "fails",
     .kind = SCN_LIST,
     .offset = G(fails),
     .sub = &fail_section,
     .only = "gps=locked",
     .help = "When GPS fails, one after the other."},
    {.name = "holdover",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = G(holdover_ns),
     .min = "0s",
     .max = "3650d",
     .def = "30s",
     .only = "gps=locked",
     .help = "So long the crystal's count is taken for GPS time; then the gateway gives no time to "
             "the server, refuses downlinks at a GPS time and sends no beacon."},
    {.name = "drift",
     .kind = SCN_DIST,
     .unit = SCN_DRIFT,
     .offset = G(crystal.drift_ppb),
     .min = "-1000ppm",
     .max = "1000ppm",
     .def = "0ppm",
     .help = "Of the concentrator's crystal, per gateway; GPS or not, it times downlinks behind an "
             "uplink."},
    {.name = "wander",
     .kind = SCN_QUANTITY,
     .unit = SCN_DRIFT,
     .offset = G(crystal.wander_ppb),
     .min = "0ppb",
     .max = "100ppb",
     .def = "0ppb",
     .help = "Random walk of the drift: its standard deviation after one hour."},
    {.name = NULL},
};
const struct scn_section gateway_clock_section = {.name = "gateway_clock",
                                                  .help = "The clocks of each gateway.",
                                                  .keys = clock_keys,
                                                  .size = sizeof(struct gateway_clock_cfg)};

struct gateway_clock {
    const struct gateway_clock_cfg *cfg;
    struct clock crystal;
    sim_entity id;
};

bool gateway_clock_cfg_perfect(const struct gateway_clock_cfg *cfg)
{
    return cfg->gps == GATEWAY_GPS_LOCKED && cfg->fails.n == 0 && clock_cfg_perfect(&cfg->crystal);
}

static sim_time end_of(const struct gateway_clock_fail_cfg *f)
{
    return f->to_ns == SCN_WORD ? SIM_NEVER : f->to_ns;
}

int gateway_clock_cfg_check(const struct gateway_clock_cfg *cfg, const struct scenario *s,
                            struct sim_error *e)
{
    const struct gateway_clock_fail_cfg *f = cfg->fails.items;
    for (size_t i = 0; i < cfg->fails.n; i++) {
        if (end_of(&f[i]) <= f[i].from_ns)
            return scenario_fail(s, &f[i].to_ns, e, "to is not behind from; swap the two");
        if (i > 0 && f[i].from_ns < end_of(&f[i - 1]))
            return scenario_fail(s, &f[i].from_ns, e,
                                 "fails before the failure in front of it has ended; write them "
                                 "one after the other");
    }
    return SIM_OK;
}

struct gateway_clock *gateway_clock_open(const struct gateway_clock_cfg *cfg,
                                         const struct clock_group *group, sim_entity id)
{
    struct gateway_clock *c = mem_alloc(1, sizeof *c);
    c->cfg = cfg;
    c->id = id;
    if (group)
        clock_init(&c->crystal, group, id);
    else
        clock_init_perfect(&c->crystal);
    return c;
}

void gateway_clock_close(struct gateway_clock *c)
{
    free(c);
}

/* Since when GPS has been gone at a time; -1: it is there. */
static sim_time gone_since(const struct gateway_clock *c, sim_time at)
{
    const struct gateway_clock_fail_cfg *f = c->cfg->fails.items;
    if (c->cfg->gps == GATEWAY_GPS_FAILED)
        return 0;
    for (size_t i = 0; i < c->cfg->fails.n; i++)
        if (f[i].from_ns <= at && at < end_of(&f[i]))
            return f[i].from_ns;
    return -1;
}

/* What the crystal has gained since a time. */
static int64_t gained(struct gateway_clock *c, sim_time since, sim_time at)
{
    clock_count n = clock_count_at(&c->crystal, at) - clock_count_at(&c->crystal, since);
    return n / CLOCK_PER_NS - (at - since);
}

bool gateway_clock_gps(struct gateway_clock *c, sim_time at, int64_t *error_ns)
{
    sim_time since = c ? gone_since(c, at) : -1;
    *error_ns = 0;
    if (since < 0)
        return true;
    if (c->cfg->gps == GATEWAY_GPS_FAILED || at - since >= c->cfg->holdover_ns)
        return false;
    *error_ns = gained(c, since, at);
    return true;
}

sim_time gateway_clock_after(struct gateway_clock *c, sim_time from, sim_time span)
{
    return c ? clock_after(&c->crystal, from, span) : from + span;
}

sim_time gateway_clock_count(struct gateway_clock *c, sim_time at)
{
    return c ? clock_count_at(&c->crystal, at) / CLOCK_PER_NS : at;
}

sim_time gateway_clock_when(struct gateway_clock *c, sim_time count)
{
    return c ? clock_when_count(&c->crystal, count * CLOCK_PER_NS) : count;
}

static void row(struct gateway_clock *c, const struct trace *trace, sim_time at, int64_t before_ns,
                int64_t after_ns, enum clock_source source)
{
    struct row_clock_sample r = {.at_ns = at,
                                 .device = c->id,
                                 .source = source,
                                 .error_before_ns = before_ns,
                                 .error_after_ns = after_ns,
                                 .rate_ppb = clock_rate_ppb(&c->crystal, at)};
    trace_row(trace, ROW_CLOCK_SAMPLE, &r);
}

void gateway_clock_rows(struct gateway_clock *c, const struct trace *trace, sim_time end)
{
    const struct gateway_clock_fail_cfg *f = c->cfg->fails.items;
    if (!trace_wants(trace, ROW_CLOCK_SAMPLE) ||
        (c->cfg->gps == GATEWAY_GPS_LOCKED && c->cfg->fails.n == 0))
        return;
    row(c, trace, 0, 0, 0, CLOCK_SOURCE_START);
    for (size_t i = 0; c->cfg->gps == GATEWAY_GPS_LOCKED && i < c->cfg->fails.n; i++) {
        if (f[i].from_ns < end)
            row(c, trace, f[i].from_ns, 0, 0, CLOCK_SOURCE_GPS_LOST);
        if (end_of(&f[i]) < end)
            row(c, trace, f[i].to_ns, gained(c, f[i].from_ns, f[i].to_ns), 0, CLOCK_SOURCE_GPS);
    }
    sim_time since = gone_since(c, end);
    int64_t error_ns = since < 0 ? 0 : gained(c, since, end);
    row(c, trace, end, error_ns, error_ns, CLOCK_SOURCE_END);
}
