/* SPDX-License-Identifier: GPL-2.0-only
 * The sending side of a multicast group: which gateways, when each copy, and what became of each
 * frame at each member. Source: TS001-1.0.4, section 11; TS005-2.0.0. */
#ifndef SERVER_MULTICAST_H
#define SERVER_MULTICAST_H

#include <stdint.h>

#include "models/lorawan/devices.h"
#include "models/lorawan/gateways.h"
#include "models/radio/loss_model.h"
#include "models/server/multicast_cfg.h"
#include "models/server/server.h"

/* Between two copies that could be heard together. */
#define MULTICAST_GAP SIM_MS(5)

struct multicast_setup {
    struct evq *evq;
    const struct trace *trace;
    struct medium *medium;
    struct devices *devices;
    struct gateways *gateways;
    struct server *server; /* of the network: its clock */
    struct keyring *keyring;
    const struct region *region;
    const struct links *links;
    const struct multicast_cfg *cfg;
    uint16_t network;
    uint32_t mc_addr;
    uint8_t mc_key[16];
    const uint32_t *members; /* device indices, each once; copied */
    uint32_t n_members;
    const uint16_t *gateway_network;
    unsigned n_gateways;
    const bool
        *listed; /* of each gateway: may send; NULL: as gateway_set says; borrowed for the call */
    struct loss_model *loss; /* taken over; NULL: the radio alone loses frames */
    bool on_demand;  /* sessions and frames come later: multicast_add_session, _set_source */
    sim_time period; /* then the least time between the starts of two frames */
    sim_time duration;
    int64_t start_gps_ns;
    bool carried;  /* the network has a backhaul (gateways_set_carrier) */
    bool to_group; /* frames go to its gateways as one datagram to a group of the backhaul,
                      else as one each */
    uint32_t backhaul_group; /* that one */
    sim_time offset;         /* then each gateway starts so much later than the one before it */
};

struct multicast;

/* A session as the server has it: copies lie in [open + margin, close). */
struct multicast_session {
    sim_time open, close, margin;
};

/* A frame's application payload. */
struct multicast_payload {
    uint8_t fport, len;
    uint8_t bytes[LW_MAX_PHY];
};

enum multicast_next {
    MULTICAST_FRAME,
    MULTICAST_WAIT, /* none yet: multicast_wake asks again */
    MULTICAST_DONE, /* the same, and one_by_one turns to the next gateway */
};

/* Where the frames come from. The functions may not call multicast_wake but for over and full. */
struct multicast_source {
    void *ctx;
    /* Is there a frame to send next, and how long is its payload? Asked as often as need be. */
    enum multicast_next (*ready)(void *ctx, int *len);
    /* It is handed to a gateway now: number frame, counted from 0, McFCnt min_mc_fcnt + frame. */
    void (*take)(void *ctx, uint32_t frame, struct multicast_payload *p);
    /* All copies of a frame are over; sent: one of them at least was on the air. Or NULL. */
    void (*over)(void *ctx, uint32_t frame, bool sent);
    /* A frame waits, but none of the known sessions has room for it. Or NULL: then that is the end.
     */
    void (*full)(void *ctx);
};

/* Make the group and its members' side. Errors: SIM_ENOSPC (a member is in four groups already). */
int multicast_open(struct multicast **mc, const struct multicast_setup *s);
void multicast_close(struct multicast *mc);
void multicast_start(struct multicast *mc);

/* Set up over the air: the group as members are to be told of it; a member has answered, and counts
 * as a receiver of frames that are sent later. */
struct multicast_terms {
    uint32_t mc_addr, min_fcnt, max_fcnt;
    uint8_t mc_key[16];
    int64_t frequency_hz; /* 0: class B, the region's ping slots */
    uint8_t dr;
    bool class_b;
    uint8_t periodicity; /* class B */
};
struct multicast_terms multicast_terms(const struct multicast *mc);
void multicast_ready(struct multicast *mc, uint32_t device);
/* The opposite (on_demand, or set up over the air). */
void multicast_not_ready(struct multicast *mc, uint32_t device);

/* On demand: another session behind the others; the members' side is the caller's. Its first use
 * is by the next copy: wake. */
void multicast_add_session(struct multicast *mc, const struct multicast_session *s);
/* Copied; before the first frame. */
void multicast_set_source(struct multicast *mc, const struct multicast_source *source);
/* The source may have a frame now, or there is a session more. */
void multicast_wake(struct multicast *mc);

/* For the medium's operations: does a transmission belong to this group? */
bool multicast_owns(const struct multicast *mc, const struct medium_tx *tx);
void multicast_heard(struct multicast *mc, struct medium_tx *tx, uint32_t device,
                     enum loss_reason reason);
void multicast_copy_done(struct multicast *mc, const struct medium_tx *tx);
void multicast_refused(struct multicast *mc, const struct medium_tx *tx);

/* At the end of the run: settle what is under way, and a row a session. */
void multicast_finish(struct multicast *mc);

/* Does any of its gateways reach a member, at whatever power? */
bool multicast_is_reached(const struct multicast *mc, uint32_t device);
/* Gateways that send, and members that none of them reaches. */
unsigned multicast_n_gateways(const struct multicast *mc);
unsigned multicast_gateway(const struct multicast *mc, unsigned i);
uint32_t multicast_n_unreached(const struct multicast *mc);

#endif
