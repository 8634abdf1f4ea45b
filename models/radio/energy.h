/* SPDX-License-Identifier: GPL-2.0-only
 * What a device draws from its supply: currents of its states, and how long it was in each.
 *
 * Currents are constants of a data sheet; switching between states takes no time and no energy, and
 * neither do measuring, computing and the battery's age. Default currents: Semtech SX1276/77/78/79
 * data sheet rev. 7 (May 2020), section 2.5.1, Table 6 (3.3 V, 25 degC, typical values), and
 * STMicroelectronics STM32L072 data sheet DocID027100 rev. 4, page 1. */
#ifndef RADIO_ENERGY_H
#define RADIO_ENERGY_H

#include <stdint.h>

#include "sim/scenario.h"
#include "sim/time.h"

/* States; the rest of the time is sleep. A join-request with its windows is a state of its own. */
enum energy_state {
    ENERGY_TX,      /* data frames */
    ENERGY_RX,      /* RX1 and RX2 of data frames, with the frames received there */
    ENERGY_JOIN_TX, /* join-requests */
    ENERGY_JOIN_RX, /* their windows */
    ENERGY_RXC,     /* RXC of class C, sessions of multicast groups */
    ENERGY_IDLE,    /* from the end of a transmission to its windows, and between them */
    ENERGY_SLEEP,
    N_ENERGY,
};

struct energy_cfg {
    int64_t voltage_mv;
    struct scn_list tx_at_cdbm; /* conducted powers, ascending, and the current at each */
    struct scn_list tx_na;
    int64_t antenna_gain_cdb;
    int64_t rx_na, idle_na, sleep_na;
    int64_t mcu_na; /* in every state, added to the others */
    int64_t battery_uah;
    double self_discharge_ratio; /* of the battery, a year */
};
extern const struct scn_section energy_section;

/* Refuse powers and currents that do not belong together. Errors: SIM_ESCENARIO. */
int energy_cfg_check(const struct energy_cfg *e, const struct scenario *s, struct sim_error *err);

/* What a device did in a time. */
struct energy_use {
    sim_time time[ENERGY_SLEEP];
    int64_t tx_pc, join_tx_pc; /* charge of its transmissions */
};

/* The same as energy. */
struct energy_sum {
    int64_t uj[N_ENERGY], total_uj;
};

/* Current of a transmission: straight lines between the powers given; below the first one its
 * current, above the last one the line through the last two goes on, and one alone is for all. */
int64_t energy_tx_na(const struct energy_cfg *e, int eirp_cdbm);

/* Charge of a transmission in pC, rounded down. t: below 100 h. */
int64_t energy_charge_pc(sim_time t, int64_t na);

/* Energy of a use of length ns, each state rounded to 1 uJ; what no other state took is sleep, and
 * other states that took more than length leave none. */
struct energy_sum energy_of(const struct energy_cfg *e, const struct energy_use *use,
                            sim_time length);

/* Days until the battery is empty when it goes on as in length ns with total_uj, self-discharge
 * included: charge is energy over supply voltage. 0 when length is 0. */
double energy_battery_days(const struct energy_cfg *e, int64_t total_uj, sim_time length);

#endif
