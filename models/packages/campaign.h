/* SPDX-License-Identifier: GPL-2.0-only
 * A firmware campaign, as the application server runs it: which device is asked what and when,
 * which fragments go to the group, in which sessions, and what becomes of each device.
 *
 * A pure machine: its owner carries out what it asks for (struct campaign_ops) and tells it what
 * came of it. Requests are repeated by the packages' own machines; here each ends with an answer,
 * a refusal or silence, so that a device that fails holds up nobody beyond its own tries. Every
 * device goes through the set-up at its own pace; then sessions, status, repair rounds and firmware
 * follow for all of them. Sources: TS003-2.0.0 to TS005-2.0.0, TS006-1.0.0; the order of things is
 * our own. */
#ifndef PACKAGES_CAMPAIGN_H
#define PACKAGES_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/rows.h"
#include "sim/time.h"

enum { CAMPAIGN_MAX_FEED = 6 };

/* What a device can be asked. Versions stand in the order of the packages. */
#define CAMPAIGN_REQUEST_MAP(X)                                                                    \
    X(VERSION_CLOCK)                                                                               \
    X(VERSION_GROUP)                                                                               \
    X(VERSION_FRAGMENTS)                                                                           \
    X(VERSION_FIRMWARE)                                                                            \
    X(CLOCK)            /* ForceDeviceResyncReq; answered by AppTimeReq */                         \
    X(GROUP)            /* McGroupSetupReq */                                                      \
    X(FRAGMENTS)        /* FragSessionSetupReq */                                                  \
    X(SESSION)          /* McClassCSessionReq, McClassBSessionReq */                               \
    X(STATUS)           /* FragSessionStatusReq */                                                 \
    X(IMAGE)            /* DevUpgradeImageReq */                                                   \
    X(REBOOT)           /* DevRebootTimeReq, DevRebootCountdownReq */                              \
    X(FW_VERSION)       /* DevVersionReq */                                                        \
    X(REMOVE_FRAGMENTS) /* FragSessionDeleteReq */                                                 \
    X(REMOVE_GROUP)     /* McGroupDeleteReq */

enum campaign_request {
#define X(name) CAMPAIGN_ASK_##name,
    CAMPAIGN_REQUEST_MAP(X)
#undef X
        CAMPAIGN_N_REQUESTS
};

/* Where a transmission may end before all planned fragments were sent. */
enum campaign_when { CAMPAIGN_WHEN_SENT, CAMPAIGN_WHEN_ACKNOWLEDGED, CAMPAIGN_WHEN_STATUS };

enum campaign_look { CAMPAIGN_LOOK_ALL, CAMPAIGN_LOOK_MISSING, CAMPAIGN_LOOK_NONE };

struct campaign_rules {
    bool provisioned; /* members know group, sessions and fragmentation session untold */
    bool inventory, set_clocks, check_clocks;
    bool check_image, reboot, verify;
    uint8_t packages;    /* bit n: CAMPAIGN_ASK_VERSION_CLOCK + n is needed */
    uint8_t versions[4]; /* that they must have */
    int64_t max_clock_error_ns;
    unsigned m, n_parity;   /* fragments */
    unsigned repair_parity; /* more of them in a repair round; 0: by what is missing */
    unsigned max_sessions, max_rounds;
    uint32_t unicast; /* at most so many left get fragments one by one */
    enum campaign_when end;
    enum campaign_look status;
    sim_time ack_wait; /* until every device has answered a group, or said that its block came */
    sim_time start;
    sim_time first_session; /* SIM_NEVER: lead after the set-up */
    sim_time lead, margin;
    sim_time unit;    /* 1 s; class B: 128 s */
    int timeout;      /* session: unit * 2^timeout; -1: as the frames need it */
    int64_t gps_at_0; /* GPS ns at time 0: sessions begin at whole units of it */
    sim_time reboot_delay;
    uint32_t fw_version;
    bool remove; /* group and fragmentation session, before the firmware */
    /* Mistakes: the group is removed after so many fragments (0: not); a failure in the set-up
     * stops everything. */
    unsigned group_removed_after;
    bool stalls;
};

/* A session, as it is asked for. */
struct campaign_session {
    unsigned number; /* 1, 2, ..., repair rounds too */
    sim_time open, close;
    uint8_t timeout;
};

/* What the owner does. Times are its own, as in the calls. */
struct campaign_ops {
    void *ctx;
    /* Ask a device (member 0, 1, ...), with repetitions and a limit for this kind. For SESSION:
     * that of the last call of session. Errors: it cannot be asked; no answer follows then. */
    int (*ask)(void *ctx, uint32_t member, enum campaign_request what);
    /* A session is fixed: the group's sender gets it (provisioned members too). */
    void (*session)(void *ctx, const struct campaign_session *s);
    /* From now on the member is expected to receive what goes to the group, or no more. */
    void (*receiver)(void *ctx, uint32_t member, bool yes);
    /* Frames may be there to be sent: campaign_next_frame. */
    void (*wake_sender)(void *ctx);
    /* Send fragments first.. to one device in its own downlinks. Returns how many were taken. */
    unsigned (*feed)(void *ctx, uint32_t member, unsigned first, unsigned n);
    /* What a device has, without asking (rules.status NONE): fragments missing. */
    unsigned (*look)(void *ctx, uint32_t member);
    /* How long n frames to the group take, at the pace that duty cycle and gateways allow. */
    sim_time (*frames_take)(void *ctx, unsigned n);
    /* For rows: a member's new state, number n_changes - 1; a phase that is over. */
    void (*changed)(void *ctx, uint32_t member);
    void (*phase_over)(void *ctx);
};

