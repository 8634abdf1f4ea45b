/* SPDX-License-Identifier: GPL-2.0-only
 * All captures of a run: those of gateways, and those of IP nodes and links. */
#ifndef TOOLS_RUN_CAPTURE_H
#define TOOLS_RUN_CAPTURE_H

#include "results/capture.h"
#include "results/packet_capture.h"
#include "tools/world.h"

/* Zeroed: there are none. */
struct run_capture {
    struct capture *radio;         /* or NULL: no gateways */
    struct packet_capture *packet; /* or NULL: no IP nodes */
};

/* Begin those of a placed world in folder dir. Errors: SIM_EIO, SIM_EINVAL; what was begun is to be
 * closed as well. */
int run_capture_open(struct run_capture *c, const char *dir, const struct world *w,
                     struct sim_error *e);
void run_capture_listen(const struct run_capture *c, struct trace *t);
/* Returns the first error of either, with its text in e. */
int run_capture_close(struct run_capture *c, struct sim_error *e);

#endif
