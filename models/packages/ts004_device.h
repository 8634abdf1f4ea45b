/* SPDX-License-Identifier: GPL-2.0-only
 * The device's side of fragmented data block transport: up to four sessions with a decoder each,
 * their status, and in version 2 the receipt of a block. It sees no key but the block's: which
 * group a fragment came from, its owner says. Source: TS004-1.0.0 and TS004-2.0.0. */
#ifndef PACKAGES_TS004_DEVICE_H
#define PACKAGES_TS004_DEVICE_H

#include "models/packages/fragdecode.h"
#include "models/packages/fragpool.h"
#include "models/packages/package.h"
#include "models/packages/ts004.h"

enum { TS004_MAX_EVENTS = 64 };

/* What the device has and how it behaves where the text leaves a choice. What does not fit is
 * refused with its error bit. */
struct ts004_device_cfg {
    uint8_t version;    /* 1 or 2 */
    uint8_t code;       /* enum frag_code */
    uint8_t n_sessions; /* 1..4: FragIndex 0..n_sessions - 1 */
    uint8_t max_frag_size;
    uint16_t max_frags;           /* NbFrag */
    uint16_t max_lost;            /* uncoded fragments that it can repair; 0: none */
    uint32_t max_block;           /* octets of one block, padding included */
    uint32_t memory;              /* octets of blocks and decoders of all sessions; 0: enough */
    uint8_t descriptor[4];        /* what it wants ... */
    uint8_t descriptor_mask[4];   /* ... in these bits; all 0: any */
    bool replace;                 /* version 1: a set-up on an index in use replaces the session */
    bool delay_unicast;           /* answers of unicast status requests wait, too */
    bool long_no_session;         /* version 2: SessionDoesNotExist is followed by counts (0) */
    bool calls_it_complete;       /* more is lost than it can repair: it takes the block as it is */
    struct pkg_retry acknowledge; /* version 2: of FragDataBlockReceivedReq; limit is not used */
};

enum ts004_end {
    TS004_END_OPEN, /* it has not ended */
    TS004_END_REPLACED,
    TS004_END_DELETED,
    TS004_END_RESTART, /* the device restarted: sessions are not kept */
};

/* What became of a session. */
struct ts004_report {
    struct ts004_setup_req setup;
    enum ts004_end end;
    uint16_t n_uncoded, n_coded;     /* different ones received before it was complete */
    uint16_t n_repeated;             /* received once more before it was complete */
    uint16_t n_refused;              /* fragments that could not be used */
    uint32_t n_late;                 /* fragments after it was complete */
    uint16_t missing;                /* independent fragments still needed */
    bool complete, wrong, mic_error; /* wrong: called complete, and is not */
    bool acknowledged;               /* version 2 */
    sim_time first_at, complete_at;  /* -1: never */
    uint16_t needed;                 /* fragments received until it was complete */
};

struct ts004_session; /* ts004_device.c */

/* For ts004_device_* only. */
struct ts004_device {
    const struct ts004_device_cfg *cfg;
    struct fragpool *pool;
    const uint8_t *key; /* DataBlockIntKey; NULL: not checked */
    bool bytes;         /* blocks are kept; else decoders work on ranks alone */
    int32_t session_cnt_prev[TS004_MAX_SESSIONS]; /* kept over restarts */
    struct ts004_session *sessions[TS004_MAX_SESSIONS];
};

enum ts004_device_event_kind {
    TS004_EV_SESSION_SET,
    TS004_EV_SESSION_END, /* see report; the block, if there was one, is gone */
    TS004_EV_BLOCK,       /* complete: ts004_device_block, ts004_device_report */
};

struct ts004_device_event {
    enum ts004_device_event_kind kind;
    uint8_t frag_index;
    struct ts004_report report; /* SESSION_END */
};

struct ts004_device_out {
    struct ts004 send[PKG_MAX_SEND]; /* in one uplink on FPort 201 */
    int n_send;
    size_t len;                                         /* octets of these */
    struct ts004_device_event events[TS004_MAX_EVENTS]; /* in this order */
    int n_events;
    enum pkg_drop drop; /* the last reason, if any */
};

/* cfg, pool and key are borrowed for the machine's life. key: 16 octets, used in version 2 with
 * bytes; else blocks count as right when they are complete. */
void ts004_device_init(struct ts004_device *d, const struct ts004_device_cfg *cfg,
                       struct fragpool *pool, const uint8_t *key, bool bytes);
void ts004_device_fini(struct ts004_device *d);
/* Empty, ready for one input; cheaper than zeroing it. */
void ts004_device_out_init(struct ts004_device_out *out);

/* A session that needs no request over the air, as FragSessionSetupReq would make it. Returns
 * whether it was accepted; else see out->drop. */
bool ts004_device_provision(struct ts004_device *d, const struct ts004_setup_req *setup,
                            struct ts004_device_out *out);

/* What one fragment did. */
struct ts004_pushed {
    int step;           /* enum fragdec_step; -1: refused */
    uint16_t rank;      /* of the session; 0 when it was refused */
    enum pkg_drop drop; /* why it was refused, or of no use */
    bool ended;         /* the block is complete, or is called so: ts004_device_ended is due */
};

/* A DataFragment, decoded; the way of large fleets: no output, no random number. mc_group_id: -1
 * for unicast. at: as in struct pkg_now. */
struct ts004_pushed ts004_device_push(struct ts004_device *d, sim_time at, int mc_group_id,
                                      const struct ts004 *c);
/* Tell the end that ts004_device_push found, and plan the acknowledgement. */
void ts004_device_ended(struct ts004_device *d, const struct pkg_now *now, uint8_t frag_index,
                        struct ts004_device_out *out);

/* A command from the server that came in p (for its address). alone: it is the payload's only
 * command. Adds to *out: several commands of one payload have one output. */
void ts004_device_command(struct ts004_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, bool alone, const struct ts004 *c,
                          struct ts004_device_out *out);

/* A payload on FPort 201: its commands from first to last. */
void ts004_device_receive(struct ts004_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts004_device_out *out);

/* Send what is due: delayed answers and acknowledgements. Earlier calls do nothing. */
void ts004_device_wake(struct ts004_device *d, const struct pkg_now *now,
                       struct ts004_device_out *out);
/* On the clock of pkg_now.at; SIM_NEVER: no wake is needed. */
sim_time ts004_device_next(const struct ts004_device *d);

/* The device has restarted: sessions end, the session counters stay. */
void ts004_device_restart(struct ts004_device *d, struct ts004_device_out *out);

bool ts004_device_has_session(const struct ts004_device *d, uint8_t frag_index);
/* Of a session that is there. */
struct ts004_report ts004_device_report(const struct ts004_device *d, uint8_t frag_index);
/* Its block without padding, *len octets, borrowed until the session ends; NULL when it is not
 * complete, or the device keeps no bytes. */
const uint8_t *ts004_device_block(const struct ts004_device *d, uint8_t frag_index, size_t *len);
/* Is uncoded fragment n there? */
bool ts004_device_has(const struct ts004_device *d, uint8_t frag_index, unsigned n);

#endif
