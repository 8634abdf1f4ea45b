/* SPDX-License-Identifier: GPL-2.0-only
 * Folders and names of capture files. */
#include "results/capture_path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/mem.h"

char *capture_text_join(const char *a, const char *between, const char *b)
{
    size_t size = strlen(a) + strlen(between) + strlen(b) + 1;
    char *s = mem_alloc(size, 1);
    snprintf(s, size, "%s%s%s", a, between, b);
    return s;
}

char *capture_file_path(const char *dir, const char *name, const char *suffix)
{
    char *base = capture_text_join(name, suffix, "");
    char *path;

    for (char *p = base; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || *p == '_' || (*p == '.' && p > base);
        if (!plain)
            *p = '-';
    }
    path = capture_text_join(dir, "/", base);
    free(base);
    return path;
}

int capture_io_error(struct sim_error *e, const char *path)
{
    return sim_error_set(e, SIM_EIO, "%s: %s; nothing more is captured into it", path,
                         strerror(errno));
}

int capture_make_dir(const char *dir, struct sim_error *e)
{
    struct stat st;

    if (mkdir(dir, 0777) == 0)
        return SIM_OK;
    if (errno == EEXIST && stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
        return SIM_OK;
    return sim_error_set(e, SIM_EIO, "%s: cannot be used as a folder for captures: %s", dir,
                         strerror(errno));
}
