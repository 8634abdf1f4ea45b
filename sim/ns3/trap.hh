// SPDX-License-Identifier: GPL-2.0-only
// A guard around calls into ns-3: fatal errors, exceptions and segmentation faults inside it become
// a text and a failed call, or one line and exit code 3, never an abort without a word.
#ifndef SIM_NS3_TRAP_H
#define SIM_NS3_TRAP_H

#include <exception>
#include <functional>
#include <string>

namespace castbed
{

// The text of the last error; empty before the first.
const std::string &LastError();

// Set the text; returns -1, for "return Fail(...)".
int Fail(const std::string &text);

// What is being done, for the text of a fatal error: "ns3::X does not take a=b".
void Doing(const std::string &what);

// Run f and return its value, or -1 with a text. After a fatal error of ns-3 destructors were
// skipped and its state is unknown: every later call fails at once.
int Guarded(const std::function<int()> &f);

// End the guard that we are in as a fatal error with this text does.
[[noreturn]] void Escape(const std::string &text);

// Run f, with C functions of the program between us and the guard: no exception may cross them, so
// it ends the guard.
template <class F> void Contained(F f)
{
    std::string text;
    try {
        f();
        return;
    } catch (const std::exception &e) {
        text = e.what();
    } catch (...) {
        text = "an exception of unknown type";
    }
    Escape(text);
}

} // namespace castbed

#endif
