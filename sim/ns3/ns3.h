/* SPDX-License-Identifier: GPL-2.0-only
 * ns-3 as a guest: its propagation loss models, by type name. The shared object behind it is opened
 * by the first call and stays; programs that never ask do not load ns-3. */
#ifndef SIM_NS3_NS3_H
#define SIM_NS3_NS3_H

#include <stddef.h>
#include <stdint.h>

struct sim_error;

/* An attribute of an ns-3 object, both as ns-3 writes them: "Exponent", "3.2". */
struct ns3_attribute {
    const char *name, *value;
};

struct ns3_loss_spec {
    const char *type; /* "ns3::LogDistancePropagationLossModel" */
    const struct ns3_attribute *attributes;
    size_t n_attributes;
    double frequency_hz; /* given to models that have a frequency, unless an attribute does */
};

struct ns3_point {
    double x_m, y_m, z_m;
};

struct ns3_loss;

/* Make a propagation loss model. Errors: SIM_EINVAL (unknown or refused type, attribute that ns-3
 * does not take), SIM_EIO (the bridge cannot be opened), SIM_EGUEST (ns-3 ended with an error of
 * its own); e says which, in ns-3's own words where it has some. The caller closes it. */
int ns3_loss_open(struct ns3_loss **l, const struct ns3_loss_spec *spec, struct sim_error *e);
void ns3_loss_close(struct ns3_loss *l);

/* Gains in dB (received power of 0 dBm sent; at most 0 for a passive path) from a mobile to n bases
 * into gain_db. streams: for each pair 62 bits from which a model that draws takes its draws, so
 * that no pair's draws depend on another's. Errors: SIM_EGUEST; also when a gain is no number. */
int ns3_loss_gains(struct ns3_loss *l, const struct ns3_point *mobile,
                   const struct ns3_point *bases, const uint64_t *streams, size_t n,
                   double *gain_db, struct sim_error *e);

/* The version of ns-3 behind the bridge ("3.37"), or NULL when it cannot be opened (e says why). */
const char *ns3_version(struct sim_error *e);

#endif
