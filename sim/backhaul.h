/* SPDX-License-Identifier: GPL-2.0-only
 * Datagrams between numbered endpoints, and to groups that endpoints have joined. Whoever sends and
 * receives knows no more than this; what carries the octets is bound from outside: a constant delay
 * (backhaul_delay.h), or a network of IP nodes. A datagram arrives once, never, or more than once,
 * and in any order. */
#ifndef SIM_BACKHAUL_H
#define SIM_BACKHAUL_H

#include <stddef.h>
#include <stdint.h>

/* Something came in at an endpoint; bytes are borrowed for the call. */
typedef void backhaul_receive_fn(void *ctx, uint32_t at, uint32_t from, const uint8_t *bytes,
                                 size_t len);

struct backhaul_ops {
    /* Who gets what arrives at an endpoint; before anything is sent to it. */
    void (*listen)(void *obj, uint32_t endpoint, backhaul_receive_fn *receive, void *ctx);
    /* An endpoint is in a group from now on. */
    void (*join)(void *obj, uint32_t endpoint, uint32_t group);
    /* Octets are copied. */
    void (*send)(void *obj, uint32_t from, uint32_t to, const uint8_t *bytes, size_t len);
    void (*send_group)(void *obj, uint32_t from, uint32_t group, const uint8_t *bytes, size_t len);
};

struct backhaul {
    const struct backhaul_ops *ops;
    void *obj;
};

enum { BACKHAUL_MAX_LEN = 1400 }; /* octets of a datagram */

#endif
