/* SPDX-License-Identifier: GPL-2.0-only
 * Codes and table of what devices draw from their supplies; part of sim/rows.h. */
#ifndef SIM_ROWS_ENERGY_H
#define SIM_ROWS_ENERGY_H

/* Why a device was where it was. */
#define ENERGY_PHASE_MAP(X)                                                                        \
    X(RUN, "run", "the whole run, or from power-on to its end")                                    \
    X(SETUP, "set_up", "campaign: from the first request until it has a session")                  \
    X(SESSION, "session", "campaign: from then on until the status after the transmission")        \
    X(REPAIR, "repair", "campaign: from the status that tells of missing fragments to the block")  \
    X(REST, "rest", "before the campaign, and since the block is there or the device given up")

enum energy_phase {
#define X(name, text, help) ENERGY_PHASE_##name,
    ENERGY_PHASE_MAP(X)
#undef X
        N_ENERGY_PHASE
};

/* What each device drew from its supply, by state: one row a device with phase run, and from level
 * frames on one for each other phase that a device of a campaign was in, as the server knows it.
 * Times add up to length_ns with sleep, which is what is left. */
#define ROW_ENERGY_COLS(C)                                                                         \
    C(INT, device, "node.id")                                                                      \
    C(INT, phase, "which part of the run (table code)")                                            \
    C(INT, from_ns, "begin of the phase (of its first part), at power-on at the earliest")         \
    C(INT, length_ns, "its length, of all its parts")                                              \
    C(INT, tx_ns, "transmitting data frames")                                                      \
    C(INT, rx_ns, "RX1 and RX2 of data frames, frames received there included")                    \
    C(INT, join_ns, "transmitting join-requests, and their windows")                               \
    C(INT, rxc_ns, "RXC of class C and of multicast sessions")                                     \
    C(INT, idle_ns, "from a transmission to its windows, and between them")                        \
    C(INT, tx_uj, "energy of each of these states")                                                \
    C(INT, rx_uj, "")                                                                              \
    C(INT, join_uj, "")                                                                            \
    C(INT, rxc_uj, "")                                                                             \
    C(INT, idle_uj, "")                                                                            \
    C(INT, sleep_uj, "energy of the time left")

#endif
