/* SPDX-License-Identifier: GPL-2.0-only
 * Lists and values in the messages about a wrong scenario. */
#ifndef TOOLS_WORLD_SAY_H
#define TOOLS_WORLD_SAY_H

#include <stddef.h>
#include <stdint.h>

#include "sim/scenario.h"
#include "tools/world.h"

enum { SAY_SIZE = 300 }; /* of a buffer; what does not fit ends in "..." */

/* A text that grows item by item, with commas between. */
struct say {
    char text[SAY_SIZE];
    size_t len;
};
void say_add(struct say *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A frequency or a time as a person writes it ("868.1MHz"), in a ring of four texts in s. */
struct say_values {
    char text[4][40];
    unsigned n;
};
const char *say_value(struct say_values *v, int64_t value, enum scn_unit unit);

/* "one, two": the networks; or with gateways: also the groups of gateways; or the groups of
 * devices. */
void say_networks(const struct world *w, struct say *s);
void say_fault_nodes(const struct world *w, struct say *s);
void say_device_groups(const struct world *w, struct say *s);

#endif
