/* SPDX-License-Identifier: GPL-2.0-only
 * Path gains from a propagation loss model of ns-3. Only links.c uses it. */
#ifndef RADIO_LOSS_NS3_H
#define RADIO_LOSS_NS3_H

#include "models/radio/links.h"
#include "sim/err.h"

struct ns3_loss;
struct ns3_point;

struct loss_ns3 {
    const struct links_input *in;
    struct ns3_loss *model;
    struct ns3_point *bases; /* the gateways */
    uint64_t *streams;       /* of the current row's pairs */
    double *gain_db;
    struct rng_key key;
};

/* Make the model that in->radio->path_loss names. Errors: SIM_ESCENARIO (unknown model, attribute
 * that it does not take, no bridge). The caller frees, also after an error. */
int loss_ns3_open(struct loss_ns3 *l, const struct links_input *in, struct sim_error *e);
void loss_ns3_free(struct loss_ns3 *l);

/* Gains in centi-dB from a node at a place to every gateway into gain_cdb; what the model draws is
 * keyed by (id, gateway). Errors: SIM_ESCENARIO (ns-3 failed, or a gain above 0 dB). */
int loss_ns3_row(struct loss_ns3 *l, sim_entity id, const struct place *at, int *gain_cdb,
                 struct sim_error *e);

#endif
