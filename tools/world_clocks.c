/* SPDX-License-Identifier: GPL-2.0-only
 * The clocks of the groups of devices. */
#include "tools/world_internal.h"

int world_make_clocks(struct world *w, size_t group, struct sim_error *e)
{
    const struct clock_cfg *c = &world_device_cfg(w, group)->clock;
    struct clock_run run = {.seed = (uint64_t)w->cfg.run.seed,
                            .run = (uint64_t)w->cfg.run.number,
                            .start_gps_ns = w->cfg.run.start_gps_ns};
    if (clock_cfg_perfect(c))
        return SIM_OK;
    int rc = clock_group_open(&w->clocks[group], c, &run, e);
    if (rc == SIM_EIO) {
        struct sim_error inner = *e;
        return scenario_fail(w->scenario, &c->temperature.file, e, "%.600s", inner.text);
    }
    w->groups[group].clock = w->clocks[group];
    return rc ? SIM_ESCENARIO : SIM_OK;
}
