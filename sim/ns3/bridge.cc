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
    static const struct ns3_bridge bridge = {.version = NS3_BRIDGE_VERSION,
                                             .ns3_version = CASTBED_NS3_VERSION,
                                             .error = Error,
                                             .loss_open = LossOpen,
                                             .loss_gains = LossGains,
                                             .loss_close = LossClose,
                                             .net_open = NetOpen,
                                             .net_open_default = NetOpenDefault,
                                             .engine_push = EnginePush,
                                             .engine_now = EngineNow,
                                             .engine_run = EngineRun,
                                             .engine_stop = EngineStop,
                                             .net_node = NetNode,
                                             .net_link = NetLink,
                                             .net_send = NetSend,
                                             .net_run = NetRun,
                                             .run_event = RunEvent,
                                             .net_n_events = NetEvents,
                                             .net_close = NetClose};
    return &bridge;
}
