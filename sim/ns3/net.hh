// SPDX-License-Identifier: GPL-2.0-only
// Nodes and links behind integers.
#ifndef SIM_NS3_NET_HH
#define SIM_NS3_NET_HH

extern "C" {
#include "sim/ns3/bridge.h"
}

namespace castbed
{

int NetOpen(const struct ns3_host *host);
int NetOpenDefault(const struct ns3_host *host, int64_t endNs);
void EnginePush(int64_t atNs, const struct evq_guest *e);
int64_t EngineNow();
void EngineRun();
void EngineStop();
int NetNode();
int NetLink(const struct ns3_link_spec *spec, int *ifaces);
int NetSend(const struct ns3_frame *f);
int NetRun(int (*loop)(void *arg), void *arg);
void RunEvent(void *event, uint32_t zero);
uint64_t NetEvents();
int NetClose();

} // namespace castbed

#endif
