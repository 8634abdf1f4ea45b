/* SPDX-License-Identifier: GPL-2.0-only
 * For tests of the medium: a small air with frames at given times and powers, and what became of
 * them at each gateway. */
#ifndef TESTS_AIR_H
#define TESTS_AIR_H

#include <stdbool.h>
#include <stdint.h>

#include "models/radio/medium.h"

enum {
    AIR_DEVICES = 8,
    AIR_GATEWAYS = 3,
    AIR_FRAMES = 5000,
    AIR_NO_LINK = INT16_MIN,
    AIR_UNKNOWN = -1, /* no reception at this gateway */
    AIR_F0 = 868100000,
    AIR_F1 = 868300000,
    AIR_F2 = 868500000,
    AIR_F3 = 867100000, /* nobody listens there at first */
};

/* Duration of a symbol at 125 kHz: 2^sf / 125000 s. */
#define AIR_SYMBOL(sf) (SIM_NS(8000) << (sf))

struct air_frame {
    unsigned device; /* sender of an uplink, target of a downlink */
    sim_time start, end;
    sim_time lock; /* 0: 12 symbols after the start, at most half the frame */
    int sf;        /* 7 to 12; 0: FSK */
    int64_t hz;    /* 0: AIR_F0 */
    int cdbm;      /* EIRP; with the first gain of 0 also the power at the antenna */
    bool down;
    unsigned gateway; /* downlink: who sends */
    unsigned network;
    enum loss_reason listen; /* downlink: what the target answers */
    /* The outcome. */
    int reason;            /* enum loss_reason of the frame; LOSS_NONE: received */
    int at[AIR_GATEWAYS];  /* enum loss_reason at each gateway, or AIR_UNKNOWN */
    int snr[AIR_GATEWAYS]; /* centi-dB of decoded copies */
    unsigned n_copies, n_ends;
    bool ended; /* settled by the end of the run */
};

struct air {
    /* To be changed between air_init and air_run. */
    struct radio_cfg radio;
    int16_t gain_cdb[AIR_DEVICES][AIR_GATEWAYS]; /* 0; AIR_NO_LINK */
    int16_t gateway_gain_cdb[AIR_GATEWAYS][AIR_GATEWAYS];
    struct place places[AIR_DEVICES];
    sim_entity device_ids[AIR_DEVICES];
    struct medium_gateway gateways[AIR_GATEWAYS];
    enum evq_ties ties;
    /* The rest is the harness's own. */
    unsigned n_gateways;
    struct air_frame *frames;
    unsigned *order; /* in which they go into the queue; at first that of air_post */
    unsigned n;
    struct evq *evq;
    struct trace trace;
    struct tally tally;
    struct links links;
    struct medium *medium;
    evq_kind send;
    evq_fn ask; /* NULL: nothing is asked */
    void *ask_obj;
    sim_time ask_at;
    int64_t n_rx[AIR_GATEWAYS], n_rx_foreign[AIR_GATEWAYS], n_tx[AIR_GATEWAYS];
    unsigned n_unbalanced;
};

/* Gateways (1 to 3) of network 0 that listen on AIR_F0 to AIR_F2 with unlimited demodulators and
 * the sensitivities of sx1301; two networks; no interference. */
void air_init(struct air *a, unsigned n_gateways);
/* Post a frame; returns its number. */
unsigned air_post(struct air *a, struct air_frame f);
/* An uplink of device at SF7 on AIR_F0. */
unsigned air_uplink(struct air *a, unsigned device, sim_time start, sim_time end, int cdbm);
/* Call fn(obj) at a time, once. */
void air_ask(struct air *a, sim_time at, evq_fn fn, void *obj);
/* Run until a time (SIM_NEVER: all), then finish; outcomes are in a->frames. */
void air_run(struct air *a, sim_time end);
void air_fini(struct air *a);

#endif
