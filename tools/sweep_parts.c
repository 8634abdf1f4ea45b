/* SPDX-License-Identifier: GPL-2.0-only
 * The folder of a sweep's parts. A run is written under a name with our process number and renamed
 * when it is complete: a child that outlives a killed sweep cannot touch the files of the next one.
 */
#include "tools/sweep_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/merge.h"
#include "sim/mem.h"

enum { TAIL_SIZE = 80 };

static char *path_in(const char *dir, const char *name)
{
    size_t size = strlen(dir) + strlen(name) + 2;
    char *path = mem_alloc(size, 1);

    snprintf(path, size, "%s/%s", dir, name);
    return path;
}

/* SQLite's files beside a database go with it. */
static void remove_database(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    size_t size = strlen(path) + 16;
    char *file = mem_alloc(size, 1);

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(file, size, "%s%s", path, ends[i]);
        unlink(file);
    }
    free(file);
}

/* Remove our files from the folder: all of them, or only those half written. */
static void remove_files(const char *dir, bool all)
{
    DIR *d = opendir(dir);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        const char *name = entry->d_name;
        bool ours = strstr(name, ".tmp.db") || (all && strstr(name, ".db"));
        if (!ours)
            continue;
        char *path = path_in(dir, name);
        unlink(path);
        free(path);
    }
    if (d)
        closedir(d);
}

static int lock_folder(struct sweep_parts *p, struct sim_error *e)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = path_in(p->dir, "lock");
    int err = SIM_OK;

    p->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (p->lock < 0)
        err = sim_error_set(e, SIM_EIO, "%s: %s", path, strerror(errno));
    else if (fcntl(p->lock, F_SETLK, &l) != 0)
        err = sim_error_set(e, SIM_EBUSY,
                            "%s: another sweep is writing there: wait for it, or name another "
                            "database",
                            p->dir);
    if (err != SIM_OK && p->lock >= 0) {
        close(p->lock);
        p->lock = -1;
    }
    free(path);
    return err;
}

int sweep_parts_init(struct sweep_parts *p, const char *out, struct sim_error *e)
{
    size_t size = strlen(out) + sizeof ".parts";
    int err;

    *p = (struct sweep_parts){.dir = mem_alloc(size, 1), .lock = -1};
    snprintf(p->dir, size, "%s.parts", out);
    if (mkdir(p->dir, 0777) != 0 && errno != EEXIST)
        return sim_error_set(e, SIM_EIO, "%s: the folder for the parts of the sweep: %s", p->dir,
                             strerror(errno));
    err = lock_folder(p, e);
    if (err == SIM_OK)
        remove_files(p->dir, false);
    return err;
}

void sweep_parts_fini(struct sweep_parts *p, bool remove)
{
    if (p->lock >= 0)
        remove_files(p->dir, remove);
    if (p->lock >= 0 && remove) {
        char *path = path_in(p->dir, "lock");
        unlink(path);
        rmdir(p->dir);
        free(path);
    }
    if (p->lock >= 0)
        close(p->lock);
    free(p->dir);
}

char *sweep_parts_path(const struct sweep_parts *p, uint64_t key, bool complete)
{
    char name[TAIL_SIZE];

    if (complete)
        snprintf(name, sizeof name, "%016" PRIx64 ".db", key);
    else
        snprintf(name, sizeof name, "%016" PRIx64 ".%ld.tmp.db", key, (long)getpid());
    return path_in(p->dir, name);
}

bool sweep_parts_has(const struct sweep_parts *p, uint64_t key)
{
    char *path = sweep_parts_path(p, key, true);
    int64_t n = 0;
    bool there = merge_count_runs(path, &n, NULL) == SIM_OK && n == 1;

    if (!there)
        remove_database(path);
    free(path);
    return there;
}

int sweep_parts_keep(const struct sweep_parts *p, uint64_t key, struct sim_error *e)
{
    char *from = sweep_parts_path(p, key, false);
    char *to = sweep_parts_path(p, key, true);
    int64_t n = 0;
    int err = merge_count_runs(from, &n, e);

    if (err == SIM_OK && n != 1)
        err = sim_error_set(e, SIM_EDB, "%s: holds %lld complete runs, not 1", from, (long long)n);
    if (err == SIM_OK && rename(from, to) != 0)
        err = sim_error_set(e, SIM_EIO, "%s: %s", to, strerror(errno));
    if (err != SIM_OK)
        remove_database(from);
    free(from);
    free(to);
    return err;
}
