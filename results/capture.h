/* SPDX-License-Identifier: GPL-2.0-only
 * Captures for Wireshark: one pcap file a gateway with LoRaTap headers, and the keys of all
 * sessions.
 *
 * Listens to the frames and sessions of a trace. A capture holds what the gateway decoded and what
 * it transmitted. The time of a packet is that of its first bit, in UTC with nanoseconds; packets
 * stand in the order of time. The file encryption_keys_lorawan goes into Wireshark's personal
 * configuration folder. Source: LoRaTap version 0 (linktype 270); Wireshark 4.0, dissectors loratap
 * and lorawan. */
#ifndef RESULTS_CAPTURE_H
#define RESULTS_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/err.h"
#include "sim/trace.h"

struct capture;

struct capture_gateway {
    int64_t id;       /* node.id */
    const char *name; /* "group/index"; the file is group-index.pcap */
};

/* Begin captures of n gateways in folder dir, which is made when it is missing; older captures of
 * the same names are overwritten. start_gps_ns: the instant of run time 0. gateways is borrowed for
 * the call. Errors: SIM_EINVAL (two gateways with one id), SIM_EIO (folder or file); e says which.
 * The caller closes. */
int capture_open(struct capture **c, const char *dir, int64_t start_gps_ns,
                 const struct capture_gateway *gateways, size_t n, struct sim_error *e);

/* Listen to t until capture_close. c must outlive the run. */
void capture_listen(struct capture *c, struct trace *t);

/* Write what is left, and the keys; c is gone afterwards (NULL: nothing happens).
 * Returns the first error since capture_open, SIM_EIO with the file's name in e, or SIM_OK. */
int capture_close(struct capture *c, struct sim_error *e);

#endif
