/* SPDX-License-Identifier: GPL-2.0-only
 * Finds files that were built into the program. */
#include "results/files.h"

#include <stddef.h>
#include <string.h>

const char *results_file_text(const char *name)
{
    for (const struct results_file *f = results_files; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f->text;
    return NULL;
}