/* One state a device, in the order of a campaign without trouble. */
struct campaign_member {
    uint8_t state;   /* enum campaign_state */
    uint8_t reason;  /* enum campaign_reason; of a failure, or of what went wrong last */
    uint8_t pending; /* bits of versions that are not told yet; REMOVE: of what is not gone yet */
    uint8_t clock_tries;
    bool busy;    /* the phase waits for it */
    bool invited; /* has accepted the present session */
    bool silent;  /* did not answer the last status request */
    bool clock_known;
    uint16_t n_sessions;
    uint16_t missing;   /* fragments, as last told */
    uint16_t fed;       /* fragments sent to it alone */
    uint16_t n_changes; /* of its state */
    int64_t clock_error_ns;
    sim_time set_up_at, complete_at, over_at; /* -1: not yet */
    sim_time wait_until;                      /* REBOOTING */
};

enum campaign_phase {
    CAMPAIGN_PHASE_BEFORE,
    CAMPAIGN_PHASE_SET_UP,
    CAMPAIGN_PHASE_INVITE,   /* a session is asked for */
    CAMPAIGN_PHASE_TRANSMIT, /* fragments go out */
    CAMPAIGN_PHASE_WAIT,     /* for answers to the group */
    CAMPAIGN_PHASE_STATUS,
    CAMPAIGN_PHASE_FEED,   /* fragments one by one */
    CAMPAIGN_PHASE_REMOVE, /* of group and fragmentation session */
    CAMPAIGN_PHASE_FIRMWARE,
    CAMPAIGN_PHASE_DONE
};

struct campaign {
    const struct campaign_rules *rules;
    struct campaign_ops ops;
    struct campaign_member *members; /* n_members */
    uint32_t n_members;
    uint8_t phase;                       /* enum campaign_phase */
    unsigned round;                      /* 0: the transmission itself */
    unsigned n_sessions, n_own_sessions; /* all; without those of repair rounds */
    unsigned n_void;                     /* sessions in a row that nobody accepted */
    struct campaign_session session;     /* the last one */
    unsigned next_n, last_n;             /* fragment numbers: the next one, the last planned one */
    unsigned n_under_way;                /* frames taken that are not over */
    bool ask_group;                      /* a status request to the group is to be sent */
    bool group_asked;                    /* it was */
    bool group_removed;                  /* by mistake */
    bool full;                           /* the session has no room for more */
    bool stopped;                        /* nothing more of the transmission is needed */
    uint32_t n_busy;                     /* members that the phase waits for */
    uint32_t n_invited;
    sim_time timer; /* SIM_NEVER: none */
    /* Of the phase, for its row. */
    sim_time phase_start;
    unsigned first_n, phase_round;
    uint32_t n_frames, n_in_phase;
};

/* members: n zeroed ones; borrowed as rules is. */
void campaign_init(struct campaign *c, const struct campaign_rules *rules,
                   const struct campaign_ops *ops, struct campaign_member *members, uint32_t n);

/* A member that cannot take part (no gateway of the group reaches it) is given up. Before the
 * start.
 */
void campaign_refused(struct campaign *c, uint32_t member, enum campaign_reason reason);

/* Call this at campaign_next; earlier calls do nothing. */
void campaign_wake(struct campaign *c, sim_time now);
sim_time campaign_next(const struct campaign *c); /* SIM_NEVER: no wake is needed */

enum campaign_outcome { CAMPAIGN_ACCEPTED, CAMPAIGN_REFUSED, CAMPAIGN_SILENT };

/* What came of a request, or what a device told by itself (STATUS: to the group's request, or that
 * its block is there). */
struct campaign_answer {
    enum campaign_request what;
    enum campaign_outcome outcome;
    uint8_t reason;   /* enum campaign_reason, with REFUSED */
    uint8_t version;  /* VERSION_*: of the package */
    bool clock_known; /* SESSION */
    int64_t clock_error_ns;
    uint16_t missing;    /* STATUS; fragments */
    bool out_of_memory;  /* STATUS */
    uint32_t fw_version; /* IMAGE: of the valid image; FW_VERSION: that runs */
    sim_time reboot_in;  /* REBOOT */
};
void campaign_answer(struct campaign *c, sim_time now, uint32_t member,
                     const struct campaign_answer *a);

/* For the group's sender: what goes out next. */
enum campaign_frame_kind {
    CAMPAIGN_FRAME_NONE,     /* none yet */
    CAMPAIGN_FRAME_FRAGMENT, /* number *n */
    CAMPAIGN_FRAME_STATUS,   /* FragSessionStatusReq */
    CAMPAIGN_FRAME_END,      /* none before the next session */
};
enum campaign_frame_kind campaign_next_frame(const struct campaign *c, unsigned *n);
void campaign_frame_taken(struct campaign *c, sim_time now);
void campaign_frame_over(struct campaign *c, sim_time now);
/* The session has no room for the next frame. */
void campaign_session_full(struct campaign *c, sim_time now);
/* The run is over: who has no verdict failed for that. */
void campaign_end(struct campaign *c, sim_time now);

/* A member's reason in words, and its state's; names of phases. */
const char *campaign_reason_text(enum campaign_reason reason);
const char *campaign_phase_name(enum campaign_phase phase);

#endif
