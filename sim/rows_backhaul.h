/* SPDX-License-Identifier: GPL-2.0-only
 * The part of sim/rows.h about the way between gateways and servers; see there. */
#ifndef SIM_ROWS_BACKHAUL_H
#define SIM_ROWS_BACKHAUL_H

/* In the order of the identifiers of Semtech's UDP protocol. */
#define BACKHAUL_KIND_MAP(X)                                                                       \
    X(PUSH_DATA, "push_data", "uplinks and status of a gateway")                                   \
    X(PUSH_ACK, "push_ack", "answer to push_data")                                                 \
    X(PULL_DATA, "pull_data", "keeps the way to a gateway open")                                   \
    X(PULL_RESP, "pull_resp", "a downlink")                                                        \
    X(PULL_ACK, "pull_ack", "answer to pull_data")                                                 \
    X(TX_ACK, "tx_ack", "answer to a downlink: queued, or refused")

enum backhaul_kind {
#define X(name, text, help) BACKHAUL_##name,
    BACKHAUL_KIND_MAP(X)
#undef X
        N_BACKHAUL_KIND
};

#endif
