/* SPDX-License-Identifier: GPL-2.0-only
 * Energy from currents and times, and the keys for the currents. */
#include "models/radio/energy.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define N(field) offsetof(struct energy_cfg, field)

static const struct scn_key energy_keys[] = {
    {.name = "voltage",
     .kind = SCN_QUANTITY,
     .unit = SCN_VOLTAGE,
     .offset = N(voltage_mv),
     .min = "1V",
     .max = "20V",
     .def = "3300mV",
     .help = "Supply voltage; that of SX1276 data sheet rev. 7, section 2.5.1."},
    {.name = "tx",
     .kind = SCN_VALUES,
     .unit = SCN_CURRENT,
     .offset = N(tx_na),
     .min = "0nA",
     .max = "2A",
     .def = "[20mA, 29mA, 87mA, 120mA]",
     .help = "Current while transmitting, one for each power of `tx_at`; straight lines between. "
             "Default: SX1276 data sheet rev. 7, Table 6, IDDT (7 and 13 dBm on RFO, 17 and 20 dBm "
             "on PA_BOOST)."},
    {.name = "tx_at",
     .kind = SCN_VALUES,
     .unit = SCN_POWER,
     .offset = N(tx_at_cdbm),
     .min = "-30dBm",
     .max = "40dBm",
     .def = "[7dBm, 13dBm, 17dBm, 20dBm]",
     .help =
         "Output powers at the radio's pin that the currents of `tx` belong to, ascending. Less "
         "than the first one draws its current; beyond the last one the last line goes on."},
    {.name = "antenna_gain",
     .kind = SCN_QUANTITY,
     .unit = SCN_LEVEL,
     .offset = N(antenna_gain_cdb),
     .min = "-30dB",
     .max = "30dB",
     .def = "0dB",
     .help = "Gain of the antenna less losses in front of it: output power is EIRP less this."},
    {.name = "rx",
     .kind = SCN_QUANTITY,
     .unit = SCN_CURRENT,
     .offset = N(rx_na),
     .min = "0nA",
     .max = "1A",
     .def = "11500uA",
     .help = "Current while a receive window is open or a frame is received. Default: SX1276 data "
             "sheet rev. 7, Table 6, IDDR (LnaBoost on, 862 to 1020 MHz)."},
    {.name = "idle",
     .kind = SCN_QUANTITY,
     .unit = SCN_CURRENT,
     .offset = N(idle_na),
     .min = "0nA",
     .max = "1A",
     .def = "200nA",
     .help = "Current of the radio between a transmission and its receive windows. Default: it "
             "sleeps; in standby an SX1276 draws 1.6 mA (Table 6, IDDST)."},
    {.name = "sleep",
     .kind = SCN_QUANTITY,
     .unit = SCN_CURRENT,
     .offset = N(sleep_na),
     .min = "0nA",
     .max = "1A",
     .def = "200nA",
     .help = "Current of the radio asleep. Default: SX1276 data sheet rev. 7, Table 6, IDDSL."},
    {.name = "mcu",
     .kind = SCN_QUANTITY,
     .unit = SCN_CURRENT,
     .offset = N(mcu_na),
     .min = "0nA",
     .max = "1A",
     .def = "860nA",
     .help =
         "Current of everything beside the radio, in every state; 0nA: none. Default: STM32L072 "
         "data sheet DocID027100 rev. 4, page 1 (Stop mode with real-time clock and 20 KB RAM)."},
    {.name = "battery",
     .kind = SCN_QUANTITY,
     .unit = SCN_CHARGE,
     .offset = N(battery_uah),
     .min = "1uAh",
     .max = "100kAh",
     .def = "2600mAh",
     .help = "Capacity for the estimate of battery life; default: a typical lithium thionyl "
             "chloride cell of size AA."},
    {.name = "self_discharge",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = N(self_discharge_ratio),
     .min = "0%",
     .max = "100%",
     .def = "1%",
     .help = "Share of `battery` that a year of rest takes from it."},
    {.name = NULL},
};
const struct scn_section energy_section = {
    .name = "energy",
    .help = "Currents of the states of a device, from data sheets; give those of your own board.",
    .keys = energy_keys,
    .size = sizeof(struct energy_cfg)};

