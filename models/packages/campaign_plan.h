/* SPDX-License-Identifier: GPL-2.0-only
 * What a firmware campaign over multicast takes, before anything is sent: fragments, air time, the
 * sessions it is split into and when it ends at the earliest. Frames are placed one by one under
 * the duty cycle of each gateway (models/radio/duty), as the sending queue does; nothing else is
 * assumed to be on the air in the sub-band.
 *
 * Sources: TS004-1.0.0 and TS004-2.0.0 (fragment sizes and numbers), TS005-2.0.0 (sessions),
 * RP002-1.0.4 (payloads), TS001-1.0.4 (ping slots). */
#ifndef PACKAGES_CAMPAIGN_PLAN_H
#define PACKAGES_CAMPAIGN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/packages/fragblind.h"
#include "models/packages/fragcode.h"
#include "models/radio/radio_cfg.h"
#include "models/radio/region.h"
#include "sim/time.h"

enum {
    CAMPAIGN_PLAN_AUTO = -1,
    CAMPAIGN_PLAN_MAX_TIMEOUT = 15,  /* TimeOut has four bits */
    CAMPAIGN_PLAN_FRAGMENT_HEAD = 3, /* CID, Index&N */
    CAMPAIGN_PLAN_PPM = 1000000,
    CAMPAIGN_PLAN_MAX_PADDING = 255, /* Padding is one octet */
};

/* Copies of a frame by several gateways. */
enum campaign_plan_schedule {
    CAMPAIGN_PLAN_STAGGERED,    /* one after the other */
    CAMPAIGN_PLAN_SIMULTANEOUS, /* all at once */
    CAMPAIGN_PLAN_ONE_BY_ONE    /* a gateway sends all frames, then the next one */
};

struct campaign_plan_input {
    const struct region *region;
    int64_t frequency_hz; /* of the session */
    int dr;
    bool dwell;      /* 400 ms limit on downlinks */
    bool duty_cycle; /* obeyed at all */
    enum radio_duty_rule duty_rule;
    size_t image_len;        /* octets */
    size_t slot_len;         /* room for an image in the smallest device; 0: any */
    unsigned frag_size;      /* octets; 0: as large as the data rate's payload allows */
    unsigned redundancy_ppm; /* parity fragments for each uncoded one, rounded up in sum */
    int n_coded;             /* their number instead; CAMPAIGN_PLAN_AUTO: by redundancy_ppm */
    enum frag_code code;
    unsigned n_gateways, repeats; /* that send; transmissions of each frame by each */
    enum campaign_plan_schedule schedule;
    sim_time period; /* least time from one frame to the next */
    sim_time gap;    /* least silence between two transmissions */
    sim_time margin; /* from the start of a session to the first frame */
    sim_time pause;  /* from the end of a session to the start of the next */
    int timeout; /* TimeOut of every session, 0..15; CAMPAIGN_PLAN_AUTO: the least that will do */
    unsigned max_sessions; /* 0: as many as it takes */
    bool class_b;
    int periodicity;      /* class B: 0..7 */
    uint32_t mc_addr;     /* class B: decides the ping slots */
    int64_t start_gps_ns; /* class B: start of the first session, a multiple of 128 s */
};

enum campaign_plan_problem {
    CAMPAIGN_PLAN_POSSIBLE,
    CAMPAIGN_PLAN_NO_DATA_RATE, /* not for downlinks in this region, or no payload at it */
    CAMPAIGN_PLAN_NO_SUB_BAND,  /* nothing may be sent on this frequency */
    CAMPAIGN_PLAN_EMPTY,        /* no image */
    CAMPAIGN_PLAN_NO_GATEWAY,
    CAMPAIGN_PLAN_SLOT,          /* the image is larger than the device's room */
    CAMPAIGN_PLAN_FRAG_SIZE,     /* a fragment is larger than the payload */
    CAMPAIGN_PLAN_TOO_MANY,      /* uncoded and parity fragments have not enough numbers */
    CAMPAIGN_PLAN_OVER_DUTY,     /* one frame alone breaks the duty cycle */
    CAMPAIGN_PLAN_SESSION_SHORT, /* not all frames go into the sessions that are allowed */
};

/* Times since the start of the first session. */
struct campaign_plan_session {
    sim_time open, close;           /* SessionTime; and 2^timeout s or beacon periods later */
    sim_time first, end;            /* start of its first frame, end of its last one */
    unsigned first_frame, n_frames; /* frames that begin in it, from 0; repeats are not counted */
    int timeout;
};

struct campaign_plan {
    enum campaign_plan_problem problem;
    int max_payload;    /* FRMPayload at the data rate, octets */
    unsigned frag_size; /* as given or chosen */
    unsigned m, padding, n_coded, n_frames;
    sim_time airtime;       /* of one frame */
    sim_time total_airtime; /* of each gateway */
    int32_t duty_ppm;       /* CAMPAIGN_PLAN_PPM: no limit */
    /* The following hold up to what could be placed when the problem is
     * CAMPAIGN_PLAN_SESSION_SHORT. */
    sim_time end;      /* of the last frame */
    unsigned n_placed; /* frames whose last copy was placed */
    struct campaign_plan_session *sessions;
    unsigned n_sessions;
};

/* Plan a campaign. The plan is complete or has a problem; campaign_plan_free releases it. */
void campaign_plan_make(struct campaign_plan *p, const struct campaign_plan_input *c);
void campaign_plan_free(struct campaign_plan *p);

/* How long a session lasts at most: 2^timeout s, class B 2^timeout beacon periods. */
sim_time campaign_plan_session_length(bool class_b, int timeout);

/* Fragments of an image that has a blind spot, changed so that it has none: the next smaller or
 * larger fragment size, and whole fragments of padding; m is 0 where there is no way. */
struct campaign_plan_fragments {
    unsigned m, frag_size, padding;
};
struct campaign_plan_advice {
    bool blind;
    struct fragblind spot;
    struct campaign_plan_fragments by_size, by_padding;
};
void campaign_plan_advise(const struct campaign_plan *p, const struct campaign_plan_input *c,
                          struct campaign_plan_advice *a);

#endif
