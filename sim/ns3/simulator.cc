// SPDX-License-Identifier: GPL-2.0-only
// Each Schedule of ns-3 is one push into the program's queue, so events at one instant run in the
// order in which they were scheduled, whoever scheduled them. A removed event stays in the queue
// and does nothing when its time comes, as ns-3's own simulators do with cancelled ones.
#include "sim/ns3/simulator.hh"

#include <ns3/event-impl.h>
#include <ns3/object-factory.h>
#include <ns3/scheduler.h>
#include <ns3/simulator.h>

#include "sim/ns3/trap.hh"

using namespace ns3;

namespace castbed
{

namespace
{

const int BLOCK = 256;

const struct ns3_host *&TheHost()
{
    static const struct ns3_host *host = nullptr;
    return host;
}

} // namespace

NS_OBJECT_ENSURE_REGISTERED(HostSimulator);

TypeId HostSimulator::GetTypeId()
{
    static TypeId tid = TypeId("castbed::HostSimulator")
                            .SetParent<SimulatorImpl>()
                            .SetGroupName("Core")
                            .AddConstructor<HostSimulator>();
    return tid;
}

void HostSimulator::SetHost(const struct ns3_host *host)
{
    TheHost() = host;
}

HostSimulator::~HostSimulator()
{
    for (Waiting *block : m_blocks)
        delete[] block;
}

void HostSimulator::Destroy()
{
    while (!m_destroy.empty()) {
        Ptr<EventImpl> event = m_destroy.front().PeekEventImpl();
        m_destroy.pop_front();
        if (!event->IsCancelled())
            event->Invoke();
    }
}

// What still waits in the queue is ours to release; the host drops its side.
void HostSimulator::DoDispose()
{
    for (Waiting *block : m_blocks)
        for (int i = 0; i < BLOCK; i++)
            if (block[i].event)
                block[i].event->Unref();
    SimulatorImpl::DoDispose();
}

// 0 to 3 have meanings of their own, also after 2^32 events.
uint32_t HostSimulator::NextUid()
{
    uint32_t uid = m_uid++;
    if (m_uid < EventId::VALID)
        m_uid = EventId::VALID;
    return uid;
}

EventId HostSimulator::Push(uint32_t context, const Time &delay, EventImpl *event)
{
    if (!m_free) {
        Waiting *block = new Waiting[BLOCK]();
        m_blocks.push_back(block);
        for (int i = 0; i < BLOCK; i++) {
            block[i].next = m_free;
            m_free = &block[i];
        }
    }
    Waiting *w = m_free;
    m_free = w->next;
    *w = {event, context, NextUid(), nullptr};
    int64_t at = TheHost()->now(TheHost()->ctx) + delay.GetTimeStep();
    TheHost()->push(TheHost()->ctx, at, w);
    return EventId(Ptr<EventImpl>(event), (uint64_t)at, context, w->uid);
}

void HostSimulator::RunWaiting(Waiting *w)
{
    EventImpl *event = w->event;
    m_context = w->context;
    m_current = w->uid;
    m_currentAt = Now().GetTimeStep();
    m_count++;
    w->event = nullptr;
    w->next = m_free;
    m_free = w;
    event->Invoke();
    event->Unref();
}

EventId HostSimulator::Schedule(const Time &delay, EventImpl *event)
{
    return Push(m_context, delay, event);
}

void HostSimulator::ScheduleWithContext(uint32_t context, const Time &delay, EventImpl *event)
{
    Push(context, delay, event);
}

EventId HostSimulator::ScheduleNow(EventImpl *event)
{
    return Push(m_context, Time(0), event);
}

EventId HostSimulator::ScheduleDestroy(EventImpl *event)
{
    EventId id(Ptr<EventImpl>(event, false), (uint64_t)Now().GetTimeStep(), UINT32_MAX,
               EventId::DESTROY);
    m_destroy.push_back(id);
    return id;
}

void HostSimulator::Remove(const EventId &id)
{
    if (id.GetUid() == EventId::DESTROY)
        m_destroy.remove(id);
    else
        Cancel(id);
}

void HostSimulator::Cancel(const EventId &id)
{
    if (!IsExpired(id))
        id.PeekEventImpl()->Cancel();
}

bool HostSimulator::IsExpired(const EventId &id) const
{
    if (!id.PeekEventImpl() || id.PeekEventImpl()->IsCancelled())
        return true;
    if (id.GetUid() == EventId::DESTROY) {
        for (const EventId &waiting : m_destroy)
            if (waiting == id)
                return false;
        return true;
    }
    int64_t at = (int64_t)id.GetTs(), now = Now().GetTimeStep();
    bool before = m_currentAt == now && (int32_t)(id.GetUid() - m_current) <= 0;
    return at < now || (at == now && before);
}

bool HostSimulator::IsFinished() const
{
    return false; // the host knows
}

void HostSimulator::Stop()
{
    TheHost()->stop(TheHost()->ctx);
}

void HostSimulator::Stop(const Time &delay)
{
    Simulator::Schedule(delay, &Simulator::Stop);
}

void HostSimulator::Run()
{
    NS_FATAL_ERROR("the program runs the queue, not ns-3");
}

Time HostSimulator::Now() const
{
    return TimeStep(TheHost()->now(TheHost()->ctx));
}

Time HostSimulator::GetDelayLeft(const EventId &id) const
{
    return IsExpired(id) ? TimeStep(0) : TimeStep((int64_t)id.GetTs()) - Now();
}

Time HostSimulator::GetMaximumSimulationTime() const
{
    return TimeStep(INT64_MAX);
}

void HostSimulator::SetScheduler(ObjectFactory)
{
}

uint32_t HostSimulator::GetSystemId() const
{
    return 0;
}

uint32_t HostSimulator::GetContext() const
{
    return m_context;
}

uint64_t HostSimulator::GetEventCount() const
{
    return m_count;
}

} // namespace castbed
