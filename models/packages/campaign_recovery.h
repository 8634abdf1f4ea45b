/* SPDX-License-Identifier: GPL-2.0-only
 * Which share of devices has a whole block after so many parity fragments, without repair rounds.
 * It is found from the code itself: each trial is a device that loses frames by a loss model and
 * decodes the rest on ranks (models/packages/fragdecode), parity rows and blind spots included. One
 * trial answers for every redundancy at once: the number of parity fragments sent when its rank
 * became M. */
#ifndef PACKAGES_CAMPAIGN_RECOVERY_H
#define PACKAGES_CAMPAIGN_RECOVERY_H

#include <stddef.h>
#include <stdint.h>

#include "models/packages/fragcode.h"
#include "models/radio/loss_model.h"

struct campaign_recovery_input {
    struct fragrows *rows; /* tells code and M; borrowed */
    unsigned max_coded;    /* parity fragments at most; M + max_coded <= FRAG_MAX_N */
    unsigned max_lost;     /* uncoded fragments that a device can repair: fragdec_cfg */
    const struct loss_model_cfg *loss;
    uint64_t seed;
    /* Devices for loss models that name them (per_device, trace): trial i is member i modulo
     * n_members, McFCnt first_fcnt is fragment 1. NULL: trials are devices of their own. */
    const struct loss_model_setup *members;
    unsigned n_trials; /* 0: as many as CAMPAIGN_RECOVERY_EFFORT allows */
};

enum {
    CAMPAIGN_RECOVERY_MAX_TRIALS = 4000,
    CAMPAIGN_RECOVERY_MIN_TRIALS = 100,
};
/* Word operations of one call's eliminations, about: a second or so. */
#define CAMPAIGN_RECOVERY_EFFORT 1e9

/* Share of devices with its 95 % confidence interval (Wilson's). */
struct campaign_recovery_share {
    double share, low, high;
};

struct campaign_recovery {
    unsigned n_trials, max_coded;
    uint32_t *n_whole; /* [0..max_coded]: trials that were whole after so many parity fragments */
};

/* Errors: those of loss_model_open, in e; r holds nothing then. campaign_recovery_free releases. */
int campaign_recovery_find(struct campaign_recovery *r, const struct campaign_recovery_input *in,
                           struct sim_error *e);
void campaign_recovery_free(struct campaign_recovery *r);

/* After n_coded parity fragments, at most max_coded. */
struct campaign_recovery_share campaign_recovery_share(const struct campaign_recovery *r,
                                                       unsigned n_coded);
/* The same for n of n_trials in general. */
struct campaign_recovery_share campaign_recovery_interval(unsigned n, unsigned n_trials);

#endif
