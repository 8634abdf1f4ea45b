/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the medium share. */
#ifndef RADIO_MEDIUM_INTERNAL_H
#define RADIO_MEDIUM_INTERNAL_H

#include "models/radio/medium.h"
#include "sim/rng.h"

/* A transmission as one receiver gets it: two cache lines. */
struct reception {
    struct medium_tx *tx;
    sim_time start, end;
    sim_time protect; /* interference counts from here */
    double linear;    /* mW at the antenna */
    int32_t power_cdbm;
    uint16_t gateway; /* index; for a downlink unused */
    uint8_t sfi;
    bool heard;   /* at or above the sensitivity */
    bool locked;  /* has, or had, a demodulator */
    bool refused; /* found no demodulator */
    enum loss_reason reason;
    uint32_t device;         /* downlink: who receives */
    int32_t snr_cdb;         /* downlink */
    bool killed;             /* peak: interference was too strong at some instant */
    int32_t miss_us;         /* downlink lost for LOSS_WINDOW from the start; MISS_UNKNOWN */
    double sum[MEDIUM_N_SF]; /* energy: mW ns of interference by spreading factor */
};

#define MISS_UNKNOWN INT32_MIN

/* What the look at a present reception needs, side by side. */
struct air_item {
    sim_time end, protect;
    double linear;
    struct reception *r;
    uint8_t sfi;
};

/* Receptions that are present at one gateway on one channel. */
struct air_list {
    struct air_item *items;
    uint32_t n, cap;
    bool listens; /* the gateway receives on this channel */
};

struct air_gateway {
    struct medium_gateway cfg;
    struct reception **demodulators;
    uint32_t n_busy, cap_busy;
    struct medium_interval *sent; /* ring of the latest own transmissions */
    uint32_t n_sent;
    uint64_t n_rx, n_rx_foreign, n_tx, n_lost[N_LOSS];
    sim_time tx_airtime;
};

enum { AIR_SENT_RING = 64, AIR_MAX_CHANNELS = 512, AIR_MEMO = 256 };

struct air_channel {
    int64_t frequency_hz, bw_hz;
    uint8_t i_bw;
    struct medium_tx **sending; /* downlinks on the air */
    uint32_t n_sending, cap_sending;
};

struct interference_model {
    bool strongest_only; /* interferers do not add up */
    bool ignore_head;    /* the first preamble_sym - 5 symbols may be hit */
    int16_t threshold_cdb[MEDIUM_N_SF][MEDIUM_N_SF]; /* needed by row against column */
};

enum { SIR_NEVER = INT16_MIN, SIR_ALWAYS = INT16_MAX }; /* no effect; always lost */

/* Something that was on the channel of a beacon. */
struct air_met {
    sim_time start, end;
    int32_t power_cdbm;
    uint32_t node; /* index of the device, or of the gateway */
    bool uplink;
    uint8_t sfi;
};

struct air_beacon {
    struct medium_beacon b;
    struct medium_beacon_copy *copies;
    struct air_met *met;
    unsigned n_met, cap_met;
};

struct medium {
    struct medium_setup s;
    struct medium_ops ops;
    struct air_gateway *gateways;
    struct air_channel channels[AIR_MAX_CHANNELS];
    unsigned n_channels;
    uint16_t memo[AIR_MEMO]; /* the channel last found under a hash */
    struct air_list *cells;  /* n_gateways x cap_channels */
    unsigned cap_channels;
    struct medium_tx *free;
    struct reception *spare; /* the largest array of receptions that no frame on the air uses */
    uint32_t cap_spare;
    struct medium_tx **all; /* every record ever made */
    size_t n_all, cap_all;
    bool energy; /* interference_sum: energy */
    bool cross;  /* up- and downlinks disturb each other */
    bool fading;
    struct interference_model model;
    double ratio[MEDIUM_N_SF]
                [MEDIUM_N_SF]; /* threshold as a power ratio; < 0: no effect, inf: always lost */
    double level_coarse[512], level_fine[100];
    struct rng_key fading_key, loss_key;
    double random_loss;
    struct air_beacon *beacon; /* the latest; NULL: none yet */
    evq_kind lock_event, end_event, downlink_end_event;
};

/* Power ratio of a level from the tables of the medium, -25600..25599 centi-dB. */
double medium_linear(const struct medium *m, int centi_db);

void interference_init(struct medium *m);
/* Begin gathering at r, given what is present in the list, and add r to what these gather. */
void interference_start(const struct medium *m, struct air_list *list, struct reception *r);
/* Add one interferer that is outside the list. */
void interference_add(const struct medium *m, struct reception *victim, uint8_t sfi, double linear,
                      sim_time start, sim_time end);
bool interference_kills(const struct medium *m, const struct reception *r);

void air_list_add(struct air_list *l, struct reception *r);
void air_list_remove(struct air_list *l, const struct reception *r);

/* Steps that up- and downlinks share. */
void medium_begin(struct medium *m, struct medium_tx *tx);
void medium_fill_reception(const struct medium *m, struct reception *r, struct medium_tx *tx,
                           int power_cdbm);
/* Room for n of them. Frames to many receivers that follow each other share one array: that of a
 * frame that is over is kept apart, since its record may wait in a queue next. */
struct reception *medium_more_receptions(struct medium *m, struct medium_tx *tx, unsigned n);
void medium_keep_receptions(struct medium *m, struct medium_tx *tx);
int medium_fading(const struct medium *m, const struct medium_tx *tx, sim_entity receiver);
bool medium_random_loss(const struct medium *m, const struct medium_tx *tx, sim_entity receiver);
void medium_downlink_end(struct medium *m, struct medium_tx *tx);
/* The run ended first. */
void medium_downlink_abort(struct medium *m, struct medium_tx *tx);

void medium_row_tx(const struct medium *m, const struct medium_tx *tx);
/* A transmission meets the latest beacon, if that is on the air on its channel. */
void medium_meet_beacon(struct medium *m, struct medium_tx *tx);
void medium_beacon_close(struct medium *m);

/* Demodulators and half duplex. */
void gateway_lock(struct medium *m, struct reception *r, sim_time at);
void gateway_unlock(struct medium *m, struct reception *r);
void gateway_sends(struct medium *m, unsigned gateway, sim_time from, sim_time to);
bool gateway_sent_within(const struct medium *m, unsigned gateway, sim_time from, sim_time to);

#endif
