/* SPDX-License-Identifier: GPL-2.0-only
 * A world run by the clock on the wall: its events come when their time has come, and frames go to
 * and from real programs behind taps. The clock decides when, never in which order: that stays the
 * queue's. How late events came is measured and said, not promised. */
#ifndef TOOLS_PACE_H
#define TOOLS_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_error;
struct world;

struct pace;

/* Open the taps of a placed world, which will send to them. Error: SIM_EIO. */
int pace_open(struct pace **p, struct world *w, struct sim_error *e);
void pace_close(struct pace *p);

/* Run a built world to its end. look: called between events, at least every 100 ms; false: stop.
 * Returns true at the end, false when look or an error of the world stopped it. */
bool pace_run(struct pace *p, bool (*look)(void *ctx), void *ctx);

/* "late by 0.1 ms on average, 2.0 ms at most; ..." buf is returned. */
char *pace_text(const struct pace *p, char *buf, size_t size);

#endif