int energy_cfg_check(const struct energy_cfg *e, const struct scenario *s, struct sim_error *err)
{
    const int64_t *at = e->tx_at_cdbm.items;
    const bool given = scenario_given(s, &e->tx_na);
    if (e->tx_na.n == 0 || e->tx_na.n != e->tx_at_cdbm.n)
        return scenario_fail(s, given ? &e->tx_na : &e->tx_at_cdbm, err,
                             "tx has %zu current%s and tx_at %zu power%s; write one current for "
                             "each power, at least one",
                             e->tx_na.n, e->tx_na.n == 1 ? "" : "s", e->tx_at_cdbm.n,
                             e->tx_at_cdbm.n == 1 ? "" : "s");
    for (size_t i = 1; i < e->tx_at_cdbm.n; i++)
        if (at[i] <= at[i - 1])
            return scenario_fail(s, &e->tx_at_cdbm, err,
                                 "the powers of tx_at must rise, but number %zu is not more than "
                                 "the one before; sort both lists by power",
                                 i + 1);
    return SIM_OK;
}

/* Current at power on the line through points k and k + 1. */
static int64_t on_line(const int64_t *at, const int64_t *na, size_t k, int64_t power)
{
    return na[k] + (na[k + 1] - na[k]) * (power - at[k]) / (at[k + 1] - at[k]);
}

int64_t energy_tx_na(const struct energy_cfg *e, int eirp_cdbm)
{
    const int64_t *at = e->tx_at_cdbm.items, *na = e->tx_na.items;
    int64_t power = eirp_cdbm - e->antenna_gain_cdb;
    size_t n = e->tx_na.n, k = 0;
    if (n == 1 || power <= at[0])
        return na[0] + e->mcu_na;
    while (k + 2 < n && power > at[k + 1])
        k++;
    return on_line(at, na, k, power) + e->mcu_na;
}

int64_t energy_charge_pc(sim_time t, int64_t na)
{
    return t / 1000000 * na + t % 1000000 * na / 1000000;
}

/* 1 ns x 1 nA x 1 mV = 1e-21 J. */
static int64_t time_uj(const struct energy_cfg *e, sim_time t, int64_t na)
{
    return (int64_t)floor((double)t * (double)(na + e->mcu_na) * (double)e->voltage_mv / 1e15 +
                          0.5);
}

/* 1 pC x 1 mV = 1e-15 J. */
static int64_t charge_uj(const struct energy_cfg *e, int64_t pc)
{
    return (int64_t)floor((double)pc * (double)e->voltage_mv / 1e9 + 0.5);
}

struct energy_sum energy_of(const struct energy_cfg *e, const struct energy_use *use,
                            sim_time length)
{
    struct energy_sum s = {.total_uj = 0};
    sim_time sleep = length;
    for (int i = 0; i < ENERGY_SLEEP; i++)
        sleep -= use->time[i];
    s.uj[ENERGY_TX] = charge_uj(e, use->tx_pc);
    s.uj[ENERGY_JOIN_TX] = charge_uj(e, use->join_tx_pc);
    s.uj[ENERGY_RX] = time_uj(e, use->time[ENERGY_RX], e->rx_na);
    s.uj[ENERGY_JOIN_RX] = time_uj(e, use->time[ENERGY_JOIN_RX], e->rx_na);
    s.uj[ENERGY_RXC] = time_uj(e, use->time[ENERGY_RXC], e->rx_na);
    s.uj[ENERGY_IDLE] = time_uj(e, use->time[ENERGY_IDLE], e->idle_na);
    s.uj[ENERGY_SLEEP] = time_uj(e, sleep > 0 ? sleep : 0, e->sleep_na);
    for (int i = 0; i < N_ENERGY; i++)
        s.total_uj += s.uj[i];
    return s;
}

double energy_battery_days(const struct energy_cfg *e, int64_t total_uj, sim_time length)
{
    if (length <= 0)
        return 0;
    double used_uah = (double)total_uj / (double)e->voltage_mv / 3.6; /* 1 uAh = 3.6 mC */
    double days = (double)length / (double)SIM_S(86400);
    double lost_uah = (double)e->battery_uah * e->self_discharge_ratio / 365.25 * days;
    double a_day = (used_uah + lost_uah) / days;
    return a_day > 0 ? (double)e->battery_uah / a_day : 0;
}
