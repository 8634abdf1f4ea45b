/* SPDX-License-Identifier: GPL-2.0-only
 * A whole file in memory. */
#include "tools/read_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

enum { FIRST_SIZE = 4096 };

static int fill(FILE *f, size_t max, uint8_t **data, size_t *len)
{
    size_t size = FIRST_SIZE, n;
    *data = mem_grow(NULL, size, 1);
    *len = 0;
    while ((n = fread(*data + *len, 1, size - *len - 1, f)) > 0) {
        *len += n;
        if (*len > max)
            return SIM_ELONG;
        if (*len + 1 == size)
            *data = mem_grow(*data, size *= 2, 1);
    }
    (*data)[*len] = 0;
    return ferror(f) ? SIM_EIO : SIM_OK;
}

int read_file(const char *path, size_t max, uint8_t **data, size_t *len, struct sim_error *e)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "rb");
    *data = NULL;
    if (!f)
        return sim_error_set(e, SIM_EIO, "%s: cannot be read: %s", path, strerror(errno));
    int rc = fill(f, max, data, len);
    if (rc == SIM_EIO)
        sim_error_set(e, rc, "%s: cannot be read: %s", path, strerror(errno));
    if (rc == SIM_ELONG)
        sim_error_set(e, rc, "%s: longer than %zu octets", path, max);
    if (!is_stdin)
        fclose(f);
    if (rc) {
        free(*data);
        *data = NULL;
    }
    return rc;
}
