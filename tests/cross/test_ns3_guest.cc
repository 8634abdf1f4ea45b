// SPDX-License-Identifier: GPL-2.0-only
// Pins ns-3's events on our queue against ns-3's own simulator: storms at one instant, cancelled
// and removed events, expired ones, the end; and what becomes of a run in which ns-3 throws, ends
// with a fatal error or crashes: a text and a failed run, or one line and exit code 3.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <ns3/core-module.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern "C" {
#include <cmocka.h>

#include "sim/evq.h"
}

#include "sim/ns3/net.hh"
#include "sim/ns3/trap.hh"

using namespace ns3;
using castbed::LastError;

namespace
{

// Our queue, and a network of ns-3 without nodes on it (end 0) or on ns-3's own simulator.
struct Rig {
    struct evq *q;
    struct ns3_host host;
    evq_kind ns3;
    int64_t end;

    explicit Rig(int64_t own_end = 0) : q(evq_open(EVQ_FIFO)), host(), end(own_end)
    {
        host.ctx = this;
        host.now = [](void *ctx) { return evq_now(static_cast<Rig *>(ctx)->q); };
        host.push = [](void *ctx, int64_t at, void *event) {
            Rig *r = static_cast<Rig *>(ctx);
            evq_push(r->q, at, r->ns3, event, 0);
        };
        host.stop = [](void *ctx) { evq_stop(static_cast<Rig *>(ctx)->q); };
        ns3 = evq_kind_add(q, castbed::RunEvent, "ns-3");
        assert_int_equal(end ? castbed::NetOpenDefault(&host, end) : castbed::NetOpen(&host), 0);
    }

    ~Rig()
    {
        castbed::NetClose();
        evq_close(q);
    }

    static int Loop(void *arg)
    {
        Rig *r = static_cast<Rig *>(arg);
        if (r->end == 0)
            return evq_run(r->q, SIM_S(1)) == 0 ? 0 : 1;
        castbed::EngineRun();
        return 0;
    }

    int Run()
    {
        return castbed::NetRun(Loop, this);
    }
};

// A program of events that draws what each of them does; all that it sees is in the log.
struct Program {
    std::vector<EventId> ids;
    std::vector<int64_t> log;
    uint32_t state;

    explicit Program(uint32_t seed) : state(seed)
    {
        for (int i = 0; i < 20; i++)
            Add();
    }

    uint32_t Draw(uint32_t n)
    {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % n;
    }

    void Add()
    {
        static const int64_t DELAYS[] = {0, 0, 1, 1000, 1000, 2000, 1000000};
        Time delay = NanoSeconds(DELAYS[Draw(7)]);
        size_t number = ids.size();
        if (number >= 4000)
            return;
        switch (Draw(4)) {
        case 0:
            ids.push_back(Simulator::ScheduleNow(&Program::Run, this, number));
            break;
        case 1: // gives no id back: one that is over stands for it
            Simulator::ScheduleWithContext(Draw(5), delay, &Program::Run, this, number);
            ids.push_back(EventId());
            break;
        default:
            ids.push_back(Simulator::Schedule(delay, &Program::Run, this, number));
        }
    }

