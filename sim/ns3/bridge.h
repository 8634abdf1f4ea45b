/* SPDX-License-Identifier: GPL-2.0-only
 * What the shared object of the ns-3 bridge gives to the program: a versioned table of functions.
 * Everything on this boundary is C: no exception crosses it, ns-3's objects stay behind integer
 * handles. Only sim/ns3 includes this file. */
#ifndef SIM_NS3_BRIDGE_H
#define SIM_NS3_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/evq.h"
#include "sim/ns3/ns3.h"
#include "sim/ns3/ns3_net.h"

enum { NS3_BRIDGE_VERSION = 2 };
/* The ns-3 whose models were looked at; others may lose, add or draw otherwise. */
#define NS3_WANTED "3.37"

/* What the program gives to the bridge: its queue, and who hears of frames. */
struct ns3_host {
    void *ctx;
    int64_t (*now)(void *ctx);                           /* ns since the start of the run */
    void (*push)(void *ctx, int64_t at_ns, void *event); /* then run_event(event) at that time */
    void (*stop)(void *ctx);                             /* after the event that is running */
    /* The time of an event that engine_push was given has come. */
    void (*event)(void *ctx, const struct evq_guest *e);
    /* A frame came out of a link at an interface. bytes: borrowed for the call. */
    void (*frame)(void *ctx, const struct ns3_frame *f);
    /* Is a frame lost on its way to this interface? */
    int (*lost)(void *ctx, int node, int iface);
};

/* Functions that return int give 0 or a handle (>= 0) when all is well, -1 when error() has a
 * text. After a fatal error inside ns-3 every further call fails: its objects are then in an
 * unknown state. */
struct ns3_bridge {
    uint32_t version;        /* NS3_BRIDGE_VERSION of the build */
    const char *ns3_version; /* of the library that it was built against, "3.37" */
    const char *(*error)(void);
    /* Propagation. */
    int (*loss_open)(const struct ns3_loss_spec *spec);
    int (*loss_gains)(int handle, const struct ns3_point *mobile, const struct ns3_point *bases,
                      const uint64_t *streams, size_t n, double *gain_db);
    void (*loss_close)(int handle);
    /* Nodes and links: one network at a time. host: borrowed until net_close. */
    int (*net_open)(const struct ns3_host *host);
    /* The same on ns-3's own simulator, which then keeps the order of the program's events too and
     * ends at end_ns. */
    int (*net_open_default)(const struct ns3_host *host, int64_t end_ns);
    void (*engine_push)(int64_t at_ns, const struct evq_guest *e);
    int64_t (*engine_now)(void);
    void (*engine_run)(void);
    void (*engine_stop)(void);
    int (*net_node)(void);
    int (*net_link)(const struct ns3_link_spec *spec, int *ifaces);
    int (*net_send)(const struct ns3_frame *f); /* 1: taken, 0: the interface's queue is full */
    /* Run loop(arg) with the trap set once around all of it; returns what it returned, -1 after a
     * fatal error. */
    int (*net_run)(int (*loop)(void *arg), void *arg);
    void (*run_event)(void *event, uint32_t zero); /* an evq_fn */
    uint64_t (*net_n_events)(void);
    int (*net_close)(void);
};

/* The program's side: the table, with the shared object opened if need be; NULL: e says why. */
struct sim_error;
const struct ns3_bridge *ns3_bridge_open(struct sim_error *e);

/* The only symbol of the shared object. */
__attribute__((visibility("default"))) const struct ns3_bridge *castbed_ns3_bridge(void);

#endif
