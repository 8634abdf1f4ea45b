// SPDX-License-Identifier: GPL-2.0-only
// NS_FATAL_ERROR and NS_ABORT print to std::cerr and call std::terminate. A terminate handler must
// not return, so it jumps back to the guard; what ns-3 printed is the text.
#include "sim/ns3/trap.hh"

#include <csetjmp>
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>
#include <sstream>
#include <unistd.h>

namespace castbed
{

namespace
{

struct Trap {
    std::string error, doing;
    std::jmp_buf back;
    std::ostringstream cerr;
    bool inside = false;
    bool poisoned = false;
    alignas(16) char stack[65536]; // of the handler of faults
};

Trap &TheTrap()
{
    static Trap trap;
    return trap;
}

[[noreturn]] void OnTerminate()
{
    TheTrap().poisoned = true;
    std::longjmp(TheTrap().back, 1);
}

// ns-3's asserts are off in Debian's build: bad input may end here.
const int FAULTS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
const int N_FAULTS = sizeof FAULTS / sizeof FAULTS[0];

void Say(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, std::strlen(text));
    (void)ignored;
}

[[noreturn]] void OnFault(int number)
{
    Say("castbed: ns-3 ended with ");
    Say(number == SIGSEGV  ? "a segmentation fault"
        : number == SIGBUS ? "a bus error"
        : number == SIGFPE ? "an arithmetic fault"
                           : "an illegal instruction");
    Say("; a run that was under way stays incomplete, with what it had stored by its last "
        "commit\n");
    _exit(3);
}

// What is changed while ns-3 runs, and put back.
class Shield
{
  public:
    Shield()
        : m_terminate(std::set_terminate(OnTerminate)),
          m_cerr(std::cerr.rdbuf(TheTrap().cerr.rdbuf())),
          m_clog(std::clog.rdbuf(nullptr)) // the time, before each message
    {
        stack_t own;
        std::memset(&own, 0, sizeof own);
        own.ss_sp = TheTrap().stack;
        own.ss_size = sizeof TheTrap().stack;
        sigaltstack(&own, &m_stack);
        struct sigaction fault;
        std::memset(&fault, 0, sizeof fault);
        fault.sa_handler = OnFault;
        fault.sa_flags = SA_ONSTACK; // the fault may be that the stack is full
        for (int i = 0; i < N_FAULTS; i++)
            sigaction(FAULTS[i], &fault, &m_faults[i]);
    }

    void Lift()
    {
        for (int i = 0; i < N_FAULTS; i++)
            sigaction(FAULTS[i], &m_faults[i], nullptr);
        sigaltstack(&m_stack, nullptr);
        std::cerr.rdbuf(m_cerr);
        std::clog.rdbuf(m_clog);
        std::set_terminate(m_terminate);
    }

  private:
    std::terminate_handler m_terminate;
    std::streambuf *m_cerr, *m_clog;
    struct sigaction m_faults[N_FAULTS];
    stack_t m_stack;
};

// One line out of what ns-3 printed: its message without "msg=" and file names.
std::string FatalText(const std::string &printed)
{
    std::string text = printed;
    size_t from = text.find("msg=\"");
    if (from != std::string::npos) {
        size_t to = text.find("\", ", from);
        text = text.substr(from + 5, to == std::string::npos ? to : to - from - 5);
    }
    for (char &c : text)
        c = c == '\n' ? ' ' : c;
    const std::string &doing = TheTrap().doing;
    return doing + (doing.empty() ? "ns-3: " : "; ns-3: ") +
           (text.empty() ? "ended without a message" : text);
}

int CallCatching(const std::function<int()> &f)
{
    try {
        return f();
    } catch (const std::exception &e) {
        return Fail(std::string("ns-3: ") + e.what());
    } catch (...) {
        return Fail("ns-3: an exception of unknown type");
    }
}

} // namespace

const std::string &LastError()
{
    return TheTrap().error;
}

int Fail(const std::string &text)
{
    TheTrap().error = text;
    return -1;
}

void Doing(const std::string &what)
{
    TheTrap().doing = what;
}

void Escape(const std::string &text)
{
    Trap &t = TheTrap();
    t.cerr.str(text);
    t.poisoned = true;
    std::longjmp(t.back, 1);
}

int Guarded(const std::function<int()> &f)
{
    Trap &t = TheTrap();
    if (t.poisoned)
        return -1; // the first error stays the text
    if (t.inside)
        return CallCatching(f); // called back out of ns-3: the outer guard holds
    t.cerr.str("");
    t.doing.clear();
    Shield shield;
    t.inside = true;
    volatile int result = -1;
    if (setjmp(t.back) == 0)
        result = CallCatching(f);
    else
        Fail(FatalText(t.cerr.str()));
    t.inside = false;
    shield.Lift();
    return result;
}

} // namespace castbed
