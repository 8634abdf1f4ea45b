/* SPDX-License-Identifier: GPL-2.0-only
 * Lists and values in the messages about a wrong scenario. */
#include "tools/world_say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/world_internal.h"

void say_add(struct say *s, const char *fmt, ...)
{
    char item[100];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(item, sizeof item, fmt, ap);
    va_end(ap);
    const char *comma = s->len ? ", " : "";
    if (s->len + strlen(comma) + strlen(item) + sizeof ", ..." > sizeof s->text) {
        if (s->len + sizeof ", ..." <= sizeof s->text) {
            strcpy(s->text + s->len, ", ...");
            s->len = sizeof s->text; /* nothing fits any more */
        }
        return;
    }
    s->len += (size_t)snprintf(s->text + s->len, sizeof s->text - s->len, "%s%s", comma, item);
}

const char *say_value(struct say_values *v, int64_t value, enum scn_unit unit)
{
    char *text = v->text[v->n++ % 4];
    return scn_quantity_print(value, unit, text, sizeof v->text[0]);
}

void say_networks(const struct world *w, struct say *s)
{
    for (size_t i = 0; i < w->cfg.networks.n; i++)
        say_add(s, "%s", world_network_cfg(w, i)->name);
}

void say_fault_nodes(const struct world *w, struct say *s)
{
    for (size_t i = 0; i < w->cfg.networks.n; i++) {
        const struct network_cfg *n = world_network_cfg(w, i);
        say_add(s, "%s", n->name);
        for (size_t g = 0; g < n->gateways.n; g++) {
            const struct gateway_cfg *c = &((struct gateway_cfg *)n->gateways.items)[g];
            say_add(s, "%s", c->name);
            if (c->count == 1)
                say_add(s, "%s/0", c->name);
            else
                say_add(s, "%s/0 to %s/%" PRId64, c->name, c->name, c->count - 1);
        }
    }
}

void say_device_groups(const struct world *w, struct say *s)
{
    for (size_t i = 0; i < w->cfg.devices.n; i++)
        say_add(s, "%s", world_device_cfg(w, i)->name);
}
