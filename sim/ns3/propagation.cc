// SPDX-License-Identifier: GPL-2.0-only
// Which of ns-3's models can be used, what each needs besides its name, and their gains.
//
// Some models crash or end the program when they are built by name alone, because they look for a
// node, a building or a channel condition beside the position: the table gives them these. All
// nodes are outdoors. Models that draw get the pair's stream before each draw, so no draw depends
// on another pair; their draws stay for the run, like shadowing.
#include "sim/ns3/propagation.hh"

#include <cmath>
#include <map>
#include <ns3/buildings-module.h>
#include <ns3/channel-condition-model.h>
#include <ns3/core-module.h>
#include <ns3/mobility-module.h>
#include <ns3/node.h>
#include <ns3/propagation-loss-model.h>
#include <ns3/three-gpp-propagation-loss-model.h>
#include <ns3/three-gpp-v2v-propagation-loss-model.h>

#include "sim/ns3/trap.hh"

using namespace ns3;

namespace castbed
{

namespace
{

enum Needs {
    POSITION,
    BUILDING, // and a node: shadowing and conditions are kept per pair of nodes
};

struct Known {
    const char *name; // without "ns3::" and "PropagationLossModel"
    Needs needs;
    double minHz;          // of its frequency; 0: any (some cannot be asked); -1: it has none
    const char *condition; // type of its channel condition model, or nullptr
    const char *refused;   // why it cannot be used, or nullptr
};

const Known KNOWN[] = {
    {"Friis", POSITION, 0, nullptr, nullptr},
    {"TwoRayGround", POSITION, 0, nullptr, nullptr},
    {"LogDistance", POSITION, -1, nullptr, nullptr},
    {"ThreeLogDistance", POSITION, -1, nullptr, nullptr},
    {"Range", POSITION, -1, nullptr, nullptr},
    {"Cost231", POSITION, 0, nullptr, nullptr},
    {"OkumuraHata", POSITION, 0, nullptr, nullptr},
    {"ItuR1411Los", POSITION, 0, nullptr, nullptr},
    {"ItuR1411NlosOverRooftop", POSITION, 0, nullptr, nullptr},
    {"Kun2600Mhz", POSITION, -1, nullptr, nullptr},
    {"Random", POSITION, -1, nullptr, nullptr},
    {"Nakagami", POSITION, -1, nullptr, nullptr},
    {"HybridBuildings", BUILDING, 0, nullptr, nullptr},
    {"OhBuildings", BUILDING, -1, nullptr, nullptr},
    {"ThreeGppRma", BUILDING, 0.5e9, "ns3::ThreeGppRmaChannelConditionModel", nullptr},
    {"ThreeGppUma", BUILDING, 0.5e9, "ns3::ThreeGppUmaChannelConditionModel", nullptr},
    {"ThreeGppUmiStreetCanyon", BUILDING, 0.5e9,
     "ns3::ThreeGppUmiStreetCanyonChannelConditionModel", nullptr},
    {"ThreeGppIndoorOffice", BUILDING, 0.5e9, "ns3::ThreeGppIndoorMixedOfficeChannelConditionModel",
     nullptr},
    {"FixedRss", POSITION, -1, nullptr,
     "gives every receiver the same power; set reference_loss of log_distance instead"},
    {"Matrix", POSITION, -1, nullptr, "is model: matrix with a matrix_file here"},
    {"Jakes", POSITION, -1, nullptr, "changes with time; use radio.fading"},
    {"ThreeGppV2vUrban", POSITION, -1, nullptr, "is for vehicles between buildings"},
    {"ThreeGppV2vHighway", POSITION, -1, nullptr, "is for vehicles on a motorway"},
};

struct Loss {
    const Known *known;
    Ptr<PropagationLossModel> model;
    Ptr<ChannelConditionModel> condition;
    std::vector<Ptr<MobilityModel>> bases; // kept, so that a pair is known again
};

std::map<int, Loss> &Losses()
{
    static std::map<int, Loss> losses;
    return losses;
}

std::string TypeName(const Known &k)
{
    const char *end = std::string(k.name) == "FixedRss" ? "LossModel" : "PropagationLossModel";
    return std::string("ns3::") + k.name + end;
}

std::string UsableNames()
{
    std::string list;
    for (const Known &k : KNOWN)
        if (!k.refused)
            list += (list.empty() ? "" : ", ") + std::string(k.name);
    return list;
}

const Known *Find(const std::string &type)
{
    for (const Known &k : KNOWN)
        if (TypeName(k) == type)
            return &k;
    return nullptr;
}

// An attribute whose value is checked by ns-3 before it is set: a wrong one would be fatal.
int SetAttribute(Ptr<Object> model, const std::string &name, const std::string &value)
{
    TypeId::AttributeInformation info;
    std::string type = model->GetInstanceTypeId().GetName();
    if (!model->GetInstanceTypeId().LookupAttributeByName(name, &info)) {
        std::string names;
        for (TypeId t = model->GetInstanceTypeId(); t != Object::GetTypeId(); t = t.GetParent())
            for (std::size_t i = 0; i < t.GetAttributeN(); i++)
                names += (names.empty() ? "" : ", ") + t.GetAttribute(i).name;
        return Fail(type + " has no attribute " + name +
                    "; allowed: " + (names.empty() ? "none" : names));
    }
    std::string refusal = type + " does not take " + name + "=" + value;
    Doing(refusal); // some wrong texts are fatal
    if (!model->SetAttributeFailSafe(name, StringValue(value)))
        return Fail(refusal + "; it wants " + info.checker->GetUnderlyingTypeInformation());
    Doing("");
    return 0;
}

// ns-3 checks the range of these with an assertion, which is off in Debian's build.
int CheckFrequency(const Loss &l)
{
    DoubleValue hz;
    l.model->GetAttribute("Frequency", hz);
    if (hz.Get() >= l.known->minHz && hz.Get() <= 100e9)
        return 0;
    return Fail(TypeName(*l.known) + " has a frequency of " + std::to_string(hz.Get() / 1e6) +
                " MHz, allowed " + std::to_string((int)(l.known->minHz / 1e6)) + " to 100000");
}

int SetAttributes(const Loss &l, const struct ns3_loss_spec &spec)
{
    if (l.known->minHz >= 0 &&
        SetAttribute(l.model, "Frequency", std::to_string(spec.frequency_hz)))
        return -1;
    for (size_t i = 0; i < spec.n_attributes; i++)
        if (SetAttribute(l.model, spec.attributes[i].name, spec.attributes[i].value))
            return -1;
    return l.known->minHz > 0 ? CheckFrequency(l) : 0;
}

Ptr<MobilityModel> At(const Known &k, const struct ns3_point &p)
{
    Ptr<ConstantPositionMobilityModel> m = CreateObject<ConstantPositionMobilityModel>();
    m->SetPosition(Vector(p.x_m, p.y_m, p.z_m));
    if (k.needs == BUILDING) {
        Ptr<MobilityBuildingInfo> info = CreateObject<MobilityBuildingInfo>();
        m->AggregateObject(info);
        info->MakeConsistent(m);
        CreateObject<Node>()->AggregateObject(m);
    }
    return m;
}

int OpenSpec(const struct ns3_loss_spec &spec)
{
    Loss l;
    l.known = Find(spec.type);
    if (!l.known)
        return Fail(std::string("found \"") + spec.type +
                    "\", allowed ns3::...PropagationLossModel with one of these for the dots: " +
                    UsableNames());
    if (l.known->refused)
        return Fail(std::string(spec.type) + " " + l.known->refused);
    TypeId type;
    if (!TypeId::LookupByNameFailSafe(spec.type, &type))
        return Fail(std::string("this ns-3 (" CASTBED_NS3_VERSION ") has no ") + spec.type);
    ObjectFactory factory;
    factory.SetTypeId(type);
    l.model = factory.Create<PropagationLossModel>();
    if (l.known->condition) {
        ObjectFactory conditions(l.known->condition);
        l.condition = conditions.Create<ChannelConditionModel>();
        l.model->SetAttribute("ChannelConditionModel", PointerValue(l.condition));
    }
    if (SetAttributes(l, spec))
        return -1;
    int handle = Losses().empty() ? 0 : Losses().rbegin()->first + 1;
    Losses()[handle] = l;
    return handle;
}

int Gains(Loss &l, const struct ns3_point &mobile, const struct ns3_point *bases,
          const uint64_t *streams, size_t n, double *gainDb)
{
    while (l.bases.size() < n)
        l.bases.push_back(At(*l.known, bases[l.bases.size()]));
    Ptr<MobilityModel> a = At(*l.known, mobile);
    for (size_t i = 0; i < n; i++) {
        int64_t used = l.model->AssignStreams((int64_t)(streams[i] >> 2));
        if (l.condition)
            l.condition->AssignStreams((int64_t)(streams[i] >> 2) + used);
        l.bases[i]->SetPosition(Vector(bases[i].x_m, bases[i].y_m, bases[i].z_m));
        gainDb[i] = l.model->CalcRxPower(0, a, l.bases[i]);
        if (std::isnan(gainDb[i]))
            return Fail(TypeName(*l.known) + " gives no number for a distance of " +
                        std::to_string(a->GetDistanceFrom(l.bases[i])) + " m");
    }
    return 0;
}

} // namespace

int LossOpen(const struct ns3_loss_spec *spec)
{
    return Guarded([&] { return OpenSpec(*spec); });
}

int LossGains(int handle, const struct ns3_point *mobile, const struct ns3_point *bases,
              const uint64_t *streams, size_t n, double *gainDb)
{
    return Guarded([&] {
        auto found = Losses().find(handle);
        if (found == Losses().end())
            return Fail("no such model");
        return Gains(found->second, *mobile, bases, streams, n, gainDb);
    });
}

void LossClose(int handle)
{
    Guarded([&] {
        Losses().erase(handle);
        return 0;
    });
}

} // namespace castbed
