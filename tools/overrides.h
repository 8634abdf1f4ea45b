/* SPDX-License-Identifier: GPL-2.0-only
 * The options of the command line that change a scenario: --set, --seed, --run. */
#ifndef TOOLS_OVERRIDES_H
#define TOOLS_OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>

struct overrides {
    char **texts; /* "path=value" */
    size_t n, cap;
};

/* add "path=value"; value NULL: path is the whole text. Copied. */
void overrides_add(struct overrides *o, const char *path, const char *value);
void overrides_free(struct overrides *o);
/* All of them as one line, for the run's provenance. The caller frees. */
char *overrides_text(const struct overrides *o);

#endif
