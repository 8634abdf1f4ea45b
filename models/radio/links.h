/* SPDX-License-Identifier: GPL-2.0-only
 * Who can hear whom: antenna gains between devices and gateways, computed once, in compressed rows.
 */
#ifndef RADIO_LINKS_H
#define RADIO_LINKS_H

#include <stddef.h>
#include <stdint.h>

#include "models/radio/place.h"
#include "models/radio/radio_cfg.h"
#include "sim/rng.h"

struct link {
    uint16_t gateway; /* index */
    int16_t gain_cdb; /* path gain: received power is EIRP plus this; -32768..0 */
};

struct links {
    uint32_t *first; /* n_devices + 1: device d has links[first[d] .. first[d+1]), by falling gain,
                        then gateway */
    struct link *link;
    size_t n_devices, n_gateways;
    int16_t *gateway_gain_cdb; /* n_gateways x n_gateways */
    size_t n_cut;              /* links left out for being below the limit */
    int limit_cdb;             /* gain below which links were left out */
};

struct links_input {
    const struct radio_cfg *radio;
    const struct scenario *scenario; /* for messages; may be NULL in tests */
    int64_t frequency_hz;            /* for models that depend on it: the region's middle */
    const struct place *devices;
    const sim_entity *device_ids;
    size_t n_devices;
    const struct place *gateways;
    const sim_entity *gateway_ids;
    size_t n_gateways;
    int limit_cdb; /* keep links with gain >= this: best sensitivity - margin - highest EIRP */
    /* How much more gain a device of less power, and a gateway of less sensitivity, need; so that
     * what is kept of a link does not depend on other nodes. NULL: all the same. */
    const int16_t *device_extra_cdb, *gateway_extra_cdb;
    uint64_t seed, run;
};

/* Compute the links. Errors: SIM_ESCENARIO (bad matrix file, bad ns-3 model). The caller frees with
 * links_free. */
int links_make(struct links *l, const struct links_input *in, struct sim_error *e);
void links_free(struct links *l);

/* Path gain between two devices in centi-dB, without shadowing. matrix, ns3: -300 dB, because
 * they are asked for links to gateways only. */
int links_path_gain_cdb(const struct path_loss_cfg *cfg, int64_t frequency_hz,
                        const struct place *a, const struct place *b);

/* Fading of one frame on one link, centi-dB, drawn from (fading key, transmitter, n of the frame,
 * receiver). */
int links_fading_cdb(const struct fading_cfg *cfg, struct rng_key key, sim_entity transmitter,
                     uint64_t n, uint32_t receiver);

#endif
