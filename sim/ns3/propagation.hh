// SPDX-License-Identifier: GPL-2.0-only
// Propagation loss models of ns-3 behind integer handles.
#ifndef SIM_NS3_PROPAGATION_H
#define SIM_NS3_PROPAGATION_H

extern "C" {
#include "sim/ns3/bridge.h"
}

namespace castbed
{

int LossOpen(const struct ns3_loss_spec *spec);
int LossGains(int handle, const struct ns3_point *mobile, const struct ns3_point *bases,
              const uint64_t *streams, size_t n, double *gainDb);
void LossClose(int handle);

} // namespace castbed

#endif