    void Run(size_t number)
    {
        const EventId &one = ids[Draw((uint32_t)ids.size())];
        log.insert(log.end(), {Simulator::Now().GetTimeStep(), (int64_t)number,
                               (int64_t)Simulator::GetContext(), Simulator::IsExpired(one)});
        if (one.PeekEventImpl())
            log.push_back(Simulator::GetDelayLeft(one).GetTimeStep());
        if (Draw(3) == 0)
            Simulator::Cancel(ids[Draw((uint32_t)ids.size())]);
        if (Draw(5) == 0)
            Simulator::Remove(ids[Draw((uint32_t)ids.size())]);
        for (uint32_t n = 1 + Draw(2); n > 0; n--)
            Add();
    }
};

std::vector<int64_t> LogOf(uint32_t seed, int64_t end)
{
    Rig rig(end);
    Program program(seed);
    assert_int_equal(rig.Run(), 0);
    return program.log;
}

void SameAsNs3sOwn(void **)
{
    size_t n = 0;
    for (uint32_t seed = 1; seed <= 30; seed++) {
        std::vector<int64_t> ours = LogOf(seed, 0), theirs = LogOf(seed, SIM_S(1));
        assert_true(ours == theirs);
        n += ours.size();
    }
    assert_true(n > 100000);
}

// At the end: neither runs it. One ns before: both do.
void EndBoundary(void **)
{
    for (int64_t end : {(int64_t)0, SIM_S(1)}) {
        Rig rig(end);
        int ran = 0;
        std::function<void()> count = [&] { ran++; };
        Simulator::Schedule(Seconds(1), [&] { ran += 100; });
        Simulator::Schedule(NanoSeconds(999999999), [&] {
            ran++;
            Simulator::Schedule(NanoSeconds(1), [&] { ran += 100; });
            Simulator::ScheduleNow(count);
        });
        assert_int_equal(rig.Run(), 0);
        assert_int_equal(ran, 2);
        assert_int_equal(Simulator::Now().GetTimeStep(), SIM_S(1));
    }
}

void StopAndDestroy(void **)
{
    int ran = 0, destroyed = 0;
    {
        Rig rig;
        EventId gone = Simulator::ScheduleDestroy([&] { destroyed += 100; });
        Simulator::ScheduleDestroy([&] { destroyed++; });
        assert_false(Simulator::IsExpired(gone));
        Simulator::Remove(gone);
        assert_true(Simulator::IsExpired(gone));
        Simulator::Schedule(Seconds(0.3), [&] { ran++; });
        Simulator::Schedule(Seconds(0.6), [&] { ran += 100; });
        Simulator::Stop(Seconds(0.5));
        assert_int_equal(rig.Run(), 1); // stopped
        assert_int_equal(Simulator::Now().GetTimeStep(), SIM_MS(500));
        assert_int_equal(destroyed, 0);
    }
    assert_int_equal(ran, 1);
    assert_int_equal(destroyed, 1);
}

// Run f as an event in a child process, which ends with 0 when the run failed with the text; what
// it prints goes to said.
int EndOf(const std::function<void()> &f, const std::string &text, std::string *said = nullptr)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        Rig *rig = new Rig;
        Simulator::Schedule(NanoSeconds(5), f);
        bool ok = rig->Run() == -1 && LastError() == text && castbed::NetNode() == -1 &&
                  LastError() == text; // nothing works afterwards
        if (!ok)
            std::cerr << "the text is " << LastError() << "\n";
        _exit(ok ? 0 : 1);
    }
    close(ends[1]);
    std::string out;
    char buf[4096];
    for (ssize_t n; (n = read(ends[0], buf, sizeof buf)) > 0;)
        out.append(buf, (size_t)n);
    close(ends[0]);
    if (said)
        *said = out;
    else
        assert_string_equal(out.c_str(), "");
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

// Below the event there are evq_run and other C functions, which no exception may cross.
void Throws(void **)
{
    assert_int_equal(EndOf([] { throw std::runtime_error("too much"); }, "ns-3: too much"), 0);
    assert_int_equal(EndOf([] { throw 5; }, "ns-3: an exception of unknown type"), 0);
}

void FatalErrors(void **)
{
    assert_int_equal(EndOf([] { NS_FATAL_ERROR("not today"); }, "ns-3: not today"), 0);
    assert_int_equal(EndOf([] { NS_ABORT_MSG("no more"); }, "ns-3: no more"), 0);
    assert_int_equal(EndOf([] { std::terminate(); }, "ns-3: ended without a message"), 0);
}

volatile uintptr_t nowhere = 16;
int (*volatile deeper)(int);

int Deeper(int depth)
{
    volatile char room[65536];
    room[depth % 65536] = (char)depth;
    return deeper(depth + 1) + room[(depth + 1) % 65536];
}

// Bad pointers and full stacks end the process, with one line.
void Crashes(void **)
{
    static const char line[] =
        "castbed: ns-3 ended with a segmentation fault; a run that was under "
        "way stays incomplete, with what it had stored by its last commit\n";
    std::string said;
    deeper = Deeper;
    assert_int_equal(EndOf([] { *reinterpret_cast<volatile int *>(nowhere) = 1; }, "", &said), 3);
    assert_string_equal(said.c_str(), line);
    assert_int_equal(EndOf([] { nowhere = (uintptr_t)Deeper(0); }, "", &said), 3);
    assert_string_equal(said.c_str(), line);
    assert_int_equal(EndOf([] { raise(SIGFPE); }, "", &said), 3);
    assert_true(said.find("ns-3 ended with an arithmetic fault;") != std::string::npos);
}

// Outside of the guard nothing of the process has changed.
void GuardIsLifted(void **)
{
    struct sigaction before, after;
    std::terminate_handler handler = std::get_terminate();
    sigaction(SIGSEGV, nullptr, &before);
    {
        Rig rig;
        Simulator::Schedule(NanoSeconds(1), [] {});
        assert_int_equal(rig.Run(), 0);
    }
    sigaction(SIGSEGV, nullptr, &after);
    assert_true(before.sa_handler == after.sa_handler);
    assert_true(handler == std::get_terminate());
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(SameAsNs3sOwn),  cmocka_unit_test(EndBoundary),
        cmocka_unit_test(StopAndDestroy), cmocka_unit_test(Throws),
        cmocka_unit_test(FatalErrors),    cmocka_unit_test(Crashes),
        cmocka_unit_test(GuardIsLifted)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
