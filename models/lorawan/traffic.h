/* SPDX-License-Identifier: GPL-2.0-only
 * When messages are made: periodic with jitter, Poisson, or from a file. */
#ifndef LORAWAN_TRAFFIC_H
#define LORAWAN_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "models/lorawan/device_cfg.h"
#include "sim/entity.h"
#include "sim/err.h"
#include "sim/rng.h"
#include "sim/time.h"

struct traffic_item {
    sim_time at;
    int32_t size_bytes; /* -1: as the scenario says */
};

/* A file's messages, sorted by device and time. */
struct traffic_trace {
    struct traffic_item *items;
    uint32_t *first; /* count + 1: items of device i are items[first[i]..first[i+1]) */
};

/* Read a CSV file with the columns time_s,device[,size_bytes] for count devices.
 * Errors: SIM_ESCENARIO with file:line. The caller frees with traffic_trace_free. */
int traffic_trace_read(struct traffic_trace *t, const char *path, uint32_t count,
                       struct sim_error *e);
void traffic_trace_free(struct traffic_trace *t);

struct traffic_keys {
    struct rng_key phase, traffic, payload, confirmed;
};

/* Time of message n (0, 1, ...) of a device that powered on at start; previous: time of message
 * n-1. index: in the group, for traces. SIM_NEVER when there is none. */
sim_time traffic_time(const struct traffic_cfg *cfg, const struct traffic_trace *trace,
                      const struct traffic_keys *keys, sim_entity id, uint32_t index, uint32_t n,
                      sim_time start, sim_time previous);

/* Payload size of message n, and whether it asks for an acknowledgement. */
int traffic_size(const struct traffic_cfg *cfg, const struct traffic_trace *trace,
                 const struct traffic_keys *keys, sim_entity id, uint32_t index, uint32_t n);
bool traffic_confirmed(const struct traffic_cfg *cfg, const struct traffic_keys *keys,
                       sim_entity id, uint32_t n);

#endif
