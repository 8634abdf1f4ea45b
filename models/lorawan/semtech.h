/* SPDX-License-Identifier: GPL-2.0-only
 * Semtech's UDP protocol between packet forwarders and servers, version 2: datagrams, and the JSON
 * in them. What is missing on the way is not sent again; PUSH_ACK and PULL_ACK only tell that
 * the way is open. Source: PROTOCOL.TXT 1.4 and 1.6 of Semtech's packet_forwarder. */
#ifndef LORAWAN_SEMTECH_H
#define LORAWAN_SEMTECH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/rows_backhaul.h"

enum { SEMTECH_MAX_PHY = 255, SEMTECH_MAX_RXPK = 8, SEMTECH_MAX_LEN = 1400 };

/* A modulation: LoRa with sf and bw_hz, or FSK (sf 0) with bit_rate. */
struct semtech_radio {
    int64_t frequency_hz;
    uint8_t rf_chain;
    uint8_t sf;     /* 5..12, 0: FSK */
    int32_t bw_hz;  /* LoRa */
    uint8_t coding; /* LoRa: 4/coding, 5..8 */
    int32_t bit_rate;
};

/* An uplink that a gateway received. */
struct semtech_rxpk {
    struct semtech_radio radio;
    bool has_gps;    /* the gateway knows GPS time: the next two */
    int64_t time_us; /* of the end of reception, us since the GPS epoch; sent as UTC */
    int64_t tmms;    /* the same, whole ms */
    uint32_t tmst;   /* the same on the gateway's own counter, us */
    int8_t crc;      /* 1 right, -1 wrong, 0 none */
    uint8_t channel; /* IF channel of the concentrator */
    int16_t rssi_dbm;
    int16_t snr_ddb; /* LoRa, 0.1 dB */
    uint8_t len;
    uint8_t phy[SEMTECH_MAX_PHY];
};

/* What a gateway says of itself now and then. */
struct semtech_stat {
    int64_t time_s;                                                  /* GPS seconds; sent as UTC */
    uint32_t n_received, n_crc_ok, n_forwarded, n_downlinks, n_sent; /* rxnb .. rxfw, dwnb, txnb */
    uint16_t acknowledged_permille;                                  /* ackr, of the datagrams */
};

/* When a gateway is to send: at once, at a reading of its own counter, or at a GPS time. */
enum semtech_timing { SEMTECH_IMME, SEMTECH_TMST, SEMTECH_TMMS };

/* A downlink. */
struct semtech_txpk {
    struct semtech_radio radio;
    enum semtech_timing timing;
    uint32_t tmst; /* us */
    int64_t tmms;  /* ms since the GPS epoch */
    uint8_t power_dbm;
    bool inverted;         /* ipol */
    bool no_crc;           /* ncrc */
    int32_t deviation_hz;  /* FSK */
    uint16_t preamble_sym; /* 0: the default */
    uint8_t len;
    uint8_t phy[SEMTECH_MAX_PHY];
};

/* What a gateway says to a downlink. TX_POWER is a warning since 1.5: the downlink goes out. */
#define SEMTECH_ERROR_MAP(X)                                                                       \
    X(NONE)                                                                                        \
    X(TOO_LATE)                                                                                    \
    X(TOO_EARLY)                                                                                   \
    X(COLLISION_PACKET)                                                                            \
    X(COLLISION_BEACON)                                                                            \
    X(TX_FREQ)                                                                                     \
    X(TX_POWER)                                                                                    \
    X(GPS_UNLOCKED)

enum semtech_error {
#define X(name) SEMTECH_##name,
    SEMTECH_ERROR_MAP(X)
#undef X
        N_SEMTECH_ERRORS
};

/* "TOO_LATE"; never NULL. */
const char *semtech_error_name(enum semtech_error e);

/* One datagram. kind: enum backhaul_kind, which is the protocol's identifier. */
struct semtech_msg {
    enum backhaul_kind kind;
    uint16_t token;                             /* that of an answer is its question's */
    uint64_t eui;                               /* of the gateway: PUSH_DATA, PULL_DATA, TX_ACK */
    unsigned n_rxpk;                            /* PUSH_DATA */
    struct semtech_rxpk rxpk[SEMTECH_MAX_RXPK]; /* n_rxpk of them */
    bool has_stat;
    struct semtech_stat stat;
    struct semtech_txpk txpk; /* PULL_RESP */
    enum semtech_error error; /* TX_ACK */
    bool warning;             /* TX_ACK: the error is one of those with which it goes out */
};

/* Write a datagram into out (SEMTECH_MAX_LEN octets). Its length, or SIM_ERANGE (a value has no
 * form on the wire), SIM_EINVAL (PUSH_DATA with nothing in it), SIM_ELONG. */
int semtech_encode(const struct semtech_msg *m, uint8_t *out);

/* Read a datagram. Members that are not known are left out; those that are must have their type and
 * range. Errors: SIM_ETRUNC, SIM_ELONG, SIM_EPROTO (version, identifier, octets behind the end, or
 * a size that is not that of the data), SIM_ESYNTAX (not JSON, or a member is missing or has
 * another type), SIM_ERANGE. */
int semtech_decode(struct semtech_msg *m, const uint8_t *bytes, size_t len);

#endif
