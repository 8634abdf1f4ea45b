/* SPDX-License-Identifier: GPL-2.0-only
 * The clocks of a gateway: GPS, which may fail, and the crystal of its concentrator.
 *
 * With GPS the gateway knows the time exactly. When GPS fails it goes on by its crystal, and counts
 * that as GPS time for the holdover; then it has no time: it gives none to the server, refuses
 * downlinks at a GPS time and sends no beacon. Downlinks behind an uplink count on the crystal,
 * GPS or not. Source: packet_forwarder of sx1302_hal (GPS_REF_MAX_AGE, 30 s; GPS_UNLOCKED). */
#ifndef LORAWAN_GATEWAY_CLOCK_H
#define LORAWAN_GATEWAY_CLOCK_H

#include <stdbool.h>

#include "models/clock/clock.h"
#include "sim/trace.h"

enum gateway_gps { GATEWAY_GPS_LOCKED, GATEWAY_GPS_FAILED };

struct gateway_clock_fail_cfg {
    int64_t from_ns, to_ns; /* SCN_WORD: to the end */
};

struct gateway_clock_cfg {
    int gps;               /* enum gateway_gps */
    struct scn_list fails; /* struct gateway_clock_fail_cfg, one after the other */
    int64_t holdover_ns;
    struct clock_cfg crystal; /* drift, wander */
};
extern const struct scn_section gateway_clock_section;

/* Is nothing wrong with it? */
bool gateway_clock_cfg_perfect(const struct gateway_clock_cfg *cfg);
/* Failures in order, each with an end behind its start. SIM_ESCENARIO. */
int gateway_clock_cfg_check(const struct gateway_clock_cfg *cfg, const struct scenario *s,
                            struct sim_error *e);

struct gateway_clock;

/* cfg and group (NULL: a perfect crystal) are borrowed. */
struct gateway_clock *gateway_clock_open(const struct gateway_clock_cfg *cfg,
                                         const struct clock_group *group, sim_entity id);
void gateway_clock_close(struct gateway_clock *c);

/* In the next four NULL is a gateway whose clocks are perfect.
 *
 * Does the gateway know GPS time, and by how much is what it takes for it wrong (its time minus
 * true time)? */
bool gateway_clock_gps(struct gateway_clock *c, sim_time at, int64_t *error_ns);
/* When its crystal has counted a span from a true time on. */
sim_time gateway_clock_after(struct gateway_clock *c, sim_time from, sim_time span);
/* Whole ns that its crystal has counted at a true time, and the first true time at which it has
 * counted so many. */
sim_time gateway_clock_count(struct gateway_clock *c, sim_time at);
sim_time gateway_clock_when(struct gateway_clock *c, sim_time count);

/* At the end of the run: rows of its GPS time at the start, whenever GPS failed or came back, and
 * at the end; none when it never failed. */
void gateway_clock_rows(struct gateway_clock *c, const struct trace *trace, sim_time end);

#endif
