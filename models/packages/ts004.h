/* SPDX-License-Identifier: GPL-2.0-only
 * Fragmented data block transport on FPort 201: its commands, both ways. Versions 1 and 2 differ in
 * the session set-up and in the status answer; version 2 adds the receipt of a whole block.
 * Source: TS004-1.0.0 and TS004-2.0.0. */
#ifndef PACKAGES_TS004_H
#define PACKAGES_TS004_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TS004_FPORT = 201,
    TS004_PACKAGE_ID = 3,
    TS004_MAX_SESSIONS = 4,
    TS004_FRAGMENT_OVERHEAD = 3,   /* DataFragment: octets before the fragment */
    TS004_MAX_MISSING = 255,       /* MissingFrag saturates */
    TS004_MAX_BLOCK_ACK_DELAY = 7, /* answers within 2^(4 + it) s */
};

enum ts004_cid {
    TS004_PACKAGE_VERSION = 0x00,
    TS004_SESSION_STATUS = 0x01,
    TS004_SESSION_SETUP = 0x02,
    TS004_SESSION_DELETE = 0x03,
    TS004_BLOCK_RECEIVED = 0x04, /* version 2; the request goes up, the answer down */
    TS004_DATA_FRAGMENT = 0x08,
};

/* FragSessionSetupReq. */
struct ts004_setup_req {
    uint8_t frag_index, mc_group_mask; /* bit g: multicast group g may feed the session */
    uint16_t nb_frag;                  /* M: uncoded fragments */
    uint8_t frag_size, padding;
    uint8_t frag_algo;       /* 0..7 */
    uint8_t block_ack_delay; /* 0..7 */
    uint8_t descriptor[4];
    bool ack_reception; /* version 2 only, as what follows */
    uint16_t session_cnt;
    uint8_t mic[4];
};

/* FragSessionStatusAns. */
struct ts004_status_ans {
    uint8_t frag_index;
    uint16_t nb_frag_received; /* 14 bits */
    uint8_t missing_frag;
    bool memory_error;                      /* version 1: NotEnoughMatrixMemory */
    bool mic_error, session_does_not_exist; /* version 2 only */
    /* false: only the status octet, as the text of version 2 has it without a session. Then the
     * fields above but for the flags are 0. */
    bool has_counts;
};

/* One command with its fields; which member of u counts follows from (cid, uplink). */
struct ts004 {
    uint8_t cid;
    bool uplink; /* direction on the air */
    union {
        struct {
            uint8_t identifier, version;
        } package_version_ans;
        struct {
            uint8_t frag_index;
            bool participants; /* all answer; false: only who misses fragments */
        } status_req;
        struct ts004_status_ans status_ans;
        struct ts004_setup_req setup_req;
        struct {
            uint8_t frag_index;
            bool encoding_unsupported, not_enough_memory, index_not_supported, wrong_descriptor;
            bool session_cnt_replay; /* version 2 only */
        } setup_ans;
        struct {
            uint8_t frag_index;
        } delete_req, block_received_ans;
        struct {
            uint8_t frag_index;
            bool session_does_not_exist;
        } delete_ans;
        struct {
            uint8_t frag_index;
            bool mic_error;
        } block_received_req;
        struct {
            uint8_t frag_index;
            uint16_t n;          /* 14 bits; a valid one is 1 and up */
            const uint8_t *data; /* borrowed: to the end of the payload */
            size_t len;
        } data_fragment;
    } u;
};

/* Name as in the specification, e.g. "FragSessionSetupReq", or NULL for an unknown command. */
const char *ts004_name(uint8_t cid, bool uplink, int version);

/* Octets of this command with its CID, or SIM_ENOENT when the version has no such command. */
int ts004_size(const struct ts004 *c, int version);

/* Read the next command at buf[*at] and move *at behind it. version: 1 or 2. Returns 1, 0 at the
 * end, SIM_EPROTO at an unknown CID (the rest cannot be read), SIM_ETRUNC when the payload is cut.
 * RFU bits are ignored. A DataFragment takes the rest of the payload. In version 2 a status answer
 * that says SessionDoesNotExist is read with its counts when exactly those end the payload (the
 * text leaves them out, other implementations send them). */
int ts004_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, int version,
               struct ts004 *c);

/* Append a command at buf[*at], size bytes in all. Errors: SIM_ENOSPC, SIM_ERANGE (a field does not
 * fit its bits, or version 1 does not have it), SIM_ENOENT (unknown). */
int ts004_put(uint8_t *buf, size_t size, size_t *at, int version, const struct ts004 *c);

#endif
