/* SPDX-License-Identifier: GPL-2.0-only
 * A scenario brought to life: read, checked, built, run, finished. */
#ifndef TOOLS_WORLD_H
#define TOOLS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/err.h"
#include "sim/trace.h"
#include "tools/castbed_cfg.h"

struct world;
struct ip_plan;
struct ns3_frame;

/* Read and check a scenario. overrides: n texts "path=value". Errors: SIM_ESCENARIO, SIM_EIO, with
 * the place in e. */
int world_load(struct world **w, const char *path, const char *const *overrides, size_t n,
               struct sim_error *e);
/* The same from len bytes in memory; name is used in messages, files are relative to base_dir. */
int world_load_text(struct world **w, const char *name, const char *text, size_t len,
                    const char *base_dir, struct sim_error *e);
void world_close(struct world *w);

/* Before world_build: ns-3's own simulator is to keep the order of events. The rows are the same;
 * the run then goes to its end in one call of world_run_until (checked). Error: SIM_EINVAL (no IP
 * nodes). */
int world_use_ns3_simulator(struct world *w, struct sim_error *e);

/* Called every period_ns > 0 of simulated time; false: the run stops there. */
struct world_watch {
    sim_time period_ns;
    bool (*look)(void *ctx);
    void *ctx;
};
/* For runs that go to their end in one call; copied. Before the first world_run_until. */
void world_set_watch(struct world *w, const struct world_watch *watch);

/* Real programs behind the taps of the plan (ip_plan.taps) get a frame; before world_build. */
void world_set_taps(struct world *w,
                    void (*out)(void *ctx, uint32_t tap, const struct ns3_frame *f), void *ctx);
/* They have sent a frame, with its Ethernet header, at the time up to which the world has run. */
void world_tap(struct world *w, uint32_t tap, const uint8_t *frame, size_t len);

/* Place nodes and compute links: the last step that can find a fault in the scenario or its data
 * files (SIM_ESCENARIO). */
int world_place(struct world *w, struct sim_error *e);

/* Make devices, gateways and servers of a placed world; rows go to trace, which is borrowed until
 * world_close. */
void world_build(struct world *w, struct trace *trace);

/* Run the events up to a simulated time (at most the duration); the first call starts. Returns
 * SIM_OK, SIM_ESTOPPED (a watch stopped it; world_error is empty), or what went wrong in ns-3
 * (SIM_EIO: it cannot be opened; SIM_EGUEST, SIM_EINVAL): the run cannot go on then, and
 * world_error says why. */
int world_run_until(struct world *w, sim_time t);
const char *world_error(const struct world *w);

/* After the last event: settle what is left, give the summary rows. Returns the number of
 * frames' counts that do not balance, which must be 0. */
unsigned world_finish(struct world *w);

const struct castbed_cfg *world_cfg(const struct world *w);
const struct scenario *world_scenario(const struct world *w);
sim_time world_now(const struct world *w);
/* The time of the next event, which may have been cancelled; SIM_NEVER: there is none. After
 * world_build, not on ns-3's simulator. */
sim_time world_next(const struct world *w);
/* Run so far. On ns-3's simulator cancelled ones, those of a watch and its end are among them. */
uint64_t world_n_events(const struct world *w);
size_t world_n_devices(const struct world *w);
size_t world_n_ip_nodes(const struct world *w);
/* Of a placed world with IP nodes. */
const struct ip_plan *world_ip_plan(const struct world *w);
size_t world_n_gateways(const struct world *w);
size_t world_n_pending(const struct world *w);
/* node.id and name ("group/index") of gateway i. */
int64_t world_gateway(const struct world *w, size_t i, char *name, size_t size);
/* Links kept, and left out for being too weak. */
size_t world_n_links(const struct world *w, size_t *n_cut, int *limit_cdb);

#endif
