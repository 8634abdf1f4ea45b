/* SPDX-License-Identifier: GPL-2.0-only
 * Opens the ns-3 bridge when it is first needed. dlopen itself remembers that it is open, so
 * nothing is kept here; it is never closed, because ns-3 cannot be started twice. */
#include "sim/ns3/ns3.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/err.h"
#include "sim/mem.h"
#include "sim/ns3/bridge.h"

enum { PATH_SIZE = 4096 };

struct ns3_loss {
    const struct ns3_bridge *bridge;
    int handle;
};

/* CASTBED_NS3_BRIDGE, or beside the program. */
static void bridge_path(char path[PATH_SIZE])
{
    static const char name[] = "castbed-ns3.so";
    const char *own = getenv("CASTBED_NS3_BRIDGE");
    if (own && strlen(own) < PATH_SIZE) {
        memcpy(path, own, strlen(own) + 1);
        return;
    }
    ssize_t n = readlink("/proc/self/exe", path, PATH_SIZE - sizeof name - 1);
    path[n > 0 ? n : 0] = 0;
    char *slash = strrchr(path, '/');
    memcpy(slash ? slash + 1 : path, name, sizeof name);
}

/* "3.37" and "3.37.1", but not "3.370". */
static bool is_wanted(const char *version)
{
    size_t len = strlen(NS3_WANTED);
    return strncmp(version, NS3_WANTED, len) == 0 && (!version[len] || version[len] == '.');
}

static int check_bridge(const struct ns3_bridge *b, const char *path, struct sim_error *e)
{
    if (!b || b->version != NS3_BRIDGE_VERSION)
        return sim_error_set(e, SIM_EIO, "%s is of another build (version %u, not %d); build again",
                             path, b ? (unsigned)b->version : 0, NS3_BRIDGE_VERSION);
    if (!is_wanted(b->ns3_version))
        return sim_error_set(e, SIM_EIO,
                             "%s is for ns-3 %.20s, allowed " NS3_WANTED
                             "; install that one (libns3-dev of Debian 12) and build again",
                             path, b->ns3_version);
    return SIM_OK;
}

const struct ns3_bridge *ns3_bridge_open(struct sim_error *e)
{
    char path[PATH_SIZE];
    bridge_path(path);
    void *so = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!so) {
        sim_error_set(e, SIM_EIO,
                      "the ns-3 bridge cannot be opened: %s; install libns3-dev and g++, and build "
                      "again",
                      dlerror());
        return NULL;
    }
    const struct ns3_bridge *(*get)(void) = NULL;
    void *symbol = dlsym(so, "castbed_ns3_bridge");
    memcpy(&get, &symbol, sizeof get); /* the form that POSIX wants */
    const struct ns3_bridge *b = get ? get() : NULL;
    return check_bridge(b, path, e) ? NULL : b;
}

const char *ns3_version(struct sim_error *e)
{
    const struct ns3_bridge *b = ns3_bridge_open(e);
    return b ? b->ns3_version : NULL;
}

int ns3_loss_open(struct ns3_loss **out, const struct ns3_loss_spec *spec, struct sim_error *e)
{
    const struct ns3_bridge *b = ns3_bridge_open(e);
    *out = NULL;
    if (!b)
        return SIM_EIO;
    int handle = b->loss_open(spec);
    if (handle < 0)
        return sim_error_set(e, SIM_EINVAL, "%s", b->error());
    *out = mem_alloc(1, sizeof **out);
    **out = (struct ns3_loss){.bridge = b, .handle = handle};
    return SIM_OK;
}

void ns3_loss_close(struct ns3_loss *l)
{
    if (!l)
        return;
    l->bridge->loss_close(l->handle);
    free(l);
}

int ns3_loss_gains(struct ns3_loss *l, const struct ns3_point *mobile,
                   const struct ns3_point *bases, const uint64_t *streams, size_t n,
                   double *gain_db, struct sim_error *e)
{
    if (l->bridge->loss_gains(l->handle, mobile, bases, streams, n, gain_db) == 0)
        return SIM_OK;
    return sim_error_set(e, SIM_EGUEST, "%s", l->bridge->error());
}
