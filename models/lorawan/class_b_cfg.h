/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about class B of a group of devices, as read. */
#ifndef LORAWAN_CLASS_B_CFG_H
#define LORAWAN_CLASS_B_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario.h"

/* How a device finds its first beacon. */
enum class_b_search { SEARCH_DEVICE_TIME, SEARCH_COLD };
/* How windows grow while beacons are missed. */
enum class_b_widening { WIDENING_PPM, WIDENING_DOUBLING, WIDENING_NONE };

struct class_b_cfg {
    int search;                /* enum class_b_search */
    int64_t periodicity;       /* of the ping slots, 0..7: one about every 2^periodicity s */
    int widening;              /* enum class_b_widening */
    int64_t assumed_drift_ppb; /* ppm: for which the windows are widened */
    int64_t search_pause_ns;   /* after a cold search that found nothing */
    int64_t session_lead_ns;   /* class A members look for beacons so long before a session */
    double beacon_loss_ratio;  /* beacons lost at random */
    bool log_beacons;          /* rows of every beacon with store: frames */
};
extern const struct scn_section class_b_section;

#endif
