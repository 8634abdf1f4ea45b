// SPDX-License-Identifier: GPL-2.0-only
// ns-3's simulator on the program's own event queue: one order for its events and ours.
#ifndef SIM_NS3_SIMULATOR_HH
#define SIM_NS3_SIMULATOR_HH

extern "C" {
#include "sim/ns3/bridge.h"
}

#include <cstdint>
#include <list>
#include <ns3/event-id.h>
#include <ns3/simulator-impl.h>

namespace castbed
{

// An event of ns-3 that waits in the program's queue.
struct Waiting {
    ns3::EventImpl *event; // one reference is ours
    uint32_t context;
    uint32_t uid;
    Waiting *next; // in the list of free ones
};

class HostSimulator : public ns3::SimulatorImpl
{
  public:
    static ns3::TypeId GetTypeId();

    // The queue that the next simulator of this type stands on; borrowed.
    static void SetHost(const struct ns3_host *host);

    ~HostSimulator() override;
    void Destroy() override;
    bool IsFinished() const override;
    void Stop() override;
    void Stop(const ns3::Time &delay) override;
    ns3::EventId Schedule(const ns3::Time &delay, ns3::EventImpl *event) override;
    void ScheduleWithContext(uint32_t context, const ns3::Time &delay,
                             ns3::EventImpl *event) override;
    ns3::EventId ScheduleNow(ns3::EventImpl *event) override;
    ns3::EventId ScheduleDestroy(ns3::EventImpl *event) override;
    void Remove(const ns3::EventId &id) override;
    void Cancel(const ns3::EventId &id) override;
    bool IsExpired(const ns3::EventId &id) const override;
    void Run() override;
    ns3::Time Now() const override;
    ns3::Time GetDelayLeft(const ns3::EventId &id) const override;
    ns3::Time GetMaximumSimulationTime() const override;
    void SetScheduler(ns3::ObjectFactory factory) override;
    uint32_t GetSystemId() const override;
    uint32_t GetContext() const override;
    uint64_t GetEventCount() const override;

    // The time of a waiting event has come.
    void RunWaiting(Waiting *w);

  private:
    void DoDispose() override;
    ns3::EventId Push(uint32_t context, const ns3::Time &delay, ns3::EventImpl *event);
    uint32_t NextUid();

    Waiting *m_free = nullptr;
    std::list<Waiting *> m_blocks;
    std::list<ns3::EventId> m_destroy;
    uint32_t m_uid = ns3::EventId::VALID; // of the next event
    uint32_t m_current = 0;               // of the event that runs or ran last,
    int64_t m_currentAt = -1;             // and its time
    uint32_t m_context = UINT32_MAX;      // Simulator::NO_CONTEXT
    uint64_t m_count = 0;
};

} // namespace castbed

#endif
