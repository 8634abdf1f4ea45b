// SPDX-License-Identifier: GPL-2.0-only
// A node of ours is a bare node of ns-3 with devices, without any stack: every frame that a device
// hears goes to the host. One error model asks the host about each frame and receiver.
#include "sim/ns3/net.hh"

#include <cstring>
#include <memory>
#include <ns3/core-module.h>
#include <ns3/csma-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>
#include <vector>

#include "sim/ns3/simulator.hh"
#include "sim/ns3/trap.hh"

using namespace ns3;

namespace castbed
{

namespace
{

struct Net {
    const struct ns3_host *host;
    Ptr<HostSimulator> simulator; // null: ns-3's own
    std::vector<Ptr<Node>> nodes;
};

std::unique_ptr<Net> &TheNet()
{
    static std::unique_ptr<Net> net;
    return net;
}

// Loses what the host says is lost at this interface.
class HostErrorModel : public ErrorModel
{
  public:
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("castbed::HostErrorModel").SetParent<ErrorModel>();
        return tid;
    }

    HostErrorModel(int node, int iface) : m_node(node), m_iface(iface)
    {
    }

  private:
    bool DoCorrupt(Ptr<Packet>) override
    {
        const struct ns3_host *host = TheNet()->host;
        return host->lost(host->ctx, m_node, m_iface) != 0;
    }

    void DoReset() override
    {
    }

    int m_node, m_iface;
};

Mac48Address AddressOf(int node, int iface)
{
    uint8_t mac[6];
    ns3_net_address(node, iface, mac);
    Mac48Address address;
    address.CopyFrom(mac);
    return address;
}

// A frame that came to an interface, whoever it is for.
bool OnFrame(int node, int iface, Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t type,
             const Address &from, const Address &to, NetDevice::PacketType)
{
    uint8_t bytes[1600];
    struct ns3_frame f;
    std::memset(&f, 0, sizeof f);
    f.node = node;
    f.iface = iface;
    f.type = type;
    if (Mac48Address::IsMatchingType(from))
        Mac48Address::ConvertFrom(from).CopyTo(f.src);
    if (Mac48Address::IsMatchingType(to))
        Mac48Address::ConvertFrom(to).CopyTo(f.dst);
    f.len = packet->CopyData(bytes, sizeof bytes);
    f.bytes = bytes;
    TheNet()->host->frame(TheNet()->host->ctx, &f);
    return true;
}

// Give a device to a node; its interface number.
template <class Device> int Attach(int node, Ptr<Device> device)
{
    Ptr<Node> n = TheNet()->nodes[(size_t)node];
    int iface = (int)n->GetNDevices();
    device->SetAddress(AddressOf(node, iface));
    n->AddDevice(device);
    device->SetPromiscReceiveCallback([node, iface](Ptr<NetDevice> d, Ptr<const Packet> p,
                                                    uint16_t type, const Address &from,
                                                    const Address &to, NetDevice::PacketType kind) {
        return OnFrame(node, iface, d, p, type, from, to, kind);
    });
    if (TheNet()->host->lost)
        device->SetReceiveErrorModel(CreateObject<HostErrorModel>(node, iface));
    return iface;
}

template <class Device> Ptr<Device> MakeDevice()
{
    Ptr<Device> device = CreateObject<Device>();
    Ptr<DropTailQueue<Packet>> queue = CreateObject<DropTailQueue<Packet>>();
    device->SetQueue(queue);
    return device;
}

int MakeCsma(const struct ns3_link_spec &spec, int *ifaces)
{
    Ptr<CsmaChannel> channel = CreateObject<CsmaChannel>();
    channel->SetAttribute("DataRate", DataRateValue(DataRate(spec.bits_per_s)));
    channel->SetAttribute("Delay", TimeValue(NanoSeconds(spec.delay_ns)));
    int64_t stream = (int64_t)(spec.stream >> 2);
    for (size_t i = 0; i < spec.n_nodes; i++) {
        Ptr<CsmaNetDevice> device = MakeDevice<CsmaNetDevice>();
        ifaces[i] = Attach(spec.nodes[i], device);
        device->Attach(channel);
        stream += device->AssignStreams(stream);
    }
    return 0;
}

int MakePointToPoint(const struct ns3_link_spec &spec, int *ifaces)
{
    if (spec.n_nodes != 2)
        return Fail("a point-to-point link joins 2 nodes, not " + std::to_string(spec.n_nodes));
    Ptr<PointToPointChannel> channel = CreateObject<PointToPointChannel>();
    channel->SetAttribute("Delay", TimeValue(NanoSeconds(spec.delay_ns)));
    for (int i = 0; i < 2; i++) {
        Ptr<PointToPointNetDevice> device = MakeDevice<PointToPointNetDevice>();
        device->SetDataRate(DataRate(spec.bits_per_s));
        ifaces[i] = Attach(spec.nodes[i], device);
        device->Attach(channel);
    }
    return 0;
}

int Link(const struct ns3_link_spec &spec, int *ifaces)
{
    for (size_t i = 0; i < spec.n_nodes; i++)
        if (spec.nodes[i] < 0 || (size_t)spec.nodes[i] >= TheNet()->nodes.size())
            return Fail("there is no node " + std::to_string(spec.nodes[i]));
    if (spec.bits_per_s == 0 || spec.delay_ns < 0)
        return Fail("a link needs a rate above 0 and a delay of 0 or more");
    return spec.kind == NS3_CSMA ? MakeCsma(spec, ifaces) : MakePointToPoint(spec, ifaces);
}

int Send(const struct ns3_frame &f)
{
    std::vector<Ptr<Node>> &nodes = TheNet()->nodes;
    if (f.node < 0 || (size_t)f.node >= nodes.size() || f.iface < 0 ||
        (uint32_t)f.iface >= nodes[(size_t)f.node]->GetNDevices())
        return Fail("there is no interface " + std::to_string(f.iface) + " of node " +
                    std::to_string(f.node));
    Ptr<NetDevice> device = nodes[(size_t)f.node]->GetDevice((uint32_t)f.iface);
    if (f.len > device->GetMtu())
        return Fail("a frame of " + std::to_string(f.len) + " octets, at most " +
                    std::to_string(device->GetMtu()));
    if (device->IsPointToPoint() && f.type != 0x0800 && f.type != 0x86dd)
        return Fail("a point-to-point link carries IPv4 and IPv6 only");
    static const uint8_t own[6] = {0, 0, 0, 0, 0, 0};
    Mac48Address to, from;
    to.CopyFrom(f.dst);
    from.CopyFrom(f.src);
    Ptr<Packet> packet = Create<Packet>(f.bytes, (uint32_t)f.len);
    bool sent = std::memcmp(f.src, own, sizeof own) == 0 || device->IsPointToPoint()
                    ? device->Send(packet, to, f.type)
                    : device->SendFrom(packet, from, to, f.type);
    return sent ? 1 : 0;
}

int Open(const struct ns3_host *host)
{
    if (TheNet())
        return Fail("there is a network of ns-3 already in this process");
    HostSimulator::SetHost(host);
    Ptr<HostSimulator> simulator = CreateObject<HostSimulator>();
    Simulator::SetImplementation(simulator);
    TheNet().reset(new Net{host, simulator, {}});
    return 0;
}

// The end is scheduled before anything else, so that it comes first of what is at that instant.
int OpenDefault(const struct ns3_host *host, int64_t endNs)
{
    if (TheNet())
        return Fail("there is a network of ns-3 already in this process");
    Simulator::SetImplementation(CreateObject<DefaultSimulatorImpl>());
    TheNet().reset(new Net{host, nullptr, {}});
    Simulator::Stop(NanoSeconds(endNs));
    return 0;
}

} // namespace

