/* SPDX-License-Identifier: GPL-2.0-only
 * The option --engine of run, check and sweep: what keeps the order of events. */
#ifndef TOOLS_ENGINE_H
#define TOOLS_ENGINE_H

#include "sim/err.h"
#include "tools/world.h"

/* Its one value: ns-3's own simulator. Without the option it is castbed's queue. */
#define ENGINE_NS3_DEFAULT "ns3-default"

/* Is this an engine's name? Error: SIM_EINVAL, the text tells which there are. */
int engine_check(const char *name, struct sim_error *e);
/* Let the engine (NULL: castbed's own) run a world that was loaded from scenario. Error:
 * SIM_EINVAL: it cannot. */
int engine_use(const char *name, struct world *w, const char *scenario, struct sim_error *e);

#endif
