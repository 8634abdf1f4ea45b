// SPDX-License-Identifier: GPL-2.0-only
// The table of functions that the shared object gives to the program.
extern "C" {
#include "sim/ns3/bridge.h"
}

#include "sim/ns3/net.hh"
#include "sim/ns3/propagation.hh"
#include "sim/ns3/trap.hh"

static const char *Error()
{
    return castbed::LastError().c_str();
}

const struct ns3_bridge *castbed_ns3_bridge()
{
    using namespace castbed;
    static const struct ns3_bridge bridge = {NS3_BRIDGE_VERSION,
                                             CASTBED_NS3_VERSION,
                                             Error,
                                             LossOpen,
                                             LossGains,
                                             LossClose,
                                             NetOpen,
                                             NetNode,
                                             NetLink,
                                             NetSend,
                                             NetRun,
                                             RunEvent,
                                             NetEvents,
                                             NetClose};
    return &bridge;
}
