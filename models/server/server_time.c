/* SPDX-License-Identifier: GPL-2.0-only
 * What the server takes for the time: its own clock, and the time of an uplink, which a gateway
 * with GPS gives with each copy; without one it is when the first copy arrived. */
#include "models/server/server_internal.h"

int64_t server_gps_ns(struct server *ns, sim_time at)
{
    return ns->s.start_gps_ns + clock_time(&ns->clock, at);
}

sim_time server_when(struct server *ns, sim_time planned)
{
    return clock_when(&ns->clock, planned);
}

/* A gateway's GPS time as the server gets it: in whole ms (tmms) where a backhaul carries it. */
static int64_t told(const struct server *ns, int64_t gps_ns)
{
    return ns->s.carried ? gps_ns / SIM_MS(1) * SIM_MS(1) : gps_ns;
}

int64_t ns_received_gps_ns(struct server *ns, const struct medium_tx *tx)
{
    bool asks = ns->s.cfg->server.time_from == SERVER_TIME_GATEWAYS;
    sim_time delay = SIM_NEVER;
    int64_t error_ns;
    for (unsigned i = 0; i < tx->n_copies; i++) {
        const struct medium_copy *c = &tx->copies[i];
        if (!ns_has_copy(ns, tx, c))
            continue;
        if (asks && gateways_gps(ns->s.gateways, c->gateway, tx->end, &error_ns))
            return told(ns, ns->s.start_gps_ns + tx->end + error_ns);
        if (ns->s.backhaul_delay[c->gateway] < delay)
            delay = ns->s.backhaul_delay[c->gateway];
    }
    if (ns->s.carried) /* when the first copy came: this is the end of the wait for others */
        return server_gps_ns(ns, evq_now(ns->s.evq) - ns->s.cfg->server.dedup_ns);
    return server_gps_ns(ns, tx->end + delay);
}

static void sample(struct server *ns, sim_time at, enum clock_source source)
{
    int64_t error_ns = clock_error(&ns->clock, at);
    struct row_clock_sample r = {.at_ns = at,
                                 .device = ns->s.network->id,
                                 .source = source,
                                 .error_before_ns = error_ns,
                                 .error_after_ns = error_ns,
                                 .rate_ppb = clock_rate_ppb(&ns->clock, at)};
    trace_row(ns->s.trace, ROW_CLOCK_SAMPLE, &r);
}

void ns_clock_rows(struct server *ns)
{
    if (!ns->s.clock || !trace_wants(ns->s.trace, ROW_CLOCK_SAMPLE))
        return;
    sample(ns, 0, CLOCK_SOURCE_START);
    sample(ns, ns->s.duration, CLOCK_SOURCE_END);
}
