/* SPDX-License-Identifier: GPL-2.0-only
 * Captures of IP nodes and links for Wireshark: one pcapng file each, with Ethernet frames without
 * check sum, the direction of each, and nanoseconds. On point-to-point links, which carry no
 * addresses, those of the interfaces stand in the header.
 *
 * A node's file has one interface for each of its own; a link's file has one interface, and each
 * frame once, as it was given to the link. Source: draft-ietf-opsawg-pcapng, LINKTYPE_ETHERNET. */
#ifndef RESULTS_PACKET_CAPTURE_H
#define RESULTS_PACKET_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/err.h"
#include "sim/trace.h"

struct packet_capture;

struct packet_capture_file {
    bool is_link;
    int64_t id;                /* node.id or ip_link.id */
    const char *name;          /* of the file */
    const char *const *ifaces; /* names of the node's interfaces; of a link one */
    size_t n_ifaces;
};

/* Begin n files in folder dir, as capture_open does. files is borrowed for the call. Errors:
 * SIM_EIO. */
int packet_capture_open(struct packet_capture **c, const char *dir, int64_t start_gps_ns,
                        const struct packet_capture_file *files, size_t n, struct sim_error *e);
/* Listen to t until packet_capture_close. c must outlive the run. */
void packet_capture_listen(struct packet_capture *c, struct trace *t);
/* Write what is left; c is gone afterwards (NULL: nothing happens). Returns the first error since
 * it was opened, or SIM_OK. */
int packet_capture_close(struct packet_capture *c, struct sim_error *e);

#endif
