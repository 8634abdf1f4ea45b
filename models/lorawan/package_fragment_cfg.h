/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about fragmented blocks on the devices of a group, as read. */
#ifndef LORAWAN_PACKAGE_FRAGMENT_CFG_H
#define LORAWAN_PACKAGE_FRAGMENT_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario.h"

enum package_rows { PACKAGE_ROWS_DEPLOYED, PACKAGE_ROWS_LITERAL };
enum package_in_use { PACKAGE_IN_USE_REFUSE, PACKAGE_IN_USE_REPLACE };
enum package_status_delay { PACKAGE_DELAY_MULTICAST, PACKAGE_DELAY_ALWAYS };
enum package_no_session { PACKAGE_NO_SESSION_SHORT, PACKAGE_NO_SESSION_LONG };
enum package_after_block { PACKAGE_AFTER_STAY, PACKAGE_AFTER_LEAVE };
enum package_overflow { PACKAGE_OVERFLOW_INCOMPLETE, PACKAGE_OVERFLOW_COMPLETE };

/* The memory that a device has for blocks. */
struct package_fragment_memory_cfg {
    int64_t sessions;        /* 1..4 */
    int64_t fragments;       /* NbFrag */
    int64_t frag_size_bytes; /* FragSize */
    int64_t lost;            /* uncoded fragments that it can repair; SCN_WORD: any number */
    int64_t block_bytes;     /* of one block */
    int64_t total_bytes;     /* blocks and decoders of all sessions; SCN_WORD: enough */
};

/* What it does where the specification leaves a choice, or against it. */
struct package_fragment_rules_cfg {
    int rows;                   /* enum package_rows, version 2 */
    int in_use;                 /* enum package_in_use, version 1 */
    int status_delay;           /* enum package_status_delay */
    int no_session;             /* enum package_no_session, version 2 */
    int overflow;               /* enum package_overflow */
    int after_block;            /* enum package_after_block */
    uint8_t descriptor[4];      /* that it wants ... */
    uint8_t descriptor_mask[4]; /* ... in these bits */
    int64_t receipts;           /* transmissions of FragDataBlockReceivedReq */
    int64_t receipt_spacing_ns;
};

struct package_fragment_cfg {
    struct package_fragment_memory_cfg memory;
    struct package_fragment_rules_cfg rules;
    double real_bytes_ratio; /* of the devices, keep the bytes of blocks */
};
extern const struct scn_section package_fragment_section;

#endif
