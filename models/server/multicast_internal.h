/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the sending side of a multicast group share. */
#ifndef SERVER_MULTICAST_INTERNAL_H
#define SERVER_MULTICAST_INTERNAL_H

#include "models/lorawan/frame.h"
#include "models/server/multicast.h"
#include "models/server/ping_plan.h"
#include "sim/evq.h"

/* What a member knows of a frame so far. */
struct mc_outcome {
    int64_t miss_us; /* reason LOSS_WINDOW */
    int16_t power_cdbm;
    uint8_t reason; /* enum loss_reason, or MC_NOT_EXPECTED */
};
enum { MC_NOT_EXPECTED = N_LOSS }; /* it was not set up in time */

/* A frame that is not over yet. */
struct mc_live {
    struct device_mc_opened opened;
    struct multicast_payload payload;
    bool more;                    /* FPending */
    struct mc_outcome outcomes[]; /* n_members */
};

struct mc_frame {
    uint32_t copies_left; /* not ended yet */
    uint32_t seq;
    sim_entity node; /* of its first copy, which names it: start, then node */
    sim_time start;
    bool named;
    struct mc_live *live; /* NULL: over */
};

struct mc_gateway {
    uint16_t gateway;
    uint32_t *targets; /* members that it reaches */
    uint32_t n_targets;
};

/* When a member counts: after since, up to until. */
struct mc_ready {
    sim_time since, until;
};

/* The next copy: of frame, the copy-th one; one_by_one: in the pass of this gateway. */
struct mc_cursor {
    uint32_t frame, copy;
    unsigned pass;
};

struct multicast {
    struct multicast_setup s;
    uint32_t *members;
    sim_entity *member_ids; /* node.id */
    uint32_t *position;     /* of a device among the members + 1; 0: none */
    struct mc_ready *ready; /* of each member; NULL: provisioned */
    struct mc_gateway *gateways;
    unsigned n_gateways;
    struct medium_tx **together; /* room for one transmission of each */
    uint32_t n_unreached;
    keyring_id keys;
    int64_t frequency_hz; /* 0: class B, the region's ping slots */
    int dr;
    bool class_b;
    struct ping_plan ping; /* class B */
    struct multicast_session *sessions;
    unsigned n_sessions, i_session; /* the current one */
    sim_time open, close;           /* of it */
    sim_time send_until;            /* its close as the server sees it */
    sim_time period;                /* least time between the starts of two frames */
    struct multicast_source source;
    uint32_t n_made; /* frames of the scenario's own traffic */
    struct mc_cursor cursor;
    sim_time next_at;  /* not before */
    sim_time frame_at; /* start of the first copy of the frame that is being sent */
    bool in_frame;     /* its first copy was sent */
    bool given_up, posted;
    struct mc_frame *frames;
    uint32_t n_frames, cap_frames, first_of_batch;
    evq_kind event;
    const struct medium_tx *parsed_of; /* the copy that is ending, or NULL */
    struct lw_frame parsed;
    bool parsed_ok;
};

/* Does a member count from now on? */
bool mc_is_ready(const struct multicast *mc, uint32_t member);
/* A new frame behind the others, with its payload: every member's outcome is open. */
void mc_frame_begin(struct multicast *mc);
void mc_frame_free(struct mc_frame *f);
uint32_t mc_fcnt(const struct multicast *mc, uint32_t frame);

#endif
