/* SPDX-License-Identifier: GPL-2.0-only
 * Rows and frames to their listeners. */
#include "sim/trace.h"

#include <string.h>

#include "sim/err.h"

_Static_assert(N_ROW_TABLES <= 64, "listeners choose tables by the bits of 64");

void trace_init(struct trace *t)
{
    memset(t, 0, sizeof *t);
}

void trace_listen(struct trace *t, const struct trace_listener *l)
{
    SIM_CHECK(t->n < TRACE_MAX_LISTENERS, "%u listeners", t->n);
    t->listeners[t->n++] = *l;
    t->rows |= l->rows;
    t->frames |= l->frame != NULL;
    t->sessions |= l->session != NULL;
    t->packets |= l->packet != NULL;
}

void trace_row(const struct trace *t, enum row_table_id table, const void *row)
{
    for (unsigned i = 0; i < t->n; i++)
        if (t->listeners[i].rows >> table & 1)
            t->listeners[i].row(t->listeners[i].ctx, table, row);
}

void trace_frame(const struct trace *t, const struct trace_frame *f)
{
    for (unsigned i = 0; i < t->n; i++)
        if (t->listeners[i].frame)
            t->listeners[i].frame(t->listeners[i].ctx, f);
}

void trace_session(const struct trace *t, const struct trace_session *s)
{
    for (unsigned i = 0; i < t->n; i++)
        if (t->listeners[i].session)
            t->listeners[i].session(t->listeners[i].ctx, s);
}

void trace_packet(const struct trace *t, const struct trace_packet *p)
{
    for (unsigned i = 0; i < t->n; i++)
        if (t->listeners[i].packet)
            t->listeners[i].packet(t->listeners[i].ctx, p);
}
