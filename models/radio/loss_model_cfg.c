/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of a multicast group's loss. */
#include <stddef.h>

#include "models/radio/loss_model.h"

static const char *const kind_names[] = {"none",       "bernoulli", "gilbert_elliott",
                                         "per_device", "trace",     NULL};

#define AT(field) offsetof(struct loss_model_cfg, field)
static const struct scn_key loss_model_keys[] = {
    {.name = "kind",
     .kind = SCN_ENUM,
     .offset = AT(kind),
     .names = kind_names,
     .def = "none",
     .help = "`bernoulli`: each frame at each member alike; `gilbert_elliott`: bursts, by a chain "
             "of two states of each member; `per_device`: a rate of each member; `trace`: only the "
             "counters that a member has received in a recording."},
    {.name = "loss_ratio",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = AT(loss_ratio),
     .min = "0%",
     .max = "100%",
     .def = "10%",
     .only = "kind=bernoulli",
     .help = "Of `bernoulli`: share of frames that a member loses."},
    {.name = "p",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = AT(to_bad_ratio),
     .min = "0%",
     .max = "100%",
     .def = "2%",
     .only = "kind=gilbert_elliott",
     .help = "Of `gilbert_elliott`: from the good to the bad state, from one frame to the next."},
    {.name = "r",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = AT(to_good_ratio),
     .min = "0%",
     .max = "100%",
     .def = "20%",
     .only = "kind=gilbert_elliott",
     .help = "Of `gilbert_elliott`: from the bad to the good state; a burst lasts 1/r frames in "
             "the mean, and a share of p / (p + r) of the frames finds the bad state."},
    {.name = "loss_good",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = AT(good_loss_ratio),
     .min = "0%",
     .max = "100%",
     .def = "0%",
     .only = "kind=gilbert_elliott",
     .help = "Of `gilbert_elliott`: share of frames lost in the good state."},
    {.name = "loss_bad",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = AT(bad_loss_ratio),
     .min = "0%",
     .max = "100%",
     .def = "100%",
     .only = "kind=gilbert_elliott",
     .help = "Of `gilbert_elliott`: share of frames lost in the bad state."},
    {.name = "file",
     .kind = SCN_FILE,
     .offset = AT(file),
     .only = "kind=per_device|trace",
     .help = "For `per_device`: CSV with the columns device, loss_ratio (0 to 1), a row for every "
             "member. For `trace`: CSV with the columns device, mc_fcnt, a row for each counter "
             "received; all others are lost. Devices are named as in meters/0; rows of devices "
             "that are no members do not count."},
    {.name = NULL},
};
const struct scn_section loss_model_section = {
    .name = "loss",
    .help = "Loss of a group's frames besides what the radio loses: reason `random`. It is drawn "
            "by device and McFCnt, for all copies of a frame alike.",
    .keys = loss_model_keys,
    .size = sizeof(struct loss_model_cfg)};
