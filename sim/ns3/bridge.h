/* SPDX-License-Identifier: GPL-2.0-only
 * What the shared object of the ns-3 bridge gives to the program: a versioned table of functions.
 * Everything on this boundary is C: no exception crosses it, ns-3's objects stay behind integer
 * handles. Only ns3.c and the bridge itself include this file. */
#ifndef SIM_NS3_BRIDGE_H
#define SIM_NS3_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/ns3/ns3.h"

enum { NS3_BRIDGE_VERSION = 1 };

/* Functions that return int give 0 or a handle (>= 0) when all is well, -1 when error() has a
 * text. After a fatal error inside ns-3 every further call fails: its objects are then in an
 * unknown state. */
struct ns3_bridge {
    uint32_t version;        /* NS3_BRIDGE_VERSION of the build */
    const char *ns3_version; /* of the library that it was built against, "3.37" */
    const char *(*error)(void);
    int (*loss_open)(const struct ns3_loss_spec *spec);
    int (*loss_gains)(int handle, const struct ns3_point *mobile, const struct ns3_point *bases,
                      const uint64_t *streams, size_t n, double *gain_db);
    void (*loss_close)(int handle);
};

/* The only symbol of the shared object. */
__attribute__((visibility("default"))) const struct ns3_bridge *castbed_ns3_bridge(void);

#endif
