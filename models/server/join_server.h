/* SPDX-License-Identifier: GPL-2.0-only
 * The join server: root keys, DevNonces that were used, JoinNonces, session keys.
 * Source: TS001-1.0.4, section 6.2; 1.0.3: random DevNonces, none accepted twice. */
#ifndef SERVER_JOIN_SERVER_H
#define SERVER_JOIN_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/lorawan/join.h"

struct join_server;

struct join_server *join_server_open(uint32_t n_devices);
void join_server_close(struct join_server *js);

/* Know a device. devnonce_counts: 1.0.4, each DevNonce must be higher than the last. */
void join_server_add(struct join_server *js, uint32_t device, uint64_t joineui, uint64_t deveui,
                     const uint8_t appkey[16], bool devnonce_counts);

struct join_answer {
    uint32_t device; /* who asked, as given to join_server_add */
    uint8_t nwkskey[16], appskey[16];
    uint32_t joinnonce;
};

/* Check a join-request (bytes as received) and derive the session for a NetID.
 * Errors: parser's; SIM_ENOENT (unknown DevEUI or JoinEUI), SIM_EMIC, SIM_EREPLAY (DevNonce used).
 */
int join_server_request(struct join_server *js, const uint8_t *phy, size_t len, uint32_t netid,
                        struct join_answer *answer);

/* Encode the join-accept for a session just derived: a holds everything but the JoinNonce and
 * NetID's keys. phy: 33 bytes; returns the length. */
int join_server_accept(const struct join_server *js, uint32_t device,
                       const struct lw_join_accept *a, uint8_t *phy);

#endif
