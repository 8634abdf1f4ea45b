/* SPDX-License-Identifier: GPL-2.0-only
 * Remote multicast set-up on FPort 200: its commands, both ways. Versions 1 and 2 differ in the
 * status octet of the session answers. Source: TS005-1.0.0 and TS005-2.0.0. */
#ifndef PACKAGES_TS005_H
#define PACKAGES_TS005_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TS005_FPORT = 200,
    TS005_PACKAGE_ID = 2,
    TS005_MAX_GROUPS = 4,
    TS005_MAX_LEN = 30,          /* the longest command with its CID */
    TS005_BEACON_PERIOD_S = 128, /* unit of class B time-outs, step of their SessionTime */
    TS005_MAX_TIME_TO_START = 0xFFFFFF,
};

enum ts005_cid {
    TS005_PACKAGE_VERSION = 0x00,
    TS005_GROUP_STATUS = 0x01,
    TS005_GROUP_SETUP = 0x02,
    TS005_GROUP_DELETE = 0x03,
    TS005_CLASS_C_SESSION = 0x04,
    TS005_CLASS_B_SESSION = 0x05,
};

/* McClassCSessionReq and McClassBSessionReq. */
struct ts005_session_req {
    uint8_t mc_group_id;
    uint8_t time_out;        /* 0..15: 2^time_out s (class C) or beacon periods (class B) */
    uint8_t periodicity;     /* 0..7, class B only */
    uint8_t dr;              /* as on the air: bits 7:4 are RFU, the receiver looks at 3:0 */
    uint32_t session_time_s; /* GPS seconds modulo 2^32 */
    uint32_t frequency_hz;   /* a multiple of 100 Hz; 0 in class B: the default, or hopping */
};

/* McClassCSessionAns and McClassBSessionAns. */
struct ts005_session_ans {
    uint8_t mc_group_id;
    bool mc_group_undefined, freq_error, dr_error;
    bool start_missed;        /* version 2 only */
    uint8_t reserved;         /* version 2: bits 7:6, kept for errors to come */
    uint32_t time_to_start_s; /* 24 bits; on the air only when ts005_session_ok says so */
};

/* One command with its fields; which member of u counts follows from (cid, uplink). */
struct ts005 {
    uint8_t cid;
    bool uplink; /* direction on the air */
    union {
        struct {
            uint8_t identifier, version;
        } package_version_ans;
        struct {
            uint8_t group_mask; /* bit n: group n */
        } group_status_req;
        struct {
            uint8_t nb_total_groups, group_mask; /* items: as many as the mask has bits */
            struct {
                uint8_t mc_group_id;
                uint32_t mc_addr;
            } items[TS005_MAX_GROUPS];
        } group_status_ans;
        struct {
            uint8_t mc_group_id;
            uint8_t mc_key_encrypted[16];
            uint32_t mc_addr;
            uint32_t min_mc_fcnt, max_mc_fcnt; /* accepted: min <= counter < max */
        } group_setup_req;
        struct {
            uint8_t mc_group_id;
            bool id_error;
        } group_setup_ans;
        struct {
            uint8_t mc_group_id;
        } group_delete_req;
        struct {
            uint8_t mc_group_id;
            bool mc_group_undefined;
        } group_delete_ans;
        struct ts005_session_req session_req;
        struct ts005_session_ans session_ans;
    } u;
};

/* Name as in the specification, e.g. "McGroupSetupReq", or NULL for an unknown (cid, direction). */
const char *ts005_name(uint8_t cid, bool uplink);

/* No error bit is set: the answer carries TimeToStart. */
bool ts005_session_ok(const struct ts005_session_ans *a);

/* Octets of this command with its CID, or SIM_ENOENT for an unknown (cid, direction). */
int ts005_size(const struct ts005 *c);

/* Read the next command at buf[*at] and move *at behind it. version: 1 or 2, as the device has it;
 * in version 1 bits 7:5 of a session answer are RFU. Returns 1, 0 at the end, SIM_EPROTO at an
 * unknown CID (the rest cannot be read), SIM_ETRUNC when the payload is cut. RFU bits are
 * ignored. */
int ts005_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, int version,
               struct ts005 *c);

/* Append a command at buf[*at], size bytes in all. Errors: SIM_ENOSPC, SIM_ERANGE (a field does not
 * fit its bits), SIM_ENOENT (unknown). */
int ts005_put(uint8_t *buf, size_t size, size_t *at, const struct ts005 *c);

#endif
