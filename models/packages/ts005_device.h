/* SPDX-License-Identifier: GPL-2.0-only
 * The device's side of remote multicast set-up: up to four groups with their ranges of counters,
 * and for each group one session that opens and closes on the device's own clock. It derives no
 * keys and opens no window: its events say when. Source: TS005-1.0.0 and TS005-2.0.0. */
#ifndef PACKAGES_TS005_DEVICE_H
#define PACKAGES_TS005_DEVICE_H

#include "models/packages/package.h"
#include "models/packages/ts005.h"

enum { TS005_MAX_RANGES = 8, TS005_MAX_EVENTS = 80 };

/* What a version 1 device says to a session whose start has passed; its text has no error for it.
 * LORAMAC: McGroupUndefined, as LoRaMac-node does. OPEN: no error, TimeToStart 0, and what is left
 * of the session is opened. */
enum ts005_past { TS005_PAST_LORAMAC, TS005_PAST_OPEN };

/* What the device supports: the rest is refused with its error bit. */
struct ts005_device_cfg {
    uint8_t version;        /* 1 or 2 */
    uint8_t n_groups;       /* 1..4: group ids 0..n_groups - 1 */
    uint8_t past;           /* enum ts005_past, version 1 only */
    bool default_frequency; /* class B: DLFreq 0 (the default, or hopping) is usable */
    uint8_t n_ranges;
    uint16_t dr_mask; /* bit n: data rate n */
    struct {
        uint32_t lo_hz, hi_hz; /* both usable */
    } ranges[TS005_MAX_RANGES];
};

enum ts005_class { TS005_CLASS_B, TS005_CLASS_C };

struct ts005_session {
    int64_t start_s, end_s; /* GPS, not modulo: open in [start, end) on the device's clock */
    uint32_t frequency_hz;
    uint8_t class; /* enum ts005_class */
    uint8_t dr, periodicity;
};

struct ts005_group {
    bool defined;
    uint8_t state; /* of its session: ts005_device.c */
    uint32_t mc_addr;
    uint32_t max_fcnt;  /* first counter that is no longer accepted */
    uint32_t next_fcnt; /* first counter that is accepted: beyond the last one heard */
    struct ts005_session session;
};

/* Fields may be read. */
struct ts005_device {
    const struct ts005_device_cfg *cfg;
    struct ts005_group groups[TS005_MAX_GROUPS];
};

enum ts005_device_event_kind {
    TS005_EV_GROUP_SET,     /* derive the keys from mc_key_encrypted; a former group is replaced */
    TS005_EV_GROUP_DELETED, /* forget the keys */
    TS005_EV_SESSION_SET,
    TS005_EV_SESSION_START, /* open the session's class, frequency and data rate */
    TS005_EV_SESSION_STOP,  /* back to what was before, if it was open: see reason */
};

enum ts005_stop {
    TS005_STOP_TIME_OUT,
    TS005_STOP_MISSED, /* the clock went past the whole session: it was never open */
    TS005_STOP_REPLACED,
    TS005_STOP_DELETED,
    TS005_STOP_LEFT, /* by ts005_device_leave */
};

struct ts005_device_event {
    enum ts005_device_event_kind kind;
    uint8_t mc_group_id;
    bool was_open;                /* SESSION_STOP */
    enum ts005_stop reason;       /* SESSION_STOP */
    uint8_t mc_key_encrypted[16]; /* GROUP_SET */
};

struct ts005_device_out {
    struct ts005 send[PKG_MAX_SEND]; /* in one uplink on FPort 200 */
    int n_send;
    size_t len;                                         /* octets of these */
    struct ts005_device_event events[TS005_MAX_EVENTS]; /* in this order */
    int n_events;
    enum pkg_drop drop; /* the last reason, if any */
};

/* cfg is borrowed for the machine's life. */
void ts005_device_init(struct ts005_device *d, const struct ts005_device_cfg *cfg);
/* Empty, ready for one input; cheaper than zeroing it. */
void ts005_device_out_init(struct ts005_device_out *out);

/* A command from the server. Adds to *out: several commands of one payload have one output. */
void ts005_device_command(struct ts005_device *d, const struct pkg_now *now, const struct ts005 *c,
                          struct ts005_device_out *out);

/* A payload on FPort 200: its commands from first to last. On a multicast address: dropped. */
void ts005_device_receive(struct ts005_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts005_device_out *out);

/* Open and close what is due. Call it when the device's clock reads ts005_device_next, and after
 * each correction of the clock; a session that is open stays so when the clock steps back. */
void ts005_device_wake(struct ts005_device *d, const struct pkg_now *now,
                       struct ts005_device_out *out);
/* GPS ns on the device's own clock; INT64_MAX: no wake is needed. */
int64_t ts005_device_next(const struct ts005_device *d);

/* The application has what it wants, or gives up: end the group's session, if it has one. */
void ts005_device_leave(struct ts005_device *d, uint8_t mc_group_id, struct ts005_device_out *out);

/* The group with this address, or -1. */
int ts005_device_find(const struct ts005_device *d, uint32_t mc_addr);
/* The next acceptable counter with these low 16 bits; to be tried with the MIC. */
uint32_t ts005_device_fcnt32(const struct ts005_device *d, uint8_t mc_group_id, uint16_t fcnt16);
/* Take a frame's counter, after its MIC was good. Errors: SIM_ENOENT (no such group), SIM_EREPLAY
 * (below the next, or below minMcFCnt), SIM_ERANGE (from maxMcFCnt on). */
int ts005_device_accept(struct ts005_device *d, uint8_t mc_group_id, uint32_t fcnt32);

/* Put TimeToStart as of the first bit of the uplink into a session answer; for uplinks that had to
 * wait. */
void ts005_device_stamp(const struct ts005_device *d, struct ts005 *c, int64_t gps_ns);

#endif
