/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about firmware campaigns, as read. */
#ifndef SERVER_CAMPAIGN_CFG_H
#define SERVER_CAMPAIGN_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario.h"

/* When a transmission is over: when all planned fragments were sent; or sooner, when every receiver
 * has said that its block is complete (FragDataBlockReceivedReq, TS004-2.0.0); or when status
 * requests to the group in the session say so. */
enum campaign_end { CAMPAIGN_END_SENT, CAMPAIGN_END_ACKNOWLEDGED, CAMPAIGN_END_STATUS };

/* Whether clocks are looked at, and how. */
enum campaign_clock { CAMPAIGN_CLOCK_NONE, CAMPAIGN_CLOCK_SESSION, CAMPAIGN_CLOCK_TS003 };

/* Who answers a status request, or that nobody is asked: the verdict is then what devices have. */
enum campaign_status { CAMPAIGN_STATUS_ALL, CAMPAIGN_STATUS_MISSING, CAMPAIGN_STATUS_NONE };

/* How a device is told to boot into the new image. */
enum campaign_reboot { CAMPAIGN_REBOOT_NONE, CAMPAIGN_REBOOT_COUNTDOWN, CAMPAIGN_REBOOT_TIME };

/* The seed of parity rows in version 2, see FRAG_CODE_V2 in models/packages/fragcode.h. */
enum campaign_rows { CAMPAIGN_ROWS_DEPLOYED, CAMPAIGN_ROWS_LITERAL };

/* How requests of one kind are repeated. */
struct campaign_phase_cfg {
    int64_t tries;       /* transmissions of a request */
    int64_t spacing_ns;  /* from one to the next */
    int64_t deadline_ns; /* from the first one on */
};

struct campaign_phases_cfg {
    struct campaign_phase_cfg inventory, clock, group, fragments, session, status, remove, image,
        reboot;
};

struct campaign_session_cfg {
    int64_t start_ns;  /* of the first one; SCN_WORD: lead after the set-up */
    int64_t timeout;   /* 2^timeout s or beacon periods; SCN_WORD: as the plan needs it */
    int64_t margin_ns; /* nothing is sent before start + margin */
    int64_t lead_ns;   /* from asking devices to the start */
    int64_t max;       /* sessions, those of repair rounds not counted */
};

struct campaign_clock_cfg {
    int check; /* enum campaign_clock */
    int64_t max_error_ns;
    int64_t requests; /* NbTransmissions of ForceDeviceResyncReq */
};

struct campaign_repair_cfg {
    int64_t rounds;
    double redundancy_ratio; /* of the block, in each round */
    int64_t unicast;         /* at most so many devices left: to each of them alone */
};

struct campaign_firmware_cfg {
    int64_t version;  /* that the image has */
    int64_t hardware; /* that it is for */
    bool check;       /* DevUpgradeImageReq */
    int reboot;       /* enum campaign_reboot */
    int64_t reboot_delay_ns;
    bool verify; /* DevVersionReq when it has rebooted */
};

/* Mistakes of servers, made on purpose. */
struct campaign_mistakes_cfg {
    int64_t group_removed_after; /* fragments; SCN_WORD: not made */
    bool set_up_stalls;
};

struct campaign_cfg {
    const char *name;
    const char *group;  /* multicast group */
    const char *image;  /* file, or NULL: size_bytes made of image_seed */
    int64_t size_bytes; /* SCN_WORD: of the file */
    int64_t image_seed;
    int64_t start_ns;
    int64_t frag_size_bytes; /* SCN_WORD: as large as the data rate's payload allows */
    double redundancy_ratio; /* parity fragments, share of the uncoded ones, rounded up */
    int64_t n_parity;        /* SCN_WORD: as redundancy_ratio says */
    int64_t version;         /* of TS004; SCN_WORD: as the members have it */
    int rows;                /* enum campaign_rows, version 2 only */
    int64_t frag_index;
    int64_t session_cnt; /* version 2 only */
    int64_t block_ack_delay;
    uint8_t descriptor[4];
    int64_t period_ns; /* least time between the starts of two fragments */
    bool must_reach;   /* refuse members that hear no gateway of the group */
    bool inventory;    /* ask for package versions */
    struct campaign_clock_cfg clock;
    struct campaign_session_cfg session;
    int end;    /* enum campaign_end */
    int status; /* enum campaign_status */
    struct campaign_repair_cfg repair;
    struct campaign_firmware_cfg firmware;
    bool remove; /* group and fragmentation session at the end */
    struct campaign_phases_cfg phases;
    struct campaign_mistakes_cfg mistakes;
};
extern const struct scn_section campaign_section;

#endif