int NetOpen(const struct ns3_host *host)
{
    return Guarded([&] { return Open(host); });
}

int NetOpenDefault(const struct ns3_host *host, int64_t endNs)
{
    return Guarded([&] { return OpenDefault(host, endNs); });
}

void EnginePush(int64_t atNs, const struct evq_guest *e)
{
    struct evq_guest event = *e;
    Simulator::Schedule(TimeStep((uint64_t)atNs) - Simulator::Now(), [event] {
        const struct ns3_host *host = TheNet()->host;
        host->event(host->ctx, &event);
    });
}

int64_t EngineNow()
{
    return Simulator::Now().GetTimeStep();
}

void EngineRun()
{
    Contained([] { Simulator::Run(); });
}

void EngineStop()
{
    Simulator::Stop();
}

int NetNode()
{
    return Guarded([&] {
        TheNet()->nodes.push_back(CreateObject<Node>());
        return (int)TheNet()->nodes.size() - 1;
    });
}

int NetLink(const struct ns3_link_spec *spec, int *ifaces)
{
    return Guarded([&] { return Link(*spec, ifaces); });
}

int NetSend(const struct ns3_frame *f)
{
    return Guarded([&] { return Send(*f); });
}

int NetRun(int (*loop)(void *arg), void *arg)
{
    return Guarded([&] { return loop(arg); });
}

void RunEvent(void *event, uint32_t)
{
    Contained([=] { TheNet()->simulator->RunWaiting(static_cast<Waiting *>(event)); });
}

uint64_t NetEvents()
{
    return Simulator::GetEventCount();
}

// Simulator::Destroy makes ns-3 forget everything but its types, so that the next network of the
// process begins as the first one did.
int NetClose()
{
    return Guarded([&] {
        TheNet().reset();
        Simulator::Destroy();
        return 0;
    });
}

} // namespace castbed
