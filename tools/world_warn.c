/* SPDX-License-Identifier: GPL-2.0-only
 * Warnings of a run: what to look at before its results are trusted. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "tools/world_internal.h"

void world_warn(const struct world *w, const void *field, const char *fmt, ...)
{
    char text[500], place[400] = "set-up";
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (field)
        scenario_where(w->scenario, field, place, sizeof place);
    struct row_warning r = {.place = place, .text = text};
    trace_row(w->trace, ROW_WARNING, &r);
}

/* Devices whose data rate at the start is too slow for the largest message: they drop it, until ADR
 * helps. */
void world_warn_payload(const struct world *w)
{
    for (size_t g = 0; g < w->n_groups; g++) {
        const struct device_cfg *c = w->groups[g].cfg;
        const struct scn_dist *size = &c->traffic.size_bytes;
        int64_t largest = size->kind == SCN_UNIFORM ? size->b : size->a;
        uint32_t n = 0;
        for (uint32_t k = 0; c->traffic.kind != TRAFFIC_NONE && k < c->count; k++) {
            int dr = devices_identity(w->devices, w->groups[g].first + k).dr;
            n += largest >
                 region_max_mac_payload(w->region, dr, w->region->default_uplink_dwell) - 8;
        }
        if (n)
            world_warn(w, size,
                       "%" PRIu32 " of %" PRId64
                       " devices of group %s start at a data rate that does not "
                       "carry %" PRId64 " octets: they drop such messages",
                       n, c->count, c->name, largest);
    }
}
