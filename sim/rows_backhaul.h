/* SPDX-License-Identifier: GPL-2.0-only
 * The part of sim/rows.h about the way between gateways and servers: codes and columns; see there.
 */
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

#define ROW_BACKHAUL_STAT_COLS(C)                                                                  \
    C(INT, node, "node.id: gateway; network: datagrams to groups of gateways")                     \
    C(INT, kind, "of datagram (table code)")                                                       \
    C(INT, n_sent, "to it, or by it")                                                              \
    C(INT, n_bytes, "payload of UDP of these")                                                     \
    C(INT, n_received, "of these, and of those to its groups, good ones that arrived")             \
    C(INT, n_dropped, "arrived, but of no use: unreadable, too late, or the receiver was down")

/* The tables; see ROW_MAP. */
#define ROW_BACKHAUL_MAP(R)                                                                        \
    R(BACKHAUL_STAT, backhaul_stat, ROW_SUMMARY,                                                   \
      "datagrams between gateways and servers, where a backhaul carries them")

#endif
