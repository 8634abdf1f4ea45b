/* SPDX-License-Identifier: GPL-2.0-only
 * Tap devices of Linux: Ethernet interfaces whose other end is a program's file. What the kernel
 * sends on one is read here, what is written here the kernel receives, with checksums as on a wire
 * (those of packet sockets on veth devices may be unfinished).
 * Source: Linux Documentation/networking/tuntap.rst. */
#ifndef TOOLS_TAP_H
#define TOOLS_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_error;
struct ns3_frame;

enum { TAP_MAX = 2048 };

/* Open a tap device by its name, make it if it is not there, give it an MTU, and bring it up.
 * Returns its file, which does not block, or SIM_EIO (e says why and what is needed). A device that
 * was made here goes with its file. */
int tap_open(const char *name, uint16_t mtu, struct sim_error *e);

/* A frame that waits, with its Ethernet header, into buf (TAP_MAX octets). Returns its length, 0
 * when none waits. */
size_t tap_read(int fd, uint8_t *buf);
/* false: the kernel does not take it (the device is down, or its queue is full). */
bool tap_write(int fd, const struct ns3_frame *f);

#endif
