/* SPDX-License-Identifier: GPL-2.0-only
 * Loss of multicast frames that a scenario asks for besides what the radio loses: independent,
 * in bursts, at a rate of each device, or as recorded. Whether a member loses a frame follows from
 * (seed, run, group, device, McFCnt) alone, so the order of questions does not matter and a member
 * more changes nothing for the others.
 *
 * Bursts: Gilbert, "Capacity of a burst-noise channel", BSTJ 39, 1960; Elliott, BSTJ 42, 1963. */
#ifndef RADIO_LOSS_MODEL_H
#define RADIO_LOSS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/entity.h"
#include "sim/scenario.h"

enum loss_model_kind {
    LOSS_MODEL_NONE,
    LOSS_MODEL_BERNOULLI,
    LOSS_MODEL_GILBERT_ELLIOTT,
    LOSS_MODEL_PER_DEVICE,
    LOSS_MODEL_TRACE
};

struct loss_model_cfg {
    int kind;                           /* enum loss_model_kind */
    double loss_ratio;                  /* bernoulli */
    double to_bad_ratio, to_good_ratio; /* gilbert_elliott: p and r, from one frame to the next */
    double good_loss_ratio, bad_loss_ratio; /* gilbert_elliott: in each state */
    const char *file; /* per_device: CSV device,loss_ratio; trace: CSV device,mc_fcnt */
};
extern const struct scn_section loss_model_section;

struct loss_model_setup {
    const struct loss_model_cfg *cfg;
    const struct scenario *scenario; /* for messages, or NULL */
    const char *group;               /* name of the multicast group */
    const sim_entity *device_ids;    /* all that a file may name; borrowed for the call */
    size_t n_devices;
    const uint32_t *members; /* indices into device_ids; borrowed for the call */
    uint32_t n_members;
    uint32_t first_fcnt; /* of the group: where chains of states begin */
    uint64_t seed, run;
};

struct loss_model;

/* kind none: *m is NULL. Errors: SIM_ESCENARIO (keys that do not fit together, a file that cannot
 * be read or names what is not there, a member without a rate): nothing is made. */
int loss_model_open(struct loss_model **m, const struct loss_model_setup *s, struct sim_error *e);
void loss_model_close(struct loss_model *m);

/* Does member 0..n_members-1 lose the frame of this McFCnt (first_fcnt and later)? m NULL: no. */
bool loss_model_lost(struct loss_model *m, uint32_t member, uint32_t mc_fcnt);

/* trace: members of whom the file has no counter, who receive nothing; else 0. */
uint32_t loss_model_n_silent(const struct loss_model *m);
/* Share of frames that a member loses in the long run; trace: -1, nobody knows. m NULL: 0. */
double loss_model_ratio(const struct loss_model *m, uint32_t member);

#endif
