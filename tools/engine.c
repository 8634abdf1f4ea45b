/* SPDX-License-Identifier: GPL-2.0-only
 * The option --engine. */
#include "tools/engine.h"

#include <string.h>

int engine_check(const char *name, struct sim_error *e)
{
    if (strcmp(name, ENGINE_NS3_DEFAULT) == 0)
        return SIM_OK;
    return sim_error_set(e, SIM_EINVAL,
                         "there is no engine '%.60s'; allowed: " ENGINE_NS3_DEFAULT
                         ", or no --engine for castbed's own",
                         name);
}

int engine_use(const char *name, struct world *w, const char *scenario, struct sim_error *e)
{
    struct sim_error why = {0};
    if (!name || world_use_ns3_simulator(w, &why) == SIM_OK)
        return SIM_OK;
    return sim_error_set(e, SIM_EINVAL, "%s: --engine %s: %s", scenario, name, why.text);
}
