/* SPDX-License-Identifier: GPL-2.0-only
 * Whole runs in the test's own process: a scenario is put together from pieces of YAML, run to its
 * end, checked for balance, and everything it gave is kept for questions. Needs the cmocka headers
 * before it. */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "models/lorawan/frame.h"
#include "sim/entity.h"
#include "sim/rows.h"
#include "sim/time.h"
#include "sim/trace.h"

/* Pieces of flow YAML ("key: value, key: value") that go into a scenario with one network net, one
 * group of gateways gw at the origin, and one group of devices dev 100 m away. NULL: nothing. */
struct setup {
    const char *run;            /* duration: 1h when it is NULL */
    const char *radio;          /* region: EU868 when it is NULL */
    const char *network;        /* keys of net */
    const char *server;         /* keys of its server */
    const char *gateway;        /* keys of gw */
    const char *gateway_points; /* "{x: 0m, y: 0m}, ..." instead of the origin */
    const char *more_gateways;  /* "{name: ..., ...}" */
    const char *more_networks;  /* "{name: ..., ...}" */
    const char *device;         /* keys of dev */
    const char *device_points;
    const char *traffic;      /* kind: none when it is NULL */
    const char *more_devices; /* "{name: ..., ...}" */
    const char *multicast;    /* "{name: ..., ...}" */
    const char *campaigns;    /* "{name: ..., ...}" */
    const char *faults;       /* "{node: ..., from: ...}, ..." */
    const char *ip;           /* keys of section ip */
};

struct run_frame {
    struct trace_frame f; /* bytes: those below */
    uint8_t bytes[255];
};

struct run_mac {
    struct row_mac_command row; /* payload_hex: the text below */
    char hex[40];
};

struct run_message {
    struct row_message row; /* its texts: those below */
    char name[40], hex[512], result[80];
};

struct run_member {
    struct row_group_member row; /* its texts: those below */
    char group[40], reason[120];
};

struct run_phase {
    struct row_campaign row; /* its texts: those below */
    char campaign[40], phase[20];
};

/* A list of each kind of row, in the order of the run. */
#define RUN_LIST(type, name)                                                                       \
    struct type *name;                                                                             \
    int n_##name, cap_##name;

struct run {
    RUN_LIST(row_tx, tx)
    RUN_LIST(row_rx, rx)
    RUN_LIST(row_loss, loss)
    RUN_LIST(row_downlink, downlink)
    RUN_LIST(row_window, window)
    RUN_LIST(row_clock_sample, clock)
    RUN_LIST(row_beacon, beacon)
    RUN_LIST(row_class_b, class_b)
    RUN_LIST(run_mac, mac)
    RUN_LIST(row_device_stat, device)
    RUN_LIST(row_energy, energy)
    RUN_LIST(row_gateway_stat, gateway)
    RUN_LIST(row_duty_stat, duty)
    RUN_LIST(row_metric, metric)
    RUN_LIST(row_traffic_stat, traffic)
    RUN_LIST(run_message, message)
    RUN_LIST(run_member, member)
    RUN_LIST(row_fragment, fragment)
    RUN_LIST(row_recovery, recovery)
    RUN_LIST(row_firmware, firmware)
    RUN_LIST(run_phase, phase)
    RUN_LIST(row_campaign_device, campaign_device) /* without the text */
    RUN_LIST(row_campaign_state, campaign_state)   /* the same */
    RUN_LIST(row_warning, warning)                 /* without the texts */
    RUN_LIST(row_backhaul_stat, backhaul)
    RUN_LIST(row_ip_link_stat, ip_link)
    RUN_LIST(run_frame, frame)
    RUN_LIST(trace_session, session) /* without those that tell only a root key */
    char error[1000];                /* of a scenario that was refused */
};

struct world;
struct sim_error;
/* Read and place it, no more; the caller closes the world. Returns as world_load and world_place.
 */
int run_load(struct world **w, const struct setup *s, struct sim_error *e);
/* Begin a run that the test moves on by itself (world_run_until) and ends with run_end, which
 * finishes and closes the world and checks the balance. */
struct run *run_begin(const struct setup *s, struct trace *trace, struct world **w);
void run_end(struct world *w);

/* Run it; fails the test when the scenario is refused or its counts do not balance. */
struct run *run_setup(const struct setup *s);
/* The same, but a refused scenario gives a run with only error. */
struct run *run_try(const struct setup *s);
void run_free(struct run *r);

/* The n-th transmission (0, 1, ...) of a node, or NULL. */
const struct row_tx *run_tx(const struct run *r, const char *group, uint32_t index, int n);
/* The n-th downlink on the air to a device, or NULL. */
const struct row_tx *run_down(const struct run *r, const char *group, uint32_t index, int n);
int run_n_tx(const struct run *r, const char *group, uint32_t index);
/* Final losses for a reason; copies lost at one gateway are not counted. */
int run_n_lost(const struct run *r, enum loss_reason reason);
int run_n_planned(const struct run *r, enum downlink_result result);
const struct row_device_stat *run_device(const struct run *r, const char *group, uint32_t index);
/* The n-th MAC command of this direction and CID, or NULL. */
const struct run_mac *run_command(const struct run *r, bool uplink, uint8_t cid, int n);
int run_n_commands(const struct run *r, bool uplink, uint8_t cid);
double run_metric(const struct run *r, const char *name);

/* The frame with this direction and start, parsed; fails when there is none or it is no data
 * frame. */
struct lw_frame run_frame_at(const struct run *r, bool uplink, sim_time start);
/* End of a device's n-th transmission to the start of the n-th downlink to it. */
sim_time run_delay(const struct run *r, int n_up, int n_down);

#endif
